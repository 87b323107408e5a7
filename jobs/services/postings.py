"""Jobs from their draft to their end: create, change, publish, close."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, NotRequired, TypedDict

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account, User
from jobs import fraud, places
from jobs.models import (
    DEFAULT_LIFETIME,
    LONGEST_LIFETIME,
    ApplicationMethod,
    Category,
    Company,
    Job,
    JobEvent,
    JobStatus,
    Moderation,
)
from jobs.services import listings, review
from jobsphere.errors import Forbidden, InvalidParameter, Stale


class SalaryRange(TypedDict):
    """Yearly pay in whole units of an ISO 4217 currency, `min` <= `max`."""

    min: int
    max: int
    currency: str


class ApplicationInstructions(TypedDict):
    """How one applies: here, at a URL, or by e-mail."""

    method: str
    url: NotRequired[str]
    email: NotRequired[str]


class NotYourCompany(Forbidden):
    code = "not_your_company"


class EmployerNotVerified(Forbidden):
    code = "employer_not_verified"


class DuplicateExternalId(InvalidParameter):
    code = "duplicate_external_id"


PLAIN_FIELDS = (
    "external_id",
    "title",
    "description",
    "type",
    "experience_level",
    "requirements",
    "expires_at",
)


def company_to_post_for(*, account: Account, company_id: str) -> Company:
    """Return the company, if this account may publish jobs in its name.

    Raises:
        NotYourCompany: another account's, or nobody's.
        EmployerNotVerified: not verified, or suspended by staff.
    """
    company = Company.objects.filter(public_id=company_id, account=account).first()
    if company is None:
        raise NotYourCompany("company_id must be the id of one of your companies.", param="company_id")
    _check_standing(company)
    return company


def _check_standing(company: Company) -> None:
    if not company.is_verified:
        raise EmployerNotVerified(
            f"{company.name} is not verified yet: verify it in the dashboard, then post.", param="company_id"
        )
    if company.suspended_at is not None:
        raise EmployerNotVerified(
            f"{company.name} is suspended: see the reason in the dashboard.", param="company_id"
        )


@transaction.atomic
def create_job(
    *, company: Company, fields: Mapping[str, Any], publish: bool = True, user: User | None = None
) -> Job:
    """Create a job, and publish it unless it is to be a draft.

    Args:
        fields: `title`, `description` (Markdown) and `location`, and any of `tags`, `remote`, `type`,
            `experience_level`, `salary_range` (`SalaryRange` or None), `requirements`,
            `application_instructions` (`ApplicationInstructions`), `screening_questions`,
            `expires_at`, `external_id`; already of the right types.
        user: the person who does it, where it is not an API key.

    Raises:
        EmployerNotVerified: the company is not verified, or suspended.
        DuplicateExternalId: the company has a job with this external id.
        InvalidParameter: an end in the past.
    """
    company = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    _check_standing(company)
    job = Job(company=company)
    _assign(job, fields)
    _save(job)
    _record(job, "created", user)
    if publish:
        _publish(job, user)
    return job


@transaction.atomic
def update_job(
    *,
    job: Job,
    changes: Mapping[str, Any],
    status: str | None = None,
    user: User | None = None,
    version: str | None = None,
) -> Job:
    """Change what is named, and nothing else.

    Args:
        changes: as `fields` of `create_job`.
        status: `draft` takes it off the board, `published` puts it there (again).
        version: the job's, upon which the changes were made; None overwrites any.

    Raises:
        Stale: the job has another version by now.
        EmployerNotVerified, DuplicateExternalId, InvalidParameter: as `create_job`.
    """
    job = _lock(job)
    if version not in (None, job.version):
        raise Stale(f"{job.title} was changed meanwhile.")
    _check_standing(job.company)
    words = review.approved_words(job)
    _assign(job, changes)
    if job.moderation == Moderation.APPROVED and review.approved_words(job) != words:
        job.moderation = Moderation.UNREVIEWED
    job.updated_at = timezone.now()
    _save(job)
    if changes:
        _record(job, "changed", user)
    if status == JobStatus.PUBLISHED and (job.status != JobStatus.PUBLISHED or _has_ended(job)):
        _publish(job, user)
    elif status == JobStatus.DRAFT and job.status != JobStatus.DRAFT:
        _withdraw(job, JobStatus.DRAFT, user)
    else:
        if job.status == JobStatus.PUBLISHED:
            review.prioritise([job])
        listings.refresh([job])
    return job


def duplicate_job(*, job: Job, user: User | None = None) -> Job:
    """Make a draft that says what this job says, without its external id and its end.

    Raises:
        EmployerNotVerified: as `create_job`.
    """
    salary = None
    if job.salary_min is not None and job.salary_max is not None:
        salary = SalaryRange(min=job.salary_min, max=job.salary_max, currency=job.salary_currency)
    said = ("title", "description", "location", "remote", "type", "experience_level", "requirements", "tags")
    fields = {name: getattr(job, name) for name in (*said, "screening_questions")}
    fields |= {
        "salary_range": salary,
        "application_instructions": ApplicationInstructions(
            method=job.application_method, url=job.application_url, email=job.application_email
        ),
    }
    return create_job(company=job.company, fields=fields, publish=False, user=user)


@transaction.atomic
def close_job(*, job: Job, user: User | None = None) -> Job:
    """Take a job off the board for good; its applications stay. Closing twice changes nothing."""
    job = _lock(job)
    if job.status != JobStatus.CLOSED:
        _withdraw(job, JobStatus.CLOSED, user)
    return job


def _lock(job: Job) -> Job:
    # The company too: suspending it waits, so that no listing is written for one that just lost its standing.
    locked = Job.objects.select_for_update(of=("self", "company"), no_key=True)
    return locked.select_related("company", "category").get(pk=job.pk)


def _publish(job: Job, user: User | None) -> None:
    now = timezone.now()
    if job.expires_at is None or _has_ended(job):
        job.expires_at = now + DEFAULT_LIFETIME
    job.status = JobStatus.PUBLISHED
    job.posted_at = job.posted_at or now
    job.closed_at = None
    job.save(update_fields=["status", "posted_at", "expires_at", "closed_at"])
    _record(job, "published", user)
    review.prioritise([job])
    listings.refresh([job])


def _has_ended(job: Job) -> bool:
    return job.expires_at is not None and job.expires_at <= timezone.now()


def _withdraw(job: Job, status: JobStatus, user: User | None) -> None:
    now = timezone.now()
    job.status = status
    job.updated_at = now
    job.closed_at = now if status == JobStatus.CLOSED else None
    job.save(update_fields=["status", "closed_at", "updated_at"])
    _record(job, "closed" if status == JobStatus.CLOSED else "unpublished", user)
    listings.refresh([job])


def _record(job: Job, kind: str, user: User | None) -> None:
    JobEvent.objects.create(job=job, kind=kind, actor=user)


def _assign(job: Job, fields: Mapping[str, Any]) -> None:
    for name in PLAIN_FIELDS:
        if name in fields:
            setattr(job, name, fields[name])
    if "description" in fields:
        job.description_digest = fraud.digest(fields["description"])
    if fields.get("expires_at") is not None:
        check_end(fields["expires_at"])
    if "screening_questions" in fields:
        job.screening_questions = _with_ids(fields["screening_questions"])
    if "tags" in fields:
        assign_tags(job, fields["tags"])
    if "location" in fields:
        _assign_location(job, fields["location"])
    if fields.get("remote") is not None:
        job.remote = fields["remote"]
    if "salary_range" in fields:
        _assign_salary(job, fields["salary_range"])
    if "application_instructions" in fields:
        _assign_instructions(job, fields["application_instructions"])


def check_end(expires_at: datetime) -> None:
    """Check that a posting may end then.

    Raises:
        InvalidParameter: `out_of_range`: in the past, or too far ahead.
    """
    now = timezone.now()
    if expires_at <= now:
        message = "expires_at must lie in the future."
    elif expires_at > now + LONGEST_LIFETIME:
        message = f"expires_at must be at most {LONGEST_LIFETIME.days} days ahead."
    else:
        return
    raise InvalidParameter(message, param="expires_at", code="out_of_range")


def _with_ids(questions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give each question that has no id the next free one of `q1`, `q2` and so on."""
    taken = {question.get("id") for question in questions}
    free = (name for number in count(1) if (name := f"q{number}") not in taken)
    return [
        {
            "id": question.get("id") or next(free),
            "question": question["question"],
            "required": question.get("required", False),
        }
        for question in questions
    ]


def assign_tags(job: Job, tags: Sequence[str]) -> None:
    """Keep the tags in order and once each; the first that is a category's slug sets the category."""
    by_key = {tag.lower(): tag for tag in reversed(tags)}
    job.tags = [tag for tag in tags if by_key.pop(tag.lower(), None) is not None]
    slugs = [tag.lower() for tag in job.tags]
    found = {category.slug: category for category in Category.objects.filter(slug__in=slugs)}
    job.category = next((found[slug] for slug in slugs if slug in found), None)


def _assign_location(job: Job, location: str) -> None:
    resolved = places.resolve_location(location)
    said = job.location and places.resolve_location(job.location).remote != job.remote
    if not said:  # what the employer said apart from the location stays
        job.remote = resolved.remote
    job.location = location
    job.place_ids = list(resolved.place_ids)


def _assign_salary(job: Job, salary: SalaryRange | None) -> None:
    job.salary_min = salary["min"] if salary else None
    job.salary_max = salary["max"] if salary else None
    job.salary_currency = salary["currency"] if salary else ""


def _assign_instructions(job: Job, instructions: ApplicationInstructions | None) -> None:
    given = instructions or ApplicationInstructions(method=ApplicationMethod.JOBSPHERE)
    job.application_method = given["method"]
    job.application_url = given.get("url", "")
    job.application_email = given.get("email", "")


def _save(job: Job) -> None:
    if job.external_id:
        others = Job.objects.filter(company=job.company, external_id=job.external_id)
        first = others.exclude(pk=job.pk).first()
        if first is not None:
            raise _duplicate(job, first)
    try:
        with transaction.atomic():
            job.save()
    except IntegrityError as error:
        if "job_external_id_unique" not in str(error):
            raise
        first = Job.objects.get(company=job.company, external_id=job.external_id)
        raise _duplicate(job, first) from error


def _duplicate(job: Job, first: Job) -> DuplicateExternalId:
    return DuplicateExternalId(
        f"{first.public_id} already has the external_id {job.external_id}: change that job instead.",
        param="external_id",
    )
