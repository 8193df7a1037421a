"""The whole page by keyboard alone, and its explanation, which Escape closes."""

from playwright.sync_api import expect

from tests.web.controls import heading, press
from tests.web.send.material import BORN, NAME


def test_the_keyboard_alone_is_enough(page, wallet, newcomer, study):
    send = page("send.html")
    keys = send.keyboard

    def tab_to(name: str) -> None:
        for _ in range(40):
            keys.press("Tab")
            if send.evaluate(
                "(name) => { const { labels, textContent } = document.activeElement;"
                " return (labels?.[0]?.textContent ?? textContent).trim().startsWith(name); }",
                name,
            ):
                ringed = "document.activeElement.closest('label:has([type=file])') ?? document.activeElement"
                outline = send.evaluate(f"getComputedStyle({ringed}).outlineStyle")
                assert outline == "solid", f"no ring around {name}"
                return
        raise AssertionError(f"{name} is not reached")

    tab_to("Choose files")
    with send.expect_file_chooser() as chooser:
        keys.press("Space")
    chooser.value.set_files([str(file) for file in study])
    expect(heading(send, "Step 2: Patient")).to_be_focused()
    tab_to("Public key or address")
    keys.type(newcomer().public_key)
    keys.press("Enter")
    expect(heading(send, "Read these words to each other")).to_be_focused()
    tab_to("The words are the same")
    keys.press("Enter")
    expect(heading(send, "Step 3: Check the person")).to_be_focused()
    for box, value in zip(("Day", "Month", "Year"), BORN, strict=True):
        tab_to(box)
        keys.type(value)
    keys.press("Enter")  # connects the wallet too
    expect(heading(send, f"Sent to {NAME}")).to_be_focused(timeout=60_000)
    tab_to("Details")
    keys.press("Enter")
    tab_to("Send to another patient")
    keys.press("Enter")
    expect(heading(send, "Step 1: Images")).to_be_focused()
    expect(send.get_by_text(NAME)).to_have_count(0)


def test_how_it_works_is_told_on_every_page(page, look):
    send = page("send.html")
    press(send, "How it works")
    expect(heading(send, "How it works")).to_be_focused()
    look(send, "how")
    send.keyboard.press("Escape")
    expect(send.get_by_role("button", name="How it works")).to_be_focused()
