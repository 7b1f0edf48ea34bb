//! Files that visitors attach to what they send. They belong to the submission: sealed like it, reached like it, gone with
//! it.

use crate::{AppError, Ctx, files::OpenedFile, submissions};
use chrono::{DateTime, Utc};
use zgoda_domain::{
    access::{Permit, ViewSubmissions},
    audit::{Action, RecordKind},
    file::FileKind,
    id::{FileId, SubmissionId},
    rule::Invalids,
    submission::Answers,
    visitor_files::CheckedFile,
};
use zgoda_persistence::{
    Adds, DbError, Source,
    files::{self, FileMeta, FileRecord, NewFile},
    submissions::Sender,
};

/// Answers and files, or all that is wrong with either.
pub(crate) fn together<'a>(
    answers: Result<Answers, Invalids>,
    files: Result<Vec<CheckedFile<'a>>, Invalids>,
) -> Result<(Answers, Vec<CheckedFile<'a>>), Invalids> {
    match (answers, files) {
        (Ok(answers), Ok(files)) => Ok((answers, files)),
        (Err(mut wrong), Err(more)) => {
            wrong.nest("", more);
            Err(wrong)
        }
        (Err(wrong), Ok(_)) | (Ok(_), Err(wrong)) => Err(wrong),
    }
}

/// Stores the files of a submission, at the transaction's end. A new client's under the client's key; what a stranger says
/// is a known client's is not that client's before staff accept it.
pub(crate) fn store(
    ctx: &Ctx,
    tx: &impl Adds,
    submission: SubmissionId,
    sender: Sender<'_>,
    sent: &[CheckedFile<'_>],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    for file in sent {
        let meta = FileMeta {
            name: file.name.as_str().to_owned(),
            media_type: file.kind.media_type().to_owned(),
            sha256: zgoda_vault::sha256_hex(file.content),
        };
        let new = NewFile {
            id: FileId::generate(now, ctx.entropy()),
            kind: FileKind::SubmissionFile,
            record_id: Some(submission.as_uuid()),
            meta: &meta,
            content: file.content,
        };
        match sender {
            Sender::New(client) => files::insert_for_client(tx, client, &new, now)?,
            _ => files::insert_for_organisation(tx, &new, now)?,
        }
    }
    Ok(())
}

/// The files of a submission, without their content.
pub(crate) async fn of(source: &impl Source, submission: SubmissionId) -> Result<Vec<FileRecord>, AppError> {
    let files = files::of_record(source, submission.as_uuid()).await?;
    Ok(files.into_iter().filter(|file| file.kind == FileKind::SubmissionFile).collect())
}

/// Hands out a file to whoever may see its submission. Looking is recorded.
pub async fn open(
    ctx: &Ctx,
    permit: &Permit<ViewSubmissions>,
    submission: SubmissionId,
    id: FileId,
) -> Result<OpenedFile, AppError> {
    let reader = ctx.db.read();
    let (record, _) = submissions::load_for(ctx, &reader, permit, submission).await?;
    // Before its content is read: one of another record is answered like none at all.
    if !of(&reader, submission).await?.iter().any(|file| file.id == id) {
        return Err(AppError::NotFound);
    }
    let (file, content) = files::load(&reader, id).await?.ok_or(AppError::NotFound)?;
    let meta = file.meta.ok_or(AppError::NotFound)?;
    let event = ctx.event(permit, Action::FileOpened, RecordKind::File, Some(id.as_uuid()));
    let event = match record.client_id {
        Some(client) => event.about(client),
        None => event,
    };
    ctx.db.record(ctx.now(), event).await?;
    Ok(OpenedFile { name: meta.name, media_type: meta.media_type, content })
}
