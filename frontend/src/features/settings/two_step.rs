//! Logowanie dwuetapowe: the caller's own second factors, recovery codes and remembered devices.

use crate::{
    browser,
    data::{Sending, remote},
    passkeys::{self, NoPasskey},
    session::{use_api, use_session},
    ui::{Await, Confirm, CopyBlock, Dialog, Icon, SubmitButton, Summary, Svg, TextField, use_toasts},
    words::{time, use_office_words, use_words},
};
use leptos::{prelude::*, task::spawn_local};
use zgoda_api_types::second_factors::{AddFactor, Factor, FactorProof, NewFactor, SecondFactors, TrustedDevice};
use zgoda_domain::{
    id::{FactorId, TrustedDeviceId},
    second_factor::FactorKind,
};

/// What is being set up, or shown once.
#[derive(Clone)]
enum Open {
    Nothing,
    Adding(FactorKind),
    Codes(Vec<String>),
    /// About to be taken away.
    Removing(Factor),
    /// New codes make those that are left worthless.
    Replacing,
}

/// The panel on the settings page.
#[component]
pub fn TwoStepPanel() -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    let found = remote(|api| async move { api.second_factors().await });
    let open = RwSignal::new(Open::Nothing);
    let sending = Sending::new();
    let (removing, forgetting, making) = (api.clone(), api.clone(), api);
    let remove = Callback::new(move |id: FactorId| {
        let api = removing.clone();
        sending.run(async move { api.remove_second_factor(id).await }, move |()| {
            toasts.say(o.factor_removed);
            found.refetch();
        });
    });
    let forget = Callback::new(move |id: TrustedDeviceId| {
        let api = forgetting.clone();
        sending.run(async move { api.forget_trusted_device(id).await }, move |()| found.refetch());
    });
    let make_codes = Callback::new(move |()| {
        let api = making.clone();
        sending.run(async move { api.make_recovery_codes().await }, move |made| {
            open.set(Open::Codes(made.codes));
            found.refetch();
        });
    });
    let added = Callback::new(move |()| {
        open.set(Open::Nothing);
        toasts.say(o.factor_added);
        // A second factor that was demanded opens what was closed.
        if session.must_prove() {
            session.ask();
        } else {
            found.refetch();
        }
    });
    view! {
        <section class="panel" id="two-step">
            <h2 class="panel__title">{o.two_step}</h2>
            <p class="faint">{o.two_step_text}</p>
            <Summary sending label=|_: String| None />
            <Await remote=found children=move |found: SecondFactors| view! { <Panel found open forget make_codes /> } />
        </section>
        {move || match open.get() {
            Open::Nothing => ().into_any(),
            Open::Removing(factor) => {
                let id = factor.id;
                let title = format!("{}: {} · {}", w.delete, w.factor_kind(factor.kind), factor.label);
                let confirm = move |()| {
                    open.set(Open::Nothing);
                    remove.run(id);
                };
                view! { <Confirm title text=o.remove_factor_text action=w.delete on_confirm=confirm on_close=move |()| open.set(Open::Nothing) /> }.into_any()
            }
            Open::Replacing => {
                let confirm = move |()| {
                    open.set(Open::Nothing);
                    make_codes.run(());
                };
                view! {
                    <Confirm title=o.make_recovery_codes text=o.replace_codes_text action=o.make_recovery_codes on_confirm=confirm on_close=move |()| open.set(Open::Nothing) />
                }
                .into_any()
            }
            Open::Adding(kind) => view! { <AddDialog kind on_close=move |()| open.set(Open::Nothing) added /> }.into_any(),
            Open::Codes(codes) => view! {
                <Dialog title=o.recovery_codes on_close=move |()| open.set(Open::Nothing)>
                    <p class="dialog__text">{o.recovery_codes_text}</p>
                    <CopyBlock label=o.recovery_codes text=codes.join("\n") />
                    <div class="dialog__actions">
                        <button type="button" class="button" on:click=move |_| {
                            let _ = browser::save_file("zgoda-kody-zapasowe.txt", codes.join("\r\n").as_bytes());
                        }>
                            <Svg icon=Icon::Download />{o.save_as_file}
                        </button>
                        <button type="button" class="button button--primary" on:click=move |_| open.set(Open::Nothing)>{w.close}</button>
                    </div>
                </Dialog>
            }
            .into_any(),
        }}
    }
}

#[component]
fn Panel(
    found: SecondFactors,
    open: RwSignal<Open>,
    forget: Callback<TrustedDeviceId>,
    make_codes: Callback<()>,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let session = use_session();
    let must = session.must_prove();
    let codes_left = found.recovery_codes_left;
    let ask_for_codes = move |_| match codes_left {
        0 => make_codes.run(()),
        _ => open.set(Open::Replacing),
    };
    let has_email = found.factors.iter().any(|factor| factor.kind == FactorKind::Email);
    let kinds = [
        (FactorKind::Totp, true),
        (FactorKind::Passkey, found.can_passkey && passkeys::are_possible()),
        (FactorKind::Email, found.can_email && !has_email),
        (FactorKind::Sms, found.can_sms),
    ];
    let add: Vec<_> = kinds
        .into_iter()
        .filter(|(_, possible)| *possible)
        .map(|(kind, _)| {
            view! {
                <button type="button" class="button" on:click=move |_| open.set(Open::Adding(kind))>
                    <Svg icon=Icon::Plus />
                    {w.factor_kind(kind)}
                </button>
            }
        })
        .collect();
    let any = !found.factors.is_empty();
    let factors: Vec<_> = found.factors.into_iter().map(|factor| factor_row(factor, open)).collect();
    let devices: Vec<_> = found.devices.into_iter().map(|device| device_row(device, forget)).collect();
    view! {
        {(found.required && !any).then(|| view! {
            <div class="note" role="alert"><Svg icon=Icon::Shield /><p>{if must { o.second_factor_closed } else { o.second_factor_required }}</p></div>
        })}
        {(must && any).then(|| view! {
            <div class="note" role="alert">
                <Svg icon=Icon::Shield />
                <div>
                    <p>{o.second_factor_unshown}</p>
                    <button type="button" class="button button--primary" on:click=move |_| session.ask_proof()>{w.prove_title}</button>
                </div>
            </div>
        })}
        {any.then(|| view! { <ul class="list">{factors}</ul> })}
        <div class="actions">{add}</div>
        {any.then(|| view! {
            <p>{o.recovery_codes_left} ": " {codes_left}</p>
            <div class="actions">
                <button type="button" class="button" on:click=ask_for_codes>{o.make_recovery_codes}</button>
            </div>
        })}
        {(!devices.is_empty()).then(|| view! {
            <h3 class="panel__subtitle">{o.trusted_devices}</h3>
            <ul class="list">{devices}</ul>
        })}
    }
}

fn factor_row(factor: Factor, open: RwSignal<Open>) -> impl IntoView {
    let w = use_words();
    let kind = w.factor_kind(factor.kind);
    let asked = factor.clone();
    let name = format!("{}: {kind} {}", w.delete, factor.label);
    view! {
        <li class="list__item">
            <span>
                {kind} " · " {factor.label} <br />
                <span class="faint">{time::day_and_time(w.spoken, time::local(factor.created_at))}</span>
            </span>
            <button type="button" class="button button--small" aria-label=name on:click=move |_| open.set(Open::Removing(asked.clone()))>{w.delete}</button>
        </li>
    }
}

fn device_row(device: TrustedDevice, forget: Callback<TrustedDeviceId>) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let id = device.id;
    view! {
        <li class="list__item">
            <span>
                {device.user_agent} <br />
                <span class="faint">{o.until} " " {time::day(w.spoken, time::local(device.expires_at).date())}</span>
            </span>
            <button type="button" class="button button--small" on:click=move |_| forget.run(id)>{o.forget_device}</button>
        </li>
    }
}

/// Sets a factor up: what is needed first, then its first proof.
#[component]
fn AddDialog(kind: FactorKind, #[prop(into)] on_close: Callback<()>, added: Callback<()>) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let api = use_api();
    let text = RwSignal::new(match kind {
        FactorKind::Totp => o.phone_label.to_owned(),
        FactorKind::Passkey => o.this_device.to_owned(),
        _ => String::new(),
    });
    let code = RwSignal::new(String::new());
    let begun = RwSignal::new(None::<NewFactor>);
    let trouble = RwSignal::new(None::<NoPasskey>);
    let sending = Sending::new();
    let confirming = api.clone();
    let confirm = Callback::new(move |(id, proof): (FactorId, FactorProof)| {
        let api = confirming.clone();
        sending.run(async move { api.confirm_second_factor(id, &proof).await }, move |()| added.run(()));
    });
    let begin = move || {
        let api = api.clone();
        let typed = text.get_untracked();
        let body = match kind {
            FactorKind::Email => AddFactor::Email {},
            FactorKind::Sms => AddFactor::Sms { number: typed },
            FactorKind::Passkey => AddFactor::Passkey { label: typed },
            FactorKind::Totp | FactorKind::RecoveryCode => AddFactor::Totp { label: typed },
        };
        sending.run(async move { api.add_second_factor(&body).await }, move |new: NewFactor| {
            let (id, options) = (new.id, new.options.clone());
            match options {
                None => begun.set(Some(new)),
                Some(options) => spawn_local(async move {
                    match passkeys::create(&options).await {
                        Ok(credential) => confirm.run((id, FactorProof::Passkey { credential })),
                        Err(why) => {
                            trouble.try_set(Some(why));
                        }
                    }
                }),
            }
        });
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        match begun.get_untracked() {
            None => begin(),
            Some(new) => confirm.run((new.id, FactorProof::Code { kind, code: code.get_untracked() })),
        }
    };
    let picture = move || {
        let svg = begun.get()?.qr_svg?;
        Some(format!("data:image/svg+xml,{}", String::from(js_sys::encode_uri_component(&svg))))
    };
    let label = move |pointer: String| match pointer.as_str() {
        "/number" => Some(o.mobile_number.to_owned()),
        "/label" => Some(o.label.to_owned()),
        _ => None,
    };
    view! {
        <Dialog title=w.factor_kind(kind) on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label />
                <Show when=move || begun.get().is_none()>
                    {match kind {
                        FactorKind::Email => view! { <p class="dialog__text">{o.email_factor_text}</p> }.into_any(),
                        FactorKind::Sms => view! {
                            <p class="dialog__text">{o.sms_factor_text}</p>
                            <TextField label=o.mobile_number value=text kind="tel" autocomplete="tel" pointer="/number" problem=sending.problem("/number") />
                        }
                        .into_any(),
                        _ => view! { <TextField label=o.label value=text pointer="/label" problem=sending.problem("/label") /> }.into_any(),
                    }}
                </Show>
                {move || picture().map(|address| view! {
                    <p class="dialog__text">{o.totp_text}</p>
                    <img class="qr" src=address alt=o.qr_alt width="220" height="220" />
                })}
                {move || begun.get().and_then(|new| new.secret).map(|secret| view! { <CopyBlock label=o.totp_secret text=secret /> })}
                <Show when=move || begun.get().is_some()>
                    <TextField label=w.code value=code autocomplete="one-time-code" pointer="/code" />
                </Show>
                {move || trouble.get().map(|why| view! { <p class="field__problem" role="alert">{w.no_passkey(why)}</p> })}
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.next busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}
