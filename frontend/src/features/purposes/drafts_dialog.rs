//! Suggested wordings, one for each channel: to be read, changed, and only then added.

use super::drafts::{blank, suggestion};
use crate::{
    browser,
    data::Sending,
    problems::Failure,
    session::use_api,
    ui::{Dialog, SelectField, SubmitButton, Summary, TextArea, TextField, Tick, use_toasts},
    words::{use_office_words, use_words},
};
use leptos::{prelude::*, task::spawn_local};
use zgoda_api_types::consents::CreateWording;
use zgoda_domain::{
    Invalid, Rule,
    consent::{Channel, Language},
    id::PurposeId,
    text::LongText,
};

/// The purpose that texts are suggested for.
#[derive(Clone, Debug, PartialEq)]
pub struct Drafted {
    pub id: PurposeId,
    pub name: String,
    pub marketing: bool,
    pub channels: Vec<Channel>,
}

impl Drafted {
    /// Marketing consent is given for each channel by itself (PKE art. 398).
    pub fn wants_drafts(&self) -> bool {
        self.marketing && self.channels.len() > 1
    }
}

/// One suggestion; added only once it was read.
#[derive(Clone)]
struct Draft {
    language: Language,
    channel: Channel,
    text: RwSignal<String>,
    was_read: RwSignal<bool>,
    key: String,
}

impl Draft {
    fn pointer(&self, part: &str) -> String {
        format!("/drafts/{}/{}{part}", self.language.code(), self.channel.code())
    }

    /// Why it cannot be added as it stands.
    fn complaint(&self) -> Option<Invalid> {
        let complaint = |rule| Invalid { pointer: self.pointer(""), rule };
        self.text.with_untracked(|text| {
            let unfilled = Language::ALL.iter().any(|language| text.contains(blank(*language)));
            // `Malformed` is said in words of its own here.
            if unfilled { Some(complaint(Rule::Malformed)) } else { LongText::parse(text).err().map(complaint) }
        })
    }
}

/// Suggested texts of a purpose, one for each channel, in both languages.
#[component]
pub fn DraftsDialog(
    drafted: Drafted,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_made: Callback<()>,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, toasts) = (use_api(), use_toasts());
    let id = drafted.id;
    let company = RwSignal::new(String::new());
    // The organisation's own name, where it was filled in. Not a resource: the texts need not wait for it.
    let asking = api.clone();
    spawn_local(async move {
        if let Ok(organisation) = asking.organisation().await
            && company.try_with_untracked(String::is_empty) == Some(true)
        {
            company.try_set(organisation.value.name);
        }
    });
    let language = RwSignal::new(w.spoken.code().to_owned());
    let name = StoredValue::new(drafted.name.clone());
    let suggest =
        move |language, channel, company: &str| name.with_value(|name| suggestion(language, channel, name, company));
    let drafts: Vec<Draft> = Language::ALL
        .iter()
        .flat_map(|language| drafted.channels.iter().map(|channel| (*language, *channel)))
        .map(|(language, channel)| Draft {
            language,
            channel,
            text: RwSignal::new(suggest(language, channel, "")),
            was_read: RwSignal::new(false),
            key: browser::idempotency_key(),
        })
        .collect();
    let drafts = StoredValue::new(drafts);
    // The name goes into every text that nobody has changed yet.
    Effect::new(move |before: Option<String>| {
        let now = company.get();
        let before = before.unwrap_or_default();
        drafts.with_value(|drafts| {
            for draft in drafts {
                let untouched = suggest(draft.language, draft.channel, &before);
                if draft.text.with_untracked(|text| *text == untouched) {
                    draft.text.set(suggest(draft.language, draft.channel, &now));
                }
            }
        });
        now
    });
    let sending = Sending::explaining(move |invalid| {
        let unfilled = invalid.pointer.starts_with("/drafts/") && invalid.rule == Rule::Malformed;
        let nothing = invalid.pointer == "/drafts" && invalid.rule == Rule::Required;
        if unfilled { Some(o.draft_unfilled.to_owned()) } else { nothing.then(|| o.draft_none_read.to_owned()) }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let chosen: Vec<Draft> =
            drafts.with_value(|drafts| drafts.iter().filter(|it| it.was_read.get_untracked()).cloned().collect());
        if chosen.is_empty() {
            return sending.complain(Failure::rule("/drafts", Rule::Required));
        }
        let complaints: Vec<Invalid> = chosen.iter().filter_map(Draft::complaint).collect();
        if let Some(first) = chosen.iter().find(|draft| draft.complaint().is_some()) {
            // Where the first complaint can be seen.
            language.set(first.language.code().to_owned());
            return sending.complain(Failure::invalid(complaints));
        }
        let api = api.clone();
        let add = async move {
            // One after the other: what was added before a failure is not added again, by its key.
            for draft in chosen {
                let text = draft.text.get_untracked();
                let body = CreateWording { language: draft.language, channel: Some(draft.channel), text };
                api.create_wording(id, &body, Some(&draft.key)).await?;
            }
            Ok(())
        };
        sending.run(add, move |()| {
            toasts.say(o.drafts_added);
            on_made.run(());
        });
    };
    let languages: Vec<_> =
        Language::ALL.iter().map(|it| (it.code().to_owned(), w.language_name(*it).to_owned())).collect();
    let label = move |pointer: String| {
        if pointer == "/drafts" {
            return Some(w.wordings.to_owned());
        }
        let found = |drafts: &Vec<Draft>| {
            let draft = drafts.iter().find(|draft| draft.pointer("") == pointer)?;
            Some(format!("{} ({})", w.channel(draft.channel), draft.language.code().to_uppercase()))
        };
        drafts.with_value(found)
    };
    let shown = move || {
        let language = language.get();
        drafts.with_value(|drafts| {
            let of = drafts.iter().filter(|draft| draft.language.code() == language).cloned();
            of.map(|draft| {
                let pointer = draft.pointer("");
                view! {
                    <div class="draft">
                        <TextArea label=w.channel(draft.channel) value=draft.text rows=5 problem=sending.problem(pointer.clone()) pointer />
                        <Tick label=format!("{}: {}", o.draft_read, w.channel(draft.channel)) checked=draft.was_read
                            on_change=move |on| draft.was_read.set(on) />
                    </div>
                }
            })
            .collect_view()
        })
    };
    view! {
        <Dialog title=format!("{}: {}", o.drafts_title, drafted.name) on_close wide=true>
            <form class="stack" novalidate on:submit=submit>
                <p class="dialog__text">{o.drafts_text}</p>
                <Summary sending label />
                <div class="columns-2">
                    <TextField label=o.company_name value=company hint=o.company_name_hint autocomplete="organization" />
                    <SelectField label=w.language value=language options=Signal::stored(languages) />
                </div>
                {shown}
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{o.drafts_later}</button>
                    <SubmitButton label=o.drafts_add busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}
