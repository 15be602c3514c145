//! One finished run of the bundled data set for all tests that only read it.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, Weak},
};

use super::sandbox::Sandbox;

/// The configuration of the bundled data set.
pub(crate) const QUICKSTART: &str = "datasets/quickstart/plaudit.toml";

/// A sandbox with the data set and a run of it, and the output of the run. Tests share it, so they must not write to
/// it.
pub(crate) struct FinishedRun {
    pub(crate) sandbox: Sandbox,
    pub(crate) printed: String,
}

/// The shared run: created by the first test that needs it, removed when the last one drops it.
pub(crate) fn finished() -> Arc<FinishedRun> {
    static FINISHED: Mutex<Weak<FinishedRun>> = Mutex::new(Weak::new());
    let mut shared = FINISHED.lock().unwrap();
    shared.upgrade().unwrap_or_else(|| {
        let sandbox = Sandbox::with_datasets();
        let printed = sandbox.succeed(&["run", "-c", QUICKSTART]);
        let run = Arc::new(FinishedRun { sandbox, printed });
        *shared = Arc::downgrade(&run);
        run
    })
}

/// A copy of the shared run, for tests that change it or run again.
pub(crate) fn copy_of_finished() -> Sandbox {
    let copy = Sandbox::with_datasets();
    copy_with_links(&finished().sandbox.path("out"), &copy.path("out"));
    copy
}

fn copy_with_links(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, target) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path()).unwrap(), target).unwrap();
        } else if kind.is_dir() {
            copy_with_links(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
