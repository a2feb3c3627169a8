"""MLServer with uvloop and httptools, in one process with four threads; no metrics, compression or access log.

Tried, four images at once on two busy cores, processor time an image:
  custom handler, 4 threads          13.1 ms   (kept: as cheap as 2 threads, and four images come at once)
  custom handler, 2 threads          12.9 ms
  /v2/models/…/infer, 4 threads      13.9 ms   (the protocol's JSON with the image in base64)
  custom handler, 2 worker processes 14.0 ms   (each request and answer goes through queues; 2.4 times the memory)
The custom handler takes the body as it is; nothing is encoded, and nothing is copied between processes. uvloop is 0.21 because
worker processes of this version do not start with 0.22 or later.
"""
import asyncio
import os

from mlserver import MLServer, ModelSettings, Settings
from mlserver.utils import install_uvloop_event_loop
from runtime import Pneumonia


async def main() -> None:
    settings = Settings(
        host="127.0.0.1",
        http_port=int(os.environ["BENCH_PORT"]),
        grpc_port=0,  # cannot be left out: any that is free
        debug=False,  # which would also write an access log
        parallel_workers=0,
        metrics_endpoint=None,
        gzip_enabled=False,
    )
    await MLServer(settings).start([ModelSettings(name="pneumonia", implementation=Pneumonia)])


if __name__ == "__main__":
    install_uvloop_event_loop()
    asyncio.run(main())
