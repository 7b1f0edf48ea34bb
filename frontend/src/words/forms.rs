//! Texts of the pages below `/forms` that no other page shows.

use zgoda_domain::form::{FormFieldKind, FormFont};

words! {
    /// Texts of the form editor in one language.
    struct FormsWords;

    // canvas
    undo: "Cofnij", "Undo";
    undo_hint: "Cofnij (Ctrl+Z)", "Undo (Ctrl+Z)";
    redo: "Ponów", "Redo";
    redo_hint: "Ponów (Ctrl+Shift+Z)", "Redo (Ctrl+Shift+Z)";
    take_back: "Cofnij usunięcie", "Undo deleting";
    deleted_field: "Usunięto „{}”.", "“{}” was deleted.";
    no_fields_text: "Formularz nie ma jeszcze pól. Przeciągnij tu pole albo je naciśnij.", "The form has no fields yet. Drag one here, or press one.";
    palette_text: "Naciśnij, aby dodać na końcu, albo przeciągnij na miejsce.", "Press to add at the end, or drag into place.";
    move_field: "Przenieś", "Move";
    move_field_hint: "Przeciągnij albo naciśnij i użyj strzałek", "Drag, or press and use the arrow keys";
    move_keys: "Alt i strzałka w górę lub w dół przenosi pole. Delete usuwa je.", "Alt with the up or down arrow moves the field. Delete deletes it.";
    move_begun: "Przenoszenie: strzałki przesuwają, Enter kończy, Escape przywraca.", "Moving: arrow keys move, Enter ends, Escape puts it back.";
    move_done: "Pole zostało na nowym miejscu.", "The field stays in its new place.";
    move_called_off: "Pole wróciło na swoje miejsce.", "The field is back in its place.";
    field_place: "„{}”: miejsce {} z {}", "“{}”: place {} of {}";
    duplicate: "Powiel", "Duplicate";

    // kinds
    about_short_text: "Jeden wiersz, np. imię lub firma.", "One line, such as a name or a company.";
    about_long_text: "Kilka wierszy, np. wiadomość.", "Several lines, such as a message.";
    about_email: "Adres, na który można odpisać.", "An address to answer to.";
    about_phone: "Numer, także z kierunkowym kraju.", "A number, with a country code if need be.";
    about_number: "Liczba, np. ilość sztuk.", "A number, such as a quantity.";
    about_date: "Dzień wybrany z kalendarza.", "A day from the calendar.";
    about_select: "Jedna z wielu opcji, rozwijana.", "One of many options, unfolding.";
    about_radio: "Jedna z kilku widocznych opcji. Jedyna opcja działa jak zgoda.", "One of a few options in view. A single one acts as a consent.";
    about_checkbox: "Tak albo nie, bez celu przetwarzania.", "Yes or no, without a purpose.";
    about_consent: "Zgoda na jeden cel i kanał, z dowodem w rejestrze.", "Consent to one purpose and channel, with evidence in the ledger.";
    about_file: "Załącznik do zgłoszenia, do 10 MB.", "An attachment to the submission, up to 10 MB.";
    about_hidden: "Wartość ze strony, niewidoczna dla odwiedzającego.", "A value from the page that visitors do not see.";
    about_heading: "Dzieli dłuższy formularz na części.", "Divides a longer form.";
    about_static_text: "Wyjaśnienie między polami.", "An explanation between fields.";

    // properties
    properties_more: "Kolejność zmienisz uchwytem, przyciskami albo Alt i strzałkami.", "Order is changed with the grip, the buttons, or Alt and arrow keys.";
    options_hint: "Jedna w wierszu. Możesz wkleić całą listę.", "One per line. You can paste a whole list.";
    add_option: "Dodaj opcję", "Add an option";
    consent_unticked: "Zaznaczenie jest puste, gdy formularz się otwiera (motyw 32 RODO).", "The tick is empty when the form opens (GDPR recital 32).";
    consent_unbundled: "Jedno zaznaczenie to jeden cel. Na drugi cel dodaj drugie.", "One tick is one purpose. Add another one for a second purpose.";
    per_channel: "Po jednym zaznaczeniu na kanał", "One tick per channel";
    per_channel_text: "Ten cel ma jeszcze kanały bez zaznaczenia. Zgoda na jeden kanał nie obejmuje innych.", "This purpose has channels without a tick. Consent to one channel does not cover the others.";
    file_types: "Rodzaje plików", "Kinds of files";
    file_size: "Największy plik", "Largest file";
    file_hint: "Formularz może mieć najwyżej 3 pola na pliki. Pliki zostają przy zgłoszeniu.", "A form can have at most 3 file fields. Files stay with the submission.";
    advanced: "Zaawansowane", "Advanced";
    key_hint: "Nazwa odpowiedzi w API i zwykłym HTML. Po zmianie popraw wklejone formularze.", "The answer's name in the API and in plain HTML. After a change, correct forms that were pasted elsewhere.";

    // settings
    section_outcome: "Co powstaje ze zgłoszenia", "What a submission becomes";
    section_texts: "Teksty", "Texts";
    section_endings: "Inne zakończenia", "Other endings";
    section_window: "Kiedy można odpowiadać", "When visitors can answer";
    section_mails: "Wiadomości", "Mails";
    section_places: "Strony i ochrona", "Pages and protection";
    section_looks: "Wygląd", "Looks";
    anonymous_hint: "Nie zapisujemy adresu IP ani przeglądarki odwiedzającego. Dowód zgody jest przez to słabszy.", "Neither the visitor's IP address nor browser is kept. Evidence of consent is weaker for it.";
    confirm_first: "Najpierw potwierdź e-mail", "Confirm the e-mail address first";
    confirm_first_hint: "Zgłoszenie liczy się dopiero po kliknięciu linku z wiadomości. Zalecane przy zapisie na newsletter.", "A submission counts once the link in a mail was clicked. Recommended for newsletter sign-up.";
    strict: "Wymagaj dowodu pracy", "Demand proof of work";
    strict_hint: "Przeglądarka odwiedzającego liczy chwilę przed wysłaniem. Zatrzymuje roboty, ale bez JavaScriptu formularza nie da się wysłać.", "The visitor's browser calculates for a moment before sending. It stops robots, but without JavaScript the form cannot be sent.";
    opens_at: "Otwarty od", "Open from";
    closes_at: "Otwarty do", "Open until";
    zone: "Czas lokalny: {}. Puste: bez granicy.", "Local time: {}. Empty: no limit.";
    window_backwards: "Koniec jest przed początkiem.", "The end is before the beginning.";
    quota: "Limit zgłoszeń", "Most submissions";
    quota_hint: "Potem formularz się zamyka. Spam się nie liczy.", "Then the form closes. Spam does not count.";
    notify: "Powiadom te skrzynki", "Tell these mailboxes";
    notify_hint: "Jeden adres w wierszu. Wiadomość mówi tylko, że jest zgłoszenie; treść zostaje w programie.", "One address per line. The mail only says that there is a submission; its content stays here.";
    reply: "Wyślij potwierdzenie odwiedzającemu", "Send the visitor a confirmation";
    reply_hint: "Na adres z pola E-mail. Nie powtarza tego, co wpisano.", "To the address in the E-mail field. It never repeats what was typed.";
    reply_subject: "Temat", "Subject";
    reply_text: "Treść wiadomości", "Text of the mail";
    reply_subject_start: "Otrzymaliśmy Twoje zgłoszenie", "We have received your message";
    reply_text_start: "Dziękujemy za zgłoszenie. Odpowiemy najszybciej, jak to możliwe.", "Thank you for your message. We will answer as soon as we can.";
    endings_text: "Gdy odpowiedź pasuje, zamiast podziękowania widać ten tekst. Liczy się pierwsze pasujące zakończenie.", "Where an answer fits, this text is shown instead of the usual one. The first ending that fits counts.";
    endings_impossible: "Zakończenie może zależeć od listy, radia, pola wyboru lub zgody. Dodaj najpierw takie pole.", "An ending can depend on a list, radio, checkbox or consent. Add such a field first.";
    add_ending: "Dodaj zakończenie", "Add an ending";
    ending: "Zakończenie {}", "Ending {}";
    ending_field: "Gdy pole", "If the field";
    ending_answer: "ma odpowiedź", "has the answer";
    ending_text: "Tekst zakończenia", "Text of this ending";
    ending_redirect: "Przekieruj na", "Redirect to";
    ticked: "zaznaczone", "ticked";
    accent: "Kolor akcentu", "Accent colour";
    accent_hint: "Zapis #rrggbb. Puste: kolor domyślny.", "Written #rrggbb. Empty: the usual colour.";
    accent_choose: "Wybierz kolor akcentu", "Choose the accent colour";
    white_text: "Biały tekst", "White text";
    black_text: "Czarny tekst", "Black text";
    ratio_good: "{}: kontrast {}:1, czytelny", "{}: contrast {}:1, readable";
    ratio_bad: "{}: kontrast {}:1, za mały (WCAG wymaga 4,5:1)", "{}: contrast {}:1, too low (WCAG asks for 4.5:1)";
    button_white: "Napis na przycisku będzie biały.", "The button's text will be white.";
    button_black: "Napis na przycisku będzie czarny.", "The button's text will be black.";
    accent_pale: "Na białym tle ten kolor prawie nie odcina się od strony. Wybierz ciemniejszy.", "On a white page this colour hardly stands out. Choose a darker one.";
    font: "Krój pisma", "Font";
    font_hint: "Niczego się nie pobiera: to kroje z urządzenia odwiedzającego.", "Nothing is downloaded: these are fonts of the visitor's device.";
    font_host: "Jak na stronie", "As on the page";
    font_sans: "Bezszeryfowy", "Sans-serif";
    font_serif: "Szeryfowy", "Serif";
    font_monospace: "Stałej szerokości", "Monospace";

    // preview
    preview_width: "Szerokość podglądu", "Width of the preview";
    preview_desktop: "Komputer", "Desktop";
    preview_phone: "Telefon", "Phone";
    preview_ground: "Tło strony", "Background of the page";
    preview_light: "Jasne tło", "Light background";
    preview_dark: "Ciemne tło", "Dark background";

    // versions
    tab_versions: "Wersje", "Versions";
    no_versions: "Nie opublikowano jeszcze żadnej wersji", "No version was published yet";
    no_versions_text: "Każda publikacja zostaje tu na zawsze: widać, na co dokładnie odpowiadano.", "Each publication stays here for good: it shows what exactly people answered.";
    version_number: "Wersja {}", "Version {}";
    version_draft: "Szkic", "Draft";
    version_live: "Opublikowana", "Published";
    version_retired: "Wycofana", "Retired";
    fields_n: "pole|pola|pól", "field|fields|fields";
    column_version: "Wersja", "Version";
    column_state: "Stan", "State";
    column_date: "Opublikowano", "Published on";
    column_fields: "Pola", "Fields";
    view_version: "Zobacz", "View";
    restore_version: "Przywróć do szkicu", "Restore into the draft";
    restored_version: "Wersja {} jest teraz w szkicu. Odwiedzający zobaczą ją po publikacji.", "Version {} is in the draft now. Visitors see it once it is published.";
    changes_title: "Zmiany w szkicu od opublikowanej wersji", "Changes in the draft since the published version";
    changes_none: "Szkic jest taki sam jak opublikowana wersja.", "The draft is the same as the published version.";
    change_added: "dodane", "added";
    change_removed: "usunięte", "removed";
    change_changed: "zmienione", "changed";
    change_moved: "przeniesione", "moved";
    change_settings: "Ustawienia formularza", "Settings of the form";
}

type Text = &'static str;

impl FormsWords {
    pub fn about_kind(&self, kind: FormFieldKind) -> Text {
        match kind {
            FormFieldKind::ShortText => self.about_short_text,
            FormFieldKind::LongText => self.about_long_text,
            FormFieldKind::Email => self.about_email,
            FormFieldKind::Phone => self.about_phone,
            FormFieldKind::Number => self.about_number,
            FormFieldKind::Date => self.about_date,
            FormFieldKind::Select => self.about_select,
            FormFieldKind::Radio => self.about_radio,
            FormFieldKind::Checkbox => self.about_checkbox,
            FormFieldKind::Consent => self.about_consent,
            FormFieldKind::File => self.about_file,
            FormFieldKind::Hidden => self.about_hidden,
            FormFieldKind::Heading => self.about_heading,
            FormFieldKind::StaticText => self.about_static_text,
        }
    }

    pub fn font(&self, font: FormFont) -> Text {
        match font {
            FormFont::Host => self.font_host,
            FormFont::Sans => self.font_sans,
            FormFont::Serif => self.font_serif,
            FormFont::Monospace => self.font_monospace,
        }
    }

    /// Where a field stands, counted from 1.
    pub fn field_place(&self, label: &str, place: usize, of: usize) -> String {
        fill(self.field_place, &[label, &place.to_string(), &of.to_string()])
    }

    pub fn deleted_field(&self, label: &str) -> String {
        fill(self.deleted_field, &[label])
    }

    pub fn zone(&self, name: &str) -> String {
        fill(self.zone, &[name])
    }

    pub fn ending(&self, number: usize) -> String {
        fill(self.ending, &[&number.to_string()])
    }

    pub fn version_number(&self, number: i32) -> String {
        fill(self.version_number, &[&number.to_string()])
    }

    pub fn restored_version(&self, number: i32) -> String {
        fill(self.restored_version, &[&number.to_string()])
    }

    /// A contrast with one digit behind the point, never rounded up to what it does not reach.
    pub fn ratio(&self, name: &str, ratio: f64, is_enough: bool) -> String {
        let tenths = (ratio * 10.0).floor() as u32;
        let point = if self.spoken == zgoda_domain::consent::Language::Pl { ',' } else { '.' };
        let ratio = format!("{}{point}{}", tenths / 10, tenths % 10);
        fill(if is_enough { self.ratio_good } else { self.ratio_bad }, &[name, &ratio])
    }
}

/// Puts values in the places of `{}`, in their order.
fn fill(text: &str, values: &[&str]) -> String {
    let mut parts = text.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        filled.push_str(values.get(at).copied().unwrap_or_default());
        filled.push_str(part);
    }
    filled
}
