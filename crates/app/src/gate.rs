//! Keeps programs out of public forms without asking anybody to recognise pictures.
//!
//! A visitor's browser computes for a fraction of a second and proves it (`zgoda_vault::Challenge`). Who proves that has
//! the form's limit and the network's; who does not, for want of JavaScript, has much tighter ones, or is asked for
//! the proof where the form is strict. What fills in the field that nobody sees, or is quicker than a person, gets the
//! usual answer and is kept as spam. A program of the company's own shows a key instead.
//!
//! Proofs are used up in the database. Everything else is counted by this process alone.

use crate::{AppError, Ctx, published_forms::PublishedForm, submissions::Visit};
use chrono::{DateTime, TimeDelta, Utc};
use moka::{
    ops::compute::{CompResult, Op},
    sync::Cache,
};
use std::{borrow::Cow, collections::BTreeMap, hash::Hash, time::Duration};
use zgoda_domain::{
    access::Actor,
    email::EmailAddress,
    form::FormFieldKind,
    id::FormId,
    submission::{Answers, Suspicion, decoy_name},
};
use zgoda_persistence::{Adds, spent_proofs};
use zgoda_vault::{CHALLENGE_PARTS, Challenge, ChallengePlace};

/// An answered challenge is accepted for this long.
pub const PROOF_LIFE: TimeDelta = TimeDelta::minutes(10);
/// A challenge says for this long when the form was begun.
pub const FILLING_TIME: TimeDelta = TimeDelta::hours(2);
/// Hashes that one part of a challenge takes on average while a form is quiet: about a quarter of a second in all.
pub const QUIET_DIFFICULTY: u32 = 24_576;
/// Submissions a minute that a form may get before its challenges become four times as hard.
pub const BUSY_PER_MINUTE: u32 = 60;
/// The same, before they become sixteen times as hard.
pub const CROWDED_PER_MINUTE: u32 = 240;
/// Submissions without a proof: a minute and an hour from one network, a minute for a form.
pub const UNPROVEN_PER_NETWORK_MINUTE: u32 = 3;
pub const UNPROVEN_PER_NETWORK_HOUR: u32 = 20;
pub const UNPROVEN_PER_FORM_MINUTE: u32 = 30;
/// Submissions that name one mailbox, an hour, whatever the forms and the spelling.
pub const PER_ADDRESS_HOUR: u32 = 10;
/// Networks, forms or addresses counted at the same time.
const MOST: u64 = 100_000;

/// What the operator decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateSettings {
    /// What is sent sooner after its challenge is spam; nothing is with 0.
    pub min_seconds: u32,
    /// Submissions a minute for one form; 0 for no limit.
    pub per_form_minute: u32,
    /// Whether submissions are limited by network and address.
    pub counts_senders: bool,
}

impl Default for GateSettings {
    fn default() -> Self {
        Self { min_seconds: 2, per_form_minute: 600, counts_senders: true }
    }
}

/// A challenge as the browser gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewChallenge {
    pub token: String,
    /// What every hash begins with.
    pub salt: String,
    /// Numbers to be found.
    pub parts: u32,
    /// Hashes that one number takes on average.
    pub difficulty: u32,
    /// The proof is worth nothing afterwards.
    pub expires_at: DateTime<Utc>,
    /// Sending sooner than this many seconds after now is what programs do.
    pub min_seconds: u32,
}

/// Puts a challenge to a visitor of a page; without one the page is this server's own.
pub fn challenge(ctx: &Ctx, form: &PublishedForm, page: Option<&str>) -> NewChallenge {
    put(ctx, form, page, ctx.now())
}

/// The same for this server's own page, shown again with the answers that were sent: correcting one word of them, or
/// nothing, takes a person no time.
pub fn challenge_again(ctx: &Ctx, form: &PublishedForm) -> NewChallenge {
    put(ctx, form, None, ctx.now() - TimeDelta::seconds(ctx.gate.settings.min_seconds.into()))
}

fn put(ctx: &Ctx, form: &PublishedForm, page: Option<&str>, issued_at: DateTime<Utc>) -> NewChallenge {
    let now = ctx.now();
    let heat = ctx.gate.heat.level(&form.version.form_id, now);
    let difficulty = match heat {
        heat if heat >= CROWDED_PER_MINUTE => QUIET_DIFFICULTY * 16,
        heat if heat >= BUSY_PER_MINUTE => QUIET_DIFFICULTY * 4,
        _ => QUIET_DIFFICULTY,
    };
    let challenge = Challenge { nonce: ctx.vault.entropy.bytes(), issued_at: issued_at.timestamp_millis(), difficulty };
    NewChallenge {
        token: ctx.vault.master.challenge_key().sign(&challenge, place(ctx, form, page)),
        salt: challenge.salt(),
        parts: CHALLENGE_PARTS,
        difficulty,
        expires_at: issued_at + PROOF_LIFE,
        min_seconds: ctx.gate.settings.min_seconds,
    }
}

/// The field that no person sees.
pub fn decoy(form: &PublishedForm) -> String {
    decoy_name(form.version.id, &form.version.definition)
}

/// A visitor's answers without the field that no person sees.
pub(crate) fn without_decoy<'a>(
    form: &PublishedForm,
    answers: &'a BTreeMap<String, String>,
) -> Cow<'a, BTreeMap<String, String>> {
    let decoy = decoy(form);
    match answers.contains_key(&decoy) {
        false => Cow::Borrowed(answers),
        true => {
            let mut rest = answers.clone();
            rest.remove(&decoy);
            Cow::Owned(rest)
        }
    }
}

/// A visitor who was let in.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Kept apart for this.
    pub(crate) suspicion: Option<Suspicion>,
    /// Its challenge, worth nothing after this, and when it would have expired anyway.
    spent: Option<([u8; 16], DateTime<Utc>)>,
}

impl Entry {
    /// Uses the proof up, at the transaction's end.
    pub(crate) fn spend(&self, tx: &impl Adds) {
        if let Some((nonce, expires_at)) = &self.spent {
            spent_proofs::spend(tx, nonce, *expires_at);
        }
    }

    /// Why something of it is taken: nothing else of a submission can be, once its key is known to be new.
    pub(crate) const fn taken(&self) -> AppError {
        match self.spent {
            Some(_) => AppError::ProofRefused,
            None => AppError::Taken(None),
        }
    }
}

/// Decides about a visitor whose answers are sound: lets them in, as a person or as a program, or refuses.
pub(crate) fn admit(ctx: &Ctx, form: &PublishedForm, visit: &Visit<'_>, answers: &Answers) -> Result<Entry, AppError> {
    let (gate, now, id) = (&ctx.gate, ctx.now(), form.version.form_id);
    let mut entry = Entry { suspicion: None, spent: None };
    if let Some(permit) = visit.trusted {
        // The program's own demo data are not even counted.
        let own = matches!(permit.actor(), Actor::System { .. } | Actor::CommandLine);
        return if own || gate.per_form.admits(&id, now) { Ok(entry) } else { Err(AppError::TooOften) };
    }
    let shown = visit.proof.map(|proof| read(ctx, form, visit, proof)).transpose()?.flatten();
    let proven = shown.as_ref().is_some_and(|shown| shown.solved);
    if form.version.definition.strict && !proven {
        return Err(AppError::ProofRequired);
    }
    let within = (proven || unproven_within(gate, &id, visit.network, now))
        && gate.per_form.admits(&id, now)
        && addresses(form, answers).all(|address| gate.by_address.admits(&blind(ctx, address), now));
    if !within {
        return Err(AppError::TooOften);
    }
    gate.heat.admits(&id, now);
    let quick = TimeDelta::seconds(gate.settings.min_seconds.into());
    if visit.answers.get(&decoy(form)).is_some_and(|text| !text.trim().is_empty()) {
        entry.suspicion = Some(Suspicion::Decoy);
    } else if shown.as_ref().is_some_and(|shown| now - shown.issued_at < quick) {
        entry.suspicion = Some(Suspicion::TooQuick);
    }
    entry.spent = shown.filter(|shown| shown.solved).map(|shown| (shown.nonce, shown.issued_at + PROOF_LIFE));
    Ok(entry)
}

fn unproven_within(gate: &Gate, form: &FormId, network: &str, now: DateTime<Utc>) -> bool {
    // The hour first: somebody who has used it up shall not use up the form's minute as well.
    gate.unproven_hour.admits(network, now)
        && gate.unproven_minute.admits(network, now)
        && gate.unproven_form.admits(form, now)
}

/// The addresses that a submission names.
fn addresses<'a>(form: &'a PublishedForm, answers: &'a Answers) -> impl Iterator<Item = &'a str> {
    let fields = form.version.definition.fields.iter().filter(|field| field.kind == FormFieldKind::Email);
    fields.filter_map(|field| answers.get(&field.key).map(String::as_str))
}

/// What is counted instead of an address, so that no list of addresses lies in memory.
fn blind(ctx: &Ctx, address: &str) -> Vec<u8> {
    let mailbox = EmailAddress::parse(address).map_or_else(|_| address.to_lowercase(), |address| address.mailbox());
    ctx.vault.master.blind_tag("form-address", &mailbox).0
}

/// What a genuine challenge says.
struct Shown {
    nonce: [u8; 16],
    issued_at: DateTime<Utc>,
    solved: bool,
}

/// Reads a proof: the challenge's token, and the numbers behind full stops. The token alone proves nothing but when the
/// form was begun, and is worth nothing once that is too long ago.
fn read(ctx: &Ctx, form: &PublishedForm, visit: &Visit<'_>, proof: &str) -> Result<Option<Shown>, AppError> {
    let refused = || AppError::ProofRefused;
    let mut parts = proof.split('.');
    let token = parts.next().unwrap_or_default();
    let challenge = ctx.vault.master.challenge_key().read(token, place(ctx, form, visit.page)).ok_or_else(refused)?;
    let issued_at = DateTime::from_timestamp_millis(challenge.issued_at).ok_or_else(refused)?;
    let age = ctx.now() - issued_at;
    let numbers: Vec<u32> = parts
        .take(CHALLENGE_PARTS as usize + 1)
        .map(|number| number.parse().map_err(|_| refused()))
        .collect::<Result<_, _>>()?;
    if numbers.is_empty() {
        return Ok((age < FILLING_TIME).then_some(Shown { nonce: challenge.nonce, issued_at, solved: false }));
    }
    if age >= PROOF_LIFE || !challenge.is_solved_by(&numbers) {
        return Err(refused());
    }
    Ok(Some(Shown { nonce: challenge.nonce, issued_at, solved: true }))
}

fn place<'a>(ctx: &'a Ctx, form: &PublishedForm, page: Option<&'a str>) -> ChallengePlace<'a> {
    let version = &form.version;
    // A browser does not say where it is when it asks this server from this server's own page.
    ChallengePlace {
        form: version.form_id.as_uuid(),
        version: version.id.as_uuid(),
        page: page.unwrap_or(&ctx.public_url),
    }
}

/// What was let in lately.
#[derive(Clone)]
pub(crate) struct Gate {
    settings: GateSettings,
    per_form: Rate<FormId>,
    heat: Rate<FormId>,
    unproven_minute: Rate<String>,
    unproven_hour: Rate<String>,
    unproven_form: Rate<FormId>,
    by_address: Rate<Vec<u8>>,
}

impl Gate {
    pub(crate) fn new(settings: GateSettings) -> Self {
        let (minute, hour) = (TimeDelta::minutes(1), TimeDelta::hours(1));
        let senders = |most| if settings.counts_senders { most } else { 0 };
        Self {
            settings,
            per_form: Rate::new(settings.per_form_minute, minute),
            // Runs over, so that it says by how much.
            heat: Rate::new(BUSY_PER_MINUTE, minute).overflowing(CROWDED_PER_MINUTE * 2),
            unproven_minute: Rate::new(senders(UNPROVEN_PER_NETWORK_MINUTE), minute),
            unproven_hour: Rate::new(senders(UNPROVEN_PER_NETWORK_HOUR), hour),
            unproven_form: Rate::new(senders(UNPROVEN_PER_FORM_MINUTE), minute),
            by_address: Rate::new(senders(PER_ADDRESS_HOUR), hour),
        }
    }
}

/// So many in a time, and one more whenever its part of that time has passed.
#[derive(Clone)]
struct Rate<K> {
    /// When what was let in will have been worked off.
    busy_until: Cache<K, DateTime<Utc>>,
    /// Each takes so long; `None` for no limit.
    each: Option<TimeDelta>,
    most: u32,
}

impl<K: Hash + Eq + Send + Sync + 'static> Rate<K> {
    fn new(most: u32, time: TimeDelta) -> Self {
        let idle = Duration::from_secs(2 * 3600);
        Self {
            busy_until: Cache::builder().max_capacity(MOST).time_to_idle(idle).build(),
            each: i32::try_from(most).ok().filter(|most| *most > 0).map(|most| time / most),
            most,
        }
    }

    /// The same, letting in more than it works off.
    fn overflowing(self, most: u32) -> Self {
        Self { most, ..self }
    }

    /// How many are not worked off yet.
    fn level<Q: Hash + Eq + ?Sized>(&self, key: &Q, now: DateTime<Utc>) -> u32
    where
        K: std::borrow::Borrow<Q>,
    {
        let (Some(each), Some(until)) = (self.each, self.busy_until.get(key)) else { return 0 };
        level(each, until, now)
    }

    /// Counts one more, if there is room.
    fn admits<Q: Hash + Eq + ToOwned<Owned = K> + ?Sized>(&self, key: &Q, now: DateTime<Utc>) -> bool
    where
        K: std::borrow::Borrow<Q>,
    {
        let Some(each) = self.each else { return true };
        let done = self.busy_until.entry_by_ref(key).and_compute_with(|found| {
            let until = found.map_or(now, |found| found.into_value().max(now));
            match level(each, until, now) < self.most {
                true => Op::Put(until + each),
                false => Op::Nop,
            }
        });
        matches!(done, CompResult::Inserted(_) | CompResult::ReplacedWith(_))
    }
}

/// In whole ones, begun ones counted.
fn level(each: TimeDelta, until: DateTime<Utc>, now: DateTime<Utc>) -> u32 {
    let (left, each) = ((until - now).num_milliseconds().max(0), each.num_milliseconds().max(1));
    u32::try_from(left.div_euclid(each) + i64::from(left % each > 0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_lets_in_so_many_and_one_more_in_time() {
        let (rate, start) = (Rate::<String>::new(3, TimeDelta::minutes(1)), DateTime::UNIX_EPOCH);
        let admitted = |key: &str, second: i64| rate.admits(key, start + TimeDelta::seconds(second));
        assert_eq!([0, 0, 0, 0].map(|second| admitted("a", second)), [true, true, true, false]);
        assert_eq!([19, 20, 20].map(|second| admitted("a", second)), [false, true, false]);
        assert!(admitted("b", 20), "another network waits for nobody");
        assert_eq!([100, 100, 100, 100].map(|second| admitted("a", second)), [true, true, true, false]);
        let none = Rate::<String>::new(0, TimeDelta::minutes(1));
        assert!((0..1000).all(|_| none.admits("a", start)));
    }
}
