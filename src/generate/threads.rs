//! Support threads: somebody asks, helpful people answer, and the helper gets the thanks.

use super::{
    GenerateConfig, clock,
    draw::{Dice, Stage, Weighted},
    people::{Channel, Kind, People},
};
use crate::ids;

/// Half of the answers come within twice this many seconds.
const DELAY_SCALE_S: u32 = 1800;

/// What a message does to the one it is addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// Answers the one who asked.
    Answer,
    /// Answers the helper: thanks, or a further question.
    Thanks,
    /// Calls somebody in who may know.
    Mention,
}

impl Word {
    /// The file's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Thanks => "thanks",
            Self::Mention => "cc",
        }
    }
}

/// One message of a support thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// The second.
    pub at: u32,
    /// The thread, from 0.
    pub thread: u32,
    /// Who writes.
    pub actor: u32,
    /// To whom; the writer in person where somebody bumps an own question.
    pub target: u32,
    /// What it is.
    pub word: Word,
    /// Where.
    pub channel: Channel,
}

/// Opens threads until there are `budget` messages. Sorted by (time, thread, actor, target).
pub(super) fn threads(cfg: &GenerateConfig, people: &People, budget: u32) -> Vec<Message> {
    let helpfulness = Weighted::new(people.crowd.iter().map(|&v| helpfulness(people, v)));
    let mut messages = Vec::with_capacity(budget as usize);
    let mut thread = 0;
    while messages.len() < budget as usize && !people.crowd.is_empty() {
        converse(cfg, people, &helpfulness, thread, &mut messages);
        thread += 1;
    }
    messages.retain(|message| message.at < clock::END);
    messages.sort_unstable();
    messages
}

/// How likely a person is the one who answers, relative to others.
fn helpfulness(people: &People, person: u32) -> u32 {
    let p = &people.persons[person as usize];
    match p.kind {
        Kind::Star | Kind::Ordinary => p.influence,
        Kind::Quiet => p.influence * 2,
        Kind::Lurker => 200,
        Kind::Hollow | Kind::Absent => 0,
    }
}

fn converse(
    cfg: &GenerateConfig,
    people: &People,
    helpfulness: &Weighted,
    thread: u32,
    messages: &mut Vec<Message>,
) {
    let mut dice = Dice::new(cfg.seed, Stage::Thread, thread as usize);
    let (asker, person) = people.in_crowd(dice.below(ids::id32(people.crowd.len())) as usize);
    let channel = [Channel::Forum, Channel::Twitter, Channel::Instagram]
        .into_iter()
        .find(|&channel| person.is_on(channel))
        .expect("invariant: active people have an account");
    let home = people.community(person.community);
    let present = |dice: &mut Dice, expert: bool| {
        let range = if dice.percent(cfg.mixing_percent) { 0..people.crowd.len() } else { home.clone() };
        (0..8).find_map(|_| {
            let place = if expert {
                helpfulness.pick(range.clone(), dice)?
            } else {
                range.start + dice.below(ids::id32(range.len())) as usize
            };
            let (found, person) = people.in_crowd(place);
            (found != asker && person.is_on(channel)).then_some(found)
        })
    };
    let mut at = clock::moment(&mut dice);
    let mut say = |actor, target, word, dice: &mut Dice| {
        at += 1 + clock::delay(DELAY_SCALE_S, dice);
        messages.push(Message { at, thread, actor, target, word, channel });
    };
    if dice.percent(4) {
        say(asker, asker, Word::Answer, &mut dice);
    }
    let Some(helper) = present(&mut dice, true) else { return };
    if dice.percent(20)
        && let Some(bystander) = present(&mut dice, false)
        && bystander != helper
    {
        say(bystander, helper, Word::Mention, &mut dice);
    }
    say(helper, asker, Word::Answer, &mut dice);
    if dice.percent(70) {
        say(asker, helper, Word::Thanks, &mut dice);
    }
    for _ in 0..dice.below(3) {
        if let Some(other) = present(&mut dice, false)
            && other != helper
        {
            say(other, helper, Word::Thanks, &mut dice);
        }
    }
}
