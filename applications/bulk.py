"""Acts on several applications at once.

Each application is changed, and its candidate mailed, in a transaction of its own: what is
refused for one of them holds the others up in nothing, and is reported.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from applications import messages
from applications.models import MOVES, Application, Message, MessageTemplate, Stage
from applications.services import Actor, InvalidTransition, move_application
from jobsphere.errors import DomainError

MAX_APPLICATIONS = 100


@dataclass(frozen=True)
class Refusal:
    """An application that was not changed, and why."""

    application: Application
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What happens, or has happened, to each of several applications, and the e-mails that go with it."""

    moved: list[Application] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    written: list[Message] = field(default_factory=list)


def plan_moves(*, applications: Iterable[Application], to_stage: Stage) -> Outcome:
    """Return what `move_applications` would do; nothing is changed."""
    plan = Outcome()
    for application in applications:
        if reason := why_not(application, to_stage):
            plan.refused.append(Refusal(application, reason))
        else:
            plan.moved.append(application)
    return plan


def why_not(application: Application, to_stage: Stage) -> str:
    """Return why an application cannot be moved to a stage, for the employer to read; empty if it can."""
    stage = Stage(application.stage)
    if application.erased_at:
        return "The candidate had the data of this application erased."
    if stage == to_stage:
        return f"It is in {to_stage.label} already."
    if to_stage in MOVES[stage]:
        return ""
    allowed = [to.label for to in Stage if to in MOVES[stage]]
    if not allowed:
        return f"{stage.label} is final."
    choices = " or ".join(part for part in (", ".join(allowed[:-1]), allowed[-1]) if part)
    return f"From {stage.label} one can move to {choices}, not to {to_stage.label}."


def move_applications(
    *,
    applications: Iterable[Application],
    to_stage: Stage,
    by: Actor,
    template: MessageTemplate | None = None,
) -> Outcome:
    """Move applications to a stage, and write to their candidates from a template if one is given.

    Nothing is raised for a single one: why it was refused is in the outcome. What is in the stage
    already is refused, so that nobody is written to twice.
    """
    outcome = Outcome()
    for application in applications:
        try:
            with transaction.atomic():
                message = _move(application, to_stage, by, template)
        except DomainError as error:
            outcome.refused.append(Refusal(application, error.message))
        else:
            outcome.moved.append(application)
            outcome.written.extend([message] if message else [])
    transaction.on_commit(lambda: messages.deliver([message.pk for message in outcome.written]))
    return outcome


def _move(
    application: Application, to_stage: Stage, by: Actor, template: MessageTemplate | None
) -> Message | None:
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if reason := why_not(locked, to_stage):
        raise InvalidTransition(reason)
    move_application(application=locked, to_stage=to_stage, by=by)
    if template is None:
        return None
    return messages.write_message(application=locked, by=by, subject=template.subject, body=template.body)
