//! The files of a data set: their names, and the contents of the CRM and truth files (`event_files` writes the event
//! files).

use std::io::{self, Write};

use super::{
    DataSet, crm,
    network::{PROBABILITY_ONE, share_probability},
    population::{Channel, by_influence},
};
use crate::ids;

/// Follows with fewer exposures are not listed in `truth_edges.csv`.
const MIN_LISTED_EXPOSURES: u32 = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataFile {
    Readme,
    Config,
    Customers,
    Follows(Channel),
    /// `events/shares-<channel>.tsv`; there is no such file for the forum.
    Shares(Channel),
    Support,
    Truth,
    /// `truth_edges.csv`: the planted share probability of each follow with enough exposures.
    TruthEdges,
}

impl DataFile {
    pub const ALL: [Self; 11] = [
        Self::Readme,
        Self::Config,
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

    /// The path of the file in the folder of the data set, with forward slashes.
    pub fn path(self) -> String {
        match self {
            Self::Readme => "README.md".to_owned(),
            Self::Config => "plaudit.toml".to_owned(),
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
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        DataFile::ALL
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
    /// The errors of `out`.
    pub fn write_file(&self, file: DataFile, out: &mut dyn Write) -> io::Result<()> {
        match file {
            DataFile::Readme => self.write_readme(out),
            DataFile::Config => write!(out, include_str!("plaudit.toml.in"), output = self.config.output),
            DataFile::Customers => self.write_customers(out),
            DataFile::Follows(channel) => self.write_follows(channel, out),
            DataFile::Shares(channel) => self.write_shares(channel, out),
            DataFile::Support => self.write_support(out),
            DataFile::Truth => self.write_truth(out),
            DataFile::TruthEdges => self.write_truth_edges(out),
        }
    }

    pub(super) fn handle(&self, channel: Channel, person: u32) -> String {
        crm::handle(channel, person, self.people.persons.len())
    }

    /// The id of a customer in the CRM, or the account of a prospect.
    pub fn key(&self, person: u32) -> String {
        if self.people.is_customer(person) {
            return format!("C{:05}", person + 1);
        }
        let is_on = |channel: &Channel| self.people.persons[person as usize].is_on(*channel);
        let channel = Channel::ALL.into_iter().find(is_on).expect("invariant: a prospect has an account");
        format!("{}:{}", channel.name(), self.handle(channel, person).to_lowercase())
    }

    pub fn customer(&self, customer: u32) -> crm::SyntheticCustomer {
        crm::customer(&self.config, &self.people, &self.crm, customer)
    }

    fn write_customers(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv_writer(out, b',', csv::Terminator::Any(b'\n'));
        let header = [
            "customer_id",
            "name",
            "email",
            "twitter",
            "instagram",
            "forum",
            "ltv",
            "household_id",
            "consent",
        ];
        csv.write_record(header)?;
        for id in 0..ids::id32(self.people.customer_count) {
            let row = self.customer(id);
            let [twitter, instagram, forum] = row.handles;
            let household = self.crm.households[id as usize].map_or_else(String::new, |h| format!("H{h}"));
            let [key, consent] = [self.key(id), row.consent.to_owned()];
            csv.write_record([
                key, row.name, row.email, twitter, instagram, forum, row.value, household, consent,
            ])?;
        }
        csv.flush()
    }

    fn write_truth(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "id,is_customer,kind,community,influence,rank")?;
        let mut rank = vec![0; self.people.persons.len()];
        for (position, person) in (1..).zip(by_influence(&self.people)) {
            rank[person as usize] = position;
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
            if exposures < MIN_LISTED_EXPOSURES {
                continue;
            }
            let p = share_probability(&self.people, self.config.seed, follow.follower, follow.followed);
            debug_assert!(p < PROBABILITY_ONE, "invariant: no share is certain");
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
            exposures = MIN_LISTED_EXPOSURES,
        )
    }
}

/// A CSV writer that quotes only the fields that need quotes, and allows rows of different lengths.
pub(super) fn csv_writer(
    out: &mut dyn Write,
    delimiter: u8,
    terminator: csv::Terminator,
) -> csv::Writer<&mut dyn Write> {
    csv::WriterBuilder::new().delimiter(delimiter).terminator(terminator).flexible(true).from_writer(out)
}
