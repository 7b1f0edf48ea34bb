//! How many mails forms may have sent to one address: whoever fills forms in with somebody else's address must not fill
//! that mailbox. Every mail that a visitor's submission causes is asked for and counted here.

use crate::AppError;
use chrono::{DateTime, TimeDelta, Utc};
use zgoda_domain::{email::EmailAddress, id::FormId};
use zgoda_persistence::{Adds, Source, Tx, signups};

/// Mails to one address within 24 hours, whichever forms cause them.
pub const PER_ADDRESS_A_DAY: usize = 3;
/// Mails to one address within 30 days that one form causes.
pub const PER_ADDRESS_AND_FORM_A_MONTH: usize = 5;
/// Mails within an hour that one form causes, to whomever. Those of one moment do not see each other on PostgreSQL.
pub const PER_FORM_AN_HOUR: u64 = 200;

const DAY: TimeDelta = TimeDelta::hours(24);
const MONTH: TimeDelta = TimeDelta::days(30);
const HOUR: TimeDelta = TimeDelta::hours(1);

/// More mails to one address than this within a month are not looked at: they are too many by any count.
const LOOKED_AT: u64 = 100;

/// Claims an address and its mailbox, in the order that everybody takes names in.
pub async fn claim(tx: &Tx, address: &EmailAddress) -> Result<(), AppError> {
    let mut names = [address.normalised(), address.mailbox()];
    names.sort_unstable();
    for name in names {
        tx.claim(&name).await?;
    }
    Ok(())
}

/// Whether a form may have one more mail sent to an address. To be asked in a transaction that has claimed the address's
/// mailbox (see [`claim`] and `Db::append_claiming`), and that counts the mail with [`count_mail`]: so the numbers for a
/// mailbox are exact, however many processes ask at once.
pub async fn may_mail(
    source: &impl Source,
    normalised: &str,
    form: FormId,
    now: DateTime<Utc>,
) -> Result<bool, AppError> {
    let sent = signups::mails_to(source, normalised, now - MONTH, LOOKED_AT).await?;
    let today = sent.iter().filter(|(_, at)| *at > now - DAY).count();
    let by_form = sent.iter().filter(|(by, _)| *by == form).count();
    let of_form = signups::mails_of_form(source, form, now - HOUR).await?;
    Ok(today < PER_ADDRESS_A_DAY && by_form < PER_ADDRESS_AND_FORM_A_MONTH && of_form < PER_FORM_AN_HOUR)
}

/// Counts a mail, at the end of the transaction that causes it.
pub fn count_mail(tx: &impl Adds, normalised: &str, form: FormId, now: DateTime<Utc>) {
    signups::count_mail(tx, normalised, form, now);
}

/// Forgets what counts no more.
pub(crate) async fn tidy(tx: &Tx, now: DateTime<Utc>) -> Result<(), AppError> {
    signups::forget_mails(tx, now - MONTH).await?;
    Ok(())
}
