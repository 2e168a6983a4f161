package main

// The models by name, and the flags of a model's shape.

import (
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

// form is that of a model's images and scores, with the channels of a level where
// the user says none.
type form struct{ height, width, in, classes, channels int }

// named is a model by its name on the command line. make gets the channels and
// smoothings that the user gave, nil where none, if it takes them.
type named struct {
	name, about      string
	channels, levels bool // whether channels, and smoothings, are free
	usual            form // where no data set and no flag says otherwise
	make             func(f form, channels, smoothings []int) (mgnet.Config, error)
}

var (
	cifar    = form{height: 32, width: 32, in: 3, classes: 10}
	mnist    = form{height: 28, width: 28, in: 1, classes: 10}
	imagenet = form{height: 224, width: 224, in: 3, classes: 1000}
)

// models are all of them.
var models = []named{
	{"mgnet", "MgNet (He & Xu 2019): smoothing and restriction with trained A, B, R, Π", true, true, cifar, walk(mgnet.MgNet)},
	{"mgnet-fast", "MgNet for a quick training: whitening, GELU, 64,256,256 channels", true, true, cifar, func(f form, channels, smoothings []int) (mgnet.Config, error) {
		return mgnet.FastMgNet(f.height, f.width, f.in, f.classes, channels, smoothings), nil
	}},
	{"resnet", "ResNet (He et al., CVPR 2016) of any channels and blocks (--smoothings)", true, true, cifar, blocks("resnet")},
	{"resnet18", "the same, 64 to 512 channels, 2,2,2,2 blocks", false, false, cifar, residual("resnet", 18)},
	{"resnet34", "the same, 3,4,6,3 blocks", false, false, cifar, residual("resnet", 34)},
	{"preact", "pre-act ResNet (He et al., ECCV 2016): MgNet in its residual, without u", true, true, cifar, blocks("preact")},
	{"preact18", "the same, 64 to 512 channels, 2,2,2,2 blocks", false, false, cifar, residual("preact", 18)},
	{"preact34", "the same, 3,4,6,3 blocks", false, false, cifar, residual("preact", 34)},
	{"cnn", "classic CNN: convolutions with biases (--smoothings on each level), nothing shared", true, true, cifar, walk(mgnet.CNN)},
	{"lenet5", "LeNet-5 (LeCun et al. 1998)", false, false, mnist, fixed(mgnet.LeNet5)},
	{"alexnet", "AlexNet (Krizhevsky et al. 2012), for 224x224 pixels", false, false, imagenet, fixed(mgnet.AlexNet)},
	{"alexnet-cifar", "AlexNet for 32x32 pixels", false, false, cifar, fixed(mgnet.AlexNetCIFAR)},
	{"mlp", "hidden layers of 1000 units, or of --channels, on all pixels", true, false, mnist, func(f form, hidden, _ []int) (mgnet.Config, error) {
		if len(hidden) == 0 {
			hidden = []int{1000}
		}
		return mgnet.Dense(f.height, f.width, f.in, f.classes, hidden), nil
	}},
}

// walk is a model over grids whose levels the user chooses.
func walk(of func(h, w, in, classes int, channels, smoothings []int) mgnet.Config) func(form, []int, []int) (mgnet.Config, error) {
	return func(f form, channels, smoothings []int) (mgnet.Config, error) {
		if len(smoothings) == 0 {
			smoothings = []int{1, 1, 1, 1}
		}
		if len(channels) == 0 {
			channels = []int{f.channels}
		}
		return of(f.height, f.width, f.in, f.classes, channels, smoothings), nil
	}
}

// blocks are those of a ResNet.
func blocks(family string) func(form, []int, []int) (mgnet.Config, error) {
	return walk(func(h, w, in, classes int, channels, smoothings []int) mgnet.Config {
		c := mgnet.MgNet(h, w, in, classes, channels, smoothings)
		c.Model, c.ShareA, c.ShareB = family, "step", "step"
		return c
	})
}

// fixed is a model whose layers are given.
func fixed(of func(h, w, in, classes int) mgnet.Config) func(form, []int, []int) (mgnet.Config, error) {
	return func(f form, _, _ []int) (mgnet.Config, error) { return of(f.height, f.width, f.in, f.classes), nil }
}

func residual(family string, layers int) func(form, []int, []int) (mgnet.Config, error) {
	return func(f form, _, _ []int) (mgnet.Config, error) {
		return mgnet.ResNet(family, layers, f.height, f.width, f.in, f.classes)
	}
}

// lookupModel finds a model by its name.
func lookupModel(name string) (named, error) {
	var names []string
	for _, m := range models {
		if m.name == name {
			return m, nil
		}
		names = append(names, m.name)
	}
	return named{}, usagef("model %q; known: %s", name, strings.Join(names, ", "))
}

// formOf is what a data set asks of a model.
func formOf(d *vision.Dataset) form {
	return form{height: d.Height, width: d.Width, in: d.Channels, classes: len(d.Classes)}
}

// shapeFlags describe a model on the command line.
type shapeFlags struct {
	model, file string // a name, or a file with a whole configuration
	command     *cobra.Command

	channels, smoothings      []int // none if not told
	usual                     int   // channels then, of a model over grids
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
	f.usual = channels
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

// largeImage is the smaller side, in pixels, from which on a stem makes images
// smaller, as for ImageNet, unless flags say what it does.
const largeImage = 128

// config makes the model of the flags, for the images and classes of data; where
// these are 0, the flags or the model's usual ones hold.
func (f *shapeFlags) config(data form) (mgnet.Config, error) {
	if f.file != "" {
		return f.read()
	}
	m, err := lookupModel(f.model)
	if err != nil {
		return mgnet.Config{}, err
	}
	images := form{f.height, f.width, f.in, f.classes, f.usual}
	for _, from := range []form{data, m.usual} {
		for _, v := range []struct {
			to   *int
			from int
		}{{&images.height, from.height}, {&images.width, from.width}, {&images.in, from.in}, {&images.classes, from.classes}} {
			if *v.to == 0 {
				*v.to = v.from
			}
		}
	}
	if len(f.channels) > 0 && !m.channels || len(f.smoothings) > 0 && !m.levels {
		return mgnet.Config{}, usagef("%s has channels and smoothings of its own; drop these flags, or take another model", m.name)
	}
	c, err := m.make(images, f.channels, f.smoothings)
	if err != nil {
		return c, usage(err)
	}
	f.apply(&c)
	err = c.Validate()
	if errors.Is(err, mgnet.ErrTooLarge) { // as what does not fit the memory later
		return c, err
	}
	return c, usage(err)
}

// apply sets what flags say over what the model has.
func (f *shapeFlags) apply(c *mgnet.Config) {
	for _, v := range []struct {
		to   *string
		from string
	}{{&c.ShareA, f.shareA}, {&c.ShareB, f.shareB}, {&c.ShareR, f.shareR}, {&c.R, f.r}, {&c.Pi, f.pi}, {&c.Norm, f.norm}, {&c.Activation, f.activation}, {&c.Cycle, f.cycle}} {
		if v.from != "" {
			*v.to = v.from
		}
	}
	c.StemStride, c.StemPool = f.stemStride, f.stemPool
	switch {
	case f.stem != 0:
		c.Stem = f.stem
	case c.Stem != 0 && !c.Whiten && f.stemStride == 0 && !f.stemPool && min(c.Height, c.Width) >= largeImage:
		c.ImageNetStem()
	}
	c.HatSupport, c.HatTrained, c.Depthwise = f.hat, f.hatTrained, f.depthwise
}

// name is for the folder of a run.
func (f *shapeFlags) name() string {
	if f.file != "" {
		return strings.TrimSuffix(filepath.Base(f.file), ".json")
	}
	return f.model
}

// read is the configuration of a file.
func (f *shapeFlags) read() (mgnet.Config, error) {
	if f.shaped() {
		return mgnet.Config{}, usagef("--config gives the whole model; drop the other flags of its shape")
	}
	text, err := readJSON(f.command.Context(), f.file)
	if err != nil {
		return mgnet.Config{}, err
	}
	c, err := runs.ParseModel(text)
	if err != nil {
		return c, fmt.Errorf("%s: %w", f.file, err)
	}
	return c, nil
}
