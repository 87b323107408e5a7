"""JobSphere's settings, with the views that it is compared with."""

from jobsphere.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.rivals"
