"""One model under the names that platforms, gateways and logs give it."""

from __future__ import annotations

import pytest

from payback.prices.listed.search import find
from payback.prices.names import references
from payback.prices.scalar import found
from payback.prices.shelf import public
from tests.prices.invented import INSTANT

KNOWN = [
    ("anthropic", "claude-opus-4-5-20251101", "anthropic/claude-opus-4-5"),
    ("anthropic", "claude-sonnet-4-5-20250929[1m]", "anthropic/claude-sonnet-4-5"),
    (
        None,
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ),
    (
        "anthropic",
        "global.anthropic.claude-opus-4-5-20251101-v1:0",
        "aws/global.anthropic.claude-opus-4-5-v1:0",
    ),
    (
        "aws",
        "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.anthropic.claude-haiku-4-5-20251001-v1:0",
        "aws/regional.anthropic.claude-haiku-4-5-20251001-v1:0",
    ),
    (
        "aws",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0",
        "aws/regional.anthropic.claude-3-5-sonnet-20240620-v1:0",
    ),
    (
        None,
        "bedrock/us-east-1/anthropic.claude-3-haiku-20240307-v1:0",
        "aws/regional.anthropic.claude-3-haiku-20240307-v1:0",
    ),
    (None, "bedrock/converse/us.amazon.nova-pro-v1:0", "aws/amazon.nova-pro-v1:0"),
    ("google", "claude-sonnet-4-5@20250929", "google/claude-sonnet-4-5"),
    (None, "publishers/anthropic/models/claude-opus-4-5@20251101", "google/claude-opus-4-5"),
    (None, "projects/p/locations/global/publishers/google/models/gemini-2.5-pro", "google/gemini-2.5-pro"),
    (None, "vertex_ai/gemini-2.5-pro", "google/gemini-2.5-pro"),
    (None, "models/gemini-2.5-flash", "google/gemini-2.5-flash"),
    ("azure", "gpt-5", "azure/gpt-5"),
    (None, "azure/gpt-4o-2024-08-06", "azure/gpt-4o"),
    ("azure_openai", "gpt-5-codex", "azure/gpt-5"),
    (None, "anthropic/claude-opus-4.5", "anthropic/claude-opus-4-5"),
    ("openrouter", "anthropic/claude-opus-4.5", "openrouter/anthropic/claude-opus-4.5"),
    (None, "openrouter/anthropic/claude-opus-4.5", "openrouter/anthropic/claude-opus-4.5"),
    ("anthropic", "gpt-5", "openai/gpt-5"),
    ("openai", "gpt-5.2-20251211", "openai/gpt-5.2"),
    ("github", "claude-sonnet-4.6", "github-copilot/claude-sonnet-4.6"),
    ("Anthropic", "Claude-Opus-4-5", "anthropic/claude-opus-4-5"),
]
UNKNOWN = [
    (
        "aws",
        "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/ab12",
        "the name hides the model",
    ),
    ("aws", "jp.anthropic.claude-fable-5-2", "no price book knows the model"),
    ("alibaba", "qwen3-coder-plus", "no price book knows the model"),
    ("azure", "our-own-deployment", "no price book knows the model"),
    ("fireworks", "qwen/no-such-model", "no price book knows the model"),
    ("anthropic", "   ", "no model is named"),
]


@pytest.mark.parametrize(("vendor", "model", "entry"), KNOWN)
def test_a_model_is_found_under_the_name_a_platform_gives_it(vendor, model, entry):
    answer = find(public().listed, vendor, model)
    assert f"{answer.provider.id}/{answer.model.id}" == entry


@pytest.mark.parametrize(("vendor", "model", "why"), UNKNOWN)
def test_a_name_that_no_list_holds_stays_unpriced(vendor, model, why):
    assert found(vendor, model, INSTANT).why.startswith(why)


def test_a_platform_named_outright_is_never_left_for_a_cheaper_one():
    assert {reference.platform for reference in references("groq/llama-9")} == {"groq"}
    assert {reference.platform for reference in references("us.anthropic.claude-x-v1:0")} == {"aws"}
