//! `plaudit check` counts faults of CRM rows as it counts those of events: by reason, with the place, within one limit.

use crate::support::sandbox::Sandbox;

const EVENTS: &str = "actor,target,kind,at\nada,bob,follow,2026-01-01\nbob,ada,share,2026-01-02\n";

/// Ten rows: two have no key, one has a value that is no number.
const CUSTOMERS: &str =
    "id,handle,value\nC1,ada,1\nC2,bob,much\n,cy,3\nC4,,4\nC5,,5\nC6,,6\n,,7\nC8,,8\nC9,,9\nC10,,10\n";

fn company(max_rejected: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("events.csv", EVENTS);
    sandbox.write("crm.csv", CUSTOMERS);
    let config = format!(
        "[run]\nmax_rejected = {max_rejected}\n[[events]]\npath = 'events.csv'\nchannel = 'forum'\n\
         [[customers]]\npath = 'crm.csv'\ncolumns = {{ id = 'id', value = 'value' }}\n\
         identifiers = {{ forum = 'handle' }}\n"
    );
    sandbox.write("plaudit.toml", config);
    sandbox
}

/// The lines of a report, each with its words separated by one blank.
fn lines(report: &str) -> Vec<String> {
    report.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn faults_of_crm_rows_are_counted_and_placed() {
    let said = company("0.2").succeed(&["check"]);
    let lines = lines(&said);
    for expected in [
        "bad rows 0.000 % of the events; 20.000 % are allowed",
        "bad rows 20.000 % of the CRM rows; 20.000 % are allowed",
        "2 missing_id",
        "1 bad_value",
        "1 fault costs a row only one field",
    ] {
        assert!(lines.iter().any(|line| line == expected), "`{expected}` is missing in\n{said}");
    }
    // Rejected rows come first.
    let (_, first) = said.split_once("\nfirst bad rows\n").unwrap();
    let places: Vec<&str> = first.lines().take(3).map(str::trim_start).collect();
    assert!(places[0].starts_with("crm.csv:4:1: "), "{said}");
    assert!(places[1].starts_with("crm.csv:8:1: "), "{said}");
    assert!(places[2].starts_with("crm.csv:3:8: "), "{said}");
}

#[test]
fn too_many_bad_crm_rows_fail_the_check_as_they_fail_the_run() {
    let sandbox = company("0.19");
    let messages = [sandbox.fail(3, &["check"]), sandbox.fail(3, &["run"])];
    for message in messages {
        assert!(message.contains("2 of 10 customer rows are bad"), "{message}");
        assert!(message.contains("the first bad row is crm.csv:4:1"), "{message}");
    }
}
