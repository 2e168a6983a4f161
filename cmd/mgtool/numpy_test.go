package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The lines of the README that solve from NumPy do: u for g = 2π² sin πx sin πy is
// sin πx sin πy, on a grid of unequal numbers of cells, and 1-D and 3-D arrays go through.
func TestDocumentedNumPy(t *testing.T) {
	const python = "/usr/bin/python3"
	if out, err := exec.Command(python, "-c", "import numpy").CombinedOutput(); err != nil {
		if os.Getenv("MGTOOL_READBACK") != "" {
			t.Fatalf("MGTOOL_READBACK wants NumPy: %v: %s", err, out)
		}
		t.Skipf("no NumPy for %s: %v", python, err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	program := ""
	for _, block := range strings.Split(string(readme), "\n```python\n")[1:] {
		block, _, _ = strings.Cut(block, "\n```")
		if strings.Contains(block, `"--rhs", "-"`) {
			program = block
		}
	}
	if program == "" {
		t.Fatal("the README has no Python with --rhs -")
	}
	dir, _ := inDocumentedFolder(t)
	c := exec.Command(python, "-c", program+`
x, y = np.linspace(0, 1, 65), np.linspace(0, 1, 49)
want = np.outer(np.sin(np.pi*y), np.sin(np.pi*x))
u = solve(2*np.pi**2*want)
assert u.shape == (49, 65) and abs(u - want).max() < 4e-4, abs(u - want).max()
u = solve(2*np.pi**2*want.astype('>f4'), "--boundary", "x-:dirichlet=1")
assert (u[1:-1, 0] == 1).all()
assert solve(np.ones(17)).shape == (17,) and solve(np.asfortranarray(np.ones((5, 6, 7)))).shape == (5, 6, 7)
try:
    solve(np.ones((5, 6), dtype=complex))
    raise SystemExit('complex numbers were accepted')
except subprocess.CalledProcessError as e:
    assert e.returncode == 1
`)
	c.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
