//! How a command ends: the exit code, and the error message with what failed, why, and a hint.

use std::{
    any::Any,
    fmt,
    io::{self, Write},
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
    sync::Mutex,
};

use serde_json::json;

use super::{args::LogFormat, errors};
use crate::text::harmless;

pub(super) const EXIT_DONE: u8 = 0;
/// The input, the data or the configuration is at fault.
pub(super) const EXIT_INPUT: u8 = 1;
/// The command line is at fault.
pub(super) const EXIT_USAGE: u8 = 2;
/// A guard refused to publish.
pub(super) const EXIT_REFUSED: u8 = 3;
/// Another process holds the store.
pub(super) const EXIT_LOCKED: u8 = 4;
/// The disk, the quota or the largest size of a file is exhausted, or a file or folder may not be written.
pub(super) const EXIT_UNWRITABLE: u8 = 5;
/// A signal stopped the run; it can be started again.
pub(super) const EXIT_STOPPED: u8 = 75;
/// `plaudit` is at fault.
pub(super) const EXIT_BUG: u8 = 70;

/// Why a command failed, ready to be shown.
///
/// Rendered as
/// ```text
/// error: what failed, and where
///   why:  what was found and what was expected
///   hint: how to fix it
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CliError {
    pub(super) code: u8,
    what: String,
    why: Option<String>,
    hint: Option<String>,
}

impl CliError {
    pub(super) fn input(what: impl fmt::Display) -> Self {
        Self { code: EXIT_INPUT, what: what.to_string(), why: None, hint: None }
    }

    /// Invalid arguments that the parser of the command line cannot detect.
    pub(super) fn usage(what: impl fmt::Display) -> Self {
        Self { code: EXIT_USAGE, ..Self::input(what) }
    }

    /// A failed write; `cause` decides on the exit code.
    pub(super) fn unwritten(what: impl fmt::Display, cause: &io::Error) -> Self {
        Self { code: errors::code_of_write(cause), ..Self::input(what) }.why(cause)
    }

    pub(super) fn bug(what: impl fmt::Display) -> Self {
        Self::input(what).into_bug()
    }

    /// An error of a module. Its text reads "what, where: why", with text from data in backticks.
    pub(super) fn of_module(code: u8, error: &(impl fmt::Display + ?Sized)) -> Self {
        let text = error.to_string();
        let (what, why) = split_reason(&text);
        Self { code, what: what.to_owned(), why: why.map(str::to_owned), hint: None }
    }

    /// The same error, as a bug of `plaudit`.
    pub(super) fn into_bug(self) -> Self {
        let hint = format!(
            "this is a bug in plaudit {}; please report it with this message and the command",
            env!("CARGO_PKG_VERSION")
        );
        Self { code: EXIT_BUG, ..self }.hint(hint)
    }

    pub(super) fn why(self, why: impl fmt::Display) -> Self {
        Self { why: Some(why.to_string()), ..self }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(super) fn maybe_hint(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Appends the cause to the reason.
    pub(super) fn because(self, cause: String) -> Self {
        let why = match &self.why {
            Some(why) => format!("{why}: {cause}"),
            None => cause,
        };
        self.why(why)
    }

    fn as_json(&self) -> String {
        json!({ "event": "error", "what": self.what, "why": self.why, "hint": self.hint, "exit": self.code })
            .to_string()
    }
}

/// Splits "what, where: why" at the first colon outside backticks, because a quoted file name may contain colons.
fn split_reason(text: &str) -> (&str, Option<&str>) {
    let mut is_quoted = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '`' => is_quoted = !is_quoted,
            ':' if !is_quoted && text[at..].starts_with(": ") => return (&text[..at], Some(&text[at + 2..])),
            _ => {}
        }
    }
    (text, None)
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", harmless(&self.what))?;
        // Reasons and hints may have several lines; further lines are indented, so that none can be mistaken for
        // another message.
        let lines = |text: &str| text.split('\n').map(harmless).collect::<Vec<_>>().join("\n        ");
        if let Some(why) = &self.why {
            write!(f, "\n  why:  {}", lines(why))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {}", lines(hint))?;
        }
        Ok(())
    }
}

/// The source position of the first panic of the process, on any thread.
static PANIC_PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Records the source position of a panic instead of writing it to stderr; [`guard`] then makes the message.
pub(super) fn record_panics() {
    panic::set_hook(Box::new(|panic| {
        if let (Some(location), Ok(mut place)) = (panic.location(), PANIC_PLACE.lock()) {
            place.get_or_insert_with(|| location.to_string());
        }
    }));
}

/// Runs a command; a panic becomes a [`CliError::bug`].
pub(super) fn guard(command: impl FnOnce() -> Result<(), CliError>) -> Result<(), CliError> {
    panic::catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|cause| {
        let place = PANIC_PLACE.lock().ok().and_then(|mut place| place.take());
        let what = place.map_or("plaudit failed".to_owned(), |place| format!("plaudit failed at {place}"));
        Err(CliError::bug(what).why(panic_text(cause.as_ref())))
    })
}

fn panic_text(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message").to_owned()
}

/// Shows the error, if there is one, and returns the exit code.
pub(super) fn finish(outcome: Result<(), CliError>, format: LogFormat) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::from(EXIT_DONE) };
    let text = match format {
        LogFormat::Text => error.to_string(),
        LogFormat::Json => error.as_json(),
    };
    // If stderr is closed, there is nowhere else to write the message.
    _ = writeln!(io::stderr().lock(), "{text}");
    ExitCode::from(error.code)
}

/// Shows a usage error, a help text or the version, as `clap` worded it.
pub(super) fn finish_parse(error: &clap::Error) -> ExitCode {
    _ = error.print();
    ExitCode::from(if error.use_stderr() { EXIT_USAGE } else { EXIT_DONE })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_bug_that_names_its_cause() {
        let error = guard(|| panic!("invariant: {} holds", "this")).unwrap_err();
        assert_eq!(error.code, EXIT_BUG);
        assert_eq!(error.why.as_deref(), Some("invariant: this holds"));
        assert!(error.to_string().contains("this is a bug in plaudit"), "{error}");
    }

    #[test]
    fn errors_of_modules_fall_into_lines() {
        let error =
            CliError::of_module(EXIT_INPUT, "cannot read `a: b.csv` at a.csv:3:1: no such column: `c`")
                .hint("look at line 1\nof it");
        assert_eq!(
            error.to_string(),
            "error: cannot read `a: b.csv` at a.csv:3:1\n  why:  no such column: `c`\n  hint: look at line 1\n        of it"
        );
        assert_eq!(error.code, EXIT_INPUT);
        let json: serde_json::Value = serde_json::from_str(&error.as_json()).unwrap();
        assert_eq!(json["why"], "no such column: `c`");
        assert_eq!(json["exit"], 1);
    }

    #[test]
    fn text_from_data_gives_a_terminal_no_orders() {
        let error = CliError::of_module(EXIT_INPUT, "cannot read `a\u{1b}[2J\nerror: b`: \u{9b}31m")
            .because("no\rsuch\nline".to_owned())
            .hint("try `\u{7}`");
        assert_eq!(
            error.to_string(),
            "error: cannot read `a\\u{1b}[2J\\nerror: b`\n  why:  \\u{9b}31m: no\\rsuch\n        line\n  hint: try `\\u{7}`"
        );
    }
}
