"""Warnings on standard error, each one line and said once."""

from __future__ import annotations

from dataclasses import dataclass, field

import click


@dataclass
class Warner:
    """Says each warning once."""

    said: list[str] = field(default_factory=list)

    def __call__(self, text: str) -> None:
        """Say a warning on standard error."""
        from texturize.errors import printable

        if text not in self.said:
            click.echo(f"Warning: {printable(text)}", err=True)
        self.said.append(text)
