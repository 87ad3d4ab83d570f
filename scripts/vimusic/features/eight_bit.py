"""ResNet-18 in 8-bit integers (Jacob et al. 2018), by the kernels of oneDNN that torch carries for x86."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import max_pool2d

BLOCKS = [f"layer{stage}.{block}" for stage in range(1, 5) for block in range(2)]
WEIGHTS, LEVELS = 127, 255  # largest integers, of weights and of what layers give


class Levels(NamedTuple):
    """A tensor as ``scale * (values - zero)``, ``values`` (N, C, H, W) uint8."""

    values: torch.Tensor
    scale: float
    zero: int


class Rounded(NamedTuple):
    """A convolution's ``weight`` (int8, as oneDNN lays it out), the ``scales`` of its output channels, and
    ``bias`` in single precision."""

    weight: torch.Tensor
    scales: torch.Tensor
    bias: torch.Tensor


class EightBit(nn.Module):
    """A folded ResNet-18 for inference on a CPU: RGB frames (N, H, W, 3) uint8 -> (N, 512).

    Weights are rounded per output channel; what a layer gives, to 256 levels between the least and the
    greatest value found in it so far. The first frame of each call is looked at for these, in single
    precision: films begin in black, and grow brighter.

    Parameters
    ----------
    encoder : what ``vimusic.features.encoders.resnet18.Encoder.folded`` makes in single precision.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.width = encoder, encoder.width
        modules = encoder.trunk.named_modules()
        self.layers = {name: module for name, module in modules if isinstance(module, nn.Conv2d)}
        self.ranges, self.rounded = {name: (0.0, 0.0) for name in self.layers}, {}

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        self._through(self._exactly, self.encoder.images(frames[:1]))
        given = self._through(self._roughly, self._pixels(frames))
        return (given.values.float().mean((2, 3)) - given.zero) * given.scale

    def _pixels(self, frames: torch.Tensor) -> Levels:
        """The frames with a border of the mean colour. The first layer, which normalises them, has none of
        its own: a border of zeros would have to be three colours."""
        rows, columns = self.layers["conv1"].padding
        count, height, width, _ = frames.shape
        mean = self.encoder.mean.flatten().round().byte()
        pixels = mean.repeat(count, height + 2 * rows, width + 2 * columns, 1)
        pixels[:, rows : rows + height, columns : columns + width] = frames
        return Levels(pixels.permute(0, 3, 1, 2), 1.0, 0)

    def _through(self, convolve: Callable, given: torch.Tensor | Levels) -> torch.Tensor | Levels:
        """What the last block gives, by ``convolve(layer, given, what to add, whether to rectify)``."""
        given = convolve("conv1", given, None, True)
        if isinstance(given, Levels):
            # The plain function takes no bytes.
            pool = torch.ops.quantized.max_pool2d
            given = given._replace(values=pool(given.values, [3, 3], [2, 2], [1, 1], [1, 1], False))
        else:
            given = max_pool2d(given, 3, 2, 1)
        for block in BLOCKS:
            inner, shortcut = convolve(f"{block}.conv1", given, None, True), f"{block}.downsample.0"
            if shortcut in self.layers:
                given = convolve(shortcut, given, None, False)
            given = convolve(f"{block}.conv2", inner, given, True)
        return given

    def _exactly(
        self, name: str, given: torch.Tensor, more: torch.Tensor | None, rectify: bool
    ) -> torch.Tensor:
        """A layer in single precision, whose range widens to what it gives."""
        given = self.layers[name](given)
        given = given if more is None else given.add_(more)
        given = given.relu_() if rectify else given
        (low, high), before = torch.aminmax(given), self.ranges[name]
        self.ranges[name] = min(before[0], low.item()), max(before[1], high.item())
        if self.ranges[name] != before:
            self.rounded.clear()
        return given

    def _roughly(self, name: str, given: Levels, more: Levels | None, rectify: bool) -> Levels:
        """A layer in integers; ``more`` is overwritten."""
        if name not in self.rounded:
            self.rounded[name] = self._round(name, given)
        layer, (weight, scales, bias) = self.layers[name], self.rounded[name]
        padding = (0, 0) if name == "conv1" else layer.padding
        low, high = self.ranges[name]
        scale = (high - low) / LEVELS or 1.0
        zero = round(-low / scale)
        zeros = torch.zeros(len(scales), dtype=torch.int64)
        read = (given.values, given.scale, given.zero, weight, scales, zeros)
        form = (bias, layer.stride, padding, layer.dilation, layer.groups, scale, zero, torch.uint8)
        if more is None:
            then = ("relu" if rectify else "none", [], "")
            values = torch.ops.onednn.qconv2d_pointwise(*read, *form, *then)
        else:
            then = (more.scale, more.zero, "sum", 1.0, "relu", [], "")
            values = torch.ops.onednn.qconv2d_pointwise.binary(*read, more.values, *form, *then)
        return Levels(values, scale, zero)

    def _round(self, name: str, given: Levels) -> Rounded:
        """The weights of a layer that reads what is ``given``."""
        layer = self.layers[name]
        weight, bias, padding = layer.weight, layer.bias, layer.padding
        if name == "conv1":
            weight, padding = weight / self.encoder.std, (0, 0)
            bias = bias - weight.sum((2, 3)) @ self.encoder.mean.flatten()
        scales = (weight.abs().amax((1, 2, 3)) / WEIGHTS).clamp(min=1e-12)
        integers = (weight / scales[:, None, None, None]).round().to(torch.int8)
        laid_out = torch.ops.onednn.qconv_prepack(
            integers, scales, given.scale, given.zero, layer.stride, padding, layer.dilation, layer.groups
        )
        return Rounded(laid_out, scales, bias)
