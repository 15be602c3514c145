//! At whom do the walks of `[[rank.topics]]` start?

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::{PipelineError, people::People};
use crate::{
    config::{Plan, Topic, Whom},
    focus::{self, FocusError},
    ids::NodeId,
    store::{Digest, digest_file},
    words,
};

/// The people of one topic.
pub(super) struct Start {
    pub(super) name: String,
    /// Numbered as by identity, before the graph is; rising, each once, at least one.
    pub(super) nodes: Vec<NodeId>,
}

/// Finds the people of every topic: customers and prospects by id, customers by channel.
pub(super) fn starts(plan: &Plan, people: &People<'_>) -> Result<Vec<Start>, PipelineError> {
    if plan.topics.is_empty() {
        return Ok(Vec::new());
    }
    let everybody = Everybody::new(people);
    let start = |topic: &Topic| -> Result<Start, PipelineError> {
        let mut nodes = everybody.find(people, topic)?;
        nodes.sort_unstable();
        nodes.dedup();
        Ok(Start { name: topic.name.clone(), nodes })
    };
    plan.topics.iter().map(start).collect()
}

/// The digests of the lists that topics name: they are input like any other.
pub(super) fn list_digests(plan: &Plan) -> Result<Vec<Digest>, PipelineError> {
    let digest = |path: PathBuf| match digest_file(&path) {
        Ok((digest, _)) => Ok(digest),
        Err(cause) => Err(PipelineError::TopicList(FocusError::List { path, cause })),
    };
    plan.topics.iter().filter_map(Topic::list).map(digest).collect()
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
            Whom::Named(id) | Whom::Id(id) => Ok(vec![self.node(topic, id, None)?]),
            Whom::Channel(name) => on_channel(people, topic, name),
            Whom::File(path) => {
                let path = topic.folder.join(path);
                let place = |line| Some(format!("{}:{line}", path.display()));
                focus::read_ids(&path)?.iter().map(|(line, id)| self.node(topic, id, place(line))).collect()
            }
            Whom::Tier(_) | Whom::Community(_) => {
                unreachable!("invariant: a plan has no topic of a tier or a community")
            }
        }
    }

    fn node(&self, topic: &Topic, id: &str, place: Option<String>) -> Result<NodeId, PipelineError> {
        self.node_of.get(id).copied().ok_or_else(|| PipelineError::UnknownTopic {
            topic: topic.name.clone(),
            what: "customer or account",
            given: id.to_owned(),
            place,
            nearest: words::nearest(id, self.node_of.keys().copied()).map(str::to_owned),
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
    Err(PipelineError::UnknownTopic {
        topic: topic.name.clone(),
        what: "channel with customers",
        given: name.to_owned(),
        place: None,
        nearest: words::nearest(name, known).map(str::to_owned),
    })
}
