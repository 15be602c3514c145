//! Checks that a function gives the same answer on thread pools of several sizes.

use std::fmt::Debug;

/// Runs `work` on 1, 2, 3 and 8 threads and asserts that all answers are equal. Returns the answer.
pub(crate) fn assert_same_on_any_pool<T: PartialEq + Debug + Send>(work: impl Fn() -> T + Sync) -> T {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(&work)
    };
    let alone = on(1);
    for threads in [2, 3, 8] {
        // Not `assert_eq`: the answers are long.
        assert!(on(threads) == alone, "{threads} threads answer differently from one");
    }
    alone
}
