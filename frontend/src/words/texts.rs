//! All texts. Polish labels follow the article that the product is measured by.

use zgoda_domain::consent::Language;

macro_rules! words {
    ($($key:ident: $pl:literal, $en:literal;)*) => {
        /// Every text of the app in one language.
        pub struct Words {
            /// The language of these words.
            pub spoken: Language,
            $(pub $key: &'static str,)*
        }

        static PL: Words = Words { spoken: Language::Pl, $($key: $pl,)* };
        static EN: Words = Words { spoken: Language::En, $($key: $en,)* };

        impl Words {
            pub fn of(language: Language) -> &'static Self {
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

words! {
    // everywhere
    close: "Zamknij", "Close";
    cancel: "Anuluj", "Cancel";
    save: "Zapisz", "Save";
    saved: "Zapisano.", "Saved.";
    retry: "Spróbuj ponownie", "Try again";
    loading: "Wczytywanie…", "Loading…";
    show_more: "Pokaż więcej", "Show more";
    copy: "Kopiuj", "Copy";
    copied: "Skopiowano", "Copied";
    yes: "Tak", "Yes";
    no: "Nie", "No";
    choose: "Wybierz…", "Choose…";
    nothing_chosen: "— brak —", "— none —";
    delete: "Usuń", "Delete";
    edit: "Edytuj", "Edit";
    name: "Nazwa", "Name";
    status: "Status", "Status";
    when: "Kiedy", "When";
    optional: "opcjonalnie", "optional";
    menu: "Menu", "Menu";
    main_menu: "Menu główne", "Main menu";
    fold_sidebar: "Zwiń menu", "Fold the menu";
    privacy: "Prywatność", "Privacy";
    account: "Konto", "Account";
    language: "Język", "Language";
    language_pl: "Polski", "Polski (Polish)";
    language_en: "English (angielski)", "English";
    theme: "Motyw", "Theme";
    theme_system: "Jak w systemie", "As the system";
    theme_light: "Jasny", "Light";
    theme_dark: "Ciemny", "Dark";
    sign_out: "Wyloguj się", "Sign out";
    missing_title: "Nie ma takiej strony", "There is no such page";
    missing_text: "Adres jest błędny albo strona została przeniesiona.", "The address is wrong, or the page has moved.";
    back_to_clients: "Wróć do klientów", "Back to clients";
    leave_unsaved: "Masz niezapisane zmiany. Odrzucić je?", "You have unsaved changes. Discard them?";
    offline: "Nie udało się połączyć z serwerem. Sprawdź sieć i spróbuj ponownie.", "The server could not be reached. Check the network and try again.";
    unexpected_answer: "Odpowiedź serwera jest niezrozumiała. Odśwież stronę.", "The server's answer was not understood. Reload the page.";
    signed_out_keep: "Sesja wygasła. Zaloguj się w nowej karcie i zapisz ponownie – nic nie przepadnie.", "Your session has ended. Sign in in a new tab and save again – nothing is lost.";
    sign_in_new_tab: "Zaloguj się w nowej karcie", "Sign in in a new tab";

    // account
    sign_in: "Zaloguj się", "Sign in";
    password: "Hasło", "Password";
    show_password: "Pokaż hasło", "Show password";
    password_rule: "Od 12 do 128 znaków. Może być zdaniem; nie musi mieć cyfr ani znaków specjalnych.", "12 to 128 characters. It may be a sentence; digits and symbols are not needed.";
    forgot_password: "Nie pamiętasz hasła?", "Forgotten your password?";
    new_password: "Nowe hasło", "New password";
    current_password: "Obecne hasło", "Current password";
    change_password: "Zmiana hasła", "Change password";
    change_password_text: "Zmiana kończy sesje w pozostałych przeglądarkach.", "Changing it ends the sessions in your other browsers.";
    change_password_submit: "Zmień hasło", "Change password";
    password_changed: "Hasło zostało zmienione.", "The password was changed.";
    reset_title: "Ustaw nowe hasło", "Choose a new password";
    reset_ask_text: "Podaj adres e-mail swojego konta. Wyślemy na niego link, który działa przez godzinę, jeden raz.", "Give the e-mail address of your account. We send it a link that works for an hour, once.";
    reset_ask: "Wyślij link", "Send the link";
    reset_asked_title: "Sprawdź pocztę", "Look into your mailbox";
    reset_asked_text: "Jeśli jest takie konto, link jest już w drodze. Nowszy link unieważnia poprzedni.", "If there is such an account, the link is on its way. A newer link replaces the one before.";
    reset_submit: "Ustaw hasło", "Set password";
    reset_again: "Poproś o nowy link", "Ask for a new link";
    reset_done_title: "Hasło zostało ustawione", "The password is set";
    reset_done_text: "Wszystkie sesje tego konta zostały zakończone. Możesz się teraz zalogować.", "All sessions of this account have ended. You can sign in now.";
    full_name: "Imię i nazwisko", "Full name";
    setup: "Załóż konto właściciela", "Create the owner's account";
    setup_text: "To pierwsze konto w tej instalacji. Będzie mieć wszystkie uprawnienia.", "This is the first account of this installation. It will hold every right.";
    setup_no_token: "W adresie brakuje kodu. Otwórz cały link, który serwer wypisał przy starcie.", "The address lacks its code. Open the whole link that the server printed at start.";
    setup_token: "Kod z linku", "The link's code";
    setup_submit: "Utwórz konto i wejdź", "Create account and enter";
    needs_owner_title: "Ta instalacja czeka na właściciela", "This installation waits for its owner";
    needs_owner_text: "Link do założenia konta serwer wypisał przy starcie, w swoim oknie lub dzienniku. Otwórz go w tej przeglądarce.", "The server printed the link for creating the account at start, in its window or log. Open it in this browser.";

    // clients
    clients: "Klienci", "Clients";
    clients_n: "klient|klienci|klientów", "client|clients|clients";
    add_client: "Dodaj klienta", "Add client";
    edit_client: "Edycja klienta", "Edit client";
    person: "Osoba", "Person";
    company: "Firma", "Company";
    search_placeholder: "Szukaj: nazwa, cały e-mail lub NIP", "Search: name, whole e-mail or NIP";
    search_clients: "Szukaj klientów", "Search clients";
    add_condition: "Warunek", "Condition";
    add_condition_submit: "Dodaj warunek", "Add condition";
    conditions: "Warunki", "Conditions";
    clear_conditions: "Wyczyść", "Clear";
    remove_condition: "Usuń warunek", "Remove condition";
    field: "Pole", "Field";
    condition: "Porównanie", "Comparison";
    value: "Wartość", "Value";
    deleted_field: "Usunięte pole", "Deleted field";
    display_options: "Opcje wyświetlania", "Display options";
    columns: "Kolumny", "Columns";
    list_settings: "Ustawienia listy", "List settings";
    add_custom_field: "Dodaj własne pole", "Add custom field";
    manage_fields: "Zarządzaj polami", "Manage fields";
    nobody_found: "Nikt nie pasuje", "Nobody matches";
    nobody_found_text: "Zmień wyszukiwanie albo usuń część warunków.", "Change the search or remove some conditions.";
    no_clients: "Nie ma jeszcze klientów", "There are no clients yet";
    no_clients_text: "Dodaj pierwszego albo opublikuj formularz, który tworzy klientów.", "Add the first one, or publish a form that creates clients.";
    hand_over_data: "Wydaj dane", "Hand over data";
    as_xlsx: "Arkusz XLSX", "XLSX workbook";
    as_json: "Plik JSON", "JSON file";
    data_handed_over: "Plik z danymi zapisano na dysku. Wydanie danych odnotowano w historii.", "The data file was saved to disk. The hand-over is noted in the history.";
    details: "Dane", "Details";
    custom_fields: "Dodatkowe pola", "Additional fields";
    no_custom_fields: "Nie ma jeszcze własnych pól.", "There are no custom fields yet.";
    consents: "Zgody", "Consents";
    no_consents: "Ten klient nie wyraził żadnej zgody.", "This client has given no consent.";
    history: "Historia", "History";
    no_history: "Nic się jeszcze nie wydarzyło.", "Nothing has happened yet.";
    strip_consents: "Udzielone zgody", "Consents given";
    strip_seen: "Ostatnio oglądał(a)", "Last seen by";
    strip_seen_you: "tylko Ty, przed chwilą", "only you, just now";
    strip_since: "W bazie od", "On record since";
    since: "od", "since";
    until: "ważna do", "valid until";
    withdraw: "Wycofaj", "Withdraw";
    withdraw_title: "Wycofanie zgody", "Withdraw consent";
    withdraw_text: "Zapisujesz wolę klienta. Dotychczasowe zdarzenia pozostają jako dowód; dopisane zostanie nowe.", "You record the client's will. Earlier events stay as evidence; a new one is added.";
    withdraw_note: "Jak klient to powiedział?", "How did the client say so?";
    withdraw_note_hint: "Na przykład: telefonicznie, e-mailem z 23 listopada.", "For example: by phone, by e-mail of 23 November.";
    withdrawn_done: "Zgoda została wycofana.", "The consent was withdrawn.";
    events_n: "zdarzenie|zdarzenia|zdarzeń", "event|events|events";
    as_shown: "Treść, którą widziała osoba", "The text as the person saw it";
    version: "wersja", "version";
    evidence_method: "Sposób", "Method";
    evidence_page: "Strona", "Page";
    evidence_ip: "Adres IP", "IP address";
    evidence_agent: "Przeglądarka", "Browser";
    evidence_field: "Pole formularza", "Form field";
    evidence_form_version: "Wersja formularza", "Form version";
    evidence_submission: "Zgłoszenie", "Submission";
    evidence_recorded_by: "Zapisał(a)", "Recorded by";
    evidence_recorded_at: "Zapisano", "Recorded at";
    evidence_note: "Notatka", "Note";
    basic_data: "Dane podstawowe", "Basic data";
    kind: "Rodzaj", "Kind";
    contact: "Kontakt", "Contact";
    registries: "Numery rejestrowe", "Registry numbers";
    address: "Adres", "Address";
    other: "Inne", "Other";
    name_hint: "Puste: powstanie z imienia i nazwiska albo z adresu e-mail.", "Empty: made of first and last name, or of the e-mail address.";
    pesel_hint: "Przechowywany w postaci zaszyfrowanej.", "Kept encrypted.";
    country_hint: "Dwuliterowy kod, np. PL.", "Two-letter code, for example PL.";
    client_added: "Dodano klienta.", "The client was added.";
    outdated_title: "Ktoś zmienił tę kartę w międzyczasie", "Someone changed this card meanwhile";
    outdated_text: "Twoje zmiany nie zostały zapisane, ale są nadal w polach. Wczytaj nowszą wersję: to, co wpisano, zostanie.", "Your changes were not saved, but they are still in the fields. Load the newer version: what you typed stays.";
    load_newer: "Wczytaj nowszą wersję", "Load the newer version";
    merged_text: "Masz najnowszą wersję. Przy polach, które zmieniły obie strony, widać, co wpisał ktoś inny.", "You have the newest version. Fields that both of you changed show what the other person typed.";
    their_value: "W nowszej wersji:", "In the newer version:";
    empty_value: "(puste)", "(empty)";
    take_theirs: "Weź tę wartość", "Take this value";

    // fields of a client
    field_name: "Nazwa", "Name";
    field_first_name: "Imię", "First name";
    field_last_name: "Nazwisko", "Last name";
    field_position: "Stanowisko", "Position";
    field_email: "E-mail", "E-mail";
    field_phone: "Telefon", "Phone";
    field_mobile_phone: "Telefon komórkowy", "Mobile phone";
    field_website: "Strona WWW", "Website";
    field_nip: "NIP", "NIP (tax number)";
    field_regon: "REGON", "REGON (statistical number)";
    field_pesel: "PESEL", "PESEL (personal number)";
    field_street: "Ulica i numer", "Street and number";
    field_post_code: "Kod pocztowy", "Post code";
    field_city: "Miasto", "City";
    field_country: "Kraj", "Country";
    field_note: "Notatka", "Note";
    field_external_id: "Identyfikator zewnętrzny", "External id";
    field_created_at: "Dodano", "Added";
    field_updated_at: "Zmieniono", "Changed";

    // custom fields
    fields_text: "Pola, które uzupełniają kartę klienta. Mogą być kolumnami listy i celem odpowiedzi z formularzy.", "Fields that add to the client's card. They can be columns of the list and receive answers of forms.";
    kind_short_text: "Tekst", "Text";
    kind_long_text: "Tekst długi", "Long text";
    kind_integer: "Liczba całkowita", "Whole number";
    kind_decimal: "Liczba dziesiętna", "Decimal number";
    kind_checkbox: "Pole wyboru", "Checkbox";
    kind_date: "Data", "Date";
    kind_datetime: "Data i godzina", "Date and time";
    kind_select: "Lista", "List";
    kind_multi_select: "Lista wielokrotna", "Multiple choice";
    kind_consent: "Stan zgody", "Consent state";
    options: "Opcje", "Options";
    options_hint: "Jedna w wierszu.", "One per line.";
    sensitive: "Dane wrażliwe", "Sensitive data";
    sensitive_hint: "Wartości są zaszyfrowane, nie widać ich na liście. Nie można tego później zmienić.", "Values are encrypted and not shown in the list. This cannot be changed later.";
    field_added: "Dodano pole.", "The field was added.";
    field_deleted: "Usunięto pole. Możesz je przywrócić przez 30 dni.", "The field was deleted. You can restore it for 30 days.";
    field_restored: "Przywrócono pole.", "The field was restored.";
    rename_field: "Zmień pole", "Change field";
    move_up: "Przesuń wyżej", "Move up";
    move_down: "Przesuń niżej", "Move down";
    delete_field_title: "Usunąć pole?", "Delete the field?";
    delete_field_text: "Zniknie ze wszystkich kart i z listy razem z wartościami. Przez 30 dni można je przywrócić; dowody zgód pozostają.", "It disappears from all cards and the list with its values. It can be restored for 30 days; evidence of consents stays.";
    deleted_fields: "Usunięte", "Deleted";
    restore: "Przywróć", "Restore";
    purpose_field_note: "Powstaje razem z celem przetwarzania.", "Made together with its purpose.";

    // consents
    channel_general: "ogólna", "general";
    channel_email: "e-mail", "e-mail";
    channel_sms: "SMS", "SMS";
    channel_phone: "telefon", "phone";
    channel_post: "poczta", "post";
    basis_consent: "Zgoda (art. 6 ust. 1 lit. a)", "Consent (Art. 6(1)(a))";
    basis_contract: "Umowa (lit. b)", "Contract (b)";
    basis_legal_obligation: "Obowiązek prawny (lit. c)", "Legal obligation (c)";
    basis_vital_interests: "Żywotne interesy (lit. d)", "Vital interests (d)";
    basis_public_task: "Zadanie publiczne (lit. e)", "Public task (e)";
    basis_legitimate_interests: "Prawnie uzasadniony interes (lit. f)", "Legitimate interests (f)";
    status_none: "Brak", "None";
    status_requested: "Oczekuje", "Requested";
    status_given: "Udzielona", "Given";
    status_refused: "Odmówiona", "Refused";
    status_withdrawn: "Wycofana", "Withdrawn";
    status_expired: "Wygasła", "Expired";
    event_requested: "Poproszono o zgodę", "Consent requested";
    event_given: "Udzielono zgody", "Consent given";
    event_confirmed: "Potwierdzono zgodę", "Consent confirmed";
    event_refused: "Odmówiono zgody", "Consent refused";
    event_withdrawn: "Wycofano zgodę", "Consent withdrawn";
    event_expired: "Zgoda wygasła", "Consent expired";
    event_renewed: "Odnowiono zgodę", "Consent renewed";
    event_imported: "Zaimportowano", "Imported";
    event_recorded_by_staff: "Zapisał pracownik", "Recorded by staff";
    method_form_checkbox: "zaznaczenie w formularzu", "tick in a form";
    method_staff_card: "na karcie klienta", "on the client's card";
    method_import: "import", "import";
    method_job: "automatycznie", "automatically";

    // purposes
    purposes: "Cele przetwarzania", "Purposes";
    purposes_text: "Po co przetwarzasz dane, na jakiej podstawie i jakimi słowami o to prosisz.", "Why you process data, on which basis, and in which words you ask for it.";
    purpose: "Cel", "Purpose";
    new_purpose: "Nowy cel", "New purpose";
    no_purposes: "Nie ma jeszcze celów", "There are no purposes yet";
    no_purposes_text: "Zgoda w formularzu potrzebuje celu i treści klauzuli.", "A consent in a form needs a purpose and a wording.";
    basis: "Podstawa prawna", "Lawful basis";
    marketing: "Cel marketingowy", "Marketing purpose";
    marketing_hint: "Zgoda marketingowa musi być dobrowolna i dla każdego kanału osobna.", "Marketing consent must be free, and separate for each channel.";
    channels: "Kanały", "Channels";
    channel: "Kanał", "Channel";
    validity_days: "Ważność w dniach", "Validity in days";
    validity: "Ważność", "Validity";
    validity_days_hint: "Puste: bez terminu.", "Empty: without limit.";
    valid_days_n: "dzień|dni|dni", "day|days|days";
    unlimited: "bez terminu", "without limit";
    purpose_added: "Dodano cel.", "The purpose was added.";
    wordings: "Treści klauzul", "Wordings";
    wording: "Treść klauzuli", "Wording";
    new_wording: "Nowa treść", "New wording";
    no_wordings: "Nie ma jeszcze treści. Dodaj ją, aby użyć celu w formularzu.", "There is no wording yet. Add one to use the purpose in a form.";
    wording_hint: "Treści nie można później zmienić – każda zmiana to kolejna wersja. Dzięki temu wiadomo, co dokładnie widziała osoba.", "A wording cannot be changed later – each change is a new version. So it is known exactly what a person saw.";
    wording_added: "Dodano treść klauzuli.", "The wording was added.";

    // forms
    forms: "Formularze", "Forms";
    forms_n: "formularz|formularze|formularzy", "form|forms|forms";
    new_form: "Nowy formularz", "New form";
    no_forms: "Nie ma jeszcze formularzy", "There are no forms yet";
    no_forms_text: "Zacznij od szablonu: formularz kontaktowy jest gotowy w minutę.", "Start from a template: a contact form is ready in a minute.";
    template: "Szablon", "Template";
    template_empty: "Pusty", "Empty";
    template_contact: "Kontakt", "Contact";
    template_newsletter: "Zapis na newsletter", "Newsletter sign-up";
    form_draft: "Szkic", "Draft";
    form_live: "Opublikowany", "Published";
    form_closed: "Zamknięty", "Closed";
    published_version: "Opublikowana wersja", "Published version";
    unpublished_changes: "Niepublikowane zmiany", "Unpublished changes";
    form_name: "Nazwa formularza", "Form name";
    form_title: "Tytuł widoczny dla odwiedzających", "Title that visitors see";
    publish: "Opublikuj", "Publish";
    published_done: "Formularz opublikowany.", "The form is published.";
    close_form: "Zamknij formularz", "Close the form";
    close_form_title: "Zamknąć formularz?", "Close the form?";
    close_form_text: "Odwiedzający nie będą mogli go wysłać. Zgłoszenia pozostaną; formularz można opublikować ponownie.", "Visitors will not be able to send it. Submissions stay; the form can be published again.";
    closed_done: "Formularz zamknięty.", "The form is closed.";
    tab_editor: "Edytor", "Editor";
    tab_embed: "Osadzanie", "Embedding";
    fields: "Pola", "Fields";
    add_field_title: "Dodaj pole", "Add a field";
    no_fields: "Dodaj pierwsze pole.", "Add the first field.";
    preview: "Podgląd", "Preview";
    preview_text: "Tak widzi formularz odwiedzający.", "This is what a visitor sees.";
    properties: "Właściwości pola", "Field properties";
    properties_empty: "Kliknij pole, aby zmienić jego właściwości.", "Click a field to change its properties.";
    label: "Etykieta", "Label";
    text: "Treść", "Text";
    hint: "Podpowiedź", "Hint";
    required: "Wymagane", "Required";
    target: "Pole zgłoszenia", "Submission field";
    target_hint: "Pole klienta, do którego trafi odpowiedź.", "The client's field that receives the answer.";
    builtin_fields: "Dane klienta", "Client details";
    single_tick_hint: "Jedna opcja działa jak zgoda: niezaznaczona na początku, można ją odznaczyć.", "A single option acts as a consent: not ticked at first, and it can be un-ticked.";
    option: "Opcja", "Option";
    answer_key: "Klucz odpowiedzi", "Answer key";
    more_options: "Więcej opcji", "More options";
    mapping: "Sposób mapowania", "Mapping";
    mapping_hint: "Co powstaje ze zgłoszenia.", "What a submission becomes.";
    mapping_nothing: "Brak", "None";
    mapping_client: "Klient", "Client";
    thank_you: "Podziękowanie", "Thank-you text";
    redirect_url: "Adres przekierowania", "Redirect address";
    redirect_hint: "Adres https zamiast podziękowania.", "An https address instead of the thank-you text.";
    submit_label: "Napis na przycisku", "Button label";
    allowed_origins: "Strony, na których wolno osadzić", "Pages that may embed the form";
    allowed_origins_hint: "Jedna w wierszu, np. https://www.example.com.", "One per line, for example https://www.example.com.";
    anonymous: "Tryb anonimowy", "Anonymous mode";
    anonymous_hint: "Nie zapisuj adresu IP ani przeglądarki odwiedzającego.", "Keep neither the visitor's IP address nor their browser.";
    make_purpose: "Dodaj cel przetwarzania", "Add a purpose";
    purpose_without_wording: "Ten cel nie ma jeszcze treści klauzuli.", "This purpose has no wording yet.";
    form_outdated: "Ktoś zapisał ten formularz w międzyczasie. Twój szkic jest nadal na ekranie.", "Someone saved this form meanwhile. Your draft is still on the screen.";
    form_overwrite: "Zapisz moją wersję", "Save my version";
    form_discard: "Wczytaj tamtą wersję", "Load the other version";
    form_short_text: "Tekst", "Text";
    form_long_text: "Tekst długi", "Long text";
    form_email: "E-mail", "E-mail";
    form_phone: "Telefon", "Phone";
    form_number: "Liczba", "Number";
    form_date: "Data", "Date";
    form_select: "Lista", "List";
    form_radio: "Radio", "Radio";
    form_checkbox: "Pole wyboru", "Checkbox";
    form_consent: "Zgoda", "Consent";
    form_hidden: "Ukryte", "Hidden";
    form_heading: "Nagłówek", "Heading";
    form_static_text: "Tekst statyczny", "Static text";
    add_short_text: "+Pole Tekst", "+Text field";
    add_long_text: "+Pole Tekst długi", "+Long text field";
    add_email: "+Pole E-mail", "+E-mail field";
    add_phone: "+Pole Telefon", "+Phone field";
    add_number: "+Pole Liczba", "+Number field";
    add_date: "+Pole Data", "+Date field";
    add_select: "+Pole Lista", "+List field";
    add_radio: "+Pole Radio", "+Radio field";
    add_checkbox: "+Pole Wyboru", "+Checkbox field";
    add_consent: "+Zgoda", "+Consent";
    add_hidden: "+Ukryte", "+Hidden";
    add_heading: "+Nagłówek", "+Heading";
    add_static_text: "+Tekst", "+Static text";
    embed_text: "Wybierz jeden ze sposobów. Każdy działa bez ciasteczek.", "Choose one of the ways. Each works without cookies.";
    embed_not_live: "Opublikuj formularz, aby go osadzić.", "Publish the form to embed it.";
    embed_origins_note: "Strona, na której osadzasz formularz, musi być wpisana w Więcej opcji.", "The page that embeds the form must be listed under More options.";
    embed_link: "Strona formularza", "The form's own page";
    embed_script: "Skrypt", "Script";
    embed_iframe: "Ramka (iframe)", "Frame (iframe)";
    embed_html: "Zwykły formularz HTML, bez JavaScriptu", "Plain HTML form without JavaScript";
    embed_json: "API (JSON)", "API (JSON)";
    open_form: "Otwórz formularz", "Open the form";
    submissions_count: "Zgłoszenia", "Submissions";

    // submissions
    submissions: "Zgłoszenia", "Submissions";
    submission: "Zgłoszenie", "Submission";
    form: "Formularz", "Form";
    all_forms: "Wszystkie formularze", "All forms";
    no_submissions: "Nie ma jeszcze zgłoszeń", "There are no submissions yet";
    no_submissions_text: "Pojawią się tu odpowiedzi z opublikowanych formularzy.", "Answers of published forms will appear here.";
    received: "Otrzymano", "Received";
    client: "Klient", "Client";
    answers: "Odpowiedzi", "Answers";
    open_client: "Otwórz kartę klienta", "Open the client's card";
    submission_accepted: "Przyjęte", "Accepted";
    submission_review: "Do sprawdzenia", "To be reviewed";
    submission_dismissed: "Odrzucone", "Dismissed";
    accept: "Przyjmij", "Accept";
    dismiss: "Odrzuć", "Dismiss";
    review_title: "Ten adres jest już na karcie klienta", "This address is already on a client's card";
    review_text: "Nikt z zewnątrz nie zmienia istniejącej karty. Przyjęcie uzupełni puste pola i zapisze udzielone zgody; odrzucenie niczego nie zmieni.", "Nobody from outside changes an existing card. Accepting fills empty fields and records the consents given; dismissing changes nothing.";
    accepted_done: "Zgłoszenie przyjęte.", "The submission was accepted.";
    dismissed_done: "Zgłoszenie odrzucone.", "The submission was dismissed.";
    back_to_submissions: "Wróć do zgłoszeń", "Back to submissions";
    back_to_forms: "Wróć do formularzy", "Back to forms";

    // activities
    activities: "Aktywności systemowe", "System activities";
    activities_text: "Kto, co, kiedy i skąd. Wartości pól są zapieczętowane.", "Who did what, when and from where. Values of fields are sealed.";
    no_activities: "Nie ma jeszcze aktywności", "There are no activities yet";
    who: "Kto", "Who";
    what: "Co", "What";
    record: "Rekord", "Record";
    touched_fields: "Pola", "Fields";
    actor_visitor: "Odwiedzający", "Visitor";
    actor_system: "System", "System";
    actor_command_line: "Wiersz poleceń", "Command line";
    actor_account: "Konto", "Account";
    record_client: "Klient", "Client";
    record_custom_field: "Pole własne", "Custom field";
    record_purpose: "Cel przetwarzania", "Purpose";
    record_wording: "Treść klauzuli", "Wording";
    record_form: "Formularz", "Form";
    record_submission: "Zgłoszenie", "Submission";
    record_account: "Konto", "Account";
    record_session: "Sesja", "Session";
    record_organisation: "Organizacja", "Organisation";
    action_client_created: "Dodanie klienta", "Client added";
    action_client_changed: "Zmiana danych klienta", "Client changed";
    action_client_opened: "Otwarcie karty klienta", "Client's card opened";
    action_clients_listed: "Wyświetlenie listy klientów", "Clients listed";
    action_client_exported: "Wydanie danych klienta", "Client's data handed over";
    action_consent_withdrawn: "Wycofanie zgody", "Consent withdrawn";
    action_field_created: "Dodanie pola", "Field added";
    action_field_changed: "Zmiana pola", "Field changed";
    action_field_deleted: "Usunięcie pola", "Field deleted";
    action_field_restored: "Przywrócenie pola", "Field restored";
    action_purpose_created: "Dodanie celu", "Purpose added";
    action_wording_created: "Dodanie treści klauzuli", "Wording added";
    action_form_created: "Utworzenie formularza", "Form created";
    action_form_changed: "Zmiana formularza", "Form changed";
    action_form_published: "Publikacja formularza", "Form published";
    action_form_closed: "Zamknięcie formularza", "Form closed";
    action_submission_received: "Otrzymanie zgłoszenia", "Submission received";
    action_submission_opened: "Otwarcie zgłoszenia", "Submission opened";
    action_submission_accepted: "Przyjęcie zgłoszenia", "Submission accepted";
    action_submission_dismissed: "Odrzucenie zgłoszenia", "Submission dismissed";
    action_account_created: "Utworzenie konta", "Account created";
    action_signed_in: "Zalogowanie", "Signed in";
    action_sign_in_refused: "Odmowa zalogowania", "Sign-in refused";
    action_signed_out: "Wylogowanie", "Signed out";
    action_session_revoked: "Zakończenie sesji", "Session ended";
    action_token_reuse_detected: "Wykryto powtórne użycie tokenu", "Token reuse detected";
    action_preferences_changed: "Zmiana preferencji", "Preferences changed";
    action_password_changed: "Zmiana hasła", "Password changed";
    action_password_change_refused: "Odmowa zmiany hasła", "Password change refused";
    action_password_reset_requested: "Prośba o nowe hasło", "New password asked for";
    action_password_reset: "Nowe hasło z linku", "New password by link";
    action_demo_filled: "Wypełnienie danymi pokazowymi", "Filled with demo data";

    // settings
    settings: "Ustawienia", "Settings";
    appearance: "Wygląd i język", "Appearance and language";
    sessions: "Zalogowane urządzenia", "Signed-in devices";
    sessions_text: "Zakończ sesję, której nie rozpoznajesz.", "End a session that you do not recognise.";
    this_session: "To urządzenie", "This device";
    unknown_browser: "Nieznana przeglądarka", "Unknown browser";
    last_seen: "Ostatnio", "Last seen";
    signed_in_at: "Zalogowano", "Signed in";
    revoke: "Zakończ", "End";
    revoked_done: "Sesja zakończona.", "The session was ended.";
    role_owner: "Właściciel", "Owner";
    role_read_only: "Tylko odczyt", "Read only";

    // comparisons
    operator_eq: "jest", "is";
    operator_ne: "nie jest", "is not";
    operator_lt: "przed / poniżej", "before / below";
    operator_lte: "do (włącznie)", "up to";
    operator_gt: "po / powyżej", "after / above";
    operator_gte: "od (włącznie)", "from";
    operator_is_empty: "jest puste", "is empty";
    operator_is_set: "jest wypełnione", "is filled in";

    // problems
    problem_malformed: "Serwer nie zrozumiał zapytania. Odśwież stronę i spróbuj ponownie.", "The server did not understand the request. Reload the page and try again.";
    problem_ambiguous_credentials: "Wysłano sprzeczne dane logowania.", "Conflicting credentials were sent.";
    problem_sign_in_needed: "Zaloguj się, aby kontynuować.", "Please sign in to go on.";
    problem_sign_in_refused: "Adres e-mail lub hasło jest błędne.", "The e-mail address or the password is wrong.";
    problem_not_allowed: "Nie masz uprawnienia do tej czynności.", "You may not do this.";
    problem_wrong_password: "Obecne hasło jest nieprawidłowe.", "The current password is wrong.";
    problem_cross_site: "Zapytanie przyszło z innej strony i zostało odrzucone.", "The request came from another site and was refused.";
    problem_foreign_origin: "Tego formularza nie wolno używać na tej stronie.", "This form may not be used on that page.";
    problem_not_found: "Nie ma tu niczego – mogło zostać usunięte.", "There is nothing here – it may have been deleted.";
    problem_method_not_allowed: "Tej czynności nie można tu wykonać.", "This cannot be done here.";
    problem_body_timeout: "Wysyłanie trwało zbyt długo. Spróbuj ponownie.", "Sending took too long. Try again.";
    problem_taken: "To już istnieje.", "This already exists.";
    problem_wrong_state: "W obecnym stanie nie można tego zrobić.", "This is not possible in the present state.";
    problem_form_version_retired: "Formularz się zmienił; spójrz na niego jeszcze raz.", "The form has changed; please look at it again.";
    problem_cursor_gone: "Lista się zmieniła; zacznij od pierwszej strony.", "The list has changed; start from its first page.";
    problem_setup_done: "Ta instalacja ma już właściciela. Zaloguj się.", "This installation already has its owner. Sign in.";
    problem_link_spent: "Ten link już nie działa: został użyty, zastąpiony nowszym albo minął jego czas. Poproś o nowy.", "This link does not work any more: it was used, replaced by a newer one, or its time is up. Ask for a new one.";
    problem_form_closed: "Ten formularz jest zamknięty.", "This form is closed.";
    problem_outdated: "Ktoś zmienił to w międzyczasie.", "Someone changed this meanwhile.";
    problem_body_too_large: "To za dużo danych naraz.", "This is too much at once.";
    problem_unsupported_media_type: "Serwer nie przyjmuje tego formatu.", "The server does not take this format.";
    problem_invalid: "Popraw zaznaczone pola.", "Some fields need attention.";
    problem_idempotency_key_reused: "To zapytanie zostało już wysłane z inną treścią. Odśwież stronę.", "This request was sent before with other content. Reload the page.";
    problem_version_needed: "Brakuje numeru wersji. Odśwież stronę.", "The version is missing. Reload the page.";
    problem_too_many_requests: "Zbyt wiele prób. Odczekaj chwilę.", "Too many attempts. Please wait a moment.";
    problem_internal: "Po naszej stronie coś się zepsuło.", "Something broke on our side.";
    problem_busy: "Serwer jest zajęty. Spróbuj za chwilę.", "The service is busy. Try again in a moment.";
    rule_required: "To pole jest wymagane.", "This is needed.";
    rule_too_long: "Za długie: najwyżej {} znaków.", "Too long: at most {} characters.";
    rule_too_short: "Za krótkie: co najmniej {} znaków.", "Too short: at least {} characters.";
    rule_malformed: "Nieprawidłowy format.", "This is not of the right form.";
    rule_control_characters: "Zawiera niedozwolone niewidoczne znaki.", "Contains invisible characters that are not allowed.";
    rule_checksum: "Błędna cyfra kontrolna – sprawdź numer.", "The check digit is wrong – check the number.";
    rule_wrong_kind: "Wartość innego rodzaju niż pole.", "A value of another kind than the field.";
    rule_unknown: "Nie ma takiej pozycji.", "There is no such entry.";
    rule_out_of_range: "Wartość spoza zakresu.", "Out of range.";
    rule_read_only: "Tego pola nie można zmieniać.", "This cannot be changed.";
    rule_duplicate: "Powtarza się.", "This stands twice.";
    rule_too_many: "Za dużo pozycji: najwyżej {}.", "Too many entries: at most {}.";
    rule_consent_must_be_free: "Zgoda marketingowa nie może być wymagana (art. 7 ust. 4 RODO).", "A marketing consent cannot be required (Art. 7(4) GDPR).";
    rule_too_common: "Zbyt łatwe do odgadnięcia. Dodaj kilka słów.", "Too easy to guess. Add a few words.";
    rule_cannot_map: "To pole nie przyjmie takiej odpowiedzi.", "That field cannot hold such an answer.";
    rule_contradiction: "To się wyklucza z innym ustawieniem.", "This contradicts another setting.";
}
