//! The rules of a campaign: who may be picked, how many of each group, and within which budget.

use std::path::PathBuf;

use super::{
    CampaignError, Formula,
    audience::{MILLIONTHS, in_millionths},
    contacts::{ContactCounts, ContactHistory},
    run_view::RunView,
};
use crate::{
    config::{ContactLog, PeopleSelector},
    event::Time,
    ids::{NodeId, offset64},
    influence::{GroupCaps, MinQuota},
    num,
    selection::{self, PersonIndex},
    store::Run,
    tables::{Status, list_items, scores},
    text,
};

/// The rules of a campaign. Customers without consent to be contacted are never picked, even if all rules allow them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleOptions {
    /// Only customers that meet this condition may be picked.
    pub eligible: Option<Formula>,
    /// Lists of ids of people who must not be picked.
    pub exclude: Vec<PathBuf>,
    /// Lists of ids of customers who must be in the cohort.
    pub must_include: Vec<PathBuf>,
    /// Lists of ids of people who are already invited. They are not picked, and the spread counts only people beyond
    /// those that they activate.
    pub already: Vec<PathBuf>,
    pub max_per_community: Option<u32>,
    /// The maximum number of members of one household; customers without a household are not limited.
    pub max_per_household: Option<u32>,
    pub max_per_tier: Option<u32>,
    /// The maximum number of customers with an account on one channel; a customer on several channels counts on each.
    pub max_per_channel: Option<u32>,
    /// Caps on the number of people that a selector names.
    pub quotas: Vec<Quota>,
    /// Minimum numbers of people that a selector names.
    pub at_least: Vec<Quota>,
    pub cost: Option<Formula>,
    pub budget: Option<f64>,
    /// Contact logs, with their contact limits.
    pub contacts: Vec<ContactLog>,
    /// The time of the campaign; none: the as-of time of the run.
    pub at: Option<Time>,
}

/// A selector and the maximum or minimum number of people in the cohort that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    pub people: PeopleSelector,
    pub count: u32,
}

/// The number of customers that a rule excludes and that no earlier rule excludes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// The rule in words, to follow a number: `12 without consent to be contacted`.
    pub reason: String,
    pub count: u64,
}

/// The rules, applied to the people of a run. Vectors of flags are indexed by node.
pub(super) struct Rules {
    pub(super) eligible: Vec<bool>,
    /// Whether the person of a node agreed to be contacted and is not yet invited.
    pub(super) agreed: Vec<bool>,
    /// The nodes that must be in the cohort, in the order of the lists.
    pub(super) included: Vec<NodeId>,
    /// Whether the person of a node is already invited; none without lists of invited people.
    pub(super) already: Option<Vec<bool>>,
    pub(super) caps: Vec<Cap>,
    pub(super) min_quotas: Vec<MinimumQuota>,
    pub(super) budget: Option<CostBudget>,
    pub(super) exclusions: Vec<Exclusion>,
    pub(super) contacts: ContactCounts,
    pub(super) notes: Vec<String>,
    /// Whether any rule other than consent and earlier invitations restricts the choice.
    pub(super) restrict: bool,
}

/// The caps on the groups of one way of grouping.
pub(super) struct Cap {
    /// The grouping in words: `community`.
    pub(super) grouping: String,
    /// The name of each group; empty for the only group of a quota or channel.
    names: Vec<String>,
    /// By node: the number of its group.
    group: Vec<u32>,
    most: Vec<u32>,
}

pub(super) struct MinimumQuota {
    pub(super) quota: Quota,
    pub(super) customers: u64,
    /// By node: whether it counts toward the quota.
    member: Vec<bool>,
}

/// Costs by node and the budget, in millionths.
pub(super) struct CostBudget {
    pub(super) cost: Vec<u64>,
    pub(super) most: u64,
}

impl RuleOptions {
    pub(super) fn formulas(&self) -> impl Iterator<Item = &Formula> {
        self.eligible.iter().chain(&self.cost)
    }
}

impl Cap {
    pub(super) fn caps(&self) -> GroupCaps<'_> {
        GroupCaps { group: &self.group, max: &self.most }
    }

    /// Whether the cap of a node's group is 0.
    fn is_used_up(&self, v: NodeId) -> bool {
        self.most.get(self.group[v.index()] as usize) == Some(&0)
    }

    pub(super) fn name(&self, group: u32) -> String {
        match self.names.get(group as usize).map(String::as_str) {
            None | Some("") => self.grouping.clone(),
            Some(name) => format!("{} `{}`", self.grouping, text::harmless(name)),
        }
    }
}

impl MinimumQuota {
    pub(super) fn quota(&self) -> MinQuota<'_> {
        MinQuota { member: &self.member, min: self.quota.count }
    }

    pub(super) fn counts(&self, v: NodeId) -> bool {
        self.member[v.index()]
    }
}

impl Rules {
    pub(super) fn new(run: &Run, view: &RunView, options: &RuleOptions) -> Result<Self, CampaignError> {
        let mut filter = EligibilityFilter::new(view)?;
        filter.exclude("without consent to be contacted", &negated(&view.contactable()?));
        let already = filter.listed(&options.already)?;
        filter.exclude("invited already", &already);
        let agreed = filter.open.clone();
        let excluded = filter.listed(&options.exclude)?;
        filter.exclude("excluded by a list", &excluded);
        let logs = contacts(view, options)?;
        for (log, contacts) in options.contacts.iter().zip(&logs) {
            if let Some(most) = log.max_per_customer {
                let often: Vec<bool> = (0..agreed.len()).map(|row| contacts.of(row) >= most).collect();
                filter.exclude("already at their contact limit", &often);
            }
        }
        let included = filter.required(&options.must_include)?;
        if let Some(eligible) = &options.eligible {
            filter.exclude("not matching `--eligible`", &negated(&view.truths(eligible)?));
        }
        let budget = filter.budget(options, &included)?;
        let caps = caps(run, view, options, &logs, &mut filter.notes)?;
        let min_quotas = min_quotas(run, view, options, &mut filter.notes)?;
        let sum = |of: fn(&ContactCounts) -> u64| logs.iter().map(|log| of(&log.counts)).sum();
        let contacts = ContactCounts {
            read: sum(|log| log.read),
            unknown: sum(|log| log.unknown),
            counted: sum(|log| log.counted),
            logs: sum(|log| log.logs),
        };
        for cap in &caps {
            filter.exclude(
                "in groups (household, community, quota) already at their cap",
                &view.by_row(|v| cap.is_used_up(v)),
            );
        }
        let open = &filter.open;
        Ok(Self {
            eligible: view.by_node(|row| open[row]),
            restrict: *open != agreed
                || !caps.is_empty()
                || !min_quotas.is_empty()
                || !included.is_empty()
                || budget.is_some(),
            agreed: view.by_node(|row| agreed[row]),
            included: view.nodes_of(&included),
            already: (!options.already.is_empty()).then(|| view.by_node(|row| already[row])),
            caps,
            min_quotas,
            budget,
            exclusions: filter.exclusions,
            contacts,
            notes: filter.notes,
        })
    }

    pub(super) fn exclude(&mut self, reason: &str, nodes: &[NodeId]) {
        let mut count = 0;
        for v in nodes {
            count += u64::from(std::mem::replace(&mut self.eligible[v.index()], false));
        }
        self.exclusions.push(Exclusion { reason: reason.to_owned(), count });
    }
}

/// Applies one rule after the other, and counts the people that each rule excludes.
struct EligibilityFilter<'a> {
    view: &'a RunView,
    ids: &'a [String],
    people: PersonIndex<'a, usize>,
    /// By row: whether no rule so far excludes the person.
    open: Vec<bool>,
    /// By row: the number of the rule in `exclusions` that excludes the person.
    excluded_by: Vec<usize>,
    exclusions: Vec<Exclusion>,
    notes: Vec<String>,
}

impl<'a> EligibilityFilter<'a> {
    fn new(view: &'a RunView) -> Result<Self, CampaignError> {
        let (open, ids) = (view.by_row_of_customers(), view.table.get(scores::ID)?);
        let (people, excluded_by) = (selection::index_of(&view.table)?, vec![0; open.len()]);
        Ok(Self { view, ids, people, open, excluded_by, exclusions: Vec::new(), notes: Vec::new() })
    }

    /// Excludes the rows whose flag is set, unless an earlier rule excludes them.
    fn exclude(&mut self, reason: &str, rows: &[bool]) {
        let known = self.exclusions.iter().position(|exclusion| exclusion.reason == reason);
        let rule = known.unwrap_or_else(|| {
            self.exclusions.push(Exclusion { reason: reason.to_owned(), count: 0 });
            self.exclusions.len() - 1
        });
        for (row, _) in rows.iter().enumerate().filter(|(_, excluded)| **excluded) {
            if std::mem::replace(&mut self.open[row], false) {
                self.exclusions[rule].count += 1;
                self.excluded_by[row] = rule;
            }
        }
    }

    /// By row: whether the person is on these lists. Ids that the run does not have are noted.
    fn listed(&mut self, paths: &[PathBuf]) -> Result<Vec<bool>, CampaignError> {
        let mut listed = vec![false; self.ids.len()];
        for path in paths {
            let list = self.people.read_list(path)?;
            for (row, _) in list.found {
                listed[row] = true;
            }
            self.notes.extend(list.note);
        }
        Ok(listed)
    }

    /// The rows of the customers that must be included, in the order of the lists. An excluded customer on these lists
    /// is an error.
    fn required(&mut self, paths: &[PathBuf]) -> Result<Vec<usize>, CampaignError> {
        let (mut rows, mut is_in) = (Vec::new(), vec![false; self.ids.len()]);
        for path in paths {
            let list = self.people.read_list(path)?;
            self.notes.extend(list.note);
            for (row, id) in list.found {
                if !self.open[row] {
                    return Err(CampaignError::CannotInclude { id, why: self.obstacle(row)? });
                }
                if !std::mem::replace(&mut is_in[row], true) {
                    rows.push(row);
                }
            }
        }
        Ok(rows)
    }

    /// Why the person of a row is excluded.
    fn obstacle(&self, row: usize) -> Result<String, CampaignError> {
        let (status, consent) =
            (&self.view.table.get(scores::STATUS)?[row], &self.view.table.get(scores::CONSENT)?[row]);
        Ok(if !Status::Customer.is(status) {
            "it is an account without a CRM record, so nobody agreed to be contacted there".to_owned()
        } else if !self.view.contactable()?[row] {
            format!("the customer has not agreed to be contacted (consent is `{consent}`)")
        } else {
            format!("the customer is {}", self.exclusions[self.excluded_by[row]].reason)
        })
    }

    /// Reads the costs and the budget. Customers without a cost, or with a negative cost, are excluded.
    fn budget(
        &mut self,
        options: &RuleOptions,
        included: &[usize],
    ) -> Result<Option<CostBudget>, CampaignError> {
        let (Some(cost), Some(budget)) = (&options.cost, options.budget) else { return Ok(None) };
        let costs = self.view.numbers(cost)?;
        let priced = |row: usize| costs[row].is_some_and(|cost| cost >= 0.0);
        if let Some(&row) = included.iter().find(|&&row| !priced(row)) {
            let why = "the customer's `--cost` is unknown or negative".to_owned();
            return Err(CampaignError::CannotInclude { id: self.ids[row].clone(), why });
        }
        if !self.view.customers.is_empty() && !self.view.customers.iter().any(|&row| priced(row)) {
            return Err(CampaignError::NoCost { empty: self.empty_column(cost)? });
        }
        let unpriced: Vec<bool> = (0..costs.len()).map(|row| !priced(row)).collect();
        self.exclude("without a cost, or with a negative one", &unpriced);
        let known: Vec<f64> = costs.iter().map(|cost| cost.unwrap_or(0.0)).collect();
        let costs = in_millionths(&known, "--cost")?;
        let most = num::floor_u64((budget * MILLIONTHS + 0.5).min((1_u64 << 62) as f64));
        Ok(Some(CostBudget { cost: self.view.by_node(|row| costs[row]), most }))
    }

    /// The column of a formula that the CRM fills and that no row has a value in.
    fn empty_column(&self, formula: &Formula) -> Result<Option<&'static str>, CampaignError> {
        let named = formula.columns();
        for column in [scores::COST, scores::VALUE] {
            if named.contains(column.name()) && self.view.table.get(column)?.iter().all(Option::is_none) {
                return Ok(Some(column.name()));
            }
        }
        Ok(None)
    }
}

fn negated(rows: &[bool]) -> Vec<bool> {
    rows.iter().map(|row| !row).collect()
}

fn contacts(view: &RunView, options: &RuleOptions) -> Result<Vec<ContactHistory>, CampaignError> {
    let at = options.at.or(view.as_of);
    options.contacts.iter().map(|log| ContactHistory::read(log, at, view)).collect()
}

/// The minimum quotas; quotas of 0 are left out.
fn min_quotas(
    run: &Run,
    view: &RunView,
    options: &RuleOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<MinimumQuota>, CampaignError> {
    let min_quota = |quota: &Quota| {
        let member = members(run, view, &quota.people, notes)?;
        let customers = offset64(view.customers.iter().filter(|&&row| member[row]).count());
        Ok(MinimumQuota { quota: quota.clone(), customers, member: view.by_node(|row| member[row]) })
    };
    options.at_least.iter().filter(|quota| quota.count > 0).map(min_quota).collect()
}

/// By row: whether the selector names the person.
fn members(
    run: &Run,
    view: &RunView,
    selector: &PeopleSelector,
    notes: &mut Vec<String>,
) -> Result<Vec<bool>, CampaignError> {
    let mut member = vec![false; view.table.row_count()];
    for row in selection::select(run, &view.table, selector, notes)? {
        member[row] = true;
    }
    Ok(member)
}

/// The caps on communities, households, tiers, channels and the people of quotas.
fn caps(
    run: &Run,
    view: &RunView,
    options: &RuleOptions,
    logs: &[ContactHistory],
    notes: &mut Vec<String>,
) -> Result<Vec<Cap>, CampaignError> {
    let (communities, households) =
        (view.table.get(scores::COMMUNITY_ID)?, view.table.get(scores::HOUSEHOLD)?);
    let (tiers, channels) = (view.table.get(scores::TIER)?, view.table.get(scores::CHANNELS)?);
    let used = |most: fn(&ContactLog) -> Option<u32>| -> Vec<(&ContactHistory, u32)> {
        options.contacts.iter().zip(logs).filter_map(|(log, contacts)| Some((contacts, most(log)?))).collect()
    };
    let community = view.groups(|row| Some(communities[row]));
    let household = view.groups(|row| households[row].as_deref());
    let tier = view.groups(|row| Some(&tiers[row]));
    let per_community = (options.max_per_community, &used(|log| log.max_per_community)[..]);
    let per_household = (options.max_per_household, &used(|log| log.max_per_household)[..]);
    let kinds = [
        Cap::of_groups(view, "community", community, per_community),
        Cap::of_groups(view, "household", household, per_household),
        Cap::of_groups(view, "tier", tier, (options.max_per_tier, &[])),
    ];
    let mut caps: Vec<Cap> = kinds.into_iter().flatten().collect();
    if let Some(most) = options.max_per_channel {
        let mut names: Vec<&str> = channels.iter().flat_map(|names| list_items(names)).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let on = |row: usize| list_items(&channels[row]).any(|other| other == name);
            caps.push(Cap::of_one_group(view, format!("channel `{name}`"), on, most));
        }
    }
    for quota in &options.quotas {
        let member = members(run, view, &quota.people, notes)?;
        caps.push(Cap::of_one_group(
            view,
            format!("quota `{}`", quota.people),
            |row| member[row],
            quota.count,
        ));
    }
    Ok(caps)
}

impl Cap {
    /// The cap of every group: the common cap, or what the group's contacts leave of a contact limit if that is less.
    /// None if there is neither a cap nor a contact limit.
    fn of_groups<K: ToString>(
        view: &RunView,
        grouping: &str,
        (group, names): (Vec<u32>, Vec<K>),
        (most, used): (Option<u32>, &[(&ContactHistory, u32)]),
    ) -> Option<Self> {
        if most.is_none() && used.is_empty() {
            return None;
        }
        let mut most = vec![most.unwrap_or(u32::MAX); names.len()];
        for (contacts, cap) in used {
            for (most, used) in most.iter_mut().zip(contacts.by_group(&group, names.len())) {
                *most = num::saturating_u32(u64::from(*cap).saturating_sub(used)).min(*most);
            }
        }
        let names = names.iter().map(K::to_string).collect();
        Some(Self { grouping: grouping.to_owned(), names, group: view.by_node(|row| group[row]), most })
    }

    fn of_one_group(view: &RunView, grouping: String, is_member: impl Fn(usize) -> bool, most: u32) -> Self {
        let group = view.by_node(|row| u32::from(!is_member(row)));
        Self { grouping, names: vec![String::new()], group, most: vec![most] }
    }
}
