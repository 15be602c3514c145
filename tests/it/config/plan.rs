//! Configurations: every key, every default, every message; docs/configuration.md agrees with the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use plaudit::{
    cli::exit::CliError,
    config::{
        self, AsOf, ConfigError, ContinuationConfig, Files, MemoryLimit, Plan, Probability, SpreadConfig,
    },
    event::{
        CaseRule, ColumnRef, Delimiter, EventLayout, FixedOrColumn, KindId, Quoting, Ragged, TextShape, Time,
        TimeFormat, TimeLayout, Zone,
    },
    identity::{Consent, DeniedRule},
    influence::Diffusion,
    projection::{Duplicates, KindRole, KindWeight, Saturation},
    rank::{Solver, StopRule},
};
use proptest::prelude::*;
use serde_json::Value;

const EVENTS: &str = "[[events]]\npath = \"events/*.csv\"\n";

/// A configuration that sets every key to something other than its default.
const EVERY_KEY: &str = r##"
[run]
output = "store"
as_of = "2012-07-05"
window = "365d"
memory_limit = "4GiB"
seed = 7
max_rejected = 0.25
duplicates = "keep"
threads = 3

[[events]]
path = "events/*.tsv.gz"
channel = "twitter"
header = true
quoting = "none"
comment = "#"
skip_rows = 3
skip_footer = 2
ragged = "fill"
time_format = "%d/%m/%Y %H:%M"
time_zone = "Europe/Berlin"
columns = { actor = "user", target = 3, kind = "action", at = "time" }
kinds = { RT = "share", buy = "purchase" }

[[events]]
path = "follows.txt"
delimiter = "blank"
header = false
columns = { actor = 1, target = 0, channel = 2 }
kind = "follow"

[[customers]]
path = "crm/*.csv"
delimiter = ";"
skip_rows = 1
skip_footer = 4
words = { JA = "denied", nein = "full" }
ragged = "fill"
columns = { id = "key", name = "name", value = 4, household = "home", consent = "ok" }
identifiers = { email = ["mail", "mail2"], twitter = "handle" }

[[contacts]]
path = "sent.csv"
skip_rows = 5
skip_footer = 6
ragged = "fill"
time_format = "%Y/%m/%d"
time_zone = "-03:30"

[channels]
discord = { case = "exact" }

[consent]
missing = "full"
denied = "exclude"

[weights]
saturation = "none"
follow = { weight = 0.125, half_life = "52w" }
share = { half_life = "none", daily_cap = "none" }
purchase = { weight = 10, half_life = "90d", daily_cap = 2 }

[rank]
damping = 0.5
tolerance = 1e-6
max_rounds = 50
solver = "jacobi"

[communities]
resolution = 2.5
iterations = 5
warm_start = false
cold_every = "2w"
adopt_margin = 0

[reach]
hops = 3
registers = 1024
exact_edges = "all"
probability = 0.125
model = "lt"

[tiers]
names = ["gold", "silver", "bronze"]
shares = [7, 33.3]
weights = { pagerank = 1, reach = 0, strength = 2.5 }
"##;

fn resolve(text: &str) -> Result<Plan, ConfigError> {
    config::from_toml(text, "plaudit.toml", Path::new("jobs"))
}

fn plan(text: &str) -> Plan {
    resolve(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The error message that the command line shows for the configuration `text`.
fn message(text: &str) -> String {
    CliError::from(resolve(text).expect_err(text)).to_string()
}

fn name(name: &str) -> ColumnRef {
    ColumnRef::Name(name.to_owned())
}

#[test]
fn every_key_of_run_is_read() {
    let plan = plan(EVERY_KEY);
    assert_eq!(plan.output, Path::new("jobs/store"));
    assert_eq!(plan.as_of, AsOf::At(Time(1_341_446_400)));
    assert_eq!(plan.window_s, Some(365 * 86_400));
    assert_eq!(plan.memory_limit, MemoryLimit::Bytes(4 << 30));
    assert_eq!((plan.seed, plan.communities.seed, plan.reach.seed), (7, 7, 7));
    assert_eq!(plan.max_rejected, 0.25);
    assert_eq!(plan.weights.duplicates, Duplicates::Keep);
    assert_eq!(plan.threads, NonZeroUsize::new(3));
}

#[test]
fn every_key_of_events_is_read() {
    let plan = plan(EVERY_KEY);
    let our_names = ["follow", "unfollow", "share", "reply", "mention", "purchase"];
    let ours = (0..).zip(our_names).map(|(id, name)| (name.to_owned(), KindId(id)));
    let mut kinds: BTreeMap<String, KindId> = ours.collect();
    let follows = EventLayout {
        delimiter: Delimiter::Blanks,
        header: false,
        quoting: Quoting::None,
        comment: None,
        actor: ColumnRef::Index(1),
        target: ColumnRef::Index(0),
        at: None,
        channel: Some(FixedOrColumn::Column(ColumnRef::Index(2))),
        kind: FixedOrColumn::Fixed(KindId(0)),
        kinds: kinds.clone(),
        shape: TextShape::default(),
        times: TimeLayout::default(),
    };
    kinds.extend([("RT".to_owned(), KindId(2)), ("buy".to_owned(), KindId(5))]);
    let events = EventLayout {
        delimiter: Delimiter::Byte(b'\t'),
        header: true,
        quoting: Quoting::None,
        comment: Some(b'#'),
        actor: name("user"),
        target: ColumnRef::Index(3),
        at: Some(name("time")),
        channel: Some(FixedOrColumn::Fixed("twitter".to_owned())),
        kind: FixedOrColumn::Column(name("action")),
        kinds,
        shape: TextShape { skip_rows: 3, skip_footer: 2, ragged: Ragged::Fill },
        times: TimeLayout::new(TimeFormat::new("%d/%m/%Y %H:%M").ok(), Zone::new("Europe/Berlin").unwrap()),
    };
    assert_eq!(plan.events[0].layout, events);
    assert_eq!(plan.events[1].layout, follows);
    let source = plan.events[0].source(PathBuf::from("one.tsv"));
    assert_eq!((source.path, source.layout), (PathBuf::from("one.tsv"), events));
}

#[test]
fn every_key_of_customers_is_read() {
    let plan = plan(EVERY_KEY);
    let source = plan.customers[0].source(PathBuf::from("crm/a.csv"));
    assert_eq!(source.path, Path::new("crm/a.csv"));
    assert_eq!(source.delimiter, b';');
    assert_eq!(source.shape, TextShape { skip_rows: 1, skip_footer: 4, ragged: Ragged::Fill });
    assert_eq!(source.id, name("key"));
    assert_eq!(source.name, Some(name("name")));
    assert_eq!(source.value, Some(ColumnRef::Index(4)));
    assert_eq!(source.household, Some(name("home")));
    assert_eq!(source.consent, Some(name("ok")));
    let identifiers = [("email", "mail"), ("email", "mail2"), ("twitter", "handle")];
    let identifiers = identifiers.map(|(namespace, column)| (namespace.to_owned(), name(column)));
    assert_eq!(source.identifiers, identifiers);
    let words = [("ja", Consent::Denied), ("nein", Consent::Full)].map(|(word, is)| (word.to_owned(), is));
    assert_eq!(source.words, Some(words.into()));
    assert_eq!(plan.channels.case("discord"), CaseRule::Exact);
    assert_eq!(plan.channels.case("twitter"), CaseRule::Fold);
    assert_eq!(plan.consent.missing, Consent::Full);
    assert_eq!(plan.consent.denied, DeniedRule::Exclude);
}

#[test]
fn the_shape_and_the_times_of_contact_logs_are_read() {
    let log = &plan(EVERY_KEY).contacts[0];
    assert_eq!(log.shape, TextShape { skip_rows: 5, skip_footer: 6, ragged: Ragged::Fill });
    assert_eq!(log.times, TimeLayout::new(TimeFormat::new("%Y/%m/%d").ok(), Zone::new("-03:30").unwrap()));
}

#[test]
fn formats_that_tell_no_day_and_unknown_zones_are_refused() {
    let events = |keys: &str| format!("[[events]]\npath = \"a.csv\"\n{keys}\n");
    for (keys, expected) in [
        ("time_format = \"%d.%m.\"", "plaudit.toml:3:15"),
        ("time_format = \"%H:%M\"", "`%H:%M` is no format for times"),
        ("time_format = \"%d.%m.%Y %!\"", "is no format for times"),
        ("time_zone = \"Mitteleuropa\"", "it is `Mitteleuropa`; `UTC`, an offset such as `+02:00`"),
        ("time_zone = \"+2\"", "it is `\"+2\"`"),
        ("skip_rows = -1", "plaudit.toml:3:13"),
        ("ragged = \"maybe\"", "one of `reject`"),
        (
            "header = false\nragged = \"fill\"\ncolumns = { actor = 0, target = 1 }\nkind = \"share\"",
            "only a header says",
        ),
        (
            "kind = \"follow\"\ntime_zone = \"UTC\"\ncolumns = { actor = \"a\", target = \"b\" }",
            "no column holds times",
        ),
    ] {
        let found = message(&events(keys));
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn every_key_of_the_kernels_is_read() {
    let plan = plan(EVERY_KEY);
    assert_eq!(plan.rank.damping, 0.5);
    assert_eq!(plan.rank.stop, StopRule::Certified { tolerance: 1e-6, max_rounds: 50 });
    assert_eq!(plan.rank.solver, Solver::Jacobi);
    assert_eq!((plan.communities.resolution, plan.communities.iterations), (2.5, 5));
    let continuation =
        ContinuationConfig { warm_start: false, cold_every_s: Some(1_209_600), adopt_margin: 0.0 };
    assert_eq!(plan.continuation, continuation);
    assert_eq!((plan.reach.hops, plan.reach.registers), (3, 1024));
    assert_eq!(plan.reach.exact_edges, u64::MAX);
    let spread =
        SpreadConfig { probability: Probability::Fixed(0.125), diffusion: Diffusion::LinearThreshold };
    assert_eq!(plan.spread, spread);
    let bands: Vec<(&str, f64)> =
        plan.tiers.bands.iter().map(|band| (band.name.as_str(), band.up_to_share)).collect();
    assert_eq!(bands, [("gold", 0.07), ("silver", 0.333), ("bronze", 1.0)]);
    let components: Vec<(&str, f64)> =
        plan.tiers.components.iter().map(|part| (part.measure.name(), part.weight)).collect();
    assert_eq!(components, [("pagerank", 1.0), ("reach", 0.0), ("strength", 2.5), ("audience", 0.1)]);
}

#[test]
fn probability_is_a_word_or_a_number() {
    let spread = |lines: &str| resolve(&format!("{EVENTS}[reach]\n{lines}\n")).map(|plan| plan.spread);
    let cascade = |probability| SpreadConfig { probability, diffusion: Diffusion::IndependentCascade };
    for (lines, expected) in [
        ("", cascade(Probability::Auto)),
        ("probability = \"auto\"", cascade(Probability::Auto)),
        ("probability = \"learnt\"", cascade(Probability::Learned)),
        ("probability = \"weighted-cascade\"\nmodel = \"ic\"", cascade(Probability::WeightedCascade)),
        ("probability = 1", cascade(Probability::Fixed(1.0))),
        ("probability = 0.05", cascade(Probability::Fixed(0.05))),
        (
            "model = \"lt\"",
            SpreadConfig { probability: Probability::Auto, diffusion: Diffusion::LinearThreshold },
        ),
    ] {
        assert_eq!(spread(lines), Ok(expected), "{lines}");
    }
    for (lines, why, hint) in [
        (
            "probability = 0",
            "it is 0; `auto`, `learnt`, `weighted-cascade` or a number above 0, at most 1 is expected",
            "\"auto\"",
        ),
        ("probability = 1.5", "it is 1.5; `auto`", "\"auto\""),
        ("probability = nan", "it is NaN; `auto`", "\"auto\""),
        ("probability = \"learned\"", "it is `learned`; `auto`", "did you mean `learnt`?"),
        ("probability = true", "it is true; `auto`", "\"auto\""),
        ("model = \"lf\"", "one of `ic`, `lt` is expected", "`lt`"),
        (
            "probability = \"learnt\"\nmodel = \"lt\"",
            "learned probabilities of one person may add up to more than 1",
            "change it",
        ),
    ] {
        let message = message(&format!("{EVENTS}[reach]\n{lines}\n"));
        assert!(message.contains(why) && message.contains(hint), "{lines}: {message}");
    }
}

#[test]
fn unset_weights_keep_their_defaults_and_own_kinds_come_last_by_name() {
    let text = format!(
        "{EVENTS}[weights]\nshare = {{ weight = 5 }}\nzap = {{ weight = 0.5 }}\nlike = {{ weight = 1 }}\n"
    );
    let weights = plan(&text).weights;
    let day = 86_400;
    let kind = |name: &str, role, weight_milli, half_life_s, daily_cap| KindWeight {
        name: name.to_owned(),
        role,
        weight_milli,
        half_life_s,
        daily_cap,
    };
    let act = KindRole::Act;
    assert_eq!(
        weights.kinds,
        [
            kind("follow", KindRole::Follow, 1000, None, None),
            kind("unfollow", KindRole::Unfollow, 0, None, None),
            kind("share", act, 5000, Some(30 * day), None),
            kind("reply", act, 2000, Some(30 * day), None),
            kind("mention", act, 1500, Some(30 * day), None),
            kind("like", act, 1000, Some(30 * day), None),
            kind("zap", act, 500, Some(30 * day), None),
        ]
    );
    assert_eq!(weights.saturation, Saturation::Log);
}

#[test]
fn at_most_250_kinds_are_possible() {
    let own = |count: usize| {
        let lines: Vec<String> =
            (0..count).map(|index| format!("own-{index:03} = {{ weight = 1 }}")).collect();
        resolve(&format!("{EVENTS}[weights]\n{}", lines.join("\n")))
    };
    assert_eq!(own(245).unwrap().weights.kinds.len(), 250);
    assert!(own(246).unwrap_err().to_string().contains("at most 250"));
}

#[test]
fn configured_kind_names_override_the_built_in_ones() {
    let text = format!("{EVENTS}kinds = {{ share = \"reply\" }}\n");
    let kinds = plan(&text).events[0].layout.kinds.clone();
    assert_eq!((kinds["share"], kinds["reply"], kinds["follow"]), (KindId(3), KindId(3), KindId(0)));
}

#[test]
fn relative_paths_start_from_the_folder_of_the_configuration() {
    let at = |text: &str, folder: &str| config::from_toml(text, "p", Path::new(folder)).unwrap();
    let plan = at(EVENTS, "a [1]/b");
    assert_eq!(plan.output, Path::new("a [1]/b/out"));
    assert_eq!(plan.events[0].files.path(), Path::new("a [1]/b/events/*.csv"));
    // The folder is never taken as a pattern, whatever its name is.
    assert_eq!(plan.events[0].files.glob().as_deref(), Some("a [[]1[]]/b/events/*.csv"));
    let absolute = at("[run]\noutput = \"/o\"\n[[events]]\npath = \"/e/*.csv\"\n", "jobs");
    assert_eq!(absolute.output, Path::new("/o"));
    assert_eq!(absolute.events[0].files.glob().as_deref(), Some("/e/*.csv"));
    assert_eq!(at(EVENTS, "").events[0].files.glob().as_deref(), Some("events/*.csv"));
}

#[test]
fn event_files_alone_make_a_plan_of_defaults() {
    let files = [PathBuf::from("a*.csv"), PathBuf::from("b.TSV.zst")];
    let mut alone = config::from_event_files(&files, PathBuf::from("o")).unwrap();
    assert_eq!(alone.events[0].files, Files::Exact(files[0].clone()));
    assert_eq!(alone.events[0].files.glob(), None);
    assert_eq!(alone.events[1].layout.delimiter, Delimiter::Byte(b'\t'));
    alone.events.truncate(1);
    let mut written = config::from_toml("[[events]]\npath = \"a*.csv\"", "p", Path::new("")).unwrap();
    written.output = PathBuf::from("o");
    written.events[0].files = Files::Exact(files[0].clone());
    assert_eq!(alone, written);
    assert!(config::from_event_files(&[], PathBuf::from("o")).is_err());
}

#[test]
fn times_may_stand_without_quotes() {
    for time in
        ["2012-07-05", "2012-07-05T00:00:00Z", "2012-07-05 00:00:00", "1341446400", "\"1341446400000\""]
    {
        let text = format!("{EVENTS}[run]\nas_of = {time}\n");
        assert_eq!(plan(&text).as_of, AsOf::At(Time(1_341_446_400)), "{time}");
    }
}

/// A plan written as in the manifest and read again is the same plan.
#[test]
fn a_plan_written_out_resolves_to_itself() {
    for text in [EVENTS, EVERY_KEY] {
        let first = config::from_toml(text, "p", Path::new("")).unwrap();
        let written = toml::to_string(&first.to_json()).unwrap();
        let second = config::from_toml(&written, "p", Path::new("")).unwrap();
        assert_eq!(first, second, "{written}");
        assert_eq!(first.digest_text(), second.digest_text());
    }
}

#[test]
fn the_digest_covers_exactly_the_settings_that_change_a_result() {
    let digest = |run: &str| plan(&format!("{EVENTS}[run]\n{run}\n")).digest_text();
    let plain = digest("");
    for same in ["output = \"x\"", "threads = 2", "memory_limit = \"1GiB\"", "seed = 42"] {
        assert_eq!(digest(same), plain, "{same}");
    }
    for other in
        ["seed = 1", "as_of = 2012-07-05", "window = \"1d\"", "max_rejected = 0.5", "duplicates = \"keep\""]
    {
        assert_ne!(digest(other), plain, "{other}");
    }
}

/// A faulty text, and the error message of the command line.
const MESSAGES: [(&str, &str); 12] = [
    (
        "[run]\nseed = 1\n\n[rank]\n  dampnig = 0.5\n",
        "error: unknown key `rank.dampnig` at plaudit.toml:5:3\n  \
         why:  the keys allowed here are `damping`, `tolerance`, `max_rounds`, `solver`, `warm_start`, `topics`\n  \
         hint: did you mean `damping`?",
    ),
    (
        "[rnak]\n",
        "error: unknown key `rnak` at plaudit.toml:1:2\n  \
         why:  the keys allowed here are `run`, `events`, `customers`, `contacts`, `channels`, `consent`, `guard`, `weights`, `rank`, `communities`, `reach`, `trust`, `tiers`\n  \
         hint: did you mean `rank`?",
    ),
    (
        "[run]\nzebra = 1\n",
        "error: unknown key `run.zebra` at plaudit.toml:2:1\n  \
         why:  the keys allowed here are `output`, `as_of`, `window`, `memory_limit`, `seed`, `max_rejected`, `duplicates`, `threads`, `placeholders`\n  \
         hint: remove it; docs/configuration.md explains every key",
    ),
    (
        "# é\n[weights]\nshare = { weihgt = 3.0 }\n",
        "error: unknown key `weights.share.weihgt` at plaudit.toml:3:11\n  \
         why:  the keys allowed here are `weight`, `half_life`, `daily_cap`\n  \
         hint: did you mean `weight`?",
    ),
    (
        "[weights]\nshrae = { weight = 3.0 }\n",
        "error: unknown key `weights.shrae` at plaudit.toml:2:1\n  \
         why:  the keys allowed here are `saturation`, `follow`, `share`, `reply`, `mention`\n  \
         hint: did you mean `share`?",
    ),
    (
        "[rank]\ndamping = 1\n[[events]]\npath = \"a.csv\"\n",
        "error: cannot use `rank.damping` at plaudit.toml:2:11\n  \
         why:  it is 1; a number from 0 to below 1 is expected\n  \
         hint: change it, or remove the line to get the default, 0.85",
    ),
    (
        "[rank]\ndamping = \"high\"\n",
        "error: cannot use `rank.damping` at plaudit.toml:2:11\n  \
         why:  it is `high`; a number from 0 to below 1 is expected\n  \
         hint: change it, or remove the line to get the default, 0.85",
    ),
    (
        "[rank]\nsolver = \"gauss\"\n[[events]]\npath = \"a.csv\"\n",
        "error: cannot use `rank.solver` at plaudit.toml:2:10\n  \
         why:  it is `gauss`; one of `jacobi`, `gauss-seidel` is expected\n  \
         hint: did you mean `gauss-seidel`?",
    ),
    (
        "[rank\n",
        "error: cannot read the configuration at plaudit.toml:1:6\n  \
         why:  unclosed table, expected `]`\n  \
         hint: fix the line; text is written in quotes, a table name in [brackets]",
    ),
    (
        "[events]\npath = \"a.csv\"\n",
        "error: cannot use `events` at plaudit.toml:1:1\n  \
         why:  it is one table; a list of tables is expected, `[[events]]` with two brackets\n  \
         hint: change it; docs/configuration.md explains the key with an example",
    ),
    (
        "[[events]]\npath = \"a.csv\"\n\n[[events]]\npath = \"b.csv\"\ncolumns = { actor = \"a\", target = \"b\" }\n",
        "error: `events[1].kind` is missing at plaudit.toml:4:1\n  \
         why:  neither `columns.kind` nor a fixed `kind = \"share\"` says what was done\n  \
         hint: add `kind`; docs/configuration.md explains it with an example",
    ),
    (
        "[run]\n",
        "error: `events` is missing at plaudit.toml\n  \
         why:  a run needs at least one `[[events]]` table with a `path`\n  \
         hint: add `events`; docs/configuration.md explains it with an example",
    ),
];

#[test]
fn messages_say_what_where_why_and_how_to_fix_it() {
    for (text, expected) in MESSAGES {
        assert_eq!(message(text), expected, "{text}");
    }
}

/// An invalid text, the key that the error names, and a word of the reason.
const FAULTS: [(&str, &str, &str); 56] = [
    ("[[events]]\npath = 'e.csv'\n[communities]\ncold_every = 'weekly'", "communities.cold_every", "`7d`"),
    (
        "[[events]]\npath = 'e.csv'\n[communities]\nadopt_margin = -0.1",
        "communities.adopt_margin",
        "from 0 to 2",
    ),
    ("[[events]]\npath = 'e.csv'\n[communities]\nresolution = 0", "communities.resolution", "from 0.001"),
    ("[run]\noutput = ''", "run.output", "empty"),
    ("[run]\nas_of = 'yesterday'", "run.as_of", "yesterday"),
    ("[run]\nas_of = [1]", "run.as_of", "a list"),
    ("[run]\nas_of = { day = 1 }", "run.as_of", "a table"),
    ("[run]\nwindow = '1 year'", "run.window", "365d"),
    ("[run]\nmemory_limit = '4'", "run.memory_limit", "4GiB"),
    ("[run]\nmemory_limit = '0%'", "run.memory_limit", "80%"),
    ("[run]\nseed = -1", "run.seed", "-1"),
    ("[run]\nseed = 99999999999999999999", "run.seed", "whole number"),
    ("[run]\nmax_rejected = 1.01", "run.max_rejected", "1.01"),
    ("[run]\nmax_rejected = nan", "run.max_rejected", "NaN"),
    ("[run]\nduplicates = 'drop'", "run.duplicates", "`ignore`, `keep`"),
    ("[run]\nthreads = 0", "run.threads", "1 to 1024"),
    ("[run]\nthreads = 'many'", "run.threads", "all"),
    ("[[events]]", "events[0].path", "names the files"),
    ("[[events]]\npath = ''", "events[0].path", "empty"),
    ("[[events]]\npath = 'a/**b'", "events[0].path", "pattern"),
    ("[[events]]\npath = 'a'\nchannel = 'a:b'", "events[0].channel", "colon"),
    ("[[events]]\npath = 'a'\ndelimiter = ',,'", "events[0].delimiter", "one character"),
    ("[[events]]\npath = 'a'\ndelimiter = '\"'", "events[0].delimiter", "one character"),
    ("[[events]]\npath = 'a'\ndelimiter = 'é'", "events[0].delimiter", "one character"),
    ("[[events]]\npath = 'a'\nheader = 'yes'", "events[0].header", "`true` or `false`"),
    ("[[events]]\npath = 'a'\nheader = false", "events[0].columns", "numbers of its columns"),
    (
        "[[events]]\npath = 'a'\nheader = false\ncolumns = { actor = 'a' }",
        "events[0].columns.actor",
        "only numbers",
    ),
    ("[[events]]\npath = 'a'\nquoting = 'csv'", "events[0].quoting", "`none`, `rfc4180`"),
    ("[[events]]\npath = 'a'\ndelimiter = ' '\nquoting = 'rfc4180'", "events[0].quoting", "blanks"),
    ("[[events]]\npath = 'a'\ncomment = ','", "events[0].comment", "other than the delimiter"),
    ("[[events]]\npath = 'a'\ncomment = '//'", "events[0].comment", "one character"),
    ("[[events]]\npath = 'a'\ncolumns = { target = 'b' }", "events[0].columns.actor", "that acts"),
    ("[[events]]\npath = 'a'\ncolumns = { actor = 'b' }", "events[0].columns.target", "acted on"),
    (
        "[[events]]\npath = 'a'\ncolumns = { actor = 'b', target = 'b' }",
        "events[0].columns.target",
        "`actor`",
    ),
    ("[[events]]\npath = 'a'\ncolumns = { actor = -1, target = 1 }", "events[0].columns.actor", "-1"),
    (
        "[[events]]\npath = 'a'\ncolumns = { actor = '', target = 1 }",
        "events[0].columns.actor",
        "column name",
    ),
    (
        "[[events]]\npath = 'a'\nkind = 'share'\ncolumns = { actor = 0, target = 1, kind = 2 }",
        "events[0].kind",
        "one of the two",
    ),
    (
        "[[events]]\npath = 'a'\nchannel = 'x'\ncolumns = { actor = 0, target = 1, kind = 2, channel = 3 }",
        "events[0].channel",
        "one of the two",
    ),
    ("[[events]]\npath = 'a'\nkind = 'like'", "events[0].kind", "`follow`, `unfollow`, `share`"),
    ("[[events]]\npath = 'a'\nkinds = { RT = 'shares' }", "events[0].kinds.RT", "shares"),
    ("[[events]]\npath = 'a'\n[[customers]]\npath = 'c'", "customers[0].identifiers", "no account belongs"),
    (
        "[[events]]\npath = 'a'\n[[customers]]\npath = 'c'\ndelimiter = ' '",
        "customers[0].delimiter",
        "blanks",
    ),
    (
        "[[events]]\npath = 'a'\n[[customers]]\npath = 'c'\nidentifiers = { email = [true] }",
        "customers[0].identifiers.email[0]",
        "true",
    ),
    ("[[events]]\npath = 'a'\n[channels]\n'a:b' = {}", "channels.a:b", "colon"),
    ("[[events]]\npath = 'a'\n[consent]\nmissing = 'yes'", "consent.missing", "`full`, `profile`, `denied`"),
    ("[weights]\nunfollow = { weight = 1 }", "weights.unfollow", "cancels the follow"),
    ("[weights]\nfollow = { daily_cap = 1 }", "weights.follow.daily_cap", "counts once"),
    ("[weights]\nshare = { weight = 0 }", "weights.share.weight", "0.001 to 1000"),
    ("[weights]\nshare = { weight = 0.0125 }", "weights.share.weight", "three digits"),
    ("[weights]\nshare = { half_life = '30' }", "weights.share.half_life", "30d"),
    ("[weights]\nlike = { daily_cap = 1 }", "weights.like.weight", "user-defined kind"),
    ("[weights]\n'a b' = { weight = 1 }", "weights.a b", "letters"),
    ("[[events]]\npath = 'a'\n[reach]\nregisters = 100", "reach.registers", "it is 100; a power of two"),
    ("[[events]]\npath = 'a'\n[tiers]\nnames = ['a', 'b']", "tiers.names", "2 names for 4 shares"),
    ("[[events]]\npath = 'a'\n[tiers]\nnames = ['tiers', 'b']", "tiers.names[0]", "another file"),
    ("[[events]]\npath = 'a'\n[tiers]\nshares = [5, 1]", "tiers.shares[1]", "above 5"),
];

#[test]
fn faults_name_the_key_and_the_reason() {
    for (text, expected_key, reason) in FAULTS {
        let error = resolve(text).expect_err(text);
        let (ConfigError::BadValue { key, .. } | ConfigError::Missing { key, .. }) = &error else {
            panic!("{text}: {error}");
        };
        assert_eq!(key, expected_key, "{text}: {error}");
        assert!(error.to_string().contains(reason), "{text}: {error}");
    }
    let zero = "[tiers.weights]\npagerank = 0\nreach = 0\nstrength = 0\naudience = 0\n";
    assert!(message(&format!("{EVENTS}{zero}")).contains("every weight is 0"));
    let twins = "[tiers]\nnames = ['Top', 'top']\nshares = [5]\n";
    assert!(message(&format!("{EVENTS}{twins}")).contains("names two tiers"));
}

proptest! {
    /// An unknown key in any table is reported with its line and column.
    #[test]
    fn an_unknown_key_is_reported_with_its_line_and_column(line in 0_usize..40, indent in 0_usize..5) {
        let lines: Vec<&str> = EVERY_KEY.lines().collect();
        let headers = lines.iter().enumerate().filter(|(_, line)| line.starts_with('['));
        // `[channels]` and `[weights]` accept names that the user chooses.
        let closed: Vec<usize> = headers
            .filter(|(_, line)| !line.contains("channels") && !line.contains("weights"))
            .map(|(index, _)| index)
            .collect();
        let after = closed[line % closed.len()];
        let (before, rest) = (lines[..=after].join("\n"), lines[after + 1..].join("\n"));
        let text = format!("{before}\n{}quux = 1\n{rest}", " ".repeat(indent));
        let error = resolve(&text).unwrap_err();
        let ConfigError::UnknownKey { place, .. } = &error else { panic!("{error}") };
        prop_assert_eq!(place.line_column, Some((after + 2, indent + 1)));
    }

    /// A configuration in which any part is replaced by any text gives a plan, or an error with a reason and a hint.
    #[test]
    fn any_edit_gives_a_plan_or_an_error_with_a_hint(cut in 0_usize..1500, length in 0_usize..40, put in "[\\PC\n]{0,12}") {
        let mut text: Vec<char> = EVERY_KEY.chars().collect();
        let start = cut.min(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, put.chars());
        let text: String = text.into_iter().collect();
        if let Err(error) = resolve(&text) {
            let rendered = CliError::from(error).to_string();
            prop_assert!(rendered.starts_with("error: ") && rendered.contains("\n  why:  ") && rendered.contains("\n  hint: "), "{}", rendered);
        }
    }
}

// Comparison with docs/configuration.md.

const DOCUMENT: &str = include_str!("../../../docs/configuration.md");

/// One row of the document's tables.
struct Row {
    section: String,
    key: String,
    default: String,
}

fn documented_rows() -> Vec<Row> {
    let mut section = String::new();
    let mut rows = Vec::new();
    for line in DOCUMENT.lines() {
        if let Some(heading) = line.strip_prefix("## `") {
            heading.trim_matches(['[', ']', '`']).clone_into(&mut section);
        } else if let Some(row) = line.strip_prefix("| `") {
            let (key, rest) = row.split_once("` | ").unwrap();
            let (default, _) = rest.split_once(" |").unwrap();
            let default = default.trim_matches('`').to_owned();
            rows.push(Row { section: section.clone(), key: key.to_owned(), default });
        }
    }
    rows
}

/// The keys that the program accepts instead of the unknown key in `text`.
fn known_keys(text: &str) -> BTreeSet<String> {
    match resolve(text) {
        Err(ConfigError::UnknownKey { known, .. }) => known.into_iter().collect(),
        other => panic!("{text}: {other:?}"),
    }
}

/// The documented keys of `section` that begin with `prefix`, each without the prefix and up to the next dot.
fn documented_keys(rows: &[Row], section: &str, prefix: &str) -> BTreeSet<String> {
    let keys = rows.iter().filter(|row| row.section == section);
    let keys = keys.filter_map(|row| row.key.strip_prefix(prefix));
    keys.map(|key| key.split('.').next().unwrap().to_owned()).filter(|key| key != "NAME").collect()
}

#[test]
fn the_document_names_every_key() {
    let rows = documented_rows();
    let sections: BTreeSet<String> = rows.iter().map(|row| row.section.clone()).collect();
    assert_eq!(known_keys("zzz = 1"), sections);
    for (section, prefix, text) in [
        ("run", "", "[run]\nzzz = 1"),
        ("events", "", "[[events]]\nzzz = 1"),
        ("events", "columns.", "[[events]]\ncolumns = { zzz = 1 }"),
        ("customers", "", "[[customers]]\nzzz = 1"),
        ("customers", "columns.", "[[customers]]\ncolumns = { zzz = 1 }"),
        ("channels", "NAME.", "[channels]\nx = { zzz = 1 }"),
        ("consent", "", "[consent]\nzzz = 1"),
        ("guard", "", "[guard]\nzzz = 1"),
        ("weights", "", "[weights]\n'z z' = 'z'"),
        ("weights", "share.", "[weights]\nshare = { zzz = 1 }"),
        ("weights", "reply.", "[weights]\nshare = { zzz = 1 }"),
        ("weights", "mention.", "[weights]\nshare = { zzz = 1 }"),
        ("weights", "NAME.", "[weights]\nshare = { zzz = 1 }"),
        ("rank", "", "[rank]\nzzz = 1"),
        ("rank", "topics.", "[[rank.topics]]\nzzz = 1"),
        ("communities", "", "[communities]\nzzz = 1"),
        ("contacts", "", "[[contacts]]\nzzz = 1"),
        ("contacts", "columns.", "[[contacts]]\ncolumns = { zzz = 1 }"),
        ("reach", "", "[reach]\nzzz = 1"),
        ("reach", "segments.", "[[reach.segments]]\nzzz = 1"),
        ("tiers", "", "[tiers]\nzzz = 1"),
        ("tiers", "weights.", "[tiers]\nweights = { zzz = 1 }"),
    ] {
        assert_eq!(known_keys(text), documented_keys(&rows, section, prefix), "[{section}] {prefix}");
    }
}

#[test]
fn every_documented_default_is_the_true_one() {
    // Required keys are set; all other keys have their defaults.
    let least = "[[events]]\npath = 'e.csv'\n\
                 [[customers]]\npath = 'c.csv'\nidentifiers = { email = 'email' }\n\
                 [channels]\nNAME = {}\n[weights]\nNAME = { weight = 1.5 }\n\
                 [[contacts]]\npath = 'd.csv'\n[[rank.topics]]\nname = 'a'\nsegment = 'b'\n\
                 [[reach.segments]]\nname = 'a'\nsegment = 'b'\n";
    let json = config::from_toml(least, "p", Path::new("")).unwrap().to_json();
    let mut defaults = 0;
    for row in documented_rows() {
        let first = |value| match value {
            Value::Array(tables) if tables.first().is_some_and(Value::is_object) => tables[0].clone(),
            value => value,
        };
        let table = first(json[&row.section].clone());
        // Channels are known by their lower-case names.
        let key = if row.section == "channels" { row.key.to_lowercase() } else { row.key.clone() };
        let resolved = key.split('.').fold(table, |value, key| first(value[key].clone()));
        let context = format!("[{}] {}: {resolved}", row.section, row.key);
        match row.default.as_str() {
            "—" => assert!(resolved.is_null(), "{context}"),
            "required" => assert!(!resolved.is_null(), "{context}"),
            default => {
                let parsed: toml::Table = toml::from_str(&format!("it = {default}")).unwrap();
                let stated = serde_json::to_value(&parsed["it"]).unwrap();
                assert_eq!(resolved, stated, "{context}");
                defaults += 1;
            }
        }
    }
    assert!(defaults > 40, "only {defaults} defaults were read from the document");
}

#[test]
fn every_example_of_the_document_is_a_configuration() {
    let examples: Vec<&str> =
        DOCUMENT.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(examples.len(), 2);
    for example in examples {
        plan(example);
    }
}
