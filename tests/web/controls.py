"""Finds and presses what a page has."""

import re


def heading(page, name: str | re.Pattern, **options):
    return page.get_by_role("heading", name=name, exact=True, **options)


def press(page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def press_to(page, name: str, key: str = "Tab", most: int = 60) -> None:
    """Goes on with Tab until the control of this name has the focus."""
    for _ in range(most):
        page.keyboard.press(key)
        if (
            page.evaluate("document.activeElement.innerText || document.activeElement.labels?.[0]?.innerText || ''")
            .strip()
            .startswith(name)
        ):
            return
    raise AssertionError(f"{name} was not reached")
