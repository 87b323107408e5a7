"""The developer's corner: API keys, their usage and latest calls, and how to start. Owners manage keys."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import calls, services
from accounts.models import ApiKey, Role
from accounts.web import plot
from accounts.web.access import MemberRequest, member_required, recently_authenticated
from accounts.web.forms import KeyForm, RotateForm
from jobsphere.api import rate_limit
from jobsphere.forms import take
from jobsphere.once import once

CALLS_SHOWN = 10
KEYS_SHOWN = 100


@member_required()
@require_safe
def keys(request: MemberRequest) -> HttpResponse:
    """Keys, usage, latest calls and a quick start."""
    found = request.account.api_keys.select_related("created_by", "replaced_by")[:KEYS_SHOWN]
    context = {
        **_usage(request),
        **_quick_start(),
        "keys": found,
        "now": timezone.now(),
        "can_manage": request.membership.may(Role.OWNER),
    }
    return render(request, "dashboard/keys/keys.html", context)


@member_required()
@require_safe
def usage(request: MemberRequest) -> HttpResponse:
    """The part of the page that is renewed while one looks at it."""
    return render(request, "dashboard/keys/usage.html", _usage(request))


@member_required()
@require_safe
def latest_calls(request: MemberRequest) -> HttpResponse:
    """All calls that are kept."""
    return render(request, "dashboard/keys/calls.html", _calls(request, calls.KEPT_CALLS))


@member_required(Role.OWNER)
@recently_authenticated
@once
@require_http_methods(["GET", "HEAD", "POST"])
def new_key(request: MemberRequest) -> HttpResponse:
    """Make a key. Its secret is shown in this one answer and kept nowhere."""
    form = KeyForm(request.POST or None)
    if made := take(form, lambda given: _make(request, **given)):
        return _show_once(request, *made)
    return render(request, "dashboard/keys/new.html", {"form": form})


def _make(request: MemberRequest, lifetime: timedelta | None, **given: Any) -> tuple[ApiKey, str]:
    expires_at = timezone.now() + lifetime if lifetime else None
    return services.create_key(
        account=request.account, created_by=request.user, expires_at=expires_at, **given
    )


@member_required(Role.OWNER)
@recently_authenticated
@once
@require_http_methods(["GET", "HEAD", "POST"])
def rotate_key(request: MemberRequest, key_id: str) -> HttpResponse:
    """Replace a key by a new one; the old one works on for a while."""
    key = get_object_or_404(request.account.api_keys, public_id=key_id)
    form = RotateForm(request.POST or None)
    if made := take(form, lambda given: services.rotate_key(key=key, rotated_by=request.user, **given)):
        key.refresh_from_db()
        return _show_once(request, *made, replaced=key)
    return render(request, "dashboard/keys/rotate.html", {"form": form, "key": key})


@member_required(Role.OWNER)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_key(request: MemberRequest, key_id: str) -> HttpResponse:
    """End a key at once, after asking."""
    key = get_object_or_404(request.account.api_keys, public_id=key_id)
    if request.method != "POST":
        return render(request, "dashboard/keys/revoke.html", {"key": key})
    services.revoke_key(key=key)
    messages.success(request, f"{key.name} is revoked: calls with it fail from now on.")
    return redirect("api-keys")


def _show_once(
    request: MemberRequest, key: ApiKey, secret: str, replaced: ApiKey | None = None
) -> HttpResponse:
    context = {"key": key, "secret": secret, "replaced": replaced, **_quick_start(secret)}
    return render(request, "dashboard/keys/created.html", context, status=201)


def _quick_start(secret: str = "js_live_YOUR_KEY") -> dict[str, Any]:  # noqa: S107
    return {"api_key": secret, "api_url": f"{settings.BASE_URL}/v1"}


def _usage(request: MemberRequest) -> dict[str, Any]:
    account = request.account
    quota = rate_limit.usage_without_counting(account)
    return {
        **_calls(request, CALLS_SHOWN),
        "quota": quota,
        "used": quota.limit - (quota.remaining or 0),
        "plot": plot.of(calls.minutes(account.pk), quota.limit),
    }


def _calls(request: MemberRequest, count: int) -> dict[str, Any]:
    found = calls.latest(request.account.pk, count)
    names = dict(
        request.account.api_keys.filter(public_id__in={call.key for call in found}).values_list(
            "public_id", "name"
        )
    )
    return {"calls": [(call, names.get(call.key, "")) for call in found]}
