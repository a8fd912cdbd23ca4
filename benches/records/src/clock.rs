//! CPU time and memory of this process. Each contestant has a process of its own, so that its memory
//! and its caches are its own too.

use rustix::time::{ClockId, clock_gettime};

use crate::codec::Result;

/// User and system CPU seconds of all threads of this process.
pub fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The most memory that was ever resident, in megabytes of 1,000,000 bytes. From `/proc`, since
/// `getrusage` counts what the parent had at the time of `fork`.
pub fn peak_megabytes() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line =
        status.lines().find_map(|l| l.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0 / 1e6)
}

/// The processor's name.
pub fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or_default();
    name.trim_start_matches([' ', '\t', ':']).split(',').next().unwrap_or_default().trim().to_owned()
}
