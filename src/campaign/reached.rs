//! Whom do these people reach, and what would one more or one less change?

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{
    CampaignError,
    cohort::estimate,
    crowd::{Crowd, SpreadOptions},
    target::{Target, TargetOptions},
};
use crate::{
    config::PeopleSelector,
    ids::{NodeId, offset64},
    influence::{self, Hit, Spread, Survey, SurveyConfig},
    report::{Cell, Field, Format, Listing, Part, render, render_parts},
    store::Run,
    text::counted,
};

/// Whose reach is asked for, and beside what.
#[derive(Clone, Debug, PartialEq)]
pub struct ReachOptions {
    /// The people.
    pub whom: Vec<PeopleSelector>,
    /// Who else would be among them.
    pub with: Vec<PeopleSelector>,
    /// Who would no longer be.
    pub without: Vec<PeopleSelector>,
    /// People whose reach may overlap with theirs.
    pub overlap: Option<PeopleSelector>,
    /// Who counts when reached.
    pub target: TargetOptions,
    /// How influence spreads.
    pub spread: SpreadOptions,
    /// The seed of everything random; that of the run where there is none.
    pub seed: Option<u64>,
}

/// What people reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    /// Together, themselves included.
    pub total: TotalRow,
    /// What `with` and `without` change.
    pub change: Option<Difference>,
    /// What is reached by others as well.
    pub overlap: Option<Overlap>,
    /// By community, the one with the most first.
    pub communities: Vec<GroupRow>,
    /// By channel, likewise; who is on several counts on each.
    pub channels: Vec<GroupRow>,
    /// How influence spreads, in words.
    pub way: String,
}

/// What people reach together.
#[derive(Clone, Debug, PartialEq)]
pub struct TotalRow {
    /// How many they are.
    pub people: u64,
    /// What is reached: `customers`, `people` or `worth`.
    pub what: &'static str,
    /// What they reach, themselves included.
    pub reach: Spread,
    /// What everybody who counts is worth.
    pub whole: f64,
}

/// What becomes of reach if some join and some leave.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// How many they would be.
    pub people: u64,
    /// What they would reach.
    pub reach: Spread,
    /// How much more that is than now; below 0 where it is less.
    pub net: Spread,
    /// What would be reached in addition.
    pub gained: Spread,
    /// What would be reached no longer.
    pub lost: Spread,
}

/// What others reach, and what both do.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlap {
    /// How many the others are.
    pub people: u64,
    /// What they reach.
    pub reach: Spread,
    /// What both reach.
    pub both: Spread,
    /// What one or the other does.
    pub either: Spread,
}

/// What is reached within a community, or on a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupRow {
    /// The community's id, or the channel.
    pub group: String,
    /// What is reached there.
    pub reach: Spread,
    /// What would be with `with` and `without`.
    pub changed: Option<Spread>,
    /// What is reached there by the others as well.
    pub both: Option<Spread>,
    /// What everybody there who counts is worth.
    pub whole: f64,
}

/// How well the reach is known at best: to a percent.
const PRECISION: f64 = 0.01;
/// Nodes of the sets that find it out, at most.
const WORK: u64 = 1 << 26;
/// The teams of the survey: the people, what they would become, and the others.
const PEOPLE: u8 = 1;
const CHANGED: u8 = 2;
const OTHERS: u8 = 4;

/// What people of a finished run reach.
///
/// - **Input**: a finished run, whose bytes are checked; people that it has, customers or prospects.
/// - **Output**: means over all ways that things may go, with 95 % intervals; all figures come from the same draws, so
///   small differences are known well.
/// - **Stop**, **Source**: as [`influence::survey`], at a percent.
/// - **Cost**: reads and checks the table and the graph of the run; then as [`influence::survey`].
/// - **Same bits**: for any thread count.
/// - **Checked by**: `tests/it/campaign/cohort.rs` — closed forms, sums over groups, the cohort's own figures.
///
/// # Errors
/// [`CampaignError`]: the run is damaged, or something is named that it has not.
pub fn reached(run: &Run, options: &ReachOptions) -> Result<Reached, CampaignError> {
    let formulas: Vec<_> = options.target.formulas().collect();
    let crowd = Crowd::open(run, &formulas, options.spread)?;
    let target = Target::new(&crowd, &options.target)?;
    let rows_of = |selectors: &[PeopleSelector]| crowd.rows_of(run, selectors);
    let rows = rows_of(&options.whom)?;
    let (with, without) = (rows_of(&options.with)?, rows_of(&options.without)?);
    refuse_stranger(&crowd, &rows, &without)?;
    let mut changed: Vec<usize> = rows.iter().chain(&with).copied().collect();
    changed.retain(|row| without.binary_search(row).is_err());
    changed.sort_unstable();
    changed.dedup();
    let others = rows_of(options.overlap.as_slice())?;
    let teams: Vec<Vec<NodeId>> = [&rows, &changed, &others].map(|rows| crowd.nodes_of(rows)).into();
    let teams: Vec<&[NodeId]> = teams.iter().map(Vec::as_slice).collect();
    let seed = options.seed.unwrap_or(crowd.seed);
    let cfg = SurveyConfig { precision: PRECISION, most_work: WORK, seed };
    let survey = influence::survey(&crowd.model()?, &teams, None, Some(&target.worth), &cfg);
    let of = |counts: &dyn Fn(u8) -> bool| target.scaled(survey.spread(|hit| counts(hit.teams)));
    let own = |rows: &[usize]| {
        target.scaled_units(crowd.nodes_of(rows).iter().map(|v| target.worth[v.index()]).sum())
    };
    let total = TotalRow {
        people: offset64(rows.len()),
        what: target.what,
        reach: at_least(of(&|teams| teams & PEOPLE != 0), own(&rows)),
        whole: target.whole(),
    };
    let change = (!with.is_empty() || !without.is_empty()).then(|| Difference {
        people: offset64(changed.len()),
        reach: at_least(of(&|teams| teams & CHANGED != 0), own(&changed)),
        net: target.scaled(survey.difference(
            |hit| hit.teams & (PEOPLE | CHANGED) == CHANGED,
            |hit| hit.teams & (PEOPLE | CHANGED) == PEOPLE,
        )),
        gained: of(&|teams| teams & (PEOPLE | CHANGED) == CHANGED),
        lost: of(&|teams| teams & (PEOPLE | CHANGED) == PEOPLE),
    });
    let overlap = options.overlap.is_some().then(|| Overlap {
        people: offset64(others.len()),
        reach: at_least(of(&|teams| teams & OTHERS != 0), own(&others)),
        both: of(&|teams| teams & (PEOPLE | OTHERS) == PEOPLE | OTHERS),
        either: of(&|teams| teams & (PEOPLE | OTHERS) != 0),
    });
    let (communities, channels) = groups(&crowd, &target, &survey, (change.is_some(), overlap.is_some()))?;
    Ok(Reached { total, change, overlap, communities, channels, way: crowd.way.clone() })
}

/// An estimate that is not below what is certain: people hear themselves.
fn at_least(reach: Spread, certain: f64) -> Spread {
    let Spread { mean, low, high } = reach;
    Spread { mean: mean.max(certain), low: low.max(certain), high: high.max(certain) }
}

/// Who is to leave must have been there.
fn refuse_stranger(crowd: &Crowd, rows: &[usize], without: &[usize]) -> Result<(), CampaignError> {
    let ids = crowd.text("id")?;
    match without.iter().find(|row| rows.binary_search(row).is_err()) {
        None => Ok(()),
        Some(&row) => Err(CampaignError::NotAmong { id: ids[row].clone() }),
    }
}

/// What the people reach in each community and on each channel.
fn groups(
    crowd: &Crowd,
    target: &Target,
    survey: &Survey,
    asked: (bool, bool),
) -> Result<(Vec<GroupRow>, Vec<GroupRow>), CampaignError> {
    let (ids, channels) = (crowd.u32s("community_id")?, crowd.text("channels")?);
    let communities = group_rows(crowd, target, survey, asked, |row| vec![ids[row]]);
    let channels = group_rows(crowd, target, survey, asked, |row| {
        channels[row].split(';').filter(|name| !name.is_empty()).collect()
    });
    Ok((communities, channels))
}

/// Hits of a group, and what it is worth in units.
#[derive(Default)]
struct Counts {
    reach: u64,
    changed: u64,
    both: u64,
    whole: u64,
}

fn group_rows<K: Ord + ToString>(
    crowd: &Crowd,
    target: &Target,
    survey: &Survey,
    (change, overlap): (bool, bool),
    of: impl Fn(usize) -> Vec<K>,
) -> Vec<GroupRow> {
    let mut groups: BTreeMap<K, Counts> = BTreeMap::new();
    for (row, node) in crowd.nodes.iter().enumerate().filter(|(_, node)| target.counts(**node)) {
        for group in of(row) {
            groups.entry(group).or_default().whole += target.worth[node.index()];
        }
    }
    for Hit { node, teams } in &survey.hits {
        for group in of(crowd.row(*node)) {
            let counts = groups.entry(group).or_default();
            counts.reach += u64::from(teams & PEOPLE != 0);
            counts.changed += u64::from(teams & CHANGED != 0);
            counts.both += u64::from(teams & (PEOPLE | OTHERS) == PEOPLE | OTHERS);
        }
    }
    let spread = |hits| target.scaled(survey.spread_of(hits));
    let row = |(group, counts): (K, Counts)| GroupRow {
        group: group.to_string(),
        reach: spread(counts.reach),
        changed: change.then(|| spread(counts.changed)),
        both: overlap.then(|| spread(counts.both)),
        whole: target.scaled_units(counts.whole),
    };
    let mut rows: Vec<GroupRow> = groups.into_iter().map(row).collect();
    let is_reached =
        |row: &GroupRow| row.reach.mean > 0.0 || row.changed.is_some_and(|reach| reach.mean > 0.0);
    rows.retain(is_reached);
    // Stable: ties stay in the order of the groups.
    rows.sort_by(|a, b| b.reach.mean.total_cmp(&a.reach.mean));
    rows
}

/// Writes it: sentences and two listings of at most `count` rows for people, one object in JSON, pairs of field and
/// value in CSV.
///
/// # Errors
/// What `out` says.
pub fn render_reached(
    reached: &Reached,
    count: usize,
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut parts = vec![Part::single("reach", &reached.total)];
    parts.extend(reached.change.as_ref().map(|change| Part::single("change", change)));
    parts.extend(reached.overlap.as_ref().map(|overlap| Part::single("overlap", overlap)));
    parts.push(Part::list("communities", &reached.communities));
    parts.push(Part::list("channels", &reached.channels));
    render_parts(parts, format, |mut out| table(reached, count, &mut out), out)
}

/// `1,234 [1,200–1,270]`, without the interval where there is none.
fn figure(reach: Spread) -> String {
    match estimate(reach) {
        Cell::Figure(text) => text,
        _ => String::new(),
    }
}

fn table(reached: &Reached, count: usize, mut out: &mut dyn Write) -> io::Result<()> {
    let total = &reached.total;
    let people = counted(total.people, "person reaches", "people reach");
    let (what, whole) = (total.what, total.whole);
    writeln!(out, "{people} {} of {whole:.0} {what}, themselves included", figure(total.reach))?;
    if let Some(change) = &reached.change {
        let people = counted(change.people, "person", "people");
        let (reach, gained, lost) = (figure(change.reach), figure(change.gained), figure(change.lost));
        let (net, way) = match change.net {
            Spread { mean, low, high } if mean < 0.0 => {
                (Spread { mean: -mean, low: -high, high: -low }, "fewer")
            }
            net => (net, "more"),
        };
        let net = figure(net);
        writeln!(out, "  changed to {people}: {reach}, {net} {way}; {gained} gained, {lost} lost")?;
    }
    if let Some(overlap) = &reached.overlap {
        let others = counted(overlap.people, "other reaches", "others reach");
        let (reach, both, either) = (figure(overlap.reach), figure(overlap.both), figure(overlap.either));
        writeln!(out, "  {others} {reach}; both reach {both}, together {either}")?;
    }
    for (title, rows) in [("by community", &reached.communities), ("by channel", &reached.channels)] {
        writeln!(out, "\n{title}")?;
        render(&rows[..count.min(rows.len())], Format::Table, &mut out)?;
    }
    Ok(())
}

impl Listing for TotalRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::hidden("people", |row| Cell::Integer(row.people)),
        Field::hidden("counted_in", |row| Cell::Text(row.what.to_owned())),
        Field::hidden("mean", |row| Cell::Number(row.reach.mean)),
        Field::hidden("low", |row| Cell::Number(row.reach.low)),
        Field::hidden("high", |row| Cell::Number(row.reach.high)),
        Field::hidden("whole", |row| Cell::Number(row.whole)),
    ];
}

impl Listing for Difference {
    const FIELDS: &'static [Field<Self>] = &[
        Field::hidden("people", |row| Cell::Integer(row.people)),
        Field::hidden("mean", |row| Cell::Number(row.reach.mean)),
        Field::hidden("low", |row| Cell::Number(row.reach.low)),
        Field::hidden("high", |row| Cell::Number(row.reach.high)),
        Field::hidden("net", |row| Cell::Number(row.net.mean)),
        Field::hidden("net_low", |row| Cell::Number(row.net.low)),
        Field::hidden("net_high", |row| Cell::Number(row.net.high)),
        Field::hidden("gained", |row| Cell::Number(row.gained.mean)),
        Field::hidden("gained_low", |row| Cell::Number(row.gained.low)),
        Field::hidden("gained_high", |row| Cell::Number(row.gained.high)),
        Field::hidden("lost", |row| Cell::Number(row.lost.mean)),
        Field::hidden("lost_low", |row| Cell::Number(row.lost.low)),
        Field::hidden("lost_high", |row| Cell::Number(row.lost.high)),
    ];
}

impl Listing for Overlap {
    const FIELDS: &'static [Field<Self>] = &[
        Field::hidden("people", |row| Cell::Integer(row.people)),
        Field::hidden("mean", |row| Cell::Number(row.reach.mean)),
        Field::hidden("low", |row| Cell::Number(row.reach.low)),
        Field::hidden("high", |row| Cell::Number(row.reach.high)),
        Field::hidden("both", |row| Cell::Number(row.both.mean)),
        Field::hidden("both_low", |row| Cell::Number(row.both.low)),
        Field::hidden("both_high", |row| Cell::Number(row.both.high)),
        Field::hidden("either", |row| Cell::Number(row.either.mean)),
        Field::hidden("either_low", |row| Cell::Number(row.either.low)),
        Field::hidden("either_high", |row| Cell::Number(row.either.high)),
    ];
}

impl Listing for GroupRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("group", "group", |row| Cell::Text(row.group.clone())),
        Field::new("mean", |row| Cell::Number(row.reach.mean), "reach", |row| estimate(row.reach)),
        Field::hidden("low", |row| Cell::Number(row.reach.low)),
        Field::hidden("high", |row| Cell::Number(row.reach.high)),
        Field::new(
            "whole",
            |row| Cell::Number(row.whole),
            "of",
            |row| Cell::Figure(format!("{:.0}", row.whole)),
        ),
        Field::hidden("changed", |row| Cell::number(row.changed.map(|reach| reach.mean))),
        Field::hidden("changed_low", |row| Cell::number(row.changed.map(|reach| reach.low))),
        Field::hidden("changed_high", |row| Cell::number(row.changed.map(|reach| reach.high))),
        Field::hidden("both", |row| Cell::number(row.both.map(|reach| reach.mean))),
        Field::hidden("both_low", |row| Cell::number(row.both.map(|reach| reach.low))),
        Field::hidden("both_high", |row| Cell::number(row.both.map(|reach| reach.high))),
        Field::for_people("changed", |row| row.changed.map_or(Cell::Empty, estimate)),
        Field::for_people("both", |row| row.both.map_or(Cell::Empty, estimate)),
        Field::for_people("%", |row| Cell::Figure(format!("{:.1}", row.reach.mean / row.whole * 100.0))),
    ];
}
