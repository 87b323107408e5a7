"""What of jobs, applications and candidates an account may see."""

from collections.abc import Collection
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser

from accounts.models import Account, User
from applications.models import (
    Application,
    ApplicationQuerySet,
    Candidate,
    CandidateQuerySet,
    Message,
    TimelineEvent,
    TimelineEventQuerySet,
)
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


def confirmed_emails(user: User | AnonymousUser) -> list[str]:
    """Return the addresses that a person has shown to be theirs, as candidates are known by them."""
    if not user.is_authenticated:
        return []
    confirmed = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return [normalize_email(email) for email in confirmed]


def applications_of_person(
    *, candidate_ids: Collection[str] = (), emails: Collection[str] = ()
) -> ApplicationQuerySet:
    """Return a person's applications, newest first, with all that the person's pages show of them.

    Args:
        candidate_ids: public ids of candidates whose link the person has opened.
        emails: addresses that the person has confirmed.
    """
    applications = Application.objects.visible_to_person(candidate_ids=candidate_ids, emails=emails)
    return applications.select_related("job__company", "candidate")


def stage_events(application: Application) -> TimelineEventQuerySet:
    """Return what a candidate may know of an application's course: that it was sent, and its moves."""
    return application.timeline.filter(kind__in=TimelineEvent.SHOWN_TO_SUBMITTER)


def held_about(candidate: Candidate) -> dict[str, Any]:
    """Return all that an employer holds about a candidate, its notes and ratings included.

    Who wrote a note is left out: that is another person's datum. Times are datetimes, for the JSON renderer.
    """
    applications = Application.objects.filter(candidate=candidate).select_related("job__company")
    events: dict[int, list[dict[str, Any]]] = {}
    for event in TimelineEvent.objects.filter(application__candidate=candidate):
        events.setdefault(event.application_id, []).append(_event(event))
    messages: dict[int, list[dict[str, Any]]] = {}
    for message in Message.objects.filter(application__candidate=candidate).order_by("pk"):
        messages.setdefault(message.application_id, []).append(_message(message))
    return {
        "held_by": candidate.account.name,
        "candidate": {
            "id": candidate.public_id,
            "email": candidate.email,
            "name": candidate.name,
            "phone": candidate.phone,
            "created_at": candidate.created_at,
            "updated_at": candidate.updated_at,
        },
        "applications": [
            {
                **_application(application),
                "timeline": events.get(application.pk, []),
                "messages": messages.get(application.pk, []),
            }
            for application in applications
        ],
    }


def _application(application: Application) -> dict[str, Any]:
    job = application.job
    questions = {question["id"]: question["question"] for question in job.screening_questions}
    file = {
        "filename": application.resume_filename,
        "media_type": application.resume_media_type,
        "bytes": application.resume_size,
    }
    return {
        "id": application.public_id,
        "job": {"id": job.public_id, "title": job.title, "company": job.company.name},
        "name": application.candidate_name,
        "phone": application.phone,
        "links": application.links,
        "resume_url": application.resume_url or None,
        "resume_file": file if application.resume_file else None,
        "cover_letter": application.cover_letter,
        "answers": [
            {"question": questions.get(question_id, question_id), "answer": answer}
            for question_id, answer in application.answers.items()
        ],
        "source": application.source,
        "consented_at": application.consented_at,
        "stage": application.stage,
        "rating": application.rating,
        "submitted_at": application.submitted_at,
        "updated_at": application.updated_at,
    }


def _event(event: TimelineEvent) -> dict[str, Any]:
    return {
        "type": event.kind,
        "from_stage": event.from_stage or None,
        "to_stage": event.to_stage or None,
        "note": event.note or None,
        "rating": event.rating,
        "at": event.at,
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "subject": message.subject,
        "body": message.body,
        "state": message.state,
        "created_at": message.created_at,
        "sent_at": message.sent_at,
    }
