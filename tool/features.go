package tool

// Pictures of image features that need no training.

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mgtool/vision"
)

// Features says of which images features are drawn, and where the drawings go.
type Features struct {
	Files []string // pictures; unused if Data has a name
	Data  Data     // a data set
	Index []int    // indices of its training images

	Size     int // larger pictures are scaled down to this many pixels on the longer side
	Averages int // number of times that the 3×3 mean is taken
	Levels   int // number of grids in the hierarchy, the finest included

	// Out is a file, .png, for a single sheet, or a folder for a file for each feature and
	// a sheet for each image.
	Out string
}

// maxSheet is how many images one sheet holds.
const maxSheet = 16

// Validate checks the request before anything is read.
func (f Features) Validate() error {
	switch {
	case f.Size < 1 || f.Size > 1024:
		return Usagef("--size %d; want 1 to 1024", f.Size)
	case f.Averages < 1 || f.Averages > 100:
		return Usagef("--averages %d; want 1 to 100", f.Averages)
	case f.Levels < 1:
		return Usagef("--levels %d; want 1 or more", f.Levels)
	}
	if f.Data.Name != "" {
		if _, err := vision.Describe(f.Data.Name); err != nil {
			return Usage(err)
		}
	}
	if f.oneSheet() {
		if n := max(len(f.Files), len(f.Index)); n > maxSheet {
			return Usagef("%d images; one sheet holds %d: want fewer, or a folder for --out", n, maxSheet)
		}
		return CheckFile("out", f.Out, ".png")
	}
	info, err := os.Stat(f.Out)
	if folder := err == nil && info.IsDir(); !folder && (err == nil || filepath.Ext(f.Out) != "" || f.Out == "") {
		return Usagef("--out %q; want a name ending in .png, or a folder", f.Out)
	}
	return nil
}

// oneSheet reports whether Out is a file and not a folder.
func (f Features) oneSheet() bool { return strings.EqualFold(filepath.Ext(f.Out), ".png") }

// featured is an image with a name for people and a name for files.
type featured struct {
	image      vision.Feature
	name, base string
}

// images reads the images.
func (f Features) images() (list []featured, err error) {
	if f.Data.Name != "" {
		return f.ofData()
	}
	for _, file := range f.Files {
		image, err := vision.ReadFeature(file, f.Size)
		if err != nil {
			return nil, err
		}
		base := filepath.Base(file)
		list = append(list, featured{image, base, strings.TrimSuffix(base, filepath.Ext(base))})
	}
	return list, nil
}

// ofData takes images from a data set.
func (f Features) ofData() (list []featured, err error) {
	if err := f.Data.checkDir(); err != nil {
		return nil, err
	}
	train, _, err := vision.Load(f.Data.Name, f.Data.Files())
	if err != nil {
		return nil, err
	}
	for _, k := range f.Index {
		if k < 0 || k >= train.Len() {
			return nil, Usagef("--index %d; %s has training images 0 to %d", k, f.Data.Name, train.Len()-1)
		}
		image, err := train.Feature(k)
		if err != nil {
			return nil, err
		}
		label := train.Classes[train.Labels[k]]
		list = append(list, featured{image, f.Data.Name + " " + strconv.Itoa(k) + ", " + label, f.Data.Name + "-" + strconv.Itoa(k)})
	}
	return list, nil
}

// Drawing is a file that was written, with what it shows.
type Drawing struct {
	File   string `json:"file"`
	Source string `json:"source"`
	Shows  string `json:"shows"` // sheet, or a feature's name
	// The values that are black and white; those of a sheet stand in it.
	Black *float32 `json:"black,omitempty"`
	White *float32 `json:"white,omitempty"`

	picture image.Image
}

// Draw reads the images, draws their features and writes the pictures: all in one sheet,
// or image by image.
func (f Features) Draw(ctx context.Context, r Reporter) (list []Drawing, err error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	images, err := orStop(ctx, f.images)
	if err != nil {
		return nil, err
	}
	defer r.status("")
	groups := [][]featured{images}
	if !f.oneSheet() {
		groups = slices.Collect(slices.Chunk(images, 1))
	}
	seen := map[string]bool{}
	for _, s := range images { // before anything is written
		if most := s.image.Levels(); f.Levels > most {
			return nil, Usagef("--levels %d; want 1 to %[3]d for %[2]s, down to a single block", f.Levels, s.name, most)
		}
		if seen[s.base] && !f.oneSheet() {
			return nil, Usagef("two images are called %s; their files in %s would collide", s.base, f.Out)
		}
		seen[s.base] = true
	}
	for _, group := range groups {
		drawings, err := f.draw(group, r)
		if err != nil {
			return nil, err
		}
		if err := os.MkdirAll(filepath.Dir(drawings[0].File), 0o777); err != nil {
			return nil, fmt.Errorf("--out %s: %w", f.Out, err)
		}
		for _, d := range drawings {
			if err := f.notInput(d.File); err != nil {
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
func (f Features) draw(group []featured, r Reporter) ([]Drawing, error) {
	columns := 4
	var tiles []vision.Tile
	var single []Drawing
	var names []string
	for _, s := range group {
		r.status("features of %s", s.name)
		names = append(names, s.name)
		features, err := vision.Features(s.image, f.Averages, f.Levels)
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
				file := filepath.Join(f.Out, s.base+"-"+n.Name+".png")
				single = append(single, Drawing{file, s.name, n.Name, &n.Black, &n.White, tile.Picture})
			}
		}
	}
	sheet, err := vision.Sheet(columns, tiles)
	if err != nil {
		return nil, err
	}
	file := f.Out
	if !f.oneSheet() {
		file = filepath.Join(f.Out, group[0].base+"-sheet.png")
	}
	return append([]Drawing{{File: file, Source: strings.Join(names, "; "), Shows: "sheet", picture: sheet}}, single...), nil
}

// notInput refuses to overwrite a picture that was read.
func (f Features) notInput(file string) error {
	there, err := os.Stat(file)
	if err != nil {
		return nil // there is nothing to replace
	}
	for _, in := range f.Files {
		if info, err := os.Stat(in); err == nil && os.SameFile(there, info) {
			return Usagef("%s would overwrite the input picture %s; want another --out", file, in)
		}
	}
	return nil
}
