package evaluate

// An inspection as pictures.

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"path/filepath"

	"mgtool/internal/atomicfile"
	"mgtool/internal/picture"
	"mgtool/mgnet"
	"mgtool/multigrid/cycle"
)

// WriteFiles writes pictures into a folder that exists and returns their paths: the
// image as image.png, the kernels of the first layer as stem.png, and a contact
// sheet of channels for each state, as level1-down.png. shown is the image as it is
// to be looked at; about is a line for the titles.
func (i *Inspection) WriteFiles(dir string, shown image.Image, about string) ([]string, error) {
	type file struct {
		name  string
		sheet picture.Sheet
	}
	files := []file{{"image.png", picture.Sheet{Title: []string{about}, Sections: []picture.Section{{Title: "the image", Tiles: []picture.Tile{{Picture: shown}}}}}}}
	if stem, ok := stemSheet(i.net); ok {
		files = append(files, file{"stem.png", stem})
	}
	for _, s := range i.States {
		files = append(files, file{fmt.Sprintf("level%d-%s.png", s.Level, s.Leg), s.sheet(about, i.net.Model.Sig().Family)})
	}
	var paths []string
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, f.sheet.Draw()) }); err != nil {
			return paths, fmt.Errorf("mgnet: inspection: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// sheet shows the channels of a state.
func (s State) sheet(about, model string) picture.Sheet {
	r := "residual r"
	if model == "cnn" { // which carries its feature there
		r = "feature f"
	}
	sheet := picture.Sheet{Title: []string{
		about,
		fmt.Sprintf("level %d, %s", s.Level, s.when()),
		picture.SignedLegend + "; full colour is each channel's own largest magnitude, the number behind ±",
	}}
	for _, f := range []struct {
		name string
		*Features
	}{
		{"feature u", s.U},
		{r, s.R},
		{"data g = r + A u", s.G},
	} {
		if f.Features == nil {
			continue
		}
		section := picture.Section{Title: fmt.Sprintf("%s, %d channels", f.name, f.Channels)}
		for c := range f.Channels {
			v := f.Channel(c)
			top := picture.Largest(v)
			section.Tiles = append(section.Tiles, picture.Tile{
				Picture: picture.Signed(v, f.Height, f.Width, top),
				Label:   fmt.Sprintf("%d: ±%.3g", c, top),
			})
		}
		sheet.Sections = append(sheet.Sections, section)
	}
	return sheet
}

// when tells where in the walk a state is.
func (s State) when() string {
	switch {
	case s.Leg == cycle.Start && s.Level == 0:
		return "at the start: what the first layer makes of the image"
	case s.Leg == cycle.Start:
		return fmt.Sprintf("at the start: restricted from level %d", s.Level-1)
	case s.Leg == cycle.WayDown:
		return "smoothed on the way down"
	case s.Leg == cycle.AtBottom:
		return "smoothed at the bottom"
	case s.Leg == cycle.WayUp:
		return fmt.Sprintf("on the way up: corrected from level %d and smoothed", s.Level+1)
	}
	return string(s.Leg)
}

// stemSheet shows the kernels of the first layer: in colour those that read red,
// green and blue, in grey those that read one channel. Others are not shown.
func stemSheet(n *mgnet.Network) (picture.Sheet, bool) {
	first := n.FirstKernel()
	if first == nil {
		return picture.Sheet{}, false
	}
	height, width, in, out := first.Shape[0], first.Shape[1], first.Shape[2], first.Shape[3]
	if in != 1 && in != 3 {
		return picture.Sheet{}, false
	}
	section := picture.Section{Title: fmt.Sprintf("%d kernels", out)}
	for c := range out {
		kernel := make([]float32, height*width*in)
		for j := range kernel {
			kernel[j] = first.Data[j*out+c]
		}
		top := picture.Largest(kernel)
		img := image.NewRGBA(image.Rect(0, 0, width, height))
		for j := range height * width {
			var rgb [3]uint8
			for m := range rgb {
				rgb[m] = shade(kernel[j*in+m%in], top)
			}
			img.SetRGBA(j%width, j/width, color.RGBA{rgb[0], rgb[1], rgb[2], 255})
		}
		section.Tiles = append(section.Tiles, picture.Tile{Picture: img, Label: fmt.Sprintf("%d: ±%.3g", c, top)})
	}
	return picture.Sheet{
		Title: []string{
			fmt.Sprintf("%s: kernels of the first layer, %d×%d×%d", n.Model.Sig().Family, height, width, in),
			"middle grey is weight 0; black and white are each kernel's own largest magnitude, the number behind ±",
		},
		Sections: []picture.Section{section},
	}, true
}

// shade is a weight as a brightness, 0 in the middle.
func shade(v, top float32) uint8 {
	if top == 0 {
		return 128
	}
	return uint8(math.Round(128 + 127*float64(v/top)))
}
