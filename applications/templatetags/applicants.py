"""How the employer's pages name applicants, their stages and who acted."""

from django import template

from accounts.models import Account
from applications.models import MOVES, Application, Message, Stage, TimelineEvent

register = template.Library()

_TONES = {Stage.OFFER: "good", Stage.HIRED: "good", Stage.INTERVIEW: "warn", Stage.REJECTED: "bad"}


@register.filter
def applicant_name(application: Application) -> str:
    """Return what to call an applicant: a name, else the e-mail address."""
    if application.erased_at:
        return "Erased applicant"
    return application.candidate_name or application.candidate.name or application.candidate.email


@register.filter
def moves(application: Application) -> list[Stage]:
    """Return the stages that an application can be moved to, in their order."""
    if application.erased_at:
        return []
    allowed = MOVES[Stage(application.stage)]
    return [stage for stage in Stage if stage in allowed]


@register.filter
def is_final(stage: str) -> bool:
    """Tell whether no other stage can follow."""
    return not MOVES[Stage(stage)]


@register.filter
def stage_label(stage: str) -> str:
    """Return a stage's name."""
    return str(Stage(stage).label)


@register.filter
def stage_tone(stage: str) -> str:
    """Return the badge's tone for a stage."""
    return _TONES.get(Stage(stage), "")


@register.filter
def actor_name(event: TimelineEvent, account: Account) -> str:
    """Return who did what an event tells of, as this account may know it: only its own people and keys."""
    if event.account_id is None:
        return "the candidate"
    if event.account_id != account.pk:
        return "whoever submitted it"
    if event.user:
        return str(event.user)
    return f"the API key “{event.api_key.name}”" if event.api_key else "your team"


@register.filter
def is_message(entry: TimelineEvent | Message) -> bool:
    """Tell whether an entry of a timeline is an e-mail."""
    return isinstance(entry, Message)
