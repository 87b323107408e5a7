"""E-mails from employers to candidates, and the templates that they are written from.

A text may hold the placeholders of `PLACEHOLDERS`, such as `{{candidate_name}}`. They are replaced
in one pass and by nothing but text: what a candidate calls themselves is never read as a placeholder.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from email.utils import formataddr, parseaddr
from functools import partial
from smtplib import SMTPException, SMTPRecipientsRefused

import structlog
from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Account
from applications.message_models import Message, MessageTemplate
from applications.models import Application
from applications.services import Actor
from jobsphere.emails import TIMEOUT
from jobsphere.errors import Fault, Forbidden, InvalidParameter, NotFound

log = structlog.get_logger(__name__)

PLACEHOLDERS = {
    "candidate_name": "Alex Candidate",
    "job_title": "Senior Engineer",
    "company_name": "Your company",
}
"""What can stand in a text, and what stands for it in a preview without an applicant."""

NAMELESS = "applicant"
"""How candidates are called who gave no name."""

MAX_NAME_LENGTH = 80
MAX_SUBJECT_LENGTH = 200
MAX_BODY_LENGTH = 10_000
MAX_TEMPLATES = 50
MAX_MESSAGES_A_DAY = 500
"""E-mails of one account, so that nobody uses JobSphere to mail the world."""

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class TooManyMessages(Forbidden):
    """The account has sent as many e-mails as it may."""


# Texts


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders replaced; unknown ones stay as they are."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def values_for(application: Application) -> dict[str, str]:
    """Return what the placeholders stand for in an e-mail about this application."""
    return {
        "candidate_name": application.candidate_name or application.candidate.name or NAMELESS,
        "job_title": application.job.title,
        "company_name": application.job.company.name,
    }


def fill_subject(subject: str, values: Mapping[str, str]) -> str:
    """Return a subject with its placeholders replaced: one line, at most `MAX_SUBJECT_LENGTH`."""
    return _one_line(fill(subject, values))[:MAX_SUBJECT_LENGTH]


def check_text(*, subject: str, body: str) -> tuple[str, str]:
    """Return subject and body, tidied, if an e-mail can be written from them.

    Raises:
        InvalidParameter: one is empty or too long, or holds an unknown or unfinished placeholder.
    """
    subject, body = _one_line(subject), body.replace("\r\n", "\n").strip()
    faults = [
        *_text_faults("subject", subject, MAX_SUBJECT_LENGTH),
        *_text_faults("body", body, MAX_BODY_LENGTH),
    ]
    _refuse(faults)
    return subject, body


def preview(subject: str, body: str, values: Mapping[str, str] = PLACEHOLDERS) -> dict[str, str]:
    """Return the subject and body of the e-mail that would be sent. Raises as `check_text`."""
    subject, body = check_text(subject=subject, body=body)
    return {"subject": fill_subject(subject, values), "body": fill(body, values)}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _text_faults(param: str, text: str, longest: int) -> Iterable[Fault]:
    if not 1 <= len(text) <= longest:
        yield Fault("out_of_range", f"Write 1 to {longest:,} characters.", param)
    known = ", ".join(f"{{{{{name}}}}}" for name in PLACEHOLDERS)
    for name in dict.fromkeys(_PLACEHOLDER.findall(text)):
        if name not in PLACEHOLDERS:
            yield Fault("invalid_parameter", f"There is no placeholder {{{{{name}}}}}. Use {known}.", param)
    rest = _PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        yield Fault("invalid_parameter", f"A placeholder is not complete. Write it as in {known}.", param)


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        first = faults[0]
        raise InvalidParameter(first.message, code=first.code, param=first.param, details=faults)


# Templates


@transaction.atomic
def save_template(
    *, account: Account, name: str, subject: str, body: str, template: MessageTemplate | None = None
) -> MessageTemplate:
    """Make a template, or change the one that is given.

    Raises:
        InvalidParameter: as `check_text`; or no name, one that is too long or taken.
        Forbidden: the account has `MAX_TEMPLATES` already.
    """
    name = _one_line(name)
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise InvalidParameter(f"A name has 1 to {MAX_NAME_LENGTH} characters.", param="name")
    subject, body = check_text(subject=subject, body=body)
    _lock_account(account)
    if template is None:
        if account.message_templates.count() >= MAX_TEMPLATES:
            raise Forbidden(f"You have {MAX_TEMPLATES} templates already: delete one first.")
        template = MessageTemplate(account=account)
    template.name, template.subject, template.body = name, subject, body
    template.updated_at = timezone.now()
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        if "template_name_unique" not in str(error):
            raise
        raise InvalidParameter("Another template has this name.", param="name") from error
    return template


def delete_template(*, template: MessageTemplate) -> None:
    """Delete a template; e-mails written from it stay."""
    template.delete()


def _lock_account(account: Account) -> None:
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)


# E-mails


@transaction.atomic
def send_message(*, application: Application, by: Actor, subject: str, body: str) -> Message:
    """Write an e-mail to a candidate, and send it after the commit.

    Whether it could be sent is in the message's `state` from then on. Raises as `write_message`.
    """
    message = write_message(application=application, by=by, subject=subject, body=body)
    transaction.on_commit(partial(deliver, [message.pk]))
    return message


@transaction.atomic
def write_message(*, application: Application, by: Actor, subject: str, body: str) -> Message:
    """Write an e-mail to a candidate, with replies to the person who writes; `deliver` sends it.

    Args:
        subject, body: may hold placeholders.

    Raises:
        NotFound: it is no application for a job of the account.
        Forbidden: the candidate's data were erased.
        TooManyMessages: the account has sent `MAX_MESSAGES_A_DAY` within a day.
        InvalidParameter: as `check_text`.
    """
    assert by.account, "only people write to candidates"
    assert by.user, "only people write to candidates"
    subject, body = check_text(subject=subject, body=body)
    application = _lock_application(application, by.account)
    _refuse_too_many(by.account)
    values = values_for(application)
    return Message.objects.create(
        application=application,
        account=by.account,
        user=by.user,
        reply_to=by.user.email,
        subject=fill_subject(subject, values),
        body=fill(body, values),
    )


@transaction.atomic
def resend_message(*, message: Message, by: Actor) -> Message:
    """Try once more to send an e-mail that could not be sent. Raises as `send_message`."""
    assert by.account, "only people write to candidates"
    _lock_application(message.application, by.account)
    if Message.objects.filter(pk=message.pk, state=Message.State.FAILED).update(state=Message.State.SENDING):
        transaction.on_commit(partial(deliver, [message.pk]))
    return message


def _lock_application(application: Application, account: Account) -> Application:
    locked = (
        Application.objects.visible_to(account)
        .select_for_update(of=("self",))
        .select_related("job__company", "candidate")
        .filter(pk=application.pk, owner=account)
        .first()
    )
    if locked is None:
        raise NotFound("There is no such application, or you may not see it.")
    if locked.erased_at:
        raise Forbidden("The candidate had the data of this application erased: nobody can be written to.")
    return locked


def _refuse_too_many(account: Account) -> None:
    _lock_account(account)
    a_day_ago = timezone.now() - timedelta(days=1)
    if Message.objects.filter(account=account, created_at__gt=a_day_ago).count() >= MAX_MESSAGES_A_DAY:
        raise TooManyMessages(
            f"Your account has sent {MAX_MESSAGES_A_DAY} e-mails within a day. Wait a while."
        )


def deliver(message_ids: Sequence[int]) -> None:
    """Hand messages that wait to be sent to the mail server, and note of each whether it took it.

    One that does not answer is not asked again for the rest: nobody waits for it a hundred times.
    """
    waiting = Message.objects.filter(pk__in=message_ids, state=Message.State.SENDING).order_by("pk")
    messages = waiting.select_related("application__candidate", "application__job__company")
    connection = mail.get_connection(timeout=TIMEOUT)
    is_down = False
    try:
        for message in messages:
            is_down = is_down or not _hand_over(message, connection)
            if is_down:
                Message.objects.filter(pk=message.pk).update(state=Message.State.FAILED)
    finally:
        with suppress(SMTPException, OSError):
            connection.close()


def _hand_over(message: Message, connection: BaseEmailBackend) -> bool:
    """Send one message; return whether the mail server answered at all."""
    try:
        connection.open()
        connection.send_messages([_email(message)])
    except (SMTPException, OSError) as error:  # its text can hold addresses
        log.error("message_not_sent", message=message.public_id, error=type(error).__name__)
        Message.objects.filter(pk=message.pk).update(state=Message.State.FAILED)
        return isinstance(error, SMTPRecipientsRefused)
    Message.objects.filter(pk=message.pk).update(state=Message.State.SENT, sent_at=timezone.now())
    return True


def _email(message: Message) -> mail.EmailMessage:
    application = message.application
    company = _one_line(application.job.company.name)
    sender = formataddr((f"{company} via JobSphere", parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    context = {
        "message": message,
        "company": company,
        "job": application.job,
        "applications_url": f"{settings.BASE_URL}/applications",
    }
    body = render_to_string("emails/applicant_message.txt", context)
    return mail.EmailMessage(
        message.subject, body, sender, [application.candidate.email], reply_to=[message.reply_to]
    )
