//! Days as they are counted in Poland, where a list's "today" and "added on" are meant.
//!
//! One rule holds there for as long as this program has records: Central European Time, with summer time from the last
//! Sunday of March to the last one of October, each at 01:00 UTC (Directive 2000/84/EC). A database of the world's time
//! zones would say the same in a megabyte.

use super::{Day, Unit};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// Most days, weeks, months or years counted from today.
pub(super) const MAX_AMOUNT: i32 = 36_525;

/// The moment at which a day begins in Poland.
pub fn start_of_day(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    // Neither change of the clock is near midnight.
    let offset = if is_summer(midnight - TimeDelta::hours(1)) { 2 } else { 1 };
    (midnight - TimeDelta::hours(offset)).and_utc()
}

/// The day in Poland at a moment.
pub fn day_of(at: DateTime<Utc>) -> NaiveDate {
    let utc = at.naive_utc();
    (utc + TimeDelta::hours(if is_summer(utc) { 2 } else { 1 })).date()
}

fn is_summer(utc: NaiveDateTime) -> bool {
    let change =
        |month| last_sunday(utc.year(), month).map(|day| day.and_time(chrono::NaiveTime::MIN) + TimeDelta::hours(1));
    match (change(3), change(10)) {
        (Some(begin), Some(end)) => begin <= utc && utc < end,
        _ => false,
    }
}

fn last_sunday(year: i32, month: u32) -> Option<NaiveDate> {
    let last = NaiveDate::from_ymd_opt(year, month, 31)?;
    last.checked_sub_days(Days::new(u64::from(last.weekday().num_days_from_sunday())))
}

impl Day {
    /// The day meant when it is searched on `today`. What would lie outside the years 1000 to 9999 is the nearest day within.
    pub fn on(self, today: NaiveDate) -> NaiveDate {
        let (amount, unit) = match self {
            Self::On(day) => return clamp(Some(day), false),
            Self::Today { amount, unit } => (amount, unit),
        };
        let size = amount.unsigned_abs();
        let moved = match unit {
            Unit::Day | Unit::Week => {
                let days = Days::new(u64::from(size) * if unit == Unit::Week { 7 } else { 1 });
                if amount < 0 { today.checked_sub_days(days) } else { today.checked_add_days(days) }
            }
            Unit::Month | Unit::Year => {
                let months = Months::new(size.saturating_mul(if unit == Unit::Year { 12 } else { 1 }));
                if amount < 0 { today.checked_sub_months(months) } else { today.checked_add_months(months) }
            }
        };
        clamp(moved, amount < 0)
    }
}

/// Dates are compared as text, so years keep four digits.
fn clamp(day: Option<NaiveDate>, early: bool) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(1000, 1, 1).unwrap_or(NaiveDate::MIN);
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(NaiveDate::MAX);
    day.unwrap_or(if early { first } else { last }).clamp(first, last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_begin_with_the_clocks_of_their_season() {
        let starts = |text: &str| start_of_day(day(text)).to_rfc3339();
        assert_eq!(starts("2026-01-31"), "2026-01-30T23:00:00+00:00");
        assert_eq!(starts("2026-07-01"), "2026-06-30T22:00:00+00:00");
        // The days of the changes begin before them: 29 March and 25 October 2026.
        assert_eq!(starts("2026-03-29"), "2026-03-28T23:00:00+00:00");
        assert_eq!(starts("2026-03-30"), "2026-03-29T22:00:00+00:00");
        assert_eq!(starts("2026-10-25"), "2026-10-24T22:00:00+00:00");
        assert_eq!(starts("2026-10-26"), "2026-10-25T23:00:00+00:00");
    }

    #[test]
    fn relative_days_count_in_their_unit() {
        let from = day("2026-03-31");
        let on = |amount, unit| Day::Today { amount, unit }.on(from).to_string();
        assert_eq!(on(-30, Unit::Day), "2026-03-01");
        assert_eq!(on(2, Unit::Week), "2026-04-14");
        assert_eq!(on(-1, Unit::Month), "2026-02-28");
        assert_eq!(on(-2, Unit::Year), "2024-03-31");
        assert_eq!(on(-MAX_AMOUNT, Unit::Year), "1000-01-01");
        assert_eq!(on(MAX_AMOUNT, Unit::Year), "9999-12-31");
    }

    proptest! {
        #[test]
        fn a_day_lasts_from_its_start_to_the_next(number in 0_i64..40_000) {
            let day = day("1990-01-01") + TimeDelta::days(number);
            let (start, end) = (start_of_day(day), start_of_day(day + TimeDelta::days(1)));
            prop_assert_eq!(day_of(start), day);
            prop_assert_eq!(day_of(end - TimeDelta::seconds(1)), day);
            prop_assert!([23, 24, 25].contains(&(end - start).num_hours()));
        }
    }
}
