//! Opens the memory of denials of a store, and keeps what a run adds to it.

use crate::{
    identity::{Customers, Denials},
    store::{LockedStore, RunId, Store, StoreError, random_salt},
    tables::record_keys,
};

/// The memory of denials of a store.
///
/// # Errors
/// [`StoreError`]: it cannot be read, it is damaged, or it is missing although the current run counted people in it.
pub(crate) fn open_denials(store: &Store) -> Result<Denials, StoreError> {
    match store.denials()? {
        Some(bytes) => Denials::from_bytes(&bytes).ok_or_else(|| store.damaged_denials()),
        None if expects_denials(store) => Err(store.damaged_denials()),
        None => Ok(Denials::new(random_salt()?)),
    }
}

/// Whether a run of the store remembered somebody. Runs that cannot be read do not count.
fn expects_denials(store: &Store) -> bool {
    let remembers = |id: &RunId| {
        // An error of `Run::manifest` would search the whole store for an intact run.
        let manifest = store.run(id.as_str()).ok()?.read_manifest().ok()?;
        manifest.record.counts.more.get(record_keys::DENIALS_REMEMBERED).copied()
    };
    store.runs().unwrap_or_default().iter().rev().any(|id| remembers(id).is_some_and(|count| count > 0))
}

/// Adds the denials of `customers` to the memory, and keeps it if they are new.
///
/// # Errors
/// [`StoreError`]: the disk fails; the old memory is then unchanged.
pub(crate) fn learn_denials(
    store: &LockedStore,
    denials: &mut Denials,
    customers: &Customers,
) -> Result<(), StoreError> {
    if denials.learn(customers) { store.keep_denials(&denials.to_bytes()) } else { Ok(()) }
}
