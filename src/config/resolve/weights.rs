//! `[weights]`: the kinds of event and what each weighs.

use std::collections::BTreeMap;

use super::section::{Section, is_plain_name, with_default};
use crate::{
    config::{
        choices, defaults,
        error::ConfigError,
        limits,
        raw::{RawKind, RawWeight},
        units,
    },
    projection::{Duplicates, KindRole, KindWeight, Weights},
    text::nearest,
};

/// The key of `[weights]` that is no kind.
const SATURATION: &str = "saturation";
/// The kind that takes a follow away; it has no weight of its own.
const UNFOLLOW: &str = "unfollow";

/// The built-in kinds in the order of their ids.
fn built_in_kinds() -> [KindWeight; 5] {
    let action = |name: &str, weight: f64| KindWeight {
        name: name.to_owned(),
        role: KindRole::Act,
        weight_milli: milli(weight).expect("invariant: the defaults are whole thousandths"),
        half_life_s: Some(defaults::HALF_LIFE_S),
        daily_cap: defaults::DAILY_CAP,
    };
    let state = |name: &str, weight: f64, role: KindRole| KindWeight {
        role,
        half_life_s: None,
        daily_cap: None,
        ..action(name, weight)
    };
    [
        state("follow", defaults::FOLLOW_WEIGHT, KindRole::Follow),
        state(UNFOLLOW, 0.0, KindRole::Unfollow),
        action("share", defaults::SHARE_WEIGHT),
        action("reply", defaults::REPLY_WEIGHT),
        action("mention", defaults::MENTION_WEIGHT),
    ]
}

/// The built-in kinds with what was set of them, then the user's own by name.
pub(super) fn weights(
    section: &Section<'_>,
    mut raw: BTreeMap<String, RawWeight>,
    duplicates: Duplicates,
) -> Result<Weights, ConfigError> {
    let saturation = match raw.remove(SATURATION) {
        Some(RawWeight::Kind(_)) => {
            return Err(section.bad(SATURATION, "it is a table; `\"log\"` or `\"none\"` is expected"));
        }
        Some(RawWeight::Word(word)) => Some(word),
        None => None,
    };
    let saturation = section.choice(SATURATION, saturation, defaults::SATURATION, &choices::SATURATIONS)?;
    let mut kinds = Vec::new();
    for kind in built_in_kinds() {
        let name = kind.name.clone();
        kinds.push(match raw.remove(&name) {
            None => kind,
            Some(RawWeight::Kind(_)) if name == UNFOLLOW => {
                let reason = "an unfollow takes the follow before it away; it has no weight of its own";
                return Err(section.bad(&name, reason));
            }
            Some(RawWeight::Kind(set)) => overlay(&section.table(&name), kind, set)?,
            Some(RawWeight::Word(word)) => return Err(not_a_table(section, &name, &word)),
        });
    }
    let built_in: Vec<String> = kinds.iter().map(|kind| kind.name.clone()).collect();
    for (name, own) in raw {
        kinds.push(own_kind(section, name, own, &built_in)?);
    }
    if kinds.len() > limits::KIND_COUNT {
        let reason =
            format!("there are {} kinds of event; at most {} are possible", kinds.len(), limits::KIND_COUNT);
        return Err(section.bad("", reason));
    }
    Ok(Weights { kinds, saturation, duplicates })
}

/// A kind of the user's own. Its name may be anything, so a slip in a known name would pass for one: names one slip
/// away from a known one are refused, and a weight must be given.
fn own_kind(
    section: &Section<'_>,
    name: String,
    raw: RawWeight,
    built_in: &[String],
) -> Result<KindWeight, ConfigError> {
    let weighted = built_in.iter().filter(|name| *name != UNFOLLOW);
    let known: Vec<String> = std::iter::once(&SATURATION.to_owned()).chain(weighted).cloned().collect();
    let set = match raw {
        RawWeight::Kind(set) => set,
        RawWeight::Word(word) if nearest(&name, [SATURATION]).is_none() && is_plain_name(&name) => {
            return Err(not_a_table(section, &name, &word));
        }
        RawWeight::Word(_) => return Err(section.unknown_key(&name, known)),
    };
    if known.iter().any(|other| strsim::damerau_levenshtein(other, &name) == 1) {
        return Err(section.unknown_key(&name, known));
    }
    if !is_plain_name(&name) {
        let reason =
            format!("`{name}` cannot name a kind; up to 64 letters a-z, digits, `_` and `-` are expected");
        return Err(section.bad(&name, reason));
    }
    let table = section.table(&name);
    let Some(weight) = set.weight else {
        let reason = format!("`{name}` is a kind of your own and has no default weight");
        return Err(table.missing("weight", reason));
    };
    let action = KindWeight {
        name,
        role: KindRole::Act,
        weight_milli: 0,
        half_life_s: Some(defaults::HALF_LIFE_S),
        daily_cap: defaults::DAILY_CAP,
    };
    overlay(&table, action, RawKind { weight: Some(weight), ..set })
}

/// `kind` with what was set of it.
fn overlay(table: &Section<'_>, kind: KindWeight, set: RawKind) -> Result<KindWeight, ConfigError> {
    let default_weight = f64::from(kind.weight_milli) / 1000.0;
    let weight = table.number("weight", set.weight, default_weight, &limits::WEIGHT)?;
    let weight_milli = milli(weight).ok_or_else(|| {
        table.bad("weight", format!("it is {weight}; at most three digits after the point are kept"))
    })?;
    let half_life_s = match set.half_life {
        None => kind.half_life_s,
        Some(text) if text == choices::NONE => None,
        Some(text) => Some(units::parse_duration(&text).ok_or_else(|| {
            let reason =
                format!("`{text}` is no duration; one such as `30d` (s, m, h, d, w) or `none` is expected");
            with_default(table.bad("half_life", reason), half_life_word(kind.half_life_s))
        })?),
    };
    let daily_cap = match set.daily_cap {
        None => kind.daily_cap,
        Some(_) if kind.role == KindRole::Follow => {
            return Err(
                table.bad("daily_cap", "a follow is a state and counts once, so nothing is left to cap")
            );
        }
        Some(raw) => table.whole_or_word("daily_cap", raw, choices::NONE, &limits::DAILY_CAP)?,
    };
    Ok(KindWeight { weight_milli, half_life_s, daily_cap, ..kind })
}

fn not_a_table(section: &Section<'_>, name: &str, word: &str) -> ConfigError {
    section.bad(name, format!("it is `{word}`; a table such as `{{ weight = 3.0 }}` is expected"))
}

/// A half-life as the configuration writes it, quotes included.
fn half_life_word(half_life_s: Option<u32>) -> String {
    format!("\"{}\"", half_life_s.map_or(choices::NONE.to_owned(), units::duration_text))
}

/// `weight` in thousandths, if three digits after the point are all it has.
fn milli(weight: f64) -> Option<u32> {
    let text = format!("{weight:.3}");
    let exact = text.parse::<f64>().is_ok_and(|rounded| rounded == weight);
    if exact { text.replace('.', "").parse().ok() } else { None }
}
