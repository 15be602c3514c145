//! Refuses a run that has warnings, and keeps what the operator needs to see why a run was refused.

use super::{PipelineError, PublishError};
use crate::{
    config::{AsOf, Plan},
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
    store::{InputEntry, LockedStore, Manifest, Run},
};

/// The file with the bad rows of a refused run.
const REJECTS: &str = "rejects.csv";

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
    /// The run that this one is compared with.
    previous: Option<Run>,
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
        Self { store, plan, history, options, observer, stop, previous: None, warnings: Vec::new() }
    }

    /// Compares what was read, linked and projected with the previous runs. A given as-of time may be of the past; then
    /// later runs do not count.
    pub(super) fn check_inputs(
        &mut self,
        inputs: &Inputs,
        people: &People<'_>,
        tally: &Tally,
        newest: Option<(Time, u16)>,
    ) -> Result<(), PipelineError> {
        let past = match self.plan.as_of {
            AsOf::At(as_of) => self.history.runs_until(as_of),
            AsOf::NewestEvent => self.history.runs_before_newest(newest.map(|(at, _)| at)),
        };
        let (runs, past): (Vec<Run>, Vec<Manifest>) = past.into_iter().unzip();
        let damage = self.history.damage();
        if past.is_empty() && damage.is_none() {
            let which = if self.history.is_empty() { "earlier run" } else { "earlier run as of this time" };
            self.observer.note(&format!("the store has no {which}, so this one is compared with nothing"));
        }
        self.previous = runs.into_iter().next();
        let previous_customers = self.previous_tiers().unwrap_or_else(|why| {
            self.observer.note(&format!("customers and tiers are compared with nothing: {why}"));
            Vec::new()
        });
        let measures = InputMeasures {
            plan: self.plan,
            inputs,
            people,
            tally,
            newest,
            // Read again at the end, so that they take no memory in between.
            previous_customers: &previous_customers,
            past: &past,
        };
        let mut warnings = guard::check_inputs(&measures);
        warnings.extend(Warning::history_unreadable(damage));
        self.refuse(warnings, inputs)
    }

    /// Compares the tiers of customers with those of the run with which [`Guards::check_inputs`] compared.
    pub(super) fn check_tiers(
        &mut self,
        inputs: &Inputs,
        people: &People<'_>,
        scores: &Scores,
    ) -> Result<(), PipelineError> {
        let previous = self.previous_tiers().unwrap_or_default();
        let bands = &self.plan.tiers.bands;
        let customers = scores.customers.iter().zip(&scores.standing.tier);
        let tiers: Vec<_> =
            customers.map(|(&node, &tier)| (people.key(node), bands[tier].name.as_str())).collect();
        let warning = guard::check_tiers(&previous, &tiers, self.plan.guard.tier_change);
        self.refuse(warning.into_iter().collect(), inputs)
    }

    /// Key and tier of the customers of the previous run; none if there is no such run.
    fn previous_tiers(&self) -> Result<Vec<(String, String)>, String> {
        self.previous.as_ref().map_or(Ok(Vec::new()), |run| self.history.tiers(run))
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
    /// run ends. Errors that are not about the input leave nothing.
    pub(super) fn refused(&self, inputs: &Inputs, error: PipelineError) -> PipelineError {
        let entries = publish::input_entries(inputs, &Topics::default(), None);
        self.keep(error, entries, || {
            let rejects = publish::rejects_csv(inputs)?;
            Ok(self.store.keep_file(REFUSED_FOLDER, REJECTS, &rejects)?)
        })
    }

    /// The same as [`Guards::refused`] for a run that could not read all of its files, so that nothing tells which of
    /// their rows are bad.
    pub(super) fn refused_unread(&self, error: PipelineError) -> PipelineError {
        self.keep(error, Vec::new(), || Ok(self.store.remove_file(REFUSED_FOLDER, REJECTS)?))
    }

    /// Keeps the error and the files that were read; `replace_rejects` replaces those of an earlier refusal.
    fn keep(
        &self,
        error: PipelineError,
        inputs: Vec<InputEntry>,
        replace_rejects: impl FnOnce() -> Result<(), PublishError>,
    ) -> PipelineError {
        if !error.is_of_input() {
            return error;
        }
        self.stop.may_stop(false);
        let warnings: &[Warning] =
            if let PipelineError::Guarded { warnings } = &error { warnings } else { &[] };
        let refusal =
            Refusal { what: error.to_string(), why: error.why(), hint: error.hint(), warnings, inputs };
        let kept = replace_rejects().and_then(|()| {
            Ok(self.store.keep_file(REFUSED_FOLDER, "refused.json", refusal.to_json().as_bytes())?)
        });
        match kept {
            Ok(()) => error,
            Err(cause) => cause.into(),
        }
    }
}
