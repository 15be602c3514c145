//! From raw types to the [`Plan`]: defaults filled in, ranges and contradictions checked, words turned into types.

mod contacts;
mod customers;
mod events;
mod kernels;
mod run;
mod section;
mod tiers;
mod topics;
mod weights;

use std::path::Path;

use section::Section;

use super::{
    choices, defaults,
    error::ConfigError,
    origin::Origin,
    plan::{Plan, TopicUse},
    raw::{RawChannel, RawConfig, RawConsent},
};
use crate::{
    event::{CaseRule, ChannelRules, normalise_channel},
    identity::ConsentRules,
};

/// Resolves everything; relative paths start from `folder`.
pub(super) fn plan(origin: &Origin<'_>, raw: RawConfig, folder: &Path) -> Result<Plan, ConfigError> {
    let run = run::settings(&Section::new(origin, "run"), raw.run)?;
    let weights = weights::weights(&Section::new(origin, "weights"), raw.weights, run.duplicates)?;
    if raw.events.is_empty() {
        let reason = "a run needs at least one `[[events]]` table with a `path`";
        return Err(Section::new(origin, "").missing("events", reason));
    }
    let mut event_sources = Vec::with_capacity(raw.events.len());
    for (index, source) in raw.events.into_iter().enumerate() {
        let section = Section::new(origin, &format!("events[{index}]"));
        event_sources.push(events::event_source(&section, source, folder, &weights)?);
    }
    let mut customers = Vec::with_capacity(raw.customers.len());
    for (index, files) in raw.customers.into_iter().enumerate() {
        let section = Section::new(origin, &format!("customers[{index}]"));
        customers.push(customers::customer_files(&section, files, folder)?);
    }
    let mut contacts = Vec::with_capacity(raw.contacts.len());
    for (index, log) in raw.contacts.into_iter().enumerate() {
        contacts.push(contacts::contact_log(
            &Section::new(origin, &format!("contacts[{index}]")),
            log,
            folder,
        )?);
    }
    let rank = kernels::rank(&Section::new(origin, "rank"), &raw.rank)?;
    Ok(Plan {
        output: folder.join(run.output),
        as_of: run.as_of,
        window_s: run.window_s,
        memory_limit: run.memory_limit,
        seed: run.seed,
        max_rejected: run.max_rejected,
        threads: run.threads,
        events: event_sources,
        customers,
        contacts,
        channels: channels(origin, raw.channels)?,
        consent: consent(&Section::new(origin, "consent"), raw.consent)?,
        weights,
        topics: topics::topics(origin, TopicUse::Rank, raw.rank.topics, folder)?,
        warm_start: raw.rank.warm_start.unwrap_or(defaults::WARM_START),
        rank,
        communities: kernels::communities(&Section::new(origin, "communities"), &raw.communities, run.seed)?,
        overnight: kernels::overnight(&Section::new(origin, "communities"), &raw.communities)?,
        spread: kernels::spread(&Section::new(origin, "reach"), &raw.reach)?,
        reach: kernels::reach(&Section::new(origin, "reach"), &raw.reach, run.seed)?,
        reach_segments: topics::segments(origin, raw.reach.segments, folder)?,
        trust: kernels::trust(&Section::new(origin, "trust"), &raw.trust)?,
        tiers: tiers::tiers(&Section::new(origin, "tiers"), raw.tiers)?,
    })
}

fn channels(
    origin: &Origin<'_>,
    raw: std::collections::BTreeMap<String, RawChannel>,
) -> Result<ChannelRules, ConfigError> {
    let mut rules = ChannelRules::default();
    for (name, channel) in raw {
        let section = Section::new(origin, &format!("channels.{name}"));
        section.channel_name("", &name)?;
        let case = section.choice("case", channel.case, CaseRule::default(), &choices::CASE_RULES)?;
        rules.case.insert(normalise_channel(&name).into_owned(), case);
    }
    Ok(rules)
}

fn consent(section: &Section<'_>, raw: RawConsent) -> Result<ConsentRules, ConfigError> {
    Ok(ConsentRules {
        missing: section.choice("missing", raw.missing, defaults::CONSENT_MISSING, &choices::CONSENTS)?,
        denied: section.choice("denied", raw.denied, defaults::CONSENT_DENIED, &choices::DENIED_RULES)?,
    })
}
