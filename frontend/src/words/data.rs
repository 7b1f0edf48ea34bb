//! Texts of the pages of work on many clients.

use super::Words;
use zgoda_domain::{
    job::{FileLoss, JobFailure, JobKind, JobProblem, JobState},
    merge::DuplicateReason,
};

words! {
    /// Texts of the pages of work on many clients in one language.
    struct DataWords;

    jobs_text: "To, co trwa dłużej niż chwilę, np. zmiana wielu klientów naraz. Możesz w tym czasie pracować dalej.", "What takes longer than a moment, such as changing many clients at once. You can go on working meanwhile.";
    no_jobs: "Nic tu jeszcze nie było", "Nothing has been here yet";
    no_jobs_text: "Gdy zmienisz wielu klientów naraz, zobaczysz tu postęp i przez 24 godziny możliwość cofnięcia.", "When you change many clients at once, you see the progress here, and for 24 hours the way back.";
    job: "Zadanie", "Job";
    job_asked_at: "Zlecono", "Asked for";
    progress: "Postęp", "Progress";
    actions: "Czynności", "Actions";
    kind_bulk: "Zmiana wielu klientów", "Change of many clients";
    kind_undo: "Cofnięcie zadania", "Undoing a job";
    about_set_field: "Zmiana pola „{}”", "Change of the field “{}”";
    about_add_tag: "Dodanie tagu „{}”", "Adding the tag “{}”";
    about_remove_tag: "Zdjęcie tagu „{}”", "Removing the tag “{}”";
    about_set_owner: "Zmiana opiekuna", "Change of the owner";
    about_set_department: "Zmiana działu", "Change of the department";
    about_delete: "Usunięcie klientów", "Deletion of clients";
    about_undo: "Cofnięcie: {}", "Undoing: {}";
    kind_import: "Import klientów", "Import of clients";
    kind_export: "Eksport klientów", "Export of clients";
    loss_expired: "Plik był do pobrania przez 24 godziny.", "The file could be downloaded for 24 hours.";
    loss_rights: "Twoje uprawnienia się zmieniły, więc tego pliku nie można już pobrać. Zleć eksport ponownie.", "Your rights have changed, so this file can no longer be downloaded. Export again.";
    loss_erased: "Plik usunięto, bo usunięto kogoś, kto w nim był.", "The file was deleted, because somebody who was in it was deleted.";
    state_waiting: "Czeka", "Waiting";
    state_running: "W toku", "Running";
    state_cancelling: "Zatrzymywane", "Stopping";
    state_done: "Gotowe", "Done";
    state_undone: "Cofnięte", "Undone";
    state_failed: "Przerwane", "Broken off";
    state_cancelled: "Zatrzymane", "Stopped";
    problem_rights_gone: "Nie masz już potrzebnego uprawnienia. To, co zrobiono wcześniej, zostało.", "You no longer hold the right it takes. What was done before that stays.";
    problem_account_gone: "Konto lub klucz API, z którego to zlecono, już nie działa.", "The account or API key that asked for it no longer works.";
    problem_target_gone: "Zniknęło to, na czym zadanie miało pracować, np. pole.", "What it was to work with is gone, such as a field.";
    problem_too_large: "Plik byłby większy, niż pozwala jego format. Wybierz CSV albo mniej kolumn.", "The file would be larger than its format allows. Choose CSV, or fewer columns.";
    problem_internal: "Kilka razy coś się u nas zepsuło. To, co zrobiono wcześniej, zostało.", "Something broke on our side, several times. What was done before that stays.";
    done_of: "{} z {}", "{} of {}";
    left: "Bez zmian: {}", "Left as they are: {}";
    failure_not_found: "usunięte lub poza zasięgiem: {}", "deleted or out of reach: {}";
    failure_changed: "zmienione w międzyczasie: {}", "changed meanwhile: {}";
    failure_reason_needed: "wymagają podania powodu: {}", "opened for a reason only: {}";
    failure_invalid: "karta złamałaby regułę: {}", "the card would break a rule: {}";
    failure_known: "już są: {}", "there already: {}";
    failure_left_out: "pominięte ręcznie: {}", "left out by hand: {}";
    failure_withdrawn: "odmówili lub wycofali zgodę: {}", "said no: {}";
    failure_erased: "ich dane usunięto: {}", "whose data were erased: {}";
    stop: "Zatrzymaj", "Stop";
    undo: "Cofnij", "Undo";
    undo_import_title: "Cofnąć cały import?", "Undo the whole import?";
    undo_import_text: "Karty, które powstały, zostaną usunięte, a zmienione wrócą do tego, co było. Karty, które ktoś później zmienił, zostaną, jakie są.", "Cards that were made are deleted, and changed ones go back to what they were. Cards that somebody changed since stay as they are.";
    undo_change_title: "Cofnąć tę zmianę?", "Undo this change?";
    undo_change_text: "Zmienione karty wrócą do tego, co było. Karty, które ktoś później zmienił, zostaną, jakie są.", "Changed cards go back to what they were. Cards that somebody changed since stay as they are.";
    undo_until: "Cofnąć można do: {}", "Can be undone until: {}";
    download: "Pobierz plik", "Download the file";
    stopping: "Zadanie zatrzyma się przed następnym krokiem.", "The job will stop before its next step.";
    undoing: "Cofanie rozpoczęte. Klienci zmienieni w międzyczasie zostaną, jacy są.", "Undoing has begun. Clients changed meanwhile stay as they are.";

    // duplicates
    duplicates_text: "Karty, które wyglądają na tę samą osobę lub firmę. Nowe i zmienione karty są porównywane w tle; nic nie łączy się samo.", "Cards that look like one person or company. New and changed cards are compared in the background; nothing is merged by itself.";
    no_duplicates: "Nie widać duplikatów", "No duplicates in sight";
    no_duplicates_text: "Gdy pojawi się karta z tym samym e-mailem, telefonem, NIP-em albo podobną nazwą w tym samym mieście, zobaczysz ją tutaj.", "When a card comes up with the same e-mail, phone or NIP, or with a similar name in the same town, you will see it here.";
    sure_almost: "Prawie na pewno", "Almost certain";
    sure_likely: "Prawdopodobnie", "Likely";
    sure_maybe: "Być może", "Perhaps";
    alike_by: "Łączy je:", "In common:";
    reason_email: "ten sam e-mail", "the same e-mail";
    reason_nip: "ten sam NIP", "the same NIP";
    reason_phone: "ten sam telefon", "the same phone";
    reason_name: "podobna nazwa w tym samym mieście", "a similar name in the same town";
    compare: "Porównaj i połącz", "Compare and merge";
    two_persons: "To różne osoby", "Not the same";
    two_persons_done: "– to różne osoby. Ta para nie wróci na listę.", "– not the same. This pair will not come back to the list.";
    merge_title: "Łączenie kart", "Merging cards";
    merge_text: "Wybierz, co zostaje na karcie. Nic się nie zmieni, zanim nie potwierdzisz.", "Choose what the card will say. Nothing changes before you confirm.";
    which_is_kept: "Która karta zostaje?", "Which card stays?";
    card_n: "Karta {}", "Card {}";
    stays: "Zostaje", "Stays";
    goes: "Zostanie dołączona", "Will be merged into the other";
    open_card_tab: "Otwórz kartę w nowej karcie przeglądarki", "Open the card in a new tab";
    differing: "Pola, które się różnią", "Fields that differ";
    nothing_differs: "Żadne pole się nie różni.", "No field differs.";
    fixed_stays: "Pól, których Twoja rola nie pozwala zmieniać, nie można tu wybrać: zostaną takie jak na zachowanej karcie.", "Fields that your role does not let you change cannot be chosen here: they stay as they are on the kept card.";
    same_fields_n: "takie samo pole|takie same pola|takich samych pól", "field is the same|fields are the same|fields are the same";
    both_texts: "Oba teksty, jeden pod drugim", "Both texts, one below the other";
    consents_stricter: "Zgód nie wybiera się: obowiązuje surowsza z dwóch. Zgoda, którą ma tylko dołączana karta, przechodzi jako niepotwierdzona i do niczego nie uprawnia.", "Consents are not chosen: the stricter of the two stands. A consent that only the merged card has comes along as a claim, which allows nothing.";
    no_consents_either: "Na żadnej z kart nie ma zgód.", "Neither card has any consent.";
    after_merge: "Po połączeniu", "After the merge";
    kept_of_both: "Z obu kart zostają", "Kept of both cards";
    kept_tags: "tagi:", "tags:";
    kept_rest: "zgłoszenia, pliki, dowody zgód i cała historia", "submissions, files, proofs of consents and the whole history";
    kept_owner: "opiekun i dział – takie jak na zachowanej karcie", "owner and department – as on the kept card";
    merge: "Połącz karty", "Merge the cards";
    merge_sure: "Połączyć karty?", "Merge the cards?";
    merge_confirm: "Karta „{}” zniknie z listy, a wszystko, co na niej zapisano, przejdzie na kartę „{}”. Przez 30 dni można to cofnąć, o ile zachowana karta nie zostanie w tym czasie zmieniona. Później tego cofnąć się nie da.", "The card “{}” disappears from the list, and all that is noted on it goes over to the card “{}”. For 30 days this can be undone, unless the kept card is changed meanwhile. After that it cannot.";
    merge_outdated: "Nic nie połączono, a Twoje wybory zostały. Wczytaj nowszą wersję i sprawdź, co się różni.", "Nothing was merged, and your choices are kept. Load the newer version and see what differs.";
    merged_done: "Karty zostały połączone", "The cards were merged";
    merged_undo: "Przez 30 dni można to cofnąć, tutaj albo na karcie w części „Połączone karty”.", "For 30 days this can be undone, here or on the card under “Merged cards”.";
    merged_stricter: "Surowsze niż dotąd są na zachowanej karcie zgody:", "Stricter than before on the kept card:";
    open_kept: "Otwórz kartę", "Open the card";
    back_to_duplicates: "Wróć do duplikatów", "Back to the duplicates";
}

impl DataWords {
    pub fn duplicate_reason(&self, reason: DuplicateReason) -> &'static str {
        match reason {
            DuplicateReason::Email => self.reason_email,
            DuplicateReason::Nip => self.reason_nip,
            DuplicateReason::Phone => self.reason_phone,
            DuplicateReason::Name => self.reason_name,
        }
    }

    /// `Karta 1`
    pub fn card_n(&self, number: u8) -> String {
        self.card_n.replacen("{}", &number.to_string(), 1)
    }

    /// What becomes of which card.
    pub fn merge_confirm(&self, goes: &str, stays: &str) -> String {
        // By hand: a name may have braces in it.
        let text = self.merge_confirm;
        let Some((before, rest)) = text.split_once("{}") else { return text.to_owned() };
        let Some((between, after)) = rest.split_once("{}") else { return text.to_owned() };
        format!("{before}{goes}{between}{stays}{after}")
    }

    pub fn job_kind(&self, kind: JobKind) -> &'static str {
        match kind {
            JobKind::Bulk => self.kind_bulk,
            JobKind::Undo => self.kind_undo,
            JobKind::Import => self.kind_import,
            JobKind::Export => self.kind_export,
        }
    }

    /// What to ask before a job is undone: a title, and what becomes of the cards.
    pub const fn undo_question(&self, kind: JobKind) -> (&'static str, &'static str) {
        match kind {
            JobKind::Import => (self.undo_import_title, self.undo_import_text),
            JobKind::Bulk | JobKind::Undo | JobKind::Export => (self.undo_change_title, self.undo_change_text),
        }
    }

    pub fn job_state(&self, state: JobState) -> &'static str {
        match state {
            JobState::Waiting => self.state_waiting,
            JobState::Running => self.state_running,
            JobState::Done => self.state_done,
            JobState::Failed => self.state_failed,
            JobState::Cancelled => self.state_cancelled,
        }
    }

    pub fn file_loss(&self, loss: FileLoss) -> &'static str {
        match loss {
            FileLoss::Expired => self.loss_expired,
            FileLoss::RightsChanged => self.loss_rights,
            FileLoss::ClientErased => self.loss_erased,
        }
    }

    pub fn job_problem(&self, problem: JobProblem) -> &'static str {
        match problem {
            JobProblem::RightsGone => self.problem_rights_gone,
            JobProblem::AccountGone => self.problem_account_gone,
            JobProblem::TargetGone => self.problem_target_gone,
            JobProblem::TooLarge => self.problem_too_large,
            JobProblem::Internal => self.problem_internal,
        }
    }

    pub fn job_failure(&self, w: &Words, failure: JobFailure, count: u64) -> String {
        let text = match failure {
            JobFailure::NotFound => self.failure_not_found,
            JobFailure::Changed => self.failure_changed,
            JobFailure::ReasonNeeded => self.failure_reason_needed,
            JobFailure::Invalid => self.failure_invalid,
            JobFailure::Known => self.failure_known,
            JobFailure::LeftOut => self.failure_left_out,
            JobFailure::Withdrawn => self.failure_withdrawn,
            JobFailure::Erased => self.failure_erased,
        };
        text.replacen("{}", &w.number(count), 1)
    }

    /// `120 z 4 000`
    pub fn done_of(&self, w: &Words, done: u64, total: u64) -> String {
        self.done_of.replacen("{}", &w.number(done), 1).replacen("{}", &w.number(total), 1)
    }

    pub fn left(&self, w: &Words, count: u64) -> String {
        self.left.replacen("{}", &w.number(count), 1)
    }

    pub fn undo_until(&self, moment: &str) -> String {
        self.undo_until.replacen("{}", moment, 1)
    }
}
