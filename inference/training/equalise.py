"""Make the channels of what passes from block to block of a network equally wide, without changing any answer.

Between blocks nothing bounds a channel, and 8 bits are shared out over the widest of them: where one reaches to 60, all others
are rounded to steps of a half, which moves scores more than anything that is seen in an image. No activation lies between the
convolution that makes such a channel and those that take it, so it may be divided by a number there and multiplied by it here
(Nagel et al., "Data-free quantization through weight equalization and bias correction", ICCV 2019).
"""
from __future__ import annotations

import copy
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from network import ChestClassifier, to_input

LEAST_FACTOR = 1 / 32


@dataclass
class _Stream:
    """What is added up along blocks that skip: all of it has the same channels."""

    makers: list[nn.Conv2d]
    takers: list[nn.Conv2d] = field(default_factory=list)
    widest: torch.Tensor | None = None  # per channel, of all that was seen

    def see(self, values: torch.Tensor) -> None:
        most = values.abs().amax(dim=(0, 2, 3))
        self.widest = most if self.widest is None else torch.maximum(self.widest, most)


def skips(block: nn.Module) -> bool:
    """Whether what a block is given is added to what it makes."""
    arguments = block._block_args
    stride = arguments.stride[0] if isinstance(arguments.stride, (list, tuple)) else arguments.stride
    return block.id_skip and stride == 1 and arguments.input_filters == arguments.output_filters


def _streams(model: ChestClassifier) -> list[_Stream]:
    streams: list[_Stream] = []
    for block in model.base._blocks:
        if streams:
            streams[-1].takers.append(block._expand_conv)
        if streams and skips(block):
            streams[-1].makers.append(block._project_conv)
        else:
            streams.append(_Stream([block._project_conv]))
    streams[-1].takers.append(model.base._conv_head)
    return streams


@torch.no_grad()
def equalised(model: ChestClassifier, pixels: np.ndarray, batch: int = 32) -> ChestClassifier:
    """A copy of a network with folded batch norms that answers the same, with equally wide channels between its blocks.

    Args:
        pixels: images uint8 [N, H, W] whose activations tell how wide they are.
    """
    model = copy.deepcopy(model).eval()
    streams = _streams(model)
    hooks = [layer.register_forward_hook(lambda _, __, output, stream=stream: stream.see(output)) for stream in streams for layer in stream.makers]
    hooks += [layer.register_forward_pre_hook(lambda _, inputs, stream=stream: stream.see(inputs[0])) for stream in streams for layer in stream.takers]
    for start in range(0, len(pixels), batch):
        model(to_input(torch.from_numpy(np.ascontiguousarray(pixels[start : start + batch]))))
    for hook in hooks:
        hook.remove()
    for stream in streams:
        # channels that are hardly there stay narrow, or the weights that take them would be all that these are rounded by
        factor = (stream.widest / stream.widest.max()).clamp(min=LEAST_FACTOR)
        for layer in stream.makers:
            layer.weight.div_(factor.reshape(-1, 1, 1, 1))
            layer.bias.div_(factor)
        for layer in stream.takers:
            layer.weight.mul_(factor.reshape(1, -1, 1, 1))
    return model
