//! `zgoda-bench`: the power-loss drill and the measurements. Not part of the product.
#![expect(clippy::print_stdout, reason = "a command-line tool")]

mod drill;

use clap::{Parser, Subcommand};
use std::path::PathBuf;

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
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Drill { binary, folder, images, control_images } => {
            drill::run(&binary, &folder, images, control_images).await
        }
    }
}
