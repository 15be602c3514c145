//! Snapshots: compared with the graph that was written, read by a reader made from `docs/formats.md`, and damaged.

use std::{
    fs,
    io::{self, Write},
    ops::Range,
    path::{Path, PathBuf},
};

use plaudit::{
    graph::{
        Csr, Graph,
        snapshot::{self, BLOCK_BYTES, FORMAT_VERSION, SnapshotError, SnapshotFault},
    },
    store::Store,
};
use proptest::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::support::{graphs, runs, sandbox::Sandbox};

/// The bytes of a snapshot of `graph`.
fn bytes_of(graph: &Graph) -> Vec<u8> {
    let mut bytes = Vec::new();
    let length = snapshot::write(graph, &mut bytes).unwrap();
    assert_eq!(length, bytes.len() as u64);
    bytes
}

/// A file that is removed with its folder.
struct TempFile {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn file_with(bytes: &[u8]) -> TempFile {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph.plaudit");
    fs::write(&path, bytes).unwrap();
    TempFile { _folder: folder, path }
}

fn same_rows(a: &Csr, b: &Csr) -> bool {
    let (a, b) = (a.plain().unwrap(), b.plain().unwrap());
    a.offsets() == b.offsets() && a.targets() == b.targets() && a.weights() == b.weights()
}

fn same(a: &Graph, b: &Graph) -> bool {
    same_rows(a.out_edges(), b.out_edges())
        && same_rows(a.in_edges(), b.in_edges())
        && a.weight_unit() == b.weight_unit()
}

fn assert_round_trip(graph: &Graph) {
    let bytes = bytes_of(graph);
    let file = file_with(&bytes);
    assert!(same(&snapshot::open(&file.path).unwrap(), graph), "mapped");
    assert!(same(&snapshot::read(&file.path).unwrap(), graph), "owned");
    assert_eq!(snapshot::verify(&file.path).unwrap(), bytes.len() as u64);
}

/// The fault that `result` reports about the content of a file.
fn fault<T>(result: Result<T, SnapshotError>) -> SnapshotFault {
    match result.map(|_| ()).unwrap_err() {
        SnapshotError::Unusable { source, .. } => source,
        other => panic!("not a fault of the content: {other}"),
    }
}

/// A weighted graph whose row starts and weights fill more than one block each.
fn large() -> Graph {
    graphs::weighted(140_000, &graphs::skewed_edges(140_000, 300_000, 5))
}

fn small() -> Graph {
    graphs::weighted(6, &[(0, 1, 3), (1, 0, 2), (1, 1, 1), (4, 2, 9), (3, 1, 1)])
}

/// A reader written from `docs/formats.md` alone: no bincode, no type of the library.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, count: usize) -> &[u8] {
        self.at += count;
        &self.bytes[self.at - count..self.at]
    }
    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }
    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().unwrap())
    }
    fn string(&mut self) -> String {
        let length = self.u64() as usize;
        String::from_utf8(self.take(length).to_vec()).unwrap()
    }
}

#[derive(Debug)]
struct Section {
    name: String,
    /// The values, widened to 64 bits.
    values: Vec<u64>,
    /// The range of the section's bytes in the file, padding included.
    bytes: Range<usize>,
    checksums: Vec<u64>,
    /// The position of the section's checksums in the file.
    checksums_at: usize,
}

#[derive(Debug)]
struct Parsed {
    head_bytes: usize,
    node_count: u64,
    edge_count: u64,
    weighted: u8,
    weight_unit_log2: i32,
    sections: Vec<Section>,
}

fn parse(bytes: &[u8]) -> Parsed {
    let mut reader = Reader { bytes, at: 0 };
    assert_eq!(reader.take(8), b"PLAUDITG");
    assert_eq!(reader.u32(), FORMAT_VERSION);
    assert_eq!(reader.u32(), 0x0102_0304);
    let head_bytes = reader.u64() as usize;
    let (node_count, edge_count, weighted) = (reader.u64(), reader.u64(), reader.take(1)[0]);
    let weight_unit_log2 = reader.u32().cast_signed();
    assert!(reader.string().starts_with("plaudit "));
    let mut end = head_bytes;
    let sections = (0..reader.u64())
        .map(|_| {
            let (name, dtype) = (reader.string(), reader.u32());
            let (count, start) = (reader.u64() as usize, reader.u64() as usize);
            let width = if dtype == 0 { 4 } else { 8 };
            assert_eq!(start, end, "{name} begins where the previous section ends");
            end = (start + count * width).next_multiple_of(4096);
            let values = bytes[start..start + count * width].chunks(width);
            let widen = |value: &[u8]| value.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
            let checksum_count = reader.u64();
            let checksums_at = reader.at;
            let checksums = (0..checksum_count).map(|_| reader.u64()).collect();
            Section { name, values: values.map(widen).collect(), bytes: start..end, checksums, checksums_at }
        })
        .collect();
    assert_eq!(end, bytes.len(), "the file ends with its last section");
    Parsed { head_bytes, node_count, edge_count, weighted, weight_unit_log2, sections }
}

/// Recomputes all checksums after a change, as a forger would.
fn forge(bytes: &mut [u8], parsed: &Parsed) {
    for section in &parsed.sections {
        for (i, block) in section.bytes.clone().step_by(BLOCK_BYTES).enumerate() {
            let end = (block + BLOCK_BYTES).min(section.bytes.end);
            let checksum = xxh3_64(&bytes[block..end]).to_le_bytes();
            let at = section.checksums_at + 8 * i;
            bytes[at..at + 8].copy_from_slice(&checksum);
        }
    }
    forge_head(bytes, parsed.head_bytes);
}

fn forge_head(bytes: &mut [u8], head_bytes: usize) {
    let checksum = xxh3_64(&bytes[..head_bytes - 8]).to_le_bytes();
    bytes[head_bytes - 8..head_bytes].copy_from_slice(&checksum);
}

#[test]
fn the_bytes_are_those_of_the_format_document() {
    let graph = large();
    let bytes = bytes_of(&graph);
    let parsed = parse(&bytes);
    assert_eq!((parsed.node_count, parsed.edge_count), (140_000, graph.edge_count()));
    assert_eq!((parsed.weighted, parsed.weight_unit_log2), (1, 0));
    let names: Vec<&str> = parsed.sections.iter().map(|section| section.name.as_str()).collect();
    let expected = ["out_offsets", "out_targets", "out_weights", "in_offsets", "in_targets", "in_weights"];
    assert_eq!(names, expected);
    for (rows, sections) in [graph.out_edges(), graph.in_edges()].into_iter().zip(parsed.sections.chunks(3)) {
        let rows = rows.plain().unwrap();
        assert_eq!(sections[0].values, rows.offsets());
        assert!(
            sections[1].values.iter().eq(rows
                .targets()
                .iter()
                .map(|v| u64::from(v.0))
                .collect::<Vec<_>>()
                .iter())
        );
        assert!(
            sections[2].values.iter().eq(rows
                .weights()
                .unwrap()
                .iter()
                .map(|&w| u64::from(w))
                .collect::<Vec<_>>()
                .iter())
        );
    }
    let mut blocks = 0;
    for section in &parsed.sections {
        let sums: Vec<u64> = bytes[section.bytes.clone()].chunks(BLOCK_BYTES).map(xxh3_64).collect();
        assert_eq!(section.checksums, sums, "{}", section.name);
        blocks += sums.len();
    }
    assert_eq!(blocks, 12, "each section of this graph has two blocks");
    let mut forged = bytes.clone();
    forge(&mut forged, &parsed);
    assert!(forged == bytes, "recomputing the checksums of an unchanged file changes nothing");
}

#[test]
fn edge_cases_survive_a_round_trip() {
    for node_count in [0, 1, 2, 4096, 4097] {
        assert_round_trip(&graphs::weighted(node_count, &[]));
        assert_round_trip(&graphs::plain(node_count, &[]));
    }
    assert_round_trip(&graphs::plain(1, &[(0, 0)]));
    assert_round_trip(&graphs::plain(5, &graphs::clique(0, 5)));
    assert_round_trip(&graphs::weighted(2, &[(0, 1, u64::from(u32::MAX))]));
    assert_round_trip(&graphs::weighted(2, &[(0, 1, 1 << 50), (1, 0, 1)]));
    assert_round_trip(&large());
}

#[test]
fn sections_fill_as_few_pages_as_possible() {
    // 511 nodes have 512 row starts, which fill one page; the row starts of 512 nodes need two pages.
    for (node_count, pages) in [(511, 1), (512, 2)] {
        let parsed = parse(&bytes_of(&graphs::plain(node_count, &[])));
        assert_eq!(parsed.sections[0].bytes.len(), pages * 4096);
    }
}

proptest! {
    #[test]
    fn any_graph_survives_a_round_trip((n, edges) in graphs::any_edges(), is_weighted in any::<bool>()) {
        let plain: Vec<_> = edges.iter().map(|&(u, v, _)| (u, v)).collect();
        assert_round_trip(&if is_weighted { graphs::weighted(n, &edges) } else { graphs::plain(n, &plain) });
    }

    #[test]
    fn any_flipped_bit_is_found(place in 0.0..1.0_f64, bit in 0..8_u8) {
        let mut bytes = bytes_of(&small());
        let at = (place * bytes.len() as f64) as usize;
        bytes[at] ^= 1 << bit;
        let file = file_with(&bytes);
        prop_assert!(snapshot::verify(&file.path).is_err(), "byte {}", at);
    }

    /// A forged head with a matching checksum leads to an error or a graph, never to a panic.
    #[test]
    fn a_forged_head_does_no_harm(at in 8_usize..700, value in any::<u8>()) {
        let mut bytes = bytes_of(&small());
        bytes[at] = value;
        forge_head(&mut bytes, 4096);
        let file = file_with(&bytes);
        if let Ok(graph) = snapshot::open(&file.path) {
            let read = |csr: &Csr| csr.strengths().len();
            prop_assert_eq!(read(graph.out_edges()), 6);
            prop_assert_eq!(read(graph.in_edges()), 6);
        }
        let _ = snapshot::read(&file.path);
        let _ = snapshot::verify(&file.path);
    }
}

#[test]
fn a_flipped_bit_is_reported_with_its_block() {
    let whole = bytes_of(&large());
    for section in parse(&whole).sections {
        // Damages the second block of each section, at its first byte and at its last byte, which is padding.
        let block = section.bytes.start + BLOCK_BYTES..section.bytes.end;
        for at in [block.start, block.end - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            let got = xxh3_64(&bytes[block.clone()]);
            let file = file_with(&bytes);
            let expected = SnapshotFault::Damaged {
                part: section.name.clone(),
                block: 1,
                start: block.start as u64,
                end: block.end as u64,
                expected: section.checksums[1],
                got,
            };
            assert_eq!(fault(snapshot::verify(&file.path)), expected);
        }
    }
}

#[test]
fn the_first_of_several_damaged_blocks_is_reported() {
    let mut bytes = bytes_of(&large());
    let sections = parse(&bytes).sections;
    for section in &sections[1..] {
        bytes[section.bytes.start] ^= 1;
        bytes[section.bytes.end - 1] ^= 1;
    }
    let file = file_with(&bytes);
    for _ in 0..5 {
        let SnapshotFault::Damaged { part, block, .. } = fault(snapshot::verify(&file.path)) else {
            panic!("a damaged block is expected")
        };
        assert_eq!((part.as_str(), block), ("out_targets", 0));
    }
}

#[test]
fn a_damaged_head_is_reported_by_all_functions() {
    let whole = bytes_of(&small());
    let head_bytes = parse(&whole).head_bytes;
    // Positions in the metadata, the table of sections, the padding and the checksum.
    for at in [24, 40, 60, 120, 300, head_bytes - 9, head_bytes - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        let file = file_with(&bytes);
        let expected = SnapshotFault::Damaged {
            part: "head".to_owned(),
            block: 0,
            start: 0,
            end: head_bytes as u64 - 8,
            expected: u64::from_le_bytes(bytes[head_bytes - 8..head_bytes].try_into().unwrap()),
            got: xxh3_64(&bytes[..head_bytes - 8]),
        };
        assert_eq!(fault(snapshot::open(&file.path)), expected);
        assert_eq!(fault(snapshot::read(&file.path)), expected);
        assert_eq!(fault(snapshot::verify(&file.path)), expected);
    }
}

#[test]
fn a_wrong_preamble_names_what_was_expected() {
    let with = |at: usize, new: &[u8]| {
        let mut bytes = bytes_of(&small());
        bytes[at..at + new.len()].copy_from_slice(new);
        fault(snapshot::open(&file_with(&bytes).path))
    };
    assert_eq!(with(0, b"QLAUDITG"), SnapshotFault::Magic { got: *b"QLAUDITG" });
    assert_eq!(with(8, &[2, 0, 0, 0]), SnapshotFault::Version { expected: 1, got: 2 });
    let swapped = SnapshotFault::ByteOrder { expected: 0x0102_0304, got: 0x0403_0201 };
    assert_eq!(with(12, &[1, 2, 3, 4]), swapped);
    assert!(matches!(with(16, &[1]), SnapshotFault::Head { .. }), "a head fills whole pages");
    assert!(matches!(with(16, &[0, 0]), SnapshotFault::Head { .. }), "a head is never empty");
    assert!(matches!(with(22, &[1]), SnapshotFault::Length { .. }), "a head longer than the file");
}

#[test]
fn other_files_are_refused() {
    assert_eq!(fault(snapshot::open(&file_with(&[0; 8192]).path)), SnapshotFault::Magic { got: [0; 8] });
    let text = fault(snapshot::open(&file_with(b"source,target\n").path));
    assert_eq!(text, SnapshotFault::Magic { got: *b"source,t" });
    let empty = SnapshotFault::Length { expected: 24, got: 0 };
    assert_eq!(fault(snapshot::open(&file_with(&[]).path)), empty);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(fault(snapshot::open(folder.path())), SnapshotFault::NotAFile);
    let absent = folder.path().join("absent");
    let SnapshotError::Read { path, source } = snapshot::verify(&absent).unwrap_err() else {
        panic!("an absent file cannot be read")
    };
    assert_eq!((path, source.kind()), (absent, io::ErrorKind::NotFound));
}

#[test]
fn a_cut_file_is_an_error_at_every_length() {
    let whole = bytes_of(&small());
    let file = file_with(&whole);
    let handle = fs::File::options().write(true).open(&file.path).unwrap();
    let lengths =
        (0..whole.len()).rev().filter(|&length| length < 4200 || length % 61 == 0 || length % 4096 < 2);
    for length in lengths {
        handle.set_len(length as u64).unwrap();
        let fault = fault(snapshot::open(&file.path));
        let SnapshotFault::Length { got, expected } = fault else { panic!("{length}: {fault}") };
        assert_eq!(got, length as u64);
        assert!(expected > got && expected <= whole.len() as u64);
    }
}

#[test]
fn a_longer_file_is_an_error_too() {
    let mut bytes = bytes_of(&small());
    let expected = bytes.len() as u64;
    bytes.extend([0; 4096]);
    let longer = SnapshotFault::Length { expected, got: expected + 4096 };
    assert_eq!(fault(snapshot::open(&file_with(&bytes).path)), longer);
}

/// A file in which value `index` of `section` is replaced and all checksums recomputed.
fn forged_value(section: usize, index: usize, value: &[u8]) -> TempFile {
    let mut bytes = bytes_of(&small());
    let parsed = parse(&bytes);
    let at = parsed.sections[section].bytes.start + index * value.len();
    bytes[at..at + value.len()].copy_from_slice(value);
    forge(&mut bytes, &parsed);
    file_with(&bytes)
}

#[test]
fn row_starts_out_of_order_are_refused_on_opening() {
    for section in [0, 3] {
        for (index, value) in [(0, 1_u64), (1, u64::MAX), (2, 0), (6, 4), (6, 6)] {
            let file = forged_value(section, index, &value.to_le_bytes());
            for opened in [snapshot::open(&file.path), snapshot::read(&file.path)] {
                assert!(matches!(fault(opened), SnapshotFault::Unsound { .. }), "{section} {index} {value}");
            }
        }
    }
}

#[test]
fn verify_finds_unsound_content_with_matching_checksums() {
    let unsound =
        |file: &TempFile| matches!(fault(snapshot::verify(&file.path)), SnapshotFault::Unsound { .. });
    assert!(unsound(&forged_value(1, 0, &6_u32.to_le_bytes())), "a neighbor beyond n");
    assert!(unsound(&forged_value(2, 0, &0_u32.to_le_bytes())), "a weight of 0");
    assert!(unsound(&forged_value(4, 0, &5_u32.to_le_bytes())), "directions that differ");
}

#[test]
fn runs_verify_finds_an_unsound_graph_with_a_matching_digest() {
    for (section, sound) in [(None, true), (Some(1), false)] {
        let bytes = match section {
            None => bytes_of(&small()),
            Some(section) => fs::read(forged_value(section, 0, &6_u32.to_le_bytes()).path).unwrap(),
        };
        let sandbox = Sandbox::new();
        let writer = Store::create_or_open(&sandbox.path("out")).unwrap().begin(&runs::new_run()).unwrap();
        let mut file = writer.create("graph.plaudit").unwrap();
        file.write_all(&bytes).unwrap();
        file.finish(5).unwrap();
        writer.publish(runs::record()).unwrap();
        let outcome = sandbox.plaudit(&["runs", "verify", "--format", "json"]);
        assert_eq!(outcome.code, Some(i32::from(!sound)), "{}\n{}", outcome.stdout, outcome.stderr);
        let rows: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        let problem = rows[0]["problem"].as_str().unwrap_or_default();
        assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
        assert_eq!(
            problem.contains("`graph.plaudit` is not a valid graph: ") && problem.contains("beyond 6"),
            !sound,
            "{rows}"
        );
    }
}

#[test]
fn the_bytes_do_not_depend_on_threads() {
    let graph = large();
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| xxh3_64(&bytes_of(&graph)))
    };
    let one = with_threads(1);
    assert_eq!(one, with_threads(2));
    assert_eq!(one, with_threads(7));
}

/// A sink that accepts `left` bytes and then is full.
struct FullDisk {
    left: usize,
}

impl Write for FullDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let taken = self.left.min(bytes.len());
        self.left -= taken;
        Ok(taken)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_reported() {
    let graph = small();
    let needed = bytes_of(&graph).len();
    for left in [0, 100, 4096, 9000, needed - 1] {
        let SnapshotError::Write { source } = snapshot::write(&graph, &mut FullDisk { left }).unwrap_err()
        else {
            panic!("the sink is full after {left} bytes")
        };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
    }
    assert!(snapshot::write(&graph, &mut FullDisk { left: needed }).is_ok());
}

#[test]
fn a_unit_that_is_no_power_of_two_is_refused() {
    for (unit, stored) in [
        (1.0, true),
        (0.000_015_258_789_062_5, true),
        (65536.0, true),
        (0.1, false),
        (0.0, false),
        (f64::NAN, false),
        (-2.0, false),
    ] {
        let g = small();
        let graph = Graph::from_parts(g.out_edges().clone(), g.in_edges().clone(), unit);
        assert_eq!(snapshot::write(&graph, &mut Vec::new()).is_ok(), stored, "{unit}");
        if stored {
            assert_round_trip(&graph);
        }
    }
}

#[test]
fn messages_say_what_and_why() {
    let text = |error: SnapshotError| {
        let why = std::error::Error::source(&error).map(ToString::to_string);
        (error.to_string(), why.unwrap())
    };
    let path = Path::new("run/graph.plaudit").to_owned();
    let source = SnapshotFault::Damaged {
        part: "in_targets".to_owned(),
        block: 3,
        start: 1,
        end: 2,
        expected: 255,
        got: 16,
    };
    let (what, why) = text(SnapshotError::Unusable { path: path.clone(), source });
    assert_eq!(what, "cannot use snapshot `run/graph.plaudit`");
    let expected =
        "block 3 of in_targets (bytes 1..2) has checksum 0000000000000010, 00000000000000ff was written";
    assert_eq!(why, expected);
    let (_, why) =
        text(SnapshotError::Unusable { path, source: SnapshotFault::Version { expected: 1, got: 2 } });
    assert_eq!(why, "its format has version 2, this program reads version 1");
}
