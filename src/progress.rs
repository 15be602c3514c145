//! How does a running stage report progress without printing? It calls an [`Observer`]; the command line prints.

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

    /// Files of the store are written from now on, so the process must not be ended.
    fn begin_writing(&self) {}

    /// Nothing is written until the next [`Observer::begin_writing`], so the process may be ended. A run begins as if
    /// it were writing.
    fn end_writing(&self) {}

    /// The signal that asks the run to stop; a run looks at it where it could stop although it is writing.
    fn stop_signal(&self) -> Option<StopSignal> {
        None
    }
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

/// Ignores all reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn stage(&self, _name: &str, _detail: &str) {}
    fn advance(&self, _done_bytes: u64, _total_bytes: u64) {}
    fn note(&self, _text: &str) {}
    fn finish_stage(&self, _name: &str, _seconds: f64, _detail: &str) {}
}
