//! What time it is.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// Tells the time of day.
pub trait Clock: Send + Sync {
    /// Returns the time of day.
    fn now(&self) -> SystemTime;
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Tells the time since an arbitrary start, in which the machine may have slept: on Linux
/// that counts.
pub fn boot_time() -> Duration {
    #[cfg(target_os = "linux")]
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    #[cfg(not(target_os = "linux"))]
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::new(
        now.tv_sec.try_into().unwrap_or_default(),
        now.tv_nsec.try_into().unwrap_or_default(),
    )
}

/// Does not go back behind a time that was noted: what was obtained for a quarter of an
/// hour ends after a quarter of an hour, though somebody sets the clock back meanwhile. A
/// clock that is set forward is believed.
pub(crate) struct SteadyClock {
    clock: Arc<dyn Clock>,
    noted: Mutex<Option<(SystemTime, Duration)>>,
}

impl SteadyClock {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            noted: Mutex::new(None),
        }
    }

    /// Returns the time of day, and begins to count from it.
    pub(crate) fn note(&self) -> SystemTime {
        let now = self.clock.now();
        *locked(&self.noted) = Some((now, boot_time()));
        now
    }

    /// Returns the time of day, or what it must be by now, whichever is later.
    pub(crate) fn now(&self) -> SystemTime {
        let now = self.clock.now();
        match *locked(&self.noted) {
            Some((noted, at)) => now.max(noted + boot_time().saturating_sub(at)),
            None => now,
        }
    }
}

/// Locks what no holder leaves half done: none of ours does anything that can panic.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
