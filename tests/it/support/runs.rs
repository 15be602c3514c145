//! Publishes small runs in temporary stores.

use std::{borrow::Cow, io::Write, path::Path};

use plaudit::{
    digest::Digest,
    store::{
        Column, ColumnData, Counts, InputEntry, InputRole, LockedStore, NewRun, Run, RunRecord, Stage, Store,
        StoreError, Table, TableError, write_columns,
    },
};

/// An as-of time and a digest, for tests in which these do not matter.
pub(crate) fn new_run() -> NewRun {
    NewRun { as_of: Some(1_341_705_590), digest: digest("3f9a2c1b") }
}

/// A digest made of eight repeated hex digits.
pub(crate) fn digest(eight: &str) -> Digest {
    eight.repeat(8).parse().unwrap()
}

/// A record whose counts add up.
pub(crate) fn record() -> RunRecord {
    RunRecord {
        config: serde_json::json!({ "run": { "seed": 42 } }),
        inputs: vec![InputEntry {
            path: "events.csv".to_owned(),
            role: InputRole::Events,
            bytes: 100,
            sha256: digest("00112233"),
            rows_read: 10,
            events_used: 7,
            events_ignored: 2,
            rows_rejected: 1,
        }],
        counts: Counts {
            rows_read: 10,
            events_used: 7,
            events_ignored: 2,
            rows_rejected: 1,
            ignored: [("self-interaction".to_owned(), 2)].into(),
            rejected: [("bad-time".to_owned(), 1)].into(),
            nodes: 4,
            edges: 5,
            customers: 3,
            prospects: 1,
            withheld: 0,
            more: [].into(),
        },
        certificates: serde_json::Map::from_iter([("modularity".to_owned(), 0.5.into())]),
        stages: vec![Stage { name: "read".to_owned(), seconds: 0.5, peak_rss_bytes: Some(1 << 20) }],
    }
}

/// Publishes a run with `text` in a file in subfolders and in a table.
pub(crate) fn publish_small(store: LockedStore, text: &str) -> Result<Run, StoreError> {
    let writer = store.begin(&new_run())?;
    let mut tiers = writer.create("segments/generic/full/tiers.csv")?;
    tiers.write_all(text.as_bytes()).map_err(|cause| StoreError::Write { cause })?;
    tiers.finish(1)?;
    let table = Table::new(vec![("id".to_owned(), ColumnData::Text(vec![text.to_owned()]))]);
    let mut scores = writer.create("scores.parquet")?;
    // Ignored on purpose: after a failed write, finishing the file must fail as well.
    let _ = write_table(&table, &mut scores);
    scores.finish(1)?;
    writer.publish(record())
}

/// Publishes a run with these tables under these names, in a new store in `dir`.
pub(crate) fn publish_tables(dir: &Path, tables: &[(&str, &Table)]) -> Run {
    let writer = Store::create_or_open(dir).unwrap().begin(&new_run()).unwrap();
    for (name, table) in tables {
        let mut file = writer.create(name).unwrap();
        write_table(table, &mut file).unwrap();
        file.finish(table.row_count() as u64).unwrap();
    }
    writer.publish(record()).unwrap()
}

/// Writes `table` as one Parquet file.
pub(crate) fn write_table(table: &Table, sink: &mut (impl Write + Send)) -> Result<u64, TableError> {
    let columns = table.columns().iter().map(|(name, data)| (name.into(), column(data)));
    write_columns(table.row_count(), &columns.collect::<Vec<_>>(), sink)
}

/// A column to write that borrows the values of `data`.
fn column(data: &ColumnData) -> Column<'_> {
    match data {
        ColumnData::Text(values) => Column::Text(Box::new(|row| values[row].as_str().into())),
        ColumnData::OptionalText(values) => {
            Column::OptionalText(Box::new(|row| values[row].as_deref().map(Cow::Borrowed)))
        }
        ColumnData::F64(values) => Column::F64(Box::new(|row| values[row])),
        ColumnData::OptionalF64(values) => Column::OptionalF64(Box::new(|row| values[row])),
        ColumnData::U64(values) => Column::U64(Box::new(|row| values[row])),
        ColumnData::U32(values) => Column::U32(Box::new(|row| values[row])),
        ColumnData::OptionalU32(values) => Column::OptionalU32(Box::new(|row| values[row])),
        ColumnData::OptionalI64(values) => Column::OptionalI64(Box::new(|row| values[row])),
        ColumnData::Bool(values) => Column::Bool(Box::new(|row| values[row])),
    }
}
