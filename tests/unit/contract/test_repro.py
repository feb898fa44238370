"""Findings as a pytest module."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from harness.contract import parse_description
from harness.contract.repro import pytest_module
from harness.model import Finding, Level, Target

DOCUMENT = Path(__file__).parents[2] / "documents" / "petstore.json"
TARGET = Target(
    name="shop", url="http://127.0.0.1:1", headers={"Authorization": "Bearer s3cret"}, secrets={"s3cret": "$SHOP_TOKEN"}
)


def finding(check: str, **more: Any) -> Finding:
    """One that a GET of a pet showed, as it is saved: what is secret is masked."""
    step = {
        "method": "GET",
        "url": "http://127.0.0.1:1/v2/pet/0?a=b",
        "headers": {"Authorization": "[Filtered]", "X-Api-Key": "[Filtered]", "Host": "x"},
        "sent": '{"a": "\\"quoted\\""}',
    }
    about = {"signature": "500", "level": Level.ERROR, "source": "fuzz", "message": 'It said "no"\\'}
    return Finding(operation="getPetById", check=check, **{**about, "replay": {"crash": {"sequence": [step]}}, **more})


def module(*findings: Finding) -> str:
    """As `--pytest` writes it."""
    description = parse_description(DOCUMENT.read_bytes(), source="petstore.json", target_url=TARGET.url)
    return pytest_module(findings, description, TARGET, subject="shop", file="test_found.py")


def test_each_finding_is_a_test_with_one_assertion_and_secrets_from_the_environment() -> None:
    """It is valid Python, sends what was sent with today's credentials, and holds no secret."""
    text = module(finding("not_a_server_error"), finding("response_schema_conformance", signature="200 /name type"))
    tree = ast.parse(text)
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    assert len(names) == 2
    assert "'Authorization': 'Bearer ' + os.environ['SHOP_TOKEN']" in text
    assert "'X-Api-Key': os.environ['X_API_KEY']" in text
    assert "assert answer.status_code < 500" in text
    assert "SCHEMA['/pet/{petId}']['GET'].validate_response(answer)" in text
    assert "'/v2/pet/0?a=b'" in text
    assert "s3cret" not in text


def test_what_no_request_shows_is_named_and_not_left_out_in_silence() -> None:
    """A service that went away has no test."""
    text = module(finding("server_gone", replay={}))
    assert "def test_" not in text
    assert "# not as a test: getPetById: server_gone" in text
