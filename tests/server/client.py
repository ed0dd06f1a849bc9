"""Requests to a server under test, and checks of its responses."""

from __future__ import annotations

import json


def search(client, *terms, **more):
    """Search, and return the answer's JSON."""
    response = client.post("/api/v1/search", json={"terms": list(terms), **more})
    assert response.status_code == 200, response.text
    return response.json()


def form(query, **files):
    """Return what a client sends as a form with a query and files."""
    return {"data": {"query": json.dumps(query)}, "files": files}


def problem(response, status, *words):
    """Check for problem details with a status and words in the detail."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    details = response.json()
    assert set(details) == {"type", "title", "status", "detail", "code", "values"}
    assert details["status"] == status
    assert "\n" not in details["detail"]
    for word in words:
        assert word in details["detail"], details["detail"]
    return response
