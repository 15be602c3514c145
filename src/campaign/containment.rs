//! Whom to win over first, so that a bad message reaches the fewest?

use std::path::PathBuf;

use super::{
    CampaignError,
    ask::{Ask, Choice, Member},
    cohort::{CohortOptions, estimate, list_picks},
};
use crate::{
    config::PeopleSelector,
    ids::{NodeId, offset64},
    influence::{self, ContainConfig, Spread},
    report::{Cell, Field, Listing},
    store::Run,
};

/// People to win over, and what that saves.
#[derive(Clone, Debug, PartialEq)]
pub struct Contained {
    /// In order of choice, those who must be in it first.
    pub rows: Vec<ContainedRow>,
    /// From how many people the message comes.
    pub sources: u64,
    /// What it reaches when nobody is won over, the sources left out.
    pub before: Spread,
    /// What it reaches all the same.
    pub after: Spread,
    /// The difference.
    pub saved: Spread,
    /// What as many could save at best, at most.
    pub most: Spread,
    /// Who could be picked.
    pub choice: Choice,
}

/// Somebody to win over.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainedRow {
    /// Place in the order of choice, from 1.
    pub position: u64,
    /// Who.
    pub member: Member,
    /// What this one saves beyond those before, themselves included.
    pub marginal: Spread,
    /// What this one and those before save.
    pub cumulative: Spread,
    /// Why this one, in words.
    pub reason: String,
}

/// Picks people of a finished run who, won over first, keep a message of the people on the lists `from` from the most
/// others. Who is won over does not pass it on, and does not count as reached.
///
/// - **Input**: as [`cohort`](super::cohort); `from` are lists of ids of people of the run, who are never picked.
/// - **Output**: only customers who agreed to be contacted, in order of choice; everything else as the rules say.
/// - **Stop**, **Source**: as [`influence::contain`].
/// - **Cost**: reads and checks the table and the graph of the run; then as [`influence::contain`].
/// - **Same bits**: for any thread count.
/// - **Checked by**: `tests/it/campaign/cohort.rs` — by hand; `tests/it/campaign/rules.rs` — every rule on every output.
///
/// # Errors
/// [`CampaignError`]: the run is damaged, something is named that it has not, or the rules cannot be kept.
pub fn contained(run: &Run, from: &[PathBuf], options: &CohortOptions) -> Result<Contained, CampaignError> {
    let mut ask = Ask::new(run, options)?;
    let from: Vec<PeopleSelector> = from.iter().map(|path| PeopleSelector::File(path.clone())).collect();
    let sources = ask.crowd.nodes_of(&ask.crowd.rows_of(run, &from)?);
    if let Some(v) = ask.rules.included.iter().find(|v| sources.contains(v)) {
        let why = "the message comes from this customer".to_owned();
        return Err(CampaignError::CannotInclude { id: ask.id(*v), why });
    }
    ask.rules.leave_out("from whom the message comes", &sources);
    ask.refuse_nobody()?;
    let (crowd, target, rules, bounds) = (&ask.crowd, &ask.target, &ask.rules, ask.bounds());
    let wish = ask.wish(&bounds);
    ask.refuse(&wish)?;
    let cfg = ContainConfig {
        precision: influence::CONTAIN_PRECISION,
        most_work: influence::CONTAIN_WORK,
        seed: ask.seed,
    };
    let found = influence::contain(&crowd.model()?, &sources, &wish, &cfg)?;
    let nodes: Vec<NodeId> = found.picks.iter().map(|pick| pick.node).collect();
    if let Some((floor, found)) = wish.missed(&nodes) {
        return Err(ask.missed(floor, found));
    }
    let row = |(at, (pick, member)): (usize, (&influence::Pick, Member))| {
        let marginal = target.scaled(pick.marginal);
        let why = match at < rules.included.len() {
            true => "must be included: ",
            false if marginal.mean > 0.0 => "saves most: ",
            false => "",
        };
        ContainedRow {
            position: offset64(at + 1),
            member,
            marginal,
            cumulative: target.scaled(pick.cumulative),
            reason: format!("{why}keeps it from {:.1} more{}", marginal.mean, ask.counts_for(pick.node)),
        }
    };
    let members = ask.members(&found.picks)?;
    let rows: Vec<ContainedRow> = found.picks.iter().zip(members).enumerate().map(row).collect();
    Ok(Contained {
        choice: ask.choice(&found.picks),
        rows,
        sources: offset64(sources.len()),
        before: target.scaled(found.before),
        after: target.scaled(found.after),
        saved: target.scaled(found.saved),
        most: target.scaled(found.most),
    })
}

list_picks!(ContainedRow, "saved", "saves");
