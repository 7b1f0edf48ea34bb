//! Texts of the pages below `/settings` and `/privacy`, and words for the enums that only they show.

use zgoda_domain::{
    access::{DepartmentLimit, FieldRestriction, Module, Operation, Right, Scope, role::RoleTemplate},
    renewal::NotAsked,
};

words! {
    /// Texts of the office pages in one language.
    struct OfficeWords;

    // settings
    organisation: "Firma", "Organisation";
    own_account: "Twoje konto", "Your account";

    // purposes
    edit_purpose: "Edycja celu", "Edit purpose";
    no_parent: "— żaden —", "— none —";
    parent_hint: "Wycofanie zgody na cel nadrzędny wycofuje też zgodę na ten. Udzielenie jej niczego tu nie udziela.", "Withdrawing from the purpose above withdraws from this one too. Giving consent there gives nothing here.";
    below: "Cele podrzędne", "Purposes below";
    below_retired: "Pod zakończonym celem", "Below the retired purpose";
    double_opt_in_hint: "Zgoda z formularza liczy się dopiero po kliknięciu w wiadomości e-mail.", "A consent given in a form counts once the person clicked in an e-mail.";
    double_opt_in_mark: "double opt-in", "double opt-in";
    marketing_mark: "marketing", "marketing";
    no_wording_mark: "brak treści", "no wording";
    basis_fixed: "Nie można już zmienić: są treści albo zgody. Inna podstawa to nowy cel.", "Cannot change any more: there are wordings or consents. Another basis is a new purpose.";
    add_channels: "Dodaj kanały", "Add channels";
    channels_there: "Są już", "There already";
    per_channel_hint: "Zgoda marketingowa jest osobna dla każdego kanału. Po zapisaniu zaproponujemy po jednej treści na kanał.", "Marketing consent is separate for each channel. After saving we suggest one wording per channel.";
    validity_from_now: "Puste: bez terminu. Zmiana dotyczy zgód udzielonych od teraz.", "Empty: without limit. A change counts for consents given from now on.";
    purpose_outdated_title: "Ktoś zmienił ten cel w międzyczasie", "Someone changed this purpose meanwhile";
    purpose_outdated_text: "Nic nie zapisano. Po wczytaniu nowszej wersji pola pokażą to, co teraz obowiązuje.", "Nothing was saved. Once the newer version is loaded, the fields show what holds now.";
    about: "O tym celu", "About this purpose";
    live_consents: "Ważne zgody", "Live consents";
    live_consents_n: "ważna zgoda|ważne zgody|ważnych zgód", "live consent|live consents|live consents";
    asked_by: "Formularze, które o to pytają", "Forms that ask for it";
    still_ask_n: "opublikowany formularz wciąż o to pyta|opublikowane formularze wciąż o to pytają|opublikowanych formularzy wciąż o to pyta", "published form still asks for it|published forms still ask for it|published forms still ask for it";
    retire: "Zakończ", "Retire";
    restore: "Przywróć", "Restore";
    retire_title: "Zakończyć cel", "Retire the purpose";
    retire_text: "Nie będzie go można dać do nowo publikowanych formularzy. Można go przywrócić.", "It can no longer be put into forms that are published from now on. It can be restored.";
    retire_stand: "Zgody udzielone dotąd pozostają w mocy", "Consents given so far stand";
    retired_n: "cel zakończony|cele zakończone|celów zakończonych", "retired purpose|retired purposes|retired purposes";
    retired_mark: "zakończony", "retired";
    retired_since: "Cel zakończony", "Retired on";
    retired_text: "Udzielone zgody obowiązują nadal i można je wycofać; nikt nowy nie jest o nie pytany w nowych formularzach.", "Consents given before stand and can be withdrawn; new forms ask nobody for them.";
    purpose_retired: "Zakończono cel.", "The purpose was retired.";
    purpose_restored: "Przywrócono cel.", "The purpose was restored.";
    no_wordings_title: "Nie ma jeszcze treści", "There is no wording yet";
    every_channel: "każdy kanał", "every channel";
    newest: "najnowsza", "newest";
    older_wordings_n: "starsza wersja|starsze wersje|starszych wersji", "older version|older versions|older versions";
    begin_with_newest: "Zacznij od najnowszej treści", "Begin with the newest text";
    bundled_warning: "Jedna treść dla kilku kanałów łączy zgody, które prawo każe rozdzielić (art. 398 PKE). Wybierz kanał.", "One text for several channels bundles consents that the law wants apart (PKE art. 398). Choose a channel.";
    per_channel_missing: "Bez osobnej treści", "Without a text of their own";
    suggest: "Zaproponuj treści", "Suggest texts";
    compare_title: "Porównanie treści", "Compare wordings";
    compare_with_previous: "Porównaj z poprzednią", "Compare with the one before";
    compare_from: "Wcześniejsza", "Earlier";
    compare_to: "Późniejsza", "Later";
    compare_same: "Treści są takie same.", "The texts are the same.";
    compare_legend: "Przekreślone: usunięto. Podkreślone: dodano.", "Struck through: removed. Underlined: added.";
    removed: "usunięto", "removed";
    added: "dodano", "added";
    drafts_title: "Treści dla kanałów", "Texts for the channels";
    drafts_text: "Prawo każe pytać o każdy kanał osobno (art. 398 PKE). To tylko propozycje: przeczytaj, popraw i zaznacz te, które chcesz dodać. Dodanej treści nie można już zmienić.", "The law wants each channel asked for by itself (PKE art. 398). These are suggestions: read them, change them, and tick those to be added. A text that was added cannot change any more.";
    company_name: "Nazwa firmy", "Company name";
    company_name_hint: "Wpisujemy ją w treści, których nie zmieniasz ręcznie.", "Written into the texts that you have not changed by hand.";
    draft_read: "Przeczytane, dodaj", "I have read it, add";
    draft_unfilled: "Wpisz nazwę firmy w miejsce nawiasu.", "Put the company's name in the place of the brackets.";
    draft_none_read: "Zaznacz przynajmniej jedną przeczytaną treść.", "Tick at least one text that you have read.";
    drafts_add: "Dodaj zaznaczone", "Add the ticked ones";
    drafts_later: "Nie teraz", "Not now";
    drafts_added: "Dodano treści klauzul.", "The wordings were added.";
    // expiring consents
    expiring_text: "Zgody, które wygasły albo wkrótce wygasną. Poprosić o odnowienie można tylko osobę, której zgoda na e-mail jeszcze obowiązuje.", "Consents that ran out or soon will. Only a person whose consent to e-mail still stands can be asked to renew.";
    expiring_within: "Wygasają w ciągu", "Running out within";
    days_n: "dnia|dni|dni", "day|days|days";
    expired_only: "już wygasły", "ran out already";
    no_expiring: "Żadna zgoda nie wygasa w tym czasie", "No consent runs out within that time";
    expires_on: "Wygasa", "Runs out";
    renewal: "Odnowienie", "Renewal";
    every_purpose: "Wszystkie cele", "All purposes";
    all_channels: "Wszystkie kanały", "All channels";
    can_be_asked: "Można poprosić", "Can be asked";
    asked_on: "poproszono", "asked";
    choose_all: "Zaznacz wszystkie, których można poprosić", "Choose all who can be asked";
    chosen_n: "zaznaczona|zaznaczone|zaznaczonych", "chosen|chosen|chosen";
    ask_to_renew: "Poproś o odnowienie", "Ask to renew";
    ask_title: "Poprosić o odnowienie?", "Ask to renew?";
    ask_text: "Każda z tych osób dostanie e-mail z linkiem do strony, na której przeczyta treść zgody i ją odnowi albo wycofa. Następny raz można ją poprosić za pół roku.", "Each of these people gets an e-mail with a link to a page where they read the text, and renew or withdraw. They can be asked again in half a year.";
    asked_done: "Poproszono o odnowienie zgód", "Asked to renew consents";
    not_asked_done: "Nie poproszono", "Not asked";
    not_found: "nie ma takiej zgody w Twoim zasięgu", "no such consent within your reach";
    not_allowed: "Twoja rola na to nie pozwala", "your role does not allow it";
    nothing_to_renew: "nie ma czego odnawiać: odmowa, wycofanie albo zgoda bezterminowa", "nothing to renew: refused, withdrawn, or given without an end";
    purpose_is_retired: "cel został zakończony", "the purpose was retired";
    no_address: "brak adresu e-mail", "no e-mail address";
    no_email_consent: "nie obowiązuje zgoda na e-mail", "no consent to e-mail stands";
    open_request: "czeka na odpowiedź", "waits for an answer";
    asked_lately: "pytano w ciągu ostatnich 180 dni", "was asked within the last 180 days";
    no_wording: "cel nie ma treści klauzuli", "the purpose has no wording";
    no_mail_server: "serwer poczty nie jest skonfigurowany", "no mail server is configured";

    // two-step login
    two_step: "Logowanie dwuetapowe", "Two-step login";
    two_step_text: "Oprócz hasła coś, co masz przy sobie. Klucz dostępu i aplikacja z kodami chronią lepiej niż e-mail i SMS.", "Besides the password something you have with you. A passkey and an authenticator app protect better than e-mail and text messages.";
    second_factor_required: "Twoja rola albo firma wymaga drugiego składnika. Dodaj go teraz.", "Your role or your organisation demands a second factor. Add one now.";
    second_factor_closed: "Twoja rola albo firma wymaga drugiego składnika. Reszta systemu otworzy się, gdy go dodasz.", "Your role or your organisation demands a second factor. Everything else opens once you have added one.";
    second_factor_unshown: "W tej sesji nie pokazano jeszcze drugiego składnika. Reszta systemu otworzy się po potwierdzeniu.", "No second factor was shown in this session yet. Everything else opens once it is.";
    remove_factor_text: "Logowanie nie będzie już o to pytać. Razem z ostatnim składnikiem przestaną działać kody zapasowe i zapamiętane urządzenia.", "Signing in will not ask for it any more. With the last factor, recovery codes and remembered devices stop working too.";
    replace_codes_text: "Dotychczasowe kody zapasowe przestaną działać.", "The recovery codes you have stop working.";
    factor_added: "Dodano. Od teraz logowanie będzie o to pytać.", "Added. From now on signing in asks for it.";
    factor_removed: "Usunięto.", "Removed.";
    label: "Nazwa", "Name";
    phone_label: "Telefon", "Phone";
    this_device: "To urządzenie", "This device";
    mobile_number: "Numer komórkowy", "Mobile number";
    email_factor_text: "Wyślemy kod na adres tego konta. Skrzynka nie powinna być czytana przez innych.", "We will send a code to this account's address. Nobody else should read that mailbox.";
    sms_factor_text: "Podaj numer z kierunkowym kraju, na przykład +48 601 234 567. Numer można przejąć, więc SMS chroni słabiej niż aplikacja.", "Give the number with its country code, for example +48 601 234 567. A number can be taken over, so text messages protect less than an app.";
    totp_text: "Zeskanuj obrazek w aplikacji z kodami albo przepisz sekret, a potem wpisz pierwszy kod.", "Scan the picture with the authenticator app or type the secret, then enter the first code.";
    totp_secret: "Sekret", "Secret";
    qr_alt: "Kod QR z sekretem", "QR code with the secret";
    recovery_codes: "Kody zapasowe", "Recovery codes";
    recovery_codes_text: "Każdy działa raz. Zobaczysz je tylko teraz: schowaj je poza tym komputerem.", "Each works once. You see them only now: keep them away from this computer.";
    recovery_codes_left: "Pozostało kodów zapasowych", "Recovery codes left";
    make_recovery_codes: "Utwórz nowe kody zapasowe", "Make new recovery codes";
    save_as_file: "Zapisz w pliku", "Save as a file";
    trusted_devices: "Zapamiętane urządzenia", "Remembered devices";
    forget_device: "Zapomnij", "Forget";
    until: "do", "until";
    invitation: "Zaproszenie", "Invitation";
    invitation_link_text: "Poczta nie jest skonfigurowana, więc przekaż ten link sam(a). Działa przez 24 godziny, jeden raz, i nie będzie pokazany ponownie.", "Mail is not set up, so hand this link over yourself. It works for 24 hours, once, and is not shown again.";
    invite_again: "Zaproś ponownie", "Invite again";
    invited: "Zaproszone", "Invited";
    invitation_ended: "Zapisano. Zmiana roli unieważniła zaproszenie: zaproś tę osobę ponownie.", "Saved. The change of role ended the invitation: invite this person again.";
    invitation_sent: "Zaproszenie wysłane.", "The invitation was sent.";
    reset_factors: "Wyzeruj logowanie dwuetapowe", "Reset two-step login";
    reset_factors_text: "Usuwa wszystkie drugie składniki i zapamiętane urządzenia tej osoby i kończy jej sesje. Upewnij się inną drogą, że naprawdę o to prosi.", "Removes all second factors and remembered devices of this person and ends their sessions. Make sure by another way that it is really them who asks.";
    factors_reset: "Wyzerowano logowanie dwuetapowe.", "Two-step login was reset.";
    end_sessions: "Zakończ sesje", "End sessions";
    end_sessions_text: "Ta osoba zostanie wylogowana wszędzie. Kto zna hasło, może zalogować się ponownie.", "This person is signed out everywhere. Whoever knows the password can sign in again.";
    sessions_ended: "Zakończono sesje.", "The sessions were ended.";

    // staff
    staff: "Pracownicy", "Staff";
    staff_text: "Kto korzysta z systemu, w jakiej roli i w których działach.", "Who uses the system, in which role and departments.";
    accounts: "Konta", "Accounts";
    departments: "Działy", "Departments";
    no_departments: "Nie ma jeszcze działów", "There are no departments yet";
    no_departments_text: "Dział łączy pracowników i klientów. Rola może sięgać tylko klientów własnego działu.", "A department joins staff and clients. A role can reach only clients of one's own department.";
    add_account: "Dodaj pracownika", "Add a member of staff";
    edit_account: "Edytuj konto", "Edit account";
    account_added: "Dodano konto.", "The account was added.";
    account_no_password: "Nowa osoba dostanie link, którym sama wybierze hasło.", "The new person gets a link to choose a password themselves.";
    email: "E-mail", "E-mail";
    role: "Rola", "Role";
    role_choose_hint: "Do wyboru są role, które nie dają więcej niż Twoja.", "You can choose roles that allow no more than yours.";
    clients: "Klienci", "Clients";
    active: "Aktywne", "Active";
    inactive: "Nieaktywne", "Deactivated";
    you: "Ty", "You";
    actions: "Czynności", "Actions";
    show_inactive: "Pokaż nieaktywne konta", "Show deactivated accounts";
    deactivate: "Dezaktywuj", "Deactivate";
    deactivate_title: "Dezaktywować konto?", "Deactivate the account?";
    deactivate_text: "Wszystkie sesje i klucze API tej osoby przestaną działać natychmiast. Konto zostanie na liście i w historii; można je później aktywować, ale sesje i klucze już nie wrócą.", "All sessions and API keys of this person stop working at once. The account stays in the list and in the history; it can be activated again later, but sessions and keys do not come back.";
    hand_over_to: "Komu przekazać klientów", "Who gets the clients";
    hand_over_nobody: "Nikomu – zostają przy tym koncie", "Nobody – they stay with this account";
    hand_over_no_heir: "Nie ma innego aktywnego konta, któremu można przekazać klientów.", "There is no other active account that could get the clients.";
    clients_n: "klient|klienci|klientów", "client|clients|clients";
    deactivated_done: "Konto dezaktywowane.", "The account is deactivated.";
    reactivate: "Aktywuj ponownie", "Activate again";
    reactivated_done: "Konto znów jest aktywne. Dawne sesje i klucze pozostają zakończone.", "The account is active. Its former sessions and keys stay ended.";
    hand_over: "Przekaż klientów", "Hand clients over";
    hand_over_text: "Wszyscy klienci tej osoby przejdą pod opiekę wybranej. Konto pozostaje aktywne.", "All clients of this person go to the one you choose. The account stays active.";
    handed_over: "Przekazano", "Handed over";
    add_department: "Dodaj dział", "Add department";
    department_added: "Dodano dział.", "The department was added.";
    rename_department: "Zmień nazwę działu", "Rename the department";
    delete_department_title: "Usunąć dział?", "Delete the department?";
    delete_department_text: "Pracownicy przestaną do niego należeć. Działu, do którego należą klienci, nie można usunąć.", "Staff no longer belong to it. A department that clients belong to cannot be deleted.";
    department_deleted: "Usunięto dział.", "The department was deleted.";
    department_in_use: "Do tego działu należą klienci. Najpierw przypisz ich do innego.", "Clients belong to this department. Assign them to another one first.";
    members_n: "osoba|osoby|osób", "person|people|people";

    // roles
    roles: "Role i uprawnienia", "Roles and rights";
    roles_text: "Rola mówi, co jej posiadacze mogą robić, czyje karty widzą i które pola.", "A role says what its holders may do, whose cards they see, and which fields.";
    roles_builtin: "Role wbudowane", "Built-in roles";
    roles_builtin_text: "Nie można ich zmieniać, ale można na nich oprzeć własną rolę.", "They cannot be changed, but your own roles can be based on them.";
    roles_own: "Własne role", "Your own roles";
    no_roles: "Nie ma jeszcze własnych ról", "There are no roles of your own yet";
    no_roles_text: "Zacznij od roli wbudowanej i zmień tylko to, co ma być inaczej.", "Start from a built-in role and change only what should differ.";
    new_role: "Nowa rola", "New role";
    role_builtin: "Wbudowana", "Built-in";
    based_on: "Na podstawie", "Based on";
    based_on_hint: "Czego ta rola sama nie mówi, bierze z tej.", "What this role does not say by itself comes from that one.";
    based_on_nothing: "Żadna – od zera", "None – from scratch";
    rights: "Uprawnienia", "Rights";
    no_rights: "Brak uprawnień", "No rights";
    people: "Osoby", "People";
    copy_role: "Kopiuj rolę", "Copy role";
    copy_of: "kopia", "copy";
    base_on_this: "Utwórz na tej podstawie", "Base a role on this one";
    role_added: "Dodano rolę.", "The role was added.";
    delete_role_title: "Usunąć rolę?", "Delete the role?";
    delete_role_text: "Roli, którą ktoś ma albo na której opiera się inna, nie można usunąć.", "A role that somebody has, or that another is based on, cannot be deleted.";
    role_deleted: "Usunięto rolę.", "The role was deleted.";
    role_in_use: "Ktoś ma tę rolę albo inna się na niej opiera. Najpierw to zmień.", "Somebody has this role, or another is based on it. Change that first.";
    role_outdated_title: "Ktoś zmienił tę rolę w międzyczasie", "Someone changed this role meanwhile";
    security_outdated_title: "Ktoś zmienił te ustawienia w międzyczasie", "Someone changed these settings meanwhile";
    outdated_text: "Nic nie zapisano. Wczytaj nowszą wersję: Twoje zmiany zostaną na swoich miejscach, a resztę weźmiemy z nowszej.", "Nothing was saved. Load the newer version: your changes stay where they are, the rest comes from the newer one.";
    newer_loaded: "Masz najnowszą wersję razem ze swoimi zmianami. Sprawdź ją i zapisz.", "You have the newest version with your changes in it. Check it and save.";
    role_missing: "Nie ma takiej roli", "There is no such role";
    inherit: "Dziedziczy", "Inherits";
    default_value: "Domyślnie", "By default";
    beyond_own: "Więcej, niż masz", "More than you have";
    beyond_view: "Nie może sięgać dalej niż podgląd: rozszerz podgląd albo zawęź to uprawnienie.", "It cannot reach further than viewing: widen viewing or narrow this right.";
    in_effect: "Działa jak", "Works as";
    in_effect_why: "bo tyle sięga podgląd", "as far as viewing reaches";
    rights_hint: "Nikt nie zmienia, nie wydaje ani nie przypisuje kart, których nie widzi.", "Nobody changes, hands over or assigns cards they do not see.";
    effective: "W efekcie", "In effect";
    effective_text: "To, co rola daje razem z tym, na czym się opiera.", "What the role allows together with what it is based on.";
    field_rights: "Pola klienta", "Fields of a client";
    field_rights_hint: "Nazwy i daty są zawsze widoczne, aby dało się odróżnić karty.", "Names and dates are always shown, so that cards can be told apart.";
    fields_all_open: "Wszystkie pola bez ograniczeń", "All fields without restrictions";
    limits: "Ograniczenia", "Limits";
    department_limit: "Zasięg działu", "Departments";
    department_limit_hint: "Działa niezależnie od zakresów powyżej.", "Applies on top of the scopes above.";
    needs_reason: "Otwarcie karty wymaga podania powodu", "Opening a card needs a reason";
    needs_reason_hint: "Powód trafia do historii klienta.", "The reason is recorded in the client's history.";
    needs_second_factor: "Wymagany drugi składnik logowania", "Second factor needed to sign in";
    second_factor_hint: "Kto go jeszcze nie ma, po zalogowaniu może go tylko dodać; reszta otworzy się potem.", "Whoever has none yet can only add one after signing in; everything else opens then.";
    networks: "Dozwolone sieci", "Allowed networks";
    networks_hint: "Adresy lub sieci w notacji CIDR, jedna w wierszu, na przykład 203.0.113.7 albo 192.168.1.0/24.", "Addresses or networks in CIDR notation, one per line, for example 203.0.113.7 or 192.168.1.0/24.";
    networks_anywhere: "Skądkolwiek", "Anywhere";
    networks_listed: "Tylko z podanych sieci", "Only from these networks";
    networks_line: "Wiersz", "Line";

    // organisation
    controller: "Dane firmy", "Organisation details";
    controller_text: "Kto jest administratorem danych: tak podpisują się maile, potwierdzenia zgód i formularze.", "Who the controller of the data is: as mails, consent receipts and forms say it.";
    controller_outdated_title: "Ktoś zmienił dane firmy w międzyczasie", "Someone changed the organisation's details meanwhile";
    controller_saved: "Zapisano dane firmy.", "The organisation's details were saved.";
    controller_name: "Pełna nazwa", "Full name";
    controller_address: "Adres pocztowy", "Postal address";
    controller_country: "Kraj (dwie litery)", "Country (two letters)";
    controller_country_hint: "Na przykład PL albo DE.", "For example PL or DE.";
    controller_contact: "Kontakt", "Contact";
    controller_email_hint: "Tu ludzie piszą w sprawie swoich danych i wycofują zgody.", "Where people write about their data and withdraw consents.";
    privacy_notice: "Adres klauzuli informacyjnej", "Address of the privacy notice";
    privacy_notice_hint: "Strona z informacją o przetwarzaniu danych (art. 13 RODO), zaczyna się od https://.", "The page that informs about the processing (Art. 13 GDPR), beginning with https://.";
    officer: "Inspektor ochrony danych", "Data protection officer";
    officer_hint: "Jeżeli jest wyznaczony (art. 37 RODO).", "Where there is one (Art. 37 GDPR).";
    officer_name: "Imię i nazwisko inspektora", "The officer's name";
    officer_contact: "Kontakt do inspektora", "The officer's contact";
    representative: "Przedstawiciel w Unii", "Representative in the Union";
    representative_hint: "Tylko dla firm spoza Unii (art. 27 RODO).", "For organisations outside the Union only (Art. 27 GDPR).";
    representative_name: "Nazwa przedstawiciela", "The representative's name";
    representative_contact: "Kontakt do przedstawiciela", "The representative's contact";

    // security
    security: "Bezpieczeństwo", "Security";
    security_text: "Skąd i jak długo można pracować. Zmiany działają od następnego zapytania każdej sesji.", "From where and how long people may work. Changes act on the next request of every session.";
    security_door: "Skąd i jak długo można pracować w systemie.", "From where and how long people may work in the system.";
    security_networks: "Skąd można się łączyć", "Where people may connect from";
    security_networks_hint: "Puste: skądkolwiek. Dotyczy pracowników i kluczy API; nie dotyczy formularzy dla klientów.", "Empty: anywhere. For staff and API keys; not for the forms that clients fill in.";
    security_shut_out: "Te sieci nie obejmują adresu, z którego teraz się łączysz. Dodaj go, aby nie odciąć siebie.", "These networks do not contain the address you connect from now. Add it, so that you do not shut yourself out.";
    owners_from_anywhere: "Właściciele mogą łączyć się skądkolwiek", "Owners may connect from anywhere";
    owners_from_anywhere_hint: "Chroni przed odcięciem się od systemu.", "Keeps you from being locked out of the system.";
    security_sessions: "Sesje", "Sessions";
    idle_minutes: "Blokada po bezczynności (minuty)", "Lock after idling (minutes)";
    idle_minutes_hint: "Od 1 do 240. Nic niezapisanego nie przepada; do odblokowania potrzebne jest hasło albo klucz dostępu.", "From 1 to 240. Nothing unsaved is lost; unlocking needs the password or a passkey.";
    session_hours: "Koniec sesji (godziny)", "End of a session (hours)";
    session_hours_hint: "Od 1 do 24, niezależnie od aktywności.", "From 1 to 24, however busy it is.";
    second_factor_for_all: "Drugi składnik logowania dla wszystkich", "Second factor for everyone";
    second_factor_for_all_hint: "Kto go jeszcze nie ma, po zalogowaniu może go tylko dodać; reszta otworzy się potem.", "Whoever has none yet can only add one after signing in; everything else opens then.";
    security_saved: "Zapisano zasady bezpieczeństwa.", "The security rules were saved.";

    // API keys
    keys: "Klucze API", "API keys";
    keys_text: "Dla programów, które łączą się w Twoim imieniu. Klucz nigdy nie może więcej niż Ty.", "For programs that connect in your name. A key never may more than you.";
    keys_own: "Twoje klucze", "Your keys";
    keys_all: "Klucze wszystkich", "Everybody's keys";
    no_keys: "Nie ma jeszcze kluczy", "There are no keys yet";
    no_keys_text: "Utwórz osobny klucz dla każdego programu: będzie wiadomo, kto z czego korzysta.", "Make a key of its own for every program: then it is known who uses what.";
    new_key: "Nowy klucz", "New key";
    key_name_hint: "Do czego służy, na przykład „Sklep internetowy”.", "What it is for, for example “Online shop”.";
    key_owner: "Właściciel klucza", "Key's owner";
    key_expires: "Ważny do", "Valid until";
    key_expires_hint: "Do końca tego dnia; najdłużej rok.", "To the end of this day; a year at most.";
    key_expires_range: "Wybierz przyszły dzień, nie dalej niż za rok.", "Choose a day in the future, within a year.";
    key_networks_hint: "Puste: skądkolwiek. Adresy lub sieci CIDR, jedna w wierszu.", "Empty: anywhere. Addresses or CIDR networks, one per line.";
    key_rights_hint: "Wybierz tylko to, czego program potrzebuje.", "Choose only what the program needs.";
    key_rights_needed: "Wybierz co najmniej jedno uprawnienie.", "Choose one right at least.";
    key_never: "Tego uprawnienia klucz mieć nie może.", "No key can have this right.";
    created: "Utworzono", "Created";
    expires: "Wygasa", "Expires";
    last_used: "Ostatnie użycie", "Last used";
    never_used: "nigdy", "never";
    uses_n: "użycie|użycia|użyć", "use|uses|uses";
    key_active: "Aktywny", "Active";
    key_expired: "Wygasł", "Expired";
    key_revoked: "Unieważniony", "Revoked";
    revoke_key: "Unieważnij", "Revoke";
    revoke_key_title: "Unieważnić klucz?", "Revoke the key?";
    revoke_key_text: "Program, który go używa, natychmiast straci dostęp. Tego nie można cofnąć.", "The program that uses it loses access at once. This cannot be undone.";
    key_revoked_done: "Klucz unieważniony.", "The key is revoked.";
    key_made_title: "Klucz gotowy", "The key is ready";
    key_made_text: "Skopiuj go teraz i przechowaj w bezpiecznym miejscu. Nie zobaczysz go ponownie.", "Copy it now and keep it in a safe place. You will not see it again.";
    key_text: "Klucz", "Key";
    key_example: "Przykład (curl)", "Example (curl)";
    done: "Gotowe", "Done";
    create_key: "Utwórz klucz", "Make the key";

    // consent ledger
    ledger_text: "Każda zgoda, jej potwierdzenie, wygaśnięcie i cofnięcie w kolejności zapisu. Tego rejestru nie da się po cichu poprawić.", "Every consent, its confirmation, expiry and withdrawal in the order of recording. This ledger cannot be rewritten quietly.";
    ledger_size: "Zdarzenia w rejestrze", "Events in the ledger";
    ledger_events: "zdarzenie|zdarzenia|zdarzeń", "event|events|events";
    ledger_pending: "Czekają na dopisanie", "Waiting to be added";
    ledger_checked: "Ostatnie sprawdzenie", "Last check";
    ledger_unchecked: "Jeszcze nie sprawdzano", "Not checked yet";
    ledger_held: "Wszystko się zgadza", "Everything holds";
    ledger_broken: "Rejestr się nie zgadza", "The ledger does not hold";
    ledger_broken_text: "Administrator serwera zobaczy szczegóły po poleceniach „zgoda ledger verify” i „zgoda consents check”.", "The commands “zgoda ledger verify” and “zgoda consents check” on the server tell the details.";
    ledger_end_lost: "Zapis końca rejestru jest naruszony", "The note of the ledger’s end was tampered with";
    ledger_signed: "Ostatni punkt kontrolny", "Last checkpoint";
    ledger_unsigned: "Jeszcze nie ma", "None yet";
    ledger_download: "Pobierz punkt kontrolny", "Download the checkpoint";
    ledger_root: "Korzeń drzewa", "Root of the tree";
    ledger_verifier: "Klucz do sprawdzania podpisów", "Key for checking the signatures";
    ledger_proves: "Czego dowodzi punkt kontrolny", "What a checkpoint proves";
    ledger_proves_text: "Punkt kontrolny to podpisane zdanie: tyle zdarzeń było w rejestrze i taki był ich wspólny skrót. Gdyby później ktoś zmienił, usunął, zamienił albo dopisał wstecz choć jedno z nich, skrót wyszedłby inny.", "A checkpoint is a signed statement: the ledger had this many events, and this was the hash over all of them. If somebody later changed, removed, exchanged or backdated a single one, another hash would come out.";
    ledger_keep_text: "Trzymaj go poza tym systemem, najlepiej u kogoś innego. Polecenie „zgoda ledger verify --checkpoints PLIK” porówna z nim rejestr, nawet jeśli ktoś podmieni całą bazę na starszą.", "Keep it outside this system, best with somebody else. “zgoda ledger verify --checkpoints FILE” compares the ledger with it, even if somebody puts a whole older database in place.";
    ledger_erased_text: "Usunięcie danych klienta nie narusza rejestru: zdarzenie zostaje, a treści dowodu nikt już nie odczyta.", "Erasing a client does not break the ledger: the event stays, and nobody can read its evidence any more.";

    // details of activities
    told_format: "Format", "Format";
    told_count: "Ilu klientów", "How many clients";
    told_total: "Razem", "Altogether";
    told_rows: "Wiersze", "Rows";
    told_colour: "Kolor", "Colour";
    told_sharing: "Komu widoczny", "Seen by";
    told_disabled: "Wyłączone", "Disabled";
    told_members: "Ile kont", "How many accounts";
    told_state: "Stan", "State";
    told_done: "Zrobione", "Done";
    told_failures: "Nieudane", "Failed";
    told_job: "Zadanie", "Job";
    told_problem: "Problem", "Problem";
    told_chosen: "wybrani z listy: {}", "chosen from the list: {}";
    everybody: "wszyscy, bez warunków", "everybody, without conditions";

    // rights
    module_clients: "Klienci", "Clients";
    module_fields: "Dodatkowe pola", "Additional fields";
    module_forms: "Formularze", "Forms";
    module_submissions: "Zgłoszenia", "Submissions";
    module_purposes: "Cele przetwarzania", "Purposes";
    module_activities: "Aktywności systemowe", "System activities";
    module_staff: "Pracownicy i role", "Staff and roles";
    module_security: "Bezpieczeństwo", "Security";
    module_api_keys: "Klucze API", "API keys";
    module_own_account: "Własne konto", "Own account";
    operation_view: "Podgląd", "View";
    operation_create: "Dodawanie", "Add";
    operation_edit: "Edycja", "Edit";
    operation_delete: "Usuwanie", "Delete";
    operation_import: "Import z plików", "Import from files";
    operation_export: "Wydawanie danych", "Hand over data";
    operation_assign: "Przypisywanie", "Assign";
    operation_configure: "Zarządzanie", "Manage";
    right_decide_submissions: "Rozpatrywanie", "Decide";
    right_export_audit: "Eksport", "Export";
    right_configure_security: "Zmiana zasad", "Change rules";
    right_administer_owners: "Wyznaczanie właścicieli", "Appoint owners";
    right_manage_api_keys: "Własne klucze", "Own keys";
    scope_none: "brak", "none";
    scope_own: "własne", "own";
    scope_department: "dział", "department";
    scope_all: "wszystkie", "all";
    right_yes: "tak", "yes";
    right_no: "nie", "no";
    restriction_hidden: "ukryte", "hidden";
    restriction_masked: "zasłonięte", "masked";
    restriction_read_only: "tylko odczyt", "read only";
    restriction_open: "pełny dostęp", "open";
    limit_own: "tylko klienci własnych działów", "only clients of own departments";
    limit_own_and_none: "klienci własnych działów i bez działu", "clients of own departments and of none";
    limit_unlimited: "bez ograniczenia", "no limit";
    about_owner: "Wszystko, łącznie z wyznaczaniem właścicieli.", "Everything, appointing owners included.";
    about_administrator: "Wszystko poza wyznaczaniem właścicieli.", "Everything but appointing owners.";
    about_salesperson: "Prowadzi własnych klientów.", "Looks after own clients.";
    about_marketing: "Formularze, zgłoszenia i cele; klientów tylko ogląda.", "Forms, submissions and purposes; only looks at clients.";
    about_data_protection_officer: "Dzienniki i wydawanie danych; karty otwiera po podaniu powodu.", "Logs and handing data over; opens cards for a reason.";
    about_read_only: "Ogląda, niczego nie zmienia i nie wynosi.", "Looks, changes nothing and takes nothing out.";
}

type Text = &'static str;

impl OfficeWords {
    pub fn not_asked(&self, why: NotAsked) -> &'static str {
        match why {
            NotAsked::NotFound => self.not_found,
            NotAsked::NotAllowed => self.not_allowed,
            NotAsked::NothingToRenew => self.nothing_to_renew,
            NotAsked::PurposeRetired => self.purpose_is_retired,
            NotAsked::NoAddress => self.no_address,
            NotAsked::NoEmailConsent => self.no_email_consent,
            NotAsked::OpenRequest => self.open_request,
            NotAsked::AskedLately => self.asked_lately,
            NotAsked::NoWording => self.no_wording,
            NotAsked::NoMailServer => self.no_mail_server,
        }
    }

    pub fn module(&self, module: Module) -> Text {
        match module {
            Module::Clients => self.module_clients,
            Module::Fields => self.module_fields,
            Module::Forms => self.module_forms,
            Module::Submissions => self.module_submissions,
            Module::Purposes => self.module_purposes,
            Module::Activities => self.module_activities,
            Module::Staff => self.module_staff,
            Module::Security => self.module_security,
            Module::ApiKeys => self.module_api_keys,
            Module::OwnAccount => self.module_own_account,
        }
    }

    fn operation(&self, operation: Operation) -> Text {
        match operation {
            Operation::View => self.operation_view,
            Operation::Create => self.operation_create,
            Operation::Edit => self.operation_edit,
            Operation::Delete => self.operation_delete,
            Operation::Export => self.operation_export,
            Operation::Import => self.operation_import,
            Operation::Assign => self.operation_assign,
            Operation::Configure => self.operation_configure,
        }
    }

    /// A right's name below that of its module.
    pub fn right(&self, right: Right) -> Text {
        match right {
            Right::DecideSubmissions => self.right_decide_submissions,
            Right::ExportAudit => self.right_export_audit,
            Right::ConfigureSecurity => self.right_configure_security,
            Right::AdministerOwners => self.right_administer_owners,
            Right::ManageApiKeys => self.right_manage_api_keys,
            other => self.operation(other.operation()),
        }
    }

    /// How far a right reaches: a scope, or yes and no.
    pub fn reach(&self, right: Right, scope: Scope) -> Text {
        match (right.is_scoped(), scope) {
            (true, Scope::None) => self.scope_none,
            (true, Scope::Own) => self.scope_own,
            (true, Scope::Department) => self.scope_department,
            (true, Scope::All) => self.scope_all,
            (false, Scope::None) => self.right_no,
            (false, _) => self.right_yes,
        }
    }

    pub fn restriction(&self, restriction: FieldRestriction) -> Text {
        match restriction {
            FieldRestriction::Hidden => self.restriction_hidden,
            FieldRestriction::Masked => self.restriction_masked,
            FieldRestriction::ReadOnly => self.restriction_read_only,
            FieldRestriction::Open => self.restriction_open,
        }
    }

    pub fn department_limit(&self, limit: DepartmentLimit) -> Text {
        match limit {
            DepartmentLimit::Own => self.limit_own,
            DepartmentLimit::OwnAndNone => self.limit_own_and_none,
            DepartmentLimit::Unlimited => self.limit_unlimited,
        }
    }

    /// What a role that comes with the product is for.
    pub fn about_template(&self, template: RoleTemplate) -> Text {
        match template {
            RoleTemplate::Owner => self.about_owner,
            RoleTemplate::Administrator => self.about_administrator,
            RoleTemplate::Salesperson => self.about_salesperson,
            RoleTemplate::Marketing => self.about_marketing,
            RoleTemplate::DataProtectionOfficer => self.about_data_protection_officer,
            RoleTemplate::ReadOnly => self.about_read_only,
        }
    }
}
