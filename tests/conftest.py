"""Fixtures that stand in for the outside world, for every folder of tests."""

from hypothesis import settings

pytest_plugins = ["tests.logs", "tests.worlds"]

# A busy machine is no fault of the code: no test is judged by how long it took.
settings.register_profile("hutong", deadline=None)
settings.load_profile("hutong")
