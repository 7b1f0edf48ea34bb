//! Names of what an activity touched: the log knows custom fields and purposes by their ids, which never change.

use crate::{
    session::{use_api, use_session},
    words::{Words, use_words},
};
use leptos::{prelude::*, task::spawn_local};
use std::collections::HashMap;
use uuid::Uuid;
use zgoda_domain::{access::Right, client::BuiltinField, consent::Channel, second_factor::FactorKind};

/// Looks names up by what the log says, for example `custom:0198…`.
#[derive(Clone, Copy)]
pub struct TouchedNames(RwSignal<HashMap<String, String>>);

impl TouchedNames {
    pub fn read() -> Self {
        let (api, names) = (use_api(), RwSignal::new(HashMap::new()));
        // Not a resource: the page must not wait for it.
        spawn_local(async move {
            let fields = api.custom_fields().await.unwrap_or_default();
            let purposes = api.purposes().await.unwrap_or_default();
            let fields = fields.into_iter().map(|field| (format!("custom:{}", field.id), field.name));
            let all = fields.chain(purposes.into_iter().map(|it| (format!("purpose:{}", it.id), it.name)));
            // The page may be gone by now.
            names.try_update(|names: &mut HashMap<String, String>| names.extend(all));
        });
        Self(names)
    }

    /// The same, and the names of people, departments, roles and tags, as far as whoever looks may see them.
    pub fn read_with_people() -> Self {
        let names = Self::read();
        let (w, api, session) = (use_words(), use_api(), use_session());
        let (staff, clients) = (session.may(Right::ViewStaff), session.may(Right::ViewClients));
        spawn_local(async move {
            let mut known: Vec<(String, String)> = Vec::new();
            let departments = api.departments().await.unwrap_or_default();
            known.extend(departments.into_iter().map(|it| (it.id.to_string(), it.name)));
            if clients {
                let colleagues = api.colleagues().await.unwrap_or_default();
                known.extend(colleagues.into_iter().map(|it| (it.id.to_string(), it.name)));
                known.extend(api.tags().await.unwrap_or_default().into_iter().map(|it| (it.id.to_string(), it.name)));
            }
            if staff {
                // Also of those who left.
                let accounts = api.accounts().await.unwrap_or_default();
                known.extend(accounts.into_iter().map(|it| (it.id.to_string(), it.name)));
                let roles = api.roles().await.unwrap_or_default();
                known.extend(roles.into_iter().map(|it| (it.id.to_string(), w.role(&it.name, it.template))));
            }
            names.0.try_update(|names| names.extend(known));
        });
        names
    }

    /// The name of what a value is the id of; reactive.
    pub fn of_id(self, id: &str) -> Option<String> {
        self.0.with(|names| names.get(id).filter(|_| Uuid::try_parse(id).is_ok()).cloned())
    }

    /// What an activity touched, in words; reactive.
    pub fn list(self, w: &'static Words, touched: &[String]) -> String {
        self.0.with(|names| touched.iter().map(|key| name(w, names, key)).collect::<Vec<_>>().join(", "))
    }
}

fn name(w: &'static Words, names: &HashMap<String, String>, key: &str) -> String {
    let builtin = || BuiltinField::from_key(key).map(|field| w.builtin(field));
    let own = || match key {
        "owner" | "owner_id" => Some(w.client_owner),
        "tags" | "tag" => Some(w.field_tags),
        "department" | "department_id" => Some(w.department),
        "kind" => Some(w.kind),
        "password" => Some(w.password),
        "basis" => Some(w.basis),
        "is_marketing" => Some(w.marketing),
        "channels" => Some(w.channels),
        "validity_days" => Some(w.validity),
        "parent" => Some(w.purpose_parent),
        "double_opt_in" => Some(w.purpose_double_opt_in),
        _ => None,
    };
    let channel = || key.strip_prefix("channel:").and_then(Channel::from_code).map(|channel| w.channel(channel));
    let factor = || FactorKind::from_code(key).map(|kind| w.factor_kind(kind));
    // A field that was deleted for good has no name any more.
    let gone = || key.starts_with("custom:").then_some(w.record_custom_field);
    match names.get(key) {
        Some(name) => name.clone(),
        None => builtin().or_else(own).or_else(channel).or_else(factor).or_else(gone).unwrap_or(key).to_owned(),
    }
}
