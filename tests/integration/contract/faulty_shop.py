"""A small API with known faults, run as a process: `python faulty_shop.py` prints its port."""

from __future__ import annotations

import socket
import sys
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Header, HTTPException, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

healthy = "healthy" in sys.argv
app = FastAPI(title="shop", servers=[{"url": "/v1"}])


class Item(BaseModel):
    """What the description promises."""

    id: int
    price: int


class Problem(BaseModel):
    """Every refusal."""

    detail: str


def guard(authorization: str | None) -> None:
    """401 without the token."""
    if authorization != "Bearer s3cret-token":
        raise HTTPException(401, "no")


DOCUMENTED = {401: {"model": Problem}, 404: {"model": Problem}, 422: {"description": "bad"}}


@app.get("/v1/items/{number}", operation_id="read_item", responses=DOCUMENTED, response_model=Item)
def read_item(number: int, authorization: Annotated[str | None, Header()] = None) -> Response:
    """Its price is text, which the description forbids, unless the shop is healthy."""
    guard(authorization)
    if not 0 <= number < 100:
        raise HTTPException(404, "none")
    return JSONResponse({"id": number, "price": 3 if healthy else "three"})


@app.get("/v1/items", operation_id="list_items", responses=DOCUMENTED)
def list_items(
    limit: Annotated[int, Query(ge=1, le=50)] = 10, authorization: Annotated[str | None, Header()] = None
) -> list[Item]:
    """Fails on a limit of 7 or more, unless the shop is healthy."""
    guard(authorization)
    if limit >= 7 and not healthy:
        raise RuntimeError("planted")
    return [Item(id=n, price=n) for n in range(limit)]


def describe() -> dict[str, object]:
    """The document, with paths relative to the server and a security scheme."""
    if app.openapi_schema is None:
        document = FastAPI.openapi(app)
        document["paths"] = {path.removeprefix("/v1"): item for path, item in document["paths"].items()}
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
        for item in document["paths"].values():
            for operation in item.values():
                operation["parameters"] = [p for p in operation.get("parameters", []) if p["in"] != "header"]
    return app.openapi_schema


app.openapi = describe

if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
