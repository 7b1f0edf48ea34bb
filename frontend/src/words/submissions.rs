//! Texts of the submissions pages alone.

use zgoda_domain::submission::Suspicion;

words! {
    /// Texts of the submissions pages in one language.
    struct SubmissionWords;

    all_but_spam: "Bez spamu", "All but spam";
    no_spam: "Nie ma spamu", "There is no spam";
    no_spam_text: "Tu trafia to, co wygląda na dzieło programu. Znika samo po 30 dniach.", "What looks like the work of a program comes here. It goes by itself after 30 days.";
    spam_title: "Wygląda na dzieło programu", "This looks like the work of a program";
    spam_text: "Nie zmieniło niczego: nie ma karty, zgód ani wiadomości. Zniknie samo po 30 dniach. Jeśli to jednak człowiek, przywróć zgłoszenie, a stanie się z nim to, co z każdym innym.", "It changed nothing: there is no card, no consent and no message. It goes by itself after 30 days. If it was a person after all, restore it, and it becomes what any other submission becomes.";
    suspicion_decoy: "Wypełniono pole, którego ludzie nie widzą.", "A field was filled in that people do not see.";
    suspicion_too_quick: "Wysłano szybciej, niż człowiek zdąży wypełnić.", "It was sent sooner than a person can fill it in.";
    release: "To nie spam", "This is not spam";
    release_done: "Zgłoszenie przywrócone.", "The submission was restored.";
    delete_title: "Usunąć to zgłoszenie?", "Delete this submission?";
    delete_text: "Odpowiedzi znikną na zawsze.", "The answers will be gone for good.";
    delete_done: "Zgłoszenie usunięte.", "The submission was deleted.";
}

impl SubmissionWords {
    /// Why a submission is kept apart.
    pub fn suspicion(&self, suspicion: Suspicion) -> &'static str {
        match suspicion {
            Suspicion::Decoy => self.suspicion_decoy,
            Suspicion::TooQuick => self.suspicion_too_quick,
        }
    }
}
