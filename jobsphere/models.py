"""Tables of the platform itself."""

from django.db import models
from django.utils import timezone


class IdempotentAnswer(models.Model):
    """The first answer to a request with an Idempotency-Key, kept for 24 hours."""

    scope = models.CharField(max_length=40, help_text="The public id of the account.")
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=200, help_text="The method and the path.")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the method, the path and the body.")
    status = models.PositiveSmallIntegerField()
    body = models.TextField(blank=True, help_text="The JSON as it was answered, its order kept.")
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="idempotent_answer_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.status}"
