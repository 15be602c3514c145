//! What can be typed behind `plaudit communities`.

use clap::{Args, Subcommand};

use super::{LISTED_ROWS, ReadArgs};
use crate::config::limits;

/// Default number of rows of each list about one community.
pub const LISTED_MEMBERS: usize = 10;
/// Default number of customers to invite.
pub const LISTED_INVITATIONS: usize = 50;

pub(super) const COMMUNITIES_EXAMPLES: &str = "\
Examples:
  plaudit communities
  plaudit communities -n 5 --format json --store out
  plaudit communities show 3
  plaudit communities invite 3 -n 50 --format csv > invite.csv";

const SHOW_EXAMPLES: &str = "\
Examples:
  plaudit communities show 3
  plaudit communities show 0 -n 5 --format json

Somebody is between groups whose tie to one other community is at least half as strong as to the own one. A tie is the \
share of the weight of all edges that lead to members or come from them.";

const INVITE_EXAMPLES: &str = "\
Examples:
  plaudit communities invite 3
  plaudit communities invite 3 -n 200 --format csv > invite.csv

Listed are customers of other communities who attend to members or whom members attend to, by the share of their \
attention in both directions that this is. Who may not be contacted is left out; stderr says how many that are.";

/// `communities`; without an action it lists.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct CommunitiesArgs {
    /// What to tell of a community.
    #[command(subcommand)]
    pub action: Option<CommunitiesAction>,

    /// How many communities
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = LISTED_ROWS,
          value_parser = limits::whole::<usize>(limits::COUNT))]
    pub count: usize,

    /// Which run, and how it is shown.
    #[command(flatten)]
    pub read: ReadArgs,
}

/// What `communities` can tell of one.
#[derive(Debug, Subcommand)]
pub enum CommunitiesAction {
    /// Everything about one community: its figures, top members, neighbours, and people between groups
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowCommunityArgs),
    /// Whom to invite: customers next to a community but not in it, those with the strongest ties first
    #[command(after_help = INVITE_EXAMPLES)]
    Invite(InviteArgs),
}

/// `communities show`.
#[derive(Debug, Args)]
pub struct ShowCommunityArgs {
    /// The community
    #[arg(value_name = "ID", value_parser = limits::whole::<u32>(limits::WORD))]
    pub community: u32,

    /// How many rows in each list
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = LISTED_MEMBERS,
          value_parser = limits::whole::<usize>(limits::COUNT))]
    pub count: usize,

    /// Which run, and how it is shown.
    #[command(flatten)]
    pub read: ReadArgs,
}

/// `communities invite`.
#[derive(Debug, Args)]
pub struct InviteArgs {
    /// The community
    #[arg(value_name = "ID", value_parser = limits::whole::<u32>(limits::WORD))]
    pub community: u32,

    /// How many customers
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = LISTED_INVITATIONS,
          value_parser = limits::whole::<usize>(limits::COUNT))]
    pub count: usize,

    /// Which run, and how it is shown.
    #[command(flatten)]
    pub read: ReadArgs,
}
