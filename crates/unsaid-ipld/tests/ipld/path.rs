//! Paths through blocks, and what they must not lead to.

use unsaid_core::ErrorKind;
use unsaid_ipld::dagpb::{Link, Node};
use unsaid_ipld::path::{MAX_HOPS, Path};
use unsaid_ipld::source::Memory;
use unsaid_ipld::walk::Budget;
use unsaid_ipld::{Block, Cid, Codec};

use crate::common::{kind, list, raw};

const ROOT: &str = "bafyreicp5swjorv4iwoo7y4etqstuxolyf63mrsaudnbfjkfkoqirdca2m";

fn directory(entries: &[(&str, Cid)]) -> Block {
    let link = |(name, cid): &(&str, Cid)| Link { cid: *cid, name: Some((*name).to_owned()), size: None };
    let node = Node { links: entries.iter().map(link).collect(), data: Some(vec![8, 1]) };
    Block::new(Codec::DagPb, node.encode()).unwrap()
}

fn resolve(source: &Memory, root: &Cid, rest: &str) -> unsaid_core::Result<Cid> {
    Path::parse(&format!("/ipfs/{root}{rest}")).unwrap().resolve(source, &Budget::default())
}

#[test]
fn d11_paths_that_go_up_or_mean_another_thing_elsewhere_are_refused() {
    for rest in [
        "/..", "/../..", "/a/../b", "/.", "/a/./b", "//", "/a//b", "//a", "/a%2fb", "/%2e%2e", "/100%",
        "/a\\b", "/a?b", "/a#b", "/a\nb", "/a\0", "/\u{7f}",
    ] {
        for front in ["/ipfs/", "ipfs://", ""] {
            let text = format!("{front}{ROOT}{rest}");
            assert_eq!(kind(Path::parse(&text)), ErrorKind::UnsafePath, "{text:?}");
        }
    }
    for text in ["/ipns/example.org/a", "ipns://example.org", "IPNS://example.org", "/IPNS/example.org"] {
        let e = Path::parse(text).unwrap_err();
        assert!(e.kind() == ErrorKind::Usage && e.to_string().contains("IPNS"), "{e}");
    }
    for text in ["", "/", "/ipfs/", "/etc/passwd", "../x", "/ipfs/ipns/x", "/ipfs//ipfs/x", "example.org/a"] {
        assert_eq!(kind(Path::parse(text)), ErrorKind::Usage, "{text}");
    }
    let names = "/a".repeat(MAX_HOPS);
    assert!(Path::parse(&format!("{ROOT}{names}")).is_ok());
    assert_eq!(kind(Path::parse(&format!("{ROOT}{names}/a"))), ErrorKind::Usage);
}

#[test]
fn paths_are_read_in_three_forms_and_written_in_one() {
    for text in [format!("{ROOT}/a/b"), format!("/ipfs/{ROOT}/a/b"), format!("ipfs://{ROOT}/a/b/")] {
        let path = Path::parse(&text).unwrap();
        assert_eq!(path.names, ["a", "b"]);
        assert_eq!(path.to_string(), format!("/ipfs/{ROOT}/a/b"));
    }
    assert!(Path::parse(&format!("/ipfs/{ROOT}/")).unwrap().names.is_empty());
}

#[test]
fn paths_lead_through_directories_and_values() {
    let leaf = raw(b"leaf");
    let inner = directory(&[("b c", *leaf.cid()), ("ü", *leaf.cid())]);
    let outer = directory(&[("a", *inner.cid())]);
    let parts = list(&[*outer.cid(), *leaf.cid()]);
    let map = {
        use unsaid_ipld::cbor::{Item, write, write_link};
        let mut bytes = Vec::new();
        write(&mut bytes, Item::Map(2));
        write(&mut bytes, Item::Text("n"));
        write(&mut bytes, Item::List(2));
        write(&mut bytes, Item::Uint(7));
        write_link(&mut bytes, parts.cid());
        write(&mut bytes, Item::Text("to"));
        write_link(&mut bytes, outer.cid());
        Block::new(Codec::DagCbor, bytes).unwrap()
    };
    let all = [&leaf, &inner, &outer, &parts, &map];
    let source: Memory = all.into_iter().cloned().collect();
    for (rest, wanted) in [
        ("", &map),
        ("/to", &outer),
        ("/to/a", &inner),
        ("/to/a/b c", &leaf),
        ("/to/a/ü", &leaf),
        ("/n/1", &parts),
        ("/n/1/0/a/b c", &leaf),
        ("/n/1/1", &leaf),
    ] {
        assert_eq!(resolve(&source, map.cid(), rest).unwrap(), *wanted.cid(), "{rest}");
    }
    for (rest, wanted) in [
        ("/none", ErrorKind::Missing),
        ("/n/2", ErrorKind::Missing),
        ("/n/01", ErrorKind::Missing),
        ("/n/+1", ErrorKind::Missing),
        ("/n/-1", ErrorKind::Missing),
        ("/n/18446744073709551616", ErrorKind::Missing),
        ("/n/0/x", ErrorKind::Missing),
        ("/n", ErrorKind::Usage),
        ("/n/0", ErrorKind::Usage),
        ("/to/b", ErrorKind::Missing),
        ("/to/a/ü/x", ErrorKind::Usage),
    ] {
        assert_eq!(kind(resolve(&source, map.cid(), rest)), wanted, "{rest}");
    }
    assert_eq!(kind(resolve(&Memory::default(), map.cid(), "/to")), ErrorKind::Missing);
}
