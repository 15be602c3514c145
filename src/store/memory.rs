//! Memory used by this process and memory available to it, as the system reports them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Memory that is still available, in bytes; a figure is `None` if the system does not report it (always outside
/// Linux).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvailableMemory {
    /// On the whole machine, without swapping.
    pub machine: Option<u64>,
    /// Under the tightest control group limit: the limit minus the memory that the group's processes hold.
    pub control_group: Option<u64>,
}

impl AvailableMemory {
    /// The smaller of the two figures: the memory that this process may still use.
    pub fn bytes(&self) -> Option<u64> {
        [self.machine, self.control_group].into_iter().flatten().min()
    }
}

/// The peak resident memory of this process (`VmHWM`); `None` outside Linux.
pub fn peak_rss_bytes() -> Option<u64> {
    kibibytes(&fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// The current resident memory of this process (`VmRSS`); `None` outside Linux.
pub fn rss_bytes() -> Option<u64> {
    kibibytes(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

/// The memory available now.
pub fn available() -> AvailableMemory {
    available_below(Path::new("/"))
}

/// Like [`available`], but reads `proc` and `sys` below `root`, so that tests can replace them.
///
/// - **Input**: `proc/meminfo`, `proc/self/cgroup` and the control group files below `sys/fs/cgroup`.
/// - **Output**: version 2 limits (`memory.max`) and version 1 limits (`memory.limit_in_bytes`) of the group of the
///   process and of every group above it; `max` and limits of 2^60 or more mean no limit.
/// - **Checked by**: `tests/it/store/memory.rs`.
pub fn available_below(root: &Path) -> AvailableMemory {
    let machine = fs::read_to_string(root.join("proc/meminfo")).ok();
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    AvailableMemory {
        machine: machine.and_then(|text| kibibytes(&text, "MemAvailable:")),
        control_group: groups.lines().filter_map(|line| left_in_hierarchy(root, line)).min(),
    }
}

/// The smallest amount of memory left in a control group and its ancestors; `line` of `/proc/self/cgroup` names the
/// group.
fn left_in_hierarchy(root: &Path, line: &str) -> Option<u64> {
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
    // Only memory that cannot be reclaimed counts as held; `memory.current` would include cached file pages.
    let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let held = stat.lines().find_map(|line| line.strip_prefix(held)?.trim().parse().ok());
    Some(limit.saturating_sub(held.unwrap_or(0)))
}

/// The KiB figure that follows `label` at the start of a line, in bytes.
fn kibibytes(text: &str, label: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(label))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}
