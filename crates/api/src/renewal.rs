//! The page behind the link of a renewal mail. Looking changes nothing, so that programs which follow links in mails
//! change nothing; only its buttons do. Works without JavaScript and cookies.

use crate::{Api, extract::From, hosted_form::FormBody, problem, request_origin, told_time::Told};
use actix_web::{
    HttpResponse, get,
    http::{StatusCode, header},
    post, web,
};
use askama::Template;
use zgoda_api_types::problem::ProblemCode;
use zgoda_app::{
    AppError,
    renewals::{self, Answer, Question},
};
use zgoda_domain::{
    consent::{Channel, Language},
    id::WordingId,
};
use zgoda_vault::SecretToken;

#[derive(Template)]
#[template(path = "renewal.html")]
struct QuestionPage<'a> {
    words: &'static Words,
    token: &'a str,
    asked_by: &'a str,
    purpose: &'a str,
    channel: &'static str,
    /// Day of the end, and whether it is past.
    end: Option<(Told, bool)>,
    wording_id: WordingId,
    wording: &'a str,
    notice: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "renewal_end.html")]
struct EndPage {
    language: &'static str,
    title: &'static str,
    texts: Vec<(&'static str, &'static str)>,
}

/// What the pages say beside the wording.
struct Words {
    language: &'static str,
    title: &'static str,
    asks: &'static str,
    purpose: &'static str,
    channel: &'static str,
    ends: &'static str,
    ended: &'static str,
    text: &'static str,
    renew: &'static str,
    withdraw: &'static str,
    later: &'static str,
    changed: &'static str,
    renewed_title: &'static str,
    renewed: &'static str,
    withdrawn_title: &'static str,
    withdrawn: &'static str,
    spent_title: &'static str,
    spent: &'static str,
}

static PL: Words = Words {
    language: "pl",
    title: "Odnowienie zgody",
    asks: "Pyta",
    purpose: "Cel",
    channel: "Kanał",
    ends: "Zgoda wygasa",
    ended: "Zgoda wygasła",
    text: "Treść zgody",
    renew: "Odnawiam zgodę",
    withdraw: "Wycofuję zgodę",
    later: "Jeśli nie wybierzesz niczego, zgoda po prostu wygaśnie.",
    changed: "Treść zgody zmieniła się, zanim wysłano odpowiedź. Przeczytaj ją jeszcze raz; niczego nie zapisano.",
    renewed_title: "Zgoda została odnowiona",
    renewed: "Dziękujemy. Zgodę można wycofać w każdej chwili.",
    withdrawn_title: "Zgoda została wycofana",
    withdrawn: "Zapisaliśmy to. Nie trzeba robić nic więcej.",
    spent_title: "Ten link już nie działa",
    spent: "Mógł zostać użyty, zastąpiony albo wygasnąć. Niczego nie zmieniono. W sprawie zgody można zawsze \
            skontaktować się z nami bezpośrednio.",
};

static EN: Words = Words {
    language: "en",
    title: "Renewal of consent",
    asks: "Asked by",
    purpose: "Purpose",
    channel: "Channel",
    ends: "The consent runs out on",
    ended: "The consent ran out on",
    text: "Text of the consent",
    renew: "I renew my consent",
    withdraw: "I withdraw my consent",
    later: "If you choose nothing, the consent simply runs out.",
    changed: "The text changed before your answer was sent. Please read it once more; nothing was stored.",
    renewed_title: "The consent was renewed",
    renewed: "Thank you. You can withdraw it at any time.",
    withdrawn_title: "The consent was withdrawn",
    withdrawn: "We have recorded it. There is nothing more you need to do.",
    spent_title: "This link does not work any more",
    spent: "It may have been used or replaced, or it ran out. Nothing was changed. You can always contact us directly \
            about your consent.",
};

const fn words(language: Language) -> &'static Words {
    match language {
        Language::Pl => &PL,
        Language::En => &EN,
    }
}

const fn channel(channel: Channel, language: Language) -> &'static str {
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

/// What the link asks.
#[get("/renew/{token}")]
pub async fn show(api: web::Data<Api>, token: web::Path<String>) -> HttpResponse {
    match renewals::question(&api.ctx, &SecretToken::presented(&token)).await {
        Ok(question) => ask(&api, &token, &question, None),
        Err(error) => refusal(&error),
    }
}

/// The answer of one of the two buttons.
#[post("/renew/{token}")]
pub async fn answer(api: web::Data<Api>, From(origin): From, token: web::Path<String>, body: FormBody) -> HttpResponse {
    if !api.limits.allows_link(&request_origin::network_of(&origin)) {
        return problem::answer(ProblemCode::TooManyRequests);
    }
    let chosen = body.answers().and_then(|answers| match answers.get("answer").map(String::as_str) {
        Some("renew") => answers.get("wording")?.parse().ok().map(Answer::Renew),
        Some("withdraw") => Some(Answer::Withdraw),
        _ => None,
    });
    let Some(chosen) = chosen else { return show_again(&api, &token, None).await };
    match renewals::answer(&api.ctx, &SecretToken::presented(&token), &origin, chosen).await {
        Ok(question) => {
            let words = words(question.wording.language);
            let (title, text) = match chosen {
                Answer::Renew(_) => (words.renewed_title, words.renewed),
                Answer::Withdraw => (words.withdrawn_title, words.withdrawn),
            };
            end(200, words.language, title, vec![(words.language, text)])
        }
        Err(AppError::Outdated) => show_again(&api, &token, Some(())).await,
        Err(error) => refusal(&error),
    }
}

/// The question as it is now; `changed` when it is not the one that was answered.
async fn show_again(api: &Api, token: &str, changed: Option<()>) -> HttpResponse {
    match renewals::question(&api.ctx, &SecretToken::presented(token)).await {
        Ok(question) => ask(api, token, &question, changed.map(|()| words(question.wording.language).changed)),
        Err(error) => refusal(&error),
    }
}

fn ask(api: &Api, token: &str, question: &Question, notice: Option<&'static str>) -> HttpResponse {
    let language = question.wording.language;
    let now = api.ctx.now();
    let page = QuestionPage {
        words: words(language),
        token,
        asked_by: &question.asked_by,
        purpose: question.purpose.name.as_str(),
        channel: channel(question.channel, language),
        end: question.expires_at.map(|at| (Told::day(&api.ctx, at, language), at <= now)),
        wording_id: question.wording.id,
        wording: question.wording.text.as_str(),
        notice,
    };
    html(200, page.render())
}

/// One page for every link that works no longer, and for those that never did: nobody is told which.
fn refusal(error: &AppError) -> HttpResponse {
    match error {
        AppError::LinkSpent | AppError::NotFound => {
            let texts = vec![(PL.language, PL.spent), (EN.language, EN.spent_title), (EN.language, EN.spent)];
            end(ProblemCode::LinkSpent.status(), PL.language, PL.spent_title, texts)
        }
        AppError::Busy => problem::answer(ProblemCode::Busy),
        error => {
            tracing::error!(%error, "a renewal failed");
            problem::answer(ProblemCode::Internal)
        }
    }
}

fn end(
    status: u16,
    language: &'static str,
    title: &'static str,
    texts: Vec<(&'static str, &'static str)>,
) -> HttpResponse {
    html(status, EndPage { language, title, texts }.render())
}

fn html(status: u16, body: askama::Result<String>) -> HttpResponse {
    const POLICY: &str =
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    match body {
        Ok(body) => HttpResponse::build(StatusCode::from_u16(status).unwrap_or_default())
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            // The address is the key: it is told to nobody.
            .insert_header((header::REFERRER_POLICY, "no-referrer"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(body),
        Err(_) => problem::answer(ProblemCode::Internal),
    }
}
