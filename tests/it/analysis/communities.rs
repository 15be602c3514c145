//! Community profiles, people between groups, and invitations: checked by loops over the edges of a run's graph, and by
//! hand.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use plaudit::{
    graph::snapshot,
    num,
    store::{Store, Table, read_table},
};
use serde_json::Value;

use crate::support::sandbox::Sandbox;

fn table(sandbox: &Sandbox, name: &str) -> Table {
    read_table(&sandbox.path("out/current").join(name)).unwrap()
}

fn json(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    serde_json::from_str(&sandbox.succeed(&[arguments, &["--format", "json"]].concat())).unwrap()
}

fn csv_of(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

const SOURCES: &str = "[[events]]\npath = 'events.csv'\n\
    columns = { actor = 'actor', target = 'target', kind = 'kind', channel = 'on' }\n\
    [[customers]]\npath = 'crm.csv'\ncolumns = { id = 'id', name = 'name', value = 'value', consent = 'consent' }\n\
    identifiers = { forum = 'forum', chat = 'chat' }\n\
    [weights]\nsaturation = 'none'\nfollow = { weight = 1.0, half_life = 'none' }\n\
    share = { weight = 3.0, half_life = 'none' }\n";

/// Some 200 customers in six groups and 60 prospects, on two channels; one customer in ten is withheld, one in three
/// may not be contacted.
fn company() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut events = "actor,target,kind,on\n".to_owned();
    for event in 0..1600 {
        let draw = |what: u64, of: u64| num::random(11, what, event, 0) % of;
        let actor = draw(0, 260);
        // One target in five is drawn from everybody, the others from the actor's group.
        let target = if draw(1, 5) == 0 { draw(2, 260) } else { draw(2, 43) * 6 + actor % 6 };
        let channel = ["forum", "chat"][usize::try_from(draw(3, 3) / 2).unwrap()];
        writeln!(events, "u{actor},u{target},{},{channel}", ["follow", "share"][(event % 2) as usize])
            .unwrap();
    }
    sandbox.write("events.csv", events);
    let mut crm = "id,name,value,forum,chat,consent\n".to_owned();
    for customer in 0..200 {
        let consent = match (customer % 10, customer % 3) {
            (9, _) => "none",
            (_, 0) => "profile",
            _ => "full",
        };
        let value = if customer % 4 == 0 { String::new() } else { format!("{}.25", customer * 7 % 90) };
        writeln!(crm, "C{customer:03},Name {customer},{value},u{customer},u{customer},{consent}").unwrap();
    }
    sandbox.write("crm.csv", crm);
    sandbox.write("plaudit.toml", SOURCES);
    sandbox.succeed(&["run", "--quiet"]);
    sandbox
}

/// The ties of people to communities; withheld people are left out.
#[derive(Default)]
struct Ties {
    /// Keyed by (node, community): the weight of the node's edges to and from members who are not withheld.
    to: BTreeMap<(u32, u32), u64>,
    /// Keyed by node: the weight of all its edges.
    all: BTreeMap<u32, u64>,
    /// Keyed by (node, community): the members that an edge joins to the node.
    direct: BTreeMap<(u32, u32), BTreeSet<u32>>,
}

/// A run as a test sees it: rows of `scores.parquet`, and the edges of the graph by node.
struct Seen {
    scores: Table,
    communities: Table,
    edges: Vec<(u32, u32, u64)>,
    unit: f64,
    /// Keyed by node: its row in `scores.parquet`; withheld people have none.
    row_of: BTreeMap<u32, usize>,
}

impl Seen {
    fn new(sandbox: &Sandbox) -> Self {
        let graph = snapshot::open(&sandbox.path("out/current/graph.plaudit")).unwrap();
        let mut rows = graph.out_edges().rows();
        let mut edges = Vec::new();
        for u in graph.nodes() {
            edges.extend(rows.row(u).iter().map(|(v, w)| (u.0, v.0, u64::from(w))));
        }
        let scores = table(sandbox, "scores.parquet");
        let row_of = scores.get::<u32>("node").unwrap().iter().copied().zip(0..).collect();
        let communities = table(sandbox, "communities.parquet");
        Self { scores, communities, edges, unit: graph.weight_unit(), row_of }
    }

    fn ids(&self) -> Vec<u32> {
        self.communities.get::<u32>("community_id").unwrap().to_vec()
    }

    fn community(&self, node: u32) -> Option<u32> {
        Some(self.scores.get::<u32>("community_id").unwrap()[*self.row_of.get(&node)?])
    }

    fn ties(&self) -> Ties {
        let mut found = Ties::default();
        for &(u, v, weight) in self.edges.iter().filter(|edge| edge.0 != edge.1) {
            for (near, far) in [(u, v), (v, u)] {
                *found.all.entry(near).or_default() += weight;
                if let (Some(_), Some(community)) = (self.community(near), self.community(far)) {
                    *found.to.entry((near, community)).or_default() += weight;
                    found.direct.entry((near, community)).or_default().insert(far);
                }
            }
        }
        found
    }
}

/// If nobody is withheld, the columns about ties in `scores.parquet` follow from its other columns and the edges.
#[test]
fn ties_agree_with_the_edges() {
    let sandbox = company();
    let crm = sandbox.read("crm.csv").replace(",none\n", ",full\n");
    sandbox.write("crm.csv", crm);
    // Whoever denied consents now, which a guard doubts.
    sandbox.succeed(&["run", "--quiet", "--force"]);
    let seen = Seen::new(&sandbox);
    let Ties { to: ties, all, .. } = seen.ties();
    let own = seen.scores.get::<Option<f64>>("community_strength").unwrap();
    let other = seen.scores.get::<Option<u32>>("secondary_community_id").unwrap();
    let other_strength = seen.scores.get::<Option<f64>>("secondary_strength").unwrap();
    assert!(seen.communities.get::<u32>("withheld").unwrap().iter().all(|count| *count == 0));
    let mut between: BTreeMap<u32, u32> = BTreeMap::new();
    for (&node, &row) in &seen.row_of {
        let community = seen.community(node).unwrap();
        let Some(&total) = all.get(&node) else {
            assert_eq!((own[row], other[row], other_strength[row]), (None, None, None));
            continue;
        };
        let share = |weight: u64| weight as f64 / total as f64;
        let tie = |c: u32| ties.get(&(node, c)).copied().unwrap_or(0);
        assert_eq!(own[row], Some(share(tie(community))));
        // The first run numbers communities from the largest, so the smaller id stands for the larger community.
        let best = seen.ids().into_iter().filter(|&c| c != community && tie(c) > 0);
        let best = best.max_by_key(|&c| (tie(c), std::cmp::Reverse(c)));
        assert_eq!((other[row], other_strength[row]), (best, best.map(|c| share(tie(c)))));
        if best.is_some_and(|c| 2 * tie(c) >= tie(community)) {
            *between.entry(community).or_default() += 1;
        }
    }
    let reported = seen.communities.get::<u32>("between_groups").unwrap();
    let counted: Vec<u32> = seen.ids().iter().map(|id| between.get(id).copied().unwrap_or(0)).collect();
    assert_eq!(reported, counted);
    assert!(reported.iter().sum::<u32>() > 5, "the data has people between groups");
}

/// Checks every column of `communities.parquet` that follows from `scores.parquet`, the CRM and the manifest.
#[test]
fn community_columns_agree_with_the_members() {
    let sandbox = company();
    let seen = Seen::new(&sandbox);
    let (scores, communities) = (&seen.scores, &seen.communities);
    let manifest = Store::open(&sandbox.path("out")).unwrap().run("current").unwrap().manifest().unwrap();
    let parts: f64 = communities.get::<f64>("modularity_share").unwrap().iter().sum();
    let modularity = manifest.record.certificates["modularity"].as_f64().unwrap();
    assert!((parts - modularity).abs() < 1e-12, "{parts} {modularity}");
    let weights = |name| communities.get::<f64>(name).unwrap();
    let volume: f64 =
        weights("internal_weight").iter().map(|w| 2.0 * w).chain(weights("external_weight").to_vec()).sum();
    for (row, id) in seen.ids().into_iter().enumerate() {
        let (inside, outside) = (weights("internal_weight")[row], weights("external_weight")[row]);
        let part = 2.0 * inside / volume - ((2.0 * inside + outside) / volume).powi(2);
        assert!((communities.get::<f64>("modularity_share").unwrap()[row] - part).abs() < 1e-12);

        let is_member = |at: &usize| scores.get::<u32>("community_id").unwrap()[*at] == id;
        let members: Vec<usize> = (0..scores.row_count()).filter(is_member).collect();
        let customers: Vec<usize> = members
            .iter()
            .copied()
            .filter(|&at| scores.get::<String>("status").unwrap()[at] == "customer")
            .collect();
        let count = |name| communities.get::<u32>(name).unwrap()[row] as usize;
        assert_eq!((count("customers"), count("size")), (customers.len(), members.len() + count("withheld")));

        let mut values: Vec<f64> =
            customers.iter().filter_map(|&at| scores.get::<Option<f64>>("value").unwrap()[at]).collect();
        values.sort_by(f64::total_cmp);
        let half = values.len() / 2;
        let median = match values.len() {
            0 => None,
            odd if odd % 2 == 1 => Some(values[half]),
            _ => Some(f64::midpoint(values[half - 1], values[half])),
        };
        assert_eq!(communities.get::<Option<f64>>("median_value").unwrap()[row], median);
        let may_not =
            customers.iter().filter(|&&at| scores.get::<String>("consent").unwrap()[at] != "full").count();
        let share = (!customers.is_empty()).then(|| may_not as f64 / customers.len() as f64);
        assert_eq!(communities.get::<Option<f64>>("without_consent").unwrap()[row], share);

        for (column, prefix, names) in [
            ("top_channels", "strength_on_", &["chat", "forum"][..]),
            ("top_kinds", "strength_by_", &["follow", "share"]),
        ] {
            let sum = |name: &str| -> f64 {
                let values = scores.get::<f64>(&format!("{prefix}{name}")).unwrap();
                members.iter().map(|&at| values[at]).sum()
            };
            let whole: f64 = names.iter().map(|name| sum(name)).sum();
            let mut named: Vec<(&str, f64)> = names.iter().map(|&name| (name, sum(name))).collect();
            named.sort_by(|a, b| b.1.total_cmp(&a.1));
            let text = &communities.get::<String>(column).unwrap()[row];
            let reported: Vec<(&str, f64)> = text
                .split(';')
                .filter_map(|part| part.split_once(':'))
                .map(|(name, share)| (name, share.parse().unwrap()))
                .collect();
            named.retain(|(_, sum)| sum / whole >= 0.005);
            assert_eq!(
                reported.iter().map(|part| part.0).collect::<Vec<_>>(),
                named.iter().map(|part| part.0).collect::<Vec<_>>()
            );
            assert!(
                reported
                    .iter()
                    .zip(&named)
                    .all(|(reported, named)| (reported.1 - named.1 / whole).abs() < 0.0051)
            );
        }

        let mut by_score: Vec<usize> = members;
        let (ids, score) = (scores.get::<String>("id").unwrap(), scores.get::<f64>("score").unwrap());
        by_score.sort_by(|&a, &b| score[b].total_cmp(&score[a]).then_with(|| ids[a].cmp(&ids[b])));
        let name = |at: &usize| {
            scores.get::<Option<String>>("name").unwrap()[*at].clone().unwrap_or(ids[*at].clone())
        };
        let named: Vec<String> = by_score.iter().take(2).map(name).collect();
        let expected = if named.is_empty() { format!("community {id}") } else { named.join(" & ") };
        assert_eq!(communities.get::<String>("default_name").unwrap()[row], expected);
        let top = by_score.into_iter().take(5).filter(|&at| score[at] > 0.0);
        let top: Vec<&str> = top.map(|at| ids[at].as_str()).collect();
        assert_eq!(communities.get::<String>("top_voices").unwrap()[row], top.join(";"));
    }
    assert!(communities.get::<Option<i64>>("growth").unwrap().iter().all(Option::is_none), "the first run");
}

#[test]
fn growth_is_published_from_the_second_run_on() {
    let sandbox = company();
    let before: BTreeMap<u32, u32> = {
        let communities = table(&sandbox, "communities.parquet");
        let sizes = communities.get::<u32>("size").unwrap();
        communities.get::<u32>("community_id").unwrap().iter().copied().zip(sizes.iter().copied()).collect()
    };
    // Two newcomers who often share posts of a member of the first community.
    let star = json(&sandbox, &["communities", "show", "0"])["top_members"][0].clone();
    let star = star["id"].as_str().unwrap().trim_start_matches(['C', '0']).to_owned();
    let mut events = sandbox.read("events.csv");
    for newcomer in ["new1", "new2"] {
        writeln!(events, "{newcomer},u{star},share,chat").unwrap();
    }
    sandbox.write("events.csv", events);
    sandbox.succeed(&["run", "--quiet"]);
    let after = table(&sandbox, "communities.parquet");
    let mut grown = 0;
    for (row, id) in after.get::<u32>("community_id").unwrap().iter().enumerate() {
        let growth = after.get::<Option<i64>>("growth").unwrap()[row];
        let size = i64::from(after.get::<u32>("size").unwrap()[row]);
        assert_eq!(growth, before.get(id).map(|&before| size - i64::from(before)));
        grown += growth.unwrap_or(0);
    }
    assert!(grown >= 1, "at least one of the two new people is in an old community: {grown}");
    assert!(sandbox.succeed(&["communities", "show", "0"]).contains(" since the run before\n"));

    // An unreadable previous run does not stop the next run: ids and growth continue from the run before the unreadable
    // one.
    fs::write(sandbox.path("out/current/communities.parquet"), "torn").unwrap();
    let outcome = sandbox.plaudit(&["run"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let after = table(&sandbox, "communities.parquet");
    for (row, id) in after.get::<u32>("community_id").unwrap().iter().enumerate() {
        let size = i64::from(after.get::<u32>("size").unwrap()[row]);
        let growth = before.get(id).map(|&before| size - i64::from(before));
        assert_eq!(after.get::<Option<i64>>("growth").unwrap()[row], growth);
    }
}

#[test]
fn invitations_agree_with_the_edges() {
    let sandbox = company();
    let seen = Seen::new(&sandbox);
    let Ties { to: ties, all, direct } = seen.ties();
    let text = |name: &str, node: u32| seen.scores.get::<String>(name).unwrap()[seen.row_of[&node]].clone();
    for id in seen.ids().into_iter().take(8) {
        let next_to = ties.iter().filter(|((node, community), _)| {
            *community == id && seen.community(*node) != Some(id) && text("status", *node) == "customer"
        });
        let mut expected: Vec<(u32, u64)> = next_to.map(|((node, _), weight)| (*node, *weight)).collect();
        let candidates = expected.len();
        expected.retain(|(node, _)| text("consent", *node) == "full");
        let share = |(node, weight): &(u32, u64)| *weight as f64 / all[node] as f64;
        expected.sort_by(|a, b| {
            let order = share(b).total_cmp(&share(a)).then(b.1.cmp(&a.1));
            order.then_with(|| text("id", a.0).cmp(&text("id", b.0)))
        });
        let id_text = id.to_string();
        let outcome = sandbox.plaudit(&["communities", "invite", &id_text, "--format", "json", "-n", "1000"]);
        let listed: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let listed = listed.as_array().unwrap();
        assert_eq!(listed.len(), expected.len(), "community {id}");
        for ((row, found), place) in listed.iter().zip(&expected).zip(1..) {
            let node = found.0;
            assert_eq!(row["rank"], place);
            assert_eq!(row["id"], text("id", node));
            assert_eq!(row["tier"], text("tier", node));
            assert_eq!(row["channels"], text("channels", node));
            assert_eq!(row["strength"].as_f64(), Some(share(found)));
            assert_eq!(row["weight"].as_f64(), Some(found.1 as f64 * seen.unit));
            assert_eq!(row["community_id"].as_u64(), seen.community(node).map(u64::from));
            assert_eq!(row["direct"].as_u64(), Some(direct[&(node, id)].len() as u64));
        }
        let (may, may_not) = (expected.len(), candidates - expected.len());
        if may > 1 && may_not > 1 {
            let reported = format!(
                "note: {may} customers next to community {id} may be contacted; {may_not} more are left out for lack of consent\n"
            );
            assert_eq!(outcome.stderr, reported);
        }
        // The first rows are the same, in any output format and on any number of threads.
        let first = sandbox.succeed(&["communities", "invite", &id_text, "-n", "3", "--format", "csv"]);
        let rows = csv_of(&first);
        assert_eq!(
            rows[0],
            ["rank", "id", "name", "tier", "strength", "weight", "community_id", "direct", "channels"]
        );
        let ids: Vec<&str> = rows[1..].iter().map(|row| row[1].as_str()).collect();
        let wanted: Vec<&str> = listed.iter().take(3).map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(ids, wanted);
        for threads in ["1", "3", "8"] {
            let more =
                ["communities", "invite", &id_text, "-n", "3", "--format", "csv", "--threads", threads];
            assert_eq!(sandbox.succeed(&more), first);
        }
    }
}

#[test]
fn community_reports_agree_with_the_edges() {
    let sandbox = company();
    let seen = Seen::new(&sandbox);
    let scores = &seen.scores;
    let (own, other) = (
        scores.get::<Option<f64>>("community_strength").unwrap(),
        scores.get::<Option<f64>>("secondary_strength").unwrap(),
    );
    for (row, id) in seen.ids().into_iter().enumerate().take(8) {
        let shown = json(&sandbox, &["communities", "show", &id.to_string(), "-n", "1000"]);
        let listed = json(&sandbox, &["communities", "-n", "1000"]);
        let listed = listed.as_array().unwrap().iter().find(|row| row["community_id"] == id).unwrap();
        assert_eq!(&shown["community"], listed, "the same figures as in the list");
        let ids = |name: &str| -> Vec<String> {
            let rows = shown[name].as_array().unwrap().iter();
            rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
        };
        let by_score = |keep: &dyn Fn(usize) -> bool| -> Vec<String> {
            let mut rows: Vec<usize> = (0..scores.row_count()).filter(|&at| keep(at)).collect();
            let (ids, score) = (scores.get::<String>("id").unwrap(), scores.get::<f64>("score").unwrap());
            rows.sort_by(|&a, &b| score[b].total_cmp(&score[a]).then_with(|| ids[a].cmp(&ids[b])));
            rows.into_iter().map(|at| ids[at].clone()).collect()
        };
        let community = |at: usize| scores.get::<u32>("community_id").unwrap()[at];
        assert_eq!(ids("top_members"), by_score(&|at| community(at) == id));
        let beside = |at: usize| scores.get::<Option<u32>>("secondary_community_id").unwrap()[at] == Some(id);
        let between = |at: usize| other[at].is_some_and(|other| other * 2.0 >= own[at].unwrap());
        let expected = by_score(&|at| (community(at) == id || beside(at)) && between(at));
        assert_eq!(ids("people_between_groups"), expected);

        let mut across: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for &(u, v, weight) in &seen.edges {
            if let (Some(a), Some(b)) = (seen.community(u), seen.community(v))
                && a != b
                && (a == id || b == id)
            {
                let sum = across.entry(if a == id { b } else { a }).or_default();
                *sum = (sum.0 + weight, sum.1 + 1);
            }
        }
        let external = seen.communities.get::<f64>("external_weight").unwrap()[row];
        let neighbors = shown["neighbours"].as_array().unwrap();
        assert_eq!(neighbors.len(), across.len());
        for neighbor in neighbors {
            let (weight, edges) = across[&(neighbor["community_id"].as_u64().unwrap() as u32)];
            let weight = weight as f64 * seen.unit;
            assert_eq!(neighbor["weight"].as_f64(), Some(weight));
            assert_eq!(neighbor["share"].as_f64(), Some(weight / external));
            assert_eq!(neighbor["edges"].as_u64(), Some(edges));
        }
        assert!(neighbors.is_sorted_by(|a, b| a["weight"].as_f64() >= b["weight"].as_f64()));

        // CSV holds the same figures as pairs of field and value.
        let pairs = csv_of(&sandbox.succeed(&["communities", "show", &id.to_string(), "--format", "csv"]));
        assert_eq!(pairs[0], ["field", "value"]);
        let value = |field: &str| pairs.iter().find(|pair| pair[0] == field).map(|pair| pair[1].clone());
        assert_eq!(value("community.community_id"), Some(id.to_string()));
        assert_eq!(value("community.size"), Some(shown["community"]["size"].to_string()));
        assert_eq!(value("top_members.1.id"), ids("top_members").first().cloned());
        assert_eq!(value("neighbours.11.size"), None, "ten rows by default");
    }
}

/// Two triangles of customers, joined by the edge `C → d`, and a prospect joined to the first triangle: all figures can
/// be counted by hand.
fn triangles(crm_of: impl Fn(&str) -> Option<&'static str>) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut events = "actor,target,kind,on\n".to_owned();
    for (actor, target) in
        [("a", "b"), ("b", "c"), ("c", "a"), ("d", "e"), ("e", "f"), ("f", "d"), ("c", "d")]
    {
        writeln!(events, "{actor},{target},follow,forum").unwrap();
    }
    sandbox.write("events.csv", events);
    let mut crm = "id,name,value,forum,chat,consent\n".to_owned();
    for handle in ["a", "b", "c", "d", "e", "f"] {
        if let Some(row) = crm_of(handle) {
            writeln!(crm, "{},{row}", handle.to_uppercase()).unwrap();
        }
    }
    writeln!(crm, "Z,Alone,,zzz,,full").unwrap();
    sandbox.write("crm.csv", crm);
    sandbox.write("plaudit.toml", SOURCES);
    sandbox.succeed(&["run", "--quiet"]);
    sandbox
}

/// The community of a customer.
fn community_of(sandbox: &Sandbox, id: &str) -> String {
    let scores = table(sandbox, "scores.parquet");
    let row = scores.get::<String>("id").unwrap().iter().position(|other| other == id).unwrap();
    scores.get::<u32>("community_id").unwrap()[row].to_string()
}

#[test]
fn two_triangles_by_hand() {
    let sandbox = triangles(|handle| match handle {
        "a" => Some("Ann,10,a,,full"),
        "b" => Some("Bob,30,b,,full"),
        "c" => Some("\"Cy, the \u{1b}[31mRed\",,c,,profile"),
        "d" => Some(",50,d,,full"),
        "e" => Some("Eve,60,e,,profile"),
        _ => None,
    });
    let (first, second) = (community_of(&sandbox, "A"), community_of(&sandbox, "D"));
    assert_ne!(first, second);
    assert_eq!(community_of(&sandbox, "C"), first);
    // C has edges of the same weight to A, B and D: its tie to the other community is a third, half of its tie to its
    // own.
    let shown = json(&sandbox, &["communities", "show", &first]);
    let figures = &shown["community"];
    assert_eq!(
        (&figures["size"], &figures["customers"], &figures["withheld"]),
        (&3.into(), &3.into(), &0.into())
    );
    assert_eq!(
        (figures["internal_weight"].as_f64(), figures["external_weight"].as_f64()),
        (Some(3.0), Some(1.0))
    );
    // 7 edges have 14 ends: 6 ends belong to edges inside the community, and 7 ends are at its members.
    let part = 6.0 / 14.0 - 0.25;
    assert!((figures["modularity_share"].as_f64().unwrap() - part).abs() < 1e-15);
    assert_eq!(figures["median_value"].as_f64(), Some(20.0));
    assert_eq!(figures["without_consent"].as_f64(), Some(1.0 / 3.0));
    assert_eq!(
        (&figures["top_channels"], &figures["top_kinds"]),
        (&"forum:1.00".into(), &"follow:1.00".into())
    );
    assert_eq!(figures["between_groups"], 1);
    let c = shown["top_members"].as_array().unwrap().iter().find(|row| row["id"] == "C").unwrap();
    assert_eq!(c["community_strength"].as_f64(), Some(2.0 / 3.0));
    assert_eq!(c["secondary_community_id"].to_string(), second);
    assert_eq!(c["secondary_strength"].as_f64(), Some(1.0 / 3.0));
    let between: Vec<&str> = shown["people_between_groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        BTreeSet::from_iter(between),
        BTreeSet::from(["C", "D"]),
        "two of the three edges of D lead to its own community"
    );
    let neighbor = &shown["neighbours"][0];
    assert_eq!(
        (neighbor["community_id"].to_string(), neighbor["weight"].as_f64()),
        (second.clone(), Some(1.0))
    );
    assert_eq!((neighbor["share"].as_f64(), &neighbor["edges"]), (Some(1.0), &1.into()));

    // Only C is tied to the second community, and may not be contacted; D is tied to the first.
    let outcome = sandbox.plaudit(&["communities", "invite", &second]);
    assert_eq!(outcome.stdout, "rank  id  name  tier  strength %  weight  community  direct  channels\n");
    let reported = format!(
        "note: no customer next to community {second} may be contacted; 1 more is left out for lack of consent\n"
    );
    assert_eq!(outcome.stderr, reported);
    let outcome = sandbox.plaudit(&["communities", "invite", &first]);
    let line: Vec<&str> = outcome.stdout.lines().nth(1).unwrap().split_whitespace().collect();
    let tier = line[2];
    assert_eq!(line, ["1", "D", tier, "33.3", "1.00", &second, "1", "forum"]);
    let reported = format!(
        "note: 1 customer next to community {first} may be contacted; nobody is left out for lack of consent\n"
    );
    assert_eq!(outcome.stderr, reported);

    // A community of one person is named after that person.
    let alone = community_of(&sandbox, "Z");
    let shown = sandbox.succeed(&["communities", "show", &alone]);
    assert!(
        shown.starts_with(&format!(
            "community {alone}: Alone\n  members         1 = 1 customer + 0 prospects + 0 withheld\n"
        )),
        "{shown}"
    );
    assert!(
        shown.contains("\nneighboring communities: none\n")
            && shown.ends_with("\npeople between groups: none\n"),
        "{shown}"
    );
    assert!(
        !shown.contains("channels ") && !shown.contains("  top members"),
        "there is no such row: {shown}"
    );
    let outcome = sandbox.plaudit(&["communities", "invite", &alone]);
    assert!(outcome.stderr.contains("may be contacted; nobody is left out"), "{}", outcome.stderr);

    // Control characters in names are escaped, and long names are cut to the width of the page.
    for arguments in [&["communities"][..], &["communities", "show", &first]] {
        let text = sandbox.succeed(arguments);
        assert!(!text.contains('\u{1b}') && text.lines().all(|line| line.chars().count() <= 120), "{text}");
    }
}

#[test]
fn withheld_people_are_in_counts_only() {
    let sandbox = triangles(|handle| match handle {
        "a" => Some("Ann,10,a,,full"),
        "b" => Some("Bob,20,b,,full"),
        "c" => Some("Cy,30,c,,full"),
        "d" => Some("Dan,40,d,,none"),
        "e" => Some("Eve,50,e,,none"),
        _ => Some("Fay,60,f,,none"),
    });
    let communities = table(&sandbox, "communities.parquet");
    let row = communities.get::<u32>("withheld").unwrap().iter().position(|&count| count == 3).unwrap();
    let hidden = communities.get::<u32>("community_id").unwrap()[row].to_string();
    assert_eq!(communities.get::<String>("default_name").unwrap()[row], format!("community {hidden}"));
    for column in ["top_voices", "top_channels", "top_kinds"] {
        assert_eq!(communities.get::<String>(column).unwrap()[row], "", "{column}");
    }
    assert_eq!(communities.get::<Option<f64>>("median_value").unwrap()[row], None);
    assert_eq!(communities.get::<Option<f64>>("without_consent").unwrap()[row], None);
    let shown = sandbox.succeed(&["communities", "show", &hidden]);
    assert!(shown.contains("  members         3 = 0 customers + 0 prospects + 3 withheld\n"), "{shown}");
    for part in ["top members", "neighboring communities"] {
        assert!(shown.contains(&format!("\n{part}: none\n")), "{shown}");
    }
    // C attends to a withheld person, but a community of withheld people may be a single person, so no tie to it is
    // shown.
    assert!(shown.contains("\npeople between groups: none\n"), "{shown}");
    let scores = table(&sandbox, "scores.parquet");
    assert!(scores.get::<Option<u32>>("secondary_community_id").unwrap().iter().all(Option::is_none));
    assert!(scores.get::<Option<f64>>("secondary_strength").unwrap().iter().all(Option::is_none));
    let outcome = sandbox.plaudit(&["communities", "invite", &hidden, "--format", "json"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), "[]\n"));
    assert_eq!(
        outcome.stderr,
        format!("note: community {hidden} has no member who may be shown, so nobody is next to it\n")
    );
    let everything = [
        sandbox.succeed(&["communities", "--format", "json"]),
        json(&sandbox, &["communities", "show", &community_of(&sandbox, "C")]).to_string(),
        shown,
    ]
    .concat();
    for name in ["Dan", "Eve", "Fay", "\"D\"", "\"E\"", "\"F\"", "forum:d"] {
        assert!(!everything.contains(name), "{name} is withheld: {everything}");
    }
}

#[test]
fn without_a_crm_nobody_may_be_invited() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "events.csv",
        "actor,target,kind\n\u{7}a,b,follow\nb,c,follow\nc,\u{7}a,follow\nd,e,follow\ne,f,follow\nf,d,follow\nc,d,follow\n",
    );
    sandbox.write(
        "plaudit.toml",
        "[[events]]\npath = 'events.csv'\ncolumns = { actor = 'actor', target = 'target', kind = 'kind' }\n",
    );
    sandbox.succeed(&["run", "--quiet"]);
    let first = community_of(&sandbox, "c");
    let outcome = sandbox.plaudit(&["communities", "invite", &first]);
    assert_eq!(
        outcome.stderr,
        format!(
            "note: no customer next to community {first} may be contacted; 1 more is left out for lack of consent: \
             without a CRM nobody has agreed to it\n"
        )
    );
    let shown = sandbox.succeed(&["communities", "show", &first]);
    assert!(shown.contains("100.0 % of its customers may not be contacted"), "{shown}");
    assert!(!shown.contains('\u{7}'), "{shown}");
    // Customers to whom the configuration gives consent may be invited.
    let config = format!("{}[consent]\nmissing = 'full'\n", sandbox.read("plaudit.toml"));
    sandbox.write("plaudit.toml", config);
    sandbox.succeed(&["run", "--quiet"]);
    let listed = json(&sandbox, &["communities", "invite", &community_of(&sandbox, "c")]);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"]), (1, &"d".into()));
}

#[test]
fn unknown_communities_are_answered_with_the_known_range() {
    let sandbox = triangles(|handle| (handle == "a").then_some("Ann,,a,,full"));
    for action in ["show", "invite"] {
        let ask = |id: &str| sandbox.fail(1, &["communities", action, id]);
        assert_eq!(
            ask("99"),
            "error: there is no community 99; this run has communities 0 to 2\n  \
             hint: `plaudit communities` lists the communities of the run\n"
        );
        assert!(sandbox.fail(2, &["communities", action, "first"]).contains("invalid value 'first'"));
        assert!(sandbox.fail(2, &["communities", action]).contains("<ID>"));
        assert!(sandbox.fail(2, &["communities", action, "-1"]).contains("-1"));
        assert!(sandbox.fail(1, &["communities", action, "0", "--run", "r0009"]).contains("r0009"));
        let whole = fs::read(sandbox.path("out/current/graph.plaudit")).unwrap();
        fs::write(sandbox.path("out/current/graph.plaudit"), &whole[..100]).unwrap();
        assert!(ask("0").contains("graph.plaudit"));
        fs::write(sandbox.path("out/current/graph.plaudit"), whole).unwrap();
        sandbox.succeed(&["communities", action, "0", "-n", "0"]);
    }
    // Without an action the communities are listed; the options of the list do not go with an action.
    assert!(sandbox.succeed(&["communities", "-n", "1"]).starts_with("community  name"));
    assert!(sandbox.fail(2, &["communities", "-n", "1", "show", "0"]).contains("cannot be used with"));
}
