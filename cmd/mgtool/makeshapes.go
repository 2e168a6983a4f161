package main

// mgtool data make shapes.

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"mgtool/mask"
	"mgtool/tool"
)

func (a *app) makeShapes() *cobra.Command {
	var s mask.Shapes
	var out string
	c := &cobra.Command{
		Use:   "shapes",
		Short: "Make pictures of circles, squares and triangles with masks",
		Long: `Make colour pictures of one to four circles, squares and triangles, which may hide each
other, on a textured background and with noise; and their masks. A picture is a
function of --seed and its number.`,
		Example: "  mgtool data make shapes --count 1000 --test 200 --out shapes",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return tool.Usagef("want --out FOLDER")
			}
			s.Seed = a.seed
			if err := s.Validate(); err != nil {
				return tool.Usage(err)
			}
			err := s.Write(c.Context(), out, func(done, all int) { status("%d of %d pictures", done, all) })
			status("")
			if errors.Is(err, fs.ErrExist) {
				return tool.Usage(err)
			}
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(map[string]any{"data": out, "train": s.Train, "test": s.Test, "size": s.Size, "seed": s.Seed})
			}
			fmt.Printf("%s: %d pictures to train on, %d to test with, of %d×%d pixels\n", printable(out), s.Train, s.Test, s.Size, s.Size)
			return nil
		},
	}
	f := c.Flags()
	f.IntVar(&s.Train, "count", 1000, "number of training pictures")
	f.IntVar(&s.Test, "test", 200, "number of test pictures")
	f.IntVar(&s.Size, "size", 64, "pixels a side")
	f.StringVar(&out, "out", "", "folder to make; it must not exist, or be empty")
	return c
}
