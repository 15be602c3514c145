//! Which accounts and records are the same person, and may we use them?
//!
//! A customer owns the accounts whose keys (`channel:handle`) its CRM record claims. The rules are strict on purpose:
//! an identifier that two customers claim belongs to neither, and among several statements about consent the most
//! restrictive statement is used. Nothing missing in the CRM is guessed, and a CRM row that cannot be read counts as a
//! denial of consent.

mod customers;
mod denials;
mod link;
mod people;
mod rows;
mod settings;
mod withheld;

pub use customers::{
    CUSTOMER_BYTES, ConsentColumn, Customer, CustomerFault, Customers, DenialClaim, HiddenClaims, NewWord,
    read_customers,
};
pub use denials::{Denials, DenialsApplied};
pub use link::{Conflict, Linkage, Party, link};
pub(crate) use people::People;
pub use settings::{Consent, ConsentRules, CustomerSource, DeniedRule, NewWordRule};
pub use withheld::WithheldNames;
