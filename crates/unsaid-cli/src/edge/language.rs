//! English or Russian, by the locale: PiZ speaks both.

/// A language that help and messages are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Russian,
}

impl Language {
    /// The language of messages, as POSIX has it: the first of three variables that is set and not empty.
    pub(crate) fn of_locale() -> Self {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(value: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| value(name).filter(|value| !value.is_empty()))
            .unwrap_or_default();
        // `ru`, `ru_RU.UTF-8`, `ru@x`; not another language that begins so.
        let language = locale.split(['_', '.', '@']).next().unwrap_or_default();
        if language == "ru" { Language::Russian } else { Language::English }
    }

    /// One of two texts that say the same.
    pub(crate) fn choose<T>(self, english: T, russian: T) -> T {
        match self {
            Language::English => english,
            Language::Russian => russian,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_says_the_language() {
        let with = |set: &[(&str, &str)]| {
            let value = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            Language::from_variables(value)
        };
        use Language::{English, Russian};
        for (set, language) in [
            (&[][..], English),
            (&[("LANG", "ru_RU.UTF-8")], Russian),
            (&[("LANG", "ru")], Russian),
            (&[("LC_ALL", "C"), ("LANG", "ru_RU.UTF-8")], English),
            (&[("LC_ALL", ""), ("LC_MESSAGES", "ru_RU"), ("LANG", "en_US")], Russian),
            (&[("LC_MESSAGES", "en_GB"), ("LANG", "ru_RU")], English),
            (&[("LANG", "run_BI")], English),
        ] {
            assert_eq!(with(set), language, "{set:?}");
        }
    }
}
