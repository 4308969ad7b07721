//! Runs a program for a check: with what it may read, for as long as it may take, and never beyond the end of the run.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// More output than this is cut off.
const MOST: u64 = 64 << 20;

/// What a program left behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ran {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote.
    pub stdout: Vec<u8>,
    /// The same on the other channel.
    pub stderr: Vec<u8>,
    /// Whether it was ended because it took too long, or because the user asked to stop.
    pub was_ended: bool,
}

/// Runs a command with `input`, for at most `patience` and until `stop` says so.
///
/// It is the first of a process group of its own, so that what it started ends with it.
pub fn run(
    command: &mut Command,
    input: &[u8],
    patience: Duration,
    stop: &dyn Fn() -> bool,
) -> io::Result<Ran> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let input = input.to_vec();
    // A program that does not read its input closes it; what it says then is what counts.
    let writer = thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
    let out = thread::spawn(move || drain(stdout));
    let err = thread::spawn(move || drain(stderr));
    let started = Instant::now();
    let mut was_ended = false;
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > patience || stop() {
            was_ended = true;
            end(&mut child);
            break child.wait()?;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    };
    if was_ended {
        // Whatever still holds the pipes must not hold this run.
        return Ok(Ran {
            code: None,
            stdout: Vec::new(),
            stderr: Vec::new(),
            was_ended,
        });
    }
    let _ = writer.join();
    Ok(Ran {
        code: status.code(),
        stdout: out.join().unwrap_or_default(),
        stderr: err.join().unwrap_or_default(),
        was_ended,
    })
}

fn end(child: &mut Child) {
    match Pid::from_raw(child.id() as i32) {
        // A group that is gone already needs no end.
        Some(group) => drop(kill_process_group(group, Signal::KILL)),
        None => drop(child.kill()),
    }
}

/// Everything is read, so that the program can go on, but only the beginning is kept.
fn drain(pipe: Option<impl Read>) -> Vec<u8> {
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = (&mut pipe).take(MOST).read_to_end(&mut kept);
        let _ = io::copy(&mut pipe, &mut io::sink());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, input: &[u8], patience: u64, stop: &dyn Fn() -> bool) -> Ran {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(&mut command, input, Duration::from_millis(patience), stop).expect("sh runs")
    }

    #[test]
    fn what_a_program_says_is_heard() {
        let ran = sh("cat; echo oops >&2; exit 3", b"hello", 60_000, &|| false);
        assert_eq!(
            (ran.code, &ran.stdout[..], &ran.stderr[..]),
            (Some(3), &b"hello"[..], &b"oops\n"[..])
        );
        let big = vec![b'x'; 1 << 20];
        assert_eq!(sh("exit 0", &big, 60_000, &|| false).code, Some(0));
        assert_eq!(sh("cat", &big, 60_000, &|| false).stdout.len(), big.len());
    }

    #[test]
    fn a_program_ends_with_its_time_or_the_run() {
        let started = Instant::now();
        assert!(sh("sleep 100 & sleep 100", b"", 50, &|| false).was_ended);
        assert!(sh("sleep 100", b"", 60_000, &|| true).was_ended);
        assert!(started.elapsed() < Duration::from_secs(30));
        assert!(
            run(
                &mut Command::new("/no/such/program"),
                b"",
                Duration::ZERO,
                &|| false
            )
            .is_err()
        );
    }
}
