//! Texts of the pages of work on many clients.

use super::Words;
use zgoda_domain::job::{JobFailure, JobKind, JobProblem, JobState};

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
    kind_export: "Eksport klientów", "Export of clients";
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
    stop: "Zatrzymaj", "Stop";
    undo: "Cofnij", "Undo";
    undo_until: "Cofnąć można do: {}", "Can be undone until: {}";
    download: "Pobierz plik", "Download the file";
    stopping: "Zadanie zatrzyma się przed następnym krokiem.", "The job will stop before its next step.";
    undoing: "Cofanie rozpoczęte. Klienci zmienieni w międzyczasie zostaną, jacy są.", "Undoing has begun. Clients changed meanwhile stay as they are.";
}

impl DataWords {
    pub fn job_kind(&self, kind: JobKind) -> &'static str {
        match kind {
            JobKind::Bulk => self.kind_bulk,
            JobKind::Undo => self.kind_undo,
            JobKind::Export => self.kind_export,
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
