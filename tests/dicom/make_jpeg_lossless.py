"""Writes jpeg_lossless.json: `python tests/dicom/make_jpeg_lossless.py CJPEG`, from the project's folder.

CJPEG is the cjpeg of libjpeg-turbo 3 (https://libjpeg-turbo.org), an encoder that has nothing to do with the decoders.
"""

import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

COLUMNS = 7
TOGETHER, ONE_BY_ONE, FIRST_THEN_OTHERS = ("0 1 2",), ("0", "1", "2"), ("0", "1 2")
DEFAULTS = {"bits": 12, "samples": 1, "predictor": 1, "shift": 0, "restart": 0, "scans": TOGETHER, "rows": 5}


def cases() -> list[dict[str, object]]:
    predictors = range(1, 8)
    return [
        DEFAULTS | each
        for each in [
            *({"bits": bits, "predictor": bits % 7 + 1} for bits in range(2, 17)),
            *({"bits": bits, "samples": 3, "predictor": bits % 7 + 1} for bits in range(2, 17)),
            *({"bits": 16, "shift": shift, "predictor": shift % 7 + 1} for shift in range(1, 16)),
            *({"bits": 16, "predictor": at} for at in predictors),
            *({"bits": 8, "samples": 3, "predictor": at} for at in predictors),
            *({"bits": 16, "samples": 3, "predictor": at} for at in predictors),
            *({"bits": 8, "samples": 3, "predictor": at, "scans": ONE_BY_ONE} for at in predictors),
            *({"bits": 12, "samples": 3, "predictor": at, "scans": ONE_BY_ONE, "shift": 1} for at in predictors),
            *({"bits": 16, "samples": 3, "predictor": at, "scans": FIRST_THEN_OTHERS} for at in predictors),
            *({"bits": 16, "predictor": at, "restart": 1} for at in predictors),
            *({"bits": 8, "samples": 3, "predictor": at, "restart": 2} for at in predictors),
            *({"samples": 3, "predictor": at, "restart": 1, "scans": ONE_BY_ONE, "shift": 2} for at in predictors),
            {"restart": 1, "rows": 19, "predictor": 4},  # more markers than they have numbers
        ]
    ]


def image(case: dict[str, object], chance: np.random.Generator) -> np.ndarray:
    """Waves, with noise; rows, columns, samples."""
    rows, columns, samples = np.indices((case["rows"], COLUMNS, case["samples"]))
    most = 2 ** case["bits"] - 1
    waves = np.sin(columns / 3 + samples) + np.cos(rows / 2) + chance.normal(0, 0.6, rows.shape)
    return np.clip((waves / 3 + 0.5) * most, 0, most).round().astype("<u2")


def encoded(cjpeg: str, case: dict[str, object], values: np.ndarray) -> bytes:
    rows, columns, samples = values.shape
    head = f"P{5 if samples == 1 else 6} {columns} {rows} {2 ** case['bits'] - 1}\n".encode()
    body = values.astype(">u2" if case["bits"] > 8 else "u1").tobytes()
    scans = ["0"] if samples == 1 else case["scans"]
    script = "".join(f"{scan}: {case['predictor']} 0 0 {case['shift']};\n" for scan in scans)
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(script)
        file.flush()
        command = [cjpeg, "-precision", str(case["bits"]), "-scans", file.name, "-restart", str(case["restart"])]
        command += ["-rgb"] if samples == 3 else []
        return subprocess.run(command, input=head + body, capture_output=True, check=True).stdout


def vectors(cjpeg: str) -> list[dict[str, object]]:
    chance = np.random.default_rng(1)
    made = []
    for case in cases():
        values = image(case, chance)
        stream = base64.b64encode(encoded(cjpeg, case, values)).decode()
        pixels = base64.b64encode((values >> case["shift"] << case["shift"]).tobytes()).decode()
        described = {**case, "columns": COLUMNS, "scans": len(case["scans"])}
        made.append({**described, "stream": stream, "pixels": pixels})
    return made


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(each) for each in vectors(sys.argv[1]))
    (Path(__file__).parent / "jpeg_lossless.json").write_text(f"[\n{lines}\n]\n")
