//! The e-mails the program writes by itself, in Polish and English. A person's name stands in none of them: someone
//! else may have chosen it, with a link in it.

use crate::Ctx;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use zgoda_domain::{
    access::Origin,
    consent::Language,
    email::EmailAddress,
    message::{Email, Message},
};
use zgoda_persistence::accounts::AccountRecord;
use zgoda_vault::SecretToken;

/// The one of an account's preferences that matters here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Spoken {
    language: Option<Language>,
}

fn language_of(account: &AccountRecord) -> Language {
    let spoken: Spoken = serde_json::from_str(&account.preferences).unwrap_or_default();
    spoken.language.unwrap_or(Language::Pl)
}

/// `None` for an account whose address nothing can be sent to.
fn letter(account: &AccountRecord, subject: &str, text: String) -> Option<Message> {
    let to = EmailAddress::parse(&account.email).ok()?;
    Some(Message::Email(Email { to, to_name: Some(account.name.clone()), subject: subject.to_owned(), text }))
}

/// The link for choosing a new password.
pub(crate) fn password_reset(ctx: &Ctx, account: &AccountRecord, token: &SecretToken) -> Option<Message> {
    // In the fragment: browsers keep it to themselves, so it stands in no log.
    let link = format!("{}/reset#{}", ctx.public_url, token.reveal());
    match language_of(account) {
        Language::Pl => letter(
            account,
            "Nowe hasło do systemu Zgoda",
            format!(
                "Ktoś, zapewne Ty, poprosił o nowe hasło do tego konta.\n\n\
                 Link działa przez godzinę, jeden raz:\n\n{link}\n\n\
                 Jeśli to nie Ty, zignoruj tę wiadomość: hasło się nie zmieni.\n"
            ),
        ),
        Language::En => letter(
            account,
            "A new password for Zgoda",
            format!(
                "Somebody, probably you, asked for a new password for this account.\n\n\
                 The link works for an hour, once:\n\n{link}\n\n\
                 If it was not you, ignore this message: the password stays as it is.\n"
            ),
        ),
    }
}

/// Says that the password is another one now.
pub(crate) fn password_changed(
    ctx: &Ctx,
    account: &AccountRecord,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Option<Message> {
    let (at, ip) = (now.format("%Y-%m-%d %H:%M UTC"), origin.ip.as_deref().unwrap_or("?"));
    let link = format!("{}/reset", ctx.public_url);
    match language_of(account) {
        Language::Pl => letter(
            account,
            "Hasło do systemu Zgoda zostało zmienione",
            format!(
                "Hasło do tego konta zostało zmienione: {at}, z adresu IP {ip}.\n\
                 Pozostałe sesje zostały zakończone.\n\n\
                 Jeśli to nie Ty, od razu ustaw nowe hasło i powiadom administratora:\n\n{link}\n"
            ),
        ),
        Language::En => letter(
            account,
            "The password for Zgoda was changed",
            format!(
                "The password of this account was changed: {at}, from the IP address {ip}.\n\
                 The other sessions have ended.\n\n\
                 If it was not you, choose a new password at once and tell your administrator:\n\n{link}\n"
            ),
        ),
    }
}
