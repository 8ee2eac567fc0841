#!/usr/bin/env python3
"""Measures a fetch of all followers: calls to WeChat, speed and memory, undisturbed, under faults and across a kill.

    bench/follower_fetch.py [--followers 100000] [--runs clean,faults,kill]
                            [--postgres postgres://user@host:5432/postgres] [--mysql mysql://user@host:3306/mysql]

Builds the program for release, starts the simulator and the service as two processes on free ports, binds an account,
and waits for the first fetch to end. SQLite always; PostgreSQL and MariaDB or MySQL where a server is named, on which a
database is made and dropped (by `psql` and `mysql`). Needs Python 3.9 and nothing else. Exits with 1 when a follower
is missing or there twice, or a run makes more calls than it may.
"""

import argparse
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

from program import Program, build, call

APP_ID = "wx0123456789abcdef"
LIST = "/cgi-bin/user/get"
DETAILS = "/cgi-bin/user/info/batchget"
PAGE = 10_000
BATCH = 100
# A call that is repeated by the client, and answers that a dying worker had not written: one transaction (1,000
# followers), four calls under way and four collected.
LOST_WITH_A_WORKER = 18


class Sqlite:
    name = "SQLite"

    def __init__(self, directory):
        self.path = pathlib.Path(directory) / "odaesan.db"
        self.url = f"sqlite://{self.path}?mode=rwc"

    def rows(self, query):
        with sqlite3.connect(self.path) as database:
            return [str(value) for value in database.execute(query).fetchone()]

    def column(self, query):
        with sqlite3.connect(self.path) as database:
            return [value for (value,) in database.execute(query)]

    def drop(self):
        pass


class Server:
    """A database of its own on a server."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.is_postgres = parts.scheme.startswith("postgres")
        self.name = "PostgreSQL" if self.is_postgres else "MariaDB/MySQL"
        self.admin = parts
        self.database = "odaesan_bench_" + uuid.uuid4().hex[:12]
        self.sql(parts.path.lstrip("/"), f"CREATE DATABASE {self.database}")
        self.url = parts._replace(path="/" + self.database).geturl()

    def sql(self, database, query):
        at = self.admin
        if self.is_postgres:
            url = at._replace(path="/" + database).geturl()
            command = ["psql", "--no-psqlrc", "-qAt", "-F", "\t", "-d", url, "-c", query]
        else:
            command = ["mysql", "-h", at.hostname, "-P", str(at.port or 3306), "-u", at.username or "root"]
            command += [f"-p{at.password}"] if at.password else []
            command += ["-N", "-B", database, "-e", query]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def rows(self, query):
        return self.sql(self.database, query).split("\t")

    def column(self, query):
        return self.sql(self.database, query).split("\n")

    def drop(self):
        force = " WITH (FORCE)" if self.is_postgres else ""
        self.sql(self.admin.path.lstrip("/"), f"DROP DATABASE {self.database}{force}")


def faults(followers):
    """What goes wrong on the way: passing faults at every part of the fetch, and some that end an attempt."""
    calls = -(-followers // BATCH)
    kinds = [{"errcode": 40001}, {"errcode": -1}, {"errcode": 45009}, {"drop": True}, {"garbage": True}]
    planned = [{"path": path, "times": 1, **kind} for path in (LIST, "/cgi-bin/tags/get") for kind in kinds]
    # Faults of a path are first in, first out, and each lets calls pass first: 50 of them over the whole fetch.
    rounds = 10
    for _ in range(rounds):
        for kind in kinds:
            planned.append({"path": DETAILS, "after": calls // (rounds * len(kinds) + 1), "times": 1, **kind})
    return planned


JOB = """query ($id: ID!) { account(id: $id) { followerCount
    jobs(first: 1) { nodes { id state done failures lastError dueAt } } } }"""


class Run:
    """One account, one fetch."""

    def __init__(self, binary, database, followers, kind, directory):
        self.binary, self.database, self.followers, self.kind = binary, database, followers, kind
        self.directory = directory
        self.log = open(pathlib.Path(directory) / f"{kind}.log", "w")
        self.peak = 0.0

    def serve(self):
        flags = ["--listen", "127.0.0.1:0", "--data-dir", self.directory, "--wechat-url", self.sandbox.url]
        return Program(self.binary, ["serve", *flags, "--database-url", self.database.url], self.log)

    def job(self):
        data = call(f"{self.service.url}/graphql", {"query": JOB, "variables": {"id": self.account}})["data"]
        return data["account"]["jobs"]["nodes"][0]

    def measure(self):
        self.sandbox = Program(self.binary, ["sandbox", "--sandbox-listen", "127.0.0.1:0"], self.log)
        self.service = self.serve()
        try:
            return self.fetch()
        finally:
            self.service.end()
            self.sandbox.end()
            self.log.close()

    def fetch(self):
        control = f"{self.sandbox.url}/_control"
        call(f"{control}/{APP_ID}/followers", {"count": self.followers})
        for fault in faults(self.followers) if self.kind == "faults" else []:
            call(f"{control}/faults", fault)
        self.account = call(f"{self.service.url}/v1/bind", {"weixin_id": "gh_bench"})["data"]["id"]
        started = time.monotonic()
        fill = {"id": self.account, "app_id": APP_ID, "app_secret": "sandbox"}
        answer = call(f"{self.service.url}/v1/bind/fillin", fill)
        assert answer["code"] == 200, answer
        attempts, idle = 0, 0.0
        while True:
            time.sleep(0.05)
            job = self.job()
            self.peak = max(self.peak, self.service.peak_mib() or 0)
            if job["state"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                break
            if job["state"] == "QUEUED" and job["dueAt"] and job["failures"]:
                attempts += 1
                # Its pauses are for WeChat's sake and say nothing about the service.
                retry = "mutation ($id: ID!) { retryJob(input: { id: $id }) { job { id } } }"
                call(f"{self.service.url}/graphql", {"query": retry, "variables": {"id": job["id"]}})
            if self.kind == "kill" and attempts == 0 and job["done"] * 2 >= self.followers:
                attempts += 1
                self.service.end(signal.SIGKILL)
                died = time.monotonic()
                self.service = self.serve()
                self.wait_for_takeover()
                idle = time.monotonic() - died
        seconds = time.monotonic() - started
        return self.result(job, attempts, seconds, idle)

    def wait_for_takeover(self):
        """Until the dead worker's lease has run out and the job is claimed again, which counts as a failure."""
        done = self.job()["done"]
        while (job := self.job())["state"] == "RUNNING" and job["failures"] == 0 and job["done"] == done:
            time.sleep(0.05)

    def result(self, job, attempts, seconds, idle):
        counts = call(f"{self.sandbox.url}/_control/counts")
        calls = {"list": counts.pop(LIST), "details": counts.pop(DETAILS), "others": sum(counts.values())}
        rows = self.database.rows("SELECT COUNT(*), COUNT(DISTINCT openid) FROM follower WHERE subscribed = "
                                  + ("TRUE" if self.database.name != "SQLite" else "1"))
        listed = call(f"{self.service.url}/v1/{self.account}/group")["data"]["total"]
        problems = []
        if job["state"] != "SUCCEEDED":
            problems.append(f"the job {job['state'].lower()}: {job['lastError']}")
        if [int(value) for value in rows] != [self.followers] * 2 or listed != self.followers:
            problems.append(f"{rows[0]} rows, {rows[1]} openids, {listed} listed of {self.followers}")
        pages, batches = -(-self.followers // PAGE) + 1, -(-self.followers // BATCH)
        least = pages + batches
        made = calls["list"] + calls["details"]
        if self.kind == "clean" and made > least * 1.01:
            problems.append(f"{made} calls, and {least} are enough")
        if self.kind == "kill" and calls["details"] > batches + LOST_WITH_A_WORKER:
            problems.append(f"{calls['details']} calls for details after a kill: it did not resume")
        if self.kind == "kill" and attempts == 0:
            problems.append("the fetch was over before it could be killed; take more followers")
        return {
            "database": self.database.name, "run": self.kind, **calls, "least": least, "interruptions": attempts,
            "seconds": seconds, "idle": idle, "rate": self.followers / (seconds - idle), "peak": self.peak,
            "problems": problems,
        }


def table(results):
    head = ["database", "run", "user/get", "batchget", "others", "at least", "interruptions", "seconds",
            "of it waiting for the lease", "rows/s", "peak RSS MiB", "every follower once"]
    rows = [
        [r["database"], r["run"], str(r["list"]), str(r["details"]), str(r["others"]), str(r["least"]),
         str(r["interruptions"]), f"{r['seconds']:.1f}", f"{r['idle']:.1f}", f"{r['rate']:,.0f}", f"{r['peak']:.1f}",
         "yes" if not r["problems"] else "NO: " + "; ".join(r["problems"])]
        for r in results
    ]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--followers", type=int, default=100_000)
    parser.add_argument("--runs", default="clean,faults,kill", help="which of clean, faults, kill; by commas")
    parser.add_argument("--postgres", metavar="URL", default=os.environ.get("ODAESAN_TEST_POSTGRES"))
    parser.add_argument("--mysql", metavar="URL", default=os.environ.get("ODAESAN_TEST_MYSQL"))
    parser.add_argument("--only", help="databases, by commas: sqlite, postgres, mysql")
    parser.add_argument("--binary", help="a built program; without it, it is built")
    options = parser.parse_args()
    binary = options.binary or str(build())

    backends = {"sqlite": Sqlite}
    if options.postgres:
        backends["postgres"] = lambda _: Server(options.postgres)
    if options.mysql:
        backends["mysql"] = lambda _: Server(options.mysql)
    chosen = options.only.split(",") if options.only else list(backends)
    results = []
    for backend in chosen:
        for kind in options.runs.split(","):
            print(f"{backend}, {kind}: {options.followers} followers …", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory(prefix="odaesan-bench-") as directory:
                database = backends[backend](directory)
                try:
                    result = Run(binary, database, options.followers, kind, directory).measure()
                    results.append(result)
                    # A long run that is broken off has still told what it knew.
                    print(json.dumps(result), file=sys.stderr, flush=True)
                finally:
                    database.drop()
    print(f"{options.followers} followers, {os.cpu_count()} processors")
    print(table(results))
    sys.exit(any(result["problems"] for result in results))


if __name__ == "__main__":
    main()
