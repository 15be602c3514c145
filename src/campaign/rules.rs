//! Who may be picked, and how many of a kind?

use std::path::PathBuf;

use super::{
    CampaignError, Formula,
    contacts::{ContactCounts, Contacts},
    crowd::Crowd,
    target::{MILLIONTHS, in_millionths},
};
use crate::{
    config::{ContactLog, PeopleSelector},
    event::Time,
    ids::{NodeId, offset64},
    influence::{Caps, Floor},
    num,
    selection::{self, PersonIndex},
    store::Run,
    text::{self, counted},
};

/// The rules of a campaign. Who has not agreed to be contacted is never picked, whatever they say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleOptions {
    /// Only customers for whom this holds.
    pub eligible: Option<Formula>,
    /// Lists of ids of people who are not picked.
    pub exclude: Vec<PathBuf>,
    /// Lists of ids of customers who are in the cohort in any case.
    pub must_include: Vec<PathBuf>,
    /// Lists of ids of people who are invited already: they are not picked, and whom they reach counts as reached.
    pub already: Vec<PathBuf>,
    /// The most members of one community.
    pub max_per_community: Option<u32>,
    /// The most members of one household; customers without one are not limited.
    pub max_per_household: Option<u32>,
    /// The most customers of one tier.
    pub max_per_tier: Option<u32>,
    /// The most customers with an account on one channel; who is on several counts on each.
    pub max_per_channel: Option<u32>,
    /// The most of some people.
    pub quotas: Vec<Quota>,
    /// At least so many of some people.
    pub at_least: Vec<Quota>,
    /// What each customer costs.
    pub cost: Option<Formula>,
    /// What all may cost together.
    pub budget: Option<f64>,
    /// Who has been contacted, and how often that may be.
    pub contacts: Vec<ContactLog>,
    /// The moment of the campaign; the one that the run speaks of where there is none.
    pub at: Option<Time>,
}

/// So many of some people, at most or at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Of whom.
    pub whom: PeopleSelector,
    /// How many.
    pub count: u32,
}

/// Customers who may not be picked, by the first rule that keeps them out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The rule in words, behind a number: `12 without consent to be contacted`.
    pub why: String,
    /// How many.
    pub count: u64,
}

/// The rules beside the people of a run. Vectors are by node.
pub(super) struct Rules {
    /// Whether somebody may be picked.
    pub(super) eligible: Vec<bool>,
    /// Whether somebody agreed to be contacted and is not invited already.
    pub(super) agreed: Vec<bool>,
    /// Who is in the cohort in any case, in the order of the lists.
    pub(super) included: Vec<NodeId>,
    /// Who is invited already.
    pub(super) already: Option<Vec<bool>>,
    pub(super) caps: Vec<Cap>,
    pub(super) floors: Vec<Least>,
    pub(super) budget: Option<Money>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) contacts: ContactCounts,
    /// What the caller should know, in words.
    pub(super) notes: Vec<String>,
    /// Whether anything but consent and invitations limits the choice.
    pub(super) limit: bool,
}

/// At most so many of each group.
pub(super) struct Cap {
    /// What the groups are, in words: `community`.
    pub(super) what: String,
    /// The name of each group; empty where there is one only.
    names: Vec<String>,
    /// By node.
    group: Vec<u32>,
    most: Vec<u32>,
}

/// At least so many of some people.
pub(super) struct Least {
    pub(super) quota: Quota,
    /// How many customers are.
    pub(super) customers: u64,
    /// By node: whether somebody is one of them.
    member: Vec<bool>,
}

/// What people cost, in millionths.
pub(super) struct Money {
    pub(super) cost: Vec<u64>,
    pub(super) most: u64,
}

impl RuleOptions {
    pub(super) fn formulas(&self) -> impl Iterator<Item = &Formula> {
        self.eligible.iter().chain(&self.cost)
    }
}

impl Cap {
    pub(super) fn caps(&self) -> Caps<'_> {
        Caps { group: &self.group, most: &self.most }
    }

    /// Whether none of a node's group may be picked.
    fn is_used_up(&self, v: NodeId) -> bool {
        self.most.get(self.group[v.index()] as usize) == Some(&0)
    }

    /// A group in words.
    pub(super) fn name(&self, group: u32) -> String {
        match self.names.get(group as usize).map(String::as_str) {
            None | Some("") => self.what.clone(),
            Some(name) => format!("{} `{}`", self.what, text::harmless(name)),
        }
    }
}

impl Least {
    pub(super) fn floor(&self) -> Floor<'_> {
        Floor { member: &self.member, least: self.quota.count }
    }

    /// Whether a node is one of them.
    pub(super) fn counts(&self, v: NodeId) -> bool {
        self.member[v.index()]
    }
}

impl Rules {
    pub(super) fn new(run: &Run, crowd: &Crowd, options: &RuleOptions) -> Result<Self, CampaignError> {
        let mut people = Picker::new(run, crowd)?;
        people.leave_out("without consent to be contacted", &but(&crowd.contactable()?));
        let already = people.lists(&options.already)?;
        people.leave_out("invited already", &already);
        let agreed = people.open.clone();
        let excluded = people.lists(&options.exclude)?;
        people.leave_out("excluded by a list", &excluded);
        let logs = contacts(crowd, options)?;
        for (log, contacts) in options.contacts.iter().zip(&logs) {
            if let Some(most) = log.max_per_customer {
                let often: Vec<bool> = (0..agreed.len()).map(|row| contacts.with(row) >= most).collect();
                people.leave_out("contacted as often as allowed", &often);
            }
        }
        let included = people.included(&options.must_include)?;
        if let Some(eligible) = &options.eligible {
            people.leave_out("for whom `--eligible` does not hold", &but(&eligible.truths(&crowd.table)?));
        }
        let budget = people.budget(options, &included)?;
        let caps = caps(run, crowd, options, &logs)?;
        let floors = floors(run, crowd, options)?;
        let mut counts = ContactCounts::of(logs.len());
        for log in &logs {
            counts += log;
        }
        for cap in &caps {
            people.leave_out("in groups of whom no more may be picked", &crowd.by_row(|v| cap.is_used_up(v)));
        }
        let open = &people.open;
        Ok(Self {
            eligible: crowd.by_node(|row| open[row]),
            limit: *open != agreed
                || !caps.is_empty()
                || !floors.is_empty()
                || !included.is_empty()
                || budget.is_some(),
            agreed: crowd.by_node(|row| agreed[row]),
            included: crowd.nodes_of(&included),
            already: (!options.already.is_empty()).then(|| crowd.by_node(|row| already[row])),
            caps,
            floors,
            budget,
            left_out: people.left_out,
            contacts: counts,
            notes: people.notes,
        })
    }
}

impl Rules {
    /// Leaves out these nodes as well, where nothing else does.
    pub(super) fn leave_out(&mut self, why: &str, nodes: &[NodeId]) {
        let mut count = 0;
        for v in nodes {
            count += u64::from(std::mem::replace(&mut self.eligible[v.index()], false));
        }
        self.left_out.push(LeftOut { why: why.to_owned(), count });
    }
}

/// Takes rule by rule, and counts whom each leaves out.
struct Picker<'a> {
    crowd: &'a Crowd,
    ids: &'a [String],
    people: PersonIndex<'a, usize>,
    /// By row: who is not left out yet.
    open: Vec<bool>,
    /// By row: by which of `left_out` somebody is.
    out_by: Vec<usize>,
    left_out: Vec<LeftOut>,
    notes: Vec<String>,
}

impl<'a> Picker<'a> {
    fn new(run: &Run, crowd: &'a Crowd) -> Result<Self, CampaignError> {
        let (open, ids) = (crowd.by_row_of_customers(), crowd.text("id")?);
        let (people, out_by) = (selection::index_of(run, &crowd.table)?, vec![0; open.len()]);
        Ok(Self { crowd, ids, people, open, out_by, left_out: Vec::new(), notes: Vec::new() })
    }

    /// Leaves out who is not yet, of these rows.
    fn leave_out(&mut self, why: &str, rows: &[bool]) {
        let known = self.left_out.iter().position(|left_out| left_out.why == why);
        let rule = known.unwrap_or_else(|| {
            self.left_out.push(LeftOut { why: why.to_owned(), count: 0 });
            self.left_out.len() - 1
        });
        for (row, _) in rows.iter().enumerate().filter(|(_, out)| **out) {
            if std::mem::replace(&mut self.open[row], false) {
                self.left_out[rule].count += 1;
                self.out_by[row] = rule;
            }
        }
    }

    /// The rows of everybody on these lists. Who is not in the run cannot be picked anyway, and is told.
    fn lists(&mut self, paths: &[PathBuf]) -> Result<Vec<bool>, CampaignError> {
        let mut listed = vec![false; self.ids.len()];
        for path in paths {
            let list = selection::read_ids(path)?;
            let found: Vec<usize> = list.ids.iter().filter_map(|(_, id)| self.people.find(id)).collect();
            let strangers = offset64(list.ids.len() - found.len());
            if found.is_empty() {
                return Err(CampaignError::Strangers { path: path.clone(), ids: list.ids.len() });
            }
            for row in found {
                listed[row] = true;
            }
            if strangers > 0 {
                let path = text::harmless(&path.to_string_lossy());
                let of = counted(offset64(list.ids.len()), "id", "ids");
                self.notes.push(format!("{strangers} of {of} in {path} are of nobody in this run"));
            }
        }
        Ok(listed)
    }

    /// The rows of those who must be in, in the order of the lists; what keeps them out is an error.
    fn included(&self, paths: &[PathBuf]) -> Result<Vec<usize>, CampaignError> {
        let (mut rows, mut is_in) = (Vec::new(), vec![false; self.ids.len()]);
        for path in paths {
            let (found, list) = self.people.read_list(path)?;
            for (row, (_, id)) in found.into_iter().zip(list.ids) {
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

    /// Which rule keeps the person of a row out.
    fn obstacle(&self, row: usize) -> Result<String, CampaignError> {
        let (status, consent) = (&self.crowd.text("status")?[row], &self.crowd.text("consent")?[row]);
        Ok(if status != crate::report::CUSTOMER {
            "it is an account of no customer, and nobody has agreed to be contacted there".to_owned()
        } else if !self.crowd.contactable()?[row] {
            format!("the customer has not agreed to be contacted (consent is `{consent}`)")
        } else {
            format!("the customer is {}", self.left_out[self.out_by[row]].why)
        })
    }

    /// What people cost. Who has no cost, or one below 0, cannot be picked within a budget.
    fn budget(&mut self, options: &RuleOptions, included: &[usize]) -> Result<Option<Money>, CampaignError> {
        let (Some(cost), Some(budget)) = (&options.cost, options.budget) else { return Ok(None) };
        let costs = cost.numbers(&self.crowd.table)?;
        let priced = |row: usize| costs[row].is_some_and(|cost| cost >= 0.0);
        if let Some(&row) = included.iter().find(|&&row| !priced(row)) {
            let why = "by `--cost` the customer costs nothing that is known, or less than 0".to_owned();
            return Err(CampaignError::CannotInclude { id: self.ids[row].clone(), why });
        }
        let free: Vec<bool> = (0..costs.len()).map(|row| !priced(row)).collect();
        self.leave_out("without a cost, or with one below 0", &free);
        let known: Vec<f64> = costs.iter().map(|cost| cost.unwrap_or(0.0)).collect();
        let costs = in_millionths(&known, "--cost")?;
        let most = num::floor_u64((budget * MILLIONTHS + 0.5).min((1_u64 << 62) as f64));
        Ok(Some(Money { cost: self.crowd.by_node(|row| costs[row]), most }))
    }
}

/// All other rows.
fn but(rows: &[bool]) -> Vec<bool> {
    rows.iter().map(|row| !row).collect()
}

fn contacts(crowd: &Crowd, options: &RuleOptions) -> Result<Vec<Contacts>, CampaignError> {
    let moment = options.at.or(crowd.as_of);
    options.contacts.iter().map(|log| Contacts::read(log, moment, crowd)).collect()
}

/// Who counts where at least so many are asked for.
fn floors(run: &Run, crowd: &Crowd, options: &RuleOptions) -> Result<Vec<Least>, CampaignError> {
    let floor = |quota: &Quota| {
        let member = members(run, crowd, &quota.whom)?;
        let customers = offset64(crowd.customers.iter().filter(|&&row| member[row]).count());
        Ok(Least { quota: quota.clone(), customers, member: crowd.by_node(|row| member[row]) })
    };
    options.at_least.iter().filter(|quota| quota.count > 0).map(floor).collect()
}

/// By row: whether somebody is meant.
fn members(run: &Run, crowd: &Crowd, whom: &PeopleSelector) -> Result<Vec<bool>, CampaignError> {
    let mut member = vec![false; crowd.table.row_count()];
    selection::select(run, &crowd.table, whom)?.into_iter().for_each(|row| member[row] = true);
    Ok(member)
}

/// At most so many of each community, household, tier, channel, and of whom a quota names.
fn caps(
    run: &Run,
    crowd: &Crowd,
    options: &RuleOptions,
    logs: &[Contacts],
) -> Result<Vec<Cap>, CampaignError> {
    let (communities, households) = (crowd.u32s("community_id")?, crowd.optional_text("household")?);
    let (tiers, channels) = (crowd.text("tier")?, crowd.text("channels")?);
    let used = |most: fn(&ContactLog) -> Option<u32>| -> Vec<(&Contacts, u32)> {
        options.contacts.iter().zip(logs).filter_map(|(log, contacts)| Some((contacts, most(log)?))).collect()
    };
    let community = crowd.groups(|row| Some(communities[row]));
    let household = crowd.groups(|row| households[row].as_deref());
    let tier = crowd.groups(|row| Some(&tiers[row]));
    let per_community = (options.max_per_community, &used(|log| log.max_per_community)[..]);
    let per_household = (options.max_per_household, &used(|log| log.max_per_household)[..]);
    let kinds = [
        Cap::of_groups(crowd, "community", community, per_community),
        Cap::of_groups(crowd, "household", household, per_household),
        Cap::of_groups(crowd, "tier", tier, (options.max_per_tier, &[])),
    ];
    let mut caps: Vec<Cap> = kinds.into_iter().flatten().collect();
    if let Some(most) = options.max_per_channel {
        let mut names: Vec<&str> = channels.iter().flat_map(|names| names.split(';')).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| !name.is_empty());
        for name in names {
            let on = |row: usize| channels[row].split(';').any(|other| other == name);
            caps.push(Cap::of_some(crowd, format!("channel `{name}`"), on, most));
        }
    }
    for quota in &options.quotas {
        let member = members(run, crowd, &quota.whom)?;
        caps.push(Cap::of_some(crowd, format!("quota `{}`", quota.whom), |row| member[row], quota.count));
    }
    Ok(caps)
}

impl Cap {
    /// At most so many of each group, and of each as many as its contacts leave; none where there is no limit.
    fn of_groups<K: ToString>(
        crowd: &Crowd,
        what: &str,
        (group, names): (Vec<u32>, Vec<K>),
        (most, used): (Option<u32>, &[(&Contacts, u32)]),
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
        Some(Self { what: what.to_owned(), names, group: crowd.by_node(|row| group[row]), most })
    }

    /// At most so many of some people.
    fn of_some(crowd: &Crowd, what: String, is_one: impl Fn(usize) -> bool, most: u32) -> Self {
        let group = crowd.by_node(|row| u32::from(!is_one(row)));
        Self { what, names: vec![String::new()], group, most: vec![most] }
    }
}
