//! The document, and every route of it against every kind of caller.

use chrono::TimeDelta;
use reqwest::{Client, Method, Response};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use zgoda_api_types::{
    accounts::SignIn,
    clients::{ClientBody, SearchClients},
    problem::{Problem, ProblemCode},
};
use zgoda_client::{Api, AuditSearch};
use zgoda_domain::{
    access::{
        Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    audit::Action,
    client::ClientInput,
    id::ClientId,
    submission::SubmissionStatus,
};
use zgoda_test_support::{PASSWORD, TestApp, on_both_databases};

const SITE: &str = "https://www.example.com";

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Public,
    /// Everyone who is signed in.
    SignedIn,
    /// Holders of the right.
    Holds(Right),
    /// Holders of the right whose scope reaches the client that the route is about. With a body that is sound.
    Reaches(Right, &'static str),
}

use Access::{Holds, Public, Reaches, SignedIn};

const CARD: &str = r#"{"details":{"kind":"person","name":"Zmieniona"},"custom":{}}"#;
const MERGING: &str = r#"{"other_id":"01a20934-7b8b-773e-bce3-876519a6c333","other_version":1,"details":{"kind":"person","name":"Obie"}}"#;
const RECORDING: &str = r#"{"purpose_id":"01a20934-7b8b-773e-bce3-876519a6c222","channel":"email","decision":"refused","method":"phone","given_on":"2026-01-02"}"#;
const UPLOAD: &str =
    "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nTak.\r\n--x--\r\n";
const WITHDRAWAL: &str = r#"{"purpose_id":"01a20934-7b8b-773e-bce3-876519a6c222","channel":"email"}"#;

const RECEIPT_OF: &str = "purpose_id=01a20934-7b8b-773e-bce3-876519a6c222&channel=email";
const WHICH_CONSENT: &str = WITHDRAWAL;

/// Every operation of the API. A new one without a row fails.
const MATRIX: &[(&str, Access)] = &[
    ("get_installation", Public),
    ("set_up", Public),
    ("sign_in", Public),
    ("refresh_session", Public),
    ("get_session", SignedIn),
    ("sign_out", SignedIn),
    ("note_activity", SignedIn),
    ("lock_session", SignedIn),
    ("send_sign_in_code", Public),
    ("ask_sign_in_passkey", Public),
    ("complete_sign_in", Public),
    ("ask_passkey", Public),
    ("sign_in_with_passkey", Public),
    ("list_step_up_offers", SignedIn),
    ("send_step_up_code", SignedIn),
    ("ask_step_up_passkey", SignedIn),
    ("step_up", SignedIn),
    ("get_second_factors", SignedIn),
    ("add_second_factor", SignedIn),
    ("confirm_second_factor", SignedIn),
    ("remove_second_factor", SignedIn),
    ("make_recovery_codes", SignedIn),
    ("forget_trusted_device", SignedIn),
    ("accept_invitation", Public),
    ("unlock_session", SignedIn),
    ("get_unlock_ways", SignedIn),
    ("ask_unlock_passkey", SignedIn),
    ("unlock_with_passkey", SignedIn),
    ("list_sessions", SignedIn),
    ("revoke_session", SignedIn),
    ("save_preferences", SignedIn),
    ("change_password", SignedIn),
    ("request_password_reset", Public),
    ("reset_password", Public),
    ("create_client", Holds(Right::CreateClients)),
    ("search_clients", Holds(Right::ViewClients)),
    ("quick_search_clients", Holds(Right::ViewClients)),
    ("read_query", Holds(Right::ViewClients)),
    ("list_duplicates", Holds(Right::DeleteClients)),
    ("dismiss_duplicate", Holds(Right::DeleteClients)),
    ("restore_duplicate", Holds(Right::DeleteClients)),
    ("merge_clients", Reaches(Right::DeleteClients, MERGING)),
    ("list_client_merges", Reaches(Right::ViewClients, "")),
    ("undo_merge", Holds(Right::DeleteClients)),
    ("get_client", Reaches(Right::ViewClients, "")),
    ("get_client_name", Reaches(Right::ViewClients, "")),
    ("patch_client", Reaches(Right::EditClients, r#"{"details":{"name":"Zmieniona"}}"#)),
    ("get_client_neighbours", Reaches(Right::ViewClients, "{}")),
    ("change_client", Reaches(Right::EditClients, CARD)),
    ("delete_client", Reaches(Right::DeleteClients, "")),
    ("assign_client", Reaches(Right::AssignClients, "{}")),
    ("set_client_tags", Reaches(Right::EditClients, r#"{"tags":[]}"#)),
    ("list_filters", Holds(Right::ViewClients)),
    ("create_filter", Holds(Right::ViewClients)),
    ("change_filter", Holds(Right::ViewClients)),
    ("delete_filter", Holds(Right::ViewClients)),
    ("list_tags", Holds(Right::ViewClients)),
    ("list_tag_uses", Holds(Right::ConfigureFields)),
    ("create_tag", Holds(Right::ConfigureFields)),
    ("change_tag", Holds(Right::ConfigureFields)),
    ("delete_tag", Holds(Right::ConfigureFields)),
    ("preview_bulk_action", Holds(Right::ViewClients)),
    ("edit_many_clients", Holds(Right::EditClients)),
    ("assign_many_clients", Holds(Right::AssignClients)),
    ("delete_many_clients", Holds(Right::DeleteClients)),
    ("export_clients", Holds(Right::ExportClients)),
    ("list_jobs", SignedIn),
    ("get_job", SignedIn),
    ("cancel_job", SignedIn),
    ("undo_job", SignedIn),
    ("get_job_file", SignedIn),
    ("list_kept_clients", SignedIn),
    ("list_imports", Holds(Right::ImportClients)),
    ("start_import", Holds(Right::ImportClients)),
    ("send_import_part", Holds(Right::ImportClients)),
    ("read_import", Holds(Right::ImportClients)),
    ("get_import", Holds(Right::ImportClients)),
    ("save_import_settings", Holds(Right::ImportClients)),
    ("list_import_rows", Holds(Right::ImportClients)),
    ("fix_import_row", Holds(Right::ImportClients)),
    ("run_import", Holds(Right::ImportClients)),
    ("get_import_report", Holds(Right::ImportClients)),
    ("discard_import", Holds(Right::ImportClients)),
    ("list_client_origins", Reaches(Right::ViewClients, "")),
    ("give_reason", Reaches(Right::ViewClients, r#"{"reason":"Skarga"}"#)),
    ("withdraw_consent", Reaches(Right::EditClients, WITHDRAWAL)),
    ("record_consent", Reaches(Right::EditClients, RECORDING)),
    ("upload_client_file", Reaches(Right::EditClients, UPLOAD)),
    ("get_client_file", Reaches(Right::ViewClients, "")),
    ("list_expiring_consents", Holds(Right::ViewClients)),
    ("ask_renewals", Holds(Right::EditClients)),
    ("get_consent_receipt", Reaches(Right::ViewClients, "")),
    ("get_consent_receipt_html", Reaches(Right::ViewClients, "")),
    ("send_consent_receipt", Reaches(Right::EditClients, WHICH_CONSENT)),
    ("list_client_submissions", Reaches(Right::ViewSubmissions, "")),
    ("list_client_history", Reaches(Right::ViewClients, "")),
    ("get_subject_data_xlsx", Reaches(Right::ExportClients, "")),
    ("get_subject_data_json", Reaches(Right::ExportClients, "")),
    ("list_custom_fields", Holds(Right::ViewClients)),
    ("create_custom_field", Holds(Right::ConfigureFields)),
    ("change_custom_field", Holds(Right::ConfigureFields)),
    ("delete_custom_field", Holds(Right::ConfigureFields)),
    ("restore_custom_field", Holds(Right::ConfigureFields)),
    ("list_purposes", Holds(Right::ViewPurposes)),
    ("create_purpose", Holds(Right::EditPurposes)),
    ("change_purpose", Holds(Right::EditPurposes)),
    ("retire_purpose", Holds(Right::EditPurposes)),
    ("restore_purpose", Holds(Right::EditPurposes)),
    ("compare_wordings", Holds(Right::ViewPurposes)),
    ("create_wording", Holds(Right::EditPurposes)),
    ("list_forms", Holds(Right::ViewForms)),
    ("create_form", Holds(Right::EditForms)),
    ("get_form", Holds(Right::ViewForms)),
    ("list_form_versions", Holds(Right::ViewForms)),
    ("get_form_version", Holds(Right::ViewForms)),
    ("save_form", Holds(Right::EditForms)),
    ("publish_form", Holds(Right::EditForms)),
    ("close_form", Holds(Right::EditForms)),
    ("list_submissions", Holds(Right::ViewSubmissions)),
    ("get_submission", Holds(Right::ViewSubmissions)),
    ("get_submission_file", Holds(Right::ViewSubmissions)),
    ("accept_submission", Holds(Right::DecideSubmissions)),
    ("dismiss_submission", Holds(Right::DecideSubmissions)),
    ("release_submission", Holds(Right::DecideSubmissions)),
    ("delete_submission", Holds(Right::DecideSubmissions)),
    ("list_audit_events", Holds(Right::ViewAudit)),
    ("get_audit_event", Holds(Right::ViewAudit)),
    ("export_audit_events", Holds(Right::ExportAudit)),
    ("revert_change", Holds(Right::EditClients)),
    ("get_ledger", Holds(Right::ViewAudit)),
    ("get_ledger_checkpoint", Holds(Right::ViewAudit)),
    ("get_ledger_proof", Holds(Right::ViewAudit)),
    ("list_roles", Holds(Right::ViewStaff)),
    ("create_role", Holds(Right::EditStaff)),
    ("change_role", Holds(Right::EditStaff)),
    ("delete_role", Holds(Right::EditStaff)),
    ("list_accounts", Holds(Right::ViewStaff)),
    ("create_account", Holds(Right::EditStaff)),
    ("change_account", Holds(Right::EditStaff)),
    ("deactivate_account", Holds(Right::EditStaff)),
    ("reactivate_account", Holds(Right::EditStaff)),
    ("hand_over_clients", Holds(Right::EditStaff)),
    ("invite_account", Holds(Right::EditStaff)),
    ("reset_second_factors", Holds(Right::EditStaff)),
    ("end_account_sessions", Holds(Right::EditStaff)),
    ("list_colleagues", Holds(Right::ViewClients)),
    ("list_departments", SignedIn),
    ("create_department", Holds(Right::EditStaff)),
    ("rename_department", Holds(Right::EditStaff)),
    ("delete_department", Holds(Right::EditStaff)),
    ("get_organisation", SignedIn),
    ("change_organisation", Holds(Right::ConfigureSecurity)),
    ("get_security_settings", Holds(Right::ConfigureSecurity)),
    ("change_security_settings", Holds(Right::ConfigureSecurity)),
    ("list_api_keys", SignedIn),
    ("list_all_api_keys", Holds(Right::ViewStaff)),
    ("create_api_key", Holds(Right::ManageApiKeys)),
    ("revoke_api_key", SignedIn),
    ("get_public_form", Public),
    ("get_form_challenge", Public),
    ("submit_form", Public),
    ("preflight_public_form", Public),
    ("preflight_submission", Public),
    ("claim_receipt", Public),
    ("preflight_receipt", Public),
    ("get_public_keys", Public),
    ("get_openapi", Public),
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

#[test]
fn the_document_says_who_has_to_be_signed_in() {
    let document = document();
    assert_eq!(document["security"], serde_json::json!([{ "session": [] }, { "api_key": [] }]));
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["api_key", "session"]);
    for (id, (method, path)) in operations() {
        let (_, access) = MATRIX.iter().find(|(known, _)| *known == id).unwrap();
        let own = document["paths"][&path][method.as_str().to_lowercase()].get("security");
        // Everything else is said once, for the whole document.
        assert_eq!(own, (*access == Public).then_some(&serde_json::json!([])), "{id}");
    }
}

const NOBODY: &str = "01a20934-7b8b-773e-bce3-876519a6c222";

/// Calls a route; its status.
async fn call(base: &str, api: &Api, operation: &(Method, String), id: &str, body: &str) -> u16 {
    send(base, api, operation, id, body).await.status().as_u16()
}

/// Calls a route; the problem it answers, if it is one.
async fn problem(base: &str, api: &Api, operation: &(Method, String), id: &str) -> Option<ProblemCode> {
    send(base, api, operation, id, "{").await.json::<Problem>().await.ok().map(|problem| problem.code)
}

async fn send(base: &str, api: &Api, (method, path): &(Method, String), id: &str, body: &str) -> Response {
    let path = path.replace("{id}", id).replace("{event}", NOBODY).replace("{public_id}", "nosuchform");
    let path = path.replace("{file}", NOBODY).replace("{number}", "1");
    let kind = if body == UPLOAD { "multipart/form-data; boundary=x" } else { "application/json" };
    // What these are asked for stands in the address.
    let path = if path.contains("/consents/receipt") && *method == Method::GET {
        format!("{path}?{RECEIPT_OF}")
    } else {
        path
    };
    let mut request = Client::new()
        .request(method.clone(), format!("{base}{path}"))
        .header("Sec-Fetch-Site", "same-origin")
        .header("Content-Type", kind)
        .header("If-Match", "\"1\"")
        .body(body.to_owned());
    if let Some(access) = api.cookie("__Host-zgoda-access") {
        request = request.header("Cookie", format!("__Host-zgoda-access={access}"));
    }
    request.send().await.unwrap()
}

/// Everything that staff may, but for one right.
fn everything_but(right: Right) -> RoleDefinition {
    let mut definition = RoleTemplate::Owner.definition();
    // Without seeing clients no other right on them can be stated.
    definition.rights.retain(|held, _| *held != right && !(right == Right::ViewClients && held.is_scoped()));
    definition
}

/// All that a refusal must leave as it was, to the last value.
async fn state(app: &TestApp) -> String {
    let tables = [
        "clients",
        "client_keys",
        "blind_index",
        "card_reasons",
        "tags",
        "client_tags",
        "saved_filters",
        "jobs",
        "job_changes",
        "job_kept",
        "imports",
        "import_parts",
        "import_rows",
        "client_origins",
        "consent_events",
        "consent_states",
        "files",
        "file_chunks",
        "consent_renewals",
        "submissions",
        "purposes",
        "wordings",
        "custom_fields",
        "forms",
        "form_versions",
        "roles",
        "accounts",
        "departments",
        "account_departments",
        "organisation",
        "security_settings",
        "api_keys",
        "second_factors",
        "recovery_codes",
        "one_time_tokens",
    ];
    crate::sealing::stored(app, &tables).await
}

/// What asks for a proof of the last minutes: what cannot be undone, what lets others in, and what takes much away.
const RECENT: &[&str] = &[
    "add_second_factor",
    "change_account",
    "change_organisation",
    "change_role",
    "change_security_settings",
    "confirm_second_factor",
    "create_account",
    "create_api_key",
    "create_department",
    "create_role",
    "deactivate_account",
    "delete_client",
    "delete_department",
    "delete_many_clients",
    "delete_role",
    "end_account_sessions",
    "export_audit_events",
    "export_clients",
    "hand_over_clients",
    "invite_account",
    "make_recovery_codes",
    "reactivate_account",
    "remove_second_factor",
    "rename_department",
    "reset_second_factors",
];

/// What a locked session may still ask for: how to unlock it, and its end.
const WHILE_LOCKED: &[&str] =
    &["ask_unlock_passkey", "get_unlock_ways", "sign_out", "unlock_session", "unlock_with_passkey"];

on_both_databases! {
    async fn each_route_lets_in_whom_it_should_and_nobody_else(app: TestApp) {
        let (owner, visitor) = (app.owner().await, app.visitor());
        let operations = operations();
        let mut without = BTreeMap::new();
        for right in Right::ALL.iter().filter(|right| **right != Right::UseOwnAccount) {
            let role = app.role(&owner, right.code(), everything_but(*right)).await;
            without.insert(*right, app.member(&right.code().replace('_', "."), role).await);
        }
        let nothing = app.member("bez.praw", app.role(&owner, "nic", RoleDefinition::default()).await).await;
        for (id, access) in MATRIX {
            let operation = &operations[*id];
            // These two end what the other rows need: whoever is signed in anew is let in.
            if matches!(*id, "sign_out" | "lock_session") {
                assert_eq!(call(&app.base, &visitor, operation, NOBODY, "").await, 401, "{id}");
                let again = app.visitor();
                again.sign_in(&SignIn { email: "bez.praw@example.com".into(), password: PASSWORD.into() }).await.unwrap();
                assert_eq!(call(&app.base, &again, operation, NOBODY, "").await, 204, "{id}");
                assert!(again.client(ClientId::from_uuid(NOBODY.parse().unwrap())).await.is_err(), "{id}");
                continue;
            }
            let anonymous = call(&app.base, &visitor, operation, NOBODY, "{").await;
            let rightless = call(&app.base, &nothing, operation, NOBODY, "{").await;
            let whole = call(&app.base, &owner, operation, NOBODY, "{").await;
            let let_in = |status: u16| !matches!(status, 401 | 403);
            let expected = match access {
                // Without a refresh cookie there is nothing to refresh.
                Public if *id == "refresh_session" => (false, false, false),
                Public => (true, true, true),
                SignedIn => (false, true, true),
                Holds(right) | Reaches(right, _) => {
                    let before = state(&app).await;
                    let status = call(&app.base, &without[right], operation, NOBODY, "{").await;
                    assert_eq!(status, 403, "{id} without {right:?}");
                    assert_eq!(state(&app).await, before, "{id}");
                    (false, false, true)
                }
            };
            let statuses = (anonymous, rightless, whole);
            assert_eq!((let_in(anonymous), let_in(rightless), let_in(whole)), expected, "{id}: {statuses:?}");
            assert!(anonymous != 500 && rightless != 500 && whole != 500, "{id}: {statuses:?}");
        }
    }

    async fn what_cannot_be_undone_asks_for_a_recent_proof_and_nothing_else_does(app: TestApp) {
        let owner = app.owner().await;
        app.clock.advance(TimeDelta::minutes(6));
        let operations = operations();
        let mut asked = Vec::new();
        for (id, access) in MATRIX {
            if *access == Public || matches!(*id, "sign_out" | "lock_session") {
                continue;
            }
            let before = state(&app).await;
            if problem(&app.base, &owner, &operations[*id], NOBODY).await == Some(ProblemCode::StepUpNeeded) {
                assert_eq!(state(&app).await, before, "{id}");
                asked.push(*id);
            }
        }
        asked.sort_unstable();
        assert_eq!(asked, RECENT);
    }

    async fn a_locked_session_opens_nothing_but_its_unlocking(app: TestApp) {
        let owner = app.owner().await;
        app.client(&owner, "Ada").await;
        owner.lock().await.unwrap();
        let operations = operations();
        let mut open = Vec::new();
        for (id, access) in MATRIX {
            // Signing out ends the session: it comes last.
            if *access == Public || *id == "sign_out" {
                continue;
            }
            let before = state(&app).await;
            if problem(&app.base, &owner, &operations[*id], NOBODY).await != Some(ProblemCode::SessionLocked) {
                open.push(*id);
            }
            assert_eq!(state(&app).await, before, "{id}");
        }
        if call(&app.base, &owner, &operations["sign_out"], NOBODY, "").await == 204 {
            open.push("sign_out");
        }
        open.sort_unstable();
        assert_eq!(open, WHILE_LOCKED);
    }

    async fn without_the_factor_a_role_demands_only_the_own_account_is_open(app: TestApp) {
        let owner = app.owner().await;
        let mut definition = RoleTemplate::Owner.definition();
        definition.rights.remove(&Right::AdministerOwners);
        definition.needs_second_factor = Some(true);
        let role = app.role(&owner, "z drugim składnikiem", definition).await;
        let sonia = app.member("Sonia", role).await;
        let operations = operations();
        for (id, access) in MATRIX {
            // These two are hers, and would end it.
            if matches!(*id, "sign_out" | "lock_session") {
                continue;
            }
            let operation = &operations[*id];
            let before = state(&app).await;
            let answer = problem(&app.base, &sonia, operation, NOBODY).await;
            let is_refused = answer == Some(ProblemCode::NotAllowed);
            assert_eq!(is_refused, matches!(access, Holds(_) | Reaches(..)), "{id}: {answer:?}");
            assert_eq!(state(&app).await, before, "{id}");
        }
    }

    async fn a_right_on_own_records_does_not_reach_anothers(app: TestApp) {
        let owner = app.owner().await;
        let mut definition = RoleTemplate::Owner.definition();
        for (right, scope) in &mut definition.rights {
            if right.is_scoped() {
                *scope = Scope::Own;
            }
        }
        let seller = app.member("Sonia", app.role(&owner, "własni", definition).await).await;
        let operations = operations();
        let foreign = app.client(&owner, "Cudza").await.to_string();
        for (id, access) in MATRIX {
            let Reaches(_, body) = access else { continue };
            let operation = &operations[*id];
            let before = state(&app).await;
            assert_eq!(call(&app.base, &seller, operation, &foreign, body).await, 404, "{id} of another");
            assert_eq!(call(&app.base, &seller, operation, NOBODY, body).await, 404, "{id} of nobody");
            assert_eq!(state(&app).await, before, "{id}");
            let own = app.client(&seller, "Własna").await.to_string();
            let status = call(&app.base, &seller, operation, &own, body).await;
            let expected = match *id {
                // There is no such purpose, and no such file.
                "withdraw_consent" | "record_consent" | "get_client_file" => 404,
                // Nor such another card.
                "merge_clients" => 404,
                "get_consent_receipt" | "get_consent_receipt_html" | "send_consent_receipt" => 404,
                "upload_client_file" => 201,
                // Nobody gives away what they could not take back.
                "assign_client" => 422,
                _ => 200,
            };
            assert_eq!(if status == 204 { 200 } else { status }, expected, "{id} of one's own");
        }
    }

    /// Records that are found by an id of their own.
    async fn what_belongs_to_others_is_answered_as_if_it_did_not_exist(app: TestApp) {
        let owner = app.owner().await;
        let mut definition = RoleTemplate::Owner.definition();
        definition.rights.remove(&Right::AdministerOwners);
        for (right, scope) in &mut definition.rights {
            if right.is_scoped() {
                *scope = Scope::Own;
            }
        }
        let sonia = app.member("Sonia", app.role(&owner, "własni", definition).await).await;
        let form = app.published_form(&owner, SITE).await;
        let answers = form.answers(&[("name", "Ewa"), ("email", "ewa@example.com")]);
        for _ in 0..2 {
            app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        }
        let client = owner.search_clients(&SearchClients::default()).await.unwrap().items.remove(0).id;
        let waiting = owner.submissions(None, None).await.unwrap().items.into_iter().find(|one| one.status == SubmissionStatus::Review).unwrap();
        let card = owner.client(client).await.unwrap();
        let body = ClientBody { details: ClientInput { city: Some("Łódź".into()), ..card.value.details }, custom: BTreeMap::new() };
        owner.change_client(client, card.version, &body).await.unwrap();
        let search = AuditSearch { client: Some(client), action: Some(Action::ClientChanged), ..AuditSearch::default() };
        let change = owner.search_audit_events(search, None).await.unwrap().items.remove(0).id;
        let session = owner.sessions().await.unwrap().remove(0).id;
        let key = owner.create_api_key(&crate::api_keys::key(&app, &[(Right::ViewClients, Scope::All)], &[])).await.unwrap().id;

        let before = state(&app).await;
        let not_found = |outcome| assert_eq!(outcome, ProblemCode::NotFound);
        not_found(crate::code(sonia.submission(waiting.id).await));
        not_found(crate::code(sonia.accept_submission(waiting.id).await));
        not_found(crate::code(sonia.dismiss_submission(waiting.id).await));
        not_found(crate::code(sonia.revert_change(client, change).await));
        not_found(crate::code(sonia.client_name(client).await));
        not_found(crate::code(sonia.revoke_session(session).await));
        // Everybody's keys are listed for her; this one's owner holds more than she does.
        assert_eq!(crate::code(sonia.revoke_api_key(key).await), ProblemCode::Invalid);
        assert_eq!(sonia.submissions(None, None).await.unwrap().items, []);
        // The log tells that something happened to somebody, and no value.
        assert!(sonia.audit_event(change).await.is_ok_and(|event| event.changes.is_empty()));
        assert_eq!(state(&app).await, before);
        owner.sessions().await.unwrap();
        owner.accept_submission(waiting.id).await.unwrap();
        owner.revert_change(client, change).await.unwrap();
    }
}
