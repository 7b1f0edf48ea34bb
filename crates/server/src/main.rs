//! The binary `zgoda`: reads the configuration, wires everything, runs one command.

mod checkpoints;
mod commands;
mod config;
mod master_key;
mod receipts;
mod server;
mod sheets;
mod spa;
mod store;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = config::Arguments::parse();
    if let config::Command::ReadSheet { read_as } = &arguments.command {
        return sheets::read_standard_input(read_as);
    }
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("ZGODA_LOG")
                .unwrap_or_else(|_| "info,actix_server=warn,sqlx=warn,sea_orm=warn".into()),
        )
        .init();
    // A few threads are plenty: requests wait for the database, and each thread costs memory.
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8));
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(commands::run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a program on a terminal")]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("zgoda: {error:#}");
    ExitCode::FAILURE
}
