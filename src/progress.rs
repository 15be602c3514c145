//! What is going on? The stages say it to an [`Observer`]; only the command line shows it to anyone.

/// Who is told how a run gets on. Calls may come from several threads at once.
pub trait Observer: Sync {
    /// A stage begins; `detail` says on what.
    fn stage(&self, name: &str, detail: &str);

    /// So many of so many bytes (or other units of work) of the stage are done.
    fn advance(&self, done_bytes: u64, total_bytes: u64);

    /// Something that the operator should know and that stops nothing.
    fn note(&self, text: &str);

    /// A stage is done; `detail` says what came of it.
    fn finish_stage(&self, name: &str, seconds: f64, detail: &str);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn stage(&self, _name: &str, _detail: &str) {}
    fn advance(&self, _done_bytes: u64, _total_bytes: u64) {}
    fn note(&self, _text: &str) {}
    fn finish_stage(&self, _name: &str, _seconds: f64, _detail: &str) {}
}
