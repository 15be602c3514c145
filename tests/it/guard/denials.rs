//! Denials of consent are remembered: through lost rows and columns, by every identifier, until the CRM lifts them.

use std::{fmt::Write as _, fs};

use plaudit::num;

use crate::support::sandbox::{Sandbox, files_below};

const CONFIG: &str = "[[events]]\npath = 'events.csv'\nchannel = 'forum'\n\
    [[customers]]\npath = 'crm.csv'\n\
    columns = { id = 'id', name = 'name', consent = 'consent' }\n\
    identifiers = { forum = 'handle', email = 'mail' }\n\
    [guard]\ncustomers_drop = 1\nmatch_rate_drop = 1\nevents_drop = 1\ntier_change = 1\ndenials_lifted = 1\n";

const EVENTS: &str = "actor,target,kind,at\n\
    ada,bob,follow,2026-06-01\ncyd,bob,follow,2026-06-01\neve,ada,follow,2026-06-02\nbob,cyd,follow,2026-06-03\n\
    cyd,ada,share,2026-06-04\n";

/// A store and its inputs.
struct Nights {
    sandbox: Sandbox,
}

impl Nights {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.write("plaudit.toml", CONFIG);
        sandbox.write("events.csv", EVENTS);
        Self { sandbox }
    }

    /// Runs with these CRM rows (`id,name,handle,mail,consent`), which must be published.
    fn run(&self, rows: &str) {
        self.sandbox.write("crm.csv", format!("id,name,handle,mail,consent\n{rows}"));
        self.sandbox.succeed(&["run", "--quiet"]);
    }

    fn count(&self, name: &str) -> u64 {
        let manifest: serde_json::Value =
            serde_json::from_str(&self.sandbox.read("out/current/manifest.json")).unwrap();
        manifest["counts"][name].as_u64().unwrap_or_else(|| panic!("no count `{name}`"))
    }

    /// Whether an output of the current run names this text as a field of a CSV file, or anywhere.
    fn shows(&self, text: &str) -> bool {
        let current = fs::canonicalize(self.sandbox.path("out/current")).unwrap();
        files_below(&current).iter().any(|file| {
            let bytes = fs::read(current.join(file)).unwrap();
            bytes.windows(text.len()).any(|part| part == text.as_bytes())
        })
    }
}

const GOOD: &str = "K1,Ada Alba,ada,ada@a.example,none\nK2,Bob,bob,,full\nK3,Cyd,cyd,,full\n";
const WITHOUT_K1: &str = "K2,Bob,bob,,full\nK3,Cyd,cyd,,full\n";

#[test]
fn a_lost_row_lifts_no_denial() {
    let nights = Nights::new();
    nights.run(GOOD);
    assert!(!nights.shows("forum:ada") && nights.count("denials_remembered") == 1);
    nights.run(WITHOUT_K1);
    assert!(!nights.shows("forum:ada"), "the account of a person who denied is no prospect");
    assert_eq!(nights.count("denials_absent_from_crm"), 1);
    assert_eq!(nights.count("accounts_withheld_by_memory"), 1);
    // The others are.
    assert!(nights.shows("forum:eve"));
}

#[test]
fn an_answer_that_is_missing_lifts_no_denial_but_a_consent_does() {
    let nights = Nights::new();
    nights.run(GOOD);
    nights.run(&GOOD.replace("none", ""));
    assert!(!nights.shows("K1"));
    assert_eq!(nights.count("customers_withheld_by_memory"), 1);
    nights.run(&GOOD.replace("none", "full"));
    assert!(nights.shows("K1"));
    assert_eq!((nights.count("denials_lifted"), nights.count("denials_remembered")), (1, 0));
    nights.run(WITHOUT_K1);
    assert!(nights.shows("forum:ada"), "consent was given, so the account is a prospect");
}

#[test]
fn an_identifier_is_remembered_under_another_key() {
    let nights = Nights::new();
    nights.run(GOOD);
    // The person is back under another id, known by the address alone, without an answer.
    nights.run(&format!("{WITHOUT_K1}K9,A.,eve,ada@a.example,\n"));
    assert!(!nights.shows("K9") && !nights.shows("forum:ada") && !nights.shows("forum:eve"));
    // Somebody else who consents and claims the handle is shown, the handle is not theirs.
    nights.run(&format!("{WITHOUT_K1}K9,A.,ada,,full\n"));
    assert!(nights.shows("K9") && !nights.shows("forum:ada"));
    assert_eq!(nights.count("accounts_linked"), 2);
}

#[test]
fn a_handle_of_before_stays_denied() {
    let nights = Nights::new();
    nights.run(GOOD);
    nights.run(&GOOD.replace(",ada,", ",ada_new,"));
    assert!(!nights.shows("forum:ada"));
}

#[test]
fn without_any_crm_the_accounts_of_the_denied_stay_hidden() {
    let nights = Nights::new();
    nights.run(GOOD);
    let alone = CONFIG.replace("[[customers]]", "#").replace("path = 'crm.csv'\n", "");
    let alone = alone.replace("columns = { id = 'id', name = 'name', consent = 'consent' }\n", "");
    nights
        .sandbox
        .write("plaudit.toml", alone.replace("identifiers = { forum = 'handle', email = 'mail' }\n", ""));
    for denied in ["shape", "exclude"] {
        let text = nights.sandbox.read("plaudit.toml");
        nights.sandbox.write("plaudit.toml", format!("{text}[consent]\ndenied = '{denied}'\n"));
        nights.sandbox.succeed(&["run", "--quiet", "--force"]);
        assert!(!nights.shows("forum:ada") && nights.shows("forum:bob"), "{denied}");
        nights.sandbox.write("plaudit.toml", text);
    }
}

#[test]
fn rejected_rows_quote_no_remembered_name() {
    let nights = Nights::new();
    nights.run(GOOD);
    nights.sandbox.write("events.csv", format!("{EVENTS}@Ada,bob,follow,soon\nzoe,bob,follow,soon\n"));
    nights.sandbox.write("plaudit.toml", format!("[run]\nmax_rejected = 1\n{CONFIG}rejected_in_file = 1\n"));
    nights.run(WITHOUT_K1);
    assert!(!nights.shows("@Ada") && nights.shows("zoe"));
}

#[test]
fn a_refused_run_remembers_denials_too() {
    let nights = Nights::new();
    nights.run(&GOOD.replace("none", "full"));
    nights.sandbox.write("plaudit.toml", CONFIG.replace("events_drop = 1", "events_drop = 0.5"));
    nights.sandbox.write("events.csv", "actor,target,kind,at\nbob,cyd,follow,2026-06-03\n");
    nights.sandbox.write("crm.csv", format!("id,name,handle,mail,consent\n{GOOD}"));
    let message = nights.sandbox.fail(3, &["run", "--quiet"]);
    assert!(message.contains("`events.csv` has 1 rows; the median of its last 1 run is 5"), "{message}");
    nights.sandbox.write("events.csv", EVENTS);
    nights.sandbox.write("plaudit.toml", CONFIG);
    nights.run(WITHOUT_K1);
    assert!(!nights.shows("forum:ada"));
}

#[test]
fn a_memory_that_is_lost_or_damaged_stops_the_run() {
    let nights = Nights::new();
    nights.run(GOOD);
    let path = nights.sandbox.path("out/denials.bin");
    let kept = fs::read(&path).unwrap();
    for text in ["ada", "K1", "Ada", "example"] {
        assert!(!kept.windows(text.len()).any(|part| part == text.as_bytes()), "the memory holds no text");
    }
    fs::remove_file(&path).unwrap();
    let message = nights.sandbox.fail(1, &["run", "--quiet"]);
    assert!(
        message.contains("denials.bin`, the memory of who denied consent, is missing or damaged"),
        "{message}"
    );
    for at in [0, 20, kept.len() - 1] {
        let mut damaged = kept.clone();
        damaged[at] ^= 1;
        fs::write(&path, &damaged).unwrap();
        nights.sandbox.fail(1, &["run", "--quiet"]);
    }
    fs::write(&path, &kept[..kept.len() / 2]).unwrap();
    nights.sandbox.fail(1, &["check"]);
    fs::write(&path, kept).unwrap();
    nights.sandbox.succeed(&["run", "--quiet"]);
}

#[test]
fn a_new_word_is_refused_or_denies() {
    let nights = Nights::new();
    let rows = "K1,Ada,ada,,subscribed\nK2,Bob,bob,,subscribed\nK3,Cyd,cyd,,cleaned\n";
    nights.sandbox.write("crm.csv", format!("id,name,handle,mail,consent\n{rows}"));
    let message = nights.sandbox.fail(3, &["run", "--quiet"]);
    assert!(message.contains("`subscribed` (2 rows, first at "), "{message}");
    assert!(message.contains("crm.csv:2:13)") && message.contains("crm.csv:4:13)"), "{message}");
    // With a meaning the same rows are published, and nobody is taken for denied.
    let words = "[consent]\nwords = { Subscribed = 'full', cleaned = 'denied' }\n";
    nights.sandbox.write("plaudit.toml", format!("{CONFIG}{words}"));
    nights.run(rows);
    assert!(nights.shows("K1") && !nights.shows("K3"));
    // Words of one's own replace the built-in ones.
    nights.sandbox.write("crm.csv", "id,name,handle,mail,consent\nK1,Ada,ada,,yes\nK2,Bob,bob,,full\n");
    let message = nights.sandbox.fail(3, &["run", "--quiet"]);
    assert!(message.contains("`yes` (1 row, first at "), "{message}");
    nights.sandbox.write("plaudit.toml", format!("{CONFIG}new_consent_word = 'deny'\n{words}"));
    nights.run("K1,Ada,ada,,yes\nK2,Bob,bob,,full\n");
    assert!(!nights.shows("K1") && nights.shows("K2"));
}

#[test]
fn a_column_of_objections_needs_its_words() {
    let nights = Nights::new();
    for name in ["HasOptedOutOfEmail", "opt_out", "Do not contact", "no_marketing", "Widerruf"] {
        nights
            .sandbox
            .write("plaudit.toml", CONFIG.replace("consent = 'consent'", &format!("consent = '{name}'")));
        let rows =
            format!("id,name,handle,mail,{name}\nK1,Ada,ada,,TRUE\nK2,Bob,bob,,FALSE\nK3,Cyd,cyd,,false\n");
        nights.sandbox.write("crm.csv", rows);
        let message = nights.sandbox.fail(3, &["run", "--quiet"]);
        assert!(
            message.contains(&format!("column `{name}` of crm.csv seems to say who objects")),
            "{message}"
        );
        let text = nights.sandbox.read("plaudit.toml");
        nights.sandbox.write(
            "plaudit.toml",
            format!("{text}[consent]\nwords = {{ TRUE = 'denied', FALSE = 'full' }}\n"),
        );
        nights.sandbox.succeed(&["run", "--quiet"]);
        assert!(!nights.shows("K1") && nights.shows("K2") && nights.shows("K3"), "{name}");
    }
}

/// Two CRM files, one with a column of consent and one with a column of objections: one list of words cannot hold for
/// both, whatever the order of the files.
#[test]
fn a_column_of_objections_does_not_share_its_words() {
    let nights = Nights::new();
    let table = |path: &str, column: &str, words: &str| {
        format!(
            "[[customers]]\npath = '{path}'\ncolumns = {{ id = 'id', consent = '{column}' }}\n{words}\
             identifiers = {{ forum = 'handle' }}\n"
        )
    };
    let rest = CONFIG.split_once("[guard]").unwrap().1;
    let config = |tables: [String; 2], consent: &str| {
        let tables = tables.concat();
        let text = format!(
            "[[events]]\npath = 'events.csv'\nchannel = 'forum'\n{tables}[guard]{rest}[consent]\n{consent}"
        );
        nights.sandbox.write("plaudit.toml", text);
    };
    nights.sandbox.write("in.csv", "id,handle,consent\nK1,ada,FALSE\nK2,bob,TRUE\n");
    nights.sandbox.write("out.csv", "id,handle,opt_out\nK3,cyd,TRUE\nK4,eve,FALSE\n");
    let tables = |words: &str| [table("in.csv", "consent", ""), table("out.csv", "opt_out", words)];
    for answers in ["TRUE = 'denied', FALSE = 'full'", "Yes = 'denied'", "none = 'full', 0 = 'full'"] {
        for is_reversed in [false, true] {
            let mut both = tables("");
            if is_reversed {
                both.reverse();
            }
            config(both, &format!("words = {{ {answers} }}\n"));
            let message = nights.sandbox.fail(3, &["run", "--quiet"]);
            let expected = "column `opt_out` of out.csv seems to say who objects, and column `consent` of in.csv who \
                            consents";
            assert!(message.replace("\n      ", " ").contains(expected), "{message}");
            assert!(
                message.contains("hint: move `words` from `[consent]` to the `[[customers]]`"),
                "{message}"
            );
        }
    }
    // Words of its own make the column right, and the other file keeps the words of `[consent]` or the built-in ones.
    let own = "words = { TRUE = 'denied', FALSE = 'full' }\n";
    for consent in ["", "words = { TRUE = 'full', FALSE = 'denied' }\n"] {
        config(tables(own), consent);
        nights.sandbox.succeed(&["run", "--quiet"]);
        let shown = ["K1", "K2", "K3", "K4"].map(|id| nights.shows(id));
        assert_eq!(shown, [false, true, false, true], "{consent}");
    }
    // Words that say by themselves what they mean hold for both.
    config(tables(""), "words = { gegeben = 'full', entzogen = 'denied' }\n");
    nights.sandbox.write("in.csv", "id,handle,consent\nK1,ada,entzogen\nK2,bob,gegeben\n");
    nights.sandbox.write("out.csv", "id,handle,opt_out\nK3,cyd,entzogen\nK4,eve,gegeben\n");
    nights.sandbox.succeed(&["run", "--quiet"]);
    assert_eq!(["K1", "K2", "K3", "K4"].map(|id| nights.shows(id)), [false, true, false, true]);
}

/// Nights on which consent changes at random and rows are lost at random: nobody whose last answer was a denial is
/// named in any output.
#[test]
fn no_output_of_random_nights_names_a_denied_person() {
    const PEOPLE: u64 = 12;
    let nights = Nights::new();
    let handle = |person: u64| format!("h{person:02}x");
    let draw = |what: u64, night: u64, person: u64, of: u64| num::random(what, night, person, 5) % of;
    let pairs = (0..60).map(|event| (draw(1, 0, event, PEOPLE), draw(2, 0, event, PEOPLE)));
    let events: Vec<String> =
        pairs.map(|(u, v)| format!("{},{},follow,2026-06-01\n", handle(u), handle(v))).collect();
    nights.sandbox.write("events.csv", format!("actor,target,kind,at\n{}", events.concat()));
    let mut denied = vec![false; PEOPLE as usize];
    let mut hidden = 0;
    for night in 0..200 {
        let mut rows = String::new();
        for person in 0..PEOPLE {
            // Person 0 is always there, so that there is always a customer.
            let (is_there, answer) =
                (person == 0 || draw(3, night, person, 3) > 0, draw(4, night, person, 6));
            let word =
                if person == 0 { "full" } else { ["", "", "", "none", "full", "profile"][answer as usize] };
            if is_there {
                writeln!(rows, "KEY{person:02},Name{person:02}n,{},,{word}", handle(person)).unwrap();
                match word {
                    "none" => denied[person as usize] = true,
                    "" => {}
                    _ => denied[person as usize] = false,
                }
            }
        }
        nights.run(&rows);
        for person in (0..PEOPLE).filter(|&person| denied[person as usize]) {
            hidden += 1;
            for text in [format!("KEY{person:02}"), format!("Name{person:02}n"), handle(person)] {
                assert!(!nights.shows(&text), "night {night}: {text}");
            }
        }
        assert!(nights.shows("KEY00"));
    }
    assert!(hidden > 500, "{hidden} denials were to be found");
}

#[test]
fn whoever_denies_in_a_refused_run_is_in_no_cohort() {
    let nights = Nights::new();
    nights.run(&GOOD.replace("none", "full"));
    let cohort = || nights.sandbox.succeed(&["cohort", "-n", "3", "--probability", "0.3", "--format", "csv"]);
    assert!(cohort().contains("K1,"));
    nights.sandbox.write("plaudit.toml", CONFIG.replace("events_drop = 1", "events_drop = 0.5"));
    nights.sandbox.write("events.csv", "actor,target,kind,at\nbob,cyd,follow,2026-06-03\n");
    nights.sandbox.write("crm.csv", format!("id,name,handle,mail,consent\n{GOOD}"));
    nights.sandbox.fail(3, &["run", "--quiet"]);
    let picked = nights.sandbox.succeed(&["cohort", "-n", "2", "--probability", "0.3", "--format", "csv"]);
    assert!(picked.contains("K2,") && !picked.contains("K1,"), "{picked}");
    nights.sandbox.write("must.txt", "K1\n");
    let must = ["cohort", "-n", "3", "--must-include", "must.txt", "--probability", "0.3"];
    let outcome = nights.sandbox.plaudit(&must);
    assert_ne!(outcome.code, Some(0), "a list does not bring the person back: {}", outcome.stdout);
}

/// A store after a good night of 30 people, every fifth of whom denies, with the guards at their defaults.
fn guarded_night() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let mut events = "actor,target,kind,at\n".to_owned();
    for event in 0..300_u32 {
        let (u, v) = (event * 7 % 30, event * event % 31 % 30);
        writeln!(events, "h{u},h{v},share,2026-06-{:02}", 1 + event % 30).unwrap();
    }
    let mut crm = "id,name,handle,mail,consent\n".to_owned();
    for person in 0..30_u32 {
        let consent = if person % 5 == 2 { "none" } else { "full" };
        writeln!(crm, "K{person:02},Name{person} Zz{person}q,h{person},m{person}@a,{consent}").unwrap();
    }
    sandbox.write("plaudit.toml", CONFIG.split("[guard]").next().unwrap());
    sandbox.write("events.csv", events);
    sandbox.write("crm.csv", &crm);
    sandbox.succeed(&["run", "--quiet"]);
    (sandbox, crm)
}

fn tiers_of(sandbox: &Sandbox) -> String {
    sandbox.read("out/current/segments/generic/full/tiers.csv")
}

/// A refused night is refused again: what it taught is not what the CRM is compared with.
#[test]
fn inverted_answers_are_refused_however_often_they_are_tried() {
    let (sandbox, crm) = guarded_night();
    let inverted = crm.replace(",none\n", ",X\n").replace(",full\n", ",none\n").replace(",X\n", ",full\n");
    sandbox.write("crm.csv", inverted);
    for _ in 0..3 {
        let message = sandbox.fail(3, &["run", "--quiet"]);
        assert!(message.contains("lifts 6 of 6 denials"), "{message}");
    }
    sandbox.write("crm.csv", crm);
    sandbox.succeed(&["run", "--quiet"]);
    assert_eq!(tiers_of(&sandbox).lines().count(), 1 + 24, "who agrees in the good file is shown again");
}

/// The handles stand one row down: the accounts of people who agree are not lost to those who denied.
#[test]
fn identifiers_of_a_refused_night_are_forgotten_once_the_rows_state_others() {
    let (sandbox, crm) = guarded_night();
    let good = tiers_of(&sandbox);
    let mut shifted = String::new();
    let mut last = "h29".to_owned();
    for (number, line) in crm.lines().enumerate() {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        if number > 0 {
            std::mem::swap(&mut fields[2], &mut last);
        }
        writeln!(shifted, "{}", fields.join(",")).unwrap();
    }
    sandbox.write("crm.csv", shifted);
    sandbox.fail(3, &["run", "--quiet"]);
    sandbox.write("crm.csv", crm);
    sandbox.succeed(&["run", "--quiet"]);
    let tier = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split(',').take(2).collect::<Vec<_>>().join(",")).collect()
    };
    assert_eq!(tier(&tiers_of(&sandbox)), tier(&good));
}

/// Rows that are set aside for another fault still say that somebody denied.
#[test]
fn a_denial_in_a_row_that_was_set_aside_is_remembered() {
    let faults: [(&str, &[u8]); 4] = [
        ("a letter that is not UTF-8", b"K02,Name2 Z\xe42q,h2,m2@a,none\n"),
        ("a field too many", b"K02,Name2 Zz2q,h2,m2@a,x,none\n"),
        ("a stray quote", b"K02,Name2 \"Zz2q,h2,m2@a,none\n"),
        ("no id", b",Name2 Zz2q,h2,m2@a,none\n"),
    ];
    for (name, row) in faults {
        let sandbox = Sandbox::new();
        let mut events = "actor,target,kind,at\n".to_owned();
        for event in 0..300_u32 {
            writeln!(events, "h{},h{},share,2026-06-{:02}", event * 7 % 30, event * 11 % 29, 1 + event % 30)
                .unwrap();
        }
        sandbox.write("events.csv", events);
        let guards = "[guard]\ncustomers_drop = 1\nmatch_rate_drop = 1\nevents_drop = 1\ntier_change = 1\nrejected_in_file = 1\n[run]\nmax_rejected = 1\n";
        sandbox.write("plaudit.toml", CONFIG.split("[guard]").next().unwrap().to_owned() + guards);
        let others: String = (0..30_u32)
            .filter(|person| *person != 2)
            .map(|person| format!("K{person:02},Name{person} Zz{person}q,h{person},m{person}@a,full\n"))
            .collect::<Vec<_>>()
            .concat();
        let header = "id,name,handle,mail,consent\n";
        sandbox.write("crm.csv", [header.as_bytes(), others.as_bytes(), row].concat());
        sandbox.succeed(&["run", "--quiet"]);
        for next in [String::new(), "K02,Name2 Zz2q,h2,m2@a,\n".to_owned()] {
            sandbox.write("crm.csv", format!("{header}{others}{next}"));
            sandbox.succeed(&["run", "--quiet"]);
            let prospects = sandbox.read("out/current/segments/generic/full/prospects.csv");
            assert!(!prospects.contains("h2,") && !prospects.contains("forum:h2\n"), "{name}: {prospects}");
            if name != "no id" {
                assert!(!tiers_of(&sandbox).contains("K02,"), "{name}");
            }
        }
    }
}

/// No `--force` and no other dress of the account goes past a denial.
#[test]
fn accounts_without_a_channel_and_in_another_case_stay_denied() {
    let nights = Nights::new();
    nights.run(&GOOD.replace(",ada,", ",Ada,"));
    let bare =
        nights.sandbox.plaudit(&["run", "--quiet", "--force", "--events", "events.csv", "--out", "out"]);
    assert_eq!(bare.code, Some(0), "{}", bare.stderr);
    assert!(!nights.shows("ada"), "the bare handle is that of somebody who denied");
    let exact = CONFIG.to_owned() + "[channels]\nforum = { case = 'exact' }\n";
    nights.sandbox.write("plaudit.toml", exact);
    nights.run(WITHOUT_K1);
    assert!(!nights.shows("forum:ada"));
}

/// The CRM gives everybody a new key and lets everybody agree: the guard counts it.
#[test]
fn denials_that_other_keys_take_over_count_as_lifted() {
    let (sandbox, crm) = guarded_night();
    let rows = crm.lines().map(|line| match line.strip_suffix(",none") {
        Some(row) => row.replacen('K', "X", 1) + ",full\n",
        None => format!("{line}\n"),
    });
    sandbox.write("crm.csv", rows.collect::<Vec<_>>().concat());
    let message = sandbox.fail(3, &["run", "--quiet"]);
    assert!(message.contains("lifts 6 of 6 denials"), "{message}");
}

#[test]
fn an_operator_takes_back_what_was_never_meant() {
    let (sandbox, crm) = guarded_night();
    assert_eq!(
        sandbox.succeed(&["denials"]),
        "6 denials of consent are remembered\n0 of them from refused runs only\n"
    );
    // A night on which everybody seems to deny is refused, and the good file then has an empty answer for one person.
    sandbox.write("crm.csv", crm.replace(",full\n", ",none\n"));
    sandbox.fail(3, &["run", "--quiet"]);
    let empty = crm.replacen(",full\n", ",\n", 1);
    sandbox.write("crm.csv", &empty);
    sandbox.succeed(&["run", "--quiet"]);
    assert!(!tiers_of(&sandbox).contains("K00,"), "an empty answer lifts no denial");
    let said = sandbox.succeed(&["denials", "forget-refused"]);
    assert!(said.starts_with("forgotten: 1 denial "), "{said}");
    sandbox.succeed(&["run", "--quiet"]);
    assert!(tiers_of(&sandbox).contains("K00,"));

    // A wrong handle, for one night: K02, who denies, had the account of K00.
    sandbox.write("crm.csv", crm.replace("h2,m2@a,none", "h0,m2@a,none"));
    sandbox.plaudit(&["run", "--quiet", "--force"]);
    sandbox.write("crm.csv", &crm);
    sandbox.plaudit(&["run", "--quiet", "--force"]);
    let audience = |id: &str| -> String {
        let text = tiers_of(&sandbox);
        let line = text.lines().find(|line| line.starts_with(id)).unwrap().to_owned();
        line.split(',').nth(14).unwrap().to_owned()
    };
    assert_eq!(audience("K00,"), "0", "its account stays withheld");
    sandbox.fail(1, &["denials", "release", "forum:nobody"]);
    sandbox.succeed(&["denials", "release", "forum:h0"]);
    sandbox.plaudit(&["run", "--quiet", "--force"]);
    assert_ne!(audience("K00,"), "0");
}
