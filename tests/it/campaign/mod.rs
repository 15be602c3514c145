//! Tests of the room `campaign`.

mod cohort;
mod rules;
