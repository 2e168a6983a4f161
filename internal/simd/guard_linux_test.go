package simd

import (
	"syscall"
	"testing"
	"unsafe"
)

// guardPages is memory for rows of one page each, between guard pages, which fault when
// touched.
type guardPages struct {
	page  int
	pages []byte
}

const guardedRows = 14

func newGuarded(t *testing.T) *guardPages {
	g := &guardPages{page: syscall.Getpagesize()}
	var err error
	g.pages, err = syscall.Mmap(-1, 0, (2*guardedRows+1)*g.page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(g.pages); err != nil {
			t.Error(err)
		}
	})
	for i := range guardedRows + 1 {
		if err := syscall.Mprotect(g.pages[2*i*g.page:][:g.page], syscall.PROT_NONE); err != nil {
			t.Skip(err)
		}
	}
	return g
}

// between is the first of n values on page i, which begin right after a guard page or end
// right before one.
func between[T Real](g *guardPages, i, n int, end bool) *T {
	at := (2*i + 1) * g.page
	if end {
		at += g.page - n*int(unsafe.Sizeof(T(0)))
	}
	return (*T)(unsafe.Pointer(&g.pages[at]))
}

// Masked loads and those of neighbours neither read nor write beyond the rows.
func TestGuardPages(t *testing.T) { eachReal(t, testGuardPages[float32], testGuardPages[float64]) }

func testGuardPages[T Real](t *testing.T, k *GridKernels[T]) {
	g := newGuarded(t)
	for n := 1; n <= 70; n++ {
		for _, end := range []bool{false, true} {
			inside := func(i int) *T { return between[T](g, i, n, end) }
			wide := func(i int) *T { return value(between[T](g, i, n+2, end), 1) } // with the boundary
			fine := func(i int) *T { return between[T](g, i, 2*n+1, end) }
			s := Stencil[T]{U: wide(0), G: inside(1), South: inside(2), North: inside(3), Out: inside(6), A: 1, X: 1, N: n}
			for range 2 {
				k.Relax(&s, 0)
				k.Relax(&s, 1)
				k.Map(&s)
				k.Norms(&s)
				s.Below, s.Above = inside(4), inside(5)
			}
			k.Restrict(inside(0), fine(1), fine(2), fine(3), 1, n)
			k.RestrictAdd(inside(0), fine(1), fine(2), fine(3), 1, n)
			k.Prolong(fine(0), wide(1), wide(2), n)
			k.ProlongCubic(fine(0), wide(1), n)
			pairs := func(i int) *T { return between[T](g, i, 2*n, end) }
			k.RestrictCells(inside(0), pairs(1), pairs(2), 1, n)
			k.RestrictCellsAdd(inside(0), pairs(1), pairs(2), 1, n)
			k.ProlongCells(pairs(0), wide(1), wide(2), 1, 1, n)
			k.Average(inside(0), inside(1), inside(2), n)
			k.Combine4(inside(0), inside(1), inside(2), inside(3), inside(4), 1, 1, 1, 1, n)
			k.AddScaled(inside(0), 1, inside(1), n)
			k.Dot(inside(0), inside(1), n)

			nine := Nine[T]{Out: inside(0), Base: inside(1), Rows: [3]*T{wide(2), wide(3), wide(4)}, S: 1, N: n}
			varying := Varying[T]{Out: nine.Out, Base: nine.Base, Rows: nine.Rows, S: 1, W: 1, N: n}
			for i := range varying.C {
				varying.C[i] = inside(5 + i)
			}
			for range 2 {
				k.MapNine(&nine)
				k.RelaxNine(&nine, 0)
				k.RelaxNine(&nine, 1)
				k.MapVarying(&varying)
				for i := range nine.Rows {
					nine.Rows[i] = value(fine(2+i), 1)
				}
				k.RestrictNine(&nine)
				nine.Base, varying.Base, nine.Rows = nil, nil, varying.Rows
			}
			before := func(i int) *T { return between[T](g, i, n+1, end) } // the faces of a row
			faces := Faces[T]{U: wide(0), G: inside(1), West: before(2), Out: wide(0), W: 1, N: n}
			for range 3 {
				k.RelaxFaces(&faces, 0)
				k.RelaxFacesNorms(&faces, 1)
				k.ResidualFaces(&Faces[T]{U: faces.U, G: faces.G, West: faces.West, South: faces.South, North: faces.North, Below: faces.Below, Above: faces.Above,
					FaceSouth: faces.FaceSouth, FaceNorth: faces.FaceNorth, FaceBelow: faces.FaceBelow, FaceAbove: faces.FaceAbove, C: faces.C, Out: inside(11), N: n})
				if faces.South != nil {
					faces.Below, faces.Above, faces.FaceBelow, faces.FaceAbove, faces.C = inside(7), inside(8), inside(9), inside(10), inside(12)
				}
				faces.South, faces.North, faces.FaceSouth, faces.FaceNorth = inside(3), inside(4), inside(5), inside(6)
			}
			k.CopyColour(inside(0), inside(1), 0, n)
			k.CopyColour(inside(0), inside(1), 1, n)
			k.ProlongNine(inside(0), value(between[T](g, 1, (n+1)/2+1, end), 1), value(between[T](g, 2, (n+1)/2+1, end), 1), new([6]T), n)
		}
	}
}

func TestGuardPagesMixed(t *testing.T) {
	g := newGuarded(t)
	for _, k := range All() {
		for n := 1; n <= 70; n++ {
			for _, end := range []bool{false, true} {
				k.ToSingle(between[float32](g, 0, n, end), between[float64](g, 1, n, end), 1, n)
				k.AddSingle(between[float64](g, 1, n, end), between[float32](g, 0, n, end), 1, n)
			}
		}
	}
}
