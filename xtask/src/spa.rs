//! From Rust to a folder of static files with hashed names, ready to be embedded in the server.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

/// The programs that the app's pages are divided between: each binary of the frontend, and the page that loads it.
pub const BUNDLES: [(&str, &str); 8] = [
    ("entry", "index.html"),
    ("app", "app.html"),
    ("imports", "imports.html"),
    ("data", "data.html"),
    ("forms", "forms.html"),
    ("privacy", "privacy.html"),
    ("staff", "staff.html"),
    ("office", "office.html"),
];

const TARGET: &str = "wasm32-unknown-unknown";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Dev,
    Release,
}

impl Mode {
    fn profile(self) -> &'static str {
        match self {
            Mode::Dev => "wasm-dev",
            Mode::Release => "wasm",
        }
    }

    /// Strong compression costs seconds per megabyte: only worth it for what is shipped.
    fn brotli_quality(self) -> i32 {
        match self {
            Mode::Dev => 4,
            Mode::Release => 11,
        }
    }

    fn gzip_level(self) -> flate2::Compression {
        match self {
            Mode::Dev => flate2::Compression::new(4),
            Mode::Release => flate2::Compression::best(),
        }
    }
}

/// Builds the app into `out` and says what was done. The folder is left untouched when nothing changed, so that the
/// server which embeds it is not built again.
pub fn build(root: &Path, out: &Path, mode: Mode) -> Result<String> {
    let bundles = compile(root, mode)?;
    let frontend = root.join("frontend");
    let template = fs::read_to_string(frontend.join("index.html")).context("frontend/index.html")?;
    let css = stylesheet(&frontend.join("styles"))?;
    let assets = files_below(&frontend.join("assets"))?;

    let stamp_file = out.with_extension("stamp");
    let stamp = stamp(mode, &bundles, &template, &css, &assets);
    if out.join("index.html").is_file() && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(format!("unchanged: {}", out.display()));
    }

    let site = assemble(bundles, &template, &css, assets)?;
    // Written beside and moved: an interrupted run leaves no half-made folder.
    let fresh = out.with_extension("new");
    remove_dir(&fresh)?;
    for (name, bytes) in &site {
        write_compressed(&fresh.join(name), bytes, mode)?;
    }
    remove_dir(out)?;
    fs::rename(&fresh, out)?;
    fs::write(&stamp_file, stamp)?;
    Ok(format!("{} files in {}", site.len(), out.display()))
}

/// One of [`BUNDLES`], compiled.
struct Bundle {
    name: &'static str,
    page: &'static str,
    wasm: Vec<u8>,
}

/// Cargo knows best what has to be compiled again; a call with nothing to do takes under a second.
fn compile(root: &Path, mode: Mode) -> Result<Vec<Bundle>> {
    let target_dir = root.join("target/wasm");
    let status = Command::new("cargo")
        .current_dir(root.join("frontend"))
        .args(["build", "--quiet", "--locked", "--bins", "--target", TARGET, "--profile", mode.profile()])
        // Apart from the host's folder: the two compilers would throw away each other's work.
        .env("CARGO_TARGET_DIR", &target_dir)
        .envs(toolchain(root)?)
        .status()
        .context("cargo")?;
    ensure!(status.success(), "the browser's part does not compile");
    let built = target_dir.join(TARGET).join(mode.profile());
    let read = |(name, page)| {
        let file = built.join(format!("{name}.wasm"));
        Ok(Bundle { name, page, wasm: fs::read(&file).with_context(|| file.display().to_string())? })
    };
    BUNDLES.into_iter().map(read).collect()
}

/// What `scripts/wasm-toolchain` found out: lines `export NAME=value`, and comments.
fn toolchain(root: &Path) -> Result<Vec<(String, String)>> {
    let text =
        fs::read_to_string(root.join("target/wasm-toolchain.env")).context("run scripts/wasm-toolchain first")?;
    let pairs = text.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// All styles in the order of their names, so `00-tokens.css` comes before `10-layout.css`.
fn stylesheet(dir: &Path) -> Result<String> {
    let mut css = String::new();
    for (name, bytes) in files_below(dir)? {
        if name.ends_with(".css") {
            css.push_str(&squeezed(std::str::from_utf8(&bytes).with_context(|| name.clone())?));
        }
    }
    Ok(css)
}

/// The text without indentation, empty lines, and comments that have lines of their own. Enough for style sheets and for
/// wasm-bindgen's script, neither of which has text that runs over several lines.
fn squeezed(text: &str) -> String {
    let mut kept = String::new();
    let mut in_comment = false;
    for line in text.lines().map(str::trim) {
        let code_follows = line.contains("*/") && !line.ends_with("*/");
        in_comment |= line.starts_with("/*") && !code_follows;
        if !in_comment && !line.is_empty() && !line.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
        in_comment &= !line.ends_with("*/");
    }
    kept
}

/// Every file below `dir` by its path with `/`, sorted; empty when the folder does not exist.
fn files_below(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    if !dir.is_dir() {
        return Ok(found);
    }
    let mut todo = vec![dir.to_path_buf()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(dir)?.to_str().context("a file name that is not UTF-8")?;
                found.insert(name.replace('\\', "/"), fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

fn stamp(mode: Mode, bundles: &[Bundle], template: &str, css: &str, assets: &BTreeMap<String, Vec<u8>>) -> String {
    let mut all = Sha256::new();
    // This program decides what becomes of the inputs, so it is one of them.
    let own = [include_str!("spa.rs"), include_str!("../Cargo.toml"), mode.profile()].map(str::as_bytes);
    let files = assets.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes.as_slice()]);
    let programs = bundles.iter().map(|bundle| bundle.wasm.as_slice());
    for part in own.into_iter().chain(programs).chain([template.as_bytes(), css.as_bytes()]).chain(files) {
        all.update((part.len() as u64).to_le_bytes());
        all.update(part);
    }
    hex::encode(all.finalize())
}

/// All files of the site by name. A file's name carries its content's hash, so whoever refers to a file comes after it.
fn assemble(
    bundles: Vec<Bundle>,
    template: &str,
    css: &str,
    assets: BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut site = BTreeMap::new();

    let mut renamed = Vec::new();
    for (name, bytes) in assets {
        let new = format!("assets/{}", hashed(&name, &bytes));
        renamed.push((format!("/assets/{name}"), format!("/{new}")));
        site.insert(new, bytes);
    }
    // Longest first: `/assets/a.png` must not be found inside `/assets/a.png.license`.
    renamed.sort_by_key(|(old, _)| std::cmp::Reverse(old.len()));
    let with_assets = |text: &str| renamed.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new));

    let css = with_assets(css);
    ensure_assets_exist(&css, &site, "frontend/styles")?;
    let css_name = hashed("app.css", css.as_bytes());

    for placeholder in ["{{js}}", "{{css}}"] {
        ensure!(template.contains(placeholder), "frontend/index.html lacks {placeholder}");
    }
    let template = with_assets(template).replace("{{css}}", &format!("/{css_name}"));
    site.insert(css_name, css.into_bytes());
    for Bundle { name, page, wasm } in bundles {
        let html = add_program(&mut site, name, &wasm, &template)?;
        ensure_assets_exist(&html, &site, "frontend/index.html")?;
        site.insert(page.to_owned(), html.into_bytes());
    }
    Ok(site)
}

/// Adds a bundle's program and scripts to the site; answers its page.
fn add_program(site: &mut BTreeMap<String, Vec<u8>>, name: &str, wasm: &[u8], template: &str) -> Result<String> {
    let mut bound = bind(name, wasm)?;
    let wasm = bound.wasm_mut().emit_wasm();
    let wasm_name = hashed(&format!("{name}.wasm"), &wasm);
    let mut glue = squeezed(bound.js());
    for (snippet, text) in snippets(&bound)? {
        let new = hashed(&snippet, text.as_bytes());
        glue = glue.replace(&format!("./{snippet}"), &format!("/{new}"));
        site.insert(new, text.into_bytes());
    }
    let glue_name = hashed(&format!("{name}.js"), glue.as_bytes());
    // A file of its own: the content security policy allows no script within the page.
    let boot = format!("import init from \"/{glue_name}\";\nawait init({{ module_or_path: \"/{wasm_name}\" }});\n");
    let boot_name = hashed(&format!("{name}-boot.js"), boot.as_bytes());

    let mut page = template.to_owned();
    for (placeholder, name) in [("{{js}}", &boot_name), ("{{glue}}", &glue_name), ("{{wasm}}", &wasm_name)] {
        page = page.replace(placeholder, &format!("/{name}"));
    }
    ensure!(!page.contains("{{"), "frontend/index.html has an unknown placeholder");
    site.insert(wasm_name, wasm);
    site.insert(glue_name, glue.into_bytes());
    site.insert(boot_name, boot.into_bytes());
    Ok(page)
}

fn bind(name: &str, wasm: &[u8]) -> Result<wasm_bindgen_cli_support::Output> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_bytes(name, wasm.to_vec())
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.generate_output().context("wasm-bindgen")
}

/// Small scripts that crates bring along, by the path under which the glue imports them.
fn snippets(bound: &wasm_bindgen_cli_support::Output) -> Result<Vec<(String, String)>> {
    if let Some(package) = bound.npm_dependencies().keys().next() {
        bail!("a crate wants the npm package {package}, and there is no bundler here");
    }
    let inline = bound.snippets().iter().flat_map(|(krate, texts)| {
        texts.iter().enumerate().map(move |(i, text)| (format!("snippets/{krate}/inline{i}.js"), text.clone()))
    });
    let modules = bound.local_modules().iter().map(|(path, text)| (format!("snippets/{path}"), text.clone()));
    Ok(inline.chain(modules).collect())
}

/// `fonts/text.woff2` becomes `fonts/text-0123456789abcdef.woff2`.
fn hashed(name: &str, bytes: &[u8]) -> String {
    let hash = short_hash(bytes);
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-{hash}.{extension}"),
        None => format!("{name}-{hash}"),
    }
}

fn short_hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes)).chars().take(16).collect()
}

/// A misspelt font would go unnoticed until somebody misses it.
fn ensure_assets_exist(text: &str, site: &BTreeMap<String, Vec<u8>>, place: &str) -> Result<()> {
    for rest in text.split("/assets/").skip(1) {
        let name: String = rest.chars().take_while(|c| !"\"')>?# \n".contains(*c)).collect();
        ensure!(site.contains_key(&format!("assets/{name}")), "{place} names /assets/{name}, which does not exist");
    }
    Ok(())
}

fn write_compressed(path: &Path, bytes: &[u8], mode: Mode) -> Result<()> {
    let beside = |suffix: &str| PathBuf::from(format!("{}.{suffix}", path.display()));
    fs::create_dir_all(path.parent().context("no folder")?)?;
    fs::write(path, bytes)?;

    let mut brotli = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: mode.brotli_quality(), lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut brotli, &params)?;
    fs::write(beside("br"), brotli)?;

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), mode.gzip_level());
    gzip.write_all(bytes)?;
    fs::write(beside("gz"), gzip.finish()?)?;
    Ok(())
}

fn remove_dir(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| dir.display().to_string())?;
    }
    Ok(())
}
