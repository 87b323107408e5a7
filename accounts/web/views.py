"""The dashboard's pages about accounts: opening and choosing one, settings; and one's profile."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services
from accounts.models import Role, User
from accounts.web.access import CHOSEN_ACCOUNT, MemberRequest, member_required
from accounts.web.forms import AccountForm, ProfileForm
from jobsphere.forms import take
from jobsphere.once import once


@never_cache
@login_required
@once
@require_http_methods(["GET", "HEAD", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """Open an account for hiring."""
    form = AccountForm(request.POST or None)
    account = take(form, lambda given: services.open_account(owner=cast(User, request.user), **given))
    if account:
        request.session[CHOSEN_ACCOUNT] = account.public_id
        return redirect("dashboard")
    return render(request, "dashboard/new_account.html", {"form": form})


@member_required()
@require_POST
def choose_account(request: MemberRequest) -> HttpResponse:
    """Work in another of one's accounts from now on."""
    wanted = request.POST.get("account")
    if any(each.account.public_id == wanted for each in request.memberships):
        request.session[CHOSEN_ACCOUNT] = wanted
    return redirect("dashboard")


@member_required(to_write=Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def account_settings(request: MemberRequest) -> HttpResponse:
    """The account's name and plan."""
    form = AccountForm(request.POST or None, initial={"name": request.account.name})
    if take(form, lambda given: services.rename_account(account=request.account, **given)):
        messages.success(request, "Saved.")
        return redirect("account-settings")
    return render(request, "dashboard/settings/account.html", {"form": form})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """What others see of oneself."""
    user = cast(User, request.user)
    form = ProfileForm(request.POST or None, initial={"name": user.name})
    if form.is_valid():
        services.rename_user(user=user, name=form.cleaned_data["name"])
        messages.success(request, "Saved.")
        return redirect("profile")
    return render(request, "account/profile.html", {"form": form})
