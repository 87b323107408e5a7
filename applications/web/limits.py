"""How often the forms for candidates may be sent, so that they neither flood employers nor mailboxes."""

from django.http import HttpRequest

from applications.queries import normalize_email
from jobsphere.limits import exceeds, network_of

SUBMISSIONS_OF_A_NETWORK = "60/h"
SUBMISSIONS_FOR_AN_EMAIL = "20/h"
LINKS_FOR_A_NETWORK = "20/h"
LINKS_FOR_AN_EMAIL = "3/h"


def network_exceeds(request: HttpRequest, act: str, rate: str) -> bool:
    """Count an act of the network that a request comes from; tell whether it was one too many."""
    return exceeds(request, group=f"{act}-network", key=network_of(request), rate=rate)


def email_exceeds(request: HttpRequest, act: str, email: str, rate: str) -> bool:
    """Count an act for an e-mail address, which is stored as a digest; tell whether it was one too many."""
    return exceeds(request, group=f"{act}-email", key=normalize_email(email), rate=rate)
