//! `[rank]`, `[communities]`, `[reach]` and `[trust]`.

use super::section::{Section, with_default, with_nearest};
use crate::{
    community::{self, LeidenConfig, Quality},
    config::{
        choices::{self, word_of},
        defaults,
        error::ConfigError,
        limits,
        plan::{OvernightConfig, Probability, SpreadConfig, TrustConfig},
        raw::{RawCommunities, RawProbability, RawRank, RawReach, RawTrust},
        units,
    },
    influence::Diffusion,
    rank::{self, Dangling, PageRankConfig, StopRule},
    reach::{self, ReachConfig},
};

pub(super) fn rank(section: &Section<'_>, raw: &RawRank) -> Result<PageRankConfig, ConfigError> {
    Ok(PageRankConfig {
        damping: section.number("damping", raw.damping, rank::DAMPING, &limits::DAMPING)?,
        stop: StopRule::Certified {
            tolerance: section.number("tolerance", raw.tolerance, rank::TOLERANCE, &limits::TOLERANCE)?,
            max_rounds: section.whole("max_rounds", raw.max_rounds, rank::MAX_ROUNDS, &limits::ROUNDS)?,
        },
        solver: section.choice("solver", raw.solver.clone(), defaults::SOLVER, &choices::SOLVERS)?,
        // A run's teleport vector is uniform, so both rules are one.
        dangling: Dangling::Teleport,
    })
}

pub(super) fn communities(
    section: &Section<'_>,
    raw: &RawCommunities,
    seed: u64,
) -> Result<LeidenConfig, ConfigError> {
    let cfg = LeidenConfig {
        quality: section.choice(
            "quality",
            raw.quality.clone(),
            Quality::Modularity,
            &choices::COMMUNITY_QUALITIES,
        )?,
        resolution: section.number(
            "resolution",
            raw.resolution,
            community::RESOLUTION,
            &limits::RESOLUTION,
        )?,
        iterations: section.whole(
            "iterations",
            raw.iterations,
            defaults::COMMUNITY_ITERATIONS,
            &limits::ITERATIONS,
        )?,
        seed,
        min_size: section.whole("min_size", raw.min_size, community::MIN_SIZE, &limits::MEMBERS)?,
        max_size: match raw.max_size.clone() {
            None => None,
            Some(most) => section.whole_or_word("max_size", most, choices::NONE, &limits::MEMBERS)?,
        },
        to_the_end: false,
    };
    if cfg.max_size.is_some_and(|most| most < cfg.min_size) {
        return Err(section.bad("max_size", format!("it is below `min_size`, {}", cfg.min_size)));
    }
    Ok(cfg)
}

/// The keys of `[communities]` that say how tonight's hang together with last night's.
pub(super) fn overnight(section: &Section<'_>, raw: &RawCommunities) -> Result<OvernightConfig, ConfigError> {
    let cold_every_s = match raw.cold_every.as_deref() {
        None => Some(defaults::COLD_EVERY_S),
        Some(choices::NONE) => None,
        Some(text) => Some(units::parse_duration(text).ok_or_else(|| {
            let reason =
                format!("`{text}` is no duration; one such as `7d` (s, m, h, d, w) or `none` is expected");
            let default = units::duration_text(defaults::COLD_EVERY_S);
            with_default(section.bad("cold_every", reason), format!("\"{default}\""))
        })?),
    };
    Ok(OvernightConfig {
        warm_start: raw.warm_start.unwrap_or(defaults::COMMUNITIES_WARM_START),
        cold_every_s,
        adopt_margin: section.number(
            "adopt_margin",
            raw.adopt_margin,
            defaults::ADOPT_MARGIN,
            &limits::ADOPT_MARGIN,
        )?,
    })
}

/// The keys of `[reach]` that say how influence travels.
pub(super) fn spread(section: &Section<'_>, raw: &RawReach) -> Result<SpreadConfig, ConfigError> {
    let diffusion = section.choice("model", raw.model.clone(), defaults::DIFFUSION, &choices::DIFFUSIONS)?;
    let probability = match &raw.probability {
        None => defaults::PROBABILITY,
        Some(given) => probability(given).ok_or_else(|| {
            let words = choices::PROBABILITIES.map(|(word, _)| word);
            let reason = format!(
                "it is {given}; `{}` or {} is expected",
                words.join("`, `"),
                limits::PROBABILITY.words
            );
            let error = match given {
                RawProbability::Word(word) => with_nearest(section.bad("probability", reason), word, words),
                RawProbability::Number(_) => section.bad("probability", reason),
            };
            with_default(error, format!("\"{}\"", word_of(&choices::PROBABILITIES, &defaults::PROBABILITY)))
        })?,
    };
    if probability == Probability::Learnt && diffusion == Diffusion::LinearThreshold {
        let reason = "learnt probabilities of one person may add up to more than 1, for which `model = \"lt\"` has no \
                      room; `\"ic\"` has";
        return Err(section.bad("probability", reason));
    }
    Ok(SpreadConfig { probability, diffusion })
}

/// A word that stands for a probability, or a number that is one.
fn probability(given: &RawProbability) -> Option<Probability> {
    match given {
        RawProbability::Word(word) => {
            choices::PROBABILITIES.iter().find(|(known, _)| known == word).map(|(_, meant)| *meant)
        }
        RawProbability::Number(number) => {
            (limits::PROBABILITY.holds)(*number).then_some(Probability::Fixed(*number))
        }
    }
}

pub(super) fn reach(section: &Section<'_>, raw: &RawReach, seed: u64) -> Result<ReachConfig, ConfigError> {
    let registers: u32 = section.whole("registers", raw.registers, reach::REGISTERS, &limits::REGISTERS)?;
    if !registers.is_power_of_two() {
        let reason = format!(
            "it is {registers}; a power of two such as {} is expected",
            registers.next_power_of_two()
        );
        return Err(with_default(section.bad("registers", reason), reach::REGISTERS));
    }
    let exact_edges = match raw.exact_edges.clone() {
        None => reach::EXACT_EDGES,
        Some(raw) => section
            .whole_or_word("exact_edges", raw, choices::ALL, &limits::EXACT_EDGES)
            .map_err(|error| with_default(error, reach::EXACT_EDGES))?
            .unwrap_or(u64::MAX),
    };
    Ok(ReachConfig {
        hops: section.whole("hops", raw.hops, reach::HOPS, &limits::HOPS)?,
        registers,
        exact_edges,
        exact_top: section.whole("exact_top", raw.exact_top, reach::EXACT_TOP, &limits::EXACT_TOP)?,
        decay: section.number("decay", raw.decay, reach::DECAY, &limits::SHARE)?,
        seed,
    })
}

pub(super) fn trust(section: &Section<'_>, raw: &RawTrust) -> Result<TrustConfig, ConfigError> {
    let share = |key, raw, default| section.number(key, raw, default, &limits::SHARE);
    Ok(TrustConfig {
        enabled: raw.enabled.unwrap_or(defaults::TRUST),
        suspect_mass: share("suspect_mass", raw.suspect_mass, defaults::SUSPECT_MASS)?,
        suspect_share: share("suspect_share", raw.suspect_share, defaults::SUSPECT_SHARE)?,
    })
}
