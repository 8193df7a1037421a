"""Why mutants stay that no test notices."""

from __future__ import annotations

from tests.mutants.mutant import Mutant


def argument(mutant: Mutant) -> str:
    return ""
