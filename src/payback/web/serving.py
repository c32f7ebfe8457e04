"""`payback up`: the installation opened, its sources kept up to date, its pages served on loopback.

Where this machine has nothing to show, a small invented company is made and shown instead, marked as invented.
"""

from __future__ import annotations

import secrets
import socket
import sys
import threading
import time
import webbrowser
from dataclasses import replace
from typing import TYPE_CHECKING

from payback.app import open_app
from payback.app.background import Keeper, Watch
from payback.errors import PaybackError

if TYPE_CHECKING:
    from pathlib import Path

    import uvicorn

    from payback.app import App, Surroundings
    from payback.web.forms import Forms

HOST = "127.0.0.1"
FIRST_PAGE_SECONDS = 0.3
FORMS = "web.forms.secret"


class PortTakenError(PaybackError):
    """Somebody else listens where payback was told to."""


def serve(home: Path, around: Surroundings, *, port: int, browse: bool) -> None:
    """Serve until interrupted. PortTakenError when the port is in use."""
    _refuse_taken(port)
    watch = Watch()
    app = _opened(home, replace(around, progress=watch.tell))
    app.watch = watch
    keeper = Keeper(app, watch, _say)
    try:
        _say(f"payback is at http://{HOST}:{port} (its home is {app.settings.home}); stop it with Ctrl-C")
        _listen(app, port, keeper, browse=browse)
    finally:
        keeper.stop()
        app.close()


def take_in_demo(home: Path, around: Surroundings, size: tuple[int, int, int]) -> None:
    """An invented company of that seed, months and people in its home, taken in through the real readers."""
    invent_once(home, around, size)
    with open_app(home, around) as app:
        app.sync()
        app.findings.look()


def invent_once(home: Path, around: Surroundings, size: tuple[int, int, int]) -> None:
    """Invent the company unless this home holds a finished one."""
    from payback.demo.company import invent
    from payback.period import day_of, zone

    if (home / "truth.json").exists():
        return
    seed, months, people = size
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    today = day_of(around.clock(), zone("Europe/Paris"))
    invent(home, seed=seed, months=months, people=people, today=today, progress=around.progress)


def _opened(home: Path, around: Surroundings) -> App:
    """The installation of a home, or the invented company where there is nothing to show yet."""
    from payback.app.looking import anything_to_show

    app = open_app(home, around)
    if anything_to_show(app):
        return app
    app.close()
    _say("No agent logs, repositories or bills on this machine yet: here is an invented company instead.")
    _say(
        "To see your own numbers, run a coding agent, or payback import FILE --as charges, and start payback again."
    )
    from payback.demo.company import SEED, SMALL_MONTHS, SMALL_PEOPLE

    invented = home / "demo"
    invent_once(invented, around, (SEED, SMALL_MONTHS, SMALL_PEOPLE))
    return open_app(invented, around)


def _listen(app: App, port: int, keeper: Keeper, *, browse: bool) -> None:
    import uvicorn

    from payback.web.site import create_web

    config = uvicorn.Config(
        create_web(app, whose=lambda _request: app.scope(None), forms=shared_forms(app)),
        host=HOST,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    if browse and sys.stdout.isatty():
        threading.Timer(0.8, webbrowser.open, [f"http://{HOST}:{port}"]).start()
    server = uvicorn.Server(config)
    threading.Thread(target=_keep, args=(server, keeper), name="payback-start", daemon=True).start()
    server.run()


def shared_forms(app: App) -> Forms:
    """The forms of all processes that serve this installation: a page of one may be sent to another."""
    from payback.state.remembered import agreed_setting
    from payback.web.forms import Forms

    return Forms(bytes.fromhex(agreed_setting(app.state, FORMS, secrets.token_hex(32), app.now())))


def _keep(server: uvicorn.Server, keeper: Keeper) -> None:
    """Sources are brought up to date once the first page can be answered, which comes first."""
    while not server.started and not server.should_exit:
        time.sleep(0.02)
    time.sleep(FIRST_PAGE_SECONDS)
    if not server.should_exit:
        keeper.start()


def _refuse_taken(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortTakenError(
                f"port {port} is in use; stop what listens there, or choose another with --port"
            ) from error


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()
