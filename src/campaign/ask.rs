//! What is asked of a run, ready for a kernel: who is there, who counts, who may be picked.

use super::{
    CampaignError,
    cohort::CohortOptions,
    contacts::ContactCounts,
    crowd::Crowd,
    rules::{Cap, Least, LeftOut, Money, Rules},
    target::{MILLIONTHS, Target, money},
};
use crate::{
    ids::{NodeId, index64, offset64},
    influence::{self, Budget, Caps, Excess, Floor, FloorShortfall, Limit, Pick, SeedError, Shortfall, Wish},
    store::Run,
    text::{counted, noun},
};

/// Somebody who was picked.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The CRM's key.
    pub id: String,
    /// The name, where the CRM has one.
    pub name: Option<String>,
    /// The community.
    pub community_id: u32,
    /// The household, where the CRM has one.
    pub household: Option<String>,
    /// The channels, joined by `;`.
    pub channels: String,
    /// The tier.
    pub tier: String,
    /// 0 to 100.
    pub score: f64,
    /// What this one costs, where there is a budget.
    pub cost: Option<f64>,
}

/// Who could be picked.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// How many people were asked for; none where the budget says how many.
    pub asked: Option<usize>,
    /// Whether some are invited already: what is reached is then reached beyond those whom they reach.
    pub beyond: bool,
    /// Customers of the run.
    pub customers: u64,
    /// Customers who may be picked.
    pub open: u64,
    /// Those who may not, by rule.
    pub left_out: Vec<LeftOut>,
    /// What the contact logs hold.
    pub contacts: ContactCounts,
    /// What all who were picked cost, where there is a budget.
    pub cost: Option<f64>,
    /// What is reached: `customers`, `people` or `worth`.
    pub what: &'static str,
    /// What everybody who counts is worth together.
    pub whole: f64,
    /// How influence spreads, in words.
    pub way: String,
    /// What else is worth knowing, in words.
    pub notes: Vec<String>,
}

/// A question about whom to pick.
pub(super) struct Ask {
    pub(super) crowd: Crowd,
    pub(super) target: Target,
    pub(super) rules: Rules,
    /// How many to pick.
    pub(super) size: usize,
    /// Whether the budget says how many.
    by_budget: bool,
    pub(super) seed: u64,
}

/// How many of a kind, at most and at least.
#[derive(Default)]
pub(super) struct Bounds<'a> {
    caps: Vec<Caps<'a>>,
    floors: Vec<Floor<'a>>,
}

impl Ask {
    /// # Errors
    /// [`CampaignError`]: the run is damaged, something is named that it has not, or nobody may be picked.
    pub(super) fn new(run: &Run, options: &CohortOptions) -> Result<Self, CampaignError> {
        let formulas: Vec<_> = options.rules.formulas().chain(options.target.formulas()).collect();
        let crowd = Crowd::open(run, &formulas, options.spread)?;
        let target = Target::new(&crowd, &options.target)?;
        let rules = Rules::new(run, &crowd, &options.rules)?;
        let seed = options.seed.unwrap_or(crowd.seed);
        // Without a size, everybody: the budget says where to stop.
        let size = options.size.unwrap_or(crowd.node_count());
        let ask = Self { crowd, target, rules, size, by_budget: options.size.is_none(), seed };
        ask.refuse_nobody()?;
        if !ask.by_budget {
            return Ok(ask);
        }
        if ask.rules.budget.is_none() {
            return Err(SeedError::NoSize.into());
        }
        let room =
            influence::shortfall(&ask.wish(&ask.bounds()), ask.crowd.node_count()).map(|short| short.room);
        Ok(Self { size: room.unwrap_or(ask.size).max(1), ..ask })
    }

    /// Those who may be picked, the one with the best score first, and the one with the highest PageRank first: what a
    /// cohort has to be better than.
    pub(super) fn rivals(&self) -> Result<[Vec<NodeId>; 2], CampaignError> {
        let (ranks, pageranks) = (self.crowd.u32s("rank")?, self.crowd.f64s("pagerank")?);
        let may = |row: &usize| self.rules.agreed[self.crowd.nodes[*row].index()];
        let mut rows: Vec<usize> = self.crowd.customers.iter().copied().filter(may).collect();
        rows.sort_unstable_by_key(|&row| ranks[row]);
        let by_score = self.crowd.nodes_of(&rows);
        // Stable: ties stay in the order of the scores.
        rows.sort_by(|&a, &b| pageranks[b].total_cmp(&pageranks[a]));
        Ok([by_score, self.crowd.nodes_of(&rows)])
    }

    pub(super) fn bounds(&self) -> Bounds<'_> {
        Bounds {
            caps: self.rules.caps.iter().map(Cap::caps).collect(),
            floors: self.rules.floors.iter().map(Least::floor).collect(),
        }
    }

    /// The wish of the kernel.
    pub(super) fn wish<'a>(&'a self, bounds: &'a Bounds<'a>) -> Wish<'a> {
        Wish {
            eligible: Some(&self.rules.eligible),
            included: &self.rules.included,
            reached: self.rules.already.as_deref(),
            caps: &bounds.caps,
            floors: &bounds.floors,
            budget: self.rules.budget.as_ref().map(|money| Budget { cost: &money.cost, most: money.most }),
            worth: Some(&self.target.worth),
            ..Wish::of_size(self.size)
        }
    }

    /// Fails, with the reasons, where nobody may be picked.
    pub(super) fn refuse_nobody(&self) -> Result<(), CampaignError> {
        if !self.rules.included.is_empty() || self.rules.eligible.contains(&true) {
            return Ok(());
        }
        let of = counted(offset64(self.crowd.customers.len()), "customer", "customers");
        let no_consent = !self.crowd.contactable()?.contains(&true);
        let crm = if self.crowd.has_crm { "" } else { " (there is no CRM to say so)" };
        Err(CampaignError::Nobody { why: format!("of {of}, {}{crm}", self.left_out()), no_consent })
    }

    /// Who is left out, by rule.
    fn left_out(&self) -> String {
        let reasons = self.rules.left_out.iter().filter(|left_out| left_out.count > 0);
        reasons.map(|left_out| format!("{} {}", left_out.count, left_out.why)).collect::<Vec<_>>().join(", ")
    }

    /// Fails where the wish cannot be met, or has room for fewer than were asked for.
    pub(super) fn refuse(&self, wish: &Wish<'_>) -> Result<(), CampaignError> {
        match influence::feasible(wish, self.crowd.node_count()).map_err(|error| self.refusal(error))? {
            Some(shortfall) if !self.by_budget => Err(self.no_room(shortfall)),
            _ => Ok(()),
        }
    }

    /// The error for a wish that leaves no room for so many.
    fn no_room(&self, shortfall: Shortfall) -> CampaignError {
        let Shortfall { asked, room, limit } = shortfall;
        let why = format!("there is room for {room} at most; {}", self.limit(limit));
        CampaignError::NoRoom { asked, room, why, by_all: limit == Limit::Eligible }
    }

    /// The kernel's refusal with the ids of people and the names of groups.
    pub(super) fn refusal(&self, error: SeedError) -> CampaignError {
        match error {
            SeedError::NoRoom { node, excess } => {
                let why = format!("all who must be pass {}", self.excess(excess));
                CampaignError::CannotInclude { id: self.id(NodeId(node)), why }
            }
            SeedError::NothingFits { limit } => {
                CampaignError::NoRoom { asked: self.size, room: 0, why: self.limit(limit), by_all: false }
            }
            SeedError::TooFew(short) => self.too_few(short),
            SeedError::TooManyPlaces { places, left } => CampaignError::TooManyPlaces {
                places,
                left,
                need: (!self.by_budget).then(|| self.size.saturating_add(index64(places - left))),
            },
            SeedError::FloorMissed { floor, found, .. } => self.missed(floor, found),
            error => error.into(),
        }
    }

    /// The error for somebody of whom there cannot be as many as are asked for.
    fn too_few(&self, FloorShortfall { floor, room, limit, .. }: FloorShortfall) -> CampaignError {
        let Least { quota, customers, .. } = &self.rules.floors[floor];
        let (quota, people) = (quota.clone(), counted(*customers, "customer", "customers"));
        let limit = match limit {
            Limit::Eligible => format!("of {people}, {room} may be picked"),
            limit => self.limit(limit),
        };
        let why = format!("there is room for {room} of them at most; {limit}");
        CampaignError::TooFew { quota, room, why }
    }

    /// The error for a cohort that has too few of somebody.
    pub(super) fn missed(&self, floor: usize, found: usize) -> CampaignError {
        let quota = self.rules.floors[floor].quota.clone();
        let fewer = quota.count as usize - found;
        let why = format!(
            "beside the other rules the search found {found} of them, {fewer} fewer; it tries many ways, not all"
        );
        CampaignError::TooFew { quota, room: found, why }
    }

    /// What to tell of the choice beside whom it fell on.
    pub(super) fn choice(&self, picks: &[Pick]) -> Choice {
        let cost = |money: &Money| picks.iter().map(|pick| money.cost[pick.node.index()]).sum::<u64>();

        Choice {
            asked: (!self.by_budget).then_some(self.size),
            beyond: self.rules.already.is_some(),
            customers: offset64(self.crowd.customers.len()),
            open: offset64(self.rules.eligible.iter().filter(|&&open| open).count()),
            left_out: self.rules.left_out.clone(),
            contacts: self.rules.contacts,
            cost: self.rules.budget.as_ref().map(|money| cost(money) as f64 / MILLIONTHS),
            what: self.target.what,
            whole: self.target.whole(),
            way: self.crowd.way.clone(),
            notes: self.rules.notes.clone(),
        }
    }

    /// For which of the people of whom there are to be some a node counts, in words.
    pub(super) fn counts_for(&self, v: NodeId) -> String {
        let floors = self.rules.floors.iter().filter(|floor| floor.counts(v));
        let names: Vec<String> = floors.map(|floor| format!("`{}`", floor.quota.whom)).collect();
        if names.is_empty() { String::new() } else { format!("; counts for {}", names.join(" and ")) }
    }

    /// What is known of those who were picked.
    pub(super) fn members(&self, picks: &[Pick]) -> Result<Vec<Member>, CampaignError> {
        let crowd = &self.crowd;
        let (ids, names) = (crowd.text("id")?, crowd.optional_text("name")?);
        let (communities, households) = (crowd.u32s("community_id")?, crowd.optional_text("household")?);
        let (channels, tiers, scores) = (crowd.text("channels")?, crowd.text("tier")?, crowd.f64s("score")?);
        let member = |pick: &Pick| {
            let row = crowd.row(pick.node);
            let cost = |money: &Money| money.cost[pick.node.index()] as f64 / MILLIONTHS;
            Member {
                id: ids[row].clone(),
                name: names[row].clone(),
                community_id: communities[row],
                household: households[row].clone(),
                channels: channels[row].clone(),
                tier: tiers[row].clone(),
                score: scores[row],
                cost: self.rules.budget.as_ref().map(cost),
            }
        };
        Ok(picks.iter().map(member).collect())
    }

    /// The id of a node that may be shown.
    pub(super) fn id(&self, node: NodeId) -> String {
        self.crowd.text("id").map(|ids| ids[self.crowd.row(node)].clone()).unwrap_or_default()
    }

    fn limit(&self, limit: Limit) -> String {
        match limit {
            Limit::Size => {
                let others = "those that must be included take the others";
                let whole = format!("the cohort has {}", counted(offset64(self.size), "place", "places"));
                if self.rules.included.is_empty() { whole } else { format!("{whole}, and {others}") }
            }
            Limit::Caps { grouping, group, members, most } => {
                let cap = &self.rules.caps[grouping];
                let (group, fit) = (cap.name(group), noun(most.into(), "fits", "fit"));
                format!("of {group}, {members} might be picked and {most} {fit}")
            }
            Limit::Budget { needed, most } => {
                format!("they cost at least {}, and the budget is {}", money(needed), money(most))
            }
            Limit::BudgetUnderCaps { grouping, most } => {
                let what = &self.rules.caps[grouping].what;
                format!("the budget of {} buys no more within the cap by {what}", money(most))
            }
            Limit::Eligible if self.left_out().is_empty() => "the run has no more customers".to_owned(),
            Limit::Eligible => format!("left out: {}", self.left_out()),
        }
    }

    fn excess(&self, excess: Excess) -> String {
        match excess {
            Excess::Caps { grouping, group, by } => {
                format!("the cap of {} by {by}", self.rules.caps[grouping].name(group))
            }
            Excess::Budget { by } => format!("the budget by {}", money(by)),
            Excess::Size { by } => format!("the size by {by}"),
        }
    }
}
