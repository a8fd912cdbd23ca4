//! What `info`, `list` and `test` say of compressed files, dictionaries and CARs.

use std::io::{BufReader, Read};
use std::path::Path;

use serde_json::{Value, json};
use unsaid::ipld::car::{Bounds, Reader};
use unsaid::ipld::{Block, BlockSource, Cid, Codec};
use unsaid::zipfs::{CompressedFile, Naming, Opened, Root};
use unsaid_core::check::{Hash, Hasher};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::compress::read_all;
use super::{blocks, decompress, dict};
use crate::commands::{input, print};
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, json, size};
use crate::options::SourcesArgs;

/// One of the formats of blocks, as it comes.
pub(crate) enum Blocks {
    File(Box<dyn Read>),
    Dictionary(Box<dyn Read>),
    Car(Box<dyn Read>),
}

/// `unsaid info`, and `unsaid list`: there are no names to list. Nothing is asked for elsewhere.
pub(crate) fn info(file: &Path, what: Blocks, edge: &Edge) -> Result<()> {
    match what {
        Blocks::File(data) => {
            let bytes = read_all(data, edge)?;
            let read = CompressedFile::read(&bytes, &edge.limits)?;
            let naming = if read.naming() == Naming::Link { "link" } else { "text" };
            let cid = read.dictionary().to_string();
            let sealed = input::seal_beside(file, &edge.limits)?.is_some();
            let checks = if sealed { "the seal beside it" } else { CHECKS };
            let body = json!({ "format": "zipfs", "dictionary": cid, "naming": naming, "sealed": sealed,
                "packed": bytes.len(), "data": read.data().len(), "checks": checks });
            let text = format!(
                "{}\n  format    zipfs\n  needs     {cid}, named as {naming}\n  size      {}, {} of them codes\n  \
                 checks    {checks}\n",
                input::shown(file),
                size::bytes(bytes.len() as u64),
                size::bytes(read.data().len() as u64),
            );
            say(file, body, &text, edge)
        }
        Blocks::Dictionary(data) => {
            let block = block_of(&read_all(data, edge)?)?;
            match Root::read(&block, &edge.limits) {
                Ok(root) => print(dict::about(file, &block, &root, edge).as_bytes()),
                Err(e) if is_part(&block) => {
                    drop(e);
                    let cid = block.cid().to_string();
                    let body = json!({ "format": "zipfs dictionary part", "cid": cid,
                        "packed": block.data().len() });
                    let text = format!(
                        "{}\n  format    zipfs dictionary part\n  cid       {cid}\n  size      {}\n",
                        input::shown(file),
                        size::bytes(block.data().len() as u64)
                    );
                    say(file, body, &text, edge)
                }
                Err(e) => Err(e),
            }
        }
        Blocks::Car(data) => {
            let car = Car::read(data, edge)?;
            let roots: Vec<String> = car.roots.iter().map(Cid::to_string).collect();
            let body = json!({ "format": "car", "version": car.version, "roots": roots, "blocks": car.blocks,
                "packed": car.packed, "checks": CAR_CHECKS });
            let text = format!(
                "{}\n  format    car, version {}\n  roots     {}\n  blocks    {}, {} in all\n  checks    {CAR_CHECKS}\n",
                input::shown(file),
                car.version,
                if roots.is_empty() { "none".to_owned() } else { roots.join(", ") },
                car.blocks,
                size::bytes(car.packed),
            );
            say(file, body, &text, edge)?;
            car.check(file)
        }
    }
}

const CHECKS: &str = "none: the format has no room for any";
const CAR_CHECKS: &str = "the hash of every block";

/// `unsaid test`. Blocks are looked for on this machine only.
pub(crate) fn test(file: &Path, what: Blocks, progress: &dyn Progress, edge: &Edge) -> Result<()> {
    let shown = input::shown(file);
    let tested = |body: Value, text: String| {
        if edge.json {
            return say(file, body, "", edge);
        }
        edge.report.summary(&text);
        Ok(())
    };
    match what {
        Blocks::File(data) => {
            const PROVEN: &str = "it decodes with its dictionary; the format has no checksum of the text";
            const SEALED: &str = "BLAKE3 of the file and of its text, from the seal beside it";
            let bytes = read_all(data, edge)?;
            let seal = input::seal_beside(file, &edge.limits)?;
            if let Some(seal) = &seal {
                seal.check_file(bytes.len() as u64, Hash::of(&bytes)).map_err(|e| e.in_file(file))?;
            }
            let proven = if seal.is_some() { SEALED } else { PROVEN };
            let sources = SourcesArgs::default().open(edge, progress)?.offline(true);
            let read = CompressedFile::read(&bytes, &edge.limits)?;
            let cid = *read.dictionary();
            let block = sources.get(&cid)?.ok_or_else(|| not_here(&sources.missing(&[cid])))?;
            let opened = Opened::with_root(read, Root::read(&block, &edge.limits)?, None)?;
            let mut hasher = Hasher::new();
            let decoded = opened.decode(&sources, &edge.limits, progress, &mut |text| {
                hasher.update(text);
                Ok(())
            });
            let text = decoded.map_err(|e| if e.kind() == ErrorKind::Missing { not_here(&e) } else { e })?;
            decompress::check_text(seal.as_ref(), text, hasher.finish())?;
            let body = json!({ "message_type": "summary", "whole": true, "size": text,
                "dictionary": cid.to_string(), "proven": proven });
            tested(body, format!("{shown}: ok: {}: {proven}", size::bytes(text)))
        }
        Blocks::Dictionary(data) => {
            const PROVEN: &str = "the one form of what it says; its CID is its hash";
            let block = block_of(&read_all(data, edge)?)?;
            match Root::read(&block, &edge.limits) {
                Err(e) if !is_part(&block) => return Err(e),
                _ => {}
            }
            let cid = block.cid();
            let body = json!({ "message_type": "summary", "whole": true, "cid": cid.to_string(),
                "proven": PROVEN });
            tested(body, format!("{shown}: ok: {cid}: {PROVEN}"))
        }
        Blocks::Car(data) => {
            let car = Car::read(data, edge)?;
            car.check(file)?;
            let body = json!({ "message_type": "summary", "whole": true, "blocks": car.blocks,
                "size": car.packed, "proven": CAR_CHECKS });
            tested(body, format!("{shown}: ok: {}: {CAR_CHECKS}", blocks(car.blocks)))
        }
    }
}

/// The error of a test that looks on this machine only.
fn not_here(e: &Error) -> Error {
    Error::new(ErrorKind::Missing, format!("it was not decoded: {e}"))
        .hint("pin it first: unsaid ipfs pin CID, with --gateway URL or --car FILE")
}

/// The block that a file is.
fn block_of(bytes: &[u8]) -> Result<Block> {
    Block::new(Codec::DagCbor, bytes.to_vec())
}

fn is_part(block: &Block) -> bool {
    block.data().starts_with(b"\xa1\x68Segments") && unsaid::ipld::links(block).is_ok()
}

fn say(file: &Path, mut body: Value, text: &str, edge: &Edge) -> Result<()> {
    if !edge.json {
        return print(text.as_bytes());
    }
    let kind = body["message_type"].as_str().unwrap_or("archive").to_owned();
    json::put_path(&mut body, "path", file.as_os_str());
    print(format!("{}\n", json::line(&kind, body)).as_bytes())
}

/// What a CAR has, all its blocks verified.
struct Car {
    version: u64,
    roots: Vec<Cid>,
    absent: Vec<Cid>,
    blocks: u64,
    packed: u64,
}

impl Car {
    fn read(data: Box<dyn Read>, edge: &Edge) -> Result<Car> {
        let mut reader = Reader::new(BufReader::with_capacity(1 << 16, data), &Bounds::of(&edge.limits))?;
        let mut blocks = 0;
        while reader.next_block()?.is_some() {
            blocks += 1;
            stop_if_asked()?;
        }
        let (version, roots) = (reader.version(), reader.roots().to_vec());
        Ok(Car { version, roots, absent: reader.absent_roots(), blocks, packed: reader.offset() })
    }

    fn check(&self, file: &Path) -> Result<()> {
        let Some(first) = self.absent.first() else { return Ok(()) };
        Err(Error::new(ErrorKind::Missing, "the CAR does not have what it is about")
            .found(format!("no block {first}"))
            .in_file(file)
            .hint("get the rest of it"))
    }
}
