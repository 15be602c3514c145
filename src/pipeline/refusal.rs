//! Refuses a run that has warnings, and keeps what the operator needs to see why a run was refused.

use super::PipelineError;
use crate::{
    config::Plan,
    event::Time,
    guard::{self, InputMeasures, REFUSED_FOLDER, Refusal, Warning},
    history::History,
    identity::People,
    inputs::Inputs,
    measure::Scores,
    progress::{Observer, StopControl},
    projection::Tally,
    publish,
    selection::Topics,
    store::LockedStore,
};

/// What a run does about warnings.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    /// Publishes in spite of warnings, which then stand in the manifest. Denials of consent hold all the same.
    pub force: bool,
}

/// The guards of one run, and the warnings that they have given.
pub(super) struct Guards<'a> {
    pub(super) store: &'a LockedStore,
    plan: &'a Plan,
    history: &'a History<'a>,
    options: RunOptions,
    observer: &'a dyn Observer,
    pub(super) stop: &'a dyn StopControl,
    warnings: Vec<Warning>,
}

impl<'a> Guards<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        store: &'a LockedStore,
        history: &'a History<'a>,
        options: RunOptions,
        observer: &'a dyn Observer,
        stop: &'a dyn StopControl,
    ) -> Self {
        Self { store, plan, history, options, observer, stop, warnings: Vec::new() }
    }

    /// Compares what was read, linked and projected with the previous runs.
    pub(super) fn check_inputs(
        &mut self,
        inputs: &Inputs,
        people: &People<'_>,
        tally: &Tally,
        newest: Option<(Time, u16)>,
    ) -> Result<(), PipelineError> {
        let past = self.history.records();
        if past.is_empty() {
            self.observer.note("the store has no earlier run, so this one is compared with nothing");
        }
        let measures = InputMeasures {
            plan: self.plan,
            inputs,
            people,
            tally,
            newest,
            // Read again at the end, so that they take no memory in between; what cannot be read is noted there.
            previous_customers: &self.history.published_tiers().unwrap_or_default(),
            past: &past,
        };
        let warnings = guard::check_inputs(&measures);
        self.refuse(warnings, inputs)
    }

    /// Compares the tiers of customers with those that are published now, whatever their as-of time.
    pub(super) fn check_tiers(
        &mut self,
        inputs: &Inputs,
        people: &People<'_>,
        scores: &Scores,
        published: &[(String, String)],
    ) -> Result<(), PipelineError> {
        let bands = &self.plan.tiers.bands;
        let customers = scores.customers.iter().zip(&scores.standing.tier);
        let tiers: Vec<_> =
            customers.map(|(&node, &tier)| (people.key(node), bands[tier].name.as_str())).collect();
        let warning = guard::check_tiers(published, &tiers, self.plan.guard.tier_change);
        self.refuse(warning.into_iter().collect(), inputs)
    }

    /// The warnings in spite of which the run goes on.
    pub(super) fn into_warnings(self) -> Vec<Warning> {
        self.warnings
    }

    /// Fails if there are warnings and the run is not forced; notes them if it is.
    fn refuse(&mut self, mut warnings: Vec<Warning>, inputs: &Inputs) -> Result<(), PipelineError> {
        Warning::sort(&mut warnings);
        if !self.options.force && !warnings.is_empty() {
            return Err(self.refused(inputs, PipelineError::Guarded { warnings }));
        }
        for warning in &warnings {
            self.observer.note(&format!("forced: {}", warning.text));
        }
        self.warnings.extend(warnings);
        Ok(())
    }

    /// Keeps in the store what an operator needs to see why the run is refused, and returns the error, with which the
    /// run ends.
    pub(super) fn refused(&self, inputs: &Inputs, error: PipelineError) -> PipelineError {
        self.stop.may_stop(false);
        let warnings: &[Warning] =
            if let PipelineError::Guarded { warnings } = &error { warnings } else { &[] };
        let refusal = Refusal {
            what: error.to_string(),
            why: error.why(),
            hint: error.hint(),
            warnings,
            inputs: publish::input_entries(inputs, &Topics::default(), None),
        };
        let kept = publish::rejects_csv(inputs).and_then(|rejects| {
            self.store.keep_file(REFUSED_FOLDER, "rejects.csv", &rejects)?;
            self.store.keep_file(REFUSED_FOLDER, "refused.json", refusal.to_json().as_bytes())?;
            Ok(())
        });
        match kept {
            Ok(()) => error,
            Err(cause) => cause.into(),
        }
    }
}
