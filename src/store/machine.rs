//! How much memory did we use, and how much is there?

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What the machine says about memory; each figure is none where the system does not say (all of them outside Linux).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// What new work can use on the whole machine without swapping.
    pub machine_available: Option<u64>,
    /// The tightest limit that a control group sets, less what its processes hold already.
    pub group_available: Option<u64>,
}

impl Memory {
    /// What this process may still use: the smaller figure.
    pub fn available(&self) -> Option<u64> {
        [self.machine_available, self.group_available].into_iter().flatten().min()
    }
}

/// The most memory this process has held at once (`VmHWM`); none outside Linux.
pub fn peak_rss_bytes() -> Option<u64> {
    kibibytes(&fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// The memory this process holds now (`VmRSS`); none outside Linux.
pub fn rss_bytes() -> Option<u64> {
    kibibytes(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

/// What memory there is now.
pub fn memory() -> Memory {
    memory_below(Path::new("/"))
}

/// [`memory`] of a machine whose `proc` and `sys` stand below `root`; a test puts folders of its own there.
///
/// - **Input**: `proc/meminfo`, `proc/self/cgroup` and the control group files below `sys/fs/cgroup`.
/// - **Output**: version 2 limits (`memory.max`) and version 1 limits (`memory.limit_in_bytes`) of the process's own
///   group and of every group above it; `max` and limits beyond 2^60 mean none.
/// - **Checked by**: `tests/it/store/machine.rs`.
pub fn memory_below(root: &Path) -> Memory {
    let machine = fs::read_to_string(root.join("proc/meminfo")).ok();
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    Memory {
        machine_available: machine.and_then(|text| kibibytes(&text, "MemAvailable:")),
        group_available: groups.lines().filter_map(|line| group_available(root, line)).min(),
    }
}

/// The least memory left in the group that one line of `/proc/self/cgroup` names and in the groups above it.
fn group_available(root: &Path, line: &str) -> Option<u64> {
    let mut parts = line.splitn(3, ':');
    let (_, controllers, group) = (parts.next()?, parts.next()?, parts.next()?);
    let mount = root.join("sys/fs/cgroup");
    let (mount, limit, held) = match controllers {
        "" => (mount, "memory.max", "anon"),
        list if list.split(',').any(|name| name == "memory") => {
            (mount.join("memory"), "memory.limit_in_bytes", "total_rss")
        }
        _ => return None,
    };
    let group = PathBuf::from(group.trim_start_matches('/'));
    group.ancestors().filter_map(|group| left_in_group(&mount.join(group), limit, held)).min()
}

fn left_in_group(group: &Path, limit: &str, held: &str) -> Option<u64> {
    let limit: u64 = fs::read_to_string(group.join(limit)).ok()?.trim().parse().ok()?;
    if limit >= 1 << 60 {
        return None;
    }
    // Only what cannot be given back counts as held; `memory.current` would count cached file pages too.
    let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let held = stat.lines().find_map(|line| line.strip_prefix(held)?.trim().parse().ok());
    Some(limit.saturating_sub(held.unwrap_or(0)))
}

/// The figure in KiB that follows `label`, in bytes.
fn kibibytes(text: &str, label: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(label))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}
