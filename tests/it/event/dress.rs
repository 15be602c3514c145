//! Files in other dress: line ends, `sep=` lines, HTML, UTF-16, other delimiters, quotes that swallow rows.

use plaudit::event::{EventError, EventLayout, ReadOptions, TextShape, TextTable};

use crate::support::events::{
    event_texts, faults, gzip, plain_layout, quoted_layout, read_text, read_text_in_chunks, write,
};

#[test]
fn files_that_are_no_tables_say_what_they_are() {
    let read = |text: &[u8]| read_text(text, plain_layout()).unwrap_err();
    assert!(matches!(
        read(b"ada,bob,500000000,RT\rbob,cyd,500000000,RT\r"),
        EventError::LoneCarriageReturns { .. }
    ));
    assert!(matches!(
        read(b"\n <!DOCTYPE html><html></html>"),
        EventError::OtherFormat { format: "an HTML page", .. }
    ));
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

/// Workbooks and JSON are refused by name as events and as a CRM; tables whose fields look like them are read.
#[test]
fn workbooks_and_json_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let open = |content: &[u8], skip_rows: u32| {
        let shape = TextShape { skip_rows, ..TextShape::default() };
        let path = write(folder.path(), "crm.csv", content);
        TextTable::open(&path, b',', shape, &ReadOptions::default()).map(|table| table.names().to_vec())
    };
    let workbook = b"PK\x03\x04\x14\0\x06\0[Content_Types].xml";
    let refused: [(&[u8], &str); 8] = [
        (workbook, "a zip archive or a workbook such as xlsx"),
        (b"PK\x03\x04 without a NUL", "a zip archive or a workbook such as xlsx"),
        (b"{\"actor\": \"ada\", \"target\": \"bob\"}\n", "JSON"),
        (b"[{\"actor\": \"ada\"}]", "JSON"),
        (b"[\n  {\n    \"actor\": \"ada\"\n  }\n]\n", "JSON"),
        (b"\xef\xbb\xbf\n{ \"events\": [] }", "JSON"),
        (b"[[1, 2], [3, 4]]", "JSON"),
        (b"[\"ada\",\"bob\"]", "JSON"),
    ];
    for (content, name) in refused {
        for content in [content.to_vec(), gzip(content)] {
            let header = EventLayout { header: true, ..plain_layout() };
            for error in [
                read_text(&content, plain_layout()).unwrap_err(),
                read_text(&content, header).unwrap_err(),
                open(&content, 0).unwrap_err(),
            ] {
                assert!(error.to_string().ends_with(&format!(": the file is {name}, no table")), "{error}");
                assert!(error.hint().is_some());
            }
        }
    }
    // Ids in brackets, a header in quotes, and a preamble that the configuration leaves out.
    let table = read_text("[deleted],bob,500000000,RT\n", plain_layout()).unwrap();
    assert_eq!(table.events.len(), 1);
    let layout = EventLayout { quoting: quoted_layout().quoting, ..plain_layout() };
    assert_eq!(read_text("\"{\"\"a\"\"\",bob,500000000,RT\n", layout).unwrap().events.len(), 1);
    assert_eq!(open(b"\"{\"\"id\"\"}\",name\n", 0).unwrap(), ["{\"id\"}", "name"]);
    assert_eq!(open(b"PK,name\n", 0).unwrap(), ["PK", "name"]);
    assert_eq!(open(b"{\"exported\": \"today\"}\nid,name\n", 1).unwrap(), ["id", "name"]);
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
