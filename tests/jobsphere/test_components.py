"""The internal page of components."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_components_are_shown_in_development_alone(settings: Any) -> None:
    assert b"Senior Robotics Engineer" in Client().get("/_components", secure=True).content
    settings.DEVELOPMENT = False
    assert Client().get("/_components", secure=True).status_code == 404
