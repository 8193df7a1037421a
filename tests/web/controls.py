"""Finds and presses what a page has."""


def heading(page, name: str):
    return page.get_by_role("heading", name=name, exact=True)


def press(page, name: str) -> None:
    page.get_by_role("button", name=name).click()
