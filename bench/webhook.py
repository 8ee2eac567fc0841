#!/usr/bin/env python3
"""Measures the webhook: text messages stored durably and answered, with few keyword rules and with many.

    bench/webhook.py [--rules 10,10000] [--connections 64] [--seconds 15] [--postgres URL]

Builds the program for release and delivers signed texts with `wrk`, each with a number of its own, first with the small
number of rules and then with the large one. Counts the rows: every delivery that was acknowledged is one. Beside it
stands what the database does alone with the same table: single-row inserts, each durable, by `pgbench` with as many
connections, or by Python's `sqlite3` with one. Then it changes rules and measures how long the old answer is given, by
this process and by another one on the same PostgreSQL. Needs Python 3.9, `wrk`, and for PostgreSQL `psql` and
`pgbench`. Exits with 1 when a row is missing, or an answer is wrong.
"""

import argparse
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

from program import Program, build, call

SCRIPT = """
local thread = 0
function setup(t) t:set("first", (thread + tonumber(os.getenv("FIRST"))) * 10000000); thread = thread + 1 end
function init(args) id = first end
function request()
  id = id + 1
  local body = "<xml><ToUserName>gh_bench</ToUserName><FromUserName>oSender" .. (id % 1000) .. "</FromUserName>" ..
    "<CreateTime>" .. os.time() .. "</CreateTime><MsgType>text</MsgType><Content>" ..
    "<![CDATA[请问有没有关于第" .. (id % 20000) .. "号商品的优惠券?]]></Content><MsgId>" .. id .. "</MsgId></xml>"
  return wrk.format("POST", nil, {["content-type"] = "text/xml"}, body)
end
function done(summary, latency)
  io.write(string.format("RESULT %d %f %f %f %d\\n", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    summary.errors.status + summary.errors.read + summary.errors.timeout + summary.errors.connect))
end
"""


class Account:
    """An account with rules, and its webhook."""

    def __init__(self, program):
        self.url = program.url
        self.id = self.post("/v1/bind", {"weixin_id": f"gh_{uuid.uuid4().hex[:12]}"})["id"]
        query = "query($id:ID!){account(id:$id){webhookUrl webhookToken}}"
        account = call(f"{self.url}/graphql", {"query": query, "variables": {"id": self.id}})["data"]["account"]
        self.token = account["webhookToken"]
        text = self.post(f"/v1/{self.id}/text", {"content": "您好, 客服马上回复您。"})
        self.post(f"/v1/{self.id}/keyword", {"rule_name": "__default", "reply_id": text, "reply_type": "text"})

    def post(self, path, body, method="POST"):
        answer = call(self.url + path, body, method)
        if answer["code"] != 200:
            raise SystemExit(f"{path}: {answer}")
        return answer["data"]

    def add_rules(self, count):
        text = self.post(f"/v1/{self.id}/text", {"content": "这是优惠券。"})
        for number in range(count):
            keyword = [{"content": f"第{number}号商品", "fuzzy": "1"}, {"content": f"商品{number}", "fuzzy": "0"}]
            rule = {"rule_name": f"第{number}", "keyword": keyword, "reply_id": text, "reply_type": "text"}
            self.post(f"/v1/{self.id}/keyword", rule)

    def address(self, url=None):
        timestamp, nonce = str(int(time.time())), "bench"
        signature = hashlib.sha1("".join(sorted([self.token, timestamp, nonce])).encode()).hexdigest()
        return f"{url or self.url}/wx/{self.id}?signature={signature}&timestamp={timestamp}&nonce={nonce}"

    def ask(self, text, url=None):
        """The text of the reply to a message."""
        at = urllib.parse.urlsplit(self.address(url))
        body = (
            f"<xml><ToUserName>gh_bench</ToUserName><FromUserName>oAsker</FromUserName><CreateTime>{int(time.time())}"
            f"</CreateTime><MsgType>text</MsgType><Content>{text}</Content><MsgId>{uuid.uuid4().int >> 65}</MsgId></xml>"
        )
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
        connection.request("POST", f"{at.path}?{at.query}", body.encode())
        answer = connection.getresponse().read().decode()
        connection.close()
        found = re.search(r"<Content><!\[CDATA\[(.*?)\]\]>", answer, re.S)
        return found[1] if found else answer


def load(account, first, arguments):
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT)
        script.flush()
        command = ["wrk", "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}s", "-s", script.name]
        environment = {**os.environ, "FIRST": str(first)}
        output = subprocess.run([*command, account.address()], capture_output=True, text=True, env=environment).stdout
    found = re.search(r"RESULT (\d+) (\S+) (\S+) (\S+) (\d+)", output)
    if not found or found[5] != "0":
        raise SystemExit(f"wrk: {output}")
    requests, seconds = int(found[1]), float(found[2])
    return requests, requests / seconds, float(found[3]), float(found[4])


class Sqlite:
    name = "SQLite"

    def __init__(self, directory):
        self.path = pathlib.Path(directory) / "odaesan.db"
        self.url = f"sqlite://{self.path}?mode=rwc"

    def rows(self, account):
        with contextlib.closing(sqlite3.connect(self.path, timeout=60)) as database:
            return database.execute("select count(*) from message where account_id = ?", (account,)).fetchone()[0]

    def alone(self, account, _connections, seconds):
        """Single-row inserts a second, one transaction each."""
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None, timeout=60)) as database:
            database.execute("pragma journal_mode=wal")
            database.execute("pragma synchronous=full")
            row = database.execute("select * from message where account_id = ? limit 1", (account,)).fetchone()
            columns = [column[1] for column in database.execute("pragma table_info(message)")]
            at = columns.index("id")
            insert = f"insert into message values ({','.join('?' * len(columns))})"
            started, count = time.time(), 0
            while time.time() - started < seconds:
                database.execute(insert, (*row[:at], f"alone-{count}", *row[at + 1 :]))
                count += 1
            database.execute("delete from message where id like 'alone-%'")
        return count / seconds

    def drop(self):
        pass


class Postgres:
    name = "PostgreSQL"

    def __init__(self, server):
        self.server, self.database = server, f"odaesan_bench_{uuid.uuid4().hex[:12]}"
        self.url = f"{server.rsplit('/', 1)[0]}/{self.database}"
        self.sql(f"create database {self.database}", server)

    def sql(self, text, url=None):
        command = ["psql", url or self.url, "-qtAc", text]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def rows(self, account):
        return int(self.sql(f"select count(*) from message where account_id = '{account}'"))

    def alone(self, account, connections, seconds):
        columns = self.sql(
            "select string_agg(quote_ident(column_name), ',' order by ordinal_position) from information_schema.columns "
            "where table_name = 'message' and column_name <> 'id'"
        )
        found = shutil.which("pgbench") or str(next(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pgbench")))
        one = self.sql(f"select id from message where account_id = '{account}' limit 1")
        self.sql(f"create table alone_row as select * from message where id = '{one}'")
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(
                f"insert into message (id,{columns}) select gen_random_uuid()::text,{columns} from alone_row;\n"
            )
            script.flush()
            command = [found, "-n", "-M", "prepared", "-c", str(connections), "-j", "1", "-T", str(seconds)]
            output = subprocess.run([*command, "-f", script.name, self.url], check=True, capture_output=True, text=True)
        self.sql("delete from message where length(id) = 36; drop table alone_row")
        return float(re.search(r"tps = ([\d.]+)", output.stdout)[1])

    def drop(self):
        self.sql(f"drop database {self.database} with (force)", self.server)


def effective(account, others):
    """Milliseconds for which the old reply is given after a rule was changed, by each of the processes."""
    texts = [account.post(f"/v1/{account.id}/text", {"content": f"答复{number}"}) for number in range(2)]
    rule = {"rule_name": "变", "keyword": [{"content": "变化", "fuzzy": "0"}], "reply_type": "text"}
    rule_id = account.post(f"/v1/{account.id}/keyword", {**rule, "reply_id": texts[0]})
    slowest = [0.0] * len(others)
    for turn in range(1, 21):
        account.post(f"/v1/{account.id}/keyword/{rule_id}", {**rule, "reply_id": texts[turn % 2]}, "PUT")
        changed = time.time()
        for index, url in enumerate(others):
            while account.ask("变化", url) != f"答复{turn % 2}":
                pass
            slowest[index] = max(slowest[index], (time.time() - changed) * 1000)
    return slowest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", default="10,10000")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--postgres", default=os.environ.get("ODAESAN_TEST_POSTGRES"))
    parser.add_argument("--binary", help="measure this program instead of building one")
    arguments = parser.parse_args()
    binary = arguments.binary or build()
    wrong = False
    print("| database | rules | deliveries/s | p50 ms | p99 ms | of single-row inserts | rows missing |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as directory, open(pathlib.Path(directory) / "log", "w") as log:
        stores = [Sqlite(directory)] + ([Postgres(arguments.postgres)] if arguments.postgres else [])
        for number, store in enumerate(stores):
            serve = ["serve", "--listen", "127.0.0.1:0", "--data-dir", f"{directory}/{number}", "--no-jobs"]
            serve += ["--database-url", store.url, "--secret-key", "A" * 43 + "=", "--wechat-url", "http://127.0.0.1:9"]
            programs = [Program(binary, serve, log)]
            try:
                for rules in map(int, arguments.rules.split(",")):
                    account = Account(programs[0])
                    account.add_rules(rules)
                    load(account, 500, argparse.Namespace(connections=arguments.connections, seconds=2))
                    before = store.rows(account.id)
                    requests, rate, p50, p99 = load(account, rules, arguments)
                    # What was under way at the end was stored, but nobody read the answer.
                    missing = max(0, requests - (store.rows(account.id) - before))
                    ratio = rate / store.alone(account.id, arguments.connections, 5)
                    wrong |= missing > 0
                    print(f"| {store.name} | {rules} | {rate:.0f} | {p50:.1f} | {p99:.1f} | {ratio:.2f} | {missing} |", flush=True)
                if store.name == "PostgreSQL":
                    programs.append(Program(binary, serve, log))
                slowest = effective(account, [program.url for program in programs])
                shown = ", ".join(f"{milliseconds:.1f} ms" for milliseconds in slowest)
                print(f"  a changed rule answers after at most {shown} (this process, another one), request included")
                print(f"  peak {programs[0].peak_mib():.0f} MiB")
            finally:
                for program in programs:
                    program.end()
                store.drop()
    sys.exit(wrong)


if __name__ == "__main__":
    main()
