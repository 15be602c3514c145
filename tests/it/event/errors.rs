//! Files that cannot be read at all: each error says what, where and why, and how to fix it.

use std::path::{Path, PathBuf};

use plaudit::event::{self, ColumnRef, EventError, EventLayout, FixedOrColumn, Source};

use crate::support::events::{gzip, plain_layout, read_sources, read_text, write, zstd_frame};

fn failure(path: &Path, layout: EventLayout) -> EventError {
    read_sources(&[Source { path: path.to_owned(), layout }], 1 << 20, 2).unwrap_err()
}

fn named(actor: &str) -> EventLayout {
    EventLayout { header: true, actor: ColumnRef::Name(actor.to_owned()), ..plain_layout() }
}

#[test]
fn missing_files_suggest_a_similar_name() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "events-july.csv", "ada,grace,19700106,RT\n");
    let path = folder.path().join("event-july.csv");
    for error in [failure(&path, plain_layout()), event::expand(&path).unwrap_err()] {
        assert!(
            matches!(&error, EventError::Missing { nearest: Some(name), .. } if name == "events-july.csv")
        );
        assert_eq!(error.to_string(), format!("cannot read `{}`: there is no such file", path.display()));
        assert_eq!(error.hint().unwrap(), "did you mean `events-july.csv`?");
    }
}

#[test]
fn folders_empty_files_and_binary_files_have_errors_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, content: &[u8]| write(folder.path(), name, content);
    assert!(matches!(failure(folder.path(), plain_layout()), EventError::Directory { .. }));
    for empty in [at("empty", b""), at("empty.gz", &gzip(b"")), at("empty.zst", &zstd_frame(b""))] {
        let error = failure(&empty, plain_layout());
        assert!(matches!(error, EventError::Empty { .. }), "{error}");
        assert!(error.to_string().ends_with("is empty; expected rows"));
    }
    let error = failure(&at("binary", b"PAR1\x15\x04\0\0"), plain_layout());
    assert!(matches!(error, EventError::Binary { byte: 6, utf16: false, .. }), "{error}");
    let error = failure(&at("utf16", b"\xff\xfea\0,\0b\0"), plain_layout());
    assert!(matches!(error, EventError::Binary { utf16: true, .. }), "{error}");
    assert!(error.hint().unwrap().contains("UTF-16"));
    // A file with only a byte order mark is a text without rows.
    assert_eq!(read_text("\u{feff}", plain_layout()).unwrap().files[0].rows_read, 0);
}

#[test]
fn damaged_compression_is_an_error_at_every_cut() {
    let folder = tempfile::tempdir().unwrap();
    let text = "ada,grace,19700106,RT\n".repeat(500);
    for (form, whole) in [("gzip", gzip(text.as_bytes())), ("zstd", zstd_frame(text.as_bytes()))] {
        for cut in 5..whole.len() {
            let path = write(folder.path(), "cut", &whole[..cut]);
            let error = failure(&path, plain_layout());
            assert!(
                matches!(error, EventError::Damaged { form: f, .. } if f == form),
                "{form} {cut}: {error}"
            );
            assert!(error.hint().unwrap().contains(form));
        }
        let path = write(folder.path(), "tail", [whole.clone(), b"garbage".to_vec()].concat());
        assert!(matches!(failure(&path, plain_layout()), EventError::Damaged { .. }));
        let mut flipped = whole.clone();
        let middle = flipped.len() - 3;
        flipped[middle] ^= 0xff;
        let path = write(folder.path(), "flipped", &flipped);
        if form == "gzip" {
            assert!(matches!(failure(&path, plain_layout()), EventError::Damaged { .. }));
        }
    }
}

#[test]
fn a_missing_column_lists_the_columns_of_the_header() {
    let header = "actor,target,unix_time,kind\n";
    let error = read_text(header, named("actr")).unwrap_err();
    assert!(error.to_string().contains("there is no column `actr` for the actor at "), "{error}");
    assert!(
        error.to_string().ends_with("events.csv:1; the columns are `actor`, `target`, `unix_time`, `kind`"),
        "{error}"
    );
    assert_eq!(error.hint().unwrap(), "did you mean `actor`?");
    let layout = EventLayout { at: Some(ColumnRef::Name("time".into())), ..named("actor") };
    assert_eq!(read_text(header, layout).unwrap_err().hint().unwrap(), "did you mean `unix_time`?");
    let commented = EventLayout { comment: Some(b'#'), ..named("zzz") };
    let error = read_text(["# note\n\n", header].concat(), commented).unwrap_err();
    assert!(matches!(error, EventError::NoSuchColumn { line: 3, nearest: None, .. }), "{error}");

    let error = read_text("a,b,actor,kind,actor\n", named("actor")).unwrap_err();
    assert!(matches!(error, EventError::AmbiguousColumn { first: 2, second: 4, .. }), "{error}");
    // A repeated column name is no error if no column of that name is read.
    assert_eq!(read_text("actor,x,x,kind\nada,ada,19700106,RT\n", named("actor")).unwrap().events.len(), 1);

    // Without a header a short row is a bad row even if it comes first: the order of rows must not matter.
    let table = read_text("ada,grace,19700106\nada,grace,19700106,RT,more\n", plain_layout()).unwrap();
    assert_eq!((table.files[0].rows_read, table.files[0].rows_rejected), (2, 1));
    let error = read_text("ada,grace\n", EventLayout { header: true, ..plain_layout() }).unwrap_err();
    assert!(matches!(error, EventError::ColumnOutOfRange { .. }), "{error}");
    let error =
        read_text("ada,grace,19700106,RT\n", EventLayout { header: false, ..named("actor") }).unwrap_err();
    assert!(matches!(error, EventError::NameWithoutHeader { .. }), "{error}");
    let error = read_text("\n# only\n", EventLayout { comment: Some(b'#'), ..named("actor") }).unwrap_err();
    assert!(matches!(error, EventError::NoHeader { .. }), "{error}");
    let channel = EventLayout { channel: Some(FixedOrColumn::Fixed("a:b".into())), ..plain_layout() };
    assert!(matches!(
        read_text("ada,grace,19700106,RT\n", channel).unwrap_err(),
        EventError::BadChannel { .. }
    ));
}

#[test]
fn the_first_fault_in_the_input_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let good = write(folder.path(), "good.csv", "ada,grace,19700106,RT\n");
    let sources = [good, folder.path().to_owned(), folder.path().join("missing")]
        .map(|path| Source { path, layout: plain_layout() });
    for threads in 1..=4 {
        assert!(matches!(read_sources(&sources, 4, threads).unwrap_err(), EventError::Directory { .. }));
    }
}

#[test]
fn patterns_expand_in_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.csv", "a.csv", "c.txt", "x[1].csv"] {
        write(folder.path(), name, "x");
    }
    std::fs::create_dir(folder.path().join("d.csv")).unwrap();
    let names = |pattern: &str| -> Vec<String> {
        let files: Vec<PathBuf> = event::expand(&folder.path().join(pattern)).unwrap();
        files.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("*.csv"), ["a.csv", "b.csv", "x[1].csv"]);
    assert_eq!(names("?.csv"), ["a.csv", "b.csv"]);
    assert_eq!(names("x[1].csv"), ["x[1].csv"]);
    assert_eq!(names("c.txt"), ["c.txt"]);
    let error = event::expand(&folder.path().join("*.parquet")).unwrap_err();
    assert!(matches!(error, EventError::NoMatch { .. }), "{error}");
    let error = event::expand(&folder.path().join("[.csv")).unwrap_err();
    assert!(matches!(error, EventError::BadPattern { .. }), "{error}");
}
