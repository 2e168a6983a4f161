package architecture

// Where Gorgonia is, what of it is used, and what it would ask of the runtime.

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// guard is the package by which Gorgonia refuses to start; see package nomovinggc.
const guard = "go4.org/unsafe/assume-no-moving-gc"

// goCommand runs the go command of this test and returns its standard output.
func goCommand(dir string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, errors.String())
	}
	return string(out), err
}

// A room has Gorgonia among all that it is linked with only if it is tensor/graph or
// imports it, at some remove: the solver, the readers of images and the kernels start
// whatever Gorgonia does.
func TestWhatNeedsNoGraphDoesNotLinkGorgonia(t *testing.T) {
	out, err := goCommand(filepath.Join("..", ".."), "list", "-f", `{{.ImportPath}}: {{join .Deps " "}}`, "./...")
	if err != nil {
		t.Fatal(err)
	}
	linked := 0
	for line := range strings.Lines(out) {
		path, list, _ := strings.Cut(strings.TrimSpace(line), ": ")
		room, deps := strings.TrimPrefix(path, "mgtool/"), strings.Fields(list)
		var gorgonia []string
		for _, d := range deps {
			if strings.HasPrefix(d, "gorgonia.org/") || d == guard {
				gorgonia = append(gorgonia, d)
			}
		}
		graph := room == "tensor/graph" || slices.Contains(deps, "mgtool/tensor/graph")
		switch {
		case len(gorgonia) > 0 && !graph:
			t.Errorf("%s is linked with %v, but not through tensor/graph", room, gorgonia)
		case len(gorgonia) > 0 && (slices.Contains(graphless, room) || strings.HasPrefix(room, "internal/")):
			t.Errorf("%s is linked with %v; it must start without", room, gorgonia)
		case len(gorgonia) > 0:
			linked++
		}
	}
	if linked == 0 {
		t.Error("nothing is linked with Gorgonia, not even tensor/graph: this test sees nothing")
	}
}

// graphless are the rooms that no graph may come into, at any remove, with all that is
// internal.
var graphless = []string{"pde", "pde/file", "pde/stencil", "multigrid", "multigrid/cycle", "multigrid/lfa", "classify", "source", "vision", "tensor", "tensor/gradtest"}

// What tensor/graph uses of Gorgonia: its graph and derivation. Its values, machines
// and subgraphs rely on where objects are in memory; see package nomovinggc.
var ofGorgonia = map[string][]string{
	"gorgonia.org/gorgonia": {"ApplyOp", "DimSizer", "ExprGraph", "F32", "Float32", "Grad", "NewGraph", "NewTensor", "Node",
		"Nodes", "SDOp", "TensorType", "Value", "WithName", "WithShape"},
	"gorgonia.org/tensor": {"Shape"},
}

// Methods of a graph and of values, by whatever variable: those that make subgraphs
// or give the memory of a value.
var notOfGorgonia = []string{"Subgraph", "SubgraphRoots", "ExactSubgraphRoots", "Data", "Uintptr", "Pointer", "Set"}

func TestGorgoniaGetsNoMemory(t *testing.T) {
	seen := 0
	files(t, func(room, path string, f *ast.File) {
		if room != "tensor/graph" {
			return
		}
		may := map[string][]string{} // by the name in the file
		for _, i := range f.Imports {
			imported, _ := strconv.Unquote(i.Path.Value)
			list, ok := ofGorgonia[imported]
			if !ok {
				continue
			}
			name := imported[strings.LastIndex(imported, "/")+1:]
			if i.Name != nil {
				name = i.Name.Name
			}
			may[name] = list
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, _ := s.X.(*ast.Ident)
			if x != nil && may[x.Name] != nil {
				seen++
				if !slices.Contains(may[x.Name], s.Sel.Name) {
					t.Errorf("%s uses %s.%s; want one of %v, or a look at package nomovinggc", path, x.Name, s.Sel.Name, may[x.Name])
				}
			} else if len(may) > 0 && slices.Contains(notOfGorgonia, s.Sel.Name) {
				t.Errorf("%s uses .%s, which relies on addresses; see package nomovinggc", path, s.Sel.Name)
			}
			return true
		})
	})
	if seen == 0 {
		t.Error("tensor/graph uses nothing of Gorgonia: this test sees nothing")
	}
}

// Nothing that mgtool is linked with asks the runtime at start whether objects move.
func TestNobodyAsksAtStart(t *testing.T) {
	const form = `{{if not .Standard}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}{{"\t"}}{{.}}{{"\n"}}{{end}}{{end}}`
	out, err := goCommand(filepath.Join("..", ".."), "list", "-deps", "-f", form, "./cmd/mgtool")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for line := range strings.Lines(out) {
		dir, name, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if !ok {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		read++
		for l := range bytes.Lines(b) {
			if bytes.HasPrefix(l, []byte("//go:linkname")) && bytes.Contains(l, []byte("heapObjectsCanMove")) {
				t.Errorf("%s asks the runtime when mgtool starts; go.mod must replace %s by ./internal/nomovinggc", filepath.Join(dir, name), guard)
			}
		}
	}
	if read < 500 {
		t.Errorf("%d files read; want those of all packages that mgtool is linked with", read)
	}
}

// ask has a program ask the runtime a question, a function given as package.name.
func ask(t *testing.T, question string) (yes bool, err error) {
	t.Helper()
	dir := t.TempDir()
	source := `package main

import (
	"fmt"
	_ "unsafe"
)

//go:linkname ask ` + question + `
func ask() bool

func main() { fmt.Println(ask()) }
`
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := goCommand(dir, "run", "main.go")
	if err != nil {
		return false, err
	}
	return strconv.ParseBool(strings.TrimSpace(out))
}

// day is what is to be done with a toolchain of these answers; empty for nothing.
func day(canMove bool, err error) string {
	const look = "look through the list in internal/nomovinggc again"
	switch {
	case err != nil:
		return fmt.Sprintf("%s does not tell any more whether it moves heap objects: find out, %s, and change this test.\n%v", runtime.Version(), look, err)
	case canMove:
		return fmt.Sprintf("%s says that it moves heap objects. Gorgonia assumes that they stay where they are: %s, "+
			"and at what internal/simd and tensor/graph/memory.go do with addresses; then change this test.", runtime.Version(), look)
	}
	return ""
}

// The day a new Go moves heap objects, or closes the question, this test says so.
func TestHeapObjectsStayWhereTheyAre(t *testing.T) {
	if message := day(ask(t, "runtime.heapObjectsCanMove")); message != "" {
		t.Error(message)
	}
}

// What it says when the answer is yes, when there is no such question, and when there
// is but only the runtime itself may ask.
func TestDay(t *testing.T) {
	if day(false, nil) != "" {
		t.Errorf("objects stay where they are: %q", day(false, nil))
	}
	if m := day(true, nil); !strings.Contains(m, "moves heap objects") || !strings.Contains(m, "internal/nomovinggc") {
		t.Errorf("objects move: %q", m)
	}
	for _, question := range []string{"runtime.heapObjectsMayMove", "runtime.gcinit"} {
		if m := day(ask(t, question)); !strings.Contains(m, "does not tell") || !strings.Contains(m, question) {
			t.Errorf("%s: %q", question, m)
		}
	}
}
