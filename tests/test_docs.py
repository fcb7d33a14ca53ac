"""What the documentation says is there: pages that are made are current, links and paths lead somewhere, commands and
their options exist, codes are the catalogue's, bytes the vector's."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer.main

from hutong.catalogue import load
from hutong.commands import compose
from hutong.reference import errors_page, kinds_page

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
WRITTEN = [page for page in PAGES if page.name not in ("errors.md", "kinds.md")]
ROOMS = ("hutong", "rules", "audit", "hub", "adapters", "liaison", "demo")
CODE = re.compile(r"HT-[A-Z]{3}-[0-9]{2,3}")
_FENCE = re.compile(r"^(\s*)```(\w*)\n(.*?)^\s*```", re.M | re.S)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TICKED = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"(?:[A-Za-z_][\w.-]*/)+(?:[\w.*-]+)?|[\w-]+\.(?:md|toml|lock)")
_MADE_BY_RUNNING = ("var/", "buf/", "hutong/v1/", "bench/results.json")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "page"), [("errors.md", errors_page), ("kinds.md", kinds_page)])
def test_made_pages_are_current(name: str, page: Any) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == page(), "run: .venv/bin/python -m hutong.reference docs"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(prose(page)):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_paths_in_backticks_exist(page: Path) -> None:
    rooms = {each.name for each in ROOT.iterdir() if each.is_dir() and not each.name.startswith(".")}
    for said in _TICKED.findall(prose(page)):
        if not _PATH.fullmatch(said) or said.startswith(_MADE_BY_RUNNING):
            continue
        if said.partition("/")[0] in rooms and "/" in said:
            assert list(ROOT.glob(said.rstrip("/"))), said


def test_functions_named_beside_a_file_are_in_it() -> None:
    """The tour names functions as "`name` in `file.py`" or "`name` (`file.py`)"."""
    text = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
    pairs = re.findall(r"`([A-Za-z_]\w*)`\s+(?:in\s+|\()`([\w/]+\.py)`", text)
    assert len(pairs) > 10
    for name, file in pairs:
        source = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"(def|class) {name}\b", source), f"{name} in {file}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"(?<![\w.~])/(?:work|tmp|home|root|Users|mnt)\b|\.\./shared|localhost:\d+", text)
    assert not found, found


def sources() -> Iterator[Path]:
    """The program's own modules."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            if "v1" not in file.relative_to(ROOT).parts[:2]:
                yield file


def used_codes(file: Path) -> set[str]:
    """Codes in string literals that are not documentation."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    spoken = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    literals = (each for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str))
    return {code for each in literals if id(each) not in spoken for code in CODE.findall(str(each.value))}


def test_codes_used_are_the_catalogue_s() -> None:
    used = {code: named(file) for file in sources() for code in used_codes(file)}
    known = set(load("errors"))
    assert {code: file for code, file in used.items() if code not in known} == {}
    assert sorted(known - set(used)) == [], "in the catalogue, and raised by nothing"


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_codes_on_pages_exist(page: Path) -> None:
    assert sorted(set(CODE.findall(page.read_text(encoding="utf-8"))) - set(load("errors"))) == []


def shown_commands(page: Path) -> list[list[str]]:
    """The lines of shell blocks, and the inline code, that call ``hutong`` with more than its name."""
    text = page.read_text(encoding="utf-8")
    lines = [line.strip() for _, lang, block in _FENCE.findall(text) if lang == "sh" for line in block.splitlines()]
    lines += _TICKED.findall(prose(page).replace("\n", " "))
    found = []
    for line in lines:
        words = shlex.split(re.split(r"\s[|>]\s", line)[0].replace("…", "")) if "hutong " in line else []
        if words and Path(words[0]).name == "hutong" and len(words) > 1:
            found.append(words[1:])
    return found


def check_command(words: list[str]) -> None:
    """Walk the program's commands along ``words``; every option must be one of the command's."""
    command: Any = typer.main.get_command(compose(words))
    context = click.Context(command)
    rest = list(words)
    while rest and hasattr(command, "get_command"):
        if rest[0] == "--lang":
            rest = rest[2:]
            continue
        if rest[0].startswith("-"):
            break
        word = rest.pop(0)
        found = command.get_command(context, word)
        assert found is not None, f"no command {word} in: hutong {' '.join(words)}"
        command = found
    options = {option for parameter in command.params for option in parameter.opts}
    for word in rest:
        if re.match(r"--?[a-z]", word):
            assert word.partition("=")[0] in options, f"no option {word} in: hutong {' '.join(words)}"


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_commands_shown_exist(page: Path) -> None:
    for words in shown_commands(page):
        check_command(words)


def test_bytes_shown_are_the_vector_s() -> None:
    vector = (ROOT / "tests" / "vectors" / "statement.json").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "integrator.md").read_text(encoding="utf-8")
    shown = [each for each in re.findall(r"\b[0-9a-f]{16,}\b", page) if not each.startswith("0123")]
    fields = json.loads(vector)["header"]["fields"]
    assert len(shown) >= 10 and all(each in vector for each in shown)
    assert all(f"| {each['number']} | `{each['name']}` | `{each['bytes']}` |" in page for each in fields)
    assert json.loads(vector)["receipt"]["proof"] in page
