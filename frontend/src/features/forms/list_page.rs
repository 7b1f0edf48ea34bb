//! All forms, and making one.

use super::status_mark;
use crate::{
    browser,
    data::{Sending, remote},
    route::{Page, use_go},
    session::{use_api, use_session},
    ui::{Await, Dialog, Empty, Icon, PageHead, SelectField, SubmitButton, Summary, Svg, TextField},
    words::{Words, time, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use zgoda_api_types::forms::{CreateForm, FormSummary};
use zgoda_domain::{access::Right, consent::Language, form_templates::FormTemplate, id::FormId};

/// The list of forms.
#[component]
pub fn ListPage() -> impl IntoView {
    let w = use_words();
    let session = use_session();
    browser::set_title(w.forms);
    let forms = remote(|api| async move { api.forms().await });
    let adding = RwSignal::new(false);
    let total = move || forms.get().and_then(Result::ok).map(|forms| w.count(forms.len() as u64, w.forms_n));
    view! {
        <PageHead title=w.forms text=total>
            {session.may(Right::EditForms).then(|| view! {
                <button type="button" class="button button--primary" on:click=move |_| adding.set(true)>
                    <Svg icon=Icon::Plus />{w.new_form}
                </button>
            })}
        </PageHead>
        <section class="panel panel--table" aria-label=w.forms>
            <Await remote=forms children={move |forms: Vec<FormSummary>| table(w, forms)} />
        </section>
        <Show when=move || adding.get()>
            <NewDialog on_close=move |()| adding.set(false) />
        </Show>
    }
}

fn table(w: &'static Words, forms: Vec<FormSummary>) -> AnyView {
    if forms.is_empty() {
        return view! { <Empty icon=Icon::Forms title=w.no_forms text=w.no_forms_text /> }.into_any();
    }
    let rows = forms
        .into_iter()
        .map(|form| {
            let changed = time::day_and_time(w.spoken, time::local(form.updated_at));
            view! {
                <tr>
                    <th scope="row"><A href=Page::Form(form.id).path()>{form.name}</A></th>
                    <td>{status_mark(w, form.status)}</td>
                    <td>{form.live_version.map_or_else(|| "–".to_owned(), |version| version.to_string())}</td>
                    <td>
                        {w.number(form.submissions)}
                        {(form.waiting_signups > 0).then(|| view! { <p class="field__hint">{w.count(form.waiting_signups, w.waiting_signups_n)}</p> })}
                    </td>
                    <td class="table__date">{changed}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=w.forms>
            <table class="table">
                <caption class="visually-hidden">{w.forms}</caption>
                <thead>
                    <tr>
                        <th scope="col">{w.name}</th>
                        <th scope="col">{w.status}</th>
                        <th scope="col">{w.published_version}</th>
                        <th scope="col">{w.submissions}</th>
                        <th scope="col">{w.field_updated_at}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn NewDialog(#[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let w = use_words();
    let api = use_api();
    let go = use_go();
    let key = browser::idempotency_key();
    let name = RwSignal::new(String::new());
    let template = RwSignal::new(FormTemplate::Contact.code().to_owned());
    let language = RwSignal::new(w.spoken.code().to_owned());
    let sending = Sending::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = CreateForm {
            name: name.get_untracked(),
            template: FormTemplate::from_code(&template.get_untracked()).unwrap_or(FormTemplate::Empty),
            language: Language::from_code(&language.get_untracked()).unwrap_or(Language::Pl),
        };
        let (api, key, go) = (api.clone(), key.clone(), go.clone());
        sending.run(async move { api.create_form(&body, Some(&key)).await }, move |created| {
            go(Page::Form(FormId::from_uuid(created.id)));
        });
    };
    let templates = [
        FormTemplate::Contact,
        FormTemplate::Newsletter,
        FormTemplate::Event,
        FormTemplate::Quote,
        FormTemplate::SubjectRequest,
        FormTemplate::Empty,
    ]
    .map(|it| (it.code().to_owned(), w.template(it).to_owned()));
    let languages: Vec<_> =
        Language::ALL.iter().map(|it| (it.code().to_owned(), w.language_name(*it).to_owned())).collect();
    view! {
        <Dialog title=w.new_form on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label=move |pointer: String| (pointer == "/name").then(|| w.name.to_owned()) />
                <TextField label=w.name value=name required=true pointer="/name" problem=sending.problem("/name") />
                <SelectField label=w.template value=template options=Signal::stored(templates.to_vec()) />
                <SelectField label=w.language value=language options=Signal::stored(languages) />
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}
