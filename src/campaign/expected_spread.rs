//! Estimates the expected spread of given people, and how it changes as people join or leave.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{
    CampaignError,
    audience::{AudienceOptions, TargetAudience},
    cohort::estimate,
    run_view::{RunView, SpreadModelOptions},
};
use crate::{
    config::PeopleSelector,
    ids::{NodeId, offset64},
    influence::{self, GroupEstimate, GroupEstimateConfig, Hit, Spread},
    report::{Cell, Field, Format, Listing, Part, render, render_parts},
    store::Run,
    tables::{list_items, scores},
    text::counted,
};

/// The people whose spread is estimated, and what to compare it with.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedSpreadOptions {
    /// The people.
    pub people: Vec<PeopleSelector>,
    /// People who would join them.
    pub with: Vec<PeopleSelector>,
    /// People of them who would leave.
    pub without: Vec<PeopleSelector>,
    /// Others whose spread may overlap with theirs.
    pub overlap: Option<PeopleSelector>,
    /// Who counts when reached, and how much.
    pub audience: AudienceOptions,
    /// How influence spreads.
    pub spread_model: SpreadModelOptions,
    /// The seed of everything random; none for that of the run.
    pub seed: Option<u64>,
}

/// The expected spread of some people, in total and by group.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadReport {
    /// In total.
    pub total: SpreadTotal,
    /// The effect of `with` and `without`.
    pub change: Option<SpreadChange>,
    /// The overlap with the spread of others.
    pub overlap: Option<SpreadOverlap>,
    /// By community, the largest spread first.
    pub communities: Vec<GroupSpreadRow>,
    /// By channel, likewise; a person on several channels counts on each.
    pub channels: Vec<GroupSpreadRow>,
    /// The spread model, in words.
    pub spread_model: String,
}

/// The expected spread of some people together.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadTotal {
    /// The number of people.
    pub people: u64,
    /// What spread counts: `customers`, `people` or `worth`.
    pub unit: &'static str,
    /// Their expected spread, themselves included.
    pub spread: Spread,
    /// The worth of the whole audience.
    pub total_worth: f64,
}

/// How the expected spread changes if some people join and some leave.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadChange {
    /// The number of people after the change.
    pub people: u64,
    /// Their expected spread.
    pub spread: Spread,
    /// How much more that is than before; negative where it is less.
    pub net: Spread,
    /// What is reached only after the change.
    pub gained: Spread,
    /// What is reached only before the change.
    pub lost: Spread,
}

/// The expected spread of others, and what both reach.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadOverlap {
    /// The number of others.
    pub people: u64,
    /// Their expected spread.
    pub spread: Spread,
    /// What both reach.
    pub both: Spread,
    /// What at least one of the two reaches.
    pub either: Spread,
}

/// The expected spread within one community, or on one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSpreadRow {
    /// The community's id, or the channel.
    pub group: String,
    /// The expected spread there.
    pub spread: Spread,
    /// The same after the changes of `with` and `without`.
    pub changed: Option<Spread>,
    /// What the others reach there as well.
    pub both: Option<Spread>,
    /// The worth of the audience there.
    pub total_worth: f64,
}

/// The precision at which the estimate stops: one percent.
const PRECISION: f64 = 0.01;
/// The most total size of the reverse-reachable sets.
const WORK: u64 = 1 << 26;
/// The seed sets, as bits: the people, the people after the change, and the others.
const PEOPLE: u8 = 1;
const CHANGED: u8 = 2;
const OTHERS: u8 = 4;

/// Estimates the expected spread of people of a finished run.
///
/// - **Input**: a finished run, whose bytes are checked; customers or prospects of it.
/// - **Output**: expected values with 95 % intervals; all figures come from the same simulations, so small differences
///   are known well.
/// - **Stop**, **Source**: as [`influence::estimate_by_group`], at a percent.
/// - **Cost**: reads and checks the table and the graph of the run; then as [`influence::estimate_by_group`].
/// - **Same bits**: for any thread count.
/// - **Checked by**: `tests/it/campaign/cohort.rs` — closed forms, sums over groups, the cohort's own figures.
///
/// # Errors
/// [`CampaignError`]: the run is damaged, or does not have what is named.
pub fn expected_spread(run: &Run, options: &ExpectedSpreadOptions) -> Result<SpreadReport, CampaignError> {
    let formulas: Vec<_> = options.audience.formulas().collect();
    let view = RunView::open(run, &formulas, options.spread_model)?;
    let audience = TargetAudience::new(&view, &options.audience)?;
    let rows_of = |selectors: &[PeopleSelector]| view.rows_of(run, selectors);
    let rows = rows_of(&options.people)?;
    let (with, without) = (rows_of(&options.with)?, rows_of(&options.without)?);
    refuse_absent(&view, &rows, &without)?;
    let mut changed: Vec<usize> = rows.iter().chain(&with).copied().collect();
    changed.retain(|row| without.binary_search(row).is_err());
    changed.sort_unstable();
    changed.dedup();
    let others = rows_of(options.overlap.as_slice())?;
    let teams: Vec<Vec<NodeId>> = [&rows, &changed, &others].map(|rows| view.nodes_of(rows)).into();
    let teams: Vec<&[NodeId]> = teams.iter().map(Vec::as_slice).collect();
    let seed = options.seed.unwrap_or(view.seed);
    let cfg = GroupEstimateConfig { precision: PRECISION, max_work: WORK, seed };
    let survey = influence::estimate_by_group(&view.model()?, &teams, None, Some(&audience.worth), &cfg);
    let of = |counts: &dyn Fn(u8) -> bool| audience.scaled(survey.spread(|hit| counts(hit.reached_by)));
    let own = |rows: &[usize]| {
        audience.scaled_units(view.nodes_of(rows).iter().map(|v| audience.worth[v.index()]).sum())
    };
    let total = SpreadTotal {
        people: offset64(rows.len()),
        unit: audience.unit,
        spread: at_least(of(&|teams| teams & PEOPLE != 0), own(&rows)),
        total_worth: audience.total_worth(),
    };
    let change = (!with.is_empty() || !without.is_empty()).then(|| SpreadChange {
        people: offset64(changed.len()),
        spread: at_least(of(&|teams| teams & CHANGED != 0), own(&changed)),
        net: audience.scaled(survey.difference(
            |hit| hit.reached_by & (PEOPLE | CHANGED) == CHANGED,
            |hit| hit.reached_by & (PEOPLE | CHANGED) == PEOPLE,
        )),
        gained: of(&|teams| teams & (PEOPLE | CHANGED) == CHANGED),
        lost: of(&|teams| teams & (PEOPLE | CHANGED) == PEOPLE),
    });
    let overlap = options.overlap.is_some().then(|| SpreadOverlap {
        people: offset64(others.len()),
        spread: at_least(of(&|teams| teams & OTHERS != 0), own(&others)),
        both: of(&|teams| teams & (PEOPLE | OTHERS) == PEOPLE | OTHERS),
        either: of(&|teams| teams & (PEOPLE | OTHERS) != 0),
    });
    let (communities, channels) = groups(&view, &audience, &survey, (change.is_some(), overlap.is_some()))?;
    Ok(SpreadReport {
        total,
        change,
        overlap,
        communities,
        channels,
        spread_model: view.spread_model.clone(),
    })
}

/// An estimate that is not below what is certain: people reach themselves.
fn at_least(spread: Spread, certain: f64) -> Spread {
    let Spread { mean, low, high } = spread;
    Spread { mean: mean.max(certain), low: low.max(certain), high: high.max(certain) }
}

/// Refuses to take away people who are not among those given.
fn refuse_absent(view: &RunView, rows: &[usize], without: &[usize]) -> Result<(), CampaignError> {
    let ids = view.table.get(scores::ID)?;
    match without.iter().find(|row| rows.binary_search(row).is_err()) {
        None => Ok(()),
        Some(&row) => Err(CampaignError::NotAmong { id: ids[row].clone() }),
    }
}

/// The expected spread in each community and on each channel.
fn groups(
    view: &RunView,
    audience: &TargetAudience,
    survey: &GroupEstimate,
    asked: (bool, bool),
) -> Result<(Vec<GroupSpreadRow>, Vec<GroupSpreadRow>), CampaignError> {
    let (ids, channels) = (view.table.get(scores::COMMUNITY_ID)?, view.table.get(scores::CHANNELS)?);
    let communities = group_rows(view, audience, survey, asked, |row| vec![ids[row]]);
    let channels = group_rows(view, audience, survey, asked, |row| list_items(&channels[row]).collect());
    Ok((communities, channels))
}

/// How many samples hit a group, and the worth of the group in units.
#[derive(Default)]
struct GroupHits {
    spread: u64,
    changed: u64,
    both: u64,
    total_worth: u64,
}

fn group_rows<K: Ord + ToString>(
    view: &RunView,
    audience: &TargetAudience,
    survey: &GroupEstimate,
    (change, overlap): (bool, bool),
    of: impl Fn(usize) -> Vec<K>,
) -> Vec<GroupSpreadRow> {
    let mut groups: BTreeMap<K, GroupHits> = BTreeMap::new();
    for (row, node) in view.nodes.iter().enumerate().filter(|(_, node)| audience.counts(**node)) {
        for group in of(row) {
            groups.entry(group).or_default().total_worth += audience.worth[node.index()];
        }
    }
    for Hit { node, reached_by: teams } in &survey.hits {
        for group in of(view.row(*node)) {
            let counts = groups.entry(group).or_default();
            counts.spread += u64::from(teams & PEOPLE != 0);
            counts.changed += u64::from(teams & CHANGED != 0);
            counts.both += u64::from(teams & (PEOPLE | OTHERS) == PEOPLE | OTHERS);
        }
    }
    let spread = |hits| audience.scaled(survey.spread_of(hits));
    let row = |(group, counts): (K, GroupHits)| GroupSpreadRow {
        group: group.to_string(),
        spread: spread(counts.spread),
        changed: change.then(|| spread(counts.changed)),
        both: overlap.then(|| spread(counts.both)),
        total_worth: audience.scaled_units(counts.total_worth),
    };
    let mut rows: Vec<GroupSpreadRow> = groups.into_iter().map(row).collect();
    let is_reached =
        |row: &GroupSpreadRow| row.spread.mean > 0.0 || row.changed.is_some_and(|spread| spread.mean > 0.0);
    rows.retain(is_reached);
    // A stable sort: ties stay in the order of the groups.
    rows.sort_by(|a, b| b.spread.mean.total_cmp(&a.spread.mean));
    rows
}

/// Writes a report: sentences and two listings of at most `count` rows as text, one object in JSON, pairs of field and
/// value in CSV.
///
/// # Errors
/// What `out` says.
pub fn render_spread_report(
    report: &SpreadReport,
    count: usize,
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut parts = vec![Part::single("reach", &report.total)];
    parts.extend(report.change.as_ref().map(|change| Part::single("change", change)));
    parts.extend(report.overlap.as_ref().map(|overlap| Part::single("overlap", overlap)));
    parts.push(Part::list("communities", &report.communities));
    parts.push(Part::list("channels", &report.channels));
    render_parts(parts, format, |mut out| table(report, count, &mut out), out)
}

/// `1,234 [1,200–1,270]`, without the interval where there is none.
fn figure(spread: Spread) -> String {
    match estimate(spread) {
        Cell::Figure(text) => text,
        _ => String::new(),
    }
}

fn table(report: &SpreadReport, count: usize, mut out: &mut dyn Write) -> io::Result<()> {
    let total = &report.total;
    let people = counted(total.people, "person", "people");
    let (spread, total_worth, unit) = (figure(total.spread), total.total_worth, total.unit);
    writeln!(out, "expected spread of {people}: {spread} of {total_worth:.0} {unit}, themselves included")?;
    if let Some(change) = &report.change {
        let people = counted(change.people, "person", "people");
        let (spread, gained, lost) = (figure(change.spread), figure(change.gained), figure(change.lost));
        let (net, direction) = match change.net {
            Spread { mean, low, high } if mean < 0.0 => {
                (Spread { mean: -mean, low: -high, high: -low }, "fewer")
            }
            net => (net, "more"),
        };
        let net = figure(net);
        writeln!(
            out,
            "  after the change, {people}: {spread}, {net} {direction}; {gained} gained, {lost} lost"
        )?;
    }
    if let Some(overlap) = &report.overlap {
        let others = counted(overlap.people, "other", "others");
        let (spread, both, either) = (figure(overlap.spread), figure(overlap.both), figure(overlap.either));
        writeln!(out, "  {others}: {spread}; reached by both {both}, by at least one {either}")?;
    }
    for (title, rows) in [("by community", &report.communities), ("by channel", &report.channels)] {
        writeln!(out, "\n{title}")?;
        render(&rows[..count.min(rows.len())], Format::Table, &mut out)?;
    }
    Ok(())
}

impl Listing for SpreadTotal {
    const FIELDS: &'static [Field<Self>] = &[
        Field::hidden("people", |row| Cell::Integer(row.people)),
        Field::hidden("counted_in", |row| Cell::Text(row.unit.to_owned())),
        Field::hidden("mean", |row| Cell::Number(row.spread.mean)),
        Field::hidden("low", |row| Cell::Number(row.spread.low)),
        Field::hidden("high", |row| Cell::Number(row.spread.high)),
        Field::hidden("whole", |row| Cell::Number(row.total_worth)),
    ];
}

impl Listing for SpreadChange {
    const FIELDS: &'static [Field<Self>] = &[
        Field::hidden("people", |row| Cell::Integer(row.people)),
        Field::hidden("mean", |row| Cell::Number(row.spread.mean)),
        Field::hidden("low", |row| Cell::Number(row.spread.low)),
        Field::hidden("high", |row| Cell::Number(row.spread.high)),
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

impl Listing for SpreadOverlap {
    const FIELDS: &'static [Field<Self>] = &[
        Field::hidden("people", |row| Cell::Integer(row.people)),
        Field::hidden("mean", |row| Cell::Number(row.spread.mean)),
        Field::hidden("low", |row| Cell::Number(row.spread.low)),
        Field::hidden("high", |row| Cell::Number(row.spread.high)),
        Field::hidden("both", |row| Cell::Number(row.both.mean)),
        Field::hidden("both_low", |row| Cell::Number(row.both.low)),
        Field::hidden("both_high", |row| Cell::Number(row.both.high)),
        Field::hidden("either", |row| Cell::Number(row.either.mean)),
        Field::hidden("either_low", |row| Cell::Number(row.either.low)),
        Field::hidden("either_high", |row| Cell::Number(row.either.high)),
    ];
}

impl Listing for GroupSpreadRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("group", "group", |row| Cell::Text(row.group.clone())),
        Field::new("mean", |row| Cell::Number(row.spread.mean), "spread", |row| estimate(row.spread)),
        Field::hidden("low", |row| Cell::Number(row.spread.low)),
        Field::hidden("high", |row| Cell::Number(row.spread.high)),
        Field::new(
            "whole",
            |row| Cell::Number(row.total_worth),
            "of",
            |row| Cell::Figure(format!("{:.0}", row.total_worth)),
        ),
        Field::hidden("changed", |row| Cell::number(row.changed.map(|spread| spread.mean))),
        Field::hidden("changed_low", |row| Cell::number(row.changed.map(|spread| spread.low))),
        Field::hidden("changed_high", |row| Cell::number(row.changed.map(|spread| spread.high))),
        Field::hidden("both", |row| Cell::number(row.both.map(|spread| spread.mean))),
        Field::hidden("both_low", |row| Cell::number(row.both.map(|spread| spread.low))),
        Field::hidden("both_high", |row| Cell::number(row.both.map(|spread| spread.high))),
        Field::for_people("changed", |row| row.changed.map_or(Cell::Empty, estimate)),
        Field::for_people("both", |row| row.both.map_or(Cell::Empty, estimate)),
        Field::for_people("%", |row| {
            Cell::Figure(format!("{:.1}", row.spread.mean / row.total_worth * 100.0))
        }),
    ];
}
