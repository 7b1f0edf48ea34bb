//! Before something is done to many clients: what, to how many, and whether it can be undone.

use super::{ListState, columns::Column, table_columns::TableColumn, value_field::ValueField, values};
use crate::{
    browser,
    data::{Sending, remote},
    problems::Failure,
    session::{use_api, use_session},
    ui::{Await, Dialog, SelectField, Summary, Tick},
    words::{use_list_words, use_words, with},
};
use leptos::prelude::*;
use serde_json::Value;
use zgoda_api_types::{
    custom_fields::CustomField,
    jobs::{AssignMany, BulkPreview, BulkRight, DeleteMany, EditMany, PreviewBulk},
    tags::Tag,
};
use zgoda_domain::{
    Rule,
    bulk::{BulkAssign, BulkEdit},
    client::BuiltinField,
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::JobId,
};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Edit,
    Tags,
    Assign,
    Delete,
}

impl What {
    const fn right(self) -> BulkRight {
        match self {
            Self::Edit | Self::Tags => BulkRight::Edit,
            Self::Assign => BulkRight::Assign,
            Self::Delete => BulkRight::Delete,
        }
    }
}

/// What is sent, once it is known to how many.
enum Order {
    Edit(BulkEdit),
    Assign(BulkAssign),
    Delete,
}

/// The dialog of one action.
#[component]
pub fn BulkDialog(
    what: What,
    state: ListState,
    fields: Vec<CustomField>,
    every: Vec<TableColumn>,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_started: Callback<JobId>,
) -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    let (api, session) = (StoredValue::new(use_api()), use_session());
    let clients = StoredValue::new(state.chosen(&session.restrictions()));
    let preview = remote(move |api| {
        let body = PreviewBulk { right: what.right(), clients: clients.get_value() };
        async move { api.preview_bulk(&body).await }
    });
    let counted = Memo::new(move |_| preview.with(|answer| answer.as_ref()?.as_ref().ok().copied()));
    let sending = Sending::explaining(move |invalid| {
        (invalid.pointer == "/confirmed" && invalid.rule == Rule::Superseded).then(|| l.more_by_now.to_owned())
    });
    // There were more by the time it was sent: the number is told anew.
    Effect::new(move || {
        if sending.failure().is_some_and(|failure| failure.at("/confirmed").is_some()) {
            preview.refetch();
        }
    });
    let restrictions = session.restrictions();
    let open: Vec<Column> = every
        .into_iter()
        .filter_map(|column| column.field)
        .chain([Column::builtin(w, BuiltinField::Note)])
        .filter(|column| restrictions.opens(column.field) && column.kind != FieldKind::Consent)
        .filter(|column| match column.field {
            // A name is a person's own.
            FieldRef::Builtin(field) => !field.is_system() && field != BuiltinField::Name,
            FieldRef::Custom(_) => true,
        })
        .collect();
    let open = StoredValue::new(open);
    let fields = StoredValue::new(fields);
    // One control's text each, whatever the action is.
    let target = RwSignal::new(String::new());
    let text = RwSignal::new(String::new());
    let sure = RwSignal::new(false);
    let clear = RwSignal::new(false);
    let column = Memo::new(move |_| {
        let target = target.get();
        open.with_value(|open| open.iter().find(|column| column.field.to_string() == target).cloned())
    });
    let read = move || -> Result<Order, Failure> {
        let typed = text.get_untracked();
        let needed = |pointer: &str| Failure::rule(pointer, Rule::Required);
        Ok(match what {
            What::Edit => {
                let Some(column) = column.get_untracked() else { return Err(needed("/edit/field")) };
                let value = if clear.get_untracked() {
                    Value::Null
                } else {
                    let value = value_of(&column, &typed, &fields.get_value());
                    value.map_err(|rule| Failure::rule("/edit/value", rule))?
                };
                Order::Edit(BulkEdit::SetField { field: column.field, value })
            }
            What::Tags => {
                let tag_id = typed.parse().map_err(|_| needed("/edit/tag_id"))?;
                Order::Edit(if target.with_untracked(|target| target == REMOVE) {
                    BulkEdit::RemoveTag { tag_id }
                } else {
                    BulkEdit::AddTag { tag_id }
                })
            }
            What::Assign if target.with_untracked(|target| target == DEPARTMENT) => {
                let department_id = whose_id(&typed).ok_or_else(|| needed(OF_DEPARTMENT))?;
                Order::Assign(BulkAssign::SetDepartment { department_id })
            }
            What::Assign => {
                let owner_id = whose_id(&typed).ok_or_else(|| needed(OF_OWNER))?;
                Order::Assign(BulkAssign::SetOwner { owner_id })
            }
            What::Delete => Order::Delete,
        })
    };
    let key = StoredValue::new(browser::idempotency_key());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(BulkPreview { count: confirmed, .. }) = counted.get_untracked().filter(|it| it.count > 0) else {
            return;
        };
        if what == What::Delete && !sure.get_untracked() {
            return;
        }
        let order = match read() {
            Ok(order) => order,
            Err(failure) => return sending.complain(failure),
        };
        let (api, clients, key) = (api.get_value(), clients.get_value(), key.get_value());
        let key = Some(key);
        sending.run(
            async move {
                let key = key.as_deref();
                match order {
                    Order::Edit(edit) => api.edit_many(&EditMany { edit, clients, confirmed }, key).await,
                    Order::Assign(assign) => api.assign_many(&AssignMany { assign, clients, confirmed }, key).await,
                    Order::Delete => api.delete_many(&DeleteMany { clients, confirmed }, key).await,
                }
            },
            move |made| on_started.run(JobId::from_uuid(made.id)),
        );
    };
    // Another request than the one that was refused.
    Effect::new(move || {
        if sending.failure().is_some() {
            key.set_value(browser::idempotency_key());
        }
    });
    let title = match what {
        What::Edit => l.edit_field,
        What::Tags => l.tags,
        What::Assign => l.assign,
        What::Delete => l.delete_many,
    };
    let label = move |pointer: String| {
        Some(match pointer.as_str() {
            "/edit/field" => w.field.to_owned(),
            "/edit/value" => l.new_value.to_owned(),
            "/edit/tag_id" => l.tag.to_owned(),
            OF_OWNER => w.client_owner.to_owned(),
            OF_DEPARTMENT => w.department.to_owned(),
            _ => l.selection.to_owned(),
        })
    };
    let control = match what {
        What::Edit => {
            let options = open.with_value(|open| {
                let known = open.iter().map(|column| (column.field.to_string(), column.label.clone()));
                std::iter::once((String::new(), l.choose_field.to_owned())).chain(known).collect::<Vec<_>>()
            });
            // The tick is about one field only, and so is a complaint.
            Effect::new(move || {
                target.track();
                clear.set(false);
                sending.clear();
            });
            let value = move || {
                let column = column.get().filter(|_| !clear.get())?;
                Some(view! {
                    <ValueField label=l.new_value column value=text pointer="/edit/value" problem=sending.problem("/edit/value") />
                })
            };
            let clear_it = move |on| {
                clear.set(on);
                sending.clear();
            };
            view! {
                <SelectField label=w.field value=target options=Signal::stored(options) pointer="/edit/field" problem=sending.problem("/edit/field") />
                {value}
                <Show when=move || column.with(Option::is_some)>
                    <Tick label=l.clear_field checked=clear on_change=clear_it />
                </Show>
            }
            .into_any()
        }
        What::Tags => tags(target, text, sending),
        What::Assign => whose(target, text, sending),
        What::Delete => {
            view! { <Tick label=w.delete_client_sure checked=sure on_change=move |on| sure.set(on) /> }.into_any()
        }
    };
    let blocked = move || {
        sending.is_busy() || counted.get().is_none_or(|it| it.count == 0) || (what == What::Delete && !sure.get())
    };
    view! {
        <Dialog title on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label />
                <Await remote=preview lines=1 children=move |preview: BulkPreview| {
                    let count = w.count(preview.count, l.clients_of_n);
                    let text = match (preview.count, what) {
                        (0, _) => l.nobody_in_reach.to_owned(),
                        (_, What::Delete) => with(l.will_delete, &count),
                        _ => with(l.will_touch, &count),
                    };
                    let undo = (preview.undoable && preview.count > 0).then(|| format!(" {}", l.undoable));
                    view! { <p class="dialog__text" role="status">{text}{undo}</p> }
                } />
                {control}
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <button
                        type="submit"
                        class="button"
                        class:button--primary=what != What::Delete
                        class:button--danger=what == What::Delete
                        disabled=blocked
                    >
                        {if what == What::Delete { l.delete_many } else { l.apply }}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}

/// The value for every card, checked as the server does. To take it off every card is asked for apart from this.
fn value_of(column: &Column, typed: &str, fields: &[CustomField]) -> Result<Value, Rule> {
    let value = values::parse(column.kind, typed)?;
    if value.is_null() {
        return Err(Rule::Required);
    }
    if let FieldRef::Custom(id) = column.field
        && let Some(field) = fields.iter().find(|field| field.id == id)
    {
        values::check(field, &value)?;
    }
    Ok(value)
}

const REMOVE: &str = "remove";

fn tags(target: RwSignal<String>, chosen: RwSignal<String>, sending: Sending) -> AnyView {
    let (w, l) = (use_words(), use_list_words());
    target.set(String::new());
    let ways = [(String::new(), l.add_tag.to_owned()), (REMOVE.to_owned(), l.remove_tag.to_owned())];
    let tags = remote(|api| async move { api.tags().await });
    view! {
        <Await remote=tags lines=1 children={move |tags: Vec<Tag>| {
            if tags.is_empty() {
                return view! { <p class="faint">{l.no_tags}</p> }.into_any();
            }
            let options: Vec<_> = std::iter::once((String::new(), w.choose.to_owned()))
                .chain(tags.into_iter().map(|tag| (tag.id.to_string(), tag.name)))
                .collect();
            view! {
                <SelectField label=l.tag_way value=target options=Signal::stored(ways.to_vec()) />
                <SelectField label=l.tag value=chosen options=Signal::stored(options) pointer="/edit/tag_id" problem=sending.problem("/edit/tag_id") />
            }
            .into_any()
        }} />
    }
    .into_any()
}

const DEPARTMENT: &str = "department";

const OF_OWNER: &str = "/assign/owner_id";
const OF_DEPARTMENT: &str = "/assign/department_id";

/// To be nobody's is a choice like any other.
const NOBODY: &str = "nobody";

/// Whose they shall be; `None` until that was chosen.
fn whose_id<T: std::str::FromStr>(chosen: &str) -> Option<Option<T>> {
    if chosen == NOBODY { Some(None) } else { chosen.parse().ok().map(Some) }
}

/// Somebody, or a department; nobody too.
fn whose(target: RwSignal<String>, chosen: RwSignal<String>, sending: Sending) -> AnyView {
    let (w, l) = (use_words(), use_list_words());
    target.set(String::new());
    let people = remote(|api| async move { Ok((api.colleagues().await?, api.departments().await?)) });
    // One is no other's id.
    Effect::new(move || {
        target.track();
        chosen.set(String::new());
        sending.clear();
    });
    view! {
        <Await remote=people lines=2 children=move |(colleagues, departments): super::card_owner::People| {
            let before = |nobody: &str| {
                [(String::new(), l.choose_whom.to_owned()), (NOBODY.to_owned(), format!("— {} —", nobody.to_lowercase()))].into_iter()
            };
            let ways = [(String::new(), w.client_owner.to_owned()), (DEPARTMENT.to_owned(), w.department.to_owned())];
            let has_departments = !departments.is_empty();
            let owners: Vec<_> = before(w.no_owner).chain(colleagues.into_iter().map(|it| (it.id.to_string(), it.name))).collect();
            let departments: Vec<_> = before(w.no_department).chain(departments.into_iter().map(|it| (it.id.to_string(), it.name))).collect();
            let options = Signal::derive(move || {
                if target.with(|target| target == DEPARTMENT) { departments.clone() } else { owners.clone() }
            });
            view! {
                {has_departments.then(|| view! { <SelectField label=l.whose value=target options=Signal::stored(ways.to_vec()) /> })}
                {move || {
                    let of_department = target.with(|target| target == DEPARTMENT);
                    let (label, pointer) =
                        if of_department { (w.department, OF_DEPARTMENT) } else { (w.client_owner, OF_OWNER) };
                    view! { <SelectField label value=chosen options pointer problem=sending.problem(pointer) /> }
                }}
            }
        } />
    }
    .into_any()
}
