//! PageRank compared with values of igraph and networkx: weighted, dangling and personalized cases.

use plaudit::rank::{self, Dangling, PageRankConfig, Solver, StopRule, Teleport};

use crate::support::{dense, graphs};

/// A case of `tests/oracles/pagerank_igraph.py` and its answer.
struct Case {
    name: String,
    damping: f64,
    node_count: usize,
    edges: Vec<(u32, u32, u64)>,
    teleport: Teleport,
    expected: Vec<f64>,
}

fn cases() -> Vec<Case> {
    include_str!("../../oracles/pagerank_igraph.csv").split("case,").skip(1).map(parse).collect()
}

fn parse(text: &str) -> Case {
    let mut rows = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = rows.next().unwrap();
    let node_count = head[2].parse().unwrap();
    let (mut edges, mut weights, mut expected) = (vec![], None, vec![]);
    for row in rows {
        match row[0] {
            "edge" => {
                edges.push((row[1].parse().unwrap(), row[2].parse().unwrap(), row[3].parse().unwrap()));
            }
            "teleport" => {
                let weights = weights.get_or_insert_with(|| vec![0.0; node_count]);
                weights[row[1].parse::<usize>().unwrap()] = row[2].parse().unwrap();
            }
            "rank" => expected.push(row[2].parse().unwrap()),
            other => panic!("row {other}"),
        }
    }
    let teleport = weights.map_or(Teleport::Uniform, Teleport::Weights);
    let damping = head[1].parse().unwrap();
    Case { name: head[0].to_owned(), damping, node_count, edges, teleport, expected }
}

#[test]
fn igraph_and_networkx_answers_agree() {
    for case in cases() {
        let g = graphs::weighted(case.node_count, &case.edges);
        for solver in [Solver::Jacobi, Solver::GaussSeidel] {
            let stop = StopRule::Certified { tolerance: 1e-10, max_rounds: 10_000 };
            let cfg = PageRankConfig { damping: case.damping, stop, solver, dangling: Dangling::Teleport };
            let found = rank::pagerank(&g, &case.teleport, &cfg).unwrap();
            let distance = dense::l1(&found.score, &case.expected);
            assert!(distance <= 1e-9, "{}, {solver:?}: {distance:e}", case.name);
        }
    }
}

#[test]
fn cases_have_the_properties_in_their_names() {
    let dangling = |case: &Case| {
        (0..case.node_count).filter(|&v| case.edges.iter().all(|(u, _, _)| *u as usize != v)).count()
    };
    let cases = cases();
    assert_eq!(cases.len(), 10);
    for case in &cases {
        assert_eq!(case.expected.len(), case.node_count, "{}", case.name);
        let personal = case.name.contains("personal");
        assert!(!personal || case.teleport != Teleport::Uniform, "{}", case.name);
        assert!(!case.name.contains("dangling") || dangling(case) > 0, "{}", case.name);
        assert!(
            case.name == "unweighted" || case.edges.iter().any(|(_, _, weight)| *weight > 7),
            "{}",
            case.name
        );
    }
    let both = cases.iter().filter(|case| case.teleport != Teleport::Uniform && dangling(case) > 0);
    assert!(both.count() >= 3, "cases with dangling nodes and a teleport vector distinguish the rules");
}
