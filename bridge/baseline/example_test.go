package baseline_test

import (
	"context"
	"fmt"
	"time"

	"mgtool/bridge/baseline"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

func Example() {
	grid, err := pde.Unit(2, 64)
	if err != nil {
		panic(err)
	}
	g := pde.NewField[float64](grid)
	g.FillInterior(func(x, y, _ float64) float64 { return x - y })
	rows, err := baseline.Best(context.Background(), stencil.Laplacian(grid), g, baseline.Options{Budget: 300 * time.Millisecond})
	if err != nil {
		panic(err)
	}
	fastest := rows[0] // of its own settings: rows[0].Settings
	fmt.Println(fastest.TrueResidual <= 1e-8, fastest.Seconds(false) <= rows[1].Seconds(false))
	// Output: true true
}
