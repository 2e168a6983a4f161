"""The reference of TestAgainstPyTorch: the same training steps in PyTorch.

usage: MGTOOL_DUMP=DIR go test -run PyTorch ./mgnet/train && python3 mgnet/train/testdata/pytorch.py DIR

MgNet is written in the form that carries u and g (He & Xu 2019), not in the
residual form that the Go code runs.
"""
import json, struct, sys
import numpy as np, torch, torch.nn.functional as F

folder = sys.argv[1]
raw = open(f"{folder}/weights.safetensors", "rb").read()
size = struct.unpack("<Q", raw[:8])[0]
w = {}
for name, info in json.loads(raw[8:8 + size]).items():
    if name != "__metadata__":
        first, last = info["data_offsets"]
        values = np.frombuffer(raw[8 + size + first:8 + size + last], np.float32).reshape(info["shape"]).copy()
        t = torch.tensor(values)
        if t.dim() == 4:  # (K, K, in, out) to (out, in, K, K)
            t = t.permute(3, 2, 0, 1).contiguous()
        w[name] = t.requires_grad_("running" not in name)


def sigma(name, x):
    return F.relu(F.batch_norm(x, w[name + ".running_mean"], w[name + ".running_var"],
                               w[name + ".gamma"], w[name + ".beta"], True, 0.1, 1e-5))


def conv(name, x, stride=1):
    return F.conv2d(x, w[name], stride=stride, padding=1)


def mgnet(image, smoothings=(2, 1)):
    g = sigma("stem.norm", conv("stem.conv", image))
    u = torch.zeros_like(g)
    for l, steps in enumerate(smoothings):
        if l:
            u0 = sigma(f"level{l-1}.normPi", conv(f"level{l-1}.Pi", u, 2))
            g = sigma(f"level{l-1}.normR", conv(f"level{l-1}.R", g - conv(f"level{l-1}.A", u), 2)) + conv(f"level{l}.A", u0)
            u = u0
        for i in range(steps):
            step = f"level{l}.step{i}."
            r = g - conv(f"level{l}.A", u)
            u = u + sigma(step + "norm2", conv(f"level{l}.B", sigma(step + "norm1", r)))
    return u.mean((2, 3)) @ w["head.w"] + w["head.b"]


optimiser = torch.optim.SGD([t for t in w.values() if t.requires_grad], lr=1, momentum=0.9, weight_decay=5e-4)
for k in range(6):
    optimiser.param_groups[0]["lr"] = np.fromfile(f"{folder}/rate{k}.f64", np.float64)[0]
    x = np.fromfile(f"{folder}/images{k}.f32", np.float32).reshape(-1, 28, 28, 1).transpose(0, 3, 1, 2).copy()
    y = np.fromfile(f"{folder}/labels{k}.i32", np.int32)
    optimiser.zero_grad()
    loss = F.cross_entropy(mgnet(torch.tensor(x)), torch.tensor(y).long())
    loss.backward()
    optimiser.step()
    print(k, loss.item())
