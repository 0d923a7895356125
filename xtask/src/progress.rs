//! One line per step with its time. On a terminal the line of a running step
//! is rewritten in place; in a log a long step says every while how far it is.

use std::io::{IsTerminal, Write, stdout};
use std::time::{Duration, Instant};

/// How often a running step says something in a log.
const LOG_EVERY: Duration = Duration::from_secs(15);
/// Width of the column of titles.
const TITLE_WIDTH: usize = 34;
/// Width of a rewritten line, so that it never wraps.
const LINE_WIDTH: usize = 96;

/// A step that is under way.
pub struct Step {
    title: String,
    started: Instant,
    last_said: Instant,
    last_line: String,
    terminal: bool,
}

impl Step {
    /// Starts the clock and, on a terminal, shows the title.
    pub fn start(title: &str) -> Self {
        let now = Instant::now();
        let mut step = Self {
            title: title.to_owned(),
            started: now,
            last_said: now,
            last_line: String::new(),
            terminal: stdout().is_terminal(),
        };
        if step.terminal {
            step.draw();
        }
        step
    }

    /// What the running tool last printed.
    pub fn heard(&mut self, line: &str) {
        let line = plain(line);
        if !line.is_empty() {
            self.last_line = line;
        }
    }

    /// Called a few times a second while the step runs.
    pub fn tick(&mut self) {
        if self.terminal {
            self.draw();
        } else if self.last_said.elapsed() >= LOG_EVERY {
            self.last_said = Instant::now();
            println!("  … {} {} {}", self.padded(), clock(self.started.elapsed()), self.last_line);
        }
    }

    /// The step is over; says so in one line that stays.
    pub fn finish(self, mark: Mark, note: &str) {
        if self.terminal {
            print!("\r\x1b[2K");
        }
        let mark = match mark {
            Mark::Done => '✓',
            Mark::Failed => '✗',
        };
        let line = format!("  {mark} {} {} {note}", self.padded(), clock(self.started.elapsed()));
        println!("{}", line.trim_end());
    }

    fn draw(&mut self) {
        let line =
            format!("  … {} {} {}", self.padded(), clock(self.started.elapsed()), self.last_line);
        let line: String = line.chars().take(LINE_WIDTH).collect();
        print!("\r\x1b[2K{line}");
        // A terminal that went away is no reason to stop the work.
        let _ = stdout().flush();
    }

    fn padded(&self) -> String {
        format!("{:<TITLE_WIDTH$}", self.title)
    }
}

/// How a step ended.
#[derive(Clone, Copy)]
pub enum Mark {
    /// It did what it should.
    Done,
    /// It did not.
    Failed,
}

/// A step that had nothing to do.
pub fn unchanged(title: &str) {
    println!("  ✓ {title:<TITLE_WIDTH$}         unchanged");
}

/// A title above some steps.
pub fn heading(text: &str) {
    println!("\n{text}");
}

fn clock(elapsed: Duration) -> String {
    let tenths = elapsed.as_millis() / 100;
    if tenths < 600 {
        format!("{:>3}.{} s", tenths / 10, tenths % 10)
    } else {
        let seconds = tenths / 10;
        format!("{:>2}:{:02} m", seconds / 60, seconds % 60)
    }
}

/// Without colours and control characters, which would garble a rewritten line.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            for escaped in characters.by_ref() {
                if escaped.is_ascii_alphabetic() {
                    break;
                }
            }
        } else if !character.is_control() {
            text.push(character);
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short_to_read() {
        assert_eq!(clock(Duration::from_millis(1_250)), "  1.2 s");
        assert_eq!(clock(Duration::from_secs(61)), " 1:01 m");
    }

    #[test]
    fn colours_do_not_reach_a_progress_line() {
        assert_eq!(plain("\u{1b}[1m\u{1b}[32m   Compiling\u{1b}[0m serde"), "Compiling serde");
    }
}
