package main

// mgtool model.

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/mgnet"
)

func (a *app) model() *cobra.Command {
	var f shapeFlags
	var list bool
	c := &cobra.Command{
		Use:   "model NAME",
		Short: "Show a model: its layers, shapes, parameters and multiply-adds",
		Example: `  mgtool model mgnet --channels 256 --smoothings 2,2,2,2
  mgtool model resnet18 --share-a level --json
  mgtool model --config model.json`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: modelNames(),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case list && len(args) == 0 && f.file == "" && !f.shaped():
				return a.listModels()
			case list || (len(args) == 1) == (f.file != ""):
				return usagef("want the name of a model, --config FILE, or --list")
			case len(args) == 1:
				f.model = args[0]
			}
			config, err := f.config(mgnet.Signature{})
			if err != nil {
				return err
			}
			return a.showModel(config)
		},
	}
	c.Flags().BoolVar(&list, "list", false, "list the models")
	addModelFile(c, &f)
	addShape(c, &f, 64, true)
	c.AddCommand(a.modelExport(), a.modelImport())
	return c
}

func (a *app) listModels() error {
	var list []map[string]any
	rows := [][]any{{"model", "parameters", "what it is"}}
	for _, m := range mgnet.Catalogue() {
		f := shapeFlags{model: m.Name}
		c, err := f.config(mgnet.Signature{})
		if err != nil {
			return err
		}
		list = append(list, map[string]any{"name": m.Name, "about": m.About, "parameters": mgnet.Parameters(c)})
		rows = append(rows, []any{m.Name, mgnet.Parameters(c), m.About})
	}
	if a.json {
		return object(map[string]any{"models": list})
	}
	grid(rows...)
	fmt.Println("\nParameters are those without flags, with 10 classes, 1000 for alexnet.")
	return nil
}

func (a *app) showModel(c mgnet.Model) error {
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
		return object(map[string]any{"model": c.Sig().Family, "parameters": mgnet.Parameters(c), "macs": macs, "config": c, "layers": layers})
	}
	grid(rows...)
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\n%d parameters, %d multiply-adds an image\n", text, mgnet.Parameters(c), macs)
	return nil
}
