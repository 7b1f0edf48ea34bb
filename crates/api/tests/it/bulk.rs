//! Background jobs by the actions on many clients: steps, rights, ends, undoing, tags.

use crate::{code, complaint, taken};
use chrono::TimeDelta;
use serde_json::json;
use zgoda_api_types::{
    clients::{ClientBody, FilterCondition},
    custom_fields::CreateCustomField,
    jobs::{AssignMany, BulkRight, DeleteMany, EditMany, Job, MatchingClients, PreviewBulk, SomeClients},
    problem::ProblemCode,
    staff::RoleBody,
    tags::{ClientTags, TagBody, TagUse},
};
use zgoda_app::work;
use zgoda_client::{Api, AuditSearch};
use zgoda_domain::{
    Rule,
    access::{
        FieldRestriction, Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    audit::Action,
    bulk::{BulkAbout, BulkAssign, BulkEdit},
    client::{BuiltinField, ClientInput},
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{AccountId, ClientId, FieldId, JobId, TagId},
    job::{JobFailure, JobKind, JobProblem, JobState},
    list::Operator,
    search::Fault,
    tag::TagColour,
};
use zgoda_test_support::{TestApp, on_both_databases};

/// Works until nothing waits.
async fn work(app: &TestApp) {
    while work::step(&app.ctx).await.unwrap() {}
}

async fn some(app: &TestApp, api: &Api, count: usize) -> Vec<ClientId> {
    let mut ids = Vec::with_capacity(count);
    for at in 0..count {
        ids.push(app.client(api, &format!("Osoba {at:03}")).await);
    }
    // A job goes through them in this order, and ids of one moment have none.
    ids.sort_unstable();
    ids
}

fn set_city(city: &str) -> BulkEdit {
    BulkEdit::SetField { field: FieldRef::Builtin(BuiltinField::City), value: json!(city) }
}

async fn edit(api: &Api, edit: BulkEdit, ids: &[ClientId]) -> JobId {
    let body = EditMany { edit, clients: SomeClients::Ids(ids.to_vec()), confirmed: ids.len() as u64 };
    JobId::from_uuid(api.edit_many(&body, None).await.unwrap().id)
}

async fn undo(api: &Api, id: JobId) -> JobId {
    JobId::from_uuid(api.undo_job(id).await.unwrap().id)
}

async fn city(api: &Api, id: ClientId) -> Option<String> {
    api.client(id).await.unwrap().value.details.city
}

fn failures(job: &Job) -> Vec<(JobFailure, u64)> {
    job.failures.iter().map(|(failure, count)| (*failure, *count)).collect()
}

async fn tag(api: &Api, name: &str) -> TagId {
    let body = TagBody { name: name.into(), colour: TagColour::Teal };
    TagId::from_uuid(api.create_tag(&body, None).await.unwrap().id)
}

fn in_city(city: &str) -> SomeClients {
    let condition =
        FilterCondition { field: FieldRef::Builtin(BuiltinField::City), operator: Operator::Eq, value: json!(city) };
    SomeClients::Matching(MatchingClients { filter: vec![condition], query: None })
}

on_both_databases! {
    async fn a_job_goes_on_in_steps_and_can_be_undone(app: TestApp) {
        let api = app.owner().await;
        let ids = some(&app, &api, 130).await;
        let job = edit(&api, set_city("Łódź"), &ids).await;
        assert_eq!((api.job(job).await.unwrap().state, api.job(job).await.unwrap().total), (JobState::Waiting, 130));

        assert!(work::step(&app.ctx).await.unwrap());
        let half = api.job(job).await.unwrap();
        assert_eq!((half.state, half.done, half.undo_until), (JobState::Running, 100, None));
        assert_eq!((city(&api, ids[99]).await, city(&api, ids[100]).await), (Some("Łódź".into()), None));
        work(&app).await;
        let done = api.job(job).await.unwrap();
        assert_eq!((done.state, done.done, done.failed), (JobState::Done, 130, 0));
        assert!(done.undo_until.is_some());
        assert_eq!(city(&api, ids[129]).await.as_deref(), Some("Łódź"));

        // Somebody went on with one, and another is gone.
        let card = api.client(ids[3]).await.unwrap();
        let body = ClientBody { details: ClientInput { city: Some("Kutno".into()), ..card.value.details }, ..ClientBody::default() };
        api.change_client(ids[3], card.version, &body).await.unwrap();
        api.delete_client(ids[5], api.client(ids[5]).await.unwrap().version).await.unwrap();
        let undoing = undo(&api, job).await;
        assert_eq!(code(api.undo_job(job).await), ProblemCode::WrongState);
        work(&app).await;
        let undone = api.job(undoing).await.unwrap();
        assert_eq!((undone.kind, undone.state, undone.undo_of), (JobKind::Undo, JobState::Done, Some(job)));
        assert_eq!((undone.total, undone.done, failures(&undone)), (129, 128, vec![(JobFailure::Changed, 1)]));
        assert_eq!((city(&api, ids[3]).await.as_deref(), city(&api, ids[4]).await), (Some("Kutno"), None));
        assert_eq!(app.rows("job_changes").await, 0);
        assert_eq!(code(api.undo_job(job).await), ProblemCode::WrongState);
    }

    async fn each_change_and_each_end_is_in_the_log(app: TestApp) {
        let api = app.owner().await;
        let ids = some(&app, &api, 2).await;
        let job = edit(&api, set_city("Łódź"), &ids).await;
        work(&app).await;
        app.clock.advance(TimeDelta::seconds(1));
        undo(&api, job).await;
        work(&app).await;
        let count = async |action| {
            let search = AuditSearch { action: Some(action), ..AuditSearch::default() };
            api.search_audit_events(search, None).await.unwrap().items.len()
        };
        assert_eq!(count(Action::JobStarted).await, 2);
        assert_eq!((count(Action::JobFinished).await, count(Action::JobUndone).await), (1, 1));
        assert_eq!(count(Action::ClientChanged).await, 4);
        let history = api.client_history(ids[0], None).await.unwrap().items;
        assert_eq!(history.iter().filter(|entry| entry.action == Action::ClientChanged).count(), 2);
        let change = history.iter().find(|entry| entry.action == Action::ClientChanged).unwrap().id;
        let told = api.audit_event(change).await.unwrap().changes;
        assert!(told.iter().any(|change| change.field == "city" && change.before == json!("Łódź")));
    }

    async fn a_step_that_was_cut_off_is_done_again_by_one_alone(app: TestApp) {
        let api = app.owner().await;
        let ids = some(&app, &api, 3).await;
        let job = edit(&api, set_city("Łódź"), &ids).await;
        // A process takes the step and never comes back.
        let now = app.ctx.now();
        let tx = app.ctx.db.begin().await.unwrap();
        let lost = zgoda_persistence::jobs::claim_next(&tx, now, now + TimeDelta::minutes(5)).await.unwrap().unwrap();
        tx.commit_unaudited("a test").await.unwrap();
        assert!(!work::step(&app.ctx).await.unwrap(), "the step is somebody's");
        app.clock.advance(TimeDelta::minutes(6));
        work(&app).await;
        assert_eq!(api.job(job).await.unwrap().state, JobState::Done);
        // It comes back after all, and finds that it has lost the lease.
        let tx = app.ctx.db.begin().await.unwrap();
        assert!(lost.keep(&tx, &work::Progress { done: 3, ..work::Progress::default() }).await.is_err());
        drop(tx);
        assert_eq!(api.job(job).await.unwrap().done, 3);
        assert_eq!(api.client(ids[0]).await.unwrap().version, 2);
    }

    async fn a_step_that_never_comes_back_ends_the_job(app: TestApp) {
        let api = app.owner().await;
        let ids = some(&app, &api, 1).await;
        let job = edit(&api, set_city("Łódź"), &ids).await;
        for _ in 0..5 {
            let now = app.ctx.now();
            let tx = app.ctx.db.begin().await.unwrap();
            assert!(zgoda_persistence::jobs::claim_next(&tx, now, now + TimeDelta::minutes(5)).await.unwrap().is_some());
            tx.commit_unaudited("a test").await.unwrap();
            app.clock.advance(TimeDelta::minutes(6));
        }
        work(&app).await;
        let api = app.owner().await;
        let failed = api.job(job).await.unwrap();
        assert_eq!((failed.state, failed.problem), (JobState::Failed, Some(JobProblem::Internal)));
        assert_eq!(city(&api, ids[0]).await, None);
    }

    async fn a_cancelled_job_stops_before_its_next_step(app: TestApp) {
        let api = app.owner().await;
        let ids = some(&app, &api, 101).await;
        let job = edit(&api, set_city("Łódź"), &ids).await;
        assert!(work::step(&app.ctx).await.unwrap());
        api.cancel_job(job).await.unwrap();
        assert!(api.job(job).await.unwrap().cancelling);
        work(&app).await;
        let stopped = api.job(job).await.unwrap();
        assert_eq!((stopped.state, stopped.done, stopped.cancelling), (JobState::Cancelled, 100, false));
        assert_eq!(city(&api, ids[100]).await, None);
        assert_eq!(code(api.cancel_job(job).await), ProblemCode::WrongState);
        undo(&api, job).await;
        work(&app).await;
        assert_eq!(city(&api, ids[0]).await, None);
    }

    async fn a_job_does_no_more_than_its_account_may_now(app: TestApp) {
        let owner = app.owner().await;
        let definition = RoleTemplate::Owner.definition();
        let with = |change: &dyn Fn(&mut RoleDefinition)| {
            let mut definition = definition.clone();
            definition.rights.remove(&Right::AdministerOwners);
            change(&mut definition);
            definition
        };
        let role = app.role(&owner, "redaktor", with(&|_| {})).await;
        let sonia = app.member("Sonia", role).await;
        let ids = some(&app, &owner, 101).await;
        let own = app.client(&sonia, "Własna").await;
        let redefine = async |definition: RoleDefinition| {
            let roles = owner.roles().await.unwrap();
            let version = roles.iter().find(|known| known.id == role).unwrap().version;
            let body = RoleBody { name: "redaktor".into(), parent_id: None, definition };
            owner.change_role(role, version, &body).await.unwrap();
        };

        // The right is gone after the first step.
        let job = edit(&sonia, set_city("Łódź"), &ids).await;
        assert!(work::step(&app.ctx).await.unwrap());
        redefine(with(&|role| { role.rights.remove(&Right::EditClients); })).await;
        work(&app).await;
        let stopped = sonia.job(job).await.unwrap();
        assert_eq!((stopped.state, stopped.problem, stopped.done), (JobState::Failed, Some(JobProblem::RightsGone), 100));
        assert_eq!(city(&owner, ids[100]).await, None);

        // It reaches less: others' cards are as if they were not there.
        redefine(with(&|_| {})).await;
        let job = edit(&sonia, set_city("Kutno"), &[ids[0], own]).await;
        redefine(with(&|role| { role.rights.insert(Right::EditClients, Scope::Own); })).await;
        work(&app).await;
        let partly = sonia.job(job).await.unwrap();
        assert_eq!((partly.done, failures(&partly)), (1, vec![(JobFailure::NotFound, 1)]));
        assert_eq!((city(&owner, ids[0]).await.as_deref(), city(&owner, own).await.as_deref()), (Some("Łódź"), Some("Kutno")));

        // The field is not hers any more, and is not taken back either.
        redefine(with(&|role| { role.fields.insert(FieldRef::Builtin(BuiltinField::City), FieldRestriction::ReadOnly); })).await;
        let body = EditMany { edit: set_city("Płock"), clients: SomeClients::Ids(vec![own]), confirmed: 1 };
        assert_eq!(complaint(sonia.edit_many(&body, None).await), ("/edit/field".to_owned(), Rule::ReadOnly));
        undo(&sonia, job).await;
        work(&app).await;
        assert_eq!(city(&owner, own).await.as_deref(), Some("Kutno"));

        // Whoever is gone acts no more.
        redefine(with(&|_| {})).await;
        let job = edit(&sonia, set_city("Sopot"), &[own]).await;
        let account = owner.accounts().await.unwrap().into_iter().find(|account| account.name == "Sonia").unwrap().id;
        owner.deactivate_account(account, zgoda_api_types::staff::Deactivate { hand_over_to: None }).await.unwrap();
        work(&app).await;
        let record = zgoda_persistence::jobs::load(&app.ctx.db.read(), job).await.unwrap().unwrap();
        assert_eq!((record.state, record.problem), (JobState::Failed, Some(JobProblem::AccountGone)));
        assert_eq!(city(&owner, own).await.as_deref(), Some("Kutno"));
        // Nobody sees another's jobs.
        assert_eq!(code(owner.job(job).await), ProblemCode::NotFound);
        assert_eq!(code(owner.cancel_job(job).await), ProblemCode::NotFound);
        assert_eq!(code(owner.undo_job(job).await), ProblemCode::NotFound);
        assert_eq!(owner.jobs(None).await.unwrap().items, []);
    }

    async fn a_job_tells_what_it_is_about_but_not_of_a_hidden_field(app: TestApp) {
        let owner = app.owner().await;
        let city = FieldRef::Builtin(BuiltinField::City);
        let mut definition = RoleTemplate::Owner.definition();
        definition.rights.remove(&Right::AdministerOwners);
        let role = app.role(&owner, "redaktor", definition.clone()).await;
        let sonia = app.member("Sonia", role).await;
        let body = CreateCustomField { name: "Budżet".into(), kind: FieldKind::Integer, options: vec![], sensitive: false };
        let budget = FieldId::from_uuid(owner.create_custom_field(&body, None).await.unwrap().id);
        let (vip, ids) = (tag(&owner, "VIP").await, some(&app, &owner, 2).await);
        let clients = SomeClients::Ids(ids.clone());
        edit(&sonia, set_city("Łódź"), &ids).await;
        edit(&sonia, BulkEdit::SetField { field: FieldRef::Custom(budget), value: json!(5) }, &ids).await;
        let tagged = edit(&sonia, BulkEdit::AddTag { tag_id: vip }, &ids).await;
        let assign = AssignMany { assign: BulkAssign::SetOwner { owner_id: None }, clients, confirmed: 2 };
        sonia.assign_many(&assign, None).await.unwrap();
        work(&app).await;
        undo(&sonia, tagged).await;
        // Newest first.
        let told = async || {
            let jobs = sonia.jobs(None).await.unwrap().items;
            jobs.into_iter().map(|job| job.about.map(|about| (about.action, about.name))).collect::<Vec<_>>()
        };
        let tagging = Some((BulkAbout::AddTag { tag_id: vip }, Some("VIP".to_owned())));
        let of_city = Some((BulkAbout::SetField { field: city }, None));
        let of_budget = |name: &str| Some((BulkAbout::SetField { field: FieldRef::Custom(budget) }, Some(name.to_owned())));
        let assigning = Some((BulkAbout::SetOwner, None));
        let all = [tagging.clone(), assigning.clone(), tagging.clone(), of_budget("Budżet"), of_city];
        // Those of one moment have no order.
        let sorted = |mut told: Vec<_>| { told.sort_by_key(|it| format!("{it:?}")); told };
        assert_eq!(sorted(told().await), sorted(all.to_vec()));
        assert_eq!(sonia.job(tagged).await.unwrap().about.unwrap().name.as_deref(), Some("VIP"));

        // By today's names, and nothing of what is hidden from her or gone.
        definition.fields.insert(city, FieldRestriction::Hidden);
        let version = owner.roles().await.unwrap().iter().find(|known| known.id == role).unwrap().version;
        owner.change_role(role, version, &RoleBody { name: "redaktor".into(), parent_id: None, definition }).await.unwrap();
        let version = owner.tags().await.unwrap()[0].version;
        owner.delete_tag(vip, version).await.unwrap();
        let known = [None, None, None, assigning, of_budget("Budżet")];
        assert_eq!(sorted(told().await), sorted(known.to_vec()));
    }

    async fn all_that_match_are_changed_unless_there_are_more_than_was_confirmed(app: TestApp) {
        let api = app.owner().await;
        let ids = some(&app, &api, 120).await;
        let first = edit(&api, set_city("Łódź"), &ids[..105]).await;
        work(&app).await;
        assert_eq!(api.job(first).await.unwrap().done, 105);

        app.clock.advance(TimeDelta::seconds(1));
        let preview = PreviewBulk { right: BulkRight::Edit, clients: in_city("Łódź") };
        let seen = api.preview_bulk(&preview).await.unwrap();
        assert_eq!((seen.count, seen.undoable), (105, true));
        let wanted = |confirmed| EditMany { edit: set_city("Kutno"), clients: in_city("Łódź"), confirmed };
        assert_eq!(complaint(api.edit_many(&wanted(104), None).await), ("/confirmed".to_owned(), Rule::Superseded));
        let repeated = async || JobId::from_uuid(api.edit_many(&wanted(105), Some("k1")).await.unwrap().id);
        let job = repeated().await;
        assert_eq!(repeated().await, job);
        // Changed by somebody before its turn comes: not the card that was confirmed.
        app.clock.advance(TimeDelta::seconds(1));
        let card = api.client(ids[7]).await.unwrap();
        let body = ClientBody { details: ClientInput { phone: Some("+48 600 100 200".into()), ..card.value.details }, ..ClientBody::default() };
        api.change_client(ids[7], card.version, &body).await.unwrap();
        work(&app).await;
        let done = api.job(job).await.unwrap();
        assert_eq!((done.state, done.total, done.done, failures(&done)), (JobState::Done, 105, 104, vec![(JobFailure::Changed, 1)]));
        assert_eq!((city(&api, ids[7]).await.as_deref(), city(&api, ids[8]).await.as_deref()), (Some("Łódź"), Some("Kutno")));
        assert_eq!(city(&api, ids[110]).await, None);
    }

    async fn all_that_a_query_finds_are_changed(app: TestApp) {
        let api = app.owner().await;
        let ids = some(&app, &api, 3).await;
        let new = CreateCustomField { name: "Umowa".into(), kind: FieldKind::Checkbox, options: vec![], sensitive: false };
        let signed = FieldId::from_uuid(api.create_custom_field(&new, None).await.unwrap().id);
        edit(&api, BulkEdit::SetField { field: FieldRef::Custom(signed), value: json!(true) }, &ids[..1]).await;
        work(&app).await;

        app.clock.advance(TimeDelta::seconds(1));
        let by = |query: &str| SomeClients::Matching(MatchingClients { filter: vec![], query: Some(query.to_owned()) });
        let wanted = |query: &str| EditMany { edit: set_city("Kutno"), clients: by(query), confirmed: 2 };
        let unsigned = "\"Umowa\" < 1 i dodano = dziś i opiekun = ja";
        let preview = PreviewBulk { right: BulkRight::Edit, clients: by(unsigned) };
        assert_eq!(api.preview_bulk(&preview).await.unwrap().count, 2);
        assert_eq!(complaint(api.edit_many(&wanted("dodano = dziś"), None).await), ("/confirmed".to_owned(), Rule::Superseded));
        let (pointer, rule) = complaint(api.edit_many(&wanted("\"Umwa\" < 1"), None).await);
        assert!(pointer == "/clients/matching/query" && matches!(rule, Rule::Query { fault: Fault::UnknownField, .. }));
        let job = JobId::from_uuid(api.edit_many(&wanted(unsigned), None).await.unwrap().id);
        // It may be another day when its turn comes: the clients are still those that were seen.
        app.clock.advance(TimeDelta::hours(26));
        work(&app).await;
        let api = app.owner().await;
        let done = api.job(job).await.unwrap();
        assert_eq!((done.state, done.total, done.done), (JobState::Done, 2, 2));
        assert_eq!((city(&api, ids[0]).await, city(&api, ids[2]).await.as_deref()), (None, Some("Kutno")));

        app.clock.advance(TimeDelta::seconds(1));
        let job = JobId::from_uuid(api.edit_many(&wanted("\"Umowa\" < 1"), None).await.unwrap().id);
        api.delete_custom_field(signed).await.unwrap();
        work(&app).await;
        assert_eq!(api.job(job).await.unwrap().problem, Some(JobProblem::TargetGone));
    }

    async fn tags_are_put_on_many_and_taken_back(app: TestApp) {
        let api = app.owner().await;
        let (vip, cold) = (tag(&api, "VIP").await, tag(&api, "Zimny").await);
        let mut both = vec![vip, cold];
        both.sort_unstable();
        let again = TagBody { name: " vip ".into(), colour: TagColour::Red };
        assert_eq!(taken(api.create_tag(&again, None).await), "/name");
        assert_eq!(taken(api.change_tag(cold, 1, &again).await), "/name");
        let ids = some(&app, &api, 3).await;
        let of = async |id| { let mut tags = api.client(id).await.unwrap().value.tags; tags.sort_unstable(); tags };
        let set = ClientTags { tags: vec![vip, cold, vip] };
        assert_eq!(api.set_client_tags(ids[0], 1, &set).await.unwrap().version, 2);
        assert_eq!(code(api.set_client_tags(ids[0], 1, &set).await), ProblemCode::Outdated);
        assert_eq!(of(ids[0]).await, both);

        let job = edit(&api, BulkEdit::AddTag { tag_id: vip }, &ids).await;
        work(&app).await;
        assert_eq!((of(ids[1]).await, of(ids[2]).await), (vec![vip], vec![vip]));
        let mut uses = api.tag_uses().await.unwrap();
        uses.sort_by_key(|it| it.clients);
        assert_eq!(uses, [TagUse { tag_id: cold, clients: 1 }, TagUse { tag_id: vip, clients: 3 }]);
        // Who had it already was not changed.
        assert_eq!(api.client(ids[0]).await.unwrap().version, 2);
        undo(&api, job).await;
        work(&app).await;
        assert_eq!((of(ids[0]).await, of(ids[1]).await), (both, vec![]));

        edit(&api, BulkEdit::RemoveTag { tag_id: vip }, &ids).await;
        work(&app).await;
        assert_eq!(of(ids[0]).await, [cold]);
        let data: serde_json::Value = serde_json::from_slice(&api.subject_data_json(ids[0]).await.unwrap().bytes).unwrap();
        assert_eq!(data["tags"], json!(["Zimny"]));

        // A tag that goes away goes from every client, and ends a job that was to put it on.
        let job = edit(&api, BulkEdit::AddTag { tag_id: cold }, &ids).await;
        api.change_tag(cold, 1, &TagBody { name: "Chłodny".into(), colour: TagColour::Blue }).await.unwrap();
        assert_eq!(code(api.delete_tag(cold, 1).await), ProblemCode::Outdated);
        api.delete_tag(cold, 2).await.unwrap();
        assert_eq!(of(ids[0]).await, []);
        work(&app).await;
        assert_eq!(api.job(job).await.unwrap().problem, Some(JobProblem::TargetGone));
        let names: Vec<String> = api.tags().await.unwrap().into_iter().map(|tag| tag.name).collect();
        assert_eq!(names, ["VIP"]);
    }

    async fn clients_are_given_away_and_come_back(app: TestApp) {
        let owner = app.owner().await;
        let sonia = app.member("Sonia", RoleTemplate::Salesperson.id()).await;
        let heir: AccountId = owner.accounts().await.unwrap().into_iter().find(|account| account.name == "Sonia").unwrap().id;
        let ids = some(&app, &owner, 2).await;
        let of = async |id| owner.client(id).await.unwrap().value.assignment.owner_id;
        let before = of(ids[0]).await;
        let body = AssignMany { assign: BulkAssign::SetOwner { owner_id: Some(heir) }, clients: SomeClients::Ids(ids.clone()), confirmed: 2 };
        let job = JobId::from_uuid(owner.assign_many(&body, None).await.unwrap().id);
        work(&app).await;
        assert_eq!(of(ids[1]).await, Some(heir));
        assert!(sonia.client(ids[0]).await.is_ok());
        undo(&owner, job).await;
        work(&app).await;
        assert_eq!((of(ids[0]).await, of(ids[1]).await), (before, before));
        let stranger = AssignMany { assign: BulkAssign::SetOwner { owner_id: Some(AccountId::from_uuid(ids[0].as_uuid())) }, ..body };
        assert_eq!(complaint(owner.assign_many(&stranger, None).await), ("/assign/owner_id".to_owned(), Rule::Unknown));
    }

    async fn many_are_deleted_for_good(app: TestApp) {
        let api = app.owner().await;
        let ids = some(&app, &api, 3).await;
        let body = DeleteMany { clients: SomeClients::Ids(ids[..2].to_vec()), confirmed: 2 };
        let job = JobId::from_uuid(api.delete_many(&body, None).await.unwrap().id);
        work(&app).await;
        let done = api.job(job).await.unwrap();
        assert_eq!((done.state, done.done, done.undo_until), (JobState::Done, 2, None));
        assert_eq!((code(api.client(ids[0]).await), api.client(ids[2]).await.is_ok()), (ProblemCode::NotFound, true));
        assert_eq!(code(api.undo_job(job).await), ProblemCode::WrongState);
    }

    async fn what_a_job_kept_goes_in_time(app: TestApp) {
        let api = app.owner().await;
        let ids = some(&app, &api, 2).await;
        let job = edit(&api, set_city("Łódź"), &ids).await;
        work(&app).await;
        // An erasure takes the image along.
        api.delete_client(ids[0], 2).await.unwrap();
        assert_eq!(app.rows("job_changes").await, 1);
        app.clock.advance(TimeDelta::hours(24));
        let api = app.owner().await;
        assert_eq!(code(api.undo_job(job).await), ProblemCode::WrongState);
        zgoda_app::jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!((app.rows("job_changes").await, app.rows("jobs").await), (0, 1));
        app.clock.advance(TimeDelta::days(90));
        zgoda_app::jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(app.rows("jobs").await, 0);
    }
}
