//! System activities, for those who may read them.

use crate::{AppError, Ctx};
use zgoda_domain::{
    access::{Permit, ViewAudit},
    id::AuditEventId,
};
use zgoda_persistence::audit::{self, AuditRow, Verdict};

/// One page, newest first.
pub async fn page(
    ctx: &Ctx,
    _permit: &Permit<ViewAudit>,
    after: Option<AuditEventId>,
    limit: u64,
) -> Result<(Vec<AuditRow>, Option<AuditEventId>), AppError> {
    Ok(audit::page(ctx.db.read(), None, after, limit).await?)
}

/// Checks the whole chain.
pub async fn verify(ctx: &Ctx) -> Result<Verdict, AppError> {
    Ok(audit::verify(ctx.db.read()).await?)
}
