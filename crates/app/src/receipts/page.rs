//! A receipt as a page that a person can open, print and keep. It is made of the signed text alone, so that whoever has
//! the text can make the page again and compare.

use super::SignedReceipt;
use crate::AppError;
use askama::Template;
use chrono::{DateTime, Utc};
use zgoda_domain::{
    consent::{Channel, ConsentMethod, Language},
    receipt::{EventState, NOT_STATED, Receipt},
};

#[derive(Template)]
#[template(path = "receipt.html")]
struct Page<'a> {
    language: &'static str,
    words: &'static Words,
    receipt: &'a Receipt,
    jws: &'a str,
}

macro_rules! words {
    ($($name:ident: $pl:literal, $en:literal;)*) => {
        pub(super) struct Words { $(pub(super) $name: &'static str),* }
        static PL: Words = Words { $($name: $pl),* };
        static EN: Words = Words { $($name: $en),* };
    };
}

words! {
    title: "Potwierdzenie zgody", "Consent receipt";
    intro: "Ten dokument mówi, na co i kiedy wyrażono zgodę. Zachowaj go.", "This document says what was agreed to, and when. Please keep it.";
    issued: "Wystawiono", "Issued";
    number: "Numer potwierdzenia", "Receipt number";
    person: "Oznaczenie osoby", "Person's reference";
    state: "Stan zgody", "State of the consent";
    method: "Sposób", "Method";
    until: "Ważna do", "Valid until";
    controller: "Administrator danych", "Controller of the data";
    name: "Nazwa", "Name";
    address: "Adres", "Address";
    country: "Kraj", "Country";
    contact: "Kontakt", "Contact";
    officer: "Inspektor ochrony danych", "Data protection officer";
    representative: "Przedstawiciel w Unii", "Representative in the Union";
    notice: "Informacja o przetwarzaniu danych", "Privacy notice";
    not_stated: "nie podano", "not stated";
    withdrawing: "Jak wycofać zgodę", "How to withdraw";
    withdrawing_text: "Zgodę można wycofać w każdej chwili, równie łatwo, jak ją wyrażono. Wycofanie nie zmienia oceny tego, co zrobiono wcześniej. Napisz lub wejdź tutaj:", "You can withdraw at any time, as easily as you agreed. That does not affect what was done before. Write or go here:";
    signature: "Podpis elektroniczny dla programów", "Electronic signature, for programs";
    signature_text: "Podpisany tekst (JWS, RFC 7515). Klucz publiczny: /api/v1/public/keys pod adresem systemu.", "The signed text (JWS, RFC 7515). Public key: /api/v1/public/keys at the system's address.";
    general: "bez kanału", "no channel";
    email: "e-mail", "e-mail";
    sms: "SMS", "text message";
    phone: "telefon", "phone";
    post: "poczta", "post";
    requested: "Czeka na potwierdzenie", "Waits to be confirmed";
    given: "Wyrażona", "Given";
    renewed: "Odnowiona", "Renewed";
    refused: "Odmówiona", "Refused";
    withdrawn: "Wycofana", "Withdrawn";
    expired: "Wygasła", "Expired";
    unknown: "Nieznany: brak dowodu", "Unknown: there is no proof";
    form_checkbox: "zaznaczone pole w formularzu", "a box ticked in a form";
    doi_click: "przycisk na stronie z wiadomości e-mail", "a button on the page a mail led to";
    renewal_click: "przycisk na stronie z wiadomości o odnowieniu", "a button on the page a renewal mail led to";
    staff_card: "zgłoszone pracownikowi", "told to a member of staff";
    paper: "na papierze", "on paper";
    by_phone: "przez telefon", "by phone";
    in_person: "osobiście", "in person";
    import: "przeniesiona z innego systemu", "taken over from another system";
    job: "automatycznie, z upływem czasu", "by itself, in the course of time";
    cascade: "razem z wycofaniem zgody nadrzędnej", "with the withdrawal of the consent above it";
    merge: "przy połączeniu dwóch kart tej samej osoby", "when two cards of one person were joined";
}

impl Page<'_> {
    fn moment(&self, at: impl std::borrow::Borrow<DateTime<Utc>>) -> String {
        at.borrow().format("%Y-%m-%d %H:%M:%S UTC").to_string()
    }

    fn stated<'a>(&self, text: &'a str) -> &'a str {
        if text == NOT_STATED { self.words.not_stated } else { text }
    }

    fn address<'a>(&self, address: &'a str) -> &'a str {
        address.strip_prefix("mailto:").unwrap_or(address)
    }

    fn channel(&self, channel: &Channel) -> &'static str {
        channel_name(self.words, *channel)
    }

    fn state(&self, state: &EventState) -> &'static str {
        state_name(self.words, *state)
    }

    fn method(&self, method: &ConsentMethod) -> &'static str {
        let words = self.words;
        match method {
            ConsentMethod::FormCheckbox => words.form_checkbox,
            ConsentMethod::DoiClick => words.doi_click,
            ConsentMethod::RenewalClick => words.renewal_click,
            ConsentMethod::StaffCard => words.staff_card,
            ConsentMethod::Paper => words.paper,
            ConsentMethod::Phone => words.by_phone,
            ConsentMethod::InPerson => words.in_person,
            ConsentMethod::Import => words.import,
            ConsentMethod::Job => words.job,
            ConsentMethod::Cascade => words.cascade,
            ConsentMethod::Merge => words.merge,
        }
    }
}

pub(super) const fn words(language: Language) -> &'static Words {
    match language {
        Language::Pl => &PL,
        Language::En => &EN,
    }
}

pub(super) const fn channel_name(words: &'static Words, channel: Channel) -> &'static str {
    match channel {
        Channel::General => words.general,
        Channel::Email => words.email,
        Channel::Sms => words.sms,
        Channel::Phone => words.phone,
        Channel::Post => words.post,
    }
}

pub(super) const fn state_name(words: &'static Words, state: EventState) -> &'static str {
    match state {
        EventState::Requested => words.requested,
        EventState::Given => words.given,
        EventState::Renewed => words.renewed,
        EventState::Refused => words.refused,
        EventState::Withdrawn => words.withdrawn,
        EventState::Expired => words.expired,
        EventState::Unknown => words.unknown,
    }
}

/// The page of a receipt, in the language of its texts.
pub(super) fn render(signed: &SignedReceipt) -> Result<String, AppError> {
    let language = signed.language();
    let page = Page { language: language.code(), words: words(language), receipt: &signed.receipt, jws: &signed.jws };
    page.render().map_err(|error| AppError::Unexpected(Box::new(error)))
}
