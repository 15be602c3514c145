//! `Warning`: one thing about a run that looks broken.

use serde::Serialize;

/// One thing about a run that looks broken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Warning {
    /// The key of `[guard]` that allows less, or the name of the check where no key does.
    pub check: &'static str,
    /// What moved, from what to what, and where.
    pub text: String,
    /// How far beyond what is allowed, as a factor; the largest is the most suspicious.
    #[serde(skip)]
    pub excess: f64,
}

impl Warning {
    /// A warning if `found` is above `allowed`.
    pub(super) fn above(
        check: &'static str,
        found: f64,
        allowed: f64,
        text: impl FnOnce() -> String,
    ) -> Option<Self> {
        let excess = if allowed > 0.0 { found / allowed } else { f64::INFINITY };
        (found > allowed).then(|| Self { check, text: text(), excess })
    }

    /// A warning if previous runs are damaged: then a run would be compared with less than the store has.
    pub(crate) fn history_unreadable(damage: Option<String>) -> Option<Self> {
        let text = format!("the previous run cannot be compared with this one: {}", damage?);
        Some(Self { check: "history_unreadable", text, excess: f64::INFINITY })
    }

    /// Sorts by excess, the most suspicious first; ties by check and text.
    pub(crate) fn sort(warnings: &mut [Self]) {
        warnings.sort_by(|a, b| {
            b.excess.total_cmp(&a.excess).then_with(|| (a.check, &a.text).cmp(&(b.check, &b.text)))
        });
    }
}
