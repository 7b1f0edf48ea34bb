//! Handing a client's data back.

use zgoda_api_types::{clients::ClientBody, custom_fields::CreateCustomField};
use zgoda_domain::{
    client::ClientInput,
    custom_field::FieldKind,
    id::{ClientId, FieldId},
};
use zgoda_test_support::on_both_databases;

const SITE: &str = "https://www.example.com";

on_both_databases! {
    async fn every_value_of_the_client_is_in_both_files(app: TestApp) {
        let api = app.owner().await;
        let field = CreateCustomField { name: "Kolor".into(), kind: FieldKind::ShortText, ..CreateCustomField::default() };
        let color = FieldId::from_uuid(api.create_custom_field(&field, None).await.unwrap().id);
        let form = app.published_form(&api, SITE).await;
        let answers = form.answers(&[("name", "Żaneta Źdźbło-Łoś"), ("email", "zaneta@example.com"), ("city", "Łódź"), ("newsletter", "true")]);
        app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        let row = api.search_clients(&Default::default()).await.unwrap().items.remove(0);
        let card = api.client(row.id).await.unwrap();
        let mut body = ClientBody { details: ClientInput { pesel: Some("44051401359".into()), phone: Some("+48 600 100 200".into()), ..card.value.details }, custom: card.value.custom };
        body.custom.insert(color, serde_json::json!("=HYPERLINK(\"https://evil.example\")"));
        api.change_client(row.id, card.version, &body).await.unwrap();

        let file = api.subject_data_json(row.id).await.unwrap();
        assert_eq!(file.file_name, "data.json");
        let text = String::from_utf8(file.bytes).unwrap();
        for expected in ["Żaneta Źdźbło-Łoś", "zaneta@example.com", "Łódź", "44051401359", "+48 600 100 200", "HYPERLINK", "Zgadzam się na newsletter.", SITE, "client_opened"] {
            assert!(text.contains(expected), "{expected} is missing");
        }
        let data: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(data["schema"], "zgoda/subject-data/1");

        let file = api.subject_data_xlsx(row.id).await.unwrap();
        assert!(file.file_name.ends_with(".xlsx"));
        assert!(file.bytes.starts_with(b"PK"));
        assert!(file.bytes.len() > 5_000);
    }

    async fn a_text_longer_than_a_cell_is_handed_over_all_the_same(app: TestApp) {
        let api = app.owner().await;
        let options: Vec<String> = (0..200).map(|n| format!("{n:03}{}", "ż".repeat(250))).collect();
        let field = CreateCustomField { name: "Wiele".into(), kind: FieldKind::MultiSelect, options: options.clone(), ..CreateCustomField::default() };
        let many = FieldId::from_uuid(api.create_custom_field(&field, None).await.unwrap().id);
        let details = ClientInput { name: Some("Jan".into()), ..ClientInput::default() };
        let body = ClientBody { details, custom: [(many, serde_json::json!(options))].into() };
        let id = ClientId::from_uuid(api.create_client(&body, None).await.unwrap().id);
        let file = api.subject_data_xlsx(id).await.unwrap();
        assert!(file.bytes.starts_with(b"PK"));
    }

    async fn another_clients_data_is_not_in_the_file(app: TestApp) {
        let api = app.owner().await;
        let body = ClientBody { details: ClientInput { name: Some("Xq7Zinny".into()), ..ClientInput::default() }, ..ClientBody::default() };
        api.create_client(&body, None).await.unwrap();
        let id: ClientId = app.client(&api, "Jan").await;
        let text = String::from_utf8(api.subject_data_json(id).await.unwrap().bytes).unwrap();
        assert!(!text.contains("Xq7Z"));
    }
}
