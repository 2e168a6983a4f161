package main

// mgtool features.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) features() *cobra.Command {
	var f tool.Features
	c := &cobra.Command{
		Use:   "features FILE… | --data NAME",
		Short: "Draw image features that need no training: edges, averages, coarser grids",
		Long: `Draw image features that need no training:

  Sobel        derivatives in x and y, and the length of the gradient
  Laplacian    4 in the middle, −1 at the four sides; then its positive part
               (ReLU), and that averaged: "Laplacian of Gaussian"
  3×3 mean     the image averaged, once or repeatedly
  V1, V2, …    the image as a piecewise constant function on a hierarchy of grids:
               the mean of each block of 1, 2, 4, … pixels a side, the L2 projection.
               m = 2^s + 1 by n = 2^t + 1 grid lines bound 2^s × 2^t pixels; of other
               sizes, the last blocks are cut at the border

Derivatives are those of the greyscale image, with values from 0 to 1; pixels at the
border are repeated beyond it. Each picture states the values of black and white; where
values are negative, mid-grey is 0.

Files are PNG, JPEG, GIF, TIFF, WebP or BMP; the EXIF orientation is applied, and
transparent pixels count as black.`,
		Example: `  mgtool features photo.jpg
  mgtool features --data sample --index 0,7,12 --out clothes.png
  mgtool features cat.png dog.png --size 512 --levels 6 --out features/`,
		RunE: func(c *cobra.Command, files []string) error {
			f.Files = files
			switch changed := c.Flags().Changed; {
			case (len(files) == 0) == (f.Data.Name == ""):
				return tool.Usagef("want picture files, or --data NAME")
			case f.Data.Name == "" && (changed("index") || changed("data-dir")):
				return tool.Usagef("--index and --data-dir are for the images of a data set, --data NAME")
			case f.Data.Name != "" && changed("size"):
				return tool.Usagef("--size is for picture files; images of a data set are not scaled")
			}
			written, err := f.Draw(c.Context(), reporter)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(map[string]any{"files": written})
			}
			for _, w := range written {
				fmt.Println(printable(fmt.Sprintf("%s: %s of %s", w.File, w.Shows, w.Source)))
			}
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.Data.Name, "data", "", "data set to take images from instead of files; see mgtool data list")
	fl.StringVar(&f.Data.Dir, "data-dir", "", "folder of its files; default data/NAME")
	fl.IntSliceVar(&f.Index, "index", []int{0}, "indices of training images of the data set, from 0")
	fl.IntVar(&f.Size, "size", 256, "files: scale larger pictures down to this many pixels on the longer side")
	fl.IntVar(&f.Averages, "averages", 1, "number of times the image is averaged")
	fl.IntVar(&f.Levels, "levels", 4, "number of grids in the hierarchy")
	fl.StringVar(&f.Out, "out", "features.png", "PNG file for a single sheet, or folder for a file for each feature and a sheet for each image")
	return c
}
