"""A day's list at a command: its rows are checked, shown, sent and told of."""
