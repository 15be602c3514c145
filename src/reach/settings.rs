//! The configuration of the reach kernels, its defaults and its checks.

/// Default number of hops.
pub const HOPS: u32 = 2;
/// Default number of HyperLogLog registers per node: 256 bytes, relative standard error 6.5 %.
pub const REGISTERS: u32 = 256;
/// Default number of edges that the exact search of one node may traverse before it is estimated instead.
///
/// On a real graph of 300,000 nodes and 470,000 edges no search within 2 hops traverses more than 99,136, so all nodes
/// are exact, in less time than the estimate takes (25 against 60 ms on 2 cores). In the worst case every search
/// traverses this many edges, which takes about 0.5 ms per node on one core; set a lower limit if that takes too long
/// on a dense graph.
pub const EXACT_EDGES: u64 = 131_072;
/// Default number of nodes with the largest estimates that are finally counted exactly.
///
/// On a Kronecker graph of scale 20 (646,147 nodes, 16 million edges) each batch of 512 nodes takes 0.3 s on one core
/// at 2 hops, and 0.8 s without a limit on hops: two batches take about as long as estimating all nodes with 64
/// registers.
pub const EXACT_TOP: u32 = 1_024;
/// Default weight of a node relative to a node that is one hop nearer.
pub const DECAY: f64 = 0.5;

/// The largest number of segments that are counted at once.
pub const MAX_SEGMENTS: usize = 8;

/// Minimum number of registers for which the error law of HyperLogLog holds.
pub(super) const MIN_REGISTERS: u32 = 16;
/// Maximum useful number of registers: the relative standard error is 0.4 %.
const MAX_REGISTERS: u32 = 65_536;

/// How the k-hop audiences are computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReachConfig {
    /// The largest number of hops, from 1.
    pub hops: u32,
    /// HyperLogLog registers per node: a power of two from 16 to 65,536.
    pub registers: u32,
    /// How many edges the exact search of one node may traverse. 0: every node with an audience is estimated, if there
    /// is more than one hop. `u64::MAX`: every node is exact.
    pub exact_edges: u64,
    /// How many of the estimated nodes, the largest estimates first, are finally counted exactly.
    pub exact_top: u32,
    /// A node at hop `t` adds `decay` to the power of `t - 1` to decayed reach; in `[0, 1]`.
    pub decay: f64,
    /// Seed of the hash functions.
    pub seed: u64,
}

/// Why reach could not be computed.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReachError {
    /// The number of hops is 0; there is no audience within 0 hops.
    #[error("cannot count the audience within {hops} hops: at least 1 hop is expected")]
    BadHops {
        /// The number given.
        hops: u32,
    },
    /// HyperLogLog needs a power of two, and its error law holds for 16 or more registers.
    #[error("cannot sketch with {registers} registers: a power of two from 16 to 65536 is expected")]
    BadRegisters {
        /// The number given.
        registers: u32,
    },
    /// A decay factor below 0 or above 1.
    #[error("a decay of {decay} a hop is out of range: a number from 0 to 1 is expected")]
    BadDecay {
        /// The number given.
        decay: f64,
    },
    /// The segments of a node are stored as the bits of a byte.
    #[error("cannot count the members of {count} segments at once: at most 8 are expected")]
    TooManySegments {
        /// The number given.
        count: usize,
    },
}

impl Default for ReachConfig {
    fn default() -> Self {
        Self {
            hops: HOPS,
            registers: REGISTERS,
            exact_edges: EXACT_EDGES,
            exact_top: EXACT_TOP,
            decay: DECAY,
            seed: 42,
        }
    }
}

impl ReachConfig {
    /// Refuses values out of range.
    pub(super) fn check(&self) -> Result<(), ReachError> {
        if self.hops == 0 {
            return Err(ReachError::BadHops { hops: self.hops });
        }
        if !(0.0..=1.0).contains(&self.decay) {
            return Err(ReachError::BadDecay { decay: self.decay });
        }
        let is_valid =
            self.registers.is_power_of_two() && (MIN_REGISTERS..=MAX_REGISTERS).contains(&self.registers);
        if is_valid { Ok(()) } else { Err(ReachError::BadRegisters { registers: self.registers }) }
    }
}
