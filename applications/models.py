"""Candidates, their applications, and what happened to each."""

from collections.abc import Collection

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Account, ApiKey, User
from applications.message_models import Message as Message
from applications.message_models import MessageTemplate as MessageTemplate
from jobs.models import Job
from jobsphere.ids import PublicIdField, new_id

ERASED_EMAIL_DOMAIN = "erased.invalid"
"""Where the addresses of erased candidates are: a name that no mail ever reaches (RFC 2606)."""


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def visible_to(self, account: Account) -> "CandidateQuerySet":
        """Only the employer that a candidate applied to sees the candidate."""
        return self.filter(account=account)

    def with_application_count(self) -> "CandidateQuerySet":
        """Give each candidate its `application_count`."""
        own = Application.objects.filter(candidate=OuterRef("pk"))
        return self.annotate(application_count=_count_of(own, "candidate"))


class Candidate(models.Model):
    """A person who applied to an employer; the same person is another row for each employer."""

    public_id = PublicIdField("cand")
    account = models.ForeignKey(Account, models.CASCADE, related_name="candidates", db_index=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["email", "account"], name="candidate_unique"),
            models.CheckConstraint(
                name="candidate_erased_is_nobody",
                condition=Q(erased_at__isnull=True)
                | Q(name="", phone="", email__endswith=f"@{ERASED_EMAIL_DOMAIN}"),
            ),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="candidate_newest")]

    def __str__(self) -> str:
        return "Erased" if self.erased_at else self.name or self.email


class Stage(models.TextChoices):
    NEW = "new", "New"
    REVIEWING = "reviewing", "Reviewing"
    INTERVIEW = "interview", "Interview"
    OFFER = "offer", "Offer"
    HIRED = "hired", "Hired"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.NEW: frozenset({Stage.REVIEWING, Stage.INTERVIEW, Stage.OFFER, Stage.REJECTED, Stage.WITHDRAWN}),
    Stage.REVIEWING: frozenset({Stage.INTERVIEW, Stage.OFFER, Stage.REJECTED, Stage.WITHDRAWN}),
    Stage.INTERVIEW: frozenset({Stage.REVIEWING, Stage.OFFER, Stage.REJECTED, Stage.WITHDRAWN}),
    Stage.OFFER: frozenset({Stage.INTERVIEW, Stage.HIRED, Stage.REJECTED, Stage.WITHDRAWN}),
    Stage.REJECTED: frozenset({Stage.REVIEWING}),
    Stage.HIRED: frozenset(),
    Stage.WITHDRAWN: frozenset(),
}
"""Which stage may follow which. Nobody is hired without an offer; a hire or a withdrawal is final."""


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, account: Account) -> "ApplicationQuerySet":
        """The job's owner sees an application, and the account that submitted it; nobody else."""
        return self.filter(Q(owner=account) | Q(submitted_by=account))

    def visible_to_person(
        self, *, candidate_ids: Collection[str], emails: Collection[str]
    ) -> "ApplicationQuerySet":
        """Those of a person who has opened the link of one of these candidates, or has these addresses."""
        return self.filter(Q(candidate__public_id__in=candidate_ids) | Q(candidate__email__in=emails))

    def with_note_count(self) -> "ApplicationQuerySet":
        """Give each application its `note_count`."""
        notes = TimelineEvent.objects.filter(application=OuterRef("pk"), kind=TimelineEvent.Kind.NOTE_ADDED)
        return self.annotate(note_count=_count_of(notes, "application"))


def _count_of(rows: models.QuerySet, group: str) -> Coalesce:
    counts = rows.order_by().values(group).annotate(count=Count("*")).values("count")
    return Coalesce(Subquery(counts), 0)


RESUME_FOLDER = "resumes"


def resume_path(application: "Application", filename: str) -> str:
    """Return where an uploaded résumé is stored: nothing of the sender's in its name."""
    return f"{RESUME_FOLDER}/{new_id('file')}"


class Application(models.Model):
    """One candidate's application for one job, as it was sent, and its stage."""

    public_id = PublicIdField("app")
    job = models.ForeignKey(Job, models.PROTECT, related_name="applications", db_index=False)
    owner = models.ForeignKey(
        Account,
        models.PROTECT,
        related_name="applications",
        db_index=False,
        help_text="The account the job belongs to.",
    )
    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="applications", db_index=False)
    submitted_by = models.ForeignKey(
        Account,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="submitted_applications",
        db_index=False,
    )
    candidate_name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    links = ArrayField(models.URLField(max_length=500), default=list, blank=True)
    resume_url = models.URLField(max_length=2000, blank=True)
    resume_file = models.FileField(upload_to=resume_path, max_length=120, blank=True)
    resume_filename = models.CharField(max_length=200, blank=True)
    resume_media_type = models.CharField(max_length=100, blank=True)
    resume_size = models.PositiveIntegerField(null=True, blank=True)
    cover_letter = models.TextField(blank=True)
    source = models.CharField(max_length=60, default="api")
    answers = models.JSONField(default=dict, blank=True)
    consented_at = models.DateTimeField(null=True, blank=True)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.NEW)
    rating = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    submitted_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    link_sent_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the candidate was last sent the link to it."
    )
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["job", "candidate"], name="application_unique"),
            models.CheckConstraint(
                name="application_erased_is_nobodys",
                condition=Q(erased_at__isnull=True)
                | Q(
                    candidate_name="",
                    phone="",
                    links=[],
                    resume_url="",
                    resume_file="",
                    resume_filename="",
                    cover_letter="",
                    answers={},
                    rating__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="application_rating_1_to_5",
                condition=Q(rating__isnull=True) | Q(rating__gte=1, rating__lte=5),
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="application_owner"),
            models.Index(fields=["owner", "stage", "-id"], name="application_owner_stage"),
            models.Index(fields=["owner", "source", "-id"], name="application_owner_source"),
            models.Index(fields=["submitted_by", "-id"], name="application_submitter"),
            models.Index(fields=["job", "stage", "-id"], name="application_job_stage"),
            models.Index(fields=["candidate", "-id"], name="application_candidate"),
            models.Index(fields=["owner", "submitted_at"], name="application_owner_time"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.stage})"


class TimelineEventQuerySet(models.QuerySet["TimelineEvent"]):
    def visible_to(self, account: Account) -> "TimelineEventQuerySet":
        """The job's owner sees all of it; who submitted the application sees where it stands."""
        return self.filter(
            Q(application__owner=account)
            | Q(application__submitted_by=account, kind__in=TimelineEvent.SHOWN_TO_SUBMITTER)
        )


class TimelineEvent(models.Model):
    """One thing that happened to an application. Never changed; an erasure removes notes and ratings."""

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", "Submitted"
        STAGE_CHANGED = "stage_changed", "Stage changed"
        NOTE_ADDED = "note_added", "Note added"
        RATED = "rated", "Rated"

    SHOWN_TO_SUBMITTER = (Kind.SUBMITTED, Kind.STAGE_CHANGED)

    public_id = PublicIdField("evt")
    application = models.ForeignKey(Application, models.CASCADE, related_name="timeline", db_index=False)
    kind = models.CharField(max_length=15, choices=Kind.choices)
    from_stage = models.CharField(max_length=10, blank=True)
    to_stage = models.CharField(max_length=10, blank=True)
    note = models.TextField(blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    account = models.ForeignKey(
        Account,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The account that did it; empty for a candidate.",
    )
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, blank=True, related_name="+")
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TimelineEventQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["application", "id"], name="timeline_order")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.application_id}"
