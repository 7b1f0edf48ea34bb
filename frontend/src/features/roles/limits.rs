//! Limits that hold for everything a role allows: departments, reasons, networks, the second factor.

use super::draft::{RoleDraft, Whence, inherited_networks};
use crate::{
    data::Sending,
    ui::{Choice, NetworksField},
    words::use_office_words,
};
use leptos::prelude::*;
use zgoda_api_types::staff::Role;
use zgoda_domain::access::{Access, DepartmentLimit, role::RoleDefinition};

/// The choices, each with what silence means.
#[component]
pub fn Limits(
    draft: RoleDraft,
    #[prop(into)] inherited: Signal<Access>,
    silence: Signal<&'static str>,
    roles: StoredValue<Vec<Role>>,
    sending: Sending,
) -> impl IntoView {
    let o = use_office_words();
    let departments = Signal::derive(move || {
        let by_itself = inherited.with(Access::departments);
        let mut options = vec![(String::new(), format!("{}: {}", silence.get(), o.department_limit(by_itself)))];
        options
            .extend(DepartmentLimit::ALL.iter().map(|it| (it.code().to_owned(), o.department_limit(*it).to_owned())));
        options
    });
    let chosen = Signal::derive(move || {
        draft.definition.with(|it| it.departments).map(DepartmentLimit::code).unwrap_or_default().to_owned()
    });
    let set_departments = move |code: String| draft.set_departments(DepartmentLimit::from_code(&code));
    let whence_options = Signal::derive(move || {
        let limited = !roles.with_value(|roles| inherited_networks(roles, draft.parent.get())).is_empty();
        let by_itself = if limited { o.networks_listed } else { o.networks_anywhere };
        Whence::ALL
            .map(|it| {
                let label = match it {
                    Whence::Inherited => format!("{}: {}", silence.get(), by_itself.to_lowercase()),
                    Whence::Anywhere => o.networks_anywhere.to_owned(),
                    Whence::Listed => o.networks_listed.to_owned(),
                };
                (it.code().to_owned(), label)
            })
            .to_vec()
    });
    let whence = Signal::derive(move || draft.whence.get().code().to_owned());
    let set_whence = move |code: String| {
        if let Some(chosen) = Whence::ALL.into_iter().find(|it| it.code() == code) {
            draft.whence.set(chosen);
        }
    };
    view! {
        <div class="edit__grid">
            <Choice label=o.department_limit value=chosen options=departments on_choose=set_departments marked=chosen_here(chosen) hint=o.department_limit_hint
                pointer="/definition/departments" problem=sending.problem("/definition/departments") />
            <YesNo draft label=o.needs_reason hint=o.needs_reason_hint silence pointer="/definition/needs_reason" sending
                inherited=Signal::derive(move || inherited.with(Access::needs_reason))
                member=|it| &mut it.needs_reason />
            <YesNo draft label=o.needs_second_factor hint=o.second_factor_hint silence pointer="/definition/needs_second_factor" sending
                inherited=Signal::derive(move || inherited.with(Access::needs_second_factor))
                member=|it| &mut it.needs_second_factor />
            <Choice label=o.networks value=whence options=whence_options on_choose=set_whence marked=chosen_here(whence) />
            <Show when=move || draft.whence.get() == Whence::Listed>
                <div class="edit__cell--wide">
                    <NetworksField label=o.networks_listed text=draft.networks sending pointer="/definition/networks" hint=o.networks_hint />
                </div>
            </Show>
        </div>
    }
}

#[component]
fn YesNo(
    draft: RoleDraft,
    label: &'static str,
    hint: &'static str,
    silence: Signal<&'static str>,
    pointer: &'static str,
    sending: Sending,
    inherited: Signal<bool>,
    /// The member of the definition that is chosen here.
    member: fn(&mut RoleDefinition) -> &mut Option<bool>,
) -> impl IntoView {
    let o = use_office_words();
    let word = move |yes: bool| if yes { o.right_yes } else { o.right_no };
    let options = Signal::derive(move || {
        vec![
            (String::new(), format!("{}: {}", silence.get(), word(inherited.get()))),
            ("yes".to_owned(), word(true).to_owned()),
            ("no".to_owned(), word(false).to_owned()),
        ]
    });
    let value = Signal::derive(move || {
        let chosen = draft.definition.with(|it| *member(&mut it.clone()));
        chosen.map_or("", |yes| if yes { "yes" } else { "no" }).to_owned()
    });
    let on_choose = move |code: String| {
        let chosen = match code.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        draft.definition.update(|it| *member(it) = chosen);
    };
    view! { <Choice label value options on_choose marked=chosen_here(value) pointer problem=sending.problem(pointer) hint /> }
}

fn chosen_here(value: Signal<String>) -> Signal<bool> {
    Signal::derive(move || value.with(|value| !value.is_empty()))
}
