//! How is an output called?

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use unsaid_core::{Error, ErrorKind, Limits, Result};

use crate::edge::language::Language;

/// What archives are called by.
pub(super) const SUFFIX: &str = ".piz";

/// The suffix that names have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Suffix {
    /// `-s`.
    None,
    /// `.piz`, or what `-S` says.
    Some(OsString),
}

impl Suffix {
    /// The value of `-S`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for none, and for one that would lead elsewhere.
    pub(super) fn given(text: OsString) -> Result<Suffix> {
        let bytes = text.as_encoded_bytes();
        if bytes.is_empty() || bytes.iter().any(|&b| b == 0 || std::path::is_separator(b.into())) {
            return Err(Error::new(ErrorKind::Usage, "the suffix of archives")
                .found(format!("'{}'", text.to_string_lossy()))
                .expected("a few characters, none of which separates folders")
                .hint("for no suffix say -s"));
        }
        Ok(Suffix::Some(text))
    }
}

/// Where the archive of this file goes: beside it.
pub(super) fn archive_of(file: &Path, suffix: &Suffix) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    if let Suffix::Some(suffix) = suffix {
        name.push(suffix);
    }
    name.into()
}

/// Where the content of an archive goes: beside it, under the name that it holds, or its own without the suffix.
///
/// # Errors
/// [`ErrorKind::Usage`] where neither gives a name; [`ErrorKind::UnsafePath`] for a name that is none.
pub(super) fn content_of(
    archive: &Path,
    fname: Option<&str>,
    suffix: &Suffix,
    language: Language,
) -> Result<PathBuf> {
    if let Some(fname) = fname {
        return Ok(archive.with_file_name(last_component(fname)?));
    }
    let name = archive.file_name().unwrap_or_default();
    let stripped = match suffix {
        Suffix::None => None,
        Suffix::Some(suffix) => strip(name, suffix),
    };
    let Some(stripped) = stripped else {
        return Err(Error::new(
            ErrorKind::Usage,
            language.choose(
                "nothing says how the content is called",
                "неизвестно, как назвать содержимое архива",
            ),
        )
        .found(
            language.choose("no fname, and a name without the suffix", "нет fname, и в имени нет суффикса"),
        )
        .expected(match suffix {
            Suffix::None => SUFFIX.to_owned(),
            Suffix::Some(suffix) => suffix.to_string_lossy().into_owned(),
        })
        .hint(
            language
                .choose("write it to standard output: -c > NAME", "запишите в стандартный вывод: -c > ИМЯ"),
        )
        .in_file(archive));
    };
    Ok(archive.with_file_name(stripped))
}

/// What an archive calls its content may be a whole path: only its end is a name.
pub(super) fn last_component(fname: &str) -> Result<&str> {
    let last = fname.rsplit(std::path::is_separator).next().unwrap_or_default();
    let is_name = !matches!(last, "" | "." | "..") && !last.contains('\0');
    // What the file system has no room for is said here, not when all work is done.
    if is_name && Limits::default().check_path(last.as_bytes()).is_ok() {
        return Ok(last);
    }
    Err(Error::new(ErrorKind::UnsafePath, "the archive's fname is no name of a file")
        .found(format!("'{}'", fname.chars().take(100).collect::<String>()))
        .hint("leave it alone: -m; or write to standard output: -c > NAME"))
}

fn strip(name: &OsStr, suffix: &OsStr) -> Option<OsString> {
    let text = name.to_str().zip(suffix.to_str());
    let stripped = match text {
        Some((name, suffix)) => name.strip_suffix(suffix).map(OsString::from),
        None => strip_bytes(name, suffix),
    };
    stripped.filter(|rest| !rest.is_empty())
}

#[cfg(unix)]
fn strip_bytes(name: &OsStr, suffix: &OsStr) -> Option<OsString> {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let rest = name.as_bytes().strip_suffix(suffix.as_bytes())?;
    Some(OsString::from_vec(rest.to_vec()))
}

#[cfg(not(unix))]
fn strip_bytes(_: &OsStr, _: &OsStr) -> Option<OsString> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suffix(text: &str) -> Suffix {
        Suffix::given(text.into()).unwrap()
    }

    #[test]
    fn an_archive_lies_beside_its_file() {
        assert_eq!(archive_of(Path::new("a/b.tar"), &suffix(".piz")), Path::new("a/b.tar.piz"));
        assert_eq!(archive_of(Path::new("b"), &suffix("-pi")), Path::new("b-pi"));
        assert_eq!(archive_of(Path::new("b"), &Suffix::None), Path::new("b"));
        for bad in ["", "/x", ".p/z"] {
            assert_eq!(Suffix::given(bad.into()).unwrap_err().kind(), ErrorKind::Usage, "{bad}");
        }
    }

    #[test]
    fn content_is_called_by_the_archive_or_like_it() {
        let of = |archive: &str, fname, suffix: &Suffix| {
            content_of(Path::new(archive), fname, suffix, Language::English).map_err(|e| e.kind())
        };
        let piz = suffix(SUFFIX);
        assert_eq!(of("d/x.piz", Some("y.bin"), &piz), Ok("d/y.bin".into()));
        assert_eq!(of("d/x.piz", None, &piz), Ok("d/x".into()));
        assert_eq!(of("x.tar.piz", None, &piz), Ok("x.tar".into()));
        assert_eq!(of("x.pz", None, &suffix(".pz")), Ok("x".into()));
        for (archive, suffix) in
            [("x", &piz), (".piz", &piz), ("x.piz", &Suffix::None), ("x.piz", &suffix(".z"))]
        {
            assert_eq!(of(archive, None, suffix), Err(ErrorKind::Usage), "{archive}");
        }
    }

    #[test]
    fn a1_only_the_last_component_of_a_name_counts() {
        for (fname, name) in
            [("/etc/passwd", "passwd"), ("../../x", "x"), ("ы", "ы"), ("-rf", "-rf"), ("a/b/c.d", "c.d")]
        {
            assert_eq!(last_component(fname).unwrap(), name);
        }
        let long = "x".repeat(256);
        for fname in ["..", ".", "a/..", "a/", "", "/", "x\0y", &long] {
            assert_eq!(last_component(fname).unwrap_err().kind(), ErrorKind::UnsafePath, "{fname}");
        }
    }
}
