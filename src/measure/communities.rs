//! The communities of a run, searched from scratch or from those of the previous run, and their lasting ids.

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
    history::{
        COLD_AS_OF, CommunityHistory, CommunityName, CommunityNames, LEVELS, NEXT_ID, NameFault, NameFaults,
        PreviousCommunities,
    },
    identity::People,
    ids::{CommunityId, NodeId, id32, offset64},
    progress::Observer,
    segment,
    store::RunId,
    text::counted,
};

/// The communities of a run, with ids that stay from run to run.
pub(crate) struct Communities {
    pub(crate) partition: Partition,
    /// By dense id: the id that people see.
    pub(crate) ids: Vec<u32>,
    /// What became of every community since the previous run.
    pub(crate) events: Vec<CommunityEvent>,
    /// The run whose communities they continue, if any.
    run_before: Option<RunId>,
    /// The communities of that run, sorted by id.
    before: Vec<PreviousCommunity>,
    next_id: u32,
    search: Search,
}

/// How the communities were searched.
struct Search {
    start: Start,
    reason: &'static str,
    /// Quality of the search from scratch, where there was one.
    cold: Option<f64>,
    /// Quality of the search from the previous communities, where there was one.
    warm: Option<f64>,
    /// The moment of the last search from scratch, in seconds since 1970.
    cold_as_of: Option<i64>,
}

/// Where the search started.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// At single nodes.
    Cold,
    /// At the previous communities.
    Warm,
    /// No search: they are the previous communities.
    Unchanged,
}

/// The keys of `[communities]` that say how a run continues the previous one, not what a good community is.
const CONTINUATION_KEYS: [&str; 3] = ["warm_start", "cold_every", "adopt_margin"];

/// What the search for communities depends on.
pub(crate) struct CommunitySettings<'a> {
    pub(crate) leiden: &'a LeidenConfig,
    pub(crate) continuation: &'a ContinuationConfig,
    /// The whole configuration, as the manifest shows it: to see which settings have changed.
    pub(crate) config: &'a Value,
}

/// Searches communities, starting at those of the previous run where there are any, and gives them lasting ids.
///
/// Where graph, people and settings are those of the previous run, so are the communities, to the last id.
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
    let run_before = previous.as_ref().map(|previous| previous.run.clone());
    let (partition, search, id, communities) = match previous {
        None => {
            let reason = if is_first { "there is no previous run" } else { "no previous run can be read" };
            let (partition, search) = from_scratch(&g, settings.leiden, as_of, reason);
            (partition, search, vec![NEW; graph.node_count()], Vec::new())
        }
        Some(previous) => {
            let is_same = previous.is_of(graph, people);
            let continuation = Continuation::of(&previous, settings, as_of, is_same);
            let (id, communities) = if is_same { previous.by_number() } else { previous.by_key(people) };
            let (partition, search) = continuation.search(&g, settings, &id, &communities, observer);
            (partition, search, id, communities)
        }
    };
    let before = PreviousPartition { id: &id, communities: &communities, next_id };
    let weight = matching_weights(graph);
    let current =
        CurrentPartition { community: &partition.community, count: partition.count, weight: &weight };
    let Lineage { ids, events, next_id } = lineage(&before, &current)?;
    Ok(Communities { partition, ids, events, run_before, before: communities, next_id, search })
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

/// The weight of each node when communities are matched with previous ones: the number of binary digits of its degree.
/// Hubs weigh more than peripheral nodes, so that an id follows the core of a community; but no hub outweighs many
/// nodes.
fn matching_weights(graph: &Graph) -> Vec<u32> {
    let degree = |u: NodeId| offset64(graph.in_edges().degree(u) + graph.out_edges().degree(u));
    let weight = |u: u32| u64::BITS - (degree(NodeId(u)) + 1).leading_zeros();
    (0..id32(graph.node_count())).into_par_iter().map(weight).collect()
}

/// How this run differs from the one whose communities it continues.
struct Continuation {
    /// Whether graph and people are the same.
    is_same: bool,
    /// Whether the settings that define a good community are the same.
    same_settings: bool,
    as_of: Option<i64>,
    cold_as_of: Option<i64>,
    /// The parts of the previous communities, where graph and people are the same.
    parts: Vec<Vec<u32>>,
}

impl Continuation {
    fn of(
        previous: &PreviousCommunities,
        settings: &CommunitySettings<'_>,
        as_of: Option<i64>,
        is_same: bool,
    ) -> Self {
        Self {
            is_same,
            same_settings: defining_settings(&previous.config) == defining_settings(settings.config),
            as_of,
            cold_as_of: previous.cold_as_of,
            parts: if is_same { previous.parts.clone() } else { Vec::new() },
        }
    }

    /// Searches the communities of this run.
    fn search(
        &self,
        g: &SymmetricCsr,
        settings: &CommunitySettings<'_>,
        id: &[u32],
        communities: &[PreviousCommunity],
        observer: &dyn Observer,
    ) -> (Partition, Search) {
        if !self.same_settings {
            observer.note(
                "communities are searched from scratch, because `[communities]` or `seed` has changed; ids are kept \
                 where communities overlap",
            );
            return from_scratch(g, settings.leiden, self.as_of, "the settings have changed");
        }
        if !settings.continuation.warm_start {
            return from_scratch(g, settings.leiden, self.as_of, "`warm_start` is false");
        }
        let start = start_partition(id, communities);
        let cold_as_of = self.cold_as_of;
        if self.is_same {
            let reason = "nothing has changed";
            let parts = self.parts.clone();
            let partition = community::evaluate(g, &start, parts, settings.leiden);
            let search = Search { start: Start::Unchanged, reason, cold: None, warm: None, cold_as_of };
            return (partition, search);
        }
        let partition = community::leiden_from(g, &start, settings.leiden);
        let warm = Some(partition.quality);
        if !self.is_search_from_scratch_due(settings.continuation) {
            let reason = "the previous communities are continued";
            return (partition, Search { start: Start::Warm, reason, cold: None, warm, cold_as_of });
        }
        self.better_of_both(partition, g, settings, observer)
    }

    /// Whether it is time to search from scratch as well.
    fn is_search_from_scratch_due(&self, continuation: &ContinuationConfig) -> bool {
        match (continuation.cold_every_s, self.as_of, self.cold_as_of) {
            (Some(every_s), Some(now), Some(then)) => now.saturating_sub(then) >= i64::from(every_s),
            (Some(_), Some(_), None) => true,
            _ => false,
        }
    }

    /// Searches from scratch, and returns that result if it is better than `warm` by the margin, else `warm`.
    fn better_of_both(
        &self,
        warm: Partition,
        g: &SymmetricCsr,
        settings: &CommunitySettings<'_>,
        observer: &dyn Observer,
    ) -> (Partition, Search) {
        let cold = community::leiden(g, settings.leiden);
        let margin = settings.continuation.adopt_margin;
        let is_better = cold.quality > warm.quality && cold.quality - warm.quality >= margin;
        observer.note(&format!(
            "communities searched from scratch have quality {:.6}, continued ones {:.6}: {}",
            cold.quality,
            warm.quality,
            if is_better {
                format!("the search from scratch is adopted, better by {margin} or more")
            } else {
                format!("the previous ones are continued; a gain of {margin} is needed")
            }
        ));
        let (start, reason) = if is_better {
            (Start::Cold, "the search from scratch is better by the margin")
        } else {
            (Start::Warm, "the search from scratch is not better by the margin")
        };
        let (cold_quality, warm_quality) = (Some(cold.quality), Some(warm.quality));
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

/// The previous communities as a partition of this run's nodes; new nodes are alone.
fn start_partition(id: &[u32], communities: &[PreviousCommunity]) -> Vec<CommunityId> {
    let position = |(node, &id): (usize, &u32)| {
        let found = match id {
            NEW | UNKNOWN => None,
            id => communities.binary_search_by_key(&id, |former| former.id).ok(),
        };
        CommunityId::new(found.unwrap_or(communities.len() + node))
    };
    id.par_iter().enumerate().map(position).collect()
}

impl Communities {
    /// The lasting id of a community of the partition.
    pub(crate) fn id_of(&self, community: CommunityId) -> u32 {
        self.ids[community.index()]
    }

    /// The lasting id of a node's community.
    pub(crate) fn of_node(&self, node: NodeId) -> u32 {
        self.id_of(self.partition.community[node.index()])
    }

    /// The size of the community `id` in the run whose communities these continue.
    pub(crate) fn previous_size(&self, id: u32) -> Option<u32> {
        let found = self.before.binary_search_by_key(&id, |former| former.id).ok()?;
        Some(self.before[found].size)
    }

    /// What the manifest certifies.
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
            (LEVELS, json!(self.partition.levels())),
            ("community_start", json!(start)),
            ("community_start_reason", json!(self.search.reason)),
            ("community_run_before", json!(self.run_before)),
            ("cold_quality", json!(self.search.cold)),
            ("warm_quality", json!(self.search.warm)),
            (COLD_AS_OF, json!(self.search.cold_as_of.and_then(moment))),
            (NEXT_ID, json!(self.next_id)),
        ]
    }

    /// Notes names whose communities are not there, and those that look like spreadsheet formulas.
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
                    format!("community {id} has merged into {} since the last run", others[0])
                }
                Some(_) => format!("community {id} has ended since the last run"),
                None if id < self.next_id => format!("community {id} has ended, or ended before"),
                None => format!("there never was a community {id}"),
            })
        };
        let mut faults = NameFaults::default();
        let mut by_line: Vec<&CommunityName> = names.names.iter().collect();
        by_line.sort_unstable_by_key(|name| name.line);
        for name in by_line {
            if let Some(why) = fault(name.id) {
                let why = format!("{why}; `{}` names nothing", name.name);
                faults.add(NameFault { line: name.line, column: name.column, why });
            } else if segment::is_formula_like(&name.name) {
                let why = format!("a spreadsheet program would take `{}` for a formula", name.name);
                faults.add(NameFault { line: name.line, column: name.column, why });
            }
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

    /// A summary in a few words.
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
