"""How the words of a posting are indexed, and how what people type finds them.

Postings and queries go through the same `normalise`, so that they meet as plain words.
Only PostgreSQL's English stemmer touches the words after that, never its parser: what a
word is does not depend on the server's locale. The reasons are in
docs/decisions/search-text.md.

`words` makes words, `stems` their stems, `lexemes` what postings are found by. `queries` reads what people
type, `meaning` says what that asks for, in `expressions`, and `thesaurus` knows other words for it.
`employers` keeps the lexemes of companies, which are asked for by their names.
`vocabulary` keeps the words of all postings, among which `near_misses` looks for what was meant.
"""

from jobs.search_text.employers import employer, listing_document, write_companies
from jobs.search_text.lexemes import documents
from jobs.search_text.near_misses import closest_word, correct
from jobs.search_text.queries import MAX_QUERY_LENGTH, MAX_TERMS, ParsedQuery, parse_query
from jobs.search_text.thesaurus import MAX_SYNONYM_WORDS, SYNONYMS, synonyms
from jobs.search_text.vocabulary import add_unseen_words, add_words, rebuild_words
from jobs.search_text.words import MAX_WORD_LENGTH, normalise

__all__ = [
    "MAX_QUERY_LENGTH",
    "MAX_SYNONYM_WORDS",
    "MAX_TERMS",
    "MAX_WORD_LENGTH",
    "SYNONYMS",
    "ParsedQuery",
    "add_unseen_words",
    "add_words",
    "closest_word",
    "correct",
    "documents",
    "employer",
    "listing_document",
    "normalise",
    "parse_query",
    "rebuild_words",
    "synonyms",
    "write_companies",
]
