//! Memory figures read from `proc` and `sys` folders like those of known machines.

use std::{fs, path::Path};

use plaudit::store::memory::{AvailableMemory, available, available_below, peak_rss_bytes};

fn write_file(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn a_machine_without_control_groups() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(available_below(root.path()), AvailableMemory { machine: None, control_group: None });
    assert_eq!(available_below(root.path()).bytes(), None);
    write_file(
        root.path(),
        "proc/meminfo",
        "MemTotal:       100 kB\nMemFree:         10 kB\nMemAvailable:    50 kB\n",
    );
    assert_eq!(available_below(root.path()).bytes(), Some(50 * 1024));
}

#[test]
fn the_tightest_limit_of_a_cgroup_and_its_ancestors_counts() {
    let root = tempfile::tempdir().unwrap();
    write_file(root.path(), "proc/meminfo", "MemAvailable: 9000000 kB\n");
    write_file(root.path(), "proc/self/cgroup", "0::/batch/job\n");
    write_file(root.path(), "sys/fs/cgroup/batch/job/memory.max", "max\n");
    write_file(root.path(), "sys/fs/cgroup/batch/memory.max", "1000000\n");
    write_file(root.path(), "sys/fs/cgroup/batch/memory.stat", "anon 300000\nanon_thp 7\nfile 600000\n");
    let found = available_below(root.path());
    assert_eq!(found.control_group, Some(700_000), "cached file pages can be reclaimed");
    assert_eq!(found.bytes(), Some(700_000));
}

#[test]
fn cgroup_version_1_limits_are_read_and_a_huge_one_means_no_limit() {
    let root = tempfile::tempdir().unwrap();
    write_file(root.path(), "proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a\n0::/\n");
    write_file(root.path(), "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write_file(root.path(), "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "4096\n");
    write_file(root.path(), "sys/fs/cgroup/memory/a/memory.stat", "rss 1\ntotal_rss 96\ntotal_rss_huge 5\n");
    assert_eq!(available_below(root.path()).control_group, Some(4000));
}

#[test]
#[cfg(target_os = "linux")]
fn this_machine_reports_plausible_figures() {
    let before = peak_rss_bytes().unwrap();
    let block = vec![1_u8; 64 << 20];
    assert!(block.iter().map(|&byte| u64::from(byte)).sum::<u64>() == 64 << 20);
    let after = peak_rss_bytes().unwrap();
    assert!(after >= 64 << 20 && after >= before, "{before} then {after}");
    assert!(available().bytes().unwrap() > 1 << 20);
}
