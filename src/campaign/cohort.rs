//! Whom shall we invite, so that together they reach the most?

use std::collections::BTreeSet;

use super::{
    CampaignError,
    ask::{Ask, Bounds, Choice, Member},
    crowd::SpreadOptions,
    rules::RuleOptions,
    target::TargetOptions,
};
use crate::{
    ids::{NodeId, offset64},
    influence::{self, Ended, SeedConfig, SeedSet, Spread, SpreadModel, SurveyConfig, Wish},
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
    /// At least this share of what the best cohort within the rules reaches.
    pub certificate: f64,
    /// The chance that the certificate is too high, at most.
    pub delta: f64,
    /// Why there are no more people.
    pub ended: Ended,
    /// What a cohort of as many reaches without rules; none where there are none but consent.
    pub without_rules: Option<Price>,
    /// Who could be picked.
    pub choice: Choice,
}

/// What rules cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// What a cohort of as many reaches that is picked from all who agreed to be contacted and are not invited already.
    pub reach: Spread,
    /// How much more that is, by the same draws; below 0 where it is less.
    pub cost: Spread,
}

/// Somebody in a cohort.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortRow {
    /// Place in the order of choice, from 1.
    pub position: u64,
    /// Who.
    pub member: Member,
    /// What this one reaches beyond those before.
    pub marginal: Spread,
    /// What this one and those before reach.
    pub cumulative: Spread,
    /// What this one reaches alone.
    pub alone: Spread,
    /// Why this one, in words.
    pub reason: String,
}

/// Nodes of the sets that a cohort is picked by, at least: a moment's work, and a better certificate.
const LEAST_WORK: u64 = 1 << 18;
/// And at most: less than a minute on two cores.
const MOST_WORK: u64 = 1 << 26;
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
/// - **Stop**, **Source**: as [`influence::seed_set`].
/// - **Cost**: reads and checks the table and the graph of the run; then as [`influence::seed_set`], twice where rules
///   limit the choice.
/// - **Same bits**: for any thread count.
/// - **Checked by**: `tests/it/campaign/rules.rs` — every rule on every output; `tests/it/campaign/cohort.rs` — by hand.
///
/// # Errors
/// [`CampaignError`]: the run is damaged, something is named that it has not, or the rules cannot be kept.
pub fn cohort(run: &Run, options: &CohortOptions) -> Result<Cohort, CampaignError> {
    let ask = Ask::new(run, options)?;
    let (target, model, bounds) = (&ask.target, ask.crowd.model()?, ask.bounds());
    let rivals = ask.rivals()?;
    let rivals = [&rivals[0][..], &rivals[1][..]];
    let wish = Wish { rivals: &rivals, ..ask.wish(&bounds) };
    let (least_work, most_work) = (LEAST_WORK, MOST_WORK);
    let cfg = SeedConfig { epsilon: options.epsilon, least_work, most_work, seed: ask.seed };
    ask.refuse(&wish)?;
    let found = influence::seed_set(&model, &wish, &cfg).map_err(|error| ask.refusal(error))?;
    let picks: Vec<NodeId> = found.picks.iter().map(|pick| pick.node).collect();
    let alone =
        influence::each(&model, &picks, wish.reached, wish.worth, found.sets..3 * found.sets, ask.seed);
    let without_rules =
        if ask.rules.limit { Some(unlimited(&ask, &model, &picks, &rivals, &cfg)?) } else { None };
    let rows = rows(&ask, &found, &alone)?;
    Ok(Cohort {
        choice: ask.choice(&found.picks),
        rows,
        reach: target.scaled(found.spread),
        certificate: found.certificate,
        delta: found.delta,
        without_rules,
        ended: found.ended,
    })
}

/// What as many reach who are picked from all who agreed to be contacted, and how much more that is than what `picks`
/// reach, by the same sets.
fn unlimited(
    ask: &Ask,
    model: &SpreadModel<'_>,
    picks: &[NodeId],
    rivals: &[&[NodeId]],
    cfg: &SeedConfig,
) -> Result<Price, CampaignError> {
    let no_bounds = Bounds::default();
    let wish = Wish {
        size: picks.len().max(1),
        eligible: Some(&ask.rules.agreed),
        included: &[],
        budget: None,
        rivals,
        ..ask.wish(&no_bounds)
    };
    let found = influence::seed_set(model, &wish, cfg).map_err(|error| ask.refusal(error))?;
    let free: Vec<NodeId> = found.picks.iter().map(|pick| pick.node).collect();
    let cfg = SurveyConfig { precision: PRECISION, most_work: SURVEY_WORK, seed: ask.seed ^ COMPARING };
    let survey = influence::survey(model, &[picks, &free], wish.reached, wish.worth, &cfg);
    Ok(Price {
        reach: ask.target.scaled(survey.spread(|hit| hit.teams & 2 != 0)),
        cost: ask.target.scaled(survey.difference(|hit| hit.teams == 2, |hit| hit.teams == 1)),
    })
}

fn rows(ask: &Ask, found: &SeedSet, alone: &[Spread]) -> Result<Vec<CohortRow>, CampaignError> {
    let (mut seen, beyond) = (BTreeSet::new(), ask.rules.already.is_some());
    let row = |(at, (member, (pick, alone))): (usize, (Member, (&influence::Pick, &Spread)))| {
        let (marginal, alone) = (ask.target.scaled(pick.marginal), ask.target.scaled(*alone));
        let (included, community_id) = (at < ask.rules.included.len(), member.community_id);
        let first = seen.insert(community_id);
        CohortRow {
            position: offset64(at + 1),
            member,
            marginal,
            cumulative: ask.target.scaled(pick.cumulative),
            alone,
            reason: reason(included, beyond, [alone, marginal], first.then_some(community_id))
                + &ask.counts_for(pick.node),
        }
    };
    Ok(ask
        .members(&found.picks)?
        .into_iter()
        .zip(found.picks.iter().zip(alone))
        .enumerate()
        .map(row)
        .collect())
}

/// Why somebody is in: `reaches 63 alone, 41 of it new; the first of community 12`. Where it is `beyond` what others
/// reach who are invited already, it says so.
fn reason(included: bool, beyond: bool, [alone, marginal]: [Spread; 2], first_of: Option<u32>) -> String {
    let must = if included { "must be included; " } else { "" };
    let figure = |mean: f64| if mean < 9.95 { format!("{mean:.1}") } else { format!("{mean:.0}") };
    let first = first_of.map_or(String::new(), |community| format!("; the first of community {community}"));
    let new = if beyond { "whom nobody invited already does" } else { "alone" };
    format!("{must}reaches {} {new}, {} of it new{first}", figure(alone.mean), figure(marginal.mean))
}

/// Lists people who were picked, with what each adds (`$adds` for people) of what is counted (`$what` for programs).
macro_rules! list_picks {
    ($row:ty, $what:literal, $adds:literal) => {
        impl Listing for $row {
            const FIELDS: &'static [Field<Self>] = &[
                Field::plain("position", "position", |row| Cell::Integer(row.position)),
                Field::plain("customer_id", "id", |row| Cell::Text(row.member.id.clone())),
                Field::plain("name", "name", |row| Cell::text(row.member.name.as_deref())),
                Field::new(
                    concat!("marginal_", $what),
                    |row| Cell::Number(row.marginal.mean),
                    $adds,
                    |row| estimate(row.marginal),
                ),
                Field::hidden(concat!("marginal_", $what, "_low"), |row| Cell::Number(row.marginal.low)),
                Field::hidden(concat!("marginal_", $what, "_high"), |row| Cell::Number(row.marginal.high)),
                Field::new(
                    concat!("cumulative_", $what),
                    |row| Cell::Number(row.cumulative.mean),
                    "together",
                    |row| estimate(row.cumulative),
                ),
                Field::hidden(concat!("cumulative_", $what, "_low"), |row| Cell::Number(row.cumulative.low)),
                Field::hidden(concat!("cumulative_", $what, "_high"), |row| {
                    Cell::Number(row.cumulative.high)
                }),
                Field::plain("community_id", "community", |row| {
                    Cell::Integer(row.member.community_id.into())
                }),
                Field::plain("household", "household", |row| Cell::text(row.member.household.as_deref())),
                Field::hidden("channels", |row| Cell::Text(row.member.channels.clone())),
                Field::plain("tier", "tier", |row| Cell::Text(row.member.tier.clone())),
                Field::hidden("score", |row| Cell::Number(row.member.score)),
                Field::hidden("cost", |row| Cell::number(row.member.cost)),
                Field::plain("reason", "reason", |row| Cell::Text(row.reason.clone())),
            ];
        }
    };
}
pub(super) use list_picks;

list_picks!(CohortRow, "reach", "adds");

/// An estimate for people.
pub(super) fn estimate(reach: Spread) -> Cell {
    Cell::estimate(reach.mean, reach.low, reach.high)
}
