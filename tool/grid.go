package tool

// The grid of a statement.

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mgtool/pde"
	"mgtool/pde/file"
)

// dim is the number of axes that Dim, N and Size agree on.
func (s Statement) dim() (int, error) {
	dim, by := s.Dim, "dim"
	if s.Family != "" {
		p, err := s.member()
		switch {
		case err != nil:
			return 0, err
		case dim != 0 && dim != p.Dim():
			return 0, Usagef("--dim %d with --family %s of dimension %d; want the same, or it without --dim", dim, p.Name, p.Dim())
		}
		dim, by = p.Dim(), "family"
	}
	for _, list := range []struct {
		flag string
		n    int
	}{{"n", len(s.N)}, {"size", len(s.Size)}} {
		switch {
		case list.n <= 1 || list.n == dim:
		case dim != 0:
			return 0, Usagef("--%s has %d numbers, and --%s means %d axes; want the same, or one for all", list.flag, list.n, by, dim)
		default:
			dim, by = list.n, list.flag
		}
	}
	if dim == 0 && s.Operator != "" {
		o, err := ReadOperator(s.Operator)
		if err != nil {
			return 0, Usagef("--operator: %w", err)
		}
		dim = o.Stencil.Dim
	}
	if dim == 0 {
		dim = 2
	}
	if dim < 1 || dim > 3 {
		return 0, Usagef("--%s means %d axes; want 1, 2 or 3", by, dim)
	}
	return dim, nil
}

// defaultCells is along each axis.
const defaultCells = 256

// grid is the box with its cells; its sides are set later.
func (s Statement) grid() (pde.Grid, error) {
	if s.Coordinates != "" {
		return s.stretched()
	}
	dim, err := s.dim()
	if err != nil {
		return pde.Grid{}, err
	}
	n, h := make([]int, dim), make([]float64, dim)
	for d := range dim {
		n[d] = defaultCells
		if len(s.N) > 0 {
			n[d] = s.N[min(d, len(s.N)-1)]
		}
		length := 1.
		if len(s.Size) > 0 {
			length = s.Size[min(d, len(s.Size)-1)]
		}
		h[d] = length / float64(n[d])
	}
	grid, err := pde.NewGrid(n, h)
	return grid, Usage(err)
}

// stretched is the grid of --coordinates.
func (s Statement) stretched() (pde.Grid, error) {
	if len(s.N) > 0 || len(s.Size) > 0 {
		return pde.Grid{}, Usagef("--coordinates %s with --n or --size, which follow from it; want one of them", s.Coordinates)
	}
	lists, err := readCoordinates(s.Coordinates)
	if err != nil {
		return pde.Grid{}, fmt.Errorf("--coordinates: %w", ofShape(err))
	}
	if s.Dim != 0 && s.Dim != len(lists) {
		return pde.Grid{}, Usagef("--coordinates %s has %d axes, and --dim is %d", s.Coordinates, len(lists), s.Dim)
	}
	stretch := new(pde.Coordinates)
	n, h := make([]int, len(lists)), make([]float64, len(lists))
	for d, x := range lists {
		if len(x) < 3 {
			return pde.Grid{}, Usagef("--coordinates %s has %d numbers along %s; want at least 3", s.Coordinates, len(x), "xyz"[d:d+1])
		}
		for i := 1; i < len(x); i++ {
			if !(x[i] > x[i-1]) {
				return pde.Grid{}, Usagef("--coordinates %s has %g and then %g along %s; want increasing numbers", s.Coordinates, x[i-1], x[i], "xyz"[d:d+1])
			}
		}
		stretch[d], n[d] = x, len(x)-1
		h[d] = (x[n[d]] - x[0]) / float64(n[d])
	}
	grid, err := pde.NewGrid(n, h)
	if err != nil {
		return grid, Usage(err)
	}
	grid.Stretch = stretch
	return grid, nil
}

// readCoordinates reads the lists of one to three axes.
func readCoordinates(path string) (lists [][]float64, err error) {
	if file.IsArray(path) {
		for _, axis := range []string{"x", "y", "z"} {
			x, err := file.ReadList(path + ":" + axis)
			if errors.Is(err, fs.ErrNotExist) && len(lists) > 0 {
				break
			}
			if err != nil {
				return nil, err
			}
			lists = append(lists, x)
		}
		return lists, nil
	}
	const mostBytes = 1 << 28
	info, err := os.Stat(path) // first, since a pipe that nobody writes to opens never
	if err == nil && (!info.Mode().IsRegular() || info.Size() > mostBytes) {
		err = fmt.Errorf("%s is no file of at most %d MB", path, mostBytes>>20)
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, mostBytes)
	for lines.Scan() {
		var x []float64
		for _, word := range strings.FieldsFunc(lines.Text(), func(r rune) bool { return r == ' ' || r == ',' || r == '\t' }) {
			v, err := strconv.ParseFloat(word, 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %q on line %d; want numbers", path, cutTo(word, 40), len(lists)+1)
			}
			x = append(x, v)
		}
		if len(x) == 0 {
			continue
		}
		if lists = append(lists, x); len(lists) > 3 {
			return nil, fmt.Errorf("%s has more than 3 lines; want one for each axis", path)
		}
	}
	if len(lists) == 0 && lines.Err() == nil {
		return nil, fmt.Errorf("%s is empty; want a line of numbers for each axis", filepath.Base(path))
	}
	return lists, lines.Err()
}
