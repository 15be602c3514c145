//! Run stores: opening and locking, ids and look-up of runs, and verification.

use std::{
    fs,
    io::Write,
    os::unix::fs::symlink,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use plaudit::{
    digest::{Hasher, digest_file},
    store::{
        self, IntegrityProblem, MANIFEST, ManifestFault, NewRun, Run, RunId, STORE_MARKER, SUCCESS, Store,
        StoreError, verify,
    },
};

use crate::support::{
    disk::{Fault, TestDisk},
    runs::{digest, new_run, publish_small, record},
};

fn publish(dir: &Path, text: &str) -> Run {
    publish_small(Store::create_or_open(dir).unwrap(), text).unwrap()
}

#[test]
fn a_folder_of_something_else_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.tex"), "years of work").unwrap();
    let fault = Store::create_or_open(dir.path()).unwrap_err();
    assert!(matches!(&fault, StoreError::Foreign { found, .. } if found == "`thesis.tex`"), "{fault}");
    assert!(matches!(Store::open(dir.path()).unwrap_err(), StoreError::NotAStore { .. }));
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["thesis.tex"], "nothing was added");
}

#[test]
fn a_file_an_empty_folder_and_a_missing_path_are_not_stores() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), dir.path().join("nothing"), file.join("below")] {
        let fault = Store::open(&path).unwrap_err();
        assert!(matches!(fault, StoreError::NotAStore { .. } | StoreError::Io { .. }), "{fault}");
    }
    assert!(matches!(Store::create_or_open(&file).unwrap_err(), StoreError::NotAStore { .. }));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(Store::open(empty.path()).unwrap_err(), StoreError::NotAStore { .. }));
    Store::create_or_open(empty.path()).unwrap();
    assert_eq!(Store::open(empty.path()).unwrap().runs().unwrap(), []);
    assert_eq!(Store::open(empty.path()).unwrap().current().unwrap(), None);
}

#[test]
fn a_newer_store_and_a_newer_manifest_are_refused_with_both_versions() {
    let dir = tempfile::tempdir().unwrap();
    let run = publish(dir.path(), "x");
    let manifest = run.dir().join(MANIFEST);
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replacen("\"format\": 1", "\"format\": 7", 1)).unwrap();
    assert!(matches!(run.manifest().unwrap_err(), StoreError::Version { expected: 1, got: 7, .. }));

    let marker = dir.path().join(STORE_MARKER);
    let text = fs::read_to_string(&marker).unwrap();
    fs::write(&marker, text.replace("\"format\": 1", "\"format\": 2")).unwrap();
    assert!(matches!(Store::open(dir.path()).unwrap_err(), StoreError::Version { expected: 1, got: 2, .. }));
    assert!(matches!(Store::create_or_open(dir.path()).unwrap_err(), StoreError::Version { .. }));
}

#[test]
fn one_process_writes_at_a_time_and_readers_need_no_lock() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), "x");
    let held = Store::create_or_open(dir.path()).unwrap();
    let fault = Store::create_or_open(dir.path()).unwrap_err();
    assert!(matches!(fault, StoreError::Locked { .. }), "{fault}");
    assert!(Store::open(dir.path()).unwrap().current().unwrap().is_some());
    let writer = held.begin(&new_run()).unwrap();
    assert!(matches!(Store::create_or_open(dir.path()).unwrap_err(), StoreError::Locked { .. }));
    drop(writer);
    assert!(Store::create_or_open(dir.path()).is_ok());
}

#[test]
fn runs_are_numbered_named_and_ordered() {
    let dir = tempfile::tempdir().unwrap();
    let first = publish(dir.path(), "a");
    assert_eq!(first.id().as_str(), "r0001-20120707T235950Z-3f9a2c1b");
    assert_eq!(publish(dir.path(), "b").id().sequence(), 2);
    fs::create_dir(dir.path().join("runs/r9999-undated-00000000")).unwrap();
    fs::create_dir(dir.path().join("runs/not-a-run")).unwrap();
    let undated = NewRun { as_of: None, digest: digest("abcdef01") };
    let writer = Store::create_or_open(dir.path()).unwrap().begin(&undated).unwrap();
    assert_eq!(writer.id().as_str(), "r10000-undated-abcdef01");
    writer.publish(record()).unwrap();
    let sequences: Vec<u64> =
        Store::open(dir.path()).unwrap().runs().unwrap().iter().map(RunId::sequence).collect();
    assert_eq!(sequences, [1, 2, 9999, 10_000]);
}

#[test]
fn texts_that_are_not_run_ids_are_refused() {
    for text in [
        "",
        "r",
        "r1-undated-00000000",
        "0001-undated-00000000",
        "r0001-undated",
        "r0001--00000000",
        "r0001-undated-0000000g",
        "r0001-undated-000000000",
        "r0001-../..-00000000",
        "current",
    ] {
        assert!(text.parse::<RunId>().is_err(), "{text}");
    }
}

#[test]
fn a_run_is_found_by_current_by_name_and_by_a_unique_beginning() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create_or_open(dir.path()).unwrap().store().clone();
    assert!(matches!(store.run("current").unwrap_err(), StoreError::NoRuns { .. }));
    assert!(matches!(store.run("r0001").unwrap_err(), StoreError::UnknownRun { newest: None, .. }));
    let (first, second) = (publish(dir.path(), "a"), publish(dir.path(), "b"));
    assert_eq!(store.run("current").unwrap(), second);
    assert_eq!(store.run("r0001").unwrap(), first);
    assert_eq!(store.run(second.id().as_str()).unwrap(), second);
    let fault = store.run("r000").unwrap_err();
    assert!(matches!(&fault, StoreError::AmbiguousRun { matches, .. } if matches.len() == 2), "{fault}");
    let fault = store.run("r0003").unwrap_err();
    assert!(
        matches!(&fault, StoreError::UnknownRun { newest: Some(id), .. } if id == second.id()),
        "{fault}"
    );
}

#[test]
fn the_manifest_reads_back_and_keeps_its_order() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (publish(dir.path(), "a"), publish(dir.path(), "b"));
    let manifest = second.manifest().unwrap();
    assert_eq!(manifest.record, record());
    assert_eq!(manifest.previous_run.as_ref(), Some(first.id()));
    assert_eq!(first.manifest().unwrap().previous_run, None);
    assert_eq!(manifest.as_of.as_deref(), Some("2012-07-07T23:59:50Z"));
    let paths: Vec<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["scores.parquet", "segments/generic/full/tiers.csv"]);
    let (sha256, bytes) = digest_file(&second.dir().join("scores.parquet")).unwrap();
    assert_eq!((manifest.files[0].sha256, manifest.files[0].bytes), (sha256, bytes));

    let text = fs::read_to_string(second.dir().join(MANIFEST)).unwrap();
    let keys: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("  \"")?.split('"').next()).collect();
    let expected = [
        "format",
        "plaudit",
        "run",
        "previous_run",
        "as_of",
        "config",
        "inputs",
        "counts",
        "certificates",
        "stages",
        "files",
    ];
    assert_eq!(keys, expected);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["counts"]["rows_read"], 10);
    assert_eq!(json["counts"]["ignored"]["self-interaction"], 2);
}

#[test]
fn counts_that_lose_rows_are_not_published() {
    let wrong: [fn(&mut plaudit::store::RunRecord); 5] = [
        |record| record.counts.rows_read += 1,
        |record| record.counts.ignored = [].into(),
        |record| *record.counts.rejected.get_mut("bad-time").unwrap() += 1,
        |record| record.inputs[0].events_used -= 1,
        |record| record.inputs.clear(),
    ];
    for (case, spoil) in wrong.into_iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let mut record = record();
        assert_eq!(record.reconcile(), Ok(()));
        spoil(&mut record);
        let writer = Store::create_or_open(dir.path()).unwrap().begin(&new_run()).unwrap();
        assert!(matches!(writer.publish(record).unwrap_err(), StoreError::Counts(_)), "case {case}");
        assert_eq!(Store::open(dir.path()).unwrap().runs().unwrap(), [], "case {case}");
        assert_eq!(fs::read_dir(dir.path().join("runs")).unwrap().count(), 0, "case {case}");
    }
}

#[test]
fn an_unfinished_or_repeated_file_stops_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Store::create_or_open(dir.path()).unwrap().begin(&new_run()).unwrap();
    writer.create("a.csv").unwrap().write_all(b"half").unwrap();
    assert!(matches!(writer.create("a.csv").unwrap_err(), StoreError::Io { .. }));
    let fault = writer.publish(record()).unwrap_err();
    assert!(matches!(&fault, StoreError::Unfinished { name } if name == "a.csv"), "{fault}");
    assert_eq!(Store::open(dir.path()).unwrap().runs().unwrap(), []);
}

/// Publishes a run, damages its folder and returns what verification finds.
fn problems_after(damage: impl Fn(&Path)) -> Vec<IntegrityProblem> {
    let dir = tempfile::tempdir().unwrap();
    let run = publish(dir.path(), "hello");
    assert!(verify(&run).is_intact());
    damage(&run.dir());
    verify(&run).problems
}

#[test]
fn verification_finds_every_kind_of_damage() {
    let tiers = "segments/generic/full/tiers.csv";
    let found = problems_after(|run| fs::remove_file(run.join(tiers)).unwrap());
    assert!(matches!(&found[..], [IntegrityProblem::Missing { path, .. }] if path == tiers), "{found:?}");

    let found = problems_after(|run| fs::write(run.join(tiers), "hell").unwrap());
    assert!(matches!(&found[..], [IntegrityProblem::Length { expected: 5, got: 4, .. }]), "{found:?}");

    let found = problems_after(|run| fs::write(run.join(tiers), "hallo").unwrap());
    assert!(matches!(&found[..], [IntegrityProblem::Content { path, .. }] if path == tiers), "{found:?}");

    let found = problems_after(|run| fs::write(run.join("segments/new.csv"), "").unwrap());
    assert_eq!(found, [IntegrityProblem::Extra { path: "segments/new.csv".to_owned() }]);

    let found =
        problems_after(|run| symlink("tiers.csv", run.join("segments/generic/full/link.csv")).unwrap());
    assert!(matches!(&found[..], [IntegrityProblem::Extra { .. }]), "{found:?}");

    let found = problems_after(|run| fs::remove_file(run.join(SUCCESS)).unwrap());
    assert!(matches!(&found[..], [IntegrityProblem::NoMarker { .. }]), "{found:?}");

    let found = problems_after(|run| fs::remove_file(run.join(MANIFEST)).unwrap());
    assert!(matches!(&found[..], [IntegrityProblem::NoManifest { .. }]), "{found:?}");

    let found = problems_after(|run| {
        let text = fs::read_to_string(run.join(MANIFEST)).unwrap();
        fs::write(run.join(MANIFEST), text.replace("\"seed\": 42", "\"seed\": 43")).unwrap();
    });
    assert!(matches!(&found[..], [IntegrityProblem::OtherManifest { .. }]), "{found:?}");

    let found = problems_after(|run| edit_manifest(run, "\"events_used\": 7", "\"events_used\": 8"));
    assert!(matches!(&found[..], [IntegrityProblem::Counts(_)]), "{found:?}");

    let found = problems_after(|run| edit_manifest(run, "\"run\": \"r0001", "\"run\": \"r0002"));
    assert!(matches!(&found[..], [IntegrityProblem::OtherRun { .. }]), "{found:?}");
}

/// Changes the manifest and updates `_SUCCESS`, as a bug in plaudit could.
fn edit_manifest(run: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(run.join(MANIFEST)).unwrap();
    assert!(text.contains(from), "{text}");
    let text = text.replace(from, to);
    let mut hasher = Hasher::default();
    hasher.update(text.as_bytes());
    fs::write(run.join(MANIFEST), text).unwrap();
    fs::write(run.join(SUCCESS), format!("{}  {MANIFEST}\n", hasher.finish())).unwrap();
}

#[test]
fn a_missing_link_and_an_empty_store_are_different_errors() {
    let dir = tempfile::tempdir().unwrap();
    let run = publish(dir.path(), "x");
    fs::remove_file(dir.path().join("current")).unwrap();
    let store = Store::open(dir.path()).unwrap();
    let fault = store.run("current").unwrap_err();
    let StoreError::Damaged { newest_intact, .. } = &fault else { panic!("{fault}") };
    assert_eq!(newest_intact.as_ref(), Some(run.id()));
    assert!(fault.to_string().contains("there is no such link"), "{fault}");

    // A dangling link to a names file is an error, unlike a missing file.
    assert_eq!(store.community_names().unwrap(), None);
    symlink("nowhere", dir.path().join("communities.names.csv")).unwrap();
    assert!(matches!(store.community_names(), Err(StoreError::Io { .. })));
}

#[test]
fn a_manifest_without_its_success_marker_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let run = publish(dir.path(), "x");
    let manifest = run.manifest().unwrap();
    let text = fs::read_to_string(run.dir().join(MANIFEST)).unwrap();
    fs::write(run.dir().join(MANIFEST), text.replace("\"seed\": 42", "\"seed\": 43")).unwrap();
    let Err(ManifestFault::Unmarked { problem: IntegrityProblem::OtherManifest { .. }, manifest: altered }) =
        run.read_manifest()
    else {
        panic!("an altered manifest is accepted")
    };
    assert_ne!(*altered, manifest);
    let fault = run.manifest().unwrap_err().to_string();
    assert!(
        fault.contains("manifest.json") && fault.contains("does not have the digest in `_SUCCESS`"),
        "{fault}"
    );

    fs::write(run.dir().join(MANIFEST), text).unwrap();
    fs::remove_file(run.dir().join(SUCCESS)).unwrap();
    let Err(ManifestFault::Unmarked { problem: IntegrityProblem::NoMarker { .. }, manifest: intact }) =
        run.read_manifest()
    else {
        panic!("a manifest without a marker is accepted")
    };
    assert_eq!(*intact, manifest);
    let fault = run.manifest().unwrap_err().to_string();
    assert!(fault.contains("_SUCCESS`"), "{fault}");
    assert!(matches!(run.checked_path("scores.parquet"), Err(StoreError::Damaged { .. })));

    // If both are missing, both are reported.
    fs::remove_file(run.dir().join(MANIFEST)).unwrap();
    let found = verify(&run).problems;
    assert!(
        matches!(&found[..], [IntegrityProblem::NoMarker { .. }, IntegrityProblem::NoManifest { .. }]),
        "{found:?}"
    );
}

#[test]
fn damage_is_reported_with_the_file_and_the_newest_intact_run() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (publish(dir.path(), "a"), publish(dir.path(), "b"));
    let store = Store::open(dir.path()).unwrap();
    fs::write(second.dir().join("scores.parquet"), "").unwrap();
    let fault = second.checked_path("scores.parquet").unwrap_err();
    let StoreError::Damaged { path, newest_intact, .. } = &fault else { panic!("{fault}") };
    assert_eq!(path, &second.dir().join("scores.parquet"));
    assert_eq!(newest_intact.as_ref(), Some(first.id()));
    assert!(
        fault
            .to_string()
            .ends_with("run `r0001-20120707T235950Z-3f9a2c1b` is intact and can be used instead")
    );

    fs::remove_dir_all(second.dir()).unwrap();
    let fault = store.current().unwrap_err();
    assert!(matches!(&fault, StoreError::Damaged { path, .. } if path.ends_with("current")), "{fault}");
    assert!(fault.to_string().contains("which is not a run of this store; run `r0001-"), "{fault}");
    // A damaged `current` does not prevent the run that repairs it.
    assert_eq!(publish(dir.path(), "c"), store.current().unwrap().unwrap());
}

#[test]
fn a_reader_sees_only_intact_runs_while_others_are_published() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), "first");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let run = Store::open(dir.path()).unwrap().current().unwrap().expect("there is always one");
                assert!(verify(&run).is_intact());
                assert!(run.id().sequence() >= last, "runs never go back");
                last = run.id().sequence();
            }
        });
        for text in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            publish(dir.path(), text);
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
}

#[test]
fn several_files_can_be_written_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Store::create_or_open(dir.path()).unwrap().begin(&new_run()).unwrap();
    std::thread::scope(|scope| {
        for name in ["x/a.csv", "x/b.csv", "x/c.csv"] {
            let writer = &writer;
            scope.spawn(move || {
                let mut file = writer.create(name).unwrap();
                for i in 0..10_000 {
                    writeln!(file, "{name} {i}").unwrap();
                }
                file.finish(10_000).unwrap();
            });
        }
    });
    let run = writer.publish(record()).unwrap();
    assert!(verify(&run).is_intact());
    let text = fs::read_to_string(run.dir().join("x/b.csv")).unwrap();
    assert!(text.lines().enumerate().all(|(i, line)| line == format!("x/b.csv {i}")));
}

/// Whichever operation fails, the file is unchanged and no temporary file remains.
#[test]
fn a_file_outside_the_store_is_replaced_atomically() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv");
    let steps = TestDisk::new(Fault::None);
    store::write_atomically(&steps, &path, b"old").unwrap();
    let log = steps.log();
    assert_eq!(log.len(), 5, "{log:?}");
    // The last operation flushes the new name, which exists by then.
    for at in 1..log.len() {
        let error = store::write_atomically(&TestDisk::new(Fault::At(at)), &path, b"new").unwrap_err();
        assert!(error.to_string().contains("list.csv"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old", "{}", log[at - 1]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
    assert!(store::write_atomically(&TestDisk::new(Fault::At(5)), &path, b"new").is_err());
    assert_eq!(fs::read(&path).unwrap(), b"new");
}
