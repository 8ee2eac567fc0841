#!/usr/bin/env python3
"""Measures uploads and downloads of many large files at a time: time, and that memory does not grow with them.

    bench/uploads.py [--files 50] [--mib 10] [--rounds 3] [--storage-url s3://…]

Builds the program for release, starts it on SQLite, with local files unless a storage is named, and without jobs, so
that nothing but uploads and downloads is measured, and sends videos through `POST /v1/{infoId}/video/upload`: first one at a time, then `--files` at
a time, again and again. Every download is compared byte for byte. Needs Python 3.9 and nothing else. Exits with 1 when
a download differs, or when the many cost more memory than a fraction of what they hold.
"""

import argparse
import concurrent.futures
import contextlib
import hashlib
import http.client
import json
import pathlib
import sys
import tempfile
import time
import urllib.parse
import uuid

from program import Program, build, call

# What one upload may add to the memory: buffers of a connection, of the parser and of the writer.
ALLOWED_MIB = 6


def video(number, size):
    """An MP4 of `size` bytes that no other number has: ftyp, moov, and everything else in mdat."""

    def box(kind, content):
        return (8 + len(content)).to_bytes(4, "big") + kind + content

    head = box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"moov", box(b"free", b""))
    seed = hashlib.sha256(str(number).encode()).digest()
    filling = size - len(head) - 8
    return head + box(b"mdat", (seed * (filling // len(seed) + 1))[:filling])


class Client:
    """A legacy client: one connection for each request."""

    def __init__(self, url, account):
        self.at = urllib.parse.urlsplit(url)
        self.account = account

    @contextlib.contextmanager
    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.at.hostname, self.at.port, timeout=300)
        try:
            connection.request(method, path, body, headers or {})
            yield connection.getresponse()
        finally:
            connection.close()

    def upload(self, number, content):
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{number}.mp4"\r\n'
            "Content-Type: video/mp4\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        with self.ask("POST", f"/v1/{self.account}/video/upload", body, headers) as response:
            answer = json.load(response)
        if answer["code"] != 200:
            raise SystemExit(f"an upload was refused: {answer}")
        return answer["data"]["url"]

    def download(self, url):
        digest = hashlib.sha256()
        with self.ask("GET", urllib.parse.urlsplit(url).path) as response:
            while chunk := response.read(1 << 16):
                digest.update(chunk)
        return digest.hexdigest()


def measure(client, service, numbers, size, at_once):
    """Seconds of the uploads and of the downloads, the peak afterwards, and how many downloads were wrong."""
    contents = {number: video(number, size) for number in numbers}
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        started = time.monotonic()
        urls = dict(zip(numbers, pool.map(lambda number: client.upload(number, contents[number]), numbers)))
        uploaded = time.monotonic()
        digests = list(pool.map(lambda number: client.download(urls[number]), numbers))
        downloaded = time.monotonic()
    expected = [hashlib.sha256(contents[number]).hexdigest() for number in numbers]
    wrong = sum(one != other for one, other in zip(digests, expected))
    return uploaded - started, downloaded - uploaded, service.peak_mib(), wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=50, help="files at a time")
    parser.add_argument("--mib", type=int, default=10, help="size of each")
    parser.add_argument("--rounds", type=int, default=3, help="how often the many are sent")
    parser.add_argument("--storage-url", metavar="URL", help="another storage than local files")
    parser.add_argument("--binary", help="a built program; without it, it is built")
    options = parser.parse_args()
    binary = options.binary or str(build())
    size = options.mib << 20
    with tempfile.TemporaryDirectory(prefix="odaesan-bench-") as directory:
        log = open(pathlib.Path(directory) / "log", "w")
        flags = ["--listen", "127.0.0.1:0", "--data-dir", directory, "--no-jobs", "--video-bytes", str(size)]
        flags += ["--storage-url", options.storage_url] if options.storage_url else []
        service = Program(binary, ["serve", *flags], log)
        try:
            account = call(f"{service.url}/v1/bind", {"weixin_id": "gh_bench"})["data"]["id"]
            client = Client(service.url, account)
            print("| what | upload s | MiB/s | download s | MiB/s | peak RSS MiB |")
            print("|---|---|---|---|---|---|")
            print(f"| started | | | | | {service.peak_mib():.0f} |")
            peaks, wrong = [], 0
            sets = [("one at a time", range(5), 1)]
            for turn in range(options.rounds):
                first = 1000 * (turn + 1)
                sets.append((f"{options.files} at a time", range(first, first + options.files), options.files))
            for name, numbers, at_once in sets:
                up, down, peak, bad = measure(client, service, numbers, size, at_once)
                mib = len(numbers) * options.mib
                print(f"| {name} | {up:.2f} | {mib / up:.0f} | {down:.2f} | {mib / down:.0f} | {peak:.0f} |", flush=True)
                peaks.append(peak)
                wrong += bad
        finally:
            service.end()
    grown = peaks[-1] - peaks[0]
    allowed = options.files * ALLOWED_MIB
    print(f"{wrong} downloads differ; the many cost {grown:.0f} MiB more than the one, {allowed} are allowed", flush=True)
    sys.exit(wrong > 0 or grown > allowed)


if __name__ == "__main__":
    main()
