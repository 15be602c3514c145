//! What the CRM knows: customers with their handles, as carelessly typed as CRMs have them.

use std::collections::{BTreeMap, HashSet};

use super::{
    GenerateConfig,
    draw::{Dice, Stage},
    people::{Channel, Kind, People},
};
use crate::ids;

const CONSONANTS: &[u8; 20] = b"bcdfghjklmnprstvwxyz";
const VOWELS: &[u8; 5] = b"aeiou";
/// How many handles two syllables make; with more people, numbers follow.
const NICKS: u64 = 10_000;
/// Coprime to [`NICKS`], so that neighbours in the CRM have unlike handles and no two people the same.
const NICK_STEP: u64 = 7919;

const SURNAME_HEADS: [&str; 24] = [
    "Al", "Ber", "Cal", "Dor", "El", "Fen", "Gar", "Hol", "Im", "Jor", "Kal", "Lin", "Mar", "Nor", "Or",
    "Pel", "Ro", "Sand", "Tor", "Ul", "Väl", "Wes", "Ør", "Zim",
];
const SURNAME_TAILS: [&str; 12] =
    ["ke", "mann", "sen", "ová", "da", "ström", "ez", "ton", "ić", "ley", "ard", "bø"];
const DOMAINS: [&str; 4] = ["a.example", "post.example", "mail.test", "web.test"];

/// A column of the CRM that names a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identifier {
    /// The e-mail address.
    Email,
    /// The handle on [`Channel::Twitter`].
    Twitter,
    /// The handle on [`Channel::Instagram`].
    Instagram,
    /// The handle on [`Channel::Forum`].
    Forum,
}

/// What the CRM holds beyond what is drawn customer by customer.
#[derive(Debug)]
pub struct Crm {
    /// The household of each customer; `None` for those who live alone.
    pub households: Vec<Option<u32>>,
    /// Double claims: the customer who claims what is another's, in which column, and the true owner.
    pub claims: BTreeMap<(u32, Identifier), u32>,
}

/// One row of `customers.csv`, before quoting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Display name.
    pub name: String,
    /// E-mail address, or empty.
    pub email: String,
    /// Handles by channel, or empty.
    pub handles: [String; 3],
    /// Lifetime value, or empty.
    pub value: String,
    /// `full`, `profile`, `none` or empty.
    pub consent: &'static str,
}

/// Draws households and double claims.
pub(super) fn crm(cfg: &GenerateConfig, people: &People) -> Crm {
    let mut dice = Dice::new(cfg.seed, Stage::Household, 0);
    let mut households = Vec::with_capacity(people.customer_count);
    let mut household = 0;
    while households.len() < people.customer_count {
        let size = dice.one_of(&[1, 1, 1, 2, 2, 3, 4]).min(people.customer_count - households.len());
        household += 1;
        households.extend(std::iter::repeat_n((size > 1).then_some(household), size));
    }
    Crm { households, claims: claims(cfg, people) }
}

/// One customer in 500 (at least eight) claims a handle or an e-mail address of somebody who hardly counts.
///
/// Nobody is claimed twice, and whoever claims is not claimed: each double claim is one of two customers.
fn claims(cfg: &GenerateConfig, people: &People) -> BTreeMap<(u32, Identifier), u32> {
    let mut claims = BTreeMap::new();
    let mut taken = HashSet::new();
    let wanted = (people.customer_count / 500).max(8);
    for attempt in 0..wanted * 100 {
        if claims.len() == wanted || people.customer_count < 2 {
            break;
        }
        let mut dice = Dice::new(cfg.seed, Stage::Claim, attempt);
        let [claimant, owner] = [(); 2].map(|()| dice.below(ids::id32(people.customer_count)));
        let identifier = Identifier::ALL[claims.len() % Identifier::ALL.len()];
        let is_free = claimant != owner && !taken.contains(&claimant) && !taken.contains(&owner);
        if is_free && can_claim(cfg, people, claimant, owner, identifier) {
            claims.insert((claimant, identifier), owner);
            taken.extend([claimant, owner]);
        }
    }
    claims
}

/// Whether the owner has the identifier and can be spared, and the claimant's field is empty.
fn can_claim(
    cfg: &GenerateConfig,
    people: &People,
    claimant: u32,
    owner: u32,
    identifier: Identifier,
) -> bool {
    let [claimant_is, owner_is] = [claimant, owner].map(|person| &people.persons[person as usize]);
    match identifier.channel() {
        Some(channel) => {
            let can_be_spared = matches!(owner_is.kind, Kind::Ordinary | Kind::Lurker);
            owner_is.is_on(channel) && can_be_spared && !claimant_is.is_on(channel)
        }
        None => own_email(cfg, owner) && !own_email(cfg, claimant),
    }
}

impl Identifier {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Twitter, Self::Instagram, Self::Forum, Self::Email];

    /// The channel of a handle; none for the e-mail address.
    pub const fn channel(self) -> Option<Channel> {
        match self {
            Self::Email => None,
            Self::Twitter => Some(Channel::Twitter),
            Self::Instagram => Some(Channel::Instagram),
            Self::Forum => Some(Channel::Forum),
        }
    }
}

/// Whether the CRM has an e-mail address of this customer's own.
fn own_email(cfg: &GenerateConfig, customer: u32) -> bool {
    Dice::new(cfg.seed, Stage::Email, customer as usize).percent(60)
}

/// The row of one customer.
pub(super) fn customer(cfg: &GenerateConfig, people: &People, crm: &Crm, customer: u32) -> Customer {
    let person = &people.persons[customer as usize];
    let count = people.persons.len();
    let mut dice = Dice::new(cfg.seed, Stage::Customer, customer as usize);
    // What a field holds is the customer's own, or what the customer claims of another's.
    let named_in = |identifier: Identifier| {
        let has_own =
            identifier.channel().map_or_else(|| own_email(cfg, customer), |channel| person.is_on(channel));
        crm.claims.get(&(customer, identifier)).copied().or(has_own.then_some(customer))
    };
    let email = named_in(Identifier::Email).map_or_else(String::new, |owner| {
        let domain = DOMAINS[owner as usize % DOMAINS.len()];
        let address = format!("{}@{domain}", handle(Channel::Twitter, owner, count));
        if dice.percent(5) { address.to_uppercase() } else { address }
    });
    let handles = [Identifier::Twitter, Identifier::Instagram, Identifier::Forum].map(|identifier| {
        let channel = identifier.channel().expect("invariant: these three are handles");
        named_in(identifier)
            .map_or_else(String::new, |owner| typed(&handle(channel, owner, count), &mut dice))
    });
    let cents = dice.tail_2(4_000, 5_000_000);
    Customer {
        name: name(crm, customer, count, &mut dice),
        email,
        handles,
        value: if dice.percent(3) { String::new() } else { format!("{}.{:02}", cents / 100, cents % 100) },
        consent: match dice.below(100) {
            0..70 => "full",
            70..85 => "profile",
            85..97 => "",
            _ => "none",
        },
    }
}

/// A handle as people type it into a CRM.
fn typed(handle: &str, dice: &mut Dice) -> String {
    match dice.below(100) {
        0..12 => format!("@{handle}"),
        12..20 => handle.to_uppercase(),
        20..22 => format!(" {handle}"),
        _ => handle.to_owned(),
    }
}

/// Households share a surname. A few names have a comma or quotes in them.
fn name(crm: &Crm, customer: u32, count: usize, dice: &mut Dice) -> String {
    let first = capitalised(&nick(customer, count, Syllables::InOrder));
    let family = crm.households[customer as usize].unwrap_or(customer) as usize;
    let surname = format!(
        "{}{}",
        SURNAME_HEADS[family % SURNAME_HEADS.len()],
        SURNAME_TAILS[family / SURNAME_HEADS.len() % SURNAME_TAILS.len()]
    );
    match dice.below(100) {
        0..2 => format!("{surname}, {first}"),
        2..4 => format!("{first} \"{}\" {surname}", &first[..2]),
        _ => format!("{first} {surname}"),
    }
}

/// The handle of a person's account on a channel, as the channel writes it. `count` is how many people there are.
///
/// One text may name two people on two channels: handles mean nothing without their channel.
pub(super) fn handle(channel: Channel, person: u32, count: usize) -> String {
    let mut handle = match channel {
        Channel::Twitter => nick(person, count, Syllables::InOrder),
        Channel::Instagram => nick(person, count, Syllables::Swapped),
        Channel::Forum => capitalised(&nick(person, count, Syllables::InOrder)),
    };
    let round = nick_index(person, count) / NICKS;
    if round > 0 {
        handle.push_str(&round.to_string());
    }
    handle
}

#[derive(Clone, Copy)]
enum Syllables {
    InOrder,
    Swapped,
}

fn nick_index(person: u32, count: usize) -> u64 {
    let range = ids::offset64(count).div_ceil(NICKS) * NICKS;
    u64::from(person) * NICK_STEP % range
}

fn nick(person: u32, count: usize, syllables: Syllables) -> String {
    let index = nick_index(person, count) % NICKS;
    let (first, second) = match syllables {
        Syllables::InOrder => (index / 100, index % 100),
        Syllables::Swapped => (index % 100, index / 100),
    };
    [first, second]
        .map(ids::index64)
        .iter()
        .flat_map(|&syllable| [CONSONANTS[syllable / 5], VOWELS[syllable % 5]])
        .map(char::from)
        .collect()
}

fn capitalised(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}
