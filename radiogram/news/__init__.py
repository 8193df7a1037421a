"""Tells people that there is news in an inbox, and nothing more of it: never of whom, nor from whom."""
