//! Puts the built single-page app into the binary, so that one file is an installation.
//!
//! `ZGODA_SPA_DIST` names the folder `xtask spa` filled; without it the binary serves the API alone.

use std::{env, fmt::Write, fs, path::Path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed=ZGODA_SPA_DIST");
    let mut table = String::from("pub static FILES: &[(&str, &[u8])] = &[\n");
    if let Ok(dist) = env::var("ZGODA_SPA_DIST") {
        let dist = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..").join(dist);
        println!("cargo::rerun-if-changed={}", dist.display());
        add(&mut table, &dist, &dist)?;
    }
    table.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("spa.rs"), table)?;
    Ok(())
}

fn add(table: &mut String, root: &Path, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    if !folder.is_dir() {
        return Ok(());
    }
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            add(table, root, &path)?;
        } else if !entry.file_name().to_string_lossy().starts_with('.') {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            writeln!(table, "    ({name:?}, include_bytes!({:?})),", path.canonicalize()?)?;
        }
    }
    Ok(())
}
