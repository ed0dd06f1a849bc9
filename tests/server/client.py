"""What tests say to a server, and how they check what it says."""

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
    """Check that an answer is a problem of a status that says these words."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert set(told) == {"type", "title", "status", "detail"}
    assert told["status"] == status
    assert "\n" not in told["detail"]
    for word in words:
        assert word in told["detail"], told["detail"]
    return response
