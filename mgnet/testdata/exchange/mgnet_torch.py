"""The networks of package mgnet as PyTorch modules, for its exported weights.

    from mgnet_torch import load
    model = load("weights.safetensors")     # of mgtool model export; in eval mode
    scores = model(images)                  # normalised, (N, C, H, W)

Names of modules are those listed in mgnet/exchange.go. MgNet has the form of its
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


def conv(channels_in, channels_out, size=3, stride=1):
    return nn.Conv2d(channels_in, channels_out, size, stride, size // 2, bias=False)


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
        given, levels = config.get("hat_support") or [], range(len(config["channels"]))
        supports = given if len(given) > 1 else [given[0] if given else 5. * (l + 1) for l in levels]
        self.hats = [Hat(m) for m in supports] if self.name == "hat" else None

    def __call__(self, level, channels):
        if self.name == "prelu":
            return nn.PReLU(channels)
        if self.name == "hat":
            return self.hats[level]
        return {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "gelu": nn.GELU}[self.name]()


class Step(nn.Module):
    """u += s2(B s1(f - A u)); with an A of its own r -= A d instead."""

    def __init__(self, A, B, act, level):
        super().__init__()
        channels = A.weight.size(0)
        self.A, self.B = A, B
        self.bn1, self.act1 = nn.BatchNorm2d(channels), act(level, channels)
        self.bn2, self.act2 = nn.BatchNorm2d(channels), act(level, channels)

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

    def __init__(self, A_old, A_conv, channels_in, channels, act, level):
        super().__init__()
        if A_old is not None:
            self.A_old, self.A_conv = A_old, A_conv
        self.Pi_conv, self.R_conv = conv(channels_in, channels, stride=2), conv(channels_in, channels, stride=2)
        self.bn1, self.act1 = nn.BatchNorm2d(channels), act(level, channels)
        self.bn2, self.act2 = nn.BatchNorm2d(channels), act(level, channels)

    def forward(self, state):
        u, f, _ = state
        formed = hasattr(self, "A_old")
        coarse = self.act1(self.bn1(self.Pi_conv(u)))
        data = self.act2(self.bn2(self.R_conv(f - self.A_old(u) if formed else f)))
        return coarse, data + self.A_conv(coarse) if formed else data, coarse


class Prolongation(nn.Module):
    """u += P(u' - u0'); with an A of its own r -= A P(u' - u0') too."""

    def __init__(self, A, channels, channels_coarse):
        super().__init__()
        self.P = nn.ConvTranspose2d(channels_coarse, channels, 3, 2, 1, bias=False)
        if A is not None:
            self.A = A

    def forward(self, fine, coarse):
        u, f, u0 = fine
        d = self.P(coarse[0] - coarse[2], output_size=u.shape[2:])
        return u + d, f - self.A(d) if hasattr(self, "A") else f, u0


class Network(nn.Module):
    """What all have: a stem, levels called layer…, a linear map of the mean feature."""

    def stem(self, config, act, norm=True):
        size, stride = config["stem"], max(1, config.get("stem_stride", 0))
        channels = config["channels"][0]
        self.conv1 = conv(config["in_channels"], channels, size, stride)
        if norm:
            self.bn1, self.act1 = nn.BatchNorm2d(channels), act(0, channels)
        self.pool = nn.MaxPool2d(3, 2, 1) if config.get("stem_pool") else None

    def first(self, image):
        x = self.conv1(image)
        if hasattr(self, "bn1"):
            x = self.act1(self.bn1(x))
        return self.pool(x) if self.pool else x


class MgNet(Network):
    def __init__(self, config):
        super().__init__()
        self.channels, self.smoothings = config["channels"], config["smoothings"]
        self.up = config["cycle"] == "v"
        formed = config["share_a"] == "level"  # A u
        act = Activations(config)
        self.stem(config, act)
        step = Step if formed else ResidualStep
        ways, A_old = [], None
        for l, (c, steps) in enumerate(zip(self.channels, self.smoothings)):
            visits = steps * (2 if self.up and l < len(self.channels) - 1 else 1)
            A = [conv(c, c) for _ in range(1 if formed else visits)] * (visits if formed else 1)
            one = config["share_b"] == "level"
            B = [conv(c, c) for _ in range(1 if one else visits)] * (visits if one else 1)
            layer = [step(A[k], B[k], act, l) for k in range(visits)]
            if l:
                layer.insert(0, Restriction(A_old, A[0] if formed else None, self.channels[l - 1], c, act, l))
                steps += 1
            setattr(self, f"layer{l}", nn.Sequential(*layer[:steps]))
            ways.append((None if formed else A[visits // 2], layer[steps:]))
            A_old = A[0] if formed else None
        if self.up:
            for l in reversed(range(len(ways) - 1)):
                A, layer = ways[l]
                setattr(self, f"up{l}", nn.Sequential(Prolongation(A, *self.channels[l:l + 2]), *layer))
        self.fc = nn.Linear(self.channels[0 if self.up else -1], config["classes"])
        for name, stencil in (config.get("fixed") or {}).items():
            self.fix(name, torch.tensor(stencil).reshape(3, 3))

    def fix(self, name, stencil):
        """Gives an operator a stencil on each channel alone, and takes it from training."""
        for key, weight in self.named_parameters():
            if key.split(".")[-2] in (name, name + "_conv"):
                weight.data = torch.einsum("oi,xy->oixy", torch.eye(*weight.shape[:2]), stencil)
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
        return self.fc(state[0].mean((2, 3)))


class Block(nn.Module):
    """r = s2(skip r + N A s1 B r), s with its norm N."""

    def __init__(self, B, A, act, level, stride, skip):
        super().__init__()
        out = A.weight.size(0)
        self.conv1, self.bn1, self.act1 = B, nn.BatchNorm2d(out), act(level, out)
        self.conv2, self.bn2, self.act2 = A, nn.BatchNorm2d(out), act(level, out)
        if skip:
            self.downsample = nn.Sequential(conv(B.weight.size(1), out, 1, 2), nn.BatchNorm2d(out))
        self.stride = stride

    def forward(self, r):
        x = nn.functional.conv2d(r, self.conv1.weight, stride=self.stride, padding=1)
        x = self.bn2(self.conv2(self.act1(self.bn1(x))))
        return self.act2(x + (self.downsample(r) if hasattr(self, "downsample") else r))


class PreActBlock(nn.Module):
    """r = skip + A s2 B s1 r, where skip is r, or that of s1 r."""

    def __init__(self, B, A, act, level, stride, skip):
        super().__init__()
        first, out = B.weight.size(1), A.weight.size(0)
        self.bn1, self.act1 = nn.BatchNorm2d(first), act(level - (1 if skip else 0), first)
        self.conv1 = B
        self.bn2, self.act2 = nn.BatchNorm2d(out), act(level, out)
        self.conv2 = A
        if skip:
            self.shortcut = nn.Sequential(conv(first, out, 1, 2))
        self.stride = stride

    def forward(self, r):
        s = self.act1(self.bn1(r))
        skip = self.shortcut(s) if hasattr(self, "shortcut") else r
        x = nn.functional.conv2d(s, self.conv1.weight, stride=self.stride, padding=1)
        return skip + self.conv2(self.act2(self.bn2(x)))


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
                down = [conv(before, c, 1, 2), nn.BatchNorm2d(c)]
                layer.append(Down("shortcut", *down) if pre else Down("downsample", *down, act(l, c)))
            A, B = conv(c, c), conv(c, c)
            for k in range(steps):
                skip = strided and k == 0
                if l == 0 or config["share_a"] == "step":
                    A = conv(c, c)
                if l == 0 or config["share_b"] == "step":
                    B = conv(before if skip else c, c)
                layer.append((PreActBlock if pre else Block)(B, A, act, l, 2 if skip else 1, skip))
            setattr(self, f"layer{l + 1}", nn.Sequential(*layer))
            before = c
        self.levels, self.head = len(config["channels"]), "linear" if pre else "fc"
        setattr(self, self.head, nn.Linear(before, config["classes"]))

    def forward(self, image):
        r = self.first(image)
        for l in range(self.levels):
            r = getattr(self, f"layer{l + 1}")(r)
        return getattr(self, self.head)(r.mean((2, 3)))


def network(config):
    return (MgNet if config["model"] == "mgnet" else ResNet)(config)


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
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)) and module.weight.requires_grad:
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, .5, 1.5)
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

    def scores(model, name):
        model(images).numpy().tofile(f"{folder}/{name}.f32")

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
