//! Blocks in an object store that speaks S3: one object each, `PREFIX/blocks/<cid in base32>`.
//!
//! An object is made if it is absent, so many machines may write the same blocks without locks. Keys come
//! from the environment, as the AWS tools have them; where there are none nothing is contacted, not even
//! the metadata service of a cloud.

mod access;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cid::Cid;
use futures_util::StreamExt;
use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutMode, PutPayload, RetryConfig};
use tokio::runtime::{Builder, Runtime};
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::{Block, BlockSource, MAX_READ};

use crate::store::BlockStore;
use crate::{NetOptions, name};

pub use access::Access;

/// A bucket, or a part of one.
pub struct S3 {
    name: String,
    folder: Path,
    store: Arc<dyn ObjectStore>,
    runtime: Runtime,
    options: NetOptions,
    /// Whether the server was found to know no conditions.
    unconditional: AtomicBool,
}

impl S3 {
    /// The bucket and prefix of `s3://BUCKET/PREFIX`; nothing is contacted yet.
    ///
    /// # Errors
    /// `Usage` for another URL or an endpoint that is none.
    pub fn new(url: &str, access: &Access, options: NetOptions) -> Result<S3> {
        let wrong = |why: String| {
            Error::new(ErrorKind::Usage, "this is no bucket")
                .found(format!("'{url}'{why}"))
                .expected("for instance s3://bucket/prefix")
        };
        let rest = url.strip_prefix("s3://").ok_or_else(|| wrong(String::new()))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(wrong(String::new()));
        }
        // Whoever was first in this process had the same in mind.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = ClientOptions::new()
            .with_timeout(options.block)
            .with_connect_timeout(options.connect)
            .with_allow_http(access.endpoint.as_deref().is_some_and(|url| url.starts_with("http://")));
        let retry = RetryConfig {
            max_retries: options.retries as usize,
            retry_timeout: options.block,
            ..RetryConfig::default()
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_access_key_id(&access.key)
            .with_secret_access_key(&access.secret)
            .with_region(access.region.as_deref().unwrap_or("us-east-1"))
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            // One object goes by one DELETE, which every such server knows.
            .with_disable_bulk_delete(true)
            .with_client_options(client)
            .with_retry(retry);
        if let Some(token) = &access.token {
            builder = builder.with_token(token);
        }
        if let Some(endpoint) = &access.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let store = builder.build().map_err(|e| wrong(format!(" ({e})")))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let folder = Path::parse(prefix.trim_matches('/')).map_err(|e| wrong(format!(" ({e})")))?;
        Ok(S3 {
            name: url.trim_end_matches('/').to_owned(),
            folder: folder.join("blocks"),
            store: Arc::new(store),
            runtime: runtime.map_err(|e| Error::io("starting a runtime", e))?,
            options,
            unconditional: AtomicBool::new(false),
        })
    }

    /// The bucket as it was named.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn path(&self, cid: &Cid) -> Path {
        self.folder.clone().join(name::of_cid(cid))
    }

    /// Runs to its end in the time that a block has; `None` where the object is not there.
    fn run<T>(&self, work: impl Future<Output = object_store::Result<T>>) -> Result<Option<T>> {
        let limit = self.options.block;
        let ended = self.runtime.block_on(async { tokio::time::timeout(limit, work).await });
        match ended {
            Err(_) => {
                Err(Error::new(ErrorKind::Environment, format!("{} did not answer in time", self.name)))
            }
            Ok(Err(object_store::Error::NotFound { .. })) => Ok(None),
            Ok(Err(e)) => Err(self.failed(&e)),
            Ok(Ok(value)) => Ok(Some(value)),
        }
    }

    fn failed(&self, e: &object_store::Error) -> Error {
        let text = unsaid_core::fs::escape(e.to_string().as_bytes());
        Error::new(ErrorKind::Environment, format!("asking {}", self.name)).found(text)
    }

    fn too_large(&self, size: u64) -> Error {
        Error::corrupt(format!("{} holds something else than a block", self.name))
            .found(format!("{size} bytes"))
            .expected(format!("at most {MAX_READ}"))
    }
}

/// Whether a server refused to write only what is not there. The status of an answer is in the text alone;
/// a server that says so for another reason is refused again without the condition.
fn lacks_conditions(e: &object_store::Error) -> bool {
    match e {
        object_store::Error::NotImplemented { .. } | object_store::Error::NotSupported { .. } => true,
        object_store::Error::Generic { .. } => e.to_string().contains("501 Not Implemented"),
        _ => false,
    }
}

impl BlockSource for S3 {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        if let Some(block) = Block::of_name(cid)? {
            return Ok(Some(block));
        }
        let got = self.run(async {
            let object = self.store.get(&self.path(cid)).await?;
            let mut size = object.meta.size;
            let mut data = Vec::new();
            let mut pieces = object.into_stream();
            while let Some(piece) = pieces.next().await {
                // What is sent counts, whatever was announced.
                if size > MAX_READ as u64 {
                    break;
                }
                data.extend_from_slice(&piece?);
                size = size.max(data.len() as u64);
            }
            Ok((data, size))
        })?;
        match got {
            None => Ok(None),
            Some((_, size)) if size > MAX_READ as u64 => Err(self.too_large(size)),
            Some((data, _)) => Block::verify(*cid, data).map(Some),
        }
    }
}

impl BlockStore for S3 {
    fn put(&self, block: &Block) -> Result<bool> {
        if Block::of_name(block.cid())?.is_some() {
            return Ok(false);
        }
        let path = self.path(block.cid());
        let payload = || PutPayload::from(block.data().to_vec());
        let made = self.run(async {
            if self.unconditional.load(Ordering::Relaxed) {
                return self.store.put(&path, payload()).await.map(|_| true);
            }
            match self.store.put_opts(&path, payload(), PutMode::Create.into()).await {
                Ok(_) => Ok(true),
                Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                    Ok(false)
                }
                // A server without conditions: the same bytes over the same bytes.
                Err(e) if lacks_conditions(&e) => {
                    self.unconditional.store(true, Ordering::Relaxed);
                    self.store.put(&path, payload()).await.map(|_| true)
                }
                Err(e) => Err(e),
            }
        })?;
        made.ok_or_else(|| {
            Error::new(ErrorKind::Environment, format!("there is no bucket {}", self.name))
                .hint("make it first")
        })
    }

    fn has(&self, cid: &Cid) -> Result<bool> {
        if Block::of_name(cid)?.is_some() {
            return Ok(true);
        }
        Ok(self.run(self.store.head(&self.path(cid)))?.is_some())
    }

    fn list(&self, each: &mut dyn FnMut(Cid) -> Result<()>) -> Result<()> {
        let mut objects = self.store.list(Some(&self.folder));
        while let Some(object) = self.run(async { objects.next().await.transpose() })?.flatten() {
            if let Some(cid) = object.location.filename().and_then(name::parse_cid) {
                each(cid)?;
            }
        }
        Ok(())
    }

    fn remove(&self, cid: &Cid) -> Result<bool> {
        let was_there = self.has(cid)?;
        self.run(self.store.delete(&self.path(cid)))?;
        Ok(was_there)
    }
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3({})", self.name)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bucket_is_refused() {
        for url in ["", "bucket", "s3://", "s3:///x", "https://bucket.example", "s3://b/a//c"] {
            let e = S3::new(url, &Access::default(), NetOptions::default()).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Usage, "{url}");
        }
        let s3 = S3::new("s3://bucket/a/b/", &Access::default(), NetOptions::default()).unwrap();
        assert_eq!(s3.folder.to_string(), "a/b/blocks");
        assert_eq!(s3.name(), "s3://bucket/a/b");
    }
}
