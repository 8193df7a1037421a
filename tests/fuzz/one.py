"""One target under atheris, in its environment (tests/fuzz/run.py):  python -m tests.fuzz.one TARGET [OPTION…]"""

import logging
import sys
import warnings

import atheris

with atheris.instrument_imports(include=["radiogram", "tarfile", "pydicom", "ecies", "eth_keyfile", "cid", "bech32"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    warnings.simplefilter("ignore")  # libraries quote what they complain of
    logging.disable()
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
