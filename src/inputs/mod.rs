//! Which files does a run read, and is what they hold good enough to go on?
//!
//! [`read_crm()`] reads the CRM files of a plan, [`read()`] its event files; the guards refuse input that is too
//! poor to publish a run.

mod error;
mod guards;
mod read;

pub use error::InputError;
pub(crate) use guards::{
    refuse_all_ignored, refuse_bad_rows, refuse_new_words, refuse_nothing, refuse_opt_out_column,
    refuse_unlinked,
};
pub(crate) use read::{Inputs, WITHHELD, read, read_crm};
