package mask

// Pictures with masks as samples.

import (
	"fmt"
	"io"

	"mgtool/source"
)

// Pairs are pictures in memory with a class for each pixel, a [source.Source].
type Pairs struct {
	Name                    string
	Height, Width, Channels int
	Classes                 int
	Files                   []string // names of the pictures, for reports
	Pixels                  []uint8  // (N, Height, Width, Channels)
	Labels                  []int32  // (N, Height, Width), −1 where a pixel is not counted
	// Mean and Std are those of each channel, of bytes scaled to [0, 1].
	Mean, Std []float32
	// Mirror swaps left and right of a picture and its mask, with probability 1/2, in
	// training batches.
	Mirror bool
}

// String is the name.
func (p *Pairs) String() string { return p.Name }

// Len is the number of pictures.
func (p *Pairs) Len() int { return len(p.Labels) / max(1, p.Height*p.Width) }

// Form is a picture with a label for each pixel.
func (p *Pairs) Form() source.Form {
	return source.Form{Input: []int{p.Height, p.Width, p.Channels}, Labels: p.Height * p.Width, Classes: p.Classes}
}

// Read writes pictures in their order.
func (p *Pairs) Read(into *source.Batch, first, count int) error {
	if err := source.CheckRead(p, into, first, count); err != nil {
		return err
	}
	for i := range count {
		p.put(into, i, first+i, false)
	}
	return nil
}

// put writes a picture and its mask to place i of a batch.
func (p *Pairs) put(into *source.Batch, i, sample int, mirrored bool) {
	size, channels := p.Height*p.Width, p.Channels
	x, labels := into.X[i*size*channels:][:size*channels], into.Labels[i*size:][:size]
	pixels := p.Pixels[sample*size*channels:][:size*channels]
	normalize(x, pixels, p.Mean, p.Std)
	copy(labels, p.Labels[sample*size:])
	if !mirrored {
		return
	}
	for y := range p.Height {
		row, line := x[y*p.Width*channels:][:p.Width*channels], labels[y*p.Width:][:p.Width]
		for a, b := 0, p.Width-1; a < b; a, b = a+1, b-1 {
			line[a], line[b] = line[b], line[a]
			for c := range channels {
				row[a*channels+c], row[b*channels+c] = row[b*channels+c], row[a*channels+c]
			}
		}
	}
}

// normalize sets dst to (byte/255 − mean)/std of each channel.
func normalize(dst []float32, pixels []uint8, mean, std []float32) {
	c := len(mean)
	for i, v := range pixels {
		dst[i] = (float32(v)/255 - mean[i%c]) / std[i%c]
	}
}

// Digest writes the form, and the pixels and labels in blocks.
func (p *Pairs) Digest(w io.Writer) error {
	fmt.Fprintf(w, "%d×%d×%d %d %v %v\n", p.Height, p.Width, p.Channels, p.Classes, p.Mean, p.Std)
	labels := make([]byte, len(p.Labels))
	for i, l := range p.Labels {
		labels[i] = byte(l)
	}
	for _, bytes := range [][]byte{p.Pixels, labels} {
		if err := source.WriteBlocks(w, len(bytes), func() ([]byte, error) { return bytes, nil }); err != nil {
			return err
		}
	}
	return nil
}

// Batcher makes shuffled batches, mirrored if Mirror says so. A size that is not 1 to Len is
// an error.
func (p *Pairs) Batcher(size int, seed uint64) (source.Batcher, error) {
	return source.Shuffle(p, size, seed, func(into *source.Batch, i, sample, epoch int) {
		mirrored := false
		if p.Mirror {
			r := source.Random(mirrors, seed, epoch, sample)
			mirrored = source.Below(&r, 2) == 1
		}
		p.put(into, i, sample, mirrored)
	})
}

// mirrors is the purpose of the random numbers that mirror; see [source.Random].
const mirrors = 1
