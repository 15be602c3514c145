//! Estimates the expected spread of given people, and how it changes as people join or leave.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{
    CampaignError,
    audience::{AudienceOptions, TargetAudience},
    run_view::{RunView, SpreadModelOptions},
};
use crate::{
    config::PeopleSelector,
    ids::{NodeId, offset64},
    influence::{self, GroupEstimate, GroupEstimateConfig, Hit},
    report::{Cell, Field, Format, Listing, Part, render, render_parts},
    store::Run,
    tables::{Interval, list_items, scores},
    text::counted,
};

/// The people whose spread is estimated, and the changes and people with which the spread is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedSpreadOptions {
    pub people: Vec<PeopleSelector>,
    /// People who would join `people`.
    pub with: Vec<PeopleSelector>,
    /// People among `people` who would leave.
    pub without: Vec<PeopleSelector>,
    /// Other people, whose spread may overlap with the spread of `people`.
    pub overlap: Option<PeopleSelector>,
    pub audience: AudienceOptions,
    pub spread_model: SpreadModelOptions,
    /// The seed of all random numbers; none: the seed of the run.
    pub seed: Option<u64>,
}

/// The expected spread of some people, in total and by group.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadReport {
    pub total: SpreadTotal,
    /// The effect of `with` and `without`.
    pub change: Option<SpreadChange>,
    pub overlap: Option<SpreadOverlap>,
    /// The spread within each community, the largest first.
    pub communities: Vec<GroupSpreadRow>,
    /// The spread on each channel, the largest first; a person on several channels counts on each.
    pub channels: Vec<GroupSpreadRow>,
    pub spread_model: String,
    /// How many ids of the lists are not in the run, in words.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SpreadTotal {
    pub people: u64,
    /// What spread counts: `customers`, `people` or `worth`.
    pub unit: &'static str,
    /// The expected spread of these people, the people themselves included.
    pub spread: Interval,
    pub total_worth: f64,
}

/// How the expected spread changes if some people join and some leave.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadChange {
    pub people: u64,
    pub spread: Interval,
    /// How much larger the spread is than before the change; negative where it is smaller.
    pub net: Interval,
    pub gained: Interval,
    pub lost: Interval,
}

/// The expected spread of other people, and its overlap with the spread of `people`.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadOverlap {
    pub people: u64,
    pub spread: Interval,
    pub both: Interval,
    pub either: Interval,
}

/// The expected spread within one community, or on one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSpreadRow {
    /// The community's id, or the channel.
    pub group: String,
    pub spread: Interval,
    /// The expected spread within this group after the changes of `with` and `without`.
    pub changed: Option<Interval>,
    /// The expected worth of the nodes in this group that both `people` and the people of `overlap` activate.
    pub both: Option<Interval>,
    pub total_worth: f64,
}

/// The precision at which the estimate stops: one percent of each spread.
const PRECISION: f64 = 0.01;
/// The largest total size of the reverse-reachable sets.
const WORK: u64 = 1 << 26;
/// The seed sets, as bits: the people, the people after the change, and the people of `overlap`.
const PEOPLE: u8 = 1;
const CHANGED: u8 = 2;
const OTHERS: u8 = 4;

/// Estimates the expected spread of people of a finished run.
///
/// - **Input**: a finished run, whose bytes are checked; customers or prospects of this run.
/// - **Output**: expected values with 95 % intervals; all figures come from the same simulations, so small differences
///   are precise.
/// - **Stop**, **Source**: as [`influence::estimate_by_group`], with a precision of one percent.
/// - **Cost**: reads and checks the table and the graph of the run; then as [`influence::estimate_by_group`].
/// - **Same bits**: for any thread count.
/// - **Checked by**: `tests/it/campaign/cohort.rs` — closed forms, sums over groups, the figures that `cohort` reports.
pub fn expected_spread(run: &Run, options: &ExpectedSpreadOptions) -> Result<SpreadReport, CampaignError> {
    let formulas: Vec<_> = options.audience.formulas().collect();
    let view = RunView::open(run, &formulas, options.spread_model)?;
    let audience = TargetAudience::new(&view, &options.audience)?;
    let mut notes = Vec::new();
    let mut rows_of = |selectors: &[PeopleSelector]| view.rows_of(run, selectors, &mut notes);
    let rows = rows_of(&options.people)?;
    let (with, without) = (rows_of(&options.with)?, rows_of(&options.without)?);
    refuse_absent(&view, &rows, &without)?;
    let mut changed: Vec<usize> = rows.iter().chain(&with).copied().collect();
    changed.retain(|row| without.binary_search(row).is_err());
    changed.sort_unstable();
    changed.dedup();
    let others = rows_of(options.overlap.as_slice())?;
    let seed_sets: Vec<Vec<NodeId>> = [&rows, &changed, &others].map(|rows| view.nodes_of(rows)).into();
    let seed_sets: Vec<&[NodeId]> = seed_sets.iter().map(Vec::as_slice).collect();
    let seed = options.seed.unwrap_or(view.seed);
    let cfg = GroupEstimateConfig { precision: PRECISION, max_work: WORK, seed };
    let estimate =
        influence::estimate_by_group(&view.model()?, &seed_sets, None, Some(&audience.worth), &cfg);
    let of = |counts: &dyn Fn(u8) -> bool| audience.scaled(estimate.spread(|hit| counts(hit.reached_by)));
    let own = |rows: &[usize]| {
        audience.scaled_units(view.nodes_of(rows).iter().map(|v| audience.worth[v.index()]).sum())
    };
    let total = SpreadTotal {
        people: offset64(rows.len()),
        unit: audience.unit,
        spread: at_least(of(&|reached_by| reached_by & PEOPLE != 0), own(&rows)),
        total_worth: audience.total_worth(),
    };
    let change = (!with.is_empty() || !without.is_empty()).then(|| SpreadChange {
        people: offset64(changed.len()),
        spread: at_least(of(&|reached_by| reached_by & CHANGED != 0), own(&changed)),
        net: audience.scaled(estimate.difference(
            |hit| hit.reached_by & (PEOPLE | CHANGED) == CHANGED,
            |hit| hit.reached_by & (PEOPLE | CHANGED) == PEOPLE,
        )),
        gained: of(&|reached_by| reached_by & (PEOPLE | CHANGED) == CHANGED),
        lost: of(&|reached_by| reached_by & (PEOPLE | CHANGED) == PEOPLE),
    });
    let overlap = options.overlap.is_some().then(|| SpreadOverlap {
        people: offset64(others.len()),
        spread: at_least(of(&|reached_by| reached_by & OTHERS != 0), own(&others)),
        both: of(&|reached_by| reached_by & (PEOPLE | OTHERS) == PEOPLE | OTHERS),
        either: of(&|reached_by| reached_by & (PEOPLE | OTHERS) != 0),
    });
    let (communities, channels) = groups(&view, &audience, &estimate, (change.is_some(), overlap.is_some()))?;
    Ok(SpreadReport {
        total,
        change,
        overlap,
        communities,
        channels,
        spread_model: view.spread_model.clone(),
        notes,
    })
}

/// Raises an estimate to at least `certain`: the worth of the people themselves, because they are always reached.
fn at_least(spread: Interval, certain: f64) -> Interval {
    let Interval { value, low, high } = spread;
    Interval { value: value.max(certain), low: low.max(certain), high: high.max(certain) }
}

fn refuse_absent(view: &RunView, rows: &[usize], without: &[usize]) -> Result<(), CampaignError> {
    let ids = view.table.get(scores::ID)?;
    match without.iter().find(|row| rows.binary_search(row).is_err()) {
        None => Ok(()),
        Some(&row) => Err(CampaignError::NotAmong { id: ids[row].clone() }),
    }
}

fn groups(
    view: &RunView,
    audience: &TargetAudience,
    estimate: &GroupEstimate,
    asked: (bool, bool),
) -> Result<(Vec<GroupSpreadRow>, Vec<GroupSpreadRow>), CampaignError> {
    let (ids, channels) = (view.table.get(scores::COMMUNITY_ID)?, view.table.get(scores::CHANNELS)?);
    let communities = group_rows(view, audience, estimate, asked, |row| vec![ids[row]]);
    let channels = group_rows(view, audience, estimate, asked, |row| list_items(&channels[row]).collect());
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
    estimate: &GroupEstimate,
    (change, overlap): (bool, bool),
    of: impl Fn(usize) -> Vec<K>,
) -> Vec<GroupSpreadRow> {
    let mut groups: BTreeMap<K, GroupHits> = BTreeMap::new();
    for (row, node) in view.nodes.iter().enumerate().filter(|(_, node)| audience.counts(**node)) {
        for group in of(row) {
            groups.entry(group).or_default().total_worth += audience.worth[node.index()];
        }
    }
    for Hit { node, reached_by } in &estimate.hits {
        for group in of(view.row(*node)) {
            let counts = groups.entry(group).or_default();
            counts.spread += u64::from(reached_by & PEOPLE != 0);
            counts.changed += u64::from(reached_by & CHANGED != 0);
            counts.both += u64::from(reached_by & (PEOPLE | OTHERS) == PEOPLE | OTHERS);
        }
    }
    let spread = |hits| audience.scaled(estimate.spread_of(hits));
    let row = |(group, counts): (K, GroupHits)| GroupSpreadRow {
        group: group.to_string(),
        spread: spread(counts.spread),
        changed: change.then(|| spread(counts.changed)),
        both: overlap.then(|| spread(counts.both)),
        total_worth: audience.scaled_units(counts.total_worth),
    };
    let mut rows: Vec<GroupSpreadRow> = groups.into_iter().map(row).collect();
    let is_reached =
        |row: &GroupSpreadRow| row.spread.value > 0.0 || row.changed.is_some_and(|spread| spread.value > 0.0);
    rows.retain(is_reached);
    // A stable sort: ties stay in the order of the groups.
    rows.sort_by(|a, b| b.spread.value.total_cmp(&a.spread.value));
    rows
}

/// Writes a report: sentences and two listings of at most `count` rows as text, one object in JSON, pairs of field and
/// value in CSV.
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
fn figure(spread: Interval) -> String {
    match Cell::estimate(spread) {
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
            Interval { value, low, high } if value < 0.0 => {
                (Interval { value: -value, low: -high, high: -low }, "fewer")
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
        Field::interval(["mean", "low", "high"], |row| Some(row.spread), "expected spread"),
        Field::hidden("whole", |row| Cell::Number(row.total_worth)),
    ];
}

impl Listing for SpreadChange {
    const FIELDS: &'static [Field<Self>] = &[
        Field::hidden("people", |row| Cell::Integer(row.people)),
        Field::interval(["mean", "low", "high"], |row| Some(row.spread), "expected spread"),
        Field::interval(["net", "net_low", "net_high"], |row| Some(row.net), "net"),
        Field::interval(["gained", "gained_low", "gained_high"], |row| Some(row.gained), "gained"),
        Field::interval(["lost", "lost_low", "lost_high"], |row| Some(row.lost), "lost"),
    ];
}

impl Listing for SpreadOverlap {
    const FIELDS: &'static [Field<Self>] = &[
        Field::hidden("people", |row| Cell::Integer(row.people)),
        Field::interval(["mean", "low", "high"], |row| Some(row.spread), "expected spread"),
        Field::interval(["both", "both_low", "both_high"], |row| Some(row.both), "both"),
        Field::interval(["either", "either_low", "either_high"], |row| Some(row.either), "either"),
    ];
}

impl Listing for GroupSpreadRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("group", "group", |row| Cell::Text(row.group.clone())),
        Field::interval(["mean", "low", "high"], |row| Some(row.spread), "expected spread"),
        Field::new(
            "whole",
            |row| Cell::Number(row.total_worth),
            "of",
            |row| Cell::Figure(format!("{:.0}", row.total_worth)),
        ),
        Field::interval(["changed", "changed_low", "changed_high"], |row| row.changed, "changed"),
        Field::interval(["both", "both_low", "both_high"], |row| row.both, "both"),
        Field::for_people("%", |row| {
            Cell::Figure(format!("{:.1}", row.spread.value / row.total_worth * 100.0))
        }),
    ];
}
