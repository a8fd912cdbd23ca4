//! `unsaid ipfs`.

use std::process::Stdio;

use crate::machine::Machine;

/// What is known of a file: `ipfs add --cid-version=1 --raw-leaves`.
const HELLO: &str = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

#[test]
fn a_file_that_was_put_is_got_by_its_cid_here_and_elsewhere() {
    let (a, b) = (Machine::new(), Machine::new());
    a.0.write("hello", "hello world");
    let long: Vec<u8> = (0..700_000u32).flat_map(|n| (n / 3).to_le_bytes()).collect();
    a.0.write("long", &long);
    let put = a.run("ipfs put hello long").code(0);
    let cids: Vec<&str> = put.out.lines().collect();
    assert_eq!(cids[0], HELLO);
    a.run(&format!("ipfs get {} -o back", cids[1])).code(0);
    assert!(a.0.read("back") == long);
    let server = a.serve("");
    b.run(&format!("ipfs get {} -o back", cids[1])).code(4).says(cids[1]).says("--gateway");
    assert!(!b.0.has("back"));
    b.run(&format!("ipfs get ipfs://{} -o back --gateway {}", cids[1], server.url)).code(0);
    assert!(b.0.read("back") == long);
    assert_eq!(b.run(&format!("ipfs get {HELLO} --gateway {}", server.url)).silent(0).out, "hello world");
    assert_eq!(server.interrupt(), 130);
    assert_eq!(b.run(&format!("ipfs get {HELLO} --offline")).silent(0).out, "hello world");
    let json = a.run("--json ipfs put hello").silent(0);
    assert!(json.out.contains(HELLO) && json.out.contains("\"size\":11"), "{json:?}");
}

#[test]
fn nobody_is_asked_who_was_not_named() {
    // Any address but loopback would be refused here at once, and named in the error.
    let machine = Machine::new();
    let refused = machine.run(&format!("ipfs get {HELLO} -o x")).code(4);
    assert!(!refused.err.contains("http"), "{refused:?}");
    machine.run(&format!("ipfs get {HELLO} --gateway http://127.0.0.1:1 -o x --timeout 2")).code(6);
    let peer = machine.run(&format!("ipfs get {HELLO} --peer /ip4/127.0.0.1/tcp/1 -o x --timeout 2"));
    if cfg!(feature = "bitswap") {
        peer.code(6);
    } else {
        peer.code(2).says("--features bitswap");
    }
    machine.run(&format!("ipfs get {HELLO} --gateway nonsense -o x")).code(2);
    machine.run(&format!("ipfs get {HELLO} --timeout 0 -o x")).code(2);
    assert!(!machine.0.has("x"));
}

#[test]
fn blocks_travel_as_a_car_and_pins_keep_them() {
    let (a, b) = (Machine::new(), Machine::new());
    let long = vec![7u8; 600_000];
    a.0.write("long", &long);
    let cid = a.run("ipfs put long").code(0).out.trim().to_owned();
    a.run(&format!("ipfs export-car {cid} -o long.car")).code(0);
    b.0.write("long.car", a.0.read("long.car"));
    b.run("info long.car").code(0);
    b.run(&format!("ipfs get {cid} --car long.car -o first")).code(0);
    assert_eq!(b.run("ipfs add-car long.car").code(0).out.trim(), cid);
    b.run(&format!("ipfs get {cid} -o second")).code(0);
    assert!(b.0.read("first") == long && b.0.read("second") == long);
    assert_eq!(b.run("ipfs pin").silent(0).out.trim(), cid);
    // Two equal chunks, a shorter one, the node above.
    assert_eq!(b.run("ipfs ls").silent(0).out.lines().count(), 3);
    assert_eq!(b.run(&format!("ipfs ls {cid}")).silent(0).out.lines().count(), 3);
    b.run(&format!("ipfs pin {cid} --unpin")).code(0);
    b.run(&format!("ipfs pin {cid} --unpin")).code(4);
    b.run(&format!("ipfs pin {cid}")).code(0).says("pinned, 3 blocks");
    let piped = b.run("ipfs export-car -o - bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
    piped.code(4);
    let mut car = a.0.read("long.car");
    car.truncate(car.len() - 1);
    b.0.write("cut.car", &car);
    b.run("ipfs add-car cut.car").code(3).says("cut.car");
}

/// Whether this file of a machine is a kept block.
fn is_block(name: &str) -> bool {
    name.contains("blocks/v1/") && !name.ends_with("/lock")
}

#[test]
fn c11_limits_hold_for_cars_and_pins() {
    let (a, b) = (Machine::new(), Machine::new());
    a.0.write("long", vec![7u8; 600_000]);
    let cid = a.run("ipfs put long").code(0).out.trim().to_owned();
    a.run(&format!("ipfs export-car {cid} -o long.car")).code(0);
    b.0.write("long.car", a.0.read("long.car"));
    // Two blocks of bytes, 262,144 and 75,712, and the node above.
    for (limit, flag) in [("--max-entries 2", "--max-entries"), ("--max-output 337000", "--max-output")] {
        b.run(&format!("ipfs add-car long.car {limit}")).code(5).says(flag);
        b.run(&format!("ipfs pin {cid} --car long.car {limit}")).code(5).says(flag);
        assert_eq!(b.run("ipfs pin").code(0).out, "");
    }
    b.run(&format!("ipfs get {cid} --car long.car -o x --max-memory 2K")).code(5).says("--max-memory");
    assert!(!b.0.has("x"));
    let enough = "--max-entries 3 --max-output 600000";
    assert_eq!(b.run(&format!("ipfs add-car long.car {enough}")).code(0).out.trim(), cid);
    b.run(&format!("ipfs pin {cid} {enough}")).code(0);
}

#[test]
#[cfg(unix)]
fn g6_a_home_that_others_may_write_to_is_refused_and_the_hint_mends_it() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new();
    machine.0.write("hello", "hello world");
    machine.run("ipfs put hello").code(0);
    machine.run("knowledge put hello").code(0);
    let mode = |mode| {
        std::fs::set_permissions(machine.0.path("home"), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for bits in [0o777, 0o770] {
        mode(bits);
        for line in ["ipfs ls", "ipfs put hello", "knowledge ls", "knowledge put hello", "knowledge gc"] {
            let ran = machine.run(line);
            assert_ne!(ran.code, 0, "{line}");
            ran.says("chmod go-w");
        }
    }
    mode(0o755);
    machine.run("ipfs ls").code(0);
    machine.run("knowledge gc").code(0);
}

#[test]
fn g4_a_damaged_block_is_set_aside_and_not_given() {
    let machine = Machine::new();
    machine.0.write("hello", "hello world");
    machine.run("ipfs put hello").code(0);
    machine.run("ipfs verify").code(0).says("1 block: ok");
    let file = machine.0.files().into_iter().find(|name| is_block(name)).unwrap();
    machine.0.write(&file, "hello w0rld");
    machine.run("ipfs verify").code(3).says("damaged");
    machine.run(&format!("ipfs get {HELLO}")).code(4);
    machine.run("ipfs put hello").code(0);
    assert_eq!(machine.run(&format!("ipfs get {HELLO}")).silent(0).out, "hello world");
}

#[test]
fn one_block_is_put_and_got_as_it_is() {
    let machine = Machine::new();
    machine.0.write("tiny", b"\xa2\x64Name\x61t\x68Segments\x81\x41a");
    let cid = machine.run("ipfs put tiny --block --codec dag-cbor").code(0).out.trim().to_owned();
    assert!(cid.starts_with("bafyrei"), "{cid}");
    assert!(machine.run(&format!("ipfs get {cid} --block -o -")).silent(0).bytes == machine.0.read("tiny"));
    machine.run(&format!("ipfs get {cid} -o x")).code(2).says("--block");
    machine.0.write("bad", b"\xa2\x64Name");
    machine.run("ipfs put bad --block --codec dag-cbor").code(3).says("bad");
    machine.0.write("large", vec![0u8; (1 << 20) + 1]);
    machine.run("ipfs put large --block").code(5);
    machine.run("ipfs put large").code(0);
    for wrong in ["", "bafy", "ipns://example.org", "QmNope", "../x"] {
        let line = format!("ipfs get {wrong}");
        assert!([2, 3].contains(&machine.run(&line).code), "{wrong}");
    }
}

#[test]
fn a_server_gives_what_is_in_files_too_and_says_where_in_json() {
    let (a, b) = (Machine::new(), Machine::new());
    a.0.write("hello", "hello world");
    a.run("ipfs put hello").code(0);
    a.run(&format!("ipfs export-car {HELLO} -o hello.car")).code(0);
    b.0.write("hello.car", a.0.read("hello.car"));
    let server = b.serve("--car hello.car");
    let c = Machine::new();
    assert_eq!(c.run(&format!("ipfs get {HELLO} --gateway {}", server.url)).silent(0).out, "hello world");
    let mut command = b.0.listening_command();
    b.prepare(&mut command).args(["--json", "ipfs", "serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("\"message_type\":\"serving\"") && line.contains("http://127.0.0.1:"), "{line}");
    let taken = server.url.trim_start_matches("http://");
    a.run(&format!("ipfs serve --listen {taken}")).code(6).says("listens there");
    a.run("ipfs serve --listen nonsense").code(2);
}

#[test]
#[cfg(feature = "bitswap")]
fn peers_give_blocks_over_bitswap() {
    let (a, b) = (Machine::new(), Machine::new());
    a.0.write("long", vec![5u8; 600_000]);
    let cid = a.run("ipfs put long").code(0).out.trim().to_owned();
    let mut command = a.0.listening_command();
    a.prepare(&mut command).args(["--json", "ipfs", "serve", "--listen", "127.0.0.1:0"]);
    command.args(["--bitswap", "/ip4/127.0.0.1/tcp/0"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line)
        .unwrap();
    let peer = line.split('"').find(|word| word.starts_with("/ip4/")).unwrap().to_owned();
    let got = b.run(&format!("ipfs get {cid} -o back --peer {peer}"));
    let offline = b.run(&format!("ipfs get {HELLO} --offline --peer {peer} -o x"));
    child.kill().unwrap();
    child.wait().unwrap();
    got.code(0);
    assert!(b.0.read("back") == a.0.read("long"));
    offline.code(4);
}

#[test]
fn what_a_pin_needs_and_is_gone_is_no_whole_store() {
    let machine = Machine::new();
    machine.0.write("long", vec![7u8; 600_000]);
    let pin = machine.run("ipfs put long").code(0).out.trim().to_owned();
    let blocks = machine.0.files().into_iter().filter(|name| is_block(name));
    let largest = blocks.max_by_key(|name| machine.0.read(name).len()).unwrap();
    std::fs::remove_file(machine.0.path(largest)).unwrap();
    machine.run("ipfs verify").code(4).says(&pin).says("1 missing");
    machine.run("knowledge gc").code(4).says(&pin).says("is not kept");
    machine.run(&format!("ipfs pin --unpin {pin}")).code(0);
    machine.run("ipfs verify").code(0);
    machine.run("ipfs pin").code(0).says("nothing is pinned");
}

#[test]
fn who_cannot_be_reached_or_keeps_silent_is_a_failure_of_the_network_in_every_command() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    let machine = Machine::new();
    // A file that was made with a dictionary that is not here.
    let other = Machine::new();
    other.0.write("old.jsonl", crate::zipfs::lines(0, 600));
    other.0.write("new.json", crate::zipfs::lines(10_000, 20));
    other.run("train zipfs old.jsonl -o log.car --blocks multi --part-size 2K").code(0);
    other.run("zipfs compress new.json --dictionary log.car").code(0);
    machine.0.write("a.zipfs", other.0.read("new.json.zipfs"));
    for url in ["http://127.0.0.1:1", &silent] {
        for command in [
            format!("ipfs get {HELLO} -o x"),
            format!("ipfs ls {HELLO}"),
            format!("ipfs pin {HELLO}"),
            format!("ipfs export-car {HELLO} -o x.car"),
            format!("knowledge get ipfs://{HELLO}"),
            "zipfs decompress a.zipfs -o x".to_owned(),
            "zipfs check a.zipfs".to_owned(),
        ] {
            let line = format!("{command} --gateway {url} --timeout 1");
            machine.run(&line).code(6).says(url).says("could not be asked (");
            machine.run(&command).code(4);
        }
    }
}

#[test]
fn who_could_not_be_asked_is_named_with_the_reason() {
    let machine = Machine::new();
    let refused = machine.run(&format!("ipfs get {HELLO} --gateway http://127.0.0.1:1")).code(6);
    assert!(refused.err.contains("http://127.0.0.1:1 could not be asked ("), "{refused:?}");
    machine.run(&format!("ipfs get {HELLO} --gateway localhost:1")).code(2).says("http://localhost:1");
    machine.run("ipfs serve --listen 8080").code(2).says("127.0.0.1:8080 is for this machine only");
}
