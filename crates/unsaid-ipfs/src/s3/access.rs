//! Who asks an object store, and where is it?

use std::fmt;

use unsaid_core::{Error, ErrorKind, Result};

/// Who asks, and where.
#[derive(Clone, Default)]
pub struct Access {
    /// `AWS_ACCESS_KEY_ID`.
    pub key: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret: String,
    /// `AWS_SESSION_TOKEN`.
    pub token: Option<String>,
    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`, else us-east-1.
    pub region: Option<String>,
    /// `AWS_ENDPOINT_URL_S3`, else `AWS_ENDPOINT_URL`: a server other than Amazon's.
    pub endpoint: Option<String>,
}

impl Access {
    /// What the environment says.
    ///
    /// # Errors
    /// `Missing` where it names no key.
    pub fn of_environment() -> Result<Access> {
        Access::of(|name| std::env::var(name).ok())
    }

    fn of(set: impl Fn(&str) -> Option<String>) -> Result<Access> {
        let set = |name: &str| set(name).filter(|value| !value.is_empty());
        let needed = |name: &str| {
            set(name).ok_or_else(|| {
                Error::new(ErrorKind::Missing, "an object store needs a key")
                    .expected(format!("{name} in the environment"))
                    .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
            })
        };
        Ok(Access {
            key: needed("AWS_ACCESS_KEY_ID")?,
            secret: needed("AWS_SECRET_ACCESS_KEY")?,
            token: set("AWS_SESSION_TOKEN"),
            region: set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION")),
            endpoint: set("AWS_ENDPOINT_URL_S3").or_else(|| set("AWS_ENDPOINT_URL")),
        })
    }
}

/// The secret is not shown.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Access { key, region, endpoint, .. } = self;
        f.debug_struct("Access")
            .field("key", key)
            .field("region", region)
            .field("endpoint", endpoint)
            .finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    #[test]
    fn without_a_key_nothing_is_asked_for_one() {
        let with = |set: &[(&str, &str)]| {
            Access::of(|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        let e = with(&[("AWS_ACCESS_KEY_ID", "k")]).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Missing);
        let access = with(&[
            ("AWS_ACCESS_KEY_ID", "k"),
            ("AWS_SECRET_ACCESS_KEY", "hidden"),
            ("AWS_DEFAULT_REGION", "eu"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ])
        .unwrap();
        assert_eq!((access.region.as_deref(), access.endpoint.is_some()), (Some("eu"), true));
        assert!(!format!("{access:?}").contains("hidden"));
    }
}
