//! The summary of a run names what was ignored and why, the faults of the CRM, and the certified error of the ranks.

use crate::support::sandbox::Sandbox;

const CUSTOMERS: &str = "id,handle,value,consent\nC1,ada,1,full\nC2,bob,much,full\nC2,bob2,3,full\n,cy,4,full\n\
                         C5,dan,5,cleaned\nC6,eve,6,cleaned\nC7,fay,7,maybe\n";

/// Runs on these events with the CRM above, and returns the lines of the summary with single blanks.
fn summary(events: &str) -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::new();
    sandbox.write("events.csv", format!("actor,target,kind,at\n{events}"));
    sandbox.write("crm.csv", CUSTOMERS);
    sandbox.write(
        "plaudit.toml",
        "[run]\nmax_rejected = 0.5\nas_of = \"2026-06-30T00:00:00Z\"\n[guard]\nnew_consent_word = 'deny'\n\
         [weights]\nshare = { half_life = '10d' }\n\
         [[events]]\npath = 'events.csv'\nchannel = 'forum'\n\
         [[customers]]\npath = 'crm.csv'\ncolumns = { id = 'id', value = 'value', consent = 'consent' }\n\
         identifiers = { forum = 'handle' }\n",
    );
    let said = sandbox.succeed(&["run", "--force"]);
    let lines = said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    (sandbox, lines)
}

fn assert_says(lines: &[String], expected: &str) {
    assert!(lines.iter().any(|line| line == expected), "`{expected}` is missing in\n{}", lines.join("\n"));
}

#[test]
fn the_faults_of_a_crm_are_named() {
    let (sandbox, lines) = summary("ada,bob,follow,2026-06-01\nbob,ada,follow,2026-06-02\n");
    let crm = lines.iter().find(|line| line.starts_with("crm ")).unwrap();
    for part in ["1 row merged into another", "1 row set aside"] {
        assert!(crm.contains(part), "{crm}");
    }
    assert_says(&lines, "crm faults 3 unknown_consent, 1 bad_value, 1 missing_id: rejects.csv lists them");
    assert_says(
        &lines,
        "consent `cleaned` (2), 1 other mean nothing and count as denials: see `[consent] words`",
    );
    // The larger of the two bounds, in the summary and in the manifest.
    let manifest: serde_json::Value =
        serde_json::from_str(&sandbox.read("out/current/manifest.json")).unwrap();
    let bound = |name: &str| manifest["certificates"][name].as_f64().unwrap();
    let larger = bound("pagerank_error_bound").max(bound("trusted_rank_error_bound"));
    assert_eq!(bound("pagerank_max_error_bound"), larger);
    let expected = format!(
        "pagerank L1 error at most {larger:.1e}, certified, the larger bound of plain PageRank and trusted rank"
    );
    assert_says(&lines, &expected);
    let shown = sandbox.succeed(&["runs", "show"]);
    assert!(shown.contains("certificates.pagerank_max_error_bound"), "{shown}");
}

#[test]
fn the_reason_why_most_rows_count_for_nothing_comes_with_its_setting() {
    // 20 half-lives of ten days before the as-of time.
    let old = "ada,bob,share,2025-01-01\nbob,ada,share,2025-01-02\nada,bob,share,2025-12-11\n";
    let (_, lines) = summary(&format!("{old}ada,bob,share,2025-12-13\n"));
    assert_says(&lines, "ignored 3 too old to count");
    let hint = lines.iter().find(|line| line.starts_with("75 % are too old, of before ")).unwrap();
    assert!(hint.contains("2025-12-12T00:00:00Z (share)"), "{hint}");
    assert!(hint.ends_with("see `half_life` in `[weights]` and `[run] as_of`"), "{hint}");

    let own = "ada,ada,share,2026-06-01\nbob,bob,share,2026-06-01\nada,bob,share,2026-06-03\n";
    let (_, lines) = summary(own);
    let expected =
        "67 % have one person as actor and target: see `columns.actor` and `columns.target` of `[[events]]`";
    assert_says(&lines, expected);
}

#[test]
fn a_part_of_strength_that_no_kind_adds_to_is_no_column_of_zeros() {
    let (sandbox, _) = summary("ada,bob,follow,2026-06-01\nbob,ada,share,2026-06-02\n");
    let message = sandbox.fail(1, &["top", "--by", "conversation"]);
    assert!(message.contains("has a `conversation` to sort by"), "{message}");
    assert!(message.contains("no event that counts is of kind `reply` or `mention`"), "{message}");
    assert!(message.contains("`kinds` of `[[events]]`"), "{message}");
    sandbox.succeed(&["top", "--by", "amplification"]);
    sandbox.succeed(&["top", "--by", "following-strength"]);
}
