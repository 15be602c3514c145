//! `[weights]`: the kinds of event and their weights.

use serde_json::{Map, Value};
use toml::de::DeValue;

use super::{
    choices, defaults,
    error::ConfigError,
    form::{OneOf, ValueForm},
    limits, settings,
    table::{TableReader, is_plain_name},
};
use crate::{
    projection::{KindRole, KindWeight, Weights},
    text::nearest,
};

/// The only key of `[weights]` that is not the name of a kind.
const SATURATION: &str = "saturation";
/// The kind that cancels a follow; it has no weight.
const UNFOLLOW: &str = "unfollow";
/// The keys of `[weights]` except user-defined kinds.
const BUILT_IN_KEYS: [&str; 5] = [SATURATION, "follow", "share", "reply", "mention"];

/// The built-in kinds in the order of their ids.
pub(super) fn built_in_kinds() -> [KindWeight; 5] {
    let state = |name: &str, weight_milli, role| KindWeight {
        role,
        half_life_s: None,
        daily_cap: None,
        ..action(name, weight_milli)
    };
    [
        state("follow", defaults::FOLLOW_MILLI, KindRole::Follow),
        state(UNFOLLOW, 0, KindRole::Unfollow),
        action("share", defaults::SHARE_MILLI),
        action("reply", defaults::REPLY_MILLI),
        action("mention", defaults::MENTION_MILLI),
    ]
}

fn action(name: &str, weight_milli: u32) -> KindWeight {
    KindWeight {
        name: name.to_owned(),
        role: KindRole::Act,
        weight_milli,
        half_life_s: Some(defaults::HALF_LIFE_S),
        daily_cap: defaults::DAILY_CAP,
    }
}

/// Reads the section into the built-in kinds that `weights` holds; user-defined kinds follow in the order of their
/// names.
pub(super) fn read(section: &TableReader<'_>, weights: &mut Weights) -> Result<(), ConfigError> {
    section.read(SATURATION, &OneOf(&choices::SATURATIONS), &mut weights.saturation)?;
    for kind in &mut weights.kinds {
        read_kind(section, kind)?;
    }
    let is_built_in = |name: &str| name == UNFOLLOW || BUILT_IN_KEYS.contains(&name);
    for name in section.keys().filter(|name| !is_built_in(name)) {
        let mut kind = action(name, 0);
        check_own_kind(section, name)?;
        read_kind(section, &mut kind)?;
        weights.kinds.push(kind);
    }
    if weights.kinds.len() > limits::KIND_COUNT {
        let (count, most) = (weights.kinds.len(), limits::KIND_COUNT);
        return Err(section.bad("", format!("there are {count} kinds of event; at most {most} are possible")));
    }
    Ok(())
}

fn read_kind(section: &TableReader<'_>, kind: &mut KindWeight) -> Result<(), ConfigError> {
    let Some(written) = section.value(&kind.name) else { return Ok(()) };
    if !written.is_table() {
        return Err(section.not_a(&kind.name, written, "a table such as `{ weight = 3.0 }`"));
    }
    let table = section.table(&kind.name)?;
    match kind.role {
        KindRole::Unfollow => {
            let reason = "an unfollow cancels the follow before it; it has no weight";
            Err(section.bad(&kind.name, reason))
        }
        KindRole::Follow if table.has("daily_cap") => {
            Err(table.bad("daily_cap", "a follow is a state and counts once, so it has no daily cap"))
        }
        role => settings::read(&settings::kind(role), &[], &table, kind),
    }
}

/// Refuses keys that cannot be user-defined kinds. Such a kind may have any name, so a misspelled built-in key would
/// pass for one; therefore names at an edit distance of 1 from a built-in key are refused, and a weight is required.
fn check_own_kind(section: &TableReader<'_>, name: &str) -> Result<(), ConfigError> {
    let is_word = matches!(section.value(name), Some(DeValue::String(_)));
    let is_slip = |known: &&str| strsim::damerau_levenshtein(known, name) == 1;
    if BUILT_IN_KEYS.iter().any(is_slip)
        || is_word && (nearest(name, [SATURATION]).is_some() || !is_plain_name(name))
    {
        return Err(section.unknown_key(name, &BUILT_IN_KEYS));
    }
    if !is_plain_name(name) {
        let reason =
            format!("`{name}` cannot name a kind; up to 64 letters a-z, digits, `_` and `-` are expected");
        return Err(section.bad(name, reason));
    }
    if !is_word {
        let table = section.table(name)?;
        settings::check_keys(&settings::kind(KindRole::Act), &[], &table)?;
        if !table.has("weight") {
            let reason = format!("`{name}` is a user-defined kind and has no default weight");
            return Err(table.missing("weight", reason));
        }
    }
    Ok(())
}

pub(super) fn write(weights: &Weights) -> Value {
    let mut section = Map::new();
    section.insert(SATURATION.to_owned(), OneOf(&choices::SATURATIONS).write(&weights.saturation));
    for kind in weights.kinds.iter().filter(|kind| kind.role != KindRole::Unfollow) {
        let settings = settings::kind(kind.role);
        section.insert(kind.name.clone(), settings::write(&settings, &mut kind.clone()).into());
    }
    section.into()
}
