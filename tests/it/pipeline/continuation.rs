//! Communities from one run to the next: ids that stay, events, names given by users, and damaged stores.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    os::unix::fs::symlink,
    path::Path,
};

use plaudit::{
    digest::Hasher,
    num,
    store::{Store, read_table},
};
use serde_json::Value;

use crate::support::{
    graphs,
    planted::{Numbering, planted},
    quickstart::{QUICKSTART, copy_of_finished},
    sandbox::Sandbox,
};

const DAY_S: u64 = 86_400;
/// Day 0 of these tests, 2026-01-01.
const START_S: u64 = 1_767_225_600;

/// Writes follows between numbered people, all on day 0, and a configuration whose `as_of` is day `day`.
fn write_inputs(sandbox: &Sandbox, edges: &[(u32, u32)], day: u64, more: &str) {
    let mut text = String::from("actor,target,kind,at\n");
    for (u, v) in edges {
        writeln!(text, "p{u},p{v},follow,{START_S}").unwrap();
    }
    sandbox.write("events.csv", text);
    let as_of = START_S + day * DAY_S;
    sandbox
        .write("plaudit.toml", format!("[run]\nas_of = {as_of}\n[[events]]\npath = \"events.csv\"\n{more}"));
}

/// Writes the inputs of day `day`, runs plaudit and returns its messages.
fn run_on(sandbox: &Sandbox, edges: &[(u32, u32)], day: u64) -> String {
    write_inputs(sandbox, edges, day, "");
    run(sandbox)
}

fn run(sandbox: &Sandbox) -> String {
    // These tests change more between runs than `[guard]` allows.
    let outcome = sandbox.plaudit(&["run", "--force"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome.stderr
}

fn manifest(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&sandbox.read("out/current/manifest.json")).unwrap()
}

fn certificate(sandbox: &Sandbox, name: &str) -> Value {
    manifest(sandbox)["certificates"][name].clone()
}

/// The community id of each person in `scores.parquet`.
fn ids(sandbox: &Sandbox) -> BTreeMap<String, u32> {
    let table = read_table(&sandbox.path("out/current/scores.parquet")).unwrap();
    let (names, ids) = (table.get::<String>("id").unwrap(), table.get::<u32>("community_id").unwrap());
    names.iter().cloned().zip(ids.iter().copied()).collect()
}

fn events(sandbox: &Sandbox) -> Vec<BTreeMap<String, String>> {
    let text = sandbox.read("out/current/communities/events.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// The events except `continued`, as `event id [others]`.
fn changes(sandbox: &Sandbox) -> Vec<String> {
    let events = events(sandbox);
    let changed = events.iter().filter(|row| row["event"] != "continued");
    changed.map(|row| format!("{} {} [{}]", row["event"], row["community_id"], row["other_ids"])).collect()
}

/// The digest of every file of the current run, by path.
fn digests(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let run = Store::open(&sandbox.path("out")).unwrap().run("current").unwrap();
    let files = run.manifest().unwrap().files.into_iter();
    files.map(|file| (file.path, file.sha256.to_string())).collect()
}

/// Cliques of these sizes; clique `i` has the people `100 i` and up.
fn cliques(sizes: &[u32]) -> Vec<(u32, u32)> {
    (0..).zip(sizes).flat_map(|(i, &size)| graphs::clique(100 * i, size)).collect()
}

/// The common community id of all `people`; fails if they have several ids.
fn same_id(ids: &BTreeMap<String, u32>, people: std::ops::Range<u32>) -> u32 {
    let all: BTreeSet<u32> = people.map(|person| ids[&format!("p{person}")]).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    *all.first().unwrap()
}

#[test]
fn a_second_run_on_unchanged_data_changes_nothing() {
    let sandbox = copy_of_finished();
    let go = |threads| sandbox.succeed(&["run", "-c", QUICKSTART, "--quiet", "--threads", threads]);
    let (first, first_ids) = (digests(&sandbox), ids(&sandbox));
    assert_eq!(certificate(&sandbox, "community_start"), "cold");
    assert!(events(&sandbox).iter().all(|row| row["event"] == "born"));

    go("1");
    let second = digests(&sandbox);
    // Scores, tiers and growth now refer to the previous run; files that contain only the graph or the communities are
    // unchanged.
    for file in ["communities/nodes.parquet", "graph.plaudit"] {
        assert_eq!(first[file], second[file], "{file}");
    }
    assert_eq!(ids(&sandbox), first_ids);
    assert_eq!(certificate(&sandbox, "community_start"), "unchanged");
    let events = events(&sandbox);
    let is_unchanged = |row: &BTreeMap<String, String>| {
        row["event"] == "continued" && row["joined"] == "0" && row["left"] == "0"
    };
    assert!(!events.is_empty() && events.iter().all(is_unchanged), "{events:?}");

    for threads in ["3", "8"] {
        go(threads);
        assert_eq!(digests(&sandbox), second, "on {threads} threads");
    }
}

#[test]
fn withheld_members_are_counted_as_unknown() {
    let sandbox = copy_of_finished();
    // An earlier `as_of` gives other weights, and so another graph.
    let config = sandbox.read(QUICKSTART).replace("[run]", "[run]\nas_of = \"2026-06-01\"");
    assert!(config.contains("as_of"));
    sandbox.write(QUICKSTART, config);
    sandbox.succeed(&["run", "-c", QUICKSTART, "--quiet"]);
    assert_eq!(certificate(&sandbox, "community_start"), "warm");
    let table = read_table(&sandbox.path("out/current/communities.parquet")).unwrap();
    let withheld: BTreeMap<u32, u32> = {
        let (ids, withheld) =
            (table.get::<u32>("community_id").unwrap(), table.get::<u32>("withheld").unwrap());
        ids.iter().copied().zip(withheld.iter().copied()).collect()
    };
    let mut unknown = 0;
    for row in events(&sandbox) {
        let number = |column: &str| row[column].parse::<u32>().unwrap();
        assert_eq!(number("previous_size"), number("kept") + number("left") + number("previous_unknown"));
        if number("size") > 0 {
            assert_eq!(number("size"), number("kept") + number("joined") + number("unknown"));
            assert_eq!(number("unknown"), withheld[&number("community_id")]);
        }
        unknown += number("unknown");
    }
    assert!(unknown > 0, "some withheld people are in communities");
}

#[test]
fn at_least_98_percent_keep_their_id_when_a_few_edges_change() {
    let graph = planted(40, 50, 10, 0.3, Numbering::Random, 5);
    let first: Vec<(u32, u32)> = graph.edges.iter().map(|&(u, v, _)| (u, v)).collect();
    let n = graph.truth.len() as u64;
    let of_group: Vec<Vec<u32>> =
        (0..40).map(|group| (0..n as u32).filter(|&u| graph.truth[u as usize] == group).collect()).collect();
    let changed = |(i, &(u, v)): (usize, &(u32, u32))| {
        let group = &of_group[graph.truth[v as usize] as usize];
        let draw = |stage| num::random(8, stage, i as u64, 0);
        if draw(0) % 1000 < 15 { (u, group[draw(1) as usize % group.len()]) } else { (u, v) }
    };
    let second: Vec<(u32, u32)> = first.iter().enumerate().map(changed).collect();
    let mut all = Vec::new();
    for threads in ["1", "3"] {
        let sandbox = Sandbox::new();
        let mut of_runs = Vec::new();
        for (day, edges) in [(0, &first), (1, &second)] {
            write_inputs(&sandbox, edges, day, "");
            sandbox.succeed(&["run", "--quiet", "--threads", threads]);
            of_runs.push(ids(&sandbox));
        }
        let kept = of_runs[1].iter().filter(|(id, community)| of_runs[0].get(*id) == Some(community)).count();
        let share = kept as f64 / of_runs[1].len() as f64;
        println!("{kept} of {} people keep their community id ({:.2} %)", of_runs[1].len(), 100.0 * share);
        assert!(share >= 0.98);
        assert_eq!(certificate(&sandbox, "community_start"), "warm");
        assert_eq!(changes(&sandbox), Vec::<String>::new(), "every community continues");
        all.push(digests(&sandbox));
    }
    assert_eq!(all[0], all[1], "the same bytes on any number of threads");
}

#[test]
fn planted_events_are_logged_exactly() {
    let sandbox = Sandbox::new();
    // Six groups in order of size get the ids 0 to 5.
    run_on(&sandbox, &cliques(&[20, 16, 14, 12, 10, 8]), 0);
    assert_eq!(
        changes(&sandbox),
        ["born 0 []", "born 1 []", "born 2 []", "born 3 []", "born 4 []", "born 5 []"]
    );

    // 0 splits into cliques of 12 and 8; 1 and 3 merge; 2 loses one member and gains two; 4 disappears; 5 continues;
    // seven new people form a community.
    let mut edges = [graphs::clique(0, 12), graphs::clique(12, 8), graphs::clique(201, 13)].concat();
    let one: Vec<u32> = (100..116).chain(300..312).collect();
    edges.extend(one_group(&one));
    edges.extend((201..214).flat_map(|u| [(u, 250), (u, 251)]));
    edges.extend(graphs::clique(500, 8));
    edges.extend(graphs::clique(900, 7));
    run_on(&sandbox, &edges, 1);
    assert_eq!(changes(&sandbox), ["split 0 [6]", "merged 3 [1]", "died 4 []", "born 6 [0]", "born 7 []"]);
    let events = events(&sandbox);
    let row = |id: &str| {
        let row = events.iter().find(|row| row["community_id"] == id).unwrap();
        let columns = ["event", "size", "previous_size", "kept", "joined", "left", "other_ids"];
        columns.map(|column| row[column].as_str()).join(" ")
    };
    assert_eq!(row("0"), "split 12 20 12 0 8 6");
    assert_eq!(row("1"), "continued 28 16 16 12 0 3");
    assert_eq!(row("2"), "continued 15 14 13 2 1 ");
    assert_eq!(row("3"), "merged 0 12 12 0 0 1");
    assert_eq!(row("4"), "died 0 10 0 0 10 ");
    assert_eq!(row("5"), "continued 8 8 8 0 0 ");
    assert_eq!(row("6"), "born 8 0 0 8 0 0");
    assert_eq!(row("7"), "born 7 0 0 7 0 ");
    assert_eq!(events.len(), 8);

    // Every output has the same ids.
    let ids = ids(&sandbox);
    assert_eq!(same_id(&ids, 12..20), 6);
    assert_eq!(same_id(&ids, 900..907), 7);
    let tiers = sandbox.read("out/current/segments/generic/full/tiers.csv");
    let mut reader = csv::Reader::from_reader(tiers.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(|row| row.unwrap()).collect();
    assert!(rows.iter().all(|row| row["community_id"] == ids[&row["customer_id"]].to_string()));
    let counted = &manifest(&sandbox)["counts"];
    for (fate, count) in [("continued", 3), ("split", 1), ("merged", 1), ("died", 1), ("born", 2)] {
        assert_eq!(counted[format!("communities_{fate}")], count, "{fate}");
    }
    let listed = |arguments: &[&str]| -> Vec<Value> {
        serde_json::from_str(&sandbox.succeed(&[arguments, &["--format", "json"]].concat())).unwrap()
    };
    let communities = listed(&["communities"]);
    let by_size: Vec<u64> = communities.iter().map(|row| row["community_id"].as_u64().unwrap()).collect();
    assert_eq!(by_size, [1, 2, 0, 5, 6, 7], "the largest first, ties by id");
    assert_eq!(listed(&["top", "--community", "7", "-n", "50"]).len(), 7);
    let message = sandbox.fail(1, &["top", "--community", "3"]);
    assert!(
        message.contains("there is no community 3\n  why:  it merged into 1 on 2026-01-02; this run has communities 0 to 2 and 5 to 7")
            && message.contains("hint: name community 1, or an earlier run"),
        "{message}"
    );
    assert!(sandbox.succeed(&["top", "--personalised-to", "community:6"]).contains("p1"));
    let message = sandbox.fail(1, &["communities", "show", "4"]);
    assert!(message.contains("it ended, its members gone or scattered, on 2026-01-02"), "{message}");

    // On the next day 1 merges into a larger community, and a later run still tells it; 3 is followed through both.
    let all: Vec<u32> = (100..116).chain(300..312).chain(600..640).collect();
    let mut edges = one_group(&all);
    let large = graphs::clique(600, 40);
    // Modularity merges them only in a graph of which they are a small part.
    let others = (10..18).flat_map(|i| graphs::clique(100 * i, 40));
    let rest: Vec<(u32, u32)> = graphs::clique(0, 12).into_iter().chain(others).collect();
    run_on(&sandbox, &[large, one_group(&one), rest.clone()].concat(), 2);
    let big = same_id(&self::ids(&sandbox), 600..640);
    edges.extend(rest);
    run_on(&sandbox, &edges, 3);
    run_on(&sandbox, &edges, 4);
    assert_eq!(same_id(&self::ids(&sandbox), 100..116), big);
    let message = sandbox.fail(1, &["communities", "invite", "3"]);
    let expected = format!("it merged into 1 on 2026-01-02, which merged into {big} on 2026-01-04");
    assert!(message.contains(&expected), "{message}");
    assert!(message.contains(&format!("hint: name community {big}")), "{message}");
    // An earlier run knows nothing of what happened later.
    let second = sandbox.fail(1, &["communities", "show", "3", "--run", "r0002"]);
    assert!(second.contains("it merged into 1 on 2026-01-02; this run has"), "{second}");
    sandbox.succeed(&["communities", "--run", "r0001", "show", "3"]);
}

/// The edges of a group in which everybody follows everybody with a greater number.
fn one_group(people: &[u32]) -> Vec<(u32, u32)> {
    people.iter().flat_map(|&u| people.iter().filter(move |&&v| v > u).map(move |&v| (u, v))).collect()
}

/// Edges within and between groups: each person draws eleven partners, 30 % of them from all groups, the others from
/// the person's own group.
fn mixed(groups: &[std::ops::Range<u32>]) -> Vec<(u32, u32)> {
    let all: Vec<u32> = groups.iter().cloned().flatten().collect();
    let partner = |group: &std::ops::Range<u32>, u: u32, draw: u64| {
        let random = |stage| num::random(31, stage, u64::from(u), draw);
        if random(0) % 10 < 3 {
            all[random(1) as usize % all.len()]
        } else {
            group.start + random(2) as u32 % (group.end - group.start)
        }
    };
    let members = groups.iter().flat_map(|group| group.clone().map(move |u| (group, u)));
    let ties = members.flat_map(|(group, u)| (0..11).map(move |draw| (u, partner(group, u, draw))));
    ties.filter(|(u, v)| u != v).collect()
}

#[test]
fn planted_events_are_logged_exactly_where_groups_mix() {
    let sandbox = Sandbox::new();
    // Groups in order of size get the ids 0 to 4.
    run_on(&sandbox, &mixed(&[400..490, 0..80, 100..160, 200..250, 300..345]), 0);
    assert_eq!(changes(&sandbox).len(), 5, "{:?}", changes(&sandbox));
    // 1 splits into 45 and 35; 2 and 3 merge; 4 disappears; forty new people form a community; 0 continues.
    let joined: Vec<(u32, u32)> = mixed(std::slice::from_ref(&(100..210)));
    let of_two = |u: u32| if u < 160 { u } else { u + 40 };
    let edges = [
        mixed(&[400..490, 0..45, 45..80, 600..640]),
        joined.iter().map(|&(u, v)| (of_two(u), of_two(v))).collect(),
        (0..60).map(|i| (i, 100 + i)).collect(),
    ]
    .concat();
    run_on(&sandbox, &edges, 1);
    assert_eq!(changes(&sandbox), ["split 1 [6]", "merged 3 [2]", "died 4 []", "born 5 []", "born 6 [1]"]);
    let ids = ids(&sandbox);
    let expected = [(400..490, 0), (0..45, 1), (45..80, 6), (100..160, 2), (200..250, 2), (600..640, 5)];
    let is_right = |(people, id): (std::ops::Range<u32>, u32)| {
        people.map(|u| ids[&format!("p{u}")] == id).collect::<Vec<_>>()
    };
    let right: Vec<bool> = expected.into_iter().flat_map(is_right).collect();
    let share = right.iter().filter(|&&right| right).count() as f64 / right.len() as f64;
    println!("{:.2} % of {} people have the id of their group", 100.0 * share, right.len());
    assert!(share >= 0.98);
}

#[test]
fn ids_are_never_given_twice() {
    let sandbox = Sandbox::new();
    // Keyed by community id: the group that got this id, over all runs.
    let mut owners: BTreeMap<u32, u32> = BTreeMap::new();
    // Groups come and go in five runs; some return after an absence.
    let runs: [&[u32]; 5] = [&[0, 1, 2, 3], &[0, 2, 4], &[0, 1, 4, 5], &[6, 2, 4], &[6, 0, 1, 3, 7]];
    let mut given = 0;
    for (day, groups) in (0_u64..).zip(runs) {
        let edges: Vec<(u32, u32)> =
            groups.iter().flat_map(|&group| graphs::clique(100 * group, 5 + group)).collect();
        run_on(&sandbox, &edges, day);
        let ids = ids(&sandbox);
        let before = owners.clone();
        for &group in groups {
            let id = same_id(&ids, 100 * group..100 * group + 5 + group);
            let owner = *owners.entry(id).or_insert(group);
            assert_eq!(owner, group, "run {day}: community {id} was group {owner}");
            assert!(before.contains_key(&id) || id >= given, "run {day}: {id} was given before");
        }
        let next = u32::try_from(certificate(&sandbox, "next_community_id").as_u64().unwrap()).unwrap();
        assert!(next >= given);
        given = next;
    }
    assert_eq!(owners.len(), 13, "a group that returns has a new id: {owners:?}");

    // `current` is set back to the second run. The next run does not give ids of later runs again.
    let runs: Vec<_> = Store::open(&sandbox.path("out")).unwrap().runs().unwrap();
    fs::remove_file(sandbox.path("out/current")).unwrap();
    symlink(format!("runs/{}", runs[1]), sandbox.path("out/current")).unwrap();
    run_on(&sandbox, &[graphs::clique(0, 5), graphs::clique(1500, 6)].concat(), 6);
    assert_eq!(same_id(&ids(&sandbox), 1500..1506), given);
    assert_eq!(same_id(&ids(&sandbox), 0..5), 3, "the id of group 0 in the second run");
}

#[test]
fn names_follow_ids_and_bad_names_are_reported() {
    let sandbox = Sandbox::new();
    run_on(&sandbox, &cliques(&[12, 10, 8]), 0);
    let names = "community_id,name\n1,\"Runners, Berlin\"\n2,=Gardeners()\n7,Nobody yet\nx,Letters\n0,\n1,Twice\n\
                 2,too,many\n0,\"open\n1,x\n";
    sandbox.write("out/communities.names.csv", names);
    let said = run_on(&sandbox, &cliques(&[12, 10, 8]), 1);
    for message in [
        "communities.names.csv:3:3: a spreadsheet program would read `=Gardeners()` as a formula",
        "communities.names.csv:4:3: no community has ever had the id 7; the name `Nobody yet` is not used",
        "communities.names.csv:5:1: `x` is no community id; a whole number such as 7 is expected",
        "communities.names.csv:6:3: the name is empty",
        "communities.names.csv:7:3: community 1 already has a name in line 2",
        "communities.names.csv:8:7: found 3 fields, expected 2",
        "communities.names.csv:9:3: the quote that opens here is never closed",
        "communities.names.csv:10:3: community 1 already has a name in line 2",
    ] {
        assert!(said.contains(message), "`{message}` is missing in\n{said}");
    }
    let named = || -> BTreeMap<u32, Option<String>> {
        let table = read_table(&sandbox.path("out/current/communities.parquet")).unwrap();
        let names = table.get::<Option<String>>("name").unwrap().to_vec();
        table.get::<u32>("community_id").unwrap().iter().copied().zip(names).collect()
    };
    let runners = || Some("Runners, Berlin".to_owned());
    let gardeners = || Some("=Gardeners()".to_owned());
    assert_eq!(named(), BTreeMap::from([(0, None), (1, runners()), (2, gardeners())]));
    let inputs = manifest(&sandbox)["inputs"].clone();
    assert_eq!((&inputs[1]["role"], &inputs[1]["rows_rejected"]), (&"names".into(), &6.into()));

    // The runners become the largest community, and the gardeners disappear.
    sandbox.write("out/communities.names.csv", "community_id,name\n1,\"Runners, Berlin\"\n2,Gardeners\n");
    let said = run_on(&sandbox, &[graphs::clique(0, 6), graphs::clique(100, 10)].concat(), 2);
    assert_eq!(named(), BTreeMap::from([(0, None), (1, runners())]));
    assert!(
        said.contains(
            "communities.names.csv:3:3: community 2 has ended since the previous run; the name `Gardeners`"
        ),
        "{said}"
    );
    let events = events(&sandbox);
    let name = |id: &str| events.iter().find(|row| row["community_id"] == id).unwrap()["name"].clone();
    assert_eq!((name("1").as_str(), name("2").as_str()), ("Runners, Berlin", "Gardeners"));
    assert!(sandbox.succeed(&["communities"]).contains("Runners, Berlin"));
    let said = run_on(&sandbox, &[graphs::clique(0, 6), graphs::clique(100, 9)].concat(), 3);
    assert!(said.contains("community 2 no longer exists"), "{said}");

    // A names file that cannot be read is reported, and the run goes on.
    fs::remove_file(sandbox.path("out/communities.names.csv")).unwrap();
    fs::create_dir(sandbox.path("out/communities.names.csv")).unwrap();
    let said = run_on(&sandbox, &[graphs::clique(0, 6), graphs::clique(100, 9)].concat(), 3);
    assert!(said.contains("communities go without names: "), "{said}");
    assert_eq!(named(), BTreeMap::from([(0, None), (1, None)]));
}

/// Replaces the manifest of the current run, with a matching `_SUCCESS`.
fn sign(sandbox: &Sandbox, manifest: &Value) {
    let text = serde_json::to_string_pretty(manifest).unwrap();
    let mut hasher = Hasher::default();
    hasher.update(text.as_bytes());
    sandbox.write("out/current/_SUCCESS", format!("{}  manifest.json\n", hasher.finish()));
    sandbox.write("out/current/manifest.json", text);
}

/// Inverts the bits of a byte in the middle of a file.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(path, bytes).unwrap();
}

/// Files to damage so that the communities of a run cannot be read.
const DAMAGES: [&[&str]; 6] = [
    &["scores.parquet"],
    &["communities/nodes.parquet"],
    &["communities.parquet"],
    &["manifest.json"],
    &["_SUCCESS"],
    &["manifest.json", "communities.parquet"],
];

#[test]
fn all_communities_get_new_ids_if_no_run_can_be_read() {
    for files in DAMAGES {
        let sandbox = Sandbox::new();
        run_on(&sandbox, &cliques(&[12, 10, 8, 6]), 1);
        for file in files {
            damage(&sandbox.path("out/current").join(file));
        }
        let said = run_on(&sandbox, &cliques(&[12, 10, 8, 6]), 2);
        assert!(
            said.contains(
                "communities are searched from scratch and all get new ids, because no previous run can be read"
            ),
            "{said}"
        );
        assert_eq!(certificate(&sandbox, "community_start"), "cold", "{files:?}");
        assert_eq!(certificate(&sandbox, "community_run_before"), Value::Null);
        let ids: BTreeSet<u32> = ids(&sandbox).values().copied().collect();
        assert!(ids.iter().all(|&id| id > 3), "{files:?}: {ids:?} were given before");
        assert!(events(&sandbox).iter().all(|row| row["event"] == "born"));
        // The following run continues the communities of this run.
        let said = run_on(&sandbox, &cliques(&[12, 10, 8, 6, 5]), 3);
        assert!(!said.contains("from scratch"), "{said}");
        assert_eq!(changes(&sandbox).len(), 1, "{:?}", changes(&sandbox));
    }
}

#[test]
fn communities_continue_from_the_newest_run_that_can_be_read() {
    for files in DAMAGES {
        let sandbox = Sandbox::new();
        run_on(&sandbox, &cliques(&[12, 10, 8]), 0);
        let before = ids(&sandbox);
        let readable = manifest(&sandbox)["run"].clone();
        run_on(&sandbox, &cliques(&[12, 10, 8, 6]), 1);
        for file in files {
            damage(&sandbox.path("out/current").join(file));
        }
        let said = run_on(&sandbox, &cliques(&[12, 10, 8, 6]), 2);
        let expected = format!(
            "communities continue from run `{}`, not from the current run: ",
            readable.as_str().unwrap()
        );
        assert!(said.contains(&expected), "{said}");
        assert_eq!(certificate(&sandbox, "community_start"), "warm", "{files:?}");
        assert_eq!(certificate(&sandbox, "community_run_before"), readable);
        let after = ids(&sandbox);
        assert!(before.iter().all(|(person, id)| after[person] == *id), "{files:?}");
        assert!(same_id(&after, 300..306) > 3, "3 was given in the run that cannot be read");
        assert_eq!(changes(&sandbox).len(), 1, "{:?}", changes(&sandbox));
    }
}

#[test]
fn an_altered_manifest_uses_up_no_ids_and_gives_none_twice() {
    let sandbox = Sandbox::new();
    run_on(&sandbox, &cliques(&[12, 10]), 0);
    let before = ids(&sandbox);
    // A run with many community ids is damaged in several ways; the next run has few people.
    let many = cliques(&[
        12, 10, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
    ]);
    run_on(&sandbox, &many, 1);
    let given = certificate(&sandbox, "next_community_id").as_u64().unwrap();
    let path = sandbox.path("out/current/manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    let next = |text: &str| {
        text.replace(&format!("\"next_community_id\": {given}"), "\"next_community_id\": 4000000000")
    };
    assert_ne!(next(&text), text);
    for damage in ["altered", "altered, and no table", "no marker, and no table", "cut, and no table"] {
        let current = sandbox.path("out/current");
        let target = fs::read_link(&current).unwrap();
        let saved: Vec<_> = ["manifest.json", "_SUCCESS", "communities.parquet"]
            .map(|name| (current.join(name), fs::read(current.join(name)).unwrap()))
            .into();
        if damage.starts_with("altered") {
            fs::write(&path, next(&text)).unwrap();
        } else if damage.starts_with("cut") {
            fs::write(&path, &text[..100]).unwrap();
        } else {
            fs::remove_file(current.join("_SUCCESS")).unwrap();
        }
        if damage.ends_with("no table") {
            fs::remove_file(current.join("communities.parquet")).unwrap();
        }
        let said = run_on(
            &sandbox,
            &cliques(&[
                12, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7,
            ]),
            2,
        );
        assert!(said.contains("communities continue from run"), "{damage}: {said}");
        let now = ids(&sandbox);
        assert!(before.iter().all(|(person, id)| now[person] == *id), "{damage}");
        let new = u64::from(same_id(&now, 3000..3007));
        assert!((given..given + 1000).contains(&new), "{damage}: {new} after {given}");
        // Restores the store for the next damage.
        let damaged = sandbox.path("out").join(fs::read_link(&current).unwrap());
        fs::remove_file(&current).unwrap();
        symlink(&target, &current).unwrap();
        fs::remove_dir_all(damaged).unwrap();
        for (path, bytes) in saved {
            fs::write(path, bytes).unwrap();
        }
    }
}

#[test]
fn changed_settings_search_from_scratch_and_keep_ids_by_overlap() {
    let sandbox = Sandbox::new();
    let edges = cliques(&[12, 10, 8]);
    run_on(&sandbox, &edges, 0);
    let before = ids(&sandbox);
    write_inputs(&sandbox, &edges, 1, "[communities]\nresolution = 1.1\n");
    let said = run(&sandbox);
    assert!(
        said.contains("communities are searched from scratch, because `[communities]` or `seed` has changed"),
        "{said}"
    );
    assert_eq!(certificate(&sandbox, "community_start_reason"), "the settings have changed");
    assert_eq!(ids(&sandbox), before);
    // Changes of the settings for continuation cause no search from scratch.
    write_inputs(
        &sandbox,
        &edges,
        2,
        "[communities]\nresolution = 1.1\nadopt_margin = 0.1\ncold_every = \"none\"\n",
    );
    assert!(!run(&sandbox).contains("from scratch"));
    assert_eq!(certificate(&sandbox, "community_start"), "unchanged");
    write_inputs(&sandbox, &edges, 3, "[communities]\nresolution = 1.1\nwarm_start = false\n");
    assert!(!run(&sandbox).contains("from scratch"));
    assert_eq!(certificate(&sandbox, "community_start_reason"), "`warm_start` is false");
    assert_eq!(ids(&sandbox), before);
}

#[test]
fn a_weekly_search_from_scratch_is_adopted_if_it_is_better() {
    let sandbox = Sandbox::new();
    let graph = planted(12, 20, 6, 0.4, Numbering::Random, 3);
    let edges: Vec<(u32, u32)> = graph.edges.iter().map(|&(u, v, _)| (u, v)).collect();
    let of_day = |day: usize| edges[20 * day..].to_vec();
    let go = |day: usize, more: &str| {
        write_inputs(&sandbox, &of_day(day), day as u64, more);
        let said = run(&sandbox);
        let names = ["community_start", "cold_quality", "warm_quality", "community_cold_as_of"];
        (said, names.map(|name| certificate(&sandbox, name)))
    };
    let (_, [_, cold, warm, first]) = go(0, "");
    assert!(cold.is_f64() && warm.is_null());
    assert_eq!(first, "2026-01-01T00:00:00Z");
    let (said, [start, cold, warm, moment]) = go(6, "");
    assert_eq!((start, cold.is_null(), warm.is_f64(), moment), ("warm".into(), true, true, first));
    assert!(!said.contains("from scratch"), "{said}");

    // A week later, both searches run, with a margin that no gain reaches.
    let (said, [start, cold, warm, moment]) = go(7, "[communities]\nadopt_margin = 2\n");
    assert_eq!((start, moment), ("warm".into(), "2026-01-08T00:00:00Z".into()));
    let (cold, warm) = (cold.as_f64().unwrap(), warm.as_f64().unwrap());
    assert!(
        said.contains(&format!("searched from scratch have quality {cold:.6}, continued ones {warm:.6}")),
        "{said}"
    );
    assert_eq!(certificate(&sandbox, "modularity").as_f64(), Some(warm));
    // With the same inputs again, communities stay, and no search runs.
    let before = (ids(&sandbox), digests(&sandbox)["communities/nodes.parquet"].clone());
    let (said, [start, _, _, moment]) = go(7, "[communities]\nadopt_margin = 2\n");
    assert_eq!((start, moment), ("unchanged".into(), "2026-01-08T00:00:00Z".into()));
    assert!(!said.contains("from scratch"), "{said}");
    assert_eq!((ids(&sandbox), digests(&sandbox)["communities/nodes.parquet"].clone()), before);

    // Without a margin, the better of the two is adopted.
    let (_, [start, cold, warm, _]) = go(20, "[communities]\nadopt_margin = 0\n");
    let (cold, warm) = (cold.as_f64().unwrap(), warm.as_f64().unwrap());
    assert_eq!(start, if cold > warm { "cold" } else { "warm" });
    assert_eq!(certificate(&sandbox, "modularity").as_f64(), Some(cold.max(warm)));
    let (_, [_, cold, ..]) = go(40, "[communities]\ncold_every = \"none\"\n");
    assert!(cold.is_null());
}

#[test]
fn accounts_that_become_customers_keep_their_community() {
    let sandbox = Sandbox::new();
    let channel = "channel = \"forum\"\n";
    let records = |people: std::ops::Range<u32>| {
        let rows = people.map(|i| format!("K{i},p{i},profile\n"));
        sandbox.write("crm.csv", format!("customer_id,handle,consent\n{}", rows.collect::<String>()));
    };
    let crm = "[[customers]]\npath = \"crm.csv\"\nidentifiers = { forum = \"handle\" }\n\
               columns = { id = \"customer_id\", consent = \"consent\" }\n";
    let of_clique = |name: &str| ids(&sandbox)[name];
    // First there is no CRM; then the first clique is in the CRM; then the second clique as well.
    write_inputs(&sandbox, &cliques(&[12, 10, 8]), 0, channel);
    run(&sandbox);
    let (first, second) = (of_clique("forum:p0"), of_clique("forum:p100"));
    records(0..12);
    write_inputs(&sandbox, &cliques(&[12, 10, 8]), 1, &format!("{channel}{crm}"));
    run(&sandbox);
    assert_eq!((of_clique("K0"), of_clique("forum:p100")), (first, second));
    records(0..112);
    write_inputs(&sandbox, &cliques(&[12, 10, 8, 5]), 2, &format!("{channel}{crm}"));
    run(&sandbox);
    assert_eq!((of_clique("K0"), of_clique("K100")), (first, second));
    assert_eq!(
        changes(&sandbox).len(),
        1,
        "one community is born, all others continue: {:?}",
        changes(&sandbox)
    );
}

#[test]
fn community_numbers_of_an_older_version_become_ids() {
    let sandbox = Sandbox::new();
    run_on(&sandbox, &cliques(&[12, 10, 8]), 0);
    let before = ids(&sandbox);
    // Older versions did not write `communities/nodes.parquet`, nor `next_community_id` to the manifest.
    let mut old = manifest(&sandbox);
    let certificates = old["certificates"].as_object_mut().unwrap();
    certificates.retain(|name, _| !["next_community_id", "community_cold_as_of"].contains(&name.as_str()));
    let files = old["files"].as_array_mut().unwrap();
    files.retain(|file| !file["path"].as_str().unwrap().starts_with("communities/"));
    sign(&sandbox, &old);
    let said = run_on(&sandbox, &cliques(&[12, 10, 8, 5]), 1);
    assert!(!said.contains("from scratch"), "{said}");
    assert_eq!(certificate(&sandbox, "community_start"), "warm");
    let after = ids(&sandbox);
    assert!(before.iter().all(|(person, id)| after[person] == *id));
    assert_eq!(same_id(&after, 300..305), 3);
}

#[test]
fn a_run_that_needs_more_ids_than_there_are_publishes_nothing() {
    let sandbox = Sandbox::new();
    run_on(&sandbox, &cliques(&[12, 10, 8]), 0);
    let mut manifest = manifest(&sandbox);
    manifest["certificates"]["next_community_id"] = 4_294_967_294_u64.into();
    sign(&sandbox, &manifest);
    // The second run needs no new id, the third needs one.
    run_on(&sandbox, &cliques(&[12, 10, 7]), 1);
    write_inputs(&sandbox, &cliques(&[12, 10, 7, 5]), 2, "");
    let message = sandbox.fail(1, &["run"]);
    assert!(message.contains("error: cannot name the communities"), "{message}");
    assert!(
        message.contains("ids needed from 4294967294 on: 1; the last available id is 4294967293"),
        "{message}"
    );
    assert!(message.contains("hint: publish into a new store"), "{message}");
    assert_eq!(ids(&sandbox).len(), 29, "the last good run is untouched");
}

#[test]
fn a_store_without_current_link_continues_from_the_newest_run() {
    let sandbox = Sandbox::new();
    let edges = cliques(&[6, 7, 8]);
    run_on(&sandbox, &edges, 1);
    let first = ids(&sandbox);
    fs::remove_file(sandbox.path("out/current")).unwrap();
    let said = run_on(&sandbox, &edges, 2);
    let run = certificate(&sandbox, "community_run_before").as_str().unwrap().to_owned();
    let expected = format!(
        "communities continue from run `{run}`, not from the current run: the store has run `{run}`, but `current` points \
         to no run"
    );
    assert!(said.contains(&expected), "{said}");
    assert_eq!(ids(&sandbox), first);
    // If `current` links to an older run that cannot be read, communities continue from a run before it.
    run_on(&sandbox, &cliques(&[6, 7, 8, 5]), 3);
    let runs: Vec<String> =
        Store::open(&sandbox.path("out")).unwrap().runs().unwrap().iter().map(ToString::to_string).collect();
    fs::remove_file(sandbox.path("out/current")).unwrap();
    symlink(format!("runs/{}", runs[1]), sandbox.path("out/current")).unwrap();
    fs::remove_file(sandbox.path("out/current/scores.parquet")).unwrap();
    let said = run_on(&sandbox, &edges, 4);
    assert!(said.contains(&format!("communities continue from run `{}`", runs[0])), "{said}");
    assert_eq!(ids(&sandbox), first);
}
