//! The configuration of the reach kernels, its defaults, and what is refused.

/// Default number of hops.
pub const HOPS: u32 = 2;
/// Default number of HyperLogLog registers a node: 256 bytes, relative standard error 6.5 %.
pub const REGISTERS: u32 = 256;
/// Default number of edges that the exact search of one node may traverse before it is estimated instead.
///
/// On a real graph of 300,000 nodes and 470,000 edges no search within 2 hops traverses more than 99,136, so all nodes
/// are exact, in less time than the estimate takes (25 against 60 ms on 2 cores). At worst every search traverses that
/// many, some 0.5 ms a node and core; lower it where a dense graph makes that too much.
pub const EXACT_EDGES: u64 = 131_072;
/// Default number of nodes, those of the largest estimates, that are counted in the end.
///
/// On a Kronecker graph of scale 20 (646,147 nodes, 16 million edges) each 512 take 0.3 s of one core at 2 hops and
/// 0.8 s without a limit of hops: two times 512 take about as long as estimating all nodes with 64 registers.
pub const EXACT_TOP: u32 = 1_024;
/// Default weight of a node relative to one that is a hop nearer.
pub const DECAY: f64 = 0.5;

/// The largest number of segments that are counted at once.
pub const MAX_SEGMENTS: usize = 8;

/// Fewest registers for which the error law of HyperLogLog holds.
pub(super) const MIN_REGISTERS: u32 = 16;
/// Most registers that are of use: the relative standard error is 0.4 %.
const MAX_REGISTERS: u32 = 65_536;

/// How the k-hop audiences are computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReachConfig {
    /// The largest number of hops, from 1.
    pub hops: u32,
    /// HyperLogLog registers a node: a power of two from 16 to 65,536.
    pub registers: u32,
    /// How many edges the exact search of one node may traverse. 0: every node with an audience is estimated, if there
    /// is more than one hop. `u64::MAX`: every node is exact.
    pub exact_edges: u64,
    /// How many of the estimated nodes, the largest first, are counted in the end.
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
    /// Within 0 hops there is no audience.
    #[error("cannot count the audience within {hops} hops: at least 1 hop is expected")]
    BadHops {
        /// The number given.
        hops: u32,
    },
    /// HyperLogLog needs a power of two, and its error law holds from 16.
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
    /// The segments of a node are the bits of a byte.
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
