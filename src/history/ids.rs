//! Finds the first community id that no run of the store has given, even if runs are damaged.

use serde_json::Value;

use crate::{
    community::UNKNOWN,
    ids::offset64,
    progress::Observer,
    store::{IntegrityProblem, Manifest, ManifestFault, Run, Store, read_columns},
    tables::{communities, nodes, record_keys, scores},
};

/// The first id that no run of the store has given, taken from the newest run whose manifest can be read, because each
/// run gives greater ids than all runs before it.
///
/// Newer runs whose manifest cannot be trusted are covered in two ways: by the ids in their tables that can still be
/// read, and by skipping ids: for each such run, the number of skipped ids is the maximum of its node count and
/// `node_count`.
pub(super) fn next_community_id(store: &Store, node_count: u64, observer: &dyn Observer) -> u32 {
    let (mut next_id, mut gap) = (0, 0);
    for id in store.runs().unwrap_or_default().iter().rev() {
        let Ok(run) = store.run(id.as_str()) else { continue };
        let nodes = match run.read_manifest() {
            Ok(manifest) => {
                if let Some(given) = given(&manifest) {
                    next_id = given.max(next_id);
                    break;
                }
                manifest.record.counts.nodes
            }
            // Without `_SUCCESS` the manifest cannot be verified but may be intact, so its ids count, too.
            Err(ManifestFault::Unmarked { manifest, problem: IntegrityProblem::NoMarker { .. } }) => {
                next_id = given(&manifest).unwrap_or(0).max(next_id);
                manifest.record.counts.nodes
            }
            Err(ManifestFault::Unmarked { manifest, .. }) => manifest.record.counts.nodes,
            Err(_) => 0,
        };
        let tables = [communities::FILE, nodes::FILE, scores::FILE].map(|table| ids_in(&run, table));
        let rows = tables.iter().flatten().map(|ids| ids.rows).max();
        if nodes == 0 && rows.is_none() {
            observer.note(&format!(
                "nothing of run `{id}` can be read: community ids that it gave may be given again"
            ));
        }
        next_id = tables.iter().flatten().map(|ids| ids.next_id).fold(next_id, u64::max);
        gap += nodes.max(node_count).max(rows.unwrap_or(0));
    }
    u32::try_from(next_id.saturating_add(gap)).unwrap_or(UNKNOWN)
}

struct IdsInTable {
    /// Greater than every id in the table.
    next_id: u64,
    rows: u64,
}

/// The ids in a table of a run, read even if the table's digest is wrong; `None` if the table cannot be read.
fn ids_in(run: &Run, file: &str) -> Option<IdsInTable> {
    // The column has the same name in all three tables.
    let table = read_columns(&run.dir().join(file), &[scores::COMMUNITY_ID.name()]).ok()?;
    let ids = scores::COMMUNITY_ID.of(&table).ok()?;
    let next_id = ids.iter().max().map_or(0, |&id| u64::from(id) + 1);
    Some(IdsInTable { next_id, rows: offset64(ids.len()) })
}

/// The first id that neither the run of `manifest` nor an earlier run has given. Older versions numbered the
/// communities of each run from 0.
fn given(manifest: &Manifest) -> Option<u64> {
    let certified = manifest.record.certificates.get(record_keys::NEXT_COMMUNITY_ID).and_then(Value::as_u64);
    certified.or_else(|| manifest.record.counts.more.get(record_keys::COMMUNITIES).copied())
}
