"""Regular expressions that mean the same here and in the OpenAPI document, whoever reads it."""

SEEN = r"[^\s\u0000\u001c-\u001f\u0085\ufeff]"
"""A character that is seen. Dialects differ in `\\s`, so what only some count as space is named."""

NO_NUL = r"^[^\u0000]*$"
"""Any text that the database can keep."""

VISIBLE = rf"^[^\u0000]*{SEEN}[^\u0000]*$"
"""Text with something in it that is seen, and no NUL."""

LIST_ITEM = r"^[^,\u0000]*[^,\s\u0000\u001c-\u001f\u0085\ufeff][^,\u0000]*$"
"""A value of a comma list: visible text without a comma."""

TIME = (
    r"^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))?$"
)
"""A date, or a time with its offset (RFC 3339), in these two thousand years."""
