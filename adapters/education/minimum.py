"""Minimum fields: what an exchange does not need does not leave (个人信息保护法 第六条; for minors 第三十一条).

This is the one exception to "nothing is lost". A school's record of a student holds family, health, marks, addresses.

- An answer to STUDENT_MATCH needs four things: whether the student was found, school, grade, and state of enrolment.
- A missing student's alert needs who it is (name, id number, the student's own telephone and accounts), school, grade,
  and when and where last seen.
- A warning from a campus needs the school, the words, and a count.

Every other field is dropped on purpose and reported as a note ("kept back") by its name. It is never put into
Body.extras, and the native record does not travel along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from adapters.draft import Note


def kept_back(names: Iterable[str]) -> list[Note]:
    """One note for each name of a field that did not leave, with how often it held something."""
    return [Note.of("education-kept-back", name, count=count) for name, count in Counter(names).items()]
