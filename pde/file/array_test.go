package file

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
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

// literal is what NumPy says of an array.
func literal(descr, fortran, shape string) string {
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr, fortran, shape)
}

// packed is numbers in memory.
func packed(order binary.ByteOrder, numbers any) []byte {
	var b bytes.Buffer
	if err := binary.Write(&b, order, numbers); err != nil {
		panic(err)
	}
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

var twoByThree = Shape{[]int{2, 3}, "one value a vertex"}

// Every type and layout of the same numbers gives the same values.
func TestReadArrayOfEveryType(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	want := []float64{0, 1, 2, 3, 4, 5}
	for name, data := range map[string][]byte{
		"<f8":  npy(literal("<f8", "False", "(2, 3)"), packed(little, []float64{0, 1, 2, 3, 4, 5})...),
		">f8":  npy(literal(">f8", "False", "(2, 3)"), packed(big, []float64{0, 1, 2, 3, 4, 5})...),
		"<f4":  npy(literal("<f4", "False", "(2, 3)"), packed(little, []float32{0, 1, 2, 3, 4, 5})...),
		">f4":  npy(literal(">f4", "False", "(2, 3)"), packed(big, []float32{0, 1, 2, 3, 4, 5})...),
		"|i1":  npy(literal("|i1", "False", "(2, 3)"), 0, 1, 2, 3, 4, 5),
		"|u1":  npy(literal("|u1", "False", "(2, 3)"), 0, 1, 2, 3, 4, 5),
		"<i2":  npy(literal("<i2", "False", "(2, 3)"), packed(little, []int16{0, 1, 2, 3, 4, 5})...),
		">u2":  npy(literal(">u2", "False", "(2, 3)"), packed(big, []uint16{0, 1, 2, 3, 4, 5})...),
		"<i4":  npy(literal("<i4", "False", "(2, 3)"), packed(little, []int32{0, 1, 2, 3, 4, 5})...),
		">i4":  npy(literal(">i4", "False", "(2, 3)"), packed(big, []int32{0, 1, 2, 3, 4, 5})...),
		"<u4":  npy(literal("<u4", "False", "(2, 3)"), packed(little, []uint32{0, 1, 2, 3, 4, 5})...),
		"<i8":  npy(literal("<i8", "False", "(2, 3)"), packed(little, []int64{0, 1, 2, 3, 4, 5})...),
		">u8":  npy(literal(">u8", "False", "(2, 3)"), packed(big, []uint64{0, 1, 2, 3, 4, 5})...),
		"F":    npy(literal("<f8", "True", "(2, 3)"), packed(little, []float64{0, 3, 1, 4, 2, 5})...),
		"long": npy(literal("<f8", "False", "(2L, 3L)"), packed(little, []float64{0, 1, 2, 3, 4, 5})...),
		"2.0":  slices.Concat([]byte("\x93NUMPY\x02\x00\x3b\x00\x00\x00"), []byte(fmt.Sprintf("%-59s", literal("<f8", "False", "(2, 3)"))), packed(little, []float64{0, 1, 2, 3, 4, 5})),
		"3.0":  slices.Concat([]byte("\x93NUMPY\x03\x00\x3b\x00\x00\x00"), []byte(fmt.Sprintf("%-59s", literal("<f8", "False", "(2, 3)"))), packed(little, []float64{0, 1, 2, 3, 4, 5})),
	} {
		got, err := ReadArray(write(t, data), twoByThree)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
	negative := npy(literal("<i4", "False", "(2,)"), packed(little, []int32{-7, math.MinInt32})...)
	if got, err := ReadArray(write(t, negative), Shape{[]int{2}, "one"}); err != nil || got[0] != -7 || got[1] != math.MinInt32 {
		t.Errorf("negative integers: %v, %v", got, err)
	}
}

// An array of three axes in Fortran order.
func TestReadArrayFortran(t *testing.T) {
	var data []float64 // of element [k, j, i], k fastest: its place in C order
	for i := range 4 {
		for j := range 3 {
			for k := range 2 {
				data = append(data, float64((k*3+j)*4+i))
			}
		}
	}
	got, err := ReadArray(write(t, npy(literal("<f8", "True", "(2, 3, 4)"), packed(binary.LittleEndian, data)...)), Shape{[]int{2, 3, 4}, "one"})
	if err != nil {
		t.Fatal(err)
	}
	for n, v := range got {
		if v != float64(n) {
			t.Fatalf("%v; want 0, 1, 2…", got)
		}
	}
}

// What another program writes comes row for row.
func TestReadArrayOfAnother(t *testing.T) {
	m := mat.NewDense(4, 5, nil)
	var want []float64
	for j := range 4 {
		for i := range 5 {
			m.Set(j, i, float64(10*j+i))
			want = append(want, float64(10*j+i))
		}
	}
	var b bytes.Buffer
	if err := npyio.Write(&b, m); err != nil {
		t.Fatal(err)
	}
	grid, err := pde.NewGrid([]int{4, 3}, []float64{.5, 2})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ReadArray(write(t, b.Bytes()), PointShape(grid)); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

// The closed box of any grid is written and comes back, in both precisions, alone and in
// an archive with its coordinates.
func TestReadArrayOfWritten(t *testing.T) {
	neumann := [2]pde.Boundary{pde.Neumann, pde.Neumann}
	for name, change := range map[string]func(g *pde.Grid){
		"vertices": func(*pde.Grid) {},
		"cells":    func(g *pde.Grid) { g.Cells = true },
		"Neumann":  func(g *pde.Grid) { g.Sides = [3][2]pde.Boundary{neumann, {pde.Dirichlet, pde.Neumann}, neumann} },
		"periodic": func(g *pde.Grid) { g.Sides[0] = [2]pde.Boundary{pde.Periodic, pde.Periodic} },
	} {
		grid, err := pde.NewGrid([]int{5, 4, 3}, []float64{.5, 2, 3})
		if err != nil {
			t.Fatal(err)
		}
		change(&grid)
		want := []int{4, 5, 6}
		if grid.Cells {
			want = []int{3, 4, 5}
		}
		if got := PointShape(grid).Lengths; !slices.Equal(got, want) {
			t.Fatalf("%s: shape %v; want %v", name, got, want)
		}
		u := pde.NewField[float64](grid)
		u.FillInterior(func(x, y, z float64) float64 { return x + 10*y + 100*z })
		u.FillBoundary(func(x, y, z float64) float64 { return x + 10*y + 100*z })
		u.FillGhosts()
		dir := t.TempDir()
		if err := WriteNPY(filepath.Join(dir, "u.npy"), u); err != nil {
			t.Fatal(err)
		}
		if err := WriteNPZ(filepath.Join(dir, "u.npz"), u); err != nil {
			t.Fatal(err)
		}
		alone, err := ReadArray(filepath.Join(dir, "u.npy"), PointShape(grid))
		if err != nil {
			t.Fatal(name, err)
		}
		archived, err := ReadArray(filepath.Join(dir, "u.npz:u"), PointShape(grid))
		if err != nil || !slices.Equal(alone, archived) {
			t.Fatalf("%s: archived %v, %v", name, archived, err)
		}
		x, err := ReadArray(filepath.Join(dir, "u.npz:x"), Shape{want[2:], "one"})
		if err != nil {
			t.Fatal(err)
		}
		last := len(alone) - 1
		lo, hi := grid.Box(0)
		if first := grid.Coordinate(0, lo); x[0] != first || x[len(x)-1] != grid.Coordinate(0, hi-1) {
			t.Errorf("%s: x from %g to %g", name, x[0], x[len(x)-1])
		}
		if name != "periodic" && alone[last]-alone[0] != x[len(x)-1]-x[0]+10*2*float64(want[1]-1)+100*3*float64(want[0]-1) {
			t.Errorf("%s: values %g to %g", name, alone[0], alone[last])
		}
		if name == "periodic" && alone[0] != alone[5] {
			t.Errorf("the two ends of a periodic row are %g and %g", alone[0], alone[5])
		}
	}
	grid, _ := pde.Unit(1, 2)
	narrow := pde.NewField[float32](grid)
	narrow.Set(1, 0, 0, 1.5)
	path := filepath.Join(t.TempDir(), "u.npy")
	if err := WriteNPY(path, narrow); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadArray(path, PointShape(grid)); err != nil || !slices.Equal(got, []float64{0, 1.5, 0}) {
		t.Errorf("float32: %v, %v", got, err)
	}
}

// What cannot be read is an error that says what was found and what is wanted.
func TestReadArrayErrors(t *testing.T) {
	grid, _ := pde.Unit(2, 2)
	values := make([]byte, 9*8)
	nan := bytes.Clone(values)
	binary.LittleEndian.PutUint64(nan[5*8:], math.Float64bits(math.NaN()))
	for want, data := range map[string][]byte{
		"not a NumPy file":     []byte("P5 3 3 255"),
		"version 9":            []byte("\x93NUMPY\x09\x00"),
		"cut off":              []byte("\x93NUMPY\x01\x00\xff\xff{"),
		"without the type":     npy("{}"),
		"type <c16; want":      npy(literal("<c16", "False", "(3, 3)"), values...),
		"type |O; want floats": npy(literal("|O", "False", "(3, 3)"), []byte("\x80\x04cos\nsystem\n(S'false'\ntR.")...),
		"type <f2; want":       npy(literal("<f2", "False", "(3, 3)"), values...),
		"type <U8; want":       npy(literal("<U8", "False", "(3, 3)"), values...),
		"(3, 5); want (3, 3), one value a vertex, or (2, 2), one value a cell; it would fit a grid of 4×2 cells, or of 5×3 with one value a cell": npy(literal("<f8", "False", "(3, 5)"), values...),
		"shape (3,); want (3, 3)":          npy(literal("<f8", "False", "(3,)"), values...),
		"shape (1, 3, 3); want (3, 3)":     npy(literal("<f8", "False", "(1, 3, 3)"), values...),
		"99999999999999999999":             npy(literal("<f8", "False", "(99999999999999999999,)"), values...),
		"0 axes":                           npy(literal("<f8", "False", "()"), values...),
		"ends before the last of 9 values": npy(literal("<f8", "False", "(3, 3)"), values[:70]...),
		"bytes follow the last of 9":       npy(literal("<f8", "False", "(3, 3)"), append(values, 0)...),
		"the value at [1, 2] is NaN":       npy(literal("<f8", "False", "(3, 3)"), nan...),
		"the value at [2, 1] is NaN":       npy(literal("<f8", "True", "(3, 3)"), nan...),
	} {
		for from, read := range map[string]func() ([]float64, error){
			"file": func() ([]float64, error) { return ReadArray(write(t, data), PointShape(grid), CellShape(grid)) },
			"stream": func() ([]float64, error) {
				return DecodeArray(bytes.NewReader(data), PointShape(grid), CellShape(grid))
			},
		} {
			if _, err := read(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v; want one with %q", from, err, want)
			}
		}
	}
	for _, path := range []string{"nowhere.npy", "nowhere.npz:u"} {
		if _, err := ReadArray(path, PointShape(grid)); err == nil || !strings.HasPrefix(err.Error(), path+": no such file") {
			t.Errorf("no file: error %v; want its name", err)
		}
	}
}

// archive is a file.npz of these arrays.
func archive(t testing.TB, names ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for n, name := range names {
		w, err := z.Create(name) // deflated, as numpy.savez_compressed does
		if err != nil {
			t.Fatal(err)
		}
		w.Write(npy(literal("|u1", "False", "(2, 3)"), byte(n), 1, 2, 3, 4, 5))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// An array of an archive is found by its name, and the only one without.
func TestReadArchive(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one.npz"), filepath.Join(dir, "two.NPZ")
	if err := os.WriteFile(one, archive(t, "g.npy"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(two, archive(t, "g.npy", "a.npy"), 0o666); err != nil {
		t.Fatal(err)
	}
	for path, first := range map[string]float64{one: 0, one + ":g": 0, two + ":g": 0, two + ":a": 1} {
		if got, err := ReadArray(path, twoByThree); err != nil || got[0] != first {
			t.Errorf("%s: %v, %v; want %g first", path, got, err, first)
		}
	}
	for path, want := range map[string]string{
		two:                             `want one of them behind a colon: "g", "a"`,
		two + ":b":                      `no array "b" in it; it has "g", "a"`,
		write(t, []byte("PK")) + ".npz": "no such file",
	} {
		if _, err := ReadArray(path, twoByThree); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want an error with %s", path, err, want)
		}
	}
	for name, want := range map[string]bool{"a.npy": true, "a.NPY": true, "a.npz": true, "a.npz:g": true, "a.png": false, "x": false} {
		if IsArray(name) != want {
			t.Errorf("%s is an array: %t", name, !want)
		}
	}
}

// The data of a side have one axis less.
func TestSideShape(t *testing.T) {
	grid, _ := pde.NewGrid([]int{4, 3, 2}, []float64{1, 1, 1})
	for d, want := range [][]int{{3, 4}, {3, 5}, {4, 5}} {
		if got := SideShape(grid, d).Lengths; !slices.Equal(got, want) {
			t.Errorf("axis %d: %v; want %v", d, got, want)
		}
	}
	line, _ := pde.Unit(1, 4)
	if got := SideShape(line, 0).Lengths; !slices.Equal(got, []int{1}) {
		t.Errorf("the end of a line: %v; want 1", got)
	}
}

// A file that is accepted has finite values at all vertices, in memory of the order of
// the grid, whatever the header says.
func FuzzReadArray(f *testing.F) {
	f.Add(npy(literal("<f8", "False", "(3, 3)"), make([]byte, 72)...))
	f.Add(npy(literal(">f4", "True", "(3, 3)"), make([]byte, 36)...))
	f.Add(npy(literal("|u1", "True", "(2L, 2L)"), 1, 2, 3, 4))
	f.Add(npy(literal("<f8", "False", "(1000000000, 1000000000)")))
	f.Add([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"))
	grid, err := pde.Unit(2, 2)
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(f.TempDir(), "g.npy")
	f.Fuzz(func(t *testing.T, data []byte) { checkArray(t, path, path, data, PointShape(grid), CellShape(grid)) })
}

// The same of an archive, whatever its directory says.
func FuzzReadArchive(f *testing.F) {
	f.Add(archive(f, "g.npy"))
	f.Add(archive(f, "g.npy", "a.npy"))
	f.Add(archive(f, "g.npy")[:60])
	path := filepath.Join(f.TempDir(), "g.npz")
	f.Fuzz(func(t *testing.T, data []byte) {
		checkArray(t, path, path, data, twoByThree)
		checkArray(t, path, path+":g", data, twoByThree)
	})
}

func checkArray(t *testing.T, file, path string, data []byte, shapes ...Shape) {
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	var values []float64
	// Four megabytes: some hundred kilobytes may be counted late, of earlier inputs.
	err := readertest.Read(t, 4<<20+100*uint64(len(data)), func() (err error) { values, err = ReadArray(path, shapes...); return err })
	if err != nil {
		return
	}
	fits := false
	for _, s := range shapes {
		count := 1
		for _, n := range s.Lengths {
			count *= n
		}
		fits = fits || count == len(values)
	}
	if !fits || slices.ContainsFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
		t.Fatalf("accepted %v", values)
	}
}
