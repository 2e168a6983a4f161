package classify

// Rows that are mostly zeros, like the pixels of digits: computing a row of a kernel
// matrix, which is bound by memory, then reads a fraction of it.

// nonzeros holds the features of all rows that are not 0: row j has the values
// value[first[j]:first[j+1]] of the features index[first[j]:first[j+1]].
type nonzeros struct {
	first []int
	index []int32
	value []float32
}

// mostZeros is the share of nonzero features below which this pays: for each, an index
// and a value are read.
const mostZeros = 0.4

// newNonzeros returns the nonzero features of d, or nil if there are too many.
func newNonzeros(d *Data) *nonzeros {
	count := 0
	for _, v := range d.x {
		if v != 0 {
			count++
		}
	}
	if float64(count) > mostZeros*float64(len(d.x)) {
		return nil
	}
	s := &nonzeros{first: make([]int, 1, d.Len()+1), index: make([]int32, 0, count), value: make([]float32, 0, count)}
	for j := range d.Len() {
		for i, v := range d.row(j) {
			if v != 0 {
				s.index, s.value = append(s.index, int32(i)), append(s.value, v)
			}
		}
		s.first = append(s.first, len(s.index))
	}
	return s
}

// dot returns w·x for row j. It adds up four sums, like the dot product of whole rows.
func (s *nonzeros) dot(w []float32, j int) float64 {
	from, to := s.first[j], s.first[j+1]
	value := s.value[from:to]
	index := s.index[from:to][:len(value)]
	var a, b, c, d float64
	i := 0
	for ; i+4 <= len(value); i += 4 {
		a += float64(w[index[i]]) * float64(value[i])
		b += float64(w[index[i+1]]) * float64(value[i+1])
		c += float64(w[index[i+2]]) * float64(value[i+2])
		d += float64(w[index[i+3]]) * float64(value[i+3])
	}
	for ; i < len(value); i++ {
		a += float64(w[index[i]]) * float64(value[i])
	}
	return a + b + (c + d)
}
