//! Tonight's communities, and which of last night's each of them is.

use rayon::prelude::*;
use serde_json::{Value, json};

use super::{
    PipelineError,
    names::{CommunityName, CommunityNames, Fault, Faults},
    people::People,
    yesterday::{self, COLD_AS_OF, LEVELS, LastNight, NEXT_ID},
};
use crate::{
    community::{self, Before, Event, Fate, Former, Lineage, NEW, Partition, Tonight, UNKNOWN, lineage},
    config::Plan,
    event::Time,
    graph::{self, Graph, SymmetricCsr},
    ids::{CommunityId, NodeId, id32, offset64},
    progress::Observer,
    store::{RunId, Store},
    text::counted,
};

/// Communities with ids that stay from night to night.
pub(super) struct Communities {
    pub(super) partition: Partition,
    /// By dense id: the id that people see.
    pub(super) ids: Vec<u32>,
    /// What became of every community overnight.
    pub(super) events: Vec<Event>,
    /// The run from which they go on, if any.
    run_before: Option<RunId>,
    /// The communities of that run, ids rising.
    before: Vec<Former>,
    next_id: u32,
    search: Search,
}

/// How tonight's communities were found.
struct Search {
    start: Start,
    reason: &'static str,
    /// Quality of what was found from scratch, where that was looked for.
    cold: Option<f64>,
    /// Quality of what went on from last night's, where that was looked for.
    warm: Option<f64>,
    /// The moment of the last search from scratch, in seconds since 1970.
    cold_as_of: Option<i64>,
}

/// Where tonight's communities come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// From single nodes.
    Cold,
    /// From last night's.
    Warm,
    /// They are last night's.
    Unchanged,
}

/// The settings of `[communities]` that say how nights hang together, not what a good community is.
const OVERNIGHT_KEYS: [&str; 3] = ["warm_start", "cold_every", "adopt_margin"];

/// Looks for communities, from last night's on where there are any, and hands down their ids.
///
/// Where graph, people and settings are those of last night, the communities are too, to the last id.
pub(super) fn find(
    plan: &Plan,
    graph: &Graph,
    people: &People<'_>,
    store: &Store,
    as_of: Option<Time>,
    observer: &dyn Observer,
) -> Result<Communities, PipelineError> {
    let yesterday::Past { last, is_first, next_id } = yesterday::read(store, graph.node_count(), observer);
    let g = graph::symmetrise(graph);
    let as_of = as_of.map(|time| i64::from(time.0));
    let run_before = last.as_ref().map(|last| last.run.clone());
    let (partition, search, id, communities) = match last {
        None => {
            let reason =
                if is_first { "there is no night before" } else { "the nights before cannot be read" };
            let (partition, search) = from_scratch(&g, plan, as_of, reason);
            (partition, search, vec![NEW; graph.node_count()], Vec::new())
        }
        Some(last) => {
            let night = Night::of(&last, plan, as_of, last.is_of(graph, people));
            let (id, communities) = if night.is_same { last.by_number() } else { last.by_key(people) };
            let (partition, search) = night.search(&g, plan, &id, &communities, observer);
            (partition, search, id, communities)
        }
    };
    let before = Before { id: &id, communities: &communities, next_id };
    let weight = weights(graph);
    let tonight = Tonight { community: &partition.community, count: partition.count, weight: &weight };
    let found = lineage(&before, &tonight)?;
    let Lineage { ids, events, next_id } = found;
    Ok(Communities { partition, ids, events, run_before, before: communities, next_id, search })
}

fn from_scratch(
    g: &SymmetricCsr,
    plan: &Plan,
    as_of: Option<i64>,
    reason: &'static str,
) -> (Partition, Search) {
    let partition = community::leiden(g, &plan.communities);
    let cold = Some(partition.quality);
    (partition, Search { start: Start::Cold, reason, cold, warm: None, cold_as_of: as_of })
}

/// How much each node counts when communities are matched: the binary digits of its degree. Hubs count more than
/// those at the edge, so that an id follows the core; but none outweighs many.
fn weights(graph: &Graph) -> Vec<u32> {
    let degree = |u: NodeId| offset64(graph.in_edges().degree(u) + graph.out_edges().degree(u));
    let weight = |u: u32| u64::BITS - (degree(NodeId(u)) + 1).leading_zeros();
    (0..id32(graph.node_count())).into_par_iter().map(weight).collect()
}

/// What is different tonight.
struct Night {
    /// Graph and people are the same.
    is_same: bool,
    /// What a good community is, too.
    same_settings: bool,
    as_of: Option<i64>,
    cold_as_of: Option<i64>,
    /// Last night's parts of communities, where graph and people are the same.
    parts: Vec<Vec<u32>>,
}

impl Night {
    fn of(last: &LastNight, plan: &Plan, as_of: Option<i64>, is_same: bool) -> Self {
        Self {
            is_same,
            same_settings: settings(&last.config) == settings(&plan.to_json()),
            as_of,
            cold_as_of: last.cold_as_of,
            parts: if is_same { last.parts.clone() } else { Vec::new() },
        }
    }

    /// Tonight's communities, and how they were found.
    fn search(
        &self,
        g: &SymmetricCsr,
        plan: &Plan,
        id: &[u32],
        communities: &[Former],
        observer: &dyn Observer,
    ) -> (Partition, Search) {
        if !self.same_settings {
            observer.note(
                "communities are looked for from scratch, because `[communities]` or `seed` has changed; their ids stay \
                 where they overlap",
            );
            return from_scratch(g, plan, self.as_of, "the settings have changed");
        }
        if !plan.overnight.warm_start {
            return from_scratch(g, plan, self.as_of, "`warm_start` is false");
        }
        let start = start(id, communities);
        let cold_as_of = self.cold_as_of;
        if self.is_same {
            let reason = "nothing has changed";
            let parts = self.parts.clone();
            let partition = community::standing(g, &start, parts, &plan.communities);
            let search = Search { start: Start::Unchanged, reason, cold: None, warm: None, cold_as_of };
            return (partition, search);
        }
        let partition = community::leiden_from(g, &start, &plan.communities);
        let warm = Some(partition.quality);
        if !self.is_due(plan) {
            let reason = "last night's go on";
            return (partition, Search { start: Start::Warm, reason, cold: None, warm, cold_as_of });
        }
        self.better(partition, g, plan, observer)
    }

    /// Whether it is time to look from scratch as well.
    fn is_due(&self, plan: &Plan) -> bool {
        match (plan.overnight.cold_every_s, self.as_of, self.cold_as_of) {
            (Some(every_s), Some(now), Some(then)) => now.saturating_sub(then) >= i64::from(every_s),
            (Some(_), Some(_), None) => true,
            _ => false,
        }
    }

    /// Communities from scratch if they are better by the margin, else `warm`.
    fn better(
        &self,
        warm: Partition,
        g: &SymmetricCsr,
        plan: &Plan,
        observer: &dyn Observer,
    ) -> (Partition, Search) {
        let cold = community::leiden(g, &plan.communities);
        let margin = plan.overnight.adopt_margin;
        let is_better = cold.quality > warm.quality && cold.quality - warm.quality >= margin;
        observer.note(&format!(
            "communities from scratch have a quality of {:.6}, last night's go on at {:.6}: {}",
            cold.quality,
            warm.quality,
            if is_better {
                format!("taken from scratch, better by {margin} or more")
            } else {
                format!("last night's go on, as {margin} more would be needed")
            }
        ));
        let (start, reason) = if is_better {
            (Start::Cold, "from scratch is better by the margin")
        } else {
            (Start::Warm, "from scratch is not better by the margin")
        };
        let (cold_quality, warm_quality) = (Some(cold.quality), Some(warm.quality));
        let search = Search { start, reason, cold: cold_quality, warm: warm_quality, cold_as_of: self.as_of };
        (if is_better { cold } else { warm }, search)
    }
}

/// The settings that decide what a good community is.
fn settings(config: &Value) -> Value {
    let mut settings = config["communities"].clone();
    if let Some(table) = settings.as_object_mut() {
        table.retain(|key, _| !OVERNIGHT_KEYS.contains(&key.as_str()));
        table.insert("seed".to_owned(), config["run"]["seed"].clone());
    }
    settings
}

/// Last night's communities as a partition of tonight's nodes: who is new is alone.
fn start(id: &[u32], communities: &[Former]) -> Vec<CommunityId> {
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
    /// How many members the community `id` had in the run from which tonight's go on.
    pub(super) fn previous_size(&self, id: u32) -> Option<u32> {
        let found = self.before.binary_search_by_key(&id, |former| former.id).ok()?;
        Some(self.before[found].size)
    }

    /// What the manifest certifies.
    pub(super) fn certificates(&self) -> Vec<(&'static str, Value)> {
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

    /// Tells of names whose communities are not there, and of those that look like formulas.
    pub(super) fn note_names(&self, names: Option<&CommunityNames>, observer: &dyn Observer) {
        let Some(names) = names else { return };
        let mut alive = self.ids.clone();
        alive.par_sort_unstable();
        let ended = |id| self.events.binary_search_by_key(&id, |event: &Event| event.id).ok();
        let fault = |id: u32| {
            if alive.binary_search(&id).is_ok() {
                return None;
            }
            Some(match ended(id).map(|at| &self.events[at]) {
                Some(Event { fate: Fate::Merged, others, .. }) => {
                    format!("community {id} has merged into {} since the last run", others[0])
                }
                Some(_) => format!("community {id} has ended since the last run"),
                None if id < self.next_id => format!("community {id} has ended, or ended before"),
                None => format!("there never was a community {id}"),
            })
        };
        let mut faults = Faults::default();
        let mut by_line: Vec<&CommunityName> = names.names.iter().collect();
        by_line.sort_unstable_by_key(|name| name.line);
        for name in by_line {
            if let Some(why) = fault(name.id) {
                let why = format!("{why}; `{}` names nothing", name.name);
                faults.add(Fault { line: name.line, column: name.column, why });
            } else if crate::segment::is_formula_like(&name.name) {
                let why = format!("a spreadsheet program would take `{}` for a formula", name.name);
                faults.add(Fault { line: name.line, column: name.column, why });
            }
        }
        names.tell(&faults, observer);
    }

    /// How many communities of [`community::LOGGED_SIZE`] or more had each fate.
    pub(super) fn counts(&self) -> impl Iterator<Item = (String, u64)> {
        [Fate::Continued, Fate::Born, Fate::Died, Fate::Split, Fate::Merged].into_iter().map(|fate| {
            let count = self.events.iter().filter(|event| event.fate == fate).count();
            (format!("communities_{}", fate.word()), offset64(count))
        })
    }

    /// In a few words.
    pub(super) fn detail(&self) -> String {
        let communities = counted(offset64(self.partition.count), "community", "communities");
        let start = match self.search.start {
            Start::Cold => "",
            Start::Warm => ", from last night's on",
            Start::Unchanged => ", as last night",
        };
        format!("{communities}, modularity {:.4}{start}", self.partition.modularity)
    }
}
