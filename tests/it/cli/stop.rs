//! SIGTERM and SIGINT stop a run with exit code 75: nothing is published, the last good run stays, and the next run
//! goes on.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use plaudit::{
    config, num,
    pipeline::{self, PipelineError, RunOptions},
    progress::{Observer, StopControl, StopSignal},
};

use crate::support::sandbox::{Sandbox, files_below};

const EVENTS: &str = "actor,target,kind,at\nada,bob,follow,2026-01-01\nbob,cy,share,2026-01-02\n";
const CONFIG: &str = "[[events]]\npath = 'events.csv'\n";

/// A store with one run, and a configuration `waiting.toml` whose event file is a pipe.
fn store_and_pipe() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("plaudit.toml", CONFIG);
    sandbox.write("events.csv", EVENTS);
    sandbox.succeed(&["run", "--quiet"]);
    sandbox.write("waiting.toml", CONFIG.replace("events.csv", "pipe"));
    let made = Command::new("mkfifo").arg(sandbox.path("pipe")).status().unwrap();
    assert!(made.success());
    sandbox
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// The store without its lock file, whose contents do not count.
fn contents(sandbox: &Sandbox) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let store = sandbox.path("out");
    let files = files_below(&store).into_iter();
    files
        .filter(|path| !path.ends_with(".lock"))
        .map(|path| (path.clone(), fs::read(store.join(path)).unwrap()))
        .collect()
}

/// Waits for the end, at most ten seconds.
fn code_of(child: &mut Child) -> Option<i32> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    panic!("the run goes on in spite of the signal");
}

#[test]
fn a_run_that_waits_for_a_pipe_stops_at_once() {
    let sandbox = store_and_pipe();
    let before = contents(&sandbox);
    for (name, has_writer) in [("TERM", false), ("INT", false), ("TERM", true), ("INT", true)] {
        let mut child = sandbox
            .command(&["run", "-c", "waiting.toml", "--log-format", "json"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.any(|line| line.contains("stage_started") && line.contains("\"read\"")));
        // Without a writer the run waits to open the pipe; with one it waits for the rest of the rows.
        let writer = has_writer.then(|| {
            let mut pipe = fs::OpenOptions::new().write(true).open(sandbox.path("pipe")).unwrap();
            pipe.write_all(EVENTS.as_bytes()).unwrap();
            pipe
        });
        signal(&child, name);
        assert_eq!(code_of(&mut child), Some(75), "{name}, {has_writer}");
        drop(writer);
        let error: serde_json::Value = serde_json::from_str(&lines.last().unwrap()).unwrap();
        assert_eq!(error["what"], format!("stopped by SIG{name} during stage `read`"));
        assert_eq!((&error["exit"], &error["hint"]), (&75.into(), &"start the run again".into()));
        assert!(error["why"].as_str().unwrap().starts_with("nothing was published"), "{error}");
        assert_eq!(contents(&sandbox), before, "{name}");
    }
    // The lock is free, and the last good run can be read.
    sandbox.succeed(&["top"]);
    sandbox.succeed(&["run", "--quiet"]);
    sandbox.succeed(&["runs", "verify"]);
}

#[test]
fn signals_at_random_times_leave_the_old_run_or_the_new_one() {
    let sandbox = Sandbox::new();
    let size = ["--customers", "200", "--prospects", "40", "--events", "3000"];
    sandbox.succeed(&[&["generate", "-o", "company", "--store", "../out"][..], &size].concat());
    let run = ["run", "-c", "company/plaudit.toml", "--quiet"];
    let start = Instant::now();
    sandbox.succeed(&run);
    let duration = start.elapsed();
    let mut stopped = 0;
    for kill in 0..12 {
        let before = fs::read_link(sandbox.path("out/current")).unwrap();
        let mut child = sandbox.command(&run).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let part = num::unit_interval(num::random(75, 7, kill, 0));
        // Most of them while files are written.
        let part = if kill % 3 == 0 { part } else { 0.7 + 0.3 * part };
        thread::sleep(duration.mul_f64(part));
        signal(&child, "TERM");
        let code = child.wait().unwrap().code();
        let is_new = fs::read_link(sandbox.path("out/current")).unwrap() != before;
        // Before the switch is installed, the signal ends the process as usual.
        assert!(matches!((code, is_new), (Some(75) | None, false) | (Some(0), true)), "{code:?}, {is_new}");
        let unfinished = fs::read_dir(sandbox.path("out/runs")).unwrap();
        let unfinished =
            unfinished.filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with('.'));
        assert_eq!(unfinished.count(), 0, "kill {kill}: a stopped run leaves no files");
        stopped += u32::from(code == Some(75));
    }
    println!("{stopped} of 12 runs were stopped");
    assert!(stopped > 0);
    sandbox.succeed(&["runs", "verify"]);
}

/// A reader of stderr that does not read must not keep a run from stopping, whether the run itself waits to write its
/// report or only the message of the stop cannot be written.
#[test]
fn a_run_whose_stderr_is_full_stops() {
    let sandbox = store_and_pipe();
    let before = contents(&sandbox);
    for log_format in ["text", "json"] {
        let (reader, writer) = io::pipe().unwrap();
        let mut filler =
            Command::new("cat").arg("/dev/zero").stdout(writer.try_clone().unwrap()).spawn().unwrap();
        let mut child = sandbox
            .command(&["run", "-c", "waiting.toml", "--log-format", log_format])
            .stdout(Stdio::null())
            .stderr(writer)
            .spawn()
            .unwrap();
        // The signals are taken before the store is locked.
        let lock = fs::File::open(sandbox.path("out/.lock")).unwrap();
        while lock.try_lock().is_ok() {
            lock.unlock().unwrap();
            thread::sleep(Duration::from_millis(10));
        }
        signal(&child, "TERM");
        let code = code_of(&mut child);
        filler.kill().unwrap();
        filler.wait().unwrap();
        drop(reader);
        assert_eq!(code, Some(75), "{log_format}");
        assert_eq!(contents(&sandbox), before, "{log_format}");
    }
}

/// The message stands on lines of its own, and nothing is drawn behind it. `script` gives the run a terminal.
#[test]
#[cfg(target_os = "linux")]
fn the_progress_bar_is_cleared_before_the_message() {
    let sandbox = store_and_pipe();
    let run = format!("echo $$; exec '{}' run -c waiting.toml", env!("CARGO_BIN_EXE_plaudit"));
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--flush", "--command", &run, "/dev/null"])
        .current_dir(sandbox.path("."))
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut screen = BufReader::new(child.stdout.take().unwrap());
    let mut pid = String::new();
    screen.read_line(&mut pid).unwrap();
    // The run waits for the rest of the rows, and its bar is drawn meanwhile.
    let mut pipe = fs::OpenOptions::new().write(true).open(sandbox.path("pipe")).unwrap();
    pipe.write_all(EVENTS.as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(500));
    assert!(Command::new("kill").args(["-TERM", pid.trim()]).status().unwrap().success());
    let mut drawn = String::new();
    screen.read_to_string(&mut drawn).unwrap();
    drop(pipe);
    assert_eq!(code_of(&mut child), Some(75));
    let (bar, message) = drawn.split_once("error: stopped by SIGTERM during stage `read`").unwrap();
    assert!(bar.contains("read"), "the bar was drawn: {drawn:?}");
    let (_, since_cleared) = bar.rsplit_once("\u{1b}[2K").unwrap();
    assert_eq!(since_cleared.trim(), "", "{drawn:?}");
    assert!(message.ends_with("start the run again\r\n"), "{drawn:?}");
}

/// Asks the run to stop as soon as a stage begins.
struct SignalIn {
    stage: &'static str,
    has_come: AtomicBool,
}

impl Observer for SignalIn {
    fn stage(&self, name: &str, _detail: &str) {
        if name == self.stage {
            self.has_come.store(true, Ordering::Relaxed);
        }
    }
    fn advance(&self, _done_bytes: u64, _total_bytes: u64) {}
    fn note(&self, _text: &str) {}
    fn finish_stage(&self, _name: &str, _seconds: f64, _detail: &str) {}
}

impl StopControl for SignalIn {
    fn may_stop(&self, _allowed: bool) {}
    fn stop_signal(&self) -> Option<StopSignal> {
        self.has_come.load(Ordering::Relaxed).then_some(StopSignal::Terminate)
    }
}

#[test]
fn a_run_stops_after_its_files_are_written_and_not_while_it_is_published() {
    let sandbox = Sandbox::new();
    sandbox.write("events.csv", EVENTS);
    let plan = config::from_toml(CONFIG, "plaudit.toml", &sandbox.path(".")).unwrap();
    let plan = config::Plan { output: sandbox.path("out"), ..plan };
    let run = |stage| {
        let observer = SignalIn { stage, has_come: AtomicBool::new(false) };
        pipeline::run(&plan, RunOptions::default(), &observer, &observer)
    };
    let stopped = run("write").unwrap_err();
    assert!(matches!(&stopped, PipelineError::Stopped { stage, .. } if stage == "write"), "{stopped}");
    let left = |folder: &Path| fs::read_dir(folder).unwrap().count();
    assert_eq!(left(&sandbox.path("out/runs")), 0);
    assert!(!sandbox.path("out/current").exists());
    // A signal while the run is published comes too late.
    run("publish").unwrap();
    assert_eq!(left(&sandbox.path("out/runs")), 1);
    sandbox.succeed(&["runs", "verify"]);
}
