//! Whom shall we invite, so that together they reach the most?

use super::{
    CampaignError,
    contacts::ContactCounts,
    crowd::{Crowd, SpreadOptions},
    rules::{LeftOut, RuleOptions, Rules},
    target::{MILLIONTHS, Target, TargetOptions},
};
use crate::{
    ids::{NodeId, offset64},
    reach::spread::{self, Budget, Caps, SeedConfig, SeedError, SeedSet, Spread, SurveyConfig, Wish},
    report::{Cell, Field, Listing},
    store::Run,
};

/// What a cohort is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortOptions {
    /// How many people; as many as the budget allows where there is none.
    pub size: Option<usize>,
    /// Who may be picked.
    pub rules: RuleOptions,
    /// Who counts when reached.
    pub target: TargetOptions,
    /// How influence spreads.
    pub spread: SpreadOptions,
    /// See [`SeedConfig::epsilon`].
    pub epsilon: f64,
    /// The seed of everything random; that of the run where there is none.
    pub seed: Option<u64>,
}

/// A cohort, and what it is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// In order of choice, those who must be in it first.
    pub rows: Vec<CohortRow>,
    /// What all of them reach together, themselves included.
    pub reach: Spread,
    /// What everybody who counts is worth together.
    pub whole: f64,
    /// What is reached: `customers`, `people` or `worth`.
    pub what: &'static str,
    /// At least this share of what the best cohort within the rules reaches.
    pub certificate: f64,
    /// The chance that the certificate is too high, at most.
    pub delta: f64,
    /// What a cohort of as many reaches that is picked from all who agreed to be contacted, without further rules; none
    /// where there are no further rules.
    pub without_rules: Option<Spread>,
    /// How many people were asked for.
    pub asked: usize,
    /// Customers of the run.
    pub customers: u64,
    /// Customers who may be picked.
    pub open: u64,
    /// Those who may not, by rule.
    pub left_out: Vec<LeftOut>,
    /// What the contact logs hold.
    pub contacts: ContactCounts,
    /// What all cost, where there is a budget.
    pub cost: Option<f64>,
    /// How influence spreads, in words.
    pub way: String,
    /// What else is worth knowing, in words.
    pub notes: Vec<String>,
}

/// Somebody in a cohort.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortRow {
    /// Place in the order of choice, from 1.
    pub position: u64,
    /// The CRM's key.
    pub id: String,
    /// The name, where the CRM has one.
    pub name: Option<String>,
    /// What this one reaches beyond those before.
    pub marginal: Spread,
    /// What this one and those before reach.
    pub cumulative: Spread,
    /// What this one reaches alone.
    pub alone: Spread,
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
    /// Why this one, in words.
    pub reason: String,
}

/// How well what the rules cost is known: to half a percent of what is reached.
const PRECISION: f64 = 0.005;
/// Nodes of the sets that find it out, at most.
const SURVEY_WORK: u64 = 1 << 25;
/// Keeps the sets that compare cohorts apart from those that picked them.
const COMPARING: u64 = 0x636f_6d70_6172;

/// Picks people of a finished run who together reach as many as can be certified.
///
/// - **Input**: a finished run, whose bytes are checked; lists, contact logs and formulas that name what it has.
/// - **Output**: only customers who agreed to be contacted, in order of choice; everything else as the rules say. Reach
///   is what is reached on average, themselves included, with 95 % intervals.
/// - **Stop**, **Source**: as [`spread::seed_set`].
/// - **Cost**: reads and checks the table and the graph of the run; then as [`spread::seed_set`], twice where rules
///   limit the choice.
/// - **Same bits**: for any thread count.
/// - **Checked by**: `tests/it/cohort.rs` — every rule on every output, brute force on small runs, by hand.
///
/// # Errors
/// [`CampaignError`]: the run is damaged, something is named that it has not, or the rules cannot be kept.
pub fn cohort(run: &Run, options: &CohortOptions) -> Result<Cohort, CampaignError> {
    let formulas: Vec<_> = options.rules.formulas().chain(options.target.formulas()).collect();
    let crowd = Crowd::open(run, &formulas, options.spread)?;
    let target = Target::new(&crowd, &options.target)?;
    let rules = Rules::new(run, &crowd, &options.rules)?;
    let asked = size(options, &rules)?;
    refuse_nobody(&crowd, &rules)?;
    let model = crowd.model()?;
    let seed = options.seed.unwrap_or(crowd.seed);
    let cfg = SeedConfig { epsilon: options.epsilon, most_work: spread::MOST_WORK, seed };
    let caps: Vec<Caps<'_>> = rules.caps.iter().map(super::rules::Cap::caps).collect();
    let budget = rules.budget.as_ref().map(|money| Budget { cost: &money.cost, most: money.most });
    let wish = Wish {
        size: asked,
        eligible: Some(&rules.eligible),
        included: &rules.included,
        reached: rules.already.as_deref(),
        caps: &caps,
        budget,
        worth: Some(&target.worth),
    };
    let found = spread::seed_set(&model, &wish, &cfg).map_err(|error| in_words(error, &crowd))?;
    let picks: Vec<NodeId> = found.picks.iter().map(|pick| pick.node).collect();
    let alone = spread::each(&model, &picks, wish.reached, wish.worth, found.sets, seed);
    let without_rules = if rules.limit {
        let free = Wish { eligible: Some(&rules.agreed), included: &[], caps: &[], ..wish };
        let free = spread::seed_set(&model, &free, &cfg)?;
        let free: Vec<NodeId> = free.picks.iter().map(|pick| pick.node).collect();
        let cfg = SurveyConfig { precision: PRECISION, most_work: SURVEY_WORK, seed: seed ^ COMPARING };
        let survey = spread::survey(&model, &[&free], wish.reached, wish.worth, &cfg);
        Some(target.scaled(survey.spread(|_| true)))
    } else {
        None
    };
    let rows = rows(&crowd, &rules, &target, &found, &alone)?;
    Ok(Cohort {
        reach: target.scaled(found.spread),
        whole: target.whole(),
        what: target.what,
        certificate: found.certificate,
        delta: found.delta,
        without_rules,
        asked,
        customers: offset64(crowd.customers.len()),
        open: offset64(rules.eligible.iter().filter(|&&open| open).count()),
        cost: rules.budget.is_some().then(|| rows.iter().filter_map(|row| row.cost).sum()),
        rows,
        left_out: rules.left_out,
        contacts: rules.contacts,
        way: crowd.way.clone(),
        notes: rules.notes,
    })
}

/// How many to pick: what was asked for, or as many as the budget can buy at best.
fn size(options: &CohortOptions, rules: &Rules) -> Result<usize, CampaignError> {
    if let Some(size) = options.size {
        return Ok(size);
    }
    let Some(money) = &rules.budget else { return Err(SeedError::NoSize.into()) };
    let included: u64 = rules.included.iter().map(|v| money.cost[v.index()]).sum();
    let is_free = |v: &usize| rules.eligible[*v] && !rules.included.contains(&NodeId::new(*v));
    let mut costs: Vec<u64> = (0..rules.eligible.len()).filter(is_free).map(|v| money.cost[v]).collect();
    costs.sort_unstable();
    let mut left = money.most.saturating_sub(included);
    let bought = costs.iter().take_while(|&&cost| {
        let fits = cost <= left;
        left = left.saturating_sub(cost);
        fits
    });
    Ok((rules.included.len() + bought.count()).max(1))
}

/// Fails, with the reasons, where nobody may be picked.
fn refuse_nobody(crowd: &Crowd, rules: &Rules) -> Result<(), CampaignError> {
    if !rules.included.is_empty() || rules.eligible.contains(&true) {
        return Ok(());
    }
    let reasons = rules.left_out.iter().filter(|left_out| left_out.count > 0);
    let reasons: Vec<String> =
        reasons.map(|left_out| format!("{} {}", left_out.count, left_out.why)).collect();
    let of = crate::words::counted(offset64(crowd.customers.len()), "customer", "customers");
    let no_consent = !crowd.contactable()?.contains(&true);
    let crm = if crowd.has_crm { "" } else { " (there is no CRM to say so)" };
    Err(CampaignError::Nobody { why: format!("of {of}, {}{crm}", reasons.join(", ")), no_consent })
}

/// The kernel's refusal with the ids of people.
fn in_words(error: SeedError, crowd: &Crowd) -> CampaignError {
    match error {
        SeedError::NoRoom { node } => {
            let id = crowd.text("id").map(|ids| ids[crowd.row(NodeId(node))].clone()).unwrap_or_default();
            let why = "size, caps or budget leave no room for it beside those listed before".to_owned();
            CampaignError::CannotInclude { id, why }
        }
        error => error.into(),
    }
}

fn rows(
    crowd: &Crowd,
    rules: &Rules,
    target: &Target,
    found: &SeedSet,
    alone: &[Spread],
) -> Result<Vec<CohortRow>, CampaignError> {
    let (ids, names) = (crowd.text("id")?, crowd.optional_text("name")?);
    let (communities, households) = (crowd.u32s("community_id")?, crowd.optional_text("household")?);
    let (channels, tiers, scores) = (crowd.text("channels")?, crowd.text("tier")?, crowd.f64s("score")?);
    let mut seen = Vec::new();
    let row = |(at, (pick, alone)): (usize, (&spread::Pick, &Spread))| {
        let row = crowd.row(pick.node);
        let community_id = communities[row];
        let (marginal, alone) = (target.scaled(pick.marginal), target.scaled(*alone));
        let included = at < rules.included.len();
        let first = !seen.contains(&community_id);
        seen.push(community_id);
        CohortRow {
            position: offset64(at + 1),
            id: ids[row].clone(),
            name: names[row].clone(),
            marginal,
            cumulative: target.scaled(pick.cumulative),
            alone,
            community_id,
            household: households[row].clone(),
            channels: channels[row].clone(),
            tier: tiers[row].clone(),
            score: scores[row],
            cost: rules.budget.as_ref().map(|money| money.cost[pick.node.index()] as f64 / MILLIONTHS),
            reason: reason(included, marginal, alone, first.then_some(community_id)),
        }
    };
    Ok(found.picks.iter().zip(alone).enumerate().map(row).collect())
}

/// Why somebody is in: `adds most: reaches 63 alone, 41 of them new; the first of community 12`.
fn reason(included: bool, marginal: Spread, alone: Spread, first_of: Option<u32>) -> String {
    let why = if included { "must be included" } else { "adds most" };
    let figure = |mean: f64| if mean < 9.95 { format!("{mean:.1}") } else { format!("{mean:.0}") };
    let reaches = format!("reaches {} alone, {} of it new", figure(alone.mean), figure(marginal.mean));
    let first = first_of.map_or(String::new(), |community| format!("; the first of community {community}"));
    format!("{why}: {reaches}{first}")
}

impl Listing for CohortRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("position", "position", |row| Cell::Integer(row.position)),
        Field::plain("customer_id", "id", |row| Cell::Text(row.id.clone())),
        Field::plain("name", "name", |row| Cell::text(row.name.as_deref())),
        Field::new(
            "marginal_reach",
            |row| Cell::Number(row.marginal.mean),
            "adds",
            |row| estimate(row.marginal),
        ),
        Field::hidden("marginal_reach_low", |row| Cell::Number(row.marginal.low)),
        Field::hidden("marginal_reach_high", |row| Cell::Number(row.marginal.high)),
        Field::new(
            "cumulative_reach",
            |row| Cell::Number(row.cumulative.mean),
            "together",
            |row| estimate(row.cumulative),
        ),
        Field::hidden("cumulative_reach_low", |row| Cell::Number(row.cumulative.low)),
        Field::hidden("cumulative_reach_high", |row| Cell::Number(row.cumulative.high)),
        Field::plain("community_id", "community", |row| Cell::Integer(row.community_id.into())),
        Field::plain("household", "household", |row| Cell::text(row.household.as_deref())),
        Field::hidden("channels", |row| Cell::Text(row.channels.clone())),
        Field::plain("tier", "tier", |row| Cell::Text(row.tier.clone())),
        Field::hidden("score", |row| Cell::Number(row.score)),
        Field::hidden("cost", |row| Cell::number(row.cost)),
        Field::plain("reason", "reason", |row| Cell::Text(row.reason.clone())),
    ];
}

/// An estimate for people.
pub(super) fn estimate(reach: Spread) -> Cell {
    Cell::estimate(reach.mean, reach.low, reach.high)
}
