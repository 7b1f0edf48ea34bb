//! A consent's tick: for one purpose, one channel, with the text shown beside it.

use super::{arrange, editor::Editor};
use crate::{
    route::Page,
    ui::{Icon, SelectField, Svg},
    words::{Words, use_forms_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::consents::Purpose;
use zgoda_domain::{
    consent::{Channel, LawfulBasis},
    form::{ConsentItem, FormField},
};

/// Purpose, channel and wording of a consent field. `label` is the field's own, which follows the purpose until somebody
/// gives it another one.
#[component]
pub fn ConsentProperties(editor: Editor, field: FormField, label: RwSignal<String>) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let key = StoredValue::new(field.key.clone());
    let text = |read: fn(&ConsentItem) -> String| RwSignal::new(field.consent.as_ref().map_or_else(String::new, read));
    let purpose = text(|item| item.purpose_id.to_string());
    let channel = text(|item| item.channel.code().to_owned());
    let wording = text(|item| item.wording_id.to_string());
    let chosen = Memo::new(move |_| {
        let id = purpose.get();
        editor.purposes.with(|purposes| purposes.iter().find(|purpose| purpose.id.to_string() == id).cloned())
    });
    // Another purpose or channel: what fits it, the newest wording in the form's language.
    Effect::new(move || {
        let Some(it) = chosen.get() else { return };
        let typed = Channel::from_code(&channel.get());
        let channel_now = typed.filter(|channel| it.channels.contains(channel)).or_else(|| {
            let left = editor.definition.with_untracked(|definition| arrange::channels_left(definition, &it));
            left.first().or(it.channels.first()).copied()
        });
        let Some(channel_now) = channel_now else { return };
        if typed != Some(channel_now) {
            channel.set(channel_now.code().to_owned());
        }
        let fits = |id: &String| {
            it.wordings
                .iter()
                .any(|other| other.id.to_string() == *id && other.channel.is_none_or(|only| only == channel_now))
        };
        if !wording.with_untracked(fits) {
            let language = editor.definition.with_untracked(|definition| definition.language);
            let best = arrange::best_wording(&it.wordings, language, channel_now);
            wording.set(best.map_or_else(String::new, |id| id.to_string()));
        }
        follow(w, editor, &it, channel_now, label);
    });
    Effect::new(move || {
        let item = chosen.get().and_then(|purpose| {
            let channel = Channel::from_code(&channel.get())?;
            let wording_id = wording.get().parse().ok()?;
            Some(ConsentItem { purpose_id: purpose.id, channel, wording_id })
        });
        let key = key.get_value();
        // Purposes are still loading: what is chosen stays.
        let loading = editor.purposes.with(Vec::is_empty);
        if !loading && untrack(|| editor.field(&key)).is_some_and(|field| field.consent != item) {
            editor.change(&key, |field| field.consent = item);
        }
    });
    let purposes = Signal::derive(move || {
        let now = purpose.get();
        let mut all = vec![(String::new(), w.choose.to_owned())];
        editor.purposes.with(|purposes| {
            // A retired purpose and one that rests on something else are not asked for; where one is chosen, it must be seen.
            let asked_for = |it: &&Purpose| it.retired_at.is_none() && it.basis == LawfulBasis::Consent;
            let usable = purposes.iter().filter(|it| asked_for(it) || it.id.to_string() == now);
            all.extend(usable.map(|it| (it.id.to_string(), it.name.clone())));
        });
        all
    });
    let channels = Signal::derive(move || {
        chosen.with(|it| {
            let channels = it.iter().flat_map(|it| &it.channels);
            channels.map(|it| (it.code().to_owned(), w.channel(*it).to_owned())).collect::<Vec<_>>()
        })
    });
    let wordings = Signal::derive(move || {
        let now = Channel::from_code(&channel.get());
        chosen.with(|it| {
            let wordings = it.iter().flat_map(|it| &it.wordings);
            let fitting = wordings.filter(|it| it.channel.is_none_or(|only| Some(only) == now));
            fitting
                .map(|it| {
                    let language = it.language.code().to_uppercase();
                    let only = it.channel.map(|it| format!(" · {}", w.channel(it))).unwrap_or_default();
                    (it.id.to_string(), format!("{} {} · {language}{only}", w.version, it.version))
                })
                .collect::<Vec<_>>()
        })
    });
    let shown = move || {
        let id = wording.get();
        chosen.with(|it| it.as_ref()?.wordings.iter().find(|it| it.id.to_string() == id).map(|it| it.text.clone()))
    };
    let missing = move || wording.with(String::is_empty) && chosen.with(Option::is_some);
    let marketing = move || chosen.with(|it| it.as_ref().is_some_and(|it| it.is_marketing));
    // Channels beside this one's own that could each have a tick of their own.
    let left = Memo::new(move |_| {
        editor.definition.with(|definition| {
            chosen.with(|it| it.as_ref().is_some_and(|it| !arrange::channels_left(definition, it).is_empty()))
        })
    });
    let spread = move |_| {
        if let Some(purpose) = chosen.get_untracked() {
            key.with_value(|key| editor.one_tick_per_channel(w, key, &purpose));
        }
    };
    let problem = |part: &'static str| key.with_value(|key| editor.field_problem(key, part));
    view! {
        <SelectField label=w.purpose value=purpose options=purposes problem=problem("/consent") pointer="/field/consent" />
        <Show when=move || chosen.with(Option::is_some)>
            <SelectField label=w.channel value=channel options=channels pointer="/field/consent/channel" />
            <SelectField label=w.wording value=wording options=wordings pointer="/field/consent/wording_id" />
        </Show>
        <Show when=missing><p class="field__problem"><Svg icon=Icon::Warning />{w.purpose_without_wording}</p></Show>
        {move || shown().map(|text| view! { <blockquote class="wording wording__text">{text}</blockquote> })}
        <Show when=move || left.get()>
            <div class="advice">
                <p>{f.per_channel_text}</p>
                <button type="button" class="button button--small" on:click=spread><Svg icon=Icon::Plus />{f.per_channel}</button>
            </div>
        </Show>
        <ul class="field__hint consent__rules">
            <li>{f.consent_unticked}</li>
            <li>{f.consent_unbundled}</li>
            <Show when=marketing><li>{w.rule_consent_must_be_free}</li></Show>
        </ul>
        <a href=Page::Purposes.path() target="_blank"><Svg icon=Icon::External />" " {w.make_purpose}</a>
    }
}

/// Calls the tick after its purpose and channel, unless it has a name of its own.
fn follow(w: &'static Words, editor: Editor, purpose: &Purpose, channel: Channel, label: RwSignal<String>) {
    let given = label.with_untracked(|label| {
        let plain = label == w.form_field_kind(zgoda_domain::form::FormFieldKind::Consent);
        let of = |it: &Purpose| it.channels.iter().any(|channel| *label == arrange::consent_label(w, it, *channel));
        plain || editor.purposes.with_untracked(|purposes| purposes.iter().any(of))
    });
    let wanted = arrange::consent_label(w, purpose, channel);
    if given && label.with_untracked(|label| *label != wanted) {
        label.set(wanted);
    }
}
