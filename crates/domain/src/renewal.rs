//! Whom a renewal of a consent may be asked of. The question is a mail by itself, so it needs a consent to mails.

use crate::{
    code::coded_enum,
    consent::{Channel, ConsentState, ConsentStatus, Language, Wording},
};
use chrono::{DateTime, TimeDelta, Utc};

/// Nobody is asked for the same consent again before.
pub const ASKED_AGAIN_AFTER: TimeDelta = TimeDelta::days(180);
/// A question stays open for this long, and no longer than the consent itself stands.
pub const OPEN_FOR: TimeDelta = TimeDelta::days(30);
/// Consents that are asked for in one request at most.
pub const ASK_MAX: usize = 500;

coded_enum!(
    /// Why a person is not asked.
    NotAsked {
        /// There is no such card or consent within the caller's reach.
        NotFound = "not_found",
        /// The caller's role does not let them, or does not show what it depends on.
        NotAllowed = "not_allowed",
        /// Refused, withdrawn, never given, or given without an end.
        NothingToRenew = "nothing_to_renew",
        PurposeRetired = "purpose_retired",
        NoAddress = "no_address",
        /// No consent to e-mails stands for this purpose (PKE art. 398).
        NoEmailConsent = "no_email_consent",
        /// Was asked, and can still answer.
        OpenRequest = "open_request",
        /// Was asked within the last 180 days.
        AskedLately = "asked_lately",
        /// The purpose has no wording to be shown.
        NoWording = "no_wording",
        /// No mail server is configured.
        NoMailServer = "no_mail_server",
    }
);

/// What is known of a person who could be asked.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The consent to renew.
    pub state: Option<&'a ConsentState>,
    /// The consent to e-mails of the same purpose.
    pub by_email: Option<&'a ConsentState>,
    pub has_address: bool,
    pub retired: bool,
    pub has_wording: bool,
    pub asked_at: Option<DateTime<Utc>>,
    /// The end of a question that was not answered.
    pub open_until: Option<DateTime<Utc>>,
}

impl Candidate<'_> {
    /// How long the question stays open; or why there is none.
    pub fn may_be_asked(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, NotAsked> {
        let state = self.state.ok_or(NotAsked::NothingToRenew)?;
        let latest = now + OPEN_FOR;
        let open_until = match (state.status_at(now), state.expires_at) {
            (ConsentStatus::Given, Some(expiry)) if state.allows_at(now) => expiry.min(latest),
            (ConsentStatus::Expired, _) => latest,
            _ => return Err(NotAsked::NothingToRenew),
        };
        if self.retired {
            return Err(NotAsked::PurposeRetired);
        }
        if !self.has_address {
            return Err(NotAsked::NoAddress);
        }
        if !self.by_email.is_some_and(|state| state.allows_at(now)) {
            return Err(NotAsked::NoEmailConsent);
        }
        if self.open_until.is_some_and(|end| end > now) {
            return Err(NotAsked::OpenRequest);
        }
        if self.asked_at.is_some_and(|at| now - at < ASKED_AGAIN_AFTER) {
            return Err(NotAsked::AskedLately);
        }
        if !self.has_wording {
            return Err(NotAsked::NoWording);
        }
        Ok(open_until)
    }
}

/// The wording that someone who speaks `language` is shown: the newest that speaks of the channel, else the newest for
/// every channel; in another language only where there is none in this one. `wordings` are of one purpose, in any order.
pub fn wording_to_show<'a>(
    wordings: impl IntoIterator<Item = &'a Wording>,
    channel: Channel,
    language: Language,
) -> Option<&'a Wording> {
    let fitting = wordings.into_iter().filter(|wording| wording.channel.is_none_or(|own| own == channel));
    fitting.max_by_key(|wording| {
        // Polish before English where the person's language is missing.
        let spoken = (wording.language == language, wording.language == Language::Pl);
        (spoken, wording.channel.is_some(), wording.created_at, wording.id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consent::EvidenceGrade,
        id::{ConsentEventId, PurposeId, WordingId},
        text::LongText,
    };

    fn at(day: u32) -> DateTime<Utc> {
        DateTime::from_timestamp(i64::from(day) * 86_400, 0).unwrap()
    }

    fn state(status: ConsentStatus, expires_at: Option<DateTime<Utc>>, grade: EvidenceGrade) -> ConsentState {
        let last_event = ConsentEventId::generate(at(1), [0; 10]);
        ConsentState { status, since: at(1), expires_at, last_event, grade: Some(grade), wording_id: None }
    }

    #[test]
    fn only_who_consents_to_mails_is_asked() {
        use ConsentStatus as Status;
        let now = at(400);
        let standing = state(Status::Given, Some(at(410)), EvidenceGrade::B);
        let one = Candidate {
            state: Some(&standing),
            by_email: Some(&standing),
            has_address: true,
            retired: false,
            has_wording: true,
            asked_at: None,
            open_until: None,
        };
        assert_eq!(one.may_be_asked(now), Ok(at(410)));
        let long = state(Status::Given, Some(at(800)), EvidenceGrade::C);
        assert_eq!(Candidate { state: Some(&long), ..one }.may_be_asked(now), Ok(at(430)));
        let expired = state(Status::Expired, Some(at(390)), EvidenceGrade::B);
        assert_eq!(Candidate { state: Some(&expired), ..one }.may_be_asked(now), Ok(at(430)));
        let past = state(Status::Given, Some(at(400)), EvidenceGrade::B);
        for (by_email, why) in [
            (Some(&past), NotAsked::NoEmailConsent),
            (Some(&expired), NotAsked::NoEmailConsent),
            (Some(&state(Status::Withdrawn, None, EvidenceGrade::B)), NotAsked::NoEmailConsent),
            (Some(&state(Status::Refused, None, EvidenceGrade::B)), NotAsked::NoEmailConsent),
            (Some(&state(Status::Given, None, EvidenceGrade::D)), NotAsked::NoEmailConsent),
            (None, NotAsked::NoEmailConsent),
        ] {
            assert_eq!(Candidate { by_email, ..one }.may_be_asked(now), Err(why));
        }
        for status in [Status::Refused, Status::Withdrawn, Status::Requested] {
            let state = state(status, None, EvidenceGrade::B);
            assert_eq!(Candidate { state: Some(&state), ..one }.may_be_asked(now), Err(NotAsked::NothingToRenew));
        }
        let endless = state(Status::Given, None, EvidenceGrade::A);
        assert_eq!(Candidate { state: Some(&endless), ..one }.may_be_asked(now), Err(NotAsked::NothingToRenew));
        assert_eq!(Candidate { state: None, ..one }.may_be_asked(now), Err(NotAsked::NothingToRenew));
        assert_eq!(Candidate { has_address: false, ..one }.may_be_asked(now), Err(NotAsked::NoAddress));
        assert_eq!(Candidate { retired: true, ..one }.may_be_asked(now), Err(NotAsked::PurposeRetired));
        assert_eq!(Candidate { has_wording: false, ..one }.may_be_asked(now), Err(NotAsked::NoWording));
        assert_eq!(Candidate { open_until: Some(at(401)), ..one }.may_be_asked(now), Err(NotAsked::OpenRequest));
        assert_eq!(Candidate { asked_at: Some(at(221)), ..one }.may_be_asked(now), Err(NotAsked::AskedLately));
        assert_eq!(Candidate { asked_at: Some(at(220)), ..one }.may_be_asked(now), Ok(at(410)));
    }

    #[test]
    fn the_newest_wording_of_channel_and_language_is_shown() {
        let wording = |n: u32, language, channel| Wording {
            id: WordingId::generate(at(n), [0; 10]),
            purpose_id: PurposeId::generate(at(1), [0; 10]),
            language,
            channel,
            version: 1,
            text: LongText::parse("Zgadzam się.").unwrap(),
            sha256: String::new(),
            created_at: at(n),
        };
        let all = [
            wording(1, Language::Pl, Some(Channel::Sms)),
            wording(2, Language::Pl, Some(Channel::Email)),
            wording(3, Language::Pl, None),
            wording(4, Language::En, None),
            wording(5, Language::Pl, Some(Channel::Phone)),
        ];
        let shown = |channel, language| wording_to_show(&all, channel, language).map(|wording| wording.created_at);
        assert_eq!(shown(Channel::Email, Language::Pl), Some(at(2)));
        assert_eq!(shown(Channel::Post, Language::Pl), Some(at(3)));
        assert_eq!(shown(Channel::Email, Language::En), Some(at(4)));
        assert_eq!(
            wording_to_show(&all[..1], Channel::Sms, Language::En).map(|wording| wording.created_at),
            Some(at(1))
        );
        assert_eq!(wording_to_show(&all[..1], Channel::Email, Language::Pl), None);
    }
}
