package file

// A field that changes in time, as pictures.

import (
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"math"

	"mgtool/internal/atomicfile"
	"mgtool/pde"
)

// Animation collects pictures of a field at several times: those of [Image], with the same
// colours for the same values in all of them. A large field is thinned out to at most
// 512 pixels a side, a small one scaled up; one of one dimension becomes a strip.
type Animation struct {
	width, height int
	frames        [][]float32
	low, high     float64
}

// frameSide is the number of pixels that the longer side of a frame has at most.
const frameSide = 512

// Add takes a picture of the field as it is now. All fields are on the same grid.
func (a *Animation) Add(f *pde.Field[float64]) {
	if a.frames == nil {
		a.low, a.high = math.Inf(1), math.Inf(-1)
	}
	x0, x1 := f.Box(0)
	y0, y1 := f.Box(1)
	z0, z1 := f.Box(2)
	step := (max(x1-x0, y1-y0) + frameSide - 1) / frameSide
	a.width, a.height = (x1-x0+step-1)/step, (y1-y0+step-1)/step
	frame := make([]float32, 0, a.width*a.height)
	for j := y0; j < y1; j += step {
		row := f.Row(j, z0+(z1-z0)/2)
		for i := x0; i < x1; i += step {
			v := row[i]
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				a.low, a.high = min(a.low, v), max(a.high, v)
			}
			frame = append(frame, float32(v))
		}
	}
	a.frames = append(a.frames, frame)
}

// Frames is the number of pictures.
func (a *Animation) Frames() int { return len(a.frames) }

// Range is the smallest and the largest value, which are dark violet and yellow.
func (a *Animation) Range() (low, high float64) { return a.low, a.high }

// WritePNG writes picture k to a file.
func (a *Animation) WritePNG(path string, k int) error {
	if k < 0 || k >= len(a.frames) {
		return fmt.Errorf("pde: picture %d of %d; want 0 to %d", k, len(a.frames), len(a.frames)-1)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, a.draw(k)) })
}

// WriteGIF writes all pictures to an animated GIF, delay hundredths of a second apart,
// the last one for a second more. It repeats for ever.
func (a *Animation) WriteGIF(path string, delay int) error {
	if len(a.frames) == 0 {
		return fmt.Errorf("pde: an animation without a picture; want one or more")
	}
	movie := &gif.GIF{}
	for k := range a.frames {
		movie.Image = append(movie.Image, a.draw(k))
		movie.Delay = append(movie.Delay, delay)
	}
	movie.Delay[len(movie.Delay)-1] += 100
	return atomicfile.Write(path, func(w io.Writer) error { return gif.EncodeAll(w, movie) })
}

// draw is picture k with y upwards.
func (a *Animation) draw(k int) *image.Paletted {
	colours := make(color.Palette, 256)
	for i := range colours {
		colours[i] = viridis(float64(i) / 255)
	}
	const least, strip = 256, 32 // pixels a side
	scale := max(1, (least+max(a.width, a.height)-1)/max(a.width, a.height))
	down := scale
	if a.height == 1 {
		down = strip
	}
	img := image.NewPaletted(image.Rect(0, 0, a.width*scale, a.height*down), colours)
	for y := range a.height * down {
		row := a.frames[k][(a.height-1-y/down)*a.width:][:a.width]
		for x := range a.width * scale {
			t := 0.5 // all values the same
			if a.high > a.low {
				t = (float64(row[x/scale]) - a.low) / (a.high - a.low)
			}
			if !(t >= 0) { // NaN too
				t = 0
			}
			img.Pix[y*img.Stride+x] = uint8(math.Round(255 * min(t, 1)))
		}
	}
	return img
}
