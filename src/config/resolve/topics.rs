//! `[[rank.topics]]`: from whom PageRank is computed as well.

use std::path::Path;

use super::section::{Section, is_plain_name};
use crate::config::{error::ConfigError, origin::Origin, plan::Topic, raw::RawTopic, whom::Whom};

pub(super) fn topics(
    origin: &Origin<'_>,
    raw: Vec<RawTopic>,
    folder: &Path,
) -> Result<Vec<Topic>, ConfigError> {
    let mut topics: Vec<Topic> = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        let section = Section::new(origin, &format!("rank.topics[{index}]"));
        let topic = topic(&section, raw, folder)?;
        // Many readers of tables do not tell columns apart by case.
        if let Some(other) = topics.iter().find(|other| other.name.eq_ignore_ascii_case(&topic.name)) {
            let reason = if other.name == topic.name {
                format!("two topics are called `{}`; each is a column of its own", topic.name)
            } else {
                format!("it differs from `{}` in case only; each topic is a column of its own", other.name)
            };
            return Err(section.bad("name", reason));
        }
        topics.push(topic);
    }
    Ok(topics)
}

fn topic(section: &Section<'_>, raw: RawTopic, folder: &Path) -> Result<Topic, ConfigError> {
    let reason = "it names the column `pagerank_NAME`";
    let name = raw.name.ok_or_else(|| section.missing("name", reason))?;
    if !is_plain_name(&name) {
        let reason = format!("`{name}` is no name: 1 to 64 letters, digits, `_` and `-` are expected");
        return Err(section.bad("name", reason));
    }
    let reason = "it says from whom: an id, `channel:NAME` or `@FILE`";
    let segment = raw.segment.ok_or_else(|| section.missing("segment", reason))?;
    let segment = match Whom::parse(&segment) {
        Whom::Tier(_) | Whom::Community(_) => {
            let reason = "tiers and communities come of the run itself; an id, `channel:NAME` or `@FILE` is expected \
                          (`plaudit top --personalised-to` takes them afterwards)";
            return Err(section.bad("segment", reason));
        }
        whom => whom,
    };
    if matches!(&segment, Whom::Named(id) | Whom::Id(id) | Whom::Channel(id) if id.is_empty()) {
        return Err(section.bad("segment", "it is empty; an id, `channel:NAME` or `@FILE` is expected"));
    }
    Ok(Topic { name, segment, folder: folder.to_owned() })
}
