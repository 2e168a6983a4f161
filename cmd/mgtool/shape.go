package main

// The models by name, and the flags of a model's shape.

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/tensor"
	"mgtool/vision"
)

// lookupModel finds a model by its name.
func lookupModel(name string) (mgnet.Named, error) {
	m, err := mgnet.Lookup(name)
	return m, usage(err)
}

// formOf is what a data set asks of a model.
func formOf(d *vision.Dataset) mgnet.Signature {
	return mgnet.Signature{Height: d.Height, Width: d.Width, InChannels: d.Channels, Classes: len(d.Classes)}
}

// shapeFlags describe a model on the command line.
type shapeFlags struct {
	model, file string // a name, or a file with a whole configuration
	command     *cobra.Command

	channels, smoothings      []int // none if not told
	shareA, shareB, shareR    string
	depthwise                 []string
	activation                string
	cycle, norm, r, pi        string
	hat                       []float64
	hatTrained                bool
	stem, stemStride, classes int
	stemPool                  bool
	height, width, in         int

	set *pflag.FlagSet // of them all but the model's name and file
}

// addShape adds the flags of a model's shape, with channels on every level if the
// user gives none. Those of the data, image size and classes, come only where no
// data set gives them.
func addShape(c *cobra.Command, f *shapeFlags, channels int, data bool) {
	fl := pflag.NewFlagSet("shape", pflag.ContinueOnError)
	fl.IntSliceVar(&f.channels, "channels", nil, fmt.Sprintf("channels of each level, or one number for all; unless told %d, or the model's", channels))
	fl.IntSliceVar(&f.smoothings, "smoothings", nil, "smoothing steps of each level; unless told 1,1,1,1, or the model's")
	fl.StringVar(&f.shareA, "share-a", "", "one A a level, one a smoothing step, or one for all levels: level, step, all; unless told level for mgnet, step for others")
	fl.StringVar(&f.shareB, "share-b", "", "one B a level, one a smoothing step, or one for all levels: level, step, all; unless told level for mgnet, step for others")
	fl.StringVar(&f.shareR, "share-r", "", "an R and a Π a level, or one for all levels: level, all; unless told level")
	fl.StringSliceVar(&f.depthwise, "depthwise", nil, "operators that take each channel alone, of A,B")
	fl.StringVar(&f.r, "r", "", "the way of R to the next level: conv3, conv3-inner, conv2, conv1, max, mean, conv-max; unless told conv3, a 3x3 convolution with stride 2")
	fl.StringVar(&f.pi, "pi", "", "that of Π; also zero; unless told that of R")
	fl.StringVar(&f.norm, "norm", "", "norm before activations: batch, shift (its scale stays 1), none (a bias); unless told the model's")
	fl.IntVar(&f.stem, "stem", 0, "kernel size of the first convolution; unless told 3, and for images of 128 pixels a side and more the stem of ResNet: 7, with stride 2 and pooling")
	fl.IntVar(&f.stemStride, "stem-stride", 0, "the first convolution takes every pixel, 1, or every second, 2")
	fl.BoolVar(&f.stemPool, "stem-pool", false, "behind it, the largest of 3x3 values with stride 2")
	fl.StringVar(&f.activation, "activation", "", "activation: "+strings.Join(tensor.ActivationNames(), ", ")+"; unless told the model's, mostly relu")
	fl.Float64SliceVar(&f.hat, "hat-support", nil, "support M of the activation hat, max(0, min(x, M - x)), on each level, or one number for all; 5,10,15,... unless told")
	fl.BoolVar(&f.hatTrained, "hat-trained", false, "train the supports of the hat")
	fl.StringVar(&f.cycle, "cycle", "", "down is MgNet, v goes back up too; unless told down")
	fl.IntVar(&f.classes, "classes", 0, "number of classes; unless told that of the data, or the model's")
	if data {
		fl.IntVar(&f.height, "height", 0, "height of the images in pixels; unless told 32, or the model's")
		fl.IntVar(&f.width, "width", 0, "width of the images in pixels; unless told 32, or the model's")
		fl.IntVar(&f.in, "in-channels", 0, "channels of the images; unless told 3, or the model's")
	}
	f.set = fl
	c.Flags().AddFlagSet(fl)
}

// addModelFile adds the flag of a whole configuration.
func addModelFile(c *cobra.Command, f *shapeFlags) {
	f.command = c
	c.Flags().StringVar(&f.file, "config", "", "read the whole model from a JSON file: as mgtool model --json prints it under config, or a run's config.json")
}

// shaped reports whether any of the shape's flags were given.
func (f *shapeFlags) shaped() (given bool) {
	f.set.VisitAll(func(flag *pflag.Flag) { given = given || flag.Changed })
	return given
}

// config makes the model of the flags, for the images and classes of data; where
// these are 0, the flags or the model's usual ones hold.
func (f *shapeFlags) config(data mgnet.Signature) (mgnet.Model, error) {
	if f.file != "" {
		return f.read()
	}
	m, err := lookupModel(f.model)
	if err != nil {
		return nil, err
	}
	images := mgnet.Signature{Height: f.height, Width: f.width, InChannels: f.in, Classes: f.classes}
	for _, from := range []mgnet.Signature{data, m.Usual} {
		images.Height, images.Width = cmp.Or(images.Height, from.Height), cmp.Or(images.Width, from.Width)
		images.InChannels, images.Classes = cmp.Or(images.InChannels, from.InChannels), cmp.Or(images.Classes, from.Classes)
	}
	if len(f.channels) > 0 && !m.Channels || len(f.smoothings) > 0 && !m.Levels {
		return nil, usagef("%s has channels and smoothings of its own; drop these flags, or take another model", m.Name)
	}
	c, err := m.Make(images, f.channels, f.smoothings)
	if err == nil {
		c, err = mgnet.With(c, f.keys())
	}
	if err == nil {
		err = mgnet.Validate(c)
	}
	if errors.Is(err, mgnet.ErrTooLarge) { // as what does not fit the memory later
		return c, err
	}
	return c, usage(err)
}

// keys are what flags say over what the model has, by the keys of its JSON.
func (f *shapeFlags) keys() map[string]any {
	keys := map[string]any{}
	for key, value := range map[string]string{"share_a": f.shareA, "share_b": f.shareB, "share_r": f.shareR, "r": f.r, "pi": f.pi, "norm": f.norm, "activation": f.activation, "cycle": f.cycle} {
		if value != "" {
			keys[key] = value
		}
	}
	if f.stem != 0 || f.stemStride != 0 || f.stemPool { // in place of that of large images
		keys["stem"], keys["stem_stride"], keys["stem_pool"] = cmp.Or(f.stem, 3), f.stemStride, f.stemPool
	}
	if len(f.hat) > 0 {
		keys["hat_support"] = f.hat
	}
	if f.hatTrained {
		keys["hat_trained"] = true
	}
	if len(f.depthwise) > 0 {
		keys["depthwise"] = f.depthwise
	}
	return keys
}

// name is for the folder of a run.
func (f *shapeFlags) name() string {
	if f.file != "" {
		return strings.TrimSuffix(filepath.Base(f.file), ".json")
	}
	return f.model
}

// read is the configuration of a file.
func (f *shapeFlags) read() (mgnet.Model, error) {
	if f.shaped() {
		return nil, usagef("--config gives the whole model; drop the other flags of its shape")
	}
	text, err := readJSON(f.command.Context(), f.file)
	if err != nil {
		return nil, err
	}
	c, err := runs.ParseModel(text)
	if err != nil {
		return c, fmt.Errorf("%s: %w", f.file, err)
	}
	return c, nil
}
