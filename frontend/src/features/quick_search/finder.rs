//! A box that finds a client while one types: a combobox with the answers as its list.

use super::marks::pieces;
use crate::{
    problems::Failure,
    session::{Session, use_session},
    ui::{Avatar, Icon, Svg, fresh_id},
    words::{Words, use_words},
};
use leptos::{ev, html, prelude::*, task::spawn_local};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::Node;
use zgoda_api_types::clients::{QuickHit, QuickSearch};
use zgoda_domain::{client::BuiltinField, field_ref::FieldRef, id::ClientId, quick_search::MAX_TEXT};

/// How long somebody has to stop typing before the server is asked.
const PAUSE: Duration = Duration::from_millis(150);

/// What the server answered, and to which text.
#[derive(Clone, PartialEq)]
struct Answer {
    text: String,
    found: Result<Vec<QuickHit>, Failure>,
}

/// What the box knows.
#[derive(Clone, Copy)]
struct Finding {
    session: Session,
    typed: RwSignal<String>,
    answer: RwSignal<Option<Answer>>,
    open: RwSignal<bool>,
    /// Which entry of the list Enter takes.
    active: RwSignal<usize>,
    /// Only the answer to the newest question counts.
    newest: StoredValue<u32>,
    without: Option<ClientId>,
}

impl Finding {
    fn next(self) -> u32 {
        let next = self.newest.with_value(|newest| newest.wrapping_add(1));
        self.newest.set_value(next);
        next
    }

    /// Asks once nobody has typed for a moment.
    fn ask_soon(self) {
        let mine = self.next();
        set_timeout(
            move || {
                if self.newest.try_get_value() == Some(mine) {
                    self.ask();
                }
            },
            PAUSE,
        );
    }

    fn ask(self) {
        let mine = self.next();
        let text = self.typed.with_untracked(|text| text.trim().to_owned());
        if text.is_empty() {
            self.answer.set(None);
            return;
        }
        let api = self.session.api();
        spawn_local(async move {
            let found = api.quick_search(&QuickSearch { text: text.clone(), limit: 10 }).await.map_err(Failure::from);
            // The page may be gone by now, and a newer question may have been asked.
            if self.newest.try_get_value() != Some(mine) {
                return;
            }
            if let Err(failure) = &found {
                self.session.notice(failure);
            }
            let found = found.map(|hits| hits.into_iter().filter(|hit| Some(hit.id) != self.without).collect());
            self.active.set(0);
            self.answer.set(Some(Answer { text, found }));
        });
    }

    fn hits(self) -> Vec<QuickHit> {
        self.answer.with(|answer| match answer {
            Some(Answer { found: Ok(hits), .. }) => hits.clone(),
            _ => Vec::new(),
        })
    }

    fn is_empty(self) -> bool {
        self.typed.with(|text| text.trim().is_empty())
    }

    /// Whether the answer is to what stands in the box now.
    fn is_current(self) -> bool {
        self.typed.with(|typed| self.answer.with(|answer| answer.as_ref().is_some_and(|it| it.text == typed.trim())))
    }

    fn clear(self) {
        self.next();
        self.typed.set(String::new());
        self.answer.set(None);
        self.open.set(false);
    }
}

/// Finds a client by what is typed. Arrows and Enter, or a click, choose one; Escape closes the list, and then empties the
/// box.
#[component]
pub fn Finder(
    #[prop(into)] label: String,
    node: NodeRef<html::Input>,
    #[prop(into)] on_pick: Callback<QuickHit>,
    /// Offers to take what was typed to the client list.
    #[prop(optional)]
    on_list: Option<Callback<String>>,
    /// Escape was pressed in an empty box.
    #[prop(optional)]
    on_leave: Option<Callback<()>>,
    /// The key that leads here.
    #[prop(optional)]
    key: Option<&'static str>,
    /// A card that is not to be found.
    #[prop(optional)]
    without: Option<ClientId>,
    /// The list takes a place of its own instead of covering what is below it.
    #[prop(optional)]
    in_place: bool,
) -> impl IntoView {
    let w = use_words();
    let finding = Finding {
        session: use_session(),
        typed: RwSignal::new(String::new()),
        answer: RwSignal::new(None),
        open: RwSignal::new(false),
        active: RwSignal::new(0),
        newest: StoredValue::new(0),
        without,
    };
    let Finding { typed, answer, open, active, .. } = finding;
    let root = NodeRef::<html::Div>::new();
    let (list, hint) = (fresh_id("found"), fresh_id("hint"));
    let entry_id = {
        let list = list.clone();
        move |at: usize| format!("{list}-{at}")
    };

    let pick = move |hit: QuickHit| {
        finding.clear();
        on_pick.run(hit);
    };
    let to_list = move || {
        let text = typed.with_untracked(|text| text.trim().to_owned());
        if let Some(on_list) = on_list
            && !text.is_empty()
        {
            finding.clear();
            on_list.run(text);
        }
    };
    // Entries that can be chosen: the clients, and the way to the list.
    let entries = move || {
        if finding.is_empty() || answer.with(Option::is_none) {
            return 0;
        }
        finding.hits().len() + usize::from(on_list.is_some())
    };
    let take = move || {
        let at = active.get_untracked();
        match untrack(|| finding.hits()).into_iter().nth(at) {
            Some(hit) => pick(hit),
            None => to_list(),
        }
    };
    let step = move |forward: bool| {
        open.set(true);
        let count = untrack(entries);
        if count > 0 {
            active.update(|at| *at = (*at + if forward { 1 } else { count - 1 }) % count);
        }
    };
    let on_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "ArrowDown" | "ArrowUp" => {
            event.prevent_default();
            step(event.key() == "ArrowDown");
        }
        "Enter" if !event.is_composing() => {
            event.prevent_default();
            open.set(true);
            // What is shown may answer an earlier text: nobody's card is opened by mistake.
            if untrack(|| finding.is_current()) {
                take();
            } else {
                finding.ask();
            }
        }
        "Escape" if open.get_untracked() && !untrack(|| finding.is_empty()) => {
            event.prevent_default();
            event.stop_propagation();
            if untrack(entries) > 0 {
                open.set(false);
            } else {
                finding.clear();
            }
        }
        "Escape" if !untrack(|| finding.is_empty()) => {
            event.prevent_default();
            event.stop_propagation();
            finding.clear();
        }
        "Escape" => {
            open.set(false);
            if let Some(on_leave) = on_leave {
                event.prevent_default();
                event.stop_propagation();
                on_leave.run(());
            }
        }
        _ => {}
    };
    let on_input = move |event| {
        typed.set(event_target_value(&event));
        open.set(true);
        if untrack(|| finding.is_empty()) {
            finding.next();
            answer.set(None);
        } else {
            finding.ask_soon();
        }
    };
    let on_leaving = move |event: ev::FocusEvent| {
        let to = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
        if !root.get_untracked().is_some_and(|root| root.contains(to.as_ref())) {
            open.set(false);
        }
    };
    let active_id = {
        let entry_id = entry_id.clone();
        move || (open.get() && entries() > 0).then(|| entry_id(active.get()))
    };
    let told = move || {
        answer.with(|answer| match answer {
            Some(Answer { found: Ok(hits), .. }) if hits.is_empty() => w.quick_nobody.to_owned(),
            Some(Answer { found: Ok(hits), .. }) => w.count(hits.len() as u64, w.quick_results_n),
            _ => String::new(),
        })
    };
    let expanded = move || (open.get() && entries() > 0).to_string();
    let list_id = list.clone();
    let controls = move || (open.get() && entries() > 0).then(|| list_id.clone());
    let (hint_id, list_id) = (hint.clone(), list.clone());
    let panel = move || {
        let entry_id = entry_id.clone();
        let text = answer.with(|answer| answer.as_ref().map(|answer| answer.text.clone()).unwrap_or_default());
        let hits = finding.hits();
        let count = hits.len();
        let options = hits.into_iter().enumerate().map(|(at, hit)| {
            let chosen = hit.clone();
            view! {
                <li
                    class="finder__entry"
                    role="option"
                    id=entry_id(at)
                    aria-selected=move || (active.get() == at).to_string()
                    on:mousemove=move |_| active.set(at)
                    on:click=move |_| pick(chosen.clone())
                >
                    {shown(w, &hit, &text)}
                </li>
            }
        });
        let options = options.collect_view();
        let message = answer.with(|answer| match answer {
            Some(Answer { found: Err(failure), .. }) => Some(failure.sentence(w)),
            Some(Answer { found: Ok(hits), .. }) if hits.is_empty() => Some(w.quick_nobody),
            _ => None,
        });
        let on_the_list = on_list.map(|_| {
            view! {
                <li
                    class="finder__entry finder__entry--list"
                    role="option"
                    id=entry_id(count)
                    aria-selected=move || (active.get() == count).to_string()
                    on:mousemove=move |_| active.set(count)
                    on:click=move |_| to_list()
                >
                    <Svg icon=Icon::Search />
                    <span class="finder__words">{move || w.quick_in_list.replacen("{}", typed.get().trim(), 1)}</span>
                </li>
            }
        });
        view! {
            {message.map(|message| view! { <p class="finder__message">{message}</p> })}
            {(entries() > 0).then(|| view! {
                <ul class="finder__list" role="listbox" id=list_id.clone() aria-label=w.quick_found>
                    {options}
                    {on_the_list}
                </ul>
            })}
        }
    };
    view! {
        <div class="finder" class:finder--in-place=in_place node_ref=root on:focusout=on_leaving>
            <Svg icon=Icon::Search />
            <input
                class="input finder__input"
                type="text"
                role="combobox"
                inputmode="search"
                enterkeyhint="search"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                maxlength=MAX_TEXT.to_string()
                node_ref=node
                placeholder=label.clone()
                aria-label=label
                aria-keyshortcuts=key
                aria-autocomplete="list"
                aria-expanded=expanded
                aria-controls=controls
                aria-activedescendant=active_id
                aria-describedby=hint_id.clone()
                bind:value=typed
                on:input=on_input
                on:focus=move |_| open.set(true)
                on:keydown=on_key
            />
            {key.map(|key| view! { <kbd class="finder__key" aria-hidden="true">{key}</kbd> })}
            // Pressed with the pointer, an entry must not take the focus out of the box before it is chosen.
            <div class="finder__panel" class:finder__panel--shown=move || open.get() on:mousedown=|event| event.prevent_default()>
                <div class:finder__old=move || !finding.is_current()>{panel}</div>
                <p class="finder__hint" id=hint_id>{w.quick_hint}</p>
            </div>
            <p class="visually-hidden" role="status">{told}</p>
        </div>
    }
}

/// A client that was found: the name, and what answered.
fn shown(w: &'static Words, hit: &QuickHit, typed: &str) -> AnyView {
    use BuiltinField as F;
    let name = marked(&hit.name, typed);
    let of = |value: &Option<String>| value.clone().unwrap_or_default();
    let found = match hit.matched {
        FieldRef::Builtin(F::Email) => Some((F::Email, of(&hit.email))),
        FieldRef::Builtin(F::Phone) => Some((F::Phone, of(&hit.phone))),
        FieldRef::Builtin(F::MobilePhone) => Some((F::MobilePhone, of(&hit.mobile_phone))),
        FieldRef::Builtin(F::Nip) => Some((F::Nip, of(&hit.nip))),
        _ => None,
    };
    let by_name = matches!(hit.matched, FieldRef::Builtin(F::Name | F::LastName));
    let value = found.as_ref().map_or(&hit.name, |(_, value)| value);
    let resembles = (found.is_some() || by_name) && !pieces(value, typed).iter().any(|piece| piece.hit);
    let why = match (&found, hit.matched) {
        (Some((field, value)), _) => {
            view! { <span class="finder__label">{w.builtin(*field)}</span> " " {marked(value, typed)} }.into_any()
        }
        (None, FieldRef::Builtin(F::Name | F::LastName)) => {
            // Something that tells people of one name apart.
            let facts = [&hit.email, &hit.phone, &hit.mobile_phone, &hit.city];
            facts.into_iter().flatten().take(2).cloned().collect::<Vec<_>>().join(" · ").into_any()
        }
        (None, FieldRef::Builtin(field)) => {
            view! { <span class="finder__label">{w.builtin(field)}</span> " " {w.quick_whole_value} }.into_any()
        }
        (None, FieldRef::Custom(_)) => {
            view! { <span class="finder__label">{w.quick_sealed_field}</span> " " {w.quick_whole_value} }.into_any()
        }
    };
    view! {
        <Avatar name=hit.name.clone() />
        <span class="finder__words">
            <span class="finder__name">{name}</span>
            <span class="finder__why">{why}</span>
        </span>
        {resembles.then(|| view! { <span class="finder__like">{w.quick_similar}</span> })}
    }
    .into_any()
}

fn marked(value: &str, typed: &str) -> AnyView {
    let pieces = pieces(value, typed).into_iter().map(|piece| match piece.hit {
        true => view! { <mark>{piece.text}</mark> }.into_any(),
        false => piece.text.into_any(),
    });
    pieces.collect_view().into_any()
}
