//! What a role allows in the end, in words.

use crate::{
    ui::{Badge, Icon, Svg, Tone, rights_words},
    words::{OfficeWords, Words, use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::custom_fields::CustomField;
use zgoda_domain::{
    access::{Access, DepartmentLimit, FieldRestriction, Network},
    field_ref::FieldRef,
};

/// A field's name; one that was deleted has none any more.
pub(super) fn field_name(w: &Words, custom: &[CustomField], field: FieldRef) -> String {
    match field {
        FieldRef::Builtin(builtin) => w.builtin(builtin).to_owned(),
        FieldRef::Custom(id) => {
            let known = custom.iter().find(|field| field.id == id);
            known.map_or_else(|| w.deleted_field.to_owned(), |field| w.field_name(field))
        }
    }
}

/// Rights, restricted fields and limits.
#[component]
pub fn Effect(
    #[prop(into)] access: Signal<Access>,
    #[prop(into)] networks: Signal<Vec<Network>>,
    custom: StoredValue<Vec<CustomField>>,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    move || {
        let access = access.get();
        let lines = rights_words(o, &access.rights());
        let nothing = lines.is_empty().then(|| view! { <p class="faint">{o.no_rights}</p> });
        let rights = lines
            .into_iter()
            .map(|(module, words)| view! { <div class="fact"><dt>{module}</dt><dd>{words}</dd></div> })
            .collect_view();
        let limits = limits(o, &access, &networks.get());
        let limits = limits
            .into_iter()
            .map(|text| view! { <li class="effect__limit"><Svg icon=Icon::Lock />{text}</li> })
            .collect::<Vec<_>>();
        view! {
            {nothing}
            <dl class="effect__rights">{rights}</dl>
            <h3 class="effect__title">{o.field_rights}</h3>
            {fields(w, o, &access, custom)}
            {(!limits.is_empty()).then(|| view! {
                <h3 class="effect__title">{o.limits}</h3>
                <ul class="effect__limits">{limits}</ul>
            })}
        }
    }
}

fn fields(
    w: &'static Words,
    o: &'static OfficeWords,
    access: &Access,
    custom: StoredValue<Vec<CustomField>>,
) -> AnyView {
    let restricted: Vec<_> = access.fields().iter().collect();
    if restricted.is_empty() {
        return view! { <p class="faint">{o.fields_all_open}</p> }.into_any();
    }
    let items = restricted.into_iter().map(|(field, restriction)| {
        let name = custom.with_value(|custom| field_name(w, custom, field));
        let tone = match restriction {
            FieldRestriction::Hidden => Tone::Bad,
            FieldRestriction::Masked => Tone::Wait,
            FieldRestriction::ReadOnly | FieldRestriction::Open => Tone::Info,
        };
        view! { <li class="effect__field"><span>{name}</span><Badge tone label=o.restriction(restriction) /></li> }
    });
    view! { <ul class="effect__fields">{items.collect_view()}</ul> }.into_any()
}

fn limits(o: &OfficeWords, access: &Access, networks: &[Network]) -> Vec<String> {
    let departments = (access.departments() != DepartmentLimit::Unlimited)
        .then(|| format!("{}: {}", o.department_limit, o.department_limit(access.departments())));
    let reason = access.needs_reason().then(|| o.needs_reason.to_owned());
    let second = access.needs_second_factor().then(|| o.needs_second_factor.to_owned());
    let listed: Vec<_> = networks.iter().map(ToString::to_string).collect();
    let whence = (!listed.is_empty()).then(|| format!("{}: {}", o.networks, listed.join(", ")));
    [departments, reason, whence, second].into_iter().flatten().collect()
}
