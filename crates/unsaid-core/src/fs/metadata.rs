//! Which mode and time of a file are kept?

use std::fs::{File, FileTimes};
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment, as seconds and nanoseconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Whole seconds, rounded towards the past.
    pub seconds: i64,
    /// Nanoseconds after that, below 1,000,000,000.
    pub nanos: u32,
}

/// What is kept of a file besides its name and bytes: nine permission bits and the time of last
/// change.
///
/// Owner, access lists and extended attributes are neither stored nor applied; set-user-id,
/// set-group-id and sticky bits are dropped both ways. What is applied is applied to an open file,
/// never to a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Metadata {
    /// Unix permission bits; only `0o777` of them are ever applied, without the bits of the umask.
    pub mode: Option<u32>,
    /// Time of last change.
    pub mtime: Option<Timestamp>,
}

/// The years 1 and 9999, which every system's calendar can show.
const EARLIEST: i64 = -62_135_596_800;
const LATEST: i64 = 253_402_300_799;
const LAST_NANOSECOND: u32 = 999_999_999;

impl Timestamp {
    /// The nearest moment within the years 1 to 9999.
    #[must_use]
    pub fn clamped(self) -> Self {
        match self.seconds {
            ..EARLIEST => Timestamp { seconds: EARLIEST, nanos: 0 },
            EARLIEST..=LATEST => Timestamp { nanos: self.nanos.min(LAST_NANOSECOND), ..self },
            _ => Timestamp { seconds: LATEST, nanos: LAST_NANOSECOND },
        }
    }

    fn to_system(self) -> Option<SystemTime> {
        let Timestamp { seconds, nanos } = self.clamped();
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let base = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) }?;
        base.checked_add(Duration::from_nanos(u64::from(nanos)))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let seconds = |d: Duration| i64::try_from(d.as_secs()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Timestamp { seconds: seconds(after), nanos: after.subsec_nanos() },
            Err(before) => {
                let before = before.duration();
                match before.subsec_nanos() {
                    0 => Timestamp { seconds: -seconds(before), nanos: 0 },
                    n => Timestamp { seconds: -seconds(before) - 1, nanos: 1_000_000_000 - n },
                }
            }
        }
    }
}

impl Metadata {
    /// What is kept of a file that the system describes so.
    pub fn of(metadata: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        let mode = Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777);
        #[cfg(not(unix))]
        let mode = None;
        Metadata { mode, mtime: metadata.modified().ok().map(Timestamp::from) }
    }

    /// What can be applied of this, and a note where that is not all of it: a time before the year
    /// 1, after the year 9999 or with more than 999,999,999 nanoseconds becomes the nearest one
    /// that has none of these faults. A file system with a shorter calendar may clamp further.
    ///
    /// Bits of the mode besides `0o777` are dropped without a note.
    pub fn clamped(&self) -> (Self, Option<String>) {
        let mode = self.mode.map(|m| m & 0o777);
        let mtime = self.mtime.map(Timestamp::clamped);
        let note = match (self.mtime, mtime) {
            (Some(asked), Some(kept)) if asked != kept => Some(format!(
                "the time of last change ({} s and {} ns after 1970) is out of range: {} s and {} ns are used",
                asked.seconds, asked.nanos, kept.seconds, kept.nanos
            )),
            _ => None,
        };
        (Metadata { mode, mtime }, note)
    }
}

/// Sets the time of last change of an open file or directory.
pub(super) fn set_mtime(file: &File, time: Timestamp) -> io::Result<()> {
    set_times(file, Some(time), None)
}

/// Sets the times of last change and last access of an open file or directory; what is `None` stays.
pub(super) fn set_times(
    file: &File,
    modified: Option<Timestamp>,
    accessed: Option<Timestamp>,
) -> io::Result<()> {
    let system = |time: Timestamp| {
        let unsupported = || io::Error::new(io::ErrorKind::Unsupported, "this system cannot say that time");
        time.to_system().ok_or_else(unsupported)
    };
    let mut times = FileTimes::new();
    if let Some(time) = modified {
        times = times.set_modified(system(time)?);
    }
    if let Some(time) = accessed {
        times = times.set_accessed(system(time)?);
    }
    if modified.is_none() && accessed.is_none() {
        return Ok(());
    }
    loop {
        match file.set_times(times) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a18_absurd_times_are_clamped_with_a_note() {
        for (seconds, nanos) in [
            (i64::MIN, 0),
            (i64::MAX, u32::MAX),
            (-219_000_000_000, 5),
            (0, u32::MAX),
            // UTIME_NOW and UTIME_OMIT of Linux: numbers of nanoseconds that mean something else.
            (0, (1 << 30) - 1),
            (0, (1 << 30) - 2),
        ] {
            let asked = Metadata { mode: None, mtime: Some(Timestamp { seconds, nanos }) };
            let (kept, note) = asked.clamped();
            let time = kept.mtime.unwrap();
            assert!((EARLIEST..=LATEST).contains(&time.seconds) && time.nanos <= LAST_NANOSECOND);
            assert!(note.is_some());
            assert!(time.to_system().is_some());
        }
        let epoch = Metadata { mode: Some(0o644), mtime: Some(Timestamp::default()) };
        assert_eq!(epoch.clamped(), (epoch, None));
    }

    #[test]
    fn a14_only_permission_bits_are_kept() {
        assert_eq!(Metadata { mode: Some(0o107_777), mtime: None }.clamped().0.mode, Some(0o777));
    }

    #[test]
    fn times_before_1970_round_towards_the_past() {
        let half = UNIX_EPOCH - Duration::from_millis(500);
        let stamp = Timestamp::from(half);
        assert_eq!(stamp, Timestamp { seconds: -1, nanos: 500_000_000 });
        assert_eq!(stamp.to_system(), Some(half));
        let whole = UNIX_EPOCH - Duration::from_secs(2);
        assert_eq!(Timestamp::from(whole), Timestamp { seconds: -2, nanos: 0 });
    }
}
