package simd

import (
	"syscall"
	"testing"
	"unsafe"
)

// fences is memory of one page a row between pages that may not be touched.
type fences struct {
	page  int
	pages []byte
}

const fencedRows = 14

func newFences(t *testing.T) *fences {
	f := &fences{page: syscall.Getpagesize()}
	var err error
	f.pages, err = syscall.Mmap(-1, 0, (2*fencedRows+1)*f.page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(f.pages); err != nil {
			t.Error(err)
		}
	})
	for i := range fencedRows + 1 {
		if err := syscall.Mprotect(f.pages[2*i*f.page:][:f.page], syscall.PROT_NONE); err != nil {
			t.Skip(err)
		}
	}
	return f
}

// fenced is the first of n values on page i that start right after a fence, or
// end right before one.
func fenced[T Real](f *fences, i, n int, end bool) *T {
	at := (2*i + 1) * f.page
	if end {
		at += f.page - n*int(unsafe.Sizeof(T(0)))
	}
	return (*T)(unsafe.Pointer(&f.pages[at]))
}

// Nothing beyond the rows is read or written: not by masked loads, nor by those
// that look at neighbours.
func TestFences(t *testing.T) { eachReal(t, testFences[float32], testFences[float64]) }

func testFences[T Real](t *testing.T, k *GridKernels[T]) {
	f := newFences(t)
	for n := 1; n <= 70; n++ {
		for _, end := range []bool{false, true} {
			inside := func(i int) *T { return fenced[T](f, i, n, end) }
			wide := func(i int) *T { return value(fenced[T](f, i, n+2, end), 1) } // with the boundary
			fine := func(i int) *T { return fenced[T](f, i, 2*n+1, end) }
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
			k.CopyColour(inside(0), inside(1), 0, n)
			k.CopyColour(inside(0), inside(1), 1, n)
			k.ProlongNine(inside(0), value(fenced[T](f, 1, (n+1)/2+1, end), 1), value(fenced[T](f, 2, (n+1)/2+1, end), 1), new([6]T), n)
		}
	}
}

func TestFencesMixed(t *testing.T) {
	f := newFences(t)
	for _, k := range All() {
		for n := 1; n <= 70; n++ {
			for _, end := range []bool{false, true} {
				k.ToSingle(fenced[float32](f, 0, n, end), fenced[float64](f, 1, n, end), 1, n)
				k.AddSingle(fenced[float64](f, 1, n, end), fenced[float32](f, 0, n, end), 1, n)
			}
		}
	}
}
