//! What a first visit downloads.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::spa::BUNDLES;

/// For each bundle, a table of the files that its page asks for before it can show anything.
pub fn first_loads(site: &Path) -> Result<String> {
    let tables: Result<Vec<_>> = BUNDLES.iter().map(|(bundle, page)| first_load(site, bundle, page)).collect();
    Ok(tables?.join("\n"))
}

fn first_load(site: &Path, bundle: &str, page_name: &str) -> Result<String> {
    let page = fs::read_to_string(site.join(page_name)).context("build the app first: make spa")?;
    let mut names = BTreeSet::from([page_name.to_owned()]);
    for tag in page.split('<').filter(|tag| tag.starts_with("script") || loads_at_once(tag)) {
        names.extend(["src=\"/", "href=\"/"].iter().filter_map(|key| value(tag, key)));
    }
    // The glue and the wasm are named by the boot script, not necessarily by the page.
    for entry in fs::read_dir(site)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("{bundle}-")) && (name.ends_with(".js") || name.ends_with(".wasm")) {
            names.insert(name);
        }
    }

    // The page asks for the second font only when it shows a Polish letter: it will.
    for entry in fs::read_dir(site.join("assets"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".woff2") {
            names.insert(format!("assets/{name}"));
        }
    }

    let title = format!("first load of {bundle} (bytes)");
    let mut table = format!("{title:<44}{:>10}{:>10}{:>10}\n", "raw", "br", "gz");
    let mut total = [0; 3];
    for name in &names {
        let mut sizes = [0; 3];
        for (size, suffix) in sizes.iter_mut().zip(["", ".br", ".gz"]) {
            let file = site.join(format!("{name}{suffix}"));
            *size = fs::metadata(&file).with_context(|| file.display().to_string())?.len();
        }
        row(&mut table, name, sizes)?;
        total.iter_mut().zip(sizes).for_each(|(sum, size)| *sum += size);
    }
    row(&mut table, "total", total)?;
    Ok(table)
}

fn loads_at_once(tag: &str) -> bool {
    tag.starts_with("link") && ["stylesheet", "preload", "modulepreload"].iter().any(|rel| tag.contains(rel))
}

fn value(tag: &str, key: &str) -> Option<String> {
    let (_, rest) = tag.split_once(key)?;
    rest.split_once('"').map(|(name, _)| name.to_owned())
}

fn row(table: &mut String, name: &str, [raw, br, gz]: [u64; 3]) -> Result<()> {
    writeln!(table, "{name:<44}{raw:>10}{br:>10}{gz:>10}")?;
    Ok(())
}
