//! What is left of an account's ways in when its owner leaves, or its password is changed.

use crate::{code, complaint};
use sea_orm::ConnectionTrait;
use zgoda_api_types::{
    accounts::{ChangePassword, RequestPasswordReset, ResetPassword, SignIn},
    api_keys::CreateApiKey,
    problem::ProblemCode,
    second_factors::{AddFactor, CompleteSignIn, FactorProof, SendSignInCode},
    staff::{ChangeAccount, CreateAccount, Deactivate},
};
use zgoda_app::Clock;
use zgoda_client::{Api, SignInOutcome};
use zgoda_domain::{
    Rule,
    access::{
        Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    id::AccountId,
    second_factor::FactorKind,
};
use zgoda_test_support::{PASSWORD, TestApp, on_both_databases};

const REFRESH: &str = "__Host-zgoda-refresh";
const DEVICE: &str = "__Host-zgoda-device";
const NEW: &str = "trzy fioletowe parasole";

/// Everything but the password that someone could get into an account with, each ready to be used.
struct WaysIn {
    id: AccountId,
    email: String,
    /// Where the account's owner works.
    tab: Api,
    /// Another session.
    other: Api,
    refresh: String,
    program: Api,
    device: String,
    /// Half a sign-in, with the code that completes it.
    half: CompleteSignIn,
    reset_link: String,
}

/// The six digits in one of the letters that have arrived.
async fn mailed_code(app: &TestApp) -> FactorProof {
    let letters = app.letters().await;
    let mut words = letters.iter().flat_map(|letter| letter.text.split(|c: char| !c.is_ascii_digit()));
    FactorProof::Code { kind: FactorKind::Email, code: words.find(|word| word.len() == 6).unwrap().to_owned() }
}

/// The token of the link in one of the letters that have arrived.
async fn mailed_token(app: &TestApp, page: &str) -> String {
    let letters = app.letters().await;
    let page = format!("/{page}#");
    let (_, rest) = letters.iter().find_map(|letter| letter.text.split_once(&page)).unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn half_a_sign_in(app: &TestApp, api: &Api, email: &str, remember_device: bool) -> CompleteSignIn {
    let body = SignIn { email: email.into(), password: PASSWORD.into() };
    let SignInOutcome::SecondFactor(needed) = api.sign_in(&body).await.unwrap() else { panic!("no factor asked for") };
    api.send_sign_in_code(&SendSignInCode { attempt: needed.attempt.clone(), kind: FactorKind::Email }).await.unwrap();
    CompleteSignIn { attempt: needed.attempt, proof: mailed_code(app).await, remember_device }
}

impl WaysIn {
    async fn open(app: &TestApp, name: &str) -> Self {
        let owner = app.owner().await;
        let rights = [(Right::ManageApiKeys, Scope::All), (Right::ViewClients, Scope::Own)].into();
        let role = app.role(&owner, name, RoleDefinition { rights, ..RoleDefinition::default() }).await;
        let tab = app.member(name, role).await;
        let email = format!("{}@example.com", name.to_lowercase());
        let factor = tab.add_second_factor(&AddFactor::Email {}).await.unwrap();
        tab.confirm_second_factor(factor.id, &mailed_code(app).await).await.unwrap();
        let key = CreateApiKey {
            name: "sklep".into(),
            definition: RoleDefinition {
                rights: [(Right::ViewClients, Scope::Own)].into(),
                ..RoleDefinition::default()
            },
            expires_at: app.clock.now() + chrono::TimeDelta::days(30),
        };
        let program = Api::with_key(&app.base, &tab.create_api_key(&key).await.unwrap().key);
        let other = app.visitor();
        let complete = half_a_sign_in(app, &other, &email, true).await;
        other.complete_sign_in(&complete).await.unwrap();
        let half = half_a_sign_in(app, &app.visitor(), &email, false).await;
        app.visitor().request_password_reset(&RequestPasswordReset { email: email.clone() }).await.unwrap();
        Self {
            id: tab.me().await.unwrap().account_id,
            refresh: other.cookie(REFRESH).unwrap(),
            device: other.cookie(DEVICE).unwrap(),
            reset_link: mailed_token(app, "reset").await,
            email,
            tab,
            other,
            program,
            half,
        }
    }

    /// The ways that open the account still; each is tried. `password` is the account's present one.
    async fn usable(&self, app: &TestApp, password: &str) -> Vec<&'static str> {
        let mut usable = Vec::new();
        if self.other.me().await.is_ok() {
            usable.push("session");
        }
        let exchange = app.visitor();
        exchange.set_cookie(REFRESH, &self.refresh);
        if exchange.refresh().await.is_ok() {
            usable.push("refresh token");
        }
        if self.program.me().await.is_ok() {
            usable.push("key");
        }
        let device = app.visitor();
        device.set_cookie(DEVICE, &self.device);
        let body = SignIn { email: self.email.clone(), password: password.into() };
        if matches!(device.sign_in(&body).await, Ok(SignInOutcome::SignedIn(_))) {
            usable.push("remembered device");
        }
        if app.visitor().complete_sign_in(&self.half).await.is_ok() {
            usable.push("half a sign-in");
        }
        let body = ResetPassword { token: self.reset_link.clone(), password: "wiosenny deszcz w górach".into() };
        if app.visitor().reset_password(&body).await.is_ok() {
            usable.push("reset link");
        }
        usable
    }
}

const ALL: &[&str] = &["session", "refresh token", "key", "remembered device", "half a sign-in", "reset link"];

on_both_databases! {
    async fn who_was_deactivated_keeps_no_way_in(app: TestApp) {
        let owner = app.owner().await;
        // What is listed works while nothing happens.
        assert_eq!(WaysIn::open(&app, "Ewa").await.usable(&app, PASSWORD).await, ALL);
        let jan = WaysIn::open(&app, "Jan").await;
        owner.deactivate_account(jan.id, Deactivate::default()).await.unwrap();
        assert_eq!(code(jan.tab.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(jan.program.me().await), ProblemCode::SignInNeeded);
        // Nor does coming back bring any of them back; only the password and the factors are as they were.
        owner.reactivate_account(jan.id).await.unwrap();
        assert_eq!(jan.usable(&app, PASSWORD).await, [""; 0]);
        let back = app.visitor();
        let complete = half_a_sign_in(&app, &back, &jan.email, false).await;
        back.complete_sign_in(&complete).await.unwrap();
    }

    async fn nothing_begun_before_an_account_was_deactivated_comes_back_with_it(app: TestApp) {
        let owner = app.owner().await;
        let jan = WaysIn::open(&app, "Jan").await;
        // As if each had been opened in the moment in which the account was deactivated.
        let disable = "update accounts set disabled_at = created_at where email_norm = 'jan@example.com'";
        app.connection().execute_unprepared(disable).await.unwrap();
        owner.reactivate_account(jan.id).await.unwrap();
        assert_eq!(jan.usable(&app, PASSWORD).await, [""; 0]);
    }

    async fn a_changed_password_leaves_the_session_that_changed_it_and_the_keys(app: TestApp) {
        let jan = WaysIn::open(&app, "Jan").await;
        jan.tab.change_password(&ChangePassword { current: PASSWORD.into(), password: NEW.into() }).await.unwrap();
        assert_eq!(jan.usable(&app, NEW).await, ["key"]);
        jan.tab.me().await.unwrap();
    }

    async fn a_password_set_by_a_link_leaves_the_keys(app: TestApp) {
        let jan = WaysIn::open(&app, "Jan").await;
        app.visitor().reset_password(&ResetPassword { token: jan.reset_link.clone(), password: NEW.into() }).await.unwrap();
        assert_eq!(jan.usable(&app, NEW).await, ["key"]);
        assert_eq!(code(jan.tab.me().await), ProblemCode::SignInNeeded);
    }

    async fn a_password_from_the_command_line_is_told_as_what_it_did(app: TestApp) {
        let owner = app.owner().await;
        let jan = WaysIn::open(&app, "Jan").await;
        owner.deactivate_account(jan.id, Deactivate::default()).await.unwrap();
        let role = owner.accounts().await.unwrap().into_iter().find(|account| account.id == jan.id).unwrap().role_id;
        let new = zgoda_domain::account::NewAccount::parse(&jan.email, "Ktoś", NEW).unwrap();
        zgoda_app::accounts::create_owner(&app.ctx, new).await.unwrap();
        assert_eq!(jan.usable(&app, NEW).await, [""; 0]);
        let entry = owner.audit_events(None).await.unwrap().items.into_iter().find(|entry| entry.actor_kind == "command_line").unwrap();
        assert_eq!((entry.action, entry.record_id), (zgoda_domain::audit::Action::AccountChanged, Some(jan.id.as_uuid())));
        assert_eq!(entry.fields, ["password", "role", "disabled"]);
        let told = owner.audit_event(entry.id).await.unwrap().changes;
        let told: Vec<_> = told.into_iter().map(|change| (change.field, change.before, change.after)).collect();
        let (was, is) = (serde_json::json!(role), serde_json::json!(RoleTemplate::Owner.id()));
        assert_eq!(told, [("disabled".to_owned(), true.into(), false.into()), ("role".to_owned(), was, is)]);
    }

    async fn an_invitation_dies_with_the_account_and_with_its_role(app: TestApp) {
        let owner = app.owner().await;
        let invite = async |email: &str| {
            let new = CreateAccount { email: email.into(), name: "Nowa".into(), role_id: RoleTemplate::ReadOnly.id(), department_ids: vec![] };
            let id = owner.create_account(&new, None).await.unwrap().id;
            (id, mailed_token(&app, "invite").await)
        };
        let accept = async |token: &str| app.visitor().accept_invitation(&ResetPassword { token: token.into(), password: PASSWORD.into() }).await;
        let waits = async |id: AccountId| owner.accounts().await.unwrap().into_iter().any(|account| account.id == id && account.invited);
        let change = |role_id, name: &str| ChangeAccount { name: name.into(), role_id, department_ids: vec![] };

        let (left, link) = invite("odeszla@example.com").await;
        owner.deactivate_account(left, Deactivate::default()).await.unwrap();
        owner.reactivate_account(left).await.unwrap();
        assert_eq!(code(accept(&link).await), ProblemCode::LinkSpent);
        assert!(waits(left).await);

        // Whoever made the account may hold the link: it opens the role that they gave, and no higher one.
        let (raised, link) = invite("awans@example.com").await;
        owner.change_account(raised, &change(RoleTemplate::Administrator.id(), "Nowa")).await.unwrap();
        assert_eq!(code(accept(&link).await), ProblemCode::LinkSpent);
        assert!(waits(raised).await);
        owner.invite_account(raised).await.unwrap();
        let again = mailed_token(&app, "invite").await;
        // Another name is no other account.
        owner.change_account(raised, &change(RoleTemplate::Administrator.id(), "Nowsza")).await.unwrap();
        accept(&again).await.unwrap();
        assert!(!waits(raised).await);
    }

    async fn an_administrator_ends_anothers_sessions(app: TestApp) {
        let owner = app.owner().await;
        let rights = [(Right::ViewStaff, Scope::All), (Right::EditStaff, Scope::All)].into();
        let role = app.role(&owner, "kadry", RoleDefinition { rights, ..RoleDefinition::default() }).await;
        let chief = app.member("Krzysztof", role).await;
        let jan = app.member("Jan", app.role(&owner, "nic", RoleDefinition::default()).await).await;
        let (id, above) = (jan.me().await.unwrap().account_id, owner.me().await.unwrap().account_id);
        let refused = chief.end_account_sessions(above).await;
        assert_eq!(complaint(refused), (String::new(), Rule::BeyondOwnRights));
        assert_eq!(code(jan.end_account_sessions(id).await), ProblemCode::NotAllowed);
        owner.me().await.unwrap();
        jan.me().await.unwrap();
        chief.end_account_sessions(id).await.unwrap();
        assert_eq!(code(jan.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(jan.refresh().await), ProblemCode::SignInNeeded);
        let log = owner.audit_events(None).await.unwrap().items;
        let ended = log.iter().find(|entry| entry.action == zgoda_domain::audit::Action::SessionsEnded).unwrap();
        assert_eq!((ended.record_id, ended.actor_name.as_deref()), (Some(id.as_uuid()), Some("Krzysztof")));
        // It asks for a recent proof.
        app.clock.advance(chrono::TimeDelta::minutes(6));
        assert_eq!(code(chief.end_account_sessions(id).await), ProblemCode::StepUpNeeded);
    }
}
