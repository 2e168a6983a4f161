package tool

// Features of images by the constrained linear model A * u = g, u ≥ 0.

import (
	"context"
	"fmt"
	"image"
	"math"
	"slices"
	"strings"

	"mgtool/bridge/feature"
	"mgtool/internal/picture"
	"mgtool/multigrid/constrained"
	"mgtool/pde"
	"mgtool/pde/stencil"
	"mgtool/vision"
)

// Explain says which image is explained by a feature u ≥ 0, A * u = g, and by which A.
type Explain struct {
	File     string
	Size     int    // pixels a side, to which the middle of the picture is scaled
	Grey     bool   // one channel
	Operator string // laplacian, blur, or a file of [feature.Model.WriteFile]
	Blur     float64
	Omega    float64
	Steps    int
	Out      string // PNG file of a sheet; may be empty
}

// DefaultExplain has the defaults of an operator.
func DefaultExplain() Explain {
	return Explain{Size: 127, Operator: "laplacian", Blur: 1.5, Omega: 1, Steps: 100}
}

// ExplainRow is one form of the iteration.
type ExplainRow struct {
	Form     feature.Form
	Residual float64 // ‖g − A u‖ / ‖g‖
	// Violation is [feature.Model.Violation] over that of u = 0.
	Violation float64
	Zeros     float64 // share of values of u that are 0
	Least     float64 // value of u
	// Off is ‖u − u*‖ / ‖u*‖, u* the solution of the constrained problem by multigrid for the
	// Laplacian, the sharp image for a blur; NaN for an A that was learned.
	Off float64
}

// ExplainReport has a row for each form; a model from a file has one.
type ExplainReport struct {
	Rows   []ExplainRow
	Cycles int // of multigrid; 0 without
}

// Validate checks the request before anything is read.
func (e Explain) Validate() error {
	switch {
	case e.Size < 3 || e.Size > 1023:
		return Usagef("--size %d; want 3 to 1023", e.Size)
	case e.Steps < 1 || e.Steps > 100000:
		return Usagef("--steps %d; want 1 to 100000", e.Steps)
	case !(e.Omega > 0 && e.Omega <= 2):
		return Usagef("--omega %g; want more than 0 and at most 2", e.Omega)
	}
	return CheckFile("out", e.Out, ".png")
}

// models are the iterations for A, or that of a file.
func (e Explain) models(channels int) (list []feature.Model, err error) {
	var a, b feature.Kernel
	switch {
	case e.Operator == "laplacian":
		a = feature.Laplacian(channels)
		b, err = feature.Jacobi(a, e.Omega)
	case e.Operator == "blur":
		if a, err = feature.Blur(channels, e.Blur); err == nil {
			b, err = feature.Landweber(a, e.Omega)
		}
	case strings.HasSuffix(e.Operator, ".json"):
		m, err := feature.ReadFile(e.Operator)
		switch {
		case err != nil:
			return nil, Usagef("--operator: %w", err)
		case m.A.Out != channels:
			return nil, Usagef("--operator %s is for images of %d channels; this one has %d: want --grey, or a model learned from others", e.Operator, m.A.Out, channels)
		}
		return []feature.Model{m}, nil
	default:
		return nil, Usagef("--operator %q; want laplacian, blur, or a file that mgtool constrained learn saved, ending in .json", e.Operator)
	}
	if err != nil {
		return nil, Usage(err)
	}
	for _, f := range feature.Forms {
		list = append(list, feature.Model{Form: f, A: a, B: b})
	}
	return list, nil
}

// Run explains the image by each form.
func (e Explain) Run(ctx context.Context, r Reporter) (*ExplainReport, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	channels := 3
	if e.Grey {
		channels = 1
	}
	models, err := e.models(channels)
	if err != nil {
		return nil, err
	}
	pixels, err := orStop(ctx, func() ([]uint8, error) { return vision.ReadPicture(e.File, e.Size, e.Size, channels) })
	if err != nil {
		return nil, err
	}
	sharp := feature.NewMap(e.Size, e.Size, channels)
	for i, p := range pixels {
		sharp.Values[i] = float64(p) / 255
	}
	g, report := sharp, &ExplainReport{}
	var want *feature.Map
	tiles := []vision.Tile{{Picture: tone(sharp, 0, 1), Label: "image"}}
	switch e.Operator {
	case "laplacian": // of an image of values of one sign, u ≥ 0 would be no constraint
		g = centred(sharp)
		tiles = append(tiles, vision.Tile{Picture: tone(g, -.5, .5), Label: "g: image less its mean"})
		u, cycles, err := obstacles(ctx, g, r)
		if err != nil {
			return nil, err
		}
		want, report.Cycles = &u, cycles
		tiles = append(tiles, mapTile("u ≥ 0 by multigrid", u))
	case "blur":
		g, want = models[0].A.Apply(sharp), &sharp
		tiles = append(tiles, vision.Tile{Picture: tone(g, 0, 1), Label: "g: image blurred"})
	}
	defer r.status("")
	for _, m := range models {
		var left feature.Map
		first := math.NaN()
		u, err := m.Solve(ctx, g, e.Steps, func(k int, u, res feature.Map) {
			if k == 0 {
				first = m.Violation(u, res)
			}
			left = res
			r.status("%s: step %d of %d", m.Form, k, e.Steps)
		})
		if err != nil {
			return nil, err
		}
		row := ExplainRow{Form: m.Form, Residual: left.Norm() / g.Norm(), Violation: m.Violation(u, left) / first, Off: math.NaN(), Least: slices.Min(u.Values)}
		for _, v := range u.Values {
			if v == 0 {
				row.Zeros += 1 / float64(len(u.Values))
			}
		}
		if want != nil {
			row.Off = distance(u.Values, want.Values)
		}
		report.Rows = append(report.Rows, row)
		au := feature.NewMap(g.Height, g.Width, g.Channels)
		for i := range au.Values {
			au.Values[i] = g.Values[i] - left.Values[i]
		}
		switch {
		case want == nil:
			tiles = append(tiles, vision.Tile{Picture: tone(au, 0, 1), Label: "A u, " + string(m.Form)})
			for c := range u.Channels {
				tiles = append(tiles, mapTile(fmt.Sprintf("u, channel %d", c), channel(u, c)))
			}
		case e.Operator == "blur":
			tiles = append(tiles, vision.Tile{Picture: tone(u, 0, 1), Label: "u, " + string(m.Form), Note: fmt.Sprintf("off by %.3f", row.Off)})
		default:
			tiles = append(tiles, mapTile("u, "+string(m.Form), u))
		}
	}
	return report, writeSheet(e.Out, 3, tiles)
}

// writeSheet writes tiles in rows, unless path is empty.
func writeSheet(path string, columns int, tiles []vision.Tile) error {
	if path == "" {
		return nil
	}
	sheet, err := vision.Sheet(columns, tiles)
	if err != nil {
		return err
	}
	return vision.WritePNG(path, sheet)
}

// centred is g less the mean of each channel.
func centred(g feature.Map) feature.Map {
	c := feature.NewMap(g.Height, g.Width, g.Channels)
	means, pixels := make([]float64, g.Channels), float64(g.Height*g.Width)
	for i, v := range g.Values {
		means[i%g.Channels] += v / pixels
	}
	for i, v := range g.Values {
		c.Values[i] = v - means[i%g.Channels]
	}
	return c
}

// obstacles solves the constrained problem of each channel by monotone multigrid.
func obstacles(ctx context.Context, g feature.Map, r Reporter) (u feature.Map, cycles int, err error) {
	grid, err := pde.NewGrid([]int{g.Width + 1, g.Height + 1}, []float64{1, 1})
	if err != nil {
		return u, 0, err
	}
	s := constrained.DefaultSettings()
	s.RelTol = 1e-10
	solver, err := constrained.New(stencil.Laplacian(grid), s)
	if err != nil {
		return u, 0, Usagef("--size %d with the Laplacian: %w; 127 and 255 are such", g.Width, err)
	}
	u = feature.NewMap(g.Height, g.Width, g.Channels)
	for c := range g.Channels {
		r.status("multigrid, channel %d", c)
		field, data := pde.NewField[float64](grid), pde.NewField[float64](grid)
		data.FillInterior(func(x, y, _ float64) float64 {
			return g.Values[((int(y)-1)*g.Width+int(x)-1)*g.Channels+c]
		})
		res, err := solver.Solve(ctx, field, data, nil)
		if err != nil {
			return u, 0, err
		}
		cycles = max(cycles, res.Cycles)
		for i, v := range field.Interior() {
			u.Values[i*g.Channels+c] = v
		}
	}
	return u, cycles, nil
}

// channel is one channel of a map.
func channel(m feature.Map, c int) feature.Map {
	one := feature.NewMap(m.Height, m.Width, 1)
	for i := range one.Values {
		one.Values[i] = m.Values[i*m.Channels+c]
	}
	return one
}

// tone draws a map of one or three channels, black to white.
func tone(m feature.Map, black, white float64) image.Image {
	values := make([]float32, len(m.Values))
	for i, v := range m.Values {
		values[i] = float32(v)
	}
	f, err := vision.NewFeature(values, m.Height, m.Width, m.Channels)
	if err != nil {
		return image.NewGray(image.Rect(0, 0, m.Width, m.Height)) // maps that are solved are finite
	}
	return f.Picture(float32(black), float32(white))
}

// mapTile draws a map from its smallest value, or 0, to its largest.
func mapTile(label string, m feature.Map) vision.Tile {
	black, white := min(0, slices.Min(m.Values)), slices.Max(m.Values)
	if white <= black {
		white = black + 1
	}
	return vision.Tile{Picture: tone(m, black, white), Label: label, Note: fmt.Sprintf("%.3g to %.3g", black, white)}
}

// LearnFeature says from which images A and B are learned.
type LearnFeature struct {
	Data  Data
	Limit int // training images; 0 for all
	feature.Learning
	Save string // JSON file of the model; may be empty
	Out  string // PNG file of a sheet; may be empty
}

// LearnReport has what was learned, and how well it explains images.
type LearnReport struct {
	Model               feature.Model
	Train, Test         int // images
	Losses              []float64
	Before, OnTrain, On feature.Quality // On is on the test images
}

// judgedImages is on how many images of the test set a model is judged.
const judgedImages = 200

// Run learns A and B, judges them on images they have not seen, and draws them.
func (l LearnFeature) Run(ctx context.Context, r Reporter) (*LearnReport, error) {
	if err := l.Learning.Validate(); err != nil {
		return nil, Usage(err)
	}
	if l.Limit < 0 {
		return nil, Usagef("--limit %d; want 0 or more", l.Limit)
	}
	if err := CheckFile("save", l.Save, ".json"); err != nil {
		return nil, err
	}
	if err := CheckFile("out", l.Out, ".png"); err != nil {
		return nil, err
	}
	if _, err := vision.Describe(l.Data.Name); err != nil {
		return nil, Usage(err)
	}
	if err := l.Data.checkDir(); err != nil {
		return nil, err
	}
	sets, err := orStop(ctx, func() (sets [2]*vision.Dataset, err error) {
		sets[0], sets[1], err = vision.Load(l.Data.Name, l.Data.Files())
		return sets, err
	})
	if err != nil {
		return nil, err
	}
	if l.Limit == 0 {
		l.Limit = sets[0].Len()
	}
	train, test := imageMaps(sets[0], l.Limit), imageMaps(sets[1], judgedImages)
	if len(train) < l.Batch {
		return nil, Usagef("--batch %d of %d images; want as many images at least", l.Batch, len(train))
	}
	report := &LearnReport{Train: len(train), Test: len(test)}
	l.Learning.Report = func(epoch int, loss float64) {
		report.Losses = append(report.Losses, loss)
		r.note("epoch %d/%d  loss %.5f", epoch, l.Epochs, loss)
	}
	defer r.status("")
	r.status("learning A and B")
	if report.Model, err = feature.Learn(ctx, train, l.Learning); err != nil {
		return nil, err
	}
	r.status("features of test images")
	before, err := l.Learning.Start(test[0].Channels)
	if err != nil {
		return nil, err
	}
	if report.Before, err = feature.Judge(ctx, before, test, l.Steps); err != nil {
		return nil, err
	}
	if report.OnTrain, err = feature.Judge(ctx, report.Model, train[:min(judgedImages, len(train))], l.Steps); err != nil {
		return nil, err
	}
	if report.On, err = feature.Judge(ctx, report.Model, test, l.Steps); err != nil {
		return nil, err
	}
	if l.Save != "" {
		if err := report.Model.WriteFile(l.Save); err != nil {
			return nil, err
		}
	}
	if l.Out == "" {
		return report, nil
	}
	return report, l.draw(ctx, report, test)
}

// draw writes the kernels of A and B, and of some images g, A u and the channels of u.
func (l LearnFeature) draw(ctx context.Context, report *LearnReport, test []feature.Map) error {
	m := report.Model
	columns := m.A.In + 2
	row := func(name string, k feature.Kernel, of func(c, q int) float64) (tiles []vision.Tile) {
		blank := image.NewGray(image.Rect(0, 0, k.Width, k.Width))
		for i := range blank.Pix {
			blank.Pix[i] = 255
		}
		tiles = append(tiles, vision.Tile{Picture: blank, Label: name}, vision.Tile{Picture: blank, Label: "red > 0 > blue"})
		for c := range m.A.In {
			values := make([]float32, k.Width*k.Width)
			for q := range values {
				values[q] = float32(of(c, q))
			}
			limit := picture.Largest(values)
			tiles = append(tiles, vision.Tile{Picture: picture.Signed(values, k.Width, k.Width, limit), Label: fmt.Sprintf("%s, channel %d", name, c), Note: fmt.Sprintf("to ±%.2g", limit)})
		}
		return tiles
	}
	mean := func(w []float64) (sum float64) {
		for _, v := range w {
			sum += v / float64(len(w))
		}
		return sum
	}
	// Of images in colour, the mean over their channels.
	tiles := row("A", m.A, func(c, q int) float64 {
		at := (q*m.A.In + c) * m.A.Out
		return mean(m.A.Weights[at : at+m.A.Out])
	})
	tiles = append(tiles, row("B", m.B, func(c, q int) float64 {
		var w []float64
		for i := range m.B.In {
			w = append(w, m.B.Weights[(q*m.B.In+i)*m.B.Out+c])
		}
		return mean(w)
	})...)
	for _, g := range test[:min(5, len(test))] {
		var left feature.Map
		u, err := m.Solve(ctx, g, l.Steps, func(_ int, _, r feature.Map) { left = r })
		if err != nil {
			return err
		}
		au := feature.NewMap(g.Height, g.Width, g.Channels)
		for i := range au.Values {
			au.Values[i] = g.Values[i] - left.Values[i]
		}
		tiles = append(tiles, vision.Tile{Picture: tone(g, 0, 1), Label: "g"}, vision.Tile{Picture: tone(au, 0, 1), Label: "A u", Note: fmt.Sprintf("residual %.3f", left.Norm()/g.Norm())})
		for c := range u.Channels {
			tiles = append(tiles, mapTile(fmt.Sprintf("u, channel %d", c), channel(u, c)))
		}
	}
	return writeSheet(l.Out, columns, tiles)
}

// imageMaps are the first images of a set, with values from 0 to 1.
func imageMaps(d *vision.Dataset, most int) (list []feature.Map) {
	for i := range min(most, d.Len()) {
		g := feature.NewMap(d.Height, d.Width, d.Channels)
		for k, v := range d.Image(i) {
			g.Values[k] = float64(v) / 255
		}
		list = append(list, g)
	}
	return list
}
