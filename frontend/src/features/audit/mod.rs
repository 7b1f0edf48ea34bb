//! Aktywności systemowe: who did what, when, to which record, from where.

pub mod touched;

use crate::{
    browser,
    data::{Paged, Phase, Sending, remote},
    route::{Page, use_redirect},
    session::{use_api, use_session},
    ui::{Await, Dialog, Empty, Icon, PageHead, PagedTail, SelectField, SkeletonRows, Summary, Svg, TextField},
    words::{DataWords, OfficeWords, Words, time, use_office_words, use_words},
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_query_map};
use serde_json::Value;
use touched::TouchedNames;
use zgoda_api_types::{
    audit::{AuditDetail, AuditEntry, FieldChange},
    clients::ClientName,
};
use zgoda_client::{AuditSearch, Download};
use zgoda_domain::{
    access::{DepartmentLimit, FieldRestriction, Right, Scope},
    audit::{Action, RecordKind},
    client::ClientKind,
    consent::{Channel, LawfulBasis},
    custom_field::FieldKind,
    id::{AuditEventId, ClientId, FormId, SubmissionId},
    job::{JobFailure, JobKind, JobProblem, JobState},
    list::Operator,
    search,
};

/// What the list is narrowed to, as it stands in the fields.
#[derive(Clone, Copy)]
struct Narrowed {
    client: Memo<Option<ClientId>>,
    actor: RwSignal<String>,
    action: RwSignal<String>,
    record: RwSignal<String>,
    from: RwSignal<String>,
    until: RwSignal<String>,
}

impl Narrowed {
    fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        let query = use_query_map();
        let client = Memo::new(move |_| query.with(|query| query.get("client")?.parse().ok()));
        let narrowed = Self { client, actor: empty(), action: empty(), record: empty(), from: empty(), until: empty() };
        // A link may say what to look for first; what the person chooses then is not part of the address.
        Effect::new(move || {
            let action = query.with(|query| query.get("action")).filter(|code| Action::from_code(code).is_some());
            if let Some(action) = action {
                narrowed.action.set(action);
            }
        });
        narrowed
    }

    /// Whether anything is left out.
    fn is_narrow(self) -> bool {
        self.search() != AuditSearch::default()
    }

    fn search(self) -> AuditSearch {
        AuditSearch {
            client: self.client.get(),
            actor: self.actor.with(|id| id.parse().ok()),
            action: self.action.with(|code| Action::from_code(code)),
            record: self.record.with(|code| RecordKind::from_code(code)),
            from: self.from.with(|day| time::moment_of(day)),
            // The last day is part of what is asked for.
            until: self.until.with(|day| time::moment_of(day)).map(|day| day + chrono::TimeDelta::days(1)),
        }
    }
}

/// System activities, newest first, by who, what and when.
#[component]
pub fn AuditPage() -> impl IntoView {
    let w = use_words();
    let session = use_session();
    browser::set_title(w.activities);
    if !session.may(Right::ViewAudit) {
        return view! { <PageHead title=w.activities text=move || w.problem_not_allowed /> }.into_any();
    }
    let narrowed = Narrowed::new();
    let events = Paged::<AuditEntry>::new(move |api, after| {
        let search = untrack(|| narrowed.search());
        async move { api.search_audit_events(search, after).await }
    });
    Effect::new(move || {
        let _ = narrowed.search();
        events.reload();
    });
    let names = TouchedNames::read_with_people();
    let opened = RwSignal::new(None::<AuditEventId>);
    let empty = move || events.phase.get() == Phase::Ready && events.rows.with(Vec::is_empty);
    view! {
        <PageHead title=w.activities text=move || w.activities_text>
            {session.may(Right::ExportAudit).then(|| view! { <ExportButton narrowed /> })}
        </PageHead>
        <Filters narrowed />
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
                            <th scope="col"><span class="visually-hidden">{w.activity_details}</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        <Show when=move || events.phase.get() == Phase::Loading><SkeletonRows columns=7usize /></Show>
                        <For each=move || events.rows.get() key=|entry| entry.id let:entry>{row(w, names, opened, entry)}</For>
                    </tbody>
                </table>
            </div>
            <Show when=move || empty() && !narrowed.is_narrow()><Empty icon=Icon::Activity title=w.no_activities /></Show>
            <Show when=move || empty() && narrowed.is_narrow()><Empty icon=Icon::Activity title=w.no_activities_found /></Show>
            <PagedTail paged=events />
        </section>
        {move || opened.get().map(|id| view! { <Detail id names on_close=move |()| opened.set(None) /> })}
    }
    .into_any()
}

#[component]
fn Filters(narrowed: Narrowed) -> impl IntoView {
    let w = use_words();
    let sees_staff = use_session().may(Right::ViewStaff);
    let accounts = remote(move |api| async move { if sees_staff { api.accounts().await } else { Ok(Vec::new()) } });
    let anything = move || (String::new(), w.anything.to_owned());
    let people = Signal::derive(move || {
        let known = accounts.get().and_then(Result::ok).unwrap_or_default();
        let known = known.into_iter().map(|account| (account.id.to_string(), account.name));
        std::iter::once(anything()).chain(known).collect::<Vec<_>>()
    });
    let mut actions: Vec<(String, String)> =
        Action::ALL.iter().map(|action| (action.code().to_owned(), w.action(*action).to_owned())).collect();
    actions.sort_by(|a, b| a.1.cmp(&b.1));
    actions.insert(0, anything());
    let records = RecordKind::ALL.iter().map(|kind| (kind.code().to_owned(), w.record_kind(*kind).to_owned()));
    let records: Vec<_> = std::iter::once(anything()).chain(records).collect();
    view! {
        <form class="panel fields-row" on:submit=move |event| event.prevent_default()>
            {sees_staff.then(|| view! { <SelectField label=w.who value=narrowed.actor options=people /> })}
            <SelectField label=w.what value=narrowed.action options=Signal::stored(actions) />
            <SelectField label=w.record value=narrowed.record options=Signal::stored(records) />
            <TextField label=w.from_day value=narrowed.from kind="date" />
            <TextField label=w.until_day value=narrowed.until kind="date" />
            {move || narrowed.client.get().map(|id| view! { <OnlyClient id /> })}
        </form>
    }
}

/// Says that only one client's activities are listed. Naming the client is no look at the card; whoever may not see it
/// reads no name.
#[component]
fn OnlyClient(id: ClientId) -> impl IntoView {
    let w = use_words();
    let name = remote(move |api| async move { api.client_name(id).await });
    let text = move || match name.get() {
        Some(Ok(ClientName { name })) => format!("{}: {name}", w.only_client),
        _ => w.only_this_client.to_owned(),
    };
    let redirect = use_redirect();
    view! {
        <ul class="chips" aria-label=w.conditions>
            <li class="chip">
                <span>{text}</span>
                <button type="button" class="chip__remove" aria-label=w.every_client title=w.every_client on:click=move |_| redirect(Page::Audit)>
                    <Svg icon=Icon::Close />
                </button>
            </li>
        </ul>
    }
}

#[component]
fn ExportButton(narrowed: Narrowed) -> impl IntoView {
    let w = use_words();
    let api = use_api();
    let sending = Sending::new();
    let export = move |_| {
        let (api, search) = (api.clone(), untrack(|| narrowed.search()));
        sending.run(async move { api.export_audit_events(search).await }, |Download { file_name, bytes }| {
            let _ = browser::save_file(&file_name, &bytes);
        });
    };
    view! {
        <button type="button" class="button" disabled=move || sending.is_busy() on:click=export>
            <Svg icon=Icon::Download />
            {w.export_csv}
        </button>
        <Summary sending label=|_: String| None />
    }
}

/// One activity with its values before and after.
#[component]
fn Detail(id: AuditEventId, names: TouchedNames, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let detail = remote(move |api| async move { api.audit_event(id).await });
    view! {
        <Dialog title=w.activity_details wide=true on_close>
            <Await remote=detail children=move |detail: AuditDetail| view! { <div class="stack">{changes(w, o, names, detail)}</div> } />
        </Dialog>
    }
}

fn changes(w: &'static Words, o: &'static OfficeWords, names: TouchedNames, detail: AuditDetail) -> impl IntoView {
    let AuditDetail { entry, changes } = detail;
    let who = entry.actor_name.clone().unwrap_or_else(|| w.actor(&entry.actor_kind).to_owned());
    let at = time::day_and_time(w.spoken, time::local(entry.at));
    let from = [entry.ip, entry.user_agent].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let nothing = changes.is_empty();
    let rows = changes.into_iter().map(|change| {
        let FieldChange { field, before, after } = change;
        let key = field.clone();
        view! {
            <tr>
                <th scope="row">{move || member(w, o, names, &field)}</th>
                <td>{
                    let key = key.clone();
                    move || shown(w, o, names, &key, &before)
                }</td>
                <td>{move || shown(w, o, names, &key, &after)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <div>
            <p>{w.action(entry.action)} " · " {at} " · " {who}</p>
            <p class="faint">{from}</p>
        </div>
        {if nothing {
            view! { <p class="faint">{w.no_values}</p> }.into_any()
        } else {
            view! {
                <table class="table table--changes">
                    <thead>
                        <tr>
                            <th scope="col">{w.touched_fields}</th>
                            <th scope="col">{w.before}</th>
                            <th scope="col">{w.after}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            }
            .into_any()
        }}
    }
}

/// What was changed: a field, or a part of a role.
fn member(w: &'static Words, o: &'static OfficeWords, names: TouchedNames, key: &str) -> String {
    match key {
        "rights" => o.rights.to_owned(),
        "fields" => o.field_rights.to_owned(),
        "networks" => o.networks.to_owned(),
        "departments" => o.departments.to_owned(),
        "needs_reason" => o.needs_reason.to_owned(),
        "needs_second_factor" => o.needs_second_factor.to_owned(),
        "name" => w.name.to_owned(),
        "clients" => w.clients.to_owned(),
        "reason" => w.reason.to_owned(),
        "role" => w.record_role.to_owned(),
        "file" => w.record_file.to_owned(),
        "format" => o.told_format.to_owned(),
        "count" => o.told_count.to_owned(),
        "total" => o.told_total.to_owned(),
        "rows" => o.told_rows.to_owned(),
        "colour" => o.told_colour.to_owned(),
        "sharing" => o.told_sharing.to_owned(),
        "disabled" => o.told_disabled.to_owned(),
        "members" => o.told_members.to_owned(),
        "expires_at" => o.key_expires.to_owned(),
        "state" => o.told_state.to_owned(),
        "done" => o.told_done.to_owned(),
        "failures" => o.told_failures.to_owned(),
        "job" => o.told_job.to_owned(),
        "to" => o.hand_over_to.to_owned(),
        "handed_over" => o.handed_over.to_owned(),
        "problem" => o.told_problem.to_owned(),
        _ => names.list(w, &[key.to_owned()]),
    }
}

fn shown(w: &'static Words, o: &'static OfficeWords, names: TouchedNames, key: &str, value: &Value) -> String {
    let lines = |lines: Vec<String>| lines.join("\n");
    match (key, value) {
        (_, Value::Null) => "–".to_owned(),
        (_, Value::Bool(true)) => w.yes.to_owned(),
        (_, Value::Bool(false)) => w.no.to_owned(),
        ("departments", Value::String(code)) => {
            DepartmentLimit::from_code(code).map_or(code.as_str(), |limit| o.department_limit(limit)).to_owned()
        }
        ("basis", Value::String(code)) => {
            LawfulBasis::from_code(code).map_or(code.as_str(), |basis| w.basis(basis)).to_owned()
        }
        ("channels", Value::Array(codes)) => {
            let names = codes.iter().filter_map(|code| Channel::from_code(code.as_str()?));
            lines(names.map(|channel| w.channel(channel).to_owned()).collect())
        }
        ("format", Value::String(code)) => code.to_uppercase(),
        ("kind", Value::String(code)) => kind(w, code).unwrap_or(code).to_owned(),
        ("state", Value::String(code)) => {
            JobState::from_code(code).map_or(code.as_str(), |state| DataWords::of(w.spoken).job_state(state)).to_owned()
        }
        ("problem", Value::String(code)) => JobProblem::from_code(code)
            .map_or(code.as_str(), |problem| DataWords::of(w.spoken).job_problem(problem))
            .to_owned(),
        ("failures", Value::Object(failures)) => {
            let failures = failures.iter().filter_map(|(code, count)| {
                Some(DataWords::of(w.spoken).job_failure(w, JobFailure::from_code(code)?, count.as_u64()?))
            });
            lines(failures.collect())
        }
        ("clients", Value::Object(told)) => match (told.get("chosen"), told.get("filter")) {
            (Some(count), _) => o.told_chosen.replacen("{}", &shown(w, o, names, "", count), 1),
            (None, Some(Value::Array(tests))) if tests.is_empty() => o.everybody.to_owned(),
            (None, Some(Value::Array(tests))) => {
                lines(tests.iter().filter_map(Value::as_str).map(|test| condition(w, names, test)).collect())
            }
            _ => value.to_string(),
        },
        (_, Value::Number(number)) => w.decimal(&number.to_string()),
        ("parent", Value::String(purpose)) => names.list(w, std::slice::from_ref(purpose)),
        (_, Value::String(text)) => names.of_id(text).unwrap_or_else(|| text.clone()),
        ("rights", Value::Object(rights)) => {
            let rights = rights.iter().filter_map(|(right, scope)| {
                let (right, scope) = (Right::from_code(right)?, Scope::from_code(scope.as_str()?)?);
                Some(format!("{}: {} – {}", o.module(right.module()), o.right(right), o.reach(right, scope)))
            });
            lines(rights.collect())
        }
        ("fields", Value::Object(fields)) => {
            let fields = fields.iter().filter_map(|(field, restriction)| {
                let restriction = FieldRestriction::from_code(restriction.as_str()?)?;
                Some(format!("{}: {}", names.list(w, std::slice::from_ref(field)), o.restriction(restriction)))
            });
            lines(fields.collect())
        }
        (_, Value::Array(items)) => lines(items.iter().map(|item| shown(w, o, names, "", item)).collect()),
        (_, other) => other.to_string(),
    }
}

/// What a job, a client or a custom field is.
fn kind(w: &'static Words, code: &str) -> Option<&'static str> {
    let of_job = || JobKind::from_code(code).map(|kind| DataWords::of(w.spoken).job_kind(kind));
    let of_client = || ClientKind::from_code(code).map(|kind| w.client_kind(kind));
    of_job().or_else(of_client).or_else(|| FieldKind::from_code(code).map(|kind| w.field_kind(kind)))
}

/// A condition as the log tells it: `city eq`, without what was asked for.
fn condition(w: &'static Words, names: TouchedNames, told: &str) -> String {
    let (field, code) = told.rsplit_once(' ').unwrap_or((told, ""));
    // Conditions of the list and tests of a query have words of their own.
    let operator = Operator::from_code(code).map(|operator| w.operator(operator));
    let test = || search::Operator::from_code(code).map(|operator| w.search_operator(operator));
    format!("{} {}", names.list(w, &[field.to_owned()]), operator.or_else(test).unwrap_or(code))
}

fn row(
    w: &'static Words,
    names: TouchedNames,
    opened: RwSignal<Option<AuditEventId>>,
    entry: AuditEntry,
) -> impl IntoView {
    let id = entry.id;
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
            <td>
                <button type="button" class="button button--quiet button--small" on:click=move |_| opened.set(Some(id))>
                    {w.activity_details}
                </button>
            </td>
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
