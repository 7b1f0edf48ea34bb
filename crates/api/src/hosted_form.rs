//! The form as a page of its own: hosted, framed, and the target of plain HTML forms. Works without JavaScript.

use crate::{
    Api,
    extract::{self, From},
    public::{describe, page_of},
    request_origin,
    same_time::Arrival,
};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, dev::Payload, get, http::header, post, web};
use askama::Template;
use futures::future::LocalBoxFuture;
use std::collections::BTreeMap;
use url::Url;
use zgoda_api_types::{
    forms::{PublicField, PublicForm},
    problem::ProblemCode,
};
use zgoda_app::{
    AppError, gate,
    published_forms::{self, PublishedForm},
    submissions::{self, Receipt, Visit},
};
use zgoda_domain::{
    Invalid, Rule,
    access::Origin,
    consent::Language,
    form::{FormDefinition, FormField, FormFieldKind, parse_origin},
    id::FormVersionId,
};

const STYLE: &str = include_str!("../templates/form.css");

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage<'a> {
    form: &'a PublicForm,
    public_id: &'a str,
    words: &'static Words,
    answers: &'a BTreeMap<String, String>,
    errors: &'a [Invalid],
    /// A sentence on top, for example that the form has changed.
    notice: Option<&'static str>,
    /// Says when the form was begun.
    proof: String,
}

#[derive(Template)]
#[template(path = "thanks.html")]
struct ThanksPage<'a> {
    language: &'static str,
    title: &'a str,
    text: &'a str,
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage {
    language: &'static str,
    text: &'static str,
}

/// What the pages say beside the form's own texts.
struct Words {
    language: &'static str,
    required: &'static str,
    choose: &'static str,
    attention: &'static str,
    changed: &'static str,
    closed: &'static str,
    missing: &'static str,
    busy: &'static str,
    needs_script: &'static str,
    unproven: &'static str,
    failed: &'static str,
    foreign: &'static str,
    malformed: &'static str,
    too_long: &'static str,
}

static PL: Words = Words {
    language: "pl",
    required: "To pole jest wymagane.",
    choose: "— wybierz —",
    attention: "Niektóre pola wymagają uwagi. Niczego nie wysłano.",
    changed: "Formularz zmienił się, zanim go wysłano. Sprawdź go i wyślij ponownie; odpowiedzi zostały zachowane.",
    closed: "Ten formularz jest zamknięty.",
    missing: "Nie ma takiego formularza.",
    busy: "Zbyt wiele prób. Odczekaj chwilę i wyślij ponownie.",
    needs_script: "Ten formularz wymaga włączonego JavaScriptu.",
    unproven: "Formularz był otwarty zbyt długo. Wyślij go ponownie; odpowiedzi zostały zachowane.",
    failed: "Coś się nie udało po naszej stronie. Spróbuj ponownie za chwilę.",
    foreign: "Tego formularza nie wolno używać na tej stronie.",
    malformed: "Sprawdź, czy wpisano tu poprawną wartość.",
    too_long: "Ten tekst jest za długi.",
};

static EN: Words = Words {
    language: "en",
    required: "This field is required.",
    choose: "— choose —",
    attention: "Some fields need attention. Nothing was sent.",
    changed: "The form changed before it was sent. Please look at it and send it again; your answers were kept.",
    closed: "This form is closed.",
    missing: "There is no such form.",
    busy: "Too many attempts. Please wait a moment and send it again.",
    needs_script: "This form needs JavaScript to be on.",
    unproven: "The form was open for too long. Please send it again; your answers were kept.",
    failed: "Something went wrong on our side. Please try again in a moment.",
    foreign: "This form may not be used on that page.",
    malformed: "Please check this value.",
    too_long: "This text is too long.",
};

fn words(language: Language) -> &'static Words {
    match language {
        Language::Pl => &PL,
        Language::En => &EN,
    }
}

impl FormPage<'_> {
    fn value(&self, field: &PublicField) -> &str {
        self.answers.get(&field.key).map_or("", String::as_str)
    }

    fn is_chosen(&self, field: &PublicField, option: &str) -> bool {
        self.answers.get(&field.key).is_some_and(|answer| answer == option)
    }

    fn error(&self, field: &PublicField) -> Option<&'static str> {
        let pointer = format!("/answers/{}", field.key);
        let found = self.errors.iter().find(|error| error.pointer == pointer)?;
        Some(match found.rule {
            Rule::Required => self.words.required,
            Rule::TooLong { .. } => self.words.too_long,
            _ => self.words.malformed,
        })
    }

    fn is_tick(&self, field: &PublicField) -> bool {
        field.kind == FormFieldKind::Radio && field.options.len() == 1
    }
}

/// The hosted page of a form.
#[get("/f/{public_id}")]
pub async fn show(api: web::Data<Api>, public_id: web::Path<String>) -> HttpResponse {
    match published_forms::open(&api.ctx, &public_id).await {
        Ok(form) => page(&api, &public_id, &form, &BTreeMap::new(), &[], None, 200),
        Err(error) => refusal(&error),
    }
}

/// Answers of a plain HTML form, here or on an allowed page.
#[post("/f/{public_id}")]
pub async fn send(
    api: web::Data<Api>,
    request: HttpRequest,
    From(origin): From,
    public_id: web::Path<String>,
    body: FormBody,
) -> HttpResponse {
    let arrival = Arrival::now();
    let answer = receive(&api, &request, origin, &public_id, body).await;
    arrival.step().await;
    answer
}

async fn receive(api: &Api, request: &HttpRequest, origin: Origin, public_id: &str, body: FormBody) -> HttpResponse {
    let form = match published_forms::open(&api.ctx, public_id).await {
        Ok(form) => form,
        Err(error) => return refusal(&error),
    };
    let words = words(form.version.definition.language);
    let FormBody(Ok(mut answers)) = body else {
        return page(api, public_id, &form, &BTreeMap::new(), &[], Some(words.malformed), 400);
    };
    let network = request_origin::network_of(&origin);
    if !api.limits.allows_submission(&network) {
        return page(api, public_id, &form, &answers, &[], Some(words.busy), 429);
    }
    let proof = answers.remove("_proof").filter(|proof| !proof.is_empty());
    let version = answers.remove("_version").and_then(|text| text.parse::<FormVersionId>().ok());
    answers.retain(|_, text| !text.trim().is_empty());
    let visit = Visit {
        // A form without a version was not made by us; it is treated as out of date.
        version: version.unwrap_or(FormVersionId::from_uuid(uuid::Uuid::nil())),
        answers: &answers,
        origin,
        page: page_of(request),
        repeat: None,
        proof: proof.as_deref(),
        network: &network,
        trusted: None,
    };
    match submissions::submit(&api.ctx, &form, visit).await {
        Ok(receipt) => thanks(&form, &receipt),
        Err(AppError::Invalid(invalids)) => {
            page(api, public_id, &form, &answers, invalids.as_slice(), Some(words.attention), 422)
        }
        Err(AppError::FormVersionRetired) => {
            // A tick was given to another text: it must be given anew.
            answers.retain(|key, _| {
                !form.version.definition.fields.iter().any(|field| field.key == *key && is_tick(field))
            });
            page(api, public_id, &form, &answers, &[], Some(words.changed), 409)
        }
        Err(AppError::TooOften) => page(api, public_id, &form, &answers, &[], Some(words.busy), 429),
        Err(AppError::ProofRequired) => page(api, public_id, &form, &answers, &[], Some(words.needs_script), 403),
        Err(AppError::ProofRefused) => page(api, public_id, &form, &answers, &[], Some(words.unproven), 403),
        Err(error) => refusal(&error),
    }
}

/// A tick whose answer does not say what it was given to. (A radio's answer is its option's text.)
fn is_tick(field: &FormField) -> bool {
    matches!(field.kind, FormFieldKind::Consent | FormFieldKind::Checkbox)
}

/// No icon: the company's form carries nobody's logo. Browsers ask for one all the same.
#[get("/favicon.ico")]
pub async fn no_icon() -> HttpResponse {
    HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "public, max-age=86400")).finish()
}

/// Looks of the hosted page.
#[get("/f/form.css")]
pub async fn stylesheet() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(STYLE)
}

fn page(
    api: &Api,
    public_id: &str,
    form: &PublishedForm,
    answers: &BTreeMap<String, String>,
    errors: &[Invalid],
    notice: Option<&'static str>,
    status: u16,
) -> HttpResponse {
    let definition = &form.version.definition;
    let proof = gate::challenge(&api.ctx, form, None).token;
    let page = FormPage {
        form: &describe(form),
        public_id,
        words: words(definition.language),
        answers,
        errors,
        notice,
        proof,
    };
    html(status, page.render(), &frame_policy(api, definition))
}

/// Only the form's own list may frame it; it may post here, and be sent on to where its redirect goes.
fn frame_policy(api: &Api, definition: &FormDefinition) -> String {
    let redirect = definition.redirect_url.as_deref().and_then(|url| parse_origin(url).ok()).unwrap_or_default();
    let origins = &definition.allowed_origins;
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; worker-src blob:; img-src 'self'; form-action 'self' {redirect}; base-uri 'none'; frame-ancestors 'self' {} {}",
        api.ctx.public_url,
        origins.join(" ")
    )
}

fn thanks(form: &PublishedForm, receipt: &Receipt) -> HttpResponse {
    // In the spelling of a header, which is ASCII. What is stored already was sent: the visitor is thanked in any case.
    if let Some(url) = receipt.redirect_url.as_deref().and_then(|url| Url::parse(url).ok()) {
        return HttpResponse::SeeOther().insert_header((header::LOCATION, url.as_str())).finish();
    }
    let definition = &form.version.definition;
    let page = ThanksPage {
        language: words(definition.language).language,
        title: &definition.title,
        text: &receipt.thank_you,
    };
    let policy = format!(
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'self' {}",
        definition.allowed_origins.join(" ")
    );
    html(200, page.render(), &policy)
}

fn refusal(error: &AppError) -> HttpResponse {
    let (code, text) = match error {
        AppError::FormClosed => (ProblemCode::FormClosed, PL.closed),
        AppError::ForeignOrigin => (ProblemCode::ForeignOrigin, PL.foreign),
        AppError::NotFound => (ProblemCode::NotFound, PL.missing),
        AppError::Busy => (ProblemCode::Busy, PL.busy),
        error => {
            tracing::error!(%error, "a hosted form failed");
            (ProblemCode::Internal, PL.failed)
        }
    };
    html(
        code.status(),
        RefusalPage { language: PL.language, text }.render(),
        "default-src 'none'; style-src 'self'; base-uri 'none'",
    )
}

fn html(status: u16, body: askama::Result<String>, policy: &str) -> HttpResponse {
    match body {
        Ok(body) => HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap_or_default())
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, policy))
            // Not `no-referrer`: the form's own post would then come from the origin `null`.
            .insert_header((header::REFERRER_POLICY, "same-origin"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(body),
        Err(_) => crate::problem::answer(ProblemCode::Internal),
    }
}

/// A urlencoded body of bounded size; a repeated name keeps its first value.
pub struct FormBody(Result<BTreeMap<String, String>, ()>);

impl FromRequest for FormBody {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let right = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let payload = payload.take();
        Box::pin(async move {
            if !right {
                return Ok(Self(Err(())));
            }
            let bytes = extract::read(payload, None).await?;
            if std::str::from_utf8(&bytes).is_err() {
                return Ok(Self(Err(())));
            }
            let mut answers = BTreeMap::new();
            for (name, value) in url::form_urlencoded::parse(&bytes) {
                answers.entry(name.into_owned()).or_insert_with(|| value.into_owned());
            }
            Ok(Self(Ok(answers)))
        })
    }
}
