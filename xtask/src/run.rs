//! `cargo xtask run`: from a fresh clone to a page that answers, and away again
//! on Ctrl-C without leaving a process behind.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::args::{Part, RunOptions};
use crate::process::{self, Running};
use crate::progress::{self, Mark, Step};
use crate::workspace::Workspace;
use crate::{assets, edge, interrupt, local, setup};

/// How long the runtime may take to answer its first request.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Sets up and builds what is asked for, and starts nothing.
pub fn build(workspace: &Workspace, part: Part) -> Result<()> {
    let tools = setup::prepare(workspace, &[setup::WASM])?;
    progress::heading("Build");
    if part != Part::Worker {
        assets::build(workspace, &tools)?;
    }
    if part != Part::Pages {
        edge::build(workspace, &tools)?;
    }
    Ok(())
}

/// Sets up, builds, serves, and stays until it is told to stop.
pub fn run(workspace: &Workspace, options: &RunOptions) -> Result<()> {
    let started = Instant::now();
    require_free(options.port)?;
    build(workspace, Part::All)?;
    progress::heading("Serve");
    local::prepare(workspace, options.port)?;
    interrupt::check()?;
    let mut server = start(workspace, options.port)?;
    if let Err(error) = wait_until_ready(&mut server, options.port) {
        server.stop()?;
        return if interrupt::requested() { Ok(()) } else { Err(error) };
    }
    announce(options.port, started.elapsed());
    serve(server)
}

fn require_free(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) => bail!(
            "port {port} is not free ({error}): stop what uses it, or choose another with --port"
        ),
    }
}

fn start(workspace: &Workspace, port: u16) -> Result<Running> {
    let mut wrangler = workspace.web_command("wrangler")?;
    wrangler
        .args(["dev", "--ip", "127.0.0.1", "--port", &port.to_string()])
        .args(["--persist-to", local::STATE, "--test-scheduled"])
        .args(["--show-interactive-dev-session", "false"])
        // A line of the same name in .dev.vars wins over these.
        .args(["--var", "DEMO:true", "--var", &format!("PUBLIC_URL:http://localhost:{port}")]);
    Running::start(&mut wrangler)
}

/// The runtime's own chatter is held back, and shown when it does not start.
fn wait_until_ready(server: &mut Running, port: u16) -> Result<()> {
    let mut step = Step::start("worker");
    let deadline = Instant::now() + START_LIMIT;
    let mut log = String::new();
    let mut listening = false;
    loop {
        if let Ok(line) = server.next_line() {
            listening |= line.contains("Ready on http");
            step.heard(&line);
            log.push_str(&line);
            log.push('\n');
        }
        step.tick();
        interrupt::check()?;
        if listening && answers(port) {
            step.finish(Mark::Done, "");
            return Ok(());
        }
        if server.ended()?.is_some() || Instant::now() > deadline {
            step.finish(Mark::Failed, "");
            process::explain(&log);
            bail!("the worker did not start");
        }
    }
}

/// Whether the first page is served.
fn answers(port: u16) -> bool {
    first_line(port).is_ok_and(|line| line.starts_with("HTTP/1.1 200"))
}

fn first_line(port: u16) -> std::io::Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")?;
    let mut start = [0; 16];
    stream.read_exact(&mut start)?;
    Ok(String::from_utf8_lossy(&start).into_owned())
}

fn announce(port: u16, took: Duration) {
    println!(
        "\nReady after {} s. Everything runs on this machine; Ctrl-C stops it.\n\n  \
         demo form      http://localhost:{port}/\n  \
         tracker        http://localhost:{port}/tracker.js\n",
        took.as_secs()
    );
}

/// Passes the worker's log on until somebody stops it or it ends by itself.
fn serve(mut server: Running) -> Result<()> {
    loop {
        match server.next_line() {
            Ok(line) => println!("{line}"),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let status = server.ended()?.context("the worker closed its output")?;
                bail!("the worker ended by itself ({status})");
            }
        }
        if interrupt::requested() {
            println!("\nstopping");
            return server.stop();
        }
    }
}
