"""A day's list (`send_image --batch`), beside the same bytes as one study, commands in a loop, and bare IPFS."""

from __future__ import annotations

import csv
import os
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from bench.measure import ADD_SETTINGS, Devnet, Run, conditions, devnet, freshen, random_file, rounds
from bench.transfer import COPIES, MB, SMALL_SEND, kept
from radiogram.formats.key_card import encode_card
from radiogram.formats.seed import keys_of_words, new_seed_words

MEGABYTES = 6
LIST, ONE, LOOP = "send_image --batch", "send_image, one study", "send_image, one by one"
ADD_LIST, ADD_ONE = "ipfs add, the files", "ipfs add, one file"


CHAIN = "anvil"
"""Elsewhere the chain computes on other machines; Ganache would take some 11 ms of these processors for a message."""


def measure(count: int, studies: int) -> dict[str, Any]:
    """DICOM files of 6 MB, one patient each; the one study has all of them."""
    said = {"conditions": conditions() | {"studies": studies}}
    print(f"{studies} studies", file=sys.stderr, flush=True)
    with devnet(CHAIN) as node:
        listed = _write_list(node.folder, studies)
        one = random_file(node.folder / "one.bin", studies * MEGABYTES * MB)

        def before() -> None:
            freshen(one)
            freshen(node.folder / "studies")

        memory = COPIES * studies * MEGABYTES * MB
        runs = rounds(count, _commands(node, listed, one, studies), before, memory=memory)
    said["conditions"]["load at the end"] = conditions()["load"]
    return said | {"runs": {label: [kept(each) for each in some] for label, some in runs.items()}}


def _commands(node: Devnet, listed: Path, one: Path, studies: int) -> dict[str, Any]:
    folder = node.folder
    small, card = random_file(folder / "small.bin", 1000), str(folder / "0.card.json")
    send = ("ape", "run", "send_image", "--again", "--yes", "--json")
    files = shlex.join(str(each) for each in sorted((folder / "studies").iterdir()))

    def batch() -> Run:
        run = node.run(*send, "--batch", str(listed))
        if run.output.count("\n") != studies or '"error"' in run.output:
            sys.exit("bench: not every study was sent")
        return run

    whole = (str(folder / "studies"), "--several-patients", "--several-studies", "--to", card)
    return {
        SMALL_SEND: partial(node.run, *send, str(small), "--to", card),
        LOOP: partial(node.run, *send, str(folder / "studies" / "0.dcm"), "--to", card),
        ONE: partial(node.run, *send, *whole),
        LIST: batch,
        ADD_ONE: partial(node.shell, f"{node.ipfs} add -Q {ADD_SETTINGS} '{one}'"),
        ADD_LIST: partial(node.shell, f"{node.ipfs} add -q {ADD_SETTINGS} {files}"),
    }


def _write_list(folder: Path, studies: int) -> Path:
    """Studies, a card for each, and the list."""
    rows = []
    for number in range(studies):
        _write_image(folder / "studies" / f"{number}.dcm", number)
        card = folder / f"{number}.card.json"
        card.write_bytes(encode_card(keys_of_words(new_seed_words()).public()))
        rows.append((f"studies/{number}.dcm", card.name))
    with (folder / "list.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("study", "recipient"), *rows])
    return folder / "list.csv"


def _write_image(path: Path, number: int) -> None:
    """A DICOM file of a patient of its own."""
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = CTImageStorage
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    image.StudyInstanceUID, image.SeriesInstanceUID = generate_uid(), generate_uid()
    image.PatientName, image.PatientID, image.PatientBirthDate = f"Test^{number}", f"T-{number}", "19700101"
    image.StudyDate, image.Modality, image.BitsAllocated = "20261127", "CR", 8
    image.Rows, image.Columns = 1000, 1000 * MEGABYTES
    image.PixelData = os.urandom(MEGABYTES * MB)
    path.parent.mkdir(exist_ok=True)
    image.save_as(path, enforce_file_format=True)
