"""The service that BentoML's workers load."""
import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import bentoml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from scoring import Scorer  # noqa: E402


async def score(request: Request) -> JSONResponse:
    service = bentoml.get_current_service()
    body = await request.body()
    loop = asyncio.get_running_loop()
    return JSONResponse({"probability": await loop.run_in_executor(service.threads, service.scorer.score, body)})


@bentoml.service(
    workers=1,
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": "/score"},
)
@bentoml.asgi_app(Starlette(routes=[Route("/score", score, methods=["POST"])]))
class Pneumonia:
    def __init__(self) -> None:
        self.scorer = Scorer()
        self.threads = ThreadPoolExecutor(4)
