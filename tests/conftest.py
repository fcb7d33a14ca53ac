"""Fixtures that stand in for the outside world, for every folder of tests."""

import os

import pytest
from hypothesis import settings

pytest_plugins = ["tests.logs", "tests.worlds"]

# A busy machine is no fault of the code: no test is judged by how long it took.
settings.register_profile("hutong", deadline=None)
settings.load_profile("hutong")


@pytest.fixture(autouse=True)
def nobody_has_chosen_a_language() -> None:
    """Neither the machine nor a test that ran before in this process."""
    for name in ("HUTONG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        os.environ.pop(name, None)
