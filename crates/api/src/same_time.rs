//! Answers that leave at whole steps after the request arrived, so that the time they take tells nothing of what was done
//! for them: a known address, an unknown one, one that may not be written to, and spam look alike (ASVS 6.3.8).

use std::time::Duration;
use tokio::time::Instant;

/// Longer than what the differences come to.
pub const STEP: Duration = Duration::from_millis(20);

/// When a request had arrived whole. Not its head alone: how fast the body is sent is up to the sender, and would shift
/// the steps at will.
pub struct Arrival(Instant);

impl Arrival {
    pub fn now() -> Self {
        Self(Instant::now())
    }

    /// Waits for the next step.
    pub async fn step(&self) {
        tokio::time::sleep_until(self.0 + next(self.0.elapsed())).await;
    }
}

/// The first whole step that has not passed.
fn next(elapsed: Duration) -> Duration {
    let steps = elapsed.as_nanos().div_ceil(STEP.as_nanos()).max(1);
    STEP * u32::try_from(steps).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_took_less_than_a_step_takes_one() {
        for (micros, steps) in [(0, 1), (1, 1), (19_999, 1), (20_000, 1), (20_001, 2), (59_000, 3)] {
            assert_eq!(next(Duration::from_micros(micros)), STEP * steps, "{micros}");
        }
    }
}
