"""Counting what a page asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE", "SET ")


@dataclass
class Statements:
    """The statements sent while counting, in their order, and how often something was committed."""

    texts: list[str] = field(default_factory=list)
    commits: int = 0

    def __len__(self) -> int:
        return len(self.texts)

    def __str__(self) -> str:
        return "\n".join(f"{number}. {' '.join(text.split())}" for number, text in enumerate(self.texts, 1))


@contextmanager
def count_statements(*, at_most: int | None = None) -> Iterator[Statements]:
    """Record the statements of all engines; fail, listing them, when there are more than `at_most`.

    What only opens, closes or tunes a transaction or connection is not counted.
    """
    statements = Statements()

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(NOT_COUNTED):
            statements.texts.append(statement)

    def commit(_connection: Any) -> None:
        statements.commits += 1

    event.listen(Engine, "before_cursor_execute", listen)
    event.listen(Engine, "commit", commit)
    try:
        yield statements
    finally:
        event.remove(Engine, "commit", commit)
        event.remove(Engine, "before_cursor_execute", listen)
    if at_most is not None:
        assert len(statements) <= at_most, f"{len(statements)} statements, allowed {at_most}:\n{statements}"
