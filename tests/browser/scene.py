"""What the pages show when they are looked at: real postings, an employer at work, a newcomer."""

from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.management import call_command

from accounts import services
from accounts.models import Account, Role, Scope, User
from applications.demo import EMPLOYER_EMAIL, STAFF_EMAIL, Demo, load_demo
from applications.messages import save_template, send_message
from applications.models import Application
from applications.services import Actor, submit_application
from applications.status_links import status_link
from jobs.models import Job
from jobs.place_data import load_places
from jobs.services import postings, saved
from jobs.services.companies import create_company
from tests.accounts.browser import PASSWORD, make_confirmed_user, make_member
from tests.browser.pdf import PDF

REAL_POSTINGS = 150


@dataclass(frozen=True)
class Scene:
    """What `build` made.

    Args:
        people: who looks at pages.
        names: what the paths of pages hold in braces.
    """

    people: dict[str, User]
    names: dict[str, str]


def build() -> Scene:
    """Fill an empty database."""
    load_places()
    demo = load_demo(employer_password=PASSWORD, staff_password=PASSWORD)
    call_command("import_postings", "--reopen", f"--limit={REAL_POSTINGS}", verbosity=0)
    employer = User.objects.get(email=EMPLOYER_EMAIL)
    candidate = make_confirmed_user("kim.candidate@example.com", name="Kim Candidate")
    newcomer = make_confirmed_user("nora.newcomer@example.com", name="Nora Newcomer")
    services.open_account(name="Newcomers", owner=newcomer)
    people = {
        "employer": employer,
        "viewer": make_member(demo.account, Role.VIEWER, name="Vera Viewer"),
        "candidate": candidate,
        "newcomer": newcomer,
        "staff": User.objects.get(email=STAFF_EMAIL),
    }
    application = _apply(demo, candidate)
    names = _jobs(demo, employer) | _work(demo, employer, application) | _account(demo.account, employer)
    return Scene(people, names | _saved(demo, candidate))


def _jobs(demo: Demo, employer: User) -> dict[str, str]:
    copy = postings.duplicate_job(job=demo.jobs["LR-103"], user=employer)
    closed = postings.update_job(
        job=copy, changes={"title": "Orchard Scout"}, status="published", user=employer
    )
    postings.close_job(job=closed, user=employer)
    unproven = create_company(
        account=demo.account, name="Larkfield Labs", domain="labs.example", user=employer
    )
    real = Job.objects.exclude(company__account=demo.account).order_by("pk")[:1].get()
    return {
        "job": demo.jobs["LR-101"].public_id,
        "job_pk": str(demo.jobs["LR-101"].pk),
        "draft": demo.jobs["LR-104"].public_id,
        "real_job": real.public_id,
        "closed_job": closed.public_id,
        "company": demo.company.public_id,
        "company_slug": demo.company.slug,
        "unproven": unproven.public_id,
    }


def _saved(demo: Demo, candidate: User) -> dict[str, str]:
    saved.save_job(user=candidate, job=demo.jobs["LR-102"])
    search = saved.save_search(
        user=candidate, name="Robots in Boston", query_string="q=robot&location=boston"
    )
    return {
        "search": search.public_id,
        "unsubscribe_token": saved.unsubscribe_link(search).partition("token=")[2],
    }


def _apply(demo: Demo, candidate: User) -> Application:
    job = demo.jobs["LR-101"]
    return submit_application(
        job=job,
        by=Actor(),
        candidate_email=candidate.email,
        candidate_name=candidate.name,
        phone="+49 30 901820",
        links=["https://example.com/kim"],
        resume=ContentFile(PDF, name="kim-candidate.pdf"),
        cover_letter="I have built grippers for six years.\n\nMay I show you the one for peaches?",
        source="board",
        answers={question["id"]: "The one that picks pears." for question in job.screening_questions},
        consent=True,
    )


def _work(demo: Demo, employer: User, application: Application) -> dict[str, str]:
    actor = Actor(account=demo.account, user=employer)
    subject, body = "Your application as {{job_title}}", "Dear {{candidate_name}},\n\nthank you!"
    template = save_template(account=demo.account, name="Thanks", subject=subject, body=body)
    send_message(application=application, by=actor, subject="When could we talk?", body="Tuesday?")
    return {
        "application": application.public_id,
        "template": template.public_id,
        "status_token": status_link(application).partition("token=")[2],
    }


def _account(account: Account, employer: User) -> dict[str, str]:
    invitation = services.invite_member(
        account=account, email="ines.invited@example.com", role=Role.RECRUITER, invited_by=employer
    )
    key, _ = services.create_key(account=account, name="Careers page", scope=Scope.READ, created_by=employer)
    services.revoke_key(
        key=services.create_key(account=account, name="Old site", scope=Scope.READ, created_by=employer)[0]
    )
    return {"key": key.public_id, "invitation": invitation.public_id}
