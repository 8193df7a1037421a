"""docs/speed.md holds what `make bench` wrote, and how that is reckoned."""

import pytest

from bench import day_list, messages, opening, page, transfer, website
from bench.measure import Run
from tests.generated_blocks import read_block

BLOCK = read_block(page.PAGE, page.COMMAND)
TABLES = [part.splitlines() for part in BLOCK.split("\n\n") if part.startswith("| ")]
MEMORY_MB = 64  # between the smallest and the largest that is sent
STUDY_SECONDS = 0.35  # of a day's list, beyond its start-up
OPENING = 1.2  # times its download


def cells(line: str) -> list[str]:
    return [each.strip() for each in line.strip().strip("|").split("|")]


def rows(head: str) -> list[dict[str, str]]:
    """Of the table whose first column has that head, by the heads of the columns."""
    (found,) = [each for each in TABLES if cells(each[0])[0].startswith(head)]
    return [dict(zip(cells(found[0]), cells(line), strict=False)) for line in found[2:]]


@pytest.mark.parametrize("way", ["Sending", "Retrieving"])
def test_every_size_was_measured_both_ways(way):
    sizes = [row[way].removesuffix(" (fewer rounds)") for row in rows(way)]
    assert sizes == [*transfer.SIZES, transfer.FOLDER]


def test_memory_does_not_grow_with_what_is_sent():
    for row in rows("Peak memory"):
        _, *peaks = row.values()
        assert max(map(int, peaks)) - min(map(int, peaks)) <= MEMORY_MB


def test_a_study_of_a_list_takes_no_longer_than_is_promised():
    (listed,) = [row for row in rows("200 studies") if row["200 studies of 6 MB"] == f"`{day_list.LIST}`"]
    assert float(listed["a study, s"]) <= STUDY_SECONDS


def test_a_long_inbox_and_its_envelopes_take_no_longer_than_is_promised():
    measured = {row["Inboxes and imports"]: row["measured"] for row in rows("Inboxes and imports")}
    assert float(measured["the same, of processors"].removesuffix(" s")) <= 2
    assert int(measured["envelopes opened, each second of one processor"].replace(",", "")) >= 1500


def test_the_plot_is_there_and_shows_what_is_large():
    drawn = page.PLOT.read_text()
    assert all(f">{size}<" in drawn for size in ("100 MB", "1 GB"))
    assert page.PLOT.name in page.PAGE.read_text()


def run(seconds: float, processor: float = 0) -> Run:
    return Run(seconds, processor, 0.5, 0.25, 100, "")


def test_our_part_is_what_a_command_takes_beyond_the_same_on_a_small_file_round_by_round():
    runs = {transfer.SEND: [run(5), run(9), run(4)], transfer.SMALL_SEND: [run(3), run(5), run(3)]}
    assert page.own(runs, transfer.SEND, transfer.SMALL_SEND) == [2, 4, 1]


def test_a_ratio_is_the_median_of_those_of_the_rounds():
    runs = {transfer.PIPE_IN: [run(1), run(4), run(5)]}
    assert page.ratio(runs, [2, 4, 1], transfer.PIPE_IN) == 1


def test_processors_are_those_of_command_node_and_chain():
    assert run(1, processor=2).all_processor == 2.75


def test_what_ape_loads_is_not_counted_as_ours():
    own = messages._packages_of_ape()
    assert {"ape", "web3", "pydantic", "ape_ganache", "json"} <= own
    assert not own & {"radiogram", "pydicom", "cryptography", "ipfshttpclient"}


def test_over_a_slow_line_a_study_is_opened_about_as_fast_as_it_is_downloaded():
    text = read_block(page.PAGE, website.COMMAND)
    sources = [cells(line) for line in text.splitlines() if line.startswith("| over ")]
    assert [name for name, *_ in sources] == [f"over {name}" for name in (opening.LOOPBACK, *opening.LINES)]
    assert float(sources[-1][-1].split()[0]) <= OPENING
