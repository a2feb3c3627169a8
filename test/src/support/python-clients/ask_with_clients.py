"""Asks a server of the Open Inference Protocol with the clients that its users have, and prints what they saw as JSON.

usage: ask_with_clients.py URL MODEL VERSION CHANNELS HEIGHT WIDTH IMAGE

Judges nothing: the test that runs it knows what must be seen.
"""

import asyncio
import json
import sys

import numpy as np
import tritonclient.http as triton
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from tritonclient.utils import InferenceServerException


def seen(result):
    """An answer of Triton's client: each output's numbers, and whether they came as bytes."""
    outputs = result.get_response()["outputs"]
    return {
        output["name"]: {
            "shape": list(result.as_numpy(output["name"]).shape),
            "values": result.as_numpy(output["name"]).flatten().tolist(),
            "isBinary": "data" not in output,
        }
        for output in outputs
    }


def error_of(ask):
    try:
        ask()
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}
    return None


def ask_with_triton(address, model, version, pixels, image):
    client = triton.InferenceServerClient(address, connection_timeout=30, network_timeout=30)

    def tensor(binary_data):
        given = triton.InferInput("image", list(pixels.shape), "FP32")
        return given.set_data_from_numpy(pixels, binary_data=binary_data)

    def images(count):
        given = triton.InferInput("image_bytes", [count], "BYTES")
        return given.set_data_from_numpy(np.array([image] * count, dtype=np.object_))

    def infer(given, **options):
        return client.infer(model, [given], **options)

    def outputs(**binary):
        return [triton.InferRequestedOutput(name, binary_data=value) for name, value in binary.items()]

    body, json_length = triton.InferenceServerClient.generate_request_body([tensor(True)])
    try:
        return {
            "isLive": client.is_server_live(),
            "isReady": client.is_server_ready(),
            "isModelReady": client.is_model_ready(model),
            "isVersionReady": client.is_model_ready(model, version),
            "isOtherModelReady": client.is_model_ready("other"),
            "server": client.get_server_metadata(),
            "model": client.get_model_metadata(model, version),
            "tensor": seen(infer(tensor(True))),
            "tensorInJson": seen(infer(tensor(False), outputs=outputs(logits=False, probability=False))),
            "mixed": seen(infer(tensor(True), outputs=outputs(probability=False, logits=True))),
            "compressed": seen(infer(tensor(True), request_compression_algorithm="gzip")),
            "deflated": seen(infer(tensor(True), request_compression_algorithm="deflate")),
            "ofVersion": seen(infer(tensor(True), model_version=version)),
            "id": infer(tensor(True), request_id="request-7").get_response()["id"],
            "images": seen(infer(images(2))),
            "tooMany": error_of(lambda: infer(images(33))),
            "unknownModel": error_of(lambda: client.infer("other", [tensor(True)])),
            "jsonLength": json_length,
            "bodyLength": len(body),
        }
    finally:
        client.close()


async def ask_with_kserve(address, model, pixels, image):
    url = f"http://{address}"

    def request(name, datatype, data, **parameters):
        given = InferInput(name, list(data.shape), datatype)
        given.set_data_from_numpy(data, binary_data=True)
        return InferRequest(model, [given], parameters=parameters)

    async with InferenceRESTClient(RESTConfig(protocol="v2", timeout=30)) as client:

        async def infer(asked):
            answer = await client.infer(url, asked, model_name=model)
            return {output.name: output.as_numpy().flatten().tolist() for output in answer.outputs}

        async def error_of_infer(asked):
            try:
                await infer(asked)
            except Exception as error:  # httpx's, whatever it is called
                return {"status": error.response.status_code, "message": error.response.json()["error"]}
            return None

        in_json = InferInput("image", list(pixels.shape), "FP32", data=pixels.flatten().tolist())
        return {
            "isLive": await client.is_server_live(url),
            "isReady": await client.is_server_ready(url),
            "isModelReady": await client.is_model_ready(url, model),
            "isOtherModelReady": await client.is_model_ready(url, "other"),
            "tensor": await infer(request("image", "FP32", pixels, binary_data_output=True)),
            "tensorAnsweredInJson": await infer(request("image", "FP32", pixels)),
            "tensorInJson": await infer(InferRequest(model, [in_json])),
            "images": await infer(request("image_bytes", "BYTES", np.array([image, image], dtype=np.object_))),
            "wrongShape": await error_of_infer(request("image", "FP32", pixels[:, :, 1:, :])),
        }


def main(url, model, version, channels, height, width, image_file):
    address = url.removeprefix("http://")
    shape = (2, int(channels), int(height), int(width))
    # one all white, one all black
    pixels = np.stack([np.ones(shape[1:], dtype=np.float32), -np.ones(shape[1:], dtype=np.float32)])
    with open(image_file, "rb") as file:
        image = file.read()
    seen_by = {
        "triton": ask_with_triton(address, model, version, pixels, image),
        "kserve": asyncio.run(ask_with_kserve(address, model, pixels, image)),
    }
    json.dump(seen_by, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
