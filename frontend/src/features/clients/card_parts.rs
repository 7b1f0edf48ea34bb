//! Parts of the card: details, custom fields, submissions, history, the privacy strip.

use super::values;
use crate::{
    data::{Paged, Phase, Sending, remote},
    features::audit::touched::TouchedNames,
    route::Page,
    session::{use_api, use_session},
    ui::{Await, Badge, Dialog, Icon, Masked, PagedTail, Skeleton, Summary, Svg, Tone, use_toasts},
    words::{Words, time, use_words},
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_router::components::A;
use serde_json::Value;
use zgoda_api_types::{
    audit::AuditEntry, clients::ClientCard, custom_fields::CustomField, submissions::SubmissionSummary,
};
use zgoda_domain::{
    access::Right,
    audit::{Action, REVERTIBLE},
    client::BuiltinField,
    consent::ConsentStatus,
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{AuditEventId, ClientId},
    submission::SubmissionStatus,
};

/// A moment with its machine-readable form.
pub fn moment(w: &Words, at: DateTime<Utc>) -> impl IntoView + use<> {
    view! { <time datetime=at.to_rfc3339()>{time::day_and_time(w.spoken, time::local(at))}</time> }
}

/// The strip on top: consents, who looked last, since when.
#[component]
pub fn Strip(card: ClientCard, history: Paged<AuditEntry>, masks_consents: bool) -> impl IntoView {
    let w = use_words();
    let me = use_session().me().map(|me| me.name);
    let given = card.consents.iter().filter(|consent| consent.status == ConsentStatus::Given).count();
    let consents = match masks_consents {
        true => view! { <Masked /> }.into_any(),
        false => format!("{given} / {}", card.consents.len()).into_any(),
    };
    // The newest look of all is this one, when it is ours.
    let seen = move || {
        history.rows.with(|rows| {
            let mut looks = rows.iter().filter(|entry| entry.action == Action::ClientOpened);
            let newest = looks.next();
            let other = match newest {
                Some(entry) if entry.actor_name == me => looks.next(),
                other => other,
            };
            match other {
                Some(entry) => view! { {entry.actor_name.clone()} ", " {moment(w, entry.at)} }.into_any(),
                None => w.strip_seen_you.into_any(),
            }
        })
    };
    view! {
        <section class="strip" aria-label=w.privacy>
            <div class="strip__title"><Svg icon=Icon::Shield />{w.privacy}</div>
            <dl class="strip__facts">
            <div><dt>{w.strip_consents}</dt><dd>{consents}</dd></div>
            <div><dt>{w.strip_seen}</dt><dd>{seen}</dd></div>
            <div><dt>{w.strip_since}</dt><dd>{time::day(w.spoken, time::local(card.created_at).date())}</dd></div>
            </dl>
        </section>
    }
}

/// Built-in fields that hold something.
#[component]
pub fn Details(card: ClientCard) -> impl IntoView {
    let w = use_words();
    let always = [BuiltinField::Email, BuiltinField::Phone];
    let restrictions = use_session().restrictions();
    let rows = BuiltinField::ALL
        .into_iter()
        .filter(|field| !field.is_system() && *field != BuiltinField::Name)
        .filter(|field| !restrictions.hides(FieldRef::Builtin(*field)))
        .filter_map(|field| {
            if card.masked.contains(&FieldRef::Builtin(field)) {
                return Some(fact(w.builtin(field), view! { <Masked /> }.into_any()));
            }
            let text = card.details.get(field);
            (text.is_some() || always.contains(&field)).then(|| fact(w.builtin(field), detail(field, text)))
        })
        .collect_view();
    view! {
        <section class="panel">
            <h2 class="panel__title">{w.details}</h2>
            <dl class="facts">
                {rows}
                {fact(w.field_created_at, moment(w, card.created_at).into_any())}
                {fact(w.field_updated_at, moment(w, card.updated_at).into_any())}
            </dl>
        </section>
    }
}

/// A labelled value.
pub fn fact(label: &str, value: AnyView) -> AnyView {
    view! { <div class="fact"><dt>{label.to_owned()}</dt><dd>{value}</dd></div> }.into_any()
}

/// The text of a built-in field, as a link where it is one.
pub fn detail(field: BuiltinField, text: Option<&str>) -> AnyView {
    let Some(text) = text.map(str::to_owned) else {
        return view! { <span class="faint">"–"</span> }.into_any();
    };
    match field {
        BuiltinField::Email => view! { <a href=format!("mailto:{text}")>{text.clone()}</a> }.into_any(),
        BuiltinField::Phone | BuiltinField::MobilePhone => {
            view! { <a href=format!("tel:{}", text.replace(' ', ""))>{text.clone()}</a> }.into_any()
        }
        // Only http and https pass the server's check.
        BuiltinField::Website if text.starts_with("http") => {
            view! { <a href=text.clone() target="_blank" rel="noopener noreferrer">{text.clone()}</a> }.into_any()
        }
        BuiltinField::Note => view! { <span class="multiline">{text}</span> }.into_any(),
        _ => text.into_any(),
    }
}

/// Dodatkowe pola.
#[component]
pub fn CustomValues(fields: Vec<CustomField>, card: ClientCard) -> impl IntoView {
    let w = use_words();
    let rows: Vec<AnyView> = fields
        .into_iter()
        // Consent states are shown in full under Zgody.
        .filter(|field| field.deleted_at.is_none() && field.kind != FieldKind::Consent)
        .map(|field| {
            if card.masked.contains(&FieldRef::Custom(field.id)) {
                return fact(&field.name, view! { <Masked /> }.into_any());
            }
            let value = card.custom.get(&field.id).cloned().unwrap_or(Value::Null);
            let text = values::shown(w, field.kind, &value);
            match field.kind {
                FieldKind::Checkbox => {
                    let ticked = value == Value::Bool(true);
                    let id = format!("shown-{}", field.id);
                    view! {
                        <div class="fact fact--tick">
                            <dt><label for=id.clone()>{field.name} <span class="visually-hidden">{text}</span></label></dt>
                            <dd><input type="checkbox" class="tick__box" id=id prop:checked=ticked disabled=true /></dd>
                        </div>
                    }
                    .into_any()
                }
                _ if text.is_empty() => fact(&field.name, view! { <span class="faint">"–"</span> }.into_any()),
                _ => fact(&field.name, view! { <span class="multiline">{text}</span> }.into_any()),
            }
        })
        .collect();
    view! {
        <section class="panel">
            <h2 class="panel__title">{w.custom_fields}</h2>
            {if rows.is_empty() {
                view! { <p class="faint">{w.no_custom_fields}</p> }.into_any()
            } else {
                view! { <dl class="facts">{rows}</dl> }.into_any()
            }}
        </section>
    }
}

/// What the client sent through forms.
#[component]
pub fn Submissions(id: ClientId) -> impl IntoView {
    let w = use_words();
    if !use_session().may(Right::ViewSubmissions) {
        return ().into_any();
    }
    let submissions = remote(move |api| async move { api.client_submissions(id).await });
    view! {
        <section class="panel">
            <h2 class="panel__title">{w.submissions}</h2>
            <Await remote=submissions lines=2 children={move |rows: Vec<SubmissionSummary>| {
                if rows.is_empty() {
                    return view! { <p class="faint">{w.no_submissions}</p> }.into_any();
                }
                let rows = rows.into_iter().map(|row| view! {
                    <li class="list__item">
                        <A href=Page::Submission(row.id).path()>{row.form_name}</A>
                        <span class="faint">{moment(w, row.received_at)}</span>
                        <Badge tone=status_tone(row.status) label=w.submission_status(row.status) />
                    </li>
                }).collect_view();
                view! { <ul class="list">{rows}</ul> }.into_any()
            }} />
        </section>
    }
    .into_any()
}

fn status_tone(status: SubmissionStatus) -> Tone {
    match status {
        SubmissionStatus::Accepted => Tone::Good,
        SubmissionStatus::Review => Tone::Wait,
        SubmissionStatus::Dismissed | SubmissionStatus::Spam => Tone::Off,
    }
}

/// Who looked and who changed.
#[component]
pub fn History(client: ClientId, history: Paged<AuditEntry>, #[prop(into)] on_change: Callback<()>) -> impl IntoView {
    let w = use_words();
    let names = TouchedNames::read();
    // The change that is about to be taken back.
    let asked = RwSignal::new(None::<AuditEventId>);
    view! {
        <section class="panel">
            <div class="panel__head">
                <h2 class="panel__title">{w.history}</h2>
                {use_session().may(Right::ViewAudit).then(|| view! {
                    <A href=Page::Looks(client).path() attr:class="button button--quiet button--small">
                        <Svg icon=Icon::Eye />{w.who_looked}
                    </A>
                })}
            </div>
            <Show when=move || history.phase.get() == Phase::Loading><Skeleton lines=3 /></Show>
            <ol class="timeline">
                <For each=move || history.rows.get() key=|entry| entry.id let:entry>{event(w, names, asked, entry)}</For>
            </ol>
            <Show when=move || history.phase.get() == Phase::Ready && history.rows.with(Vec::is_empty)>
                <p class="faint">{w.no_history}</p>
            </Show>
            <PagedTail paged=history />
            {move || asked.get().map(|event| view! { <TakeBack client event asked on_change /> })}
        </section>
    }
}

/// Asks before a change is taken back, and says why it cannot be.
#[component]
fn TakeBack(
    client: ClientId,
    event: AuditEventId,
    asked: RwSignal<Option<AuditEventId>>,
    on_change: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    let (api, toasts) = (use_api(), use_toasts());
    let sending = Sending::new();
    let close = Callback::new(move |()| asked.set(None));
    let confirm = move |_| {
        let api = api.clone();
        sending.run(async move { api.revert_change(client, event).await }, move |()| {
            toasts.say(w.taken_back);
            close.run(());
            on_change.run(());
        });
    };
    view! {
        <Dialog title=w.take_back on_close=close>
            <p class="dialog__text">{w.take_back_text}</p>
            <Summary sending label=|_: String| None />
            <div class="dialog__actions">
                <button type="button" class="button" on:click=move |_| close.run(())>{w.cancel}</button>
                <button type="button" class="button button--primary" disabled=move || sending.is_busy() on:click=confirm>
                    {w.take_back}
                </button>
            </div>
        </Dialog>
    }
}

fn event(
    w: &'static Words,
    names: TouchedNames,
    asked: RwSignal<Option<AuditEventId>>,
    entry: AuditEntry,
) -> impl IntoView {
    let id = entry.id;
    let changed = entry.action == Action::ClientChanged && use_session().may(Right::EditClients);
    let late = time::now() - entry.at > REVERTIBLE;
    let touched = entry.fields.clone();
    let who = entry.actor_name.clone().unwrap_or_else(|| w.actor(&entry.actor_kind).to_owned());
    let icon = match entry.action {
        Action::ClientOpened => Icon::Eye,
        Action::ClientExported => Icon::Download,
        Action::ConsentWithdrawn => Icon::Shield,
        Action::SubmissionReceived | Action::SubmissionAccepted | Action::SubmissionDismissed => Icon::Inbox,
        _ => Icon::Edit,
    };
    view! {
        <li class="timeline__item">
            <span class="timeline__icon"><Svg icon /></span>
            <div>
                <p class="timeline__what">{w.action(entry.action)}</p>
                <p class="faint">{moment(w, entry.at)} " · " {who}</p>
                {(!touched.is_empty()).then(|| view! { <p class="faint">{move || names.list(w, &touched)}</p> })}
                {(changed && late).then(|| view! { <p class="faint">{w.take_back_late}</p> })}
                {(changed && !late).then(|| view! {
                    <button type="button" class="button button--quiet button--small" on:click=move |_| asked.set(Some(id))>
                        {w.take_back}
                    </button>
                })}
            </div>
        </li>
    }
}
