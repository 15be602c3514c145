//! Publishes a run of a small company whose customers follow each other; reads columns of CSV texts.

use std::fmt::Write as _;

use super::sandbox::Sandbox;

/// A CRM row: id (also the handle), household, consent, value, cost.
pub(crate) type CrmRow<'a> = (&'a str, &'a str, &'a str, f64, f64);

/// Publishes a run of these customers and follows; `config` is added to the configuration.
pub(crate) fn published(follows: &[(&str, &str)], crm: &[CrmRow<'_>], config: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut events = "actor,target,kind,at\n".to_owned();
    for (actor, target) in follows {
        writeln!(events, "{actor},{target},follow,2026-06-30").unwrap();
    }
    sandbox.write("events.csv", events);
    let mut customers = "id,handle,home,consent,value,cost\n".to_owned();
    for (id, household, consent, value, cost) in crm {
        writeln!(customers, "{id},{id},{household},{consent},{value},{cost}").unwrap();
    }
    sandbox.write("crm.csv", customers);
    let sources = "[[events]]\npath = 'events.csv'\nchannel = 'forum'\n\
                   [[customers]]\npath = 'crm.csv'\n\
                   columns = { id = 'id', household = 'home', consent = 'consent', value = 'value', cost = 'cost' }\n\
                   identifiers = { forum = 'handle' }\n";
    sandbox.write("plaudit.toml", format!("{sources}{config}"));
    sandbox.succeed(&["run", "--quiet"]);
    sandbox
}

/// The values of some columns of a CSV text, row by row.
pub(crate) fn columns(text: &str, wanted: &[&str]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &&str| header.iter().position(|found| found == *name).expect(name);
    let places: Vec<usize> = wanted.iter().map(place).collect();
    let row = |row: csv::Result<csv::StringRecord>| {
        let row = row.unwrap();
        places.iter().map(|&place| row[place].to_owned()).collect()
    };
    reader.records().map(row).collect()
}

/// The values of one column.
pub(crate) fn column(text: &str, wanted: &str) -> Vec<String> {
    columns(text, &[wanted]).into_iter().flatten().collect()
}
