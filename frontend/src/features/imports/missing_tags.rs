//! Tags that the file asks for and that there are not: whoever may makes them all at once.

use super::plan::Plan;
use crate::{
    browser,
    data::Sending,
    session::{use_api, use_session},
    ui::{Icon, Summary, Svg},
    words::{use_import_words, use_words, with},
};
use leptos::prelude::*;
use zgoda_api_types::{problem::ProblemCode, tags::TagBody};
use zgoda_domain::{access::Right, tag::TagColour};

/// The names, and the button that makes the tags and checks the rows anew.
#[component]
pub fn MissingTags(plan: Plan, #[prop(into)] on_checked: Callback<()>) -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    let (api, session) = (StoredValue::new(use_api()), use_session());
    let sending = Sending::new();
    // None where the rows were put right instead.
    let names = Memo::new(move |_| {
        plan.import.with(|import| match &import.check {
            Some(check) if check.problems > 0 => import.missing_tags.clone(),
            _ => Vec::new(),
        })
    });
    let make = move |_| {
        let Some((id, version, settings)) = plan.import.with_untracked(|import| {
            let settings = import.settings.clone()?;
            Some((import.id, import.version, settings))
        }) else {
            return;
        };
        let (api, names) = (api.get_value(), names.get_untracked());
        let call = async move {
            for name in names {
                let body = TagBody { name, colour: TagColour::Grey };
                match api.create_tag(&body, Some(&browser::idempotency_key())).await {
                    // Somebody else made it meanwhile.
                    Err(error) if error.code() == Some(ProblemCode::Taken) => {}
                    answer => {
                        answer?;
                    }
                }
            }
            api.save_import_settings(id, version, &settings).await
        };
        sending.run(call, move |saved| {
            plan.import.set(saved.value);
            on_checked.run(());
            browser::focus_id("step");
        });
    };
    view! {
        <Show when=move || names.with(|names| !names.is_empty())>
            <section class="panel stack">
                <h2 class="panel__title">{d.missing_tags}</h2>
                <ul class="tags">
                    {move || names.get().into_iter().map(|name| view! { <li class="client-tag client-tag--grey">{name}</li> }).collect_view()}
                </ul>
                <Summary sending label=|_: String| Some(d.missing_tags.to_owned()) />
                {if session.may(Right::ConfigureFields) {
                    view! {
                        <div class="actions">
                            <button type="button" class="button" disabled=move || sending.is_busy() on:click=make>
                                <Svg icon=Icon::Tag />
                                {move || with(d.make_tags, &w.number(names.with(|names| names.len() as u64)))}
                            </button>
                        </div>
                    }
                    .into_any()
                } else {
                    view! { <p class="faint">{d.missing_tags_ask}</p> }.into_any()
                }}
            </section>
        </Show>
    }
}
