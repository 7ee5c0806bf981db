//! A bounded memory of what was used of late.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::clock::locked;

pub(super) type Digest = [u8; 32];

/// There are two halves: what is used moves to the young one, and when that is full the old
/// one is dropped. So a value that was among the last half of the bound is always there.
pub(super) struct Memory<T> {
    half: usize,
    halves: Mutex<(Half<T>, Half<T>)>,
}

type Half<T> = HashMap<Digest, Arc<T>>;

impl<T> Memory<T> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            half: most / 2,
            halves: Mutex::new((HashMap::new(), HashMap::new())),
        }
    }

    pub(super) fn get(&self, digest: &Digest) -> Option<Arc<T>> {
        let (young, old) = &mut *locked(&self.halves);
        if let Some(found) = young.get(digest) {
            return Some(Arc::clone(found));
        }
        let found = Arc::clone(old.get(digest)?);
        keep(young, old, self.half, *digest, Arc::clone(&found));
        Some(found)
    }

    pub(super) fn put(&self, digest: Digest, value: Arc<T>) {
        let (young, old) = &mut *locked(&self.halves);
        keep(young, old, self.half, digest, value);
    }
}

fn keep<T>(young: &mut Half<T>, old: &mut Half<T>, half: usize, digest: Digest, value: Arc<T>) {
    if young.len() >= half {
        *old = std::mem::take(young);
    }
    young.insert(digest, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_bounded_and_keeps_what_is_used() {
        let memory = Memory::new(8);
        memory.put([0; 32], Arc::new(0));
        for each in 1..100_u8 {
            memory.put([each; 32], Arc::new(each));
            assert!(memory.get(&[0; 32]).is_some());
            let halves = locked(&memory.halves);
            assert!(halves.0.len() + halves.1.len() <= 8);
        }
        assert!(memory.get(&[1; 32]).is_none());
    }
}
