"""One error taxonomy: a code, its category, and in both languages what happened, why, and what to do next.

The sentences stand in ``catalogue/errors/*.toml``. A category is turned into a gRPC status, a process exit code or a
page once, at the edge that speaks to that outside; nothing in between invents its own errors.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from hutong.catalogue import Lang, default_lang, fill, load


class Category(StrEnum):
    """What kind of trouble it is; coarse on purpose."""

    INVALID = "invalid"  # the bytes or values are wrong; sending them again cannot help
    UNAUTHENTICATED = "unauthenticated"  # nobody we know, or no longer
    VERIFICATION = "verification"  # a signature, digest or proof does not hold
    FORBIDDEN = "forbidden"  # known, but may not
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"  # the same id with other bytes
    STATE = "state"  # not in this state of the item or directory
    QUOTA = "quota"  # too much at once; later
    UNAVAILABLE = "unavailable"  # not now; send the same again
    INFEASIBLE = "infeasible"
    USAGE = "usage"
    INTERNAL = "internal"  # our fault


EXIT_CODES: dict[Category, int] = {
    Category.USAGE: 2,
    Category.UNAUTHENTICATED: 4,
    Category.VERIFICATION: 5,
    Category.INFEASIBLE: 6,
    Category.CONFLICT: 7,
}
"""Exit codes of the command line; every other category exits 1."""


@dataclass(frozen=True)
class Sentences:
    """The three things that an error says to a person."""

    what: str
    why: str
    next: str


@cache
def category(code: str) -> Category:
    """The category of ``code``."""
    return Category(load("errors")[code]["category"])


def sentences(code: str, params: dict[str, Any], lang: Lang | None = None) -> Sentences:
    """What happened, why, and the next step, for a person."""
    spoken = lang or default_lang()
    table = load("errors")[code][spoken]
    return Sentences(*(fill(str(table[part]), params, spoken) for part in ("what", "why", "next")))


class HutongError(Exception):
    """Anything that is refused or fails, with its code and the parameters of its sentences.

    ``params`` never hold personal data, names or content: they travel to logs and to the other side.
    """

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = {key: str(value) for key, value in params.items()}
        self.trace_id = self.params.pop("trace_id", "") or secrets.token_hex(8)
        super().__init__(code, self.params)

    @property
    def category(self) -> Category:
        """The coarse category of the code."""
        return category(self.code)

    @property
    def exit_code(self) -> int:
        """What the command line exits with."""
        return EXIT_CODES.get(self.category, 1)

    def sentences(self, lang: Lang | None = None) -> Sentences:
        """What, why and next in ``lang``."""
        return sentences(self.code, self.params, lang)

    def __str__(self) -> str:
        said = self.sentences("en")
        return f"{said.what} {said.why} {said.next} [{self.code} · {self.trace_id}]"
