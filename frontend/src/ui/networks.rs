//! Lists of networks as people type them: one per line.

use crate::{
    data::Sending,
    ui::TextArea,
    words::{use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_domain::{Invalid, Rule, access::Network};

/// A list as it is typed.
pub fn typed_networks(networks: &[Network]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Reads a list; a line that names no network is a complaint about the whole field.
pub fn read_networks(text: &str, pointer: &str) -> Result<Vec<Network>, Invalid> {
    let typed: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Network::parse_all(&typed).map_err(|invalids| {
        let rule = invalids.into_vec().pop().map_or(Rule::Malformed, |invalid| invalid.rule);
        Invalid { pointer: pointer.to_owned(), rule }
    })
}

/// Networks, one per line. A complaint says which line it is about.
#[component]
pub fn NetworksField(
    #[prop(into)] label: String,
    text: RwSignal<String>,
    sending: Sending,
    #[prop(into)] pointer: String,
    #[prop(into)] hint: String,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let complaint = sending.problem(pointer.clone());
    let problem = Signal::derive(move || {
        let complaint = complaint.get()?;
        let wrong =
            text.with(|text| text.lines().position(|line| !line.trim().is_empty() && line.parse::<Network>().is_err()));
        Some(match wrong {
            Some(at) => format!("{} {}: {}", o.networks_line, at + 1, w.rule_malformed),
            None => complaint,
        })
    });
    view! { <TextArea label value=text rows=3 pointer problem hint=hint /> }
}
