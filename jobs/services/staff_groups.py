"""The groups that staff start with, each with the least it needs."""

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import transaction

GROUPS: dict[str, dict[str, list[str]]] = {
    "Moderator": {
        "accounts": ["view_account", "view_auditentry"],
        "jobs": [
            "view_company",
            "change_company",
            "view_verificationrequest",
            "change_verificationrequest",
            "view_companyevent",
            "view_job",
            "change_job",
            "view_jobevent",
            "view_reportcase",
            "change_reportcase",
            "view_jobreport",
            "view_category",
        ],
    },
    "Staff": {
        "accounts": [
            "view_account",
            "change_account",
            "view_membership",
            "view_apikey",
            "change_apikey",
            "view_user",
            "view_auditentry",
        ],
        "jobs": ["view_company", "view_companyevent", "view_job", "view_jobevent", "view_category"],
    },
}
"""By group and app. Moderators decide about companies and jobs; Staff set plans and revoke keys.

Nobody sees candidates or applications by a group: a superuser gives that right to a person.
"""


@transaction.atomic
def create_staff_groups() -> None:
    """Make the groups that do not exist; one that does keeps what superusers made of it."""
    for name, permissions in GROUPS.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            for app_label, codenames in permissions.items():
                create_permissions(apps.get_app_config(app_label), verbosity=0)
                group.permissions.add(
                    *Permission.objects.filter(content_type__app_label=app_label, codename__in=codenames)
                )
