//! `[tiers]`: what the score is made of, and where it is cut.

use super::section::{Section, is_plain_name};
use crate::{
    config::{
        defaults,
        error::ConfigError,
        limits,
        raw::{RawTierWeights, RawTiers},
        units::shifted,
    },
    tier::{Component, TierBand, TierConfig},
};

/// Other files of the folder in which each tier has a file of its name.
const TAKEN_NAMES: [&str; 2] = ["tiers", "prospects"];

pub(super) fn tiers(section: &Section<'_>, raw: RawTiers) -> Result<TierConfig, ConfigError> {
    Ok(TierConfig {
        components: components(&section.table("weights"), &raw.weights.unwrap_or_default())?,
        bands: bands(section, raw.names, raw.shares)?,
    })
}

/// The columns in their fixed order; those of weight 0 stay, so that every score says what it was made of.
fn components(table: &Section<'_>, raw: &RawTierWeights) -> Result<Vec<Component>, ConfigError> {
    let given = [raw.pagerank, raw.reach, raw.strength, raw.audience];
    let mut components = Vec::with_capacity(given.len());
    for (&(name, default), weight) in defaults::TIER_WEIGHTS.iter().zip(given) {
        let weight = table.number(name, weight, default, &limits::SCORE_WEIGHT)?;
        components.push(Component { name: name.to_owned(), weight });
    }
    if components.iter().all(|component| component.weight == 0.0) {
        return Err(table.bad("", "every weight is 0; at least one above 0 is expected"));
    }
    Ok(components)
}

fn bands(
    section: &Section<'_>,
    names: Option<Vec<String>>,
    shares: Option<Vec<f64>>,
) -> Result<Vec<TierBand>, ConfigError> {
    let names = names.unwrap_or_else(|| defaults::TIER_NAMES.iter().map(|&name| name.to_owned()).collect());
    let percents = shares.unwrap_or_else(|| defaults::TIER_PERCENTS.to_vec());
    check_names(section, &names)?;
    check_percents(section, &percents)?;
    if names.len() != percents.len() + 1 {
        let reason = format!(
            "there are {} names for {} shares; one name more than shares is expected, as the last tier takes the rest",
            names.len(),
            percents.len()
        );
        return Err(section.bad("names", reason));
    }
    let ends = percents.iter().map(|&percent| shifted(percent, -2)).chain([1.0]);
    Ok(names.into_iter().zip(ends).map(|(name, up_to_share)| TierBand { name, up_to_share }).collect())
}

fn check_names(section: &Section<'_>, names: &[String]) -> Result<(), ConfigError> {
    for (index, name) in names.iter().enumerate() {
        let same = |other: &String| other.eq_ignore_ascii_case(name);
        let reason = if !is_plain_name(name) {
            "cannot name a tier and its file; up to 64 letters a-z, digits, `_` and `-` are expected"
        } else if TAKEN_NAMES.iter().any(|taken| taken.eq_ignore_ascii_case(name)) {
            "is the name of another file beside those of the tiers"
        } else if names[..index].iter().any(same) {
            "names two tiers (upper and lower case count as one, as their files may)"
        } else {
            continue;
        };
        return Err(section.bad(&format!("names[{index}]"), format!("`{name}` {reason}")));
    }
    Ok(())
}

fn check_percents(section: &Section<'_>, percents: &[f64]) -> Result<(), ConfigError> {
    let mut below = 0.0;
    for (index, &percent) in percents.iter().enumerate() {
        if !(percent > below && percent < 100.0) {
            let reason = format!(
                "it is {percent}; shares count from the top in percent, so one above {below} and below 100 is expected"
            );
            return Err(section.bad(&format!("shares[{index}]"), reason));
        }
        below = percent;
    }
    Ok(())
}
