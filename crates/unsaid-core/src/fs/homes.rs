//! Where does this user keep what is Unsaid's: for good, and until it is in the way?

use std::ffi::OsString;
use std::path::PathBuf;

use crate::{Error, ErrorKind, Result};

/// The environment variable for the folder above all stores.
pub const HOME_VARIABLE: &str = "UNSAID_HOME";

/// The user's two folders; neither may be there yet.
///
/// | | for data | for the cache |
/// |---|---|---|
/// | `$UNSAID_HOME` set | `$UNSAID_HOME` | `$UNSAID_HOME/cache` |
/// | else | `$XDG_DATA_HOME/unsaid` (`~/.local/share`) | `$XDG_CACHE_HOME/unsaid` (`~/.cache`) |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Homes {
    /// What is kept.
    pub data: PathBuf,
    /// What may be deleted at any moment.
    pub cache: PathBuf,
}

impl Homes {
    /// Those that the environment names.
    ///
    /// # Errors
    /// [`ErrorKind::Environment`] where no variable says where they are.
    pub fn of_user() -> Result<Homes> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let found = folders(set).map(|(data, cache)| Homes { data, cache });
        found.ok_or_else(|| {
            Error::new(ErrorKind::Environment, "nothing says where models, dictionaries and blocks are kept")
                .hint(format!("set {HOME_VARIABLE} to a folder"))
        })
    }
}

fn folders(set: impl Fn(&str) -> Option<OsString>) -> Option<(PathBuf, PathBuf)> {
    if let Some(home) = set(HOME_VARIABLE).map(PathBuf::from) {
        let cache = home.join("cache");
        return Some((home, cache));
    }
    let absolute = |name: &str| set(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let place = |variable: &str, below: &str| match absolute(variable) {
        Some(folder) => Some(folder.join("unsaid")),
        None if cfg!(windows) => Some(PathBuf::from(set("LOCALAPPDATA")?).join("unsaid")),
        None => Some(PathBuf::from(set("HOME")?).join(below).join("unsaid")),
    };
    let (data, cache) = (place("XDG_DATA_HOME", ".local/share")?, place("XDG_CACHE_HOME", ".cache")?);
    // One folder for both (as on Windows) must not make one store of them.
    let cache = if cache == data { cache.join("cache") } else { cache };
    Some((data, cache))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn the_first_variable_that_is_set_says_where() {
        let with = |set: &[(&str, &str)]| {
            let value = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
            folders(value).map(|(a, b)| (a.display().to_string(), b.display().to_string()))
        };
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        let all = [("UNSAID_HOME", "/u"), ("XDG_DATA_HOME", "/x"), ("XDG_CACHE_HOME", "/c"), ("HOME", "/h")];
        assert_eq!(with(&all), pair("/u", "/u/cache"));
        assert_eq!(with(&all[1..]), pair("/x/unsaid", "/c/unsaid"));
        assert_eq!(with(&all[2..]), pair("/h/.local/share/unsaid", "/c/unsaid"));
        let odd = [("XDG_DATA_HOME", "/x"), ("XDG_CACHE_HOME", "/x")];
        assert_eq!(with(&odd), pair("/x/unsaid", "/x/unsaid/cache"));
        let relative = [("XDG_CACHE_HOME", "x"), ("HOME", "/h")];
        assert_eq!(with(&relative), pair("/h/.local/share/unsaid", "/h/.cache/unsaid"));
        assert_eq!(with(&[]), None);
    }
}
