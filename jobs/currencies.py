"""The currencies that pay can be in: ISO 4217, those that are legal tender somewhere today."""

from babel.core import get_global

CURRENCIES: list[str] = sorted(
    {
        code
        for used in get_global("territory_currencies").values()
        for code, _since, until, is_tender in used
        if is_tender and until is None
    }
)
