"""What expressions ask for, found by sets of postings."""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_

from pyroaring import BitMap

from jobs.search_text.expressions import All, Any, Expression, Lexeme, Not

FEW = 3
"""So many sets are united one by one; more as bits, which each is turned to."""

SPARSE = 16
"""A set of fewer than one in so many is held as numbers, which are quick to look up, one of more as bits."""

_NOTHING = BitMap()


class Evaluation:
    """The matches of a search, and which of them expressions find. Each is evaluated once.

    What else is in the sets that are made on the way means nothing: it is cheaper to leave it in than to take
    it out of each.

    Args:
        having: returns the postings with a lexeme.
        filters: sets that have all matches, one at least.
        asked: what finds them among these.
    """

    def __init__(
        self, having: Callable[[Lexeme], BitMap], filters: Sequence[BitMap], asked: Expression
    ) -> None:
        self.having = having
        self.known: dict[Expression, BitMap] = {}
        needed = sorted(filters, key=len)
        self.size = len(needed[-1])
        self._look_among(needed[0])
        found = self._of(asked)
        if found is not needed[0]:
            needed = sorted([found, *needed], key=len)
        self.matches = self.known[asked] = reduce(and_, needed)
        self._look_among(self.matches)

    def found(self, expression: Expression) -> BitMap:
        """Return which matches an expression finds."""
        found = self._of(expression)
        return found if found is self.matches else found & self.matches

    def _look_among(self, within: BitMap) -> None:
        self.within = within
        self.is_sparse = len(within) * SPARSE < self.size

    def _of(self, expression: Expression) -> BitMap:
        found = self.known.get(expression)
        if found is None:
            self.known[expression] = found = self._evaluate(expression)
        return found

    def _evaluate(self, expression: Expression) -> BitMap:
        if isinstance(expression, Lexeme):
            found = self.having(expression)
            return found & self.within if self.is_sparse and len(found) > len(self.within) else found
        if isinstance(expression, Any):
            return _united([found for part in expression.parts if (found := self._of(part))])
        if isinstance(expression, All):
            return self._all(expression.parts)
        return self.within - self._of(expression.part)

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
