//! Tests of the module `analysis`.

mod communities;
mod personalized;
