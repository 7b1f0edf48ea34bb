//! Making a purpose, or changing one.

use super::{drafts_dialog::Drafted, tree};
use crate::{
    browser,
    data::Sending,
    problems::Failure,
    session::use_api,
    ui::{Dialog, FixedField, Outdated, SelectField, SubmitButton, Summary, TextField, Tick, Ticks, use_toasts},
    words::{use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::{
    consents::{ChangePurpose, CreatePurpose, Purpose},
    problem::ProblemCode,
};
use zgoda_domain::{
    Rule,
    consent::{Channel, LawfulBasis},
    id::PurposeId,
};

/// A new purpose, or `purpose` as it is to become.
#[component]
pub fn PurposeDialog(
    /// All purposes, to choose what it stands below.
    all: Vec<Purpose>,
    #[prop(optional)] purpose: Option<Purpose>,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_made: Callback<Drafted>,
    #[prop(into)] on_changed: Callback<Purpose>,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, toasts) = (use_api(), use_toasts());
    let key = browser::idempotency_key();
    let id = purpose.as_ref().map(|purpose| purpose.id);
    // Basis and marketing stay once people were asked. The server knows more about that than can be seen here.
    let used = purpose.as_ref().is_some_and(|it| !it.wordings.is_empty() || it.live_consents > 0);
    let kept: Vec<Channel> = purpose.as_ref().map(|it| it.channels.clone()).unwrap_or_default();
    let version = RwSignal::new(purpose.as_ref().map_or(1, |it| it.version));
    let name = RwSignal::new(String::new());
    let basis = RwSignal::new(LawfulBasis::Consent.code().to_owned());
    let marketing = RwSignal::new(false);
    let channels = RwSignal::new(Vec::<Channel>::new());
    let days = RwSignal::new(String::new());
    let parent = RwSignal::new(String::new());
    let double_opt_in = RwSignal::new(false);
    let fill = move |purpose: &Purpose| {
        version.set(purpose.version);
        name.set(purpose.name.clone());
        basis.set(purpose.basis.code().to_owned());
        marketing.set(purpose.is_marketing);
        channels.set(purpose.channels.clone());
        days.set(purpose.validity_days.map_or_else(String::new, |days| days.to_string()));
        parent.set(purpose.parent_id.map_or_else(String::new, |id| id.to_string()));
        double_opt_in.set(purpose.double_opt_in);
    };
    if let Some(purpose) = &purpose {
        fill(purpose);
    }
    let (sending, loading) = (Sending::new(), Sending::new());
    let submit_api = api.clone();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = days.get_untracked();
        let validity_days = match typed.trim() {
            "" => None,
            typed => match typed.parse::<u16>() {
                Ok(days) => Some(days),
                Err(_) => return sending.complain(Failure::rule("/validity_days", Rule::OutOfRange)),
            },
        };
        let body = CreatePurpose {
            name: name.get_untracked(),
            basis: LawfulBasis::from_code(&basis.get_untracked()).unwrap_or(LawfulBasis::Consent),
            is_marketing: marketing.get_untracked(),
            channels: channels.get_untracked(),
            validity_days,
            parent_id: parent.get_untracked().parse().ok(),
            double_opt_in: double_opt_in.get_untracked(),
        };
        let api = submit_api.clone();
        match id {
            None => {
                let key = key.clone();
                let drafted = Drafted {
                    id: PurposeId::from_uuid(uuid::Uuid::nil()),
                    name: body.name.clone(),
                    marketing: body.is_marketing,
                    channels: body.channels.clone(),
                };
                sending.run(async move { api.create_purpose(&body, Some(&key)).await }, move |created| {
                    toasts.say(w.purpose_added);
                    on_made.run(Drafted { id: PurposeId::from_uuid(created.id), ..drafted });
                });
            }
            Some(id) => {
                let CreatePurpose { name, basis, is_marketing, channels, validity_days, parent_id, double_opt_in } =
                    body;
                let body =
                    ChangePurpose { name, basis, is_marketing, channels, validity_days, parent_id, double_opt_in };
                let version = version.get_untracked();
                sending.run(async move { api.change_purpose(id, version, &body).await }, move |saved| {
                    toasts.say(w.saved);
                    on_changed.run(saved.value);
                });
            }
        }
    };
    let load_newer = move |()| {
        let api = api.clone();
        loading.run(async move { api.purposes().await }, move |purposes| {
            match purposes.iter().find(|purpose| Some(purpose.id) == id) {
                Some(newer) => {
                    fill(newer);
                    sending.clear();
                }
                None => loading.complain(Failure::gone()),
            }
        });
    };
    let outdated = move || sending.failure().is_some_and(|it| it.code() == Some(ProblemCode::Outdated));
    let bases: Vec<_> = LawfulBasis::ALL.iter().map(|it| (it.code().to_owned(), w.basis(*it).to_owned())).collect();
    let mut parents = vec![(String::new(), o.no_parent.to_owned())];
    parents.extend(tree::possible_parents(&all, id).into_iter().map(|(id, name)| (id.to_string(), name)));
    // A parent that was retired since stays one, until another is chosen.
    if let Some(above) = purpose.as_ref().and_then(|it| it.parent_id)
        && let Some(above) = all.iter().find(|it| it.id == above && it.retired_at.is_some())
    {
        parents.push((above.id.to_string(), above.name.clone()));
    }
    let ticks = Channel::ALL
        .iter()
        .copied()
        .filter(|channel| !kept.contains(channel))
        .map(|channel| {
            let checked = Signal::derive(move || channels.with(|channels| channels.contains(&channel)));
            let on_change = move |on: bool| {
                channels.update(|channels| {
                    channels.retain(|other| *other != channel);
                    if on {
                        channels.push(channel);
                    }
                });
            };
            // Marketing has to name how people are reached.
            let fits = move || channel != Channel::General || checked.get() || !marketing.get();
            view! { <Show when=fits><Tick label=w.channel(channel) checked on_change /></Show> }
        })
        .collect_view();
    let several = move || marketing.get() && channels.with(Vec::len) > 1;
    let there = kept.iter().map(|channel| w.channel(*channel)).collect::<Vec<_>>().join(", ");
    let basis_now = LawfulBasis::from_code(&basis.get_untracked()).map_or("", |basis| w.basis(basis));
    let marketing_now = if marketing.get_untracked() { w.yes } else { w.no };
    let label = move |pointer: String| match pointer.as_str() {
        "/name" => Some(w.name.to_owned()),
        "/basis" => Some(w.basis.to_owned()),
        "/is_marketing" => Some(w.marketing.to_owned()),
        "/channels" => Some(w.channels.to_owned()),
        "/validity_days" => Some(w.validity_days.to_owned()),
        "/parent_id" => Some(w.purpose_parent.to_owned()),
        _ => None,
    };
    let title = if id.is_some() { o.edit_purpose } else { w.new_purpose };
    view! {
        <Dialog title on_close>
            <form class="stack" novalidate on:submit=submit>
                <Show when=outdated fallback=move || view! { <Summary sending label /> }>
                    <Outdated title=o.purpose_outdated_title text=o.purpose_outdated_text
                        busy=Signal::derive(move || loading.is_busy()) on_load=load_newer.clone() />
                </Show>
                <Summary sending=loading label=|_: String| None />
                <TextField label=w.name value=name required=true pointer="/name" problem=sending.problem("/name") />
                {if used {
                    view! {
                        <FixedField label=w.basis text=basis_now hint=o.basis_fixed />
                        <FixedField label=w.marketing text=marketing_now hint=o.basis_fixed />
                    }.into_any()
                } else {
                    view! {
                        <SelectField label=w.basis value=basis options=Signal::stored(bases) pointer="/basis" problem=sending.problem("/basis") />
                        <Tick label=w.marketing hint=w.marketing_hint checked=marketing on_change=move |on| marketing.set(on)
                            pointer="/is_marketing" problem=sending.problem("/is_marketing") />
                    }.into_any()
                }}
                <Ticks label=if kept.is_empty() { w.channels } else { o.add_channels } pointer="/channels" problem=sending.problem("/channels")>
                    {(!there.is_empty()).then(|| view! { <p class="field__hint">{o.channels_there} ": " {there}</p> })}
                    {ticks}
                </Ticks>
                <Show when=several><p class="field__hint">{o.per_channel_hint}</p></Show>
                <TextField label=w.validity_days value=days kind="number" hint=if id.is_some() { o.validity_from_now } else { w.validity_days_hint }
                    pointer="/validity_days" problem=sending.problem("/validity_days") />
                <SelectField label=w.purpose_parent value=parent options=Signal::stored(parents) hint=o.parent_hint
                    pointer="/parent_id" problem=sending.problem("/parent_id") />
                <Tick label=w.purpose_double_opt_in hint=o.double_opt_in_hint checked=double_opt_in on_change=move |on| double_opt_in.set(on) />
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}
