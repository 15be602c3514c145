//! How does influence travel tonight: as the share log shows it, or by a rule?

use rayon::prelude::*;
use serde_json::{Value, json};

use super::PipelineError;
use crate::{
    config::{Plan, Probability, SpreadConfig},
    event::Event,
    graph::Graph,
    identity::Linkage,
    ids::{NodeId, offset64},
    influence::{self, Diffusion, Trial},
    projection::{self, Exposures, PairExposures, Window},
    text::counted,
};

/// With fewer posts a log hardly tells when audiences were exposed.
const LEAST_POSTS: u64 = 100;
/// With fewer shares there is nothing to tell people by.
const LEAST_SHARES: u64 = 100;
/// With fewer exposures there is nothing to learn from.
const LEAST_EXPOSURES: u64 = 1_000;

/// From where tonight's probabilities come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Learnt,
    WeightedCascade,
    Fixed(f64),
}

/// What the share log says, and what is made of it.
pub(super) struct Sharing {
    model: SpreadConfig,
    source: Source,
    reason: String,
    /// None where nobody asks.
    seen: Option<Seen>,
    /// What was seen of each edge; empty where nothing is learnt.
    trials: Vec<Trial>,
}

/// The sums of what the share log says.
#[derive(Clone, Copy)]
struct Seen {
    posts: u64,
    /// In the whole log, and those after a post or share of whom they are from.
    log_shares: u64,
    log_shares_after_act: u64,
    /// On the edges of the graph.
    exposures: u64,
    shares: u64,
    edges_exposed: u64,
}

/// How influence travels, for the run's folder and the manifest.
pub(super) struct Spread {
    sharing: Sharing,
    learnt: Option<Learnt>,
}

/// What was learnt, without what is told of each node.
struct Learnt {
    graph: Graph,
    mean: f64,
    rate: f64,
    prior: f64,
    pull_variance: f64,
    readiness_variance: f64,
}

/// Whether anybody asks what the share log says.
pub(super) fn asks_log(model: SpreadConfig) -> bool {
    match model.probability {
        Probability::Learnt => true,
        Probability::Auto => model.diffusion == Diffusion::IndependentCascade,
        Probability::WeightedCascade | Probability::Fixed(_) => false,
    }
}

/// Counts exposures and shares, where anybody asks.
pub(super) fn exposures(
    plan: &Plan,
    events: &[Event],
    linkage: &Linkage,
    window: &Window,
) -> Option<Exposures> {
    asks_log(plan.spread).then(|| projection::exposures(events, &linkage.node_of, &plan.weights, window))
}

pub(super) fn exposures_detail(exposures: Option<&Exposures>) -> String {
    exposures.map_or("nobody asks".to_owned(), |log| {
        let (posts, shares) = (counted(log.posts, "post", "posts"), counted(log.shares, "share", "shares"));
        format!("{posts}, {shares}, {} exposed", counted(offset64(log.pairs.len()), "pair", "pairs"))
    })
}

/// Decides from where tonight's probabilities come.
pub(super) fn decide(
    plan: &Plan,
    exposures: Option<Exposures>,
    place_of: &[NodeId],
    graph: &Graph,
) -> Result<Sharing, PipelineError> {
    let model = plan.spread;
    let without_log = |source, reason: &str| {
        Ok(Sharing { model, source, reason: reason.to_owned(), seen: None, trials: Vec::new() })
    };
    let Some(log) = exposures else {
        return match model.probability {
            Probability::Fixed(chance) => without_log(Source::Fixed(chance), "so it is configured"),
            Probability::WeightedCascade => without_log(Source::WeightedCascade, "so it is configured"),
            Probability::Auto | Probability::Learnt => without_log(
                Source::WeightedCascade,
                "the linear threshold model has no room for learnt probabilities, which may add up to more than 1",
            ),
        };
    };
    let log = log.on_edges(place_of, graph);
    let seen = Seen::of(&log);
    let missing = seen.missing();
    if missing.is_empty() {
        let trials = log.pairs.into_iter().map(trial).collect();
        return Ok(Sharing {
            model,
            source: Source::Learnt,
            reason: seen.in_words(),
            seen: Some(seen),
            trials,
        });
    }
    let missing = missing.join("; ");
    if model.probability == Probability::Learnt {
        return Err(PipelineError::NothingToLearn { missing });
    }
    let reason = format!("the share log does not allow to learn: {missing}");
    Ok(Sharing { model, source: Source::WeightedCascade, reason, seen: Some(seen), trials: Vec::new() })
}

fn trial(pair: PairExposures) -> Trial {
    let PairExposures { source, target, exposures, shares } = pair;
    Trial { source, target, exposures, shares }
}

impl Seen {
    /// `log` holds the edges of the graph only.
    fn of(log: &Exposures) -> Self {
        let both = |pair: &PairExposures| (u64::from(pair.exposures), u64::from(pair.shares));
        let (exposures, shares) =
            log.pairs.par_iter().map(both).reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        Self {
            posts: log.posts,
            log_shares: log.shares,
            log_shares_after_act: log.shares_after_act,
            exposures,
            shares,
            edges_exposed: offset64(log.pairs.len()),
        }
    }

    /// What the log lacks for learning from it; empty where it has all.
    fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        let mut at_least = |least: u64, found: u64, of: &str| {
            if found < least {
                missing.push(format!("{of} {found}, and {least} are needed"));
            }
        };
        at_least(LEAST_POSTS, self.posts, "posts (shares from oneself) in the log are");
        at_least(LEAST_SHARES, self.shares, "shares over edges of the graph are");
        at_least(LEAST_EXPOSURES, self.exposures, "exposures over edges of the graph are");
        if self.log_shares_after_act < self.log_shares.div_ceil(2) {
            missing.push(format!(
                "of {} only {} come after a post or share of whom they are from, and half are needed",
                counted(self.log_shares, "share", "shares"),
                self.log_shares_after_act
            ));
        }
        missing
    }

    fn in_words(&self) -> String {
        format!(
            "the share log shows {} and {} over {}",
            counted(self.exposures, "exposure", "exposures"),
            counted(self.shares, "share", "shares"),
            counted(self.edges_exposed, "edge", "edges"),
        )
    }
}

impl Sharing {
    /// Learns the probability of every edge, where that was decided.
    pub(super) fn learn(mut self, graph: &Graph) -> Spread {
        let trials = std::mem::take(&mut self.trials);
        let learnt = (self.source == Source::Learnt).then(|| {
            let learnt = influence::learn(graph.node_count(), &trials);
            let graph = influence::learnt_graph(graph, &learnt, &trials);
            Learnt {
                mean: influence::mean_chance(&graph),
                graph,
                rate: learnt.rate,
                prior: learnt.prior,
                pull_variance: learnt.pull_variance,
                readiness_variance: learnt.readiness_variance,
            }
        });
        Spread { sharing: self, learnt }
    }
}

impl Spread {
    /// The graph whose weights are the learnt probabilities.
    pub(super) fn graph(&self) -> Option<&Graph> {
        self.learnt.as_ref().map(|learnt| &learnt.graph)
    }

    pub(super) fn detail(&self) -> String {
        match (&self.learnt, self.sharing.source) {
            (Some(learnt), _) => {
                format!("learnt, mean probability {:.4}: {}", learnt.mean, self.sharing.reason)
            }
            (None, Source::Fixed(chance)) => format!("{chance} everywhere: {}", self.sharing.reason),
            (None, _) => format!("weighted cascade: {}", self.sharing.reason),
        }
    }

    /// What the manifest tells.
    pub(super) fn certificates(&self) -> Vec<(&'static str, Value)> {
        let Self { sharing, learnt } = self;
        let seen = |of: fn(&Seen) -> u64| json!(sharing.seen.as_ref().map(of));
        let of_learnt = |of: fn(&Learnt) -> f64| json!(learnt.as_ref().map(of));
        vec![
            ("spread_probability", sharing.source.to_json()),
            ("spread_model", json!(sharing.model.model_word())),
            ("spread_reason", json!(sharing.reason)),
            ("spread_posts", seen(|seen| seen.posts)),
            ("spread_log_shares", seen(|seen| seen.log_shares)),
            ("spread_log_shares_after_act", seen(|seen| seen.log_shares_after_act)),
            ("spread_exposures", seen(|seen| seen.exposures)),
            ("spread_shares", seen(|seen| seen.shares)),
            ("spread_edges_exposed", seen(|seen| seen.edges_exposed)),
            ("spread_mean_probability", of_learnt(|learnt| learnt.mean)),
            ("spread_rate", of_learnt(|learnt| learnt.rate)),
            ("spread_prior_exposures", of_learnt(|learnt| learnt.prior)),
            ("spread_pull_variance", of_learnt(|learnt| learnt.pull_variance)),
            ("spread_readiness_variance", of_learnt(|learnt| learnt.readiness_variance)),
        ]
    }
}

impl Source {
    fn to_json(self) -> Value {
        match self {
            Self::Learnt => Probability::Learnt.to_json(),
            Self::WeightedCascade => Probability::WeightedCascade.to_json(),
            Self::Fixed(chance) => Probability::Fixed(chance).to_json(),
        }
    }
}
