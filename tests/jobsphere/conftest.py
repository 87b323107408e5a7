"""The toy API in place of the real paths, and a store of counters without memories."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django_ratelimit import core

from jobsphere.api import rate_limit


@pytest.fixture
def toy(db: None, settings: Any) -> None:
    Group.objects.all().delete()  # those of the staff
    settings.ROOT_URLCONF = "tests.jobsphere.toy"


@pytest.fixture(autouse=True)
def _fresh_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_store", rate_limit._Store())


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock for the meter that moves when told to: `still_clock.now += 60`."""
    clock = SimpleNamespace(now=1_744_272_000)
    clock.time = lambda: clock.now
    monkeypatch.setattr(core, "time", clock)
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(time=clock.time, monotonic=clock.time))
    return clock
