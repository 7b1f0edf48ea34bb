//! E-mail by SMTP.

use crate::{Secret, SettingError, is_loopback};
use futures::future::BoxFuture;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Attachment, Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use percent_encoding::percent_decode_str;
use std::time::{Duration, SystemTime};
use url::Url;
use zgoda_app::delivery::{Outgoing, Transport, Undelivered};
use zgoda_domain::message::Email;

/// The server must answer each step within this time; the outbox cuts the whole attempt.
const STEP_TIME: Duration = Duration::from_secs(10);
/// Names and subjects are cut there, in characters.
const HEADER_MAX: usize = 200;

/// Sends through one mail server, under one sender's address.
pub struct SmtpMail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// From the first byte (RFC 8314), port 465.
    Tls,
    /// After STARTTLS (RFC 3207), port 587. A server that offers none gets nothing.
    StartTls,
    /// Not at all: to this machine only.
    None,
}

impl SmtpMail {
    /// `url` is `smtps://user@host:465`, `smtp://user@host:587` (STARTTLS), or `smtp://127.0.0.1:1025?tls=none`;
    /// `from` is an address, or `Name <address>`.
    pub fn new(url: &str, password: Option<Secret>, from: &str) -> Result<Self, SettingError> {
        let wrong = |problem: &str| SettingError::new("smtp_url", problem);
        let form = "this is no address like smtps://user@mail.example.com:465 or smtp://user@mail.example.com:587";
        // The text itself is not repeated: someone may have put the password in it.
        let url = Url::parse(url).map_err(|_| wrong(form))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong(form))?;
        if url.password().is_some() {
            return Err(wrong("the password goes into smtp_password_file or ZGODA_SMTP_PASSWORD"));
        }
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(wrong(form));
        }
        let security = match (url.scheme(), url.query()) {
            ("smtps", None) => Security::Tls,
            ("smtp", None) => Security::StartTls,
            ("smtp", Some("tls=none")) if is_loopback(host) => Security::None,
            ("smtp", Some("tls=none")) => return Err(wrong("without encryption only to localhost")),
            _ => return Err(wrong(form)),
        };
        let user = percent_decode_str(url.username()).decode_utf8().map_err(|_| wrong(form))?;
        let credentials = match (user.as_ref(), password) {
            ("", None) => None,
            ("", Some(_)) => return Err(wrong("there is a password, but no user in smtp_url")),
            (_, None) => {
                return Err(SettingError::new(
                    "smtp_password_file",
                    "smtp_url names a user, so there must be a password",
                ));
            }
            (user, Some(password)) => Some(Credentials::new(user.to_owned(), password.reveal().to_owned())),
        };
        let from = sender(from)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let tls = || {
            TlsParameters::new(host.to_owned())
                .map_err(|_| wrong("its certificate could not be checked here: is ca-certificates installed?"))
        };
        let (tls, port) = match security {
            Security::Tls => (Tls::Wrapper(tls()?), 465),
            Security::StartTls => (Tls::Required(tls()?), 587),
            Security::None => (Tls::None, 25),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .tls(tls)
            .port(url.port().unwrap_or(port))
            .timeout(Some(STEP_TIME))
            .hello_name(ClientId::Domain(from.email.domain().to_owned()));
        if let Some(credentials) = credentials {
            builder = builder.credentials(credentials);
        }
        Ok(Self { transport: builder.build(), from })
    }

    fn write(&self, outgoing: Outgoing<'_, Email>) -> Option<Message> {
        let Email { to, to_name, subject, text, attachments } = outgoing.message;
        let name = to_name.as_deref().map(header_text).filter(|name| !name.is_empty());
        let to = Mailbox::new(name, to.as_str().parse::<Address>().ok()?);
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(header_text(subject))
            .date(SystemTime::from(outgoing.written_at))
            // The same for each attempt, so that a copy can be told from a second message.
            .message_id(Some(format!("<{}@{}>", outgoing.id, self.from.email.domain())))
            // RFC 3834: no out-of-office replies, please.
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()));
        let text = SinglePart::plain(body_text(text));
        if attachments.as_slice().is_empty() {
            return builder.singlepart(text).ok();
        }
        let mut parts = MultiPart::mixed().singlepart(text);
        for file in attachments.as_slice() {
            // Never in a 7bit or 8bit body: a signed file must arrive to the last byte.
            let body = Body::new_with_encoding(file.bytes().to_vec(), ContentTransferEncoding::Base64).ok()?;
            let kind = ContentType::parse(&content_type(file.media_type())).ok()?;
            parts = parts.singlepart(Attachment::new(file.name().to_owned()).body(body, kind));
        }
        builder.multipart(parts).ok()
    }
}

impl Transport<Email> for SmtpMail {
    fn send<'a>(&'a self, outgoing: Outgoing<'a, Email>) -> BoxFuture<'a, Result<(), Undelivered>> {
        Box::pin(async move {
            let message = self.write(outgoing).ok_or(Undelivered::Unusable)?;
            self.transport.send(message).await.map(|_| ()).map_err(|error| why(&error))
        })
    }
}

/// Texts we write are UTF-8.
fn content_type(media_type: &str) -> String {
    if media_type.starts_with("text/") { format!("{media_type}; charset=utf-8") } else { media_type.to_owned() }
}

/// The sender's mailbox.
fn sender(from: &str) -> Result<Mailbox, SettingError> {
    let wrong = || SettingError::new("mail_from", "this is no address like Zgoda <crm@example.com>");
    let mailbox: Mailbox = from.parse().map_err(|_| wrong())?;
    if from.chars().any(char::is_control) || !mailbox.email.domain().is_ascii() { Err(wrong()) } else { Ok(mailbox) }
}

/// What the server's answer means for another attempt.
fn why(error: &Error) -> Undelivered {
    match error.status().and_then(|code| code.to_string().parse().ok()) {
        // 530 to 539 are about our signing in, not about the message: an operator can mend that.
        Some(code) if error.is_permanent() && !(530..540).contains(&code) => Undelivered::Refused(code),
        Some(code) => Undelivered::Deferred(code),
        None => Undelivered::Unreachable,
    }
}

/// One line without control characters or those that change a text's direction: no line end may begin a header of its
/// own.
fn header_text(raw: &str) -> String {
    let clean: String = raw.chars().map(|c| if breaks_headers(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    words.join(" ").chars().take(HEADER_MAX).collect()
}

fn breaks_headers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Lines without control characters.
fn body_text(raw: &str) -> String {
    raw.replace("\r\n", "\n").chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;
    use zgoda_domain::{
        email::EmailAddress,
        id::MessageId,
        message::{self as domain, Attachments},
    };

    fn mail() -> SmtpMail {
        SmtpMail::new("smtp://127.0.0.1:1?tls=none", None, "Zgoda <crm@example.com>").unwrap()
    }

    #[tokio::test]
    async fn a_wrong_setting_is_named_and_no_password_repeated() {
        let from = "crm@example.com";
        for (url, password, from, option) in [
            ("mail.example.com", None, from, "smtp_url"),
            ("https://mail.example.com", None, from, "smtp_url"),
            ("smtp://", None, from, "smtp_url"),
            ("smtps://u:hunter2@mail.example.com", None, from, "smtp_url"),
            ("smtp://u:hunter2@mail.example.com:x", None, from, "smtp_url"),
            ("smtp://mail.example.com?tls=none", None, from, "smtp_url"),
            ("smtp://localhost.example.com?tls=none", None, from, "smtp_url"),
            ("smtp://127.0.0.1?tls=maybe", None, from, "smtp_url"),
            ("smtps://mail.example.com?tls=none", None, from, "smtp_url"),
            ("smtps://mail.example.com/inbox", None, from, "smtp_url"),
            ("smtps://mail.example.com", Some("hunter2"), from, "smtp_url"),
            ("smtps://user@mail.example.com", None, from, "smtp_password_file"),
            ("smtps://mail.example.com", None, "nobody", "mail_from"),
            ("smtps://mail.example.com", None, "Z\r\nBcc: x@example.com <crm@example.com>", "mail_from"),
        ] {
            let error = SmtpMail::new(url, password.map(Secret::new), from).err().unwrap();
            assert_eq!(error.option, option, "{url}");
            assert!(!error.to_string().contains("hunter2"));
        }
        for url in
            ["smtps://crm%40example.com@mail.example.com", "smtp://u@mail.example.com:2525", "smtp://u@[::1]?tls=none"]
        {
            assert!(SmtpMail::new(url, Some(Secret::new("hunter2")), from).is_ok(), "{url}");
        }
    }

    /// A file's name, its bytes and its type, as a mail program finds them.
    fn files(raw: &[u8]) -> Vec<(String, String, Vec<u8>)> {
        let mail = mailparse::parse_mail(raw).unwrap();
        assert_eq!(mail.ctype.mimetype, "multipart/mixed");
        assert_eq!(mail.subparts[0].ctype.mimetype, "text/plain");
        let read = mail.subparts[1..].iter().map(|part| {
            let name = part.get_content_disposition().params["filename"].clone();
            (name, part.ctype.mimetype.clone(), part.get_body_raw().unwrap())
        });
        read.collect()
    }

    fn written(attachments: Vec<domain::Attachment>) -> Vec<u8> {
        let message = Email {
            to: EmailAddress::parse("ewa@example.com").unwrap(),
            to_name: None,
            subject: "Potwierdzenie".into(),
            text: "Żółć".into(),
            attachments: Attachments::new(attachments).unwrap(),
        };
        let id = MessageId::generate(DateTime::UNIX_EPOCH, [7; 10]);
        let outgoing = Outgoing { id, written_at: DateTime::UNIX_EPOCH, message: &message };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _guard = runtime.enter();
        mail().write(outgoing).unwrap().formatted()
    }

    #[test]
    fn files_arrive_to_the_last_byte_under_their_names() {
        let bytes: Vec<u8> = (0..=255).cycle().take(3000).collect();
        let sent = [
            ("potwierdzenie.html", "text/html", "<p>Żółć</p>\n.\n".into()),
            ("zażółć gęślą.bin", "application/octet-stream", bytes),
        ];
        let files_sent = sent.iter().map(|(name, kind, bytes): &(&str, &str, Vec<u8>)| {
            domain::Attachment::new(name, kind, bytes.clone()).unwrap()
        });
        let expected = sent.iter().map(|(name, kind, bytes)| ((*name).to_owned(), (*kind).to_owned(), bytes.clone()));
        assert_eq!(files(&written(files_sent.collect())), expected.collect::<Vec<_>>());
    }

    /// Any characters, and often those that end lines and begin headers.
    fn hostile() -> impl Strategy<Value = String> {
        let part = prop_oneof![any::<char>().prop_map(String::from), "[\r\n\0:<>\"=?., ]{1,4}", "[a-zżź]{1,90}"];
        proptest::collection::vec(part, 0..20).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn no_name_subject_or_text_adds_a_header_or_panics(name in hostile(), subject in hostile(), text in hostile()) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let _guard = runtime.enter();
            let message = Email { to: EmailAddress::parse("ewa@example.com").unwrap(), to_name: Some(name), subject, text, attachments: Attachments::default() };
            let outgoing = Outgoing { id: MessageId::generate(DateTime::UNIX_EPOCH, [7; 10]), written_at: DateTime::UNIX_EPOCH, message: &message };
            let bytes = mail().write(outgoing).unwrap().formatted();
            let text = String::from_utf8(bytes).unwrap();
            let head = text.split_once("\r\n\r\n").unwrap().0;
            let names: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).map(|line| line.split(':').next().unwrap()).collect();
            prop_assert_eq!(names, ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]);
            prop_assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
        }

        #[test]
        fn no_name_of_a_file_adds_a_header_or_a_part(name in hostile(), bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(file) = domain::Attachment::new(&name, "application/json", bytes.clone()) {
                let expected = file.name().to_owned();
                let found = files(&written(vec![file]));
                prop_assert_eq!(found.len(), 1);
                prop_assert_eq!((&found[0].1, &found[0].2), (&"application/json".to_owned(), &bytes));
                // Runs of spaces may be folded; nothing else of a name is lost.
                let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                prop_assert_eq!(words(&found[0].0), words(&expected));
            }
        }
    }
}
