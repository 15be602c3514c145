//! All measures except PageRank, as users get them: in `scores.parquet`, `plaudit top --by` and `plaudit algo`.

use std::{collections::BTreeMap, fmt::Write as _};

use plaudit::store::{ColumnData, Store, Table, read_table};

use crate::support::{quickstart::finished, sandbox::Sandbox};

fn scores(sandbox: &Sandbox) -> Table {
    read_table(&sandbox.path("out/current/scores.parquet")).unwrap()
}

fn names_with<'a>(table: &'a Table, prefix: &str) -> Vec<&'a str> {
    table.columns().iter().filter_map(|(name, _)| name.strip_prefix(prefix)).collect()
}

/// The sum of the columns whose names begin with `prefix`, row by row.
fn sums(table: &Table, prefix: &str) -> Vec<f64> {
    let mut sums = vec![0.0; table.row_count()];
    for name in names_with(table, prefix) {
        let values = table.get::<f64>(&format!("{prefix}{name}")).unwrap();
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    sums
}

#[test]
fn strengths_of_the_bundled_data_add_up() {
    let shared = finished();
    let sandbox = &shared.sandbox;
    let table = scores(sandbox);
    let strength = table.get::<f64>("strength").unwrap();
    assert_eq!(names_with(&table, "strength_by_"), ["follow", "share", "reply", "mention"]);
    assert_eq!(names_with(&table, "strength_on_"), ["forum", "instagram", "twitter", "other"]);
    // Sums of multiples of 2^-20 that are far below 2^33: exact in floats.
    assert_eq!(sums(&table, "strength_by_"), strength);
    assert_eq!(sums(&table, "strength_on_"), strength);
    let part = |name| table.get::<f64>(name).unwrap();
    let parts = part("following_strength").iter().zip(part("amplification")).zip(part("conversation"));
    let parts: Vec<f64> = parts.map(|((follows, shares), talk)| follows + shares + talk).collect();
    assert_eq!(parts, strength);
    assert!(part("strength_on_other").iter().all(|other| *other == 0.0), "every account has a channel");
    for name in ["following_strength", "amplification", "conversation", "out_strength", "strength_on_forum"] {
        assert!(part(name).iter().any(|value| *value > 0.0), "{name}");
    }
    let count = |name| table.get::<u32>(name).unwrap();
    let (core, audience, out_degree) = (count("core_number"), count("audience"), count("out_degree"));
    for row in 0..table.row_count() {
        let degree = audience[row] + out_degree[row];
        assert!(core[row] <= degree && (core[row] == 0) == (degree == 0), "row {row}");
        assert_eq!(strength[row] > 0.0, audience[row] > 0, "row {row}");
        assert_eq!(part("out_strength")[row] > 0.0, out_degree[row] > 0, "row {row}");
    }
    for name in ["hub", "authority"] {
        let values = table.get::<Option<f64>>(name).unwrap();
        let sum: f64 = values.iter().map(|value| value.unwrap()).sum();
        assert!(sum > 0.5 && sum <= 1.0 + 1e-9, "withheld people keep their share: {name} sums to {sum}");
    }
    // The largest component has number 0, and each isolated person is alone in a component.
    let component = count("component");
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for number in component {
        *sizes.entry(*number).or_default() += 1;
    }
    assert_eq!(sizes.values().max(), sizes.get(&0));
    assert!((0..table.row_count()).all(|row| core[row] > 0 || sizes[&component[row]] == 1));
    let certificates =
        Store::open(&sandbox.path("out")).unwrap().run("current").unwrap().manifest().unwrap().record;
    assert!(
        certificates.certificates["largest_core"].as_u64().unwrap() >= u64::from(*core.iter().max().unwrap())
    );
    assert!(certificates.certificates["hits_l1_change"].as_f64().unwrap() <= 1e-6);
}

const SMALL: &str = r#"
[run]
as_of = "2026-01-31"
[[events]]
path = "events.csv"
columns = { actor = "actor", target = "target", kind = "kind", channel = "on" }
[[customers]]
path = "crm.csv"
columns = { id = "id", consent = "consent" }
identifiers = { twitter = "twitter", forum = "forum", "secret-club" = "club" }
[weights]
saturation = "none"
follow = { weight = 1.0, half_life = "none" }
share = { weight = 3.0, half_life = "none" }
like = { weight = 0.5, half_life = "none" }
"#;

/// A small company: ada and bob have accounts on two channels, eve may not be profiled.
fn small() -> Sandbox {
    let sandbox = Sandbox::new();
    let events = "\
bob,ada,follow,Twitter\nbob,ada,share,Twitter\nbob,ada,share,Twitter\nbob,ada.l,share,forum\n\
eve,ada,reply,twitter\ncy,ada.l,mention,forum\ncy,ada.l,like,forum\nada,bob,like,twitter\n\
eve,eve,share,Secret-Club\nada.l,dee,follow,a b/c\nada.l,dee,unfollow,a b/c\nada.l,dee,share,a b/c\n";
    sandbox.write("events.csv", format!("actor,target,kind,on\n{events}"));
    sandbox.write(
        "crm.csv",
        "id,twitter,forum,club,consent\nA,ada,ada.l,,full\nB,bob,bob,,full\nE,eve,,eve,none\n",
    );
    sandbox.write("plaudit.toml", SMALL);
    sandbox
}

#[test]
fn strengths_by_hand() {
    let sandbox = small();
    sandbox.succeed(&["run", "--quiet"]);
    let table = scores(&sandbox);
    let ids = table.get::<String>("id").unwrap();
    let of = |id: &str, column: &str| {
        let row = ids.iter().position(|other| other == id).unwrap_or_else(|| panic!("{id} in {ids:?}"));
        table.get::<f64>(column).unwrap()[row]
    };
    let kinds = ["follow", "share", "reply", "mention", "like"];
    assert_eq!(names_with(&table, "strength_by_"), kinds);
    // The channel on which only a withheld customer has an account has no column.
    assert_eq!(names_with(&table, "strength_on_"), ["a_b_c", "forum", "twitter", "other"]);
    let by_kind = |id: &str| kinds.map(|kind| of(id, &format!("strength_by_{kind}")));
    let by_channel =
        |id: &str| ["a_b_c", "forum", "twitter", "other"].map(|name| of(id, &format!("strength_on_{name}")));
    let parts = |id: &str| ["following_strength", "amplification", "conversation"].map(|name| of(id, name));
    let dee = ids.iter().find(|id| id.ends_with("dee")).unwrap();
    let denied_shapes = of("A", "strength_by_reply");
    assert_eq!(by_kind("A"), [1.0, 9.0, denied_shapes, 1.5, 0.5]);
    assert_eq!(by_channel("A"), [0.0, 3.0 + 1.5 + 0.5, 1.0 + 6.0 + denied_shapes, 0.0]);
    assert_eq!(parts("A"), [1.0, 9.0, denied_shapes + 1.5]);
    assert_eq!((by_kind("B"), by_channel("B")), ([0.0, 0.0, 0.0, 0.0, 0.5], [0.0, 0.0, 0.5, 0.0]));
    assert_eq!(parts("B"), [0.0; 3], "a kind of the user's own belongs to no named part");
    assert_eq!((by_kind(dee), by_channel(dee)), ([0.0, 3.0, 0.0, 0.0, 0.0], [3.0, 0.0, 0.0, 0.0]));
    assert_eq!(of("B", "out_strength"), 10.0);
    let top = sandbox.succeed(&["top", "--by", "amplification", "-n", "1", "--format", "csv"]);
    assert!(top.lines().nth(1).unwrap().contains(",A,"), "{top}");
    for by in ["out-strength", "core-number", "hub", "authority", "following-strength", "conversation"] {
        assert_eq!(sandbox.succeed(&["top", "--by", by, "--format", "csv"]).lines().count(), 3, "{by}");
    }
}

/// The graph has two parts of nearly equal strength: HITS needs more rounds than a run allows.
#[test]
fn a_run_without_hits_convergence_publishes_empty_columns() {
    let sandbox = Sandbox::new();
    let mut events = "actor,target,kind,at\n".to_owned();
    for (second, pair) in (0..).zip(["a,b", "c,d"].iter().cycle().take(2000)) {
        let (minute, second) = (second / 60, second % 60);
        writeln!(events, "{pair},share,2026-01-01T00:{minute:02}:{second:02}").unwrap();
    }
    events += "a,b,mention,2026-01-01T12:00:00\n";
    sandbox.write("events.csv", events);
    let weights = "[weights]\nsaturation = \"none\"\nshare = { weight = 3.0, daily_cap = 100000, half_life = \"none\" }\n\
                   mention = { weight = 1.0, half_life = \"none\" }\n";
    sandbox.write("plaudit.toml", format!("[[events]]\npath = \"events.csv\"\n{weights}"));
    let outcome = sandbox.plaudit(&["run"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("`hub` and `authority` stay empty: HITS did not converge"),
        "{}",
        outcome.stderr
    );
    let table = scores(&sandbox);
    assert_eq!(table.column("hub"), Some(&ColumnData::OptionalF64(vec![None; 4])));
    assert_eq!(table.get::<u32>("core_number").unwrap(), [1; 4]);
    let message = sandbox.fail(1, &["top", "--by", "hub", "--format", "csv"]);
    assert!(message.contains("has a `hub` to sort by\n  why:  HITS did not converge\n  hint: "), "{message}");
    let message = sandbox.fail(1, &["top", "--by", "suspect-share"]);
    assert!(
        message.contains("  why:  there is no CRM, or `[trust] enabled` is false\n  hint: "),
        "{message}"
    );
    let strengths = sandbox.succeed(&["top", "--by", "out-strength", "-n", "1", "--format", "csv"]);
    let last: Vec<&str> = strengths.lines().map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_eq!(last, ["out_strength", "3001"], "a thousand shares of weight 3 and a mention");
}

#[test]
fn algo_answers_by_node() {
    let sandbox = Sandbox::new();
    sandbox.write("graph.txt", "a b\nb c\nc a\nc d\nd d\n");
    sandbox.write("nodes.txt", "a\nalone\n");
    let cores = "node,core_number\na,2\nalone,0\nb,2\nc,2\nd,1\n";
    for more in [&[][..], &["--undirected"]] {
        let arguments =
            [&["algo", "core-numbers", "graph.txt", "--nodes", "nodes.txt", "--timings", "t.json"], more]
                .concat();
        let answer = sandbox.succeed(&arguments);
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(answer.lines().next(), Some("node,core_number"));
        assert_eq!(sorted(&answer), sorted(cores), "{more:?}");
        let timings: serde_json::Value = serde_json::from_str(&sandbox.read("t.json")).unwrap();
        assert_eq!(timings["largest_core"], 2);
    }
    sandbox.write("star.txt", "a,z,2\nb,z,6\n");
    let answer = sandbox.succeed(&["algo", "hits", "star.txt", "--timings", "t.json"]);
    assert_eq!(answer, "node,hub,authority\na,0.25,0\nz,0,1\nb,0.75,0\n");
    let timings: serde_json::Value = serde_json::from_str(&sandbox.read("t.json")).unwrap();
    assert!(timings["rounds"].as_u64().unwrap() >= 2 && timings["l1_change"].as_f64().unwrap() <= 1e-9);
    sandbox.write("close.txt", "a b 1000000\nc d 999999\n");
    let refusal = sandbox.fail(1, &["algo", "hits", "close.txt", "--max-rounds", "5"]);
    assert!(
        refusal.contains("HITS did not converge") && refusal.contains("hint: raise `--max-rounds`"),
        "{refusal}"
    );
    let refusal = sandbox.fail(1, &["algo", "hits", "close.txt", "--tolerance", "1e-300"]);
    assert!(refusal.contains("hint: raise `--tolerance`"), "{refusal}");
}
