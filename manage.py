#!/usr/bin/env python
"""Run a Django management command of JobSphere."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jobsphere.settings")
    execute_from_command_line(sys.argv)
