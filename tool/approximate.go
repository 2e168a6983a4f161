package tool

// How fast shallow networks approximate, and what they learn of each frequency.

import (
	"context"
	"fmt"
	"math"

	"mgtool/internal/effects"
	"mgtool/shallow"
)

// Approximate measures the rates at which greedy networks, and piecewise polynomials, approximate
// a function.
type Approximate struct {
	Dim         int
	Activations []string // see [shallow.ParseActivation]
	Target      string   // see [shallow.Targets]
	Terms       int      // of a network; 0 is the usual number for the dimension
	First       int      // term from which slopes are fitted; 0 is an eighth of Terms
	Seed        uint64   // the first of
	Seeds       int      // as many; one in one dimension, where nothing is random
	Plot        string   // file for a picture (.png)
}

// DefaultApproximate is ReLU, its square and the Heaviside function on the square.
func DefaultApproximate() Approximate {
	return Approximate{Dim: 2, Activations: []string{"relu^0", "relu^1", "relu^2"}, Target: "gauss", Seed: 1, Seeds: 3}
}

// approximations are the usual numbers by dimension: of terms, and of cells and Gauss points in
// each along an axis. Networks are tested on the points of one cell less.
var approximations = [...]struct{ terms, cells, perCell int }{1: {128, 1024, 4}, 2: {128, 48, 4}, 3: {96, 8, 4}, 4: {64, 5, 3}}

// mostTerms bounds the time, which grows with the square of the terms.
const mostTerms = 1024

// ApproximateReport has a row for each activation, and the piecewise polynomials.
type ApproximateReport struct {
	Dim           int
	Target, About string
	Points        int
	First, Terms  int // between which slopes are fitted
	Rows          []ApproximateRow
	Piecewise     []PiecewiseRow
}

// ApproximateRow is what networks of an activation do.
type ApproximateRow struct {
	Activation  string
	Errors      [][]float64 // relative L² errors after each term, a list for each seed
	Tested      []float64   // those of the last networks on other points, by seed
	Slopes      []float64   // by seed
	Slope, Half float64     // their mean, and half of its 95% interval: NaN with one seed
	Theory      float64     // of the best networks; 0 for a polynomial, which does not converge
}

// PiecewiseRow is the best piecewise polynomials of a degree.
type PiecewiseRow struct {
	Degree        int
	Coefficients  []int
	Errors        []float64
	Slope, Theory float64
}

// Run approximates, and draws the errors.
func (q Approximate) Run(ctx context.Context, r Reporter) (*ApproximateReport, error) {
	if q.Dim < 1 || q.Dim >= len(approximations) {
		return nil, Usagef("--dim %d; want 1 to %d", q.Dim, len(approximations)-1)
	}
	usual := approximations[q.Dim]
	if q.Terms == 0 {
		q.Terms = usual.terms
	}
	if q.First == 0 {
		q.First = max(1, q.Terms/8)
	}
	switch {
	case q.Terms < 2 || q.Terms > mostTerms:
		return nil, Usagef("--terms %d; want 2 to %d", q.Terms, mostTerms)
	case q.First < 1 || 2*q.First > q.Terms:
		return nil, Usagef("--first %d; want 1 to %d, half of the terms", q.First, q.Terms/2)
	case q.Seeds < 1 || q.Seeds > 100:
		return nil, Usagef("--seeds %d; want 1 to 100", q.Seeds)
	case len(q.Activations) == 0:
		return nil, Usagef("no --activation; want one or more")
	}
	target, err := shallow.LookupTarget(q.Target)
	if err != nil {
		return nil, Usage(err)
	}
	var activations []shallow.Activation
	for _, name := range q.Activations {
		a, err := shallow.ParseActivation(name)
		if err != nil {
			return nil, Usage(err)
		}
		activations = append(activations, a)
	}
	if err := CheckFile("plot", q.Plot, ".png"); err != nil {
		return nil, err
	}
	if q.Dim == 1 {
		q.Seeds = 1
	}
	points, err := shallow.Gauss(q.Dim, usual.cells, usual.perCell)
	if err != nil {
		return nil, err
	}
	others, err := shallow.Gauss(q.Dim, usual.cells-1, usual.perCell)
	if err != nil {
		return nil, err
	}
	if q.Terms >= points.Len() {
		return nil, Usagef("--terms %d on %d points; want fewer", q.Terms, points.Len())
	}
	report := &ApproximateReport{Dim: q.Dim, Target: target.Name, About: target.About, Points: points.Len(), First: q.First, Terms: q.Terms}
	for _, a := range activations {
		row := ApproximateRow{Activation: a.String(), Theory: a.Rate(q.Dim)}
		for seed := range q.Seeds {
			result, err := shallow.Greedy(ctx, target.At, points, a, shallow.Options{Terms: q.Terms, Seed: q.Seed + uint64(seed), Progress: func(n int, e float64) {
				r.status("%v, seed %d: %d of %d terms, error %.3g", a, q.Seed+uint64(seed), n, q.Terms, e)
			}})
			if err != nil {
				return nil, fmt.Errorf("%v, seed %d: %w", a, q.Seed+uint64(seed), err)
			}
			tested, err := others.Error(target.At, result.Network.At)
			if err != nil {
				return nil, err
			}
			row.Errors, row.Tested = append(row.Errors, result.Errors), append(row.Tested, tested)
			slope, err := shallow.Slope(result.Errors, q.First)
			if err != nil { // rounding, or a polynomial, ended it early
				slope = math.NaN()
			}
			row.Slopes = append(row.Slopes, slope)
		}
		row.Slope, row.Half = effects.Interval(row.Slopes)
		report.Rows = append(report.Rows, row)
	}
	r.status("piecewise polynomials")
	for degree := range 2 {
		row, err := piecewise(q.Dim, degree, q.Terms, target)
		if err != nil {
			return nil, err
		}
		report.Piecewise = append(report.Piecewise, row)
	}
	if q.Plot == "" {
		return report, nil
	}
	return report, shallow.WritePNG(q.Plot, []shallow.Panel{report.panel()})
}

// piecewise has meshes of 1, 2, 3, … cells a side with about as many coefficients as a network has
// neurons, and beyond, so that there are three at least.
func piecewise(dim, degree, terms int, target shallow.Target) (PiecewiseRow, error) {
	row := PiecewiseRow{Degree: degree, Theory: -float64(degree+1) / float64(dim)}
	for side := 1; ; side = side + 1 + side/4 {
		e, n, err := shallow.Piecewise(dim, side, degree, target.At)
		if err != nil {
			return row, err
		}
		row.Coefficients, row.Errors = append(row.Coefficients, n), append(row.Errors, e)
		if k := len(row.Errors); n >= terms && k > 3 {
			row.Slope = math.Log(row.Errors[k-1]/row.Errors[k-3]) / math.Log(float64(n)/float64(row.Coefficients[k-3]))
			return row, nil
		}
	}
}

// panel has the errors of the first seed of each activation, with a line of the slope of the
// theory, and those of the piecewise polynomials.
func (r *ApproximateReport) panel() shallow.Panel {
	p := shallow.Panel{Title: fmt.Sprintf("%s on the unit cube of dimension %d", r.Target, r.Dim), X: "neurons, or coefficients", LogX: true}
	for i, row := range r.Rows {
		errors := row.Errors[0]
		c := shallow.Curve{Name: row.Activation, Y: errors, Colour: i}
		for n := range errors {
			c.X = append(c.X, float64(n+1))
		}
		p.Curves = append(p.Curves, c)
		if n := len(errors); n >= 2*r.First && row.Theory < 0 {
			from, to := float64(r.First), float64(n)
			p.Curves = append(p.Curves, shallow.Curve{
				Name: fmt.Sprintf("n^%.3g", row.Theory), Colour: i, Dashed: true,
				X: []float64{from, to}, Y: []float64{errors[n-1] * math.Pow(from/to, row.Theory), errors[n-1]},
			})
		}
	}
	for i, row := range r.Piecewise {
		c := shallow.Curve{Name: fmt.Sprintf("piecewise of degree %d", row.Degree), Y: row.Errors, Colour: len(r.Rows) + i}
		for _, n := range row.Coefficients {
			c.X = append(c.X, float64(n))
		}
		p.Curves = append(p.Curves, c)
	}
	return p
}

// Frequencies trains a network of each activation on a sum of sine waves.
type Frequencies struct {
	Activations []string
	shallow.Training
	Plot string // file for a picture (.png)
}

// DefaultFrequencies compares ReLU with the hat.
func DefaultFrequencies() Frequencies {
	return Frequencies{Activations: []string{"relu", "hat"}, Training: shallow.Training{
		Neurons: 128, Points: 512, Scale: 16, Rate: 1e-3, Steps: 10000, Modes: []int{1, 2, 4, 8, 16}, Every: 100,
	}}
}

// Run trains, and draws the error of each mode.
func (q Frequencies) Run(ctx context.Context, r Reporter) ([]*shallow.Spectrum, error) {
	if len(q.Activations) == 0 {
		return nil, Usagef("no --activation; want one or more")
	}
	if err := CheckFile("plot", q.Plot, ".png"); err != nil {
		return nil, err
	}
	const most = 1 << 20 // of neurons times points: a step costs as much
	switch {
	case q.Neurons < 1 || q.Points < 3 || q.Neurons > most/q.Points:
		return nil, Usagef("--neurons %d --points %d; want 1 and 3 or more, and a product of at most %d", q.Neurons, q.Points, most)
	case q.Steps < 1 || q.Every < 1:
		return nil, Usagef("--steps %d --every %d; want 1 or more", q.Steps, q.Every)
	case q.Scale == 0 || q.Rate == 0: // which a Training takes for its defaults
		return nil, Usagef("--scale %g --rate %g; want positive numbers", q.Scale, q.Rate)
	}
	trainings := make([]shallow.Training, len(q.Activations))
	for i, name := range q.Activations {
		t := q.Training
		var err error
		if t.Activation, err = shallow.ParseActivation(name); err != nil {
			return nil, Usage(err)
		}
		if err := t.Validate(); err != nil {
			return nil, Usage(err)
		}
		t.Progress = func(step int, loss float64) { r.status("%s: step %d of %d, loss %.3g", name, step, t.Steps, loss) }
		trainings[i] = t
	}
	var list []*shallow.Spectrum
	var panels []shallow.Panel
	for _, t := range trainings {
		s, err := shallow.Train(ctx, t)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
		panel := shallow.Panel{Title: t.Activation.String() + ": error of each mode", X: "steps"}
		for m, k := range s.Modes {
			c := shallow.Curve{Name: fmt.Sprintf("k = %d", k), Colour: m}
			for i, step := range s.Steps {
				c.X, c.Y = append(c.X, float64(step)), append(c.Y, s.Errors[i][m])
			}
			panel.Curves = append(panel.Curves, c)
		}
		panels = append(panels, panel)
	}
	if q.Plot == "" {
		return list, nil
	}
	return list, shallow.WritePNG(q.Plot, panels)
}
