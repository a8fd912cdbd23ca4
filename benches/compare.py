#!/usr/bin/env python3
"""Size, CPU time and memory of Unsaid beside what people install, file by file, as CSV.

  compare.py --unsaid target/release/unsaid --csv benches/results/archivers.csv FILE…

Every file alone, one core each (-T1 where a program has it), both directions; user plus system time of
the whole program, the least of --runs (three by default); the peak of its memory. A program that is not installed is named
and left out. The result is checked byte for byte. Debian: zpaq xz-utils 7zip brotli bzip3 zstd lrzip.
"""
import argparse, csv, hashlib, os, platform, shutil, subprocess, sys, tempfile

PEERS = [  # name, pack, unpack
    ("zpaq -m5", "zpaq a {out} {in} -m5 -t1", "zpaq x {out} -to {dir}/x -t1", ".zpaq"),
    ("zpaq -m4", "zpaq a {out} {in} -m4 -t1", "zpaq x {out} -to {dir}/x -t1", ".zpaq"),
    ("lrzip -z -L9", "lrzip -z -L9 -q -p1 -o {out} {in}", "lrzip -d -q -p1 -o {dir}/x {out}", ".lrz"),
    ("bzip3 -b 64", "bzip3 -e -b 64 -c {in} > {out}", "bzip3 -d -c {out} > {dir}/x", ".bz3"),
    ("7zz PPMd -mx9", "7zz a -t7z -m0=PPMd -mx9 -mmt1 {out} {in}", "7zz e -so -mmt1 {out} > {dir}/x", ".7z"),
    ("7zz LZMA2 -mx9", "7zz a -t7z -mx9 -mmt1 {out} {in}", "7zz e -so -mmt1 {out} > {dir}/x", ".7z"),
    ("xz -9e", "xz -9e -T1 -k -c {in} > {out}", "xz -dc {out} > {dir}/x", ".xz"),
    ("brotli -11", "brotli -q 11 -w 24 -c {in} > {out}", "brotli -d -c {out} > {dir}/x", ".br"),
    ("zstd -19", "zstd -19 -q -c {in} > {out}", "zstd -d -q -c {out} > {dir}/x", ".zst"),
    ("zstd -3", "zstd -3 -q -c {in} > {out}", "zstd -d -q -c {out} > {dir}/x", ".zst"),
]
OURS = [
    ("unsaid paq9a -7", "{unsaid} paq9a a {out} -7 {in}", "{unsaid} paq9a x {out} {dir}/x", ".paq9a"),
    ("unsaid pack", "{unsaid} pack -T1 {in} -o {out}", "{unsaid} unpack -T1 {out} -C {dir}", ".ff"),
]


def run(command):
    child = subprocess.Popen(["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    return status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def least(command, result, runs):
    best = None
    for _ in range(runs):
        if os.path.isdir(result):
            shutil.rmtree(result)
            os.makedirs(result)
        elif os.path.exists(result):
            os.remove(result)
        status, seconds, memory = run(command)
        if status != 0:
            sys.exit(f"failed: {command}")
        best = (seconds, memory) if best is None else (min(best[0], seconds), max(best[1], memory))
    return best


def unpacked(folder):
    return [os.path.join(d, f) for d, _, names in os.walk(folder) for f in names]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unsaid", default="target/release/unsaid")
    parser.add_argument("--csv", required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", help="names, separated by commas; all by default")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    programs = [p for p in PEERS if not args.peers or p[0] in args.peers.split(",")]
    for program in list(programs):
        if not shutil.which(program[1].split()[0]):
            print("not installed:", program[0], file=sys.stderr)
            programs.remove(program)
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    with open(args.csv, "w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["file", "blake2b", "bytes", "program", "packed", "pack_s", "unpack_s", "peak_mb", "runs", "machine", "toolchain"])
        for path in args.files:
            data = open(path, "rb").read()
            digest = hashlib.blake2b(data, digest_size=8).hexdigest()
            for name, pack, unpack, suffix in programs + OURS:
                box = tempfile.mkdtemp()
                archive, back = os.path.join(box, "a" + suffix), os.path.join(box, "back")
                os.makedirs(back)
                words = {"{in}": path, "{out}": archive, "{dir}": back, "{unsaid}": os.path.abspath(args.unsaid)}
                for word, value in words.items():
                    pack, unpack = pack.replace(word, value), unpack.replace(word, value)
                packing = least(pack, archive, args.runs)
                unpacking = least(unpack, back, args.runs)
                if not any(open(p, "rb").read() == data for p in unpacked(back)):
                    sys.exit(f"not the same bytes: {unpack}")
                row = [os.path.basename(path), digest, len(data), name, os.path.getsize(archive)]
                row += [f"{packing[0]:.3f}", f"{unpacking[0]:.3f}", max(packing[1], unpacking[1]), args.runs, cpu, rustc]
                table.writerow(row)
                out.flush()
                print("%-12s %-16s %9d %7.2f %7.2f %5d MB" % (row[0], name, row[4], packing[0], unpacking[0], row[7]))
                shutil.rmtree(box)


main()
