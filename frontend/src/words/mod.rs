//! The app's texts in Polish and English. A missing text does not compile.
//!
//! Texts that only pages of one bundle use stand in structs of their own, such as [`OfficeWords`] and [`ImportWords`], so that
//! the others do not carry them.

/// Makes a struct of texts and fills it in for each language.
macro_rules! words {
    ($(#[$doc:meta])* struct $name:ident; $($key:ident: $pl:literal, $en:literal;)*) => {
        $(#[$doc])*
        pub struct $name {
            /// The language of these words.
            pub spoken: zgoda_domain::consent::Language,
            $(pub $key: &'static str,)*
        }

        impl $name {
            pub fn of(language: zgoda_domain::consent::Language) -> &'static Self {
                use zgoda_domain::consent::Language;
                static PL: $name = $name { spoken: Language::Pl, $($key: $pl,)* };
                static EN: $name = $name { spoken: Language::En, $($key: $en,)* };
                match language {
                    Language::Pl => &PL,
                    Language::En => &EN,
                }
            }

            /// Every text by its name.
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($key), self.$key),)*]
            }
        }
    };
}

mod data;
mod enums;
mod export;
mod forms;
mod imports;
mod list;
mod office;
mod submissions;
mod tags;
mod texts;
pub mod time;

pub use data::DataWords;
pub use export::ExportWords;
pub use forms::FormsWords;
pub use imports::ImportWords;
pub use list::{ListWords, with};
pub use office::OfficeWords;
pub use submissions::SubmissionWords;
pub use tags::TagWords;
pub use texts::Words;

use leptos::prelude::*;
use zgoda_domain::consent::Language;

/// The language spoken now; changing it renders the pages anew.
#[derive(Clone, Copy)]
pub struct Speech(pub RwSignal<Language>);

/// The words of the language spoken now. Pages are rendered anew when it changes, so nobody has to subscribe.
pub fn use_words() -> &'static Words {
    Words::of(spoken_now())
}

/// The words of the office pages, like [`use_words`].
pub fn use_office_words() -> &'static OfficeWords {
    OfficeWords::of(spoken_now())
}

/// The words of the pages of work on many clients, like [`use_words`].
pub fn use_data_words() -> &'static DataWords {
    DataWords::of(spoken_now())
}

/// The words of the pages of imports, like [`use_words`].
pub fn use_import_words() -> &'static ImportWords {
    ImportWords::of(spoken_now())
}

/// The words of taking clients out, like [`use_words`].
pub fn use_export_words() -> &'static ExportWords {
    ExportWords::of(spoken_now())
}

/// The words of the client list, like [`use_words`].
pub fn use_list_words() -> &'static ListWords {
    ListWords::of(spoken_now())
}

/// The words of tags, like [`use_words`].
pub fn use_tag_words() -> &'static TagWords {
    TagWords::of(spoken_now())
}

/// The words of the form editor, like [`use_words`].
pub fn use_forms_words() -> &'static FormsWords {
    FormsWords::of(spoken_now())
}

/// The words of the submissions pages, like [`use_words`].
pub fn use_submission_words() -> &'static SubmissionWords {
    SubmissionWords::of(spoken_now())
}

fn spoken_now() -> Language {
    use_context::<Speech>().map_or(Language::Pl, |speech| speech.0.get_untracked())
}

/// Renders a page, and renders it anew when the language changes.
pub fn spoken<V: IntoView + 'static>(page: impl Fn() -> V + Clone + Send + 'static) -> impl IntoView {
    let speech = use_context::<Speech>();
    move || {
        if let Some(speech) = speech {
            speech.0.track();
        }
        untrack(|| page().into_any())
    }
}

impl Words {
    /// `1 klient`, `2 klienci`, `1 234 klientów`; `forms` are "one|few|many".
    pub fn count(&self, number: u64, forms: &str) -> String {
        let form = match (self.spoken, number % 10, number % 100) {
            (_, _, _) if number == 1 => 0,
            (Language::Pl, 2..=4, tens) if !(12..=14).contains(&tens) => 1,
            _ => 2,
        };
        format!("{} {}", self.number(number), forms.split('|').nth(form).unwrap_or(forms))
    }

    /// A number with its thousands apart.
    pub fn number(&self, number: u64) -> String {
        self.thousands(&number.to_string())
    }

    /// A number as it is stored, `-89459.93`, the way the language writes it; what is no number stays as it is.
    pub fn decimal(&self, stored: &str) -> String {
        let (sign, digits) = stored.strip_prefix('-').map_or(("", stored), |digits| ("-", digits));
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !fraction.is_none_or(is_number) {
            return stored.to_owned();
        }
        let point = match self.spoken {
            Language::Pl => ',',
            Language::En => '.',
        };
        let fraction = fraction.map(|fraction| format!("{point}{fraction}")).unwrap_or_default();
        format!("{sign}{}{fraction}", self.thousands(whole))
    }

    fn thousands(&self, digits: &str) -> String {
        let separator = match self.spoken {
            Language::Pl => '\u{a0}',
            Language::En => ',',
        };
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }
}
