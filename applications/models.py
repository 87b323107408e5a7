"""Candidates, their applications, and what happened to each."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, ApiKey, User
from jobs.models import Job
from jobsphere.ids import PublicIdField, new_id


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def visible_to(self, account: Account) -> "CandidateQuerySet":
        """Only the employer that a candidate applied to sees the candidate."""
        return self.filter(account=account)


class Candidate(models.Model):
    """A person who applied to an employer; the same person is another row for each employer."""

    public_id = PublicIdField("cand")
    account = models.ForeignKey(Account, models.CASCADE, related_name="candidates")
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["account", "email"], name="candidate_unique")]
        indexes = [models.Index(fields=["account", "-id"], name="candidate_newest")]

    def __str__(self) -> str:
        return self.name or self.email


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


def resume_path(application: "Application", filename: str) -> str:
    """Return where an uploaded résumé is stored: nothing of the sender's in its name."""
    return f"resumes/{new_id('file')}"


class Application(models.Model):
    """One candidate's application for one job, as it was sent, and its stage."""

    public_id = PublicIdField("app")
    job = models.ForeignKey(Job, models.PROTECT, related_name="applications")
    owner = models.ForeignKey(
        Account, models.PROTECT, related_name="applications", help_text="The account the job belongs to."
    )
    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="applications")
    submitted_by = models.ForeignKey(
        Account, models.SET_NULL, null=True, blank=True, related_name="submitted_applications"
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

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["job", "candidate"], name="application_unique"),
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


class TimelineEvent(models.Model):
    """One thing that happened to an application. Written once, never changed."""

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", "Submitted"
        STAGE_CHANGED = "stage_changed", "Stage changed"
        NOTE_ADDED = "note_added", "Note added"
        RATED = "rated", "Rated"

    public_id = PublicIdField("evt")
    application = models.ForeignKey(Application, models.CASCADE, related_name="timeline")
    kind = models.CharField(max_length=15, choices=Kind.choices)
    from_stage = models.CharField(max_length=10, blank=True)
    to_stage = models.CharField(max_length=10, blank=True)
    note = models.TextField(blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, blank=True, related_name="+")
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["application", "id"], name="timeline_order")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.application_id}"
