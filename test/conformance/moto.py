"""Runs the suite against moto's server: python -m conformance.moto MOTO_SERVER RESULTS

What another server has no reason to promise is left out: the rest of the services, which moto has in part.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

from . import run
from .case import KINDS
from .table import OURS
from .waiting import until

SUITES = ("rekognition", "appstream", "cloudwatch")  # of CBOR it knows nothing
# What it never answers: it counts to the end of time in steps of nothing, and is of no use to the cases that follow. Not
# asked, they do not hold.
ENDLESS = "cloudwatch*/bound/*Period below the min (0)"
KEYS = "[default]\naws_access_key_id = AKIAMOTO\naws_secret_access_key = secret\nregion = us-east-1\n"


def main(program, results):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        keys = pathlib.Path(folder, "credentials")
        keys.write_text(KEYS + KEYS.replace("default", "other"))
        os.environ |= {"AWS_SHARED_CREDENTIALS_FILE": str(keys), "AWS_CONFIG_FILE": str(keys)}
        with open(pathlib.Path(folder, "log"), "w") as log:
            server = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
        try:
            until("moto answers", lambda: not socket.socket().connect_ex(("127.0.0.1", port)))
            kinds = [argument for kind in KINDS if kind not in OURS for argument in ("--only", kind)]
            found = []
            for suite in SUITES:
                part = os.path.join(folder, suite + ".json")
                options = ["--suite", suite, "--known", os.devnull, "--skip", ENDLESS, "--json", part]
                run.main(["--endpoint", f"http://127.0.0.1:{port}", *options, *kinds])
                found += json.loads(pathlib.Path(part).read_text())
            pathlib.Path(results).write_text(json.dumps(found, indent=1) + "\n")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
