//! A finished run in the form that campaigns use: its people, its graph, and how influence spreads over the graph.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{CampaignError, Formula};
use crate::{
    analysis,
    config::{PeopleSelector, Probability, diffusion_word},
    event::Time,
    graph::Graph,
    ids::{NodeId, id32},
    influence::{Diffusion, EdgeProbability, SpreadModel},
    selection::{self, ContactConsent},
    store::{Run, Table},
    tables::{RunTable, Status, graphs, record_keys, scores},
};

/// The value for a node without a row: it is withheld.
pub(super) const NO_ROW: u32 = u32::MAX;

/// A spread model to use in place of the spread model of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SpreadModelOptions {
    pub probability: Option<ProbabilityOption>,
    pub model: Option<Diffusion>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ProbabilityOption {
    /// The probability that the run learned from its share log.
    Learned,
    /// The weight of the edge as a share of the weight of all out-edges of its source.
    WeightedCascade,
    /// The same probability for all edges: above 0 and at most 1.
    Fixed(f64),
}

/// The people of a finished run, its graph and its spread model.
pub(super) struct RunView {
    pub(super) run: String,
    /// The as-of time of the run.
    pub(super) as_of: Option<Time>,
    pub(super) seed: u64,
    pub(super) has_crm: bool,
    contact_consent: ContactConsent,
    pub(super) table: RunTable,
    /// `nodes[row]`.
    pub(super) nodes: Vec<NodeId>,
    /// `row_of[NodeId]`, or [`NO_ROW`].
    pub(super) row_of: Vec<u32>,
    /// The rows of the customers, rising.
    pub(super) customers: Vec<usize>,
    graph: Graph,
    edge_probability: EdgeProbability,
    diffusion: Diffusion,
    pub(super) spread_model: String,
}

impl RunView {
    /// Opens a run, and checks that its table has the columns that `formulas` name.
    pub(super) fn open(
        run: &Run,
        formulas: &[&Formula],
        options: SpreadModelOptions,
    ) -> Result<Self, CampaignError> {
        let id = run.id().to_string();
        let manifest = run.manifest()?;
        let table = open_scores(run, formulas)?;
        let (file, edge_probability, diffusion, spread_model) =
            spread_model(&id, &manifest.record.certificates, options)?;
        let graph = analysis::open_graph_file(run, file)?;
        let nodes = analysis::nodes_of_rows(run, &table, &graph)?;
        let mut row_of = vec![NO_ROW; graph.node_count()];
        (0..).zip(&nodes).for_each(|(row, node)| row_of[node.index()] = row);
        let status = table.get(scores::STATUS)?;
        let customers = (0..status.len()).filter(|&row| Status::Customer.is(&status[row])).collect();
        let config = &manifest.record.config;
        Ok(Self {
            as_of: manifest.as_of.as_deref().and_then(|at| Time::parse(at.as_bytes()).ok()),
            seed: config["run"]["seed"].as_u64().unwrap_or_default(),
            has_crm: analysis::has_crm(&manifest),
            contact_consent: ContactConsent::of(run)?,
            run: id,
            table,
            nodes,
            row_of,
            customers,
            graph,
            edge_probability,
            diffusion,
            spread_model,
        })
    }

    pub(super) fn model(&self) -> Result<SpreadModel<'_>, CampaignError> {
        SpreadModel::new(&self.graph, self.diffusion, &self.edge_probability)
            .map_err(|cause| CampaignError::Model { run: self.run.clone(), cause })
    }

    pub(super) fn node_count(&self) -> usize {
        self.graph.node_count()
    }

    pub(super) fn truths(&self, formula: &Formula) -> Result<Vec<bool>, CampaignError> {
        formula.truths(&self.formula_table(formula)?)
    }

    pub(super) fn numbers(&self, formula: &Formula) -> Result<Vec<Option<f64>>, CampaignError> {
        formula.numbers(&self.formula_table(formula)?)
    }

    /// A table with the columns that a formula names, and with one more column, so that it always has the number of
    /// rows.
    fn formula_table(&self, formula: &Formula) -> Result<Table, CampaignError> {
        let mut names = formula.columns();
        names.insert(scores::NODE.name().to_owned());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Ok(self.table.read_table(&names)?)
    }

    /// By row: whether the person is a customer.
    pub(super) fn by_row_of_customers(&self) -> Vec<bool> {
        let mut is_customer = vec![false; self.table.row_count()];
        self.customers.iter().for_each(|&row| is_customer[row] = true);
        is_customer
    }

    /// By row: whether the person is a customer who agreed to be contacted.
    pub(super) fn contactable(&self) -> Result<Vec<bool>, CampaignError> {
        let (ids, consent) = (self.table.get(scores::ID)?, self.table.get(scores::CONSENT)?);
        let mut contactable = vec![false; self.table.row_count()];
        for &row in &self.customers {
            contactable[row] = self.contact_consent.allows(&ids[row], &consent[row]);
        }
        Ok(contactable)
    }

    /// Values by node, from values by row; withheld nodes get the default.
    pub(super) fn by_node<T: Clone + Default>(&self, of_row: impl Fn(usize) -> T) -> Vec<T> {
        let mut by_node = vec![T::default(); self.node_count()];
        for (row, node) in self.nodes.iter().enumerate() {
            by_node[node.index()] = of_row(row);
        }
        by_node
    }

    /// Values by row, from values by node.
    pub(super) fn by_row<T>(&self, of_node: impl Fn(NodeId) -> T) -> Vec<T> {
        self.nodes.iter().map(|&v| of_node(v)).collect()
    }

    /// The row of a node, which must have a row.
    pub(super) fn row(&self, node: NodeId) -> usize {
        self.row_of[node.index()] as usize
    }

    /// The rows of all people that `selectors` name, rising, each once. Ids of lists that the run does not have are
    /// counted in `notes`.
    pub(super) fn rows_of(
        &self,
        run: &Run,
        selectors: &[PeopleSelector],
        notes: &mut Vec<String>,
    ) -> Result<Vec<usize>, CampaignError> {
        let mut rows = Vec::new();
        for selector in selectors {
            rows.extend(selection::select(run, &self.table, selector, notes)?);
        }
        rows.sort_unstable();
        rows.dedup();
        Ok(rows)
    }

    /// The nodes of `rows`, in the same order.
    pub(super) fn nodes_of(&self, rows: &[usize]) -> Vec<NodeId> {
        rows.iter().map(|&row| self.nodes[row]).collect()
    }

    /// Returns two lists. By row: the number of its group, or `u32::MAX` for a row without a group. Then the distinct
    /// groups, rising.
    pub(super) fn groups<K: Ord + Clone>(&self, of: impl Fn(usize) -> Option<K>) -> (Vec<u32>, Vec<K>) {
        let names: BTreeSet<K> = (0..self.table.row_count()).filter_map(&of).collect();
        let names: Vec<K> = names.into_iter().collect();
        let number = |name: K| id32(names.partition_point(|other| *other < name));
        let group = (0..self.table.row_count()).map(|row| of(row).map_or(u32::MAX, number)).collect();
        (group, names)
    }
}

/// Opens the scores of a run, and refuses formulas with columns that the scores do not have.
fn open_scores(run: &Run, formulas: &[&Formula]) -> Result<RunTable, CampaignError> {
    let table = RunTable::open(run, scores::FILE)?;
    for formula in formulas {
        let known: Vec<String> = table.names().map(str::to_owned).collect();
        if let Some(column) = formula.columns().iter().find(|column| !known.contains(column)) {
            return Err(formula.unknown_column(column, &known));
        }
    }
    Ok(table)
}

/// The file of the graph, the edge probabilities, the diffusion model, and a text that names model and probabilities.
fn spread_model(
    run: &str,
    certificates: &serde_json::Map<String, Value>,
    options: SpreadModelOptions,
) -> Result<(&'static str, EdgeProbability, Diffusion, String), CampaignError> {
    let stored = certificates.get(record_keys::SPREAD_PROBABILITY);
    let learned = stored == Some(&Probability::Learned.to_json());
    let probability = options.probability.unwrap_or(match stored.and_then(Value::as_f64) {
        Some(p) => ProbabilityOption::Fixed(p),
        None if learned && options.model != Some(Diffusion::LinearThreshold) => ProbabilityOption::Learned,
        None => ProbabilityOption::WeightedCascade,
    });
    let stored_model = certificates.get(record_keys::SPREAD_MODEL).and_then(Value::as_str);
    let threshold = stored_model == Some(diffusion_word(Diffusion::LinearThreshold));
    let diffusion = options.model.unwrap_or(match (threshold, probability) {
        (true, ProbabilityOption::WeightedCascade | ProbabilityOption::Fixed(_)) => {
            Diffusion::LinearThreshold
        }
        _ => Diffusion::IndependentCascade,
    });
    let model = match diffusion {
        Diffusion::IndependentCascade => "independent cascade",
        Diffusion::LinearThreshold => "linear threshold",
    };
    let (file, probability, origin) = match probability {
        ProbabilityOption::Learned if !learned => {
            let reason = certificates.get(record_keys::SPREAD_REASON).and_then(Value::as_str);
            let why = reason.unwrap_or("an older version without learning wrote it").to_owned();
            return Err(CampaignError::NotLearned { run: run.to_owned(), why });
        }
        ProbabilityOption::Learned if diffusion == Diffusion::LinearThreshold => {
            return Err(CampaignError::NoThreshold { run: run.to_owned() });
        }
        ProbabilityOption::Learned => {
            let origin = "probabilities learned from the share log".to_owned();
            (graphs::SPREAD_FILE, EdgeProbability::Weight, origin)
        }
        ProbabilityOption::WeightedCascade => {
            (graphs::FILE, EdgeProbability::WeightedCascade, "weighted cascade".to_owned())
        }
        ProbabilityOption::Fixed(p) => (graphs::FILE, EdgeProbability::Fixed(p), format!("probability {p}")),
    };
    Ok((file, probability, diffusion, format!("{model}, {origin}")))
}
