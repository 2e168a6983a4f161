package main

// The flags of a model's shape.

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/tensor"
	"mgtool/tool"
)

// shapeFlags describe a model on the command line.
type shapeFlags struct {
	tool.Shape
	set *pflag.FlagSet // of them all but the model's name and file
}

// gridChannels is the number of channels of each level that models over grids have by
// default.
const gridChannels = 64

// addShape adds the flags of a model's shape; channels is the default that
// the help states; data adds the size of the images, for verbs without a data set.
func addShape(c *cobra.Command, f *shapeFlags, channels int, data bool) {
	fl := pflag.NewFlagSet("shape", pflag.ContinueOnError)
	fl.IntSliceVar(&f.Channels, "channels", nil, fmt.Sprintf("channels of each level, or one number for all (default %d, or the model's own)", channels))
	fl.IntSliceVar(&f.Smoothings, "smoothings", nil, "smoothing steps of each level (default 1,1,1,1, or the model's own)")
	fl.StringVar(&f.ShareA, "share-a", "", "A is shared by the steps of a level (level), by nothing (step), by all levels (all), or by levels K apart (cyclic:K); default level for mgnet, step for other models")
	fl.StringVar(&f.ShareB, "share-b", "", "B, likewise")
	fl.StringVar(&f.ShareR, "share-r", "", "R and Π: one for each level (level), for all (all), or for levels K apart (cyclic:K); default level")
	fl.StringSliceVar(&f.Depthwise, "depthwise", nil, "operators that convolve each channel on its own: some of A, B, R, Pi")
	fl.StringVar(&f.R, "r", "", "how R restricts: conv3, conv3-inner, conv2, conv1, max, mean, conv-max; default conv3, a 3x3 convolution with stride 2")
	fl.StringVar(&f.Pi, "pi", "", "how Π restricts: as for --r, or zero; default that of R")
	fl.StringVar(&f.Norm, "norm", "", "normalisation before activations: batch, shift (batch norm with scale 1), fixed (with shift 0 too) or none (a bias); default the model's own")
	fl.IntVar(&f.Kernel, "kernel", 0, "width of the kernels of A, B, R, Π and P, odd; for sequences, inputs of height 1, they are 1 row high; default 3, or the model's own")
	fl.IntVar(&f.Stem, "stem", 0, "kernel size of the first convolution; default 3, and for images of 128 pixels a side or more the stem of ResNet: 7, with stride 2 and pooling")
	fl.IntVar(&f.StemStride, "stem-stride", 0, "stride of the first convolution, 1 or 2")
	fl.BoolVar(&f.StemPool, "stem-pool", false, "3x3 max pooling with stride 2 after the first convolution")
	fl.StringVar(&f.Activation, "activation", "", "activation: "+strings.Join(tensor.ActivationNames(), ", ")+"; default the model's own, mostly relu")
	fl.Float64SliceVar(&f.HatSupport, "hat-support", nil, "support M of the activation hat, max(0, min(x, M - x)), on each level, or one number for all; default 5,10,15,...")
	fl.BoolVar(&f.HatTrained, "hat-trained", false, "train the supports of the hat")
	fl.StringVar(&f.Cycle, "cycle", "", "down (MgNet) or v, which goes back up as well; default down")
	fl.IntVar(&f.Classes, "classes", 0, "number of classes; default that of the data, or the model's own")
	if data {
		fl.IntVar(&f.Height, "height", 0, "height of the images in pixels; default 32, or the model's own")
		fl.IntVar(&f.Width, "width", 0, "width of the images in pixels; default 32, or the model's own")
		fl.IntVar(&f.In, "in-channels", 0, "channels of the images; default 3, or the model's own")
	}
	f.set = fl
	c.Flags().AddFlagSet(fl)
}

// addModel adds the flags --model and --config.
func addModel(c *cobra.Command, f *shapeFlags) {
	c.Flags().StringVar(&f.Model, "model", "mgnet", "model; see mgtool model --list")
	addModelFile(c, f)
}

func addModelFile(c *cobra.Command, f *shapeFlags) {
	c.Flags().StringVar(&f.File, "config", "", "read the whole model from a JSON file: the object that mgtool model --json prints under config, or a run's config.json")
}

// shaped reports whether the user set any flag of the shape.
func (f *shapeFlags) shaped() (given bool) {
	f.set.VisitAll(func(flag *pflag.Flag) { given = given || flag.Changed })
	return given
}

// choice is the shape that the flags give.
func (f *shapeFlags) choice() (tool.Shape, error) {
	if f.File != "" && f.shaped() {
		return f.Shape, tool.Usagef("--config gives the whole model; drop the other shape flags")
	}
	return f.Shape, nil
}
