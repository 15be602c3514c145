//! Times plaudit, or the crates `graph_builder` and `graph`, on one file, and prints the measurements as JSON.
//!
//! `peers plaudit|graph FILE [--repeats N] [--ranks FILE] [--memory]`. One process measures one tool, so that the peak
//! memory of the process is that of the tool. To set the number of threads, pin the process to CPUs, because `graph`
//! starts one thread for each CPU that it may use. `peers.py all` runs all tools in turn and compares what they print.

mod memory;
mod ours;

use std::{
    env,
    fmt::Debug,
    fs,
    hint::black_box,
    io::{self, BufRead},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Instant,
};

use graph::page_rank::{PageRankConfig, page_rank};
use graph_builder::{
    input::ParseValue,
    prelude::{CsrLayout, DirectedCsrGraph, DirectedDegrees, EdgeListInput, Graph as _, GraphBuilder},
};
use memory::Sampler;
use plaudit::{
    graph::Graph as OurGraph,
    ids::{self, NodeId},
};
use serde_json::{Map, Value, json};

/// The command-line arguments.
struct Job {
    tool: String,
    file: PathBuf,
    repeats: usize,
    ranks: Option<PathBuf>,
    memory: bool,
}

fn main() -> ExitCode {
    let Some(job) = parse(env::args().skip(1)) else {
        eprintln!("usage: peers plaudit|graph FILE [--repeats N] [--ranks FILE] [--memory]");
        return ExitCode::from(2);
    };
    let weighted = third_field(&job.file);
    let mut figures = match (job.tool.as_str(), weighted) {
        ("plaudit", _) => plaudit(&job),
        (_, false) => theirs(&job),
        (_, true) => their_load::<f32>(&job).0,
    };
    figures.insert("tool".into(), json!(job.tool));
    figures.insert("weighted".into(), json!(weighted));
    figures.insert("threads".into(), json!(thread::available_parallelism().map_or(0, usize::from)));
    figures.insert("peak_rss_bytes".into(), json!(memory::peak_rss_bytes()));
    println!("{}", Value::Object(figures));
    ExitCode::SUCCESS
}

fn parse(mut words: impl Iterator<Item = String>) -> Option<Job> {
    let tool = words.next().filter(|tool| ["plaudit", "graph"].contains(&tool.as_str()))?;
    let file = PathBuf::from(words.next()?);
    let mut job = Job { tool, file, repeats: 5, ranks: None, memory: false };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--repeats" => job.repeats = words.next()?.parse().ok().filter(|repeats| *repeats > 0)?,
            "--ranks" => job.ranks = Some(words.next()?.into()),
            "--memory" => job.memory = true,
            _ => return None,
        }
    }
    Some(job)
}

/// Whether the first line of a file has a third field, the weight.
fn third_field(path: &Path) -> bool {
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut line = String::new();
    io::BufReader::new(file).read_line(&mut line).expect("the file is text");
    line.split_whitespace().count() > 2
}

/// Runs `work` `repeats` times and returns the seconds of each run and the last result. Dropping the earlier results is
/// not timed.
fn timed<T>(repeats: usize, mut work: impl FnMut() -> T) -> (Vec<f64>, T) {
    let (mut seconds, mut last) = (Vec::new(), None);
    for _ in 0..repeats {
        drop(last.take());
        let start = Instant::now();
        last = Some(black_box(work()));
        seconds.push(start.elapsed().as_secs_f64());
    }
    (seconds, last.expect("at least one run"))
}

fn plaudit(job: &Job) -> Map<String, Value> {
    let mut figures = Map::new();
    if job.memory {
        let (loaded, memory) = Sampler::around(|| ours::build(ours::read(&job.file)));
        memory.into_figures(&mut figures);
        figures.insert("graph_bytes".into(), json!(ours::bytes_at_rest(&loaded.graph)));
        figures.insert("edges".into(), json!(loaded.graph.edge_count()));
        return figures;
    }
    let (mut read_s, mut build_s) = (Vec::new(), Vec::new());
    let (load_s, loaded) = timed(job.repeats, || {
        let start = Instant::now();
        let list = ours::read(&job.file);
        read_s.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let loaded = ours::build(list);
        build_s.push(start.elapsed().as_secs_f64());
        loaded
    });
    let (pagerank_s, ranks) = timed(job.repeats, || ours::pagerank(&loaded.graph, 1e-8));
    figures.extend([
        ("nodes".into(), json!(loaded.graph.node_count())),
        ("edges".into(), json!(loaded.graph.edge_count())),
        ("load_s".into(), json!(load_s)),
        ("read_s".into(), json!(read_s)),
        ("build_s".into(), json!(build_s)),
        ("pagerank 1e-8".into(), runs(&pagerank_s, ranks.rounds as usize, ranks.score.iter().copied())),
        ("error_bound".into(), json!(ranks.error_bound)),
    ]);
    figures.insert("cohort 50".into(), cohort(job, &loaded.graph, &ranks.score));
    if let (Some(path), Some(numbers)) = (&job.ranks, ours::numbers(&loaded)) {
        write_ranks(path, numbers.into_iter().zip(ranks.score));
    }
    figures
}

/// Selects fifty seed nodes with random seeds 1, 2, …, without and with the top fifty nodes by PageRank as a baseline;
/// returns the spread of each seed set, and the spread of the top fifty by audience and by PageRank.
fn cohort(job: &Job, graph: &OurGraph, score: &[f64]) -> Value {
    let tops = ours::tops(graph, score);
    let rivals = [&tops[1].1[..]];
    let of = |rivals: &[&[NodeId]]| {
        let (mut seed, mut spreads) = (0, Vec::new());
        let (seconds, found) = timed(job.repeats, || {
            seed += 1;
            ours::cohort(graph, rivals, seed)
        });
        for seed in 1..=seed {
            let found = ours::cohort(graph, rivals, seed);
            let nodes: Vec<_> = found.picks.iter().map(|pick| pick.node).collect();
            spreads.push(ours::spread(graph, &nodes));
        }
        json!({
            "seconds": seconds,
            "certificate": found.certificate,
            "sets": found.rr_sets,
            "list_bytes": found.index.bytes,
            "list_entries": found.index.entries,
            "spreads": spreads,
        })
    };
    let mut figures = Map::from_iter([("alone".to_owned(), of(&[])), ("with PageRank".to_owned(), of(&rivals))]);
    for (name, nodes) in tops {
        figures.insert(format!("spread of top by {name}"), json!(ours::spread(graph, &nodes)));
    }
    Value::Object(figures)
}

/// Measures `graph_builder`, then `graph`.
fn theirs(job: &Job) -> Map<String, Value> {
    let (mut figures, graph) = their_load::<()>(job);
    let Some(graph) = graph else { return figures };
    let nodes: Vec<u32> = named(&graph).collect();
    for (name, tolerance) in [("pagerank 1e-4", 1e-4), ("pagerank 1e-8", 1e-8)] {
        let cfg = PageRankConfig::new(1000, tolerance, 0.85);
        let (seconds, (scores, rounds, _)) = timed(job.repeats, || page_rank(&graph, cfg));
        let scores = || nodes.iter().map(|&v| f64::from(scores[ids::index64(v.into())]));
        figures.insert(name.into(), runs(&seconds, rounds, scores()));
        if let Some(path) = &job.ranks {
            let path = path.with_extension(name.replace("pagerank ", ""));
            write_ranks(&path, nodes.iter().map(|&v| u64::from(v)).zip(scores()));
        }
    }
    figures
}

/// Builds with `graph_builder`; each edge carries an `EV`. Returns the graph unless only memory is measured.
fn their_load<EV>(job: &Job) -> (Map<String, Value>, Option<DirectedCsrGraph<u32, (), EV>>)
where
    EV: ParseValue + Debug + Copy + Default + PartialOrd + Send + Sync,
{
    let load = |layout| -> DirectedCsrGraph<u32, (), EV> {
        let builder = GraphBuilder::new().csr_layout(layout).file_format(EdgeListInput::default());
        builder.path(&job.file).build().unwrap_or_else(|error| panic!("{}: {error}", job.file.display()))
    };
    let mut figures = Map::new();
    if job.memory {
        let (graph, memory) = Sampler::around(|| load(CsrLayout::Sorted));
        memory.into_figures(&mut figures);
        figures.insert("edges".into(), json!(graph.edge_count()));
        return (figures, None);
    }
    // First with repeated edges merged and loops dropped, which is closest to what plaudit builds; then with rows only
    // sorted.
    let (load_dedup_s, graph) = timed(job.repeats, || load(CsrLayout::Deduplicated));
    drop(graph);
    let (load_s, graph) = timed(job.repeats, || load(CsrLayout::Sorted));
    figures.extend([
        ("nodes".into(), json!(named(&graph).count())),
        ("slots".into(), json!(graph.node_count())),
        ("edges".into(), json!(graph.edge_count())),
        ("load_s".into(), json!(load_s)),
        ("load_dedup_s".into(), json!(load_dedup_s)),
    ]);
    (figures, Some(graph))
}

/// The nodes that have edges; the crate also creates a node for every number below the largest in the file.
fn named<EV>(graph: &DirectedCsrGraph<u32, (), EV>) -> impl Iterator<Item = u32>
where
    DirectedCsrGraph<u32, (), EV>: DirectedDegrees<u32>,
{
    (0..graph.node_count()).filter(|&v| graph.out_degree(v) + graph.in_degree(v) > 0)
}

fn runs(seconds: &[f64], rounds: usize, scores: impl Iterator<Item = f64>) -> Value {
    json!({ "seconds": seconds, "rounds": rounds, "sum": scores.sum::<f64>() })
}

/// Writes node and score, 8 bytes each.
fn write_ranks(path: &Path, ranks: impl Iterator<Item = (u64, f64)>) {
    let bytes: Vec<u8> =
        ranks.flat_map(|(node, score)| [node.to_le_bytes(), score.to_le_bytes()]).flatten().collect();
    fs::write(path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
