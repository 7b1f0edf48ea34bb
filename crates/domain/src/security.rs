//! What the organisation demands of everyone who signs in.

use crate::{
    access::Network,
    rule::{Invalids, Rule},
};
use serde::{Deserialize, Serialize};

/// The organisation's security settings. Whoever changes them sends all of them: a member that was left out would lift
/// what it demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecuritySettings {
    /// Networks (CIDR) that staff and programs must come from; empty for anywhere.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub networks: Vec<Network>,
    /// Owners may come from anywhere: the default, so that nobody locks themselves out.
    pub owners_from_anywhere: bool,
    /// A session nobody uses is locked after so many minutes.
    pub idle_minutes: u16,
    /// A session ends after so many hours, however busy it is.
    pub session_hours: u16,
    /// Everyone needs a second factor to sign in, whatever their role says.
    pub second_factor_for_all: bool,
}

impl Default for SecuritySettings {
    fn default() -> Self {
        Self {
            networks: Vec::new(),
            owners_from_anywhere: true,
            idle_minutes: 15,
            session_hours: 12,
            second_factor_for_all: false,
        }
    }
}

impl SecuritySettings {
    pub const IDLE_MINUTES: std::ops::RangeInclusive<u16> = 1..=240;
    pub const SESSION_HOURS: std::ops::RangeInclusive<u16> = 1..=24;

    pub fn check(&self) -> Result<(), Invalids> {
        let mut invalids = Invalids::default();
        if !Self::IDLE_MINUTES.contains(&self.idle_minutes) {
            invalids.add("/idle_minutes", Rule::OutOfRange);
        }
        if !Self::SESSION_HOURS.contains(&self.session_hours) {
            invalids.add("/session_hours", Rule::OutOfRange);
        }
        if self.networks.len() > Network::MOST {
            invalids.add("/networks", Rule::TooMany { max: Network::MOST });
        }
        invalids.or(Some(()))
    }
}
