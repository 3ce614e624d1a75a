"""What `redox cargo` and `redox fix` share."""

from __future__ import annotations

import typer

from redox.cargo import EXIT_NOT_COMPILED
from redox.commands.common import Findings, Settings, report
from redox.diagnostics import Severity
from redox.shadow.workspace import Shadow, Wording


def chosen_wording(context: typer.Context) -> Wording:
    """Return the phrasebook that the global options name, not loaded yet."""
    settings = context.find_object(Settings) or Settings()
    return Wording(settings.phrasebook)


def report_shadow(shadow: Shadow) -> None:
    """Show what Redox itself found; ends the command as cargo would where that is an error."""
    found = [Findings(one.name, one.text, one.diagnostics) for one in shadow.findings]
    if found:
        report(found, as_json=False)
    if any(one.severity is Severity.ERROR for each in found for one in each.diagnostics):
        raise typer.Exit(EXIT_NOT_COMPILED)
