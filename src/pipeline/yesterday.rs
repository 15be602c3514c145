//! What is known of last night's communities: who was in which, and which ids have been given already.

use rayon::prelude::*;
use serde_json::Value;

use super::{outputs::SNAPSHOT_FILE, people::People};
use crate::{
    community::{Former, NEW, UNKNOWN},
    digest::{Digest, Hasher},
    event::AccountId,
    graph::{Graph, snapshot},
    identity::Party,
    ids::{NodeId, offset64},
    progress::Observer,
    store::{CURRENT, Manifest, ManifestFault, Problem, Run, RunId, Store, read_columns},
};

/// The community of every node of a run by its number, shown or not.
pub(super) const NODES_FILE: &str = "communities/nodes.parquet";
/// The manifest's certificate of how many ids have been given.
pub(super) const NEXT_ID: &str = "next_community_id";
/// The manifest's certificate of the moment of the last run that looked for communities from scratch.
pub(super) const COLD_AS_OF: &str = "community_cold_as_of";
/// The manifest's certificate of how many levels the communities took.
pub(super) const LEVELS: &str = "community_levels";

/// More levels than any graph has; what a damaged manifest says beyond is not believed.
const MAX_LEVELS: u64 = 64;

/// The column of [`NODES_FILE`] with the parts of a level, 1 being the one below communities.
pub(super) fn part_column(level: u64) -> String {
    format!("part_{level}")
}

/// The community of every node, and its parts by level.
type Nodes = (Option<Vec<u32>>, Vec<Vec<u32>>);

/// What the runs before say.
pub(super) struct Past {
    /// Whether the store has no run yet.
    pub(super) is_first: bool,
    /// The run from which communities go on; none before the first one, and where none can be read.
    pub(super) last: Option<LastNight>,
    /// No community of the store ever had this id or a greater one.
    pub(super) next_id: u32,
}

/// Last night's communities.
pub(super) struct LastNight {
    pub(super) run: RunId,
    /// The people who were shown, by status and id.
    people: Vec<Shown>,
    /// Ids rising.
    pub(super) communities: Vec<Former>,
    /// By node of that night; none in a run of an older version.
    nodes: Option<Vec<u32>>,
    /// The parts of the communities by level, the coarsest first, by node of that night.
    pub(super) parts: Vec<Vec<u32>>,
    node_count: u64,
    edge_count: u64,
    /// The digest of the graph's snapshot.
    graph: Digest,
    /// The configuration of that night.
    pub(super) config: Value,
    /// The moment of the last search from scratch, in seconds since 1970.
    pub(super) cold_as_of: Option<i64>,
}

/// A person of last night.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Shown {
    is_customer: bool,
    id: String,
    node: u32,
    community: u32,
}

/// Reads what the store knows. What cannot be read is told and stops nothing; ids are not given twice even then.
pub(super) fn read(store: &Store, node_count: usize, observer: &dyn Observer) -> Past {
    let (is_first, last) = match current(store) {
        Ok(None) => (true, None),
        Ok(Some(last)) => (false, Some(last)),
        Err((current, why)) => (false, older(store, current.as_ref(), &why, observer)),
    };
    let highest = last.iter().flat_map(|last| &last.communities).map(|former| former.id.saturating_add(1));
    let next_id = next_id(store, offset64(node_count), observer).max(highest.max().unwrap_or(0)).min(UNKNOWN);
    Past { is_first, last, next_id }
}

/// The current run's communities, none before the first run; or which run is the current one, where that is known,
/// and why it cannot be read.
fn current(store: &Store) -> Result<Option<LastNight>, (Option<RunId>, String)> {
    let nowhere = |why| (None, why);
    let Some(run) = store.current().map_err(|error| nowhere(in_words(error)))? else {
        let lost = |id: &RunId| nowhere(format!("the store has run `{id}`, but `{CURRENT}` points to none"));
        let runs = store.runs().map_err(|error| nowhere(in_words(error)))?;
        return runs.last().map_or(Ok(None), |id| Err(lost(id)));
    };
    last_night(&run).map(Some).map_err(|why| (Some(run.id().clone()), why))
}

/// The communities of the newest run before the `current` one that can be read.
fn older(store: &Store, current: Option<&RunId>, why: &str, observer: &dyn Observer) -> Option<LastNight> {
    let runs = store.runs().unwrap_or_default();
    let mut older = runs.iter().rev().filter(|&id| current.is_none_or(|current| id < current));
    let last = older.find_map(|id| last_night(&store.run(id.as_str()).ok()?).ok());
    observer.note(&match &last {
        Some(LastNight { run, .. }) => {
            format!("communities go on from run `{run}`, not from the current one: {why}")
        }
        None => {
            format!(
                "communities are looked for from scratch and all get new ids, as no run can be read: {why}"
            )
        }
    });
    last
}

/// The first id that no run of the store has given, from the newest run whose manifest can be read: each run gives
/// ids above those of all before it, whichever was current.
///
/// Of newer runs whose manifest cannot be believed, their tables tell what they gave as far as they are whole; and as
/// they may not be, as many ids more are left out for each as there are nodes tonight, or were then.
fn next_id(store: &Store, node_count: u64, observer: &dyn Observer) -> u32 {
    let (mut next_id, mut gap) = (0, 0);
    for id in store.runs().unwrap_or_default().iter().rev() {
        let Ok(run) = store.run(id.as_str()) else { continue };
        let nodes = match run.read_manifest() {
            Ok(manifest) => {
                if let Some(given) = given(&manifest) {
                    next_id = given.max(next_id);
                    break;
                }
                manifest.record.counts.nodes
            }
            // Nothing says that it was altered.
            Err(ManifestFault::Unmarked { manifest, problem: Problem::NoMarker { .. } }) => {
                next_id = given(&manifest).unwrap_or(0).max(next_id);
                manifest.record.counts.nodes
            }
            Err(ManifestFault::Unmarked { manifest, .. }) => manifest.record.counts.nodes,
            Err(_) => 0,
        };
        let tables = ["communities.parquet", NODES_FILE, "scores.parquet"].map(|table| gave(&run, table));
        let rows = tables.iter().flatten().map(|gave| gave.rows).max();
        if nodes == 0 && rows.is_none() {
            observer
                .note(&format!("nothing of run `{id}` can be read: ids that it gave may be given once more"));
        }
        next_id = tables.iter().flatten().map(|gave| gave.next_id).fold(next_id, u64::max);
        gap += nodes.max(node_count).max(rows.unwrap_or(0));
    }
    u32::try_from(next_id.saturating_add(gap)).unwrap_or(UNKNOWN)
}

/// What a table of a run tells.
struct Gave {
    /// Above all ids in it.
    next_id: u64,
    rows: u64,
}

/// The ids in a table of a run; none if it cannot be read.
fn gave(run: &Run, table: &str) -> Option<Gave> {
    let table = read_columns(&run.dir().join(table), &["community_id"]).ok()?;
    let ids = table.u32s("community_id").ok()?;
    let next_id = ids.iter().max().map_or(0, |&id| u64::from(id) + 1);
    Some(Gave { next_id, rows: offset64(ids.len()) })
}

/// How many ids a run and those before it have given. Older versions numbered the communities of each run from 0.
fn given(manifest: &Manifest) -> Option<u64> {
    let certified = manifest.record.certificates.get(NEXT_ID).and_then(Value::as_u64);
    certified.or_else(|| manifest.record.counts.more.get("communities").copied())
}

/// The communities of a run, or why they cannot be read.
fn last_night(run: &Run) -> Result<LastNight, String> {
    let manifest = run.manifest().map_err(in_words)?;
    let people = people(run)?;
    let communities = communities(run, &people)?;
    let (nodes, parts) = nodes(run, &manifest, &communities)?;
    let graph = manifest.files.iter().find(|file| file.path == SNAPSHOT_FILE);
    let certificates = &manifest.record.certificates;
    // In runs of older versions every search was from scratch.
    let cold_as_of = match certificates.get(COLD_AS_OF) {
        Some(moment) => moment.as_str().map(str::to_owned),
        None => manifest.as_of.clone(),
    };
    Ok(LastNight {
        run: run.id().clone(),
        people,
        communities,
        nodes,
        parts,
        node_count: manifest.record.counts.nodes,
        edge_count: manifest.record.counts.edges,
        graph: graph.ok_or_else(|| format!("run `{}` lists no `{SNAPSHOT_FILE}`", run.id()))?.sha256,
        cold_as_of: cold_as_of.and_then(|moment| Some(moment.parse::<jiff::Timestamp>().ok()?.as_second())),
        config: manifest.record.config,
    })
}

fn in_words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The people of a run with their communities.
fn people(run: &Run) -> Result<Vec<Shown>, String> {
    let path = run.checked_path("scores.parquet").map_err(in_words)?;
    let table = read_columns(&path, &["node", "id", "status", "community_id"]).map_err(in_words)?;
    let (nodes, ids) = (table.u32s("node").map_err(in_words)?, table.text("id").map_err(in_words)?);
    let status = table.text("status").map_err(in_words)?;
    let communities = table.u32s("community_id").map_err(in_words)?;
    let row = |row: usize| Shown {
        is_customer: status[row] == "customer",
        id: ids[row].clone(),
        node: nodes[row],
        community: communities[row],
    };
    let mut people: Vec<Shown> = (0..table.row_count()).map(row).collect();
    people.par_sort_unstable();
    Ok(people)
}

/// The communities of a run, ids rising; an error where they contradict its people.
fn communities(run: &Run, people: &[Shown]) -> Result<Vec<Former>, String> {
    let path = run.checked_path("communities.parquet").map_err(in_words)?;
    let table = read_columns(&path, &["community_id", "size", "withheld"]).map_err(in_words)?;
    let ids = table.u32s("community_id").map_err(in_words)?;
    let sizes = table.u32s("size").map_err(in_words)?;
    let withheld = table.u32s("withheld").map_err(in_words)?;
    let former = |row: usize| Former { id: ids[row], size: sizes[row], unknown: withheld[row] };
    let mut communities: Vec<Former> = (0..ids.len()).map(former).collect();
    communities.sort_unstable_by_key(|former| former.id);
    let mut shown = vec![0_u64; communities.len()];
    let contradicts = || format!("the tables of run `{}` contradict each other", run.id());
    for person in people {
        shown[position(&communities, person.community).ok_or_else(contradicts)?] += 1;
    }
    let distinct = communities.is_sorted_by(|a, b| a.id < b.id && b.id < UNKNOWN);
    let adds_up = |(former, shown): (&Former, &u64)| {
        former.size > 0 && u64::from(former.size) == u64::from(former.unknown) + shown
    };
    if distinct && communities.iter().zip(&shown).all(adds_up) { Ok(communities) } else { Err(contradicts()) }
}

/// Where the community `id` stands.
fn position(communities: &[Former], id: u32) -> Option<usize> {
    communities.binary_search_by_key(&id, |former| former.id).ok()
}

/// The community of every node of a run, and its parts by level; none where the run is of a version that did not keep
/// them.
fn nodes(run: &Run, manifest: &Manifest, communities: &[Former]) -> Result<Nodes, String> {
    if manifest.files.iter().all(|file| file.path != NODES_FILE) {
        return Ok((None, Vec::new()));
    }
    let path = run.checked_path(NODES_FILE).map_err(in_words)?;
    let levels = manifest.record.certificates.get(LEVELS).and_then(Value::as_u64).unwrap_or(1);
    let names: Vec<String> = (1..levels.min(MAX_LEVELS)).map(part_column).collect();
    let columns: Vec<&str> =
        std::iter::once("community_id").chain(names.iter().map(String::as_str)).collect();
    let table = read_columns(&path, &columns).map_err(in_words)?;
    let ids = table.u32s("community_id").map_err(in_words)?;
    let part = |name: &String| table.u32s(name).map(<[u32]>::to_vec).map_err(in_words);
    let parts = names.iter().map(part).collect::<Result<_, _>>()?;
    let mut sizes = vec![0_u32; communities.len()];
    let contradicts = || format!("`{NODES_FILE}` of run `{}` contradicts its other tables", run.id());
    for &id in ids {
        sizes[position(communities, id).ok_or_else(contradicts)?] += 1;
    }
    let same = communities.iter().zip(&sizes).all(|(former, &size)| former.size == size);
    if same { Ok((Some(ids.to_vec()), parts)) } else { Err(contradicts()) }
}

impl LastNight {
    /// Whether tonight's graph and people are last night's: then everybody is known by number, also who is withheld.
    pub(super) fn is_of(&self, graph: &Graph, people: &People<'_>) -> bool {
        let counts = (offset64(graph.node_count()), graph.edge_count());
        if self.nodes.is_none() || counts != (self.node_count, self.edge_count) {
            return false;
        }
        let parties = people.linkage.parties.iter();
        let shown = parties.filter(|party| !matches!(party, Party::Withheld)).count();
        if shown != self.people.len() {
            return false;
        }
        let is_same = |person: &Shown| {
            let node = NodeId(person.node);
            node.index() < graph.node_count()
                && is_customer(people.party(node)) == Some(person.is_customer)
                && people.key(node) == person.id
        };
        if !self.people.iter().all(is_same) {
            return false;
        }
        // Last, because it takes longest: the bytes of the graph.
        let mut hasher = Hasher::default();
        snapshot::write(graph, &mut hasher).is_ok() && hasher.finish() == self.graph
    }

    /// The community of each node of last night, where tonight's are the same; who was withheld is known then.
    pub(super) fn by_number(self) -> (Vec<u32>, Vec<Former>) {
        let known = |former: Former| Former { unknown: 0, ..former };
        let nodes = self.nodes.expect("invariant: asked for where the graph is the same");
        (nodes, self.communities.into_iter().map(known).collect())
    }

    /// By node of tonight: the community that its person was in.
    pub(super) fn by_key(self, people: &People<'_>) -> (Vec<u32>, Vec<Former>) {
        let community = |(node, &party): (usize, &Party)| match is_customer(party) {
            Some(is_customer) => self.find(is_customer, people.key(NodeId::new(node))).unwrap_or(NEW),
            None => UNKNOWN,
        };
        let mut nodes: Vec<u32> = people.linkage.parties.iter().enumerate().map(community).collect();
        // Who has a record in the CRM since last night went by an account then; of several the first by key counts.
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

    /// The community of somebody by what last night's tables call them.
    fn find(&self, is_customer: bool, key: &str) -> Option<u32> {
        let key = (is_customer, key);
        let found = self.people.binary_search_by(|person| (person.is_customer, person.id.as_str()).cmp(&key));
        Some(self.people[found.ok()?].community)
    }
}

/// Whether somebody is shown as a customer; none for who is not shown.
fn is_customer(party: Party) -> Option<bool> {
    match party {
        Party::Customer(_) | Party::Account(_) => Some(true),
        Party::Prospect(_) => Some(false),
        Party::Withheld => None,
    }
}
