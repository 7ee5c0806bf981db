//! Claims, taken one by one, each in its one type.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::error::Rejection;
use crate::json::{parse_object, Object, Value};

// The year 9999, which is as far as a time of other languages reaches.
const SECONDS_MAX: u64 = 253_402_300_799;

/// The claims of a token whose signature and type are right. What is missing or of another
/// type is kept as a fault: who has taken all asks once whether that went well.
pub(super) struct Claims {
    members: Object,
    is_faulty: bool,
}

impl Claims {
    pub(super) fn read(payload: &[u8]) -> Result<Self, Rejection> {
        let members = parse_object(payload).map_err(|_| Rejection::Untrusted)?;
        Ok(Self {
            members,
            is_faulty: false,
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Tells whether each claim was there and in its type.
    pub(super) fn went_well(&self) -> bool {
        !self.is_faulty
    }

    /// Tells whether each claim was there and in its type, and was taken.
    pub(super) fn ended(&self) -> bool {
        self.went_well() && self.members.is_empty()
    }

    /// Returns what was not taken.
    pub(super) fn rest(self) -> Object {
        self.members
    }

    pub(super) fn require(&mut self, so: bool) {
        self.is_faulty |= !so;
    }

    fn kept<T: Default>(&mut self, found: Option<T>) -> T {
        self.require(found.is_some());
        found.unwrap_or_default()
    }

    pub(super) fn text(&mut self, name: &str) -> String {
        let found = self.members.remove(name).and_then(as_text);
        self.kept(found)
    }

    pub(super) fn text_if_any(&mut self, name: &str) -> Option<String> {
        self.has(name).then(|| self.text(name))
    }

    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
        let found = self
            .members
            .remove(name)
            .map_or_else(|| Some(Vec::new()), as_texts);
        self.kept(found)
    }

    /// Takes a string or a list of strings, of which there is at least one.
    pub(super) fn text_or_texts(&mut self, name: &str) -> Vec<String> {
        let found = match self.members.remove(name) {
            Some(Value::Text(text)) => Some(vec![text]),
            other => other.and_then(as_texts),
        };
        let is_full =
            |found: &Vec<String>| !found.is_empty() && found.iter().all(|each| !each.is_empty());
        self.kept(found.filter(is_full))
    }

    pub(super) fn integer(&mut self, name: &str) -> u64 {
        let found = self.members.remove(name).and_then(as_integer);
        self.kept(found)
    }

    pub(super) fn instant(&mut self, name: &str) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.integer(name))
    }

    pub(super) fn instant_if_any(&mut self, name: &str) -> Option<SystemTime> {
        self.has(name).then(|| self.instant(name))
    }

    pub(super) fn text_and_integer(&mut self, name: &str) -> (String, i64) {
        let found = match self.members.remove(name) {
            Some(Value::List(list)) => <[Value; 2]>::try_from(list).ok(),
            _ => None,
        };
        let found = found.and_then(|[text, number]| {
            Some((as_text(text)?, i64::try_from(as_integer(number)?).ok()?))
        });
        self.kept(found)
    }

    pub(super) fn text_lists(&mut self, name: &str) -> BTreeMap<String, Vec<String>> {
        if !self.has(name) {
            return BTreeMap::new();
        }
        let read = |(key, value)| Some((key, as_texts(value)?));
        let found = self.object(name).into_iter().map(read).collect();
        self.kept(found)
    }

    pub(super) fn text_members(&mut self, name: &str) -> BTreeMap<String, String> {
        if !self.has(name) {
            return BTreeMap::new();
        }
        let read = |(key, value)| Some((key, as_text(value)?));
        let found = self.object(name).into_iter().map(read).collect();
        self.kept(found)
    }

    /// Takes an object, whose members are left to the caller.
    pub(super) fn object(&mut self, name: &str) -> Object {
        let found = match self.members.remove(name) {
            Some(Value::Object(members)) => Some(members),
            _ => None,
        };
        self.kept(found)
    }

    /// Takes an object, whose members are claims of their own.
    pub(super) fn inner(&mut self, name: &str) -> Self {
        let is_faulty = !matches!(self.members.get(name), Some(Value::Object(_)));
        Self {
            members: self.object(name),
            is_faulty,
        }
    }
}

fn as_text(value: Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn as_texts(value: Value) -> Option<Vec<String>> {
    match value {
        Value::List(list) => list.into_iter().map(as_text).collect(),
        _ => None,
    }
}

fn as_integer(value: Value) -> Option<u64> {
    let Value::Number(spelt) = value else {
        return None;
    };
    let number = spelt.parse::<i64>().ok()?;
    u64::try_from(number)
        .ok()
        .filter(|number| *number <= SECONDS_MAX)
}
