//! Numbers of bytes for people.

/// `17 B`, `4.0 KiB`, `12.3 MiB`: powers of 1,024, as everywhere in the command.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let unit = ((63 - n.leading_zeros()) / 10).min(6);
    let value = n as f64 / f64::from(2u32).powi((10 * unit).cast_signed());
    let name = UNITS.get(unit as usize - 1).copied().unwrap_or_default();
    format!("{value:.1} {name}")
}

/// `1 entry`, `2 entries`.
pub(crate) fn entries(n: u64) -> String {
    if n == 1 { "1 entry".to_owned() } else { format!("{n} entries") }
}

/// `1 file`, `2 files`.
pub(crate) fn files(n: u64) -> String {
    if n == 1 { "1 file".to_owned() } else { format!("{n} files") }
}

/// `7.8 %`: how much of `before` is left in `after`.
pub(crate) fn percent(after: u64, before: u64) -> String {
    if before == 0 {
        return "-".to_owned();
    }
    format!("{:.1} %", after as f64 * 100.0 / before as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short_and_never_wrong_by_more_than_a_digit() {
        for (n, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1 << 20, "1.0 MiB"),
            (12_900_000, "12.3 MiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(bytes(n), text);
        }
        assert_eq!((percent(1, 4), percent(1, 0)), ("25.0 %".to_owned(), "-".to_owned()));
    }
}
