"""What a person must look at: dead letters (a record, or a statement, that went no further) and alarms."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from adapters.draft import DeadLetter
from adapters.runtime.store import Store
from hutong.catalogue import Lang, default_lang
from hutong.errors import Category, HutongError, category, sentences


@dataclass(frozen=True)
class Letter:
    """A dead letter. ``file`` is the digest of the file that it came from, if any."""

    id: int
    file: bytes | None
    name: str
    place: str
    code: str
    params: dict[str, str]
    message_id: bytes | None
    at: int
    state: str

    def to_dict(self, lang: Lang | None = None) -> dict[str, Any]:
        """Its JSON form, with the reason in ``lang``."""
        return {
            "id": self.id,
            "file": self.name,
            "where": self.place,
            "code": self.code,
            "reason": reason(self.code, self.params, lang),
            "message_id": self.message_id.hex() if self.message_id else "",
            "at": self.at,
            "state": self.state,
        }


@dataclass(frozen=True)
class Alarm:
    """Something wrong that lasts. Times in milliseconds since 1970 (UTC)."""

    code: str
    subject: str
    params: dict[str, str]
    since: int
    last: int

    def to_dict(self, lang: Lang | None = None) -> dict[str, Any]:
        """Its JSON form, with the reason in ``lang``."""
        said = reason(self.code, self.params, lang)
        return {"code": self.code, "subject": self.subject, "reason": said, "since": self.since, "last": self.last}


class Troubles:
    """Dead letters and alarms in the store."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock

    def bury(self, letter: DeadLetter, name: str, file: bytes | None = None, message_id: bytes | None = None) -> None:
        """Keep a dead letter; the same one of the same file only once while it is open."""
        self._store.execute(
            "INSERT OR IGNORE INTO dead_letters (file, name, place, code, params, message_id, at, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'open')",
            file,
            name,
            letter.where,
            letter.code,
            json.dumps(dict(letter.params), ensure_ascii=False),
            message_id,
            self._clock(),
        )

    def letters(self, state: str = "open") -> list[Letter]:
        """Dead letters in ``state``, oldest first."""
        return [
            _letter(row) for row in self._store.all("SELECT * FROM dead_letters WHERE state = ? ORDER BY id", state)
        ]

    def letter(self, number: int) -> Letter:
        """The dead letter ``number``; HT-NOD-14."""
        row = self._store.first("SELECT * FROM dead_letters WHERE id = ?", number)
        if row is None:
            raise HutongError("HT-NOD-14", id=number)
        return _letter(row)

    def mark(self, number: int, state: str) -> None:
        """Move a dead letter on to ``state``."""
        self._store.execute("UPDATE dead_letters SET state = ? WHERE id = ?", state, number)

    @property
    def newest(self) -> int:
        """The number of the newest dead letter; 0 before the first."""
        return int(self._store.one("SELECT coalesce(max(id), 0) FROM dead_letters")[0])

    def settle(self, file: bytes, until: int, still: Collection[DeadLetter]) -> None:
        """A file was taken in once more: of its dead letters up to number ``until``, those that did not come up again
        are dealt with."""
        again = {(letter.where, letter.code) for letter in still}
        for letter in self.letters():
            if letter.file == file and letter.id <= until and (letter.place, letter.code) not in again:
                self.mark(letter.id, "replayed")

    def raise_(self, error: HutongError, subject: str) -> None:
        """Raise or repeat the alarm that ``error`` is about ``subject``."""
        now = self._clock()
        params = json.dumps(error.params, ensure_ascii=False)
        self._store.execute(
            "INSERT INTO alarms VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (code, subject) DO UPDATE SET params = excluded.params, last = excluded.last",
            error.code,
            subject,
            params,
            now,
            now,
        )

    def alarms(self) -> list[Alarm]:
        """All alarms, oldest first."""
        rows = self._store.all("SELECT * FROM alarms ORDER BY since, code, subject")
        return [
            Alarm(row["code"], row["subject"], json.loads(row["params"]), row["since"], row["last"]) for row in rows
        ]

    def recovered(self, subject: str) -> None:
        """``subject`` works again. What did not verify stays an alarm until a person has looked at it."""
        for alarm in self.alarms():
            if alarm.subject == subject and category(alarm.code) is not Category.VERIFICATION:
                self._store.execute("DELETE FROM alarms WHERE code = ? AND subject = ?", alarm.code, subject)

    def clear(self, code: str, subject: str | None = None) -> int:
        """End alarms by code, of one subject or of all; how many there were."""
        if subject is None:
            return self._store.execute("DELETE FROM alarms WHERE code = ?", code)
        return self._store.execute("DELETE FROM alarms WHERE code = ? AND subject = ?", code, subject)


def reason(code: str, params: dict[str, str], lang: Lang | None = None) -> str:
    """The three sentences of ``code`` as one text."""
    said = sentences(code, params, lang)
    return ("" if (lang or default_lang()) == "zh" else " ").join((said.what, said.why, said.next))


def _letter(row: Any) -> Letter:
    return Letter(
        id=row["id"],
        file=row["file"],
        name=row["name"],
        place=row["place"],
        code=row["code"],
        params=json.loads(row["params"]),
        message_id=row["message_id"],
        at=row["at"],
        state=row["state"],
    )
