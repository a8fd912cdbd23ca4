//! How far the work is: a bar on a terminal, plain lines, JSON lines, or nothing.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use unsaid_core::progress::{Progress, interrupted};
use unsaid_core::{Error, Result};

use super::report::Report;
use super::{json, signals, size};

/// What was asked for with `--progress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum When {
    /// A bar, if standard error is a terminal
    Auto,
    /// A bar on a terminal, plain lines elsewhere
    Always,
    /// Nothing
    Never,
    /// JSON lines on standard error
    Json,
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Never,
    Bar,
    Lines,
    Json,
}

impl Mode {
    /// Decides once, from the flags and the terminal.
    pub(crate) fn new(when: When, quiet: bool, json: bool) -> Self {
        Self::decide(when, quiet || json, std::io::stderr().is_terminal(), prefers_plain_lines())
    }

    fn decide(when: When, silent: bool, terminal: bool, plain: bool) -> Self {
        match when {
            When::Json => Mode::Json,
            When::Never => Mode::Never,
            When::Auto if silent || !terminal => Mode::Never,
            When::Auto | When::Always if terminal && !plain => Mode::Bar,
            When::Auto | When::Always => Mode::Lines,
        }
    }

    /// Short operations show nothing; then how often something is shown.
    fn pace(self) -> (Duration, Duration) {
        match self {
            Mode::Json => (Duration::ZERO, Duration::from_millis(100)),
            Mode::Lines => (Duration::from_secs(2), Duration::from_secs(5)),
            Mode::Bar | Mode::Never => (Duration::from_millis(500), Duration::from_millis(100)),
        }
    }
}

/// Screen readers and dumb terminals get lines that stay, not a bar that is redrawn.
fn prefers_plain_lines() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
    set("ACCESSIBLE") || std::env::var_os("TERM").is_some_and(|v| v == "dumb")
}

/// Shows the progress of one operation, and passes on a signal's wish to stop it.
#[derive(Debug)]
pub(crate) struct Meter<'a> {
    report: &'a Report,
    mode: Mode,
    label: String,
    /// Units of work are counted, not bytes: only their share means anything to a person.
    of_work: bool,
    start: Instant,
    total: AtomicU64,
    consumed: AtomicU64,
    produced: AtomicU64,
    next: Mutex<Instant>,
}

/// Stands for a total that nobody knows.
const UNKNOWN: u64 = u64::MAX;

impl<'a> Meter<'a> {
    pub(crate) fn new(report: &'a Report, mode: Mode, label: String) -> Self {
        let start = Instant::now();
        Meter {
            report,
            mode,
            label,
            of_work: false,
            start,
            total: AtomicU64::new(UNKNOWN),
            consumed: AtomicU64::new(0),
            produced: AtomicU64::new(0),
            next: Mutex::new(start + mode.pace().0),
        }
    }

    /// As [`Meter::new`], for an operation that counts units of work.
    pub(crate) fn of_work(report: &'a Report, mode: Mode, label: String) -> Self {
        let mut meter = Meter::new(report, mode, label);
        meter.of_work = true;
        meter
    }

    /// Whether all that was announced has been done.
    pub(crate) fn is_complete(&self) -> bool {
        let (consumed, _, total) = self.counts();
        total.is_some_and(|total| consumed >= total)
    }

    /// Takes the bar away before something else is said; what borrowed the meter keeps it.
    pub(crate) fn hide(&self) {
        self.report.set_bar(None);
    }

    /// Shows the state if it is time to.
    fn show(&self) {
        if signals::wants_line() {
            self.report.write(&self.line());
        }
        if self.mode == Mode::Never {
            return;
        }
        {
            // Whoever holds the lock is showing already.
            let Ok(mut next) = self.next.try_lock() else { return };
            let now = Instant::now();
            if now < *next {
                return;
            }
            *next = now + self.mode.pace().1;
        }
        match self.mode {
            Mode::Never => {}
            Mode::Lines => self.report.write(&self.line()),
            Mode::Json => self.report.write(&self.json_line(false)),
            Mode::Bar => self.show_bar(),
        }
    }

    fn counts(&self) -> (u64, u64, Option<u64>) {
        let total = self.total.load(Relaxed);
        (self.consumed.load(Relaxed), self.produced.load(Relaxed), (total != UNKNOWN).then_some(total))
    }

    fn show_bar(&self) {
        let (consumed, produced, total) = self.counts();
        let update = |bar: &ProgressBar| {
            bar.set_position(consumed);
            bar.set_message(size::bytes(produced));
            if let Some(total) = total {
                // More than was announced is possible (a file that grows); the bar stays full.
                bar.set_length(total.max(consumed));
            }
        };
        if !self.report.with_bar(update) {
            let bar = bar(&self.label, total, self.of_work, self.start.elapsed());
            update(&bar);
            bar.tick();
            self.report.set_bar(Some(bar));
        }
    }

    /// The state in words, for lines that stay.
    fn line(&self) -> String {
        let (consumed, produced, total) = self.counts();
        let seconds = self.start.elapsed().as_secs_f64();
        let speed = if seconds > 0.0 { consumed as f64 / seconds } else { 0.0 };
        let (of, left) = match total {
            Some(total) if speed > 0.0 => {
                let left = total.saturating_sub(consumed) as f64 / speed;
                (format!(" of {}", size::bytes(total)), format!(", about {left:.0} s left"))
            }
            _ => (String::new(), String::new()),
        };
        if self.of_work {
            let share =
                total.map_or_else(String::new, |total| format!(" {}", size::percent(consumed, total)));
            return format!("{}:{share}{left}", self.label);
        }
        let (read, made, rate) = (size::bytes(consumed), size::bytes(produced), size::bytes(speed as u64));
        format!("{}: {read}{of} read, {made} made, {rate}/s{left}", self.label)
    }

    fn json_line(&self, done: bool) -> String {
        let (consumed, produced, total) = self.counts();
        if self.of_work {
            let share = total.filter(|&total| total > 0).map(|total| consumed as f64 / total as f64);
            let seconds = self.start.elapsed().as_secs_f64();
            let body = json!({ "operation": self.label, "share": share, "seconds": seconds, "done": done });
            return json::line("progress", body);
        }
        let body = json!({ "operation": self.label, "bytes_in": consumed, "bytes_out": produced,
            "total_in": total, "seconds": self.start.elapsed().as_secs_f64(), "done": done });
        json::line("progress", body)
    }
}

fn bar(label: &str, total: Option<u64>, of_work: bool, elapsed: Duration) -> ProgressBar {
    let template = match total {
        Some(_) if of_work => "{prefix} {percent:>3} % [{wide_bar:.cyan}] {eta} left",
        Some(_) => {
            "{prefix} {percent:>3} % [{wide_bar:.cyan}] {binary_bytes} -> {msg}, {binary_bytes_per_sec}, {eta} left"
        }
        None => "{prefix} {binary_bytes} -> {msg}, {binary_bytes_per_sec}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    bar.with_style(style.progress_chars("=> ")).with_prefix(label.to_owned()).with_elapsed(elapsed)
}

impl Progress for Meter<'_> {
    fn begin(&self, total: Option<u64>) {
        self.total.store(total.unwrap_or(UNKNOWN), Relaxed);
    }

    fn advance(&self, consumed: u64, produced: u64) -> Result<()> {
        self.consumed.fetch_add(consumed, Relaxed);
        self.produced.fetch_add(produced, Relaxed);
        self.show();
        stop_if_asked()
    }

    fn warn(&self, message: &str) {
        self.report.warn(message);
    }

    fn note(&self, message: &str) {
        self.report.note(message);
    }
}

/// The error that ends the work after a signal.
pub(crate) fn stop_if_asked() -> Result<(), Error> {
    signals::pending().map_or(Ok(()), |_| Err(interrupted()))
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        self.report.set_bar(None);
        // Under a lock that a panic may have poisoned: the last line is still true.
        let _next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if self.mode == Mode::Json {
            self.report.write(&self.json_line(true));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_drawn_only_on_a_terminal_that_can() {
        use Mode::{Bar, Lines, Never};
        for (when, silent, terminal, plain, mode) in [
            (When::Auto, false, true, false, Bar),
            (When::Auto, false, true, true, Lines),
            (When::Auto, false, false, false, Never),
            (When::Auto, true, true, false, Never),
            (When::Always, true, true, false, Bar),
            (When::Always, false, false, false, Lines),
            (When::Never, false, true, false, Never),
            (When::Json, true, false, true, Mode::Json),
        ] {
            assert_eq!(
                Mode::decide(when, silent, terminal, plain),
                mode,
                "{when:?} {silent} {terminal} {plain}"
            );
        }
    }

    #[test]
    fn lines_say_what_was_read_and_made() {
        let report = Report::new(0, 0, false);
        let meter = Meter::new(&report, Mode::Never, "packing a.ff".to_owned());
        meter.begin(Some(4096));
        meter.advance(1024, 17).unwrap();
        let line = meter.line();
        assert!(line.starts_with("packing a.ff: 1.0 KiB of 4.0 KiB read, 17 B made, "), "{line}");
        let json: serde_json::Value = serde_json::from_str(&meter.json_line(false)).unwrap();
        assert_eq!(
            (&json["bytes_in"], &json["total_in"], &json["done"]),
            (&1024.into(), &4096.into(), &false.into())
        );
    }
}
