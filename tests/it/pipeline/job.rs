//! The whole job on the bundled data: counts add up, the planted truth is found, the bytes do not depend on threads or
//! on the order of rows, and withheld people are shown nowhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use plaudit::{
    num,
    store::{Store, Table, read_table},
};

use crate::support::{
    nmi,
    quickstart::{QUICKSTART, copy_of_finished, finished},
    sandbox::{Sandbox, files_below},
};

fn scores(sandbox: &Sandbox) -> Table {
    read_table(&sandbox.path("out/current/scores.parquet")).unwrap()
}

/// The rows of a CSV file as maps from column to text.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn planted_influencers_and_communities_are_found() {
    let shared = finished();
    let sandbox = &shared.sandbox;
    let truth = rows(&sandbox.read("datasets/quickstart/truth.csv"));
    let tiers = rows(&sandbox.read("out/current/segments/generic/full/tiers.csv"));
    let tier_of: BTreeMap<&str, &str> =
        tiers.iter().map(|row| (row["customer_id"].as_str(), row["tier"].as_str())).collect();
    let best = tiers.iter().min_by_key(|row| row["rank"].parse::<u32>().unwrap()).unwrap();
    let mut by_rank: Vec<&BTreeMap<String, String>> = tiers.iter().collect();
    by_rank.sort_by_key(|row| row["rank"].parse::<u32>().unwrap());
    let mut names: Vec<&str> = by_rank.iter().map(|row| row["tier"].as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), 5, "five tiers, each a range of ranks: {names:?}");
    assert_eq!(best["tier"], names[0]);

    // The planted top 1 % of the customers who may be shown.
    let mut planted: Vec<&BTreeMap<String, String>> =
        truth.iter().filter(|row| tier_of.contains_key(row["id"].as_str())).collect();
    planted
        .sort_by(|a, b| b["influence"].parse::<f64>().unwrap().total_cmp(&a["influence"].parse().unwrap()));
    planted.truncate(tiers.len().div_ceil(100));
    let found = planted.iter().filter(|row| names[..2].contains(&tier_of[row["id"].as_str()])).count();
    let share = found as f64 / planted.len() as f64;
    println!(
        "{found} of {} planted influencers ({:.1} %) are in the two top tiers",
        planted.len(),
        share * 100.0
    );
    assert!(share >= 0.8);

    let table = scores(sandbox);
    let (ids, communities) = (table.get::<String>("id").unwrap(), table.get::<u32>("community_id").unwrap());
    let (audience, out_degree) =
        (table.get::<u32>("audience").unwrap(), table.get::<u32>("out_degree").unwrap());
    // People without public interactions were planted in no community.
    let planted: BTreeMap<&str, u32> =
        truth.iter().filter_map(|row| Some((row["id"].as_str(), row["community"].parse().ok()?))).collect();
    let (mut want, mut got) = (Vec::new(), Vec::new());
    for (row, id) in ids.iter().enumerate() {
        // The community of a person without edges cannot be found.
        if let Some(&community) = planted.get(id.as_str()).filter(|_| audience[row] + out_degree[row] > 0) {
            want.push(community);
            got.push(communities[row]);
        }
    }
    let agreement = nmi::nmi(&want, &got);
    println!(
        "planted and found communities agree at a normalized mutual information of {agreement:.4} ({} people)",
        want.len()
    );
    assert!(agreement >= 0.9);
}

#[test]
fn counts_add_up_and_everyone_appears_once() {
    let shared = finished();
    let sandbox = &shared.sandbox;
    let run = Store::open(&sandbox.path("out")).unwrap().run("current").unwrap();
    let manifest = run.manifest().unwrap();
    let counts = &manifest.record.counts;
    assert_eq!(counts.rows_read, counts.events_used + counts.events_ignored + counts.rows_rejected);
    assert!(counts.rows_rejected > 0, "the bundled data has bad rows");
    for reason in ["self_interaction", "duplicate", "already_following"] {
        println!("ignored {reason}: {:?}", counts.ignored.get(reason));
    }

    let customers = rows(&sandbox.read("datasets/quickstart/customers.csv"));
    let denied: BTreeSet<&str> = customers
        .iter()
        .filter(|row| row["consent"] == "none")
        .map(|row| row["customer_id"].as_str())
        .collect();
    let tiers = rows(&sandbox.read("out/current/segments/generic/full/tiers.csv"));
    let shown: BTreeSet<&str> = tiers.iter().map(|row| row["customer_id"].as_str()).collect();
    assert_eq!(shown.len(), tiers.len(), "each customer appears once");
    let expected: BTreeSet<&str> =
        customers.iter().map(|row| row["customer_id"].as_str()).filter(|id| !denied.contains(id)).collect();
    assert_eq!(shown, expected, "every customer who may be profiled appears, isolated or not");
    assert_eq!(counts.withheld as usize, denied.len());
    assert_eq!((counts.customers + counts.withheld) as usize, customers.len());

    let lines = sandbox.read("out/current/rejects.csv").lines().count();
    assert!(lines as u64 > counts.rows_rejected, "each bad row is listed below the header");
    let pagerank: f64 = {
        let table = scores(sandbox);
        table.get::<f64>("pagerank").unwrap().iter().sum()
    };
    assert!(pagerank <= 1.0 + 1e-9, "withheld people keep their share: {pagerank}");

    // The files of the tiers together have the same rows as `tiers.csv`.
    let folder = sandbox.path("out/current/segments/generic/full");
    let mut in_tiers = 0;
    for file in files_below(&folder) {
        let name = file.to_str().unwrap();
        if name != "tiers.csv" && name != "prospects.csv" {
            in_tiers += rows(&fs::read_to_string(folder.join(&file)).unwrap()).len();
        }
    }
    assert_eq!(in_tiers, tiers.len());
}

#[test]
fn withheld_people_are_shown_nowhere() {
    let shared = finished();
    let sandbox = &shared.sandbox;
    let customers = rows(&sandbox.read("datasets/quickstart/customers.csv"));
    let mut names = BTreeSet::new();
    for row in customers.iter().filter(|row| row["consent"] == "none") {
        names.insert(row["customer_id"].clone());
        for channel in ["twitter", "instagram", "forum"] {
            let handle = row[channel].trim().trim_start_matches('@').to_lowercase();
            if !handle.is_empty() {
                names.insert(format!("{channel}:{handle}"));
            }
        }
    }
    assert!(names.len() > 50);
    let current = sandbox.path("out/current");
    let shown: Vec<String> = {
        let table = scores(sandbox);
        table.get::<String>("id").unwrap().to_vec()
    };
    assert!(shown.iter().all(|id| !names.contains(id)), "scores.parquet");
    let communities = read_table(&current.join("communities.parquet")).unwrap();
    for voices in communities.get::<String>("top_voices").unwrap() {
        assert!(voices.split(';').all(|id| !names.contains(id)), "communities.parquet");
    }
    for file in files_below(&current) {
        if file.extension().is_some_and(|extension| extension == "csv") {
            let text = fs::read_to_string(current.join(&file)).unwrap();
            for word in text.split([',', '\n', '\t', ' ', '"', ';']) {
                assert!(!names.contains(word), "{}: {word}", file.display());
            }
        }
    }
}

/// All output of a run of the sandbox as text in lower case: files, and all text columns of tables.
fn everything_shown(sandbox: &Sandbox, folder: &str) -> String {
    let folder = sandbox.path(folder);
    let mut all = String::new();
    for file in files_below(&folder) {
        let bytes = fs::read(folder.join(&file)).unwrap();
        write!(all, "\n== {}\n{}", file.display(), String::from_utf8_lossy(&bytes)).unwrap();
        if file.extension().is_some_and(|extension| extension == "parquet") {
            let table = read_table(&folder.join(&file)).unwrap();
            let columns = ["id", "name", "channels", "household", "top_voices", "tier", "previous_tier"];
            for texts in columns.iter().filter_map(|name| table.get::<String>(name).ok()) {
                all += &texts.join("\n");
            }
            for texts in columns.iter().filter_map(|name| table.get::<Option<String>>(name).ok()) {
                all += &texts.iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n");
            }
        }
    }
    all.to_lowercase()
}

/// Bad event rows and bad CRM rows that name people who denied consent: (config, the names that must not be seen).
fn leaky(sandbox: &Sandbox) -> Vec<&'static str> {
    let mut events = "actor,target,kind,at\n".to_owned();
    for i in 0..40 {
        writeln!(events, "user{i},user{},share,2026-01-0{}", (i * 7 + 1) % 40, 1 + i % 9).unwrap();
    }
    for hidden in ["denyada", "denybob", "denycy", "denydee", "denyeve", "denyfay"] {
        let loud = hidden.to_uppercase();
        writeln!(events, "{hidden},user1,share,2026-01-01\nuser2,@{loud},reply,2026-01-02").unwrap();
    }
    // Withheld people in bad rows of every form. Only the last row, of `visible`, names none and may be quoted.
    events += "@DenyAda,user1,share,never\n\"DENYADA\",user2,denyada,2026-01-01\nuser1,user2,\"hello, @denyada!\",2026\n";
    events += "user3,\"twitter:DenyBob\",sharee,2026-01-01\nuser1,denyada@post.example,share\nCRM-DENY-1,user1,x,y\n";
    events +=
        "user4,Ada Deny Lovelace,share,?\nuser5,\"open denycy,share,2026\nuser6,us\"denydee,share,2026\n";
    events += "user7,denyeve,share,2026,,\nvisible,user1,share,someday\n";
    sandbox.write("events.csv", events);
    sandbox
        .write("odd.txt", "user1~user2~share~2026-01-01\nuser1~DENYADA~share~never\ndenybob~user2~shareX\n");
    let mut crm = b"customer_id,name,email,twitter,ltv,consent\n".to_vec();
    crm.extend(b"CRM-DENY-1,Ada Deny Lovelace,DenyAda@Post.example,@DenyAda,1,none\nCRM-DENY-2,,,denybob,denyvalue,none\n");
    crm.extend(b"CRM-DENY-3,Deny C,,denycy,1,none,\nCRM-DENY-4,D\xe9,denydee@post.example,denydee,1,none\n");
    crm.extend(b",Deny Eve,,DENYEVE,1,none\nCRM-DENY-6,\"Deny Fay,,denyfay,1,none\nCRM-DENY-7,,,denygus,1,denymaybe\n");
    for i in 0..20 {
        crm.extend(format!("C{i},\"Name, {i}\",,user{i},{i},full\n").bytes());
    }
    sandbox.write("crm.csv", crm);
    sandbox.write("plaudit.toml", LEAKY_CONFIG);
    vec![
        "denyada",
        "denybob",
        "denycy",
        "denydee",
        "denyeve",
        "denyfay",
        "denygus",
        "denyvalue",
        "denymaybe",
        "crm-deny",
        "deny lovelace",
        "deny c",
        "deny eve",
        "deny fay",
    ]
}

const LEAKY_CONFIG: &str = r#"
[run]
max_rejected = 0.5
[[events]]
path = "events.csv"
channel = "twitter"
[[events]]
path = "odd.txt"
channel = "twitter"
delimiter = "~"
header = false
quoting = "none"
columns = { actor = 0, target = 1, kind = 2, at = 3 }
[[customers]]
path = "crm.csv"
columns = { id = "customer_id", name = "name", value = "ltv", consent = "consent" }
identifiers = { email = "email", twitter = "twitter" }
[guard]
rejected_in_file = 1
new_consent_word = "deny"
"#;

#[test]
fn bad_rows_show_no_withheld_people() {
    let sandbox = Sandbox::new();
    let hidden = leaky(&sandbox);
    let mut shown = String::new();
    for arguments in
        [&["run"][..], &["check"], &["top", "-n", "100"], &["prospects"], &["communities"], &["runs", "show"]]
    {
        let outcome = sandbox.plaudit(arguments);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        shown += &[outcome.stdout, outcome.stderr].concat().to_lowercase();
    }
    shown += &everything_shown(&sandbox, "out");
    let strict = LEAKY_CONFIG.replace("max_rejected = 0.5", "max_rejected = 0.0");
    sandbox.write("plaudit.toml", strict);
    let refusal = sandbox.fail(3, &["run"]);
    assert!(refusal.contains("events.csv:54:"), "{refusal}");
    shown += &refusal.to_lowercase();
    for name in hidden {
        let context =
            shown.find(name).map(|at| shown[..at].lines().rev().take(3).collect::<Vec<_>>().join(" <- "));
        assert_eq!(context, None, "{name} is shown");
    }
    assert!(shown.contains("visible,user1,share,someday"), "a row that names nobody is quoted");
    let manifest: serde_json::Value =
        serde_json::from_str(&sandbox.read("out/current/manifest.json")).unwrap();
    let more = &manifest["counts"];
    let count = |name: &str| {
        let found = more.get(name).or_else(|| more["more"].get(name));
        found.and_then(serde_json::Value::as_u64).unwrap_or_else(|| panic!("{name}: {more}"))
    };
    assert_eq!(count("withheld"), 3);
    let (read, bad) = (count("customer_rows_read"), count("customer_rows_rejected"));
    assert_eq!((read, bad, count("customer_rows_merged")), (27, 4, 0));
    assert_eq!(count("customers") + count("withheld"), 23);
}

/// The digests of all segment files of the current run.
fn digests(sandbox: &Sandbox) -> Vec<(String, String)> {
    let run = Store::open(&sandbox.path("out")).unwrap().run("current").unwrap();
    let files = run.manifest().unwrap().files;
    files
        .into_iter()
        .filter(|file| file.path != "rejects.csv")
        .map(|file| (file.path, file.sha256.to_string()))
        .collect()
}

#[test]
fn the_bytes_depend_neither_on_threads_nor_on_row_order() {
    let mut all = Vec::new();
    for threads in ["1", "2", "3", "8"] {
        let sandbox = Sandbox::with_datasets();
        if threads == "3" {
            shuffle_rows(&sandbox);
        }
        sandbox.succeed(&["run", "-c", QUICKSTART, "--quiet", "--threads", threads]);
        all.push((threads, digests(&sandbox)));
    }
    for (threads, digests) in &all[1..] {
        assert_eq!(digests, &all[0].1, "{threads} threads");
    }
}

/// Puts the data rows of every event file and of the CRM table into another order.
fn shuffle_rows(sandbox: &Sandbox) {
    for file in files_below(&sandbox.path("datasets/quickstart")) {
        let name = format!("datasets/quickstart/{}", file.display());
        let header = usize::from(name.ends_with(".csv"));
        if name.contains("truth") || !(name.ends_with(".csv") || name.ends_with(".tsv")) {
            continue;
        }
        let text = sandbox.read(&name);
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut rows: Vec<String> = Vec::new();
        let mut open = false;
        for line in text.split_terminator(end) {
            match rows.last_mut().filter(|_| open) {
                Some(row) => *row = format!("{row}{end}{line}"),
                None => rows.push(line.to_owned()),
            }
            // A quoted field may continue on the next line.
            open ^= line.matches('"').count() % 2 == 1;
        }
        rows[header..].sort_by_key(|row| num::random(11, 1, plaudit::event::key_hash(row.as_bytes()), 0));
        sandbox.write(&name, rows.join(end) + end);
    }
}

#[test]
fn a_run_that_is_repeated_has_the_same_bytes() {
    let sandbox = copy_of_finished();
    let segments = ["tiers", "prospects"].map(|name| format!("out/current/segments/generic/full/{name}.csv"));
    let before = segments.each_ref().map(|path| sandbox.read(path));
    sandbox.succeed(&["run", "-c", QUICKSTART, "--quiet"]);
    assert!(segments.each_ref().map(|path| sandbox.read(path)) == before, "the second run has the same data");
    let runs: serde_json::Value =
        serde_json::from_str(&sandbox.succeed(&["runs", "list", "--format", "json"])).unwrap();
    assert_eq!(runs.as_array().unwrap().len(), 2);
    sandbox.succeed(&["runs", "verify"]);
}

#[test]
fn check_writes_nothing_and_reports_bad_rows_and_memory() {
    let sandbox = Sandbox::with_datasets();
    let before = files_below(&sandbox.path("."));
    let said = sandbox.succeed(&["check", "-c", QUICKSTART]);
    assert_eq!(files_below(&sandbox.path(".")), before);
    assert!(said.contains("first bad rows") && said.contains("memory"), "{said}");
}

#[test]
fn a_run_needs_no_configuration() {
    let sandbox = Sandbox::new();
    sandbox.write("a.csv", "actor,target,kind,at\nada,bob,follow,2026-01-01\nbob,cy,share,2026-01-02\n");
    sandbox.write("b.csv", "actor,target,kind,at\ncy,ada,reply,1767441600\n");
    sandbox.succeed(&["run", "--events", "a.csv", "b.csv", "--out", "mine"]);
    let tiers = rows(&sandbox.read("mine/current/segments/generic/full/tiers.csv"));
    let ids: BTreeSet<&str> = tiers.iter().map(|row| row["customer_id"].as_str()).collect();
    assert_eq!(ids, BTreeSet::from(["ada", "bob", "cy"]));
}

/// Whole weights are stored exactly; the decayed weights of year-old shares are rounded.
#[test]
fn the_error_bound_of_rounded_weights_is_in_the_manifest() {
    let sandbox = Sandbox::new();
    let row = |i: u64| format!("a{},a{},share,{}\n", i % 31, i * 7 % 37, 1_767_225_600 - i * 43_200);
    let rows: Vec<String> = (0..900).map(row).collect();
    sandbox.write("events.csv", format!("actor,target,kind,at\n{}", rows.concat()));
    let bound = |given: &str| {
        sandbox.write("plaudit.toml", format!("[[events]]\npath = \"events.csv\"\n{given}"));
        // Other weights, other tiers.
        sandbox.succeed(&["run", "--force"]);
        let manifest: serde_json::Value =
            serde_json::from_str(&sandbox.read("out/current/manifest.json")).unwrap();
        manifest["certificates"]["pagerank_weight_rounding_bound"].as_f64().unwrap()
    };
    let faded = bound("");
    assert!(faded > 1e-6 && faded < 2.0, "{faded}");
    let whole = "[weights]\nsaturation = \"none\"\nshare = { weight = 2.0, half_life = \"none\" }\n";
    assert_eq!(bound(whole), 0.0);
}

#[test]
fn more_memory_than_allowed_is_refused_before_anything_is_published() {
    let sandbox = Sandbox::with_datasets();
    let config = sandbox.read(QUICKSTART).replace("[run]", "[run]\nmemory_limit = \"1MiB\"");
    sandbox.write(QUICKSTART, config);
    let message = sandbox.fail(3, &["run", "-c", QUICKSTART]);
    assert!(message.contains("memory") && message.contains("hint: "), "{message}");
    assert!(!sandbox.path("out/current").exists());
}

#[test]
fn reading_beyond_the_memory_limit_is_refused() {
    let sandbox = Sandbox::new();
    let row = |i: u32| format!("a{},b{},share,{}", i % 7, i % 11, 1_700_000_000 + i);
    let rows: Vec<String> = (0..50_000).map(row).collect();
    sandbox.write("events.csv", format!("actor,target,kind,at\n{}\n", rows.join("\n")));
    sandbox.write("plaudit.toml", "[run]\nmemory_limit = \"1MiB\"\n[[events]]\npath = \"events.csv\"\n");
    let message = sandbox.fail(3, &["run"]);
    assert!(message.contains("stage `read`"), "{message}");
    assert!(!sandbox.path("out/current").exists());
}

#[test]
fn the_estimate_of_check_is_an_upper_bound() {
    let shared = finished();
    let sandbox = &shared.sandbox;
    let run = Store::open(&sandbox.path("out")).unwrap().run("current").unwrap();
    let stages = run.manifest().unwrap().record.stages;
    let Some(peak) = stages.iter().filter_map(|stage| stage.peak_rss_bytes).max() else {
        println!("skipped: this system does not tell the peak memory of a process");
        return;
    };
    let said = sandbox.succeed(&["check", "-c", QUICKSTART]);
    let line = said.lines().find(|line| line.starts_with("memory")).unwrap();
    let mebibytes: f64 = line.split("about ").nth(1).unwrap().split(" MiB").next().unwrap().parse().unwrap();
    println!("estimated {mebibytes} MiB, used {:.1} MiB", peak as f64 / f64::from(1 << 20));
    assert!(mebibytes * f64::from(1 << 20) >= peak as f64, "{line}, used {peak} bytes");
}

#[test]
fn progress_reaches_the_total_size() {
    let sandbox = Sandbox::with_datasets();
    let outcome = sandbox.plaudit(&["run", "-c", QUICKSTART, "--log-format", "json"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let lines: Vec<serde_json::Value> =
        outcome.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let done: Vec<u64> = lines
        .iter()
        .filter(|line| line["event"] == "progress")
        .map(|line| line["done"].as_u64().unwrap())
        .collect();
    assert!(!done.is_empty() && done.is_sorted(), "{done:?}");
    let total = lines.iter().find(|line| line["event"] == "progress").unwrap()["total"].as_u64();
    assert_eq!(done.last().copied(), total, "all bytes are reported");
}
