"""What PostgreSQL's tsqueries ask for, asked of sets of postings."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from pyroaring import BitMap

_TOKEN = re.compile(r"\s*(?:'(?P<lexeme>[^']+)'(?P<prefix>:\*)?|(?P<sign>[&|!()]))")


@dataclass(frozen=True)
class Lexeme:
    text: str
    is_prefix: bool


@dataclass(frozen=True)
class Not:
    part: "Expression"


@dataclass(frozen=True)
class All:
    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class Any:
    parts: tuple["Expression", ...]


Expression = Lexeme | Not | All | Any


def evaluate(
    expression: Expression,
    having: Callable[[Lexeme], BitMap],
    everything: BitMap,
    known: dict[Expression, BitMap],
) -> BitMap:
    """Return the postings that meet an expression.

    Args:
        having: the postings with a lexeme. What it returns is left unchanged.
        everything: all postings.
        known: what expressions were found to be, so that none is evaluated twice.
    """
    if expression in known:
        return known[expression]

    def of(part: Expression) -> BitMap:
        return evaluate(part, having, everything, known)

    match expression:
        case Lexeme():
            found = having(expression)
        case Not(part):
            found = everything - of(part)
        case Any(parts):
            found = BitMap.union(*map(of, parts))
        case All(parts):
            found = everything
            for part in parts:
                found = found - of(part.part) if isinstance(part, Not) else found & of(part)
    known[expression] = found
    return found


@lru_cache(maxsize=4096)
def parse(tsquery: str) -> Expression:
    """Read a tsquery of lexemes and prefixes in quotation marks, `&`, `|`, `!` and parentheses.

    Raises:
        ValueError: it holds anything else, such as phrases: sets know nothing of the places of words.
    """
    tokens: list[Lexeme | str] = []
    text, end = tsquery.rstrip(), 0
    while end < len(text):
        token = _TOKEN.match(text, end)
        if token is None:
            raise ValueError(tsquery)
        end = token.end()
        tokens.append(token["sign"] or Lexeme(token["lexeme"], token["prefix"] is not None))
    tokens.reverse()
    expression = _any(tokens)
    if tokens:
        raise ValueError(tsquery)
    return expression


def _any(tokens: list[Lexeme | str]) -> Expression:
    return _joined(tokens, "|", _all, Any)


def _all(tokens: list[Lexeme | str]) -> Expression:
    return _joined(tokens, "&", _operand, All)


def _joined(
    tokens: list[Lexeme | str],
    sign: str,
    part: Callable[[list[Lexeme | str]], Expression],
    join: type[Any] | type[All],
) -> Expression:
    parts = [part(tokens)]
    while tokens and tokens[-1] == sign:
        tokens.pop()
        parts.append(part(tokens))
    return parts[0] if len(parts) == 1 else join(tuple(parts))


def _operand(tokens: list[Lexeme | str]) -> Expression:
    token = tokens.pop() if tokens else ""
    if isinstance(token, Lexeme):
        return token
    if token == "!":  # noqa: S105
        return Not(_operand(tokens))
    if token == "(":  # noqa: S105
        expression = _any(tokens)
        if tokens and tokens.pop() == ")":
            return expression
    raise ValueError(token)
