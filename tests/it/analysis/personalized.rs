//! Personalized PageRank: `top --personalised-to`, `[[rank.topics]]`, and warm starts from the previous run's ranks.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use plaudit::{
    analysis::{self, AnalysisError, PersonalizedOptions, PersonalizedRanking},
    config::PeopleSelector,
    digest,
    graph::{Graph, snapshot},
    ids::NodeId,
    num,
    rank::{self, Dangling, PageRankConfig, Solver, StopRule, Teleport},
    report::CustomerFilter,
    selection::SelectionError,
    store::{InputEntry, InputRole, Run, Store, Table, read_table},
};

use crate::support::{dense, sandbox::Sandbox};

fn run_of(sandbox: &Sandbox) -> Run {
    Store::open(&sandbox.path("out")).unwrap().run("current").unwrap()
}

fn scores(sandbox: &Sandbox) -> Table {
    read_table(&sandbox.path("out/current/scores.parquet")).unwrap()
}

fn options(selector: &str) -> PersonalizedOptions {
    PersonalizedOptions {
        influenced: PeopleSelector::parse(selector),
        count: usize::MAX,
        filter: CustomerFilter::default(),
        others_only: false,
    }
}

fn personalized(sandbox: &Sandbox, selector: &str) -> PersonalizedRanking {
    analysis::personalized(&run_of(sandbox), &options(selector)).unwrap()
}

/// Follows weigh 1 and do not fade, so shares of attention follow from counts of edges.
fn published(follows: &[(&str, &str)], config: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut events = "actor,target,kind\n".to_owned();
    for (actor, target) in follows {
        writeln!(events, "{actor},{target},follow").unwrap();
    }
    sandbox.write("events.csv", events);
    let source =
        "[[events]]\npath = 'events.csv'\ncolumns = { actor = 'actor', target = 'target', kind = 'kind' }\n";
    sandbox.write("plaudit.toml", format!("{source}{config}"));
    sandbox.succeed(&["run", "--quiet"]);
    sandbox
}

/// Sue attends to ann, ann to bob, bob to nobody: the walker goes from sue to ann to bob and restarts at sue. With
/// damping a their shares are as 1 : a : a². It never gets to zed or tim.
#[test]
fn a_chain_by_hand() {
    let sandbox = published(
        &[("sue", "ann"), ("ann", "bob"), ("tim", "ann"), ("tim", "zed"), ("kim", "ann"), ("kim", "zed")],
        "",
    );
    let found = personalized(&sandbox, "sue");
    let names: Vec<&str> = found.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(names, ["sue", "ann", "bob"], "the walk never gets to zed");
    let (a, bound) = (0.85, found.error_bound);
    assert!(bound > 0.0 && bound <= 1e-9);
    let total = 1.0 + a + a * a;
    for (row, share) in found.rows.iter().zip([1.0, a, a * a]) {
        assert!((row.share - share / total).abs() <= bound, "{row:?}");
        assert!((row.lift - row.share / row.pagerank).abs() < 1e-12);
    }
    let direct: Vec<u64> = found.rows.iter().map(|row| row.direct).collect();
    assert_eq!(direct, [0, 1, 0]);
    assert_eq!(found.rows.iter().map(|row| row.member).collect::<Vec<_>>(), [true, false, false]);
    assert!(found.rows[1].lift > 1.0, "sue attends to ann more than everybody does");

    // In the walk from tim, ann and zed have the same share, so the key decides; the walker gets to bob through ann
    // only.
    let table = sandbox.succeed(&["top", "--personalised-to", "tim", "--others-only", "--format", "csv"]);
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0][..5], ["rank", "id", "name", "tier", "personalised_pagerank"]);
    let ranks: Vec<(&str, &str)> = rows[1..].iter().map(|row| (row[0], row[1])).collect();
    assert_eq!(ranks, [("2", "ann"), ("2", "zed"), ("4", "bob")]);

    // With starts at tim and kim, two of the starting people attend to ann directly.
    sandbox.write("two.txt", "\u{feff}tim\r\n\r\nkim\ntim\n");
    let outcome = sandbox.plaudit(&["top", "--personalised-to", "@two.txt", "--format", "json"]);
    assert!(outcome.stderr.starts_with(
        "note: personalized to 2 people; the L1 distance of all shares to the exact shares is at most "
    ));
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let ann = json.as_array().unwrap().iter().find(|row| row["id"] == "ann").unwrap();
    assert_eq!((ann["direct"].as_u64(), ann["member"].as_bool()), (Some(2), Some(false)));
    assert!(ann["error_bound"].as_f64().unwrap() <= 1e-9);
}

/// 60 customers with unusual names on two channels, and some prospects; one customer in ten may not be profiled.
fn company(config: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut events = "actor,target,kind,on\n".to_owned();
    for event in 0..400 {
        let draw = |what: u64, of: u64| num::random(7, what, event, 0) % of;
        let (actor, target) = (draw(0, 70), draw(1, 70).min(draw(2, 70)));
        let channel = ["forum", "chat"][usize::try_from(draw(3, 3) / 2).unwrap()];
        writeln!(events, "u{actor},u{target},{},{channel}", ["follow", "share"][(event % 2) as usize])
            .unwrap();
    }
    sandbox.write("events.csv", events);
    let mut crm = "id,forum,chat,consent\n".to_owned();
    for customer in 0..60 {
        let consent = if customer % 10 == 9 { "none" } else { "full" };
        writeln!(crm, "\"O'Neil \"\"{customer}\"\", é\",u{customer},u{customer},{consent}").unwrap();
    }
    sandbox.write("crm.csv", crm);
    let sources = "[[events]]\npath = 'events.csv'\n\
                   columns = { actor = 'actor', target = 'target', kind = 'kind', channel = 'on' }\n\
                   [[customers]]\npath = 'crm.csv'\ncolumns = { id = 'id', consent = 'consent' }\n\
                   identifiers = { forum = 'forum', chat = 'chat' }\n";
    sandbox.write("plaudit.toml", format!("{sources}{config}"));
    sandbox.succeed(&["run", "--quiet"]);
    sandbox
}

fn odd(number: usize) -> String {
    format!("O'Neil \"{number}\", é")
}

fn edges(graph: &Graph) -> Vec<(u32, u32, u64)> {
    let mut rows = graph.out_edges().rows();
    let mut edges = Vec::new();
    for u in graph.nodes() {
        edges.extend(rows.row(u).iter().map(|(v, w)| (u.0, v.0, u64::from(w))));
    }
    edges
}

/// The teleport vector to the nodes of the rows of `table` for which `keep` holds.
fn teleport(table: &Table, n: usize, keep: impl Fn(usize) -> bool) -> Vec<f64> {
    let mut weights = vec![0.0; n];
    let rows: Vec<usize> = (0..table.row_count()).filter(|&row| keep(row)).collect();
    for &row in &rows {
        weights[table.get::<u32>("node").unwrap()[row] as usize] = 1.0 / rows.len() as f64;
    }
    weights
}

#[test]
fn segments_against_the_dense_power_method_and_the_kernel() {
    let sandbox = company("");
    let (table, graph) =
        (scores(&sandbox), snapshot::open(&sandbox.path("out/current/graph.plaudit")).unwrap());
    let (n, edges) = (graph.node_count(), edges(&graph));
    let (ids, status, tiers) = (
        table.get::<String>("id").unwrap(),
        table.get::<String>("status").unwrap(),
        table.get::<String>("tier").unwrap(),
    );
    let (channels, communities) =
        (table.get::<String>("channels").unwrap(), table.get::<u32>("community_id").unwrap());
    let customer = |row: usize| status[row] == "customer";
    let on_chat = |row: usize| customer(row) && channels[row].split(';').any(|name| name == "chat");
    let prospect = ids.iter().zip(status).find(|(_, status)| *status == "prospect").unwrap().0.clone();
    sandbox.write("list.txt", format!("{}\n{prospect}\n{}\n", odd(3), odd(50)));
    let list = format!("@{}", sandbox.path("list.txt").display());
    let listed = |row: usize| [odd(3), prospect.clone(), odd(50)].contains(&ids[row]);
    let questions: [(&str, &dyn Fn(usize) -> bool); 6] = [
        (&odd(17), &|row| ids[row] == odd(17)),
        ("active", &|row| customer(row) && tiers[row] == "active"),
        ("tier:rest", &|row| customer(row) && tiers[row] == "rest"),
        ("community:0", &|row| customer(row) && communities[row] == 0),
        ("channel:chat", &on_chat),
        (&list, &listed),
    ];
    for (selector, keep) in questions {
        let start = teleport(&table, n, keep);
        let found = personalized(&sandbox, selector);
        assert_eq!(found.starts, start.iter().filter(|weight| **weight > 0.0).count(), "{selector}");
        let dense = dense::pagerank(n, &edges, &start, 0.85, 400);
        let stop = StopRule::Certified { tolerance: 1e-9, max_rounds: 1000 };
        let cfg =
            PageRankConfig { damping: 0.85, stop, solver: Solver::GaussSeidel, dangling: Dangling::Teleport };
        let ones = start.iter().map(|&weight| f64::from(u8::from(weight > 0.0))).collect();
        let kernel = rank::pagerank(&graph, &Teleport::Weights(ones), &cfg).unwrap();
        assert_eq!((found.error_bound, found.rounds), (kernel.error_bound, kernel.rounds), "{selector}");
        let share: BTreeMap<&str, f64> = found.rows.iter().map(|row| (row.id.as_str(), row.share)).collect();
        let mut distance = 0.0;
        for row in (0..table.row_count()).filter(|&row| customer(row)) {
            let node = table.get::<u32>("node").unwrap()[row] as usize;
            let share = share.get(ids[row].as_str()).copied().unwrap_or(0.0);
            assert_eq!(share.to_bits(), kernel.score[node].to_bits(), "{selector}: {}", ids[row]);
            distance += (share - dense[node]).abs();
        }
        assert!(distance <= found.error_bound + 1e-12, "{selector}: {distance:e}");
        assert!(found.rows.is_sorted_by(|a, b| a.rank <= b.rank && a.share >= b.share - found.error_bound));
        for row in &found.rows {
            let at = ids.iter().position(|id| *id == row.id).unwrap();
            let node = NodeId(table.get::<u32>("node").unwrap()[at]);
            let mut rows = graph.in_edges().rows();
            let direct = rows.neighbors(node).iter().filter(|who| start[who.index()] > 0.0).count();
            assert_eq!((row.direct, row.member), (direct as u64, start[node.index()] > 0.0), "{selector}");
        }
    }
}

#[test]
fn withheld_people_are_neither_listed_nor_found_by_id() {
    let sandbox = company("");
    assert_eq!(run_of(&sandbox).manifest().unwrap().record.counts.withheld, 6);
    let found = personalized(&sandbox, "channel:forum");
    assert!(found.rows.iter().all(|row| (9..60).step_by(10).all(|number| row.id != odd(number))));
    let error = analysis::personalized(&run_of(&sandbox), &options(&odd(9))).unwrap_err();
    assert!(
        matches!(&error, AnalysisError::Selection(SelectionError::UnknownPerson { nearest: Some(near), .. }) if *near != odd(9)),
        "{error}"
    );
}

#[test]
fn filters_and_threads() {
    let sandbox = company("");
    let ask = |more: &[&str]| {
        sandbox.succeed(&[&["top", "--personalised-to", "channel:chat", "--format", "csv"], more].concat())
    };
    let all = ask(&["-n", "1000"]);
    let others = ask(&["-n", "1000", "--others-only"]);
    let kept: Vec<&str> = all.lines().filter(|line| !line.contains(",true,")).collect();
    assert_eq!(
        others.lines().collect::<Vec<_>>(),
        kept,
        "filters do not change the ranks among all customers"
    );
    assert!(kept.len() > 2 && all.lines().count() > kept.len());
    let rest = ask(&["-n", "2", "--tier", "rest", "--community", "0", "--channel", "forum"]);
    assert!(rest.lines().skip(1).all(|line| all.contains(line) && line.contains(",rest,")));
    for threads in ["1", "2", "7"] {
        assert_eq!(ask(&["-n", "1000", "--threads", threads]), all);
    }
    assert!(sandbox.fail(2, &["top", "--others-only"]).contains("--personalized-to"));
    assert!(sandbox.fail(2, &["top", "--personalised-to", "x", "--by", "reach"]).contains("--by"));
}

#[test]
fn queries_without_an_answer_say_why() {
    let sandbox = published(&[("star", "ann"), ("ann", "bobby"), ("tim", "ann")], "");
    let ask = |selector: &str| sandbox.fail(1, &["top", "--personalised-to", selector]);
    assert_eq!(
        ask("anna"),
        "error: there is no customer, account or tier `anna`\n  why:  the nearest is `ann`\n  hint: did you mean `ann`?\n"
    );
    assert!(ask("zzzzzzzz").contains("hint: `plaudit top` lists ids and tiers"));
    // Only the last tiers have customers; `tier:` and `id:` distinguish the tier from a customer of the same name.
    let tier = scores(&sandbox).get::<String>("tier").unwrap()[0].clone();
    let twice = published(&[(&tier, "ann"), ("ann", "bob"), ("tim", "ann")], "");
    let message = twice.fail(1, &["top", "--personalised-to", &tier]);
    assert!(message.contains(&format!("it can be `id:{tier}` or `tier:{tier}`")), "{message}");
    for exact in [format!("id:{tier}"), format!("tier:{tier}")] {
        twice.succeed(&["top", "--personalised-to", &exact]);
    }
    let known =
        "no customer of this run is in tier `nobodies`\n  why:  the tiers with customers are star, rest\n";
    assert!(ask("tier:nobodies").contains(known), "{}", ask("tier:nobodies"));
    assert!(ask("tier:nobodies").contains("hint: name one of these tiers"));
    assert!(ask("id:anna").contains("there is no customer or account `anna`\n  why:  the nearest is `ann`"));
    let message = ask("channel:forum");
    assert!(
        message.contains("on channel `forum`\n  why:  there are no channels\n  hint: omit the channel"),
        "{message}"
    );
    assert!(ask("community:99").contains("there is no community 99"));
    assert!(ask("community:first").contains("a whole number is expected"));
    assert!(ask("@absent.txt").contains("cannot read the list of ids `absent.txt`"));
    sandbox.write("list.txt", "ann\n\nboby\n");
    let outcome = sandbox.plaudit(&["top", "--personalised-to", "@list.txt"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let note = "1 of 2 ids in list.txt is not among the people of this run";
    assert!(outcome.stderr.contains(note) && !outcome.stderr.contains("boby"), "{}", outcome.stderr);
    sandbox.write("list.txt", "anna\n\nboby\n");
    let message = ask("@list.txt");
    assert!(message.contains("none of the 2 ids in `list.txt` is in this run"), "{message}");
    sandbox.write("empty.txt", "\n\r\n");
    let message = ask("@empty.txt");
    assert!(
        message.contains("the list of ids `empty.txt` is empty\n  why:  no line of it holds an id"),
        "{message}"
    );
    assert!(message.contains("hint: write the ids into it, one per line"), "{message}");
    fs::write(sandbox.path("bytes.txt"), [0xff, 0xfe]).unwrap();
    assert!(ask("@bytes.txt").contains("cannot read the list of ids `bytes.txt`"));
    let message = sandbox.fail(1, &["top", "--personalised-to", "ann", "--store", "nowhere"]);
    assert!(message.contains("there is no such folder"), "{message}");
    let message = sandbox.fail(1, &["top", "--personalised-to", "ann", "--run", "r0009"]);
    assert!(message.contains("r0009"), "{message}");

    let path = run_of(&sandbox).dir().join("graph.plaudit");
    let whole = fs::read(&path).unwrap();
    let mut bent = whole.clone();
    *bent.last_mut().unwrap() ^= 1;
    for damaged in [&bent[..], &whole[..100], &[]] {
        fs::write(&path, damaged).unwrap();
        let message = ask("ann");
        assert!(
            message.contains("graph.plaudit") && message.contains("was written")
                || message.contains("were written"),
            "{message}"
        );
    }
    fs::remove_file(&path).unwrap();
    assert!(ask("ann").contains("graph.plaudit"));
}

const TOPICS: &str = r#"
[[rank.topics]]
name = "chat"
segment = "channel:chat"
[[rank.topics]]
name = "two"
segment = "@two.txt"
[[rank.topics]]
name = "one"
segment = "id:O'Neil \"3\", é"
"#;

#[test]
fn topic_columns_have_the_bits_of_personalized_queries() {
    let plain = company("");
    let sandbox = Sandbox::new();
    for file in ["events.csv", "crm.csv"] {
        sandbox.write(file, plain.read(file));
    }
    let list_text = format!("{}\n{}\n", odd(1), odd(2));
    sandbox.write("two.txt", &list_text);
    plain.write("two.txt", &list_text);
    sandbox.write("plaudit.toml", format!("{}{TOPICS}", plain.read("plaudit.toml")));
    sandbox.succeed(&["run", "--quiet"]);
    let (with, without) = (scores(&sandbox), scores(&plain));
    assert_eq!(with.get::<f64>("pagerank").unwrap(), without.get::<f64>("pagerank").unwrap());
    let manifest = run_of(&sandbox).manifest().unwrap();
    let list = format!("@{}", plain.path("two.txt").display());
    for (column, selector) in [("chat", "channel:chat"), ("two", &list), ("one", &odd(3))] {
        let column = format!("pagerank_{column}");
        let asked = personalized(&plain, selector);
        let ids = with.get::<String>("id").unwrap();
        for row in &asked.rows {
            let at = ids.iter().position(|id| *id == row.id).unwrap();
            assert_eq!(
                with.get::<f64>(&column).unwrap()[at].to_bits(),
                row.share.to_bits(),
                "{column} {}",
                row.id
            );
        }
        let certificates = &manifest.record.certificates;
        assert_eq!(certificates[&format!("{column}_error_bound")].as_f64(), Some(asked.error_bound));
        assert_eq!(certificates[&format!("{column}_starts")].as_u64(), Some(asked.starts as u64));
    }
    // Ids that the run does not show are counted, in a run as in a check.
    sandbox.write("two.txt", format!("{list_text}{}\n", odd(9)));
    for command in ["run", "check"] {
        let outcome = sandbox.plaudit(&[command]);
        let note = "1 of 3 ids in two.txt is not among the people of this run";
        assert!(outcome.code == Some(0) && outcome.stderr.contains(note), "{command}: {}", outcome.stderr);
    }
    assert_eq!(
        scores(&sandbox).get::<f64>("pagerank_two").unwrap(),
        with.get::<f64>("pagerank_two").unwrap()
    );
    sandbox.write("two.txt", &list_text);
    sandbox.succeed(&["run", "--quiet"]);
    // A list is an input: another list makes another run id, and the manifest says which list was read.
    let lists = |run: &Run| -> Vec<InputEntry> {
        let inputs = run.manifest().unwrap().record.inputs;
        inputs.into_iter().filter(|input| input.role == InputRole::Topic).collect()
    };
    let first = run_of(&sandbox).id().to_string();
    let before = lists(&run_of(&sandbox));
    let digest = digest::digest_file(&sandbox.path("two.txt")).unwrap();
    assert_eq!(before.len(), 1);
    assert!(before[0].path.ends_with("two.txt"), "{}", before[0].path);
    assert_eq!((before[0].sha256, before[0].bytes, before[0].rows_read), (digest.0, digest.1, 2));
    assert!(sandbox.succeed(&["check"]).contains("\ntopic  "), "check lists it too");
    sandbox.write("two.txt", format!("{}\n{}\n", odd(1), odd(4)));
    sandbox.succeed(&["run", "--quiet"]);
    let second = run_of(&sandbox).id().to_string();
    assert_ne!(first.rsplit('-').next(), second.rsplit('-').next());
    assert_ne!(lists(&run_of(&sandbox))[0].sha256, before[0].sha256);
    sandbox.succeed(&["runs", "verify"]);
}

#[test]
fn impossible_topics_are_refused() {
    let sandbox = company("");
    let sources = sandbox.read("plaudit.toml");
    let refused = |name: &str, segment: &str| {
        let topic = format!("[[rank.topics]]\nname = '{name}'\nsegment = '{segment}'\n");
        sandbox.write("plaudit.toml", format!("{sources}{topic}"));
        let message = sandbox.fail(1, &["run", "--quiet"]);
        assert_eq!(sandbox.fail(1, &["check", "--quiet"]), message, "check says what run says");
        message
    };
    let message = refused("a", "channel:chta");
    assert!(message.contains("hint: did you mean `chat`?"), "{message}");
    let message = refused("a", "channel:zzz");
    let reported = "no customer is on channel `zzz` for topic `a`\n  why:  the channels with customers are chat, forum\n  \
                hint: name one of these channels";
    assert!(message.contains(reported), "{message}");
    assert!(refused("a", "forum:u6O").contains("there is no customer or account `forum:u6O`"));
    assert!(refused("a", "tier:star").contains("tiers and communities are results of the run itself"));
    assert!(refused("a", "community:0").contains("tiers and communities are results of the run itself"));
    assert!(refused("a b", "channel:chat").contains("is no name"));
    assert!(refused("a", "").contains("it is empty"));
    let message = refused("a", "@absent.txt");
    assert!(message.contains("cannot find the people of topic `a`"), "{message}");
    assert!(message.contains("cannot read the list of ids `absent.txt`"), "{message}");
    assert!(message.contains("relative to the folder of the configuration"), "{message}");
    sandbox.write("list.txt", "\nnobody at all\n");
    let message = refused("a", "@list.txt");
    assert!(message.contains("cannot find the people of topic `a`"), "{message}");
    assert!(message.contains("none of the 1 id in `list.txt` is in this run"), "{message}");
    assert!(message.contains("hint: write one id of the CRM per line"), "{message}");
    sandbox.write("list.txt", "\n");
    assert!(refused("a", "@list.txt").contains("hint: write the ids into it, one per line"));
    let cases =
        ["Fans", "fans"].map(|name| format!("[[rank.topics]]\nname = '{name}'\nsegment = 'channel:chat'\n"));
    sandbox.write("plaudit.toml", format!("{sources}{}", cases.concat()));
    assert!(sandbox.fail(1, &["run"]).contains("differs from `Fans` in case only"));
    let twice = "[[rank.topics]]\nname = 'a'\nsegment = 'channel:chat'\n".repeat(2);
    sandbox.write("plaudit.toml", format!("{sources}{twice}"));
    assert!(sandbox.fail(1, &["run"]).contains("two topics are called `a`"));
    sandbox.write("plaudit.toml", format!("{sources}[[rank.topics]]\nname = 'a'\n"));
    assert!(sandbox.fail(1, &["run"]).contains("`rank.topics[0].segment` is missing"));
}

#[test]
fn segments_of_reach_are_columns() {
    let plain = company("");
    let sandbox = Sandbox::new();
    for file in ["events.csv", "crm.csv"] {
        sandbox.write(file, plain.read(file));
    }
    sandbox.write("two.txt", format!("{}\n{}\n", odd(1), odd(2)));
    let tables = TOPICS.replace("rank.topics", "reach.segments");
    sandbox.write("plaudit.toml", format!("{}{tables}", plain.read("plaudit.toml")));
    sandbox.succeed(&["run", "--quiet"]);
    let (with, without) = (scores(&sandbox), scores(&plain));
    let sets: Vec<&[f64]> = ["reach", "decayed_reach"].map(|name| with.get::<f64>(name).unwrap()).to_vec();
    assert_eq!(sets[0], without.get::<f64>("reach").unwrap());
    assert_eq!(sets[1], without.get::<f64>("decayed_reach").unwrap());

    // Content reaches the audience and its audience: a breadth-first search over the published graph.
    let graph = snapshot::open(&sandbox.path("out/current/graph.plaudit")).unwrap();
    let ids = with.get::<String>("id").unwrap();
    let nodes = with.get::<u32>("node").unwrap();
    let channels = with.get::<String>("channels").unwrap();
    let is_customer = |row: usize| with.get::<String>("status").unwrap()[row] == "customer";
    let named = |row: usize, people: &[&str]| people.contains(&ids[row].as_str());
    let (first, second, third) = (odd(1), odd(2), odd(3));
    let members = |segment: &str, row: usize| match segment {
        "chat" => is_customer(row) && channels[row].split(';').any(|channel| channel == "chat"),
        "two" => named(row, &[&first, &second]),
        _ => named(row, &[&third]),
    };
    let exact = with.get::<bool>("reach_exact").unwrap();
    let mut most = 0.0_f64;
    for segment in ["chat", "two", "one"] {
        let people: BTreeSet<u32> =
            (0..ids.len()).filter(|&row| members(segment, row)).map(|row| nodes[row]).collect();
        for row in 0..ids.len() {
            let center = NodeId(nodes[row]);
            let mut rows = graph.in_edges().rows();
            let audience: Vec<NodeId> = rows.neighbors(center).to_vec();
            let further = audience.iter().flat_map(|&u| rows.neighbors(u).to_vec()).collect::<Vec<_>>();
            let found: BTreeSet<u32> =
                audience.iter().chain(&further).filter(|&&u| u != center).map(|u| u.0).collect();
            let expected = found.intersection(&people).count() as f64;
            let said = ["", "_low", "_high"]
                .map(|end| with.get::<f64>(&format!("reach_{segment}{end}")).unwrap()[row]);
            assert!(exact[row], "a small graph is counted");
            assert_eq!(said, [expected; 3], "{segment}, {}", ids[row]);
            most = most.max(expected);
        }
    }
    assert!(most > 1.0, "somebody reaches several people of the segment");
}

#[test]
fn impossible_segments_are_refused() {
    let sandbox = company("");
    let sources = sandbox.read("plaudit.toml");
    let refused = |tables: &str| {
        sandbox.write("plaudit.toml", format!("{sources}{tables}"));
        let message = sandbox.fail(1, &["run", "--quiet"]);
        assert_eq!(sandbox.fail(1, &["check", "--quiet"]), message, "check says what run says");
        message
    };
    let table = |name: &str, of: &str| format!("[[reach.segments]]\nname = '{name}'\nsegment = '{of}'\n");
    let message = refused(&table("a", "channel:zzz"));
    assert!(message.contains("no customer is on channel `zzz` for segment `a`"), "{message}");
    assert!(message.contains("in `segment` of `[[reach.segments]]`"), "{message}");
    assert!(
        refused(&table("a", "tier:star")).contains("tiers and communities are results of the run itself")
    );
    for name in ["low", "Exact", "fans_high"] {
        let message = refused(&table(name, "channel:chat"));
        assert!(message.contains("has an ending that is reserved for interval columns"), "{message}");
    }
    assert!(refused(&table("a", "channel:chat").repeat(2)).contains("two segments are called `a`"));
    let nine: String = (0..9).map(|i| table(&format!("s{i}"), "channel:chat")).collect();
    assert!(refused(&nine).contains("there are 9; at most 8 are expected"));
}

/// The ranks of a run by id, with the bound and the rounds of its manifest.
fn certified(sandbox: &Sandbox) -> (BTreeMap<String, f64>, f64, u64) {
    let table = scores(sandbox);
    let ranks = table
        .get::<String>("id")
        .unwrap()
        .iter()
        .cloned()
        .zip(table.get::<f64>("pagerank").unwrap().iter().copied());
    let certificates = run_of(sandbox).manifest().unwrap().record.certificates;
    let number = |name: &str| &certificates[name];
    (
        ranks.collect(),
        number("pagerank_error_bound").as_f64().unwrap(),
        number("pagerank_rounds").as_u64().unwrap(),
    )
}

#[test]
fn a_warm_start_agrees_within_the_bounds_and_repeats_to_the_byte() {
    let history = || {
        let sandbox = company("[rank]\nwarm_start = true\n");
        let cold = certified(&sandbox);
        let cold_bytes = fs::read(sandbox.path("out/current/scores.parquet")).unwrap();
        // A few more events, one of which comes from a newcomer.
        let more = format!("{}newbie,u3,follow,forum\nu5,newbie,share,chat\n", sandbox.read("events.csv"));
        sandbox.write("events.csv", more);
        sandbox.succeed(&["run", "--quiet"]);
        let bytes = fs::read(sandbox.path("out/current/scores.parquet")).unwrap();
        (sandbox, cold, cold_bytes, bytes)
    };
    let (sandbox, cold, cold_bytes, bytes) = history();
    assert_eq!(history().3, bytes, "the same history gives the same bytes");
    assert_eq!(
        fs::read(company("").path("out/current/scores.parquet")).unwrap(),
        cold_bytes,
        "no previous run"
    );
    let (warm, warm_bound, warm_rounds) = certified(&sandbox);
    assert!(warm_rounds <= cold.2, "{warm_rounds} rounds from the previous run, {} from scratch", cold.2);

    // From scratch on the same events, in a store of its own.
    let config = sandbox.read("plaudit.toml").replace("warm_start = true", "warm_start = false");
    sandbox.write("plaudit.toml", config);
    sandbox.succeed(&["run", "--quiet", "--out", "fresh"]);
    fs::rename(sandbox.path("out"), sandbox.path("old")).unwrap();
    fs::rename(sandbox.path("fresh"), sandbox.path("out")).unwrap();
    let (scratch, bound, _) = certified(&sandbox);
    assert_eq!(scratch.len(), warm.len());
    let distance: f64 = scratch.iter().map(|(id, rank)| (rank - warm[id]).abs()).sum();
    assert!(distance <= bound + warm_bound, "{distance:e}");
}

#[test]
fn an_unreadable_previous_run_does_not_stop_a_forced_run() {
    let sandbox = company("[rank]\nwarm_start = true\n");
    fs::write(run_of(&sandbox).dir().join("scores.parquet"), "torn").unwrap();
    // It cannot be compared with this one, so only `--force` goes past it.
    sandbox.fail(3, &["run"]);
    let outcome = sandbox.plaudit(&["run", "--force"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("PageRank starts from scratch: "), "{}", outcome.stderr);
}
