//! Consents that run out, and asking by mail to renew them.

use crate::{
    code, complaint,
    recorded::{given, purpose},
};
use chrono::TimeDelta;
use reqwest::{Client, Response, StatusCode};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::collections::BTreeMap;
use zgoda_api_types::{
    clients::ClientBody,
    consents::{AskRenewals, CreateWording, RecordConsent, RenewalItem, RenewalsAsked, WithdrawConsent},
    problem::ProblemCode,
    receipts::WhichConsent,
};
use zgoda_app::{Ctx, jobs};
use zgoda_client::{Api, AuditSearch, ExpiringSearch};
use zgoda_domain::{
    Rule,
    access::{FieldRestriction, Right, Scope, Visible, role::RoleTemplate},
    audit::Action,
    client::{BuiltinField, ClientInput},
    consent::{Channel, ConsentEventKind, ConsentMethod, ConsentStatus, EvidenceGrade, Language},
    field_ref::FieldRef,
    id::{ClientId, FileId, PurposeId},
    renewal::{ASK_MAX, NotAsked},
};
use zgoda_persistence::{
    consents::due_statement,
    purposes::answered_statement,
    renewals::{ExpiringQuery, expiring_statement},
};
use zgoda_test_support::{TestApp, on_both_databases};

/// A client with an address.
async fn client(api: &Api, name: &str) -> ClientId {
    let details = ClientInput {
        name: Some(name.into()),
        email: Some(format!("{}@example.com", name.to_lowercase())),
        ..ClientInput::default()
    };
    ClientId::from_uuid(api.create_client(&ClientBody { details, ..ClientBody::default() }, None).await.unwrap().id)
}

fn days_ago(app: &TestApp, days: i64) -> String {
    (app.ctx.now() - TimeDelta::days(days)).date_naive().to_string()
}

const fn item(client_id: ClientId, purpose_id: PurposeId, channel: Channel) -> RenewalItem {
    RenewalItem { client_id, purpose_id, channel }
}

async fn ask(api: &Api, items: &[RenewalItem]) -> (u64, BTreeMap<NotAsked, u64>) {
    let RenewalsAsked { asked, not_asked } = api.ask_renewals(&AskRenewals { items: items.to_vec() }).await.unwrap();
    (asked, not_asked.into_iter().map(|it| (it.reason, it.count)).collect())
}

async fn within(api: &Api, days: u16) -> Vec<(String, Channel, ConsentStatus, Option<NotAsked>)> {
    let search = ExpiringSearch { within_days: Some(days), ..ExpiringSearch::default() };
    let rows = api.expiring_consents(search).await.unwrap().items;
    rows.into_iter().map(|row| (row.client_name, row.channel, row.status, row.not_asked)).collect()
}

/// The link of the one letter that arrived.
async fn link(app: &TestApp) -> String {
    let letters = app.letters().await;
    assert_eq!(letters.len(), 1);
    let link = letters[0].text.split_whitespace().find(|word| word.contains("/renew/")).unwrap();
    link.to_owned()
}

async fn look(link: &str) -> (StatusCode, String) {
    let answer = Client::new().get(link).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn press(link: &str, form: &[(&str, &str)]) -> Response {
    let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Client::new().post(link).header("Content-Type", "application/x-www-form-urlencoded");
    request.body(body.join("&")).send().await.unwrap()
}

/// The wording that a page shows.
fn wording_of(page: &str) -> String {
    page.split("name=\"wording\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// What looking, and whatever is refused, must leave as it is.
async fn state(app: &TestApp) -> String {
    crate::sealing::stored(app, &["consent_events", "consent_states", "consent_renewals", "clients", "outbox"]).await
}

on_both_databases! {
    async fn the_list_begins_with_what_ran_out_longest_ago(app: TestApp) {
        let api = app.owner().await;
        let (newsletter, _) = purpose(&api, "Newsletter", &[Channel::Email, Channel::Sms], Some(100)).await;
        let (endless, _) = purpose(&api, "Bezterminowa", &[Channel::Email], None).await;
        for (name, days) in [("Adam", 95), ("Beata", 120), ("Celina", 50), ("Dorota", 101)] {
            let id = client(&api, name).await;
            api.record_consent(id, &given(newsletter, Channel::Email, &days_ago(&app, days)), None).await.unwrap();
            api.record_consent(id, &given(endless, Channel::Email, &days_ago(&app, days)), None).await.unwrap();
        }
        let names = async |days| within(&api, days).await.into_iter().map(|row| row.0).collect::<Vec<_>>();
        assert_eq!(names(0).await, ["Beata", "Dorota"]);
        assert_eq!(names(30).await, ["Beata", "Dorota", "Adam"]);
        assert_eq!(names(60).await, ["Beata", "Dorota", "Adam", "Celina"]);
        let rows = within(&api, 30).await;
        assert_eq!((rows[0].2, rows[0].3), (ConsentStatus::Expired, Some(NotAsked::NoEmailConsent)));
        assert_eq!((rows[2].2, rows[2].3), (ConsentStatus::Given, None));
        // Page by page: the same rows, each once.
        let mut after = None;
        let mut paged = Vec::new();
        loop {
            let search = ExpiringSearch { within_days: Some(60), after, limit: Some(1), ..ExpiringSearch::default() };
            let page = api.expiring_consents(search).await.unwrap();
            assert!(page.items.len() <= 1);
            paged.extend(page.items.into_iter().map(|row| row.client_name));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(paged, ["Beata", "Dorota", "Adam", "Celina"]);
        let only = |purpose, channel| ExpiringSearch { within_days: Some(60), purpose, channel, ..ExpiringSearch::default() };
        assert_eq!(api.expiring_consents(only(Some(endless), None)).await.unwrap().items, []);
        assert_eq!(api.expiring_consents(only(Some(newsletter), Some(Channel::Sms))).await.unwrap().items, []);
        assert_eq!(api.expiring_consents(only(Some(newsletter), Some(Channel::Email))).await.unwrap().items.len(), 4);
        let beyond = ExpiringSearch { within_days: Some(3_651), ..ExpiringSearch::default() };
        assert_eq!(complaint(api.expiring_consents(beyond).await), ("/within_days".into(), Rule::OutOfRange));
        // A row to go on from that changed meanwhile.
        let first = api.expiring_consents(ExpiringSearch { limit: Some(1), ..ExpiringSearch::default() }).await.unwrap();
        let beata = first.items[0].client_id;
        api.withdraw_consent(beata, &WithdrawConsent { purpose_id: newsletter, channel: Channel::Email, note: None }).await.unwrap();
        let search = ExpiringSearch { after: first.next, ..ExpiringSearch::default() };
        assert_eq!(code(api.expiring_consents(search).await), ProblemCode::CursorGone);
        assert_eq!(names(30).await, ["Dorota", "Adam"]);
    }

    async fn what_somebody_does_not_see_does_not_expire_for_them(app: TestApp) {
        let api = app.owner().await;
        let (newsletter, _) = purpose(&api, "Newsletter", &[Channel::Email, Channel::Sms], Some(100)).await;
        let mut own = RoleTemplate::Owner.definition();
        own.rights.remove(&Right::AdministerOwners);
        own.rights.iter_mut().filter(|(right, _)| right.is_scoped()).for_each(|(_, scope)| *scope = Scope::Own);
        let sonia = app.member("Sonia", app.role(&api, "własni", own).await).await;
        let (foreign, hers) = (client(&api, "Adam").await, client(&sonia, "Beata").await);
        for (id, days) in [(foreign, 95), (hers, 94)] {
            for channel in [Channel::Email, Channel::Sms] {
                api.record_consent(id, &given(newsletter, channel, &days_ago(&app, days)), None).await.unwrap();
            }
        }
        assert_eq!(within(&api, 30).await.len(), 4);
        assert!(within(&sonia, 30).await.iter().all(|row| row.0 == "Beata" && row.3.is_none()));
        // Not by a guessed id either, and nothing is sent.
        let before = state(&app).await;
        let unknown = PurposeId::from_uuid(hers.as_uuid());
        let items = [item(foreign, newsletter, Channel::Email), item(hers, unknown, Channel::Email), item(ClientId::from_uuid(newsletter.as_uuid()), newsletter, Channel::Email)];
        assert_eq!(ask(&sonia, &items).await, (0, [(NotAsked::NotFound, 3)].into()));
        assert_eq!(state(&app).await, before);
        assert_eq!(app.letters().await.len(), 0);
        // A cursor of another's row is no place in her list.
        let all = api.expiring_consents(ExpiringSearch { limit: Some(1), ..ExpiringSearch::default() }).await.unwrap();
        assert_eq!(all.items[0].client_id, foreign);
        let search = ExpiringSearch { after: all.next, ..ExpiringSearch::default() };
        assert_eq!(code(sonia.expiring_consents(search).await), ProblemCode::CursorGone);

        let columns: BTreeMap<Channel, _> = api.custom_fields().await.unwrap().into_iter().filter_map(|field| Some((field.channel?, field.id))).collect();
        for (restriction, shown) in [(FieldRestriction::Hidden, 2), (FieldRestriction::Masked, 2), (FieldRestriction::ReadOnly, 4)] {
            let mut definition = RoleTemplate::Owner.definition();
            definition.rights.remove(&Right::AdministerOwners);
            definition.fields.insert(FieldRef::Custom(columns[&Channel::Sms]), restriction);
            let member = app.member(restriction.code(), app.role(&api, restriction.code(), definition).await).await;
            let rows = within(&member, 30).await;
            assert_eq!(rows.len(), shown);
            let sms = rows.iter().find(|row| row.1 == Channel::Sms).map(|row| row.3);
            assert_eq!(sms, (shown == 4).then_some(Some(NotAsked::NotAllowed)));
        }
        // What decides whether somebody can be asked is not told to whom it is not shown.
        let mut definition = RoleTemplate::Owner.definition();
        definition.rights.remove(&Right::AdministerOwners);
        definition.fields.insert(FieldRef::Builtin(BuiltinField::Email), FieldRestriction::Hidden);
        let blind = app.member("Blanka", app.role(&api, "bez adresów", definition).await).await;
        assert!(within(&blind, 30).await.iter().all(|row| row.3 == Some(NotAsked::NotAllowed)));
        // Whoever opens cards for a reason sees those that they gave one for.
        let mut definition = RoleTemplate::Owner.definition();
        definition.rights.remove(&Right::AdministerOwners);
        definition.needs_reason = Some(true);
        let iod = app.member("Iwona", app.role(&api, "z powodem", definition).await).await;
        assert_eq!(within(&iod, 30).await, []);
        assert_eq!(ask(&iod, &[item(hers, newsletter, Channel::Email)]).await, (0, [(NotAsked::NotFound, 1)].into()));
        iod.give_reason(hers, &zgoda_api_types::clients::Reason { reason: "Skarga klienta".into() }).await.unwrap();
        assert_eq!(within(&iod, 30).await.len(), 2);
        // Reading alone asks nobody.
        let reader = app.reader().await;
        assert!(within(&reader, 30).await.iter().all(|row| row.3 == Some(NotAsked::NotAllowed)));
        assert_eq!(code(reader.ask_renewals(&AskRenewals { items: items.to_vec() }).await), ProblemCode::NotAllowed);
    }

    async fn only_who_consents_to_mails_is_asked_and_not_twice(app: TestApp) {
        let api = app.owner().await;
        let (newsletter, _) = purpose(&api, "Newsletter", &[Channel::Email, Channel::Sms], Some(100)).await;
        let (endless, _) = purpose(&api, "Bezterminowa", &[Channel::Email], None).await;
        let record = async |id, purpose, channel, days| {
            api.record_consent(id, &given(purpose, channel, &days_ago(&app, days)), None).await.unwrap();
        };
        let (adam, beata, celina, dorota) = (client(&api, "Adam").await, client(&api, "Beata").await, client(&api, "Celina").await, app.client(&api, "Dorota").await);
        record(adam, newsletter, Channel::Email, 95).await;
        record(adam, newsletter, Channel::Sms, 120).await;
        record(adam, endless, Channel::Email, 95).await;
        // Ran out, was taken back, and has no address.
        record(beata, newsletter, Channel::Email, 120).await;
        record(celina, newsletter, Channel::Sms, 95).await;
        record(celina, newsletter, Channel::Email, 95).await;
        api.withdraw_consent(celina, &WithdrawConsent { purpose_id: newsletter, channel: Channel::Email, note: None }).await.unwrap();
        record(dorota, newsletter, Channel::Email, 95).await;
        let items = [
            item(adam, newsletter, Channel::Email),
            item(adam, newsletter, Channel::Email),
            // Ran out itself; the mail goes under the consent to mails, which stands.
            item(adam, newsletter, Channel::Sms),
            item(adam, endless, Channel::Email),
            item(beata, newsletter, Channel::Email),
            item(celina, newsletter, Channel::Sms),
            item(celina, newsletter, Channel::Email),
            item(dorota, newsletter, Channel::Email),
        ];
        let why = [
            (NotAsked::OpenRequest, 1),
            (NotAsked::NothingToRenew, 2),
            (NotAsked::NoEmailConsent, 2),
            (NotAsked::NoAddress, 1),
        ];
        assert_eq!(ask(&api, &items).await, (2, why.into()));
        let letters = app.letters().await;
        assert_eq!(letters.len(), 2);
        assert!(letters.iter().all(|letter| letter.to.as_str() == "adam@example.com" && letter.to_name.is_none()));
        assert!(letters.iter().all(|letter| letter.text.contains("„Newsletter”") && !letter.text.contains("Adam")));
        // The same again asks nobody, today or in five months; after half a year it may be asked once more.
        assert_eq!(ask(&api, &items[..1]).await, (0, [(NotAsked::OpenRequest, 1)].into()));
        let log = api.search_audit_events(AuditSearch { action: Some(Action::RenewalsAsked), ..AuditSearch::default() }, None).await.unwrap();
        assert_eq!(log.items.len(), 2);
        assert!(log.items.iter().all(|entry| entry.client_id == Some(adam)));
        app.clock.advance(TimeDelta::days(4));
        let api = app.owner().await;
        let fresh = (app.ctx.now() - TimeDelta::days(1)).date_naive().to_string();
        api.record_consent(adam, &given(newsletter, Channel::Email, &fresh), None).await.unwrap();
        app.clock.advance(TimeDelta::days(80));
        let api = app.owner().await;
        assert_eq!(ask(&api, &items[..1]).await, (0, [(NotAsked::AskedLately, 1)].into()));
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(app.rows("consent_renewals").await, 2);
        app.clock.advance(TimeDelta::days(97));
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(app.rows("consent_renewals").await, 0);
        let api = app.owner().await;
        let fresh = days_ago(&app, 1);
        api.record_consent(adam, &given(newsletter, Channel::Email, &fresh), None).await.unwrap();
        assert_eq!(ask(&api, &items[..1]).await, (1, BTreeMap::new()));

        assert_eq!(complaint(api.ask_renewals(&AskRenewals { items: vec![] }).await), ("/items".into(), Rule::Required));
        let many = AskRenewals { items: vec![items[0]; ASK_MAX + 1] };
        assert_eq!(complaint(api.ask_renewals(&many).await), ("/items".into(), Rule::TooMany { max: ASK_MAX }));
    }

    async fn where_no_mail_can_be_sent_nobody_counts_as_asked(app: TestApp) {
        let api = app.owner().await;
        let (newsletter, _) = purpose(&api, "Newsletter", &[Channel::Email], Some(100)).await;
        let adam = client(&api, "Adam").await;
        api.record_consent(adam, &given(newsletter, Channel::Email, &days_ago(&app, 95)), None).await.unwrap();
        let mute = Ctx::new(app.database.db.clone(), app.clock.clone(), app.database.vault.clone(), &app.base);
        let silent = app.serve(mute, "127.0.0.1:0", &[]);
        let there = silent.same_browser(&api);
        assert_eq!(ask(&there, &[item(adam, newsletter, Channel::Email)]).await, (0, [(NotAsked::NoMailServer, 1)].into()));
        assert_eq!(app.rows("consent_renewals").await, 0);
        silent.stop().await;
    }

    async fn looking_changes_nothing_and_a_button_renews_once(app: TestApp) {
        let api = app.owner().await;
        let (newsletter, old) = purpose(&api, "Newsletter <b>", &[Channel::Email], Some(100)).await;
        let adam = client(&api, "Adam").await;
        let body = zgoda_api_types::consents::RecordConsent { wording_id: Some(old), ..given(newsletter, Channel::Email, &days_ago(&app, 95)) };
        api.record_consent(adam, &body, None).await.unwrap();
        assert_eq!(ask(&api, &[item(adam, newsletter, Channel::Email)]).await.0, 1);
        let link = link(&app).await;
        // Who asks is named on the page once it is known.
        api.change_organisation(0, &crate::organisation::example()).await.unwrap();
        let before = state(&app).await;
        assert!(!before.contains(link.rsplit('/').next().unwrap()), "the token is stored");
        // Mail programs, scanners and previews look, and look again.
        for method in [reqwest::Method::GET, reqwest::Method::GET, reqwest::Method::HEAD, reqwest::Method::OPTIONS] {
            Client::new().request(method, &link).send().await.unwrap();
        }
        let answer = Client::new().get(&link).send().await.unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        assert_eq!((header("referrer-policy"), header("cache-control")), ("no-referrer".into(), "no-store".into()));
        assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'self'; form-action 'self'"));
        assert!(answer.headers().get("set-cookie").is_none());
        let page = answer.text().await.unwrap();
        assert!(page.contains("Zgadzam się: Newsletter &#60;b&#62;.") && page.contains(&crate::organisation::example().name) && !page.contains("<script") && !page.contains("<b>"));
        // Presses that name no button, or another text, store nothing.
        let (stale, nonsense) = (zgoda_domain::id::WordingId::from_uuid(adam.as_uuid()).to_string(), "x".to_owned());
        for form in [vec![], vec![("answer", "yes")], vec![("answer", "renew")], vec![("answer", "renew"), ("wording", &nonsense)], vec![("answer", "renew"), ("wording", &stale)]] {
            assert_eq!(press(&link, &form).await.status(), 200, "{form:?}");
        }
        assert_eq!(state(&app).await, before);

        // The text changes while the page is open: it is shown anew first.
        let seen = wording_of(&page);
        app.clock.advance(TimeDelta::minutes(1));
        let newer = CreateWording { language: Language::Pl, channel: Some(Channel::Email), text: "Zgadzam się, nowa treść.".into() };
        let newer = api.create_wording(newsletter, &newer, None).await.unwrap().id;
        let before = state(&app).await;
        let again = press(&link, &[("answer", "renew"), ("wording", &seen)]).await.text().await.unwrap();
        assert!(again.contains("Treść zgody zmieniła się") && again.contains("nowa treść"));
        assert_eq!(state(&app).await, before);
        let done = press(&link, &[("answer", "renew"), ("wording", &wording_of(&again))]).await;
        assert_eq!(done.status(), 200);
        assert!(done.text().await.unwrap().contains("Zgoda została odnowiona"));
        let consent = api.client(adam).await.unwrap().value.consents.remove(0);
        let event = &consent.events[0];
        assert_eq!((consent.status, consent.grade), (ConsentStatus::Given, Some(EvidenceGrade::A)));
        assert_eq!((event.kind, event.method), (ConsentEventKind::Renewed, ConsentMethod::RenewalClick));
        assert_eq!(event.wording.as_ref().map(|wording| wording.id.as_uuid()), Some(newer));
        assert_eq!(consent.expires_at, Some(app.ctx.now() + TimeDelta::days(100)));
        assert!(event.evidence.ip.is_some());
        assert_eq!(event.recorded_by, None);
        // Once. Whatever is pressed then, and whoever looks.
        let before = state(&app).await;
        let spent = look(&link).await;
        assert_eq!(spent.0, StatusCode::GONE);
        for form in [vec![("answer", "withdraw")], vec![("answer", "renew"), ("wording", &seen)]] {
            let answer = press(&link, &form).await;
            assert_eq!((answer.status(), answer.text().await.unwrap()), (spent.0, spent.1.clone()));
        }
        // A link that never was is answered word for word alike.
        assert_eq!(look(&format!("{}/renew/nigdy-nie-istnial", app.base)).await, spent);
        assert_eq!(state(&app).await, before);
        let log = api.search_audit_events(AuditSearch { action: Some(Action::ConsentRenewed), ..AuditSearch::default() }, None).await.unwrap();
        assert_eq!((log.items.len(), log.items[0].client_id, log.items[0].actor_kind.as_str()), (1, Some(adam), "visitor"));
        // The log is for ever; where the click came from is part of the sealed evidence alone.
        assert_eq!((&log.items[0].ip, &log.items[0].user_agent), (&None, &None));
        let data: serde_json::Value = serde_json::from_slice(&api.subject_data_json(adam).await.unwrap().bytes).unwrap();
        assert_eq!((&data["renewals"][0]["purpose"], &data["renewals"][0]["channel"]), (&"Newsletter <b>".into(), &"email".into()));
        assert!(data["renewals"][0]["asked_at"].is_string() && data["renewals"][0]["answered_at"].is_string());
    }

    async fn a_link_ends_when_the_address_changes(app: TestApp) {
        let api = app.owner().await;
        let (newsletter, _) = purpose(&api, "Newsletter", &[Channel::Email], Some(100)).await;
        let adam = client(&api, "Adam").await;
        api.record_consent(adam, &given(newsletter, Channel::Email, &days_ago(&app, 95)), None).await.unwrap();
        assert_eq!(ask(&api, &[item(adam, newsletter, Channel::Email)]).await.0, 1);
        let link = link(&app).await;
        let wording = wording_of(&look(&link).await.1);
        let card = api.client(adam).await.unwrap();
        let mut body = ClientBody { details: card.value.details, custom: card.value.custom };
        body.details.email = Some("adam.nowy@example.com".into());
        api.change_client(adam, card.version, &body).await.unwrap();
        let before = state(&app).await;
        assert_eq!(look(&link).await.0, StatusCode::GONE);
        for form in [vec![("answer", "renew"), ("wording", &*wording)], vec![("answer", "withdraw")]] {
            assert_eq!(press(&link, &form).await.status(), StatusCode::GONE);
        }
        assert_eq!(state(&app).await, before);
    }

    /// Whatever was done with it: that it is there at all is not shown by the log either.
    async fn whoever_does_not_see_the_consent_reads_of_it_nowhere_in_the_log(app: TestApp) {
        let owner = app.owner().await;
        let (newsletter, _) = purpose(&owner, "Newsletter", &[Channel::Email], Some(100)).await;
        let adam = client(&owner, "Adam").await;
        let scan = owner.upload_client_file(adam, "zgoda.pdf", b"%PDF-1.7\nskan\n%%EOF\n", None).await.unwrap().id;
        let scan = FileId::from_uuid(scan);
        let paper = RecordConsent { file_id: Some(scan), ..given(newsletter, Channel::Email, &days_ago(&app, 95)) };
        owner.record_consent(adam, &paper, None).await.unwrap();
        owner.client_file(adam, scan).await.unwrap();
        let which = WhichConsent { purpose_id: newsletter, channel: Channel::Email };
        owner.consent_receipt(adam, which).await.unwrap();
        owner.send_consent_receipt(adam, which).await.unwrap();
        app.letters().await;
        assert_eq!(ask(&owner, &[item(adam, newsletter, Channel::Email)]).await.0, 1);
        let link = link(&app).await;
        let wording = wording_of(&look(&link).await.1);
        assert_eq!(press(&link, &[("answer", "renew"), ("wording", &wording)]).await.status(), 200);
        let column = owner.custom_fields().await.unwrap().into_iter().find(|field| field.purpose_id == Some(newsletter)).unwrap().id;
        for restriction in [FieldRestriction::Hidden, FieldRestriction::Masked, FieldRestriction::ReadOnly] {
            let shown = restriction == FieldRestriction::ReadOnly;
            let mut definition = RoleTemplate::Administrator.definition();
            definition.fields.insert(FieldRef::Custom(column), restriction);
            let role = app.role(&owner, restriction.code(), definition).await;
            let member = app.member(&restriction.code().replace('_', "."), role).await;
            let about = |action| AuditSearch { client: Some(adam), action, ..AuditSearch::default() };
            let all = member.search_audit_events(about(None), None).await.unwrap().items;
            let file = String::from_utf8(member.export_audit_events(about(None)).await.unwrap().bytes).unwrap();
            let history = serde_json::to_string(&member.client_history(adam, None).await.unwrap().items).unwrap();
            for text in [&serde_json::to_string(&all).unwrap(), &history, &file] {
                for told in ["consent_recorded", "receipt_made", "receipt_sent", "file_opened", "renewals_asked", "consent_renewed", "purpose:"] {
                    assert_eq!(text.contains(told), shown, "{restriction:?} {told}");
                }
            }
            for action in [Action::ConsentRecorded, Action::ConsentRenewed, Action::ReceiptMade, Action::ReceiptSent, Action::FileOpened, Action::RenewalsAsked] {
                let found = member.search_audit_events(about(Some(action)), None).await.unwrap().items;
                assert_eq!(found.len(), usize::from(shown), "{restriction:?} {action:?}");
            }
            // What changed where it stands is found as a change of the card, whether it is asked for or not.
            let changes = member.search_audit_events(about(Some(Action::ClientChanged)), None).await.unwrap().items;
            assert_eq!(changes.len(), if shown { 0 } else { 2 }, "{restriction:?}");
            assert_eq!(all.iter().filter(|entry| entry.action == Action::ClientChanged).count(), changes.len());
        }
    }

    async fn the_other_button_withdraws_and_a_no_closes_the_question(app: TestApp) {
        let api = app.owner().await;
        let (newsletter, _) = purpose(&api, "Newsletter", &[Channel::Email], Some(100)).await;
        let english = CreateWording { language: Language::En, channel: None, text: "I agree.".into() };
        let english = zgoda_domain::id::WordingId::from_uuid(api.create_wording(newsletter, &english, None).await.unwrap().id);
        let (adam, beata) = (client(&api, "Adam").await, client(&api, "Beata").await);
        for id in [adam, beata] {
            let body = zgoda_api_types::consents::RecordConsent { wording_id: Some(english), ..given(newsletter, Channel::Email, &days_ago(&app, 95)) };
            api.record_consent(id, &body, None).await.unwrap();
        }
        assert_eq!(ask(&api, &[item(adam, newsletter, Channel::Email)]).await.0, 1);
        let letters = app.letters().await;
        // In the language of the text that was agreed to.
        assert_eq!(letters[0].subject, "Would you like to renew your consent?");
        let link = letters[0].text.split_whitespace().find(|word| word.contains("/renew/")).unwrap().to_owned();
        assert!(look(&link).await.1.contains("I agree."));
        let done = press(&link, &[("answer", "withdraw")]).await;
        assert!(done.text().await.unwrap().contains("The consent was withdrawn"));
        let consent = api.client(adam).await.unwrap().value.consents.remove(0);
        assert_eq!((consent.status, consent.events[0].kind, consent.events[0].method), (ConsentStatus::Withdrawn, ConsentEventKind::Withdrawn, ConsentMethod::RenewalClick));

        // Withdrawn by telephone while the letter was on its way: the link cannot undo it.
        assert_eq!(ask(&api, &[item(beata, newsletter, Channel::Email)]).await.0, 1);
        let link = crate::renewals::link(&app).await;
        let wording = wording_of(&look(&link).await.1);
        api.withdraw_consent(beata, &WithdrawConsent { purpose_id: newsletter, channel: Channel::Email, note: None }).await.unwrap();
        let before = state(&app).await;
        assert_eq!(look(&link).await.0, StatusCode::GONE);
        assert_eq!(press(&link, &[("answer", "renew"), ("wording", &wording)]).await.status(), StatusCode::GONE);
        assert_eq!(state(&app).await, before);
    }

    async fn a_link_ends_with_the_consent_and_with_the_card(app: TestApp) {
        let api = app.owner().await;
        let (newsletter, _) = purpose(&api, "Newsletter", &[Channel::Email], Some(100)).await;
        let (adam, beata) = (client(&api, "Adam").await, client(&api, "Beata").await);
        for id in [adam, beata] {
            api.record_consent(id, &given(newsletter, Channel::Email, &days_ago(&app, 98)), None).await.unwrap();
        }
        assert_eq!(ask(&api, &[item(beata, newsletter, Channel::Email)]).await.0, 1);
        let gone = link(&app).await;
        let card = api.client(beata).await.unwrap();
        api.delete_client(beata, card.version).await.unwrap();
        assert_eq!((look(&gone).await.0, app.rows("consent_renewals").await), (StatusCode::GONE, 0));
        assert_eq!(ask(&api, &[item(adam, newsletter, Channel::Email)]).await.0, 1);
        let link = link(&app).await;
        let wording = wording_of(&look(&link).await.1);
        app.clock.advance(TimeDelta::days(2));
        let before = state(&app).await;
        assert_eq!(look(&link).await.0, StatusCode::GONE);
        assert_eq!(press(&link, &[("answer", "renew"), ("wording", &wording)]).await.status(), StatusCode::GONE);
        assert_eq!(state(&app).await, before);
    }

    async fn a_letter_that_waits_goes_with_its_client(app: TestApp) {
        let api = app.owner().await;
        let (letters, _) = purpose(&api, "Listy", &[Channel::Email], Some(40)).await;
        for name in ["Ewa", "Jan"] {
            let client = client(&api, name).await;
            api.record_consent(client, &given(letters, Channel::Email, &days_ago(&app, 30)), None).await.unwrap();
            assert_eq!(ask(&api, &[item(client, letters, Channel::Email)]).await.0, 1);
            if name == "Ewa" {
                // Written to the address of before.
                let card = api.client(client).await.unwrap();
                let details = ClientInput { email: Some("nowy@example.com".into()), ..card.value.details };
                let changed = api.change_client(client, card.version, &ClientBody { details, ..ClientBody::default() }).await.unwrap();
                api.delete_client(client, changed.version).await.unwrap();
            }
        }
        let to: Vec<String> = app.letters().await.iter().map(|letter| letter.to.as_str().to_owned()).collect();
        assert_eq!(to, ["jan@example.com"]);
    }

    async fn of_many_presses_at_once_one_counts(app: TestApp) {
        let api = app.owner().await;
        let (newsletter, _) = purpose(&api, "Newsletter", &[Channel::Email], Some(100)).await;
        let adam = client(&api, "Adam").await;
        api.record_consent(adam, &given(newsletter, Channel::Email, &days_ago(&app, 95)), None).await.unwrap();
        let items = [item(adam, newsletter, Channel::Email)];
        let asked = futures::future::join_all((0..6).map(|_| ask(&api, &items))).await;
        assert_eq!(asked.iter().map(|it| it.0).sum::<u64>(), 1);
        let link = link(&app).await;
        let wording = wording_of(&look(&link).await.1);
        let form = [("answer", "renew"), ("wording", wording.as_str())];
        let answers = futures::future::join_all((0..6).map(|_| press(&link, &form))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status() == 200).count(), 1);
        assert_eq!(app.rows("consent_events").await, 2);
    }

    async fn the_list_walks_its_index(app: TestApp) {
        let api = app.owner().await;
        let (newsletter, _) = purpose(&api, "Newsletter", &[Channel::Email, Channel::Sms], Some(100)).await;
        let adam = client(&api, "Adam").await;
        api.record_consent(adam, &given(newsletter, Channel::Email, &days_ago(&app, 95)), None).await.unwrap();
        let connection = app.connection();
        let copies = match connection.get_database_backend() {
            DbBackend::Postgres => [
                "insert into clients (id, version, kind, name, custom, created_at, updated_at) select gen_random_uuid(), 1, 'person', 'K', '{}', now(), now() from generate_series(1, 20000)",
                "insert into consent_states (client_id, purpose_id, channel, status, since, expires_at, last_event_id, grade) select c.id, s.purpose_id, 'sms', 'given', s.since, timestamptz '2026-01-01' + random() * interval '900 days', gen_random_uuid(), 'b' from clients c, consent_states s",
            ],
            _ => [
                "with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000) insert into clients (id, version, kind, name, created_at, updated_at) select randomblob(16), 1, 'person', 'K', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00' from c",
                "insert into consent_states (client_id, purpose_id, channel, status, since, expires_at, last_event_id, grade) select c.id, s.purpose_id, 'sms', 'given', s.since, '20' || (26 + abs(random() % 50)) || '-01-01T00:00:00+00:00', randomblob(16), 'b' from clients c, consent_states s",
            ],
        };
        for copy in copies {
            connection.execute_unprepared(copy).await.unwrap();
        }
        connection.execute_unprepared("analyze").await.unwrap();
        let first = api.expiring_consents(ExpiringSearch { limit: Some(1), ..ExpiringSearch::default() }).await.unwrap();
        assert_eq!(first.items.len(), 1);
        let event = zgoda_persistence::consents::states(&app.ctx.db.read(), adam).await.unwrap()[0].2.last_event;
        let unshown = [(newsletter, Channel::Phone)];
        for after in [None, Some(event)] {
            let query = ExpiringQuery { until: app.ctx.now() + TimeDelta::days(30), purpose: None, channel: None, unshown: &unshown, clients: None, after, limit: 50 };
            let statement = expiring_statement(app.ctx.db.read(), &Visible::everything(), &query).await.unwrap().unwrap();
            let plan = explain(&app, statement).await;
            assert!(plan.contains("consent_states_expiry"), "{plan}");
            let bad = ["Seq Scan", "SCAN consent_states\n", "TEMP B-TREE", "Sort "].into_iter().find(|sign| plan.contains(sign));
            assert_eq!(bad, None, "{plan}");
        }
        // Whether a purpose has entries is asked of an index.
        let copy = "insert into consent_events (id, client_id, purpose_id, channel, kind, method, actor_kind, occurred_at, recorded_at, wording_id) select c.id, c.id, e.purpose_id, e.channel, e.kind, e.method, e.actor_kind, e.occurred_at, e.recorded_at, w.id from clients c, consent_events e, wordings w";
        connection.execute_unprepared(copy).await.unwrap();
        connection.execute_unprepared("analyze").await.unwrap();
        let plan = explain(&app, answered_statement(connection.get_database_backend(), newsletter)).await;
        assert!(plan.contains("consent_events_unworded"), "{plan}");
        // The job that records what ran out does not walk over what it recorded before.
        connection.execute_unprepared("update consent_states set status = 'expired' where channel = 'sms'").await.unwrap();
        connection.execute_unprepared("analyze").await.unwrap();
        let due = due_statement(connection.get_database_backend(), app.ctx.now() + TimeDelta::days(10_000), 100);
        let plan = explain(&app, due).await;
        assert!(plan.contains("consent_states_due"), "{plan}");
        let bad = ["Seq Scan", "SCAN consent_states", "TEMP B-TREE", "Sort ", "Filter"].into_iter().find(|sign| plan.contains(sign));
        assert_eq!(bad, None, "{plan}");
    }
}

async fn explain(app: &TestApp, statement: Statement) -> String {
    let connection = app.connection();
    let (prefix, column) = match connection.get_database_backend() {
        DbBackend::Postgres => ("explain ", "QUERY PLAN"),
        _ => ("explain query plan ", "detail"),
    };
    let statement = Statement { sql: format!("{prefix}{}", statement.sql), ..statement };
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap() + "\n").collect()
}
