//! Every rule on every output: consent, lists, caps, quotas, budgets, contact logs.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::PathBuf,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use plaudit::{
    campaign::{
        self, AudienceOptions, CampaignError, CohortOptions, CohortRow, CohortSummary, Formula, Member,
        ProbabilityOption, Quota, RuleOptions, SpreadModelOptions,
    },
    config::PeopleSelector,
    num,
    store::{Run, Store},
};
use proptest::prelude::*;

use crate::support::{
    company::{CrmRow, column, published},
    sandbox::Sandbox,
};

/// A customer of the CRM: household, whether they agreed to be contacted, value, cost.
type Known = (String, bool, f64, f64);

/// 90 customers in 30 households; some may be contacted.
fn company_of_90() -> &'static (Sandbox, BTreeMap<String, Known>) {
    static COMPANY: OnceLock<(Sandbox, BTreeMap<String, Known>)> = OnceLock::new();
    COMPANY.get_or_init(|| {
        let draw = |what: u64, item: u64, of: u64| num::random(11, what, item, 0) % of;
        let mut crm = BTreeMap::new();
        for customer in 0..90 {
            let home =
                if draw(0, customer, 4) == 0 { String::new() } else { format!("H{}", draw(1, customer, 30)) };
            let agreed = draw(2, customer, 3) > 0;
            let known = (home, agreed, draw(3, customer, 100) as f64, draw(4, customer, 9) as f64);
            crm.insert(format!("c{customer}"), known);
        }
        let ids: Vec<String> = (0..110).map(|id| format!("c{id}")).collect();
        let pick = |what, event| {
            &*ids[usize::try_from(draw(what, event, 110).min(draw(what + 1, event, 110))).unwrap()]
        };
        let follows: Vec<(&str, &str)> = (0..600).map(|event| (pick(5, event), pick(7, event))).collect();
        let consent = |agreed| if agreed { "full" } else { "profile" };
        let records: Vec<CrmRow<'_>> = crm
            .iter()
            .map(|(id, (home, agreed, value, cost))| (&**id, &**home, consent(*agreed), *value, *cost))
            .collect();
        (published(&follows, &records, ""), crm)
    })
}

fn run(sandbox: &Sandbox) -> Run {
    Store::open(&sandbox.path("out")).unwrap().run("current").unwrap()
}

fn options(size: usize) -> CohortOptions {
    CohortOptions {
        size: Some(size),
        rules: RuleOptions::default(),
        audience: AudienceOptions::default(),
        spread_model: SpreadModelOptions { probability: Some(ProbabilityOption::Fixed(0.2)), model: None },
        epsilon: 0.3,
        seed: None,
    }
}

/// Keyed by customer: the community and the tier in the run.
fn measures() -> &'static BTreeMap<String, (String, String)> {
    static MEASURES: OnceLock<BTreeMap<String, (String, String)>> = OnceLock::new();
    MEASURES.get_or_init(|| {
        let csv = company_of_90().0.succeed(&["top", "-n", "1000", "--format", "csv"]);
        let column = |name| column(&csv, name);
        column("id").into_iter().zip(column("community_id").into_iter().zip(column("tier"))).collect()
    })
}

fn at_most<K: Ord>(groups: impl Iterator<Item = K>, most: u32) -> bool {
    let mut counts: BTreeMap<K, u32> = BTreeMap::new();
    groups.for_each(|group| *counts.entry(group).or_default() += 1);
    counts.values().all(|&count| count <= most)
}

#[test]
fn every_rule_holds_on_every_cohort() {
    every_rule_holds_on_one_cohort();
    // Most random constraints must be feasible; otherwise the test would check nothing.
    let picked = PICKED.load(Relaxed);
    println!("{picked} of 64 cohorts have members");
    // About every third one; fewer than six of 64 happen once in 10^5 test runs.
    assert!(picked > 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    fn every_rule_holds_on_one_cohort(
        size in 1_usize..12,
        per_community in proptest::option::of(1_u32..4),
        per_household in proptest::option::of(1_u32..3),
        per_tier in proptest::option::of(1_u32..6),
        quota in proptest::option::of(0_u32..3),
        at_least in proptest::option::of(1_u32..5),
        least_value in proptest::option::of(0_u32..60),
        budget in proptest::option::of(1_u32..30),
        per_channel in proptest::option::of(1_u32..9),
        lists in (0_usize..90, 0_usize..90, 0_usize..90),
        from in proptest::option::of(0_usize..90),
        seed: u64,
    ) {
        let (sandbox, crm) = company_of_90();
        let ids: Vec<&String> = crm.keys().collect();
        let dir = tempfile::tempdir().unwrap();
        let list = |name: &str, from: usize| {
            let path = dir.path().join(name);
            let every: Vec<&str> = ids.iter().skip(from).step_by(7).map(|id| id.as_str()).collect();
            std::fs::write(&path, every.join("\n")).unwrap();
            path
        };
        let measures = measures();
        let excluded = list("excluded", lists.0);
        let rules = RuleOptions {
            eligible: least_value.map(|value| Formula::parse(&format!("value >= {value}"), "--eligible").unwrap()),
            exclude: vec![excluded.clone()],
            already: vec![list("already", lists.1)],
            max_per_community: per_community,
            max_per_household: per_household,
            max_per_tier: per_tier,
            max_per_channel: per_channel,
            quotas: quota.map(|most| Quota { people: PeopleSelector::Channel("forum".to_owned()), count: most + 3 }).into_iter().collect(),
            at_least: at_least.map(|count| Quota { people: PeopleSelector::File(list("wanted", lists.2)), count }).into_iter().collect(),
            cost: budget.map(|_| Formula::parse("cost", "--cost").unwrap()),
            budget: budget.map(f64::from),
            ..RuleOptions::default()
        };
        let options = CohortOptions { rules, seed: Some(seed), ..options(size) };
        let (members, summary) = match picked(&run(sandbox), from.map(|from| list("from", from)), &options) {
            Ok(found) => found,
            Err(CampaignError::InfeasibleSize { feasible, .. }) => {
                prop_assert!(feasible < size);
                return Ok(());
            }
            Err(CampaignError::InfeasibleQuota { feasible, .. }) => {
                prop_assert!((feasible as u32) < at_least.unwrap());
                return Ok(());
            }
            Err(CampaignError::TooManyPlaces { places, left, .. }) => {
                prop_assert!(places > left && places <= at_least.unwrap().into());
                return Ok(());
            }
            Err(CampaignError::Nobody { .. }) => return Ok(()),
            Err(error) => panic!("{error}"),
        };
        let known = |id: &String| &crm[id];
        prop_assert!(members.len() <= size);
        prop_assert!(members.iter().all(|member| known(&member.id).1), "consent");
        let listed = |from: usize| ids.iter().skip(from).step_by(7).copied().collect::<Vec<_>>();
        let is_listed = |from: usize| members.iter().filter(|member| listed(from).contains(&&member.id)).count();
        prop_assert_eq!(is_listed(lists.0), 0, "excluded");
        prop_assert_eq!(is_listed(lists.1), 0, "invited already");
        prop_assert!(from.is_none_or(|from| is_listed(from) == 0), "sources of the message");
        prop_assert!(members.iter().all(|member| known(&member.id).2 >= f64::from(least_value.unwrap_or(0))));
        prop_assert!(at_most(members.iter().map(|member| &member.id), 1), "nobody twice");
        prop_assert!(per_community.is_none_or(|most| at_most(members.iter().map(|member| &measures[&member.id].0), most)));
        prop_assert!(per_tier.is_none_or(|most| at_most(members.iter().map(|member| &measures[&member.id].1), most)));
        let homes = members.iter().map(|member| &known(&member.id).0).filter(|home| !home.is_empty());
        prop_assert!(per_household.is_none_or(|most| at_most(homes, most)));
        let forum = members.iter().filter(|member| member.channels.contains("forum")).count();
        prop_assert!(quota.is_none_or(|most| forum <= most as usize + 3));
        prop_assert!(per_channel.is_none_or(|most| forum <= most as usize), "there is one channel");
        prop_assert!(at_least.is_none_or(|least| is_listed(lists.2) >= least as usize), "the minimum is met");
        let cost: f64 = members.iter().map(|member| known(&member.id).3).sum();
        prop_assert!(budget.is_none_or(|most| cost <= f64::from(most)));
        prop_assert_eq!(summary.cost, budget.map(|_| cost));
        let excluded: u64 = summary.exclusions.iter().map(|exclusion| exclusion.count).sum();
        prop_assert_eq!(summary.eligible + excluded, summary.customers, "everybody is accounted for");
        PICKED.fetch_add(usize::from(!members.is_empty()), Relaxed);
    }
}

/// The members and the summary of a cohort: for the largest spread, or against a message that starts at the people on a
/// list.
fn picked(
    run: &Run,
    from: Option<PathBuf>,
    options: &CohortOptions,
) -> Result<(Vec<Member>, CohortSummary), CampaignError> {
    if let Some(from) = from {
        let found = campaign::containment_cohort(run, &[from], options)?;
        return Ok((found.rows.into_iter().map(|row| row.member).collect(), found.summary));
    }
    let found = campaign::cohort(run, options)?;
    assert!(!found.rows.is_empty() && (0.0..=1.0).contains(&found.certificate));
    assert_eq!(found.rows.last().unwrap().cumulative, found.spread);
    let is_less = |row: &CohortRow| row.marginal.value <= row.alone.value + 1e-9;
    assert!(found.rows.iter().all(is_less), "a customer alone adds at least the marginal gain");
    Ok((found.rows.into_iter().map(|row| row.member).collect(), found.summary))
}

/// The number of random cohorts that have members.
static PICKED: AtomicUsize = AtomicUsize::new(0);

/// Three customers who may be contacted: hub has the largest spread, then mid, then low; hub and mid share a household.
fn logged(log: &str, contacts: &str) -> Sandbox {
    let follows = [("a1", "hub"), ("a2", "hub"), ("a3", "hub"), ("b1", "mid"), ("b2", "mid"), ("c1", "low")];
    let fans = ["a1", "a2", "a3", "b1", "b2", "c1"].map(|id| (id, "", "profile", 0.0, 0.0));
    let full =
        [("hub", "H1", "full", 0.0, 0.0), ("mid", "H1", "full", 0.0, 0.0), ("low", "H2", "full", 0.0, 0.0)];
    let crm: Vec<CrmRow<'_>> = full.into_iter().chain(fans).collect();
    let sandbox = published(&follows, &crm, &format!("[[contacts]]\npath = 'contacts.csv'\n{log}"));
    sandbox.write("contacts.csv", contacts);
    sandbox
}

const COHORT: [&str; 5] = ["cohort", "--probability", "1", "-n", "1"];

fn first(sandbox: &Sandbox, more: &[&str]) -> String {
    column(&sandbox.succeed(&[&COHORT[..], more].concat()), "customer_id").remove(0)
}

#[test]
fn nobody_is_contacted_more_often_than_allowed() {
    // The newest event is of 30 June: 1 June is within thirty days of it, 30 May is not.
    let header = "customer_id,at\n";
    let with = |log: &str, rows: &str| first(&logged(log, &format!("{header}{rows}")), &[]);
    assert_eq!(with("", ""), "hub");
    assert_eq!(with("", "hub,2026-06-01\n"), "mid", "once in 30 days is the default");
    assert_eq!(with("", "hub,2026-05-30\n"), "hub");
    assert_eq!(with("", "hub,2026-07-09\n"), "mid", "a contact after the as-of time is recent as well");
    assert_eq!(with("window = '90d'\n", "hub,2026-05-30\n"), "mid");
    assert_eq!(with("window = 'all'\n", "hub,2001-01-01\n"), "mid");
    assert_eq!(with("max_per_customer = 2\n", "hub,2026-06-01\n"), "hub");
    assert_eq!(
        with("max_per_customer = 2\n", "hub,2026-06-01\nhub,2026-06-01\n"),
        "mid",
        "each row is a contact"
    );
    assert_eq!(with("max_per_customer = 'none'\n", "hub,2026-06-01\n"), "hub");
    // Mid was contacted, and hub is in the same household, so low is picked.
    let household = "max_per_customer = 'none'\nmax_per_household = 1\n";
    assert_eq!(with(household, "mid,2026-06-01\n"), "low");
    let community = "max_per_customer = 'none'\nmax_per_community = 1\n";
    assert_eq!(with(community, "a3,2026-06-01\n"), "mid", "the community of hub has used its one contact");
    let columns = "columns = { id = 'who', at = 'when' }\n";
    assert_eq!(first(&logged(columns, "when,x,who\n2026-06-01,,hub\n"), &[]), "mid");

    let sandbox = logged("", &format!("{header}hub,2026-06-01\nmid,2026-05-01\nstranger,2026-06-01\n"));
    let outcome = sandbox.plaudit(&COHORT);
    let reported =
        "3 contacts in 1 log: 1 within the window with customers of this run, 1 with ids that are not in it";
    let stderr = outcome.stderr.replace("\n      ", " ");
    assert!(stderr.contains(reported), "{stderr}");
    assert!(outcome.stderr.contains(", 1 already at their contact limit"), "{}", outcome.stderr);
    assert_eq!(first(&sandbox, &["--at", "2026-07-02"]), "hub", "the contact is older than the window then");
    assert_eq!(first(&sandbox, &["--at", "2026-05-15"]), "low");
    // With `--store` alone no configuration is read, and so no contact log.
    assert_eq!(first(&sandbox, &["--store", "out"]), "hub");
    assert_eq!(first(&sandbox, &["--store", "out", "-c", "plaudit.toml"]), "mid");
}

#[test]
fn a_log_that_knows_nobody_is_an_error() {
    let rows = |count: usize| "who@post.example,hub,2026-06-01\n".repeat(count);
    let log = |column: &str, count: usize| {
        let columns = format!("columns = {{ id = '{column}', at = 'at' }}\n");
        logged(&columns, &format!("mail,customer_id,at\n{}", rows(count)))
    };
    let message = log("mail", 10).fail(1, &COHORT);
    assert!(
        message.contains("none of the 10 contacts in `contacts.csv` is with a customer of this run"),
        "{message}"
    );
    assert!(message.contains("hint: name in `columns.id` of `[[contacts]]`"), "{message}");
    // Few contacts may all be with people who have left.
    assert_eq!(first(&log("mail", 9), &[]), "hub");
    assert_eq!(first(&log("customer_id", 10), &[]), "mid");
    let mixed = format!("mail,customer_id,at\n{}x,hub,2026-06-01\n", "y,stranger,2026-06-01\n".repeat(30));
    assert_eq!(first(&logged("", &mixed), &[]), "mid", "one known customer is enough");
}

#[test]
fn an_id_that_a_spreadsheet_damaged_stops_a_contact_log() {
    for id in ["1.2E+10", "1.23e+17", "\"1,2E+10\"", "#N/A", "#REF!", "17.0"] {
        let sandbox = logged("", &format!("at,customer_id\n2026-06-01,hub\n2026-06-01,{id}\n"));
        let message = sandbox.fail(1, &COHORT);
        // A quoted field begins behind its quote.
        let column = if id.starts_with('"') { 13 } else { 12 };
        assert!(message.contains(&format!("contacts.csv:3:{column}\n")), "{id}: {message}");
        assert!(message.contains("column `customer_id` holds no id"), "{id}: {message}");
    }
}

#[test]
fn an_invalid_row_of_a_contact_log_is_an_error() {
    for (text, message) in [
        ("customer_id,at\nhub,2026-13-01\n", "contacts.csv:2:5"),
        ("customer_id,at\nhub,2026-06-01\n,2026-06-01\n", "contacts.csv:3:1"),
        ("customer_id,at\nhub\n", "contacts.csv:2:"),
        ("customer_id,at\nhub,2026-06-01,x\n", "contacts.csv:2:"),
        ("customer_id,at\n\"hub,2026-06-01\n", "contacts.csv:2:1"),
        ("id,at\nhub,2026-06-01\n", "customer_id"),
        ("", "contacts.csv"),
    ] {
        let error = logged("", text).fail(1, &COHORT);
        assert!(error.contains(message), "{text}: {error}");
        assert!(error.contains("hint:"), "{error}");
    }
    let sandbox = logged("", "customer_id,at\n");
    std::fs::remove_file(sandbox.path("contacts.csv")).unwrap();
    assert!(sandbox.fail(1, &COHORT).contains("contacts.csv"));
    // Without dates it is unknown which contacts are recent.
    let undated = Sandbox::new();
    undated.write("events.csv", "actor,target,kind\na,b,follow\n");
    undated.write("contacts.csv", "customer_id,at\nb,2026-06-01\n");
    let config = "[[events]]\npath = 'events.csv'\ncolumns = { actor = 'actor', target = 'target', kind = 'kind' }\n\
                  [consent]\nmissing = 'full'\n[[contacts]]\npath = 'contacts.csv'\n";
    undated.write("plaudit.toml", config);
    undated.succeed(&["run", "-q"]);
    assert!(undated.fail(1, &COHORT).contains("say when with `--at TIME`"));
    assert_eq!(first(&undated, &["--at", "2026-06-05"]), "a");
}

#[test]
fn impossible_requests_are_explained() {
    let (sandbox, crm) = company_of_90();
    let refused = crm.iter().find(|(_, known)| !known.1).unwrap().0;
    let mut list = String::new();
    writeln!(list, "{refused}").unwrap();
    sandbox.write("refused.txt", &list);
    sandbox.write("nobody.txt", "zed\nzoe\n");
    let agreed = crm.iter().find(|(_, known)| known.1).unwrap().0;
    sandbox.write("one.txt", format!("{agreed}\n"));
    sandbox.write("strange.txt", "zed\nc1\n");
    std::os::unix::fs::symlink("out/current/scores.parquet", sandbox.path("link.csv")).unwrap();
    for (arguments, message) in [
        (&["--must-include", "refused.txt"][..], "must be included but cannot be picked"),
        (&["--must-include", "refused.txt"], "has not agreed to be contacted (consent is `profile`)"),
        (&["--must-include", "nobody.txt"], "none of the 2 ids in `nobody.txt` is in this run"),
        (&["--exclude", "nobody.txt"], "none of the 2 ids in `nobody.txt` is in this run"),
        (&["--exclude", "missing.txt"], "missing.txt"),
        (&["--eligible", "value > 1000"], "nobody may be picked"),
        (&["--among", "value > 1000"], "nobody matches `--among`"),
        (&["--worth", "0"], "nobody has a `--worth` above 0"),
        (&["--worth", "value * 1e300"], "can be added up exactly"),
        (&["--quota", "tier:gold=1"], "gold"),
        (&["--at-least", "tier:gold=1"], "gold"),
        (&["--probability", "learnt"], "learnt"),
        (&["--run", "r9999"], "r9999"),
        (&["-o", "refused.txt", "--exclude", "refused.txt"], "it is one of the files read"),
        (&["-o", "nobody.txt", "--goal", "contain", "--from", "nobody.txt"], "it is one of the files read"),
        (&["-o", "plaudit.toml"], "it is one of the files read"),
        (&["-o", "events.csv"], "it is one of the files read"),
        (&["-o", "crm.csv"], "it is one of the files read"),
        (&["-o", "none/invite.csv"], "there is no such folder"),
        (&["--exclude", "one.txt", "--must-include", "one.txt"], "the customer is excluded by a list"),
        (&["--already", "one.txt", "--must-include", "one.txt"], "the customer is invited already"),
        (
            &["--cost", "5", "--budget", "1"],
            "the cheapest eligible person costs 5.00, and the budget is 1.00",
        ),
        (&["--cost", "-1", "--budget", "1"], "no customer has a `--cost`"),
        (&["--model", "lt", "--probability", "learnt"], "learnt"),
        (&["-o", "out/current/scores.parquet"], "it is inside the run store"),
        (&["-o", "link.csv"], "it is inside the run store"),
        (&["-o", "nobody.txt", "--quota", "@nobody.txt=1"], "it is one of the files read"),
        (&["-o", "nobody.txt", "--at-least", "@nobody.txt=1"], "it is one of the files read"),
    ] {
        let error = sandbox.fail(1, &[&["cohort", "-n", "2"], arguments].concat());
        assert!(error.contains(message), "{arguments:?}: {error}");
        assert!(error.contains("hint:"), "{arguments:?}: {error}");
    }
    for arguments in [
        &["cohort"][..],
        &["cohort", "-n", "0"],
        &["cohort", "-n", "-3"],
        &["cohort", "-n", "2", "--cost", "cost"],
        &["cohort", "--cost", "cost", "--budget", "-1"],
        &["cohort", "-n", "2", "--quota", "tier:star"],
        &["cohort", "-n", "2", "--quota", "tier:star=many"],
        &["cohort", "-n", "2", "--at-least", "3"],
        &["cohort", "-n", "2", "--at", "soon"],
        &["cohort", "-n", "2", "--from", "nobody.txt"],
        &["cohort", "-n", "2", "--probability", "2"],
        &["cohort", "-n", "2", "--eligible", "value >"],
        &["reach"],
    ] {
        sandbox.fail(2, arguments);
    }
    let outcome = sandbox.plaudit(&["cohort", "-n", "2", "--exclude", "strange.txt"]);
    assert!(
        outcome.stderr.contains("1 of 2 ids in strange.txt is not among the people of this run"),
        "{}",
        outcome.stderr
    );

    let alone = Sandbox::new();
    alone.write("events.csv", "actor,target,kind,at\nada,bob,follow,2026-01-01\n");
    alone.succeed(&["run", "-q", "--events", "events.csv", "--out", "out"]);
    let error = alone.fail(1, &["cohort", "-n", "1"]);
    assert!(error.contains("2 without consent to be contacted (there is no CRM to say so)"), "{error}");
    assert!(error.contains("`[consent] missing = \"full\"`"), "{error}");
    let error = alone.fail(1, &["cohort", "--cost", "2 * cost", "--budget", "9"]);
    assert!(error.contains("no customer has a `--cost`") && error.contains("no cost column"), "{error}");
    assert!(error.contains("hint: name the CRM's column with `columns.cost` of `[[customers]]`"), "{error}");
}

/// Every option that takes a list of people reads a list with a header, and refuses a list without a known id.
#[test]
fn every_list_may_have_a_header_and_must_know_somebody() {
    let (sandbox, crm) = company_of_90();
    let mut agreed = crm.iter().filter(|(_, known)| known.1).map(|(id, _)| id);
    let (one, other) = (agreed.next().unwrap(), agreed.next().unwrap());
    sandbox.write("header.csv", format!("position,customer_id,note\n1,{one},\"a, b\"\n2,{other},\n"));
    sandbox.write("listed.csv", format!("customer_id\nzed\n{one}\nzoe\n{other}\n"));
    sandbox.write("strangers.csv", "position,customer_id,note\n1,zed,\n2,zoe,\n");
    for arguments in [
        &["cohort", "-n", "3", "--exclude", "LIST"][..],
        &["cohort", "-n", "3", "--must-include", "LIST"],
        &["cohort", "-n", "3", "--already", "LIST"],
        &["cohort", "-n", "3", "--goal", "contain", "--from", "LIST"],
        &["cohort", "-n", "3", "--quota", "@LIST=1"],
        &["cohort", "-n", "3", "--at-least", "@LIST=1"],
        &["reach", "@LIST"],
        &["reach", "--file", "LIST"],
        &["reach", "tier:star", "--with", "@LIST"],
        &["reach", "tier:star", "@header.csv", "--without", "@LIST"],
        &["reach", "tier:star", "--overlap", "@LIST"],
        &["top", "--personalized-to", "@LIST"],
    ] {
        let with = |list: &str| -> Vec<String> {
            arguments.iter().map(|argument| argument.replace("LIST", list)).collect()
        };
        let call =
            |arguments: &[String]| sandbox.plaudit(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let known = call(&with("header.csv"));
        assert_eq!(known.code, Some(0), "{arguments:?}: {}", known.stderr);
        let unknown = call(&with("strangers.csv"));
        assert_eq!(unknown.code, Some(1), "{arguments:?}: {}", unknown.stderr);
        let is_told = unknown.stderr.contains("none of the 2 ids in `strangers.csv` is in this run");
        assert!(is_told && unknown.stderr.contains("hint: "), "{arguments:?}: {}", unknown.stderr);
        // Ids that no listing shows are counted, and no other id is suggested for them.
        let some = call(&with("listed.csv"));
        assert_eq!(some.code, Some(0), "{arguments:?}: {}", some.stderr);
        assert_eq!(some.stdout.replace("listed.csv", "header.csv"), known.stdout, "{arguments:?}");
        let note = "2 of 4 ids in listed.csv are not among the people of this run";
        assert!(some.stderr.replace("\n      ", " ").contains(note), "{arguments:?}: {}", some.stderr);
        assert!(!some.stderr.contains("did you mean"), "{arguments:?}: {}", some.stderr);
    }
}
