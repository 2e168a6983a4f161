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

// addShape adds the flags of a model's shape, with channels on every level if the
// user gives none. Those of the data, image size and classes, come only where no
// data set gives them.
func addShape(c *cobra.Command, f *shapeFlags, channels int, data bool) {
	f.DefaultChannels = channels
	fl := pflag.NewFlagSet("shape", pflag.ContinueOnError)
	fl.IntSliceVar(&f.Channels, "channels", nil, fmt.Sprintf("channels of each level, or one number for all; unless told %d, or the model's", channels))
	fl.IntSliceVar(&f.Smoothings, "smoothings", nil, "smoothing steps of each level; unless told 1,1,1,1, or the model's")
	fl.StringVar(&f.ShareA, "share-a", "", "one A a level, one a smoothing step, or one for all levels: level, step, all; unless told level for mgnet, step for others")
	fl.StringVar(&f.ShareB, "share-b", "", "one B a level, one a smoothing step, or one for all levels: level, step, all; unless told level for mgnet, step for others")
	fl.StringVar(&f.ShareR, "share-r", "", "an R and a Π a level, or one for all levels: level, all; unless told level")
	fl.StringSliceVar(&f.Depthwise, "depthwise", nil, "operators that take each channel alone, of A,B")
	fl.StringVar(&f.R, "r", "", "the way of R to the next level: conv3, conv3-inner, conv2, conv1, max, mean, conv-max; unless told conv3, a 3x3 convolution with stride 2")
	fl.StringVar(&f.Pi, "pi", "", "that of Π; also zero; unless told that of R")
	fl.StringVar(&f.Norm, "norm", "", "norm before activations: batch, shift (its scale stays 1), none (a bias); unless told the model's")
	fl.IntVar(&f.Stem, "stem", 0, "kernel size of the first convolution; unless told 3, and for images of 128 pixels a side and more the stem of ResNet: 7, with stride 2 and pooling")
	fl.IntVar(&f.StemStride, "stem-stride", 0, "the first convolution takes every pixel, 1, or every second, 2")
	fl.BoolVar(&f.StemPool, "stem-pool", false, "behind it, the largest of 3x3 values with stride 2")
	fl.StringVar(&f.Activation, "activation", "", "activation: "+strings.Join(tensor.ActivationNames(), ", ")+"; unless told the model's, mostly relu")
	fl.Float64SliceVar(&f.HatSupport, "hat-support", nil, "support M of the activation hat, max(0, min(x, M - x)), on each level, or one number for all; 5,10,15,... unless told")
	fl.BoolVar(&f.HatTrained, "hat-trained", false, "train the supports of the hat")
	fl.StringVar(&f.Cycle, "cycle", "", "down is MgNet, v goes back up too; unless told down")
	fl.IntVar(&f.Classes, "classes", 0, "number of classes; unless told that of the data, or the model's")
	if data {
		fl.IntVar(&f.Height, "height", 0, "height of the images in pixels; unless told 32, or the model's")
		fl.IntVar(&f.Width, "width", 0, "width of the images in pixels; unless told 32, or the model's")
		fl.IntVar(&f.In, "in-channels", 0, "channels of the images; unless told 3, or the model's")
	}
	f.set = fl
	c.Flags().AddFlagSet(fl)
}

// addModel adds the flags of a model's name and of a whole configuration.
func addModel(c *cobra.Command, f *shapeFlags) {
	c.Flags().StringVar(&f.Model, "model", "mgnet", "model; see mgtool model --list")
	addModelFile(c, f)
}

func addModelFile(c *cobra.Command, f *shapeFlags) {
	c.Flags().StringVar(&f.File, "config", "", "read the whole model from a JSON file: as mgtool model --json prints it under config, or a run's config.json")
}

// shaped reports whether any of the shape's flags were given.
func (f *shapeFlags) shaped() (given bool) {
	f.set.VisitAll(func(flag *pflag.Flag) { given = given || flag.Changed })
	return given
}

// choice is the shape that the flags give.
func (f *shapeFlags) choice() (tool.Shape, error) {
	if f.File != "" && f.shaped() {
		return f.Shape, tool.Usagef("--config gives the whole model; drop the other flags of its shape")
	}
	return f.Shape, nil
}
