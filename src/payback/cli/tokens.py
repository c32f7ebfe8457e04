"""Verbs about tokens: create, list, revoke."""

from __future__ import annotations

from typing import Annotated

import typer

from payback.cli import printing
from payback.cli.edge import Format, Home, Printed, opened

tokens = typer.Typer(
    no_args_is_help=True, help="Tokens for programs, such as an identity provider or a workflow."
)
COLUMNS = ("name", "scope", "created_at", "expires_at", "revoked_at", "valid")


@tokens.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What it is called in the list and in the record.")],
    scope: Annotated[str, typer.Option("--scope", help="What it opens: scim, import or otlp.")],
    days: Annotated[int, typer.Option("--days", help="How long it is valid.")] = 365,
    home: Home = None,
) -> None:
    """A new token; it is printed once, and only its digest is kept."""
    import secrets

    from payback.app.tokens import create

    with opened(home) as app:
        token = create(app, name, scope, days, secrets.token_urlsafe(32))
    typer.echo(token)


@tokens.command("list")
def listing(home: Home = None, form: Printed = Format.TABLE) -> None:
    """All tokens, without their secrets."""
    from payback.app.tokens import listed

    with opened(home) as app:
        found = listed(app)
    printing.rows(form, COLUMNS, found, "Tokens")


@tokens.command("revoke")
def revoke(name: str, home: Home = None) -> None:
    """Shut a token out from now on."""
    from payback.app.tokens import revoke

    with opened(home) as app:
        told = revoke(app, name)
    typer.echo(told + ".")
