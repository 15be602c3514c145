//! From nodes back to people: what is known and measured of each, and where each stands.

use ndarray::Array2;
use rayon::prelude::*;

use super::{communities::Communities, structure::Structure, trust::Trust};
use crate::{
    event::AccountTable,
    graph::Graph,
    identity::{Consent, Customer, Linkage, Party},
    ids::{NodeId, id32},
    projection::{Channels, Received},
    rank::Ranks,
    reach::Reach,
    tier::{OutsiderStanding, Standing, TierConfig},
};

/// Who stands behind the nodes.
pub(super) struct People<'a> {
    pub(super) customers: &'a [Customer],
    pub(super) accounts: &'a AccountTable,
    pub(super) linkage: &'a Linkage,
    /// The consent of accounts that are customers because there is no CRM file.
    pub(super) consent_without_crm: Consent,
}

impl<'a> People<'a> {
    pub(super) fn party(&self, node: NodeId) -> Party {
        self.linkage.parties[node.index()]
    }

    /// The CRM record behind a node.
    pub(super) fn customer(&self, node: NodeId) -> Option<&'a Customer> {
        match self.party(node) {
            Party::Customer(index) => Some(&self.customers[index as usize]),
            Party::Account(_) | Party::Prospect(_) | Party::Withheld => None,
        }
    }

    /// The key that outputs show; withheld people have none.
    pub(super) fn key(&self, node: NodeId) -> &'a str {
        match self.party(node) {
            Party::Customer(index) => &self.customers[index as usize].id,
            Party::Account(account) | Party::Prospect(account) => self.accounts.key(account),
            Party::Withheld => unreachable!("invariant: nobody asks for the key of a withheld person"),
        }
    }

    /// The keys of some nodes, in their order.
    pub(super) fn keys(&self, nodes: &[NodeId]) -> Vec<&'a str> {
        nodes.iter().map(|&node| self.key(node)).collect()
    }

    /// What a customer agreed to.
    pub(super) fn consent(&self, node: NodeId) -> Consent {
        self.customer(node).map_or(self.consent_without_crm, |customer| customer.consent)
    }

    /// All customers who may be shown, in node order.
    pub(super) fn customer_nodes(&self) -> Vec<NodeId> {
        self.nodes(|party| matches!(party, Party::Customer(_) | Party::Account(_)))
    }

    /// All prospects, in node order.
    pub(super) fn prospect_nodes(&self) -> Vec<NodeId> {
        self.nodes(|party| matches!(party, Party::Prospect(_)))
    }

    fn nodes(&self, keep: impl Fn(Party) -> bool) -> Vec<NodeId> {
        let parties = self.linkage.parties.iter().enumerate();
        parties.filter(|&(_, &party)| keep(party)).map(|(node, _)| NodeId::new(node)).collect()
    }

    /// How many CRM customers are withheld.
    pub(super) fn withheld(&self) -> usize {
        self.customers.iter().filter(|customer| customer.consent == Consent::Denied).count()
    }

    /// The channels on which each node was seen, sorted, each once.
    pub(super) fn channels(&self) -> Vec<Vec<&'a str>> {
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

/// The channels of the accounts. None is named after somebody who may not be shown: an account key of an unusual form
/// can look like a channel with a handle.
pub(super) fn channels_with_a_column(accounts: &AccountTable, linkage: &Linkage) -> Channels {
    Channels::new(accounts, |account| {
        let node = linkage.node_of[account.index()];
        node != NodeId::NONE && linkage.parties[node.index()] != Party::Withheld
    })
}

/// What the kernels say of each node. Vectors are in step with the nodes.
pub(super) struct Measures {
    pub(super) ranks: Ranks,
    pub(super) communities: Communities,
    pub(super) reach: Reach,
    /// Sum of the weights of the in-edges, one fresh event of weight 1 being 1.
    pub(super) strength: Vec<f64>,
    pub(super) structure: Structure,
    /// The same strength by kind and by channel.
    pub(super) received: Received,
    /// None without a CRM.
    pub(super) trust: Option<Trust>,
}

impl Measures {
    pub(super) fn new(
        graph: &Graph,
        ranks: Ranks,
        communities: Communities,
        reach: Reach,
        structure: Structure,
        received: Received,
        trust: Option<Trust>,
    ) -> Self {
        let strength = Self::strengths(graph);
        Self { ranks, communities, reach, strength, structure, received, trust }
    }

    /// The sum of the weights of each node's in-edges.
    pub(super) fn strengths(graph: &Graph) -> Vec<f64> {
        let strength = graph.in_edges().strengths();
        strength.par_iter().map(|&units| units as f64 * graph.weight_unit()).collect()
    }

    /// The measures that make up the score.
    pub(super) fn columns<'a>(&'a self, graph: &'a Graph) -> Columns<'a> {
        let (pagerank, reach) = (&self.ranks.score, &self.reach.estimate);
        Columns { graph, pagerank, reach, strength: &self.strength }
    }
}

/// The measures that make up the score, in step with the nodes.
pub(super) struct Columns<'a> {
    /// Its degrees are the audiences.
    pub(super) graph: &'a Graph,
    pub(super) pagerank: &'a [f64],
    pub(super) reach: &'a [f64],
    pub(super) strength: &'a [f64],
}

impl Columns<'_> {
    /// A row a node of `nodes`, a column a component.
    pub(super) fn matrix(&self, nodes: &[NodeId], config: &TierConfig) -> Array2<f64> {
        let mut matrix = Array2::zeros((nodes.len(), config.components.len()));
        for (component, mut column) in config.components.iter().zip(matrix.columns_mut()) {
            for (&node, slot) in nodes.iter().zip(&mut column) {
                *slot = match component.name.as_str() {
                    "pagerank" => self.pagerank[node.index()],
                    "reach" => self.reach[node.index()],
                    "strength" => self.strength[node.index()],
                    "audience" => self.graph.in_edges().degree(node) as f64,
                    other => unreachable!("invariant: the plan knows no component `{other}`"),
                };
            }
        }
        matrix
    }
}

/// Where everyone who may be shown stands.
pub(super) struct Scores {
    pub(super) customers: Vec<NodeId>,
    /// In step with `customers`.
    pub(super) standing: Standing,
    /// Whose standing was found to rest on suspects, and was capped; in step with `customers`.
    pub(super) flagged: Vec<bool>,
    pub(super) prospects: Vec<NodeId>,
    /// In step with `prospects`.
    pub(super) outsiders: OutsiderStanding,
    /// As `flagged`, in step with `prospects`.
    pub(super) flagged_outside: Vec<bool>,
}

impl Scores {
    /// The customers in the order of their ranks, as positions in `customers`.
    pub(super) fn customers_by_rank(&self) -> Vec<usize> {
        by_rank(&self.standing.rank)
    }

    /// The prospects in the order of their ranks, as positions in `prospects`.
    pub(super) fn prospects_by_rank(&self) -> Vec<usize> {
        by_rank(&self.outsiders.rank)
    }
}

/// The inverse of a list of ranks from 1.
fn by_rank(ranks: &[u32]) -> Vec<usize> {
    let mut order = vec![0; ranks.len()];
    for (position, &rank) in ranks.iter().enumerate() {
        order[rank as usize - 1] = position;
    }
    order
}

/// How many customers are in each node's audience, withheld ones left out.
pub(super) fn customers_in_audience(people: &People<'_>, graph: &Graph) -> Vec<u32> {
    let is_customer = |node: &&NodeId| matches!(people.party(**node), Party::Customer(_) | Party::Account(_));
    (0..id32(graph.node_count()))
        .into_par_iter()
        .map_init(
            || graph.in_edges().rows(),
            |rows, v| id32(rows.neighbours(NodeId(v)).iter().filter(is_customer).count()),
        )
        .collect()
}
