"""The libraries that read what arrives."""

from __future__ import annotations

import logging
import warnings


def quiet_libraries() -> None:
    """What pydicom and pynetdicom say may quote what arrives."""
    for name in ("pynetdicom", "pydicom"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module="pydicom|pynetdicom")
