//! `plaudit cohort` and `plaudit reach` on small follow graphs whose answers are worked out by hand.

use crate::support::{
    company::{CrmRow, column, columns, published},
    quickstart::copy_of_finished,
    sandbox::Sandbox,
};

/// Three centers: six people attend to hub, five to mid, and three to low; two of mid's five attend to hub as well.
/// With a probability of 1 every follower is reached; `lone`, without edges, reaches only itself.
const FOLLOWS: [(&str, &str); 14] = [
    ("a1", "hub"),
    ("a2", "hub"),
    ("a3", "hub"),
    ("a4", "hub"),
    ("b1", "hub"),
    ("b2", "hub"),
    ("b1", "mid"),
    ("b2", "mid"),
    ("c1", "mid"),
    ("c2", "mid"),
    ("c3", "mid"),
    ("d1", "low"),
    ("d2", "low"),
    ("d3", "low"),
];

fn crm() -> Vec<CrmRow<'static>> {
    let hubs = [
        ("hub", "H1", "full", 10.0, 50.0),
        ("mid", "H1", "full", 20.0, 8.0),
        ("low", "H2", "full", 30.0, 3.0),
    ];
    let fans = ["a1", "a2", "a3", "a4", "b1", "b2", "c1", "c2", "c3", "d1", "d2", "d3"];
    let fans = fans.map(|id| (id, "", "profile", 1.0, 1.0));
    let others = [("lone", "", "full", 5.0, 0.0), ("mute", "", "none", 500.0, 0.0)];
    hubs.into_iter().chain(fans).chain(others).collect()
}

fn company(config: &str) -> Sandbox {
    published(&FOLLOWS, &crm(), config)
}

/// The ids of a cohort in order.
fn picked(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let fixed = ["cohort", "--probability", "1"];
    column(&sandbox.succeed(&[&fixed[..], arguments].concat()), "customer_id")
}

#[test]
fn stars_by_hand() {
    let sandbox = company("");
    let outcome = sandbox.plaudit(&["cohort", "-n", "3", "--probability", "1"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let header = "position,customer_id,name,marginal_reach,marginal_reach_low,marginal_reach_high,\
                  cumulative_reach,cumulative_reach_low,cumulative_reach_high,community_id,household,channels,\
                  tier,score,cost,reason\n";
    assert!(outcome.stdout.starts_with(header), "{}", outcome.stdout);
    let wanted = [
        "customer_id",
        "marginal_reach_low",
        "marginal_reach_high",
        "cumulative_reach_low",
        "cumulative_reach_high",
    ];
    let rows = columns(&outcome.stdout, &wanted);
    // Hub reaches itself and its six followers; mid adds itself and the three followers that hub does not reach; low
    // adds itself and its three. `mute` counts nowhere.
    for (row, (id, marginal, cumulative)) in
        rows.iter().zip([("hub", 7.0, 7.0), ("mid", 4.0, 11.0), ("low", 4.0, 15.0)])
    {
        let figures: Vec<f64> = row[1..].iter().map(|figure| figure.parse().unwrap()).collect();
        assert!(row[0] == id || ["mid", "low"].contains(&id), "{row:?}");
        for (exact, low, high) in [(marginal, figures[0], figures[1]), (cumulative, figures[2], figures[3])] {
            // A few of many 95 % intervals miss the exact value; intervals of twice that width hardly ever do.
            let slack = (high - low) / 2.0;
            assert!(low - slack <= exact && exact <= high + slack, "{row:?}");
        }
    }
    assert!(
        outcome.stderr.contains("expected spread of 3 customers: 15 of 16 customers ("),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("themselves included; at least "), "{}", outcome.stderr);
    assert!(
        outcome
            .stderr
            .contains("4 of 16 customers may be picked; excluded: 12 without consent to be contacted"),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome.stderr.contains("spread model: independent cascade, probability 1"),
        "{}",
        outcome.stderr
    );
    assert!(
        !outcome.stderr.contains("the rules cost"),
        "consent is not compared as a rule that could be dropped"
    );
    let reasons = column(&outcome.stdout, "reason");
    assert!(
        reasons[0].starts_with("expected spread ") && reasons[0].contains("the first of community "),
        "{reasons:?}"
    );

    // A table for people, JSON for programs, a file for the CRM: the same cohort.
    let table = sandbox.succeed(&["cohort", "-n", "1", "--probability", "1", "--format", "table"]);
    assert!(table.starts_with("position  id"), "{table}");
    let json = sandbox.succeed(&["cohort", "-n", "1", "--probability", "1", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["customer_id"], "hub");
    assert_eq!(sandbox.succeed(&["cohort", "-n", "3", "--probability", "1", "-o", "invite.csv"]), "");
    assert_eq!(sandbox.read("invite.csv"), outcome.stdout);
}

#[test]
fn each_rule_gives_the_cohort_worked_out_by_hand() {
    let sandbox = company("");
    let picked = |arguments: &[&str]| picked(&sandbox, arguments);
    // Hub and mid live together.
    assert_eq!(picked(&["-n", "2", "--max-per-household", "1"]), ["hub", "low"]);
    assert_eq!(picked(&["-n", "1", "--eligible", "value > 10"]), ["mid"]);
    sandbox.write("hub.txt", "hub\n");
    sandbox.write("lone.txt", "\u{feff}lone\r\n");
    assert_eq!(picked(&["-n", "1", "--exclude", "hub.txt"]), ["mid"]);
    // An id with blanks around it is excluded as well.
    sandbox.write("blanks.txt", "  \n hub\t\r\n");
    assert_eq!(picked(&["-n", "1", "--exclude", "blanks.txt"]), ["mid"]);
    assert_eq!(picked(&["-n", "2", "--must-include", "lone.txt"]), ["lone", "hub"]);
    // Two of mid's five followers are already reached by hub, so mid adds four, as low does (each with itself).
    assert_eq!(
        picked(&["-n", "1", "--already", "hub.txt", "--eligible", "value > 20"]),
        ["low"],
        "lone is not eligible"
    );
    assert_eq!(picked(&["-n", "1", "--quota", "id:hub=0"]), ["mid"]);
    // Lone reaches nobody but itself; a position in the cohort is reserved for it.
    sandbox.write("quiet.txt", "lone\nlow\n");
    assert_eq!(picked(&["-n", "2", "--at-least", "@quiet.txt=2"]), ["low", "lone"]);
    assert_eq!(picked(&["-n", "2", "--at-least", "@lone.txt=1"]), ["hub", "lone"]);
    assert_eq!(
        picked(&["-n", "2", "--at-least", "id:mid=1", "--max-per-household", "1"]),
        ["mid", "low"],
        "hub lives with mid"
    );
    assert_eq!(
        picked(&["--cost", "cost", "--budget", "11.5"]).len(),
        3,
        "mid, low and lone, who costs nothing"
    );
    let within = ["--cost", "cost", "--budget", "61", "--max-per-household", "1"];
    assert_eq!(picked(&within).len(), 3, "the caps allow three: hub or mid, low and lone");
    assert_eq!(picked(&["-n", "1", "--cost", "cost", "--budget", "49.99"]), ["mid"]);
    assert_eq!(picked(&["-n", "1", "--cost", "cost", "--budget", "50"]), ["hub"]);
    // The target audience changes the cohort.
    assert_eq!(picked(&["-n", "1", "--among", "id LIKE 'd_'"]), ["low"]);
    assert_eq!(
        picked(&["-n", "1", "--worth", "value"])[0],
        "low",
        "30 and three fans beat 10 and six, 20 and five"
    );
    // The rules cost expected spread.
    let outcome = sandbox.plaudit(&[
        "cohort",
        "-n",
        "2",
        "--probability",
        "1",
        "--max-per-tier",
        "2",
        "--exclude",
        "hub.txt",
    ]);
    assert!(outcome.stderr.contains(", 1 excluded by a list"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("the rules cost "), "{}", outcome.stderr);
}

/// Customers in a group with a cap of 0 may not be picked and are counted as excluded.
#[test]
fn people_in_groups_with_a_used_up_cap_are_excluded() {
    let sandbox = company("");
    let outcome = sandbox.plaudit(&["cohort", "-n", "2", "--quota", "id:hub=0", "--max-per-household", "1"]);
    let reported = "3 of 16 customers may be picked; excluded: 12 without consent to be contacted, 1 in groups (household, \
                community, quota) already at their cap";
    assert!(outcome.stderr.replace("\n      ", " ").contains(reported), "{}", outcome.stderr);
}

#[test]
fn infeasible_requests_say_by_how_much() {
    let sandbox = company("");
    sandbox.write("both.txt", "hub\nmid\n");
    for (arguments, message) in [
        (
            &["-n", "5"][..],
            "cannot pick 5\n  why:  at most 4 can be picked; excluded: 12 without consent to be contacted",
        ),
        (
            &["-n", "4", "--max-per-household", "1"],
            "at most 3 can be picked; household `H1` has 2 candidates and at most 1 may be picked",
        ),
        (
            &["-n", "4", "--quota", "channel:forum=2"],
            "at most 3 can be picked; quota `channel:forum` has 3 candidates and at most 2 may be picked",
        ),
        (
            &["-n", "3", "--cost", "cost", "--budget", "10"],
            "at most 2 can be picked; they cost at least 11.00, and the budget is 10.00",
        ),
        (
            &["-n", "3", "--at-least", "channel:forum=4"],
            "cannot pick at least 4 of `channel:forum`\n  why:  at most 3 of them can be picked; of 15 customers, 3 may be picked",
        ),
        (
            &["-n", "1", "--at-least", "channel:forum=3"],
            "at most 1 of them can be picked; the cohort has 1 place\n  hint: ask for fewer (at most `--at-least channel:forum=1`)",
        ),
        (
            &["-n", "2", "--must-include", "both.txt", "--at-least", "id:low=1"],
            "at most 0 of them can be picked; the cohort has 2 places, and the customers that must be included take the others",
        ),
        (
            &["-n", "3", "--at-least", "@both.txt=2", "--max-per-household", "1"],
            "at most 1 of them can be picked; household `H1` has 2 candidates and at most 1 may be picked",
        ),
        (
            &["-n", "3", "--at-least", "id:hub=1", "--cost", "cost", "--budget", "20"],
            "at most 0 of them can be picked; they cost at least 50.00, and the budget is 20.00",
        ),
        (
            &["-n", "1", "--at-least", "id:hub=1", "--at-least", "id:low=1"],
            "cannot meet all `--at-least` minimums\n  why:  together they take 2 places, and 1 can be filled\n  hint: ask for more in all (`-n 2`)",
        ),
        (
            &["-n", "3", "--must-include", "both.txt", "--max-per-household", "1"],
            "the customers that must be included exceed the cap of household `H1` by 1",
        ),
        (
            &["-n", "1", "--must-include", "both.txt"],
            "the customers that must be included exceed the size by 1",
        ),
        (
            &["-n", "2", "--must-include", "both.txt", "--cost", "cost", "--budget", "57.5"],
            "the customers that must be included exceed the budget by 0.50",
        ),
        (&["-n", "1", "--eligible", "id = 'hub'", "--cost", "cost", "--budget", "1"], "the budget is 1.00"),
    ] {
        let error = sandbox.fail(1, &[&["cohort", "-o", "none.csv"], arguments].concat());
        assert!(error.contains(message), "{arguments:?}: {error}");
        assert!(!sandbox.path("none.csv").exists(), "nothing is written");
    }
}

/// `source` reaches `leaf` and two gates. One gate alone reaches four people, the other alone reaches two.
#[test]
fn a_message_is_contained_by_hand() {
    let gates = [("gate1", "source"), ("gate2", "source"), ("leaf", "source")];
    let fans = [
        ("a1", "gate1"),
        ("a2", "gate1"),
        ("a3", "gate1"),
        ("a4", "gate1"),
        ("b1", "gate2"),
        ("b2", "gate2"),
    ];
    let follows: Vec<(&str, &str)> = gates.into_iter().chain(fans).collect();
    let full = ["source", "gate1", "gate2", "leaf", "lone"].map(|id| (id, "", "full", 1.0, 1.0));
    let others = ["a1", "a2", "a3", "a4", "b1", "b2"].map(|id| (id, "", "profile", 1.0, 1.0));
    let crm: Vec<CrmRow<'_>> = full.into_iter().chain(others).collect();
    let sandbox = published(&follows, &crm, "");
    sandbox.write("angry.txt", "source\n");
    let fixed = ["cohort", "--goal", "contain", "--from", "angry.txt", "--probability", "1"];
    let contain = |more: &[&str]| sandbox.plaudit(&[&fixed[..], more].concat());
    let outcome = contain(&["-n", "3"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let rows = columns(&outcome.stdout, &["customer_id", "marginal_saved", "cumulative_saved", "reason"]);
    let expected = [
        ["gate1", "5", "5", "largest gain: prevents 5.0 more"],
        ["gate2", "3", "8", "largest gain: prevents 3.0 more"],
        ["leaf", "1", "9", "largest gain: prevents 1.0 more"],
    ];
    assert_eq!(rows, expected);
    assert!(
        outcome.stderr.contains("expected spread from 1 source: 9 of 11 customers"),
        "{}",
        outcome.stderr
    );
    let stderr = outcome.stderr.replace("\n      ", " ");
    assert!(
        stderr.contains("sources excluded; 0 of 11 customers") && stderr.contains("with 3 customers blocked"),
        "{stderr}"
    );
    // The message does not get to `lone`, which is picked only if a minimum requires it; sources may not be picked.
    let outcome = contain(&["-n", "2", "--at-least", "id:lone=1"]);
    let reasons = columns(&outcome.stdout, &["customer_id", "reason"]);
    assert_eq!(reasons[0][0], "gate1", "{}", outcome.stdout);
    assert_eq!(reasons[1], ["lone", "prevents 0.0 more; counts toward `id:lone`"]);
    let outcome = contain(&["-n", "5"]);
    let reported = "at most 4 can be picked; excluded: 6 without consent to be contacted, 1 among the sources of the message";
    assert!(outcome.stderr.contains(reported), "{}", outcome.stderr);
    let outcome = contain(&["-n", "2", "--at-least", "id:source=1"]);
    assert!(
        outcome.stderr.contains("at most 0 of them can be picked; of 1 customer, 0 may be"),
        "{}",
        outcome.stderr
    );
    let outcome = contain(&["--cost", "cost", "--budget", "0.5"]);
    assert!(outcome.stderr.contains("the cheapest eligible person costs"), "{}", outcome.stderr);
    // People who are blocked already, another target audience, an excluded customer, and a case with nothing left to
    // prevent.
    sandbox.write("friends.txt", "gate1\n");
    let ids = |more: &[&str]| column(&contain(more).stdout, "customer_id");
    assert_eq!(ids(&["-n", "1", "--already", "friends.txt"]), ["gate2"]);
    assert_eq!(ids(&["-n", "1", "--among", "id LIKE 'b%'"]), ["gate2"]);
    assert_eq!(ids(&["-n", "1", "--exclude", "friends.txt"]), ["gate2"]);
    assert_eq!(ids(&["-n", "4"]).len(), 3, "blocking lone would prevent nothing");
    let error = sandbox.fail(2, &["cohort", "-n", "1", "--goal", "contain"]);
    assert!(error.contains("--from"), "{error}");
    let error = sandbox.fail(
        1,
        &["cohort", "-n", "1", "--goal", "contain", "--from", "angry.txt", "--must-include", "angry.txt"],
    );
    assert!(error.contains("source"), "{error}");
}

#[test]
fn reach_by_hand() {
    let sandbox = company("");
    let reach = |arguments: &[&str]| {
        let fixed = ["reach", "--probability", "1", "--format", "json"];
        let json = sandbox.succeed(&[&fixed[..], arguments].concat());
        serde_json::from_str::<serde_json::Value>(&json).unwrap()
    };
    let holds = |found: &serde_json::Value, name: &str, exact: f64| {
        let of = |end: &str| {
            let key = if name.is_empty() { end.to_owned() } else { format!("{name}_{end}") };
            found[key.as_str()].as_f64().unwrap()
        };
        // A few of many 95 % intervals miss the exact value; intervals of twice that width hardly ever do.
        let slack = (of("high") - of("low")) / 2.0;
        assert!(of("low") - slack <= exact && exact <= of("high") + slack, "{name} {exact}: {found}");
    };
    let found = reach(&["mid", "--overlap", "hub", "--without", "mid", "--with", "low"]);
    holds(&found["reach"], "", 6.0);
    assert_eq!(found["reach"]["people"], 1);
    assert_eq!(found["reach"]["whole"], 16.0);
    holds(&found["change"], "", 4.0);
    holds(&found["change"], "net", -2.0);
    holds(&found["change"], "gained", 4.0);
    holds(&found["change"], "lost", 6.0);
    holds(&found["overlap"], "", 7.0);
    holds(&found["overlap"], "both", 2.0);
    holds(&found["overlap"], "either", 11.0);
    let sum = |list: &str, what: &str| -> f64 {
        found[list].as_array().unwrap().iter().map(|row| row[what].as_f64().unwrap()).sum()
    };
    let total = found["reach"]["mean"].as_f64().unwrap();
    assert!((sum("communities", "mean") - total).abs() < 1e-9, "everybody is in one community");
    // Lists and prospects are accepted as people.
    sandbox.write("two.txt", "hub\nlow\n");
    let found = reach(&["--file", "two.txt"]);
    holds(&found["reach"], "", 11.0);
    let less = sandbox.succeed(&["reach", "hub", "low", "--without", "low", "--probability", "1"]);
    assert!(less.contains("  after the change, 1 person: 7 [") && less.contains(" fewer; 0 "), "{less}");
    let table = sandbox.succeed(&["reach", "hub", "--probability", "1"]);
    assert!(table.starts_with("expected spread of 1 person: 7 ["), "{table}");
    assert!(table.contains(" of 16 customers, themselves included\n\nby community\n"), "{table}");
    assert!(table.contains("\nby channel\n") && table.contains("forum"), "{table}");
}

#[test]
fn the_spread_of_a_cohort_agrees_with_that_of_its_members() {
    let sandbox = copy_of_finished();
    let rows = sandbox.succeed(&["cohort", "-n", "20", "--max-per-community", "2"]);
    let ids = column(&rows, "customer_id");
    sandbox.write("ids.txt", ids.join("\n"));
    let json = sandbox.succeed(&["reach", "--file", "ids.txt", "--seed", "7", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    let said: Vec<f64> = columns(&rows, &["cumulative_reach_low", "cumulative_reach_high"])
        .last()
        .unwrap()
        .iter()
        .map(|figure| figure.parse().unwrap())
        .collect();
    let (low, high) = (found["reach"]["low"].as_f64().unwrap(), found["reach"]["high"].as_f64().unwrap());
    assert!(low <= said[1] && said[0] <= high, "the intervals {said:?} and {low} to {high} do not overlap");
    for threads in ["1", "3"] {
        let again =
            sandbox.succeed(&["cohort", "-n", "20", "--max-per-community", "2", "--threads", threads]);
        assert_eq!(again, rows, "the same bytes at {threads} threads");
        let again = sandbox.succeed(&[
            "reach",
            "--file",
            "ids.txt",
            "--seed",
            "7",
            "--format",
            "json",
            "--threads",
            threads,
        ]);
        assert_eq!(again, json);
    }
}
