"""Small tables for notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def html_table(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows of text as an HTML table, escaped; the first of each row names the others."""
    lines = (
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        + "".join(f"<td style='text-align:left'>{escape(text)}</td>" for text in texts)
        + "</tr>"
        for name, *texts in rows
    )
    return f"<table>{''.join(lines)}</table>"
