//! Visitors who answer a form at the same time and remember what they were told.

use anyhow::{Context, ensure};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::task::JoinSet;
use uuid::Uuid;
use zgoda_api_types::{
    accounts::SetUp,
    consents::{CreatePurpose, CreateWording},
    forms::{CreateForm, SaveForm, Submit},
};
use zgoda_client::{Api, ApiError};
use zgoda_domain::{
    consent::{Channel, Language, LawfulBasis},
    form::{ConsentItem, FormField, FormFieldKind},
    form_templates::FormTemplate,
    id::{FormId, FormVersionId, PurposeId, WordingId},
};

/// A published form that makes a client of every visitor and asks for one consent.
#[derive(Clone, Debug)]
pub struct Form {
    pub id: FormId,
    pub public_id: String,
    pub version: FormVersionId,
    pub purpose: PurposeId,
}

/// The owner's.
pub const PASSWORD: &str = "a password nobody else knows";

/// Makes the owner of a new installation, signed in.
pub async fn make_owner(origin: &str, token: String) -> anyhow::Result<Api> {
    let api = Api::new(origin);
    let (email, name) = ("owner@example.com".to_owned(), "Właścicielka".to_owned());
    api.set_up(&SetUp { token, email, name, password: PASSWORD.to_owned() }).await?;
    Ok(api)
}

/// Makes and publishes the form.
pub async fn make_form(api: &Api) -> anyhow::Result<Form> {
    let purpose = CreatePurpose {
        name: "Newsletter".to_owned(),
        basis: LawfulBasis::Consent,
        is_marketing: true,
        channels: vec![Channel::Email],
        validity_days: None,
        parent_id: None,
        double_opt_in: false,
    };
    let purpose = PurposeId::from_uuid(api.create_purpose(&purpose, None).await?.id);
    let wording =
        CreateWording {
            language: Language::Pl, channel: None, text: "Chcę dostawać wiadomości e-mailem.".to_owned()
        };
    let wording = WordingId::from_uuid(api.create_wording(purpose, &wording, None).await?.id);
    let name = "Kontakt".to_owned();
    let create = CreateForm { name: name.clone(), template: FormTemplate::Contact, language: Language::Pl };
    let id = FormId::from_uuid(api.create_form(&create, None).await?.id);
    let draft = api.form(id).await?;
    let mut definition = draft.value.definition;
    definition.fields.push(FormField {
        key: "newsletter".to_owned(),
        kind: FormFieldKind::Consent,
        label: "Newsletter".to_owned(),
        hint: None,
        required: false,
        options: Vec::new(),
        target: None,
        consent: Some(ConsentItem { purpose_id: purpose, channel: Channel::Email, wording_id: wording }),
        file: None,
    });
    let saved = api.save_form(id, draft.version, &SaveForm { name, definition }).await?;
    api.publish_form(id, saved.version).await?;
    let public_id = saved.value.public_id;
    let version = api.public_form(&public_id).await?.form_version;
    Ok(Form { id, public_id, version, purpose })
}

/// A submission that was answered with success.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledged {
    /// The visitor's number; makes the address.
    pub visitor: u64,
    pub submission: Uuid,
}

/// A visitor's address: each has their own.
pub fn address(visitor: u64) -> String {
    format!("visitor{visitor}@example.com")
}

/// Everyone who answers the form.
#[derive(Debug)]
pub struct Visitors {
    form: Form,
    next: AtomicU64,
    leaving: AtomicBool,
    acknowledged: Mutex<Vec<Acknowledged>>,
    /// Those who got no answer: the submission may be kept or not.
    unanswered: Mutex<Vec<u64>>,
    /// Answers that were not expected.
    refusals: Mutex<Vec<String>>,
}

impl Visitors {
    pub fn new(form: Form) -> Arc<Self> {
        Arc::new(Self {
            form,
            next: AtomicU64::new(1),
            leaving: AtomicBool::new(false),
            acknowledged: Mutex::default(),
            unanswered: Mutex::default(),
            refusals: Mutex::default(),
        })
    }

    /// So many at a time, one after the other, until told to leave or until the server is gone.
    pub fn come(self: &Arc<Self>, api: &Api, at_a_time: usize) -> JoinSet<()> {
        self.leaving.store(false, Ordering::SeqCst);
        let mut tasks = JoinSet::new();
        for _ in 0..at_a_time {
            let (all, api) = (Arc::clone(self), api.anonymous());
            tasks.spawn(async move {
                while !all.leaving.load(Ordering::SeqCst) {
                    let visitor = all.next.fetch_add(1, Ordering::SeqCst);
                    match all.submit(&api, visitor).await {
                        Ok(submission) => lock(&all.acknowledged).push(Acknowledged { visitor, submission }),
                        Err(ApiError::Problem(problem)) => {
                            lock(&all.refusals).push(format!("visitor {visitor}: {:?}", problem.code));
                            return;
                        }
                        // An answer cut off in the middle is none.
                        Err(ApiError::Transport(_) | ApiError::Unexpected) => {
                            lock(&all.unanswered).push(visitor);
                            return;
                        }
                    }
                }
            });
        }
        tasks
    }

    /// Nobody new comes; those who are here finish.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::SeqCst);
    }

    /// Those who got no answer ask again, with the same key; now they must be answered.
    pub async fn ask_again(&self, api: &Api) -> anyhow::Result<usize> {
        let waiting = std::mem::take(&mut *lock(&self.unanswered));
        for visitor in &waiting {
            let submission = self.submit(&api.anonymous(), *visitor).await.context("asking again")?;
            lock(&self.acknowledged).push(Acknowledged { visitor: *visitor, submission });
        }
        Ok(waiting.len())
    }

    /// What was acknowledged so far.
    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        lock(&self.acknowledged).clone()
    }

    pub fn count(&self) -> usize {
        lock(&self.acknowledged).len()
    }

    /// Fails when a visitor was refused: then the load was not the one that was meant.
    pub fn check_nobody_was_refused(&self) -> anyhow::Result<()> {
        let refusals = lock(&self.refusals);
        ensure!(refusals.is_empty(), "{} visitors were refused, for example {:?}", refusals.len(), refusals.first());
        Ok(())
    }

    async fn submit(&self, api: &Api, visitor: u64) -> Result<Uuid, ApiError> {
        let key = format!("visitor-{visitor}");
        let body = Submit { form_version: self.form.version, answers: answers(visitor), proof: None };
        Ok(api.submit(&self.form.public_id, &body, Some(&key), None).await?.id)
    }
}

/// What a visitor types.
pub fn answers(visitor: u64) -> BTreeMap<String, String> {
    [
        ("name", format!("Zażółcona Gęśl {visitor}")),
        ("email", address(visitor)),
        ("message", "Proszę o przesłanie oferty.".to_owned()),
        ("newsletter", "true".to_owned()),
    ]
    .map(|(key, text)| (key.to_owned(), text))
    .into()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
