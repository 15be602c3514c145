//! What a refused run leaves for the operator: `refused/refused.json` and `refused/rejects.csv` in the store.

use serde::Serialize;

use super::Warning;
use crate::store::InputEntry;

/// The folder of the store that holds what the last refused run left.
pub(crate) const REFUSED_FOLDER: &str = "refused";

/// The contents of `refused.json`.
#[derive(Serialize)]
pub(crate) struct Refusal<'a> {
    /// What was refused.
    pub(crate) what: String,
    /// Why.
    pub(crate) why: Option<String>,
    /// How to go on.
    pub(crate) hint: Option<String>,
    /// The warnings, the most suspicious first; none if something else refused the run.
    pub(crate) warnings: &'a [Warning],
    /// The files that were read; none if some could not be read.
    pub(crate) inputs: Vec<InputEntry>,
}

impl Refusal<'_> {
    /// The text of `refused.json`.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("invariant: every key is text") + "\n"
    }
}
