//! The small graphs of LDBC Graphalytics with their reference answers, if the data is present.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use plaudit::graph::Graph;

use super::graphs;

/// One graph and its answer.
pub(crate) struct Case {
    pub(crate) graph: Graph,
    /// The id of each node in the file, in the order of lines.
    pub(crate) ids: Vec<u64>,
    /// The answer of each node, as text.
    pub(crate) answer: Vec<String>,
}

impl Case {
    /// The index of each node when the ids of the file are sorted.
    pub(crate) fn order(&self) -> Vec<u32> {
        let mut sorted = self.ids.clone();
        sorted.sort_unstable();
        self.ids.iter().map(|id| sorted.binary_search(id).unwrap() as u32).collect()
    }

    /// The answers as numbers.
    pub(crate) fn values<T: std::str::FromStr<Err: std::fmt::Debug>>(&self) -> Vec<T> {
        self.answer.iter().map(|value| value.parse().unwrap()).collect()
    }
}

/// Reads the adjacency list `input` and the answer `output`, both below the folder `ldbc`; undirected lists already
/// hold every edge at both ends. Returns `None` and prints a line if the data is not there.
#[expect(clippy::print_stdout, reason = "a test that was skipped says so")]
pub(crate) fn case(input: &str, output: &str) -> Option<Case> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = env::var_os("PLAUDIT_DATA").map_or_else(beside, PathBuf::from).join("ldbc");
    let Ok(lists) = fs::read_to_string(folder.join(input)) else {
        println!("skipped: no {input} in {}", folder.display());
        return None;
    };
    let rows: Vec<Vec<u64>> = lists.lines().map(numbers).filter(|row| !row.is_empty()).collect();
    let node: BTreeMap<u64, u32> = rows.iter().zip(0..).map(|(row, v)| (row[0], v)).collect();
    let edges: Vec<(u32, u32)> =
        rows.iter().flat_map(|row| row[1..].iter().map(|v| (node[&row[0]], node[v]))).collect();
    let answers = fs::read_to_string(folder.join(output)).unwrap();
    let answers: BTreeMap<u64, &str> = answers
        .lines()
        .filter_map(|line| line.split_once(char::is_whitespace))
        .map(|(id, value)| (id.parse().unwrap(), value.trim()))
        .collect();
    let ids: Vec<u64> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(answers.len(), ids.len(), "{output} answers for every node of {input}");
    let answer = ids.iter().map(|id| answers[id].to_owned()).collect();
    Some(Case { graph: graphs::plain(ids.len(), &edges), ids, answer })
}

fn numbers(line: &str) -> Vec<u64> {
    line.split_whitespace().map(|field| field.parse().unwrap()).collect()
}
