//! A clock that stands still until it is told to go on.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex};
use zgoda_app::Clock;

/// Starts on 15 January 2026, 10:00 UTC.
pub struct TestClock(Mutex<DateTime<Utc>>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Mutex::new(DateTime::from_timestamp(1_768_471_200, 0).unwrap()))
    }
}

impl TestClock {
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

/// Another machine's clock, which goes wrong by always the same.
pub(crate) struct Ahead {
    pub of: Arc<TestClock>,
    pub by: TimeDelta,
}

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        self.of.now() + self.by
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}
