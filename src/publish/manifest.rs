//! What the manifest of a run says: its name, counts, certificates and stages.

use std::{collections::BTreeMap, env, fs, os::unix::fs::MetadataExt as _};

use serde_json::{Map, Value, json};

use super::{RunResults, files::Written, inputs::input_entries};
use crate::{
    community::Partition,
    config::Plan,
    digest::Hasher,
    event::Time,
    graph::Graph,
    identity::{Consent, Customer},
    ids::{count_true, offset64},
    inputs::Inputs,
    projection::{Ignored, Tally, UNIT_LOG2},
    rank,
    selection::Topics,
    store::{Counts, NewRun, RunRecord, Stage},
    tables::record_keys,
};

/// The count of communities with at least two members.
pub(super) const COMMUNITIES_OF_TWO: &str = "communities_of_two_or_more";
/// The count of customers whose score is capped because it depends on suspects; absent if there is no CRM.
pub(super) const FLAGGED_CUSTOMERS: &str = "flagged_customers";

/// The name of the run: its as-of time, and a digest of its inputs and configuration.
pub(crate) fn new_run(plan: &Plan, inputs: &Inputs, topics: &Topics, as_of: Option<Time>) -> NewRun {
    let mut hasher = Hasher::default();
    hasher.update(plan.digest_text().as_bytes());
    for entry in input_entries(inputs, topics, None) {
        hasher.update(entry.sha256.to_string().as_bytes());
    }
    NewRun { as_of: as_of.map(|time| i64::from(time.0)), digest: hasher.finish() }
}

/// The manifest of the run without the entries that the store adds.
pub(crate) fn run_record(
    results: &RunResults<'_>,
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
        ("graph_form", json!(results.graph.storage().name())),
        ("pagerank_error_bound", json!(ranks.error_bound)),
        ("pagerank_weight_rounding_bound", json!(rounding)),
        ("pagerank_rounds", json!(ranks.rounds)),
        ("trusted_rank_error_bound", json!(trust.map(|trust| trust.trusted.error_bound))),
        ("pagerank_max_error_bound", json!(results.rank_bounds().iter().map(|of| of.1).fold(0.0, f64::max))),
        ("reach_exact", json!(exact)),
        ("reach_estimated", json!(results.measures.reach.exact.len() - exact)),
        ("largest_core", json!(results.measures.structure.largest_core)),
        ("hits_rounds", json!(hits_rounds)),
        ("hits_l1_change", json!(hits_l1_change)),
    ];
    let certificates = certificates.into_iter().chain(communities.certificates());
    let certificates = certificates.chain(results.diffusion.certificates());
    let certificates = certificates.map(|(name, value)| (name.to_owned(), value));
    let topic_certificates = results.topic_ranks.iter().flat_map(|topic| {
        let of = |what: &str| format!("{}_{what}", topic.column);
        [
            (of("starts"), json!(topic.starts)),
            (of("error_bound"), json!(topic.ranks.error_bound)),
            (of("rounds"), json!(topic.ranks.rounds)),
        ]
    });
    let sources = results.inputs.source_rows.iter();
    let sources: Map<String, Value> = sources.map(|(source, rows)| (source.clone(), json!(rows))).collect();
    let sources = (record_keys::SOURCE_ROWS.to_owned(), Value::Object(sources));
    let linked = (record_keys::LINKED_BY_CHANNEL.to_owned(), json!(results.people.linkage.linked_by_channel));
    let mut certificates: Map<String, Value> =
        certificates.chain(topic_certificates).chain([sources, linked]).collect();
    if !results.warnings.is_empty() {
        certificates.insert("forced".to_owned(), json!(results.warnings));
        certificates.insert("forced_by".to_owned(), json!(operator()));
    }
    RunRecord {
        config: results.plan.to_json(),
        inputs: input_entries(results.inputs, results.topics, Some(tally)),
        counts: counts(results, written, tally),
        certificates,
        stages: stages.to_vec(),
    }
}

/// How many customers who may be profiled have identifiers, but none that an event names.
fn customers_unlinked(customers: &[Customer], results: &RunResults<'_>) -> u64 {
    let accounts = &results.inputs.events.accounts;
    let is_unlinked = |customer: &&Customer| {
        let identifiers = &customer.identifiers;
        customer.consent != Consent::Denied
            && !identifiers.is_empty()
            && identifiers.iter().all(|identifier| accounts.find(identifier).is_none())
    };
    offset64(customers.iter().filter(is_unlinked).count())
}

/// The login name of whoever runs the program, as the system's variables give it; without them, the number of the user
/// on systems that tell the owner of a process.
fn operator() -> Option<String> {
    let named = |name| env::var(name).ok().filter(|user| !user.is_empty());
    let numbered = || Some(format!("uid {}", fs::metadata("/proc/self").ok()?.uid()));
    ["USER", "LOGNAME"].into_iter().find_map(named).or_else(numbered)
}

/// The largest difference between the weight of an edge and the sum of its events, in units of the graph.
fn weight_error_units(graph: &Graph, tally: &Tally) -> f64 {
    let coarser = graph.weight_unit() / 2.0_f64.powi(UNIT_LOG2);
    // If the graph's unit is coarser, rounding to it may turn a weight near 0 into 1 unit.
    tally.weight_error_units() / coarser + if coarser > 1.0 { 1.0 } else { 0.0 }
}

fn counts(results: &RunResults<'_>, written: &Written, tally: &Tally) -> Counts {
    let ignored = Ignored::ALL.map(|reason| (reason.code().to_owned(), tally.ignored_for(reason)));
    let kinds = results.plan.weights.kinds.iter().zip(tally.used_by_kind());
    let mut more: BTreeMap<String, u64> =
        kinds.map(|(kind, &count)| (record_keys::events_used(&kind.name), count)).collect();
    if let Some(customers) = &results.inputs.customers {
        more.insert(record_keys::CUSTOMER_ROWS_READ.to_owned(), customers.rows_read());
        more.insert(record_keys::CUSTOMER_ROWS_REJECTED.to_owned(), customers.rows_rejected());
        more.insert(record_keys::CUSTOMER_ROWS_MERGED.to_owned(), customers.rows_merged);
        more.insert(record_keys::CUSTOMER_FAULTS.to_owned(), customers.fault_count());
        let faults = customers.faults_by_code.iter();
        more.extend(faults.map(|(code, &count)| (record_keys::crm_faults(code), count)));
    }
    let denials = &results.inputs.denials_applied;
    more.insert(record_keys::DENIALS_REMEMBERED.to_owned(), offset64(results.inputs.denials.len()));
    more.insert("denials_absent_from_crm".to_owned(), denials.absent);
    more.insert(record_keys::DENIALS_LIFTED.to_owned(), denials.lifted);
    more.insert(record_keys::CUSTOMERS_WITHHELD_BY_MEMORY.to_owned(), denials.customers);
    let linkage = results.people.linkage;
    more.insert(record_keys::ACCOUNTS_WITHHELD_BY_MEMORY.to_owned(), linkage.accounts_remembered);
    let communities = &results.measures.communities;
    let partition = &communities.partition;
    more.extend(communities.counts());
    more.insert("accounts".to_owned(), offset64(results.inputs.events.accounts.len()));
    more.insert(record_keys::ACCOUNTS_LINKED.to_owned(), linkage.accounts_linked);
    if let Some(all) = &results.inputs.customers {
        more.insert(record_keys::CUSTOMERS_UNLINKED.to_owned(), customers_unlinked(&all.customers, results));
    }
    more.insert("conflicts".to_owned(), written.conflicts);
    more.insert("conflicts_withheld".to_owned(), linkage.conflicts_withheld);
    more.insert(record_keys::COMMUNITIES.to_owned(), offset64(partition.count));
    more.insert("components".to_owned(), offset64(results.measures.structure.components));
    more.insert(COMMUNITIES_OF_TWO.to_owned(), communities_of_two(partition));
    if let Some(trust) = &results.measures.trust {
        more.insert("suspects".to_owned(), count_true(&trust.suspect));
        more.insert(FLAGGED_CUSTOMERS.to_owned(), count_true(&results.scores.flagged));
        more.insert("flagged_prospects".to_owned(), count_true(&results.scores.flagged_prospects));
    }
    more.insert("rejects_not_listed".to_owned(), results.inputs.unlisted_rejects());
    more.insert(record_keys::FORMULA_LIKE_KEYS.to_owned(), written.formula_like_keys);
    let nodes = offset64(results.graph.node_count());
    let (customers, prospects) = (results.scores.customers.len(), results.scores.prospects.len());
    more.insert("withheld_nodes".to_owned(), nodes - offset64(customers + prospects));
    Counts {
        rows_read: results.inputs.events.rows_read(),
        events_used: tally.used_total(),
        events_ignored: tally.total() - tally.used_total(),
        rows_rejected: results.inputs.events.rows_rejected(),
        ignored: ignored.into_iter().filter(|&(_, count)| count > 0).collect(),
        rejected: rejected_by_reason(results.inputs),
        nodes,
        edges: results.graph.edge_count(),
        customers: offset64(customers),
        prospects: offset64(prospects),
        withheld: offset64(results.people.withheld()),
        more,
    }
}

/// The number of bad event rows for each reason.
pub(crate) fn rejected_by_reason(inputs: &Inputs) -> BTreeMap<String, u64> {
    let mut rejected = BTreeMap::new();
    for (&code, count) in inputs.events.rejects.counts.iter().flatten() {
        *rejected.entry(code.to_owned()).or_default() += count;
    }
    rejected
}

/// The number of communities with at least two members.
fn communities_of_two(partition: &Partition) -> u64 {
    let mut sizes = vec![0_u64; partition.count];
    partition.community.iter().for_each(|community| sizes[community.index()] += 1);
    offset64(sizes.iter().filter(|&&size| size >= 2).count())
}
