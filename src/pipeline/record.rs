//! What is told of a run: stage details, the manifest's figures, the summary, the report of `check`.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::{
    Estimate, PipelineError,
    communities::Communities,
    estimate::Known,
    inputs::Inputs,
    outputs::{Results, Written},
    people::{Measures, People, Scores},
    ranking::Ranking,
    structure::Structure,
    topics::Starts,
    trust::Trust,
};
use crate::{
    community::Partition,
    config::Plan,
    digest::Hasher,
    event::Time,
    graph::{EdgeBlock, Form, Graph, NodeOrder},
    identity::Linkage,
    ids::offset64,
    num,
    projection::{Ignored, Projection, Tally, UNIT_LOG2, Window},
    rank,
    reach::{Reach, ReachError},
    store::{Counts, InputRole, NewRun, Run, RunRecord, Stage, StoreError},
    text::counted,
};

/// One of the top customers in a summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Key of the customer.
    pub id: String,
    /// Name, where the CRM has one.
    pub name: Option<String>,
    /// Tier.
    pub tier: String,
    /// 0 to 100.
    pub score: f64,
    /// Distinct people reached, with its interval.
    pub reach: (f64, f64, f64),
    /// Number of people who attend to this customer.
    pub audience: u64,
    /// Community.
    pub community_id: u32,
}

/// What a person is told at the end of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The run's name.
    pub run: String,
    /// The run's folder.
    pub folder: std::path::PathBuf,
    /// The moment that scores are for.
    pub as_of: Option<Time>,
    /// The manifest's counts.
    pub counts: Counts,
    /// Communities of two or more.
    pub communities: u64,
    /// Modularity of the partition.
    pub modularity: f64,
    /// Name and number of customers of each tier, from the top.
    pub tiers: Vec<(String, u64)>,
    /// Customers whose standing rests on suspects.
    pub flagged: u64,
    /// The first ten customers.
    pub top: Vec<Person>,
}

/// What `check` found out about one input file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCheck {
    /// Where it is.
    pub path: String,
    /// `events`, `customers` or `topic`.
    pub role: &'static str,
    /// Bytes on disk.
    pub bytes: u64,
    /// Data rows.
    pub rows_read: u64,
    /// Rows set aside.
    pub rows_rejected: u64,
}

/// What `check` found out.
#[derive(Debug)]
pub struct CheckReport {
    /// Every input file.
    pub files: Vec<FileCheck>,
    /// Bad rows by reason.
    pub rejected: BTreeMap<String, u64>,
    /// The first bad rows, with place and reason.
    pub first_bad: Vec<String>,
    /// Accounts that events name.
    pub accounts: u64,
    /// Customers of the CRM files.
    pub customers: u64,
    /// Customers who may not be profiled.
    pub withheld: u64,
    /// Accounts linked to a customer.
    pub accounts_linked: u64,
    /// Contested identifiers.
    pub conflicts: u64,
    /// The moment that scores would be for.
    pub as_of: Option<Time>,
    /// Share of bad event rows, and the share that is allowed.
    pub rejected_share: (f64, f64),
    /// Memory of each stage.
    pub estimate: Estimate,
    /// Why a run would be refused after reading, if it would.
    pub refusal: Option<PipelineError>,
}

/// How many bad rows `check` shows.
const FIRST_BAD: usize = 10;
/// The count of communities with at least two members.
const COMMUNITIES_OF_TWO: &str = "communities_of_two_or_more";
/// The count of customers whose standing rests on suspects; not there without a CRM.
const FLAGGED_CUSTOMERS: &str = "flagged_customers";
/// How many customers the summary shows.
const TOP: usize = 10;

pub(super) fn read_detail(inputs: &Result<Inputs, PipelineError>) -> String {
    let Ok(inputs) = inputs else { return "failed".to_owned() };
    let (rows, bad) = (inputs.events.rows_read(), inputs.events.rows_rejected());
    let accounts = counted(offset64(inputs.events.accounts.len()), "account", "accounts");
    format!("{}, {bad} set aside, {accounts}", counted(rows, "row", "rows"))
}

pub(super) fn link_detail(linkage: &Linkage) -> String {
    let conflicts = offset64(linkage.conflicts.len()) + linkage.conflicts_withheld;
    let people = counted(offset64(linkage.parties.len()), "person", "people");
    let accounts = counted(linkage.accounts_linked, "account", "accounts");
    format!("{people}, {accounts} linked, {}", counted(conflicts, "conflict", "conflicts"))
}

pub(super) fn project_detail(projection: &Projection) -> String {
    let (used, total) = (projection.tally.used_total(), projection.tally.total());
    let edges = counted(offset64(projection.edge_count()), "edge", "edges");
    format!("{} used, {} ignored, {edges}", counted(used, "event", "events"), total - used)
}

pub(super) fn graph_detail((graph, _): &(Graph, NodeOrder)) -> String {
    let form = if graph.form() == Form::Packed { ", packed" } else { "" };
    let nodes = counted(offset64(graph.node_count()), "node", "nodes");
    format!("{nodes}, {}{form}", counted(graph.edge_count(), "edge", "edges"))
}

pub(super) fn rank_detail(ranking: &Result<Ranking, PipelineError>) -> String {
    ranking.as_ref().map_or("failed".to_owned(), |ranking| {
        let ranks = &ranking.ranks;
        let core = if ranking.trusted.is_some() { ", and from the trusted core" } else { "" };
        let topics = match ranking.topics.len() {
            0 => String::new(),
            count => format!(", {}", counted(offset64(count), "topic", "topics")),
        };
        let rounds = counted(ranks.rounds.into(), "round", "rounds");
        format!("{rounds}, error at most {:.1e}{core}{topics}", ranks.error_bound)
    })
}

pub(super) fn trust_detail(trust: &Result<Option<Trust>, PipelineError>) -> String {
    match trust {
        Ok(Some(trust)) => counted(count(&trust.suspect), "suspect", "suspects"),
        Ok(None) => "nobody is judged".to_owned(),
        Err(_) => "failed".to_owned(),
    }
}

pub(super) fn community_detail(communities: &Result<Communities, PipelineError>) -> String {
    communities.as_ref().map_or("failed".to_owned(), Communities::detail)
}

pub(super) fn reach_detail(reach: &Result<Reach, ReachError>) -> String {
    reach.as_ref().map_or("failed".to_owned(), |reach| {
        let exact = reach.exact_count();
        format!("{exact} exact, {} estimated", reach.exact.len() - exact)
    })
}

pub(super) fn structure_detail(structure: &Structure) -> String {
    let (rounds, l1_change) = structure.hits_progress();
    let change = l1_change.map_or(String::new(), |change| format!(", last change {change:.1e}"));
    let components = counted(offset64(structure.components), "component", "components");
    let rounds = counted(rounds.into(), "round", "rounds");
    format!("largest core {}, {components}, HITS {rounds}{change}", structure.largest_core)
}

pub(super) fn score_detail(scores: &Result<Scores, PipelineError>) -> String {
    scores.as_ref().map_or("failed".to_owned(), |scores| {
        let customers = counted(offset64(scores.customers.len()), "customer", "customers");
        let prospects = counted(offset64(scores.prospects.len()), "prospect", "prospects");
        format!("{customers}, {prospects}, {} flagged", count(&scores.flagged))
    })
}

/// How many are true.
fn count(flags: &[bool]) -> u64 {
    offset64(flags.iter().filter(|&&flag| flag).count())
}

pub(super) fn publish_detail(run: &Result<Run, StoreError>) -> String {
    run.as_ref().map_or("failed".to_owned(), |run| run.id().to_string())
}

/// The run-time assertion on CRM rows: each is a customer, was set aside, or went into the customer of another row.
pub(super) fn assert_no_row_is_lost(inputs: &Inputs) -> Result<(), PipelineError> {
    let Some(all) = &inputs.customers else { return Ok(()) };
    let accounted = all.rows_rejected() + all.rows_merged + offset64(all.customers.len());
    if all.rows_read() != accounted {
        return Err(PipelineError::Broken {
            what: "CRM rows read = rejected + merged + customers",
            got: accounted.to_string(),
            expected: all.rows_read().to_string(),
        });
    }
    Ok(())
}

/// The run-time assertion on strengths: by kind and by channel they add up to the weight of all edges, to the unit.
pub(super) fn assert_strength_adds_up(projection: &Projection) -> Result<(), PipelineError> {
    let weight = |block: &EdgeBlock| block.weights.iter().map(|&weight| u128::from(weight)).sum::<u128>();
    let edges: u128 = projection.blocks.par_iter().map(weight).sum();
    let (by_kind, by_channel) = projection.received.totals();
    if (by_kind, by_channel) != (edges, edges) {
        return Err(PipelineError::Broken {
            what: "strength by kind = strength by channel = weight of all edges",
            got: format!("{by_kind} and {by_channel}"),
            expected: edges.to_string(),
        });
    }
    Ok(())
}

/// The run-time assertions: customers in = customers out + withheld, and PageRank sums to 1.
pub(super) fn assert_nobody_is_lost(
    people: &People<'_>,
    scores: &Scores,
    measures: &Measures,
) -> Result<(), PipelineError> {
    let customers = if people.customers.is_empty() { scores.customers.len() } else { people.customers.len() };
    let accounted = scores.customers.len() + people.withheld();
    if customers != accounted {
        return Err(PipelineError::Broken {
            what: "customers in = customers out + withheld",
            got: accounted.to_string(),
            expected: customers.to_string(),
        });
    }
    let sum = num::block_sum(&measures.ranks.score);
    if !measures.ranks.score.is_empty() && (sum - 1.0).abs() > 1e-9 {
        return Err(PipelineError::Broken {
            what: "PageRank sums to 1",
            got: sum.to_string(),
            expected: "1".to_owned(),
        });
    }
    Ok(())
}

/// What names the run: the moment it is for, and a digest of all that it was made from.
pub(super) fn new_run(plan: &Plan, inputs: &Inputs, starts: &Starts, as_of: Option<Time>) -> NewRun {
    let mut hasher = Hasher::default();
    hasher.update(plan.digest_text().as_bytes());
    for entry in inputs.entries(starts, None) {
        hasher.update(entry.sha256.to_string().as_bytes());
    }
    NewRun { as_of: as_of.map(|time| i64::from(time.0)), digest: hasher.finish() }
}

/// The manifest's part that the pipeline knows.
pub(super) fn run_record(
    results: &Results<'_>,
    written: &Written,
    tally: &Tally,
    stages: &[Stage],
) -> RunRecord {
    let (ranks, communities) = (&results.measures.ranks, &results.measures.communities);
    let trust = results.measures.trust.as_ref();
    let exact = results.measures.reach.exact_count();
    let (hits_rounds, hits_l1_change) = results.measures.structure.hits_progress();
    let rounding = rank::weight_rounding_bound(
        results.graph,
        ranks,
        results.plan.rank.damping,
        weight_error_units(results.graph, tally),
    );
    let certificates = [
        ("graph_form", json!(results.graph.form().name())),
        ("pagerank_error_bound", json!(ranks.error_bound)),
        ("pagerank_weight_rounding_bound", json!(rounding)),
        ("pagerank_rounds", json!(ranks.rounds)),
        ("trusted_rank_error_bound", json!(trust.map(|trust| trust.trusted.error_bound))),
        ("reach_exact", json!(exact)),
        ("reach_estimated", json!(results.measures.reach.exact.len() - exact)),
        ("largest_core", json!(results.measures.structure.largest_core)),
        ("hits_rounds", json!(hits_rounds)),
        ("hits_l1_change", json!(hits_l1_change)),
    ];
    let certificates = certificates.into_iter().chain(communities.certificates());
    let certificates = certificates.chain(results.spread.certificates());
    let certificates = certificates.map(|(name, value)| (name.to_owned(), value));
    let topics = results.topics.iter().flat_map(|topic| {
        let of = |what: &str| format!("{}_{what}", topic.column);
        [
            (of("starts"), json!(topic.starts)),
            (of("error_bound"), json!(topic.ranks.error_bound)),
            (of("rounds"), json!(topic.ranks.rounds)),
        ]
    });
    let certificates: Map<String, Value> = certificates.chain(topics).collect();
    RunRecord {
        config: results.plan.to_json(),
        inputs: results.inputs.entries(results.starts, Some(tally)),
        counts: counts(results, written, tally),
        certificates,
        stages: stages.to_vec(),
    }
}

/// By how many of the graph's units the weight of an edge may differ from the sum of its events.
fn weight_error_units(graph: &Graph, tally: &Tally) -> f64 {
    let coarser = graph.weight_unit() / 2.0_f64.powi(UNIT_LOG2);
    // The graph's own rounding may make 1 of next to nothing.
    tally.weight_error_units() / coarser + if coarser > 1.0 { 1.0 } else { 0.0 }
}

fn counts(results: &Results<'_>, written: &Written, tally: &Tally) -> Counts {
    let ignored = Ignored::ALL.map(|reason| (reason.code().to_owned(), tally.ignored_for(reason)));
    let kinds = results.plan.weights.kinds.iter().zip(tally.used_by_kind());
    let mut more: BTreeMap<String, u64> =
        kinds.map(|(kind, &count)| (format!("events_used_{}", kind.name), count)).collect();
    if let Some(customers) = &results.inputs.customers {
        more.insert("customer_rows_read".to_owned(), customers.rows_read());
        more.insert("customer_rows_rejected".to_owned(), customers.rows_rejected());
        more.insert("customer_rows_merged".to_owned(), customers.rows_merged);
        more.insert("customer_faults".to_owned(), customers.fault_count);
    }
    let linkage = results.people.linkage;
    let communities = &results.measures.communities;
    let partition = &communities.partition;
    more.extend(communities.counts());
    more.insert("accounts".to_owned(), offset64(results.inputs.events.accounts.len()));
    more.insert("accounts_linked".to_owned(), linkage.accounts_linked);
    more.insert("conflicts".to_owned(), written.conflicts);
    more.insert("conflicts_withheld".to_owned(), linkage.conflicts_withheld);
    more.insert("communities".to_owned(), offset64(partition.count));
    more.insert("components".to_owned(), offset64(results.measures.structure.components));
    more.insert(COMMUNITIES_OF_TWO.to_owned(), communities_of_two(partition));
    if let Some(trust) = &results.measures.trust {
        more.insert("suspects".to_owned(), count(&trust.suspect));
        more.insert(FLAGGED_CUSTOMERS.to_owned(), count(&results.scores.flagged));
        more.insert("flagged_prospects".to_owned(), count(&results.scores.flagged_outside));
    }
    more.insert("rejects_not_listed".to_owned(), results.inputs.unlisted_rejects());
    more.insert("formula_like_keys".to_owned(), written.formula_like_keys);
    let nodes = offset64(results.graph.node_count());
    let (customers, prospects) = (results.scores.customers.len(), results.scores.prospects.len());
    more.insert("withheld_nodes".to_owned(), nodes - offset64(customers + prospects));
    Counts {
        rows_read: results.inputs.events.rows_read(),
        events_used: tally.used_total(),
        events_ignored: tally.total() - tally.used_total(),
        rows_rejected: results.inputs.events.rows_rejected(),
        ignored: ignored.into_iter().filter(|&(_, count)| count > 0).collect(),
        rejected: rejected(results.inputs),
        nodes,
        edges: results.graph.edge_count(),
        customers: offset64(customers),
        prospects: offset64(prospects),
        withheld: offset64(results.people.withheld()),
        more,
    }
}

/// Bad event rows by reason.
fn rejected(inputs: &Inputs) -> BTreeMap<String, u64> {
    let mut rejected = BTreeMap::new();
    for (&code, count) in inputs.events.rejects.counts.iter().flatten() {
        *rejected.entry(code.to_owned()).or_default() += count;
    }
    rejected
}

/// Communities with at least two members.
fn communities_of_two(partition: &Partition) -> u64 {
    let mut sizes = vec![0_u64; partition.count];
    partition.community.iter().for_each(|community| sizes[community.index()] += 1);
    offset64(sizes.iter().filter(|&&size| size >= 2).count())
}

/// What a person is told at the end; `counts` are those of the manifest.
pub(super) fn summary(
    results: &Results<'_>,
    written: &Written,
    counts: Counts,
    as_of: Option<Time>,
    run: &Run,
) -> Summary {
    let person = |position: usize| {
        let (node, standing) = (results.scores.customers[position], &results.scores.standing);
        let (reach, index) = (&results.measures.reach, node.index());
        Person {
            id: results.people.key(node).to_owned(),
            name: results.people.customer(node).and_then(|customer| customer.name.clone()),
            tier: results.tier_name(standing.tier[position]).to_owned(),
            score: standing.score[position],
            reach: (reach.estimate[index], reach.low[index], reach.high[index]),
            audience: results.audience(node).into(),
            community_id: results.community(node),
        }
    };
    let bands = results.plan.tiers.bands.iter().map(|band| band.name.clone());
    Summary {
        run: run.id().to_string(),
        folder: run.dir(),
        as_of,
        communities: counts.more[COMMUNITIES_OF_TWO],
        flagged: counts.more.get(FLAGGED_CUSTOMERS).copied().unwrap_or(0),
        counts,
        modularity: results.measures.communities.partition.modularity,
        tiers: bands.zip(written.tier_counts.iter().copied()).collect(),
        top: results.scores.customers_by_rank().into_iter().take(TOP).map(person).collect(),
    }
}

/// What `check` tells.
pub(super) fn check_report(
    plan: &Plan,
    limit_bytes: Option<u64>,
    inputs: &Inputs,
    people: &People<'_>,
    window: Window,
    starts: Result<Starts, PipelineError>,
) -> CheckReport {
    let (starts, refusal) = match starts {
        Ok(starts) => (starts, None),
        Err(refusal) => (Starts::default(), Some(refusal)),
    };
    let files = inputs.entries(&starts, None).into_iter().map(|entry| FileCheck {
        path: entry.path,
        role: match entry.role {
            InputRole::Events => "events",
            InputRole::Customers => "customers",
            InputRole::Topic => "topic",
            InputRole::Names => "names",
        },
        bytes: entry.bytes,
        rows_read: entry.rows_read,
        rows_rejected: entry.rows_rejected,
    });
    let (rows, bad) = (inputs.events.rows_read(), inputs.events.rows_rejected());
    let share = if rows == 0 { 0.0 } else { bad as f64 / rows as f64 };
    CheckReport {
        files: files.collect(),
        rejected: rejected(inputs),
        first_bad: first_bad(inputs),
        accounts: offset64(inputs.events.accounts.len()),
        customers: offset64(people.customers.len()),
        withheld: offset64(people.withheld()),
        accounts_linked: people.linkage.accounts_linked,
        conflicts: offset64(people.linkage.conflicts.len()) + people.linkage.conflicts_withheld,
        as_of: window.as_of,
        rejected_share: (share, plan.max_rejected),
        estimate: Known::of(plan, limit_bytes, inputs).before_projection(),
        refusal,
    }
}

/// The first bad rows of events and of the CRM, as `file:line:column: reason`.
fn first_bad(inputs: &Inputs) -> Vec<String> {
    let events = inputs.bad_event_rows().take(FIRST_BAD);
    events.chain(inputs.customer_faults(|_| true).take(FIRST_BAD)).collect()
}
