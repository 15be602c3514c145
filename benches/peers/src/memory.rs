//! Memory of this process, from Linux's `/proc`.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    thread,
    time::Duration,
};

use serde_json::{Map, Value, json};

/// Interval between samples; loading a file takes hundreds of times as long.
const EVERY: Duration = Duration::from_millis(1);

/// The increase of anonymous memory in bytes; mapped files do not count.
pub(crate) struct Sampler {
    peak: u64,
    rest: u64,
}

impl Sampler {
    /// Runs `work` while another thread samples the memory.
    pub(crate) fn around<T>(work: impl FnOnce() -> T) -> (T, Self) {
        let before = status("RssAnon:");
        let (done, peak) = (AtomicBool::new(false), AtomicU64::new(0));
        let result = thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    peak.fetch_max(status("RssAnon:"), Relaxed);
                    thread::sleep(EVERY);
                }
            });
            let result = work();
            done.store(true, Relaxed);
            result
        });
        let rest = status("RssAnon:").saturating_sub(before);
        (result, Self { peak: peak.into_inner().saturating_sub(before), rest })
    }

    /// Adds both figures.
    pub(crate) fn into_figures(self, figures: &mut Map<String, Value>) {
        figures.insert("anonymous_peak_bytes".into(), json!(self.peak));
        figures.insert("anonymous_rest_bytes".into(), json!(self.rest));
    }
}

/// The peak memory of this process, mapped files included.
pub(crate) fn peak_rss_bytes() -> u64 {
    status("VmHWM:")
}

/// A value of `/proc/self/status` in bytes (the file counts in KiB); 0 if there is none.
fn status(name: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) * 1024
}
