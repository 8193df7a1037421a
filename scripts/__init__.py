"""The commands: `ape run NAME` in this folder's project, `ape radiogram NAME` where the package is installed."""
