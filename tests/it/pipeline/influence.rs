//! Edge probabilities learned by a run: compared with the planted ones; cohorts selected by these probabilities
//! compared with top lists; share logs from which nothing can be learned.

use std::{collections::BTreeMap, fs, path::Path};

use plaudit::{
    generate::{self, DataSet, GenerateConfig, NEVER, PROBABILITY_ONE},
    graph::{self, Edge, Graph, Weighting, snapshot},
    ids::NodeId,
    influence::{self, Diffusion, EdgeProbability, SeedConfig, SeedConstraints, SpreadModel},
    num,
    store::{Store, Table, read_table},
};
use serde_json::Value;

use crate::support::{ranks::spearman, sandbox::Sandbox};

/// The bundled data, or the same company with another seed, and a run on this data with these lines in `[reach]`.
fn world(seed: u64, reach: &str) -> (DataSet, Sandbox) {
    let cfg = GenerateConfig { seed, ..GenerateConfig::default() };
    let (data, sandbox) = (generate::generate(&cfg), Sandbox::new());
    for (path, bytes) in data.files() {
        sandbox.write(&path, bytes);
    }
    let plan = sandbox.read("plaudit.toml");
    sandbox.write("plaudit.toml", format!("{plan}\n[reach]\n{reach}\n"));
    sandbox.succeed(&["run", "-c", "plaudit.toml"]);
    (data, sandbox)
}

fn open(sandbox: &Sandbox, name: &str) -> Graph {
    snapshot::open(&sandbox.path("out/current").join(name)).unwrap()
}

fn scores(sandbox: &Sandbox) -> Table {
    read_table(&sandbox.path("out/current/scores.parquet")).unwrap()
}

fn certificates(sandbox: &Sandbox) -> BTreeMap<String, Value> {
    let store = Store::open(&sandbox.path("out")).unwrap();
    let record = store.current().unwrap().unwrap().manifest().unwrap().record;
    record.certificates.into_iter().filter(|(name, _)| name.starts_with("spread_")).collect()
}

/// The node of each person that outputs show.
fn nodes(table: &Table) -> BTreeMap<String, NodeId> {
    let ids = table.get::<String>("id").unwrap().iter().cloned();
    ids.zip(table.get::<u32>("node").unwrap().iter().map(|&node| NodeId(node))).collect()
}

fn weight(g: &Graph, u: NodeId, v: NodeId) -> Option<f64> {
    let mut rows = g.out_edges().rows();
    let found = rows.row(u).iter().find(|(target, _)| *target == v);
    found.map(|(_, weight)| f64::from(weight) * g.weight_unit())
}

#[test]
fn learned_probabilities_are_in_the_order_of_the_planted_ones() {
    for seed in [1, 2] {
        let (_, sandbox) = world(seed, "");
        let (g, nodes) = (open(&sandbox, "spread.plaudit"), nodes(&scores(&sandbox)));
        let truth = sandbox.read("truth_edges.csv");
        let (mut learned, mut planted, mut raw) = (Vec::new(), Vec::new(), Vec::new());
        for line in truth.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let ends = [fields[0], fields[1]].map(|id| nodes.get(id));
            // Withheld people have no id in any output, and ended follows have no edge.
            let [Some(&u), Some(&v)] = ends else { continue };
            let Some(probability) = weight(&g, u, v) else { continue };
            let number = |at: usize| fields[at].parse::<f64>().unwrap();
            learned.push(probability);
            planted.push(number(2));
            raw.push(number(4) / number(3));
        }
        let listed = truth.lines().count() - 1;
        let [ours, theirs] = [&learned, &raw].map(|found| spearman(found, &planted));
        println!("seed {seed}: Spearman {ours:.4} over {} of {listed} edges, raw {theirs:.4}", learned.len());
        assert!(learned.len() * 10 > listed * 8);
        assert!(ours >= 0.7 && ours > theirs + 0.05);
        // The probabilities are calibrated: in each tenth of the edges, sorted by learned probability, the planted mean
        // is about the same.
        let mut order: Vec<usize> = (0..learned.len()).collect();
        order.sort_by(|&a, &b| learned[a].total_cmp(&learned[b]));
        for tenth in order.chunks(order.len().div_ceil(10)) {
            let mean = |of: &[f64]| tenth.iter().map(|&i| of[i]).sum::<f64>() / tenth.len() as f64;
            let (learned, planted) = (mean(&learned), mean(&planted));
            println!("  learned {learned:.4}, planted {planted:.4}");
            assert!((learned - planted).abs() < 0.02 + 0.15 * planted);
        }
    }
}

/// The graph of the planted follows that were not ended, weighted with the planted probabilities; nodes are people.
fn planted(data: &DataSet) -> Graph {
    let follows = data.network.follows.iter().filter(|follow| follow.until == NEVER);
    let edge = |follow: &generate::Follow| {
        let (u, v) = (follow.follower, follow.followed);
        let probability = generate::share_probability(&data.people, data.config.seed, u, v);
        let weight = (u64::from(probability) << 30) / u64::from(PROBABILITY_ONE);
        Edge { source: NodeId(u), target: NodeId(v), weight }
    };
    let weighting = Weighting::FixedPoint { unit_log2: -30 };
    graph::build(data.people.persons.len(), follows.map(edge).collect(), weighting)
}

/// The keys of the top `n` customers by a column.
fn top(table: &Table, n: usize, of: impl Fn(usize) -> f64) -> Vec<&str> {
    let status = table.get::<String>("status").unwrap();
    let mut rows: Vec<usize> = (0..status.len()).filter(|&row| status[row] == "customer").collect();
    rows.sort_by(|&a, &b| of(b).total_cmp(&of(a)));
    rows.iter().take(n).map(|&row| table.get::<String>("id").unwrap()[row].as_str()).collect()
}

/// A cohort of `n` customers by the probabilities of this graph: of four searches with different seeds, the one with
/// the largest expected spread. A single search stops as soon as it is certified, so its result varies with the seed.
fn cohort<'t>(table: &'t Table, g: &Graph, edge_probability: &EdgeProbability, n: usize) -> Vec<&'t str> {
    let (ids, status, node) = (
        table.get::<String>("id").unwrap(),
        table.get::<String>("status").unwrap(),
        table.get::<u32>("node").unwrap(),
    );
    let (mut eligible, mut row_of) = (vec![false; g.node_count()], vec![0; g.node_count()]);
    for (row, &node) in node.iter().enumerate() {
        eligible[node as usize] = status[row] == "customer";
        row_of[node as usize] = row;
    }
    let model = SpreadModel::new(g, Diffusion::IndependentCascade, edge_probability).unwrap();
    let constraints = SeedConstraints { eligible: Some(&eligible), ..SeedConstraints::of_size(n) };
    let draw = |seed| {
        let cfg = SeedConfig { epsilon: 0.01, min_work: 0, max_work: influence::MAX_WORK, seed };
        let found = influence::seed_set(&model, &constraints, &cfg).unwrap();
        let nodes: Vec<NodeId> = found.picks.iter().map(|pick| pick.node).collect();
        assert_eq!(nodes.len(), n);
        (influence::estimate_spread(&model, &nodes, None, None, 50_000, 77).spread.mean, nodes)
    };
    let (_, best) = (0..4).map(draw).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
    best.iter().map(|node| ids[row_of[node.index()]].as_str()).collect()
}

#[test]
fn a_cohort_by_learned_probabilities_beats_every_top_list() {
    for seed in [1, 2, 3] {
        let (data, sandbox) = world(seed, "");
        let table = scores(&sandbox);
        let people: BTreeMap<String, NodeId> =
            (0..data.people.persons.len() as u32).map(|person| (data.key(person), NodeId(person))).collect();
        let truth = planted(&data);
        let model =
            SpreadModel::new(&truth, Diffusion::IndependentCascade, &EdgeProbability::Weight).unwrap();
        let reached = |ids: &[&str]| {
            let seeds: Vec<NodeId> = ids.iter().map(|id| people[*id]).collect();
            influence::estimate_spread(&model, &seeds, None, None, 200_000, 1_000 + seed).spread
        };
        let learned = open(&sandbox, "spread.plaudit");
        let graph = open(&sandbox, "graph.plaudit");
        let column = |name: &str| table.get::<f64>(name).unwrap();
        for n in [10, 20, 30, 50] {
            let ours = reached(&cohort(&table, &learned, &EdgeProbability::Weight, n));
            let audience = table.get::<u32>("audience").unwrap();
            let lists = [
                ("followers", top(&table, n, |row| f64::from(audience[row]))),
                ("PageRank", top(&table, n, |row| column("pagerank")[row])),
                ("score", top(&table, n, |row| column("score")[row])),
            ];
            println!("seed {seed}, {n} people: learned {ours:.1?}");
            if n == 20 {
                let cascade = reached(&cohort(&table, &graph, &EdgeProbability::WeightedCascade, n));
                println!("  by weighted cascade {:.1}", cascade.mean);
            }
            for (name, list) in lists {
                let theirs = reached(&list);
                let margin = 100.0 * (ours.mean / theirs.mean - 1.0);
                println!("  top by {name}: {:.1}, {margin:+.1} %", theirs.mean);
                if n < 50 {
                    assert!(ours.low > theirs.high, "{name}");
                } else {
                    // There are 50 planted influencers: every list that contains them has about the same spread.
                    assert!(ours.mean > 0.98 * theirs.mean, "{name}");
                }
            }
        }
    }
}

#[test]
fn a_run_publishes_its_learned_probabilities() {
    let (data, sandbox) = world(1, "");
    let (g, h) = (open(&sandbox, "graph.plaudit"), open(&sandbox, "spread.plaudit"));
    assert!(g.out_edges().same_neighbors(h.out_edges()) && g.in_edges().same_neighbors(h.in_edges()));
    assert_eq!(h.check(), Ok(()));
    let reported = certificates(&sandbox);
    let number = |name: &str| reported[name].as_f64().unwrap();
    assert_eq!(
        (reported["spread_probability"].as_str(), reported["spread_model"].as_str()),
        (Some("learnt"), Some("ic"))
    );
    // Posts are rows whose sharer is the author; a few of them were made invalid.
    let posts = data.shares.rows.iter().filter(|row| row.sharer == row.parent).count() as f64;
    assert!((number("spread_posts") / posts - 1.0).abs() < 0.01, "{} {posts}", number("spread_posts"));
    assert_eq!(number("spread_log_shares"), number("spread_log_shares_after_act"));
    assert!(number("spread_shares") <= number("spread_log_shares"));
    let exposures: u32 = data.shares.exposures.iter().sum();
    assert!(number("spread_exposures") > 0.9 * f64::from(exposures));
    assert!(number("spread_edges_exposed") <= h.edge_count() as f64);
    assert_eq!(number("spread_mean_probability"), influence::mean_probability(&h));
    assert!(reported["spread_reason"].as_str().unwrap().starts_with("the share log shows "));
    sandbox.succeed(&["runs", "verify", "--store", "out"]);
    // Verification finds a damaged file.
    let path = fs::canonicalize(sandbox.path("out/current")).unwrap().join("spread.plaudit");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 5000;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    let message = sandbox.plaudit(&["runs", "verify", "--store", "out"]);
    assert!(message.stdout.contains("`spread.plaudit` is not a valid graph"), "{}", message.stdout);
}

/// A run with these lines of `[reach]` on a company of 300 customers, whose log is long enough to learn from.
fn small(sandbox: &Sandbox, reach: &str) -> (Option<i32>, String) {
    let config = sandbox.read("small/plaudit.toml");
    sandbox.write("small/now.toml", format!("{config}\n[reach]\n{reach}\n"));
    let outcome = sandbox.plaudit(&["run", "-c", "small/now.toml", "--out", "out"]);
    (outcome.code, outcome.stderr)
}

fn has_file(sandbox: &Sandbox) -> bool {
    Path::exists(&sandbox.path("out/current/spread.plaudit"))
}

#[test]
fn the_configuration_decides_what_a_run_learns() {
    let sandbox = Sandbox::new();
    let sizes = ["--customers", "300", "--prospects", "60", "--events", "6000", "--seed", "3"];
    sandbox.succeed(&[&["generate", "-o", "small"], &sizes[..]].concat());
    for (reach, probability, model, learns) in [
        ("", Value::from("learnt"), "ic", true),
        ("probability = \"learnt\"", "learnt".into(), "ic", true),
        ("probability = \"weighted-cascade\"", "weighted-cascade".into(), "ic", false),
        ("model = \"lt\"", "weighted-cascade".into(), "lt", false),
        ("probability = 0.05", 0.05.into(), "ic", false),
    ] {
        assert_eq!(small(&sandbox, reach).0, Some(0), "{reach}");
        let reported = certificates(&sandbox);
        assert_eq!(reported["spread_probability"], probability, "{reach}");
        assert_eq!(reported["spread_model"], model, "{reach}");
        assert_eq!(has_file(&sandbox), learns, "{reach}");
        assert_eq!(reported["spread_mean_probability"].is_null(), !learns, "{reach}");
        assert!(!reported["spread_reason"].as_str().unwrap().is_empty());
    }
}

#[test]
fn nothing_is_learned_from_a_log_without_posts() {
    let sandbox = Sandbox::new();
    let sizes = ["--customers", "300", "--prospects", "60", "--events", "6000", "--seed", "3"];
    sandbox.succeed(&[&["generate", "-o", "small"], &sizes[..]].concat());
    for channel in ["twitter", "instagram"] {
        let name = format!("small/events/shares-{channel}.tsv");
        let log = sandbox.read(&name);
        let is_post = |line: &&str| {
            let fields: Vec<&str> = line.split('\t').collect();
            fields.len() > 1 && fields[0] == fields[1]
        };
        let rest: Vec<&str> = log.lines().filter(|line| !is_post(line)).collect();
        sandbox.write(&name, rest.join("\n") + "\n");
    }
    let (code, message) = small(&sandbox, "probability = \"learnt\"");
    assert_eq!(code, Some(3), "{message}");
    for part in [
        "error: cannot learn how influence travels\n",
        "0 posts (shares from oneself) found, 100 needed",
        "hint: set `[reach] probability = \"auto\"`",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!sandbox.path("out/current").exists(), "nothing is published");
    let (code, message) = small(&sandbox, "");
    assert_eq!(code, Some(0), "{message}");
    let reported = certificates(&sandbox);
    assert_eq!(reported["spread_probability"], "weighted-cascade");
    let reason = reported["spread_reason"].as_str().unwrap();
    assert!(reason.starts_with("the share log is too small to learn from: 0 posts"), "{reason}");
    assert_eq!((reported["spread_posts"].as_u64(), has_file(&sandbox)), (Some(0), false));
}

/// Runs on a log of these rows `actor, target, second, kind` with these lines in `[reach]`; everybody may be picked.
fn run_on(rows: &[(String, String, u64, &str)], reach: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let row =
        |(actor, target, at, kind): &(String, String, u64, &str)| format!("{actor},{target},{at},{kind}\n");
    sandbox.write("log.csv", "actor,target,at,kind\n".to_owned() + &rows.iter().map(row).collect::<String>());
    let config = format!("[[events]]\npath = \"log.csv\"\n[consent]\nmissing = \"full\"\n[reach]\n{reach}\n");
    sandbox.write("plaudit.toml", config);
    sandbox.succeed(&["run", "-c", "plaudit.toml"]);
    sandbox
}

/// A second of the log, whose events all fall within some weeks.
fn second(day: u64, seconds: u64) -> u64 {
    1_600_000_000 + 86_400 * day + seconds
}

fn chance(stage: u64, a: u64, b: u64, probability: f64) -> bool {
    num::unit_interval(num::random(5, stage, a, b)) < probability
}

/// Sixty people follow ten others each, post every day for twenty days, and share one post in ten. In the same log are
/// replies named as shares: three in four of them once reply to each of five people who never act themselves.
#[test]
fn people_whose_own_acts_are_not_in_the_log_do_not_lead_the_cohort() {
    let mut rows = Vec::new();
    let name = |v: u64| format!("a{v}");
    for u in 0..60 {
        for step in [1, 4, 9, 16, 21, 25, 36, 40, 49, 55] {
            let v = (u + step) % 60;
            rows.push((name(u), name(v), second(0, 0), "follow"));
            for day in (1..=20).filter(|day| chance(1, 64 * u + v, *day, 0.1)) {
                rows.push((name(u), name(v), second(day, 3_600 + u), "share"));
            }
        }
        rows.extend((1..=20).map(|day| (name(u), name(u), second(day, u), "share")));
        for silent in (0..5).filter(|silent| chance(2, u, *silent, 0.75)) {
            let day = 1 + num::random(5, 3, u, silent) % 20;
            rows.push((name(u), format!("silent{silent}"), second(day, 7_200 + u), "share"));
        }
    }
    let sandbox = run_on(&rows, "");
    let reported = certificates(&sandbox);
    assert_eq!(reported["spread_probability"], "learnt", "{reported:?}");
    let count = |kind: fn(&str) -> bool| rows.iter().filter(|row| row.3 == "share" && kind(&row.1)).count();
    let silent = count(|target| target.starts_with("silent")) as u64;
    let [all, exposed] =
        ["spread_log_shares", "spread_log_shares_exposed"].map(|name| reported[name].as_u64().unwrap());
    assert_eq!(all, rows.iter().filter(|row| row.3 == "share" && row.0 != row.1).count() as u64);
    assert_eq!(exposed, all - silent);
    let reason = reported["spread_reason"].as_str().unwrap();
    let noted = format!("; {silent} more shares without an exposure in the log not counted");
    assert!(reason.contains(&noted), "{reason}");
    let cohort = sandbox.succeed(&["cohort", "-n", "10"]);
    let picked: Vec<&str> = cohort.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(picked.len(), 10);
    assert!(picked.iter().all(|id| id.starts_with('a')), "{picked:?}");
    // About one share in ten exposures, so no edge is near certainty.
    let (g, nodes) = (open(&sandbox, "spread.plaudit"), nodes(&scores(&sandbox)));
    for u in 0..60 {
        for silent in 0..5 {
            let found = weight(&g, nodes[&name(u)], nodes[&format!("silent{silent}")]);
            assert!(found.is_none_or(|p| p < 0.1 / 30.0), "{u} {silent}: {found:?}");
        }
    }
}

/// Half of 400 people have both of their posts shared by all of their four followers, the others never: on two
/// exposures each, most of the learned probability is on edges that seem nearly certain.
#[test]
fn probabilities_on_few_exposures_are_not_used_unless_demanded() {
    let mut rows = Vec::new();
    for v in 0..400 {
        for post in [1, 2] {
            rows.push((format!("v{v}"), format!("v{v}"), second(post, v), "share"));
        }
        for fan in 0..4 {
            let fan = format!("u{}", (v + 50 * fan) % 200);
            rows.push((fan.clone(), format!("v{v}"), second(0, 0), "follow"));
            let shared = [1, 2].into_iter().filter(|_| v % 2 == 0);
            rows.extend(shared.map(|post| (fan.clone(), format!("v{v}"), second(post, 3_600 + v), "share")));
        }
    }
    let sandbox = run_on(&rows, "");
    let reported = certificates(&sandbox);
    assert_eq!(reported["spread_probability"], "weighted-cascade", "{reported:?}");
    let reason = reported["spread_reason"].as_str().unwrap();
    for part in ["is not credible: 800 edges with a probability of one half or more", "of all probability"] {
        assert!(reason.contains(part), "{reason}");
    }
    assert_eq!(reported["spread_saturated_edges"], 800);
    assert!(reported["spread_saturated_part"].as_f64().unwrap() > 0.25);
    assert!(reported["spread_mean_probability"].is_null() && !has_file(&sandbox));
    let sandbox = run_on(&rows, "probability = \"learnt\"");
    let reported = certificates(&sandbox);
    assert_eq!(reported["spread_probability"], "learnt");
    let reason = reported["spread_reason"].as_str().unwrap();
    assert!(reason.contains("; but 800 edges with a probability of one half or more"), "{reason}");
    assert!(has_file(&sandbox));
}
