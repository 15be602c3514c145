//! One fault at a time in the inputs of a good night: the run is refused, or the fault is counted, or it makes no
//! difference; no output names anybody who ever denied consent, and no more tiers move than the guard allows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use super::Files;
use crate::support::{
    company::columns,
    sandbox::{Sandbox, copy_folder, files_below},
};

const CONFIG: &str = "[tiers]\nshares = [5, 15, 30, 60]\n\
    [[events]]\npath = 'follows.csv'\nchannel = 'forum'\n\
    [[events]]\npath = 'shares.csv'\nchannel = 'forum'\n\
    [[customers]]\npath = 'crm.csv'\n\
    columns = { id = 'id', name = 'name', consent = 'consent', value = 'value' }\n\
    identifiers = { forum = 'handle', email = 'mail' }\n";

const PEOPLE: u32 = 120;

fn is_denied(person: u32) -> bool {
    person % 8 == 3
}

/// The id, handle, name and address of a person; none is part of another.
fn texts(person: u32) -> [String; 4] {
    [
        format!("K{person:03}k"),
        format!("hdl{person:03}x"),
        format!("Nam{person:03}e"),
        format!("m{person:03}@mail.example"),
    ]
}

fn follows() -> String {
    let mut text = "actor,target,kind,at\n".to_owned();
    for event in 0..1500_u32 {
        let (u, v) = (event * 7 % PEOPLE, (event * event + event / 3) % 89 % PEOPLE);
        writeln!(text, "{},{},follow,2026-06-{:02}", texts(u)[1], texts(v)[1], 1 + event % 30).unwrap();
    }
    text
}

fn shares() -> String {
    let mut text = "actor,target,kind,at\n".to_owned();
    for event in 0..900_u32 {
        let (u, v) = (event * 3 % PEOPLE, event * 11 % 53);
        let (day, minute) = (1 + event % 30, event % 60);
        writeln!(text, "{},{},share,2026-06-{day:02}T10:{minute:02}:00Z", texts(u)[1], texts(v)[1]).unwrap();
    }
    text
}

fn crm() -> String {
    let mut text = "id,name,handle,mail,value,consent\n".to_owned();
    for person in 0..PEOPLE {
        let [id, handle, name, mail] = texts(person);
        let consent = if is_denied(person) {
            "none"
        } else if person % 5 == 0 {
            "profile"
        } else {
            "full"
        };
        writeln!(text, "{id},{name},{handle},{mail},{},{consent}", person * 3).unwrap();
    }
    text
}

fn good_night() -> Sandbox {
    Files { follows: follows(), shares: shares(), crm: crm() }.good_night(CONFIG)
}

/// Replaces a file by a function of its text.
type Fault = (&'static str, &'static str, fn(&str) -> Vec<u8>);

fn bytes(text: impl Into<String>) -> Vec<u8> {
    text.into().into_bytes()
}

/// The text with column `place` of every row but the header replaced.
fn with_column(text: &str, place: usize, change: impl Fn(&str, usize) -> String) -> Vec<u8> {
    let rows = text.lines().enumerate().map(|(row, line)| {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        if row > 0 {
            fields[place] = change(&fields[place], row);
        }
        fields.join(",") + "\n"
    });
    bytes(rows.collect::<String>())
}

/// The text without column `place`.
fn without_column(text: &str, place: usize) -> Vec<u8> {
    let rows = text.lines().map(|line| {
        let mut fields: Vec<&str> = line.split(',').collect();
        fields.remove(place);
        fields.join(",") + "\n"
    });
    bytes(rows.collect::<String>())
}

fn cut(text: &str, share: usize) -> Vec<u8> {
    text.as_bytes()[..text.len() * share / 100].to_vec()
}

/// Puts `added` before the field `place` of row `row`.
fn prefixed(text: &str, row: usize, place: usize, added: &str) -> Vec<u8> {
    with_column(text, place, |field, at| if at == row { format!("{added}{field}") } else { field.to_owned() })
}

const FAULTS: [Fault; 44] = [
    ("CRM cut off at a third", "crm.csv", |text| cut(text, 33)),
    ("CRM cut off near its end", "crm.csv", |text| cut(text, 97)),
    ("CRM without its last rows", "crm.csv", |text| {
        bytes(text.split_inclusive('\n').take(110).collect::<String>())
    }),
    ("CRM with a header only", "crm.csv", |text| {
        bytes(text.split_inclusive('\n').take(1).collect::<String>())
    }),
    ("CRM empty", "crm.csv", |_| Vec::new()),
    ("column of consent gone", "crm.csv", |text| without_column(text, 5)),
    ("column of handles gone", "crm.csv", |text| without_column(text, 2)),
    ("column of ids gone", "crm.csv", |text| without_column(text, 0)),
    ("column of consent renamed", "crm.csv", |text| bytes(text.replacen("consent", "permission", 1))),
    ("answers empty", "crm.csv", |text| with_column(text, 5, |_, _| String::new())),
    ("answers of others", "crm.csv", |text| with_column(text, 5, |word, _| format!("is_{word}"))),
    ("answers inverted", "crm.csv", |text| {
        with_column(text, 5, |word, _| if word == "none" { "full".into() } else { "none".into() })
    }),
    ("all agree at once", "crm.csv", |text| with_column(text, 5, |_, _| "full".into())),
    ("answers one row down", "crm.csv", |text| {
        let words: Vec<String> =
            text.lines().map(|line| line.rsplit(',').next().unwrap().to_owned()).collect();
        with_column(text, 5, |_, row| words[if row == 1 { words.len() - 1 } else { row - 1 }].clone())
    }),
    ("ids rounded by a spreadsheet", "crm.csv", |text| {
        with_column(text, 0, |_, row| format!("1.2345{}E+17", row % 3))
    }),
    ("ids with a fraction", "crm.csv", |text| with_column(text, 0, |_, row| format!("{row}.0"))),
    ("ids that are errors", "crm.csv", |text| {
        with_column(text, 0, |id, row| if row % 2 == 0 { "#N/A".into() } else { id.into() })
    }),
    ("few ids for all", "crm.csv", |text| with_column(text, 0, |_, row| format!("K{}", row % 5))),
    ("other ids", "crm.csv", |text| with_column(text, 0, |id, _| format!("X-{id}"))),
    ("handles empty", "crm.csv", |text| with_column(text, 2, |_, _| String::new())),
    ("handles of nobody", "crm.csv", |text| with_column(text, 2, |_, _| "null".into())),
    ("handles as addresses", "crm.csv", |text| {
        with_column(text, 2, |handle, _| format!("https://twitter.com/{handle}"))
    }),
    ("handles in capitals", "crm.csv", |text| with_column(text, 2, |handle, _| handle.to_uppercase())),
    ("CRM with semicolons", "crm.csv", |text| bytes(text.replace(',', ";"))),
    ("CRM with carriage returns", "crm.csv", |text| bytes(text.replace('\n', "\r"))),
    ("CRM in UTF-16", "crm.csv", |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ("CRM with a NUL", "crm.csv", |text| bytes(text.replacen("Nam050", "N\0m050", 1))),
    ("CRM is a page", "crm.csv", |_| bytes("<!DOCTYPE html><html><body>Log in</body></html>\n")),
    ("CRM with an open quote", "crm.csv", |text| prefixed(text, 10, 1, "\"")),
    ("CRM with quotes over rows", "crm.csv", |text| {
        let opened = String::from_utf8(prefixed(text, 10, 1, "\"")).unwrap();
        with_column(&opened, 1, |name, row| if row == 40 { format!("{name}\"") } else { name.to_owned() })
    }),
    ("CRM rows doubled", "crm.csv", |text| bytes([text, text.split_once('\n').unwrap().1].concat())),
    ("CRM with a sum at its end", "crm.csv", |text| bytes(format!("{text}Total: 120\n"))),
    ("CRM with an extra delimiter", "crm.csv", |text| bytes(text.replace('\n', ",\n"))),
    ("a column before all others", "crm.csv", |text| {
        bytes(text.lines().flat_map(|line| ["x,", line, "\n"]).collect::<String>())
    }),
    ("events cut off", "shares.csv", |text| cut(text, 30)),
    ("events empty", "follows.csv", |text| bytes(text.split_inclusive('\n').take(1).collect::<String>())),
    ("events doubled", "shares.csv", |text| bytes([text, text.split_once('\n').unwrap().1].concat())),
    ("actor and target the same", "follows.csv", |text| {
        with_column(text, 1, |_, row| texts(u32::try_from(row - 1).unwrap() * 7 % PEOPLE)[1].clone())
    }),
    ("one time in the future", "shares.csv", |text| {
        bytes(format!("{text}hdl001x,hdl002x,share,2099-01-01\n"))
    }),
    ("times are serial days", "shares.csv", |text| {
        with_column(text, 3, |_, row| format!("{}", 46_000 + row % 30))
    }),
    ("times are years", "shares.csv", |text| with_column(text, 3, |_, _| "2026".into())),
    ("kinds of others", "shares.csv", |text| with_column(text, 2, |_, _| "retweet".into())),
    ("events with an open quote", "shares.csv", |text| prefixed(text, 100, 0, "\"")),
    ("targets of nobody", "shares.csv", |text| {
        with_column(text, 1, |target, row| if row % 3 == 0 { "[deleted]".into() } else { target.into() })
    }),
];

/// The tier of each customer of the current run.
fn tiers(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let text = sandbox.read("out/current/segments/generic/full/tiers.csv");
    columns(&text, &["customer_id", "tier"]).into_iter().map(|row| (row[0].clone(), row[1].clone())).collect()
}

/// Asserts that no file of the current run names a person of this set.
fn assert_unnamed(sandbox: &Sandbox, people: &BTreeSet<u32>, fault: &str) {
    let current = fs::canonicalize(sandbox.path("out/current")).unwrap();
    for file in files_below(&current) {
        let content = fs::read(current.join(&file)).unwrap();
        for text in people.iter().flat_map(|&person| texts(person)) {
            let is_named = content.windows(text.len()).any(|part| part == text.as_bytes());
            assert!(!is_named, "{fault}: `{text}` is in {}", file.display());
        }
    }
}

fn copy_of(good: &Sandbox) -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["plaudit.toml", "follows.csv", "shares.csv", "crm.csv"] {
        fs::copy(good.path(name), sandbox.path(name)).unwrap();
    }
    copy_store(&good.path("out"), &sandbox.path("out"));
    sandbox
}

/// Copies a store with its link.
fn copy_store(from: &Path, to: &Path) {
    copy_folder(&from.join("runs"), &to.join("runs"));
    for name in ["plaudit-store.json", "denials.bin"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
    std::os::unix::fs::symlink(fs::read_link(from.join("current")).unwrap(), to.join("current")).unwrap();
}

/// How many faults of its input the manifest of a run counts.
fn faults_told(sandbox: &Sandbox) -> u64 {
    let manifest: serde_json::Value =
        serde_json::from_str(&sandbox.read("out/current/manifest.json")).unwrap();
    let count = |key: &str| manifest["counts"][key].as_u64().unwrap_or(0);
    let keys = [
        "rows_rejected",
        "events_ignored",
        "customer_faults",
        "customer_rows_merged",
        "customers_unlinked",
        "customers_withheld_by_memory",
    ];
    keys.map(count).iter().sum()
}

#[test]
fn one_fault_at_a_time_publishes_nothing_wrong() {
    let good = good_night();
    let before = tiers(&good);
    let denied: BTreeSet<u32> = (0..PEOPLE).filter(|&person| is_denied(person)).collect();
    assert_unnamed(&good, &denied, "good night");
    let told = faults_told(&good);
    let (mut refused, mut same, mut counted) = (0, 0, 0);
    for (name, file, change) in FAULTS {
        let sandbox = copy_of(&good);
        sandbox.write(file, change(&good.read(file)));
        let outcome = sandbox.plaudit(&["run"]);
        match outcome.code {
            Some(1 | 3) => {
                refused += 1;
                assert!(outcome.stderr.contains("error: "), "{name}: {}", outcome.stderr);
                let line = outcome.stderr.lines().find(|line| line.starts_with("error")).unwrap();
                println!("{name}: refused, {line}");
                assert_eq!(tiers(&sandbox), before, "{name}: the last good run is current");
                continue;
            }
            Some(0) => {}
            code => panic!("{name}: {code:?} {}", outcome.stderr),
        }
        assert_unnamed(&sandbox, &denied, name);
        let after = tiers(&sandbox);
        // A customer who is lost counts as one whose tier moves.
        let moved = before.iter().filter(|&(id, tier)| after.get(id) != Some(tier)).count();
        assert!(moved as f64 <= 0.1 * before.len() as f64, "{name}: {moved} tiers move");
        if after == before {
            same += 1;
            println!("{name}: no difference");
            continue;
        }
        let now = faults_told(&sandbox);
        println!("{name}: {moved} tiers move, {} customers of {}, {now} counted", after.len(), before.len());
        assert!(now > told, "{name}: {moved} tiers move, and {now} faults are counted as on a good night");
        counted += 1;
    }
    println!("{refused} refused, {same} without a difference, {counted} counted, of {}", FAULTS.len());
    assert!(refused >= 20, "{refused}");
}

/// A CRM that ends at any byte: whoever denied stays unnamed.
#[test]
fn a_crm_cut_off_anywhere_shows_nobody_who_denied() {
    let good = good_night();
    let denied: BTreeSet<u32> = (0..PEOPLE).filter(|&person| is_denied(person)).collect();
    let text = good.read("crm.csv");
    // Most cuts lose too many customers for the guard.
    let config = format!(
        "{CONFIG}[guard]\ncustomers_drop = 1\nmatch_rate_drop = 1\nevents_drop = 1\ntier_change = 1\n[run]\nmax_rejected = 1\n"
    );
    good.write("plaudit.toml", config);
    let mut published = 0;
    for cut in (40..text.len()).step_by(211) {
        let sandbox = copy_of(&good);
        sandbox.write("crm.csv", &text[..cut]);
        let outcome = sandbox.plaudit(&["run", "--quiet"]);
        if outcome.code == Some(0) {
            published += 1;
            assert_unnamed(&sandbox, &denied, &format!("cut at {cut}"));
        }
    }
    assert!(published > 15, "{published} were published");
}
