"""Staff's pages for people, accounts, keys and the audit trail; and what audits all pages."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401  (registers what is taken out below)
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts import services
from accounts.models import Account, ApiKey, AuditEntry, Membership, User
from jobsphere.admin import BoundedAdmin, ReadOnlyAdmin, ReadOnlyInline
from jobsphere.ids import PublicIdField


class AuditedAdmin(BoundedAdmin):
    """A page whose every addition, change and deletion is written to the audit trail."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Return what changed, for the entry's details: a field's old and new value."""
        return {name: _change_of(form, name) for name in form.changed_data}

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:  # type: ignore[override]
        services.record_act(staff=staff_of(request), act="add", target=obj, details=message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:  # type: ignore[override]
        services.record_act(staff=staff_of(request), act="change", target=obj, details=message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> None:  # type: ignore[override]
        services.record_acts(staff=staff_of(request), act="delete", targets=queryset)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the audit trail of this row."""
        target = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, target):
            raise PermissionDenied
        target_id = getattr(target, "public_id", object_id)
        query = urlencode({"target_type": self.opts.label_lower, "target_id": target_id})
        return HttpResponseRedirect(f"{reverse('admin:accounts_auditentry_changelist')}?{query}")


def staff_of(request: HttpRequest) -> User:
    """Return the member of staff who is signed in."""
    assert isinstance(request.user, User)  # the admin's views let nobody else in
    return request.user


def _change_of(form: Any, name: str) -> Any:
    if "password" in name:
        return "changed"
    return [_plain(form.initial.get(name)), _plain(form.cleaned_data.get(name))]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, QuerySet | list | tuple):
        return [str(each) for each in value]
    return str(value)


class UserCreationForm(AdminUserCreationForm):
    """A new person: e-mail address and password."""

    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


_RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(AuditedAdmin, DjangoUserAdmin):
    """People. Only superusers give rights, and only they change those who have them."""

    add_form = UserCreationForm
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights", {"fields": ("is_active", *_RIGHTS)}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("email", "name", "usable_password", "password1", "password2"),
            },
        ),
    )
    readonly_fields = ("last_login", "date_joined")
    list_display = ("email", "name", "is_active", "is_staff", "date_joined")
    list_filter = ("is_staff",)
    search_fields = ("email__startswith",)
    search_help_text = "The beginning of an e-mail address"
    ordering = ("-id",)

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return super().search(queryset, term.lower())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # An address is its owner's to change: who controls it can sign in.
        fields = (*super().get_readonly_fields(request, obj), *(("email",) if obj else ()))
        return fields if staff_of(request).is_superuser else (*fields, *_RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        has_rights = obj is not None and (obj.is_staff or obj.is_superuser)
        if has_rights and not staff_of(request).is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # made inactive instead: what somebody did stays somebody's


# Second factors, sessions and confirmed addresses are their owners' alone.
admin.site.unregister([Group, EmailAddress, Authenticator, UserSession])


@admin.register(Group)
class GroupAdmin(AuditedAdmin, DjangoGroupAdmin):
    """Sets of rights, which superusers alone change."""

    search_fields = ("name__istartswith",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff_of(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return staff_of(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return staff_of(request).is_superuser


class PlanForm(forms.ModelForm):
    """The plan of an account, and why it changes."""

    reason = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    class Meta:
        model = Account
        fields = ("plan", "custom_requests_per_minute")


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = readonly_fields = ("user", "role", "created_at")
    related = ("account", "user")


@admin.register(Account)
class AccountAdmin(AuditedAdmin):
    """Accounts: staff change their plan and limit, nothing else."""

    form = PlanForm
    fields = ("public_id", "name", "plan", "custom_requests_per_minute", "reason", "created_at")
    readonly_fields = ("public_id", "name", "created_at")
    list_display = ("name", "public_id", "plan", "custom_requests_per_minute", "created_at")
    list_filter = ("plan",)
    id_fields = {"acct": "public_id"}
    search_fields = ("name__istartswith",)
    search_help_text = "An account's id, or the beginning of its name"
    inlines = (MembershipInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        given = form.cleaned_data
        services.change_plan(
            account=Account.objects.get(pk=obj.pk),  # as it was: the form has changed `obj`
            plan=given["plan"],
            custom_requests_per_minute=given["custom_requests_per_minute"],
            staff=staff_of(request),
            reason=given["reason"],
        )

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:  # type: ignore[override]
        """Nothing: the service has written it down."""


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin, AuditedAdmin):
    """Keys: what they may do and when they were used, never their secret."""

    fields = (
        "public_id",
        "account",
        "name",
        "scope",
        "display_prefix",
        "created_by",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
        "replaced_by",
        "allowed_networks",
        "allowed_origins",
    )
    list_display = ("name", "display_prefix", "account", "scope", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("account",)
    id_fields = {"key": "public_id", "acct": "account__public_id"}
    search_fields = ("display_prefix__exact",)
    search_help_text = "The id of a key or an account, or a key's first characters as they are shown"
    actions = ("revoke",)

    @admin.action(description="Revoke", permissions=["decide"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        @transaction.atomic
        def perform(pks: list[int], reason: str) -> int:
            active = ApiKey.objects.filter(pk__in=pks, revoked_at__isnull=True).order_by("pk")
            return len(
                [services.revoke_key(key=key, staff=staff_of(request), reason=reason) for key in active]
            )

        return self.act_with_reason(request, queryset, perform, action="revoke", title="Revoke keys")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The audit trail."""

    list_display = ("at", "actor", "act", "target_type", "target_id", "target_name", "reason")
    list_display_links = ("at",)
    list_select_related = ("actor",)
    search_fields = ("actor__email",)
    search_help_text = "The id of what it was done to, or the e-mail address of who did it"

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        if target_type := _target_types().get(term.partition("_")[0]):
            return queryset.filter(target_type=target_type, target_id=term)
        # Found first: a join is planned without knowing that most people have no entries.
        return queryset.filter(actor__in=list(User.objects.filter(email=term.lower())))


def _target_types() -> dict[str, str]:
    """Return the model that each prefix of ids names, as the trail calls it."""
    return {
        field.prefix: model._meta.label_lower
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, PublicIdField)
    }
