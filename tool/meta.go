package tool

// Networks that emit multigrid methods: trained, and measured on problems that the training has not
// seen.

import (
	"context"
	"fmt"
	"time"

	"mgtool/bridge/meta"
	"mgtool/multigrid/method"
)

// Meta is the training of a network that emits a multigrid method, written to a file of the method.
type Meta struct {
	Emits     string // levels (smoothers and P of every level, for rotated anisotropy), smoothers (of every point, for variable coefficients) or influence (P of black-box multigrid, for log-normal coefficients)
	Gamma     int    // 1 is a V-cycle, 2 a W-cycle
	Pre, Post int    // smoothing stencils of a level, or steps of Gauss–Seidel
	Steps     int    // of the optimiser; 0 is the usual number
	Hidden    int    // width of the hidden layers; 0 is the usual one
	Minimise  bool   // the smoothing steps of a level minimise the residual over the corrections by their stencils
	Seed      uint64
	Out       string
}

// MetaReport is what a training has made.
type MetaReport struct {
	Method     *method.Method
	Parameters int
	Steps      int
	// Digits are how many decimal digits a cycle takes off the error of training problems, the mean
	// of the last tenth of the steps; see [meta.Options].
	Digits  float64
	Wall    time.Duration
	Stopped bool // it was cancelled before its last step
}

// Train trains and writes the file. A training that is cancelled writes what it has learned, and
// returns the error of ctx with the report.
func (t Meta) Train(ctx context.Context, progress func(step, steps int, digits float64)) (r MetaReport, err error) {
	if err := CheckFile("out", t.Out, ".json"); err != nil {
		return r, err
	}
	switch {
	case t.Out == "":
		return r, Usagef("no --out; want a file for the method (.json)")
	case t.Gamma != 1 && t.Gamma != 2:
		return r, Usagef("--gamma %d; want 1 (a V-cycle) or 2 (a W-cycle)", t.Gamma)
	case t.Steps < 0:
		return r, Usagef("--steps %d; want 1 or more, or 0 for the usual number", t.Steps)
	case t.Hidden < 0 || t.Hidden > 64:
		return r, Usagef("--hidden %d; want 1 to 64, or 0 for the usual width", t.Hidden)
	case t.Minimise && (t.Emits == method.EmitsInfluence || t.Pre > 4 || t.Post > 4):
		return r, Usagef("--minimise with --emits %.60q --pre %d --post %d; want levels or smoothers, and at most 4 stencils on each side", t.Emits, t.Pre, t.Post)
	case t.Pre < 0 || t.Post < 0 || t.Pre+t.Post == 0 || t.Pre > 8 || t.Post > 8:
		return r, Usagef("--pre %d --post %d; want at least one smoothing step, and at most 8 on each side", t.Pre, t.Post)
	}
	var digits []float64
	all := 0
	o := meta.Options{Seed: t.Seed, Steps: t.Steps, Hidden: t.Hidden, Progress: func(step, steps int, now float64) {
		r.Steps, all = step, steps
		digits = append(digits, now)
		if progress != nil {
			progress(step, steps, now)
		}
	}}
	start := time.Now()
	m := &method.Method{Dim: 2, Gamma: t.Gamma, Repeat: method.Last}
	family := ""
	switch t.Emits {
	case method.EmitsLevels:
		m.Name, family = "levels by a network", "rotated, eps 0.001 to 1, theta 0 to 180"
		m.Network, err = meta.Levels(ctx, meta.Rotated, t.Pre, t.Post, o)
	case method.EmitsSmoothers:
		m.Name, family = "smoothers of every point by a network", "lognormal, lognormal-elements, checkerboard and rotated-field"
		m.Network, err = meta.Smoothers(ctx, meta.Variable, t.Pre, t.Post, o)
	case method.EmitsInfluence:
		m.Name, family = "black box, P by a network", "lognormal and lognormal-elements, each cell for itself or with a correlation length of 2 to 8 cells"
		m.Network, err = meta.Influence(ctx, meta.LogNormal, o)
		if err == nil {
			m.Network.Pre, m.Network.Post = t.Pre, t.Post
		}
	default:
		return r, Usagef("--emits %.60q; want %s, %s or %s", t.Emits, method.EmitsLevels, method.EmitsSmoothers, method.EmitsInfluence)
	}
	if err != nil {
		return r, err
	}
	r.Stopped = r.Steps < all
	m.Network.Minimise = t.Minimise
	r.Wall = time.Since(start)
	last := digits[len(digits)*9/10:]
	for _, d := range last {
		r.Digits += d / float64(len(last))
	}
	for _, p := range m.Network.Parts {
		for _, l := range p {
			r.Parameters += len(l.Bias) + len(l.Weights)*len(l.Weights[0])
		}
	}
	m.About = map[string]any{"family": family, "seed": float64(t.Seed), "steps": float64(r.Steps), "parameters": float64(r.Parameters)}
	r.Method = m
	if err := m.Write(t.Out); err != nil || !r.Stopped {
		return r, err
	}
	return r, ctx.Err()
}

// MetaComparison measures a method with a network on problems that its training has not seen.
type MetaComparison struct {
	File       string
	N          int  // cells a side
	Gamma      int  // 0 is that of the file
	Problems   int  // of variable coefficients
	Correlated bool // log-normal coefficients with a correlation length
	Trained    bool // also what is trained for each operator alone, and the best fixed stencils
	Seed       uint64
	Family     string // of a network that emits smoothers: lognormal, checkerboard or rotated-field
}

// MetaTable has a row for each method; the first is the network's.
type MetaTable struct {
	Problems []string
	N        int
	Gamma    int
	Rows     []meta.Row
}

// Run measures. progress says what is being done, in words. If ctx is cancelled the rows have the
// outcomes on the problems that are done, and come with the error of ctx; without any there are no
// rows.
func (c MetaComparison) Run(ctx context.Context, progress func(text string)) (t MetaTable, err error) {
	m, err := method.Read(c.File)
	if err != nil {
		return t, Usage(err)
	}
	switch {
	case m.Network == nil:
		return t, Usagef("%s has no network; want a method that mgtool meta train has made", cutTo(c.File, 60))
	case c.Family != "" && m.Network.Emits != method.EmitsSmoothers:
		return t, Usagef("--family %.60q for a network that emits %s; want one that emits %s, or no family", c.Family, m.Network.Emits, method.EmitsSmoothers)
	case c.Correlated && c.Family != "" && c.Family != "lognormal":
		return t, Usagef("--correlated with --family %.60q; want lognormal", c.Family)
	case c.Gamma != 0 && c.Gamma != 1 && c.Gamma != 2:
		return t, Usagef("--gamma %d; want 1 (a V-cycle) or 2 (a W-cycle)", c.Gamma)
	case c.N < 16 || c.N > 4096 || c.N&(c.N-1) != 0:
		return t, Usagef("--n %d; want a power of two, 16 to 4096", c.N)
	case c.Problems < 1 || c.Problems > 10000:
		return t, Usagef("--problems %d; want 1 to 10000", c.Problems)
	}
	if c.Gamma != 0 {
		m.Gamma = c.Gamma
	}
	t.N, t.Gamma = c.N, m.Gamma
	say := func(format string, values ...any) {
		if progress != nil {
			progress(fmt.Sprintf(format, values...))
		}
	}
	var list []meta.Contender
	o := meta.Options{Seed: c.Seed, Progress: func(step, steps int, digits float64) {
		say("best fixed stencils: step %d of %d, %.2f digits a cycle", step, steps, digits)
	}}
	switch m.Network.Emits {
	case method.EmitsInfluence:
		t.Problems = meta.UnseenLogNormal(c.Problems, c.Correlated)
		list, err = meta.InfluenceContenders(m)
	case method.EmitsSmoothers:
		var draw meta.Problems
		if t.Problems, draw, err = c.variable(); err != nil {
			return t, err
		}
		if !c.Trained {
			draw = nil
		}
		list, err = meta.SmootherContenders(ctx, m, draw, o)
	default:
		t.Problems = meta.UnseenRotated()
		list, err = meta.LevelContenders(ctx, m, c.Trained, o)
	}
	if err != nil {
		return t, err
	}
	if err := ctx.Err(); err != nil {
		return t, err
	}
	t.Rows, err = meta.Compare(ctx, t.Problems, c.N, list, func(done, of int) { say("problem %d of %d", done, of) })
	return t, err
}

// variable are the problems of a comparison of smoothers, and what draws others of their kind.
func (c MetaComparison) variable() (names []string, draw meta.Problems, err error) {
	switch c.Family {
	case "", "lognormal":
		return meta.UnseenLogNormal(c.Problems, c.Correlated), meta.LogNormal, nil
	case "checkerboard":
		return meta.UnseenBoards(c.Problems), meta.Boards, nil
	case "rotated-field":
		return meta.UnseenFields(c.Problems), meta.Fields, nil
	}
	return nil, nil, Usagef("--family %.60q; want lognormal, checkerboard or rotated-field", c.Family)
}
