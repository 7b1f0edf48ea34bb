//! The table of accounts.

use super::{
    Known,
    account_dialog::AccountDialog,
    leave_dialogs::{DeactivateDialog, HandOverDialog},
};
use crate::{
    data::{Remote, Sending},
    session::{use_api, use_session},
    ui::{Avatar, Await, Badge, Confirm, CopyBlock, Dialog, Icon, Summary, Svg, Tick, Tone, use_toasts},
    words::{OfficeWords, Words, use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::staff::Account;
use zgoda_domain::{access::Right, id::AccountId};

/// What the page's main button adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Adding {
    Account,
    Department,
}

/// What a row can ask for.
#[derive(Clone, Copy)]
struct Hands {
    edit: RwSignal<Option<Account>>,
    deactivate: RwSignal<Option<Account>>,
    hand_over: RwSignal<Option<Account>>,
    reactivate: Callback<AccountId>,
    invite: Callback<AccountId>,
    reset: RwSignal<Option<Account>>,
    end_sessions: RwSignal<Option<Account>>,
    /// Whether the caller may say whose a client is.
    may_assign: bool,
}

/// Who else could look after clients: the other active accounts.
pub(super) fn heirs(known: &Known, id: AccountId) -> Vec<(String, String)> {
    let others = known.accounts.iter().filter(|other| !other.disabled && other.id != id);
    others.map(|other| (other.id.to_string(), other.name.clone())).collect()
}

/// All accounts, with what can be done to each.
#[component]
pub(super) fn Accounts(known: Remote<Known>, may: bool, adding: RwSignal<Option<Adding>>) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    let me = session.me().map(|me| me.account_id);
    let all = RwSignal::new(false);
    let sending = Sending::new();
    // An invitation to hand over, where no mail can be sent.
    let link = RwSignal::new(None::<String>);
    let inviting = api.clone();
    let resetting = api.clone();
    let ending = api.clone();
    let hands = Hands {
        edit: RwSignal::new(None),
        deactivate: RwSignal::new(None),
        hand_over: RwSignal::new(None),
        reset: RwSignal::new(None),
        end_sessions: RwSignal::new(None),
        may_assign: session.may(Right::AssignClients),
        invite: Callback::new(move |id: AccountId| {
            let api = inviting.clone();
            sending.run(async move { api.invite_account(id).await }, move |invited| match invited.link {
                Some(text) => link.set(Some(text)),
                None => toasts.say(o.invitation_sent),
            });
        }),
        reactivate: Callback::new(move |id: AccountId| {
            let api = api.clone();
            sending.run(async move { api.reactivate_account(id).await }, move |()| {
                toasts.say(o.reactivated_done);
                known.refetch();
            });
        }),
    };
    let read = move || known.get().and_then(Result::ok);
    let done = move || {
        adding.set(None);
        hands.edit.set(None);
        hands.deactivate.set(None);
        hands.hand_over.set(None);
        known.refetch();
    };
    view! {
        <Summary sending label=|_: String| None />
        <Await remote=known lines=6 children={move |known: Known| {
            let gone = known.accounts.iter().filter(|account| account.disabled).count();
            let known = StoredValue::new(known);
            let rows = move || known.with_value(|known| {
                let shown = known.accounts.iter().filter(|account| all.get() || !account.disabled);
                shown.map(|account| row(w, o, known, account, me, may, hands)).collect::<Vec<_>>()
            });
            view! {
                <section class="panel panel--table" aria-label=o.accounts>
                    {(gone > 0).then(|| view! {
                        <div class="toolbar">
                            <Tick label=format!("{} ({gone})", o.show_inactive) checked=all on_change=move |on| all.set(on) />
                        </div>
                    })}
                    <div class="table-scroll" tabindex="0" role="region" aria-label=o.accounts>
                        <table class="table">
                            <caption class="visually-hidden">{o.accounts}</caption>
                            <thead>
                                <tr>
                                    <th scope="col">{w.name}</th>
                                    <th scope="col">{o.role}</th>
                                    <th scope="col">{o.departments}</th>
                                    <th scope="col" class="table__number">{o.clients}</th>
                                    <th scope="col">{w.status}</th>
                                    <th scope="col"><span class="visually-hidden">{o.actions}</span></th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                </section>
            }
        }} />
        {move || (adding.get() == Some(Adding::Account)).then(read).flatten().map(|known| view! {
            <AccountDialog known account=None on_close=move |()| adding.set(None) on_saved=move |text| {
                link.set(text);
                done();
            } />
        })}
        {move || hands.edit.get().zip(read()).map(|(account, known)| view! {
            <AccountDialog known account=Some(account) on_close=move |()| hands.edit.set(None) on_saved=move |_| done() />
        })}
        {move || link.get().map(|text| view! {
            <Dialog title=o.invitation on_close=move |()| link.set(None)>
                <p class="dialog__text">{o.invitation_link_text}</p>
                <CopyBlock label=o.invitation text />
            </Dialog>
        })}
        {move || hands.reset.get().map(|account| {
            let api = resetting.clone();
            let confirm = move |()| {
                let (api, id) = (api.clone(), account.id);
                hands.reset.set(None);
                sending.run(async move { api.reset_second_factors(id).await }, move |()| {
                    toasts.say(o.factors_reset);
                    known.refetch();
                });
            };
            let title = format!("{}: {}", o.reset_factors, account.name);
            view! {
                <Confirm title text=o.reset_factors_text action=o.reset_factors on_confirm=confirm on_close=move |()| hands.reset.set(None) />
            }
        })}
        {move || hands.end_sessions.get().map(|account| {
            let api = ending.clone();
            let confirm = move |()| {
                let (api, id) = (api.clone(), account.id);
                hands.end_sessions.set(None);
                sending.run(async move { api.end_account_sessions(id).await }, move |()| toasts.say(o.sessions_ended));
            };
            let title = format!("{}: {}", o.end_sessions, account.name);
            view! {
                <Confirm title text=o.end_sessions_text action=o.end_sessions on_confirm=confirm on_close=move |()| hands.end_sessions.set(None) />
            }
        })}
        {move || hands.deactivate.get().zip(read()).map(|(account, known)| view! {
            <DeactivateDialog heirs=heirs(&known, account.id) may_assign=hands.may_assign account on_close=move |()| hands.deactivate.set(None) on_done=move |()| done() />
        })}
        {move || hands.hand_over.get().zip(read()).map(|(account, known)| view! {
            <HandOverDialog heirs=heirs(&known, account.id) account on_close=move |()| hands.hand_over.set(None) on_done=move |()| done() />
        })}
    }
}

fn row(
    w: &'static Words,
    o: &'static OfficeWords,
    known: &Known,
    account: &Account,
    me: Option<AccountId>,
    may: bool,
    hands: Hands,
) -> impl IntoView + use<> {
    let role = known.roles.iter().find(|role| role.id == account.role_id);
    let role_name = role.map(|role| w.role(&role.name, role.template)).unwrap_or_default();
    // Whoever may do more than the person is out of their reach; the server would refuse.
    let manageable = may && role.is_some_and(|role| role.grantable);
    let departments: Vec<_> = known
        .departments
        .iter()
        .filter(|department| account.department_ids.contains(&department.id))
        .map(|department| department.name.clone())
        .collect();
    let departments = if departments.is_empty() { "–".to_owned() } else { departments.join(", ") };
    let own = me == Some(account.id);
    let actions = manageable.then(|| actions(w, o, account, own, hands));
    let (tone, status) = match (account.disabled, account.invited) {
        (true, _) => (Tone::Off, o.inactive),
        (false, true) => (Tone::Wait, o.invited),
        (false, false) => (Tone::Good, o.active),
    };
    view! {
        <tr class:table__row--off=account.disabled>
            <th scope="row" class="table__title">
                <div class="person">
                    <Avatar name=account.name.clone() />
                    <div class="person__words">
                        <span>{account.name.clone()} {own.then(|| view! { <span class="faint">" · " {o.you}</span> })}</span>
                        <span class="person__email">{account.email.clone()}</span>
                    </div>
                </div>
            </th>
            <td>{role_name}</td>
            <td class="table__wrap">{departments}</td>
            <td class="table__number">{w.number(account.clients)}</td>
            <td><Badge tone label=status /></td>
            <td class="table__actions">{actions}</td>
        </tr>
    }
}

fn actions(
    w: &'static Words,
    o: &'static OfficeWords,
    account: &Account,
    own: bool,
    hands: Hands,
) -> impl IntoView + use<> {
    let ask = |label: &'static str, icon: Icon, class: &'static str, slot: RwSignal<Option<Account>>| {
        let (name, account) = (format!("{label}: {}", account.name), account.clone());
        view! {
            <button type="button" class=class aria-label=name title=label on:click=move |_| slot.set(Some(account.clone()))>
                <Svg icon />
            </button>
        }
    };
    let small = "button button--small button--icon";
    let edit = ask(w.edit, Icon::Edit, small, hands.edit);
    let hand_over =
        (account.clients > 0 && hands.may_assign).then(|| ask(o.hand_over, Icon::HandOver, small, hands.hand_over));
    let (invite_id, invite_name) = (account.id, format!("{}: {}", o.invite_again, account.name));
    let invite = (account.invited && !account.disabled).then(|| {
        view! {
            <button type="button" class=small aria-label=invite_name title=o.invite_again on:click=move |_| hands.invite.run(invite_id)>
                <Svg icon=Icon::Key />
            </button>
        }
    });
    let reset = (account.second_factor && !own).then(|| ask(o.reset_factors, Icon::Lock, small, hands.reset));
    // One's own are ended one by one, below the own account.
    let sessions = (!account.disabled && !account.invited && !own)
        .then(|| ask(o.end_sessions, Icon::SignOut, small, hands.end_sessions));
    let end = if account.disabled {
        let (id, name) = (account.id, format!("{}: {}", o.reactivate, account.name));
        view! {
            <button type="button" class=small aria-label=name title=o.reactivate on:click=move |_| hands.reactivate.run(id)>
                <Svg icon=Icon::Restore />
            </button>
        }
        .into_any()
    } else {
        // Nobody deactivates themselves.
        (!own)
            .then(|| ask(o.deactivate, Icon::Ban, "button button--small button--icon button--danger", hands.deactivate))
            .into_any()
    };
    view! { {edit} {hand_over} {invite} {reset} {sessions} {end} }
}
