"""LitServe with uvloop and httptools: two workers, and one server of requests before them; no access log.

Tried, four images at once on two busy cores, processor time an image and images a second:
  2 workers, 1 server              15.1 ms   63   (kept)
  2 workers, 2 servers             15.3 ms   56
  2 workers, 1 server as a thread  15.3 ms   47
  3 workers, 1 server              15.4 ms   35
The body is taken as it is: a multipart upload would have to be parsed and be pickled as a file, and needs another package.
`fast_queue=True` changes nothing in this version, and with the queue that it stands for set by hand no request is answered.
"""
import os
import sys
from typing import Annotated

import litserve
from fastapi import Depends, Request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))


async def raw_body(request: Request) -> bytes:
    return await request.body()


class Pneumonia(litserve.LitAPI):
    def setup(self, device: str) -> None:
        from scoring import Scorer  # in the workers only

        self._scorer = Scorer()

    def decode_request(self, request: Annotated[bytes, Depends(raw_body)]) -> bytes:
        return request

    def predict(self, image: bytes) -> float:
        return self._scorer.score(image)

    def encode_response(self, probability: float) -> dict[str, float]:
        return {"probability": probability}


if __name__ == "__main__":
    server = litserve.LitServer(Pneumonia(api_path="/score"), accelerator="cpu", workers_per_device=2)
    server.run(host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), num_api_servers=1, loop="uvloop", http="httptools",
               log_level="error", access_log=False, generate_client_file=False)
