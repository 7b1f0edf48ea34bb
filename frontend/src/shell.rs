//! What stands around every page of a signed-in person: the sidebar, and the guard of unsaved work.

use crate::{
    browser,
    features::{account::ProofDialog, quick_search::QuickSearch},
    lock,
    route::{Page, use_redirect},
    session::{Session, Standing, use_session},
    ui::{Avatar, Failed, Icon, KeysHelp, Menu, MenuItem, Svg},
    words::{Words, spoken, use_words},
};
use leptos::{ev, prelude::*};
use leptos_router::{
    components::{A, Outlet},
    hooks::use_location,
};
use zgoda_api_types::accounts::Theme;
use zgoda_domain::{access::Right, consent::Language};

#[derive(Clone, Copy, PartialEq)]
enum View {
    Waiting,
    /// Nobody knows whose the locked session is before it is unlocked.
    Locked,
    Out,
    In,
    Broken,
}

/// The frame of a signed-in person's pages; everyone else is sent to the sign-in page.
#[component]
pub fn Shell() -> impl IntoView {
    let session = use_session();
    // In its place: Back would only lead here again.
    let redirect = use_redirect();
    // Only the kind matters: a changed preference must not render the page anew.
    let view = Memo::new(move |_| match session.standing() {
        Standing::Asking if session.is_locked() => View::Locked,
        Standing::Asking => View::Waiting,
        Standing::SignedOut => View::Out,
        Standing::SignedIn(_) => View::In,
        Standing::Failed(_) => View::Broken,
    });
    move || match view.get() {
        View::Waiting => view! { <div class="boot"></div> }.into_any(),
        View::Locked => {
            view! { <div class="app"><div class="topbar"><Brand /></div><aside class="sidebar"><Brand /></aside></div> }
                .into_any()
        }
        View::Out => {
            redirect(Page::Login);
            view! { <div class="boot"></div> }.into_any()
        }
        View::In => view! { <Frame /> }.into_any(),
        View::Broken => {
            let Standing::Failed(failure) = session.standing() else { return ().into_any() };
            view! { <main class="lonely"><Failed failure on_retry=move |()| session.ask() /></main> }.into_any()
        }
    }
}

#[component]
fn Frame() -> impl IntoView {
    let session = use_session();
    let drawer = RwSignal::new(false);
    let narrow = RwSignal::new(false);
    let path = use_location().pathname;
    let redirect = use_redirect();
    Effect::new(move || {
        // Until a demanded second factor is shown there is only the place to set one up.
        if session.must_prove() && path.get() != Page::Settings.path() {
            redirect(Page::Settings);
        }
    });
    Effect::new(move |before: Option<()>| {
        path.track();
        drawer.set(false);
        // A new page is announced from its beginning; the first one keeps the browser's own focus.
        if before.is_some() {
            browser::focus_soon("#main");
        }
    });
    view! {
        <div class="app" class:app--narrow=move || narrow.get() class:app--drawer=move || drawer.get()>
            {spoken(move || view! { <Sidebar drawer narrow /> })}
            <div class="app__shade" on:click=move |_| drawer.set(false)></div>
            <main class="app__main" id="main" tabindex="-1"><Outlet /></main>
            {spoken(|| view! { <KeysHelp /> })}
            {move || session.proof_needed().then(|| spoken(|| view! { <ProofDialog /> }))}
        </div>
    }
}

#[component]
fn Sidebar(drawer: RwSignal<bool>, narrow: RwSignal<bool>) -> impl IntoView {
    let w = use_words();
    let session = use_session();
    let link = move |right: Right, page: Page, icon: Icon, label: &'static str| {
        session.may(right).then(|| view! { <NavLink page icon label /> })
    };
    let merges = session.may(Right::DeleteClients) && session.may(Right::EditClients);
    let searches = session.may(Right::ViewClients) && !session.must_prove();
    let privacy =
        [Right::ViewPurposes, Right::ViewClients, Right::ViewAudit].into_iter().any(|right| session.may(right));
    view! {
        <header class="topbar" class:topbar--search=searches>
            <button
                type="button"
                class="button button--quiet button--icon"
                aria-expanded=move || drawer.get().to_string()
                aria-controls="sidebar"
                on:click=move |_| drawer.update(|open| *open = !*open)
            >
                <Svg icon=Icon::Menu />
                <span class="visually-hidden">{w.menu}</span>
            </button>
            <Brand />
            {searches.then(|| view! { <QuickSearch /> })}
        </header>
        <aside class="sidebar" id="sidebar">
            <div class="sidebar__head">
                <Brand />
                <button
                    type="button"
                    class="button button--quiet button--icon sidebar__fold"
                    aria-pressed=move || narrow.get().to_string()
                    on:click=move |_| narrow.update(|narrow| *narrow = !*narrow)
                >
                    <Svg icon=Icon::Sidebar />
                    <span class="visually-hidden">{w.fold_sidebar}</span>
                </button>
            </div>
            <nav class="nav" aria-label=w.main_menu>
                <p class="nav__group">"CRM"</p>
                {link(Right::ViewClients, Page::Clients, Icon::Clients, w.clients)}
                {link(Right::ImportClients, Page::Imports, Icon::Upload, w.imports)}
                {merges.then(|| view! { <NavLink page=Page::Duplicates icon=Icon::Merge label=w.duplicates /> })}
                {link(Right::ViewClients, Page::Jobs, Icon::Jobs, w.jobs)}
                {link(Right::ViewForms, Page::Forms, Icon::Forms, w.forms)}
                {link(Right::ViewSubmissions, Page::Submissions, Icon::Inbox, w.submissions)}
                {privacy.then(|| view! { <p class="nav__group">{w.privacy}</p> })}
                {link(Right::ViewPurposes, Page::Purposes, Icon::Shield, w.purposes)}
                {link(Right::ViewClients, Page::Expiring, Icon::Clock, w.expiring)}
                {link(Right::ViewAudit, Page::Audit, Icon::Activity, w.activities)}
                {link(Right::ViewAudit, Page::Ledger, Icon::Lock, w.ledger)}
                <p class="nav__group">{w.account}</p>
                {link(Right::UseOwnAccount, Page::Settings, Icon::Settings, w.settings)}
            </nav>
            <UserBox />
        </aside>
    }
}

#[component]
fn Brand() -> impl IntoView {
    view! {
        <span class="brand">
            <span class="brand__mark" aria-hidden="true"><Svg icon=Icon::Check /></span>
            <span class="brand__name">"Zgoda"</span>
        </span>
    }
}

#[component]
fn NavLink(page: Page, icon: Icon, label: &'static str) -> impl IntoView {
    let address = page.path();
    let path = use_location().pathname;
    let mine = address.clone();
    let current = move || {
        let path = path.get();
        (path == mine || path.starts_with(&format!("{mine}/"))).then_some("page")
    };
    view! {
        <a href=address class="nav__link" aria-current=current title=label>
            <Svg icon />
            <span class="nav__label">{label}</span>
        </a>
    }
}

#[component]
fn UserBox() -> impl IntoView {
    let w = use_words();
    let session = use_session();
    let (shown, role) = session.me().map(|me| (me.name, w.role(&me.role.name, me.role.template))).unwrap_or_default();
    let theme = move |theme| Callback::new(move |()| session.choose_theme(theme));
    let language = move |language| {
        Callback::new(move |()| {
            if language != session.language() && (!session.has_unsaved() || browser::confirm(w.leave_unsaved)) {
                session.set_unsaved(false);
                session.choose_language(language);
            }
        })
    };
    view! {
        <div class="user">
            <Menu
                class="user__button"
                label=move || {
                    view! {
                        <span class="visually-hidden">{w.account} ": "</span>
                        <Avatar name=shown.clone() />
                        <span class="user__words">
                            <span class="user__name">{shown.clone()}</span>
                            <span class="user__role">{role.clone()}</span>
                        </span>
                        <Svg icon=Icon::ChevronDown />
                    }
                }
            >
                <p class="menu__group">{w.language}</p>
                <MenuItem label=w.language_pl on_select=language(Language::Pl) />
                <MenuItem label=w.language_en on_select=language(Language::En) />
                <p class="menu__group">{w.theme}</p>
                <MenuItem label=w.theme_system on_select=theme(None) />
                <MenuItem label=w.theme_light on_select=theme(Some(Theme::Light)) />
                <MenuItem label=w.theme_dark on_select=theme(Some(Theme::Dark)) />
                <hr class="menu__line" />
                <MenuItem label=w.lock_now icon=Icon::Lock keys="Ctrl+Shift+L" on_select=move |()| lock::lock(session) />
                <MenuItem label=w.sign_out icon=Icon::SignOut on_select=move |()| lock::sign_out(session) />
            </Menu>
        </div>
    }
}

/// An address that leads nowhere.
#[component]
pub fn Missing() -> impl IntoView {
    let w = use_words();
    view! {
        <main class="lonely">
            <div class="empty">
                <h1 class="empty__title">{w.missing_title}</h1>
                <p class="empty__text">{w.missing_text}</p>
                <A href=Page::Clients.path() attr:class="button">{w.back_to_clients}</A>
            </div>
        </main>
    }
}

/// Asks before unsaved work is left: by closing the tab, by following a link, or by the browser's Back and Forward.
pub fn guard_unsaved(session: Session) {
    let leaving = window_event_listener(ev::beforeunload, move |event| {
        if session.has_unsaved() {
            event.prevent_default();
        }
    });
    on_cleanup(move || leaving.remove());
    // By the time the browser tells of Back the address is another one already.
    let work_at = StoredValue::new(String::new());
    Effect::new(move || {
        if session.watch_unsaved() {
            work_at.set_value(browser::here());
        }
    });
    browser::on_history_step(move |event| {
        if !session.has_unsaved() {
            return;
        }
        if browser::confirm(Words::of(session.language_untracked()).leave_unsaved) {
            session.set_unsaved(false);
        } else {
            // The router hears nothing of it, so the page stays as it is.
            event.stop_immediate_propagation();
            browser::stay_at(&work_at.get_value());
        }
    });
    browser::on_link_click(move |link, event| {
        let elsewhere = link.has_attribute("target")
            || link.has_attribute("download")
            || link.get_attribute("href").is_some_and(|href| href.starts_with('#'));
        if elsewhere || !session.has_unsaved() {
            return;
        }
        if browser::confirm(Words::of(session.language_untracked()).leave_unsaved) {
            session.set_unsaved(false);
        } else {
            event.prevent_default();
            event.stop_immediate_propagation();
        }
    });
}
