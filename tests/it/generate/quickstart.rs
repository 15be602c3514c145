//! The generator: the committed quickstart, the invariants of generated rows, and independent recounts.

#![expect(clippy::print_stdout, reason = "tests print the figures they judge")]

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs,
    path::Path,
    sync::LazyLock,
};

use plaudit::generate::{
    Channel, DataFile, DataSet, GenerateConfig, Identifier, PersonKind, Share, SyntheticPerson, generate,
    share_probability,
};
use proptest::prelude::*;

/// The environment variable that makes the test rewrite the committed files instead of comparing them.
const REWRITE: &str = "PLAUDIT_REWRITE_QUICKSTART";

static QUICKSTART: LazyLock<DataSet> = LazyLock::new(|| generate(&GenerateConfig::quickstart()));

fn small(seed: u64) -> GenerateConfig {
    GenerateConfig { customers: 400, prospects: 100, events: 6_000, seed, ..GenerateConfig::default() }
}

fn text(data: &DataSet, file: DataFile) -> String {
    let mut bytes = Vec::new();
    data.write_file(file, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The rows of a file as an independent reader reads them, including the header if there is one.
fn rows(data: &DataSet, file: DataFile) -> Vec<Vec<String>> {
    let text = text(data, file);
    let is_tabbed = matches!(file, DataFile::Shares(_));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .quoting(!is_tabbed)
        .delimiter(if is_tabbed { b'\t' } else { b',' })
        .from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The rows of a file as maps from column name to field.
fn named_rows(data: &DataSet, file: DataFile) -> Vec<HashMap<String, String>> {
    let mut rows = rows(data, file).into_iter();
    let header = rows.next().unwrap();
    rows.map(|row| {
        assert_eq!(row.len(), header.len(), "{row:?}");
        header.iter().cloned().zip(row).collect()
    })
    .collect()
}

/// Parses a time in any of the formats that the files use, in epoch seconds; `None` for an invalid one.
fn second(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(if number > 100_000_000_000 { number / 1000 } else { number });
    }
    let text = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

#[test]
fn committed_quickstart_is_what_the_generator_makes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/quickstart");
    let mut total = 0;
    for (path, bytes) in QUICKSTART.files() {
        let path = folder.join(path);
        if std::env::var_os(REWRITE).is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        let committed = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(committed == bytes, "{} differs from what the generator makes", path.display());
        total += bytes.len();
    }
    assert!(total <= 2_000_000, "the bundled data set has {total} bytes");
}

#[test]
fn same_seed_same_bytes_and_another_seed_other_bytes() {
    let [once, again, other] = [7, 7, 8].map(|seed| generate(&small(seed)).files());
    assert!(once == again);
    for ((path, bytes), (_, others)) in once.iter().zip(&other) {
        assert!(bytes != others || path == "plaudit.toml", "{path} does not depend on the seed");
    }
}

#[test]
fn every_share_travels_along_a_follow_and_nobody_shares_twice() {
    let data = &*QUICKSTART;
    assert!(data.shares.rows.is_sorted());
    let mut shared_at: HashMap<(u32, u32), u32> = HashMap::new();
    for share in &data.shares.rows {
        if share.parent != share.sharer {
            let watches =
                data.network.audience(share.parent).map(|place| data.network.follows[place]).any(|f| {
                    let then = shared_at[&(share.content, share.parent)];
                    f.follower == share.sharer
                        && f.channel == share.channel
                        && f.since <= then
                        && then < f.until
                });
            assert!(watches, "{share:?} follows no exposure");
            assert!(shared_at[&(share.content, share.parent)] < share.at, "{share:?} is too early");
        }
        assert_eq!(shared_at.insert((share.content, share.sharer), share.at), None, "{share:?} is repeated");
    }
}

/// Counts exposures and shares of every follow from the log alone, for each content and each follow.
fn recount(data: &DataSet) -> (Vec<u32>, Vec<u32>) {
    let mut by_content: BTreeMap<u32, Vec<Share>> = BTreeMap::new();
    for &share in &data.shares.rows {
        by_content.entry(share.content).or_default().push(share);
    }
    let mut exposures = vec![0; data.network.follows.len()];
    let mut successes = vec![0; data.network.follows.len()];
    for log in by_content.values() {
        let of = |person: u32| log.iter().find(|share| share.sharer == person);
        for (place, follow) in data.network.follows.iter().enumerate() {
            let Some(source) = of(follow.followed) else { continue };
            let watches =
                follow.channel == source.channel && follow.since <= source.at && source.at < follow.until;
            let shared = of(follow.follower);
            if watches && shared.is_none_or(|share| share > source) {
                exposures[place] += 1;
                successes[place] += u32::from(shared.is_some_and(|share| share.parent == follow.followed));
            }
        }
    }
    (exposures, successes)
}

#[test]
fn exposures_and_successes_can_be_counted_again_from_the_log() {
    for seed in 0..3 {
        let data = generate(&small(seed));
        let (exposures, successes) = recount(&data);
        assert!(exposures == data.shares.exposures && successes == data.shares.successes, "seed {seed}");
        assert!(exposures.iter().sum::<u32>() > 1000 && successes.iter().sum::<u32>() > 100, "seed {seed}");
    }
}

#[test]
fn people_share_about_as_often_as_was_planted() {
    let data = &*QUICKSTART;
    let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (follow, (&exposures, &successes)) in
        data.network.follows.iter().zip(data.shares.exposures.iter().zip(&data.shares.successes))
    {
        let planted = share_probability(&data.people, data.config.seed, follow.follower, follow.followed);
        let sum = sums.entry(data.people.persons[follow.followed as usize].kind.name()).or_default();
        sum.0 += f64::from(exposures) * f64::from(planted) / 10_000.0;
        sum.1 += f64::from(successes);
    }
    // The log omits shares that an earlier exposure has already caused, and shares after June.
    for kind in ["star", "quiet", "ordinary", "hollow"] {
        let (expected, found) = sums[kind];
        let noise = 4.0 * expected.sqrt();
        println!("{kind}: {found} shares where {expected:.0} were planted");
        assert!(
            found <= expected + noise && found >= 0.8 * expected - noise,
            "{kind}: {found} of {expected}"
        );
    }
}

#[test]
fn rows_are_sorted_and_fewer_than_one_in_a_hundred_is_bad() {
    let data = &*QUICKSTART;
    let (mut total, mut bad, mut faults) = (0, 0, BTreeSet::new());
    for (file, columns, at, actor, kind) in [
        (DataFile::Follows(Channel::Twitter), 4, 3, 0, Some(2)),
        (DataFile::Follows(Channel::Instagram), 4, 3, 0, Some(2)),
        (DataFile::Follows(Channel::Forum), 4, 3, 0, Some(2)),
        (DataFile::Shares(Channel::Twitter), 4, 2, 0, None),
        (DataFile::Shares(Channel::Instagram), 4, 2, 0, None),
        (DataFile::Support, 7, 1, 3, Some(5)),
    ] {
        let skipped = usize::from(!matches!(file, DataFile::Shares(_)));
        let mut last = i64::MIN;
        let mut bad_here = 0;
        let rows = rows(data, file);
        for row in rows.iter().skip(skipped) {
            let fault = if row.len() < columns {
                "missing field"
            } else if row[actor].is_empty() {
                "empty actor"
            } else if kind.is_some_and(|kind| row[kind] == "poke") {
                "unknown kind"
            } else if let Some(at) = second(&row[at]) {
                assert!(last <= at, "{}: {row:?} is out of order", file.path());
                assert!((1_767_225_600..1_782_864_000).contains(&at), "{row:?} is not from January to June");
                last = at;
                continue;
            } else {
                "bad time"
            };
            faults.insert(fault);
            bad_here += 1;
        }
        assert!(bad_here > 0 && bad_here * 100 < rows.len(), "{}: {bad_here} bad rows", file.path());
        total += rows.len();
        bad += bad_here;
    }
    println!("{bad} of {total} rows are bad: {faults:?}");
    assert_eq!(faults.len(), 4);
    assert!((38_000..44_000).contains(&total));
}

#[test]
fn communities_and_audiences_are_heavy_tailed() {
    let data = &*QUICKSTART;
    assert!((30..=60).contains(&data.people.community_count()));
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for person in data.people.persons.iter().filter(|person| person.is_active()) {
        *sizes.entry(person.community.0).or_default() += 1;
    }
    let largest = *sizes.values().max().unwrap();
    let smallest = *sizes.values().min().unwrap();
    assert!(smallest >= 80 && largest >= 5 * smallest, "{smallest} to {largest}");

    let mut audiences: Vec<usize> =
        (0..data.people.persons.len() as u32).map(|person| data.network.audience(person).len()).collect();
    audiences.sort_unstable();
    let (median, largest) = (audiences[audiences.len() / 2].max(1), audiences[audiences.len() - 1]);
    assert!(largest >= 20 * median, "largest audience {largest}, median {median}");

    let community = |person: u32| data.people.persons[person as usize].community;
    let abroad =
        data.network.follows.iter().filter(|f| community(f.follower) != community(f.followed)).count();
    let mixing = abroad as f64 / data.network.follows.len() as f64;
    println!("{} communities, largest audience {largest}, mixing {mixing:.3}", sizes.len());
    assert!((0.1..0.25).contains(&mixing), "mixing {mixing}");
}

#[test]
fn cascades_are_heavy_tailed() {
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for share in &QUICKSTART.shares.rows {
        *sizes.entry(share.content).or_default() += 1;
    }
    let mut sizes: Vec<usize> = sizes.into_values().collect();
    sizes.sort_unstable();
    let at = |share: f64| sizes[(share * sizes.len() as f64) as usize];
    let largest = sizes[sizes.len() - 1];
    println!("{} cascades, sizes {} {} {} {largest}", sizes.len(), at(0.5), at(0.9), at(0.99));
    assert!(at(0.5) <= 2 && at(0.99) >= 20 && largest >= 80);
}

#[test]
fn influencers_are_few_and_far_above_the_others() {
    let data = &*QUICKSTART;
    for group in [0..5000, 5000..6000] {
        let persons = &data.people.persons[group];
        let is_influencer = |kind| matches!(kind, PersonKind::Star | PersonKind::Quiet);
        let (influencers, others): (Vec<&SyntheticPerson>, Vec<&SyntheticPerson>) =
            persons.iter().partition(|p| is_influencer(p.kind));
        assert_eq!(influencers.len(), persons.len() / 100);
        let least = influencers.iter().map(|p| p.influence).min().unwrap();
        assert!(least > 2 * others.iter().map(|p| p.influence).max().unwrap());
    }
}

#[test]
fn truth_csv_lists_each_person_once_by_influence() {
    let rows = named_rows(&QUICKSTART, DataFile::Truth);
    assert_eq!(rows.len(), 6000);
    assert_eq!(rows.iter().map(|row| &row["id"]).collect::<HashSet<_>>().len(), 6000);
    assert_eq!(rows.iter().filter(|row| row["is_customer"] == "1").count(), 5000);
    let mut ranked: Vec<(u32, f64)> =
        rows.iter().map(|row| (row["rank"].parse().unwrap(), row["influence"].parse().unwrap())).collect();
    ranked.sort_by_key(|&(rank, _)| rank);
    assert!(ranked.iter().map(|&(rank, _)| rank).eq(1..=6000));
    assert!(ranked.iter().is_sorted_by(|a, b| a.1 >= b.1));
    assert!(rows.iter().all(|row| row["community"].is_empty() == (row["kind"] == "absent")));

    let edges = named_rows(&QUICKSTART, DataFile::TruthEdges);
    let ids: HashSet<&String> = rows.iter().map(|row| &row["id"]).collect();
    assert!(edges.len() > 5000);
    for edge in &edges {
        let p: f64 = edge["probability"].parse().unwrap();
        let [exposures, shares] = ["exposures", "shares"].map(|column| edge[column].parse::<u32>().unwrap());
        assert!(0.0 < p && p <= 0.9 && exposures >= 5 && shares <= exposures);
        assert!(ids.contains(&edge["follower"]) && ids.contains(&edge["followed"]));
    }
}

#[test]
fn crm_has_every_column_and_its_usual_flaws() {
    let data = &*QUICKSTART;
    let rows = named_rows(data, DataFile::Customers);
    assert_eq!(rows.len(), 5000);
    let is_some_row = |test: &dyn Fn(&HashMap<String, String>) -> bool| rows.iter().any(test);
    for consent in ["full", "profile", "none", ""] {
        assert!(is_some_row(&|row| row["consent"] == consent), "nobody has consent `{consent}`");
    }
    for odd in [",", "\"", "ø", "ö"] {
        assert!(is_some_row(&|row| row["name"].contains(odd)), "no name has a `{odd}`");
    }
    for odd in ["@", " ", "B"] {
        assert!(is_some_row(&|row| row["instagram"].starts_with(odd)), "no handle begins with `{odd}`");
    }
    assert!(is_some_row(&|row| !row["household_id"].is_empty()) && is_some_row(&|row| row["ltv"].is_empty()));

    let mut claimants: HashMap<String, Vec<&str>> = HashMap::new();
    let mut handle_counts = [0; 4];
    for row in &rows {
        let handles = ["twitter", "instagram", "forum"].map(|channel| (channel, &row[channel]));
        handle_counts[handles.iter().filter(|(_, handle)| !handle.is_empty()).count()] += 1;
        for (namespace, text) in handles.into_iter().chain([("email", &row["email"])]) {
            if !text.is_empty() {
                let plain = text.trim().trim_start_matches('@').to_lowercase();
                claimants.entry(format!("{namespace}:{plain}")).or_default().push(&row["customer_id"]);
            }
        }
    }
    assert!(
        handle_counts.iter().all(|&count| count > 50),
        "{handle_counts:?} customers have 0, 1, 2, 3 handles"
    );
    let doubles: Vec<_> = claimants.values().filter(|claimants| claimants.len() > 1).collect();
    assert!(doubles.iter().all(|claimants| claimants.len() == 2));
    assert_eq!(doubles.len(), data.crm.claims.len());
    assert!(doubles.len() >= 6);
    for &(claimant, identifier) in data.crm.claims.keys() {
        let channel = identifier.channel();
        assert!(channel.is_none_or(|channel| !data.people.persons[claimant as usize].is_on(channel)));
        assert!(Identifier::ALL.contains(&identifier));
    }
}

#[test]
fn handles_are_unique_on_their_channel_in_any_size() {
    // There are more people than handles of two syllables.
    let cfg =
        GenerateConfig { customers: 100, prospects: 25_000, events: 1_000, ..GenerateConfig::default() };
    let data = generate(&cfg);
    let keys: HashSet<String> = (0..25_100).map(|person| data.key(person)).collect();
    assert_eq!(keys.len(), 25_100);
}

#[test]
fn configuration_names_the_files_and_their_columns() {
    let config: toml::Table = text(&QUICKSTART, DataFile::Config).parse().unwrap();
    assert_eq!(config["run"]["output"].as_str(), Some("../../out"));
    let written: HashMap<String, DataFile> =
        DataFile::ALL.into_iter().map(|file| (file.path(), file)).collect();
    let mut named = BTreeSet::new();
    for block in config["events"].as_array().unwrap().iter().chain(config["customers"].as_array().unwrap()) {
        let path = block["path"].as_str().unwrap();
        named.insert(path);
        let first = &rows(&QUICKSTART, written[path])[0];
        let identifiers = block.get("identifiers").and_then(toml::Value::as_table);
        for column in block["columns"]
            .as_table()
            .unwrap()
            .values()
            .chain(identifiers.into_iter().flat_map(|t| t.values()))
        {
            match column {
                toml::Value::String(name) => assert!(first.contains(name), "{path} has no column {name}"),
                number => assert!((number.as_integer().unwrap() as usize) < first.len(), "{path}: {number}"),
            }
        }
        if let Some(kinds) = block.get("kinds").and_then(toml::Value::as_table) {
            let column = block["columns"]["kind"].as_str().unwrap();
            let place = first.iter().position(|name| name == column).unwrap();
            let words: BTreeSet<String> = rows(&QUICKSTART, written[path])
                .iter()
                .skip(1)
                .filter_map(|row| row.get(place).cloned())
                .collect();
            let known: BTreeSet<String> = kinds.keys().cloned().chain(["poke".to_owned()]).collect();
            assert!(words.is_subset(&known), "{path}: {words:?}");
        }
    }
    let inputs = written.keys().filter(|path| path.starts_with("events/") || *path == "customers.csv");
    assert_eq!(inputs.map(String::as_str).collect::<BTreeSet<_>>(), named);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_size_makes_readable_files(
        customers in 0_u32..300,
        prospects in 0_u32..100,
        events in 0_u32..2_000,
        seed: u64,
        mixing_percent in 0_u32..=100,
        smallest_community in 0_u32..200,
        absent_percent in 0_u32..=100,
        lurker_percent in 0_u32..=100,
    ) {
        let output = "out".to_owned();
        let data = generate(&GenerateConfig {
            customers, prospects, events, seed, mixing_percent, smallest_community, absent_percent, lurker_percent,
            output,
        });
        prop_assert_eq!(named_rows(&data, DataFile::Customers).len(), customers as usize);
        prop_assert_eq!(named_rows(&data, DataFile::Truth).len(), (customers + prospects) as usize);
        for file in DataFile::ALL {
            prop_assert!(!text(&data, file).is_empty() || matches!(file, DataFile::Shares(_)));
        }
        for follow in &data.network.follows {
            prop_assert!(follow.follower != follow.followed && follow.since < follow.until);
            for person in [follow.follower, follow.followed] {
                prop_assert!(data.people.persons[person as usize].is_on(follow.channel));
            }
        }
        for message in &data.messages {
            for person in [message.actor, message.target] {
                prop_assert!(data.people.persons[person as usize].is_on(message.channel));
            }
        }
    }
}
