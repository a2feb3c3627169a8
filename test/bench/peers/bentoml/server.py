"""BentoML with uvloop and httptools (its workers use them where they are installed), one worker with four threads; no
metrics, tracing or access log, and no report to its makers.

Tried, four images at once on two busy cores, processor time an image, in two runs:
  mounted ASGI route, no tracing, 1 worker, 4 threads            12.7 ms   (kept)
  mounted ASGI route, no tracing, 2 workers, 2 threads           13.1 ms   (1.5 times the memory)
  mounted ASGI route, 1 worker, 4 threads              13.0 ms,  13.6 ms   (tracing stays, but can exclude paths)
  @bentoml.api with raw bytes, no tracing, 4 threads             13.9 ms   (makes a JSON schema for each request)
  @bentoml.api with raw bytes, 4 threads               14.0 ms
  @bentoml.api with raw bytes, 2 threads               14.3 ms
  @bentoml.api with raw bytes, 2 workers               14.2 ms, as a coroutine 13.8 ms
  @bentoml.api with a multipart upload                 15.2 ms             (goes through a file)
"""
import os
import sys

os.environ["BENTOML_DO_NOT_TRACK"] = "True"
BENTOML = os.path.join(os.path.dirname(sys.executable), "bentoml")
HERE = os.path.dirname(os.path.abspath(__file__))
# replaces this process, which is the one that is measured and stopped
os.execv(BENTOML, [BENTOML, "serve", "service:Pneumonia", "--working-dir", HERE, "--host", "127.0.0.1",
                   "--port", os.environ["BENCH_PORT"]])
