"""People, the accounts they work in, and the API keys of those accounts."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone

from jobsphere.ids import PublicIdField


class UserManager(BaseUserManager["User"]):
    """Makes users, whose e-mail address is kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address and a password."""

    email = models.EmailField(
        max_length=254,
        unique=True,
        error_messages={"unique": "Somebody has signed up with this e-mail address already."},
    )
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(name="user_email_lower_case", condition=Q(email=Lower("email"))),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class Plan(models.TextChoices):
    FREE = "free", "Free"
    PRO = "pro", "Pro"
    ENTERPRISE = "enterprise", "Enterprise"


REQUESTS_PER_MINUTE = {Plan.FREE: 60, Plan.PRO: 500, Plan.ENTERPRISE: 1000}
"""Calls a minute by plan (the documentation, "Rate Limits"); Enterprise is a floor."""


class Account(models.Model):
    """An organisation that uses JobSphere: its plan, its people, its keys."""

    public_id = PublicIdField("acct")
    name = models.CharField(max_length=150)
    plan = models.CharField(max_length=12, choices=Plan.choices, default=Plan.FREE)
    custom_requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Enterprise only: 1000 or more."
    )
    members = models.ManyToManyField(User, through="Membership", related_name="accounts")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="account_custom_limit_is_enterprise",
                condition=Q(custom_requests_per_minute__isnull=True)
                | Q(
                    plan=Plan.ENTERPRISE, custom_requests_per_minute__gte=REQUESTS_PER_MINUTE[Plan.ENTERPRISE]
                ),
                violation_error_message="Only Enterprise has a limit of its own, of 1000 or more.",
            )
        ]
        indexes = [models.Index(OpClass(Upper("name"), "text_pattern_ops"), name="account_by_name_prefix")]

    def __str__(self) -> str:
        return self.name

    @property
    def requests_per_minute(self) -> int:
        """Calls a minute that all keys of this account share."""
        return self.custom_requests_per_minute or REQUESTS_PER_MINUTE[Plan(self.plan)]


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    RECRUITER = "recruiter", "Recruiter"
    VIEWER = "viewer", "Viewer"


_RANKS = {Role.VIEWER: 0, Role.RECRUITER: 1, Role.OWNER: 2}


class Membership(models.Model):
    """One person's place in one account."""

    public_id = PublicIdField("mem")
    account = models.ForeignKey(Account, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="membership_unique")]

    def __str__(self) -> str:
        return f"{self.user} in {self.account} as {self.role}"

    def may(self, role: str) -> bool:
        """Tell whether this member may do what this role may: an owner may all that a recruiter may."""
        return _RANKS[Role(self.role)] >= _RANKS[Role(role)]


INVITATION_LIFETIME = timedelta(days=7)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def pending(self) -> "InvitationQuerySet":
        """Invitations that wait for an answer, expired ones included: they can be sent again."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)

    def usable(self) -> "InvitationQuerySet":
        """Invitations that can be accepted now."""
        return self.pending().filter(expires_at__gt=timezone.now())


class Invitation(models.Model):
    """An offer to work in an account, made to an e-mail address. Its token is never stored."""

    public_id = PublicIdField("inv")
    account = models.ForeignKey(Account, models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10, choices=Role.choices)
    token_digest = models.CharField(max_length=64, unique=True, editable=False, db_collation="C")
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "email"],
                name="invitation_one_pending",
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
            ),
            models.CheckConstraint(name="invitation_email_lower_case", condition=Q(email=Lower("email"))),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.account} as {self.role}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()


class Scope(models.TextChoices):
    READ = "read", "Read Only"
    READ_WRITE = "read_write", "Read/Write"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def active(self, at: datetime | None = None) -> "ApiKeyQuerySet":
        """Keys that are neither revoked nor expired at that moment."""
        at = at or timezone.now()
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), revoked_at__isnull=True)


class ApiKey(models.Model):
    """A credential of an account. The secret itself is never stored."""

    public_id = PublicIdField("key")
    account = models.ForeignKey(Account, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.READ)
    digest = models.CharField(max_length=64, unique=True, editable=False, db_collation="C")
    display_prefix = models.CharField(max_length=16, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replaces")
    allowed_networks = ArrayField(models.CharField(max_length=49), default=list, blank=True)
    allowed_origins = ArrayField(models.CharField(max_length=255), default=list, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "API key"
        indexes = [
            GinIndex(fields=["allowed_origins"], name="apikey_allowed_origins"),
            models.Index(fields=["display_prefix"], name="apikey_by_display_prefix"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.display_prefix}…)"

    @property
    def can_write(self) -> bool:
        return self.scope == Scope.READ_WRITE

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())


class AuditEntry(models.Model):
    """What a member of staff did, to what, and why. Written once, never changed."""

    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    act = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=60)
    target_name = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["target_type", "target_id", "-id"], name="audit_by_target")]

    def __str__(self) -> str:
        return f"{self.act} {self.target_type} {self.target_name}"
