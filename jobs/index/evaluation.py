"""What expressions ask for, found by sets of postings."""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_

from pyroaring import BitMap

from jobs.index.segment import Segment, united
from jobs.search_text.expressions import All, Any, Expression, Lexemes, Not

SPARSE = 16
"""A set of fewer than one in so many is held as numbers, which are quick to look up, one of more as bits."""


class Evaluation:
    """The matches of a search, and which of them expressions find. Each is evaluated once.

    What else is in the sets that are made on the way means nothing: it is cheaper to leave it in than to take
    it out of each.

    Args:
        filters: sets that have all matches, one at least.
        asked: what finds them among these.
    """

    def __init__(self, segment: Segment, filters: Sequence[BitMap], asked: Expression) -> None:
        self.segment = segment
        self.known: dict[Expression, BitMap] = {}
        self.having: dict[str, BitMap] = {}
        self.begun: dict[str, BitMap] = {}
        within, *others = sorted(filters, key=len)
        self.size = len(others[-1] if others else within)
        self._look_among(within)
        found = self._of(asked)
        if found is not within:
            found = found & within
        self.matches = self.known[asked] = reduce(and_, others, found) if others else found

    def found(self, expression: Expression) -> BitMap:
        """Return which matches an expression finds."""
        if self.within is not self.matches:
            self._look_among(self.matches)
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
        if isinstance(expression, Lexemes):
            return self._lexemes(expression)
        if isinstance(expression, Any):
            return united(map(self._of, expression.parts))
        if isinstance(expression, All):
            return self._all(expression.parts)
        return self.within - self._of(expression.part)

    def _lexemes(self, lexemes: Lexemes) -> BitMap:
        if self.is_sparse:
            found = united([self._once(self.having, self.segment.having, text) for text in lexemes.texts])
        else:
            found = self.segment.having_any(lexemes.texts)
        if not lexemes.beginnings:
            return found
        begun = [self._once(self.begun, self.segment.having_begun, text) for text in lexemes.beginnings]
        return united([found, *begun])

    def _once(self, known: dict[str, BitMap], look_up: Callable[[str], BitMap], text: str) -> BitMap:
        """Return those that a text is looked up for, of no more than is looked among."""
        found = known.get(text)
        if found is None:
            found = look_up(text)
            if self.is_sparse and len(found) > len(self.within):
                found = found & self.within
            known[text] = found
        return found

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
