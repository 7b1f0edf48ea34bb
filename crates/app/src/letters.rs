//! The e-mails the program writes by itself, in Polish and English. A person's name stands in none of them: someone
//! else may have chosen it, with a link in it.

use crate::{Ctx, signups::Asker, spoken_time};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use zgoda_domain::{
    access::Origin,
    consent::{Channel, Language, Purpose},
    email::EmailAddress,
    form::Reply,
    message::{Attachments, Email, Message},
    organisation::Organisation,
};
use zgoda_persistence::accounts::AccountRecord;
use zgoda_vault::{OneTimeCode, SecretToken};

/// The one of an account's preferences that matters here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Spoken {
    language: Option<Language>,
}

/// The language that an account is spoken to in.
pub(crate) fn language_of(account: &AccountRecord) -> Language {
    let spoken: Spoken = serde_json::from_str(&account.preferences).unwrap_or_default();
    spoken.language.unwrap_or(Language::Pl)
}

/// `None` for an account whose address nothing can be sent to.
fn letter(account: &AccountRecord, subject: &str, text: String) -> Option<Message> {
    let to = EmailAddress::parse(&account.email).ok()?;
    let (to_name, subject) = (Some(account.name.clone()), subject.to_owned());
    Some(Message::Email(Email { to, to_name, subject, text, attachments: Attachments::default() }))
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
    let at = spoken_time::moment(ctx.time_zone, now, language_of(account));
    let ip = origin.ip.as_deref().unwrap_or("?");
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

/// Says that a session ended because two browsers held its token.
pub(crate) fn session_ended(
    ctx: &Ctx,
    account: &AccountRecord,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Option<Message> {
    let at = spoken_time::moment(ctx.time_zone, now, language_of(account));
    let ip = origin.ip.as_deref().unwrap_or("?");
    let link = format!("{}/reset", ctx.public_url);
    match language_of(account) {
        Language::Pl => letter(
            account,
            "Sesja w systemie Zgoda została zakończona",
            format!(
                "Ktoś użył starego klucza Twojej sesji: {at}, z adresu IP {ip}. Mógł zostać skopiowany, więc sesja \
                 została zakończona. Zaloguj się ponownie.\n\n\
                 Jeśli to się powtarza, ustaw nowe hasło i powiadom administratora:\n\n{link}\n"
            ),
        ),
        Language::En => letter(
            account,
            "A session in Zgoda has ended",
            format!(
                "Somebody used an old key of your session: {at}, from the IP address {ip}. It may have been copied, so \
                 the session was ended. Please sign in again.\n\n\
                 If this happens again, choose a new password and tell your administrator:\n\n{link}\n"
            ),
        ),
    }
}

/// The code of a second factor.
pub(crate) fn sign_in_code(account: &AccountRecord, code: &OneTimeCode) -> Option<Message> {
    let code = code.reveal();
    match language_of(account) {
        Language::Pl => letter(
            account,
            "Kod do systemu Zgoda",
            format!(
                "Twój kod: {code}\n\nDziała przez 10 minut, jeden raz. Nikt z nas nigdy o niego nie zapyta.\n\n\
                 Jeśli to nie Ty się logujesz, ktoś zna Twoje hasło: zmień je.\n"
            ),
        ),
        Language::En => letter(
            account,
            "Your code for Zgoda",
            format!(
                "Your code: {code}\n\nIt works for 10 minutes, once. None of us will ever ask you for it.\n\n\
                 If you are not signing in, somebody knows your password: change it.\n"
            ),
        ),
    }
}

/// The same as a text message.
pub(crate) fn sign_in_text(account: &AccountRecord, code: &OneTimeCode) -> String {
    match language_of(account) {
        Language::Pl => format!("Zgoda: Twój kod to {}. Działa przez 10 minut.", code.reveal()),
        Language::En => format!("Zgoda: your code is {}. It works for 10 minutes.", code.reveal()),
    }
}

/// Says that second factors were added, taken away or reset.
pub(crate) fn second_factors_changed(
    ctx: &Ctx,
    account: &AccountRecord,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Option<Message> {
    let at = spoken_time::moment(ctx.time_zone, now, language_of(account));
    let ip = origin.ip.as_deref().unwrap_or("?");
    match language_of(account) {
        Language::Pl => letter(
            account,
            "Zmieniono logowanie dwuetapowe w systemie Zgoda",
            format!(
                "Logowanie dwuetapowe tego konta zostało zmienione: {at}, z adresu IP {ip}.\n\nJeśli to nie Ty, powiadom administratora.\n"
            ),
        ),
        Language::En => letter(
            account,
            "Two-step login for Zgoda was changed",
            format!(
                "Two-step login of this account was changed: {at}, from the IP address {ip}.\n\nIf it was not you, tell your administrator.\n"
            ),
        ),
    }
}

/// What a form says to whoever answered it. Fixed text, and no name, not even in the header: the mailbox may be somebody
/// else's.
pub(crate) fn reply(organisation: &str, to: &EmailAddress, reply: &Reply) -> Message {
    let text = format!("{}\n\n-- \n{organisation}\n", reply.text.trim_end());
    Message::Email(Email {
        to: to.clone(),
        to_name: None,
        subject: reply.subject.clone(),
        text,
        attachments: Attachments::default(),
    })
}

/// Tells a mailbox of staff how many submissions of a form came, and nothing of what they say.
pub(crate) fn submissions_received(
    ctx: &Ctx,
    to: &EmailAddress,
    language: Language,
    form: &str,
    count: u64,
) -> Message {
    let link = format!("{}/submissions", ctx.public_url);
    let (subject, text) = match language {
        Language::Pl => {
            let new = match (count, count % 10, count % 100) {
                (1, ..) => "nowe zgłoszenie",
                (_, _, 12..=14) => "nowych zgłoszeń",
                (_, 2..=4, _) => "nowe zgłoszenia",
                _ => "nowych zgłoszeń",
            };
            (
                format!("{count} {new}: {form}"),
                format!("Formularz „{form}”: {count} {new}.\n\nTreść jest w systemie Zgoda:\n\n{link}\n"),
            )
        }
        Language::En => {
            let new = if count == 1 { "new submission" } else { "new submissions" };
            (
                format!("{count} {new}: {form}"),
                format!("The form “{form}” has {count} {new}.\n\nWhat they say is in Zgoda:\n\n{link}\n"),
            )
        }
    };
    Message::Email(Email { to: to.clone(), to_name: None, subject, text, attachments: Attachments::default() })
}

/// What a confirmation is asked of. Nothing of it was typed by whoever sent the form: they may be a stranger who writes to
/// somebody else's mailbox with it.
pub(crate) struct Asked<'a> {
    pub language: Language,
    pub asker: &'a Asker,
    /// Host of the page that carried the form.
    pub site: &'a str,
    /// The form's title.
    pub form: &'a str,
    /// The whole submission waits, not only consents.
    pub whole: bool,
    /// Names of the purposes whose consents wait.
    pub purposes: &'a [&'a str],
    pub at: DateTime<Utc>,
    pub token: &'a SecretToken,
}

/// Asks the owner of a mailbox whether it was them who signed up. No name, not even in the header.
pub(crate) fn confirmation(ctx: &Ctx, to: &EmailAddress, asked: Asked<'_>) -> Message {
    let Asked { asker, site, form, purposes, .. } = asked;
    let organisation = &asker.name;
    let contact = asker.email.as_deref().map(|email| format!("\n-- \n{organisation}, {email}\n")).unwrap_or_default();
    let at = spoken_time::moment(ctx.time_zone, asked.at, asked.language);
    // In the path: the page behind it works without scripts, so nothing can be kept in the fragment.
    let link = format!("{}/confirm/{}", ctx.public_url, asked.token.reveal());
    let list: String = purposes.iter().map(|name| format!("- {name}\n")).collect();
    let (subject, text) = match asked.language {
        Language::Pl => {
            let otherwise =
                if asked.whole { "zgłoszenie zostanie usunięte" } else { "te zgody nie zostaną udzielone" };
            let list =
                if list.is_empty() { list } else { format!("Zgody, które czekają na potwierdzenie:\n{list}\n") };
            (
                format!("Potwierdź swój adres: {organisation}"),
                format!(
                    "{organisation} prosi o potwierdzenie. Na stronie {site} ktoś, zapewne Ty, wysłał formularz \
                     „{form}” z tym adresem: {at}.\n\n{list}\
                     Jeśli to Ty, otwórz stronę i potwierdź; link działa przez 7 dni:\n\n{link}\n\n\
                     Jeśli to nie Ty, nie musisz nic robić: bez potwierdzenia {otherwise}. \
                     Możesz też odrzucić to od razu (to nie ja):\n\n{link}/cancel\n{contact}"
                ),
            )
        }
        Language::En => {
            let otherwise = if asked.whole { "what was sent is deleted" } else { "these consents are not given" };
            let list =
                if list.is_empty() { list } else { format!("Consents that wait for your confirmation:\n{list}\n") };
            (
                format!("Please confirm your address: {organisation}"),
                format!(
                    "{organisation} asks for your confirmation. At {site} somebody, probably you, sent the form \
                     “{form}” with this address: {at}.\n\n{list}\
                     If it was you, open the page and confirm; the link works for 7 days:\n\n{link}\n\n\
                     If it was not you, there is nothing you have to do: without your confirmation {otherwise}. \
                     You can also turn it down at once (it was not me):\n\n{link}/cancel\n{contact}"
                ),
            )
        }
    };
    Message::Email(Email { to: to.clone(), to_name: None, subject, text, attachments: Attachments::default() })
}

/// The link for a new member of staff to choose a password.
pub(crate) fn invitation(ctx: &Ctx, account: &AccountRecord, token: &SecretToken) -> Option<Message> {
    let link = format!("{}/invite#{}", ctx.public_url, token.reveal());
    match language_of(account) {
        Language::Pl => letter(
            account,
            "Zaproszenie do systemu Zgoda",
            format!("Masz konto w systemie Zgoda. Wybierz hasło; link działa przez 24 godziny, jeden raz:\n\n{link}\n"),
        ),
        Language::En => letter(
            account,
            "Your invitation to Zgoda",
            format!("You have an account in Zgoda. Choose a password; the link works for 24 hours, once:\n\n{link}\n"),
        ),
    }
}

/// Asks a client to renew a consent. Names the organisation and not the person: the link is whoever's reads it.
#[expect(clippy::too_many_arguments, reason = "everything that the letter says")]
pub(crate) fn renewal(
    ctx: &Ctx,
    to: EmailAddress,
    language: Language,
    purpose: &Purpose,
    channel: Channel,
    until: DateTime<Utc>,
    sender: &str,
    token: &SecretToken,
) -> Message {
    let link = format!("{}/renew/{}", ctx.public_url, token.reveal());
    let purpose = purpose.name.as_str();
    let (channel, until) = (channel_name(channel, language), spoken_time::day(ctx.time_zone, until, language));
    let (subject, text) = match language {
        Language::Pl => (
            "Czy przedłużyć zgodę?",
            format!(
                "Zgoda, której udzielono nam na cel „{purpose}” ({channel}), wkrótce wygaśnie albo już wygasła.\n\n\
                 Pod tym linkiem można przeczytać jej treść i ją odnowić albo wycofać. Link działa do {until}, jeden \
                 raz:\n\n{link}\n\n\
                 Samo otwarcie strony niczego nie zmienia. Bez odpowiedzi zgoda po prostu wygaśnie.\n\n{sender}\n"
            ),
        ),
        Language::En => (
            "Would you like to renew your consent?",
            format!(
                "The consent you gave us for “{purpose}” ({channel}) runs out soon, or has run out.\n\n\
                 Behind this link you can read it, and renew or withdraw it. The link works until {until}, \
                 once:\n\n{link}\n\n\
                 Opening the page changes nothing. Without an answer the consent simply runs out.\n\n{sender}\n"
            ),
        ),
    };
    Message::Email(Email { to, to_name: None, subject: subject.to_owned(), text, attachments: Attachments::default() })
}

/// A channel as people say it.
fn channel_name(channel: Channel, language: Language) -> &'static str {
    match (channel, language) {
        (Channel::General, Language::Pl) => "przetwarzanie danych",
        (Channel::General, Language::En) => "processing of data",
        (Channel::Email, _) => "e-mail",
        (Channel::Sms, _) => "SMS",
        (Channel::Phone, Language::Pl) => "telefon",
        (Channel::Phone, Language::En) => "phone",
        (Channel::Post, Language::Pl) => "poczta tradycyjna",
        (Channel::Post, Language::En) => "post",
    }
}

/// The receipt of a consent, for the person whose consent it is.
pub(crate) fn receipt(
    to: EmailAddress,
    language: Language,
    controller: Option<&Organisation>,
    attachments: Attachments,
) -> Message {
    let (subject, text, withdraw) = match language {
        Language::Pl => (
            "Potwierdzenie zgody",
            "W załączniku jest potwierdzenie Twojej zgody: na co i kiedy ją wyrażono, i jak ją wycofać. \
             Otwórz plik w przeglądarce i zachowaj go.",
            "Zgodę możesz wycofać w każdej chwili. Napisz na adres",
        ),
        Language::En => (
            "Your consent receipt",
            "Attached is the receipt of your consent: what you agreed to, when, and how to withdraw. \
             Open the file in a browser, and keep it.",
            "You can withdraw at any time. Write to",
        ),
    };
    let signature = controller.map(|known| {
        format!("\n{withdraw} {}.\n\n{}\n{}\n", known.email.as_str(), known.name.as_str(), known.address.as_str())
    });
    let text = format!("{text}\n{}", signature.unwrap_or_default());
    Message::Email(Email { to, to_name: None, subject: subject.to_owned(), text, attachments })
}

/// How far the log of system activities went, signed. For a mailbox that belongs to no account, so in both languages.
pub(crate) fn checkpoint(ctx: &Ctx, to: &EmailAddress, line: &str) -> Message {
    let text = format!(
        "Podpisane poświadczenie, jak daleko sięgał dziennik aktywności systemowych ({url}). Zachowaj tę wiadomość: \
         zapisz wiersz poniżej w pliku, a polecenie `zgoda audit verify --checkpoints PLIK` porówna z nim dziennik.\n\n\
         A signed statement of how far the log of system activities went ({url}). Keep this message: put the line below \
         into a file, and `zgoda audit verify --checkpoints FILE` compares the log with it.\n\n{line}\n",
        url = ctx.public_url
    );
    let subject = "Zgoda: punkt kontrolny dziennika / checkpoint of the log".to_owned();
    Message::Email(Email { to: to.clone(), to_name: None, subject, text, attachments: Attachments::default() })
}

/// How far the consent ledger went, as a signed note. For a mailbox that belongs to no account, so in both languages.
pub(crate) fn ledger_checkpoint(ctx: &Ctx, to: &EmailAddress, line: &str) -> Message {
    let text = format!(
        "Podpisane poświadczenie, jak daleko sięgał rejestr zgód ({url}). Zachowaj tę wiadomość: zapisz wiersz poniżej w \
         pliku, a polecenie `zgoda ledger verify --checkpoints PLIK` porówna z nim rejestr.\n\n\
         A signed statement of how far the consent ledger went ({url}). Keep this message: put the line below into a \
         file, and `zgoda ledger verify --checkpoints FILE` compares the ledger with it.\n\n{line}\n",
        url = ctx.public_url
    );
    let subject = "Zgoda: punkt kontrolny rejestru zgód / checkpoint of the consent ledger".to_owned();
    Message::Email(Email { to: to.clone(), to_name: None, subject, text, attachments: Attachments::default() })
}
