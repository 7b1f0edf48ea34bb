//! The power-loss drill.
//!
//! The server's data folder lies on a file system inside an image file. What was written but not yet forced to the disk
//! is in memory and not in the image: a copy of the image is what a disk holds after the power went. The server is
//! frozen, the image copied, the copy mounted elsewhere and served; every submission that had been acknowledged by then
//! must be there. A second run with a setting that is known to lose data must be caught, or the drill proves nothing.

use anyhow::{Context, bail, ensure};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use zgoda_api_types::problem::ProblemCode;
use zgoda_bench::{
    found::Found,
    random,
    server::{Installation, Server},
    visitors::{Acknowledged, Form, Visitors, make_form, make_owner},
};
use zgoda_client::Api;

const IMAGE_BYTES: u64 = 160 * 1024 * 1024;
const AT_A_TIME: usize = 6;
/// An image before which less was acknowledged shows nothing.
const FLOOR: usize = 20;
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the drill and its negative control.
pub async fn run(binary: &Path, folder: &Path, images: usize, control_images: usize) -> anyhow::Result<()> {
    check_possible(folder)?;
    println!("Power cuts with synchronous=FULL, the product's setting:");
    let full = cut_power(binary, &folder.join("full"), None, images).await?;
    println!("  {full}");
    ensure!(full.lost == 0, "{} acknowledged submissions were lost", full.lost);
    println!("Negative control with synchronous=NORMAL, until something is lost:");
    let normal = cut_power(binary, &folder.join("normal"), Some("normal"), control_images).await?;
    println!("  {normal}");
    ensure!(
        normal.lost > 0,
        "the negative control lost nothing in {control_images} images: this drill could not see a loss"
    );
    println!("Nothing acknowledged was lost, and the control was caught.");
    Ok(())
}

/// Fails with the reason when the drill cannot run here.
fn check_possible(folder: &Path) -> anyhow::Result<()> {
    const CANNOT: &str = "the drill cannot run here";
    ensure!(cfg!(target_os = "linux"), "{CANNOT}: it needs Linux");
    let status = std::fs::read_to_string("/proc/self/status").context(CANNOT)?;
    let root = status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"));
    ensure!(root, "{CANNOT}: mounting takes root");
    let probe = Disk::make(&folder.join("probe"), 16 * 1024 * 1024);
    probe.map(drop).with_context(|| format!("{CANNOT}: no loop device or no ext4"))
}

/// What a series of power cuts showed.
struct Outcome {
    images: usize,
    invalid: usize,
    acknowledged: usize,
    lost: usize,
    losing_images: usize,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { images, invalid, acknowledged, lost, losing_images } = self;
        write!(
            f,
            "{images} images (and {invalid} that did not count), {acknowledged} acknowledged submissions; \
             {lost} missing in {losing_images} images"
        )
    }
}

/// Cuts the power so many times; with a weaker setting, only until something is lost.
async fn cut_power(binary: &Path, folder: &Path, weaker: Option<&str>, images: usize) -> anyhow::Result<Outcome> {
    let disk = Disk::make(folder, IMAGE_BYTES)?;
    let mut installation = Installation::new(binary, &disk.mounted.point.join("data"))?;
    installation.env.extend(weaker.map(|mode| ("ZGODA_DRILL_SYNCHRONOUS", mode.to_owned())));
    let server = installation.start()?;
    let owner = make_owner(&installation.origin(), server.setup_token()?).await?;
    let form = make_form(&owner).await?;
    // The installation itself is old news when the power goes.
    ensure!(Command::new("sync").status()?.success(), "sync failed");
    let visitors = Visitors::new(form.clone());
    let tasks = visitors.come(&owner, AT_A_TIME);
    let mut outcome = Outcome { images: 0, invalid: 0, acknowledged: 0, lost: 0, losing_images: 0 };
    let mut seen = 0;
    while outcome.images < images {
        tokio::time::sleep(Duration::from_millis(random(150, 700))).await;
        let waiting = Instant::now();
        while visitors.count() < seen + FLOOR && waiting.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.freeze()?;
        let acknowledged = visitors.acknowledged();
        let copied = copy_still(&disk.image, &folder.join("copy.img"));
        server.signal("CONT")?;
        let copy = copied?;
        visitors.check_nobody_was_refused()?;
        if acknowledged.len() < seen + FLOOR {
            outcome.invalid += 1;
            ensure!(outcome.invalid <= images / 4, "too many images with fewer than {FLOOR} new submissions");
        } else {
            let lost = examine(&copy, &installation, &owner, &form, &acknowledged, weaker.is_none()).await?;
            outcome.images += 1;
            outcome.lost += lost;
            outcome.losing_images += usize::from(lost > 0);
            outcome.acknowledged = acknowledged.len();
            println!("  image {}: {} acknowledged, {lost} lost", outcome.images, acknowledged.len());
            if weaker.is_some() && lost > 0 {
                break;
            }
        }
        std::fs::remove_file(&copy)?;
        seen = acknowledged.len();
    }
    visitors.leave();
    tasks.join_all().await;
    server.stop()?;
    Ok(outcome)
}

/// Serves from a copy of the disk and counts what is missing of the acknowledged submissions.
async fn examine(
    image: &Path,
    installation: &Installation,
    owner: &Api,
    form: &Form,
    acknowledged: &[Acknowledged],
    strict: bool,
) -> anyhow::Result<usize> {
    let mounted = Mount::new(image, &image.with_extension("mount"))?;
    let survivor =
        Installation { env: Vec::new(), ..Installation::new(&installation.binary, &mounted.point.join("data"))? };
    let verdict = survivor.run(&["audit", "verify"]);
    ensure!(verdict.as_ref().is_ok_and(|said| said.starts_with("The log is intact")), "after a power cut: {verdict:?}");
    let server: Server = survivor.start()?;
    // The owner's session is in the copy as well.
    let api = Api::new(&survivor.origin());
    for name in ["__Host-zgoda-access", "__Host-zgoda-refresh"] {
        api.set_cookie(name, &owner.cookie(name).context("the owner has no session")?);
    }
    let found = match Found::read(&api, form).await {
        Err(error) if !strict && error.code() == Some(ProblemCode::SignInNeeded) => return Ok(acknowledged.len()),
        found => found?,
    };
    let lost = found.lost(acknowledged).len();
    found.check_nothing_is_half_done()?;
    if lost == 0 {
        found.check_all_lead_to_their_cards(acknowledged)?;
    }
    server.stop()?;
    drop(mounted);
    Ok(lost)
}

/// A file system in an image file, mounted.
struct Disk {
    mounted: Mount,
    image: PathBuf,
}

impl Disk {
    fn make(folder: &Path, bytes: u64) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let image = folder.join("disk.img");
        File::create(&image)?.set_len(bytes)?;
        command("mkfs.ext4", &["-q", "-F", &image.to_string_lossy()])?;
        let mounted = Mount::new(&image, &folder.join("disk"))?;
        Ok(Self { mounted, image })
    }
}

/// A mounted image; unmounted when dropped, and with it its loop device is gone.
struct Mount {
    point: PathBuf,
}

impl Mount {
    fn new(image: &Path, point: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(point)?;
        command("mount", &["-o", "loop", &image.to_string_lossy(), &point.to_string_lossy()])?;
        Ok(Self { point: point.to_path_buf() })
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let point = self.point.to_string_lossy().into_owned();
        // A process that was just killed may hold it a little longer.
        for _ in 0..50 {
            if command("umount", &[&point]).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        if let Err(error) = command("umount", &["-l", &point]) {
            println!("  {error:#}");
        }
    }
}

fn command(name: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new(name).args(arguments).stdin(Stdio::null()).output().with_context(|| name.to_owned())?;
    ensure!(output.status.success(), "{name} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

/// Copies the image until the copy and the image are the same: the system itself may write while the copy is made, and
/// a mixture of two moments is no disk that ever was.
fn copy_still(image: &Path, copy: &Path) -> anyhow::Result<PathBuf> {
    for _ in 0..20 {
        command("cp", &["--reflink=auto", "--sparse=always", &image.to_string_lossy(), &copy.to_string_lossy()])?;
        if same(image, copy)? {
            return Ok(copy.to_path_buf());
        }
    }
    bail!("the image does not stand still");
}

fn same(a: &Path, b: &Path) -> anyhow::Result<bool> {
    let (mut a, mut b) = (File::open(a)?, File::open(b)?);
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let length = a.read(&mut left)?;
        if length == 0 {
            return Ok(b.read(&mut right)? == 0);
        }
        let (Some(part), Some(other)) = (left.get(..length), right.get_mut(..length)) else {
            bail!("a read returned more than was asked for");
        };
        b.read_exact(other)?;
        if part != other {
            return Ok(false);
        }
    }
}
