//! The states of everything that is read: loading, failed, empty, and the problems of a form.

use crate::{
    browser,
    data::{Paged, Phase, Remote, Sending},
    problems::Failure,
    ui::{Icon, Svg, field_id},
    words::use_words,
};
use leptos::{ev, leptos_dom::helpers::WindowListenerHandle, prelude::*};
use zgoda_api_types::problem::ProblemCode;

/// Grey lines while a panel loads.
#[component]
pub fn Skeleton(#[prop(default = 4)] lines: usize) -> impl IntoView {
    let w = use_words();
    view! {
        <div class="skeletons" role="status">
            <span class="visually-hidden">{w.loading}</span>
            {(0..lines).map(|_| view! { <span class="skeleton"></span> }).collect_view()}
        </div>
    }
}

/// Nothing is there yet: says so, and what to do about it.
#[component]
pub fn Empty(
    icon: Icon,
    #[prop(into)] title: String,
    #[prop(into, optional)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty__icon"><Svg icon /></span>
            <p class="empty__title">{title}</p>
            {(!text.is_empty()).then(|| view! { <p class="empty__text">{text}</p> })}
            {children.map(|children| children())}
        </div>
    }
}

/// Reading failed: why, and a button to try again.
#[component]
pub fn Failed(failure: Failure, #[prop(into)] on_retry: Callback<()>) -> impl IntoView {
    let w = use_words();
    view! {
        <div class="failed" role="alert">
            <Svg icon=Icon::Warning />
            <p>{failure.sentence(w)}</p>
            <button type="button" class="button" on:click=move |_| on_retry.run(())>{w.retry}</button>
        </div>
    }
}

/// Shows something read from the server in whichever state it is.
#[component]
pub fn Await<T, V>(
    remote: Remote<T>,
    #[prop(default = 4)] lines: usize,
    children: impl Fn(T) -> V + Send + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    move || match remote.get() {
        None => view! { <Skeleton lines /> }.into_any(),
        Some(Err(failure)) => view! { <Failed failure on_retry=move |()| remote.refetch() /> }.into_any(),
        Some(Ok(value)) => children(value).into_any(),
    }
}

/// Below a paged list: its failure, or the button for more.
#[component]
pub fn PagedTail<T: Send + Sync + 'static, C: Clone + Send + Sync + 'static>(paged: Paged<T, C>) -> impl IntoView {
    let w = use_words();
    move || match paged.phase.get() {
        Phase::Failed(failure) => view! { <Failed failure on_retry=move |()| paged.reload() /> }.into_any(),
        _ if paged.has_more() => view! {
            <div class="more">
                <button
                    type="button"
                    class="button"
                    disabled=move || paged.phase.get() == Phase::LoadingMore
                    on:click=move |_| paged.more()
                >
                    {w.show_more}
                </button>
            </div>
        }
        .into_any(),
        _ => ().into_any(),
    }
}

/// Takes back a complaint as soon as something is changed in its field, until the reactive owner is gone.
fn forget_what_is_changed(sending: Sending) {
    let forget = move |event: &web_sys::Event| {
        let touched = browser::around(event);
        sending.forget(|pointer| {
            let id = field_id(pointer);
            touched.iter().any(|it| {
                // Of several ticks below one heading the complaint may be about one among those chosen.
                it.id() == id
                    || it.tag_name() == "FIELDSET" && !it.id().is_empty() && id.starts_with(&format!("{}-", it.id()))
            })
        });
    };
    let handles = [
        window_event_listener(ev::input, move |event| forget(&event)),
        window_event_listener(ev::change, move |event| forget(&event)),
    ];
    on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
}

/// On top of a form that was refused: what is wrong, with links to the fields. Each is left out once it is mended.
#[component]
pub fn Summary(
    sending: Sending,
    /// The label of the field at a pointer; `None` when the page has no such field.
    #[prop(into)]
    label: Callback<String, Option<String>>,
    /// Leads to the place of a pointer; without it, to the control whose id the pointer makes.
    #[prop(optional)]
    on_follow: Option<Callback<String>>,
) -> impl IntoView {
    let w = use_words();
    move || {
        sending.failure().map(|failure| {
            if !failure.complaints().is_empty() {
                forget_what_is_changed(sending);
            }
            let signed_out = failure.code() == Some(ProblemCode::SignInNeeded);
            let items = failure
                .complaints()
                .iter()
                .map(|invalid| {
                    let rule = sending.words_for(w, invalid);
                    let id = field_id(&invalid.pointer);
                    let pointer = invalid.pointer.clone();
                    match label.run(invalid.pointer.clone()) {
                        Some(label) => view! {
                            <li>
                                <a
                                    href=format!("#{id}")
                                    on:click=move |event| {
                                        event.prevent_default();
                                        match on_follow {
                                            Some(follow) => follow.run(pointer.clone()),
                                            None => browser::focus_id(&id),
                                        }
                                    }
                                >
                                    {label}
                                </a>
                                ": "
                                {rule}
                            </li>
                        }
                        .into_any(),
                        // About the whole.
                        None if invalid.pointer.is_empty() => view! { <li>{rule}</li> }.into_any(),
                        None => view! { <li><code>{invalid.pointer.clone()}</code> ": " {rule}</li> }.into_any(),
                    }
                })
                .collect_view();
            view! {
                <div class="summary" role="alert">
                    <Svg icon=Icon::Warning />
                    <div>
                        <p class="summary__title">{if signed_out { w.signed_out_keep } else { failure.sentence(w) }}</p>
                        <ul>{items}</ul>
                        {signed_out.then(|| view! { <a href="/login" target="_blank">{w.sign_in_new_tab}</a> })}
                    </div>
                </div>
            }
        })
    }
}

/// Someone else saved first: what to do about it.
#[component]
pub fn Outdated(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] on_load: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    view! {
        <div class="summary" role="alert">
            <Svg icon=Icon::Warning />
            <div>
                <p class="summary__title">{title}</p>
                <p>{text}</p>
                <button type="button" class="button" disabled=move || busy.get() on:click=move |_| on_load.run(())>
                    {w.load_newer}
                </button>
            </div>
        </div>
    }
}
