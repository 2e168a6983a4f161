package mgnet

// What is before and behind a walk over grids: the first convolution, which makes
// the data of the finest grid, and the classifier on the last feature.

import (
	"mgtool/tensor/graph"
)

// stem holds the weights of the first convolution; norm is nil where the first
// block has its own.
type stem struct {
	white, whiteBias *Param
	whiteTheta       *Param // of the activation behind the whitening
	conv             *Param
	norm             *Norm
	walk             Walk // that it begins
}

// makeStem lays out the stem of a walk, with or without a norm.
func (n *Network) makeStem(c Walk, normed bool) {
	in := c.InChannels
	n.stem.walk, n.sigma, n.start = c, c.Sigma, c.Start
	if c.Whiten {
		in = whiteFilters(c.InChannels)
		n.stem.white = n.addParam("whiten.conv", he, 2, 2, c.InChannels, in)
		n.stem.white.Fixed, n.stem.white.Drawn = true, true
		n.stem.whiteBias = n.addParam(WhitenBias, nil, in)
		n.stem.whiteTheta = n.activationOf(0, "whiten", in)
	}
	n.stem.conv = n.kernel("stem.conv", n.initializer("stem"), c.Stem, in, c.Channels[0])
	n.first = n.stem.conv
	if c.Whiten {
		n.first = n.stem.white
	}
	if normed {
		n.stem.norm = n.norm("stem.norm", 0, c.Channels[0])
	}
}

// stem is the data the walk starts from: r = g = σ(θ * image), since u = 0.
func (v *nodes) stem(x *graph.Node) *graph.Node {
	s := v.net.stem
	c := s.walk
	if c.Whiten {
		x = v.activate(v.Bias(v.Conv(x, v.leaf(s.white), 1, 0), v.leaf(s.whiteBias)), s.whiteTheta)
	}
	r := v.convolve(x, s.conv, max(1, c.StemStride), c.Stem/2)
	if c.Whiten { // a norm and an activation of fewer pixels
		r = v.MaxPool(r, 2, 2, c.whitePad())
	}
	if s.norm != nil {
		r = v.sigma(s.norm)(r)
	}
	if c.StemPool {
		r = v.MaxPoolWindow(r, c.window(3, 2, 1))
	}
	return r
}

// head is a linear classifier: its weights.
type head struct{ w, b *Param }

// makeHead lays out the classifier of a walk's features.
func (n *Network) makeHead(features int) {
	c := n.stem.walk
	if c.HeadPool == "pixels" {
		n.head = n.pixelHead(features, c.Classes)
	} else {
		init := uniform(features)
		n.head.w = n.addParam("head.w", init, features, c.Classes)
		n.head.b = n.addParam("head.b", init, c.Classes)
	}
	if c.HeadNoBias {
		n.head.b.Fixed, n.head.b.init = true, nil
	}
}

// pixelHead lays out a linear classifier of each pixel.
func (n *Network) pixelHead(features, classes int) head {
	init := uniform(features)
	return head{n.addParam("head.w", init, 1, 1, features, classes), n.addParam("head.b", init, classes)}
}

// classifyPixels is a linear classifier of each pixel.
func (v *nodes) classifyPixels(f *graph.Node, h head) *graph.Node {
	return v.Bias(v.Conv(f, v.leaf(h.w), 1, 0), v.leaf(h.b))
}

// classify is the linear classifier on the mean or the largest feature, or on that of each
// pixel.
func (v *nodes) classify(u *graph.Node) *graph.Node {
	c := v.net.stem.walk
	pool := v.GlobalAvgPool
	if c.HeadPool == "max" {
		pool = v.GlobalMaxPool
	}
	var z *graph.Node
	if c.HeadPool == "pixels" {
		z = v.classifyPixels(u, v.net.head)
	} else {
		z = v.Linear(pool(u), v.leaf(v.net.head.w), v.leaf(v.net.head.b))
	}
	if c.HeadScale != 0 {
		z = v.Scale(z, float32(c.HeadScale))
	}
	return z
}

// whiteFilters is the number of filters that whiten images of so many channels: two
// for each of the 4·C_in eigenvectors.
func whiteFilters(inChannels int) int { return 2 * 4 * inChannels }

// WhitenBias is the name of the bias of a first layer that whitens.
const WhitenBias = "whiten.bias"
