//! Messages we send to people: e-mails and SMS.

use crate::{
    code::coded_enum,
    email::{EmailAddress, MobileNumber},
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
secret_debug!(Email, Sms, Message);
