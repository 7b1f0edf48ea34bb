//! Tags on a card, where they are added and taken off.

use crate::{
    browser,
    data::{Sending, remote},
    session::{use_api, use_session},
    ui::{Icon, Summary, Svg, TagMark, fresh_id},
    words::{use_list_words, use_tag_words, with},
};
use leptos::{ev, html, prelude::*};
use zgoda_api_types::{
    clients::ClientCard,
    tags::{ClientTags, Tag, TagBody},
};
use zgoda_domain::{
    access::Right,
    id::TagId,
    tag::{TagColour, TagName},
};

/// The tags of a card. A name is completed as it is typed; whoever may say which fields there are makes new ones here.
#[component]
pub fn CardTags(
    card: ClientCard,
    /// The card has other tags now.
    #[prop(into)]
    on_change: Callback<()>,
) -> impl IntoView {
    let l = use_list_words();
    let (api, session) = (StoredValue::new(use_api()), use_session());
    let known = remote(|api| async move { api.tags().await });
    let (id, version) = (card.id, card.version);
    let may = session.may_with(Right::EditClients, card.assignment);
    let own = StoredValue::new(card.tags);
    let sending = Sending::new();
    let put = move |tags: Vec<TagId>| {
        let api = api.get_value();
        sending.run(async move { api.set_client_tags(id, version, &ClientTags { tags }).await }, move |_| {
            on_change.run(());
            browser::focus_soon(".card-tags input");
        });
    };
    let add = Callback::new(move |tag: TagId| {
        put(own.with_value(|own| own.iter().copied().chain(std::iter::once(tag)).collect()));
    });
    let make = Callback::new(move |body: TagBody| {
        let client = api.get_value();
        let key = browser::idempotency_key();
        sending.run(
            async move {
                let made = client.create_tag(&body, Some(&key)).await?;
                let tags = own.with_value(|own| own.iter().copied().chain([TagId::from_uuid(made.id)]).collect());
                client.set_client_tags(id, version, &ClientTags { tags }).await
            },
            move |_| {
                on_change.run(());
                browser::focus_soon(".card-tags input");
            },
        );
    });
    let marks = move || {
        let tags = known.get().and_then(Result::ok).unwrap_or_default();
        let tags: Vec<Tag> = own.with_value(|own| tags.into_iter().filter(|tag| own.contains(&tag.id)).collect());
        tags.into_iter()
            .map(|tag| {
                let tag_id = tag.id;
                let class = format!("client-tag client-tag--{}", tag.colour.code());
                let label = with(l.take_tag, &tag.name);
                view! {
                    <li class=class>
                        {tag.name}
                        {may.then(|| view! {
                            <button
                                type="button"
                                class="client-tag__remove"
                                aria-label=label
                                disabled=move || sending.is_busy()
                                on:click=move |_| put(own.with_value(|own| own.iter().copied().filter(|it| *it != tag_id).collect()))
                            >
                                <Svg icon=Icon::Close />
                            </button>
                        })}
                    </li>
                }
            })
            .collect_view()
    };
    let others = Signal::derive(move || {
        let tags = known.get().and_then(Result::ok).unwrap_or_default();
        own.with_value(|own| tags.into_iter().filter(|tag| !own.contains(&tag.id)).collect::<Vec<_>>())
    });
    let none = own.with_value(Vec::is_empty);
    view! {
        <section class="card-tags" aria-label=l.tags>
            <Svg icon=Icon::Tag />
            {(none && !may).then(|| view! { <span class="faint">{l.no_client_tags}</span> })}
            {(!none).then(|| view! { <ul class="tags">{marks}</ul> })}
            {may.then(|| view! { <TagInput others busy=Signal::derive(move || sending.is_busy()) on_choose=add on_make=make /> })}
            <Summary sending label=|_: String| Some(l.find_tag.to_owned()) />
        </section>
    }
}

/// A box that completes names of tags.
#[component]
fn TagInput(
    others: Signal<Vec<Tag>>,
    busy: Signal<bool>,
    on_choose: Callback<TagId>,
    on_make: Callback<TagBody>,
) -> impl IntoView {
    let (l, t) = (use_list_words(), use_tag_words());
    let makes = use_session().may(Right::ConfigureFields);
    let typed = RwSignal::new(String::new());
    let open = RwSignal::new(false);
    let at = RwSignal::new(0usize);
    let colour = RwSignal::new(TagColour::Blue.code().to_owned());
    let input = NodeRef::<html::Input>::new();
    let list_id = StoredValue::new(fresh_id("tags"));
    let fitting = Memo::new(move |_| {
        let needle = typed.get().trim().to_lowercase();
        others.with(|tags| {
            tags.iter().filter(|tag| tag.name.to_lowercase().contains(&needle)).take(8).cloned().collect::<Vec<_>>()
        })
    });
    // A new name that is no tag's.
    let fresh = Memo::new(move |_| {
        let name = typed.with(|typed| TagName::parse(typed).ok())?;
        let taken = others.with(|tags| tags.iter().any(|tag| tag.name.to_lowercase() == name.key()));
        (makes && !taken).then(|| name.into_string())
    });
    let choose = move |place: usize| {
        if let Some(tag) = fitting.with_untracked(|tags| tags.get(place).map(|tag| tag.id)) {
            typed.set(String::new());
            open.set(false);
            on_choose.run(tag);
        } else if let Some(name) = fresh.get_untracked() {
            let colour = TagColour::from_code(&colour.get_untracked()).unwrap_or(TagColour::Blue);
            on_make.run(TagBody { name, colour });
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        let count = fitting.with_untracked(Vec::len) + usize::from(fresh.with_untracked(Option::is_some));
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" => {
                event.prevent_default();
                open.set(true);
                let step = if event.key() == "ArrowDown" { 1 } else { count.saturating_sub(1) };
                at.update(|at| *at = (*at + step).checked_rem(count).unwrap_or(0));
            }
            "Enter" if open.get_untracked() => {
                event.prevent_default();
                choose(at.get_untracked());
            }
            "Escape" if open.get_untracked() => {
                event.stop_propagation();
                open.set(false);
            }
            _ => {}
        }
    };
    let option = move |place: usize, view: AnyView| {
        view! {
            <li
                role="option"
                id=format!("{}-{place}", list_id.get_value())
                class="menu__item"
                aria-selected=move || (at.get() == place).to_string()
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| choose(place)
            >
                {view}
            </li>
        }
    };
    let options = move || {
        let tags = fitting.get();
        let count = tags.len();
        let known =
            tags.into_iter().enumerate().map(|(place, tag)| option(place, view! { <TagMark tag /> }.into_any()));
        let known = known.collect_view();
        let new = fresh.get().map(|name| option(count, with(l.make_tag, &name).into_any()));
        let nothing = count == 0 && new.is_none();
        view! {
            {known}
            {new}
            {nothing.then(|| view! { <li class="menu__group" role="presentation">{l.no_such_tag}</li> })}
        }
    };
    let colours = move || {
        let colours = TagColour::ALL.iter().map(|it| {
            let mine = it.code();
            view! { <option value=mine prop:selected=move || colour.with(|colour| colour == mine)>{t.colour(*it)}</option> }
        });
        colours.collect_view()
    };
    // Only for a name that is going to be made.
    let makes_one = Memo::new(move |_| fresh.with(Option::is_some) && fitting.with(Vec::is_empty));
    view! {
        <div class="tag-input">
            <input
                class="input tag-input__box"
                type="text"
                role="combobox"
                autocomplete="off"
                placeholder=l.find_tag
                aria-label=l.find_tag
                aria-autocomplete="list"
                aria-expanded=move || open.get().to_string()
                aria-controls=list_id.get_value()
                aria-activedescendant=move || open.get().then(|| format!("{}-{}", list_id.get_value(), at.get()))
                node_ref=input
                disabled=move || busy.get()
                prop:value=move || typed.get()
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    at.set(0);
                    open.set(true);
                }
                on:focus=move |_| open.set(true)
                on:blur=move |_| open.set(false)
                on:keydown=key
            />
            <ul class="popover__panel tag-input__list" role="listbox" id=list_id.get_value() aria-label=l.tags hidden=move || !open.get()>
                {options}
            </ul>
            <Show when=move || makes_one.get()>
                <select class="input input--select tag-input__colour" aria-label=t.tag_colour on:change=move |event| colour.set(event_target_value(&event))>
                    {colours}
                </select>
            </Show>
        </div>
    }
}
