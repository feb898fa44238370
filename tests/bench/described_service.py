"""A service to be checked: twelve resources in memory. `GET /counted` says how many requests came, and when the first and the last."""

from __future__ import annotations

import socket
import sys
import time
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, Field

NAMES = ("ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "ibis", "jay", "kite", "lynx")
app = FastAPI(title="zoo")
counted: dict[str, Any] = {"requests": 0, "first": 0.0, "last": 0.0}


class Animal(BaseModel):
    """What is kept."""

    name: str = Field(min_length=1, max_length=40)
    age: int = Field(ge=0, le=200)
    tags: list[str] = Field(default=[], max_length=5)


@app.middleware("http")
async def count(request: Request, call_next: Any) -> Any:
    """Only what is generated."""
    if request.url.path not in ("/counted", "/openapi.json"):
        counted["requests"] += 1
        counted["last"] = time.monotonic()
        counted["first"] = counted["first"] or counted["last"]
    return await call_next(request)


@app.get("/counted", include_in_schema=False)
async def told() -> dict[str, Any]:
    """Since the last time it was asked."""
    now = dict(counted)
    counted.update(requests=0, first=0.0, last=0.0)
    return now


def resource(name: str) -> None:
    """A list, a read, a write."""
    kept: dict[int, Animal] = {n: Animal(name=name, age=n) for n in range(3)}
    missing = {404: {"description": "none"}}

    @app.get(f"/{name}s", operation_id=f"list_{name}s")
    async def list_all(limit: int = 10) -> list[Animal]:
        return list(kept.values())[: max(0, limit)]

    @app.get(f"/{name}s/{{number}}", operation_id=f"read_{name}", responses=missing)
    async def read(number: int) -> Animal:
        if number not in kept:
            raise HTTPException(404, "none")
        return kept[number]

    @app.put(f"/{name}s/{{number}}", operation_id=f"write_{name}", responses=missing)
    async def write(number: int, animal: Animal) -> Animal:
        if number not in kept:
            raise HTTPException(404, "none")
        kept[number] = animal
        return animal


for one in NAMES:
    resource(one)

if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
