//! Naming a filter, saying who sees it, deleting it.

use crate::{
    browser,
    data::{Sending, remote},
    session::{use_api, use_session},
    ui::{Dialog, Icon, SelectField, SubmitButton, Summary, Svg, TextField},
    words::{use_list_words, use_words, with},
};
use leptos::prelude::*;
use zgoda_api_types::saved_filters::{FilterBody, SavedFilter};
use zgoda_domain::{access::Right, id::FilterId, saved_filter::Sharing};

/// Which filter is being named.
#[derive(Clone)]
pub enum Naming {
    /// The list as it is now.
    New(Box<FilterBody>),
    Saved(Box<SavedFilter>),
}

/// The dialog of a filter.
#[component]
pub fn FilterDialog(
    what: Naming,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_saved: Callback<FilterId>,
    #[prop(into)] on_deleted: Callback<FilterId>,
) -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    let api = StoredValue::new(use_api());
    let (title, body, saved) = match what {
        Naming::New(body) => (l.new_filter.to_owned(), *body, None),
        Naming::Saved(filter) => {
            (with(l.change_filter, &filter.view.name), filter.view, Some((filter.id, filter.version)))
        }
    };
    let name = RwSignal::new(body.name.clone());
    let sharing = RwSignal::new(body.sharing.code().to_owned());
    let department = RwSignal::new(body.department_id.map(|id| id.to_string()).unwrap_or_default());
    let departments = remote(|api| async move { api.departments().await });
    let everyone = use_session().may(Right::ConfigureFields) || body.sharing == Sharing::Everyone;
    let ways = Signal::derive(move || {
        let has_departments = departments.with(|all| matches!(all, Some(Ok(all)) if !all.is_empty()));
        let offered = |way: &Sharing| match way {
            Sharing::Personal => true,
            Sharing::Department => has_departments,
            Sharing::Everyone => everyone,
        };
        let ways = Sharing::ALL.iter().copied().filter(offered);
        ways.map(|way| (way.code().to_owned(), l.sharing(way).to_owned())).collect::<Vec<_>>()
    });
    let known = Signal::derive(move || {
        let all = departments.get().and_then(Result::ok).unwrap_or_default().into_iter();
        std::iter::once((String::new(), w.choose.to_owned()))
            .chain(all.map(|it| (it.id.to_string(), it.name)))
            .collect::<Vec<_>>()
    });
    let for_department = Memo::new(move |_| sharing.with(|code| code == Sharing::Department.code()));
    let sending = Sending::new();
    let kept = StoredValue::new(body);
    let key = StoredValue::new(browser::idempotency_key());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let department_id = for_department.get_untracked().then(|| department.get_untracked().parse().ok()).flatten();
        let body = FilterBody {
            name: name.get_untracked(),
            sharing: Sharing::from_code(&sharing.get_untracked()).unwrap_or(Sharing::Personal),
            department_id,
            ..kept.get_value()
        };
        let (api, key) = (api.get_value(), key.get_value());
        sending.run(
            async move {
                match saved {
                    Some((id, version)) => api.change_filter(id, version, &body).await.map(|()| id),
                    None => api.create_filter(&body, Some(&key)).await.map(|made| FilterId::from_uuid(made.id)),
                }
            },
            move |id| on_saved.run(id),
        );
    };
    let label = move |pointer: String| match pointer.as_str() {
        "/name" => Some(w.name.to_owned()),
        "/sharing" => Some(l.sharing.to_owned()),
        "/department_id" => Some(w.department.to_owned()),
        _ => Some(l.filters.to_owned()),
    };
    let sure = RwSignal::new(false);
    let delete = move |id: FilterId, version: i32| {
        let api = api.get_value();
        sending.run(async move { api.delete_filter(id, version).await }, move |()| on_deleted.run(id));
    };
    view! {
        <Dialog title on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label />
                <p class="dialog__text">{l.filter_holds}</p>
                <TextField label=w.name value=name pointer="/name" problem=sending.problem("/name") required=true />
                <SelectField label=l.sharing value=sharing options=ways pointer="/sharing" problem=sending.problem("/sharing") />
                <Show when=move || for_department.get()>
                    <SelectField label=w.department value=department options=known pointer="/department_id" problem=sending.problem("/department_id") />
                </Show>
                {move || sure.get().then(|| {
                    let known = departments.get().and_then(Result::ok).unwrap_or_default();
                    let seen_by = kept.with_value(|filter| l.seen_by(filter, &known));
                    seen_by.map(|seen_by| view! {
                        <div class="note note--wait" role="alert"><Svg icon=Icon::Warning /><p>{seen_by} " " {l.delete_shared}</p></div>
                    })
                })}
                <div class="dialog__actions">
                    {saved.map(|(id, version)| view! {
                        <button type="button" class="button button--danger dialog__first" disabled=move || sending.is_busy() on:click=move |_| {
                            // The second press means it.
                            if sure.get_untracked() {
                                delete(id, version);
                            } else {
                                sure.set(true);
                            }
                        }>
                            <Svg icon=Icon::Trash />{move || if sure.get() { l.delete_filter_sure } else { l.delete_filter }}
                        </button>
                    })}
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}
