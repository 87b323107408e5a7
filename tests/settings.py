"""JobSphere's settings, but passwords that are quick to check, and so to guess: tests make very many."""

from jobsphere.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
