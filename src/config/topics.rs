//! `[[rank.topics]]` and `[[reach.segments]]`: groups of people, each with its own PageRank or k-hop audience.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    error::ConfigError,
    form::any_text,
    people_selector::PeopleSelector,
    plan::{Topic, TopicUse},
    table::{TableReader, is_plain_name},
};
use crate::reach;

/// Endings of the names of interval columns; a segment `x_low` would collide with the lower bound of a segment `x`.
const RESERVED_ENDS: [&str; 3] = ["low", "high", "exact"];

pub(super) fn read_topics(section: &TableReader<'_>, folder: &Path) -> Result<Vec<Topic>, ConfigError> {
    read(&section.tables("topics")?, TopicUse::Rank, folder)
}

pub(super) fn read_segments(section: &TableReader<'_>, folder: &Path) -> Result<Vec<Topic>, ConfigError> {
    let tables = section.tables("segments")?;
    if tables.len() > reach::MAX_SEGMENTS {
        let reason = format!("there are {}; at most {} are expected", tables.len(), reach::MAX_SEGMENTS);
        return Err(section.bad("segments", reason));
    }
    let segments = read(&tables, TopicUse::Reach, folder)?;
    for (segment, table) in segments.iter().zip(&tables) {
        let name = segment.name.to_ascii_lowercase();
        if RESERVED_ENDS.contains(&name.rsplit('_').next().unwrap_or(&name)) {
            let reason = format!(
                "`{}` has an ending that is reserved for interval columns; choose another name",
                segment.name
            );
            return Err(table.bad("name", reason));
        }
    }
    Ok(segments)
}

fn read(tables: &[TableReader<'_>], of: TopicUse, folder: &Path) -> Result<Vec<Topic>, ConfigError> {
    let mut topics: Vec<Topic> = Vec::with_capacity(tables.len());
    for table in tables {
        let topic = topic(table, of, folder)?;
        // Many programs that read tables ignore the case of column names.
        if let Some(other) = topics.iter().find(|other| other.name.eq_ignore_ascii_case(&topic.name)) {
            let noun = of.noun();
            let reason = if other.name == topic.name {
                format!("two {noun}s are called `{}`; each needs a distinct column name", topic.name)
            } else {
                format!(
                    "it differs from `{}` in case only; each {noun} needs a distinct column name",
                    other.name
                )
            };
            return Err(table.bad("name", reason));
        }
        topics.push(topic);
    }
    Ok(topics)
}

fn topic(table: &TableReader<'_>, of: TopicUse, folder: &Path) -> Result<Topic, ConfigError> {
    table.allow(&["name", "segment"])?;
    let name = table.optional("name", &any_text())?;
    let name =
        name.ok_or_else(|| table.missing("name", format!("it names the column `{}NAME`", of.prefix())))?;
    if !is_plain_name(&name) {
        let reason = format!("`{name}` is no name: 1 to 64 letters, digits, `_` and `-` are expected");
        return Err(table.bad("name", reason));
    }
    let expected = "an id, `channel:NAME` or `@FILE`";
    let segment = table.optional("segment", &any_text())?;
    let segment =
        segment.ok_or_else(|| table.missing("segment", format!("it names the people: {expected}")))?;
    let segment = match PeopleSelector::parse(&segment) {
        PeopleSelector::Tier(_) | PeopleSelector::Community(_) => {
            let afterwards = match of {
                TopicUse::Rank => " (`plaudit top --personalized-to` accepts them after the run)",
                TopicUse::Reach => "",
            };
            let reason = format!(
                "tiers and communities are results of the run itself; {expected} is expected{afterwards}"
            );
            return Err(table.bad("segment", reason));
        }
        PeopleSelector::Named(id) | PeopleSelector::Id(id) | PeopleSelector::Channel(id) if id.is_empty() => {
            return Err(table.bad("segment", format!("it is empty; {expected} is expected")));
        }
        people => people,
    };
    Ok(Topic { of, name, segment, folder: folder.to_owned() })
}

pub(super) fn write(topics: &[Topic]) -> Value {
    topics.iter().map(|topic| json!({ "name": topic.name, "segment": topic.segment.to_string() })).collect()
}
