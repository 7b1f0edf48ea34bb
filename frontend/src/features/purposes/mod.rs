//! Cele przetwarzania: the tree of purposes, and each with its immutable wordings.

mod compare;
mod drafts;
mod drafts_dialog;
mod purpose_dialog;
mod purpose_page;
mod tree;
mod wording_dialog;
mod wordings;

pub use purpose_page::PurposePage;

use crate::{
    browser,
    data::remote,
    route::{Page, use_go},
    session::use_session,
    ui::{Await, Badge, Empty, Icon, PageHead, Svg, Tone},
    words::{OfficeWords, Words, use_office_words, use_words},
};
use drafts_dialog::{Drafted, DraftsDialog};
use leptos::prelude::*;
use leptos_router::components::A;
use purpose_dialog::PurposeDialog;
use tree::Branch;
use zgoda_api_types::consents::Purpose;
use zgoda_domain::{access::Right, consent::Channel};

/// All purposes as a tree.
#[component]
pub fn PurposesPage() -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (session, go) = (use_session(), use_go());
    browser::set_title(w.purposes);
    let purposes = remote(|api| async move { api.purposes().await });
    let adding = RwSignal::new(false);
    let drafting = RwSignal::new(None::<Drafted>);
    let may = session.may(Right::EditPurposes);
    let made = {
        let go = go.clone();
        move |made: Drafted| {
            adding.set(false);
            if made.wants_drafts() {
                drafting.set(Some(made));
            } else {
                go(Page::Purpose(made.id));
            }
        }
    };
    let known = Signal::derive(move || purposes.get().and_then(Result::ok).unwrap_or_default());
    view! {
        <PageHead title=w.purposes text=move || w.purposes_text>
            {may.then(|| view! {
                <button type="button" class="button button--primary" on:click=move |_| adding.set(true)>
                    <Svg icon=Icon::Plus />{w.new_purpose}
                </button>
            })}
        </PageHead>
        <Await remote=purposes children={move |purposes: Vec<Purpose>| {
            let (live, retired) = (tree::live(&purposes), tree::retired(&purposes));
            let all = StoredValue::new(purposes);
            if live.is_empty() && retired.is_empty() {
                return view! {
                    <section class="panel"><Empty icon=Icon::Shield title=w.no_purposes text=w.no_purposes_text /></section>
                }.into_any();
            }
            let count = w.count(retired.len() as u64, o.retired_n);
            let retired: Vec<_> = retired.into_iter().map(|purpose| item(w, o, all, &purpose, Vec::new())).collect();
            view! {
                <section class="panel" aria-label=w.purposes>
                    <ul class="tree">{branches(w, o, all, live)}</ul>
                </section>
                {(!retired.is_empty()).then(|| view! {
                    <details class="panel more-options">
                        <summary>{count}</summary>
                        <p class="faint">{o.retired_text}</p>
                        <ul class="tree">{retired}</ul>
                    </details>
                })}
            }.into_any()
        }} />
        {move || adding.get().then(|| {
            let made = made.clone();
            view! { <PurposeDialog all=known.get_untracked() on_close=move |()| adding.set(false) on_made=made on_changed=|_| {} /> }
        })}
        {move || drafting.get().map(|drafted| {
            let (go, id) = (go.clone(), drafted.id);
            let leave = Callback::new(move |()| go(Page::Purpose(id)));
            view! { <DraftsDialog drafted on_close=leave on_made=leave /> }
        })}
    }
}

fn branches(
    w: &'static Words,
    o: &'static OfficeWords,
    all: StoredValue<Vec<Purpose>>,
    found: Vec<Branch>,
) -> Vec<AnyView> {
    let one = |branch: Branch| item(w, o, all, &branch.purpose, branches(w, o, all, branch.below));
    found.into_iter().map(one).collect()
}

fn item(
    w: &'static Words,
    o: &'static OfficeWords,
    all: StoredValue<Vec<Purpose>>,
    purpose: &Purpose,
    below: Vec<AnyView>,
) -> AnyView {
    // Those below a retired one stand at the top: say where they belong.
    let parent = purpose.parent_id.and_then(|id| all.with_value(|all| all.iter().find(|it| it.id == id).cloned()));
    let retired_parent = parent.filter(|parent| parent.retired_at.is_some());
    let (id, name) = (purpose.id, purpose.name.clone());
    view! {
        <li class="tree__item">
            <div class="tree__row">
                <div class="tree__words">
                    <A href=Page::Purpose(id).path() attr:class="tree__name">{name}</A>
                    <p class="tree__facts">
                        <span>{w.basis(purpose.basis)}</span>
                        <span>{validity(w, purpose.validity_days)}</span>
                        {(!purpose.channels.is_empty()).then(|| chips(w, &purpose.channels))}
                        {retired_parent.map(|parent| view! { <span>{o.below_retired} ": " {parent.name}</span> })}
                    </p>
                </div>
                <div class="tree__marks">
                    {marks(w, o, purpose)}
                    <span class="tree__count">{w.count(purpose.live_consents, o.live_consents_n)}</span>
                </div>
            </div>
            {(!below.is_empty()).then(|| view! { <ul class="tree tree--below">{below}</ul> })}
        </li>
    }
    .into_any()
}

/// What of a purpose is worth a mark.
fn marks(w: &'static Words, o: &'static OfficeWords, purpose: &Purpose) -> impl IntoView + use<> {
    let asked = purpose.asked_by.len() as u64;
    view! {
        {purpose.is_marketing.then(|| view! { <Badge tone=Tone::Info label=o.marketing_mark /> })}
        {purpose.double_opt_in.then(|| view! { <Badge tone=Tone::Good label=o.double_opt_in_mark /> })}
        {(purpose.wordings.is_empty() && purpose.retired_at.is_none()).then(|| view! { <Badge tone=Tone::Wait label=o.no_wording_mark /> })}
        {(asked > 0 && purpose.retired_at.is_some()).then(|| view! { <Badge tone=Tone::Wait label=w.count(asked, o.still_ask_n) /> })}
    }
}

/// Channels, each by itself.
fn chips(w: &'static Words, channels: &[Channel]) -> impl IntoView + use<> {
    let chips = channels.iter().map(|channel| view! { <li class="tag">{w.channel(*channel)}</li> }).collect_view();
    view! { <ul class="tags" aria-label=w.channels>{chips}</ul> }
}

fn validity(w: &'static Words, days: Option<u16>) -> String {
    let term = days.map_or_else(|| w.unlimited.to_owned(), |days| w.count(u64::from(days), w.valid_days_n));
    format!("{}: {term}", w.validity)
}
