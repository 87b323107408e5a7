"""Sets the tests up: servers and settings first, then Django, then the fixtures of all.

Servers named by `DATABASE_URL` and `REDIS_URL` are used, and their Redis database is emptied;
embedded ones take the place of those unset. It works the same by `make test` and by pytest alone.
"""

import atexit
import logging
import logging.handlers
import os
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
    """Start what no variable names. pytest-xdist's workers inherit the variables of their controller."""
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


def _own_redis_database(url: str, worker: str) -> str:
    """`url` with another database for each pytest-xdist worker: `gw0` has the first after the one named."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    named = query["db"][0] if "db" in query else parts.path.strip("/") if parts.scheme != "unix" else ""
    number = int(named or 0) + 1 + int(worker.removeprefix("gw"))
    return parts._replace(query=urlencode({**query, "db": [str(number)]}, doseq=True)).geturl()


os.environ |= {
    "JOBSPHERE_DEVELOPMENT": "1",
    "DJANGO_SETTINGS_MODULE": "jobsphere.settings",
    "MEDIA_ROOT": str(launcher.DATA / "test" / "media"),
}
_start_services()
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["REDIS_URL"] = _own_redis_database(os.environ["REDIS_URL"], worker)
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
