"""People who apply, and members who look at them, for tests of the employer's pages."""

from typing import Any

from accounts.models import Account, Role, User
from applications.models import Application, Candidate
from applications.services import Actor, submit_application
from jobs.models import Job
from tests.accounts.browser import Browser, browser_of, make_confirmed_user, make_member
from tests.fixtures.factories import make_account

TABLE = "/dashboard/applicants"


def apply(job: Job, name: str = "Ada Abara", **fields: Any) -> Application:
    """Return the application of a person for a job; the e-mail address follows from the name."""
    email = f"{name.lower().replace(' ', '.').encode('ascii', 'ignore').decode()}@example.com"
    given = {
        "candidate_name": name,
        "candidate_email": email,
        "resume_url": "" if "resume" in fields else "https://resumes.example.com/cv",
        "source": "board",
        **fields,
    }
    return submit_application(job=job, by=Actor(), **given)


def apply_many(job: Job, count: int, **fields: Any) -> list[Application]:
    """Return applications of `count` people, made in two queries and without a timeline."""
    owner = job.company.account
    candidates = Candidate.objects.bulk_create(
        Candidate(account=owner, email=f"person{number}@example.com", name=f"Person {number}")
        for number in range(count)
    )
    return Application.objects.bulk_create(
        Application(job=job, owner=owner, candidate=each, candidate_name=each.name, **fields)
        for each in candidates
    )


def path(application: Application, tail: str = "") -> str:
    return f"{TABLE}/{application.public_id}{tail}"


def board_path(job: Job) -> str:
    return f"/dashboard/jobs/{job.public_id}/applicants"


def member(account: Account, role: str = Role.RECRUITER) -> User:
    """Return the member of this role, making one if there is none."""
    found = account.memberships.filter(role=role, user__email=f"{role}@techcorp.example").first()
    return (
        found.user
        if found
        else make_member(account, role, email=f"{role}@techcorp.example", name=f"The {role}")
    )


def browser_as(account: Account, role: str = Role.RECRUITER) -> Browser:
    return browser_of(member(account, role))


def stranger_browser() -> Browser:
    """Return the browser of an owner of another account."""
    user = make_confirmed_user("stranger@elsewhere.example")
    make_account(name="Elsewhere", owner=user)
    return browser_of(user)
