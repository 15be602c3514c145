//! Bad rows of every kind by hand: line, column, reason and raw text, for chunks of any size.

use plaudit::event::{
    ColumnRef, Delimiter, EventLayout, FixedOrColumn, KindId, MAX_NAME_BYTES, ReadOptions, RejectReason,
    Source,
};

use crate::support::events::{
    event_texts, faults, plain_layout, quoted_layout, read_text, read_text_in_chunks, read_with, write,
};

/// A valid row.
const GOOD: &str = "ada,grace,19700106,RT\n";
const HEADER: &str = "actor,target,at,kind\n";

/// The layout of files that begin with [`HEADER`], which sets the number of fields.
fn layout_with_header() -> EventLayout {
    EventLayout { header: true, ..plain_layout() }
}

/// Bad rows of [`layout_with_header`], with the column and the code of the fault.
fn bad_rows() -> Vec<(&'static [u8], u64, &'static str)> {
    vec![
        (b"ada,grace,19700106", 19, "too_few_fields"),
        (b"ada,grace,19700106,RT,", 23, "too_many_fields"),
        (b"ada,grace,19700106,RT,x,y", 23, "too_many_fields"),
        (b"  ,grace,19700106,RT", 1, "empty_actor"),
        (b"@,grace,19700106,RT", 1, "empty_actor"),
        (b"ada,,19700106,RT", 5, "empty_target"),
        (b"ada,gr\xffce,19700106,RT", 7, "invalid_utf8"),
        (b"ada,gr\xc3", 8, "too_few_fields"),
        (b"ada,grace,19700106,\xe9", 20, "invalid_utf8"),
        (b"ada,grace,19700106,RX", 20, "unknown_kind"),
        (b"ada,grace,19700106,rt", 20, "unknown_kind"),
        (b"ada,grace,soon,RT", 11, "bad_time"),
        (b"ada,grace,,RT", 11, "bad_time"),
        (b"ada,grace,2013-02-29,RT", 11, "bad_time"),
        (b"ada,grace,0,RT", 11, "zero_time"),
        (b"ada,grace,1969-12-31,RT", 11, "time_out_of_range"),
        (b"ada,grace,2106-01-01,RT", 11, "time_out_of_range"),
        (b"a\0a,grace,19700106,RT", 2, "nul_byte"),
    ]
}

#[test]
fn each_reason_names_line_and_column_in_chunks_of_any_size() {
    // A NUL byte makes a row bad only after the bytes that are probed for binary files.
    let before = [HEADER, &GOOD.repeat(599)].concat();
    for (row, column, code) in bad_rows() {
        let text = [before.as_bytes(), row, b"\n", GOOD.as_bytes()].concat();
        for chunk_bytes in [10, 64, 1000, 1 << 20] {
            let table = read_text_in_chunks(&text, layout_with_header(), chunk_bytes, 2).unwrap();
            assert_eq!(faults(&table), [(601, column, code)], "{}", String::from_utf8_lossy(row));
            assert_eq!(table.rejects.kept[0].raw, String::from_utf8_lossy(row));
            assert!(!table.rejects.kept[0].raw_is_cut);
            assert_eq!((table.files[0].rows_read, table.files[0].rows_rejected), (601, 1));
            assert_eq!(table.events.len(), 600);
            // A name that occurs only in a rejected row does not become an account.
            assert_eq!(table.accounts.len(), 2);
        }
    }
}

#[test]
fn all_bad_rows_of_one_file_stand_in_order_with_exact_counts() {
    let rows = bad_rows();
    let mut text = [HEADER, &GOOD.repeat(599)].concat().into_bytes();
    for (row, ..) in &rows {
        text.extend_from_slice(b"\r\n# a comment\n");
        text.extend_from_slice(row);
        text.extend_from_slice(b"\r\n");
    }
    let layout = EventLayout { comment: Some(b'#'), ..layout_with_header() };
    let expected: Vec<_> =
        (0..).zip(&rows).map(|(i, (_, column, code))| (600 + 3 + 3 * i, *column, *code)).collect();
    for (chunk_bytes, threads) in [(1, 1), (17, 2), (64, 3), (4096, 4)] {
        let table = read_text_in_chunks(&text, layout.clone(), chunk_bytes, threads).unwrap();
        assert_eq!(faults(&table), expected);
        assert_eq!(table.rejects.total(), rows.len() as u64);
        assert_eq!(table.rejects.counts[0]["bad_time"], 3);
        assert_eq!(table.rejects.counts[0]["too_many_fields"], 2);
    }
}

#[test]
fn broken_quotes_reject_one_line_at_a_time() {
    let text = "\"ada\",grace,19700106,RT\n\
                ad\"a,grace,19700106,RT\n\
                \"ada\"x,grace,19700106,RT\n\
                \"a\nb\",gr\"ace,19700106,RT\n\
                ada,\"two\nlines\",19700106,\"R\"\"T\"\n\
                ada,\"grace,19700106,RT\n\
                zoe,grace,19700107,RT\n";
    for chunk_bytes in 1..=64 {
        let table = read_text_in_chunks(text, quoted_layout(), chunk_bytes, 2).unwrap();
        let expected = [
            (2, 3, "stray_quote"),
            (3, 6, "stray_quote"),
            (5, 6, "stray_quote"),
            (7, 18, "unknown_kind"),
            (8, 5, "unterminated_quote"),
        ];
        assert_eq!(faults(&table), expected, "in chunks of {chunk_bytes}");
        let raws: Vec<&str> = table.rejects.kept.iter().map(|reject| reject.raw.as_str()).collect();
        assert_eq!(raws[2], "\"a\nb\",gr\"ace,19700106,RT");
        assert_eq!(raws[4], "ada,\"grace,19700106,RT");
        let actors: Vec<_> = event_texts(&table).into_iter().map(|event| event.0).collect();
        assert_eq!(actors, ["ada", "zoe"]);
        assert_eq!(table.files[0].rows_read, 7);
    }
}

/// An open quote swallows no more bytes than the longest allowed record, wherever chunks begin.
#[test]
fn an_unterminated_quote_costs_one_row_and_a_long_row_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let long_row = format!("{},grace,19700106,RT\n", "x".repeat(300));
    let closed_late = format!("ada,\"{}\",19700106,RT\n", "grace\n".repeat(60));
    let long_comment = format!("#{}\n", "x".repeat(400));
    let text = [
        GOOD,
        "ada,\"grace,19700106,RT\n",
        &GOOD.repeat(30),
        &long_row,
        &long_comment,
        "zoe,\"grace\",19700106,RT\n",
        &closed_late,
        GOOD,
    ]
    .concat();
    let layout = EventLayout { comment: Some(b'#'), ..quoted_layout() };
    let sources = [Source { path: write(folder.path(), "events.csv", &text), layout }];
    for chunk_bytes in (1..64).chain([100, 101, 150, 257, 1000, 1 << 20]) {
        let options = ReadOptions { chunk_bytes, max_record_bytes: 100, ..ReadOptions::default() };
        let table = read_with(&sources, &options, 2).unwrap();
        let mut expected = vec![
            (2, 5, "unterminated_quote"),
            (33, 101, "row_too_long"),
            // The first line of a quoted field that exceeds the maximum length of a row …
            (36, 5, "unterminated_quote"),
        ];
        // … and the further lines of this field. Its last line, `",19700106,RT`, opens a quote that is never closed.
        expected.extend((37..96).map(|line| (line, 6, "too_few_fields")));
        expected.push((96, 1, "unterminated_quote"));
        assert_eq!(faults(&table), expected, "in chunks of {chunk_bytes}");
        assert_eq!(table.events.len(), 1 + 30 + 1 + 1);
        let long = &table.rejects.kept[1];
        assert_eq!((long.raw.len(), long.raw_is_cut), (100, true));
    }
}

#[test]
fn the_longest_row_is_a_megabyte_by_default() {
    let fits = format!("{}ada,grace,19700106,RT\n", " ".repeat((1 << 20) - 21));
    let too_long = format!(" {fits}");
    let table = read_text([GOOD, &fits, &too_long, GOOD].concat(), plain_layout()).unwrap();
    assert_eq!(faults(&table), [(3, (1 << 20) + 1, "row_too_long")]);
    assert_eq!(table.rejects.kept[0].raw.len(), 4096);
    assert_eq!(table.events.len(), 3);
    let table = read_text_in_chunks([GOOD, &fits, &too_long].concat().trim_end(), plain_layout(), 1 << 16, 2)
        .unwrap();
    assert_eq!((table.events.len(), table.rejects.total()), (2, 1));
}

#[test]
fn names_may_be_a_kibibyte_and_raw_text_is_cut_between_characters() {
    let longest = "é".repeat(MAX_NAME_BYTES / 2);
    let text = format!(
        "{longest},ada,19700106,RT\n{longest}x,ada,19700106,RT\nada,{}zz,19700106,RT\n",
        "é".repeat(2500)
    );
    let table = read_text(text, plain_layout()).unwrap();
    assert_eq!(faults(&table), [(2, 1, "name_too_long"), (3, 5, "name_too_long")]);
    assert_eq!(table.accounts.len(), 2);
    let long = &table.rejects.kept[1];
    assert!(long.raw_is_cut);
    assert_eq!(long.raw, format!("ada,{}", "é".repeat(2046)));
}

#[test]
fn a_channel_column_is_checked_like_the_names() {
    let layout = EventLayout { channel: Some(FixedOrColumn::Column(ColumnRef::Index(4))), ..plain_layout() };
    let text = "ada,grace,19700106,RT,x\nada,grace,19700106,RT,\nada,grace,19700106,RT, \nada,grace,19700106,RT,a:b\n";
    let table = read_text(text, layout).unwrap();
    assert_eq!(faults(&table), [(2, 23, "empty_channel"), (3, 23, "empty_channel"), (4, 23, "bad_channel")]);
}

#[test]
fn messages_suggest_the_nearest_word() {
    let layout = EventLayout { delimiter: Delimiter::Blanks, ..plain_layout() };
    let table = read_text(
        "ada grace 19700106 RT\nada grace 19700106 RTT\nada grace 19700106 follow\nada grace 0 RT\nada\n",
        layout,
    )
    .unwrap();
    let messages: Vec<String> = table.rejects.kept.iter().map(|reject| reject.reason.to_string()).collect();
    assert_eq!(
        messages,
        [
            "the kind `RTT` is not known; did you mean `RT`?",
            "the kind `follow` is not known",
            "the time `0` is zero, which stands for an unknown time",
            "found 1 field, expected 4",
        ]
    );
    assert_eq!(
        table.rejects.kept[0].reason,
        RejectReason::UnknownKind { word: "RTT".into(), nearest: Some("RT".into()) }
    );
}

#[test]
fn after_a_million_bad_rows_further_ones_are_only_counted() {
    let layout = EventLayout {
        target: ColumnRef::Index(0),
        at: None,
        kind: FixedOrColumn::Fixed(KindId(0)),
        ..plain_layout()
    };
    let text = ["ada\n", &"@\n".repeat(1_050_000), "ada\n"].concat();
    let table = read_text(text, layout).unwrap();
    assert_eq!((table.files[0].rows_read, table.files[0].rows_rejected), (1_050_002, 1_050_000));
    assert_eq!(table.rejects.counts[0]["empty_actor"], 1_050_000);
    assert_eq!(table.rejects.kept.len(), 1_000_000);
    assert_eq!(table.rejects.kept[999_999].line, 1_000_001);
}
