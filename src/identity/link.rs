//! From accounts and CRM records to nodes: who owns which account, and what may be shown of it.

use std::collections::BTreeMap;

use super::{Consent, ConsentRules, Customer, Customers, DeniedRule};
use crate::{
    event::{AccountId, AccountTable, key_hash},
    ids::NodeId,
};

/// Who stands behind a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// A customer of the CRM: an index into the list of customers.
    Customer(u32),
    /// An account that is a customer by itself, because there is no CRM file.
    Account(AccountId),
    /// An account that matches no customer.
    Prospect(AccountId),
    /// An account of people who may not be profiled: it shapes the graph and appears nowhere.
    Withheld,
}

/// Two or more customers that claim one identifier: none of them gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The identifier, `namespace:handle`.
    pub identifier: String,
    /// The keys of those who claim it, sorted.
    pub customers: Vec<String>,
    /// Whether events name it as an account.
    pub seen: bool,
}

/// Which node every account belongs to, and who stands behind every node.
#[derive(Clone, Debug)]
pub struct Linkage {
    /// `node_of[AccountId]`; [`NodeId::NONE`] for people who are kept out of the graph.
    pub node_of: Vec<NodeId>,
    /// `parties[NodeId]`.
    pub parties: Vec<Party>,
    /// Contested identifiers, sorted; those that a withheld customer claims are only counted.
    pub conflicts: Vec<Conflict>,
    /// How many contested identifiers are not listed because a withheld customer claims them.
    pub conflicts_withheld: u64,
    /// How many accounts were linked to a customer.
    pub accounts_linked: u64,
}

impl Linkage {
    /// Whether outputs may show an account: its person is in the graph and not withheld.
    pub fn is_shown(&self, account: AccountId) -> bool {
        let node = self.node_of[account.index()];
        node != NodeId::NONE && self.parties[node.index()] != Party::Withheld
    }

    /// Moves every node `v` to `place_of[v]`, a permutation.
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

/// Whom an account belongs to, while links are being made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Nobody,
    Customer(u32),
    /// Claimed by a CRM row that was set aside, or contested with a withheld customer among those who claim it.
    Hidden,
}

/// Links every account to at most one customer and numbers the nodes.
///
/// An account belongs to the one customer that claims its key; where several claim it none gets it, and the account
/// stays a prospect (withheld, when one of the claimants is, or a row that was set aside). Every customer who may be
/// profiled is a node, with or without accounts. Nodes are numbered in the order of (hash of the key, customers before
/// prospects, key), which depends on keys alone.
///
/// - **Input**: `customers` as [`read_customers`](super::read_customers) gives them; `None` where there is no CRM:
///   every account is a customer.
/// - **Cost**: O(c log c + a log a) for c identifiers and a accounts.
/// - **Same bits**: for any order of customer rows and events.
/// - **Checked by**: `tests/it/identity/link.rs` — cases by hand, and a dull linker on shuffled rows.
pub fn link(customers: Option<&Customers>, accounts: &AccountTable, rules: ConsentRules) -> Linkage {
    let Some(Customers { customers, hidden: set_aside, .. }) = customers else {
        return accounts_alone(accounts);
    };
    let claims = claims(customers);
    let mut owner = vec![Owner::Nobody; accounts.len()];
    let mut linkage = Linkage {
        node_of: vec![NodeId::NONE; accounts.len()],
        parties: Vec::new(),
        conflicts: Vec::new(),
        conflicts_withheld: 0,
        accounts_linked: 0,
    };
    for (identifier, claimants) in claims {
        let account = accounts.find(identifier);
        let customer = |index: u32| &customers[index as usize];
        let is_hidden = set_aside.identifiers.contains(identifier);
        let is_contested = claimants.len() + usize::from(is_hidden) > 1;
        let hides = is_hidden || claimants.iter().any(|&index| customer(index).consent == Consent::Denied);
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
        }
    }
    // What only rows that were set aside claim; the rest is settled above.
    for account in set_aside.identifiers.iter().filter_map(|identifier| accounts.find(identifier)) {
        owner[account.index()] = Owner::Hidden;
    }
    number_nodes(&mut linkage, customers, accounts, &owner, rules);
    linkage
}

/// Every identifier with the customers that claim it, both sorted.
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

/// Numbers the nodes by the hash of their keys and fills `node_of` and `parties`.
fn number_nodes(
    linkage: &mut Linkage,
    customers: &[Customer],
    accounts: &AccountTable,
    owner: &[Owner],
    rules: ConsentRules,
) {
    let mut owned: Vec<Vec<AccountId>> = vec![Vec::new(); customers.len()];
    let mut strangers = Vec::new();
    for (account, _) in accounts.iter() {
        match owner[account.index()] {
            Owner::Customer(index) => owned[index as usize].push(account),
            Owner::Nobody => strangers.push((Party::Prospect(account), account)),
            Owner::Hidden => strangers.push((Party::Withheld, account)),
        }
    }
    linkage.accounts_linked = owned.iter().map(|accounts| accounts.len() as u64).sum();

    let keep_out = |party: Party| party == Party::Withheld && rules.denied == DeniedRule::Exclude;
    let mut nodes: Vec<(u64, bool, &str, Party, Vec<AccountId>)> = Vec::new();
    for ((index, customer), own) in (0_u32..).zip(customers).zip(owned) {
        let denied = customer.consent == Consent::Denied;
        let party = if denied { Party::Withheld } else { Party::Customer(index) };
        // A withheld customer without accounts is on no edge and in no output: no node.
        let leaves_no_trace = denied && own.is_empty();
        if !keep_out(party) && !leaves_no_trace {
            nodes.push((key_hash(customer.id.as_bytes()), false, &customer.id, party, own));
        }
    }
    for (party, account) in strangers {
        if !keep_out(party) {
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

/// Without a CRM every account is a customer, and account ids are node ids already.
fn accounts_alone(accounts: &AccountTable) -> Linkage {
    Linkage {
        node_of: (0..accounts.len()).map(NodeId::new).collect(),
        parties: accounts.iter().map(|(account, _)| Party::Account(account)).collect(),
        conflicts: Vec::new(),
        conflicts_withheld: 0,
        accounts_linked: 0,
    }
}
