//! Submissions that were taken for the work of a program: kept apart for staff to look through.

use crate::{
    AppError, Ctx,
    clients::check,
    published_forms,
    submissions::{as_wrong_state, reach, ticked},
};
use zgoda_domain::{
    access::{Assignment, DecideSubmissions, Permit},
    audit::{Action, RecordKind},
    custom_field::CustomValues,
    email::EmailAddress,
    form::Mapping,
    id::{ClientId, SubmissionId},
    mapping::map_answers,
    submission::SubmissionStatus,
};
use zgoda_persistence::{
    Tx, clients, consents, custom_fields, files, forms,
    submissions::{self, Sender, SubmissionContent, SubmissionRecord},
};

/// A piece of spam, for someone who reaches what belongs to nobody.
async fn load(
    tx: &Tx,
    permit: &Permit<DecideSubmissions>,
    id: SubmissionId,
) -> Result<(SubmissionRecord, SubmissionContent), AppError> {
    let found = submissions::load(tx, id).await?.ok_or(AppError::NotFound)?;
    match found.0.status {
        SubmissionStatus::Spam if reach(permit).is_everything() => Ok(found),
        SubmissionStatus::Spam => Err(AppError::NotFound),
        _ => Err(AppError::WrongState),
    }
}

/// It is no spam: it becomes what it would have become when it was received. A new address makes a card with the consents
/// that were ticked then; a known one waits for review. Consents that ask for a click in a mail are not given: nobody
/// clicked.
pub async fn release(ctx: &Ctx, permit: &Permit<DecideSubmissions>, id: SubmissionId) -> Result<(), AppError> {
    let now = ctx.now();
    let purposes = published_forms::purposes(ctx).await?;
    let tx = ctx.db.begin().await?;
    let (record, content) = load(&tx, permit, id).await?;
    let version = forms::version(&tx, record.form_version_id).await?.ok_or(AppError::NotFound)?;
    let by = permit.actor().account();
    let mut event = ctx.event(permit, Action::SubmissionAccepted, RecordKind::Submission, Some(id.as_uuid()));
    if version.definition.mapping != Mapping::Client {
        submissions::release(&tx, id, Sender::Nobody, &content, by, now).await.map_err(as_wrong_state)?;
        tx.commit(now, event).await?;
        return Ok(());
    }
    let fields: std::sync::Arc<[_]> = custom_fields::live(&tx).await?.into();
    let mapped = map_answers(&version.definition, &fields, &content.answers)?;
    let email = mapped.input.email.as_deref().and_then(|email| EmailAddress::parse(email).ok());
    let known = match email {
        Some(email) => {
            // As on arrival: two of one new address must not make two cards.
            tx.claim(&email.normalised()).await?;
            clients::find_by_email(&tx, &email.normalised()).await?
        }
        None => None,
    };
    if let Some(known) = known {
        submissions::release(&tx, id, Sender::Claimed(known), &content, by, now).await.map_err(as_wrong_state)?;
    } else {
        let mut card = check(fields, &mapped.input, &mapped.custom, &CustomValues::new())?;
        let client_id = ClientId::generate(now, ctx.entropy());
        let entries = ticked(ctx, &version, &purposes, id, client_id, &content, record.received_at);
        let states = consents::first_states(&entries, &purposes)?;
        card.show_consents(&states);
        let client = clients::insert(&tx, client_id, card.content(), &card.fields, Assignment::default(), now)?;
        consents::record_first(&tx, &client, &entries, &states, &purposes, now)?;
        submissions::release(&tx, id, Sender::New(&client), &content, by, now).await.map_err(as_wrong_state)?;
        files::give_to_new(&tx, id.as_uuid(), &client).await?;
        event = event.about(client_id);
    }
    tx.commit(now, event).await?;
    Ok(())
}

/// Deletes it before its time.
pub async fn delete(ctx: &Ctx, permit: &Permit<DecideSubmissions>, id: SubmissionId) -> Result<(), AppError> {
    let tx = ctx.db.begin().await?;
    load(&tx, permit, id).await?;
    submissions::delete_spam(&tx, id).await.map_err(as_wrong_state)?;
    files::delete_of_record(&tx, id.as_uuid()).await?;
    let event = ctx.event(permit, Action::SubmissionDeleted, RecordKind::Submission, Some(id.as_uuid()));
    tx.commit(ctx.now(), event).await?;
    Ok(())
}
