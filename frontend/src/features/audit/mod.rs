//! Aktywności systemowe: who did what, when, to which record, from where.

pub mod touched;

use crate::{
    browser,
    data::{Paged, Phase},
    route::Page,
    ui::{Empty, Icon, PageHead, PagedTail, SkeletonRows},
    words::{Words, time, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use touched::TouchedNames;
use zgoda_api_types::audit::AuditEntry;
use zgoda_domain::audit::RecordKind;
use zgoda_domain::id::{FormId, SubmissionId};

/// All system activities, newest first.
#[component]
pub fn AuditPage() -> impl IntoView {
    let w = use_words();
    browser::set_title(w.activities);
    let events = Paged::<AuditEntry>::new(|api, after| async move { api.audit_events(after).await });
    events.reload();
    let names = TouchedNames::read();
    let empty = move || events.phase.get() == Phase::Ready && events.rows.with(Vec::is_empty);
    view! {
        <PageHead title=w.activities text=move || w.activities_text />
        <section class="panel panel--table" aria-label=w.activities>
            <div class="table-scroll" tabindex="0" role="region" aria-label=w.activities>
                <table class="table">
                    <caption class="visually-hidden">{w.activities}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{w.when}</th>
                            <th scope="col">{w.who}</th>
                            <th scope="col">{w.what}</th>
                            <th scope="col">{w.record}</th>
                            <th scope="col">{w.touched_fields}</th>
                            <th scope="col">{w.evidence_ip}</th>
                        </tr>
                    </thead>
                    <tbody>
                        <Show when=move || events.phase.get() == Phase::Loading><SkeletonRows columns=6usize /></Show>
                        <For each=move || events.rows.get() key=|entry| entry.id let:entry>{row(w, names, entry)}</For>
                    </tbody>
                </table>
            </div>
            <Show when=empty><Empty icon=Icon::Activity title=w.no_activities /></Show>
            <PagedTail paged=events />
        </section>
    }
}

fn row(w: &'static Words, names: TouchedNames, entry: AuditEntry) -> impl IntoView {
    let who = entry.actor_name.clone().unwrap_or_else(|| w.actor(&entry.actor_kind).to_owned());
    let touched = entry.fields.clone();
    let at = time::day_and_time(w.spoken, time::local(entry.at));
    view! {
        <tr>
            <td class="table__date"><time datetime=entry.at.to_rfc3339()>{at}</time></td>
            <td>{who}</td>
            <td>{w.action(entry.action)}</td>
            <td>{record(w, &entry)}</td>
            <td class="table__wrap">{move || names.list(w, &touched)}</td>
            <td class="table__date" title=entry.user_agent>{entry.ip}</td>
        </tr>
    }
}

/// The record, as a link where it has a page.
fn record(w: &'static Words, entry: &AuditEntry) -> AnyView {
    let label = w.record_kind(entry.record);
    let page = match (entry.record, entry.record_id) {
        (RecordKind::Form, Some(id)) => Some(Page::Form(FormId::from_uuid(id))),
        (RecordKind::Submission, Some(id)) => Some(Page::Submission(SubmissionId::from_uuid(id))),
        _ => entry.client_id.map(Page::Client),
    };
    match page {
        Some(page) => view! { <A href=page.path()>{label}</A> }.into_any(),
        None => label.into_any(),
    }
}
