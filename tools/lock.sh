#!/bin/sh
# Pins Python packages anew from pyproject.toml: versions and hashes for every platform, and no registry's address.
#
#     requirements-dev.txt    everything that develops, tests and measures
#     requirements.txt        the part of it that runs
#     requirements-networks.txt   that, and the extras for other networks, hardware wallets and a Safe
#     tools/installer.txt     what `make setup` installs them with, and builds the two packages of this tree with
#     tools/sbom.txt          what `make sbom` lists their parts with
#     tests/contract/slither-requirements.txt   what `make audit` analyses the contract with
#     tests/contract/mutator-requirements.txt   what it breaks the contract with
#     tests/mutants/mutmut-requirements.txt     what it breaks the Python with
#     bench/bench-requirements.txt              what `make bench` compares with
#     tests/fuzz/atheris-requirements.txt       what `make fuzz` feeds readers with
set -eu
cd "$(dirname "$0")/.."

pin() {
    .tools/installer/bin/uv pip compile --universal --generate-hashes --python-version 3.11 \
        --no-emit-package ape-ganache --no-header --quiet "$@" >/dev/null
}

pin pyproject.toml --extra local --extra dev --output-file requirements-dev.txt "$@"
pin pyproject.toml --extra local --constraints requirements-dev.txt --output-file requirements.txt "$@"
# By itself: some of these ask for older packages than the rest needs.
pin pyproject.toml --extra local --extra networks --extra etherscan --extra safe --extra ledger --extra trezor \
    --output-file requirements-networks.txt "$@"
pin --group installer --output-file tools/installer.txt "$@"
pin --group sbom --output-file tools/sbom.txt "$@"
pin --group slither --output-file tests/contract/slither-requirements.txt "$@"
pin --group mutator --output-file tests/contract/mutator-requirements.txt "$@"
pin --group mutmut --output-file tests/mutants/mutmut-requirements.txt "$@"
pin --group fuzzer --output-file tests/fuzz/atheris-requirements.txt "$@"
pin --group bench --output-file bench/bench-requirements.txt "$@"
