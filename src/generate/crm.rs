//! Draws the CRM: customers with names, households and handles, with the typing errors that CRMs have.

use std::collections::{BTreeMap, HashSet};

use super::{
    GenerateConfig,
    population::{Channel, PersonKind, Population},
    random::{CounterRng, RandomStream},
};
use crate::ids;

const CONSONANTS: &[u8; 20] = b"bcdfghjklmnprstvwxyz";
const VOWELS: &[u8; 5] = b"aeiou";
/// The number of handles of two syllables. If there are more people, a number is appended to the further handles.
const TWO_SYLLABLE_HANDLES: u64 = 10_000;
/// Coprime to [`TWO_SYLLABLE_HANDLES`], so that handles are distinct and the handles of adjacent rows differ much.
const HANDLE_STEP: u64 = 7919;

const SURNAME_HEADS: [&str; 24] = [
    "Al", "Ber", "Cal", "Dor", "El", "Fen", "Gar", "Hol", "Im", "Jor", "Kal", "Lin", "Mar", "Nor", "Or",
    "Pel", "Ro", "Sand", "Tor", "Ul", "Väl", "Wes", "Ør", "Zim",
];
const SURNAME_TAILS: [&str; 12] =
    ["ke", "mann", "sen", "ová", "da", "ström", "ez", "ton", "ić", "ley", "ard", "bø"];
const DOMAINS: [&str; 4] = ["a.example", "post.example", "mail.test", "web.test"];

/// A column of the CRM that identifies a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identifier {
    Email,
    Twitter,
    Instagram,
    Forum,
}

/// The parts of the CRM that involve several customers.
#[derive(Debug)]
pub struct Crm {
    /// The household of each customer; `None` for a household of one.
    pub households: Vec<Option<u32>>,
    /// Conflicting claims: from (claimant, column) to the true owner of the identifier.
    pub claims: BTreeMap<(u32, Identifier), u32>,
}

/// One row of `customers.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntheticCustomer {
    pub name: String,
    pub email: String,
    /// The handles on Twitter, Instagram and the forum; empty if there is none.
    pub handles: [String; 3],
    pub value: String,
    /// `full`, `profile`, `none` or empty.
    pub consent: &'static str,
}

pub(super) fn crm(cfg: &GenerateConfig, people: &Population) -> Crm {
    let mut rng = CounterRng::new(cfg.seed, RandomStream::Household, 0);
    let mut households = Vec::with_capacity(people.customer_count);
    let mut household = 0;
    while households.len() < people.customer_count {
        let size = rng.choose(&[1, 1, 1, 2, 2, 3, 4]).min(people.customer_count - households.len());
        household += 1;
        households.extend(std::iter::repeat_n((size > 1).then_some(household), size));
    }
    Crm { households, claims: claims(cfg, people) }
}

/// Lets one customer in 500 (at least eight) claim a handle or an e-mail address of a customer with little influence.
///
/// No customer takes part in two claims, so each conflict is between exactly two customers.
fn claims(cfg: &GenerateConfig, people: &Population) -> BTreeMap<(u32, Identifier), u32> {
    let mut claims = BTreeMap::new();
    let mut taken = HashSet::new();
    let wanted = (people.customer_count / 500).max(8);
    for attempt in 0..wanted * 100 {
        if claims.len() == wanted || people.customer_count < 2 {
            break;
        }
        let mut rng = CounterRng::new(cfg.seed, RandomStream::Claim, attempt);
        let [claimant, owner] = [(); 2].map(|()| rng.below(ids::id32(people.customer_count)));
        let identifier = Identifier::ALL[claims.len() % Identifier::ALL.len()];
        let is_free = claimant != owner && !taken.contains(&claimant) && !taken.contains(&owner);
        if is_free && can_claim(cfg, people, claimant, owner, identifier) {
            claims.insert((claimant, identifier), owner);
            taken.extend([claimant, owner]);
        }
    }
    claims
}

/// Whether the owner has the identifier, the claimant's field is empty, and, for a handle, the owner has little
/// influence.
fn can_claim(
    cfg: &GenerateConfig,
    people: &Population,
    claimant: u32,
    owner: u32,
    identifier: Identifier,
) -> bool {
    let [claimant_is, owner_is] = [claimant, owner].map(|person| &people.persons[person as usize]);
    match identifier.channel() {
        Some(channel) => {
            let has_little_influence = matches!(owner_is.kind, PersonKind::Ordinary | PersonKind::Lurker);
            owner_is.is_on(channel) && has_little_influence && !claimant_is.is_on(channel)
        }
        None => has_email(cfg, owner) && !has_email(cfg, claimant),
    }
}

impl Identifier {
    pub const ALL: [Self; 4] = [Self::Twitter, Self::Instagram, Self::Forum, Self::Email];

    /// The channel of a handle; `None` for the e-mail address.
    pub const fn channel(self) -> Option<Channel> {
        match self {
            Self::Email => None,
            Self::Twitter => Some(Channel::Twitter),
            Self::Instagram => Some(Channel::Instagram),
            Self::Forum => Some(Channel::Forum),
        }
    }
}

/// Whether the CRM has an e-mail address of this customer.
fn has_email(cfg: &GenerateConfig, customer: u32) -> bool {
    CounterRng::new(cfg.seed, RandomStream::Email, customer as usize).percent(60)
}

pub(super) fn customer(
    cfg: &GenerateConfig,
    people: &Population,
    crm: &Crm,
    customer: u32,
) -> SyntheticCustomer {
    let person = &people.persons[customer as usize];
    let count = people.persons.len();
    let mut rng = CounterRng::new(cfg.seed, RandomStream::Customer, customer as usize);
    // A field holds the customer's identifier, or the identifier of another customer that this customer claims.
    let owner_in = |identifier: Identifier| {
        let has_own =
            identifier.channel().map_or_else(|| has_email(cfg, customer), |channel| person.is_on(channel));
        crm.claims.get(&(customer, identifier)).copied().or(has_own.then_some(customer))
    };
    let email = owner_in(Identifier::Email).map_or_else(String::new, |owner| {
        let domain = DOMAINS[owner as usize % DOMAINS.len()];
        let address = format!("{}@{domain}", handle(Channel::Twitter, owner, count));
        if rng.percent(5) { address.to_uppercase() } else { address }
    });
    let handles = [Identifier::Twitter, Identifier::Instagram, Identifier::Forum].map(|identifier| {
        let channel = identifier.channel().expect("invariant: these three are handles");
        owner_in(identifier)
            .map_or_else(String::new, |owner| as_typed(&handle(channel, owner, count), &mut rng))
    });
    let cents = rng.pareto_2(4_000, 5_000_000);
    SyntheticCustomer {
        name: name(crm, customer, count, &mut rng),
        email,
        handles,
        value: if rng.percent(3) { String::new() } else { format!("{}.{:02}", cents / 100, cents % 100) },
        consent: match rng.below(100) {
            0..70 => "full",
            70..85 => "profile",
            85..97 => "",
            _ => "none",
        },
    }
}

/// A handle as people type it into a CRM: with an `@`, in capitals, or after a space.
fn as_typed(handle: &str, rng: &mut CounterRng) -> String {
    match rng.below(100) {
        0..12 => format!("@{handle}"),
        12..20 => handle.to_uppercase(),
        20..22 => format!(" {handle}"),
        _ => handle.to_owned(),
    }
}

/// The display name. The members of a household share a surname; a few names contain a comma or quotes.
fn name(crm: &Crm, customer: u32, count: usize, rng: &mut CounterRng) -> String {
    let first = capitalized(&base_handle(customer, count, Syllables::InOrder));
    let family = crm.households[customer as usize].unwrap_or(customer) as usize;
    let surname = format!(
        "{}{}",
        SURNAME_HEADS[family % SURNAME_HEADS.len()],
        SURNAME_TAILS[family / SURNAME_HEADS.len() % SURNAME_TAILS.len()]
    );
    match rng.below(100) {
        0..2 => format!("{surname}, {first}"),
        2..4 => format!("{first} \"{}\" {surname}", &first[..2]),
        _ => format!("{first} {surname}"),
    }
}

/// The handle of a person's account on a channel, as the channel writes it. `count` is the number of people.
///
/// The same text may belong to different people on different channels.
pub(super) fn handle(channel: Channel, person: u32, count: usize) -> String {
    let mut handle = match channel {
        Channel::Twitter => base_handle(person, count, Syllables::InOrder),
        Channel::Instagram => base_handle(person, count, Syllables::Swapped),
        Channel::Forum => capitalized(&base_handle(person, count, Syllables::InOrder)),
    };
    let round = handle_index(person, count) / TWO_SYLLABLE_HANDLES;
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

fn handle_index(person: u32, count: usize) -> u64 {
    let range = ids::offset64(count).div_ceil(TWO_SYLLABLE_HANDLES) * TWO_SYLLABLE_HANDLES;
    u64::from(person) * HANDLE_STEP % range
}

fn base_handle(person: u32, count: usize, syllables: Syllables) -> String {
    let index = handle_index(person, count) % TWO_SYLLABLE_HANDLES;
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

fn capitalized(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}
