//! Cards that were made one. The merged card's row is gone, its key stays: its part of the consent ledger and of the audit
//! log is append-only, and is read as the kept card's from then on.

use crate::{
    clients::{self, CardContent, ClientRecord},
    consents::{self, LedgerError, NewConsentEvent},
    entity::{client, client_merge, consent_renewal},
    error::DbError,
    files,
    jobs::CardImage,
    keys::{self, KeyedClient},
    origins, signups, submissions, tags,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;
use zgoda_domain::{
    access::Actor,
    client::ClientDetails,
    consent::{Channel, ConsentEventKind, ConsentMethod, ConsentState, ConsentStatus, EvidenceGrade},
    id::{AccountId, ClientId, ConsentEventId, MergeId, PurposeId, TagId, WordingId},
    merge::{JoinedConsent, UNDO_FOR, join},
};
use zgoda_vault::Place;

/// One merge.
#[derive(Clone, Debug)]
pub struct MergeRecord {
    pub id: MergeId,
    pub kept_id: ClientId,
    pub merged_id: ClientId,
    pub merged_at: DateTime<Utc>,
    /// The kept card's version when it was done.
    pub kept_version: i32,
    pub undo_until: DateTime<Utc>,
    pub undone_at: Option<DateTime<Utc>>,
    /// What it put away; `None` once it can be undone no more.
    pub snapshot: Option<Snapshot>,
}

/// Both cards as they were, and what was moved from one to the other.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    pub kept: CardImage,
    /// The kept card as the merge left it.
    pub after: CardImage,
    pub merged: CardImage,
    merged_version: i32,
    merged_created_at: DateTime<Utc>,
    submissions: Vec<Uuid>,
    files: Vec<Uuid>,
    renewals: Vec<Uuid>,
    consents: Vec<StricterConsent>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Snapshot(…)")
    }
}

/// A consent of the kept card that the merge entered something for.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StricterConsent {
    purpose_id: PurposeId,
    channel: Channel,
    /// What it entered.
    event: ConsentEventId,
    /// What was given before, if something was.
    given: Option<Given>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    expires_at: Option<DateTime<Utc>>,
    wording_id: Option<WordingId>,
}

/// Two cards about to be made one. Both are held by the transaction.
#[derive(Clone, Copy, Debug)]
pub struct Merge<'a> {
    pub id: MergeId,
    pub kept: &'a ClientRecord,
    pub merged: &'a ClientRecord,
    /// What the kept card says from now on.
    pub content: CardContent<'a>,
    pub actor: Actor,
    pub now: DateTime<Utc>,
}

/// What a merge did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The kept card's version.
    pub version: i32,
    /// Consents of the kept card that are stricter than before.
    pub consents: Vec<(PurposeId, Channel)>,
}

/// Makes two cards one: content and tags, the stricter consents, what was sent and filed. What is still asked for by mail on
/// the merged card is asked for no more.
pub async fn merge(tx: &Tx, merge: Merge<'_>) -> Result<Merged, LedgerError> {
    let Merge { kept, merged, now, .. } = merge;
    let missing = || DbError::Missing;
    let to = keys::of_client(tx, kept.id).await?.ok_or_else(missing)?;
    let from = keys::of_client(tx, merged.id).await?.ok_or_else(missing)?;
    let (kept_tags, merged_tags) = (tags::of_client(tx, kept.id).await?, tags::of_client(tx, merged.id).await?);
    let all: Vec<TagId> =
        kept_tags.iter().chain(merged_tags.iter().filter(|tag| !kept_tags.contains(tag))).copied().collect();
    let mut version = clients::update(tx, kept, merge.content, now).await?;
    if all != kept_tags {
        version = tags::set(tx, kept.id, version, &all, now).await?;
    }
    let consents = join_consents(tx, merge).await?;
    let renewals = move_renewals(tx, merged.id, kept.id).await?;
    let after = clients::load(tx, kept.id).await?.ok_or_else(missing)?;
    let snapshot = Snapshot {
        kept: CardImage::of(kept, kept_tags),
        after: CardImage::of(&after, all),
        merged: CardImage::of(merged, merged_tags),
        merged_version: merged.version,
        merged_created_at: merged.created_at,
        submissions: submissions::move_between(tx, &from, &to, None).await?,
        files: files::move_between(tx, &from, &to, None).await?,
        renewals,
        consents,
    };
    client::Entity::delete_by_id(merged.id.as_uuid()).exec(tx.connection()).await?;
    let stricter = snapshot.consents.iter().map(|one| (one.purpose_id, one.channel)).collect();
    let clear = serde_json::to_vec(&snapshot).map_err(|_| DbError::corrupt("client_merges"))?;
    let row = client_merge::ActiveModel {
        id: Set(merge.id.as_uuid()),
        kept_id: Set(kept.id.as_uuid()),
        merged_id: Set(merged.id.as_uuid()),
        merged_by: Set(merge.actor.account().map(AccountId::as_uuid)),
        merged_at: Set(now),
        kept_version: Set(version),
        undo_until: Set(now + UNDO_FOR),
        undone_at: Set(None),
        snapshot: Set(Some(from.seal(tx, place(merge.id), &clear)?)),
    };
    client_merge::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(Merged { version, consents: stricter })
}

async fn join_consents(tx: &Tx, merge: Merge<'_>) -> Result<Vec<StricterConsent>, LedgerError> {
    let mut entered = Vec::new();
    for (purpose_id, channel, other) in consents::states(tx, merge.merged.id).await? {
        // Read anew: a withdrawal takes the purposes below it along.
        let kept = consents::state(tx, merge.kept.id, purpose_id, channel).await?;
        let Some(entry) = join(kept.as_ref(), Some(&other)) else { continue };
        let event = entry_for(tx, merge, (purpose_id, channel), &entry, &other);
        let state = if entry.kind == ConsentEventKind::Given {
            consents::record_until(tx, &event, entry.expires_at, merge.now).await?
        } else {
            consents::record(tx, &event, merge.now).await?
        };
        let given = kept.filter(|state| state.status == ConsentStatus::Given);
        entered.push(StricterConsent {
            purpose_id,
            channel,
            event: state.last_event,
            given: given.map(|state| Given { expires_at: state.expires_at, wording_id: state.wording_id }),
        });
    }
    Ok(entered)
}

fn entry_for(
    tx: &Tx,
    merge: Merge<'_>,
    (purpose_id, channel): (PurposeId, Channel),
    entry: &JoinedConsent,
    other: &ConsentState,
) -> NewConsentEvent {
    NewConsentEvent {
        id: ConsentEventId::generate(merge.now, tx.vault().entropy.bytes()),
        client_id: merge.kept.id,
        purpose_id,
        channel,
        kind: entry.kind,
        method: ConsentMethod::Merge,
        wording_id: entry.wording_id,
        form_version_id: None,
        submission_id: None,
        actor: merge.actor,
        occurred_at: entry.occurred_at,
        grade: entry.grade,
        file_id: None,
        caused_by: None,
        evidence: json!({ "merged_card": merge.merged.id, "its_event": other.last_event }),
    }
}

/// Requests to renew a consent that were answered stay as history; the open ones were about the merged card's consent.
async fn move_renewals(tx: &Tx, from: ClientId, to: ClientId) -> Result<Vec<Uuid>, DbError> {
    let answered: Vec<Uuid> = consent_renewal::Entity::find()
        .select_only()
        .column(consent_renewal::Column::Id)
        .filter(consent_renewal::Column::ClientId.eq(from.as_uuid()))
        .filter(consent_renewal::Column::AnsweredAt.is_not_null())
        .into_tuple()
        .all(tx.connection())
        .await?;
    assign_renewals(tx, &answered, to).await?;
    Ok(answered)
}

async fn assign_renewals(tx: &Tx, ids: &[Uuid], to: ClientId) -> Result<(), DbError> {
    consent_renewal::Entity::update_many()
        .col_expr(consent_renewal::Column::ClientId, Expr::value(to.as_uuid()))
        .filter(consent_renewal::Column::Id.is_in(ids.iter().copied()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Puts both cards back as they were. The kept card is held by the transaction, and is as the merge left it. Consents of the
/// kept card that the merge alone had ended stand again on the word of staff, for as long as before; the merged card's are
/// what its own part of the ledger says.
pub async fn undo(
    tx: &Tx,
    record: &MergeRecord,
    snapshot: &Snapshot,
    current: &ClientRecord,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let missing = || DbError::Missing;
    let from = keys::of_client(tx, record.merged_id).await?.ok_or_else(missing)?;
    let to = keys::of_client(tx, record.kept_id).await?.ok_or_else(missing)?;
    let parse = |image: &CardImage| ClientDetails::parse(&image.details).map_err(|_| DbError::corrupt("client_merges"));

    let details = parse(&snapshot.merged)?;
    let content = CardContent { details: &details, custom: &snapshot.merged.custom };
    let (version, assignment) = (snapshot.merged_version + 1, snapshot.merged.assignment);
    clients::put_back(tx, &from, version, content, assignment, snapshot.merged_created_at, now).await?;
    if !snapshot.merged.tags.is_empty() {
        let known = known_tags(tx, &snapshot.merged.tags).await?;
        tags::set(tx, record.merged_id, version, &known, now).await?;
    }
    consents::rebuild(tx, record.merged_id).await?;
    submissions::move_between(tx, &to, &from, Some(&snapshot.submissions)).await?;
    files::move_between(tx, &to, &from, Some(&snapshot.files)).await?;
    assign_renewals(tx, &snapshot.renewals, record.merged_id).await?;

    let details = parse(&snapshot.kept)?;
    // What shows the consents is the ledger's.
    let mut custom = snapshot.kept.custom.clone();
    for field in crate::custom_fields::all(tx).await?.into_iter().filter(|record| record.field.consent.is_some()) {
        match current.custom.get(&field.field.id) {
            Some(shown) => custom.insert(field.field.id, shown.clone()),
            None => custom.remove(&field.field.id),
        };
    }
    let content = CardContent { details: &details, custom: &custom };
    let version = clients::update(tx, current, content, now).await?;
    let known = known_tags(tx, &snapshot.kept.tags).await?;
    if known != tags::of_client(tx, record.kept_id).await? {
        tags::set(tx, record.kept_id, version, &known, now).await?;
    }
    for consent in &snapshot.consents {
        stand_again(tx, record, consent, actor, now).await?;
    }
    client_merge::Entity::update_many()
        .col_expr(client_merge::Column::UndoneAt, Expr::value(now))
        .col_expr(client_merge::Column::Snapshot, Expr::value(Option::<Vec<u8>>::None))
        .filter(client_merge::Column::Id.eq(record.id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

async fn known_tags(tx: &Tx, wanted: &[TagId]) -> Result<Vec<TagId>, DbError> {
    let known: HashSet<TagId> = tags::all(tx).await?.into_iter().map(|tag| tag.id).collect();
    Ok(wanted.iter().filter(|tag| known.contains(tag)).copied().collect())
}

async fn stand_again(
    tx: &Tx,
    record: &MergeRecord,
    consent: &StricterConsent,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let StricterConsent { purpose_id, channel, event, given } = consent;
    let Some(given) = given.as_ref().filter(|given| given.expires_at.is_none_or(|expiry| expiry > now)) else {
        return Ok(());
    };
    // Whatever was said since, stands.
    let state = consents::state(tx, record.kept_id, *purpose_id, *channel).await?;
    if state.is_none_or(|state| state.last_event != *event) {
        return Ok(());
    }
    let entry = NewConsentEvent {
        id: ConsentEventId::generate(now, tx.vault().entropy.bytes()),
        client_id: record.kept_id,
        purpose_id: *purpose_id,
        channel: *channel,
        kind: ConsentEventKind::RecordedByStaff,
        method: ConsentMethod::Merge,
        wording_id: given.wording_id,
        form_version_id: None,
        submission_id: None,
        actor,
        occurred_at: now,
        grade: Some(EvidenceGrade::C),
        file_id: None,
        caused_by: None,
        evidence: json!({ "undoes": event, "merged_card": record.merged_id }),
    };
    consents::record_until(tx, &entry, given.expires_at, now).await?;
    Ok(())
}

/// A merge with what it put away.
pub async fn load(source: &impl Source, id: MergeId) -> Result<Option<MergeRecord>, DbError> {
    match client_merge::Entity::find_by_id(id.as_uuid()).one(source.connection()).await? {
        Some(row) => open(source, row).await.map(Some),
        None => Ok(None),
    }
}

/// The merges into a card, newest first; undone ones too.
pub async fn into_client(source: &impl Source, kept: ClientId) -> Result<Vec<MergeRecord>, DbError> {
    let rows = client_merge::Entity::find()
        .filter(client_merge::Column::KeptId.eq(kept.as_uuid()))
        .order_by_desc(client_merge::Column::Id)
        .all(source.connection())
        .await?;
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        records.push(open(source, row).await?);
    }
    Ok(records)
}

async fn open(source: &impl Source, row: client_merge::Model) -> Result<MergeRecord, DbError> {
    let corrupt = || DbError::corrupt("client_merges");
    let (id, merged_id) = (MergeId::from_uuid(row.id), ClientId::from_uuid(row.merged_id));
    let key: Option<KeyedClient> = match row.snapshot {
        Some(_) => keys::of_client(source, merged_id).await?,
        None => None,
    };
    let snapshot = match (row.snapshot, key) {
        (Some(sealed), Some(key)) => {
            let clear = key.open(place(id), sealed)?;
            Some(serde_json::from_slice(&clear).map_err(|_| corrupt())?)
        }
        _ => None,
    };
    Ok(MergeRecord {
        id,
        kept_id: ClientId::from_uuid(row.kept_id),
        merged_id,
        merged_at: row.merged_at,
        kept_version: row.kept_version,
        undo_until: row.undo_until,
        undone_at: row.undone_at,
        snapshot,
    })
}

/// The card with all that were merged into it, and into those.
pub(crate) async fn lineage(source: &impl Source, id: ClientId) -> Result<Vec<ClientId>, DbError> {
    let (mut found, mut level) = (vec![id], vec![id.as_uuid()]);
    while !level.is_empty() {
        let merged: Vec<Uuid> = client_merge::Entity::find()
            .select_only()
            .column(client_merge::Column::MergedId)
            .filter(client_merge::Column::KeptId.is_in(level))
            .filter(client_merge::Column::UndoneAt.is_null())
            .into_tuple()
            .all(source.connection())
            .await?;
        // A circle, should one ever be stored, ends here.
        level = merged.into_iter().filter(|id| !found.contains(&ClientId::from_uuid(*id))).collect();
        found.extend(level.iter().copied().map(ClientId::from_uuid));
    }
    Ok(found)
}

/// The card that holds what was about this one: itself, or the one it was merged into.
pub async fn holder(source: &impl Source, id: ClientId) -> Result<ClientId, DbError> {
    let (mut holder, mut seen) = (id, HashSet::from([id]));
    loop {
        let next: Option<Uuid> = client_merge::Entity::find()
            .select_only()
            .column(client_merge::Column::KeptId)
            .filter(client_merge::Column::MergedId.eq(holder.as_uuid()))
            .filter(client_merge::Column::UndoneAt.is_null())
            .into_tuple()
            .one(source.connection())
            .await?;
        match next.map(ClientId::from_uuid) {
            Some(next) if seen.insert(next) => holder = next,
            _ => return Ok(holder),
        }
    }
}

/// Destroys the keys of everything that was merged into cards that are being deleted, and what is kept of it.
pub(crate) async fn forget(tx: &Tx, ids: &[ClientId], now: DateTime<Utc>) -> Result<(), DbError> {
    let uuids = || ids.iter().map(|id| id.as_uuid());
    let holders: Vec<Uuid> = client_merge::Entity::find()
        .select_only()
        .column(client_merge::Column::KeptId)
        .distinct()
        .filter(client_merge::Column::KeptId.is_in(uuids()))
        .filter(client_merge::Column::UndoneAt.is_null())
        .into_tuple()
        .all(tx.connection())
        .await?;
    for id in holders.into_iter().map(ClientId::from_uuid) {
        for merged in lineage(tx, id).await?.into_iter().filter(|merged| *merged != id) {
            for record in by_merged(tx, merged).await? {
                let email = record.snapshot.and_then(|snapshot| snapshot.merged.details.email);
                signups::forget_clients(tx, &[(merged, email.unwrap_or_default().to_lowercase())]).await?;
            }
            client_merge::Entity::delete_many()
                .filter(client_merge::Column::MergedId.eq(merged.as_uuid()))
                .exec(tx.connection())
                .await?;
            origins::forget(tx, &[merged]).await?;
            keys::destroy(tx, &[merged], now).await?;
        }
    }
    // Undone ones, too: they name the card.
    client_merge::Entity::delete_many()
        .filter(client_merge::Column::KeptId.is_in(uuids()).or(client_merge::Column::MergedId.is_in(uuids())))
        .exec(tx.connection())
        .await?;
    Ok(())
}

async fn by_merged(tx: &Tx, merged: ClientId) -> Result<Vec<MergeRecord>, DbError> {
    let rows = client_merge::Entity::find()
        .filter(client_merge::Column::MergedId.eq(merged.as_uuid()))
        .all(tx.connection())
        .await?;
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        records.push(open(tx, row).await?);
    }
    Ok(records)
}

/// Deletes what merges put away that cannot be undone any more.
pub async fn tidy(tx: &Tx, now: DateTime<Utc>) -> Result<(), DbError> {
    client_merge::Entity::update_many()
        .col_expr(client_merge::Column::Snapshot, Expr::value(Option::<Vec<u8>>::None))
        .filter(client_merge::Column::Snapshot.is_not_null())
        .filter(client_merge::Column::UndoUntil.lte(now))
        .exec(tx.connection())
        .await?;
    Ok(())
}

const fn place(id: MergeId) -> Place<'static> {
    Place { table: "client_merges", column: "snapshot", row: id.as_uuid() }
}
