//! Exports of clients: what is in the file, who gets it and for how long, and what a broken one is worth.

use crate::{code, complaint};
use chrono::TimeDelta;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use zgoda_api_types::{
    accounts::SignIn,
    clients::{ClientBody, ClientRow, FilterCondition, Reason, SearchClients, Sort},
    consents::RecordConsent,
    custom_fields::CreateCustomField,
    jobs::{BulkRight, ExportMany, Job, MatchingClients, PreviewBulk, SomeClients},
    problem::ProblemCode,
    staff::RoleBody,
    tags::{ClientTags, TagBody},
};
use zgoda_app::{Clock, work};
use zgoda_client::{Api, ApiError, AuditSearch};
use zgoda_domain::{
    Rule,
    access::{
        Assignment, FieldRestriction, Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    audit::Action,
    client::{BuiltinField, ClientDetails, ClientInput},
    consent::{Channel, Language},
    custom_field::{CustomValues, FieldKind},
    export::{ExportFormat, MASK, MOST_ROWS, ROWS_COUNTED_WITHIN},
    field_ref::FieldRef,
    id::{ClientId, FieldId, JobId, RoleId, TagId},
    job::{FileLoss, JobKind, JobProblem, JobState},
    list::{Direction, ListColumn, Operator},
    recorded::{Decision, RecordMethod},
    sheet::{Delimiter, ReadAs, SheetLine},
    tag::TagColour,
};
use zgoda_persistence::{
    clients::{self as stored, CardContent},
    custom_fields,
};
use zgoda_test_support::{PASSWORD, TestApp, on_both_databases};

/// Works until nothing waits.
async fn work(app: &TestApp) {
    while work::step(&app.ctx).await.unwrap() {}
}

const fn builtin(field: BuiltinField) -> ListColumn {
    ListColumn::Field(FieldRef::Builtin(field))
}

const fn custom(field: FieldId) -> ListColumn {
    ListColumn::Field(FieldRef::Custom(field))
}

fn all(columns: Vec<ListColumn>, format: ExportFormat) -> ExportMany {
    ExportMany {
        clients: SomeClients::Matching(MatchingClients::default()),
        sort: None,
        columns,
        format,
        delimiter: None,
        language: None,
        reason: None,
    }
}

fn names() -> ExportMany {
    all(vec![builtin(BuiltinField::Name)], ExportFormat::Csv)
}

async fn export(api: &Api, body: &ExportMany) -> JobId {
    JobId::from_uuid(api.export_clients(body, None).await.unwrap().id)
}

/// The rows of a finished export, its head first.
async fn rows(api: &Api, job: JobId) -> Vec<Vec<String>> {
    read(&api.job_file(job).await.unwrap().bytes)
}

/// As an import would read them.
fn read(file: &[u8]) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    zgoda_sheets::read(file, ReadAs::default(), &mut out).unwrap();
    let lines = out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .filter_map(|line| match serde_json::from_slice(line).unwrap() {
            SheetLine::Row(row) => Some(row),
            SheetLine::Refused(refusal) => panic!("{refusal:?}"),
            SheetLine::Book(_) | SheetLine::End => None,
        })
        .collect()
}

async fn field(api: &Api, name: &str, kind: FieldKind, options: &[&str]) -> FieldId {
    let options = options.iter().map(|text| (*text).to_owned()).collect();
    let body = CreateCustomField { name: name.into(), kind, options, sensitive: false };
    FieldId::from_uuid(api.create_custom_field(&body, None).await.unwrap().id)
}

async fn client(api: &Api, details: ClientInput, custom: CustomValues) -> ClientId {
    ClientId::from_uuid(api.create_client(&ClientBody { details, custom }, None).await.unwrap().id)
}

fn named(name: &str) -> ClientInput {
    ClientInput { name: Some(name.into()), ..ClientInput::default() }
}

/// Many clients, straight into the database, in the order of their names.
async fn many(app: &TestApp, count: usize) -> Vec<ClientId> {
    many_with(app, count, &CustomValues::new()).await
}

/// Many clients whose texts are so long that an export of them, which comes along, takes several steps.
async fn many_long(app: &TestApp, owner: &Api, count: usize) -> (Vec<ClientId>, ExportMany) {
    let notes = field(owner, "Notatki", FieldKind::LongText, &[]).await;
    let ids = many_with(app, count, &CustomValues::from([(notes, json!("n".repeat(LONG)))])).await;
    (ids, long_texts(notes))
}

/// Characters of the longest of these texts.
const LONG: usize = 6_000;

async fn many_with(app: &TestApp, count: usize, custom: &CustomValues) -> Vec<ClientId> {
    let fields = custom_fields::live(&app.ctx.db.read()).await.unwrap();
    let now = app.ctx.now();
    let mut ids = Vec::with_capacity(count);
    for some in (0..count).collect::<Vec<_>>().chunks(250) {
        let tx = app.ctx.db.begin().await.unwrap();
        for at in some {
            let long = |letter: &str| Some(letter.repeat(250));
            let input = ClientInput {
                position: long("s"),
                street: long("u"),
                city: long("m"),
                post_code: long("k"),
                external_id: long("i"),
                ..named(&format!("Osoba {at:05}"))
            };
            let details = ClientDetails::parse(&input).unwrap();
            let id = ClientId::generate(now, app.ctx.entropy());
            let content = CardContent { details: &details, custom };
            stored::insert(&tx, id, content, &fields, Assignment::default(), now).unwrap();
            ids.push(id);
        }
        tx.commit_unaudited("a test").await.unwrap();
    }
    ids
}

fn long_texts(notes: FieldId) -> ExportMany {
    let columns = [
        BuiltinField::Name,
        BuiltinField::Position,
        BuiltinField::Street,
        BuiltinField::City,
        BuiltinField::PostCode,
        BuiltinField::ExternalId,
    ];
    let columns = columns.map(builtin).into_iter().chain([custom(notes)]).collect();
    ExportMany { reason: Some("Przegląd roczny".into()), ..all(columns, ExportFormat::Csv) }
}

async fn job(api: &Api, id: JobId) -> Job {
    api.job(id).await.unwrap()
}

/// Of files of exports nothing is left.
async fn nothing_left(app: &TestApp) -> bool {
    app.rows("files").await + app.rows("file_chunks").await == 0
}

async fn sql(app: &TestApp, sql: &str) {
    app.connection().execute_unprepared(sql).await.unwrap();
}

/// A role like the owner's, but for what `change` says.
fn like_owner(change: impl Fn(&mut RoleDefinition)) -> RoleDefinition {
    let mut definition = RoleTemplate::Owner.definition();
    definition.rights.remove(&Right::AdministerOwners);
    change(&mut definition);
    definition
}

async fn redefine(owner: &Api, role: RoleId, definition: RoleDefinition) {
    let roles = owner.roles().await.unwrap();
    let version = roles.iter().find(|known| known.id == role).unwrap().version;
    let body = RoleBody { name: "eksporter".into(), parent_id: None, definition };
    owner.change_role(role, version, &body).await.unwrap();
}

/// A cell as somebody would write it who reads the row of the list in Polish.
fn shown(row: &ClientRow, column: ListColumn, kind: FieldKind) -> String {
    let moment = |at: chrono::DateTime<chrono::Utc>| {
        at.with_timezone(&chrono_tz::Tz::Europe__Warsaw).format("%Y-%m-%d %H:%M:%S").to_string()
    };
    match column {
        ListColumn::Field(field) if row.masked.contains(&field) => MASK.to_owned(),
        ListColumn::Field(FieldRef::Builtin(field)) => match field {
            BuiltinField::Name => row.name.clone(),
            BuiltinField::Email => row.email.clone().unwrap_or_default(),
            // What looks like a formula is marked.
            BuiltinField::Phone => row.phone.clone().map(|phone| format!("'{phone}")).unwrap_or_default(),
            BuiltinField::City => row.city.clone().unwrap_or_default(),
            BuiltinField::CreatedAt => moment(row.created_at),
            other => panic!("{other:?}"),
        },
        ListColumn::Field(FieldRef::Custom(id)) => match (kind, row.custom.get(&id)) {
            (FieldKind::Checkbox, value) => if value == Some(&json!(true)) { "Tak" } else { "Nie" }.to_owned(),
            (FieldKind::Consent, Some(value)) if value == "given" => "Udzielona".to_owned(),
            (FieldKind::Consent, Some(value)) if value == "refused" => "Odmówiona".to_owned(),
            (FieldKind::Consent, None) => "Brak".to_owned(),
            (_, None) => String::new(),
            (FieldKind::Decimal, Some(Value::String(number))) => number.replace('.', ","),
            (FieldKind::Datetime, Some(Value::String(text))) => moment(text.parse().unwrap()),
            (FieldKind::MultiSelect, Some(Value::Array(items))) => {
                items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(", ")
            }
            (_, Some(Value::String(text))) => text.clone(),
            (_, Some(other)) => other.to_string(),
        },
        ListColumn::Owner => if row.assignment.owner_id.is_some() { "Wanda Właściciel" } else { "" }.to_owned(),
        ListColumn::Department => String::new(),
        ListColumn::Tags => if row.tags.is_empty() { "" } else { "Targi, VIP" }.to_owned(),
    }
}

/// Whether a job's file can be had, and why not.
fn left(job: &Job) -> (bool, Option<FileLoss>) {
    (job.file_until.is_some(), job.file_loss)
}

on_both_databases! {
    async fn a_consents_column_says_its_channel_in_words(app: TestApp) {
        let owner = app.owner().await;
        crate::recorded::purpose(&owner, "Newsletter", &[Channel::Phone, Channel::Post], None).await;
        client(&owner, named("Żaneta Łoś"), CustomValues::new()).await;
        let fields = owner.custom_fields().await.unwrap();
        let columns: Vec<ListColumn> = fields.iter().map(|field| custom(field.id)).collect();
        for (language, heads) in [
            (Language::Pl, ["Newsletter (telefon)", "Newsletter (poczta)"]),
            (Language::En, ["Newsletter (phone)", "Newsletter (post)"]),
        ] {
            let look = ExportMany { language: Some(language), ..all(columns.clone(), ExportFormat::Csv) };
            let made = export(&owner, &look).await;
            work(&app).await;
            assert_eq!(rows(&owner, made).await[0], heads);
        }
    }

    async fn a_file_tells_what_the_list_shows_its_maker(app: TestApp) {
        let owner = app.owner().await;
        let (purpose, _) = app.purpose(&owner).await;
        let kinds = [
            ("Umowa", FieldKind::Checkbox, json!(true)),
            ("Punkty", FieldKind::Integer, json!(-5)),
            ("Saldo", FieldKind::Decimal, json!("-12.5")),
            ("Klient od", FieldKind::Date, json!("2024-02-29")),
            ("Spotkanie", FieldKind::Datetime, json!("2026-05-01T22:30:00Z")),
            ("=Uwagi", FieldKind::LongText, json!("dwie\nlinie; \"cudzysłów\"")),
            ("Segment", FieldKind::MultiSelect, json!(["A", "B"])),
            ("Tajne", FieldKind::ShortText, json!("sekret")),
        ];
        let (mut columns, mut of_kind) = (vec![builtin(BuiltinField::Name)], vec![FieldKind::ShortText]);
        let mut values = CustomValues::new();
        for (name, kind, value) in &kinds {
            let options: &[&str] = if *kind == FieldKind::MultiSelect { &["A", "B"] } else { &[] };
            let id = field(&owner, name, *kind, options).await;
            columns.push(custom(id));
            of_kind.push(*kind);
            values.insert(id, value.clone());
        }
        let secret = columns[8];
        let consent = owner.custom_fields().await.unwrap().into_iter().find(|field| field.kind == FieldKind::Consent).unwrap().id;
        columns.push(custom(consent));
        of_kind.push(FieldKind::Consent);
        for more in [
            builtin(BuiltinField::Email), builtin(BuiltinField::Phone), builtin(BuiltinField::City),
            builtin(BuiltinField::CreatedAt), ListColumn::Owner, ListColumn::Department, ListColumn::Tags,
        ] {
            columns.push(more);
            of_kind.push(FieldKind::ShortText);
        }
        let full = ClientInput {
            email: Some("zaneta@example.com".into()),
            phone: Some("+48 600 100 200".into()),
            city: Some("Łódź".into()),
            ..named("Żaneta Łoś")
        };
        let zaneta = client(&owner, full, values).await;
        client(&owner, named("Adam Pusty"), CustomValues::new()).await;
        let refusal = RecordConsent {
            purpose_id: purpose,
            channel: Channel::Email,
            decision: Decision::Refused,
            method: RecordMethod::Phone,
            given_on: "2026-01-02".into(),
            wording_id: None,
            note: None,
            file_id: None,
        };
        owner.record_consent(zaneta, &refusal, None).await.unwrap();
        let mut tags = Vec::new();
        for name in ["VIP", "Targi"] {
            tags.push(TagId::from_uuid(owner.create_tag(&TagBody { name: name.into(), colour: TagColour::Teal }, None).await.unwrap().id));
        }
        let version = owner.client(zaneta).await.unwrap().version;
        owner.set_client_tags(zaneta, version, &ClientTags { tags }).await.unwrap();

        let ListColumn::Field(hidden) = secret else { panic!() };
        let masks = like_owner(|role| {
            role.fields.insert(FieldRef::Builtin(BuiltinField::Email), FieldRestriction::Masked);
            role.fields.insert(hidden, FieldRestriction::Masked);
        });
        let role = app.role(&owner, "eksporter", masks).await;
        let sonia = app.member("Sonia", role).await;
        for api in [&owner, &sonia] {
            let search = SearchClients { columns: Some(columns.clone()), ..SearchClients::default() };
            let list = api.search_clients(&search).await.unwrap().items;
            let expected: Vec<Vec<String>> = list
                .iter()
                .map(|row| columns.iter().zip(&of_kind).map(|(column, kind)| shown(row, *column, *kind)).collect())
                .collect();
            let made = export(api, &all(columns.clone(), ExportFormat::Csv)).await;
            work(&app).await;
            let done = job(api, made).await;
            assert_eq!((done.kind, done.state, done.total, done.done), (JobKind::Export, JobState::Done, 2, 2));
            let found = rows(api, made).await;
            let heads = [
                "Nazwa", "Umowa", "Punkty", "Saldo", "Klient od", "Spotkanie", "'=Uwagi", "Segment", "Tajne",
                "Newsletter", "E-mail", "Telefon", "Miasto", "Dodano", "Opiekun", "Dział", "Tagi",
            ];
            assert_eq!(found[0][..9], heads[..9]);
            assert_eq!(found[0][10..], heads[10..]);
            // Blank cells at the end of a row are not read.
            let padded: Vec<Vec<String>> = found[1..]
                .iter()
                .map(|row| row.iter().cloned().chain(std::iter::repeat(String::new())).take(columns.len()).collect())
                .collect();
            assert_eq!(padded, expected);
        }
        let masked = rows(&sonia, JobId::from_uuid(sonia.jobs(None).await.unwrap().items[0].id.as_uuid())).await;
        assert!(masked[2].iter().filter(|cell| *cell == MASK).count() == 2 && !masked[2].contains(&"sekret".to_owned()));

        // A workbook tells the same, with types instead of marks.
        let made = export(&owner, &ExportMany { language: Some(Language::En), ..all(columns.clone(), ExportFormat::Xlsx) }).await;
        work(&app).await;
        let found = rows(&owner, made).await;
        assert_eq!(found[0][10..13], ["E-mail", "Phone", "City"]);
        assert_eq!(found[2][1..4], ["Yes", "-5", "-12.5"]);
        assert_eq!((found[2][9].as_str(), found[2][11].as_str()), ("Refused", "+48 600 100 200"));
    }

    async fn an_export_takes_its_right_a_fresh_proof_and_a_reason_for_many(app: TestApp) {
        let owner = app.owner().await;
        let without = app.role(&owner, "bez", like_owner(|role| { role.rights.remove(&Right::ExportClients); })).await;
        let sonia = app.member("Sonia", without).await;
        let preview = PreviewBulk { right: BulkRight::Export, clients: SomeClients::Matching(MatchingClients::default()) };
        many(&app, 101).await;
        assert_eq!(code(sonia.export_clients(&names(), None).await), ProblemCode::NotAllowed);
        assert_eq!(code(sonia.preview_bulk(&preview).await), ProblemCode::NotAllowed);
        let seen = owner.preview_bulk(&preview).await.unwrap();
        assert_eq!((seen.count, seen.undoable), (101, false));

        assert_eq!(complaint(owner.export_clients(&names(), None).await), ("/reason".to_owned(), Rule::Required));
        let blank = ExportMany { reason: Some(" \n".into()), ..names() };
        assert_eq!(complaint(owner.export_clients(&blank, None).await), ("/reason".to_owned(), Rule::Required));
        for (columns, at, rule) in [
            (vec![], "/columns", Rule::Required),
            (vec![builtin(BuiltinField::Pesel)], "/columns/0", Rule::WrongKind),
            (vec![builtin(BuiltinField::Name), builtin(BuiltinField::Name)], "/columns/1", Rule::Duplicate),
            (vec![custom(FieldId::generate(app.ctx.now(), app.ctx.entropy()))], "/columns/0", Rule::Unknown),
        ] {
            let body = ExportMany { reason: Some("Kontrola".into()), ..all(columns, ExportFormat::Csv) };
            assert_eq!(complaint(owner.export_clients(&body, None).await), (at.to_owned(), rule));
        }
        let by_sealed = Sort { field: FieldRef::Builtin(BuiltinField::Pesel), direction: Direction::Asc };
        let body = ExportMany { sort: Some(by_sealed), reason: Some("Kontrola".into()), ..names() };
        assert_eq!(complaint(owner.export_clients(&body, None).await), ("/sort/field".to_owned(), Rule::WrongKind));

        // Nobody exports or orders by what they do not see.
        let hides = app.role(&owner, "ukryte", like_owner(|role| {
            role.fields.insert(FieldRef::Builtin(BuiltinField::Email), FieldRestriction::Hidden);
            role.fields.insert(FieldRef::Builtin(BuiltinField::City), FieldRestriction::Masked);
        })).await;
        let hana = app.member("Hana", hides).await;
        let body = ExportMany { reason: Some("Kontrola".into()), ..all(vec![builtin(BuiltinField::Email)], ExportFormat::Csv) };
        assert_eq!(complaint(hana.export_clients(&body, None).await), ("/columns/0".to_owned(), Rule::Unknown));
        let by_masked = Sort { field: FieldRef::Builtin(BuiltinField::City), direction: Direction::Asc };
        let body = ExportMany { sort: Some(by_masked), reason: Some("Kontrola".into()), ..names() };
        assert_eq!(complaint(hana.export_clients(&body, None).await), ("/sort/field".to_owned(), Rule::NotShown));

        let reasoned = ExportMany { reason: Some("Kontrola UODO".into()), ..names() };
        for _ in 0..5 {
            export(&owner, &reasoned).await;
        }
        assert_eq!(code(owner.export_clients(&reasoned, None).await), ProblemCode::TooManyRequests);
        // Others are not held up.
        export(&hana, &reasoned).await;
        app.clock.advance(TimeDelta::minutes(6));
        assert_eq!(code(hana.export_clients(&reasoned, None).await), ProblemCode::StepUpNeeded);
        assert_eq!(app.rows("jobs").await, 6);
    }

    async fn an_account_takes_out_so_many_rows_a_day(app: TestApp) {
        let owner = app.owner().await;
        let role = app.role(&owner, "eksporter", like_owner(|_| {})).await;
        let sonia = app.member("Sonia", role).await;
        many(&app, 101).await;
        let body = ExportMany { reason: Some("Kontrola UODO".into()), ..names() };
        // What was stopped left no file.
        let stopped = export(&sonia, &body).await;
        sonia.cancel_job(stopped).await.unwrap();
        work(&app).await;
        let before = app.clock.now();
        let made = export(&sonia, &body).await;
        work(&app).await;
        // As if there had been many more.
        sql(&app, &format!("update jobs set total = {}", MOST_ROWS - 101)).await;
        export(&sonia, &body).await;
        work(&app).await;
        app.clock.advance(TimeDelta::minutes(1));
        let refused = match sonia.export_clients(&body, None).await {
            Err(ApiError::Problem(problem)) => problem,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused.code, ProblemCode::ExportBudgetSpent);
        let late = refused.again_at.unwrap() - before - ROWS_COUNTED_WITHIN;
        assert!(late.abs() < TimeDelta::seconds(1), "when the first one is a day old: {late}");
        assert_eq!(app.rows("jobs").await, 3);
        let search = AuditSearch { action: Some(Action::ClientsExportRefused), ..AuditSearch::default() };
        let told = owner.search_audit_events(search, None).await.unwrap().items;
        assert_eq!(told.len(), 1);
        let told = owner.audit_event(told[0].id).await.unwrap().changes;
        let value = |name: &str| told.iter().find(|change| change.field == name).map(|change| change.after.clone());
        assert_eq!((value("count"), value("rows")), (Some(json!(101)), Some(json!(MOST_ROWS))));
        // Others, and what is already made, are not held up.
        export(&owner, &body).await;
        assert!(sonia.job_file(made).await.is_ok());
        app.clock.advance(ROWS_COUNTED_WITHIN - TimeDelta::minutes(1) + TimeDelta::seconds(1));
        let sonia = app.visitor();
        sonia.sign_in(&SignIn { email: "sonia@example.com".into(), password: PASSWORD.into() }).await.unwrap();
        export(&sonia, &body).await;
    }

    async fn the_log_says_who_took_out_how_many_and_why(app: TestApp) {
        let owner = app.owner().await;
        let ids = many(&app, 101).await;
        let condition = FilterCondition { field: FieldRef::Builtin(BuiltinField::Name), operator: Operator::Gte, value: json!("Osoba") };
        let body = ExportMany {
            clients: SomeClients::Matching(MatchingClients { filter: vec![condition], query: Some("nazwa ~ sob".into()) }),
            reason: Some("Kontrola UODO".into()),
            ..names()
        };
        let again = async || owner.export_clients(&body, Some("raz")).await.unwrap().id;
        let made = again().await;
        assert_eq!(again().await, made, "a repeated request asks for no other file");
        work(&app).await;
        owner.job_file(JobId::from_uuid(made)).await.unwrap();
        let events = async |action| {
            let search = AuditSearch { action: Some(action), ..AuditSearch::default() };
            owner.search_audit_events(search, None).await.unwrap().items
        };
        let exported = events(Action::ClientsExported).await;
        assert_eq!((exported.len(), exported[0].record_id), (1, Some(made)));
        assert_eq!(exported[0].fields, ["name"]);
        assert!(exported[0].ip.is_some(), "from where it was asked for");
        let told = owner.audit_event(exported[0].id).await.unwrap().changes;
        let value = |name: &str| told.iter().find(|change| change.field == name).map(|change| change.after.clone()).unwrap_or_default();
        assert_eq!((value("count"), value("reason"), value("format")), (json!(101), json!("Kontrola UODO"), json!("csv")));
        assert_eq!(value("clients"), json!({ "filter": ["name gte", "name contains"] }), "what was searched for can name people");
        assert_eq!(events(Action::FileOpened).await.len(), 1);
        assert_eq!(events(Action::JobFinished).await.len(), 1);

        // Chosen one by one, in the list's order.
        let last = Sort { field: FieldRef::Builtin(BuiltinField::Name), direction: Direction::Desc };
        let chosen = ExportMany { clients: SomeClients::Ids(vec![ids[3], ids[50], ids[7]]), sort: Some(last), ..names() };
        let made = export(&owner, &chosen).await;
        work(&app).await;
        assert_eq!(rows(&owner, made).await.concat(), ["Nazwa", "Osoba 00050", "Osoba 00007", "Osoba 00003"]);
    }

    async fn thousands_of_rows_go_through_several_steps_in_both_formats(app: TestApp) {
        let owner = app.owner().await;
        let (_, long) = many_long(&app, &owner, 1_200).await;
        for format in [ExportFormat::Csv, ExportFormat::Xlsx] {
            let made = export(&owner, &ExportMany { format, ..long.clone() }).await;
            assert!(work::step(&app.ctx).await.unwrap());
            let half = job(&owner, made).await;
            if format == ExportFormat::Csv {
                assert!(half.state == JobState::Running && half.done >= 400 && half.file_until.is_none());
                assert_eq!(code(owner.job_file(made).await), ProblemCode::NotFound, "half a file is none");
            }
            work(&app).await;
            let done = job(&owner, made).await;
            assert_eq!((done.state, done.done, done.total), (JobState::Done, 1_200, 1_200));
            let found = rows(&owner, made).await;
            assert_eq!(found.len(), 1_201);
            for (at, row) in found[1..].iter().enumerate() {
                assert_eq!(row[0], format!("Osoba {at:05}"));
                assert_eq!(row.iter().skip(1).map(String::len).collect::<Vec<_>>(), [250, 250, 250, 250, 250, LONG]);
            }
        }
        assert!(app.rows("file_chunks").await > 3);
        // Nothing of it can be read in the database.
        let stored = crate::sealing::stored(&app, &["files", "file_chunks", "jobs"]).await;
        // As text, and as the databases print bytes.
        let hex: String = "Osoba".bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!stored.contains("Osoba") && !stored.to_lowercase().contains(&hex));
    }

    async fn a_file_is_its_makers_alone_and_for_a_day(app: TestApp) {
        let owner = app.owner().await;
        app.client(&owner, "Ada").await;
        let role = app.role(&owner, "eksporter", like_owner(|_| {})).await;
        let sonia = app.member("Sonia", role).await;
        let made = export(&sonia, &names()).await;
        work(&app).await;
        let file = sonia.job_file(made).await.unwrap();
        assert!(file.file_name.starts_with("klienci-") && file.file_name.ends_with(".csv"), "{}", file.file_name);
        assert_eq!(read(&file.bytes).concat(), ["Nazwa", "Ada"]);
        assert_eq!(code(owner.job_file(made).await), ProblemCode::NotFound);
        assert_eq!(code(app.visitor().job_file(made).await), ProblemCode::SignInNeeded);

        let headers = {
            let cookie = format!("__Host-zgoda-access={}", sonia.cookie("__Host-zgoda-access").unwrap());
            let url = format!("{}/api/v1/jobs/{made}/file", app.base);
            let answer = reqwest::Client::new().get(url).header("Cookie", cookie).send().await.unwrap();
            answer.headers().clone()
        };
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["content-length"], file.bytes.len().to_string());
        assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment; "));
        assert_eq!(headers["content-type"], "text/csv; charset=utf-8");

        // Whoever sees less or more than when it was made asks anew.
        redefine(&owner, role, like_owner(|role| { role.rights.remove(&Right::ExportClients); })).await;
        assert_eq!(code(sonia.job_file(made).await), ProblemCode::NotFound);
        assert_eq!(left(&job(&sonia, made).await), (false, Some(FileLoss::RightsChanged)));
        redefine(&owner, role, like_owner(|role| { role.rights.insert(Right::ExportClients, Scope::Own); })).await;
        assert_eq!(code(sonia.job_file(made).await), ProblemCode::NotFound);
        redefine(&owner, role, like_owner(|_| {})).await;
        assert!(sonia.job_file(made).await.is_ok());
        assert_eq!(left(&job(&sonia, made).await), (true, None));

        app.clock.advance(TimeDelta::hours(24) + TimeDelta::seconds(1));
        // The session ended meanwhile.
        let sonia = app.visitor();
        sonia.sign_in(&SignIn { email: "sonia@example.com".into(), password: PASSWORD.into() }).await.unwrap();
        assert_eq!(code(sonia.job_file(made).await), ProblemCode::NotFound);
        assert_eq!(left(&job(&sonia, made).await), (false, Some(FileLoss::Expired)));
        zgoda_app::jobs::tidy(&app.ctx).await.unwrap();
        assert!(nothing_left(&app).await);
    }

    async fn a_piece_that_is_not_what_it_should_be_ends_the_file(app: TestApp) {
        let owner = app.owner().await;
        let (_, long) = many_long(&app, &owner, 1_200).await;
        let made = export(&owner, &long).await;
        work(&app).await;
        let whole = owner.job_file(made).await.unwrap().bytes;
        let pieces = app.rows("file_chunks").await;
        assert!(pieces >= 3);
        // Each of these is undone by itself, so that the next begins with a sound file.
        let length = if app.ctx.db.is_sqlite() { "substr(content, 1, length(content) - 1)" } else { "substring(content from 1 for length(content) - 1)" };
        let (cut, kept) = (format!("update file_chunks set content = {length} where number = 1"), "create table kept_chunks as select * from file_chunks");
        sql(&app, kept).await;
        let last = pieces - 1;
        for damage in [
            // Out of order.
            "update file_chunks set number = 100 where number = 0; update file_chunks set number = 0 where number = 1; update file_chunks set number = 1 where number = 100".to_owned(),
            // One in another's place.
            "update file_chunks set content = (select content from kept_chunks where number = 0) where number = 1".to_owned(),
            // One is missing, the last, or the first.
            format!("delete from file_chunks where number = {last}"),
            "delete from file_chunks where number = 0".to_owned(),
            // A byte less.
            cut,
        ] {
            for statement in damage.split("; ") {
                sql(&app, statement).await;
            }
            assert!(owner.job_file(made).await.is_err(), "{damage}");
            sql(&app, "delete from file_chunks").await;
            sql(&app, "insert into file_chunks select * from kept_chunks").await;
            assert_eq!(owner.job_file(made).await.unwrap().bytes, whole);
        }
        sql(&app, "drop table kept_chunks").await;
    }

    async fn a_stopped_export_leaves_no_file(app: TestApp) {
        let owner = app.owner().await;
        let (_, long) = many_long(&app, &owner, 1_200).await;
        let made = export(&owner, &long).await;
        assert!(work::step(&app.ctx).await.unwrap());
        assert!(!nothing_left(&app).await);
        owner.cancel_job(made).await.unwrap();
        work(&app).await;
        assert_eq!(job(&owner, made).await.state, JobState::Cancelled);
        assert!(nothing_left(&app).await);
        assert_eq!(code(owner.job_file(made).await), ProblemCode::NotFound);
    }

    async fn an_export_follows_what_its_maker_may_now(app: TestApp) {
        let owner = app.owner().await;
        let (_, long) = many_long(&app, &owner, 1_200).await;
        let role = app.role(&owner, "eksporter", like_owner(|_| {})).await;
        let sonia = app.member("Sonia", role).await;

        // The right is gone after the first piece: nothing is left of it.
        let made = export(&sonia, &long).await;
        assert!(work::step(&app.ctx).await.unwrap());
        redefine(&owner, role, like_owner(|role| { role.rights.remove(&Right::ExportClients); })).await;
        work(&app).await;
        let stopped = job(&sonia, made).await;
        assert_eq!((stopped.state, stopped.problem), (JobState::Failed, Some(JobProblem::RightsGone)));
        assert!(nothing_left(&app).await);

        // She sees less: the file begins anew, and tells nothing that she does not see.
        redefine(&owner, role, like_owner(|_| {})).await;
        let made = export(&sonia, &long).await;
        assert!(work::step(&app.ctx).await.unwrap());
        redefine(&owner, role, like_owner(|role| { role.fields.insert(FieldRef::Builtin(BuiltinField::City), FieldRestriction::Masked); })).await;
        work(&app).await;
        let done = job(&sonia, made).await;
        assert_eq!((done.state, done.done, done.total), (JobState::Done, 1_200, 1_200));
        let found = rows(&sonia, made).await;
        assert!(found.len() == 1_201 && found[1..].iter().all(|row| row[3] == MASK));

        // The column is hidden from her now.
        let made = export(&sonia, &long).await;
        redefine(&owner, role, like_owner(|role| { role.fields.insert(FieldRef::Builtin(BuiltinField::City), FieldRestriction::Hidden); })).await;
        work(&app).await;
        assert_eq!(job(&sonia, made).await.problem, Some(JobProblem::RightsGone));
    }

    async fn whoever_is_erased_is_in_no_file(app: TestApp) {
        let owner = app.owner().await;
        let (ids, long) = many_long(&app, &owner, 1_200).await;
        let made = export(&owner, &long).await;
        assert!(work::step(&app.ctx).await.unwrap());
        // Already written down.
        owner.delete_client(ids[5], 1).await.unwrap();
        assert!(nothing_left(&app).await, "at once");
        work(&app).await;
        let done = job(&owner, made).await;
        assert_eq!((done.state, done.done, done.total), (JobState::Done, 1_199, 1_199));
        let found = rows(&owner, made).await;
        assert!(found.len() == 1_200 && found.iter().all(|row| row[0] != "Osoba 00005"));

        // From a whole file too; one that does not tell of the person stays.
        let other = ExportMany { clients: SomeClients::Ids(vec![ids[7]]), ..names() };
        let small = export(&owner, &other).await;
        work(&app).await;
        owner.delete_client(ids[1_000], 1).await.unwrap();
        assert_eq!(code(owner.job_file(made).await), ProblemCode::NotFound);
        assert_eq!(left(&job(&owner, made).await), (false, Some(FileLoss::ClientErased)));
        assert_eq!(rows(&owner, small).await.concat(), ["Nazwa", "Osoba 00007"]);
        assert_eq!((app.rows("files").await, app.rows("file_chunks").await), (1, 1));
    }

    async fn cells_that_look_like_formulas_are_text(app: TestApp) {
        let owner = app.owner().await;
        let risky = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "'=1", "a=1"];
        for name in risky {
            client(&owner, named(name), CustomValues::new()).await;
        }
        for format in [ExportFormat::Csv, ExportFormat::Xlsx] {
            let made = export(&owner, &ExportMany { delimiter: Some(Delimiter::Comma), ..all(vec![builtin(BuiltinField::Name)], format) }).await;
            work(&app).await;
            let mut found = rows(&owner, made).await.concat();
            found.remove(0);
            found.sort_unstable();
            let mut expected: Vec<String> = match format {
                ExportFormat::Csv => ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'＝1", "''=1", "a=1"].map(str::to_owned).to_vec(),
                ExportFormat::Xlsx => risky.map(str::to_owned).to_vec(),
            };
            expected.sort_unstable();
            assert_eq!(found, expected);
        }
    }

    async fn a_program_exports_with_its_key(app: TestApp) {
        let owner = app.owner().await;
        app.client(&owner, "Ada").await;
        let rights = [(Right::ViewClients, Scope::All), (Right::ExportClients, Scope::All)];
        let mut programs = Vec::new();
        for _ in 0..2 {
            let made = owner.create_api_key(&crate::api_keys::key(&app, &rights, &[])).await.unwrap();
            programs.push(Api::with_key(&app.base, &made.key));
        }
        let made = export(&programs[0], &names()).await;
        work(&app).await;
        assert_eq!(rows(&programs[0], made).await.concat(), ["Nazwa", "Ada"]);
        assert_eq!(code(programs[1].job_file(made).await), ProblemCode::NotFound);
    }

    async fn tags_are_masked_until_a_reason_is_given(app: TestApp) {
        let owner = app.owner().await;
        let (ada, _) = (client(&owner, named("Ada"), CustomValues::new()).await, client(&owner, named("Bob"), CustomValues::new()).await);
        let vip = TagId::from_uuid(owner.create_tag(&TagBody { name: "VIP".into(), colour: TagColour::Teal }, None).await.unwrap().id);
        owner.set_client_tags(ada, 1, &ClientTags { tags: vec![vip] }).await.unwrap();
        let role = app.role(&owner, "z powodem", like_owner(|role| role.needs_reason = Some(true))).await;
        let iwona = app.member("Iwona", role).await;
        let columns = vec![builtin(BuiltinField::Name), ListColumn::Tags];
        let search = SearchClients { columns: Some(columns.clone()), ..SearchClients::default() };
        let tags = async |api: &Api| -> Vec<Vec<TagId>> {
            api.search_clients(&search).await.unwrap().items.into_iter().map(|row| row.tags).collect()
        };
        assert_eq!((tags(&owner).await, tags(&iwona).await), (vec![vec![vip], vec![]], vec![vec![], vec![]]));
        for format in [ExportFormat::Csv, ExportFormat::Xlsx] {
            let made = export(&iwona, &all(columns.clone(), format)).await;
            work(&app).await;
            let found = rows(&iwona, made).await;
            assert_eq!(found[1..], [vec!["Ada".to_owned(), MASK.to_owned()], vec!["Bob".to_owned()]]);
        }
        iwona.give_reason(ada, &Reason { reason: "Skarga klientki".into() }).await.unwrap();
        assert_eq!(tags(&iwona).await, [vec![vip], vec![]]);
    }
}
