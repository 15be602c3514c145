//! Compressed rows hold the same graph as plain ones in fewer bytes, and every kernel gives the same answers.

use petgraph::{
    Direction::{Incoming, Outgoing},
    algo,
    visit::{EdgeRef, GetAdjacencyMatrix, IntoEdgeReferences, IntoEdges, IntoNeighborsDirected},
};
use plaudit::{
    community,
    graph::{self, BuildConfig, Directions, Edge, EdgeBlock, Graph, Storage, Weighting, snapshot},
    ids::NodeId,
    num,
    rank::{self, Teleport},
    reach::{self, ReachConfig},
};
use proptest::prelude::*;

use crate::support::{
    graphs,
    pools::assert_same_on_any_pool,
    sandbox::{Sandbox, files_below},
};

const FIXED: Weighting = Weighting::FixedPoint { unit_log2: 0 };

fn built(n: usize, edges: &[(u32, u32, u64)], weighting: Weighting, storage: Storage) -> Graph {
    let edge = |&(u, v, weight): &(u32, u32, u64)| Edge { source: NodeId(u), target: NodeId(v), weight };
    let blocks = edges.chunks(1000).map(|edges| EdgeBlock::from(edges.iter().map(edge).collect::<Vec<_>>()));
    let numbers: Vec<NodeId> = (0..n).map(NodeId::new).collect();
    let cfg = BuildConfig { directions: Directions::AsWritten, weighting, storage };
    graph::build_blocks(n, blocks.collect(), &numbers, &cfg)
}

fn both(n: usize, edges: &[(u32, u32, u64)], weighting: Weighting) -> [Graph; 2] {
    let both = [Storage::Plain, Storage::Compressed].map(|storage| built(n, edges, weighting, storage));
    assert_eq!([Storage::Plain, Storage::Compressed], both.each_ref().map(Graph::storage));
    both
}

/// A row: its number of edges, the edges, and its strength.
type ListedRow = (usize, Vec<(u32, u32)>, u64);

/// The rows of both directions in order.
fn listed(g: &Graph) -> Vec<ListedRow> {
    let mut list = Vec::new();
    for rows in [g.out_edges(), g.in_edges()] {
        let mut reader = rows.rows();
        for u in g.nodes() {
            let row: Vec<(u32, u32)> = reader.row(u).iter().map(|(v, w)| (v.0, w)).collect();
            let targets: Vec<u32> = reader.neighbors(u).iter().map(|v| v.0).collect();
            assert_eq!(targets, row.iter().map(|edge| edge.0).collect::<Vec<_>>());
            list.push((rows.degree(u), row, rows.strength(u)));
        }
    }
    list
}

/// A graph with hubs of many blocks in both directions, isolated nodes, self-loops, repeated edges, and weights of all
/// lengths in bytes.
fn uneven() -> (usize, Vec<(u32, u32, u64)>) {
    let mut edges = graphs::skewed_edges(4000, 40_000, 5);
    let weight = |i: u32| 1 + num::random(9, 0, i.into(), 0) % (1 << (i % 30));
    edges.extend((0..3990).map(|v| (17, v, weight(v))));
    edges.extend((0..3990).step_by(2).map(|u| (u, 3000, weight(u))));
    (4000, edges)
}

fn snapshot_of(g: &Graph) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot::write(g, &mut bytes).unwrap();
    bytes
}

proptest! {
    #[test]
    fn any_graph_is_the_same_in_both_storages((n, edges) in graphs::any_edges()) {
        for weighting in [Weighting::Unweighted, FIXED] {
            let [plain, compressed] = both(n, &edges, weighting);
            prop_assert_eq!(compressed.check(), Ok(()));
            prop_assert_eq!(listed(&compressed), listed(&plain));
            prop_assert_eq!(compressed.weight_unit().to_bits(), plain.weight_unit().to_bits());
            prop_assert_eq!(snapshot_of(&compressed), snapshot_of(&plain));
            prop_assert_eq!(listed(&compressed)[n..].to_vec(), listed_rows(&graph::transpose(compressed.out_edges())));
        }
    }

    #[test]
    fn petgraph_sees_the_same_graph((n, edges) in graphs::any_edges()) {
        let [plain, compressed] = both(n, &edges, FIXED);
        prop_assert!((&compressed).edge_references().eq((&plain).edge_references()));
        prop_assert_eq!(algo::tarjan_scc(&compressed), algo::tarjan_scc(&plain));
        let distances = |g: &Graph| algo::dijkstra(g, NodeId(0), None, |edge| u64::from(*edge.weight()));
        prop_assert_eq!(distances(&compressed), distances(&plain));
        for u in plain.nodes() {
            for direction in [Outgoing, Incoming] {
                prop_assert!((&compressed).neighbors_directed(u, direction).eq((&plain).neighbors_directed(u, direction)));
            }
            prop_assert_eq!((&compressed).edges(u).size_hint(), (&plain).edges(u).size_hint());
            prop_assert!(plain.nodes().all(|v| compressed.is_adjacent(&(), u, v) == plain.is_adjacent(&(), u, v)));
        }
    }
}

fn listed_rows(rows: &graph::Csr) -> Vec<ListedRow> {
    let mut reader = rows.rows();
    let mut row =
        |u| (rows.degree(u), reader.row(u).iter().map(|(v, w)| (v.0, w)).collect(), rows.strength(u));
    (0..rows.node_count()).map(|u| row(NodeId::new(u))).collect()
}

#[test]
fn large_weights_are_scaled_alike_in_both_storages() {
    for edges in [
        vec![(0, 1, 1 << 40), (1, 0, 1 << 20), (1, 1, 1)],
        vec![(0, 1, u64::MAX), (0, 1, 5), (2, 0, 3)],
        (0..3000).map(|i| (i % 50, i / 50, u64::from(u32::MAX))).collect(),
    ] {
        let [plain, compressed] = both(60, &edges, FIXED);
        assert_eq!(compressed.weight_unit().to_bits(), plain.weight_unit().to_bits());
        assert_eq!(listed(&compressed), listed(&plain));
    }
}

#[test]
fn undirected_graphs_are_the_same_in_both_storages() {
    let (n, edges) = uneven();
    let numbers: Vec<NodeId> = (0..n).map(NodeId::new).collect();
    let edge = |&(u, v, weight): &(u32, u32, u64)| Edge { source: NodeId(u), target: NodeId(v), weight };
    let block: EdgeBlock = edges.iter().map(edge).collect::<Vec<_>>().into();
    let [plain, compressed] = [Storage::Plain, Storage::Compressed].map(|storage| {
        let cfg = BuildConfig { directions: Directions::Both, weighting: FIXED, storage };
        graph::build_blocks(n, vec![block.clone()], &numbers, &cfg)
    });
    assert_eq!(listed(&compressed), listed(&plain));
}

#[test]
fn every_kernel_gives_the_same_bits_in_both_storages_at_any_thread_count() {
    let (n, edges) = uneven();
    for weighting in [Weighting::Unweighted, FIXED] {
        let mut answers = Vec::new();
        for storage in [Storage::Plain, Storage::Compressed] {
            // Audiences ignore weights. For one of the two graphs, the audiences of all nodes are counted exactly,
            // which takes longest.
            let exact_edges = if weighting == FIXED { [50, 100_000] } else { [0, 50] };
            let answer = || all_answers(&built(n, &edges, weighting, storage), exact_edges);
            answers.push(assert_same_on_any_pool(answer));
        }
        assert_eq!(answers[0], answers[1], "{weighting:?}");
    }
}

/// The answers of every kernel, floats as bits.
fn all_answers(g: &Graph, exact_edges: [u64; 2]) -> Vec<Vec<u64>> {
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
    let nodes = |values: &[NodeId]| values.iter().map(|node| node.0.into()).collect::<Vec<u64>>();
    let words = |values: &[u32]| values.iter().map(|&value| value.into()).collect::<Vec<u64>>();
    let mut answers = Vec::new();
    for solver in [rank::Solver::GaussSeidel, rank::Solver::Jacobi] {
        for stop in
            [rank::StopRule::Certified { tolerance: 1e-9, max_rounds: 1000 }, rank::StopRule::Rounds(7)]
        {
            let dangling = rank::Dangling::Teleport;
            let cfg = rank::PageRankConfig { damping: 0.85, stop, solver, dangling };
            let ranks = rank::pagerank(g, &Teleport::Uniform, &cfg).unwrap();
            answers.push(bits(&ranks.score));
            answers.push(vec![
                ranks.rounds.into(),
                ranks.error_bound.to_bits(),
                rank::weight_rounding_bound(g, &ranks, 0.85, 1.0).to_bits(),
            ]);
        }
    }
    let hits = rank::hits(g, &rank::HitsConfig { tolerance: 1e-9, max_rounds: 1000 }).unwrap();
    answers.extend([bits(&hits.hub), bits(&hits.authority)]);
    answers.push(words(&community::core_numbers(g).core));
    answers.push(nodes(&community::components(g).label));
    let order: Vec<u32> = (0..g.node_count() as u32).rev().collect();
    answers.push(nodes(&community::label_propagation(g, &order, 5)));
    let cfg = community::LeidenConfig::default();
    let partition = community::leiden(&graph::symmetrize(g), &cfg);
    answers.push(partition.community.iter().map(|community| community.0.into()).collect());
    let shapes = community::shapes(g, &partition.community, partition.count);
    answers.push(shapes.iter().flat_map(|shape| [shape.internal_weight, shape.external_weight]).collect());
    let reach_config =
        ReachConfig { hops: 4, registers: 64, exact_edges: 0, exact_top: 20, decay: 0.5, seed: 1 };
    for exact_edges in exact_edges {
        let found = reach::reach(g, &ReachConfig { exact_edges, ..reach_config }).unwrap();
        answers.extend([bits(&found.estimate), bits(&found.low), bits(&found.high)]);
        answers.push(bits(&found.decayed.estimate));
    }
    answers.push(format!("{:?}", graph::stats(g)).bytes().map(u64::from).collect());
    answers.push(
        snapshot_of(g).chunks(8).map(|word| word.iter().fold(0, |sum, &b| sum << 8 | u64::from(b))).collect(),
    );
    answers.push(vec![g.out_edges().edge_digest(false), g.in_edges().edge_digest(true)]);
    answers
}

#[test]
fn a_graph_of_several_build_passes_is_smaller_when_compressed() {
    let edges = graphs::kronecker(14, 16, 3);
    let [plain, compressed] = both(1 << 14, &edges, Weighting::Unweighted);
    assert_eq!(compressed.check(), Ok(()));
    assert!(3 * compressed.bytes() < 2 * plain.bytes(), "{} of {} bytes", compressed.bytes(), plain.bytes());
    assert!(compressed.bytes() <= size(&compressed, None).held_bytes(Storage::Compressed));
    assert_eq!(plain.bytes(), size(&plain, None).held_bytes(Storage::Plain));
    let [plain, compressed] = both(1 << 14, &edges, FIXED);
    let total: u128 = plain.out_edges().strengths().into_iter().map(u128::from).sum();
    assert!(3 * compressed.bytes() < 2 * plain.bytes(), "{} of {} bytes", compressed.bytes(), plain.bytes());
    assert!(compressed.bytes() <= size(&compressed, Some(total)).held_bytes(Storage::Compressed));
    assert_eq!(plain.bytes(), size(&plain, Some(total)).held_bytes(Storage::Plain));
}

fn size(g: &Graph, total_weight: Option<u128>) -> graph::GraphSize {
    let node_count = g.node_count() as u64;
    graph::GraphSize {
        node_count,
        edge_count: g.edge_count(),
        listed_count: g.edge_count(),
        total_weight,
        longest_row: node_count,
    }
}

proptest! {
    #[test]
    fn compressed_rows_stay_within_the_estimate((n, edges) in graphs::any_edges()) {
        let [_, compressed] = both(n, &edges, FIXED);
        let total = compressed.out_edges().strengths().into_iter().map(u128::from).sum();
        prop_assert!(compressed.bytes() <= size(&compressed, Some(total)).held_bytes(Storage::Compressed));
        let [_, compressed] = both(n, &edges, Weighting::Unweighted);
        prop_assert!(compressed.bytes() <= size(&compressed, None).held_bytes(Storage::Compressed));
    }
}

#[test]
fn a_memory_limit_compresses_the_graph_and_changes_no_byte_of_the_answer() {
    let sandbox = Sandbox::new();
    let edges = graphs::kronecker(15, 16, 4);
    let lines: Vec<String> = edges.iter().map(|(u, v, w)| format!("{u} {v} {w}\n")).collect();
    let list = lines.concat();
    sandbox.write("graph.txt", list);
    let given = ["algo", "pagerank", "graph.txt", "--threads", "2", "--timings", "t.json"];
    // `None` if the limit is too low even for compressed storage.
    let storage = |limit: &[&str], answer: &str| {
        let outcome = sandbox.plaudit(&[&given, limit, &["-o", answer]].concat());
        if outcome.code == Some(1) {
            assert!(outcome.stderr.contains("raise `--memory-limit`"), "{}", outcome.stderr);
            return None;
        }
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        let timings: serde_json::Value = serde_json::from_str(&sandbox.read("t.json")).unwrap();
        Some((timings["form"].as_str().unwrap().to_owned(), timings["graph_bytes"].as_u64().unwrap()))
    };
    let plain = storage(&[], "plain.csv");
    assert_eq!(plain, storage(&["--memory-limit", "1TiB"], "plain.csv"));
    assert_eq!(storage(&["--memory-limit", "1KiB"], "none.csv"), None);
    let (word, plain_bytes) = plain.unwrap();
    assert_eq!(word, "plain");
    // Searches a limit between the largest refused one and the memory that a plain graph takes. Memory use varies a
    // little from run to run.
    let (mut low, mut high) = (1_u64, 1 << 20);
    let compressed_bytes = loop {
        let limit = u64::midpoint(low, high);
        assert!(low < limit, "no limit between {low} and {high} KiB packs the graph");
        match storage(&["--memory-limit", &format!("{limit}KiB")], "compressed.csv") {
            None => low = limit,
            Some((word, _)) if word == "plain" => high = limit,
            Some((_, bytes)) => break bytes,
        }
    };
    assert!(compressed_bytes < plain_bytes, "{compressed_bytes} and {plain_bytes} bytes");
    assert!(sandbox.read("compressed.csv") == sandbox.read("plain.csv"), "the same bytes");
}

/// Memory use stays within an accepted limit: on graphs with a hub, with repeated edges, and with neither.
#[test]
fn the_program_stays_within_its_memory_limit() {
    let sandbox = Sandbox::new();
    let draw = |i: u64, draw: u64, below: u64| num::random(5, draw, i, 0) % below;
    let line = |kind: &str, i: u64| match kind {
        "hub" => (if draw(i, 1, 2) == 0 { 0 } else { draw(i, 2, 2000) }, draw(i, 3, 2000)),
        "repeats" => (draw(i, 2, 40), draw(i, 3, 40)),
        "few a node" => (draw(i, 2, 600_000), draw(i, 3, 600_000)),
        _ => (draw(i, 2, 2000), draw(i, 3, 2000)),
    };
    for kind in ["hub", "repeats", "few a node", "uniform"] {
        let lines = (0..600_000).map(|i| line(kind, i)).map(|(u, v)| format!("{u} {v}\n"));
        sandbox.write("graph.txt", lines.collect::<String>());
        let (mut low, mut high) = (1_u64 << 20, 1 << 28);
        while high - low > 1 << 20 {
            let limit = u64::midpoint(low, high);
            let said = format!("{}KiB", limit >> 10);
            let given =
                ["algo", "stats", "graph.txt", "--threads", "2", "--timings", "t.json", "--memory-limit"];
            if sandbox.plaudit(&[&given[..], &[&said]].concat()).code == Some(0) {
                let timings: serde_json::Value = serde_json::from_str(&sandbox.read("t.json")).unwrap();
                let Some(peak) = timings["peak_rss_bytes"].as_u64() else { return };
                println!("{kind} {}: {peak} of {limit}", timings["form"]);
                assert!(peak <= limit, "{kind}, {}: {peak} of {limit} bytes", timings["form"]);
                high = limit;
            } else {
                low = limit;
            }
        }
    }
}

/// Every follow joins a different pair, so that the memory estimate before the projection is no larger than the
/// estimate after it.
#[test]
fn a_memory_limit_compresses_the_graph_of_a_run_and_changes_no_file() {
    let sandbox = Sandbox::new();
    let row = |at: u64| {
        format!("a{},a{},follow,{}\n", at / 128, num::mix64(at / 128) % 97 + at % 128 * 9, 1_700_000_000 + at)
    };
    let rows: Vec<String> = (0..1200 * 128).map(row).collect();
    sandbox.write("events.csv", format!("actor,target,kind,at\n{}", rows.concat()));
    let run = |limit: &str, out: &str| {
        let config =
            format!("[run]\nthreads = 2\noutput = \"{out}\"\n{limit}[[events]]\npath = \"events.csv\"\n");
        sandbox.write("plaudit.toml", config);
        sandbox.plaudit(&["run"])
    };
    let is_compressed = |said: &str| said.contains("the graph is compressed");
    let plain = run("", "plain");
    assert_eq!((plain.code, is_compressed(&plain.stderr)), (Some(0), false), "{}", plain.stderr);
    // The refusal says how much memory compressed storage needs; plain storage needs nearly one MiB more.
    let refusal = run("memory_limit = \"20MiB\"\n", "none").stderr;
    let needed = refusal.split("would take about ").nth(1).unwrap().split(" MiB").next().unwrap();
    let limit = format!("{}KiB", (needed.parse::<f64>().unwrap() * 1024.0).ceil() + 300.0);
    let compressed = run(&format!("memory_limit = \"{limit}\"\n"), "compressed");
    assert_eq!(
        (compressed.code, is_compressed(&compressed.stderr)),
        (Some(0), true),
        "{limit}: {}",
        compressed.stderr
    );
    let files = files_below(&sandbox.path("plain/current"));
    assert_eq!(files, files_below(&sandbox.path("compressed/current")));
    // Compares all files except those that hold the configuration and its digest.
    for file in files.iter().filter(|file| !["manifest.json", "_SUCCESS"].contains(&file.to_str().unwrap())) {
        let [plain, compressed] =
            ["plain", "compressed"].map(|out| sandbox.path(out).join("current").join(file));
        assert!(std::fs::read(plain).unwrap() == std::fs::read(compressed).unwrap(), "{}", file.display());
    }
}
