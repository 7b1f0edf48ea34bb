//! The first owner, signing in, and forgotten passwords.

mod invite_page;
mod login_page;
mod prove;
mod reset_page;
mod second_step;
mod setup_page;

pub use invite_page::InvitePage;
pub use login_page::LoginPage;
pub use prove::ProofDialog;
pub use reset_page::ResetPage;
pub use second_step::SecondStep;
pub use setup_page::SetupPage;

use crate::{
    session::use_session,
    ui::{Icon, Svg},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_domain::consent::Language;

/// The card in the middle of a page for people who are not signed in.
#[component]
fn Doorway(#[prop(into)] title: String, children: Children) -> impl IntoView {
    let w = use_words();
    let session = use_session();
    let other = match w.spoken {
        Language::Pl => Language::En,
        Language::En => Language::Pl,
    };
    view! {
        <main class="doorway">
            <div class="doorway__card">
                <span class="brand">
                    <span class="brand__mark" aria-hidden="true"><Svg icon=Icon::Check /></span>
                    <span class="brand__name">"Zgoda"</span>
                </span>
                <h1 class="doorway__title">{title}</h1>
                {children()}
            </div>
            <button
                type="button"
                class="button button--quiet"
                lang=other.code()
                on:click=move |_| session.choose_language(other)
            >
                {w.language_name(other)}
            </button>
        </main>
    }
}

/// What happened, above a form or instead of it.
#[component]
fn Note(title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <div class="note">
            <Svg icon=Icon::Check />
            <div>
                <p class="note__title">{title}</p>
                <p>{text}</p>
            </div>
        </div>
    }
}
