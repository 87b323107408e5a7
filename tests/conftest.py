"""Sets the tests up: servers and settings first, then Django, then the fixtures of all.

Servers named by `DATABASE_URL` and `REDIS_URL` are used, and their Redis database is emptied;
embedded ones take the place of those unset. It works the same by `make test` and by pytest alone.
"""

import atexit
import logging
import logging.handlers
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import django
import pytest
from django.core.cache import cache

from jobs import kept
from jobsphere import launcher
from jobsphere.embedded import EmbeddedError

pytest_plugins = ["tests.fixtures.factories", "tests.fixtures.places", "tests.fixtures.served"]

said_at_start: list[str] = []


def _start_services() -> None:
    """Start what no variable names. pytest-xdist's workers use what their controller started."""
    services = launcher.services_of("test")
    # pytest swallows what is said before the first test: kept for pytest_terminal_summary.
    said = logging.handlers.BufferingHandler(capacity=100)
    logging.getLogger("jobsphere.embedded").addHandler(said)
    try:
        services.start()
    except EmbeddedError as error:
        pytest.exit(str(error), returncode=1)
    finally:
        logging.getLogger("jobsphere.embedded").removeHandler(said)
    said_at_start.extend(record.getMessage() for record in said.buffer)
    atexit.register(services.stop)
    os.environ |= services.urls


def _own_redis_database(url: str, number: int) -> str:
    """`url` with another database: the first after the one named has the number 0."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    named = query["db"][0] if "db" in query else parts.path.strip("/") if parts.scheme != "unix" else ""
    # Not geturl(), which makes unix:/path of unix:///path: that is no address of Redis's.
    query["db"] = [str(int(named or 0) + 1 + number)]
    return f"{url.partition('?')[0]}?{urlencode(query, doseq=True)}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Give each worker of pytest-xdist what is its own; pytest-django names its PostgreSQL database itself.

    Not in the worker: pytest-django has read the settings there before it comes to this file.
    """
    for number, spec in enumerate(specs):
        spec.env |= {
            "REDIS_URL": _own_redis_database(os.environ["REDIS_URL"], number),
            "MEDIA_ROOT": str(Path(os.environ["MEDIA_ROOT"]) / spec.id),
        }


if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ |= {
        "JOBSPHERE_DEVELOPMENT": "1",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "MEDIA_ROOT": str(launcher.DATA / "test" / "media"),
    }
    _start_services()
django.setup()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Repeat what the services said, such as whose folders they opened."""
    for line in said_at_start:
        terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """No test sees another one's counters, or what was kept of its jobs."""
    cache.clear()
    kept.forget()
