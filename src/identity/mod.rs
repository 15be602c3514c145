//! Which accounts and records are the same person, and may we use them?

mod settings;

pub use settings::{Consent, ConsentRules, CustomerSource, DeniedRule};
