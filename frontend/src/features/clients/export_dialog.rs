//! Taking clients out: what the list shows, as a file that a background job makes.

use super::{ListState, table_columns::TableColumn};
use crate::{
    browser,
    data::{Sending, follow_job, remote},
    problems::Failure,
    route::Page,
    session::{Restrictions, use_api, use_session},
    ui::{Await, Dialog, Icon, SelectField, SubmitButton, Summary, Svg, TextArea, Tick, Ticks},
    words::{ExportWords, Words, use_export_words, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::BTreeSet;
use zgoda_api_types::{
    clients::Sort,
    jobs::{BulkPreview, BulkRight, ExportMany, Job, MatchingClients, PreviewBulk, SomeClients},
    problem::ProblemCode,
};
use zgoda_client::file_address;
use zgoda_domain::{
    Rule,
    access::Right,
    export::{ExportFormat, REASON_ABOVE},
    id::JobId,
    job::JobState,
    list::ListColumn,
    sheet::Delimiter,
};

/// What the list shows now.
#[derive(Clone, Debug)]
pub struct ShownList {
    pub clients: SomeClients,
    pub sort: Option<Sort>,
    /// In their order, with their names.
    pub columns: Vec<(ListColumn, String)>,
}

/// What is selected, or else everybody whom the list is about.
pub fn shown(state: ListState, columns: Memo<Vec<TableColumn>>, restrictions: StoredValue<Restrictions>) -> ShownList {
    let clients = match state.selection.is_empty() {
        true => SomeClients::Matching(MatchingClients {
            filter: restrictions.with_value(|it| state.filter(it)),
            query: state.asked_query(),
        }),
        false => restrictions.with_value(|it| state.chosen(it)),
    };
    let columns = columns.with(|columns| columns.iter().map(|it| (it.column, it.label.clone())).collect());
    ShownList { clients, sort: state.sort.get(), columns }
}

/// The button that asks what is to be taken out; nothing for those who may not.
#[component]
pub fn ExportButton(#[prop(into)] shown: Callback<(), ShownList>) -> impl IntoView {
    let e = use_export_words();
    let asked = RwSignal::new(None::<ShownList>);
    use_session().may(Right::ExportClients).then(|| {
        view! {
            <button type="button" class="button" aria-label=e.export on:click=move |_| asked.set(Some(shown.run(())))>
                <Svg icon=Icon::Download />
                <span class="wide-only">{e.export}</span>
            </button>
            {move || asked.get().map(|list| view! { <ExportDialog list on_close=move |()| asked.set(None) /> })}
        }
    })
}

#[component]
fn ExportDialog(list: ShownList, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let e = use_export_words();
    let made = RwSignal::new(None::<JobId>);
    let list = StoredValue::new(list);
    view! {
        <Dialog title=e.title on_close wide=true>
            {move || match made.get() {
                None => view! { <Choose list on_close on_made=move |id| made.set(Some(id)) /> }.into_any(),
                Some(id) => view! { <Made id on_close /> }.into_any(),
            }}
        </Dialog>
    }
}

/// Counts the clients first.
#[component]
fn Choose(
    list: StoredValue<ShownList>,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_made: Callback<JobId>,
) -> impl IntoView {
    let (w, e) = (use_words(), use_export_words());
    let preview = remote(move |api| {
        let body = PreviewBulk { right: BulkRight::Export, clients: list.with_value(|list| list.clients.clone()) };
        async move { api.preview_bulk(&body).await }
    });
    view! {
        <div class="stack">
            <p class="dialog__text">{e.text}</p>
            <Await remote=preview lines=6 children={move |preview: BulkPreview| if preview.count == 0 {
                view! {
                    <p class="dialog__text">{e.nobody}</p>
                    <div class="dialog__actions">
                        <button type="button" class="button" on:click=move |_| on_close.run(())>{w.close}</button>
                    </div>
                }.into_any()
            } else {
                view! { <ChooseForm list count=preview.count on_close on_made /> }.into_any()
            }} />
        </div>
    }
}

#[component]
fn ChooseForm(
    list: StoredValue<ShownList>,
    count: u64,
    on_close: Callback<()>,
    on_made: Callback<JobId>,
) -> impl IntoView {
    let (w, e) = (use_words(), use_export_words());
    let (api, session) = (use_api(), use_session());
    let key = browser::idempotency_key();
    let chosen =
        RwSignal::new(list.with_value(|list| list.columns.iter().map(|it| it.0).collect::<BTreeSet<ListColumn>>()));
    let format = RwSignal::new(ExportFormat::Xlsx.code().to_owned());
    let delimiter = RwSignal::new(Delimiter::Semicolon.code().to_owned());
    let reason = RwSignal::new(String::new());
    let sending = Sending::explaining(move |invalid| {
        (invalid.pointer == "/columns" && invalid.rule == Rule::Required).then(|| e.no_columns.to_owned())
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = reason.get_untracked();
        let body = list.with_value(|list| ExportMany {
            clients: list.clients.clone(),
            sort: list.sort,
            columns: chosen.with_untracked(|chosen| {
                list.columns.iter().map(|(column, _)| *column).filter(|column| chosen.contains(column)).collect()
            }),
            format: format.with_untracked(|code| ExportFormat::from_code(code)).unwrap_or(ExportFormat::Xlsx),
            delimiter: delimiter.with_untracked(|code| Delimiter::from_code(code)),
            language: Some(session.language_untracked()),
            reason: Some(typed).filter(|reason| !reason.trim().is_empty()),
        });
        if body.columns.is_empty() {
            return sending.complain(Failure::rule("/columns", Rule::Required));
        }
        if count > REASON_ABOVE && body.reason.is_none() {
            return sending.complain(Failure::rule("/reason", Rule::Required));
        }
        let (api, key) = (api.clone(), key.clone());
        sending.run(async move { api.export_clients(&body, Some(&key)).await }, move |made| {
            on_made.run(JobId::from_uuid(made.id));
        });
    };
    let is_text = move || format.with(|code| code == ExportFormat::Csv.code());
    let too_often = move || sending.failure().is_some_and(|it| it.code() == Some(ProblemCode::TooManyRequests));
    view! {
        <form class="stack" novalidate on:submit=submit>
            <Show when=too_often fallback=move || view! { <Summary sending label=label(e) /> }>
                <p class="field__problem" role="alert"><Svg icon=Icon::Warning />{e.too_often}</p>
            </Show>
            <p>{e.count} ": " <strong>{w.count(count, w.clients_n)}</strong></p>
            <Ticks label=e.columns pointer="/columns" problem=sending.problem("/columns")>
                {list.with_value(|list| list.columns.clone()).into_iter().map(|(column, label)| {
                    let checked = Signal::derive(move || chosen.with(|chosen| chosen.contains(&column)));
                    let on_change = move |wanted: bool| chosen.update(|chosen| {
                        if wanted { chosen.insert(column) } else { chosen.remove(&column) };
                    });
                    view! { <Tick label checked on_change /> }
                }).collect_view()}
            </Ticks>
            <div class="fields-row">
                <SelectField label=e.format value=format options=formats(e) pointer="/format" />
                <Show when=is_text>
                    <SelectField label=e.delimiter hint=e.delimiter_hint value=delimiter options=delimiters(e) pointer="/delimiter" />
                </Show>
            </div>
            {(count > REASON_ABOVE).then(|| view! {
                <TextArea label=e.reason hint=e.reason_hint value=reason rows=2 required=true pointer="/reason" problem=sending.problem("/reason") />
            })}
            <div class="note note--wait"><Svg icon=Icon::Warning /><p>{e.leaves}</p></div>
            <div class="dialog__actions">
                <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                <SubmitButton label=e.submit busy=Signal::derive(move || sending.is_busy()) />
            </div>
        </form>
    }
}

fn label(e: &'static ExportWords) -> impl Fn(String) -> Option<String> + Clone {
    move |pointer| match pointer.as_str() {
        "/columns" => Some(e.columns.to_owned()),
        "/reason" => Some(e.reason.to_owned()),
        _ => None,
    }
}

fn formats(e: &ExportWords) -> Vec<(String, String)> {
    let option = |format: ExportFormat, label: &str| (format.code().to_owned(), label.to_owned());
    vec![option(ExportFormat::Xlsx, e.format_xlsx), option(ExportFormat::Csv, e.format_csv)]
}

fn delimiters(e: &ExportWords) -> Vec<(String, String)> {
    let option = |delimiter: Delimiter, label: &str| (delimiter.code().to_owned(), label.to_owned());
    vec![option(Delimiter::Semicolon, e.semicolon), option(Delimiter::Comma, e.comma), option(Delimiter::Tab, e.tab)]
}

/// How far the job is, and its file at the end.
#[component]
fn Made(id: JobId, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let (w, e) = (use_words(), use_export_words());
    let api = StoredValue::new(use_api());
    let job = follow_job(id);
    let sending = Sending::new();
    let fetch = move |_| {
        let api = api.get_value();
        // Asked first: the session is renewed where it takes that.
        sending.run(async move { api.job(id).await }, move |now: Job| {
            if now.file_until.is_some() {
                let _ = browser::download(&file_address(id));
            }
            job.set(Some(now));
        });
    };
    let state = Memo::new(move |_| job.with(|job| job.as_ref().map_or(JobState::Waiting, |job| job.state)));
    let text = move || match state.get() {
        JobState::Waiting | JobState::Running => e.running,
        JobState::Done => e.done,
        JobState::Failed | JobState::Cancelled => e.broken,
    };
    view! {
        <div class="stack">
            <p class="dialog__text" role="status">{text}</p>
            <Show when=move || !state.get().is_over()>
                {move || job.get().map(|job| progress(w, e, &job))}
            </Show>
            <Summary sending label=|_: String| None />
            <div class="dialog__actions">
                <A href=Page::Jobs.path() attr:class="button">{e.to_jobs}</A>
                <button type="button" class="button" on:click=move |_| on_close.run(())>{w.close}</button>
                <Show when=move || job.with(|job| job.as_ref().is_some_and(|job| job.file_until.is_some()))>
                    <button type="button" class="button button--primary" disabled=move || sending.is_busy() on:click=fetch>
                        <Svg icon=Icon::Download />
                        {e.download}
                    </button>
                </Show>
            </div>
        </div>
    }
}

fn progress(w: &'static Words, e: &'static ExportWords, job: &Job) -> impl IntoView + use<> {
    let text = e.of.replacen("{}", &w.number(job.done), 1).replacen("{}", &w.number(job.total), 1);
    view! {
        <progress class="job__bar" aria-label=e.title max=job.total.max(1).to_string() value=job.done.to_string()></progress>
        <p class="faint">{text}</p>
    }
}
