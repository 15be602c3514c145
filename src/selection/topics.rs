//! Finds the people of `[[rank.topics]]` and `[[reach.segments]]`, as nodes of the run that is being made.

use std::{collections::BTreeSet, path::PathBuf};

use super::{PersonIndex, SelectionError};
use crate::{
    config::{PeopleSelector, Topic, TopicUse},
    digest::Digest,
    graph::NodeOrder,
    identity::People,
    ids::{NodeId, offset64},
    text,
};

pub(crate) struct TopicPeople {
    pub(crate) name: String,
    /// Node ids before the graph is reordered; ascending, distinct, at least one.
    pub(crate) nodes: Vec<NodeId>,
    /// The list file that names the people, if there is one.
    pub(crate) list: Option<ListFile>,
    /// How many ids of the list are unknown, in words.
    note: Option<String>,
}

/// A list of ids that was read; the manifest lists it like any other input file.
pub(crate) struct ListFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) sha256: Digest,
    pub(crate) id_count: u64,
}

/// The people of all topics of `[rank]` and all segments of `[reach]`.
#[derive(Default)]
pub(crate) struct Topics {
    pub(crate) topics: Vec<TopicPeople>,
    pub(crate) segments: Vec<TopicPeople>,
}

impl TopicPeople {
    /// The node ids of the people in the reordered graph.
    pub(crate) fn nodes_in(&self, order: &NodeOrder) -> Vec<NodeId> {
        self.nodes.iter().map(|node| order.place_of()[node.index()]).collect()
    }
}

impl Topics {
    /// Finds the people of every topic and segment: customers and prospects by id, customers by channel.
    pub(crate) fn find(
        topics: &[Topic],
        segments: &[Topic],
        people: &People<'_>,
    ) -> Result<Self, TopicError> {
        if topics.is_empty() && segments.is_empty() {
            return Ok(Self::default());
        }
        let prospects = people.prospect_nodes().into_iter().map(|node| (people.key(node), node, false));
        let customers = people.customer_nodes().into_iter().map(|node| (people.key(node), node, true));
        let index = PersonIndex::new(prospects.chain(customers));
        let all = |topics: &[Topic]| {
            topics.iter().map(|topic| topic_people(topic, people, &index)).collect::<Result<_, _>>()
        };
        Ok(Self { topics: all(topics)?, segments: all(segments)? })
    }

    /// The node ids of each segment in the reordered graph.
    pub(crate) fn segment_nodes(&self, order: &NodeOrder) -> Vec<Vec<NodeId>> {
        self.segments.iter().map(|segment| segment.nodes_in(order)).collect()
    }

    /// For each list with unknown ids, how many there are, in words.
    pub(crate) fn notes(&self) -> impl Iterator<Item = &str> {
        self.topics.iter().chain(&self.segments).filter_map(|topic| topic.note.as_deref())
    }

    /// The lists that were read, the lists of the topics first.
    pub(crate) fn lists(&self) -> impl Iterator<Item = &ListFile> {
        self.topics.iter().chain(&self.segments).filter_map(|topic| topic.list.as_ref())
    }
}

fn topic_people(
    topic: &Topic,
    people: &People<'_>,
    index: &PersonIndex<'_, NodeId>,
) -> Result<TopicPeople, TopicError> {
    let fault = |cause| TopicError::Selection { of: topic.of, topic: topic.name.clone(), cause };
    let mut note = None;
    let (mut nodes, list) = match &topic.segment {
        PeopleSelector::File(path) => {
            let path = topic.folder.join(path);
            let found = index.read_list(&path).map_err(fault)?;
            note = found.note;
            let (list, nodes) = (found.list, found.found.into_iter().map(|(node, _)| node).collect());
            let id_count = offset64(list.ids.len());
            (nodes, Some(ListFile { path, bytes: list.bytes, sha256: list.sha256, id_count }))
        }
        PeopleSelector::Named(id) | PeopleSelector::Id(id) => {
            (vec![index.get(id).ok_or_else(|| fault(index.unknown(id)))?], None)
        }
        PeopleSelector::Channel(name) => (on_channel(people, topic, name)?, None),
        PeopleSelector::Tier(_) | PeopleSelector::Community(_) => {
            unreachable!("invariant: a plan has no topic of a tier or a community")
        }
    };
    nodes.sort_unstable();
    nodes.dedup();
    Ok(TopicPeople { name: topic.name.clone(), nodes, list, note })
}

fn on_channel(people: &People<'_>, topic: &Topic, name: &str) -> Result<Vec<NodeId>, TopicError> {
    let channels = people.channels();
    let customers = people.customer_nodes();
    let is_there = |node: &&NodeId| channels[node.index()].contains(&name);
    let nodes: Vec<NodeId> = customers.iter().filter(is_there).copied().collect();
    if !nodes.is_empty() {
        return Ok(nodes);
    }
    let known: BTreeSet<&str> = customers.iter().flat_map(|node| &channels[node.index()]).copied().collect();
    Err(TopicError::NobodyOnChannel {
        of: topic.of,
        topic: topic.name.clone(),
        channel: name.to_owned(),
        nearest: text::nearest(name, known.iter().copied()).map(str::to_owned),
        known: known.into_iter().map(str::to_owned).collect(),
    })
}

/// Why the people of a topic or segment cannot be found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// An id is unknown, or a list cannot be read.
    #[error("{}", without_people(*of, topic, cause))]
    Selection { of: TopicUse, topic: String, cause: SelectionError },
    #[error("no customer is on channel `{channel}` for {} `{topic}`", of.noun())]
    NobodyOnChannel {
        of: TopicUse,
        topic: String,
        channel: String,
        nearest: Option<String>,
        known: Vec<String>,
    },
}

fn without_people(of: TopicUse, topic: &str, cause: &SelectionError) -> String {
    match cause {
        SelectionError::UnknownPerson { sought, given, .. } => {
            format!("there is no {sought} `{given}` for {} `{topic}`", of.noun())
        }
        cause => format!("cannot find the people of {} `{topic}`: {cause}", of.noun()),
    }
}

impl TopicError {
    /// Details of the failure, shown below its first line.
    pub(crate) fn why(&self) -> Option<String> {
        match self {
            Self::Selection { cause: SelectionError::UnknownPerson { nearest, .. }, .. } => {
                let nearest = nearest.as_ref().map(|near| format!("the nearest is `{near}`"));
                Some(nearest.unwrap_or_else(|| "nobody in events or CRM has this id".to_owned()))
            }
            Self::Selection { .. } => None,
            Self::NobodyOnChannel { known, .. } if known.is_empty() => {
                Some("no channel has customers".to_owned())
            }
            Self::NobodyOnChannel { known, .. } => {
                Some(format!("the channels with customers are {}", known.join(", ")))
            }
        }
    }

    /// How to fix it in the configuration, which names the people.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Selection { of, cause, .. } => hint_in_configuration(*of, cause),
            Self::NobodyOnChannel { nearest: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::NobodyOnChannel { of, known, .. } if known.is_empty() => {
                format!("name people in {}, by id or as `@FILE`", segment_key(*of))
            }
            Self::NobodyOnChannel { of, .. } => format!("name one of these channels in {}", segment_key(*of)),
        }
    }
}

/// Like [`SelectionError::hint`], but for people that the configuration names, not the command line.
fn hint_in_configuration(of: TopicUse, error: &SelectionError) -> String {
    match error {
        SelectionError::UnknownPerson { nearest: Some(near), .. } => format!("did you mean `{near}`?"),
        SelectionError::UnknownList { .. } => {
            "write one id of the CRM per line, or accounts as `channel:handle`".to_owned()
        }
        SelectionError::UnknownPerson { .. } => {
            format!("name in {} an id of the CRM, or an account as `channel:handle`", segment_key(of))
        }
        SelectionError::EmptyList { .. } => {
            format!("write the ids into it, one per line, or fix {}", segment_key(of))
        }
        _ => format!(
            "fix {}: `@FILE` is a text file in UTF-8 with one id per line; its path is relative to the folder of the \
             configuration",
            segment_key(of)
        ),
    }
}

/// The key that names the people of a topic.
fn segment_key(of: TopicUse) -> String {
    format!("`segment` of `[[{}]]`", of.table())
}
