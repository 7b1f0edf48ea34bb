//! Configuration: command line before environment before file; a wrong option is a clear error at start.

use anyhow::{Context, anyhow, bail};
use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand};
use ipnet::IpNet;
use serde::Deserialize;
use std::{
    env, fs,
    net::{SocketAddr, ToSocketAddrs},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};
use zgoda_app::{
    delivery::{Channels, Transport},
    gate::GateSettings,
};
use zgoda_delivery::{Secret, SmsGateway, SmsSettings, SmtpMail, Webhook};
use zgoda_domain::{
    email::EmailAddress,
    form::parse_origin,
    message::{Email, Sms},
};

/// The CRM that handles personal data lawfully by construction.
#[derive(Debug, Parser)]
#[command(name = "zgoda", version, about, long_about = None)]
pub struct Arguments {
    /// TOML file with the same options (names as below, with underscores).
    #[arg(long, env = "ZGODA_CONFIG", global = true)]
    pub config: Option<PathBuf>,

    #[command(flatten)]
    pub options: Options,

    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API and the app; creates and migrates the database first.
    Serve,
    /// Bring the database's schema up to date, and stop.
    Migrate,
    /// Owner accounts.
    #[command(subcommand)]
    Owner(OwnerCommand),
    /// Fill an empty database with invented clients, forms and consents, and stop.
    Demo {
        /// How many clients.
        #[arg(long, default_value_t = 2000)]
        clients: usize,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Read a file with rows from standard input; the server runs itself so, to be apart from what is in the file.
    #[command(hide = true)]
    ReadSheet {
        /// JSON: sheet, encoding, delimiter.
        read_as: String,
    },
    /// Break-glass: take the organisation's limit of IP addresses away.
    LiftNetworks,
    /// The log of system activities.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The consent ledger as a log.
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// What is shown of consents.
    #[command(subcommand)]
    Consents(ConsentsCommand),
    /// Consent receipts.
    #[command(subcommand)]
    Receipt(ReceiptCommand),
}

#[derive(Debug, Subcommand)]
pub enum OwnerCommand {
    /// Break-glass: make an owner, or give the account a new password and end its sessions. Reads the password from
    /// standard input.
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Recompute the chain and compare it with the checkpoints that were kept; fails and names the first bad entry when
    /// the log was tampered with.
    Verify {
        /// File of checkpoints to compare with [default: the one of option checkpoint_file].
        #[arg(long)]
        checkpoints: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Recompute the ledger's tree and compare it with its head and all checkpoints; fails and names what is not as it was
    /// recorded.
    Verify {
        /// File of checkpoints to compare with: lines as in checkpoint_file, or one signed note [default: the file of
        /// option checkpoint_file].
        #[arg(long)]
        checkpoints: Option<PathBuf>,
    },
    /// Sign how far the ledger goes now, and print the signed note.
    Checkpoint,
}

#[derive(Debug, Subcommand)]
pub enum ConsentsCommand {
    /// Fold the ledger and compare it with the states and the columns of the cards; fails and names each difference.
    Check,
}

#[derive(Debug, Subcommand)]
pub enum ReceiptCommand {
    /// Check that this installation signed a receipt; fails and says why when it did not. Asks no server and opens no
    /// database.
    Verify {
        /// The receipt: the page, or the signed text alone.
        file: PathBuf,
        /// File with the public keys to check with (JWKS), as /api/v1/public/keys answers them [default: the key of the
        /// master key].
        #[arg(long)]
        keys: Option<PathBuf>,
    },
}

/// Options of the command line, the environment and the file.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Address and port to listen on [default: 127.0.0.1:8080].
    #[arg(long, env = "ZGODA_LISTEN", global = true)]
    listen: Option<String>,
    /// Absolute address visitors and staff use [default: http:// and the listen address].
    #[arg(long, env = "ZGODA_PUBLIC_URL", global = true)]
    public_url: Option<String>,
    /// Folder of the SQLite database and, unless named elsewhere, the master key [default: ./data].
    #[arg(long, env = "ZGODA_DATA_DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// `postgres://…` instead of the embedded SQLite.
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    database_url: Option<String>,
    /// File with the master key, 64 hexadecimal digits, mode 0600 [default: master.key in the data folder].
    #[arg(long, env = "ZGODA_MASTER_KEY_FILE", global = true)]
    master_key_file: Option<PathBuf>,
    /// File that signed checkpoints of the audit log are appended to; best on another machine [default:
    /// audit-checkpoints.jsonl in the data folder].
    #[arg(long, env = "ZGODA_CHECKPOINT_FILE", global = true)]
    checkpoint_file: Option<PathBuf>,
    /// Address that every checkpoint is posted to as JSON [default: none].
    #[arg(long, env = "ZGODA_CHECKPOINT_URL", global = true)]
    checkpoint_url: Option<String>,
    /// Mailbox that a checkpoint is sent to, at the start and then at most once an hour; needs smtp_url [default: none].
    #[arg(long, env = "ZGODA_CHECKPOINT_MAIL", global = true)]
    checkpoint_mail: Option<String>,
    /// Time zone (IANA) by whose clocks mails and public pages tell the time [default: Europe/Warsaw].
    #[arg(long, env = "ZGODA_TIME_ZONE", global = true)]
    time_zone: Option<String>,
    /// Networks (CIDR) of proxies whose X-Forwarded-For is believed, separated by commas [default: none].
    #[arg(long, env = "ZGODA_TRUSTED_PROXIES", global = true)]
    trusted_proxies: Option<String>,
    /// Form submissions accepted per minute from one address; 0 for no limits by address or e-mail address [default: 20].
    #[arg(long, env = "ZGODA_FORMS_PER_MINUTE", global = true)]
    forms_per_minute: Option<u32>,
    /// Form submissions accepted per minute for one form, from wherever they come; 0 for no limit [default: 600].
    #[arg(long, env = "ZGODA_FORM_LIMIT_PER_MINUTE", global = true)]
    form_limit_per_minute: Option<u32>,
    /// What is sent sooner than these seconds after a form was begun is kept as spam; 0 to keep nothing for that
    /// [default: 2].
    #[arg(long, env = "ZGODA_FORM_MIN_SECONDS", global = true)]
    form_min_seconds: Option<u32>,
    /// Mail server: `smtps://user@host:465` (TLS), `smtp://user@host:587` (STARTTLS, never without), or
    /// `smtp://127.0.0.1:1025?tls=none` (this machine only) [default: no mail is sent].
    #[arg(long, env = "ZGODA_SMTP_URL", global = true)]
    smtp_url: Option<String>,
    /// File with the mail server's password, mode 0600; or put the password into ZGODA_SMTP_PASSWORD.
    #[arg(long, env = "ZGODA_SMTP_PASSWORD_FILE", global = true)]
    smtp_password_file: Option<PathBuf>,
    /// Sender of all mail: an address, or `Name <address>`.
    #[arg(long, env = "ZGODA_MAIL_FROM", global = true)]
    mail_from: Option<String>,
    /// Who sends text messages: `smsapi`, `twilio`, or `http` for a gateway of your own that takes a POST of
    /// {"to", "text"} with a bearer token [default: none are sent].
    #[arg(long, env = "ZGODA_SMS_PROVIDER", global = true)]
    sms_provider: Option<String>,
    /// The gateway's https address [default: the provider's own].
    #[arg(long, env = "ZGODA_SMS_URL", global = true)]
    sms_url: Option<String>,
    /// Twilio's account SID.
    #[arg(long, env = "ZGODA_SMS_ACCOUNT", global = true)]
    sms_account: Option<String>,
    /// Sender's name or number of text messages.
    #[arg(long, env = "ZGODA_SMS_FROM", global = true)]
    sms_from: Option<String>,
    /// File with the gateway's token, mode 0600; or put the token into ZGODA_SMS_TOKEN.
    #[arg(long, env = "ZGODA_SMS_TOKEN_FILE", global = true)]
    sms_token_file: Option<PathBuf>,
}

/// The configuration after every source was read and checked.
#[derive(Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub public_url: String,
    pub data_dir: PathBuf,
    pub database_url: Option<String>,
    pub master_key_file: PathBuf,
    pub trusted_proxies: Vec<IpNet>,
    pub forms_per_minute: u32,
    pub gate: GateSettings,
    pub channels: Channels,
    pub checkpoint_file: PathBuf,
    pub checkpoint_url: Option<Arc<Webhook>>,
    pub checkpoint_mail: Option<EmailAddress>,
    pub time_zone: Tz,
}

impl Config {
    /// Reads the file, lets environment and command line win, and checks everything before anything starts.
    pub fn read(file: Option<&PathBuf>, given: Options) -> anyhow::Result<Self> {
        let from_file = match file {
            None => Options::default(),
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).with_context(|| format!("option config: {}", path.display()))?;
                toml::from_str(&text).with_context(|| format!("option config: {}", path.display()))?
            }
        };
        let sources = [&given, &from_file];
        let channels = Channels { email: mail(sources)?, sms: sms(sources)? };
        let listen_text = given.listen.or(from_file.listen).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen = listen_text
            .to_socket_addrs()
            .ok()
            .and_then(|mut found| found.next())
            .with_context(|| format!("option listen: `{listen_text}` is no address and port"))?;
        let public_url = given
            .public_url
            .or(from_file.public_url)
            .unwrap_or_else(|| format!("http://{listen}"))
            .trim_end_matches('/')
            .to_owned();
        match parse_origin(&public_url) {
            Ok(origin) if origin == public_url => {}
            _ => bail!("option public_url: `{public_url}` is no address like https://crm.example.com"),
        }
        let database_url = given.database_url.or(from_file.database_url);
        if let Some(url) = &database_url
            && !(url.starts_with("postgres://") || url.starts_with("postgresql://"))
        {
            bail!("option database_url: only postgres:// addresses are understood; leave it out for SQLite");
        }
        let data_dir = given.data_dir.or(from_file.data_dir).unwrap_or_else(|| PathBuf::from("data"));
        let master_key_file =
            given.master_key_file.or(from_file.master_key_file).unwrap_or_else(|| data_dir.join("master.key"));
        let checkpoint_file = given
            .checkpoint_file
            .or(from_file.checkpoint_file)
            .unwrap_or_else(|| data_dir.join("audit-checkpoints.jsonl"));
        let checkpoint_url = given.checkpoint_url.or(from_file.checkpoint_url);
        let checkpoint_url = checkpoint_url.map(|url| Webhook::new(&url).map(Arc::new)).transpose()?;
        let checkpoint_mail = given.checkpoint_mail.or(from_file.checkpoint_mail);
        if checkpoint_mail.is_some() && channels.email.is_none() {
            bail!("option checkpoint_mail: without smtp_url no mail is sent");
        }
        let checkpoint_mail = checkpoint_mail
            .map(|to| EmailAddress::parse(&to).map_err(|_| anyhow!("option checkpoint_mail: `{to}` is no address")))
            .transpose()?;
        let time_zone = given.time_zone.or(from_file.time_zone).unwrap_or_else(|| "Europe/Warsaw".to_owned());
        let time_zone = time_zone
            .parse()
            .map_err(|_| anyhow!("option time_zone: `{time_zone}` is no time zone like Europe/Warsaw"))?;
        let trusted_proxies = given
            .trusted_proxies
            .or(from_file.trusted_proxies)
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|network| !network.is_empty())
            .map(|network| {
                network.parse().with_context(|| format!("option trusted_proxies: `{network}` is no network"))
            })
            .collect::<anyhow::Result<_>>()?;
        let forms_per_minute = given.forms_per_minute.or(from_file.forms_per_minute).unwrap_or(20);
        let usual = GateSettings::default();
        let gate = GateSettings {
            min_seconds: given.form_min_seconds.or(from_file.form_min_seconds).unwrap_or(usual.min_seconds),
            per_form_minute: given
                .form_limit_per_minute
                .or(from_file.form_limit_per_minute)
                .unwrap_or(usual.per_form_minute),
            counts_senders: forms_per_minute > 0,
        };
        Ok(Self {
            listen,
            public_url,
            data_dir,
            database_url,
            master_key_file,
            trusted_proxies,
            forms_per_minute,
            gate,
            channels,
            checkpoint_file,
            checkpoint_url,
            checkpoint_mail,
            time_zone,
        })
    }
}

/// What the first source says that says anything.
fn first<T: Clone>(sources: [&Options; 2], option: impl Fn(&Options) -> &Option<T>) -> Option<T> {
    sources.into_iter().find_map(|source| option(source).clone())
}

fn mail(sources: [&Options; 2]) -> anyhow::Result<Option<Arc<dyn Transport<Email>>>> {
    let url = first(sources, |source| &source.smtp_url);
    let from = first(sources, |source| &source.mail_from);
    let password_file = first(sources, |source| &source.smtp_password_file);
    let password = secret("smtp_password_file", password_file, "ZGODA_SMTP_PASSWORD")?;
    match (url, from) {
        (Some(url), Some(from)) => Ok(Some(Arc::new(SmtpMail::new(&url, password, &from)?))),
        (Some(_), None) => bail!("option mail_from: with smtp_url there must be a sender"),
        (None, Some(_)) => bail!("option smtp_url: with mail_from there must be a mail server"),
        (None, None) if password.is_some() => bail!("option smtp_url: there is a password, but no mail server"),
        (None, None) => Ok(None),
    }
}

fn sms(sources: [&Options; 2]) -> anyhow::Result<Option<Arc<dyn Transport<Sms>>>> {
    let provider = first(sources, |source| &source.sms_provider);
    let url = first(sources, |source| &source.sms_url);
    let account = first(sources, |source| &source.sms_account);
    let from = first(sources, |source| &source.sms_from);
    let token_file = first(sources, |source| &source.sms_token_file);
    let token = secret("sms_token_file", token_file, "ZGODA_SMS_TOKEN")?;
    match provider {
        Some(provider) => Ok(Some(Arc::new(SmsGateway::new(SmsSettings { provider, url, token, account, from })?))),
        None if url.is_some() || account.is_some() || from.is_some() || token.is_some() => {
            bail!("option sms_provider: without it the other options for text messages mean nothing")
        }
        None => Ok(None),
    }
}

/// A secret from a file that nobody else can read, or from the environment; never from the command line, which every
/// user of the machine can see.
fn secret(option: &str, file: Option<PathBuf>, variable: &str) -> anyhow::Result<Option<Secret>> {
    let read = |path: &Path| {
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            bail!("others can read it; run chmod 600 on it");
        }
        Ok(fs::read_to_string(path)?)
    };
    let text = match (file, env::var(variable)) {
        (Some(_), Ok(_)) => bail!("option {option}: {variable} says something too; give one of them"),
        (Some(path), Err(_)) => read(&path).with_context(|| format!("option {option}: {}", path.display()))?,
        (None, Ok(text)) => text,
        (None, Err(env::VarError::NotPresent)) => return Ok(None),
        (None, Err(env::VarError::NotUnicode(_))) => bail!("{variable} is no text"),
    };
    match text.trim_end_matches(['\r', '\n']) {
        "" => bail!("option {option}: it is empty"),
        text => Ok(Some(Secret::new(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_wrong_option_is_named() {
        let text = |text: &str| Some(text.to_owned());
        let mail = || Options {
            smtp_url: text("smtps://mail.example.com"),
            mail_from: text("crm@example.com"),
            ..Options::default()
        };
        let open = tempfile::NamedTempFile::new().unwrap();
        fs::set_permissions(open.path(), fs::Permissions::from_mode(0o644)).unwrap();
        let empty = tempfile::NamedTempFile::new().unwrap();
        for (options, name) in [
            (Options { mail_from: None, ..mail() }, "mail_from"),
            (Options { mail_from: text("nobody"), ..mail() }, "mail_from"),
            (Options { smtp_url: None, ..mail() }, "smtp_url"),
            (Options { smtp_url: text("smtp://mail.example.com?tls=none"), ..mail() }, "smtp_url"),
            (Options { smtp_url: text("smtps://user:pass@mail.example.com"), ..mail() }, "smtp_url"),
            (Options { smtp_url: text("smtps://user@mail.example.com"), ..mail() }, "smtp_password_file"),
            (Options { smtp_password_file: Some("/nowhere".into()), ..mail() }, "smtp_password_file"),
            (Options { smtp_password_file: Some(open.path().into()), ..mail() }, "chmod 600"),
            (Options { smtp_password_file: Some(empty.path().into()), ..mail() }, "smtp_password_file"),
            (Options { sms_provider: text("pigeon"), ..Options::default() }, "sms_provider"),
            (Options { sms_provider: text("smsapi"), ..Options::default() }, "sms_token_file"),
            (Options { sms_from: text("Zgoda"), ..Options::default() }, "sms_provider"),
            (Options { listen: Some("nowhere".into()), ..Options::default() }, "listen"),
            (Options { public_url: Some("https://x.example/path".into()), ..Options::default() }, "public_url"),
            (Options { database_url: Some("mysql://x".into()), ..Options::default() }, "database_url"),
            (Options { checkpoint_url: Some("http://example.com".into()), ..Options::default() }, "checkpoint_url"),
            (Options { checkpoint_mail: text("audit@example.com"), ..Options::default() }, "checkpoint_mail"),
            (Options { checkpoint_mail: text("nobody"), ..mail() }, "checkpoint_mail"),
            (Options { time_zone: text("Warszawa"), ..Options::default() }, "time_zone"),
            (Options { trusted_proxies: Some("10.0.0.0/8, x".into()), ..Options::default() }, "trusted_proxies"),
        ] {
            let error = format!("{:#}", Config::read(None, options).unwrap_err());
            assert!(error.contains(name) && !error.contains("pass@"), "{error}");
        }
    }

    #[test]
    fn secrets_come_from_files_and_messages_can_be_sent() {
        let token = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(token.path(), "t0ken\n").unwrap();
        let options = Options {
            smtp_url: Some("smtp://user@mail.example.com".into()),
            smtp_password_file: Some(token.path().into()),
            mail_from: Some("Zgoda <crm@example.com>".into()),
            sms_provider: Some("smsapi".into()),
            sms_token_file: Some(token.path().into()),
            ..Options::default()
        };
        let config = Config::read(None, options).unwrap();
        assert!(config.channels.email.is_some() && config.channels.sms.is_some());
        assert!(!format!("{config:?}").contains("t0ken"));
        let none = Config::read(None, Options::default()).unwrap().channels;
        assert!(none.email.is_none() && none.sms.is_none());
    }

    #[test]
    fn a_misspelt_option_in_the_file_is_an_error_and_the_command_line_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zgoda.toml");
        std::fs::write(&path, "listne = \"127.0.0.1:1\"").unwrap();
        assert!(format!("{:#}", Config::read(Some(&path), Options::default()).unwrap_err()).contains("listne"));
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\nforms_per_minute = 7\nform_min_seconds = 0").unwrap();
        let given = Options { listen: Some("127.0.0.1:2".into()), ..Options::default() };
        let config = Config::read(Some(&path), given).unwrap();
        assert_eq!((config.listen.port(), config.forms_per_minute), (2, 7));
        assert_eq!(config.gate, GateSettings { min_seconds: 0, ..GateSettings::default() });
    }
}
