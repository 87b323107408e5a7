"""The settings, but with a path whose view fails: to look at what people see then."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.browser.served_urls"
