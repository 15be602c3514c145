//! Remembers who denied consent, as keyed hashes, so that a row that is missing or damaged never lifts a denial.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Consent, Customer, Customers, DenialClaim,
    withheld::{claim_forms, name_forms},
};
use crate::digest::Hasher;

/// The memory of denials: who denied, under which identifiers and names.
///
/// It holds no text: a text is kept as the first 128 bits of SHA-256 over the salt, what the text is, and the text. Who
/// has the salt can still test whether a given handle is in it, so the file is as confidential as the CRM's list of
/// denials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denials {
    salt: [u8; 32],
    /// By the hash of the customer's id.
    people: BTreeMap<KeyedHash, DeniedPerson>,
    /// Who denied under each identifier: an index into `people` by identifier.
    #[serde(skip)]
    claimants: BTreeMap<KeyedHash, Vec<KeyedHash>>,
    /// The names of `people`.
    #[serde(skip)]
    names: BTreeSet<KeyedHash>,
    /// How many people published runs knew.
    #[serde(skip)]
    known_before: u64,
    /// The people who deny in the input of this run.
    #[serde(skip)]
    denying: BTreeSet<KeyedHash>,
}

type KeyedHash = [u8; 16];

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct DeniedPerson {
    /// Whether the CRM had a known word for the denial. Otherwise it is a denial by `[consent] missing` or by an
    /// unknown word, which ends once a row of the customer may be profiled by those settings.
    is_stated: bool,
    /// Whether a run was published that knew of the denial. Before that, its input may have been wrong in other ways.
    is_published: bool,
    identifiers: BTreeSet<KeyedHash>,
    /// Identifiers that only inputs of refused runs state. One of them is forgotten as soon as a row of the customer
    /// states others.
    unpublished: BTreeSet<KeyedHash>,
    names: BTreeSet<KeyedHash>,
}

/// What the memory changed in the customers of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DenialsApplied {
    /// The number of people whose denial a published run knew.
    pub remembered: u64,
    /// Customers who are withheld only because an earlier run knew of their denial.
    pub customers: u64,
    /// People whose stated denial a published run knew, and of whom the CRM now says that they agree, under their id or
    /// under another one.
    pub lifted: u64,
    /// People who denied and are in no CRM row of this run.
    pub absent: u64,
    /// Whether the memory changed, so that it is to be kept once the run is published.
    pub changes_memory: bool,
}

/// What a hashed text is, so that an id is never taken for a handle.
#[derive(Clone, Copy)]
enum TextKind {
    Id = 1,
    Identifier = 2,
    Name = 3,
    /// The handle of an identifier, whatever its namespace.
    Handle = 4,
}

impl Denials {
    /// An empty memory. The salt should be random, and the same for the life of a store.
    pub const fn new(salt: [u8; 32]) -> Self {
        Self {
            salt,
            people: BTreeMap::new(),
            claimants: BTreeMap::new(),
            names: BTreeSet::new(),
            known_before: 0,
            denying: BTreeSet::new(),
        }
    }

    /// Decodes what [`Denials::to_bytes`] gave; `None` if it is something else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (mut denials, length): (Self, usize) =
            bincode::serde::decode_from_slice(bytes, bincode::config::standard()).ok()?;
        denials.index();
        denials.known_before = denials.people.values().filter(|person| person.is_published).count() as u64;
        (length == bytes.len()).then_some(denials)
    }

    /// The memory as bytes: a function of the salt and the set of denials.
    pub fn to_bytes(&self) -> Vec<u8> {
        bincode::serde::encode_to_vec(self, bincode::config::standard())
            .expect("invariant: maps and arrays of bytes are encodable")
    }

    /// How many people are remembered.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether nobody is remembered.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Adds the denials of a run; returns whether the memory changed. Identifiers and names that a person had before
    /// are kept, because the person may still be known by them.
    ///
    /// A row that was set aside is added if a denial can be read in it. Any other such row is not: what it says is
    /// unknown, and the denial would hold even where the CRM never gives an answer.
    pub fn learn(&mut self, customers: &Customers) -> bool {
        let mut changed = false;
        for customer in &customers.customers {
            let is_set_aside = customers.hidden.ids.contains(&customer.id);
            let is_stated = customer.stated == Some(Consent::Denied);
            if is_stated || customer.consent == Consent::Denied && !is_set_aside {
                changed |=
                    self.remember(&customer.id, is_stated, &customer.identifiers, &name_forms(customer));
            }
        }
        for claim in &customers.hidden.denials {
            let forms = claim_forms(claim);
            for id in claim_ids(claim) {
                changed |= self.remember(&id, true, &claim.identifiers, &forms);
            }
        }
        self.index();
        changed
    }

    /// Notes that the run is published; returns whether the memory changed.
    pub fn confirm(&mut self) -> bool {
        let mut changed = false;
        for (id, person) in &mut self.people {
            if self.denying.contains(id) {
                changed |= !person.is_published || !person.unpublished.is_empty();
                person.is_published = true;
                person.identifiers.append(&mut person.unpublished);
            }
        }
        changed
    }

    /// Forgets what only refused runs taught: people, and identifiers of people. Returns how many people.
    pub fn forget_unpublished(&mut self) -> u64 {
        let before = self.people.len();
        self.people.retain(|_, person| person.is_published);
        self.people.values_mut().for_each(|person| person.unpublished.clear());
        self.index();
        (before - self.people.len()) as u64
    }

    /// Forgets that people denied consent under this identifier, `namespace:handle` in normal form; they stay denied
    /// under their ids and other identifiers. Returns whether it was known.
    pub fn release(&mut self, identifier: &str) -> bool {
        let hashes = identifier_hashes(&self.salt, identifier);
        let mut known = false;
        for person in self.people.values_mut() {
            for hash in &hashes {
                known |= person.identifiers.remove(hash) | person.unpublished.remove(hash);
            }
        }
        self.index();
        known
    }

    /// How many people only refused runs know of.
    pub fn unpublished(&self) -> u64 {
        self.people.values().filter(|person| !person.is_published).count() as u64
    }

    /// Lifts denials that the CRM itself takes back, and sets the consent of everybody else who is remembered to
    /// [`Consent::Denied`]. Call it after [`Denials::learn`].
    ///
    /// A denial is taken back by a row of the same id whose consent column allows at least profiling. A row without an
    /// answer, a row that is set aside, or no row at all takes nothing back. A customer of another id without an answer
    /// is withheld if one of its identifiers is remembered.
    ///
    /// Cost: O(n log n) for n customers and remembered people, a SHA-256 for each id, identifier and name.
    pub fn apply(&mut self, customers: &mut Customers) -> DenialsApplied {
        let mut applied = DenialsApplied { remembered: self.known_before, ..DenialsApplied::default() };
        if self.is_empty() {
            return applied;
        }
        let id = |customer: &Customer| self.hash(TextKind::Id, &customer.id);
        let ids: Vec<KeyedHash> = customers.customers.iter().map(id).collect();
        applied.lifted += self.taken_over(customers, &ids);
        for (customer, id) in customers.customers.iter().zip(&ids) {
            if self.is_lifted(id, customer) {
                applied.changes_memory = true;
                let person = self.people.remove(id);
                applied.lifted +=
                    u64::from(person.is_some_and(|person| person.is_stated && person.is_published));
            } else if !customers.hidden.ids.contains(&customer.id) {
                applied.changes_memory |= self.forget_other_unpublished(id, customer);
            }
        }
        self.index();
        for (customer, id) in customers.customers.iter_mut().zip(&ids) {
            let is_known = |identifier: &String| self.denied_by_other(identifier, id);
            let is_remembered = self.people.contains_key(id)
                || customer.stated.is_none() && customer.identifiers.iter().any(is_known);
            if is_remembered && customer.consent != Consent::Denied {
                customer.consent = Consent::Denied;
                applied.customers += 1;
            }
        }
        let present: BTreeSet<KeyedHash> = ids.into_iter().collect();
        applied.absent = self.people.keys().filter(|id| !present.contains(*id)).count() as u64;
        applied
    }

    /// How many people whose denial a published run knew are in no row of this run under their id, while a customer of
    /// another id has an identifier of theirs and agrees.
    fn taken_over(&self, customers: &Customers, ids: &[KeyedHash]) -> u64 {
        let present: BTreeSet<&KeyedHash> = ids.iter().collect();
        let agrees = |customer: &&Customer| customer.stated.is_some() && customer.consent != Consent::Denied;
        let agreeing = customers.customers.iter().filter(agrees);
        let hashes =
            agreeing.flat_map(|customer| &customer.identifiers).map(|text| self.identifier_hash(text));
        let others: BTreeSet<&KeyedHash> = hashes
            .filter_map(|hash| self.claimants.get(&hash))
            .flatten()
            .filter(|id| !present.contains(id))
            .collect();
        let is_lifted = |id: &&&KeyedHash| {
            self.people.get(**id).is_some_and(|person| person.is_stated && person.is_published)
        };
        others.iter().filter(is_lifted).count() as u64
    }

    /// Forgets the identifiers that only refused runs stated and that the row of a customer does not; returns whether
    /// there were any.
    fn forget_other_unpublished(&mut self, id: &KeyedHash, customer: &Customer) -> bool {
        let salt = self.salt;
        let Some(person) = self.people.get_mut(id).filter(|person| !person.unpublished.is_empty()) else {
            return false;
        };
        let before = person.unpublished.len();
        let stated: BTreeSet<KeyedHash> =
            customer.identifiers.iter().flat_map(|text| identifier_hashes(&salt, text)).collect();
        person.unpublished.retain(|hash| stated.contains(hash));
        person.unpublished.len() < before
    }

    /// Whether the customer of this id is remembered.
    pub fn remembers(&self, id: &str) -> bool {
        !self.is_empty() && self.people.contains_key(&self.hash(TextKind::Id, id))
    }

    /// Whether a customer other than `id` denied under this identifier, `namespace:handle` in normal form.
    pub(super) fn hides_identifier(&self, identifier: &str, id: Option<&str>) -> bool {
        if self.is_empty() {
            return false;
        }
        match id {
            Some(id) => self.denied_by_other(identifier, &self.hash(TextKind::Id, id)),
            None => self.claimants.contains_key(&self.identifier_hash(identifier)),
        }
    }

    /// Whether a text, in the forms of [`name_forms`], names somebody who is remembered.
    pub(super) fn names_somebody(&self, form: &str) -> bool {
        !self.is_empty() && self.names.contains(&self.hash(TextKind::Name, form))
    }

    fn denied_by_other(&self, identifier: &str, id: &KeyedHash) -> bool {
        let claimants = self.claimants.get(&self.identifier_hash(identifier));
        claimants.is_some_and(|claimants| claimants.iter().any(|other| other != id))
    }

    /// The hash under which an identifier is looked up: a bare handle is that of an account without a channel, whose
    /// people may have denied under any.
    fn identifier_hash(&self, identifier: &str) -> KeyedHash {
        let kind = if identifier.contains(':') { TextKind::Identifier } else { TextKind::Handle };
        self.hash(kind, &identifier.to_lowercase())
    }

    fn is_lifted(&self, id: &KeyedHash, customer: &Customer) -> bool {
        let Some(person) = self.people.get(id) else { return false };
        let may_end = customer.stated.is_some() || !person.is_stated;
        may_end && customer.consent != Consent::Denied
    }

    /// Adds a denial; returns whether it, or a part of it, is new.
    fn remember(
        &mut self,
        id: &str,
        is_stated: bool,
        identifiers: &[String],
        names: &BTreeSet<String>,
    ) -> bool {
        let salt = self.salt;
        let known = self.people.len();
        let id = hash(&salt, TextKind::Id, id);
        self.denying.insert(id);
        let person = self.people.entry(id).or_default();
        let mut is_new = is_stated && !person.is_stated;
        person.is_stated |= is_stated;
        for hash in identifiers.iter().flat_map(|identifier| identifier_hashes(&salt, identifier)) {
            is_new |= !person.identifiers.contains(&hash) && person.unpublished.insert(hash);
        }
        for name in names {
            is_new |= person.names.insert(hash(&salt, TextKind::Name, name));
        }
        is_new || self.people.len() > known
    }

    fn index(&mut self) {
        self.claimants.clear();
        self.names.clear();
        for (id, person) in &self.people {
            for identifier in person.identifiers.iter().chain(&person.unpublished) {
                self.claimants.entry(*identifier).or_default().push(*id);
            }
            self.names.extend(&person.names);
        }
    }

    fn hash(&self, kind: TextKind, text: &str) -> KeyedHash {
        hash(&self.salt, kind, text)
    }
}

/// The ids under which a rejected row is remembered. A row without a readable id is remembered under what else it says.
fn claim_ids(claim: &DenialClaim) -> Vec<String> {
    if !claim.ids.is_empty() {
        return claim.ids.clone();
    }
    let others = claim.identifiers.iter().chain(&claim.names).map(String::as_str).collect::<Vec<_>>();
    if others.is_empty() { Vec::new() } else { vec![others.join("\0")] }
}

/// The hashes of an identifier, in lower case, so that it is found whatever the case rule: with its namespace, and
/// its handle alone.
fn identifier_hashes(salt: &[u8; 32], identifier: &str) -> [KeyedHash; 2] {
    let lower = identifier.to_lowercase();
    let handle = lower.split_once(':').map_or(lower.as_str(), |(_, handle)| handle);
    [hash(salt, TextKind::Identifier, &lower), hash(salt, TextKind::Handle, handle)]
}

fn hash(salt: &[u8; 32], kind: TextKind, text: &str) -> KeyedHash {
    let mut hasher = Hasher::default();
    hasher.update(salt);
    hasher.update(&[kind as u8]);
    hasher.update(text.as_bytes());
    let digest: [u8; 32] = hasher.finish().into();
    *digest.first_chunk().expect("invariant: a digest is longer")
}
