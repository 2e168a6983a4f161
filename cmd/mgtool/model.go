package main

// mgtool model, and the flags of a model's shape.

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/mgnet"
	"mgtool/tensor"
)

// shapeFlags describe a model on the command line.
type shapeFlags struct {
	channels, smoothings       []int
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
	fl.IntSliceVar(&f.channels, "channels", []int{channels}, "channels of each level, or one number for all")
	fl.IntSliceVar(&f.smoothings, "smoothings", []int{1, 1, 1, 1}, "smoothing steps of each level")
	fl.StringVar(&f.shareA, "share-a", "level", "one A a level, or one a smoothing step: level, step")
	fl.StringVar(&f.shareB, "share-b", "level", "one B a level, or one a smoothing step: level, step")
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
	c := mgnet.MgNet(height, width, in, classes, f.channels, f.smoothings)
	c.Model, c.ShareA, c.ShareB = model, f.shareA, f.shareB
	c.Activation, c.Cycle = f.activation, f.cycle
	switch {
	case f.stem == 0 && f.stemStride == 0 && !f.stemPool && min(height, width) >= largeImage:
		c.ImageNetStem()
	default:
		c.StemStride, c.StemPool = f.stemStride, f.stemPool
		if f.stem != 0 {
			c.Stem = f.stem
		}
	}
	c.HatSupport, c.HatTrained = f.hat, f.hatTrained
	return c, usage(c.Validate())
}

func (a *app) model() *cobra.Command {
	var f shapeFlags
	var list bool
	var file string
	c := &cobra.Command{
		Use:   "model NAME",
		Short: "Show a model: its layers, shapes, parameters and multiply-adds",
		Example: `  mgtool model mgnet --channels 256 --smoothings 2,2,2,2
  mgtool model mgnet --channels 64 --json
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

func (a *app) listModels() error {
	const about = "MgNet (He & Xu 2019): smoothing and restriction with trained A, B, R, Π"
	if a.json {
		return object(map[string]any{"models": []map[string]string{{"name": "mgnet", "about": about}}})
	}
	grid([]any{"model", "what it is"}, []any{"mgnet", about})
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
