//! The pages behind the links of a confirmation mail. They need no JavaScript, no cookie and no account: the token is the
//! authority. Opening them changes nothing, whoever does it, because mail servers open every link; a button does.

use crate::{
    Api,
    extract::From,
    hosted_form::{self, FormBody},
    told_time::Told,
};
use actix_web::{HttpResponse, http::header, post, route, web};
use askama::Template;
use std::collections::BTreeSet;
use zgoda_api_types::problem::ProblemCode;
use zgoda_app::{
    AppError,
    signups::{self, Confirmed, SignupPage, WaitingConsent},
};
use zgoda_domain::consent::Language;
use zgoda_vault::SecretToken;

const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'a> {
    words: &'static Words,
    token: &'a str,
    page: &'a SignupPage,
    received: Told,
    /// What was chosen before; at first all that was ticked in the form.
    chosen: Option<&'a BTreeSet<String>>,
    notice: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "confirm-cancel.html")]
struct CancelPage<'a> {
    words: &'static Words,
    token: &'a str,
    page: &'a SignupPage,
    received: Told,
}

#[derive(Template)]
#[template(path = "confirmed.html")]
struct ConfirmedPage<'a> {
    words: &'static Words,
    get_receipt: &'static str,
    done: &'a Confirmed,
}

#[derive(Template)]
#[template(path = "confirm-notice.html")]
struct NoticePage<'a> {
    language: &'static str,
    title: &'a str,
    texts: &'a [(&'static str, &'static str)],
}

impl ConfirmPage<'_> {
    fn is_chosen(&self, consent: &WaitingConsent) -> bool {
        self.chosen.is_none_or(|chosen| chosen.contains(&consent.key))
    }
}

struct Words {
    language: &'static str,
    title: &'static str,
    asked_by: &'static str,
    form: &'static str,
    consents: &'static str,
    choose: &'static str,
    required: &'static str,
    confirm: &'static str,
    not_me: &'static str,
    not_me_hint: &'static str,
    nothing_chosen: &'static str,
    cancel_title: &'static str,
    cancel_whole: &'static str,
    cancel_consents: &'static str,
    cancelled_title: &'static str,
    cancelled: &'static str,
    done_title: &'static str,
    done: &'static str,
    given: &'static str,
    refused: &'static str,
    withdraw: &'static str,
    go_on: &'static str,
    privacy: &'static str,
    spent: &'static str,
    failed: &'static str,
}

static PL: Words = Words {
    language: "pl",
    title: "Potwierdź swoje zgłoszenie",
    asked_by: "O potwierdzenie prosi",
    form: "Formularz",
    consents: "Zgody",
    choose: "Zaznaczone są te zgody, które zaznaczono w formularzu. Odznacz te, których nie chcesz udzielić.",
    required: "Bez tej zgody zgłoszenie nie zostanie przyjęte.",
    confirm: "Potwierdzam",
    not_me: "To nie ja",
    not_me_hint: "Jeśli formularz z Twoim adresem wysłał ktoś inny, możesz go odrzucić.",
    nothing_chosen: "Zaznacz zgody, które potwierdzasz, albo wybierz „To nie ja”. Niczego jeszcze nie zapisano.",
    cancel_title: "To nie ja",
    cancel_whole: "Zgłoszenie z tym adresem zostanie usunięte.",
    cancel_consents: "Zgody z tego zgłoszenia, które czekają na potwierdzenie, nie zostaną udzielone.",
    cancelled_title: "Odrzucone",
    cancelled: "Gotowe. To, co czekało na potwierdzenie, zostało usunięte.",
    done_title: "Dziękujemy, potwierdzone",
    done: "Twoje potwierdzenie dotarło do:",
    given: "Udzielone zgody:",
    refused: "Te zgody wycofano później, niż wysłano formularz, więc pozostają wycofane:",
    withdraw: "Każdą zgodę można w dowolnej chwili wycofać.",
    go_on: "Przejdź dalej",
    privacy: "Jak przetwarzane są dane osobowe",
    spent: "Ten link już nie działa. Jeśli potwierdzono go wcześniej, wszystko jest załatwione i nie trzeba nic robić. W przeciwnym razie wypełnij formularz jeszcze raz.",
    failed: "Coś się nie udało po naszej stronie. Spróbuj ponownie za chwilę; link nadal działa.",
};

static EN: Words = Words {
    language: "en",
    title: "Please confirm what you sent",
    asked_by: "You are asked by",
    form: "Form",
    consents: "Consents",
    choose: "Those that were ticked in the form are ticked here. Untick what you do not want to give.",
    required: "What was sent cannot be taken without this consent.",
    confirm: "I confirm",
    not_me: "It was not me",
    not_me_hint: "If it was not you who sent this form, you can turn it down.",
    nothing_chosen: "Tick the consents that you confirm, or choose “It was not me”. Nothing has been recorded yet.",
    cancel_title: "It was not me",
    cancel_whole: "What was sent with this address will be deleted.",
    cancel_consents: "The consents that wait for a confirmation will not be given.",
    cancelled_title: "Turned down",
    cancelled: "Done. What waited for a confirmation has been deleted.",
    done_title: "Thank you, confirmed",
    done: "Your confirmation reached:",
    given: "Consents given:",
    refused: "These were withdrawn after the form was sent, so they stay withdrawn:",
    withdraw: "Every consent can be withdrawn at any time.",
    go_on: "Go on",
    privacy: "How personal data are processed",
    spent: "This link does not work any more. If it was confirmed before, all is done and there is nothing to do. If not, please fill the form in again.",
    failed: "Something went wrong on our side. Please try again in a moment; the link still works.",
};

const fn words(language: Language) -> &'static Words {
    match language {
        Language::Pl => &PL,
        Language::En => &EN,
    }
}

/// What waits, with a button to confirm it and one to turn it down. Changes nothing.
#[route("/confirm/{token}", method = "GET", method = "HEAD")]
pub async fn show(api: web::Data<Api>, token: web::Path<String>) -> HttpResponse {
    match signups::look(&api.ctx, &SecretToken::presented(&token)).await {
        Ok(page) => asking(&api, &token, &page, None, None, 200),
        Err(error) => refusal(&error),
    }
}

/// The click. The boxes that are still ticked say which consents are confirmed.
#[post("/confirm/{token}")]
pub async fn confirm(
    api: web::Data<Api>,
    From(origin): From,
    token: web::Path<String>,
    FormBody(body): FormBody,
) -> HttpResponse {
    let secret = SecretToken::presented(&token);
    // A body that is none of ours chooses nothing.
    let chosen: BTreeSet<String> = body.unwrap_or_default().into_keys().collect();
    match signups::confirm(&api.ctx, &secret, &chosen, &origin).await {
        Ok(done) => {
            let (words, get_receipt) = (words(done.language), hosted_form::words(done.language).get_receipt);
            respond(200, ConfirmedPage { words, get_receipt, done: &done }.render())
        }
        Err(AppError::Invalid(invalids)) => match signups::look(&api.ctx, &secret).await {
            Ok(page) => {
                let missing = invalids.as_slice().iter().any(|invalid| !invalid.pointer.is_empty());
                let words = words(page.language);
                let notice = if missing { words.required } else { words.nothing_chosen };
                asking(&api, &token, &page, Some(&chosen), Some(notice), 422)
            }
            Err(error) => refusal(&error),
        },
        Err(error) => refusal(&error),
    }
}

/// The page behind the link for those who signed up for nothing. Changes nothing.
#[route("/confirm/{token}/cancel", method = "GET", method = "HEAD")]
pub async fn show_cancel(api: web::Data<Api>, token: web::Path<String>) -> HttpResponse {
    match signups::look(&api.ctx, &SecretToken::presented(&token)).await {
        Ok(page) => {
            let words = words(page.language);
            respond(200, CancelPage { words, token: &token, page: &page, received: received(&api, &page) }.render())
        }
        Err(error) => refusal(&error),
    }
}

/// Deletes what waits.
#[post("/confirm/{token}/cancel")]
pub async fn cancel(api: web::Data<Api>, token: web::Path<String>) -> HttpResponse {
    match signups::cancel(&api.ctx, &SecretToken::presented(&token)).await {
        Ok(language) => {
            let Words { language, cancelled_title, cancelled, .. } = words(language);
            let texts = [(*language, *cancelled)];
            respond(200, NoticePage { language, title: cancelled_title, texts: &texts }.render())
        }
        Err(error) => refusal(&error),
    }
}

fn asking(
    api: &Api,
    token: &str,
    page: &SignupPage,
    chosen: Option<&BTreeSet<String>>,
    notice: Option<&'static str>,
    status: u16,
) -> HttpResponse {
    let words = words(page.language);
    respond(status, ConfirmPage { words, token, page, received: received(api, page), chosen, notice }.render())
}

fn received(api: &Api, page: &SignupPage) -> Told {
    Told::moment(&api.ctx, page.received_at, page.language)
}

/// The same page for a link that was used, turned down, never given out or that has expired. In both languages: nothing is
/// left that would say which one the form had.
fn refusal(error: &AppError) -> HttpResponse {
    let (code, texts) = match error {
        AppError::LinkSpent | AppError::NotFound => (ProblemCode::LinkSpent, [("pl", PL.spent), ("en", EN.spent)]),
        AppError::Busy => (ProblemCode::Busy, [("pl", PL.failed), ("en", EN.failed)]),
        error => {
            tracing::error!(%error, "a confirmation failed");
            (ProblemCode::Internal, [("pl", PL.failed), ("en", EN.failed)])
        }
    };
    let title = "Potwierdzenie / Confirmation";
    respond(code.status(), NoticePage { language: "pl", title, texts: &texts }.render())
}

/// The address of these pages is a secret: it is told to nobody, by no referrer and no cache.
fn respond(status: u16, body: askama::Result<String>) -> HttpResponse {
    let mut answer = hosted_form::html(status, body, POLICY);
    let headers = answer.headers_mut();
    headers.insert(header::REFERRER_POLICY, header::HeaderValue::from_static("no-referrer"));
    headers.insert(header::HeaderName::from_static("x-robots-tag"), header::HeaderValue::from_static("noindex"));
    answer
}
