//! Pracownicy: accounts of the members of staff, and departments.

mod account_dialog;
mod accounts;
mod departments;
mod leave_dialogs;

use crate::{
    browser,
    data::{Remote, remote},
    route::Page,
    session::use_session,
    ui::{BackLink, Icon, PageHead, Svg, TabBar},
    words::{use_office_words, use_words},
};
use accounts::{Accounts, Adding};
use departments::Departments;
use leptos::prelude::*;
use zgoda_api_types::staff::{Account, Department, Role};
use zgoda_domain::access::Right;

/// Everything that the page is about.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub accounts: Vec<Account>,
    pub roles: Vec<Role>,
    pub departments: Vec<Department>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Accounts,
    Departments,
}

/// Accounts and departments.
#[component]
pub fn StaffPage() -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let session = use_session();
    browser::set_title(o.staff);
    let known: Remote<Known> = remote(|api| async move {
        let (accounts, roles, departments) = (api.accounts().await?, api.roles().await?, api.departments().await?);
        Ok(Known { accounts, roles, departments })
    });
    let may = session.may(Right::EditStaff);
    let tab = RwSignal::new(Tab::Accounts);
    let adding = RwSignal::new(None::<Adding>);
    let add = move |what: Adding, label: &'static str| {
        view! {
            <button type="button" class="button button--primary" on:click=move |_| adding.set(Some(what))>
                <Svg icon=Icon::Plus />{label}
            </button>
        }
    };
    view! {
        <BackLink href=Page::Settings.path() label=w.settings />
        <PageHead title=o.staff text=move || o.staff_text>
            {move || may.then(|| match tab.get() {
                Tab::Accounts => add(Adding::Account, o.add_account),
                Tab::Departments => add(Adding::Department, o.add_department),
            })}
        </PageHead>
        <TabBar label=o.staff tabs=vec![(Tab::Accounts, o.accounts.to_owned()), (Tab::Departments, o.departments.to_owned())] shown=tab />
        {move || match tab.get() {
            Tab::Accounts => view! { <Accounts known may adding /> }.into_any(),
            Tab::Departments => view! { <Departments known may adding /> }.into_any(),
        }}
    }
}
