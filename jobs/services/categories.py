"""The categories that every installation has."""

from jobs.categories import FIELDS
from jobs.models import Category


def load_categories() -> int:
    """Bring the table of categories in step with `jobs.categories`; others that staff added stay.

    Returns:
        How many were added or changed.
    """
    known = {category.slug: category for category in Category.objects.all()}
    wanted = [
        Category(slug=slug, name=name, description=description, position=position)
        for position, (slug, name, description) in enumerate(FIELDS, start=1)
    ]
    changed = [
        category
        for category in wanted
        if category.slug not in known or _shown(category) != _shown(known[category.slug])
    ]
    Category.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["name", "description", "position"],
    )
    return len(changed)


def _shown(category: Category) -> tuple[str, str, int]:
    return category.name, category.description, category.position
