"""The commands, one a module, each a click command named `cli`. `ape run` finds them by way of scripts/."""
