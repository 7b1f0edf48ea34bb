//! Moments and days as people read them, in mails and on the pages for visitors. What machines read stays ISO 8601 in UTC.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use zgoda_domain::consent::Language;

/// `25 listopada 2026, 14:05` or `25 November 2026, 14:05`, by the clocks of a time zone.
pub fn moment(zone: Tz, at: DateTime<Utc>, language: Language) -> String {
    format!("{}, {}", day(zone, at, language), at.with_timezone(&zone).format("%H:%M"))
}

/// `25 listopada 2026` or `25 November 2026`: the day of a moment in a time zone.
pub fn day(zone: Tz, at: DateTime<Utc>, language: Language) -> String {
    let local = at.with_timezone(&zone);
    let months = match language {
        Language::Pl => PL,
        Language::En => EN,
    };
    let month = usize::try_from(local.month0()).ok().and_then(|at| months.get(at)).copied().unwrap_or_default();
    format!("{} {month} {}", local.day(), local.year())
}

/// In the genitive, as after the day.
const PL: [&str; 12] = [
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
];
const EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_by_the_clocks_of_the_zone() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (warsaw, winter, summer) = (Tz::Europe__Warsaw, at("2026-11-25T13:05:59Z"), at("2026-05-01T22:30:00Z"));
        assert_eq!(moment(warsaw, winter, Language::Pl), "25 listopada 2026, 14:05");
        assert_eq!(moment(warsaw, winter, Language::En), "25 November 2026, 14:05");
        // Summer time, and the next day by then.
        assert_eq!(moment(warsaw, summer, Language::Pl), "2 maja 2026, 00:30");
        assert_eq!(day(warsaw, summer, Language::En), "2 May 2026");
        assert_eq!(moment(Tz::UTC, summer, Language::En), "1 May 2026, 22:30");
    }
}
