//! A moment on a page for visitors, for machines and for people.

use chrono::{DateTime, SecondsFormat, Utc};
use zgoda_app::{Ctx, spoken_time};
use zgoda_domain::consent::Language;

/// What stands in `<time>`.
pub(crate) struct Told {
    /// ISO 8601.
    pub iso: String,
    pub shown: String,
}

impl Told {
    /// To the minute.
    pub fn moment(ctx: &Ctx, at: DateTime<Utc>, language: Language) -> Self {
        let iso = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        Self { iso, shown: spoken_time::moment(ctx.time_zone, at, language) }
    }

    /// The day alone.
    pub fn day(ctx: &Ctx, at: DateTime<Utc>, language: Language) -> Self {
        let iso = at.with_timezone(&ctx.time_zone).date_naive().to_string();
        Self { iso, shown: spoken_time::day(ctx.time_zone, at, language) }
    }
}
