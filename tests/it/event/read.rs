//! The reader compared with the `csv` crate and with sets, in chunks of 1 to 64 bytes on 1 to 4 threads.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use plaudit::event::{
    self, AccountTable, CaseRule, ChannelRules, ColumnRef, Delimiter, Event, EventLayout, EventTable,
    FixedOrColumn, KindId, Quoting, ReadOptions, Source, TextShape, Time, TimeLayout, key_hash,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::support::events::{
    EventText, KINDS, event_texts, faults, gzip, plain_layout, quoted_layout, read_sources, read_text,
    read_text_in_chunks, words, write, zstd_frame,
};

/// Names with characters that need quotes; in lower case, so that folding does not change them.
const NAMES: [&str; 8] = ["ada", "grace", "a,b", "say \"hi\"", "two\nlines", "zoë", "x", "linus\r\nt"];

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own")]
struct File {
    rows: Vec<(usize, usize, u32, usize)>,
    quote_all: bool,
    crlf: bool,
    bom: bool,
    last_line_end: bool,
    header: bool,
}

fn arbitrary_file() -> impl Strategy<Value = File> {
    let row = (0..NAMES.len(), 0..NAMES.len(), 100_000_000..1_900_000_000_u32, 0..3_usize);
    (prop::collection::vec(row, 1..30), any::<[bool; 5]>()).prop_map(|(rows, flags)| {
        let [quote_all, crlf, bom, last_line_end, header] = flags;
        File { rows, quote_all, crlf, bom, last_line_end, header }
    })
}

impl File {
    fn text(&self) -> Vec<u8> {
        let style = if self.quote_all { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let end = if self.crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().quote_style(style).terminator(end).from_writer(Vec::new());
        if self.header {
            writer.write_record(["from", "to", "when", "what"]).unwrap();
        }
        for &(actor, target, at, kind) in &self.rows {
            let words = ["RT", "MT", "RE"];
            writer.write_record([NAMES[actor], NAMES[target], &at.to_string(), words[kind]]).unwrap();
        }
        let mut text = writer.into_inner().unwrap();
        if !self.last_line_end {
            text.truncate(text.len() - if self.crlf { 2 } else { 1 });
        }
        if self.bom { [b"\xef\xbb\xbf".as_slice(), &text].concat() } else { text }
    }

    fn layout(&self) -> EventLayout {
        let layout = EventLayout { header: self.header, ..quoted_layout() };
        if !self.header {
            return layout;
        }
        let named = |name: &str| ColumnRef::Name(name.to_owned());
        EventLayout {
            actor: named("from"),
            target: named("to"),
            at: Some(named("when")),
            kind: FixedOrColumn::Column(named("what")),
            ..layout
        }
    }
}

/// The events that the `csv` crate reads from the same bytes.
fn oracle(text: &[u8], header: bool) -> Vec<EventText> {
    let mut reader = csv::ReaderBuilder::new().has_headers(header).from_reader(text);
    let kind = |word: &str| ["RT", "MT", "RE"].iter().position(|known| *known == word).unwrap() as u8;
    let row = |record: csv::StringRecord| {
        (record[0].to_owned(), record[1].to_owned(), Time(record[2].parse().unwrap()), kind(&record[3]))
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

proptest! {
    #[test]
    fn agrees_with_the_csv_crate_in_chunks_of_any_size(
        file in arbitrary_file(),
        chunk_bytes in 1..=64_usize,
        threads in 1..=4_usize,
    ) {
        let text = file.text();
        let expected = oracle(&text, file.header);
        prop_assert_eq!(expected.len(), file.rows.len());
        let table = read_text_in_chunks(&text, file.layout(), chunk_bytes, threads).unwrap();
        prop_assert_eq!(event_texts(&table), expected);
        prop_assert_eq!(table.rejects.total(), 0);
        prop_assert_eq!(table.files[0].rows_read, file.rows.len() as u64);
        let whole = read_text(&text, file.layout()).unwrap();
        prop_assert_eq!(table, whole);
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_rows_add_up(
        bytes in prop::collection::vec(prop::sample::select(b"ab\",,\n\n\r 12\xc3\xa9#\0".to_vec()), 1..300),
        quoted in any::<bool>(),
        blanks in any::<bool>(),
        chunk_bytes in 1..=64_usize,
        max_record_bytes in 1..40_usize,
    ) {
        let delimiter = if blanks { Delimiter::Blanks } else { Delimiter::Byte(b',') };
        let quoting = if quoted { Quoting::Rfc4180 } else { Quoting::None };
        let layout = EventLayout { delimiter, quoting, comment: Some(b'#'), at: None, actor: ColumnRef::Index(0),
            target: ColumnRef::Index(0), kind: FixedOrColumn::Fixed(KindId(0)), ..plain_layout() };
        // NUL may occur anywhere except in the first bytes, which are probed for binary files.
        let bytes = [b"x\n".repeat(4000), bytes].concat();
        let folder = tempfile::tempdir().unwrap();
        let sources = [Source { path: write(folder.path(), "events", &bytes), layout }];
        let small = crate::support::events::read_with(&sources, &ReadOptions { chunk_bytes, max_record_bytes, ..ReadOptions::default() }, 2).unwrap();
        let large = crate::support::events::read_with(&sources, &ReadOptions { chunk_bytes: 1 << 20, max_record_bytes, ..ReadOptions::default() }, 1).unwrap();
        prop_assert_eq!(&small, &large);
        let file = &small.files[0];
        prop_assert_eq!(file.rows_read, small.events.len() as u64 + file.rows_rejected);
        prop_assert_eq!(file.rows_rejected, small.rejects.kept.len() as u64);
        prop_assert!(small.rejects.kept.is_sorted_by_key(|reject| reject.line));
        if !quoted && !blanks {
            // Without quotes a row is a line that is neither blank nor a comment.
            let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
            let rows = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#")).count();
            prop_assert_eq!(file.rows_read, rows as u64);
        }
    }

    #[test]
    fn wholly_arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), quoted in any::<bool>()) {
        let layout = if quoted { quoted_layout() } else { plain_layout() };
        if let Ok(table) = read_text_in_chunks(&bytes, layout, 7, 2) {
            prop_assert_eq!(table.files[0].rows_read, table.events.len() as u64 + table.rejects.total());
        }
    }

    #[test]
    fn accounts_are_the_set_of_names_and_do_not_depend_on_the_order_of_rows(
        rows in prop::collection::vec((0..400_u32, 0..400_u32), 1..300),
        chunk_bytes in 1..5000_usize,
        seed in any::<u64>(),
    ) {
        let line = |&(actor, target): &(u32, u32)| format!("u{actor},u{target},1341100972,RT\n");
        let text: String = rows.iter().map(line).collect();
        let mut shuffled = rows.clone();
        shuffled.sort_by_key(|row| plaudit::num::random(seed, 0, u64::from(row.0) << 32 | u64::from(row.1), 0));
        let shuffled: String = shuffled.iter().map(line).collect();
        let one = read_text_in_chunks(text, plain_layout(), chunk_bytes, 3).unwrap();
        let two = read_text_in_chunks(shuffled, plain_layout(), 1 << 20, 1).unwrap();

        let names: BTreeSet<String> = rows.iter().flat_map(|row| [row.0, row.1]).map(|id| format!("u{id}")).collect();
        prop_assert_eq!(one.accounts.len(), names.len());
        let mut by_hash: Vec<&str> = names.iter().map(String::as_str).collect();
        by_hash.sort_by_key(|name| (key_hash(name.as_bytes()), name.as_bytes()));
        prop_assert_eq!(one.accounts.iter().map(|(_, key)| key).collect::<Vec<_>>(), by_hash);
        let keys = |table: &EventTable| table.accounts.iter().map(|(_, key)| key.to_owned()).collect::<Vec<_>>();
        prop_assert_eq!(keys(&one), keys(&two));
        let sorted = |table: EventTable| {
            let mut events: Vec<_> = table.events.iter().map(|e| (e.actor, e.target)).collect();
            events.sort_unstable();
            events
        };
        check_keys(&one.accounts, &names)?;
        prop_assert_eq!(sorted(one), sorted(two));
    }
}

/// Each account is found by its key, and its hash is the hash of the key.
fn check_keys(accounts: &AccountTable, names: &BTreeSet<String>) -> Result<(), TestCaseError> {
    for name in names {
        let id = accounts.find(name).unwrap();
        prop_assert_eq!(accounts.key(id), name);
        prop_assert_eq!(accounts.hash(id), key_hash(name.as_bytes()));
    }
    prop_assert_eq!(accounts.find("nobody"), None);
    Ok(())
}

fn event_text(rows: u32) -> String {
    (0..rows)
        .map(|i| {
            format!("u{},u{},{},{}\n", i % 997, i % 89, 1_000_000_001 + i, ["RT", "MT", "RE"][i as usize % 3])
        })
        .collect::<Vec<_>>()
        .concat()
}

#[test]
fn many_chunks_give_one_table_at_any_thread_count() {
    let text = event_text(20_000);
    let whole = read_text_in_chunks(&text, plain_layout(), 1 << 20, 1).unwrap();
    assert_eq!(whole.events.len(), 20_000);
    assert_eq!(whole.accounts.len(), 997);
    let last = |table: &EventTable| -> Event { *table.events.last().unwrap() };
    assert_eq!((last(&whole).at, last(&whole).kind), (Time(1_000_020_000), KindId(1)));
    for (chunk_bytes, threads) in [(100, 2), (4096, 4), (30_000, 3), (1 << 16, 1)] {
        assert_eq!(read_text_in_chunks(&text, plain_layout(), chunk_bytes, threads).unwrap(), whole);
    }
}

#[test]
fn blanks_and_tabs_and_other_delimiters_read_alike() {
    let expected =
        event_texts(&read_text("ada,grace,500000000,RT\nzoe,ada,600000000,RE\n", plain_layout()).unwrap());
    assert_eq!(expected[1], ("zoe".to_owned(), "ada".to_owned(), Time(600_000_000), 2));
    for (text, delimiter) in [
        ("ada\tgrace\t500000000\tRT\nzoe\tada\t600000000\tRE\n", Delimiter::Byte(b'\t')),
        ("ada|grace|500000000|RT\r\nzoe|ada|600000000|RE", Delimiter::Byte(b'|')),
        ("ada grace 500000000 RT\nzoe ada 600000000 RE\n", Delimiter::Byte(b' ')),
        ("  ada  grace\t500000000 RT \r\n \t \r\n\nzoe\t\tada 600000000\tRE\t", Delimiter::Blanks),
    ] {
        for quoting in [Quoting::None, Quoting::Rfc4180] {
            for chunk_bytes in 1..=32 {
                let layout = EventLayout { delimiter, quoting, ..plain_layout() };
                let table = read_text_in_chunks(text, layout, chunk_bytes, 2).unwrap();
                assert_eq!(event_texts(&table), expected, "{text:?} in chunks of {chunk_bytes}");
                assert_eq!(table.rejects.total(), 0);
            }
        }
    }
    let layout = EventLayout { delimiter: Delimiter::Blanks, ..quoted_layout() };
    let table = read_text("\"ada\"  \"two words\"\t500000000 RT\n", layout).unwrap();
    assert_eq!(event_texts(&table)[0].1, "two words");
}

#[test]
fn compressed_files_equal_plain_ones_member_by_member() {
    let folder = tempfile::tempdir().unwrap();
    let text = event_text(3000);
    let (head, tail) = text.as_bytes().split_at(text.len() / 3);
    // The compression is detected from the first bytes: every file name here is misleading.
    let skippable = [[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0].as_slice(), b"abc"].concat();
    let files = [
        write(folder.path(), "a.gz", &text),
        write(folder.path(), "b.zst", [gzip(head), gzip(b""), gzip(tail)].concat()),
        write(folder.path(), "c.csv", [zstd_frame(head), zstd_frame(tail)].concat()),
        write(folder.path(), "d.csv", [skippable, zstd_frame(text.as_bytes())].concat()),
    ];
    let tables: Vec<EventTable> = files
        .iter()
        .map(|path| read_sources(&[Source { path: path.clone(), layout: plain_layout() }], 1000, 2).unwrap())
        .collect();
    for (table, path) in tables.iter().zip(&files) {
        assert_eq!((&table.accounts, &table.events), (&tables[0].accounts, &tables[0].events));
        assert_eq!(table.files[0].rows_read, 3000);
        let raw = std::fs::read(path).unwrap();
        let digest =
            Sha256::digest(&raw).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        assert_eq!(
            (table.files[0].digest.bytes, table.files[0].digest.sha256.to_string()),
            (raw.len() as u64, digest)
        );
    }
}

#[test]
fn several_files_are_counted_one_by_one_and_progress_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let one =
        write(folder.path(), "1.csv", gzip(b"ada,grace,500000000,RT\nada,,500000000,RT\n\nada,zoe,0,RT\n"));
    let two = write(folder.path(), "2.csv", "from,to\n");
    let three = write(folder.path(), "3.csv", "# none\nlinus,ada\n");
    let named = EventLayout {
        header: true,
        actor: ColumnRef::Name("from".into()),
        target: ColumnRef::Name("to".into()),
        at: None,
        kind: FixedOrColumn::Fixed(KindId(2)),
        ..plain_layout()
    };
    let bare = EventLayout {
        header: false,
        comment: Some(b'#'),
        actor: ColumnRef::Index(0),
        target: ColumnRef::Index(1),
        ..named.clone()
    };
    let sources =
        [(one, plain_layout()), (two, named), (three, bare)].map(|(path, layout)| Source { path, layout });
    let seen = AtomicU64::new(0);
    let progress = |bytes| {
        seen.fetch_add(bytes, Ordering::Relaxed);
    };
    let kinds = KINDS.map(str::to_owned);
    let table =
        event::read(&sources, &kinds, &ChannelRules::default(), &progress, &ReadOptions::default()).unwrap();
    let counts: Vec<(u64, u64)> =
        table.files.iter().map(|file| (file.rows_read, file.rows_rejected)).collect();
    assert_eq!(counts, [(3, 2), (0, 0), (1, 0)]);
    assert_eq!(seen.into_inner(), table.files.iter().map(|file| file.digest.bytes).sum::<u64>());
    assert_eq!(table.files[2].digest.bytes, 17);
    assert_eq!(table.events.iter().map(|event| event.file).collect::<Vec<_>>(), [0, 2]);
    assert_eq!((table.events[1].at, table.events[1].kind), (Time::UNDATED, KindId(2)));
    assert_eq!(table.rejects.counts[0], BTreeMap::from([("empty_target", 1), ("zero_time", 1)]));
    assert_eq!(faults(&table), [(2, 5, "empty_target"), (4, 9, "zero_time")]);
}

#[test]
fn keys_carry_the_channel_and_the_normal_form() {
    let layout = EventLayout {
        header: true,
        actor: ColumnRef::Name("from".into()),
        target: ColumnRef::Index(1),
        at: None,
        channel: Some(FixedOrColumn::Column(ColumnRef::Name("via".into()))),
        kind: FixedOrColumn::Column(ColumnRef::Name("kind".into())),
        kinds: BTreeMap::new(),
        shape: TextShape::default(),
        times: TimeLayout::default(),
        ..quoted_layout()
    };
    let text = "kind,to,via,from\nshare,@Ada , twitter ,GRACE\nreply,\"Zo\u{cb}\",Exact,\"@@Sly\"\nmention,ǅ,twitter,aǅ\n";
    let rules = ChannelRules { case: BTreeMap::from([("exact".to_owned(), CaseRule::Exact)]) };
    let folder = tempfile::tempdir().unwrap();
    let source = Source { path: write(folder.path(), "x.csv", text), layout };
    let kinds = KINDS.map(str::to_owned);
    let table = event::read(&[source], &kinds, &rules, &|_| (), &ReadOptions::default()).unwrap();
    let expected = [
        ("twitter:grace", "twitter:ada", 0),
        ("exact:Sly", "exact:Zo\u{cb}", 2),
        ("twitter:aǆ", "twitter:ǆ", 1),
    ];
    let texts = event_texts(&table);
    let texts: Vec<_> =
        texts.iter().map(|(actor, target, _, kind)| (actor.as_str(), target.as_str(), *kind)).collect();
    assert_eq!(texts, expected);

    let fixed = EventLayout { channel: Some(FixedOrColumn::Fixed("x".into())), ..plain_layout() };
    let table = read_text("Ada,grace,500000000,RT\n", fixed).unwrap();
    assert_eq!(
        table.accounts.iter().map(|(_, key)| key).collect::<BTreeSet<_>>(),
        BTreeSet::from(["x:ada", "x:grace"])
    );
}

#[test]
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn the_higgs_twitter_events_are_read_without_rejects() {
    let data =
        std::env::var_os("PLAUDIT_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let path = data.join("higgs/higgs-activity_time.txt.gz");
    if !path.exists() {
        println!("skipped: no {}", path.display());
        return;
    }
    let layout = EventLayout {
        delimiter: Delimiter::Blanks,
        kinds: words(&[("RT", 0), ("MT", 1), ("RE", 2)]),
        shape: TextShape::default(),
        times: TimeLayout::default(),
        ..plain_layout()
    };
    let table = read_sources(&[Source { path, layout }], 1 << 20, 2).unwrap();
    let of_kind = |kind| table.events.iter().filter(|event| event.kind == KindId(kind)).count();
    assert_eq!([of_kind(0), of_kind(1), of_kind(2)], [354_930, 171_237, 36_902]);
    assert_eq!(
        (table.files[0].rows_read, table.rejects.total(), table.accounts.len()),
        (563_069, 0, 304_691)
    );
}
