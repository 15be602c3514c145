//! Translates a campaign into constraints of the seed-set kernels, and the errors of the kernels into the terms of the
//! user.

use super::{
    CampaignError,
    audience::{MILLIONTHS, TargetAudience, money},
    cohort::CohortOptions,
    contacts::ContactCounts,
    rules::{Cap, CostBudget, Exclusion, MinimumQuota, Rules},
    run_view::RunView,
};
use crate::{
    ids::{NodeId, index64, offset64},
    influence::{
        self, Budget, GroupCaps, InfeasibleQuota, InfeasibleSize, Limit, MinQuota, Pick, SeedConstraints,
        SeedError, Violation,
    },
    store::Run,
    tables::scores,
    text::counted,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub id: String,
    pub name: Option<String>,
    pub community_id: u32,
    pub household: Option<String>,
    /// The channels, joined by `;`.
    pub channels: String,
    pub tier: String,
    /// 0 to 100.
    pub score: f64,
    /// The customer's cost, where there is a budget.
    pub cost: Option<f64>,
}

/// Summary of the selection: who could be picked, and by which rules and model.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortSummary {
    /// The requested size; none where the budget determines the size.
    pub requested: Option<usize>,
    /// Whether some people are already invited; the spread then counts only people beyond those that they activate.
    pub beyond_invited: bool,
    pub customers: u64,
    pub eligible: u64,
    pub exclusions: Vec<Exclusion>,
    pub contacts: ContactCounts,
    /// The total cost of the picked customers, where there is a budget.
    pub cost: Option<f64>,
    /// What spread counts: `customers`, `people` or `worth`.
    pub unit: &'static str,
    pub total_worth: f64,
    pub spread_model: String,
    pub notes: Vec<String>,
}

/// A run with the audience and the rules of one campaign.
pub(super) struct CampaignQuery {
    pub(super) view: RunView,
    pub(super) audience: TargetAudience,
    pub(super) rules: Rules,
    /// The maximum number of people to pick.
    pub(super) size: usize,
    /// Whether the budget determines how many people are picked.
    by_budget: bool,
    pub(super) seed: u64,
}

/// Caps and minimum quotas in the kernel's types.
#[derive(Default)]
pub(super) struct Bounds<'a> {
    caps: Vec<GroupCaps<'a>>,
    quotas: Vec<MinQuota<'a>>,
}

impl CampaignQuery {
    pub(super) fn new(run: &Run, options: &CohortOptions) -> Result<Self, CampaignError> {
        let formulas: Vec<_> = options.rules.formulas().chain(options.audience.formulas()).collect();
        let view = RunView::open(run, &formulas, options.spread_model)?;
        let audience = TargetAudience::new(&view, &options.audience)?;
        let rules = Rules::new(run, &view, &options.rules)?;
        let seed = options.seed.unwrap_or(view.seed);
        // Without a requested size, the size is the number of nodes, and the budget determines how many are picked.
        let size = options.size.unwrap_or(view.node_count());
        let query = Self { view, audience, rules, size, by_budget: options.size.is_none(), seed };
        query.refuse_nobody()?;
        if !query.by_budget {
            return Ok(query);
        }
        if query.rules.budget.is_none() {
            return Err(SeedError::ZeroSize.into());
        }
        let feasible =
            influence::infeasible_size(&query.constraints(&query.bounds()), query.view.node_count())
                .map(|size| size.feasible);
        Ok(Self { size: feasible.unwrap_or(query.size).max(1), ..query })
    }

    /// Baseline rankings that a cohort must match or beat: all customers who agreed to be contacted and are not yet
    /// invited, by score and by PageRank.
    pub(super) fn baselines(&self) -> Result<[Vec<NodeId>; 2], CampaignError> {
        let (ranks, pageranks) = (self.view.table.get(scores::RANK)?, self.view.table.get(scores::PAGERANK)?);
        let may = |row: &usize| self.rules.agreed[self.view.nodes[*row].index()];
        let mut rows: Vec<usize> = self.view.customers.iter().copied().filter(may).collect();
        rows.sort_unstable_by_key(|&row| ranks[row]);
        let by_score = self.view.nodes_of(&rows);
        // A stable sort: ties stay in the order of the scores.
        rows.sort_by(|&a, &b| pageranks[b].total_cmp(&pageranks[a]));
        Ok([by_score, self.view.nodes_of(&rows)])
    }

    pub(super) fn bounds(&self) -> Bounds<'_> {
        Bounds {
            caps: self.rules.caps.iter().map(Cap::caps).collect(),
            quotas: self.rules.min_quotas.iter().map(MinimumQuota::quota).collect(),
        }
    }

    pub(super) fn constraints<'a>(&'a self, bounds: &'a Bounds<'a>) -> SeedConstraints<'a> {
        SeedConstraints {
            eligible: Some(&self.rules.eligible),
            included: &self.rules.included,
            already_active: self.rules.already.as_deref(),
            caps: &bounds.caps,
            quotas: &bounds.quotas,
            budget: self
                .rules
                .budget
                .as_ref()
                .map(|budget| Budget { cost: &budget.cost, limit: budget.most }),
            worth: Some(&self.audience.worth),
            ..SeedConstraints::of_size(self.size)
        }
    }

    /// Returns an error with the reasons if nobody may be picked.
    pub(super) fn refuse_nobody(&self) -> Result<(), CampaignError> {
        if !self.rules.included.is_empty() || self.rules.eligible.contains(&true) {
            return Ok(());
        }
        let of = counted(offset64(self.view.customers.len()), "customer", "customers");
        let no_consent = !self.view.contactable()?.contains(&true);
        let crm = if self.view.has_crm { "" } else { " (there is no CRM to say so)" };
        Err(CampaignError::Nobody { why: format!("of {of}, {}{crm}", self.exclusions_text()), no_consent })
    }

    fn exclusions_text(&self) -> String {
        let reasons = self.rules.exclusions.iter().filter(|exclusion| exclusion.count > 0);
        reasons
            .map(|exclusion| format!("{} {}", exclusion.count, exclusion.reason))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Refuses infeasible constraints, and constraints that admit fewer people than requested.
    ///
    /// The search repeats this check, but picks fewer people instead of failing.
    pub(super) fn refuse_infeasible(&self, constraints: &SeedConstraints<'_>) -> Result<(), CampaignError> {
        match influence::check_feasible(constraints, self.view.node_count())
            .map_err(|error| self.refusal(error))?
        {
            Some(infeasible) if !self.by_budget => Err(self.infeasible_size(infeasible)),
            _ => Ok(()),
        }
    }

    fn infeasible_size(&self, infeasible: InfeasibleSize) -> CampaignError {
        let InfeasibleSize { requested, feasible, limit } = infeasible;
        let why = format!("at most {feasible} can be picked; {}", self.limit(limit));
        CampaignError::InfeasibleSize { requested, feasible, why, by_all: limit == Limit::Eligible }
    }

    /// Converts the kernel's error: node numbers become ids of people, and group numbers become names of groups.
    pub(super) fn refusal(&self, error: SeedError) -> CampaignError {
        match error {
            SeedError::IncludedDoNotFit { node, violation } => {
                let why = format!("the customers that must be included exceed {}", self.violation(violation));
                CampaignError::CannotInclude { id: self.id(NodeId(node)), why }
            }
            SeedError::NothingFits { limit: Limit::Budget { limit, .. } } => {
                CampaignError::BudgetTooSmall { cheapest: money(self.cheapest()), budget: money(limit) }
            }
            SeedError::NothingFits { limit } => CampaignError::InfeasibleSize {
                requested: self.size,
                feasible: 0,
                why: self.limit(limit),
                by_all: false,
            },
            SeedError::InfeasibleQuota(infeasible) => self.infeasible_quota(infeasible),
            SeedError::QuotasExceedSize { places, left } => CampaignError::TooManyPlaces {
                places,
                left,
                need: (!self.by_budget).then(|| self.size.saturating_add(index64(places - left))),
            },
            SeedError::QuotaUnmet { quota, found, .. } => self.missed_quota(quota, found),
            error => error.into(),
        }
    }

    /// The cost of the cheapest person who may be picked, in millionths; 0 without a budget.
    fn cheapest(&self) -> u64 {
        let Some(budget) = &self.rules.budget else { return 0 };
        let costs = budget.cost.iter().zip(&self.rules.eligible).filter(|(_, eligible)| **eligible);
        costs.map(|(&cost, _)| cost).min().unwrap_or(0)
    }

    fn infeasible_quota(&self, infeasible: InfeasibleQuota) -> CampaignError {
        let InfeasibleQuota { quota, feasible, limit, .. } = infeasible;
        let MinimumQuota { quota, customers, .. } = &self.rules.min_quotas[quota];
        let (quota, people) = (quota.clone(), counted(*customers, "customer", "customers"));
        let limit = match limit {
            Limit::Eligible => format!("of {people}, {feasible} may be picked"),
            limit => self.limit(limit),
        };
        let why = format!("at most {feasible} of them can be picked; {limit}");
        CampaignError::InfeasibleQuota { quota, feasible, why }
    }

    /// The error for a minimum quota that the search did not meet.
    pub(super) fn missed_quota(&self, quota: usize, found: usize) -> CampaignError {
        let quota = self.rules.min_quotas[quota].quota.clone();
        let fewer = quota.count as usize - found;
        let why = format!(
            "with the other rules, the search found {found} of them, {fewer} too few; it tries many combinations, not all"
        );
        CampaignError::InfeasibleQuota { quota, feasible: found, why }
    }

    pub(super) fn summary(&self, picks: &[Pick]) -> CohortSummary {
        let cost = |budget: &CostBudget| picks.iter().map(|pick| budget.cost[pick.node.index()]).sum::<u64>();

        CohortSummary {
            requested: (!self.by_budget).then_some(self.size),
            beyond_invited: self.rules.already.is_some(),
            customers: offset64(self.view.customers.len()),
            eligible: offset64(self.rules.eligible.iter().filter(|&&eligible| eligible).count()),
            exclusions: self.rules.exclusions.clone(),
            contacts: self.rules.contacts,
            cost: self.rules.budget.as_ref().map(|budget| cost(budget) as f64 / MILLIONTHS),
            unit: self.audience.unit,
            total_worth: self.audience.total_worth(),
            spread_model: self.view.spread_model.clone(),
            notes: self.rules.notes.clone(),
        }
    }

    /// The minimum quotas toward which a node counts, in words.
    pub(super) fn minimum_quotas_of(&self, v: NodeId) -> String {
        let quotas = self.rules.min_quotas.iter().filter(|quota| quota.counts(v));
        let names: Vec<String> = quotas.map(|quota| format!("`{}`", quota.quota.people)).collect();
        if names.is_empty() { String::new() } else { format!("; counts toward {}", names.join(" and ")) }
    }

    /// The CRM's data on the picked customers.
    pub(super) fn members(&self, picks: &[Pick]) -> Result<Vec<Member>, CampaignError> {
        let (view, table) = (&self.view, &self.view.table);
        let member = |pick: &Pick| {
            let row = view.row(pick.node);
            let cost = |budget: &CostBudget| budget.cost[pick.node.index()] as f64 / MILLIONTHS;
            Ok(Member {
                id: table.get(scores::ID)?[row].clone(),
                name: table.get(scores::NAME)?[row].clone(),
                community_id: table.get(scores::COMMUNITY_ID)?[row],
                household: table.get(scores::HOUSEHOLD)?[row].clone(),
                channels: table.get(scores::CHANNELS)?[row].clone(),
                tier: table.get(scores::TIER)?[row].clone(),
                score: table.get(scores::SCORE)?[row],
                cost: self.rules.budget.as_ref().map(cost),
            })
        };
        picks.iter().map(member).collect()
    }

    /// The id of a node that is not withheld.
    pub(super) fn id(&self, node: NodeId) -> String {
        self.view.table.get(scores::ID).map(|ids| ids[self.view.row(node)].clone()).unwrap_or_default()
    }

    fn limit(&self, limit: Limit) -> String {
        match limit {
            Limit::Size => {
                let others = "the customers that must be included take the others";
                let places = format!("the cohort has {}", counted(offset64(self.size), "place", "places"));
                if self.rules.included.is_empty() { places } else { format!("{places}, and {others}") }
            }
            Limit::Caps { grouping, group, members, max: most } => {
                let cap = &self.rules.caps[grouping];
                let (group, candidates) = (cap.name(group), counted(members, "candidate", "candidates"));
                format!("{group} has {candidates} and at most {most} may be picked")
            }
            Limit::Budget { needed, limit: most } => {
                format!("they cost at least {}, and the budget is {}", money(needed), money(most))
            }
            Limit::BudgetUnderCaps { grouping, limit: most } => {
                let what = &self.rules.caps[grouping].grouping;
                format!("the budget of {} buys no more within the {what} caps", money(most))
            }
            Limit::Eligible if self.exclusions_text().is_empty() => {
                "the run has no more customers".to_owned()
            }
            Limit::Eligible => format!("excluded: {}", self.exclusions_text()),
        }
    }

    fn violation(&self, violation: Violation) -> String {
        match violation {
            Violation::Caps { grouping, group, by } => {
                format!("the cap of {} by {by}", self.rules.caps[grouping].name(group))
            }
            Violation::Budget { by } => format!("the budget by {}", money(by)),
            Violation::Size { by } => format!("the size by {by}"),
        }
    }
}
