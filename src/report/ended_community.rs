//! Tells what has become of a community that a run no longer has, from the events that this and earlier runs published.

use crate::{store::Run, tables::community_events as columns};

/// The end of a community: it merged into another one, split into parts that have new ids, or died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedCommunity {
    pub id: u32,
    /// The event, as `communities/events.csv` names it.
    event: String,
    /// The community into which it merged, or its parts.
    pub others: Vec<u32>,
    /// The run that found its end.
    pub run: String,
    /// The as-of day of that run, `2026-06-29`; `None` if its events have no times.
    day: Option<String>,
}

impl EndedCommunity {
    /// What has become of the community `id`, and, if it merged, of the community into which it merged, and so on.
    /// Empty if neither `run` nor an earlier run that can be read tells it.
    pub(super) fn trace(run: &Run, id: u32, known: &[u32]) -> Vec<Self> {
        let earlier =
            run.store().runs().unwrap_or_default().into_iter().filter(|earlier| earlier <= run.id());
        let runs: Vec<Run> = earlier.filter_map(|id| run.store().run(id.as_str()).ok()).collect();
        let mut ended: Vec<Self> = Vec::new();
        let mut next = Some(id).filter(|id| !known.contains(id));
        while let Some(id) = next {
            // An id ends once and is never given again, so the chain ends.
            let Some(end) = runs.iter().rev().find_map(|run| Self::of_run(run, id)) else { break };
            let into = end.merged_into();
            let is_repeated = into.is_some_and(|into| ended.iter().any(|ended| ended.id == into));
            ended.push(end);
            next = into.filter(|into| !known.contains(into) && !is_repeated);
        }
        ended
    }

    /// The end of the community `id`, if `run` found it.
    fn of_run(run: &Run, id: u32) -> Option<Self> {
        let path = run.checked_path(columns::FILE).ok()?;
        let mut reader = csv::Reader::from_path(path).ok()?;
        let header = reader.headers().ok()?.clone();
        let place = |name: &str| header.iter().position(|column| column == name);
        let (ids, events, sizes) =
            (place(columns::COMMUNITY_ID)?, place(columns::EVENT)?, place(columns::SIZE)?);
        let others = place(columns::OTHER_IDS)?;
        let is_end = |row: &csv::StringRecord| {
            row.get(ids).and_then(|text| text.parse().ok()) == Some(id) && row.get(sizes) == Some("0")
        };
        let row = reader.into_records().filter_map(Result::ok).find(is_end)?;
        let as_of = run.read_manifest().ok()?.as_of;
        Some(Self {
            id,
            event: row.get(events)?.to_owned(),
            others: row.get(others)?.split(';').filter_map(|id| id.parse().ok()).collect(),
            run: run.id().to_string(),
            day: as_of.and_then(|moment| Some(moment.split_once('T')?.0.to_owned())),
        })
    }

    pub(super) fn merged_into(&self) -> Option<u32> {
        self.others.first().copied().filter(|_| self.event == columns::MERGED)
    }

    /// What happened and when: `merged into 0 on 2026-06-29`.
    pub(super) fn words(&self) -> String {
        let others: Vec<String> = self.others.iter().map(u32::to_string).collect();
        let what = match (self.merged_into(), others.is_empty()) {
            (Some(into), _) => format!("merged into {into}"),
            (None, false) => format!("split into {}", others.join(" and ")),
            (None, true) => "ended, its members gone or scattered,".to_owned(),
        };
        match &self.day {
            Some(day) => format!("{what} on {day}"),
            None => format!("{what} in run {}", self.run),
        }
    }
}
