//! Builds the only thread pool of the process; kernels run on it and build no other pool.

use std::num::NonZeroUsize;

use super::exit::CliError;

/// Runs `command` on a pool of `threads` threads; `None`: one thread per core.
pub(super) fn on_threads<T: Send>(
    threads: Option<NonZeroUsize>,
    command: impl FnOnce() -> Result<T, CliError> + Send,
) -> Result<T, CliError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, NonZeroUsize::get))
        .thread_name(|index| format!("plaudit-{index}"))
        .build()
        .map_err(|error| {
            CliError::input("cannot start the worker threads")
                .why(error)
                .hint("use fewer threads with `--threads`")
        })?;
    pool.install(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_has_as_many_threads_as_were_asked_for() {
        for wanted in [1, 3] {
            let got = on_threads(NonZeroUsize::new(wanted), || Ok(rayon::current_num_threads()));
            assert_eq!(got, Ok(wanted));
        }
    }
}
