//! Lists the communities of a run: size, growth, conductance and top members.

use super::{Cell, Field, Listing, ReportError, Rounding};
use crate::{
    store::Run,
    tables::{RunTable, RunTableError, communities, list_items},
};

#[derive(Clone, Debug, PartialEq)]
pub struct CommunityRow {
    /// Its id, which stays from run to run.
    pub community_id: u32,
    /// A name made of its top members' names.
    pub default_name: String,
    /// Number of nodes: customers, prospects and withheld.
    pub size: u32,
    pub customers: u32,
    pub prospects: u32,
    /// Withheld customers: they appear in no output.
    pub withheld: u32,
    /// Members gained since the previous run; `None` if that run did not have the community.
    pub growth: Option<i64>,
    pub internal_weight: f64,
    pub external_weight: f64,
    /// Weight of its boundary edges divided by the community's volume, or by the volume of all other nodes if that is
    /// smaller; 0 to 1.
    pub conductance: f64,
    /// The community's term in the sum over communities that gives the modularity.
    pub modularity_share: f64,
    /// Members whose tie to another community is at least half as strong as their tie to this one.
    pub between_groups: u32,
    /// The channels on which its members receive the most weight, each with its share of that weight:
    /// `twitter:0.81;forum:0.19`.
    pub top_channels: String,
    /// The event kinds through which its members receive the most weight, in the same form.
    pub top_kinds: String,
    /// Median value of its customers; `None` if the CRM has no values.
    pub median_value: Option<f64>,
    /// Share of its customers who may not be contacted; `None` if it has no customer.
    pub without_consent: Option<f64>,
    /// Ids of the customers and prospects with the best scores, joined by `;`.
    pub top_voices: String,
    pub name: Option<String>,
}

/// The `count` largest communities of `run`.
pub fn communities(run: &Run, count: usize) -> Result<Vec<CommunityRow>, ReportError> {
    let table = RunTable::open(run, communities::FILE)?;
    let (ids, sizes) = (table.get(communities::COMMUNITY_ID)?, table.get(communities::SIZE)?);
    let mut rows: Vec<usize> = (0..table.row_count()).collect();
    rows.sort_unstable_by_key(|&row| (std::cmp::Reverse(sizes[row]), ids[row]));
    rows.truncate(count);
    Ok(rows.into_iter().map(|row| community_row(&table, row)).collect::<Result<_, _>>()?)
}

/// All communities of `run`, in the order of the community numbers in the kernels.
pub(crate) fn all_communities(run: &Run) -> Result<Vec<CommunityRow>, ReportError> {
    let table = RunTable::open(run, communities::FILE)?;
    let rows = (0..table.row_count()).map(|row| community_row(&table, row));
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The ids of all communities of `run`, in the order of the community numbers in the kernels.
pub(crate) fn community_ids(run: &Run) -> Result<Vec<u32>, ReportError> {
    Ok(RunTable::open(run, communities::FILE)?.read(communities::COMMUNITY_ID)?)
}

fn community_row(table: &RunTable, row: usize) -> Result<CommunityRow, RunTableError> {
    Ok(CommunityRow {
        community_id: table.get(communities::COMMUNITY_ID)?[row],
        default_name: table.get(communities::DEFAULT_NAME)?[row].clone(),
        size: table.get(communities::SIZE)?[row],
        customers: table.get(communities::CUSTOMERS)?[row],
        prospects: table.get(communities::PROSPECTS)?[row],
        withheld: table.get(communities::WITHHELD)?[row],
        growth: table.get(communities::GROWTH)?[row],
        internal_weight: table.get(communities::INTERNAL_WEIGHT)?[row],
        external_weight: table.get(communities::EXTERNAL_WEIGHT)?[row],
        conductance: table.get(communities::CONDUCTANCE)?[row],
        modularity_share: table.get(communities::MODULARITY_SHARE)?[row],
        between_groups: table.get(communities::BETWEEN_GROUPS)?[row],
        top_channels: table.get(communities::TOP_CHANNELS)?[row].clone(),
        top_kinds: table.get(communities::TOP_KINDS)?[row].clone(),
        median_value: table.get(communities::MEDIAN_VALUE)?[row],
        without_consent: table.get(communities::WITHOUT_CONSENT)?[row],
        top_voices: table.get(communities::TOP_MEMBERS)?[row].clone(),
        name: table.get(communities::NAME)?[row].clone(),
    })
}

impl Listing for CommunityRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain(communities::COMMUNITY_ID.name(), "community", |row| {
            Cell::Integer(row.community_id.into())
        }),
        Field::for_people("name", |row| Cell::Text(row.called().to_owned())),
        Field::plain(communities::SIZE.name(), "size", |row| Cell::Integer(row.size.into())),
        Field::plain(communities::CUSTOMERS.name(), "customers", |row| Cell::Integer(row.customers.into())),
        Field::plain(communities::PROSPECTS.name(), "prospects", |row| Cell::Integer(row.prospects.into())),
        Field::hidden(communities::WITHHELD.name(), |row| Cell::Integer(row.withheld.into())),
        Field::hidden(communities::INTERNAL_WEIGHT.name(), |row| Cell::Number(row.internal_weight)),
        Field::hidden(communities::EXTERNAL_WEIGHT.name(), |row| Cell::Number(row.external_weight)),
        Field::for_people("growth", |row| row.growth.map_or(Cell::Empty, |by| Cell::Figure(signed(by)))),
        Field::new(
            communities::CONDUCTANCE.name(),
            |row| Cell::Number(row.conductance),
            "conductance",
            |row| Cell::Rounded(row.conductance, Rounding::Decimals(3)),
        ),
        Field::hidden(communities::TOP_MEMBERS.name(), |row| Cell::Text(row.top_voices.clone())),
        Field::hidden(communities::MODULARITY_SHARE.name(), |row| Cell::Number(row.modularity_share)),
        Field::hidden(communities::BETWEEN_GROUPS.name(), |row| Cell::Integer(row.between_groups.into())),
        Field::new(
            communities::TOP_CHANNELS.name(),
            |row| Cell::Text(row.top_channels.clone()),
            "channels",
            |row| Cell::Text(in_percent(&row.top_channels)),
        ),
        Field::hidden(communities::TOP_KINDS.name(), |row| Cell::Text(row.top_kinds.clone())),
        Field::hidden(communities::GROWTH.name(), |row| row.growth.map_or(Cell::Empty, Cell::Change)),
        Field::hidden(communities::MEDIAN_VALUE.name(), |row| Cell::number(row.median_value)),
        Field::hidden(communities::WITHOUT_CONSENT.name(), |row| Cell::number(row.without_consent)),
        Field::hidden(communities::DEFAULT_NAME.name(), |row| Cell::Text(row.default_name.clone())),
        Field::hidden(communities::NAME.name(), |row| Cell::text(row.name.as_deref())),
    ];
}

impl CommunityRow {
    /// The name that users gave to the community, else the default name.
    pub fn called(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.default_name)
    }
}

pub(crate) fn signed(by: i64) -> String {
    if by > 0 { format!("+{by}") } else { by.to_string() }
}

/// Turns `twitter:0.81;forum:0.19` into a text for people: `twitter 81 %, forum 19 %`.
pub(crate) fn in_percent(parts: &str) -> String {
    let part = |part: &str| {
        let (name, share) = part.rsplit_once(':').unwrap_or((part, ""));
        match share.parse::<f64>() {
            Ok(share) => format!("{name} {:.0} %", share * 100.0),
            Err(_) => part.to_owned(),
        }
    };
    list_items(parts).map(part).collect::<Vec<_>>().join(", ")
}
