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
