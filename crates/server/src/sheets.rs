//! Files with rows are read by a process of its own: what is in them is hostile until the opposite is shown. It gets the
//! file by its standard input, tells the rows by its standard output, has no environment, opens no files, and may take so
//! much memory and time and no more. It shares nothing with the server but the program.

use futures::future::BoxFuture;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::{
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio},
    time::Duration,
};
use tokio::{sync::mpsc, task::spawn_blocking, time};
use zgoda_app::sheet_reader::SheetReader;
use zgoda_domain::sheet::{ReadAs, SHEET_FILE_MAX, SheetLine, SheetRefusal};

/// Address space: the file, what it unpacks to, and the program itself.
const MEMORY: u64 = 512 * 1024 * 1024;
/// Seconds of work.
const CPU_SECONDS: u64 = 15;
/// From start to end. Within the deadline of a request.
const TIME: Duration = Duration::from_secs(25);
/// A row of two hundred long cells, escaped.
const LINE_MAX: u64 = 64 * 1024 * 1024;
/// How a Rust program ends that found itself in a state that should not be.
const PANICKED: i32 = 101;

/// The child's part: reads a file from standard input. Nothing of it is looked at before the limits hold.
pub fn read_standard_input(read_as: &str) -> ExitCode {
    let read = || -> io::Result<()> {
        let read_as: ReadAs = serde_json::from_str(read_as)?;
        for (resource, most) in [
            (Resource::As, MEMORY),
            (Resource::Cpu, CPU_SECONDS),
            // Opens and writes no file, starts no process, leaves no image of its memory.
            (Resource::Nofile, 3),
            (Resource::Fsize, 0),
            (Resource::Core, 0),
        ] {
            setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
        }
        let most = u64::try_from(SHEET_FILE_MAX).unwrap_or(u64::MAX);
        let mut content = Vec::new();
        io::stdin().lock().take(most).read_to_end(&mut content)?;
        let mut out = BufWriter::with_capacity(256 * 1024, io::stdout().lock());
        zgoda_sheets::read(&content, read_as, &mut out)?;
        out.flush()
    };
    if read().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The server's part.
#[derive(Debug)]
pub struct ChildReader;

impl SheetReader for ChildReader {
    fn read(
        &self,
        content: mpsc::Receiver<Vec<u8>>,
        read_as: ReadAs,
        lines: mpsc::Sender<SheetLine>,
    ) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move {
            let (mut child, to, from) = start(read_as)?;
            // Each ends when the child does, or when nobody listens any more.
            drop(spawn_blocking(move || feed(to, content)));
            let telling = lines.clone();
            let told = time::timeout(TIME, spawn_blocking(move || tell(from, &telling))).await;
            let in_time = matches!(told, Ok(Ok(Ok(()))));
            if in_time && child.exit_code().await == Some(PANICKED) {
                // The reader of that format met something that it had not thought of.
                let _ = lines.send(SheetLine::Refused(SheetRefusal::Unreadable)).await;
            }
            Ok(())
        })
    }
}

/// A child that does not outlive whoever waits for it.
struct Ended(Child);

impl Ended {
    /// How it ended, if it does so within a moment and not by a signal.
    async fn exit_code(&mut self) -> Option<i32> {
        for _ in 0..100 {
            match self.0.try_wait() {
                Ok(Some(status)) => return status.code(),
                Ok(None) => time::sleep(Duration::from_millis(10)).await,
                Err(_) => return None,
            }
        }
        None
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        // One that has ended already is not there to be killed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(read_as: ReadAs) -> io::Result<(Ended, ChildStdin, ChildStdout)> {
    let mut child = Command::new("/proc/self/exe")
        .arg("read-sheet")
        .arg(serde_json::to_string(&read_as)?)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (to, from) = (child.stdin.take(), child.stdout.take());
    let child = Ended(child);
    let no_pipe = || io::Error::other("a child without pipes");
    Ok((child, to.ok_or_else(no_pipe)?, from.ok_or_else(no_pipe)?))
}

fn feed(mut to: ChildStdin, mut content: mpsc::Receiver<Vec<u8>>) {
    while let Some(piece) = content.blocking_recv() {
        if to.write_all(&piece).is_err() {
            // It has said what it has to say, or was ended.
            return;
        }
    }
}

fn tell(from: ChildStdout, lines: &mpsc::Sender<SheetLine>) -> io::Result<()> {
    let mut from = BufReader::with_capacity(256 * 1024, from);
    let mut line = Vec::new();
    loop {
        line.clear();
        if from.by_ref().take(LINE_MAX).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if lines.blocking_send(serde_json::from_slice(&line)?).is_err() {
            return Ok(());
        }
    }
}
