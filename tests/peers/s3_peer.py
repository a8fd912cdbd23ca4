"""moto as an S3 server with one empty bucket, `blocks`. Prints `ok URL` when it listens and ends with its
standard input."""

import logging
import os
import sys
import urllib.request

from moto.server import ThreadedMotoServer

# Not a line for every request.
logging.getLogger("werkzeug").setLevel(logging.WARNING)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://{host}:{port}"
urllib.request.urlopen(urllib.request.Request(f"{url}/blocks", method="PUT")).close()
print("ok", url, flush=True)
sys.stdin.read()
os._exit(0)
