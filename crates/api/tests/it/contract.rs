//! The document, and every route of it against every kind of caller.

use reqwest::{Client, Method};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use zgoda_client::Api;
use zgoda_test_support::on_both_databases;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Public,
    /// Everyone who is signed in.
    SignedIn,
    /// Granted to the read-only role as well.
    Readers,
    /// Granted to the owner, not to the read-only role.
    Owner,
}

/// Every operation of the API. A new one without a row fails.
const MATRIX: &[(&str, Access)] = &[
    ("get_installation", Access::Public),
    ("set_up", Access::Public),
    ("sign_in", Access::Public),
    ("refresh_session", Access::Public),
    ("get_session", Access::SignedIn),
    ("sign_out", Access::SignedIn),
    ("list_sessions", Access::SignedIn),
    ("revoke_session", Access::SignedIn),
    ("save_preferences", Access::SignedIn),
    ("change_password", Access::SignedIn),
    ("request_password_reset", Access::Public),
    ("reset_password", Access::Public),
    ("create_client", Access::Owner),
    ("search_clients", Access::Readers),
    ("get_client", Access::Readers),
    ("change_client", Access::Owner),
    ("withdraw_consent", Access::Owner),
    ("list_client_submissions", Access::Readers),
    ("list_client_history", Access::Readers),
    ("get_subject_data_xlsx", Access::Owner),
    ("get_subject_data_json", Access::Owner),
    ("list_custom_fields", Access::Readers),
    ("create_custom_field", Access::Owner),
    ("change_custom_field", Access::Owner),
    ("delete_custom_field", Access::Owner),
    ("restore_custom_field", Access::Owner),
    ("list_purposes", Access::Readers),
    ("create_purpose", Access::Owner),
    ("create_wording", Access::Owner),
    ("list_forms", Access::Readers),
    ("create_form", Access::Owner),
    ("get_form", Access::Readers),
    ("save_form", Access::Owner),
    ("publish_form", Access::Owner),
    ("close_form", Access::Owner),
    ("list_submissions", Access::Readers),
    ("get_submission", Access::Readers),
    ("accept_submission", Access::Owner),
    ("dismiss_submission", Access::Owner),
    ("list_audit_events", Access::Owner),
    ("get_public_form", Access::Public),
    ("submit_form", Access::Public),
    ("preflight_public_form", Access::Public),
    ("preflight_submission", Access::Public),
    ("get_openapi", Access::Public),
];

fn document() -> Value {
    serde_json::from_str(&zgoda_api::openapi::text().unwrap()).unwrap()
}

/// Operation id to method and path.
fn operations() -> BTreeMap<String, (Method, String)> {
    let mut found = BTreeMap::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            let id = operation["operationId"].as_str().unwrap().to_owned();
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{id} has no summary");
            assert!(found.insert(id.clone(), (method, path.clone())).is_none(), "{id} stands twice");
        }
    }
    found
}

#[test]
fn the_document_has_no_dangling_reference() {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                    found.insert(reference.to_owned());
                }
                members.values().for_each(|member| walk(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let document = document();
    let mut references = BTreeSet::new();
    walk(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

#[test]
fn every_operation_has_its_row_and_every_row_its_operation() {
    let documented: BTreeSet<String> = operations().into_keys().collect();
    let listed: BTreeSet<String> = MATRIX.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert_eq!(documented, listed);
}

async fn call(base: &str, api: &Api, method: &Method, path: &str) -> u16 {
    let path = path.replace("{id}", "01a20934-7b8b-773e-bce3-876519a6c222").replace("{public_id}", "nosuchform");
    let mut request = Client::new()
        .request(method.clone(), format!("{base}{path}"))
        .header("Sec-Fetch-Site", "same-origin")
        .header("Content-Type", "application/json")
        .body("{");
    if let Some(access) = api.cookie("__Host-zgoda-access") {
        request = request.header("Cookie", format!("__Host-zgoda-access={access}"));
    }
    request.send().await.unwrap().status().as_u16()
}

on_both_databases! {
    async fn each_route_lets_in_whom_it_should_and_nobody_else(app: TestApp) {
        let (owner, visitor) = (app.owner().await, app.visitor());
        let reader = app.reader().await;
        let operations = operations();
        for (id, access) in MATRIX {
            // Signing out would end the session that the other rows need; revoking is its twin.
            if *id == "sign_out" {
                continue;
            }
            let (method, path) = &operations[*id];
            let statuses = [call(&app.base, &visitor, method, path).await, call(&app.base, &reader, method, path).await, call(&app.base, &owner, method, path).await];
            let let_in: Vec<bool> = statuses.iter().map(|status| !matches!(status, 401 | 403)).collect();
            let expected = match access {
                // Without a refresh cookie there is nothing to refresh.
                Access::Public if *id == "refresh_session" => [false, false, false],
                Access::Public => [true, true, true],
                Access::SignedIn | Access::Readers => [false, true, true],
                Access::Owner => [false, false, true],
            };
            assert_eq!(let_in, expected, "{id}: {statuses:?}");
            assert!(statuses.iter().all(|status| *status != 500), "{id}: {statuses:?}");
        }
    }
}
