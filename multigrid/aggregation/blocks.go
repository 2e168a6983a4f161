package aggregation

// Gauss–Seidel on all cores: rows in blocks, of which every second one is relaxed first.

import (
	"slices"

	"mgtool/internal/parallel"
)

// blocks are consecutive rows that are relaxed together, those of the first half and then those of
// the second. No two blocks of a half couple, so that they can be relaxed at the same time,
// with the result of one after the other.
type blocks []int // where each begins, and the end

const (
	// leastBlock is how many rows are worth a block, mostBlocks how many blocks there are at most:
	// neither depends on the number of cores, and so do no results.
	leastBlock, mostBlocks = 1024, 64
	// leastLoop is how many rows are worth a second core.
	leastLoop = 4096
)

// alternate puts the rows of a matrix in an order in which they are blocks: of rows one after the
// other every second block, then those between. It returns where the old rows are, block by block,
// and is nil where blocks couple that must not: if a row does with one many rows away.
func (a *Matrix) alternate() (b *Matrix, of blocks, from []int) {
	n := a.Len()
	count := min(mostBlocks, n/leastBlock) &^ 1
	start := func(k int) int { return (k*n + count - 1) / count }
	block := make([]uint8, n)
	for ; count >= 4; count = count / 2 &^ 1 {
		for k := range count {
			for i := start(k); i < start(k+1); i++ {
				block[i] = uint8(k)
			}
		}
		if a.alternates(block) {
			break
		}
	}
	if count < 4 {
		return a, nil, nil
	}
	shift := make([]int, count) // from an old row of a block to the new one
	at := 0
	for half := range 2 {
		for k := half; k < count; k += 2 {
			of, from = append(of, at), append(from, start(k))
			shift[k] = at - start(k)
			at += start(k+1) - start(k)
		}
	}
	of = append(of, n)
	b = &Matrix{Diagonal: make([]float64, 0, n), Start: make([]int, 1, n+1), Column: make([]int32, 0, len(a.Column)), Value: make([]float64, 0, len(a.Value))}
	for k, first := range from {
		for i := first; i < first+of[k+1]-of[k]; i++ {
			b.Diagonal = append(b.Diagonal, a.Diagonal[i])
			begin := len(b.Column)
			for t := a.Start[i]; t < a.Start[i+1]; t++ {
				c, v := a.Column[t], a.Value[t]
				c += int32(shift[block[c]])
				b.Column, b.Value = append(b.Column, c), append(b.Value, v)
				for s := len(b.Column) - 1; s > begin && b.Column[s-1] > c; s-- {
					b.Column[s], b.Column[s-1] = b.Column[s-1], c
					b.Value[s], b.Value[s-1] = b.Value[s-1], v
				}
			}
			b.Start = append(b.Start, len(b.Column))
		}
	}
	return b, of, from
}

// alternates reports that no row couples with one of another block that is relaxed at the same
// time, with a block of a number as even or odd.
func (a *Matrix) alternates(block []uint8) bool {
	for i, at := range block {
		for _, c := range a.Column[a.Start[i]:a.Start[i+1]] {
			if other := block[c]; other != at && (other^at)&1 == 0 {
				return false
			}
		}
	}
	return true
}

// coarse are the blocks of the aggregates that begin in each block, numbered by their first rows;
// nil if two of a half couple.
func (of blocks) coarse(c *Matrix, first []int32) blocks {
	if of == nil || c.Len() < 4*leastBlock {
		return nil
	}
	list := make(blocks, len(of))
	for k, row := range of {
		list[k], _ = slices.BinarySearch(first, int32(row))
	}
	half := len(of) / 2 // of the blocks
	block := make([]uint8, c.Len())
	for k := range list[1:] {
		number := 2 * k // those of the first half are even
		if k >= half {
			number = 2*(k-half) + 1
		}
		for g := list[k]; g < list[k+1]; g++ {
			block[g] = uint8(number)
		}
	}
	if !c.alternates(block) {
		return nil
	}
	return list
}

// sweeps are the loops over the blocks of a level; made once, they take no memory.
type sweeps struct {
	of   blocks
	x, b []float64
	run  func(l *level, lo, hi int)
	part [2]func(worker, unit int)
}

// relax relaxes the blocks of a half and then those of the other, the first half first or last.
func (l *level) relax(x, b []float64, run func(l *level, lo, hi int), last bool) {
	s := &l.sweeps
	s.x, s.b, s.run = x, b, run
	if s.of == nil {
		run(l, 0, l.a.Len())
		return
	}
	if s.part[0] == nil {
		half := len(s.of) / 2
		for p := range s.part {
			s.part[p] = func(_, unit int) { s.run(l, s.of[p*half+unit], s.of[p*half+unit+1]) }
		}
	}
	first, second := s.part[0], s.part[1]
	if last {
		first, second = second, first
	}
	parallel.Each(len(s.of)/2, first)
	parallel.Each(len(s.of)/2, second)
}
