//! Recording that consents ran out.

use super::{LedgerError, NewConsentEvent, States, insert_events, locked_states, show_states, write_states};
use crate::{
    entity::{client, consent_state},
    error::DbError,
    keys, purposes,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement,
    sea_query::{LockBehavior, LockType},
};
use serde_json::Value;
use uuid::Uuid;
use zgoda_domain::{
    access::Actor,
    consent::{Channel, ConsentEventKind, ConsentMethod, ConsentStatus},
    id::{ClientId, ConsentEventId, PurposeId},
};

/// Name of the job that records that consents ran out.
pub const EXPIRY: &str = "consent expiry";

/// A consent that ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    pub client_id: ClientId,
    pub purpose_id: PurposeId,
    pub channel: Channel,
}

/// Clients with consents that stand and have run out. The status first: of what ran out and was recorded there is ever more.
fn due(now: DateTime<Utc>, clients: u64) -> Select<consent_state::Entity> {
    consent_state::Entity::find()
        .select_only()
        .column(consent_state::Column::ClientId)
        .filter(consent_state::Column::ExpiresAt.lte(now))
        .filter(consent_state::Column::Status.eq(ConsentStatus::Given.code()))
        .order_by_asc(consent_state::Column::ExpiresAt)
        .order_by_asc(consent_state::Column::ClientId)
        .limit(clients)
}

/// What [`expire_due`] asks first; public so that plan tests can run exactly the same.
pub fn due_statement(backend: DbBackend, now: DateTime<Utc>, clients: u64) -> Statement {
    due(now, clients).build(backend)
}

/// Records that consents have run out by `now`, those of at most so many clients, longest past first. Safe to call from
/// several replicas: what another one is at is passed over. Nothing is returned when nothing is left to do here.
pub async fn expire_due(tx: &Tx, now: DateTime<Utc>, clients: u64) -> Result<Vec<Expired>, LedgerError> {
    let connection = tx.connection();
    let due: Vec<Uuid> = due(now, clients).into_tuple().all(connection).await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    // The card before its consents, as everybody takes them.
    let held: Vec<Uuid> = client::Entity::find()
        .select_only()
        .column(client::Column::Id)
        .filter(client::Column::Id.is_in(due))
        .order_by_asc(client::Column::Id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(connection)
        .await?;
    let purposes = purposes::all(tx).await?;
    let keyed = keys::of_clients(tx, held.iter().copied().map(ClientId::from_uuid)).await?;
    let mut expired = Vec::new();
    for client in held.into_iter().map(ClientId::from_uuid) {
        let keyed = keyed.get(&client).ok_or(DbError::corrupt("client_keys"))?;
        let (mut entries, mut states) = (Vec::new(), States::new());
        for ((purpose_id, channel), before) in locked_states(tx, client).await? {
            let Some(at) = before.expires_at.filter(|_| before.status_at(now) != before.status) else { continue };
            let purpose = purposes.iter().find(|purpose| purpose.id == purpose_id).ok_or(DbError::Missing)?;
            let entry = ran_out(tx, client, (purpose_id, channel), at, now).after(Some(&before));
            states.insert((purpose_id, channel), entry.apply(Some(&before), purpose)?);
            entries.push(entry);
            expired.push(Expired { client_id: client, purpose_id, channel });
        }
        if !entries.is_empty() {
            insert_events(tx, keyed, &entries, &purposes, now)?.exec_without_returning(connection).await?;
            write_states(client, &states).exec_without_returning(connection).await?;
            show_states(tx, client, &states).await?;
        }
    }
    Ok(expired)
}

/// The entry of a consent that ran out at a moment, and is found to have now.
fn ran_out(
    tx: &Tx,
    client_id: ClientId,
    (purpose_id, channel): (PurposeId, Channel),
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> NewConsentEvent {
    NewConsentEvent {
        id: ConsentEventId::generate(now, tx.vault().entropy.bytes()),
        client_id,
        purpose_id,
        channel,
        kind: ConsentEventKind::Expired,
        method: ConsentMethod::Job,
        wording_id: None,
        form_version_id: None,
        submission_id: None,
        actor: Actor::System { job: EXPIRY },
        occurred_at: at,
        grade: None,
        file_id: None,
        caused_by: None,
        evidence: Value::Object(serde_json::Map::new()),
    }
}
