"""YAML (https://yaml.org/spec/1.2.2/) as people write it for us: mappings, lists and text, nothing that surprises.

Every scalar stays the text that was typed, so that "no" is no boolean, a date no date object, and an identity number
keeps its digits; the contract's fields say what a text must be. Anchors, tags and keys given twice are refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import yaml

from hutong.catalogue import say
from hutong.errors import HutongError
from liaison.disk import reason

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"
_MAX_BYTES = 4 << 20
_MAX_DEPTH = 32


def read_file(path: Path) -> dict[str, Plain]:
    """The mapping in the file ``path``; HT-CLI-26 where there is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise HutongError("HT-CLI-26", file=path.name, why=reason(error)) from error
    return parse(data, path.name)


def parse(data: bytes, name: str) -> dict[str, Plain]:
    """The mapping in ``data``; HT-CLI-26 names the line where it cannot be read."""
    if len(data) > _MAX_BYTES:
        raise HutongError("HT-CLI-26", file=name, why=say("disk.large", limit=_MAX_BYTES))
    try:
        node = _compose(data.decode("utf-8-sig"))
        plain = _plain(node, 0) if node else {}
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise HutongError("HT-CLI-26", file=name, why=_why(error)) from error
    if not isinstance(plain, dict):
        raise HutongError("HT-CLI-26", file=name, why=say("rule.mapping"))
    return plain


def _compose(text: str) -> yaml.Node | None:
    """The document as nodes. An alias would let a small file unfold into a huge one."""
    for event in yaml.parse(text, yaml.SafeLoader):
        tagged = isinstance(event, yaml.NodeEvent) and (event.anchor or getattr(event, "tag", None))
        if tagged:
            raise _unread(event.start_mark, say("yaml.anchors"))
    loader = yaml.SafeLoader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _plain(node: yaml.Node, depth: int) -> Plain:
    if depth > _MAX_DEPTH:
        raise _unread(node.start_mark, say("yaml.deep"))
    if isinstance(node, yaml.ScalarNode):
        return "" if node.value in ("~", "null") and node.style is None else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each, depth + 1) for each in node.value]
    found: dict[str, Plain] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value in found:
            raise _unread(key.start_mark, say("yaml.key"))
        found[key.value] = _plain(value, depth + 1)
    return found


class _Unread(yaml.MarkedYAMLError):
    """What YAML allows and we do not read; ``problem`` is in the reader's language."""


def _unread(mark: Any, problem: str) -> _Unread:
    return _Unread(problem=problem, problem_mark=mark)


def _why(error: Exception) -> str:
    """Where and what, without anything of the content."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        problem = error.problem if isinstance(error, _Unread) else say("yaml.form")
        return say("yaml.at", line=error.problem_mark.line + 1, column=error.problem_mark.column + 1, problem=problem)
    return say("disk.not_utf8") if isinstance(error, UnicodeDecodeError) else say("yaml.form")
