//! In what order do the stages run? One page: every stage is called here by name.
//!
//! read → link → exposures → project → graph → rank → communities → reach → measures → trust → score → spread →
//! publish. Each stage is a plain function of its inputs. Nothing is visible in the run store before the last stage has
//! succeeded.

mod check;
mod details;
mod error;
mod estimate;
mod invariants;
mod refusal;
mod stages;

pub use crate::{
    guard::Warning,
    inputs::InputError,
    measure::MeasureError,
    publish::{PublishError, Summary, TopCustomer},
    selection::TopicError,
};
pub use check::{BadRows, CheckReport, FileCheck};
pub use error::PipelineError;
pub use estimate::{Estimate, StageEstimate};
pub use refusal::RunOptions;

use crate::{
    config::{AsOf, Plan},
    event::{EventError, Time},
    graph::{self, BuildConfig, Directions, EdgeBlock, Graph, NodeOrder, Weighting},
    history::{History, learn_denials, open_denials, read_community_names},
    identity::{self, Consent, Customers, Denials, Linkage, People},
    ids::NodeId,
    inputs::{self, Inputs},
    measure::{
        self, Communities, CommunitySettings, DiffusionModel, Measures, Ranking, ScoreSettings, Scores,
        Structure, Teleports,
    },
    progress::{Observer, StopControl},
    projection::{self, Channels, Exposures, Ignored, Projection, Tally, UNIT_LOG2, Window},
    publish::{self, RunResults},
    rank::Ranks,
    reach::Reach,
    selection::Topics,
    store::{LockedStore, Store},
};
use estimate::RunSizes;
use refusal::Guards;
use stages::Stages;

/// Runs the nightly job: reads, links, projects, measures, scores, and publishes a new run in the store.
///
/// - **Output**: the summary; the files are in the run's folder.
/// - **Stop**: `stop` is told when the process may be ended; a signal that comes while files are written stops the run
///   before it is published.
/// - **Same bytes**: every file except `manifest.json` (timings) and `rejects.csv` (line numbers) is the same for any
///   order of rows and any thread count, given the same previous run.
/// - **Cost**: see [`check`], which estimates memory; the manifest lists the time of each stage.
///
/// # Errors
/// [`PipelineError`]; nothing is then published, and the store's current run is unchanged. A run that is refused
/// because of its input leaves `refused/refused.json` in the store, and `refused/rejects.csv` if all files were read.
/// Denials of consent are remembered even then.
pub fn run(
    plan: &Plan,
    options: RunOptions,
    observer: &dyn Observer,
    stop: &dyn StopControl,
) -> Result<Summary, PipelineError> {
    let store = Store::create_or_open(&plan.output)?;
    // The store is open, and nothing is written before denials are learned.
    stop.may_stop(true);
    // The limit depends on free memory, so it is determined before anything is read.
    let limit_bytes = estimate::limit(plan);
    let mut stages = Stages::new(observer);

    let history = History::open(store.store());
    let mut guards = Guards::new(plan, &store, &history, options, observer, stop);
    let mut inputs = read(plan, &guards, limit_bytes, &mut stages, observer)?;
    let known = RunSizes::of(plan, limit_bytes, &inputs);
    let linked = link_and_project(plan, &mut inputs, &mut stages);
    let Linked { mut linkage, topics, newest, window, channels, projection, exposures } =
        linked.map_err(|error| guards.refused(&inputs, error))?;
    let Projection { blocks, tally, in_strengths: received } = projection;
    guards.check_inputs(&inputs, &people(plan, &inputs, &linkage), &tally, newest)?;
    let (graph, order) = build(&known, linkage.parties.len(), blocks, &mut stages)
        .map_err(|error| guards.refused(&inputs, error))?;
    linkage.renumber(order.place_of());
    let received = received.renumbered(order.place_of());
    let model = measure::choose_model(plan.spread, exposures, order.place_of(), &graph)
        .map_err(|error| guards.refused(&inputs, error.into()))?;

    let people = people(plan, &inputs, &linkage);
    let Ranking { ranks, trusted, topics: topic_ranks } =
        rank(plan, &graph, &people, &history, &topics, &order, &mut stages)?;
    let find = || communities(plan, &graph, &people, &history, window.as_of, observer);
    let communities = stages.run("communities", find, details::communities)?;
    communities.note_names(inputs.names.as_ref(), observer);
    let (reach, structure) = reach_and_structure(plan, &graph, &topics, &order, &communities, &mut stages)?;

    let strength = measure::strengths(&graph);
    let customers_in_audience = measure::customers_in_audience(&people, &graph);
    let mut measures = Measures {
        ranks,
        communities,
        reach,
        strength,
        structure,
        received,
        trust: None,
        customers_in_audience,
    };
    let scores = trust_and_score(plan, &graph, &people, trusted, &mut measures, &mut stages)?;
    let diffusion = stages.run("spread", || model.learn(&graph), DiffusionModel::detail);
    guards.check_tiers(&inputs, &people, &scores)?;
    let previous_tiers = history.previous_tiers(window.as_of, observer);

    let results = RunResults {
        plan,
        inputs: &inputs,
        topics: &topics,
        people: &people,
        graph: &graph,
        measures: &measures,
        topic_ranks: &topic_ranks,
        diffusion: &diffusion,
        scores: &scores,
        previous_tiers: &previous_tiers,
        channels: channels.names(),
        warnings: &guards.into_warnings(),
    };
    publish_run(store, &results, &tally, window.as_of, &mut stages, stop)
}

/// What is known of the accounts and events before the graph is built.
struct Linked {
    linkage: Linkage,
    topics: Topics,
    /// The time of the newest event, and its file.
    newest: Option<(Time, u16)>,
    window: Window,
    channels: Channels,
    projection: Projection,
    exposures: Option<Exposures>,
}

/// Links the accounts, finds the people of topics and segments, and projects the events, which leave `inputs`.
fn link_and_project(
    plan: &Plan,
    inputs: &mut Inputs,
    stages: &mut Stages<'_>,
) -> Result<Linked, PipelineError> {
    let linkage = stages.run("link", || link(plan, inputs), details::link);
    note_owners_without_account(&linkage, stages.observer());
    inputs::refuse_unlinked(inputs, &linkage)?;
    let topics = find_topics(plan, &people(plan, inputs, &linkage), stages.observer())?;
    let newest = projection::newest(&inputs.events.events);
    let window = window(plan, newest);
    let channels = Channels::new(&inputs.events.accounts, |account| linkage.is_shown(account));
    let (projection, exposures) = project(plan, inputs, &linkage, &window, &channels, stages)?;
    Ok(Linked { linkage, topics, newest, window, channels, projection, exposures })
}

/// Notes customers whose account is withheld because somebody else once denied consent under it.
fn note_owners_without_account(linkage: &Linkage, observer: &dyn Observer) {
    const NAMED: usize = 3;
    let owners = &linkage.owners_without_account;
    if owners.is_empty() {
        return;
    }
    let named: Vec<&str> = owners.iter().take(NAMED).map(String::as_str).collect();
    let more = if owners.len() > NAMED { " and others" } else { "" };
    observer.note(&format!(
        "accounts of {}{more} are withheld, because somebody else once denied consent under them; if a handle was wrong, \
         `plaudit denials release` takes that back",
        named.join(", ")
    ));
}

/// `PageRank`, also with teleport to the trusted core and to the people of each topic.
fn rank(
    plan: &Plan,
    graph: &Graph,
    people: &People<'_>,
    history: &History<'_>,
    topics: &Topics,
    order: &NodeOrder,
    stages: &mut Stages<'_>,
) -> Result<Ranking, PipelineError> {
    let observer = stages.observer();
    let warm_start = || measure::warm_start(people, &history.ranks(observer));
    let start = plan.warm_start.then(warm_start).flatten();
    let teleports = teleports(plan, topics, order, people);
    let rank = || measure::rank(graph, teleports, start.as_deref(), &plan.rank);
    let ranking = stages.run("rank", rank, details::rank)?;
    invariants::assert_topics_sum_to_one(&ranking.topics)?;
    Ok(ranking)
}

fn reach_and_structure(
    plan: &Plan,
    graph: &Graph,
    topics: &Topics,
    order: &NodeOrder,
    communities: &Communities,
    stages: &mut Stages<'_>,
) -> Result<(Reach, Structure), PipelineError> {
    let segments = topics.segment_nodes(order);
    let reach = || measure::k_hop_audience(graph, &segments, &plan.reach);
    let reach = stages.run("reach", reach, details::reach)?;
    let structure = || measure::structure(graph, &communities.partition);
    let structure = stages.run("measures", structure, details::structure);
    structure.note_missing(stages.observer());
    Ok((reach, structure))
}

/// Finds suspects, which go to `measures`, then scores everyone.
fn trust_and_score(
    plan: &Plan,
    graph: &Graph,
    people: &People<'_>,
    trusted: Option<Ranks>,
    measures: &mut Measures,
    stages: &mut Stages<'_>,
) -> Result<Scores, PipelineError> {
    let settings = score_settings(plan);
    let ranks = &measures.ranks.score;
    let trust = || trusted.map(|core| measure::trust(graph, people, ranks, core, settings)).transpose();
    measures.trust = stages.run("trust", trust, details::trust)?;
    let score = || measure::score(people, &measures.score_inputs(graph), measures.trust.as_ref(), settings);
    let scores = stages.run("score", score, details::score)?;
    invariants::assert_nobody_is_lost(people, &scores, measures)?;
    Ok(scores)
}

/// Writes and publishes the run.
fn publish_run(
    store: LockedStore,
    results: &RunResults<'_>,
    tally: &Tally,
    as_of: Option<Time>,
    stages: &mut Stages<'_>,
    stop: &dyn StopControl,
) -> Result<Summary, PipelineError> {
    stop.may_stop(false);
    let run = store.begin(&publish::new_run(results.plan, results.inputs, results.topics, as_of))?;
    let write = || publish::write(&run, results);
    let written = stages.run("write", write, |_| "every file of the run".to_owned())?;
    if let Some(signal) = stop.stop_signal() {
        // `run` is dropped, which removes its files.
        return Err(PipelineError::Stopped { signal, stage: "write".to_owned() });
    }
    let manifest = publish::run_record(results, &written, tally, stages.records());
    let counts = manifest.counts.clone();
    // Only now that nothing refuses the run: the CRM may have been wrong.
    let mut denials = Denials::clone(&results.inputs.denials);
    if denials.confirm() || results.inputs.denials_applied.changes_memory {
        run.keep_denials(&denials.to_bytes())?;
    }
    let published = stages.run("publish", || run.publish(manifest), details::publish)?;
    Ok(publish::summary(results, &written, counts, as_of, &published))
}

/// Reads everything and writes nothing; reports the rows, the bad rows, and the memory that a run will take.
///
/// # Errors
/// [`PipelineError`] when an input cannot be read at all; bad rows are part of the report.
pub fn check(plan: &Plan, observer: &dyn Observer) -> Result<CheckReport, PipelineError> {
    let limit_bytes = estimate::limit(plan);
    let mut stages = Stages::new(observer);
    let denials = |customers: Option<&Customers>| {
        let mut denials = match Store::open(&plan.output) {
            Ok(store) => open_denials(&store)?,
            Err(_) => Denials::new([0; 32]),
        };
        if let Some(customers) = customers {
            denials.learn(customers);
        }
        Ok(denials)
    };
    let inputs = read_files(plan, denials, limit_bytes, &mut stages, observer)?;
    let linkage = stages.run("link", || link(plan, &inputs), details::link);
    let people = people(plan, &inputs, &linkage);
    let topics = refuse(plan, limit_bytes, &inputs)
        .and_then(|()| Ok(inputs::refuse_unlinked(&inputs, &linkage)?))
        .and_then(|()| Ok(find_topics(plan, &people, observer)?));
    Ok(check::check_report(
        plan,
        limit_bytes,
        &inputs,
        &people,
        window(plan, projection::newest(&inputs.events.events)),
        topics,
    ))
}

/// Finds the people of all topics and segments, and notes how many ids of their lists are unknown.
fn find_topics(plan: &Plan, people: &People<'_>, observer: &dyn Observer) -> Result<Topics, TopicError> {
    let topics = Topics::find(&plan.topics, &plan.reach_segments, people)?;
    for note in topics.notes() {
        observer.note(note);
    }
    Ok(topics)
}

/// Reads all inputs, and refuses inputs that a run cannot use.
fn read(
    plan: &Plan,
    guards: &Guards<'_>,
    limit_bytes: Option<u64>,
    stages: &mut Stages<'_>,
    observer: &dyn Observer,
) -> Result<Inputs, PipelineError> {
    let denials = |customers: Option<&Customers>| {
        let mut denials = open_denials(guards.store.store())?;
        if let Some(customers) = customers {
            guards.stop.may_stop(false);
            learn_denials(guards.store, &mut denials, customers)?;
            guards.stop.may_stop(true);
        }
        Ok(denials)
    };
    let read = read_files(plan, denials, limit_bytes, stages, observer);
    let mut inputs = read.map_err(|error| guards.refused_unread(error))?;
    refuse(plan, limit_bytes, &inputs).map_err(|error| guards.refused(&inputs, error))?;
    inputs.note_bad_files(plan.max_rejected, observer);
    invariants::assert_no_row_is_lost(&inputs)?;
    inputs.names = read_community_names(guards.store.store(), observer);
    Ok(inputs)
}

/// Reads all files; fails if their events do not fit into memory. `denials` gives those of this and of earlier runs,
/// from the customers of this run.
fn read_files(
    plan: &Plan,
    denials: impl FnOnce(Option<&Customers>) -> Result<Denials, PipelineError>,
    limit_bytes: Option<u64>,
    stages: &mut Stages<'_>,
    observer: &dyn Observer,
) -> Result<Inputs, PipelineError> {
    let max_events = limit_bytes.map_or(usize::MAX, estimate::events_that_fit);
    let read = || {
        let crm = inputs::read_crm(plan)?;
        let customers = crm.as_ref().map(|crm| &crm.customers);
        if let Some(customers) = customers {
            // Before anything is learned from it.
            inputs::refuse_opt_out_column(&plan.consent, customers)?;
        }
        let denials = denials(customers)?;
        inputs::read(plan, crm, denials, max_events, observer).map_err(|error| match error {
            InputError::Event(cause) if matches!(*cause, EventError::TooManyEvents { .. }) => {
                estimate::too_many_events(limit_bytes.unwrap_or(u64::MAX))
            }
            error => error.into(),
        })
    };
    stages.run("read", read, details::read)
}

/// Fails on too many bad rows, no event, no customer, or too little memory.
fn refuse(plan: &Plan, limit_bytes: Option<u64>, inputs: &Inputs) -> Result<(), PipelineError> {
    inputs::refuse_bad_rows(plan.max_rejected, inputs)?;
    inputs::refuse_nothing(inputs)?;
    inputs::refuse_new_words(&plan.consent, inputs)?;
    estimate::refuse_too_large(plan, limit_bytes, inputs)
}

/// Links the accounts that exist at the as-of time to customers.
fn link(plan: &Plan, inputs: &Inputs) -> Linkage {
    let mut exists = match plan.as_of {
        AsOf::At(as_of) => {
            projection::accounts_seen(&inputs.events.events, inputs.events.accounts.len(), as_of)
        }
        AsOf::NewestEvent => vec![true; inputs.events.accounts.len()],
    };
    if let Some(nobody) = &inputs.nobody {
        exists.iter_mut().zip(nobody).for_each(|(exists, nobody)| *exists &= !nobody);
    }
    identity::link(
        inputs.customers.as_ref(),
        &inputs.events.accounts,
        &exists,
        plan.consent.denied,
        &inputs.denials,
    )
}

/// Projects the events to edges and counts exposures; moves the events out of `inputs`.
fn project(
    plan: &Plan,
    inputs: &mut Inputs,
    linkage: &Linkage,
    window: &Window,
    channels: &Channels,
    stages: &mut Stages<'_>,
) -> Result<(Projection, Option<Exposures>), PipelineError> {
    let mut events = std::mem::take(&mut inputs.events.events);
    let placeholders = inputs.nobody.as_ref().map(|nobody| projection::take_out_nobody(&mut events, nobody));
    let count = || measure::exposures(plan.spread, &events, linkage, &plan.weights, window);
    let exposures = stages.run("exposures", count, |log| measure::exposures_detail(log.as_ref()));
    let node_count = linkage.parties.len();
    let project =
        || projection::project(&events, &linkage.node_of, node_count, &plan.weights, window, channels);
    let mut projection = stages.run("project", project, details::project);
    if let Some(counts) = &placeholders {
        projection.tally.ignore_all(counts, Ignored::Nobody);
    }
    inputs::refuse_all_ignored(&projection.tally)?;
    invariants::assert_strength_adds_up(&projection)?;
    Ok((projection, exposures))
}

/// The graph of the projected edges, plain or compressed, with nodes reordered for locality, and the node order.
fn build(
    known: &RunSizes<'_>,
    node_count: usize,
    blocks: Vec<EdgeBlock>,
    stages: &mut Stages<'_>,
) -> Result<(Graph, NodeOrder), PipelineError> {
    let storage = known.storage(node_count, &blocks, stages.observer())?;
    let build = || {
        let numbers: Vec<NodeId> = (0..node_count).map(NodeId::new).collect();
        let order = graph::locality_order(node_count, &blocks, &numbers, Directions::AsWritten, None);
        let weighting = Weighting::FixedPoint { unit_log2: UNIT_LOG2 };
        let cfg = BuildConfig { directions: Directions::AsWritten, weighting, storage };
        let graph = graph::build_blocks(node_count, blocks, order.place_of(), &cfg);
        (graph, order)
    };
    Ok(stages.run("graph", build, details::graph))
}

fn people<'a>(plan: &Plan, inputs: &'a Inputs, linkage: &'a Linkage) -> People<'a> {
    People {
        customers: inputs.customers.as_ref().map_or(&[], |all| &all.customers),
        accounts: &inputs.events.accounts,
        linkage,
        // Without a CRM nobody has denied profiling, and nobody has agreed to be contacted.
        consent_without_crm: plan.consent.missing.max(Consent::Profile),
    }
}

/// The sets of nodes for the teleport vectors of trusted and topic PageRank.
fn teleports(plan: &Plan, topics: &Topics, order: &NodeOrder, people: &People<'_>) -> Teleports {
    let of_topics = topics.topics.iter().map(|topic| (topic.name.clone(), topic.nodes_in(order)));
    let core = if plan.trust.enabled { measure::core(people) } else { None };
    Teleports { core, topics: of_topics.collect() }
}

/// The communities, continued from the previous run if possible.
fn communities(
    plan: &Plan,
    graph: &Graph,
    people: &People<'_>,
    history: &History<'_>,
    as_of: Option<Time>,
    observer: &dyn Observer,
) -> Result<Communities, MeasureError> {
    let config = plan.to_json();
    let settings =
        CommunitySettings { leiden: &plan.communities, continuation: &plan.continuation, config: &config };
    let past = history.communities(graph.node_count(), observer);
    measure::find_communities(graph, people, past, &settings, as_of, observer)
}

fn score_settings(plan: &Plan) -> ScoreSettings<'_> {
    ScoreSettings { rank: &plan.rank, reach: &plan.reach, trust: &plan.trust, tiers: &plan.tiers }
}

/// Which events count: up to `[run] as_of`, or up to the newest event.
fn window(plan: &Plan, newest: Option<(Time, u16)>) -> Window {
    let as_of: Option<Time> = match plan.as_of {
        AsOf::At(time) => Some(time),
        AsOf::NewestEvent => newest.map(|(at, _)| at),
    };
    Window::ending_at(as_of, plan.window_s.map(u64::from))
}
