//! Detection of bought audiences: the shares from the trusted core compared with closed forms and dense solutions; caps
//! on random data; and whole runs with rings of bought accounts planted in the bundled data.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use ndarray::Array2;
use plaudit::{
    graph::{self, Edge, Graph, Weighting},
    ids::NodeId,
    num,
    rank::{self, Dangling, PageRankConfig, Solver, StopRule, Teleport},
    store::{Store, read_table},
    tier::{self, Component, ScoreMeasure, TierBand, TierConfig},
};
use proptest::prelude::*;

use crate::support::{
    graphs, pools,
    quickstart::{FinishedRun, QUICKSTART, finished},
    sandbox::Sandbox,
};

const DAMPING: f64 = 0.85;

fn ranks(g: &Graph, teleport: &Teleport) -> Vec<f64> {
    let stop = StopRule::Certified { tolerance: 1e-11, max_rounds: 10_000 };
    let cfg =
        PageRankConfig { damping: DAMPING, stop, solver: Solver::GaussSeidel, dangling: Dangling::Teleport };
    rank::pagerank(g, teleport, &cfg).unwrap().score
}

/// The share of each node's PageRank that comes from jumps to `set`, if a share `weight` of all jumps leads to `set`.
fn share_from(g: &Graph, set: &[bool], weight: f64) -> Vec<f64> {
    let teleport = set.iter().map(|&is_in| f64::from(u8::from(is_in))).collect();
    let part = ranks(g, &Teleport::Weights(teleport));
    rank::contribution_share(g, &ranks(g, &Teleport::Uniform), &part, weight, DAMPING)
}

/// The mass that walks without restarts from `jumps` leave at each node, computed by the full matrix.
fn walks_from(n: usize, edges: &[(u32, u32, u64)], jumps: &[f64]) -> Vec<f64> {
    let mut strength = vec![0.0; n];
    for &(u, _, w) in edges {
        strength[u as usize] += w as f64;
    }
    let (mut sum, mut step) = (jumps.to_vec(), jumps.to_vec());
    for _ in 0..400 {
        let mut next = vec![0.0; n];
        for &(u, v, w) in edges {
            next[v as usize] += DAMPING * step[u as usize] * w as f64 / strength[u as usize];
        }
        sum.iter_mut().zip(&next).for_each(|(sum, next)| *sum += next);
        step = next;
    }
    sum
}

fn assert_near(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (v, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() < 1e-8, "node {v}: {got} instead of {want}");
    }
}

#[test]
fn the_share_of_a_set_has_a_closed_form() {
    // Two fans and an idol without out-edges: of the idol's rank 1 + 2a, each fan contributes a.
    let g = graphs::plain(3, &[(0, 2), (1, 2)]);
    let idol = DAMPING / (1.0 + 2.0 * DAMPING);
    assert_near(&share_from(&g, &[true, false, false], 1.0 / 3.0), &[1.0, 0.0, idol]);
    assert_near(&share_from(&g, &[false, false, true], 1.0 / 3.0), &[0.0, 0.0, 1.0 - 2.0 * idol]);
    // A chain a -> b -> c: the rank of c is 1 + a + a², of which a² comes from a.
    let g = graphs::plain(3, &[(0, 1), (1, 2)]);
    let all = 1.0 + DAMPING + DAMPING * DAMPING;
    let head = share_from(&g, &[true, false, false], 1.0 / 3.0);
    assert_near(&head, &[1.0, DAMPING / (1.0 + DAMPING), DAMPING * DAMPING / all]);
    // Two nodes that attend to each other: 1 / (1 - a²) from own jumps, a / (1 - a²) from jumps to the other.
    let g = graphs::plain(2, &[(0, 1), (1, 0)]);
    assert_near(&share_from(&g, &[true, false], 0.5), &[1.0 / (1.0 + DAMPING), DAMPING / (1.0 + DAMPING)]);
    // The core has a larger weight than its share of the nodes, so the share is cut off at 1.
    assert_near(&share_from(&g, &[true, false], 0.85), &[0.85 / 0.5 / 1.85, 0.85 * 0.85 / 0.5 / 1.85]);
    assert!(share_from(&graphs::plain(0, &[]), &[], 1.0).is_empty());
}

#[test]
fn followed_back_accounts_receive_a_share_of_the_trust() {
    // A core member has ten fans in the core and k bought accounts, which it follows back.
    for k in [100_u32, 1000, 10_000] {
        let n = 11 + k as usize;
        let mut edges: Vec<(u32, u32)> = (1..11).map(|fan| (fan, 0)).collect();
        edges.extend((11..11 + k).flat_map(|bought| [(bought, 0), (0, bought)]));
        let g = graphs::plain(n, &edges);
        let core: Vec<bool> = (0..n).map(|v| v < 11).collect();
        let vouched = share_from(&g, &core, 0.85);
        // y0 = j + 10 a j + a k y, y = a y0 / k from the core; in the PageRank from all nodes, each node gets jumps of
        // 1 / n instead.
        let (jump, own, back) = (0.85 / 11.0, 1.0 / n as f64, 1.0 - DAMPING * DAMPING);
        let trusted = jump * (1.0 + 10.0 * DAMPING) / back;
        let all = own * (1.0 + 10.0 * DAMPING + DAMPING * f64::from(k)) / back;
        let handed = |of: f64| DAMPING * of / f64::from(k);
        let want = (handed(trusted) / (own + handed(all))).min(1.0);
        assert!((vouched[11] - want).abs() < 1e-9, "{k}: {} instead of {want}", vouched[11]);
    }
}

fn any_graph() -> impl Strategy<Value = (usize, Vec<(u32, u32, u64)>, Vec<bool>)> {
    (2..20_usize).prop_flat_map(|n| {
        let node = 0..n as u32;
        let edges = prop::collection::btree_map((node.clone(), node), 1..9_u64, 0..60);
        let edges = edges.prop_map(|map| map.into_iter().map(|((u, v), w)| (u, v, w)).collect::<Vec<_>>());
        (Just(n), edges, prop::collection::vec(any::<bool>(), n))
    })
}

/// Counts walks of 1 to `hops` steps to `v` one by one: all walks, and the walks with no marked node before the last
/// one.
fn count_walks(edges: &[(u32, u32, u64)], marked: &[bool], v: u32, hops: u32) -> (u64, u64) {
    if hops == 0 {
        return (0, 0);
    }
    edges.iter().filter(|edge| edge.1 == v).fold((0, 0), |sum, &(u, _, _)| {
        let (all, clean) = count_walks(edges, marked, u, hops - 1);
        (sum.0 + 1 + all, sum.1 + if marked[u as usize] { 0 } else { 1 + clean })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn shares_equal_those_of_walks_without_restart((n, edges, set) in any_graph()) {
        let g = graphs::weighted(n, &edges);
        let size = set.iter().filter(|&&is_in| is_in).count();
        prop_assume!(size > 0 && size < n);
        let (own, others) = (share_from(&g, &set, size as f64 / n as f64), {
            let rest: Vec<bool> = set.iter().map(|is_in| !is_in).collect();
            share_from(&g, &rest, (n - size) as f64 / n as f64)
        });
        let whole = walks_from(n, &edges, &vec![1.0; n]);
        let jumps: Vec<f64> = set.iter().map(|&is_in| f64::from(u8::from(is_in))).collect();
        let part = walks_from(n, &edges, &jumps);
        for v in 0..n {
            prop_assert!((own[v] - part[v] / whole[v]).abs() < 1e-8, "{v}: {} {}", own[v], part[v] / whole[v]);
            prop_assert!((own[v] + others[v] - 1.0).abs() < 1e-8);
        }
    }

    #[test]
    fn shares_of_edges_are_counted((n, edges, marked) in any_graph(), hops in 1..4_u32) {
        let g = graphs::weighted(n, &edges);
        let (strength, walks) = (graph::strength_share(&g, &marked), graph::walk_share(&g, &marked, hops));
        for v in 0..n as u32 {
            let sum = |keep: &dyn Fn(u32) -> bool| {
                edges.iter().filter(|edge| edge.1 == v && keep(edge.0)).map(|edge| edge.2).sum::<u64>() as f64
            };
            let (part, all) = (sum(&|u| marked[u as usize]), sum(&|_| true));
            prop_assert_eq!(strength[v as usize], if all > 0.0 { part / all } else { 0.0 });
            let (all, clean) = count_walks(&edges, &marked, v, hops);
            let want = if all > 0 { 1.0 - clean as f64 / all as f64 } else { 0.0 };
            prop_assert!((walks[v as usize] - want).abs() < 1e-12);
        }
    }

    #[test]
    fn edges_of_sources_are_left_out((n, edges, marked) in any_graph(), weighted in any::<bool>()) {
        let weighting = if weighted { Weighting::FixedPoint { unit_log2: -3 } } else { Weighting::Unweighted };
        let build = |keep: &dyn Fn(u32) -> bool| {
            let kept = edges.iter().filter(|edge| keep(edge.0));
            let edge = |&(u, v, weight): &(u32, u32, u64)| Edge { source: NodeId(u), target: NodeId(v), weight };
            graph::build(n, kept.map(edge).collect(), weighting)
        };
        let (rest, want) = (graph::without_sources(&build(&|_| true), &marked), build(&|u| !marked[u as usize]));
        prop_assert_eq!(rest.check(), Ok(()));
        prop_assert_eq!(rest.weight_unit(), want.weight_unit());
        for (rest, want) in [(rest.out_edges(), want.out_edges()), (rest.in_edges(), want.in_edges())] {
            let (rest, want) = (rest.plain().unwrap(), want.plain().unwrap());
            prop_assert_eq!(rest.offsets(), want.offsets());
            prop_assert_eq!(rest.targets(), want.targets());
            prop_assert_eq!(rest.weights(), want.weights());
        }
    }

    #[test]
    fn capped_rows_have_at_most_the_score_and_tier_of_the_ceiling(
        rows in prop::collection::vec((0..30_u32, 0..30_u32, any::<bool>()), 1..120),
    ) {
        let config = TierConfig {
            components: vec![Component { measure: ScoreMeasure::PageRank, weight: 1.0 }],
            bands: [("a", 0.02), ("b", 0.1), ("c", 0.3), ("d", 1.0)]
                .map(|(name, up_to_share)| TierBand { name: name.to_owned(), up_to_share })
                .to_vec(),
        };
        let keys: Vec<usize> = (0..rows.len()).map(|row| row * 7919 % 1009).collect();
        let world = |value: fn(&(u32, u32, bool)) -> u32| {
            let column = rows.iter().map(|row| f64::from(value(row))).collect();
            tier::assign(&Array2::from_shape_vec((rows.len(), 1), column).unwrap(), &keys, &config)
        };
        let (full, other) = (world(|row| row.0), world(|row| row.1));
        let capped: Vec<bool> = rows.iter().map(|row| row.2).collect();
        let got = tier::cap(&full, &other, &capped, &keys, &config);
        let mut taken = got.rank.clone();
        taken.sort_unstable();
        prop_assert!(taken.iter().copied().eq(1..=rows.len() as u32), "each rank once");
        for a in 0..rows.len() {
            prop_assert!(got.score[a] >= 0.0 && got.score[a] <= full.score[a]);
            if capped[a] {
                prop_assert!(got.tier[a] >= other.tier[a] && got.score[a] <= other.score[a], "{a}");
            } else {
                prop_assert_eq!(got.score[a], full.score[a]);
                prop_assert!(got.tier[a] <= full.tier[a], "others only move up");
            }
            for b in 0..rows.len() {
                let better = (-got.score[a], keys[a]) < (-got.score[b], keys[b]);
                prop_assert!(a == b || better == (got.rank[a] < got.rank[b]), "ranks follow scores, then keys");
                prop_assert!(got.rank[a] > got.rank[b] || got.tier[a] <= got.tier[b], "tiers follow ranks");
            }
        }
        prop_assert_eq!(&tier::cap(&full, &other, &vec![false; rows.len()], &keys, &config), &full);
        prop_assert_eq!(&tier::cap(&full, &full, &capped, &keys, &config), &full);
    }
}

#[test]
fn the_shares_do_not_depend_on_threads() {
    let edges = graphs::kronecker(12, 8, 5);
    let marked: Vec<bool> = (0..1_u64 << 12).map(|v| num::random(3, 1, v, 0).is_multiple_of(3)).collect();
    pools::assert_same_on_any_pool(|| {
        let g = graphs::weighted(1 << 12, &edges);
        let rest = graph::without_sources(&g, &marked);
        let bits = |shares: Vec<f64>| shares.into_iter().map(f64::to_bits).collect::<Vec<_>>();
        (
            bits(share_from(&g, &marked, 0.5)),
            bits(graph::strength_share(&g, &marked)),
            bits(graph::walk_share(&g, &marked, 3)),
            (rest.out_edges().edge_digest(false), rest.in_edges().plain().unwrap().targets().to_vec()),
        )
    });
}

const RING: u32 = 10_000;
const TIERS: [&str; 5] = ["star", "leader", "voice", "active", "rest"];

/// The results of a run for one customer.
#[derive(Clone, Debug, PartialEq)]
struct Stand {
    tier: usize,
    rank: u32,
    suspect_share: f64,
    flagged: bool,
}

/// The customers of the current run, by key.
fn customers(sandbox: &Sandbox) -> BTreeMap<String, Stand> {
    let text = sandbox.read("out/current/segments/generic/full/tiers.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let stand = |row: Result<BTreeMap<String, String>, csv::Error>| {
        let row = row.unwrap();
        let tier = TIERS.iter().position(|tier| *tier == row["tier"]).unwrap();
        let suspect_share = row["suspect_share"].parse().unwrap_or(f64::NAN);
        let (rank, flagged) = (row["rank"].parse().unwrap(), row["flagged"] == "true");
        (row["customer_id"].clone(), Stand { tier, rank, suspect_share, flagged })
    };
    reader.deserialize().map(stand).collect()
}

/// Keyed by customer: the forum handle by which the customer is linked.
fn handles(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let table = read_table(&sandbox.path("out/current/scores.parquet")).unwrap();
    let rows = table.get::<String>("id").unwrap().iter().zip(table.get::<String>("channels").unwrap());
    let on_forum: BTreeSet<&str> =
        rows.filter(|(_, channels)| channels.contains("forum")).map(|(id, _)| id.as_str()).collect();
    let text = sandbox.read("datasets/quickstart/customers.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize::<BTreeMap<String, String>>().map(|row| row.unwrap());
    let plain = |handle: &str| !handle.is_empty() && handle.chars().all(char::is_alphanumeric);
    rows.filter(|row| on_forum.contains(row["customer_id"].as_str()) && plain(&row["forum"]))
        .map(|row| (row["customer_id"].clone(), row["forum"].clone()))
        .collect()
}

/// The edges of a ring in addition to those by which its accounts follow and share the customer who bought them.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ring {
    /// No further edges.
    Plain,
    /// The customer follows them back.
    FollowedBack,
    /// They follow and share each other.
    Mutual,
}

/// The bundled data with a ring around the account `forum:target`.
fn planted(target: &str, size: u32, ring: Ring) -> Sandbox {
    let sandbox = Sandbox::with_datasets();
    let mut events = "who,whom,what,at\n".to_owned();
    for i in 0..size {
        let (own, at) = (format!("bought{i}"), "2026-06-01T10:00:00Z");
        writeln!(events, "{own},{target},follow,{at}\n{own},{target},share,{at}").unwrap();
        match ring {
            Ring::Plain => {}
            Ring::FollowedBack => writeln!(events, "{target},{own},follow,{at}").unwrap(),
            Ring::Mutual => {
                for step in [1, 7, 100] {
                    let other = format!("bought{}", (i + step) % size);
                    writeln!(events, "{own},{other},follow,{at}\n{own},{other},share,{at}").unwrap();
                }
            }
        }
    }
    sandbox.write("datasets/quickstart/events/ring.csv", events);
    let source = "[[events]]\npath = \"events/ring.csv\"\nchannel = \"forum\"\n\
                  columns = { actor = \"who\", target = \"whom\", kind = \"what\", at = \"at\" }\n";
    sandbox.write(QUICKSTART, format!("{}\n{source}", sandbox.read(QUICKSTART)));
    sandbox
}

/// The customer with the median rank among the customers of a tier that have a forum account.
fn middle_of<'a>(
    tier: &str,
    before: &'a BTreeMap<String, Stand>,
    handles: &'a BTreeMap<String, String>,
) -> (&'a str, &'a str) {
    let mut of_tier: Vec<&String> =
        handles.keys().filter(|&id| before.get(id).is_some_and(|stand| TIERS[stand.tier] == tier)).collect();
    of_tier.sort_by_key(|id| before[*id].rank);
    let id = of_tier[of_tier.len() / 2];
    (id, &handles[id])
}

#[test]
fn a_ring_of_bought_accounts_raises_no_tier() {
    let shared = finished();
    let FinishedRun { sandbox: quickstart, printed } = &*shared;
    let before = customers(quickstart);
    let flagged = before.values().filter(|stand| stand.flagged).count();
    let largest = before.values().filter(|stand| stand.tier < 4).map(|stand| stand.suspect_share);
    println!("{flagged} flagged, largest share above the last tier {:.3}", largest.fold(0.0, f64::max));
    assert_eq!(flagged, 0, "nobody in the bundled data has bought anything");
    assert!(!printed.contains("flagged"), "{printed}");
    let handles = handles(quickstart);

    for (tier, ring, size) in [
        ("rest", Ring::Plain, RING),
        ("voice", Ring::Plain, RING),
        ("rest", Ring::FollowedBack, RING),
        ("voice", Ring::FollowedBack, RING),
        ("active", Ring::Mutual, RING),
        ("active", Ring::Plain, 300),
    ] {
        let (id, handle) = middle_of(tier, &before, &handles);
        let sandbox = planted(handle, size, ring);
        let said = sandbox.succeed(&["run", "-c", QUICKSTART]);
        let after = customers(&sandbox);
        let (old, new) = (&before[id], &after[id]);
        let moves: Vec<usize> = before
            .iter()
            .filter(|(other, _)| *other != id)
            .map(|(other, old)| old.tier.abs_diff(after[other].tier))
            .filter(|&steps| steps > 0)
            .collect();
        let flagged = after.values().filter(|stand| stand.flagged).count();
        println!(
            "{size} {ring:?} around {id}: {tier} -> {}, rank {} -> {}, suspect share {:.3}; {flagged} flagged, \
             {} of {} others in another tier, at most {} away",
            TIERS[new.tier],
            old.rank,
            new.rank,
            new.suspect_share,
            moves.len(),
            before.len() - 1,
            moves.iter().max().unwrap_or(&0)
        );
        assert!(new.flagged && new.suspect_share > 0.5, "{ring:?} around {id} is not flagged: {new:?}");
        assert!(new.tier + 1 >= old.tier, "{ring:?}: {id} rose from {tier} to {}", TIERS[new.tier]);
        assert!(moves.iter().all(|&steps| steps == 1) && moves.len() * 25 < before.len(), "{moves:?}");
        assert!(said.contains("most of their influence from unverified accounts"), "{said}");
        let sizes = |stands: &BTreeMap<String, Stand>| {
            (0..5).map(|tier| stands.values().filter(|stand| stand.tier == tier).count()).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&after), sizes(&before));
        let top = sandbox.succeed(&["top", "--by", "suspect-share", "-n", "1000", "--format", "csv"]);
        assert!(top.contains(&format!(",{id},")), "{top}");
        let prospects = sandbox.succeed(&["prospects", "-n", "50", "--format", "csv"]);
        assert!(!prospects.contains("bought"), "no bought account is an influential prospect: {prospects}");
    }
}

#[test]
fn a_ring_gives_the_same_bytes_on_any_threads_and_in_any_order() {
    let digests = |threads: &str, shuffled: bool| {
        let sandbox = planted("Neca", 2000, Ring::FollowedBack);
        if shuffled {
            let text = sandbox.read("datasets/quickstart/events/ring.csv");
            let (head, rows) = text.split_once('\n').unwrap();
            let mut rows: Vec<&str> = rows.lines().collect();
            rows.sort_by_key(|row| num::random(5, 1, plaudit::event::key_hash(row.as_bytes()), 0));
            sandbox.write("datasets/quickstart/events/ring.csv", format!("{head}\n{}\n", rows.join("\n")));
        }
        sandbox.succeed(&["run", "-c", QUICKSTART, "--quiet", "--threads", threads]);
        let files =
            Store::open(&sandbox.path("out")).unwrap().run("current").unwrap().manifest().unwrap().files;
        let digests = files.into_iter().filter(|file| file.path != "rejects.csv");
        digests.map(|file| (file.path, file.sha256.to_string())).collect::<Vec<_>>()
    };
    let alone = digests("1", false);
    for (threads, shuffled) in [("2", true), ("3", false), ("8", true)] {
        assert!(digests(threads, shuffled) == alone, "{threads} threads");
    }
}

#[test]
fn trust_is_skipped_without_a_crm_and_where_disabled() {
    let sandbox = planted("Neca", 500, Ring::Plain);
    let config = sandbox.read(QUICKSTART);
    let crm = config.find("[[customers]]").unwrap();
    let crm_end = crm + config[crm..].find("\n\n").unwrap();
    let without = [&config[..crm], &config[crm_end..]].concat();
    for config in [without, format!("{config}\n[trust]\nenabled = false\n")] {
        sandbox.write(QUICKSTART, config);
        // Without the CRM there are other customers.
        let said = sandbox.succeed(&["run", "-c", QUICKSTART, "--force"]);
        assert!(!said.contains("most of their influence from unverified accounts"), "{said}");
        let table = read_table(&sandbox.path("out/current/scores.parquet")).unwrap();
        for column in ["trusted_rank", "spam_mass", "suspect_share"] {
            assert!(table.get::<Option<f64>>(column).unwrap().iter().all(Option::is_none), "{column}");
        }
        assert!(
            !table.get::<bool>("suspect").unwrap().contains(&true)
                && !table.get::<bool>("flagged").unwrap().contains(&true)
        );
        let tiers = sandbox.read("out/current/segments/generic/full/tiers.csv");
        assert!(tiers.lines().next().unwrap().ends_with(",suspect_share,flagged"));
        assert!(tiers.lines().skip(1).all(|line| line.ends_with(",,false")));
    }
}

/// Random companies of 40 customers, 20 genuine prospects and some bought accounts, through the whole program. The
/// oracle is a run with `[trust]` disabled on the data without the events of the suspects.
#[test]
fn edges_of_suspects_raise_no_flagged_customer() {
    let mut flagged_in_all = 0;
    for case in 0..12_u64 {
        let random = |item: u64, below: u64| num::random(case, 9, item, 0) % below;
        let mut rows: Vec<(String, String)> = Vec::new();
        let name = |x: u64| if x < 40 { format!("c{x}") } else { format!("p{x}") };
        for i in 0..240 {
            let (a, b) = (random(2 * i, 60), random(2 * i + 1, 60));
            // Some people get more attention than others.
            rows.push((name(a), name(b.min(random(7000 + i, 60)))));
        }
        for bought in 0..30 + random(1, 60) {
            for i in 0..=random(9000 + bought, 3) {
                rows.push((format!("x{bought}"), name(random(10_000 + 10 * bought + i, 3) * 13)));
            }
        }
        rows.retain(|(a, b)| a != b);
        let sandbox = Sandbox::new();
        let crm: Vec<String> = (0..40).map(|x| format!("K{x},c{x}")).collect();
        sandbox.write("crm.csv", format!("customer_id,forum\n{}\n", crm.join("\n")));
        let write = |rows: &[(String, String)], trust: bool| {
            let rows: Vec<String> = rows.iter().map(|(a, b)| format!("{a},{b},follow,2026-01-01")).collect();
            sandbox.write("events.csv", format!("actor,target,kind,at\n{}\n", rows.join("\n")));
            let text = format!(
                "[[events]]\npath = 'events.csv'\nchannel = 'forum'\n[[customers]]\npath = 'crm.csv'\n\
                 identifiers = {{ forum = 'forum' }}\n[trust]\nenabled = {trust}\n"
            );
            sandbox.write("plaudit.toml", text);
            sandbox.succeed(&["run", "--quiet", "--force"]);
            customers(&sandbox)
        };
        let judged = write(&rows, true);
        let table = read_table(&sandbox.path("out/current/scores.parquet")).unwrap();
        let ids = table.get::<String>("id").unwrap().iter().zip(table.get::<bool>("suspect").unwrap());
        let suspects: BTreeSet<String> = ids
            .filter(|(_, suspect)| **suspect)
            .map(|(id, _)| id.strip_prefix("forum:").unwrap().to_owned())
            .collect();
        assert!(
            (0..30).all(|x| suspects.contains(&format!("x{x}"))),
            "accounts without any audience are suspects"
        );
        rows.retain(|(actor, _)| !suspects.contains(actor));
        let clean = write(&rows, false);
        for (id, stand) in judged.iter().filter(|(_, stand)| stand.flagged) {
            assert!(stand.tier >= clean[id].tier, "case {case}: {id} {stand:?}, without {:?}", clean[id]);
            flagged_in_all += 1;
        }
    }
    println!("{flagged_in_all} flagged in all");
    assert!(flagged_in_all >= 12);
}
