//! Builds the browser's part: `cargo run -p xtask -- spa [--release|--dev] [--out DIR]` and `… sizes [--out DIR]`.
#![expect(clippy::print_stdout, reason = "a command-line tool")]

mod sizes;
mod spa;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

const USAGE: &str = "xtask spa [--release|--dev] [--out DIR] | xtask sizes [--out DIR]";

fn main() -> Result<()> {
    // Cargo says where the package stood when it was built; the workspace is its parent.
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no parent folder")?.to_path_buf();
    let mut args = std::env::args().skip(1);
    let command = args.next().context(USAGE)?;
    let mut mode = spa::Mode::Dev;
    let mut out = root.join("target/spa");
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--release" => mode = spa::Mode::Release,
            "--dev" => mode = spa::Mode::Dev,
            "--out" => out = std::path::absolute(args.next().context("--out wants a folder")?)?,
            other => bail!("unknown option {other}; {USAGE}"),
        }
    }
    match command.as_str() {
        "spa" => println!("    {}", spa::build(&root, &out, mode)?),
        "sizes" => print!("{}", sizes::first_loads(&out)?),
        other => bail!("unknown command {other}; {USAGE}"),
    }
    Ok(())
}
