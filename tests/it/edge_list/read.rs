//! Plain edge lists: every separator, comments, weights, node lists, and the first bad line.

use std::{path::Path, thread};

use plaudit::{
    edge_list::{EdgeList, EdgeListError, EdgeListOptions, read_edge_list},
    event::{AccountTable, EventError, key_hash},
    ids::NodeId,
};
use proptest::prelude::*;

use super::oracle::{Bad, OracleList, oracle};
use crate::support::events::{gzip, write, zstd_frame};

fn edges_of(content: &[u8]) -> Result<EdgeList, EdgeListError> {
    let folder = tempfile::tempdir().unwrap();
    read_edge_list(&write(folder.path(), "edges", content), None, &EdgeListOptions::default())
}

/// The edges in order, by the ids of source and target.
fn edges_by_id(list: &EdgeList) -> Vec<(String, String)> {
    let id = |node| list.ids.id(node).into_owned();
    list.edges().map(|[source, target]| (id(source), id(target))).collect()
}

fn weights(list: &EdgeList) -> Option<Vec<f64>> {
    list.weighted.then(|| list.weights().collect())
}

fn by_appearance(list: &EdgeList) -> Vec<String> {
    list.by_first_appearance().iter().map(|&node| list.ids.id(node).into_owned()).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(u, v)| (u.to_owned(), v.to_owned())).collect()
}

#[test]
fn the_first_line_tells_the_separator_and_ids_stay_as_they_are() {
    let expected = pairs(&[("Ada", "@grace"), ("@grace", "07"), ("Ada", "7")]);
    for content in [
        "# note\n% note\nAda @grace\n\n@grace  07 \n  \n Ada\t7",
        "Ada\t@grace\r\n@grace\t07\r\nAda\t7\r\n",
        "\u{feff}Ada,@grace\n@grace, 07\nAda,7\n",
    ] {
        for bytes in [content.as_bytes().to_vec(), gzip(content.as_bytes()), zstd_frame(content.as_bytes())] {
            let list = edges_of(&bytes).unwrap();
            assert_eq!(edges_by_id(&list), expected, "{content:?}");
            assert_eq!((weights(&list), list.ids.len(), list.ids.is_numeric()), (None, 4, false));
        }
    }
    let list = edges_of(b"Ada Lovelace,Grace Hopper,2\nx,y,1e-3\n").unwrap();
    assert_eq!(edges_by_id(&list)[..1], pairs(&[("Ada Lovelace", "Grace Hopper")]));
    assert_eq!(weights(&list), Some(vec![2.0, 0.001]));
    // Only blanks and tabs separate fields: any other control character is part of an id.
    let list = edges_of(b"a\rb \x0cc\n").unwrap();
    assert_eq!((edges_by_id(&list), list.weighted), (pairs(&[("a\rb", "\x0cc")]), false));
    let list = edges_of(b"# nothing\n").unwrap();
    assert_eq!((list.edge_count(), list.ids.len(), list.weighted), (0, 0, false));
}

#[test]
fn nodes_follow_the_edges_in_order_of_appearance() {
    let folder = tempfile::tempdir().unwrap();
    let edges = write(folder.path(), "edges", "c a\na b\n");
    let nodes = write(folder.path(), "nodes", gzip(b"# id\nz,red\na,blue\nlone,red\n"));
    let list = read_edge_list(&edges, Some(&nodes), &EdgeListOptions::default()).unwrap();
    assert_eq!(by_appearance(&list), ["c", "a", "b", "z", "lone"]);
    assert_eq!(edges_by_id(&list), pairs(&[("c", "a"), ("a", "b")]));
    // If commas separate the fields of edges, an id in the list of nodes may contain blanks.
    let edges = write(folder.path(), "edges.csv", "Ada Lovelace,b\n");
    let nodes = write(folder.path(), "nodes.csv", "Ada Lovelace\nGrace Hopper\n");
    let list = read_edge_list(&edges, Some(&nodes), &EdgeListOptions::default()).unwrap();
    assert_eq!(list.ids.len(), 3);
    // So it may if any edge has an id with blanks.
    let nodes = write(folder.path(), "nodes.txt", "1 red\n");
    for (text, expected) in [
        ("a,b\nb,a\n", Err("the id `1 red` holds a blank, other than the ids of the edges")),
        ("a,b\nb,New York\n", Ok(4)),
    ] {
        let edges = write(folder.path(), "edges.csv", text);
        let read = read_on(2, 5, &edges, Some(&nodes)).map(|list| list.ids.len());
        assert_eq!(read, expected.map_err(|why| (1, 2, why.to_owned())));
    }
    // A word in the list of nodes makes all ids texts; with a large number, ids are still numbers.
    let edges = write(folder.path(), "numbers", "9 10\n");
    let nodes = write(folder.path(), "words", "10\n007\n");
    let list = read_edge_list(&edges, Some(&nodes), &EdgeListOptions::default()).unwrap();
    assert_eq!(
        (list.ids.is_numeric(), by_appearance(&list)),
        (false, vec!["9".into(), "10".into(), "007".into()])
    );
    let nodes = write(folder.path(), "large", "18446744073709551615\n10\n");
    let list = read_edge_list(&edges, Some(&nodes), &EdgeListOptions::default()).unwrap();
    assert!(list.ids.is_numeric());
    assert_eq!(edges_by_id(&list), pairs(&[("9", "10")]));
    assert_eq!([0, 1, 2].map(|node| list.ids.id(NodeId(node))), ["9", "10", "18446744073709551615"]);
    assert_eq!(
        ["9", "09", "8", "x", ""].map(|id| list.ids.find(id)),
        [Some(NodeId(0)), None, None, None, None]
    );
}

#[test]
fn the_first_bad_line_is_the_error() {
    for (content, line, column, why) in [
        ("1 2\n3\n4\n", 2, 2, "found 1 field, expected 2"),
        ("1 2\n\n3 4 5\n", 3, 5, "found 3 fields, expected 2"),
        ("1 2 0.5\n3 4\n", 2, 4, "found 2 fields, expected 3"),
        ("1 2 3 4\n", 1, 7, "found 4 fields, expected 3: columns follow the weight"),
        ("lonely\n", 1, 7, "found 1 field, expected 2"),
        ("1,2\n,3\n", 2, 1, "the id is empty"),
        ("1,2\n3, \n", 2, 3, "the id is empty"),
        ("1 2 1\n1 2 0\n", 2, 5, "the weight `0` is not a finite number above 0"),
        ("1 2 1\n1 2 inf\n", 2, 5, "the weight `inf` is not a finite number above 0"),
        ("1 2 1\n1 2 NaN\n", 2, 5, "the weight `NaN` is not a finite number above 0"),
        ("1 2 -1\n", 1, 5, "the weight `-1` is not a finite number above 0"),
        ("1 2 x\n", 1, 5, "the weight `x` is not a finite number above 0"),
    ] {
        match edges_of(content.as_bytes()).unwrap_err() {
            EdgeListError::BadLine { line: l, column: c, why: w, .. } => {
                assert_eq!((l, c, w.as_str()), (line, column, why));
            }
            error => panic!("{content:?}: {error}"),
        }
    }
    let bad_utf8 = edges_of(b"1 2\n3 \xff\n").unwrap_err();
    assert!(bad_utf8.to_string().ends_with("edges:2:3: the text is not UTF-8"), "{bad_utf8}");
    // Two bad lines in different chunks: the first one is the error.
    let filler = "10 20\n".repeat(400_000);
    let text = [filler.as_str(), "x\n", &filler, "y\n"].concat();
    assert!(matches!(edges_of(text.as_bytes()).unwrap_err(), EdgeListError::BadLine { line: 400_001, .. }));
    assert!(matches!(
        read_edge_list(Path::new("no/such/file"), None, &EdgeListOptions::default()),
        Err(EdgeListError::File(EventError::Missing { .. }))
    ));
    assert!(matches!(edges_of(b"").unwrap_err(), EdgeListError::File(EventError::Empty { .. })));
}

#[test]
fn a_chunk_that_is_read_again_is_independent_of_later_chunks() {
    // The first chunk is read slowly, so the second chunk has added its ids to the dictionary by then. The last line of
    // the first chunk does not fit that dictionary, and the first chunk is read again with another kind.
    const CHUNK: usize = 1 << 14;
    for larger in ["4294967296", "word"] {
        let end = format!("5 7\n{larger} 5\n");
        let slow = "#\n".repeat((CHUNK - end.len()) / 2) + &end;
        let text = slow + &"5 7\n".repeat(CHUNK / 4);
        let expected = oracle(text.as_bytes(), None);
        let folder = tempfile::tempdir().unwrap();
        let edges = write(folder.path(), "edges", &text);
        for _ in 0..40 {
            assert_agrees(read_on(2, CHUNK, &edges, None), &expected, larger);
        }
    }
}

/// The ids in the order of their node numbers, as defined in the documentation of `NodeIds`.
fn numbered(ids: &[String]) -> Vec<String> {
    let mut ids = ids.to_vec();
    let number = |id: &String| id.parse::<u64>().ok().filter(|number| number.to_string() == *id);
    if ids.iter().all(|id| number(id).is_some()) {
        ids.sort_by_key(|id| number(id));
    } else {
        ids.sort_by_key(|id| (key_hash(id.as_bytes()), id.clone()));
    }
    ids
}

/// Reads on `threads` threads; a bad line is returned as the oracle returns it.
fn read_on(threads: usize, chunk_bytes: usize, edges: &Path, nodes: Option<&Path>) -> Result<EdgeList, Bad> {
    let options = EdgeListOptions {
        plain_chunk_bytes: chunk_bytes,
        decoded_chunk_bytes: chunk_bytes,
        ..EdgeListOptions::default()
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| read_edge_list(edges, nodes, &options)).map_err(|error| match error {
        EdgeListError::BadLine { line, column, why, .. } => (line, column, why),
        error => panic!("{error}"),
    })
}

fn assert_agrees(read: Result<EdgeList, Bad>, oracle: &Result<OracleList, Bad>, context: &str) {
    match (read, oracle) {
        (Ok(list), Ok(oracle)) => {
            assert_eq!(edges_by_id(&list), oracle.edges, "{context}");
            assert_eq!(weights(&list), oracle.weights, "{context}");
            assert_eq!(by_appearance(&list), oracle.by_appearance, "{context}");
            assert_eq!(list.skipped.header.as_ref().map(|header| header.line), oracle.header, "{context}");
            let comments = [&list.skipped, &list.skipped_in_nodes].map(|skipped| skipped.comments);
            assert_eq!(comments, oracle.comments, "{context}");
            let ids: Vec<String> =
                (0..list.ids.len()).map(|node| list.ids.id(NodeId::new(node)).into_owned()).collect();
            assert_eq!(ids, numbered(&oracle.by_appearance), "{context}");
            for (node, id) in ids.iter().enumerate() {
                assert_eq!(list.ids.find(id), Some(NodeId::new(node)), "{context}");
            }
        }
        (Err(bad), Err(oracle)) => assert_eq!(bad, *oracle, "{context}"),
        (Ok(_), Err(oracle)) => panic!("{context}: read, but {oracle:?}"),
        (Err(bad), Ok(_)) => panic!("{context}: {bad:?}"),
    }
}

/// Compares with the oracle: plain and compressed, with small and large chunks, on few and many threads.
fn assert_all_agree(edges: &[u8], nodes: Option<&[u8]>) {
    let expected = oracle(edges, nodes);
    let folder = tempfile::tempdir().unwrap();
    let shown = String::from_utf8_lossy(edges);
    for (form, encode) in
        [("plain", <[u8]>::to_vec as fn(&[u8]) -> Vec<u8>), ("gzip", gzip), ("zstd", zstd_frame)]
    {
        let edges = write(folder.path(), "edges", encode(edges));
        let nodes = nodes.map(|nodes| write(folder.path(), "nodes", encode(nodes)));
        for (threads, chunk_bytes) in [(1, 1), (2, 5), (3, 17), (8, 64), (2, 1 << 18)] {
            let read = read_on(threads, chunk_bytes, &edges, nodes.as_deref());
            assert_agrees(
                read,
                &expected,
                &format!("{form}, {threads} threads, {chunk_bytes} bytes: {shown:?}"),
            );
        }
    }
}

/// Ids on both sides of every limit: eight-byte words, 32- and 64-bit integers, small numbers.
const IDS: &str = "0 7 12 123 1234 12345 123456 1234567 12345678 123456789 1234567890123456 12345678901234567 \
    4294967294 4294967295 4294967296 9223372036854775807 9223372036854775808 9999999999999999999 \
    18446744073709551614 18446744073709551615 255 256 4095 4096 65536";
/// Two ids with the same [`key_hash`], found by iterating the hash from two starts until the sequences met.
const SAME_HASH: [&str; 2] = ["ugclgndcgbdfadhnp", "ujdbpikeicbjiaiff"];
const ODD_IDS: &[&str] = &[
    "18446744073709551616",
    "99999999999999999999",
    "123456789012345678901",
    "007",
    "00",
    "0123456789",
    "+5",
    "-1",
    "1e3",
    "1.5",
    "a",
    "Ada",
    "exactly8",
    "fifteen_bytes_15",
    "fifteen_bytes15",
    "sixteen_bytes_16",
    "a_rather_long_id_that_fits_no_word",
    "a_rather_long_id_that_fits_no_wore",
    // An id of exactly three 8-byte words, and ids that share their first and last bytes.
    "whole_words_in_24_bytes_",
    "the_same_ends_but_0_the_same_ends",
    "the_same_ends_but_1_the_same_ends",
    SAME_HASH[0],
    SAME_HASH[1],
    "é",
    "日本語のとても長いID",
    "\"quoted\"",
    "quoted",
    "\"12\"",
    "\"two words\"",
    "\"a long id that has blanks, a comma; and more\"",
    "\"tab\tin it\"",
    "\"#tag\"",
    "a\"b",
    "an_id_longer_than_15_bytes_with_a\"",
    "x\ry",
    "12\u{b}",
    "1:2",
    "tail/",
    "source",
    "Target",
    "from",
    "to",
    "user1",
    "USER_2",
    "user_17",
    "userB",
    "a1",
    "beef",
];
const WEIGHTS: &str = "1 2.5 0.1 007 1234567 12345678 0.3333333 0.33333333 1234567.1234567 1e-3 1E+10 4e-320 \
    9007199254740993 5. .5 +3 123456789.987654321 \
    1700000000 1700000000123 999999999.5 20240229 20991231 20230229 2012";

fn words(list: &'static str) -> Vec<&'static str> {
    list.split(' ').collect()
}

fn all_ids() -> Vec<&'static str> {
    [&words(IDS)[..], ODD_IDS].concat()
}

fn line(odd: bool) -> impl Strategy<Value = String> {
    let ids = if odd { all_ids() } else { words(IDS) };
    (prop::sample::select(ids.clone()), prop::sample::select(ids), prop::sample::select(words(WEIGHTS)))
        .prop_map(|(source, target, weight)| format!("{source}|{target}|{weight}"))
}

/// Some lines, in which `|` stands for the separator.
fn lines() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![
        3 => prop::collection::vec(line(false), 1..40),
        2 => prop::collection::vec(line(true), 1..40),
        // Lines with numbers, then a line with a word.
        1 => (prop::collection::vec(line(false), 1..40), line(true)).prop_map(|(mut lines, last)| {
            lines.push(last);
            lines
        }),
    ]
}

const ODD_LINES: &[&str] = &[
    "",
    " ",
    "\t \t",
    "# a b c",
    "%",
    "#",
    " \t\r",
    "%1 2",
    "#\u{e9}\u{e9}\u{e9} and much more text than one line",
];
/// Rows that may be headers, by the row below.
const NAMES: &[&str] = &[
    "source|Target",
    "from|to",
    "user1|USER_2",
    "source|user1",
    "person|friend",
    "a1|beef",
    "person|7",
    "source|Target|weight",
    "person|friend|count",
    "from|to|time",
    "user1|USER_2|5",
];
const BAD_LINES: &[&str] = &[
    "1",
    "1|2|3|4",
    "lonely",
    "|2|1",
    "1||1",
    "1|2|0",
    "1|2|-1",
    "1|2|nan",
    "1|2|x",
    "1|2|",
    "1| |1",
    " # 1 2 3 4",
    "\"a \"\"b\"\" c\"|2|1",
    "12|\"\"|1",
    "source|Target|weight",
    "user1|USER_2|to",
    "from|to|time",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn agrees_with_a_reader_line_by_line(
        lines in lines(),
        separator in prop::sample::select(vec![" ", "\t", ",", "  ", " \t", ", "]),
        weighted in any::<bool>(),
        line_end in prop::sample::select(vec!["\n", "\r\n"]),
        odd in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(ODD_LINES)), 0..4),
        bad in prop::option::weighted(0.3, (any::<prop::sample::Index>(), prop::sample::select(BAD_LINES))),
        ends_with_line_end in any::<bool>(),
        names in prop::option::weighted(0.3, prop::sample::select(NAMES)),
        nodes in prop::option::of(prop::collection::vec(prop::sample::select(all_ids()), 0..6)),
    ) {
        // Text behind a closing quote, and a quote behind a blank, are bad; `formats` tests them.
        let has_blanks = [" \t", ", "].contains(&separator);
        let lines = lines.iter().map(|line| if has_blanks && line.contains('"') { "5|6|7".to_owned() } else { line.clone() });
        let cut = |line: String| if weighted { line } else { line.rsplit_once('|').unwrap().0.to_owned() };
        let mut lines: Vec<String> = lines.map(cut).collect();
        if let Some((at, bad)) = bad.filter(|(_, bad)| !(has_blanks && bad.contains('"'))) {
            lines.insert(at.index(lines.len() + 1), bad.to_owned());
        }
        lines.splice(0..0, names.map(str::to_owned));
        for (at, odd) in odd {
            lines.insert(at.index(lines.len() + 1), odd.to_owned());
        }
        let mut text = lines.join(line_end).replace('|', separator);
        if ends_with_line_end {
            text.push_str(line_end);
        }
        if text.is_empty() {
            text.push('\n');
        }
        let nodes = nodes.map(|nodes| nodes.join("\n") + "\n");
        assert_all_agree(text.as_bytes(), nodes.as_ref().map(String::as_bytes));
    }

    #[test]
    fn the_order_of_the_lines_below_the_first_changes_no_number(mut lines in prop::collection::vec(line(true), 1..60), turn in any::<prop::sample::Index>()) {
        let folder = tempfile::tempdir().unwrap();
        // The first line tells the format, and with words above numbers it would be a header.
        let text = |lines: &[String]| "1 2 3\n".to_owned() + &lines.join("\n").replace('|', " ");
        let first = edges_of(text(&lines).as_bytes()).unwrap();
        let turn = turn.index(lines.len());
        lines.rotate_left(turn);
        lines[..].reverse();
        let other = read_on(3, 50, &write(folder.path(), "edges", text(&lines)), None).unwrap();
        prop_assert_eq!(first.ids.len(), other.ids.len());
        for node in (0..first.ids.len()).map(NodeId::new) {
            prop_assert_eq!(first.ids.id(node), other.ids.id(node));
        }
    }
}

#[test]
fn invalid_bytes_are_reported_with_their_position() {
    for content in [
        &b"1 2\n3 \xff4\n"[..],
        b"a,b\n\xffc,d\n",
        b"1 2 1\n3 4 \xe9\n",
        b"\xef\xbb\xbf1 2\n3 4\n",
        b"1 2\r",
        b"a b\r\r\n",
    ] {
        assert_all_agree(content, None);
    }
    let nul = ["1 2\n".repeat(4000).as_bytes(), b"3 4\0\n"].concat();
    let folder = tempfile::tempdir().unwrap();
    for encoded in [nul.clone(), gzip(&nul)] {
        let edges = write(folder.path(), "edges", encoded);
        let (line, column, _) = read_on(2, 100, &edges, None).unwrap_err();
        assert_eq!((line, column), (4001, 3));
    }
}

#[test]
fn lines_and_ids_beyond_the_limits() {
    let folder = tempfile::tempdir().unwrap();
    let id = "i".repeat(1024);
    let list = edges_of(format!("{id} 1\n").as_bytes()).unwrap();
    assert_eq!(edges_by_id(&list), pairs(&[(&id, "1")]));
    let comment = format!("# {}\n", "long ".repeat(500_000));
    let row = format!("1 {}2\n", " ".repeat(1 << 20));
    for (content, line, column) in [
        (format!("{comment}1 2\n{id}i 2\n"), 3, 1),
        (format!("1 2\n{comment}{row}3\n"), 3, (1 << 20) + 1),
        (format!("1 2\n3\n{row}"), 2, 2),
    ] {
        for encoded in [content.as_bytes().to_vec(), zstd_frame(content.as_bytes())] {
            let edges = write(folder.path(), "edges", encoded);
            for chunk_bytes in [1000, 1 << 18] {
                let (l, c, why) = read_on(2, chunk_bytes, &edges, None).unwrap_err();
                assert_eq!((l, c), (line, column), "{why}");
            }
        }
    }
    // A comment line may be of any length.
    let edges = write(folder.path(), "edges", format!("1 2\n{comment}3 4\n{comment}"));
    assert_eq!(read_on(2, 1000, &edges, None).unwrap().edge_count(), 2);
}

/// Ids that share a hash are distinguished by their bytes, in look-ups and in the order of the nodes.
#[test]
fn ids_with_equal_hashes_stay_distinct() {
    let [a, b] = SAME_HASH;
    assert_eq!(key_hash(a.as_bytes()), key_hash(b.as_bytes()));
    for text in [format!("{a} {b}\n{b} {a}\n"), format!("{b} {a}\n{a} {b}\n")] {
        let list = edges_of(text.as_bytes()).unwrap();
        assert_eq!([0, 1].map(|node| list.ids.id(NodeId(node)).into_owned()), [a, b]);
        assert_eq!(
            [a, b, "ugclgndcgbdfadhnq"].map(|id| list.ids.find(id)),
            [Some(NodeId(0)), Some(NodeId(1)), None]
        );
        let expected: Vec<(&str, &str)> = text.lines().map(|line| line.split_once(' ').unwrap()).collect();
        assert_eq!(edges_by_id(&list), pairs(&expected));
    }
    let accounts = AccountTable::from_keys([b, a, b, "c"]);
    assert_eq!(accounts.len(), 3);
    let ids = [a, b].map(|key| accounts.find(key).unwrap());
    assert_eq!((ids[1].0, ids.map(|id| accounts.key(id))), (ids[0].0 + 1, [a, b]));
}

/// Enough ids that every table grows several times, and every dictionary is replaced by the next one in the middle of a
/// file.
#[test]
fn tables_grow_while_threads_fill_them() {
    let folder = tempfile::tempdir().unwrap();
    let number = |i: u64| plaudit::num::mix64(i % 40_000);
    let dense: Vec<String> = (0..100_000).map(|i| format!("{} {}", i * 7 % 50_021, i % 49_999)).collect();
    let gaps: Vec<String> =
        (0..100_000).map(|i| format!("{} {}", i * 7 % 149_993, 149_999 - i * 31 % 99_991)).collect();
    let sparse: Vec<String> = (0..100_000).map(|i| format!("{} {}", number(i), number(3 * i + 1))).collect();
    let texts: Vec<String> =
        (0..100_000).map(|i| format!("C{:x} {:x}{:x}", number(i), number(2 * i), number(i + 5))).collect();
    let mixed = [&dense[..], &sparse, &texts].concat();
    for lines in [dense, gaps, sparse, texts, mixed] {
        let edges = write(folder.path(), "edges", lines.join("\n"));
        let expected: Vec<(String, String)> = lines
            .iter()
            .map(|line| line.split_once(' ').unwrap())
            .map(|(source, target)| (source.to_owned(), target.to_owned()))
            .collect();
        let mut seen = std::collections::HashSet::new();
        let ends = expected.iter().flat_map(|(source, target)| [source, target]);
        let order: Vec<String> = ends.filter(|id| seen.insert(id.as_str())).cloned().collect();
        let numbers = numbered(&order);
        for (threads, chunk_bytes) in [(1, 1 << 18), (2, 5000), (8, 1 << 14)] {
            let list = read_on(threads, chunk_bytes, &edges, None).unwrap();
            assert!(edges_by_id(&list) == expected, "{threads} threads: other edges");
            assert!(by_appearance(&list) == order, "{threads} threads: another order of appearance");
            let ids: Vec<_> = (0..list.ids.len()).map(|node| list.ids.id(NodeId::new(node))).collect();
            assert!(ids == numbers, "{threads} threads: other numbers");
        }
    }
}

#[test]
fn a_pipe_is_read_as_the_file_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let text = "5 6\n".repeat(100_000) + "x 5\n";
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    let writer = thread::spawn({
        let (fifo, text) = (fifo.clone(), text.clone());
        move || std::fs::write(fifo, text).unwrap()
    });
    let piped = read_edge_list(&fifo, None, &EdgeListOptions::default()).unwrap();
    writer.join().unwrap();
    let read = edges_of(text.as_bytes()).unwrap();
    assert_eq!(edges_by_id(&piped), edges_by_id(&read));
    assert_eq!(piped.ids, read.ids);
}
