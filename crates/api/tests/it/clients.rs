//! Cards: making, changing, refusing.

use crate::{code, complaint};
use serde_json::json;
use zgoda_api_types::{clients::ClientBody, custom_fields::CreateCustomField, problem::ProblemCode};
use zgoda_domain::{
    Rule,
    client::ClientInput,
    custom_field::FieldKind,
    id::{ClientId, FieldId},
};
use zgoda_test_support::on_both_databases;

fn named(name: &str) -> ClientBody {
    ClientBody { details: ClientInput { name: Some(name.into()), ..ClientInput::default() }, ..ClientBody::default() }
}

on_both_databases! {
    async fn a_card_comes_back_as_it_was_written(app: TestApp) {
        let api = app.owner().await;
        let field = CreateCustomField { name: "Umowa".into(), kind: FieldKind::Checkbox, ..CreateCustomField::default() };
        let umowa = FieldId::from_uuid(api.create_custom_field(&field, None).await.unwrap().id);
        let mut body = named("Żaneta Źdźbło-Łoś");
        body.details.email = Some("Zaneta@Example.com".into());
        body.details.pesel = Some("44051401359".into());
        body.details.nip = Some("123-456-32-18".into());
        body.custom.insert(umowa, json!(true));
        let id = ClientId::from_uuid(api.create_client(&body, None).await.unwrap().id);
        let card = api.client(id).await.unwrap();
        assert_eq!(card.version, 1);
        assert_eq!(card.value.details.email.as_deref(), Some("Zaneta@example.com"));
        assert_eq!(card.value.details.pesel.as_deref(), Some("44051401359"));
        assert_eq!(card.value.details.nip.as_deref(), Some("1234563218"));
        assert_eq!(card.value.custom.get(&umowa), Some(&json!(true)));
    }

    async fn of_two_people_who_edit_one_card_the_second_is_told(app: TestApp) {
        let api = app.owner().await;
        let id = app.client(&api, "Jan").await;
        let first = api.change_client(id, 1, &named("Jan Pierwszy")).await.unwrap();
        assert_eq!(first.version, 2);
        assert_eq!(code(api.change_client(id, 1, &named("Jan Drugi")).await), ProblemCode::Outdated);
        let card = api.client(id).await.unwrap();
        assert_eq!((card.version, card.value.details.name.as_deref()), (2, Some("Jan Pierwszy")));
    }

    async fn racing_edits_keep_exactly_one(app: TestApp) {
        let api = app.owner().await;
        let id = app.client(&api, "Jan").await;
        let edits = (0..8).map(|n| { let api = api.clone(); async move { api.change_client(id, 1, &named(&format!("Jan {n}"))).await.is_ok() } });
        assert_eq!(futures::future::join_all(edits).await.into_iter().filter(|kept| *kept).count(), 1);
        assert_eq!(api.client(id).await.unwrap().version, 2);
    }

    async fn each_wrong_field_is_named_and_nothing_is_kept(app: TestApp) {
        let api = app.owner().await;
        let field = CreateCustomField { name: "Umowa".into(), kind: FieldKind::Checkbox, ..CreateCustomField::default() };
        let umowa = FieldId::from_uuid(api.create_custom_field(&field, None).await.unwrap().id);
        let unknown = FieldId::from_uuid(umowa.as_uuid().as_u128().wrapping_add(1).to_be_bytes().into_uuid());
        let mut body = named("Jan");
        body.custom.insert(unknown, json!("x"));
        assert_eq!(complaint(api.create_client(&body, None).await), (format!("/custom/{unknown}"), Rule::Unknown));
        let mut body = named("Jan");
        body.custom.insert(umowa, json!("tak"));
        assert_eq!(complaint(api.create_client(&body, None).await), (format!("/custom/{umowa}"), Rule::WrongKind));
        assert_eq!(complaint(api.create_client(&named(&"x".repeat(256)), None).await), ("/details/name".into(), Rule::TooLong { max: 255 }));
        assert_eq!(complaint(api.create_client(&named("a\u{0}b"), None).await), ("/details/name".into(), Rule::ControlCharacters));
        let mut body = named("Jan");
        body.details.nip = Some("1234563219".into());
        assert_eq!(complaint(api.create_client(&body, None).await), ("/details/nip".into(), Rule::Checksum));
        assert_eq!(app.rows("clients").await, 0);
        assert_eq!(app.rows("client_keys").await, 0);
    }

    async fn the_same_idempotency_key_creates_once(app: TestApp) {
        let api = app.owner().await;
        let body = named("Jan");
        let calls = (0..6).map(|_| { let (api, body) = (api.clone(), body.clone()); async move { api.create_client(&body, Some("klucz-1")).await } });
        let results = futures::future::join_all(calls).await;
        let ids: std::collections::BTreeSet<_> = results.iter().filter_map(|r| r.as_ref().ok().map(|c| c.id)).collect();
        assert_eq!(ids.len(), 1, "{results:?}");
        assert_eq!(app.rows("clients").await, 1);
        assert_eq!(api.create_client(&body, Some("klucz-1")).await.unwrap().id, *ids.first().unwrap());
        assert_eq!(code(api.create_client(&named("Inny"), Some("klucz-1")).await), ProblemCode::IdempotencyKeyReused);
        api.create_client(&body, Some("klucz-2")).await.unwrap();
        assert_eq!(app.rows("clients").await, 2);
    }

    async fn a_refused_request_does_not_use_up_its_key(app: TestApp) {
        let api = app.owner().await;
        assert_eq!(code(api.create_client(&named(""), Some("k")).await), ProblemCode::Invalid);
        api.create_client(&named("Jan"), Some("k")).await.unwrap();
    }

    async fn an_unknown_card_is_not_found(app: TestApp) {
        let api = app.owner().await;
        let id = app.client(&api, "Jan").await;
        let other = ClientId::from_uuid(id.as_uuid().as_u128().wrapping_add(1).to_be_bytes().into_uuid());
        assert_eq!(code(api.client(other).await), ProblemCode::NotFound);
        assert_eq!(code(api.change_client(other, 1, &named("x")).await), ProblemCode::NotFound);
    }
}

trait IntoUuid {
    fn into_uuid(self) -> uuid::Uuid;
}

impl IntoUuid for [u8; 16] {
    fn into_uuid(self) -> uuid::Uuid {
        uuid::Uuid::from_bytes(self)
    }
}
