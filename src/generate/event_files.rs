//! Writes the event files. Each file has a different format, as if it came from a different source, and a few invalid
//! rows.

use std::io::{self, Write};

use jiff::Timestamp;

use super::{
    DataSet,
    files::csv_writer,
    network::NEVER,
    population::Channel,
    random::{CounterRng, RandomStream},
    support_threads::MessageKind,
};

/// On average, one of this many rows is followed by an invalid copy of the row.
const ROWS_PER_FAULT: u32 = 300;

/// Subjects of support threads, with commas, quotes and line breaks, which are hard to parse.
const SUBJECTS: [&str; 12] = [
    "Refund, please",
    "It says \"no signal\"",
    "Where is my order?",
    "Lost password",
    "Übergabe, wie?",
    "Size M or L",
    "Blue light, then nothing",
    "Two questions:\r\n1, and 2",
    "\"Pro\" or \"Basic\"?",
    "Voucher",
    "Does it fit?",
    "Thanks, team",
];

impl DataSet {
    /// Rows are sorted by (time, follower, followed); `+` starts a follow, `-` ends it.
    pub(super) fn write_follows(&self, channel: Channel, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Vec::new();
        for follow in self.network.follows.iter().filter(|follow| follow.channel == channel) {
            rows.push((follow.since, follow.follower, follow.followed, "+"));
            if follow.until != NEVER {
                rows.push((follow.until, follow.follower, follow.followed, "-"));
            }
        }
        rows.sort_unstable();
        let mut csv = csv_writer(out, b',', csv::Terminator::Any(b'\n'));
        csv.write_record(["follower", "followed", "op", "at"])?;
        let columns = FaultColumns { actor: 0, at: 3, kind: Some(2) };
        let mut writer = self.event_writer(csv, columns, channel as usize);
        for (at, follower, followed, op) in rows {
            let time = match channel {
                Channel::Instagram => date(at),
                _ => utc(at),
            };
            writer.write(&[&self.handle(channel, follower), &self.handle(channel, followed), op, &time])?;
        }
        writer.csv.flush()
    }

    /// Rows are sorted by (time, content, sharer). There is no header. Times are epoch seconds on Twitter and epoch
    /// milliseconds on Instagram.
    pub(super) fn write_shares(&self, channel: Channel, out: &mut dyn Write) -> io::Result<()> {
        let csv = csv_writer(out, b'\t', csv::Terminator::Any(b'\n'));
        let columns = FaultColumns { actor: 0, at: 2, kind: None };
        let mut writer = self.event_writer(csv, columns, 3 + channel as usize);
        for share in self.shares.rows.iter().filter(|share| share.channel == channel) {
            let at = match channel {
                Channel::Instagram => format!("{}{:03}", share.at, share.sharer % 1000),
                _ => share.at.to_string(),
            };
            let [sharer, parent] = [share.sharer, share.parent].map(|person| self.handle(channel, person));
            writer.write(&[&sharer, &parent, &at, &share.content.to_string()])?;
        }
        writer.csv.flush()
    }

    /// Rows are sorted by (time, thread, author, addressee). The file is CSV as in RFC 4180, with CRLF, and times have
    /// an offset.
    pub(super) fn write_support(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv_writer(out, b',', csv::Terminator::CRLF);
        csv.write_record(["thread", "sent_at", "channel", "author", "addressee", "type", "subject"])?;
        let columns = FaultColumns { actor: 3, at: 1, kind: Some(5) };
        let mut writer = self.event_writer(csv, columns, 6);
        for message in &self.messages {
            let subject = match message.kind {
                MessageKind::Answer if message.thread % 3 == 0 => {
                    SUBJECTS[message.thread as usize / 3 % SUBJECTS.len()]
                }
                _ => "",
            };
            let [actor, target] =
                [message.actor, message.target].map(|person| self.handle(message.channel, person));
            writer.write(&[
                &message.thread.to_string(),
                &central_european(message.at),
                message.channel.name(),
                &actor,
                &target,
                message.kind.name(),
                subject,
            ])?;
        }
        writer.csv.flush()
    }

    fn event_writer<'a>(
        &self,
        csv: csv::Writer<&'a mut dyn Write>,
        columns: FaultColumns,
        file: usize,
    ) -> EventFileWriter<'a> {
        EventFileWriter { csv, columns, file, seed: self.config.seed, row_count: 0 }
    }
}

/// The columns of an event file in which an invalid row may have an error.
struct FaultColumns {
    actor: usize,
    at: usize,
    kind: Option<usize>,
}

/// Writes the rows of an event file, and occasionally an invalid copy of a row.
struct EventFileWriter<'a> {
    csv: csv::Writer<&'a mut dyn Write>,
    columns: FaultColumns,
    /// The number of the file, so that each file has different random numbers and invalid rows at different positions.
    file: usize,
    seed: u64,
    row_count: usize,
}

impl EventFileWriter<'_> {
    fn write(&mut self, fields: &[&str]) -> io::Result<()> {
        self.csv.write_record(fields)?;
        let mut rng = CounterRng::new(self.seed, RandomStream::Fault, self.row_count << 3 | self.file);
        self.row_count += 1;
        if rng.below(ROWS_PER_FAULT) > 0 {
            return Ok(());
        }
        let mut broken = fields.to_vec();
        let columns = &self.columns;
        match (rng.below(4), columns.kind) {
            (0, Some(kind)) => broken[kind] = "poke",
            (0 | 1, _) => {
                broken[columns.at] = rng.choose(&["2026-13-07T09:00:00Z", "yesterday", "-", "2026-02-30"]);
            }
            (2, _) => broken[columns.actor] = "",
            _ => broken.truncate(columns.at.min(2)),
        }
        Ok(self.csv.write_record(&broken)?)
    }
}

fn utc(at: u32) -> String {
    Timestamp::from_second(i64::from(at)).expect("invariant: a time in 2026").to_string()
}

fn date(at: u32) -> String {
    utc(at)[..10].to_owned()
}

/// RFC 3339 at one hour east of UTC.
fn central_european(at: u32) -> String {
    format!("{}+01:00", &utc(at + 3600)[..19])
}
