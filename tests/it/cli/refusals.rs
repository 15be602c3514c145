//! Bad input: for each fault, the message says what failed, where, why and how to fix it, the exit code is 1, and
//! nothing is published.

use std::{
    collections::BTreeSet, fs, io::Write, os::unix::fs::PermissionsExt, path::Path, process::Command, thread,
    time::Duration,
};

use crate::support::sandbox::Sandbox;

const CONFIG: &str = "
[run]
output = \"out\"

[[events]]
path = \"events.csv\"
channel = \"twitter\"
columns = { actor = \"actor\", target = \"target\", kind = \"kind\", at = \"at\" }
";

const EVENTS: &str = "actor,target,kind,at
ada,bob,follow,2026-01-01T00:00:00Z
bob,cy,share,2026-01-02T00:00:00Z
cy,ada,reply,2026-01-03 10:00:00
";

fn sandbox(config: &str, events: impl AsRef<[u8]>) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("plaudit.toml", config);
    sandbox.write("events.csv", events);
    sandbox
}

/// Runs the job, which must be refused; the message must hold every one of `parts`, and its hint must hold `hint`.
fn refused(sandbox: &Sandbox, parts: &[&str], hint: &str) {
    refused_with(1, sandbox, parts, hint);
}

/// The same as [`refused`] with this exit code.
fn refused_with(code: i32, sandbox: &Sandbox, parts: &[&str], hint: &str) {
    let message = sandbox.fail(code, &["run", "-c", "plaudit.toml"]);
    assert_message_has(&message, parts, hint);
    assert!(!sandbox.path("out/current").exists(), "nothing is published");
    let runs = sandbox.path("out/runs");
    assert!(!runs.exists() || fs::read_dir(runs).unwrap().next().is_none(), "no run is left behind");
}

/// The message says what, why and how to fix it.
fn assert_message_has(message: &str, parts: &[&str], hint: &str) {
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing in:\n{message}");
    }
    assert!(message.starts_with("error: ") || message.contains("\nerror: "), "{message}");
    let (_, given) = message.rsplit_once("\n  hint: ").unwrap_or_else(|| panic!("no hint in:\n{message}"));
    assert!(given.contains(hint), "the hint does not say `{hint}`:\n{message}");
}

/// `text`, gzipped and then truncated, or damaged in the middle.
fn broken_gzips(text: &str) -> [Vec<u8>; 2] {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.repeat(500).as_bytes()).unwrap();
    let good = encoder.finish().unwrap();
    let mut damaged = good.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    damaged[middle + 1] ^= 0x55;
    [good[..middle].to_vec(), damaged]
}

#[test]
fn the_unmodified_input_is_accepted() {
    let sandbox = sandbox(CONFIG, EVENTS);
    sandbox.succeed(&["run", "-c", "plaudit.toml"]);
    assert!(sandbox.path("out/current/_SUCCESS").exists());
}

#[test]
fn a_missing_event_file_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("plaudit.toml", CONFIG);
    refused(&sandbox, &["events.csv", "no such file"], "check the path");
    sandbox.write("event.csv", EVENTS);
    refused(&sandbox, &["events.csv", "no such file"], "did you mean `event.csv`?");
}

#[test]
fn a_pattern_without_a_file() {
    let sandbox = sandbox(&CONFIG.replace("events.csv", "2026-*/*.csv"), EVENTS);
    refused(&sandbox, &["no file matches", "2026-*/*.csv"], "check the pattern and its folder");
    let sandbox = self::sandbox(&CONFIG.replace("events.csv", "[events.csv"), EVENTS);
    refused(&sandbox, &["plaudit.toml:6:", "`[events.csv` is no pattern"], "explains the key");
}

#[test]
fn a_file_that_may_not_be_read() {
    let sandbox = sandbox(CONFIG, EVENTS);
    fs::set_permissions(sandbox.path("events.csv"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(sandbox.path("events.csv")).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    refused(&sandbox, &["cannot read `events.csv`", "ermission denied"], "let this user read the file");
    let message = sandbox.fail(1, &["algo", "stats", "events.csv"]);
    assert_message_has(
        &message,
        &["cannot read `events.csv`", "ermission denied"],
        "let this user read the file",
    );
}

#[test]
fn a_missing_configuration_is_refused() {
    let sandbox = Sandbox::new();
    let message = sandbox.fail(1, &["run", "-c", "nowhere.toml"]);
    assert_message_has(&message, &["nowhere.toml"], "name one with `-c FILE`");
}

#[test]
fn a_broken_gzip_is_refused() {
    for broken in broken_gzips(EVENTS) {
        refused(
            &sandbox(CONFIG, &broken),
            &["events.csv", "gzip", "at byte"],
            "`gzip -t` tells whether it is intact",
        );
    }
}

/// Tapes and block devices pad files with zero bytes. All bytes count in the digest.
#[test]
fn zero_bytes_after_a_gzip_file_end_it() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(EVENTS.as_bytes()).unwrap();
    let mut padded = encoder.finish().unwrap();
    padded.resize(10_240, 0);
    let sandbox = sandbox(CONFIG, &padded);
    sandbox.succeed(&["run", "-c", "plaudit.toml"]);
    let manifest: serde_json::Value =
        serde_json::from_str(&sandbox.read("out/current/manifest.json")).unwrap();
    let input = &manifest["inputs"][0];
    assert_eq!((&input["bytes"], &input["rows_read"]), (&10_240.into(), &3.into()));
    padded.push(b'x');
    refused(&self::sandbox(CONFIG, &padded), &["events.csv", "gzip"], "`gzip -t` tells whether it is intact");
}

/// A sandbox with valid events and a CRM file of these bytes.
fn with_customers(customers: impl AsRef<[u8]>) -> Sandbox {
    let table = "\n[[customers]]\npath = \"crm.csv\"\nidentifiers = { twitter = \"handle\" }\n";
    let sandbox = sandbox(&format!("{CONFIG}{table}"), EVENTS);
    sandbox.write("crm.csv", customers);
    sandbox
}

#[test]
fn a_bad_crm_file_is_refused() {
    let good = "customer_id,handle\nC1,ada\n";
    with_customers(good).succeed(&["run", "-c", "plaudit.toml"]);
    for broken in broken_gzips(good) {
        refused(&with_customers(&broken), &["crm.csv"], "intact");
    }
    let misspelt = good.replace("customer_id", "custmer_id");
    refused(&with_customers(misspelt), &["crm.csv", "`customer_id`"], "did you mean `custmer_id`?");
}

#[test]
fn a_wrong_column_name_is_refused() {
    refused(
        &sandbox(&CONFIG.replace("= \"target\"", "= \"traget\""), EVENTS),
        &["events.csv:1", "`traget`"],
        "did you mean `target`?",
    );
}

#[test]
fn an_unknown_key_is_refused() {
    refused(
        &sandbox(&CONFIG.replace("channel", "chanel"), EVENTS),
        &["plaudit.toml:7:", "chanel`"],
        "did you mean `channel`?",
    );
}

#[test]
fn a_bad_channel_name_is_refused() {
    let config = CONFIG.replace("\"twitter\"", "\"twi:tter\"");
    refused(&sandbox(&config, EVENTS), &["plaudit.toml:7:", "`twi:tter`"], "explains the key");
}

#[test]
fn a_binary_file_is_refused() {
    let bytes: Vec<u8> = (0..20_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    refused(&sandbox(CONFIG, bytes), &["events.csv", "binary"], "export the table as CSV");
}

#[test]
fn an_empty_file_is_refused() {
    refused(&sandbox(CONFIG, ""), &["events.csv", "empty"], "remove it from the list of files");
}

#[test]
fn a_folder_in_place_of_a_file_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("plaudit.toml", CONFIG);
    fs::create_dir(sandbox.path("events.csv")).unwrap();
    refused(&sandbox, &["events.csv", "directory"], "name the files in it, for example `events.csv/*.csv`");
}

#[test]
fn more_bad_rows_than_allowed() {
    let bad = format!("{EVENTS}ada,bob,follow,2026-13-01T00:00:00Z\n");
    refused_with(
        3,
        &sandbox(CONFIG, &bad),
        &["1 of 4", "events.csv:5:", "2026-13-01T00:00:00Z"],
        "raise `[run] max_rejected`",
    );
    let sandbox = sandbox(&CONFIG.replace("[run]", "[run]\nmax_rejected = 0.25"), &bad);
    sandbox.succeed(&["run", "-c", "plaudit.toml"]);
    let rejects = sandbox.read("out/current/rejects.csv");
    assert!(rejects.contains("ada,bob,follow,2026-13-01T00:00:00Z"), "{rejects}");
}

#[test]
fn a_header_without_rows_is_refused() {
    refused_with(
        3,
        &sandbox(CONFIG, "actor,target,kind,at\n"),
        &["no event", "they hold no data row"],
        "check `path`, `header` and `comment`",
    );
}

#[test]
fn rows_that_are_all_bad_are_refused_although_all_may_be_bad() {
    let sandbox = sandbox(
        &CONFIG.replace("[run]", "[run]\nmax_rejected = 1.0"),
        "actor,target,kind,at\nada,bob,follow,never\nbob,cy,share,2026-13-01\n",
    );
    refused_with(3, &sandbox, &["no event", "all of their 2 rows are bad"], "`plaudit check` lists");
    sandbox.fail(3, &["check", "-c", "plaudit.toml"]);
}

#[test]
fn an_edge_list_that_cannot_be_read() {
    let sandbox = Sandbox::new();
    sandbox.write("graph.txt", "a b\n");
    sandbox.write("bad.txt", "# note\na b 1\nb c -2\n");
    sandbox.write("few.txt", "a b 1\nb c\n");
    sandbox.write("binary.txt", b"PAR1\x15\x04\0\0");
    let [cut, damaged] = broken_gzips("a b\nb c\n");
    sandbox.write("cut.gz", cut);
    sandbox.write("damaged.gz", damaged);
    for (file, parts, hint) in [
        ("graf.txt", &["cannot read `graf.txt`", "no such file"][..], "did you mean `graph.txt`?"),
        ("bad.txt", &["bad.txt:3:5", "the weight `-2` is not a finite number above 0"], "fix the line"),
        ("few.txt", &["few.txt:2:"], "`source target weight`"),
        ("binary.txt", &["binary.txt", "NUL"], "export the table as CSV"),
        ("cut.gz", &["cut.gz", "gzip", "at byte"], "`gzip -t` tells whether it is intact"),
        ("damaged.gz", &["damaged.gz", "gzip", "at byte"], "`gzip -t` tells whether it is intact"),
    ] {
        let message = sandbox.fail(1, &["algo", "components", file]);
        assert_message_has(&message, parts, hint);
        if file.ends_with(".gz") {
            let (_, cause) =
                message.split_once("  why:  ").unwrap_or_else(|| panic!("no cause in:\n{message}"));
            assert!(cause.contains(": "), "the message of the decoder follows the position:\n{message}");
        }
    }
}

/// An empty file and a file of comments are both refused, each with a message of its own.
#[test]
fn an_edge_list_without_edges() {
    let sandbox = Sandbox::new();
    sandbox.write("nodes.txt", "a\nb\n");
    sandbox.write("nothing.txt", "");
    sandbox.write("notes.txt", "# note\n\n% note\n  \n");
    for more in [&[][..], &["--nodes", "nodes.txt"]] {
        let refused = |file: &str, parts: &[&str], hint: &str| {
            assert_message_has(&sandbox.fail(1, &[&["algo", "stats", file], more].concat()), parts, hint);
        };
        refused("nothing.txt", &["`nothing.txt` is empty; expected rows"], "write the file again");
        let said = "`notes.txt` contains only comments and blank lines; expected rows";
        refused("notes.txt", &[said], "`source target`");
    }
}

#[test]
fn teleport_weights_that_cannot_be_used() {
    let sandbox = Sandbox::new();
    sandbox.write("graph.txt", "a b\nb c\n");
    let refused = |weights: &str, parts: &[&str], hint: &str| {
        sandbox.write("start.txt", weights);
        let message = sandbox.fail(1, &["algo", "pagerank", "graph.txt", "--teleport", "start.txt"]);
        assert_message_has(&message, parts, hint);
        assert!(!message.contains("graph.txt"), "the edges are not at fault: {message}");
    };
    refused("a 0\n", &["cannot use `start.txt`", "sum to 0"], "must be above 0");
    refused("# nobody\n", &["cannot use `start.txt`", "sum to 0"], "must be above 0");
    refused("a 1e308\nb 1e308\n", &["cannot use `start.txt`", "sum to inf"], "must be above 0");
    refused("a\n", &["start.txt:1", "1 field, not 2"], "`node weight`");
    refused("z 1\n", &["start.txt:1", "`z` is not a node"], "`node weight`");
}

#[test]
fn an_output_folder_that_belongs_to_something_else() {
    let sandbox = sandbox(CONFIG, EVENTS);
    sandbox.write("out/holiday.jpg", "not ours");
    let message = sandbox.fail(1, &["run", "-c", "plaudit.toml"]);
    assert_message_has(&message, &["out", "holiday.jpg"], "name another folder with `--out DIR`");
    assert_eq!(sandbox.read("out/holiday.jpg"), "not ours");
    assert_eq!(fs::read_dir(sandbox.path("out")).unwrap().count(), 1, "nothing is added to a foreign folder");
}

#[test]
fn an_output_folder_that_is_a_file() {
    let sandbox = sandbox(CONFIG, EVENTS);
    sandbox.write("out", "a file");
    let message = sandbox.fail(1, &["run", "-c", "plaudit.toml"]);
    assert_message_has(&message, &["out"], "name");
}

#[test]
fn no_permission_to_write() {
    let sandbox = sandbox(CONFIG, EVENTS);
    fs::create_dir(sandbox.path("out")).unwrap();
    fs::set_permissions(sandbox.path("out"), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(sandbox.path("out/probe"), "").is_ok() {
        println!("skipped: this user may write everywhere");
        return;
    }
    let message = sandbox.fail(5, &["run", "-c", "plaudit.toml"]);
    assert_message_has(
        &message,
        &["out", "ermission denied"],
        "check that the folder of the run store is writable",
    );
}

/// Mounts a file system of this size, if this user may.
fn mount(folder: &Path, size: &str) -> bool {
    let size = format!("size={size}");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).output();
    let mounted = mounted.is_ok_and(|output| output.status.success());
    if !mounted {
        println!("skipped: this user may not mount a small file system");
    }
    mounted
}

/// Unmounts the file system. A process that another test is starting holds copies of the open files for a moment, so
/// unmounting a busy file system is tried again for up to five seconds.
fn unmount(folder: &Path) {
    let unmounted = (0..50).any(|_| {
        let done = Command::new("umount").arg(folder).status().unwrap().success();
        if !done {
            thread::sleep(Duration::from_millis(100));
        }
        done
    });
    assert!(unmounted, "`{}` is still in use", folder.display());
}

#[test]
fn a_full_disk() {
    let sandbox = sandbox(&CONFIG.replace("\"out\"", "\"small/out\""), EVENTS);
    fs::create_dir(sandbox.path("small")).unwrap();
    let small = sandbox.path("small");
    if !mount(&small, "16k") {
        return;
    }
    let outcome = sandbox.plaudit(&["run", "-c", "plaudit.toml"]);
    let published = sandbox.path("small/out/current").exists();
    unmount(&small);
    assert_eq!(outcome.code, Some(5), "{}", outcome.stderr);
    assert_message_has(&outcome.stderr, &["No space left"], "free space");
    assert!(!published);
}

#[test]
fn a_full_disk_leaves_the_last_good_run() {
    let sandbox = sandbox(&CONFIG.replace("\"out\"", "\"small/out\""), EVENTS);
    fs::create_dir(sandbox.path("small")).unwrap();
    let small = sandbox.path("small");
    if !mount(&small, "1m") {
        return;
    }
    let first = sandbox.plaudit(&["run", "-c", "plaudit.toml"]);
    let before = fs::read_link(sandbox.path("small/out/current")).ok();
    // Fill the disk to the last block.
    let mut filler = fs::File::create(sandbox.path("small/filler")).unwrap();
    while filler.write_all(&[7; 4096]).is_ok() {}
    drop(filler);
    let second = sandbox.plaudit(&["run", "-c", "plaudit.toml"]);
    let after = fs::read_link(sandbox.path("small/out/current")).ok();
    let verified = sandbox.plaudit(&["runs", "verify", "--store", "small/out"]);
    unmount(&small);
    assert_eq!((first.code, second.code), (Some(0), Some(5)), "{}\n{}", first.stderr, second.stderr);
    assert!(before.is_some() && before == after, "the last good run stays current");
    assert_eq!(verified.code, Some(0), "{}", verified.stderr);
}

/// The run fails while it writes one or another of its files, depending on the limit; all of them say the same.
#[test]
fn a_limit_of_file_sizes_fails_like_a_full_disk() {
    let rows: Vec<String> = (0..4000).map(|i| format!("a{},b{i},share,2026-01-02\n", i % 17)).collect();
    let sandbox = sandbox(CONFIG, format!("actor,target,kind,at\n{}", rows.concat()));
    let limited = |blocks: u32, command: &str| {
        let script = format!("ulimit -f {blocks}; exec {} {command}", env!("CARGO_BIN_EXE_plaudit"));
        let output =
            Command::new("sh").args(["-c", &script]).current_dir(sandbox.path(".")).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (mut failed_files, mut blocks) = (BTreeSet::new(), 0);
    // A block has 512 bytes in some shells, 1024 in others.
    while blocks < 4096 {
        let (code, message) = limited(blocks, "run -q -c plaudit.toml");
        if code == Some(0) {
            break;
        }
        assert_eq!(code, Some(5), "{blocks} blocks: {message}");
        assert_message_has(&message, &["File too large"], "free space");
        let file = message.split('`').nth(1).and_then(|path| path.rsplit('/').next());
        failed_files.extend(file.map(str::to_owned));
        let runs = fs::read_dir(sandbox.path("out/runs")).map_or(0, Iterator::count);
        assert_eq!(runs, 0, "{blocks} blocks: nothing unfinished is left");
        blocks = blocks * 2 + 1;
    }
    assert!(failed_files.len() > 2, "{failed_files:?}");
    sandbox.succeed(&["run", "-q", "-c", "plaudit.toml"]);
    let list: Vec<String> = (0..4000).map(|i| format!("a{i} b{i}\n")).collect();
    sandbox.write("edges.txt", list.concat());
    for command in ["top -n 3 > top.csv", "algo components edges.txt -o c.csv"] {
        let (code, message) = limited(0, command);
        assert_eq!(code, Some(5), "{command}: {message}");
    }
}

#[test]
fn a_full_device_has_the_exit_code_of_a_full_disk() {
    if !Path::new("/dev/full").exists() {
        println!("skipped: there is no /dev/full");
        return;
    }
    let crm = CRM.replace("\"id\" }", "\"id\", consent = \"consent\" }");
    let sandbox = sandbox(&[CONFIG, &crm].concat(), EVENTS);
    sandbox.write("crm.csv", "id,handle,consent\nC1,ada,full\nC2,bob,full\n");
    sandbox.succeed(&["run", "-q", "-c", "plaudit.toml"]);
    sandbox.write("edges.txt", "a b\nb c\n");
    for command in [
        "top > /dev/full",
        "top --format json > /dev/full",
        "runs list > /dev/full",
        "cohort -n 1 --probability 0.5 -o /dev/full",
        "algo pagerank edges.txt > /dev/full",
        "algo pagerank edges.txt -o /dev/full",
        "algo pagerank edges.txt -o ranks.csv --timings /dev/full",
    ] {
        let script = format!("{} {command}", env!("CARGO_BIN_EXE_plaudit"));
        let output =
            Command::new("sh").args(["-c", &script]).current_dir(sandbox.path(".")).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(5), "{command}: {message}");
        assert!(message.contains("No space left"), "{command}: {message}");
    }
}

const CRM: &str = "
[[customers]]
path = \"crm.csv\"
columns = { id = \"id\" }
identifiers = { twitter = \"handle\" }
";

#[test]
fn a_crm_file_without_customers() {
    let sandbox = sandbox(&[CONFIG, CRM].concat(), EVENTS);
    sandbox.write("crm.csv", "id,handle\n");
    refused_with(3, &sandbox, &["no customer in", "crm.csv"], "export of the CRM");
}

#[test]
fn a_crm_that_links_no_account_is_refused() {
    let sandbox = sandbox(&[CONFIG, &CRM.replace("twitter", "twiter")].concat(), EVENTS);
    sandbox.write("crm.csv", "id,handle\nC1,ada\n");
    refused_with(3, &sandbox, &["no customer is linked"], "namespaces");
    sandbox.write("plaudit.toml", [CONFIG, &CRM.replace("twitter", "Twitter")].concat());
    sandbox.succeed(&["run", "-c", "plaudit.toml"]);
    let tiers = sandbox.read("out/current/segments/generic/full/tiers.csv");
    assert!(tiers.contains("\nC1,"), "channels are one whatever their case: {tiers}");
}

#[test]
fn events_that_are_all_ignored_are_refused() {
    let sandbox = sandbox(&CONFIG.replace("[run]", "[run]\nas_of = \"2001-01-01\""), EVENTS);
    refused_with(3, &sandbox, &["no event counts", "3 outside_window"], "as_of");
}

#[test]
fn current_must_be_a_link() {
    let sandbox = sandbox(CONFIG, EVENTS);
    sandbox.succeed(&["run", "-c", "plaudit.toml"]);
    fs::remove_file(sandbox.path("out/current")).unwrap();
    fs::create_dir(sandbox.path("out/current")).unwrap();
    let message = sandbox.fail(1, &["run", "-c", "plaudit.toml"]);
    assert!(message.contains("current") && message.contains("hint: "), "{message}");
    assert_eq!(fs::read_dir(sandbox.path("out/runs")).unwrap().count(), 1, "nothing is written beside it");
}

#[test]
fn a_summary_that_cannot_be_printed_is_no_failure() {
    let sandbox = sandbox(CONFIG, EVENTS);
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else {
        println!("skipped: there is no /dev/full");
        return;
    };
    let output = sandbox.command(&["run", "-c", "plaudit.toml"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "the run is published");
    assert!(String::from_utf8(output.stderr).unwrap().contains("is published"));
}
