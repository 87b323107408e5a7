import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Events name the account that acted; columns that a wider index serves lose their own."""

    dependencies = [
        ("accounts", "0001_initial"),
        ("jobs", "0001_initial"),
        ("applications", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="timelineevent",
            name="account",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="The account that did it; empty for a candidate.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.account",
            ),
        ),
        migrations.RemoveConstraint(model_name="candidate", name="candidate_unique"),
        migrations.AddConstraint(
            model_name="candidate",
            constraint=models.UniqueConstraint(fields=("email", "account"), name="candidate_unique"),
        ),
        migrations.AlterField(
            model_name="candidate",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="candidates",
                to="accounts.account",
            ),
        ),
        migrations.AlterField(
            model_name="application",
            name="job",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="applications",
                to="jobs.job",
            ),
        ),
        migrations.AlterField(
            model_name="application",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                help_text="The account the job belongs to.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="applications",
                to="accounts.account",
            ),
        ),
        migrations.AlterField(
            model_name="application",
            name="candidate",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="applications",
                to="applications.candidate",
            ),
        ),
        migrations.AlterField(
            model_name="application",
            name="submitted_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="submitted_applications",
                to="accounts.account",
            ),
        ),
        migrations.AlterField(
            model_name="timelineevent",
            name="application",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="timeline",
                to="applications.application",
            ),
        ),
    ]
