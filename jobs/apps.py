from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class JobsConfig(AppConfig):
    name = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(_make_staff_groups, sender=self)


def _make_staff_groups(**_: Any) -> None:
    from jobs.services.staff_groups import create_staff_groups

    create_staff_groups()
