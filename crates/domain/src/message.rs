//! Messages we send to people: e-mails and SMS.

use crate::{
    code::coded_enum,
    email::{EmailAddress, MobileNumber},
    rule::Rule,
    text::one_line,
};
use std::fmt;

/// An e-mail in plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    pub to: EmailAddress,
    /// Shown beside the address. Whoever sends strips what has no place in a header.
    pub to_name: Option<String>,
    pub subject: String,
    /// Lines end with `\n`.
    pub text: String,
    pub attachments: Attachments,
}

/// Files that go with an e-mail: at most [`Attachments::MOST`], of [`Attachments::MAX_BYTES`] together.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Attachments(Vec<Attachment>);

impl Attachments {
    pub const MOST: usize = 5;
    /// What a mailbox of any provider takes, and a waiting message may weigh.
    pub const MAX_BYTES: usize = 1024 * 1024;

    pub fn new(files: Vec<Attachment>) -> Result<Self, Rule> {
        let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
        if files.len() > Self::MOST {
            return Err(Rule::TooMany { max: Self::MOST });
        }
        if bytes > Self::MAX_BYTES { Err(Rule::OutOfRange) } else { Ok(Self(files)) }
    }

    pub fn as_slice(&self) -> &[Attachment] {
        &self.0
    }
}

/// A file that goes with an e-mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    name: String,
    media_type: String,
    bytes: Vec<u8>,
}

impl Attachment {
    const NAME_MAX: usize = 100;

    /// `name` is a file's name without a folder; `media_type` as in RFC 6838, such as `text/html`.
    pub fn new(name: &str, media_type: &str, bytes: Vec<u8>) -> Result<Self, Rule> {
        let name = one_line(name, Self::NAME_MAX)?;
        if name.starts_with('.') || name.contains(['/', '\\', '"']) {
            return Err(Rule::Malformed);
        }
        let sound = |part: &str| {
            (1..=60).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        };
        match media_type.split_once('/') {
            Some((kind, subtype)) if sound(kind) && sound(subtype) => {
                Ok(Self { name, media_type: media_type.to_owned(), bytes })
            }
            _ => Err(Rule::Malformed),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A text message.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    pub to: MobileNumber,
    pub text: String,
}

/// Anything we send.
#[derive(Clone, PartialEq, Eq)]
pub enum Message {
    Email(Email),
    Sms(Sms),
}

coded_enum!(
    /// The way a message goes.
    MessageKind {
        Email = "email",
        Sms = "sms",
    }
);

coded_enum!(
    /// What became of a message.
    MessageState {
        Waiting = "waiting",
        Sent = "sent",
        /// Refused for good, tried too often, or no longer of use.
        GivenUp = "given_up",
    }
);

impl Message {
    pub const fn kind(&self) -> MessageKind {
        match self {
            Self::Email(_) => MessageKind::Email,
            Self::Sms(_) => MessageKind::Sms,
        }
    }
}

macro_rules! secret_debug {
    ($($name:ident),*) => {$(
        /// A message may carry a link that opens an account.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
secret_debug!(Email, Attachment, Attachments, Sms, Message);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_plain_name_and_a_kind() {
        assert_eq!(Attachment::new("zażółć.html", "text/html", vec![1]).unwrap().name(), "zażółć.html");
        for name in ["", ".htaccess", "../a", "a\\b", "a\"b", "a\r\nb", &"a".repeat(101)] {
            assert!(Attachment::new(name, "text/html", vec![]).is_err(), "{name}");
        }
        for kind in ["", "text", "text/", "/html", "text/html; name=x", "text/html\r\nBcc: a"] {
            assert!(Attachment::new("a.html", kind, vec![]).is_err(), "{kind}");
        }
    }

    #[test]
    fn files_are_bounded_in_number_and_size() {
        let file = |bytes| Attachment::new("a.bin", "application/octet-stream", vec![0; bytes]).unwrap();
        assert!(Attachments::new(vec![file(Attachments::MAX_BYTES / 2); 2]).is_ok());
        assert_eq!(Attachments::new(vec![file(Attachments::MAX_BYTES), file(1)]), Err(Rule::OutOfRange));
        assert_eq!(Attachments::new(vec![file(1); 6]), Err(Rule::TooMany { max: Attachments::MOST }));
    }
}
