#!/usr/bin/env python3
"""Measures PiZ: CPU time of packing and unpacking, and sizes by bases and cuts.

benches/piz.py DATA [--csv FILE] [--runs N] [--small BYTES] [--command PROGRAM]

DATA is a file, cut to 256 MB (10^6 bytes each) for speeds. Build first:
cargo build --release -p unsaid-piz --example piz_bench
With --command the program `unsaid` is measured instead, speeds only.
Output goes through a pipe to sha256sum; its CPU time is not counted, the pipe's is.
"""
import argparse, csv, hashlib, os, platform, subprocess, sys, tempfile, time

TARGET = os.environ.get("CARGO_TARGET_DIR", "target")
BENCH = os.path.join(TARGET, "release", "examples", "piz_bench")


def run(words, source, sink=None, program=BENCH):
    """User and system seconds, wall seconds, peak MiB, hash of the output (or the file's size, with a sink)."""
    with open(source, "rb") as data:
        begin = time.monotonic()
        if sink:
            with open(sink, "wb") as out:
                child = subprocess.Popen([program, *words], stdin=data, stdout=out, stderr=subprocess.DEVNULL)
                _, status, usage = os.wait4(child.pid, 0)
            digest = os.path.getsize(sink)
        else:
            hasher = subprocess.Popen(["sha256sum"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            child = subprocess.Popen([program, *words], stdin=data, stdout=hasher.stdin, stderr=subprocess.DEVNULL)
            hasher.stdin.close()
            _, status, usage = os.wait4(child.pid, 0)
            digest = hasher.stdout.read().split()[0].decode()
            hasher.wait()
    if status:
        sys.exit(f"{words}: status {status}")
    return usage.ru_utime, usage.ru_stime, time.monotonic() - begin, usage.ru_maxrss / 1024, digest


def main():
    args = argparse.ArgumentParser()
    args.add_argument("data")
    args.add_argument("--csv")
    args.add_argument("--runs", type=int, default=3)
    args.add_argument("--small", type=int, default=8_000_000)
    args.add_argument("--command")
    args = args.parse_args()
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {rustc}"
    rows = []

    def save():
        fields = ["machine", "data", "what", "write", "calc", "chunk", "threads", "bytes", "archive", "per_byte", "user",
                  "sys", "wall", "peak_mib", "mb_per_cpu_s", "cpu_to_one_thread"]
        with open(args.csv, "w", newline="") as out:
            writer = csv.DictWriter(out, fields, restval="")
            writer.writeheader()
            writer.writerows(rows)

    def row(**what):
        rows.append({"machine": machine, "data": name, **what})
        if args.csv:
            save()
        print({key: value for key, value in rows[-1].items() if key not in ("machine", "data")}, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        # In pieces: the peak memory of a program that is started counts what its parent had.
        hasher, length = hashlib.sha256(), 0
        with open(args.data, "rb") as data, open(at("data"), "wb") as copy:
            while piece := data.read(min(1 << 20, 256_000_000 - length)):
                copy.write(piece)
                hasher.update(piece)
                length += len(piece)
        want = hasher.hexdigest()
        name = f"{os.path.basename(args.data)}, {length} bytes, sha256 {want[:16]}"
        million = length / 1e6
        pack = lambda threads: ["pack", "Dec", "Hex", "2", threads, str(1 << 24), at("kept")]
        unpack = lambda threads: ["unpack", threads, str(1 << 24), at("kept")]
        program = args.command or BENCH
        if args.command:
            pack = lambda threads: ["piz", "-mDcq", "-b2", f"-j{threads}"]
            unpack = lambda threads: ["piz", "-mdcq", f"-j{threads}"]
        archive = run(pack("1"), at("data"), at("archive"), program=program)[4]
        base, hashes = {}, set()
        for what, words, source in (
            ("pack", pack, "data"),
            ("unpack", unpack, "archive"),
        ):
            for threads in ("1", "2"):
                runs = (run(words(threads), at(source), program=program) for _ in range(args.runs))
                best = min(runs, key=lambda r: r[0] + r[1])
                user, system, wall, peak, digest = best
                if what == "unpack" and digest != want:
                    sys.exit("the data did not come back")
                if what == "pack":
                    hashes.add(digest)
                cpu = user + system
                base.setdefault(what, cpu)
                row(what=what, write="Dec", calc="Hex", chunk=2, threads=threads, bytes=length, archive=archive,
                    user=f"{user:.3f}", sys=f"{system:.3f}", wall=f"{wall:.3f}", peak_mib=f"{peak:.0f}",
                    mb_per_cpu_s=f"{million / cpu:.0f}", cpu_to_one_thread=f"{cpu / base[what]:.3f}")
        if len(hashes) != 1:
            sys.exit("two threads make another archive")
        if args.command:
            return
        with open(at("data"), "rb") as data, open(at("small"), "wb") as copy:
            data.seek(length // 2)
            small = min(args.small, length - length // 2)
            copy.write(data.read(small))
        for calc, cuts in (("Bin", "12"), ("Hex", "12"), ("256", "12"), ("Dec", "1"), ("Hex", "3s")):
            for write in ("Dec", "Hex", "94", "256"):
                for cut in cuts:
                    chunk = {"s": "smallest"}.get(cut, cut)
                    digits = str(1 << 24 if cut in "3s" else 1 << 20)
                    words = ["pack", write, calc, chunk, "1", digits, at("kept-" + calc + "-" + digits)]
                    user, system, wall, peak, size = run(words, at("small"), at("out"))
                    row(what="size", write=write, calc=calc, chunk=chunk, threads="1", bytes=small, archive=size,
                        per_byte=f"{size / small:.4f}", user=f"{user:.3f}", sys=f"{system:.3f}", peak_mib=f"{peak:.0f}")


main()
