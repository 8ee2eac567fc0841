#!/usr/bin/env python3
"""Measures mass sends: calls to WeChat, speed and memory of a text and of news to all followers, and who got them.

    bench/mass_send.py [--followers 250000] [--kill] [--postgres postgres://user@host:5432/postgres]

Builds the program for release, starts the simulator and the service as processes on free ports, binds an account, fetches
its followers, and sends. SQLite always; PostgreSQL where a server is named, on which a database is made and dropped (by
`psql`). With `--kill`, two replicas on PostgreSQL, of which one is killed in the middle of each send. Needs Python 3.9 and
nothing else. Exits with 1 when a follower is missing or got something twice, or a send makes more calls than it may.
"""

import argparse
import base64
import json
import os
import pathlib
import signal
import sys
import tempfile
import time
import urllib.request
import uuid

from follower_fetch import APP_ID, Server, Sqlite
from program import OPENER, Program, build, call

SEND = "/cgi-bin/message/mass/send"
DRAFT = "/cgi-bin/draft/add"
LIST_MOST = 10_000
# A chunk under way when its worker dies is asked for once more; a process submits four at a time.
LOST_WITH_A_WORKER = 4
UNDER_WAY = ("QUEUED", "PREPARING", "AWAITING_APPROVAL", "SENDING", "SENT")
COVER = base64.b64decode("/9j/4AAQSkZJRgABAf/Z")

CREATE = "mutation ($input: CreateMassSendInput!) { createMassSend(input: $input) { massSend { id } } }"
LOOK = """query ($account: ID!, $id: ID!) { account(id: $account) {
    massSend(id: $id) { state recipientCount lastError chunks { id clientMsgId state recipientCount error } }
    jobs(state: QUEUED, first: 50) { nodes { id name failures } } } }"""
RETRY = "mutation ($id: ID!) { retryJob(input: { id: $id }) { job { id } } }"


def upload(url, name, content):
    """Uploads a file as the field `file` of a form; the answer."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    with OPENER.open(urllib.request.Request(url, body, headers), timeout=120) as answer:
        return json.load(answer)


class Ledger:
    """Who received what: openids by `clientmsgid`, as the simulator wrote them down."""

    def __init__(self, control):
        self.received = {}
        for line in call(f"{control}/{APP_ID}/ledger"):
            openids = self.received.setdefault(line["clientmsgid"], [])
            openids.extend([line["openid"]] * line["count"])


class Run:
    """One account on one database, which is sent a text and news."""

    def __init__(self, binary, database, followers, kill, directory):
        self.binary, self.database, self.followers, self.kill = binary, database, followers, kill
        self.directory = directory
        self.log = open(pathlib.Path(directory) / "odaesan.log", "w")
        self.services = []

    def serve(self):
        flags = ["--listen", "127.0.0.1:0", "--data-dir", self.directory, "--wechat-url", self.sandbox.url]
        flags += ["--database-url", self.database.url, "--mass-status-after", "1"]
        self.services.append(Program(self.binary, ["serve", *flags], self.log))

    def graphql(self, query, variables):
        answer = call(f"{self.services[-1].url}/graphql", {"query": query, "variables": variables})
        assert "errors" not in answer, answer
        return answer["data"]

    def rest(self, path, body):
        answer = call(f"{self.services[-1].url}/v1{path}", body)
        assert answer["code"] == 200, answer
        return answer["data"]

    def measure(self):
        self.sandbox = Program(self.binary, ["sandbox", "--sandbox-listen", "127.0.0.1:0"], self.log)
        self.control = f"{self.sandbox.url}/_control"
        try:
            self.serve()
            self.fetch()
            return [self.send("text", self.text()), self.send("news", self.news())]
        finally:
            for service in self.services:
                service.end()
            self.sandbox.end()
            self.log.close()

    def fetch(self):
        """Followers, of whom one has left and one is blocked: these two get nothing."""
        added = call(f"{self.control}/{APP_ID}/followers", {"count": self.followers + 2})
        gone, blocked = added["first_openid"], added["last_openid"]
        call(f"{self.control}/{APP_ID}/followers/{gone}", {"subscribe": False}, "PUT")
        call(f"{self.control}/{APP_ID}/followers/{blocked}", {"blacklisted": True}, "PUT")
        # A send to 250,000 takes 25 of the 100 calls of a day; with what is repeated, more runs than one would not fit.
        call(f"{self.control}/{APP_ID}/profile", {"quotas": False}, "PUT")
        self.account = self.rest("/bind", {"weixin_id": "gh_bench"})["id"]
        self.rest("/bind/fillin", {"id": self.account, "app_id": APP_ID, "app_secret": "sandbox"})
        jobs = "query ($id: ID!) { account(id: $id) { jobs(first: 10) { nodes { name state lastError } } } }"
        while True:
            nodes = self.graphql(jobs, {"id": self.account})["account"]["jobs"]["nodes"]
            states = {node["state"] for node in nodes if node["name"] == "follower_fetch"}
            if states == {"SUCCEEDED"}:
                break
            assert not states & {"FAILED", "CANCELLED"}, nodes
            time.sleep(0.2)
        query = f"SELECT openid FROM follower WHERE subscribed = {self.true()} AND blocked = {self.false()}"
        self.eligible = set(self.database.column(query))
        assert len(self.eligible) == self.followers and not {gone, blocked} & self.eligible, len(self.eligible)

    def true(self):
        return "1" if self.database.name == "SQLite" else "TRUE"

    def false(self):
        return "0" if self.database.name == "SQLite" else "FALSE"

    def text(self):
        return "TEXT", self.rest(f"/{self.account}/text", {"content": "春茶九折"})

    def news(self):
        url = f"{self.services[-1].url}/v1/{self.account}/news/image"
        cover = upload(url, "cover.jpg", COVER)["data"]["id"]
        return "NEWS", self.rest(f"/{self.account}/news/single", {"title": "茶", "image_id": cover, "content": "<p>茶</p>"})

    def send(self, name, material):
        kind, material_id = material
        before = call(f"{self.control}/counts")
        if self.kill:
            # Something to die in: every second answer is late although WeChat has accepted.
            for _ in range(20):
                for executes in (True, False):
                    fault = {"path": SEND, "times": 1, "delay_ms": 200, "executes": executes}
                    call(f"{self.control}/faults", fault)
            self.serve()
        started = time.monotonic()
        created = {"accountId": self.account, "type": kind, "materialId": material_id}
        send_id = self.graphql(CREATE, {"input": created})["createMassSend"]["massSend"]["id"]
        accepted = time.monotonic() - started
        peak, handed_over, idle = 0.0, None, 0.0
        killed = not self.kill
        while True:
            data = self.graphql(LOOK, {"account": self.account, "id": send_id})["account"]
            send = data["massSend"]
            peak = max([peak, *(service.peak_mib() or 0 for service in self.services)])
            done = sum(chunk["state"] in ("SENT", "FINISHED") for chunk in send["chunks"])
            if handed_over is None and done == len(send["chunks"]):
                handed_over = time.monotonic() - started
            if send["state"] not in UNDER_WAY:
                break
            if not killed and done * 3 >= len(send["chunks"]):
                killed = True
                # The one that is not asked.
                self.services.pop(0).end(signal.SIGKILL)
            for job in data["jobs"]["nodes"]:
                if job["failures"] and job["name"].startswith("mass_send"):
                    # Its pauses are for WeChat's sake and say nothing about the service.
                    call(f"{self.services[-1].url}/graphql", {"query": RETRY, "variables": {"id": job["id"]}})
            time.sleep(0.05)
        after = call(f"{self.control}/counts")
        call(f"{self.control}/faults", method="DELETE")
        calls = {path: after.get(path, 0) - before.get(path, 0) for path in (SEND, DRAFT)}
        return self.result(name, send, calls, peak, (accepted, handed_over, time.monotonic() - started))

    def result(self, name, send, calls, peak, seconds):
        chunks = send["chunks"]
        ledger = Ledger(self.control).received
        received = [openid for chunk in chunks for openid in ledger.get(chunk["clientMsgId"], [])]
        once = set(received)
        sizes = [chunk["recipientCount"] for chunk in chunks]
        problems = []
        if send["state"] != "FINISHED":
            problems.append(f"it ended as {send['state']}: {send['lastError'] or [c['error'] for c in chunks]}")
        if len(received) != len(once):
            problems.append(f"{len(received) - len(once)} twice")
        if once != self.eligible:
            problems.append(f"{len(self.eligible - once)} missing, {len(once - self.eligible)} not meant")
        if sum(sizes) != self.followers or max(sizes) > LIST_MOST or min(sizes) < 2:
            problems.append(f"chunks of {min(sizes)} to {max(sizes)}, {sum(sizes)} in all")
        if len(chunks) != -(-self.followers // LIST_MOST):
            problems.append(f"{len(chunks)} chunks, and fewer are enough")
        spare = LOST_WITH_A_WORKER if self.kill else 0
        drafts = len(chunks) if name == "news" else 0
        if calls[SEND] > len(chunks) + spare or not drafts <= calls[DRAFT] <= drafts + (spare if drafts else 0):
            problems.append(f"{calls[SEND]} sends and {calls[DRAFT]} drafts for {len(chunks)} chunks")
        if self.kill and len(self.services) != 1:
            problems.append("it was over before one could be killed; take more followers")
        accepted, handed_over, ended = seconds
        return {
            "database": self.database.name, "run": name + (", one of two killed" if self.kill else ""),
            "chunks": len(chunks), "sizes": f"{min(sizes):,}–{max(sizes):,}", "sends": calls[SEND], "drafts": calls[DRAFT],
            "accepted": accepted, "handed_over": handed_over or ended, "ended": ended, "peak": peak, "problems": problems,
        }


def table(results):
    head = ["database", "run", "chunks", "followers in each", "mass/send", "draft/add", "seconds to accept",
            "to hand over", "to the end", "peak RSS MiB", "every follower once"]
    rows = [
        [r["database"], r["run"], str(r["chunks"]), r["sizes"], str(r["sends"]), str(r["drafts"]), f"{r['accepted']:.1f}",
         f"{r['handed_over']:.1f}", f"{r['ended']:.1f}", f"{r['peak']:.1f}",
         "yes" if not r["problems"] else "NO: " + "; ".join(r["problems"])]
        for r in results
    ]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--followers", type=int, default=250_000)
    parser.add_argument("--kill", action="store_true", help="two replicas on PostgreSQL, one killed in each send")
    parser.add_argument("--postgres", metavar="URL", default=os.environ.get("ODAESAN_TEST_POSTGRES"))
    parser.add_argument("--only", help="databases, by commas: sqlite, postgres")
    parser.add_argument("--binary", help="a built program; without it, it is built")
    options = parser.parse_args()
    if options.kill and not options.postgres:
        parser.error("--kill needs --postgres")
    binary = options.binary or str(build())

    backends = {} if options.kill else {"sqlite": Sqlite}
    if options.postgres:
        backends["postgres"] = lambda _: Server(options.postgres)
    chosen = options.only.split(",") if options.only else list(backends)
    results = []
    for backend in chosen:
        print(f"{backend}: {options.followers} followers …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="odaesan-bench-") as directory:
            database = backends[backend](directory)
            try:
                results += Run(binary, database, options.followers, options.kill, directory).measure()
            finally:
                database.drop()
    print(f"{options.followers} followers, {os.cpu_count()} processors")
    print(table(results))
    sys.exit(any(result["problems"] for result in results))


if __name__ == "__main__":
    main()
