"""What the pages show when they are looked at: real postings, an employer at work, a newcomer."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Group
from django.core import mail
from django.core.files.base import ContentFile
from django.core.management import call_command

from accounts import services
from accounts.models import Account, Role, Scope, User
from applications.demo import EMPLOYER_EMAIL, STAFF_EMAIL, Demo, load_demo
from applications.messages import save_template, send_message
from applications.models import Application
from applications.services import Actor, erase_candidate, submit_application, withdraw_application
from applications.status_links import status_link
from jobs.models import Job
from jobs.place_data import load_places
from jobs.services import moderation, postings, reports, saved, verification
from jobs.services.companies import create_company
from tests.accounts.browser import PASSWORD, make_confirmed_user, make_member
from tests.browser.pdf import PDF
from tests.fixtures.factories import make_user

REAL_POSTINGS = 150

FORGETFUL = "fay.forgetful@example.com"
SWITCHED_OFF = "oscar.off@example.com"
TWO_STEPS = "gina.guarded@example.com"

ODD_JOB = {
    "title": "Data Entry from Home, No Experience",
    "location": "Remote",
    "description": (
        "Earn well from your sofa. New hires have to pay a registration fee of $50, which comes back with "
        "the first pay. You receive payments in your own bank account and send them on. Interviews are "
        "held on Telegram; write to quick.talent@gmail.com."
    ),
}
ASKING = [
    (
        "Stone Oven Bakery",
        "",
        "We are a family bakery in the third generation and have no domain of our own. You find us in the "
        "trade register of Bremen as HRB 12345, and the town's paper wrote about our hundredth year; the "
        "telephone number there is ours. Call us in the afternoon, as the mornings belong to the bread.",
        ["https://register.example/12345", "https://paper.example/bakery"],
    ),
    ("Larkfield Robotics GmbH", "larkfield.example", "We are their branch in Berlin.", []),
]
"""Companies that ask to be verified: name, domain, statement and links."""


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
        "leaver": make_confirmed_user("lee.leaver@example.com", name="Lee Leaver"),
        "guarded": _guarded(),
        "clerk": make_user(name="Cleo Clerk", is_staff=True),
        "staff": User.objects.get(email=STAFF_EMAIL),
    }
    people["clerk"].groups.set(Group.objects.filter(name="Staff"))
    make_confirmed_user(FORGETFUL)
    make_confirmed_user(SWITCHED_OFF, is_active=False)
    application = _apply(demo, candidate)
    names = _jobs(demo, employer) | _work(demo, employer, application) | _account(demo.account, employer)
    names |= _saved(demo, candidate) | _queues(people["staff"]) | _gone(demo, people["leaver"])
    return Scene(people, names | _companies(demo, employer, people["staff"]))


def _guarded() -> User:
    """A person with an authenticator app and recovery codes."""
    user = make_confirmed_user(TWO_STEPS, name="Gina Guarded")
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    return user


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


def _queues(staff: User) -> dict[str, str]:
    """What waits for staff: a posting that readers reported, and companies that ask to be verified."""
    swindler = make_confirmed_user("max.quick@example.com", name="Max Quick")
    account = services.open_account(name="Quick Talent", owner=swindler)
    quick = create_company(account=account, name="Quick Talent", domain="quick.example", user=swindler)
    quick = verification.approve_company(company=quick, staff=staff)
    odd = postings.create_job(company=quick, fields=ODD_JOB, publish=True, user=swindler)
    reports.report_job(job_id=odd.public_id, reason="money", network="a", details="They want 50 EUR first.")
    reports.report_job(job_id=odd.public_id, reason="fraud", network="b")
    requests = [
        verification.request_by_staff(
            company=create_company(account=account, name=name, domain=domain, user=swindler),
            statement=statement,
            links=links,
            user=swindler,
        )
        for name, domain, statement, links in ASKING
    ]
    return {
        "odd_job_pk": str(odd.pk),
        "case_pk": str(odd.report_cases.get().pk),
        "request_pk": str(requests[0].pk),
        "company_pk": str(quick.pk),
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


def _companies(demo: Demo, employer: User, staff: User) -> dict[str, str]:
    """Companies of the employer on the way to their verification, and off it."""
    begun, refused, in_review, suspended = (
        create_company(
            account=demo.account, name=f"Larkfield {name}", domain=f"{name.lower()}.example", user=employer
        )
        for name in ("Seeds", "Loans", "Farms", "Money")
    )
    verification.request_by_email(company=begun, email="erin@seeds.example", user=employer)
    verification.request_by_dns(company=begun, user=employer)
    verification.request_by_well_known(company=begun, user=employer)
    for company in (refused, in_review):
        verification.request_by_staff(company=company, statement="We belong to Larkfield.", user=employer)
    verification.reject_company(company=refused, staff=staff, reason="Nothing shows that you act for it.")
    verification.approve_company(company=suspended, staff=staff)
    moderation.suspend_company(company=suspended, staff=staff, reason="Its jobs asked applicants for money.")
    return {
        "begun": begun.public_id,
        "refused": refused.public_id,
        "in_review": in_review.public_id,
        "suspended": suspended.public_id,
    }


def _gone(demo: Demo, leaver: User) -> dict[str, str]:
    """Applications that a candidate withdrew, and had erased."""
    withdrawn = withdraw_application(application=_apply(demo, leaver))
    erased = _apply(demo, make_user(email="eve.erased@example.com", name="Eve Erased"))
    token = status_link(erased).partition("token=")[2]
    erase_candidate(candidate=erased.candidate)
    return {"withdrawn": withdrawn.public_id, "erased_token": token}


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
    link = next(word for word in str(mail.outbox[-1].body).split() if "token=" in word)
    parts = urlsplit(link)
    key, _ = services.create_key(account=account, name="Careers page", scope=Scope.READ, created_by=employer)
    services.revoke_key(
        key=services.create_key(account=account, name="Old site", scope=Scope.READ, created_by=employer)[0]
    )
    return {
        "key": key.public_id,
        "invitation": invitation.public_id,
        "invitation_link": f"{parts.path}?{parts.query}",
    }
