//! What every use case needs from the outside world.

use crate::{
    api_keys::{KeyUses, LiveKey},
    audit::CheckpointSink,
    delivery::Channels,
    gate::{Gate, GateSettings},
    guesses::Guesses,
    hashing::Hashing,
    published_forms::PublishedForms,
    recent::Recent,
    role_book::RoleBook,
    sessions_cache::SessionCache,
    sheet_reader::SheetReader,
};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use chrono_tz::Tz;
use moka::sync::Cache;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use uuid::Uuid;
use zgoda_domain::{
    access::{Permit, RightType},
    audit::{Action, AuditEvent, RecordKind},
    consent::Purpose,
    custom_field::CustomField,
    email::EmailAddress,
    organisation::Organisation,
    security::SecuritySettings,
};
use zgoda_persistence::{Db, Vault};
use zgoda_vault::Passkeys;

/// The time, as an argument.
pub trait Clock: Send + Sync + 'static {
    /// Now, to the microsecond: what both databases keep.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock; the only place that asks it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
        let now = DateTime::<Utc>::from(std::time::SystemTime::now());
        now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
    }
}

/// The database, the clock and the keys.
#[derive(Clone)]
pub struct Ctx {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub vault: Arc<Vault>,
    /// Absolute address of the server as visitors see it, without a slash at the end.
    pub public_url: Arc<str>,
    /// By whose clocks mails and pages tell the time.
    pub time_zone: Tz,
    /// How messages can leave.
    pub channels: Channels,
    /// Who reads files with rows.
    pub(crate) sheets: Option<Arc<dyn SheetReader>>,
    /// Files that are read at the same time.
    pub(crate) reading: Arc<Semaphore>,
    /// Where signed statements of how far the audit log went are kept outside.
    pub(crate) checkpoint_sinks: Arc<[Arc<dyn CheckpointSink>]>,
    /// A mailbox they are sent to as well.
    pub(crate) checkpoint_mail: Option<EmailAddress>,
    /// `None` where browsers know no passkeys.
    pub(crate) passkeys: Option<Passkeys>,
    pub(crate) sessions: SessionCache,
    pub(crate) published: PublishedForms,
    pub(crate) fields: Recent<(), Arc<[CustomField]>>,
    pub(crate) purposes: Recent<(), Arc<[Purpose]>>,
    pub(crate) roles: Recent<(), Arc<RoleBook>>,
    pub(crate) settings: Recent<(), Arc<SecuritySettings>>,
    pub(crate) organisation: Recent<(), Option<Arc<Organisation>>>,
    /// Keys by the hash of their text.
    pub(crate) keys: Recent<Vec<u8>, LiveKey>,
    pub(crate) key_uses: KeyUses,
    /// Sessions and keys whose address was refused a moment ago.
    pub(crate) refused: Cache<Uuid, ()>,
    /// Passwords tried for each address.
    pub(crate) guesses: Guesses,
    pub(crate) hashing: Hashing,
    /// What public forms let in lately.
    pub(crate) gate: Gate,
}

impl Ctx {
    pub fn new(db: Db, clock: Arc<dyn Clock>, vault: Arc<Vault>, public_url: &str) -> Self {
        Self {
            db,
            clock,
            vault,
            public_url: public_url.trim_end_matches('/').into(),
            time_zone: Tz::Europe__Warsaw,
            channels: Channels::default(),
            sheets: None,
            reading: Arc::new(Semaphore::new(1)),
            checkpoint_sinks: Vec::new().into(),
            checkpoint_mail: None,
            passkeys: Passkeys::for_origin(public_url),
            sessions: SessionCache::default(),
            published: PublishedForms::default(),
            fields: Recent::default(),
            purposes: Recent::default(),
            roles: Recent::default(),
            settings: Recent::default(),
            organisation: Recent::default(),
            keys: Recent::default(),
            key_uses: KeyUses::default(),
            refused: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(60)).build(),
            guesses: Guesses::default(),
            hashing: Hashing::default(),
            gate: Gate::new(GateSettings::default()),
        }
    }

    /// The same with ways to send messages; without them none is even stored.
    #[must_use]
    pub fn with_channels(self, channels: Channels) -> Self {
        Self { channels, ..self }
    }

    /// The same with somebody who reads files with rows.
    #[must_use]
    pub fn with_sheets(self, reader: Arc<dyn SheetReader>) -> Self {
        Self { sheets: Some(reader), ..self }
    }

    /// The same with another time zone than Poland's.
    #[must_use]
    pub fn with_time_zone(self, time_zone: Tz) -> Self {
        Self { time_zone, ..self }
    }

    /// The same with places outside for checkpoints of the audit log.
    #[must_use]
    pub fn with_checkpoints(self, sinks: Vec<Arc<dyn CheckpointSink>>) -> Self {
        Self { checkpoint_sinks: sinks.into(), ..self }
    }

    /// The same with a mailbox that checkpoints are sent to.
    #[must_use]
    pub fn with_checkpoint_mail(self, to: Option<EmailAddress>) -> Self {
        Self { checkpoint_mail: to, ..self }
    }

    /// The same with other limits of public forms.
    #[must_use]
    pub fn with_gate(self, settings: GateSettings) -> Self {
        Self { gate: Gate::new(settings), ..self }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// To be called after roles, accounts, keys or security settings changed: it acts on the very next request.
    pub(crate) fn forget_access(&self) {
        self.roles.forget_all();
        self.settings.forget_all();
        self.sessions.live.forget_all();
        self.keys.forget_all();
    }

    /// Passwords hashed since the start. Says how much work was done for whom, where time would say it less clearly.
    pub fn passwords_hashed(&self) -> u64 {
        self.hashing.done()
    }

    /// Randomness for a new id.
    pub fn entropy(&self) -> [u8; 10] {
        self.vault.entropy.bytes()
    }

    /// An audit event by the permit's holder.
    pub fn event<R: RightType>(
        &self,
        permit: &Permit<R>,
        action: Action,
        record: RecordKind,
        record_id: Option<uuid::Uuid>,
    ) -> AuditEvent {
        AuditEvent::new(permit.actor(), permit.origin(), action, record, record_id)
    }
}

impl std::fmt::Debug for Ctx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ctx(…)")
    }
}
