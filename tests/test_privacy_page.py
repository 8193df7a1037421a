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


def test_the_website_does_what_the_page_says_of_mailboxes():
    """It sends into them, and finds what is in them."""
    said = " ".join(PAGE.split())
    assert "So does *Send images* for a contact who has the clinic's card" in said
    assert "and so does *Open images*" in said
    pages = ROOT / "web" / "src" / "pages"
    for page, call in (("send", "chooseMailbox("), ("open", "inMailboxes(")):
        assert [path for path in (pages / page).glob("*.ts") if call in path.read_text()]


def test_readme_and_security_page_lead_to_it():
    for page in ("README.md", "SECURITY.md"):
        assert "docs/privacy.md" in (ROOT / page).read_text()
