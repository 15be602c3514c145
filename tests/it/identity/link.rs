//! Linking of accounts to customers: CRM files, claims and conflicts, consent, and a simple linker as the oracle.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
};

use plaudit::{
    event::{
        AccountTable, CaseRule, ChannelRules, ColumnRef, EventError, PLACEHOLDERS, ReadOptions, TextShape,
        TextTable,
    },
    identity::{
        self, Consent, ConsentRules, CustomerSource, Customers, Denials, DeniedRule, Linkage, NewWordRule,
        Party,
    },
    ids::NodeId,
};
use proptest::prelude::*;

use crate::support::events::{gzip, zstd_frame};

const HEADER: &str = "id,name,email,twitter,ltv,consent\n";
const RULES: ConsentRules = ConsentRules {
    missing: Consent::Profile,
    denied: DeniedRule::Shape,
    words: BTreeMap::new(),
    new_word: NewWordRule::Refuse,
};
const NO_DENIALS: Denials = Denials::new([0; 32]);

fn source(path: std::path::PathBuf) -> CustomerSource {
    let named = |name: &str| ColumnRef::Name(name.to_owned());
    CustomerSource {
        path,
        delimiter: b',',
        shape: TextShape::default(),
        id: named("id"),
        name: Some(named("name")),
        value: Some(named("ltv")),
        cost: None,
        household: None,
        consent: Some(named("consent")),
        words: None,
        identifiers: vec![("email".to_owned(), named("email")), ("twitter".to_owned(), named("twitter"))],
    }
}

fn try_read(files: &[&[u8]], rules: &ConsentRules, channels: &ChannelRules) -> Result<Customers, EventError> {
    let folder = tempfile::tempdir().unwrap();
    let sources: Vec<CustomerSource> = (0..files.len())
        .map(|number| {
            let path = folder.path().join(format!("crm{number}.csv"));
            fs::write(&path, files[number]).unwrap();
            source(path)
        })
        .collect();
    let placeholders = PLACEHOLDERS.map(str::to_owned);
    identity::read_customers(&sources, channels, rules, &placeholders)
}

/// Reads one CRM file of these rows.
fn read(rows: &str) -> Customers {
    try_read(&[format!("{HEADER}{rows}").as_bytes()], &RULES, &ChannelRules::default()).unwrap()
}

fn ids(all: &Customers) -> Vec<&str> {
    all.customers.iter().map(|customer| customer.id.as_str()).collect()
}

/// Each fault as (line, column, code, whether the row is rejected).
fn faults(all: &Customers) -> Vec<(u64, u64, &str, bool)> {
    all.faults.iter().map(|fault| (fault.line, fault.column, fault.code, fault.drops_row)).collect()
}

fn link(all: &Customers, accounts: &[&str]) -> (Linkage, AccountTable) {
    let table = AccountTable::from_keys(accounts.iter().copied());
    (identity::link(Some(all), &table, &vec![true; table.len()], DeniedRule::Shape, &NO_DENIALS), table)
}

/// The person behind an account: a customer's id, `prospect`, `withheld`, or `out` of the graph.
fn person_behind(all: &Customers, linkage: &Linkage, table: &AccountTable, account: &str) -> String {
    let node = linkage.node_of[table.find(account).unwrap().index()];
    if node == NodeId::NONE {
        return "out".to_owned();
    }
    match linkage.parties[node.index()] {
        Party::Customer(index) => all.customers[index as usize].id.clone(),
        Party::Prospect(_) => "prospect".to_owned(),
        Party::Withheld => "withheld".to_owned(),
        Party::Account(_) => unreachable!(),
    }
}

/// The person behind each of the accounts.
fn owners(all: &Customers, accounts: &[&str]) -> Vec<String> {
    let (linkage, table) = link(all, accounts);
    accounts.iter().map(|account| person_behind(all, &linkage, &table, account)).collect()
}

#[test]
fn an_identifier_with_several_claimants_belongs_to_none() {
    let all = read(
        "C1,,,ada,,full\nC2,,,@ADA,,full\nC3,,x@y.example,bob;cy,,full\nC4,,,cy,,none\nC5,,,cy,,full\nC6,,,dee,,full\nC7,,,dee,,\nC8,,,dee,,full\n",
    );
    let accounts = ["twitter:ada", "twitter:bob", "twitter:cy"];
    let (linkage, _) = link(&all, &accounts);
    assert_eq!(owners(&all, &accounts), ["prospect", "C3", "withheld"]);
    let conflicts: Vec<(&str, Vec<&str>, bool)> = linkage
        .conflicts
        .iter()
        .map(|c| (c.identifier.as_str(), c.customers.iter().map(String::as_str).collect(), c.seen))
        .collect();
    let expected = [("twitter:ada", vec!["C1", "C2"], true), ("twitter:dee", vec!["C6", "C7", "C8"], false)];
    assert_eq!(conflicts, expected);
    assert_eq!((linkage.conflicts_withheld, linkage.accounts_linked), (1, 1));
}

#[test]
fn identifiers_get_their_normal_form() {
    let rows = "C1,,Ada@Post.EXAMPLE,@Ada; bob |@CY;;,,\nC2,,,Éa,,\n";
    let all = read(rows);
    let expected = ["email:ada@post.example", "twitter:ada", "twitter:bob", "twitter:cy"];
    assert_eq!(all.customers[0].identifiers, expected);
    assert_eq!(all.customers[1].identifiers, ["twitter:éa"]);
    let exact = ChannelRules { case: BTreeMap::from([("twitter".to_owned(), CaseRule::Exact)]) };
    let all = try_read(&[format!("{HEADER}{rows}").as_bytes()], &RULES, &exact).unwrap();
    let expected = ["email:ada@post.example", "twitter:Ada", "twitter:CY", "twitter:bob"];
    assert_eq!(all.customers[0].identifiers, expected);
    assert_eq!(owners(&all, &["twitter:Ada", "twitter:ada"]), ["C1", "prospect"]);
}

#[test]
fn every_consent_word_is_known_and_others_are_denials() {
    use Consent::{Denied, Full, Profile};
    let words = [
        (Full, "full all yes y true 1 granted opt-in FULL Yes"),
        (Profile, "profile profiling analytics Profile"),
        (Denied, "none no n false 0 denied withdrawn opt-out NONE"),
    ];
    for (consent, list) in words {
        for word in list.split(' ') {
            let all = read(&format!("C1,,,ada,, {word} \n"));
            assert_eq!((all.customers[0].consent, all.fault_count()), (consent, 0), "{word}");
        }
    }
    let all = read("C1,,,ada,,perhaps later\n");
    assert_eq!(all.customers[0].consent, Denied);
    assert_eq!(faults(&all), [(2, 11, "unknown_consent", false)]);
    assert!(!all.faults[0].message.contains("perhaps"), "{}", all.faults[0].message);
    for missing in [Denied, Profile, Full] {
        let rules = ConsentRules { missing, ..RULES };
        let text = format!("{HEADER}C1,,,ada,,\n");
        let all = try_read(&[text.as_bytes()], &rules, &ChannelRules::default()).unwrap();
        assert_eq!(all.customers[0].consent, missing);
    }
}

#[test]
fn denied_people_are_nodes_or_left_out_as_configured() {
    let all = read("C1,,,ada,,none\nC2,,,bob,,full\nC3,,,,,full\nC4,,,,,none\nC5,,,x,,full,too many\n");
    let accounts = ["twitter:ada", "twitter:bob", "twitter:x", "twitter:y"];
    assert_eq!(owners(&all, &accounts), ["withheld", "C2", "withheld", "prospect"]);
    let (linkage, table) = link(&all, &accounts);
    // C1, C2, C3 (isolated), x and y; C4 has no account and needs no node.
    assert_eq!(linkage.parties.len(), 5);
    let linkage =
        identity::link(Some(&all), &table, &vec![true; table.len()], DeniedRule::Exclude, &NO_DENIALS);
    assert_eq!(linkage.parties.len(), 3);
    let owners: Vec<String> =
        accounts.iter().map(|account| person_behind(&all, &linkage, &table, account)).collect();
    assert_eq!(owners, ["out", "C2", "out", "prospect"]);
}

#[test]
fn rows_of_one_id_are_one_customer() {
    let first = "C1,Zoe,a@x.example,ada,5,full\nC2,,,bob,,full\n";
    let second = "C1,Ada,,ann,3,profile\n C1 ,,,ada,,\n";
    let texts = [first, second].map(|rows| format!("{HEADER}{rows}"));
    for order in [[0, 1], [1, 0]] {
        let files: Vec<&[u8]> = order.iter().map(|&file: &usize| texts[file].as_bytes()).collect();
        let all = try_read(&files, &RULES, &ChannelRules::default()).unwrap();
        let ada = &all.customers[0];
        assert_eq!(ada.identifiers, ["email:a@x.example", "twitter:ada", "twitter:ann"]);
        assert_eq!((ada.name.as_deref(), ada.value, ada.consent), (Some("Ada"), Some(3.0), Consent::Profile));
        assert_eq!((all.customers.len(), all.rows_merged, all.rows_read()), (2, 2, 4));
    }
}

#[test]
fn a_rejected_crm_row_counts_as_a_denial() {
    let mut text = HEADER.as_bytes().to_vec();
    text.extend(
        b"C1,Ann,ann@x.example,ann,1,none,\nC2,Bob,bob,1,none\nC3,C\xe9,,cy,1,none\n,Dee,,dee,1,none\nC5,Eve,,eve,1,full\nC6,Smith, Fay,f@x.example,fay,1,none\n,Gus,gus,1\nC5,x\n",
    );
    let all = try_read(&[&text], &RULES, &ChannelRules::default()).unwrap();
    let expected = [
        (2, 33, "too_many_fields", true),
        (3, 18, "too_few_fields", true),
        (4, 5, "invalid_utf8", true),
        (5, 1, "missing_id", true),
        (7, 33, "too_many_fields", true),
        (8, 11, "too_few_fields", true),
        (9, 5, "too_few_fields", true),
    ];
    assert_eq!(faults(&all), expected);
    assert_eq!((all.rows_read(), all.rows_rejected(), ids(&all)), (8, 7, vec!["C5"]));
    assert_eq!(all.customers[0].consent, Consent::Denied, "another row of C5 cannot be read");
    let accounts = ["ann", "bob", "cy", "dee", "eve", "fay", "gus"].map(|name| format!("twitter:{name}"));
    let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
    assert_eq!(owners(&all, &accounts), ["withheld"; 7]);
    assert!(all.hidden.names.contains("Ann") && all.hidden.ids.contains("C1"));
    for fault in &all.faults {
        assert!(!fault.message.contains("Ann") && !fault.message.contains("C1"), "{}", fault.message);
    }
}

#[test]
fn a_bad_row_contests_the_claims_of_others() {
    let all = read("C1,,,ada,,full\nC2,,,ada,,full,\n");
    let (linkage, _) = link(&all, &["twitter:ada"]);
    assert_eq!(owners(&all, &["twitter:ada"]), ["withheld"]);
    assert_eq!((linkage.conflicts.len(), linkage.conflicts_withheld), (0, 1));
}

/// `count` rows, of which row `bad` (from 0) has `text` instead.
fn many(count: usize, bad: usize, text: &str) -> String {
    let row = |i: usize| if i == bad { text.to_owned() } else { format!("C{i},N{i},,h{i},1,full\n") };
    (0..count).map(row).collect()
}

#[test]
fn an_open_quote_costs_one_row() {
    // No quote follows up to the end of the file.
    let all = read(&many(1000, 3, "C3,\"Ann,a@x.example,ann,1,none\n"));
    assert_eq!((all.customers.len(), all.rows_read()), (999, 1000));
    assert_eq!(faults(&all), [(5, 4, "unterminated_quote", true)]);
    assert_eq!(owners(&all, &["twitter:ann", "twitter:h4"]), ["withheld", "C4"]);
    // A quote follows in a later row, with text or with a delimiter after it.
    for later in ["C500,\"Zed, Z.\",,h500,1,full\n", "C500,N500,5\",h500,1,full\n"] {
        let rows =
            many(1000, 3, "C3,\"Ann,a@x.example,ann,1,none\n").replace("C500,N500,,h500,1,full\n", later);
        let all = read(&rows);
        assert!(all.customers.len() >= 998, "{} customers", all.customers.len());
        assert_eq!(all.rows_read(), 1000);
        assert_eq!((all.faults[0].line, all.faults[0].column), (5, 4));
        assert_eq!(owners(&all, &["twitter:ann", "twitter:h4", "twitter:h499"]), ["withheld", "C4", "C499"]);
    }
}

#[test]
fn quotes_line_ends_marks_and_compression_change_nothing() {
    let plain =
        "id,name,email,twitter,ltv,consent\nC1,\"Ann, \"\"A\"\"\nLee\",,ann,1,full\n\nC2,Bob,,bob,2,none\n";
    let expected = try_read(&[plain.as_bytes()], &RULES, &ChannelRules::default()).unwrap();
    assert_eq!(expected.customers[0].name.as_deref(), Some("Ann, \"A\"\nLee"));
    assert_eq!((ids(&expected), expected.fault_count()), (vec!["C1", "C2"], 0));
    let windows = plain.replace('\n', "\r\n").replace("\"\r\nLee", "\"\nLee");
    let marked = format!("\u{feff}{plain}");
    let unended = plain.trim_end();
    for text in [
        &gzip(plain.as_bytes())[..],
        &zstd_frame(plain.as_bytes()),
        windows.as_bytes(),
        marked.as_bytes(),
        unended.as_bytes(),
    ] {
        let all = try_read(&[text], &RULES, &ChannelRules::default()).unwrap();
        assert_eq!(all.customers, expected.customers);
        assert_eq!(all.files[0].digest.bytes, text.len() as u64);
    }
}

#[test]
fn an_empty_crm_still_makes_every_account_a_prospect() {
    let all = read("");
    assert_eq!((all.customers.len(), all.rows_read()), (0, 0));
    assert_eq!(owners(&all, &["twitter:ada"]), ["prospect"]);
    let linkage = identity::link(
        None,
        &AccountTable::from_keys(["twitter:ada"]),
        &[true],
        DeniedRule::Shape,
        &NO_DENIALS,
    );
    assert!(matches!(linkage.parties[..], [Party::Account(_)]));
}

#[test]
fn bad_headers_are_errors_as_for_event_files() {
    let fails = |header: &str| match try_read(&[header.as_bytes()], &RULES, &ChannelRules::default()) {
        Err(error) => error,
        other => panic!("{other:?}"),
    };
    let error = fails("id,name,emial,twitter,ltv,consent\n");
    assert!(
        matches!(&error, EventError::NoSuchColumn { nearest: Some(name), .. } if name == "emial"),
        "{error}"
    );
    let error = fails("id,name,post,twitter,ltv,consent\n");
    assert!(matches!(&error, EventError::NoSuchColumn { nearest: None, .. }), "{error}");
    let error = fails("id,name,email,twitter,ltv,consent,email\n");
    assert!(matches!(&error, EventError::AmbiguousColumn { first: 2, second: 6, .. }), "{error}");
    // A column name may occur twice if no column of that name is read.
    let all = try_read(&[b"id,name,email,twitter,ltv,consent,x,x\n"], &RULES, &ChannelRules::default());
    assert!(all.is_ok());
    assert!(matches!(fails(""), EventError::Empty { .. }));
    assert!(matches!(fails("\n\n"), EventError::NoHeader { .. }));
}

/// Rows as text: fields, fault, position; read in chunks of `chunk_bytes`.
fn table_rows(text: &[u8], chunk_bytes: usize, max_record_bytes: usize) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    fs::write(&path, text).unwrap();
    let options = ReadOptions { chunk_bytes, max_record_bytes, ..ReadOptions::default() };
    let mut table = TextTable::open(&path, b',', TextShape::default(), &options).ok()?;
    let mut rows = Vec::new();
    while let Some(row) = table.next_row().unwrap() {
        let texts: Vec<_> = (0..row.field_count()).map(|place| row.text(place)).collect();
        rows.push(format!("{texts:?} {:?} {:?}", row.fault, row.position(0)));
    }
    assert_eq!(table.finish().unwrap().bytes, text.len() as u64);
    Some(rows)
}

#[test]
fn long_rows_are_set_aside_one_by_one() {
    let text = format!("a,b\n1,{}\n2,x\n3,\"{}\n4,y\n", "x".repeat(300), "z".repeat(300));
    for chunk_bytes in [1, 7, 64, 1 << 20] {
        let rows = table_rows(text.as_bytes(), chunk_bytes, 100).unwrap();
        assert_eq!(rows.len(), 4);
        assert!(rows[0].contains("RowTooLong") && rows[2].contains("RowTooLong"), "{rows:?}");
        assert!(rows[1].contains("Some(\"2\"), Some(\"x\")") && rows[3].contains("(5, 1)"), "{rows:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The size of the chunks changes no row, whatever the bytes.
    #[test]
    fn chunks_change_no_row(body in "[ab1,\"\n\r é]{0,60}", chunk_bytes in 1_usize..20, max in 4_usize..40) {
        let text = format!("a,b\n{body}");
        prop_assert_eq!(table_rows(text.as_bytes(), chunk_bytes, max), table_rows(text.as_bytes(), 1 << 16, max));
    }

    /// A simple linker as the oracle: the set of claimants of each identifier, the most restrictive consent of all
    /// rows.
    #[test]
    fn row_and_file_order_change_nothing(
        rows in prop::collection::vec((0_u8..6, prop::collection::vec(0_u8..8, 0..3), 0_u8..5), 0..14)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        split in 0_usize..14,
    ) {
        const WORDS: [&str; 4] = ["full", "profile", "none", ""];
        let text = |rows: &[(u8, Vec<u8>, u8)]| -> String {
            let line = |(id, handles, word): &(u8, Vec<u8>, u8)| {
                let handles: Vec<String> = handles.iter().map(|handle| format!("@H{handle}")).collect();
                // The fifth consent makes a row with one field too many.
                let consent = WORDS.get(usize::from(*word)).copied().unwrap_or("full,");
                format!("C{id},,,{},,{consent}\n", handles.join(";"))
            };
            HEADER.to_owned() + &rows.iter().map(line).collect::<String>()
        };
        let (rows, shuffled) = rows;
        let split = split.min(rows.len());
        let accounts: Vec<String> = (0..8).map(|handle| format!("twitter:h{handle}")).collect();
        let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();

        let mut claimants: HashMap<u8, BTreeSet<u8>> = HashMap::new();
        let (mut denied, mut hidden, mut known) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (id, handles, word) in &rows {
            if *word == 4 {
                denied.insert(*id);
                hidden.extend(handles.iter().copied());
                continue;
            }
            known.insert(*id);
            if *word == 2 {
                denied.insert(*id);
            }
            for handle in handles {
                claimants.entry(*handle).or_default().insert(*id);
            }
        }
        let expected: Vec<String> = (0..8_u8).map(|handle| {
            let by: Vec<u8> = claimants.get(&handle).into_iter().flatten().copied().collect();
            match by[..] {
                _ if hidden.contains(&handle) => "withheld".to_owned(),
                [one] if !denied.contains(&one) => format!("C{one}"),
                [] => "prospect".to_owned(),
                _ if by.iter().any(|id| denied.contains(id)) => "withheld".to_owned(),
                _ => "prospect".to_owned(),
            }
        }).collect();

        let one = try_read(&[text(&rows).as_bytes()], &RULES, &ChannelRules::default()).unwrap();
        let (a, b) = shuffled.split_at(split);
        let (a, b) = (text(a), text(b));
        let two = try_read(&[a.as_bytes(), b.as_bytes()], &RULES, &ChannelRules::default()).unwrap();
        prop_assert_eq!(&one.customers, &two.customers);
        prop_assert_eq!(&one.hidden, &two.hidden);
        prop_assert_eq!(one.customers.len(), known.len());
        prop_assert_eq!(one.rows_read(), one.rows_rejected() + one.rows_merged + known.len() as u64);
        prop_assert_eq!(&owners(&one, &accounts), &expected);
        prop_assert_eq!(link(&one, &accounts).0.node_of, link(&two, &accounts).0.node_of);
        prop_assert_eq!(link(&one, &accounts).0.conflicts, link(&two, &accounts).0.conflicts);
    }
}

#[test]
fn damaged_ids_are_no_ids_and_placeholders_no_identifiers() {
    let all = read(
        "NULL,Ann,ann@a,ann,1,full\n1.23E+17,Bob,bob@a,bob,1,full\n17.0,Cyd,cyd@a,cyd,1,full\n\
         K1,Dan,N/A; dan@a,dan,1,full\nK2,Eve,eve@a,1.23E+17,1,full\nK3,Fay,[Deleted],fay|none,1,full\n",
    );
    assert_eq!(ids(&all), ["K1", "K2", "K3"]);
    let identifiers: Vec<&[String]> =
        all.customers.iter().map(|customer| &customer.identifiers[..]).collect();
    assert_eq!(
        identifiers,
        [
            &["email:dan@a".to_owned(), "twitter:dan".to_owned()][..],
            &["email:eve@a".to_owned()],
            &["twitter:fay".to_owned()]
        ]
    );
    assert_eq!(
        faults(&all),
        [
            (2, 1, "damaged_id", true),
            (3, 1, "damaged_id", true),
            (4, 1, "damaged_id", true),
            (5, 8, "damaged_identifier", false),
            (6, 14, "damaged_identifier", false),
            (7, 8, "damaged_identifier", false),
            (7, 18, "damaged_identifier", false),
        ]
    );
    assert!(all.hidden.identifiers.contains("twitter:ann"));
}
