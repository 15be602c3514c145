//! The diffusion model of a run: edge probabilities learned from the share log, or set by a rule.

use rayon::prelude::*;
use serde_json::{Value, json};

use super::MeasureError;
use crate::{
    config::{Probability, SpreadConfig, diffusion_word},
    event::Event,
    graph::Graph,
    identity::Linkage,
    ids::{NodeId, offset64},
    influence::{self, Diffusion, EdgeTrials, SaturatedEdges},
    projection::{self, Exposures, PairExposures, Weights, Window},
    tables::record_keys,
    text::counted,
};

/// With fewer posts, exposures are underestimated.
const MIN_POSTS: u64 = 100;
/// With fewer shares, the factors of each person cannot be estimated.
const MIN_SHARES: u64 = 100;
/// With fewer exposures, nothing can be learned.
const MIN_EXPOSURES: u64 = 1_000;
/// If saturated edges hold more than this part of all probability, what is learned rests on a few lucky trials.
const MAX_SATURATED_PART: f64 = 0.25;

/// The rule for edge probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
enum EdgeRule {
    Learned,
    WeightedCascade,
    Fixed(f64),
}

/// The diffusion model that was chosen, before anything is learned.
pub(crate) struct ModelChoice {
    model: SpreadConfig,
    rule: EdgeRule,
    reason: String,
    /// None where the model does not need the share log.
    evidence: Option<Evidence>,
    /// Exposures and shares of each edge; empty where nothing is learned.
    trials: Vec<EdgeTrials>,
    /// By node: how many shares share its content; empty where nothing is learned.
    shares_from: Vec<u32>,
}

/// Totals of the share log.
#[derive(Clone, Copy)]
struct Evidence {
    posts: u64,
    /// The shares in the whole log, and the shares that follow an earlier post or share by the author whose content
    /// they share.
    log_shares: u64,
    log_shares_after_act: u64,
    /// The shares in the whole log with an exposure of their own.
    log_shares_exposed: u64,
    /// The exposures on the edges of the graph.
    exposures: u64,
    shares: u64,
    edges_exposed: u64,
}

/// The diffusion model of a run.
pub(crate) struct DiffusionModel {
    choice: ModelChoice,
    /// None where nothing was learned.
    saturated: Option<SaturatedEdges>,
    /// None where nothing was learned, or what was learned is not used.
    learned: Option<LearnedModel>,
}

/// The learned model, without the factors of each node.
struct LearnedModel {
    graph: Graph,
    mean: f64,
    rate: f64,
    prior: f64,
    influence_variance: f64,
    susceptibility_variance: f64,
}

/// Whether the model needs the share log.
pub(super) fn needs_log(model: SpreadConfig) -> bool {
    match model.probability {
        Probability::Learned => true,
        Probability::Auto => model.diffusion == Diffusion::IndependentCascade,
        Probability::WeightedCascade | Probability::Fixed(_) => false,
    }
}

/// Counts exposures and shares, if the model needs them.
pub(crate) fn exposures(
    model: SpreadConfig,
    events: &[Event],
    linkage: &Linkage,
    weights: &Weights,
    window: &Window,
) -> Option<Exposures> {
    needs_log(model).then(|| projection::exposures(events, &linkage.node_of, weights, window))
}

pub(crate) fn exposures_detail(exposures: Option<&Exposures>) -> String {
    exposures.map_or("not needed: nothing is learned from the share log".to_owned(), |log| {
        let (posts, shares) = (counted(log.posts, "post", "posts"), counted(log.shares, "share", "shares"));
        format!("{posts}, {shares}, {} exposed", counted(offset64(log.pairs.len()), "pair", "pairs"))
    })
}

/// Chooses the rule for edge probabilities.
pub(crate) fn choose_model(
    model: SpreadConfig,
    exposures: Option<Exposures>,
    place_of: &[NodeId],
    graph: &Graph,
) -> Result<ModelChoice, MeasureError> {
    let without_log = |rule, reason: &str| {
        let reason = reason.to_owned();
        Ok(ModelChoice { model, rule, reason, evidence: None, trials: Vec::new(), shares_from: Vec::new() })
    };
    let Some(log) = exposures else {
        return match model.probability {
            Probability::Fixed(p) => without_log(EdgeRule::Fixed(p), "set in the configuration"),
            Probability::WeightedCascade => {
                without_log(EdgeRule::WeightedCascade, "set in the configuration")
            }
            Probability::Auto | Probability::Learned => without_log(
                EdgeRule::WeightedCascade,
                "the linear threshold model cannot use learned probabilities, whose sum may exceed 1",
            ),
        };
    };
    let log = log.on_edges(place_of, graph);
    let evidence = Evidence::of(&log);
    let missing = evidence.missing();
    if missing.is_empty() {
        let trials = log.pairs.into_iter().map(trial).collect();
        return Ok(ModelChoice {
            model,
            rule: EdgeRule::Learned,
            reason: evidence.in_words(),
            evidence: Some(evidence),
            trials,
            shares_from: log.shares_from,
        });
    }
    let missing = missing.join("; ");
    if model.probability == Probability::Learned {
        return Err(MeasureError::NothingToLearn { missing });
    }
    let reason = format!("the share log is too small to learn from: {missing}");
    let rule = EdgeRule::WeightedCascade;
    let evidence = Some(evidence);
    Ok(ModelChoice { model, rule, reason, evidence, trials: Vec::new(), shares_from: Vec::new() })
}

fn trial(pair: PairExposures) -> EdgeTrials {
    let PairExposures { source, target, exposures, shares } = pair;
    EdgeTrials { source, target, exposures, shares }
}

impl Evidence {
    /// `log` must hold only pairs that are edges of the graph.
    fn of(log: &Exposures) -> Self {
        let both = |pair: &PairExposures| (u64::from(pair.exposures), u64::from(pair.shares));
        let (exposures, shares) =
            log.pairs.par_iter().map(both).reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        Self {
            posts: log.posts,
            log_shares: log.shares,
            log_shares_after_act: log.shares_after_act,
            log_shares_exposed: log.exposed_shares,
            exposures,
            shares,
            edges_exposed: offset64(log.pairs.len()),
        }
    }

    /// What the log lacks; empty where the log is large enough to learn from.
    fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        let mut at_least = |least: u64, found: u64, what: &str| {
            if found < least {
                missing.push(format!("{found} {what} found, {least} needed"));
            }
        };
        at_least(MIN_POSTS, self.posts, "posts (shares from oneself)");
        at_least(MIN_SHARES, self.shares, "shares over edges of the graph");
        at_least(MIN_EXPOSURES, self.exposures, "exposures over edges of the graph");
        if self.log_shares_after_act < self.log_shares.div_ceil(2) {
            missing.push(format!(
                "{} of {} follow an earlier post or share by the same author, half of them needed",
                self.log_shares_after_act,
                counted(self.log_shares, "share", "shares"),
            ));
        }
        missing
    }

    fn in_words(&self) -> String {
        let beyond = self.log_shares.saturating_sub(self.log_shares_exposed);
        let beyond = match beyond {
            0 => String::new(),
            beyond => format!(
                "; {} without an exposure in the log not counted",
                counted(beyond, "more share", "more shares")
            ),
        };
        format!(
            "the share log shows {} and {} over {}{beyond}",
            counted(self.exposures, "exposure", "exposures"),
            counted(self.shares, "share", "shares"),
            counted(self.edges_exposed, "edge", "edges"),
        )
    }

    /// The share of all shares that have an exposure of their own.
    fn coverage(&self) -> f64 {
        self.log_shares_exposed.max(1) as f64 / self.log_shares.max(1) as f64
    }
}

/// What is noted of edges whose probability is higher than their trials can show.
fn saturation_in_words(saturated: &SaturatedEdges) -> String {
    format!(
        "{} with a probability of one half or more on fewer than ten exposures {} {:.0} % of all probability",
        counted(saturated.count, "edge", "edges"),
        if saturated.count == 1 { "holds" } else { "hold" },
        100.0 * saturated.part,
    )
}

impl ModelChoice {
    /// Learns the probability of every edge, if that is the rule. If what is learned rests on saturated edges, falls
    /// back to the weighted cascade, unless the configuration asks for learned probabilities.
    pub(crate) fn learn(mut self, graph: &Graph) -> DiffusionModel {
        let trials = std::mem::take(&mut self.trials);
        let Some(evidence) = self.evidence.filter(|_| self.rule == EdgeRule::Learned) else {
            return DiffusionModel { choice: self, saturated: None, learned: None };
        };
        let shares_from = std::mem::take(&mut self.shares_from);
        let learned = influence::learn(graph.node_count(), &trials).bounded_by_coverage(
            &trials,
            evidence.coverage(),
            &shares_from,
        );
        let graph = influence::probability_graph(graph, &learned, &trials);
        let saturated = influence::saturated_edges(&graph, &trials);
        if saturated.part > MAX_SATURATED_PART {
            let found = saturation_in_words(&saturated);
            if self.model.probability == Probability::Auto {
                self.rule = EdgeRule::WeightedCascade;
                self.reason = format!("what the share log teaches is not credible: {found}");
                return DiffusionModel { choice: self, saturated: Some(saturated), learned: None };
            }
            self.reason = format!("{}; but {found}", self.reason);
        }
        if saturated.at_cap > 0 {
            let edges = counted(saturated.at_cap, "edge", "edges");
            self.reason = format!("{}; {edges} at the cap of 0.95 or above", self.reason);
        }
        let learned = LearnedModel {
            mean: influence::mean_probability(&graph),
            graph,
            rate: learned.rate,
            prior: learned.prior,
            influence_variance: learned.influence_variance,
            susceptibility_variance: learned.susceptibility_variance,
        };
        DiffusionModel { choice: self, saturated: Some(saturated), learned: Some(learned) }
    }
}

impl DiffusionModel {
    /// The graph whose weights are the learned probabilities.
    pub(crate) fn graph(&self) -> Option<&Graph> {
        self.learned.as_ref().map(|learned| &learned.graph)
    }

    pub(crate) fn detail(&self) -> String {
        match (&self.learned, self.choice.rule) {
            (Some(learned), _) => {
                format!("learned, mean probability {:.4}: {}", learned.mean, self.choice.reason)
            }
            (None, EdgeRule::Fixed(p)) => format!("{p} for every edge: {}", self.choice.reason),
            (None, _) => format!("weighted cascade: {}", self.choice.reason),
        }
    }

    /// The entries of the manifest.
    pub(crate) fn certificates(&self) -> Vec<(&'static str, Value)> {
        let Self { choice, saturated, learned } = self;
        let seen = |of: fn(&Evidence) -> u64| json!(choice.evidence.as_ref().map(of));
        let of_learned = |of: fn(&LearnedModel) -> f64| json!(learned.as_ref().map(of));
        vec![
            (record_keys::SPREAD_PROBABILITY, choice.rule.to_json()),
            (record_keys::SPREAD_MODEL, json!(diffusion_word(choice.model.diffusion))),
            (record_keys::SPREAD_REASON, json!(choice.reason)),
            ("spread_posts", seen(|evidence| evidence.posts)),
            ("spread_log_shares", seen(|evidence| evidence.log_shares)),
            ("spread_log_shares_after_act", seen(|evidence| evidence.log_shares_after_act)),
            ("spread_log_shares_exposed", seen(|evidence| evidence.log_shares_exposed)),
            ("spread_exposures", seen(|evidence| evidence.exposures)),
            ("spread_shares", seen(|evidence| evidence.shares)),
            ("spread_edges_exposed", seen(|evidence| evidence.edges_exposed)),
            ("spread_saturated_edges", json!(saturated.map(|edges| edges.count))),
            ("spread_saturated_part", json!(saturated.map(|edges| edges.part))),
            ("spread_edges_at_cap", json!(saturated.map(|edges| edges.at_cap))),
            ("spread_mean_probability", of_learned(|learned| learned.mean)),
            ("spread_rate", of_learned(|learned| learned.rate)),
            ("spread_prior_exposures", of_learned(|learned| learned.prior)),
            ("spread_pull_variance", of_learned(|learned| learned.influence_variance)),
            ("spread_readiness_variance", of_learned(|learned| learned.susceptibility_variance)),
        ]
    }
}

impl EdgeRule {
    fn to_json(self) -> Value {
        match self {
            Self::Learned => Probability::Learned.to_json(),
            Self::WeightedCascade => Probability::WeightedCascade.to_json(),
            Self::Fixed(p) => Probability::Fixed(p).to_json(),
        }
    }
}
