"""E-mails: plain text from `templates/emails/`, sent once the change they tell of is kept."""

from collections.abc import Iterable, Mapping
from smtplib import SMTPException
from typing import Any

import structlog
from django.core import mail
from django.db import transaction
from django.template import Context, engines

log = structlog.get_logger(__name__)

TIMEOUT = 10
"""Seconds that the mail server has for each step: a request waits for it."""


def send_email(
    template: str,
    *,
    to: Iterable[str],
    context: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> None:
    """Send an e-mail to each address on its own, after the transaction commits.

    A mail server that does not answer is logged and undoes nothing.

    Args:
        template: its name in `templates/emails/`, without `.txt`; the first line is the subject.
        to: addresses; none sends nothing.
        headers: beyond the usual ones.
    """
    subject, body = render_email(template, context)
    messages = [mail.EmailMessage(subject, body, to=[each], headers=dict(headers or {})) for each in to]
    if messages:
        transaction.on_commit(lambda: _deliver(template, messages))


def render_email(template: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Return the subject and body of an e-mail; its template is named as in `send_email`."""
    source: Any = engines["django"].get_template(f"emails/{template}.txt")
    text = source.template.render(Context(dict(context), autoescape=False))
    subject, _, body = text.partition("\n")
    return " ".join(subject.split()), body.strip() + "\n"


def _deliver(template: str, messages: list[mail.EmailMessage]) -> None:
    try:
        mail.get_connection(timeout=TIMEOUT).send_messages(messages)
    except (SMTPException, OSError) as error:  # its text can hold addresses
        log.error("email_not_sent", template=template, error=type(error).__name__)
