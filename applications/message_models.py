"""What employers write to candidates: templates, and the e-mails that were sent."""

from django.db import models
from django.utils import timezone

from accounts.models import Account, User
from jobsphere.ids import PublicIdField


class MessageTemplate(models.Model):
    """An account's own text for e-mails to candidates, with placeholders (`applications.messages`)."""

    public_id = PublicIdField("tmpl")
    account = models.ForeignKey(Account, models.CASCADE, related_name="message_templates", db_index=False)
    name = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="template_name_unique")]

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """An e-mail from an employer to a candidate, as it was written; erased with the candidate's data."""

    class State(models.TextChoices):
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Not sent"

    public_id = PublicIdField("msg")
    application = models.ForeignKey(
        "applications.Application", models.CASCADE, related_name="messages", db_index=False
    )
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reply_to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENDING)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["application", "-id"], name="message_of_application"),
            models.Index(fields=["account", "created_at"], name="message_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.state})"
