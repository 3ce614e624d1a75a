"""One module for each command of `redox`, imported by `redox.cli` when the command is called."""
