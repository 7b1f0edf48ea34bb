//! Cards that look like one person's; making two cards one, and undoing it.

use crate::{
    code, complaint, problem,
    recorded::{given, purpose},
};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use zgoda_api_types::{
    clients::{ClientBody, QuickSearch, SearchClients},
    consents::{RecordConsent, WithdrawConsent},
    duplicates::{ClientsMerged, MergeClients},
    problem::ProblemCode,
    tags::{ClientTags, TagBody},
};
use zgoda_app::{duplicates, jobs, ledger};
use zgoda_client::{Api, ApiError};
use zgoda_domain::{
    Rule,
    access::{
        FieldRestriction, Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    audit::Action,
    client::{BuiltinField, ClientInput},
    consent::{Channel, ConsentMethod, ConsentStatus, EvidenceGrade},
    field_ref::FieldRef,
    id::{ClientId, PurposeId, TagId},
    merge::DuplicateReason,
    recorded::Decision,
    tag::TagColour,
};
use zgoda_test_support::{TestApp, on_both_databases};

const SITE: &str = "https://www.example.com";

async fn put(api: &Api, values: &[(BuiltinField, &str)]) -> ClientId {
    let mut details = ClientInput::default();
    for (field, value) in values {
        details.set(*field, Some((*value).to_owned()));
    }
    let body = ClientBody { details, custom: BTreeMap::new() };
    ClientId::from_uuid(api.create_client(&body, None).await.unwrap().id)
}

/// Merges with the kept card's own values, but for some.
async fn merge(
    api: &Api,
    kept: ClientId,
    other: ClientId,
    chosen: &[(BuiltinField, &str)],
) -> Result<ClientsMerged, ApiError> {
    let (card, gone) = (api.client(kept).await.unwrap(), api.client(other).await.unwrap());
    let mut details = card.value.details;
    for (field, value) in chosen {
        details.set(*field, Some((*value).to_owned()));
    }
    let body = MergeClients { other_id: other, other_version: gone.version, details, custom: BTreeMap::new() };
    api.merge_clients(kept, card.version, &body).await
}

async fn record(app: &TestApp, api: &Api, client: ClientId, purpose: PurposeId, decision: Decision, days_ago: i64) {
    let day = (app.ctx.now() - TimeDelta::days(days_ago)).date_naive();
    let body = RecordConsent { decision, ..given(purpose, Channel::Email, &day.to_string()) };
    api.record_consent(client, &body, None).await.unwrap();
}

async fn status(api: &Api, client: ClientId, purpose: PurposeId) -> Option<ConsentStatus> {
    let card = api.client(client).await.unwrap().value;
    card.consents.iter().find(|consent| consent.purpose_id == purpose).map(|consent| consent.status)
}

/// The stored states and columns are what the ledger says.
async fn ledger_agrees(app: &TestApp) {
    let mut differences = Vec::new();
    let checked = ledger::check_consents(&app.ctx, |difference| differences.push(difference)).await.unwrap();
    assert_eq!((checked.differences, differences), (0, vec![]));
}

async fn proposed(app: &TestApp, api: &Api) -> Vec<(DuplicateReasons, String, String)> {
    app.clock.advance(TimeDelta::seconds(5));
    while duplicates::scan(&app.ctx).await.unwrap() {}
    let page = api.duplicates(None).await.unwrap();
    let mut found: Vec<_> = page
        .items
        .into_iter()
        .map(|pair| {
            let mut names = [pair.first.name, pair.second.name];
            names.sort();
            let [first, second] = names;
            (pair.reasons, first, second)
        })
        .collect();
    found.sort_by(|a, b| (&a.1, &a.2).cmp(&(&b.1, &b.2)));
    found
}

type DuplicateReasons = Vec<DuplicateReason>;

on_both_databases! {
    async fn two_cards_become_one_and_two_again(app: TestApp) {
        use BuiltinField as F;
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let answers = form.answers(&[("name", "Jan Kowalski"), ("email", "jan@example.com"), ("newsletter", "true")]);
        app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        let sent = api.search_clients(&SearchClients::default()).await.unwrap().items.remove(0).id;
        let kept = put(&api, &[(F::Name, "J. Kowalski"), (F::City, "Łódź"), (F::Phone, "600 100 200")]).await;
        let mut tags = Vec::new();
        for (name, client) in [("stały", kept), ("z targów", sent)] {
            let tag = TagId::from_uuid(api.create_tag(&TagBody { name: name.into(), colour: TagColour::ALL[0] }, None).await.unwrap().id);
            let version = api.client(client).await.unwrap().version;
            api.set_client_tags(client, version, &ClientTags { tags: vec![tag] }).await.unwrap();
            tags.push(tag);
        }
        let before = (api.client(kept).await.unwrap().value, api.client(sent).await.unwrap().value);
        app.clock.advance(TimeDelta::seconds(1));

        let merged = merge(&api, kept, sent, &[(F::Name, "Jan Kowalski"), (F::Email, "jan@example.com")]).await.unwrap();
        let card = api.client(kept).await.unwrap();
        assert_eq!(card.version, merged.version);
        let details = &card.value.details;
        assert_eq!((details.name.as_deref(), details.email.as_deref(), details.city.as_deref()), (Some("Jan Kowalski"), Some("jan@example.com"), Some("Łódź")));
        assert_eq!(code(api.client(sent).await), ProblemCode::NotFound);
        assert_eq!(api.search_clients(&SearchClients::default()).await.unwrap().items.len(), 1);
        // What was sent, said and done is the kept card's; the consent came along as a claim, with its evidence.
        assert_eq!(api.client_submissions(kept).await.unwrap().len(), 1);
        let id = api.client_submissions(kept).await.unwrap()[0].id;
        assert!(api.submission(id).await.unwrap().answers.iter().any(|answer| answer.text == "jan@example.com"));
        let consent = card.value.consents.iter().find(|consent| consent.purpose_id == form.purpose_id).unwrap();
        assert_eq!((consent.status, consent.grade), (ConsentStatus::Requested, Some(EvidenceGrade::D)));
        assert_eq!(consent.events.iter().map(|event| event.method).collect::<Vec<_>>(), [ConsentMethod::Merge, ConsentMethod::FormCheckbox]);
        assert!(consent.events.iter().any(|event| event.evidence.ip.is_some()), "the evidence of the merged card is readable");
        let history = api.client_history(kept, None).await.unwrap().items;
        assert!(history.iter().any(|event| event.action == Action::SubmissionReceived));
        assert_eq!(history.iter().filter(|event| event.action == Action::ClientsMerged).count(), 2);
        let told = history.iter().find(|event| event.action == Action::ClientsMerged && event.record_id == Some(sent.as_uuid())).unwrap();
        assert!(api.audit_event(told.id).await.unwrap().changes.iter().any(|change| change.field == "email"));
        let mut now: Vec<TagId> = zgoda_persistence::tags::of_client(&app.ctx.db.read(), kept).await.unwrap();
        now.sort();
        tags.sort();
        assert_eq!(now, tags);
        ledger_agrees(&app).await;
        let found = api.quick_search(&QuickSearch { text: "kowalski".into(), limit: 5 }).await.unwrap();
        assert_eq!(found.iter().map(|hit| hit.id).collect::<Vec<_>>(), [kept]);
        let data: serde_json::Value = serde_json::from_slice(&api.subject_data_json(kept).await.unwrap().bytes).unwrap();
        assert_eq!(data["submissions"].as_array().unwrap().len(), 1);
        assert_eq!(data["merged_cards"][0]["details"][0]["value"], "Jan Kowalski");

        let list = api.merged_cards(kept).await.unwrap();
        assert_eq!((list.len(), list[0].name.as_deref(), list[0].can_undo), (1, Some("Jan Kowalski"), true));
        assert_eq!(api.undo_merge(merged.merge_id).await.unwrap().client_id, sent);
        let after = (api.client(kept).await.unwrap().value, api.client(sent).await.unwrap().value);
        assert_eq!((&after.0.details, &after.1.details), (&before.0.details, &before.1.details));
        assert_eq!((&after.1.custom, after.1.created_at), (&before.1.custom, before.1.created_at));
        assert_eq!((api.client_submissions(kept).await.unwrap().len(), api.client_submissions(sent).await.unwrap().len()), (0, 1));
        assert!(api.submission(id).await.unwrap().answers.iter().any(|answer| answer.text == "jan@example.com"));
        assert_eq!(status(&api, sent, form.purpose_id).await, Some(ConsentStatus::Given));
        assert_eq!(zgoda_persistence::tags::of_client(&app.ctx.db.read(), sent).await.unwrap().len(), 1);
        assert_eq!(code(api.undo_merge(merged.merge_id).await), ProblemCode::WrongState);
        assert!(!api.merged_cards(kept).await.unwrap()[0].can_undo);
        ledger_agrees(&app).await;
    }

    async fn the_stricter_consent_stands(app: TestApp) {
        use Decision::{Given, Refused};
        let api = app.owner().await;
        let cases = [
            // Kept, merged, after the merge, after its undoing.
            (Some(Given), Some(Given), Some(ConsentStatus::Given), Some(ConsentStatus::Given)),
            (Some(Given), Some(Refused), Some(ConsentStatus::Refused), Some(ConsentStatus::Given)),
            (Some(Refused), Some(Given), Some(ConsentStatus::Refused), Some(ConsentStatus::Refused)),
            (Some(Given), None, Some(ConsentStatus::Given), Some(ConsentStatus::Given)),
            (None, Some(Given), Some(ConsentStatus::Requested), Some(ConsentStatus::Requested)),
            (None, Some(Refused), Some(ConsentStatus::Refused), Some(ConsentStatus::Refused)),
        ];
        for (n, (kept_said, merged_said, after, undone)) in cases.into_iter().enumerate() {
            let (purpose, _) = purpose(&api, &format!("Cel {n}"), &[Channel::Email], Some(365)).await;
            let (kept, other) = (app.client(&api, "A").await, app.client(&api, "B").await);
            for (client, said, days) in [(kept, kept_said, 10), (other, merged_said, 30)] {
                if let Some(decision) = said {
                    record(&app, &api, client, purpose, decision, days).await;
                }
            }
            let before = status(&api, other, purpose).await;
            let merged = merge(&api, kept, other, &[]).await.unwrap();
            assert_eq!(status(&api, kept, purpose).await, after, "case {n}");
            // The two consents run for a year from their day: what the two allow together ends with the older.
            if after == Some(ConsentStatus::Given) && merged_said.is_some() {
                let card = api.client(kept).await.unwrap().value;
                let end = card.consents.iter().find(|consent| consent.purpose_id == purpose).unwrap().expires_at.unwrap();
                assert!(end < app.ctx.now() + TimeDelta::days(340), "{end}");
            }
            ledger_agrees(&app).await;
            api.undo_merge(merged.merge_id).await.unwrap();
            assert_eq!(status(&api, kept, purpose).await, undone, "case {n}, undone");
            assert_eq!(status(&api, other, purpose).await, before, "case {n}, the other one");
            ledger_agrees(&app).await;
        }
    }

    async fn what_was_said_after_a_merge_outlives_its_undoing(app: TestApp) {
        let api = app.owner().await;
        let (purpose, _) = purpose(&api, "Newsletter", &[Channel::Email], None).await;
        let (kept, other) = (app.client(&api, "A").await, app.client(&api, "B").await);
        record(&app, &api, kept, purpose, Decision::Given, 10).await;
        record(&app, &api, other, purpose, Decision::Given, 10).await;
        let merged = merge(&api, kept, other, &[]).await.unwrap();
        let body = WithdrawConsent { purpose_id: purpose, channel: Channel::Email, note: None };
        api.withdraw_consent(kept, &body).await.unwrap();
        api.undo_merge(merged.merge_id).await.unwrap();
        assert_eq!(status(&api, kept, purpose).await, Some(ConsentStatus::Withdrawn));
        ledger_agrees(&app).await;
    }

    async fn an_undoing_writes_over_nothing_and_ends_after_thirty_days(app: TestApp) {
        let api = app.owner().await;
        let (kept, other) = (app.client(&api, "Kowalski Jan").await, app.client(&api, "Jan Kowalskidrugi").await);
        let merged = merge(&api, kept, other, &[(BuiltinField::City, "Kraków")]).await.unwrap();
        let card = api.client(kept).await.unwrap();
        let details = ClientInput { city: Some("Gdańsk".into()), ..card.value.details.clone() };
        let changed = api.change_client(kept, card.version, &ClientBody { details, custom: BTreeMap::new() }).await.unwrap();
        let refused = problem(api.undo_merge(merged.merge_id).await);
        assert_eq!(refused.errors.iter().map(|one| (one.pointer.as_str(), &one.rule)).collect::<Vec<_>>(), [("/details/city", &Rule::ChangedSince)]);
        // Put back by hand, it can be undone; also while the card went through other versions.
        api.change_client(kept, changed.version, &ClientBody { details: card.value.details, custom: BTreeMap::new() }).await.unwrap();
        api.undo_merge(merged.merge_id).await.unwrap();

        let merged = merge(&api, kept, other, &[]).await.unwrap();
        let third = app.client(&api, "Trzecia").await;
        let later = merge(&api, third, kept, &[]).await.unwrap();
        assert_eq!(code(api.undo_merge(merged.merge_id).await), ProblemCode::WrongState, "the later merge comes first");
        api.undo_merge(later.merge_id).await.unwrap();
        app.clock.advance(TimeDelta::days(31));
        let again = app.owner().await;
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(code(again.undo_merge(merged.merge_id).await), ProblemCode::WrongState);
        let list = again.merged_cards(kept).await.unwrap();
        assert_eq!((list[0].name.as_deref(), list[0].can_undo), (None, false));
    }

    async fn erasing_the_kept_card_erases_what_was_merged_into_it(app: TestApp) {
        let api = app.owner().await;
        let (purpose, _) = purpose(&api, "Newsletter", &[Channel::Email], None).await;
        let ids = [app.client(&api, "Xq7Ada").await, app.client(&api, "Xq7Beata").await, app.client(&api, "Xq7Cecylia").await];
        for id in ids {
            record(&app, &api, id, purpose, Decision::Given, 3).await;
        }
        merge(&api, ids[1], ids[0], &[]).await.unwrap();
        merge(&api, ids[2], ids[1], &[]).await.unwrap();
        let events = zgoda_persistence::consents::ledger(&app.ctx.db.read(), ids[2]).await.unwrap();
        assert_eq!(events.len(), 3);
        assert!(events.iter().all(|event| !event.erased));
        let version = api.client(ids[2]).await.unwrap().version;
        api.delete_client(ids[2], version).await.unwrap();
        for id in ids {
            let events = zgoda_persistence::consents::ledger(&app.ctx.db.read(), id).await.unwrap();
            assert!(!events.is_empty() && events.iter().all(|event| event.erased), "a key is left");
        }
        assert_eq!((app.rows("client_merges").await, app.rows("clients").await), (0, 0));
        assert!(!crate::sealing::everything_stored(&app).await.contains("Xq7"));
    }

    async fn nobody_merges_what_they_cannot_reach_or_see(app: TestApp) {
        use BuiltinField as F;
        let owner = app.owner().await;
        let rights = [(Right::ViewClients, Scope::Own), (Right::EditClients, Scope::Own), (Right::DeleteClients, Scope::Own), (Right::CreateClients, Scope::All)];
        let fixed = [(FieldRef::Builtin(F::Nip), FieldRestriction::ReadOnly)];
        let hidden = [(FieldRef::Builtin(F::Nip), FieldRestriction::Masked)];
        let definition = RoleDefinition { rights: rights.into(), fields: fixed.into(), ..RoleDefinition::default() };
        let seller = app.member("Sonia", app.role(&owner, "sprzedaż", definition).await).await;
        let foreign = app.client(&owner, "Cudza").await;
        let (one, two) = (app.client(&seller, "Własna").await, app.client(&seller, "Druga").await);
        let body = |other| MergeClients { other_id: other, other_version: 1, details: ClientInput { name: Some("Własna".into()), ..ClientInput::default() }, custom: BTreeMap::new() };
        assert_eq!(code(seller.merge_clients(one, 1, &body(foreign)).await), ProblemCode::NotFound);
        assert_eq!(code(seller.merge_clients(foreign, 1, &body(one)).await), ProblemCode::NotFound);
        assert_eq!(problem(seller.merge_clients(one, 1, &body(one)).await).errors[0].pointer, "/other_id");
        assert_eq!(code(seller.merge_clients(one, 2, &body(two)).await), ProblemCode::Outdated);
        // Undone by whoever may write what the merge wrote.
        let card = owner.client(two).await.unwrap();
        let details = ClientInput { nip: Some("5260001246".into()), ..card.value.details.clone() };
        let chosen = MergeClients { other_id: one, other_version: 1, details, custom: BTreeMap::new() };
        let merged = owner.merge_clients(two, 1, &chosen).await.unwrap();
        let reader = app.member("Robert", RoleTemplate::ReadOnly.id()).await;
        assert_eq!(code(reader.undo_merge(merged.merge_id).await), ProblemCode::NotAllowed);
        assert_eq!(complaint(seller.undo_merge(merged.merge_id).await), ("/details/nip".to_owned(), Rule::ReadOnly));
        owner.undo_merge(merged.merge_id).await.unwrap();

        // Whoever sees cards in part is answered alike, whatever stands where they do not see.
        let definition = RoleDefinition { rights: rights.into(), fields: hidden.into(), ..RoleDefinition::default() };
        let clerk = app.member("Klara", app.role(&owner, "bez NIP", definition).await).await;
        let (three, four) = (app.client(&clerk, "Trzecia").await, app.client(&clerk, "Czwarta").await);
        assert_eq!(code(clerk.merge_clients(three, 1, &body(four)).await), ProblemCode::PartialView);
        assert_eq!(code(clerk.merge_clients(three, 9, &body(foreign)).await), ProblemCode::PartialView);
        let merged = owner.merge_clients(three, 1, &body(four)).await.unwrap();
        assert_eq!(code(clerk.undo_merge(merged.merge_id).await), ProblemCode::PartialView);
    }

    async fn cards_of_one_person_are_proposed_once_and_others_never(app: TestApp) {
        use BuiltinField as F;
        use DuplicateReason as R;
        let api = app.owner().await;
        put(&api, &[(F::Name, "Ada Pierwsza"), (F::Email, "Ada@example.com")]).await;
        put(&api, &[(F::Name, "Adrianna P."), (F::Email, "ada@EXAMPLE.com")]).await;
        put(&api, &[(F::Name, "Bank Jeden"), (F::Phone, "600 100 200"), (F::Nip, "526-000-12-46")]).await;
        put(&api, &[(F::Name, "Bank Dwa"), (F::MobilePhone, "+48600100200"), (F::Nip, "5260001246")]).await;
        put(&api, &[(F::Name, "Celina Żak"), (F::City, "Łódź")]).await;
        put(&api, &[(F::Name, "Żak Celina"), (F::City, "łódź")]).await;
        // One name in two towns, another number, nothing in common.
        put(&api, &[(F::Name, "Celina Żak"), (F::City, "Kraków"), (F::Phone, "+49 600 100 200")]).await;
        let expected = [
            (vec![R::Email], "Ada Pierwsza".to_owned(), "Adrianna P.".to_owned()),
            (vec![R::Nip, R::Phone], "Bank Dwa".to_owned(), "Bank Jeden".to_owned()),
            (vec![R::Name], "Celina Żak".to_owned(), "Żak Celina".to_owned()),
        ];
        assert_eq!(proposed(&app, &api).await, expected);

        // Who does not see all that they may have in common is told of none: that there is a pair tells what it is made of.
        let mut definition = RoleTemplate::Owner.definition();
        definition.rights.remove(&Right::AdministerOwners);
        definition.fields = [(FieldRef::Builtin(F::Email), FieldRestriction::Masked), (FieldRef::Builtin(F::Phone), FieldRestriction::Hidden), (FieldRef::Builtin(F::MobilePhone), FieldRestriction::Masked)].into();
        let other = app.member("Sonia", app.role(&api, "bez e-maili", definition).await).await;
        assert_eq!(code(other.duplicates(None).await), ProblemCode::PartialView);
        let any = api.duplicates(None).await.unwrap().items[0].id;
        assert_eq!(code(other.dismiss_duplicate(any).await), ProblemCode::PartialView);
        assert_eq!(code(other.restore_duplicate(any).await), ProblemCode::PartialView);
        let own = RoleDefinition { rights: [(Right::ViewClients, Scope::Own), (Right::EditClients, Scope::Own), (Right::DeleteClients, Scope::Own)].into(), ..RoleDefinition::default() };
        let own = app.member("Olga", app.role(&api, "własne", own).await).await;
        assert_eq!(own.duplicates(None).await.unwrap().items, []);

        // Two persons stay two, also after their cards were changed.
        let page = api.duplicates(None).await.unwrap().items;
        let pair = page.iter().find(|pair| pair.reasons == [R::Name]).unwrap();
        api.dismiss_duplicate(pair.id).await.unwrap();
        assert_eq!(code(api.dismiss_duplicate(pair.id).await), ProblemCode::NotFound);
        // Taken back, they are proposed again; by nobody who does not reach both.
        assert_eq!(code(own.restore_duplicate(pair.id).await), ProblemCode::NotFound);
        api.restore_duplicate(pair.id).await.unwrap();
        assert_eq!(code(api.restore_duplicate(pair.id).await), ProblemCode::NotFound);
        assert_eq!(proposed(&app, &api).await, expected);
        api.dismiss_duplicate(pair.id).await.unwrap();
        let card = api.client(pair.first.id).await.unwrap();
        let details = ClientInput { street: Some("Nowa 1".into()), ..card.value.details };
        api.change_client(pair.first.id, card.version, &ClientBody { details, custom: BTreeMap::new() }).await.unwrap();
        assert_eq!(proposed(&app, &api).await, expected[..2]);
        // What has nothing in common any more is proposed no more, and what was merged neither.
        let pair = page.iter().find(|pair| pair.reasons == [R::Email]).unwrap();
        let card = api.client(pair.first.id).await.unwrap();
        let details = ClientInput { email: Some("inna@example.com".into()), ..card.value.details };
        api.change_client(pair.first.id, card.version, &ClientBody { details, custom: BTreeMap::new() }).await.unwrap();
        let pair = page.iter().find(|pair| pair.reasons.contains(&R::Nip)).unwrap();
        merge(&api, pair.first.id, pair.second.id, &[]).await.unwrap();
        assert_eq!(proposed(&app, &api).await, []);
    }
}
