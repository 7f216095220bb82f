"""A program that calls the API, and what a refusal of it must be."""

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

API = "/api/v1"


class Program:
    """A program with its token."""

    def __init__(self, app: Flask, token: str) -> None:
        self.client = app.test_client()
        self.token = token
        self.headers = {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        options: dict[str, Any] = {} if body is None else {"json": body}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(API + path, method=method, headers=self.headers | named, **options)


def problem(answer: TestResponse, status: int, field: str | None = None) -> dict[str, Any]:
    """Return the problem that an answer is; fails when it is none, or names another field."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    found = answer.json
    assert found
    assert set(found) == {"type", "title", "status", "detail", "errors"}
    assert found["status"] == status
    assert found["title"]
    assert all(error["message"] for error in found["errors"])
    if field is not None:
        assert [error["field"] for error in found["errors"]] == [field], found
    assert "Set-Cookie" not in answer.headers
    return dict(found)
