"""What of jobs, applications and candidates an account may see."""

from accounts.models import Account
from applications.models import Application, ApplicationQuerySet, Candidate, CandidateQuerySet
from jobs.models import Job, JobStatus


def normalize_email(email: str) -> str:
    """Return the one spelling of an e-mail address by which a candidate is known: trimmed, in lower case."""
    return email.strip().lower()


def find_job(*, account: Account | None, job_id: str) -> Job | None:
    """Return a job that the account may know of, open or not.

    That is one it sees, and one that was on the board and has closed or expired since:
    whoever applies too late is told so, rather than that it never was.
    """
    once_public = Job.objects.filter(
        posted_at__isnull=False, status__in=[JobStatus.PUBLISHED, JobStatus.CLOSED]
    )
    known = Job.objects.visible_to(account) | once_public
    return known.select_related("company__account").filter(public_id=job_id).first()


def applications_of(account: Account) -> ApplicationQuerySet:
    """Return the applications that an account sees, newest first, with all that is shown of them."""
    return Application.objects.visible_to(account).select_related("job", "candidate").with_note_count()


def candidates_of(account: Account) -> CandidateQuerySet:
    """Return the candidates that an account sees, newest first, with the number of their applications."""
    return Candidate.objects.visible_to(account).with_application_count()
