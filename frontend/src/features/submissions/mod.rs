//! Zgłoszenia: what visitors sent, and deciding about what waits.

mod detail_page;
mod list_page;

pub use detail_page::DetailPage;
pub use list_page::ListPage;

use crate::ui::Tone;
use zgoda_domain::submission::SubmissionStatus;

fn tone(status: SubmissionStatus) -> Tone {
    match status {
        SubmissionStatus::Accepted => Tone::Good,
        SubmissionStatus::Review => Tone::Wait,
        SubmissionStatus::Dismissed | SubmissionStatus::Spam => Tone::Off,
    }
}
