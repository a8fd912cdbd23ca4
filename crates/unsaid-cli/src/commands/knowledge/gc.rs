//! `unsaid knowledge gc`.

use std::time::Duration;

use clap::Args;
use serde_json::json;
use unsaid::ipfs::Own;
use unsaid::knowledge::Files;
use unsaid_core::{Progress, Result};

use crate::commands::print;
use crate::commands::zipfs::blocks;
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, json, size};

/// Remove what is not pinned: files, blocks, and the cache of blocks
///
/// What was put or added is pinned; what was fetched is not. Streams and compressed files name what they
/// need, but nobody knows all of those: look with --dry-run first. While others put, add or pin something,
/// nothing is removed: it waits half a minute for them, then says who they are.
#[derive(Args, Debug)]
pub(super) struct GcArgs {
    /// List what would be removed
    #[arg(long)]
    dry_run: bool,

    /// Only files that came longer ago: 30d, 12h, 5m [default: 1h]. Blocks go after an hour, cached ones at once
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Duration>,
}

const YOUNG: Duration = Duration::from_secs(60 * 60);

impl GcArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let files = Files::of_user()?;
        let (mut count, mut bytes) = (0u64, 0u64);
        let say = |key: &str, name: &str, size: u64| {
            let done = if self.dry_run { "would be removed" } else { "removed" };
            if edge.json {
                let kind = if key == "hash" { "knowledge" } else { "block" };
                let body = json!({ (key): name, "size": size, "done": done });
                return print(format!("{}\n", json::line(kind, body)).as_bytes());
            }
            if self.dry_run {
                return print(format!("{name}  {}\n", size::bytes(size)).as_bytes());
            }
            edge.report.detail(&format!("{name}: {done}"));
            Ok(())
        };
        let age = self.older_than.unwrap_or(YOUNG);
        let meter = edge.meter("looking for what is not needed");
        meter.begin(None);
        let collecting = if self.dry_run { None } else { Some(files.collecting(&meter)?) };
        for garbage in files.garbage(age)? {
            stop_if_asked()?;
            match &collecting {
                Some(collecting) if !collecting.remove(&garbage, age)? => continue,
                _ => {}
            }
            count += 1;
            bytes += garbage.size;
            say("hash", &garbage.hash.to_string(), garbage.size)?;
        }
        drop(collecting);
        let collected = Own::of_user()?.gc(self.dry_run, &meter, &mut |cid, size| {
            stop_if_asked()?;
            say("cid", &cid.to_string(), size)
        })?;
        drop(meter);
        if edge.json {
            let body = json!({ "files": count, "blocks": collected.blocks, "size": bytes + collected.bytes,
                "dry_run": self.dry_run });
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        let done = if self.dry_run { "would go" } else { "gone" };
        edge.report.summary(&format!(
            "{} and {} {done}, {}",
            size::files(count),
            blocks(collected.blocks),
            size::bytes(bytes + collected.bytes)
        ));
        Ok(())
    }
}

/// `30d`, `12h`, `5m`, `1w`, `0`.
fn age(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "a number of minutes, hours, days or weeks: 5m, 12h, 30d, 2w";
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let (digits, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let seconds: u64 = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(EXPECTED.to_owned()),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| is_number).ok_or_else(|| EXPECTED.to_owned())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(|| EXPECTED.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_a_number_and_a_unit() {
        for (text, seconds) in [("0", 0), ("5m", 300), ("12h", 43_200), ("30d", 2_592_000), ("1w", 604_800)] {
            assert_eq!(age(text), Ok(Duration::from_secs(seconds)));
        }
        for text in ["", "d", "30", "-1d", "+1d", "1.5h", "30 d", "1y", "99999999999999999999d", "1ж"] {
            assert!(age(text).is_err(), "{text}");
        }
    }
}
