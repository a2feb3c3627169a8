"""The runtime that MLServer loads, in a module of its own so that its name can be imported."""
import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

from fastapi import Body
from mlserver import MLModel
from mlserver.handlers import custom_handler

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from scoring import Scorer  # noqa: E402


class Pneumonia(MLModel):
    async def load(self) -> bool:
        self._scorer = Scorer()
        self._threads = ThreadPoolExecutor(4)
        return True

    @custom_handler(rest_path="/score")
    async def score(self, image: Annotated[bytes, Body(media_type="image/jpeg")]) -> dict[str, float]:
        loop = asyncio.get_running_loop()
        return {"probability": await loop.run_in_executor(self._threads, self._scorer.score, image)}
