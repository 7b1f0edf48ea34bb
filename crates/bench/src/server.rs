//! The built binary as a child process.

use anyhow::{Context, bail, ensure};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

/// A server that takes longer to start does not start.
const START: Duration = Duration::from_secs(30);

/// Where a server keeps its data and where it listens; outlives the processes started on it.
#[derive(Clone, Debug)]
pub struct Installation {
    pub binary: PathBuf,
    pub data_dir: PathBuf,
    pub port: u16,
    /// PostgreSQL instead of SQLite.
    pub database_url: Option<String>,
    /// Further environment.
    pub env: Vec<(&'static str, String)>,
}

impl Installation {
    pub fn new(binary: &Path, data_dir: &Path) -> anyhow::Result<Self> {
        let (binary, data_dir) = (binary.to_path_buf(), data_dir.to_path_buf());
        Ok(Self { binary, data_dir, port: free_port()?, database_url: None, env: Vec::new() })
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env_remove("ZGODA_CONFIG")
            .env_remove("ZGODA_PUBLIC_URL")
            .env_remove("ZGODA_MASTER_KEY_FILE")
            .env_remove("ZGODA_DRILL_SYNCHRONOUS")
            .env_remove("DATABASE_URL")
            .env("ZGODA_DATA_DIR", &self.data_dir)
            .env("ZGODA_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("ZGODA_FORMS_PER_MINUTE", "0")
            .env("ZGODA_FORM_LIMIT_PER_MINUTE", "0")
            .env("ZGODA_FORM_MIN_SECONDS", "0")
            .env("ZGODA_LOG", "warn")
            .envs(self.database_url.iter().map(|url| ("DATABASE_URL", url)))
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs another of the binary's commands to its end and returns what it printed.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command(arguments).output().with_context(|| self.binary.display().to_string())?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        Ok(said)
    }

    /// Starts `serve` and returns when it answers.
    pub fn start(&self) -> anyhow::Result<Server> {
        self.start_with(Stdio::inherit())
    }

    /// The same with the log going elsewhere.
    pub fn start_with(&self, log: Stdio) -> anyhow::Result<Server> {
        let started = Instant::now();
        let mut child = self
            .command(&["serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| self.binary.display().to_string())?;
        let (sender, lines) = channel();
        if let Some(out) = child.stdout.take() {
            // Also keeps the pipe empty for as long as the server lives.
            std::thread::spawn(move || {
                BufReader::new(out).lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
            });
        }
        let mut server = Server { child, lines };
        while !is_healthy(self.port) {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended while it started: {status}");
            }
            ensure!(started.elapsed() < START, "the server does not start");
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(server)
    }
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    lines: Receiver<String>,
}

impl Server {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The token of the link for making the first owner.
    pub fn setup_token(&self) -> anyhow::Result<String> {
        loop {
            let line = self.lines.recv_timeout(START).context("no link for the first owner was printed")?;
            if let Some((_, token)) = line.split_once("/setup#") {
                return Ok(token.trim().to_owned());
            }
        }
    }

    /// `kill -9`: the process gets no chance to finish anything.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks the process to stop and waits for its end.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.signal("TERM")?;
        let status = self.child.wait()?;
        ensure!(status.success(), "the server stopped with {status}");
        Ok(())
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let status =
            Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status().context("kill")?;
        ensure!(status.success(), "kill -{name} failed");
        Ok(())
    }

    /// Stops the process where it stands, and returns when all its threads stand still.
    pub fn freeze(&self) -> anyhow::Result<()> {
        self.signal("STOP")?;
        let started = Instant::now();
        while !self.is_frozen()? {
            ensure!(started.elapsed() < Duration::from_secs(10), "the server does not stand still");
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn is_frozen(&self) -> anyhow::Result<bool> {
        for task in std::fs::read_dir(format!("/proc/{}/task", self.pid()))? {
            let stat = std::fs::read_to_string(task?.path().join("stat"))?;
            // The state follows the name, which stands in brackets.
            if !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T')) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Memory the process occupies (VmRSS), in bytes.
    pub fn resident_bytes(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already after `kill` and `stop`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody uses. Below the range that outgoing connections take theirs from: a connection to a port nobody
/// listens on can meet itself there, and then the restarted server finds its port taken.
fn free_port() -> anyhow::Result<u16> {
    for _ in 0..100 {
        let port = u16::try_from(crate::random(12_000, 20_000))?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port");
}

/// Whether `/health` answers.
pub fn is_healthy(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}
