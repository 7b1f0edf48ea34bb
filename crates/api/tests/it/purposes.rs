//! Purposes and wordings as a data protection officer looks after them.

use crate::{code, complaint, problem};
use chrono::TimeDelta;
use zgoda_api_types::{
    clients::SearchClients,
    consents::{ChangePurpose, CreatePurpose, CreateWording, Purpose, WithdrawConsent},
    custom_fields::ChangeCustomField,
    forms::SaveForm,
    problem::ProblemCode,
};
use zgoda_client::{Api, AuditSearch};
use zgoda_domain::{
    Rule,
    audit::Action,
    consent::{Channel, ConsentStatus, Language, LawfulBasis},
    custom_field::FieldKind,
    form::{ConsentItem, FormField},
    id::{PurposeId, WordingId},
    purposes::{MAX_DEPTH, SegmentKind},
};
use zgoda_test_support::on_both_databases;

const SITE: &str = "https://www.example.com";

fn new(name: &str, parent_id: Option<PurposeId>) -> CreatePurpose {
    CreatePurpose {
        name: name.into(),
        basis: LawfulBasis::Consent,
        is_marketing: true,
        channels: vec![Channel::Email],
        validity_days: None,
        parent_id,
        double_opt_in: false,
    }
}

async fn made(api: &Api, name: &str, parent_id: Option<PurposeId>) -> PurposeId {
    PurposeId::from_uuid(api.create_purpose(&new(name, parent_id), None).await.unwrap().id)
}

async fn read(api: &Api, id: PurposeId) -> Purpose {
    api.purposes().await.unwrap().into_iter().find(|purpose| purpose.id == id).unwrap()
}

/// The purpose as it would be sent back unchanged.
fn same(purpose: &Purpose) -> ChangePurpose {
    ChangePurpose {
        name: purpose.name.clone(),
        basis: purpose.basis,
        is_marketing: purpose.is_marketing,
        channels: purpose.channels.clone(),
        validity_days: purpose.validity_days,
        parent_id: purpose.parent_id,
        double_opt_in: purpose.double_opt_in,
    }
}

/// Names of the consent columns, in their order.
async fn columns(api: &Api) -> Vec<String> {
    let fields = api.custom_fields().await.unwrap();
    fields.into_iter().filter(|field| field.kind == FieldKind::Consent).map(|field| field.name).collect()
}

on_both_databases! {
    async fn a_change_keeps_what_people_were_asked_under(app: TestApp) {
        let api = app.owner().await;
        let (id, _) = app.purpose(&api).await;
        let before = read(&api, id).await;
        let refused = [
            (ChangePurpose { basis: LawfulBasis::Contract, ..same(&before) }, "/basis", Rule::InUse),
            (ChangePurpose { is_marketing: false, ..same(&before) }, "/is_marketing", Rule::InUse),
            (ChangePurpose { channels: vec![Channel::Sms], ..same(&before) }, "/channels", Rule::OnlyGrows),
        ];
        for (body, pointer, rule) in refused {
            assert_eq!(complaint(api.change_purpose(id, 1, &body).await), (pointer.to_owned(), rule));
        }
        assert_eq!(read(&api, id).await, before);
        // Nobody was asked for this one yet.
        let fresh = made(&api, "Oferty", None).await;
        let body = ChangePurpose { basis: LawfulBasis::LegitimateInterests, ..same(&read(&api, fresh).await) };
        let changed = api.change_purpose(fresh, 1, &body).await.unwrap();
        assert_eq!((changed.version, changed.value.basis), (2, LawfulBasis::LegitimateInterests));
        assert_eq!(code(app.reader().await.change_purpose(fresh, 2, &body).await), ProblemCode::NotAllowed);
    }

    async fn a_change_made_on_an_older_version_is_refused(app: TestApp) {
        let api = app.owner().await;
        let id = made(&api, "Oferty", None).await;
        let read_by_both = same(&read(&api, id).await);
        let first = ChangePurpose { validity_days: Some(30), double_opt_in: true, ..read_by_both.clone() };
        let saved = api.change_purpose(id, 1, &first).await.unwrap();
        assert_eq!((saved.version, saved.value.validity_days, saved.value.double_opt_in), (2, Some(30), true));
        let second = ChangePurpose { name: "Promocje".into(), ..read_by_both };
        assert_eq!(code(api.change_purpose(id, 1, &second).await), ProblemCode::Outdated);
        assert_eq!(read(&api, id).await, saved.value);
        let search = AuditSearch { action: Some(Action::PurposeChanged), ..AuditSearch::default() };
        let events = api.search_audit_events(search, None).await.unwrap().items;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].fields, ["validity_days", "double_opt_in"]);
    }

    async fn columns_follow_their_purpose_unless_somebody_named_them(app: TestApp) {
        let api = app.owner().await;
        let id = made(&api, "Newsletter", None).await;
        assert_eq!(columns(&api).await, ["Newsletter"]);
        let body = ChangePurpose { channels: vec![Channel::Email, Channel::Sms], ..same(&read(&api, id).await) };
        api.change_purpose(id, 1, &body).await.unwrap();
        assert_eq!(columns(&api).await, ["Newsletter (email)", "Newsletter (sms)"]);
        let sms = api.custom_fields().await.unwrap().into_iter().find(|field| field.channel == Some(Channel::Sms)).unwrap();
        let named = ChangeCustomField { name: "Esemesy".into(), options: vec![], position: sms.position };
        api.change_custom_field(sms.id, sms.version, &named).await.unwrap();
        let body = ChangePurpose { name: "Oferty".into(), ..same(&read(&api, id).await) };
        api.change_purpose(id, 2, &body).await.unwrap();
        assert_eq!(columns(&api).await, ["Oferty (email)", "Esemesy"]);
    }

    async fn the_tree_has_no_circles_and_an_end(app: TestApp) {
        let api = app.owner().await;
        let top = made(&api, "Marketing", None).await;
        let mut path = vec![top];
        for level in 2..=MAX_DEPTH {
            path.push(made(&api, &format!("Poziom {level}"), path.last().copied()).await);
        }
        let tree = api.purposes().await.unwrap();
        let parent = |rule| ("/parent_id".to_owned(), rule);
        assert_eq!(complaint(api.create_purpose(&new("Za głęboko", path.last().copied()), None).await), parent(Rule::TooDeep { max: MAX_DEPTH }));
        let nobody = PurposeId::from_uuid(app.client(&api, "Nie cel").await.as_uuid());
        assert_eq!(complaint(api.create_purpose(&new("Pod niczym", Some(nobody)), None).await), parent(Rule::Unknown));
        for below in path.iter().copied() {
            let body = ChangePurpose { parent_id: Some(below), ..same(&read(&api, top).await) };
            assert_eq!(complaint(api.change_purpose(top, 1, &body).await), parent(Rule::Circle));
        }
        assert_eq!(api.purposes().await.unwrap(), tree);
        // A retired one is no parent for another, and stays that of its own.
        api.retire_purpose(path[1]).await.unwrap();
        let other = made(&api, "Inny", None).await;
        let body = ChangePurpose { parent_id: Some(path[1]), ..same(&read(&api, other).await) };
        assert_eq!(complaint(api.change_purpose(other, 1, &body).await), parent(Rule::Retired));
        let renamed = ChangePurpose { name: "Nowa nazwa".into(), ..same(&read(&api, path[2]).await) };
        assert_eq!(api.change_purpose(path[2], 1, &renamed).await.unwrap().value.parent_id, Some(path[1]));
    }

    /// Each change alone is sound; both together would be a circle.
    async fn two_who_move_purposes_at_once_make_no_circle(app: TestApp) {
        let api = app.owner().await;
        for round in 0..5 {
            let (a, b) = (made(&api, &format!("A{round}"), None).await, made(&api, &format!("B{round}"), None).await);
            let below = |name: &str, parent| ChangePurpose { name: format!("{name}{round}"), parent_id: Some(parent), ..same_new() };
            let (a_below_b, b_below_a) = (below("A", b), below("B", a));
            let (first, second) = tokio::join!(api.change_purpose(a, 1, &a_below_b), api.change_purpose(b, 1, &b_below_a));
            assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
            let refused = if first.is_ok() { second } else { first };
            assert_eq!(complaint(refused), ("/parent_id".to_owned(), Rule::Circle));
        }
    }

    async fn a_retired_purpose_is_asked_for_no_more_and_its_consents_stand(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        assert_eq!(code(api.restore_purpose(form.purpose_id).await), ProblemCode::WrongState);
        let retired = api.retire_purpose(form.purpose_id).await.unwrap();
        assert!(retired.retired_at.is_some() && retired.version == 2);
        let asking: Vec<_> = retired.asked_by.iter().map(|form| (form.id, form.name.as_str())).collect();
        assert_eq!(asking, [(form.id, "Kontakt")]);
        assert_eq!(code(api.retire_purpose(form.purpose_id).await), ProblemCode::WrongState);
        let text = CreateWording { language: Language::Pl, channel: None, text: "Nowa treść.".into() };
        assert_eq!(code(api.create_wording(form.purpose_id, &text, None).await), ProblemCode::WrongState);
        // What is open goes on; what is said there is kept.
        let answers = form.answers(&[("email", "jan@example.com"), ("newsletter", "true")]);
        app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        let client = api.search_clients(&SearchClients::default()).await.unwrap().items.remove(0).id;
        assert_eq!(api.client(client).await.unwrap().value.consents[0].status, ConsentStatus::Given);
        assert_eq!(read(&api, form.purpose_id).await.live_consents, 1);
        // A draft may name it still, and cannot be published.
        let draft = api.form(form.id).await.unwrap();
        let body = SaveForm { name: draft.value.name, definition: draft.value.definition };
        let saved = api.save_form(form.id, draft.version, &body).await.unwrap();
        let refused = complaint(api.publish_form(form.id, saved.version).await);
        assert_eq!(refused, ("/definition/fields/3/consent/purpose_id".to_owned(), Rule::Retired));
        assert_eq!(app.rows("form_versions").await, 1);
        api.close_form(form.id).await.unwrap();
        assert_eq!(read(&api, form.purpose_id).await.asked_by, []);
        api.restore_purpose(form.purpose_id).await.unwrap();
        assert_eq!(read(&api, form.purpose_id).await.retired_at, None);
        api.publish_form(form.id, saved.version).await.unwrap();
        assert_eq!(read(&api, form.purpose_id).await.asked_by.len(), 1);
    }

    async fn wordings_count_the_consents_that_rest_on_them(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let change = async |validity_days| {
            let purpose = read(&api, form.purpose_id).await;
            let body = ChangePurpose { validity_days, ..same(&purpose) };
            api.change_purpose(form.purpose_id, purpose.version, &body).await.unwrap();
        };
        let counts = async || {
            let purpose = read(&api, form.purpose_id).await;
            (purpose.live_consents, purpose.wordings.iter().map(|it| it.live_consents.unwrap()).collect::<Vec<_>>())
        };
        let give = async |name: &str| {
            let email = format!("{name}@example.com");
            let answers = form.answers(&[("email", &email), ("newsletter", "true")]);
            app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        };
        assert_eq!(counts().await, (0, vec![0]));
        change(Some(30)).await;
        give("jan").await;
        give("ewa").await;
        give("ola").await;
        app.clock.advance(TimeDelta::minutes(1));
        let text = CreateWording { language: Language::Pl, channel: Some(Channel::Email), text: "Nowa treść.".into() };
        api.create_wording(form.purpose_id, &text, None).await.unwrap();
        assert_eq!(counts().await, (3, vec![0, 3]));
        app.clock.advance(TimeDelta::minutes(1));
        let ola = api.search_clients(&SearchClients::default()).await.unwrap().items.remove(0).id;
        let body = WithdrawConsent { purpose_id: form.purpose_id, channel: Channel::Email, note: None };
        api.withdraw_consent(ola, &body).await.unwrap();
        assert_eq!(counts().await, (2, vec![0, 2]));
        // A longer validity counts for those who agree from now on. (Seen by the very next submission.)
        change(None).await;
        give("iga").await;
        assert_eq!(counts().await, (3, vec![0, 3]));
        app.clock.advance(TimeDelta::days(30));
        let again = app.owner().await;
        let purpose = read(&again, form.purpose_id).await;
        assert_eq!((purpose.live_consents, purpose.wordings[1].live_consents), (1, Some(1)));
    }

    async fn two_wordings_are_told_apart_word_by_word(app: TestApp) {
        let api = app.owner().await;
        let (id, first) = app.purpose(&api).await;
        let text = CreateWording { language: Language::Pl, channel: None, text: "Zgadzam się na  newsletter\ni oferty.".into() };
        let second = WordingId::from_uuid(api.create_wording(id, &text, None).await.unwrap().id);
        let told = app.reader().await.compare_wordings(id, first, second).await.unwrap();
        assert_eq!((told.from.version, told.to.version), (1, 2));
        let side = |other| told.segments.iter().filter(|it| it.kind != other).map(|it| it.text.as_str()).collect::<String>();
        assert_eq!(side(SegmentKind::Added), told.from.text);
        assert_eq!(side(SegmentKind::Removed), "Zgadzam się na  newsletter\ni oferty.");
        assert_eq!((told.segments[0].kind, told.segments[0].text.as_str()), (SegmentKind::Equal, "Zgadzam się na"));
        let other = made(&api, "Oferty", None).await;
        assert_eq!(code(api.compare_wordings(other, first, second).await), ProblemCode::NotFound);
    }

    async fn a_form_asks_each_channel_once_in_its_own_words(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let purpose = read(&api, form.purpose_id).await;
        let wider = ChangePurpose { channels: vec![Channel::Email, Channel::Sms], ..same(&purpose) };
        api.change_purpose(form.purpose_id, 1, &wider).await.unwrap();
        let text = CreateWording { language: Language::Pl, channel: Some(Channel::Sms), text: "Zgadzam się na SMS-y.".into() };
        let wording_id = WordingId::from_uuid(api.create_wording(form.purpose_id, &text, None).await.unwrap().id);
        let item = |channel| ConsentItem { purpose_id: form.purpose_id, channel, wording_id };
        let field = |key: &str, channel| FormField { key: key.into(), consent: Some(item(channel)), ..form.definition.fields[3].clone() };
        let draft = api.form(form.id).await.unwrap();
        let save = async |fields: Vec<FormField>| {
            let mut definition = form.definition.clone();
            definition.fields.extend(fields);
            api.save_form(form.id, draft.version, &SaveForm { name: "Kontakt".into(), definition }).await
        };
        let told = problem(save(vec![field("again", Channel::Email), field("text", Channel::Sms), field("more", Channel::Sms)]).await);
        let told: Vec<_> = told.errors.into_iter().map(|it| (it.pointer, it.rule)).collect();
        let expected = [
            ("/definition/fields/4/consent/wording_id".to_owned(), Rule::OtherChannel),
            ("/definition/fields/4/consent".to_owned(), Rule::Duplicate),
            ("/definition/fields/6/consent".to_owned(), Rule::Duplicate),
        ];
        assert_eq!(told, expected);
        assert_eq!(api.form(form.id).await.unwrap().version, draft.version);
        save(vec![field("text", Channel::Sms)]).await.unwrap();
    }
}

/// What [`new`] makes, as it would be sent back.
fn same_new() -> ChangePurpose {
    let CreatePurpose { name, basis, is_marketing, channels, validity_days, parent_id, double_opt_in } = new("", None);
    ChangePurpose { name, basis, is_marketing, channels, validity_days, parent_id, double_opt_in }
}
