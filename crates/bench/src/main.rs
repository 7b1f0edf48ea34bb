//! `zgoda-bench`: the power-loss drill and the measurements. Not part of the product.
#![expect(clippy::print_stdout, reason = "a command-line tool")]

mod drill;
mod measure;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use zgoda_bench::server::Installation;

#[derive(Debug, Parser)]
#[command(name = "zgoda-bench", about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Cuts the power under the server again and again; nothing that was acknowledged may be lost.
    Drill {
        /// The server's binary.
        #[arg(long, env = "ZGODA_BIN", default_value = "target/debug/zgoda")]
        binary: PathBuf,
        /// Folder for the disk images; whatever is still mounted in it afterwards is the caller's to unmount.
        #[arg(long)]
        folder: PathBuf,
        /// Power cuts that must lose nothing.
        #[arg(long, default_value_t = 24)]
        images: usize,
        /// Power cuts within which the weaker setting must be caught losing something.
        #[arg(long, default_value_t = 40)]
        control_images: usize,
    },
    /// Measures the server beside the least that could do the same.
    Bench {
        /// The server's binary.
        #[arg(long, env = "ZGODA_BIN", default_value = "target/release/zgoda")]
        binary: PathBuf,
        /// Folder that keeps the data sets between runs.
        #[arg(long, default_value = "target/bench-data")]
        cache: PathBuf,
        #[arg(long, default_value_t = 100_000)]
        clients: u64,
        /// Clients of the larger data set; 0 leaves it out.
        #[arg(long, default_value_t = 1_000_000)]
        many: u64,
        /// Length of one round.
        #[arg(long, default_value_t = 2.0)]
        seconds: f64,
        /// A PostgreSQL to make databases in.
        #[arg(long, env = "TEST_POSTGRES_URL")]
        postgres: Option<String>,
        /// Which measurements to make, by their letters.
        #[arg(long, default_value = "abcdefgijklpqrs")]
        only: String,
    },
    /// Serves the comparison; `bench` starts it by itself.
    #[command(hide = true)]
    Bare {
        #[arg(long)]
        data_dir: PathBuf,
        #[arg(long)]
        port: u16,
        #[arg(long)]
        database_url: Option<String>,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Drill { binary, folder, images, control_images } => {
            drill::run(&binary, &folder, images, control_images).await
        }
        Command::Bench { binary, cache, clients, many, seconds, postgres, only } => {
            std::fs::create_dir_all(&cache)?;
            measure::run(&measure::Plan { binary, cache, clients, many, seconds, postgres, only }).await
        }
        Command::Bare { data_dir, port, database_url } => {
            let mut installation = Installation::new(&PathBuf::new(), &data_dir)?;
            (installation.port, installation.database_url) = (port, database_url);
            measure::bare::serve(&measure::Store { installation }).await
        }
    }
}
