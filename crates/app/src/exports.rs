//! Exports of clients: what the list shows of many, as a file that a background job makes.
//!
//! Each step reads some rows in the list's order and adds one sealed piece to the file, so that neither memory nor anybody's
//! wait for the database grows with the number of clients. A row tells what it held when its turn came: a client who is
//! changed meanwhile so that they move in the order may be missed or stand there twice, and everybody else stands there
//! once. Whoever is erased while the file is made, or is kept, is not in it: the job begins anew, and a file that is whole
//! goes. So it does when whoever asked sees more or less by then.

mod cells;
mod step;

use crate::{AppError, Ctx, bulk, clients::seen_before, custom_fields as fields_in_use, listing, work, work::Asked};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zgoda_domain::{
    access::{Caller, ExportClients, Origin, Permit},
    audit::{Action, RecordKind},
    bulk::{BulkTargets, Matching},
    client::BuiltinField,
    custom_field::CustomField,
    export::{COUNTED_WITHIN, ExportLook, MOST, REASON_ABOVE, ROWS_COUNTED_WITHIN, possible_from},
    field_ref::FieldRef,
    id::{FileId, JobId},
    job::{FileLoss, JobKind},
    list::{Direction, ListColumn, ListQuery, Order, check_columns},
    rule::{Invalids, Rule},
    search::Resolved,
    text::LongText,
};
use zgoda_persistence::{
    accounts,
    file_chunks::{self, ChunkedMeta},
    idempotency::{self, Idempotency},
    jobs::{self, JobRecord},
};

pub(crate) use step::step;

/// What is asked for; also what the job keeps of it, sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wanted {
    pub look: ExportLook,
    pub targets: BulkTargets,
    /// By name, ascending, when absent.
    pub sort: Option<(FieldRef, Direction)>,
    /// Why. Needed above [`REASON_ABOVE`] clients.
    pub reason: Option<String>,
    /// From where it was asked for: what is logged when the file is whole tells it.
    #[serde(default)]
    origin: Origin,
}

impl Wanted {
    pub fn new(
        look: ExportLook,
        targets: BulkTargets,
        sort: Option<(FieldRef, Direction)>,
        reason: Option<String>,
    ) -> Self {
        Self { look, targets, sort, reason, origin: Origin::default() }
    }

    /// The question to the list. `fields` are the custom fields that exist for whoever asks.
    fn query(&self, fields: &[CustomField]) -> Result<ListQuery, Invalids> {
        let mut invalids = Invalids::default();
        let columns = &self.look.columns;
        if columns.is_empty() {
            invalids.add("/columns", Rule::Required);
        }
        if let Err(inner) = check_columns(fields, columns) {
            invalids.nest("/columns", inner);
        }
        for (at, column) in columns.iter().enumerate() {
            if columns.iter().take(at).any(|other| other == column) {
                invalids.add(format!("/columns/{at}"), Rule::Duplicate);
            }
        }
        let (field, direction) = self.sort.unwrap_or((FieldRef::Builtin(BuiltinField::Name), Direction::Asc));
        let order = invalids.take("/sort/field", Order::parse(fields, field, direction));
        let query = order.map(|order| ListQuery {
            order,
            conditions: Vec::new(),
            search: Resolved::default(),
            columns: Some(columns.clone()),
            limit: 0,
        });
        invalids.or(query)
    }

    /// What the log tells of it: which fields were searched, without what was searched for, which can name people.
    fn told(&self) -> Value {
        let clients = match &self.targets {
            BulkTargets::Ids(ids) => json!({ "chosen": ids.len() }),
            BulkTargets::Matching(Matching { filter, query }) => {
                let conditions =
                    filter.iter().map(|condition| format!("{} {}", condition.field, condition.operator.code()));
                let tests = query.tests();
                let tests = tests.iter().map(|test| format!("{} {}", test.field, test.operator.code()));
                json!({ "filter": conditions.chain(tests).collect::<Vec<_>>() })
            }
        };
        json!({ "format": self.look.format, "clients": clients })
    }

    fn column_names(&self) -> Vec<String> {
        self.look.columns.iter().map(ListColumn::to_string).collect()
    }
}

/// Asks for a file of the clients that the right reaches.
///
/// # Errors
/// [`Rule::Required`] at `/reason` for many without one; [`AppError::TooOften`] after several within an hour;
/// [`AppError::ExportBudgetSpent`] when they hold as many rows as they may within a day.
pub async fn start(
    ctx: &Ctx,
    permit: &Permit<ExportClients>,
    wanted: Wanted,
    repeat: Option<&Idempotency>,
) -> Result<JobId, AppError> {
    let fields = permit.fields().existing(&fields_in_use::live(ctx).await?);
    let query = wanted.query(&fields)?;
    listing::check_query(&listing::list_rights(permit, &fields), &query)?;
    let total = bulk::count(ctx, permit, &wanted.targets).await?;
    let reason = match wanted.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()) {
        Some(reason) => Some(LongText::parse(reason).map_err(|rule| Invalids::one("/reason", rule))?.into_string()),
        None if total > REASON_ABOVE => return Err(Invalids::one("/reason", Rule::Required).into()),
        None => None,
    };
    let wanted = Wanted { reason, origin: permit.origin().clone(), ..wanted };
    let now = ctx.now();
    let account = permit.actor().account().ok_or(AppError::WrongState)?;
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(JobId::from_uuid(id));
    }
    // Two requests at the same time are counted one after the other.
    accounts::load_locked(&tx, account).await?;
    if jobs::asked_since(&tx, account, JobKind::Export, now - COUNTED_WITHIN).await? >= MOST {
        return Err(AppError::TooOften);
    }
    let taken = jobs::totals_since(&tx, account, JobKind::Export, now - ROWS_COUNTED_WITHIN).await?;
    if let Some(at) = possible_from(&taken, total, now) {
        // Whoever tries to take so much stands in the log.
        let event = ctx.event(permit, Action::ClientsExportRefused, RecordKind::Account, Some(account.as_uuid()));
        let rows: u64 = taken.iter().map(|(_, rows)| rows).sum();
        tx.commit(now, event.values(json!({ "after": { "count": total, "rows": rows } }))).await?;
        return Err(AppError::ExportBudgetSpent(at));
    }
    let id = work::enqueue(ctx, &tx, permit, Asked::new(JobKind::Export, total), &wanted).await?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    tx.commit(now, work::started(ctx, permit, id, JobKind::Export, total)).await?;
    Ok(id)
}

/// A whole file, to be read piece by piece.
#[derive(Clone, Debug)]
pub struct PiecedFile {
    id: FileId,
    meta: ChunkedMeta,
}

impl PiecedFile {
    pub fn name(&self) -> &str {
        &self.meta.name
    }

    pub fn media_type(&self) -> &str {
        &self.meta.media_type
    }

    /// Bytes.
    pub const fn size(&self) -> u64 {
        self.meta.size
    }

    pub const fn pieces(&self) -> u32 {
        self.meta.chunks
    }

    /// One piece, from 0.
    pub async fn piece(&self, ctx: &Ctx, number: u32) -> Result<Vec<u8>, AppError> {
        Ok(file_chunks::read(&ctx.db.read(), self.id, &self.meta, number).await?)
    }
}

/// An export's file for its maker, while they may export and see exactly what they saw then; else why not.
pub(crate) async fn open(
    ctx: &Ctx,
    caller: &Caller,
    job: &JobRecord,
    id: FileId,
) -> Result<Result<PiecedFile, FileLoss>, AppError> {
    let reader = ctx.db.read();
    let Some(meta) = file_chunks::find(&reader, id).await? else { return Ok(Err(FileLoss::Expired)) };
    if caller.permit::<ExportClients>().is_none_or(|permit| meta.rights != sight(&permit)) {
        return Ok(Err(FileLoss::RightsChanged));
    }
    // An erasure takes such files along; this is for one that came as the last piece was written.
    let erased = file_chunks::erased_since(&reader, job.created_at).await?;
    if file_chunks::tells_of(&reader, id, &erased).await? {
        return Ok(Err(FileLoss::ClientErased));
    }
    Ok(Ok(PiecedFile { id, meta }))
}

/// A hash of what somebody sees of whom: which clients the right reaches and what is shown of them.
fn sight(permit: &Permit<ExportClients>) -> String {
    let visible = permit.visible();
    let mut departments = visible.departments().to_vec();
    departments.sort_unstable();
    let fields: Vec<_> =
        permit.fields().iter().map(|(field, restriction)| format!("{field} {}", restriction.code())).collect();
    let sight = json!({
        "scope": visible.scope(),
        "limit": visible.limit(),
        "account": visible.account(),
        "departments": departments,
        "fields": fields,
        "reason": permit.needs_reason(),
    });
    zgoda_vault::sha256_hex(sight.to_string().as_bytes())
}
