//! The workbook: a sheet per kind of data.

use super::{NamedValue, SubjectData};
use chrono::{DateTime, Utc};
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};
use serde_json::Value;
use zgoda_domain::{consent::Language, spreadsheet};

pub(super) fn write(data: &SubjectData, language: Language) -> Result<Vec<u8>, XlsxError> {
    let say = |pl: &'static str, en: &'static str| match language {
        Language::Pl => pl,
        Language::En => en,
    };
    let mut workbook = Workbook::new();

    let mut sheet = Table::new(&mut workbook, say("Dane klienta", "Client data"), &[28.0, 60.0])?;
    sheet.head(&[say("Pole", "Field"), say("Wartość", "Value")])?;
    for field in &data.details {
        sheet.row(&[label(&field.name, language), &text(&field.value, language)])?;
    }
    if !data.tags.is_empty() {
        sheet.row(&[say("Tagi", "Tags"), &data.tags.join(", ")])?;
    }
    sheet.row(&[say("Utworzono", "Created"), &moment(data.created_at)])?;
    sheet.row(&[say("Zmieniono", "Changed"), &moment(data.updated_at)])?;
    sheet.row(&[say("Wydano", "Handed over"), &moment(data.exported_at)])?;

    let mut sheet = Table::new(&mut workbook, say("Dodatkowe pola", "Additional fields"), &[28.0, 60.0])?;
    sheet.head(&[say("Pole", "Field"), say("Wartość", "Value")])?;
    for NamedValue { name, value } in &data.additional_fields {
        sheet.row(&[name, &text(value, language)])?;
    }

    let mut sheet = Table::new(&mut workbook, say("Zgody", "Consents"), &[30.0, 12.0, 14.0, 20.0, 20.0, 70.0, 40.0])?;
    sheet.head(&[
        say("Cel przetwarzania", "Purpose"),
        say("Kanał", "Channel"),
        say("Zdarzenie", "Event"),
        say("Kiedy", "When"),
        say("Sposób", "Method"),
        say("Treść klauzuli", "Wording"),
        say("Dowód", "Evidence"),
    ])?;
    for consent in &data.consents {
        for event in &consent.events {
            sheet.row(&[
                &consent.purpose,
                code(consent.channel, language),
                code(event.kind, language),
                &moment(event.occurred_at),
                code(event.method, language),
                event.wording.as_deref().unwrap_or_default(),
                &evidence(&event.evidence),
            ])?;
        }
    }

    let mut sheet = Table::new(&mut workbook, say("Prośby o odnowienie", "Renewals asked"), &[30.0, 12.0, 20.0, 20.0])?;
    sheet.head(&[
        say("Cel przetwarzania", "Purpose"),
        say("Kanał", "Channel"),
        say("Zapytano", "Asked"),
        say("Odpowiedziano", "Answered"),
    ])?;
    for renewal in &data.renewals {
        let answered = renewal.answered_at.map(moment).unwrap_or_default();
        sheet.row(&[&renewal.purpose, code(renewal.channel, language), &moment(renewal.asked_at), &answered])?;
    }

    let mut sheet = Table::new(&mut workbook, say("Zgłoszenia", "Submissions"), &[28.0, 10.0, 20.0, 28.0, 60.0])?;
    sheet.head(&[
        say("Formularz", "Form"),
        say("Wersja", "Version"),
        say("Otrzymano", "Received"),
        say("Pytanie", "Question"),
        say("Odpowiedź", "Answer"),
    ])?;
    for sent in &data.submissions {
        for answer in &sent.answers {
            let version = sent.form_version.to_string();
            let received = moment(sent.received_at);
            sheet.row(&[&sent.form, &version, &received, &answer.name, &text(&answer.value, language)])?;
        }
    }

    let mut sheet = Table::new(&mut workbook, say("Pliki", "Files"), &[40.0, 24.0, 14.0, 70.0, 20.0])?;
    sheet.head(&[
        say("Nazwa", "Name"),
        say("Rodzaj", "Type"),
        say("Bajty", "Bytes"),
        "SHA-256",
        say("Otrzymano", "Received"),
    ])?;
    for file in &data.files {
        let size = file.size.to_string();
        sheet.row(&[&file.name, &file.media_type, &size, &file.sha256, &moment(file.received_at)])?;
    }

    if !data.origins.is_empty() {
        let mut sheet = Table::new(&mut workbook, say("Skąd dane", "Where from"), &[20.0, 60.0, 14.0, 60.0])?;
        sheet.head(&[
            say("Zaimportowano", "Imported"),
            say("Źródło", "Source"),
            say("Pozyskano", "Obtained"),
            say("Podstawa prawna", "Lawful basis"),
        ])?;
        for origin in &data.origins {
            let (at, day) = (moment(origin.imported_at), origin.obtained_on.to_string());
            sheet.row(&[&at, &origin.source, &day, &origin.lawful_basis])?;
        }
    }

    if !data.merged_cards.is_empty() {
        let mut sheet = Table::new(&mut workbook, say("Połączone karty", "Merged cards"), &[20.0, 28.0, 60.0])?;
        sheet.head(&[say("Połączono", "Merged"), say("Pole", "Field"), say("Wartość", "Value")])?;
        for card in &data.merged_cards {
            let at = moment(card.merged_at);
            for field in &card.details {
                sheet.row(&[&at, label(&field.name, language), &text(&field.value, language)])?;
            }
            for field in &card.additional_fields {
                sheet.row(&[&at, &field.name, &text(&field.value, language)])?;
            }
        }
    }

    let mut sheet = Table::new(&mut workbook, say("Kto oglądał dane", "Who looked"), &[20.0, 30.0, 20.0])?;
    sheet.head(&[say("Kiedy", "When"), say("Czynność", "Action"), say("Kto", "Who")])?;
    for access in &data.access_log {
        sheet.row(&[&moment(access.at), code(access.action, language), code(&access.by, language)])?;
    }
    workbook.save_to_buffer()
}

/// A sheet that is filled from the top.
struct Table<'a> {
    sheet: &'a mut Worksheet,
    next: u32,
    plain: Format,
    guarded: Format,
}

impl<'a> Table<'a> {
    fn new(workbook: &'a mut Workbook, name: &str, widths: &[f64]) -> Result<Self, XlsxError> {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name)?;
        for (column, width) in (0u16..).zip(widths) {
            sheet.set_column_width(column, *width)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        let plain = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        // Text that a spreadsheet could take for a formula stays text, also after editing (ASVS 5.0, 1.2.10).
        let guarded = plain.clone().set_quote_prefix();
        Ok(Self { sheet, next: 0, plain, guarded })
    }

    fn head(&mut self, titles: &[&str]) -> Result<(), XlsxError> {
        let bold = Format::new().set_bold();
        for (column, title) in (0u16..).zip(titles) {
            self.sheet.write_string_with_format(self.next, column, *title, &bold)?;
        }
        self.next += 1;
        Ok(())
    }

    /// A row; a text that no cell can hold goes on in the rows below, because what is handed over must be whole.
    fn row(&mut self, cells: &[&str]) -> Result<(), XlsxError> {
        let mut rest = cells.to_vec();
        loop {
            for (column, cell) in (0u16..).zip(&mut rest) {
                let (part, left) = cell.split_at(cell_end(cell));
                *cell = left;
                let format = if spreadsheet::looks_like_formula(part) { &self.guarded } else { &self.plain };
                self.sheet.write_string_with_format(self.next, column, part, format)?;
            }
            self.next += 1;
            if rest.iter().all(|cell| cell.is_empty()) {
                return Ok(());
            }
        }
    }
}

/// Characters of one cell at most, counted as UTF-16 does.
const CELL_MAX: usize = 32_767;

/// Where the first cell of a text ends, in bytes.
fn cell_end(text: &str) -> usize {
    let mut length = 0;
    let mut ends = text.char_indices().filter_map(|(at, char)| {
        length += char.len_utf16();
        (length > CELL_MAX).then_some(at)
    });
    ends.next().unwrap_or(text.len())
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn text(value: &Value, language: Language) -> String {
    match value {
        Value::String(text) => match text.as_str() {
            "given" | "withdrawn" | "refused" | "requested" | "expired" => code(text, language).to_owned(),
            _ => text.clone(),
        },
        Value::Bool(ticked) => match (ticked, language) {
            (true, Language::Pl) => "Tak".to_owned(),
            (false, Language::Pl) => "Nie".to_owned(),
            (true, Language::En) => "Yes".to_owned(),
            (false, Language::En) => "No".to_owned(),
        },
        Value::Array(items) => items.iter().map(|item| text(item, language)).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

fn evidence(value: &Value) -> String {
    let Some(members) = value.as_object() else { return String::new() };
    let told = members.iter().filter_map(|(name, value)| {
        // Of a file its name; the rest stands in the sheet of files.
        let text = value.as_str().or_else(|| value.get("name")?.as_str())?;
        Some(format!("{name}: {text}"))
    });
    told.collect::<Vec<_>>().join("\n")
}

fn label(key: &str, language: Language) -> &str {
    if language == Language::En {
        return key;
    }
    match key {
        "name" => "Nazwa",
        "first_name" => "Imię",
        "last_name" => "Nazwisko",
        "position" => "Stanowisko",
        "email" => "E-mail",
        "phone" => "Telefon",
        "mobile_phone" => "Telefon komórkowy",
        "website" => "Strona WWW",
        "nip" => "NIP",
        "regon" => "REGON",
        "pesel" => "PESEL",
        "street" => "Ulica",
        "post_code" => "Kod pocztowy",
        "city" => "Miejscowość",
        "country" => "Kraj",
        "note" => "Notatka",
        "external_id" => "Identyfikator zewnętrzny",
        other => other,
    }
}

/// Codes as people say them in Polish; in English the code reads well enough.
fn code(code: &str, language: Language) -> &str {
    if language == Language::En {
        return code;
    }
    match code {
        "general" => "ogólna",
        "email" => "e-mail",
        "sms" => "SMS",
        "phone" => "telefon",
        "post" => "poczta",
        "given" => "udzielona",
        "withdrawn" => "wycofana",
        "refused" => "odmówiona",
        "requested" => "zapytano",
        "expired" => "wygasła",
        "confirmed" => "potwierdzona",
        "renewed" => "odnowiona",
        "imported" => "z importu",
        "recorded_by_staff" => "zapisana przez pracownika",
        "form_checkbox" => "pole w formularzu",
        "staff_card" => "na karcie klienta",
        "paper" => "na papierze",
        "in_person" => "osobiście",
        "renewal_click" => "przycisk po kliknięciu linku w prośbie o odnowienie",
        "import" => "import",
        "job" => "automatycznie",
        "client_created" => "utworzenie karty",
        "client_changed" => "zmiana karty",
        "client_opened" => "otwarcie karty",
        "client_tagged" => "zmiana tagów",
        "clients_merged" => "połączenie kart",
        "merge_undone" => "cofnięcie połączenia kart",
        "merge" => "z połączenia kart",
        "client_exported" => "wydanie danych",
        "consent_withdrawn" => "wycofanie zgody",
        "consent_recorded" => "odnotowanie zgody",
        "consent_renewed" => "odnowienie zgody",
        "renewals_asked" => "prośba o odnowienie zgody",
        "file_opened" => "pobranie pliku",
        "submission_received" => "zgłoszenie z formularza",
        "submission_opened" => "otwarcie zgłoszenia",
        "submission_accepted" => "przyjęcie zgłoszenia",
        "account" => "pracownik",
        "visitor" => "gość strony",
        "system" => "system",
        "command_line" => "administrator",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_ends_where_it_is_full() {
        assert_eq!(cell_end(""), 0);
        assert_eq!(cell_end(&"ż".repeat(CELL_MAX)), 2 * CELL_MAX);
        assert_eq!(cell_end(&"ż".repeat(CELL_MAX + 1)), 2 * CELL_MAX);
        // Half of a character is never kept.
        assert_eq!(cell_end(&"🌻".repeat(CELL_MAX)), 4 * (CELL_MAX / 2));
    }
}
