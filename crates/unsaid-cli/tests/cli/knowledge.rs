//! `unsaid knowledge`, and models by CID.

use crate::machine::Machine;

/// A model small enough to be forged in a moment, and its name everywhere.
fn with_model() -> (Machine, String, String) {
    let machine = Machine::new();
    for n in 0..20 {
        machine.0.write(&format!("docs/{n}"), format!("{{\"kind\":\"event\",\"number\":{n}}}"));
    }
    machine.run("bb forge docs/0 docs/1 docs/2 docs/3 docs/4 docs/5 -o m.bbm").code(0);
    let put = machine.run("knowledge put m.bbm").code(0);
    let (hash, cid) = put.out.trim().split_once("  ipfs://").unwrap();
    (machine, hash.to_owned(), cid.to_owned())
}

#[test]
fn what_was_put_is_found_by_hash_and_by_cid() {
    let (machine, hash, cid) = with_model();
    assert_eq!(hash.len(), 64);
    assert!(machine.run("knowledge ls").silent(0).out.starts_with(&hash));
    for name in [&hash[..4], &hash, &cid, &format!("ipfs://{cid}")] {
        let shown = machine.run(&format!("knowledge show {name}")).silent(0);
        assert!(
            shown.out.contains(&cid) && shown.out.contains("m.bbm") && shown.out.contains("yes"),
            "{shown:?}"
        );
        machine.run(&format!("bb encode {name} docs/7 -o coded -f")).code(0);
        machine.run(&format!("bb decode {name} coded -o back -f")).code(0);
        assert!(machine.0.read("back") == machine.0.read("docs/7"));
    }
    // The name that everyone else gives it.
    assert_eq!(machine.run("ipfs put m.bbm").code(0).out.trim(), cid);
    machine.run("knowledge show 00000000").code(4);
    machine.run("knowledge get m.bbm").code(2).says("knowledge put");
    let json = machine.run("--json knowledge ls").silent(0);
    assert!(
        json.out.contains(&format!("\"cid\":\"{cid}\"")) && json.out.contains("\"pinned\":true"),
        "{json:?}"
    );
}

#[test]
fn knowledge_travels_between_machines_by_cid() {
    let (a, hash, cid) = with_model();
    a.run("ipfs put m.bbm").code(0);
    let server = a.serve("");
    let b = Machine::new();
    b.0.write("doc", a.0.read("docs/9"));
    b.run(&format!("bb encode ipfs://{cid} doc -o coded")).code(4).says(&cid).says("unsaid knowledge get");
    b.run(&format!("knowledge get ipfs://{cid} --offline --gateway {}", server.url)).code(4);
    let limited = format!("knowledge get ipfs://{cid} --max-output 10 --gateway {}", server.url);
    b.run(&limited).code(5).says("--max-output");
    assert_eq!(b.run("knowledge ls").code(0).out, "");
    let got = b.run(&format!("knowledge get ipfs://{cid} --gateway {}", server.url)).code(0);
    assert!(got.err.contains(&hash), "{got:?}");
    assert_eq!(server.interrupt(), 130);
    b.run(&format!("knowledge get {} -o m.bbm", &hash[..8])).code(0);
    assert!(b.0.read("m.bbm") == a.0.read("m.bbm"));
    b.run(&format!("bb encode ipfs://{cid} doc -o coded")).code(0);
    a.0.write("coded", b.0.read("coded"));
    assert_eq!(a.run(&format!("bb decode {cid} coded")).silent(0).bytes, a.0.read("docs/9"));
}

#[test]
fn only_what_is_not_pinned_is_garbage() {
    let (machine, hash, cid) = with_model();
    machine.0.write("text", "no format of ours");
    let other = machine.run("knowledge put text").code(0).out[..64].to_owned();
    machine.run(&format!("knowledge pin {other} --unpin")).code(0);
    machine.run("knowledge gc").code(0).says("0 files");
    let dry = machine.run("knowledge gc --dry-run --older-than 0").code(0).says("1 file");
    assert!(dry.out.contains(&other) && !dry.out.contains(&hash), "{dry:?}");
    machine.run("knowledge gc --older-than 0").code(0).says("1 file");
    machine.run(&format!("knowledge show {other}")).code(4);
    machine.run(&format!("knowledge pin {cid} --unpin")).code(0);
    machine.run(&format!("knowledge pin {cid} --unpin")).code(4);
    machine.run("knowledge gc --older-than 0").code(0).says("1 file");
    machine.run("knowledge ls").code(0).says("nothing is kept");
    machine.run("knowledge gc --older-than yesterday").code(2);
}

#[test]
fn g4_what_changed_on_the_disk_is_found_and_replaced() {
    let (machine, hash, _) = with_model();
    machine.run("knowledge verify").code(0).says(": ok");
    let mut bytes = machine.0.read("m.bbm");
    bytes[5] ^= 1;
    machine.0.write(&format!("home/knowledge/v1/{hash}"), &bytes);
    machine.run("knowledge verify").code(3).says(&hash);
    machine.run(&format!("bb encode {hash} docs/7 -o coded")).code(3);
    machine.run(&format!("knowledge get {hash} -o got")).code(3);
    assert!(!machine.0.has("got"));
    machine.run("knowledge put m.bbm").code(0);
    machine.run("knowledge verify").code(0);
}

#[test]
fn dictionaries_that_are_pinned_are_listed_beside_files() {
    let machine = Machine::new();
    let segments = ["a", "b"].iter().collect();
    let dictionary = unsaid::zipfs::Dictionary::new("two letters", None, segments, None).unwrap();
    machine.0.write("d.cbor", dictionary.to_block().unwrap().data());
    machine.run("ipfs put d.cbor --block --codec dag-cbor").code(0);
    let listed = machine.run("knowledge ls").silent(0);
    assert!(listed.out.contains("two letters") && listed.out.contains("2 segments"), "{listed:?}");
    let cid = listed.out.split_whitespace().next().unwrap();
    let shown = machine.run(&format!("knowledge show {cid}")).silent(0);
    assert!(shown.out.contains("two letters") && shown.out.contains(cid), "{shown:?}");
    machine.run(&format!("knowledge pin --unpin {cid}")).code(0).says("unpinned");
    machine.run(&format!("knowledge pin {cid}")).code(0).says("pinned");
    assert_eq!(machine.run("ipfs pin").silent(0).out.trim(), cid);
    machine.run(&format!("knowledge get ipfs://{cid}")).says(&format!("unsaid ipfs pin {cid}"));
}
