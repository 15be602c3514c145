//! Tests of the module `campaign`.

mod cohort;
mod rules;
