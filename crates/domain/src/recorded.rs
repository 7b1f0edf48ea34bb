//! What staff record of a person's answer: on paper, on the phone, face to face.

use crate::{code::coded_enum, consent::ConsentMethod, rule::Rule, text::LongText};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// A note proves a consent by itself from this many words on.
pub const NOTE_MIN_WORDS: usize = 3;

coded_enum!(
    /// What the person answered.
    Decision {
        Given = "given",
        Refused = "refused",
    }
);

coded_enum!(
    /// How the person answered.
    RecordMethod {
        Paper = "paper",
        Phone = "phone",
        InPerson = "in_person",
    }
);

impl RecordMethod {
    /// As the ledger says it.
    pub const fn in_ledger(self) -> ConsentMethod {
        match self {
            Self::Paper => ConsentMethod::Paper,
            Self::Phone => ConsentMethod::Phone,
            Self::InPerson => ConsentMethod::InPerson,
        }
    }
}

/// When the person answered, which is not when it was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActMoment {
    pub at: DateTime<Utc>,
    /// Where only the day is known. Of a yes `at` is its beginning then, so that a withdrawal of the same day comes after;
    /// of a no its end, so that it comes after a consent of the same day.
    pub day: Option<NaiveDate>,
}

impl ActMoment {
    /// Reads a day (`2026-05-01`) or a moment (RFC 3339): not before 1970, not in the future. Clocks may differ by five
    /// minutes, and it may be tomorrow already where the person lives.
    pub fn parse(raw: &str, decision: Decision, now: DateTime<Utc>) -> Result<Self, Rule> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Err(Rule::Required);
        }
        let (at, day, latest) = match raw.parse::<NaiveDate>() {
            Ok(day) => (day.and_time(NaiveTime::MIN).and_utc(), Some(day), now + TimeDelta::hours(14)),
            Err(_) => {
                let at = DateTime::parse_from_rfc3339(raw).map_err(|_| Rule::Malformed)?.with_timezone(&Utc);
                (at, None, now + TimeDelta::minutes(5))
            }
        };
        if at < DateTime::UNIX_EPOCH || at > latest {
            return Err(Rule::OutOfRange);
        }
        let end = TimeDelta::days(1) - TimeDelta::microseconds(1);
        let at = match (decision, day) {
            (Decision::Refused, Some(_)) => at + end,
            _ => at,
        };
        Ok(Self { at: at.min(now), day })
    }
}

/// What staff wrote about the answer. A yes needs proof (Art. 7(1) GDPR): a scan, or a note that says how it was given.
/// A no needs none.
pub fn parse_note(decision: Decision, note: Option<&str>, has_scan: bool) -> Result<Option<LongText>, Rule> {
    let note = note.filter(|note| !note.trim().is_empty()).map(LongText::parse).transpose()?;
    let words = |note: &LongText| {
        note.as_str().split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
    };
    match decision {
        Decision::Given if !has_scan && note.as_ref().is_none_or(|note| words(note) < NOTE_MIN_WORDS) => {
            Err(Rule::ProofNeeded)
        }
        Decision::Given | Decision::Refused => Ok(note),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_neither_in_the_future_nor_before_time_began() {
        let now = "2026-05-02T10:00:00Z".parse().unwrap();
        let at = |raw: &str| ActMoment::parse(raw, Decision::Given, now).map(|act| act.at.to_rfc3339());
        assert_eq!(at("2026-05-01").unwrap(), "2026-05-01T00:00:00+00:00");
        assert_eq!(at("2026-05-01T23:30:00+02:00").unwrap(), "2026-05-01T21:30:00+00:00");
        assert_eq!(at("1970-01-01").unwrap(), "1970-01-01T00:00:00+00:00");
        // It is the third already in Kiribati: entered as of now.
        assert_eq!(
            ActMoment::parse("2026-05-03", Decision::Given, "2026-05-02T11:00:00Z".parse().unwrap())
                .unwrap()
                .at
                .to_rfc3339(),
            "2026-05-02T11:00:00+00:00"
        );
        // Of a no the day's end, as far as it has come.
        let no = |raw: &str| ActMoment::parse(raw, Decision::Refused, now).map(|act| act.at.to_rfc3339());
        assert_eq!(no("2026-05-01").unwrap(), "2026-05-01T23:59:59.999999+00:00");
        assert_eq!(no("2026-05-02").unwrap(), "2026-05-02T10:00:00+00:00");
        assert_eq!(no("2026-05-01T21:30:00Z").unwrap(), "2026-05-01T21:30:00+00:00");
        assert_eq!(no("2026-05-04"), Err(Rule::OutOfRange));
        assert_eq!(at("2026-05-02T10:04:00Z").unwrap(), "2026-05-02T10:00:00+00:00");
        assert_eq!(at("2026-05-02T10:06:00Z"), Err(Rule::OutOfRange));
        assert_eq!(at("2026-05-04"), Err(Rule::OutOfRange));
        assert_eq!(at("1969-12-31"), Err(Rule::OutOfRange));
        assert_eq!(at("1 maja"), Err(Rule::Malformed));
        assert_eq!(at(" "), Err(Rule::Required));
    }

    #[test]
    fn a_yes_needs_proof_and_a_no_needs_none() {
        let given = |note, scan| parse_note(Decision::Given, note, scan).map(|note| note.map(LongText::into_string));
        assert_eq!(given(None, false), Err(Rule::ProofNeeded));
        assert_eq!(given(Some("  "), false), Err(Rule::ProofNeeded));
        assert_eq!(given(Some("tak, tak"), false), Err(Rule::ProofNeeded));
        assert_eq!(given(Some("- - - - -"), false), Err(Rule::ProofNeeded));
        assert_eq!(
            given(Some("Zadzwoniła sama, potwierdziła adres"), false),
            Ok(Some("Zadzwoniła sama, potwierdziła adres".into()))
        );
        assert_eq!(given(None, true), Ok(None));
        assert_eq!(parse_note(Decision::Refused, None, false), Ok(None));
    }
}
