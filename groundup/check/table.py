"""The progress table: what a chapter asks, and what the learner has done so far."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from groundup.check import progress
from groundup.check.result import LOOKS, PASSED


@dataclass(frozen=True)
class Row:
    """One exercise or question."""

    number: str
    name: str
    title: str
    level: str
    minutes: int
    state: str
    tries: int
    hints: int


@dataclass(frozen=True)
class Table:
    """Prints as text and shows as HTML."""

    rows: tuple[Row, ...]

    @property
    def passed(self) -> int:
        """How many are passed."""
        return sum(row.state == PASSED for row in self.rows)

    def __repr__(self) -> str:
        lines = [f"{self.passed} of {len(self.rows)} passed"]
        for r in self.rows:
            sign, _ = LOOKS[r.state]
            lines.append(f"  {sign} {r.number:6} {r.name:20} {r.level:8} {r.minutes:3} min  {r.state}{_counts(r)}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{h}</th>" for h in ("", "", "name", "level", "minutes", "state", "tries", "hints"))
        body = "".join(_html_row(r) for r in self.rows)
        total = f"<p><b>{self.passed} of {len(self.rows)} passed</b></p>"
        return f"{total}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _counts(row: Row) -> str:
    parts = [
        f"{n} {word}"
        for n, word in (
            (row.tries, "tries" if row.tries != 1 else "try"),
            (row.hints, "hints" if row.hints != 1 else "hint"),
        )
        if n
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _html_row(row: Row) -> str:
    sign, color = LOOKS[row.state]
    name = f"<code>{row.name}</code>" + (f"<br><small>{html.escape(row.title)}</small>" if row.title else "")
    cells = [
        f'<span style="color: {color};">{sign}</span>',
        row.number,
        name,
        row.level,
        row.minutes,
        row.state,
        row.tries or "",
        row.hints or "",
    ]
    return "<tr>" + "".join(f'<td style="text-align: left;">{c}</td>' for c in cells) + "</tr>"


def table_of(things: Sequence[Any]) -> Table:
    """The table of these exercises and questions, read from the progress files."""
    rows = []
    for t in things:
        known = progress.recall(t.stem, t.name)
        rows.append(Row(t.number, t.name, t.title, t.level, t.minutes, known["state"], known["tries"], known["hints"]))
    return Table(tuple(rows))
