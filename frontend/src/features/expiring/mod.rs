//! Wygasające zgody: consents that ran out or soon will, and asking to renew them.

use crate::{
    browser,
    data::{Paged, Phase, Sending, remote},
    route::Page,
    session::{use_api, use_session},
    ui::{Badge, Dialog, Empty, Icon, PageHead, PagedTail, SelectField, SkeletonRows, Summary, Svg, Tone},
    words::{OfficeWords, Words, time, use_office_words, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::HashSet;
use zgoda_api_types::consents::{AskRenewals, ExpiringConsent, Purpose, RenewalItem, RenewalsAsked};
use zgoda_client::ExpiringSearch;
use zgoda_domain::{
    access::Right,
    consent::{Channel, ConsentStatus},
    renewal::ASK_MAX,
};

/// Days ahead that can be chosen; 0 for what ran out already.
const DAYS: [u16; 5] = [0, 7, 30, 90, 365];
/// Days ahead at first.
const DAYS_AT_FIRST: u16 = 30;

type Chosen = RwSignal<HashSet<RenewalItem>>;

/// What the list is narrowed to, as it stands in the fields.
#[derive(Clone, Copy)]
struct Narrowed {
    days: RwSignal<String>,
    purpose: RwSignal<String>,
    channel: RwSignal<String>,
}

impl Narrowed {
    fn search(self) -> ExpiringSearch {
        ExpiringSearch {
            within_days: self.days.with(|days| days.parse().ok()),
            purpose: self.purpose.with(|id| id.parse().ok()),
            channel: self.channel.with(|code| Channel::from_code(code)),
            after: None,
            limit: None,
        }
    }
}

/// Consents in the order in which they run out.
#[component]
pub fn ExpiringPage() -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let session = use_session();
    browser::set_title(w.expiring);
    if !session.may(Right::ViewClients) {
        return view! { <PageHead title=w.expiring text=move || w.problem_not_allowed /> }.into_any();
    }
    let empty = || RwSignal::new(String::new());
    let narrowed = Narrowed { days: RwSignal::new(DAYS_AT_FIRST.to_string()), purpose: empty(), channel: empty() };
    let rows = Paged::<ExpiringConsent>::new(move |api, after| {
        let search = ExpiringSearch { after, ..untrack(|| narrowed.search()) };
        async move { api.expiring_consents(search).await }
    });
    let chosen: Chosen = RwSignal::new(HashSet::new());
    Effect::new(move || {
        let _ = narrowed.search();
        chosen.set(HashSet::new());
        rows.reload();
    });
    let may = session.may(Right::EditClients);
    let asking = RwSignal::new(false);
    let result = RwSignal::new(None::<RenewalsAsked>);
    let columns = if may { 6usize } else { 5 };
    let is_empty = move || rows.phase.get() == Phase::Ready && rows.rows.with(Vec::is_empty);
    view! {
        <PageHead title=w.expiring text=move || o.expiring_text>
            {may.then(|| view! {
                <button type="button" class="button button--primary" disabled=move || chosen.with(HashSet::is_empty) on:click=move |_| asking.set(true)>
                    <Svg icon=Icon::Clock />{o.ask_to_renew}
                </button>
            })}
        </PageHead>
        <Filters narrowed />
        {move || result.get().map(|result| outcome(w, o, &result))}
        {may.then(|| view! { <Choosing rows chosen /> })}
        <section class="panel panel--table" aria-label=w.expiring>
            <div class="table-scroll" tabindex="0" role="region" aria-label=w.expiring>
                <table class="table">
                    <caption class="visually-hidden">{w.expiring}</caption>
                    <thead>
                        <tr>
                            {may.then(|| view! { <th scope="col"><span class="visually-hidden">{o.ask_to_renew}</span></th> })}
                            <th scope="col">{w.client}</th>
                            <th scope="col">{w.purpose}</th>
                            <th scope="col">{w.status}</th>
                            <th scope="col">{o.expires_on}</th>
                            <th scope="col">{o.renewal}</th>
                        </tr>
                    </thead>
                    <tbody>
                        <Show when=move || rows.phase.get() == Phase::Loading><SkeletonRows columns /></Show>
                        <For each=move || rows.rows.get() key=|row| (item(row), row.not_asked) let:entry>{row(w, o, may, chosen, entry)}</For>
                    </tbody>
                </table>
            </div>
            <Show when=is_empty><Empty icon=Icon::Clock title=o.no_expiring /></Show>
            <PagedTail paged=rows />
        </section>
        <Show when=move || asking.get()>
            <AskDialog chosen on_close=move |()| asking.set(false) on_done=move |asked| {
                asking.set(false);
                chosen.set(HashSet::new());
                result.set(Some(asked));
                rows.reload();
            } />
        </Show>
    }
    .into_any()
}

fn item(row: &ExpiringConsent) -> RenewalItem {
    RenewalItem { client_id: row.client_id, purpose_id: row.purpose_id, channel: row.channel }
}

#[component]
fn Filters(narrowed: Narrowed) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let sees = use_session().may(Right::ViewPurposes);
    let known = remote(move |api| async move { if sees { api.purposes().await } else { Ok(Vec::<Purpose>::new()) } });
    let every = |label: &str| (String::new(), label.to_owned());
    let purposes = Signal::derive(move || {
        let known = known.get().and_then(Result::ok).unwrap_or_default();
        let known = known.into_iter().map(|purpose| (purpose.id.to_string(), purpose.name));
        std::iter::once(every(o.every_purpose)).chain(known).collect::<Vec<_>>()
    });
    let channels = Channel::ALL.iter().map(|channel| (channel.code().to_owned(), w.channel(*channel).to_owned()));
    let channels: Vec<_> = std::iter::once(every(o.all_channels)).chain(channels).collect();
    let days: Vec<_> = DAYS
        .into_iter()
        .map(|days| match days {
            0 => ("0".to_owned(), o.expired_only.to_owned()),
            days => (days.to_string(), w.count(days.into(), o.days_n)),
        })
        .collect();
    view! {
        <form class="panel fields-row" on:submit=move |event| event.prevent_default()>
            <SelectField label=o.expiring_within value=narrowed.days options=days />
            {sees.then(|| view! { <SelectField label=w.purpose value=narrowed.purpose options=purposes /> })}
            <SelectField label=w.channel value=narrowed.channel options=channels />
        </form>
    }
}

/// All of the shown ones at once, and how many are chosen.
#[component]
fn Choosing(rows: Paged<ExpiringConsent>, chosen: Chosen) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let possible = move || {
        rows.rows.with(|rows| {
            let possible = rows.iter().filter(|row| row.not_asked.is_none()).map(item);
            possible.take(ASK_MAX).collect::<HashSet<_>>()
        })
    };
    let all = Signal::derive(move || {
        let possible = possible();
        !possible.is_empty() && chosen.with(|chosen| possible.is_subset(chosen))
    });
    let toggle = move |event| chosen.set(if event_target_checked(&event) { untrack(possible) } else { HashSet::new() });
    view! {
        <p class="choosing">
            <label class="choosing__all">
                <input type="checkbox" class="tick__box" prop:checked=move || all.get() on:change=toggle />
                {o.choose_all}
            </label>
            <span class="faint" role="status">{move || w.count(chosen.with(HashSet::len) as u64, o.chosen_n)}</span>
        </p>
    }
}

fn row(w: &'static Words, o: &'static OfficeWords, may: bool, chosen: Chosen, row: ExpiringConsent) -> impl IntoView {
    let mine = item(&row);
    let (tone, days) = match row.status {
        ConsentStatus::Expired => (Tone::Off, None),
        _ => {
            let today = time::local(time::now()).date();
            (Tone::Wait, row.expires_at.map(|at| (time::local(at).date() - today).num_days()))
        }
    };
    let day = row.expires_at.map(|at| time::day(w.spoken, time::local(at).date()));
    let left = days
        .map(|days| view! { <span class="faint">" · " {w.count(days.max(0).unsigned_abs(), w.valid_days_n)}</span> });
    let asked = row.asked_at.map(
        |at| view! { <span class="faint">" · " {o.asked_on} " " {time::day(w.spoken, time::local(at).date())}</span> },
    );
    let name = format!("{}: {}, {}, {}", o.ask_to_renew, row.client_name, row.purpose_name, w.channel(row.channel));
    let open = row.not_asked.is_none();
    let toggle = move |event| {
        let on = event_target_checked(&event);
        chosen.update(|chosen| {
            if on && chosen.len() < ASK_MAX {
                chosen.insert(mine);
            } else {
                chosen.remove(&mine);
            }
        });
    };
    view! {
        <tr>
            {may.then(|| view! {
                <td>
                    <input
                        type="checkbox"
                        class="tick__box"
                        aria-label=name
                        disabled=!open
                        prop:checked=move || chosen.with(|chosen| chosen.contains(&mine))
                        on:change=toggle
                    />
                </td>
            })}
            <th scope="row" class="table__title table__wrap"><A href=Page::Client(row.client_id).path()>{row.client_name}</A></th>
            <td>{row.purpose_name} <span class="faint">" · " {w.channel(row.channel)}</span></td>
            <td><Badge tone label=w.consent_status(row.status) /></td>
            <td class="table__date">{day} {left}</td>
            <td class="table__wrap">
                {match row.not_asked {
                    None => view! { <Badge tone=Tone::Good label=o.can_be_asked /> }.into_any(),
                    Some(why) => view! { <span class="faint">{o.not_asked(why)}</span> }.into_any(),
                }}
                {asked}
            </td>
        </tr>
    }
}

/// What became of the request, until the page is left.
fn outcome(w: &'static Words, o: &'static OfficeWords, result: &RenewalsAsked) -> impl IntoView + use<> {
    let reasons = result.not_asked.iter().map(|not| {
        view! { <li>{o.not_asked_done} ": " {w.number(not.count)} " – " {o.not_asked(not.reason)}</li> }
    });
    let reasons = reasons.collect_view();
    view! {
        <section class="panel" role="status">
            <p><strong>{o.asked_done} ": " {w.number(result.asked)}</strong></p>
            <ul>{reasons}</ul>
        </section>
    }
}

/// Says what is going to be sent, and sends it.
#[component]
fn AskDialog(
    chosen: Chosen,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_done: Callback<RenewalsAsked>,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let api = use_api();
    let sending = Sending::new();
    let count = chosen.with_untracked(HashSet::len) as u64;
    let ask = move |_| {
        let api = api.clone();
        let body = AskRenewals { items: chosen.with_untracked(|chosen| chosen.iter().copied().collect()) };
        sending.run(async move { api.ask_renewals(&body).await }, move |asked| on_done.run(asked));
    };
    view! {
        <Dialog title=o.ask_title on_close>
            <Summary sending label=|_: String| None />
            <p class="dialog__text">{o.ask_text}</p>
            <p class="dialog__text"><strong>{w.count(count, o.chosen_n)}</strong></p>
            <div class="dialog__actions">
                <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                <button type="button" class="button button--primary" disabled=move || sending.is_busy() on:click=ask>
                    <Svg icon=Icon::Clock />{o.ask_to_renew}
                </button>
            </div>
        </Dialog>
    }
}
