"""MgNO and FNO as PyTorch modules, with the names of their authors' code; see mgnet_torch.py.

Fields go in and come out as (N, C, H, W).
"""
import torch
from torch import nn
from torch.nn import functional as F


def conv3(channels_in, channels_out, stride=1):
    return nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)


class Smoothing(nn.Module):
    """u += S (f - A u), or u = S f."""

    def __init__(self, u, f, first):
        super().__init__()
        if not first:
            self.A = conv3(u, f)
        self.S = conv3(f, u)

    def forward(self, state):
        u, f = state
        return (self.S(f) if u is None else u + self.S(f - self.A(u))), f


class Coarsening(nn.Module):
    """u' = Pi u, f' = R f."""

    def __init__(self, u, f):
        super().__init__()
        self.Pi, self.R = conv3(u, u, 2), conv3(f, f, 2)

    def forward(self, state):
        u, f = state
        return self.Pi(u), self.R(f)


class VCycle(nn.Module):
    def __init__(self, pre, post, u, f, sizes, crop):
        super().__init__()
        self.levels = len(pre)
        kernel = lambda n: 4 if crop or n % 2 == 0 else 3
        self.RTlayers = nn.ModuleList(
            [nn.ConvTranspose2d(u, u, [kernel(n) for n in sizes[l]], 2, 1, bias=False) for l in range(len(pre) - 1)])
        for l in range(len(pre)):
            steps = [Smoothing(u, f, l == 0 and k == 0) for k in range(pre[l])]
            setattr(self, f"layer{l}", nn.Sequential(*([Coarsening(u, f)] if l else []), *steps))
            setattr(self, f"post_smooth_layer{l}", nn.Sequential(*[Smoothing(u, f, False) for _ in range(post[l])]))

    def forward(self, f):
        states, state = [], (None, f)
        for l in range(self.levels):
            state = getattr(self, f"layer{l}")(state)
            states.append(state)
        for l in reversed(range(self.levels - 1)):
            u, f = states[l]
            h, w = u.shape[2:]
            u = u + self.RTlayers[l](states[l + 1][0])[:, :, :h, :w]
            states[l] = getattr(self, f"post_smooth_layer{l}")((u, f))
        return states[0][0]


class MgNO(nn.Module):
    def __init__(self, config):
        super().__init__()
        pre, u = config["pre"], config["channels"]
        post = config.get("post") or [0] * len(pre)
        sizes = [(config["height"], config["width"])]
        for _ in pre[1:]:
            sizes.append(tuple((n + 1) // 2 for n in sizes[-1]))
        channels = [config["in_channels"]] + [u] * (config["layers"] - 1)
        crop = config.get("prolongation") == "crop"
        self.conv_list = nn.ModuleList([VCycle(pre, post, u, f, sizes, crop) for f in channels])
        self.linear_list = nn.ModuleList([nn.Conv2d(f, u, 1) for f in channels])
        self.linear = nn.Conv2d(u, config["classes"], 1, bias=False)

    def forward(self, u):
        for cycle, linear in zip(self.conv_list, self.linear_list):
            u = F.gelu(cycle(u) + linear(u))
        return self.linear(u)


class SpectralConv2d(nn.Module):
    def __init__(self, channels, modes):
        super().__init__()
        self.modes = modes
        shape = channels, channels, *modes, 2
        self.weights1, self.weights2 = (nn.Parameter(torch.rand(shape) / channels ** 2) for _ in range(2))

    def forward(self, x):
        m1, m2 = self.modes
        h, w = x.shape[2:]
        modes = torch.fft.rfft2(x)
        out = torch.zeros_like(modes)
        for rows, weights in ((slice(m1), self.weights1), (slice(h - m1, h), self.weights2)):
            out[:, :, rows, :m2] = torch.einsum("bixy,ioxy->boxy", modes[:, :, rows, :m2], torch.view_as_complex(weights))
        return torch.fft.irfft2(out, s=(h, w))


class FNO(nn.Module):
    def __init__(self, config):
        super().__init__()
        c = config["channels"]
        self.layers, pad = config["layers"], config.get("pad", 0)
        self.pad = pad if isinstance(pad, list) else [pad, pad]  # rows, columns
        self.fc0 = nn.Linear(config["in_channels"] + 2, c)
        for i in range(self.layers):
            setattr(self, f"conv{i}", SpectralConv2d(c, config["modes"]))
            setattr(self, f"w{i}", nn.Conv2d(c, c, 1))
        self.fc1, self.fc2 = nn.Linear(c, config["hidden"]), nn.Linear(config["hidden"], config["classes"])

    def forward(self, x):
        n, _, h, w = x.shape
        grid = torch.meshgrid(torch.linspace(0, 1, h), torch.linspace(0, 1, w), indexing="ij")
        x = torch.cat([x] + [g.expand(n, 1, h, w) for g in grid], 1)
        x = self.fc0(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        x = F.pad(x, [0, self.pad[1], 0, self.pad[0]])
        for i in range(self.layers):
            x = getattr(self, f"conv{i}")(x) + getattr(self, f"w{i}")(x)
            if i < self.layers - 1:
                x = F.gelu(x)
        x = x[:, :, :h, :w].permute(0, 2, 3, 1)
        return self.fc2(F.gelu(self.fc1(x))).permute(0, 3, 1, 2)
