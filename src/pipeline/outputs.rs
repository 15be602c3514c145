//! What a run leaves behind: every file of the run folder but the manifest.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    PipelineError,
    inputs::Inputs,
    people::{self, Measures, People, Scores},
    tables,
};
use crate::{
    config::Plan,
    event::normalise_handle,
    graph::{Graph, snapshot},
    identity::Consent,
    ids::{NodeId, id32, offset64},
    segment::generic::{self, ConflictRow, ProspectRow, RejectRow, TierRow, TierSink},
    segment::{count_formula_like, tier_file_names},
    store::{RunFile, RunWriter, StoreError, read_columns},
};

/// The snapshot of the graph.
pub const SNAPSHOT_FILE: &str = "graph.plaudit";
/// Where the files of the target `generic` stand.
const SEGMENT_FOLDER: &str = "segments/generic/full";
/// What stands in `rejects.csv` instead of a row that names somebody who may not be profiled.
const WITHHELD: &str = "(withheld)";

/// Everything that outputs are made of.
pub(super) struct Results<'a> {
    pub(super) plan: &'a Plan,
    pub(super) inputs: &'a Inputs,
    pub(super) people: &'a People<'a>,
    pub(super) graph: &'a Graph,
    pub(super) measures: &'a Measures,
    pub(super) scores: &'a Scores,
    /// The tier of each key in the run before, sorted by key.
    pub(super) previous: &'a [(String, String)],
}

/// What a person or the manifest is told of the written files.
pub(super) struct Written {
    /// Customers per tier, in the order of the tiers.
    pub(super) tier_counts: Vec<u64>,
    /// Keys that a spreadsheet program would take for formulas.
    pub(super) formula_like_keys: u64,
    /// Contested identifiers that are listed.
    pub(super) conflicts: u64,
}

/// The tiers of the store's current run, sorted by key; none where there is no readable run before.
pub(super) fn previous_tiers(run: &RunWriter) -> Vec<(String, String)> {
    let Ok(Some(current)) = run.store().current() else { return Vec::new() };
    let Ok(path) = current.checked_path("scores.parquet") else { return Vec::new() };
    let Ok(table) = read_columns(&path, &["id", "status", "tier"]) else { return Vec::new() };
    let (Ok(ids), Ok(status), Ok(tiers)) = (table.text("id"), table.text("status"), table.text("tier"))
    else {
        return Vec::new();
    };
    let rows = ids.iter().zip(status).zip(tiers);
    let customers = rows.filter(|((_, status), _)| *status == "customer");
    let mut previous: Vec<_> = customers.map(|((id, _), tier)| (id.clone(), tier.clone())).collect();
    previous.sort_unstable();
    previous
}

/// Writes all files of the run.
pub(super) fn write(run: &RunWriter, results: &Results<'_>) -> Result<Written, PipelineError> {
    let snapshot = run.create(SNAPSHOT_FILE)?;
    finish(snapshot, |out| {
        snapshot::write(results.graph, out).map(|_| results.graph.edge_count()).map_err(PipelineError::from)
    })?;
    // The Parquet writer uses one thread, the CSV writers use all: together they take the time of the longer one.
    let (tables, tier_counts) = rayon::join(|| write_tables(run, results), || write_segments(run, results));
    tables?;
    let tier_counts = tier_counts?;
    write_rejects(run, results)?;
    let conflicts = write_conflicts(run, results)?;
    let keys: Vec<&str> = results
        .scores
        .customers
        .iter()
        .chain(&results.scores.prospects)
        .map(|&n| results.people.key(n))
        .collect();
    let formula_like_keys = offset64(count_formula_like(keys.len(), |index| keys[index]));
    Ok(Written { tier_counts, formula_like_keys, conflicts })
}

/// The tables for notebooks and for `plaudit top`.
fn write_tables(run: &RunWriter, results: &Results<'_>) -> Result<(), PipelineError> {
    let file = run.create("scores.parquet")?;
    finish(file, |out| tables::write_scores(results, out))?;
    let file = run.create("communities.parquet")?;
    finish(file, |out| tables::write_communities(results, out))
}

/// Fills a file and closes it; `fill` returns the number of rows.
fn finish(
    mut file: RunFile<'_>,
    fill: impl FnOnce(&mut RunFile<'_>) -> Result<u64, PipelineError>,
) -> Result<(), PipelineError> {
    let rows = fill(&mut file)?;
    file.finish(rows)?;
    Ok(())
}

impl Results<'_> {
    pub(super) fn tier_name(&self, tier: usize) -> &str {
        &self.plan.tiers.bands[tier].name
    }

    pub(super) fn previous_tier(&self, key: &str) -> Option<&str> {
        let found = self.previous.binary_search_by(|(id, _)| id.as_str().cmp(key)).ok()?;
        Some(&self.previous[found].1)
    }

    pub(super) fn audience(&self, node: NodeId) -> u32 {
        id32(self.graph.in_edges().degree(node))
    }

    pub(super) fn community(&self, node: NodeId) -> u32 {
        self.measures.partition.community[node.index()].0
    }

    fn tier_row(&self, position: usize) -> TierRow<'_> {
        let (node, standing, measures) =
            (self.scores.customers[position], &self.scores.standing, self.measures);
        let (key, customer) = (self.people.key(node), self.people.customer(node));
        TierRow {
            customer_id: key,
            tier: self.tier_name(standing.tier[position]),
            score: standing.score[position],
            rank: standing.rank[position],
            percentile: standing.percentile[position],
            pagerank: measures.ranks.score[node.index()],
            reach: measures.reach.estimate[node.index()],
            reach_low: measures.reach.low[node.index()],
            reach_high: measures.reach.high[node.index()],
            community_id: self.community(node),
            previous_tier: self.previous_tier(key),
            contactable: self.people.consent(node) == Consent::Full,
            household: customer.and_then(|customer| customer.household.as_deref()),
            value: customer.and_then(|customer| customer.value),
            audience: self.audience(node),
            strength: measures.strength[node.index()],
        }
    }

    fn prospect_row(&self, position: usize, customers_in_audience: &[u32]) -> ProspectRow<'_> {
        let (node, standing, measures) =
            (self.scores.prospects[position], &self.scores.outsiders, self.measures);
        let account = self.people.key(node);
        let (channel, handle) = account.split_once(':').unwrap_or(("", account));
        ProspectRow {
            account,
            channel,
            handle,
            score: standing.score[position],
            rank: standing.rank[position],
            would_be_tier: self.tier_name(standing.tier[position]),
            pagerank: measures.ranks.score[node.index()],
            reach: measures.reach.estimate[node.index()],
            reach_low: measures.reach.low[node.index()],
            reach_high: measures.reach.high[node.index()],
            community_id: self.community(node),
            audience: self.audience(node),
            customers_in_audience: customers_in_audience[node.index()],
        }
    }
}

/// `tiers.csv`, one file a tier, and `prospects.csv`; returns the number of customers per tier.
fn write_segments(run: &RunWriter, results: &Results<'_>) -> Result<Vec<u64>, PipelineError> {
    let names: Vec<&str> = results.plan.tiers.bands.iter().map(|band| band.name.as_str()).collect();
    let mut all = run.create(&format!("{SEGMENT_FOLDER}/tiers.csv"))?;
    let mut sinks = Vec::new();
    for (&tier, file) in names.iter().zip(tier_file_names(&names)) {
        sinks.push(TierSink { tier, out: run.create(&format!("{SEGMENT_FOLDER}/{file}"))?, rows: 0 });
    }
    let order = results.scores.customers_by_rank();
    let rows = generic::write_tiers(order.len(), |i| results.tier_row(order[i]), &mut all, &mut sinks);
    all.finish(rows.map_err(PipelineError::Write)?)?;
    let mut counts = Vec::new();
    for sink in sinks {
        counts.push(sink.rows);
        sink.out.finish(sink.rows)?;
    }
    let order = results.scores.prospects_by_rank();
    let known = people::customers_in_audience(results.people, results.graph);
    let file = run.create(&format!("{SEGMENT_FOLDER}/prospects.csv"))?;
    finish(file, |out| {
        generic::write_prospects(order.len(), |i| results.prospect_row(order[i], &known), out)
            .map_err(PipelineError::Write)
    })?;
    Ok(counts)
}

/// Bad rows of events and faults of CRM rows. A row that names somebody who may not be profiled is not quoted.
fn write_rejects(run: &RunWriter, results: &Results<'_>) -> Result<(), PipelineError> {
    let withheld = WithheldNames::new(results);
    let events = &results.inputs.events;
    let paths: Vec<String> = events.files.iter().map(|file| file.path.display().to_string()).collect();
    let rejects = &events.rejects.kept;
    let texts: Vec<[Cow<'_, str>; 3]> = rejects
        .iter()
        .map(|reject| {
            let raw =
                if reject.raw_is_cut { format!("{}…", reject.raw).into() } else { (&reject.raw).into() };
            [reject.column.to_string().into(), reject.reason.to_string().into(), raw]
        })
        .collect();
    let event_row = |index: usize| -> RejectRow<'_> {
        let (reject, [column, message, raw]) = (&rejects[index], &texts[index]);
        let hidden = withheld.is_named_in(&reject.raw);
        RejectRow {
            file: &paths[usize::from(reject.file)],
            line: reject.line,
            column,
            reason: reject.reason.code(),
            message: if hidden { WITHHELD } else { message },
            raw: if hidden { WITHHELD.as_bytes() } else { raw.as_bytes() },
        }
    };
    let (files, faults) =
        results.inputs.customers.as_ref().map_or((&[][..], &[][..]), |all| (&all.files[..], &all.faults[..]));
    let files: Vec<String> = files.iter().map(|file| file.path.display().to_string()).collect();
    let row = |index: usize| match index.checked_sub(rejects.len()) {
        None => event_row(index),
        Some(index) => {
            let fault = &faults[index];
            let hidden = withheld.keys.contains(fault.raw.as_str()) || withheld.is_named_in(&fault.message);
            RejectRow {
                file: &files[fault.file],
                line: fault.line,
                column: &fault.column,
                reason: fault.code,
                message: if hidden { WITHHELD } else { &fault.message },
                raw: if hidden { WITHHELD.as_bytes() } else { fault.raw.as_bytes() },
            }
        }
    };
    let file = run.create("rejects.csv")?;
    finish(file, |out| {
        generic::write_rejects(rejects.len() + faults.len(), row, out).map_err(PipelineError::Write)
    })
}

/// What withheld people are called, in keys and in identifiers without their namespace.
struct WithheldNames<'a> {
    keys: BTreeSet<&'a str>,
    handles: BTreeSet<&'a str>,
}

impl<'a> WithheldNames<'a> {
    fn new(results: &'a Results<'_>) -> Self {
        let denied = results.people.customers.iter().filter(|customer| customer.consent == Consent::Denied);
        let mut names = Self { keys: BTreeSet::new(), handles: BTreeSet::new() };
        for customer in denied {
            names.keys.insert(&customer.id);
            let handle = |key: &'a String| key.split_once(':').map_or(key.as_str(), |(_, handle)| handle);
            names.handles.extend(customer.identifiers.iter().map(handle));
        }
        names
    }

    /// Whether one of the words of a raw row is a withheld person's name.
    fn is_named_in(&self, raw: &str) -> bool {
        let words = raw.split([',', ';', '\t', ' ', '"', '|', '\n', '\r', '`']);
        words.filter(|word| !word.is_empty()).any(|word| {
            let folded = normalise_handle(word, crate::event::CaseRule::Fold);
            let exact = normalise_handle(word, crate::event::CaseRule::Exact);
            let handle = |word: &str| self.handles.contains(word.rsplit(':').next().unwrap_or(word));
            handle(&folded) || handle(&exact) || self.keys.contains(word)
        })
    }
}

/// One row a claim of a contested identifier; returns the number of identifiers.
fn write_conflicts(run: &RunWriter, results: &Results<'_>) -> Result<u64, PipelineError> {
    let conflicts = &results.people.linkage.conflicts;
    let rows: Vec<ConflictRow<'_>> = conflicts
        .iter()
        .flat_map(|conflict| {
            let (namespace, identifier) =
                conflict.identifier.split_once(':').unwrap_or(("", &conflict.identifier));
            conflict.customers.iter().map(move |id| ConflictRow { namespace, identifier, customer_id: id })
        })
        .collect();
    let file = run.create("identity/conflicts.csv")?;
    finish(file, |out| {
        generic::write_conflicts(rows.len(), |index| rows[index], out).map_err(PipelineError::Write)
    })?;
    Ok(offset64(conflicts.len()))
}

/// A store error is a pipeline error as it is.
impl From<StoreError> for PipelineError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
