//! Finds the communities of a run, from scratch or starting from the communities of the previous run, and gives them
//! durable ids.

use rayon::prelude::*;
use serde_json::{Value, json};

use super::MeasureError;
use crate::{
    community::{
        self, CommunityEvent, CurrentPartition, Fate, LeidenConfig, Lineage, NEW, Partition,
        PreviousCommunity, PreviousPartition, UNKNOWN, lineage,
    },
    config::ContinuationConfig,
    event::Time,
    graph::{self, Graph, SymmetricCsr},
    history::{CommunityHistory, CommunityName, CommunityNames, NameFault, NameFaults},
    identity::People,
    ids::{CommunityId, NodeId, id32, offset64},
    progress::Observer,
    segment,
    store::RunId,
    tables::record_keys,
    text::counted,
};

pub(crate) struct Communities {
    pub(crate) partition: Partition,
    /// By dense id: the durable id.
    pub(crate) ids: Vec<u32>,
    pub(crate) events: Vec<CommunityEvent>,
    /// The previous run whose communities are continued.
    previous_run: Option<RunId>,
    /// The communities of `previous_run`, sorted by id.
    previous: Vec<PreviousCommunity>,
    next_id: u32,
    search: Search,
}

/// How the communities were searched.
struct Search {
    start: Start,
    reason: &'static str,
    /// Quality of the search from scratch; none if there was no such search.
    cold: Option<f64>,
    /// Quality of the search from the previous communities; none if there was no such search.
    warm: Option<f64>,
    /// `as_of` of the last run that searched from scratch, in seconds since 1970.
    cold_as_of: Option<i64>,
}

#[derive(Clone, Copy)]
enum Start {
    Cold,
    Warm,
    /// No search: the communities are the previous ones.
    Unchanged,
}

/// The keys of `[communities]` that define how a run continues the previous run, not what a good community is.
const CONTINUATION_KEYS: [&str; 3] = ["warm_start", "cold_every", "adopt_margin"];

pub(crate) struct CommunitySettings<'a> {
    pub(crate) leiden: &'a LeidenConfig,
    pub(crate) continuation: &'a ContinuationConfig,
    /// The whole configuration in the form of the manifest, for the comparison with the configuration of the previous
    /// run.
    pub(crate) config: &'a Value,
}

/// Searches communities, starting from the communities of the previous run if there are any, and gives them durable
/// ids. If graph, people and settings are the same as in the previous run, the communities and their ids are the same
/// too.
pub(crate) fn find_communities(
    graph: &Graph,
    people: &People<'_>,
    history: CommunityHistory,
    settings: &CommunitySettings<'_>,
    as_of: Option<Time>,
    observer: &dyn Observer,
) -> Result<Communities, MeasureError> {
    let CommunityHistory { previous, is_first, next_id } = history;
    let g = graph::symmetrize(graph);
    let as_of = as_of.map(|time| i64::from(time.0));
    let previous_run = previous.as_ref().map(|previous| previous.run.clone());
    let (partition, search, id, communities) = match previous {
        None => {
            let reason = if is_first { "there is no previous run" } else { "no previous run can be read" };
            let (partition, search) = from_scratch(&g, settings.leiden, as_of, reason);
            (partition, search, vec![NEW; graph.node_count()], Vec::new())
        }
        Some(mut previous) => {
            let is_same = previous.is_of(graph, people);
            let search = ContinuedSearch {
                g: &g,
                settings,
                observer,
                as_of,
                cold_as_of: previous.cold_as_of,
                has_same_settings: defining_settings(&previous.config) == defining_settings(settings.config),
                unchanged_parts: is_same.then(|| std::mem::take(&mut previous.parts)),
            };
            let (id, communities) = if is_same { previous.by_number() } else { previous.by_key(people) };
            let (partition, search) = search.run(&id, &communities);
            (partition, search, id, communities)
        }
    };
    let previous = PreviousPartition { id: &id, communities: &communities, next_id };
    let weight = matching_weights(graph);
    let current =
        CurrentPartition { community: &partition.community, count: partition.count, weight: &weight };
    let Lineage { ids, events, next_id } = lineage(&previous, &current)?;
    Ok(Communities { partition, ids, events, previous_run, previous: communities, next_id, search })
}

fn from_scratch(
    g: &SymmetricCsr,
    cfg: &LeidenConfig,
    as_of: Option<i64>,
    reason: &'static str,
) -> (Partition, Search) {
    let partition = community::leiden(g, cfg);
    let cold = Some(partition.quality);
    (partition, Search { start: Start::Cold, reason, cold, warm: None, cold_as_of: as_of })
}

/// The weight of each node when communities are matched with previous communities: the number of binary digits of its
/// degree plus 1. Hubs weigh more than peripheral nodes, so that an id follows the core of a community; but no hub
/// outweighs a large number of nodes.
fn matching_weights(graph: &Graph) -> Vec<u32> {
    let degree = |u: NodeId| offset64(graph.in_edges().degree(u) + graph.out_edges().degree(u));
    let weight = |u: u32| u64::BITS - (degree(NodeId(u)) + 1).leading_zeros();
    (0..id32(graph.node_count())).into_par_iter().map(weight).collect()
}

/// The search of a run that continues the communities of a previous run.
struct ContinuedSearch<'a> {
    g: &'a SymmetricCsr,
    settings: &'a CommunitySettings<'a>,
    observer: &'a dyn Observer,
    as_of: Option<i64>,
    cold_as_of: Option<i64>,
    has_same_settings: bool,
    /// The parts of the previous communities, if graph and people are the same as in the previous run.
    unchanged_parts: Option<Vec<Vec<u32>>>,
}

impl ContinuedSearch<'_> {
    /// Searches starting from the previous communities. `id` holds the previous community of each node, by durable id.
    fn run(mut self, id: &[u32], communities: &[PreviousCommunity]) -> (Partition, Search) {
        let Self { g, settings, as_of, cold_as_of, .. } = self;
        let leiden = settings.leiden;
        if !self.has_same_settings {
            self.observer.note(
                "communities are searched from scratch, because `[communities]` or `seed` has changed; ids are kept \
                 where communities overlap",
            );
            return from_scratch(g, leiden, as_of, "the settings have changed");
        }
        if !settings.continuation.warm_start {
            return from_scratch(g, leiden, as_of, "`warm_start` is false");
        }
        let start = start_partition(id, communities);
        if let Some(parts) = self.unchanged_parts.take() {
            let partition = community::evaluate(g, &start, parts, leiden);
            let (start, reason) = (Start::Unchanged, "nothing has changed");
            return (partition, Search { start, reason, cold: None, warm: None, cold_as_of });
        }
        let partition = community::leiden_from(g, &start, leiden);
        if self.is_search_from_scratch_due() {
            return self.better_of_both(partition);
        }
        let (start, reason) = (Start::Warm, "the previous communities are continued");
        let warm = Some(partition.quality);
        (partition, Search { start, reason, cold: None, warm, cold_as_of })
    }

    fn is_search_from_scratch_due(&self) -> bool {
        match (self.settings.continuation.cold_every_s, self.as_of, self.cold_as_of) {
            (Some(every_s), Some(now), Some(then)) => now.saturating_sub(then) >= i64::from(every_s),
            (Some(_), Some(_), None) => true,
            _ => false,
        }
    }

    /// Searches from scratch, and returns the result of this search if it is better than `warm` by the margin, else
    /// `warm`.
    fn better_of_both(&self, warm: Partition) -> (Partition, Search) {
        let cold = community::leiden(self.g, self.settings.leiden);
        let margin = self.settings.continuation.adopt_margin;
        let is_better = cold.quality > warm.quality && cold.quality - warm.quality >= margin;
        let (start, reason, outcome) = if is_better {
            let outcome = format!("the search from scratch is adopted, better by {margin} or more");
            (Start::Cold, "the search from scratch is better by the margin", outcome)
        } else {
            let outcome = format!("the previous ones are continued; a gain of {margin} is needed");
            (Start::Warm, "the search from scratch is not better by the margin", outcome)
        };
        let (cold_quality, warm_quality) = (cold.quality, warm.quality);
        self.observer.note(&format!(
            "communities searched from scratch have quality {cold_quality:.6}, continued ones {warm_quality:.6}: {outcome}"
        ));
        let (cold_quality, warm_quality) = (Some(cold_quality), Some(warm_quality));
        let search = Search { start, reason, cold: cold_quality, warm: warm_quality, cold_as_of: self.as_of };
        (if is_better { cold } else { warm }, search)
    }
}

/// The settings that define what a good community is.
fn defining_settings(config: &Value) -> Value {
    let mut settings = config["communities"].clone();
    if let Some(table) = settings.as_object_mut() {
        table.retain(|key, _| !CONTINUATION_KEYS.contains(&key.as_str()));
        table.insert("seed".to_owned(), config["run"]["seed"].clone());
    }
    settings
}

/// The previous communities as a partition of this run's nodes. Each new node forms a separate community.
fn start_partition(id: &[u32], communities: &[PreviousCommunity]) -> Vec<CommunityId> {
    let position = |(node, &id): (usize, &u32)| {
        let found = match id {
            NEW | UNKNOWN => None,
            id => communities.binary_search_by_key(&id, |previous| previous.id).ok(),
        };
        CommunityId::new(found.unwrap_or(communities.len() + node))
    };
    id.par_iter().enumerate().map(position).collect()
}

impl Communities {
    pub(crate) fn id_of(&self, community: CommunityId) -> u32 {
        self.ids[community.index()]
    }

    pub(crate) fn of_node(&self, node: NodeId) -> u32 {
        self.id_of(self.partition.community[node.index()])
    }

    /// The size of the community `id` in the previous run.
    pub(crate) fn previous_size(&self, id: u32) -> Option<u32> {
        let found = self.previous.binary_search_by_key(&id, |previous| previous.id).ok()?;
        Some(self.previous[found].size)
    }

    /// The entries about communities in the manifest.
    pub(crate) fn certificates(&self) -> Vec<(&'static str, Value)> {
        let start = match self.search.start {
            Start::Cold => "cold",
            Start::Warm => "warm",
            Start::Unchanged => "unchanged",
        };
        let moment = |seconds| Some(jiff::Timestamp::from_second(seconds).ok()?.to_string());
        vec![
            ("modularity", json!(self.partition.modularity)),
            ("community_quality", json!(self.partition.quality)),
            (record_keys::COMMUNITY_LEVELS, json!(self.partition.levels())),
            ("community_start", json!(start)),
            ("community_start_reason", json!(self.search.reason)),
            ("community_run_before", json!(self.previous_run)),
            ("cold_quality", json!(self.search.cold)),
            ("warm_quality", json!(self.search.warm)),
            (record_keys::COMMUNITY_COLD_AS_OF, json!(self.search.cold_as_of.and_then(moment))),
            (record_keys::NEXT_COMMUNITY_ID, json!(self.next_id)),
        ]
    }

    /// Notes names of communities that do not exist, and names that look like spreadsheet formulas.
    pub(crate) fn note_names(&self, names: Option<&CommunityNames>, observer: &dyn Observer) {
        let Some(names) = names else { return };
        let mut alive = self.ids.clone();
        alive.par_sort_unstable();
        let ended = |id| self.events.binary_search_by_key(&id, |event: &CommunityEvent| event.id).ok();
        let fault = |id: u32| {
            if alive.binary_search(&id).is_ok() {
                return None;
            }
            Some(match ended(id).map(|at| &self.events[at]) {
                Some(CommunityEvent { fate: Fate::Merged, others, .. }) => {
                    format!("community {id} has merged into {} since the previous run", others[0])
                }
                Some(_) => format!("community {id} has ended since the previous run"),
                None if id < self.next_id => format!("community {id} no longer exists"),
                None => format!("no community has ever had the id {id}"),
            })
        };
        let mut faults = NameFaults::default();
        let mut by_line: Vec<&CommunityName> = names.names.iter().collect();
        by_line.sort_unstable_by_key(|name| name.line);
        for name in by_line {
            let why = match fault(name.id) {
                Some(why) => format!("{why}; the name `{}` is not used", name.name),
                None if segment::is_formula_like(&name.name) => {
                    format!("a spreadsheet program would read `{}` as a formula", name.name)
                }
                None => continue,
            };
            faults.add(NameFault { line: name.line, column: name.column, why });
        }
        names.note(&faults, observer);
    }

    /// The number of communities of [`community::LOGGED_SIZE`] or more with each fate.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (String, u64)> {
        [Fate::Continued, Fate::Born, Fate::Died, Fate::Split, Fate::Merged].into_iter().map(|fate| {
            let count = self.events.iter().filter(|event| event.fate == fate).count();
            (format!("communities_{}", fate.word()), offset64(count))
        })
    }

    /// One line about the result.
    pub(crate) fn detail(&self) -> String {
        let communities = counted(offset64(self.partition.count), "community", "communities");
        let start = match self.search.start {
            Start::Cold => "",
            Start::Warm => ", started from the previous run's",
            Start::Unchanged => ", unchanged since the previous run",
        };
        format!("{communities}, modularity {:.4}{start}", self.partition.modularity)
    }
}
