package graph

// The memory of a program.

import (
	"cmp"
	"fmt"
	"slices"
	"unsafe"

	"mgtool/internal/memory"
)

// place is a part of a program's memory and the range of instructions, first to last,
// during which it is in use. Values that overwrite each other share one.
type place struct {
	first, last int
	size, at    int // in floats
}

// maxFloats bounds the memory of a program, 12 GB, so that a typing error ends in an error
// message rather than a machine out of memory.
const maxFloats = 3 << 30

// align is the alignment of places in floats, a cache line.
const align = 16

// plan assigns every value that an instruction writes a place in one block of memory, so
// that no two values in use at the same time overlap. Held weights get memory of their
// own.
func (p *Program) plan(values []*value) error {
	total, held := arrange(p.places()), 0
	for _, i := range p.packs {
		held += i.writes.size
	}
	if total+held > maxFloats {
		return fmt.Errorf("graph: the values need more than %d GB; want a smaller batch, image or model", maxFloats>>28)
	}
	p.memory = 4 * int64(total+held)
	if err := memory.Check("the values of a batch", p.memory); err != nil {
		return fmt.Errorf("graph: %w; want a smaller batch, image or model", err)
	}
	for _, i := range p.packs {
		i.writes.data = make([]float32, i.writes.size)
	}
	floats := make([]float32, total+align)
	if off := int(uintptr(unsafe.Pointer(&floats[0]))/4) % align; off != 0 {
		floats = floats[align-off:]
	}
	for _, v := range values {
		if v.place != nil {
			v.data = floats[v.place.at:][:v.size:v.size]
		}
	}
	return nil
}

// places finds when each value is in use: from the instruction that writes it to the last
// one that reads it, or to the end if it is kept.
func (p *Program) places() []*place {
	last := map[*value]int{}
	for i, in := range p.list {
		if in.writes != nil {
			last[in.writes] = i
		}
		for _, v := range in.reads {
			last[v] = i
		}
	}
	var list []*place
	for i, in := range p.list {
		v := in.writes
		if v == nil || v.data != nil {
			continue
		}
		if v.kept {
			last[v] = len(p.list)
		}
		// Overwrite an input that has no later reader.
		for _, u := range in.over {
			if u.place != nil && last[u] == i && u.size == v.size {
				v.place = u.place
				break
			}
		}
		if v.place == nil {
			v.place = &place{first: i, size: (v.size + align - 1) / align * align}
			list = append(list, v.place)
		}
		v.place.last = last[v]
	}
	return list
}

// arrange positions places, the largest first, each in the lowest gap between those in
// use at the same time, and returns the total size.
func arrange(list []*place) int {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(x, y *place) int { return cmp.Compare(y.size, x.size) })
	total := 0
	var set []*place // by position
	for _, x := range list {
		x.at = 0
		for _, y := range set {
			if x.first > y.last || y.first > x.last {
				continue
			}
			if x.at+x.size <= y.at {
				break
			}
			x.at = max(x.at, y.at+y.size)
		}
		i, _ := slices.BinarySearchFunc(set, x.at, func(y *place, at int) int { return cmp.Compare(y.at, at) })
		set = slices.Insert(set, i, x)
		total = max(total, x.at+x.size)
	}
	return total
}
