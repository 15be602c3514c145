//! `plaudit algo`: reads an edge list, runs one graph algorithm, and writes one row per node in order of first
//! appearance.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use serde_json::{Map, Value, json};

use super::{
    algo_cohort::{self, CohortWeights},
    algo_measures,
    args::{AlgoArgs, EdgeListArgs, Kernel, LabelPropagationArgs, LeidenArgs, PageRankArgs, ReachArgs},
    exit::CliError,
    kernels, output, progress,
};
use crate::{
    community::{self, Quality},
    config::{MemoryLimit, defaults},
    edge_list::{self, EdgeList, EdgeListOptions, HeaderLine, LabeledGraph, MemoryBudget, read_edge_list},
    graph::{self, Directions, Storage},
    ids::{NodeId, offset64},
    num,
    rank::{self, RankError, Teleport},
    reach,
    store::memory,
    text::{counted, noun},
};

pub(super) fn run(args: &AlgoArgs) -> Result<(), CliError> {
    match &args.kernel {
        Kernel::Pagerank(args) => {
            refuse_overwriting(&args.graph, args.teleport.as_deref())?;
            let order = |list: &mut EdgeList| {
                // Only the shares within each row count. With every edge in both directions, a line is in two rows.
                if !args.graph.undirected {
                    list.scale_rows();
                }
                list.by_first_appearance()
            };
            answer(&args.graph, order, |labeled| pagerank(args, labeled))
        }
        Kernel::Leiden(args) => {
            if let Some(most) = args.max_size.filter(|&most| most < args.min_size) {
                let least = args.min_size;
                return Err(CliError::usage(format!("--min-size {least} is above --max-size {most}"))
                    .hint("no community can satisfy both limits; omit one of them"));
            }
            // Modularity ignores directions. With every edge in both, a self-loop would weigh half of what it should.
            let both_ways = args.graph.undirected && args.quality == Quality::Cpm;
            let edges = EdgeListArgs { undirected: both_ways, ..args.graph.clone() };
            solve(&edges, |labeled| Ok(leiden(args, labeled)))
        }
        Kernel::LabelPropagation(args) => solve(&args.graph, |labeled| Ok(label_propagation(args, labeled))),
        Kernel::Hits(args) => solve(&args.graph, |labeled| algo_measures::hits(args, labeled)),
        Kernel::CoreNumbers(args) => solve(&args.graph, |labeled| Ok(algo_measures::core_numbers(labeled))),
        Kernel::Components(args) => solve(&args.graph, |labeled| Ok(components(labeled))),
        Kernel::Reach(args) => solve(&args.graph, |labeled| reach(args, labeled)),
        Kernel::Cohort(args) => {
            let order = |list: &mut EdgeList| {
                if algo_cohort::weights(args) == CohortWeights::SharesOfRows {
                    list.scale_rows();
                }
                Vec::new()
            };
            answer(&args.graph, order, |labeled| algo_cohort::cohort(args, labeled))
        }
        Kernel::Stats(args) => solve_whole(&args.graph, |labeled| Ok(stats(labeled))),
    }
}

pub(super) struct Answer {
    pub(super) header: Vec<&'static str>,
    pub(super) rows: AnswerRows,
    /// Counts and certificates for the file of `--timings`.
    pub(super) figures: Vec<(&'static str, Value)>,
}

/// A function that returns the fields of a node's row after its id.
type NodeFields = dyn Fn(&LabeledGraph, NodeId) -> Vec<String>;

pub(super) enum AnswerRows {
    /// One row per node: its id, then the fields that the function returns; they are formatted only while they are
    /// written.
    OfNodes(Box<NodeFields>),
    Listed(Vec<Vec<String>>),
}

impl AnswerRows {
    pub(super) fn of_nodes(fields: impl Fn(&LabeledGraph, NodeId) -> Vec<String> + 'static) -> Self {
        Self::OfNodes(Box::new(fields))
    }
}

/// Computes and writes an answer with one row per node, in order of first appearance.
fn solve(
    args: &EdgeListArgs,
    kernel: impl FnOnce(&LabeledGraph) -> Result<Answer, CliError>,
) -> Result<(), CliError> {
    answer(args, |list| list.by_first_appearance(), kernel)
}

/// Computes and writes an answer about the graph as a whole, without computing an order of the nodes.
fn solve_whole(
    args: &EdgeListArgs,
    kernel: impl FnOnce(&LabeledGraph) -> Result<Answer, CliError>,
) -> Result<(), CliError> {
    answer(args, |_| Vec::new(), kernel)
}

/// Reads the edge list, builds the graph, computes and writes the answer; each phase is timed. `order` returns the
/// order of the rows, and may change the weights.
fn answer(
    args: &EdgeListArgs,
    order: impl FnOnce(&mut EdgeList) -> Vec<NodeId>,
    kernel: impl FnOnce(&LabeledGraph) -> Result<Answer, CliError>,
) -> Result<(), CliError> {
    refuse_overwriting(args, args.nodes.as_deref())?;
    let start = Instant::now();
    let mut list = read_edge_list(&args.edges, args.nodes.as_deref(), &edge_list_options(args))?;
    let skipped = note_skipped(args, &list);
    if list.edge_count() == 0 {
        // An empty file is refused on opening, so this file has lines but no edges.
        let held = if list.skipped.header.is_some() { "a header, comments" } else { "comments" };
        let what = format!("`{}` contains only {held} and blank lines; expected rows", args.edges.display());
        return Err(
            CliError::input(what).hint("write one edge per line, `source target` or `source target weight`")
        );
    }
    let numbers = order(&mut list);
    let read_s = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let directions = if args.undirected { Directions::Both } else { Directions::AsWritten };
    let storage = fitting_storage(&list, directions, args.memory_limit)?;
    if storage == Storage::Compressed {
        progress::note("the graph is compressed, because an uncompressed one might exceed the memory limit");
    }
    let labeled = edge_list::build_graph(list, directions, storage);
    let order: Vec<NodeId> = numbers.iter().map(|&number| labeled.node(number)).collect();
    let build_s = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let answer = kernel(&labeled)?;
    let compute_s = start.elapsed().as_secs_f64();

    match &args.output {
        Some(path) => output::to_file(path, |out| write_rows(&answer, &labeled, &order, out))?,
        None => output::to_stdout(|out| write_rows(&answer, &labeled, &order, out))?,
    }
    let Some(path) = &args.timings else { return Ok(()) };
    let timings = [
        ("nodes", json!(labeled.graph.node_count())),
        ("edges", json!(labeled.graph.edge_count())),
        ("form", json!(labeled.graph.storage().name())),
        ("graph_bytes", json!(labeled.graph.bytes())),
        ("read_s", json!(read_s)),
        ("build_s", json!(build_s)),
        ("compute_s", json!(compute_s)),
        ("peak_rss_bytes", json!(memory::peak_rss_bytes())),
    ];
    let timings: Map<String, Value> = timings
        .into_iter()
        .chain(skipped)
        .chain(answer.figures)
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    output::to_file(path, |out| writeln!(out, "{:#}", Value::Object(timings)))
}

/// The graph storage that fits into `limit` bytes or, without a limit, into most of the machine's free memory.
fn fitting_storage(list: &EdgeList, directions: Directions, limit: Option<u64>) -> Result<Storage, CliError> {
    let limit = limit
        .map_or(MemoryLimit::ShareOfAvailable { percent: defaults::MEMORY_PERCENT }, MemoryLimit::Bytes)
        .bytes(|| memory::available().bytes());
    let Some(limit_bytes) = limit else { return Ok(Storage::Plain) };
    let budget = MemoryBudget { limit_bytes, resident_bytes: memory::rss_bytes().unwrap_or(0) };
    Ok(edge_list::fitting_storage(list, directions, &budget)?)
}

/// Refuses to overwrite an input file, and to write two answers to one file.
fn refuse_overwriting(args: &EdgeListArgs, other: Option<&Path>) -> Result<(), CliError> {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut taken: Vec<PathBuf> = [Some(&*args.edges), other].into_iter().flatten().map(real).collect();
    for path in [&args.output, &args.timings].into_iter().flatten() {
        let real = real(path);
        // Devices and pipes have no contents that could be lost.
        if taken.contains(&real) && (real.is_file() || !real.exists()) {
            return Err(CliError::input(format!("cannot write `{}`", path.display()))
                .why("it is named twice")
                .hint("name a different file for the answer"));
        }
        taken.push(real);
    }
    Ok(())
}

fn edge_list_options(args: &EdgeListArgs) -> EdgeListOptions {
    EdgeListOptions {
        delimiter: args.delimiter,
        quoting: args.quoting,
        comments: !args.no_comments,
        header: !args.no_header,
        ignore_weights: args.ignore_weights,
        ..EdgeListOptions::default()
    }
}

/// Notes the lines that are skipped although they may be meant as rows, and returns their figures.
fn note_skipped(args: &EdgeListArgs, list: &EdgeList) -> [(&'static str, Value); 2] {
    let nodes = args.nodes.iter().map(|path| (path, &list.skipped_in_nodes, "node"));
    for (path, skipped, row) in std::iter::once((&args.edges, &list.skipped, "edge")).chain(nodes) {
        let path = path.display();
        if let Some(HeaderLine { line, text }) = &skipped.header {
            progress::note(&format!(
                "{path}:{line}: `{text}` is a header and is skipped; `--no-header` reads it as a row"
            ));
        }
        if skipped.comments > 0 {
            let lines = counted(skipped.comments, "line that begins", "lines that begin");
            let are = noun(skipped.comments, "is skipped as a comment", "are skipped as comments");
            progress::note(&format!(
                "{path}: {lines} with # or % behind the first {row} {are}; `--no-comments` reads such lines"
            ));
        }
    }
    let header = list.skipped.header.as_ref().map(|header| header.line);
    [("header_line", json!(header)), ("comment_lines", json!(list.skipped.comments))]
}

/// A smaller rounding error of ranks changes no digit that anybody compares.
const NOTED_ROUNDING: f64 = 1e-6;

fn pagerank(args: &PageRankArgs, labeled: &LabeledGraph) -> Result<Answer, CliError> {
    let teleport = match &args.teleport {
        None => Teleport::Uniform,
        Some(path) => Teleport::Weights(labeled.read_node_weights(path)?),
    };
    let ranks =
        rank::pagerank(&labeled.graph, &teleport, &kernels::pagerank_config(args)).map_err(|error| {
            if let (RankError::BadSum { .. }, Some(path)) = (&error, &args.teleport) {
                return CliError::input(format!("cannot use `{}`", path.display()))
                    .why(error)
                    .hint("at least one weight must be above 0, and their sum below 1e308");
            }
            let hint = match error {
                RankError::NotConverged { .. } => "raise `--max-rounds` or `--tolerance`",
                RankError::BadTolerance { .. } => "raise `--tolerance`",
                _ => "check the options; `plaudit algo pagerank --help` explains them",
            };
            CliError::input(format!("cannot rank `{}`", args.graph.edges.display())).why(error).hint(hint)
        })?;
    let rounding =
        rank::weight_rounding_bound(&labeled.graph, &ranks, args.damping, labeled.weight_error_units);
    if rounding > args.tolerance.max(NOTED_ROUNDING) {
        progress::note(&format!(
            "the weights differ so much that the smallest are rounded coarsely: the L1 error of the ranks may reach \
             {rounding:.1e}, more than `--tolerance`"
        ));
    }
    Ok(Answer {
        header: vec!["node", "pagerank"],
        figures: vec![("rounds", json!(ranks.rounds)), ("error_bound", json!(ranks.error_bound + rounding))],
        rows: AnswerRows::of_nodes(move |_, node| vec![ranks.score[node.index()].to_string()]),
    })
}

fn leiden(args: &LeidenArgs, labeled: &LabeledGraph) -> Answer {
    let start = Instant::now();
    let symmetric = graph::symmetrize(&labeled.graph);
    let symmetrise_s = start.elapsed().as_secs_f64();
    let partition = community::leiden(&symmetric, &kernels::leiden_config(args));
    let hierarchy = args.hierarchy.then(|| partition.hierarchy());
    Answer {
        header: if args.hierarchy { vec!["node", "community", "path"] } else { vec!["node", "community"] },
        figures: vec![
            ("communities", json!(partition.count)),
            ("modularity", json!(partition.modularity)),
            ("quality", json!(partition.quality)),
            ("levels", json!(partition.levels())),
            ("symmetrise_s", json!(symmetrise_s)),
        ],
        rows: AnswerRows::of_nodes(move |_, node| {
            let community = partition.community[node.index()].0;
            let path = hierarchy.iter().map(|hierarchy| hierarchy.path(community, node));
            std::iter::once(community.to_string()).chain(path).collect()
        }),
    }
}

fn label_propagation(args: &LabelPropagationArgs, labeled: &LabeledGraph) -> Answer {
    let labels = community::label_propagation(&labeled.graph, &labeled.id_order(), args.rounds);
    let mut distinct = labels.clone();
    distinct.sort_unstable();
    distinct.dedup();
    Answer {
        header: vec!["node", "label"],
        rows: AnswerRows::of_nodes(move |labeled, node| vec![labeled.id(labels[node.index()]).into_owned()]),
        figures: vec![("rounds", json!(args.rounds)), ("labels", json!(distinct.len()))],
    }
}

fn components(labeled: &LabeledGraph) -> Answer {
    let components = community::components(&labeled.graph);
    let labels = community::smallest_member_by(&components.label, &labeled.id_order());
    Answer {
        header: vec!["node", "component"],
        rows: AnswerRows::of_nodes(move |labeled, node| vec![labeled.id(labels[node.index()]).into_owned()]),
        figures: vec![("components", json!(components.count))],
    }
}

fn reach(args: &ReachArgs, labeled: &LabeledGraph) -> Result<Answer, CliError> {
    let reach = reach::reach(&labeled.graph, &kernels::reach_config(args)).map_err(|error| {
        CliError::input("cannot count k-hop audiences")
            .why(error)
            .hint("check the options; `plaudit algo reach --help` explains them")
    })?;
    let figures = vec![
        ("reach_exact", json!(reach.exact_count())),
        ("reach_sum", json!(num::block_sum(&reach.estimate))),
    ];
    let rows = AnswerRows::of_nodes(move |_, node| {
        let at = node.index();
        let decayed = &reach.decayed;
        let nodes = [reach.estimate[at], reach.low[at], reach.high[at]];
        let decayed = [decayed.estimate[at], decayed.low[at], decayed.high[at]];
        nodes.into_iter().chain(decayed).map(|value| value.to_string()).collect()
    });
    let header = vec!["node", "reach", "low", "high", "decayed_reach", "decayed_low", "decayed_high"];
    Ok(Answer { header, rows, figures })
}

fn stats(labeled: &LabeledGraph) -> Answer {
    let stats = graph::stats(&labeled.graph);
    let components = offset64(community::components(&labeled.graph).count);
    let rows = stats.rows().into_iter().chain([("components", components.to_string())]);
    Answer {
        header: vec!["statistic", "value"],
        rows: AnswerRows::Listed(rows.map(|(name, value)| vec![name.to_owned(), value]).collect()),
        figures: vec![("components", json!(components))],
    }
}

fn write_rows(
    answer: &Answer,
    labeled: &LabeledGraph,
    order: &[NodeId],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(&answer.header)?;
    match &answer.rows {
        AnswerRows::Listed(rows) => rows.iter().try_for_each(|row| writer.write_record(row))?,
        AnswerRows::OfNodes(fields) => {
            for &node in order {
                writer.write_field(labeled.id(node).as_ref())?;
                writer.write_record(fields(labeled, node))?;
            }
        }
    }
    writer.flush()
}
