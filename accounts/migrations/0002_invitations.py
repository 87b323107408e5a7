"""Members get public ids; people are invited by e-mail; whose address is confirmed is allauth's to know."""

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import jobsphere.ids


def name_members(apps, schema_editor):
    for membership in apps.get_model("accounts", "Membership").objects.filter(public_id=""):
        membership.public_id = jobsphere.ids.new_id("mem")
        membership.save(update_fields=["public_id"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RemoveField(model_name="user", name="email_confirmed_at"),
        migrations.AddField(
            model_name="membership",
            name="public_id",
            field=models.CharField(max_length=40, default="", editable=False),
            preserve_default=False,
        ),
        migrations.RunPython(name_members, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="membership", name="public_id", field=jobsphere.ids.PublicIdField("mem")
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", jobsphere.ids.PublicIdField("inv")),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("recruiter", "Recruiter"), ("viewer", "Viewer")],
                        max_length=10,
                    ),
                ),
                (
                    "token_digest",
                    models.CharField(db_collation="C", editable=False, max_length=64, unique=True),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="accounts.account",
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["-id"]},
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted_at__isnull", True), ("revoked_at__isnull", True)),
                fields=("account", "email"),
                name="invitation_one_pending",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                name="invitation_email_lower_case",
            ),
        ),
    ]
