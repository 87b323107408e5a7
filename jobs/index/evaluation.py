"""What expressions ask for, found by sets of postings."""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_

from pyroaring import BitMap

from jobs.search_text.expressions import All, Any, Expression, Lexeme, Not

FEW = 3
"""So many sets are united one by one, more as bits, which each is turned to."""

_NOTHING = BitMap()


class Evaluation:
    """What expressions find among some postings. Each is evaluated once.

    Args:
        having: returns the postings with a lexeme.
        within: all that it is about. What else is in the sets that it makes means nothing: it is cheaper to
            leave it in than to take it out of each.
    """

    def __init__(self, having: Callable[[Lexeme], BitMap], within: BitMap) -> None:
        self.having, self.within, self.size = having, within, len(within)
        self.known: dict[Expression, BitMap] = {}

    def narrow(self, expression: Expression) -> int:
        """Leave only what an expression finds, and return how many that are."""
        self.known[expression] = self.within = self.found(expression)
        self.size = len(self.within)
        return self.size

    def found(self, expression: Expression) -> BitMap:
        """Return what an expression finds."""
        found = self._of(expression)
        return found if found is self.within else found & self.within

    def _of(self, expression: Expression) -> BitMap:
        found = self.known.get(expression)
        if found is None:
            self.known[expression] = found = self._evaluate(expression)
        return found

    def _evaluate(self, expression: Expression) -> BitMap:
        match expression:
            case Lexeme():
                found = self.having(expression)
                return found if len(found) <= self.size else found & self.within
            case Any(parts):
                return _united([found for part in parts if (found := self._of(part))])
            case All(parts):
                return self._all(parts)
            case Not(part):
                return self.within - self._of(part)

    def _all(self, parts: Sequence[Expression]) -> BitMap:
        """Return what meets all of these; none is looked at after those that already find nothing."""
        found = self.within
        for part in parts:
            if isinstance(part, Not):
                found = found - self._of(part.part)
            elif found is self.within:
                found = self._of(part)
            else:
                found = found & self._of(part)
            if not found:
                break
        return found


def _united(sets: Sequence[BitMap]) -> BitMap:
    if len(sets) > FEW:
        return BitMap.union(*sets)
    return reduce(or_, sets) if sets else _NOTHING
