"""What only a browser shows: charts drawn under the content policy, themes, keys, filters that apply at once, axe."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from contextlib import closing

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from payback.access.scope import Scope
from payback.state import open_state, state_url
from payback.web.site import create_web
from tests.web.fake import a_company
from tests.web.reading import ALL

pytestmark = pytest.mark.browser
REFUSED = "status of 422"  # a form shown again with what is wrong; Chromium notes it
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def _listening(desk, **more) -> tuple[str, uvicorn.Server, threading.Thread]:
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_web(desk, **more), log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    return f"http://127.0.0.1:{taken.getsockname()[1]}", server, thread


@pytest.fixture(scope="module")
def desk():
    held = a_company()
    yield held
    held.ground.warehouse.close()


@pytest.fixture(scope="module")
def here(desk):
    address, server, thread = _listening(desk)
    yield address
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def decider(tmp_path):
    """The address of a site whose reader may decide about people, and its desk."""
    desk = a_company()
    with closing(open_state(state_url(tmp_path / "state.db"))) as desk.state:
        scope = Scope.everything("eve", may_see_people=True)
        address, server, thread = _listening(desk, whose=lambda _request: scope)
        yield address, desk
        server.should_exit = True
        thread.join(timeout=10)
        desk.ground.warehouse.close()


@pytest.fixture(scope="module")
def browser():
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not on this machine; apt-get install chromium brings it")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=found, args=FLAGS)
        yield opened
        opened.close()


def _went(page, address: str) -> None:
    """The page at an address, with its charts drawn."""
    page.goto(address, wait_until="load")
    if page.locator("html.pb-scripted").count():
        page.wait_for_function("() => !document.querySelector('[data-pb=chart]:not(.pb-drawn)')")


@pytest.fixture
def look(browser):
    """Opens pages and, at the end, holds that nothing was said on the console and nothing failed to load."""
    contexts, troubles = [], []

    def opened(address: str, *, theme: str = "light", width: int = 1360, **more):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, **more)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: REFUSED in message.text or troubles.append(f"{page.url} said {message.text}"),
        )
        page.on("pageerror", lambda error: troubles.append(f"{page.url} failed: {error}"))
        page.on("requestfailed", lambda request: troubles.append(f"{request.url} was not loaded"))
        _went(page, address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_quiet_accessible_and_fits_wide_and_narrow(look, here, theme):
    page = look(here, theme=theme)
    wrong = {}
    for name, path, _ in ALL:
        for width in (1360, 390):
            page.set_viewport_size({"width": width, "height": 900})
            _went(page, here + path)
            found = Axe().run(page).response["violations"]
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            if found or wide:
                wrong[name, width] = [(one["id"], one["nodes"][0]["html"]) for one in found] + [
                    "too wide"
                ] * wide
    assert wrong == {}


@pytest.mark.parametrize("width", [1360, 800, 390])
def test_a_wide_table_scrolls_in_its_frame_and_keeps_what_each_row_is_about_in_sight(look, here, width):
    page = look(f"{here}/reconciliation", width=width)
    frame = page.locator(".pb-scroll").last
    before = frame.locator("tbody th").first.bounding_box()
    moved = frame.evaluate("one => { one.scrollLeft = one.scrollWidth; return one.scrollLeft }")
    after = frame.locator("tbody th").first.bounding_box()
    last = frame.locator("thead th").last.bounding_box()
    edge = frame.bounding_box()
    assert moved or width == 1360
    assert after["x"] == pytest.approx(before["x"], abs=1)
    assert last["x"] + last["width"] <= edge["x"] + edge["width"] + 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_with_forms_are_quiet_accessible_and_fit(look, decider, theme):
    here, _ = decider
    page = look(here, theme=theme)
    wrong = {}
    for path in ("/people", "/people/ann", "/people/accounts/login/a.nother", "/owners", "/entries/contract"):
        for width in (1360, 390):
            page.set_viewport_size({"width": width, "height": 900})
            _went(page, here + path)
            assert page.locator("main form").count()
            found = Axe().run(page).response["violations"]
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            if found or wide:
                wrong[path, width] = [(one["id"], one["nodes"][0]["html"]) for one in found] + ["wide"] * wide
    assert wrong == {}


def test_a_match_is_confirmed_and_an_owner_named_with_a_click(look, decider):
    here, desk = decider
    page = look(f"{here}/people")
    page.get_by_role("button", name="Confirm: a.nother is Ann Nother").click()
    expect(page.get_by_role("status")).to_have_text("a.nother is Ann Nother.")
    assert desk.directory().person_of("a.nother") == "ann"
    page.goto(f"{here}/owners")
    page.get_by_label("Person or team: Name the owner of tool codex").fill("shop")
    page.get_by_role("button", name="Name the owner of tool codex").click()
    expect(page.get_by_role("status")).to_have_text("Shop answers for tool codex.")
    expect(page.get_by_role("button", name="Name the owner of tool codex")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_charge_is_entered_by_hand_with_and_without_scripts(look, decider, scripts):
    here, _ = decider
    page = look(f"{here}/entries", java_script_enabled=scripts)
    page.get_by_role("link", name="Enter a charge").click()
    page.get_by_label("Who is paid").fill("Mistral")
    page.get_by_label("Amount").fill("12.50")
    page.get_by_role("button", name="Enter it").click()
    expect(page.get_by_role("alert")).to_contain_text("Not entered")
    expect(page.get_by_label("Who is paid")).to_have_value("Mistral")
    expect(page.locator("#w-charge_period_start")).to_have_text("it is needed")
    if scripts:
        assert Axe().run(page).response["violations"] == []
    page.get_by_label("From").fill("2026-10-01")
    page.get_by_label("Owner").fill("ann")
    page.get_by_role("button", name="Enter it").click()
    expect(page.get_by_role("status")).to_have_text("Charge entered.")
    expect(page.get_by_role("row").nth(1)).to_contain_text("owner ann")
    page.get_by_role("button", name="Take back: Mistral from 1 Oct 2026").click()
    expect(page.get_by_role("status")).to_have_text("The entry is taken back.")
    expect(page.locator("main")).to_contain_text("Nothing has been entered by hand.")


def test_money_without_a_team_is_placed_by_choice_trial_and_yes_and_taken_back(look, here, desk):
    page = look(f"{here}/unattributed")
    page.get_by_label("Team of Anthropic, Claude Code", exact=True).select_option("shop")
    page.get_by_role("button", name="Try: Team of Anthropic, Claude Code").click()
    expect(page.locator("#trial")).to_contain_text("would go to Shop")
    assert desk.rules == []
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("button", name="Yes, it belongs to Shop").click()
    expect(page.get_by_role("status")).to_have_text("Anthropic, Claude Code belongs to Shop now.")
    assert [rule["give"] for rule in desk.rules] == [{"team": "shop"}]
    page.get_by_role("button", name="Take the rule back").click()
    expect(page.get_by_role("status")).to_contain_text("is taken back")
    assert desk.rules == []


def test_charts_are_drawn_without_loosening_the_policy(look, here):
    page = look(here)
    expect(page.locator(".pb-view svg")).to_have_count(3)
    marks = page.locator("#spend-over-time .mark-rect path").count()
    assert marks > 40
    assert page.locator("style").count() == 0


def test_the_theme_follows_the_system_until_somebody_chooses(look, here):
    page = look(here, theme="dark")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    colour = page.locator("#movers .mark-text text").first
    before = colour.get_attribute("fill")
    page.get_by_role("button", name="Change to the light theme").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    expect(colour).not_to_have_attribute("fill", before)
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "light")


def test_a_filter_applies_at_once_and_is_kept_in_the_url(look, here):
    page = look(f"{here}/spend")
    page.get_by_label("Days").select_option("90d")
    page.wait_for_url("**/spend?range=90d*")
    expect(page.locator(".pb-tile").first).to_contain_text("$252")
    expect(page.locator(".pb-view svg")).to_have_count(1)
    page.go_back()
    expect(page.locator(".pb-tile").first).to_contain_text("$130")


def test_the_values_of_a_filter_are_asked_for_when_it_is_opened(look, here):
    page = look(f"{here}/spend")
    page.get_by_text("Tool", exact=True).first.click()
    page.locator(".pb-choices").get_by_text("Codex").click()
    page.wait_for_url("**tool=codex*")
    expect(page.get_by_role("link", name="Drop the filter tool codex")).to_be_visible()


def test_ctrl_k_goes_to_a_page(look, here):
    page = look(here)
    page.keyboard.press("Control+k")
    page.keyboard.type("sess")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sessions*")


def test_a_page_can_be_reached_and_left_by_keys_alone(look, here):
    page = look(here)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_tooltip_says_the_exact_value(look, here):
    page = look(here)
    bars = page.locator("#spend-over-time .mark-rect path").all()
    tall = max((bar.bounding_box() for bar in bars), key=lambda box: box["height"])
    page.mouse.move(tall["x"] + tall["width"] / 2, tall["y"] + tall["height"] / 2)
    expect(page.locator(".pb-tip")).to_contain_text("$")


def test_without_scripts_the_figures_are_there_as_tables(look, here):
    page = look(f"{here}/spend", java_script_enabled=False)
    expect(page.get_by_role("button", name="Apply")).to_be_visible()
    page.locator(".pb-behind summary").first.click()
    expect(page.locator("#spend-over-time table")).to_be_visible()
    assert page.locator("#spend-over-time tbody tr").count() == 30
