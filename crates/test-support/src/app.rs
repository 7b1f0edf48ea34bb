//! The whole API on a port of its own, and the persons who call it.

use crate::{Backend, Postbox, SheetsHere, TestClock, TestDatabase, clock::Ahead};
use actix_web::{App, HttpServer, dev::ServerHandle, middleware::from_fn, web::Data};
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use sea_orm_migration::MigratorTrait;
use std::{collections::BTreeMap, sync::Arc};
use utoipa_actix_web::AppExt;
use zgoda_api::{Api as ApiState, Limits, TrustedProxies};
use zgoda_api_types::{
    accounts::{SetUp, SignIn},
    clients::ClientBody,
    consents::{CreatePurpose, CreateWording},
    forms::{CreateForm, PublicForm, SaveForm, Submit},
    staff::RoleBody,
};
use zgoda_app::{Ctx, accounts, delivery::Channels, gate::GateSettings, jobs, outbox};
use zgoda_client::Api;
use zgoda_domain::{
    access::{
        Actor,
        role::{RoleDefinition, RoleTemplate},
    },
    account::NewAccount,
    client::{BuiltinField, ClientInput},
    consent::{Channel, Language, LawfulBasis},
    field_ref::FieldRef,
    form::{ConsentItem, FormDefinition, FormField, FormFieldKind, Mapping},
    form_templates::FormTemplate,
    id::{ClientId, FormId, PurposeId, RoleId, WordingId},
    message::Email,
};
use zgoda_migrations::Migrator;

/// Every test person's password.
pub const PASSWORD: &str = "koń bateria zszywka";

/// Public forms without limits: stories that are not about them send what they like as quickly as they like.
const OPEN: GateSettings = GateSettings { min_seconds: 0, per_form_minute: 0, counts_senders: false };

/// A running server with a database of its own.
pub struct TestApp {
    pub ctx: Ctx,
    pub clock: Arc<TestClock>,
    pub base: String,
    pub database: TestDatabase,
    /// Where messages arrive once they are delivered.
    pub postbox: Arc<Postbox>,
    server: ServerHandle,
}

/// One more server on the database of a [`TestApp`].
pub struct TestServer {
    pub ctx: Ctx,
    pub base: String,
    server: ServerHandle,
}

impl TestServer {
    /// Serves at an address such as `[::1]:0`, with limits of its own.
    fn start(ctx: Ctx, address: &str, proxies: TrustedProxies) -> Self {
        Self::listen(ctx, std::net::TcpListener::bind(address).unwrap(), proxies)
    }

    fn listen(ctx: Ctx, listener: std::net::TcpListener, proxies: TrustedProxies) -> Self {
        let base = format!("http://{}", listener.local_addr().unwrap());
        let state = ApiState { ctx: ctx.clone(), limits: Limits::new(0), proxies };
        let server = HttpServer::new(move || {
            App::new()
                .into_utoipa_app()
                .app_data(Data::new(state.clone()))
                .map(|app| app.configure(zgoda_api::framework))
                .configure(zgoda_api::routes)
                .into_app()
                .configure(zgoda_api::pages)
                .default_service(actix_web::web::to(zgoda_api::nothing_here))
                .wrap(from_fn(zgoda_api::guard))
        })
        .workers(1)
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { ctx, base, server: handle }
    }

    /// Someone who is not signed in.
    pub fn visitor(&self) -> Api {
        Api::new(&self.base)
    }

    /// The same browser as another server's: it presents the same cookies.
    pub fn same_browser(&self, api: &Api) -> Api {
        let here = self.visitor();
        for name in ["__Host-zgoda-access", "__Host-zgoda-refresh", "__Host-zgoda-device"] {
            if let Some(value) = api.cookie(name) {
                here.set_cookie(name, &value);
            }
        }
        here
    }

    /// Stops it and waits for requests in flight.
    pub async fn stop(self) {
        self.server.stop(true).await;
    }
}

impl TestApp {
    pub async fn start(backend: Backend) -> Self {
        Self::start_as(backend, None, TrustedProxies::default()).await
    }

    /// One that is known to its visitors by another address, and stands behind these proxies.
    pub async fn start_as(backend: Backend, public_url: Option<&str>, proxies: TrustedProxies) -> Self {
        let database = TestDatabase::create(backend).await;
        Migrator::up(database.db.for_migrations(), None).await.unwrap();
        zgoda_app::audit::note_head(&database.db).await.unwrap();
        zgoda_app::ledger::note_head(&database.db).await.unwrap();
        let clock = Arc::new(TestClock::default());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let postbox = Arc::new(Postbox::default());
        let channels = Channels { email: Some(postbox.clone()), sms: Some(postbox.clone()) };
        let known_as = public_url.unwrap_or(&base);
        let ctx = Ctx::new(database.db.clone(), clock.clone(), database.vault.clone(), known_as)
            .with_channels(channels)
            .with_sheets(Arc::new(SheetsHere))
            .with_gate(OPEN);
        let TestServer { ctx, base, server } = TestServer::listen(ctx, listener, proxies);
        Self { ctx, clock, base, database, postbox, server }
    }

    /// A second process beside this one, as far as a process matters: caches, limits and connections of its own on the
    /// same PostgreSQL, with the same keys. Its clock is `ahead` of this one's.
    pub async fn replica(&self, ahead: TimeDelta) -> TestServer {
        let channels = self.ctx.channels.clone();
        let clock = Arc::new(Ahead { of: self.clock.clone(), by: ahead });
        let ctx = Ctx::new(self.database.connect_again().await, clock, self.database.vault.clone(), &self.base);
        TestServer::start(ctx.with_channels(channels).with_gate(OPEN), "127.0.0.1:0", TrustedProxies::default())
    }

    /// One more server, perhaps with another configuration, at another address, or behind proxies that are believed.
    pub fn serve(&self, ctx: Ctx, address: &str, proxies: &[&str]) -> TestServer {
        let proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
        TestServer::start(ctx, address, TrustedProxies::new(proxies))
    }

    /// Another server on the same database, where its host has a name: only there browsers know passkeys. Its address.
    pub fn with_a_name(&self) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let ctx =
            Ctx::new(self.database.db.clone(), self.clock.clone(), self.database.vault.clone(), &base).with_gate(OPEN);
        // Ends with the test's runtime.
        drop(TestServer::listen(ctx, listener, TrustedProxies::default()));
        base
    }

    /// Someone who is not signed in.
    pub fn visitor(&self) -> Api {
        Api::new(&self.base)
    }

    /// The owner, made on the first call.
    pub async fn owner(&self) -> Api {
        let api = self.visitor();
        match accounts::new_setup_token(&self.ctx).await.unwrap() {
            Some(token) => {
                let body = SetUp {
                    token: token.reveal().to_owned(),
                    email: "wlasciciel@example.com".into(),
                    name: "Wanda Właściciel".into(),
                    password: PASSWORD.into(),
                };
                api.set_up(&body).await.unwrap();
            }
            None => self.sign_in(&api, "wlasciciel@example.com").await,
        }
        api
    }

    /// Someone who may look and nothing else.
    pub async fn reader(&self) -> Api {
        let new = NewAccount::parse("czytelnik@example.com", "Cezary Czytelnik", PASSWORD).unwrap();
        accounts::create(&self.ctx, new, RoleTemplate::ReadOnly.id(), Actor::System { job: "test" }).await.unwrap();
        let api = self.visitor();
        self.sign_in(&api, "czytelnik@example.com").await;
        api
    }

    /// A member of staff with this role, signed in. `name` also makes the address.
    pub async fn member(&self, name: &str, role: RoleId) -> Api {
        let email = format!("{}@example.com", name.to_lowercase());
        let new = NewAccount::parse(&email, name, PASSWORD).unwrap();
        accounts::create(&self.ctx, new, role, Actor::System { job: "test" }).await.unwrap();
        let api = self.visitor();
        self.sign_in(&api, &email).await;
        api
    }

    /// Makes a role, as the owner.
    pub async fn role(&self, owner: &Api, name: &str, definition: RoleDefinition) -> RoleId {
        let body = RoleBody { name: name.into(), parent_id: None, definition };
        RoleId::from_uuid(owner.create_role(&body, None).await.unwrap().id)
    }

    async fn sign_in(&self, api: &Api, email: &str) {
        api.sign_in(&SignIn { email: email.into(), password: PASSWORD.into() }).await.unwrap();
    }

    /// Links the audit log, as the background job would.
    pub async fn run_jobs(&self) {
        jobs::link_all(&self.ctx).await.unwrap();
    }

    /// Sends what is due, as the background job would, and takes the e-mails that have arrived.
    pub async fn letters(&self) -> Vec<Email> {
        while outbox::deliver_due(&self.ctx).await.unwrap() > 0 {}
        self.postbox.take_emails()
    }

    /// The bare connection, for looking behind the scenes.
    pub fn connection(&self) -> &DatabaseConnection {
        self.ctx.db.for_migrations()
    }

    /// How many rows a table has.
    pub async fn rows(&self, table: &str) -> i64 {
        let connection = self.connection();
        let sql = format!("select count(*) as n from {table}");
        let row =
            connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
        row.unwrap().try_get("", "n").unwrap()
    }

    /// Stops the server and waits for requests in flight.
    pub async fn stop(self) {
        self.server.stop(true).await;
    }

    /// Makes a client with a name.
    pub async fn client(&self, api: &Api, name: &str) -> ClientId {
        let body = ClientBody {
            details: ClientInput { name: Some(name.into()), ..ClientInput::default() },
            ..ClientBody::default()
        };
        ClientId::from_uuid(api.create_client(&body, None).await.unwrap().id)
    }

    /// Makes a marketing purpose for e-mail with one Polish wording.
    pub async fn purpose(&self, api: &Api) -> (PurposeId, WordingId) {
        let purpose = CreatePurpose {
            name: "Newsletter".into(),
            basis: LawfulBasis::Consent,
            is_marketing: true,
            channels: vec![Channel::Email],
            validity_days: None,
            parent_id: None,
            double_opt_in: false,
        };
        let purpose = PurposeId::from_uuid(api.create_purpose(&purpose, None).await.unwrap().id);
        let wording =
            CreateWording { language: Language::Pl, channel: None, text: "Zgadzam się na newsletter.".into() };
        let wording = WordingId::from_uuid(api.create_wording(purpose, &wording, None).await.unwrap().id);
        (purpose, wording)
    }

    /// Publishes a form that asks for name, e-mail, city and a newsletter consent, for pages of `origin`.
    pub async fn published_form(&self, api: &Api, origin: &str) -> TestForm {
        let (purpose_id, wording_id) = self.purpose(api).await;
        let field = |key: &str, kind, target: Option<BuiltinField>| FormField {
            key: key.into(),
            kind,
            label: key.into(),
            hint: None,
            required: false,
            options: vec![],
            target: target.map(FieldRef::Builtin),
            consent: None,
            file: None,
        };
        let consent = FormField {
            consent: Some(ConsentItem { purpose_id, channel: Channel::Email, wording_id }),
            ..field("newsletter", FormFieldKind::Consent, None)
        };
        let mut definition = FormTemplate::Empty.definition("Kontakt", Language::Pl);
        definition.mapping = Mapping::Client;
        definition.allowed_origins = vec![origin.into()];
        definition.fields = vec![
            field("name", FormFieldKind::ShortText, Some(BuiltinField::Name)),
            FormField { required: true, ..field("email", FormFieldKind::Email, Some(BuiltinField::Email)) },
            field("city", FormFieldKind::ShortText, Some(BuiltinField::City)),
            consent,
        ];
        let form = CreateForm { name: "Kontakt".into(), template: FormTemplate::Empty, language: Language::Pl };
        let id = FormId::from_uuid(api.create_form(&form, None).await.unwrap().id);
        let public_id = self.publish(api, id, &definition).await;
        let public = self.visitor().public_form(&public_id).await.unwrap();
        TestForm { id, public_id, public, definition, purpose_id, origin: origin.into() }
    }

    /// Saves a definition and publishes it.
    pub async fn publish(&self, api: &Api, id: FormId, definition: &FormDefinition) -> String {
        let current = api.form(id).await.unwrap();
        let body = SaveForm { name: current.value.name, definition: definition.clone() };
        let saved = api.save_form(id, current.version, &body).await.unwrap();
        api.publish_form(id, saved.version).await.unwrap();
        saved.value.public_id
    }
}

/// A published form and what is needed to answer it.
pub struct TestForm {
    pub id: FormId,
    pub public_id: String,
    pub public: PublicForm,
    pub definition: FormDefinition,
    pub purpose_id: PurposeId,
    pub origin: String,
}

impl TestForm {
    pub fn answers(&self, pairs: &[(&str, &str)]) -> Submit {
        let answers: BTreeMap<String, String> =
            pairs.iter().map(|(key, text)| ((*key).into(), (*text).into())).collect();
        Submit { form_version: self.public.form_version, answers, proof: None }
    }
}
