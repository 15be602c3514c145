//! What a run leaves behind: every file of the run folder but the manifest.

use std::borrow::Cow;

use super::{
    PipelineError, community_table,
    inputs::{Inputs, WITHHELD},
    people::{Measures, People, Scores},
    ranking::TopicRanks,
    spread::Spread,
    tables,
    topics::Starts,
    yesterday::NODES_FILE,
};
use crate::{
    config::Plan,
    graph::{Graph, snapshot},
    identity::Consent,
    ids::{CommunityId, NodeId, id32, offset64},
    progress::Observer,
    segment::generic::{self, CommunityEventRow, ConflictRow, ProspectRow, RejectRow, TierRow, TierSink},
    segment::{count_formula_like, tier_file_names},
    store::{CURRENT, RunFile, RunWriter, read_columns},
};

/// The snapshot of the graph.
pub const SNAPSHOT_FILE: &str = snapshot::FILE;
/// Where the files of the target `generic` stand.
const SEGMENT_FOLDER: &str = "segments/generic/full";

/// Everything that outputs are made of.
pub(super) struct Results<'a> {
    pub(super) plan: &'a Plan,
    pub(super) inputs: &'a Inputs,
    /// At whom the walks of the topics start, and who is in the segments.
    pub(super) starts: &'a Starts,
    pub(super) people: &'a People<'a>,
    pub(super) graph: &'a Graph,
    pub(super) measures: &'a Measures,
    pub(super) topics: &'a [TopicRanks],
    pub(super) spread: &'a Spread,
    pub(super) scores: &'a Scores,
    /// The tier of each key in the run before, sorted by key.
    pub(super) previous: &'a [(String, String)],
    /// The channels that have a column, in order.
    pub(super) channels: &'a [String],
    /// `customers_in_audience[NodeId]`.
    pub(super) customers_in_audience: Vec<u32>,
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

/// The tiers of the store's current run, sorted by key; none before the first run, and none but a note where it cannot
/// be read: that is no reason not to publish the next one.
pub(super) fn previous_tiers(run: &RunWriter, observer: &dyn Observer) -> Vec<(String, String)> {
    read_previous_tiers(run).unwrap_or_else(|why| {
        observer.note(&format!("`previous_tier` stays empty: {why}"));
        Vec::new()
    })
}

fn read_previous_tiers(run: &RunWriter) -> Result<Vec<(String, String)>, String> {
    let in_words = |error: &dyn std::fmt::Display| error.to_string();
    let Some(current) = run.store().current().map_err(|error| in_words(&error))? else {
        let runs = run.store().runs().map_err(|error| in_words(&error))?;
        return if runs.is_empty() { Ok(Vec::new()) } else { Err(format!("`{CURRENT}` points to no run")) };
    };
    let path = current.checked_path("scores.parquet").map_err(|error| in_words(&error))?;
    let table = read_columns(&path, &["id", "status", "tier"]).map_err(|error| in_words(&error))?;
    let column = |name| table.text(name).map_err(|error| in_words(&error));
    let (ids, status, tiers) = (column("id")?, column("status")?, column("tier")?);
    let rows = ids.iter().zip(status).zip(tiers);
    let customers = rows.filter(|((_, status), _)| *status == "customer");
    let mut previous: Vec<_> = customers.map(|((id, _), tier)| (id.clone(), tier.clone())).collect();
    previous.sort_unstable();
    Ok(previous)
}

/// Writes all files of the run.
pub(super) fn write(run: &RunWriter, results: &Results<'_>) -> Result<Written, PipelineError> {
    write_graph(run, SNAPSHOT_FILE, results.graph)?;
    if let Some(graph) = results.spread.graph() {
        write_graph(run, snapshot::SPREAD_FILE, graph)?;
    }
    // The Parquet writer uses one thread, the CSV writers use all: together they take the time of the longer one.
    let (tables, tier_counts) = rayon::join(|| write_tables(run, results), || write_segments(run, results));
    tables?;
    let tier_counts = tier_counts?;
    write_events(run, results)?;
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

fn write_graph(run: &RunWriter, name: &str, graph: &Graph) -> Result<(), PipelineError> {
    let file = run.create(name)?;
    finish(file, |out| snapshot::write(graph, out).map(|_| graph.edge_count()).map_err(PipelineError::from))
}

/// The tables for notebooks and for `plaudit top`.
fn write_tables(run: &RunWriter, results: &Results<'_>) -> Result<(), PipelineError> {
    let file = run.create("scores.parquet")?;
    finish(file, |out| tables::write_scores(results, out))?;
    let file = run.create("communities.parquet")?;
    finish(file, |out| community_table::write_communities(results, out))?;
    let file = run.create(NODES_FILE)?;
    finish(file, |out| community_table::write_nodes(results, out))
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

    /// The id that people see of a node's community.
    pub(super) fn community(&self, node: NodeId) -> u32 {
        self.durable(self.dense_community(node))
    }

    /// Its number in tonight's arrays.
    pub(super) fn dense_community(&self, node: NodeId) -> CommunityId {
        self.measures.communities.partition.community[node.index()]
    }

    /// The id that people see of a community.
    pub(super) fn durable(&self, community: CommunityId) -> u32 {
        self.measures.communities.ids[community.index()]
    }

    /// What people call the community with the id that they see.
    pub(super) fn community_name(&self, id: u32) -> Option<&str> {
        self.inputs.names.as_ref()?.of(id)
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
            suspect_share: measures.trust.as_ref().map(|trust| trust.suspect_share[node.index()]),
            flagged: self.scores.flagged[position],
        }
    }

    fn prospect_row(&self, position: usize) -> ProspectRow<'_> {
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
            customers_in_audience: self.customers_in_audience[node.index()],
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
    let file = run.create(&format!("{SEGMENT_FOLDER}/prospects.csv"))?;
    finish(file, |out| {
        generic::write_prospects(order.len(), |i| results.prospect_row(order[i]), out)
            .map_err(PipelineError::Write)
    })?;
    Ok(counts)
}

/// What became of last night's communities.
fn write_events(run: &RunWriter, results: &Results<'_>) -> Result<(), PipelineError> {
    let events = &results.measures.communities.events;
    let row = |index: usize| {
        let event = &events[index];
        CommunityEventRow {
            community_id: event.id,
            event: event.fate.word(),
            size: event.size,
            previous_size: event.previous_size,
            kept: event.kept,
            joined: event.joined,
            left: event.left,
            unknown: event.unknown,
            previous_unknown: event.previous_unknown,
            other_ids: &event.others,
            name: results.community_name(event.id),
        }
    };
    let file = run.create("communities/events.csv")?;
    finish(file, |out| generic::write_community_events(events.len(), row, out).map_err(PipelineError::Write))
}

/// Bad rows of events and faults of CRM rows. An event row that names somebody who may not be profiled is not quoted,
/// and a CRM row never is.
fn write_rejects(run: &RunWriter, results: &Results<'_>) -> Result<(), PipelineError> {
    let (inputs, events) = (results.inputs, &results.inputs.events);
    let mut paths: Vec<String> = events.files.iter().map(|file| file.path.display().to_string()).collect();
    let customer_paths = paths.len();
    let (files, faults) =
        inputs.customers.as_ref().map_or((&[][..], &[][..]), |all| (&all.files[..], &all.faults[..]));
    paths.extend(files.iter().map(|file| file.path.display().to_string()));
    let rejects = &events.rejects.kept;
    let event_texts = rejects.iter().map(|reject| {
        let column = reject.column.to_string();
        if inputs.hides(reject) {
            return [column.into(), WITHHELD.into(), WITHHELD.into()];
        }
        let raw = if reject.raw_is_cut { format!("{}…", reject.raw).into() } else { (&reject.raw).into() };
        [column.into(), reject.reason.to_string().into(), raw]
    });
    let fault_texts =
        faults.iter().map(|fault| [fault.column.to_string().into(), (&fault.message).into(), "".into()]);
    let texts: Vec<[Cow<'_, str>; 3]> = event_texts.chain(fault_texts).collect();
    let row = |index: usize| -> RejectRow<'_> {
        let (file, line, reason) = match index.checked_sub(rejects.len()) {
            None => {
                let reject = &rejects[index];
                (usize::from(reject.file), reject.line, reject.reason.code())
            }
            Some(index) => (customer_paths + faults[index].file, faults[index].line, faults[index].code),
        };
        let [column, message, raw] = &texts[index];
        RejectRow { file: &paths[file], line, column, reason, message, raw: raw.as_bytes() }
    };
    let file = run.create("rejects.csv")?;
    finish(file, |out| {
        generic::write_rejects(rejects.len() + faults.len(), row, out).map_err(PipelineError::Write)
    })
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
