"""What words ask for of a posting's lexemes, as a tree: asked of PostgreSQL as text, of an index as sets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


# Equal only to themselves: who keeps what a part finds need not compare trees. Nobody changes them, but
# to freeze them would take longer than to make them, and each search makes a dozen.
@dataclass(eq=False, slots=True)
class Lexemes:
    """A posting has any of these, or any that one of the beginnings begins. One of both is there."""

    texts: Sequence[str]
    beginnings: Sequence[str] = ()


@dataclass(eq=False, slots=True)
class Not:
    part: "Expression"


@dataclass(eq=False, slots=True)
class All:
    parts: Sequence["Expression"]


@dataclass(eq=False, slots=True)
class Any:
    parts: Sequence["Expression"]


Expression = Lexemes | Not | All | Any


def all_of(parts: Sequence[Expression]) -> Expression:
    """Return that all of these hold, of which there is at least one."""
    return parts[0] if len(parts) == 1 else All(parts)


def any_of(parts: Sequence[Expression]) -> Expression:
    """Return that any of these holds, of which there is at least one."""
    return parts[0] if len(parts) == 1 else Any(parts)


def tsquery(expression: Expression, others: Callable[[Lexemes], str] = lambda lexemes: "") -> str:
    """Return the text of a tsquery that finds the same: any of nothing finds nothing.

    Lexemes hold nothing that would have to be quoted.

    Args:
        others: returns the text of what does as well as these, an operator before it.
    """
    match expression:
        case Lexemes(texts, beginnings):
            options = [f"'{text}'" for text in texts] + [f"'{text}':*" for text in beginnings]
            return f"({' | '.join(options)}{others(expression)})"
        case Not(part):
            return f"!{tsquery(part, others)}"
        case All(parts):
            return f"({' & '.join(tsquery(part, others) for part in parts)})"
        case Any(parts):
            return f"({' | '.join(tsquery(part, others) for part in parts)})" if parts else ""
