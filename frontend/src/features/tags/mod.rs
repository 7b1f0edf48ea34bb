//! Tagi: what they are called and which colour they have; taking one away.

mod dialog;

use crate::{
    browser,
    data::{Sending, remote},
    problems::Failure,
    route::Page,
    session::{use_api, use_session},
    ui::{Await, BackLink, Confirm, Empty, Icon, PageHead, Summary, Svg, TagMark, use_toasts},
    words::{TagWords, Words, use_tag_words, use_words, with},
};
use dialog::TagDialog;
use leptos::prelude::*;
use zgoda_api_types::{problem::ProblemCode, tags::Tag};
use zgoda_domain::access::Right;

#[derive(Clone)]
struct Used {
    tag: Tag,
    /// How many have it.
    clients: u64,
}

/// What a row can ask for.
#[derive(Clone, Copy)]
struct Hands {
    /// `None` for a new one.
    edit: RwSignal<Option<Option<Tag>>>,
    remove: RwSignal<Option<Used>>,
}

/// All tags.
#[component]
pub fn TagsPage() -> impl IntoView {
    let (w, t) = (use_words(), use_tag_words());
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    browser::set_title(t.tags);
    if !session.may(Right::ConfigureFields) {
        return view! { <PageHead title=t.tags text=move || w.problem_not_allowed /> }.into_any();
    }
    let tags = remote(|api| async move {
        let (tags, uses) = (api.tags().await?, api.tag_uses().await?);
        let clients = |tag: &Tag| uses.iter().find(|it| it.tag_id == tag.id).map_or(0, |it| it.clients);
        Ok(tags.into_iter().map(|tag| Used { clients: clients(&tag), tag }).collect::<Vec<_>>())
    });
    let sending = Sending::new();
    let hands = Hands { edit: RwSignal::new(None), remove: RwSignal::new(None) };
    let remove = Callback::new(move |()| {
        let Some(Used { tag, .. }) = hands.remove.get_untracked() else { return };
        hands.remove.set(None);
        let api = api.clone();
        sending.run(async move { api.delete_tag(tag.id, tag.version).await }, move |()| {
            toasts.say(t.tag_deleted);
            tags.refetch();
        });
    });
    // Somebody was faster: what is shown is what there is now.
    Effect::new(move || {
        if sending.failure().as_ref().and_then(Failure::code) == Some(ProblemCode::Outdated) {
            tags.refetch();
        }
    });
    view! {
        <BackLink href=Page::Settings.path() label=w.settings />
        <PageHead title=t.tags text=move || t.tags_text>
            <button type="button" class="button button--primary" on:click=move |_| hands.edit.set(Some(None))>
                <Svg icon=Icon::Plus />{t.add_tag}
            </button>
        </PageHead>
        <div class="settings">
            <Summary sending label=|_: String| None />
            <Await remote=tags children={move |tags: Vec<Used>| list(w, t, tags, hands)} />
        </div>
        {move || hands.edit.get().map(|tag| view! {
            <TagDialog tag on_close=move |()| hands.edit.set(None) on_saved=move |()| {
                hands.edit.set(None);
                tags.refetch();
            } />
        })}
        {move || hands.remove.get().map(|Used { tag, clients }| {
            let text = match clients {
                0 => t.delete_unused.to_owned(),
                _ => with(t.delete_used, &w.count(clients, t.from_n_cards)),
            };
            view! {
                <Confirm
                    title=with(t.delete_title, &tag.name)
                    text
                    action=w.delete
                    on_confirm=remove
                    on_close=move |()| hands.remove.set(None)
                />
            }
        })}
    }
    .into_any()
}

fn list(w: &'static Words, t: &'static TagWords, tags: Vec<Used>, hands: Hands) -> AnyView {
    if tags.is_empty() {
        return view! { <section class="panel"><Empty icon=Icon::Tag title=t.no_tags text=t.no_tags_text /></section> }
            .into_any();
    }
    let rows = tags.into_iter().map(|used| row(w, t, used, hands)).collect_view();
    view! { <section class="panel" aria-label=t.tags><ul class="list">{rows}</ul></section> }.into_any()
}

fn row(w: &'static Words, t: &'static TagWords, Used { tag, clients }: Used, hands: Hands) -> impl IntoView {
    let named = |action: &str| format!("{action}: {}", tag.name);
    let (edit, delete) = (named(w.edit), named(w.delete));
    let count = if clients == 0 { t.nobody.to_owned() } else { w.count(clients, w.clients_n) };
    let (edited, removed) = (tag.clone(), tag.clone());
    view! {
        <li class="list__item">
            <div class="list__main list__main--row">
                <TagMark tag />
                <span class="faint">{count}</span>
            </div>
            <div class="list__actions">
                <button type="button" class="button button--small button--icon" aria-label=edit title=w.edit on:click=move |_| hands.edit.set(Some(Some(edited.clone())))>
                    <Svg icon=Icon::Edit />
                </button>
                <button type="button" class="button button--small button--icon button--danger" aria-label=delete title=w.delete on:click=move |_| hands.remove.set(Some(Used { tag: removed.clone(), clients }))>
                    <Svg icon=Icon::Trash />
                </button>
            </div>
        </li>
    }
}
