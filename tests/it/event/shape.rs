//! Tables with lines before and behind their rows, and rows that lack fields at their end.

use std::path::Path;

use plaudit::event::{ColumnRef, EventLayout, EventTable, Ragged, ReadOptions, TextShape, TextTable};
use proptest::prelude::*;

use crate::support::events::{
    event_texts, faults, plain_layout, quoted_layout, read_text, read_text_in_chunks, write,
};

fn shape(skip_rows: u32, skip_footer: u32) -> TextShape {
    TextShape { skip_rows, skip_footer, ragged: Ragged::Reject }
}

fn with_shape(shape: TextShape) -> EventLayout {
    EventLayout { shape, ..quoted_layout() }
}

fn filled() -> EventLayout {
    let shape = TextShape { ragged: Ragged::Fill, ..TextShape::default() };
    EventLayout { header: true, shape, ..plain_layout() }
}

/// The texts of the rows, and those behind the table, of a CRM-like file.
fn rows_and_footer(path: &Path, shape: TextShape, chunk_bytes: usize) -> (Vec<String>, Vec<String>) {
    let options = ReadOptions { chunk_bytes, ..ReadOptions::default() };
    let mut table = TextTable::open(path, b',', shape, &options).unwrap();
    let (mut rows, mut footer) = (Vec::new(), Vec::new());
    while let Some(row) = table.next_row().unwrap() {
        let text = row.text(0).unwrap_or_default().into_owned();
        if row.in_footer { footer.push(text) } else { rows.push(text) }
    }
    (rows, footer)
}

#[test]
fn lines_before_and_behind_the_rows_are_left_out_and_lines_keep_their_numbers() {
    let text = "Notes:\n\"an open quote\n\na,b,at,kind\nada,bob,500000000,RT\nada,,500000000,RT\n\nRows: 2\n\
                Confidential\n\n";
    let layout = EventLayout { header: true, ..with_shape(shape(3, 2)) };
    for chunk_bytes in [1, 2, 5, 20, 1000] {
        let table = read_text_in_chunks(text, layout.clone(), chunk_bytes, 1).unwrap();
        assert_eq!(event_texts(&table).len(), 1);
        assert_eq!(faults(&table), [(6, 5, "empty_target")]);
        assert_eq!(table.files[0].rows_read, 2);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "crm.csv", text.as_bytes());
    for chunk_bytes in [1, 2, 5, 20, 1000] {
        let (rows, footer) = rows_and_footer(&path, shape(3, 2), chunk_bytes);
        assert_eq!(rows, ["ada", "ada"]);
        assert_eq!(footer, ["Rows: 2", "Confidential"]);
    }
}

#[test]
fn a_file_of_fewer_lines_than_are_left_out_has_no_rows() {
    let none = |table: EventTable| assert_eq!((table.events.len(), table.files[0].rows_read), (0, 0));
    none(read_text("ada,bob,500000000,RT\n", with_shape(shape(9, 0))).unwrap());
    none(read_text("ada,bob,500000000,RT\n", with_shape(shape(0, 9))).unwrap());
    let header = EventLayout { header: true, ..with_shape(shape(9, 0)) };
    let error = read_text("a,b,c,d\nada,bob,500000000,RT\n", header).unwrap_err();
    assert!(error.to_string().contains("has no header"), "{error}");
}

/// Spreadsheets drop empty cells at the end of rows, and other writers end each row with one delimiter more.
#[test]
fn rows_are_filled_to_the_width_of_the_header_where_asked() {
    let text = "a,b,at,kind,note,more\nada,bob,500000000,RT\nbob,cyd,500000000,RT,hi,there,,\n\
                cyd,dan,500000000,RT,hi,there,you\ndan\n,,,,,,,,\n";
    let table = read_text(text, filled()).unwrap();
    assert_eq!(table.events.len(), 2);
    let expected = [(4, 31, "too_many_fields"), (5, 4, "empty_target"), (6, 1, "empty_actor")];
    assert_eq!(faults(&table), expected);
    let table = read_text(text, EventLayout { header: true, ..plain_layout() }).unwrap();
    assert_eq!((table.events.len(), table.files[0].rows_rejected), (0, 5));
}

/// A column that is read may be among the missing ones.
#[test]
fn a_missing_time_is_an_empty_one() {
    let layout = EventLayout { at: Some(ColumnRef::Index(3)), kind: filled().kind, ..filled() };
    let layout =
        EventLayout { kind: plaudit::event::FixedOrColumn::Fixed(plaudit::event::KindId(0)), ..layout };
    let table = read_text("a,b,c,d\nada,bob\n", layout).unwrap();
    assert_eq!(faults(&table), [(2, 8, "bad_time")]);
}

proptest! {
    /// A table with lines around it is the table without them, for chunks of any size.
    #[test]
    fn the_lines_around_a_table_change_nothing(
        rows in 0..6_usize,
        before in prop::collection::vec("[a-z\",]{0,6}", 0..4),
        behind in prop::collection::vec("[a-z\",]{1,6}", 0..4),
        blank_ends in 0..3_usize,
        chunk_bytes in 1..40_usize,
    ) {
        let row = |number: usize| format!("u{number},\"a,b\",500000000,RT\n");
        let table: String = (0..rows).map(row).collect();
        let lines = |texts: &[String]| texts.iter().flat_map(|text| [text.as_str(), "\n"]).collect::<String>();
        let whole = [lines(&before), table.clone(), lines(&behind), "\r\n".repeat(blank_ends)].concat();
        prop_assume!(!whole.is_empty() && !table.is_empty());
        let shape = shape(u32::try_from(before.len()).unwrap(), u32::try_from(behind.len()).unwrap());
        let expected = read_text(&table, quoted_layout()).unwrap();
        let found = read_text_in_chunks(&whole, with_shape(shape), chunk_bytes, 2).unwrap();
        prop_assert_eq!(event_texts(&found), event_texts(&expected));
        prop_assert_eq!(found.rejects.total(), 0);

        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "crm.csv", whole.as_bytes());
        let (found, _) = rows_and_footer(&path, shape, chunk_bytes);
        let header_excluded: Vec<String> = (1..rows).map(|number| format!("u{number}")).collect();
        prop_assert_eq!(found, header_excluded);
    }
}
