package meta

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

func TestTable(t *testing.T) {
	path := os.Getenv("META_NET")
	if path == "" {
		t.Skip()
	}
	data, _ := os.ReadFile(path)
	var n method.Network
	if err := json.Unmarshal(data, &n); err != nil {
		t.Fatal(err)
	}
	size, _ := strconv.Atoi(os.Getenv("META_N"))
	trained := os.Getenv("META_TRAINED") != ""
	grid, _ := pde.Unit(2, size)
	type row struct {
		name  string
		make  func(a stencil.Operator, k stencil.Kernel) (multigrid.Settings, error)
		sum   float64
		out   int
		times time.Duration
		setup time.Duration
	}
	net := func(gamma int) func(stencil.Operator, stencil.Kernel) (multigrid.Settings, error) {
		return func(a stencil.Operator, _ stencil.Kernel) (multigrid.Settings, error) {
			m := &method.Method{Name: "net", Dim: 2, Gamma: gamma, Repeat: method.Last, Network: &n}
			return m.Settings(a)
		}
	}
	gs := func(gamma, steps int) func(stencil.Operator, stencil.Kernel) (multigrid.Settings, error) {
		return func(a stencil.Operator, _ stencil.Kernel) (multigrid.Settings, error) {
			return GaussSeidel(gamma, steps).Settings(a)
		}
	}
	each := func(gamma int) func(stencil.Operator, stencil.Kernel) (multigrid.Settings, error) {
		return func(a stencil.Operator, k stencil.Kernel) (multigrid.Settings, error) {
			m, err := Trained(k, &n, gamma, 5, Options{Seed: 3})
			if err != nil {
				return multigrid.Settings{}, err
			}
			return m.Settings(a)
		}
	}
	lines := func(stencil.Operator, stencil.Kernel) (multigrid.Settings, error) {
		s := multigrid.DefaultSettings()
		s.Smoother, s.Coarsening = multigrid.Lines{}, multigrid.BlackBox{}
		return s, nil
	}
	rows := []*row{{name: "net V", make: net(1)}, {name: "net W", make: net(2)}, {name: "gs V11", make: gs(1, 1)}, {name: "gs W11", make: gs(2, 1)}, {name: "gs W22", make: gs(2, 2)}, {name: "lines", make: lines}}
	if trained {
		rows = append(rows, &row{name: "each V", make: each(1)}, &row{name: "each W", make: each(2)})
	}
	count := 0
	for _, eps := range []float64{.56, .178, .056, .0178, .0056, .00178} {
		for _, deg := range []float64{0, 10, 20, 30, 45, 65, 100, 155} {
			k := rotated(eps, deg*math.Pi/180).Scale(float64(size * size))
			a, _ := stencil.Constant(grid, k)
			count++
			line := ""
			for _, r := range rows {
				o, err := Measure(context.Background(), a, func() (multigrid.Settings, error) { return r.make(a, k) }, 1000, 1)
				if err != nil {
					t.Fatal(err)
				}
				r.sum += float64(o.Cycles)
				if !o.Converged {
					r.out++
				}
				r.times += o.Setup + o.Solve
				r.setup += o.Setup
				line += fmt.Sprintf("%s %d  ", r.name, o.Cycles)
			}
			fmt.Printf("%g %g: %s\n", eps, deg, line)
		}
	}
	for _, r := range rows {
		fmt.Printf("%s: mean %.2f failed %d time %v setup %v\n", r.name, r.sum/float64(count), r.out, r.times/time.Duration(count), r.setup/time.Duration(count))
	}
}
