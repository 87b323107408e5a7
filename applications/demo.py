"""An employer with jobs and applicants, all made up, to try JobSphere with."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import Account, Plan, Scope, User
from accounts.services import create_key, open_account
from applications.models import Application, Stage
from applications.services import Actor, Changes, submit_application, update_application
from jobs.models import Company, Job
from jobs.services.categories import load_categories
from jobs.services.companies import create_company
from jobs.services.postings import create_job
from jobs.services.verification import approve_company

EMPLOYER_EMAIL = "employer@example.com"
STAFF_EMAIL = "staff@example.com"

ENGINEER: dict[str, Any] = {
    "external_id": "LR-101",
    "title": "Senior Robotics Engineer",
    "location": "Remote",
    "tags": ["engineering", "ROS 2", "C++", "Python"],
    "experience_level": "senior",
    "salary_range": {"min": 140_000, "max": 185_000, "currency": "USD"},
    "requirements": ["Five years with robots that left the laboratory", "C++ and Python"],
    "screening_questions": [
        {"question": "Which robot are you proudest of?", "required": True},
        {"question": "When could you start?", "required": False},
    ],
    "description": (
        "Our arms pick fruit. You will make them **gentler and faster**.\n\n"
        "## What you will do\n\n"
        "- plan motion among leaves that move\n"
        "- bring what works in simulation to the orchard\n\n"
        "We meet in person four times a year, in harvest season more often."
    ),
}
SCIENTIST: dict[str, Any] = {
    "external_id": "LR-102",
    "title": "Data Scientist, Harvest Forecasts",
    "location": "Boston, Massachusetts; Remote",
    "tags": ["data-science", "Python", "SQL", "Time series"],
    "experience_level": "mid",
    "salary_range": {"min": 115_000, "max": 150_000, "currency": "USD"},
    "description": "Tell growers **when** each row will be ripe, a week before it is.",
}
INTERN: dict[str, Any] = {
    "external_id": "LR-103",
    "title": "Field Operations Intern",
    "location": "Wenatchee, Washington",
    "tags": ["operations"],
    "type": "Internship",
    "experience_level": "internship",
    "description": "A summer among apple trees: set robots up, watch them, mend them.",
}
DRAFT: dict[str, Any] = {
    "external_id": "LR-104",
    "title": "Head of Product",
    "location": "Boston, Massachusetts",
    "tags": ["product"],
    "experience_level": "lead",
    "description": "Not on the board yet: a draft that only its employer sees.",
}


class Applicant(NamedTuple):
    """Who applied, and what the employer did with it, one step after the other."""

    name: str
    email: str
    cover_letter: str
    steps: tuple[Changes, ...] = ()


APPLICANTS: Mapping[str, tuple[Applicant, ...]] = {
    "LR-101": (
        Applicant(
            "Amara Okafor",
            "amara.okafor@example.com",
            "I have put three arms into greenhouses, and all of them still work.",
            (
                {"stage": Stage.REVIEWING},
                {"stage": Stage.INTERVIEW, "rating": 5, "note": "Knows why grippers bruise peaches."},
            ),
        ),
        Applicant(
            "Lukas Brandt", "lukas.brandt@example.org", "Orchards, at last.", ({"stage": Stage.REVIEWING},)
        ),
        Applicant("Mei Tanaka", "mei.tanaka@example.net", "My thesis was on motion planning among leaves."),
        Applicant(
            "Diego Ruiz",
            "diego.ruiz@example.com",
            "I learn fast.",
            ({"stage": Stage.REJECTED, "note": "Kind and keen; ask again in two years."},),
        ),
    ),
    "LR-102": (
        Applicant("Amara Okafor", "amara.okafor@example.com", "I would also enjoy this one."),
        Applicant(
            "Sofia Lindqvist",
            "sofia.lindqvist@example.com",
            "I forecast strawberries for a living.",
            ({"stage": Stage.INTERVIEW, "rating": 4}, {"stage": Stage.OFFER}),
        ),
    ),
}


@dataclass(frozen=True)
class Demo:
    """What was made; `secret` is that of a Read/Write key of the account."""

    account: Account
    company: Company
    jobs: Mapping[str, Job]
    application: Application
    secret: str


def find_demo_account() -> Account | None:
    """Return the account that `load_demo` made, if it has."""
    return Account.objects.filter(members__email=EMPLOYER_EMAIL).order_by("pk").first()


@transaction.atomic
def load_demo(*, employer_password: str, staff_password: str) -> Demo:
    """Make the demonstration: a member of staff, a verified employer with four jobs, and its applicants."""
    load_categories()
    staff = User.objects.create_superuser(STAFF_EMAIL, staff_password, name="Sam Staff")
    employer = User.objects.create_user(EMPLOYER_EMAIL, employer_password, name="Erin Employer")
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in (staff, employer)
    )
    account = open_account(name="Larkfield Robotics", owner=employer, plan=Plan.PRO)
    company = create_company(
        account=account,
        name="Larkfield Robotics",
        domain="larkfield.example",
        website="https://larkfield.example",
        description="Robots that pick fruit without bruising it. Made up, for this demonstration.",
        user=employer,
    )
    company = approve_company(company=company, staff=staff, reason="The demonstration's employer.")
    jobs = {
        fields["external_id"]: create_job(
            company=company, fields=fields, publish=fields is not DRAFT, user=employer
        )
        for fields in (ENGINEER, SCIENTIST, INTERN, DRAFT)
    }
    applications = [
        _apply(jobs[external_id], applicant, Actor(account=account, user=employer))
        for external_id, applicants in APPLICANTS.items()
        for applicant in applicants
    ]
    _, secret = create_key(
        account=account, name="Demonstration", scope=Scope.READ_WRITE, mode="test", created_by=employer
    )
    return Demo(account, company, jobs, application=applications[0], secret=secret)


def _apply(job: Job, applicant: Applicant, employer: Actor) -> Application:
    answers = {question["id"]: "The one in my garden." for question in job.screening_questions[:1]}
    application = submit_application(
        job=job,
        by=Actor(),
        candidate_email=applicant.email,
        candidate_name=applicant.name,
        resume_url=f"https://resumes.example.com/{applicant.email.partition('@')[0]}.pdf",
        cover_letter=applicant.cover_letter,
        source="board",
        answers=answers,
        consent=True,
    )
    for changes in applicant.steps:
        application = update_application(application=application, by=employer, changes=changes)
    return application


def example_calls(demo: Demo, base_url: str) -> Iterator[tuple[str, str]]:
    """Yield what each call of the API does, and a `curl` command that makes it with the demo's key and ids.

    Args:
        base_url: scheme, host and port.
    """
    engineer, scientist, intern = (demo.jobs[number].public_id for number in ("LR-101", "LR-102", "LR-103"))
    application = f"/applications/{demo.application.public_id}"
    new_job = {
        "title": "Machine Vision Engineer",
        "company_id": demo.company.public_id,
        "description": "Tell a **ripe** apple from a red one.",
        "location": "Remote",
        "tags": ["engineering", "Python", "OpenCV"],
    }
    new_application = {
        "job_id": scientist,
        "candidate_email": "dev@example.com",
        "resume_url": "https://secure.storage/resume.pdf",
        "cover_letter": "I am excited to apply for this job.",
        "source": "api_integration",
    }
    search = "q=robotics+engineer&category=engineering&location=remote&experience_level=senior&limit=5"
    calls: list[tuple[str, str, str, dict[str, Any] | None]] = [
        ("Who am I", "GET", "/me", None),
        ("Find jobs", "GET", f"/jobs?{search}", None),
        ("Find jobs in a place", "GET", "/jobs?q=analyst&location=usa&page=1", None),
        ("Read a job", "GET", f"/jobs/{engineer}", None),
        ("Post a job", "POST", "/jobs", new_job),
        (
            "Change a job",
            "PATCH",
            f"/jobs/{engineer}",
            {"salary_range": {"min": 145000, "max": 190000, "currency": "USD"}},
        ),
        ("Close a job", "DELETE", f"/jobs/{intern}", None),
        ("Submit an application", "POST", "/applications", new_application),
        ("List applications", "GET", f"/applications?job_id={engineer}&stage=interview", None),
        ("Read an application", "GET", application, None),
        ("Follow what happened to it", "GET", f"{application}/timeline", None),
        ("Move it to another stage", "PATCH", application, {"stage": "offer", "note": "Everyone wants her."}),
        ("List candidates", "GET", "/candidates", None),
        ("Read a candidate", "GET", f"/candidates/{demo.application.candidate.public_id}", None),
        ("List categories", "GET", "/categories", None),
        ("List your companies", "GET", "/companies?mine=true", None),
        ("Read a company", "GET", f"/companies/{demo.company.public_id}", None),
    ]
    for title, method, path, body in calls:
        yield title, shlex.join(_curl(method, f"{base_url}/v1{path}", demo.secret, body))


def _curl(method: str, url: str, secret: str, body: Mapping[str, Any] | None) -> list[str]:
    command = ["curl", "-sS", url, "-H", f"Authorization: Bearer {secret}"]
    if method not in ("GET", "POST"):
        command += ["-X", method]
    if method == "POST":
        # So that the command can be sent again: it has the first answer then.
        command += ["-H", f"Idempotency-Key: demo-{url.rpartition('/')[2]}"]
    if body is not None:
        command += ["-H", "Content-Type: application/json", "-d", json.dumps(body, ensure_ascii=False)]
    return command
