//! The event files: each in a format of its own, as several sources would deliver them, with a few bad rows.

use std::io::{self, Write};

use jiff::Timestamp;

use super::{
    DataSet,
    draw::{Dice, Stage},
    network::NEVER,
    people::Channel,
    render::quoted,
    threads::Word,
};

/// One row in so many is followed by a broken copy of itself.
const ROWS_PER_FAULT: u32 = 300;

/// What support threads are about. Commas, quotes and line breaks are what makes reading them hard.
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
    /// Sorted by (time, follower, followed); `+` begins, `-` ends.
    pub(super) fn write_follows(&self, channel: Channel, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Vec::new();
        for follow in self.network.follows.iter().filter(|follow| follow.channel == channel) {
            rows.push((follow.since, follow.follower, follow.followed, "+"));
            if follow.until != NEVER {
                rows.push((follow.until, follow.follower, follow.followed, "-"));
            }
        }
        rows.sort_unstable();
        writeln!(out, "follower,followed,op,at")?;
        let mut table = Table {
            out,
            delimiter: ',',
            line_end: "\n",
            actor: 0,
            at: 3,
            kind: Some(2),
            file: channel as usize,
            seed: self.config.seed,
            row_count: 0,
        };
        for (at, follower, followed, op) in rows {
            let time = match channel {
                Channel::Instagram => date(at),
                _ => utc(at),
            };
            table.row(&[&self.handle(channel, follower), &self.handle(channel, followed), op, &time])?;
        }
        Ok(())
    }

    /// Sorted by (time, content, sharer); no header; epoch seconds on one channel, milliseconds on the other.
    pub(super) fn write_shares(&self, channel: Channel, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table {
            out,
            delimiter: '\t',
            line_end: "\n",
            actor: 0,
            at: 2,
            kind: None,
            file: 3 + channel as usize,
            seed: self.config.seed,
            row_count: 0,
        };
        for share in self.shares.rows.iter().filter(|share| share.channel == channel) {
            let at = match channel {
                Channel::Instagram => format!("{}{:03}", share.at, share.sharer % 1000),
                _ => share.at.to_string(),
            };
            let [sharer, parent] = [share.sharer, share.parent].map(|person| self.handle(channel, person));
            table.row(&[&sharer, &parent, &at, &share.content.to_string()])?;
        }
        Ok(())
    }

    /// Sorted by (time, thread, author, addressee); RFC 4180 with CRLF, times with an offset.
    pub(super) fn write_support(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "thread,sent_at,channel,author,addressee,type,subject\r\n")?;
        let mut table = Table {
            out,
            delimiter: ',',
            line_end: "\r\n",
            actor: 3,
            at: 1,
            kind: Some(5),
            file: 6,
            seed: self.config.seed,
            row_count: 0,
        };
        for message in &self.messages {
            let subject = match message.word {
                Word::Answer if message.thread % 3 == 0 => {
                    SUBJECTS[message.thread as usize / 3 % SUBJECTS.len()]
                }
                _ => "",
            };
            let [actor, target] =
                [message.actor, message.target].map(|person| self.handle(message.channel, person));
            table.row(&[
                &message.thread.to_string(),
                &central_european(message.at),
                message.channel.name(),
                &actor,
                &target,
                message.word.name(),
                subject,
            ])?;
        }
        Ok(())
    }
}

/// An event file being written: plain rows, and now and then a broken one.
struct Table<'a> {
    out: &'a mut dyn Write,
    delimiter: char,
    line_end: &'static str,
    actor: usize,
    at: usize,
    kind: Option<usize>,
    /// Tells the files apart, so that each breaks at places of its own.
    file: usize,
    seed: u64,
    row_count: usize,
}

impl Table<'_> {
    fn row(&mut self, fields: &[&str]) -> io::Result<()> {
        self.write(fields)?;
        let mut dice = Dice::new(self.seed, Stage::Fault, self.row_count << 3 | self.file);
        self.row_count += 1;
        if dice.below(ROWS_PER_FAULT) > 0 {
            return Ok(());
        }
        let mut broken = fields.to_vec();
        match (dice.below(4), self.kind) {
            (0, Some(kind)) => broken[kind] = "poke",
            (0 | 1, _) => {
                broken[self.at] = dice.one_of(&["2026-13-07T09:00:00Z", "yesterday", "-", "2026-02-30"]);
            }
            (2, _) => broken[self.actor] = "",
            _ => broken.truncate(self.at.min(2)),
        }
        self.write(&broken)
    }

    fn write(&mut self, fields: &[&str]) -> io::Result<()> {
        for (position, field) in fields.iter().enumerate() {
            if position > 0 {
                write!(self.out, "{}", self.delimiter)?;
            }
            write!(self.out, "{}", quoted(field, self.delimiter))?;
        }
        write!(self.out, "{}", self.line_end)
    }
}

/// RFC 3339 in UTC.
fn utc(at: u32) -> String {
    Timestamp::from_second(i64::from(at)).expect("invariant: a time in 2026").to_string()
}

/// The date.
fn date(at: u32) -> String {
    utc(at)[..10].to_owned()
}

/// RFC 3339 an hour east of UTC.
fn central_european(at: u32) -> String {
    format!("{}+01:00", &utc(at + 3600)[..19])
}
