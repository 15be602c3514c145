//! In what order do the stages run? One page: every stage is called here by name.
//!
//! read → link → exposures → project → graph → rank → communities → reach → measures → trust → score → spread →
//! publish. Each stage is a plain function of its inputs. Nothing is visible in the run store before the last one has
//! succeeded.

mod communities;
mod community_table;
mod error;
mod estimate;
mod inputs;
mod names;
mod outputs;
mod people;
mod ranking;
mod record;
mod spread;
mod stages;
mod structure;
mod tables;
mod topics;
mod trust;
mod yesterday;

pub use error::PipelineError;
pub use estimate::{Estimate, StageEstimate};
pub use outputs::SNAPSHOT_FILE;
pub use record::{CheckReport, FileCheck, Person, Summary};

use crate::{
    config::{AsOf, Plan},
    event::Time,
    graph::{self, BuildConfig, Directions, EdgeBlock, Form, Graph, NodeOrder, Weighting},
    identity::{self, Consent},
    ids::NodeId,
    progress::Observer,
    projection::{self, Channels, Exposures, Projection, UNIT_LOG2, Window},
    reach,
    store::Store,
};
use inputs::Inputs;
use outputs::Results;
use people::{Measures, People};
use stages::Stages;

/// Runs the nightly job: reads, links, projects, measures, scores, and publishes a new run in the store.
///
/// - **Output**: what a person is told; the files are in the run's folder.
/// - **Same bytes**: every file but `manifest.json` (timings) and `rejects.csv` (line numbers) is the same for any
///   order of rows and any thread count, given the same previous run.
/// - **Cost**: see [`check`], which estimates memory; the stages' times stand in the manifest.
///
/// # Errors
/// [`PipelineError`]; then nothing is published and the store's current run stays what it was.
pub fn run(plan: &Plan, observer: &dyn Observer) -> Result<Summary, PipelineError> {
    let store = Store::create_or_open(&plan.output)?;
    // The memory that is free before anything is read.
    let limit_bytes = estimate::limit(plan);
    let mut stages = Stages::new(observer);

    let mut inputs = read(plan, store.store(), limit_bytes, &mut stages, observer)?;
    let known = estimate::Known::of(plan, limit_bytes, &inputs);
    let mut linkage = stages.run("link", || link(plan, &inputs), record::link_detail);
    inputs::refuse_unlinked(&inputs, &linkage)?;
    let starts = topics::starts(plan, &people(plan, &inputs, &linkage))?;
    let window = window(plan, &inputs);
    let channels = people::channels_with_a_column(&inputs.events.accounts, &linkage);
    let (projection, exposures) = project(plan, &mut inputs, &linkage, &window, &channels, &mut stages)?;
    let Projection { blocks, tally, received } = projection;
    let node_count = linkage.parties.len();
    let form = known.form(node_count, &blocks, observer)?;
    let (graph, order) = stages.run("graph", || build(node_count, blocks, form), record::graph_detail);
    linkage.renumber(order.place_of());
    let received = received.renumbered(order.place_of());
    let sharing = spread::decide(plan, exposures, order.place_of(), &graph)?;

    let people = people(plan, &inputs, &linkage);
    let start = warm_start(plan, store.store(), &people, observer);
    let rank = || ranking::rank(plan, &graph, &people, &starts.topics, &order, start.as_deref());
    let ranking = stages.run("rank", rank, record::rank_detail)?;
    ranking::assert_topics_sum_to_one(&ranking.topics)?;
    let find = || communities::find(plan, &graph, &people, store.store(), window.as_of, observer);
    let communities = stages.run("communities", find, record::community_detail)?;
    communities.note_names(inputs.names.as_ref(), observer);
    let reach = || reach::reach_by_segment(&graph, &topics::nodes(&starts.segments, &order), &plan.reach);
    let reach = stages.run("reach", reach, record::reach_detail)?;
    let structure = || structure::structure(&graph, &communities.partition);
    let structure = stages.run("measures", structure, record::structure_detail);
    structure.note_missing(observer);

    let trust = || trust::judge(&graph, &people, &ranking, plan);
    let trust = stages.run("trust", trust, record::trust_detail)?;
    let ranking::Ranking { ranks, topics, .. } = ranking;
    let measures = Measures::new(&graph, ranks, communities, reach, structure, received, trust);
    let score = || trust::score(&people, &graph, &measures, plan);
    let scores = stages.run("score", score, record::score_detail)?;
    record::assert_nobody_is_lost(&people, &scores, &measures)?;
    let spread = stages.run("spread", || sharing.learn(&graph), spread::Spread::detail);

    let run = store.begin(&record::new_run(plan, &inputs, &starts, window.as_of))?;
    let previous = outputs::previous_tiers(&run, observer);
    let results = Results {
        plan,
        inputs: &inputs,
        starts: &starts,
        people: &people,
        graph: &graph,
        measures: &measures,
        topics: &topics,
        spread: &spread,
        scores: &scores,
        previous: &previous,
        channels: channels.names(),
        customers_in_audience: people::customers_in_audience(&people, &graph),
    };
    let write = || outputs::write(&run, &results);
    let written = stages.run("write", write, |_| "every file of the run".to_owned())?;
    let manifest = record::run_record(&results, &written, &tally, stages.records());
    let counts = manifest.counts.clone();
    let published = stages.run("publish", || run.publish(manifest), record::publish_detail)?;
    Ok(record::summary(&results, &written, counts, window.as_of, &published))
}

/// Reads everything and writes nothing: what is there, what is bad, and how much memory a run will take.
///
/// # Errors
/// [`PipelineError`] when an input cannot be read at all; bad rows are part of the report.
pub fn check(plan: &Plan, observer: &dyn Observer) -> Result<CheckReport, PipelineError> {
    let limit_bytes = estimate::limit(plan);
    let mut stages = Stages::new(observer);
    let inputs = stages.run("read", || inputs::read(plan, limit_bytes, observer), record::read_detail)?;
    let linkage = stages.run("link", || link(plan, &inputs), record::link_detail);
    let people = people(plan, &inputs, &linkage);
    let starts = refuse(plan, limit_bytes, &inputs)
        .and_then(|()| inputs::refuse_unlinked(&inputs, &linkage))
        .and_then(|()| topics::starts(plan, &people));
    Ok(record::check_report(plan, limit_bytes, &inputs, &people, window(plan, &inputs), starts))
}

/// Reads all inputs; what no run can be made of is refused.
fn read(
    plan: &Plan,
    store: &Store,
    limit_bytes: Option<u64>,
    stages: &mut Stages<'_>,
    observer: &dyn Observer,
) -> Result<Inputs, PipelineError> {
    let mut inputs = stages.run("read", || inputs::read(plan, limit_bytes, observer), record::read_detail)?;
    refuse(plan, limit_bytes, &inputs)?;
    inputs.note_bad_files(plan, observer);
    record::assert_no_row_is_lost(&inputs)?;
    inputs.names = names::read(store, observer);
    Ok(inputs)
}

/// The guards between reading and work: too many bad rows, no event, no customer, too little memory.
fn refuse(plan: &Plan, limit_bytes: Option<u64>, inputs: &Inputs) -> Result<(), PipelineError> {
    inputs::refuse_bad_rows(plan, inputs)?;
    inputs::refuse_nothing(inputs)?;
    estimate::refuse_too_large(plan, limit_bytes, inputs)
}

fn link(plan: &Plan, inputs: &Inputs) -> identity::Linkage {
    identity::link(inputs.customers.as_ref(), &inputs.events.accounts, plan.consent)
}

/// The edges that the events make, which are used up by it, and what they say of exposures.
fn project(
    plan: &Plan,
    inputs: &mut Inputs,
    linkage: &identity::Linkage,
    window: &Window,
    channels: &Channels,
    stages: &mut Stages<'_>,
) -> Result<(Projection, Option<Exposures>), PipelineError> {
    let events = std::mem::take(&mut inputs.events.events);
    let count = || spread::exposures(plan, &events, linkage, window);
    let exposures = stages.run("exposures", count, |log| spread::exposures_detail(log.as_ref()));
    let node_count = linkage.parties.len();
    let project =
        || projection::project(&events, &linkage.node_of, node_count, &plan.weights, window, channels);
    let projection = stages.run("project", project, record::project_detail);
    inputs::refuse_all_ignored(&projection.tally)?;
    record::assert_strength_adds_up(&projection)?;
    Ok((projection, exposures))
}

/// The graph of projected edges in `form`, its nodes in an order for locality, and that order.
fn build(node_count: usize, blocks: Vec<EdgeBlock>, form: Form) -> (Graph, NodeOrder) {
    let numbers: Vec<NodeId> = (0..node_count).map(NodeId::new).collect();
    let order = graph::locality_order(node_count, &blocks, &numbers, Directions::AsWritten, None);
    let weighting = Weighting::FixedPoint { unit_log2: UNIT_LOG2 };
    let cfg = BuildConfig { directions: Directions::AsWritten, weighting, form };
    let graph = graph::build_blocks(node_count, blocks, order.place_of(), &cfg);
    (graph, order)
}

fn people<'a>(plan: &Plan, inputs: &'a Inputs, linkage: &'a identity::Linkage) -> People<'a> {
    People {
        customers: inputs.customers.as_ref().map_or(&[], |all| &all.customers),
        accounts: &inputs.events.accounts,
        linkage,
        // Without a CRM nobody has denied anything, and nobody has agreed to be contacted either.
        consent_without_crm: plan.consent.missing.max(Consent::Profile),
    }
}

/// Where PageRank starts if not from scratch.
fn warm_start(plan: &Plan, store: &Store, people: &People<'_>, observer: &dyn Observer) -> Option<Vec<f64>> {
    if !plan.warm_start {
        return None;
    }
    let last_night = ranking::last_night(store);
    let last_night = last_night
        .map_err(|why| observer.note(&format!("PageRank starts from scratch: {why}")))
        .unwrap_or_default();
    ranking::warm_start(people, &last_night)
}

/// Which events count: up to the moment asked for, or up to the newest event.
fn window(plan: &Plan, inputs: &Inputs) -> Window {
    let as_of: Option<Time> = match plan.as_of {
        AsOf::At(time) => Some(time),
        AsOf::NewestEvent => projection::newest(&inputs.events.events),
    };
    Window::ending_at(as_of, plan.window_s.map(u64::from))
}
