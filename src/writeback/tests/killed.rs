//! Processes that are killed, interrupted, limited or without rights.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use super::*;
use crate::worktree::testing::ran_as_nobody;

/// What runs in the other process: a test that only does something when it is told what on stdin.
///
/// Three lines tell the folder, what to do and the step at which to wait for a line more; it answers with
/// `at STEP` there and with the result at the end.
#[test]
#[ignore = "runs in a process of its own, for the other tests"]
fn child() {
    let mut lines = std::io::stdin().lines().map(Result::unwrap);
    let mut next = || lines.next().unwrap_or_default();
    let (folder, what, stop) = (next(), next(), next().parse::<usize>().ok());
    if folder.is_empty() {
        return;
    }
    let worktree = Worktree::open(folder.as_ref(), None).unwrap();
    let interrupt = Interrupt::install().unwrap();
    let mut step = 0;
    let mut hook = |name: &str| {
        if stop == Some(step) {
            println!("\nat {name}");
            if next() == "signal" {
                while interrupt.signal().is_none() {
                    std::thread::yield_now();
                }
                println!("\nat noted");
                next();
            }
        }
        step += 1;
        Ok(())
    };
    let mut changes = changes();
    if what == "large" {
        changes.push(change("other.c", "other", &"x".repeat(1 << 20)));
    }
    let result = match what.as_str() {
        "recover" => recover_with(&worktree, &mut hook).map(|recovery| format!("{recovery:?}")),
        _ => apply_with(&worktree, &changes, &interrupt, &mut hook)
            .map(|applied| format!("{:?}", applied.interrupted)),
    };
    let text = result.unwrap_or_else(|error| format!("{} {error}", error.code()));
    println!("\nresult {text}");
}

struct Other {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Other {
    fn start(mut command: Command, scratch: &Scratch, what: &str, stop: Option<usize>) -> Self {
        command
            .args([
                "--exact",
                "writeback::tests::killed::child",
                "--ignored",
                "--nocapture",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut input = process.stdin.take().unwrap();
        let folder = scratch.path();
        let stop = stop.map_or("never".to_owned(), |stop| stop.to_string());
        writeln!(input, "{}\n{what}\n{stop}", folder.display()).unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self {
            process,
            input,
            output,
        }
    }

    fn new(scratch: &Scratch, what: &str, stop: usize) -> Self {
        Self::start(
            Command::new(std::env::current_exe().unwrap()),
            scratch,
            what,
            Some(stop),
        )
    }

    /// The next `at` or `result` line, without its first word.
    fn answer(&mut self) -> Option<(String, String)> {
        let lines = self.output.by_ref().lines().map_while(Result::ok);
        let mut words = lines.filter_map(|line| {
            let (first, rest) = line.split_once(' ')?;
            ["at", "result"]
                .contains(&first)
                .then(|| (first.to_owned(), rest.to_owned()))
        });
        words.next()
    }

    /// Kills it where it waits; whether it came there.
    fn kill(mut self) -> bool {
        let waits = self.answer().is_some_and(|(first, _)| first == "at");
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        waits
    }

    fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(status.success());
    }

    /// Sends a signal while it waits; goes on when the signal has arrived, which may take a while.
    fn signal_and_wait(&mut self, name: &str) {
        assert_eq!(self.answer().unwrap().0, "at");
        self.signal(name);
        writeln!(self.input, "signal").unwrap();
        assert_eq!(self.answer().unwrap().1, "noted");
    }

    /// Lets it go on, and waits for the end.
    fn go_on(mut self) -> (Option<String>, ExitStatus) {
        writeln!(self.input).unwrap();
        let result = self.answer().map(|(_, result)| result);
        (result, self.process.wait().unwrap())
    }
}

#[test]
fn a_run_that_is_killed_at_any_step_is_recovered() {
    let steps = steps(&plain());
    let decided = steps.iter().position(|step| step == "decide").unwrap();
    for (stop, name) in steps.iter().enumerate() {
        for scratch in [plain(), versioned()] {
            assert!(Other::new(&scratch, "apply", stop).kill());
            let recovery = recover(&scratch.open()).unwrap();
            let expected = match stop {
                0 => Recovery::Nothing,
                stop if stop <= decided => Recovery::TakenBack { changed: Vec::new() },
                _ => Recovery::Completed {
                    files: 4,
                    changed: Vec::new(),
                },
            };
            assert_eq!(recovery, expected, "killed before {name}");
            let after = stop > decided;
            assert_eq!(state(&scratch), if after { State::After } else { State::Before });
            assert_eq!(leftovers(&scratch), [""; 0]);
        }
    }
}

#[test]
fn a_recovery_that_is_killed_at_any_step_is_recovered() {
    for damaged in [false, true] {
        for stop in 0.. {
            let scratch = plain();
            stop_half_way(&scratch);
            if damaged {
                scratch.write(".respin-journal/3.new", "damaged");
            }
            let waits = Other::new(&scratch, "recover", stop).kill();
            if !waits {
                assert!(stop > 4);
                break;
            }
            recover(&scratch.open()).unwrap();
            assert_eq!(
                state(&scratch),
                if damaged { State::Before } else { State::After }
            );
            assert_eq!(leftovers(&scratch), [""; 0]);
        }
    }
}

#[test]
fn a_killed_run_leaves_no_lock() {
    let scratch = plain();
    let stop = steps(&plain()).iter().position(|step| step == "decide").unwrap();
    assert!(Other::new(&scratch, "apply", stop).kill());
    assert!(scratch.at(".respin-journal/lock").exists());
    // Nothing was decided, so that no recovery is needed before the next one.
    run(&scratch).unwrap();
    assert_eq!(state(&scratch), State::After);
}

#[test]
fn a_living_run_is_named() {
    let scratch = plain();
    let mut other = Other::new(&scratch, "apply", 3);
    other.answer().unwrap();
    let id = other.process.id();
    let error = run(&scratch).unwrap_err();
    assert!(error.to_string().contains(&format!("(process {id})")), "{error}");
    let (result, status) = other.go_on();
    assert_eq!(result.as_deref(), Some("None"));
    assert!(status.success());
    assert_eq!(state(&scratch), State::After);
}

#[test]
fn a_signal_stops_a_run_before_it_is_decided_and_not_after() {
    let steps = steps(&plain());
    let decided = steps.iter().position(|step| step == "decide").unwrap();
    let first = steps.iter().position(|step| step == "replace a file").unwrap();
    for (stop, name, result, after) in [
        (2, "INT", "interrupted interrupted", State::Before),
        (decided - 1, "TERM", "interrupted interrupted", State::Before),
        (first + 1, "INT", "Some(2)", State::After),
        (first, "TERM", "Some(15)", State::After),
        (steps.len() - 1, "HUP", "Some(1)", State::After),
    ] {
        let scratch = plain();
        let mut other = Other::new(&scratch, "apply", stop);
        other.signal_and_wait(name);
        let (answer, status) = other.go_on();
        assert_eq!(answer.as_deref(), Some(result), "step {stop}");
        assert!(status.success());
        assert_eq!(state(&scratch), after);
        assert_eq!(leftovers(&scratch), [""; 0]);
    }
}

#[test]
fn a_second_signal_ends_it_at_once_and_the_next_run_recovers() {
    let scratch = plain();
    let steps = steps(&plain());
    let first = steps.iter().position(|step| step == "replace a file").unwrap();
    let mut other = Other::new(&scratch, "apply", first + 1);
    other.signal_and_wait("INT");
    other.signal("INT");
    let status = other.process.wait().unwrap();
    assert_eq!(status.signal(), Some(2));
    assert!(matches!(
        recover(&scratch.open()).unwrap(),
        Recovery::Completed { .. }
    ));
    assert_eq!(state(&scratch), State::After);
}

#[test]
fn a_file_that_gets_too_large_for_the_system_changes_nothing() {
    // A limit on the size of files fails in the middle of a write, as a full disk does. With the
    // signal ignored it is an error, without it the process dies.
    for ignore in ["trap '' XFSZ;", ""] {
        let scratch = plain();
        let script = format!("{ignore} ulimit -c 0; ulimit -f 64; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command
            .args(["-c", &script])
            .arg(std::env::current_exe().unwrap());
        let other = Other::start(command, &scratch, "large", None);
        let (answer, status) = other.go_on();
        match ignore.is_empty() {
            true => {
                assert!(status.signal().is_some());
                let taken_back = Recovery::TakenBack { changed: Vec::new() };
                assert_eq!(recover(&scratch.open()).unwrap(), taken_back);
            }
            false => {
                let answer = answer.unwrap();
                assert!(
                    answer.starts_with("not-written the changes can't be prepared"),
                    "{answer}"
                );
            }
        }
        assert_eq!(state(&scratch), State::Before);
        assert_eq!(leftovers(&scratch), [""; 0]);
    }
}

#[test]
fn a_folder_that_is_read_only_is_refused_before_anything_is_written() {
    const NAME: &str =
        "writeback::tests::killed::a_folder_that_is_read_only_is_refused_before_anything_is_written";
    if ran_as_nobody(NAME) {
        return;
    }
    let scratch = plain();
    let folder = scratch.at("drivers/net");
    let set = |mode| std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o555);
    let error = run(&scratch).unwrap_err();
    set(0o755);
    assert!(
        matches!(&error, WriteError::ReadOnly { path, .. } if path == "drivers/net"),
        "{error}"
    );
    assert_eq!(state(&scratch), State::Before);
    assert_eq!(leftovers(&scratch), [""; 0]);
}
