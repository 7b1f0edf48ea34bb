//! Files with rows (arkusze): what is read of them, and how much.

use crate::{code::coded_enum, consent::Language};
use serde::{Deserialize, Serialize};

/// Largest file in bytes.
pub const SHEET_FILE_MAX: usize = 32 * 1024 * 1024;
/// Most rows of a sheet, its head included.
pub const MAX_ROWS: usize = 200_000;
/// Most columns.
pub const MAX_COLUMNS: usize = 200;
/// Longest cell in bytes of UTF-8: what a long text may take.
pub const MAX_CELL: usize = 40_000;
/// Most that is read of one file, in bytes of JSON.
pub const MAX_READ: usize = 256 * 1024 * 1024;
/// Most sheets that are named.
pub const MAX_SHEETS: usize = 50;

coded_enum!(
    /// What a file turned out to be.
    SheetFormat {
        Xlsx = "xlsx",
        Xls = "xls",
        Ods = "ods",
        Csv = "csv",
        Vcard = "vcard",
        Json = "json",
    }
);

coded_enum!(
    /// How the text of a file is encoded.
    Encoding {
        Utf8 = "utf_8",
        Utf16Le = "utf_16_le",
        Utf16Be = "utf_16_be",
        Windows1250 = "windows_1250",
        Iso88592 = "iso_8859_2",
    }
);

coded_enum!(
    /// What parts the cells of a row of text.
    Delimiter {
        Comma = "comma",
        Semicolon = "semicolon",
        Tab = "tab",
        Pipe = "pipe",
    }
);

impl Delimiter {
    /// What spreadsheets take for the end of a cell where the language is spoken.
    pub const fn of(language: Language) -> Self {
        match language {
            Language::Pl => Self::Semicolon,
            Language::En => Self::Comma,
        }
    }

    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

coded_enum!(
    /// Why a file is not read.
    SheetRefusal {
        /// Of no format that is read, or broken.
        Unreadable = "unreadable",
        /// No row holds anything.
        Empty = "empty",
        /// Protected by a password.
        Encrypted = "encrypted",
        /// Unpacked it would be too large.
        Bomb = "bomb",
        TooManyRows = "too_many_rows",
        TooManyColumns = "too_many_columns",
        /// A cell holds too much.
        CellTooLong = "cell_too_long",
        /// Reading took more time or memory than it may.
        TooMuch = "too_much",
        /// There is no such sheet.
        NoSuchSheet = "no_such_sheet",
    }
);

/// How a file is to be read; what is not said is found out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadAs {
    /// Which sheet, from 0. Otherwise the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<u32>,
    /// Of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
}

/// What a file is, before its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Book {
    pub format: SheetFormat,
    /// Of text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
    /// Names of the sheets; empty where there are none.
    pub sheets: Vec<String>,
    /// The sheet that was read.
    pub sheet: u32,
}

/// One line of what a reader tells: first the book, then its rows, then the end; or a refusal at any place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetLine {
    Book(Book),
    Row(Vec<String>),
    End,
    Refused(SheetRefusal),
}
