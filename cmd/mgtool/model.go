package main

// mgtool model.

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/mgnet"
	"mgtool/tool"
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
			case list && len(args) == 0 && f.File == "" && !f.shaped():
				return a.listModels(c.Context())
			case list || (len(args) == 1) == (f.File != ""):
				return tool.Usagef("want the name of a model, --config FILE, or --list")
			case len(args) == 1:
				f.Model = args[0]
			}
			shape, err := f.choice()
			if err != nil {
				return err
			}
			config, err := shape.Make(c.Context(), mgnet.Signature{})
			if err != nil {
				return err
			}
			return a.showModel(config)
		},
	}
	c.Flags().BoolVar(&list, "list", false, "list the models")
	addModelFile(c, &f)
	addShape(c, &f, gridChannels, true)
	c.AddCommand(a.modelExport(), a.modelImport(), a.modelConvert(), a.modelStencils())
	return c
}

func (a *app) listModels(ctx context.Context) error {
	var list []map[string]any
	rows := [][]any{{"model", "parameters", "what it is"}}
	for _, m := range mgnet.Catalogue() {
		c, err := tool.Shape{Model: m.Name}.Make(ctx, mgnet.Signature{})
		if err != nil {
			return err
		}
		list = append(list, map[string]any{"name": m.Name, "about": m.About, "parameters": mgnet.Parameters(c)})
		rows = append(rows, []any{m.Name, mgnet.Parameters(c), m.About})
	}
	if a.json {
		return printJSON(map[string]any{"models": list})
	}
	printTable(rows...)
	fmt.Println("\nParameter counts are those without flags: 10 classes, 1000 for alexnet.")
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
		return printJSON(map[string]any{"model": c.Sig().Family, "parameters": mgnet.Parameters(c), "macs": macs, "config": c, "layers": layers})
	}
	printTable(rows...)
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\n%d parameters, %d multiply-adds an image\n", text, mgnet.Parameters(c), macs)
	return nil
}
