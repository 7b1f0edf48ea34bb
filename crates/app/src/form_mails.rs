//! The mails that a submission causes beside a confirmation: a fixed reply to the visitor, and word to mailboxes of staff.
//! Neither repeats what was typed.

use crate::{
    AppError, Ctx, confirmation, letters, outbox, published_forms, published_forms::PublishedForm, signups::Asker,
};
use chrono::{DateTime, TimeDelta, Utc};
use zgoda_domain::{
    email::EmailAddress,
    id::{FormId, SubmissionId},
    message::{Message, MessageKind},
    submission::Answers,
};
use zgoda_persistence::{Adds, Tx, forms, notices, outbox::Recipient};

/// A mail that cannot be sent for this long is of no use any more.
const USEFUL: TimeDelta = TimeDelta::days(3);
/// Submissions are gathered this long before mailboxes are told how many there are, so that a flood of submissions is no
/// flood of mails.
const GATHERED: TimeDelta = TimeDelta::minutes(1);

/// A reply to the visitor, written before the transaction.
pub(crate) struct Reply {
    /// The address in the form in which two are compared; whoever sends the reply has claimed it.
    pub normalised: String,
    mailbox: String,
    address: EmailAddress,
    letter: Message,
}

impl Reply {
    /// What whoever sends it has to claim: the address, and the mailbox that mails are counted by.
    pub fn claims(&self) -> [&str; 2] {
        [&self.normalised, &self.mailbox]
    }
}

/// The reply that a form sends to whoever gave these answers. The same for everyone, known or not.
pub(crate) async fn reply(ctx: &Ctx, form: &PublishedForm, answers: &Answers) -> Result<Option<Reply>, AppError> {
    let definition = &form.version.definition;
    let Some(reply) = definition.reply.as_ref().filter(|_| ctx.channels.has(MessageKind::Email)) else {
        return Ok(None);
    };
    let typed = definition.reply_field().and_then(|field| answers.get(&field.key));
    let Some(address) = typed.and_then(|text| EmailAddress::parse(text).ok()) else { return Ok(None) };
    let letter = letters::reply(&Asker::current(ctx).await?.name, &address, reply);
    Ok(Some(Reply { normalised: address.normalised(), mailbox: address.mailbox(), address, letter }))
}

/// Adds the mails of a submission that was taken. Never to be called for one that looks like spam.
pub(crate) async fn send(
    ctx: &Ctx,
    tx: &impl Adds,
    form: &PublishedForm,
    submission: SubmissionId,
    reply: Option<Reply>,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let form_id = form.version.form_id;
    if let Some(Reply { normalised, address, letter, .. }) = reply
        && confirmation::may_mail(tx, &normalised, form_id, now).await?
    {
        outbox::enqueue_to(ctx, tx, Recipient::Mailbox(&address), &letter, USEFUL, now)?;
        confirmation::count_mail(tx, &normalised, form_id, now);
    }
    if !form.version.definition.notify.is_empty() && ctx.channels.has(MessageKind::Email) {
        notices::insert(tx, submission, form_id, now);
    }
    Ok(())
}

/// Tells mailboxes of staff how many submissions came since they were told last; at most once a minute for each form.
pub async fn tell_staff(ctx: &Ctx) -> Result<(), AppError> {
    for form in notices::due(ctx.db.read(), ctx.now() - GATHERED).await? {
        tell_of(ctx, form).await?;
    }
    Ok(())
}

async fn tell_of(ctx: &Ctx, id: FormId) -> Result<(), AppError> {
    let live = forms::load(&ctx.db.read(), id).await?.and_then(|form| form.live_version.map(|live| (form.name, live)));
    let now = ctx.now();
    let tx: Tx = ctx.db.begin().await?;
    let count = notices::take(&tx, id).await?;
    if let (1.., Some((name, live))) = (count, live) {
        // Whom the form tells today: a mailbox that was taken off is told nothing more.
        let form = published_forms::of_version(ctx, live).await?;
        let definition = &form.version.definition;
        for to in definition.notify.iter().filter_map(|raw| EmailAddress::parse(raw).ok()) {
            let letter = letters::submissions_received(ctx, &to, definition.language, &name, count);
            outbox::enqueue(ctx, &tx, &letter, USEFUL, now)?;
        }
    }
    tx.commit_unaudited("word of submissions that are recorded").await?;
    Ok(())
}
