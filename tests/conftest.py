"""What all tests share: effort profiles, and the tools that only tests need."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import engine
from web3._utils.http_session_manager import HTTPSessionManager

# Each command of a test is a process: all of them would compile this project anew, where no bytecode is kept.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Ganache ends a connection that rests for 5 seconds, perhaps as the next question comes: each has one of its own here.
HTTPSessionManager.get_response_from_post_request = staticmethod(requests.post)

# Effort is a profile: HYPOTHESIS_PROFILE=quick | ci | deep. Machines are shared and noisy, so no test has a deadline.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}
settings.register_profile("quick", max_examples=25, stateful_step_count=20, print_blob=True, **_COMMON)
settings.register_profile("ci", max_examples=100, stateful_step_count=30, **_COMMON)
settings.register_profile("deep", max_examples=1000, stateful_step_count=50, **_COMMON)
_PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "quick")
settings.load_profile(_PROFILE)
if _PROFILE == "quick":
    # Seconds for making an example small that fails; there is no setting for it. Otherwise five minutes, for each test.
    engine.MAX_SHRINKING_SECONDS = min(20, engine.MAX_SHRINKING_SECONDS)


@pytest.hookimpl(wrapper=True)
def pytest_exception_interact(report):
    """A failure as pytest tells it: Ape tells of every frame in the project's folder, and .venv is in it."""
    told = report.longrepr
    yield
    report.longrepr = told


@pytest.fixture(scope="session")
def need():
    """Where a tool is, by name; without it a test is skipped with a word, and under CI=true it fails."""

    def find(name: str, package: str | None = None, source: str | None = None, path: str | None = None) -> str:
        """`package` is Debian's, if its name is another; `source` is where else it comes from; `path`, not PATH."""
        found = shutil.which(name, path=path)
        if found is None:
            message = f"{name} is missing: install it ({source or f'Debian: apt install {package or name}'})"
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
        return found

    return find


@pytest.fixture
def dcmtk(need):
    """dcmtk(name): where its program of that name is, otherwise as `need`. pynetdicom has others of these names."""
    own = Path(sys.executable).parent
    path = os.pathsep.join(each for each in os.get_exec_path() if Path(each) != own)
    return lambda name: need(name, "dcmtk", path=path)


@pytest.fixture
def age(need):
    """That Go's age knows hybrid keys; otherwise as `need`."""
    found = need("age", source="make setup-dev builds age 1.3, or set AGE_BIN before it")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(int(part) for part in version.lstrip("v").split(".")[:2]) < (1, 3):
        need("age 1.3", source=f"{found} is {version}; make setup-dev builds it")
    return found
