package mgnet

// MgNet: its weights and its walk, the reference method of package multigrid over
// the network's operators.

import (
	"fmt"
	"slices"

	"mgtool/multigrid/cycle"
	"mgtool/tensor/graph"
)

// MgNet is the configuration of the paper for images of h×w pixels: A and B
// shared on a level, 3×3 kernels, ReLU. A single channel count serves all
// levels.
func MgNet(h, w, inChannels, classes int, channels, smoothings []int) Config {
	if len(channels) == 1 {
		channels = slices.Repeat(channels, max(1, len(smoothings)))
	}
	return Config{
		Model: "mgnet", Height: h, Width: w, InChannels: inChannels, Classes: classes,
		Channels: channels, Smoothings: smoothings, ShareA: "level", ShareB: "level",
		Stem: 3, Activation: "relu", Cycle: "down",
	}
}

// FastMgNet is the MgNet for a quick training, on images of h×w pixels: whitening,
// GELU, γ = 1, a start from the identity, and the largest feature instead of the
// mean; what arXiv:2404.00498 found for a plain network, put into the cycle. R is a
// convolution and the largest of 2×2 pixels, Π = 0, as in multigrid's correction
// scheme: both were better in short trainings, see docs/results/accuracy. nil
// channels and smoothings are 64, 256, 256 and 1, 1, 1.
func FastMgNet(h, w, inChannels, classes int, channels, smoothings []int) Config {
	if len(smoothings) == 0 {
		smoothings = []int{1, 1, 1}
	}
	if len(channels) == 0 {
		channels = []int{64, 256, 256}
	}
	c := MgNet(h, w, inChannels, classes, channels, smoothings)
	c.Whiten, c.Norm, c.Activation, c.Start = true, "shift", "gelu", "dirac"
	c.HeadPool, c.HeadNoBias, c.HeadScale = "max", true, 1./9
	c.R, c.Pi = "conv-max", zeroTransfer
	return c
}

// operators are the names that Fixed knows.
var operators = []string{"A", "B", "R", "P", "Pi"}

type mgnetFamily struct{ walkFamily }

func (mgnetFamily) validate(c Config) error {
	errs := []error{c.validateWalk(true), c.validateTransfers()}
	for _, key := range sortedKeys(c.Fixed) {
		errs = append(errs, oneOf("fixed operator", key, operators...))
		if stencil := c.Fixed[key]; len(stencil) != 9 {
			errs = append(errs, fmt.Errorf("mgnet: fixed %s has %d values; want a 3×3 stencil, 9", key, len(stencil)))
		}
		if key != "A" && key != "B" && len(slices.Compact(slices.Clone(c.Channels))) > 1 {
			errs = append(errs, fmt.Errorf("mgnet: fixed %s with channels %v; a stencil a channel wants one channel count on all levels", key, c.Channels))
		}
		for op, kind := range map[string]string{"R": c.R, "Pi": c.piKind()} {
			if t, ok := transferNamed(kind); key == op && (!ok || t.k != 3) {
				errs = append(errs, fmt.Errorf("mgnet: fixed %s with %q; want a 3×3 convolution, conv3 or conv3-inner", key, kind))
			}
		}
	}
	if c.Cycle == "v" && (c.R != "" && c.R != "conv3") {
		errs = append(errs, fmt.Errorf("mgnet: r %q with cycle \"v\", whose P is the adjoint of conv3; want conv3", c.R))
	}
	return firstError(errs...)
}

// visits is the number of smoothing steps that a level does in all: those of
// the way up too, if there is one.
func (c Config) visits(level int) int {
	if c.Cycle == "v" && level < c.levels()-1 {
		return 2 * c.Smoothings[level]
	}
	return c.Smoothings[level]
}

// operatorCopies is the number of As (or Bs) of a level.
func (c Config) operatorCopies(share string, level int) int {
	if share == "step" {
		return c.visits(level)
	}
	return 1
}

// smoothing makes the As or the Bs of a level; those of the finest may serve all.
func (n *Network) smoothing(op, share string, l int) []*Param {
	if l == 0 || share != "all" {
		ch := n.Config.Channels[l]
		return n.copies(op, n.Config.operatorCopies(share, l), levelName(l), ch, ch)
	}
	if op == "A" {
		return n.levels[0].a
	}
	return n.levels[0].b
}

func (mgnetFamily) layout(n *Network) {
	c := n.Config
	n.makeStem(true)
	for l, ch := range c.Channels {
		name := levelName(l)
		lv := level{a: n.smoothing("A", c.ShareA, l), b: n.smoothing("B", c.ShareB, l)}
		for k := range c.visits(l) {
			lv.sigma1 = append(lv.sigma1, n.norm(name("step%d.norm1", k), l, ch))
			lv.sigma2 = append(lv.sigma2, n.norm(name("step%d.norm2", k), l, ch))
		}
		if l < c.levels()-1 {
			next := c.Channels[l+1]
			shared := l > 0 && c.ShareR == "all"
			if shared {
				lv.r, lv.pi, lv.p = n.levels[0].r, n.levels[0].pi, n.levels[0].p
			} else {
				lv.r, lv.pi = n.transferParam("R", c.R, name("R"), ch, next), n.transferParam("Pi", c.piKind(), name("Pi"), ch, next)
			}
			lv.sigmaR = n.norm(name("normR"), l+1, next)
			if c.Pi != zeroTransfer {
				lv.sigmaP = n.norm(name("normPi"), l+1, next)
			}
			if c.Cycle == "v" && !shared {
				lv.p = n.operator("P", name("P"), 3, ch, next)
			}
		}
		n.levels = append(n.levels, lv)
	}
	if c.Cycle == "v" {
		n.makeHead(c.Channels[0])
	} else {
		n.makeHead(c.Channels[c.levels()-1])
	}
}

func (mgnetFamily) scores(v *nodes, x *graph.Node) *graph.Node {
	ops, schedule := v.operators()
	m, err := cycle.NewReference(ops, nil, v.Add, v.Sub)
	if err != nil {
		v.Fail(err)
		return nil
	}
	return v.classify(v.walk(m, schedule, x).U)
}

// operators are A, B and the activations by step, R and Π, and the cycle they are
// made for.
func (v *nodes) operators() ([]cycle.Operators[*graph.Node], cycle.Cycle) {
	c := v.net.Config
	var ops []cycle.Operators[*graph.Node]
	for l, lv := range v.net.levels {
		o := cycle.Operators[*graph.Node]{
			A: each(lv.a, v.conv), B: each(lv.b, v.conv),
			Sigma1: each(lv.sigma1, v.sigma), Sigma2: each(lv.sigma2, v.sigma),
		}
		if l < c.levels()-1 {
			o.R, o.SigmaR = v.restrict(c.R, lv.r), v.sigma(lv.sigmaR)
			if o.Pi = v.restrict(c.piKind(), lv.pi); o.Pi != nil {
				o.SigmaPi = v.sigma(lv.sigmaP)
			}
			if lv.p != nil {
				h, w := c.grid(l)
				o.P = v.prolong(lv.p, h, w)
			}
		}
		ops = append(ops, o)
	}
	if c.Cycle == "v" {
		return ops, cycle.Cycle{Pre: c.Smoothings, Post: c.Smoothings, Gamma: 1}
	}
	return ops, cycle.Cycle{Pre: c.Smoothings, DownOnly: true}
}

// conv is a 3×3 convolution that keeps the grid: an A or a B.
func (v *nodes) conv(p *Param) nodeMap {
	if p.Depthwise {
		return func(x *graph.Node) *graph.Node { return v.Depthwise(x, v.leaf(p)) }
	}
	return func(x *graph.Node) *graph.Node { return v.Conv(x, v.leaf(p), 1, 1) }
}

// prolong is the adjoint of a conv3 from h×w pixels: P.
func (v *nodes) prolong(p *Param, h, w int) nodeMap {
	return func(x *graph.Node) *graph.Node { return v.ConvTranspose(x, v.leaf(p), 2, 1, h, w) }
}

// each maps a list.
func each[T any](list []T, f func(T) nodeMap) []nodeMap {
	maps := make([]nodeMap, len(list))
	for i, t := range list {
		maps[i] = f(t)
	}
	return maps
}
