"""Checks that a card is the clinic's: by its website, or by its ENS name."""
