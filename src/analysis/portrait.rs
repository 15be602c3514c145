//! Everything about one community: its figures, its first members, its neighbours, and who stands between groups.

use std::io::{self, Write};

use super::{
    AnalysisError,
    left::{communities, graph_of, nodes},
};
use crate::{
    community,
    report::{
        self, Cell, CommunityRow, Field, Format, Listing, Part, SCORES_FILE, in_percent, render,
        render_parts, signed,
    },
    store::{Run, Table, TableError},
    text::{counted, harmless},
};

/// What is told of one community.
#[derive(Clone, Debug, PartialEq)]
pub struct Portrait {
    /// Its figures.
    pub community: CommunityRow,
    /// Its customers and prospects with the best scores.
    pub top_members: Vec<PersonRow>,
    /// The communities with most weight between.
    pub neighbours: Vec<NeighbourRow>,
    /// Who is tied to this community and one other at least half as much as to its own: members, and people of other
    /// communities whose other one this is. Those with the best scores.
    pub between: Vec<PersonRow>,
}

/// Somebody in a community or beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonRow {
    /// The CRM's key, or the account.
    pub id: String,
    /// The name, where the CRM has one.
    pub name: Option<String>,
    /// `customer` or `prospect`.
    pub status: String,
    /// The tier; for a prospect, the one that a customer of this score has.
    pub tier: String,
    /// 0 to 100.
    pub score: f64,
    /// The community.
    pub community_id: u32,
    /// The tie to it; none for who is tied to nobody.
    pub community_strength: Option<f64>,
    /// The other community with the strongest tie.
    pub secondary_community_id: Option<u32>,
    /// That tie.
    pub secondary_strength: Option<f64>,
    /// The channels, joined by `;`.
    pub channels: String,
}

/// A community that edges lead to or come from.
#[derive(Clone, Debug, PartialEq)]
pub struct NeighbourRow {
    /// Its id.
    pub community_id: u32,
    /// What people call it, else a name from those of its strongest voices.
    pub name: String,
    /// Number of members.
    pub size: u32,
    /// Weight of the edges between people of the two who may be shown.
    pub weight: f64,
    /// That weight as a share of all that crosses the border of the community asked about.
    pub share: f64,
    /// Number of these edges.
    pub edges: u64,
}

const COLUMNS: [&str; 11] = [
    "node",
    "id",
    "status",
    "name",
    "tier",
    "score",
    "community_id",
    "community_strength",
    "secondary_community_id",
    "secondary_strength",
    "channels",
];

/// Portrays the community `id` of `run`, with up to `count` rows a list.
///
/// - **Input**: a finished run, whose bytes are checked.
/// - **Output**: people by score, ties by key; neighbours by weight, ties by the kernels' numbers. Withheld people
///   count in the figures and stand in no list; edges to them are in no neighbour's weight.
/// - **Stop**: after one pass.
/// - **Cost**: reads and checks two tables and the graph of the run; then as [`community::borders`].
/// - **Same bits**: for any thread count.
/// - **Source**: as [`community::overlap`].
/// - **Checked by**: `tests/it/analysis/communities.rs`: brute force over the edges of the run, by hand.
///
/// # Errors
/// [`AnalysisError`]: the run is damaged, or has no such community.
pub fn portrait(run: &Run, id: u32, count: usize) -> Result<Portrait, AnalysisError> {
    let at = |cause| AnalysisError::table(run.id().as_str(), cause);
    let table = report::read(run, SCORES_FILE, &COLUMNS)?;
    let mut rows = report::all_communities(run)?;
    let graph = graph_of(run)?;
    let nodes = nodes(run, &table, &graph)?;
    let known = communities(run, &table, &graph, &nodes)?;
    let of = known.number(id)?;

    let mut borders = community::borders(&graph, &known.community, rows.len(), of);
    borders.truncate(count);
    let across = rows[of.index()].external_weight;
    let neighbour = |border: community::Border| {
        let (row, weight) = (&rows[border.community.index()], border.weight as f64 * graph.weight_unit());
        NeighbourRow {
            community_id: row.community_id,
            name: row.called().to_owned(),
            size: row.size,
            weight,
            share: weight / across,
            edges: border.edges,
        }
    };
    let neighbours = borders.into_iter().map(neighbour).collect();
    let (top_members, between) = people(&table, id, count).map_err(at)?;
    Ok(Portrait { community: rows.swap_remove(of.index()), top_members, neighbours, between })
}

/// The first members, and the first of those between groups.
fn people(table: &Table, id: u32, count: usize) -> Result<(Vec<PersonRow>, Vec<PersonRow>), TableError> {
    let (ids, scores) = (table.text("id")?, table.f64s("score")?);
    let (own, other) = (table.u32s("community_id")?, table.optional_u32s("secondary_community_id")?);
    let (strength, other_strength) =
        (table.optional_f64s("community_strength")?, table.optional_f64s("secondary_strength")?);
    let first = |keep: &dyn Fn(usize) -> bool| -> Result<Vec<PersonRow>, TableError> {
        let mut rows: Vec<usize> = (0..table.row_count()).filter(|&row| keep(row)).collect();
        rows.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then_with(|| ids[a].cmp(&ids[b])));
        rows.into_iter().take(count).map(|row| person(table, row)).collect()
    };
    let is_between = |row: usize| match (strength[row], other_strength[row]) {
        (Some(own), Some(other)) => 2.0 * other >= own,
        _ => false,
    };
    let members = first(&|row| own[row] == id)?;
    let between = first(&|row| (own[row] == id || other[row] == Some(id)) && is_between(row))?;
    Ok((members, between))
}

fn person(table: &Table, row: usize) -> Result<PersonRow, TableError> {
    Ok(PersonRow {
        id: table.text("id")?[row].clone(),
        name: table.optional_text("name")?[row].clone(),
        status: table.text("status")?[row].clone(),
        tier: table.text("tier")?[row].clone(),
        score: table.f64s("score")?[row],
        community_id: table.u32s("community_id")?[row],
        community_strength: table.optional_f64s("community_strength")?[row],
        secondary_community_id: table.optional_u32s("secondary_community_id")?[row],
        secondary_strength: table.optional_f64s("secondary_strength")?[row],
        channels: table.text("channels")?[row].clone(),
    })
}

/// Writes a portrait: figures and three listings for people, one object in JSON, pairs of field and value in CSV.
///
/// # Errors
/// What `out` says.
pub fn render_portrait(portrait: &Portrait, format: Format, out: &mut impl Write) -> io::Result<()> {
    let parts = vec![
        Part::single("community", &portrait.community),
        Part::list("top_members", &portrait.top_members),
        Part::list("neighbours", &portrait.neighbours),
        Part::list("people_between_groups", &portrait.between),
    ];
    render_parts(parts, format, |mut out| table(portrait, &mut out), out)
}

fn table(portrait: &Portrait, mut out: &mut dyn Write) -> io::Result<()> {
    let row = &portrait.community;
    writeln!(out, "community {}: {}", row.community_id, harmless(row.called()))?;
    for (name, figure) in figures(row) {
        writeln!(out, "  {name:<14}  {figure}")?;
    }
    listing("top members", &portrait.top_members, &mut out)?;
    listing("neighbours", &portrait.neighbours, &mut out)?;
    listing("people between groups", &portrait.between, &mut out)
}

fn listing<R: Listing>(title: &str, rows: &[R], out: &mut impl Write) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "\n{title}: none");
    }
    writeln!(out, "\n{title}")?;
    render(rows, Format::Table, out)
}

/// The figures that there are, in words.
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
        ("modularity", Some(format!("{:.4} is its part in that of all communities", row.modularity_share))),
        ("between groups", Some(counted(row.between_groups.into(), "member", "members"))),
        ("channels", Some(in_percent(&row.top_channels))),
        ("kinds", Some(in_percent(&row.top_kinds))),
        ("value", row.median_value.map(|value| format!("median {value:.2}"))),
        ("consent", row.without_consent.map(percent)),
        ("top voices", Some(harmless(&row.top_voices.replace(';', ", ")))),
    ];
    let told = figures.into_iter().filter_map(|(name, figure)| Some((name, figure?)));
    told.filter(|(_, figure)| !figure.is_empty()).collect()
}

/// A tie for people.
pub(super) fn percent(share: Option<f64>) -> Cell {
    share.map_or(Cell::Empty, |share| Cell::Figure(format!("{:.1}", share * 100.0)))
}

impl Listing for PersonRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("id", "id", |row| Cell::Text(row.id.clone())),
        Field::plain("name", "name", |row| Cell::text(row.name.as_deref())),
        Field::plain("status", "status", |row| Cell::Text(row.status.clone())),
        Field::plain("tier", "tier", |row| Cell::Text(row.tier.clone())),
        Field::new("score", |row| Cell::Number(row.score), "score", |row| Cell::hundredths(row.score)),
        Field::plain("community_id", "community", |row| Cell::Integer(row.community_id.into())),
        Field::new(
            "community_strength",
            |row| Cell::number(row.community_strength),
            "strength %",
            |row| percent(row.community_strength),
        ),
        Field::plain("secondary_community_id", "other", |row| {
            row.secondary_community_id.map_or(Cell::Empty, |id| Cell::Integer(id.into()))
        }),
        Field::new(
            "secondary_strength",
            |row| Cell::number(row.secondary_strength),
            "strength %",
            |row| percent(row.secondary_strength),
        ),
        Field::hidden("channels", |row| Cell::Text(row.channels.clone())),
    ];
}

impl Listing for NeighbourRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("community_id", "community", |row| Cell::Integer(row.community_id.into())),
        Field::plain("name", "name", |row| Cell::Text(row.name.clone())),
        Field::plain("size", "size", |row| Cell::Integer(row.size.into())),
        Field::new("weight", |row| Cell::Number(row.weight), "weight", |row| Cell::hundredths(row.weight)),
        Field::new("share", |row| Cell::Number(row.share), "share %", |row| percent(Some(row.share))),
        Field::plain("edges", "edges", |row| Cell::Integer(row.edges)),
    ];
}
