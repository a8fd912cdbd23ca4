//! Where does this user keep things?

use std::ffi::OsString;
use std::path::PathBuf;

use unsaid_core::{Error, ErrorKind, Result};

/// The environment variable for the folder above all stores.
pub const HOME_VARIABLE: &str = "UNSAID_HOME";

/// The user's folder for what is kept under this name: `$UNSAID_HOME/NAME`, else `$XDG_DATA_HOME/unsaid/NAME`,
/// else `~/.local/share/unsaid/NAME`. It may not be there yet.
///
/// # Errors
/// `Environment` where no variable says where that is.
pub fn of_user(name: &str) -> Result<PathBuf> {
    let set = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty());
    let home = home(set).ok_or_else(|| {
        Error::new(ErrorKind::Environment, "nothing says where models and dictionaries are kept")
            .hint(format!("set {HOME_VARIABLE} to a folder"))
    })?;
    Ok(home.join(name))
}

fn home(set: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(home) = set(HOME_VARIABLE) {
        return Some(PathBuf::from(home));
    }
    let data = match set("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute()) {
        Some(data) => data,
        None if cfg!(windows) => PathBuf::from(set("LOCALAPPDATA")?),
        None => PathBuf::from(set("HOME")?).join(".local/share"),
    };
    Some(data.join("unsaid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn the_first_variable_that_is_set_says_where() {
        let with = |set: &[(&str, &str)]| {
            let value = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
            home(value).map(|path| path.to_string_lossy().into_owned())
        };
        let all = [("UNSAID_HOME", "/u"), ("XDG_DATA_HOME", "/x"), ("HOME", "/h")];
        assert_eq!(with(&all).as_deref(), Some("/u"));
        assert_eq!(with(&all[1..]).as_deref(), Some("/x/unsaid"));
        assert_eq!(with(&all[2..]).as_deref(), Some("/h/.local/share/unsaid"));
        let relative = [("XDG_DATA_HOME", "x"), ("HOME", "/h")];
        assert_eq!(with(&relative).as_deref(), Some("/h/.local/share/unsaid"));
        assert_eq!(with(&[]), None);
    }
}
