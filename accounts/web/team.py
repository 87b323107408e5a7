"""The team: who works in an account, as what, and who is invited. Members read, owners change."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services
from accounts.models import ApiKey, Membership, Role
from accounts.web.access import CHOSEN_ACCOUNT, MemberRequest, forbidden, member_required
from accounts.web.forms import InvitationForm, RoleForm
from jobsphere.forms import attempt, take
from jobsphere.once import once


@member_required(to_write=Role.OWNER)
@once
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: MemberRequest) -> HttpResponse:
    """List members and invitations; invite."""
    form = InvitationForm(request.POST or None)
    invitation = take(
        form,
        lambda given: services.invite_member(account=request.account, invited_by=request.user, **given),
    )
    if invitation:
        messages.success(request, f"Invitation sent to {invitation.email}.")
        return redirect("team")
    context = {
        "form": form,
        "members": request.account.memberships.select_related("user").order_by("id"),
        "invitations": request.account.invitations.pending(),
        "roles": Role.choices,
        "can_manage": request.membership.may(Role.OWNER),
    }
    return render(request, "dashboard/team/team.html", context)


@member_required(Role.OWNER)
@once
@require_POST
def resend_invitation(request: MemberRequest, invitation_id: str) -> HttpResponse:
    """Send an invitation again."""
    invitation = get_object_or_404(request.account.invitations, public_id=invitation_id)
    return _do(
        request,
        lambda: services.resend_invitation(invitation=invitation),
        f"Invitation sent to {invitation.email} again; the link sent before works no longer.",
    )


@member_required(Role.OWNER)
@require_POST
def revoke_invitation(request: MemberRequest, invitation_id: str) -> HttpResponse:
    """Withdraw an invitation."""
    invitation = get_object_or_404(request.account.invitations, public_id=invitation_id)
    return _do(
        request,
        lambda: services.revoke_invitation(invitation=invitation),
        f"The invitation to {invitation.email} is withdrawn.",
    )


@member_required(Role.OWNER)
@require_POST
def change_role(request: MemberRequest, member_id: str) -> HttpResponse:
    """Give a member another role."""
    member = _member(request, member_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "There is no such role.")
        return redirect("team")
    role = form.cleaned_data["role"]
    return _do(
        request,
        lambda: services.add_member(account=request.account, user=member.user, role=role),
        f"{member.user} is {Role(role).label.lower()} now.",
    )


@member_required()
@require_http_methods(["GET", "HEAD", "POST"])
def remove_member(request: MemberRequest, member_id: str) -> HttpResponse:
    """Take a member out, after asking: owners anybody, everybody themselves."""
    member = _member(request, member_id)
    is_self = member.pk == request.membership.pk
    if not is_self and not request.membership.may(Role.OWNER):
        return forbidden(request, Role.OWNER)
    if request.method != "POST":
        keys = ApiKey.objects.active().filter(account=request.account, created_by=member.user).count()
        return render(
            request, "dashboard/team/remove.html", {"member": member, "is_self": is_self, "keys": keys}
        )
    response = _do(
        request,
        lambda: services.remove_member(account=request.account, user=member.user),
        f"You have left {request.account.name}." if is_self else f"{member.user} is no longer a member.",
    )
    if is_self and not Membership.objects.filter(pk=member.pk).exists():
        request.session.pop(CHOSEN_ACCOUNT, None)
        return redirect("dashboard" if len(request.memberships) > 1 else "profile")
    return response


def _member(request: MemberRequest, member_id: str) -> Membership:
    return get_object_or_404(request.account.memberships.select_related("user"), public_id=member_id)


def _do(request: MemberRequest, act: Callable[[], Any], done: str) -> HttpResponse:
    attempt(request, act, done)
    return redirect("team")
