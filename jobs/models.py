"""Companies and their verification, categories, jobs, and what search reads."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone

from accounts.models import Account, User
from jobs import logos
from jobs.place_models import Place as Place
from jobs.place_models import PlaceName as PlaceName
from jobs.report_models import JobReport as JobReport
from jobs.report_models import ReportCase as ReportCase
from jobs.report_models import ReportReason as ReportReason
from jobs.saved_models import SavedJob as SavedJob
from jobs.saved_models import SavedSearch as SavedSearch
from jobs.search_models import CompanyDocument as CompanyDocument
from jobs.search_models import SearchWord as SearchWord
from jobs.statistics_models import JobDay as JobDay
from jobsphere.ids import PublicIdField

DEFAULT_LIFETIME = timedelta(days=60)
"""How long a posting stays open when its employer names no end."""

LONGEST_LIFETIME = timedelta(days=366)
"""How far ahead the end of a posting may lie."""


class VerificationState(models.TextChoices):
    UNVERIFIED = "unverified", "Not verified"
    PENDING = "pending", "Waiting for review"
    VERIFIED = "verified", "Verified"
    REJECTED = "rejected", "Rejected"


class CompanyQuerySet(models.QuerySet["Company"]):
    def in_good_standing(self) -> "CompanyQuerySet":
        return self.filter(verification_state=VerificationState.VERIFIED, suspended_at__isnull=True)

    def visible_to(self, account: Account | None) -> "CompanyQuerySet":
        """Companies in good standing are public; an account sees its own in any state."""
        public = Q(verification_state=VerificationState.VERIFIED, suspended_at__isnull=True)
        return self.filter(public | Q(account=account)) if account else self.filter(public)


class Company(models.Model):
    """An employer, as its postings name it."""

    public_id = PublicIdField("comp")
    account = models.ForeignKey(Account, models.CASCADE, related_name="companies")
    name = models.CharField(max_length=150)
    slug = models.SlugField(max_length=160, unique=True, db_collation="C")
    domain = models.CharField(
        max_length=253, blank=True, help_text="The company's own domain, such as example.com."
    )
    website = models.URLField(max_length=500, blank=True)
    logo_url = models.URLField(max_length=500, blank=True)
    logo = models.CharField(
        max_length=40, blank=True, editable=False, help_text="The id of an uploaded logo (`jobs.logos`)."
    )
    description = models.TextField(blank=True)
    verification_state = models.CharField(
        max_length=10, choices=VerificationState.choices, default=VerificationState.UNVERIFIED
    )
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "companies"
        indexes = [
            models.Index(F("name"), F("id"), name="company_by_name"),
            models.Index(OpClass(Upper("name"), "text_pattern_ops"), name="company_by_name_prefix"),
            models.Index(fields=["-id"], condition=Q(suspended_at__isnull=False), name="company_suspended"),
            models.Index(fields=["verification_state", "-id"], name="company_by_state"),
            models.Index(fields=["domain"], name="company_by_domain"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def version(self) -> str:
        """Names this state of the company: another one after every change."""
        return self.updated_at.isoformat()

    @property
    def public_logo_url(self) -> str:
        """The address of its logo for everybody: of the uploaded one, else of the one it named; or empty."""
        return logos.url(self.logo) if self.logo else self.logo_url

    @property
    def is_verified(self) -> bool:
        return self.verification_state == VerificationState.VERIFIED

    @property
    def in_good_standing(self) -> bool:
        """Verified and not suspended: only then may its jobs be seen."""
        return self.is_verified and self.suspended_at is None


class VerificationMethod(models.TextChoices):
    EMAIL = "email", "Code by e-mail"
    DNS = "dns", "DNS TXT record"
    WELL_KNOWN = "well_known", "File on the web site"
    STAFF = "staff", "Review by staff"


class VerificationRequest(models.Model):
    """One attempt of a company to be verified, in one of the four ways."""

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        VERIFIED = "verified", "Verified"
        REJECTED = "rejected", "Rejected"
        SUPERSEDED = "superseded", "Superseded"

    company = models.ForeignKey(Company, models.CASCADE, related_name="verification_requests")
    method = models.CharField(max_length=10, choices=VerificationMethod.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    domain = models.CharField(max_length=253, blank=True)
    email = models.EmailField(blank=True)
    code_digest = models.CharField(max_length=64, blank=True, editable=False)
    token = models.CharField(max_length=64, blank=True, editable=False)
    failed_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    statement = models.TextField(blank=True, help_text="What was submitted for staff to look at.")
    links = ArrayField(models.URLField(max_length=500), default=list, blank=True)
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "method", "requested_at"], name="verification_queue")]

    def __str__(self) -> str:
        return f"{self.company}, to be verified by {self.get_method_display().lower()}"


class CompanyEvent(models.Model):
    """What happened to a company: who, when, why. Written once, never changed."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.company}"


class Category(models.Model):
    """A field of work, named in URLs and filters by its slug."""

    slug = models.SlugField(max_length=60, unique=True, db_collation="C")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class EmploymentType(models.TextChoices):
    FULL_TIME = "Full-time", "Full-time"
    PART_TIME = "Part-time", "Part-time"
    CONTRACT = "Contract", "Contract"
    TEMPORARY = "Temporary", "Temporary"
    INTERNSHIP = "Internship", "Internship"
    FREELANCE = "Freelance", "Freelance"


class ExperienceLevel(models.TextChoices):
    INTERNSHIP = "internship", "Internship"
    ENTRY = "entry", "Entry"
    MID = "mid", "Mid"
    SENIOR = "senior", "Senior"
    LEAD = "lead", "Lead"
    EXECUTIVE = "executive", "Executive"


class ApplicationMethod(models.TextChoices):
    JOBSPHERE = "jobsphere", "Here"
    URL = "url", "On another site"
    EMAIL = "email", "By e-mail"


class JobStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    CLOSED = "closed", "Closed"


class Moderation(models.TextChoices):
    UNREVIEWED = "unreviewed", "Not reviewed"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    SUSPENDED = "suspended", "Suspended"


PERMITTED_MODERATION = [Moderation.UNREVIEWED, Moderation.APPROVED]


class JobQuerySet(models.QuerySet["Job"]):
    def listed(self, at: datetime | None = None) -> "JobQuerySet":
        """Published, unexpired jobs of companies in good standing: what anybody may see."""
        return self.filter(self._listed(at))

    def visible_to(self, account: Account | None) -> "JobQuerySet":
        """Listed jobs, and every job of the account's own companies."""
        return self.filter(self._listed() | Q(company__account=account)) if account else self.listed()

    def _listed(self, at: datetime | None = None) -> Q:
        return Q(
            status=JobStatus.PUBLISHED,
            moderation__in=PERMITTED_MODERATION,
            expires_at__gt=at or timezone.now(),
            company__verification_state=VerificationState.VERIFIED,
            company__suspended_at__isnull=True,
        )


class Job(models.Model):
    """A posting, from its draft to its end. It is closed, never erased."""

    public_id = PublicIdField("job")
    company = models.ForeignKey(Company, models.CASCADE, related_name="jobs", db_index=False)
    external_id = models.CharField(max_length=100, blank=True, db_collation="C")
    title = models.CharField(max_length=200)
    description = models.TextField()
    location = models.CharField(max_length=2000)
    place_ids = ArrayField(models.IntegerField(), default=list, editable=False)
    remote = models.BooleanField(default=False)
    type = models.CharField(max_length=10, choices=EmploymentType.choices, default=EmploymentType.FULL_TIME)
    experience_level = models.CharField(max_length=10, choices=ExperienceLevel.choices, null=True, blank=True)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="jobs")
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    salary_min = models.PositiveBigIntegerField(null=True, blank=True)
    salary_max = models.PositiveBigIntegerField(null=True, blank=True)
    salary_currency = models.CharField(max_length=3, blank=True)
    requirements = ArrayField(models.TextField(), default=list, blank=True)
    application_method = models.CharField(
        max_length=10, choices=ApplicationMethod.choices, default=ApplicationMethod.JOBSPHERE
    )
    application_url = models.URLField(max_length=1000, blank=True)
    application_email = models.EmailField(blank=True)
    screening_questions = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.DRAFT)
    moderation = models.CharField(max_length=10, choices=Moderation.choices, default=Moderation.UNREVIEWED)
    review_priority = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="What the review queue is sorted by (`jobs.services.review`)."
    )
    description_digest = models.BigIntegerField(
        null=True, editable=False, help_text="Finds copies of the description (`jobs.fraud.digest`)."
    )
    posted_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                # Imports look jobs up by it, whatever their company is now.
                fields=["external_id", "company"],
                condition=~Q(external_id=""),
                name="job_external_id_unique",
            ),
            models.CheckConstraint(
                name="job_published_is_dated",
                condition=~Q(status=JobStatus.PUBLISHED)
                | Q(posted_at__isnull=False, expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="job_salary_is_a_range",
                condition=Q(salary_min__isnull=True, salary_max__isnull=True, salary_currency="")
                | Q(salary_min__lte=F("salary_max"), salary_currency__regex="^[A-Z]{3}$"),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "status", "-id"], name="job_by_company"),
            models.Index(fields=["moderation", "-id"], name="job_by_moderation"),
            models.Index(fields=["status", "expires_at"], name="job_by_expiry"),
            models.Index(
                fields=["-review_priority", "-posted_at", "-id"],
                condition=Q(moderation=Moderation.UNREVIEWED, status=JobStatus.PUBLISHED),
                name="job_review_queue",
            ),
            models.Index(
                fields=["posted_at"],
                condition=Q(
                    moderation=Moderation.UNREVIEWED, status=JobStatus.PUBLISHED, review_priority__gt=0
                ),
                name="job_review_oldest",
            ),
            models.Index(
                fields=["description_digest", "id"],
                condition=Q(description_digest__isnull=False, posted_at__isnull=False),
                name="job_by_text",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def version(self) -> str:
        """Names this state of the job: another one after every change."""
        return self.updated_at.isoformat()

    @property
    def is_open(self) -> bool:
        """Whether one can apply: listed right now."""
        return (
            self.status == JobStatus.PUBLISHED
            and self.moderation in PERMITTED_MODERATION
            and self.expires_at is not None
            and self.expires_at > timezone.now()
            and self.company.in_good_standing
        )

    @property
    def state(self) -> str:
        """The one word for where it stands: draft, published, expired, closed, rejected or suspended."""
        if self.moderation in (Moderation.REJECTED, Moderation.SUSPENDED):
            return str(self.moderation)
        if self.status == JobStatus.PUBLISHED and self.expires_at and self.expires_at <= timezone.now():
            return "expired"
        return str(self.status)

    @property
    def skills(self) -> list[str]:
        """The tags that are not its category."""
        return skills_of(self.tags, self.category)


def skills_of(tags: Iterable[str], category: Category | None) -> list[str]:
    """Return the tags of a job that are not its category."""
    slug = category.slug if category else None
    return [tag for tag in tags if tag.lower() != slug]


class JobEvent(models.Model):
    """What happened to a job: who, when, why. Written once, never changed."""

    # Written by who made the job or holds it: PostgreSQL need not check that it is there (migration 0015).
    job = models.ForeignKey(Job, models.CASCADE, related_name="events", db_constraint=False)
    kind = models.CharField(max_length=40)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["actor"], condition=Q(actor__isnull=False), name="job_event_by_actor")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.job}"


class Listing(models.Model):
    """The narrow row that search reads: one for each job that can be seen.

    It exists while a job is published, permitted and its company in good standing;
    the services keep it so in the transaction of each change. Expiry alone is a
    matter of the clock and is asked of `expires_at` by every query.

    A count reads the row of every match, so rows are kept small: `document` and `skills`, which only
    their indexes are asked for, lie out of line (migration 0005, docs/decisions/search-at-scale.md).
    """

    # Written by who made the job or holds it; company and category are copies of the job's, whose keys
    # PostgreSQL checks.
    job = models.OneToOneField(
        Job, models.CASCADE, primary_key=True, related_name="listing", db_constraint=False
    )
    company = models.ForeignKey(
        Company, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    type = models.CharField(max_length=10)
    experience_level = models.CharField(max_length=10, null=True)
    remote = models.BooleanField()
    place_ids = ArrayField(models.IntegerField(), help_text="Its places and all that they lie in.")
    location_words = SearchVectorField()
    skills = ArrayField(models.TextField(), help_text="Lower case, for the filter by skills.")
    document = SearchVectorField()
    salary_min = models.PositiveBigIntegerField(null=True)
    salary_max = models.PositiveBigIntegerField(null=True)
    salary_currency = models.CharField(max_length=3)
    posted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-posted_at", "-job_id"]
        indexes = [
            # With the end of each, so that neither a page nor a count by these has to read the rows.
            *(
                models.Index(
                    fields=[*by, "-posted_at", "-job"], include=["expires_at"], name=f"listing_{name}"
                )
                for name, by in {
                    "newest": [],
                    "company": ["company"],
                    "category": ["category"],
                    "type": ["type"],
                    "experience": ["experience_level"],
                    "remote": ["remote"],
                }.items()
            ),
            models.Index(
                fields=["salary_currency", "salary_max"],
                include=["expires_at", "posted_at", "job"],
                name="listing_salary",
            ),
            models.Index(
                F("salary_max").desc(nulls_last=True),
                F("posted_at").desc(),
                F("job").desc(),
                include=["expires_at"],
                name="listing_by_salary",
            ),
            # What many listings hold is written together; what waits costs a search in the database
            # up to two thirds of a millisecond.
            *(
                GinIndex(
                    fields=[column], name=f"listing_{name}", fastupdate=True, gin_pending_list_limit=4096
                )
                for name, column in {
                    "places": "place_ids",
                    "skills": "skills",
                    "location_words": "location_words",
                    "document": "document",
                }.items()
            ),
        ]

    def __str__(self) -> str:
        return f"listing of {self.job_id}"


class ListingChange(models.Model):
    """How often listings, or what answers show of them, changed: the sum of all rows grows with each.

    A trigger counts (migration 0005), in a row that no other transaction holds, so that writers never
    wait for each other. Two snapshots with the same sum see the same listings: sums only grow, and of
    two snapshots one sees all that the other does.
    """

    changes = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.changes} changes"
