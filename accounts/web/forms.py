"""Forms of people's pages: signing up and in, accounts, team, keys."""

from datetime import timedelta
from typing import Any

from allauth.account import forms as sign_in
from django import forms
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.html import format_html

from accounts import services
from accounts.models import Role, Scope, User

HIRING, LOOKING = "hiring", "looking"


class SignInForm(sign_in.LoginForm):
    """E-mail address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail address"
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}
        self.fields["password"].help_text = format_html(
            '<a href="{}">Forgotten your password?</a>', reverse_lazy("account_reset_password")
        )
        self.fields["remember"].label = "Keep me signed in on this device"


class SignUpForm(sign_in.SignupForm):
    """What a new person tells: why they come, who they are, and for employers the name of their account."""

    purpose = forms.ChoiceField(
        label="What brings you here?",
        choices=[(HIRING, "I’m hiring"), (LOOKING, "I’m looking for work")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say what brings you here."},
    )
    name = forms.CharField(
        label="Your name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Tell us your name."},
    )
    account_name = forms.CharField(
        label="Company or team",
        help_text="What your account is called. You can add companies to it later.",
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    account_already_exists: bool
    field_order = ["purpose", "account_name", "name", "email", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.invited_email = kwargs.pop("invited_email", None)
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"
        self.fields["email"].error_messages["required"] = "Tell us your e-mail address."
        self.fields["password1"].error_messages["required"] = "Choose a password."
        self.fields["password1"].help_text = "At least 10 characters. A few words in a row are fine."
        if self.invited_email:
            del self.fields["purpose"], self.fields["account_name"]
            self.fields["email"].disabled = True
            self.initial["email"] = self.invited_email

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("purpose") == HIRING and not self.cleaned_data.get("account_name"):
            self.add_error("account_name", "Tell us the name of your company or team.")
        return self.cleaned_data

    def try_save(self, request: HttpRequest) -> Any:
        """Make the person and, for employers, their account; who signs up twice at once is one person.

        A password is hashed for known addresses, too: the time it takes would tell them apart.
        """
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            self.account_already_exists = True
            return super().try_save(request)

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        services.rename_user(user=user, name=self.cleaned_data["name"])
        if self.cleaned_data.get("purpose") == HIRING:
            services.open_account(name=self.cleaned_data["account_name"], owner=user)


class ProfileForm(forms.Form):
    """What others see of a person."""

    name = forms.CharField(
        label="Your name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class AccountForm(forms.Form):
    """The name of an account."""

    name = forms.CharField(
        label="Company or team",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


class RoleForm(forms.Form):
    """A role in an account."""

    role = forms.ChoiceField(choices=Role.choices)


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    role = forms.ChoiceField(
        label="Role",
        choices=[
            (Role.VIEWER, "Viewer: sees everything, changes nothing"),
            (Role.RECRUITER, "Recruiter: posts jobs and works with applicants"),
            (Role.OWNER, "Owner: also the team, API keys and settings"),
        ],
        initial=Role.RECRUITER,
        widget=forms.RadioSelect,
    )


def _days(choice: str) -> timedelta | None:
    return timedelta(days=int(choice)) if choice else None


class _Lines(forms.CharField):
    """A list: one entry on each line."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]


class KeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(
        label="Name", help_text="Where it will be used, such as “Careers page”.", max_length=100
    )
    scope = forms.ChoiceField(
        label="It may",
        choices=[
            (Scope.READ, "Read Only: read jobs, applications and candidates"),
            (Scope.READ_WRITE, "Read/Write: also post jobs and submit applications"),
        ],
        initial=Scope.READ,
        widget=forms.RadioSelect,
    )
    lifetime = forms.TypedChoiceField(
        label="It works for",
        choices=[("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("", "Until it is revoked")],
        initial="365",
        coerce=_days,
        empty_value=None,
        required=False,
    )
    allowed_networks = _Lines(
        label="Only from these addresses",
        help_text="One address or network on each line, such as 192.0.2.0/24. Empty: from everywhere.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    allowed_origins = _Lines(
        label="Readable by these web sites",
        help_text="One origin on each line, such as https://careers.example.com, for pages that call the API "
        "from a browser. Such a key can be seen by every visitor: make it Read Only.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )


class RotateForm(forms.Form):
    """How long the old key works beside the new one."""

    overlap = forms.TypedChoiceField(
        label="The old key works for another",
        choices=[("0", "Nothing: end it now"), ("1", "1 day"), ("7", "7 days"), ("30", "30 days")],
        initial="1",
        coerce=_days,
        widget=forms.RadioSelect,
    )
