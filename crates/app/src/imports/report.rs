//! What became of each row, as delimited text; with the cells of rows that were not taken, to be corrected and
//! imported again.

use super::{headers, own, told_client};
use crate::{AppError, Ctx};
use futures::{Stream, stream};
use serde_json::json;
use zgoda_domain::{
    access::{ImportClients, Permit},
    audit::{Action, RecordKind},
    consent::Language,
    id::ImportId,
    import::{CHUNK_ROWS, ImportState, RowMark, RowOutcome},
    rule::Rule,
    sheet::Delimiter,
    spreadsheet::line,
};
use zgoda_persistence::imports::{self, Chunk};

/// A report about to be handed out, chunk by chunk.
pub struct Report {
    ctx: Ctx,
    id: ImportId,
    head: Vec<u8>,
    header_row: u32,
    chunks: u32,
    language: Language,
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Report({})", self.id)
    }
}

/// Prepares the report of an import that runs or was run. Taking it is recorded.
pub async fn report(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    id: ImportId,
    language: Language,
) -> Result<Report, AppError> {
    let reader = ctx.db.read();
    let record = own(&reader, permit, id).await?;
    let Some(settings) = record.content.settings.as_ref().filter(|_| record.state == ImportState::Run) else {
        return Err(AppError::WrongState);
    };
    let first = imports::chunk(&reader, id, 0).await?.ok_or(AppError::NotFound)?;
    let columns = headers(&record, &first, settings.header_row);
    let own = match language {
        Language::Pl => ["wiersz", "wynik", "powody", "klient"],
        Language::En => ["row", "outcome", "reasons", "client"],
    };
    let mut head = b"\xef\xbb\xbf".to_vec();
    let cells = own.into_iter().chain(columns.iter().map(String::as_str));
    head.extend_from_slice(line(Delimiter::of(language), cells).as_bytes());
    let event = ctx
        .event(permit, Action::ImportReportTaken, RecordKind::Import, Some(id.as_uuid()))
        .values(json!({ "after": { "file": record.content.file_name } }));
    ctx.db.record(ctx.now(), event).await?;
    let chunks = usize::try_from(record.rows).unwrap_or_default().div_ceil(CHUNK_ROWS);
    Ok(Report {
        ctx: ctx.clone(),
        id,
        head,
        header_row: settings.header_row,
        chunks: u32::try_from(chunks).unwrap_or_default(),
        language,
    })
}

impl Report {
    /// The report's bytes, piece by piece, so that it takes no more room than one chunk.
    pub fn into_stream(self) -> impl Stream<Item = Result<Vec<u8>, AppError>> {
        stream::try_unfold((self, 0_u32), |(mut report, next)| async move {
            if next > report.chunks {
                return Ok(None);
            }
            let piece = match next.checked_sub(1) {
                None => std::mem::take(&mut report.head),
                Some(number) => match imports::chunk(&report.ctx.db.read(), report.id, number).await? {
                    Some(chunk) => report.lines(&chunk),
                    // Discarded meanwhile.
                    None => return Ok(None),
                },
            };
            Ok(Some((piece, (report, next + 1))))
        })
    }

    fn lines(&self, chunk: &Chunk) -> Vec<u8> {
        let mut text = Vec::new();
        for (number, cells) in (chunk.first()..).zip(&chunk.rows) {
            if number <= self.header_row || cells.is_empty() {
                continue;
            }
            let outcome = chunk.outcomes.iter().find(|outcome| outcome.number == number);
            let mark = chunk.marks.iter().find(|mark| mark.number == number);
            let row = number.to_string();
            let result = outcome.map_or("", |outcome| told(outcome.outcome, self.language));
            let reasons = mark.map(|mark| self.reasons(mark)).unwrap_or_default();
            let client = outcome.and_then(told_client).map(|id| id.to_string()).unwrap_or_default();
            let taken = outcome.is_some_and(|outcome| {
                matches!(outcome.outcome, RowOutcome::Made | RowOutcome::Updated | RowOutcome::Unchanged)
            });
            let cells: &[String] = if taken { &[] } else { cells };
            let own = [row.as_str(), result, reasons.as_str(), client.as_str()];
            let cells = own.into_iter().chain(cells.iter().map(String::as_str));
            text.extend_from_slice(line(Delimiter::of(self.language), cells).as_bytes());
        }
        text
    }

    fn reasons(&self, mark: &RowMark) -> String {
        let reasons = mark.problems.iter().map(|problem| {
            let column = problem.column.map(|at| (at + 1).to_string());
            let rule = reason(&problem.rule, self.language);
            match (column, self.language) {
                (None, _) => rule.to_owned(),
                (Some(column), Language::Pl) => format!("kolumna {column}: {rule}"),
                (Some(column), Language::En) => format!("column {column}: {rule}"),
            }
        });
        reasons.collect::<Vec<_>>().join("; ")
    }
}

const fn told(outcome: RowOutcome, language: Language) -> &'static str {
    let (pl, en) = match outcome {
        RowOutcome::Made => ("dodano", "made"),
        RowOutcome::Updated => ("zmieniono", "updated"),
        RowOutcome::Unchanged => ("bez zmian", "unchanged"),
        RowOutcome::Known => ("już jest", "known"),
        RowOutcome::Invalid => ("błąd", "invalid"),
        RowOutcome::LeftOut => ("pominięto ręcznie", "left out by hand"),
        RowOutcome::Withdrawn => ("odmowa lub wycofana zgoda", "said no"),
        RowOutcome::Erased => ("dane usunięte", "erased"),
        RowOutcome::NotReached => ("wymaga podania powodu", "a reason is needed"),
        RowOutcome::Changed => ("zmieniono w międzyczasie", "changed meanwhile"),
    };
    match language {
        Language::Pl => pl,
        Language::En => en,
    }
}

const fn reason(rule: &Rule, language: Language) -> &'static str {
    let (pl, en) = match rule {
        Rule::Required => ("brakuje wartości", "a value is missing"),
        Rule::TooLong { .. } => ("za długie", "too long"),
        Rule::Checksum => ("cyfra kontrolna się nie zgadza", "the check digit is wrong"),
        Rule::Unknown => ("nieznana wartość", "an unknown value"),
        Rule::OutOfRange => ("poza zakresem", "out of range"),
        Rule::TooMany { .. } => ("za dużo wartości", "too many values"),
        Rule::ControlCharacters => ("niedozwolone znaki", "characters that are not allowed"),
        _ => ("nie ta postać", "not of the right form"),
    };
    match language {
        Language::Pl => pl,
        Language::En => en,
    }
}
