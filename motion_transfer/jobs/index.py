"""The index of all jobs in SQLite: their order and state, changed in single transactions by any number of processes."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from pathlib import Path

from motion_transfer.jobs.job import Job

WAIT_S = 30.0  # for another process's transaction
COLUMNS = tuple(field.name for field in fields(Job))
TABLE = f"CREATE TABLE IF NOT EXISTS jobs ({', '.join(COLUMNS)}, PRIMARY KEY (id))"
MARKS = ", ".join("?" * len(COLUMNS))


class Index:
    """Jobs by their order; every call is a transaction of its own.

    Args:
        path: of the database, which is made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connected() as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(TABLE)

    def add(self, job: Job) -> Job:
        """Put a job at the end of the queue; what it is given as its position does not count."""
        with self._connected() as database:
            database.execute(f"INSERT OR IGNORE INTO jobs VALUES ({MARKS})", astuple(job))
            database.execute("UPDATE jobs SET position = (SELECT MAX(position) + 1 FROM jobs) WHERE id = ?", (job.id,))
        found = self.get(job.id)
        assert found is not None
        return found

    def restore(self, jobs: Sequence[Job]) -> None:
        """Put jobs where they were; those that are there stay as they are."""
        with self._connected() as database:
            database.executemany(f"INSERT OR IGNORE INTO jobs VALUES ({MARKS})", [astuple(job) for job in jobs])

    def get(self, id: str) -> Job | None:
        """A job; None where there is none of that name."""
        found = self._select("WHERE id = ?", (id,))
        return found[0] if found else None

    def all(self) -> list[Job]:
        """All jobs in the order of the queue."""
        return self._select("ORDER BY position", ())

    def change(self, id: str, states: Sequence[str], *, last: bool = False, **changes: object) -> bool:
        """Change a job if it is in one of some states; whether it was.

        Args:
            last: also put it at the end of the queue.
            changes: new values by the names of a job's fields.
        """
        assert set(changes) <= set(COLUMNS)
        sets = [f"{name} = ?" for name in changes]
        if last:
            sets.append("position = (SELECT MAX(position) + 1 FROM jobs)")
        within = ", ".join("?" * len(states))
        words = f"UPDATE jobs SET {', '.join(sets)} WHERE id = ? AND state IN ({within})"
        with self._connected() as database:
            return database.execute(words, (*changes.values(), id, *states)).rowcount > 0

    def remove(self, id: str, states: Sequence[str]) -> bool:
        """Forget a job that is in one of some states; whether it was."""
        within = ", ".join("?" * len(states))
        with self._connected() as database:
            return (
                database.execute(f"DELETE FROM jobs WHERE id = ? AND state IN ({within})", (id, *states)).rowcount > 0
            )

    def _select(self, where: str, values: Sequence[object]) -> list[Job]:
        with self._connected() as database:
            rows = database.execute(f"SELECT {', '.join(COLUMNS)} FROM jobs {where}", values).fetchall()
        return [Job(**dict(zip(COLUMNS, row, strict=True))) for row in rows]

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes hold when the block ends well, and not at all otherwise."""
        database = sqlite3.connect(self._path, timeout=WAIT_S, isolation_level="IMMEDIATE")
        try:
            with database:
                yield database
        finally:
            database.close()


def open_index(path: Path) -> Index:
    """The index; one that is damaged is put aside, and a new one made."""
    try:
        index = Index(path)
        index.all()
        return index
    except sqlite3.OperationalError:  # locked, or its folder cannot be written to
        raise
    except sqlite3.DatabaseError:
        for suffix in ("", "-wal", "-shm"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.replace(part.with_name(f"{part.name}.damaged"))
        return Index(path)
