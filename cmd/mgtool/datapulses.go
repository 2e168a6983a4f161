package main

// mgtool data make pulses.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/sequence"
	"mgtool/tool"
)

func (a *app) makePulses() *cobra.Command {
	p := sequence.DefaultPulses()
	var out string
	c := &cobra.Command{
		Use:   "pulses",
		Short: "Make synthetic pulse waves of two kinds, for mgtool train sequences",
		Long: `Make synthetic pulse waves of two kinds, which differ in the heights of the tidal and the
dicrotic wave. They are computed, not measured. The kinds overlap: the best
classifier that is given the heights is right in 84% of the cases.

The folder gets pulses_TRAIN.tsv and pulses_TEST.tsv in the form of the UCR archive, and
pulses.json, which says how they were made.`,
		Example: "  mgtool data make pulses --out pulses",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if p.Seed = a.seed; out == "" {
				return tool.Usagef("want --out FOLDER")
			}
			if err := p.Validate(); err != nil {
				return tool.Usage(err)
			}
			files, err := p.Write(out)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(map[string]any{"data": "pulses", "train": p.Train, "test": p.Test, "length": p.Length, "seed": p.Seed, "files": files})
			}
			for _, f := range files {
				fmt.Println(printable(f))
			}
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar(&out, "out", "", "folder for the files")
	fl.IntVar(&p.Train, "train", p.Train, "sequences to train on")
	fl.IntVar(&p.Test, "test", p.Test, "sequences to test on")
	fl.IntVar(&p.Length, "length", p.Length, "places of a sequence; a beat has about 64")
	return c
}
