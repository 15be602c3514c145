//! How large and how close are the communities, and who speaks for them?

use super::{
    Cell, Listing, ReportError,
    scores::{COMMUNITIES_FILE, other_version, read},
};
use crate::store::{Run, Table, TableError};

/// One community.
#[derive(Clone, Debug, PartialEq)]
pub struct CommunityRow {
    /// Its id, which stays from run to run.
    pub community_id: u32,
    /// Number of nodes: customers, prospects and withheld.
    pub size: u32,
    /// Customers in it.
    pub customers: u32,
    /// Accounts of no customer in it.
    pub prospects: u32,
    /// Customers in it who appear in no output.
    pub withheld: u32,
    /// Weight of the edges inside.
    pub internal_weight: f64,
    /// Weight of the edges that lead in or out.
    pub external_weight: f64,
    /// Share of its edge ends that lead outside; 0 is a world of its own.
    pub conductance: f64,
    /// Ids of the customers and prospects with the best ranks, joined by `;`.
    pub top_voices: String,
    /// What people call it.
    pub name: Option<String>,
}

const COLUMNS: [&str; 10] = [
    "community_id",
    "size",
    "customers",
    "prospects",
    "withheld",
    "internal_weight",
    "external_weight",
    "conductance",
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
        size: table.u32s("size")?[row],
        customers: table.u32s("customers")?[row],
        prospects: table.u32s("prospects")?[row],
        withheld: table.u32s("withheld")?[row],
        internal_weight: table.f64s("internal_weight")?[row],
        external_weight: table.f64s("external_weight")?[row],
        conductance: table.f64s("conductance")?[row],
        top_voices: table.text("top_voices")?[row].clone(),
        name: table.optional_text("name")?[row].clone(),
    })
}

impl Listing for CommunityRow {
    const FIELDS: &'static [&'static str] = &COLUMNS;
    const COLUMNS: &'static [&'static str] =
        &["community", "name", "size", "customers", "prospects", "conductance", "top voices"];

    fn fields(&self) -> Vec<Cell> {
        vec![
            Cell::Integer(self.community_id.into()),
            Cell::Integer(self.size.into()),
            Cell::Integer(self.customers.into()),
            Cell::Integer(self.prospects.into()),
            Cell::Integer(self.withheld.into()),
            Cell::Number(self.internal_weight),
            Cell::Number(self.external_weight),
            Cell::Number(self.conductance),
            Cell::Text(self.top_voices.clone()),
            Cell::text(self.name.as_deref()),
        ]
    }

    fn columns(&self) -> Vec<Cell> {
        vec![
            Cell::Integer(self.community_id.into()),
            Cell::text(self.name.as_deref()),
            Cell::Integer(self.size.into()),
            Cell::Integer(self.customers.into()),
            Cell::Integer(self.prospects.into()),
            Cell::Figure(format!("{:.3}", self.conductance)),
            Cell::Text(self.top_voices.replace(';', ", ")),
        ]
    }
}
