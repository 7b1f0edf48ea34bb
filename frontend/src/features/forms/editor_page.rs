//! The form editor: canvas, palette, preview, properties, options; saving and publishing.

use super::{
    canvas::Canvas,
    dragging::{Dragging, Ghost},
    editor::Editor,
    embed::Embed,
    palette::Palette,
    places::{Place, name_of},
    preview::Preview,
    properties::Properties,
    settings::Settings,
    status_mark,
    versions::Versions,
};
use crate::{
    browser,
    data::{Sending, remote},
    route::Page,
    session::{use_api, use_session},
    ui::{
        Await, BackLink, Badge, Confirm, Icon, PageHead, Summary, Svg, TabBar, TextField, Tone, refuse_unread,
        use_toasts,
    },
    words::{Words, use_forms_words, use_words},
};
use leptos::{ev, html, prelude::*};
use leptos_router::hooks::use_params_map;
use zgoda_api_types::{
    forms::{Form, FormStatus, FormVersion, SaveForm},
    problem::ProblemCode,
};
use zgoda_client::{Api, ApiError, Versioned};
use zgoda_domain::{access::Right, id::FormId};

/// Edits a form.
#[component]
pub fn EditorPage() -> impl IntoView {
    let w = use_words();
    browser::set_title(w.form);
    let params = use_params_map();
    let Some(id) = params.with_untracked(|params| params.get("id")?.parse::<FormId>().ok()) else {
        return view! { <PageHead title=w.missing_title /> }.into_any();
    };
    let form = remote(move |api| async move { api.form(id).await });
    view! {
        <BackLink href=Page::Forms.path() label=w.forms />
        <Await remote=form lines=10 children={move |it: Versioned<Form>| view! { <Workshop form=it on_reload=move |()| form.refetch() /> }} />
    }
    .into_any()
}

/// The parts of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Editor,
    Versions,
    Embed,
}

/// What changes after saving, publishing and closing.
#[derive(Clone, Copy)]
struct Saved {
    form: RwSignal<Versioned<Form>>,
}

impl Saved {
    fn now(self) -> Versioned<Form> {
        self.form.get_untracked()
    }
}

async fn save_and(
    api: Api,
    id: FormId,
    version: i32,
    body: SaveForm,
    publish: bool,
) -> Result<Versioned<Form>, ApiError> {
    let saved = api.save_form(id, version, &body).await?;
    if !publish {
        return Ok(saved);
    }
    api.publish_form(id, saved.version).await?;
    api.form(id).await
}

#[component]
fn Workshop(form: Versioned<Form>, #[prop(into)] on_reload: Callback<()>) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    let (id, title) = (form.value.id, form.value.name.clone());
    let may = session.may(Right::EditForms);
    let (fields_allowed, purposes_allowed) = (session.may(Right::ViewClients), session.may(Right::ViewPurposes));
    let fields =
        remote(move |api| async move { if fields_allowed { api.custom_fields().await } else { Ok(Vec::new()) } });
    let purposes =
        remote(move |api| async move { if purposes_allowed { api.purposes().await } else { Ok(Vec::new()) } });
    // Fields and purposes are made on other pages: take them over when the person comes back.
    let back = window_event_listener(ev::focus, move |_| {
        fields.refetch();
        purposes.refetch();
    });
    on_cleanup(move || back.remove());

    let sending = Sending::new();
    let editor = Editor::new(
        &form.value.name,
        &form.value.definition,
        sending,
        Signal::derive(move || fields.get().and_then(Result::ok).unwrap_or_default()),
        Signal::derive(move || purposes.get().and_then(Result::ok).unwrap_or_default()),
    );
    let drag = Dragging::new(w, editor);
    let saved = Saved { form: RwSignal::new(form) };
    let changed = Memo::new(move |_| {
        saved.form.with(|saved| {
            editor.name.with(|name| *name != saved.value.name)
                || editor.definition.with(|definition| *definition != saved.value.definition)
        })
    });
    Effect::new(move || session.set_unsaved(changed.get()));
    on_cleanup(move || session.set_unsaved(false));

    let tab = RwSignal::new(Tab::Editor);
    let save_api = api.clone();
    let details = NodeRef::<html::Details>::new();
    let save = Callback::new(move |publish: bool| {
        // A moment that does not exist would be saved as none.
        if let Some(details) = details.get_untracked()
            && refuse_unread(&details)
        {
            return details.set_open(true);
        }
        let body = SaveForm { name: editor.name.get_untracked(), definition: editor.definition.get_untracked() };
        let call = save_and(save_api.clone(), id, saved.now().version, body, publish);
        sending.run(call, move |form| {
            // What the server made of the texts is what is being edited from now on.
            if form.value.definition != editor.definition.get_untracked() {
                editor.adopt(form.value.definition.clone());
            }
            editor.name.set(form.value.name.clone());
            saved.form.set(form);
            toasts.say(if publish { w.published_done } else { w.saved });
        });
    });
    let overwrite_api = api.clone();
    let overwrite = Callback::new(move |()| {
        let api = overwrite_api.clone();
        let body = SaveForm { name: editor.name.get_untracked(), definition: editor.definition.get_untracked() };
        let call = async move {
            let version = api.form(id).await?.version;
            save_and(api, id, version, body, false).await
        };
        sending.run(call, move |form| {
            saved.form.set(form);
            toasts.say(w.saved);
        });
    });
    let closing = RwSignal::new(false);
    let close = Callback::new(move |()| {
        closing.set(false);
        let api = api.clone();
        let call = async move {
            api.close_form(id).await?;
            api.form(id).await
        };
        sending.run(call, move |form| {
            saved.form.set(form);
            toasts.say(w.closed_done);
        });
    });
    let live_version = Memo::new(move |_| saved.form.with(|form| form.value.live_version));
    let restore = Callback::new(move |version: FormVersion| {
        editor.replace(version.definition);
        tab.set(Tab::Editor);
        toasts.say(f.restored_version(version.summary.number));
    });
    let live = move || saved.form.with(|form| form.value.status == FormStatus::Live);
    let status = Memo::new(move |_| saved.form.with(|form| form.value.status));
    let outdated = move || sending.failure().is_some_and(|it| it.code() == Some(ProblemCode::Outdated));
    let label = move |pointer: String| name_of(w, editor, &pointer);
    // A complaint leads to its place: the field is chosen, the options are unfolded, the control has the focus.
    let follow = Callback::new(move |pointer: String| {
        tab.set(Tab::Editor);
        match Place::of(&pointer, &editor.definition.get_untracked()) {
            Place::Field { key, control } => {
                editor.selected.set(Some(key));
                super::editor::focus_soon(control);
            }
            Place::Fields => super::editor::focus_soon("field-fields".to_owned()),
            Place::Setting(control) => {
                if let Some(details) = details.get_untracked() {
                    details.set_open(true);
                }
                super::editor::focus_soon(control);
            }
            Place::Name => super::editor::focus_soon("field-name".to_owned()),
        }
    });
    Effect::new(move || {
        let first = sending.failure().and_then(|failure| failure.complaints().first().map(|it| it.pointer.clone()));
        if let Some(pointer) = first {
            untrack(|| follow.run(pointer));
        }
    });
    let keys = window_event_listener(ev::keydown, move |event| {
        let redo = event.shift_key() || event.key() == "y";
        let wanted = (event.ctrl_key() || event.meta_key()) && !event.alt_key();
        if !wanted || !matches!(event.key().as_str(), "z" | "Z" | "y") || tab.get_untracked() != Tab::Editor {
            return;
        }
        // In a text the browser takes back what was typed there.
        if browser::focused().is_some_and(|element| browser::takes_text(&element)) {
            return;
        }
        event.prevent_default();
        let _ = if redo { editor.redo() } else { editor.undo() };
    });
    on_cleanup(move || keys.remove());
    let embed = move || {
        saved.form.with_untracked(|form| {
            (form.value.public_base_url.trim_end_matches('/').to_owned(), form.value.public_id.clone())
        })
    };
    let tabs = [
        (Tab::Editor, w.tab_editor.to_owned()),
        (Tab::Versions, f.tab_versions.to_owned()),
        (Tab::Embed, w.tab_embed.to_owned()),
    ];
    let script =
        move || saved.form.with_untracked(|form| (form.value.embed_path.clone(), form.value.embed_integrity.clone()));
    view! {
        <PageHead title text=move || marks(w, saved, changed)>
            {may.then(|| view! {
                {move || (status.get() == FormStatus::Live).then(|| view! {
                    <button type="button" class="button" disabled=move || sending.is_busy() on:click=move |_| closing.set(true)>{w.close_form}</button>
                })}
                <button type="button" class="button" disabled=move || sending.is_busy() on:click=move |_| save.run(false)>{w.save}</button>
                <button type="button" class="button button--primary" disabled=move || sending.is_busy() on:click=move |_| save.run(true)>{w.publish}</button>
            })}
        </PageHead>
        <Show when=outdated fallback=move || view! { <Summary sending label on_follow=follow /> }>
            <div class="summary" role="alert">
                <Svg icon=Icon::Warning />
                <div>
                    <p class="summary__title">{w.form_outdated}</p>
                    <div class="marks">
                        <button type="button" class="button" on:click=move |_| overwrite.run(())>{w.form_overwrite}</button>
                        <button type="button" class="button" on:click=move |_| on_reload.run(())>{w.form_discard}</button>
                    </div>
                </div>
            </div>
        </Show>
        <TabBar label=w.form tabs=Vec::from(tabs) shown=tab />
        // Hidden, not unmounted: what is being typed stays as it is.
        <div class="stack" hidden=move || tab.get() != Tab::Editor>
            <TextField label=w.form_name value=editor.name pointer="/name" problem=sending.problem("/name") />
            <div class="builder" class:builder--dragging=move || drag.load.with(Option::is_some)>
                <Canvas editor drag />
                <Palette editor drag />
                <Preview editor />
                <Properties editor />
            </div>
            <Settings editor details />
            <Ghost drag />
        </div>
        {move || (tab.get() == Tab::Versions).then(|| view! { <Versions editor id live=live_version may_edit=may on_restore=restore /> })}
        {move || (tab.get() == Tab::Embed).then(|| if live() {
            let (base, public_id) = embed();
            let (script_path, integrity) = script();
            view! { <Embed base public_id script_path integrity /> }.into_any()
        } else {
            view! { <section class="panel"><p>{w.embed_not_live}</p></section> }.into_any()
        })}
        <Show when=move || closing.get()>
            <Confirm
                title=w.close_form_title
                text=w.close_form_text
                action=w.close_form
                on_confirm=close
                on_close=move |()| closing.set(false)
            />
        </Show>
    }
}

fn marks(w: &'static Words, saved: Saved, changed: Memo<bool>) -> impl IntoView {
    move || {
        saved.form.with(|form| {
            let version = form.value.live_version.map(|version| format!("{} {version}", w.published_version));
            let pending = form.value.live_version.is_some() && (form.value.has_unpublished_changes || changed.get());
            view! {
                <span class="marks">
                    {status_mark(w, form.value.status)}
                    {version}
                    {pending.then(|| view! { <Badge tone=Tone::Wait label=w.unpublished_changes /> })}
                </span>
            }
        })
    }
}
