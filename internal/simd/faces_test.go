package simd

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// The assembly reads the fields of Faces at these offsets.
func TestFacesOffsets(t *testing.T) {
	var s Faces[float64]
	for i, at := range []uintptr{
		unsafe.Offsetof(s.U), unsafe.Offsetof(s.G), unsafe.Offsetof(s.West), unsafe.Offsetof(s.South), unsafe.Offsetof(s.North),
		unsafe.Offsetof(s.Below), unsafe.Offsetof(s.Above), unsafe.Offsetof(s.FaceSouth), unsafe.Offsetof(s.FaceNorth),
		unsafe.Offsetof(s.FaceBelow), unsafe.Offsetof(s.FaceAbove), unsafe.Offsetof(s.C), unsafe.Offsetof(s.Out), unsafe.Offsetof(s.Ahead), unsafe.Offsetof(s.Ahead2), unsafe.Offsetof(s.W),
	} {
		if at != uintptr(8*i) {
			t.Errorf("field %d is at %d, want %d", i, at, 8*i)
		}
	}
	if single := (Faces[float32]{}); unsafe.Offsetof(single.W) != unsafe.Offsetof(s.W) {
		t.Errorf("W of float32 is at %d, want %d", unsafe.Offsetof(single.W), unsafe.Offsetof(s.W))
	}
}

// facesCase is a row with all its neighbours.
type facesCase[T Real] struct {
	s     Faces[T]
	lines map[**T]*line[T] // by the field that addresses it
	out   *line[T]
}

func newFacesCase[T Real](rng *rand.Rand, points, n int, reaction, inPlace bool) *facesCase[T] {
	c := &facesCase[T]{lines: map[**T]*line[T]{}, out: newLine[T](rng, n)}
	c.s.W, c.s.N = T(rng.Float64()), n
	values, coefficients := []**T{&c.s.U, &c.s.G}, []**T{&c.s.West}
	if points > 3 {
		values, coefficients = append(values, &c.s.South, &c.s.North), append(coefficients, &c.s.FaceSouth, &c.s.FaceNorth)
	}
	if points > 5 {
		values, coefficients = append(values, &c.s.Below, &c.s.Above), append(coefficients, &c.s.FaceBelow, &c.s.FaceAbove)
	}
	if reaction {
		coefficients = append(coefficients, &c.s.C)
	}
	for _, p := range append(values, coefficients...) {
		c.lines[p] = newLine[T](rng, n)
		*p = c.lines[p].first()
	}
	for _, p := range coefficients {
		for i := -1; i <= n; i++ {
			c.lines[p].set(i, T(.5+rng.Float64()))
		}
	}
	if inPlace {
		c.out = c.lines[&c.s.U]
	}
	c.s.Out = c.out.first()
	return c
}

// terms are the products that make r[i], and D[i].
func (c *facesCase[T]) terms(i int) (list [][2]float64, diagonal float64) {
	u := c.lines[&c.s.U]
	list = [][2]float64{{1, c.lines[&c.s.G].old(i)}}
	face := func(f *line[T], at int, v *line[T], j int) {
		list = append(list, [2]float64{-f.old(at), u.old(i)}, [2]float64{f.old(at), v.old(j)})
		diagonal += f.old(at)
	}
	west := c.lines[&c.s.West]
	face(west, i, u, i-1)
	face(west, i+1, u, i+1)
	if c.s.South != nil {
		face(c.lines[&c.s.FaceSouth], i, c.lines[&c.s.South], i)
		face(c.lines[&c.s.FaceNorth], i, c.lines[&c.s.North], i)
	}
	if c.s.Below != nil {
		face(c.lines[&c.s.FaceBelow], i, c.lines[&c.s.Below], i)
		face(c.lines[&c.s.FaceAbove], i, c.lines[&c.s.Above], i)
	}
	if c.s.C != nil {
		list = append(list, [2]float64{-c.lines[&c.s.C].old(i), u.old(i)})
		diagonal += c.lines[&c.s.C].old(i)
	}
	return list, diagonal
}

// unchangedBut holds all rows but out to what they were.
func (c *facesCase[T]) unchangedBut(t *testing.T, what string) {
	t.Helper()
	for _, l := range c.lines {
		if l != c.out {
			l.check(t, what, 0, unchanged)
		}
	}
}

func TestFaces(t *testing.T) { eachReal(t, testFaces[float32], testFaces[float64]) }

func testFaces[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(5, 1))
	// Of r, and of u twice: in the sum and in its definition. Roundings of a term of r: the difference, the product, seven sums, one in the definition.
	const roundings = 12
	for _, n := range lengths() {
		for _, points := range []int{3, 5, 7} {
			for _, reaction := range []bool{false, true} {
				what := fmt.Sprintf("%d points, %d values, reaction %t", points, n, reaction)
				c := newFacesCase[T](rng, points, n, reaction, false)
				sum := k.ResidualFaces(&c.s)
				c.out.check(t, "residual, "+what, roundings, func(i int) ([][2]float64, bool) {
					list, _ := c.terms(i)
					return list, true
				})
				want := 0.0
				for i := range n {
					want += float64(c.out.get(i)) * float64(c.out.get(i))
				}
				if !(math.Abs(sum-want) <= 2e3/(1<<53)*want) {
					t.Fatalf("%s: Σ r² = %v, want %v", what, sum, want)
				}
				c.unchangedBut(t, what)
				for first := range 3 {
					c := newFacesCase[T](rng, points, n, reaction, first != Every)
					relaxed := func(i int) bool { return first == Every || i%2 == first }
					old := append([]T(nil), c.out.all...)
					k.RelaxFaces(&c.s, first)
					for i := range n {
						u := float64(c.lines[&c.s.U].old(i))
						if !relaxed(i) {
							if float64(c.out.get(i)) != u {
								t.Fatalf("%s, from %d: value %d changed", what, first, i)
							}
							continue
						}
						list, d := c.terms(i)
						r, abs := exact(list)
						w := float64(c.s.W)
						if got, bound := float64(c.out.get(i)), unitOf[T]()*(2*math.Abs(u)+24*w*abs/d); !(math.Abs(got-(u+w*r/d)) <= bound) {
							t.Fatalf("%s, from %d: value %d is %v, want %v within %.2g", what, first, i, got, u+w*r/d, bound)
						}
					}
					c.unchangedBut(t, what)
					made := append([]T(nil), c.out.all...)
					copy(c.out.all, old)
					rr, uu := k.RelaxFacesNorms(&c.s, first)
					wantR, wantU, size := new(big.Float), 0.0, 0.0
					for i := range n {
						if bits(c.out.get(i)) != bits(made[c.out.at+i]) {
							t.Fatalf("%s, from %d: value %d is %v with norms, %v without", what, first, i, c.out.get(i), made[c.out.at+i])
						}
						wantU += float64(c.out.get(i)) * float64(c.out.get(i))
						if relaxed(i) {
							list, _ := c.terms(i)
							r, abs := exact(list)
							wantR.Add(wantR, big.NewFloat(r*r))
							size += abs * abs
						}
					}
					if r, _ := wantR.Float64(); !(math.Abs(rr-r) <= 30*unitOf[T]()*size) || !(math.Abs(uu-wantU) <= 2e3/(1<<53)*wantU) {
						t.Fatalf("%s, from %d: Σ r² = %v and Σ u² = %v, want %v and %v", what, first, rr, uu, r, wantU)
					}
				}
			}
		}
	}
	c := newFacesCase[T](rng, 7, 1, true, true)
	c.s.N = 0
	k.RelaxFaces(&c.s, 0)
	if rr, uu := k.RelaxFacesNorms(&c.s, 0); rr != 0 || uu != 0 || k.ResidualFaces(&c.s) != 0 {
		t.Error("sums of no values are not 0")
	}
	c.out.check(t, "no values", 0, unchanged)
}

// A value has the same bits in a longer row and alone.
func TestFacesCut(t *testing.T) { eachReal(t, testFacesCut[float32], testFacesCut[float64]) }

func testFacesCut[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(5, 2))
	for _, points := range []int{3, 5, 7} {
		const n = 531
		c := newFacesCase[T](rng, points, n, true, false)
		residual := make([]T, n)
		k.ResidualFaces(&c.s)
		for i := range residual {
			residual[i] = c.out.get(i)
		}
		k.RelaxFaces(&c.s, Every)
		for i := range n {
			one := c.s
			var out T
			one.N, one.Out = 1, &out
			for _, p := range []**T{&one.U, &one.G, &one.West, &one.South, &one.North, &one.Below, &one.Above,
				&one.FaceSouth, &one.FaceNorth, &one.FaceBelow, &one.FaceAbove, &one.C} {
				if *p != nil {
					*p = value(*p, i)
				}
			}
			k.RelaxFaces(&one, 0)
			relaxed := out
			k.ResidualFaces(&one)
			if bits(relaxed) != bits(c.out.get(i)) || bits(out) != bits(residual[i]) {
				t.Fatalf("%d points: value %d is %v and %v in a row, %v and %v alone", points, i, c.out.get(i), residual[i], relaxed, out)
			}
		}
	}
}

// A NaN reaches its neighbours and no further.
func TestFacesNaN(t *testing.T) { eachReal(t, testFacesNaN[float32], testFacesNaN[float64]) }

func testFacesNaN[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(5, 3))
	for n := 1; n <= 40; n++ {
		for bad := -1; bad <= n; bad++ {
			c := newFacesCase[T](rng, 5, n, false, false)
			c.lines[&c.s.U].set(bad, T(math.NaN()))
			k.RelaxFaces(&c.s, Every)
			for i := range n {
				if v, want := c.out.get(i), i >= bad-1 && i <= bad+1; (v != v) != want {
					t.Fatalf("NaN at %d of %d: value %d is %v", bad, n, i, v)
				}
			}
		}
	}
}

func BenchmarkFaces(b *testing.B) {
	for _, k := range All() {
		k64 := Grid[float64](k)
		for _, n := range []int{32, 512, 4096} {
			r, j := rows8[float64](n), 0
			f := rows8[float64](n)
			for _, row := range f {
				for i := range n + 1 {
					*value(row, i) = 1
				}
			}
			s := Faces[float64]{W: 1, N: n}
			for _, points := range []int{5, 7} {
				turn := func() *Faces[float64] {
					j++
					s.U, s.G, s.West = r[j&7], r[(j+3)&7], f[j&7]
					s.Out = s.U
					s.South, s.North, s.FaceSouth, s.FaceNorth = r[(j-1)&7], r[(j+1)&7], f[(j+1)&7], f[(j+2)&7]
					if points == 7 {
						s.Below, s.Above, s.FaceBelow, s.FaceAbove = r[(j-2)&7], r[(j+2)&7], f[(j+3)&7], f[(j+4)&7]
					}
					return &s
				}
				benchmark(b, fmt.Sprint(k.Name, "/relax", points), n, func() { k64.RelaxFaces(turn(), j>>3&1) })
				benchmark(b, fmt.Sprint(k.Name, "/residual", points), n, func() { s := turn(); s.Out = r[(j+4)&7]; k64.ResidualFaces(s) })
			}
		}
	}
}
