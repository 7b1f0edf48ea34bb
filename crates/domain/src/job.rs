//! Background jobs (zadania w tle): what takes too long for one request, such as changing thousands of cards.

use crate::code::coded_enum;
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// What a job did can be undone for this long after it ended.
pub const UNDO_FOR: TimeDelta = TimeDelta::hours(24);
/// A job's file is kept for this long.
pub const FILE_KEPT: TimeDelta = TimeDelta::hours(24);
/// A job that ended is remembered for this long.
pub const JOB_KEPT: TimeDelta = TimeDelta::days(90);
/// Most jobs of one account that have not ended.
pub const MAX_UNFINISHED: u64 = 20;

coded_enum!(
    /// What a job does. Codes are stored.
    JobKind {
        /// One action on many clients.
        Bulk = "bulk",
        /// Takes back what another job did.
        Undo = "undo",
        /// Makes and changes clients from the rows of a file.
        Import = "import",
        /// Takes clients out, as a file.
        Export = "export",
    }
);

coded_enum!(
    /// How far a job is.
    JobState {
        Waiting = "waiting",
        Running = "running",
        Done = "done",
        /// It could not go on: `problem` says why. What it did until then stays, and can be undone.
        Failed = "failed",
        /// Its owner stopped it. What it did until then stays, and can be undone.
        Cancelled = "cancelled",
    }
);

impl JobState {
    /// Whether nothing more happens.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

coded_enum!(
    /// Why a job could not go on.
    JobProblem {
        /// The account that asked for it no longer has the right.
        RightsGone = "rights_gone",
        /// The account was deactivated, or the API key revoked.
        AccountGone = "account_gone",
        /// What it was to work with is no longer there, such as a deleted field.
        TargetGone = "target_gone",
        /// What it was to make is larger than its format can hold.
        TooLarge = "too_large",
        /// Something broke on our side, several times.
        Internal = "internal",
    }
);

coded_enum!(
    /// Why what a job made can no longer be had.
    FileLoss {
        /// It was kept for a day.
        Expired = "expired",
        /// Whoever asked for it sees less or more by now than when it was made.
        RightsChanged = "rights_changed",
        /// Somebody whom it told of was deleted.
        ClientErased = "client_erased",
    }
);

coded_enum!(
    /// Why one of a job's clients was left as it is.
    JobFailure {
        /// Deleted meanwhile, or out of the reach of the right.
        NotFound = "not_found",
        /// Somebody changed the card meanwhile.
        Changed = "changed",
        /// The role opens this card for a reason only.
        ReasonNeeded = "reason_needed",
        /// The card would break a rule.
        Invalid = "invalid",
        /// Of an import: the client was there already and is to stay as they are.
        Known = "known",
        /// Of an import: left out by hand.
        LeftOut = "left_out",
        /// Of an import: the person said no, and a second card would hide that.
        Withdrawn = "withdrawn",
        /// Of an import: a person's whose card was deleted.
        Erased = "erased",
    }
);

/// How many clients were left as they are, by the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct JobFailures(BTreeMap<JobFailure, u64>);

impl JobFailures {
    pub fn add(&mut self, failure: JobFailure, count: u64) {
        if count > 0 {
            *self.0.entry(failure).or_default() += count;
        }
    }

    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(failure, count)| self.add(*failure, *count));
    }

    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    pub const fn as_map(&self) -> &BTreeMap<JobFailure, u64> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However failures are gathered, none is lost or counted twice.
        #[test]
        fn failures_add_up(found in prop::collection::vec((prop::sample::select(JobFailure::ALL), 0_u64..1000), 0..20), split in 0_usize..20) {
            let gather = |some: &[(JobFailure, u64)]| {
                let mut failures = JobFailures::default();
                some.iter().for_each(|(failure, count)| failures.add(*failure, *count));
                failures
            };
            let (first, second) = found.split_at(split.min(found.len()));
            let mut merged = gather(first);
            merged.merge(&gather(second));
            prop_assert_eq!(merged.total(), found.iter().map(|(_, count)| count).sum::<u64>());
            prop_assert_eq!(merged, gather(&found));
        }
    }
}
