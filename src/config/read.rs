//! Reads the sections of a configuration into the [`Plan`], then checks settings of several sections together.

use std::path::Path;

use super::{
    choices, contacts, customers, defaults,
    error::ConfigError,
    events,
    form::{OneOf, any_text},
    plan::{Plan, Probability},
    settings,
    table::TableReader,
    tiers, topics, weights,
};
use crate::{
    event::{CaseRule, ChannelRules, normalize_channel},
    influence::Diffusion,
};

/// The sections, in the order in which messages list them.
const SECTIONS: [&str; 13] = [
    "run",
    "events",
    "customers",
    "contacts",
    "channels",
    "consent",
    "guard",
    "weights",
    "rank",
    "communities",
    "reach",
    "trust",
    "tiers",
];

/// Reads every section; paths are relative to `folder`.
pub(super) fn plan(root: &TableReader<'_>, folder: &Path) -> Result<Plan, ConfigError> {
    root.allow(&SECTIONS)?;
    let mut plan = defaults::plan();
    let run = root.table("run")?;
    settings::read(&settings::run(), &["placeholders"], &run, &mut plan)?;
    if let Some(own) = run.list("placeholders", &any_text())? {
        plan.placeholders = own.iter().map(|text| text.trim().to_lowercase()).collect();
    }
    plan.output = folder.join(&plan.output);
    (plan.communities.seed, plan.reach.seed) = (plan.seed, plan.seed);
    weights::read(&root.table("weights")?, &mut plan.weights)?;
    for table in root.tables("events")? {
        plan.events.push(events::read(&table, folder, &plan.weights)?);
    }
    for table in root.tables("customers")? {
        plan.customers.push(customers::read(&table, folder)?);
    }
    for table in root.tables("contacts")? {
        plan.contacts.push(contacts::read(&table, folder)?);
    }
    plan.channels = channels(&root.table("channels")?)?;
    let consent = root.table("consent")?;
    settings::read(&settings::consent(), &["words"], &consent, &mut plan)?;
    plan.consent.words = customers::words(&consent.table("words")?)?;
    settings::read(&settings::guard(), &[], &root.table("guard")?, &mut plan)?;
    let rank = root.table("rank")?;
    settings::read(&settings::rank(), &["topics"], &rank, &mut plan)?;
    plan.topics = topics::read_topics(&rank, folder)?;
    let communities = root.table("communities")?;
    settings::read(&settings::communities(), &[], &communities, &mut plan)?;
    let reach = root.table("reach")?;
    settings::read(&settings::reach(), &["segments"], &reach, &mut plan)?;
    plan.reach_segments = topics::read_segments(&reach, folder)?;
    settings::read(&settings::trust(), &[], &root.table("trust")?, &mut plan)?;
    tiers::read(&root.table("tiers")?, &mut plan.tiers)?;
    if plan.events.is_empty() {
        return Err(root.missing("events", "a run needs at least one `[[events]]` table with a `path`"));
    }
    if plan.communities.max_size.is_some_and(|most| most < plan.communities.min_size) {
        let reason = format!("it is below `min_size`, {}", plan.communities.min_size);
        return Err(communities.bad("max_size", reason));
    }
    if plan.spread.probability == Probability::Learned && plan.spread.diffusion == Diffusion::LinearThreshold
    {
        let reason = "learned probabilities of one person may add up to more than 1, which `model = \"lt\"` does not \
                      allow; `\"ic\"` does";
        return Err(reach.bad("probability", reason));
    }
    Ok(plan)
}

fn channels(section: &TableReader<'_>) -> Result<ChannelRules, ConfigError> {
    let mut rules = ChannelRules::default();
    for name in section.keys() {
        let table = section.table(name)?;
        table.check_channel_name("", name)?;
        table.allow(&["case"])?;
        let mut case = CaseRule::default();
        table.read("case", &OneOf(&choices::CASE_RULES), &mut case)?;
        rules.case.insert(normalize_channel(name).into_owned(), case);
    }
    Ok(rules)
}
