// Package architecture holds the tree to its design: imports go down only, one
// room knows Gorgonia, one place knows the schedule of a cycle.
package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed lists which rooms of the project each may import.
var allowed = map[string][]string{
	"internal/readertest":   {},
	"internal/parallel":     {},
	"internal/pages":        {},
	"internal/bandwidth":    {"internal/pages", "internal/parallel", "internal/simd"},
	"internal/atomicfile":   {},
	"internal/picture":      {},
	"internal/memory":       {},
	"internal/nomovinggc":   {},
	"internal/filelock":     {},
	"internal/buildinfo":    {},
	"internal/simd":         {},
	"internal/nearest":      {},
	"tensor":                {"internal/bandwidth", "internal/parallel", "internal/simd", "tensor/internal/fuse"},
	"tensor/gradtest":       {},
	"tensor/graph":          {"internal/memory", "tensor", "tensor/internal/fuse"},
	"pde":                   {"internal/pages", "internal/parallel"},
	"pde/file":              {"internal/atomicfile", "internal/picture", "internal/saturating", "internal/ticks", "pde", "pde/stencil"},
	"pde/expression":        {"internal/nearest"},
	"multigrid/cycle":       {},
	"multigrid":             {"internal/memory", "internal/parallel", "internal/simd", "multigrid/aggregation", "multigrid/cycle", "multigrid/krylov", "pde", "pde/stencil"},
	"multigrid/aggregation": {"internal/parallel"},
	"pde/family":            {"internal/nearest", "internal/parallel", "pde", "pde/elliptic", "pde/stencil"},
	"pde/elliptic":          {"internal/parallel", "pde", "pde/stencil"},
	"multigrid/krylov":      {"internal/parallel", "pde"},
	"pde/stencil":           {"internal/memory", "internal/parallel", "pde"},
	"multigrid/method":      {"internal/atomicfile", "internal/parallel", "internal/simd", "internal/strictjson", "multigrid", "multigrid/cycle", "pde", "pde/stencil"},
	"multigrid/lfa":         {"multigrid", "multigrid/cycle", "pde", "pde/stencil"},
	"multigrid/direct":      {"internal/parallel", "pde", "pde/stencil"},
	"multigrid/nonlinear":   {"multigrid", "multigrid/cycle", "multigrid/internal/rows", "pde", "pde/stencil"},
	"multigrid/constrained": {"multigrid", "multigrid/cycle", "multigrid/internal/rows", "pde", "pde/stencil"},
	"retouch":               {"internal/memory", "internal/parallel", "multigrid", "multigrid/cycle", "pde", "pde/stencil"},
	"vision":                {"internal/atomicfile", "internal/memory", "internal/parallel", "internal/picture", "source"},
	"classify":              {"internal/parallel"},
	"shallow":               {"internal/atomicfile", "internal/parallel", "internal/ticks"},
	"mgnet":                 {"internal/memory", "internal/saturating", "internal/strictjson", "multigrid/cycle", "tensor", "tensor/graph"},
	"forecast":              {"internal/atomicfile", "internal/regularfile", "mgnet", "mgnet/evaluate", "mgnet/job", "mgnet/runs", "mgnet/train", "pde/file", "source"},
	"mgnet/job":             {"internal/strictjson", "mgnet", "mgnet/runs", "mgnet/train", "source"},
	"mask":                  {"internal/atomicfile", "internal/parallel", "internal/picture", "mgnet", "mgnet/evaluate", "mgnet/job", "mgnet/runs", "mgnet/train", "source", "vision"},
	"mgnet/modeltest":       {"mgnet"},
	"mgnet/starter":         {"mgnet", "mgnet/exchange", "mgnet/runs"},
	"bridge":                {"bridge/adam", "bridge/affine", "bridge/results", "bridge/specification", "bridge/spectrum", "internal/effects", "multigrid", "multigrid/cycle", "multigrid/method", "pde", "pde/stencil", "tensor", "tensor/graph"},
	"bridge/baseline":       {"multigrid", "multigrid/cycle", "pde", "pde/stencil"},
	"bridge/guess":          {"multigrid", "multigrid/cycle", "multigrid/krylov", "pde", "pde/elliptic"},
	"bridge/fourier":        {"bridge/affine", "internal/parallel", "multigrid/method", "pde/stencil"},
	"bridge/modes":          {"internal/atomicfile", "internal/ticks", "multigrid", "pde", "pde/stencil"},
	"bridge/report":         {"multigrid/method"},
	"testdata/methods":      {},
	"bridge/spectrum":       {"multigrid", "pde", "pde/stencil"},
	"demo":                  {"bridge", "bridge/images", "bridge/specification", "internal/atomicfile", "mgnet", "mgnet/evaluate", "mgnet/runs", "mgnet/train", "multigrid", "multigrid/lfa", "pde", "pde/file", "pde/stencil", "tool", "vision"},
	"cmd/mgtool":            {"bridge", "bridge/feature", "bridge/images", "bridge/report", "bridge/specification", "demo", "field", "field/learn", "forecast", "internal/buildinfo", "internal/memory", "internal/nearest", "internal/parallel", "mask", "mgnet", "mgnet/bench", "mgnet/evaluate", "mgnet/job", "mgnet/runs", "mgnet/train", "sequence", "shallow", "tensor", "tool", "vision"},
	"tool":                  {"bridge", "bridge/baseline", "bridge/feature", "bridge/fourier", "bridge/guess", "bridge/images", "bridge/meta", "bridge/modes", "bridge/report", "bridge/results", "bridge/specification", "bridge/spectrum", "classify", "field", "field/learn", "forecast", "internal/atomicfile", "internal/bandwidth", "internal/effects", "internal/memory", "internal/parallel", "internal/picture", "internal/strictjson", "internal/ticks", "mask", "mgnet", "mgnet/bench", "mgnet/evaluate", "mgnet/exchange", "mgnet/job", "mgnet/runs", "mgnet/starter", "mgnet/train", "multigrid", "multigrid/constrained", "multigrid/cycle", "multigrid/direct", "multigrid/lfa", "multigrid/method", "multigrid/nonlinear", "pde", "pde/elliptic", "pde/expression", "pde/family", "pde/file", "pde/stencil", "retouch", "sequence", "shallow", "source", "tensor", "testdata/methods", "vision"},
	"bridge/meta":           {"bridge/adam", "internal/parallel", "multigrid", "multigrid/method", "pde", "pde/family", "pde/stencil"},
	"bridge/images":         {"bridge/results", "bridge/specification", "bridge/spectrum", "internal/effects", "mgnet", "mgnet/runs", "mgnet/train", "multigrid/method", "pde", "pde/stencil", "vision"},
	"bridge/affine":         {},
	"bridge/adam":           {},
	"bridge/results":        {"internal/atomicfile", "internal/strictjson"},
	"bridge/specification":  {"internal/strictjson"},
	"internal/effects":      {},
	"bridge/feature":        {"internal/atomicfile", "internal/parallel", "internal/strictjson", "tensor", "tensor/graph"},
	"internal/regularfile":  {},
	"internal/ticks":        {},
	"internal/saturating":   {},
	"internal/strictjson":   {"internal/nearest", "internal/regularfile"},
	"mgnet/runs":            {"internal/atomicfile", "internal/buildinfo", "internal/filelock", "internal/regularfile", "internal/strictjson", "mgnet", "source", "tensor", "vision"},
	"mgnet/evaluate":        {"internal/atomicfile", "internal/picture", "mgnet", "multigrid/cycle", "source", "tensor", "tensor/graph", "vision"},
	"mgnet/train":           {"internal/atomicfile", "internal/memory", "internal/parallel", "internal/regularfile", "mgnet", "mgnet/evaluate", "mgnet/runs", "source", "tensor", "tensor/graph", "vision"},
	"sequence":              {"internal/atomicfile", "internal/parallel", "internal/picture", "internal/regularfile", "mgnet", "mgnet/evaluate", "mgnet/job", "mgnet/runs", "mgnet/train", "pde/file", "source", "tensor"},
	"source":                {"internal/parallel"},
	"field/learn":           {"field", "internal/atomicfile", "internal/picture", "mgnet", "mgnet/evaluate", "mgnet/job", "mgnet/runs", "mgnet/train", "source", "tensor"},
	"field":                 {"internal/atomicfile", "internal/memory", "internal/parallel", "internal/regularfile", "internal/saturating", "internal/strictjson", "multigrid", "pde", "pde/elliptic", "source"},
	"mgnet/exchange":        {"internal/atomicfile", "internal/regularfile", "internal/saturating", "internal/strictjson", "mgnet", "mgnet/runs"},
	"mgnet/bench":           {"internal/atomicfile", "mgnet", "mgnet/evaluate", "mgnet/runs", "mgnet/train", "tensor/graph"},
	"tensor/internal/fuse":  {"internal/parallel", "internal/simd"},

	"multigrid/internal/rows": {"pde", "pde/stencil"},
}

// files parses every Go file of the project that is not a test.
func files(t *testing.T, visit func(room, path string, f *ast.File)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() != ".." && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if f.Name.Name == "main" && !strings.Contains(path, "cmd") {
			return nil // a generator of its own
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		visit(filepath.ToSlash(rel), path, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImportsGoDown(t *testing.T) {
	rooms := map[string]bool{}
	files(t, func(room, path string, f *ast.File) {
		rooms[room] = true
		may, known := allowed[room]
		if !known {
			t.Errorf("%s: the room %s is not in the list", path, room)
		}
		for _, i := range f.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			if inner, ok := strings.CutPrefix(name, "mgtool/"); ok && !slices.Contains(may, inner) {
				t.Errorf("%s imports %s; %s may import %v", path, inner, room, may)
			}
			if strings.HasPrefix(name, "gorgonia.org/") && room != "tensor/graph" {
				t.Errorf("%s imports %s; only tensor/graph knows Gorgonia", path, name)
			}
		}
	})
	for room := range allowed {
		if !rooms[room] {
			t.Errorf("the list has a room %s that is not there", room)
		}
	}
}

// calls lists which files may call a function or method of these names, and do.
var calls = map[string][]string{
	// A schedule is what calls the steps of a Method: package cycle runs them, Watch passes
	// them on, and the reference goes up by an interpolation.
	"Down":        {"multigrid/cycle/run.go", "multigrid/cycle/watch.go"},
	"Up":          {"multigrid/cycle/run.go", "multigrid/cycle/watch.go"},
	"Interpolate": {"multigrid/cycle/run.go", "multigrid/cycle/watch.go", "multigrid/cycle/reference.go"},
	// The solver takes its legs from the same list, which it rewrites in one place.
	"Legs":     {"multigrid/cycle/run.go", "multigrid/schedule.go"},
	"unroll":   {"multigrid/schedule.go"},
	"unrolled": {"multigrid/hierarchy.go"},
	// Nobody writes a cycle by hand from transfers: only the rows of a pass call their
	// kernels, and over nodes they are maps that the reference is made of.
	"Restrict": {"multigrid/piece.go", "multigrid/restrict.go", "tensor/graph/stencil.go", "bridge/nodes.go", "bridge/blackbox.go"},
	"Prolong":  {"multigrid/piece.go", "multigrid/slab.go", "tensor/graph/stencil.go", "bridge/nodes.go", "bridge/blackbox.go"},
}

func TestOneSchedule(t *testing.T) {
	seen := map[string]bool{}
	files(t, func(_, path string, f *ast.File) {
		path = strings.TrimPrefix(filepath.ToSlash(path), "../../")
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch fun := call.Fun.(type) {
			case *ast.Ident:
				name = fun.Name
			case *ast.SelectorExpr:
				name = fun.Sel.Name
			}
			may, known := calls[name]
			if known && !slices.Contains(may, path) {
				t.Errorf("%s calls %s: only %v may", path, name, may)
			}
			seen[name+" "+path] = true
			return true
		})
	})
	for name, may := range calls {
		for _, path := range may {
			if !seen[name+" "+path] {
				t.Errorf("the list has %s call %s, which it does not", path, name)
			}
		}
	}
}

// Every package says what it is for.
func TestPackageComments(t *testing.T) {
	documented := map[string]bool{}
	files(t, func(room, _ string, f *ast.File) {
		documented[room] = documented[room] || f.Doc != nil
	})
	for room, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", room)
		}
	}
}
