//! A new import: choosing a file, sending it in parts, and having it read.

use crate::{
    browser,
    data::Sending,
    problems::Failure,
    route::{Page, use_go},
    session::use_api,
    ui::{Icon, Summary, Svg},
    words::{Words, use_import_words, use_words},
};
use leptos::{ev, html, prelude::*};
use web_sys::File;
use zgoda_api_types::imports::StartImport;
use zgoda_client::{Api, ApiError};
use zgoda_domain::{
    Rule,
    id::ImportId,
    import::PART_BYTES,
    sheet::{ReadAs, SHEET_FILE_MAX},
};

/// What browsers offer first.
const ACCEPTED: &str = ".xlsx,.xlsm,.xls,.ods,.csv,.tsv,.txt,.vcf,.json";

/// A file that is on its way.
#[derive(Clone)]
struct Load {
    name: String,
    content: Vec<u8>,
    key: String,
}

/// How far it came, so that a broken connection costs only the part that it broke.
#[derive(Clone, Copy)]
struct Sent {
    id: RwSignal<Option<ImportId>>,
    parts: RwSignal<usize>,
}

/// The place to drop a file on, or to choose one with.
#[component]
pub fn NewImport() -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    let api = StoredValue::new(use_api());
    let go = use_go();
    let load = StoredValue::new_local(None::<Load>);
    let name = RwSignal::new(String::new());
    let total = RwSignal::new(0_usize);
    let sent = Sent { id: RwSignal::new(None), parts: RwSignal::new(0) };
    let aimed = RwSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    let sending = Sending::explaining(move |invalid| match &invalid.rule {
        Rule::SheetRefused { refusal } => Some(d.refusal(*refusal)),
        _ => None,
    });
    let send = move || {
        let Some(load) = load.get_value() else { return };
        let (api, go) = (api.get_value(), go.clone());
        total.set(load.content.len().div_ceil(PART_BYTES));
        sending.run(async move { upload(&api, &load, sent).await }, move |id| go(Page::Import(id)));
    };
    let again = send.clone();
    let choose = move |file: Option<File>| {
        let Some(file) = file.filter(|_| !untrack(|| sending.is_busy())) else { return };
        if file.size() > SHEET_FILE_MAX as f64 {
            let max = u32::try_from(SHEET_FILE_MAX).unwrap_or(u32::MAX);
            return sending.complain(Failure::rule("/file", Rule::FileTooLarge { max }));
        }
        // What was sent of another file is of no use.
        if let Some(id) = sent.id.get_untracked() {
            let api = api.get_value();
            leptos::task::spawn_local(async move {
                let _ = api.discard_import(id).await;
            });
        }
        sent.id.set(None);
        sent.parts.set(0);
        sending.clear();
        let send = send.clone();
        leptos::task::spawn_local(async move {
            let Some((file_name, content)) = browser::read_file(&file).await else {
                return sending.complain(Failure::rule("/file", Rule::Malformed));
            };
            name.set(file_name.clone());
            load.set_value(Some(Load { name: file_name, content, key: browser::idempotency_key() }));
            send();
        });
    };
    let (on_pick, on_drop) = (choose.clone(), choose);
    let picked = move |_| {
        if let Some(input) = input.get_untracked() {
            on_pick(input.files().and_then(|files| files.get(0)));
            // The same file can be chosen again once it was mended.
            input.set_value("");
        }
    };
    let dropped = move |event: ev::DragEvent| {
        event.prevent_default();
        aimed.set(false);
        on_drop(event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)));
    };
    let failed = move || sending.failure().is_some() && !sending.is_busy() && load.with_value(Option::is_some);
    let label =
        move |pointer: String| ["/file", "/file_name", "/size"].contains(&pointer.as_str()).then(|| d.file.to_owned());
    view! {
        <section class="panel">
            <h2 class="panel__title">{d.new_import}</h2>
            <Summary sending label />
            <label
                class="drop"
                class:drop--aimed=move || aimed.get()
                on:dragover=move |event: ev::DragEvent| {
                    event.prevent_default();
                    aimed.set(true);
                }
                on:dragleave=move |_| aimed.set(false)
                on:drop=dropped
            >
                <input
                    class="visually-hidden"
                    type="file"
                    accept=ACCEPTED
                    node_ref=input
                    aria-describedby="drop-formats"
                    disabled=move || sending.is_busy()
                    on:change=picked
                />
                <Svg icon=Icon::Upload />
                <span class="drop__title">{d.drop_title}</span>
                <span class="faint" id="drop-formats">{d.drop_formats}</span>
            </label>
            <div role="status">
                {move || sending.is_busy().then(|| view! {
                    <p class="drop__progress">
                        <span>{move || progress(w, d.sending_file, d.reading_file, sent.parts.get(), total.get())} " " <strong>{move || name.get()}</strong></span>
                        <progress
                            class="job__bar"
                            aria-label=d.sending_file
                            max=move || total.get().max(1).to_string()
                            value=move || sent.parts.get().to_string()
                        ></progress>
                    </p>
                })}
            </div>
            <Show when=failed>
                <p class="actions">
                    <button type="button" class="button" on:click={
                        let again = again.clone();
                        move |_| again()
                    }>{w.retry} ": " {move || name.get()}</button>
                </p>
            </Show>
            <p class="faint">{d.template_text}</p>
            <p class="actions">
                <button type="button" class="button button--small" on:click=move |_| {
                    let _ = browser::save_file(d.template_name, template(d.template).as_slice());
                }>
                    <Svg icon=Icon::Download />
                    {d.template_get}
                </button>
            </p>
        </section>
    }
}

fn progress(w: &Words, sending: &str, reading: &str, sent: usize, total: usize) -> String {
    if sent >= total {
        reading.to_owned()
    } else {
        format!("{sending} {}%", w.number((sent * 100 / total.max(1)) as u64))
    }
}

/// With a mark at its beginning that tells spreadsheets how its letters are encoded.
fn template(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").into_bytes()
}

async fn upload(api: &Api, load: &Load, sent: Sent) -> Result<ImportId, ApiError> {
    let id = match sent.id.get_untracked() {
        Some(id) => id,
        None => {
            let body = StartImport { file_name: load.name.clone(), size: load.content.len() as u64 };
            let created = api.start_import(&body, Some(&load.key)).await?;
            let id = ImportId::from_uuid(created.id);
            sent.id.try_set(Some(id));
            id
        }
    };
    let done = sent.parts.get_untracked();
    for (number, part) in load.content.chunks(PART_BYTES).enumerate().skip(done) {
        api.send_import_part(id, u32::try_from(number).unwrap_or(u32::MAX), part.to_vec()).await?;
        sent.parts.try_set(number + 1);
    }
    api.read_import(id, &ReadAs::default()).await?;
    Ok(id)
}
