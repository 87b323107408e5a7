"""Postings from other sources: each row is imported, updated, found unchanged, or refused with a reason."""

import codecs
import zlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from django.db import DEFAULT_DB_ALIAS, IntegrityError, OperationalError, connection, transaction
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.text import slugify
from psycopg.errors import DeadlockDetected, UniqueViolation

from accounts.models import Account
from jobs import fraud, places, search_text, usajobs
from jobs.models import (
    ApplicationMethod,
    Category,
    Company,
    CompanyEvent,
    Job,
    JobEvent,
    JobStatus,
    VerificationState,
)
from jobs.posting_files import Line
from jobs.services import listings
from jobs.usajobs import Posting, UnreadableRow
from jobsphere import bulk, processes
from jobsphere.database import fetch_prepared
from jobsphere.ids import new_id, new_ids

Columns = dict[str, Any]
"""A job, or a part of it. Models of thousands would take as long to make as what they are found by."""

BATCH = 4000
"""Postings of a transaction. Each makes a new version of the listings, for which answers are made anew."""

REOPENED_FOR = (30, 120)
"""Days from now on which a reopened posting ends, at the soonest and at the latest."""

ATTEMPTS = 3
"""So often a batch is written, if another import writes the same postings meanwhile."""

_LOCK = 0x6A6F6273
"""Of PostgreSQL's advisory locks: two batches that make companies take turns."""


class Counts(NamedTuple):
    """What became of the postings of a batch."""

    imported: int
    updated: int
    unchanged: int


class Written(NamedTuple):
    """A batch that was written.

    Args:
        words: of its new postings, and in how many each is; without those that no posting had before.
    """

    counts: Counts
    words: Counter[str]


@dataclass(frozen=True)
class Refusal:
    """A row that did not become a posting: where it stands and why."""

    file: str
    line: int
    reason: str
    control_number: object = None


@dataclass
class Report:
    """What became of the rows: every one of them is counted once.

    on_refusal: is told of each refusal as it happens, so that none has to be kept.
    """

    on_refusal: Callable[[Refusal], None] = lambda refusal: None
    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def accepted(self) -> int:
        return self.imported + self.updated + self.unchanged

    @property
    def rows(self) -> int:
        return self.accepted + self.refused.total()

    def add(self, counts: Counts) -> None:
        """Count what became of a batch."""
        self.imported += counts.imported
        self.updated += counts.updated
        self.unchanged += counts.unchanged

    def refuse(self, refusal: Refusal, kind: str) -> None:
        """Count a refusal under a short name of its reason, and pass it on."""
        self.refused[kind] += 1
        self.on_refusal(refusal)


def import_lines(*, lines: Iterable[Line], report: Report, reopen: bool = False, writers: int = 1) -> None:
    """Import rows of postings in batches, each in a transaction of its own.

    A control number counts once in a run: what comes later under the same one is refused, so that
    the same files always lead to the same postings.

    Args:
        lines: read one at a time, so that a file may be larger than memory.
        report: counts what became of each.
        reopen: give a posting that closed in the past a new end; see `docs/import.md`.
        writers: so many processes write batches; 1 for none but this one. Within a transaction, whose
            changes no other process sees, and for a single batch this one writes as well.
    """
    postings = _readable(lines, report)
    batches = iter(lambda: list(islice(postings, BATCH)), [])
    first = list(islice(batches, 2))
    batches = chain(first, batches)
    if writers == 1 or len(first) < 2 or connection.in_atomic_block:
        written = (import_batch(postings=batch, reopen=reopen) for batch in batches)
    else:
        written = _written_by_others(batches, reopen, writers)
    words: Counter[str] = Counter()
    try:
        with closing(written):
            for batch in written:
                report.add(batch.counts)
                words.update(batch.words)
    finally:  # what is written stays written, whatever came then
        if not connection.needs_rollback:
            search_text.add_words(words)


def _written_by_others(
    batches: Iterable[list[Posting]], reopen: bool, writers: int
) -> Generator[Written, None, None]:
    """Have other processes write batches, and yield what became of each; few are kept in memory."""
    with processes.pool(writers) as pool:
        writing: deque[Future[Written]] = deque()
        try:
            for batch in batches:
                writing.append(pool.submit(import_batch, postings=batch, reopen=reopen))
                if len(writing) > 2 * writers:
                    yield writing.popleft().result()
            while writing:
                yield writing.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _readable(lines: Iterable[Line], report: Report) -> Iterator[Posting]:
    first_seen: dict[str, tuple[Path, int]] = {}
    for line in lines:
        row: object = None
        try:
            row = _decode(line.content)
            posting = usajobs.read_row(row)
            here = (line.file, line.number)
            first_file, first_line = first_seen.setdefault(posting.external_id, here)
            if (first_file, first_line) != here:
                raise UnreadableRow("duplicate control_number", f"first on line {first_line} of {first_file}")
        except UnreadableRow as error:
            control_number = row.get("control_number") if isinstance(row, dict) else None
            refusal = Refusal(str(line.file), line.number, str(error), control_number)
            report.refuse(refusal, error.kind)
        else:
            yield posting


def _decode(content: bytes) -> object:
    try:
        return orjson.loads(content.removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise UnreadableRow("not JSON", str(error)) from error


def import_batch(*, postings: Sequence[Posting], reopen: bool = False) -> Written:
    """Import postings of different control numbers: all of them, or after an error none.

    What staff or an earlier import made of a job stays: a closed or suspended one does not come back.
    How often their words are used is left to count (`search_text.add_words`).
    """
    attempts = ATTEMPTS
    while True:
        try:
            return _import_batch(postings, reopen)
        except (IntegrityError, OperationalError, bulk.Outdated) as error:
            # Another import wrote one of them first, or each waits for the other: now it is found.
            is_met = isinstance(error.__cause__ or error, UniqueViolation | DeadlockDetected | bulk.Outdated)
            attempts -= 1
            if not is_met or not attempts:
                raise


@transaction.atomic
def _import_batch(postings: Sequence[Posting], reopen: bool) -> Written:
    now = timezone.now()
    # Most indexes are in order of time, within a category, a type and so on: what is written in that order
    # often goes to the page that the one before went to.
    postings = sorted(postings, key=attrgetter("posted_at"))
    companies = _companies({posting.company for posting in postings})
    categories = {category.slug: category for category in Category.objects.all()}
    known = _known_jobs(companies.values(), postings)

    new: list[Columns] = []
    changed: list[tuple[Columns, Columns]] = []
    for posting in postings:
        job = known.get(posting.external_id)
        category = categories.get(posting.category or "")
        fields = _job_fields(posting, job) | {
            "company_id": companies[posting.company].pk,
            "category_id": category.pk if category else None,
            "expires_at": _end(posting, job, now) if reopen else posting.expires_at,
        }
        if job is None:
            new.append(fields)
        elif changes := _changes(job, fields):
            changed.append((job, changes))
    _locate(new, changed)
    company_of = {company.pk: company for company in companies.values()}
    category_of = {category.pk: category for category in categories.values()}

    def listed(jobs: Iterable[Columns]) -> Iterator[listings.Posting]:
        for job in jobs:
            yield listings.Posting(job, company_of[job["company_id"]], category_of.get(job["category_id"]))

    words = listings.insert(listed(_insert(new, now)), changed=listed(_update(changed, now)))
    return Written(Counts(len(new), len(changed), len(postings) - len(new) - len(changed)), words)


def _changes(job: Columns, fields: Columns) -> Columns:
    """Those of these fields that the job has otherwise."""
    return {name: value for name, value in fields.items() if job[name] != value}


def analyze() -> None:
    """Let the planner know of what a large import has changed."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_job, jobs_listing, jobs_company, jobs_companydocument, jobs_searchword")


def _companies(names: set[str]) -> dict[str, Company]:
    """The companies of these names, those that are new made and verified: they are who the source says."""
    account = _account()
    companies = _known_companies(account, names)
    if names <= companies.keys():
        return companies
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    account = account or _account() or Account.objects.create(name=usajobs.SOURCE)
    companies = _known_companies(account, names)
    new = [
        Company(
            account=account,
            name=name,
            slug=f"{slugify(name)[:120]}-{new_id('comp')[-8:]}",
            domain=usajobs.DOMAIN,
            website=usajobs.WEBSITE,
            verification_state=VerificationState.VERIFIED,
            verified_at=timezone.now(),
        )
        for name in sorted(names - companies.keys())
    ]
    Company.objects.bulk_create(new)
    CompanyEvent.objects.bulk_create(
        CompanyEvent(company=company, kind="verified", reason=f"Imported from {usajobs.SOURCE}.")
        for company in new
    )
    return companies | {company.name: company for company in new}


def _account() -> Account | None:
    """The account that all imported companies belong to. Nobody is a member of it: a name can be taken."""
    return Account.objects.filter(name=usajobs.SOURCE, members=None).first()


def _known_companies(account: Account | None, names: set[str]) -> dict[str, Company]:
    """Those that are there. Until the transaction ends nobody changes their standing, or their jobs."""
    known = Company.objects.filter(account=account, name__in=_any_of(names)).order_by("pk")
    sql, parameters = known.query.sql_with_params()
    rows = fetch_prepared(f"{sql} FOR SHARE", parameters)
    columns = [field.attname for field in Company._meta.concrete_fields]
    found = (Company.from_db(DEFAULT_DB_ALIAS, columns, row) for row in rows)
    return {company.name: company for company in found}


def _any_of(texts: Collection[str]) -> RawSQL:
    """Texts to look for, as one array rather than parameters, which Django takes its time for."""
    return RawSQL("SELECT unnest(%s::text[])", [bulk.array(texts)])


def _known_jobs(companies: Iterable[Company], postings: Sequence[Posting]) -> dict[str, Columns]:
    """The jobs of these postings, by external id."""
    # The index of external ids holds none that is empty. Asked for the account as well, PostgreSQL may read
    # all jobs that it ever had.
    external_ids = _any_of([posting.external_id for posting in postings])
    jobs = Job.objects.exclude(external_id="").filter(external_id__in=external_ids).order_by()
    accounts = {company.account_id for company in companies}
    # Read by the ORM, the times of a job alone would take as long as all its other columns.
    rows = fetch_prepared(*jobs.values_list("company__account", *_READ).query.sql_with_params())
    known = (dict(zip(_READ, row, strict=True)) for owner, *row in rows if owner in accounts)
    return {job["external_id"]: job for job in known}


_COPIED_FIELDS = [
    *("title", "description", "location", "type", "experience_level", "tags", "salary_min", "salary_max"),
    *("requirements", "application_url", "posted_at"),
]
_READ = [
    *("id", "external_id", "company_id", "category_id", *_COPIED_FIELDS, "salary_currency", "expires_at"),
    *("application_method", "description_digest", "place_ids", "remote", "status", "moderation"),
    "updated_at",
]
"""What is compared with a posting, and what listings are made of."""

_UNLISTED = {"description", "description_digest", "requirements", "application_method", "application_url"}
"""What no listing says: a job of which nothing else changed is found as before."""

_AS_TEXT = {"screening_questions": "[]"}


def _job_fields(posting: Posting, job: Columns | None) -> Columns:
    """What a posting says of its job, which may be there already."""
    digest = job["description_digest"] if job and job["description"] == posting.description else None
    return {name: getattr(posting, name) for name in ("external_id", *_COPIED_FIELDS)} | {
        "salary_currency": "" if posting.salary_min is None else "USD",
        "application_method": ApplicationMethod.URL,
        "description_digest": digest or fraud.digest(posting.description),
    }


def _end(posting: Posting, job: Columns | None, now: datetime) -> datetime:
    """When a posting ends if those that have ended are to be open again.

    The control number decides the day, so that not all end at once; an end that is still to come stays.
    """
    if posting.expires_at > now:
        return posting.expires_at
    if job and job["expires_at"] and job["expires_at"] > now:
        return job["expires_at"]
    soonest, latest = REOPENED_FOR
    days = soonest + zlib.crc32(posting.external_id.encode()) % (latest - soonest + 1)
    return datetime.combine(now.date() + timedelta(days=days), posting.expires_at.timetz())


def _locate(new: Sequence[Columns], changed: Sequence[tuple[Columns, Columns]]) -> None:
    """Add where jobs are, to the fields of new ones and to the changes of those that are there."""
    locations = [(changes if "location" in changes else job)["location"] for job, changes in changed]
    resolved = places.resolve_locations({*locations, *(fields["location"] for fields in new)})
    where = {
        text: {"place_ids": list(place.place_ids), "remote": place.remote} for text, place in resolved.items()
    }
    for fields in new:
        fields |= where[fields["location"]]
    for (job, changes), location in zip(changed, locations, strict=True):
        changes |= _changes(job, where[location])


def _insert(new: Sequence[Columns], now: datetime) -> list[Columns]:
    """Write jobs of these fields and that they were imported, and return the jobs."""
    if not new:
        return []
    # Asked for beside `nextval`, the name of the sequence would be looked up for each key.
    rows_of_keys = fetch_prepared(
        "SELECT nextval(sequence.name) FROM generate_series(1, %s),"
        " (SELECT pg_get_serial_sequence('jobs_job', 'id')::regclass AS name OFFSET 0) AS sequence",
        [len(new)],
    )
    keys = [key for (key,) in rows_of_keys]
    same = {field.attname: field.get_default() for field in Job._meta.concrete_fields}
    same |= {"status": JobStatus.PUBLISHED, "created_at": now, "updated_at": now}
    rows = [
        same | fields | {"id": key, "public_id": public_id}
        for key, public_id, fields in zip(keys, new_ids("job", len(new)), new, strict=True)
    ]
    bulk.insert(Job, (row | _AS_TEXT for row in rows))
    _note(keys, "imported", "")
    return rows


def _update(changed: Sequence[tuple[Columns, Columns]], now: datetime) -> list[Columns]:
    """Write the changes of jobs and that they changed, and return the jobs to be listed anew."""
    # Only what changed is written, rows that change the same columns together: seldom is it the description,
    # which is most of a row.
    alike: defaultdict[tuple[str, ...], list[Columns]] = defaultdict(list)
    for job, changes in changed:
        alike[tuple(changes)].append(changes | {"id": job["id"], "updated_at": job["updated_at"]})
    for columns, rows in alike.items():
        bulk.update(Job, rows, columns, version=("updated_at", now))
    _note([job["id"] for job, _ in changed], "changed", "Imported again.")
    return [job | changes for job, changes in changed if not changes.keys() <= _UNLISTED]


def _note(keys: Iterable[int], kind: str, reason: str) -> None:
    at = timezone.now()
    events = ({"job_id": key, "kind": kind, "reason": reason, "at": at} for key in keys)
    bulk.insert(JobEvent, events)
