//! Files in every form, small enough that their edges are written by hand: each is read right, or refused with its
//! place and a remedy, whole or in chunks of one byte, plain, compressed or from a pipe.

use std::{fmt::Write as _, path::Path, thread};

use plaudit::{
    edge_list::{EdgeList, EdgeListError, EdgeListOptions, read_edge_list},
    event::{Delimiter, Quoting},
    graph::{self, Edge, Weighting, snapshot},
    ids::NodeId,
};

use crate::support::events::{gzip, write, zstd_frame};

const AUTO: EdgeListOptions = EdgeListOptions {
    plain_chunk_bytes: 1 << 18,
    decoded_chunk_bytes: 1 << 18,
    delimiter: None,
    quoting: Quoting::Rfc4180,
    comments: true,
    header: true,
    ignore_weights: false,
};
const TAB: EdgeListOptions = separated(b'\t');
const COMMA: EdgeListOptions = separated(b',');
const SEMICOLON: EdgeListOptions = separated(b';');
const BLANK: EdgeListOptions = EdgeListOptions { delimiter: Some(Delimiter::Blanks), ..AUTO };
const NO_QUOTES: EdgeListOptions = EdgeListOptions { quoting: Quoting::None, ..AUTO };
const NO_COMMENTS: EdgeListOptions = EdgeListOptions { comments: false, ..AUTO };
const NO_HEADER: EdgeListOptions = EdgeListOptions { header: false, ..AUTO };
const TWO_FIELDS: EdgeListOptions = EdgeListOptions { ignore_weights: true, ..AUTO };

const fn separated(delimiter: u8) -> EdgeListOptions {
    EdgeListOptions { delimiter: Some(Delimiter::Byte(delimiter)), ..AUTO }
}

/// The edges as `source>target` or `source>target:weight`, then in brackets the nodes without edges, the header and the
/// number of comments, if there are any.
fn shown(list: &EdgeList) -> String {
    let id = |node: NodeId| list.ids.id(node).into_owned();
    let mut weights = list.weights();
    let mut ends = Vec::new();
    let mut text = String::new();
    for [source, target] in list.edges() {
        ends.extend([source, target]);
        write!(text, "{}>{}", id(source), id(target)).unwrap();
        if let Some(weight) = weights.next() {
            write!(text, ":{weight}").unwrap();
        }
        text.push(' ');
    }
    let mut lone: Vec<String> = (0..list.ids.len())
        .map(NodeId::new)
        .filter(|node| !ends.contains(node))
        .map(|node| format!("[{}] ", id(node)))
        .collect();
    lone.sort();
    text.push_str(&lone.concat());
    for skipped in [&list.skipped, &list.skipped_in_nodes] {
        if let Some(header) = &skipped.header {
            write!(text, "[header {}: {}] ", header.line, header.text).unwrap();
        }
        if skipped.comments > 0 {
            write!(text, "[{} comments] ", skipped.comments).unwrap();
        }
    }
    text.trim_end().to_owned()
}

/// What a file is read as, or `line:column: reason`, or the name of its format.
fn outcome(path: &Path, options: &EdgeListOptions) -> String {
    match read_edge_list(path, None, options) {
        Ok(list) => shown(&list),
        Err(error) => {
            let hint = error.hint().expect("every one of these errors has a remedy");
            assert!(hint.len() > 20, "{hint}");
            match error {
                EdgeListError::BadLine { line, column, why, .. } => format!("{line}:{column}: {why}"),
                EdgeListError::OtherFormat { format, .. } => format.to_owned(),
                error => error.to_string(),
            }
        }
    }
}

/// Reads `content` in all forms, chunk sizes and numbers of threads, which must agree.
fn read_in_all_forms(content: &[u8], options: &EdgeListOptions) -> String {
    let folder = tempfile::tempdir().unwrap();
    let whole = outcome(&write(folder.path(), "whole", content), options);
    for (form, bytes) in [("plain", content.to_vec()), ("gzip", gzip(content)), ("zstd", zstd_frame(content))]
    {
        let path = write(folder.path(), form, bytes);
        for (threads, chunk_bytes) in [(1, 1), (3, 7), (2, 30)] {
            let options = EdgeListOptions {
                plain_chunk_bytes: chunk_bytes,
                decoded_chunk_bytes: chunk_bytes,
                ..*options
            };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let read = pool.install(|| outcome(&path, &options));
            assert_eq!(read, whole, "{form}, {threads} threads, {chunk_bytes} bytes: {content:?}");
        }
    }
    whole
}

fn check(cases: &[(&str, EdgeListOptions, &str)]) {
    for (content, options, expected) in cases {
        assert_eq!(read_in_all_forms(content.as_bytes(), options), *expected, "{content:?}");
        let returned = content.replace('\n', "\r\n");
        assert_eq!(read_in_all_forms(returned.as_bytes(), options), *expected, "{returned:?}");
    }
}

#[test]
fn the_separator_is_certain_or_the_row_is_refused() {
    const BESIDE_TABS: &str = "blanks may separate the fields of this row as well as tabs";
    const BESIDE_COMMAS: &str = "blanks may separate the fields of this row as well as `,`";
    check(&[
        // Numbers between blanks and tabs are numbers.
        ("% asym weighted\n% 3 3 3\n1 2\t5\n2 3\t4\n3 1\t1\n", AUTO, "1>2:5 2>3:4 3>1:1"),
        ("1 2\t5\t9\n", AUTO, "1:7: found 4 fields, expected 3: columns follow the weight"),
        ("1\t2 5\n2\t3 4\n", AUTO, "1>2:5 2>3:4"),
        ("Ada Lovelace\tGrace Hopper\nx\ty z\n", AUTO, "Ada Lovelace>Grace Hopper x>y z"),
        ("Ada Lovelace\tGrace Hopper\t2\n", AUTO, "Ada Lovelace>Grace Hopper:2"),
        ("ada bob\t5\n", AUTO, &format!("1:4: {BESIDE_TABS}")),
        ("ada\tbob 5\n", AUTO, &format!("1:8: {BESIDE_TABS}")),
        ("ada bob\t5\t2020\n", AUTO, &format!("1:4: {BESIDE_TABS}")),
        ("ada bob\t5\n", TAB, "ada bob>5"),
        ("ada bob\t5\n", BLANK, "ada>bob:5"),
        ("ada\tbob\nada bob\t5\n", AUTO, &format!("2:4: {BESIDE_TABS}")),
        ("ada\tbob\nada bob\t5\n", TAB, "ada>bob ada bob>5"),
        ("1\t2\n1 2\t5\n", AUTO, &format!("2:2: {BESIDE_TABS}")),
        ("1\t2\nx\t2 5\n", AUTO, &format!("2:4: {BESIDE_TABS}")),
        // Blanks that separate nothing are parts of ids, in every order of the rows.
        ("a,b\nc,new york\n", AUTO, "a>b c>new york"),
        ("c,new york\na,b\n", AUTO, "c>new york a>b"),
        ("ada\tbob\nAda Lovelace\tBob\n", AUTO, "ada>bob Ada Lovelace>Bob"),
        ("a;b\nNew York;Boston\n", AUTO, "a>b New York>Boston"),
        ("New York;Boston\na;b\n", AUTO, "New York>Boston a>b"),
        ("a,b,1\nnew york,c,2\n", AUTO, "a>b:1 new york>c:2"),
        ("a,b\nnew york,2\n", AUTO, &format!("2:4: {BESIDE_COMMAS}")),
        ("a,b\nx,new york 2\n", AUTO, &format!("2:6: {BESIDE_COMMAS}")),
        ("new york,c\nx,apollo 11\n", AUTO, &format!("2:9: {BESIDE_COMMAS}")),
        ("a;b\nx;apollo 11\n", AUTO, "2:9: blanks may separate the fields of this row as well as `;`"),
        ("a\tb\tx\n1 2\tb\tx\n", TWO_FIELDS, &format!("2:2: {BESIDE_TABS}")),
        ("1 2\tb\n", AUTO, &format!("1:2: {BESIDE_TABS}")),
        ("a,b\nc,new york\n", COMMA, "a>b c>new york"),
        ("New York,Boston\nParis,Lyon\n", AUTO, "New York>Boston Paris>Lyon"),
        ("a, b\nc ,d\n", AUTO, "a>b c>d"),
        ("1 2,5\n", AUTO, &format!("1:2: {BESIDE_COMMAS}")),
        ("ada bob,5\n", AUTO, &format!("1:4: {BESIDE_COMMAS}")),
        ("ada bob 0,5\n", AUTO, &format!("1:4: {BESIDE_COMMAS}")),
        ("ada bob,5\n", COMMA, "ada bob>5"),
        // Semicolons and bars are separators unless blanks may be separators too.
        ("a;b\nb;c\n", AUTO, "a>b b>c"),
        ("a|b|2\nb|c|0.5\n", AUTO, "a>b:2 b>c:0.5"),
        ("a; b\n", AUTO, "a>b"),
        ("Ada Lovelace;Grace Hopper\n", AUTO, "Ada Lovelace>Grace Hopper"),
        ("x|a y|b\n", AUTO, "1:4: blanks may separate the fields of this row as well as `|`"),
        ("x|a y|b\n", BLANK, "x|a>y|b"),
        ("x|a y|b 5\n", BLANK, "x|a>y|b:5"),
        ("Ada Lovelace;Bob;friend\n", AUTO, "1:18: the weight `friend` is not a finite number above 0"),
        // Commas may be parts of ids as well. `--ignore-weights` does not decide this.
        ("Smith,J Doe,A\nDoe,A Smith,J\n", AUTO, &format!("1:8: {BESIDE_COMMAS}")),
        ("Smith,J Doe,A\n", TWO_FIELDS, &format!("1:8: {BESIDE_COMMAS}")),
        ("Smith,J Doe,A\n", BLANK, "Smith,J>Doe,A"),
        ("Smith,J Doe,A 5\n", AUTO, &format!("1:8: {BESIDE_COMMAS}")),
        ("Smith,J,Jr Doe,A,Sr\n", TWO_FIELDS, &format!("1:11: {BESIDE_COMMAS}")),
        ("a,New York,b\n", TWO_FIELDS, &format!("1:6: {BESIDE_COMMAS}")),
        ("a,New York,5\n", AUTO, "a>New York:5"),
        ("a, b, c\n", TWO_FIELDS, "a>b"),
        ("a; b; c\n", TWO_FIELDS, "a>b"),
        ("person, friend, count\n1, 2, 3\n", AUTO, "1>2:3 [header 1: person, friend, count]"),
        ("ada,bob,hello world\n", TWO_FIELDS, "ada>bob"),
        ("x|1 y|2\n", AUTO, "1:4: blanks may separate the fields of this row as well as `|`"),
        ("x|1 y|2\n", BLANK, "x|1>y|2"),
        ("a;b;0,5\n", AUTO, "1:2: both `,` and `;` may separate the fields of this row"),
        ("a;b;0,5\n", SEMICOLON, "1:5: the weight `0,5` is not a finite number above 0"),
        ("a;b;0,5\n", EdgeListOptions { ignore_weights: true, ..SEMICOLON }, "a>b"),
        ("a b\nc;d\n", AUTO, "2:4: found 1 field, expected 2"),
    ]);
}

#[test]
fn quotes_come_off() {
    const STRAY: &str = "a quote stands inside a field or after a blank, or text follows a closing quote";
    check(&[
        ("\"ada\",\"bo\"\n\"bo\",\"cy\"\nada,cy\n", AUTO, "ada>bo bo>cy ada>cy"),
        ("\"12\" \"3\"\n12 \"4\"\n", AUTO, "12>3 12>4"),
        ("1 2\n\"2\" 3\n\"x\" 1\n", AUTO, "1>2 2>3 x>1"),
        ("\"a b\"\t\"c\td\"\t\"2.5\"\n", AUTO, "a b>c\td:2.5"),
        ("\"a b\" c\nc \"a b\"\n", AUTO, "a b>c c>a b"),
        ("\"a,b\",\"c;d\"\nx,\"y z\"\n", AUTO, "a,b>c;d x>y z"),
        ("\"#rust\",ada\n\"#go\",ada\n", AUTO, "#rust>ada #go>ada"),
        (
            "\"an id of more than sixteen bytes\",b\nb,\"an id of more than sixteen bytes\"\n",
            AUTO,
            "an id of more than sixteen bytes>b b>an id of more than sixteen bytes",
        ),
        // A separator in quotes separates nothing.
        ("\"a, b\" c\nc \"a, b\"\n", AUTO, "a, b>c c>a, b"),
        ("x \"a,b\"\n\"a,b\" x\n", AUTO, "x>a,b a,b>x"),
        ("x \"a\tb\"\n", AUTO, "x>a\tb"),
        ("a\"b,c\n", AUTO, "a\"b>c"),
        ("a,\"b c, d; e\"\n", AUTO, "a>b c, d; e"),
        ("cy, \"di\"\n", AUTO, &format!("1:5: {STRAY}")),
        // Inside a field that begins otherwise, a quote is a letter.
        ("5\" 6\"\nthe_\"best\"_of_all a\n", AUTO, "5\">6\" the_\"best\"_of_all>a"),
        ("\"ada,bo\ncy,\"di\"\n", AUTO, "1:1: the quote that opens here is never closed"),
        ("a,b\ncy,\"di\na,b\"\n", AUTO, "2:4: the quote that opens here is never closed"),
        ("a,b\n\"cy\"x,di\n", AUTO, &format!("2:5: {STRAY}")),
        ("a,b\ncy, \"di\"\n", AUTO, &format!("2:5: {STRAY}")),
        (
            "a b\n\"the \"\"best\"\"\" c\n",
            AUTO,
            "2:2: an id holds a doubled quote, which stands for one quote",
        ),
        ("a,b\n\"\",c\n", AUTO, "2:2: the id is empty"),
        ("\"a\",b\nb,\"a\n", NO_QUOTES, "\"a\">b b>\"a"),
    ]);
}

#[test]
fn a_row_of_names_is_a_header() {
    check(&[
        ("source,target,weight\na,b,2\n", AUTO, "a>b:2 [header 1: source,target,weight]"),
        (
            "# c\n\n\"from\",\"to\"\n# d\n\"a\",\"b\"\n# e\n",
            AUTO,
            "a>b [header 3: \"from\",\"to\"] [1 comments]",
        ),
        ("from to\na b\n", AUTO, "a>b [header 1: from to]"),
        ("FromNodeId\tToNodeId\n1\t2\n", AUTO, "1>2 [header 1: FromNodeId\tToNodeId]"),
        ("From Node\tTo Node\na\tb\n", AUTO, "a>b [header 1: From Node\tTo Node]"),
        ("Source;Target\nx;y\n", AUTO, "x>y [header 1: Source;Target]"),
        (":START_ID,:END_ID\nx,y\n", AUTO, "x>y [header 1: :START_ID,:END_ID]"),
        ("person friend\n1 2\n", AUTO, "1>2 [header 1: person friend]"),
        ("person friend\na 2\n", AUTO, "person>friend a>2"),
        ("1 friend\n1 2\n", AUTO, "1>friend 1>2"),
        ("a b\nsource target\n", AUTO, "a>b source>target"),
        ("target,source\na,b\n", AUTO, "1:1: the columns hold the target first and the source second"),
        ("To\tFrom\na\tb\n", AUTO, "1:1: the columns hold the target first and the source second"),
        ("target,source\na,b\n", NO_HEADER, "target>source a>b"),
        ("source,target\n", AUTO, "[header 1: source,target]"),
        ("source,b\n", AUTO, "source>b"),
        ("Source;Target;Type\na;b;Directed\n", AUTO, "1:15: the third column is `Type`, not a weight"),
        ("Source;Target;Type\na;b;Directed\n", TWO_FIELDS, "a>b [header 1: Source;Target;Type]"),
        ("id,source,target\n1,5,7\n", AUTO, "1:11: the third column is `target`, not a weight"),
        (",source,target\n0,5,7\n", AUTO, "1:1: the id is empty"),
        ("source,target,time,text\n1,2,3,x\n", AUTO, "1:15: the third column is `time`, not a weight"),
        // R's `write.table` with names of rows.
        ("\"from\" \"to\"\n\"1\" \"a\" \"7\"\n", AUTO, "2:10: found 3 fields, the header names 2 columns"),
        ("from\tto\n1 2\t5\n", AUTO, "2:2: blanks may separate the fields of this row as well as tabs"),
    ]);
}

/// Names that may as well be ids: the row is an edge.
#[test]
fn a_row_of_ids_is_no_header() {
    check(&[
        ("user1 user2\nuser2 user3\n", AUTO, "user1>user2 user2>user3"),
        ("user_1,user_2\nada,user_17\n", AUTO, "user_1>user_2 ada>user_17"),
        ("NodeA;NodeB\nNodeB;NodeC\n", AUTO, "NodeA>NodeB NodeB>NodeC"),
        ("id1 id2\n", AUTO, "id1>id2"),
        ("user1,user2\nada,bo\n", AUTO, "ada>bo [header 1: user1,user2]"),
        ("node1,node2\n7,8\n", AUTO, "7>8 [header 1: node1,node2]"),
        ("user1,user2\nid7,id8\n", AUTO, "id7>id8 [header 1: user1,user2]"),
        ("userA,userB\nuserland,user_name\n", AUTO, "userland>user_name [header 1: userA,userB]"),
        // A third field that is a number is a weight.
        ("user1,user2,5\nada,bo,2\n", AUTO, "user1>user2:5 ada>bo:2"),
        ("source,target,5\n1,2,3\n", AUTO, "source>target:5 1>2:3"),
        // Numbers of any form are no names, and hexadecimal numbers may be ids.
        ("1.0 2.0\n1 3\n", AUTO, "1.0>2.0 1>3"),
        ("1e5 x\n1 3\n", AUTO, "1e5>x 1>3"),
        ("a1 b2\n10 20\n", AUTO, "a1>b2 10>20"),
        ("0xA1 0xff\n10 20\n", AUTO, "0xA1>0xff 10>20"),
        ("ax b2\n10 20\n", AUTO, "10>20 [header 1: ax b2]"),
        ("source target\n1 2\n", NO_HEADER, "source>target 1>2"),
        ("person,friend\n1,2\n", NO_HEADER, "person>friend 1>2"),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let (edges, nodes) = (write(folder.path(), "edges", "a b\n"), write(folder.path(), "nodes", "id\na\n"));
    for (options, expected) in [(AUTO, "a>b [header 1: id]"), (NO_HEADER, "a>b [id]")] {
        assert_eq!(shown(&read_edge_list(&edges, Some(&nodes), &options).unwrap()), expected);
    }
}

#[test]
fn files_of_other_formats_are_refused_by_name() {
    let name = |content: &str| {
        let refused = read_in_all_forms(content.as_bytes(), &AUTO);
        assert!(!refused.contains('>'), "{content:?} is read: {refused}");
        refused
    };
    for (content, expected) in [
        ("*Vertices 2\n1 \"a\"\n2 \"b\"\n*Edges\n1 2\n", "Pajek"),
        ("*Network x\n*Vertices 2\n", "Pajek"),
        ("graph [\n  node [\n", "GML"),
        ("Creator \"igraph\"\nVersion 1\ngraph\n[\n", "GML"),
        ("graph\n[\n", "GML"),
        ("digraph x {\n  a -> b\n}\n", "DOT"),
        ("graph {\n  a -- b\n}\n", "DOT"),
        ("strict digraph {\n", "DOT"),
        ("<?xml version=\"1.0\"?>\n<gexf>\n", "XML"),
        ("<graphml>\n", "XML"),
        ("<gexf>\n", "XML"),
        ("{\"nodes\": [], \"links\": []}\n", "JSON"),
        ("[\n  {\"source\": 1, \"target\": 2}\n]\n", "JSON"),
        ("[[1,2],[2,3]]\n", "JSON"),
        ("dl n=3 format=edgelist1\ndata:\n1 2\n", "UCINET"),
        ("DL\nN = 3\n", "UCINET"),
        ("% bip unweighted\n1 1\n2 1\n", "bipartite"),
    ] {
        assert!(name(content).contains(expected), "{content:?}: {}", name(content));
    }
    // Words and brackets that are ids.
    check(&[
        ("[deleted] bob\n[deleted],x y\n", AUTO, "[deleted]>bob [deleted],x>y"),
        ("graph theory\ndigraph theory\n", AUTO, "graph>theory digraph>theory"),
        ("{a} {b}\n", AUTO, "{a}>{b}"),
        ("dl x\n", AUTO, "dl>x"),
    ]);
    let edges = vec![Edge { source: NodeId(0), target: NodeId(1), weight: 1 }];
    let mut bytes = Vec::new();
    snapshot::write(&graph::build(2, edges, Weighting::Unweighted), &mut bytes).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "graph.plaudit", bytes);
    assert_eq!(outcome(&path, &AUTO), "a snapshot of plaudit's graph, not an edge list");
}

#[test]
fn matrix_market_files_that_list_all_entries_are_read() {
    let read = |kind: &str, rest: &str| {
        read_in_all_forms(format!("%%MatrixMarket matrix {kind}\n% note\n{rest}").as_bytes(), &AUTO)
    };
    // Node 3 has no entry, but the matrix has it.
    assert_eq!(read("coordinate real general", "3 3 2\n1 2 0.5\n2 1 4\n"), "1>2:0.5 2>1:4 [3]");
    assert_eq!(read("coordinate integer general", "2 2 1\n\n1 2 3\n"), "1>2:3");
    assert_eq!(read("Coordinate Pattern General", "3 3 2\n1 2\n3 1\n"), "1>2 3>1");
    // Weights that look like times are weights here, since the format says so.
    assert_eq!(read("coordinate real general", "2 2 1\n1 2 1700000000\n"), "1>2:1700000000");
    for (kind, rest, expected) in [
        (
            "coordinate pattern general",
            "3 3 3\n1 2\n3 1\n",
            "3:1: the line promises 3 entries, the file has 2",
        ),
        ("coordinate pattern general", "3 3 1\n1 4\n", "3:1: an entry is outside of the 3 rows and columns"),
        ("coordinate pattern general", "3 3 1\n0 1\n", "3:1: an entry is outside of the 3 rows and columns"),
        ("coordinate pattern general", "3 3 1\na 1\n", "3:1: an entry is outside of the 3 rows and columns"),
        (
            "coordinate pattern general",
            "9999999999 9999999999 1\n1 2\n",
            "3:1: 9999999999 rows are too many for 1 entries",
        ),
        (
            "coordinate pattern general",
            "1 2\n",
            "3:1: the line is not `rows columns entries`, the sizes of the matrix",
        ),
        ("coordinate pattern general", "3 3 1\n1 2 5\n", "4:5: found 3 fields, expected 2"),
        ("coordinate real general", "3 3 1\n1 2\n", "4:4: found 2 fields, expected 3"),
    ] {
        assert_eq!(read(kind, rest), expected);
    }
    for (kind, rest, expected) in [
        ("coordinate pattern symmetric", "2 2 1\n2 1\n", "symmetric"),
        ("coordinate real skew-symmetric", "2 2 1\n2 1 1\n", "skew-symmetric"),
        ("coordinate complex general", "2 2 1\n2 1 1 0\n", "complex"),
        ("coordinate complex hermitian", "2 2 1\n2 1 1 0\n", "complex"),
        ("array real general", "2 2\n1\n2\n3\n4\n", "array"),
        ("vector", "2\n", "unknown kind"),
        ("coordinate pattern general", "2 3 1\n2 1\n", "rectangular"),
    ] {
        assert!(read(kind, rest).contains(expected), "{kind}: {}", read(kind, rest));
    }
}

#[test]
fn a_third_column_of_times_is_no_weight() {
    const TIMES: &str = "the third column, which begins here, holds times: days such as 20240131, or seconds, \
                         milliseconds, microseconds or nanoseconds since 1970";
    let times = |at: &str| format!("{at}: {TIMES}");
    check(&[
        ("1 2 1700000000\n2 3 1700000001\n", AUTO, &times("1:5")),
        ("# t\na,b,1700000000123\nb,a,946684800000\n", AUTO, &times("2:5")),
        ("a\tb\t1700000000123456789\n", AUTO, &times("1:5")),
        ("x y w\n1 2 1700000000\n", AUTO, &times("2:5")),
        ("1 2 1700000000.5\n2 3 1700000000.25\n", AUTO, &times("1:5")),
        ("1 2 1700000000.5\n", AUTO, &times("1:5")),
        ("1 2 1700000000\n2 3 1700000000123\n", AUTO, &times("1:5")),
        ("1 2 100000000\n2 3 123456789\n", AUTO, &times("1:5")),
        ("1 2 20240229\n2 3 19991231\n", AUTO, &times("1:5")),
        ("1 2 20240229\n", AUTO, &times("1:5")),
        // Not all are times, or none is.
        ("1 2 1700000000\n2 3 1\n", AUTO, "1>2:1700000000 2>3:1"),
        ("1 2 20240229\n2 3 20230229\n", AUTO, "1>2:20240229 2>3:20230229"),
        ("1 2 20240229\n2 3 20241301\n", AUTO, "1>2:20240229 2>3:20241301"),
        ("1 2 20240101.5\n", AUTO, "1>2:20240101.5"),
        ("1 2 99999999\n2 3 1700000000\n", AUTO, "1>2:99999999 2>3:1700000000"),
        ("1 2 4294967296\n2 3 4294967296\n", AUTO, "1>2:4294967296 2>3:4294967296"),
        ("1 2 2012\n2 3 2013\n", AUTO, "1>2:2012 2>3:2013"),
        // One number below 2000 is a weight.
        ("a b 500000000\n", AUTO, "a>b:500000000"),
        ("1 2 946684799\n", AUTO, "1>2:946684799"),
        ("1 2 19991231\n", AUTO, "1>2:19991231"),
        ("1 2 1700000000\n2 3 1700000001\n", TWO_FIELDS, "1>2 2>3"),
        ("1 2 1 1700000000\n2 3 1 1700000001\n1 2\n", TWO_FIELDS, "1>2 2>3 1>2"),
        ("a,b,x,\"one, two\",y\nb,a,\"z\"\nc,a,5\" tall\n", TWO_FIELDS, "a>b b>a c>a"),
        ("a,b,1\nb\n", TWO_FIELDS, "2:2: found 1 field, expected 2"),
    ]);
    // One number of a hundred may be no time, wherever it stands.
    let rows = |times: usize, others: usize| "1 2 7\n".repeat(others) + &"1 2 1700000000\n".repeat(times);
    for (text, is_refused) in [
        (rows(99, 1), true),
        (rows(98, 1), false),
        (rows(198, 2), true),
        (rows(197, 3), false),
        ("1 2 1700000000\n".repeat(99) + "1 2 7\n", true),
        ("1 2 1700000000\n".repeat(98) + "1 2 7\n", false),
    ] {
        assert_eq!(read_in_all_forms(text.as_bytes(), &AUTO) == times("1:5"), is_refused, "{text}");
    }
}

#[test]
fn comments_behind_the_first_edge_are_counted_or_read() {
    check(&[
        ("ada,bo\n#rust,ada\nbo,#rust\n#rust,bo\n#rust,#go\n", AUTO, "ada>bo bo>#rust [3 comments]"),
        (
            "ada,bo\n#rust,ada\nbo,#rust\n#rust,bo\n#rust,#go\n",
            NO_COMMENTS,
            "ada>bo #rust>ada bo>#rust #rust>bo #rust>#go",
        ),
        ("#a b\n%a b\n1 2\n\n# x\n%\n\n#\n3 4\n# end", AUTO, "1>2 3>4 [4 comments]"),
        ("#a b\n%a b\n", NO_COMMENTS, "#a>b %a>b"),
        ("1 2\n\n   \n3 4\n\n", AUTO, "1>2 3>4"),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let edges = write(folder.path(), "edges", "a b\n# x\n");
    let nodes = write(folder.path(), "nodes", "# all\nId,Name\n# y\na,A\n# z\n#lone,L\n");
    for (options, expected) in [
        (AUTO, "a>b [1 comments] [header 2: Id,Name] [2 comments]"),
        (TWO_FIELDS, "a>b [1 comments] [header 2: Id,Name] [2 comments]"),
    ] {
        let list = read_edge_list(&edges, Some(&nodes), &options).unwrap();
        assert_eq!(shown(&list), expected);
    }
}

/// A long comment or a long row before the second row is cut by the reader of plain files; positions stay right.
#[test]
fn long_lines_at_the_head_move_nothing() {
    let comment = format!("# {}\n", "long ".repeat(500_000));
    let folder = tempfile::tempdir().unwrap();
    for (content, expected) in [
        (
            format!("{comment}source target\n{comment}1 2\n{comment}3 4\n"),
            "1>2 3>4 [header 2: source target] [1 comments]",
        ),
        (format!("a b\n{comment}{comment}\"c d\" e\n"), "a>b c d>e [2 comments]"),
        (format!("{comment}a b\n{comment}c\n"), "4:2: found 1 field, expected 2"),
    ] {
        for (form, bytes) in
            [("plain", content.as_bytes().to_vec()), ("zstd", zstd_frame(content.as_bytes()))]
        {
            let path = write(folder.path(), form, bytes);
            for chunk_bytes in [1000, 1 << 18] {
                let options = EdgeListOptions {
                    plain_chunk_bytes: chunk_bytes,
                    decoded_chunk_bytes: chunk_bytes,
                    ..AUTO
                };
                assert_eq!(outcome(&path, &options), expected, "{form}, {chunk_bytes} bytes");
            }
        }
    }
}

#[test]
fn a_pipe_with_a_header_is_read_as_the_file_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let text = "source,target\n".to_owned() + &"\"5\",6\n# c\n".repeat(50_000);
    let file = write(folder.path(), "file", &text);
    let fifo = folder.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let writer = thread::spawn({
        let fifo = fifo.clone();
        move || std::fs::write(fifo, text).unwrap()
    });
    let [piped, read] = [&fifo, &file].map(|path| read_edge_list(path, None, &AUTO).unwrap());
    writer.join().unwrap();
    assert_eq!((piped.edge_count(), read.edge_count()), (50_000, 50_000));
    assert_eq!(piped.skipped, read.skipped);
    assert_eq!((read.skipped.comments, read.skipped.header.map(|header| header.line)), (50_000, Some(1)));
}
