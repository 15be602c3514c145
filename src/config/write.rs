//! Writes a [`Plan`] as a complete configuration, for the manifest and for the digest of a run.

use serde_json::{Map, Value, json};

use super::{
    choices::{self, word_of},
    contacts, customers, defaults, events,
    form::{ProbabilityOf, ValueForm},
    plan::{Plan, Probability},
    settings, tiers, topics, weights,
};
use crate::{
    influence::Diffusion,
    rank::{Dangling, PageRankConfig, StopRule},
};

/// The settings of `[run]` that change no byte of a result.
const NOT_IN_DIGEST: [&str; 3] = ["output", "memory_limit", "threads"];

impl Plan {
    /// Every setting under its key of the configuration, including defaults. A missing key means that there is no such
    /// column or channel.
    pub fn to_json(&self) -> Value {
        let mut plan = self.clone();
        let case =
            |(name, case)| (String::clone(name), json!({ "case": word_of(&choices::CASE_RULES, case) }));
        let channels: Map<String, Value> = self.channels.case.iter().map(case).collect();
        // Only callers of the library can set a fixed number of rounds; a configuration cannot.
        let fixed_rounds = match plan.rank.stop {
            StopRule::Rounds(rounds) => Some(rounds),
            StopRule::Certified { .. } => None,
        };
        if fixed_rounds.is_some() {
            plan.rank.stop = defaults::plan().rank.stop;
        }
        let mut rank = settings::write(&settings::rank(), &mut plan);
        if let Some(rounds) = fixed_rounds {
            rank.retain(|key, _| !["tolerance", "max_rounds"].contains(&key.as_str()));
            rank.insert("rounds".to_owned(), json!(rounds));
        }
        rank.insert("topics".to_owned(), topics::write(&self.topics));
        let mut reach = settings::write(&settings::reach(), &mut plan);
        reach.insert("segments".to_owned(), topics::write(&self.reach_segments));
        let mut run = settings::write(&settings::run(), &mut plan);
        run.insert("placeholders".to_owned(), json!(self.placeholders));
        let mut consent = settings::write(&settings::consent(), &mut plan);
        consent.insert("words".to_owned(), customers::write_words(&self.consent.words));
        json!({
            "run": run,
            "events": self.events.iter().map(|source| events::write(source, &self.weights)).collect::<Vec<_>>(),
            "customers": self.customers.iter().map(customers::write).collect::<Vec<_>>(),
            "contacts": self.contacts.iter().map(contacts::write).collect::<Vec<_>>(),
            "channels": channels,
            "consent": consent,
            "guard": settings::write(&settings::guard(), &mut plan),
            "weights": weights::write(&self.weights),
            "rank": rank,
            "communities": settings::write(&settings::communities(), &mut plan),
            "reach": reach,
            "trust": settings::write(&settings::trust(), &mut plan),
            "tiers": tiers::write(&self.tiers),
        })
    }

    /// The text whose digest distinguishes plans: every setting that can change a byte of a result, and no setting that
    /// cannot (the output folder, the number of threads and the memory limit).
    pub fn digest_text(&self) -> String {
        let mut json = self.to_json();
        if let Some(all) = json.as_object_mut() {
            // Only cohorts read contact logs.
            all.shift_remove("contacts");
            // They decide whether there is a result, not which.
            all.shift_remove("guard");
        }
        if let Some(run) = json.get_mut("run").and_then(Value::as_object_mut) {
            run.retain(|key, _| !NOT_IN_DIGEST.contains(&key.as_str()));
        }
        json.to_string()
    }
}

/// The word for a diffusion model.
pub fn diffusion_word(model: Diffusion) -> &'static str {
    word_of(&choices::DIFFUSIONS, &model)
}

impl Probability {
    /// The word for the source of the probability, or the number.
    pub fn to_json(self) -> Value {
        ProbabilityOf.write(&self)
    }
}

/// The settings of PageRank that a manifest holds under `rank`; `None` if a setting is missing or has an unknown word.
///
/// ```
/// let plan = plaudit::config::from_toml("[[events]]\npath = 'e.csv'\n", "p", std::path::Path::new("")).unwrap();
/// assert_eq!(plaudit::config::rank_settings(&plan.to_json()["rank"]), Some(plan.rank));
/// ```
pub fn rank_settings(rank: &Value) -> Option<PageRankConfig> {
    Some(PageRankConfig {
        damping: rank["damping"].as_f64()?,
        stop: StopRule::Certified {
            tolerance: rank["tolerance"].as_f64()?,
            max_rounds: u32::try_from(rank["max_rounds"].as_u64()?).ok()?,
        },
        solver: choices::value_of(&choices::SOLVERS, rank["solver"].as_str()?)?,
        dangling: Dangling::Teleport,
    })
}
