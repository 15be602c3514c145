//! Whom to win over first, so that a bad message reaches the fewest?

use std::path::PathBuf;

use super::{
    CampaignError,
    ask::{Ask, Choice, Member},
    cohort::{CohortOptions, estimate, list_picks},
};
use crate::{
    config::Whom,
    ids::{NodeId, offset64},
    reach::spread::{self, ContainConfig, ContainError, Spread, Wish},
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
/// - **Stop**, **Source**: as [`spread::contain`].
/// - **Cost**: reads and checks the table and the graph of the run; then as [`spread::contain`].
/// - **Same bits**: for any thread count.
/// - **Checked by**: `tests/it/cohort.rs` — by hand, rules.
///
/// # Errors
/// [`CampaignError`]: the run is damaged, something is named that it has not, or the rules cannot be kept.
pub fn contained(run: &Run, from: &[PathBuf], options: &CohortOptions) -> Result<Contained, CampaignError> {
    let ask = Ask::new(run, options)?;
    let (crowd, target, rules) = (&ask.crowd, &ask.target, &ask.rules);
    let from: Vec<Whom> = from.iter().map(|path| Whom::File(path.clone())).collect();
    let sources = crowd.nodes_of(&crowd.rows_of(run, &from)?);
    let (bounds, mut eligible) = (ask.bounds(), rules.eligible.clone());
    for source in &sources {
        eligible[source.index()] = false;
    }
    let wish = Wish { eligible: Some(&eligible), ..ask.wish(&bounds) };
    if let Some(short) = spread::floor_shortfall(&wish, crowd.node_count()) {
        return Err(ask.too_few(short));
    }
    if let Some(shortfall) = spread::shortfall(&wish, crowd.node_count()).filter(|_| options.size.is_some()) {
        return Err(ask.no_room(shortfall));
    }
    let cfg = ContainConfig {
        precision: spread::CONTAIN_PRECISION,
        most_work: spread::CONTAIN_WORK,
        seed: ask.seed,
    };
    let found = spread::contain(&crowd.model()?, &sources, &wish, &cfg).map_err(|error| match error {
        ContainError::IncludedSource { node } => {
            let why = "the message comes from this customer".to_owned();
            CampaignError::CannotInclude { id: ask.id(NodeId(node)), why }
        }
        ContainError::NoRoom { node } => {
            let why = "size, caps or budget leave no room beside those listed before".to_owned();
            CampaignError::CannotInclude { id: ask.id(NodeId(node)), why }
        }
        error => error.into(),
    })?;
    let nodes: Vec<NodeId> = found.picks.iter().map(|pick| pick.node).collect();
    if let Some((floor, found)) = wish.missed(&nodes) {
        return Err(ask.missed(floor, found));
    }
    let row = |(at, (pick, member)): (usize, (&spread::Pick, Member))| {
        let why = if at < rules.included.len() { "must be included" } else { "saves most" };
        let marginal = target.scaled(pick.marginal);
        ContainedRow {
            position: offset64(at + 1),
            member,
            marginal,
            cumulative: target.scaled(pick.cumulative),
            reason: format!("{why}: keeps it from {:.1} more", marginal.mean),
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
