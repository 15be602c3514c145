//! Tests of the room `analysis`.

mod communities;
mod personalized;
