//! How messages leave the house: e-mail by SMTP (RFC 5321), text messages through a gateway's HTTP interface.
//!
//! Nothing leaves unencrypted but to this machine itself, certificates are checked against the system's authorities,
//! redirects are not followed, and an error carries a status code and nothing of the message.

mod http;
mod mail;
mod sms;
mod webhook;

pub use mail::SmtpMail;
pub use sms::{SmsGateway, SmsSettings};
pub use webhook::Webhook;

use std::{fmt, net::IpAddr};
use zeroize::Zeroizing;

/// A password or token for another service. Cannot be printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// An option that cannot be used, and why; repeats no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("option {option}: {problem}")]
pub struct SettingError {
    pub option: &'static str,
    pub problem: String,
}

impl SettingError {
    pub(crate) fn new(option: &'static str, problem: impl Into<String>) -> Self {
        Self { option, problem: problem.into() }
    }
}

/// Whether a host is this machine, so that nobody listens on the way.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        assert!(["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::1"].into_iter().all(is_loopback));
        assert!(
            !["mail", "localhost.example.com", "10.0.0.1", "127.0.0.1.example.com", ""].into_iter().any(is_loopback)
        );
    }

    #[test]
    fn what_goes_over_the_wire_cannot_be_logged() {
        assert_eq!(log::STATIC_MAX_LEVEL, log::LevelFilter::Debug);
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }
}
