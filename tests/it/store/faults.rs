//! A run interrupted at every disk operation.
//!
//! The k-th operation on the disk fails, for k = 1, 2, … until a run succeeds; once as a single error, and once
//! together with all later operations. Each time, the old run is readable, the new run is absent or intact, and the
//! next run works.

use std::{path::Path, sync::Arc};

use plaudit::store::{Store, StoreError, verify};

use crate::support::{
    disk::{Fault, TestDisk},
    runs::publish_small,
};

const FAULTS: [fn(usize) -> Fault; 2] = [Fault::At, Fault::From];

fn run_on(disk: &TestDisk, dir: &Path, text: &str) -> Result<(), StoreError> {
    Store::create_or_open_on(dir, Arc::new(disk.clone()))
        .and_then(|store| publish_small(store, text))
        .map(|_| ())
}

/// Asserts that every run that the store lists is intact, and that `current` is intact.
fn assert_intact(dir: &Path, moment: &str) {
    let store = Store::open(dir).unwrap();
    for id in store.runs().unwrap() {
        let found = verify(&store.run(id.as_str()).unwrap());
        assert!(found.is_intact(), "{moment}: {id}: {:?}", found.problems);
    }
    if let Some(current) = store.current().unwrap() {
        assert!(verify(&current).is_intact(), "{moment}");
    }
}

fn assert_clean(dir: &Path, moment: &str) {
    let hidden = |dir: &Path| -> Vec<String> {
        let names =
            std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with('.') && name != ".lock").collect()
    };
    assert_eq!(hidden(dir), [""; 0], "{moment}");
    assert_eq!(hidden(&dir.join("runs")), [""; 0], "{moment}");
}

#[test]
fn a_run_that_fails_at_any_operation_leaves_the_old_one() {
    for fault in FAULTS {
        let mut reached = 0;
        for k in 1.. {
            let moment = format!("{:?}", fault(k));
            let root = tempfile::tempdir().unwrap();
            let dir = root.path().join("out");
            run_on(&TestDisk::new(Fault::None), &dir, "old").unwrap();
            let old = Store::open(&dir).unwrap().current().unwrap().unwrap();

            let disk = TestDisk::new(fault(k));
            let result = run_on(&disk, &dir, "new");
            assert_eq!(result.is_ok(), !disk.tripped(), "{moment}: {result:?}");
            assert_intact(&dir, &moment);
            let store = Store::open(&dir).unwrap();
            assert!(verify(&old).is_intact(), "{moment}");
            let current = store.current().unwrap().unwrap();
            let expected = if result.is_ok() { "new" } else { "old" };
            let text =
                std::fs::read_to_string(current.dir().join("segments/generic/full/tiers.csv")).unwrap();
            // The very last operation flushes the new `current`, which exists by then.
            let last = disk.log().last().is_some_and(|operation| operation == "sync folder out");
            assert!(text == expected || (last && text == "new"), "{moment}: {text}");

            run_on(&TestDisk::new(Fault::None), &dir, "next").unwrap();
            let current = store.current().unwrap().unwrap();
            let text =
                std::fs::read_to_string(current.dir().join("segments/generic/full/tiers.csv")).unwrap();
            assert_eq!(text, "next", "{moment}");
            assert_intact(&dir, &moment);
            assert_clean(&dir, &moment);
            if result.is_ok() {
                break;
            }
            reached = k;
        }
        assert!(reached > 25, "a run takes more than {reached} operations");
    }
}

#[test]
fn a_first_run_that_fails_at_any_operation_can_be_repeated() {
    for fault in FAULTS {
        for k in 1.. {
            let moment = format!("{:?}", fault(k));
            let root = tempfile::tempdir().unwrap();
            let dir = root.path().join("deeper/out");
            let result = run_on(&TestDisk::new(fault(k)), &dir, "new");
            match Store::open(&dir) {
                Ok(_) => assert_intact(&dir, &moment),
                Err(fault) => assert!(matches!(fault, StoreError::NotAStore { .. }), "{moment}: {fault}"),
            }
            run_on(&TestDisk::new(Fault::None), &dir, "next").unwrap();
            assert_intact(&dir, &moment);
            assert_clean(&dir, &moment);
            if result.is_ok() {
                break;
            }
        }
    }
}

#[test]
fn a_full_disk_is_reported_with_path_bytes_and_cause() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("out");
    let quiet = TestDisk::new(Fault::None);
    run_on(&quiet, &dir, "old").unwrap();
    let moment = |log: &[String], operation: &str| log.iter().position(|step| step == operation).unwrap() + 1;

    // The second run needs fewer operations than the first, because the store exists.
    let again = TestDisk::new(Fault::None);
    run_on(&again, &dir, "12345").unwrap();
    let disk = TestDisk::new(Fault::At(moment(&again.log(), "write tiers.csv")));
    let fault = run_on(&disk, &dir, "12345").unwrap_err().to_string();
    assert!(fault.starts_with("cannot write 5 bytes at byte 0 of `"), "{fault}");
    assert!(fault.contains("segments/generic/full/tiers.csv`: "), "{fault}");
    let disk = TestDisk::new(Fault::At(moment(&again.log(), "sync tiers.csv")));
    let fault = run_on(&disk, &dir, "12345").unwrap_err().to_string();
    assert!(fault.starts_with("cannot flush the 5 bytes of `"), "{fault}");
}

#[test]
fn files_are_durable_before_the_run_and_the_run_before_current() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("out");
    run_on(&TestDisk::new(Fault::None), &dir, "old").unwrap();
    let disk = TestDisk::new(Fault::None);
    run_on(&disk, &dir, "new").unwrap();
    let unfinished = ".tmp-r0002-20120707T235950Z-3f9a2c1b";
    let make = format!("mkdir {unfinished}");
    let sync = format!("sync folder {unfinished}");
    let expected = [
        "lock .lock",
        &make,
        "mkdir segments",
        "mkdir generic",
        "mkdir full",
        "create tiers.csv",
        "write tiers.csv",
        "sync tiers.csv",
        "create scores.parquet",
        "write scores.parquet",
        "write scores.parquet",
        "sync scores.parquet",
        "create manifest.json",
        "write manifest.json",
        "sync manifest.json",
        "create _SUCCESS",
        "write _SUCCESS",
        "sync _SUCCESS",
        "sync folder full",
        "sync folder generic",
        "sync folder segments",
        &sync,
        "rename to r0002-20120707T235950Z-3f9a2c1b",
        "sync folder runs",
        "symlink .current.tmp",
        "rename to current",
        "sync folder out",
    ];
    assert_eq!(disk.log(), expected);
}
