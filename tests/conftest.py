"""Fixtures that stand in for the outside world, for every folder of tests."""

pytest_plugins = ["tests.worlds"]
