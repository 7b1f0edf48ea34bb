//! Osadzanie: ways to put the published form on a website.

use super::snippets;
use crate::{
    data::remote,
    ui::{Await, CopyBlock, Icon, Svg},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_api_types::forms::PublicForm;

/// Snippets for a published form.
#[component]
pub fn Embed(base: String, public_id: String, script_path: String, integrity: String) -> impl IntoView {
    let w = use_words();
    let id = public_id.clone();
    let form = remote(move |api| {
        let id = id.clone();
        async move { api.public_form(&id).await }
    });
    let page = format!("{base}/f/{public_id}");
    let shown = page.clone();
    view! {
        <section class="panel" aria-label=w.tab_embed>
            <div class="embed">
                <p>{w.embed_text} " " {w.embed_origins_note}</p>
                <p><a href=page target="_blank" rel="noopener"><Svg icon=Icon::External />" " {w.open_form}</a></p>
                <Await remote=form children={move |form: PublicForm| {
                    let (base, id) = (base.as_str(), public_id.as_str());
                    view! {
                        <CopyBlock label=w.embed_link text=shown.clone() />
                        <CopyBlock label=w.embed_script text=snippets::script(base, id) />
                        <CopyBlock label=w.embed_script_pinned text=snippets::pinned_script(base, id, &script_path, &integrity) />
                        <CopyBlock label=w.embed_iframe text=snippets::frame(base, id, &form.title) />
                        <CopyBlock label=w.embed_html text=snippets::html(base, id, &form) />
                        <CopyBlock label=w.embed_json text=snippets::json(base, id, &form) />
                    }
                }} />
            </div>
        </section>
    }
}
