//! Consent: purposes, immutable wordings, the append-only ledger and the state folded from it.
//!
//! The ledger is the truth; the state is a projection that is written in the same transaction and can be rebuilt at
//! any time with [`fold`]. Withdrawing appends an event, it never deletes one (Art. 7(3) GDPR). The wording that a
//! person saw is kept by the server under its SHA-256; a browser never supplies it.

use crate::{
    code::coded_enum,
    id::{ConsentEventId, PurposeId, WordingId},
    rule::{Invalids, Rule},
    text::{LongText, ShortText},
};
use chrono::{DateTime, TimeDelta, Utc};

coded_enum!(
    /// Lawful basis of a purpose (Art. 6(1) GDPR).
    LawfulBasis {
        Consent = "consent",
        Contract = "contract",
        LegalObligation = "legal_obligation",
        VitalInterests = "vital_interests",
        PublicTask = "public_task",
        LegitimateInterests = "legitimate_interests",
    }
);

coded_enum!(
    /// How the person may be reached under a consent. Polish law (PKE art. 398) wants marketing consent per channel.
    Channel {
        /// Processing as such, without being contacted.
        General = "general",
        Email = "email",
        Sms = "sms",
        Phone = "phone",
        Post = "post",
    }
);

coded_enum!(
    /// What happened to a consent.
    ConsentEventKind {
        Requested = "requested",
        Given = "given",
        Confirmed = "confirmed",
        Refused = "refused",
        Withdrawn = "withdrawn",
        Expired = "expired",
        Renewed = "renewed",
        Imported = "imported",
        RecordedByStaff = "recorded_by_staff",
    }
);

coded_enum!(
    /// How the will was expressed.
    ConsentMethod {
        FormCheckbox = "form_checkbox",
        StaffCard = "staff_card",
        Import = "import",
        Job = "job",
    }
);

coded_enum!(
    /// State of a consent for one client, purpose and channel.
    ConsentStatus {
        Requested = "requested",
        Given = "given",
        Refused = "refused",
        Withdrawn = "withdrawn",
        Expired = "expired",
    }
);

coded_enum!(
    /// Language of a text shown to people.
    Language {
        Pl = "pl",
        En = "en",
    }
);

/// A purpose as it is defined: why, on which basis, through which channels, for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    pub id: PurposeId,
    pub name: ShortText,
    pub basis: LawfulBasis,
    pub is_marketing: bool,
    pub channels: Vec<Channel>,
    /// Days after which a given consent expires; `None` for no limit.
    pub validity_days: Option<u16>,
}

/// A purpose about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPurpose {
    pub name: ShortText,
    pub basis: LawfulBasis,
    pub is_marketing: bool,
    pub channels: Vec<Channel>,
    pub validity_days: Option<u16>,
}

impl NewPurpose {
    pub fn parse(
        name: &str,
        basis: LawfulBasis,
        is_marketing: bool,
        channels: &[Channel],
        validity_days: Option<u16>,
    ) -> Result<Self, Invalids> {
        let mut invalids = Invalids::default();
        let name = invalids.take("/name", ShortText::parse(name));
        let mut unique: Vec<Channel> = channels.to_vec();
        unique.sort_unstable();
        unique.dedup();
        if unique.is_empty() {
            invalids.add("/channels", Rule::Required);
        }
        if unique.len() != channels.len() {
            invalids.add("/channels", Rule::Duplicate);
        }
        if is_marketing && unique.contains(&Channel::General) {
            // Marketing consent must name the channel (PKE art. 398).
            invalids.add("/channels", Rule::Contradiction);
        }
        if validity_days == Some(0) {
            invalids.add("/validity_days", Rule::OutOfRange);
        }
        invalids.or(name.map(|name| Self { name, basis, is_marketing, channels: unique, validity_days }))
    }
}

/// An immutable text of a purpose. `sha256` is over the exact UTF-8 bytes of `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    pub id: WordingId,
    pub purpose_id: PurposeId,
    pub language: Language,
    /// Counts from 1 within purpose and language.
    pub version: i32,
    pub text: LongText,
    /// Lower-case hexadecimal.
    pub sha256: String,
    pub created_at: DateTime<Utc>,
}

/// The part of a ledger event that decides the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateEvent {
    pub id: ConsentEventId,
    pub kind: ConsentEventKind,
    pub occurred_at: DateTime<Utc>,
}

/// Where one consent stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentState {
    pub status: ConsentStatus,
    pub since: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_event: ConsentEventId,
}

impl ConsentState {
    /// The status at a moment: a consent past its validity no longer allows anything.
    pub fn status_at(&self, now: DateTime<Utc>) -> ConsentStatus {
        match self.expires_at {
            Some(expiry) if self.status == ConsentStatus::Given && expiry <= now => ConsentStatus::Expired,
            _ => self.status,
        }
    }
}

/// A transition the rules refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsentRefusal {
    /// There is nothing to withdraw, confirm, renew or expire.
    #[error("no consent stands that this could change")]
    NothingStands,
    /// An import or a request may only fill a gap, never change an answer.
    #[error("the person has already answered")]
    AlreadyAnswered,
}

/// The state after one more event, in order of recording.
pub fn apply(
    state: Option<&ConsentState>,
    event: StateEvent,
    validity: Option<TimeDelta>,
) -> Result<ConsentState, ConsentRefusal> {
    use ConsentEventKind as Kind;
    let stands = state.map(|state| state.status);
    let expires_at = validity.and_then(|validity| event.occurred_at.checked_add_signed(validity));
    let next =
        |status, expires_at| Ok(ConsentState { status, since: event.occurred_at, expires_at, last_event: event.id });
    match event.kind {
        Kind::Given | Kind::RecordedByStaff => next(ConsentStatus::Given, expires_at),
        Kind::Refused => next(ConsentStatus::Refused, None),
        Kind::Requested | Kind::Imported if stands.is_some() => Err(ConsentRefusal::AlreadyAnswered),
        Kind::Requested => next(ConsentStatus::Requested, None),
        // Without proof an imported claim unlocks nothing: it stands as a request to be answered.
        Kind::Imported => next(ConsentStatus::Requested, None),
        Kind::Confirmed => match stands {
            Some(ConsentStatus::Requested | ConsentStatus::Given) => next(ConsentStatus::Given, expires_at),
            _ => Err(ConsentRefusal::NothingStands),
        },
        Kind::Renewed => match stands {
            Some(ConsentStatus::Given | ConsentStatus::Expired) => next(ConsentStatus::Given, expires_at),
            _ => Err(ConsentRefusal::NothingStands),
        },
        Kind::Withdrawn => match stands {
            Some(ConsentStatus::Given | ConsentStatus::Requested | ConsentStatus::Expired) => {
                next(ConsentStatus::Withdrawn, None)
            }
            _ => Err(ConsentRefusal::NothingStands),
        },
        Kind::Expired => match stands {
            // A request that nobody answered does not expire into something that could be renewed.
            Some(ConsentStatus::Given) => next(ConsentStatus::Expired, None),
            _ => Err(ConsentRefusal::NothingStands),
        },
    }
}

/// Rebuilds the state from the ledger; events that the rules refuse change nothing.
pub fn fold(events: &[StateEvent], validity: Option<TimeDelta>) -> Option<ConsentState> {
    events.iter().fold(None, |state, event| apply(state.as_ref(), *event, validity).ok().or(state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(kind: ConsentEventKind, second: i64) -> StateEvent {
        let at = DateTime::from_timestamp(second, 0).unwrap();
        StateEvent { id: ConsentEventId::generate(at, [0; 10]), kind, occurred_at: at }
    }

    proptest! {
        #[test]
        fn only_a_grant_makes_a_consent_stand(kinds in proptest::collection::vec(proptest::sample::select(ConsentEventKind::ALL.to_vec()), 0..12)) {
            use ConsentEventKind as Kind;
            let events: Vec<_> = kinds.iter().enumerate().map(|(i, kind)| event(*kind, i64::try_from(i).unwrap())).collect();
            let grants = kinds.iter().any(|kind| matches!(kind, Kind::Given | Kind::RecordedByStaff | Kind::Confirmed));
            let state = fold(&events, None);
            if !grants {
                prop_assert!(state.is_none_or(|state| state.status != ConsentStatus::Given));
            }
        }

        #[test]
        fn a_withdrawal_at_the_end_always_wins(kinds in proptest::collection::vec(proptest::sample::select(ConsentEventKind::ALL.to_vec()), 0..12)) {
            let mut events: Vec<_> = kinds.iter().enumerate().map(|(i, kind)| event(*kind, i64::try_from(i).unwrap())).collect();
            events.push(event(ConsentEventKind::Withdrawn, 99));
            prop_assert!(fold(&events, None).is_none_or(|state| state.status != ConsentStatus::Given));
        }

        #[test]
        fn folding_step_by_step_equals_folding_at_once(kinds in proptest::collection::vec(proptest::sample::select(ConsentEventKind::ALL.to_vec()), 0..12)) {
            let events: Vec<_> = kinds.iter().enumerate().map(|(i, kind)| event(*kind, i64::try_from(i).unwrap())).collect();
            let mut state = None;
            for event in &events {
                if let Ok(next) = apply(state.as_ref(), *event, None) {
                    state = Some(next);
                }
            }
            prop_assert_eq!(state, fold(&events, None));
        }
    }

    #[test]
    fn an_import_fills_a_gap_and_never_revives() {
        let withdrawn = [
            event(ConsentEventKind::Given, 1),
            event(ConsentEventKind::Withdrawn, 2),
            event(ConsentEventKind::Imported, 3),
        ];
        assert_eq!(fold(&withdrawn, None).unwrap().status, ConsentStatus::Withdrawn);
        assert_eq!(fold(&[event(ConsentEventKind::Imported, 1)], None).unwrap().status, ConsentStatus::Requested);
    }

    #[test]
    fn validity_runs_out() {
        let state = fold(&[event(ConsentEventKind::Given, 0)], Some(TimeDelta::days(1))).unwrap();
        assert_eq!(state.status_at(DateTime::from_timestamp(86_399, 0).unwrap()), ConsentStatus::Given);
        assert_eq!(state.status_at(DateTime::from_timestamp(86_400, 0).unwrap()), ConsentStatus::Expired);
    }
}
