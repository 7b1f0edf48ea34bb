//! Texts of the pages of imports.

use super::Words;
use zgoda_domain::{
    import::{DuplicateStrategy, ImportCheck, MatchBy, RowOutcome},
    job::JobFailure,
    sheet::{Delimiter, Encoding, SheetFormat, SheetRefusal},
};

words! {
    /// Texts of the pages of imports in one language.
    struct ImportWords;

    // the list
    imports_text: "Klienci z pliku, krok po kroku. Zanim cokolwiek powstanie, zobaczysz, co z pliku wynika; cały import można cofnąć.", "Clients from a file, step by step. You see what comes of the file before anything is made, and the whole import can be undone.";
    new_import: "Nowy import", "New import";
    drop_title: "Upuść plik tutaj albo wybierz go z dysku", "Drop a file here, or choose one";
    drop_formats: "XLSX, XLS, ODS, CSV, vCard albo JSON; do 32 MB i 200 000 wierszy.", "XLSX, XLS, ODS, CSV, vCard or JSON; up to 32 MB and 200,000 rows.";
    file: "Plik", "File";
    sending_file: "Wysyłanie:", "Sending:";
    reading_file: "Odczytywanie pliku…", "Reading the file…";
    template_text: "Jeden klient w wierszu; pierwszy wiersz nazywa kolumny, np. Nazwa, E-mail, Telefon, NIP, Miasto. Kolumny mogą mieć dowolne nazwy i kolejność: w następnym kroku powiesz, co jest czym.", "One client in a row; the first row names the columns, for example Name, E-mail, Phone, NIP, City. Columns can have any names and order: in the next step you say which is what.";
    template_get: "Pobierz wzór", "Get a template";
    template_name: "wzor-importu.csv", "import-template.csv";
    template: "Nazwa;Imię;Nazwisko;E-mail;Telefon;NIP;Ulica;Kod pocztowy;Miasto;Tagi;Notatka\r\nJan Przykładowy;Jan;Przykładowy;jan.przykladowy@example.com;+48 600 100 200;;ul. Długa 1;00-001;Warszawa;Targi, VIP;Poznany na targach\r\nPiekarnia Przykład sp. z o.o.;;;biuro@example.com;+48 22 555 01 00;5260001246;ul. Krótka 2;31-001;Kraków;;\r\n", "Name,First name,Last name,E-mail,Phone,NIP,Street,Post code,City,Tags,Note\r\nJan Example,Jan,Example,jan.example@example.com,+48 600 100 200,,ul. Długa 1,00-001,Warszawa,\"Fair, VIP\",Met at the fair\r\nExample Bakery Ltd,,,office@example.com,+48 22 555 01 00,5260001246,ul. Krótka 2,31-001,Kraków,,\r\n";
    earlier_imports: "Wcześniejsze importy", "Earlier imports";
    rows: "Wiersze", "Rows";
    begun: "Zaczęto", "Begun";
    import_reading: "Plik nie został odczytany", "The file was not read";
    import_open: "Czeka na dokończenie", "Waits to be finished";
    import_run: "Uruchomiony", "Was run";
    run_waiting: "Czeka na swoją kolej", "Waits for its turn";
    run_running: "W toku", "Running";
    run_done: "Zakończony", "Done";
    run_failed: "Przerwany", "Broken off";
    run_cancelled: "Zatrzymany", "Stopped";
    run_undone: "Cofnięty", "Taken back";
    go_on: "Dokończ", "Go on";
    see_report: "Zobacz wynik", "See the result";
    forgotten_on: "Plik zostanie usunięty:", "The file will be deleted on:";
    discard: "Porzuć", "Discard";
    discard_title: "Porzucić import?", "Discard the import?";
    discard_text: "Wysłany plik i poprawki zostaną usunięte. Żaden klient się nie zmieni.", "The file that was sent and the corrections are deleted. No client changes.";
    import_discarded: "Import porzucony, plik usunięty.", "The import was discarded and the file deleted.";

    // the steps
    import: "Import klientów", "Import of clients";
    import_unread: "Ten plik nie został w całości wysłany albo odczytany. Wyślij go jeszcze raz.", "This file was not sent or read to its end. Send it once more.";
    send_again: "Wyślij plik", "Send a file";
    import_outdated: "Import zmieniono w innej karcie przeglądarki. To, co wpisano tutaj, zostało; wczytaj nowszą wersję i sprawdź jeszcze raz.", "The import was changed in another tab. What was typed here is kept; load the newer version and check again.";
    steps: "Kroki importu", "Steps of the import";
    step_file: "Plik", "File";
    step_columns: "Kolumny", "Columns";
    step_origin: "Pochodzenie", "Origin";
    step_check: "Sprawdzenie", "Check";
    step_run: "Import", "Import";
    back: "Wstecz", "Back";

    // what was understood
    understood: "Co odczytano z pliku", "What was read from the file";
    remembered: "Plik z takimi kolumnami już importowano: wybory z tamtego razu są zaznaczone.", "A file with these columns was imported before: what was chosen then is chosen now.";
    rows_n: "wiersz|wiersze|wierszy", "row|rows|rows";
    columns_n: "kolumna|kolumny|kolumn", "column|columns|columns";
    sheet: "Arkusz", "Sheet";
    encoding_label: "Kodowanie liter", "Encoding of letters";
    encoding_hint: "Widzisz „krzaczki” zamiast polskich liter? Wybierz inne.", "Do you see strange signs instead of letters? Choose another one.";
    encoding_windows_1250: "Windows-1250 (starsze programy)", "Windows-1250 (older programs)";
    encoding_iso_8859_2: "ISO 8859-2", "ISO 8859-2";
    delimiter_label: "Co rozdziela kolumny", "What parts the columns";
    delimiter_hint: "Wszystko stoi w jednej kolumnie? Wybierz inny znak.", "Is everything in one column? Choose another sign.";
    delimiter_comma: "przecinek", "comma";
    delimiter_semicolon: "średnik", "semicolon";
    delimiter_tab: "tabulator", "tab";
    delimiter_pipe: "kreska pionowa |", "bar |";
    header_row: "Wiersz z nazwami kolumn", "Row that names the columns";
    header_hint: "Wiersze nad nim są pomijane.", "Rows above it are left out.";
    no_header: "żaden – kolumny nie mają nazw", "none – the columns have no names";
    row_n: "Wiersz {}", "Row {}";
    row: "Wiersz", "Row";
    first_rows: "Pierwsze wiersze", "The first rows";
    to_columns: "Dalej: kolumny", "Next: columns";
    to_columns_what: "W następnym kroku powiesz, czym jest każda kolumna.", "In the next step you say what each column is.";
    refusal_unreadable: "Tego pliku nie da się odczytać: jest uszkodzony albo w innym formacie niż XLSX, XLS, ODS, CSV, vCard i JSON.", "This file cannot be read: it is broken, or of another format than XLSX, XLS, ODS, CSV, vCard and JSON.";
    refusal_empty: "W pliku nie ma żadnych danych.", "There is nothing in the file.";
    refusal_encrypted: "Plik jest chroniony hasłem. Zapisz go bez hasła i wybierz jeszcze raz.", "The file is protected by a password. Save it without one and choose it again.";
    refusal_bomb: "Po rozpakowaniu plik byłby za duży. Skopiuj dane do nowego arkusza i zapisz go.", "Unpacked, the file would be too large. Copy the data into a new workbook and save that.";
    refusal_too_many_rows: "Za dużo wierszy: najwyżej 200 000. Podziel plik na części.", "Too many rows: 200,000 at most. Divide the file.";
    refusal_too_many_columns: "Za dużo kolumn: najwyżej 200.", "Too many columns: 200 at most.";
    refusal_cell_too_long: "Jedna z komórek zawiera za długi tekst.", "One of the cells holds too long a text.";
    refusal_too_much: "Odczytanie pliku zajęłoby za dużo czasu lub pamięci. Podziel go albo zapisz jako CSV.", "Reading the file would take too much time or memory. Divide it, or save it as CSV.";
    refusal_no_such_sheet: "W pliku nie ma takiego arkusza.", "There is no such sheet in the file.";

    // columns
    columns_title: "Czym są kolumny?", "What are the columns?";
    columns_text: "Rozpoznane kolumny są już wybrane. Pominiętych nikt nie zapisze.", "Columns that were recognised are chosen already. What is left out is stored nowhere.";
    consent_columns: "Zgoda z pliku to tylko deklaracja (stopień D): niczego nie odblokowuje, dopóki osoba jej nie potwierdzi. Kto odmówił lub wycofał zgodę, pozostaje przy swojej odmowie.", "A consent from a file is only claimed (grade D): it unlocks nothing until the person confirms it. Who refused or withdrew stays refused.";
    column_n: "Kolumna {}", "Column {}";
    becomes: "Kolumna {} staje się", "Column {} becomes";
    samples: "Przykładowe wartości", "Sample values";
    column_empty: "Kolumna jest pusta.", "The column is empty.";
    column_twice: "To samo wybrano dla innej kolumny. Zostaw jedną z nich.", "The same is chosen for another column. Keep one of them.";
    column_joined: "To samo wybrano dla innej kolumny: ich treść zostanie połączona.", "The same is chosen for another column: what they hold is put together.";
    group_card: "Pola karty", "Fields of the card";
    target_ignore: "— pomiń —", "— leave out —";
    target_new: "Utwórz nowe pole…", "Make a new field…";
    target_kind: "Rodzaj: osoba czy firma", "Kind: person or company";
    target_tags: "Tagi", "Tags";
    make_field: "Utwórz pole", "Make the field";
    make_all_fields: "Utwórz pola dla {}", "Make fields for {}";
    homeless_n: "pominiętej kolumny|pominiętych kolumn|pominiętych kolumn", "column that is left out|columns that are left out|columns that are left out";
    fields_made_n: "pole utworzone.|pola utworzone.|pól utworzonych.", "field was made.|fields were made.|fields were made.";
    to_origin: "Dalej: pochodzenie", "Next: origin";
    to_origin_what: "W następnym kroku powiesz, skąd są dane i co z klientami, którzy już są w bazie.", "In the next step you say where the data come from, and what becomes of clients who are here already.";

    // origin
    origin_title: "Skąd są te dane?", "Where do these data come from?";
    origin_text: "RODO wymaga, aby każdej osobie móc odpowiedzieć, skąd masz jej dane i po co (art. 14). Odpowiedź będzie widać na każdej karcie.", "The GDPR demands that each person can be told where you have their data from, and what for (Art. 14). The answer is shown on each card.";
    source: "Źródło", "Source";
    source_hint: "Na przykład: lista uczestników targów w Kielcach, zapisanych osobiście.", "For example: the list of visitors of the fair in Kielce, who signed up in person.";
    obtained_on: "Od kiedy masz te dane", "Since when you have them";
    obtained_hint: "Dzień, w którym je zebrano albo otrzymano.", "The day on which they were collected or received.";
    lawful_basis: "Podstawa przetwarzania", "Lawful basis";
    lawful_hint: "Art. 6 RODO: zgoda, umowa, obowiązek prawny, uzasadniony interes…", "Art. 6 GDPR: consent, contract, legal obligation, legitimate interest…";
    basis_examples: "Przykłady podstaw", "Examples of a basis";
    basis_consent: "Zgoda osoby, art. 6 ust. 1 lit. a RODO", "The person's consent, Art. 6(1)(a) GDPR";
    basis_contract: "Umowa z klientem, art. 6 ust. 1 lit. b RODO", "A contract with the client, Art. 6(1)(b) GDPR";
    basis_interest: "Prawnie uzasadniony interes, art. 6 ust. 1 lit. f RODO", "Legitimate interest, Art. 6(1)(f) GDPR";
    strategy: "A jeśli klient już jest w bazie?", "And if a client is here already?";
    strategy_skip: "Pomiń wiersz", "Leave the row out";
    strategy_skip_about: "Karta zostaje taka, jaka jest.", "The card stays as it is.";
    strategy_update: "Uzupełnij kartę", "Change the card";
    strategy_update_about: "Wypełnione komórki zastąpią to, co jest na karcie; puste niczego nie zmienią.", "Filled cells take the place of what the card says; empty ones change nothing.";
    strategy_new: "Zawsze twórz nową kartę", "Always make a new card";
    strategy_new_about: "Nikt nie jest szukany. Mogą powstać duplikaty.", "Nobody is looked for. Duplicates may come of it.";
    match_by: "Po czym rozpoznać klienta", "What to recognise a client by";
    match_by_hint: "Do wyboru są kolumny, które wskazano w poprzednim kroku.", "To choose from: columns that were given in the step before.";
    match_email: "adres e-mail", "e-mail address";
    match_nip: "NIP", "NIP";
    match_external_id: "identyfikator zewnętrzny", "external id";
    no_keys: "Żadna kolumna nie jest adresem e-mail, NIP-em ani identyfikatorem zewnętrznym, więc nikogo nie da się rozpoznać. Wróć do kolumn albo wybierz „Zawsze twórz nową kartę”.", "No column is an e-mail address, a NIP or an external id, so nobody can be recognised. Go back to the columns, or choose “Always make a new card”.";
    new_clients: "Nowi klienci", "New clients";
    kind_of_all: "Rodzaj, jeśli wiersz go nie podaje", "Kind, where the row does not say";
    kind_by_column: "Rodzaj podaje kolumna.", "A column says the kind.";
    owner_me: "Ja", "Me";
    tags_for_all: "Tagi dla wszystkich importowanych", "Tags for all that are imported";
    to_check: "Sprawdź wszystkie wiersze", "Check all rows";
    to_check_what: "Każdy wiersz zostanie sprawdzony. Nic jeszcze nie powstanie.", "Every row will be checked. Nothing is made yet.";

    // check
    checked: "Wynik sprawdzenia", "What the check found";
    count_makes: "Nowe karty", "New cards";
    count_updates: "Zmienione karty", "Changed cards";
    count_known: "Już w bazie", "Here already";
    count_problems: "Wiersze z problemami", "Rows with problems";
    count_left_out: "Pominięte ręcznie", "Left out by hand";
    count_withdrawn: "Osoby, które odmówiły", "People who said no";
    count_erased: "Osoby usunięte z bazy", "People who were deleted";
    count_blank: "Puste wiersze", "Empty rows";
    says_no_n: "wiersz mówi „nie” w kolumnie zgody|wiersze mówią „nie” w kolumnie zgody|wierszy mówi „nie” w kolumnie zgody", "row says no in a consent's column|rows say no in a consent's column|rows say no in a consent's column";
    says_no_text: "To niczego nie zmienia. Zgodę wycofasz na karcie klienta.", "This changes nothing. Consents are withdrawn on the client's card.";
    faults: "Najczęstsze problemy", "The most frequent problems";
    missing_tags: "Tagi, których jeszcze nie ma", "Tags that do not exist yet";
    missing_tags_ask: "Utworzy je ktoś, kto ustawia pola i tagi. Możesz też poprawić wiersze poniżej.", "Someone who sets up fields and tags can make them. You can put the rows right below as well.";
    make_tags: "Utwórz brakujące tagi: {}", "Make the missing tags: {}";
    whole_row: "Cały wiersz", "The whole row";
    in_rows_n: "wiersz|wiersze|wierszy", "row|rows|rows";
    rows_to_fix: "Wiersze do poprawy", "Rows to put right";
    fix_text: "Popraw komórki tutaj; plik na dysku się nie zmieni.", "Put the cells right here; the file on your disk does not change.";
    no_rows: "Nie ma tu żadnych wierszy.", "There are no rows here.";
    is_wrong: "Do poprawy", "To put right";
    is_ready: "Gotowy", "Ready";
    is_left_out: "Pominięty", "Left out";
    whole_row_show: "Pokaż pozostałe komórki", "Show the other cells";
    save_row: "Zapisz wiersz", "Save the row";
    take_back_in: "Przywróć wiersz", "Take the row back in";
    leave_row_out: "Pomiń wiersz", "Leave the row out";
    run_title: "Import", "Import";
    run_makes_n: "nowa karta|nowe karty|nowych kart", "new card|new cards|new cards";
    run_updates_n: "karta zmieniona|karty zmienione|kart zmienionych", "card changed|cards changed|cards changed";
    run_what: "Po uruchomieniu: {}, {}.", "When it is run: {}, {}.";
    leave_out_short: "Wiersze z problemami", "Rows with problems";
    leave_out_problems: "Pomiń {}; reszta zostanie zaimportowana", "Leave out {}; the rest is imported";
    leave_out_n: "wiersz z problemem|wiersze z problemami|wierszy z problemami", "row with a problem|rows with problems|rows with problems";
    run: "Uruchom import", "Run the import";
    run_after: "Import działa w tle. Można go zatrzymać, a potem cofnąć w całości.", "The import runs in the background. It can be stopped, and undone as a whole afterwards.";

    // run
    run_leave: "Możesz wyjść z tej strony: import trwa dalej i jest na liście", "You can leave this page: the import goes on, and is listed among";
    stop_import: "Zatrzymaj import", "Stop the import";
    imported: "Zaimportowane", "Imported";
    not_taken: "Pominięte", "Not taken";
    report_get: "Pobierz raport wierszy", "Get the report of all rows";
    undo_import: "Cofnij cały import", "Undo the whole import";
    undo_import_title: "Cofnąć cały import?", "Undo the whole import?";
    undo_import_text: "Karty, które powstały, zostaną usunięte, a zmienione wrócą do tego, co było. Karty, które ktoś później zmienił, zostaną, jakie są, i zobaczysz ich listę.", "Cards that were made are deleted, and changed ones go back to what they were. Cards that somebody changed since stay as they are, and you see which.";
    undo_goes_on: "Cofanie trwa:", "It is being undone:";
    undo_over: "Cofnięto:", "Undone:";
    kept_clients: "Zostali, jacy są", "Stay as they are";
    kept_changed: "ktoś pracował z kartą po imporcie", "somebody went on with the card";
    kept_reason_needed: "karta otwiera się tylko z powodem", "the card opens for a reason only";
    kept_not_found: "usunięta lub poza zasięgiem", "deleted or out of reach";
    kept_invalid: "dawna karta łamałaby regułę", "the card as it was would break a rule";
    kept_more: "To nie wszyscy: pokazano pierwszych.", "These are not all: the first are shown.";
    outcomes: "Co się stało z każdym wierszem", "What became of each row";
    outcome: "Wynik", "Outcome";
    outcome_none: "Nie doszło do skutku", "Not reached";
    undone_note: "Ten import cofnięto: karty, które utworzył, usunięto, a zmienione przywrócono. Zostało tylko to, co ktoś zdążył potem zmienić.", "This import was taken back: the cards it made were deleted, and those it changed restored. Only what somebody changed afterwards stayed.";
    outcome_undone: "{} (import cofnięto)", "{} (import taken back)";
    outcome_made: "Nowa karta", "New card";
    outcome_updated: "Zmieniona karta", "Changed card";
    outcome_unchanged: "Bez zmian", "Nothing to change";
    outcome_known: "Już w bazie", "Here already";
    outcome_invalid: "Z problemem", "With a problem";
    outcome_left_out: "Pominięty ręcznie", "Left out by hand";
    outcome_withdrawn: "Osoba odmówiła", "The person said no";
    outcome_erased: "Osoba usunięta z bazy", "The person was deleted";
    outcome_not_reached: "Poza zasięgiem", "Out of reach";
    outcome_changed: "Zmieniony w międzyczasie", "Changed meanwhile";
}

impl ImportWords {
    pub fn format(&self, format: SheetFormat) -> &'static str {
        match format {
            SheetFormat::Xlsx => "XLSX",
            SheetFormat::Xls => "XLS",
            SheetFormat::Ods => "ODS",
            SheetFormat::Csv => "CSV",
            SheetFormat::Vcard => "vCard",
            SheetFormat::Json => "JSON",
        }
    }

    pub fn encoding(&self, encoding: Encoding) -> &'static str {
        match encoding {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16 LE",
            Encoding::Utf16Be => "UTF-16 BE",
            Encoding::Windows1250 => self.encoding_windows_1250,
            Encoding::Iso88592 => self.encoding_iso_8859_2,
        }
    }

    pub fn delimiter(&self, delimiter: Delimiter) -> &'static str {
        match delimiter {
            Delimiter::Comma => self.delimiter_comma,
            Delimiter::Semicolon => self.delimiter_semicolon,
            Delimiter::Tab => self.delimiter_tab,
            Delimiter::Pipe => self.delimiter_pipe,
        }
    }

    pub fn refusal(&self, refusal: SheetRefusal) -> String {
        let text = match refusal {
            SheetRefusal::Unreadable => self.refusal_unreadable,
            SheetRefusal::Empty => self.refusal_empty,
            SheetRefusal::Encrypted => self.refusal_encrypted,
            SheetRefusal::Bomb => self.refusal_bomb,
            SheetRefusal::TooManyRows => self.refusal_too_many_rows,
            SheetRefusal::TooManyColumns => self.refusal_too_many_columns,
            SheetRefusal::CellTooLong => self.refusal_cell_too_long,
            SheetRefusal::TooMuch => self.refusal_too_much,
            SheetRefusal::NoSuchSheet => self.refusal_no_such_sheet,
        };
        text.to_owned()
    }

    /// `Wiersz 17`
    pub fn row_n(&self, number: u32) -> String {
        self.row_n.replacen("{}", &number.to_string(), 1)
    }

    /// `Kolumna C`
    pub fn column_n(&self, name: &str) -> String {
        self.column_n.replacen("{}", name, 1)
    }

    pub fn becomes(&self, name: &str) -> String {
        self.becomes.replacen("{}", name, 1)
    }

    pub fn make_all_fields(&self, w: &Words, count: u64) -> String {
        self.make_all_fields.replacen("{}", &w.count(count, self.homeless_n), 1)
    }

    /// Why an undoing left a client as they are.
    pub fn kept_because(&self, reason: JobFailure) -> &'static str {
        match reason {
            JobFailure::Changed => self.kept_changed,
            JobFailure::ReasonNeeded => self.kept_reason_needed,
            JobFailure::NotFound => self.kept_not_found,
            _ => self.kept_invalid,
        }
    }

    /// What it is called, and what it does.
    pub fn strategy(&self, strategy: DuplicateStrategy) -> (&'static str, &'static str) {
        match strategy {
            DuplicateStrategy::New => (self.strategy_new, self.strategy_new_about),
            DuplicateStrategy::Update => (self.strategy_update, self.strategy_update_about),
            DuplicateStrategy::Skip => (self.strategy_skip, self.strategy_skip_about),
        }
    }

    pub fn match_by(&self, by: MatchBy) -> &'static str {
        match by {
            MatchBy::Email => self.match_email,
            MatchBy::Nip => self.match_nip,
            MatchBy::ExternalId => self.match_external_id,
        }
    }

    /// `Po uruchomieniu: 120 nowych kart, 3 karty zmienione.`
    pub fn run_what(&self, w: &Words, check: &ImportCheck) -> String {
        let makes = w.count(check.makes.into(), self.run_makes_n);
        let updates = w.count(check.updates.into(), self.run_updates_n);
        self.run_what.replacen("{}", &makes, 1).replacen("{}", &updates, 1)
    }

    pub fn leave_out_problems(&self, w: &Words, count: u64) -> String {
        self.leave_out_problems.replacen("{}", &w.count(count, self.leave_out_n), 1)
    }

    pub fn row_outcome(&self, outcome: RowOutcome) -> &'static str {
        match outcome {
            RowOutcome::Made => self.outcome_made,
            RowOutcome::Updated => self.outcome_updated,
            RowOutcome::Unchanged => self.outcome_unchanged,
            RowOutcome::Known => self.outcome_known,
            RowOutcome::Invalid => self.outcome_invalid,
            RowOutcome::LeftOut => self.outcome_left_out,
            RowOutcome::Withdrawn => self.outcome_withdrawn,
            RowOutcome::Erased => self.outcome_erased,
            RowOutcome::NotReached => self.outcome_not_reached,
            RowOutcome::Changed => self.outcome_changed,
        }
    }
}
