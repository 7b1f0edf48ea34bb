//! Where messages arrive without leaving the process.

use futures::future::BoxFuture;
use std::sync::Mutex;
use zgoda_app::delivery::{Outgoing, Transport, Undelivered};
use zgoda_domain::message::{Email, Sms};

/// Keeps what it is sent; refuses when it is told to.
#[derive(Default)]
pub struct Postbox {
    emails: Mutex<Vec<Email>>,
    texts: Mutex<Vec<Sms>>,
    refusal: Mutex<Option<Undelivered>>,
}

impl Postbox {
    /// The e-mails that arrived since this was asked last.
    pub fn take_emails(&self) -> Vec<Email> {
        std::mem::take(&mut self.emails.lock().unwrap())
    }

    /// The text messages that arrived since this was asked last.
    pub fn take_texts(&self) -> Vec<Sms> {
        std::mem::take(&mut self.texts.lock().unwrap())
    }

    /// Refuses everything for this reason, until it is told `None`.
    pub fn refuse(&self, refusal: Option<Undelivered>) {
        *self.refusal.lock().unwrap() = refusal;
    }

    fn keep<M: Clone>(&self, place: &Mutex<Vec<M>>, message: &M) -> Result<(), Undelivered> {
        match *self.refusal.lock().unwrap() {
            Some(refusal) => Err(refusal),
            None => {
                place.lock().unwrap().push(message.clone());
                Ok(())
            }
        }
    }
}

impl Transport<Email> for Postbox {
    fn send<'a>(&'a self, outgoing: Outgoing<'a, Email>) -> BoxFuture<'a, Result<(), Undelivered>> {
        Box::pin(async move { self.keep(&self.emails, outgoing.message) })
    }
}

impl Transport<Sms> for Postbox {
    fn send<'a>(&'a self, outgoing: Outgoing<'a, Sms>) -> BoxFuture<'a, Result<(), Undelivered>> {
        Box::pin(async move { self.keep(&self.texts, outgoing.message) })
    }
}
