//! Times each stage, and records the peak memory of the process at its end.

use std::time::Instant;

use crate::{
    progress::Observer,
    store::{Stage, memory},
};

/// Runs stages one after the other, reports them to the observer, and keeps their times and peak memory for the
/// manifest.
pub(super) struct Stages<'a> {
    observer: &'a dyn Observer,
    records: Vec<Stage>,
}

impl<'a> Stages<'a> {
    pub(super) fn new(observer: &'a dyn Observer) -> Self {
        Self { observer, records: Vec::new() }
    }

    pub(super) fn observer(&self) -> &'a dyn Observer {
        self.observer
    }

    /// Runs one stage; `detail` turns its result into a short text for people.
    pub(super) fn run<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> T,
        detail: impl FnOnce(&T) -> String,
    ) -> T {
        self.observer.stage(name, "");
        let start = Instant::now();
        let result = work();
        let seconds = start.elapsed().as_secs_f64();
        self.observer.finish_stage(name, seconds, &detail(&result));
        let peak_rss_bytes = memory::peak_rss_bytes();
        self.records.push(Stage { name: name.to_owned(), seconds, peak_rss_bytes });
        result
    }

    pub(super) fn records(&self) -> &[Stage] {
        &self.records
    }
}
