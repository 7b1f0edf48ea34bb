//! Requests as fast as a server answers them, over connections that stay open. No client library: its own work would
//! hide the difference between two servers.

use anyhow::{Context, bail, ensure};
use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// Makes the n-th request's bytes.
pub type Make = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// A request with everything a browser's would have that costs the server work.
pub fn request(method: &str, port: u16, path: &str, cookie: Option<&str>, body: Option<&str>) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n");
    text.push_str(&format!("Origin: http://127.0.0.1:{port}\r\n"));
    if let Some(cookie) = cookie {
        text.push_str(&format!("Cookie: {cookie}\r\n"));
    }
    if let Some(body) = body {
        text.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body.unwrap_or_default());
    text.into_bytes()
}

/// Requests per second over so many connections for so long; fails on any answer that is no success.
pub async fn rate(port: u16, connections: usize, time: Duration, make: Make) -> anyhow::Result<f64> {
    let next = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (next, make) = (Arc::clone(&next), Arc::clone(&make));
        tasks.spawn(async move {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
            stream.set_nodelay(true)?;
            let (mut buffer, mut answered) = (Vec::with_capacity(1 << 16), 0_u32);
            while started.elapsed() < time {
                stream.write_all(&make(next.fetch_add(1, Ordering::Relaxed))).await?;
                read_answer(&mut stream, &mut buffer).await?;
                answered += 1;
            }
            anyhow::Ok(answered)
        });
    }
    let mut answered = 0;
    while let Some(done) = tasks.join_next().await {
        answered += done??;
    }
    Ok(f64::from(answered) / started.elapsed().as_secs_f64())
}

/// How long each answer took, asked for one after the other over one connection for so long.
pub async fn times(port: u16, time: Duration, make: &Make) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.set_nodelay(true)?;
    let (mut buffer, mut times) = (Vec::with_capacity(1 << 16), Vec::new());
    let started = Instant::now();
    while started.elapsed() < time {
        let bytes = make(u64::try_from(times.len())?);
        let asked = Instant::now();
        stream.write_all(&bytes).await?;
        read_answer(&mut stream, &mut buffer).await?;
        times.push(asked.elapsed());
    }
    Ok(times)
}

/// How long each answer took from the moment its request was due, in the order of the requests: so many a second, whether
/// those before were answered or not.
pub async fn waits(
    port: u16,
    connections: u32,
    per_second: u32,
    time: Duration,
    make: Make,
) -> anyhow::Result<Vec<Duration>> {
    let next = Arc::new(AtomicU64::new(0));
    let started = tokio::time::Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (next, make) = (Arc::clone(&next), Arc::clone(&make));
        tasks.spawn(async move {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
            stream.set_nodelay(true)?;
            let (mut buffer, mut waits) = (Vec::with_capacity(1 << 16), Vec::new());
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let due = Duration::from_secs(n) / per_second;
                if due >= time {
                    return anyhow::Ok(waits);
                }
                let bytes = make(n);
                tokio::time::sleep_until(started + due).await;
                stream.write_all(&bytes).await?;
                read_answer(&mut stream, &mut buffer).await?;
                waits.push((n, started.elapsed().saturating_sub(due)));
            }
        });
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        all.extend(done??);
    }
    all.sort_unstable();
    Ok(all.into_iter().map(|(_, wait)| wait).collect())
}

async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<()> {
    buffer.clear();
    loop {
        ensure!(stream.read_buf(buffer).await? > 0, "the server hung up");
        let Some(end) = buffer.windows(4).position(|part| part == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).to_ascii_lowercase();
        if !head.starts_with("http/1.1 2") {
            bail!("{}", String::from_utf8_lossy(buffer));
        }
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|text| text.trim().parse().ok())
            .context("an answer without its length")?;
        while buffer.len() < end + 4 + length {
            ensure!(stream.read_buf(buffer).await? > 0, "the server hung up");
        }
        return Ok(());
    }
}
