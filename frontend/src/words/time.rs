//! Dates and times as the language writes them, in the browser's time zone.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike, Utc};
use zgoda_domain::consent::Language;

const PL: [&str; 12] = ["sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru"];
const EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `23 lis 2026`
pub fn day(language: Language, date: NaiveDate) -> String {
    let months = match language {
        Language::Pl => PL,
        Language::En => EN,
    };
    let month = months.get(date.month0() as usize).copied().unwrap_or_default();
    format!("{}\u{a0}{month}\u{a0}{}", date.day(), date.year())
}

/// `23 lis 2026, 15:04`
pub fn day_and_time(language: Language, at: NaiveDateTime) -> String {
    format!("{}, {:02}:{:02}", day(language, at.date()), at.hour(), at.minute())
}

/// A moment in the browser's time zone.
#[cfg(target_arch = "wasm32")]
pub fn local(at: DateTime<Utc>) -> NaiveDateTime {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.timestamp_millis() as f64));
    at.naive_utc() - chrono::TimeDelta::minutes(date.get_timezone_offset() as i64)
}

/// Outside a browser there is no person whose time zone could be meant.
#[cfg(not(target_arch = "wasm32"))]
pub fn local(at: DateTime<Utc>) -> NaiveDateTime {
    at.naive_utc()
}

/// What an `<input type=datetime-local>` or `<input type=date>` holds, as a moment.
pub fn moment_of(typed: &str) -> Option<DateTime<Utc>> {
    let text = if typed.contains('T') { typed.to_owned() } else { format!("{typed}T00:00") };
    // Parsed by the browser: it knows the time zone's rules at that date.
    let millis = js_sys::Date::new(&wasm_bindgen::JsValue::from_str(&text)).get_time();
    if millis.is_finite() { DateTime::from_timestamp_millis(millis as i64) } else { None }
}

/// The value of an `<input type=datetime-local>` that shows a moment.
pub fn typed_moment(at: DateTime<Utc>) -> String {
    let at = local(at);
    format!("{}T{:02}:{:02}", at.date(), at.hour(), at.minute())
}

/// The present moment, by the clock of the browser.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(js_sys::Date::now() as i64).unwrap_or_default()
}

/// The value of an `<input type=date>` that shows the day after so many days.
pub fn day_after(days: i64) -> String {
    (local(now()).date() + chrono::TimeDelta::days(days)).to_string()
}
