package train

// Progressive resizing: smaller images for the first epochs, which is the same weights
// on a coarser grid, where a multigrid method begins too.

import (
	"math"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// progressive is how a training takes images that are scaled down; nil for one that does
// not.
type progressive struct {
	steps    int            // the first ones, in which it does
	net      *mgnet.Network // the one in training
	shrinker *vision.Shrinker
	x        []float32 // a batch of such images
	macs     float64   // forward multiply-adds of one
}

// newProgressive prepares it for a network, its recipe and the batches of an epoch.
func newProgressive(n *mgnet.Network, r runs.Recipe, batches int) (*progressive, error) {
	if r.SmallEpochs == 0 {
		return nil, nil
	}
	c := n.Config
	h, w := scaled(c.Height, r.SmallScale), scaled(c.Width, r.SmallScale)
	s := &progressive{steps: wholeSteps(r.SmallEpochs, batches), x: make([]float32, r.Batch*h*w*c.InChannels)}
	var err error
	if s.net, err = n.At(h, w); err != nil {
		return nil, err
	}
	if s.shrinker, err = vision.NewShrinker(c.Height, c.Width, c.InChannels, h, w); err != nil {
		return nil, err
	}
	steps, err := mgnet.Layers(s.net.Config)
	s.macs = float64(mgnet.MACs(steps))
	return s, err
}

// scaled is a side of an image times a factor, a pixel or more.
func scaled(side int, by float64) int { return max(1, int(math.Round(by*float64(side)))) }

// at reports whether step n takes small images.
func (s *progressive) at(n int) bool { return s != nil && n < s.steps }
