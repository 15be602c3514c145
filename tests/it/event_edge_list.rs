//! Plain edge lists: every separator, comments, weights, node lists, and the first bad line.

use std::{collections::BTreeMap, path::Path};

use plaudit::event::{EdgeList, EventError, read_edge_list};
use proptest::prelude::*;

use crate::support::events::{gzip, write, zstd_frame};

fn edges_of(content: &[u8]) -> Result<EdgeList, EventError> {
    let folder = tempfile::tempdir().unwrap();
    read_edge_list(&write(folder.path(), "edges", content), None)
}

fn named(list: &EdgeList) -> Vec<(&str, &str)> {
    list.edges
        .iter()
        .map(|&(source, target)| (list.accounts.key(source), list.accounts.key(target)))
        .collect()
}

#[test]
fn separators_are_told_by_the_first_line_and_ids_stay_as_they_are() {
    let expected = [("Ada", "@grace"), ("@grace", "07"), ("Ada", "7")];
    for content in [
        "# note\n% note\nAda @grace\n\n@grace  07 \n  \n Ada\t7",
        "Ada\t@grace\r\n@grace\t07\r\nAda\t7\r\n",
        "\u{feff}Ada,@grace\n@grace, 07\nAda,7\n",
    ] {
        for bytes in [content.as_bytes().to_vec(), gzip(content.as_bytes()), zstd_frame(content.as_bytes())] {
            let list = edges_of(&bytes).unwrap();
            assert_eq!(named(&list), expected, "{content:?}");
            assert_eq!((list.weights, list.accounts.len()), (None, 4));
        }
    }
    let list = edges_of(b"Ada Lovelace,Grace Hopper,2\nx,y,1e-3\n").unwrap();
    assert_eq!(named(&list)[0], ("Ada Lovelace", "Grace Hopper"));
    assert_eq!(list.weights, Some(vec![2.0, 0.001]));
    let list = edges_of(b"# nothing\n").unwrap();
    assert_eq!((list.edges.len(), list.accounts.len(), list.weights), (0, 0, None));
}

#[test]
fn nodes_follow_the_edges_in_order_of_appearance() {
    let folder = tempfile::tempdir().unwrap();
    let edges = write(folder.path(), "edges", "c a\na b\n");
    let nodes = write(folder.path(), "nodes", gzip(b"# id\nz,red\na,blue\nlone,red\n"));
    let list = read_edge_list(&edges, Some(&nodes)).unwrap();
    let mut order: Vec<&str> = list.accounts.iter().map(|(_, key)| key).collect();
    order.sort_by_key(|key| list.accounts.first_seen(list.accounts.find(key).unwrap()));
    assert_eq!(order, ["c", "a", "b", "z", "lone"]);
    assert_eq!(named(&list), [("c", "a"), ("a", "b")]);
    // Where the edges have commas, an id in the list of nodes may have blanks.
    let edges = write(folder.path(), "edges.csv", "Ada Lovelace,b\n");
    let nodes = write(folder.path(), "nodes.csv", "Ada Lovelace\nGrace Hopper\n");
    let list = read_edge_list(&edges, Some(&nodes)).unwrap();
    assert_eq!(list.accounts.len(), 3);
}

#[test]
fn the_first_bad_line_is_the_error() {
    for (content, line, column, why) in [
        ("1 2\n3\n4\n", 2, 2, "found 1 field, expected 2"),
        ("1 2\n\n3 4 5\n", 3, 5, "found 3 fields, expected 2"),
        ("1 2 0.5\n3 4\n", 2, 4, "found 2 fields, expected 3"),
        ("1 2 3 4\n", 1, 7, "found 4 fields, expected 3"),
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
            EventError::BadRow { line: l, column: c, why: w, .. } => {
                assert_eq!((l, c, w.as_str()), (line, column, why));
            }
            error => panic!("{content:?}: {error}"),
        }
    }
    let bad_utf8 = edges_of(b"1 2\n3 \xff\n").unwrap_err();
    assert!(bad_utf8.to_string().ends_with("edges:2:3: the text is not UTF-8"), "{bad_utf8}");
    // Far apart, in different chunks: still the first.
    let filler = "10 20\n".repeat(400_000);
    let text = [filler.as_str(), "x\n", &filler, "y\n"].concat();
    assert!(matches!(edges_of(text.as_bytes()).unwrap_err(), EventError::BadRow { line: 400_001, .. }));
    assert!(matches!(read_edge_list(Path::new("no/such/file"), None), Err(EventError::Missing { .. })));
    assert!(matches!(edges_of(b"").unwrap_err(), EventError::Empty { .. }));
}

proptest! {
    #[test]
    fn agrees_with_splitting_by_hand(rows in prop::collection::vec(("[a-zA-Z0-9@é]{1,6}", "[a-zA-Z0-9@é]{1,6}", 1..1000_u32), 1..60)) {
        let text = rows.iter().map(|(u, v, w)| format!("{u}\t{v}\t{w}\n")).collect::<Vec<_>>().concat();
        let list = edges_of(text.as_bytes()).unwrap();
        let expected: Vec<(&str, &str)> = rows.iter().map(|(u, v, _)| (u.as_str(), v.as_str())).collect();
        prop_assert_eq!(named(&list), expected);
        let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        prop_assert_eq!(list.weights.as_ref(), Some(&weights));
        let mut first = BTreeMap::new();
        for id in rows.iter().flat_map(|(u, v, _)| [u, v]) {
            let next = first.len() as u64;
            first.entry(id.as_str()).or_insert(next);
        }
        let seen: BTreeMap<&str, u64> = list.accounts.iter().map(|(id, key)| (key, list.accounts.first_seen(id))).collect();
        prop_assert_eq!(seen, first);
    }
}
