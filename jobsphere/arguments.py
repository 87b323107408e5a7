"""What commands make of their arguments."""

from argparse import ArgumentTypeError


def one_or_more(text: str) -> int:
    """Read a whole number from 1 on.

    Raises:
        ArgumentTypeError: it is none; the command then says so and ends with status 2.
    """
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)
