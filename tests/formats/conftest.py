"""The formats are bytes alone."""

from tests.unisolated import _function_isolation  # noqa: F401 - a fixture
