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
    algo_cohort, algo_measures,
    args::{AlgoArgs, EdgeListArgs, Kernel, LabelPropagationArgs, LeidenArgs, PageRankArgs, ReachArgs},
    exit::CliError,
    kernels, output,
    problem::{self, Problem},
    progress,
};
use crate::{
    community,
    edge_list::{EdgeList, read_edge_list},
    graph::{self, Directions, Storage},
    ids::{NodeId, offset64},
    num,
    rank::{self, RankError, Teleport},
    reach,
    store::memory,
};

/// Runs `plaudit algo`.
///
/// # Errors
/// When a file cannot be read or written, or the kernel fails.
pub(super) fn run(args: &AlgoArgs) -> Result<(), CliError> {
    match &args.kernel {
        Kernel::Pagerank(args) => {
            refuse_overwriting(&args.graph, args.teleport.as_deref())?;
            solve(&args.graph, |problem| pagerank(args, problem))
        }
        Kernel::Leiden(args) => {
            if let Some(most) = args.max_size.filter(|&most| most < args.min_size) {
                let least = args.min_size;
                return Err(CliError::usage(format!("--min-size {least} is above --max-size {most}"))
                    .hint("a community cannot be both: leave one out"));
            }
            solve(&args.graph, |problem| Ok(leiden(args, problem)))
        }
        Kernel::LabelPropagation(args) => solve(&args.graph, |problem| Ok(label_propagation(args, problem))),
        Kernel::Hits(args) => solve(&args.graph, |problem| algo_measures::hits(args, problem)),
        Kernel::CoreNumbers(args) => solve(&args.graph, |problem| Ok(algo_measures::core_numbers(problem))),
        Kernel::Components(args) => solve(&args.graph, |problem| Ok(components(problem))),
        Kernel::Reach(args) => solve(&args.graph, |problem| reach(args, problem)),
        Kernel::Cohort(args) => solve_whole(&args.graph, |problem| algo_cohort::cohort(args, problem)),
        Kernel::Stats(args) => solve_whole(&args.graph, |problem| Ok(stats(problem))),
    }
}

/// The result of an algorithm.
pub(super) struct Answer {
    pub(super) header: Vec<&'static str>,
    pub(super) rows: AnswerRows,
    /// Counts and certificates, for `--timings`.
    pub(super) figures: Vec<(&'static str, Value)>,
}

/// The fields of a node's row after its id.
type NodeFields = dyn Fn(&Problem, NodeId) -> Vec<String>;

pub(super) enum AnswerRows {
    /// One row per node: its id, then these fields, which are formatted only while they are written.
    OfNodes(Box<NodeFields>),
    /// Whole rows.
    Listed(Vec<Vec<String>>),
}

impl AnswerRows {
    pub(super) fn of_nodes(fields: impl Fn(&Problem, NodeId) -> Vec<String> + 'static) -> Self {
        Self::OfNodes(Box::new(fields))
    }
}

/// Answers with one row per node, in order of first appearance.
fn solve(
    args: &EdgeListArgs,
    kernel: impl FnOnce(&Problem) -> Result<Answer, CliError>,
) -> Result<(), CliError> {
    answer(args, EdgeList::by_appearance, kernel)
}

/// Answers for the graph as a whole, without computing an order of the nodes.
fn solve_whole(
    args: &EdgeListArgs,
    kernel: impl FnOnce(&Problem) -> Result<Answer, CliError>,
) -> Result<(), CliError> {
    answer(args, |_| Vec::new(), kernel)
}

/// Reads the edge list, builds the graph, computes and writes the answer; each phase is timed.
fn answer(
    args: &EdgeListArgs,
    order: impl FnOnce(&EdgeList) -> Vec<NodeId>,
    kernel: impl FnOnce(&Problem) -> Result<Answer, CliError>,
) -> Result<(), CliError> {
    refuse_overwriting(args, args.nodes.as_deref())?;
    let start = Instant::now();
    let list = read_edge_list(&args.edges, args.nodes.as_deref())?;
    if list.edge_count() == 0 {
        // An empty file was refused when it was opened.
        let what = format!("`{}` holds comments and blank lines only; expected rows", args.edges.display());
        return Err(
            CliError::input(what).hint("write one edge per line, `source target` or `source target weight`")
        );
    }
    let by_appearance = order(&list);
    let read_s = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let directions = if args.undirected { Directions::Both } else { Directions::AsWritten };
    let form = problem::form(&list, directions, args.memory_limit)?;
    if form == Storage::Compressed {
        progress::note("the graph is compressed, because an uncompressed one might exceed the memory limit");
    }
    let problem = Problem::new(list, by_appearance, directions, form);
    let build_s = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let answer = kernel(&problem)?;
    let compute_s = start.elapsed().as_secs_f64();

    match &args.output {
        Some(path) => output::to_file(path, |out| write_rows(&answer, &problem, out))?,
        None => output::to_stdout(|out| write_rows(&answer, &problem, out))?,
    }
    let Some(path) = &args.timings else { return Ok(()) };
    let timings = [
        ("nodes", json!(problem.graph().node_count())),
        ("edges", json!(problem.graph().edge_count())),
        ("form", json!(problem.graph().storage().name())),
        ("graph_bytes", json!(problem.graph().bytes())),
        ("read_s", json!(read_s)),
        ("build_s", json!(build_s)),
        ("compute_s", json!(compute_s)),
        ("peak_rss_bytes", json!(memory::peak_rss_bytes())),
    ];
    let timings: Map<String, Value> =
        timings.into_iter().chain(answer.figures).map(|(name, value)| (name.to_owned(), value)).collect();
    output::to_file(path, |out| writeln!(out, "{:#}", Value::Object(timings)))
}

/// Refuses to overwrite a file that is read, and to write two answers to one file.
fn refuse_overwriting(args: &EdgeListArgs, other: Option<&Path>) -> Result<(), CliError> {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut taken: Vec<PathBuf> = [Some(&*args.edges), other].into_iter().flatten().map(real).collect();
    for path in [&args.output, &args.timings].into_iter().flatten() {
        let real = real(path);
        // Devices and pipes hold nothing that could be lost.
        if taken.contains(&real) && (real.is_file() || !real.exists()) {
            return Err(CliError::input(format!("cannot write `{}`", path.display()))
                .why("it is named twice")
                .hint("give the answer a file of its own"));
        }
        taken.push(real);
    }
    Ok(())
}

fn pagerank(args: &PageRankArgs, problem: &Problem) -> Result<Answer, CliError> {
    let teleport = match &args.teleport {
        None => Teleport::Uniform,
        Some(path) => Teleport::Weights(problem.read_teleport(path)?),
    };
    let ranks =
        rank::pagerank(problem.graph(), &teleport, &kernels::pagerank_config(args)).map_err(|error| {
            if let (RankError::BadTeleportSum { .. }, Some(path)) = (&error, &args.teleport) {
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
        rank::weight_rounding_bound(problem.graph(), &ranks, args.damping, problem.weight_error_units());
    if rounding > args.tolerance {
        progress::note(&format!(
            "the weights differ so much that the smallest are rounded coarsely: ranks may be off by {rounding:.1e} in \
             all (L1), more than `--tolerance`"
        ));
    }
    Ok(Answer {
        header: vec!["node", "pagerank"],
        figures: vec![("rounds", json!(ranks.rounds)), ("error_bound", json!(ranks.error_bound + rounding))],
        rows: AnswerRows::of_nodes(move |_, node| vec![ranks.score[node.index()].to_string()]),
    })
}

fn leiden(args: &LeidenArgs, problem: &Problem) -> Answer {
    let start = Instant::now();
    let symmetric = graph::symmetrize(problem.graph());
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

fn label_propagation(args: &LabelPropagationArgs, problem: &Problem) -> Answer {
    let labels = community::label_propagation(problem.graph(), &problem.id_order(), args.rounds);
    let mut distinct = labels.clone();
    distinct.sort_unstable();
    distinct.dedup();
    Answer {
        header: vec!["node", "label"],
        rows: AnswerRows::of_nodes(move |problem, node| vec![problem.id(labels[node.index()])]),
        figures: vec![("rounds", json!(args.rounds)), ("labels", json!(distinct.len()))],
    }
}

fn components(problem: &Problem) -> Answer {
    let components = community::components(problem.graph());
    let labels = community::smallest_member_by(&components.label, &problem.id_order());
    Answer {
        header: vec!["node", "component"],
        rows: AnswerRows::of_nodes(move |problem, node| vec![problem.id(labels[node.index()])]),
        figures: vec![("components", json!(components.count))],
    }
}

fn reach(args: &ReachArgs, problem: &Problem) -> Result<Answer, CliError> {
    let reach = reach::reach(problem.graph(), &kernels::reach_config(args)).map_err(|error| {
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

fn stats(problem: &Problem) -> Answer {
    let stats = graph::stats(problem.graph());
    let components = offset64(community::components(problem.graph()).count);
    let rows = stats.rows().into_iter().chain([("components", components.to_string())]);
    Answer {
        header: vec!["statistic", "value"],
        rows: AnswerRows::Listed(rows.map(|(name, value)| vec![name.to_owned(), value]).collect()),
        figures: vec![("components", json!(components))],
    }
}

fn write_rows(answer: &Answer, problem: &Problem, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(&answer.header)?;
    match &answer.rows {
        AnswerRows::Listed(rows) => rows.iter().try_for_each(|row| writer.write_record(row))?,
        AnswerRows::OfNodes(fields) => {
            for node in problem.by_appearance() {
                writer.write_field(problem.id(node))?;
                writer.write_record(fields(problem, node))?;
            }
        }
    }
    writer.flush()
}
