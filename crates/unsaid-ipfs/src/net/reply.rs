//! What a server answers, and how much of it is read.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::MAX_READ;
use ureq::Body;
use ureq::http::{Response, header};

use super::failure::{self, Patience};
use super::wire::Wire;
use super::{NetOptions, Paced};

/// An answer whose body has not been read yet.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// How long the source asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
    server: String,
    length: Option<u64>,
    encoding: Option<String>,
    body: Body,
    wire: Arc<Wire>,
    patience: Patience,
}

impl Reply {
    pub(super) fn of(response: Response<Body>, wire: Arc<Wire>, server: String, patience: Patience) -> Reply {
        wire.body_begins(patience.silence);
        let text = |name| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let retry_after = text(header::RETRY_AFTER)
            .map(|value| Duration::from_secs(value.trim().parse().unwrap_or(u64::from(u32::MAX))));
        Reply {
            server,
            status: response.status().as_u16(),
            content_type: text(header::CONTENT_TYPE).unwrap_or_default(),
            retry_after,
            length: text(header::CONTENT_LENGTH).and_then(|value| value.trim().parse().ok()),
            encoding: text(header::CONTENT_ENCODING).filter(|value| value != "identity"),
            body: response.into_body(),
            wire,
            patience,
        }
    }

    /// The body as a stream that may not dawdle.
    pub(crate) fn stream(self, options: &NetOptions) -> Result<Paced<impl Read + use<>>> {
        if let Some(encoding) = self.encoding {
            return Err(Error::corrupt(format!("{} compressed what it was asked for as it is", self.server))
                .found(format!("Content-Encoding {encoding}")));
        }
        let body = self.body.into_with_config().limit(u64::MAX).reader();
        Ok(Paced::new(body, self.wire, self.server, options, self.patience))
    }

    /// The whole body, at most `cap` bytes of it.
    ///
    /// # Errors
    /// `Limit` where it is longer, which is no lie; `Corrupt` where it is compressed; `Environment` for the
    /// network.
    pub(crate) fn read(self, cap: usize, options: &NetOptions) -> Result<Vec<u8>> {
        let server = self.server.clone();
        let too_long = |found: String| {
            Error::new(ErrorKind::Limit, format!("{server} sends more than is taken"))
                .found(found)
                .expected(format!("at most {cap} bytes"))
        };
        let announced = self.length;
        if let Some(length) = announced.filter(|length| *length > cap as u64) {
            return Err(too_long(format!("{length} bytes announced")));
        }
        let mut data = Vec::new();
        let mut stream = self.stream(options)?.take(cap as u64 + 1);
        stream.read_to_end(&mut data).map_err(|e| Error::io(failure::reading(&server), e))?;
        match data.len() > cap {
            true => Err(too_long(format!("more than {cap} bytes"))),
            false => Ok(data),
        }
    }

    /// The body of a block.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn read_block(self, options: &NetOptions) -> Result<Vec<u8>> {
        self.read(MAX_READ, options)
    }

    /// The beginning of an error message, made fit to be shown.
    pub(crate) fn message(self, options: &NetOptions) -> String {
        let mut data = Vec::new();
        if let Ok(stream) = self.stream(options) {
            let _ = stream.take(512).read_to_end(&mut data);
        }
        unsaid_core::fs::escape(data.trim_ascii())
    }
}
