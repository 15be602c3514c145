//! Compares what was read, linked and projected with the previous runs.

use std::{fs, time::SystemTime};

use super::Warning;
use crate::{
    config::{AsOf, GuardConfig, Plan},
    event::Time,
    identity::{Consent, People},
    ids::offset64,
    inputs::Inputs,
    projection::{Ignored, Tally},
    store::Manifest,
    tables::record_keys,
    text::{counted, grouped},
};

/// How many linked accounts a channel needs so that their share counts.
const MIN_LINKED: u64 = 10;
/// How many linked accounts a channel needs so that the loss of all of them counts.
const MIN_LINKED_IF_ALL_ARE_LOST: u64 = 2;

/// What a run has read, linked and projected.
pub(crate) struct InputMeasures<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) inputs: &'a Inputs,
    pub(crate) people: &'a People<'a>,
    pub(crate) tally: &'a Tally,
    /// The time of the newest event, and its file in the order of `inputs`.
    pub(crate) newest: Option<(Time, u16)>,
    /// The ids of the customers of the previous run, sorted.
    pub(crate) previous_customers: &'a [(String, String)],
    /// The manifests of the runs that this one is compared with, the newest first.
    pub(crate) past: &'a [Manifest],
}

/// The checks of everything that is known before the graph is built.
pub(crate) fn check_inputs(run: &InputMeasures<'_>) -> Vec<Warning> {
    let allowed = &run.plan.guard;
    let mut warnings = Vec::new();
    warnings.extend(run.nobody_shown());
    warnings.extend(run.customers_gone(allowed));
    warnings.extend(run.links_lost(allowed));
    warnings.extend(run.links_lost_by_channel(allowed));
    warnings.extend(run.rows_missing(allowed));
    warnings.extend(run.rows_merged(allowed));
    warnings.extend(run.bad_files(allowed));
    warnings.extend(run.events_ignored(allowed));
    warnings.extend(run.events_in_future(allowed));
    warnings.extend(run.denials_lifted(allowed));
    warnings
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

impl InputMeasures<'_> {
    fn nobody_shown(&self) -> Option<Warning> {
        let customers = &self.inputs.customers.as_ref()?.customers;
        let is_shown = customers.iter().any(|customer| customer.consent != Consent::Denied);
        let count = counted(offset64(customers.len()), "customer", "customers");
        (!is_shown && !customers.is_empty()).then(|| Warning {
            check: "nobody_shown",
            text: format!("no customer may be shown: consent of all of the {count} is denied"),
            excess: f64::INFINITY,
        })
    }

    fn customers_gone(&self, allowed: &GuardConfig) -> Option<Warning> {
        let previous = self.previous_customers;
        let gone = previous.iter().filter(|(id, _)| !self.knows(id)).count();
        let (gone, all) = (offset64(gone), offset64(previous.len()));
        Warning::above("customers_drop", share(gone, all), allowed.customers_drop, || {
            let (gone_count, all_count) = (grouped(gone), grouped(all));
            let gone_share = percent(share(gone, all));
            format!(
                "{gone_count} of {all_count} customers of the previous run ({gone_share}) are in no input now"
            )
        })
    }

    /// Whether a customer of the previous run is still known, shown or not.
    fn knows(&self, id: &str) -> bool {
        match &self.inputs.customers {
            Some(all) => all.customers.binary_search_by(|customer| customer.id.as_str().cmp(id)).is_ok(),
            None => self.inputs.events.accounts.find(id).is_some(),
        }
    }

    fn links_lost(&self, allowed: &GuardConfig) -> Option<Warning> {
        let before = *self.past.first()?.record.counts.more.get(record_keys::ACCOUNTS_LINKED)?;
        let now = self.people.linkage.accounts_linked;
        let lost = share(before.saturating_sub(now), before);
        Warning::above("match_rate_drop", lost, allowed.match_rate_drop, || {
            let (before, now) = (grouped(before), grouped(now));
            format!("accounts linked to customers fell from {before} to {now} ({} fewer)", percent(lost))
        })
    }

    /// Each channel against the previous run. One account of a channel with few of them tells nothing.
    fn links_lost_by_channel(&self, allowed: &GuardConfig) -> Vec<Warning> {
        let Some(last) = self.past.first() else { return Vec::new() };
        let before = last.record.certificates.get(record_keys::LINKED_BY_CHANNEL);
        let before = before.and_then(|value| value.as_object());
        let in_all =
            before.map(|channels| channels.values().filter_map(serde_json::Value::as_u64).sum::<u64>());
        let lost = before.into_iter().flatten().filter_map(|(channel, before)| {
            let before = before.as_u64()?;
            let now = *self.people.linkage.linked_by_channel.get(channel).unwrap_or(&0);
            let needed = if now == 0 { MIN_LINKED_IF_ALL_ARE_LOST } else { MIN_LINKED };
            // The only channel of both runs is told of by `links_lost`.
            let is_all = in_all == Some(before) && now == self.people.linkage.accounts_linked;
            if before < needed || is_all {
                return None;
            }
            let lost = share(before.saturating_sub(now), before);
            Warning::above("match_rate_drop", lost, allowed.match_rate_drop, || {
                let (before, now) = (grouped(before), grouped(now));
                format!(
                    "accounts of `{channel}` linked to customers fell from {before} to {now} ({} fewer)",
                    percent(lost)
                )
            })
        });
        lost.collect()
    }

    /// Each source against the median of its last runs.
    fn rows_missing(&self, allowed: &GuardConfig) -> Vec<Warning> {
        let missing = |(source, rows): &(String, u64)| {
            let mut before: Vec<u64> = self.past.iter().filter_map(|run| rows_of(run, source)).collect();
            before.sort_unstable();
            let median = *before.get(before.len() / 2)?;
            let lost = share(median.saturating_sub(*rows), median);
            Warning::above("events_drop", lost, allowed.events_drop, || {
                let (rows, median) = (grouped(*rows), grouped(median));
                let runs = counted(offset64(before.len()), "run", "runs");
                format!("`{source}` has {rows} rows; the median of its last {runs} is {median}")
            })
        };
        let sources = self.inputs.source_rows.iter().filter_map(missing);
        let last = self.past.first().map(sources_of).unwrap_or_default();
        // Where there are as many as before, a configuration in another folder may name them otherwise.
        let has_fewer = self.inputs.source_rows.len() < last.len();
        let is_gone =
            |source: &str| has_fewer && !self.inputs.source_rows.iter().any(|(now, _)| now == source);
        let absent = last.into_iter().filter(|(source, rows)| *rows > 0 && is_gone(source));
        let absent = absent.map(|(source, rows)| {
            let rows = grouped(rows);
            let text = format!("`{source}` had {rows} rows in the previous run and is not configured now");
            Warning { check: "source_gone", text, excess: 1.0 }
        });
        sources.chain(absent).collect()
    }

    fn rows_merged(&self, allowed: &GuardConfig) -> Option<Warning> {
        let all = self.inputs.customers.as_ref()?;
        let merged = share(all.rows_merged, all.rows_read());
        Warning::above("merged_share", merged, allowed.merged_share, || {
            let (merged, rows) = (grouped(all.rows_merged), grouped(all.rows_read()));
            let left = counted(offset64(all.customers.len()), "customer", "customers");
            format!("{merged} of {rows} CRM rows have the key of another row: {left} are left")
        })
    }

    fn bad_files(&self, allowed: &GuardConfig) -> Vec<Warning> {
        let customers = self.inputs.customers.iter().flat_map(|all| &all.files);
        let files = self.inputs.events.files.iter().chain(customers);
        // One bad row tells nothing of a short file.
        let files = files.filter(|file| file.rows_rejected > 1);
        let bad = files.filter_map(|file| {
            let bad = share(file.rows_rejected, file.rows_read);
            Warning::above("rejected_in_file", bad, allowed.rejected_in_file, || {
                let (path, bad, rows) =
                    (file.path.display(), grouped(file.rows_rejected), grouped(file.rows_read));
                format!("{path}: {bad} of {rows} rows are bad")
            })
        });
        bad.collect()
    }

    fn events_ignored(&self, allowed: &GuardConfig) -> Option<Warning> {
        let reasons = [Ignored::Faded, Ignored::Duplicate, Ignored::SelfInteraction];
        let counts = reasons.map(|reason| self.tally.ignored_for(reason));
        let ignored = share(counts.iter().sum(), self.tally.total());
        Warning::above("ignored_share", ignored, allowed.ignored_share, || {
            let [faded, duplicate, own] = counts.map(grouped);
            let all = grouped(self.tally.total());
            format!(
                "of {all} events, {faded} are too old to count, {duplicate} are duplicates and {own} are of people \
                 with themselves"
            )
        })
    }

    /// An event later than both its file and the clock has a wrong time. With a given as-of time it counts for nothing.
    fn events_in_future(&self, allowed: &GuardConfig) -> Option<Warning> {
        let (newest, file) = self.newest.filter(|_| self.plan.as_of == AsOf::NewestEvent)?;
        let path = &self.inputs.events.files[usize::from(file)].path;
        let written = fs::metadata(path).and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        let latest = written.max(SystemTime::now()).duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        let ahead = u64::from(newest.0).saturating_sub(latest);
        Warning::above("future", ahead as f64, f64::from(allowed.future_s), || {
            let days = ahead / 86_400;
            format!(
                "the newest event, in {}, is of {newest}, {} in the future; all others fade against it: set `[run] as_of`, \
                 or correct the time",
                path.display(),
                counted(days, "day", "days")
            )
        })
    }

    fn denials_lifted(&self, allowed: &GuardConfig) -> Option<Warning> {
        let applied = &self.inputs.denials_applied;
        // One person who changes their mind is no accident.
        let lifted = if applied.lifted > 1 { share(applied.lifted, applied.remembered) } else { 0.0 };
        Warning::above("denials_lifted", lifted, allowed.denials_lifted, || {
            let (lifted, all) = (grouped(applied.lifted), grouped(applied.remembered));
            format!("the CRM lifts {lifted} of {all} denials of consent")
        })
    }
}

/// Rows by source in a manifest.
fn sources_of(run: &Manifest) -> Vec<(String, u64)> {
    let sources = run.record.certificates.get(record_keys::SOURCE_ROWS).and_then(|value| value.as_object());
    let rows = sources.into_iter().flatten();
    rows.filter_map(|(source, rows)| Some((source.clone(), rows.as_u64()?))).collect()
}

fn rows_of(run: &Manifest, source: &str) -> Option<u64> {
    run.record.certificates.get(record_keys::SOURCE_ROWS)?.get(source)?.as_u64()
}
