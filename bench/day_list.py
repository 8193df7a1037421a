"""Speed of a day's list (`send_image --batch`) beside the same bytes as one study and beside commands in a loop.

    python bench/day_list.py [--studies 200] [--megabytes 6] [--rounds 3] [--looped 3]

Each round runs every command once, in turn, on one running devnet; the table shows medians, of ratios taken round by
round too. What a command costs beyond an `ape run` of an empty script on the same chain is its own. The studies are
DICOM files, one patient each; the one study has all of them. Machines are noisy: quote the ratios.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from transfer import devnet, run

from radiogram.formats.key_card import encode_card
from radiogram.formats.seed import keys_of_words, new_seed_words

SECONDS_LIMIT = 0.35  # a study, beyond one start-up
RATIO_LIMIT = 1.2  # times the same bytes as one study
EMPTY, LIST, ONE, LOOP = (
    "ape run (empty script)",
    "send_image --batch",
    "send_image, one study",
    "send_image, one by one",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=200, help="how many are in the list [200]")
    parser.add_argument("--megabytes", type=int, default=6, help="size of each [6]")
    parser.add_argument("--rounds", type=int, default=3, help="times each command is run [3]")
    parser.add_argument("--looped", type=int, default=3, help="how many are sent one by one in each round [3]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="radiogram-bench-") as name:
        bench(Path(name), options.studies, options.megabytes, options.rounds, options.looped)


def write_image(path: Path, number: int, megabytes: int) -> None:
    """A DICOM file of a patient of its own."""
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = CTImageStorage
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    image.StudyInstanceUID, image.SeriesInstanceUID = generate_uid(), generate_uid()
    image.PatientName, image.PatientID, image.PatientBirthDate = f"Test^{number}", f"T-{number}", "19700101"
    image.StudyDate, image.Modality, image.BitsAllocated = "20261127", "CR", 8
    image.Rows, image.Columns = 1000, 1000 * megabytes
    image.PixelData = os.urandom(1_000_000 * megabytes)
    path.parent.mkdir(exist_ok=True)
    image.save_as(path, enforce_file_format=True)


def write_list(folder: Path, studies: int, megabytes: int) -> Path:
    """Studies, a card for each, and the list."""
    rows = []
    for number in range(studies):
        write_image(folder / "studies" / f"{number}.dcm", number, megabytes)
        card = folder / f"{number}.card.json"
        card.write_bytes(encode_card(keys_of_words(new_seed_words()).public()))
        rows.append((f"studies/{number}.dcm", card.name))
    with (folder / "list.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("study", "recipient"), *rows])
    return folder / "list.csv"


def bench(folder: Path, studies: int, megabytes: int, rounds: int, looped: int) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("RADIOGRAM_")}
    env["RADIOGRAM_HOME"] = str(folder / "home")
    empty = folder / "empty"
    (empty / "scripts").mkdir(parents=True)
    (empty / "scripts" / "nothing.py").write_text("def main():\n    pass\n")
    listed = write_list(folder, studies, megabytes)
    send = ("ape", "run", "send_image", "--again", "--yes", "--json")
    whole = (str(folder / "studies"), "--several-patients", "--several-studies")
    seconds: dict[str, list[float]] = {EMPTY: [], LIST: [], ONE: [], LOOP: []}
    with devnet(env) as node:
        connected = ("--network", "ethereum:local:ganache", "--provider-settings", json.dumps({"host": node["chain"]}))
        for number in range(rounds + 1):  # the first round warms up, and is not counted
            this_round = {
                EMPTY: run("ape", "run", "nothing", *connected, cwd=empty, env=env).seconds,
                ONE: run(*send, *whole, "--to", str(folder / "0.card.json"), env=env).seconds,
            }
            batch = run(*send, "--batch", str(listed), env=env)
            if batch.output.count("\n") != studies or '"error"' in batch.output:
                sys.exit("bench: not every study was sent")
            one_by_one = [
                run(*send, f"{folder}/studies/{each}.dcm", "--to", f"{folder}/{each}.card.json", env=env).seconds
                for each in range(looped)
            ]
            this_round |= {LIST: batch.seconds, LOOP: statistics.mean(one_by_one) * studies}
            for label, each in this_round.items() if number else ():
                seconds[label].append(each)

    print(f"\n{studies} studies of {megabytes} MB, {rounds} rounds, {os.cpu_count()} processors\n")
    print(f"{'':24}{'median s':>10}{'min':>8}{'max':>8}{'own s':>8}{'a study':>9}{'ratio':>8}{'whole':>8}")
    own = {label: [a - b for a, b in zip(times, seconds[EMPTY], strict=True)] for label, times in seconds.items()}
    ratios = {}
    for label, times in seconds.items():
        line = f"{label:24}{statistics.median(times):10.2f}{min(times):8.2f}{max(times):8.2f}"
        if label != EMPTY:
            ratios[label] = statistics.median(a / b for a, b in zip(own[label], own[ONE], strict=True))
            of_all = statistics.median(a / b for a, b in zip(times, seconds[ONE], strict=True))
            each = statistics.median(own[label]) / studies
            line += f"{statistics.median(own[label]):8.2f}{each:9.3f}{ratios[label]:8.2f}{of_all:8.2f}"
        print(line + f"{' (estimated)' if label == LOOP else ''}")
    held = statistics.median(own[LIST]) / studies <= SECONDS_LIMIT and ratios[LIST] <= RATIO_LIMIT
    print("\nratio: of own times to those of the one study; whole: of all of the commands' times")
    print(f"bounds ({SECONDS_LIMIT} s a study, ratio {RATIO_LIMIT}): {'held' if held else 'NOT held'}")


if __name__ == "__main__":
    main()
