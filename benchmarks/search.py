"""Measure the search side by side with what else could be done, and write RESULTS.md.

    python -m benchmarks.search [--postings 10000,100000] [--seconds 3] [--combinations 1000]
        [--measure throughput,writing]

Embedded servers in `.jobsphere/bench` are used, or those that `DATABASE_URL` and `REDIS_URL` name;
Redis is emptied again and again. Each size has a database of its own, `bench_<postings>`, which is filled
the first time. Figures are of one process at a time unless a number of clients is named.
"""

import argparse
import gc
import io
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, cycle, islice
from pathlib import Path
from statistics import median
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import psutil
import psycopg

if TYPE_CHECKING:
    from jobs.queries import JobFilters

HERE = Path(__file__).parent
ROOT = HERE.parent
PORT = 8_911
CONSTANT = "constant bytes"
ROUNDS = 5
"""In which every workload has its turn, so that they are compared within a moment."""
ROUNDS_OF_WRITING = 3
"""The same of who reads beside writers."""
PACE = 100
"""Calls a second of a reader who does not call as fast as he is answered."""
NO_WRITER = "no writer"
AT_ONCE = 10
"""Combinations of filters that are counted by one reading of all listings."""

Parameters = dict[str, str]

QUERIES: dict[str, Parameters] = {
    "everything": {},
    "q, 29 % of the rows": {"q": "specialist "},
    "q, 5 %": {"q": "engineer "},
    "q, two words": {"q": "human resources "},
    "q, phrase": {"q": '"human resources"'},
    "q, selective": {"q": "actuary "},
    "q, unfinished": {"q": "engin"},
    "q, misspelt": {"q": "enginere"},
    "q, newest": {"q": "specialist ", "sort": "newest"},
    "category": {"category": "administration"},
    "location, country": {"location": "germany"},
    "location, large country": {"location": "india"},
    "location, city": {"location": "new york"},
    "location, remote": {"location": "remote"},
    "remote": {"remote": "true"},
    "experience": {"experience_level": "senior"},
    "type": {"type": "Contract"},
    "skills": {"skills": "python"},
    "skills, both": {"skills": "python,sql"},
    "pay": {"salary_min": "100000", "currency": "USD"},
    "currency": {"currency": "EUR"},
    "sorted by pay": {"sort": "salary"},
    "q and location": {"q": "engineer ", "location": "india"},
    "q, remote and experience": {"q": "specialist ", "remote": "true", "experience_level": "senior"},
    "category and type": {"category": "administration", "type": "Full-time"},
    "skills and location": {"skills": "python", "location": "germany"},
}
DEEP = ["everything", "q, 29 % of the rows", "q, newest", "category", "skills", "sorted by pay"]


@dataclass(frozen=True)
class Took:
    """Milliseconds of many calls."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, milliseconds: list[float]) -> "Took":
        ordered = sorted(milliseconds)
        return cls(
            *(ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95, 0.99))
        )

    def __str__(self) -> str:
        return f"{self.p50:.1f} / {self.p95:.1f} / {self.p99:.1f}"


def timed(call: Callable[[], Any], times: int, before: Callable[[], Any] = lambda: None) -> Took:
    took = []
    for _ in range(times):
        before()
        started = time.perf_counter()
        call()
        took.append((time.perf_counter() - started) * 1000)
    return Took.of(took)


def main(arguments: list[str]) -> None:
    """Measure one size in this process, or each size in one of its own and write the report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postings", default="10000,100000", help="sizes, with commas between them")
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement of throughput")
    parser.add_argument("--combinations", type=int, default=1000, help="of filters, whose totals are checked")
    parser.add_argument("--times", type=int, default=20, help="that a call of one client is measured")
    parser.add_argument("--measure", default="", help="these alone, such as `throughput,writing`")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        json.dump(Measurement(options).run(), sys.stdout)
        return
    from benchmarks.report import write
    from jobsphere.embedded import Services
    from jobsphere.launcher import DATA, SERVICE_URLS

    services = Services(DATA / "bench", [name for name in SERVICE_URLS if not os.environ.get(name)])
    services.start()
    try:
        for size in options.postings.split(","):
            write([_in_own_process(size, options, services.urls)])
    finally:
        services.stop()


def _in_own_process(size: str, options: argparse.Namespace, urls: dict[str, str]) -> dict[str, Any]:
    environment = (
        os.environ
        | urls
        | {
            "JOBSPHERE_DEVELOPMENT": "1",
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "PYTHONPATH": str(ROOT),
        }
    )
    server = environment["DATABASE_URL"]
    name = f"bench_{size}"
    with psycopg.connect(server, autocommit=True) as connection:
        is_new = not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if is_new:
            connection.execute(f"CREATE DATABASE {name}")
    environment["DATABASE_URL"] = urlsplit(server)._replace(path=f"/{name}").geturl()
    built = ROOT / ".jobsphere" / f"{name}.json"
    run = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*run, "migrate", "-v0"], env=environment, check=True, stdout=sys.stderr)
    if is_new:
        for command in (["load_categories"], ["load_places"]):
            subprocess.run([*run, *command], env=environment, check=True, stdout=sys.stderr)
        with built.open("w") as output:
            subprocess.run(
                [sys.executable, "-m", "benchmarks.generate", size],
                env=environment,
                check=True,
                stdout=output,
            )
    command = [sys.executable, "-m", "benchmarks.search", "--one", "--postings", size]
    for name in ("seconds", "combinations", "times", "measure"):
        command += [f"--{name}", str(getattr(options, name))]
    measured = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    result: dict[str, Any] = json.loads(measured.stdout)
    result["built"] = json.loads(built.read_text()) if built.exists() else {}
    return result


class Measurement:
    """All that is measured of one size."""

    def __init__(self, options: argparse.Namespace) -> None:
        import django

        django.setup()
        from django.db import connection

        from accounts.models import Account, Plan, Scope
        from accounts.services import create_key
        from jobsphere.wsgi import application

        self.application = application
        self.postings, self.seconds = int(options.postings), options.seconds
        self.reading = 3 * self.seconds  # several batches of an import are written in it
        self.combinations, self.times = options.combinations, options.times
        self.queries = QUERIES | {
            "company": {"company": self._companies()[0]},
            "posted since": {"posted_since": _days_ago(14)},
        }
        self.wanted = set(filter(None, options.measure.split(",")))
        if self.wanted:
            self.wanted.add("index")  # with it all others search
        account = Account.objects.create(
            name="Benchmark", plan=Plan.ENTERPRISE, custom_requests_per_minute=2_000_000_000
        )
        _, self.secret = create_key(account=account, name="Benchmark", scope=Scope.READ_WRITE)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE) jobs_listing")
        self._get({})
        gc.freeze()  # as a worker does, once it has loaded what serves

    def run(self) -> dict[str, Any]:
        """Measure what is wanted, or everything, and return it as JSON takes it."""
        result: dict[str, Any] = {"postings": self.postings}
        for name, measure in {
            "machine": self.machine,
            "throughput": self.throughput,
            "index": self.index,
            "latency": self.latency,
            "tantivy": self.tantivy,
            "pages": self.pages,
            "writing": self.writing,
            "totals": self.totals,
        }.items():
            if self.wanted and name not in self.wanted:
                continue
            started = time.monotonic()
            result[name] = measure()
            print(
                f"{self.postings:,} {name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True
            )
        return result

    def machine(self) -> dict[str, Any]:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
            cursor.execute(
                "SELECT relname, pg_relation_size(oid) FROM pg_class"
                " WHERE relname IN ('jobs_listing', 'jobs_job', 'jobs_companydocument', 'company_document')"
                " OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'jobs_listing'::regclass)"
                " OR oid = (SELECT reltoastrelid FROM pg_class WHERE relname = 'jobs_listing')"
            )
            sizes = dict(cursor.fetchall())
        return {
            "cores": os.cpu_count(),
            "memory": psutil.virtual_memory().total,
            "python": platform.python_version(),
            "postgresql": version,
            "load": os.getloadavg(),
            "loop": _million_additions(),
            "bytes": {("toast" if "toast" in name else name): size for name, size in sizes.items()},
        }

    def index(self) -> dict[str, Any]:
        """Read the listings into memory, as each worker does when it starts."""
        from jobs import index
        from jobs.queries import JobFilters

        before, started = psutil.Process().memory_info().rss, time.monotonic()
        index.start()
        while index.search(JobFilters(), 0, 1) is None:
            time.sleep(0.05)
        return {
            "seconds": round(time.monotonic() - started, 1),
            "bytes": psutil.Process().memory_info().rss - before,
        }

    def totals(self) -> dict[str, int]:
        """Compare totals with a count by brute force of the same version, while another process writes."""
        from jobs import counts, index
        from jobs.api.filters import JobFilterSet

        checked = wrong = 0
        with _Writer("changed"):
            combinations = self._combinations(random.Random(5), self.combinations)
            while some := list(islice(combinations, AT_ONCE)):
                filtersets = [JobFilterSet(_query(parameters)) for parameters in some]
                assert not any(filterset.faults() for filterset in filtersets)
                searches = [filterset.job_filters() for filterset in filtersets]
                for _ in range(50):
                    found = [counts.page_of(filters, 20, 1) for filters in searches]
                    with counts._one_snapshot():
                        if {page.version for page in found} == {index.read_version()}:
                            counted = _count_by_brute_force(searches)
                            pairs = zip(found, counted, strict=True)
                            wrong += sum(page.total_items != number for page, number in pairs)
                            checked += len(some)
                            break
        return {"combinations": checked, "wrong": wrong}

    def latency(self) -> dict[str, Any]:
        """Measure each query asked for the first time, again, as its SQL alone, and the naive way."""
        result = {}
        for name, parameters in self.queries.items():
            result[name] = self._latency(parameters)
        for name in DEEP:
            total = self._get(self.queries[name])["pagination"]["total_pages"]
            page = min(2000, max(1, total))
            result[f"{name}, page {page}"] = self._latency(self.queries[name] | {"page": str(page)})
        return result

    def _latency(self, parameters: Parameters) -> dict[str, Any]:
        _forget()
        total = self._get(parameters)["pagination"]["total_items"]
        _forget()
        statements = self._statements(parameters)
        of_page = self._statements(parameters)
        with psycopg.connect(_conninfo(), autocommit=True, cursor_factory=psycopg.ClientCursor) as plain:

            def execute(statements: list[tuple[str, Any]]) -> None:
                for sql, values in statements:
                    cursor = plain.execute(sql, values)
                    while cursor.nextset():
                        pass
                    cursor.fetchall()

            sql_first = timed(lambda: execute(statements), self.times)
            sql_again = timed(lambda: execute(of_page), self.times)
        first = timed(lambda: self._call("/v1/jobs", parameters), self.times, _forget)
        again = timed(lambda: self._call("/v1/jobs", parameters), self.times)
        row = {"total": total, "first": vars(first), "again": vars(again)}
        row |= {"sql_first": vars(sql_first), "sql_again": vars(sql_again)}
        naive = _naive(parameters)
        if naive is not None:
            row["naive"] = vars(timed(lambda: self._call("/naive", naive), 2))
        return row

    def _statements(self, parameters: Parameters) -> list[tuple[str, Any]]:
        """Return what a call asks the database of jobs, with its values."""
        from django.db import connection

        asked: list[tuple[str, Any]] = []

        def note(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
            if "jobs_" in sql:
                asked.append((sql, values))
            return execute(sql, values, many, context)

        with connection.execute_wrapper(note):
            self._get(parameters)
        return asked

    def pages(self) -> dict[str, Any]:
        """Measure the search alone, which is keys of a page and the total, and the whole call."""
        result = {}
        for name, parameters in self.queries.items():
            for page in (1, 2000):
                if (page - 1) * 20 < max(1, self._search(parameters, page)().total_items):
                    asked = parameters | {"page": str(page)}
                    call = timed(lambda asked=asked: self._call("/v1/jobs", asked), self.times, _forget)
                    result[f"{name}, page {page}"] = self._searched(parameters, page) | {"call": vars(call)}
        return result

    def _searched(self, parameters: Parameters, page: int) -> dict[str, Any]:
        """Measure a search that has the version given, as a call reads it with its key, and one that asks.

        With the version also the first search for a text, which has to be read.
        """
        from jobs import index

        version = index.read_version()
        first = self._search(parameters, page, version, reads_text=True)
        given, asking = self._search(parameters, page, version), self._search(parameters, page)
        return {
            "first": vars(timed(first, 5 * self.times, _forget)),
            "given": vars(timed(given, 5 * self.times)),
            "asking": vars(timed(asking, self.times)),
        }

    def _search(
        self, parameters: Parameters, page: int, version: int | None = None, *, reads_text: bool = False
    ) -> Callable[[], Any]:
        from jobs import counts
        from jobs.api.filters import JobFilterSet
        from jobs.search_text import parse_query

        filterset = JobFilterSet(_query(parameters))
        assert not filterset.faults(), filterset.faults()
        filters, text = filterset.job_filters(), parameters.get("q")

        def search() -> Any:
            if text is not None and reads_text:
                object.__setattr__(filters, "query", parse_query(text))  # what else was asked is read already
            return counts.page_of(filters, 20, page, version)

        return search

    def _kept(self, parameters: Parameters) -> dict[str, float]:
        """Measure what a worker does for the answer to a query that it has answered in this version."""
        from jobs import index
        from jobs.api import answers

        self._get(parameters)
        address, version = f"http://127.0.0.1?{urlencode(parameters)}", index.read_version()
        assert answers.recall(address, version) is not None
        return vars(timed(lambda: answers.recall(address, version), 5 * self.times))

    def tantivy(self) -> dict[str, Any]:
        from benchmarks.rivals import Tantivy
        from jobs.models import Job

        fields = ("pk", "title", "tags", "company__name", "category__slug", "type", "posted_at")
        rows = (
            (key, title, " ".join(tags), company, category or "", kind, posted)
            for key, title, tags, company, category, kind, posted in Job.objects.listed()
            .values_list(*fields)
            .iterator(chunk_size=5000)
        )
        started = time.monotonic()
        index = Tantivy(rows)
        result: dict[str, Any] = {"build_seconds": round(time.monotonic() - started, 1), "queries": {}}
        for name, query in {
            "q, 29 % of the rows": "+specialist",
            "q, 5 %": "+engineer",
            "q, two words": "+human +resources",
            "q, phrase": '+"human resources"',
            "q, selective": "+actuary",
            "category": "+category:administration",
            "category and type": '+category:administration +type:"Full-time"',
        }.items():
            _, total = index.search(query)
            took = timed(lambda q=query: index.search(q), 5 * self.times)
            ours = self.queries[name]
            result["queries"][name] = vars(took) | {
                "total": total,
                "our_total": self._search(ours, 1)().total_items,
                "newest": self._searched(ours | {"sort": "newest"}, 1),
                "ours": self._searched(ours, 1),
                "kept": self._kept(ours),
            }
        return result

    def writing(self) -> dict[str, Any]:
        """Measure how many postings a second are imported, and what a reader has of it."""
        alone = {}
        for kind, seconds in (
            ("new", self.reading),
            ("changed", self.reading),
            ("naive", self.seconds),
        ):
            self._settle()
            with _Writer(kind) as writer:
                time.sleep(seconds)
            alone[kind] = round(writer["rate"])
        asked = cycle(_zipf(random.Random(3), self._distinct(random.Random(2), 100), 300))
        rounds = [self._read_beside(asked) for _ in range(ROUNDS_OF_WRITING)]
        beside = {kind: round(median(each[kind][1] for each in rounds)) for kind in ("new", "changed")}
        readers = {}
        for kind in rounds[0]:
            took = [each[kind][0] for each in rounds]
            readers[kind] = {
                "per_second": round(median(map(len, took)) / self.reading, 1),
                # Of the same round: the machine may be another's for a while.
                "share": median(len(each[kind][0]) / len(each[NO_WRITER][0]) for each in rounds),
                **vars(Took.of(list(chain.from_iterable(took)))),
            }
        rounds = [self._read_beside(asked, PACE) for _ in range(ROUNDS_OF_WRITING)]
        paced = {
            kind: {
                "imported": round(median(each[kind][1] for each in rounds)),
                **vars(Took.of(list(chain.from_iterable(each[kind][0] for each in rounds)))),
            }
            for kind in rounds[0]
        }
        return {
            "loop": _million_additions(),  # this may be measured again on another machine
            "alone": alone,
            "beside_a_reader": beside,
            "reader_beside": readers,
            "paced": paced,
        }

    def _read_beside(
        self, asked: Iterator[Parameters], pace: int | None = None
    ) -> dict[str, tuple[list[float], float]]:
        """Return what calls took beside each kind of writer, and how many a second that one wrote."""
        self._settle()
        beside = {NO_WRITER: (self._read(asked, pace), 0.0)}
        for kind in ("new", "changed"):
            with _Writer(kind) as writer:
                took = self._read(asked, pace)
            beside[kind] = took, writer["rate"]
            self._settle()
        return beside

    def _settle(self) -> None:
        """Wait while another process reads the index anew, for what the last writer took out."""
        from jobs import index

        time.sleep(2 * index.FOLLOW_EVERY)
        while any(thread.name == index.READER for thread in threading.enumerate()):
            time.sleep(0.1)

    def _read(self, asked: Iterator[Parameters], pace: int | None = None) -> list[float]:
        """Ask one query after the other for a while, and return milliseconds by call.

        Args:
            pace: so many are to be made a second, and each takes as long as it is not answered from when it
                was to be made.
        """
        took, started = [], time.perf_counter()
        while (begun := time.perf_counter()) < started + self.reading:
            if pace:
                due = started + len(took) / pace
                time.sleep(max(0, due - begun))
                begun = due
            self._call("/v1/jobs", next(asked))
            took.append((time.perf_counter() - begun) * 1000)
        return took

    def throughput(self) -> dict[str, Any]:
        """Measure calls a second through gunicorn, and the memory of its workers."""
        environment = os.environ | {"PORT": str(PORT), "WEB_CONCURRENCY": str(os.cpu_count() or 1)}
        command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
        command += ["--access-logfile", "/dev/null", "--max-requests", "0", "--log-level", "error"]
        with tempfile.TemporaryFile("w+") as output:
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
            try:
                _wait_for_indexes(output)
                return self._throughput(server.pid)
            finally:
                server.send_signal(signal.SIGTERM)
                server.wait(20)

    def _throughput(self, pid: int) -> dict[str, Any]:
        from benchmarks import load

        dice = random.Random(11)
        distinct = self._distinct(dice, 200)
        text = {"q": "engineer "}
        workloads: dict[str, Callable[[], Iterator[bytes]]] = {
            CONSTANT: lambda: cycle([self._request("/v1/constant", {})]),
            "plain list": lambda: cycle([self._request("/v1/jobs", {})]),
            "text query": lambda: cycle([self._request("/v1/jobs", text)]),
            "queries as in life (Zipf)": lambda: cycle(
                [self._request("/v1/jobs", asked) for asked in _zipf(dice, distinct, 5_000)]
            ),
            "no query twice": lambda: (
                self._request("/v1/jobs", asked) for asked in self._combinations(dice, 10**9)
            ),
            "naive, plain list": lambda: cycle([self._request("/naive", {})]),
            "naive, text query": lambda: cycle([self._request("/naive", {"search": "engineer"})]),
        }
        result: dict[str, Any] = {name: {} for name in workloads}
        for clients in (1, 8, 32):
            asked = {
                name: requests()
                for name, requests in workloads.items()
                if not name.startswith("naive") or clients < 32 or self.postings <= 100_000
            }
            for requests in asked.values():
                load.run(PORT, requests, clients, self.seconds)
            rounds = [
                {name: load.run(PORT, requests, clients, self.seconds) for name, requests in asked.items()}
                for _ in range(ROUNDS)
            ]
            for name in asked:
                took = [each for answers in rounds for each in answers[name]]
                result[name][str(clients)] = {
                    "per_second": round(median(len(answers[name]) for answers in rounds) / self.seconds, 1),
                    # Of the same round: the machine may be another's for a while.
                    "share": median(len(answers[name]) / len(answers[CONSTANT]) for answers in rounds),
                    **(vars(Took.of(took)) if took else {}),
                }
        workers = psutil.Process(pid).children()
        result["worker_bytes"] = max((worker.memory_info().rss for worker in workers), default=0)
        return result

    def _get(self, parameters: Parameters) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._call("/v1/jobs", parameters))
        return answer

    def _call(self, path: str, parameters: Parameters) -> bytes:
        """Make a call as gunicorn would, and return the body of its answer."""
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": urlencode(parameters),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"Bearer {self.secret}",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
        }
        statuses: list[str] = []
        response = self.application(environ, lambda status, headers: statuses.append(status))
        body = b"".join(response)
        response.close()
        assert statuses == ["200 OK"], body
        return body

    def _request(self, path: str, parameters: Parameters) -> bytes:
        target = f"{path}?{urlencode(parameters, quote_via=quote)}" if parameters else path
        headers = f"Host: 127.0.0.1\r\nAuthorization: Bearer {self.secret}\r\n\r\n"
        return f"GET {target} HTTP/1.1\r\n{headers}".encode()

    def _companies(self) -> list[str]:
        from django.db.models import Count

        from jobs.models import Company

        with_most = Company.objects.annotate(number=Count("jobs")).order_by("-number", "pk")
        return list(with_most.values_list("public_id", flat=True)[:200])

    def _words(self) -> list[str]:
        from jobs.models import SearchWord

        return list(SearchWord.objects.order_by("-frequency").values_list("word", flat=True)[:2_000])

    def _combinations(self, dice: random.Random, number: int) -> Iterator[Parameters]:
        """Yield different searches by one to three filters."""
        from jobs.models import Category

        words, companies = self._words(), self._companies()
        categories = list(Category.objects.values_list("slug", flat=True))
        places = ["germany", "india", "new york", "remote", "london", "usa", "tokyo", "brazil", "paris"]
        options: dict[str, Callable[[], str]] = {
            "q": lambda: " ".join(dice.sample(words, dice.choice([1, 1, 2]))) + " ",
            "category": lambda: ",".join(dice.sample(categories, dice.choice([1, 1, 2]))),
            "location": lambda: dice.choice(places),
            "experience_level": lambda: dice.choice(["mid", "senior", "entry,mid", "lead"]),
            "type": lambda: dice.choice(["Full-time", "Contract", "Part-time,Temporary"]),
            "skills": lambda: dice.choice(["python", "sql", "python,sql", "react", "c++"]),
            "company": lambda: ",".join(dice.sample(companies, dice.choice([1, 1, 2]))),
            "posted_since": lambda: _days_ago(dice.randrange(1, 60)),
            "remote": lambda: dice.choice(["true", "false"]),
        }
        seen: set[str] = set()
        while len(seen) < number:
            chosen = {name: options[name]() for name in dice.sample(list(options), dice.choice([1, 2, 2, 3]))}
            if dice.random() < 0.2:
                chosen |= {"currency": "USD", "salary_min": str(dice.randrange(30, 200) * 1000)}
            if str(chosen) not in seen:
                seen.add(str(chosen))
                yield chosen

    def _distinct(self, dice: random.Random, number: int) -> list[Parameters]:
        return [{}, *self._combinations(dice, number - 1)]


def _count_by_brute_force(searches: Sequence["JobFilters"]) -> list[int]:
    """Return how many listings match each search: all listings are read, and each is asked of each."""
    from django.db import connection

    from jobs import queries

    counted: list[str] = []
    values: list[Any] = []
    for filters in searches:
        query = queries.search(filters).order_by().query
        condition, its_values = query.where.as_sql(query.get_compiler(connection=connection), connection)
        counted.append(f"count(*) FILTER (WHERE {condition})")
        values += its_values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counted)} FROM jobs_listing", values)
        return list(cursor.fetchone())


class _Writer:
    """Imports postings in another process while it is entered; then tells how many a second."""

    def __init__(self, kind: str) -> None:
        """Import `new` ones, or `changed` ones."""
        self.kind = kind

    def __enter__(self) -> dict[str, float]:
        self.told: dict[str, float] = {}
        command = [sys.executable, "-m", "benchmarks.writer", self.kind]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        assert self.process.stdout is not None
        self.process.stdout.readline()
        return self.told

    def __exit__(self, *_: object) -> None:
        output, _ = self.process.communicate(b"\n", timeout=600)
        self.told["rate"] = float(output)


def _million_additions() -> float:
    """Return how many milliseconds they take in Python, by which machines can be told apart."""
    return timed(lambda: sum(range(1_000_000)), 20).p50


def _days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def _forget() -> None:
    """Have the next call be the first of its kind."""
    from jobs import kept
    from jobs.search_text import parse_query

    kept.forget()
    parse_query.cache_clear()


def _zipf(dice: random.Random, distinct: list[Parameters], number: int) -> list[Parameters]:
    return dice.choices(distinct, [1 / (rank + 1) for rank in range(len(distinct))], k=number)


def _naive(parameters: Parameters) -> Parameters | None:
    """Return how the naive view is asked for the same; None where it does not know such a filter."""
    names = {"q": "search"}
    known = {"q", "category", "location", "experience_level", "type", "remote", "page"}
    if not parameters.keys() <= known:
        return None
    return {names.get(name, name): value.strip() for name, value in parameters.items()}


def _query(parameters: Parameters) -> Any:
    from django.http import QueryDict

    return QueryDict(urlencode(parameters))


def _conninfo() -> str:
    return os.environ["DATABASE_URL"]


def _wait_for_indexes(output: IO[str]) -> None:
    """Wait until each worker has said that it read the listings."""
    for _ in range(1_200):
        output.seek(0)
        if output.read().count("index_loaded") == os.cpu_count():
            return
        time.sleep(0.25)
    raise SystemExit("gunicorn did not start.")


if __name__ == "__main__":
    main(sys.argv[1:])
