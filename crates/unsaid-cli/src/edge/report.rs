//! What goes to standard error: errors, warnings, notes; and the exit status they add up to.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anstyle::{AnsiColor, Style};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use unsaid_core::Error;

use super::exit::{self, Exit};
use super::{escape, json, signals};

const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default().bold();

/// Speaks on standard error, in words or in JSON lines, and remembers the worst that it said.
#[derive(Debug)]
pub(crate) struct Report {
    quiet: u8,
    verbose: u8,
    json: bool,
    worst: Mutex<Exit>,
    bar: Mutex<Option<ProgressBar>>,
}

impl Report {
    pub(crate) fn new(quiet: u8, verbose: u8, json: bool) -> Self {
        Report { quiet, verbose, json, worst: Mutex::new(Exit::Done), bar: Mutex::new(None) }
    }

    /// One `-q` is enough to hear no warnings either: so it is in the text of PiZ.
    pub(crate) fn quiet_is_silent(&mut self) {
        if self.quiet > 0 {
            self.quiet = 2;
        }
    }

    /// Whether `-q` was given.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet > 0
    }

    /// The worst that was reported so far.
    pub(crate) fn worst(&self) -> Exit {
        *lock(&self.worst)
    }

    /// Counts towards the exit status without a word.
    pub(crate) fn count(&self, exit: Exit) {
        let mut worst = lock(&self.worst);
        *worst = worst.worst(exit);
    }

    /// Something failed. Always said; but when the reader of our output went away, or a signal
    /// ended the work, whoever did that knows.
    pub(crate) fn error(&self, error: &Error) {
        self.fail(error, error.path());
    }

    /// As [`Report::error`], about this file where the error names none.
    pub(crate) fn error_in(&self, error: &Error, path: &Path) {
        self.fail(error, Some(error.path().unwrap_or(path)));
    }

    fn fail(&self, error: &Error, path: Option<&Path>) {
        let exit = Exit::of(error);
        self.count(exit);
        if matches!(exit, Exit::Signal(_)) {
            return;
        }
        if self.json {
            return self.write(&json::line("error", error_body(error, path, exit)));
        }
        let place = path.map(|p| format!("{}: ", escape::name(p.as_os_str()))).unwrap_or_default();
        let text = escape::text(&error.to_string());
        self.write(&format!("{RED}error:{RED:#} {place}{text}"));
        if let Some(hint) = error.hint_text() {
            self.write(&format!("{CYAN}hint:{CYAN:#} {}", escape::text(hint)));
        }
    }

    /// Something was left out, and the work goes on: exit status 1 at least.
    pub(crate) fn warn(&self, message: &str) {
        self.count(Exit::Skipped);
        if self.quiet < 2 {
            self.say("warning", YELLOW, message);
        }
    }

    /// What was asked for was done, and may not be what was wanted: a warning that leaves the exit
    /// status as it is.
    pub(crate) fn caution(&self, message: &str) {
        if self.quiet < 2 {
            self.say("warning", YELLOW, message);
        }
    }

    /// Something worth knowing that is no failure.
    pub(crate) fn note(&self, message: &str) {
        if self.quiet == 0 {
            self.say("note", CYAN, message);
        }
    }

    /// A note for those who asked for more with `-v`.
    pub(crate) fn detail(&self, message: &str) {
        if self.verbose > 0 {
            self.say("note", CYAN, message);
        }
    }

    /// The last word about a finished operation, in words; with `--json` it is said elsewhere.
    pub(crate) fn summary(&self, message: &str) {
        if self.quiet == 0 && !self.json {
            self.write(&escape::text(message));
        }
    }

    fn say(&self, kind: &str, style: Style, message: &str) {
        if self.json {
            self.write(&json::line(kind, json!({ "message": message })));
        } else {
            self.write(&format!("{style}{kind}:{style:#} {}", escape::text(message)));
        }
    }

    /// Writes one line that is already safe, above the progress bar where there is one.
    pub(crate) fn write(&self, line: &str) {
        let write = || writeln!(anstream::stderr().lock(), "{line}");
        let written = match lock(&self.bar).as_ref() {
            Some(bar) => bar.suspend(write),
            None => write(),
        };
        // Nobody reads what goes wrong from here on: end as SIGPIPE would have ended us. Other
        // failures of standard error have nowhere to be reported.
        if written.is_err_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
            self.count(exit::BROKEN_PIPE);
            signals::stop_for_broken_pipe();
        }
    }

    /// Asks something, above the progress bar; the answer is read elsewhere.
    pub(crate) fn ask(&self, question: &str) {
        let write = || {
            let mut stderr = anstream::stderr().lock();
            write!(stderr, "{}", escape::text(question)).and_then(|()| stderr.flush())
        };
        let asked = match lock(&self.bar).as_ref() {
            Some(bar) => bar.suspend(write),
            None => write(),
        };
        // Unasked questions get no answer, which is the answer no.
        drop(asked);
    }

    /// Shows a progress bar, or takes it away.
    pub(crate) fn set_bar(&self, bar: Option<ProgressBar>) {
        if let Some(old) = std::mem::replace(&mut *lock(&self.bar), bar) {
            old.finish_and_clear();
        }
    }

    pub(crate) fn with_bar(&self, update: impl FnOnce(&ProgressBar)) -> bool {
        lock(&self.bar).as_ref().map(update).is_some()
    }
}

fn error_body(error: &Error, path: Option<&Path>, exit: Exit) -> Value {
    let mut body = json!({
        "kind": exit::kind_name(error.kind()),
        "code": exit.code(),
        "message": error.to_string(),
    });
    if let Some(path) = path {
        json::put_path(&mut body, "path", path.as_os_str());
    }
    if let Value::Object(fields) = &mut body {
        fields.extend(error.offset().map(|n| ("offset".to_owned(), json!(n))));
        fields.extend(error.hint_text().map(|h| ("hint".to_owned(), json!(h))));
    }
    body
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_and_errors_add_up_to_the_worst() {
        let report = Report::new(2, 0, false);
        assert_eq!(report.worst(), Exit::Done);
        report.note("only a note");
        assert_eq!(report.worst(), Exit::Done);
        report.warn("left out");
        assert_eq!(report.worst(), Exit::Skipped);
        report.count(Exit::Environment);
        report.count(Exit::BadInput);
        assert_eq!(report.worst(), Exit::Environment);
    }

    #[test]
    fn an_error_in_json_has_kind_code_place_and_hint() {
        let e = Error::truncated("a block").at(9).in_file("x\ny").hint("get the rest");
        assert_eq!(
            error_body(&e, e.path(), Exit::of(&e)),
            json!({ "kind": "truncated", "code": 3, "message": "a block (at byte 9)", "path": "x\ny",
                    "offset": 9, "hint": "get the rest" })
        );
    }
}
