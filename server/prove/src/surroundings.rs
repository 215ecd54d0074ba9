//! What a figure was measured on. The one rule: it is read from the machine at that moment, never typed.

use serde_json::{Value, json};
use std::fs;
use std::process::Command;

/// Cores, memory, load and versions.
pub fn seen() -> Value {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory_kb: u64 = memory.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or_default();
    json!({
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "memory_mb": memory_kb / 1024,
        "load": load.split_whitespace().take(3).collect::<Vec<_>>().join(" "),
        "linux": fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim(),
        "freeradius": first_line("freeradius", &["-v"]).or_else(|| first_line("/usr/sbin/freeradius", &["-v"])),
        "rustc": first_line("rustc", &["--version"]),
        "commit": first_line("git", &["rev-parse", "--short", "HEAD"]),
    })
}

fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(|line| line.trim().to_owned())
}
