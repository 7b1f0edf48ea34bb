//! What was understood of the file: sheet, encoding, delimiter, the row of names; each can be put right.

use super::{
    import_page::StepEnd,
    plan::{Plan, Step, letters},
};
use crate::{
    data::{Sending, remote},
    session::use_api,
    ui::{Await, Choice, Icon, Summary, Svg},
    words::{use_import_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::imports::{Import, ImportRows, RowsWanted};
use zgoda_client::Versioned;
use zgoda_domain::{
    Rule,
    sheet::{Book, Delimiter, Encoding, ReadAs},
};

/// Rows that are shown to see whether the file was read well.
const SHOWN: usize = 6;
/// Columns of theirs.
const WIDE: usize = 30;
/// How far down the row of names is looked for.
const HEADS: u32 = 20;

#[component]
pub fn FileStep(plan: Plan) -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    let api = StoredValue::new(use_api());
    let id = plan.id;
    let sending = Sending::explaining(move |invalid| match &invalid.rule {
        Rule::SheetRefused { refusal } => Some(d.refusal(*refusal)),
        _ => None,
    });
    let take = move |read: Versioned<Import>| plan.read_anew(read.value);
    let read = move |change: fn(&mut ReadAs, &str), chosen: String| {
        let Some(mut read_as) = plan.import.with_untracked(|import| import.book.as_ref().map(as_read)) else { return };
        change(&mut read_as, &chosen);
        let api = api.get_value();
        sending.run(async move { api.read_import(id, &read_as).await }, take);
    };
    let head = move |row: String| {
        let api = api.get_value();
        sending.run(async move { api.import(id, row.parse().ok()).await }, take);
    };
    let book = Memo::new(move |_| plan.import.with(|import| import.book.clone()));
    let controls = move || {
        let book = book.get()?;
        let sheets = (book.sheets.len() > 1).then(|| {
            let names =
                book.sheets.iter().enumerate().map(|(at, name)| (at.to_string(), name.clone())).collect::<Vec<_>>();
            let value = Signal::stored(book.sheet.to_string());
            let choose = move |sheet| read(|read_as, sheet| read_as.sheet = sheet.parse().ok(), sheet);
            view! { <Choice label=d.sheet value options=Signal::stored(names) on_choose=choose /> }
        });
        let encoding = book.encoding.map(|encoding| {
            let all = Encoding::ALL.iter().map(|it| (it.code().to_owned(), d.encoding(*it).to_owned())).collect::<Vec<_>>();
            let value = Signal::stored(encoding.code().to_owned());
            let choose = move |code| read(|read_as, code| read_as.encoding = Encoding::from_code(code), code);
            view! { <Choice label=d.encoding_label hint=d.encoding_hint value options=Signal::stored(all) on_choose=choose /> }
        });
        let delimiter = book.delimiter.map(|delimiter| {
            let all = Delimiter::ALL.iter().map(|it| (it.code().to_owned(), d.delimiter(*it).to_owned())).collect::<Vec<_>>();
            let value = Signal::stored(delimiter.code().to_owned());
            let choose = move |code| read(|read_as, code| read_as.delimiter = Delimiter::from_code(code), code);
            view! { <Choice label=d.delimiter_label hint=d.delimiter_hint value options=Signal::stored(all) on_choose=choose /> }
        });
        Some(view! { {sheets} {encoding} {delimiter} })
    };
    let rows_count = plan.import.with_untracked(|import| import.rows);
    let heads = std::iter::once(("0".to_owned(), d.no_header.to_owned()))
        .chain((1..=rows_count.clamp(1, HEADS)).map(|row| (row.to_string(), d.row_n(row))))
        .collect::<Vec<_>>();
    let header = Signal::derive(move || plan.header_row.get().to_string());
    let facts = move || {
        let (format, rows) = (book.with(|book| book.as_ref().map(|book| book.format)), plan.import.with(|it| it.rows));
        let columns = plan.columns.with(Vec::len) as u64;
        let format = format.map(|format| d.format(format)).unwrap_or_default();
        format!("{format} · {} · {}", w.count(rows.into(), d.rows_n), w.count(columns, d.columns_n))
    };
    let remembered = move || plan.import.with(|import| import.remembered.is_some() && import.settings.is_none());
    view! {
        <section class="panel">
            <h2 class="panel__title" id="step" tabindex="-1">{d.understood}</h2>
            <p>{facts}</p>
            <Show when=remembered>
                <div class="note"><Svg icon=Icon::Check /><p>{d.remembered}</p></div>
            </Show>
            <Summary sending label=move |pointer: String| (pointer == "/file").then(|| d.file.to_owned()) />
            <div class="edit__grid">
                {controls}
                <Choice label=d.header_row hint=d.header_hint value=header options=Signal::stored(heads) on_choose=head />
            </div>
        </section>
        <Preview plan />
        <StepEnd
            plan
            next=d.to_columns
            what=d.to_columns_what
            busy=Signal::derive(move || sending.is_busy())
            on_next=move |()| plan.step.set(Step::Columns)
        />
    }
}

fn as_read(book: &Book) -> ReadAs {
    ReadAs {
        sheet: (!book.sheets.is_empty()).then_some(book.sheet),
        encoding: book.encoding,
        delimiter: book.delimiter,
    }
}

/// The first rows as they were read.
#[component]
fn Preview(plan: Plan) -> impl IntoView {
    let d = use_import_words();
    let id = plan.id;
    let rows = remote(move |api| {
        plan.import.track();
        async move { api.import_rows(id, RowsWanted::All, None).await }
    });
    view! {
        <section class="panel panel--table" aria-label=d.first_rows>
            <Await remote=rows lines=SHOWN children=move |found: ImportRows| {
                let names = plan.columns.with_untracked(|columns| {
                    columns.iter().map(|column| column.about.with_value(|about| about.header.clone())).take(WIDE).collect::<Vec<_>>()
                });
                let heads = names.into_iter().enumerate().map(|(at, name)| {
                    let name = if name.trim().is_empty() { letters(at) } else { name };
                    view! { <th scope="col">{name}</th> }
                });
                let header = plan.header_row.get_untracked();
                let below = found.items.into_iter().filter(|row| row.number > header).take(SHOWN);
                let below = below.map(|row| {
                    let cells = row.cells.into_iter().take(WIDE).map(|cell| view! { <td class="sample">{cell}</td> });
                    view! { <tr><th scope="row" class="faint">{row.number}</th>{cells.collect_view()}</tr> }
                });
                view! {
                    <div class="table-scroll" tabindex="0" role="region" aria-label=d.first_rows>
                        <table class="table">
                            <caption class="visually-hidden">{d.first_rows}</caption>
                            <thead><tr><th scope="col">{d.row}</th>{heads.collect_view()}</tr></thead>
                            <tbody>{below.collect_view()}</tbody>
                        </table>
                    </div>
                }
            } />
        </section>
    }
}
