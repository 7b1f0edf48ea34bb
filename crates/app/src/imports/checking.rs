//! Checking every row before anything is made.

use super::{
    Known as Usable, OpenedImport,
    lookup::{Fate, Lookup, Told, strategy_key},
    own_locked, shown,
};
use crate::{AppError, Ctx, imports::own, listing};
use std::collections::{BTreeMap, HashSet};
use zgoda_domain::{
    access::{
        AssignClients, Assignment, ConsentRights, CreateClients, EditClients, FieldRestriction, FieldRights,
        ImportClients, Permit, ViewClients, Visible,
    },
    client::{BuiltinField, ClientDetails},
    consent::Purpose,
    custom_field::CustomField,
    field_ref::FieldRef,
    id::{ClientId, ImportId, TagId},
    import::{
        CHUNK_ROWS, ColumnFault, ColumnTarget, DuplicateStrategy, HEADER_ROW_MAX, ImportCheck, ImportSettings,
        ImportState, ReadRow, RowMark, RowProblem, RowReader,
    },
    rule::{Invalids, Rule},
    tag::{MAX_TAGS_OF_CLIENT, TagName},
};
use zgoda_persistence::{
    accounts, custom_fields,
    imports::{self, Chunk, ImportRecord},
    roles, tags as stored_tags,
};

/// Kinds of problems that are told.
const FAULTS: usize = 20;
/// Names of missing tags that are told. A column of something else that was taken for tags has as many as it has rows.
const MISSING_TAGS: usize = 100;

/// What rows are read and judged by.
pub(super) struct Rules {
    /// Fields that are there for the caller.
    pub usable: Usable,
    /// Every field in use, to store cards with.
    pub fields: Vec<CustomField>,
    pub tags: BTreeMap<String, TagId>,
    /// Cards that a row may be about.
    pub visible: Visible,
    /// Refused consents that may be told of those who have a row's address.
    pub told: Told,
}

impl Rules {
    pub async fn load(
        ctx: &Ctx,
        permit: &Permit<ImportClients>,
        strategy: DuplicateStrategy,
    ) -> Result<Self, AppError> {
        let reader = ctx.db.read();
        let all = stored_tags::all(&reader).await?;
        let visible = match strategy {
            DuplicateStrategy::Update => permit.and::<EditClients>().map(|it| it.visible().clone()),
            DuplicateStrategy::New | DuplicateStrategy::Skip => {
                permit.and::<ViewClients>().map(|it| it.visible().clone())
            }
        };
        let fields = custom_fields::live(&reader).await?;
        Ok(Self {
            usable: Usable::load(ctx, permit).await?,
            told: Told::of(permit, &fields),
            fields,
            tags: all.into_iter().map(|tag| (tag.name.to_lowercase(), tag.id)).collect(),
            visible: visible.unwrap_or_else(Visible::nothing),
        })
    }

    pub fn reader<'a>(&'a self, settings: &'a ImportSettings) -> RowReader<'a> {
        RowReader { settings, fields: &self.usable.fields, tags: &self.tags }
    }

    pub fn purposes(&self) -> &[Purpose] {
        &self.usable.purposes
    }
}

/// What settings may say, by the rights of whoever imports; with complaints about settings that say nothing sensible.
pub(super) async fn check_settings(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    record: &ImportRecord,
    settings: &ImportSettings,
    rules: &Rules,
) -> Result<(), AppError> {
    let width = usize::try_from(record.width).unwrap_or_default();
    let mut invalids = Invalids::default();
    if let Err(inner) = settings.check(width, &rules.usable.fields, rules.purposes(), ctx.now()) {
        invalids.nest("", inner);
    }
    let rights = permit.fields();
    let consents = rights.of_consents(&rules.fields);
    for (at, target) in settings.columns.iter().enumerate() {
        if let Some(rule) = forbidden(rights, &consents, *target) {
            invalids.add(format!("/columns/{at}"), rule);
        }
    }
    if let Some(by) = strategy_key(settings) {
        // To be told who is there is to search.
        let rights = listing::list_rights(permit, &rules.fields);
        invalids.take("/match_by", rights.check_use(FieldRef::Builtin(by.field())));
    }
    if settings.header_row > HEADER_ROW_MAX.min(record.rows) {
        invalids.add("/header_row", Rule::OutOfRange);
    }
    if permit.and::<CreateClients>().is_none()
        || (settings.strategy == DuplicateStrategy::Update && permit.and::<EditClients>().is_none())
        || (settings.strategy == DuplicateStrategy::Skip && permit.and::<ViewClients>().is_none())
    {
        invalids.add("/strategy", Rule::BeyondOwnRights);
    }
    if settings.tags.len() > MAX_TAGS_OF_CLIENT {
        invalids.add("/tags", Rule::TooMany { max: MAX_TAGS_OF_CLIENT });
    }
    for (at, tag) in settings.tags.iter().enumerate() {
        if !rules.tags.values().any(|known| known == tag) {
            invalids.add(format!("/tags/{at}"), Rule::Unknown);
        }
    }
    check_assignment(ctx, permit, settings, &mut invalids).await?;
    Ok(invalids.or(Some(()))?)
}

fn forbidden(rights: &FieldRights, consents: &ConsentRights, target: ColumnTarget) -> Option<Rule> {
    let restriction = match target {
        ColumnTarget::Field(field) => rights.of(field),
        ColumnTarget::Consent(consent) => consents.of(consent.purpose_id, consent.channel),
        ColumnTarget::Ignore | ColumnTarget::Kind | ColumnTarget::Tags => FieldRestriction::Open,
    };
    match restriction {
        FieldRestriction::Hidden => Some(Rule::Unknown),
        FieldRestriction::Masked | FieldRestriction::ReadOnly => Some(Rule::ReadOnly),
        FieldRestriction::Open => None,
    }
}

async fn check_assignment(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    settings: &ImportSettings,
    invalids: &mut Invalids,
) -> Result<(), AppError> {
    if settings.owner_id.is_none() && settings.department_id.is_none() {
        return Ok(());
    }
    let reader = ctx.db.read();
    let at = if settings.owner_id.is_some() { "/owner_id" } else { "/department_id" };
    match permit.and::<AssignClients>() {
        None => invalids.add(at, Rule::BeyondOwnRights),
        // Nobody gives away what they could not take back.
        Some(assigning) if !assigning.visible().covers(assignment(permit, settings)) => {
            invalids.add(at, Rule::BeyondOwnRights);
        }
        Some(_) => {}
    }
    if let Some(owner) = settings.owner_id
        && accounts::load(&reader, owner).await?.is_none_or(|account| account.disabled)
    {
        invalids.add("/owner_id", Rule::Unknown);
    }
    if let Some(department) = settings.department_id
        && !roles::departments(&reader).await?.iter().any(|known| known.id == department)
    {
        invalids.add("/department_id", Rule::Unknown);
    }
    Ok(())
}

/// Whose the new clients are.
pub(super) fn assignment(permit: &Permit<ImportClients>, settings: &ImportSettings) -> Assignment {
    let own = permit.visible().of_new_record();
    Assignment {
        owner_id: settings.owner_id.or(own.owner_id),
        department_id: settings.department_id.or(own.department_id),
    }
}

/// A row as it was read.
pub(super) enum Read {
    Blank,
    LeftOut,
    Invalid(Vec<RowProblem>),
    Row(Box<ReadRow>),
}

/// Reads rows of a chunk that are below the head; each with its number.
pub(super) fn read_rows(reader: &RowReader<'_>, chunk: &Chunk, left_out: &HashSet<u32>) -> Vec<(u32, Read)> {
    let first = chunk.first();
    (first..)
        .zip(&chunk.rows)
        .filter(|(number, _)| *number > reader.settings.header_row)
        .map(|(number, cells)| (number, read_row(reader, cells, left_out.contains(&number))))
        .collect()
}

pub(super) fn read_row(reader: &RowReader<'_>, cells: &[String], left_out: bool) -> Read {
    if reader.is_blank(cells) {
        return Read::Blank;
    }
    if left_out {
        return Read::LeftOut;
    }
    match reader.read(cells) {
        Ok(row) if row.tags.len() > MAX_TAGS_OF_CLIENT => {
            Read::Invalid(vec![RowProblem { column: None, rule: Rule::TooMany { max: MAX_TAGS_OF_CLIENT } }])
        }
        Ok(row) => Read::Row(Box::new(row)),
        Err(problems) => Read::Invalid(problems),
    }
}

pub(super) fn left_out_of(chunk: &Chunk) -> HashSet<u32> {
    chunk.marks.iter().filter(|mark| mark.left_out).map(|mark| mark.number).collect()
}

/// A card has to have a name, or something to name it by.
pub(super) fn nameless(row: &ReadRow) -> Option<RowProblem> {
    let named = [BuiltinField::Name, BuiltinField::FirstName, BuiltinField::LastName, BuiltinField::Email];
    let has_name = named.into_iter().any(|field| row.input.get(field).is_some());
    (!has_name).then_some(RowProblem { column: None, rule: Rule::Required })
}

/// The checked card of a row that makes one.
pub(super) fn details(row: &ReadRow) -> Result<ClientDetails, Vec<RowProblem>> {
    ClientDetails::parse(&row.input).map_err(|invalids| {
        invalids.into_vec().into_iter().map(|invalid| RowProblem { column: None, rule: invalid.rule }).collect()
    })
}

/// Counts rows by what becomes of them.
#[derive(Default)]
pub(super) struct Tally {
    pub check: ImportCheck,
    faults: BTreeMap<(Option<u32>, String), ColumnFault>,
    /// What rows are recognised by that make a card: the next one with the same meets it.
    made: HashSet<String>,
}

impl Tally {
    /// Counts one row; what is wrong with it.
    pub fn count(&mut self, settings: &ImportSettings, rules: &Rules, lookup: &Lookup, read: &Read) -> Vec<RowProblem> {
        let check = &mut self.check;
        match read {
            Read::Blank => {
                check.blank += 1;
                return Vec::new();
            }
            Read::LeftOut => {
                check.rows += 1;
                check.left_out += 1;
                return Vec::new();
            }
            Read::Invalid(problems) => return self.fault(problems.clone()),
            Read::Row(row) => {
                let key = strategy_key(settings).and_then(|by| by.key(&row.input));
                let fate = match lookup.fate(settings, rules, row) {
                    // Counted as if nothing were known.
                    Fate::Withdrawn { told: false } => Fate::Make,
                    fate => fate,
                };
                let fate = match fate {
                    Fate::Make if key.as_ref().is_some_and(|key| self.made.contains(key)) => match settings.strategy {
                        DuplicateStrategy::Update => Fate::Update(ClientId::from_uuid(uuid::Uuid::nil())),
                        _ => Fate::Known(ClientId::from_uuid(uuid::Uuid::nil())),
                    },
                    fate => fate,
                };
                if fate == Fate::Make {
                    if let Some(problem) = nameless(row) {
                        return self.fault(vec![problem]);
                    }
                    self.made.extend(key);
                }
                check.rows += 1;
                check.ready += 1;
                check.says_no += u32::from(row.says_no);
                *match fate {
                    Fate::Make => &mut check.makes,
                    Fate::Update(_) => &mut check.updates,
                    Fate::Known(_) => &mut check.known,
                    Fate::Withdrawn { .. } => &mut check.withdrawn,
                    Fate::Erased => &mut check.erased,
                } += 1;
            }
        }
        Vec::new()
    }

    fn fault(&mut self, problems: Vec<RowProblem>) -> Vec<RowProblem> {
        self.check.rows += 1;
        self.check.problems += 1;
        for problem in &problems {
            let key = (problem.column, serde_json::to_string(&problem.rule).unwrap_or_default());
            let fault = ColumnFault { column: problem.column, rule: problem.rule.clone(), rows: 0 };
            self.faults.entry(key).or_insert(fault).rows += 1;
        }
        problems
    }

    pub fn finish(mut self) -> ImportCheck {
        let mut faults: Vec<ColumnFault> = self.faults.into_values().collect();
        faults.sort_by_key(|fault| std::cmp::Reverse(fault.rows));
        faults.truncate(FAULTS);
        self.check.faults = faults;
        self.check
    }
}

/// Says how the import is to be done, and checks every row against it.
pub async fn save_settings(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    id: ImportId,
    seen: i32,
    settings: ImportSettings,
) -> Result<OpenedImport, AppError> {
    let record = own(&ctx.db.read(), permit, id).await?;
    if record.version != seen {
        return Err(AppError::Outdated);
    }
    if record.state != ImportState::Open {
        return Err(AppError::WrongState);
    }
    let rules = Rules::load(ctx, permit, settings.strategy).await?;
    check_settings(ctx, permit, &record, &settings, &rules).await?;
    let Checked { check, marks, missing_tags } = check_rows(ctx, &record, &settings, &rules).await?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let mut record = own_locked(&tx, permit, id).await?;
    if record.version != seen {
        return Err(AppError::Outdated);
    }
    for (number, marks) in marks {
        imports::write_marks(&tx, id, number, &marks).await?;
    }
    record.content.settings = Some(settings);
    record.content.missing_tags = missing_tags;
    record.check = Some(check);
    imports::write(&tx, &record, now).await?;
    tx.commit_unaudited("how a file is to be imported; that it is, is recorded").await?;
    let record = ImportRecord { version: record.version + 1, changed_at: now, ..record };
    shown(ctx, permit, record, None).await
}

/// What checking every row found.
struct Checked {
    check: ImportCheck,
    /// What is to be noted about which chunk's rows.
    marks: Vec<(u32, Vec<RowMark>)>,
    /// By their keys, as they stand where they come first.
    missing_tags: Vec<String>,
}

/// Checks every row.
async fn check_rows(
    ctx: &Ctx,
    record: &ImportRecord,
    settings: &ImportSettings,
    rules: &Rules,
) -> Result<Checked, AppError> {
    let reader = rules.reader(settings);
    let mut tally = Tally::default();
    let mut all = Vec::new();
    let mut missing = BTreeMap::new();
    let chunks = usize::try_from(record.rows).unwrap_or_default().div_ceil(CHUNK_ROWS);
    for number in 0..u32::try_from(chunks).unwrap_or_default() {
        let source = ctx.db.read();
        let chunk = imports::chunk(&source, record.id, number).await?.ok_or(AppError::NotFound)?;
        let left_out = left_out_of(&chunk);
        let read = read_rows(&reader, &chunk, &left_out);
        for (number, _) in read.iter().filter(|(_, read)| matches!(read, Read::Invalid(_))) {
            let at = usize::try_from(number - chunk.first()).unwrap_or(usize::MAX);
            for (key, name) in reader.missing_tags(chunk.rows.get(at).map(Vec::as_slice).unwrap_or_default()) {
                if missing.len() < MISSING_TAGS {
                    missing.entry(key).or_insert(name);
                }
            }
        }
        let lookup = Lookup::of(&source, settings, &sound(&read)).await?;
        let mut marks = Vec::new();
        for (number, read) in &read {
            let problems = tally.count(settings, rules, &lookup, read);
            let left_out = matches!(read, Read::LeftOut);
            if left_out || !problems.is_empty() {
                marks.push(RowMark { number: *number, problems, left_out });
            }
        }
        if marks != chunk.marks {
            all.push((number, marks));
        }
    }
    let missing_tags = missing.into_values().map(TagName::into_string).collect();
    Ok(Checked { check: tally.finish(), marks: all, missing_tags })
}

/// The rows that can be read.
pub(super) fn sound(read: &[(u32, Read)]) -> Vec<&ReadRow> {
    let sound = read.iter().filter_map(|(_, read)| match read {
        Read::Row(row) => Some(&**row),
        Read::Blank | Read::LeftOut | Read::Invalid(_) => None,
    });
    sound.collect()
}

/// The fields that a row says something about.
pub(super) fn fields_of(row: &ReadRow) -> Vec<(FieldRef, serde_json::Value)> {
    let builtin = BuiltinField::ALL
        .into_iter()
        .filter_map(|field| Some((FieldRef::Builtin(field), serde_json::Value::from(row.input.get(field)?))));
    let custom = row.custom.iter().map(|(id, value)| (FieldRef::Custom(*id), value.clone()));
    builtin.chain(custom).collect()
}
