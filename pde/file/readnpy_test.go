package file

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio"
	"gonum.org/v1/gonum/mat"

	"mgtool/internal/readertest"
	"mgtool/pde"
)

// npy is a file of version 1 with this literal and these bytes after it.
func npy(literal string, data ...byte) []byte {
	var b bytes.Buffer
	b.WriteString("\x93NUMPY\x01\x00")
	binary.Write(&b, binary.LittleEndian, uint16(len(literal)))
	b.WriteString(literal)
	b.Write(data)
	return b.Bytes()
}

func write(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "g.npy")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// What another program writes is g, row for row.
func TestReadNPY(t *testing.T) {
	const nx, ny = 4, 3
	m := mat.NewDense(ny+1, nx+1, nil)
	for j := range ny + 1 {
		for i := range nx + 1 {
			m.Set(j, i, float64(10*j+i))
		}
	}
	var b bytes.Buffer
	if err := npyio.Write(&b, m); err != nil {
		t.Fatal(err)
	}
	grid, err := pde.NewGrid([]int{nx, ny}, []float64{.5, 2})
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadNPY(write(t, b.Bytes()), grid)
	if err != nil {
		t.Fatal(err)
	}
	for j := range ny + 1 {
		for i := range nx + 1 {
			if got := p.G(.5*float64(i), 2*float64(j), 0); got != m.At(j, i) {
				t.Errorf("g at vertex (%d, %d) is %g; want %g", i, j, got, m.At(j, i))
			}
		}
	}
}

// A field that the project writes comes back, in every dimension and precision.
func TestReadNPYOfWritten(t *testing.T) {
	for dim := 1; dim <= 3; dim++ {
		grid, err := pde.Unit(dim, 6)
		if err != nil {
			t.Fatal(err)
		}
		f64, f32 := pde.NewField[float64](grid), pde.NewField[float32](grid)
		f64.Randomize(1)
		f32.Randomize(1)
		path := filepath.Join(t.TempDir(), "g.npy")
		for name, of := range map[string]struct {
			write func(string) error
			at    func(i, j, k int) float64
		}{
			"float64": {func(path string) error { return WriteNPY(path, f64) }, func(i, j, k int) float64 { return f64.Row(j, k)[i] }},
			"float32": {func(path string) error { return WriteNPY(path, f32) }, func(i, j, k int) float64 { return float64(f32.Row(j, k)[i]) }},
		} {
			if err := of.write(path); err != nil {
				t.Fatal(err)
			}
			p, err := ReadNPY(path, grid)
			if err != nil {
				t.Fatal(err)
			}
			for k := range grid.N[2] + 1 {
				for j := range grid.N[1] + 1 {
					for i := range grid.N[0] + 1 {
						if got := p.G(float64(i)/6, float64(j)/6, float64(k)/6); got != of.at(i, j, k) {
							t.Fatalf("%s, dimension %d: g at (%d, %d, %d) is %g; want %g", name, dim, i, j, k, got, of.at(i, j, k))
						}
					}
				}
			}
		}
	}
}

func TestReadNPYBigEndian(t *testing.T) {
	data := npy("{'descr': '>f4', 'fortran_order': False, 'shape': (3,), }", 0, 0, 0, 0, 0x3f, 0xc0, 0, 0, 0, 0, 0, 0)
	grid, _ := pde.Unit(1, 2)
	p, err := ReadNPY(write(t, data), grid)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.G(.5, 0, 0); got != 1.5 {
		t.Errorf("g is %g; want 1.5", got)
	}
}

func TestReadNPYErrors(t *testing.T) {
	grid, _ := pde.Unit(2, 2)
	values := make([]byte, 9*8)
	nan := bytes.Clone(values)
	binary.LittleEndian.PutUint64(nan[8:], math.Float64bits(math.NaN()))
	header := func(descr, order, shape string) string {
		return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr, order, shape)
	}
	for want, data := range map[string][]byte{
		"not a NumPy file":       []byte("P5 3 3 255"),
		"version 9":              []byte("\x93NUMPY\x09\x00"),
		"cut off":                []byte("\x93NUMPY\x01\x00\xff\xff{"),
		"without the type":       npy("{}"),
		"Fortran order":          npy(header("<f8", "True", "(3, 3)"), values...),
		"type <i8; want float32": npy(header("<i8", "False", "(3, 3)"), values...),
		"(5, 5); want (3, 3), one value a vertex, or a grid of 4 cells a side": npy(header("<f8", "False", "(5, 5)"), values...),
		"shape (3,); want (3, 3)":          npy(header("<f8", "False", "(3,)"), values...),
		"99999999999999999999":             npy(header("<f8", "False", "(99999999999999999999,)"), values...),
		"0 axes":                           npy(header("<f8", "False", "()"), values...),
		"ends before the last of 9 values": npy(header("<f8", "False", "(3, 3)"), values[:70]...),
		"bytes follow the last of 9":       npy(header("<f8", "False", "(3, 3)"), append(values, 0)...),
		"value 1 is NaN":                   npy(header("<f8", "False", "(3, 3)"), nan...),
	} {
		if _, err := ReadNPY(write(t, data), grid); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one with %q", err, want)
		}
	}
	if _, err := ReadNPY("nowhere.npy", grid); err == nil || !strings.Contains(err.Error(), "nowhere.npy") {
		t.Errorf("no file: error %v; want its name", err)
	}
}

// A file that is accepted has finite values at all vertices, in memory of the order of
// the grid, whatever the header says.
func FuzzReadNPY(f *testing.F) {
	f.Add(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3), }", make([]byte, 72)...))
	f.Add(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (3, 3), }", make([]byte, 36)...))
	f.Add(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000000000), }"))
	f.Add([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"))
	grid, err := pde.Unit(2, 2)
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(f.TempDir(), "g.npy")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		var p pde.Problem
		// Four megabytes: some hundred kilobytes may be counted late, of earlier inputs.
		err := readertest.Read(t, 4<<20, func() (err error) { p, err = ReadNPY(path, grid); return err })
		if err != nil {
			return
		}
		for j := range 3 {
			for i := range 3 {
				if v := p.G(float64(i)/2, float64(j)/2, 0); math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("g is %g at vertex (%d, %d)", v, i, j)
				}
			}
		}
	})
}
