//! What the kernel says of a process.

use std::fs;
use std::time::Duration;

/// The processor time that it has taken so far, all threads, to the nanosecond where the kernel counts them.
pub fn cpu(id: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).expect("a process that runs");
    let nanos = |task: fs::DirEntry| -> Option<u64> {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    Duration::from_nanos(tasks.flatten().filter_map(nanos).sum())
}

/// The memory that it has now, and the most that it ever had, in MiB.
pub fn memory(id: u32) -> (f64, f64) {
    let text = fs::read_to_string(format!("/proc/{id}/status")).expect("a process that runs");
    let of = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).expect("a line of it");
        let kib: f64 = line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number");
        kib / 1_024.0
    };
    (of("VmRSS:"), of("VmHWM:"))
}
