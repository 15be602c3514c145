//! Picks the customers to invite: a seed set with the largest expected spread within the rules.

use std::collections::BTreeSet;

use super::{
    CampaignError,
    audience::AudienceOptions,
    campaign_query::{Bounds, CampaignQuery, CohortSummary, Member},
    rules::RuleOptions,
    run_view::SpreadModelOptions,
};
use crate::{
    ids::{NodeId, offset64},
    influence::{
        self, GroupEstimateConfig, SeedConfig, SeedConstraints, SeedSet, Spread, SpreadModel, StopReason,
    },
    report::{Cell, Field, Listing},
    store::Run,
    tables::{Interval, scores},
};

#[derive(Clone, Debug, PartialEq)]
pub struct CohortOptions {
    /// How many people to pick; none: as many as the budget allows.
    pub size: Option<usize>,
    pub rules: RuleOptions,
    pub audience: AudienceOptions,
    pub spread_model: SpreadModelOptions,
    /// See [`SeedConfig::epsilon`].
    pub epsilon: f64,
    /// The seed of all random numbers; none: the seed of the run.
    pub seed: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// The customers in the order in which they were picked, required customers first.
    pub rows: Vec<CohortRow>,
    /// The expected spread of the cohort, the cohort itself included.
    pub spread: Interval,
    /// A certified lower bound on the ratio of this spread to the spread of the best cohort within the rules.
    pub certificate: f64,
    /// An upper bound on the probability that the certificate is too high.
    pub delta: f64,
    pub ended: StopReason,
    /// What the rules cost; none where consent is the only rule.
    pub rule_cost: Option<RuleCost>,
    pub summary: CohortSummary,
}

/// What the rules cost: the expected spread that a cohort of the same size would gain without the rules.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RuleCost {
    /// The expected spread of a cohort of the same size, picked from all customers who agreed to be contacted and are
    /// not yet invited.
    pub unrestricted: Interval,
    /// How much larger the unrestricted spread is, in the same simulations; negative where it is smaller.
    pub cost: Interval,
}

/// The minimum total size of the reverse-reachable sets from which a cohort is picked. Sets up to this size are cheap,
/// and they improve the certificate.
const MIN_WORK: u64 = 1 << 18;
/// The maximum total size of these sets: less than a minute on two cores.
const MAX_WORK: u64 = 1 << 26;
/// The precision of the two spreads whose difference is the cost of the rules: half a percent of each spread.
const PRECISION: f64 = 0.005;
/// The maximum total size of the reverse-reachable sets that estimate the cost of the rules.
const COMPARISON_WORK: u64 = 1 << 25;
/// Makes the sets that compare cohorts independent of the sets from which the cohorts were picked.
const COMPARISON_STREAM: u64 = 0x636f_6d70_6172;

/// Picks customers of a finished run so that their expected spread is as large as can be certified.
///
/// - **Input**: a finished run, whose bytes are checked; lists, contact logs and formulas that name ids and columns of
///   this run.
/// - **Output**: only customers who agreed to be contacted, within the rules, in the order in which they were picked;
///   expected spread with 95 % intervals, the cohort itself included.
/// - **Stop**, **Source**: as [`influence::seed_set`].
/// - **Cost**: reads and checks the table and the graph of the run; then as [`influence::seed_set`], twice where rules
///   limit the choice.
/// - **Same bits**: for any thread count.
/// - **Checked by**: `tests/it/campaign/rules.rs`: every rule on every output; `tests/it/campaign/cohort.rs`: results
///   computed by hand.
pub fn cohort(run: &Run, options: &CohortOptions) -> Result<Cohort, CampaignError> {
    let query = CampaignQuery::new(run, options)?;
    let (audience, model, bounds) = (&query.audience, query.view.model()?, query.bounds());
    let baselines = query.baselines()?;
    let baselines = [&baselines[0][..], &baselines[1][..]];
    let constraints = SeedConstraints { baselines: &baselines, ..query.constraints(&bounds) };
    let (min_work, max_work) = (MIN_WORK, MAX_WORK);
    let cfg = SeedConfig { epsilon: options.epsilon, min_work, max_work, seed: query.seed };
    query.refuse_infeasible(&constraints)?;
    let found = influence::seed_set(&model, &constraints, &cfg).map_err(|error| query.refusal(error))?;
    let picks: Vec<NodeId> = found.picks.iter().map(|pick| pick.node).collect();
    let alone = influence::estimate_each(
        &model,
        &picks,
        constraints.already_active,
        constraints.worth,
        found.rr_sets..3 * found.rr_sets,
        query.seed,
    );
    let rule_cost =
        if query.rules.restrict { Some(rule_cost(&query, &model, &picks, &baselines, &cfg)?) } else { None };
    let rows = rows(&query, &found, &alone)?;
    Ok(Cohort {
        summary: query.summary(&found.picks),
        rows,
        spread: audience.scaled(found.spread),
        certificate: found.certificate,
        delta: found.delta,
        rule_cost,
        ended: found.stop_reason,
    })
}

/// Picks the same number of customers with consent as the only rule, and estimates their expected spread and its
/// difference from the spread of `picks`, with the same reverse-reachable sets for both.
fn rule_cost(
    query: &CampaignQuery,
    model: &SpreadModel<'_>,
    picks: &[NodeId],
    baselines: &[&[NodeId]],
    cfg: &SeedConfig,
) -> Result<RuleCost, CampaignError> {
    let no_bounds = Bounds::default();
    let constraints = SeedConstraints {
        size: picks.len().max(1),
        eligible: Some(&query.rules.agreed),
        included: &[],
        budget: None,
        baselines,
        ..query.constraints(&no_bounds)
    };
    let found = influence::seed_set(model, &constraints, cfg).map_err(|error| query.refusal(error))?;
    let free: Vec<NodeId> = found.picks.iter().map(|pick| pick.node).collect();
    let cfg = GroupEstimateConfig {
        precision: PRECISION,
        max_work: COMPARISON_WORK,
        seed: query.seed ^ COMPARISON_STREAM,
    };
    let estimate = influence::estimate_by_group(
        model,
        &[picks, &free],
        constraints.already_active,
        constraints.worth,
        &cfg,
    );
    Ok(RuleCost {
        unrestricted: query.audience.scaled(estimate.spread(|hit| hit.reached_by & 2 != 0)),
        cost: query
            .audience
            .scaled(estimate.difference(|hit| hit.reached_by == 2, |hit| hit.reached_by == 1)),
    })
}

fn rows(query: &CampaignQuery, found: &SeedSet, alone: &[Spread]) -> Result<Vec<CohortRow>, CampaignError> {
    let (mut seen, beyond_invited) = (BTreeSet::new(), query.rules.already.is_some());
    let row = |(at, (member, (pick, alone))): (usize, (Member, (&influence::Pick, &Spread)))| {
        let (marginal, alone) = (query.audience.scaled(pick.marginal), query.audience.scaled(*alone));
        let (included, community_id) = (at < query.rules.included.len(), member.community_id);
        let first = seen.insert(community_id);
        CohortRow {
            position: offset64(at + 1),
            member,
            marginal,
            cumulative: query.audience.scaled(pick.cumulative),
            alone,
            reason: reason(included, beyond_invited, [alone, marginal], first.then_some(community_id))
                + &query.minimum_quotas_of(pick.node),
        }
    };
    Ok(query
        .members(&found.picks)?
        .into_iter()
        .zip(found.picks.iter().zip(alone))
        .enumerate()
        .map(row)
        .collect())
}

/// Why a customer was picked: `expected spread 63 alone, 41 of it new; the first of community 12`.
fn reason(
    included: bool,
    beyond_invited: bool,
    [alone, marginal]: [Interval; 2],
    first_of: Option<u32>,
) -> String {
    let must = if included { "must be included; " } else { "" };
    let figure = |mean: f64| if mean < 9.95 { format!("{mean:.1}") } else { format!("{mean:.0}") };
    let first = first_of.map_or(String::new(), |community| format!("; the first of community {community}"));
    let new = if beyond_invited { "beyond those already invited" } else { "alone" };
    format!(
        "{must}expected spread {} {new}, {} of it new{first}",
        figure(alone.value),
        figure(marginal.value)
    )
}

/// Declares the row of a picked customer and its listing. `$gain` is the quantity that each customer adds, and `$title`
/// is the heading of the column of this quantity in tables. `$marginal` and `$cumulative` are the names of the columns
/// of this quantity in CSV and JSON.
macro_rules! picked_row {
    ($(#[$doc:meta])* $row:ident, $gain:literal, $title:literal, $marginal:expr, $cumulative:expr $(, $(#[$extra_doc:meta])* $extra:ident)?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $row {
            /// Position in the order in which customers were picked, from 1.
            pub position: u64,
            pub member: Member,
            #[doc = concat!("The ", $gain, " that this customer adds to that of the customers before.")]
            pub marginal: Interval,
            #[doc = concat!("The ", $gain, " of this customer and the customers before.")]
            pub cumulative: Interval,
            $($(#[$extra_doc])* pub $extra: Interval,)?
            pub reason: String,
        }

        impl Listing for $row {
            const FIELDS: &'static [Field<Self>] = &[
                Field::plain("position", "position", |row| Cell::Integer(row.position)),
                Field::plain("customer_id", "id", |row| Cell::Text(row.member.id.clone())),
                Field::plain(scores::NAME.name(), "name", |row| Cell::text(row.member.name.as_deref())),
                Field::interval($marginal, |row| Some(row.marginal), $title),
                Field::interval($cumulative, |row| Some(row.cumulative), "together"),
                Field::plain(scores::COMMUNITY_ID.name(), "community", |row| {
                    Cell::Integer(row.member.community_id.into())
                }),
                Field::plain(scores::HOUSEHOLD.name(), "household", |row| Cell::text(row.member.household.as_deref())),
                Field::hidden(scores::CHANNELS.name(), |row| Cell::Text(row.member.channels.clone())),
                Field::plain(scores::TIER.name(), "tier", |row| Cell::Text(row.member.tier.clone())),
                Field::hidden(scores::SCORE.name(), |row| Cell::Number(row.member.score)),
                Field::hidden(scores::COST.name(), |row| Cell::number(row.member.cost)),
                Field::plain("reason", "reason", |row| Cell::Text(row.reason.clone())),
            ];
        }
    };
}
pub(super) use picked_row;

picked_row!(
    /// A customer of a cohort.
    CohortRow, "expected spread", "adds",
    ["marginal_reach", "marginal_reach_low", "marginal_reach_high"],
    ["cumulative_reach", "cumulative_reach_low", "cumulative_reach_high"],
    /// The expected spread of this customer alone.
    alone
);
