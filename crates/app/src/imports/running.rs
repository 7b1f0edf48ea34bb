//! The run: a job whose steps are chunks of rows. New cards are made by few statements for many; changed ones are held and
//! written one by one, by the rules by which a person changes a card.

use super::{
    checking::{Read, Rules, assignment, check_settings, details, fields_of, left_out_of, nameless, read_rows, sound},
    headers,
    lookup::{Fate, Lookup, strategy_key},
    own, own_locked,
};
use crate::{
    AppError, Ctx, audit as log,
    clients::{self as cards, CheckedCard},
    tags,
    work::{self, Asked, Progress, Run, Stop},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeSet, HashMap, HashSet};
use zgoda_domain::{
    access::{AssignClients, CreateClients, EditClients, ImportClients, Permit},
    audit::{Action, AuditEvent, RecordKind},
    consent::{Channel, ConsentEventKind, ConsentMethod, EvidenceGrade},
    custom_field::CustomField,
    id::{ClientId, ConsentEventId, ImportId, JobId, PurposeId, TagId},
    import::{
        CHUNK_ROWS, ConsentColumn, DuplicateStrategy, ImportSettings, ImportState, Mapping, MatchBy, Origin, ReadRow,
        RowOutcome, heads_key,
    },
    job::{JobFailure, JobKind, JobProblem},
    rule::{Invalids, Rule},
    search::start_of_day,
    tag::MAX_TAGS_OF_CLIENT,
};
use zgoda_persistence::{
    Tx, accounts, audit,
    clients::{self, ClientRecord},
    consents::{self, LedgerError, NewConsentEvent},
    custom_fields::{self, FieldRecord},
    import_cards::{self, NewCard},
    imports::{self, ImportRecord, Outcome},
    jobs::{self, NewChange},
    origins,
    tags::{self as stored_tags, TagRecord},
};

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    import: ImportId,
}

/// Runs an import whose rows were checked. Rows with problems are left out, if that is said.
pub async fn run(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    id: ImportId,
    seen: i32,
    leave_out_problems: bool,
) -> Result<JobId, AppError> {
    let record = own(&ctx.db.read(), permit, id).await?;
    let Some((settings, check)) = record.content.settings.clone().zip(record.check.clone()) else {
        return Err(AppError::WrongState);
    };
    // Rights, fields and purposes may have changed since.
    let rules = Rules::load(ctx, permit, settings.strategy).await?;
    check_settings(ctx, permit, &record, &settings, &rules).await?;
    if check.problems > 0 && !leave_out_problems {
        return Err(Invalids::one("/leave_out_problems", Rule::Required).into());
    }
    let first = imports::chunk(&ctx.db.read(), id, 0).await?.ok_or(AppError::WrongState)?;
    let heads = heads_key(&headers(&record, &first, settings.header_row));
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let mut record = own_locked(&tx, permit, id).await?;
    if record.state != ImportState::Open {
        return Err(AppError::WrongState);
    }
    if record.version != seen {
        return Err(AppError::Outdated);
    }
    let total = u64::from(check.rows);
    let job = work::enqueue(ctx, &tx, permit, Asked::new(JobKind::Import, total), &Payload { import: id }).await?;
    let origin = Origin {
        file_name: record.content.file_name.clone(),
        source: settings.source.clone(),
        obtained_on: settings.obtained_on,
        lawful_basis: settings.lawful_basis.clone(),
    };
    origins::insert(&tx, job, record.account_id, &origin, now).await?;
    if settings.header_row > 0 {
        let mapping = Mapping {
            columns: settings.columns,
            strategy: settings.strategy,
            match_by: settings.match_by,
            kind: settings.kind,
        };
        imports::remember_mapping(&tx, &heads, &mapping, now).await?;
    }
    imports::delete_parts(&tx, id).await?;
    record.state = ImportState::Run;
    record.job_id = Some(job);
    imports::write(&tx, &record, now).await?;
    tx.commit(now, work::started(ctx, permit, job, JobKind::Import, total)).await?;
    Ok(job)
}

/// Everything that the rows of one step need.
struct Step<'a> {
    ctx: &'a Ctx,
    job: JobId,
    record: &'a ImportRecord,
    settings: &'a ImportSettings,
    rules: &'a Rules,
    permit: &'a Permit<ImportClients>,
    create: &'a Permit<CreateClients>,
    /// Of somebody who may change cards, where cards are to be changed.
    edit: Option<&'a Permit<EditClients>>,
    /// What the columns are called.
    headers: &'a [String],
    /// Tags that are there, held until the step ends.
    tags: Vec<TagRecord>,
    now: DateTime<Utc>,
}

/// What a row made of a card.
struct Updated {
    /// Nothing when the card said all that already.
    events: Vec<AuditEvent>,
    /// What can be undone.
    change: Option<NewChange>,
}

/// What the rows of a step came to.
#[derive(Default)]
struct Done {
    outcomes: Vec<Outcome>,
    events: Vec<AuditEvent>,
}

/// The next chunk of an import.
pub(crate) async fn step(ctx: &Ctx, run: &Run) -> Result<(), Stop> {
    let gone = || Stop::Problem(JobProblem::TargetGone);
    let Payload { import: id } = run.payload()?;
    let permit = run.permit::<ImportClients>()?;
    let create = run.permit::<CreateClients>()?;
    let reader = ctx.db.read();
    let record = imports::load(&reader, id).await?.ok_or_else(gone)?;
    let settings = record.content.settings.clone().ok_or_else(gone)?;
    let edit = match settings.strategy {
        DuplicateStrategy::Update => Some(run.permit::<EditClients>()?),
        DuplicateStrategy::New | DuplicateStrategy::Skip => None,
    };
    if settings.owner_id.is_some() || settings.department_id.is_some() {
        run.permit::<AssignClients>()?;
    }
    let rules = Rules::load(ctx, &permit, settings.strategy).await?;
    match check_settings(ctx, &permit, &record, &settings, &rules).await {
        // A field, a tag or a purpose is gone, or it may not be written any more.
        Err(AppError::Invalid(_)) => return Err(gone()),
        other => other?,
    }
    let number: u32 = run.job().position.as_deref().and_then(|text| text.parse().ok()).unwrap_or_default();
    let first = imports::chunk(&reader, id, 0).await?.ok_or_else(gone)?;
    let headers = headers(&record, &first, settings.header_row);
    let chunk = if number == 0 { first } else { imports::chunk(&reader, id, number).await?.ok_or_else(gone)? };
    let read = read_rows(&rules.reader(&settings), &chunk, &left_out_of(&chunk));

    let tx = ctx.db.begin().await?;
    let rows = sound(&read);
    let addresses: BTreeSet<String> = rows.iter().filter_map(|row| MatchBy::Email.key(&row.input)).collect();
    import_cards::claim(&tx, &addresses).await?;
    if let Some(owner) = settings.owner_id {
        // The account is held before the cards, as it is when somebody leaves.
        accounts::load_locked(&tx, owner).await?.filter(|account| !account.disabled).ok_or_else(gone)?;
    }
    let wanted: BTreeSet<TagId> = rows.iter().flat_map(|row| &row.tags).copied().collect();
    let held = tags::hold(&tx, &wanted.into_iter().collect::<Vec<_>>()).await?;
    let lookup = Lookup::of(&tx, &settings, &rows).await?;
    let step = Step {
        ctx,
        job: run.job().id,
        record: &record,
        settings: &settings,
        rules: &rules,
        permit: &permit,
        create: &create,
        edit: edit.as_ref(),
        headers: &headers,
        tags: held,
        now: ctx.now(),
    };
    let done = step.rows(&tx, &lookup, &read).await?;
    imports::write_outcomes(&tx, id, number, &done.outcomes).await?;
    let mut progress = Progress::default();
    for outcome in &done.outcomes {
        match failure_of(outcome.outcome) {
            Some(failure) => progress.failures.add(failure, 1),
            None => progress.done += 1,
        }
    }
    import_cards::tell_planner(&tx).await?;
    let chunks = usize::try_from(record.rows).unwrap_or_default().div_ceil(CHUNK_ROWS);
    if usize::try_from(number).unwrap_or_default() + 1 < chunks {
        progress.position = Some((number + 1).to_string());
        return run.keep(tx, &progress).await;
    }
    run.end(ctx, tx, &progress, None).await
}

/// Why a row is counted among those that were left.
const fn failure_of(outcome: RowOutcome) -> Option<JobFailure> {
    Some(match outcome {
        RowOutcome::Made | RowOutcome::Updated | RowOutcome::Unchanged => return None,
        RowOutcome::Known => JobFailure::Known,
        RowOutcome::Invalid => JobFailure::Invalid,
        RowOutcome::LeftOut => JobFailure::LeftOut,
        RowOutcome::Withdrawn => JobFailure::Withdrawn,
        RowOutcome::Erased => JobFailure::Erased,
        RowOutcome::NotReached => JobFailure::ReasonNeeded,
        RowOutcome::Changed => JobFailure::Changed,
    })
}

impl Step<'_> {
    /// Makes the new cards, then changes those that were there, in the order in which cards are held everywhere.
    async fn rows(&self, tx: &Tx, lookup: &Lookup, read: &[(u32, Read)]) -> Result<Done, AppError> {
        let mut done = Done::default();
        let mut made: HashMap<String, ClientId> = HashMap::new();
        let (mut new, mut updates) = (Vec::new(), Vec::new());
        for (number, read) in read {
            let row: &ReadRow = match read {
                Read::Blank => continue,
                Read::LeftOut => {
                    done.note(*number, RowOutcome::LeftOut, None);
                    continue;
                }
                Read::Invalid(_) => {
                    done.note(*number, RowOutcome::Invalid, None);
                    continue;
                }
                Read::Row(row) => row,
            };
            let key = strategy_key(self.settings).and_then(|by| by.key(&row.input));
            let again = key.as_ref().and_then(|key| made.get(key)).copied();
            let fate = match (lookup.fate(self.settings, self.rules, row), again) {
                (Fate::Make, Some(client)) if self.settings.strategy == DuplicateStrategy::Update => {
                    Fate::Update(client)
                }
                (Fate::Make, Some(client)) => Fate::Known(client),
                (fate, _) => fate,
            };
            match fate {
                Fate::Make => match self.new_card(lookup, row)? {
                    Some(card) => {
                        made.extend(key.map(|key| (key, card.id)));
                        done.note(*number, RowOutcome::Made, Some(card.id));
                        done.events.push(self.made(card.id));
                        new.push(card);
                    }
                    None => done.note(*number, RowOutcome::Invalid, None),
                },
                Fate::Update(client) => updates.push((client, *number, row)),
                Fate::Known(client) => done.note(*number, RowOutcome::Known, Some(client)),
                // Left out all the same; that somebody is there is all that is said.
                Fate::Withdrawn { told: false } => done.note(*number, RowOutcome::Known, None),
                Fate::Withdrawn { told: true } => done.note(*number, RowOutcome::Withdrawn, None),
                Fate::Erased => done.note(*number, RowOutcome::Erased, None),
            }
        }
        let keyed = import_cards::insert(tx, self.job, &new, &self.rules.fields, self.now).await?;
        audit::insert_about(tx, self.now, std::mem::take(&mut done.events), &keyed).await?;
        updates.sort_by_key(|(client, number, _)| (*client, *number));
        self.updates(tx, lookup, updates, &mut done).await?;
        done.outcomes.sort_by_key(|outcome| outcome.number);
        Ok(done)
    }

    /// Changes cards, in the order of `updates`: that of their ids, and of the rows of one card.
    async fn updates(
        &self,
        tx: &Tx,
        lookup: &Lookup,
        mut updates: Vec<(ClientId, u32, &ReadRow)>,
        done: &mut Done,
    ) -> Result<(), AppError> {
        if updates.is_empty() {
            return Ok(());
        }
        let mut known: Vec<ClientId> = updates.iter().map(|(client, ..)| *client).collect();
        known.dedup();
        let keyed = import_cards::have_keys(tx, &known).await?;
        let fields = custom_fields::all(tx).await?;
        let mut changed = BTreeSet::new();
        // Another row of the chunk may be about the same card: it meets the card as the row before left it.
        while !updates.is_empty() {
            let mut met = None;
            let first = updates.extract_if(.., |(client, ..)| met.replace(*client) != Some(*client)).collect();
            changed.extend(self.each_once(tx, lookup, first, &fields, done).await?);
        }
        let changed: Vec<ClientId> = changed.into_iter().collect();
        origins::add(tx, self.job, &changed, false).await?;
        Ok(audit::insert_about(tx, self.now, std::mem::take(&mut done.events), &keyed).await?)
    }

    /// Changes cards of which each stands in one row; which were changed.
    async fn each_once(
        &self,
        tx: &Tx,
        lookup: &Lookup,
        updates: Vec<(ClientId, u32, &ReadRow)>,
        fields: &[FieldRecord],
        done: &mut Done,
    ) -> Result<Vec<ClientId>, AppError> {
        let permit = self.edit.ok_or(AppError::WrongState)?;
        let ids: Vec<ClientId> = updates.iter().map(|(client, ..)| *client).collect();
        let found = clients::load_many_locked(tx, &ids).await?;
        let mut found: HashMap<ClientId, ClientRecord> = found.into_iter().map(|record| (record.id, record)).collect();
        let mut tags = stored_tags::of_clients(tx, &ids).await?;
        let (mut changed, mut changes) = (Vec::new(), Vec::new());
        for (client, number, row) in updates {
            let tags_before = tags.remove(&client).unwrap_or_default();
            let updated = match cards::held(self.ctx, tx, permit, found.remove(&client)).await {
                Ok(before) => self.update(tx, lookup, row, before, fields, tags_before).await,
                Err(error) => Err(error),
            };
            let outcome = match updated {
                Ok(Updated { events, .. }) if events.is_empty() => RowOutcome::Unchanged,
                Ok(Updated { events, change }) => {
                    changed.push(client);
                    done.events.extend(events);
                    changes.extend(change);
                    RowOutcome::Updated
                }
                Err(error) => match work::failure(&error) {
                    Some(JobFailure::ReasonNeeded) => RowOutcome::NotReached,
                    Some(JobFailure::Invalid) => RowOutcome::Invalid,
                    Some(_) => RowOutcome::Changed,
                    None => return Err(error),
                },
            };
            done.note(number, outcome, Some(client));
        }
        jobs::record_changes(tx, self.job, &changes).await?;
        Ok(changed)
    }

    /// The card's history tells that it was made, and by what; what it said then is what later changes tell as before.
    fn made(&self, client: ClientId) -> AuditEvent {
        self.ctx
            .event(self.create, Action::ClientCreated, RecordKind::Client, Some(client.as_uuid()))
            .about(client)
            .values(json!({ "job": self.job }))
    }

    fn new_card(&self, lookup: &Lookup, row: &ReadRow) -> Result<Option<NewCard>, AppError> {
        if nameless(row).is_some() {
            return Ok(None);
        }
        let Ok(details) = details(row) else { return Ok(None) };
        let id = ClientId::generate(self.now, self.ctx.entropy());
        let refused = lookup.refused(row);
        let claims: Vec<NewConsentEvent> = self.claims(row, &refused).map(|claim| self.claim(id, claim)).collect();
        let states = consents::first_states(&claims, self.rules.purposes())?;
        let fields: std::sync::Arc<[CustomField]> = self.rules.fields.as_slice().into();
        let mut card = CheckedCard { details, custom: row.custom.clone(), fields };
        card.show_consents(&states);
        Ok(Some(NewCard {
            id,
            details: card.details,
            custom: card.custom,
            assignment: assignment(self.permit, self.settings),
            tags: row.tags.iter().copied().filter(|tag| self.tags.iter().any(|held| held.id == *tag)).collect(),
            consents: claims,
            states,
        }))
    }

    /// What a row claims, without what somebody with this address said no to.
    fn claims<'r>(
        &self,
        row: &'r ReadRow,
        refused: &'r HashSet<(PurposeId, Channel)>,
    ) -> impl Iterator<Item = ConsentColumn> + 'r {
        row.consents.iter().copied().filter(|claim| !refused.contains(&(claim.purpose_id, claim.channel)))
    }

    /// A claim is an entry of the ledger that unlocks nothing.
    fn claim(&self, client: ClientId, claim: ConsentColumn) -> NewConsentEvent {
        let held_since = start_of_day(self.settings.obtained_on).min(self.now);
        let column = self.settings.columns.iter().position(
            |target| matches!(target, zgoda_domain::import::ColumnTarget::Consent(column) if *column == claim),
        );
        let column = column.and_then(|at| self.headers.get(at)).map(String::as_str).unwrap_or_default();
        let note: Vec<&str> = [self.record.content.file_name.as_str(), column, self.settings.source.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        NewConsentEvent {
            id: ConsentEventId::generate(self.now, self.ctx.entropy()),
            client_id: client,
            purpose_id: claim.purpose_id,
            channel: claim.channel,
            kind: ConsentEventKind::Imported,
            method: ConsentMethod::Import,
            wording_id: None,
            form_version_id: None,
            submission_id: None,
            actor: self.permit.actor(),
            occurred_at: held_since,
            grade: Some(EvidenceGrade::D),
            file_id: None,
            caused_by: None,
            evidence: json!({ "note": note.join(" · ") }),
        }
    }

    /// Changes one card as its row says; empty cells change nothing.
    async fn update(
        &self,
        tx: &Tx,
        lookup: &Lookup,
        row: &ReadRow,
        before: ClientRecord,
        fields: &[FieldRecord],
        tags_before: Vec<TagId>,
    ) -> Result<Updated, AppError> {
        let permit = self.edit.ok_or(AppError::WrongState)?;
        let client = before.id;
        let mut tags_after: Vec<TagId> = tags_before.clone();
        let missing = row.tags.iter().filter(|tag| !tags_before.contains(tag));
        tags_after.extend(missing.filter(|tag| self.tags.iter().any(|held| held.id == **tag)));
        tags_after.sort_unstable();
        if tags_after.len() > MAX_TAGS_OF_CLIENT {
            return Err(Invalids::one("/tags", Rule::TooMany { max: MAX_TAGS_OF_CLIENT }).into());
        }
        let card = self.checked(permit, row, &before)?;
        let mut events = Vec::new();
        let mut version = before.version;
        if *card.details.as_input() != before.input || card.custom != before.custom {
            let change = cards::update_among(tx, &before, &card, fields, self.now).await?;
            version += 1;
            let mut values = change.values;
            if let Some(values) = values.as_object_mut() {
                values.insert("job".to_owned(), json!(self.job));
            }
            let event =
                self.ctx.event(permit, Action::ClientChanged, RecordKind::Client, Some(client.as_uuid())).about(client);
            events.push(event.fields(change.fields).values(values));
        }
        if tags_after.len() != tags_before.len() {
            version = stored_tags::set(tx, client, version, &tags_after, self.now).await?;
            let job = json!({ "job": self.job });
            events.push(tags::event(self.ctx, permit, client, &self.tags, &tags_before, &tags_after, &job));
        }
        let change = (version != before.version).then(|| work::change_of(&before, tags_before, version));
        let refused = lookup.refused(row);
        for claim in self.claims(row, &refused) {
            match consents::record(tx, &self.claim(client, claim), self.now).await {
                Ok(_) => events.push(
                    self.ctx
                        .event(permit, Action::ConsentRecorded, RecordKind::Client, Some(client.as_uuid()))
                        .about(client)
                        .fields(vec![
                            format!("purpose:{}", claim.purpose_id),
                            format!("channel:{}", claim.channel.code()),
                        ]),
                ),
                // The person has answered: a claim is nothing beside that.
                Err(LedgerError::Refused(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Updated { events, change })
    }

    /// The card as the row makes it, by the rules of a person who changes it.
    fn checked(
        &self,
        permit: &Permit<EditClients>,
        row: &ReadRow,
        before: &ClientRecord,
    ) -> Result<CheckedCard, AppError> {
        use zgoda_domain::field_ref::FieldRef;
        let (mut input, mut custom) = log::writable(permit, before.input.clone(), before.custom.clone());
        custom.retain(|id, _| self.rules.fields.iter().any(|field| field.id == *id));
        for (field, value) in fields_of(row) {
            match (field, value) {
                (FieldRef::Builtin(builtin), serde_json::Value::String(text)) => input.set(builtin, Some(text)),
                (FieldRef::Custom(id), value) => {
                    custom.insert(id, value);
                }
                (FieldRef::Builtin(_), _) => {}
            }
        }
        if row.says_kind {
            input.kind = row.input.kind;
        }
        let (input, custom) = permit.fields().keep((&before.input, &before.custom), (&input, &custom))?;
        Ok(cards::check(self.rules.fields.as_slice().into(), &input, &custom, &before.custom)?)
    }
}

impl Done {
    fn note(&mut self, number: u32, outcome: RowOutcome, client: Option<ClientId>) {
        self.outcomes.push(Outcome { number, outcome, client });
    }
}
