//! The files, by name: the CRM and the truth here, the events in `tables`.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use super::{
    DataSet, crm,
    network::{CERTAIN, probability},
    people::{Channel, ranking},
};
use crate::ids;

/// From how many exposures on an edge is listed in `truth_edges.csv`.
const TOLD_EXPOSURES: u32 = 5;

/// A file of the data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// `README.md`: what the files are.
    Readme,
    /// `plaudit.toml`: the configuration that reads them all.
    Plaudit,
    /// `customers.csv`: the CRM.
    Customers,
    /// `events/follows-<channel>.csv`.
    Follows(Channel),
    /// `events/shares-<channel>.tsv`; the forum has none.
    Shares(Channel),
    /// `events/support.csv`.
    Support,
    /// `truth.csv`: what was planted in each person.
    Truth,
    /// `truth_edges.csv`: what was planted in each edge that was tried often enough.
    TruthEdges,
}

impl File {
    /// All files.
    pub const ALL: [Self; 11] = [
        Self::Readme,
        Self::Plaudit,
        Self::Customers,
        Self::Follows(Channel::Twitter),
        Self::Follows(Channel::Instagram),
        Self::Follows(Channel::Forum),
        Self::Shares(Channel::Twitter),
        Self::Shares(Channel::Instagram),
        Self::Support,
        Self::Truth,
        Self::TruthEdges,
    ];

    /// Its path in the folder of the data set, with forward slashes.
    pub fn path(self) -> String {
        match self {
            Self::Readme => "README.md".to_owned(),
            Self::Plaudit => "plaudit.toml".to_owned(),
            Self::Customers => "customers.csv".to_owned(),
            Self::Follows(channel) => format!("events/follows-{}.csv", channel.name()),
            Self::Shares(channel) => format!("events/shares-{}.tsv", channel.name()),
            Self::Support => "events/support.csv".to_owned(),
            Self::Truth => "truth.csv".to_owned(),
            Self::TruthEdges => "truth_edges.csv".to_owned(),
        }
    }
}

impl DataSet {
    /// All files with their paths and contents.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        File::ALL
            .iter()
            .map(|&file| {
                let mut bytes = Vec::new();
                self.write_file(file, &mut bytes).expect("invariant: writing to memory does not fail");
                (file.path(), bytes)
            })
            .collect()
    }

    /// Writes one file; `out` should be buffered.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_file(&self, file: File, out: &mut dyn Write) -> io::Result<()> {
        match file {
            File::Readme => self.write_readme(out),
            File::Plaudit => write!(out, include_str!("plaudit.toml.in"), output = self.config.output),
            File::Customers => self.write_customers(out),
            File::Follows(channel) => self.write_follows(channel, out),
            File::Shares(channel) => self.write_shares(channel, out),
            File::Support => self.write_support(out),
            File::Truth => self.write_truth(out),
            File::TruthEdges => self.write_truth_edges(out),
        }
    }

    pub(super) fn handle(&self, channel: Channel, person: u32) -> String {
        crm::handle(channel, person, self.people.persons.len())
    }

    /// The key of a person in the CRM, or the account of a prospect.
    pub fn key(&self, person: u32) -> String {
        if self.people.is_customer(person) {
            return format!("C{:05}", person + 1);
        }
        let is_on = |channel: &Channel| self.people.persons[person as usize].is_on(*channel);
        let channel = Channel::ALL.into_iter().find(is_on).expect("invariant: a prospect has an account");
        format!("{}:{}", channel.name(), self.handle(channel, person).to_lowercase())
    }

    /// The row of one customer in the CRM; `customer` is below the number of customers.
    pub fn customer(&self, customer: u32) -> crm::Customer {
        crm::customer(&self.config, &self.people, &self.crm, customer)
    }

    fn write_customers(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "customer_id,name,email,twitter,instagram,forum,ltv,household_id,consent")?;
        for id in 0..ids::id32(self.people.customer_count) {
            let row = self.customer(id);
            let [twitter, instagram, forum] = row.handles;
            let household = self.crm.households[id as usize].map_or_else(String::new, |h| format!("H{h}"));
            write!(out, "{},{},{},", self.key(id), quoted(&row.name, ','), row.email)?;
            writeln!(out, "{twitter},{instagram},{forum},{},{household},{}", row.value, row.consent)?;
        }
        Ok(())
    }

    fn write_truth(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "id,is_customer,kind,community,influence,rank")?;
        let mut rank = vec![0; self.people.persons.len()];
        for (place, person) in ranking(&self.people).into_iter().enumerate() {
            rank[person as usize] = place + 1;
        }
        for (person, (planted, rank)) in (0..).zip(self.people.persons.iter().zip(rank)) {
            let community = if planted.is_active() { planted.community.0.to_string() } else { String::new() };
            write!(out, "{},{},", self.key(person), u8::from(self.people.is_customer(person)))?;
            write!(out, "{},{community},", planted.kind.name())?;
            writeln!(out, "{}.{:03},{rank}", planted.influence / 1000, planted.influence % 1000)?;
        }
        Ok(())
    }

    fn write_truth_edges(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "follower,followed,probability,exposures,shares")?;
        let counts = self.shares.exposures.iter().zip(&self.shares.successes);
        for (follow, (&exposures, successes)) in self.network.follows.iter().zip(counts) {
            if exposures < TOLD_EXPOSURES {
                continue;
            }
            let p = probability(&self.people, self.config.seed, follow.follower, follow.followed);
            debug_assert!(p < CERTAIN, "invariant: nothing is certain");
            write!(out, "{},{},", self.key(follow.follower), self.key(follow.followed))?;
            writeln!(out, "0.{p:04},{exposures},{successes}")?;
        }
        Ok(())
    }

    fn write_readme(&self, out: &mut dyn Write) -> io::Result<()> {
        let cfg = &self.config;
        write!(
            out,
            include_str!("README.md.in"),
            customers = cfg.customers,
            prospects = cfg.prospects,
            events = cfg.events,
            seed = cfg.seed,
            output = cfg.output,
            communities = self.people.community_count(),
            mixing = cfg.mixing_percent,
            exposures = TOLD_EXPOSURES,
        )
    }
}

/// The field in the form of RFC 4180, in quotes only where it must be.
pub(super) fn quoted(field: &str, delimiter: char) -> Cow<'_, str> {
    if field.contains([delimiter, '"', '\r', '\n']) {
        Cow::Owned(format!("\"{}\"", field.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(field)
    }
}
