//! Simulates support threads: a question, an answer, thanks.

use super::{
    GenerateConfig, clock,
    population::{Channel, PersonKind, Population},
    random::{CounterRng, RandomStream, WeightedSampler},
};
use crate::ids;

/// Half of all messages follow the previous message within twice this many seconds.
const DELAY_SCALE_S: u32 = 1800;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageKind {
    /// An answer to the person who asked.
    Answer,
    /// Thanks to the helper, or a further question.
    Thanks,
    /// A mention of somebody who may know the answer.
    Mention,
}

impl MessageKind {
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
    pub at: u32,
    /// The number of the thread, from 0.
    pub thread: u32,
    pub actor: u32,
    /// The addressee; equal to `actor` if the author repeats a question.
    pub target: u32,
    pub kind: MessageKind,
    pub channel: Channel,
}

/// Simulates threads until there are `budget` messages. Sorted by (time, thread, actor, target).
pub(super) fn threads(cfg: &GenerateConfig, people: &Population, budget: u32) -> Vec<Message> {
    let helpfulness = WeightedSampler::new(people.active.iter().map(|&v| helpfulness(people, v)));
    let mut messages = Vec::with_capacity(budget as usize);
    let mut thread = 0;
    while messages.len() < budget as usize && !people.active.is_empty() {
        add_thread(cfg, people, &helpfulness, thread, &mut messages);
        thread += 1;
    }
    messages.retain(|message| message.at < clock::END);
    messages.sort_unstable();
    messages
}

/// The relative probability that a person answers.
fn helpfulness(people: &Population, person: u32) -> u32 {
    let p = &people.persons[person as usize];
    match p.kind {
        PersonKind::Star | PersonKind::Ordinary => p.influence,
        PersonKind::Quiet => p.influence * 2,
        PersonKind::Lurker => 200,
        PersonKind::Hollow | PersonKind::Absent => 0,
    }
}

/// Simulates one thread: a question, an answer, and the messages after it.
fn add_thread(
    cfg: &GenerateConfig,
    people: &Population,
    helpfulness: &WeightedSampler,
    thread: u32,
    messages: &mut Vec<Message>,
) {
    let mut rng = CounterRng::new(cfg.seed, RandomStream::Thread, thread as usize);
    let (asker, person) = people.active_person(rng.below(ids::id32(people.active.len())) as usize);
    let channel = [Channel::Forum, Channel::Twitter, Channel::Instagram]
        .into_iter()
        .find(|&channel| person.is_on(channel))
        .expect("invariant: active people have an account");
    let home = people.community(person.community);
    let find_other = |rng: &mut CounterRng, expert: bool| {
        let range = if rng.percent(cfg.mixing_percent) { 0..people.active.len() } else { home.clone() };
        (0..8).find_map(|_| {
            let index = if expert {
                helpfulness.pick(range.clone(), rng)?
            } else {
                range.start + rng.below(ids::id32(range.len())) as usize
            };
            let (found, person) = people.active_person(index);
            (found != asker && person.is_on(channel)).then_some(found)
        })
    };
    let mut at = clock::moment(&mut rng);
    let mut send = |actor, target, kind, rng: &mut CounterRng| {
        at += 1 + clock::delay(DELAY_SCALE_S, rng);
        messages.push(Message { at, thread, actor, target, kind, channel });
    };
    if rng.percent(4) {
        send(asker, asker, MessageKind::Answer, &mut rng);
    }
    let Some(helper) = find_other(&mut rng, true) else { return };
    if rng.percent(20)
        && let Some(bystander) = find_other(&mut rng, false)
        && bystander != helper
    {
        send(bystander, helper, MessageKind::Mention, &mut rng);
    }
    send(helper, asker, MessageKind::Answer, &mut rng);
    if rng.percent(70) {
        send(asker, helper, MessageKind::Thanks, &mut rng);
    }
    for _ in 0..rng.below(3) {
        if let Some(other) = find_other(&mut rng, false)
            && other != helper
        {
            send(other, helper, MessageKind::Thanks, &mut rng);
        }
    }
}
