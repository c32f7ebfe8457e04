"""payback.toml is written once, from answers or options, holds no key, and is read as it was meant."""

from __future__ import annotations

import stat

import pytest

from payback.app.beginning import Beginning, asked, begin, from_words, written
from payback.errors import PaybackError, SettingsError
from payback.settings import load
from payback.sources.vendors import sources
from tests.cli.test_verbs import payback


def test_what_is_told_is_read_back(tmp_path):
    vendors = from_words(
        ["openai", "copilot"],
        ["env:OPENAI_ADMIN_KEY", "file:keys/github"],
        ["copilot.enterprise=acme", "openai.since=2026-01-01"],
    )
    said = begin(tmp_path / "home", Beginning('Harbour "Labs"', "Europe/Paris", "EUR", vendors))
    told = load(tmp_path / "home", {})
    assert (told.organisation, told.zone.key, told.currency) == ('Harbour "Labs"', "Europe/Paris", "EUR")
    assert told.sources == vendors
    assert said.endswith("Next: payback check, then payback sync")
    assert stat.S_IMODE((tmp_path / "home" / "payback.toml").stat().st_mode) == 0o600


def test_a_file_that_is_there_is_left_as_it_is(tmp_path):
    begin(tmp_path, Beginning("First"))
    with pytest.raises(SettingsError, match="left as it is"):
        begin(tmp_path, Beginning("Second"))
    assert load(tmp_path, {}).organisation == "First"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (Beginning(time_zone="Mars/North"), "Europe/Paris"),
        (Beginning(currency="euro"), "three letters"),
        (Beginning(vendors={"opneai": {}}), "did you mean openai"),
        (Beginning(vendors={"openai": {}}), "openai needs key"),
        (Beginning(vendors={"openai": {"key": "env:K", "colour": "red"}}), "has no setting 'colour'"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_written(tmp_path, told, sentence):
    with pytest.raises(PaybackError, match=sentence):
        begin(tmp_path, told)
    assert not (tmp_path / "payback.toml").exists()


@pytest.mark.parametrize("kind", [one.kind for one in sources() if any(s.secret for s in one.settings)])
def test_a_key_itself_is_refused_and_not_repeated(kind):
    vendors = from_words([kind], ["sk-typed-by-mistake"], [])
    required = {one.name: "acme" for one in _source(kind).settings if one.required and not one.secret}
    with pytest.raises(SettingsError, match="env:NAME, file:PATH or keyring") as refused:
        written(Beginning(vendors={kind: {**required, **vendors[kind]}}))
    assert "sk-typed" not in str(refused.value)


def _source(kind):
    return next(one for one in sources() if one.kind == kind)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((["openai"], ["env:A", "env:B"], []), "more keys than vendors"),
        ((["openai"], [], ["key=env:A"]), "KIND.NAME=VALUE"),
        ((["openai"], [], ["cursor.key=env:A"]), "KIND.NAME=VALUE"),
    ],
)
def test_options_that_do_not_fit_are_refused(words, sentence):
    with pytest.raises(SettingsError, match=sentence):
        from_words(*words)


def test_asking_takes_what_is_said_and_otherwise_what_is_proposed():
    answers = {"Name of": "Acme", "Vendors": "openai, bedrock"}

    def ask(question, otherwise):
        return next((answer for begins, answer in answers.items() if question.startswith(begins)), otherwise)

    found = asked(ask, Beginning())
    assert (found.organisation, found.time_zone, found.currency) == ("Acme", "UTC", "USD")
    assert found.vendors["openai"] == {"key": "env:OPENAI_KEY"}
    assert list(found.vendors) == ["openai", "bedrock"]
    assert "[sources.openai]" in written(found)


def test_the_verb_writes_the_file_and_says_what_comes_next(tmp_path):
    words = ("init", "--organisation", "Acme", "--vendor", "openai", "--key", "env:OPENAI_ADMIN_KEY")
    done = payback(*words, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Next: payback check" in done.stdout
    assert load(tmp_path / ".payback", {}).sources == {"openai": {"key": "env:OPENAI_ADMIN_KEY"}}
    again = payback(*words, home=tmp_path)
    assert (again.returncode, again.stdout) == (1, "")
    assert "left as it is" in again.stderr
