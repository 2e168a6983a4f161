package tool

// Features of images by the constrained linear model A * u = g, u ≥ 0.

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"mgtool/bridge/feature"
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
	Mu       float64 // of the minimum for a blur, see [feature.Minimum]
	Omega    float64
	Steps    int
	Out      string // PNG file of a sheet; may be empty
}

// DefaultExplain has the defaults of an operator.
func DefaultExplain() Explain {
	return Explain{Size: 127, Operator: "laplacian", Blur: 1.5, Mu: 1e-3, Omega: 1, Steps: 100}
}

// FormMinimum is, in a row, the minimum of [feature.Minimum] instead of an iteration.
const FormMinimum feature.Form = "minimum"

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

// ExplainReport has a row for each form, and for a blur one of the minimum; a model from a file
// has one row.
type ExplainReport struct {
	Rows []ExplainRow
	// Cycles of multigrid for the Laplacian and for the minimum of a blur; 0 without.
	Cycles, MinimumCycles int
}

// minimumTol is how near the minimum of a blur is found, and minimumCycles how many cycles that
// may take.
const (
	minimumTol    = 1e-5
	minimumCycles = 50
)

// Validate checks the request before anything is read.
func (e Explain) Validate() error {
	switch {
	case e.Size < 3 || e.Size > 1023:
		return Usagef("--size %d; want 3 to 1023", e.Size)
	case e.Steps < 1 || e.Steps > 100000:
		return Usagef("--steps %d; want 1 to 100000", e.Steps)
	case !(e.Mu > 0) || math.IsInf(e.Mu, 0):
		return Usagef("--mu %g; want more than 0: without it what a blur hides is determined by rounding", e.Mu)
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

// Run explains the image by each form. If ctx is cancelled no sheet is written, and the report has the
// forms that are done, with the error of ctx.
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
	done := func(err error) (*ExplainReport, error) { // where a form could not be computed
		if ctx.Err() == nil {
			return nil, err
		}
		return report, err
	}
	row := func(form feature.Form, u, left feature.Map, violation float64) ExplainRow {
		row := ExplainRow{Form: form, Residual: left.Norm() / g.Norm(), Violation: violation, Off: math.NaN(), Least: slices.Min(u.Values)}
		for _, v := range u.Values {
			if v == 0 {
				row.Zeros += 1 / float64(len(u.Values))
			}
		}
		if want != nil {
			row.Off = distance(u.Values, want.Values)
		}
		return row
	}
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
			return done(err)
		}
		row := row(m.Form, u, left, m.Violation(u, left)/first)
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
	if e.Operator == "blur" {
		found, err := feature.Minimum{A: models[0].A, Mu: e.Mu, RelTol: minimumTol, Cycles: minimumCycles}.Solve(ctx, g, func(cycle int, violation float64) {
			r.status("minimum: cycle %d, violation %.1e", cycle, violation)
		})
		if err != nil {
			return done(err)
		}
		au := models[0].A.Apply(found.U)
		for i := range au.Values {
			au.Values[i] = g.Values[i] - au.Values[i]
		}
		least := row(FormMinimum, found.U, au, found.Violation)
		report.Rows, report.MinimumCycles = append(report.Rows, least), found.Cycles
		tiles = append(tiles, vision.Tile{Picture: tone(found.U, 0, 1), Label: "u, the minimum", Note: fmt.Sprintf("off by %.3f", least.Off)})
	}
	return report, writeSheet(e.Out, 3, tiles)
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
