//! Picks customers to block, so that a bad message spreads least.

use std::path::PathBuf;

use super::{
    CampaignError,
    campaign_query::{CampaignQuery, CohortSummary, Member},
    cohort::{CohortOptions, picked_row},
};
use crate::{
    config::PeopleSelector,
    ids::{NodeId, offset64},
    influence::{self, BlockingConfig},
    report::{Cell, Field, Listing},
    store::Run,
    tables::{Interval, scores},
};

/// Customers to block, and the expected spread that blocking them prevents.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainmentCohort {
    /// The customers in the order in which they were picked, required customers first.
    pub rows: Vec<ContainmentRow>,
    /// The number of sources of the message.
    pub sources: u64,
    /// The expected spread of the message when nobody is blocked, the sources excluded.
    pub before: Interval,
    /// The expected spread of the message when these customers are blocked.
    pub after: Interval,
    pub prevented: Interval,
    /// An upper bound on what a cohort of this size can prevent.
    pub bound: Interval,
    pub summary: CohortSummary,
}

/// Picks customers of a finished run to block, so that a message of the people on the lists `from` spreads least. To
/// block customers means to win them over before the message reaches them: they do not pass it on and do not count as
/// reached.
///
/// - **Input**: as `cohort`; `from` are files with ids of people of the run. These people are never picked.
/// - **Output**: only customers who agreed to be contacted, within the rules, in the order in which they were picked.
/// - **Stop**, **Source**: as [`influence::blocking_set`].
/// - **Cost**: reads and checks the table and the graph of the run; then as [`influence::blocking_set`].
/// - **Same bits**: for any thread count.
/// - **Checked by**: `tests/it/campaign/cohort.rs`: results computed by hand; `tests/it/campaign/rules.rs`: every rule
///   on every output.
pub fn containment_cohort(
    run: &Run,
    from: &[PathBuf],
    options: &CohortOptions,
) -> Result<ContainmentCohort, CampaignError> {
    let mut query = CampaignQuery::new(run, options)?;
    let from: Vec<PeopleSelector> = from.iter().map(|path| PeopleSelector::File(path.clone())).collect();
    let sources = query.view.nodes_of(&query.view.rows_of(run, &from, &mut query.rules.notes)?);
    if let Some(v) = query.rules.included.iter().find(|v| sources.contains(v)) {
        let why = "the customer is a source of the message".to_owned();
        return Err(CampaignError::CannotInclude { id: query.id(*v), why });
    }
    query.rules.exclude("among the sources of the message", &sources);
    query.refuse_nobody()?;
    let (view, audience, rules, bounds) = (&query.view, &query.audience, &query.rules, query.bounds());
    let constraints = query.constraints(&bounds);
    query.refuse_infeasible(&constraints)?;
    let cfg = BlockingConfig {
        precision: influence::BLOCKING_PRECISION,
        max_work: influence::BLOCKING_MAX_WORK,
        seed: query.seed,
    };
    let found = influence::blocking_set(&view.model()?, &sources, &constraints, &cfg)?;
    let nodes: Vec<NodeId> = found.picks.iter().map(|pick| pick.node).collect();
    if let Some((quota, found)) = constraints.unmet_quota(&nodes) {
        return Err(query.missed_quota(quota, found));
    }
    let row = |(at, (pick, member)): (usize, (&influence::Pick, Member))| {
        let marginal = audience.scaled(pick.marginal);
        let why = match at < rules.included.len() {
            true => "must be included: ",
            false if marginal.value > 0.0 => "largest gain: ",
            false => "",
        };
        ContainmentRow {
            position: offset64(at + 1),
            member,
            marginal,
            cumulative: audience.scaled(pick.cumulative),
            reason: format!("{why}prevents {:.1} more{}", marginal.value, query.minimum_quotas_of(pick.node)),
        }
    };
    let members = query.members(&found.picks)?;
    let rows: Vec<ContainmentRow> = found.picks.iter().zip(members).enumerate().map(row).collect();
    Ok(ContainmentCohort {
        summary: query.summary(&found.picks),
        rows,
        sources: offset64(sources.len()),
        before: audience.scaled(found.before),
        after: audience.scaled(found.after),
        prevented: audience.scaled(found.prevented),
        bound: audience.scaled(found.max_prevented),
    })
}

picked_row!(
    /// A customer to block.
    ContainmentRow, "prevented spread", "prevents",
    ["marginal_saved", "marginal_saved_low", "marginal_saved_high"],
    ["cumulative_saved", "cumulative_saved_low", "cumulative_saved_high"]
);
