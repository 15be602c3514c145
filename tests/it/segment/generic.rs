//! Segment files, read back by an independent parser of RFC 4180.

use plaudit::segment::{
    count_formula_like,
    generic::{ConflictRow, ProspectCsvRow, RejectRow, TierFile, TierRow, write_tiers},
    is_formula_like, tier_file_names, write_csv,
};
use proptest::prelude::*;

/// Parses by the grammar of RFC 4180, letter by letter, with a line feed at the end of each record.
fn parse_rfc_4180(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                assert!(field.is_empty(), "a quote opens a field");
                loop {
                    match letters.next().expect("a quoted field is closed") {
                        '"' if letters.peek() == Some(&'"') => field.push(letters.next().unwrap()),
                        '"' => break,
                        inside => field.push(inside),
                    }
                }
                assert!(matches!(letters.peek(), Some(',' | '\n')), "a closing quote ends the field");
            }
            ',' => record.push(std::mem::take(&mut field)),
            '\n' => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            '\r' => panic!("a bare carriage return stands in quotes"),
            plain => field.push(plain),
        }
    }
    assert!(field.is_empty() && record.is_empty(), "the last record ends with a line feed");
    records
}

/// Texts with quotes, commas, line breaks and other special characters.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c,\"\n\r \t@=']{0,8}", any::<String>()]
}

#[derive(Clone, Debug)]
struct TestCustomer {
    id: String,
    tier: usize,
    numbers: [f64; 6],
    rank: u32,
    previous: Option<usize>,
    household: Option<String>,
    value: Option<f64>,
}

const TIERS: [&str; 3] = ["gold", "silver, old", "rest"];

impl TestCustomer {
    fn row(&self) -> TierRow<'_> {
        let [score, percentile, pagerank, reach, reach_low, reach_high] = self.numbers;
        TierRow {
            customer_id: &self.id,
            tier: TIERS[self.tier],
            score,
            rank: self.rank,
            percentile,
            pagerank,
            reach,
            reach_low,
            reach_high,
            community_id: self.rank / 2,
            previous_tier: self.previous.map(|tier| TIERS[tier]),
            contactable: self.rank.is_multiple_of(2),
            household: self.household.as_deref(),
            value: self.value,
            audience: self.rank / 3,
            strength: score * 2.0,
            suspect_share: self.value,
            flagged: self.rank.is_multiple_of(3),
        }
    }
}

fn customers() -> impl Strategy<Value = TestCustomer> {
    let number = prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL;
    let numbers = prop::array::uniform6(number);
    (texts(), 0..3_usize, numbers, any::<u32>(), prop::option::of(0..3_usize), texts(), any::<Option<f64>>())
        .prop_map(|(id, tier, numbers, rank, previous, household, value)| {
            let household = (!household.is_empty()).then_some(household);
            TestCustomer { id, tier, numbers, rank, previous, household, value }
        })
}

/// The bytes of `tiers.csv`, and for each tier the number of rows and the bytes of its file.
fn written(people: &[TestCustomer]) -> (Vec<u8>, Vec<(u64, Vec<u8>)>) {
    let mut all = Vec::new();
    let mut sinks: Vec<_> = TIERS.iter().map(|tier| TierFile { tier, out: Vec::new(), rows: 0 }).collect();
    let rows = write_tiers(people.len(), |i| people[i].row(), &mut all, &mut sinks).unwrap();
    assert_eq!(rows, people.len() as u64);
    (all, sinks.into_iter().map(|sink| (sink.rows, sink.out)).collect())
}

const HEADER: &str = "customer_id,tier,score,rank,percentile,pagerank,reach,reach_low,reach_high,community_id,\
    previous_tier,contactable,household,value,audience,strength,suspect_share,flagged";

proptest! {
    #[test]
    fn every_field_reads_back(people in prop::collection::vec(customers(), 0..20)) {
        let (all, by_tier) = written(&people);
        let records = parse_rfc_4180(std::str::from_utf8(&all).unwrap());
        prop_assert_eq!(&records[0].join(","), HEADER);
        prop_assert_eq!(records.len(), people.len() + 1);
        for (person, record) in people.iter().zip(&records[1..]) {
            prop_assert_eq!(&record[0], &person.id, "keys are never altered");
            prop_assert_eq!(&record[1], TIERS[person.tier]);
            prop_assert_eq!(&record[3], &person.rank.to_string());
            for (field, number) in [2, 4, 5, 6, 7, 8].into_iter().zip(person.numbers) {
                prop_assert_eq!(record[field].parse::<f64>().unwrap().to_bits(), number.to_bits());
                prop_assert!(!record[field].contains('e'), "no exponent");
            }
            prop_assert_eq!(&record[10], person.previous.map_or("", |tier| TIERS[tier]));
            prop_assert_eq!(&record[11], if person.rank % 2 == 0 { "true" } else { "false" });
            prop_assert_eq!(&record[12], person.household.as_deref().unwrap_or(""));
            let value = person.value.filter(|value| value.is_finite());
            prop_assert_eq!(record[13].parse::<f64>().ok().map(f64::to_bits), value.map(f64::to_bits));
        }
        // Each customer is in the file of its tier, in the same order, and in no other.
        for (tier, (rows, bytes)) in by_tier.iter().enumerate() {
            let part = parse_rfc_4180(std::str::from_utf8(bytes).unwrap());
            let expected: Vec<_> = records.iter().enumerate()
                .filter(|(row, _)| *row == 0 || people[row - 1].tier == tier).map(|(_, record)| record).collect();
            prop_assert_eq!(part.iter().collect::<Vec<_>>(), expected);
            prop_assert_eq!(*rows + 1, part.len() as u64);
        }
    }

    #[test]
    fn the_csv_crate_reads_the_same_records(people in prop::collection::vec(customers(), 0..20)) {
        let (all, _) = written(&people);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(all.as_slice());
        let read: Vec<Vec<String>> =
            reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
        prop_assert_eq!(read, parse_rfc_4180(std::str::from_utf8(&all).unwrap()));
    }

    #[test]
    fn file_names_are_safe_and_differ(tiers in prop::collection::vec(texts(), 0..8)) {
        let tiers: Vec<&str> = tiers.iter().map(String::as_str).collect();
        let names = tier_file_names(&tiers);
        let lower: std::collections::BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
        prop_assert_eq!(lower.len(), tiers.len());
        for name in &names {
            let stem = name.strip_suffix(".csv").unwrap();
            prop_assert!(!stem.is_empty() && stem.len() < 120);
            prop_assert!(stem.chars().all(|letter| letter.is_alphanumeric() || "-_".contains(letter)), "{}", name);
            prop_assert!(!["tiers", "prospects", "rejects", "nul"].contains(&stem.to_lowercase().as_str()));
        }
    }
}

#[test]
fn the_bytes_do_not_depend_on_threads() {
    let people: Vec<TestCustomer> = (0..150_000_u32)
        .map(|i| TestCustomer {
            id: format!("c{i}"),
            tier: (i % 3) as usize,
            numbers: [f64::from(i) / 7.0; 6],
            rank: i,
            previous: None,
            household: None,
            value: None,
        })
        .collect();
    let files = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| written(&people))
    };
    let alone = files(1);
    let text = std::str::from_utf8(&alone.0).unwrap();
    assert!(
        text.lines().skip(1).enumerate().all(|(i, line)| line.starts_with(&format!("c{i},"))),
        "rows in order"
    );
    assert_eq!(text.lines().count(), 150_001);
    for threads in [2, 7] {
        assert!(files(threads) == alone, "{threads} threads");
    }
}

#[test]
fn rows_of_a_tier_without_a_file_are_in_the_common_file_only() {
    let tiers = ["a", "b", "b", "a", "b"];
    let row = |i: usize| TierRow {
        customer_id: ["c0", "c1", "c2", "c3", "c4"][i],
        tier: tiers[i],
        score: 1.0,
        rank: 1,
        percentile: 1.0,
        pagerank: 1.0,
        reach: 1.0,
        reach_low: 1.0,
        reach_high: 1.0,
        community_id: 0,
        previous_tier: None,
        contactable: true,
        household: None,
        value: None,
        audience: 1,
        strength: 1.0,
        suspect_share: None,
        flagged: false,
    };
    let mut all = Vec::new();
    let mut sinks = [TierFile { tier: "a", out: Vec::new(), rows: 0 }];
    write_tiers(5, row, &mut all, &mut sinks).unwrap();
    let keys = |bytes: &[u8]| -> Vec<String> {
        let records = parse_rfc_4180(std::str::from_utf8(bytes).unwrap());
        records.into_iter().skip(1).map(|record| record[0].clone()).collect()
    };
    assert_eq!(keys(&all), ["c0", "c1", "c2", "c3", "c4"]);
    assert_eq!(keys(&sinks[0].out), ["c0", "c3"]);
    assert_eq!(sinks[0].rows, 2);
}

#[test]
fn prospects_rejects_and_conflicts_have_their_columns() {
    let prospect = ProspectCsvRow {
        account: "twitter:ada",
        channel: "twitter",
        handle: "ada",
        score: 99.25,
        rank: 1,
        would_be_tier: "gold",
        pagerank: 0.000_001,
        reach: 1234.5,
        reach_low: 1200.0,
        reach_high: 1300.0,
        community_id: 3,
        audience: 40,
        customers_in_audience: 7,
    };
    let mut out = Vec::new();
    write_csv(1, |_| prospect, &mut out).unwrap();
    let expected = "account,channel,handle,score,rank,would_be_tier,pagerank,reach,reach_low,reach_high,\
        community_id,audience,customers_in_audience\n\
        twitter:ada,twitter,ada,99.25,1,gold,0.000001,1234.5,1200,1300,3,40,7\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);

    let reject = RejectRow {
        file: "a.csv",
        line: 7,
        column: "at",
        reason: "bad-time",
        message: "month 13",
        raw: b"x,\"y\",\xff",
    };
    let mut out = Vec::new();
    write_csv(1, |_| reject, &mut out).unwrap();
    let expected =
        "file,line,column,reason,message,raw\na.csv,7,at,bad-time,month 13,\"x,\"\"y\"\",\u{fffd}\"\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);

    let claims = ["c1", "c2"];
    let conflict =
        |i: usize| ConflictRow { namespace: "email", identifier: "a@x.org", customer_id: claims[i] };
    let mut out = Vec::new();
    assert_eq!(write_csv(2, conflict, &mut out).unwrap(), 2);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "namespace,identifier,customer_id\nemail,a@x.org,c1\nemail,a@x.org,c2\n"
    );
}

#[test]
fn a_file_without_rows_has_a_header() {
    let (all, by_tier) = written(&[]);
    assert_eq!(String::from_utf8(all).unwrap(), format!("{HEADER}\n"));
    assert!(by_tier.iter().all(|(rows, bytes)| *rows == 0 && bytes.len() == HEADER.len() + 1));
}

#[test]
fn keys_that_look_like_formulas_are_counted() {
    let keys = ["=1+1", "+44 20", "-5", "@ada", "\tx", "\rx", "ada", "", "a=b", " =x"];
    assert_eq!(count_formula_like(keys.len(), |i| keys[i]), 6);
    assert!(!is_formula_like("ada"));
}
