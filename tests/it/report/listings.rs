//! Reports against a run whose every number is known.

use std::fs;

use plaudit::{
    num,
    report::{self, CustomerFilter, Format, Listing, ReportError, TopBy, TopOptions, render},
    store::{ColumnData, Run, Store, StoreError, Table},
    tables,
};
use tempfile::TempDir;

use crate::support::runs::publish_tables;

/// The known values of one node of a run.
#[derive(Clone, Debug)]
struct Node {
    id: String,
    customer: bool,
    name: Option<String>,
    channels: String,
    value: Option<f64>,
    rank: u32,
    tier: String,
    score: f64,
    reach: [f64; 3],
    community: u32,
    audience: u32,
    strength: f64,
}

fn node(id: &str, customer: bool, rank: u32, tier: &str) -> Node {
    Node {
        id: id.to_owned(),
        customer,
        name: None,
        channels: "twitter".to_owned(),
        value: None,
        rank,
        tier: tier.to_owned(),
        score: 100.0 - f64::from(rank),
        reach: [f64::from(rank); 3],
        community: 0,
        audience: 10 * rank,
        strength: 1.5,
    }
}

fn scores(nodes: &[Node]) -> Table {
    let text =
        |value: fn(&Node) -> &str| ColumnData::Text(nodes.iter().map(|n| value(n).to_owned()).collect());
    let float = |value: fn(&Node) -> f64| ColumnData::F64(nodes.iter().map(value).collect());
    let integer = |value: fn(&Node) -> u32| ColumnData::U32(nodes.iter().map(value).collect());
    let columns = [
        ("node", ColumnData::U32((0..nodes.len() as u32).collect())),
        ("id", text(|n| &n.id)),
        ("status", text(|n| if n.customer { "customer" } else { "prospect" })),
        ("name", ColumnData::OptionalText(nodes.iter().map(|n| n.name.clone()).collect())),
        ("channels", text(|n| &n.channels)),
        ("household", ColumnData::OptionalText(vec![None; nodes.len()])),
        ("value", ColumnData::OptionalF64(nodes.iter().map(|n| n.value).collect())),
        ("consent", text(|n| if n.customer { "full" } else { "" })),
        ("score", float(|n| n.score)),
        ("rank", integer(|n| n.rank)),
        ("percentile", float(|n| n.score)),
        ("tier", text(|n| &n.tier)),
        ("previous_tier", ColumnData::OptionalText(vec![None; nodes.len()])),
        ("pagerank", float(|n| n.score / 1_234_567.0)),
        ("reach", float(|n| n.reach[0])),
        ("reach_low", float(|n| n.reach[1])),
        ("reach_high", float(|n| n.reach[2])),
        ("reach_exact", ColumnData::Bool(nodes.iter().map(|n| n.reach[1] == n.reach[2]).collect())),
        ("community_id", integer(|n| n.community)),
        ("audience", integer(|n| n.audience)),
        ("out_degree", integer(|n| n.rank)),
        ("strength", float(|n| n.strength)),
        ("customers_in_audience", integer(|n| n.rank)),
        ("out_strength", float(|n| n.strength + n.reach[0])),
        ("core_number", integer(|n| n.audience / 2)),
        ("component", integer(|_| 0)),
        ("hub", ColumnData::OptionalF64(nodes.iter().map(|n| n.value).collect())),
        ("authority", ColumnData::OptionalF64(vec![None; nodes.len()])),
        ("following_strength", float(|n| n.strength / 2.0)),
        ("amplification", float(|n| n.strength / 3.0)),
        ("conversation", float(|n| n.reach[0] / 3.0)),
        ("decayed_reach", float(|n| n.reach[0] / 4.0)),
        ("suspect_share", ColumnData::OptionalF64(nodes.iter().map(|n| n.value).collect())),
    ];
    Table::new(columns.into_iter().map(|(name, data)| (name.to_owned(), data)).collect())
}

/// Communities of these sizes, ids in order.
fn communities(sizes: &[u32]) -> Table {
    let sizes = sizes.to_vec();
    let zeros = || ColumnData::F64(vec![0.0; sizes.len()]);
    let columns = [
        ("community_id", ColumnData::U32((0..sizes.len() as u32).collect())),
        ("size", ColumnData::U32(sizes.clone())),
        ("customers", ColumnData::U32(sizes.iter().map(|size| size - 1).collect())),
        ("prospects", ColumnData::U32(vec![1; sizes.len()])),
        ("withheld", ColumnData::U32(vec![0; sizes.len()])),
        ("internal_weight", zeros()),
        ("external_weight", zeros()),
        ("conductance", ColumnData::F64(vec![0.0625; sizes.len()])),
        ("top_voices", ColumnData::Text(sizes.iter().map(|size| format!("c{size};d")).collect())),
        ("modularity_share", zeros()),
        ("between_groups", ColumnData::U32(vec![2; sizes.len()])),
        ("top_channels", ColumnData::Text(vec!["twitter:0.81;a-b:0.19".to_owned(); sizes.len()])),
        ("top_kinds", ColumnData::Text(vec!["share:1.00".to_owned(); sizes.len()])),
        (
            "growth",
            ColumnData::OptionalI64(
                sizes.iter().map(|&size| (size > 4).then_some(i64::from(size) - 12)).collect(),
            ),
        ),
        (
            "median_value",
            ColumnData::OptionalF64(sizes.iter().map(|&size| (size > 4).then_some(2.5)).collect()),
        ),
        ("without_consent", ColumnData::OptionalF64(vec![None; sizes.len()])),
        (
            "default_name",
            ColumnData::Text(sizes.iter().map(|size| format!("Ada {size}\u{1b} & d")).collect()),
        ),
        (
            "name",
            ColumnData::OptionalText(sizes.iter().map(|&size| (size == 4).then(|| "Four".into())).collect()),
        ),
    ];
    Table::new(columns.into_iter().map(|(name, data)| (name.to_owned(), data)).collect())
}

fn publish(nodes: &[Node]) -> (TempDir, Run) {
    let dir = tempfile::tempdir().unwrap();
    let tables = [(tables::scores::FILE, &scores(nodes)), (tables::communities::FILE, &communities(&[9, 4]))];
    let run = publish_tables(&dir.path().join("out"), &tables);
    (dir, run)
}

fn three_customers_two_prospects() -> Vec<Node> {
    let mut nodes = vec![
        node("twitter:zoe", false, 2, "rest"),
        node("c3", true, 3, "rest"),
        node("c1", true, 1, "gold"),
        node("forum:a:b", false, 1, "gold"),
        node("c2, \u{1b}[31m\"x\"", true, 2, "rest"),
    ];
    nodes[1].value = Some(7.5);
    nodes[1].channels = String::from("forum;twitter");
    nodes[2].name = Some("Ada Lovelace".to_owned());
    nodes[2].reach = [1234.4, 1200.0, 1300.6];
    nodes[3].channels = String::from("forum");
    nodes[4].community = 1;
    nodes
}

fn options() -> TopOptions {
    TopOptions { count: 20, by: TopBy::Score, filter: CustomerFilter::default() }
}

fn shown<R: Listing>(rows: &[R], format: Format) -> String {
    let mut out = Vec::new();
    render(rows, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn top_as_a_table_a_csv_and_json() {
    let (_dir, run) = publish(&three_customers_two_prospects());
    let rows = report::top(&run, &options()).unwrap();
    let table = r#"
rank  id                 name          tier  score    pagerank    k-hop audience  community  audience
   1  c1                 Ada Lovelace  gold  99.00  0.00008019  1234 [1200–1301]          0        10
   2  c2, \u{1b}[31m"x"                rest  98.00  0.00007938                 2          1        20
   3  c3                               rest  97.00  0.00007857                 3          0        30
"#;
    assert_eq!(format!("\n{}", shown(&rows, Format::Table)), table);

    let csv = shown(&rows, Format::Csv);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(&records[1][1], "c2, \u{1b}[31m\"x\"", "exact for programs");
    assert_eq!(&records[0][8], "1200");
    assert_eq!(records[2].iter().skip(13).collect::<Vec<_>>(), ["7.5", "forum;twitter"]);

    let json: serde_json::Value = serde_json::from_str(&shown(&rows, Format::Json)).unwrap();
    assert_eq!(json[0]["pagerank"].as_f64().unwrap().to_bits(), (99.0_f64 / 1_234_567.0).to_bits());
    assert_eq!(json[0]["name"], "Ada Lovelace");
    assert!(json[1]["name"].is_null() && json[1]["value"].is_null());
    assert_eq!(json[2]["value"], 7.5);
    assert_eq!(json.as_array().unwrap().len(), 3);
}

#[test]
fn scores_have_the_digits_that_tell_neighbors_apart() {
    let mut nodes = three_customers_two_prospects();
    let scores = [99.791_2, 99.790_9, 99.790_9];
    for (node, score) in nodes.iter_mut().filter(|node| node.customer).zip(scores) {
        node.score = score;
    }
    let (_dir, run) = publish(&nodes);
    let rows = report::top(&run, &options()).unwrap();
    let table = shown(&rows, Format::Table);
    // The same number of decimals for all, and ties stay alike.
    let shown_scores: Vec<&str> = table.split_whitespace().filter(|word| word.starts_with("99.79")).collect();
    let mut expected: Vec<String> = rows.iter().map(|row| format!("{:.4}", row.score)).collect();
    assert_eq!(shown_scores, expected);
    expected.dedup();
    assert!(expected.len() > 1, "{table}");
}

/// `top` sorted by `by`: the last field of each CSV line, the JSON, and the table.
fn ordered_by(run: &Run, by: TopBy) -> (Vec<String>, serde_json::Value, String) {
    let rows = report::top(run, &TopOptions { by, ..options() }).unwrap();
    let shown = |format| {
        let mut out = Vec::new();
        report::render_top(&rows, by, format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let csv = shown(Format::Csv);
    let last = csv.lines().map(|line| line.rsplit(',').next().unwrap().to_owned()).collect();
    (last, serde_json::from_str(&shown(Format::Json)).unwrap(), shown(Format::Table))
}

#[test]
fn top_shows_what_it_sorts_by() {
    let (_dir, run) = publish(&three_customers_two_prospects());
    let (csv, json, table) = ordered_by(&run, TopBy::OutStrength);
    assert_eq!(csv, ["out_strength", "1235.9", "4.5", "3.5"]);
    assert_eq!((&json[0]["id"], &json[1]["out_strength"]), (&"c1".into(), &4.5.into()));
    let ends: Vec<&str> = table.lines().map(|line| line.rsplit("  ").next().unwrap().trim()).collect();
    assert_eq!(ends, ["out strength", "1235.90", "4.50", "3.50"]);

    // A count is a whole number in every output format.
    let (csv, json, table) = ordered_by(&run, TopBy::CoreNumber);
    assert_eq!(csv, ["core_number", "15", "10", "5"]);
    assert_eq!(json[0]["core_number"], serde_json::json!(15));
    assert!(table.lines().next().unwrap().ends_with("  core number") && table.contains(" 15\n"), "{table}");

    // Customers without a value come last, with an empty field.
    let (csv, json, table) = ordered_by(&run, TopBy::SuspectShare);
    assert_eq!(csv, ["suspect_share", "7.5", "", ""]);
    assert!(json[2]["suspect_share"].is_null());
    assert!(table.lines().nth(1).unwrap().ends_with("  7.5"), "{table}");

    // A column that every listing shows anyway is not repeated; tables show fewer columns than CSV and JSON.
    let (csv, _, table) = ordered_by(&run, TopBy::Reach);
    assert_eq!(csv[0], "channels");
    assert_eq!(table.matches("k-hop audience").count(), 1);
    let (csv, _, table) = ordered_by(&run, TopBy::Strength);
    assert_eq!(csv[0], "channels");
    assert!(
        table.lines().all(|line| line.ends_with("  strength") || line.ends_with("      1.50")),
        "{table}"
    );
}

#[test]
fn sorting_by_a_column_without_values_is_refused() {
    let mut nodes = three_customers_two_prospects();
    for node in &mut nodes {
        node.value = None;
    }
    let (_dir, run) = publish(&nodes);
    for (by, why) in [
        (TopBy::SuspectShare, "`suspect_share` to sort by: there is no CRM, or `[trust] enabled` is false"),
        (TopBy::Authority, "`authority` to sort by: HITS did not converge"),
        (TopBy::Hub, "`hub` to sort by: HITS did not converge"),
        (TopBy::Value, "`value` to sort by: the CRM has no customer values"),
    ] {
        let message = report::top(&run, &TopOptions { by, ..options() }).unwrap_err().to_string();
        assert!(message.starts_with("nobody in run `r0001-") && message.ends_with(why), "{message}");
    }
}

#[test]
fn prospects_by_rank_with_channel_and_handle() {
    let (_dir, run) = publish(&three_customers_two_prospects());
    let rows = report::prospects(&run, 20, None).unwrap();
    let table = "
rank  account      would-be tier  score    pagerank  k-hop audience  community  audience  customers
   1  forum:a:b    gold           99.00  0.00008019               1          0        10          1
   2  twitter:zoe  rest           98.00  0.00007938               2          0        20          2
";
    assert_eq!(format!("\n{}", shown(&rows, Format::Table)), table);
    assert_eq!((rows[0].channel.as_str(), rows[0].handle.as_str()), ("forum", "a:b"));
    assert_eq!(report::prospects(&run, 1, None).unwrap(), rows[..1]);
}

#[test]
fn communities_largest_first() {
    let dir = tempfile::tempdir().unwrap();
    let run = publish_tables(dir.path(), &[(tables::communities::FILE, &communities(&[4, 9, 4]))]);
    let rows = report::communities(&run, 2).unwrap();
    let table = "
community  name             size  customers  prospects  growth  conductance  channels
        1  Ada 9\\u{1b} & d     9          8          1      -3        0.062  twitter 81 %, a-b 19 %
        0  Four                4          3          1                0.062  twitter 81 %, a-b 19 %
";
    assert_eq!(format!("\n{}", shown(&rows, Format::Table)), table);
    assert_eq!(
        shown(&rows[..0], Format::Table),
        "community  name  size  customers  prospects  growth  conductance  channels\n"
    );
    assert_eq!(shown(&rows[..0], Format::Json), "[]\n");
    let csv = "\
community_id,size,customers,prospects,withheld,internal_weight,external_weight,conductance,top_voices,\
modularity_share,between_groups,top_channels,top_kinds,growth,median_value,without_consent,default_name,name
1,9,8,1,0,0,0,0.0625,c9;d,0,2,twitter:0.81;a-b:0.19,share:1.00,-3,2.5,,Ada 9\u{1b} & d,
0,4,3,1,0,0,0,0.0625,c4;d,0,2,twitter:0.81;a-b:0.19,share:1.00,,,,Ada 4\u{1b} & d,Four
";
    assert_eq!(shown(&rows, Format::Csv), csv);
    let json: serde_json::Value = serde_json::from_str(&shown(&rows, Format::Json)).unwrap();
    assert_eq!((&json[0]["growth"], json[1]["growth"].is_null()), (&serde_json::json!(-3), true));
}

#[test]
fn top_agrees_with_a_plain_sort_in_every_order_and_filter() {
    let draw = |item: u64, bound: u64| num::random(5, 0, item, 0) % bound;
    let nodes: Vec<Node> = (0..300_u32)
        .map(|i| {
            let item = u64::from(i) * 8;
            let mut node =
                node(&format!("c{i}"), draw(item, 4) > 0, i + 1, ["a", "b", "c"][i as usize / 100]);
            node.community = draw(item + 1, 2) as u32;
            node.channels = ["x", "x;y", "y;z"][draw(item + 2, 3) as usize].to_owned();
            node.value = (draw(item + 3, 3) > 0).then(|| draw(item + 4, 20) as f64 - 10.0);
            node.audience = draw(item + 5, 10) as u32;
            node.reach = [draw(item + 6, 10) as f64; 3];
            node.strength = draw(item + 7, 10) as f64;
            node
        })
        .collect();
    let (_dir, run) = publish(&nodes);
    let columns = [
        TopBy::Score,
        TopBy::PageRank,
        TopBy::Reach,
        TopBy::DecayedReach,
        TopBy::Strength,
        TopBy::Audience,
        TopBy::Value,
        TopBy::OutStrength,
        TopBy::CoreNumber,
        TopBy::Hub,
        TopBy::FollowingStrength,
        TopBy::Amplification,
        TopBy::Conversation,
        TopBy::SuspectShare,
    ];
    for by in columns {
        for (tier, community, channel) in [
            (None, None, None),
            (Some("b"), None, Some("y")),
            (None, Some(1), Some("z")),
            (Some("c"), Some(0), None),
        ] {
            let key = |n: &Node| match by {
                TopBy::Score => n.score,
                TopBy::PageRank => n.score / 1_234_567.0,
                TopBy::Reach => n.reach[0],
                TopBy::DecayedReach => n.reach[0] / 4.0,
                TopBy::Strength => n.strength,
                TopBy::Audience => f64::from(n.audience),
                TopBy::Value | TopBy::Hub | TopBy::SuspectShare => n.value.unwrap_or(-1000.0),
                TopBy::OutStrength => n.strength + n.reach[0],
                TopBy::CoreNumber => f64::from(n.audience / 2),
                TopBy::Authority => unreachable!("nobody has one"),
                TopBy::FollowingStrength => n.strength / 2.0,
                TopBy::Amplification => n.strength / 3.0,
                TopBy::Conversation => n.reach[0] / 3.0,
            };
            let mut expected: Vec<&Node> = nodes
                .iter()
                .filter(|n| n.customer && tier.is_none_or(|tier| n.tier == tier))
                .filter(|n| community.is_none_or(|community| n.community == community))
                .filter(|n| channel.is_none_or(|channel: &str| n.channels.contains(channel)))
                .collect();
            // The nodes are in the order of rank, and the sort is stable.
            expected.sort_by(|a, b| key(b).partial_cmp(&key(a)).unwrap());
            let filter = CustomerFilter {
                tier: tier.map(str::to_owned),
                community,
                channel: channel.map(str::to_owned),
            };
            let options = TopOptions { count: 25, by, filter };
            let rows = report::top(&run, &options).unwrap();
            let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
            let expected: Vec<&str> = expected.iter().take(25).map(|n| n.id.as_str()).collect();
            assert_eq!(ids, expected, "{options:?}");
            assert!(!ids.is_empty());
        }
    }
}

#[test]
fn unknown_names_are_answered_with_the_known_ones() {
    let (_dir, run) = publish(&three_customers_two_prospects());
    let message = |filter| report::top(&run, &TopOptions { filter, ..options() }).unwrap_err().to_string();
    assert_eq!(
        message(CustomerFilter { tier: Some("Golt".to_owned()), ..CustomerFilter::default() }),
        "no customer of this run is in tier `Golt`: the tiers with customers are gold, rest"
    );
    assert_eq!(
        message(CustomerFilter { channel: Some("mastodon".to_owned()), ..CustomerFilter::default() }),
        "nobody in this run is on channel `mastodon`: the channels are forum, twitter"
    );
    assert_eq!(
        message(CustomerFilter { community: Some(2), ..CustomerFilter::default() }),
        "there is no community 2; this run has communities 0 to 1"
    );
}

#[test]
fn a_damaged_table_is_never_shown() {
    let (_dir, run) = publish(&three_customers_two_prospects());
    let path = run.dir().join(tables::scores::FILE);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let fault = report::top(&run, &options()).unwrap_err();
    assert!(matches!(&fault, ReportError::Store(StoreError::Damaged { .. })), "{fault}");
    assert!(fault.to_string().contains("scores.parquet` is damaged: its SHA-256 is "), "{fault}");
    assert!(fault.to_string().ends_with("; no run is intact"), "{fault}");
}

#[test]
fn wide_letters_keep_the_columns_of_a_table_in_line() {
    let mut nodes = three_customers_two_prospects();
    nodes[1].name = Some("李小龍".to_owned());
    nodes[4].name = Some("長".repeat(30));
    let (_dir, run) = publish(&nodes);
    let table = shown(&report::top(&run, &options()).unwrap(), Format::Table);
    // A letter of these scripts takes two columns: 12 letters of `Ada Lovelace` are as wide as 3 and 6 blanks, and 19
    // such letters and the ellipsis fill 39 columns.
    let wide = format!("{}…", "長".repeat(19));
    for name in [format!("Ada Lovelace{}", " ".repeat(27)), format!("李小龍{}", " ".repeat(33)), wide] {
        assert!(
            ["gold", "rest"].iter().any(|tier| table.contains(&format!("  {name}  {tier}  "))),
            "{table}"
        );
    }
}

#[test]
fn long_ids_are_cut_and_control_characters_escaped_in_tables() {
    let mut nodes = vec![node(&"x".repeat(50), true, 1, "gold")];
    nodes[0].name = Some("right\u{202e}left\nnext".to_owned());
    let (_dir, run) = publish(&nodes);
    let table = shown(&report::top(&run, &options()).unwrap(), Format::Table);
    assert!(table.contains(&format!("  {}…  right\\u{{202e}}left\\nnext  gold", "x".repeat(39))), "{table}");
    assert_eq!(table.lines().count(), 2);
    let widths: Vec<usize> = table.lines().map(|line| line.chars().count()).collect();
    assert_eq!(widths[0], widths[1], "numbers end at the same column");
}

#[test]
fn runs_are_listed_shown_and_verified() {
    let (dir, run) = publish(&three_customers_two_prospects());
    let store = Store::open(&dir.path().join("out")).unwrap();
    let second = publish_tables(store.dir(), &[]);
    fs::remove_file(run.dir().join("manifest.json")).unwrap();
    let rows = report::list_runs(&store).unwrap();
    let table = shown(&rows, Format::Table);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines[0],
        "run                                       as of                 rows  customers  prospects  bytes  status"
    );
    assert!(lines[2].starts_with("r0001-20120707T235950Z-3f9a2c1b  "), "{table}");
    assert!(lines[2].contains("  damaged: No such file"), "{table}");
    assert_eq!(
        lines[1],
        "r0002-20120707T235950Z-3f9a2c1b  current  2012-07-07T23:59:50Z    10          3          1      0  published"
    );

    let mut out = Vec::new();
    report::render_run(&second, Format::Json, &mut out).unwrap().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(json["counts"]["nodes"], 4);
    let mut out = Vec::new();
    report::render_run(&second, Format::Csv, &mut out).unwrap().unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.starts_with("field,value\nformat,1\n") && text.contains("\ncounts.rows_read,10\n"),
        "{text}"
    );
    assert!(report::render_run(&run, Format::Csv, &mut Vec::new()).is_err());

    assert_eq!(report::verify_run(&second)[0].problem, None);
    let table = shown(&report::verify_run(&run), Format::Table);
    assert!(
        table.lines().nth(1).unwrap().contains("`manifest.json` cannot be used: No such file"),
        "{table}"
    );
}
