"""Every change to candidates and their applications."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict

from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Account, ApiKey, User
from applications.models import (
    ERASED_EMAIL_DOMAIN,
    MOVES,
    RESUME_FOLDER,
    Application,
    Candidate,
    Message,
    Stage,
    TimelineEvent,
)
from applications.queries import normalize_email
from applications.resumes import Resume, check_resume
from applications.stages import FOR_CANDIDATES
from applications.status_links import status_link
from jobs.models import Job
from jobsphere.emails import render_email, send_email
from jobsphere.errors import DomainError, Fault, Forbidden, InvalidParameter, NotFound
from jobsphere.models import IdempotentAnswer

MAX_NOTE_LENGTH = 10_000
SWEEP_AFTER = timedelta(days=1)
LINK_PAUSE = timedelta(minutes=10)
"""How long a candidate is not sent the link to the same application again."""

KEPT_MONTHS = 12
"""Months without any change after which a candidate who applied on the board is erased."""

LINK_IN_PREVIEW = "(a link of the candidate’s own)"

BOARD = "board"
"""The source of applications that candidates make on JobSphere's own pages."""

ERASED_FIELDS: Mapping[str, Any] = {
    "candidate_name": "",
    "phone": "",
    "links": [],
    "resume_url": "",
    "resume_file": "",
    "resume_filename": "",
    "resume_media_type": "",
    "resume_size": None,
    "cover_letter": "",
    "answers": {},
    "rating": None,
}
"""What an application says of a person, and what an erasure leaves of it."""

MAX_LINKS = 20
"""Applications that one e-mail with links lists."""


class JobClosed(DomainError):
    code = "job_closed"


class DuplicateApplication(InvalidParameter):
    code = "duplicate_application"


class InvalidTransition(InvalidParameter):
    code = "invalid_transition"


@dataclass(frozen=True)
class Actor:
    """Who acts: an account, by a key or a person of it; for a candidate on the board, nobody of these."""

    account: Account | None = None
    api_key: ApiKey | None = None
    user: User | None = None


class Changes(TypedDict, total=False):
    """What can be changed of an application: `rating` is 1 to 5 or None, `note` not blank."""

    stage: str
    note: str
    rating: int | None


def submit_application(
    *,
    job: Job,
    by: Actor,
    candidate_email: str,
    candidate_name: str = "",
    phone: str = "",
    links: Sequence[str] = (),
    resume_url: str = "",
    resume: File | None = None,
    cover_letter: str = "",
    source: str = "api",
    answers: Mapping[str, str] | None = None,
    consent: bool = False,
) -> Application:
    """Submit a candidate's application for a job; the employer's candidate is found or made.

    Args:
        resume_url, resume: the résumé, one of the two: an https address, or an uploaded file.
        answers: by the id of the screening question.
        consent: whether the candidate agreed to the processing of these data.

    Raises:
        JobClosed: the job is not on the board.
        DuplicateApplication: the candidate has applied for the job before, perhaps a moment ago.
        InvalidParameter: no résumé or two, a required question unanswered, an answer to no question.
        InvalidResume, ResumeTooLarge: as `check_resume`.
    """
    if not job.is_open:
        raise JobClosed("This job takes no more applications.", param="job_id")
    answers = answers or {}
    _refuse([*_resume_faults(resume_url, resume), *_answer_faults(job, answers)])
    checked = check_resume(resume) if resume else None
    email = normalize_email(candidate_email)
    _refuse_second(job, email, by)
    now = timezone.now()
    application = Application(
        job=job,
        owner=job.company.account,
        submitted_by=by.account,
        candidate_name=candidate_name,
        phone=phone,
        links=list(links),
        resume_url=resume_url,
        cover_letter=cover_letter,
        source=source,
        answers=dict(answers),
        consented_at=now if consent else None,
        submitted_at=now,
        updated_at=now,
    )
    try:
        with transaction.atomic():
            application.candidate = _candidate(application.owner, email, candidate_name, phone)
            if checked:
                _store(application, checked)
            application.save()
            _record(application, TimelineEvent.Kind.SUBMITTED, by, to_stage=application.stage)
    except BaseException as error:
        application.resume_file.delete(save=False)  # no transaction takes back what is on the disk
        if isinstance(error, IntegrityError) and "application_unique" in str(error):
            _refuse_second(job, email, by)
        raise
    return application


def _resume_faults(resume_url: str, resume: File | None) -> Iterator[Fault]:
    if resume and resume_url:
        yield Fault("invalid_parameter", "Send resume or resume_url, not both.", "resume_url")
    if not resume and not resume_url:
        yield Fault(
            "missing_parameter",
            "resume_url is required, unless a file is sent as resume in multipart/form-data.",
            "resume_url",
        )


def _answer_faults(job: Job, answers: Mapping[str, str]) -> Iterator[Fault]:
    questions = {str(question["id"]): question for question in job.screening_questions}
    for question_id, question in questions.items():
        if question.get("required") and not answers.get(question_id, "").strip():
            yield Fault(
                "missing_parameter",
                f"answers.{question_id} is required: {question['question']}",
                f"answers.{question_id}",
            )
    valid = f"Valid: {', '.join(questions)}." if questions else "This job asks none."
    for question_id in answers.keys() - questions.keys():
        param = f"answers.{question_id}"
        yield Fault("unknown_parameter", f"{param} is not a question of this job. {valid}", param)


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        first = faults[0]
        raise InvalidParameter(first.message, code=first.code, param=first.param, details=faults)


def _refuse_second(job: Job, email: str, by: Actor) -> None:
    first = Application.objects.filter(
        job=job, candidate__account=job.company.account_id, candidate__email=email
    ).first()
    if first is None:
        return
    seen = by.account and Application.objects.visible_to(by.account).filter(pk=first.pk).exists()
    name = f": see {first.public_id}" if seen else ""
    raise DuplicateApplication(
        f"This candidate has applied for this job already{name}.", param="candidate_email"
    )


def _store(application: Application, resume: Resume) -> None:
    application.resume_file.save(resume.filename, resume.file, save=False)
    application.resume_filename = resume.filename
    application.resume_media_type = resume.media_type
    application.resume_size = resume.size


def _candidate(account: Account, email: str, name: str, phone: str) -> Candidate:
    """Find or make the employer's candidate; a later application fills gaps, and overwrites nothing.

    The row is locked, so that it is not erased between this and the application's own row.
    """
    candidate, _ = Candidate.objects.select_for_update().get_or_create(
        account=account, email=email, defaults={"name": name, "phone": phone}
    )
    gaps = {
        field: value
        for field, value in (("name", name), ("phone", phone))
        if value and not getattr(candidate, field)
    }
    if gaps:
        for field, value in gaps.items():
            setattr(candidate, field, value)
        candidate.updated_at = timezone.now()
        candidate.save(update_fields=[*gaps, "updated_at"])
    return candidate


@transaction.atomic
def update_application(*, application: Application, by: Actor, changes: Changes) -> Application:
    """Change what is named, all of it or nothing; what is so already is no change.

    Raises:
        NotFound: the account does not see the application.
        Forbidden: the account submitted it for another's job, and does more than withdraw it;
            or the candidate's data were erased.
        InvalidTransition: `MOVES` does not let the stage follow.
        InvalidParameter: a blank or overlong note, a rating out of range.
    """
    application = _lock(application, by)
    if application.erased_at:
        raise Forbidden("The candidate had the data of this application erased: it cannot be changed.")
    if application.owner != by.account and changes != {"stage": Stage.WITHDRAWN}:
        raise Forbidden("Only the job's owner may do this. You may set the stage to withdrawn.")
    if "stage" in changes:
        _move(application, Stage(changes["stage"]), by)
    if "rating" in changes:
        _rate(application, changes["rating"], by)
    if "note" in changes:
        _note(application, changes["note"], by)
    return application


def move_application(*, application: Application, to_stage: str, by: Actor) -> Application:
    """Move an application to another stage. Raises as `update_application`."""
    return update_application(application=application, by=by, changes={"stage": to_stage})


def rate_application(*, application: Application, rating: int | None, by: Actor) -> Application:
    """Give an application 1 to 5, or None to take the rating back. Raises as `update_application`."""
    return update_application(application=application, by=by, changes={"rating": rating})


def add_note(*, application: Application, note: str, by: Actor) -> Application:
    """Write a note that only the job's owner sees. Raises as `update_application`."""
    return update_application(application=application, by=by, changes={"note": note})


def _lock(application: Application, by: Actor) -> Application:
    locked = (
        Application.objects.visible_to(by.account)
        .select_for_update(of=("self",))
        .select_related("owner")
        .filter(pk=application.pk)
        .first()
        if by.account
        else None
    )
    if locked is None:
        raise NotFound("There is no such application, or you may not see it.")
    return locked


def _move(application: Application, to_stage: Stage, by: Actor) -> None:
    from_stage = Stage(application.stage)
    if to_stage == from_stage:
        return
    if to_stage not in MOVES[from_stage]:
        allowed = ", ".join(stage for stage in Stage if stage in MOVES[from_stage])
        raise InvalidTransition(
            f"An application that is {from_stage} cannot become {to_stage}; "
            + (f"it can become: {allowed}." if allowed else "this stage is final."),
            param="stage",
        )
    application.stage = to_stage
    _save(application, "stage")
    _record(application, TimelineEvent.Kind.STAGE_CHANGED, by, from_stage=from_stage, to_stage=to_stage)


def _rate(application: Application, rating: int | None, by: Actor) -> None:
    if rating is not None and not 1 <= rating <= 5:
        raise InvalidParameter("rating must be between 1 and 5.", code="out_of_range", param="rating")
    if rating == application.rating:
        return
    application.rating = rating
    _save(application, "rating")
    _record(application, TimelineEvent.Kind.RATED, by, rating=rating)


def _note(application: Application, note: str, by: Actor) -> None:
    note = note.strip()
    if not 1 <= len(note) <= MAX_NOTE_LENGTH:
        raise InvalidParameter(
            f"note must have 1 to {MAX_NOTE_LENGTH} characters.", code="out_of_range", param="note"
        )
    _save(application)
    _record(application, TimelineEvent.Kind.NOTE_ADDED, by, note=note)


def _save(application: Application, *fields: str) -> None:
    application.updated_at = timezone.now()
    application.save(update_fields=[*fields, "updated_at"])


def _record(application: Application, kind: TimelineEvent.Kind, by: Actor, **what: object) -> None:
    TimelineEvent.objects.create(
        application=application, kind=kind, account=by.account, api_key=by.api_key, user=by.user, **what
    )


def apply_on_board(
    *, job: Job, candidate_email: str, candidate_name: str, resume: File | None, resume_url: str, **sent: Any
) -> None:
    """Submit an application that a candidate typed on the board, and send the candidate the link to it.

    Who has applied before is sent the link to the first application instead, and the caller
    learns nothing of it: whoever types another person's address must not see whether that
    person has applied.

    Args:
        sent: `phone`, `links`, `cover_letter` and `answers`, as `submit_application` takes them.

    Raises:
        As `submit_application`, but for DuplicateApplication.
    """
    try:
        application = submit_application(
            job=job,
            by=Actor(),
            candidate_email=candidate_email,
            candidate_name=candidate_name,
            resume=resume,
            resume_url=resume_url,
            source=BOARD,
            consent=True,
            **sent,
        )
        template = "application_received"
    except DuplicateApplication:
        application = Application.objects.get(
            job=job,
            candidate__account=job.company.account_id,
            candidate__email=normalize_email(candidate_email),
        )
        template = "application_again"
    _send_link(application, template)


@transaction.atomic
def _send_link(application: Application, template: str) -> None:
    """Send a candidate the link to an application, at most once in `LINK_PAUSE`."""
    now = timezone.now()
    due = Q(link_sent_at__isnull=True) | Q(link_sent_at__lt=now - LINK_PAUSE)
    if Application.objects.filter(due, pk=application.pk).update(link_sent_at=now):
        _tell(application, template)


def _tell(application: Application, template: str) -> None:
    context = _told(application, application.stage, status_link(application))
    send_email(template, to=[application.candidate.email], context=context)


def _told(application: Application, stage: str, link: str) -> dict[str, Any]:
    return {
        "application": application,
        "job": application.job,
        "stage": FOR_CANDIDATES[stage],
        "link": link,
    }


def send_status_links(*, email: str) -> None:
    """Send an address the links to the applications that were made with it, the newest `MAX_LINKS`.

    Nothing is sent to an address without applications, and the caller learns of neither.
    """
    applications = Application.objects.filter(
        candidate__email=normalize_email(email), erased_at__isnull=True
    ).select_related("job__company", "candidate")[:MAX_LINKS]
    links = [(application.job, status_link(application)) for application in applications]
    if links:
        send_email("application_links", to=[applications[0].candidate.email], context={"links": links})


def notify_candidate(*, application: Application) -> None:
    """Tell a candidate by e-mail where the application stands; nobody is told of an erased one."""
    if not application.erased_at:
        _tell(application, "application_stage")


def preview_notification(*, application: Application, stage: str) -> tuple[str, str]:
    """Return the subject and body that `notify_candidate` would send at a stage, without the link.

    Whoever has the link can act as the candidate, so the employer does not see it.
    """
    return render_email("application_stage", _told(application, stage, LINK_IN_PREVIEW))


@transaction.atomic
def withdraw_application(*, application: Application) -> Application:
    """Withdraw an application as its candidate.

    Raises:
        InvalidTransition: it has ended already.
    """
    application = Application.objects.select_for_update().get(pk=application.pk)
    _move(application, Stage.WITHDRAWN, Actor())
    return application


@transaction.atomic
def erase_candidate(*, candidate: Candidate) -> None:
    """Erase all personal data that an employer holds of a candidate; open applications are withdrawn.

    What stays are rows without a person: stages, dates and where applications came from.
    docs/decisions/candidate-privacy.md lists what is erased where.
    """
    candidate = Candidate.objects.select_for_update().get(pk=candidate.pk)
    if candidate.erased_at:
        return
    now = timezone.now()
    applications = list(Application.objects.select_for_update().filter(candidate=candidate))
    for application in applications:
        _erase_application(application, now)
    TimelineEvent.objects.filter(
        application__in=applications, kind__in=[TimelineEvent.Kind.NOTE_ADDED, TimelineEvent.Kind.RATED]
    ).delete()
    Message.objects.filter(application__in=applications).delete()
    for public_id in (candidate.public_id, *(application.public_id for application in applications)):
        # Answers of the API that are kept for retried calls.
        IdempotentAnswer.objects.filter(body__contains=public_id).update(body="")
    candidate.email = f"{candidate.public_id}@{ERASED_EMAIL_DOMAIN}"
    candidate.name = candidate.phone = ""
    candidate.erased_at = candidate.updated_at = now
    candidate.save(update_fields=["email", "name", "phone", "erased_at", "updated_at"])


def erase_old_candidates(*, at_most: int = 1000) -> int:
    """Erase the candidates to whom the board promised it, and return how many.

    That is those who applied on the board alone, and none of whose applications has changed
    for `KEPT_MONTHS`. What others submitted for a candidate is kept as they agreed with that person.
    """
    before = timezone.now() - timedelta(days=KEPT_MONTHS * 366 / 12)
    own = Application.objects.filter(candidate=OuterRef("pk"))
    old = Candidate.objects.filter(
        ~Exists(own.filter(Q(submitted_by__isnull=False) | Q(updated_at__gte=before))),
        erased_at__isnull=True,
    )
    candidates = list(old.order_by("pk")[:at_most])
    for candidate in candidates:
        erase_candidate(candidate=candidate)
    return len(candidates)


def _erase_application(application: Application, now: datetime) -> None:
    if Stage.WITHDRAWN in MOVES[Stage(application.stage)]:
        _move(application, Stage.WITHDRAWN, Actor())
    file = application.resume_file.name
    for field, nothing in ERASED_FIELDS.items():
        setattr(application, field, nothing)
    application.erased_at = now
    _save(application, *ERASED_FIELDS, "erased_at")
    if file:
        storage = Application.resume_file.field.storage
        transaction.on_commit(lambda: storage.delete(file))


def sweep_resumes() -> int:
    """Remove stored files that no application names, and return how many.

    Those younger than `SWEEP_AFTER` stay: the transaction that will name them may be open.
    """
    storage = Application.resume_file.field.storage
    before = timezone.now() - SWEEP_AFTER
    removed = 0
    for filename in storage.listdir(RESUME_FOLDER)[1] if storage.exists(RESUME_FOLDER) else ():
        name = f"{RESUME_FOLDER}/{filename}"
        is_old = storage.get_modified_time(name) < before
        if is_old and not Application.objects.filter(resume_file=name).exists():
            storage.delete(name)
            removed += 1
    return removed
