//! Looking at rows, and correcting them in place.

use super::{
    Wanted,
    checking::{Read, Rules, Tally, read_row},
    lookup::Lookup,
    own, own_locked, told_client,
};
use crate::{AppError, Ctx};
use zgoda_domain::{
    access::{ImportClients, Permit},
    id::{ClientId, ImportId},
    import::{ColumnFault, ImportCheck, ImportState, RowMark, RowOutcome, RowProblem},
    rule::{Invalids, Rule},
    sheet::MAX_CELL,
};
use zgoda_persistence::imports::{self, chunk_of};

/// A row as it is shown.
#[derive(Clone)]
pub struct ShownRow {
    /// As in the sheet, from 1.
    pub number: u32,
    pub cells: Vec<String>,
    pub problems: Vec<RowProblem>,
    pub left_out: bool,
    pub outcome: Option<RowOutcome>,
    pub client_id: Option<ClientId>,
}

impl std::fmt::Debug for ShownRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ShownRow({})", self.number)
    }
}

/// Rows below the head that hold something, in their order; and the number to go on after.
pub async fn rows(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    id: ImportId,
    wanted: Wanted,
    after: Option<u32>,
    limit: u64,
) -> Result<(Vec<ShownRow>, Option<u32>), AppError> {
    let reader = ctx.db.read();
    let record = own(&reader, permit, id).await?;
    if record.state == ImportState::Reading {
        return Err(AppError::WrongState);
    }
    let head = record.content.settings.as_ref().map_or(0, |settings| settings.header_row);
    let after = after.unwrap_or_default().max(head);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found: Vec<ShownRow> = Vec::new();
    let mut from = chunk_of(after.saturating_add(1));
    while found.len() <= limit
        && let Some(chunk) = imports::next_chunk(&reader, id, from, wanted).await?
    {
        from = chunk.number + 1;
        for (number, cells) in (chunk.first()..).zip(&chunk.rows).filter(|(number, _)| *number > after) {
            let mark = chunk.marks.iter().find(|mark| mark.number == number);
            let fits = match wanted {
                Wanted::All => !cells.is_empty(),
                Wanted::Faulty => mark.is_some_and(|mark| !mark.problems.is_empty() && !mark.left_out),
                Wanted::LeftOut => mark.is_some_and(|mark| mark.left_out),
            };
            if !fits {
                continue;
            }
            let outcome = chunk.outcomes.iter().find(|outcome| outcome.number == number);
            found.push(ShownRow {
                number,
                cells: cells.clone(),
                problems: mark.map(|mark| mark.problems.clone()).unwrap_or_default(),
                left_out: mark.is_some_and(|mark| mark.left_out),
                outcome: outcome.map(|outcome| outcome.outcome),
                client_id: outcome.and_then(told_client),
            });
            if found.len() > limit {
                break;
            }
        }
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|row| row.number);
    Ok((found, next))
}

/// Writes a row anew, or leaves it out; the row as it is then, the counts, and the import's version.
pub async fn fix_row(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    id: ImportId,
    seen: i32,
    number: u32,
    cells: Vec<String>,
    left_out: bool,
) -> Result<(ShownRow, ImportCheck, i32), AppError> {
    let now = ctx.now();
    let record = own(&ctx.db.read(), permit, id).await?;
    let Some((settings, mut check)) = record.content.settings.clone().zip(record.check.clone()) else {
        return Err(AppError::WrongState);
    };
    check_cells(&cells, record.width)?;
    let rules = Rules::load(ctx, permit, settings.strategy).await?;
    let tx = ctx.db.begin().await?;
    let mut record = own_locked(&tx, permit, id).await?;
    if record.version != seen {
        return Err(AppError::Outdated);
    }
    if record.state != ImportState::Open {
        return Err(AppError::WrongState);
    }
    if number <= settings.header_row {
        return Err(AppError::NotFound);
    }
    let mut chunk = imports::chunk(&tx, id, chunk_of(number)).await?.ok_or(AppError::NotFound)?;
    let at = usize::try_from(number - chunk.first()).unwrap_or(usize::MAX);
    let stored = chunk.rows.get_mut(at).ok_or(AppError::NotFound)?;
    let before = std::mem::replace(stored, cells);
    let was_left_out = chunk.marks.iter().any(|mark| mark.number == number && mark.left_out);
    let reader = rules.reader(&settings);
    let both = [read_row(&reader, &before, was_left_out), read_row(&reader, stored, left_out)];
    let sound: Vec<_> = both
        .iter()
        .filter_map(|read| match read {
            Read::Row(row) => Some(&**row),
            _ => None,
        })
        .collect();
    let lookup = Lookup::of(&tx, &settings, &sound).await?;
    let [former, latter] = both.map(|read| {
        let mut tally = Tally::default();
        let problems = tally.count(&settings, &rules, &lookup, &read);
        (problems, tally.finish())
    });
    move_counts(&mut check, &former.1, &latter.1);
    chunk.marks.retain(|mark| mark.number != number);
    if left_out || !latter.0.is_empty() {
        chunk.marks.push(RowMark { number, problems: latter.0.clone(), left_out });
        chunk.marks.sort_by_key(|mark| mark.number);
    }
    imports::write_rows(&tx, id, &chunk).await?;
    if check.problems == 0 {
        // No row asks for one any more.
        record.content.missing_tags.clear();
    }
    record.check = Some(check.clone());
    imports::write(&tx, &record, now).await?;
    tx.commit_unaudited("a row of a file that is not yet imported").await?;
    let cells = chunk.rows.into_iter().nth(at).unwrap_or_default();
    let row = ShownRow { number, cells, problems: latter.0, left_out, outcome: None, client_id: None };
    Ok((row, check, record.version + 1))
}

fn check_cells(cells: &[String], width: u32) -> Result<(), Invalids> {
    let mut invalids = Invalids::default();
    if cells.len() > usize::try_from(width).unwrap_or_default() {
        invalids.add("/cells", Rule::OutOfRange);
    }
    for (at, cell) in cells.iter().enumerate() {
        if cell.len() > MAX_CELL {
            invalids.add(format!("/cells/{at}"), Rule::TooLong { max: MAX_CELL });
        } else if cell.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            invalids.add(format!("/cells/{at}"), Rule::ControlCharacters);
        }
    }
    invalids.or(Some(()))
}

/// Counts a row as what it is by now.
fn move_counts(check: &mut ImportCheck, former: &ImportCheck, latter: &ImportCheck) {
    let counts = |check: &mut ImportCheck, of: &ImportCheck, add: bool| {
        let pairs = [
            (&mut check.rows, of.rows),
            (&mut check.ready, of.ready),
            (&mut check.problems, of.problems),
            (&mut check.left_out, of.left_out),
            (&mut check.blank, of.blank),
            (&mut check.says_no, of.says_no),
            (&mut check.makes, of.makes),
            (&mut check.updates, of.updates),
            (&mut check.known, of.known),
            (&mut check.withdrawn, of.withdrawn),
            (&mut check.erased, of.erased),
        ];
        for (count, by) in pairs {
            *count = if add { *count + by } else { count.saturating_sub(by) };
        }
    };
    counts(check, former, false);
    counts(check, latter, true);
    let same = |one: &ColumnFault, other: &ColumnFault| one.column == other.column && one.rule == other.rule;
    for fault in &former.faults {
        if let Some(known) = check.faults.iter_mut().find(|known| same(known, fault)) {
            known.rows = known.rows.saturating_sub(1);
        }
    }
    for fault in &latter.faults {
        match check.faults.iter_mut().find(|known| same(known, fault)) {
            Some(known) => known.rows += 1,
            None => check.faults.push(fault.clone()),
        }
    }
    check.faults.retain(|fault| fault.rows > 0);
}
