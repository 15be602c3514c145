//! Opens the store's current run once, and reads from it what a new run continues: ranks, tiers and communities.

use std::{collections::BTreeMap, fmt};

use super::{communities::PreviousCommunities, ids::next_community_id};
use crate::{
    community::UNKNOWN,
    event::Time,
    ids::offset64,
    progress::Observer,
    store::{CURRENT, Manifest, Run, RunId, Store},
    tables::{RunTable, RunTableError, Status, scores},
};

pub(crate) struct History<'a> {
    store: &'a Store,
    /// `None` if the store has no current run; an error if the current run cannot be read.
    current: Result<Option<CurrentRun>, String>,
}

struct CurrentRun {
    run: Run,
    scores: Result<RunTable, String>,
}

pub(crate) struct CommunityHistory {
    /// Whether the store has no run yet.
    pub(crate) is_first: bool,
    /// `None` in the first run, and if no previous run can be read.
    pub(crate) previous: Option<PreviousCommunities>,
    /// No community of the store ever had this id or a greater one.
    pub(crate) next_id: u32,
}

impl<'a> History<'a> {
    /// Opens the current run of `store` and checks the digest of its scores.
    pub(crate) fn open(store: &'a Store) -> Self {
        let open = |run: Run| {
            let scores = RunTable::open(&run, scores::FILE).map_err(in_words);
            CurrentRun { run, scores }
        };
        Self { store, current: store.current().map(|current| current.map(open)).map_err(in_words) }
    }

    fn current(&self) -> Result<Option<&CurrentRun>, String> {
        self.current.as_ref().map(Option::as_ref).map_err(String::clone)
    }

    /// Whether the store has no run.
    pub(crate) fn is_empty(&self) -> bool {
        self.store.runs().is_ok_and(|runs| runs.is_empty())
    }

    /// The last seven runs of this or an earlier as-of time, and their manifests, the newest as-of time first and of
    /// equal times the last one published first. Undated runs count as older than all others; runs whose manifest
    /// cannot be read are left out.
    pub(crate) fn runs_until(&self, as_of: Time) -> Vec<(Run, Manifest)> {
        let mut ids = self.store.runs().unwrap_or_default();
        ids.retain(|id| id.as_of().is_none_or(|other| other <= i64::from(as_of.0)));
        ids.sort_by_cached_key(|id| (id.as_of(), id.sequence()));
        self.with_manifests(&ids)
    }

    /// The last seven runs before one whose as-of time is that of its newest event. Runs of past nights, which may be
    /// published later, come last, as in [`History::runs_until`]. But if a run is later than `newest`, events may be
    /// missing; then, and without any time, the run published last comes first.
    pub(crate) fn runs_before_newest(&self, newest: Option<Time>) -> Vec<(Run, Manifest)> {
        let ids = self.store.runs().unwrap_or_default();
        let last = ids.iter().filter_map(RunId::as_of).max();
        match newest {
            Some(newest) if last.is_none_or(|last| last <= i64::from(newest.0)) => self.runs_until(newest),
            _ => self.with_manifests(&ids),
        }
    }

    /// The last seven of these runs whose manifest can be read, the last one first.
    fn with_manifests(&self, ids: &[RunId]) -> Vec<(Run, Manifest)> {
        const COMPARED: usize = 7;
        let read = |id: &RunId| {
            let run = self.store.run(id.as_str()).ok()?;
            let manifest = run.read_manifest().ok()?;
            Some((run, manifest))
        };
        ids.iter().rev().filter_map(read).take(COMPARED).collect()
    }

    /// Key and tier of each customer in this run, sorted by key.
    ///
    /// # Errors
    /// A message that says why the scores of the run cannot be read.
    pub(crate) fn tiers(&self, run: &Run) -> Result<Vec<(String, String)>, String> {
        match &self.current {
            Ok(Some(current)) if current.run == *run => tiers_of(current.scores()?),
            _ => tiers_of(&RunTable::open(run, scores::FILE).map_err(in_words)?),
        }
    }

    /// What of the newest or the current run is damaged, so that a new run cannot be compared with it. `None` if both
    /// can be read, and before the first run.
    pub(crate) fn damage(&self) -> Option<String> {
        let runs = match self.store.runs() {
            Ok(runs) => runs,
            Err(error) => return Some(in_words(error)),
        };
        let newest = runs.last()?;
        let unreadable =
            |id: &RunId, why: &dyn fmt::Display| Some(format!("run `{id}` cannot be read: {why}"));
        match self.current() {
            Err(why) => Some(why),
            Ok(None) => Some(format!("the store has run `{newest}`, but `{CURRENT}` points to no run")),
            Ok(Some(CurrentRun { run, scores: Err(why) })) => unreadable(run.id(), why),
            Ok(Some(CurrentRun { run, .. })) if run.id() == newest => None,
            Ok(Some(_)) => match self.store.run(newest.as_str()) {
                Err(error) => unreadable(newest, &error),
                Ok(run) => run.read_manifest().err().and_then(|fault| unreadable(newest, &fault)),
            },
        }
    }

    /// Maps the id of each prospect and customer to its `PageRank`. Empty before the first run, and if the ranks cannot
    /// be read; that is noted.
    pub(crate) fn ranks(&self, observer: &dyn Observer) -> BTreeMap<String, f64> {
        self.read_ranks().unwrap_or_else(|why| {
            observer.note(&format!("PageRank starts from scratch: {why}"));
            BTreeMap::new()
        })
    }

    fn read_ranks(&self) -> Result<BTreeMap<String, f64>, String> {
        let Some(current) = self.current()? else { return Ok(BTreeMap::new()) };
        let scores = current.scores()?;
        let ids = scores.read(scores::ID).map_err(in_words)?;
        let ranks = scores.read(scores::PAGERANK).map_err(in_words)?;
        Ok(ids.into_iter().zip(ranks).collect())
    }

    /// Key and tier of each customer in the current run, sorted by key. Empty before the first run.
    fn published_tiers(&self) -> Result<Vec<(String, String)>, String> {
        let Some(current) = self.current()? else {
            let runs = self.store.runs().map_err(in_words)?;
            let no_link = || format!("`{CURRENT}` points to no run");
            return if runs.is_empty() { Ok(Vec::new()) } else { Err(no_link()) };
        };
        tiers_of(current.scores()?)
    }

    /// The tiers of the readable run with the latest as-of time before `as_of`, of several the newest; empty if there
    /// is none. So a night that is run again has the previous tiers that it had before. Without an as-of time, the
    /// tiers of the current run. Tiers that cannot be read are empty; that is noted.
    pub(crate) fn previous_tiers(
        &self,
        as_of: Option<Time>,
        observer: &dyn Observer,
    ) -> Vec<(String, String)> {
        let read = |run: &Run| tiers_of(&RunTable::open(run, scores::FILE).map_err(in_words)?);
        let tiers = match as_of.map(|as_of| self.latest_before(as_of)) {
            None => self.published_tiers(),
            Some(None) => Ok(Vec::new()),
            Some(Some(run)) => read(&run),
        };
        tiers.unwrap_or_else(|why| {
            observer.note(&format!("`previous_tier` stays empty: {why}"));
            Vec::new()
        })
    }

    /// The run with the latest as-of time before this one, of several the newest. Runs whose manifest cannot be read
    /// are left out.
    fn latest_before(&self, as_of: Time) -> Option<Run> {
        let mut runs = self.store.runs().unwrap_or_default();
        runs.sort_by_key(|id| (id.as_of(), id.sequence()));
        runs.iter().rev().find_map(|id| {
            let run = self.store.run(id.as_str()).ok()?;
            let time = Time::parse(run.read_manifest().ok()?.as_of?.as_bytes()).ok()?;
            (time < as_of).then_some(run)
        })
    }

    /// The communities to continue, and the first id that was never given. If communities cannot be read, this is noted
    /// and the run goes on without them; even then no id is given twice.
    pub(crate) fn communities(&self, node_count: usize, observer: &dyn Observer) -> CommunityHistory {
        let (is_first, previous) = match self.current_communities() {
            Ok(None) => (true, None),
            Ok(Some(previous)) => (false, Some(previous)),
            Err((current, why)) => (false, self.older_communities(current.as_ref(), &why, observer)),
        };
        let given = previous.iter().flat_map(|previous| &previous.communities);
        let highest = given.map(|previous| previous.id.saturating_add(1)).max().unwrap_or(0);
        let next_id = next_community_id(self.store, offset64(node_count), observer);
        CommunityHistory { is_first, previous, next_id: next_id.max(highest).min(UNKNOWN) }
    }

    /// The current run's communities, `None` before the first run. The error is the id of the current run, if it is
    /// known, and the reason why the run cannot be read.
    fn current_communities(&self) -> Result<Option<PreviousCommunities>, (Option<RunId>, String)> {
        let unknown = |why| (None, why);
        let Some(CurrentRun { run, scores }) = self.current().map_err(unknown)? else {
            let lost =
                |id: &RunId| unknown(format!("the store has run `{id}`, but `{CURRENT}` points to no run"));
            let runs = self.store.runs().map_err(|error| unknown(in_words(error)))?;
            return runs.last().map_or(Ok(None), |id| Err(lost(id)));
        };
        let read = scores.as_ref().map_err(String::clone);
        let read = read.and_then(|scores| PreviousCommunities::read(run, scores));
        read.map(Some).map_err(|why| (Some(run.id().clone()), why))
    }

    /// The communities of the newest readable run before the run `current`.
    fn older_communities(
        &self,
        current: Option<&RunId>,
        why: &str,
        observer: &dyn Observer,
    ) -> Option<PreviousCommunities> {
        let runs = self.store.runs().unwrap_or_default();
        let mut older = runs.iter().rev().filter(|&id| current.is_none_or(|current| id < current));
        let found = older.find_map(|id| {
            let run = self.store.run(id.as_str()).ok()?;
            PreviousCommunities::read(&run, &RunTable::open(&run, scores::FILE).ok()?).ok()
        });
        observer.note(&match &found {
            Some(PreviousCommunities { run, .. }) => {
                format!("communities continue from run `{run}`, not from the current run: {why}")
            }
            None => format!(
                "communities are searched from scratch and all get new ids, because no previous run can be read: {why}"
            ),
        });
        found
    }
}

impl CurrentRun {
    fn scores(&self) -> Result<&RunTable, String> {
        self.scores.as_ref().map_err(String::clone)
    }
}

fn tiers_of(scores: &RunTable) -> Result<Vec<(String, String)>, String> {
    let read = |key| scores.read(key).map_err(in_words);
    let (ids, status, tiers) = (read(scores::ID)?, read(scores::STATUS)?, read(scores::TIER)?);
    let rows = ids.into_iter().zip(status).zip(tiers);
    let customers = rows.filter(|((_, status), _)| Status::Customer.is(status));
    let mut tiers: Vec<_> = customers.map(|((id, _), tier)| (id, tier)).collect();
    tiers.sort_unstable();
    Ok(tiers)
}

pub(super) fn in_words(error: impl Into<RunTableError>) -> String {
    error.into().to_string()
}
