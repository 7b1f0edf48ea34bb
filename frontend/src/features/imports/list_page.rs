//! Earlier imports, and the beginning of a new one.

use super::upload::NewImport;
use crate::{
    browser,
    data::{Paged, Phase, Sending},
    route::Page,
    session::use_api,
    ui::{Badge, Confirm, Icon, PageHead, PagedTail, SkeletonRows, Summary, Svg, Tone, use_toasts},
    words::{ImportWords, time, use_data_words, use_import_words, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use zgoda_api_types::imports::{ImportRun, ImportSummary};
use zgoda_domain::{id::ImportId, import::ImportState, job::JobState};

/// The caller's imports, newest first.
#[component]
pub fn ListPage() -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    browser::set_title(w.imports);
    let imports = Paged::<ImportSummary>::new(|api, after| async move { api.imports(after).await });
    imports.reload();
    let (api, toasts) = (StoredValue::new(use_api()), use_toasts());
    let asked = RwSignal::new(None::<ImportId>);
    let sending = Sending::new();
    let discard = move |()| {
        let Some(id) = asked.get_untracked() else { return };
        asked.set(None);
        let api = api.get_value();
        sending.run(async move { api.discard_import(id).await }, move |()| {
            toasts.say(d.import_discarded);
            imports.reload();
        });
    };
    let any = move || imports.phase.get() != Phase::Ready || !imports.rows.with(Vec::is_empty);
    view! {
        <PageHead title=w.imports text=move || d.imports_text />
        <NewImport />
        <Show when=any>
            <section class="panel panel--table" aria-label=d.earlier_imports>
                <div class="table-scroll" tabindex="0" role="region" aria-label=d.earlier_imports>
                    <table class="table">
                        <caption class="visually-hidden">{d.earlier_imports}</caption>
                        <thead>
                            <tr>
                                <th scope="col">{d.file}</th>
                                <th scope="col">{d.rows}</th>
                                <th scope="col">{w.status}</th>
                                <th scope="col">{d.begun}</th>
                                <th scope="col"><span class="visually-hidden">{use_data_words().actions}</span></th>
                            </tr>
                        </thead>
                        <tbody>
                            <Show when=move || imports.phase.get() == Phase::Loading><SkeletonRows columns=5usize rows=3 /></Show>
                            <For each=move || imports.rows.get() key=|row| (row.id, row.changed_at) let:row>
                                <Row row asked />
                            </For>
                        </tbody>
                    </table>
                </div>
                <Summary sending label=|_: String| None />
                <PagedTail paged=imports />
            </section>
        </Show>
        {move || asked.get().map(|_| view! {
            <Confirm
                title=d.discard_title
                text=d.discard_text
                action=d.discard
                on_confirm=discard
                on_close=move |()| asked.set(None)
            />
        })}
    }
}

/// An import that was run: how that went. Its job is forgotten in time.
const fn how_it_ran(d: &ImportWords, run: Option<ImportRun>) -> (Tone, &'static str) {
    match run {
        None => (Tone::Off, d.import_run),
        Some(ImportRun { undone: true, .. }) => (Tone::Off, d.run_undone),
        Some(ImportRun { state, .. }) => match state {
            JobState::Waiting => (Tone::Wait, d.run_waiting),
            JobState::Running => (Tone::Info, d.run_running),
            JobState::Done => (Tone::Good, d.run_done),
            JobState::Failed => (Tone::Bad, d.run_failed),
            JobState::Cancelled => (Tone::Off, d.run_cancelled),
        },
    }
}

#[component]
fn Row(row: ImportSummary, asked: RwSignal<Option<ImportId>>) -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    let id = row.id;
    let (tone, state, action) = match row.state {
        ImportState::Reading => (Tone::Off, d.import_reading, None),
        ImportState::Open => (Tone::Wait, d.import_open, Some(d.go_on)),
        ImportState::Run => {
            let (tone, state) = how_it_ran(d, row.run);
            (tone, state, Some(d.see_report))
        }
    };
    let until = row.expires_at.filter(|_| row.state != ImportState::Run).map(|at| {
        view! { <p class="faint job__note">{d.forgotten_on} " " {time::day(w.spoken, time::local(at).date())}</p> }
    });
    let named = format!("{}: {}", d.discard, row.file_name);
    let link = match action {
        Some(_) => view! { <A href=Page::Import(id).path()>{row.file_name.clone()}</A> }.into_any(),
        None => row.file_name.clone().into_any(),
    };
    view! {
        <tr>
            <th scope="row" class="table__title table__wrap">{link}</th>
            <td class="table__number">{w.number(row.rows.into())}</td>
            <td><Badge tone label=state />{until}</td>
            <td class="table__date">{time::day_and_time(w.spoken, time::local(row.created_at))}</td>
            <td class="table__actions">
                {action.map(|action| view! {
                    <A href=Page::Import(id).path() attr:class="button button--small">{action}</A>
                })}
                {(row.state != ImportState::Run).then(|| view! {
                    <button
                        type="button"
                        class="button button--small button--icon"
                        aria-label=named
                        title=d.discard
                        on:click=move |_| asked.set(Some(id))
                    >
                        <Svg icon=Icon::Trash />
                    </button>
                })}
            </td>
        </tr>
    }
}
