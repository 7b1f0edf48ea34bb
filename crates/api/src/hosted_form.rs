//! The form as a page of its own: hosted, framed, and the target of plain HTML forms. Works without JavaScript.

use crate::{
    Api,
    extract::{self, From},
    problem::Failure,
    public::{describe, page_of},
    request_origin,
    same_time::Arrival,
    submission_body::{self, Parts},
    told_time::Told,
    wire,
};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, dev::Payload, get, http::header, post, web};
use askama::Template;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::future::LocalBoxFuture;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use url::Url;
use zgoda_api_types::{
    forms::{PublicField, PublicFile, PublicForm},
    problem::ProblemCode,
};
use zgoda_app::{
    AppError, Ctx, gate, places,
    published_forms::{self, PublishedForm},
    receipts,
    submissions::{self, Receipt, Visit},
};
use zgoda_domain::{
    Invalid, Rule,
    access::Origin,
    consent::Language,
    form::{FormDefinition, FormField, FormFieldKind, FormFont, parse_origin},
    id::FormVersionId,
};
use zgoda_persistence::idempotency::Idempotency;

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
    /// Files were sent, and a page cannot be given them back.
    files_again: bool,
    /// Says when the form was begun.
    proof: String,
}

/// What a page shows to whom it is shown again.
#[derive(Clone, Copy, Default)]
struct Again<'a> {
    answers: Option<&'a BTreeMap<String, String>>,
    errors: &'a [Invalid],
    notice: &'static str,
    files: bool,
}

#[derive(Template)]
#[template(path = "thanks.html")]
struct ThanksPage<'a> {
    language: &'static str,
    title: &'a str,
    text: &'a str,
    /// That a mail comes.
    mailbox: Option<&'static str>,
    public_id: &'a str,
    /// The version whose look the page has, where the form has one.
    look: Option<FormVersionId>,
    /// What the receipt of the ticked consents is asked for with.
    claim: Option<String>,
    words: &'static Words,
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage {
    language: &'static str,
    text: &'static str,
    opens_at: Option<Told>,
}

/// What the pages say beside the form's own texts.
pub(crate) struct Words {
    language: &'static str,
    required: &'static str,
    choose: &'static str,
    /// Beside the field that no person sees, for those whose browser shows it all the same.
    leave_empty: &'static str,
    attention: &'static str,
    files_again: &'static str,
    file_type: &'static str,
    file_too_large: &'static str,
    up_to: &'static str,
    changed: &'static str,
    not_open: &'static str,
    closed: &'static str,
    missing: &'static str,
    busy: &'static str,
    /// What was sent was not read, so that it cannot be shown again.
    busy_unread: &'static str,
    too_slow: &'static str,
    needs_script: &'static str,
    unproven: &'static str,
    failed: &'static str,
    foreign: &'static str,
    malformed: &'static str,
    too_long: &'static str,
    mailbox: &'static str,
    pub(crate) get_receipt: &'static str,
    receipt_over: &'static str,
}

static PL: Words = Words {
    language: "pl",
    required: "To pole jest wymagane.",
    choose: "— wybierz —",
    leave_empty: "Zostaw puste",
    attention: "Niektóre pola wymagają uwagi. Niczego nie wysłano.",
    files_again: "Uwaga: pliki trzeba wybrać jeszcze raz.",
    file_type: "Takich plików nie przyjmujemy albo nazwa nie zgadza się z zawartością.",
    file_too_large: "Ten plik jest za duży.",
    up_to: "najwyżej",
    changed: "Formularz zmienił się, zanim go wysłano. Sprawdź go i wyślij ponownie; odpowiedzi zostały zachowane.",
    not_open: "Ten formularz nie jest jeszcze otwarty. Można go wysłać od:",
    closed: "Ten formularz jest zamknięty.",
    missing: "Nie ma takiego formularza.",
    busy: "Zbyt wiele prób. Odczekaj chwilę i wyślij ponownie.",
    busy_unread: "Zbyt wiele prób. Niczego nie wysłano ani nie zachowano. Odczekaj chwilę, wróć na poprzednią stronę i wyślij ponownie; pliki trzeba wybrać jeszcze raz.",
    too_slow: "Dane przychodziły zbyt długo. Niczego nie wysłano ani nie zachowano. Sprawdź połączenie, wróć na poprzednią stronę i wyślij ponownie.",
    needs_script: "Ten formularz wymaga włączonego JavaScriptu.",
    unproven: "Formularz był otwarty zbyt długo. Wyślij go ponownie; odpowiedzi zostały zachowane.",
    failed: "Coś się nie udało po naszej stronie. Spróbuj ponownie za chwilę.",
    foreign: "Tego formularza nie wolno używać na tej stronie.",
    malformed: "Sprawdź, czy wpisano tu poprawną wartość.",
    too_long: "Ten tekst jest za długi.",
    mailbox: "Sprawdź swoją skrzynkę pocztową: wysyłamy wiadomość z linkiem do potwierdzenia. Bez potwierdzenia zgłoszenie lub zaznaczone zgody się nie liczą.",
    get_receipt: "Pobierz potwierdzenie zgody",
    receipt_over: "To potwierdzenie można było pobrać przez godzinę. Administrator danych może wystawić je ponownie.",
};

static EN: Words = Words {
    language: "en",
    required: "This field is required.",
    choose: "— choose —",
    leave_empty: "Leave empty",
    attention: "Some fields need attention. Nothing was sent.",
    files_again: "Please choose the files again.",
    file_type: "Such files are not taken, or the name does not agree with the content.",
    file_too_large: "This file is too large.",
    up_to: "at most",
    changed: "The form changed before it was sent. Please look at it and send it again; your answers were kept.",
    not_open: "This form is not open yet. It can be sent from:",
    closed: "This form is closed.",
    missing: "There is no such form.",
    busy: "Too many attempts. Please wait a moment and send it again.",
    busy_unread: "Too many attempts. Nothing was sent, and nothing was kept. Please wait a moment, go back to the previous page and send it again; files have to be chosen again.",
    too_slow: "The data took too long to arrive. Nothing was sent, and nothing was kept. Please check your connection, go back to the previous page and send it again.",
    needs_script: "This form needs JavaScript to be on.",
    unproven: "The form was open for too long. Please send it again; your answers were kept.",
    failed: "Something went wrong on our side. Please try again in a moment.",
    foreign: "This form may not be used on that page.",
    malformed: "Please check this value.",
    too_long: "This text is too long.",
    mailbox: "Please check your mailbox: we are sending a message with a link to confirm. Without that, what you sent or the consents you ticked do not count.",
    get_receipt: "Download the consent receipt",
    receipt_over: "This receipt could be downloaded for an hour. The controller of your data can make it again.",
};

pub(crate) fn words(language: Language) -> &'static Words {
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
            Rule::FileType => self.words.file_type,
            Rule::FileTooLarge { .. } => self.words.file_too_large,
            _ => self.words.malformed,
        })
    }

    fn has_files(&self) -> bool {
        self.form.fields.iter().any(|field| field.kind == FormFieldKind::File)
    }

    /// What a file field takes, for people.
    fn takes(&self, file: &PublicFile) -> String {
        let types = file.accept.replace(',', ", ");
        let most = (f64::from(file.max_bytes) / (1024.0 * 1024.0) * 10.0).ceil() / 10.0;
        format!("{types}; {} {most} MB", self.words.up_to)
    }

    fn is_tick(&self, field: &PublicField) -> bool {
        field.kind == FormFieldKind::Radio && field.options.len() == 1
    }
}

/// The hosted page of a form.
#[get("/f/{public_id}")]
pub async fn show(api: web::Data<Api>, public_id: web::Path<String>) -> HttpResponse {
    match published_forms::open(&api.ctx, &public_id).await {
        Ok(form) => match places::check(&api.ctx, &form).await {
            Ok(()) => page(&api, &public_id, &form, None, 200),
            Err(error) => refusal(&api.ctx, &error, words(form.version.definition.language)),
        },
        Err(error) => refusal(&api.ctx, &error, &PL),
    }
}

/// Answers of a plain HTML form, here or on an allowed page.
#[post("/f/{public_id}")]
pub async fn send(
    api: web::Data<Api>,
    request: HttpRequest,
    From(origin): From,
    public_id: web::Path<String>,
    payload: web::Payload,
) -> HttpResponse {
    let mut arrival = Arrival::now();
    let answer = receive(&api, &request, origin, &public_id, payload.into_inner(), &mut arrival).await;
    arrival.step().await;
    answer
}

async fn receive(
    api: &Api,
    request: &HttpRequest,
    origin: Origin,
    public_id: &str,
    payload: Payload,
    arrival: &mut Arrival,
) -> HttpResponse {
    let form = match published_forms::open(&api.ctx, public_id).await {
        Ok(form) => form,
        Err(error) => return refusal(&api.ctx, &error, &PL),
    };
    let words = words(form.version.definition.language);
    let network = request_origin::network_of(&origin);
    let allowed = api.limits.allows_submission(&network);
    let read = read(api, request, payload, &form, allowed.then_some(&*network)).await;
    *arrival = Arrival::now();
    // The place is held until the files are gone.
    let Parts { texts: mut answers, files, place: _place } = match read {
        Ok(parts) => parts,
        Err(failure) => {
            let (notice, status) = match failure.code() {
                ProblemCode::BodyTooLarge if submission_body::is_in_parts(request) => (words.file_too_large, 413),
                ProblemCode::BodyTooLarge => (words.too_long, 413),
                ProblemCode::Busy | ProblemCode::TooManyRequests => (words.busy_unread, 429),
                ProblemCode::BodyTimeout => (words.too_slow, 408),
                _ => (words.malformed, 400),
            };
            return page(api, public_id, &form, Some(Again { notice, ..Again::default() }), status);
        }
    };
    let files_sent = !files.is_empty();
    let again = |answers: &BTreeMap<String, String>, errors: &[Invalid], notice, status| {
        page(api, public_id, &form, Some(Again { answers: Some(answers), errors, notice, files: files_sent }), status)
    };
    if !allowed {
        return again(&answers, &[], words.busy, 429);
    }
    let proof = answers.remove("_proof").filter(|proof| !proof.is_empty());
    let version = answers.remove("_version").and_then(|text| text.parse::<FormVersionId>().ok());
    answers.retain(|_, text| !text.trim().is_empty());
    let version = version.unwrap_or(FormVersionId::from_uuid(uuid::Uuid::nil()));
    let repeat =
        proof.as_deref().map(|proof| once(request, proof, submission_body::fingerprint(&version, &answers, &files)));
    let visit = Visit {
        // A form without a version was not made by us; it is treated as out of date.
        version,
        answers: &answers,
        files: &files,
        origin,
        page: page_of(request),
        repeat: repeat.as_ref(),
        proof: proof.as_deref(),
        network: &network,
        trusted: None,
    };
    match submissions::submit(&api.ctx, &form, visit).await {
        Ok(receipt) => {
            let claim = receipts::claim(&api.ctx, &form, form.version.id, &receipt.waiting, receipt.id, &answers);
            thanks(public_id, &form, &receipt, claim)
        }
        Err(AppError::Invalid(invalids)) => again(&answers, invalids.as_slice(), words.attention, 422),
        Err(AppError::FormVersionRetired) => {
            // A tick was given to another text: it must be given anew.
            answers.retain(|key, _| {
                !form.version.definition.fields.iter().any(|field| field.key == *key && is_tick(field))
            });
            again(&answers, &[], words.changed, 409)
        }
        Err(AppError::TooOften) => again(&answers, &[], words.busy, 429),
        Err(AppError::ProofRequired) => again(&answers, &[], words.needs_script, 403),
        Err(AppError::ProofRefused) => again(&answers, &[], words.unproven, 403),
        Err(error) => refusal(&api.ctx, &error, words),
    }
}

/// The receipt of what was just sent from here. Works without a script, as the form does.
#[post("/f/{public_id}/receipt")]
pub async fn hand_receipt(api: web::Data<Api>, public_id: web::Path<String>, body: FormBody) -> HttpResponse {
    let form = match published_forms::known(&api.ctx, &public_id).await {
        Ok(form) => form,
        Err(error) => return refusal(&api.ctx, &error, &PL),
    };
    let made = async {
        let claim = body.0.ok().and_then(|mut fields| fields.remove("receipt")).unwrap_or_default();
        receipts::claimed(&api.ctx, &form, &claim).await?.file()
    };
    match made.await {
        Ok(file) => wire::file(&file.name, "text/html; charset=utf-8", file.html.into_bytes()),
        Err(error) => refusal(&api.ctx, &error, words(form.version.definition.language)),
    }
}

/// A page and its answers are one submission, however often they are sent: a second click, a reload, or an answer that got
/// lost. The page is known by its challenge.
fn once(request: &HttpRequest, proof: &str, fingerprint: Vec<u8>) -> Idempotency {
    let token = proof.split('.').next().unwrap_or_default();
    let key = Sha256::new().chain_update(token).chain_update(b".").chain_update(&fingerprint).finalize();
    Idempotency { scope: format!("visitor|{}", request.path()), key: URL_SAFE_NO_PAD.encode(key), fingerprint }
}

/// The answers, and files where the form asks for some. Whoever sent too much already, and has no network any more, is not
/// read that far.
async fn read(
    api: &Api,
    request: &HttpRequest,
    mut payload: Payload,
    form: &PublishedForm,
    network: Option<&str>,
) -> Result<Parts, Failure> {
    if submission_body::is_in_parts(request) {
        let network = network.ok_or(ProblemCode::TooManyRequests)?;
        return submission_body::read_parts(api, request, payload, form, Some(network)).await;
    }
    match FormBody::from_request(request, &mut payload).await {
        Ok(FormBody(Ok(texts))) => Ok(Parts { texts, ..Parts::default() }),
        Ok(FormBody(Err(()))) => Err(ProblemCode::Malformed.into()),
        Err(error) => Err(error.as_error::<Failure>().map_or(ProblemCode::BodyTooLarge, Failure::code).into()),
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

/// Colours and letters that a form brings along, on top of [`stylesheet`]: the page's policy allows no style of its own.
#[get("/f/{public_id}/look.css")]
pub async fn look(api: web::Data<Api>, public_id: web::Path<String>) -> HttpResponse {
    let mut css = String::new();
    if let Ok(form) = published_forms::open(&api.ctx, &public_id).await {
        let appearance = &form.version.definition.appearance;
        if let Some((accent, on)) = appearance.accent() {
            // The mark of focus stands on the page's ground, where the accent may not be seen.
            let on = on.css();
            css.push_str(&format!(
                ":root{{--accent:{accent};--on-accent:{on}}}:focus-visible{{outline-color:var(--text)}}"
            ));
        }
        let font = match appearance.font {
            FormFont::Host | FormFont::Sans => "",
            FormFont::Serif => "body{font-family:Georgia,\"Times New Roman\",serif}",
            FormFont::Monospace => "body{font-family:ui-monospace,Consolas,monospace}",
        };
        css.push_str(font);
    }
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .body(css)
}

/// Looks of the hosted page.
#[get("/f/form.css")]
pub async fn stylesheet() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(STYLE)
}

fn page(api: &Api, public_id: &str, form: &PublishedForm, again: Option<Again<'_>>, status: u16) -> HttpResponse {
    let definition = &form.version.definition;
    // Whoever has filled it in once already may be quick.
    let proof = match again {
        Some(_) => gate::challenge_again(&api.ctx, form).token,
        None => gate::challenge(&api.ctx, form, None).token,
    };
    let none = BTreeMap::new();
    let Again { answers, errors, notice, files } = again.unwrap_or_default();
    let page = FormPage {
        form: &describe(form),
        public_id,
        words: words(definition.language),
        answers: answers.unwrap_or(&none),
        errors,
        notice: again.map(|_| notice),
        files_again: files,
        proof,
    };
    html(status, page.render(), &frame_policy(api, definition))
}

/// Only the form's own list may frame it; it may post here, and be sent on to where its redirects go.
fn frame_policy(api: &Api, definition: &FormDefinition) -> String {
    let redirects =
        definition.redirect_url.iter().chain(definition.endings.iter().filter_map(|it| it.redirect_url.as_ref()));
    let mut redirects: Vec<String> = redirects.filter_map(|url| parse_origin(url).ok()).collect();
    redirects.sort_unstable();
    redirects.dedup();
    let redirect = redirects.join(" ");
    let origins = &definition.allowed_origins;
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; worker-src blob:; img-src 'self'; form-action 'self' {redirect}; base-uri 'none'; frame-ancestors 'self' {} {}",
        api.ctx.public_url,
        origins.join(" ")
    )
}

fn thanks(public_id: &str, form: &PublishedForm, receipt: &Receipt, claim: Option<String>) -> HttpResponse {
    // In the spelling of a header, which is ASCII. What is stored already was sent: the visitor is thanked in any case.
    if let Some(url) = receipt.redirect_url.as_deref().and_then(|url| Url::parse(url).ok()) {
        return HttpResponse::SeeOther().insert_header((header::LOCATION, url.as_str())).finish();
    }
    let definition = &form.version.definition;
    let page = ThanksPage {
        language: words(definition.language).language,
        title: &definition.title,
        text: &receipt.thank_you,
        mailbox: receipt.confirm_by_mail.then_some(words(definition.language).mailbox),
        public_id,
        look: crate::public::look(&definition.appearance).map(|_| form.version.id),
        claim,
        words: words(definition.language),
    };
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self' {}",
        definition.allowed_origins.join(" ")
    );
    html(200, page.render(), &policy)
}

fn refusal(ctx: &Ctx, error: &AppError, words: &'static Words) -> HttpResponse {
    let (code, text) = match error {
        AppError::FormNotOpen(_) => (ProblemCode::FormNotOpen, words.not_open),
        AppError::FormClosed => (ProblemCode::FormClosed, words.closed),
        AppError::ForeignOrigin => (ProblemCode::ForeignOrigin, words.foreign),
        AppError::NotFound => (ProblemCode::NotFound, words.missing),
        AppError::Busy => (ProblemCode::Busy, words.busy),
        AppError::LinkSpent => (ProblemCode::LinkSpent, words.receipt_over),
        error => {
            tracing::error!(%error, "a hosted form failed");
            (ProblemCode::Internal, words.failed)
        }
    };
    let opens_at = match error {
        AppError::FormNotOpen(at) => {
            Language::from_code(words.language).map(|language| Told::moment(ctx, *at, language))
        }
        _ => None,
    };
    html(
        code.status(),
        RefusalPage { language: words.language, text, opens_at }.render(),
        "default-src 'none'; style-src 'self'; base-uri 'none'",
    )
}

pub(crate) fn html(status: u16, body: askama::Result<String>, policy: &str) -> HttpResponse {
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
pub struct FormBody(pub(crate) Result<BTreeMap<String, String>, ()>);

impl FormBody {
    /// What was sent; `None` where it was not understood.
    pub fn answers(&self) -> Option<&BTreeMap<String, String>> {
        self.0.as_ref().ok()
    }
}

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
