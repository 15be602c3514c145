//! The short result of each stage that the terminal shows when the stage ends.

use super::PipelineError;
use crate::{
    graph::{Graph, NodeOrder, Storage},
    identity::Linkage,
    ids::{count_true, offset64},
    inputs::Inputs,
    measure::{Communities, MeasureError, Ranking, Scores, Structure, Trust},
    projection::Projection,
    reach::Reach,
    store::{Run, StoreError},
    text::counted,
};

pub(super) fn read(inputs: &Result<Inputs, PipelineError>) -> String {
    let Ok(inputs) = inputs else { return "failed".to_owned() };
    let (rows, bad) = (inputs.events.rows_read(), inputs.events.rows_rejected());
    let accounts = counted(offset64(inputs.events.accounts.len()), "account", "accounts");
    format!("{}, {bad} set aside, {accounts}", counted(rows, "row", "rows"))
}

pub(super) fn link(linkage: &Linkage) -> String {
    let conflicts = offset64(linkage.conflicts.len()) + linkage.conflicts_withheld;
    let people = counted(offset64(linkage.parties.len()), "person", "people");
    let accounts = counted(linkage.accounts_linked, "account", "accounts");
    format!("{people}, {accounts} linked, {}", counted(conflicts, "conflict", "conflicts"))
}

pub(super) fn project(projection: &Projection) -> String {
    let (used, total) = (projection.tally.used_total(), projection.tally.total());
    let edges = counted(offset64(projection.edge_count()), "edge", "edges");
    format!("{} used, {} ignored, {edges}", counted(used, "event", "events"), total - used)
}

pub(super) fn graph((graph, _): &(Graph, NodeOrder)) -> String {
    let storage = if graph.storage() == Storage::Compressed { ", compressed" } else { "" };
    let nodes = counted(offset64(graph.node_count()), "node", "nodes");
    format!("{nodes}, {}{storage}", counted(graph.edge_count(), "edge", "edges"))
}

pub(super) fn rank(ranking: &Result<Ranking, MeasureError>) -> String {
    ranking.as_ref().map_or("failed".to_owned(), |ranking| {
        let ranks = &ranking.ranks;
        let core = if ranking.trusted.is_some() { ", and from the trusted core" } else { "" };
        let topics = match ranking.topics.len() {
            0 => String::new(),
            count => format!(", {}", counted(offset64(count), "topic", "topics")),
        };
        let rounds = counted(ranks.rounds.into(), "round", "rounds");
        let bounds =
            [ranks].into_iter().chain(&ranking.trusted).chain(ranking.topics.iter().map(|of| &of.ranks));
        let largest = bounds.map(|ranks| ranks.error_bound).fold(0.0, f64::max);
        format!("{rounds}, error at most {largest:.1e}{core}{topics}")
    })
}

pub(super) fn trust(trust: &Result<Option<Trust>, MeasureError>) -> String {
    match trust {
        Ok(Some(trust)) => counted(count_true(&trust.suspect), "suspect", "suspects"),
        Ok(None) => "skipped: no CRM file, or `[trust] enabled` is false".to_owned(),
        Err(_) => "failed".to_owned(),
    }
}

pub(super) fn communities(communities: &Result<Communities, MeasureError>) -> String {
    communities.as_ref().map_or("failed".to_owned(), Communities::detail)
}

pub(super) fn reach(reach: &Result<Reach, MeasureError>) -> String {
    reach.as_ref().map_or("failed".to_owned(), |reach| {
        let exact = reach.exact_count();
        format!("{exact} exact, {} estimated", reach.exact.len() - exact)
    })
}

pub(super) fn structure(structure: &Structure) -> String {
    let (rounds, l1_change) = structure.hits_progress();
    let change = l1_change.map_or(String::new(), |change| format!(", last change {change:.1e}"));
    let components = counted(offset64(structure.components), "component", "components");
    let rounds = counted(rounds.into(), "round", "rounds");
    format!("largest core {}, {components}, HITS {rounds}{change}", structure.largest_core)
}

pub(super) fn score(scores: &Result<Scores, MeasureError>) -> String {
    scores.as_ref().map_or("failed".to_owned(), |scores| {
        let customers = counted(offset64(scores.customers.len()), "customer", "customers");
        let prospects = counted(offset64(scores.prospects.len()), "prospect", "prospects");
        format!("{customers}, {prospects}, {} flagged", count_true(&scores.flagged))
    })
}

pub(super) fn publish(run: &Result<Run, StoreError>) -> String {
    run.as_ref().map_or("failed".to_owned(), |run| run.id().to_string())
}
