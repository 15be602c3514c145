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
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use signal_hook::{
    consts::{SIGINT, SIGTERM, SIGXFSZ},
    flag,
};

use super::{
    args::LogFormat,
    exit::{self, CliError, EXIT_STOPPED},
    progress::Drawing,
};
use crate::{
    pipeline::PipelineError,
    progress::{Observer, StopControl, StopSignal},
};

/// Takes over the signal that ends a process which writes beyond the limit of the size of a file. The write then fails
/// with an error, and no unfinished file stays.
pub(super) fn take_over_file_size_limit() {
    // If this fails, the signal does what it did before.
    _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

/// How often the thread looks for a signal.
const POLL: Duration = Duration::from_millis(50);

/// How long the message may take. Nobody may read stderr, and then the process ends without a message.
const MESSAGE_WAIT: Duration = Duration::from_secs(1);

/// Whether a run may be stopped, and the signal that asks for it.
pub(super) struct StopSwitch {
    /// The number of the last signal; 0 before the first.
    signal: Arc<AtomicUsize>,
    format: LogFormat,
    drawing: Arc<dyn Drawing>,
    state: Mutex<StopState>,
}

struct StopState {
    stage: String,
    /// Whether the run writes nothing now, so that the process may end at once.
    may_stop: bool,
    /// The exit code of a run that has ended; from then on a signal only cuts its last messages.
    ended: Option<u8>,
}

impl StopSwitch {
    /// Takes over both signals and starts the thread that waits for them. `drawing` is cleared before the message.
    pub(super) fn install(format: LogFormat, drawing: Arc<dyn Drawing>) -> Result<Arc<Self>, CliError> {
        let failed = |cause: std::io::Error| {
            CliError::input("cannot prepare for signals").why(cause).hint("allow this process more threads")
        };
        let signal = Arc::new(AtomicUsize::new(0));
        for kind in [StopSignal::Interrupt, StopSignal::Terminate] {
            let number = number_of(kind);
            flag::register_usize(number, Arc::clone(&signal), usize::try_from(number).unwrap_or_default())
                .map_err(failed)?;
        }
        let state = StopState { stage: "start".to_owned(), may_stop: false, ended: None };
        let switch = Arc::new(Self { signal, format, drawing, state: Mutex::new(state) });
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
        if state.may_stop {
            let error = PipelineError::Stopped { signal, stage: state.stage.clone() };
            self.show(error.into());
            process::exit(EXIT_STOPPED.into());
        }
    }

    /// Clears the drawing and writes the message on another thread, and waits for it no longer than [`MESSAGE_WAIT`].
    fn show(&self, error: CliError) {
        let (format, drawing) = (self.format, Arc::clone(&self.drawing));
        let (done, shown) = mpsc::channel();
        let write = move || {
            drawing.clear();
            _ = exit::finish(Err(error), format);
            _ = done.send(());
        };
        if thread::Builder::new().name("plaudit-stopped".to_owned()).spawn(write).is_ok() {
            _ = shown.recv_timeout(MESSAGE_WAIT);
        }
    }
}

impl StopControl for StopSwitch {
    fn may_stop(&self, allowed: bool) {
        let mut state = self.state();
        // If a signal came while the run might be stopped, it ends here and not while the run writes.
        self.exit_if_possible(&state);
        state.may_stop = allowed;
        self.exit_if_possible(&state);
    }

    fn stop_signal(&self) -> Option<StopSignal> {
        signal_of(self.signal.load(Ordering::Relaxed))
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

/// An observer that passes everything on and tells the switch which stage runs.
pub(super) struct StageObserver<'a> {
    pub(super) inner: &'a dyn Observer,
    pub(super) switch: &'a StopSwitch,
}

impl Observer for StageObserver<'_> {
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
}
