//! Imports from a file to cards: reading, mapping, checking, correcting, running, reporting, undoing.

use crate::{code, complaint, problem};
use chrono::{NaiveDate, TimeDelta};
use zgoda_api_types::{
    clients::{ClientBody, SearchClients},
    consents::{RecordConsent, WithdrawConsent},
    custom_fields::CreateCustomField,
    imports::{FixRow, Import, RowsWanted, RunImport, StartImport},
    jobs::{DeleteMany, Job, SomeClients},
    problem::ProblemCode,
    staff::RoleBody,
    tags::TagBody,
};
use zgoda_app::{jobs, work};
use zgoda_client::{Api, ApiError, Versioned};
use zgoda_domain::{
    Rule,
    access::{
        FieldRestriction, Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    audit::Action,
    client::{BuiltinField, ClientInput, ClientKind},
    consent::{Channel, ConsentStatus, EvidenceGrade, Language},
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{ClientId, FieldId, ImportId, JobId, TagId},
    import::{
        ColumnTarget, ConsentColumn, DuplicateStrategy, ImportSettings, ImportState, MAX_OPEN, MatchBy, PART_BYTES,
        RowOutcome,
    },
    job::{JobFailure, JobKind, JobProblem, JobState},
    recorded::{Decision, RecordMethod},
    sheet::{Delimiter, Encoding, ReadAs, SheetFormat, SheetRefusal},
    tag::TagColour,
};
use zgoda_persistence::imports::{self as stored, Outcome};
use zgoda_test_support::{TestApp, on_both_databases};

async fn work(app: &TestApp) {
    while work::step(&app.ctx).await.unwrap() {}
}

/// Sends a file in its parts.
async fn send(api: &Api, name: &str, content: &[u8]) -> ImportId {
    let body = StartImport { file_name: name.into(), size: content.len() as u64 };
    let id = ImportId::from_uuid(api.start_import(&body, None).await.unwrap().id);
    for (number, part) in (0..).zip(content.chunks(PART_BYTES)) {
        api.send_import_part(id, number, part.to_vec()).await.unwrap();
    }
    id
}

async fn read(api: &Api, name: &str, content: &[u8]) -> Versioned<Import> {
    let id = send(api, name, content).await;
    api.read_import(id, &ReadAs::default()).await.unwrap()
}

/// Settings with what the columns were taken for.
fn settings(import: &Import, strategy: DuplicateStrategy, match_by: Option<MatchBy>) -> ImportSettings {
    ImportSettings {
        header_row: import.header_row,
        columns: import.columns.iter().map(|column| column.target).collect(),
        strategy,
        match_by,
        kind: ClientKind::Person,
        owner_id: None,
        department_id: None,
        tags: vec![],
        source: "Lista uczestników targów".into(),
        obtained_on: NaiveDate::from_ymd_opt(2026, 1, 2).unwrap(),
        lawful_basis: "Prawnie uzasadniony interes".into(),
    }
}

async fn save(api: &Api, import: &Versioned<Import>, settings: &ImportSettings) -> Versioned<Import> {
    api.save_import_settings(import.value.id, import.version, settings).await.unwrap()
}

/// Runs what was checked, to its end.
async fn run(app: &TestApp, api: &Api, import: &Versioned<Import>) -> Job {
    let body = RunImport { leave_out_problems: true };
    let job = JobId::from_uuid(api.run_import(import.value.id, import.version, &body).await.unwrap().id);
    work(app).await;
    api.job(job).await.unwrap()
}

/// From a file of text to the job that is done.
async fn import(
    app: &TestApp,
    api: &Api,
    text: &str,
    strategy: DuplicateStrategy,
    match_by: Option<MatchBy>,
) -> (ImportId, Job) {
    let read = read(api, "klienci.csv", text.as_bytes()).await;
    let saved = save(api, &read, &settings(&read.value, strategy, match_by)).await;
    (read.value.id, run(app, api, &saved).await)
}

async fn outcomes(api: &Api, id: ImportId) -> Vec<(u32, Option<RowOutcome>)> {
    let rows = api.import_rows(id, RowsWanted::All, None).await.unwrap().items;
    rows.into_iter().map(|row| (row.number, row.outcome)).collect()
}

fn failures(job: &Job) -> Vec<(JobFailure, u64)> {
    job.failures.iter().map(|(failure, count)| (*failure, *count)).collect()
}

async fn names(api: &Api) -> Vec<String> {
    let rows = api.search_clients(&SearchClients::default()).await.unwrap().items;
    let mut names: Vec<String> = rows.into_iter().map(|row| row.name).collect();
    names.sort();
    names
}

async fn by_name(api: &Api, name: &str) -> ClientId {
    let rows = api.search_clients(&SearchClients::default()).await.unwrap().items;
    rows.into_iter().find(|row| row.name == name).unwrap().id
}

async fn person(api: &Api, name: &str, email: &str) -> ClientId {
    let details = ClientInput { name: Some(name.into()), email: Some(email.into()), ..ClientInput::default() };
    ClientId::from_uuid(api.create_client(&ClientBody { details, ..ClientBody::default() }, None).await.unwrap().id)
}

const PEOPLE: &str = "Imię i nazwisko;E-mail;Miasto;NIP;Uwagi\n\
    Żaneta Łoś;zaneta@example.com;Łódź;5261040828;\"=HYPERLINK(\"\"x\"\")\"\n\
    Jan Kos;jan@example;Kraków;;\n\
    ;;;;\n\
    Ewa Mróz;ewa@example.com;Gdańsk;123;";

on_both_databases! {
    async fn a_file_becomes_cards_and_the_import_can_be_undone(app: TestApp) {
        let api = app.owner().await;
        let text: Vec<u8> = PEOPLE.as_bytes().to_vec();
        let read = read(&api, "uczestnicy.csv", &text).await;
        let book = read.value.book.clone().unwrap();
        assert_eq!((book.format, book.encoding, book.delimiter), (SheetFormat::Csv, Some(Encoding::Utf8), Some(Delimiter::Semicolon)));
        assert_eq!((read.value.state, read.value.rows, read.value.header_row), (ImportState::Open, 5, 1));
        let columns = &read.value.columns;
        assert_eq!(columns[0].header, "Imię i nazwisko");
        assert_eq!(columns[2].samples, ["Łódź", "Kraków", "Gdańsk"]);
        let targets: Vec<_> = columns.iter().map(|column| column.target).collect();
        use BuiltinField as B;
        let expected = [B::Name, B::Email, B::City, B::Nip, B::Note].map(|field| ColumnTarget::Field(FieldRef::Builtin(field)));
        assert_eq!(targets, expected);

        let saved = save(&api, &read, &settings(&read.value, DuplicateStrategy::Skip, Some(MatchBy::Email))).await;
        let check = saved.value.check.clone().unwrap();
        assert_eq!((check.rows, check.ready, check.problems, check.blank, check.makes), (3, 1, 2, 1, 1));
        assert_eq!(check.faults.len(), 2);
        let faulty = api.import_rows(read.value.id, RowsWanted::Problems, None).await.unwrap().items;
        assert_eq!(faulty.iter().map(|row| row.number).collect::<Vec<_>>(), [3, 5]);
        assert_eq!((faulty[0].problems[0].column, &faulty[0].problems[0].rule), (Some(1), &Rule::Malformed));

        // Nothing runs while rows are wrong, unless they are to be left out.
        let refused = api.run_import(read.value.id, saved.version, &RunImport::default()).await;
        assert_eq!(complaint(refused), ("/leave_out_problems".into(), Rule::Required));
        let fix = FixRow { cells: ["Jan Kos", "jan@example.com", "Kraków"].map(str::to_owned).to_vec(), left_out: false };
        assert_eq!(code(api.fix_import_row(read.value.id, saved.version - 1, 3, &fix).await), ProblemCode::Outdated);
        let fixed = api.fix_import_row(read.value.id, saved.version, 3, &fix).await.unwrap();
        assert_eq!((fixed.value.row.problems.len(), fixed.value.check.ready, fixed.value.check.problems), (0, 2, 1));
        let out = FixRow { cells: faulty[1].cells.clone(), left_out: true };
        let fixed = api.fix_import_row(read.value.id, fixed.version, 5, &out).await.unwrap();
        let check = fixed.value.check;
        assert_eq!((check.ready, check.problems, check.left_out, check.makes, check.faults.len()), (2, 0, 1, 2, 0));

        let job = JobId::from_uuid(api.run_import(read.value.id, fixed.version, &RunImport::default()).await.unwrap().id);
        assert_eq!(code(api.run_import(read.value.id, fixed.version, &RunImport::default()).await), ProblemCode::WrongState);
        assert_eq!(code(api.discard_import(read.value.id).await), ProblemCode::WrongState);
        work(&app).await;
        let done = api.job(job).await.unwrap();
        assert_eq!((done.kind, done.state, done.total, done.done), (JobKind::Import, JobState::Done, 3, 2));
        assert_eq!(failures(&done), [(JobFailure::LeftOut, 1)]);
        assert_eq!(names(&api).await, ["Jan Kos", "Żaneta Łoś"]);
        let zaneta = by_name(&api, "Żaneta Łoś").await;
        let card = api.client(zaneta).await.unwrap();
        assert_eq!((card.version, card.value.details.nip.as_deref()), (1, Some("5261040828")));
        // What looks like a formula is text, here and in the report.
        assert_eq!(card.value.details.note.as_deref(), Some("=HYPERLINK(\"x\")"));
        let origins = api.client_origins(zaneta).await.unwrap();
        assert_eq!((origins.len(), origins[0].made, origins[0].file_name.as_str()), (1, true, "uczestnicy.csv"));
        assert_eq!((origins[0].source.as_str(), origins[0].imported_by.as_deref()), ("Lista uczestników targów", Some("Wanda Właściciel")));
        let history = api.client_history(zaneta, None).await.unwrap().items;
        assert!(history.iter().any(|entry| entry.action == Action::ClientCreated));

        let report = String::from_utf8(api.import_report(read.value.id, Language::Pl).await.unwrap().bytes).unwrap();
        let lines: Vec<&str> = report.trim_start_matches('\u{feff}').lines().collect();
        // As a spreadsheet in Polish opens it.
        assert!(report.starts_with('\u{feff}'));
        assert_eq!(lines[0], "\"wiersz\";\"wynik\";\"powody\";\"klient\";\"Imię i nazwisko\";\"E-mail\";\"Miasto\";\"NIP\";\"Uwagi\"");
        assert_eq!(lines[1], format!("\"2\";\"dodano\";\"\";\"{zaneta}\""));
        assert!(lines[3].starts_with("\"5\";\"pominięto ręcznie\"") && lines[3].contains("Ewa Mróz"), "{}", lines[3]);

        // Undoing deletes cards: somebody who went on with one keeps it.
        let jan = by_name(&api, "Jan Kos").await;
        let card = api.client(jan).await.unwrap();
        let details = ClientInput { city: Some("Kutno".into()), ..card.value.details };
        api.change_client(jan, card.version, &ClientBody { details, ..ClientBody::default() }).await.unwrap();
        let undoing = JobId::from_uuid(api.undo_job(job).await.unwrap().id);
        work(&app).await;
        let undone = api.job(undoing).await.unwrap();
        assert_eq!((undone.state, undone.done, failures(&undone)), (JobState::Done, 1, vec![(JobFailure::Changed, 1)]));
        assert_eq!(names(&api).await, ["Jan Kos"]);
        let kept = api.kept_by_undo(undoing, None).await.unwrap().items;
        assert_eq!((kept.len(), kept[0].name.as_str(), kept[0].reason), (1, "Jan Kos", JobFailure::Changed));
        assert_eq!(app.rows("erased_addresses").await, 0, "who is taken back was never asked to be forgotten");
        assert_eq!(app.rows("client_origins").await, 1);
    }

    async fn a_row_updates_skips_or_makes_as_it_is_told(app: TestApp) {
        let api = app.owner().await;
        let tag = TagId::from_uuid(api.create_tag(&TagBody { name: "Targi".into(), colour: TagColour::Teal }, None).await.unwrap().id);
        let umowa = CreateCustomField { name: "Umowa".into(), kind: FieldKind::Checkbox, ..CreateCustomField::default() };
        let umowa = FieldId::from_uuid(api.create_custom_field(&umowa, None).await.unwrap().id);
        let ewa = person(&api, "Ewa Mróz", "EWA@example.com").await;
        let text = "name,email,city,kind,tagi,Umowa\n\
            ,ewa@example.com,Sopot,firma,targi,tak\n\
            Nowa,nowa@example.com,Hel,,,\n\
            Nowsza,NOWA@example.com,,,,nie\n";

        // Skip: who is there stays, also whom an earlier row made.
        let (id, job) = import(&app, &api, text, DuplicateStrategy::Skip, Some(MatchBy::Email)).await;
        assert_eq!((job.done, failures(&job)), (1, vec![(JobFailure::Known, 2)]));
        use RowOutcome as O;
        assert_eq!(outcomes(&api, id).await, [(2, Some(O::Known)), (3, Some(O::Made)), (4, Some(O::Known))]);
        assert_eq!(api.client(ewa).await.unwrap().version, 1);

        // Update: what the row says, and nothing where it says nothing.
        let (id, job) = import(&app, &api, text, DuplicateStrategy::Update, Some(MatchBy::Email)).await;
        assert_eq!((job.done, job.failed), (3, 0));
        assert_eq!(outcomes(&api, id).await, [(2, Some(O::Updated)), (3, Some(O::Unchanged)), (4, Some(O::Updated))]);
        let card = api.client(ewa).await.unwrap().value;
        assert_eq!((card.details.name.as_deref(), card.details.city.as_deref(), card.details.kind), (Some("Ewa Mróz"), Some("Sopot"), ClientKind::Company));
        assert_eq!((card.tags, card.custom.get(&umowa)), (vec![tag], Some(&serde_json::json!(true))));
        assert_eq!(names(&api).await, ["Ewa Mróz", "Nowsza"]);
        let origins = api.client_origins(ewa).await.unwrap();
        assert_eq!(origins.iter().map(|origin| origin.made).collect::<Vec<_>>(), [false]);

        // Undone, everybody is as before, and nothing says that they came from there.
        api.undo_job(job.id).await.unwrap();
        work(&app).await;
        let card = api.client(ewa).await.unwrap().value;
        assert_eq!((card.details.city, card.details.kind, card.tags.len(), card.custom.len()), (None, ClientKind::Person, 0, 0));
        assert!(api.client_origins(ewa).await.unwrap().is_empty());
        assert_eq!(names(&api).await, ["Ewa Mróz", "Nowa"]);

        // Two rows change one card, one after the other, and are taken back together.
        let twice = "name,email,city\nPierwsza,nowa@example.com,Hel\nDruga,nowa@example.com,Łeba\n";
        let (id, job) = import(&app, &api, twice, DuplicateStrategy::Update, Some(MatchBy::Email)).await;
        assert_eq!(outcomes(&api, id).await, [(2, Some(O::Updated)), (3, Some(O::Updated))]);
        let card = api.client(by_name(&api, "Druga").await).await.unwrap();
        assert_eq!(card.value.details.city.as_deref(), Some("Łeba"));
        let before = card.version;
        let undoing = JobId::from_uuid(api.undo_job(job.id).await.unwrap().id);
        work(&app).await;
        assert_eq!(api.job(undoing).await.unwrap().done, 1);
        let card = api.client(by_name(&api, "Nowa").await).await.unwrap();
        assert_eq!((card.value.details.city.as_deref(), card.version), (Some("Hel"), before + 1));

        // New: every row makes a card.
        let (_, job) = import(&app, &api, text, DuplicateStrategy::New, None).await;
        assert_eq!((job.done, api.search_clients(&SearchClients::default()).await.unwrap().items.len()), (3, 5));
    }

    async fn clients_are_recognised_by_nip_and_by_another_systems_id(app: TestApp) {
        let api = app.owner().await;
        let first = "nazwa firmy;nip;id\nPiekarnia;526-104-08-28;7\nDrukarnia;;8\n";
        import(&app, &api, first, DuplicateStrategy::Skip, Some(MatchBy::Nip)).await;
        let second = "nazwa firmy;nip;id\nPiekarnia Nowa;5261040828;7\nDrukarnia Nowa;;8\n";
        let (_, job) = import(&app, &api, second, DuplicateStrategy::Update, Some(MatchBy::Nip)).await;
        assert_eq!(job.done, 2);
        // Who has no NIP is nobody known.
        assert_eq!(names(&api).await, ["Drukarnia", "Drukarnia Nowa", "Piekarnia Nowa"]);
        let third = "nazwa firmy;nip;id\nPiekarnia trzecia;;7\n";
        import(&app, &api, third, DuplicateStrategy::Update, Some(MatchBy::ExternalId)).await;
        assert_eq!(names(&api).await, ["Drukarnia", "Drukarnia Nowa", "Piekarnia trzecia"]);
    }

    async fn a_claimed_consent_unlocks_nothing_and_nobody_who_said_no_comes_back(app: TestApp) {
        let api = app.owner().await;
        let (purpose, _) = app.purpose(&api).await;
        let text = "name,email,Newsletter\nAda,ada@example.com,tak\nBob,bob@example.com,tak\nCyd,cyd@example.com,nie\n";
        let read_first = read(&api, "a.csv", text.as_bytes()).await;
        let column = ColumnTarget::Consent(ConsentColumn { purpose_id: purpose, channel: Channel::Email });
        assert_eq!(read_first.value.columns[2].target, column);
        let saved = save(&api, &read_first, &settings(&read_first.value, DuplicateStrategy::New, None)).await;
        // Told beforehand: it is no answer of theirs.
        assert_eq!(saved.value.check.as_ref().unwrap().says_no, 1);
        let cells = ["Cyd", "cyd@example.com", ""].map(str::to_owned).to_vec();
        let fixed = api.fix_import_row(saved.value.id, saved.version, 4, &FixRow { cells, left_out: false }).await.unwrap();
        assert_eq!((fixed.value.check.says_no, fixed.value.check.makes), (0, 3));
        let (_, job) = import(&app, &api, text, DuplicateStrategy::New, None).await;
        assert_eq!(job.done, 3);
        let (ada, bob) = (by_name(&api, "Ada").await, by_name(&api, "Bob").await);
        let state = async |client| {
            let consent = api.client(client).await.unwrap().value.consents.into_iter().next();
            consent.map(|consent| (consent.status, consent.grade))
        };
        assert_eq!(state(ada).await, Some((ConsentStatus::Requested, Some(EvidenceGrade::D))));
        assert_eq!(state(by_name(&api, "Cyd").await).await, None);

        // Ada takes it back, Bob asks to be forgotten.
        let withdrawal = WithdrawConsent { purpose_id: purpose, channel: Channel::Email, note: None };
        api.withdraw_consent(ada, &withdrawal).await.unwrap();
        api.delete_client(bob, 1).await.unwrap();
        let again = "name,email,Newsletter,city\nAda,ADA@example.com,tak,Łódź\nBob,bob@example.com,tak,Hel\n";
        for (strategy, by) in [(DuplicateStrategy::New, None), (DuplicateStrategy::Skip, Some(MatchBy::Email)), (DuplicateStrategy::Update, Some(MatchBy::Email))] {
            let read = read(&api, "b.csv", again.as_bytes()).await;
            let saved = save(&api, &read, &settings(&read.value, strategy, by)).await;
            let check = saved.value.check.clone().unwrap();
            assert_eq!((check.makes, check.erased), (0, 1), "{strategy:?}");
            let job = run(&app, &api, &saved).await;
            let expected = match strategy {
                DuplicateStrategy::New => vec![(JobFailure::Withdrawn, 1), (JobFailure::Erased, 1)],
                DuplicateStrategy::Skip => vec![(JobFailure::Known, 1), (JobFailure::Erased, 1)],
                DuplicateStrategy::Update => vec![(JobFailure::Erased, 1)],
            };
            assert_eq!(failures(&job), expected);
            assert_eq!(state(ada).await.unwrap().0, ConsentStatus::Withdrawn);
            assert_eq!(names(&api).await, ["Ada", "Cyd"]);
        }
        assert_eq!(api.client(ada).await.unwrap().value.details.city.as_deref(), Some("Łódź"));
        // By hand somebody can be met again, and is found from then on.
        person(&api, "Bob", "bob@example.com").await;
        let (_, job) = import(&app, &api, again, DuplicateStrategy::Update, Some(MatchBy::Email)).await;
        assert_eq!(failures(&job), []);
    }

    async fn an_import_does_no_more_than_its_account_may(app: TestApp) {
        let owner = app.owner().await;
        let city = FieldRef::Builtin(BuiltinField::City);
        let role = async |name: &str, change: &dyn Fn(&mut RoleDefinition)| {
            let mut definition = RoleTemplate::Owner.definition();
            definition.rights.remove(&Right::AdministerOwners);
            change(&mut definition);
            app.role(&owner, name, definition).await
        };
        let own = role("własni", &|definition| {
            for (right, scope) in &mut definition.rights {
                if right.is_scoped() {
                    *scope = Scope::Own;
                }
            }
            definition.rights.remove(&Right::AssignClients);
            definition.fields.insert(city, FieldRestriction::Hidden);
        }).await;
        let sonia = app.member("Sonia", own).await;
        person(&owner, "Ewa", "ewa@example.com").await;
        let text = "name,email,city\nEwa Sonii,ewa@example.com,Hel\n";
        let foreign = read(&owner, "a.csv", text.as_bytes()).await.value.id;
        let import = read(&sonia, "a.csv", text.as_bytes()).await;
        // Somebody else's import is none.
        assert_eq!(code(sonia.import(foreign, None).await), ProblemCode::NotFound);
        assert_eq!(code(sonia.discard_import(foreign).await), ProblemCode::NotFound);
        assert_eq!(code(sonia.import_rows(foreign, RowsWanted::All, None).await), ProblemCode::NotFound);
        // A hidden field does not exist.
        let mut wish = settings(&import.value, DuplicateStrategy::Update, Some(MatchBy::Email));
        let refused = sonia.save_import_settings(import.value.id, import.version, &wish).await;
        assert_eq!(complaint(refused), ("/columns/2".into(), Rule::Unknown));
        wish.columns[2] = ColumnTarget::Ignore;
        wish.owner_id = Some(owner.accounts().await.unwrap()[0].id);
        let refused = sonia.save_import_settings(import.value.id, import.version, &wish).await;
        assert_eq!(complaint(refused), ("/owner_id".into(), Rule::BeyondOwnRights));
        wish.owner_id = None;
        // A card out of reach is neither met nor told of.
        let saved = save(&sonia, &import, &wish).await;
        assert_eq!(saved.value.check.as_ref().unwrap().makes, 1);
        assert_eq!(run(&app, &sonia, &saved).await.done, 1);
        assert_eq!(names(&owner).await, ["Ewa", "Ewa Sonii"]);
        assert_eq!(names(&sonia).await, ["Ewa Sonii"]);

        // Without the right to make cards nothing is prepared.
        let without = role("bez tworzenia", &|definition| {
            definition.rights.remove(&Right::CreateClients);
        })
        .await;
        let tola = app.member("Tola", without).await;
        let import = read(&tola, "a.csv", text.as_bytes()).await;
        let wish = settings(&import.value, DuplicateStrategy::New, None);
        let refused = tola.save_import_settings(import.value.id, import.version, &wish).await;
        assert_eq!(complaint(refused), ("/strategy".into(), Rule::BeyondOwnRights));

        // When the right goes before the job's turn, nothing is done.
        let import = read(&sonia, "b.csv", b"name,email\nZoja,zoja@example.com\n").await;
        let saved = save(&sonia, &import, &settings(&import.value, DuplicateStrategy::New, None)).await;
        let job = sonia.run_import(import.value.id, saved.version, &RunImport::default()).await.unwrap().id;
        let version = owner.roles().await.unwrap().iter().find(|known| known.id == own).unwrap().version;
        let body = RoleBody { name: "własni".into(), parent_id: None, definition: RoleTemplate::ReadOnly.definition() };
        owner.change_role(own, version, &body).await.unwrap();
        work(&app).await;
        let failed = sonia.job(JobId::from_uuid(job)).await.unwrap();
        assert_eq!((failed.state, failed.problem), (JobState::Failed, Some(JobProblem::RightsGone)));
        assert_eq!(names(&owner).await, ["Ewa", "Ewa Sonii"]);
    }

    async fn a_card_with_an_answer_outlives_the_undoing_of_its_import(app: TestApp) {
        let api = app.owner().await;
        let (purpose, _) = app.purpose(&api).await;
        let text = "name,email,Newsletter\nAda,ada@example.com,tak\nBob,bob@example.com,tak\n";
        let (_, job) = import(&app, &api, text, DuplicateStrategy::New, None).await;
        let answer = RecordConsent {
            purpose_id: purpose,
            channel: Channel::Email,
            decision: Decision::Given,
            method: RecordMethod::Phone,
            given_on: "2026-01-02".into(),
            wording_id: None,
            note: Some("Powiedziała przez telefon, że chętnie".into()),
            file_id: None,
        };
        api.record_consent(by_name(&api, "Ada").await, &answer, None).await.unwrap();
        let undoing = JobId::from_uuid(api.undo_job(job.id).await.unwrap().id);
        work(&app).await;
        assert_eq!(failures(&api.job(undoing).await.unwrap()), [(JobFailure::Changed, 1)]);
        assert_eq!(names(&api).await, ["Ada"]);
        assert_eq!(api.kept_by_undo(undoing, None).await.unwrap().items[0].name, "Ada");
    }

    async fn a_run_that_is_stopped_keeps_what_it_did_and_says_so(app: TestApp) {
        let api = app.owner().await;
        let mut text = "name,email\n".to_owned();
        (0..700).for_each(|n| text += &format!("Osoba {n},o{n}@example.com\n"));
        let read = read(&api, "a.csv", text.as_bytes()).await;
        let saved = save(&api, &read, &settings(&read.value, DuplicateStrategy::Skip, Some(MatchBy::Email))).await;
        let job = JobId::from_uuid(api.run_import(read.value.id, saved.version, &RunImport::default()).await.unwrap().id);
        assert!(work::step(&app.ctx).await.unwrap());
        let half = api.job(job).await.unwrap();
        assert_eq!((half.state, half.done, half.total), (JobState::Running, 499, 700));
        let listed = async || api.imports(None).await.unwrap().items[0].run.map(|run| (run.state, run.undone));
        assert_eq!(listed().await, Some((JobState::Running, false)));
        api.cancel_job(job).await.unwrap();
        work(&app).await;
        let stopped = api.job(job).await.unwrap();
        assert_eq!((stopped.state, stopped.done), (JobState::Cancelled, 499));
        let report = String::from_utf8(api.import_report(read.value.id, Language::En).await.unwrap().bytes).unwrap();
        assert_eq!((report.matches("\"made\"").count(), report.lines().count()), (499, 701));
        let next = api.import_rows(read.value.id, RowsWanted::All, Some(500)).await.unwrap();
        assert_eq!((next.items[0].number, next.items[0].outcome, next.next), (501, None, Some(550)));
        assert_eq!(listed().await, Some((JobState::Cancelled, false)));
        app.run_jobs().await;
        api.undo_job(job).await.unwrap();
        work(&app).await;
        assert!(names(&api).await.is_empty());
        assert_eq!(listed().await, Some((JobState::Cancelled, true)));
    }

    /// A row of a file that was imported is under the organisation's key: destroying the client's does not reach it.
    async fn an_erased_clients_rows_go_at_once(app: TestApp) {
        let api = app.owner().await;
        let text = "Imię i nazwisko;E-mail\nŻaneta Łoś;zaneta@example.com\nJan Kos;jan@example.com\nEwa Mróz;ewa@example.com";
        let (id, _) = import(&app, &api, text, DuplicateStrategy::Skip, Some(MatchBy::Email)).await;
        assert_eq!(outcomes(&api, id).await.len(), 3);
        let zaneta = by_name(&api, "Żaneta Łoś").await;
        let version = api.client(zaneta).await.unwrap().version;
        api.delete_client(zaneta, version).await.unwrap();
        let told = async || {
            let rows = api.import_rows(id, RowsWanted::All, None).await.unwrap().items;
            let report = api.import_report(id, Language::Pl).await.unwrap().bytes;
            (rows.iter().map(|row| row.number).collect::<Vec<_>>(), String::from_utf8(report).unwrap())
        };
        let (rows, report) = told().await;
        assert_eq!(rows, [3, 4]);
        assert!(!report.contains("aneta"));
        // By an action on many as well.
        let jan = by_name(&api, "Jan Kos").await;
        api.delete_many(&DeleteMany { clients: SomeClients::Ids(vec![jan]), confirmed: 1 }, None).await.unwrap();
        work(&app).await;
        assert_eq!(told().await.0, [4]);
    }

    async fn what_was_sent_is_forgotten(app: TestApp) {
        let api = app.owner().await;
        let text = b"name,email\nAda,ada@example.com\n";
        send(&api, "a.csv", text).await;
        read(&api, "b.csv", text).await;
        let (id, job) = import(&app, &api, "name,email\nBob,bob@example.com\n", DuplicateStrategy::New, None).await;
        assert_eq!((app.rows("imports").await, app.rows("import_parts").await, app.rows("import_rows").await), (3, 2, 2));
        let stored = crate::sealing::stored(&app, &["imports", "import_parts", "import_rows", "import_origins", "import_mappings"]).await;
        for hidden in ["ada@example.com", "Ada", "targów", "interes"] {
            assert!(!stored.contains(hidden), "{hidden} stands in clear");
        }
        app.clock.advance(TimeDelta::hours(25));
        jobs::tidy(&app.ctx).await.unwrap();
        let api = app.owner().await;
        assert_eq!((app.rows("imports").await, app.rows("import_rows").await), (1, 1), "one waits to be run");
        assert_eq!(code(api.import(id, None).await), ProblemCode::NotFound);
        assert_eq!(code(api.undo_job(job.id).await), ProblemCode::WrongState);
        app.clock.advance(TimeDelta::days(7));
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!((app.rows("imports").await, app.rows("import_rows").await, app.rows("import_parts").await), (0, 0, 0));
        // Where clients came from stays with them, is handed over, and goes with them.
        let api = app.owner().await;
        jobs::tidy(&app.ctx).await.unwrap();
        let bob = by_name(&api, "Bob").await;
        let data = String::from_utf8(api.subject_data_json(bob).await.unwrap().bytes).unwrap();
        assert!(data.contains("Lista uczestników targów") && data.contains("Prawnie uzasadniony interes"));
        api.delete_client(bob, 1).await.unwrap();
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!((app.rows("client_origins").await, app.rows("import_origins").await), (0, 0));
    }

    async fn the_next_file_with_the_same_columns_is_mapped_as_the_last_one(app: TestApp) {
        let api = app.owner().await;
        let text = "Kto;Adres poczty;x\nAda;ada@example.com;1\n";
        let first = read(&api, "a.csv", text.as_bytes()).await;
        assert_eq!(first.value.columns[0].target, ColumnTarget::Ignore);
        let builtin = |field| ColumnTarget::Field(FieldRef::Builtin(field));
        let mut wish = settings(&first.value, DuplicateStrategy::Update, Some(MatchBy::Email));
        wish.columns = vec![builtin(BuiltinField::Name), builtin(BuiltinField::Email), ColumnTarget::Ignore];
        let saved = save(&api, &first, &wish).await;
        run(&app, &api, &saved).await;
        let second = read(&api, "b.csv", "kto;adres_poczty;X\nBob;bob@example.com;2\n".as_bytes()).await.value;
        let remembered = second.remembered.unwrap();
        assert_eq!((remembered.strategy, remembered.match_by), (DuplicateStrategy::Update, Some(MatchBy::Email)));
        assert_eq!(second.columns.iter().map(|column| column.target).collect::<Vec<_>>(), wish.columns);
    }

    async fn files_are_read_in_their_formats_or_refused(app: TestApp) {
        let api = app.owner().await;
        // Windows-1250, found out and said otherwise.
        let polish: &[u8] = b"Imi\xea;Nazwisko\n\xaf\x61neta;\xa3o\x9c\n";
        let id = send(&api, "a.csv", polish).await;
        let read_here = api.read_import(id, &ReadAs::default()).await.unwrap().value;
        assert_eq!(read_here.book.unwrap().encoding, Some(Encoding::Windows1250));
        assert_eq!((read_here.columns[0].header.as_str(), read_here.columns[1].samples[0].as_str()), ("Imię", "Łoś"));
        let as_commas = ReadAs { delimiter: Some(Delimiter::Comma), ..ReadAs::default() };
        assert_eq!(api.read_import(id, &as_commas).await.unwrap().value.columns.len(), 1);

        let card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ola Kos\r\nEMAIL:ola@example.com\r\nEND:VCARD\r\n";
        let vcard = read(&api, "ola.vcf", card.as_bytes()).await;
        assert_eq!(vcard.value.book.as_ref().unwrap().format, SheetFormat::Vcard);
        let saved = save(&api, &vcard, &settings(&vcard.value, DuplicateStrategy::Skip, Some(MatchBy::Email))).await;
        assert_eq!(run(&app, &api, &saved).await.done, 1);
        assert_eq!(names(&api).await, ["Ola Kos"]);

        let refused = async |name: &str, content: &[u8]| {
            let id = send(&api, name, content).await;
            let refused = complaint(api.read_import(id, &ReadAs::default()).await);
            api.discard_import(id).await.unwrap();
            refused
        };
        let why = |refusal| ("/file".to_owned(), Rule::SheetRefused { refusal });
        assert_eq!(refused("a.xlsx", b"PK\x03\x04nothing").await, why(SheetRefusal::Unreadable));
        assert_eq!(refused("a.csv", b";;\n;;\n").await, why(SheetRefusal::Empty));
        assert_eq!(refused("bomb.xlsx", &bomb()).await, why(SheetRefusal::Bomb));
        let wide = vec!["a"; 201].join(",");
        assert_eq!(refused("wide.csv", wide.as_bytes()).await, why(SheetRefusal::TooManyColumns));
        let long = format!("{}\n", "a".repeat(39_000)).repeat(450);
        assert_eq!(refused("long.csv", long.as_bytes()).await, why(SheetRefusal::TooMuch));

        // What is not whole is not read, and parts have the size that they should.
        let body = StartImport { file_name: "a.csv".into(), size: (PART_BYTES + 1) as u64 };
        let id = ImportId::from_uuid(api.start_import(&body, None).await.unwrap().id);
        assert_eq!(complaint(api.send_import_part(id, 0, vec![b'a'; 10]).await), (String::new(), Rule::OutOfRange));
        api.send_import_part(id, 1, vec![b'a']).await.unwrap();
        assert_eq!(complaint(api.read_import(id, &ReadAs::default()).await), ("/file".into(), Rule::Required));
        let huge = StartImport { file_name: "a.csv".into(), size: 1 << 40 };
        assert!(problem(api.start_import(&huge, None).await).errors[0].pointer == "/size");
    }

    async fn workbooks_with_merged_cells_and_formulas_tell_what_they_show(app: TestApp) {
        let api = app.owner().await;
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.merge_range(0, 0, 0, 2, "Uczestnicy 2026", &rust_xlsxwriter::Format::new()).unwrap();
        for (at, head) in (0..).zip(["Nazwa", "E-mail", "NIP"]) {
            sheet.write_string(1, at, head).unwrap();
        }
        sheet.write_formula(2, 0, rust_xlsxwriter::Formula::new("=1+1").set_result("Piekarnia")).unwrap();
        sheet.write_string(2, 1, "biuro@example.com").unwrap();
        sheet.write_number(2, 2, 5_261_040_828.0).unwrap();
        sheet.merge_range(3, 0, 4, 0, "Drukarnia", &rust_xlsxwriter::Format::new()).unwrap();
        let read = read(&api, "a.xlsx", &book.save_to_buffer().unwrap()).await;
        assert_eq!((read.value.header_row, read.value.columns[2].samples.as_slice()), (2, ["5261040828".to_owned()].as_slice()));
        let saved = save(&api, &read, &settings(&read.value, DuplicateStrategy::Skip, Some(MatchBy::Nip))).await;
        assert_eq!(run(&app, &api, &saved).await.done, 2);
        assert_eq!(names(&api).await, ["Drukarnia", "Piekarnia"]);
        assert_eq!(api.import(read.value.id, Some(0)).await.unwrap().value.columns[0].header, "");
    }

    async fn workbooks_of_older_and_of_other_programs_become_cards(app: TestApp) {
        use crate::old_books::{Cell::{Number, Text}, ods, xls};
        let api = app.owner().await;
        let rows = |name: &'static str, nip: f64| {
            [vec![Text("Nazwa"), Text("NIP"), Text("Miasto")], vec![Text(name), Number(nip), Text("Łódź")]]
        };
        for (file, format, (name, nip, number)) in [
            ("stare.xls", SheetFormat::Xls, ("Piekarnia Żak", 5_261_040_828.0, "5261040828")),
            ("wolne.ods", SheetFormat::Ods, ("Młyn Ćwik", 5_260_250_274.0, "5260250274")),
        ] {
            let rows = rows(name, nip);
            let rows: Vec<&[_]> = rows.iter().map(Vec::as_slice).collect();
            let content = if format == SheetFormat::Xls { xls(&rows) } else { ods(&rows) };
            let read = read(&api, file, &content).await;
            let book = read.value.book.as_ref().unwrap();
            assert_eq!((book.format, book.sheets.as_slice()), (format, ["Arkusz1".to_owned()].as_slice()), "{file}");
            assert_eq!((read.value.rows, read.value.columns[1].samples.as_slice()), (2, [number.to_owned()].as_slice()));
            let saved = save(&api, &read, &settings(&read.value, DuplicateStrategy::Skip, Some(MatchBy::Nip))).await;
            assert_eq!(run(&app, &api, &saved).await.done, 1, "{file}");
            let card = api.client(by_name(&api, name).await).await.unwrap().value;
            assert_eq!((card.details.nip.as_deref(), card.details.city.as_deref()), (Some(number), Some("Łódź")), "{file}");
        }
        // What only looks like one is refused.
        let broken = xls(&[]).into_iter().take(600).collect::<Vec<_>>();
        let id = send(&api, "ucięte.xls", &broken).await;
        assert_eq!(
            complaint(api.read_import(id, &ReadAs::default()).await),
            ("/file".to_owned(), Rule::SheetRefused { refusal: SheetRefusal::Unreadable })
        );
    }

    async fn tags_that_a_file_asks_for_are_told_and_can_be_made(app: TestApp) {
        let api = app.owner().await;
        let vip = TagBody { name: "VIP".into(), colour: TagColour::Red };
        api.create_tag(&vip, None).await.unwrap();
        let text = "Nazwa,Tagi\nAda,\"vip, Targi  2026\"\nEwa,targi 2026|Nowy\nJan,VIP\n";
        let read = read(&api, "a.csv", text.as_bytes()).await;
        let settings = settings(&read.value, DuplicateStrategy::New, None);
        let saved = save(&api, &read, &settings).await;
        assert_eq!(saved.value.missing_tags, ["Nowy", "Targi 2026"]);
        assert_eq!(saved.value.check.as_ref().unwrap().problems, 2);
        // Whoever comes back to it is told the same.
        assert_eq!(api.import(read.value.id, None).await.unwrap().value.missing_tags, ["Nowy", "Targi 2026"]);
        for name in &saved.value.missing_tags {
            api.create_tag(&TagBody { name: name.clone(), colour: TagColour::Grey }, None).await.unwrap();
        }
        let again = save(&api, &saved, &settings).await;
        assert!(again.value.missing_tags.is_empty());
        assert_eq!(again.value.check.as_ref().unwrap().problems, 0);
        assert_eq!(run(&app, &api, &again).await.done, 3);
        assert_eq!(api.client(by_name(&api, "Ada").await).await.unwrap().value.tags.len(), 2);
    }

    async fn sugesters_clients_come_with_every_slot(app: TestApp) {
        let api = app.owner().await;
        let kinds = [("string", "\"tekst\""), ("integer", "7"), ("decimal", "12.5"), ("checkbox", "true"), ("date", "\"2026-05-01\""), ("text", "\"długi\\ntekst\""), ("datetime", "\"2026-05-01T10:00:00.000+02:00\"")];
        let slots: Vec<String> = kinds.iter().flat_map(|(kind, value)| (1..=10).map(move |n| format!("\"{kind}{n}\": {value}"))).collect();
        let json = format!("[{{\"id\": 5, \"name\": \"Łoś\", \"company\": true, \"tax_no\": \"526-104-08-28\", \"email\": \"los@example.com\", {}}}]", slots.join(", "));
        let read = read(&api, "clients.json", json.as_bytes()).await;
        let mut wish = settings(&read.value, DuplicateStrategy::Skip, Some(MatchBy::ExternalId));
        let mut made = Vec::new();
        for (at, column) in read.value.columns.iter().enumerate().filter(|(_, column)| column.target == ColumnTarget::Ignore) {
            let new = CreateCustomField { name: column.new_field.name.clone(), kind: column.new_field.kind, ..CreateCustomField::default() };
            let field = FieldId::from_uuid(api.create_custom_field(&new, None).await.unwrap().id);
            wish.columns[at] = ColumnTarget::Field(FieldRef::Custom(field));
            made.push(column.new_field.kind);
        }
        assert_eq!(made.len(), 70);
        let saved = save(&api, &read, &wish).await;
        assert_eq!(saved.value.check.as_ref().unwrap().faults, []);
        assert_eq!(run(&app, &api, &saved).await.done, 1);
        let card = api.client(by_name(&api, "Łoś").await).await.unwrap().value;
        assert_eq!((card.custom.len(), card.details.kind, card.details.external_id.as_deref()), (70, ClientKind::Company, Some("5")));
        for kind in [FieldKind::Integer, FieldKind::Decimal, FieldKind::Checkbox, FieldKind::Date, FieldKind::Datetime, FieldKind::LongText, FieldKind::ShortText] {
            assert_eq!(made.iter().filter(|made| **made == kind).count(), 10, "{kind:?}");
        }
    }

    async fn an_import_is_reached_by_what_it_was_begun_with(app: TestApp) {
        let owner = app.owner().await;
        let rights = [Right::ViewClients, Right::CreateClients, Right::ImportClients].map(|right| (right, Scope::All));
        let mut programs = Vec::new();
        for _ in 0..2 {
            let made = owner.create_api_key(&crate::api_keys::key(&app, &rights, &[])).await.unwrap();
            programs.push(Api::with_key(&app.base, &made.key));
        }
        let [program, other] = programs.try_into().unwrap_or_else(|_| panic!());
        let text = b"name,email\nAda,ada@example.com\n";
        let (hers, its) = (read(&owner, "a.csv", text).await, read(&program, "b.csv", text).await);
        let settings = settings(&hers.value, DuplicateStrategy::New, None);
        let (hers, its) = (save(&owner, &hers, &settings).await, save(&program, &its, &settings).await);
        let fix = FixRow { cells: vec!["Ewa".into()], left_out: false };
        let before = crate::sealing::stored(&app, &["imports", "import_parts", "import_rows"]).await;
        for (stranger, found) in [(&program, &hers), (&other, &hers), (&other, &its), (&owner, &its)] {
            let (id, version) = (found.value.id, found.version);
            for refused in [
                code(stranger.import(id, None).await),
                code(stranger.import_rows(id, RowsWanted::All, None).await),
                code(stranger.import_report(id, Language::Pl).await),
                code(stranger.send_import_part(id, 0, text.to_vec()).await),
                code(stranger.read_import(id, &ReadAs::default()).await),
                code(stranger.save_import_settings(id, version, &settings).await),
                code(stranger.fix_import_row(id, version, 2, &fix).await),
                code(stranger.run_import(id, version, &RunImport::default()).await),
                code(stranger.discard_import(id).await),
            ] {
                assert_eq!(refused, ProblemCode::NotFound);
            }
        }
        assert_eq!(crate::sealing::stored(&app, &["imports", "import_parts", "import_rows"]).await, before);
        let listed = async |api: &Api| -> Vec<ImportId> {
            api.imports(None).await.unwrap().items.into_iter().map(|import| import.id).collect()
        };
        assert_eq!(listed(&owner).await, [hers.value.id]);
        assert_eq!((listed(&program).await, listed(&other).await), (vec![its.value.id], vec![]));
        assert_eq!(run(&app, &program, &its).await.done, 1);
        assert_eq!(outcomes(&program, its.value.id).await, [(2, Some(RowOutcome::Made))]);
        // Who does not see what waits is not stopped by it either.
        let body = StartImport { file_name: "c.csv".into(), size: 1 };
        for _ in 0..MAX_OPEN {
            program.start_import(&body, None).await.unwrap();
        }
        let refused = complaint(program.start_import(&body, None).await);
        assert_eq!(refused, ("/file_name".to_owned(), Rule::TooManyOpen { max: MAX_OPEN }));
        owner.start_import(&body, None).await.unwrap();
        owner.discard_import(hers.value.id).await.unwrap();
    }

    async fn nobody_is_recognised_by_what_may_not_be_searched(app: TestApp) {
        let owner = app.owner().await;
        let ewa = person(&owner, "Ewa", "ewa@example.com").await;
        let text = "name,email,nip,id\nInna,ewa@example.com,5261040828,7\n";
        let keys = [MatchBy::Email, MatchBy::Nip, MatchBy::ExternalId];
        // Before a reason only names are shown.
        let reasoned = app.role(&owner, "z powodem", RoleDefinition { needs_reason: Some(true), ..importer() }).await;
        let iwona = app.member("Iwona", reasoned).await;
        let import = read(&iwona, "a.csv", text.as_bytes()).await;
        for (by, strategy) in keys.into_iter().zip([DuplicateStrategy::Skip, DuplicateStrategy::Update, DuplicateStrategy::Skip]) {
            let wish = settings(&import.value, strategy, Some(by));
            let refused = iwona.save_import_settings(import.value.id, import.version, &wish).await;
            assert_eq!(told(refused), [("/match_by".to_owned(), Rule::NotShown)], "{by:?}");
        }
        let saved = save(&iwona, &import, &settings(&import.value, DuplicateStrategy::New, Some(MatchBy::Email))).await;
        assert_eq!(saved.value.check.unwrap().makes, 1);
        // What is masked for good is not written either.
        for (at, by) in (1..).zip(keys) {
            let mut masks = importer();
            masks.fields.insert(FieldRef::Builtin(by.field()), FieldRestriction::Masked);
            let member = app.member(by.code(), app.role(&owner, by.code(), masks).await).await;
            let import = read(&member, "a.csv", text.as_bytes()).await;
            let mut wish = settings(&import.value, DuplicateStrategy::Skip, Some(by));
            wish.columns = saved.value.columns.iter().map(|column| column.target).collect();
            let refused = member.save_import_settings(import.value.id, import.version, &wish).await;
            assert_eq!(told(refused), [(format!("/columns/{at}"), Rule::ReadOnly), ("/match_by".to_owned(), Rule::NotShown)]);
        }
        // A role that comes to ask for a reason counts when the import is run, and at each step.
        let role = app.role(&owner, "dziś bez powodu", importer()).await;
        let sonia = app.member("Sonia", role).await;
        let mut saved = Vec::new();
        for name in ["a.csv", "b.csv"] {
            let import = read(&sonia, name, text.as_bytes()).await;
            saved.push(save(&sonia, &import, &settings(&import.value, DuplicateStrategy::Update, Some(MatchBy::Email))).await);
        }
        let [first, second] = saved.try_into().unwrap_or_else(|_| panic!());
        let job = sonia.run_import(first.value.id, first.version, &RunImport::default()).await.unwrap().id;
        let version = owner.roles().await.unwrap().iter().find(|known| known.id == role).unwrap().version;
        let definition = RoleDefinition { needs_reason: Some(true), ..importer() };
        owner.change_role(role, version, &RoleBody { name: "z powodem od dziś".into(), parent_id: None, definition }).await.unwrap();
        let refused = sonia.run_import(second.value.id, second.version, &RunImport::default()).await;
        assert_eq!(told(refused), [("/match_by".to_owned(), Rule::NotShown)]);
        work(&app).await;
        let failed = sonia.job(JobId::from_uuid(job)).await.unwrap();
        assert_eq!((failed.state, failed.problem), (JobState::Failed, Some(JobProblem::TargetGone)));
        assert_eq!((names(&owner).await, owner.client(ewa).await.unwrap().version), (vec!["Ewa".to_owned()], 1));
        // Of a row that a former run left for want of a reason the card is not named.
        let outcome = Outcome { number: 2, outcome: RowOutcome::NotReached, client: Some(ewa) };
        let tx = app.ctx.db.begin().await.unwrap();
        stored::write_outcomes(&tx, first.value.id, 0, &[outcome]).await.unwrap();
        tx.commit_unaudited("a test").await.unwrap();
        let rows = sonia.import_rows(first.value.id, RowsWanted::All, None).await.unwrap().items;
        assert_eq!((rows[0].outcome, rows[0].client_id), (Some(RowOutcome::NotReached), None));
        let report = String::from_utf8(sonia.import_report(first.value.id, Language::Pl).await.unwrap().bytes).unwrap();
        assert!(report.contains("wymaga podania powodu") && !report.contains(&ewa.to_string()), "{report}");
    }

    async fn of_refusals_no_more_is_told_than_their_columns_tell(app: TestApp) {
        let owner = app.owner().await;
        let (purpose, _) = app.purpose(&owner).await;
        let ada = person(&owner, "Ada", "ada@example.com").await;
        let refusal = RecordConsent {
            purpose_id: purpose,
            channel: Channel::Email,
            decision: Decision::Refused,
            method: RecordMethod::Phone,
            given_on: "2026-01-02".into(),
            wording_id: None,
            note: Some("Nie chce".into()),
            file_id: None,
        };
        owner.record_consent(ada, &refusal, None).await.unwrap();
        let column = owner.custom_fields().await.unwrap().into_iter().find(|field| field.kind == FieldKind::Consent).unwrap();
        let restricted = |restriction| {
            let mut definition = importer();
            definition.fields.insert(FieldRef::Custom(FieldId::from_uuid(column.id.as_uuid())), restriction);
            definition
        };
        let text = "name,email\nAda Druga,ADA@example.com\n";
        for (name, definition, told) in [
            ("widzi", importer(), true),
            ("czyta", restricted(FieldRestriction::ReadOnly), true),
            ("zasłonięte", restricted(FieldRestriction::Masked), false),
            ("ukryte", restricted(FieldRestriction::Hidden), false),
            ("z powodem", RoleDefinition { needs_reason: Some(true), ..importer() }, false),
        ] {
            let member = app.member(&name.replace(' ', "."), app.role(&owner, name, definition).await).await;
            let import = read(&member, "a.csv", text.as_bytes()).await;
            let saved = save(&member, &import, &settings(&import.value, DuplicateStrategy::New, None)).await;
            let check = saved.value.check.clone().unwrap();
            let expected = if told { (0, 1) } else { (1, 0) };
            assert_eq!((check.makes, check.withdrawn, check.ready), (expected.0, expected.1, 1), "{name}");
            let fix = FixRow { cells: vec!["Ada Trzecia".into(), "ada@example.com".into()], left_out: false };
            let fixed = member.fix_import_row(import.value.id, saved.version, 2, &fix).await.unwrap();
            assert_eq!((fixed.value.check.makes, fixed.value.check.withdrawn), expected, "{name}");
            // She stays who said no, whoever imports.
            let body = RunImport::default();
            let job = JobId::from_uuid(member.run_import(import.value.id, fixed.version, &body).await.unwrap().id);
            work(&app).await;
            let (failure, outcome) = if told {
                (JobFailure::Withdrawn, RowOutcome::Withdrawn)
            } else {
                (JobFailure::Known, RowOutcome::Known)
            };
            assert_eq!(failures(&member.job(job).await.unwrap()), [(failure, 1)], "{name}");
            let row = member.import_rows(import.value.id, RowsWanted::All, None).await.unwrap().items.remove(0);
            assert_eq!((row.outcome, row.client_id), (Some(outcome), None), "{name}");
            assert_eq!(names(&owner).await, ["Ada"], "{name}");
        }
    }
}

/// Every complaint of a refusal.
fn told<T: std::fmt::Debug>(refused: Result<T, ApiError>) -> Vec<(String, Rule)> {
    problem(refused).errors.into_iter().map(|complaint| (complaint.pointer, complaint.rule)).collect()
}

/// Everything but what owners alone may.
fn importer() -> RoleDefinition {
    let mut definition = RoleTemplate::Owner.definition();
    definition.rights.remove(&Right::AdministerOwners);
    definition
}

/// A workbook that would be 300 MiB of zeros.
fn bomb() -> Vec<u8> {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    archive.start_file("xl/workbook.xml", options).unwrap();
    let zeros = vec![0; 1024 * 1024];
    (0..300).for_each(|_| archive.write_all(&zeros).unwrap());
    archive.finish().unwrap().into_inner()
}
