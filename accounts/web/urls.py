"""Paths of people's pages: signing in, one's own settings, and the dashboard's shell, team and keys."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.usersessions import views as usersessions
from django.urls import path

from accounts.web import keys, sign_in, team, views

_two_step = [
    path("account/two-step", mfa.index, name="mfa_index"),
    path("account/two-step/app", totp.activate_totp, name="mfa_activate_totp"),
    path("account/two-step/app/remove", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path(
        "account/two-step/recovery-codes", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"
    ),
    path(
        "account/two-step/recovery-codes/new",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/two-step/recovery-codes/download",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("account/passkeys", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("account/passkeys/new", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/remove", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/passkeys/<int:pk>/rename", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]

_sign_in = [
    path("sign-up", sign_in.SignUpView.as_view(), name="account_signup"),
    path("sign-in", account.login, name="account_login"),
    path("sign-in/passkey", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("sign-in/second-step", mfa.authenticate, name="mfa_authenticate"),
    path("sign-in/inactive", account.account_inactive, name="account_inactive"),
    path("sign-out", account.logout, name="account_logout"),
    path("account/confirm-email", account.email_verification_sent, name="account_email_verification_sent"),
    path("account/password/forgotten", account.password_reset, name="account_reset_password"),
    path(
        "account/password/forgotten/code",
        account.confirm_password_reset_code,
        name="account_confirm_password_reset_code",
    ),
    path(
        "account/password/forgotten/new",
        account.complete_password_reset,
        name="account_complete_password_reset",
    ),
    path(
        "account/password/forgotten/done",
        account.password_reset_from_key_done,
        name="account_password_reset_completed",
    ),
    path("account/confirm", account.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/code", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/confirm/passkey", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("invitations/accept", sign_in.accept_invitation, name="invitation"),
]

_own_settings = [
    path("account", views.profile, name="profile"),
    path("account/email", account.email, name="account_email"),
    path("account/password", account.password_change, name="account_change_password"),
    path("account/password/new", account.password_set, name="account_set_password"),
    path("account/sessions", usersessions.list_usersessions, name="usersessions_list"),
    *_two_step,
]

_dashboard = [
    path("dashboard/new-account", views.new_account, name="account-new"),
    path("dashboard/choose-account", views.choose_account, name="account-choose"),
    path("dashboard/settings", views.account_settings, name="account-settings"),
    path("dashboard/team", team.team, name="team"),
    path("dashboard/team/members/<str:member_id>/role", team.change_role, name="team-role"),
    path("dashboard/team/members/<str:member_id>/remove", team.remove_member, name="team-remove"),
    path(
        "dashboard/team/invitations/<str:invitation_id>/resend",
        team.resend_invitation,
        name="invitation-resend",
    ),
    path(
        "dashboard/team/invitations/<str:invitation_id>/revoke",
        team.revoke_invitation,
        name="invitation-revoke",
    ),
    path("dashboard/keys", keys.keys, name="api-keys"),
    path("dashboard/keys/usage", keys.usage, name="api-usage"),
    path("dashboard/keys/calls", keys.latest_calls, name="api-calls"),
    path("dashboard/keys/new", keys.new_key, name="api-key-new"),
    path("dashboard/keys/<str:key_id>/rotate", keys.rotate_key, name="api-key-rotate"),
    path("dashboard/keys/<str:key_id>/revoke", keys.revoke_key, name="api-key-revoke"),
]

urlpatterns = [*_sign_in, *_own_settings, *_dashboard]
