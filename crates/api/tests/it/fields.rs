//! Custom fields: renaming, reordering and deleting lose nothing.

use crate::{code, complaint, taken};
use serde_json::json;
use zgoda_api_types::{
    clients::{ClientBody, FilterCondition, SearchClients},
    custom_fields::{ChangeCustomField, CreateCustomField},
    problem::ProblemCode,
};
use zgoda_domain::{
    Rule,
    client::ClientInput,
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{ClientId, FieldId},
    list::Operator,
};
use zgoda_test_support::on_both_databases;

fn field(name: &str, kind: FieldKind) -> CreateCustomField {
    let options = if kind.has_options() { vec!["a".into(), "b".into()] } else { vec![] };
    CreateCustomField { name: name.into(), kind, options, sensitive: false }
}

on_both_databases! {
    async fn a_deleted_field_comes_back_with_its_values(app: TestApp) {
        let api = app.owner().await;
        let id = FieldId::from_uuid(api.create_custom_field(&field("Kolor", FieldKind::ShortText), None).await.unwrap().id);
        let mut body = ClientBody { details: ClientInput { name: Some("Jan".into()), ..ClientInput::default() }, ..ClientBody::default() };
        body.custom.insert(id, json!("zielony"));
        let client = ClientId::from_uuid(api.create_client(&body, None).await.unwrap().id);
        api.delete_custom_field(id).await.unwrap();
        assert!(api.custom_fields().await.unwrap()[0].deleted_at.is_some());
        let search = SearchClients { filter: vec![FilterCondition { field: FieldRef::Custom(id), operator: Operator::IsSet, value: json!(null) }], ..SearchClients::default() };
        assert_eq!(complaint(api.search_clients(&search).await), ("/filter/0/field".into(), Rule::Unknown));
        // The card is edited meanwhile; the hidden value must survive that.
        let plain = ClientBody { details: body.details.clone(), ..ClientBody::default() };
        api.change_client(client, 1, &plain).await.unwrap();
        api.restore_custom_field(id).await.unwrap();
        assert_eq!(api.client(client).await.unwrap().value.custom.get(&id), Some(&json!("zielony")));
        assert_eq!(api.search_clients(&search).await.unwrap().items.len(), 1);
        assert_eq!(code(api.restore_custom_field(id).await), ProblemCode::WrongState);
        api.delete_custom_field(id).await.unwrap();
        app.clock.advance(chrono::TimeDelta::days(31));
        assert_eq!(code(app.owner().await.restore_custom_field(id).await), ProblemCode::NotFound);
    }

    async fn renaming_and_reordering_keep_the_values(app: TestApp) {
        let api = app.owner().await;
        let id = FieldId::from_uuid(api.create_custom_field(&field("Kolor", FieldKind::Select), None).await.unwrap().id);
        let change = ChangeCustomField { name: "Barwa".into(), options: vec!["a".into(), "c".into()], position: 5 };
        let changed = api.change_custom_field(id, 1, &change).await.unwrap();
        assert_eq!((changed.value.name.as_str(), changed.value.position, changed.version), ("Barwa", 5, 2));
        assert_eq!(code(api.change_custom_field(id, 1, &change).await), ProblemCode::Outdated);
        assert_eq!(taken(api.create_custom_field(&field("Barwa", FieldKind::Date), None).await), "/name");
    }

    async fn a_value_that_is_no_option_any_more_stays_until_it_is_changed(app: TestApp) {
        let api = app.owner().await;
        let one = FieldId::from_uuid(api.create_custom_field(&field("Kolor", FieldKind::Select), None).await.unwrap().id);
        let many = FieldId::from_uuid(api.create_custom_field(&field("Barwy", FieldKind::MultiSelect), None).await.unwrap().id);
        let details = ClientInput { name: Some("Jan".into()), ..ClientInput::default() };
        let body = ClientBody { details, custom: [(one, json!("b")), (many, json!(["a", "b"]))].into() };
        let client = ClientId::from_uuid(api.create_client(&body, None).await.unwrap().id);
        for (id, name) in [(one, "Kolor"), (many, "Barwy")] {
            let change = ChangeCustomField { name: name.into(), options: vec!["a".into()], position: 0 };
            api.change_custom_field(id, 1, &change).await.unwrap();
        }
        let mut changed = body.clone();
        changed.details.city = Some("Łódź".into());
        let saved = api.change_client(client, 1, &changed).await.unwrap();
        assert_eq!((saved.value.details.city.as_deref(), &saved.value.custom), (Some("Łódź"), &body.custom));
        // It cannot be chosen anew, neither here nor on another card.
        changed.custom.insert(many, json!(["b"]));
        assert_eq!(complaint(api.change_client(client, 2, &changed).await), (format!("/custom/{many}"), Rule::Unknown));
        let other = ClientBody { custom: [(one, json!("b"))].into(), ..body.clone() };
        assert_eq!(complaint(api.create_client(&other, None).await), (format!("/custom/{one}"), Rule::Unknown));
        let kept = api.client(client).await.unwrap();
        assert_eq!((kept.version, kept.value.custom), (2, body.custom));
        assert_eq!(app.rows("clients").await, 1);
    }

    async fn every_kind_can_be_made_many_times_over(app: TestApp) {
        let api = app.owner().await;
        for round in 0..8 {
            for kind in FieldKind::ALL.into_iter().filter(|kind| *kind != FieldKind::Consent) {
                api.create_custom_field(&field(&format!("{} {round}", kind.code()), kind), None).await.unwrap();
            }
        }
        assert_eq!(api.custom_fields().await.unwrap().len(), 72);
        assert_eq!(complaint(api.create_custom_field(&field("zgoda", FieldKind::Consent), None).await), ("/kind".into(), Rule::ReadOnly));
    }
}
