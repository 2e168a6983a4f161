// Package report writes one HTML page on what a trained operator is worth: methods that differ
// in which operators of the cycle
//
//	u ← u + B (g − A u),   g' = R (g − A u),   u ← u + P u'
//
// are given and which are learned, side by side, with their true convergence factors, stencils,
// symbols, spectra and histories. The page is one file that needs no network and runs no
// script, in light and dark, for a projector, a phone and paper.
//
// The package measures nothing: [Report] holds the figures, as they also stand in JSON, and
// [Report.WriteHTML] sets them. A figure stands in the page as <data value="…">, with all its digits
// in the attribute.
package report

import "mgtool/multigrid/method"

// Report is what a page shows.
type Report struct {
	Title   string   `json:"title"`
	Made    Made     `json:"made"`
	Sizes   []int    `json:"sizes"` // cells a side of the unit square, smallest first
	RelTol  float64  `json:"rtol"`  // of the solves
	Repeats int      `json:"repeats"`
	Methods []Method `json:"methods"` // grouped by their cycle, the classical ones of a group first
	Waves   int      `json:"spectrum_cells"`
	PDE     *PDE     `json:"pde,omitempty"`
	Images  *Images  `json:"images,omitempty"`
}

// Made is where the figures come from.
type Made struct {
	Command  string `json:"command"`
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	System   string `json:"system"`
	Threads  int    `json:"threads"`
	Seed     uint64 `json:"seed"`
	// Date and Seconds, and the times of the methods, are all that another run changes.
	Date    string  `json:"date"`
	Seconds float64 `json:"seconds"`
}

// Method is a row of the first table with all that is known of it. Numbers that do not exist,
// as the cycles of a solve that failed, are nil.
type Method struct {
	Name    string   `json:"name"`
	Cycle   string   `json:"cycle"` // as in V(1,1)
	Learned bool     `json:"learned"`
	Source  string   `json:"source"`  // the file, or how the command names a classical method
	Numbers int      `json:"numbers"` // the different ones in its file: kernels, weights, a network; 0 without a file
	Note    string   `json:"note,omitempty"`
	Factors []Factor `json:"factors"` // one a size
	// Cycles until ‖r‖ ≤ RelTol ‖g‖ for a random g from u = 0 on the largest grid, the residuals
	// from the start, and the shortest time in seconds of a solve, without set-up.
	Cycles    *int      `json:"cycles"`
	Status    string    `json:"status"`
	Residuals []float64 `json:"residuals"`
	Solve     *float64  `json:"solve_s"`
	// Speedup is the time of the fastest classical method of the same cycle over that of this one:
	// above 1 it is faster.
	Speedup *float64 `json:"speedup"`
	// Digit is the time of a cycle over −log₁₀ of the factor on the largest grid, in seconds.
	Digit *float64 `json:"digit_s"`
	Parts []Part   `json:"operators,omitempty"`
	// Smoothing is the largest share of a wave with |θ| ≥ π/2 along some axis that all steps of
	// the finest level leave, ClassicalSmoothing that of as many steps of weighted Jacobi.
	Smoothing          *float64  `json:"smoothing_factor,omitempty"`
	ClassicalSmoothing *float64  `json:"classical_smoothing_factor,omitempty"`
	Spectrum           *Spectrum `json:"spectrum"`
}

// Factor is a convergence factor on n cells a side.
type Factor struct {
	N         int      `json:"n"`
	True      *float64 `json:"factor"` // the spectral radius of the cycle
	Cycles    int      `json:"cycles"` // of the power iteration
	Converged bool     `json:"converged"`
	// TenSweeps is ‖M¹⁰ z‖^{1/10} for z = ±1, M the error propagation: an estimate often quoted.
	TenSweeps *float64 `json:"ten_sweeps"`
}

// Part is an operator of a level, beside a classical one.
type Part struct {
	Level     int             `json:"level"`
	What      string          `json:"what"`
	Says      string          `json:"says,omitempty"`
	Stencil   *method.Stencil `json:"stencil"`
	Symbol    *Symbol         `json:"-"`
	Classical string          `json:"classical,omitempty"`
	Beside    *method.Stencil `json:"classical_stencil"`
	BesideMap *Symbol         `json:"-"`
	// Smoothing is the same of the steps of this side.
	Smoothing          *float64 `json:"smoothing_factor,omitempty"`
	ClassicalSmoothing *float64 `json:"classical_smoothing_factor,omitempty"`
}

// Symbol is a function of θ ∈ [−π, π]², as a picture: rows from the largest θ_y.
type Symbol struct {
	About  string
	Side   int       // values along each axis
	Values []float64 // Side² of them
	Most   float64   // where the colours end
	Ring   bool      // mark |θ| < π/2: it is a smoother's
}

// Spectrum is the error propagation E of one cycle on a small grid.
type Spectrum struct {
	// Eigenvalues are pairs of real and imaginary part, the largest modulus first.
	Eigenvalues [][2]float64 `json:"eigenvalues"`
	// After is the root mean square of the share of the wave sin(π k_x x) sin(π k_y y) in the
	// error after one cycle from a random error, in which all waves have the share 1; k_x first.
	After []float64 `json:"waves_after"`
}

// PDE is the table of mgtool compare pde.
type PDE struct {
	File    string   `json:"file"`
	Problem string   `json:"problem"`
	Sizes   []int    `json:"sizes"`
	Pre     int      `json:"pre"`
	Post    int      `json:"post"`
	Rows    []PDERow `json:"rows"`
	Worth   []Effect `json:"worth"` // one for each operator and size
}

// PDERow is a set of learned operators, over its seeds.
type PDERow struct {
	Cycle      string    `json:"cycle"`
	Parameters int       `json:"parameters"`
	Seeds      []uint64  `json:"seeds"`
	Mean       []float64 `json:"mean"` // of the factors on each size, geometric
	Low        []float64 `json:"low"`  // the smallest
	High       []float64 `json:"high"` // the largest
}

// Images is the table of mgtool compare vision --factorial.
type Images struct {
	File   string     `json:"file"`
	Data   string     `json:"data"`
	Epochs int        `json:"epochs"`
	Rows   []ImageRow `json:"rows"`
	Worth  []Effect   `json:"worth"` // in points of accuracy
}

// ImageRow is a classifier over its seeds.
type ImageRow struct {
	Block      string   `json:"block"`
	Switches   []string `json:"switches"` // of A, B, R, Π, σ, the norm and the mixing
	Parameters int      `json:"parameters"`
	Seeds      []uint64 `json:"seeds"`
	Accuracy   *float64 `json:"accuracy"`  // the mean, a fraction
	Deviation  *float64 `json:"deviation"` // of a seed; nil of a single one
}

// Effect is what a change brings, with its 95% interval, nil where that is unknown.
type Effect struct {
	About string   `json:"about"`
	N     int      `json:"n,omitempty"` // cells a side, of a PDE
	Value float64  `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	Runs  int      `json:"runs"` // of PDEs: pairs of rows
}
