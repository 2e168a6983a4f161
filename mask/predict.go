package mask

// Masks of pictures by a trained network.

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgtool/internal/atomicfile"
	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/job"
)

// Predict implements [job.Job]. The table has a row a picture: the share of its pixels of
// each class. Out is the mask to write, or, for a folder of pictures, a folder for masks
// with their names. Pictures that cannot be segmented are listed, and the others done. A
// mask in the place of a picture is an error, fs.ErrExist, before the first is written.
func (j *Job) Predict(ctx context.Context, q job.Query) (*job.Predicted, error) {
	files, names, err := picturesAt(q.Path)
	if err != nil {
		return nil, err
	}
	outs, err := places(q, files, names)
	if err != nil {
		return nil, err
	}
	of := networks{network: q.Network, sizes: map[[2]int]*evaluate.Predictor{}}
	result := &job.Predicted{Columns: append([]string{"picture"}, j.Names...), Files: []string{}}
	for i, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		classes, h, w, err := of.segment(j, file)
		if err != nil {
			result.Unread = append(result.Unread, job.Unread{File: file, Error: err.Error()})
			continue
		}
		row := []string{names[i]}
		for _, share := range shares(classes, len(j.Values)) {
			row = append(row, fmt.Sprintf("%.2f%%", 100*share))
		}
		result.Rows = append(result.Rows, row)
		if outs == nil {
			continue
		}
		if isFolder(q.Path) {
			if err := os.MkdirAll(filepath.Dir(outs[i]), 0o777); err != nil {
				return nil, fmt.Errorf("mask: %w", err)
			}
		}
		if err := writePNG(outs[i], j.draw(classes, h, w)); err != nil {
			return nil, err
		}
		result.Files = append(result.Files, outs[i])
	}
	return result, nil
}

// places are the files for the masks of pictures, nil if none are wanted.
func places(q job.Query, files, names []string) ([]string, error) {
	if q.Out == "" {
		return nil, nil
	}
	outs := []string{q.Out}
	if isFolder(q.Path) {
		outs = nil
		of := map[string]string{}
		for _, name := range names {
			out := filepath.Join(q.Out, strings.TrimSuffix(name, filepath.Ext(name))+".png")
			if other, twice := of[out]; twice {
				return nil, fmt.Errorf("mask: the masks of %s and %s would both be %s; want pictures whose names differ before the ending", other, name, out)
			}
			of[out] = name
			outs = append(outs, out)
		}
	}
	var pictures []os.FileInfo
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			pictures = append(pictures, info)
		}
	}
	for _, out := range outs {
		info, err := os.Stat(out)
		if err == nil && slices.ContainsFunc(pictures, func(p os.FileInfo) bool { return os.SameFile(p, info) }) {
			return nil, fmt.Errorf("mask: %s: %w and is one of the pictures; want another --out for the masks", out, fs.ErrExist)
		}
	}
	return outs, nil
}

// networks are predictors of one network for pictures of several sizes.
type networks struct {
	network *mgnet.Network
	sizes   map[[2]int]*evaluate.Predictor
}

// segment reads a picture and classifies its pixels.
func (n *networks) segment(j *Job, file string) (classes []uint8, h, w int, err error) {
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() { // which may never end
		return nil, 0, 0, fmt.Errorf("mask: %s is not a file", file)
	}
	pixels, h, w, err := j.pictureOf(file)
	if err != nil {
		return nil, 0, 0, err
	}
	if classes, err = n.classify(j, pixels, h, w); err != nil {
		return nil, 0, 0, fmt.Errorf("mask: %s: %w", file, err)
	}
	return classes, h, w, nil
}

// classify returns the class of each pixel of a picture.
func (n *networks) classify(j *Job, pixels []uint8, h, w int) ([]uint8, error) {
	p, ok := n.sizes[[2]int{h, w}]
	if !ok {
		network, err := n.network, error(nil)
		if s := network.Model.Sig(); s.Height != h || s.Width != w {
			if network, err = network.At(h, w); err != nil {
				return nil, err
			}
		}
		if p, err = evaluate.NewPredictor(network, 1); err != nil {
			return nil, err
		}
		clear(n.sizes) // the memory of one size is enough
		n.sizes[[2]int{h, w}] = p
	}
	x := make([]float32, len(pixels))
	normalize(x, pixels, j.Mean, j.Std)
	scores, err := p.Outputs(x)
	if err != nil {
		return nil, err
	}
	return best(scores, len(j.Values))
}

// best is the class of each pixel by its scores.
func best(scores []float32, classes int) ([]uint8, error) {
	list := make([]uint8, len(scores)/classes)
	for i := range list {
		k := evaluate.Best(scores[i*classes : (i+1)*classes])
		if k < 0 {
			return nil, notNumbers(i)
		}
		list[i] = uint8(k)
	}
	return list, nil
}

// notNumbers is the error of a pixel without a class.
func notNumbers(pixel int) error { return fmt.Errorf("the scores of pixel %d are no numbers", pixel) }

// shares is how much of the pixels each class has.
func shares(list []uint8, classes int) []float64 {
	count := make([]float64, classes)
	for _, k := range list {
		count[k] += 1 / float64(len(list))
	}
	return count
}

// draw is a mask with the values of the training masks as indices of its palette.
func (j *Job) draw(list []uint8, h, w int) *image.Paletted {
	img := image.NewPaletted(image.Rect(0, 0, w, h), j.palette())
	for i, k := range list {
		img.Pix[i] = uint8(j.Values[k])
	}
	return img
}

// palette has a colour for each class at the place of its value.
func (j *Job) palette() color.Palette {
	last := j.Values[len(j.Values)-1]
	p := make(color.Palette, max(last, j.Ignored)+1)
	for i := range p {
		p[i] = color.RGBA{A: 255}
	}
	for k, v := range j.Values {
		p[v] = classColor(k)
	}
	if j.Ignored >= 0 {
		p[j.Ignored] = color.RGBA{128, 128, 128, 255}
	}
	return p
}

// classColor is a colour of class k: black for the first, usually the background, then
// those of Okabe and Ito, which colour-blind people tell apart, again and again.
func classColor(k int) color.RGBA {
	list := [][3]uint8{{230, 159, 0}, {86, 180, 233}, {0, 158, 115}, {240, 228, 66}, {0, 114, 178}, {213, 94, 0}, {204, 121, 167}}
	if k == 0 {
		return color.RGBA{A: 255}
	}
	c := list[(k-1)%len(list)]
	return color.RGBA{c[0], c[1], c[2], 255}
}

// writePNG writes a picture, whole or not at all.
func writePNG(path string, img image.Image) error {
	if err := atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, img) }); err != nil {
		return fmt.Errorf("mask: %w", err)
	}
	return nil
}
