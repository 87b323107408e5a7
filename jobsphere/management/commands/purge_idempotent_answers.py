"""Delete the answers whose Idempotency-Key has run out."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from jobsphere.api.idempotency import LIFETIME
from jobsphere.models import IdempotentAnswer

BATCH = 1000


class Command(BaseCommand):
    help = "Delete the stored answers to Idempotency-Keys older than 24 hours. Run it once an hour or a day."

    def handle(self, *args: Any, **options: Any) -> None:
        old = IdempotentAnswer.objects.filter(created_at__lte=timezone.now() - LIFETIME)
        total = 0
        while ids := list(old.values_list("pk", flat=True)[:BATCH]):
            deleted, _ = old.filter(pk__in=ids).delete()
            total += deleted
        self.stdout.write(f"{total} answers deleted")
