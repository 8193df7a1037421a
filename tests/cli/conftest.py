"""What these ask of a chain, they only ask."""

from tests.unisolated import _function_isolation  # noqa: F401 - a fixture
