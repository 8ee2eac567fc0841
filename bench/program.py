"""What the load scripts share: the program as a process, and calls to it."""

import json
import os
import pathlib
import re
import signal
import subprocess
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(url, body=None, method=None):
    """An HTTP call with JSON both ways."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with OPENER.open(request, timeout=120) as answer:
        return json.load(answer)


class Program:
    """A running `odaesan`."""

    def __init__(self, binary, arguments, log):
        keep = {name: value for name, value in os.environ.items() if not name.startswith("ODAESAN_")}
        keep.pop("DATABASE_URL", None)
        keep["ODAESAN_LOG"] = "warn"
        self.process = subprocess.Popen(
            [binary, *arguments], stdout=subprocess.PIPE, stderr=log, text=True, env=keep
        )
        for line in self.process.stdout:
            address = re.search(r"serves? (http://\S+)", line)
            if address:
                self.url = address[1].rstrip("/")
                return
        raise SystemExit(f"odaesan {arguments[0]} did not start; see {log.name}")

    def peak_mib(self):
        """Most memory that was ever resident (VmHWM), in MiB; None where the kernel does not tell."""
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        except FileNotFoundError:
            return None
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024

    def end(self, with_signal=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        self.process.wait(timeout=40)


def build():
    """Builds for release; the path of the program."""
    subprocess.run(["cargo", "build", "--release", "--bin", "odaesan"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "release" / "odaesan"
