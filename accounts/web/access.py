"""Who may see a page of the dashboard: said here, once.

`member_required` finds the account that the signed-in person works in, and refuses those
whose role does not suffice. What belongs to another account is looked up within
`request.account`, and so does not exist.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts import queries
from accounts.models import Account, Membership, Role, User

CHOSEN_ACCOUNT = "account"
"""Where a session keeps the public id of the account that a person chose to work in."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class MemberRequest(HttpRequest):
    """A request of a member: what `member_required` adds."""

    user: User
    memberships: list[Membership]
    membership: Membership
    account: Account


View = Callable[..., HttpResponseBase]


def member_required(role: str = Role.VIEWER, *, to_write: str | None = None) -> Callable[[View], View]:
    """Decorate a view that only members of an account see.

    Anonymous visitors go to sign in, people without an account go to open one, and a role
    that does not suffice gets a page that says so (403).

    Args:
        role: the least role.
        to_write: the least role for other methods than GET; the same where it is not given.
    """

    def decorate(view: View) -> View:
        @never_cache
        @login_required
        @wraps(view)
        def checked(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.memberships = queries.memberships_of(request.user)
            if not request.memberships:
                return redirect("account-new")
            request.membership = _chosen(request)
            request.account = request.membership.account
            needed = role if request.method in SAFE_METHODS else to_write or role
            if not request.membership.may(needed):
                return forbidden(request, needed)
            return view(request, *args, **kwargs)

        return checked

    return decorate


def _chosen(request: MemberRequest) -> Membership:
    chosen = request.session.get(CHOSEN_ACCOUNT)
    found = (each for each in request.memberships if each.account.public_id == chosen)
    return next(found, request.memberships[0])


def forbidden(request: MemberRequest, needed: str) -> HttpResponse:
    """Answer a member whose role does not suffice."""
    context = {"needed": Role(needed).label}
    return render(request, "dashboard/forbidden.html", context, status=403)


recently_authenticated = reauthentication_required()
"""Decorates a view of something precious: who has not just proved to be who they are does it again."""
