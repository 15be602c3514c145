//! The sections whose keys are fixed: one line per key drives reading, messages and writing.
//!
//! A line names the key, the form of its value, and the field that holds it. The default is the value of that field
//! before anything is read: [`defaults::plan`](super::defaults::plan).

use serde_json::{Map, Value};

use super::{
    choices,
    error::ConfigError,
    form::{
        ColumnOf, IfThere, Mapped, Moment, NumberIn, OneOf, OrWord, ProbabilityOf, RegisterCount,
        Thousandths, ValueForm, WholeIn, YesNo, duration, folder_path, memory_amount,
    },
    limits,
    plan::{ContactLog, Plan},
    table::TableReader,
};
use crate::{
    identity::CustomerSource,
    projection::{KindRole, KindWeight},
    rank::StopRule,
};

/// One key of a section that is read into an `S`.
pub(super) trait Setting<S> {
    fn key(&self) -> &'static str;
    fn read(&self, table: &TableReader<'_>, section: &mut S) -> Result<(), ConfigError>;
    fn write(&self, section: &mut S) -> Value;
}

/// The settings of one section, in the order of messages and of the manifest.
pub(super) type Settings<S> = Vec<Box<dyn Setting<S>>>;

struct SettingLine<S, T, F> {
    key: &'static str,
    form: F,
    field: fn(&mut S) -> &mut T,
}

impl<S, T, F: ValueForm<T>> Setting<S> for SettingLine<S, T, F> {
    fn key(&self) -> &'static str {
        self.key
    }
    fn read(&self, table: &TableReader<'_>, section: &mut S) -> Result<(), ConfigError> {
        table.read(self.key, &self.form, (self.field)(section))
    }
    fn write(&self, section: &mut S) -> Value {
        self.form.write((self.field)(section))
    }
}

fn setting<S: 'static, T: 'static>(
    key: &'static str,
    form: impl ValueForm<T> + 'static,
    field: fn(&mut S) -> &mut T,
) -> Box<dyn Setting<S>> {
    Box::new(SettingLine { key, form, field })
}

/// Refuses keys that are neither in `settings` nor in `others`.
pub(super) fn check_keys<S>(
    settings: &Settings<S>,
    others: &[&str],
    table: &TableReader<'_>,
) -> Result<(), ConfigError> {
    let known: Vec<&str> =
        settings.iter().map(|setting| setting.key()).chain(others.iter().copied()).collect();
    table.allow(&known)
}

/// Reads a section into the defaults that `section` holds. Keys of `others` are allowed; the caller reads them.
pub(super) fn read<S>(
    settings: &Settings<S>,
    others: &[&str],
    table: &TableReader<'_>,
    section: &mut S,
) -> Result<(), ConfigError> {
    check_keys(settings, others, table)?;
    settings.iter().try_for_each(|setting| setting.read(table, section))
}

/// Writes a section: every key that has a value.
pub(super) fn write<S>(settings: &Settings<S>, section: &mut S) -> Map<String, Value> {
    let pairs = settings.iter().map(|setting| (setting.key().to_owned(), setting.write(section)));
    pairs.filter(|(_, value)| !value.is_null()).collect()
}

pub(super) fn run() -> Settings<Plan> {
    let threads = Mapped {
        form: OrWord(choices::ALL, WholeIn(limits::THREADS)),
        to: |threads: Option<u32>| threads.and_then(|threads| usize::try_from(threads).ok()?.try_into().ok()),
        from: |threads| threads.and_then(|threads: std::num::NonZeroUsize| u32::try_from(threads.get()).ok()),
    };
    vec![
        setting("output", folder_path(), |plan| &mut plan.output),
        setting("as_of", Moment, |plan| &mut plan.as_of),
        setting("window", OrWord(choices::ALL, duration("365d")), |plan| &mut plan.window_s),
        setting("memory_limit", memory_amount(), |plan| &mut plan.memory_limit),
        setting("seed", WholeIn(limits::SEED), |plan| &mut plan.seed),
        setting("max_rejected", NumberIn(&limits::SHARE), |plan| &mut plan.max_rejected),
        setting("duplicates", OneOf(&choices::DUPLICATES), |plan| &mut plan.weights.duplicates),
        setting("threads", threads, |plan| &mut plan.threads),
    ]
}

pub(super) fn consent() -> Settings<Plan> {
    vec![
        setting("missing", OneOf(&choices::CONSENTS), |plan| &mut plan.consent.missing),
        setting("denied", OneOf(&choices::DENIED_RULES), |plan| &mut plan.consent.denied),
    ]
}

/// `[guard]`.
pub(super) fn guard() -> Settings<Plan> {
    let share = || NumberIn(&limits::SHARE);
    vec![
        setting("customers_drop", share(), |plan| &mut plan.guard.customers_drop),
        setting("match_rate_drop", share(), |plan| &mut plan.guard.match_rate_drop),
        setting("events_drop", share(), |plan| &mut plan.guard.events_drop),
        setting("ignored_share", share(), |plan| &mut plan.guard.ignored_share),
        setting("merged_share", share(), |plan| &mut plan.guard.merged_share),
        setting("rejected_in_file", share(), |plan| &mut plan.guard.rejected_in_file),
        setting("denials_lifted", share(), |plan| &mut plan.guard.denials_lifted),
        setting("tier_change", share(), |plan| &mut plan.guard.tier_change),
        setting("future", duration("1d"), |plan| &mut plan.guard.future_s),
        setting("new_consent_word", OneOf(&choices::NEW_WORD_RULES), |plan| &mut plan.consent.new_word),
    ]
}

/// `[rank]` except its topics.
pub(super) fn rank() -> Settings<Plan> {
    vec![
        setting("damping", NumberIn(&limits::DAMPING), |plan| &mut plan.rank.damping),
        setting("tolerance", NumberIn(&limits::TOLERANCE), |plan| certified(&mut plan.rank.stop).0),
        setting("max_rounds", WholeIn(limits::ROUNDS), |plan| certified(&mut plan.rank.stop).1),
        setting("solver", OneOf(&choices::SOLVERS), |plan| &mut plan.rank.solver),
        setting("warm_start", YesNo, |plan| &mut plan.warm_start),
    ]
}

/// The tolerance and the maximum number of rounds. A plan never has a fixed number of rounds; only `plaudit algo` has.
fn certified(stop: &mut StopRule) -> (&mut f64, &mut u32) {
    match stop {
        StopRule::Certified { tolerance, max_rounds } => (tolerance, max_rounds),
        StopRule::Rounds(_) => unreachable!("invariant: the ranks of a plan are certified"),
    }
}

pub(super) fn communities() -> Settings<Plan> {
    let cold_every = OrWord(choices::NONE, duration("7d"));
    vec![
        setting("quality", OneOf(&choices::QUALITIES), |plan| &mut plan.communities.quality),
        setting("min_size", WholeIn(limits::MEMBERS), |plan| &mut plan.communities.min_size),
        setting("max_size", OrWord(choices::NONE, WholeIn(limits::MEMBERS)), |plan| {
            &mut plan.communities.max_size
        }),
        setting("resolution", NumberIn(&limits::RESOLUTION), |plan| &mut plan.communities.resolution),
        setting("iterations", WholeIn(limits::ITERATIONS), |plan| &mut plan.communities.iterations),
        setting("warm_start", YesNo, |plan| &mut plan.continuation.warm_start),
        setting("cold_every", cold_every, |plan| &mut plan.continuation.cold_every_s),
        setting("adopt_margin", NumberIn(&limits::ADOPT_MARGIN), |plan| &mut plan.continuation.adopt_margin),
    ]
}

/// `[reach]` except its segments.
pub(super) fn reach() -> Settings<Plan> {
    let exact_edges = Mapped {
        form: OrWord(choices::ALL, WholeIn(limits::EXACT_EDGES)),
        to: |edges: Option<u64>| edges.unwrap_or(u64::MAX),
        from: |&edges| (edges != u64::MAX).then_some(edges),
    };
    vec![
        setting("hops", WholeIn(limits::HOPS), |plan| &mut plan.reach.hops),
        setting("registers", RegisterCount, |plan| &mut plan.reach.registers),
        setting("exact_edges", exact_edges, |plan| &mut plan.reach.exact_edges),
        setting("exact_top", WholeIn(limits::EXACT_TOP), |plan| &mut plan.reach.exact_top),
        setting("decay", NumberIn(&limits::SHARE), |plan| &mut plan.reach.decay),
        setting("probability", ProbabilityOf, |plan| &mut plan.spread.probability),
        setting("model", OneOf(&choices::DIFFUSIONS), |plan| &mut plan.spread.diffusion),
    ]
}

pub(super) fn trust() -> Settings<Plan> {
    vec![
        setting("enabled", YesNo, |plan| &mut plan.trust.enabled),
        setting("suspect_mass", NumberIn(&limits::SHARE), |plan| &mut plan.trust.suspect_mass),
        setting("suspect_share", NumberIn(&limits::SHARE), |plan| &mut plan.trust.suspect_share),
    ]
}

/// `columns` of `[[customers]]`.
pub(super) fn customer_columns() -> Settings<CustomerSource> {
    let column = ColumnOf { header: true };
    vec![
        setting("id", column, |source| &mut source.id),
        setting("name", IfThere(column), |source| &mut source.name),
        setting("value", IfThere(column), |source| &mut source.value),
        setting("cost", IfThere(column), |source| &mut source.cost),
        setting("household", IfThere(column), |source| &mut source.household),
        setting("consent", IfThere(column), |source| &mut source.consent),
    ]
}

/// `columns` of `[[contacts]]`.
pub(super) fn contact_columns() -> Settings<ContactLog> {
    let column = ColumnOf { header: true };
    vec![setting("id", column, |log| &mut log.id), setting("at", column, |log| &mut log.at)]
}

/// The keys of `[[contacts]]` that limit how often people may be contacted.
pub(super) fn contact_limits() -> Settings<ContactLog> {
    let most = || OrWord(choices::NONE, WholeIn(limits::CONTACTS));
    vec![
        setting("window", OrWord(choices::ALL, duration("30d")), |log| &mut log.window_s),
        setting("max_per_customer", most(), |log| &mut log.max_per_customer),
        setting("max_per_household", most(), |log| &mut log.max_per_household),
        setting("max_per_community", most(), |log| &mut log.max_per_community),
    ]
}

/// The table of one kind in `[weights]`. A follow is a state and counts once, so it has no daily cap.
pub(super) fn kind(role: KindRole) -> Settings<KindWeight> {
    let half_life = OrWord(choices::NONE, duration("30d"));
    let mut settings = vec![
        setting("weight", Thousandths, |kind: &mut KindWeight| &mut kind.weight_milli),
        setting("half_life", half_life, |kind| &mut kind.half_life_s),
    ];
    if role == KindRole::Act {
        let daily_cap = OrWord(choices::NONE, WholeIn(limits::DAILY_CAP));
        settings.push(setting("daily_cap", daily_cap, |kind| &mut kind.daily_cap));
    }
    settings
}
