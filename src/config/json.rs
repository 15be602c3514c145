//! A plan in the words of the configuration.

use serde_json::{Map, Value, json};

use super::{
    choices::{self, word_of},
    plan::{
        AsOf, ContactLog, CustomerFiles, EventSource, MemoryLimit, Plan, Probability, SpreadConfig, Topic,
    },
    units::{byte_size_text, delimiter_text, duration_text, shifted, time_text},
};
use crate::{
    event::{Column, FromFile, KindId, Quoting},
    projection::{KindRole, KindWeight, Weights},
    rank::{Dangling, PageRankConfig, StopRule},
    tier::TierConfig,
};

/// The settings of `[run]` that say where and how fast, not what: they change no byte of a result.
const NOT_IN_DIGEST: [&str; 3] = ["output", "memory_limit", "threads"];

impl Plan {
    /// Every setting under its key of the configuration, defaults included. A key that is not there stands for "there
    /// is none": a column that the file does not have, no channel.
    pub fn to_json(&self) -> Value {
        let channels: Map<String, Value> = self
            .channels
            .case
            .iter()
            .map(|(name, case)| (name.clone(), json!({ "case": word_of(&choices::CASE_RULES, case) })))
            .collect();
        json!({
            "run": self.run_json(),
            "events": self.events.iter().map(|source| events_json(source, &self.weights)).collect::<Vec<_>>(),
            "customers": self.customers.iter().map(customers_json).collect::<Vec<_>>(),
            "contacts": self.contacts.iter().map(contacts_json).collect::<Vec<_>>(),
            "channels": channels,
            "consent": {
                "missing": word_of(&choices::CONSENTS, &self.consent.missing),
                "denied": word_of(&choices::DENIED_RULES, &self.consent.denied),
            },
            "weights": weights_json(&self.weights),
            "rank": self.rank_json(),
            "communities": {
                "quality": word_of(&choices::COMMUNITY_QUALITIES, &self.communities.quality),
                "min_size": self.communities.min_size,
                "max_size": self.communities.max_size.map_or(json!(choices::NONE), |most| json!(most)),
                "resolution": self.communities.resolution,
                "iterations": self.communities.iterations,
                "warm_start": self.overnight.warm_start,
                "cold_every": self.overnight.cold_every_s.map_or(choices::NONE.to_owned(), duration_text),
                "adopt_margin": self.overnight.adopt_margin,
            },
            "reach": reach_json(self),
            "trust": {
                "enabled": self.trust.enabled,
                "suspect_mass": self.trust.suspect_mass,
                "suspect_share": self.trust.suspect_share,
            },
            "tiers": tiers_json(&self.tiers),
        })
    }

    /// The text whose digest tells two plans apart: every setting that can change a byte of a result, and none that
    /// cannot (where results go, how many threads and how much memory they may take).
    pub fn digest_text(&self) -> String {
        let mut json = self.to_json();
        if let Some(all) = json.as_object_mut() {
            // A cohort reads them, a run does not.
            all.shift_remove("contacts");
        }
        if let Some(run) = json.get_mut("run").and_then(Value::as_object_mut) {
            run.retain(|key, _| !NOT_IN_DIGEST.contains(&key.as_str()));
        }
        json.to_string()
    }

    fn rank_json(&self) -> Value {
        let mut json = rank_json(&self.rank);
        json["warm_start"] = json!(self.warm_start);
        json["topics"] = topics_json(&self.topics);
        json
    }

    fn run_json(&self) -> Value {
        json!({
            "output": self.output.to_string_lossy(),
            "as_of": match self.as_of {
                AsOf::NewestEvent => choices::NEWEST.to_owned(),
                AsOf::At(time) => time_text(time),
            },
            "window": self.window_s.map_or(choices::ALL.to_owned(), duration_text),
            "memory_limit": match self.memory_limit {
                MemoryLimit::Bytes(bytes) => byte_size_text(bytes),
                MemoryLimit::ShareOfAvailable { percent } => format!("{percent}%"),
            },
            "seed": self.seed,
            "max_rejected": self.max_rejected,
            "duplicates": word_of(&choices::DUPLICATES, &self.weights.duplicates),
            "threads": self.threads.map_or(json!(choices::ALL), |threads| json!(threads.get())),
        })
    }
}

fn events_json(source: &EventSource, weights: &Weights) -> Value {
    let layout = &source.layout;
    let kind_name = |id: KindId| weights.kinds[usize::from(id.0)].name.as_str();
    let mut columns = Map::new();
    columns.insert("actor".to_owned(), column_json(&layout.actor));
    columns.insert("target".to_owned(), column_json(&layout.target));
    let mut table = Map::new();
    table.insert("path".to_owned(), json!(source.files.as_written()));
    match &layout.channel {
        None => {}
        Some(FromFile::Fixed(name)) => _ = table.insert("channel".to_owned(), json!(name)),
        Some(FromFile::Column(column)) => _ = columns.insert("channel".to_owned(), column_json(column)),
    }
    match &layout.kind {
        FromFile::Fixed(id) => _ = table.insert("kind".to_owned(), json!(kind_name(*id))),
        FromFile::Column(column) => _ = columns.insert("kind".to_owned(), column_json(column)),
    }
    if let Some(at) = &layout.at {
        columns.insert("at".to_owned(), column_json(at));
    }
    let own_words = layout.kinds.iter().filter(|(word, id)| *word != kind_name(**id));
    let kinds: Map<String, Value> =
        own_words.map(|(word, id)| (word.clone(), json!(kind_name(*id)))).collect();
    table.insert("delimiter".to_owned(), json!(delimiter_text(layout.delimiter)));
    table.insert("header".to_owned(), json!(layout.header));
    table.insert("quoting".to_owned(), json!(word_of::<Quoting>(&choices::QUOTINGS, &layout.quoting)));
    let comment = layout.comment.map_or(choices::NONE.to_owned(), |byte| char::from(byte).to_string());
    table.insert("comment".to_owned(), json!(comment));
    table.insert("columns".to_owned(), columns.into());
    table.insert("kinds".to_owned(), kinds.into());
    table.into()
}

fn customers_json(files: &CustomerFiles) -> Value {
    let source = &files.template;
    let named = [
        ("id", Some(&source.id)),
        ("name", source.name.as_ref()),
        ("value", source.value.as_ref()),
        ("cost", source.cost.as_ref()),
        ("household", source.household.as_ref()),
        ("consent", source.consent.as_ref()),
    ];
    let columns: Map<String, Value> =
        named.into_iter().filter_map(|(key, column)| Some((key.to_owned(), column_json(column?)))).collect();
    let mut identifiers = Map::new();
    for (namespace, column) in &source.identifiers {
        let list = identifiers.entry(namespace.clone()).or_insert_with(|| json!([]));
        list.as_array_mut().expect("invariant: made as a list in the line above").push(column_json(column));
    }
    json!({
        "path": files.files.as_written(),
        "delimiter": delimiter_text(crate::event::Delimiter::Byte(source.delimiter)),
        "columns": columns,
        "identifiers": identifiers,
    })
}

fn contacts_json(log: &ContactLog) -> Value {
    let most = |most: Option<u32>| most.map_or(json!(choices::NONE), |most| json!(most));
    json!({
        "path": log.files.as_written(),
        "delimiter": delimiter_text(crate::event::Delimiter::Byte(log.delimiter)),
        "columns": { "id": column_json(&log.id), "at": column_json(&log.at) },
        "window": log.window_s.map_or(choices::ALL.to_owned(), duration_text),
        "max_per_customer": most(log.max_per_customer),
        "max_per_household": most(log.max_per_household),
        "max_per_community": most(log.max_per_community),
    })
}

fn column_json(column: &Column) -> Value {
    match column {
        Column::Name(name) => json!(name),
        Column::Index(index) => json!(index),
    }
}

fn weights_json(weights: &Weights) -> Value {
    let mut table = Map::new();
    table.insert("saturation".to_owned(), json!(word_of(&choices::SATURATIONS, &weights.saturation)));
    for kind in weights.kinds.iter().filter(|kind| kind.role != KindRole::Unfollow) {
        table.insert(kind.name.clone(), kind_json(kind));
    }
    table.into()
}

fn kind_json(kind: &KindWeight) -> Value {
    let mut table = Map::new();
    table.insert("weight".to_owned(), json!(f64::from(kind.weight_milli) / 1000.0));
    let half_life = kind.half_life_s.map_or(choices::NONE.to_owned(), duration_text);
    table.insert("half_life".to_owned(), json!(half_life));
    if kind.role == KindRole::Act {
        let daily_cap = kind.daily_cap.map_or(json!(choices::NONE), |cap| json!(cap));
        table.insert("daily_cap".to_owned(), daily_cap);
    }
    table.into()
}

fn rank_json(rank: &PageRankConfig) -> Value {
    let solver = word_of(&choices::SOLVERS, &rank.solver);
    match rank.stop {
        StopRule::Certified { tolerance, max_rounds } => json!({
            "damping": rank.damping,
            "tolerance": tolerance,
            "max_rounds": max_rounds,
            "solver": solver,
        }),
        // Only `algo` asks for a fixed number of rounds; a configuration cannot.
        StopRule::Rounds(rounds) => {
            json!({ "damping": rank.damping, "rounds": rounds, "solver": solver })
        }
    }
}

impl SpreadConfig {
    /// The word for the model.
    pub fn model_word(&self) -> &'static str {
        word_of(&choices::DIFFUSIONS, &self.diffusion)
    }
}

impl Probability {
    /// The word for it, or the number.
    pub fn to_json(self) -> Value {
        match self {
            Self::Fixed(chance) => json!(chance),
            word => json!(word_of(&choices::PROBABILITIES, &word)),
        }
    }
}

/// The settings of PageRank that a manifest holds under `rank`; none where one is missing or no word of ours.
///
/// ```
/// let plan = plaudit::config::from_toml("[[events]]\npath = 'e.csv'\n", "p", std::path::Path::new("")).unwrap();
/// assert_eq!(plaudit::config::rank_settings(&plan.to_json()["rank"]), Some(plan.rank));
/// ```
pub fn rank_settings(rank: &Value) -> Option<PageRankConfig> {
    let solver = rank["solver"].as_str()?;
    let (_, solver) = choices::SOLVERS.iter().find(|(word, _)| *word == solver)?;
    Some(PageRankConfig {
        damping: rank["damping"].as_f64()?,
        stop: StopRule::Certified {
            tolerance: rank["tolerance"].as_f64()?,
            max_rounds: u32::try_from(rank["max_rounds"].as_u64()?).ok()?,
        },
        solver: *solver,
        dangling: Dangling::Teleport,
    })
}

fn topics_json(topics: &[Topic]) -> Value {
    topics.iter().map(|topic| json!({ "name": topic.name, "segment": topic.segment.to_string() })).collect()
}

fn reach_json(plan: &Plan) -> Value {
    let (reach, spread) = (&plan.reach, &plan.spread);
    let exact_edges = match reach.exact_edges {
        u64::MAX => json!(choices::ALL),
        edges => json!(edges),
    };
    json!({
        "hops": reach.hops,
        "registers": reach.registers,
        "exact_edges": exact_edges,
        "exact_top": reach.exact_top,
        "decay": reach.decay,
        "probability": spread.probability.to_json(),
        "model": spread.model_word(),
        "segments": topics_json(&plan.reach_segments),
    })
}

fn tiers_json(tiers: &TierConfig) -> Value {
    let names: Vec<&str> = tiers.bands.iter().map(|band| band.name.as_str()).collect();
    let cut_bands = &tiers.bands[..tiers.bands.len().saturating_sub(1)];
    let shares: Vec<f64> = cut_bands.iter().map(|band| shifted(band.up_to_share, 2)).collect();
    let weights: Map<String, Value> =
        tiers.components.iter().map(|component| (component.name.clone(), json!(component.weight))).collect();
    json!({ "names": names, "shares": shares, "weights": weights })
}
