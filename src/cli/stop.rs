//! Stops a run on SIGTERM or SIGINT: at once while nothing is written, else at the next boundary where that is safe.
//!
//! The signal handler only stores the number of the signal, and a thread looks at it a few times in a second. A check
//! between stages would not be enough: a run may wait in the system for a pipe that nobody fills, and an interrupted
//! read is resumed. The thread ends the process only while it holds the lock that the run takes before it writes to
//! the store, so no file is cut and the lock of the store is released by the system.

use std::{
    fmt, process,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

use super::{
    args::LogFormat,
    exit::{self, CliError, EXIT_STOPPED},
};
use crate::{
    pipeline::PipelineError,
    progress::{Observer, StopSignal},
};

/// How often the thread looks for a signal.
const POLL: Duration = Duration::from_millis(50);

/// Whether a run may be stopped, and the signal that asks for it.
pub(super) struct StopSwitch {
    /// The number of the last signal; 0 before the first.
    signal: Arc<AtomicUsize>,
    format: LogFormat,
    state: Mutex<StopState>,
}

struct StopState {
    stage: String,
    /// Whether the run writes nothing now, so that the process may end at once.
    may_exit: bool,
    /// The exit code of a run that has ended; from then on a signal only cuts its last messages.
    ended: Option<u8>,
}

impl StopSwitch {
    /// Takes over both signals and starts the thread that waits for them.
    pub(super) fn install(format: LogFormat) -> Result<Arc<Self>, CliError> {
        let failed = |cause: std::io::Error| {
            CliError::input("cannot prepare for signals").why(cause).hint("allow this process more threads")
        };
        let signal = Arc::new(AtomicUsize::new(0));
        for kind in [StopSignal::Interrupt, StopSignal::Terminate] {
            let number = number_of(kind);
            flag::register_usize(number, Arc::clone(&signal), usize::try_from(number).unwrap_or_default())
                .map_err(failed)?;
        }
        let state = StopState { stage: "start".to_owned(), may_exit: false, ended: None };
        let switch = Arc::new(Self { signal, format, state: Mutex::new(state) });
        let watched = Arc::clone(&switch);
        let watch = move || {
            loop {
                thread::sleep(POLL);
                watched.exit_if_possible(&watched.state());
            }
        };
        thread::Builder::new().name("plaudit-signals".to_owned()).spawn(watch).map_err(failed)?;
        Ok(switch)
    }

    /// Marks the run as ended. Returns the signal that came too late to stop it.
    pub(super) fn end(&self, code: u8) -> Option<StopSignal> {
        let mut state = self.state();
        state.ended = Some(code);
        signal_of(self.signal.swap(0, Ordering::Relaxed))
    }

    /// The state; a panic elsewhere leaves it consistent.
    fn state(&self) -> MutexGuard<'_, StopState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the process if a signal has come and nothing is being written. `state` stays locked meanwhile, so the run
    /// cannot begin to write.
    fn exit_if_possible(&self, state: &StopState) {
        let Some(signal) = signal_of(self.signal.load(Ordering::Relaxed)) else { return };
        if let Some(code) = state.ended {
            process::exit(code.into());
        }
        if state.may_exit {
            let error = PipelineError::Stopped { signal, stage: state.stage.clone() };
            _ = exit::finish(Err(error.into()), self.format);
            process::exit(EXIT_STOPPED.into());
        }
    }
}

impl fmt::Debug for StopSwitch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopSwitch").finish_non_exhaustive()
    }
}

/// The number that the system gives to a signal.
fn number_of(signal: StopSignal) -> i32 {
    match signal {
        StopSignal::Interrupt => SIGINT,
        StopSignal::Terminate => SIGTERM,
    }
}

fn signal_of(number: usize) -> Option<StopSignal> {
    [StopSignal::Interrupt, StopSignal::Terminate]
        .into_iter()
        .find(|&signal| usize::try_from(number_of(signal)) == Ok(number))
}

/// An observer that passes everything on, and through which the run and the switch agree on when to stop.
pub(super) struct StoppableObserver<'a> {
    pub(super) inner: &'a dyn Observer,
    pub(super) switch: &'a StopSwitch,
}

impl Observer for StoppableObserver<'_> {
    fn stage(&self, name: &str, detail: &str) {
        {
            let mut state = self.switch.state();
            self.switch.exit_if_possible(&state);
            name.clone_into(&mut state.stage);
        }
        self.inner.stage(name, detail);
    }

    fn advance(&self, done_bytes: u64, total_bytes: u64) {
        self.inner.advance(done_bytes, total_bytes);
    }

    fn note(&self, text: &str) {
        self.inner.note(text);
    }

    fn finish_stage(&self, name: &str, seconds: f64, detail: &str) {
        self.inner.finish_stage(name, seconds, detail);
    }

    fn begin_writing(&self) {
        let mut state = self.switch.state();
        self.switch.exit_if_possible(&state);
        state.may_exit = false;
    }

    fn end_writing(&self) {
        let mut state = self.switch.state();
        state.may_exit = true;
        self.switch.exit_if_possible(&state);
    }

    fn stop_signal(&self) -> Option<StopSignal> {
        signal_of(self.switch.signal.load(Ordering::Relaxed))
    }
}
