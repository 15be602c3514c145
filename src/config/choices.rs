//! The words of settings and options that choose between a few values, each word with its meaning.

use super::plan::Probability;
use crate::{
    community::Quality,
    event::{CaseRule, Delimiter, Quoting, Ragged},
    identity::{Consent, DeniedRule, NewWordRule},
    influence::Diffusion,
    projection::{Duplicates, Saturation},
    rank::{Dangling, Solver},
};

pub(crate) const NONE: &str = "none";
/// The word for "no limit".
pub(crate) const ALL: &str = "all";
/// The word for the time of the newest event.
pub(crate) const NEWEST: &str = "newest";

#[derive(Clone, Copy, Debug)]
pub(crate) struct ChoiceWord<T> {
    pub(crate) word: &'static str,
    pub(crate) value: T,
    /// The meaning of the word, shown in the help of the command line.
    pub(crate) meaning: &'static str,
}

const fn choice<T: Copy>(word: &'static str, value: T, meaning: &'static str) -> ChoiceWord<T> {
    ChoiceWord { word, value, meaning }
}

/// `[run] duplicates`.
pub(crate) const DUPLICATES: [ChoiceWord<Duplicates>; 2] = [
    choice("ignore", Duplicates::Ignore, "An event delivered twice counts once"),
    choice("keep", Duplicates::Keep, "An event delivered twice counts twice"),
];

/// `[[events]] quoting`.
pub(crate) const QUOTINGS: [ChoiceWord<Quoting>; 2] = [
    choice("none", Quoting::None, "A quote is a character like any other"),
    choice("rfc4180", Quoting::Rfc4180, "Fields may be enclosed in double quotes"),
];

/// `ragged` of every table of files.
pub(crate) const RAGGED: [ChoiceWord<Ragged>; 2] = [
    choice("reject", Ragged::Reject, "Rows with too few or too many fields are rejected"),
    choice("fill", Ragged::Fill, "Missing fields at the end of a row are empty"),
];

/// `plaudit algo --delimiter`.
pub(crate) const EDGE_DELIMITERS: [ChoiceWord<Delimiter>; 5] = [
    choice("tab", Delimiter::Byte(b'\t'), "Ids may hold blanks"),
    choice("comma", Delimiter::Byte(b','), "Ids may hold blanks"),
    choice("semicolon", Delimiter::Byte(b';'), "Ids may hold blanks"),
    choice("pipe", Delimiter::Byte(b'|'), "A `|`; ids may hold blanks"),
    choice("blank", Delimiter::Blanks, "Runs of blanks and tabs"),
];

/// `[channels] NAME.case`.
pub(crate) const CASE_RULES: [ChoiceWord<CaseRule>; 2] = [
    choice("fold", CaseRule::Fold, "Upper and lower case are the same account"),
    choice("exact", CaseRule::Exact, "Upper and lower case are different accounts"),
];

/// `[consent] missing`. A denial has two words: `denied` as in `[consent] denied`, and `none`, the word in CRM files
/// and outputs.
pub(crate) const CONSENTS: [ChoiceWord<Consent>; 4] = [
    choice("full", Consent::Full, "May be profiled and contacted"),
    choice("profile", Consent::Profile, "May be profiled only"),
    choice("denied", Consent::Denied, "May not be profiled"),
    choice("none", Consent::Denied, "May not be profiled"),
];

/// `[consent] denied`.
pub(crate) const DENIED_RULES: [ChoiceWord<DeniedRule>; 2] = [
    choice("shape", DeniedRule::Shape, "Their events shape the graph, but no output shows the people"),
    choice("exclude", DeniedRule::Exclude, "Their events are ignored and counted"),
];

/// `[guard] new_consent_word`.
pub(crate) const NEW_WORD_RULES: [ChoiceWord<NewWordRule>; 2] = [
    choice("refuse", NewWordRule::Refuse, "Nothing is published until the word has a meaning"),
    choice("deny", NewWordRule::Deny, "It counts as a denial"),
];

/// `[weights] saturation`.
pub(crate) const SATURATIONS: [ChoiceWord<Saturation>; 2] = [
    choice("log", Saturation::Log, "Repeated events of a pair count log2(1 + count)"),
    choice("none", Saturation::None, "Repeated events of a pair add up"),
];

/// `[rank] solver` and `--solver`.
pub(crate) const SOLVERS: [ChoiceWord<Solver>; 2] = [
    choice("jacobi", Solver::Jacobi, "Every node reads only values of the previous round"),
    choice(
        "gauss-seidel",
        Solver::GaussSeidel,
        "Blocks of nodes are updated in turn from the newest values, which takes fewer rounds",
    ),
];

/// `--dangling`.
pub(crate) const DANGLINGS: [ChoiceWord<Dangling>; 2] = [
    choice("teleport", Dangling::Teleport, "To the nodes of the teleport vector, as if the walk restarted"),
    choice("uniform", Dangling::Uniform, "To all nodes equally, for any teleport vector"),
];

/// `[reach] probability`; a number is a choice as well.
pub(crate) const PROBABILITIES: [ChoiceWord<Probability>; 3] = [
    choice(
        "auto",
        Probability::Auto,
        "Learned if the share log and the model allow it, else weighted-cascade",
    ),
    choice("learnt", Probability::Learned, "Learned from the share log"),
    choice("weighted-cascade", Probability::WeightedCascade, "The edge's share of its source's out-strength"),
];

/// `[reach] model` and `--model`.
pub(crate) const DIFFUSIONS: [ChoiceWord<Diffusion>; 2] = [
    choice(
        "ic",
        Diffusion::IndependentCascade,
        "Independent cascade: a node that becomes active has one chance to activate each follower",
    ),
    choice(
        "lt",
        Diffusion::LinearThreshold,
        "Linear threshold: a node becomes active once enough of the nodes that it follows are active",
    ),
];

/// `[communities] quality` and `--quality`.
pub(crate) const QUALITIES: [ChoiceWord<Quality>; 3] = [
    choice("modularity", Quality::Modularity, "Modularity; edges have no direction"),
    choice("directed", Quality::DirectedModularity, "Modularity of directed edges"),
    choice(
        "cpm",
        Quality::Cpm,
        "The constant Potts model: the density of a community is at least the resolution",
    ),
];

/// The word for `value`.
pub(crate) fn word_of<T: PartialEq>(choices: &[ChoiceWord<T>], value: &T) -> &'static str {
    let choice = choices.iter().find(|choice| choice.value == *value);
    choice.expect("invariant: every value of a choice has a word").word
}

/// The value with the word `word`.
pub(crate) fn value_of<T: Copy>(choices: &[ChoiceWord<T>], word: &str) -> Option<T> {
    choices.iter().find(|choice| choice.word == word).map(|choice| choice.value)
}
