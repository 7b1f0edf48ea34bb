//! Names of what an activity touched: the log knows custom fields and purposes by their ids, which never change.

use crate::{session::use_api, words::Words};
use leptos::{prelude::*, task::spawn_local};
use std::collections::HashMap;
use zgoda_domain::{client::BuiltinField, consent::Channel, second_factor::FactorKind};

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
            names.try_set(all.collect());
        });
        Self(names)
    }

    /// What an activity touched, in words; reactive.
    pub fn list(self, w: &'static Words, touched: &[String]) -> String {
        self.0.with(|names| touched.iter().map(|key| name(w, names, key)).collect::<Vec<_>>().join(", "))
    }
}

fn name(w: &'static Words, names: &HashMap<String, String>, key: &str) -> String {
    let builtin = || BuiltinField::from_key(key).map(|field| w.builtin(field));
    let own = || match key {
        "owner" => Some(w.client_owner),
        "tags" | "tag" => Some(w.field_tags),
        "department" => Some(w.department),
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
