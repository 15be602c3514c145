//! Every kernel that `plaudit algo` serves gives the same bytes at any thread count.

use std::fmt::{Debug, Write as _};

use plaudit::{
    community::{self, LeidenConfig},
    graph,
    rank::{self, Dangling, HitsConfig, PageRankConfig, Solver, StopRule, Teleport},
    reach::{self, ReachConfig},
};
use xxhash_rust::xxh3::xxh3_64;

use crate::support::{graphs, pools, sandbox::Sandbox};

/// The digest of the `Debug` text of an answer; this text has enough digits to distinguish any two floats.
fn digest(name: &'static str, answer: impl Debug) -> (&'static str, u64) {
    (name, xxh3_64(format!("{answer:?}").as_bytes()))
}

#[test]
fn every_kernel_in_process() {
    // 2^13 nodes and 131,072 edges are more than one chunk for every kernel.
    let edges = graphs::kronecker(13, 16, 7);
    pools::assert_same_on_any_pool(|| {
        let g = graphs::weighted(1 << 13, &edges);
        let pagerank = |solver| {
            let stop = StopRule::Certified { tolerance: 1e-9, max_rounds: 1000 };
            let cfg = PageRankConfig { damping: rank::DAMPING, stop, solver, dangling: Dangling::Teleport };
            rank::pagerank(&g, &Teleport::Uniform, &cfg).unwrap()
        };
        let hits = HitsConfig { tolerance: rank::HITS_TOLERANCE, max_rounds: rank::HITS_MAX_ROUNDS };
        let leiden = LeidenConfig::default();
        let reach =
            ReachConfig { hops: 2, registers: 64, exact_edges: 1000, exact_top: 100, decay: 0.5, seed: 42 };
        let order: Vec<u32> = (0..1 << 13).rev().collect();
        [
            digest("jacobi", pagerank(Solver::Jacobi)),
            digest("gauss-seidel", pagerank(Solver::GaussSeidel)),
            digest("hits", rank::hits(&g, &hits).unwrap()),
            digest("core-numbers", community::core_numbers(&g)),
            digest("components", community::components(&g)),
            digest("leiden", community::leiden(&graph::symmetrize(&g), &leiden)),
            digest("label-propagation", community::label_propagation(&g, &order, 10)),
            digest("reach", reach::reach(&g, &reach).unwrap()),
            digest("stats", graph::stats(&g)),
        ]
    });
}

#[test]
fn every_kernel_through_the_command_line() {
    let sandbox = Sandbox::new();
    let mut text = String::new();
    for (u, v, w) in graphs::kronecker(11, 12, 9) {
        writeln!(text, "user{u} user{v} {w}").unwrap();
    }
    sandbox.write("graph.txt", text);
    for kernel in [
        "pagerank",
        "pagerank --solver gauss-seidel",
        "hits",
        "core-numbers",
        "components",
        "leiden",
        "label-propagation",
        "reach --registers 64 --exact-edges 500",
        "stats",
    ] {
        let mut words: Vec<&str> = kernel.split(' ').collect();
        words.insert(1, "graph.txt");
        let answer = |threads| sandbox.succeed(&[&["algo"], &words[..], &["--threads", threads]].concat());
        let alone = answer("1");
        assert!(alone.lines().count() > 5, "{kernel}");
        for threads in ["2", "3", "8"] {
            assert!(answer(threads) == alone, "{kernel}: {threads} threads answer differently from one");
        }
    }
}
