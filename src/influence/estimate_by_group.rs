//! Whom do several teams reach, one by one and together? One sample of random nodes, each with who would move it.

use std::ops::Range;

use super::{
    Spread, SpreadModel,
    certificate::interval,
    sample::{Sample, Side},
};
use crate::ids::{NodeId, low8, offset64};

/// Sets of the first round of [`survey`].
const FIRST_SETS: u64 = 1 << 14;
/// Rounds end before the sample has more sets than this.
const MOST_SETS: u64 = 1 << 26;
/// The standard deviations to either side of a mean between which a normal number lies with 95 %.
const NORMAL_95: f64 = 1.959_963_984_540_054;
/// The most teams of a [`survey`]: each has a bit of a byte.
pub const MOST_TEAMS: usize = 8;

/// How far a survey goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurveyConfig {
    /// Sets are doubled until every team's reach is known to this share of itself (half the 95 % interval).
    pub precision: f64,
    /// How many nodes all sets may have together, about: beyond, the survey ends with what it has.
    pub most_work: u64,
    /// Another seed, other sets.
    pub seed: u64,
}

/// Random nodes by which teams would reach them.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// The nodes that some team reaches, in the order of the sets that they began.
    pub hits: Vec<Hit>,
    /// How many nodes were drawn, reached or not.
    pub sets: u64,
    /// What all nodes are worth.
    pub whole: f64,
}

/// A random node that some team reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which.
    pub node: NodeId,
    /// Bit `i`: team `i` reaches it.
    pub teams: u8,
}

impl Survey {
    /// What the nodes of these hits are worth together, on average over all ways that things may go.
    pub fn spread(&self, counts: impl Fn(&Hit) -> bool) -> Spread {
        self.spread_of(offset64(self.hits.iter().filter(|&hit| counts(hit)).count()))
    }

    /// By how much what `gains` is worth more than what `loses` is, below 0 where it is less: with a normal interval,
    /// whose width is that of the hits which are one and not the other.
    pub fn difference(&self, gains: impl Fn(&Hit) -> bool, loses: impl Fn(&Hit) -> bool) -> Spread {
        let count =
            |counts: &dyn Fn(&Hit) -> bool| self.hits.iter().filter(|&hit| counts(hit)).count() as f64;
        let (gained, lost, sets) = (count(&gains), count(&loses), self.sets as f64);
        let mean = (gained - lost) / sets;
        // One hit more or less for what is not seen yet.
        let error = NORMAL_95 * ((gained + lost + 1.0) / sets - mean * mean).max(0.0).sqrt() / sets.sqrt();
        let scaled = |share: f64| share * self.whole;
        Spread { mean: scaled(mean), low: scaled(mean - error), high: scaled(mean + error) }
    }

    /// What so many hits are worth.
    pub fn spread_of(&self, hits: u64) -> Spread {
        Spread::of_hits(hits, self.sets, self.whole)
    }
}

impl Spread {
    /// What is reached if `hits` of `sets` random nodes are, of nodes that are worth `whole` together.
    pub(super) fn of_hits(hits: u64, sets: u64, whole: f64) -> Self {
        let (low, high) = interval(hits, sets);
        Self { mean: hits as f64 / sets as f64 * whole, low: low * whole, high: high * whole }
    }
}

/// Draws random nodes, by worth, and tells of each which of the `teams` would reach it.
///
/// All teams are judged by the same draws, so what one reaches and the other does not is known better than the
/// difference of two estimates.
///
/// - **Input**: at most [`MOST_TEAMS`] teams. `reached` and `worth` as for [`spread`](super::spread): what those reach
///   who are active already counts for no team.
/// - **Output**: [`Survey`]; any part of it is an unbiased estimate with a 95 % interval (Wilson with continuity
///   correction).
/// - **Stop**: when every team that is not empty is known to `cfg.precision`, or the next doubling would pass
///   `cfg.most_work` or 2^26 sets.
/// - **Cost**: time that of the sets; memory 8 bytes a hit, 1 a node, a worker n / 8.
/// - **Same bits**: at any thread count.
/// - **Source**: Borgs, Brautbar, Chayes, Lucier 2014.
/// - **Checked by**: `tests/it/influence/groups.rs` — enumeration of all outcomes, [`spread`](super::spread).
///
/// Panics where a slice has another length than there are nodes, or there are too many teams.
pub fn survey(
    model: &SpreadModel<'_>,
    teams: &[&[NodeId]],
    reached: Option<&[bool]>,
    worth: Option<&[u64]>,
    cfg: &SurveyConfig,
) -> Survey {
    assert!(teams.len() <= MOST_TEAMS, "invariant: a team has a bit of a byte");
    let mut teams_of = vec![0_u8; model.node_count()];
    for (team, nodes) in teams.iter().enumerate() {
        nodes.iter().for_each(|v| teams_of[v.index()] |= low8(1 << team));
    }
    let (sample, is_reached) =
        (Sample::new(model, worth, cfg.seed), |v: NodeId| reached.is_some_and(|reached| reached[v.index()]));
    let mut survey = Survey { hits: Vec::new(), sets: 0, whole: sample.whole() };
    if survey.whole == 0.0 {
        return survey;
    }
    let (mut work, mut sets) = (0_u64, FIRST_SETS);
    loop {
        let drawn = sample.tasks(survey.sets..sets, |sampler, numbers| {
            let (mut hits, mut work) = (Vec::new(), 0);
            for number in numbers {
                let set = sampler.draw(Side::Judging, number, is_reached);
                work += offset64(set.len());
                let teams = set.iter().fold(0, |teams, v| teams | teams_of[v.index()]);
                if teams != 0 && !set.last().is_some_and(|&v| is_reached(v)) {
                    hits.push(Hit { node: set[0], teams });
                }
            }
            (hits, work)
        });
        for (hits, more) in drawn {
            survey.hits.extend(hits);
            work += more;
        }
        survey.sets = sets;
        let known = |team: usize| {
            let Spread { mean, low, high } = survey.spread(|hit| hit.teams >> team & 1 == 1);
            high - low <= 2.0 * cfg.precision * mean
        };
        let all_known = (0..teams.len()).filter(|&team| !teams[team].is_empty()).all(known);
        if all_known || work.saturating_mul(2) > cfg.most_work || sets >= MOST_SETS {
            return survey;
        }
        sets *= 2;
    }
}

/// What each of `nodes` reaches by itself, in their order, by the `sets` of these numbers that [`survey`] draws with
/// this seed; at least one.
///
/// - **Input**, **Output**, **Same bits**, **Source**, **Checked by**: as [`survey`].
/// - **Stop**: after these sets.
/// - **Cost**: time that of the sets; memory 4 bytes a node, 512 for each of `nodes`, a worker n / 8.
///
/// Panics where a slice has another length than there are nodes.
pub fn each(
    model: &SpreadModel<'_>,
    nodes: &[NodeId],
    reached: Option<&[bool]>,
    worth: Option<&[u64]>,
    sets: Range<u64>,
    seed: u64,
) -> Vec<Spread> {
    let mut place = vec![u32::MAX; model.node_count()];
    (0..).zip(nodes).for_each(|(at, v)| place[v.index()] = at);
    let sample = Sample::new(model, worth, seed);
    if sample.whole() == 0.0 {
        return vec![Spread { mean: 0.0, low: 0.0, high: 0.0 }; nodes.len()];
    }
    let is_reached = |v: NodeId| reached.is_some_and(|reached| reached[v.index()]);
    let hits = sample.sums(sets.clone(), nodes.len(), |sampler, number, hits| {
        let set = sampler.draw(Side::Judging, number, is_reached);
        if set.last().is_some_and(|&v| is_reached(v)) {
            return;
        }
        let places = set.iter().map(|v| place[v.index()]).filter(|&at| at != u32::MAX);
        places.for_each(|at| hits[at as usize] += 1);
    });
    // Of one that stands twice, both places have the hits of the last.
    let spread =
        |v: &NodeId| Spread::of_hits(hits[place[v.index()] as usize], sets.end - sets.start, sample.whole());
    nodes.iter().map(spread).collect()
}
