#!/bin/sh
# Pins requirements.txt anew from pyproject.toml: versions and hashes for every platform, and no registry's address.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --python-version 3.11 \
    --no-emit-package ape-ganache --no-header --quiet "$@" --output-file requirements.txt >/dev/null
