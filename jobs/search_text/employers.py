"""The words of companies, written once for each company and not again in each of its postings.

The document of a listing says which company it is of by one lexeme. Who asks the database for words of a
company also asks for the lexemes of those that have them (docs/decisions/search-at-scale.md).
"""

from collections.abc import Mapping, Sequence

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import Func, TextField, Value

from jobs.search_text.expressions import Expression, Lexemes, tsquery
from jobs.search_text.lexemes import COMPANY

EMPLOYER = "e/"
"""What the lexeme begins with that says whose posting it is."""

# In one order, so that two transactions which add the same companies wait rather than deadlock. What is there
# already is not locked: imports of the same companies do not wait.
_WRITE_SQL = """
    INSERT INTO jobs_companydocument (company_id, document)
    SELECT company_id, document::tsvector FROM unnest(%s::bigint[], %s::text[]) AS said(company_id, document)
    WHERE NOT EXISTS (
        SELECT FROM jobs_companydocument AS known
        WHERE known.company_id = said.company_id AND known.document = said.document::tsvector
    )
    ORDER BY company_id
    ON CONFLICT (company_id) DO UPDATE SET document = EXCLUDED.document
"""
_MARK = "\x1f"
"""Stands before and after what is asked of companies, in the text of a tsquery."""


def employer(company_id: int) -> str:
    """Return the lexeme of the postings of a company, as a `SearchVectorField` takes it."""
    return f"'{EMPLOYER}{company_id}'"


def listing_document(lexemes: Sequence[str], company_id: int) -> str:
    """Return what a listing is found by, of its title's, skills' and company's lexemes (`documents`)."""
    title, skills, _ = lexemes
    return f"{title} {skills} {employer(company_id)}"


def write_companies(documents: Mapping[int, str]) -> None:
    """Have companies be found by these lexemes (`documents`), by the key of each."""
    if documents:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE_SQL, [[*documents], [*documents.values()]])


def matching(expression: Expression) -> SearchQuery:
    """Return the tsquery of listings whose words, or those of their company, are what is asked for."""
    texts = tsquery(expression, _of_companies).split(_MARK)
    return _Tsquery(*(_Employers(text) if number % 2 else Value(text) for number, text in enumerate(texts)))


def _of_companies(lexemes: Lexemes) -> str:
    """Return what is asked of companies between marks, nothing if there is nothing."""
    texts, beginnings = (
        [text for text in each if text.startswith(COMPANY)] for each in (lexemes.texts, lexemes.beginnings)
    )
    return f"{_MARK}{tsquery(Lexemes(texts, beginnings))}{_MARK}" if texts or beginnings else ""


class _Employers(Func):
    """The lexemes of companies that match a tsquery, each with an operator before it (migration 0016)."""

    function = "jobs_employers"
    output_field = TextField()

    def __init__(self, query: str) -> None:
        super().__init__(Value(query))


class _Tsquery(SearchQuery):
    """A tsquery that needs neither parsing nor stemming, made of parts of its text."""

    template = "(%(expressions)s)::tsquery"
    arg_joiner = " || "

    def __init__(self, *parts: Value | _Employers) -> None:
        super().__init__(parts[0])
        self.set_source_expressions(parts)
