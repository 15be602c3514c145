//! At whom do the walks of `[[rank.topics]]` start, and who is in `[[reach.segments]]`?

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::{PipelineError, people::People};
use crate::{
    config::{PeopleSelector, Plan, Topic},
    digest::Digest,
    graph::NodeOrder,
    ids::{NodeId, offset64},
    selection::{self, IdList},
    text,
};

/// The people of one topic.
pub(super) struct Start {
    pub(super) name: String,
    /// Numbered as by identity, before the graph is; rising, each once, at least one.
    pub(super) nodes: Vec<NodeId>,
    /// The file that names them, if one does.
    pub(super) list: Option<ListFile>,
}

/// A list of ids as it was read: input like any other.
pub(super) struct ListFile {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) sha256: Digest,
    /// How many ids it holds.
    pub(super) ids: u64,
}

/// The nodes of each group, numbered as the graph is.
pub(super) fn nodes(starts: &[Start], order: &NodeOrder) -> Vec<Vec<NodeId>> {
    let of = |start: &Start| start.nodes.iter().map(|node| order.place_of()[node.index()]).collect();
    starts.iter().map(of).collect()
}

/// The people of the topics of `plan`, and those of the segments of reach.
#[derive(Default)]
pub(super) struct Starts {
    pub(super) topics: Vec<Start>,
    pub(super) segments: Vec<Start>,
}

impl Starts {
    /// The lists that were read, those of the topics first.
    pub(super) fn lists(&self) -> impl Iterator<Item = &ListFile> {
        self.topics.iter().chain(&self.segments).filter_map(|start| start.list.as_ref())
    }
}

/// Finds the people of every topic and segment: customers and prospects by id, customers by channel.
pub(super) fn starts(plan: &Plan, people: &People<'_>) -> Result<Starts, PipelineError> {
    if plan.topics.is_empty() && plan.reach_segments.is_empty() {
        return Ok(Starts::default());
    }
    let everybody = Everybody::new(people);
    let start = |topic: &Topic| -> Result<Start, PipelineError> {
        let (mut nodes, list) = match topic.list() {
            Some(path) => everybody.listed(topic, path)?,
            None => (everybody.find(people, topic)?, None),
        };
        nodes.sort_unstable();
        nodes.dedup();
        Ok(Start { name: topic.name.clone(), nodes, list })
    };
    let all = |topics: &[Topic]| topics.iter().map(start).collect::<Result<Vec<Start>, PipelineError>>();
    Ok(Starts { topics: all(&plan.topics)?, segments: all(&plan.reach_segments)? })
}

/// Who can be named.
struct Everybody<'a> {
    node_of: BTreeMap<&'a str, NodeId>,
}

impl<'a> Everybody<'a> {
    fn new(people: &People<'a>) -> Self {
        // Customers last: a customer comes before an account that has the customer's id as its name.
        let nodes = people.prospect_nodes().into_iter().chain(people.customer_nodes());
        Self { node_of: nodes.map(|node| (people.key(node), node)).collect() }
    }

    fn find(&self, people: &People<'_>, topic: &Topic) -> Result<Vec<NodeId>, PipelineError> {
        match &topic.segment {
            PeopleSelector::Named(id) | PeopleSelector::Id(id) => Ok(vec![self.node(topic, id, None)?]),
            PeopleSelector::Channel(name) => on_channel(people, topic, name),
            PeopleSelector::Tier(_) | PeopleSelector::Community(_) | PeopleSelector::File(_) => {
                unreachable!(
                    "invariant: a plan has no topic of a tier or a community, and lists are read elsewhere"
                )
            }
        }
    }

    /// The people of a list, and the list.
    fn listed(&self, topic: &Topic, path: PathBuf) -> Result<(Vec<NodeId>, Option<ListFile>), PipelineError> {
        let list = selection::read_ids(&path);
        let IdList { ids, bytes, sha256 } = list.map_err(|cause| PipelineError::TopicList {
            of: topic.of,
            topic: topic.name.clone(),
            cause,
        })?;
        let node =
            |(line, id): &(usize, String)| self.node(topic, id, Some(format!("{}:{line}", path.display())));
        let nodes = ids.iter().map(node).collect::<Result<_, _>>()?;
        Ok((nodes, Some(ListFile { path, bytes, sha256, ids: offset64(ids.len()) })))
    }

    fn node(&self, topic: &Topic, id: &str, place: Option<String>) -> Result<NodeId, PipelineError> {
        self.node_of.get(id).copied().ok_or_else(|| PipelineError::UnknownInTopic {
            of: topic.of,
            topic: topic.name.clone(),
            given: id.to_owned(),
            place,
            nearest: text::nearest(id, self.node_of.keys().copied()).map(str::to_owned),
        })
    }
}

/// The customers with an account on a channel.
fn on_channel(people: &People<'_>, topic: &Topic, name: &str) -> Result<Vec<NodeId>, PipelineError> {
    let channels = people.channels();
    let customers = people.customer_nodes();
    let is_there = |node: &&NodeId| channels[node.index()].contains(&name);
    let nodes: Vec<NodeId> = customers.iter().filter(is_there).copied().collect();
    if !nodes.is_empty() {
        return Ok(nodes);
    }
    let known: BTreeSet<&str> = customers.iter().flat_map(|node| &channels[node.index()]).copied().collect();
    Err(PipelineError::NobodyOnChannel {
        of: topic.of,
        topic: topic.name.clone(),
        channel: name.to_owned(),
        nearest: text::nearest(name, known.iter().copied()).map(str::to_owned),
        known: known.into_iter().map(str::to_owned).collect(),
    })
}
