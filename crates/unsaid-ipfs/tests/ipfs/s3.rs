//! An object store, as far as it is needed to be one.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use unsaid_core::ErrorKind;
use unsaid_ipfs::s3::{Access, S3};
use unsaid_ipfs::{BlockStore, NetOptions};
use unsaid_ipld::{Block, BlockSource, Cid, MAX_READ};

use crate::common::{Small, block, quick, respond, respond_with};

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A server with objects by their paths; its requests come as the whole head.
fn server(objects: Objects, conditional: bool) -> Small {
    Small::with_head(move |head, stream| {
        let line = head.lines().next().unwrap_or_default();
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let lower = head.to_ascii_lowercase();
        assert!(lower.contains("authorization: aws4-hmac-sha256"), "{head}");
        let mut objects = objects.lock().unwrap();
        let dated = "ETag: \"e\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
        match method {
            "PUT" => {
                let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
                let mut body = vec![0; length.unwrap().trim().parse().unwrap()];
                stream.read_exact(&mut body).unwrap();
                let only_new = lower.contains("if-none-match: *");
                if only_new && !conditional {
                    return respond(stream, 501, "text/xml", b"<Error><Code>NotImplemented</Code></Error>");
                }
                if only_new && objects.contains_key(path) {
                    return respond(
                        stream,
                        412,
                        "text/xml",
                        b"<Error><Code>PreconditionFailed</Code></Error>",
                    );
                }
                objects.insert(path.to_owned(), body);
                respond_with(stream, 200, dated, b"");
            }
            "GET" if query.contains("list-type=2") => {
                let contents: String = objects
                    .iter()
                    .map(|(path, data)| {
                        let key = path.trim_start_matches("/bucket/");
                        let size = data.len();
                        format!(
                            "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
                             <ETag>\"e\"</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
                        )
                    })
                    .collect();
                let text = format!(
                    "<?xml version=\"1.0\"?><ListBucketResult><Name>bucket</Name><Prefix></Prefix>\
                     <KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>{contents}\
                     </ListBucketResult>"
                );
                respond(stream, 200, "application/xml", text.as_bytes());
            }
            "GET" | "HEAD" => match objects.get(path) {
                Some(data) if method == "GET" => respond_with(stream, 200, dated, data),
                Some(data) => {
                    let head = format!("HTTP/1.1 200 OK\r\n{dated}Content-Length: {}\r\n", data.len());
                    let _ = stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes());
                }
                None => respond(stream, 404, "text/xml", b""),
            },
            "DELETE" => {
                objects.remove(path);
                respond(stream, 204, "text/xml", b"");
            }
            _ => respond(stream, 405, "text/xml", b""),
        }
    })
}

fn store(server: &Small, options: NetOptions) -> S3 {
    let access = Access {
        key: "key".into(),
        secret: "secret".into(),
        endpoint: Some(server.url()),
        ..Access::default()
    };
    S3::new("s3://bucket/unsaid", &access, options).unwrap()
}

#[test]
fn blocks_go_to_objects_named_by_their_cid_and_come_back() {
    for conditional in [true, false] {
        let objects = Objects::default();
        let server = server(Arc::clone(&objects), conditional);
        let s3 = store(&server, quick());
        let blocks: Vec<Block> = (0..3).map(|n| block(n, 1000)).collect();
        for block in &blocks {
            assert!(s3.get(block.cid()).unwrap().is_none());
            assert!(!s3.has(block.cid()).unwrap());
            assert!(s3.put(block).unwrap());
            // Without conditions it is written again, and nobody can tell.
            assert_eq!(s3.put(block).unwrap(), !conditional);
            assert!(s3.has(block.cid()).unwrap());
            assert_eq!(s3.get(block.cid()).unwrap().as_ref(), Some(block));
            let path = format!("/bucket/unsaid/blocks/{}", block.cid());
            assert_eq!(objects.lock().unwrap().get(&path).unwrap(), block.data());
        }
        objects.lock().unwrap().insert("/bucket/unsaid/blocks/README".into(), vec![1]);
        let mut listed = Vec::new();
        s3.list(&mut |cid| {
            listed.push(cid);
            Ok(())
        })
        .unwrap();
        listed.sort();
        let mut expected: Vec<Cid> = blocks.iter().map(|block| *block.cid()).collect();
        expected.sort();
        assert_eq!(listed, expected);
        assert!(s3.remove(blocks[0].cid()).unwrap());
        assert!(!s3.remove(blocks[0].cid()).unwrap());
    }
}

#[test]
fn e1_e2_what_is_not_the_block_is_refused() {
    let objects = Objects::default();
    let server = server(Arc::clone(&objects), true);
    let (s3, block) = (store(&server, quick()), block(1, 1000));
    let path = format!("/bucket/unsaid/blocks/{}", block.cid());
    for content in [Vec::new(), b"other".to_vec(), vec![0; MAX_READ + 1]] {
        objects.lock().unwrap().insert(path.clone(), content);
        assert_eq!(s3.get(block.cid()).unwrap_err().kind(), ErrorKind::Corrupt);
    }
}

#[test]
fn e3_a_store_that_is_silent_is_given_up() {
    let server = Small::start(|_, _| std::thread::sleep(Duration::from_secs(30)));
    let start = Instant::now();
    let options = quick().with_timeout(Duration::from_secs(1));
    let e = store(&server, options).get(block(1, 10).cid()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(start.elapsed() < Duration::from_secs(8));
}
