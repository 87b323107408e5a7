"""Words as they are compared: one function makes them, for postings and queries alike."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

MAX_WORD_LENGTH = 64
"""Characters of a word that are kept."""


class _Folding(dict[int, str]):
    """A translation table for `str.translate` that works out each character once."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        super().__init__()
        self.fold = fold

    def __missing__(self, code: int) -> str:
        self[code] = folded = self.fold(chr(code))
        return folded


def _without_accent(character: str) -> str:
    """Nothing for an accent, or for what does not show; other characters as they are."""
    # Classes 7 to 9 and 84 to 132 are vowels and voicing of Asian scripts: other words without them.
    mark_class = unicodedata.combining(character)
    is_accent = mark_class == 1 or 10 <= mark_class <= 36 or mark_class >= 200
    is_invisible = unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"
    return "" if is_accent or is_invisible else character


def _word_character(character: str) -> str:
    """A letter, a digit or the vowel sign of a letter as it is; a space for all else."""
    is_word = character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")
    return character if is_word else " "


_SIGNS = str.maketrans(
    {
        "\N{ACUTE ACCENT}": "'",
        "\N{MUSIC SHARP SIGN}": "#",
        **dict.fromkeys("\N{TRADE MARK SIGN}\N{SERVICE MARK}\N{ZERO WIDTH SPACE}", " "),
    }
)
"""Signs that Unicode decomposes to something else than what people mean by them."""

_LETTERS = _Folding(_without_accent)
_LETTERS.update(
    str.maketrans(
        {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t"}
        | {"\N{LATIN SMALL LETTER DOTLESS I}": "i"}
        # Apostrophes and what is typed for them, the Arabic tatweel.
        | dict.fromkeys("'`\u2018\u2019\u201b\u02bb\u02bc\u0640", "")
    )
)
_WORD_CHARACTERS = _Folding(_word_character)

_TERMS = [
    (re.compile(r"(?<!\w)([^\W\d_])#"), r"\1sharp "),  # c#, f#
    (re.compile(r"(?<=[^\W\d_])\+\+"), "plusplus "),  # c++, notepad++, c++17
    (re.compile(r"(?<=[^\W\d_])\+(?!\w)"), "plus "),  # comptia a+, but neither 10+ nor html+css
    (re.compile(r"(?<![\w.])\.(?=[^\W\d_])|(?<=\w)\.(?=net\b)"), " dot"),  # .net, asp.net
    (re.compile(r"(?<=\w)\.(?=(?:com|org)\b)"), " "),  # amazon.com is found by amazon
    (re.compile(r"(?<=[^\W_])\.(?=[^\W_])"), ""),  # node.js, u.s., ph.d
    (re.compile(r"&"), " and "),  # r&d is r & d is r and d
    # Scripts without spaces between words: every character is a word, and words are phrases.
    (re.compile("([\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"), r" \1 "),
]
"""Technical terms become plain words, by what they look like."""

_SIGNS_OF_TERMS = frozenset("#+.&")
"""Without one of these no pattern of `_TERMS` finds anything in ASCII."""


@lru_cache(maxsize=10_000)
def normalise(text: str) -> str:
    """The words of a text, folded so that spelling habits do not matter.

    Case and accents go, `C++`, `C#`, `.NET` and `Node.js` become `cplusplus`, `csharp`,
    `dotnet` and `nodejs`. Letters of every script are kept.

    Returns:
        Words of letters and digits, at most `MAX_WORD_LENGTH` long, separated by single spaces.
        Normalising them again changes nothing.
    """
    if text.isascii():  # the same, several times as fast
        text = text.lower().translate(_LETTERS)
    else:
        text = unicodedata.normalize("NFKD", text.translate(_SIGNS)).casefold()
        text = unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).translate(_LETTERS))
    if not text.isascii() or not _SIGNS_OF_TERMS.isdisjoint(text):
        for pattern, replacement in _TERMS:
            text = pattern.sub(replacement, text)
    words = text.translate(_WORD_CHARACTERS).split()
    return " ".join(word[:MAX_WORD_LENGTH] for word in words if any(map(str.isalnum, word)))


def join(*words: str) -> str:
    """Return one word for several, as `frontend` for `front end`."""
    return "".join(words)[:MAX_WORD_LENGTH]
