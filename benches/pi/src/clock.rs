//! CPU time and memory of a program, and what it ran on.

use std::process::{Child, Command, Stdio};

use crate::Result;

/// What a program took.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// User and system CPU seconds of all its threads.
    pub cpu_s: f64,
    /// Seconds on the wall.
    pub wall_s: f64,
    /// The most memory that was ever resident, in bytes.
    pub peak: u64,
}

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Result<Taken> {
    let start = std::time::Instant::now();
    let before = children_s();
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let peak = watch(&mut child)?;
    let taken = Taken { cpu_s: children_s() - before, wall_s: start.elapsed().as_secs_f64(), peak };
    if !child.wait()?.success() {
        return Err(format!("{command:?} fails").into());
    }
    Ok(taken)
}

/// Waits for the end and reads the peak until then: the system keeps it, but only while the process is there.
fn watch(child: &mut Child) -> Result<u64> {
    let mut peak = 0;
    let status = format!("/proc/{}/status", child.id());
    while child.try_wait()?.is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let kib = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) * 1024);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Ok(peak)
}

/// CPU seconds of all processes that were waited for.
fn children_s() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name in parentheses, which may hold spaces: fields 16 and 17 are the children's time in ticks.
    let rest = text.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        rest.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / rustix::param::clock_ticks_per_second() as f64
}

/// The processor's name.
pub fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or_default();
    name.trim_start_matches([' ', '\t', ':']).split(',').next().unwrap_or_default().trim().to_owned()
}

/// The compiler's name.
pub fn toolchain() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output.ok().and_then(|o| String::from_utf8(o.stdout).ok()).unwrap_or_default().trim().to_owned()
}
