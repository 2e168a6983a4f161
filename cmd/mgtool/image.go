package main

// mgtool image.

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) image() *cobra.Command {
	c := &cobra.Command{
		Use:   "image",
		Short: "Edit pictures in the gradient domain: clone, inpaint, flatten",
		Long: `Edit pictures in the gradient domain (Pérez, Gangnet & Blake 2003): Poisson's equation,
solved on the pixels of a mask, joins what changes to what stays without a seam.

A mask is a picture whose pixels lighter than mid-grey are edited; it may have any shape,
any number of parts, and touch the border. The result is a PNG file with the depth (8 or 16
bits), the channels and the alpha of the edited picture, turned upright as its EXIF
orientation says.`,
		Example: `  mgtool image clone sea.jpg --source bear.jpg --mask bear-mask.png --offset 120,80 --out both.png
  mgtool image inpaint photo.jpg --mask scratches.png --out whole.png
  mgtool image flatten face.jpg --threshold 0.08 --out drawing.png`,
		Args: unknownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.imageClone(), a.imageInpaint(), a.imageFlatten())
	return c
}

func (a *app) imageClone() *cobra.Command {
	e, offset := tool.DefaultRetouch("clone"), "0,0"
	c := a.imageEdit(&e, "clone TARGET --source FILE --out FILE", "Copy a part of a picture into another seamlessly", func() (err error) {
		e.X, e.Y, err = parseOffset(offset)
		return err
	})
	fl := c.Flags()
	fl.StringVar(&e.Source, "source", "", "picture to copy from")
	fl.StringVar(&e.Mask, "mask", "", "picture of the size of the source, white where it is to be copied; default all of it")
	fl.StringVar(&offset, "offset", offset, "X,Y: where in the target the upper left corner of the source goes, in pixels")
	fl.BoolVar(&e.Mixed, "mixed", false, "mixed gradients: keep the stronger of the two textures, for transparent things and those with holes")
	return c
}

func (a *app) imageInpaint() *cobra.Command {
	e := tool.DefaultRetouch("inpaint")
	c := a.imageEdit(&e, "inpaint PICTURE --mask FILE --out FILE", "Fill the masked part of a picture smoothly from around it", nil)
	c.Flags().StringVar(&e.Mask, "mask", "", "picture of the same size, white where the pixels are to be filled")
	return c
}

func (a *app) imageFlatten() *cobra.Command {
	e := tool.DefaultRetouch("flatten")
	c := a.imageEdit(&e, "flatten PICTURE --out FILE", "Remove the texture of a picture and keep its edges", nil)
	fl := c.Flags()
	fl.StringVar(&e.Mask, "mask", "", "picture of the same size, white where the texture is to go; default everywhere")
	fl.Float64Var(&e.Threshold, "threshold", e.Threshold, "what counts as an edge: a difference between neighbours of more than this, 0 to 1")
	return c
}

// imageEdit is a verb for one kind of edit; parse, if not nil, reads its flags.
func (a *app) imageEdit(e *tool.Retouch, use, short string, parse func() error) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return tool.Usagef("%d pictures to edit; want one", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			e.Picture = args[0]
			if parse != nil {
				if err := parse(); err != nil {
					return err
				}
			}
			r, err := e.Run(c.Context(), reporter)
			endLine()
			if err != nil {
				return err
			}
			return a.printRetouch(*e, r)
		},
	}
	c.Flags().StringVar(&e.Out, "out", "", "write the result to this file (.png)")
	return c
}

// parseOffset reads two whole numbers, "X,Y".
func parseOffset(text string) (x, y int, err error) {
	first, second, _ := strings.Cut(text, ",")
	x, err = strconv.Atoi(strings.TrimSpace(first))
	if err == nil {
		y, err = strconv.Atoi(strings.TrimSpace(second))
	}
	const most = 1 << 30
	if err != nil || max(x, -x, y, -y) > most {
		return 0, 0, tool.Usagef("--offset %s; want two whole numbers of pixels, X,Y", text)
	}
	return x, y, nil
}

func (a *app) printRetouch(e tool.Retouch, r *tool.RetouchReport) error {
	if a.json {
		return printJSON(struct {
			Edit      string `json:"edit"`
			Width     int    `json:"width"`
			Height    int    `json:"height"`
			Channels  int    `json:"channels"`
			Pixels    int    `json:"pixels"`
			Levels    int    `json:"levels"`
			Status    string `json:"status"`
			Cycles    int    `json:"cycles"`
			Precision number `json:"precision"`
			Clipped   int    `json:"clipped"`
			ReadS     number `json:"read_s"`
			SetupS    number `json:"setup_s"`
			SolveS    number `json:"solve_s"`
			WriteS    number `json:"write_s"`
		}{e.Edit, r.Size.X, r.Size.Y, r.Channels, r.Pixels, r.Levels, "converged", r.Cycles, number(r.Precision), r.Clipped,
			number(r.ReadS), number(r.Setup.Seconds()), number(r.Solve.Seconds()), number(r.WriteS)})
	}
	fmt.Printf("%s: %s of %d×%d in the mask, %s, %d levels\n", e.Edit, counted(r.Pixels, "pixel"), r.Size.X, r.Size.Y, counted(r.Channels, "channel"), r.Levels)
	fmt.Printf("converged after %s; the solution is good to %.2g of a step of 16 bits\n", counted(r.Cycles, "cycle"), 0xffff*r.Precision)
	if r.Clipped > 0 {
		fmt.Printf("%s beyond black or white, clipped\n", counted(r.Clipped, "value"))
	}
	fmt.Printf("%.2f s reading, %.2f s set-up, %.2f s solve, %.2f s writing\n", r.ReadS, r.Setup.Seconds(), r.Solve.Seconds(), r.WriteS)
	return nil
}
