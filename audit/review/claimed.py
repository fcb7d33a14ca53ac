"""What a hub claims, against the state that a replay of its log has made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hutong.errors import HutongError
from rules.claims import claims, directory_of
from rules.state import State

from .files import read_file
from .findings import Findings
from .manifest import CLAIMS

_MAX_CLAIMS = 1 << 30


def compare_claims(state: State, folder: Path, origin: str, size: int, findings: Findings) -> None:
    """Name every file under claims.json and directory/ that is not what ``state`` gives after ``size`` entries."""
    wanted = {CLAIMS: claims(state, origin, size)}
    wanted |= {f"directory/{agency}.json": text for agency, text in directory_of(state).items()}
    for name, text in wanted.items():
        try:
            claimed = read_file(folder / name, _MAX_CLAIMS, name)
        except HutongError as error:
            findings.caught(name, error)
            continue
        for line in _differences(claimed, text):
            findings.add(name, "HT-RPL-03", record=line)
    for file in sorted((folder / "directory").glob("*.json")):
        if f"directory/{file.name}" not in wanted:
            findings.add(f"directory/{file.name}", "HT-RPL-04")


def _differences(claimed: bytes, replayed: bytes) -> Iterator[str]:
    """The records that stand in only one of the two, as far as they can be told apart; else that bytes differ."""
    if claimed == replayed:
        return
    one, other = set(claimed.splitlines()), set(replayed.splitlines())
    told = sorted(one ^ other)
    for line in told:
        side = "claimed" if line in one else "replayed"
        yield f"{side}: {line.decode('utf-8', 'replace').rstrip(',')[:200]}"
    if not told:
        yield "order"
