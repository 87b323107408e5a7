"""What employers read of the people who applied to them: lists, the board of a job, neighbours, export."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, Window
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Lower, NullIf, RowNumber

from accounts.models import Account
from applications.message_models import Message
from applications.models import Application, ApplicationQuerySet, Stage, TimelineEvent
from jobs.models import Job
from jobsphere.ids import pattern

MAX_CHOICES = 200
"""Jobs and sources that a filter offers."""

CARDS = 20
"""Cards that a column of the board shows at first, and that it shows more at a time."""

MAX_CARDS = 200
EVENTS_SHOWN = 100
NOTES_SHOWN = 100
UNRATED = "none"
_WIDE = ("cover_letter", "answers", "links")


@dataclass(frozen=True)
class Sort:
    """An order of applicants: a key that is never null, then the newest or the oldest first."""

    label: str
    key: Combinable
    descending: bool

    @property
    def order_by(self) -> tuple[Any, Any]:
        keys = F("sort_key"), F("pk")
        return tuple(key.desc() if self.descending else key.asc() for key in keys)  # type: ignore[return-value]


_NAME = Lower(
    Coalesce(
        NullIf("candidate_name", Value("")),
        NullIf("candidate__name", Value("")),
        "candidate__email",
        output_field=CharField(),
    )
)
SORTS: Mapping[str, Sort] = {
    "newest": Sort("Newest first", F("pk"), descending=True),
    "oldest": Sort("Oldest first", F("pk"), descending=False),
    "rating": Sort("Best rating first", Coalesce("rating", Value(0)), descending=True),
    "name": Sort("Name", _NAME, descending=False),
    "changed": Sort("Changed last", F("updated_at"), descending=True),
}
NEWEST = "newest"


@dataclass(frozen=True)
class Filters:
    """Which applicants, and in what order; empty means any.

    Args:
        job: a job's public id.
        rating: "1" to "5" for at least as much, or `UNRATED`.
        q: a part of the name or the e-mail address.
        sort: a key of `SORTS`.
    """

    job: str = ""
    stage: str = ""
    source: str = ""
    rating: str = ""
    q: str = ""
    sort: str = NEWEST

    @property
    def query_string(self) -> str:
        """What is not as it is by default, as a page's query string without a question mark."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return urlencode(
            {name: value for name, value in given.items() if value and (name, value) != ("sort", NEWEST)}
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.job or self.stage or self.source or self.rating or self.q)


def applicants_of(account: Account) -> ApplicationQuerySet:
    """Return the applications for an account's own jobs, newest first."""
    own = Application.objects.visible_to(account).filter(owner=account)
    return own.select_related("job__company", "candidate")


def find(account: Account, filters: Filters) -> ApplicationQuerySet:
    """Return the applications that filters ask for, in their order, each with its `sort_key`."""
    sort = SORTS[filters.sort]
    found = applicants_of(account).filter(_condition(filters))
    return found.annotate(sort_key=sort.key).order_by(*sort.order_by)


def _condition(filters: Filters) -> Q:
    condition = Q()
    if filters.job:
        condition &= Q(job__public_id=filters.job)
    if filters.stage:
        condition &= Q(stage=filters.stage)
    if filters.source:
        condition &= Q(source=filters.source)
    if filters.rating == UNRATED:
        condition &= Q(rating__isnull=True)
    elif filters.rating:
        condition &= Q(rating__gte=int(filters.rating))
    if filters.q:
        condition &= (
            Q(candidate_name__icontains=filters.q)
            | Q(candidate__name__icontains=filters.q)
            | Q(candidate__email__icontains=filters.q)
        )
    return condition


def rows_of(account: Account, filters: Filters) -> ApplicationQuerySet:
    """Return what a list shows: `find` without the texts that it does not show, with `note_count`."""
    return find(account, filters).defer(*_WIDE).with_note_count()


def job_choices(account: Account, *, asked_for: str = "") -> list[tuple[str, str]]:
    """Return the jobs that somebody applied for, by public id with title, the newest `MAX_CHOICES`.

    Args:
        asked_for: the public id of a job that is among them in any case, if it is one of the account.
    """
    own = Job.objects.filter(company__account=account).only("public_id", "title")
    applied = Exists(Application.objects.filter(job=OuterRef("pk")))
    jobs = {job.public_id: job.title for job in own.filter(applied)[:MAX_CHOICES]}
    if asked_for and asked_for not in jobs and re.fullmatch(pattern("job"), asked_for):
        jobs |= {job.public_id: job.title for job in own.filter(public_id=asked_for)}
    return list(jobs.items())


def source_choices(account: Account) -> list[str]:
    """Return where applicants came from, the first `MAX_CHOICES`."""
    sources = Application.objects.filter(owner=account).order_by("source").values_list("source", flat=True)
    return list(sources.distinct()[:MAX_CHOICES])


# The board of a job


@dataclass(frozen=True)
class Column:
    """A stage on the board.

    Args:
        total: applications in the stage, of which `cards` are the newest.
    """

    stage: Stage
    total: int
    cards: list[Application]

    @property
    def more(self) -> int:
        """How many cards it shows after another push on "show more"; 0 if that shows no more."""
        shown = len(self.cards)
        return min(shown + CARDS, MAX_CARDS) if shown < min(self.total, MAX_CARDS) else 0

    @property
    def is_cut(self) -> bool:
        """Whether it holds more than a board shows."""
        return self.total > len(self.cards) and not self.more


def board_of(account: Account, job: Job, shown: Mapping[str, int] | None = None) -> list[Column]:
    """Return the columns of a job's board, in two queries.

    Args:
        shown: cards of a stage, where they are not `CARDS`; at most `MAX_CARDS`.
    """
    own = applicants_of(account).filter(job=job)
    totals = dict(own.order_by().values_list("stage").annotate(total=Count("*")))
    limits = {stage: min((shown or {}).get(stage, CARDS), MAX_CARDS) for stage in Stage}
    place = Window(RowNumber(), partition_by="stage", order_by=F("pk").desc())
    is_shown = Q()
    for stage, limit in limits.items():
        is_shown |= Q(stage=stage, place__lte=limit)
    cards: dict[str, list[Application]] = {stage: [] for stage in Stage}
    for application in own.annotate(place=place).filter(is_shown).defer(*_WIDE).order_by("-pk"):
        cards[application.stage].append(application)
    return [Column(stage, totals.get(stage, 0), cards[stage]) for stage in Stage]


# One applicant


def neighbours(account: Account, filters: Filters, application: Application) -> tuple[str | None, str | None]:
    """Return the public ids of the applicants before and after one, among those that filters ask for.

    It need not be one of them itself: it may have been moved just now.
    """
    sort = SORTS[filters.sort]
    own: QuerySet[Any] = applicants_of(account).annotate(sort_key=sort.key).values_list("sort_key", flat=True)
    key = own.get(pk=application.pk)
    smaller = Q(sort_key__lt=key) | Q(sort_key=key, pk__lt=application.pk)
    larger = Q(sort_key__gt=key) | Q(sort_key=key, pk__gt=application.pk)
    found: QuerySet[Any] = find(account, filters)
    below = found.filter(smaller).order_by("-sort_key", "-pk").values_list("public_id", flat=True).first()
    above = found.filter(larger).order_by("sort_key", "pk").values_list("public_id", flat=True).first()
    return (above, below) if sort.descending else (below, above)


def notes_of(account: Account, application: Application) -> list[TimelineEvent]:
    """Return the notes about an applicant, the newest first."""
    events = TimelineEvent.objects.visible_to(account).filter(application=application)
    notes = events.filter(kind=TimelineEvent.Kind.NOTE_ADDED).select_related("user", "api_key")
    return list(notes.order_by("-pk")[:NOTES_SHOWN])


def messages_of(account: Account, application: Application) -> list[Message]:
    """Return the e-mails to an applicant, the newest first."""
    own = Message.objects.filter(application=application, application__owner=account)
    return list(own.select_related("user")[:EVENTS_SHOWN])


def timeline_of(
    account: Account, application: Application, messages: list[Message]
) -> list[TimelineEvent | Message]:
    """Return what happened to an application, e-mails among it and notes left out; the newest first."""
    events = TimelineEvent.objects.visible_to(account).filter(application=application)
    others = events.exclude(kind=TimelineEvent.Kind.NOTE_ADDED).select_related("user", "api_key", "account")
    latest = others.order_by("-pk")[:EVENTS_SHOWN]
    entries: list[TimelineEvent | Message] = [*latest, *messages]
    return sorted(entries, key=_time_of, reverse=True)[:EVENTS_SHOWN]


def _time_of(entry: TimelineEvent | Message) -> datetime:
    return entry.created_at if isinstance(entry, Message) else entry.at


def answers_of(application: Application) -> list[tuple[str, str]]:
    """Return the questions of the job that were answered, in its order, and the answers.

    What was asked when the candidate applied and is asked no more is named by its id.
    """
    answers = dict(application.answers)
    asked = [
        (question["question"], answers.pop(question["id"]))
        for question in application.job.screening_questions
        if question["id"] in answers
    ]
    return [*asked, *answers.items()]


# Export

CSV_COLUMNS = (
    "Name",
    "E-mail address",
    "Phone",
    "Job",
    "Company",
    "Stage",
    "Rating",
    "Source",
    "Applied at (UTC)",
    "Changed at (UTC)",
    "Résumé",
    "Links",
    "Application id",
    "Job id",
)
MAX_CELL_LENGTH = 32_000
"""Characters; spreadsheets take 32,767."""

_FORMULA_STARTS = tuple("=+-@\t\r\n")


def csv_rows(account: Account, filters: Filters) -> Iterator[tuple[str, ...]]:
    """Yield the header and a row for each applicant that filters ask for, made safe for spreadsheets."""
    yield CSV_COLUMNS
    for each in find(account, filters).defer("cover_letter", "answers").iterator(chunk_size=500):
        resume = each.resume_url or each.resume_filename
        row = (
            each.candidate_name or each.candidate.name,
            "" if each.erased_at else each.candidate.email,
            each.phone,
            each.job.title,
            each.job.company.name,
            each.get_stage_display(),
            str(each.rating or ""),
            each.source,
            _written(each.submitted_at),
            _written(each.updated_at),
            resume,
            " ".join(each.links),
            each.public_id,
            each.job.public_id,
        )
        yield tuple(safe_cell(cell) for cell in row)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def safe_cell(text: str) -> str:
    """Return a cell that no spreadsheet reads as a formula: an apostrophe goes before what looks like one."""
    text = text[:MAX_CELL_LENGTH]
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])  # full-width signs begin formulas, too
    return f"'{text}" if text.startswith(_FORMULA_STARTS) or first in tuple("=+-@") else text
