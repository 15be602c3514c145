//! How large and how close are the communities, and who speaks for them?

use super::{
    Cell, Field, Listing, ReportError,
    scores::{COMMUNITIES_FILE, other_version, read},
};
use crate::store::{Run, Table, TableError};

/// One community.
#[derive(Clone, Debug, PartialEq)]
pub struct CommunityRow {
    /// Its id, which stays from run to run.
    pub community_id: u32,
    /// A name from those of its strongest voices.
    pub default_name: String,
    /// Number of nodes: customers, prospects and withheld.
    pub size: u32,
    /// Customers in it.
    pub customers: u32,
    /// Accounts of no customer in it.
    pub prospects: u32,
    /// Customers in it who appear in no output.
    pub withheld: u32,
    /// By how many members it has grown since the run before; none where that run did not have it.
    pub growth: Option<i64>,
    /// Weight of the edges inside.
    pub internal_weight: f64,
    /// Weight of the edges that lead in or out.
    pub external_weight: f64,
    /// Share of its edge ends that lead outside; 0 is a world of its own.
    pub conductance: f64,
    /// Its part of the modularity of all communities.
    pub modularity_share: f64,
    /// Members who are tied to one other community at least half as much as to this one.
    pub between_groups: u32,
    /// The channels on which its members receive most, with shares: `twitter:0.81;forum:0.19`.
    pub top_channels: String,
    /// The kinds of event by which they do, in the same form.
    pub top_kinds: String,
    /// The middle value of its customers, where the CRM says what they are worth.
    pub median_value: Option<f64>,
    /// Share of its customers who may not be contacted; none where it has no customer.
    pub without_consent: Option<f64>,
    /// Ids of the customers and prospects with the best scores, joined by `;`.
    pub top_voices: String,
    /// What people call it.
    pub name: Option<String>,
}

const COLUMNS: [&str; 18] = [
    "community_id",
    "default_name",
    "size",
    "customers",
    "prospects",
    "withheld",
    "growth",
    "internal_weight",
    "external_weight",
    "conductance",
    "modularity_share",
    "between_groups",
    "top_channels",
    "top_kinds",
    "median_value",
    "without_consent",
    "top_voices",
    "name",
];

/// The `count` largest communities of `run`.
///
/// # Errors
/// [`ReportError`]: the run is damaged or of another version.
pub fn communities(run: &Run, count: usize) -> Result<Vec<CommunityRow>, ReportError> {
    let table = read(run, COMMUNITIES_FILE, &COLUMNS)?;
    largest(&table, count).map_err(other_version(run))
}

/// All communities of `run`, in the order of the kernels' numbers.
///
/// # Errors
/// As [`communities`].
pub(crate) fn all_communities(run: &Run) -> Result<Vec<CommunityRow>, ReportError> {
    let table = read(run, COMMUNITIES_FILE, &COLUMNS)?;
    let rows = (0..table.row_count()).map(|row| community_row(&table, row));
    rows.collect::<Result<_, _>>().map_err(other_version(run))
}

/// The ids of all communities of `run`, in the order of the kernels' numbers.
///
/// # Errors
/// As [`communities`].
pub(crate) fn community_ids(run: &Run) -> Result<Vec<u32>, ReportError> {
    let table = read(run, COMMUNITIES_FILE, &["community_id"])?;
    Ok(table.u32s("community_id").map_err(other_version(run))?.to_vec())
}

fn largest(table: &Table, count: usize) -> Result<Vec<CommunityRow>, TableError> {
    let (ids, sizes) = (table.u32s("community_id")?, table.u32s("size")?);
    let mut rows: Vec<usize> = (0..table.row_count()).collect();
    rows.sort_unstable_by_key(|&row| (std::cmp::Reverse(sizes[row]), ids[row]));
    rows.truncate(count);
    rows.into_iter().map(|row| community_row(table, row)).collect()
}

fn community_row(table: &Table, row: usize) -> Result<CommunityRow, TableError> {
    Ok(CommunityRow {
        community_id: table.u32s("community_id")?[row],
        default_name: table.text("default_name")?[row].clone(),
        size: table.u32s("size")?[row],
        customers: table.u32s("customers")?[row],
        prospects: table.u32s("prospects")?[row],
        withheld: table.u32s("withheld")?[row],
        growth: table.optional_i64s("growth")?[row],
        internal_weight: table.f64s("internal_weight")?[row],
        external_weight: table.f64s("external_weight")?[row],
        conductance: table.f64s("conductance")?[row],
        modularity_share: table.f64s("modularity_share")?[row],
        between_groups: table.u32s("between_groups")?[row],
        top_channels: table.text("top_channels")?[row].clone(),
        top_kinds: table.text("top_kinds")?[row].clone(),
        median_value: table.optional_f64s("median_value")?[row],
        without_consent: table.optional_f64s("without_consent")?[row],
        top_voices: table.text("top_voices")?[row].clone(),
        name: table.optional_text("name")?[row].clone(),
    })
}

impl Listing for CommunityRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("community_id", "community", |row| Cell::Integer(row.community_id.into())),
        Field::for_people("name", |row| Cell::Text(row.called().to_owned())),
        Field::plain("size", "size", |row| Cell::Integer(row.size.into())),
        Field::plain("customers", "customers", |row| Cell::Integer(row.customers.into())),
        Field::plain("prospects", "prospects", |row| Cell::Integer(row.prospects.into())),
        Field::hidden("withheld", |row| Cell::Integer(row.withheld.into())),
        Field::hidden("internal_weight", |row| Cell::Number(row.internal_weight)),
        Field::hidden("external_weight", |row| Cell::Number(row.external_weight)),
        Field::for_people("growth", |row| row.growth.map_or(Cell::Empty, |by| Cell::Figure(signed(by)))),
        Field::new(
            "conductance",
            |row| Cell::Number(row.conductance),
            "conductance",
            |row| Cell::Figure(format!("{:.3}", row.conductance)),
        ),
        Field::hidden("top_voices", |row| Cell::Text(row.top_voices.clone())),
        Field::hidden("modularity_share", |row| Cell::Number(row.modularity_share)),
        Field::hidden("between_groups", |row| Cell::Integer(row.between_groups.into())),
        Field::new(
            "top_channels",
            |row| Cell::Text(row.top_channels.clone()),
            "channels",
            |row| Cell::Text(in_percent(&row.top_channels)),
        ),
        Field::hidden("top_kinds", |row| Cell::Text(row.top_kinds.clone())),
        Field::hidden("growth", |row| row.growth.map_or(Cell::Empty, Cell::Change)),
        Field::hidden("median_value", |row| Cell::number(row.median_value)),
        Field::hidden("without_consent", |row| Cell::number(row.without_consent)),
        Field::hidden("default_name", |row| Cell::Text(row.default_name.clone())),
        Field::hidden("name", |row| Cell::text(row.name.as_deref())),
    ];
}

impl CommunityRow {
    /// What people call it, else the name from its voices.
    pub fn called(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.default_name)
    }
}

/// A change for people, with its sign.
pub(crate) fn signed(by: i64) -> String {
    if by > 0 { format!("+{by}") } else { by.to_string() }
}

/// `twitter:0.81;forum:0.19` for people: `twitter 81 %, forum 19 %`.
pub(crate) fn in_percent(parts: &str) -> String {
    let part = |part: &str| {
        let (name, share) = part.rsplit_once(':').unwrap_or((part, ""));
        match share.parse::<f64>() {
            Ok(share) => format!("{name} {:.0} %", share * 100.0),
            Err(_) => part.to_owned(),
        }
    };
    parts.split(';').filter(|part| !part.is_empty()).map(part).collect::<Vec<_>>().join(", ")
}
