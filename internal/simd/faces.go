package simd

// Stencils of three, five and seven points with a coefficient for every face between
// neighbours, applied to one row of a grid.

import "unsafe"

// Faces is one row of the residual of −∇·(a ∇u) + c u = g and of its relaxation,
//
//	r[i] = G[i] − West[i]·(U[i] − U[i−1])         − West[i+1]·(U[i] − U[i+1])
//	            − FaceSouth[i]·(U[i] − South[i])  − FaceNorth[i]·(U[i] − North[i])
//	            − FaceBelow[i]·(U[i] − Below[i])  − FaceAbove[i]·(U[i] − Above[i])  − C[i]·U[i]
//	D[i] = West[i] + West[i+1] + FaceSouth[i] + … + C[i]
//
// for 0 ≤ i < N. Each pointer addresses the first interior value of its row; U[−1], U[N]
// and West[N] are read too. West holds the faces before the values of the row, FaceSouth
// those between the row South and this one, FaceNorth those between this one and North. If
// Below is nil, the stencil has the five points of two dimensions, and if South is nil too
// the three of one. A nil C is 0.
//
// The terms are subtracted from G in this order by fused multiply-adds, so plain Go rounds
// differently. The bits of a value depend neither on its place in the row nor on N. Reuse a
// Faces for many rows, as a Stencil. The assembly reads the fields up to W.
type Faces[T Real] struct {
	U, G, West           *T
	South, North         *T
	Below, Above         *T
	FaceSouth, FaceNorth *T
	FaceBelow, FaceAbove *T
	C                    *T
	Out                  *T
	Ahead, Ahead2        *T // to prefetch, as in Stencil
	W                    T
	N                    int // number of values
}

// facesKernels are the loops behind the methods by points: 3, 5 and 7. s is a *Faces.
type facesKernels struct {
	relaxFaces      [3]func(s *byte, first, n int, mask *int32)
	relaxNormsFaces [3]func(s *byte, first, n int, mask *int32) (rr, uu float64)
	residualFaces   [3]func(s *byte, n int, mask *int32) float64
}

// Every as the first value to relax stands for all.
const Every = 2

// points is the index of the loops for s.
func (s *Faces[T]) points() int {
	switch {
	case s.Below != nil:
		return 2
	case s.South != nil:
		return 1
	}
	return 0
}

// RelaxFaces sets Out[i] = U[i] + W·r[i]/D[i] for i = first, first+2, … < N, one colour of
// a red-black relaxation, or with [Every] for all i; the other values of Out are those of
// U. first is 0, 1 or Every; Out may be U unless it is Every. RelaxFaces also prefetches the
// rows at Ahead and Ahead2.
func (k *GridKernels[T]) RelaxFaces(s *Faces[T], first int) {
	if s.N > 0 {
		k.relaxFaces[s.points()]((*byte)(unsafe.Pointer(s)), first, s.N, k.mask(s.N))
	}
}

// RelaxFacesNorms is RelaxFaces, with the same bits, and returns Σ r[i]² over the values
// that are relaxed, before they are, and Σ Out[i]² over all, summed in float64.
func (k *GridKernels[T]) RelaxFacesNorms(s *Faces[T], first int) (rr, uu float64) {
	if s.N <= 0 {
		return 0, 0
	}
	return k.relaxNormsFaces[s.points()]((*byte)(unsafe.Pointer(s)), first, s.N, k.mask(s.N))
}

// ResidualFaces sets Out[i] = r[i] for all i and returns Σ r[i]², summed in float64. Out
// may be any of the other rows except U and West.
func (k *GridKernels[T]) ResidualFaces(s *Faces[T]) float64 {
	if s.N <= 0 {
		return 0
	}
	return k.residualFaces[s.points()]((*byte)(unsafe.Pointer(s)), s.N, k.mask(s.N))
}
