//! What an archive says about the file that was packed.

use unsaid_core::{Error, ErrorKind, Result};

use crate::time::Time;

/// The lines between the first one and the first group, each optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// When the file was made.
    pub ctime: Option<Time>,
    /// When it was last changed.
    pub mtime: Option<Time>,
    /// When it was last read.
    pub atime: Option<Time>,
    /// What it was called. Whoever makes a file of it takes the last component and checks it.
    pub fname: Option<String>,
    /// Its mode as Linux has it, type bits included where they were given; at most `0o177777`.
    pub fmode: Option<u32>,
    /// Whose it was.
    pub owner: Option<Owner>,
    /// Lines of any other name, without the leading tab and the LF, in order.
    pub unknown: Vec<Vec<u8>>,
}

/// A user's name and, where it is given, a group's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub user: String,
    /// The group.
    pub group: Option<String>,
}

/// Why a line of metadata is none. `column` counts from 0 and from after the tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) column: usize,
    pub(crate) problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// A known name that something else than a tab follows.
    NoTab,
    /// A name that was there before.
    Again(&'static str),
    /// A value that is not what the name needs.
    Value { name: &'static str, expected: &'static str },
}

const TIME: &str = "yyyy-mm-dd hh:mm:ss (UTC, a day that exists)";
const NAME: &str = "a name in UTF-8, without tabs";
const MODE: &str = "an octal number up to 177777";
const OWNER: &str = "user or user:group, in UTF-8, without tabs";

impl Metadata {
    /// Takes in one line, without its leading tab and its LF.
    pub(crate) fn read(&mut self, line: &[u8]) -> Result<(), Unread> {
        let known = ["ctime", "mtime", "atime", "fname", "fmode", "owner"];
        let split = line.iter().position(|&byte| byte == b':').map(|colon| line.split_at(colon));
        let Some((found, value)) = split else { return self.keep(line) };
        let Some(&name) = known.iter().find(|name| name.as_bytes() == found) else { return self.keep(line) };
        let column = name.len() + 1;
        let Some(value) = value.strip_prefix(b":\t") else {
            return Err(Unread { column, problem: Problem::NoTab });
        };
        let column = column + 1;
        let again = || Unread { column: 0, problem: Problem::Again(name) };
        let wrong = |expected| Unread { column, problem: Problem::Value { name, expected } };
        match name {
            "fname" => {
                set(&mut self.fname, read_text(value).ok_or_else(|| wrong(NAME))?).map_err(|()| again())
            }
            "fmode" => {
                set(&mut self.fmode, read_mode(value).ok_or_else(|| wrong(MODE))?).map_err(|()| again())
            }
            "owner" => {
                set(&mut self.owner, Owner::read(value).ok_or_else(|| wrong(OWNER))?).map_err(|()| again())
            }
            _ => {
                let field = match name {
                    "ctime" => &mut self.ctime,
                    "mtime" => &mut self.mtime,
                    _ => &mut self.atime,
                };
                set(field, Time::read(value).ok_or_else(|| wrong(TIME))?).map_err(|()| again())
            }
        }
    }

    fn keep(&mut self, line: &[u8]) -> Result<(), Unread> {
        self.unknown.push(line.to_vec());
        Ok(())
    }

    /// Appends the lines, in the order of the page, unknown ones last.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] where a value could not be read back: a name with a tab or a line feed or without a
    /// character, a mode above `0o177777`.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        for (name, time) in [("ctime", self.ctime), ("mtime", self.mtime), ("atime", self.atime)] {
            if let Some(time) = time {
                out.extend_from_slice(format!("\t{name}:\t{time}\n").as_bytes());
            }
        }
        if let Some(name) = &self.fname {
            line(out, "fname", file_name(name.as_bytes())?)?;
        }
        if let Some(mode) = self.fmode {
            line(out, "fmode", &format!("{mode:04o}"))?;
        }
        if let Some(owner) = &self.owner {
            line(out, "owner", &owner.text())?;
        }
        for unknown in &self.unknown {
            let start = out.len();
            out.push(b'\t');
            out.extend_from_slice(unknown);
            out.push(b'\n');
            // What would be read as something else is not written.
            let mut back = Metadata::default();
            if unknown.contains(&b'\n') || back.read(unknown).is_err() || back.unknown.is_empty() {
                out.truncate(start);
                return Err(unwritable("an unknown line of metadata", unknown));
            }
        }
        Ok(())
    }

    /// Whether nothing is known and nothing unknown was kept.
    pub fn is_empty(&self) -> bool {
        *self == Metadata::default()
    }
}

fn set<T>(field: &mut Option<T>, value: T) -> Result<(), ()> {
    if field.is_some() {
        return Err(());
    }
    *field = Some(value);
    Ok(())
}

/// One line of a known name, checked by reading it back.
fn line(out: &mut Vec<u8>, name: &str, value: &str) -> Result<()> {
    let text = format!("{name}:\t{value}");
    if text.contains('\n') || Metadata::default().read(text.as_bytes()).is_err() {
        return Err(unwritable(name, value.as_bytes()));
    }
    out.push(b'\t');
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
    Ok(())
}

fn unwritable(what: &str, found: &[u8]) -> Error {
    Error::new(ErrorKind::Usage, format!("{what} that an archive cannot hold"))
        .found(format!("{:?}", String::from_utf8_lossy(&found[..found.len().min(100)])))
        .expected("UTF-8 without tabs and line feeds")
}

/// A file's name as an archive can hold it.
///
/// # Errors
/// [`ErrorKind::Usage`] for a name with a tab or a line feed, an empty one, or one that is not UTF-8. Such a name is
/// left out of an archive, with a warning.
pub fn file_name(name: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(name).ok().filter(|text| !text.is_empty() && !text.contains(['\t', '\n']));
    text.ok_or_else(|| unwritable("a file name", name))
}

fn read_text(value: &[u8]) -> Option<String> {
    file_name(value).ok().map(str::to_owned)
}

fn read_mode(value: &[u8]) -> Option<u32> {
    // Longer ones are zeros in front or too large.
    let digits =
        !value.is_empty() && value.len() <= 8 && value.iter().all(|byte| (b'0'..=b'7').contains(byte));
    let mode = value.iter().fold(0_u32, |mode, &digit| (mode << 3) | u32::from(digit & 7));
    (digits && mode <= 0o177_777).then_some(mode)
}

impl Owner {
    fn read(value: &[u8]) -> Option<Owner> {
        let text = read_text(value)?;
        let (user, group) = match text.split_once(':') {
            Some((user, group)) => (user, Some(group)),
            None => (text.as_str(), None),
        };
        if user.is_empty() || group.is_some_and(str::is_empty) {
            return None;
        }
        Some(Owner { user: user.to_owned(), group: group.map(str::to_owned) })
    }

    fn text(&self) -> String {
        self.group.as_ref().map_or_else(|| self.user.clone(), |group| format!("{}:{group}", self.user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Result<Metadata, Unread> {
        let mut metadata = Metadata::default();
        lines.iter().try_for_each(|line| metadata.read(line.as_bytes()))?;
        Ok(metadata)
    }

    #[test]
    fn lines_come_in_any_order_and_are_written_in_the_pages() {
        let lines = [
            "owner:\tuser:users",
            "colour:\tred",
            "fname:\ttrash-data.bin",
            "fmode:\t0777",
            "x",
            "atime:\t2022-10-17 14:45:29",
            "ctime:\t2022-10-17 14:45:27",
            "mtime:\t2022-10-17 14:45:28",
            "",
        ];
        let metadata = read(&lines).unwrap();
        assert_eq!(metadata.mtime.unwrap().unix() - metadata.ctime.unwrap().unix(), 1);
        assert_eq!(metadata.fmode, Some(0o777));
        assert_eq!(metadata.owner, Some(Owner { user: "user".into(), group: Some("users".into()) }));
        let mut out = Vec::new();
        metadata.write(&mut out).unwrap();
        let expected = "\tctime:\t2022-10-17 14:45:27\n\tmtime:\t2022-10-17 14:45:28\n\tatime:\t2022-10-17 14:45:29\n\
            \tfname:\ttrash-data.bin\n\tfmode:\t0777\n\towner:\tuser:users\n\tcolour:\tred\n\tx\n\t\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_name_twice_is_an_error_and_an_unknown_one_is_not() {
        let again = |name| Err(Unread { column: 0, problem: Problem::Again(name) });
        let time = "1970-01-01 00:00:00";
        for name in ["ctime", "mtime", "atime"] {
            let line = format!("{name}:\t{time}");
            assert_eq!(read(&[&line, &line]), again(name));
        }
        assert_eq!(read(&["fname:\ta", "fname:\tb"]), again("fname"));
        assert_eq!(read(&["fmode:\t1", "fmode:\t1"]), again("fmode"));
        assert_eq!(read(&["owner:\ta", "x", "owner:\ta"]), again("owner"));
        assert_eq!(read(&["x:\ta", "x:\ta"]).unwrap().unknown.len(), 2);
    }

    #[test]
    fn a_known_name_needs_its_tab_and_its_value() {
        assert_eq!(read(&["fname: x"]), Err(Unread { column: 6, problem: Problem::NoTab }));
        assert_eq!(read(&["fmode:"]), Err(Unread { column: 6, problem: Problem::NoTab }));
        for bad in [
            "ctime:\t2022-10-17",
            "mtime:\t",
            "atime:\t2022-10-17 14:45:27\r",
            "fname:\t",
            "fname:\ta\tb",
            "fmode:\t",
            "fmode:\t8",
            "fmode:\t-1",
            "fmode:\t200000",
            "fmode:\t000000777",
            "owner:\t",
            "owner:\t:g",
            "owner:\tu:",
        ] {
            let unread = read(&[bad]).unwrap_err();
            assert!(
                matches!(unread, Unread { column: 7, problem: Problem::Value { .. } }),
                "{bad} {unread:?}"
            );
        }
        let mut metadata = Metadata::default();
        assert!(metadata.read(b"fname:\tx\xff").is_err());
        // Only the exact names are known.
        assert_eq!(
            read(&["fname", "Fname:\tx", "fnames:\tx", " fname:\tx", "fname :\tx"]).unwrap().unknown.len(),
            5
        );
    }

    #[test]
    fn what_could_not_be_read_back_is_not_written() {
        for (bad, name) in
            [(b"a\tb".as_slice(), "tab"), (b"a\nb", "line feed"), (b"", "empty"), (b"\xff", "UTF-8")]
        {
            assert_eq!(file_name(bad).unwrap_err().kind(), ErrorKind::Usage, "{name}");
        }
        assert_eq!(file_name("π\r.bin".as_bytes()).unwrap(), "π\r.bin");
        let owner = |user: &str, group: &str| Some(Owner { user: user.into(), group: Some(group.into()) });
        for bad in [
            Metadata { fname: Some("a\nb".into()), ..Default::default() },
            Metadata { fmode: Some(0o200_000), ..Default::default() },
            Metadata { owner: owner("", "g"), ..Default::default() },
            Metadata { owner: owner("u\n", "g"), ..Default::default() },
            Metadata { unknown: vec![b"fname:\tx".to_vec()], ..Default::default() },
            Metadata { unknown: vec![b"x\n5".to_vec()], ..Default::default() },
        ] {
            let mut out = Vec::new();
            assert!(bad.write(&mut out).is_err(), "{bad:?}");
            assert_eq!(out, b"", "{bad:?}");
        }
    }
}
