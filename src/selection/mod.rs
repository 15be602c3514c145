//! Which people does a selector name, such as an id, `tier:star` or `@list.txt`?
//!
//! [`PersonIndex`] finds people by id, in any table of people: rows of a finished run, or nodes of a run that is being
//! made. [`read_ids`] reads lists of ids. `select` turns a selector into rows of a finished run's scores.

mod error;
mod id_list;
mod person_index;
mod select;
mod topics;

pub use error::SelectionError;
pub use id_list::{IdList, read_ids};
pub use person_index::{FoundList, PersonIndex};
pub(crate) use select::{ContactConsent, index_of, select};
pub use topics::TopicError;
pub(crate) use topics::Topics;
