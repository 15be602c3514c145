//! `plaudit algo`: reads an edge list, runs one kernel, writes its answer a line a node, in order of first appearance.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::Path,
    time::Instant,
};

use serde_json::{Map, Value, json};

use super::{
    args::{AlgoArgs, EdgeListArgs, Kernel, LabelPropagationArgs, LeidenArgs, PageRankArgs, ReachArgs},
    exit::CliError,
    kernels, output,
};
use crate::{
    community,
    event::{EdgeList, NodeIds, read_edge_list},
    graph::{self, Edge, Graph, Weighting, fixed_point},
    ids::{NodeId, id32, offset64},
    num,
    rank::{self, RankError, Teleport},
    reach,
    store::machine,
};

/// Runs `plaudit algo`.
///
/// # Errors
/// When a file cannot be read or written, or the kernel fails.
pub(super) fn run(args: &AlgoArgs) -> Result<(), CliError> {
    match &args.kernel {
        Kernel::Pagerank(args) => solve(&args.graph, |problem| pagerank(args, problem)),
        Kernel::Leiden(args) => solve(&args.graph, |problem| Ok(leiden(args, problem))),
        Kernel::LabelPropagation(args) => solve(&args.graph, |problem| Ok(label_propagation(args, problem))),
        Kernel::Components(args) => solve(&args.graph, |problem| Ok(components(problem))),
        Kernel::Reach(args) => solve(&args.graph, |problem| reach(args, problem)),
        Kernel::Stats(args) => solve(&args.graph, |problem| Ok(stats(problem))),
    }
}

/// A graph with the user's own ids.
struct Problem {
    graph: Graph,
    ids: NodeIds,
    /// By how many weight units an edge's weight may differ from what the file says.
    weight_error_units: f64,
}

/// What a kernel answers.
struct Answer {
    header: Vec<&'static str>,
    /// The rows, each with its first field.
    rows: Vec<Vec<String>>,
    /// What the kernel certifies, for `--timings`.
    figures: Vec<(&'static str, Value)>,
}

/// Reads, builds, computes, writes; each part is timed.
fn solve(
    args: &EdgeListArgs,
    kernel: impl FnOnce(&Problem) -> Result<Answer, CliError>,
) -> Result<(), CliError> {
    let start = Instant::now();
    let list = read_edge_list(&args.edges, args.nodes.as_deref())?;
    let read_s = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let weights: Option<Vec<f64>> =
        list.weighted.then(|| list.blocks.iter().flat_map(|block| &block.weights).copied().collect());
    let graph = build(&list, weights.as_deref(), args.undirected);
    let weight_error_units = weight_error_units(&graph, list.edge_count(), weights.as_deref());
    let problem = Problem { graph, ids: list.ids, weight_error_units };
    let build_s = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let answer = kernel(&problem)?;
    let compute_s = start.elapsed().as_secs_f64();

    match &args.output {
        Some(path) => write_file(path, |out| write_rows(&answer, out))?,
        None => output::to_stdout(|out| write_rows(&answer, out))?,
    }
    let Some(path) = &args.timings else { return Ok(()) };
    let timings = [
        ("nodes", json!(problem.graph.node_count())),
        ("edges", json!(problem.graph.edge_count())),
        ("read_s", json!(read_s)),
        ("build_s", json!(build_s)),
        ("compute_s", json!(compute_s)),
        ("peak_rss_bytes", json!(machine::peak_rss_bytes())),
    ];
    let timings: Map<String, Value> =
        timings.into_iter().chain(answer.figures).map(|(name, value)| (name.to_owned(), value)).collect();
    write_file(path, |out| writeln!(out, "{:#}", Value::Object(timings)))
}

/// The graph of an edge list.
fn build(list: &EdgeList, weights: Option<&[f64]>, undirected: bool) -> Graph {
    let (weights, weighting) = match weights {
        None => (None, Weighting::Unweighted),
        Some(weights) => {
            let fixed = fixed_point(weights);
            (Some(fixed.weights), Weighting::FixedPoint { unit_log2: fixed.unit_log2 })
        }
    };
    let mut edges = Vec::with_capacity(list.edge_count() * if undirected { 2 } else { 1 });
    for (position, ends) in list.blocks.iter().flat_map(|block| &block.ends).enumerate() {
        let [source, target] = ends.map(|end| NodeId(list.node_of[end as usize]));
        let weight = weights.as_ref().map_or(1, |weights| weights[position]);
        edges.push(Edge { source, target, weight });
        if undirected && source != target {
            edges.push(Edge { source: target, target: source, weight });
        }
    }
    graph::build(list.ids.len(), edges, weighting)
}

/// By how many units rounding may have moved the weight of an edge: not at all where all weights are multiples of the
/// unit, else by one, and by half of one more for each line that repeats an edge.
fn weight_error_units(graph: &Graph, line_count: usize, weights: Option<&[f64]>) -> f64 {
    let unit = graph.weight_unit();
    if weights.is_none_or(|weights| weights.iter().all(|weight| (weight / unit).fract() == 0.0)) {
        return 0.0;
    }
    1.0 + 0.5 * offset64(line_count).saturating_sub(graph.edge_count()) as f64
}

impl Problem {
    fn id(&self, node: NodeId) -> String {
        self.ids.id(node).into_owned()
    }

    /// One row a node, in order of first appearance: its id, then the fields that `fields` gives.
    fn rows(&self, fields: impl Fn(NodeId) -> Vec<String>) -> Vec<Vec<String>> {
        let row = |&node| [vec![self.id(node)], fields(node)].concat();
        self.ids.by_appearance().iter().map(row).collect()
    }

    /// The place of every node in the order of the ids: by number where all are integers, by text otherwise.
    fn id_order(&self) -> Vec<u32> {
        let mut nodes: Vec<NodeId> = self.graph.nodes().collect();
        if self.ids.is_numeric() {
            return nodes.into_iter().map(|node| node.0).collect();
        }
        let id = |node: &NodeId| self.ids.id(*node);
        let numbers: Option<Vec<i128>> = nodes.iter().map(|node| id(node).parse().ok()).collect();
        match &numbers {
            Some(numbers) => nodes.sort_unstable_by_key(|node| (numbers[node.index()], id(node))),
            None => nodes.sort_unstable_by_key(id),
        }
        let mut order = vec![0; nodes.len()];
        for (place, node) in nodes.into_iter().enumerate() {
            order[node.index()] = id32(place);
        }
        order
    }
}

fn pagerank(args: &PageRankArgs, problem: &Problem) -> Result<Answer, CliError> {
    let teleport = match &args.teleport {
        None => Teleport::Uniform,
        Some(path) => Teleport::Weights(read_teleport(path, &problem.ids)?),
    };
    let ranks =
        rank::pagerank(&problem.graph, &teleport, &kernels::pagerank_config(args)).map_err(|error| {
            let hint = match error {
                RankError::NotConverged { .. } => "raise `--max-rounds` or `--tolerance`",
                RankError::BadTolerance { .. } => "raise `--tolerance`",
                _ => "check the weights of `--teleport` and the other options; `plaudit algo pagerank --help` explains them",
            };
            CliError::input(format!("cannot rank `{}`: {error}", args.graph.edges.display())).hint(hint)
        })?;
    let rounding =
        rank::weight_rounding_bound(&problem.graph, &ranks, args.damping, problem.weight_error_units);
    Ok(Answer {
        header: vec!["node", "pagerank"],
        rows: problem.rows(|node| vec![ranks.score[node.index()].to_string()]),
        figures: vec![("rounds", json!(ranks.rounds)), ("error_bound", json!(ranks.error_bound + rounding))],
    })
}

/// The teleport weights of all nodes, 0 for those that the file does not name.
fn read_teleport(path: &Path, ids: &NodeIds) -> Result<Vec<f64>, CliError> {
    let shown = path.display();
    let failed = |error: io::Error| {
        CliError::input(format!("cannot read `{shown}`: {error}"))
            .hint("`--teleport` takes a plain text file that this user may read, `node weight` a line")
    };
    let reader = BufReader::new(File::open(path).map_err(failed)?);
    let mut weights = vec![0.0; ids.len()];
    for (number, line) in (1..).zip(reader.lines()) {
        let line = line.map_err(failed)?;
        if line.trim().is_empty() || line.starts_with(['#', '%']) {
            continue;
        }
        let bad = |why: String| {
            CliError::input(format!("cannot read a teleport weight at {shown}:{number}: {why}"))
                .hint("a line holds `node weight`, separated by blanks, comma or tab")
        };
        let fields: Vec<&str> = line.split([' ', '\t', ',']).filter(|field| !field.is_empty()).collect();
        let [id, weight] = fields[..] else { return Err(bad(format!("{} fields, not 2", fields.len()))) };
        let node = ids.find(id).ok_or_else(|| bad(format!("`{id}` is no node of the graph")))?;
        let weight: Option<f64> = weight.parse().ok().filter(|w: &f64| w.is_finite() && *w >= 0.0);
        weights[node.index()] += weight.ok_or_else(|| bad(format!("`{}` is no weight", fields[1])))?;
    }
    Ok(weights)
}

fn leiden(args: &LeidenArgs, problem: &Problem) -> Answer {
    let partition = community::leiden(&graph::symmetrise(&problem.graph), &kernels::leiden_config(args));
    Answer {
        header: vec!["node", "community"],
        rows: problem.rows(|node| vec![partition.community[node.index()].0.to_string()]),
        figures: vec![
            ("communities", json!(partition.count)),
            ("modularity", json!(partition.modularity)),
            ("levels", json!(partition.levels)),
        ],
    }
}

fn label_propagation(args: &LabelPropagationArgs, problem: &Problem) -> Answer {
    let labels = community::label_propagation(&problem.graph, &problem.id_order(), args.rounds);
    let mut distinct = labels.clone();
    distinct.sort_unstable();
    distinct.dedup();
    Answer {
        header: vec!["node", "label"],
        rows: problem.rows(|node| vec![problem.id(labels[node.index()])]),
        figures: vec![("rounds", json!(args.rounds)), ("labels", json!(distinct.len()))],
    }
}

fn components(problem: &Problem) -> Answer {
    let components = community::components(&problem.graph);
    let labels = community::smallest_member_by(&components.label, &problem.id_order());
    Answer {
        header: vec!["node", "component"],
        rows: problem.rows(|node| vec![problem.id(labels[node.index()])]),
        figures: vec![("components", json!(components.count))],
    }
}

fn reach(args: &ReachArgs, problem: &Problem) -> Result<Answer, CliError> {
    let reach = reach::reach(&problem.graph, &kernels::reach_config(args)).map_err(|error| {
        CliError::input(format!("cannot estimate reach: {error}"))
            .hint("check the options; `plaudit algo reach --help` explains them")
    })?;
    let fields = |node: NodeId| {
        let at = node.index();
        [reach.estimate[at], reach.low[at], reach.high[at]].map(|value| value.to_string()).to_vec()
    };
    let exact = reach.exact_count();
    Ok(Answer {
        header: vec!["node", "reach", "low", "high"],
        rows: problem.rows(fields),
        figures: vec![("reach_exact", json!(exact)), ("reach_sum", json!(num::block_sum(&reach.estimate)))],
    })
}

fn stats(problem: &Problem) -> Answer {
    let stats = graph::stats(&problem.graph);
    let components = offset64(community::components(&problem.graph).count);
    let rows = stats.rows().into_iter().chain([("components", components.to_string())]);
    Answer {
        header: vec!["statistic", "value"],
        rows: rows.map(|(name, value)| vec![name.to_owned(), value]).collect(),
        figures: vec![("components", json!(components))],
    }
}

fn write_rows(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(&answer.header)?;
    for row in &answer.rows {
        writer.write_record(row)?;
    }
    writer.flush()
}

fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    let outcome = File::create(path).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush()
    });
    outcome.map_err(|error| {
        CliError::input(format!("cannot write `{}`: {error}", path.display()))
            .hint("check that the folder exists, may be written and has room")
    })
}
