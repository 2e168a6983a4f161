"""The networks of package mgnet as PyTorch modules, for its exported weights.

    from mgnet_torch import load
    model = load("weights.safetensors")     # of mgtool model export; in eval mode
    scores = model(images)                  # normalised, (N, C, H, W), or sequences (N, C, L)

Names of modules are those listed in mgnet/names.go. MgNet has the form of its
authors, which carries u and f with A u = f, where one A serves a level; with an A a
step it has to be the residual form, which carries u and r = f - A u.

    mgnet_torch.py compare DIR...

is half of TestExchangeWithPyTorch: see compare below.
"""
import json
import struct
import sys

import numpy as np
import torch
from torch import nn

from operators_torch import FNO, MgNO


class Space:
    """The modules of images or, with one dimension, of sequences, and the width of kernels.

    network() sets both as the model has them.
    """
    dims, kernel = 2, 3

    def __getattr__(self, name):
        return getattr(nn, f"{name}{self.dims}d")


space = Space()


def of_conv(make):
    """A class of convolutions for each number of dimensions."""
    classes = {1: make(nn.Conv1d), 2: make(nn.Conv2d)}
    return lambda *args, **named: classes[space.dims](*args, **named)


def conv(channels_in, channels_out, size=None, stride=1):
    size = size or space.kernel
    return space.Conv(channels_in, channels_out, size, stride, size // 2, bias=False)


@of_conv
def depthwise_conv(Conv):
    class Depthwise(Conv):
        """A kernel a channel, and behind it a 1x1 convolution of every stride-th pixel."""

        def __init__(self, channels_in, channels, stride=1, mixed=False):
            super().__init__(channels_in, channels_in, space.kernel, 1, space.kernel // 2, groups=channels_in, bias=False)
            self.every = stride
            if mixed:
                self.mix = Conv(channels_in, channels, 1, bias=False)

        def forward(self, x):
            x = super().forward(x)[(..., *[slice(None, None, self.every)] * (x.dim() - 2))]
            return self.mix(x) if hasattr(self, "mix") else x
    return Depthwise


class Hat(nn.Module):
    """max(0, min(x, M - x)) with its support M."""

    def __init__(self, support):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([float(support)]))

    def forward(self, x):
        return torch.relu(torch.minimum(x, self.weight - x))


class Activations:
    """Makes the activation of a norm on a level."""

    def __init__(self, config):
        self.name = config["activation"]
        given, levels = config.get("hat_support") or [], range(len(config.get("channels", [0])))
        supports = given if len(given) > 1 else [given[0] if given else 5. * (l + 1) for l in levels]
        self.hats = [Hat(m) for m in supports] if self.name == "hat" else None

    def __call__(self, level, channels):
        if self.name == "prelu":
            return nn.PReLU(channels)
        if self.name == "hat":
            return self.hats[level]
        return {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "gelu": nn.GELU}[self.name]()


class Bias(nn.Module):
    """In place of a norm."""

    def __init__(self, channels):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return x + self.bias.view(-1, *[1] * (x.dim() - 2))


def norms(config):
    return Bias if config.get("norm") == "none" else space.BatchNorm


@of_conv
def transfer_conv(Conv):
    class Transfer(Conv):
        """The ways of R and Pi to the next level: transfer.go lists them."""

        def __init__(self, channels_in, channels, size, stride, pad, before, behind):
            super().__init__(channels_in, channels, size, stride, pad, bias=False)
            self.before, self.behind = before, behind

        def forward(self, x):
            return self.behind(super().forward(self.before(x)))
    return Transfer


def transfer(kind, channels_in, channels, depthwise=False, mixed=False):
    if depthwise:
        return depthwise_conv(channels_in, channels, 2, mixed)
    k = space.kernel
    size, stride, pad = {"conv3": (k, 2, k // 2), "conv3-inner": (k, 2, 0), "conv2": (2, 2, 0), "conv1": (1, 2, 0),
                         "max": (1, 1, 0), "mean": (1, 1, 0), "conv-max": (k, 1, k // 2)}[kind]
    before = {"max": space.MaxPool(2), "mean": space.AvgPool(2)}
    behind = {"conv-max": space.MaxPool(2)}
    if kind in before and channels_in == channels:
        return before[kind]
    same = nn.Identity()
    return transfer_conv(channels_in, channels, size, stride, pad, before.get(kind, same), behind.get(kind, same))


class Step(nn.Module):
    """u += s2(B s1(f - A u)); with an A of its own r -= A d instead."""

    def __init__(self, A, B, norm, act, level):
        super().__init__()
        channels = A.weight.size(0)
        self.A, self.B = A, B
        self.bn1, self.act1 = norm(channels), act(level, channels)
        self.bn2, self.act2 = norm(channels), act(level, channels)

    def correction(self, r):
        return self.act2(self.bn2(self.B(self.act1(self.bn1(r)))))

    def forward(self, state):
        u, f, u0 = state
        return u + self.correction(f - self.A(u)), f, u0


class ResidualStep(Step):
    def forward(self, state):
        u, r, u0 = state
        d = self.correction(r)
        return u + d, r - self.A(d), u0


class Restriction(nn.Module):
    """u' = s1(Pi u), f' = s2(R (f - A u)) + A' u'; with r in place of f without the As."""

    def __init__(self, A_old, A_conv, R, Pi, channels, norm, act, level):
        super().__init__()
        if A_old is not None:
            self.A_old, self.A_conv = A_old, A_conv
        if Pi is not None:
            self.Pi_conv = Pi
            self.bn1, self.act1 = norm(channels), act(level, channels)
        self.R_conv = R
        self.bn2, self.act2 = norm(channels), act(level, channels)

    def forward(self, state):
        u, f, _ = state
        formed = hasattr(self, "A_old")
        data = self.act2(self.bn2(self.R_conv(f - self.A_old(u) if formed else f)))
        if not hasattr(self, "Pi_conv"):
            coarse = torch.zeros_like(data)
            return coarse, data, coarse
        coarse = self.act1(self.bn1(self.Pi_conv(u)))
        return coarse, data + self.A_conv(coarse) if formed else data, coarse


class Prolongation(nn.Module):
    """u += P(u' - u0'); with an A of its own r -= A P(u' - u0') too."""

    def __init__(self, A, channels, channels_coarse):
        super().__init__()
        self.P = space.ConvTranspose(channels_coarse, channels, space.kernel, 2, space.kernel // 2, bias=False)
        if A is not None:
            self.A = A

    def forward(self, fine, coarse):
        u, f, u0 = fine
        d = self.P(coarse[0] - coarse[2], output_size=u.shape[2:])
        return u + d, f - self.A(d) if hasattr(self, "A") else f, u0


class Network(nn.Module):
    """What all have: a stem, levels called layer…, a linear map of a feature."""

    def stem(self, config, act, norm=True):
        size, stride = config["stem"], max(1, config.get("stem_stride", 0))
        channels, channels_in = config["channels"][0], config["in_channels"]
        self.halve = nn.Identity()
        if config.get("whiten"):
            filters = 8 * channels_in
            self.whiten, self.act0 = nn.Conv2d(channels_in, filters, 2), act(0, filters)
            even = config["height"] % 2 == 0 and config["width"] % 2 == 0
            self.halve, channels_in = nn.MaxPool2d(2, padding=1 if even else 0), filters
        self.conv1 = conv(channels_in, channels, size, stride)
        if norm:
            self.bn1, self.act1 = norms(config)(channels), act(0, channels)
        self.pool = space.MaxPool(3, 2, 1) if config.get("stem_pool") else None

    def first(self, image):
        if hasattr(self, "whiten"):
            image = self.act0(self.whiten(image))
        x = self.halve(self.conv1(image))
        if hasattr(self, "bn1"):
            x = self.act1(self.bn1(x))
        return self.pool(x) if self.pool else x

    def make_head(self, name, features, config):
        pixels = config.get("head_pool") == "pixels"
        head = nn.Conv2d(features, config["classes"], 1) if pixels else nn.Linear(features, config["classes"])
        if config.get("head_no_bias"):
            nn.init.zeros_(head.bias)
        setattr(self, name, head)
        self.head, self.scale = name, config.get("head_scale") or 1
        self.pooled = {"max": lambda f: f.flatten(2).amax(2), "pixels": lambda f: f}.get(config.get("head_pool"), lambda f: f.flatten(2).mean(2))

    def classify(self, feature):
        feature = self.pooled(feature)
        return getattr(self, self.head)(feature) * self.scale


class MgNet(Network):
    def __init__(self, config):
        super().__init__()
        self.channels, self.smoothings = config["channels"], config["smoothings"]
        self.up = config["cycle"] == "v"
        formed = config["share_a"] != "step"  # A u
        act = Activations(config)
        self.stem(config, act)
        step = Step if formed else ResidualStep
        everywhere = {}

        def shared(key, name, make):
            """make(), or what it made for the level before where one serves all."""
            if config.get(key) != "all":
                return make()
            return everywhere.setdefault(name, make())

        def each(name):
            return name in (config.get("depthwise") or []), name in (config.get("mixed") or {})

        def smoother(name, c):
            depthwise, mixed = each(name)
            return depthwise_conv(c, c, mixed=mixed) if depthwise else conv(c, c)

        kinds = config.get("r") or "conv3", config.get("pi") or config.get("r") or "conv3"
        ways, A_old = [], None
        for l, (c, steps) in enumerate(zip(self.channels, self.smoothings)):
            visits = steps * (2 if self.up and l < len(self.channels) - 1 else 1)
            one = config["share_b"] != "step"
            A = shared("share_a", "A", lambda: [smoother("A", c) for _ in range(1 if formed else visits)]) * (visits if formed else 1)
            B = shared("share_b", "B", lambda: [smoother("B", c) for _ in range(1 if one else visits)]) * (visits if one else 1)
            layer = [step(A[k], B[k], norms(config), act, l) for k in range(visits)]
            if l:
                R, Pi = (shared("share_r", name, lambda: transfer(kind, self.channels[l - 1], c, *each(name))) if kind != "zero" else None
                         for name, kind in zip(("R", "Pi"), kinds))
                layer.insert(0, Restriction(A_old, A[0] if formed else None, R, Pi, c, norms(config), act, l))
                steps += 1
            setattr(self, f"layer{l}", nn.Sequential(*layer[:steps]))
            ways.append((None if formed else A[visits // 2], layer[steps:]))
            A_old = A[0] if formed else None
        if self.up:
            for l in reversed(range(len(ways) - 1)):
                A, layer = ways[l]
                setattr(self, f"up{l}", nn.Sequential(Prolongation(A, *self.channels[l:l + 2]), *layer))
        self.make_head("fc", self.channels[0 if self.up else -1], config)
        for name, stencil in (config.get("fixed") or {}).items():
            self.fix(name, torch.tensor(stencil))

    def fix(self, name, stencil):
        """Gives an operator a stencil on each channel alone, and takes it from training."""
        for key, weight in self.named_parameters():
            if key.split(".")[-2] in (name, name + "_conv"):
                channels = torch.ones if weight.shape[1] == 1 else torch.eye  # depthwise or not
                weight.data = torch.einsum("oi,x->oix", channels(*weight.shape[:2]), stencil).reshape(weight.shape)
                weight.requires_grad = False

    def forward(self, image):
        f = self.first(image)
        state, levels = (torch.zeros_like(f), f, None), []
        for l in range(len(self.channels)):
            state = getattr(self, f"layer{l}")(state)
            levels.append(state)
        if self.up:
            for l in reversed(range(len(levels) - 1)):
                prolong, *steps = getattr(self, f"up{l}")
                state = prolong(levels[l], state)
                for step in steps:
                    state = step(state)
        return self.classify(state[0])


class Block(nn.Module):
    """r = s2(skip r + N A s1 B r), s with its norm N."""

    def __init__(self, B, A, norm, act, level, skip):
        super().__init__()
        out = A.weight.size(0)
        self.conv1, self.bn1, self.act1 = B, norm(out), act(level, out)
        self.conv2, self.bn2, self.act2 = A, norm(out), act(level, out)
        if skip:
            self.downsample = nn.Sequential(conv(B.weight.size(1), out, 1, 2), norm(out))

    def forward(self, r):
        x = self.bn2(self.conv2(self.act1(self.bn1(self.conv1(r)))))
        return self.act2(x + (self.downsample(r) if hasattr(self, "downsample") else r))


class PreActBlock(nn.Module):
    """r = skip + A s2 B s1 r, where skip is r, or that of s1 r."""

    def __init__(self, B, A, norm, act, level, skip):
        super().__init__()
        first, out = B.weight.size(1), A.weight.size(0)
        self.bn1, self.act1 = norm(first), act(level - (1 if skip else 0), first)
        self.conv1 = B
        self.bn2, self.act2 = norm(out), act(level, out)
        self.conv2 = A
        if skip:
            self.shortcut = nn.Sequential(conv(first, out, 1, 2))

    def forward(self, r):
        s = self.act1(self.bn1(r))
        skip = self.shortcut(s) if hasattr(self, "shortcut") else r
        return skip + self.conv2(self.act2(self.bn2(self.conv1(s))))


class Down(nn.Module):
    """The way to a level whose steps share one B: a 1x1 convolution and a norm."""

    def __init__(self, name, *modules):
        super().__init__()
        self.name = name
        setattr(self, name, nn.Sequential(*modules))

    def forward(self, r):
        return getattr(self, self.name)(r)


class ResNet(Network):
    def __init__(self, config):
        super().__init__()
        pre = config["model"] == "preact"
        act = Activations(config)
        self.stem(config, act, norm=not pre)
        before = None
        for l, (c, steps) in enumerate(zip(config["channels"], config["smoothings"])):
            strided, layer = l > 0 and config["share_b"] == "step", []
            if l > 0 and not strided:
                down = [conv(before, c, 1, 2), norms(config)(c)]
                layer.append(Down("shortcut", *down) if pre else Down("downsample", *down, act(l, c)))
            A, B = conv(c, c), conv(c, c)
            for k in range(steps):
                skip = strided and k == 0
                if l == 0 or config["share_a"] == "step":
                    A = conv(c, c)
                if l == 0 or config["share_b"] == "step":
                    B = conv(before if skip else c, c, stride=2 if skip else 1)
                layer.append((PreActBlock if pre else Block)(B, A, norms(config), act, l, skip))
            setattr(self, f"layer{l + 1}", nn.Sequential(*layer))
            before = c
        self.levels = len(config["channels"])
        self.make_head("linear" if pre else "fc", before, config)

    def forward(self, image):
        r = self.first(image)
        for l in range(self.levels):
            r = getattr(self, f"layer{l + 1}")(r)
        return self.classify(r)


class CNNStep(nn.Module):
    """f = s(theta f)."""

    def __init__(self, channels, norm, act, level):
        super().__init__()
        self.conv = conv(channels, channels)
        self.bn1, self.act1 = norm(channels), act(level, channels)

    def forward(self, f):
        return self.act1(self.bn1(self.conv(f)))


class CNNRestriction(nn.Module):
    """f' = R f."""

    def __init__(self, R):
        super().__init__()
        self.R_conv = R

    def forward(self, f):
        return self.R_conv(f)


class CNN(Network):
    def __init__(self, config):
        super().__init__()
        act, before = Activations(config), None
        self.stem(config, act)
        for l, (c, steps) in enumerate(zip(config["channels"], config["smoothings"])):
            layer = [CNNStep(c, norms(config), act, l) for _ in range(steps - (l == 0))]
            if l:
                layer.insert(0, CNNRestriction(transfer(config.get("r") or "conv3", before, c)))
            setattr(self, f"layer{l}", nn.Sequential(*layer))
            before = c
        self.levels = len(config["channels"])
        self.make_head("fc", before, config)

    def forward(self, image):
        f = self.first(image)
        for l in range(self.levels):
            f = getattr(self, f"layer{l}")(f)
        return self.classify(f)


class DoubleConv(nn.Module):
    """f = s(theta f), some times; the name is that of milesial/Pytorch-UNet, where it is twice."""

    def __init__(self, channels_in, channels, steps, config, act, level):
        super().__init__()
        plain, modules = config.get("norm") == "none", []
        for _ in range(steps):
            modules.append(nn.Conv2d(channels_in, channels, 3, padding=1, bias=plain))
            modules += [] if plain else [nn.BatchNorm2d(channels)]
            modules.append(act(level, channels))
            channels_in = channels
        self.double_conv = nn.Sequential(*modules)

    def forward(self, f):
        return self.double_conv(f)


class UNetDown(nn.Module):
    def __init__(self, smooth):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), smooth)

    def forward(self, f):
        return self.maxpool_conv(f)


class UNetUp(nn.Module):
    """s([fine, P coarse])."""

    def __init__(self, channels_in, channels, smooth):
        super().__init__()
        self.up, self.conv = nn.ConvTranspose2d(channels_in, channels, 2, 2), smooth

    def forward(self, fine, coarse):
        up = self.up(coarse)
        up = nn.functional.pad(up, [0, fine.shape[3] - up.shape[3], 0, fine.shape[2] - up.shape[2]])
        return self.conv(torch.cat([fine, up], 1))


class OutConv(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv = nn.Conv2d(channels, classes, 1)

    def forward(self, f):
        return self.conv(f)


class UNet(nn.Module):
    def __init__(self, config):
        super().__init__()
        act, channels, steps = Activations(config), config["channels"], config["smoothings"]
        self.deepest = len(channels) - 1
        self.inc = DoubleConv(config["in_channels"], channels[0], steps[0], config, act, 0)
        for l in range(1, len(channels)):
            setattr(self, f"down{l}", UNetDown(DoubleConv(channels[l - 1], channels[l], steps[l], config, act, l)))
        for l in reversed(range(self.deepest)):
            smooth = DoubleConv(2 * channels[l], channels[l], steps[l], config, act, l)
            setattr(self, f"up{self.deepest - l}", UNetUp(channels[l + 1], channels[l], smooth))
        self.outc = OutConv(channels[0], config["classes"])

    def forward(self, image):
        levels = [self.inc(image)]
        for l in range(1, self.deepest + 1):
            levels.append(getattr(self, f"down{l}")(levels[-1]))
        f = levels.pop()
        for k in range(1, self.deepest + 1):
            f = getattr(self, f"up{k}")(levels.pop(), f)
        return self.outc(f)


class DenseLayer(nn.Module):
    """[x, W2 s2(W1 s1(x))] of DenseNet, with the names of torchvision."""

    def __init__(self, channels_in, width, growth, act, level):
        super().__init__()
        self.norm1, self.relu1 = nn.BatchNorm2d(channels_in), act(level, channels_in)
        self.conv1 = nn.Conv2d(channels_in, width, 1, bias=False)
        self.norm2, self.relu2 = nn.BatchNorm2d(width), act(level, width)
        self.conv2 = nn.Conv2d(width, growth, 3, padding=1, bias=False)

    def forward(self, x):
        return torch.cat([x, self.conv2(self.relu2(self.norm2(self.conv1(self.relu1(self.norm1(x))))))], 1)


class Transition(nn.Module):
    def __init__(self, channels_in, channels, act, level):
        super().__init__()
        self.norm, self.relu = nn.BatchNorm2d(channels_in), act(level, channels_in)
        self.conv, self.pool = nn.Conv2d(channels_in, channels, 1, bias=False), nn.AvgPool2d(2)

    def forward(self, x):
        return self.pool(self.conv(self.relu(self.norm(x))))


class DenseNet(nn.Module):
    def __init__(self, config):
        super().__init__()
        act, large = Activations(config), config.get("large_stem")
        growth, width, channels = config["growth"], config["bottleneck"] * config["growth"], config["first"]
        f = nn.Sequential()
        if large:
            f.add_module("conv0", nn.Conv2d(config["in_channels"], channels, 7, 2, 3, bias=False))
            f.add_module("norm0", nn.BatchNorm2d(channels))
            f.add_module("relu0", act(0, channels))
            f.add_module("pool0", nn.MaxPool2d(3, 2, 1))
        else:
            f.add_module("conv0", nn.Conv2d(config["in_channels"], channels, 3, 1, 1, bias=False))
        for l, layers in enumerate(config["layers"]):
            block = nn.Sequential()
            for k in range(layers):
                block.add_module(f"denselayer{k + 1}", DenseLayer(channels, width, growth, act, l))
                channels += growth
            f.add_module(f"denseblock{l + 1}", block)
            if l + 1 < len(config["layers"]):
                kept = int(channels * config["compression"])
                f.add_module(f"transition{l + 1}", Transition(channels, kept, act, l))
                channels = kept
        f.add_module("norm5" if large else "norm_final", nn.BatchNorm2d(channels))
        self.features, self.act = f, act(0, channels)
        self.classifier = nn.Linear(channels, config["classes"])

    def forward(self, x):
        return self.classifier(self.act(self.features(x)).mean((2, 3)))


class Layers(nn.Module):
    """A list of layers, whose sizes are those of an image that passes them."""

    def __init__(self, config):
        super().__init__()
        self.steps = []
        act, plain = Activations(config), config.get("norm") == "none"
        x = torch.zeros(1, config["in_channels"], config["height"], config["width"])
        for i, layer in enumerate(config["layers"]):
            op, out = layer["op"], layer.get("channels", config["classes"])
            size, stride, pad = layer.get("kernel"), layer.get("stride"), layer.get("pad", 0)
            modules = {}
            if op == "conv":
                modules["layer"] = nn.Conv2d(x.size(1), out, size, stride or 1, pad, groups=layer.get("groups", 1), bias=plain)
                if not plain:
                    modules["norm"] = nn.BatchNorm2d(out)
                modules["act"] = act(0, out)
            elif op == "linear":
                x = x.flatten(1)
                modules["flat"], modules["layer"] = nn.Flatten(), nn.Linear(x.size(1), out)
                if i < len(config["layers"]) - 1:
                    modules["act"] = act(0, out)
            else:
                modules["pool"] = {
                    "max-pool": lambda: nn.MaxPool2d(size, stride or size, pad),
                    "mean-pool": lambda: nn.AvgPool2d(size),
                    # PyTorch divides alpha by the number of channels.
                    "response-norm": lambda: nn.LocalResponseNorm(5, 5e-4, .75, 2),
                }[op]()
            for name, module in modules.items():
                setattr(self, f"{name}{i}", module)
                self.steps.append(f"{name}{i}")
                x = module.eval()(x)

    def forward(self, x):
        for step in self.steps:
            x = getattr(self, step)(x)
        return x


class Forecast(nn.Module):
    """y of the windows of each variable, at a common level and brought back: a window is a row."""

    def __init__(self, config):
        super().__init__()
        self.by = config.get("normalise")

    def forward(self, x):  # (N, window, variables, 1)
        rows = x.squeeze(3).transpose(1, 2)
        level, scale = 0, 1
        if self.by == "last":
            level = rows[..., -1:]
        if self.by == "mean":
            level, scale = rows.mean(-1, keepdim=True), (rows.var(-1, unbiased=False, keepdim=True) + 1e-5).sqrt()
        z = (rows - level) / scale
        y = self.rows(z.flatten(0, 1)).unflatten(0, z.shape[:2]) * scale + level
        return y.transpose(1, 2).unsqueeze(3)


class LinearForecast(Forecast):
    def __init__(self, config):
        super().__init__(config)
        window, horizon = config["in_channels"], config["classes"]
        self.average = config.get("average")
        for name in ["Linear_Seasonal", "Linear_Trend"] if self.average else ["Linear"]:
            setattr(self, name, nn.Linear(window, horizon))

    def rows(self, x):
        if not self.average:
            return self.Linear(x)
        ends = (x[:, :1].repeat(1, self.average // 2), x, x[:, -1:].repeat(1, self.average // 2))
        trend = nn.functional.avg_pool1d(torch.cat(ends, 1).unsqueeze(1), self.average, 1).squeeze(1)
        return self.Linear_Seasonal(x - trend) + self.Linear_Trend(trend)


class RepeatLast(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.horizon = config["classes"]

    def forward(self, x):
        return x[:, -1:].repeat(1, self.horizon, 1, 1)


class Shift(Bias):
    def forward(self, x):
        return x + self.bias


class WindowLevel(nn.Module):
    """The operators of a level of FV-MgNet, and the smoothing steps of all its visits."""

    def __init__(self, width, coarse, steps, act, level):
        super().__init__()
        linear = lambda i, o: nn.Linear(i, o, bias=False)
        if coarse or steps > 1:
            self.A = linear(width, width)
        self.B = linear(width, width)
        step = lambda: nn.ModuleDict({"bn1": Shift(width), "act1": act(level, width), "bn2": Shift(width), "act2": act(level, width)})
        self.steps = nn.ModuleList(step() for _ in range(steps))
        if coarse:
            self.R, self.P = linear(width, coarse), linear(coarse, width)
            self.bnR, self.actR = Shift(coarse), act(level + 1, coarse)

    def smooth(self, u, f, steps):
        for s in steps:
            r = f if u is None else f - self.A(u)
            d = s.act2(s.bn2(self.B(s.act1(s.bn1(r)))))
            u = d if u is None else u + d
        return u


class FVMgNet(Forecast):
    """A V-cycle for A u = f, where f is the window, and the forecast a map of u."""

    def __init__(self, config):
        super().__init__(config)
        widths, steps, window = config["widths"], config["smoothings"], config["in_channels"]
        self.smoothings, act = steps, Activations({"channels": widths, **config})
        if widths[0] != window:
            self.stem = nn.Linear(window, widths[0])
        self.levels = nn.ModuleList(
            WindowLevel(width, coarse, nu * (2 if coarse else 1), act, l)
            for l, (width, coarse, nu) in enumerate(zip(widths, widths[1:] + [0], steps)))
        self.fc = nn.Linear(widths[0], config["classes"])

    def cycle(self, l, u, f):
        level, nu = self.levels[l], self.smoothings[l]
        u = level.smooth(u, f, level.steps[:nu])
        if l == len(self.levels) - 1:
            return u
        u = u + level.P(self.cycle(l + 1, None, level.actR(level.bnR(level.R(f - level.A(u))))))
        return level.smooth(u, f, level.steps[nu:])

    def rows(self, x):
        f = self.stem(x) if hasattr(self, "stem") else x
        return self.fc(self.cycle(0, None, f))


def network(config):
    kinds = {"mgnet": MgNet, "resnet": ResNet, "preact": ResNet, "cnn": CNN, "layers": Layers, "unet": UNet, "densenet": DenseNet,
             "linear-forecast": LinearForecast, "repeat-last": RepeatLast, "fv-mgnet": FVMgNet,
             "mgno": MgNO, "fno": FNO}
    space.dims, space.kernel = 1 if config.get("signal") else 2, config.get("kernel") or 3
    return kinds[config["model"]](config)


TYPES = {"F32": torch.float32, "I64": torch.int64}


def read(path):
    """A safetensors file: the length of a header, JSON, the values. Gives tensors by name, and the metadata."""
    raw = open(path, "rb").read()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + size])
    about = header.pop("__metadata__", {})
    tensors = {}
    for name, info in header.items():
        kind = TYPES[info["dtype"]]
        first, last = info["data_offsets"]
        tensors[name] = torch.frombuffer(bytearray(raw[8 + size + first:8 + size + last]), dtype=kind).reshape(info["shape"])
    return tensors, about


def write(path, tensors):
    """Writes a safetensors file without metadata."""
    header, values, offset = {}, [], 0
    for name, t in tensors.items():
        data = t.detach().contiguous().numpy().tobytes()
        kind = next(k for k, v in TYPES.items() if v == t.dtype)
        header[name] = {"dtype": kind, "shape": list(t.shape), "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
        values.append(data)
    text = json.dumps(header).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(values))


def load(path):
    """The network of a file of mgtool model export, in eval mode."""
    tensors, about = read(path)
    model = network(json.loads(about["mgtool.run"])["model"])
    model.load_state_dict(tensors, strict=True)
    return model.eval()


def randomize(model, config):
    """Weights as a training leaves them: nothing is 0 or 1, statistics included."""
    for module in model.modules():
        if isinstance(module, nn.modules.conv._ConvNd) and module.weight.requires_grad:
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, Bias):
            nn.init.normal_(module.bias, std=.3)
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            if config.get("norm") not in ("shift", "fixed"):
                nn.init.uniform_(module.weight, .5, 1.5)
            if config.get("norm") != "fixed":
                nn.init.normal_(module.bias, std=.3)
            nn.init.normal_(module.running_mean, std=.3)
            nn.init.uniform_(module.running_var, .5, 1.5)
            module.num_batches_tracked.fill_(7)
        if isinstance(module, nn.PReLU):
            nn.init.uniform_(module.weight, .1, .5)
        if isinstance(module, Hat) and config.get("hat_trained"):
            nn.init.uniform_(module.weight, 1, 4)


def compare(folder):
    """Of a folder with exported weights ours.safetensors and images.f32 (N, H, W, C):

    ours.f32             the scores of PyTorch with these weights
    theirs.safetensors   random weights of the same network
    theirs.f32           their scores
    """
    _, about = read(f"{folder}/ours.safetensors")
    c = json.loads(about["mgtool.run"])["model"]
    images = np.fromfile(f"{folder}/images.f32", np.float32).reshape(-1, c["height"], c["width"], c["in_channels"])
    images = torch.tensor(images.transpose(0, 3, 1, 2).copy())
    if c.get("signal"):
        images = images.squeeze(2)

    def scores(model, name):
        values = model(images)
        if values.dim() == 4:  # of each pixel
            values = values.permute(0, 2, 3, 1).contiguous()
        values.numpy().tofile(f"{folder}/{name}.f32")

    scores(load(f"{folder}/ours.safetensors"), "ours")
    theirs = network(c)
    randomize(theirs, c)
    write(f"{folder}/theirs.safetensors", theirs.state_dict())
    scores(theirs.eval(), "theirs")


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] != "compare":
        sys.exit(__doc__)
    torch.manual_seed(1)
    with torch.no_grad():
        for folder in sys.argv[2:]:
            compare(folder)
