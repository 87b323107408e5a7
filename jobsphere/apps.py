from django.apps import AppConfig


class JobSphereConfig(AppConfig):
    name = "jobsphere"
    verbose_name = "Platform"
    default_auto_field = "django.db.models.BigAutoField"
