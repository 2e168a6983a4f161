package file

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// python runs a program of Python that needs these modules and returns what it prints.
// Where they are missing it skips the test, unless MGTOOL_READBACK wants them.
func python(t *testing.T, modules, program string, args ...string) string {
	t.Helper()
	const interpreter = "/usr/bin/python3"
	if out, err := exec.Command(interpreter, "-c", "import "+modules).CombinedOutput(); err != nil {
		if os.Getenv("MGTOOL_READBACK") != "" {
			t.Fatalf("MGTOOL_READBACK wants %s: %v: %s", modules, err, out)
		}
		t.Skipf("no %s for %s: %v", modules, interpreter, err)
	}
	out, err := exec.Command(interpreter, append([]string{"-c", program}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// sample is a field whose value tells where it is, x + 10y + 100z.
func sample(grid pde.Grid) *pde.Field[float64] {
	u := pde.NewField[float64](grid)
	at := func(x, y, z float64) float64 { return x + 10*y + 100*z }
	u.FillInterior(at)
	u.FillBoundary(at)
	return u
}

const readVTK = `
import sys, vtk
from vtk.util.numpy_support import vtk_to_numpy
path = sys.argv[1]
r = vtk.vtkXMLImageDataReader() if path.endswith('.vti') else vtk.vtkXMLRectilinearGridReader()
r.SetFileName(path)
r.Update()
o = r.GetOutput()
cells = o.GetCellData().GetArray('u') is not None
data = o.GetCellData() if cells else o.GetPointData()
u, v = vtk_to_numpy(data.GetArray('u')), vtk_to_numpy(data.GetArray('minus u'))
worst = 0
for n in range(len(u)):
    if cells:
        b = o.GetCell(n).GetBounds()
        x, y, z = (b[0]+b[1])/2, (b[2]+b[3])/2, (b[4]+b[5])/2
    else:
        x, y, z = o.GetPoint(n)
    want = x + 10*y + 100*z
    worst = max(worst, abs(u[n]-want), abs(v[n][0]+want), abs(v[n][1]-want), abs(v[n][2]-float(sys.argv[2])*want))
print(len(u), 'cells' if cells else 'points', worst < 1e-12)
`

// VTK reads every value where it belongs: on vertices and cells, of equal and unequal
// widths, in two and three dimensions.
func TestVTKReadBack(t *testing.T) {
	for _, c := range []struct {
		name           string
		n              []int
		cells, stretch bool
		want           string
	}{
		{"vertices.vti", []int{4, 3, 2}, false, false, "60 points True"},
		{"cells.vti", []int{4, 3, 2}, true, false, "24 cells True"},
		{"flat.vti", []int{4, 3}, false, false, "20 points True"},
		{"flat.vtr", []int{4, 3}, true, false, "12 cells True"},
		{"vertices.vtr", []int{4, 3, 2}, false, true, "60 points True"},
		{"cells.vtr", []int{4, 3, 2}, true, true, "24 cells True"},
	} {
		grid, err := pde.NewGrid(c.n, []float64{.5, 2, 3}[:len(c.n)])
		if err != nil {
			t.Fatal(err)
		}
		grid.Cells = c.cells
		if c.stretch {
			grid.Stretch = &pde.Coordinates{{0, .1, .5, 1, 2}, {0, 1, 4, 6}, {0, 2, 6}}
		}
		u := sample(grid)
		minus := u.Clone()
		for n := range minus.Data() {
			minus.Data()[n] *= -1
		}
		path := filepath.Join(t.TempDir(), c.name)
		if err := WriteVTK(path, u, Vector{"minus u", []*pde.Field[float64]{minus, u, u}[:len(c.n)]}); err != nil {
			t.Fatal(err)
		}
		third := "1"
		if len(c.n) == 2 {
			third = "0"
		}
		if got := python(t, "vtk", readVTK, path, third); got != c.want {
			t.Errorf("%s: %s; want %s", c.name, got, c.want)
		}
	}
}

// Image data cannot say unequal widths.
func TestWriteVTKStretched(t *testing.T) {
	grid, _ := pde.Unit(1, 2)
	grid.Stretch = &pde.Coordinates{{0, .1, 1}}
	path := filepath.Join(t.TempDir(), "u.vti")
	if err := WriteVTK(path, sample(grid)); err == nil || !strings.Contains(err.Error(), ".vtr") {
		t.Errorf("%v; want an error that names .vtr", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was written")
	}
}

// SciPy reads the matrix: A times what the sine mode is gives its eigenvalue.
func TestMatrixReadBack(t *testing.T) {
	grid, _ := pde.NewGrid([]int{5, 4}, []float64{.5, .25})
	path := filepath.Join(t.TempDir(), "a.mtx")
	if err := WriteMatrix(path, stencil.Laplacian(grid)); err != nil {
		t.Fatal(err)
	}
	got := python(t, "scipy", `
import sys, numpy as np
from scipy.io import mmread
a = mmread(sys.argv[1]).tocsr()
y, x = np.mgrid[1:4, 1:5]
u = (np.sin(np.pi*x/5)*np.sin(np.pi*y/4)).ravel()
value = 4/.25*np.sin(np.pi/10)**2 + 4/.0625*np.sin(np.pi/8)**2
print(a.shape, a.nnz, abs(a@u - value*u).max() < 1e-12)
`, path)
	if want := "(12, 12) 46 True"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
}

// NumPy reads an archive, and the project what NumPy writes, whatever the layout.
func TestNumPyReadBack(t *testing.T) {
	grid, _ := pde.NewGrid([]int{5, 4}, []float64{.5, .25})
	dir := t.TempDir()
	u := filepath.Join(dir, "u.npz")
	if err := WriteNPZ(u, sample(grid)); err != nil {
		t.Fatal(err)
	}
	got := python(t, "numpy", `
import sys, numpy as np
f = np.load(sys.argv[1], allow_pickle=False)
u, x, y = f['u'], f['x'], f['y']
print(u.shape, abs(u - (x + 10*y[:, None])).max())
d = sys.argv[2] + '/'
np.save(d+'f.npy', np.asfortranarray(u))
np.save(d+'big.npy', u.astype('>f4'))
np.savez_compressed(d+'both.npz', u=u, v=-u)
np.save(d+'int.npy', np.arange(30, dtype=np.int16).reshape(5, 6))
np.save(d+'object.npy', np.array([[None]*6]*5, dtype=object))
np.save(d+'complex.npy', u.astype(complex))
`, u, dir)
	if want := "(5, 6) 0.0"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
	want, err := ReadArray(u+":u", PointShape(grid))
	if err != nil {
		t.Fatal(err)
	}
	for name, factor := range map[string]float64{"f.npy": 1, "big.npy": 1, "both.npz:v": -1} {
		values, err := ReadArray(filepath.Join(dir, name), PointShape(grid))
		if err != nil {
			t.Error(err)
			continue
		}
		for n, v := range values {
			if v != factor*want[n] {
				t.Errorf("%s: value %d is %g; want %g", name, n, v, factor*want[n])
				break
			}
		}
	}
	if values, err := ReadArray(filepath.Join(dir, "int.npy"), PointShape(grid)); err != nil || values[29] != 29 {
		t.Errorf("integers: %v, %v", values, err)
	}
	for _, name := range []string{"object.npy", "complex.npy"} {
		if _, err := ReadArray(filepath.Join(dir, name), PointShape(grid)); err == nil || !strings.Contains(err.Error(), "an array of type") {
			t.Errorf("%s: %v; want a refusal of its type", name, err)
		}
	}
}

// The curve of the residuals is drawn, also of what has no logarithm.
func TestWriteConvergence(t *testing.T) {
	dir := t.TempDir()
	for n, residuals := range [][]float64{{1, .1, 1e-9}, {1}, {}, {0, 0}, {1, 0}} {
		path := filepath.Join(dir, fmt.Sprint(n, ".png"))
		if err := WriteConvergence(path, residuals); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() < 1000 {
			t.Errorf("%v: %v, %v", residuals, info, err)
		}
	}
}
