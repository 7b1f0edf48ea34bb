//! How messages leave: what a transport promises. Who speaks SMTP or to a gateway lives elsewhere.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use std::{fmt, sync::Arc};
use zgoda_domain::{
    id::MessageId,
    message::{Email, MessageKind, Sms},
};

/// A message handed to a transport.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a, M> {
    /// The same for every attempt, so that a recipient's server can notice a copy.
    pub id: MessageId,
    pub written_at: DateTime<Utc>,
    pub message: &'a M,
}

/// Sends messages of one kind. An error never carries an address, a number or a text.
pub trait Transport<M>: Send + Sync + 'static {
    fn send<'a>(&'a self, outgoing: Outgoing<'a, M>) -> BoxFuture<'a, Result<(), Undelivered>>;
}

/// Why a message did not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// No answer: no connection, no trusted encryption, no time.
    #[error("the other side could not be reached")]
    Unreachable,
    /// The other side says: not now. Its status code, of SMTP (RFC 5321 §4.2) or HTTP.
    #[error("put off by the other side with code {0}")]
    Deferred(u16),
    /// The other side says: never.
    #[error("refused by the other side with code {0}")]
    Refused(u16),
    /// No message can be made of it.
    #[error("cannot be written as a message")]
    Unusable,
}

impl Undelivered {
    /// Whether trying again is pointless.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Refused(_) | Self::Unusable)
    }
}

/// The ways messages can go on this installation.
#[derive(Clone, Default)]
pub struct Channels {
    pub email: Option<Arc<dyn Transport<Email>>>,
    pub sms: Option<Arc<dyn Transport<Sms>>>,
}

impl Channels {
    /// The kinds that can be sent.
    pub fn kinds(&self) -> Vec<MessageKind> {
        MessageKind::ALL.iter().copied().filter(|kind| self.has(*kind)).collect()
    }

    pub fn has(&self, kind: MessageKind) -> bool {
        match kind {
            MessageKind::Email => self.email.is_some(),
            MessageKind::Sms => self.sms.is_some(),
        }
    }
}

impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Channels").field(&self.kinds()).finish()
    }
}
