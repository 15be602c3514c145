//! Knobs of the reach kernels; each default is a named constant.

use super::ReachError;

/// Default number of hops of audience.
pub const HOPS: u32 = 2;
/// Default number of HyperLogLog registers a node: 256 bytes, relative standard error 6.5 %.
pub const REGISTERS: u32 = 256;
/// Default number of edges that the exact search of one node may walk before the estimate takes over.
///
/// On a real graph of 300,000 nodes and 470,000 edges no search within 2 hops walks more than 99,136, so all nodes
/// are exact, in less time than the estimate takes (25 against 60 ms on 2 cores). At worst every search walks that
/// far, some 0.5 ms a node and core; lower it where a dense graph makes that too much.
pub const EXACT_EDGES: u64 = 131_072;
/// Default number of nodes, those of the largest estimates, that are counted after all.
///
/// On a Kronecker graph of scale 20 (646,147 nodes, 16 million edges) each 512 take 0.3 s of one core at 2 hops and
/// 0.8 s to the end: two times 512 take about as long as estimating everyone with 64 registers.
pub const EXACT_TOP: u32 = 1_024;
/// Default worth of a node at one hop more.
pub const DECAY: f64 = 0.5;

/// The most segments that reach is told for at once.
pub const MAX_SEGMENTS: usize = 8;

/// Fewest registers for which the error law of HyperLogLog holds.
pub(super) const MIN_REGISTERS: u32 = 16;
/// Most registers that are of use: the relative standard error is 0.4 %.
const MAX_REGISTERS: u32 = 65_536;

/// How reach is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReachConfig {
    /// How many hops of audience content can travel, from 1.
    pub hops: u32,
    /// HyperLogLog registers a node: a power of two from 16 to 65,536.
    pub registers: u32,
    /// How many edges the exact search of one node may walk; 0: estimate all that have an audience and more than
    /// one hop to go, `u64::MAX`: all exact.
    pub exact_edges: u64,
    /// How many of the nodes that were estimated, the largest first, are counted after all.
    pub exact_top: u32,
    /// What a node at hop `t` adds to decayed reach is `decay` to the power of `t - 1`; in `[0, 1]`.
    pub decay: f64,
    /// Seed of the hash functions.
    pub seed: u64,
}

impl ReachConfig {
    /// Whether the knobs make sense together with any graph.
    pub(super) fn check(&self) -> Result<(), ReachError> {
        if self.hops == 0 {
            return Err(ReachError::BadHops { hops: self.hops });
        }
        if !(0.0..=1.0).contains(&self.decay) {
            return Err(ReachError::BadDecay { decay: self.decay });
        }
        let known =
            self.registers.is_power_of_two() && (MIN_REGISTERS..=MAX_REGISTERS).contains(&self.registers);
        if known { Ok(()) } else { Err(ReachError::BadRegisters { registers: self.registers }) }
    }
}
