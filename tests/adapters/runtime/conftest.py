"""What the tests of the node share; the stations themselves stand in stations.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.runtime.stations import COMPLAINTS, Desk
from tests.worlds import World

_MANDATES: dict[int, dict[str, list[bytes]]] = {}


@pytest.fixture
def desk(shared_world: World, tmp_path: Path) -> Desk:
    """Stations in the shared world; each test has nodes of its own, on the agencies' one identity."""
    return Desk(shared_world, tmp_path, _MANDATES.setdefault(id(shared_world), {}))


@pytest.fixture
def own_desk(world: World, tmp_path: Path) -> Desk:
    """Stations in a world of one's own."""
    return Desk(world, tmp_path)


@pytest.fixture
def complaints() -> Callable[[str], bytes]:
    """A file of three complaints; ``name`` keeps the numbers of tests apart."""

    def make(name: str) -> bytes:
        numbers = {"first": f"{name}-1", "second": f"{name}-2", "third": f"{name}-3"}
        return COMPLAINTS.format(**numbers).encode()

    return make
