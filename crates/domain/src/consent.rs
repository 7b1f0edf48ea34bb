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
use chrono::{DateTime, Utc};

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
        /// The button behind the link in a confirmation mail.
        DoiClick = "doi_click",
        /// The button behind the link in a renewal mail.
        RenewalClick = "renewal_click",
        /// Told to staff, in whatever way; for withdrawals.
        StaffCard = "staff_card",
        Paper = "paper",
        Phone = "phone",
        InPerson = "in_person",
        Import = "import",
        Job = "job",
        /// Followed from the withdrawal of a purpose above.
        Cascade = "cascade",
        /// Followed from joining two cards, or from undoing that.
        Merge = "merge",
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

coded_enum!(
    /// How well a consent can be proven, best first.
    EvidenceGrade {
        /// Confirmed from the mailbox itself, with the wording as it was shown.
        A = "a",
        /// Given in one step, with the wording as it was shown.
        B = "b",
        /// Recorded by staff, with a scan or a note of how it was given.
        C = "c",
        /// Claimed, by an import for instance. Unlocks nothing.
        D = "d",
    }
);

/// A purpose as it is defined: why, on which basis, through which channels, for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    pub id: PurposeId,
    /// Counts its changes.
    pub version: i32,
    pub name: ShortText,
    pub basis: LawfulBasis,
    pub is_marketing: bool,
    pub channels: Vec<Channel>,
    /// Days after which a consent given from now on expires; `None` for no limit.
    pub validity_days: Option<u16>,
    /// A withdrawal of the parent withdraws this one too; a grant of the parent grants nothing here.
    pub parent_id: Option<PurposeId>,
    /// Consent given in a form counts once the e-mail address was confirmed.
    pub double_opt_in: bool,
    /// Asked for no more since then. Consents given before stand, and can be withdrawn.
    pub retired_at: Option<DateTime<Utc>>,
}

/// A purpose about to be made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPurpose {
    pub name: ShortText,
    pub basis: LawfulBasis,
    pub is_marketing: bool,
    pub channels: Vec<Channel>,
    pub validity_days: Option<u16>,
    pub parent_id: Option<PurposeId>,
    pub double_opt_in: bool,
}

/// What staff type into a purpose.
#[derive(Clone, Copy, Debug)]
pub struct PurposeInput<'a> {
    pub name: &'a str,
    pub basis: LawfulBasis,
    pub is_marketing: bool,
    pub channels: &'a [Channel],
    pub validity_days: Option<u16>,
    pub parent_id: Option<PurposeId>,
    pub double_opt_in: bool,
}

impl NewPurpose {
    pub fn parse(input: PurposeInput<'_>) -> Result<Self, Invalids> {
        let PurposeInput { basis, is_marketing, channels, validity_days, parent_id, double_opt_in, .. } = input;
        let mut invalids = Invalids::default();
        let name = invalids.take("/name", ShortText::parse(input.name));
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
        invalids.or(name.map(|name| Self {
            name,
            basis,
            is_marketing,
            channels: unique,
            validity_days,
            parent_id,
            double_opt_in,
        }))
    }
}

/// All purposes below one in the tree, nearest first; never the one itself.
pub fn descendants(purposes: &[Purpose], root: PurposeId) -> Vec<PurposeId> {
    let mut found: Vec<PurposeId> = Vec::new();
    let mut level = vec![root];
    while let Some(parent) = level.pop() {
        for child in purposes.iter().filter(|purpose| purpose.parent_id == Some(parent)) {
            // A circle, should one ever be stored, ends here.
            if child.id != root && !found.contains(&child.id) {
                found.push(child.id);
                level.push(child.id);
            }
        }
    }
    found
}

/// An immutable text of a purpose. `sha256` is over the exact UTF-8 bytes of `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    pub id: WordingId,
    pub purpose_id: PurposeId,
    pub language: Language,
    /// The channel it speaks of; `None` where it is for every channel of the purpose.
    pub channel: Option<Channel>,
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
    /// Of what grants: when the consent runs out, as the purpose said at that time.
    pub expires_at: Option<DateTime<Utc>>,
    /// Of what grants or claims.
    pub grade: Option<EvidenceGrade>,
    pub wording_id: Option<WordingId>,
}

/// Where one consent stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentState {
    pub status: ConsentStatus,
    pub since: DateTime<Utc>,
    /// Of a consent that was given: when it runs out, or ran out.
    pub expires_at: Option<DateTime<Utc>>,
    pub last_event: ConsentEventId,
    /// Of a consent that was given or claimed: how well it can be proven.
    pub grade: Option<EvidenceGrade>,
    /// The wording that a given consent rests on.
    pub wording_id: Option<WordingId>,
}

impl ConsentState {
    /// The status at a moment: a consent past its validity no longer allows anything.
    pub fn status_at(&self, now: DateTime<Utc>) -> ConsentStatus {
        match self.expires_at {
            Some(expiry) if self.status == ConsentStatus::Given && expiry <= now => ConsentStatus::Expired,
            _ => self.status,
        }
    }

    /// Whether it allows processing at a moment. What is only claimed never does.
    pub fn allows_at(&self, now: DateTime<Utc>) -> bool {
        self.status_at(now) == ConsentStatus::Given && self.is_proven()
    }

    /// Whether there is more to it than a claim.
    fn is_proven(&self) -> bool {
        proves(self.grade)
    }

    /// The one of two states of the same consent that allows less, for joining two cards: a refusal or withdrawal wins
    /// over a consent, the later one over the earlier.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        let rank = |state: &Self| match state.status {
            ConsentStatus::Withdrawn => 4,
            ConsentStatus::Refused => 3,
            ConsentStatus::Expired => 2,
            ConsentStatus::Requested => 1,
            ConsentStatus::Given => 0,
        };
        // Of two consents the one that unlocks nothing, then the one that runs out first, then the one that is proven
        // worse: what one of them does not allow, the two together never do.
        let key = |state: &Self| {
            let runs_out = state.expires_at.map_or(i64::MAX, |expiry| expiry.timestamp_micros());
            let proof = (!state.is_proven(), std::cmp::Reverse(runs_out), state.grade);
            (rank(state), proof, state.since, state.last_event, state.wording_id)
        };
        if key(&self) >= key(&other) { self } else { other }
    }
}

/// A transition the rules refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsentRefusal {
    /// There is nothing to withdraw, confirm, renew or expire.
    #[error("no consent stands that this could change")]
    NothingStands,
    /// An import or a request may only fill a gap, never change an answer; nor does an older yes replace the one that
    /// stands.
    #[error("the person has already answered")]
    AlreadyAnswered,
    /// A no is turned into a yes by the person alone: from the mailbox itself, or with proof in the hands of staff.
    #[error("a refusal or withdrawal stands, and this proves too little to end it")]
    TooLittleProof,
    /// The person said no after the moment of this consent.
    #[error("the person refused or withdrew later than that")]
    Superseded,
}

/// The state after one more event, in order of recording.
pub fn apply(state: Option<&ConsentState>, event: StateEvent) -> Result<ConsentState, ConsentRefusal> {
    use ConsentEventKind as Kind;
    let stands = state.map(|state| state.status);
    let blank = ConsentState {
        status: ConsentStatus::Requested,
        since: event.occurred_at,
        expires_at: None,
        last_event: event.id,
        grade: None,
        wording_id: None,
    };
    let wording_id = event.wording_id.or_else(|| state.and_then(|state| state.wording_id));
    let granted = ConsentState {
        status: ConsentStatus::Given,
        expires_at: event.expires_at,
        grade: event.grade,
        wording_id,
        ..blank
    };
    match event.kind {
        Kind::Given | Kind::RecordedByStaff if !proves(event.grade) => Err(ConsentRefusal::TooLittleProof),
        Kind::Given | Kind::RecordedByStaff => match (state, event.grade) {
            (Some(no), grade) if is_no(no.status) => match grade {
                _ if event.occurred_at <= no.since => Err(ConsentRefusal::Superseded),
                Some(EvidenceGrade::B) => Err(ConsentRefusal::TooLittleProof),
                _ => Ok(granted),
            },
            // An older yes that is entered later does not take the place of the one that stands.
            (Some(yes), _)
                if yes.status == ConsentStatus::Given && yes.is_proven() && event.occurred_at < yes.since =>
            {
                Err(ConsentRefusal::AlreadyAnswered)
            }
            _ => Ok(granted),
        },
        Kind::Refused => Ok(ConsentState { status: ConsentStatus::Refused, ..blank }),
        Kind::Requested | Kind::Imported if stands.is_some() => Err(ConsentRefusal::AlreadyAnswered),
        Kind::Requested => Ok(ConsentState { wording_id, ..blank }),
        // Without proof an imported claim unlocks nothing: it stands as a request to be answered.
        Kind::Imported => Ok(ConsentState { grade: Some(EvidenceGrade::D), wording_id, ..blank }),
        Kind::Confirmed | Kind::Renewed if !proves(event.grade) => Err(ConsentRefusal::TooLittleProof),
        Kind::Confirmed => match stands {
            Some(ConsentStatus::Requested | ConsentStatus::Given) => Ok(granted),
            _ => Err(ConsentRefusal::NothingStands),
        },
        Kind::Renewed => match stands {
            Some(ConsentStatus::Given | ConsentStatus::Expired) => Ok(granted),
            _ => Err(ConsentRefusal::NothingStands),
        },
        Kind::Withdrawn => match stands {
            Some(ConsentStatus::Given | ConsentStatus::Requested | ConsentStatus::Expired) => {
                Ok(ConsentState { status: ConsentStatus::Withdrawn, ..blank })
            }
            _ => Err(ConsentRefusal::NothingStands),
        },
        Kind::Expired => match stands {
            // A request that nobody answered does not expire into something that could be renewed.
            Some(ConsentStatus::Given) => {
                let expires_at = state.and_then(|state| state.expires_at);
                Ok(ConsentState { status: ConsentStatus::Expired, expires_at, wording_id, ..blank })
            }
            _ => Err(ConsentRefusal::NothingStands),
        },
    }
}

/// Whether the grade is one that unlocks anything.
fn proves(grade: Option<EvidenceGrade>) -> bool {
    grade.is_some_and(|grade| grade < EvidenceGrade::D)
}

const fn is_no(status: ConsentStatus) -> bool {
    matches!(status, ConsentStatus::Refused | ConsentStatus::Withdrawn)
}

/// Rebuilds the state from the ledger; events that the rules refuse change nothing.
pub fn fold<'a>(events: impl IntoIterator<Item = &'a StateEvent>) -> Option<ConsentState> {
    events.into_iter().fold(None, |state, event| apply(state.as_ref(), *event).ok().or(state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(kind: ConsentEventKind, second: i64) -> StateEvent {
        let at = DateTime::from_timestamp(second, 0).unwrap();
        let grade = Some(if kind == ConsentEventKind::RecordedByStaff { EvidenceGrade::C } else { EvidenceGrade::B });
        StateEvent {
            id: ConsentEventId::generate(at, [0; 10]),
            kind,
            occurred_at: at,
            expires_at: None,
            grade,
            wording_id: None,
        }
    }

    fn any_event() -> impl Strategy<Value = StateEvent> {
        let kind = proptest::sample::select(ConsentEventKind::ALL.to_vec());
        let grade = proptest::option::of(proptest::sample::select(EvidenceGrade::ALL.to_vec()));
        (kind, 0_i64..100, grade, proptest::option::of(0_i64..200), any::<bool>(), any::<[u8; 10]>()).prop_map(
            |(kind, second, grade, expiry, worded, chance)| StateEvent {
                id: ConsentEventId::generate(DateTime::from_timestamp(second, 0).unwrap(), chance),
                kind,
                occurred_at: DateTime::from_timestamp(second, 0).unwrap(),
                expires_at: expiry.and_then(|second| DateTime::from_timestamp(second, 0)),
                grade,
                wording_id: worded.then(|| WordingId::from_uuid(uuid::Uuid::from_u128(second.unsigned_abs().into()))),
            },
        )
    }

    fn any_events() -> impl Strategy<Value = Vec<StateEvent>> {
        proptest::collection::vec(any_event(), 0..12)
    }

    fn any_state() -> impl Strategy<Value = ConsentState> {
        let status = proptest::sample::select(ConsentStatus::ALL.to_vec());
        (status, any_event(), 0_i64..4).prop_map(|(status, event, since)| ConsentState {
            status,
            since: DateTime::from_timestamp(since, 0).unwrap(),
            expires_at: event.expires_at,
            last_event: event.id,
            grade: event.grade,
            wording_id: event.wording_id,
        })
    }

    fn moment(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    const MOMENTS: [i64; 5] = [0, 50, 100, 150, 250];

    proptest! {
        #[test]
        fn only_a_grant_makes_a_consent_stand(events in any_events()) {
            use ConsentEventKind as Kind;
            let grants = events.iter().any(|event| matches!(event.kind, Kind::Given | Kind::RecordedByStaff | Kind::Confirmed));
            if !grants {
                prop_assert!(fold(&events).is_none_or(|state| state.status != ConsentStatus::Given));
            }
        }

        /// Whatever came before: a claim, or what has no grade at all, opens nothing and does not even count as given.
        #[test]
        fn only_what_is_proven_allows(events in any_events()) {
            if let Some(state) = fold(&events) {
                prop_assert!(state.status != ConsentStatus::Given || state.grade.is_some_and(|grade| grade < EvidenceGrade::D));
                let allowing = events.iter().filter(|event| Some(event.id) == Some(state.last_event));
                for now in MOMENTS.map(moment).into_iter().filter(|now| state.allows_at(*now)) {
                    prop_assert!(matches!(state.grade, Some(EvidenceGrade::A | EvidenceGrade::B | EvidenceGrade::C)));
                    prop_assert!(allowing.clone().all(|event| event.grade.is_some_and(|grade| grade < EvidenceGrade::D)));
                    prop_assert!(state.expires_at.is_none_or(|expiry| now < expiry));
                }
            }
        }

        #[test]
        fn a_withdrawal_at_the_end_always_wins(events in any_events(), last in any_event()) {
            let last = StateEvent { kind: ConsentEventKind::Withdrawn, ..last };
            let state = fold(events.iter().chain([&last]));
            prop_assert!(state.is_none_or(|state| MOMENTS.iter().all(|now| !state.allows_at(moment(*now)))));
            if fold(&events).is_some_and(|before| before.status == ConsentStatus::Given) {
                prop_assert_eq!(state.map(|state| (state.status, state.since)), Some((ConsentStatus::Withdrawn, last.occurred_at)));
            }
        }

        #[test]
        fn folding_step_by_step_equals_folding_at_once(events in any_events(), at in 0_usize..12) {
            let mut state = None;
            for event in &events {
                if let Ok(next) = apply(state.as_ref(), *event) {
                    state = Some(next);
                }
            }
            prop_assert_eq!(state, fold(&events));
            // Going on from what was folded before is the same too.
            let (before, rest) = events.split_at(at.min(events.len()));
            let resumed = rest.iter().fold(fold(before), |state, event| apply(state.as_ref(), *event).ok().or(state));
            prop_assert_eq!(resumed, fold(&events));
        }

        #[test]
        fn a_claim_fills_a_gap_or_does_nothing(events in any_events(), claim in any_event()) {
            let claim = StateEvent { kind: ConsentEventKind::Imported, ..claim };
            let (before, after) = (fold(&events), fold(events.iter().chain([&claim])));
            match before {
                Some(_) => prop_assert_eq!(before, after),
                None => {
                    let state = after.unwrap();
                    prop_assert_eq!((state.status, state.grade), (ConsentStatus::Requested, Some(EvidenceGrade::D)));
                    prop_assert!(MOMENTS.iter().all(|now| !state.allows_at(moment(*now))));
                }
            }
        }

        /// Not even where a request followed the no: neither a tick nor what a job does turns it into a yes.
        #[test]
        fn a_bare_tick_never_ends_a_no(no in any_state(), ticks in any_events()) {
            prop_assume!(is_no(no.status));
            let ticks = ticks.into_iter().map(|event| StateEvent { grade: Some(EvidenceGrade::B), ..event });
            let bare = ticks.filter(|event| event.kind != ConsentEventKind::RecordedByStaff);
            let state = bare.fold(no, |state, event| apply(Some(&state), event).unwrap_or(state));
            prop_assert!(is_no(state.status));
        }

        #[test]
        fn proof_of_before_the_no_is_superseded(no in any_state(), grant in any_event()) {
            prop_assume!(is_no(no.status));
            let paper = StateEvent { kind: ConsentEventKind::RecordedByStaff, grade: Some(EvidenceGrade::C), ..grant };
            let answer = apply(Some(&no), paper);
            if paper.occurred_at <= no.since {
                prop_assert_eq!(answer, Err(ConsentRefusal::Superseded));
            } else {
                prop_assert_eq!(answer.map(|state| state.status), Ok(ConsentStatus::Given));
            }
        }

        /// Whatever it proves: what was given or recorded of before the consent that stands leaves it as it is, end and all.
        #[test]
        fn an_older_yes_does_not_replace_the_one_that_stands(yes in any_state(), late in any_event(), by_staff in any::<bool>()) {
            let kind = if by_staff { ConsentEventKind::RecordedByStaff } else { ConsentEventKind::Given };
            let yes = ConsentState { status: ConsentStatus::Given, since: moment(50), ..yes };
            let late = StateEvent { kind, ..late };
            let answer = apply(Some(&yes), late);
            match (proves(late.grade), proves(yes.grade) && late.occurred_at < yes.since) {
                (false, _) => prop_assert_eq!(answer, Err(ConsentRefusal::TooLittleProof)),
                (true, true) => prop_assert_eq!(answer, Err(ConsentRefusal::AlreadyAnswered)),
                (true, false) => prop_assert_eq!(answer.map(|state| state.since), Ok(late.occurred_at)),
            }
        }

        /// An event that is refused leaves no trace; one that is not is the last of its state.
        #[test]
        fn a_state_names_its_last_event(events in any_events(), event in any_event()) {
            let before = fold(&events);
            let after = fold(events.iter().chain([&event]));
            match apply(before.as_ref(), event) {
                Ok(state) => prop_assert_eq!((after, state.last_event), (Some(state), event.id)),
                Err(_) => prop_assert_eq!(after, before),
            }
        }

        #[test]
        fn the_stricter_of_two_is_the_same_in_any_order(a in any_state(), b in any_state(), c in any_state()) {
            prop_assert_eq!(a.stricter(b), b.stricter(a));
            prop_assert_eq!(a.stricter(b).stricter(c), a.stricter(b.stricter(c)));
            prop_assert_eq!(a.stricter(a), a);
        }

        #[test]
        fn the_stricter_of_two_allows_nothing_that_either_forbids(a in any_state(), b in any_state()) {
            for now in MOMENTS.map(moment) {
                if a.stricter(b).allows_at(now) {
                    prop_assert!(a.allows_at(now) && b.allows_at(now));
                }
            }
        }

        #[test]
        fn what_is_below_a_purpose_is_reached_by_parents_and_ends(parents in proptest::collection::vec(proptest::option::of(0_usize..8), 1..8)) {
            let id = |n: usize| PurposeId::from_uuid(uuid::Uuid::from_u128(n as u128 + 1));
            let purposes: Vec<Purpose> = parents.iter().enumerate().map(|(n, parent)| purpose(id(n), parent.map(id))).collect();
            for root in &purposes {
                let below = descendants(&purposes, root.id);
                prop_assert!(!below.contains(&root.id));
                let mut unique = below.clone();
                unique.sort_unstable();
                unique.dedup();
                prop_assert_eq!(unique.len(), below.len());
                for other in purposes.iter().filter(|other| other.id != root.id) {
                    // Up the tree, as far as there are purposes.
                    let mut above = other.parent_id;
                    let mut steps = 0;
                    while above.is_some_and(|above| above != root.id) && steps < purposes.len() {
                        above = purposes.iter().find(|purpose| Some(purpose.id) == above).and_then(|purpose| purpose.parent_id);
                        steps += 1;
                    }
                    prop_assert_eq!(below.contains(&other.id), above == Some(root.id));
                }
            }
        }
    }

    fn purpose(id: PurposeId, parent_id: Option<PurposeId>) -> Purpose {
        Purpose {
            id,
            version: 1,
            name: ShortText::parse("Newsletter").unwrap(),
            basis: LawfulBasis::Consent,
            is_marketing: false,
            channels: vec![Channel::Email],
            validity_days: None,
            parent_id,
            double_opt_in: false,
            retired_at: None,
        }
    }

    #[test]
    fn an_import_fills_a_gap_and_never_revives() {
        let withdrawn = [
            event(ConsentEventKind::Given, 1),
            event(ConsentEventKind::Withdrawn, 2),
            event(ConsentEventKind::Imported, 3),
        ];
        assert_eq!(fold(&withdrawn).unwrap().status, ConsentStatus::Withdrawn);
        assert_eq!(fold(&[event(ConsentEventKind::Imported, 1)]).unwrap().status, ConsentStatus::Requested);
    }

    #[test]
    fn a_no_is_ended_by_the_mailbox_or_by_later_proof_alone() {
        let withdrawn = fold(&[event(ConsentEventKind::Given, 1), event(ConsentEventKind::Withdrawn, 10)]).unwrap();
        let tick = event(ConsentEventKind::Given, 20);
        assert_eq!(apply(Some(&withdrawn), tick), Err(ConsentRefusal::TooLittleProof));
        let proven = StateEvent { grade: Some(EvidenceGrade::A), ..tick };
        assert_eq!(apply(Some(&withdrawn), proven).unwrap().status, ConsentStatus::Given);
        let paper = event(ConsentEventKind::RecordedByStaff, 5);
        assert_eq!(apply(Some(&withdrawn), paper), Err(ConsentRefusal::Superseded));
        let later = event(ConsentEventKind::RecordedByStaff, 11);
        assert_eq!(apply(Some(&withdrawn), later).unwrap().grade, Some(EvidenceGrade::C));
        let claim = StateEvent { grade: Some(EvidenceGrade::D), ..later };
        assert_eq!(apply(None, claim), Err(ConsentRefusal::TooLittleProof));
    }

    #[test]
    fn validity_runs_out() {
        let given = StateEvent { expires_at: DateTime::from_timestamp(86_400, 0), ..event(ConsentEventKind::Given, 0) };
        let state = fold(&[given]).unwrap();
        assert_eq!(state.status_at(DateTime::from_timestamp(86_399, 0).unwrap()), ConsentStatus::Given);
        assert_eq!(state.status_at(DateTime::from_timestamp(86_400, 0).unwrap()), ConsentStatus::Expired);
    }
}
