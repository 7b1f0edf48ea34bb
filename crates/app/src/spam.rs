//! Submissions that were taken for the work of a program: kept apart for staff to look through.

use crate::{
    AppError, Ctx,
    clients::check,
    confirmation, published_forms, signups,
    submissions::{as_wrong_state, may_write, reach, ticked},
};
use zgoda_domain::{
    access::{Assignment, DecideSubmissions, EditClients, Permit},
    audit::{Action, RecordKind},
    custom_field::CustomValues,
    email::EmailAddress,
    form::Mapping,
    id::{ClientId, SubmissionId},
    mapping::map_answers,
    submission::SubmissionStatus,
};
use zgoda_persistence::{
    Source, clients, consents, custom_fields, files,
    submissions::{self, Sender, SubmissionContent, SubmissionRecord},
};

/// A piece of spam, for someone who reaches what belongs to nobody.
async fn load(
    tx: &impl Source,
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
/// that were ticked then; a known one waits for review. What asks for a click in a mail waits for that click, and the mail
/// goes now. Everything that the form can write must be open to whoever releases, as for accepting.
pub async fn release(
    ctx: &Ctx,
    permit: &Permit<DecideSubmissions>,
    edit: &Permit<EditClients>,
    id: SubmissionId,
) -> Result<(), AppError> {
    let now = ctx.now();
    let purposes = published_forms::purposes(ctx).await?;
    let reader = ctx.db.read();
    let (record, content) = load(&reader, permit, id).await?;
    let form = published_forms::of_version(ctx, record.form_version_id).await?;
    let version = &form.version;
    let fields: std::sync::Arc<[_]> = custom_fields::live(&reader).await?.into();
    if !may_write(&version.definition, edit.fields(), &edit.fields().of_consents(&fields)) {
        return Err(AppError::PartialView);
    }
    let mapped = map_answers(&version.definition, &fields, &content.answers)?;
    let typed = mapped.input.email.as_deref();
    let page = content.page.as_deref();
    let confirmation = signups::needed(ctx, &form, &purposes, &content.answers, typed, page).await?;
    let email = typed.and_then(|email| EmailAddress::parse(email).ok());

    let tx = ctx.db.begin().await?;
    if let Some(email) = &email {
        // As on arrival: two of one new address must not make two cards, and mails are counted by the mailbox.
        confirmation::claim(&tx, email).await?;
    }
    load(&tx, permit, id).await?;
    let by = permit.actor().account();
    let mut event = ctx.event(permit, Action::SubmissionAccepted, RecordKind::Submission, Some(id.as_uuid()));
    if let Some(confirmation) = confirmation {
        let received_at = record.received_at;
        signups::hold(ctx, &tx, &form, confirmation, id, &content, received_at, now).await?;
        if version.definition.confirm_first {
            // The submission is made by the click, under the same number.
            submissions::delete_spam(&tx, id).await.map_err(as_wrong_state)?;
            tx.commit(now, event).await?;
            return Ok(());
        }
    }
    if version.definition.mapping != Mapping::Client {
        submissions::release(&tx, id, Sender::Nobody, &content, by, now).await.map_err(as_wrong_state)?;
        tx.commit(now, event).await?;
        return Ok(());
    }
    let known = match email {
        Some(email) => clients::find_by_email(&tx, &email.normalised()).await?,
        None => None,
    };
    if let Some(known) = known {
        submissions::release(&tx, id, Sender::Claimed(known), &content, by, now).await.map_err(as_wrong_state)?;
    } else {
        let mut card = check(fields, &mapped.input, &mapped.custom, &CustomValues::new())?;
        let client_id = ClientId::generate(now, ctx.entropy());
        let entries = ticked(ctx, version, &purposes, id, client_id, &content, record.received_at);
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
