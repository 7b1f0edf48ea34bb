//! Parts that every page is made of.

use crate::{
    browser,
    ui::{Icon, Svg},
    words::use_words,
};
use leptos::prelude::*;
use leptos_router::components::A;

/// A page's heading with its actions.
#[component]
pub fn PageHead(
    #[prop(into)] title: String,
    #[prop(into, optional)] text: ViewFn,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="head">
            <div class="head__words">
                <h1 class="head__title">{title}</h1>
                <p class="head__text">{move || text.run()}</p>
            </div>
            <div class="head__actions">{children.map(|children| children())}</div>
        </header>
    }
}

/// The way back up.
#[component]
pub fn BackLink(#[prop(into)] href: String, #[prop(into)] label: String) -> impl IntoView {
    view! {
        <A href attr:class="back">
            <Svg icon=Icon::ChevronLeft />
            {label}
        </A>
    }
}

/// What a mark means; each has its own shape as well as its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Wait,
    Bad,
    Off,
    Info,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "badge badge--good",
            Self::Wait => "badge badge--wait",
            Self::Bad => "badge badge--bad",
            Self::Off => "badge badge--off",
            Self::Info => "badge badge--info",
        }
    }

    /// A tick, a clock, a cross, an empty ring, a full dot.
    const fn shape(self) -> &'static str {
        match self {
            Self::Good => "M2 6.300 4.800 9 10 3.500",
            Self::Wait => "M6 2.500V6l2.300 1.500M6 10.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9Z",
            Self::Bad => "m3 3 6 6M9 3 3 9",
            Self::Off => "M6 9.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7Z",
            Self::Info => "M6 4.500a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3Z",
        }
    }
}

/// A state: shape, text and colour.
#[component]
pub fn Badge(tone: Tone, #[prop(into)] label: String) -> impl IntoView {
    view! {
        <span class=tone.class()>
            <svg class="badge__mark" viewBox="0 0 12 12" aria-hidden="true"><path d=tone.shape() /></svg>
            {label}
        </span>
    }
}

/// A value that the person's role does not show: only that there is one.
#[component]
pub fn Masked() -> impl IntoView {
    let w = use_words();
    view! {
        <span class="masked" title=w.masked>
            <span aria-hidden="true">{MASK}</span>
            <span class="visually-hidden">{w.masked}</span>
        </span>
    }
}

/// What stands for a value that is not shown.
pub const MASK: &str = "•••";

/// The initials of a name in a coloured circle.
#[component]
pub fn Avatar(#[prop(into)] name: String, #[prop(optional)] large: bool) -> impl IntoView {
    let initials: String =
        name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric())).take(2).collect();
    let hue = name.chars().fold(7u32, |sum, c| sum.wrapping_mul(31).wrapping_add(u32::from(c))) % 6;
    let size = if large { " avatar--large" } else { "" };
    view! { <span class=format!("avatar avatar--{hue}{size}") aria-hidden="true">{initials.to_uppercase()}</span> }
}

/// The button that sends a form; Enter does the same.
#[component]
pub fn SubmitButton(#[prop(into)] label: String, #[prop(into)] busy: Signal<bool>) -> impl IntoView {
    view! {
        <button type="submit" class="button button--primary" disabled=move || busy.get() aria-busy=move || busy.get().to_string()>
            {label}
        </button>
    }
}

/// A text to copy, with its button.
#[component]
pub fn CopyBlock(#[prop(into)] label: String, #[prop(into)] text: String) -> impl IntoView {
    let w = use_words();
    let copied = RwSignal::new(false);
    let kept = text.clone();
    view! {
        <div class="copy">
            <div class="copy__head">
                <span class="copy__label">{label}</span>
                <button
                    type="button"
                    class="button button--small"
                    on:click=move |_| {
                        browser::copy(&kept);
                        copied.set(true);
                    }
                >
                    <Svg icon=Icon::Copy />
                    {move || if copied.get() { w.copied } else { w.copy }}
                </button>
            </div>
            <pre class="copy__text" tabindex="0"><code>{text}</code></pre>
        </div>
    }
}

/// Tabs of a page: which part of it is shown.
#[component]
pub fn TabBar<T>(#[prop(into)] label: String, tabs: Vec<(T, String)>, shown: RwSignal<T>) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let tabs = tabs.into_iter().map(|(tab, label)| {
        view! {
            <button type="button" role="tab" class="tab" aria-selected=move || (shown.get() == tab).to_string() on:click=move |_| shown.set(tab)>
                {label}
            </button>
        }
    });
    view! { <div class="tabs" role="tablist" aria-label=label>{tabs.collect_view()}</div> }
}
