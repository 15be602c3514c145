//! Reports on one community: its figures, top members, neighbor communities, and people between groups.

use std::io::{self, Write};

use super::{
    AnalysisError,
    run_graph::{RunCommunities, RunGraph},
};
use crate::{
    community,
    report::{
        self, Cell, CommunityRow, Field, Format, Listing, Part, Rounding, in_percent, render, render_parts,
        signed,
    },
    store::Run,
    tables::{RunTable, RunTableError, communities, scores},
    text::{counted, harmless},
};

/// The report on one community.
#[derive(Clone, Debug, PartialEq)]
pub struct CommunityReport {
    pub community: CommunityRow,
    /// The customers and prospects of the community with the highest scores.
    pub top_members: Vec<PersonRow>,
    /// The communities with the largest weight of edges to this community, in either direction.
    pub neighbors: Vec<NeighborRow>,
    /// The people between groups with the highest scores: members of this community, and members of other communities
    /// whose secondary community this is. Their tie to the secondary community is at least half as strong as the tie to
    /// the community in which they are.
    pub between: Vec<PersonRow>,
}

/// A person in a community, or with a tie to it.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonRow {
    /// The CRM's key, or the account.
    pub id: String,
    pub name: Option<String>,
    /// `customer` or `prospect`.
    pub status: String,
    /// The tier; for a prospect, the tier that a customer with this score would have.
    pub tier: String,
    /// 0 to 100.
    pub score: f64,
    pub community_id: u32,
    /// The tie to `community_id`; none for a node without edges.
    pub community_strength: Option<f64>,
    /// The secondary community: the other community to which the person has the strongest tie.
    pub secondary_community_id: Option<u32>,
    pub secondary_strength: Option<f64>,
    /// The channels, joined by `;`.
    pub channels: String,
}

/// A community with edges to the reported community.
#[derive(Clone, Debug, PartialEq)]
pub struct NeighborRow {
    pub community_id: u32,
    /// The name that users gave the community, else a name made of the names of its top members.
    pub name: String,
    pub size: u32,
    /// The weight of the edges between the two communities, edges of withheld people left out.
    pub weight: f64,
    /// `weight` as a share of all weight across the border of the reported community.
    pub share: f64,
    pub edges: u64,
}

/// Reports on the community `id` of `run`, with at most `count` rows in each list.
///
/// - **Input**: a finished run, whose bytes are checked.
/// - **Output**: people by score, ties by key; neighbors by weight, ties by dense id. Withheld people count in the
///   figures but are in no list, and their edges do not count in the weights of neighbors.
/// - **Stop**: after one pass.
/// - **Cost**: reads and checks two tables and the graph of the run; then as [`community::borders`].
/// - **Same bits**: for any thread count.
/// - **Source**: as [`community::overlap`].
/// - **Checked by**: `tests/it/analysis/communities.rs`: brute force over the edges of the run, results computed by
///   hand.
pub fn community_report(run: &Run, id: u32, count: usize) -> Result<CommunityReport, AnalysisError> {
    let table = RunTable::open(run, scores::FILE)?;
    let mut rows = report::all_communities(run)?;
    let run_graph = RunGraph::open(run, table)?;
    let known = RunCommunities::new(run, &run_graph)?;
    let RunGraph { table, graph, .. } = run_graph;
    let of = known.number(run, id)?;

    let mut borders = community::borders(&graph, &known.community, rows.len(), of);
    borders.truncate(count);
    let across = rows[of.index()].external_weight;
    let neighbor = |border: community::Border| {
        let (row, weight) = (&rows[border.community.index()], border.weight as f64 * graph.weight_unit());
        NeighborRow {
            community_id: row.community_id,
            name: row.called().to_owned(),
            size: row.size,
            weight,
            share: weight / across,
            edges: border.edges,
        }
    };
    let neighbors = borders.into_iter().map(neighbor).collect();
    let (top_members, between) = people(&table, id, count)?;
    Ok(CommunityReport { community: rows.swap_remove(of.index()), top_members, neighbors, between })
}

fn people(
    table: &RunTable,
    id: u32,
    count: usize,
) -> Result<(Vec<PersonRow>, Vec<PersonRow>), RunTableError> {
    let (ids, scores) = (table.get(scores::ID)?, table.get(scores::SCORE)?);
    let (own, other) = (table.get(scores::COMMUNITY_ID)?, table.get(scores::SECONDARY_COMMUNITY_ID)?);
    let (strength, other_strength) =
        (table.get(scores::COMMUNITY_STRENGTH)?, table.get(scores::SECONDARY_STRENGTH)?);
    let top = |keep: &dyn Fn(usize) -> bool| -> Result<Vec<PersonRow>, RunTableError> {
        let mut rows: Vec<usize> = (0..table.row_count()).filter(|&row| keep(row)).collect();
        rows.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then_with(|| ids[a].cmp(&ids[b])));
        rows.into_iter().take(count).map(|row| person(table, row)).collect()
    };
    let is_between = |row: usize| match (strength[row], other_strength[row]) {
        (Some(own), Some(other)) => 2.0 * other >= own,
        _ => false,
    };
    let members = top(&|row| own[row] == id)?;
    let between = top(&|row| (own[row] == id || other[row] == Some(id)) && is_between(row))?;
    Ok((members, between))
}

fn person(table: &RunTable, row: usize) -> Result<PersonRow, RunTableError> {
    Ok(PersonRow {
        id: table.get(scores::ID)?[row].clone(),
        name: table.get(scores::NAME)?[row].clone(),
        status: table.get(scores::STATUS)?[row].clone(),
        tier: table.get(scores::TIER)?[row].clone(),
        score: table.get(scores::SCORE)?[row],
        community_id: table.get(scores::COMMUNITY_ID)?[row],
        community_strength: table.get(scores::COMMUNITY_STRENGTH)?[row],
        secondary_community_id: table.get(scores::SECONDARY_COMMUNITY_ID)?[row],
        secondary_strength: table.get(scores::SECONDARY_STRENGTH)?[row],
        channels: table.get(scores::CHANNELS)?[row].clone(),
    })
}

/// Writes a report: figures and three listings as text, one object in JSON, pairs of field and value in CSV.
pub fn render_community_report(
    report: &CommunityReport,
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let parts = vec![
        Part::single("community", &report.community),
        Part::list("top_members", &report.top_members),
        Part::list("neighbours", &report.neighbors),
        Part::list("people_between_groups", &report.between),
    ];
    render_parts(parts, format, |mut out| table(report, &mut out), out)
}

fn table(report: &CommunityReport, mut out: &mut dyn Write) -> io::Result<()> {
    let row = &report.community;
    writeln!(out, "community {}: {}", row.community_id, harmless(row.called()))?;
    for (name, figure) in figures(row) {
        writeln!(out, "  {name:<14}  {figure}")?;
    }
    listing("top members", &report.top_members, &mut out)?;
    listing("neighboring communities", &report.neighbors, &mut out)?;
    listing("people between groups", &report.between, &mut out)
}

fn listing<R: Listing>(title: &str, rows: &[R], out: &mut impl Write) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "\n{title}: none");
    }
    writeln!(out, "\n{title}")?;
    render(rows, Format::Table, out)
}

/// The figures that are known, in words.
fn figures(row: &CommunityRow) -> Vec<(&'static str, String)> {
    let members = format!(
        "{} = {} + {} + {} withheld",
        row.size,
        counted(row.customers.into(), "customer", "customers"),
        counted(row.prospects.into(), "prospect", "prospects"),
        row.withheld
    );
    let weight = format!(
        "{:.2} inside, {:.2} across the border; conductance {:.3}",
        row.internal_weight, row.external_weight, row.conductance
    );
    let percent = |share: f64| format!("{:.1} % of its customers may not be contacted", share * 100.0);
    let figures = [
        ("members", Some(members)),
        ("growth", row.growth.map(|by| format!("{} since the run before", signed(by)))),
        ("weight", Some(weight)),
        ("modularity", Some(format!("{:.4} of the modularity of all communities", row.modularity_share))),
        ("between groups", Some(counted(row.between_groups.into(), "member", "members"))),
        ("channels", Some(in_percent(&row.top_channels))),
        ("kinds", Some(in_percent(&row.top_kinds))),
        ("value", row.median_value.map(|value| format!("median {value:.2}"))),
        ("consent", row.without_consent.map(percent)),
        ("top members", Some(harmless(&row.top_voices.replace(';', ", ")))),
    ];
    let known = figures.into_iter().filter_map(|(name, figure)| Some((name, figure?)));
    known.filter(|(_, figure)| !figure.is_empty()).collect()
}

/// A share in percent, for people.
pub(super) fn percent(share: Option<f64>) -> Cell {
    share.map_or(Cell::Empty, |share| Cell::Rounded(share * 100.0, Rounding::Decimals(1)))
}

impl Listing for PersonRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain(scores::ID.name(), "id", |row| Cell::Text(row.id.clone())),
        Field::plain(scores::NAME.name(), "name", |row| Cell::text(row.name.as_deref())),
        Field::plain(scores::STATUS.name(), "status", |row| Cell::Text(row.status.clone())),
        Field::plain(scores::TIER.name(), "tier", |row| Cell::Text(row.tier.clone())),
        Field::new(
            scores::SCORE.name(),
            |row| Cell::Number(row.score),
            "score",
            |row| Cell::hundredths(row.score),
        ),
        Field::plain(scores::COMMUNITY_ID.name(), "community", |row| Cell::Integer(row.community_id.into())),
        Field::new(
            scores::COMMUNITY_STRENGTH.name(),
            |row| Cell::number(row.community_strength),
            "strength %",
            |row| percent(row.community_strength),
        ),
        Field::plain(scores::SECONDARY_COMMUNITY_ID.name(), "secondary", |row| {
            row.secondary_community_id.map_or(Cell::Empty, |id| Cell::Integer(id.into()))
        }),
        Field::new(
            scores::SECONDARY_STRENGTH.name(),
            |row| Cell::number(row.secondary_strength),
            "strength %",
            |row| percent(row.secondary_strength),
        ),
        Field::hidden(scores::CHANNELS.name(), |row| Cell::Text(row.channels.clone())),
    ];
}

impl Listing for NeighborRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain(communities::COMMUNITY_ID.name(), "community", |row| {
            Cell::Integer(row.community_id.into())
        }),
        Field::plain(communities::NAME.name(), "name", |row| Cell::Text(row.name.clone())),
        Field::plain(communities::SIZE.name(), "size", |row| Cell::Integer(row.size.into())),
        Field::new("weight", |row| Cell::Number(row.weight), "weight", |row| Cell::hundredths(row.weight)),
        Field::new("share", |row| Cell::Number(row.share), "share %", |row| percent(Some(row.share))),
        Field::plain("edges", "edges", |row| Cell::Integer(row.edges)),
    ];
}
