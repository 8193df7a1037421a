"""The recovery sheet at a terminal: words are shown, written down by hand, and typed back before anything is made."""

from __future__ import annotations

import secrets

import click

from radiogram.cli.terminal import Terminal

COLUMNS = 4
PASSPHRASE_WORDS = 6  # of 2,048: 66 bits
SHOW = "show"


def write_down(terminal: Terminal, words: str) -> None:
    """Show the words of a seed, and go on when they were typed as they stand on the sheet."""
    _show(terminal, words)
    while True:
        typed = terminal.ask("words", f"Type the {len(words.split())} words from your sheet ({SHOW}: see them again)")
        if typed.strip().lower() == SHOW:
            _show(terminal, words)
        elif problem := first_difference(words.split(), typed.lower().split()):
            terminal.say(problem)
        else:
            return


def first_difference(words: list[str], typed: list[str]) -> str:
    """What is wrong with what was typed, by its number and without the word; nothing if it is all right."""
    wrong = next((place for place, pair in enumerate(zip(words, typed, strict=False), 1) if pair[0] != pair[1]), 0)
    if wrong:
        return f"Word {wrong} is another one: look at the sheet again."
    if len(typed) != len(words):
        return f"These are {len(typed)} words, and the sheet has {len(words)}."
    return ""


def typed_words(terminal: Terminal) -> str:
    """The words of a sheet, from the person at the terminal; asked for again while they are no seed."""
    from radiogram.errors import SeedWordsError
    from radiogram.formats.seed import keys_of_words

    with terminal.private_screen():
        while True:
            typed = terminal.ask("words", "The 24 words of the recovery sheet, in their order")
            try:
                keys_of_words(typed)
            except SeedWordsError as error:
                terminal.say(f"{error.message}: {error.hint}.")
            else:
                return " ".join(typed.lower().split())


def made_passphrase(terminal: Terminal) -> str:
    """A passphrase of random words, shown once and typed back."""
    from eth_account.hdaccount.mnemonic import Mnemonic

    words = [secrets.choice(Mnemonic().wordlist) for _ in range(PASSPHRASE_WORDS)]
    while True:
        with terminal.private_screen():
            terminal.say("Your passphrase. Write it down, apart from the sheet:", "", f"    {' '.join(words)}", "")
            _wait(terminal)
        typed = click.prompt("Type the passphrase", hide_input=True, err=True)
        if str(typed).split() == words:
            return " ".join(words)
        terminal.say("That is another one: here it is again.")


def _show(terminal: Terminal, words: str) -> None:
    listed = [f"{place:2} {word:<10}" for place, word in enumerate(words.split(), 1)]
    rows = len(listed) // COLUMNS
    with terminal.private_screen():
        terminal.say(
            "Your 24 words. Write them on paper, with their numbers, and keep it as you keep your passport.",
            "Whoever has them opens your images; if you lose them and the key file, nobody does.",
            "",
            *("    " + "  ".join(listed[row::rows]).rstrip() for row in range(rows)),
            "",
        )
        _wait(terminal)


def _wait(terminal: Terminal) -> None:
    terminal.ask_or_default("Written down? Press Enter", "")
