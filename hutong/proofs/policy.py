"""Whose checkpoints count: logs, witnesses and the quorum (C2SP tlog-policy).

The same file is read by every party and by other people's tools. Keys are Ed25519: logs sign plainly (0x01), witnesses
cosign (0x04). A line of any other kind is refused, because a policy half understood is no policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hutong.errors import HutongError

from .checkpoint import Checkpoint
from .encoding import from_decimal
from .note import COSIGNATURE, ED25519, Note, VerifierKey

NONE = "none"
MAX_POLICY = 1_000_000


@dataclass(frozen=True)
class Group:
    """Stands behind a checkpoint when at least ``threshold`` of its members do; members are witnesses or groups."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """What the signatures under one note are worth under one policy."""

    checkpoint: Checkpoint
    log: VerifierKey | None
    """The log's key that signed, if one did."""
    cosigned: Mapping[str, int]
    """The policy's names of the witnesses that cosigned, with their POSIX times."""
    unknown: tuple[str, ...]
    """Key names of signatures that the policy does not know; they count for nothing."""
    faults: tuple[HutongError, ...]
    """Everything for which the checkpoint is not accepted: HT-LOG-08, -09, -10."""


@dataclass(frozen=True)
class Policy:
    """Logs, witnesses by name, groups by name, and the name that must stand behind a checkpoint (``none``: nobody)."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    def __str__(self) -> str:
        """The policy file."""
        lines = [f"log {key}" for key in self.logs]
        lines += [f"witness {name} {key}" for name, key in self.witnesses.items()]
        lines += [f"group {name} {group.threshold} {' '.join(group.members)}" for name, group in self.groups.items()]
        return "".join(f"{line}\n" for line in (*lines, f"quorum {self.quorum}"))

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8", "surrogateescape")

    @classmethod
    def parse(cls, data: bytes) -> Policy:
        """The policy in a file's bytes; HT-LOG-11, with the line that is wrong, for anything else."""
        return _Parser().parse(data)

    def stands_behind(self, name: str, cosigned: Mapping[str, int]) -> bool:
        """Whether the witness or group ``name`` does, given the witnesses that cosigned."""
        # A group stands below its members, so one pass decides them all, however deep they are nested.
        behind = {NONE, *cosigned}
        for group, wanted in self.groups.items():
            if sum(member in behind for member in wanted.members) >= wanted.threshold:
                behind.add(group)
        return name in behind

    def judge(self, note: Note) -> Judgement:
        """Check every signature under ``note`` that this policy knows; HT-LOG-07 when its text is no checkpoint."""
        checkpoint = Checkpoint.parse(note.text)
        log, cosigned, unknown, faults = None, dict[str, int](), list[str](), list[HutongError]()
        named = {(key.name, key.key_id): name for name, key in self.witnesses.items()}
        logs = {(key.name, key.key_id): key for key in self.logs if key.name == checkpoint.origin}
        for line in note.signatures:
            which = line.name, line.key_id
            try:
                if which in logs:
                    logs[which].check(note.text, line.signature)
                    log = logs[which]
                elif which in named:
                    cosigned[named[which]] = self.witnesses[named[which]].check(note.text, line.signature) or 0
                else:
                    unknown.append(line.name)
            except HutongError as fault:
                faults.append(fault)
        if log is None:
            faults.append(HutongError("HT-LOG-08", origin=checkpoint.origin))
        if not self.stands_behind(self.quorum, cosigned):
            faults.append(HutongError("HT-LOG-10", quorum=self.quorum, count=len(cosigned)))
        return Judgement(checkpoint, log, cosigned, tuple(unknown), tuple(faults))

    def accept(self, note: Note) -> Checkpoint:
        """The checkpoint of ``note``, signed and witnessed as this policy asks; the first fault is raised."""
        judgement = self.judge(note)
        if judgement.faults:
            raise judgement.faults[0]
        return judgement.checkpoint


class _Parser:
    """Reads one policy file, line by line; a name counts only once it was defined above."""

    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, VerifierKey] = {}
        self.groups: dict[str, Group] = {}
        self.members: set[str] = set()
        self.quorum: str | None = None

    def parse(self, data: bytes) -> Policy:
        # Octets beyond ASCII are opaque by the specification; surrogates keep them apart and give them back unchanged.
        lines = data.decode("utf-8", "surrogateescape").split("\n")
        if len(data) > MAX_POLICY or lines.pop() != "":
            raise HutongError("HT-LOG-11", line=len(lines) + 1)
        for number, line in enumerate(lines, 1):
            words = [word for word in line.replace("\t", " ").split(" ") if word]
            legal = all(char == "\t" or (char >= " " and char != "\x7f") for char in line)
            if not legal or (words and not words[0].startswith("#") and not self._line(words)):
                raise HutongError("HT-LOG-11", line=number)
        if self.quorum is None:
            raise HutongError("HT-LOG-11", line=len(lines) + 1)
        return Policy(tuple(self.logs), self.witnesses, self.groups, self.quorum)

    def _line(self, words: list[str]) -> bool:
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                return self._log(vkey)
            case ["witness", name, vkey, *url] if len(url) <= 1 and self._free(name):
                return self._witness(name, vkey)
            case ["group", name, threshold, *members] if members and self._free(name):
                return self._group(name, threshold, members)
            case ["quorum", name] if self.quorum is None and (name == NONE or not self._free(name)):
                self.quorum = name
                return True
        return False

    def _free(self, name: str) -> bool:
        return name != NONE and name not in self.witnesses and name not in self.groups

    def _log(self, vkey: str) -> bool:
        key = _key(vkey, ED25519)
        if key is None or any(key.public == other.public for other in self.logs):
            return False
        self.logs.append(key)
        return True

    def _witness(self, name: str, vkey: str) -> bool:
        key = _key(vkey, COSIGNATURE)
        if key is None or any(key.public == other.public for other in self.witnesses.values()):
            return False
        self.witnesses[name] = key
        return True

    def _group(self, name: str, threshold: str, members: list[str]) -> bool:
        words = {"any": 1, "all": len(members)}
        count = words[threshold] if threshold in words else from_decimal(threshold) or 0
        known = all(member != NONE and not self._free(member) for member in members)
        once = len(set(members)) == len(members) and self.members.isdisjoint(members)
        if not known or not once or not 1 <= count <= len(members):
            return False
        self.members.update(members)
        self.groups[name] = Group(count, tuple(members))
        return True


def _key(vkey: str, algorithm: int) -> VerifierKey | None:
    """The key of ``vkey`` if it is one for this purpose."""
    try:
        key = VerifierKey.parse(vkey)
    except (HutongError, UnicodeEncodeError):
        return None
    return key if key.algorithm == algorithm else None
