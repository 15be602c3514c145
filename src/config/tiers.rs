//! `[tiers]`: the measures that make up the score, and the share of customers in each tier.

use serde_json::{Map, Value, json};

use super::{
    error::ConfigError,
    form::{NumberIn, ValueForm, any_text},
    limits,
    table::{TableReader, is_plain_name},
    units::shifted,
};
use crate::tier::{ScoreMeasure, TierBand, TierConfig};

/// Names that no tier may have: other files with these names are in the folder of the tiers' files.
const TAKEN_NAMES: [&str; 2] = ["tiers", "prospects"];

/// Reads the section into the defaults that `tiers` holds.
pub(super) fn read(section: &TableReader<'_>, tiers: &mut TierConfig) -> Result<(), ConfigError> {
    section.allow(&["names", "shares", "weights"])?;
    let table = section.table("weights")?;
    table.allow(&ScoreMeasure::ALL.map(ScoreMeasure::name))?;
    for component in &mut tiers.components {
        table.read(component.measure.name(), &NumberIn(&limits::SCORE_WEIGHT), &mut component.weight)?;
    }
    if tiers.components.iter().all(|component| component.weight == 0.0) {
        return Err(table.bad("", "every weight is 0; at least one above 0 is expected"));
    }
    let names = section.list("names", &any_text())?;
    let percents = section.list("shares", &NumberIn(&limits::ANY))?;
    let names = names.unwrap_or_else(|| tiers.bands.iter().map(|band| band.name.clone()).collect());
    let percents = percents.unwrap_or_else(|| percents_of(tiers));
    check_names(section, &names)?;
    check_percents(section, &percents)?;
    if names.len() != percents.len() + 1 {
        let reason = format!(
            "there are {} names for {} shares; one more name than shares is expected, because the last tier \
             takes the rest",
            names.len(),
            percents.len()
        );
        return Err(section.bad("names", reason));
    }
    tiers.bands = bands(names, &percents);
    Ok(())
}

/// The tiers with these names, which end at these percentages of the customers; the last tier takes the rest.
pub(super) fn bands(names: impl IntoIterator<Item = String>, percents: &[f64]) -> Vec<TierBand> {
    let ends = percents.iter().map(|&percent| shifted(percent, -2)).chain([1.0]);
    names.into_iter().zip(ends).map(|(name, up_to_share)| TierBand { name, up_to_share }).collect()
}

fn percents_of(tiers: &TierConfig) -> Vec<f64> {
    let cut_bands = &tiers.bands[..tiers.bands.len().saturating_sub(1)];
    cut_bands.iter().map(|band| shifted(band.up_to_share, 2)).collect()
}

fn check_names(section: &TableReader<'_>, names: &[String]) -> Result<(), ConfigError> {
    for (index, name) in names.iter().enumerate() {
        let same = |other: &String| other.eq_ignore_ascii_case(name);
        let reason = if !is_plain_name(name) {
            "cannot name a tier and its file; up to 64 letters a-z, digits, `_` and `-` are expected"
        } else if TAKEN_NAMES.iter().any(|taken| taken.eq_ignore_ascii_case(name)) {
            "is the name of another file in the folder of the tiers' files"
        } else if names[..index].iter().any(same) {
            "names two tiers (names that differ only in case may give the same file)"
        } else {
            continue;
        };
        return Err(section.bad(&format!("names[{index}]"), format!("`{name}` {reason}")));
    }
    Ok(())
}

fn check_percents(section: &TableReader<'_>, percents: &[f64]) -> Result<(), ConfigError> {
    let mut below = 0.0;
    for (index, &percent) in percents.iter().enumerate() {
        if !(percent > below && percent < 100.0) {
            let reason = format!(
                "it is {percent}; shares count from the top in percent, so a number above {below} and below 100 is \
                 expected"
            );
            return Err(section.bad(&format!("shares[{index}]"), reason));
        }
        below = percent;
    }
    Ok(())
}

pub(super) fn write(tiers: &TierConfig) -> Value {
    let names: Vec<&str> = tiers.bands.iter().map(|band| band.name.as_str()).collect();
    let weights = tiers.components.iter();
    let weights: Map<String, Value> = weights
        .map(|component| {
            (component.measure.name().to_owned(), NumberIn(&limits::SCORE_WEIGHT).write(&component.weight))
        })
        .collect();
    json!({ "names": names, "shares": percents_of(tiers), "weights": weights })
}
