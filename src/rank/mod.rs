//! What does the structure say about standing: who is attended to by those who are attended to?
//!
//! With damping `a`, teleport vector `t` (of sum 1) and the matrix `A` that hands `v` the share `w / out_strength(u)`
//! of `u` for every edge, PageRank is the fixed point `p` of `T(x) = (1 - a) t + a (A x + D t)`, where `D` is the mass
//! of `x` on *dangling* nodes, those without out-edges; their columns of `A` are empty. A pass over the edges is a
//! round.
//!
//! **The core** (`system`). `p = J z`, where `z = t + a A z`, and `J = (1 - a) + a D` is the chance to start anew in a
//! step. In these equations a node without in-edges has `z = t` for good, and a dangling node feeds nobody. So only
//! nodes that have both kinds of edges are iterated: `z = b + a A z` on them, where `b` is `t` and what nodes without
//! in-edges hand on. Where nodes are numbered with the core in front, their sources from the core stand first in every
//! row. Where many nodes of the core have no source in it, they are *settled* too: their `z` is worked out once, and
//! `b` holds what they hand on; in tables for the core they count 0. Since `p` sums to 1, `J = 1 / (1 + a · mass of z
//! on nodes with out-edges)`; values of dangling nodes are worked out at the end.
//!
//! **The certificate** (`solve`). `T` brings vectors of equal sums nearer by the factor `a` in L1. So for `x` of sum 1,
//! with `y` the computed `T(x) + e`, `|y - p| <= |e| + a |x - p| <= |e| + a (|x - y| + |y - p|)`, hence `|y - p| <= (a
//! |x - y| + |e|) / (1 - a)`: a plain round in `f64` from wherever we are bounds its own error, rounding included. On
//! the core `x` is `J z`. Elsewhere we may choose `x`: without in-edges `J t`, which `T` keeps; and `T` only asks for
//! the sum over dangling nodes, `1 -` all else, so let `x` spread what that sum differs from the one after the round
//! over them. Then `|x - y| = J (|r| + |Σ r|)`, where `r = b + a A z - z` is the residual on the core.
//!
//! **Most rounds in `f32`** (`sweep`). Half the bytes are half the cache misses. A first phase comes as near as 24 bits
//! let it, which is some 1e-7. A plain round certifies that, or leaves `r`; then the correction is what solves `d = r +
//! a A d`, again in `f32`, good to seven digits of `r`, and so on (iterative refinement). A round that does not keep
//! the mass lets it drift for long, so each phase renormalises every round, from afar as the power method does it, near
//! `z` by a multiple of `z`. Every few rounds the iterates are extrapolated (`extrapolate`). Nothing in these phases
//! bears on the certificate.
//!
//! **Columns** (`columns`). Several teleport vectors share passes; each has its own phases and its own end, and what is
//! summed for it does not depend on its company. `plain` is the textbook's loop for a given number of rounds, `weak`
//! puts together the answer in which dangling nodes hand their rank to everybody, `origin` tells which share of a rank
//! goes back to some of the nodes.

mod columns;
mod error;
mod extrapolate;
mod gather;
mod hits;
mod memory;
mod origin;
mod pagerank;
mod plain;
mod rounding;
mod settings;
mod solve;
mod sweep;
mod system;
mod weak;

pub use columns::lanes;
pub use error::RankError;
pub use hits::{HITS_MAX_ROUNDS, HITS_TOLERANCE, Hits, HitsConfig, hits};
pub use memory::{RESULT_BYTES, estimated_bytes};
pub use origin::share_from;
pub use pagerank::{RankColumns, Ranks, Teleport, pagerank, pagerank_columns, pagerank_from};
pub use rounding::weight_rounding_bound;
pub use settings::{DAMPING, Dangling, MAX_ROUNDS, PageRankConfig, Solver, StopRule, TOLERANCE};
