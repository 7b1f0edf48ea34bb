//! Texts of the client list: selecting, acting on many, saved filters, columns, keys, tags.

use super::Words;
use zgoda_api_types::{clients::Total, saved_filters::FilterBody, staff::Department};
use zgoda_domain::saved_filter::Sharing;

words! {
    /// Texts of the client list in one language.
    struct ListWords;

    // how many
    about: "około {}", "about {}";

    // nobody found
    whole_text: "Znak = porównuje całą treść pola. Znak ~ znajduje też jej część.", "The sign = compares the whole of a field. The sign ~ finds a part of it too.";
    ask_within: "Szukaj:", "Search for:";

    // selecting
    select_page: "Zaznacz wszystkie wczytane", "Select all that are loaded";
    select_row: "Zaznacz: {}", "Select: {}";
    selected: "Zaznaczono: {}", "Selected: {}";
    selected_all: "Wszyscy pasujący: {}", "All that match: {}";
    select_all: "Zaznacz wszystkich pasujących: {}", "Select all that match: {}";
    unselect: "Odznacz wszystko", "Select none";
    selection: "Zaznaczeni klienci", "Selected clients";

    // acting on many
    edit_field: "Zmień pole", "Change a field";
    assign: "Przypisz", "Assign";
    add_tag: "Dodaj tag", "Add a tag";
    remove_tag: "Usuń tag", "Remove a tag";
    tag: "Tag", "Tag";
    tag_way: "Co zrobić", "What to do";
    delete_many: "Usuń klientów", "Delete clients";
    counting: "Liczenie…", "Counting…";
    will_touch: "Zmiana obejmie {}.", "The change will be made to {}.";
    will_delete: "Na zawsze znikną karty, pola i zgłoszenia: {}. Zapisy w rejestrach zgód i aktywności zostaną, ale bez danych osób. Tego nie można cofnąć.", "Gone for good will be the cards, fields and submissions of {}. Entries in the ledgers of consents and activities stay, without people's data. This cannot be undone.";
    undoable: "Przez 24 godziny można ją cofnąć.", "It can be undone for 24 hours.";
    clients_of_n: "klienta|klientów|klientów", "client|clients|clients";
    more_by_now: "W międzyczasie zrobiło się ich więcej. Sprawdź liczbę i potwierdź ponownie.", "There are more of them by now. Look at the number and confirm again.";
    nobody_in_reach: "Żadnego z zaznaczonych klientów nie możesz tak zmienić.", "You may do this to none of the selected clients.";
    new_value: "Nowa wartość", "New value";
    choose_field: "— wybierz pole —", "— choose a field —";
    choose_whom: "— wybierz —", "— choose —";
    clear_field: "Wyczyść to pole u wszystkich", "Clear this field for all";
    no_tags: "Nie ma jeszcze tagów. Dodaj pierwszy na karcie klienta.", "There are no tags yet. Add the first one on a client's card.";
    manage_tags: "Zarządzaj tagami", "Manage tags";
    apply: "Zmień", "Change";
    whose: "Co przypisać", "What to assign";

    // the job that does it
    job_running: "Zmieniam klientów", "Changing clients";
    job_undoing: "Cofam zmianę", "Undoing the change";
    job_done: "Gotowe: {} z {}", "Done: {} of {}";
    job_broken: "Zadanie przerwano: {} z {}", "The job broke off: {} of {}";
    job_details: "Zadania w tle", "Background work";
    undo: "Cofnij", "Undo";

    // a query that cannot be read
    misread_title: "Popraw zapytanie", "Mend the query";
    misread_text: "Nie da się go odczytać, dlatego lista nikogo nie pokazuje. Co jest nie tak, widać nad listą, przy zapytaniu.", "It cannot be read, and so the list shows nobody. What is wrong is shown above the list, beside the query.";
    misread_mend: "Przejdź do zapytania", "Go to the query";

    // saved filters
    gone_title: "Nie ma takiego filtra", "There is no such filter";
    gone_text: "Mógł zostać usunięty albo nie jest już Tobie udostępniony. Wybierz inny filtr albo zobacz wszystkich klientów.", "It may have been deleted, or is shared with you no longer. Choose another filter, or see all clients.";
    filters: "Filtry", "Filters";
    all_clients: "Wszyscy klienci", "All clients";
    group_personal: "Moje", "Mine";
    group_department: "Działu", "Department's";
    group_everyone: "Wszystkich", "Everyone's";
    no_filters: "Ustaw warunki listy i zapisz je jako filtr.", "Set the list's conditions and save them as a filter.";
    save_as: "Zapisz jako…", "Save as…";
    revert: "Cofnij zmiany", "Discard changes";
    new_filter: "Nowy filtr", "New filter";
    change_filter: "Zmień filtr: {}", "Change the filter: {}";
    filter_settings: "Ustawienia filtra", "Filter settings";
    open_with: "Otwieraj listę z filtrem: {}", "Open the list with the filter: {}";
    open_with_title: "Otwieraj listę z tym filtrem", "Open the list with this filter";
    opens_with_it: "Lista będzie się otwierać z tym filtrem.", "The list will open with this filter.";
    opens_with_all: "Lista będzie się otwierać ze wszystkimi klientami.", "The list will open with all clients.";
    sharing: "Kto go widzi", "Who sees it";
    only_me: "Tylko ja", "Only me";
    whole_department: "Dział", "A department";
    everyone: "Wszyscy", "Everyone";
    filter_holds: "Filtr zapamięta warunki, kolumny i sortowanie.", "The filter remembers conditions, columns and order.";
    delete_filter: "Usuń filtr", "Delete the filter";
    delete_filter_sure: "Na pewno usunąć?", "Delete it for good?";
    seen_by_everyone: "Ten filtr widzą wszyscy.", "Everyone sees this filter.";
    seen_by_department: "Ten filtr widzi dział: {}.", "This filter is seen by the department: {}.";
    save_shared_title: "Zapisać filtr „{}”?", "Save the filter “{}”?";
    save_shared: "Zmieni się u każdego, kto go używa.", "It changes for everybody who uses it.";
    delete_shared: "Zniknie u każdego, kto go używa.", "It is gone for everybody who uses it.";
    filter_deleted: "Usunięto filtr.", "The filter was deleted.";
    filter_outdated: "Ktoś zmienił ten filtr w międzyczasie. Otwórz go ponownie.", "Someone changed this filter meanwhile. Open it again.";
    broken_mark: "wymaga poprawy", "needs mending";
    broken_title: "Ten filtr mówi o czymś, czego już nie ma", "This filter speaks of something that is gone";
    broken_field: "Usunięto pole „{}”.", "The field “{}” was deleted.";
    broken_unknown: "Usunięto pole, którego używa ten filtr.", "A field that this filter uses was deleted.";
    broken_value: "Usunięto to, o co pyta ten filtr: opcję pola, tag, osobę albo dział.", "What this filter asks for was deleted: an option of a field, a tag, a person or a department.";
    broken_unfit: "Pola „{}” nie możesz użyć do szukania.", "You cannot search by the field “{}”.";
    broken_hidden: "Filtr korzysta z pól, które ukrywa Twoja rola. Bez nich znalazłby kogoś innego.", "The filter uses fields that your role hides. Without them it would find someone else.";
    open_without: "Pokaż bez tego warunku", "Show without this condition";

    // columns
    find_column: "Szukaj kolumny", "Find a column";
    other_columns: "Pozostałe", "Others";
    move_up: "Przesuń wyżej: {}", "Move up: {}";
    move_down: "Przesuń niżej: {}", "Move down: {}";
    drag_column: "Przeciągnij: {}", "Drag: {}";
    column_width: "Szerokość kolumny {}", "Width of column {}";
    default_columns: "Przywróć domyślne", "Back to the default";
    column_moved: "{}: miejsce {} z {}", "{}: place {} of {}";
    tags: "Tagi", "Tags";

    // the side panel
    preview: "Podgląd", "Preview";
    preview_of: "Podgląd: {}", "Preview: {}";
    previous: "Poprzedni klient", "Previous client";
    next: "Następny klient", "Next client";
    open_whole: "Otwórz kartę", "Open the card";

    // editing in place
    edit_cell: "{}: {}", "{}: {}";
    cell_outdated: "Ktoś zmienił tę kartę. Teraz jest tu: {}", "Someone changed this card. It holds now: {}";
    keep_mine: "Zapisz moje", "Save mine";
    take_theirs: "Zostaw ich", "Keep theirs";
    cell_hint: "Enter zapisuje, Esc anuluje", "Enter saves, Esc cancels";

    // keys
    keys_list: "Lista klientów", "The client list";
    key_move: "Następny i poprzedni wiersz", "Next and previous row";
    key_open: "Otwórz kartę", "Open the card";
    key_preview: "Podgląd obok listy", "Preview beside the list";
    key_select: "Zaznacz wiersz", "Select the row";
    key_select_range: "Zaznacz po kolei", "Select on the way";
    key_select_page: "Zaznacz wszystkie wczytane", "Select all that are loaded";
    key_edit: "Edytuj w miejscu, Tab przechodzi dalej", "Edit in place, Tab goes on";
    key_clear: "Zamknij podgląd, potem odznacz", "Close the preview, then select none";
    keys_card: "Karta klienta", "The client's card";
    key_neighbours: "Poprzedni i następny w filtrze", "Previous and next in the filter";

    // tags on a card
    find_tag: "Dodaj tag", "Add a tag";
    no_client_tags: "Brak tagów", "No tags";
    take_tag: "Usuń tag: {}", "Remove the tag: {}";
    make_tag: "Utwórz tag „{}”", "Make the tag “{}”";
    no_such_tag: "Nie ma takiego tagu.", "There is no such tag.";
}

/// A text with something in the place of its `{}`.
pub fn with(text: &str, what: &str) -> String {
    text.replacen("{}", what, 1)
}

impl ListWords {
    /// `1 234 klientów`, or `około 240 000 klientów` where nobody counts on.
    pub fn total(&self, w: &Words, total: Total) -> String {
        let count = w.count(total.count, w.clients_n);
        if total.exact { count } else { with(self.about, &count) }
    }

    /// `Gotowe: 120 z 4 000`
    pub fn job_end(&self, w: &Words, whole: bool, done: u64, total: u64) -> String {
        let text = if whole { self.job_done } else { self.job_broken };
        with(&with(text, &w.number(done)), &w.number(total))
    }

    pub fn sharing(&self, sharing: Sharing) -> &'static str {
        match sharing {
            Sharing::Personal => self.only_me,
            Sharing::Department => self.whole_department,
            Sharing::Everyone => self.everyone,
        }
    }

    /// With whom a filter is shared; nothing about one's own.
    pub fn seen_by(&self, filter: &FilterBody, departments: &[Department]) -> Option<String> {
        match filter.sharing {
            Sharing::Personal => None,
            Sharing::Everyone => Some(self.seen_by_everyone.to_owned()),
            Sharing::Department => {
                let named = departments.iter().find(|it| Some(it.id) == filter.department_id);
                Some(with(self.seen_by_department, named.map_or("–", |it| &it.name)))
            }
        }
    }

    /// The heading above filters that are shared so.
    pub fn group(&self, sharing: Sharing) -> &'static str {
        match sharing {
            Sharing::Personal => self.group_personal,
            Sharing::Department => self.group_department,
            Sharing::Everyone => self.group_everyone,
        }
    }
}
