"""Where the sign-in library is told how JobSphere does things."""

import base64
import hashlib
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url

from accounts.models import User
from jobsphere.emails import send_email
from jobsphere.http import peer

_CHANGES = {
    "email_changed": "Your e-mail address was changed.",
    "password_changed": "Your password was changed.",
    "password_reset": "You chose a new password by a code sent to you.",
    "password_set": "You chose a password.",
    "recovery_codes_generated": "New recovery codes were made; the old ones work no longer.",
    "totp_activated": "An authenticator app was added.",
    "totp_deactivated": "Your authenticator app was removed.",
    "webauthn_added": "A passkey or security key was added.",
    "webauthn_removed": "A passkey or security key was removed.",
}


_SIGNED_IN_AT = "signed_in_at"
"""Where a session keeps when somebody signed in by it, in Unix seconds."""


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in as JobSphere does it."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_taken": "Somebody has signed up with this e-mail address.",
        "email_password_mismatch": "The e-mail address or the password is not right.",
        "too_many_login_attempts": "Too many attempts. Wait a few minutes, then try again.",
        "rate_limited": "Too many attempts. Wait a moment, then try again.",
        "incorrect_code": "This code is not right, or it was used before.",
        "incorrect_password": "This password is not right.",
        "enter_current_password": "This is not your present password.",
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        shown = {**context, "email": email, "base_url": settings.BASE_URL}
        send_email(template_prefix.rpartition("/")[2], to=[email], context=shown)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        if change := _CHANGES.get(template_prefix.rpartition("/")[2]):
            super().send_notification_mail("security_notice", user, {"change": change}, email)

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        request.session[_SIGNED_IN_AT] = time.time()

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask again who one is, but not soon after signing in, which the library does not count by itself."""
        age = time.time() - self.request.session.get(_SIGNED_IN_AT, 0)
        recently = age < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return not recently and bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_client_ip(self, request: HttpRequest) -> str:
        return str(peer(request))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        assert isinstance(request.user, User)
        return resolve_url("dashboard" if request.user.memberships.exists() else "/")

    get_signup_redirect_url = get_login_redirect_url

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url("profile")


class MfaAdapter(DefaultMFAAdapter):
    """Keeps second factors encrypted, so that a copy of the database alone does not pass for them."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
    }

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        return "My passkey"

    def _get_site_name(self) -> str:
        return "JobSphere"


def _fernet() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(b"second factors:" + secret.encode()).digest() for secret in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
