//! The words of the settings that are a choice, both ways.

use super::plan::Probability;
use crate::{
    community::Quality,
    event::{CaseRule, Quoting},
    identity::{Consent, DeniedRule},
    influence::Diffusion,
    projection::{Duplicates, Saturation},
    rank::Solver,
};

/// The word for "there is none".
pub(super) const NONE: &str = "none";
/// The word for "no limit".
pub(super) const ALL: &str = "all";
/// The word for the time of the newest event.
pub(super) const NEWEST: &str = "newest";

pub(super) const DUPLICATES: [(&str, Duplicates); 2] =
    [("ignore", Duplicates::Ignore), ("keep", Duplicates::Keep)];
pub(super) const QUOTINGS: [(&str, Quoting); 2] = [("none", Quoting::None), ("rfc4180", Quoting::Rfc4180)];
pub(super) const CASE_RULES: [(&str, CaseRule); 2] = [("fold", CaseRule::Fold), ("exact", CaseRule::Exact)];
/// Two words for the last one: `denied` as in `[consent] denied`, and `none`, the word in CRM files and outputs.
pub(super) const CONSENTS: [(&str, Consent); 4] = [
    ("full", Consent::Full),
    ("profile", Consent::Profile),
    ("denied", Consent::Denied),
    ("none", Consent::Denied),
];
pub(super) const DENIED_RULES: [(&str, DeniedRule); 2] =
    [("shape", DeniedRule::Shape), ("exclude", DeniedRule::Exclude)];
pub(super) const SATURATIONS: [(&str, Saturation); 2] =
    [("log", Saturation::Log), ("none", Saturation::None)];
pub(super) const SOLVERS: [(&str, Solver); 2] =
    [("jacobi", Solver::Jacobi), ("gauss-seidel", Solver::GaussSeidel)];

pub(super) const PROBABILITIES: [(&str, Probability); 3] = [
    ("auto", Probability::Auto),
    ("learnt", Probability::Learnt),
    ("weighted-cascade", Probability::WeightedCascade),
];
pub(super) const DIFFUSIONS: [(&str, Diffusion); 2] =
    [("ic", Diffusion::IndependentCascade), ("lt", Diffusion::LinearThreshold)];

pub(super) const COMMUNITY_QUALITIES: [(&str, Quality); 3] =
    [("modularity", Quality::Modularity), ("directed", Quality::DirectedModularity), ("cpm", Quality::Cpm)];

/// The word for `value`.
pub(super) fn word_of<T: PartialEq>(choices: &[(&'static str, T)], value: &T) -> &'static str {
    let choice = choices.iter().find(|(_, choice)| choice == value);
    choice.expect("invariant: every value of a choice has a word").0
}
