//! Files in other dress: line ends, `sep=` lines, HTML, UTF-16, other delimiters, quotes that swallow rows.

use plaudit::event::{EventError, EventLayout};

use crate::support::events::{
    event_texts, faults, plain_layout, quoted_layout, read_text, read_text_in_chunks,
};

#[test]
fn files_that_are_no_tables_say_what_they_are() {
    let read = |text: &[u8]| read_text(text, plain_layout()).unwrap_err();
    assert!(matches!(
        read(b"ada,bob,500000000,RT\rbob,cyd,500000000,RT\r"),
        EventError::LoneCarriageReturns { .. }
    ));
    assert!(matches!(read(b"\n <!DOCTYPE html><html></html>"), EventError::Html { .. }));
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    for big in [false, true] {
        let text = utf16("actor,target,kind,at\nada,bob\n", big);
        assert!(matches!(read(&text), EventError::Binary { utf16: true, .. }), "without a mark");
        let marked = utf16("\u{feff}actor,target\n", big);
        assert!(matches!(read(&marked), EventError::Binary { utf16: true, .. }));
    }
    assert!(matches!(read(b"ada,b\0b,500000000,RT\n"), EventError::Binary { utf16: false, .. }));
}

#[test]
fn a_separator_line_is_skipped_and_lines_keep_their_numbers() {
    for end in ["\n", "\r\n"] {
        let text = format!("sep=,{end}ada,bob,500000000,RT{end}ada,,500000000,RT{end}");
        let table = read_text(&text, plain_layout()).unwrap();
        assert_eq!(table.events.len(), 1);
        assert_eq!(faults(&table), [(3, 5, "empty_target")]);
        let header = EventLayout { header: true, ..plain_layout() };
        let table =
            read_text(format!("\u{feff}SEP=;{end}a,b,c,d{end}ada,bob,500000000,RT{end}"), header).unwrap();
        assert_eq!(table.events.len(), 1);
    }
}

/// A text that begins with a quote, and a later one that ends with one: the row is set aside at the quote, the rows
/// behind it are read, for chunks of any size.
#[test]
fn a_quote_swallows_no_rows() {
    let row = |number: u32| format!("u{number},ada,500000000,RT,hello\n");
    let rows = |range: std::ops::Range<u32>| range.map(row).collect::<String>();
    let text = [
        rows(0..5),
        "zoe,ada,500000000,RT,\"hm\n".to_owned(),
        rows(5..25),
        "yan,ada,500000000,RT,so \"said\" it\"\n".to_owned(),
        rows(25..30),
        "quo,ada,500000000,RT,\"first line\nsecond line, with a comma\nthird\"\n".to_owned(),
        rows(30..31),
    ]
    .concat();
    for chunk_bytes in [1, 7, 30, 64, 100, 1000, 1 << 20] {
        let table = read_text_in_chunks(&text, quoted_layout(), chunk_bytes, 2).unwrap();
        let found = faults(&table);
        assert_eq!(found[0], (6, 22, "swallowed_rows"), "in chunks of {chunk_bytes}: {found:?}");
        assert!(found.len() <= 2, "{found:?}");
        assert_eq!(table.rejects.kept[0].raw, "zoe,ada,500000000,RT,\"hm");
        let actors: Vec<String> = event_texts(&table).into_iter().map(|event| event.0).collect();
        assert!((0..31).all(|number| actors.contains(&format!("u{number}"))), "{actors:?}");
        // A text of several lines that do not look like rows is a text.
        assert!(actors.contains(&"quo".to_owned()));
        assert_eq!(table.files[0].rows_read, 34);
    }
}
