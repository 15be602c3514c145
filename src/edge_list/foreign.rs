//! Recognizes files of other formats by their first rows, so that they are refused by name.

/// A format that is no edge list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ForeignFormat {
    pub(super) name: &'static str,
    pub(super) remedy: &'static str,
}

const EXPORT: &str = "write one edge per line, `source target` or `source target weight`; programs that draw or compute \
                      graphs, such as Gephi, igraph and networkx, export edge lists";
const UNFOLD: &str =
    "write one edge per line, `source target` or `source target weight`, for example with `jq -r`";

const fn format(name: &'static str) -> ForeignFormat {
    ForeignFormat { name, remedy: EXPORT }
}

/// A snapshot of a graph, which plaudit writes.
pub(super) const SNAPSHOT: ForeignFormat = ForeignFormat {
    name: "a snapshot of plaudit's graph, not an edge list",
    remedy: "give the edge list that the graph was built from",
};

/// A bipartite network, in which one number names two nodes.
const BIPARTITE: ForeignFormat = ForeignFormat {
    name: "bipartite: a number names one node on the left and another one on the right",
    remedy: "give the two sides different ids, for example `l1` and `r1`, and remove the line that says `bip`",
};

/// The format that the first line of a file names, even in a comment.
pub(super) fn by_first_line(line: &[u8]) -> Option<ForeignFormat> {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    (words.next() == Some(b"%") && words.next() == Some(b"bip")).then_some(BIPARTITE)
}

/// The format of a file that begins with these rows; empty rows stand for rows that are missing.
pub(super) fn by_first_rows(first: &[u8], second: &[u8]) -> Option<ForeignFormat> {
    let [first, second] = [first, second].map(|row| String::from_utf8_lossy(row).trim().to_ascii_lowercase());
    let begins = |starts: &[&str]| starts.iter().any(|start| first.starts_with(start));
    let word = first.split_whitespace().next().unwrap_or_default();
    if begins(&["<?xml", "<graphml", "<gexf", "<!--", "<!doctype"]) {
        return Some(format("XML, such as GraphML or GEXF"));
    }
    if is_json(&first, &second) {
        return Some(ForeignFormat { name: "JSON", remedy: UNFOLD });
    }
    if begins(&["*vertices", "*network", "*arcs", "*edges", "*matrix", "*partition"]) {
        return Some(format("a file of Pajek"));
    }
    if ["dl", "dl,"].contains(&word) && [&first, &second].iter().any(|row| row.contains('='))
        || begins(&["dl n="])
    {
        return Some(format("a DL file of UCINET"));
    }
    let is_gml = word == "graph" && (second.starts_with('[') || first.ends_with('['));
    if is_gml || begins(&["graph[", "creator \""]) {
        return Some(format("GML"));
    }
    let is_dot =
        ["graph", "digraph", "strict"].contains(&word) && (first.contains('{') || second.starts_with('{'));
    if is_dot || begins(&["graph{", "digraph{"]) {
        return Some(format("a DOT file of Graphviz"));
    }
    None
}

/// Whether the rows begin like JSON. Ids may begin with brackets, such as `[deleted]`.
fn is_json(first: &str, second: &str) -> bool {
    let Some(open) = first.chars().next().filter(|letter| "{[".contains(*letter)) else { return false };
    let inside = first[1..].trim_start();
    let inside = if inside.is_empty() { second } else { inside };
    match inside.chars().next() {
        None | Some('"' | '{' | '[' | '}' | ']') => true,
        Some(letter) => open == '[' && (letter.is_ascii_digit() || letter == '-') && first.contains(','),
    }
}
