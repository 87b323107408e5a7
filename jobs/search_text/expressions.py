"""What words ask for of a posting's lexemes, as a tree: asked of PostgreSQL as text, of an index as sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Lexeme(NamedTuple):
    """A posting has it, or one that it begins."""

    text: str
    is_prefix: bool = False


# Equal only to themselves: who keeps what a part finds need not compare trees.
@dataclass(frozen=True, eq=False)
class Not:
    part: "Expression"


@dataclass(frozen=True, eq=False)
class All:
    parts: Sequence["Expression"]


@dataclass(frozen=True, eq=False)
class Any:
    parts: Sequence["Expression"]


Expression = Lexeme | Not | All | Any


def all_of(parts: Sequence[Expression]) -> Expression:
    """Return that all of these hold, of which there is at least one."""
    return parts[0] if len(parts) == 1 else All(parts)


def any_of(parts: Sequence[Expression]) -> Expression:
    """Return that any of these holds, of which there is at least one."""
    return parts[0] if len(parts) == 1 else Any(parts)


def tsquery(expression: Expression) -> str:
    """Return the text of a tsquery that finds the same. Lexemes hold nothing that would have to be quoted."""
    match expression:
        case Lexeme(text, is_prefix):
            return f"'{text}'{':*' if is_prefix else ''}"
        case Not(part):
            return f"!{tsquery(part)}"
        case All(parts):
            return f"({' & '.join(map(tsquery, parts))})"
        case Any(parts):
            return f"({' | '.join(map(tsquery, parts))})"
