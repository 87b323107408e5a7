"""Measure how well the search answers what people type, and write RESULTS.md.

    python -m benchmarks.relevance [--postings ../shared/data] [--show 3]

Embedded servers in `.jobsphere/bench` are used, or those that `DATABASE_URL` and `REDIS_URL` name. The real
postings are imported into a database of its own, `bench_relevance`, the first time; there all are open.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import mean
from urllib.parse import urlsplit

import psycopg

from jobsphere.embedded import Services
from jobsphere.launcher import DATA, SERVICE_URLS

RESULTS = Path(__file__).with_name("RESULTS.md")
NAME = "bench_relevance"


def main(arguments: list[str]) -> None:
    """Run all systems on all queries."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postings", default="../shared/data", help="a folder of the real postings")
    parser.add_argument("--show", type=int, default=0, help="print the first of each system, with grades")
    options = parser.parse_args(arguments)
    services = Services(DATA / "bench", [name for name in SERVICE_URLS if not os.environ.get(name)])
    services.start()
    try:
        _prepare(services.urls, options.postings)
        _measure(options.show)
    finally:
        services.stop()


def _prepare(urls: dict[str, str], postings: str) -> None:
    """Set Django up on the database of the real postings, all of them open."""
    os.environ.update(urls, JOBSPHERE_DEVELOPMENT="1", DJANGO_SETTINGS_MODULE="benchmarks.settings")
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        is_new = not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
        if is_new:
            connection.execute(f"CREATE DATABASE {NAME}")
    os.environ["DATABASE_URL"] = urlsplit(server)._replace(path=f"/{NAME}").geturl()
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    if is_new:
        for command in (["load_categories"], ["load_places"], ["import_postings", postings]):
            call_command(*command)
        from datetime import UTC, datetime

        from jobs.models import Job, Listing

        for model in (Job, Listing):
            model.objects.update(expires_at=datetime(2100, 1, 1, tzinfo=UTC))
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")


def _measure(show: int) -> None:
    from django.conf import settings
    from django.core.cache import cache

    from benchmarks.relevance.judging import Judged, judge
    from benchmarks.relevance.systems import systems
    from jobs.models import Job

    settings.ALLOWED_HOSTS = ["*"]
    cache.clear()
    postings = {
        job.pk: {
            "title": job.title.lower(),
            "skills": ", ".join(job.skills).lower(),
            "company": job.company.name.lower(),
            "location": job.location.lower(),
            "level": job.experience_level or "",
            "type": job.type,
        }
        for job in Job.objects.select_related("company")
    }
    judged = judge(postings)
    found = {name: [search(one.query.text) for one in judged] for name, search in systems().items()}
    for number, one in enumerate(judged) if show else ():
        print(f"\n{one.query.id} {one.query.kind}, {one.query.half}: {one.query.text}")
        for name, lists in found.items():
            print(f"  {name}: {one.ndcg(lists[number]):.2f}")
            for key in lists[number][:show]:
                posting = postings[key]
                print(
                    f"    {one.grades[key]} {posting['title']} | {posting['skills']} | {posting['company']}"
                )

    def row(label: str, wanted: Callable[[Judged], bool]) -> str:
        chosen = [number for number, one in enumerate(judged) if wanted(one)]
        cells = [label, str(len(chosen))]
        for lists in found.values():
            ndcg = mean(judged[number].ndcg(lists[number]) for number in chosen)
            success = mean(judged[number].succeeds(lists[number]) for number in chosen)
            cells.append(f"{ndcg:.3f} / {success:.2f}")
        return _line(cells)

    kinds = list(dict.fromkeys(one.query.kind for one in judged))
    table = [
        _line(["", "queries", *found]),
        _line(["---"] + ["---:"] * (len(found) + 1)),
        row("**all**", lambda one: True),
        *(row(half, lambda one, half=half: one.query.half == half) for half in ("development", "held out")),
        *(row(kind, lambda one, kind=kind: one.query.kind == kind) for kind in kinds),
    ]
    RESULTS.write_text(
        "# How well the search answers what people type\n\n"
        f"nDCG@10 / success@1 of {len(judged)} queries over {len(postings):,} real postings; README.md says"
        " how they were judged. Written by `python -m benchmarks.relevance`.\n\n" + "\n".join(table) + "\n",
        encoding="utf-8",
    )
    print("\n".join(table))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main(sys.argv[1:])
