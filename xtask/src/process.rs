//! Starting other programs: with their output held back until it matters, and
//! each in a process group of its own, so that stopping one leaves nothing.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::interrupt;
use crate::progress::{Mark, Step};

/// How often a wait looks at the clock and at the interrupt flag.
pub const TICK: Duration = Duration::from_millis(200);
/// How long a group may take to end before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A child process, its group, and what it prints.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// Starts a command with its output piped into `lines`.
    pub fn start(command: &mut Command) -> Result<Self> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = spawn(command)?;
        let (sender, lines) = channel();
        if let Some(stdout) = child.stdout.take() {
            forward(stdout, sender.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            forward(stderr, sender);
        }
        Ok(Self { child, lines })
    }

    /// The next line, if one comes within a tick.
    pub fn next_line(&self) -> Result<String, RecvTimeoutError> {
        self.lines.recv_timeout(TICK)
    }

    /// Whether the process ended by itself.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("waiting for a process")
    }

    /// Ends the process and everything it started.
    pub fn stop(mut self) -> Result<()> {
        stop_group(&mut self.child)
    }
}

/// What a finished program left behind.
pub struct Outcome {
    /// Whether it exited with success.
    pub success: bool,
    /// Everything it printed, both streams in the order they came.
    pub log: String,
}

/// Runs a command to its end behind a progress line, which it leaves running.
pub fn watch(step: &mut Step, command: &mut Command) -> Result<Outcome> {
    let mut running = Running::start(command)?;
    let mut log = String::new();
    loop {
        match running.next_line() {
            Ok(line) => {
                step.heard(&line);
                log.push_str(&line);
                log.push('\n');
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        step.tick();
        if interrupt::requested() {
            running.stop()?;
            bail!("interrupted");
        }
    }
    let status = running.child.wait().context("waiting for a process")?;
    Ok(Outcome { success: status.success(), log })
}

/// Runs a command that has to succeed, as a step of its own; when it does not,
/// its output is shown.
pub fn step(title: &str, command: &mut Command) -> Result<()> {
    let mut step = Step::start(title);
    let outcome = watch(&mut step, command)?;
    if outcome.success {
        step.finish(Mark::Done, "");
        return Ok(());
    }
    step.finish(Mark::Failed, "");
    explain(&outcome.log);
    bail!("{title} failed");
}

/// Shows what a failed program printed, without cargo's list of what went well.
pub fn explain(log: &str) {
    const GOING_WELL: [&str; 5] =
        ["Compiling ", "Checking ", "Downloaded ", "Downloading ", "Documenting "];
    for line in log.lines() {
        if !GOING_WELL.iter().any(|start| line.trim_start().starts_with(start)) {
            println!("    {line}");
        }
    }
}

/// Runs a command whose output is for the reader.
pub fn show(command: &mut Command) -> Result<bool> {
    let mut child = spawn(command)?;
    loop {
        if let Some(status) = child.try_wait().context("waiting for a process")? {
            return Ok(status.success());
        }
        if interrupt::requested() {
            stop_group(&mut child)?;
            bail!("interrupted");
        }
        thread::sleep(TICK);
    }
}

/// The trimmed standard output of a short command; `None` when it cannot be
/// started or fails.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn spawn(command: &mut Command) -> Result<Child> {
    let program = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start {program}"))
}

fn forward(stream: impl Read + Send + 'static, sender: Sender<String>) {
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut bytes = Vec::new();
        while matches!(reader.read_until(b'\n', &mut bytes), Ok(length) if length > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            bytes.clear();
            if sender.send(line).is_err() {
                return;
            }
        }
    });
}

/// Asks the whole group to end, waits for it, and insists after a while.
fn stop_group(child: &mut Child) -> Result<()> {
    let group = Pid::from_raw(i32::try_from(child.id()).context("process id")?);
    // An error of killpg only says that the group is gone already.
    let _ = killpg(group, Signal::SIGTERM);
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        // Reaps the leader, which would otherwise keep its group in being.
        let _ = child.try_wait();
        if killpg(group, None).is_err() {
            break;
        }
        thread::sleep(TICK);
    }
    let _ = killpg(group, Signal::SIGKILL);
    child.wait().context("waiting for a stopped process")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stopping_a_program_stops_what_it_started() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & echo $!; wait"]);
        let running = Running::start(&mut command).unwrap();
        let grandchild = running.lines.recv().unwrap().parse().unwrap();
        assert!(nix::sys::signal::kill(Pid::from_raw(grandchild), None).is_ok());
        let started = Instant::now();
        running.stop().unwrap();
        assert!(started.elapsed() < PATIENCE);
        let state = std::fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z "), "still there: {state}");
    }

    #[test]
    fn a_failed_program_keeps_what_it_printed() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo said; echo complained >&2; exit 3"]);
        let outcome = watch(&mut Step::start("a failing program"), &mut command).unwrap();
        assert!(!outcome.success);
        assert!(outcome.log.contains("said\n") && outcome.log.contains("complained\n"));
    }
}
