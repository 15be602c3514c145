//! Tests of the module `identity`.

mod link;
mod withheld;
