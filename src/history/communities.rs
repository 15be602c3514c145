//! Reads the communities of a previous run and their members, and finds the same people in this run.

use jiff::Timestamp;
use rayon::prelude::*;
use serde_json::Value;

use super::previous_run::in_words;
use crate::{
    community::{NEW, PreviousCommunity, UNKNOWN},
    digest::{Digest, Hasher},
    event::AccountId,
    graph::{Graph, snapshot},
    identity::{Party, People},
    ids::{NodeId, offset64},
    store::{Manifest, Run, RunId},
    tables::{ColumnKey, RunTable, RunTableError, Status, communities, graphs, nodes, record_keys, scores},
};

/// An upper limit on the number of levels, higher than any graph needs; it bounds what a damaged manifest can ask for.
const MAX_LEVELS: u64 = 64;

/// The community of every node, and the part of every node on each level.
type NodeCommunities = (Option<Vec<u32>>, Vec<Vec<u32>>);

pub(crate) struct PreviousCommunities {
    pub(crate) run: RunId,
    /// The people in `scores.parquet`, sorted by status and id.
    people: Vec<PreviousPerson>,
    /// The communities, sorted by id.
    pub(crate) communities: Vec<PreviousCommunity>,
    /// The community id of each node of that run; `None` if an older version wrote the run.
    nodes: Option<Vec<u32>>,
    /// For each level, the coarsest first, the part of its community that each node of that run belongs to.
    pub(crate) parts: Vec<Vec<u32>>,
    node_count: u64,
    edge_count: u64,
    /// The digest of the graph snapshot.
    graph: Digest,
    pub(crate) config: Value,
    /// `as_of` of the last search from scratch, in seconds since 1970.
    pub(crate) cold_as_of: Option<i64>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct PreviousPerson {
    is_customer: bool,
    id: String,
    node: u32,
    community: u32,
}

impl PreviousCommunities {
    /// # Errors
    /// A message that says why the communities cannot be read.
    pub(super) fn read(run: &Run, scores: &RunTable) -> Result<Self, String> {
        let manifest = run.manifest().map_err(in_words)?;
        let people = people(scores).map_err(in_words)?;
        let communities = communities(run, &people)?;
        let (nodes, parts) = nodes(run, &manifest, &communities)?;
        let graph = manifest.files.iter().find(|file| file.path == graphs::FILE);
        let certificates = &manifest.record.certificates;
        // Older versions searched from scratch in every run.
        let cold_as_of = match certificates.get(record_keys::COMMUNITY_COLD_AS_OF) {
            Some(moment) => moment.as_str().map(str::to_owned),
            None => manifest.as_of.clone(),
        };
        let no_graph = || format!("run `{}` lists no `{}`", run.id(), graphs::FILE);
        Ok(Self {
            run: run.id().clone(),
            people,
            communities,
            nodes,
            parts,
            node_count: manifest.record.counts.nodes,
            edge_count: manifest.record.counts.edges,
            graph: graph.ok_or_else(no_graph)?.sha256,
            cold_as_of: cold_as_of.and_then(|moment| Some(moment.parse::<Timestamp>().ok()?.as_second())),
            config: manifest.record.config,
        })
    }

    /// Whether this run has the same graph and the same people as the previous run. If so, all people can be matched by
    /// node, even withheld people.
    pub(crate) fn is_of(&self, graph: &Graph, people: &People<'_>) -> bool {
        let counts = (offset64(graph.node_count()), graph.edge_count());
        if self.nodes.is_none() || counts != (self.node_count, self.edge_count) {
            return false;
        }
        let parties = people.linkage.parties.iter();
        let shown = parties.filter(|party| !matches!(party, Party::Withheld)).count();
        if shown != self.people.len() {
            return false;
        }
        let is_same = |person: &PreviousPerson| {
            let node = NodeId(person.node);
            node.index() < graph.node_count()
                && is_customer(people.party(node)) == Some(person.is_customer)
                && people.key(node) == person.id
        };
        if !self.people.iter().all(is_same) {
            return false;
        }
        // The digest of the graph takes longest, so it is compared last.
        let mut hasher = Hasher::default();
        snapshot::write(graph, &mut hasher).is_ok() && hasher.finish() == self.graph
    }

    /// The previous community of each node if the nodes are the same; includes withheld people.
    pub(crate) fn by_number(self) -> (Vec<u32>, Vec<PreviousCommunity>) {
        let known = |previous: PreviousCommunity| PreviousCommunity { unknown: 0, ..previous };
        let nodes = self.nodes.expect("invariant: called only where the graph is the same");
        (nodes, self.communities.into_iter().map(known).collect())
    }

    /// The previous community of the person behind each node of this run.
    pub(crate) fn by_key(self, people: &People<'_>) -> (Vec<u32>, Vec<PreviousCommunity>) {
        let community = |(node, &party): (usize, &Party)| match is_customer(party) {
            Some(is_customer) => self.find(is_customer, people.key(NodeId::new(node))).unwrap_or(NEW),
            None => UNKNOWN,
        };
        let mut nodes: Vec<u32> = people.linkage.parties.iter().enumerate().map(community).collect();
        // A customer without a previous community may have been an account in the previous run. If several accounts of
        // the customer were, the first by key is used.
        let account = |(account, key): (AccountId, &'_ str)| {
            let node = people.linkage.node_of[account.index()];
            let is_new = node != NodeId::NONE && nodes[node.index()] == NEW;
            let found = is_new.then(|| self.find(false, key).or_else(|| self.find(true, key)))??;
            Some((node, key.to_owned(), found))
        };
        let mut linked: Vec<(NodeId, String, u32)> = people.accounts.iter().filter_map(account).collect();
        linked.sort_unstable();
        linked.dedup_by_key(|row| row.0);
        for (node, _, community) in linked {
            nodes[node.index()] = community;
        }
        (nodes, self.communities)
    }

    /// The previous community of a person, by status and key.
    fn find(&self, is_customer: bool, key: &str) -> Option<u32> {
        let key = (is_customer, key);
        let found = self.people.binary_search_by(|person| (person.is_customer, person.id.as_str()).cmp(&key));
        Some(self.people[found.ok()?].community)
    }
}

/// Whether outputs list a person as a customer; `None` for a withheld person, because no output lists such a person.
fn is_customer(party: Party) -> Option<bool> {
    (party != Party::Withheld).then(|| party.is_customer())
}

fn people(scores: &RunTable) -> Result<Vec<PreviousPerson>, RunTableError> {
    let (nodes, ids) = (scores.read(scores::NODE)?, scores.read(scores::ID)?);
    let (status, communities) = (scores.read(scores::STATUS)?, scores.read(scores::COMMUNITY_ID)?);
    let row = |(((id, node), status), community): (((String, u32), String), u32)| PreviousPerson {
        is_customer: Status::Customer.is(&status),
        id,
        node,
        community,
    };
    let rows = ids.into_iter().zip(nodes).zip(status).zip(communities);
    let mut people: Vec<PreviousPerson> = rows.map(row).collect();
    people.par_sort_unstable();
    Ok(people)
}

/// The communities of a run by ascending id; an error if they contradict the run's people.
fn communities(run: &Run, people: &[PreviousPerson]) -> Result<Vec<PreviousCommunity>, String> {
    let table = RunTable::open(run, communities::FILE).map_err(in_words)?;
    let read = |key| table.read(key).map_err(in_words);
    let ids = read(communities::COMMUNITY_ID)?;
    let (sizes, withheld) = (read(communities::SIZE)?, read(communities::WITHHELD)?);
    let previous = |row: usize| PreviousCommunity { id: ids[row], size: sizes[row], unknown: withheld[row] };
    let mut communities: Vec<PreviousCommunity> = (0..ids.len()).map(previous).collect();
    communities.sort_unstable_by_key(|previous| previous.id);
    let mut shown = vec![0_u64; communities.len()];
    let contradicts = || format!("the tables of run `{}` contradict each other", run.id());
    for person in people {
        shown[position(&communities, person.community).ok_or_else(contradicts)?] += 1;
    }
    let distinct = communities.is_sorted_by(|a, b| a.id < b.id && b.id < UNKNOWN);
    let adds_up = |(previous, shown): (&PreviousCommunity, &u64)| {
        previous.size > 0 && u64::from(previous.size) == u64::from(previous.unknown) + shown
    };
    if distinct && communities.iter().zip(&shown).all(adds_up) { Ok(communities) } else { Err(contradicts()) }
}

fn position(communities: &[PreviousCommunity], id: u32) -> Option<usize> {
    communities.binary_search_by_key(&id, |previous| previous.id).ok()
}

/// The community of every node of a run, and its part on each level; `None` and no levels if an older version wrote the
/// run.
fn nodes(run: &Run, manifest: &Manifest, all: &[PreviousCommunity]) -> Result<NodeCommunities, String> {
    if manifest.files.iter().all(|file| file.path != nodes::FILE) {
        return Ok((None, Vec::new()));
    }
    let table = RunTable::open(run, nodes::FILE).map_err(in_words)?;
    let levels =
        manifest.record.certificates.get(record_keys::COMMUNITY_LEVELS).and_then(Value::as_u64).unwrap_or(1);
    let ids = table.read(nodes::COMMUNITY_ID).map_err(in_words)?;
    let part = |level| {
        let name = nodes::part(level);
        table.read(ColumnKey::<u32>::new(&name)).map_err(in_words)
    };
    let parts = (1..levels.min(MAX_LEVELS)).map(part).collect::<Result<_, String>>()?;
    let mut sizes = vec![0_u32; all.len()];
    let contradicts = || format!("`{}` of run `{}` contradicts its other tables", nodes::FILE, run.id());
    for &id in &ids {
        sizes[position(all, id).ok_or_else(contradicts)?] += 1;
    }
    let same = all.iter().zip(&sizes).all(|(previous, &size)| previous.size == size);
    if same { Ok((Some(ids), parts)) } else { Err(contradicts()) }
}
