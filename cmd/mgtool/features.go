package main

// mgtool features.

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/tool"
	"mgtool/vision"
)

type featuresFlags struct {
	data, dataDir, out     string
	index                  []int
	size, averages, levels int
}

func (a *app) features() *cobra.Command {
	var f featuresFlags
	c := &cobra.Command{
		Use:   "features FILE… | --data NAME",
		Short: "Pictures of image features that need no training: edges, averages, coarser grids",
		Long: `Pictures of image features that need no training, those of the lectures:

  Sobel        derivatives in x and y, and the length of the gradient
  Laplacian    4 in the middle, −1 at the four sides; then its positive part
               (ReLU), and that averaged: "Laplacian of Gaussian"
  3×3 mean     the image averaged, once or more often
  V1, V2, …    the image as a piecewise constant function on a hierarchy of grids:
               the mean of each block of 1, 2, 4, … pixels a side, the L2 projection.
               m = 2^s + 1 by n = 2^t + 1 grid lines bound 2^s × 2^t pixels; of other
               sizes, the last blocks are cut at the border

Derivatives are of the image in grey, with values from 0 to 1; beyond the border the
pixel at it goes on. Each picture says which values are black and white; where there
are negative ones, mid-grey is 0.

Files are PNG, JPEG, GIF, TIFF, WebP or BMP, turned upright by their EXIF orientation;
transparent pixels count as black.`,
		Example: `  mgtool features photo.jpg
  mgtool features --data sample --index 0,7,12 --out clothes.png
  mgtool features cat.png dog.png --size 512 --levels 6 --out features/`,
		RunE: func(c *cobra.Command, files []string) error {
			if err := f.check(c, files); err != nil {
				return err
			}
			images, err := orStop(c.Context(), func() ([]source, error) { return f.images(files) })
			if err != nil {
				return err
			}
			written, err := f.write(images, files)
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
	fl.StringVar(&f.data, "data", "", "data set to take images from, of mgtool data list, in place of files")
	fl.StringVar(&f.dataDir, "data-dir", "", "folder of its files; data/NAME if not given")
	fl.IntSliceVar(&f.index, "index", []int{0}, "of a data set: which training images, from 0")
	fl.IntVar(&f.size, "size", 256, "of a file: pixels of the longer side; larger pictures are scaled down")
	fl.IntVar(&f.averages, "averages", 1, "how often the image is averaged")
	fl.IntVar(&f.levels, "levels", 4, "grids of the hierarchy")
	fl.StringVar(&f.out, "out", "features.png", "a PNG file for all in one sheet, or a folder for a file each and the sheet")
	return c
}

// check looks at the command before anything is read.
func (f *featuresFlags) check(c *cobra.Command, files []string) error {
	switch {
	case (len(files) == 0) == (f.data == ""):
		return tool.Usagef("want the pictures' files, or --data NAME")
	case f.size < 1 || f.size > 1024:
		return tool.Usagef("--size %d; want 1 to 1024", f.size)
	case f.averages < 1 || f.averages > 100:
		return tool.Usagef("--averages %d; want 1 to 100", f.averages)
	case f.levels < 1:
		return tool.Usagef("--levels %d; want 1 or more", f.levels)
	case f.data == "" && (c.Flags().Changed("index") || c.Flags().Changed("data-dir")):
		return tool.Usagef("--index and --data-dir are for the images of a data set, --data NAME")
	case f.data != "" && c.Flags().Changed("size"):
		return tool.Usagef("--size is for pictures' files; images of a data set stay as they are")
	}
	if f.data != "" {
		if _, err := vision.Describe(f.data); err != nil {
			return tool.Usage(err)
		}
	}
	if f.oneSheet() {
		if n := max(len(files), len(f.index)); n > 16 {
			return tool.Usagef("%d images; one sheet holds 16, or give --out a folder", n)
		}
		return tool.CheckFile("out", f.out, ".png")
	}
	info, err := os.Stat(f.out)
	if isDir := err == nil && info.IsDir(); !isDir && (err == nil || filepath.Ext(f.out) != "" || f.out == "") {
		return tool.Usagef("--out %q; want a name ending in .png, or a folder", f.out)
	}
	return nil
}

// oneSheet reports that one file is wanted and not a folder.
func (f *featuresFlags) oneSheet() bool { return strings.EqualFold(filepath.Ext(f.out), ".png") }

// source is an image with its name for people and that for files.
type source struct {
	image      vision.Feature
	name, base string
}

// images reads the images.
func (f *featuresFlags) images(files []string) (list []source, err error) {
	if f.data != "" {
		return f.ofData()
	}
	for _, file := range files {
		image, err := vision.ReadFeature(file, f.size)
		if err != nil {
			return nil, err
		}
		base := filepath.Base(file)
		list = append(list, source{image, base, strings.TrimSuffix(base, filepath.Ext(base))})
	}
	return list, nil
}

// ofData takes images from a data set.
func (f *featuresFlags) ofData() (list []source, err error) {
	if err := checkDataDir(f.data, f.dataDir); err != nil {
		return nil, err
	}
	train, _, err := vision.Load(f.data, folder(f.data, f.dataDir))
	if err != nil {
		return nil, err
	}
	for _, k := range f.index {
		if k < 0 || k >= train.Len() {
			return nil, tool.Usagef("--index %d; %s has training images 0 to %d", k, f.data, train.Len()-1)
		}
		image, err := train.Feature(k)
		if err != nil {
			return nil, err
		}
		label := train.Classes[train.Labels[k]]
		list = append(list, source{image, f.data + " " + strconv.Itoa(k) + ", " + label, f.data + "-" + strconv.Itoa(k)})
	}
	return list, nil
}

// drawing is a file to write, with what it shows.
type drawing struct {
	File   string `json:"file"`
	Source string `json:"source"`
	Shows  string `json:"shows"` // sheet, or a feature's name
	// The values that are black and white; those of a sheet stand in it.
	Black *float32 `json:"black,omitempty"`
	White *float32 `json:"white,omitempty"`

	picture image.Image
}

// write draws the features of the images and writes the pictures: all in one sheet,
// or image by image.
func (f *featuresFlags) write(images []source, inputs []string) (list []drawing, err error) {
	defer status("")
	groups := [][]source{images}
	if !f.oneSheet() {
		groups = slices.Collect(slices.Chunk(images, 1))
	}
	seen := map[string]bool{}
	for _, s := range images { // before anything is written
		if most := s.image.Levels(); f.levels > most {
			return nil, tool.Usagef("--levels %d; %s has 1 to %d, a single block", f.levels, s.name, most)
		}
		if seen[s.base] && !f.oneSheet() {
			return nil, tool.Usagef("two images are called %s; their files in %s would have the same names", s.base, f.out)
		}
		seen[s.base] = true
	}
	for _, group := range groups {
		drawings, err := f.draw(group)
		if err != nil {
			return nil, err
		}
		if err := os.MkdirAll(filepath.Dir(drawings[0].File), 0o777); err != nil {
			return nil, fmt.Errorf("--out %s: %w", f.out, err)
		}
		for _, d := range drawings {
			if err := notInput(d.File, inputs); err != nil {
				return nil, err
			}
			if err := vision.WritePNG(d.File, d.picture); err != nil {
				return nil, err
			}
			list = append(list, d)
		}
	}
	return list, nil
}

// draw makes the sheet of some images: that of one has the hierarchy in a row of its
// own, those of several a row each. For a folder there is a picture of each feature too.
func (f *featuresFlags) draw(group []source) ([]drawing, error) {
	columns := 4
	var tiles []vision.Tile
	var single []drawing
	var names []string
	for _, s := range group {
		status("features of %s", s.name)
		names = append(names, s.name)
		features, err := vision.Features(s.image, f.averages, f.levels)
		if err != nil {
			return nil, err
		}
		if len(group) > 1 {
			columns = len(features)
		}
		for i, n := range features {
			tile := n.Tile()
			if i == 0 {
				tile.Label, tile.Note = s.name, tile.Label
			}
			tiles = append(tiles, tile)
			if !f.oneSheet() {
				file := filepath.Join(f.out, s.base+"-"+n.Name+".png")
				single = append(single, drawing{file, s.name, n.Name, &n.Black, &n.White, tile.Picture})
			}
		}
	}
	sheet, err := vision.Sheet(columns, tiles)
	if err != nil {
		return nil, err
	}
	file := f.out
	if !f.oneSheet() {
		file = filepath.Join(f.out, group[0].base+"-sheet.png")
	}
	return append([]drawing{{File: file, Source: strings.Join(names, "; "), Shows: "sheet", picture: sheet}}, single...), nil
}

// notInput refuses to replace a picture that was read.
func notInput(file string, inputs []string) error {
	there, err := os.Stat(file)
	if err != nil {
		return nil // there is nothing to replace
	}
	for _, in := range inputs {
		if info, err := os.Stat(in); err == nil && os.SameFile(there, info) {
			return tool.Usagef("%s would replace the picture %s that is read; want another --out", file, in)
		}
	}
	return nil
}
