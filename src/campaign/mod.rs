//! Whom shall we invite, and whom will they reach?
//!
//! A finished run says who is there, what they are like and how influence spreads among them. A cohort is picked from
//! those who may be contacted and fit the rules: the way is `formula` and `contacts` → `rules` (who may be picked, how
//! many of a kind) → `ask` (the kernel's wish) → `cohort`, or `containment` of a bad message. `reached` tells what
//! given people reach. Like `report` and `focus`, this room reads published runs only.

mod ask;
mod cohort;
mod contacts;
mod containment;
mod crowd;
mod error;
mod formula;
mod reached;
mod rules;
mod target;

pub use ask::{Choice, Member};
pub use cohort::{Cohort, CohortOptions, CohortRow, Price, cohort};
pub use contacts::ContactCounts;
pub use containment::{Contained, ContainedRow, contained};
pub use crowd::{ProbabilityOption, SpreadOptions};
pub use error::CampaignError;
pub use formula::Formula;
pub use reached::{Difference, GroupRow, Overlap, ReachOptions, Reached, TotalRow, reached, render_reached};
pub use rules::{LeftOut, Quota, RuleOptions};
pub use target::TargetOptions;
