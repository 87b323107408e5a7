"""The table in README.md quotes every sentence of the contract, and names tests that exist."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent


def table() -> dict[str, list[str]]:
    """Return the tests that the table names, by the sentence that they hold."""
    rows = {}
    for line in (HERE / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 2 and cells != ["sentence", "held by"] and not cells[0].startswith("---"):
            sentence = cells[0].replace("\\|", "|").replace("\\*", "*").replace("&lt;", "<")
            rows[sentence] = re.findall(r"`([^`]+)`", cells[1])
    return rows


def defined(path: Path) -> set[str]:
    """Return the tests of a file, as pytest names them."""
    tests = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            tests.add(node.name)
        elif isinstance(node, ast.ClassDef):
            tests |= {
                f"{node.name}::{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)
            }
    return {test for test in tests if "test_" in test}


def test_the_table_quotes_every_sentence_of_the_contract() -> None:
    lines = (HERE / "sentences.txt").read_text().splitlines()
    sentences = [line for line in lines if not line.startswith("# ")]
    assert list(table()) == sentences
    assert all(table().values())


def test_every_test_that_the_table_names_exists() -> None:
    named = {test for tests in table().values() for test in tests}
    exist = {
        f"{path.relative_to(TESTS)}::{test}"
        for path in {TESTS / name.partition("::")[0] for name in named}
        if path.exists()
        for test in defined(path)
    }
    assert named - exist == set()
