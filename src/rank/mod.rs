//! Which nodes receive the most attention, directly and through others?
//!
//! # The problem
//!
//! PageRank is the share of time that a random walker spends at each node. In each step the walker follows one of the
//! node's out-edges, chosen in proportion to weight, with probability `a` (the *damping*); otherwise it jumps to a node
//! drawn from the *teleport* vector `t`. At a *dangling* node, one without out-edges, it always jumps.
//!
//! # The formula
//!
//! For every edge `u → v` of weight `w`, the matrix `A` hands `v` the share `w / out_strength(u)` of the value of `u`;
//! columns of dangling nodes are empty. If `D` is the mass of `x` on dangling nodes, PageRank is the fixed point `p`,
//! of sum 1, of `T(x) = (1 - a) t + a (A x + D t)`. One application of `T`, a pass over the edges, is a *round*.
//!
//! # The textbook solver
//!
//! `power_iteration` applies `T` a given number of times ([`StopRule::Rounds`]). It is the specification of everything
//! below, and the file to read first. Each round shrinks the error at least by the factor `a`.
//!
//! # The fast solver
//!
//! [`StopRule::Certified`] gives the same answer, within a certified bound, from fewer and cheaper rounds.
//!
//! **Only the core is iterated** (`system`). `p = J z`, where `z = t + a A z`, and `J = (1 - a) + a D` is the restart
//! probability of a step. In these equations a node without in-edges always has `z = t`, and a dangling node
//! contributes nothing. So only nodes with both kinds of edges, the core, are iterated: `z = b + a A z`, where `b` is
//! `t` plus the contributions of nodes without in-edges. If core nodes have the lowest numbers, the core sources of a
//! row come first in the row. If many core nodes have no in-edges from the core, they are left out as well: their `z`
//! is computed once, `b` includes their contributions, and their entries in the tables of the core are 0. Since `p`
//! sums to 1, `J = 1 / (1 + a · mass of z on nodes with out-edges)`; the values of dangling nodes are computed at the
//! end.
//!
//! **Certified iterative refinement** (`refinement`). `T` contracts the difference of vectors of equal sum by the
//! factor `a` in L1. So for `x` of sum 1 and the computed `y = T(x) + e`,
//! `|y - p| <= |e| + a |x - p| <= |e| + a (|x - y| + |y - p|)`, hence `|y - p| <= (a |x - y| + |e|) / (1 - a)`: a plain
//! round in `f64` from any vector bounds its own error, rounding included. On the core `x` is `J z`. On all other
//! nodes, `x` can be chosen. On nodes without in-edges, `x = J t`, which `T` does not change. `T` depends on dangling
//! nodes only through the sum of their values, which is 1 minus all other values; so `x` is chosen to spread the change
//! of that sum over the dangling nodes. Then `|x - y| = J (|r| + |Σ r|)`, where `r = b + a A z - z` is the residual on
//! the core. If the bound is too large, the correction is the solution of `d = r + a A d`.
//!
//! **Most rounds in `f32`** (`sweep`). Half as many bytes cause half as many cache misses. The first phase comes as
//! near to the solution as 24 bits allow, to about 1e-7. A plain round certifies the result or yields `r`; then another
//! phase solves for the correction, to seven digits of `r`, and so on. Rounding makes the total mass drift, so it is
//! renormalized in every round: by scaling in the first phase, as in the power method, later by adding a multiple of
//! `z`. A round is a Jacobi or a Gauss–Seidel sweep ([`Solver`]). Every few rounds the iterates are extrapolated
//! (`extrapolate`). The certificate does not depend on any of this.
//!
//! **Several columns** (`columns`). Several teleport vectors share passes over the edges. Each column has separate
//! phases and stops independently, and its sums do not depend on the other columns.
//!
//! # Variants
//!
//! `weakly_preferential` combines two solutions into the solution in which dangling nodes hand their rank to all nodes
//! equally; `spam_mass` computes which share of a rank comes from a set of nodes; `hits` computes hubs and authorities.

mod pagerank;
mod power_iteration;
mod settings;

mod columns;
mod error_bounds;
mod extrapolate;
mod gather;
mod memory;
mod refinement;
mod sweep;
mod system;

mod hits;
mod spam_mass;
mod weakly_preferential;

mod error;

pub(crate) use columns::batch_width;
pub use error::{NodeVector, RankError};
pub use error_bounds::weight_rounding_bound;
pub use hits::{HITS_MAX_ROUNDS, HITS_TOLERANCE, Hits, HitsConfig, hits};
pub use memory::{RESULT_BYTES, estimated_bytes};
pub use pagerank::{RankColumns, Ranks, Teleport, pagerank, pagerank_columns, pagerank_from};
pub use settings::{DAMPING, Dangling, MAX_ROUNDS, PageRankConfig, Solver, StopRule, TOLERANCE};
pub use spam_mass::contribution_share;
