//! The committed answers of networkx on weighted graphs with loops: core numbers and HITS.

/// One graph, with the values that networkx computes for its nodes.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) node_count: usize,
    pub(crate) edges: Vec<(u32, u32, u64)>,
    pub(crate) core: Vec<u32>,
    pub(crate) hub: Vec<f64>,
    pub(crate) authority: Vec<f64>,
}

/// The cases of `tests/oracles/measures_networkx.csv`; the script that made them is beside it.
pub(crate) fn measures() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in include_str!("../../oracles/measures_networkx.csv").lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        if fields[0] == "case" {
            cases.push(Case {
                name: fields[1].to_owned(),
                node_count: fields[2].parse().unwrap(),
                edges: Vec::new(),
                core: Vec::new(),
                hub: Vec::new(),
                authority: Vec::new(),
            });
            continue;
        }
        let case = cases.last_mut().unwrap();
        match fields[0] {
            "edge" => case.edges.push((
                fields[1].parse().unwrap(),
                fields[2].parse().unwrap(),
                fields[3].parse().unwrap(),
            )),
            "node" => {
                case.core.push(fields[1].parse().unwrap());
                case.hub.push(fields[2].parse().unwrap());
                case.authority.push(fields[3].parse().unwrap());
            }
            other => panic!("row {other}"),
        }
    }
    cases
}
