//! Configuration: command line before environment before file; a wrong option is a clear error at start.

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use ipnet::IpNet;
use serde::Deserialize;
use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
};
use zgoda_domain::form::parse_origin;

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
    /// Break-glass: take the organisation's limit of IP addresses away.
    LiftNetworks,
    /// The log of system activities.
    #[command(subcommand)]
    Audit(AuditCommand),
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
    /// Recompute the chain; fails and names the first bad entry when the log was tampered with.
    Verify,
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
    /// Networks (CIDR) of proxies whose X-Forwarded-For is believed, separated by commas [default: none].
    #[arg(long, env = "ZGODA_TRUSTED_PROXIES", global = true)]
    trusted_proxies: Option<String>,
    /// Form submissions accepted per minute from one address; 0 for no limit [default: 20].
    #[arg(long, env = "ZGODA_FORMS_PER_MINUTE", global = true)]
    forms_per_minute: Option<u32>,
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
        Ok(Self {
            listen,
            public_url,
            data_dir,
            database_url,
            master_key_file,
            trusted_proxies,
            forms_per_minute: given.forms_per_minute.or(from_file.forms_per_minute).unwrap_or(20),
        })
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
        for (options, name) in [
            (Options { listen: Some("nowhere".into()), ..Options::default() }, "listen"),
            (Options { public_url: Some("https://x.example/path".into()), ..Options::default() }, "public_url"),
            (Options { database_url: Some("mysql://x".into()), ..Options::default() }, "database_url"),
            (Options { trusted_proxies: Some("10.0.0.0/8, x".into()), ..Options::default() }, "trusted_proxies"),
        ] {
            let error = Config::read(None, options).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_misspelt_option_in_the_file_is_an_error_and_the_command_line_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zgoda.toml");
        std::fs::write(&path, "listne = \"127.0.0.1:1\"").unwrap();
        assert!(format!("{:#}", Config::read(Some(&path), Options::default()).unwrap_err()).contains("listne"));
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\nforms_per_minute = 7").unwrap();
        let given = Options { listen: Some("127.0.0.1:2".into()), ..Options::default() };
        let config = Config::read(Some(&path), given).unwrap();
        assert_eq!((config.listen.port(), config.forms_per_minute), (2, 7));
    }
}
