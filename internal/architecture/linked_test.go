package architecture

import (
	"path/filepath"
	"strings"
	"testing"
)

// dependencies lists the packages that a package is linked with, without itself.
func dependencies(t *testing.T, room string) (list []string) {
	t.Helper()
	out, err := goCommand(filepath.Join("..", ".."), "list", "-deps", "./"+room)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(out) {
		if name != "mgtool/"+room {
			list = append(list, name)
		}
	}
	return list
}

// A solver, a network and a reader need only the walk: it is linked with the standard
// library alone.
func TestCycleIsLinkedWithNothing(t *testing.T) {
	list := dependencies(t, "multigrid/cycle")
	for _, name := range list {
		if first, _, _ := strings.Cut(name, "/"); first == "mgtool" || strings.Contains(first, ".") {
			t.Errorf("multigrid/cycle is linked with %s; want the standard library alone", name)
		}
	}
	if len(list) == 0 {
		t.Error("multigrid/cycle is linked with nothing, not even the standard library: this test sees nothing")
	}
}

// Plots are drawn above the solver and the models.
func TestCoreDrawsNoPlots(t *testing.T) {
	const plots = "gonum.org/v1/plot"
	draws := func(room string) bool {
		for _, name := range dependencies(t, room) {
			if name == plots || strings.HasPrefix(name, plots+"/") {
				return true
			}
		}
		return false
	}
	for _, room := range []string{"multigrid", "multigrid/lfa", "pde", "pde/stencil", "mgnet"} {
		if draws(room) {
			t.Errorf("%s is linked with %s; plots belong above it", room, plots)
		}
	}
	if !draws("pde/file") {
		t.Errorf("pde/file is not linked with %s: this test sees nothing", plots)
	}
}
