//! Shows the progress of a run on stderr: a progress bar on a terminal, one line per stage elsewhere, or one JSON
//! object per line for schedulers.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::args::{LogFormat, ProgressArgs};
use crate::{
    progress::{Observer, Silent},
    text::harmless,
};

/// The interval at which the bar is redrawn while no progress is reported.
const TICK: Duration = Duration::from_millis(120);
/// The template of the bar while the amount of work is unknown.
const WAITING: &str = "{spinner} {prefix:<12} {elapsed:>5}  {msg}";
/// The template of the bar while the amount of work is known.
const MOVING: &str = "{spinner} {prefix:<12} {elapsed:>5}  [{bar:30}] {percent:>3} %  {eta} left  {msg}";
/// The number of progress steps per stage in the JSON log.
const LOGGED_STEPS: u64 = 10;

/// An observer that may draw on the terminal.
pub(super) trait Drawing: Observer + Send {
    /// Removes what is drawn and not yet finished, so that a message can follow.
    fn clear(&self) {}
}

impl Drawing for Silent {}
impl<W: Write + Send> Drawing for PlainLines<W> {}
impl<W: Write + Send> Drawing for JsonLines<W> {}

impl Drawing for Bar {
    fn clear(&self) {
        self.with(|bar| bar.finish_and_clear());
    }
}

pub(super) fn observer(args: ProgressArgs) -> Arc<dyn Drawing> {
    match args.log_format {
        _ if args.quiet => Arc::new(Silent),
        LogFormat::Json => Arc::new(JsonLines::new(io::stderr())),
        LogFormat::Text if io::stderr().is_terminal() => Arc::new(Bar::new()),
        LogFormat::Text => Arc::new(PlainLines::new(io::stderr())),
    }
}

/// Writes a note to stderr, for commands without stages.
pub(super) fn note(text: &str) {
    PlainLines::new(io::stderr()).note(text);
}

fn stage_line(name: &str, seconds: f64, detail: &str) -> String {
    format!("{name:<12} {seconds:>8.2} s  {}", harmless(detail)).trim_end().to_owned()
}

/// A progress bar for the running stage, and a line for each finished stage.
struct Bar {
    bar: Mutex<ProgressBar>,
}

impl Bar {
    fn new() -> Self {
        Self { bar: Mutex::new(ProgressBar::hidden()) }
    }

    /// Calls `act` on the current bar; if the lock is poisoned, no bar is shown.
    fn with(&self, act: impl FnOnce(&mut ProgressBar)) {
        if let Ok(mut bar) = self.bar.lock() {
            act(&mut bar);
        }
    }
}

impl Observer for Bar {
    fn stage(&self, name: &str, detail: &str) {
        self.with(|bar| {
            bar.finish_and_clear();
            *bar = ProgressBar::new_spinner().with_prefix(name.to_owned()).with_message(harmless(detail));
            bar.set_style(style(WAITING));
            bar.enable_steady_tick(TICK);
        });
    }

    fn advance(&self, done_bytes: u64, total_bytes: u64) {
        self.with(|bar| {
            if bar.length() != Some(total_bytes) {
                bar.set_length(total_bytes);
                bar.set_style(style(MOVING));
            }
            bar.set_position(done_bytes);
        });
    }

    fn note(&self, text: &str) {
        self.with(|bar| bar.suspend(|| _ = writeln!(io::stderr().lock(), "note: {}", harmless(text))));
    }

    fn finish_stage(&self, name: &str, seconds: f64, detail: &str) {
        self.with(|bar| {
            bar.finish_and_clear();
            _ = writeln!(io::stderr().lock(), "{}", stage_line(name, seconds, detail));
        });
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("invariant: the templates of this file are well formed")
        .progress_chars("=> ")
}

struct PlainLines<W: Write> {
    target: Mutex<W>,
}

impl<W: Write> PlainLines<W> {
    fn new(target: W) -> Self {
        Self { target: Mutex::new(target) }
    }

    fn line(&self, text: &str) {
        if let Ok(mut target) = self.target.lock() {
            _ = writeln!(target, "{}", harmless(text));
        }
    }
}

impl<W: Write + Send> Observer for PlainLines<W> {
    fn stage(&self, _name: &str, _detail: &str) {}

    fn advance(&self, _done_bytes: u64, _total_bytes: u64) {}

    fn note(&self, text: &str) {
        self.line(&format!("note: {text}"));
    }

    fn finish_stage(&self, name: &str, seconds: f64, detail: &str) {
        self.line(&stage_line(name, seconds, detail));
    }
}

/// One JSON object per line: the start of a stage, each tenth of it, its end, and notes.
struct JsonLines<W: Write> {
    lines: PlainLines<W>,
    /// The last tenth that was logged.
    step: AtomicU64,
}

impl<W: Write> JsonLines<W> {
    fn new(target: W) -> Self {
        Self { lines: PlainLines::new(target), step: AtomicU64::new(0) }
    }

    fn log(&self, object: &Value) {
        self.lines.line(&object.to_string());
    }
}

impl<W: Write + Send> Observer for JsonLines<W> {
    fn stage(&self, name: &str, detail: &str) {
        self.step.store(0, Ordering::Relaxed);
        self.log(&json!({ "event": "stage_started", "stage": name, "detail": detail }));
    }

    fn advance(&self, done_bytes: u64, total_bytes: u64) {
        let step = done_bytes.saturating_mul(LOGGED_STEPS).checked_div(total_bytes).unwrap_or(LOGGED_STEPS);
        if self.step.fetch_max(step, Ordering::Relaxed) < step {
            self.log(&json!({ "event": "progress", "done": done_bytes, "total": total_bytes }));
        }
    }

    fn note(&self, text: &str) {
        self.log(&json!({ "event": "note", "text": text }));
    }

    fn finish_stage(&self, name: &str, seconds: f64, detail: &str) {
        self.log(&json!({ "event": "stage_finished", "stage": name, "seconds": seconds, "detail": detail }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(observer: &dyn Observer) {
        observer.stage("read", "2 files");
        for done in 0..=100 {
            observer.advance(done, 100);
        }
        observer.note("3 rows were set aside");
        observer.finish_stage("read", 1.234, "563069 rows");
        observer.stage("rank", "");
        observer.advance(0, 0);
        observer.finish_stage("rank", 0.5, "");
    }

    #[test]
    fn plain_lines_say_a_stage_when_it_is_done() {
        let lines = PlainLines::new(Vec::new());
        play(&lines);
        let text = String::from_utf8(lines.target.into_inner().unwrap()).unwrap();
        assert_eq!(
            text,
            "note: 3 rows were set aside\n\
             read             1.23 s  563069 rows\n\
             rank             0.50 s\n"
        );
    }

    #[test]
    fn json_lines_are_objects_and_log_every_tenth_once() {
        let lines = JsonLines::new(Vec::new());
        play(&lines);
        let text = String::from_utf8(lines.lines.target.into_inner().unwrap()).unwrap();
        let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
        let tenths: Vec<u64> = events[1..11].iter().map(|event| event["done"].as_u64().unwrap()).collect();
        assert_eq!(tenths, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
        assert_eq!(names[0], "stage_started");
        assert_eq!(names[11..], ["note", "stage_finished", "stage_started", "progress", "stage_finished"]);
        assert_eq!(events[12]["seconds"], 1.234);
    }

    #[test]
    fn the_bar_keeps_up_with_any_order_of_calls() {
        // A bar has no output to compare, so this only checks that its calls do not panic before, during or after a
        // stage.
        let bar = Bar::new();
        bar.advance(1, 2);
        bar.finish_stage("nothing", 0.0, "began");
        play(&bar);
    }
}
