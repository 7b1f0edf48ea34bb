//! Files people hand over: what is taken, and how they are called.

use crate::{
    code::coded_enum,
    rule::Rule,
    text::{nfc, sealed_debug},
};
use std::fmt;

/// Largest file in bytes.
pub const FILE_MAX: usize = 10 * 1024 * 1024;
/// All files of one client together, in bytes (ASVS 5.0, 5.2.4).
pub const CLIENT_FILES_MAX: u64 = 200 * 1024 * 1024;
/// Longest file name, in characters.
const NAME_MAX: usize = 120;

coded_enum!(
    /// What a stored file is kept for.
    FileKind {
        /// Proves a consent: the scan of a signed paper, a recording.
        ConsentProof = "consent_proof",
        /// Attached to a submission by a visitor.
        SubmissionFile = "submission_file",
        /// Clients that somebody took out; kept in pieces.
        Export = "export",
    }
);

coded_enum!(
    /// What is taken. Nothing that a browser or an office program would run.
    FileType {
        Pdf = "pdf",
        Png = "png",
        Jpeg = "jpeg",
        Webp = "webp",
        /// Plain text in UTF-8.
        Text = "text",
    }
);

impl FileType {
    /// As it stands in `Content-Type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension.to_ascii_lowercase().as_str() {
            "pdf" => Self::Pdf,
            "png" => Self::Png,
            "jpg" | "jpeg" => Self::Jpeg,
            "webp" => Self::Webp,
            "txt" => Self::Text,
            _ => return None,
        })
    }

    /// Whether the content begins as this type does; text has to be text to its end.
    fn is_of(self, content: &[u8]) -> bool {
        match self {
            Self::Pdf => content.starts_with(b"%PDF-"),
            Self::Png => content.starts_with(b"\x89PNG\r\n\x1a\n"),
            Self::Jpeg => content.starts_with(b"\xff\xd8\xff"),
            Self::Webp => content.starts_with(b"RIFF") && content.get(8..12) == Some(b"WEBP"),
            Self::Text => std::str::from_utf8(content).is_ok_and(|text| {
                !text.trim().is_empty() && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            }),
        }
    }

    /// The type of a file whose extension and content agree (ASVS 5.0, 5.2.2).
    pub fn check(name: &FileName, content: &[u8]) -> Result<Self, Rule> {
        if content.is_empty() {
            return Err(Rule::Required);
        }
        name.extension().and_then(Self::of_extension).filter(|kind| kind.is_of(content)).ok_or(Rule::FileType)
    }
}

/// A file's name without anything that could lead elsewhere or look like something else: no folders, no control
/// characters, no bidirectional overrides, no alternate streams, nothing that a file system keeps for itself.
#[derive(Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// Takes away what is unwelcome. What is left of a name may be empty; it has no extension then.
    pub fn normalise(raw: &str) -> Self {
        let visible: String = raw.chars().filter(|c| !is_invisible(*c)).collect();
        let name = nfc(&visible);
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        // `scan.pdf::$DATA` is `scan.pdf` to NTFS.
        let name = name.split("::").next().unwrap_or_default();
        let safe: String = name
            .chars()
            .map(|c| match c {
                '<' | '>' | ':' | '"' | '|' | '?' | '*' | ';' | '%' => '_',
                c if c.is_whitespace() => ' ',
                c => c,
            })
            .collect();
        // Windows drops dots and blanks at the end, and a dot at the beginning hides the file elsewhere.
        let safe = safe.trim_matches(is_edge);
        let Some((stem, extension)) = safe.rsplit_once('.').filter(|(_, extension)| extension.len() <= 8) else {
            return Self(shortened(safe, NAME_MAX));
        };
        let room = NAME_MAX - extension.chars().count() - 1;
        Self(format!("{}.{extension}", shortened(stem, room)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }

    fn extension(&self) -> Option<&str> {
        self.0.rsplit_once('.').map(|(_, extension)| extension)
    }
}

sealed_debug!(FileName);

const fn is_edge(c: char) -> bool {
    matches!(c, ' ' | '.')
}

fn shortened(text: &str, max: usize) -> String {
    let short: String = text.chars().take(max).collect();
    short.trim_end_matches(is_edge).to_owned()
}

/// Control characters, and what changes how a name reads without being seen itself.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(raw: &str) -> String {
        FileName::normalise(raw).into_string()
    }

    proptest! {
        #[test]
        fn a_normalised_name_leads_nowhere_and_shows_what_it_is(raw in any::<String>()) {
            let name = FileName::normalise(&raw);
            prop_assert!(name.as_str().chars().count() <= NAME_MAX);
            prop_assert!(!name.as_str().contains(['/', '\\', ':', '"', '<', '>', '|', '?', '*', ';', '%']));
            prop_assert!(!name.as_str().chars().any(is_invisible));
            prop_assert!(!name.as_str().starts_with(is_edge) && !name.as_str().ends_with(is_edge));
        }

        #[test]
        fn normalising_twice_changes_nothing(raw in "([a-zż./ \\\\:\u{202e}\u{301}\u{200d}]|\\PC){0,200}") {
            let once = FileName::normalise(&raw);
            prop_assert_eq!(FileName::normalise(once.as_str()), once);
        }

        #[test]
        fn an_ordinary_name_stays_as_it_is(stem in "[a-zA-Zżółć0-9][a-zA-Zżółć0-9 _()-]{0,60}", extension in "(pdf|png|jpg|jpeg|webp|txt)") {
            let raw = format!("{}.{extension}", stem.trim_end());
            prop_assert_eq!(name(&raw), raw);
        }
    }

    #[test]
    fn hostile_names_become_plain_ones() {
        for (raw, expected) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ewa\\zgoda.pdf", "zgoda.pdf"),
            ("zgoda.pdf::$DATA", "zgoda.pdf"),
            ("zgoda.pdf. . ", "zgoda.pdf"),
            ("\u{202e}fdp.exe", "fdp.exe"),
            ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
            ("zgo\0da.pdf", "zgoda.pdf"),
            ("\"; filename=x.html", "__ filename=x.html"),
            ("..", ""),
        ] {
            assert_eq!(name(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn extension_and_content_have_to_agree() {
        let check = |name: &str, content: &[u8]| FileType::check(&FileName::normalise(name), content);
        let png = b"\x89PNG\r\n\x1a\n....";
        assert_eq!(check("skan.PDF", b"%PDF-1.7 ..."), Ok(FileType::Pdf));
        assert_eq!(check("skan.png", png), Ok(FileType::Png));
        assert_eq!(check("skan.jpeg", b"\xff\xd8\xff\xe0"), Ok(FileType::Jpeg));
        assert_eq!(check("skan.webp", b"RIFF\x10\0\0\0WEBPVP8 "), Ok(FileType::Webp));
        assert_eq!(check("rozmowa.txt", "Zadzwoniła.\n".as_bytes()), Ok(FileType::Text));
        for (name, content) in [
            ("skan.pdf", png.as_slice()),
            ("skan.png", b"%PDF-1.7"),
            ("skan.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("skan.html", b"<script>alert(1)</script>"),
            ("skan.pdf.exe", b"MZ"),
            ("skan", b"%PDF-1.7"),
            (".pdf", b"%PDF-1.7"),
            ("skan.webp", b"RIFF\x10\0\0\0WAVE"),
            ("rozmowa.txt", b"MZ\0\x01"),
            ("rozmowa.txt", b"\xff\xfe"),
        ] {
            assert_eq!(check(name, content), Err(Rule::FileType), "{name}");
        }
        assert_eq!(check("skan.pdf", b""), Err(Rule::Required));
    }
}
