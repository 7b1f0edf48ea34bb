//! Files that a visitor attached, checked against the form version that was shown.

use crate::{
    file::{FileName, FileType},
    form::{FileRules, FormDefinition},
    rule::{Invalids, Rule},
    text::sealed_debug,
};
use std::fmt;

/// A file as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct SentFile {
    /// Key of the field that it answers.
    pub field: String,
    pub name: String,
    /// `None`: larger than any field takes, and not kept.
    pub content: Option<Vec<u8>>,
}

/// A file that its field takes.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckedFile<'a> {
    pub name: FileName,
    pub kind: FileType,
    pub content: &'a [u8],
}

sealed_debug!(SentFile);

impl fmt::Debug for CheckedFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckedFile(…)")
    }
}

/// Checks what was sent, one file for a field; complaints point at `/answers/key`.
pub fn check<'a>(form: &FormDefinition, sent: &'a [SentFile]) -> Result<Vec<CheckedFile<'a>>, Invalids> {
    let mut invalids = Invalids::default();
    let mut checked = Vec::new();
    for (at, file) in sent.iter().enumerate() {
        let pointer = format!("/answers/{}", file.field);
        let field = form.file_fields().find(|field| field.key == file.field);
        match field.and_then(|field| field.file.as_ref()) {
            None => invalids.add(pointer, Rule::Unknown),
            Some(_) if sent.iter().take(at).any(|earlier| earlier.field == file.field) => {
                invalids.add(pointer, Rule::Duplicate);
            }
            Some(rules) => checked.extend(invalids.take(pointer, check_file(rules, file))),
        }
    }
    for field in form.file_fields().filter(|field| field.required) {
        if !sent.iter().any(|file| file.field == field.key) {
            invalids.add(format!("/answers/{}", field.key), Rule::Required);
        }
    }
    invalids.or(Some(checked))
}

fn check_file<'a>(rules: &FileRules, file: &'a SentFile) -> Result<CheckedFile<'a>, Rule> {
    let most = usize::try_from(rules.max_bytes).unwrap_or(usize::MAX);
    let content = file.content.as_deref().filter(|content| content.len() <= most);
    let content = content.ok_or(Rule::FileTooLarge { max: rules.max_bytes })?;
    let name = FileName::normalise(&file.name);
    let kind = FileType::check(&name, content)?;
    if !rules.types.contains(&kind) {
        return Err(Rule::FileType);
    }
    Ok(CheckedFile { name, kind, content })
}

impl FileRules {
    /// What a browser's file dialogue offers (the `accept` attribute).
    pub fn accept(&self) -> String {
        let extensions: Vec<&str> = self.types.iter().map(|kind| offered(*kind)).collect();
        extensions.join(",")
    }
}

const fn offered(kind: FileType) -> &'static str {
    match kind {
        FileType::Pdf => ".pdf",
        FileType::Png => ".png",
        FileType::Jpeg => ".jpg,.jpeg",
        FileType::Webp => ".webp",
        FileType::Text => ".txt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consent::Language,
        form::{FormField, FormFieldKind},
    };
    use proptest::prelude::*;

    fn field(key: &str, required: bool, types: &[FileType], max_bytes: u32) -> FormField {
        FormField {
            key: key.into(),
            kind: FormFieldKind::File,
            label: key.into(),
            hint: None,
            required,
            options: vec![],
            target: None,
            consent: None,
            file: Some(FileRules { types: types.to_vec(), max_bytes }),
        }
    }

    fn form() -> FormDefinition {
        let fields =
            vec![field("cv", true, &[FileType::Pdf], 20), field("photo", false, &[FileType::Png, FileType::Jpeg], 100)];
        FormDefinition { fields, ..FormDefinition::blank("Praca", Language::Pl) }
    }

    fn sent(field: &str, name: &str, content: &[u8]) -> SentFile {
        SentFile { field: field.into(), name: name.into(), content: Some(content.to_vec()) }
    }

    #[test]
    fn each_field_takes_one_file_of_its_types_and_size() {
        let cv = || sent("cv", "../cv.pdf", b"%PDF-1.7");
        let files = [cv(), sent("photo", "ja.jpg", b"\xff\xd8\xff\xe0")];
        let form = form();
        let good = check(&form, &files).unwrap();
        assert_eq!(
            good.iter().map(|it| (it.name.as_str(), it.kind)).collect::<Vec<_>>(),
            [("cv.pdf", FileType::Pdf), ("ja.jpg", FileType::Jpeg)]
        );
        let refused = |files: &[SentFile], field: &str, rule: Rule| {
            assert_eq!(check(&form, files), Err(Invalids::one(format!("/answers/{field}"), rule)));
        };
        refused(&[], "cv", Rule::Required);
        refused(&[cv(), cv()], "cv", Rule::Duplicate);
        refused(&[cv(), sent("other", "a.pdf", b"%PDF-")], "other", Rule::Unknown);
        refused(&[sent("cv", "cv.pdf", b"%PDF-1.7 and far too much")], "cv", Rule::FileTooLarge { max: 20 });
        refused(&[SentFile { content: None, ..cv() }], "cv", Rule::FileTooLarge { max: 20 });
        refused(&[sent("cv", "cv.pdf", b"MZ")], "cv", Rule::FileType);
        refused(&[cv(), sent("photo", "ja.pdf", b"%PDF-1.7")], "photo", Rule::FileType);
        refused(&[sent("cv", "cv.pdf", b"")], "cv", Rule::Required);
    }

    proptest! {
        #[test]
        fn whatever_comes_only_sound_files_get_through(name in "\\PC{0,30}(\\.(pdf|png|exe))?", content in prop::collection::vec(any::<u8>(), 0..40)) {
            let files = [SentFile { field: "cv".into(), name, content: Some(content.clone()) }];
            if let Ok(checked) = check(&form(), &files) {
                prop_assert_eq!(checked.len(), 1);
                prop_assert!(content.starts_with(b"%PDF-") && content.len() <= 20);
                prop_assert!(checked[0].name.as_str().to_lowercase().ends_with(".pdf"));
            }
        }
    }

    #[test]
    fn a_browser_is_told_what_to_offer() {
        assert_eq!(form().fields[1].file.as_ref().unwrap().accept(), ".png,.jpg,.jpeg");
    }
}
