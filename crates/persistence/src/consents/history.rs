//! What the ledger holds, read back.

use super::{evidence_place, to_grade};
use crate::{
    entity::{account, consent_event},
    error::DbError,
    keys, merges,
    tx::Source,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;
use zgoda_domain::{
    consent::{Channel, ConsentEventKind, ConsentMethod, EvidenceGrade, StateEvent},
    id::{ClientId, ConsentEventId, FileId, FormVersionId, PurposeId, SubmissionId, WordingId},
};

/// A stored ledger entry with its evidence opened; after erasure the evidence is empty and `erased` says why.
#[derive(Clone, Debug)]
pub struct LedgerEntry {
    pub id: ConsentEventId,
    pub purpose_id: PurposeId,
    pub channel: Channel,
    pub kind: ConsentEventKind,
    pub method: ConsentMethod,
    pub wording_id: Option<WordingId>,
    pub form_version_id: Option<FormVersionId>,
    pub submission_id: Option<SubmissionId>,
    pub recorded_by: Option<String>,
    pub occurred_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub grade: Option<EvidenceGrade>,
    pub file_id: Option<FileId>,
    pub caused_by: Option<ConsentEventId>,
    pub evidence: Value,
    /// The client was erased: nobody can read the evidence any more, and the entry stands.
    pub erased: bool,
}

impl LedgerEntry {
    /// The part that decides the state.
    pub const fn state_event(&self) -> StateEvent {
        StateEvent {
            id: self.id,
            kind: self.kind,
            occurred_at: self.occurred_at,
            expires_at: self.expires_at,
            grade: self.grade,
            wording_id: self.wording_id,
        }
    }
}

/// Whose consent an entry is about, and to what.
pub async fn place_of(
    source: &impl Source,
    event: ConsentEventId,
) -> Result<Option<(ClientId, PurposeId, Channel)>, DbError> {
    let row = consent_event::Entity::find_by_id(event.as_uuid()).one(source.connection()).await?;
    let place = |row: consent_event::Model| {
        let channel = Channel::from_code(&row.channel).ok_or(DbError::corrupt("consent_events"))?;
        Ok((ClientId::from_uuid(row.client_id), PurposeId::from_uuid(row.purpose_id), channel))
    };
    row.map(place).transpose()
}

/// The wordings that a client answered, newest first.
pub async fn shown_wordings(source: &impl Source, client: ClientId) -> Result<Vec<WordingId>, DbError> {
    let ids: Vec<Uuid> = consent_event::Entity::find()
        .select_only()
        .column(consent_event::Column::WordingId)
        .filter(consent_event::Column::ClientId.eq(client.as_uuid()))
        .filter(consent_event::Column::WordingId.is_not_null())
        .order_by_desc(consent_event::Column::Id)
        .into_tuple()
        .all(source.connection())
        .await?;
    Ok(ids.into_iter().map(WordingId::from_uuid).collect())
}

/// Everything the ledger holds on a client, in order of recording; with what it holds on cards that were merged into the
/// client's.
pub async fn ledger(source: &impl Source, client: ClientId) -> Result<Vec<LedgerEntry>, DbError> {
    entries(source, &merges::lineage(source, client).await?).await
}

pub(super) async fn entries(source: &impl Source, clients: &[ClientId]) -> Result<Vec<LedgerEntry>, DbError> {
    let rows = consent_event::Entity::find()
        .filter(consent_event::Column::ClientId.is_in(clients.iter().map(|id| id.as_uuid())))
        .order_by_asc(consent_event::Column::Id)
        .all(source.connection())
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys = keys::of_clients(source, clients.iter().copied()).await?;
    let actors: Vec<Uuid> = rows.iter().filter_map(|row| row.actor_id).collect();
    let names: HashMap<Uuid, String> = if actors.is_empty() {
        HashMap::new()
    } else {
        let accounts =
            account::Entity::find().filter(account::Column::Id.is_in(actors)).all(source.connection()).await?;
        accounts.into_iter().map(|account| (account.id, account.name)).collect()
    };
    let corrupt = || DbError::corrupt("consent_events");
    rows.into_iter()
        .map(|row| {
            let id = ConsentEventId::from_uuid(row.id);
            let key = keys.get(&ClientId::from_uuid(row.client_id));
            let evidence = match (key, row.evidence) {
                (Some(key), Some(sealed)) => {
                    let clear = key.open(evidence_place(id), sealed)?;
                    serde_json::from_slice(&clear).map_err(|_| corrupt())?
                }
                // The key was destroyed with the person's data: the entry stands, the evidence is gone.
                _ => Value::Object(serde_json::Map::new()),
            };
            Ok(LedgerEntry {
                id,
                purpose_id: PurposeId::from_uuid(row.purpose_id),
                channel: Channel::from_code(&row.channel).ok_or_else(corrupt)?,
                kind: ConsentEventKind::from_code(&row.kind).ok_or_else(corrupt)?,
                method: ConsentMethod::from_code(&row.method).ok_or_else(corrupt)?,
                wording_id: row.wording_id.map(WordingId::from_uuid),
                form_version_id: row.form_version_id.map(FormVersionId::from_uuid),
                submission_id: row.submission_id.map(SubmissionId::from_uuid),
                recorded_by: row.actor_id.and_then(|id| names.get(&id).cloned()),
                occurred_at: row.occurred_at,
                recorded_at: row.recorded_at,
                expires_at: row.expires_at,
                grade: to_grade(row.grade.as_deref(), "consent_events")?,
                file_id: row.file_id.map(FileId::from_uuid),
                caused_by: row.caused_by.map(ConsentEventId::from_uuid),
                evidence,
                erased: key.is_none(),
            })
        })
        .collect()
}
