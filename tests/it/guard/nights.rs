//! Guards on whole runs: each fault of one input is refused with what moved, from what to what; `--force` publishes it
//! and the manifest says so.

use std::{fmt::Write as _, fs};

use super::Files;
use crate::support::{company::columns, sandbox::Sandbox};

const CONFIG: &str = "[[events]]\npath = 'follows.csv'\nchannel = 'forum'\n\
    [[events]]\npath = 'shares.csv'\nchannel = 'forum'\n\
    [[customers]]\npath = 'crm.csv'\n\
    columns = { id = 'id', consent = 'consent' }\nidentifiers = { forum = 'handle' }\n";

const PEOPLE: u32 = 40;

fn follows() -> String {
    let mut text = "actor,target,kind,at\n".to_owned();
    for event in 0..400_u32 {
        let (u, v) = (event * 7 % PEOPLE, event * event % 31 % PEOPLE);
        writeln!(text, "h{u},h{v},follow,2026-06-{:02}", 1 + event % 30).unwrap();
    }
    text
}

fn shares() -> String {
    let mut text = "actor,target,kind,at\n".to_owned();
    for event in 0..200_u32 {
        let (u, v) = (event * 3 % PEOPLE, event * 11 % 17);
        writeln!(text, "h{u},h{v},share,2026-06-{:02}T10:{:02}:00Z", 1 + event % 30, event % 60).unwrap();
    }
    text
}

fn crm() -> String {
    let row = |customer: u32| {
        format!("K{customer:02},h{customer},{}\n", if customer % 9 == 4 { "none" } else { "full" })
    };
    format!("id,handle,consent\n{}", (0..PEOPLE).map(row).collect::<String>())
}

fn first_lines(text: &str, count: usize) -> String {
    text.split_inclusive('\n').take(count).collect()
}

/// A store after one good run.
fn good_night() -> Sandbox {
    Files { follows: follows(), shares: shares(), crm: crm() }.good_night(CONFIG)
}

fn manifest(sandbox: &Sandbox) -> serde_json::Value {
    serde_json::from_str(&sandbox.read("out/current/manifest.json")).unwrap()
}

/// The run must be refused with this text in its message, and published by `--force`.
fn assert_refused(sandbox: &Sandbox, check: &str, text: &str) {
    let before = fs::read_link(sandbox.path("out/current")).unwrap();
    let message = sandbox.fail(3, &["run", "--quiet"]);
    assert!(message.contains(text), "`{text}` is not in: {message}");
    assert_eq!(fs::read_link(sandbox.path("out/current")).unwrap(), before, "nothing is published");
    let refused: serde_json::Value = serde_json::from_str(&sandbox.read("out/refused/refused.json")).unwrap();
    let checks = |warnings: &serde_json::Value| -> Vec<String> {
        let all = warnings.as_array().unwrap().iter();
        all.map(|warning| warning["check"].as_str().unwrap().to_owned()).collect()
    };
    assert!(checks(&refused["warnings"]).contains(&check.to_owned()), "{refused}");
    assert!(sandbox.read("out/refused/rejects.csv").starts_with("file,line,column"));
    sandbox.succeed(&["run", "--quiet", "--force"]);
    assert!(checks(&manifest(sandbox)["certificates"]["forced"]).contains(&check.to_owned()));
}

#[test]
fn a_second_run_on_the_same_data_has_no_warning() {
    let sandbox = good_night();
    sandbox.succeed(&["run", "--quiet"]);
    assert!(manifest(&sandbox)["certificates"].get("forced").is_none());
    assert!(!sandbox.path("out/refused").exists());
}

#[test]
fn customers_that_are_gone() {
    let sandbox = good_night();
    let text = crm();
    sandbox.write("crm.csv", first_lines(&text, 21));
    assert_refused(&sandbox, "customers_drop", "customers of the previous run");
}

#[test]
fn links_that_are_lost() {
    let sandbox = good_night();
    sandbox.write("crm.csv", crm().replace(",h", ",user_h").replacen("user_h", "h", 5));
    assert_refused(&sandbox, "match_rate_drop", "accounts linked to customers fell from 40 to 4");
}

/// A company whose customers have a handle and an e-mail address; those below `linked` have the address that mails
/// come from.
fn crm_with_mail(linked: u32) -> String {
    let row = |customer: u32| {
        let mail = if customer < linked { "m" } else { "other" };
        format!("K{customer:02},h{customer},full,{mail}{customer}@a\n")
    };
    format!("id,handle,consent,mail\n{}", (0..PEOPLE).map(row).collect::<String>())
}

/// A store after a night in which `linked` addresses were linked.
fn night_with_mail(linked: u32) -> Sandbox {
    let config = CONFIG.replace("identifiers = {", "identifiers = { email = 'mail',")
        + "[[events]]\npath = 'mails.csv'\ncolumns = { actor = 'actor', target = 'target', kind = 'kind', at = 'at', \
           channel = 'channel' }\n";
    let mail = |person: u32| format!("m{person}@a,h{person},share,2026-06-{:02},email\n", person + 1);
    let sandbox = Sandbox::new();
    sandbox.write("plaudit.toml", config);
    sandbox.write("follows.csv", follows());
    sandbox.write("shares.csv", shares());
    sandbox.write(
        "mails.csv",
        format!("actor,target,kind,at,channel\n{}", (0..linked).map(mail).collect::<String>()),
    );
    sandbox.write("crm.csv", crm_with_mail(linked));
    sandbox.succeed(&["run", "--quiet"]);
    sandbox
}

/// The links of one channel are lost, which are few of all links.
#[test]
fn links_of_one_channel_that_are_lost() {
    for (before, now, share) in [(10, 7, "30.0"), (10, 0, "100.0"), (4, 0, "100.0"), (2, 0, "100.0")] {
        let sandbox = night_with_mail(before);
        sandbox.write("crm.csv", crm_with_mail(now));
        let text =
            format!("accounts of `email` linked to customers fell from {before} to {now} ({share} % fewer)");
        assert_refused(&sandbox, "match_rate_drop", &text);
    }
}

/// One of two accounts is silent tonight: half of the channel, and no accident.
#[test]
fn a_channel_with_few_links_may_lose_some() {
    for (before, now) in [(10, 8), (9, 1), (2, 1), (1, 0)] {
        let sandbox = night_with_mail(before);
        sandbox.write("crm.csv", crm_with_mail(now));
        let outcome = sandbox.plaudit(&["run", "--quiet"]);
        assert_eq!(outcome.code, Some(0), "{before} to {now}: {}", outcome.stderr);
    }
}

/// The only channel has another name tonight: as many accounts are linked as before, and none is the same.
#[test]
fn a_channel_that_is_renamed() {
    let sandbox = good_night();
    sandbox.write("plaudit.toml", CONFIG.replace("'forum'", "'board'").replace("forum =", "board ="));
    assert_refused(
        &sandbox,
        "match_rate_drop",
        "accounts of `forum` linked to customers fell from 40 to 0 (100.0 % fewer)",
    );
}

#[test]
fn rows_of_a_source_that_are_missing() {
    let sandbox = good_night();
    sandbox.write("shares.csv", first_lines(&shares(), 51));
    assert_refused(&sandbox, "events_drop", "`shares.csv` has 50 rows; the median of its last 1 run is 200");
}

#[test]
fn a_source_that_is_not_configured_any_more() {
    let sandbox = good_night();
    sandbox.write("plaudit.toml", CONFIG.replace("[[events]]\npath = 'shares.csv'\nchannel = 'forum'\n", ""));
    assert_refused(&sandbox, "source_gone", "`shares.csv` had 200 rows in the previous run");
}

#[test]
fn rows_that_merge_into_few_customers() {
    let sandbox = Sandbox::new();
    sandbox.write("plaudit.toml", CONFIG);
    sandbox.write("follows.csv", follows());
    sandbox.write("shares.csv", shares());
    let row = |customer: u32| format!("key{},h{customer},full\n", customer % 3);
    let rows: Vec<String> = (0..PEOPLE).map(row).collect();
    sandbox.write("crm.csv", format!("id,handle,consent\n{}", rows.concat()));
    let message = sandbox.fail(3, &["run", "--quiet"]);
    assert!(
        message.contains("37 of 40 CRM rows have the key of another row: 3 customers are left"),
        "{message}"
    );
}

#[test]
fn nobody_who_may_be_shown() {
    let sandbox = good_night();
    sandbox.write("crm.csv", crm().replace("full", "none"));
    assert_refused(
        &sandbox,
        "nobody_shown",
        "no customer may be shown: consent of all of the 40 customers is denied",
    );
}

#[test]
fn an_event_from_the_future() {
    let sandbox = good_night();
    sandbox.write("shares.csv", format!("{}h1,h2,share,2099-12-31T00:00:00Z\n", shares()));
    assert_refused(&sandbox, "future", "is of 2099-12-31T00:00:00Z");
    // With an as-of time the event counts for nothing.
    sandbox.write("plaudit.toml", format!("[run]\nas_of = '2026-06-30'\n{CONFIG}"));
    sandbox.succeed(&["run", "--quiet", "--force"]);
    sandbox.succeed(&["run", "--quiet"]);
}

#[test]
fn bad_rows_in_one_file() {
    let sandbox = good_night();
    let bad: String = (0..30).map(|_| "h1,h2,share,never\n").collect();
    sandbox.write("shares.csv", format!("{}{bad}", shares()));
    sandbox.write("plaudit.toml", format!("[run]\nmax_rejected = 0.1\n{CONFIG}"));
    assert_refused(&sandbox, "rejected_in_file", "shares.csv: 30 of 230 rows are bad");
}

#[test]
fn events_that_are_nearly_all_ignored() {
    let sandbox = good_night();
    let one: String = (0..6000).map(|_| "h1,h2,share,2026-06-30T10:00:00Z\n").collect();
    sandbox.write("follows.csv", "actor,target,kind,at\n");
    sandbox.write("shares.csv", format!("{}{one}", shares()));
    assert_refused(&sandbox, "ignored_share", "5,999 are duplicates");
}

#[test]
fn denials_that_the_crm_lifts() {
    let sandbox = good_night();
    sandbox.write("crm.csv", crm().replace("none", "full"));
    assert_refused(&sandbox, "denials_lifted", "the CRM lifts 4 of 4 denials of consent");
}

#[test]
fn denials_that_are_not_lifted_by_a_refused_run() {
    let sandbox = good_night();
    sandbox.write("crm.csv", crm().replace("none", "full"));
    sandbox.fail(3, &["run", "--quiet"]);
    // The export was wrong; the next one lacks the answers.
    sandbox.write("crm.csv", crm().replace("none", ""));
    sandbox.succeed(&["run", "--quiet"]);
    assert!(!sandbox.read("out/current/segments/generic/full/tiers.csv").contains("K04,"));
}

#[test]
fn tiers_that_jump() {
    let sandbox = good_night();
    sandbox.write("plaudit.toml", format!("{CONFIG}[tiers]\nshares = [10, 20, 40, 60]\n"));
    sandbox.succeed(&["run", "--quiet", "--force"]);
    // The direction of every follow and share is turned.
    let turned = |text: String| {
        let turned = text.lines().map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            format!("{},{},{},{}\n", fields[1], fields[0], fields[2], fields[3])
        });
        turned.collect::<String>().replace("target,actor", "actor,target")
    };
    sandbox.write("follows.csv", turned(follows()));
    sandbox.write("shares.csv", turned(shares()));
    assert_refused(&sandbox, "tier_change", "change tier: ");
}

#[test]
fn an_as_of_time_in_the_past_knows_only_accounts_seen_by_then() {
    let sandbox = Sandbox::new();
    sandbox.write("plaudit.toml", CONFIG);
    sandbox
        .write("follows.csv", "actor,target,kind,at\nh1,h2,follow,2026-06-01\nlate,h1,follow,2026-06-20\n");
    sandbox.write("shares.csv", "actor,target,kind,at\nh2,h1,share,2026-06-02\nh1,new,share,2026-06-20\n");
    sandbox.write("crm.csv", "id,handle,consent\nK1,h1,full\nK2,new,full\n");
    sandbox.succeed(&["run", "--quiet", "--as-of", "2026-06-10"]);
    let prospects = sandbox.read("out/current/segments/generic/full/prospects.csv");
    assert!(prospects.contains("forum:h2") && !prospects.contains("late"), "{prospects}");
    let manifest = manifest(&sandbox);
    assert_eq!(manifest["as_of"], "2026-06-10T00:00:00Z");
    assert_eq!(manifest["counts"]["ignored"]["outside_window"], 2);
    assert_eq!(manifest["counts"]["accounts_linked"], 1);
    // Without the later events, every file but the manifest is the same.
    let tiers = sandbox.read("out/current/segments/generic/full/tiers.csv");
    sandbox.write("follows.csv", "actor,target,kind,at\nh1,h2,follow,2026-06-01\n");
    sandbox.write("shares.csv", "actor,target,kind,at\nh2,h1,share,2026-06-02\n");
    sandbox.succeed(&["run", "--quiet", "--as-of", "2026-06-10", "--out", "other"]);
    assert_eq!(sandbox.read("other/current/segments/generic/full/tiers.csv"), tiers);
    assert_eq!(sandbox.read("other/current/segments/generic/full/prospects.csv"), prospects);
}

#[test]
fn a_night_that_is_run_again_keeps_its_previous_tiers() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "plaudit.toml",
        format!("{CONFIG}[tiers]\nshares = [10, 20, 40, 60]\n[guard]\ntier_change = 1\n"),
    );
    sandbox.write("follows.csv", follows());
    sandbox.write("shares.csv", shares());
    sandbox.write("crm.csv", crm());
    let tiers = |as_of: &str| {
        sandbox.succeed(&["run", "--quiet", "--as-of", as_of]);
        let text = sandbox.read("out/current/segments/generic/full/tiers.csv");
        columns(&text, &["customer_id", "tier", "previous_tier"])
    };
    let first = tiers("2026-06-10");
    assert!(first.iter().all(|row| row[2].is_empty()), "no run is earlier");
    assert_eq!(tiers("2026-06-10"), first, "a run is not its own previous run");
    let second = tiers("2026-06-20");
    let again = tiers("2026-06-20");
    assert_eq!(again, second, "the previous tiers are those of the earlier night");
    for row in &again {
        let before = first.iter().find(|other| other[0] == row[0]).unwrap();
        assert_eq!(row[2], before[1]);
    }
    assert!(again.iter().any(|row| row[1] != row[2]), "some tiers differ, or the test would check nothing");
    assert_eq!(tiers("2026-06-10"), first, "a later night is not a previous one");
    let between = tiers("2026-06-15");
    let after = tiers("2026-06-20");
    let tier = |id: &str| between.iter().find(|row| row[0] == id).map(|row| &row[1]);
    assert!(after.iter().all(|row| tier(&row[0]).map_or(row[2].is_empty(), |tier| *tier == row[2])));
    assert_ne!(after, again, "the night in between now tells the previous tiers");
}

fn refused_json(sandbox: &Sandbox) -> serde_json::Value {
    serde_json::from_str(&sandbox.read("out/refused/refused.json")).unwrap()
}

/// Runs, which must be refused, and compares what the store keeps of it with the message.
fn assert_refusal_is_kept(sandbox: &Sandbox, code: i32, what: &str, files: usize) {
    sandbox.write("out/refused/refused.json", "of an older refusal");
    sandbox.write("out/refused/rejects.csv", "of an older refusal");
    let message = sandbox.fail(code, &["run", "--quiet"]);
    assert!(message.contains(what), "{message}");
    let refused = refused_json(sandbox);
    assert!(refused["what"].as_str().unwrap().contains(what), "{refused}");
    assert!(refused["hint"].is_string(), "{refused}");
    assert_eq!(refused["inputs"].as_array().unwrap().len(), files, "{refused}");
    if files > 0 {
        assert!(sandbox.read("out/refused/rejects.csv").starts_with("file,line,column"));
    } else {
        assert!(!sandbox.path("out/refused/rejects.csv").exists());
    }
}

#[test]
fn a_refusal_after_all_files_are_read_keeps_them_and_their_bad_rows() {
    let sandbox = good_night();
    let topic = "[[rank.topics]]\nname = 'press'\nsegment = 'nobody-knows'\n";
    sandbox.write("plaudit.toml", format!("{CONFIG}{topic}"));
    assert_refusal_is_kept(&sandbox, 1, "`nobody-knows`", 3);
    sandbox.write("plaudit.toml", format!("{CONFIG}[reach]\nprobability = 'learnt'\n"));
    assert_refusal_is_kept(&sandbox, 3, "cannot learn how influence travels", 3);
    sandbox.write("plaudit.toml", CONFIG);
    sandbox.write("crm.csv", "id,handle,consent\nK1,nobody,full\n");
    assert_refusal_is_kept(&sandbox, 3, "no customer is linked", 3);
    sandbox.write("crm.csv", "id,handle,consent\n");
    assert_refusal_is_kept(&sandbox, 3, "there is no customer", 3);
}

#[test]
fn a_refusal_before_all_files_are_read_leaves_no_bad_rows_of_an_older_one() {
    let sandbox = good_night();
    sandbox.write("plaudit.toml", CONFIG.replace("consent = 'consent'", "consent = 'HasOptedOutOfEmail'"));
    sandbox.write("crm.csv", crm().replace("id,handle,consent", "id,handle,HasOptedOutOfEmail"));
    assert_refusal_is_kept(&sandbox, 3, "seems to say who objects", 0);
    sandbox.write("crm.csv", crm());
    sandbox.write("plaudit.toml", format!("[run]\nmemory_limit = '1KiB'\n{CONFIG}"));
    assert_refusal_is_kept(&sandbox, 3, "stage `read` would take about", 0);
    sandbox.write("plaudit.toml", CONFIG);
    fs::remove_file(sandbox.path("follows.csv")).unwrap();
    assert_refusal_is_kept(&sandbox, 1, "follows.csv", 0);
    // The first refusal of a store needs no folder.
    fs::remove_dir_all(sandbox.path("out")).unwrap();
    sandbox.fail(1, &["run", "--quiet"]);
    assert_eq!(refused_json(&sandbox)["inputs"], serde_json::json!([]));
}

/// How many of the handles occur up to the second that begins this day.
fn handles_seen_by(day: u32) -> usize {
    let text = follows() + &shares();
    let rows = text.lines().filter(|row| row.starts_with('h')).map(|row| row.split(',').collect::<Vec<_>>());
    let first_second = format!("2026-06-{day:02}");
    let seen = rows
        .filter(|row| row[3] <= first_second.as_str())
        .flat_map(|row| [row[0].to_owned(), row[1].to_owned()]);
    seen.collect::<std::collections::BTreeSet<_>>().len()
}

/// The handles of the CRM are lost; `before` of them were linked in the night that this run is compared with.
fn assert_lost_links_are_refused(sandbox: &Sandbox, as_of: &[&str], before: usize) {
    sandbox.write("crm.csv", crm().replace(",h", ",user_h").replacen("user_h", "h", 5));
    let message = sandbox.fail(3, &[&["run", "--quiet"], as_of].concat());
    assert!(message.contains(&format!("accounts linked to customers fell from {before} to ")), "{message}");
    sandbox.write("crm.csv", crm());
}

#[test]
fn a_night_is_compared_with_nights_of_the_same_or_an_earlier_time() {
    let sandbox = Files { follows: follows(), shares: shares(), crm: crm() }
        .write(&format!("{CONFIG}[guard]\ntier_change = 1\nevents_drop = 1\n"));
    let few = handles_seen_by(3);
    assert!(few * 10 < 8 * handles_seen_by(30), "a later night has many more links");
    sandbox.succeed(&["run", "--quiet", "--as-of", "2026-06-30"]);
    // Two nights before the first night of the store: it knows nothing of them, and then one of them.
    let first = sandbox.plaudit(&["run", "--as-of", "2026-06-03"]);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert!(first.stderr.contains("the store has no earlier run as of this time"), "{}", first.stderr);
    let again = sandbox.plaudit(&["run", "--as-of", "2026-06-03"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(!again.stderr.contains("no earlier run"), "{}", again.stderr);
    // The night itself, a night after it, and one after the newest, whose links are those of 30 June.
    assert_lost_links_are_refused(&sandbox, &["--as-of", "2026-06-03"], few);
    assert_lost_links_are_refused(&sandbox, &["--as-of", "2026-06-04"], few);
    assert_lost_links_are_refused(&sandbox, &["--as-of", "2026-07-01"], handles_seen_by(30));
    assert_lost_links_are_refused(&sandbox, &[], handles_seen_by(30));
}

/// Tiers of a past night are compared with the night before it, not with the tiers that are published now.
#[test]
fn tiers_of_a_past_night_are_compared_with_the_night_before_it() {
    let config =
        |shares: &str| format!("{CONFIG}[tiers]\nshares = [{shares}]\n[guard]\nmatch_rate_drop = 1\n");
    let sandbox = Files { follows: follows(), shares: shares(), crm: crm() }.write(&config("10, 20, 40, 60"));
    sandbox.succeed(&["run", "--quiet", "--as-of", "2026-06-20"]);
    // The newest night has other tiers.
    sandbox.write("plaudit.toml", config("80, 90, 95, 99"));
    let message = sandbox.fail(3, &["run", "--quiet", "--as-of", "2026-06-30"]);
    assert!(message.contains("change tier: "), "{message}");
    sandbox.succeed(&["run", "--quiet", "--force", "--as-of", "2026-06-30"]);
    assert!(sandbox.fail(3, &["run", "--quiet", "--as-of", "2026-06-20"]).contains("change tier: "));
    sandbox.write("plaudit.toml", config("10, 20, 40, 60"));
    sandbox.succeed(&["run", "--quiet", "--as-of", "2026-06-20"]);
}

#[test]
fn runs_without_times_are_compared_by_number() {
    let undated = |text: String| {
        let rows = text.lines().map(|row| format!("{}\n", row.rsplit_once(',').unwrap().0));
        rows.collect::<String>()
    };
    let without_times = CONFIG.replace(
        "channel = 'forum'\n",
        "channel = 'forum'\ncolumns = { actor = 'actor', target = 'target', kind = 'kind' }\n",
    );
    let sandbox = Files { follows: undated(follows()), shares: undated(shares()), crm: crm() }
        .good_night(&without_times);
    let everybody = handles_seen_by(31);
    sandbox.write("crm.csv", crm().replace(",h", ",user_h").replacen("user_h", "h", 5));
    let text = format!("accounts linked to customers fell from {everybody} to ");
    let message = sandbox.fail(3, &["run", "--quiet"]);
    assert!(message.contains(&text), "{message}");
    // A dated run is compared with an undated one if there is no other.
    sandbox.write("plaudit.toml", CONFIG);
    sandbox.write("follows.csv", follows());
    sandbox.write("shares.csv", shares());
    for as_of in [&[][..], &["--as-of", "2026-07-01"]] {
        let message = sandbox.fail(3, &[&["run", "--quiet"], as_of].concat());
        assert!(message.contains(&text), "{message}");
    }
}

/// Nothing but the run in the store shows that half of the customers are gone.
#[test]
fn a_previous_run_that_is_damaged() {
    type Damage = fn(&Sandbox);
    let damages: [(&str, Damage); 4] = [
        ("_SUCCESS", |sandbox| fs::remove_file(sandbox.path("out/current/_SUCCESS")).unwrap()),
        ("manifest.json", |sandbox| fs::remove_file(sandbox.path("out/current/manifest.json")).unwrap()),
        ("scores.parquet", |sandbox| {
            sandbox.write("out/current/scores.parquet", "torn");
        }),
        ("`current` points to no run", |sandbox| fs::remove_file(sandbox.path("out/current")).unwrap()),
    ];
    for (named, damage) in damages {
        let sandbox = good_night();
        let runs = || fs::read_dir(sandbox.path("out/runs")).unwrap().count();
        damage(&sandbox);
        sandbox.write("crm.csv", first_lines(&crm(), 21));
        let message = sandbox.fail(3, &["run"]);
        let parts = ["the previous run cannot be compared with this one", "r0001-20260630", named];
        assert!(parts.iter().all(|part| message.contains(part)), "{named}: {message}");
        assert!(!message.contains("no earlier run"), "{message}");
        assert_eq!(runs(), 1);
        let refused: serde_json::Value =
            serde_json::from_str(&sandbox.read("out/refused/refused.json")).unwrap();
        assert_eq!(refused["warnings"][0]["check"], "history_unreadable");
        sandbox.succeed(&["run", "--quiet", "--force"]);
        assert_eq!(manifest(&sandbox)["certificates"]["forced"][0]["check"], "history_unreadable");
        // The forced run is whole, and the next one is compared with it.
        sandbox.succeed(&["run", "--quiet"]);
    }
}

#[test]
fn the_newest_run_is_damaged_and_not_current() {
    let sandbox = good_night();
    let first = fs::read_link(sandbox.path("out/current")).unwrap();
    sandbox.succeed(&["run", "--quiet"]);
    let second = sandbox.path("out").join(fs::read_link(sandbox.path("out/current")).unwrap());
    fs::remove_file(sandbox.path("out/current")).unwrap();
    std::os::unix::fs::symlink(&first, sandbox.path("out/current")).unwrap();
    fs::remove_file(second.join("_SUCCESS")).unwrap();
    assert_refused(&sandbox, "history_unreadable", "run `r0002-20260630");
}

#[test]
fn who_forced_a_run_is_recorded_even_without_a_name() {
    let uid = std::process::Command::new("id").arg("-u").output().unwrap();
    let uid = format!("uid {}", String::from_utf8(uid.stdout).unwrap().trim());
    for (names, expected) in [
        (&[("USER", "ann"), ("LOGNAME", "bob")][..], "ann"),
        (&[("USER", ""), ("LOGNAME", "bob")], "bob"),
        (&[], uid.as_str()),
    ] {
        let sandbox = good_night();
        sandbox.write("crm.csv", first_lines(&crm(), 21));
        let mut command = sandbox.command(&["run", "--quiet", "--force"]);
        command.env_remove("USER").env_remove("LOGNAME").envs(names.iter().copied());
        assert!(command.status().unwrap().success());
        assert_eq!(manifest(&sandbox)["certificates"]["forced_by"], expected);
    }
}
