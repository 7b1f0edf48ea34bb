//! What a file field takes: kinds and size.

use super::{editor::Editor, properties::bound};
use crate::{
    ui::{SelectField, Tick, Ticks},
    words::use_forms_words,
};
use leptos::prelude::*;
use zgoda_domain::{
    file::FileType,
    form::{FILE_BYTES_MAX, FileRules, FormField},
};

const MEBIBYTE: u32 = 1024 * 1024;

/// What a kind of file is called; the names are the same in every language.
pub const fn type_name(kind: FileType) -> &'static str {
    match kind {
        FileType::Pdf => "PDF",
        FileType::Png => "PNG",
        FileType::Jpeg => "JPEG",
        FileType::Webp => "WebP",
        FileType::Text => "TXT",
    }
}

/// Rules of a file field.
#[component]
pub fn Files(editor: Editor, field: FormField) -> impl IntoView {
    let f = use_forms_words();
    let key = StoredValue::new(field.key.clone());
    let rules = field.file.clone().unwrap_or_default();
    let size = bound(editor, &field.key, rules.max_bytes.to_string(), |field, text| {
        if let Ok(max_bytes) = text.parse() {
            field.file.get_or_insert_default().max_bytes = max_bytes;
        }
    });
    let mut sizes = vec![MEBIBYTE, 2 * MEBIBYTE, 5 * MEBIBYTE, FILE_BYTES_MAX];
    if !sizes.contains(&rules.max_bytes) {
        sizes.insert(0, rules.max_bytes);
    }
    let sizes: Vec<_> = sizes
        .into_iter()
        .map(|bytes| {
            let tenths = u64::from(bytes) * 10 / u64::from(MEBIBYTE);
            let shown =
                if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) };
            (bytes.to_string(), format!("{shown} MB"))
        })
        .collect();
    let ticks = FileType::ALL
        .iter()
        .copied()
        .map(|kind| {
            let taken = move |rules: &FileRules| rules.types.contains(&kind);
            let checked = Signal::derive(move || {
                key.with_value(|key| editor.field(key)).and_then(|field| field.file).is_some_and(|rules| taken(&rules))
            });
            let on_change = move |on: bool| {
                key.with_value(|key| {
                    editor.change(key, |field| {
                        let rules = field.file.get_or_insert_default();
                        // Kept in the kinds' own order, so that a tick put back is no change.
                        let keeps = |it: &&FileType| if **it == kind { on } else { rules.types.contains(it) };
                        rules.types = FileType::ALL.iter().filter(keeps).copied().collect();
                    });
                });
            };
            view! { <Tick label=type_name(kind) checked on_change /> }
        })
        .collect_view();
    let problem = |part| editor.field_problem(&field.key, part);
    view! {
        <Ticks label=f.file_types pointer="/field/file/types" problem=problem("/file/types")>{ticks}</Ticks>
        <SelectField label=f.file_size value=size options=Signal::stored(sizes) hint=f.file_hint pointer="/field/file/max_bytes" problem=problem("/file/max_bytes") />
    }
}
