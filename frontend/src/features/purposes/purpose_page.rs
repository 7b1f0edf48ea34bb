//! One purpose: what it is, what rests on it, and its wordings.

use super::{
    chips,
    compare::{CompareDialog, Compared},
    drafts_dialog::{Drafted, DraftsDialog},
    marks,
    purpose_dialog::PurposeDialog,
    validity,
    wording_dialog::WordingDialog,
    wordings::wordings,
};
use crate::{
    browser,
    data::{Remote, Sending, remote},
    route::Page,
    session::{use_api, use_session},
    ui::{Await, BackLink, Badge, Confirm, Empty, Icon, PageHead, Summary, Svg, Tone, use_toasts},
    words::{OfficeWords, Words, time, use_office_words, use_words},
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_params_map};
use zgoda_api_types::consents::{AskingForm, Purpose};
use zgoda_domain::{access::Right, id::PurposeId};

/// What is open over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Edit,
    Wording,
    Drafts,
    Retire,
}

/// A purpose by the id in the address.
#[component]
pub fn PurposePage() -> impl IntoView {
    let w = use_words();
    let params = use_params_map();
    let purposes = remote(|api| async move { api.purposes().await });
    let id = Memo::new(move |_| params.with(|params| params.get("id")?.parse::<PurposeId>().ok()));
    view! {
        <BackLink href=Page::Purposes.path() label=w.purposes />
        <Await remote=purposes children={move |all: Vec<Purpose>| {
            match all.iter().find(|purpose| Some(purpose.id) == id.get()).cloned() {
                Some(purpose) => view! { <Details all purpose purposes /> }.into_any(),
                None => view! { <PageHead title=w.missing_title text=move || w.missing_text /> }.into_any(),
            }
        }} />
    }
}

#[component]
fn Details(all: Vec<Purpose>, purpose: Purpose, purposes: Remote<Vec<Purpose>>) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    browser::set_title(&purpose.name);
    let may = session.may(Right::EditPurposes);
    let id = purpose.id;
    let open = RwSignal::new(Open::Nothing);
    let comparing = RwSignal::new(None::<Compared>);
    let sending = Sending::new();
    let close = move |()| open.set(Open::Nothing);
    let done = move |()| {
        open.set(Open::Nothing);
        purposes.refetch();
    };
    let restore_api = api.clone();
    let restore = move |_| {
        let api = restore_api.clone();
        sending.run(async move { api.restore_purpose(id).await }, move |_| {
            toasts.say(o.purpose_restored);
            purposes.refetch();
        });
    };
    let retire = Callback::new(move |()| {
        open.set(Open::Nothing);
        let api = api.clone();
        sending.run(async move { api.retire_purpose(id).await }, move |_| {
            toasts.say(o.purpose_retired);
            purposes.refetch();
        });
    });
    let retired = purpose.retired_at;
    let drafted = Drafted {
        id,
        name: purpose.name.clone(),
        marketing: purpose.is_marketing,
        channels: purpose
            .channels
            .iter()
            .copied()
            .filter(|channel| {
                // Where there is a text for the channel already, a person wrote it: no suggestion.
                purpose.wordings.iter().all(|wording| wording.channel != Some(*channel))
            })
            .collect(),
    };
    let suggests =
        may && retired.is_none() && purpose.is_marketing && purpose.channels.len() > 1 && !drafted.channels.is_empty();
    let missing = drafted.channels.iter().map(|channel| w.channel(*channel)).collect::<Vec<_>>().join(", ");
    let head_marks = {
        let purpose = purpose.clone();
        move || {
            view! {
                <span class="marks">
                    {retired.is_some().then(|| view! { <Badge tone=Tone::Off label=o.retired_mark /> })}
                    {marks(w, o, &purpose)}
                </span>
            }
        }
    };
    let forms_link = session.may(Right::ViewForms);
    let asked = purpose.asked_by.clone();
    let retire_text = retire_text(w, o, &purpose);
    let kept = StoredValue::new(purpose.clone());
    let all_kept = StoredValue::new(all.clone());
    let empty = purpose.wordings.is_empty();
    view! {
        <PageHead title=purpose.name.clone() text=head_marks>
            {may.then(|| view! {
                <button type="button" class="button" on:click=move |_| open.set(Open::Edit)><Svg icon=Icon::Edit />{w.edit}</button>
                {match retired {
                    None => view! {
                        <button type="button" class="button" disabled=move || sending.is_busy() on:click=move |_| open.set(Open::Retire)><Svg icon=Icon::Ban />{o.retire}</button>
                        <button type="button" class="button button--primary" on:click=move |_| open.set(Open::Wording)><Svg icon=Icon::Plus />{w.new_wording}</button>
                    }.into_any(),
                    Some(_) => view! {
                        <button type="button" class="button" disabled=move || sending.is_busy() on:click=restore><Svg icon=Icon::Restore />{o.restore}</button>
                    }.into_any(),
                }}
            })}
        </PageHead>
        <Summary sending label=|_: String| None />
        {retired.map(|at| retired_note(w, o, at, asked.clone(), forms_link))}
        <div class="purpose">
            <section class="panel purpose__about" aria-label=o.about>
                <h2 class="panel__title">{o.about}</h2>
                {about(w, o, &purpose, &all)}
                {(retired.is_none() && !asked.is_empty()).then(|| view! {
                    <h3 class="purpose__forms">{o.asked_by}</h3>
                    {forms(asked, forms_link)}
                })}
            </section>
            <section class="panel" aria-label=w.wordings>
                <h2 class="panel__title">{w.wordings}</h2>
                {suggests.then(|| view! {
                    <div class="note note--wait">
                        <Svg icon=Icon::Warning />
                        <div>
                            <p>{o.per_channel_missing} ": " <strong>{missing}</strong>"."</p>
                            <button type="button" class="button button--small" on:click=move |_| open.set(Open::Drafts)>{o.suggest}</button>
                        </div>
                    </div>
                })}
                {if empty {
                    view! { <Empty icon=Icon::Shield title=o.no_wordings_title text=w.no_wordings /> }.into_any()
                } else {
                    view! { <div class="purpose__wordings">{wordings(w, o, &purpose, comparing)}</div> }.into_any()
                }}
            </section>
        </div>
        {move || match open.get() {
            Open::Nothing => ().into_any(),
            Open::Edit => view! {
                <PurposeDialog all=all_kept.get_value() purpose=kept.get_value() on_close=close on_made=|_| {} on_changed=move |_| done(()) />
            }.into_any(),
            Open::Wording => view! { <WordingDialog purpose=kept.get_value() on_close=close on_made=done /> }.into_any(),
            Open::Drafts => view! { <DraftsDialog drafted=drafted.clone() on_close=close on_made=done /> }.into_any(),
            Open::Retire => view! {
                <Confirm title=format!("{} „{}”?", o.retire_title, kept.with_value(|it| it.name.clone())) text=retire_text.clone()
                    action=o.retire on_confirm=retire on_close=close />
            }.into_any(),
        }}
        {move || comparing.get().map(|begin| view! {
            <CompareDialog purpose=kept.get_value() begin on_close=move |()| comparing.set(None) />
        })}
    }
}

/// What retiring does, with the numbers of this purpose.
fn retire_text(w: &'static Words, o: &'static OfficeWords, purpose: &Purpose) -> String {
    let live = w.count(purpose.live_consents, o.live_consents_n);
    let mut text = format!("{} {}: {live}.", o.retire_text, o.retire_stand);
    if !purpose.asked_by.is_empty() {
        let forms = w.count(purpose.asked_by.len() as u64, o.still_ask_n);
        text = format!("{text} {forms}: {}.", names(&purpose.asked_by));
    }
    text
}

fn names(forms: &[AskingForm]) -> String {
    forms.iter().map(|form| format!("„{}”", form.name)).collect::<Vec<_>>().join(", ")
}

fn retired_note(
    w: &'static Words,
    o: &'static OfficeWords,
    at: chrono::DateTime<chrono::Utc>,
    asked: Vec<AskingForm>,
    forms_link: bool,
) -> impl IntoView + use<> {
    let since = format!("{} {}. {}", o.retired_since, time::day(w.spoken, time::local(at).date()), o.retired_text);
    let count = w.count(asked.len() as u64, o.still_ask_n);
    view! {
        <section class="note" role="note">
            <Svg icon=Icon::Ban />
            <div>
                <p>{since}</p>
                {(!asked.is_empty()).then(|| view! {
                    <p class="note__title">{count} ":"</p>
                    {forms(asked, forms_link)}
                })}
            </div>
        </section>
    }
}

fn forms(asked: Vec<AskingForm>, links: bool) -> impl IntoView + use<> {
    let one = |form: AskingForm| {
        let name = form.name;
        if links {
            view! { <li><A href=Page::Form(form.id).path()>{name}</A></li> }.into_any()
        } else {
            view! { <li>{name}</li> }.into_any()
        }
    };
    view! { <ul class="plain-list">{asked.into_iter().map(one).collect_view()}</ul> }
}

fn about(w: &'static Words, o: &'static OfficeWords, purpose: &Purpose, all: &[Purpose]) -> impl IntoView + use<> {
    let link = |purpose: &Purpose| {
        let (id, name) = (purpose.id, purpose.name.clone());
        view! { <A href=Page::Purpose(id).path()>{name}</A> }
    };
    let parent = all.iter().find(|other| purpose.parent_id == Some(other.id)).map(link);
    let below: Vec<_> = all
        .iter()
        .filter(|other| other.parent_id == Some(purpose.id))
        .map(|it| view! { <li>{link(it)}</li> })
        .collect();
    let fact = |label: &'static str, value: AnyView| view! { <div class="fact"><dt>{label}</dt><dd>{value}</dd></div> };
    let term = validity(w, purpose.validity_days);
    let term = term.split_once(": ").map_or_else(|| term.clone(), |(_, term)| term.to_owned());
    let yes_no = |yes| if yes { w.yes } else { w.no };
    view! {
        <dl class="facts facts--one">
            {fact(w.basis, w.basis(purpose.basis).into_any())}
            {fact(w.channels, chips(w, &purpose.channels).into_any())}
            {fact(w.marketing, yes_no(purpose.is_marketing).into_any())}
            {fact(w.validity, term.into_any())}
            {fact(w.purpose_double_opt_in, yes_no(purpose.double_opt_in).into_any())}
            {parent.map(|parent| fact(w.purpose_parent, parent.into_any()))}
            {(!below.is_empty()).then(|| fact(o.below, view! { <ul class="plain-list">{below}</ul> }.into_any()))}
            {fact(o.live_consents, w.number(purpose.live_consents).into_any())}
        </dl>
    }
}
