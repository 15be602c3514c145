//! Tests of the room `identity`.

mod link;
mod withheld;
