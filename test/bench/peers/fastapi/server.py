"""FastAPI with uvicorn (uvloop, httptools): the raw body is the image; scored in threads beside the event loop."""
import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from fastapi import FastAPI, Request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from scoring import THREADS, Scorer  # noqa: E402

scorer = Scorer()
threads = ThreadPoolExecutor(THREADS)
app = FastAPI()


@app.post("/score")
async def score(request: Request) -> dict[str, float]:
    body = await request.body()
    return {"probability": await asyncio.get_running_loop().run_in_executor(threads, scorer.score, body)}


@app.get("/ready")
def ready() -> dict[str, bool]:
    return {"ready": True}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), log_level="error", access_log=False)
