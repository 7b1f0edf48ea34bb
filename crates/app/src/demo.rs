//! Invented staff, clients, forms, submissions and consents to look around in. Only ever in an empty database.

mod company;

pub use company::DemoLogin;

use crate::{
    AppError, Ctx, clients, consents, custom_fields, forms, published_forms,
    submissions::{self, Visit},
};
use company::Company;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use std::collections::BTreeMap;
use zgoda_domain::{
    access::{
        Actor, AssignClients, Assignment, ConfigureFields, CreateClients, EditClients, EditForms, EditPurposes, Origin,
        Permit, RightType,
    },
    client::{BuiltinField, ClientInput, ClientKind},
    consent::{Channel, Language, LawfulBasis, NewPurpose, PurposeInput},
    custom_field::{CustomValues, FieldKind},
    field_ref::FieldRef,
    form::{ConsentItem, FormField, FormFieldKind},
    form_templates::FormTemplate,
    id::{ClientId, FieldId, PurposeId, WordingId},
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
    let fields = make_fields(ctx).await?;
    let company = Company::found(ctx, &fields).await?;
    let (newsletter, newsletter_text) = make_purpose(
        ctx,
        "Newsletter",
        true,
        &[Channel::Email, Channel::Sms],
        "Zgadzam się na otrzymywanie informacji handlowych od Przykładowej Spółki z o.o. wskazanym kanałem. \
         Zgodę mogę wycofać w każdej chwili.",
    )
    .await?;
    let (processing, processing_text) = make_purpose(
        ctx,
        "Odpowiedź na zapytanie",
        false,
        &[Channel::General],
        "Zgadzam się na przetwarzanie moich danych przez Przykładową Spółkę z o.o. w celu odpowiedzi na zapytanie.",
    )
    .await?;
    let public_id = make_form(ctx, &fields, (processing, processing_text), (newsletter, newsletter_text)).await?;
    make_newsletter_form(ctx, (newsletter, newsletter_text)).await?;
    let form = published_forms::open(ctx, &public_id).await?;

    let version = form.version.id;
    stream::iter(0..count)
        .map(|n| {
            let (fields, form, company) = (&fields, form.as_ref(), &company);
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
                    Some(clients::create(ctx, &permit, &person(n), &custom(n, fields), None).await?)
                };
                assign(ctx, client, company.assignment(n)).await
            }
        })
        .buffer_unordered(TOGETHER)
        .try_collect::<()>()
        .await?;
    withdraw_some(ctx, newsletter, count).await?;
    ctx.db.analyze().await?;
    Ok(company.logins)
}

/// Gives a card that was just made to whom it belongs.
async fn assign(ctx: &Ctx, client: Option<ClientId>, assignment: Assignment) -> Result<(), AppError> {
    match client.filter(|_| assignment != Assignment::default()) {
        Some(client) => clients::assign(ctx, &permit::<AssignClients>()?, client, 1, assignment).await,
        None => Ok(()),
    }
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

async fn make_purpose(
    ctx: &Ctx,
    name: &str,
    is_marketing: bool,
    channels: &[Channel],
    text: &str,
) -> Result<(PurposeId, WordingId), AppError> {
    let permit = permit::<EditPurposes>()?;
    let new = NewPurpose::parse(PurposeInput {
        name,
        basis: LawfulBasis::Consent,
        is_marketing,
        channels,
        validity_days: None,
        parent_id: None,
        double_opt_in: false,
    })?;
    let purpose = consents::create_purpose(ctx, &permit, new, None).await?;
    let wording = consents::create_wording(ctx, &permit, purpose, Language::Pl, None, text, None).await?;
    Ok((purpose, wording))
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

async fn make_form(
    ctx: &Ctx,
    fields: &Fields,
    processing: (PurposeId, WordingId),
    newsletter: (PurposeId, WordingId),
) -> Result<String, AppError> {
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
    definition.fields.push(consent_field("processing", "Odpowiedź na zapytanie", Channel::General, processing));
    definition.fields.push(consent_field("newsletter", "Newsletter e-mailem", Channel::Email, newsletter));
    publish(ctx, &permit, id, "Formularz kontaktowy", &definition).await
}

async fn make_newsletter_form(ctx: &Ctx, newsletter: (PurposeId, WordingId)) -> Result<String, AppError> {
    let permit = permit::<EditForms>()?;
    let id = forms::create(ctx, &permit, "Zapis na newsletter", FormTemplate::Newsletter, Language::Pl, None).await?;
    let mut definition = FormTemplate::Newsletter.definition("Zapisz się na newsletter", Language::Pl);
    definition.fields.push(consent_field("newsletter", "Newsletter e-mailem", Channel::Email, newsletter));
    definition.fields.push(consent_field("newsletter_sms", "Nowości SMS-em", Channel::Sms, newsletter));
    publish(ctx, &permit, id, "Zapis na newsletter", &definition).await
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
