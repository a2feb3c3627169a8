"""FastAPI with uvicorn (uvloop, httptools): the raw body is the image; scored in threads beside the event loop.

Tried, four images at once on two busy cores, processor time an image and images a second:
  one process, 4 threads   12.1 ms   62   (kept: Pillow and ONNX Runtime let go of the interpreter's lock)
  one process, 3 threads   12.0 ms   55
  one process, 2 threads   11.9 ms   50
  workers=2, 2 threads     12.1 ms   56   (2.6 times the memory)
  workers=2, 1 thread      12.6 ms   45
  workers=2, in the loop   12.4 ms   38   (connections are shared out unevenly)
"""
import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from scoring import Scorer  # noqa: E402

scorer = Scorer()
threads = ThreadPoolExecutor(4)
app = FastAPI()


@app.post("/score", response_model=None)
async def score(request: Request) -> JSONResponse:
    body = await request.body()
    return JSONResponse({"probability": await asyncio.get_running_loop().run_in_executor(threads, scorer.score, body)})


@app.get("/ready")
def ready() -> dict[str, bool]:
    return {"ready": True}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), loop="uvloop", http="httptools",
                log_level="error", access_log=False)
