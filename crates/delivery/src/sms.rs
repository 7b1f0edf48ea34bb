//! Text messages through the HTTP interfaces of gateways.

use crate::{Secret, SettingError, http};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures::future::BoxFuture;
use std::sync::Arc;
use ureq::Agent;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;
use zgoda_app::delivery::{Outgoing, Transport, Undelivered};
use zgoda_domain::message::Sms;

/// Of an answer nothing beyond this is read, in bytes.
const ANSWER_MAX: u64 = 16 * 1024;

/// What the options say about text messages.
#[derive(Debug)]
pub struct SmsSettings {
    /// `http`, `smsapi` or `twilio`.
    pub provider: String,
    /// The gateway's address; those with a name have their own.
    pub url: Option<String>,
    pub token: Option<Secret>,
    /// Twilio's account SID.
    pub account: Option<String>,
    /// The sender's name or number.
    pub from: Option<String>,
}

/// Sends through one gateway.
pub struct SmsGateway {
    agent: Agent,
    url: Url,
    provider: Arc<dyn Provider>,
}

/// How a gateway wants to be asked, and how it answers.
trait Provider: Send + Sync + 'static {
    fn authorization(&self) -> Zeroizing<String>;

    /// Content type and body of a POST.
    fn request(&self, sms: &Sms) -> (&'static str, String);

    /// Whether an answer with a status of success really is one.
    fn accepts(&self, _answer: &[u8]) -> bool {
        true
    }
}

impl SmsGateway {
    pub fn new(settings: SmsSettings) -> Result<Self, SettingError> {
        let SmsSettings { provider, url, token, account, from } = settings;
        let missing = |option| SettingError::new(option, format!("`{provider}` needs it"));
        let token = || token.ok_or_else(|| missing("sms_token_file"));
        let (base, path, shape): (_, _, Arc<dyn Provider>) = match provider.as_str() {
            "http" => (url.ok_or_else(|| missing("sms_url"))?, None, Arc::new(Plain { token: token()? })),
            "smsapi" => {
                let base = url.unwrap_or_else(|| "https://api.smsapi.pl".to_owned());
                (base, Some("sms.do".to_owned()), Arc::new(SmsApi { token: token()?, from }))
            }
            "twilio" => {
                let base = url.unwrap_or_else(|| "https://api.twilio.com".to_owned());
                let account = account.ok_or_else(|| missing("sms_account"))?;
                if account.is_empty() || !account.bytes().all(|b| b.is_ascii_alphanumeric()) {
                    return Err(SettingError::new("sms_account", "an account SID is letters and digits"));
                }
                let from = from.ok_or_else(|| missing("sms_from"))?;
                let path = format!("2010-04-01/Accounts/{account}/Messages.json");
                (base, Some(path), Arc::new(Twilio { account, token: token()?, from }))
            }
            _ => return Err(SettingError::new("sms_provider", "known are http, smsapi and twilio")),
        };
        let url = address(&base, path.as_deref())?;
        Ok(Self { agent: http::agent(), url, provider: shape })
    }
}

fn address(base: &str, path: Option<&str>) -> Result<Url, SettingError> {
    match path {
        Some(path) => http::address("sms_url", &format!("{}/{path}", base.trim_end_matches('/'))),
        None => http::address("sms_url", base),
    }
}

impl Transport<Sms> for SmsGateway {
    fn send<'a>(&'a self, outgoing: Outgoing<'a, Sms>) -> BoxFuture<'a, Result<(), Undelivered>> {
        let (agent, url, provider) = (self.agent.clone(), self.url.clone(), Arc::clone(&self.provider));
        let (content_type, body) = provider.request(outgoing.message);
        Box::pin(async move {
            let call = move || {
                let mut answer = agent
                    .post(url.as_str())
                    .header("Authorization", provider.authorization().as_str())
                    .header("Content-Type", content_type)
                    .header("Accept", "application/json")
                    .send(body.as_bytes())
                    .map_err(|_| Undelivered::Unreachable)?;
                let code = answer.status().as_u16();
                match code {
                    200..=299 => {
                        let answer = answer.body_mut().with_config().limit(ANSWER_MAX).read_to_vec();
                        // Accepted is accepted, even when the rest of the answer got lost.
                        if provider.accepts(&answer.unwrap_or_default()) {
                            Ok(())
                        } else {
                            Err(Undelivered::Deferred(code))
                        }
                    }
                    // About our account, our pace or our address of the gateway: an operator or time can mend that.
                    300..=399 | 401..=404 | 407 | 408 | 429 => Err(Undelivered::Deferred(code)),
                    400..=499 => Err(Undelivered::Refused(code)),
                    _ => Err(Undelivered::Deferred(code)),
                }
            };
            tokio::task::spawn_blocking(call).await.unwrap_or(Err(Undelivered::Unreachable))
        })
    }
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn bearer(token: &Secret) -> Zeroizing<String> {
    Zeroizing::new(format!("Bearer {}", token.reveal()))
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Any gateway, or a few lines of one's own before it: `{"to": "+48…", "text": "…"}` with a bearer token (RFC 6750).
struct Plain {
    token: Secret,
}

impl Provider for Plain {
    fn authorization(&self) -> Zeroizing<String> {
        bearer(&self.token)
    }

    fn request(&self, sms: &Sms) -> (&'static str, String) {
        (JSON, serde_json::json!({ "to": sms.to.as_str(), "text": sms.text }).to_string())
    }
}

/// SMSAPI (smsapi.pl, smsapi.com).
struct SmsApi {
    token: Secret,
    from: Option<String>,
}

impl Provider for SmsApi {
    fn authorization(&self) -> Zeroizing<String> {
        bearer(&self.token)
    }

    fn request(&self, sms: &Sms) -> (&'static str, String) {
        let to = sms.to.as_str().trim_start_matches('+');
        let mut fields = vec![("to", to), ("message", sms.text.as_str()), ("encoding", "utf-8"), ("format", "json")];
        fields.extend(self.from.as_deref().map(|from| ("from", from)));
        (FORM, form(&fields))
    }

    /// It reports errors with status 200 and a member `error`.
    fn accepts(&self, answer: &[u8]) -> bool {
        let answer: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
        answer.get("error").is_none()
    }
}

/// Twilio's Programmable Messaging.
struct Twilio {
    account: String,
    token: Secret,
    from: String,
}

impl Provider for Twilio {
    fn authorization(&self) -> Zeroizing<String> {
        let pair = Zeroizing::new(format!("{}:{}", self.account, self.token.reveal()));
        Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
    }

    fn request(&self, sms: &Sms) -> (&'static str, String) {
        (FORM, form(&[("To", sms.to.as_str()), ("From", &self.from), ("Body", &sms.text)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_setting_is_named() {
        let settings = |provider: &str| SmsSettings {
            provider: provider.to_owned(),
            url: None,
            token: Some(Secret::new("t0ken")),
            account: None,
            from: None,
        };
        for (settings, option) in [
            (settings("pigeon"), "sms_provider"),
            (settings("http"), "sms_url"),
            (SmsSettings { url: Some("http://sms.example.com".into()), ..settings("http") }, "sms_url"),
            (SmsSettings { url: Some("sms.example.com".into()), ..settings("smsapi") }, "sms_url"),
            (SmsSettings { url: Some("https://u:p@sms.example.com".into()), ..settings("http") }, "sms_url"),
            (SmsSettings { token: None, ..settings("smsapi") }, "sms_token_file"),
            (settings("twilio"), "sms_account"),
            (
                SmsSettings { account: Some("AC1/../x".into()), from: Some("+1".into()), ..settings("twilio") },
                "sms_account",
            ),
            (SmsSettings { account: Some("AC1".into()), ..settings("twilio") }, "sms_from"),
        ] {
            assert_eq!(SmsGateway::new(settings).err().unwrap().option, option);
        }
        assert!(SmsGateway::new(settings("smsapi")).is_ok());
        assert!(
            SmsGateway::new(SmsSettings { url: Some("http://127.0.0.1:1/send".into()), ..settings("http") }).is_ok()
        );
    }
}
