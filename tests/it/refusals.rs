//! Bad input: each fault gets a message that says what, where, why and how to mend it, exit code 1, and nothing is
//! published.

use std::{fs, io::Write, os::unix::fs::PermissionsExt, process::Command};

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

/// Runs the job, which must be refused with `code`; the message must hold every one of `parts`.
fn refused(sandbox: &Sandbox, code: i32, parts: &[&str]) {
    let message = sandbox.fail(code, &["run", "-c", "plaudit.toml"]);
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing in:\n{message}");
    }
    assert!(message.starts_with("error: ") || message.contains("\nerror: "), "{message}");
    assert!(message.contains("hint: "), "no hint in:\n{message}");
    assert!(!sandbox.path("out/current").exists(), "nothing is published");
    let runs = sandbox.path("out/runs");
    assert!(!runs.exists() || fs::read_dir(runs).unwrap().next().is_none(), "no run is left behind");
}

#[test]
fn the_good_input_is_good() {
    let sandbox = sandbox(CONFIG, EVENTS);
    sandbox.succeed(&["run", "-c", "plaudit.toml"]);
    assert!(sandbox.path("out/current/_SUCCESS").exists());
}

#[test]
fn missing_file() {
    let sandbox = Sandbox::new();
    sandbox.write("plaudit.toml", CONFIG);
    refused(&sandbox, 1, &["events.csv"]);
}

#[test]
fn missing_configuration() {
    let sandbox = Sandbox::new();
    let message = sandbox.fail(1, &["run", "-c", "nowhere.toml"]);
    assert!(message.contains("nowhere.toml") && message.contains("hint: "), "{message}");
}

#[test]
fn unreadable_gzip() {
    let good = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(EVENTS.repeat(500).as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    refused(&sandbox(CONFIG, &good[..good.len() / 2]), 1, &["events.csv", "gzip"]);
    let mut damaged = good;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    damaged[middle + 1] ^= 0x55;
    refused(&sandbox(CONFIG, &damaged), 1, &["events.csv", "gzip"]);
}

#[test]
fn wrong_column_name() {
    refused(
        &sandbox(&CONFIG.replace("= \"target\"", "= \"traget\""), EVENTS),
        1,
        &["events.csv:1", "`traget`", "`target`"],
    );
}

#[test]
fn unknown_key() {
    refused(
        &sandbox(&CONFIG.replace("channel", "chanel"), EVENTS),
        1,
        &["plaudit.toml:7:", "chanel`", "`channel`"],
    );
}

#[test]
fn binary_file() {
    let bytes: Vec<u8> = (0..20_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    refused(&sandbox(CONFIG, bytes), 1, &["events.csv", "binary"]);
}

#[test]
fn empty_file() {
    refused(&sandbox(CONFIG, ""), 1, &["events.csv", "empty"]);
}

#[test]
fn a_directory() {
    let sandbox = Sandbox::new();
    sandbox.write("plaudit.toml", CONFIG);
    fs::create_dir(sandbox.path("events.csv")).unwrap();
    refused(&sandbox, 1, &["events.csv", "directory"]);
}

#[test]
fn more_bad_rows_than_allowed() {
    let bad = format!("{EVENTS}ada,bob,follow,2026-13-01T00:00:00Z\n");
    refused(&sandbox(CONFIG, &bad), 1, &["1 of 4", "events.csv:5:", "2026-13-01T00:00:00Z", "max_rejected"]);
    let sandbox = sandbox(&CONFIG.replace("[run]", "[run]\nmax_rejected = 0.25"), &bad);
    sandbox.succeed(&["run", "-c", "plaudit.toml"]);
    let rejects = sandbox.read("out/current/rejects.csv");
    assert!(rejects.contains("ada,bob,follow,2026-13-01T00:00:00Z"), "{rejects}");
}

#[test]
fn a_header_without_rows() {
    refused(&sandbox(CONFIG, "actor,target,kind,at\n"), 1, &["no event"]);
}

#[test]
fn an_output_folder_that_belongs_to_something_else() {
    let sandbox = sandbox(CONFIG, EVENTS);
    sandbox.write("out/holiday.jpg", "not ours");
    let message = sandbox.fail(1, &["run", "-c", "plaudit.toml"]);
    assert!(message.contains("out") && message.contains("hint: "), "{message}");
    assert_eq!(sandbox.read("out/holiday.jpg"), "not ours");
    assert_eq!(fs::read_dir(sandbox.path("out")).unwrap().count(), 1, "nothing is added to a foreign folder");
}

#[test]
fn an_output_folder_that_is_a_file() {
    let sandbox = sandbox(CONFIG, EVENTS);
    sandbox.write("out", "a file");
    let message = sandbox.fail(1, &["run", "-c", "plaudit.toml"]);
    assert!(message.contains("out"), "{message}");
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
    let message = sandbox.fail(1, &["run", "-c", "plaudit.toml"]);
    assert!(message.contains("out"), "{message}");
}

#[test]
fn a_full_disk() {
    let sandbox = sandbox(&CONFIG.replace("\"out\"", "\"small/out\""), EVENTS);
    fs::create_dir(sandbox.path("small")).unwrap();
    let small = sandbox.path("small");
    let mount = |size: &str| {
        let option = format!("size={size}");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &option, "tmpfs"]).arg(&small).output();
        mounted.is_ok_and(|output| output.status.success())
    };
    if !mount("16k") {
        println!("skipped: this user may not mount a small file system");
        return;
    }
    let outcome = sandbox.plaudit(&["run", "-c", "plaudit.toml"]);
    let published = sandbox.path("small/out/current").exists();
    assert!(Command::new("umount").arg(&small).status().unwrap().success());
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("No space left") && outcome.stderr.contains("hint: "),
        "{}",
        outcome.stderr
    );
    assert!(!published);
}

#[test]
fn a_full_disk_leaves_the_last_good_run() {
    let sandbox = sandbox(&CONFIG.replace("\"out\"", "\"small/out\""), EVENTS);
    fs::create_dir(sandbox.path("small")).unwrap();
    let small = sandbox.path("small");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&small).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("skipped: this user may not mount a small file system");
        return;
    }
    let first = sandbox.plaudit(&["run", "-c", "plaudit.toml"]);
    let before = fs::read_link(sandbox.path("small/out/current")).ok();
    // Fill the disk to the last block.
    let mut filler = fs::File::create(sandbox.path("small/filler")).unwrap();
    while filler.write_all(&[7; 4096]).is_ok() {}
    let second = sandbox.plaudit(&["run", "-c", "plaudit.toml"]);
    let after = fs::read_link(sandbox.path("small/out/current")).ok();
    let verified = sandbox.plaudit(&["runs", "verify", "--store", "small/out"]);
    drop(filler);
    assert!(Command::new("umount").arg(&small).status().unwrap().success());
    assert_eq!((first.code, second.code), (Some(0), Some(1)), "{}\n{}", first.stderr, second.stderr);
    assert!(before.is_some() && before == after, "the last good run stays current");
    assert_eq!(verified.code, Some(0), "{}", verified.stderr);
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
    refused(&sandbox, 3, &["no customer in", "crm.csv", "export of the CRM"]);
}

#[test]
fn a_crm_that_knows_nobody() {
    let sandbox = sandbox(&[CONFIG, &CRM.replace("twitter", "twiter")].concat(), EVENTS);
    sandbox.write("crm.csv", "id,handle\nC1,ada\n");
    refused(&sandbox, 3, &["no customer is linked", "namespaces"]);
    sandbox.write("plaudit.toml", [CONFIG, &CRM.replace("twitter", "Twitter")].concat());
    sandbox.succeed(&["run", "-c", "plaudit.toml"]);
    let tiers = sandbox.read("out/current/segments/generic/full/tiers.csv");
    assert!(tiers.contains("\nC1,"), "channels are one whatever their case: {tiers}");
}

#[test]
fn events_that_are_all_ignored() {
    let sandbox = sandbox(&CONFIG.replace("[run]", "[run]\nas_of = \"2001-01-01\""), EVENTS);
    refused(&sandbox, 3, &["no event counts", "3 outside_window", "as_of"]);
}

#[test]
fn a_current_that_is_no_link() {
    let sandbox = sandbox(CONFIG, EVENTS);
    sandbox.succeed(&["run", "-c", "plaudit.toml"]);
    fs::remove_file(sandbox.path("out/current")).unwrap();
    fs::create_dir(sandbox.path("out/current")).unwrap();
    let message = sandbox.fail(1, &["run", "-c", "plaudit.toml"]);
    assert!(message.contains("current") && message.contains("hint: "), "{message}");
    assert_eq!(fs::read_dir(sandbox.path("out/runs")).unwrap().count(), 1, "nothing is written beside it");
}

#[test]
fn a_summary_that_nobody_can_read_is_no_failure() {
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
