//! Submissions that mailboxes of staff have not been told of yet.

use crate::{
    entity::submission_notice,
    error::DbError,
    tx::{Adds, Reader, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;
use zgoda_domain::id::{FormId, SubmissionId};

/// Notes a submission, at the transaction's end.
pub fn insert(tx: &impl Adds, submission: SubmissionId, form: FormId, now: DateTime<Utc>) {
    let row = submission_notice::ActiveModel {
        submission_id: Set(submission.as_uuid()),
        form_id: Set(form.as_uuid()),
        created_at: Set(now),
    };
    tx.add(&submission_notice::Entity::insert(row));
}

/// Forms of which something was noted at `limit` or before.
pub async fn due(reader: Reader<'_>, limit: DateTime<Utc>) -> Result<Vec<FormId>, DbError> {
    let forms = submission_notice::Entity::find()
        .select_only()
        .column(submission_notice::Column::FormId)
        .distinct()
        .filter(submission_notice::Column::CreatedAt.lte(limit))
        .into_tuple::<Uuid>()
        .all(reader.connection())
        .await?;
    Ok(forms.into_iter().map(FormId::from_uuid).collect())
}

/// Takes everything noted of a form, and says how much that was. Each note is taken once, whoever asks at the same time.
pub async fn take(tx: &Tx, form: FormId) -> Result<u64, DbError> {
    let gone = submission_notice::Entity::delete_many()
        .filter(submission_notice::Column::FormId.eq(form.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(gone.rows_affected)
}
