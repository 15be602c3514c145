//! The options of `plaudit communities`.

use clap::{Args, Subcommand};

use super::{LISTED_ROWS, ReadArgs};
use crate::config::limits::{self, whole};

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

A person's tie to a community is the share of the weight of the person's edges, in either direction, that connect to \
its members. A person is between groups if the tie to another community is at least half as strong as the tie \
to the person's community.";

const INVITE_EXAMPLES: &str = "\
Examples:
  plaudit communities invite 3
  plaudit communities invite 3 -n 200 --format csv > invite.csv

Lists customers of other communities with edges to or from members, the strongest tie first. Customers who may not be \
contacted are omitted; stderr says how many.";

/// The options of `communities`; without an action it lists communities.
#[derive(Debug, Args)]
pub struct CommunitiesArgs {
    #[command(subcommand)]
    pub action: Option<CommunitiesAction>,

    /// Number of communities
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = LISTED_ROWS,
          value_parser = whole::<usize>(limits::COUNT))]
    pub count: usize,

    #[command(flatten)]
    pub read: ReadArgs,
}

#[derive(Debug, Subcommand)]
pub enum CommunitiesAction {
    /// Describes one community: its figures, top members, neighbors, and people between groups
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowCommunityArgs),
    /// Lists customers to invite: customers outside a community with the strongest ties to it
    #[command(after_help = INVITE_EXAMPLES)]
    Invite(InviteArgs),
}

#[derive(Debug, Args)]
pub struct ShowCommunityArgs {
    /// The community
    #[arg(value_name = "ID", value_parser = whole::<u32>(limits::WORD))]
    pub community: u32,

    /// Number of rows in each list
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = LISTED_MEMBERS,
          value_parser = whole::<usize>(limits::COUNT))]
    pub count: usize,
}

#[derive(Debug, Args)]
pub struct InviteArgs {
    /// The community
    #[arg(value_name = "ID", value_parser = whole::<u32>(limits::WORD))]
    pub community: u32,

    /// Number of customers
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = LISTED_INVITATIONS,
          value_parser = whole::<usize>(limits::COUNT))]
    pub count: usize,
}
