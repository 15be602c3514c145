//! `[rank]`, `[communities]`, `[reach]` and `[trust]`.

use super::section::{Section, with_default};
use crate::{
    community::{self, LeidenConfig, Quality},
    config::{
        defaults,
        error::ConfigError,
        limits,
        plan::{OvernightConfig, TrustConfig},
        raw::{RawCommunities, RawRank, RawReach, RawTrust},
        units, words,
    },
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
        solver: section.choice("solver", raw.solver.clone(), defaults::SOLVER, &words::SOLVERS)?,
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
            &words::COMMUNITY_QUALITIES,
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
            Some(most) => section.whole_or_word("max_size", most, words::NONE, &limits::MEMBERS)?,
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
        Some(words::NONE) => None,
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

pub(super) fn reach(section: &Section<'_>, raw: RawReach, seed: u64) -> Result<ReachConfig, ConfigError> {
    let registers: u32 = section.whole("registers", raw.registers, reach::REGISTERS, &limits::REGISTERS)?;
    if !registers.is_power_of_two() {
        let reason = format!(
            "it is {registers}; a power of two such as {} is expected",
            registers.next_power_of_two()
        );
        return Err(with_default(section.bad("registers", reason), reach::REGISTERS));
    }
    let exact_edges = match raw.exact_edges {
        None => reach::EXACT_EDGES,
        Some(raw) => section
            .whole_or_word("exact_edges", raw, words::ALL, &limits::EXACT_EDGES)
            .map_err(|error| with_default(error, reach::EXACT_EDGES))?
            .unwrap_or(u64::MAX),
    };
    Ok(ReachConfig {
        hops: section.whole("hops", raw.hops, reach::HOPS, &limits::HOPS)?,
        registers,
        exact_edges,
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
