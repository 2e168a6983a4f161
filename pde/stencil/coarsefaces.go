package stencil

// Coefficients of faces on a coarser grid.

import (
	"fmt"
	"math"

	"mgtool/pde"
)

// part is consecutive indices on a fine grid and how much of an interval on the coarse
// one belongs to each.
type part struct {
	first, count int
	w            [4]float64
}

// partOf is the part of [lo, hi] that has the intervals [i−1−shift, i−shift] of indices i,
// all in widths of fine cells.
func partOf(lo, hi, shift float64) (p part) {
	const rounding = 1e-9
	p.first = int(math.Floor(lo+shift+rounding)) + 1
	for i := float64(p.first); i-1-shift < hi-rounding; i++ {
		p.w[p.count] = min(hi, i-shift) - max(lo, i-1-shift)
		p.count++
	}
	return p
}

// partsOf are, for the indices of a coarse grid along axis d, the fine faces that lie in a
// row between two coarse neighbours, by their lengths, and the fine unknowns in the volume
// of a coarse one, by their share of it.
func partsOf(fine, coarse pde.Grid, d int) (between, volume []part) {
	if d >= fine.Dim() {
		one := part{0, 1, [4]float64{1}}
		return []part{one}, []part{one}
	}
	shift := 0.0 // index i lies at i − shift, in widths of cells
	switch {
	case fine.Cells:
		shift = .5
	case fine.Sides[d][0] == pde.Neumann:
		shift = 1
	}
	n := float64(fine.N[d])
	ratio := n / float64(coarse.N[d])
	at := func(i float64) float64 { return ratio * (i - shift) }
	for m := range coarse.Inner(d) + 2 {
		i := float64(m)
		least, most := 0.0, n
		if fine.Sides[d][0] == pde.Periodic {
			least, most = at(i-1), at(i+1)
		}
		faces := partOf(max(at(i-1), least), min(at(i), most), shift)
		if fine.Cells {
			for p := range faces.count {
				if first := faces.first + p; first == 1 && ClosedSide(fine, d, 0) || first == fine.N[d]+1 && ClosedSide(fine, d, 1) {
					faces.w[p] = 1 // the half cell and the condition as they are, however long
				}
			}
		}
		between = append(between, faces)
		lo, hi := max(at(i-.5), least), min(at(i+.5), most)
		v := partOf(lo, hi, shift-.5)
		for p := range v.w {
			v.w[p] /= hi - lo
		}
		volume = append(volume, v)
	}
	return between, volume
}

// coarseFaces is the operator on a grid of half the cells along some axes, rounded up: the
// coefficient of a coarse face is the mean of the fine ones that it consists of,
// arithmetic across (they carry flux side by side) and then harmonic along (one after the
// other). So the first one of a side of cells is 1/((R_side + R_half)·H): the condition
// stays, and the half cell is longer. c is the mean over the volume.
func (a Operator) coarseFaces(g pde.Grid) (Operator, error) {
	fine := a.fine
	if g.Dim() != fine.Dim() || g.Sides != fine.Sides || g.Cells != fine.Cells || g.Stretch != nil {
		return Operator{}, fmt.Errorf("stencil: %v on %v; want a grid of the same kind with half the cells along some axes", a, g)
	}
	for d := range g.Dim() {
		if n := fine.N[d]; g.N[d] != n && g.N[d] != (n+1)/2 {
			return Operator{}, fmt.Errorf("stencil: %v on %v; want %d or %d cells along axis %d", a, g, n, (n+1)/2, d)
		}
	}
	var between, volume [3][]part
	for d := range between {
		between[d], volume[d] = partsOf(fine, g, d)
	}
	var coarse faces
	for d := range g.Dim() {
		coarse.along[d] = pde.NewField[float64](g)
		// Σ length/f of a row of faces is ratio/f of the coarse one with f = a/h², whose h
		// is ratio times as long: f' = 1/(ratio Σ length/f).
		ratio := float64(fine.N[d]) / float64(g.N[d])
		parts := volume
		parts[d] = between[d]
		meanFaces(coarse.along[d], a.faces.along[d], d, ratio, parts)
	}
	if a.faces.reaction != nil {
		coarse.reaction = pde.NewField[float64](g)
		meanFaces(coarse.reaction, a.faces.reaction, -1, 1, volume)
	}
	return facesOf(g, coarse), nil
}

// meanFaces sets the coarse faces along axis d, or with −1 the values at unknowns.
func meanFaces(coarse, fine *pde.Field[float64], d int, ratio float64, parts [3][]part) {
	last := lastFaces(coarse.Grid, d)[0]
	eachFaceRow(coarse.Grid, d, func() func(j, k int) {
		across := make([]float64, fine.Inner(0)+2) // a fine row
		along := make([]float64, last+1)           // a coarse row
		return func(j, k int) {
			out, y, z, x := coarse.Row(j, k), &parts[1][j], &parts[2][k], parts[0]
			switch d {
			case 1, 2:
				series, side := y, z // of the axes y and z
				if d == 2 {
					series, side = z, y
				}
				clear(along)
				for p := range series.count {
					row := across
					if side.count == 1 {
						row = fine.Row(at(d, series.first+p, side.first))
					} else {
						clear(across)
						for q := range side.count {
							addRow(across, side.w[q], fine.Row(at(d, series.first+p, side.first+q)))
						}
					}
					for m := 1; m <= last; m++ {
						along[m] += series.w[p] / x[m].mean(row)
					}
				}
				for m := 1; m <= last; m++ {
					out[m] = 1 / (ratio * along[m])
				}
				return
			}
			clear(across)
			for q := range z.count {
				for p := range y.count {
					addRow(across, y.w[p]*z.w[q], fine.Row(y.first+p, z.first+q))
				}
			}
			for m := 1; m <= last; m++ {
				if d < 0 {
					out[m] = x[m].mean(across)
					continue
				}
				sum := 0.0
				for p := range x[m].count {
					sum += x[m].w[p] / across[x[m].first+p]
				}
				out[m] = 1 / (ratio * sum)
			}
		}
	})
}

// at is the indices along y and z of a row of faces along axis d, 1 or 2.
func at(d, series, side int) (j, k int) {
	if d == 1 {
		return series, side
	}
	return side, series
}

// addRow adds w times a row.
func addRow(to []float64, w float64, row []float64) {
	row = row[:len(to)]
	for i := range to {
		to[i] += w * row[i]
	}
}

// mean is the mean over a part of a row.
func (p *part) mean(row []float64) (sum float64) {
	if p.count == 3 { // the most of them
		r := row[p.first:][:3]
		return p.w[0]*r[0] + p.w[1]*r[1] + p.w[2]*r[2]
	}
	for i, v := range row[p.first:][:p.count] {
		sum += p.w[i] * v
	}
	return sum
}
