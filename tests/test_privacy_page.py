"""docs/privacy.md names what there is: commands, options, settings, sizes and pages."""

import re
from pathlib import Path

import click

from radiogram.cli.group import Commands
from radiogram.formats.envelope import ENVELOPE_BYTES, PACKET_ENVELOPE_BYTES
from radiogram.formats.key_packet import PACKET_BYTES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "privacy.md").read_text()
COMMANDS = Commands("radiogram")


def test_every_link_leads_somewhere():
    pages = {link.partition("#")[0] for link in re.findall(r"\]\(([^):]+)\)", PAGE)} - {""}
    assert len(pages) > 3
    assert not [page for page in pages if not (ROOT / "docs" / page).exists()]


def test_every_link_within_a_page_leads_to_a_heading():
    for page, anchor in re.findall(r"\]\(([^):#]*)#([\w-]+)\)", PAGE):
        text = (ROOT / "docs" / page).read_text() if page else PAGE
        headings = {
            re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in re.findall("^#+ (.*)$", text, re.M)
        }
        assert anchor in headings


def test_every_command_and_option_that_it_shows_is_there():
    context = click.Context(COMMANDS)
    for name, options in re.findall(r"ape run (\w+)(.*)", PAGE):
        if name == "web":
            continue
        known = {text for each in COMMANDS.get_command(context, name).params for text in each.opts}
        assert set(re.findall(r"--[\w-]+", options)) <= known
    named = set(re.findall(r"`([a-z]+_?[a-z]*)(?: --[a-z]+| FILE)?`", PAGE))
    assert named & set(COMMANDS.list_commands(context)) >= {
        "history",
        "erase",
        "retract",
        "export_image",
        "share_image",
    }


def test_the_sizes_are_those_of_the_formats():
    assert f"an envelope of {ENVELOPE_BYTES} bytes" in PAGE
    assert f"one of {PACKET_ENVELOPE_BYTES} bytes" in PAGE
    assert f"a key packet of {PACKET_BYTES:,} bytes" in PAGE


def test_what_is_still_to_come_is_not_promised():
    """The website finds messages in mailboxes, and sends into none: the page says so."""
    assert "The website does not send into mailboxes yet." in " ".join(PAGE.split())
    sources = [path for path in (ROOT / "web" / "src").rglob("*.ts") if path.name != "mailbox.ts"]
    assert [path for path in sources if "formats/mailbox" in path.read_text()]
    assert not [path for path in sources if "chooseMailbox" in path.read_text()]


def test_readme_and_security_page_lead_to_it():
    for page in ("README.md", "SECURITY.md"):
        assert "docs/privacy.md" in (ROOT / page).read_text()
