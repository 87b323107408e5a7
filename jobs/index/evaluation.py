"""What expressions ask for, found by sets of postings."""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_

from pyroaring import BitMap

from jobs.search_text.expressions import All, Any, Expression, Lexeme, Not


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

    def count(self, expression: Expression) -> int:
        """Return how many an expression finds."""
        return self.within.intersection_cardinality(self._of(expression))

    def found(self, expression: Expression, without: Expression | None = None) -> BitMap:
        """Return what an expression finds, and another one does not."""
        found = self._of(expression)
        return self.within & (found if without is None else found - self._of(without))

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
                return BitMap.union(*map(self._of, parts)) if parts else BitMap()
            case All(parts):
                return self._all(parts)
            case Not(part):
                return self.within - self._of(part)

    def _all(self, parts: Sequence[Expression]) -> BitMap:
        """Return what meets all of these: the smallest sets are cut first."""
        needed = sorted((self._of(part) for part in parts if not isinstance(part, Not)), key=len)
        found = reduce(and_, needed) if needed else self.within
        for part in parts:
            if isinstance(part, Not):
                found = found - self._of(part.part)
        return found
