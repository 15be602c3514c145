//! `[[rank.topics]]` and `[[reach.segments]]`: from whom PageRank is computed as well, and of whom reach.

use std::path::Path;

use super::section::{Section, is_plain_name};
use crate::{
    config::{
        error::ConfigError,
        origin::Origin,
        people_selector::PeopleSelector,
        plan::{Topic, TopicUse},
        raw::RawTopic,
    },
    reach,
};

/// Names and ends of names that the columns of everybody's reach, or the intervals of another segment's, have taken.
const TAKEN: [&str; 3] = ["low", "high", "exact"];

/// [`topics`] for `[[reach.segments]]`.
pub(super) fn segments(
    origin: &Origin<'_>,
    raw: Vec<RawTopic>,
    folder: &Path,
) -> Result<Vec<Topic>, ConfigError> {
    if raw.len() > reach::MAX_SEGMENTS {
        let reason = format!("there are {}; at most {} are expected", raw.len(), reach::MAX_SEGMENTS);
        return Err(Section::new(origin, "reach").bad("segments", reason));
    }
    let segments = topics(origin, TopicUse::Reach, raw, folder)?;
    for (index, segment) in segments.iter().enumerate() {
        let name = segment.name.to_ascii_lowercase();
        let last = name.rsplit('_').next().unwrap_or(&name);
        if TAKEN.contains(&last) {
            let section = Section::new(origin, &format!("reach.segments[{index}]"));
            let reason =
                format!("`{}` ends as the columns of intervals do; choose another name", segment.name);
            return Err(section.bad("name", reason));
        }
    }
    Ok(segments)
}

pub(super) fn topics(
    origin: &Origin<'_>,
    of: TopicUse,
    raw: Vec<RawTopic>,
    folder: &Path,
) -> Result<Vec<Topic>, ConfigError> {
    let mut topics: Vec<Topic> = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        let section = Section::new(origin, &format!("{}[{index}]", of.table()));
        let topic = topic(&section, of, raw, folder)?;
        // Many readers of tables do not tell columns apart by case.
        if let Some(other) = topics.iter().find(|other| other.name.eq_ignore_ascii_case(&topic.name)) {
            let reason = if other.name == topic.name {
                format!("two {}s are called `{}`; each is a column of its own", of.noun(), topic.name)
            } else {
                format!(
                    "it differs from `{}` in case only; each {} is a column of its own",
                    other.name,
                    of.noun()
                )
            };
            return Err(section.bad("name", reason));
        }
        topics.push(topic);
    }
    Ok(topics)
}

fn topic(section: &Section<'_>, of: TopicUse, raw: RawTopic, folder: &Path) -> Result<Topic, ConfigError> {
    let reason = format!("it names the column `{}NAME`", of.prefix());
    let name = raw.name.ok_or_else(|| section.missing("name", reason))?;
    if !is_plain_name(&name) {
        let reason = format!("`{name}` is no name: 1 to 64 letters, digits, `_` and `-` are expected");
        return Err(section.bad("name", reason));
    }
    let reason = "it says from whom: an id, `channel:NAME` or `@FILE`";
    let segment = raw.segment.ok_or_else(|| section.missing("segment", reason))?;
    let segment = match PeopleSelector::parse(&segment) {
        PeopleSelector::Tier(_) | PeopleSelector::Community(_) => {
            let afterwards = match of {
                TopicUse::Rank => " (`plaudit top --personalised-to` takes them afterwards)",
                TopicUse::Reach => "",
            };
            let reason =
                "tiers and communities come of the run itself; an id, `channel:NAME` or `@FILE` is expected";
            let reason = format!("{reason}{afterwards}");
            return Err(section.bad("segment", reason));
        }
        whom => whom,
    };
    if matches!(&segment, PeopleSelector::Named(id) | PeopleSelector::Id(id) | PeopleSelector::Channel(id) if id.is_empty())
    {
        return Err(section.bad("segment", "it is empty; an id, `channel:NAME` or `@FILE` is expected"));
    }
    Ok(Topic { of, name, segment, folder: folder.to_owned() })
}
