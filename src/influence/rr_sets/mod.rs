//! Reverse-reachable sets: which nodes would activate a random node, in one outcome of the diffusion model?
//!
//! `sample` draws the sets. Each set is a function of its number, so no set needs to be stored. `inverted_index` stores
//! for each candidate the numbers of the sets that contain it.

pub(super) mod inverted_index;
pub(super) mod sample;
