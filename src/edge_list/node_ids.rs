//! The user's own ids, letter for letter, by node number.

use std::borrow::Cow;

use crate::{
    event::{AccountId, account::SortedKeys},
    huge_pages::HugeVec,
    ids::{NodeId, id32},
};

/// The ids of the nodes of an edge list.
///
/// Where every id is a number in its one canonical form (`0`, or digits that do not begin with 0, up to the largest
/// `u64`), nodes are numbered by the value of their ids. One id of another form, such as `ada`, `-1` or `007`, makes
/// all ids texts, numbered by ([`key_hash`](crate::event::key_hash), bytes). Either way the numbers depend on the set
/// of the ids alone, not on the order of the lines, and what comes back is what the file says, letter for letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeIds {
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Ascending.
    Numbers(HugeVec<u64>),
    Texts(SortedKeys),
}

impl NodeIds {
    pub(super) fn new(form: Form) -> Self {
        Self { form }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        match &self.form {
            Form::Numbers(numbers) => numbers.len(),
            Form::Texts(keys) => keys.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all ids are canonical numbers; then the order of the nodes is the order of the numbers.
    pub fn is_numeric(&self) -> bool {
        matches!(self.form, Form::Numbers(_))
    }

    /// The id of `node` as the file writes it.
    pub fn id(&self, node: NodeId) -> Cow<'_, str> {
        match &self.form {
            Form::Numbers(numbers) => numbers[node.index()].to_string().into(),
            Form::Texts(keys) => keys.key(AccountId(node.0)).into(),
        }
    }

    /// The node with this id, letter for letter. O(log n).
    pub fn find(&self, id: &str) -> Option<NodeId> {
        match &self.form {
            Form::Numbers(numbers) => {
                let number = super::scan::Number::of(id)?.0;
                numbers.binary_search(&number).ok().map(|at| NodeId(id32(at)))
            }
            Form::Texts(keys) => keys.find(id).map(|id| NodeId(id.0)),
        }
    }
}
