//! On a finished run: which people to pick within consent, caps and budget, and how far do they spread?
//!
//! How a query is answered: [`Formula`] and contact logs → `rules` (who may be picked, and how many of each group) →
//! `campaign_query` (the constraints in the form that the kernel takes) → `cohort`, or [`containment_cohort`] against a
//! bad message. `expected_spread` estimates how far given people spread. Like `report` and `analysis`, this module
//! reads published runs only.

mod audience;
mod campaign_query;
mod cohort;
mod contacts;
mod containment;
mod error;
mod expected_spread;
mod formula;
mod rules;
mod run_view;

pub use audience::AudienceOptions;
pub use campaign_query::{CohortSummary, Member};
pub use cohort::{Cohort, CohortOptions, CohortRow, RuleCost, cohort};
pub use contacts::ContactCounts;
pub use containment::{ContainmentCohort, ContainmentRow, containment_cohort};
pub use error::CampaignError;
pub use expected_spread::{
    ExpectedSpreadOptions, GroupSpreadRow, SpreadChange, SpreadOverlap, SpreadReport, SpreadTotal,
    expected_spread, render_spread_report,
};
pub use formula::Formula;
pub use rules::{Exclusion, Quota, RuleOptions};
pub use run_view::{ProbabilityOption, SpreadModelOptions};
