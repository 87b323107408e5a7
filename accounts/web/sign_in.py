"""Signing up, and accepting invitations."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import SignupView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import queries, services
from accounts.models import Invitation, User
from accounts.web.access import CHOSEN_ACCOUNT
from accounts.web.forms import HIRING, LOOKING
from jobsphere.errors import DomainError

_TOKEN = "invitation_token"  # noqa: S105
"""Where a session keeps the token of the invitation that is being looked at."""


class SignUpView(SignupView):
    """Signing up: `?for=hiring` and `?for=looking` choose beforehand; an invited address is confirmed."""

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()
        kwargs["invited_email"] = self.request.session.get("account_verified_email")
        return kwargs

    def get_initial(self) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_initial()
        purpose = self.request.GET.get("for")
        return initial | ({"purpose": purpose} if purpose in (HIRING, LOOKING) else {})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest) -> HttpResponse:
    """Show an invitation, and let the invited person in.

    The link's token moves into the session at once: addresses end up in histories and logs.
    """
    if token := request.GET.get("token"):
        request.session[_TOKEN] = token
        return redirect("invitation")
    invitation = queries.find_invitation(request.session.get(_TOKEN, ""))
    if invitation is None:
        return render(request, "account/invitation_gone.html", status=410)
    user = request.user
    if not isinstance(user, User):
        return _ask_to_sign_in(request, invitation)
    if user.email != invitation.email:
        return render(request, "account/invitation_other.html", {"invitation": invitation}, status=403)
    if request.method == "POST":
        return _accept(request, invitation, user)
    return render(request, "account/invitation.html", {"invitation": invitation})


def _ask_to_sign_in(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Whoever has the link reads the address's mail: it needs no other confirmation."""
    is_known = User.objects.filter(email=invitation.email).exists()
    if not is_known:
        get_adapter().stash_verified_email(request, invitation.email)
    return render(request, "account/invitation.html", {"invitation": invitation, "is_known": is_known})


def _accept(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    try:
        services.accept_invitation(invitation=invitation, user=user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("invitation")
    del request.session[_TOKEN]
    request.session[CHOSEN_ACCOUNT] = invitation.account.public_id
    messages.success(request, f"Welcome to {invitation.account.name}.")
    return redirect("dashboard")
