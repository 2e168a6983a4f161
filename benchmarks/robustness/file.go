package main

// Systems as files for hypre.c.

import (
	"bufio"
	"encoding/binary"
	"os"

	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/stencil"
)

// write writes a system, in the form that hypre.c describes; its boundary values are 0.
func write(name string, s *elliptic.System) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	grid, _ := s.A.Grids()
	weight := entries(s.A)
	var offsets []int
	for o := range weight {
		if weight[o] != nil {
			offsets = append(offsets, o)
		}
	}
	put := func(v any) {
		if err == nil {
			err = binary.Write(w, binary.LittleEndian, v)
		}
	}
	put([]int64{int64(grid.Dim()), int64(grid.Inner(0)), int64(grid.Inner(1)), int64(grid.Inner(2)), int64(len(offsets))})
	for _, o := range offsets {
		at := stencil.Offset(o)
		put([]int64{int64(at[0]), int64(at[1]), int64(at[2])})
	}
	row := make([]float64, grid.Inner(0))
	for _, o := range offsets {
		at := stencil.Offset(o)
		eachRow(grid, func(j, k int) {
			for i := range row {
				row[i] = 0
				if inside(grid, [3]int{1 + i, j, k}, at) {
					row[i] = weight[o](1+i, j, k)
				}
			}
			put(row)
		})
	}
	eachRow(grid, func(j, k int) { put(s.G.Row(j, k)[1 : 1+grid.Inner(0)]) })
	if err == nil {
		err = w.Flush()
	}
	return err
}

// entries gives the coefficient of each offset at a point; nil where there is none.
func entries(a stencil.Operator) (list [27]func(i, j, k int) float64) {
	if kernel, ok := a.Kernel(); ok {
		for o, v := range kernel {
			if v != 0 {
				list[o] = func(_, _, _ int) float64 { return v }
			}
		}
		return list
	}
	for o, f := range a.Coefficients() {
		if f != nil {
			list[o] = f.At
		}
	}
	return list
}

// inside reports that the neighbour of an unknown is an unknown.
func inside(g pde.Grid, x, offset [3]int) bool {
	for d := range g.Dim() {
		if to := x[d] + offset[d]; to < 1 || to > g.Inner(d) {
			return false
		}
	}
	return true
}

// eachRow calls body for the rows of unknowns in the order of memory.
func eachRow(g pde.Grid, body func(j, k int)) {
	for row := range g.RowCount() {
		body(g.RowAt(row))
	}
}
