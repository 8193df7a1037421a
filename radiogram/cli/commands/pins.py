"""Where each study that was sent is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from radiogram.cli import homes
from radiogram.cli.options import pins_option
from radiogram.cli.session import SendingCommand, Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from radiogram.errors import IpfsError


@click.command("pins", cls=SendingCommand)
@click.option(
    "--repair",
    is_flag=True,
    help="Have what too few homes keep pinned again, or copied to them from one that has it.",
)
@pins_option
def cli(session: Session, repair: bool, pins: int | None) -> None:
    """List every study that was sent from here, by commands and by the website, and the homes that keep it: each is
    asked, and gives some of it back.

    Homes are the IPFS node that studies are added to, and what homes.toml lists (docs/homes.md). What too few of them
    keep is named, and makes the exit status 1; and so is what is no longer on the chain, as after a reorganisation.

    Where homes.toml has keep_days, what its recipient acknowledged so long ago is named too, and on a terminal you are
    asked whether to erase it, study by study. Nothing is erased unasked.
    """
    from radiogram.cli.pins import report
    from radiogram.cli.pins.repair import Repairs
    from radiogram.cli.pins.retention import Retention
    from radiogram.cli.pins.studies import sent_studies
    from radiogram.ipfs.homes.keeping import look

    terminal, network = session.terminal, session.network
    inbox, own, listed = network.inbox(), network.ipfs_to_add(), homes.read_list(session)
    known, wanted = homes.all_homes(listed, own), listed.pins if pins is None else pins
    homes.check_enough(known, wanted)
    sends = session.sends(inbox)
    studies = sent_studies(sends.history, inbox)
    retention = Retention(listed.keep_days)
    retention.find_times(studies, inbox, terminal)
    repairs = Repairs(known, wanted, listed.patience, own, session.journal_of, homes.waiting(session))
    away: dict[str, IpfsError] = {}
    with terminal.counter("Asking homes", len(studies)) as step:
        for study in studies:
            study.seen = look(known, study.files, away)
            if repair and study.is_short(wanted):
                repairs.repair(study, away)
            step()
    studies = [study for study in studies if not study.is_erased]
    short = sum(study.is_short(wanted) for study in studies)
    terminal.result(
        {
            "network": network.name,
            "inbox": inbox.address,
            "pins": wanted,
            "homes": report.home_fields(known),
            "studies": [report.study_fields(study, wanted, retention) for study in studies],
            "short": short,
            "gone": sum(study.is_gone for study in studies),
            "unsent": report.unsent_fields(sends.unsent),
        }
    )
    for study in studies:
        terminal.say(*report.study_lines(study, wanted, retention))
    terminal.say(*report.summary(studies, short, wanted), *report.unsent_lines(sends.unsent))
    failed = retention.offer(studies, inbox, session)
    if trouble := report.trouble(studies, short, failed, is_repaired=repair):
        fail(trouble)
