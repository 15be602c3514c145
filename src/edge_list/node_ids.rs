//! The ids of the nodes, letter for letter as the file writes them, by node number.

use std::borrow::Cow;

use crate::{
    event::{AccountId, SortedKeys},
    huge_pages::HugeVec,
    ids::{NodeId, id32},
};

/// The ids of the nodes of an edge list.
///
/// If every id is a number in canonical form (`0`, or digits that do not begin with 0, up to the largest `u64`), nodes
/// are numbered by the value of their ids. If at least one id has another form, such as `ada`, `-1` or `007`, all ids
/// are texts, and nodes are numbered by ([`key_hash`](crate::event::key_hash), bytes) of their ids. Either way the
/// numbers depend on the set of the ids alone, not on the order of the lines, and an id is returned as the file writes
/// it, letter for letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeIds(pub(super) SortedIds);

/// All ids in the order of their node numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SortedIds {
    /// The values, ascending.
    Numbers(HugeVec<u64>),
    /// The texts, sorted by hash, then by bytes.
    Texts(SortedKeys),
}

impl NodeIds {
    /// How many nodes there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            SortedIds::Numbers(numbers) => numbers.len(),
            SortedIds::Texts(keys) => keys.len(),
        }
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all ids are canonical numbers; nodes are then numbered in the order of these numbers.
    pub fn is_numeric(&self) -> bool {
        matches!(self.0, SortedIds::Numbers(_))
    }

    /// The id of `node` as the file writes it.
    pub fn id(&self, node: NodeId) -> Cow<'_, str> {
        match &self.0 {
            SortedIds::Numbers(numbers) => numbers[node.index()].to_string().into(),
            SortedIds::Texts(keys) => keys.key(AccountId(node.0)).into(),
        }
    }

    /// The node with this id, letter for letter. O(log n).
    pub fn find(&self, id: &str) -> Option<NodeId> {
        match &self.0 {
            SortedIds::Numbers(numbers) => {
                let number = super::scan::NumberKey::of(id)?.0;
                numbers.binary_search(&number).ok().map(|at| NodeId(id32(at)))
            }
            SortedIds::Texts(keys) => keys.find(id).map(|id| NodeId(id.0)),
        }
    }
}
