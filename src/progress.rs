//! How does a running stage report progress without printing, and when may a run be stopped? It calls an [`Observer`],
//! and the command line prints; it tells a [`StopControl`] whether it writes.

/// Receives the progress of a run. Calls may come from several threads at once.
pub trait Observer: Sync {
    /// A stage begins; `detail` describes its input.
    fn stage(&self, name: &str, detail: &str);

    /// The stage has done `done_bytes` of `total_bytes` (or of other units of work).
    fn advance(&self, done_bytes: u64, total_bytes: u64);

    /// A note for the operator; the run goes on.
    fn note(&self, text: &str);

    /// A stage is done; `detail` describes its result.
    fn finish_stage(&self, name: &str, seconds: f64, detail: &str);
}

/// Stops a run. Calls may come from several threads at once.
pub trait StopControl: Sync {
    /// Says whether the process may be ended at any moment from now on. It may while the run writes nothing to the
    /// store; it may not before the first call.
    fn may_stop(&self, allowed: bool);

    /// The signal that asks the run to stop; a run looks at it where it can stop by itself.
    fn stop_signal(&self) -> Option<StopSignal>;
}

/// A signal that asks a run to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// From the keyboard.
    Interrupt,
    /// From a scheduler or the system.
    Terminate,
}

impl StopSignal {
    /// The name of the signal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }
}

/// Ignores all reports, and stops no run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn stage(&self, _name: &str, _detail: &str) {}
    fn advance(&self, _done_bytes: u64, _total_bytes: u64) {}
    fn note(&self, _text: &str) {}
    fn finish_stage(&self, _name: &str, _seconds: f64, _detail: &str) {}
}

impl StopControl for Silent {
    fn may_stop(&self, _allowed: bool) {}
    fn stop_signal(&self) -> Option<StopSignal> {
        None
    }
}
