"""Parts of a page of the docs that a program writes: what stands between two lines of Markdown that name it."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
AUDIT_PAGE, CONTRACT_PAGE = DOCS / "audit.md", DOCS / "contract.md"


def write_block(page: Path, command: str, text: str) -> None:
    """Puts `text` between the two lines of `command`, which the page has already."""
    old = _read(page, command)
    page.write_text(_pattern(command).sub(lambda found: f"{found[1]}\n\n{text.strip()}\n\n{found[3]}", old))


def read_block(page: Path, command: str) -> str:
    """What stands there, without empty lines around it."""
    found = _pattern(command).search(_read(page, command))
    assert found
    return found[2].strip()


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table of Markdown, with figures to the right."""
    figures = ["---:" if re.fullmatch(r"-?[\d,.]+", cell) else "---" for cell in rows[0]]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---", *figures[1:]], *rows])


def _read(page: Path, command: str) -> str:
    text = page.read_text()
    if len(_pattern(command).findall(text)) != 1:
        raise ValueError(f"{page} has no place for what {command} writes")
    return text


def _pattern(command: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- Written by `{re.escape(command)}`. -->)\n(.*?)(<!-- End of it. -->)", re.S)
