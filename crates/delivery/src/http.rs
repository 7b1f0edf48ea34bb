//! How other services are called: encrypted, briefly, without following redirects.

use crate::{SettingError, is_loopback};
use std::time::Duration;
use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig},
};
use url::Url;

/// An answer must be there by then.
const CALL_TIME: Duration = Duration::from_secs(15);

pub(crate) fn agent() -> Agent {
    // Redirects would carry what is sent to who knows whom.
    let config = Agent::config_builder()
        .timeout_global(Some(CALL_TIME))
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        .build();
    config.new_agent()
}

/// An `https` address, or one of this machine.
pub(crate) fn address(option: &'static str, text: &str) -> Result<Url, SettingError> {
    let wrong = |problem: &str| SettingError::new(option, problem);
    let form = "this is no address like https://service.example.com";
    let url = Url::parse(text).map_err(|_| wrong(form))?;
    let host = url.host_str().ok_or_else(|| wrong(form))?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(wrong(form));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(host) => Ok(url),
        "http" => Err(wrong("without encryption only to localhost")),
        _ => Err(wrong(form)),
    }
}
