// Package method holds multigrid methods as values and as files: kernels that smooth, restrict,
// prolong and stand for A, level by level. Whether they are classical or learned makes no
// difference to the solver, which runs both:
//
//	u  ←  u + K ∗ (r/D),   r = g − A u,   D = diag A      for each step before
//	g' =  R r,   A' u' ≈ g' by the next level,   u ← u + P u'
//	u  ←  u + K ∗ (r/D)                                   for each step after
//
// with (K ∗ v)(x) = Σ_o K_o v(x+o). Kernels have no units: they act on r/D, and a coarse A is D
// of the finer level times its kernel. So what was learned on one mesh serves any other.
//
// A file is one JSON object; see [Method] for its keys, and docs/methods.md.
package method

// Method is a multigrid method whose operators are kernels, level by level. The keys of its file
// are the names of the fields in lower case, with "format" and "version".
type Method struct {
	Name     string         `json:"name"`               // for people
	Dim      int            `json:"dim"`                // 1, 2 or 3
	Gamma    int            `json:"gamma"`              // 1 is a V-cycle, 2 a W-cycle
	Levels   []Level        `json:"levels,omitempty"`   // finest first; at least one
	Repeat   Repeat         `json:"repeat"`             // what levels deeper than the list take
	Network  *Network       `json:"network,omitempty"`  // emits the levels, of which the method then has none
	Operator *Stencil       `json:"operator,omitempty"` // the constant finest A it was made for, over its diagonal; nil is any
	About    map[string]any `json:"about,omitempty"`    // where it comes from: family, seed, objective, factor …
}

// Repeat says what levels deeper than the list of a method take.
type Repeat string

const (
	Last   Repeat = "last"   // the last level of the list, again and again
	Cyclic Repeat = "cyclic" // the list from its beginning
)

// Level is what is done on a level, and the way to the next coarser one.
type Level struct {
	Pre          []Step   `json:"pre,omitempty"`  // smoothing before the coarse correction
	Post         []Step   `json:"post,omitempty"` // smoothing after it
	Restriction  Transfer `json:"restriction"`
	Prolongation Transfer `json:"prolongation"`
	Coarse       Coarse   `json:"coarse"` // A of the next coarser level
}

// Step is one correction of u. It is exactly one of four: u += K ∗ (r/D) with the stencil K;
// u += ω r/D with the weight Jacobi; Gauss–Seidel colour by colour, with a weight for each; or
// corrections by stencils one after another, and then as far along each of them as makes ‖r‖
// smallest, so that the cycle is not linear ([multigrid.MinimalResidual]).
type Step struct {
	Stencil *Stencil `json:"stencil,omitempty"` // 3 or 5 wide
	Jacobi  float64  `json:"jacobi,omitempty"`
	// Colours are red and black where A is a star of 2d+1 points, else 2^d, by the parities of
	// the indices. A single weight is that of all colours.
	Colours []float64 `json:"colours,omitempty"`
	// Minimise are one to four stencils, 3 or 5 wide.
	Minimise []*Stencil `json:"minimise,omitempty"`
}

// Transfer is R or P, by its name or by its kernel, 3 wide. With a kernel, and the coarse vertex
// m at the fine vertex 2m,
//
//	(R r)(m) = Σ_o R_o r(2m+o),      (P e)(2m+o) = … + P_o e(m)  summed over m and o.
type Transfer struct {
	Name    string
	Stencil *Stencil
}

// Names of transfers.
const (
	FullWeighting = "full-weighting" // R: ¼ ½ ¼ along each axis
	Transpose     = "transpose"      // R = Pᵀ/2^d, which of linear interpolation is full weighting
	Linear        = "linear"         // P: ½ 1 ½ along each axis
	BlackBox      = "blackbox"       // P from the rows of A (Dendy), point by point
)

// Coarse is A of the next coarser level, by its name or by its kernel, 3 wide, which D of this
// level multiplies: (A' u)(m) = D(2m) Σ_o K_o u(m+o).
type Coarse struct {
	Name    string
	Stencil *Stencil
}

// Names of coarse operators.
const (
	Galerkin      = "galerkin"      // A' = R A P
	Rediscretized = "rediscretized" // the equation discretised anew
)

// Stencil has Width^Dim weights, x fastest: Weights[(oz·Width + oy)·Width + ox] belongs to the
// offset (ox, oy, oz) − ⌊Width/2⌋. In a file it is nested lists, the outermost the last axis.
type Stencil struct {
	Dim, Width int
	Weights    []float64
}
