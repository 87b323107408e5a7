"""The categories that are loaded."""

import pytest
from django.core.management import call_command

from jobs.categories import FIELDS
from jobs.models import Category
from jobs.services.categories import load_categories
from tests.fixtures.factories import ApiClient, make_category

pytestmark = pytest.mark.django_db


def test_categories_are_loaded_once(api: ApiClient) -> None:
    assert load_categories() == len(FIELDS)
    assert load_categories() == 0
    slugs = [category["slug"] for category in api.get("/v1/categories", {"limit": 100}).json()["data"]]
    assert slugs == [field.slug for field in FIELDS]
    assert slugs[0] == "engineering"


def test_what_staff_added_stays_and_what_they_renamed_is_named_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_category("beekeeping")
    make_category("engineering", name="Ingenuity")
    call_command("load_categories")
    assert Category.objects.get(slug="engineering").name == "Engineering"
    assert Category.objects.filter(slug="beekeeping").exists()
