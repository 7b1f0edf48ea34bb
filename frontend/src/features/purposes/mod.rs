//! Cele przetwarzania: purposes and their immutable wordings.

mod dialogs;

use crate::{
    browser,
    data::remote,
    session::use_session,
    ui::{Await, Badge, Empty, Icon, PageHead, Svg, Tone},
    words::{Words, time, use_words},
};
use dialogs::{PurposeDialog, WordingDialog};
use leptos::prelude::*;
use zgoda_api_types::consents::{Purpose, Wording};
use zgoda_domain::{access::Right, id::PurposeId};

/// All purposes with their wordings.
#[component]
pub fn PurposesPage() -> impl IntoView {
    let w = use_words();
    let session = use_session();
    browser::set_title(w.purposes);
    let purposes = remote(|api| async move { api.purposes().await });
    let adding = RwSignal::new(false);
    let wording_for = RwSignal::new(None::<PurposeId>);
    let may = session.may(Right::EditPurposes);
    view! {
        <PageHead title=w.purposes text=move || w.purposes_text>
            {may.then(|| view! {
                <button type="button" class="button button--primary" on:click=move |_| adding.set(true)>
                    <Svg icon=Icon::Plus />{w.new_purpose}
                </button>
            })}
        </PageHead>
        <Await remote=purposes children={move |purposes: Vec<Purpose>| {
            if purposes.is_empty() {
                return view! {
                    <section class="panel"><Empty icon=Icon::Shield title=w.no_purposes text=w.no_purposes_text /></section>
                }.into_any();
            }
            let cards = purposes.into_iter().map(|purpose| card(w, purpose, may, wording_for)).collect_view();
            view! { <div class="purposes">{cards}</div> }.into_any()
        }} />
        <Show when=move || adding.get()>
            <PurposeDialog on_close=move |()| adding.set(false) on_made=move |()| {
                adding.set(false);
                purposes.refetch();
            } />
        </Show>
        {move || wording_for.get().map(|purpose| view! {
            <WordingDialog purpose on_close=move |()| wording_for.set(None) on_made=move |()| {
                wording_for.set(None);
                purposes.refetch();
            } />
        })}
    }
}

fn card(w: &'static Words, purpose: Purpose, may: bool, wording_for: RwSignal<Option<PurposeId>>) -> impl IntoView {
    let id = purpose.id;
    let name = format!("{}: {}", w.new_wording, purpose.name);
    let channels = purpose.channels.iter().map(|channel| w.channel(*channel)).collect::<Vec<_>>().join(", ");
    let validity =
        purpose.validity_days.map_or_else(|| w.unlimited.to_owned(), |days| w.count(u64::from(days), w.valid_days_n));
    let heading = purpose.name.clone();
    let wordings = purpose.wordings.into_iter().map(|it| wording(w, it)).collect::<Vec<_>>();
    view! {
        <article class="panel" aria-label=purpose.name>
            <div class="panel__head">
                <h2 class="panel__title">{heading}</h2>
                {may.then(|| view! {
                    <button type="button" class="button button--small" aria-label=name on:click=move |_| wording_for.set(Some(id))>
                        <Svg icon=Icon::Plus />{w.new_wording}
                    </button>
                })}
            </div>
            <div class="purpose__facts">
                <span>{w.basis(purpose.basis)}</span>
                <span>{w.channels} ": " {channels}</span>
                <span>{w.validity} ": " {validity}</span>
                {purpose.is_marketing.then(|| view! { <Badge tone=Tone::Info label=w.marketing /> })}
            </div>
            {if wordings.is_empty() {
                view! { <p class="faint">{w.no_wordings}</p> }.into_any()
            } else {
                view! { <div class="purpose__wordings">{wordings}</div> }.into_any()
            }}
        </article>
    }
}

fn wording(w: &'static Words, wording: Wording) -> impl IntoView {
    view! {
        <figure class="wording">
            <figcaption class="wording__head">
                <Badge tone=Tone::Off label=wording.language.code().to_uppercase() />
                {w.version} " " {wording.version} " · " {time::day(w.spoken, time::local(wording.created_at).date())}
            </figcaption>
            <blockquote class="wording__text" lang=wording.language.code()>{wording.text}</blockquote>
            <p class="wording__hash">"SHA-256 " <code>{wording.sha256}</code></p>
        </figure>
    }
}
