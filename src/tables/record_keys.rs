//! Names of the certificates and counts in a run's manifest that other modules read back.

/// The certificate that says how edge probabilities were set: a word of `[reach] probability`, or the number itself.
pub const SPREAD_PROBABILITY: &str = "spread_probability";
/// The certificate of the diffusion model, a word of `[reach] model`.
pub const SPREAD_MODEL: &str = "spread_model";
/// The certificate that gives the reason for this choice of probabilities.
pub const SPREAD_REASON: &str = "spread_reason";

/// The certificate of the number of levels: communities are the first level, and their parts are the further levels.
pub const COMMUNITY_LEVELS: &str = "community_levels";
/// The certificate of the `as_of` of the last run that searched communities from scratch.
pub const COMMUNITY_COLD_AS_OF: &str = "community_cold_as_of";
/// The certificate of the first community id that was never given.
pub const NEXT_COMMUNITY_ID: &str = "next_community_id";

/// The count of communities.
pub const COMMUNITIES: &str = "communities";
/// The count of keys that a spreadsheet program would take for formulas.
pub const FORMULA_LIKE_KEYS: &str = "formula_like_keys";
/// The count of people whose denial of consent the store remembers.
pub const DENIALS_REMEMBERED: &str = "denials_remembered";
/// The certificate of the rows of each source: `[[events]]` and `[[customers]]` tables by their `path`.
pub const SOURCE_ROWS: &str = "source_rows";
/// The count of data rows in all CRM files; absent without a CRM.
pub const CUSTOMER_ROWS_READ: &str = "customer_rows_read";
/// The count of CRM rows that have the key of another row.
pub const CUSTOMER_ROWS_MERGED: &str = "customer_rows_merged";
/// The count of CRM rows that were rejected.
pub const CUSTOMER_ROWS_REJECTED: &str = "customer_rows_rejected";
/// The count of faults in CRM rows.
pub const CUSTOMER_FAULTS: &str = "customer_faults";
/// The count of customers with identifiers that no event names.
pub const CUSTOMERS_UNLINKED: &str = "customers_unlinked";
/// The count of people whose denial of consent the CRM has lifted.
pub const DENIALS_LIFTED: &str = "denials_lifted";
/// The count of customers who are withheld only because of an earlier denial.
pub const CUSTOMERS_WITHHELD_BY_MEMORY: &str = "customers_withheld_by_memory";
/// The count of accounts that are withheld only because of an earlier denial.
pub const ACCOUNTS_WITHHELD_BY_MEMORY: &str = "accounts_withheld_by_memory";
/// The certificate of the accounts that belong to customers, by channel.
pub const LINKED_BY_CHANNEL: &str = "accounts_linked_by_channel";
/// The count of accounts that belong to a customer.
pub const ACCOUNTS_LINKED: &str = "accounts_linked";

/// The count of events of a kind that count.
pub fn events_used(kind: &str) -> String {
    format!("events_used_{kind}")
}

const CRM_FAULTS: &str = "customer_faults_";

/// The count of faults in CRM rows for one reason.
pub fn crm_faults(code: &str) -> String {
    format!("{CRM_FAULTS}{code}")
}

/// The reason in the name of a count of [`crm_faults`].
pub fn crm_fault_code(name: &str) -> Option<&str> {
    name.strip_prefix(CRM_FAULTS)
}
