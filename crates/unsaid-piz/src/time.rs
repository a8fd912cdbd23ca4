//! Moments as metadata write them: `yyyy-mm-dd hh:mm:ss`, UTC.

use std::fmt;

const DAY: i64 = 86_400;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;
/// Days of 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

/// A moment of the years 0000 to 9999, to the second, UTC, in the Gregorian calendar (also before it was in use).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// From seconds since 1970-01-01 00:00:00; `None` where the year would not have four digits.
    pub fn from_unix(seconds: i64) -> Option<Time> {
        const FIRST: i64 = -62_167_219_200;
        const LAST: i64 = 253_402_300_799;
        (FIRST..=LAST).contains(&seconds).then_some(Time(seconds))
    }

    /// Seconds since 1970-01-01 00:00:00.
    pub fn unix(self) -> i64 {
        self.0
    }

    /// Reads exactly the 19 bytes of the format. `None` for anything else, days that do not exist included.
    pub fn read(text: &[u8]) -> Option<Time> {
        const FORM: &[u8; 19] = b"0000-00-00 00:00:00";
        let fits =
            |(&byte, &form): (&u8, &u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
        if text.len() != FORM.len() || !text.iter().zip(FORM).all(fits) {
            return None;
        }
        let number = |from: usize, to: usize| {
            text[from..to].iter().fold(0, |number, &digit| number * 10 + i64::from(digit - b'0'))
        };
        let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
        let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if day < 1 || day > days || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        Some(Time(days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second))
    }
}

/// Days since 1970-01-01. A year that begins in March has its leap day last, so that a month's first day is
/// a linear function of the month, rounded.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH
}

/// The inverse: year, month and day.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY));
        let second = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_are_read_and_written() {
        for (text, seconds) in [
            ("1970-01-01 00:00:00", 0),
            ("1969-12-31 23:59:59", -1),
            ("2022-10-17 14:45:27", 1_666_017_927),
            ("2000-02-29 12:00:00", 951_825_600),
            ("0000-01-01 00:00:00", -62_167_219_200),
            ("9999-12-31 23:59:59", 253_402_300_799),
        ] {
            assert_eq!(Time::read(text.as_bytes()), Time::from_unix(seconds), "{text}");
            assert_eq!(Time::from_unix(seconds).unwrap().to_string(), text);
        }
        assert_eq!((Time::from_unix(-62_167_219_201), Time::from_unix(253_402_300_800)), (None, None));
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for day in 0..ERA {
            let time = Time::from_unix(day * DAY + day % DAY - 200 * 365 * DAY).unwrap();
            assert_eq!(Time::read(time.to_string().as_bytes()), Some(time), "{time}");
        }
    }

    #[test]
    fn days_that_do_not_exist_are_no_moments() {
        for bad in [
            "",
            "2022-10-17",
            "2022-10-17T14:45:27",
            "2022-10-17 14:45:27Z",
            "2022-10-17 24:00:00",
            "2022-10-17 14:60:27",
            "2022-10-17 14:45:60",
            "2022-00-17 14:45:27",
            "2022-13-17 14:45:27",
            "2022-10-00 14:45:27",
            "2022-04-31 14:45:27",
            "2021-02-29 14:45:27",
            "1900-02-29 14:45:27",
            "-022-10-17 14:45:27",
            "20 2-10-17 14:45:27",
        ] {
            assert_eq!(Time::read(bad.as_bytes()), None, "{bad}");
        }
    }
}
