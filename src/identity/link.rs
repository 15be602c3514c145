//! Links accounts to customers by the identifiers that customers claim, and numbers the nodes.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Consent, Customer, Customers, Denials, DeniedRule};
use crate::{
    event::{AccountId, AccountTable, key_hash},
    ids::{NodeId, id32},
};

/// The person that a node represents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// A customer of the CRM: an index into the list of customers.
    Customer(u32),
    /// An account that counts as a customer, because there is no CRM file.
    Account(AccountId),
    /// An account that matches no customer.
    Prospect(AccountId),
    /// A person who may not be profiled: the node shapes the graph and appears in no output.
    Withheld,
}

impl Party {
    /// Whether outputs list the person as a customer.
    pub fn is_customer(self) -> bool {
        matches!(self, Self::Customer(_) | Self::Account(_))
    }
}

/// An identifier that two or more customers claim, so that it is linked to none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The identifier, `namespace:handle`.
    pub identifier: String,
    /// The ids of the customers that claim it, sorted.
    pub customers: Vec<String>,
    /// Whether an account with this key occurs in the events.
    pub seen: bool,
}

/// The node of every account, and the person that every node represents.
#[derive(Clone, Debug, Default)]
pub struct Linkage {
    /// The node of each account, by account id; [`NodeId::NONE`] for accounts that are not in the graph.
    pub node_of: Vec<NodeId>,
    /// The person that each node represents, by node id.
    pub parties: Vec<Party>,
    /// Identifiers with several claimants, sorted; identifiers that a withheld customer claims are only counted.
    pub conflicts: Vec<Conflict>,
    /// The number of conflicts that are not listed because a withheld customer is among the claimants.
    pub conflicts_withheld: u64,
    pub accounts_linked: u64,
    /// The accounts linked of each channel; the channel of bare handles is empty.
    pub linked_by_channel: BTreeMap<String, u64>,
    /// Accounts that are withheld only because somebody denied consent under them in an earlier run.
    pub accounts_remembered: u64,
    /// The ids of customers who may be shown but lose an account because somebody else once denied consent under it.
    pub owners_without_account: Vec<String>,
}

impl Linkage {
    /// Whether outputs may show an account: its person is in the graph and not withheld.
    pub fn is_shown(&self, account: AccountId) -> bool {
        let node = self.node_of[account.index()];
        node != NodeId::NONE && self.parties[node.index()] != Party::Withheld
    }

    /// Renumbers the nodes: node `v` becomes `place_of[v]`; `place_of` is a permutation.
    pub fn renumber(&mut self, place_of: &[NodeId]) {
        for node in self.node_of.iter_mut().filter(|node| **node != NodeId::NONE) {
            *node = place_of[node.index()];
        }
        let mut parties = vec![Party::Withheld; self.parties.len()];
        for (party, place) in self.parties.iter().zip(place_of) {
            parties[place.index()] = *party;
        }
        self.parties = parties;
    }
}

/// The owner of an account, while links are being made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Nobody,
    Customer(u32),
    /// Claimed by a rejected CRM row, or by several customers, at least one of them withheld.
    Hidden,
}

/// Links every account to at most one customer and numbers the nodes.
///
/// An account is linked to the only customer that claims its key. If several customers claim the key, the account is
/// linked to none of them and stays a prospect; it is withheld if a claimant is withheld or is a rejected row, or if
/// somebody else denied consent under this identifier in an earlier run. Every customer who may be profiled is a node,
/// with or without accounts. Nodes are numbered in the order of (hash of the key, customers before prospects, key),
/// which depends on keys alone.
///
/// - **Input**: `customers` as [`read_customers`](super::read_customers) gives them; `None` if there is no CRM, so
///   every account is a customer; `exists[AccountId]`: whether the account is in the graph at all.
/// - **Cost**: O(c log c + a log a) for c identifiers and a accounts; where denials are remembered, a SHA-256 for each
///   of them, the accounts in parallel.
/// - **Same bits**: for any order of customer rows and events.
/// - **Checked by**: `tests/it/identity/link.rs` — cases by hand, and a simple second linker on shuffled rows.
pub fn link(
    customers: Option<&Customers>,
    accounts: &AccountTable,
    exists: &[bool],
    denied: DeniedRule,
    denials: &Denials,
) -> Linkage {
    let Some(Customers { customers, hidden, .. }) = customers else {
        return accounts_alone(accounts, exists, denied, denials);
    };
    let claims = claims(customers);
    let mut owner = vec![Owner::Nobody; accounts.len()];
    let mut linkage = Linkage { node_of: vec![NodeId::NONE; accounts.len()], ..Linkage::default() };
    for (identifier, claimants) in claims {
        let account = accounts.find(identifier);
        let customer = |index: u32| &customers[index as usize];
        let only_id = if let [only] = claimants[..] { Some(customer(only).id.as_str()) } else { None };
        let is_set_aside = hidden.identifiers.contains(identifier);
        let is_remembered = !is_set_aside && denials.hides_identifier(identifier, only_id);
        let is_contested = claimants.len() + usize::from(is_set_aside || is_remembered) > 1;
        let has_denied = claimants.iter().any(|&index| customer(index).consent == Consent::Denied);
        let hides = is_set_aside || is_remembered || has_denied;
        let verdict = match claimants[..] {
            [only] if !is_contested => Owner::Customer(only),
            _ if hides => Owner::Hidden,
            _ => Owner::Nobody,
        };
        if is_contested && hides {
            linkage.conflicts_withheld += 1;
        } else if is_contested {
            linkage.conflicts.push(Conflict {
                identifier: identifier.to_owned(),
                customers: claimants.iter().map(|&index| customer(index).id.clone()).collect(),
                seen: account.is_some(),
            });
        }
        if let Some(account) = account {
            owner[account.index()] = verdict;
            linkage.accounts_remembered += u64::from(is_remembered && !has_denied);
            if let (true, false, Some(id)) = (is_remembered, has_denied, only_id) {
                linkage.owners_without_account.push(id.to_owned());
            }
        }
    }
    // This hides accounts that only rejected rows claim; all other accounts were decided above.
    for account in hidden.identifiers.iter().filter_map(|identifier| accounts.find(identifier)) {
        owner[account.index()] = Owner::Hidden;
    }
    // Accounts that only earlier runs knew as those of people who denied.
    if !denials.is_empty() {
        let hide = |(at, owner): (usize, &mut Owner)| {
            let key = accounts.key(AccountId(id32(at)));
            let hides = *owner == Owner::Nobody && denials.hides_identifier(key, None);
            if hides {
                *owner = Owner::Hidden;
            }
            hides
        };
        linkage.accounts_remembered +=
            owner.par_iter_mut().enumerate().map(hide).filter(|&hides| hides).count() as u64;
    }
    number_nodes(&mut linkage, customers, accounts, exists, &owner, denied);
    linkage
}

/// Maps each identifier to the sorted indices of the customers that claim it.
fn claims(customers: &[Customer]) -> BTreeMap<&str, Vec<u32>> {
    let mut claims: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (index, customer) in (0_u32..).zip(customers) {
        for identifier in &customer.identifiers {
            let claimants = claims.entry(identifier).or_default();
            if claimants.last() != Some(&index) {
                claimants.push(index);
            }
        }
    }
    claims
}

/// Numbers the nodes in the order of the hashes of their keys; fills `node_of` and `parties`.
fn number_nodes(
    linkage: &mut Linkage,
    customers: &[Customer],
    accounts: &AccountTable,
    exists: &[bool],
    owner: &[Owner],
    denied: DeniedRule,
) {
    let mut owned: Vec<Vec<AccountId>> = vec![Vec::new(); customers.len()];
    let mut unlinked = Vec::new();
    let mut linked: BTreeMap<&str, u64> = BTreeMap::new();
    for (account, _) in accounts.iter().filter(|(account, _)| exists[account.index()]) {
        match owner[account.index()] {
            Owner::Customer(index) => {
                owned[index as usize].push(account);
                *linked.entry(accounts.channel(account)).or_default() += 1;
            }
            Owner::Nobody => unlinked.push((Party::Prospect(account), account)),
            Owner::Hidden => unlinked.push((Party::Withheld, account)),
        }
    }
    linkage.accounts_linked = linked.values().sum();
    let named = linked.into_iter().map(|(channel, count)| (channel.to_owned(), count));
    linkage.linked_by_channel = named.collect();

    let is_excluded = |party: Party| party == Party::Withheld && denied == DeniedRule::Exclude;
    let mut nodes: Vec<(u64, bool, &str, Party, Vec<AccountId>)> = Vec::new();
    for ((index, customer), own) in (0_u32..).zip(customers).zip(owned) {
        let is_denied = customer.consent == Consent::Denied;
        let party = if is_denied { Party::Withheld } else { Party::Customer(index) };
        // A withheld customer without accounts has no edge and appears in no output, so it needs no node.
        let needs_no_node = is_denied && own.is_empty();
        if !is_excluded(party) && !needs_no_node {
            nodes.push((key_hash(customer.id.as_bytes()), false, &customer.id, party, own));
        }
    }
    for (party, account) in unlinked {
        if !is_excluded(party) {
            let key = accounts.key(account);
            nodes.push((key_hash(key.as_bytes()), true, key, party, vec![account]));
        }
    }
    nodes.sort_unstable_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
    for (node, (_, _, _, party, own)) in nodes.into_iter().enumerate() {
        for account in own {
            linkage.node_of[account.index()] = NodeId::new(node);
        }
        linkage.parties.push(party);
    }
}

/// Without a CRM every account is a customer, but those of people who denied while there was one. Nodes are in the
/// order of account ids.
fn accounts_alone(
    accounts: &AccountTable,
    exists: &[bool],
    denied: DeniedRule,
    denials: &Denials,
) -> Linkage {
    let mut linkage = Linkage::default();
    for (account, key) in accounts.iter() {
        if !exists[account.index()] {
            linkage.node_of.push(NodeId::NONE);
            continue;
        }
        let is_hidden = denials.hides_identifier(key, None);
        linkage.accounts_remembered += u64::from(is_hidden);
        if is_hidden && denied == DeniedRule::Exclude {
            linkage.node_of.push(NodeId::NONE);
            continue;
        }
        linkage.node_of.push(NodeId::new(linkage.parties.len()));
        linkage.parties.push(if is_hidden { Party::Withheld } else { Party::Account(account) });
    }
    linkage
}
