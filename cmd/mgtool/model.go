package main

// mgtool model, and the flags of a model's shape.

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/mgnet"
	"mgtool/tensor"
)

// shapeFlags describe a model on the command line.
type shapeFlags struct {
	channels, smoothings       []int // none if not told
	usual                      int   // channels then
	shareA, shareB, activation string
	cycle                      string
	hat                        []float64
	hatTrained                 bool
	stem, stemStride, classes  int
	stemPool                   bool
	height, width, in          int
}

// addShape adds the flags of a model's shape, with channels on every level if the
// user gives none. Those of the data, image size and classes, come only where no
// data set gives them.
func addShape(c *cobra.Command, f *shapeFlags, channels int, data bool) {
	fl := c.Flags()
	f.usual = channels
	fl.IntSliceVar(&f.channels, "channels", nil, fmt.Sprintf("channels of each level, or one number for all; unless told %d, or the model's", channels))
	fl.IntSliceVar(&f.smoothings, "smoothings", nil, "smoothing steps of each level; unless told 1,1,1,1, or the model's")
	fl.StringVar(&f.shareA, "share-a", "", "one A a level, or one a smoothing step: level, step; unless told level for mgnet, step for others")
	fl.StringVar(&f.shareB, "share-b", "", "one B a level, or one a smoothing step: level, step; unless told level for mgnet, step for others")
	fl.IntVar(&f.stem, "stem", 0, "kernel size of the first convolution; unless told 3, and for images of 128 pixels a side and more the stem of ResNet: 7, with stride 2 and pooling")
	fl.IntVar(&f.stemStride, "stem-stride", 0, "the first convolution takes every pixel, 1, or every second, 2")
	fl.BoolVar(&f.stemPool, "stem-pool", false, "behind it, the largest of 3x3 values with stride 2")
	fl.StringVar(&f.activation, "activation", "relu", "activation: "+strings.Join(tensor.ActivationNames(), ", "))
	fl.Float64SliceVar(&f.hat, "hat-support", nil, "support M of the activation hat, max(0, min(x, M - x)), on each level, or one number for all; 5,10,15,... unless told")
	fl.BoolVar(&f.hatTrained, "hat-trained", false, "train the supports of the hat")
	fl.StringVar(&f.cycle, "cycle", "down", "down is MgNet, v goes back up too")
	fl.IntVar(&f.classes, "classes", 0, "number of classes; 0 is that of the data, or 10")
	if data {
		fl.IntVar(&f.height, "height", 32, "height of the images in pixels")
		fl.IntVar(&f.width, "width", 32, "width of the images in pixels")
		fl.IntVar(&f.in, "in-channels", 3, "channels of the images")
	}
}

// largeImage is the smaller side, in pixels, from which on a stem makes images
// smaller, as for ImageNet, unless flags say what it does.
const largeImage = 128

// config makes a model of the flags for images of the given form.
func (f shapeFlags) config(model string, height, width, in, classes int) (mgnet.Config, error) {
	if f.classes != 0 {
		classes = f.classes
	}
	c, err := f.family(model, height, width, in, classes)
	if err != nil {
		return c, err
	}
	if f.shareA != "" {
		c.ShareA = f.shareA
	}
	if f.shareB != "" {
		c.ShareB = f.shareB
	}
	c.Activation, c.Cycle = f.activation, f.cycle
	c.StemStride, c.StemPool = f.stemStride, f.stemPool
	switch {
	case f.stem != 0:
		c.Stem = f.stem
	case f.stemStride == 0 && !f.stemPool && min(height, width) >= largeImage:
		c.ImageNetStem()
	}
	c.HatSupport, c.HatTrained = f.hat, f.hatTrained
	return c, usage(c.Validate())
}

// family is the model of a name with its channels and smoothings.
func (f shapeFlags) family(model string, height, width, in, classes int) (mgnet.Config, error) {
	family, ok := models[model]
	if !ok {
		return mgnet.Config{}, usagef("model %q; known: %s", model, strings.Join(modelNames(), ", "))
	}
	channels, smoothings := f.channels, f.smoothings
	if family.layers != 0 {
		if len(channels)+len(smoothings) > 0 {
			return mgnet.Config{}, usagef("%s has channels and smoothings of its own; drop these flags, or take %s", model, family.model)
		}
		c, err := mgnet.ResNet(family.model, family.layers, height, width, in, classes)
		return c, usage(err)
	}
	if len(channels) == 0 {
		channels = []int{f.usual}
	}
	if len(smoothings) == 0 {
		smoothings = []int{1, 1, 1, 1}
	}
	c := mgnet.MgNet(height, width, in, classes, channels, smoothings)
	if c.Model = family.model; c.Model != "mgnet" {
		c.ShareA, c.ShareB = "step", "step"
	}
	return c, nil
}

func (a *app) model() *cobra.Command {
	var f shapeFlags
	var list bool
	var file string
	c := &cobra.Command{
		Use:   "model NAME",
		Short: "Show a model: its layers, shapes, parameters and multiply-adds",
		Example: `  mgtool model mgnet --channels 256 --smoothings 2,2,2,2
  mgtool model resnet18 --share-a level --json
  mgtool model --config model.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			shaped := false
			c.Flags().Visit(func(f *pflag.Flag) {
				shaped = shaped || c.InheritedFlags().Lookup(f.Name) == nil && f.Name != "config" && f.Name != "list"
			})
			switch {
			case list && len(args) == 0 && !shaped:
				return a.listModels()
			case file != "" && shaped:
				return usagef("--config gives the whole model; drop the other flags")
			case file != "" && len(args) == 0:
				data, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				config, err := mgnet.ParseConfig(data)
				if err != nil {
					return err
				}
				return a.showModel(config)
			case len(args) != 1 || file != "" || list:
				return usagef("want the name of a model, --config FILE, or --list")
			}
			config, err := f.config(args[0], f.height, f.width, f.in, 10)
			if err != nil {
				return err
			}
			return a.showModel(config)
		},
	}
	c.Flags().BoolVar(&list, "list", false, "list the models")
	c.Flags().StringVar(&file, "config", "", "read the model from a JSON file, as --json prints it under config")
	addShape(c, &f, 64, true)
	return c
}

// models are the names on the command line: a family, and for those of a given
// number of layers that.
var models = map[string]struct {
	model  string
	layers int
	about  string
}{
	"mgnet":    {"mgnet", 0, "MgNet (He & Xu 2019): smoothing and restriction with trained A, B, R, Π"},
	"resnet":   {"resnet", 0, "ResNet (He et al., CVPR 2016) of any channels and blocks (--smoothings)"},
	"resnet18": {"resnet", 18, "the same, 64 to 512 channels, 2,2,2,2 blocks"},
	"resnet34": {"resnet", 34, "the same, 3,4,6,3 blocks"},
	"preact":   {"preact", 0, "pre-act ResNet (He et al., ECCV 2016): MgNet in its residual, without u"},
	"preact18": {"preact", 18, "the same, 64 to 512 channels, 2,2,2,2 blocks"},
	"preact34": {"preact", 34, "the same, 3,4,6,3 blocks"},
}

func modelNames() []string { return slices.Sorted(maps.Keys(models)) }

func (a *app) listModels() error {
	var list []map[string]string
	rows := [][]any{{"model", "what it is"}}
	for _, name := range modelNames() {
		list = append(list, map[string]string{"name": name, "about": models[name].about})
		rows = append(rows, []any{name, models[name].about})
	}
	if a.json {
		return object(map[string]any{"models": list})
	}
	grid(rows...)
	return nil
}

func (a *app) showModel(c mgnet.Config) error {
	steps, err := mgnet.Layers(c)
	if err != nil {
		return err
	}
	type layer struct {
		Op         string `json:"op"`
		Parameters string `json:"weights,omitempty"`
		Shape      []int  `json:"shape"`
		MACs       int64  `json:"macs"`
	}
	var layers []layer
	var macs int64
	rows := [][]any{{"operation", "weights", "output", "multiply-adds"}}
	for _, s := range steps {
		layers = append(layers, layer{s.Op, s.Param, s.Shape[1:], s.MACs})
		macs += s.MACs
		rows = append(rows, []any{s.Op, s.Param, strings.Trim(strings.ReplaceAll(fmt.Sprint(s.Shape[1:]), " ", "×"), "[]"), s.MACs})
	}
	if a.json {
		return object(map[string]any{"model": c.Model, "parameters": c.Parameters(), "macs": macs, "config": c, "layers": layers})
	}
	grid(rows...)
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\n%d parameters, %d multiply-adds an image\n", text, c.Parameters(), macs)
	return nil
}
