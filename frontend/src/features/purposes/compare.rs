//! Two wordings side by side, with what differs.

use crate::{
    data::remote,
    ui::{Await, Dialog, SelectField},
    words::{OfficeWords, Words, time, use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::consents::{Purpose, TextSegment, Wording, WordingComparison};
use zgoda_domain::{
    id::{PurposeId, WordingId},
    purposes::SegmentKind,
};

/// What a comparison begins with: the older and the newer wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    pub from: WordingId,
    pub to: WordingId,
}

/// Compares two wordings of a purpose; which ones can be chosen anew.
#[component]
pub fn CompareDialog(purpose: Purpose, begin: Compared, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let id: PurposeId = purpose.id;
    let from = RwSignal::new(begin.from.to_string());
    let to = RwSignal::new(begin.to.to_string());
    let compared = remote(move |api| {
        let ids = (from.get().parse::<WordingId>(), to.get().parse::<WordingId>());
        async move {
            let (Ok(from), Ok(to)) = ids else { return Err(zgoda_client::ApiError::Unexpected) };
            api.compare_wordings(id, from, to).await
        }
    });
    let options: Vec<_> = purpose.wordings.iter().map(|it| (it.id.to_string(), wording_name(w, o, it))).collect();
    let options = Signal::stored(options);
    view! {
        <Dialog title=o.compare_title on_close wide=true>
            <div class="stack">
                <div class="columns-2">
                    <SelectField label=o.compare_from value=from options />
                    <SelectField label=o.compare_to value=to options />
                </div>
                <Await remote=compared children=move |compared: WordingComparison| sides(w, o, compared) />
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.close}</button>
                </div>
            </div>
        </Dialog>
    }
}

fn sides(w: &'static Words, o: &'static OfficeWords, compared: WordingComparison) -> impl IntoView + use<> {
    let WordingComparison { from, to, segments } = compared;
    let changes = segments.iter().filter(|segment| segment.kind != SegmentKind::Equal).count();
    let verdict = if changes == 0 { o.compare_same } else { o.compare_legend };
    let side = |wording: &Wording, other: SegmentKind| {
        let pieces =
            segments.iter().filter(|segment| segment.kind != other).map(|segment| piece(o, segment)).collect_view();
        view! {
            <section class="wording" aria-label=wording_name(w, o, wording)>
                <h3 class="wording__head">{wording_name(w, o, wording)}</h3>
                <p class="wording__text" lang=wording.language.code()>{pieces}</p>
            </section>
        }
    };
    view! {
        <p class="faint" role="status">{verdict}</p>
        <div class="compare">
            {side(&from, SegmentKind::Added)}
            {side(&to, SegmentKind::Removed)}
        </div>
    }
}

/// A piece of text. What was removed is struck through and what was added underlined; both are also said aloud.
fn piece(o: &'static OfficeWords, segment: &TextSegment) -> AnyView {
    let text = segment.text.clone();
    match segment.kind {
        SegmentKind::Equal => text.into_any(),
        SegmentKind::Removed => {
            view! { <del class="removed"><span class="visually-hidden">" [" {o.removed} ": "</span>{text}<span class="visually-hidden">"] "</span></del> }.into_any()
        }
        SegmentKind::Added => {
            view! { <ins class="added"><span class="visually-hidden">" [" {o.added} ": "</span>{text}<span class="visually-hidden">"] "</span></ins> }.into_any()
        }
    }
}

/// `PL · e-mail · wersja 2 · 25 lis 2026`
fn wording_name(w: &'static Words, o: &'static OfficeWords, wording: &Wording) -> String {
    let channel = wording.channel.map_or(o.every_channel, |channel| w.channel(channel));
    let day = time::day(w.spoken, time::local(wording.created_at).date());
    format!("{} · {channel} · {} {} · {day}", wording.language.code().to_uppercase(), w.version, wording.version)
}
