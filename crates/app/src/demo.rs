//! Invented staff, clients, forms, submissions and consents to look around in. Only ever in an empty database.

mod company;
mod duplicates;
mod list;

pub use company::DemoLogin;

use crate::{
    AppError, Ctx, clients, consents, custom_fields, forms, organisation, published_forms, purposes,
    recorded::{self, Recording},
    submissions::{self, Visit},
};
use chrono::TimeDelta;
use company::Company;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use std::collections::BTreeMap;
use zgoda_domain::{
    access::{
        Actor, AssignClients, Assignment, ConfigureFields, ConfigureSecurity, CreateClients, EditClients, EditForms,
        EditPurposes, Origin, Permit, RightType,
    },
    client::{BuiltinField, ClientInput, ClientKind},
    consent::{Channel, Language, LawfulBasis, NewPurpose, PurposeInput},
    custom_field::{CustomValues, FieldKind},
    field_ref::FieldRef,
    form::{ConsentItem, Ending, FormField, FormFieldKind},
    form_templates::FormTemplate,
    id::{ClientId, FieldId, PurposeId, WordingId},
    message::MessageKind,
    organisation::{ContactInput, OrganisationInput},
    recorded::{Decision, RecordMethod},
};

const FIRST: [&str; 24] = [
    "Agnieszka",
    "Bartosz",
    "Celina",
    "Damian",
    "Elżbieta",
    "Filip",
    "Grażyna",
    "Hubert",
    "Iwona",
    "Jakub",
    "Katarzyna",
    "Łukasz",
    "Małgorzata",
    "Norbert",
    "Olga",
    "Paweł",
    "Renata",
    "Sławomir",
    "Teresa",
    "Urszula",
    "Wiktor",
    "Zofia",
    "Źródłosława",
    "Żaneta",
];
const LAST: [&str; 24] = [
    "Adamczyk", "Bąk", "Ćwik", "Dąbek", "Elert", "Fąfara", "Gołąb", "Hałas", "Iwan", "Jeż", "Kłos", "Łoś", "Mróz",
    "Nowina", "Ołdak", "Pędzik", "Rączka", "Ślaz", "Tkacz", "Urban", "Wąs", "Zając", "Źrebiec", "Żuraw",
];
const CITY: [&str; 12] = [
    "Białystok",
    "Bydgoszcz",
    "Gdańsk",
    "Katowice",
    "Kielce",
    "Kraków",
    "Lublin",
    "Łódź",
    "Poznań",
    "Szczecin",
    "Warszawa",
    "Wrocław",
];
const COMPANY: [&str; 8] =
    ["Piekarnia", "Drukarnia", "Stolarnia", "Hurtownia", "Pracownia", "Biuro", "Serwis", "Kwiaciarnia"];
const SEGMENT: [&str; 3] = ["Standard", "Premium", "Hurt"];

/// Made at the same time; they share durable commits.
const TOGETHER: usize = 16;

struct Fields {
    zgoda: FieldId,
    umowa: FieldId,
    segment: FieldId,
    value: FieldId,
    since: FieldId,
}

/// Fills an empty database with `count` clients, and with staff: who can sign in, and how. Refuses when there are clients
/// already.
pub async fn fill(ctx: &Ctx, count: usize) -> Result<Vec<DemoLogin>, AppError> {
    if zgoda_persistence::clients::any(&ctx.db.read()).await? {
        return Err(AppError::WrongState);
    }
    describe_organisation(ctx).await?;
    let fields = make_fields(ctx).await?;
    let company = Company::found(ctx, &fields).await?;
    let asked = make_purposes(ctx).await?;
    let public_id = make_form(ctx, &fields, &asked).await?;
    make_newsletter_form(ctx, &asked).await?;
    make_event_form(ctx).await?;
    make_quote_form(ctx).await?;
    let tags = list::Tags::make(ctx).await?;
    let form = published_forms::open(ctx, &public_id).await?;

    let version = form.version.id;
    stream::iter(0..count)
        .map(|n| {
            let (fields, form, company, tags) = (&fields, form.as_ref(), &company, &tags);
            async move {
                // Four in ten wrote through the form, the others were entered by staff.
                let client = if n % 5 < 2 {
                    let answers = answers(n);
                    let origin = Origin {
                        ip: Some(format!("198.51.100.{}", n % 250)),
                        user_agent: Some("Mozilla/5.0 (demo)".to_owned()),
                    };
                    let trusted = permit::<CreateClients>()?;
                    let visit = Visit {
                        version,
                        answers: &answers,
                        files: &[],
                        origin,
                        page: None,
                        repeat: None,
                        proof: None,
                        network: "",
                        trusted: Some(&trusted),
                    };
                    submissions::submit(ctx, form, visit).await?;
                    zgoda_persistence::clients::find_by_email(&ctx.db.read(), &email(n)).await?
                } else {
                    let permit = permit::<CreateClients>()?;
                    let input = duplicates::instead(n).unwrap_or_else(|| person(n));
                    Some(clients::create(ctx, &permit, &input, &custom(n, fields), None).await?)
                };
                let Some(client) = client else { return Ok(()) };
                let version = assign(ctx, client, company.assignment(n)).await?;
                tags.put(ctx, client, version, n).await
            }
        })
        .buffer_unordered(TOGETHER)
        .try_collect::<()>()
        .await?;
    list::save_filters(ctx, &fields, &company, asked.newsletter).await?;
    withdraw_some(ctx, asked.newsletter, count).await?;
    if ctx.channels.has(MessageKind::Email) {
        // From now on by a click in a mail. Those made above were not asked for one: nobody reads their mailboxes.
        let by_click = NewPurpose::parse(newsletter(asked.marketing, true))?;
        purposes::change(ctx, &permit::<EditPurposes>()?, asked.newsletter, 1, by_click).await?;
    }
    record_some(ctx, count).await?;
    ctx.db.analyze().await?;
    Ok(company.logins)
}

/// Gives a card that was just made to whom it belongs; the version that it has then.
async fn assign(ctx: &Ctx, client: ClientId, assignment: Assignment) -> Result<i32, AppError> {
    if assignment == Assignment::default() {
        return Ok(1);
    }
    clients::assign(ctx, &permit::<AssignClients>()?, client, 1, assignment).await?;
    Ok(2)
}

fn permit<R: RightType>() -> Result<Permit<R>, AppError> {
    Permit::for_system(Actor::System { job: "demo" }).ok_or(AppError::NotFound)
}

fn pick<'a>(list: &[&'a str], n: usize) -> &'a str {
    list.get(n % list.len().max(1)).copied().unwrap_or_default()
}

/// Spreads neighbouring numbers, so that lists do not look mown.
const fn stir(n: usize) -> usize {
    n.wrapping_mul(2_654_435_761) >> 7
}

/// Whose product this is, unless somebody said so already.
async fn describe_organisation(ctx: &Ctx) -> Result<(), AppError> {
    if organisation::current(ctx).await?.is_some() {
        return Ok(());
    }
    let input = OrganisationInput {
        name: "Przykład sp. z o.o.".to_owned(),
        address: "ul. Przykładowa 1\n00-001 Warszawa".to_owned(),
        country: "PL".to_owned(),
        email: "dane@example.com".to_owned(),
        phone: Some("+48 22 555 01 00".to_owned()),
        privacy_notice: "https://example.com/prywatnosc".to_owned(),
        data_protection_officer: Some(ContactInput {
            name: "Iwona Inglot".to_owned(),
            contact: "iod@example.com".to_owned(),
        }),
        representative: None,
    };
    organisation::change(ctx, &permit::<ConfigureSecurity>()?, 0, &input).await
}

async fn make_fields(ctx: &Ctx) -> Result<Fields, AppError> {
    let permit = permit::<ConfigureFields>()?;
    let segments: Vec<String> = SEGMENT.iter().map(|text| (*text).to_owned()).collect();
    let make = async |name: &'static str, kind, options: &[String]| {
        custom_fields::create(ctx, &permit, custom_fields::NewField { name, kind, options, sensitive: false }, None)
            .await
    };
    Ok(Fields {
        zgoda: make("Zgoda", FieldKind::ShortText, &[]).await?,
        umowa: make("Umowa", FieldKind::Checkbox, &[]).await?,
        segment: make("Segment", FieldKind::Select, &segments).await?,
        value: make("Wartość", FieldKind::Decimal, &[]).await?,
        since: make("Klient od", FieldKind::Date, &[]).await?,
    })
}

/// What the forms ask for, and in which words.
struct Asked {
    marketing: PurposeId,
    processing: (PurposeId, WordingId),
    newsletter: PurposeId,
    /// The e-mail's first wording: the older form asks with it still.
    newsletter_first: WordingId,
    newsletter_email: WordingId,
    newsletter_sms: WordingId,
}

/// A small tree of purposes, one of them retired, with a text for each channel of marketing.
async fn make_purposes(ctx: &Ctx) -> Result<Asked, AppError> {
    use Channel::{Email, General, Phone, Sms};
    use Language::{En, Pl};
    let marketing = PurposeInput {
        name: "Marketing",
        basis: LawfulBasis::Consent,
        is_marketing: true,
        channels: &[Email, Sms, Phone],
        validity_days: None,
        parent_id: None,
        double_opt_in: false,
    };
    let answers =
        PurposeInput { name: "Odpowiedź na zapytanie", is_marketing: false, channels: &[General], ..marketing };
    let processing = make_purpose(ctx, answers).await?;
    let text =
        "Zgadzam się na przetwarzanie moich danych przez Przykładową Spółkę z o.o. w celu odpowiedzi na zapytanie.";
    let processing = (processing, make_wording(ctx, processing, Pl, None, text).await?);

    let parent = make_purpose(ctx, marketing).await?;
    let newsletter = make_purpose(ctx, newsletter(parent, false)).await?;
    let first = "Zgadzam się na otrzymywanie informacji handlowych od Przykładowej Spółki z o.o. na podany adres e-mail. \
         Zgodę mogę wycofać w każdej chwili.";
    let newsletter_first = make_wording(ctx, newsletter, Pl, Some(Email), first).await?;
    let second = "Zgadzam się na otrzymywanie newslettera z ofertami Przykładowej Spółki z o.o. na podany adres e-mail, \
         najwyżej raz w tygodniu. Zgodę mogę wycofać w każdej chwili.";
    let newsletter_email = make_wording(ctx, newsletter, Pl, Some(Email), second).await?;
    let english = "I agree to receive the newsletter with offers of Przykładowa Spółka z o.o. at the e-mail address given, \
         once a week at most. I can withdraw this consent at any time.";
    make_wording(ctx, newsletter, En, Some(Email), english).await?;
    let text = "Zgadzam się na otrzymywanie informacji o ofertach Przykładowej Spółki z o.o. w wiadomościach SMS, na \
         podany numer telefonu. Zgodę mogę wycofać w każdej chwili.";
    let newsletter_sms = make_wording(ctx, newsletter, Pl, Some(Sms), text).await?;
    let text = "Zgadzam się na rozmowy telefoniczne o ofertach Przykładowej Spółki z o.o. pod podanym numerem telefonu. \
         Zgodę mogę wycofać w każdej chwili.";
    make_wording(ctx, newsletter, Pl, Some(Phone), text).await?;

    let contest = PurposeInput { name: "Konkurs letni", channels: &[Email], parent_id: Some(parent), ..marketing };
    let contest = make_purpose(ctx, contest).await?;
    let text =
        "Zgadzam się na otrzymywanie wiadomości o konkursie letnim Przykładowej Spółki z o.o. na podany adres e-mail.";
    make_wording(ctx, contest, Pl, Some(Email), text).await?;
    purposes::retire(ctx, &permit::<EditPurposes>()?, contest).await?;
    Ok(Asked { marketing: parent, processing, newsletter, newsletter_first, newsletter_email, newsletter_sms })
}

const fn newsletter(parent: PurposeId, double_opt_in: bool) -> PurposeInput<'static> {
    PurposeInput {
        name: "Newsletter",
        basis: LawfulBasis::Consent,
        is_marketing: true,
        channels: &[Channel::Email, Channel::Sms, Channel::Phone],
        validity_days: Some(730),
        parent_id: Some(parent),
        double_opt_in,
    }
}

async fn make_purpose(ctx: &Ctx, input: PurposeInput<'_>) -> Result<PurposeId, AppError> {
    consents::create_purpose(ctx, &permit::<EditPurposes>()?, NewPurpose::parse(input)?, None).await
}

async fn make_wording(
    ctx: &Ctx,
    purpose: PurposeId,
    language: Language,
    channel: Option<Channel>,
    text: &str,
) -> Result<WordingId, AppError> {
    consents::create_wording(ctx, &permit::<EditPurposes>()?, purpose, language, channel, text, None).await
}

fn field(key: &str, kind: FormFieldKind, label: &str) -> FormField {
    FormField {
        key: key.to_owned(),
        kind,
        label: label.to_owned(),
        hint: None,
        required: false,
        options: Vec::new(),
        target: None,
        consent: None,
        file: None,
    }
}

fn consent_field(
    key: &str,
    label: &str,
    channel: Channel,
    (purpose_id, wording_id): (PurposeId, WordingId),
) -> FormField {
    FormField {
        consent: Some(ConsentItem { purpose_id, channel, wording_id }),
        ..field(key, FormFieldKind::Consent, label)
    }
}

async fn make_form(ctx: &Ctx, fields: &Fields, asked: &Asked) -> Result<String, AppError> {
    let permit = permit::<EditForms>()?;
    let id = forms::create(ctx, &permit, "Formularz kontaktowy", FormTemplate::Contact, Language::Pl, None).await?;
    let mut definition = FormTemplate::Contact.definition("Napisz do nas", Language::Pl);
    definition.fields.push(FormField {
        target: Some(FieldRef::Builtin(BuiltinField::City)),
        ..field("city", FormFieldKind::ShortText, "Miejscowość")
    });
    definition.fields.push(FormField {
        options: vec!["Zgoda na przetwarzanie danych".to_owned()],
        target: Some(FieldRef::Custom(fields.zgoda)),
        ..field("zgoda", FormFieldKind::Radio, "Zgoda")
    });
    definition.fields.push(consent_field("processing", "Odpowiedź na zapytanie", Channel::General, asked.processing));
    let newsletter = (asked.newsletter, asked.newsletter_first);
    definition.fields.push(consent_field("newsletter", "Newsletter e-mailem", Channel::Email, newsletter));
    publish(ctx, &permit, id, "Formularz kontaktowy", &definition).await
}

async fn make_newsletter_form(ctx: &Ctx, asked: &Asked) -> Result<String, AppError> {
    let permit = permit::<EditForms>()?;
    let id = forms::create(ctx, &permit, "Zapis na newsletter", FormTemplate::Newsletter, Language::Pl, None).await?;
    let mut definition = FormTemplate::Newsletter.definition("Zapisz się na newsletter", Language::Pl);
    // Nobody could confirm anything without a mail server.
    definition.confirm_first = ctx.channels.has(MessageKind::Email);
    let (email, sms) = ((asked.newsletter, asked.newsletter_email), (asked.newsletter, asked.newsletter_sms));
    definition.fields.push(consent_field("newsletter", "Newsletter e-mailem", Channel::Email, email));
    definition.fields.push(consent_field("newsletter_sms", "Nowości SMS-em", Channel::Sms, sms));
    publish(ctx, &permit, id, "Zapis na newsletter", &definition).await
}

/// Sign-up for a day, with places and a window.
async fn make_event_form(ctx: &Ctx) -> Result<String, AppError> {
    let permit = permit::<EditForms>()?;
    let name = "Dzień otwarty";
    let id = forms::create(ctx, &permit, name, FormTemplate::Event, Language::Pl, None).await?;
    let mut definition = FormTemplate::Event.definition("Zapisz się na dzień otwarty", Language::Pl);
    let now = ctx.now();
    definition.opens_at = Some(now - TimeDelta::days(7));
    definition.closes_at = Some(now + TimeDelta::days(60));
    definition.quota = Some(40);
    definition.appearance.accent = Some("#0b6e4f".to_owned());
    definition.endings.push(Ending {
        field: "meal".to_owned(),
        answer: "Wegański".to_owned(),
        thank_you: "Dziękujemy! Posiłek wegański jest zamówiony.".to_owned(),
        redirect_url: None,
    });
    publish(ctx, &permit, id, name, &definition).await
}

/// A quote, with a file to attach.
async fn make_quote_form(ctx: &Ctx) -> Result<String, AppError> {
    let permit = permit::<EditForms>()?;
    let name = "Zapytanie o wycenę";
    let id = forms::create(ctx, &permit, name, FormTemplate::Quote, Language::Pl, None).await?;
    publish(ctx, &permit, id, name, &FormTemplate::Quote.definition("Zapytaj o wycenę", Language::Pl)).await
}

async fn publish(
    ctx: &Ctx,
    permit: &Permit<EditForms>,
    id: zgoda_domain::id::FormId,
    name: &str,
    definition: &zgoda_domain::form::FormDefinition,
) -> Result<String, AppError> {
    let saved = forms::save(ctx, permit, id, 1, name, definition).await?;
    forms::publish(ctx, permit, id, saved.form.version).await?;
    Ok(saved.form.public_id)
}

fn names(n: usize) -> (&'static str, &'static str) {
    (pick(&FIRST, stir(n)), pick(&LAST, stir(n) / 31))
}

fn email(n: usize) -> String {
    format!("klient{}@example.com", n + 1)
}

fn phone(n: usize) -> String {
    format!("+48 500 {:03} {:03}", n / 1000 % 1000, n % 1000)
}

fn answers(n: usize) -> BTreeMap<String, String> {
    let (first, last) = names(n);
    let mut answers = BTreeMap::from([
        ("name".to_owned(), format!("{first} {last}")),
        ("email".to_owned(), email(n)),
        ("phone".to_owned(), phone(n)),
        ("city".to_owned(), pick(&CITY, stir(n) / 7).to_owned()),
        ("message".to_owned(), "Proszę o przesłanie oferty.".to_owned()),
        ("processing".to_owned(), "true".to_owned()),
    ]);
    if !n.is_multiple_of(3) {
        answers.insert("zgoda".to_owned(), "Zgoda na przetwarzanie danych".to_owned());
    }
    if n.is_multiple_of(2) {
        answers.insert("newsletter".to_owned(), "true".to_owned());
    }
    answers
}

fn person(n: usize) -> ClientInput {
    let (first, last) = names(n);
    let company = n.is_multiple_of(7);
    let mut input =
        ClientInput { kind: if company { ClientKind::Company } else { ClientKind::Person }, ..ClientInput::default() };
    if company {
        input.set(BuiltinField::Name, Some(format!("{} {last}", pick(&COMPANY, stir(n)))));
    } else {
        input.set(BuiltinField::FirstName, Some(first.to_owned()));
        input.set(BuiltinField::LastName, Some(last.to_owned()));
    }
    input.set(BuiltinField::Email, Some(email(n)));
    input.set(BuiltinField::Phone, Some(phone(n)));
    input.set(BuiltinField::City, Some(pick(&CITY, stir(n) / 7).to_owned()));
    input.set(BuiltinField::Country, Some("PL".to_owned()));
    input
}

fn custom(n: usize, fields: &Fields) -> CustomValues {
    let mut values = CustomValues::new();
    if !n.is_multiple_of(4) {
        values.insert(fields.umowa, json!(!n.is_multiple_of(3)));
    }
    values.insert(fields.segment, json!(pick(&SEGMENT, stir(n))));
    values.insert(fields.value, json!(format!("{}.{:02}", stir(n) % 90_000 + 100, n % 100)));
    values.insert(fields.since, json!(format!("20{:02}-{:02}-{:02}", 18 + n % 8, n % 12 + 1, n % 28 + 1)));
    values
}

/// People who signed at fairs: some a year ago, so that their consents run out about now.
async fn record_some(ctx: &Ctx, count: usize) -> Result<(), AppError> {
    let text = "Zgadzam się, aby Przykładowa Spółka z o.o. zapraszała mnie na targi i pokazy wskazanym kanałem.";
    let purpose_id = make_purpose(
        ctx,
        PurposeInput {
            name: "Zaproszenia na targi",
            basis: LawfulBasis::Consent,
            is_marketing: true,
            channels: &[Channel::Email, Channel::Phone],
            validity_days: Some(365),
            parent_id: None,
            double_opt_in: false,
        },
    )
    .await?;
    let wording = make_wording(ctx, purpose_id, Language::Pl, None, text).await?;
    let permit = permit::<EditClients>()?;
    for n in (0..count).filter(|n| n % 5 == 3 && n % 4 < 2) {
        let Some(client) = zgoda_persistence::clients::find_by_email(&ctx.db.read(), &email(n)).await? else {
            continue;
        };
        let days = i64::try_from(stir(n) % 60).unwrap_or_default() + 325;
        let day = (ctx.now() - TimeDelta::days(days)).date_naive().to_string();
        let on_the_phone = n.is_multiple_of(3);
        let recording = Recording {
            purpose_id,
            channel: if n.is_multiple_of(4) { Channel::Phone } else { Channel::Email },
            decision: Decision::Given,
            method: if on_the_phone { RecordMethod::Phone } else { RecordMethod::Paper },
            given_on: &day,
            wording_id: Some(wording),
            note: Some(if on_the_phone {
                "Zadzwonił(a) po targach i poprosił(a) o zaproszenia"
            } else {
                "Podpisany formularz z targów, segregator 3"
            }),
            file_id: None,
        };
        recorded::record(ctx, &permit, client, &recording, None).await?;
    }
    Ok(())
}

/// A few people changed their minds.
async fn withdraw_some(ctx: &Ctx, purpose: PurposeId, count: usize) -> Result<(), AppError> {
    let permit = permit::<EditClients>()?;
    for n in (0..count).filter(|n| n % 5 < 2 && n.is_multiple_of(30)) {
        if let Some(client) = zgoda_persistence::clients::find_by_email(&ctx.db.read(), &email(n)).await? {
            consents::withdraw(ctx, &permit, client, purpose, Channel::Email, Some("Rozmowa telefoniczna")).await?;
        }
    }
    Ok(())
}
