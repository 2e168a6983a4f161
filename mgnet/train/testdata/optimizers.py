"""The reference of TestOptimizersAgainstPyTorch: steps of torch.optim on given gradients.

usage: python3 mgnet/train/testdata/optimizers.py

Prints w after six steps of four values each. The gradients are numbers that float32
holds exactly, (i - 1.5)/2 + (-1)^t (t + 1)/8 for value i in step t, and the rate of
step t is rate/2^t. Run with PyTorch 1.13.
"""
import torch

cases = {
    "sgd": (torch.optim.SGD, dict(lr=0.5, momentum=0.9, weight_decay=0.1)),
    "nesterov": (torch.optim.SGD, dict(lr=0.5, momentum=0.85, weight_decay=0.1, nesterov=True)),
    "adamw": (torch.optim.AdamW, dict(lr=0.25, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.125)),
    "adam": (torch.optim.Adam, dict(lr=0.25, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.125)),
    "adamw, other betas": (torch.optim.AdamW, dict(lr=0.25, betas=(0.5, 0.75), eps=1e-2, weight_decay=0)),
}
for name, (optimizer, settings) in cases.items():
    w = torch.tensor([1.0, -2.0, 0.5, 3.0], requires_grad=True)
    o = optimizer([w], **settings)
    for t in range(6):
        w.grad = torch.tensor([(i - 1.5) / 2 + (-1) ** t * (t + 1) / 8 for i in range(4)])
        o.param_groups[0]["lr"] = settings["lr"] / 2**t
        o.step()
    print(name, [float(v) for v in w.detach()])
