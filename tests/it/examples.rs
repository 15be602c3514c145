//! The programs of `examples/`: each program prints the results that its introduction derives by hand.

use std::fs;

use crate::support::sandbox::repository;

#[path = "../../examples/build_graph.rs"]
#[expect(dead_code, reason = "`main` is not called here")]
mod build_graph;
#[path = "../../examples/cohort.rs"]
#[expect(dead_code, reason = "`main` is not called here")]
mod cohort;
#[path = "../../examples/leiden.rs"]
#[expect(dead_code, reason = "`main` is not called here")]
mod leiden;
#[path = "../../examples/pagerank.rs"]
#[expect(dead_code, reason = "`main` is not called here")]
mod pagerank;
#[path = "../../examples/reach.rs"]
#[expect(dead_code, reason = "`main` is not called here")]
mod reach;

/// The text that an example prints.
macro_rules! printed {
    ($example:ident) => {{
        let mut out = Vec::new();
        $example::run(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }};
}

#[test]
fn build_graph_adds_up_repeated_edges() {
    let expected = "4 nodes, 3 edges\n\
                    Ada -> Bob, weight 5\nBob -> Cleo, weight 4\nCleo -> Bob, weight 1\n\
                    Ada: 1 out, 0 in\nBob: 1 out, 2 in\nCleo: 1 out, 1 in\nDan: 0 out, 0 in\n";
    assert_eq!(printed!(build_graph), expected);
}

#[test]
fn pagerank_solves_three_equations_by_hand() {
    let expected = "first fan: 0.2500\nsecond fan: 0.2500\nidol: 0.5000\ncertified to 1e-9: true\n";
    assert_eq!(printed!(pagerank), expected);
}

#[test]
fn leiden_finds_the_two_cliques() {
    let expected = "community 0: 0 1 2 3 4\ncommunity 1: 5 6 7 8 9\nmodularity 0.4524\n";
    assert_eq!(printed!(leiden), expected);
}

#[test]
fn reach_counts_two_hops() {
    let expected = "node 0: 0 within one hop, 0 within two\nnode 1: 1 within one hop, 1 within two\n\
                    node 2: 2 within one hop, 3 within two\nnode 3: 0 within one hop, 0 within two\n";
    assert_eq!(printed!(reach), expected);
}

#[test]
fn cohort_prefers_the_audience_that_is_not_shared() {
    let expected = "pick 0: adds 6\npick 8: adds 3\ntogether they reach 9 of 11\n";
    assert_eq!(printed!(cohort), expected);
}

#[test]
fn every_example_is_short_and_has_a_test() {
    let tests = fs::read_to_string(repository().join("tests/it/examples.rs")).unwrap();
    for entry in fs::read_dir(repository().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        let (name, text) = (path.file_stem().unwrap().to_str().unwrap(), fs::read_to_string(&path).unwrap());
        assert!(text.starts_with("//! ") && text.lines().count() <= 60, "{}", path.display());
        assert!(tests.contains(&format!("printed!({name})")), "{} is run by no test", path.display());
    }
}
