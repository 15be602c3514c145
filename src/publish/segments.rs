//! Writes the CSV files of a run: tiers and prospects for the CRM, community events, rejected rows, identity conflicts.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use super::{PublishError, RunResults, file::write_file};
use crate::{
    identity::Consent,
    ids::offset64,
    inputs::{Inputs, WITHHELD},
    segment::{
        self,
        generic::{self, CommunityEventRow, ConflictRow, ProspectCsvRow, RejectRow, TierFile, TierRow},
        tier_file_names,
    },
    store::RunWriter,
    tables::community_events,
};

/// The folder of the files of the target `generic`.
const SEGMENT_FOLDER: &str = "segments/generic/full";

impl RunResults<'_> {
    fn tier_row(&self, position: usize) -> TierRow<'_> {
        let (node, standing, measures) =
            (self.scores.customers[position], &self.scores.standing, self.measures);
        let (key, customer) = (self.people.key(node), self.people.customer(node));
        TierRow {
            customer_id: key,
            tier: self.tier_name(standing.tier[position]),
            score: standing.score[position],
            rank: standing.rank[position],
            percentile: standing.percentile[position],
            pagerank: measures.ranks.score[node.index()],
            reach: measures.reach.estimate[node.index()],
            reach_low: measures.reach.low[node.index()],
            reach_high: measures.reach.high[node.index()],
            community_id: self.measures.communities.of_node(node),
            previous_tier: self.previous_tier(key),
            contactable: self.people.consent(node) == Consent::Full,
            household: customer.and_then(|customer| customer.household.as_deref()),
            value: customer.and_then(|customer| customer.value),
            audience: self.audience(node),
            strength: measures.strength[node.index()],
            suspect_share: measures.trust.as_ref().map(|trust| trust.suspect_share[node.index()]),
            flagged: self.scores.flagged[position],
        }
    }

    fn prospect_row(&self, position: usize) -> ProspectCsvRow<'_> {
        let (node, standing, measures) =
            (self.scores.prospects[position], &self.scores.prospect_standing, self.measures);
        let account = self.people.key(node);
        let (channel, handle) = account.split_once(':').unwrap_or(("", account));
        ProspectCsvRow {
            account,
            channel,
            handle,
            score: standing.score[position],
            rank: standing.rank[position],
            would_be_tier: self.tier_name(standing.tier[position]),
            pagerank: measures.ranks.score[node.index()],
            reach: measures.reach.estimate[node.index()],
            reach_low: measures.reach.low[node.index()],
            reach_high: measures.reach.high[node.index()],
            community_id: self.measures.communities.of_node(node),
            audience: self.audience(node),
            customers_in_audience: self.measures.customers_in_audience[node.index()],
        }
    }
}

/// Writes `tiers.csv`, one file per tier, and `prospects.csv`; returns the number of customers per tier.
pub(super) fn write_tiers_and_prospects(
    run: &RunWriter,
    results: &RunResults<'_>,
) -> Result<Vec<u64>, PublishError> {
    let names: Vec<&str> = results.plan.tiers.bands.iter().map(|band| band.name.as_str()).collect();
    let mut all = run.create(&format!("{SEGMENT_FOLDER}/tiers.csv"))?;
    let mut sinks = Vec::new();
    for (&tier, file) in names.iter().zip(tier_file_names(&names)) {
        sinks.push(TierFile { tier, out: run.create(&format!("{SEGMENT_FOLDER}/{file}"))?, rows: 0 });
    }
    let order = results.scores.customers_by_rank();
    let rows = generic::write_tiers(order.len(), |i| results.tier_row(order[i]), &mut all, &mut sinks);
    all.finish(rows.map_err(PublishError::Write)?)?;
    let mut counts = Vec::new();
    for sink in sinks {
        counts.push(sink.rows);
        sink.out.finish(sink.rows)?;
    }
    let order = results.scores.prospects_by_rank();
    write_file(run, &format!("{SEGMENT_FOLDER}/prospects.csv"), |out| {
        segment::write_csv(order.len(), |i| results.prospect_row(order[i]), out)
    })?;
    Ok(counts)
}

/// Writes `communities/events.csv`: one row per event of a community, such as its birth, split or merger.
pub(super) fn write_community_events(run: &RunWriter, results: &RunResults<'_>) -> Result<(), PublishError> {
    let events = &results.measures.communities.events;
    let row = |index: usize| {
        let event = &events[index];
        CommunityEventRow {
            community_id: event.id,
            event: event.fate.word(),
            size: event.size,
            previous_size: event.previous_size,
            kept: event.kept,
            joined: event.joined,
            left: event.left,
            unknown: event.unknown,
            previous_unknown: event.previous_unknown,
            other_ids: &event.others,
            name: results.community_name(event.id),
        }
    };
    write_file(run, community_events::FILE, |out| segment::write_csv(events.len(), row, out))
}

/// `rejects.csv`: bad rows of events and faults of CRM rows. An event row that names a withheld person is not quoted,
/// and a CRM row never is.
pub(super) fn write_rejects(run: &RunWriter, inputs: &Inputs) -> Result<(), PublishError> {
    write_file(run, "rejects.csv", |out| reject_rows(inputs, out))
}

/// The text of `rejects.csv`, for a run that is refused.
pub(crate) fn rejects_csv(inputs: &Inputs) -> Result<Vec<u8>, PublishError> {
    let mut text = Vec::new();
    reject_rows(inputs, &mut text)?;
    Ok(text)
}

fn reject_rows(inputs: &Inputs, out: &mut impl Write) -> io::Result<u64> {
    let events = &inputs.events;
    let mut paths: Vec<String> = events.files.iter().map(|file| file.path.display().to_string()).collect();
    let customer_paths = paths.len();
    let (files, faults) =
        inputs.customers.as_ref().map_or((&[][..], &[][..]), |all| (&all.files[..], &all.faults[..]));
    paths.extend(files.iter().map(|file| file.path.display().to_string()));
    let rejects = &events.rejects.kept;
    let event_texts = rejects.iter().map(|reject| {
        let column = reject.column.to_string();
        if inputs.hides(reject) {
            return [column.into(), WITHHELD.into(), WITHHELD.into()];
        }
        let raw = if reject.raw_is_cut { format!("{}…", reject.raw).into() } else { (&reject.raw).into() };
        [column.into(), reject.reason.to_string().into(), raw]
    });
    let fault_texts =
        faults.iter().map(|fault| [fault.column.to_string().into(), (&fault.message).into(), "".into()]);
    let texts: Vec<[Cow<'_, str>; 3]> = event_texts.chain(fault_texts).collect();
    let row = |index: usize| -> RejectRow<'_> {
        let (file, line, reason) = match index.checked_sub(rejects.len()) {
            None => {
                let reject = &rejects[index];
                (usize::from(reject.file), reject.line, reject.reason.code())
            }
            Some(index) => (customer_paths + faults[index].file, faults[index].line, faults[index].code),
        };
        let [column, message, raw] = &texts[index];
        RejectRow { file: &paths[file], line, column, reason, message, raw: raw.as_bytes() }
    };
    segment::write_csv(rejects.len() + faults.len(), row, out)
}

/// Writes `identity/conflicts.csv`, one row per claim of a contested identifier; returns the number of identifiers.
pub(super) fn write_conflicts(run: &RunWriter, results: &RunResults<'_>) -> Result<u64, PublishError> {
    let conflicts = &results.people.linkage.conflicts;
    let rows: Vec<ConflictRow<'_>> = conflicts
        .iter()
        .flat_map(|conflict| {
            let (namespace, identifier) =
                conflict.identifier.split_once(':').unwrap_or(("", &conflict.identifier));
            conflict.customers.iter().map(move |id| ConflictRow { namespace, identifier, customer_id: id })
        })
        .collect();
    write_file(run, "identity/conflicts.csv", |out| {
        segment::write_csv(rows.len(), |index| rows[index], out)
    })?;
    Ok(offset64(conflicts.len()))
}
