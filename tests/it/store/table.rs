//! Parquet tables: round trips, damaged files, and a file read by pyarrow.

use std::{path::Path, process::Command};

use plaudit::store::{ColumnData, ROW_GROUP_ROWS, Table, TableError, read_columns, read_table};
use proptest::prelude::*;

use crate::support::runs::write_table;

fn parquet_bytes(table: &Table) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_table(table, &mut bytes).unwrap();
    bytes
}

fn read_back(bytes: &[u8]) -> Result<Table, TableError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    read_table(file.path())
}

/// Tables with columns of every type; all columns of a table have the same length, from 0 to 40.
fn tables() -> impl Strategy<Value = Table> {
    (0_usize..40).prop_flat_map(|rows| {
        let text = prop::collection::vec(any::<String>(), rows).prop_map(ColumnData::Text);
        let maybe = prop::collection::vec(any::<Option<String>>(), rows).prop_map(ColumnData::OptionalText);
        let floats = prop::collection::vec(any::<f64>(), rows).prop_map(ColumnData::F64);
        let gaps = prop::collection::vec(any::<Option<f64>>(), rows).prop_map(ColumnData::OptionalF64);
        let long = prop::collection::vec(any::<u64>(), rows).prop_map(ColumnData::U64);
        let short = prop::collection::vec(any::<u32>(), rows).prop_map(ColumnData::U32);
        let flags = prop::collection::vec(any::<bool>(), rows).prop_map(ColumnData::Bool);
        let ids = prop::collection::vec(any::<Option<u32>>(), rows).prop_map(ColumnData::OptionalU32);
        let changes = prop::collection::vec(any::<Option<i64>>(), rows).prop_map(ColumnData::OptionalI64);
        (text, maybe, floats, gaps, long, short, flags, ids, changes).prop_map(|columns| {
            let (a, b, c, d, e, f, g, h, i) = columns;
            let columns = [a, b, c, d, e, f, g, h, i];
            Table::new(
                columns.into_iter().enumerate().map(|(i, data)| (format!("column {i}"), data)).collect(),
            )
        })
    })
}

/// The columns with floats as bits, so that NaN and -0 are compared exactly.
fn by_bits(table: &Table) -> Vec<(String, ColumnData)> {
    let bits = |data: &ColumnData| match data {
        ColumnData::F64(values) => ColumnData::U64(values.iter().map(|x| x.to_bits()).collect()),
        ColumnData::OptionalF64(values) => {
            ColumnData::OptionalText(values.iter().map(|x| x.map(|x| x.to_bits().to_string())).collect())
        }
        other => other.clone(),
    };
    table.columns().iter().map(|(name, data)| (name.clone(), bits(data))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn written_tables_read_back(table in tables()) {
        let read = read_back(&parquet_bytes(&table)).unwrap();
        prop_assert_eq!(by_bits(&read), by_bits(&table));
    }

    #[test]
    fn a_damaged_file_is_an_error_or_another_table_and_never_a_panic(
        table in tables(), at in any::<prop::sample::Index>(), mask in 1_u8.., cut in any::<bool>(),
    ) {
        let mut bytes = parquet_bytes(&table);
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= mask }
        let _ = read_back(&bytes);
    }
}

fn sample_table(rows: usize) -> Table {
    let ids = (0..rows).map(|i| format!("twitter:{i}, \"é\n")).collect();
    let names = (0..rows).map(|i| (i % 3 != 0).then(|| format!("name {i}"))).collect();
    let values = (0..rows).map(|i| (i % 2 == 0).then_some(i as f64 / 7.0)).collect();
    Table::new(vec![
        ("id".to_owned(), ColumnData::Text(ids)),
        ("name".to_owned(), ColumnData::OptionalText(names)),
        ("value".to_owned(), ColumnData::OptionalF64(values)),
        ("score".to_owned(), ColumnData::F64((0..rows).map(|i| 1.0 / (1 + i) as f64).collect())),
        ("rank".to_owned(), ColumnData::U32((0..rows).map(|i| u32::MAX - i as u32).collect())),
        ("weight".to_owned(), ColumnData::U64((0..rows).map(|i| u64::MAX - i as u64).collect())),
        ("exact".to_owned(), ColumnData::Bool((0..rows).map(|i| i % 2 == 0).collect())),
        (
            "other".to_owned(),
            ColumnData::OptionalU32((0..rows).map(|i| (i % 3 > 0).then_some(u32::MAX - i as u32)).collect()),
        ),
        (
            "growth".to_owned(),
            ColumnData::OptionalI64((0..rows).zip(0..).map(|(i, j)| (i % 4 > 0).then_some(1 - j)).collect()),
        ),
    ])
}

#[test]
fn rows_beyond_one_row_group_come_back_in_order() {
    let rows = ROW_GROUP_ROWS + 5;
    let names = (0..rows).map(|i| (i % 1000 == 0).then(|| i.to_string())).collect();
    let table = Table::new(vec![
        ("rank".to_owned(), ColumnData::U32((0..rows as u32).collect())),
        ("name".to_owned(), ColumnData::OptionalText(names)),
    ]);
    assert!(read_back(&parquet_bytes(&table)).unwrap() == table);
}

#[test]
fn the_bytes_do_not_depend_on_threads() {
    let table = sample_table(10_000);
    let alone = parquet_bytes(&table);
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(|| parquet_bytes(&table)) == alone, "{threads} threads");
    }
}

#[test]
fn columns_are_read_in_the_requested_order_and_unknown_ones_are_errors() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), parquet_bytes(&sample_table(3))).unwrap();
    let read = read_columns(file.path(), &["rank", "id"]).unwrap();
    let names: Vec<&str> = read.columns().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["rank", "id"]);
    assert_eq!(read.get::<u32>("rank").unwrap(), [u32::MAX, u32::MAX - 1, u32::MAX - 2]);

    let fault = read_columns(file.path(), &["ranks"]).unwrap_err().to_string();
    assert!(
        fault.ends_with(
            "has no column `ranks`; its columns are id, name, value, score, rank, weight, exact, other, growth"
        ),
        "{fault}"
    );
    let fault = read.get::<f64>("rank").unwrap_err().to_string();
    assert_eq!(fault, "column `rank` holds unsigned 32-bit integers; expected 64-bit floats");
}

#[test]
fn a_file_that_is_not_parquet_is_named() {
    let fault = read_table(Path::new("no/such/file.parquet")).unwrap_err().to_string();
    assert!(fault.starts_with("cannot open `no/such/file.parquet`: "), "{fault}");
    let fault = read_back(b"customer_id,tier\n").unwrap_err();
    assert!(matches!(fault, TableError::Damaged { .. }), "{fault}");
}

#[test]
fn the_message_of_a_failing_output_is_passed_on() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    assert_eq!(write_table(&sample_table(3), &mut Full).unwrap_err().to_string(), "the disk is full");
}

/// The rows of `sample_table(5)` as pyarrow shows them, in types and values of Python.
const PYARROW: &str = r#"
import sys
try:
    import pyarrow.parquet as parquet
except ImportError:
    sys.exit(9)
table = parquet.read_table(sys.argv[1])
types = [str(field.type) for field in table.schema]
assert types == ["string", "string", "double", "double", "uint32", "uint64", "bool", "uint32", "int64"], types
assert [field.nullable for field in table.schema] == [False, True, True, False, False, False, False, True, True]
rows = range(5)
expected = {
    "id": [f'twitter:{i}, "é\n' for i in rows],
    "name": [f"name {i}" if i % 3 else None for i in rows],
    "value": [None if i % 2 else i / 7 for i in rows],
    "score": [1 / (1 + i) for i in rows],
    "rank": [2**32 - 1 - i for i in rows],
    "weight": [2**64 - 1 - i for i in rows],
    "exact": [i % 2 == 0 for i in rows],
    "other": [2**32 - 1 - i if i % 3 else None for i in rows],
    "growth": [1 - i if i % 4 else None for i in rows],
}
assert table.to_pydict() == expected, table.to_pydict()
"#;

#[test]
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn pyarrow_reads_the_same_values_and_types() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), parquet_bytes(&sample_table(5))).unwrap();
    let python = Command::new("python3").args(["-c", PYARROW]).arg(file.path()).output();
    match python {
        Ok(output) if output.status.code() != Some(9) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        _ => println!("skipped: there is no python3 with pyarrow here"),
    }
}
