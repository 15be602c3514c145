//! Text from data on a terminal: handles, names, cells and file names may hold control characters, and every output for
//! people escapes them.

use crate::support::sandbox::Sandbox;

const CONFIG: &str = r#"
[run]
max_rejected = 1
output = "out"
[[events]]
channel = "forum"
path = "*.csv"
[[customers]]
path = "crm/customers.csv"
columns = { id = "customer_id", name = "name" }
identifiers = { email = "email", forum = "forum" }
[guard]
rejected_in_file = 1
"#;

/// Names and keys whose control characters clear the screen, ring the bell, start new lines and reverse the direction
/// of writing.
const CUSTOMERS: &str = "customer_id,name,email,forum
\"C\u{1b}[2J1\",\"Ada\u{1b}]0;title\u{7}\nerror: forged\",ada@example.org,ada
C2,\"right\u{202e}left\r\",bo\u{9b}31m@example.org,
";

const EVENTS: &str = "actor,target,kind,at
ada,bo\u{1b}[31mb,follow,2026-01-01
cy\u{9b}2J,ada,share,2026-01-02
ada,bob,follow,\u{1b}[2J2026
ada,bob,\"re\u{1b}[1m\nply\",2026-01-01
";

/// Asserts that the text has no control character that a terminal obeys, except the line ends that plaudit writes.
fn assert_harmless(text: &str) {
    let obeyed = |c: &char| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c);
    assert!(!text.chars().any(|c| obeyed(&c)), "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("error: forged")), "{text}");
}

#[test]
fn no_answer_for_people_passes_control_characters_on() {
    let sandbox = Sandbox::new();
    sandbox.write("plaudit.toml", CONFIG);
    sandbox.write("crm/customers.csv", CUSTOMERS);
    sandbox.write("ev\u{1b}[5m\nerror: forged.csv", EVENTS);
    for (arguments, shown) in [
        (&["check"][..], "ev\\u{1b}[5m\\nerror: forged.csv"),
        (&["run"], "C\\u{1b}[2J1"),
        (&["top"], "Ada\\u{1b}]0;title\\u{7}\\nerror: forged"),
        (&["prospects"], "cy\\u{9b}2j"),
        (&["communities"], "community"),
        (&["runs", "show"], "ev\\u{1b}[5m"),
        (&["runs"], "published"),
    ] {
        let outcome = sandbox.plaudit(arguments);
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
        assert_harmless(&outcome.stdout);
        assert_harmless(&outcome.stderr);
        assert!(outcome.stdout.contains(shown), "{arguments:?}: {}", outcome.stdout);
    }
    let check = sandbox.succeed(&["check"]);
    let (_, rows) = check.split_once("first bad rows\n").unwrap();
    assert!(rows.contains("\\u{1b}"), "the cells of bad rows are shown as escapes: {rows}");
    let summary = sandbox.succeed(&["run"]);
    assert!(summary.contains("Ada\\u{1b}]0;title\\u{7}\\nerror: forged"), "{summary}");
}

#[test]
fn no_error_passes_control_characters_on() {
    let sandbox = Sandbox::new();
    let odd = "a\u{1b}[2J\nerror: forged\u{9b}";
    sandbox.write(odd, "a b c\u{1b}[31m\n");
    sandbox.write("plaudit.toml", CONFIG);
    sandbox.write("crm/customers.csv", CUSTOMERS.replace("email", "e\u{1b}[2Jmail"));
    sandbox.write("events.csv", EVENTS);
    for arguments in [
        &["algo", "stats", odd][..],
        &["algo", "stats", "no\u{1b}[2J\nerror: forged"],
        &["run"],
        &["run", "-c", odd],
        &["run", "--events", odd],
        &["top", "--store", odd],
        &["generate", "-o", odd],
    ] {
        let message = sandbox.fail(1, arguments);
        assert_harmless(&message);
        assert!(message.contains("\\u{1b}["), "{message}");
    }
}
