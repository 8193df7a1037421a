"""The outbox as commands have it: whose it is, what opens it, and how it is shown."""
