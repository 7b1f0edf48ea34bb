//! The commands, one function each.

use crate::{
    checkpoints,
    config::{Arguments, AuditCommand, Command, Config, ConsentsCommand, LedgerCommand, OwnerCommand, ReceiptCommand},
    receipts, server, store,
};
use anyhow::{Context, bail};
use std::{
    io::{BufRead, Write},
    path::Path,
};
use zgoda_app::{
    AppError, Ctx, accounts, audit,
    demo::{self, DemoLogin},
    jobs, ledger, security,
};
use zgoda_domain::account::NewAccount;
use zgoda_persistence::{audit::Verdict, consent_check::Wrong, ledger::LedgerVerdict};

/// Runs the command that was asked for.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    if let Command::Openapi = arguments.command {
        return say(&zgoda_api::openapi::text()?);
    }
    if let Command::Receipt(ReceiptCommand::Verify { file, keys: Some(keys) }) = &arguments.command {
        return receipts::verify(file, &receipts::read_keys(keys)?);
    }
    let config = Config::read(arguments.config.as_ref(), arguments.options)?;
    match arguments.command {
        Command::Serve => server::serve(&config).await,
        Command::Migrate => {
            store::with_database(&config, async |_| Ok(())).await?;
            say("The schema is up to date.\n")
        }
        Command::Owner(OwnerCommand::Create { email, name }) => create_owner(&config, &email, &name).await,
        Command::Demo { clients } => fill_demo(&config, clients).await,
        Command::LiftNetworks => {
            store::with_database(&config, async |ctx| Ok(security::lift_networks(ctx).await?)).await?;
            say("Staff and programs may come from anywhere again, except where their role or key says otherwise.\n")
        }
        // Done before there was any configuration.
        Command::Openapi | Command::ReadSheet { .. } => Ok(()),
        Command::Receipt(ReceiptCommand::Verify { file, .. }) => receipts::verify(&file, &receipts::own_keys(&config)?),
        Command::Audit(AuditCommand::Verify { checkpoints }) => {
            verify_audit(&config, checkpoints.as_deref().unwrap_or(&config.checkpoint_file)).await
        }
        Command::Ledger(LedgerCommand::Verify { checkpoints }) => {
            verify_ledger(&config, checkpoints.as_deref().unwrap_or(&config.checkpoint_file)).await
        }
        Command::Ledger(LedgerCommand::Checkpoint) => sign_ledger(&config).await,
        Command::Consents(ConsentsCommand::Check) => check_consents(&config).await,
    }
}

/// What a command prints is its result, not a log line.
pub fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

async fn create_owner(config: &Config, email: &str, name: &str) -> anyhow::Result<()> {
    let mut password = String::new();
    std::io::stdin().lock().read_line(&mut password).context("the password is read from standard input")?;
    let password = password.trim_end_matches(['\r', '\n']);
    let new = NewAccount::parse(email, name, password).map_err(|invalids| {
        let places: Vec<String> = invalids
            .into_vec()
            .into_iter()
            .map(|i| format!("{}: {:?}", i.pointer.trim_start_matches('/'), i.rule))
            .collect();
        anyhow::anyhow!("{}", places.join(", "))
    })?;
    store::with_database(config, async |ctx| Ok(accounts::create_owner(ctx, new).await?)).await?;
    say("The owner can sign in now. Earlier sessions of this account have ended.\n")
}

async fn fill_demo(config: &Config, clients: usize) -> anyhow::Result<()> {
    let fill = async |ctx: &Ctx| match demo::fill(ctx, clients).await {
        Ok(logins) => {
            jobs::link_all(ctx).await?;
            Ok(logins)
        }
        Err(AppError::WrongState) => {
            bail!("this database already has clients; demo data goes into an empty one only")
        }
        Err(error) => Err(error.into()),
    };
    let logins = store::with_database(config, fill).await?;
    say(&format!("{clients} invented clients, with forms, submissions and consents.\n"))?;
    say("An invented company works with them. Its passwords are chance, and shown only now:\n")?;
    for DemoLogin { name, role, email, password } in &logins {
        say(&format!("  {email:<20} {}   {name}, {role}\n", password.reveal()))?;
    }
    Ok(())
}

async fn verify_audit(config: &Config, file: &Path) -> anyhow::Result<()> {
    let kept = checkpoints::read(file)?.audit;
    match store::with_database(config, async |ctx| Ok(audit::verify(ctx, &kept).await?)).await? {
        Verdict::Intact { links, pending } => say(&format!(
            "The log is intact: {links} linked events, {pending} waiting to be linked, {} checkpoints agree.\n",
            kept.len()
        )),
        Verdict::Cut { seq } => bail!("the log was tampered with: it ends after entry {seq}, and went further once"),
        Verdict::ForeignCheckpoint { seq } => {
            bail!("the checkpoint of entry {seq} in {} was not signed with this master key", file.display())
        }
        Verdict::Broken { seq } => {
            bail!("the log was tampered with: entry {seq} of the chain is not what was recorded")
        }
        Verdict::Unlinked { event } => bail!("the log was tampered with: event {event} is cut off from the chain"),
    }
}

async fn verify_ledger(config: &Config, file: &Path) -> anyhow::Result<()> {
    let kept = checkpoints::read(file)?.ledger;
    let verdict = store::with_database(config, async |ctx| Ok(ledger::verify(ctx, &kept).await?)).await?;
    match verdict {
        LedgerVerdict::Intact { size, pending, checkpoints } => say(&format!(
            "The consent ledger is intact: {size} events in the log, {pending} waiting for it, {checkpoints} checkpoints \
             agree, {} of them read from outside.\n",
            kept.len()
        )),
        LedgerVerdict::Changed { seq, event } => {
            bail!("the ledger was tampered with: entry {seq}, event {event}, is not what was recorded")
        }
        LedgerVerdict::Missing { seq, event } => {
            bail!("the ledger was tampered with: event {event} of entry {seq} was removed")
        }
        LedgerVerdict::Gap { seq } => bail!("the ledger was tampered with: entry {seq} was removed"),
        LedgerVerdict::Cut { size } => {
            bail!("the ledger was tampered with: it ends after entry {size}, and went further once")
        }
        LedgerVerdict::Head { size } => bail!(
            "the ledger was tampered with: the note of where it ends is gone, old or not ours (entry {size}); there may \
             be entries after it that nobody vouches for"
        ),
        LedgerVerdict::Rewritten { after, until } => bail!(
            "the ledger was tampered with: among entries {} to {until} some were exchanged or rewritten, because their \
             root is not the one that was signed",
            after + 1
        ),
        LedgerVerdict::ForeignCheckpoint { size } => {
            bail!("the checkpoint of size {size} was not signed with this master key, or was changed")
        }
        LedgerVerdict::TwoStories { size } => {
            bail!(
                "the ledger told two stories: two checkpoints of size {size}, both signed here, contradict each other"
            )
        }
        LedgerVerdict::Stray { event } => {
            bail!("the ledger was tampered with: event {event} is neither in the log nor waiting for it")
        }
    }
}

async fn sign_ledger(config: &Config) -> anyhow::Result<()> {
    let signed = store::with_database(config, async |ctx| {
        let whole = ledger::link_all(ctx).await?;
        Ok(if whole { ledger::checkpoint(ctx).await? } else { None })
    });
    match signed.await? {
        Some(checkpoint) => say(&checkpoint.note),
        None => bail!("there is nothing to sign: the ledger is empty, or was tampered with (see zgoda ledger verify)"),
    }
}

async fn check_consents(config: &Config) -> anyhow::Result<()> {
    let checked = store::with_database(config, async |ctx| {
        let mut unsaid = Ok(());
        let checked = ledger::check_consents(ctx, |difference| {
            let what = match difference.wrong {
                Wrong::State => "the stored state is not what the ledger says".to_owned(),
                Wrong::Column => "the card's column is not what the ledger says".to_owned(),
                Wrong::Evidence(event) => {
                    format!("event {event} has no evidence that was sealed for it: it was put in by hand")
                }
            };
            let said = say(&format!(
                "client {}, purpose {}, channel {}: {what}\n",
                difference.client_id,
                difference.purpose_id,
                difference.channel.code()
            ));
            if unsaid.is_ok() {
                unsaid = said;
            }
        });
        let checked = checked.await?;
        unsaid.map(|()| checked)
    });
    let checked = checked.await?;
    if checked.differences > 0 {
        bail!("{} differences between the ledger and what is shown of it", checked.differences);
    }
    say(&format!("What is shown is what the ledger says: {} clients, {} events.\n", checked.clients, checked.events))
}
