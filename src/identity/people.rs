//! Finds the customer or account of each node, and the key that outputs show for the node.

use rayon::prelude::*;

use super::{Consent, Customer, Linkage, Party};
use crate::{event::AccountTable, ids::NodeId};

pub(crate) struct People<'a> {
    pub(crate) customers: &'a [Customer],
    pub(crate) accounts: &'a AccountTable,
    pub(crate) linkage: &'a Linkage,
    /// The consent of accounts that are customers because there is no CRM file.
    pub(crate) consent_without_crm: Consent,
}

impl<'a> People<'a> {
    pub(crate) fn party(&self, node: NodeId) -> Party {
        self.linkage.parties[node.index()]
    }

    pub(crate) fn customer(&self, node: NodeId) -> Option<&'a Customer> {
        match self.party(node) {
            Party::Customer(index) => Some(&self.customers[index as usize]),
            Party::Account(_) | Party::Prospect(_) | Party::Withheld => None,
        }
    }

    /// The key of the node in outputs; withheld people have no key.
    pub(crate) fn key(&self, node: NodeId) -> &'a str {
        match self.party(node) {
            Party::Customer(index) => &self.customers[index as usize].id,
            Party::Account(account) | Party::Prospect(account) => self.accounts.key(account),
            Party::Withheld => unreachable!("invariant: the key of a withheld person is never shown"),
        }
    }

    pub(crate) fn keys(&self, nodes: &[NodeId]) -> Vec<&'a str> {
        nodes.iter().map(|&node| self.key(node)).collect()
    }

    pub(crate) fn consent(&self, node: NodeId) -> Consent {
        self.customer(node).map_or(self.consent_without_crm, |customer| customer.consent)
    }

    /// All customers who may be shown, in node order.
    pub(crate) fn customer_nodes(&self) -> Vec<NodeId> {
        self.nodes(Party::is_customer)
    }

    /// All prospects, in node order.
    pub(crate) fn prospect_nodes(&self) -> Vec<NodeId> {
        self.nodes(|party| matches!(party, Party::Prospect(_)))
    }

    fn nodes(&self, keep: impl Fn(Party) -> bool) -> Vec<NodeId> {
        let parties = self.linkage.parties.iter().enumerate();
        parties.filter(|&(_, &party)| keep(party)).map(|(node, _)| NodeId::new(node)).collect()
    }

    pub(crate) fn withheld(&self) -> usize {
        self.customers.iter().filter(|customer| customer.consent == Consent::Denied).count()
    }

    /// The channels on which each node was seen, sorted, each once.
    pub(crate) fn channels(&self) -> Vec<Vec<&'a str>> {
        let mut channels: Vec<Vec<&str>> = vec![Vec::new(); self.linkage.parties.len()];
        for (account, key) in self.accounts.iter() {
            let node = self.linkage.node_of[account.index()];
            let channel = key.split_once(':').map(|(channel, _)| channel);
            if let Some(channel) = channel.filter(|_| node != NodeId::NONE) {
                channels[node.index()].push(channel);
            }
        }
        channels.par_iter_mut().for_each(|list| {
            list.sort_unstable();
            list.dedup();
        });
        channels
    }
}
