"""Fill an empty database with postings that are distributed as real ones: the same seed, the same data.

    python -m benchmarks.generate 1000000 [--seed 7]

`DATABASE_URL` names the database, which has been migrated and has its places and categories.
That many postings are on the board, one in ten of them expired; one in five more is closed.
Half of the titles are real ones by their frequency, half are new ones whose words follow each other
as in real titles. Employers, fields of work, places and skills have long tails. Written by COPY;
the indexes of the search table are built last, and their times and sizes are printed as JSON.
"""

import argparse
import gzip
import json
import os
import random
import string
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice, pairwise
from typing import Any

from benchmarks.profile import FILE

BATCH = 5_000
EXPIRED, CLOSED = 0.10, 0.20
NOW = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
TECHNICAL_SKILLS = """
    Python SQL Excel JavaScript Java Linux AWS React Docker Kubernetes TypeScript Git C++ C# .NET Node.js
    PostgreSQL Azure Tableau R SAS Go Terraform Ruby PHP Angular Vue.js Django Spark Hadoop Kafka Redis
    MongoDB GraphQL Rust Swift Kotlin Scala MATLAB AutoCAD GIS SAP Salesforce Figma Photoshop Ansible
    Jenkins Elasticsearch PowerShell VMware Cisco Splunk Selenium Unity OpenGL CUDA TensorFlow PyTorch
""".split()  # noqa: SIM905
TYPES = ["Full-time", "Temporary", "Part-time", "Contract", "Internship", "Freelance"]
TYPE_WEIGHTS = [74, 9, 7, 6, 3, 1]
LEVELS = ["mid", "senior", "entry", "lead", "internship", "executive", None]
LEVEL_WEIGHTS = [30, 22, 15, 8, 3, 2, 20]
CURRENCIES = ["USD", "EUR", "GBP", "CHF", "INR"]
CURRENCY_WEIGHTS = [70, 18, 8, 2, 2]
DESCRIPTION = (
    "## The role\n\nYou will work as {title} with a team that has done this for years.\n\n"
    "- plan and carry out the work of the team\n- write down what was decided and why\n"
    "- talk with those who depend on it\n\n## What we offer\n\nTime to do it well, people to learn "
    "from, and a say in how things are done.\n"
)


@dataclass(frozen=True)
class Draw:
    """Draws from values by their weights."""

    values: list[Any]
    cumulative: list[float]

    @classmethod
    def of(cls, values: list[Any], weights: list[float]) -> "Draw":
        return cls(values, list(accumulate(weights)))

    def __call__(self, dice: random.Random) -> Any:
        return dice.choices(self.values, cum_weights=self.cumulative)[0]


class Titles:
    """Real titles by frequency, and new ones whose words follow each other as in real ones."""

    def __init__(self, rows: list[tuple[str, str | None, list[str], int]]) -> None:
        self.real = Draw.of(rows, [row[3] for row in rows])
        following: dict[str, Counter[str]] = defaultdict(Counter)
        for title, _, _, count in rows:
            words = ["", *title.split(), ""]
            for first, second in pairwise(words):
                following[first][second] += count
        self.following = {
            word: Draw.of(list(counts), list(map(float, counts.values())))
            for word, counts in following.items()
        }

    def __call__(self, dice: random.Random) -> tuple[str, str | None, list[str]]:
        title, category, tags, _ = self.real(dice)
        return (title if dice.random() < 0.5 else self._new(dice) or title), category, tags

    def _new(self, dice: random.Random) -> str:
        words: list[str] = []
        while (word := self.following[words[-1] if words else ""](dice)) and len(words) < 9:
            words.append(word)
        return " ".join(words)[:200]


def main(arguments: list[str]) -> None:
    """Generate, and print what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("postings", type=int)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jobsphere.settings")
    import django

    django.setup()
    json.dump(generate(options.postings, options.seed), sys.stdout, indent=1)
    print()


def generate(postings: int, seed: int = 7) -> dict[str, Any]:
    """Fill the database, and return seconds by step and bytes by table and index."""
    from django.db import connection, transaction

    from jobs.models import Company, Job, Listing

    if Job.objects.exists():
        raise SystemExit("This database has postings already: generate into an empty one.")
    dice = random.Random(seed)
    profile = json.loads(gzip.decompress(FILE.read_bytes()))
    steps: dict[str, float] = {}
    started = time.monotonic()

    def done(step: str) -> None:
        nonlocal started
        steps[step] = round(time.monotonic() - started, 1)
        started = time.monotonic()

    companies = _companies(dice, profile["companies"], postings)
    done("companies")
    indexes = list(Listing._meta.indexes)
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.remove_index(Listing, index)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # rather than millions of checks that wait for the end
        words = _copy(cursor, dice, Titles(profile["titles"]), companies, postings)
        done("postings")
        from jobs import search_text

        search_text.add_words(words)
        done("words")
    built: dict[str, float] = {}
    for index in indexes:
        begun = time.monotonic()
        with connection.schema_editor() as editor:
            editor.add_index(Listing, index)
        built[index.name] = round(time.monotonic() - begun, 1)
    done("indexes")
    with connection.cursor() as cursor:
        for model in (Job, Company, Listing):
            name = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"
                if model is not Listing
                else "SELECT 1"
            )
            cursor.execute(f"VACUUM (ANALYZE) {name}")
        cursor.execute(
            "SELECT relname, pg_relation_size(oid) FROM pg_class "
            "WHERE relname IN ('jobs_job', 'jobs_listing', 'jobs_searchword') "
            "OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'jobs_listing'::regclass)"
        )
        sizes = dict(cursor.fetchall())
    done("vacuum")
    return {"postings": postings, "seed": seed, "seconds": steps, "index_seconds": built, "bytes": sizes}


def _companies(dice: random.Random, known: list[tuple[str, int]], postings: int) -> Draw:
    """Make an employer for every 200 postings, their sizes with a long tail."""
    from accounts.models import Account
    from jobs.models import Company, VerificationState

    account = Account.objects.create(name="Generated employers")
    words = [word for name, _ in known for word in name.split()]
    kinds = ["Group", "Labs", "Systems", "Partners", "Services", "Institute", "Works", "Company"]
    names = [name for name, _ in known]
    while len(names) < max(len(known), postings // 200):
        names.append(f"{' '.join(dice.sample(words, 2))} {dice.choice(kinds)}")
    made = Company.objects.bulk_create(
        [
            Company(
                public_id=_public_id(dice, "comp"),
                account=account,
                name=name,
                slug=f"employer-{number}",
                verification_state=VerificationState.VERIFIED,
                verified_at=NOW,
            )
            for number, name in enumerate(names)
        ],
        batch_size=BATCH,
    )
    return Draw.of(made, [1 / (rank + 3) ** 0.8 for rank in range(len(made))])


def _public_id(dice: random.Random, prefix: str) -> str:
    return f"{prefix}_" + "".join(dice.choices(string.digits + string.ascii_lowercase, k=16))


def _copy(cursor: Any, dice: random.Random, titles: Titles, companies: Draw, postings: int) -> Counter[str]:
    from jobs import search_text
    from jobs.models import Job, Listing

    jobs = {field.column: field.get_default() for field in Job._meta.concrete_fields}
    listings = [field.column for field in Listing._meta.concrete_fields]
    words: Counter[str] = Counter()
    rows = _rows(dice, titles, companies, postings)
    while batch := list(islice(rows, BATCH)):
        documents = _documents(batch, words)
        search_text.write_companies(
            {job["company_id"]: company for (job, _), (*_, company) in zip(batch, documents, strict=True)}
        )
        with cursor.copy(f"COPY jobs_job ({', '.join(jobs)}) FROM STDIN") as copy:
            for job, _ in batch:
                copy.write_row([job.get(column, default) for column, default in jobs.items()])
        with cursor.copy(f"COPY jobs_listing ({', '.join(listings)}) FROM STDIN") as copy:
            for (_, listing), document in zip(batch, documents, strict=True):
                if listing:
                    listing["document"] = search_text.listing_document(document, listing["company_id"])
                    copy.write_row([listing[column] for column in listings])
    return words


def _documents(
    batch: list[tuple[dict[str, Any], dict[str, Any] | None]], words: Counter[str]
) -> list[tuple[str, ...]]:
    from jobs import search_text

    texts = [(job["title"], " ".join(job["tags"]), job["company_name"]) for job, _ in batch]
    for text in texts:
        words.update(set(search_text.normalise(" ".join(text)).split()))
    return search_text.documents(texts)


def _rows(
    dice: random.Random, titles: Titles, companies: Draw, postings: int
) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Yield a job's columns, and those of its listing unless it is closed; jobs come in order of time."""
    from jobs.models import Category, Place

    categories = dict(Category.objects.values_list("slug", "pk"))
    cities = list(Place.objects.filter(kind="city").order_by("pk"))
    draw_city = Draw.of(cities, [max(city.population, 1000) ** 0.7 for city in cities])
    countries = dict(Place.objects.filter(kind="country").values_list("pk", "name"))
    draw_skill = Draw.of(TECHNICAL_SKILLS, [1 / (rank + 1) for rank in range(len(TECHNICAL_SKILLS))])
    draw_type, draw_level = Draw.of(TYPES, list(TYPE_WEIGHTS)), Draw.of(LEVELS, list(LEVEL_WEIGHTS))
    draw_currency = Draw.of(CURRENCIES, list(CURRENCY_WEIGHTS))
    total = int(postings * (1 + CLOSED))
    span = timedelta(days=365)
    closed_left = total - postings
    for number in range(total):
        title, category, tags = titles(dice)
        company = companies(dice)
        posted = NOW - span + span * (number / total)
        skills = list(dict.fromkeys([*tags, *(draw_skill(dice) for _ in range(dice.randrange(0, 5)))]))
        remote = dice.random() < 0.15
        city = draw_city(dice)
        place_ids = [] if remote else [city.pk]
        location = (
            "Remote"
            if remote
            else f"{city.name}, {countries[city.ancestor_ids[-1]]}"
            if (city.ancestor_ids and city.ancestor_ids[-1] in countries)
            else city.name
        )
        pays = dice.random() < 0.6
        low = round(dice.lognormvariate(11.1, 0.45), -3) if pays else None
        expired = dice.random() < EXPIRED
        expires = (
            NOW - timedelta(hours=dice.randrange(1, 2000))
            if expired
            else NOW + timedelta(days=dice.randrange(2, 120), seconds=dice.randrange(86_400))
        )
        closed = dice.random() * (total - number) < closed_left
        closed_left -= closed
        common: dict[str, Any] = {
            "company_id": company.pk,
            "category_id": categories.get(category),
            "type": draw_type(dice),
            "experience_level": draw_level(dice),
            "remote": remote,
            "salary_min": int(low) if low else None,
            "salary_max": int(low * dice.uniform(1.05, 1.5)) if low else None,
            "salary_currency": draw_currency(dice) if low else "",
            "posted_at": posted,
            "expires_at": max(expires, posted + timedelta(hours=1)),
        }
        job = common | {
            "id": number + 1,
            "public_id": _public_id(dice, "job"),
            "external_id": f"generated-{number}",
            "title": title,
            "description": DESCRIPTION.format(title=title),
            "location": location,
            "place_ids": place_ids,
            "tags": skills,
            "requirements": [],
            "application_method": "jobsphere",
            "application_url": "",
            "application_email": "",
            "screening_questions": "[]",
            "status": "closed" if closed else "published",
            "moderation": "unreviewed",
            "closed_at": NOW if closed else None,
            "created_at": posted,
            "updated_at": posted,
            "company_name": company.name,
        }
        listing = (
            None
            if closed
            else common
            | {
                "job_id": number + 1,
                "place_ids": sorted({*place_ids, *(city.ancestor_ids if place_ids else ())}),
                "location_words": " ".join(f"'{word}'" for word in sorted(set(_words(location)))),
                "skills": [skill.lower() for skill in skills],
            }
        )
        yield job, listing


def _words(location: str) -> list[str]:
    from jobs.services.listings import location_words

    return location_words(location)


if __name__ == "__main__":
    main(sys.argv[1:])
